"""A POST that may be sent twice: `Idempotency-Key` (reliability.md 3.11).

The key is bound to user, method, path, body, and the firm that a token is bound to. The answer is stored in the
transaction of the effect: after a crash either both are there or neither. An answer that is an error is not stored,
so a mended request may use the key again. A stored answer is given only to somebody who may still see it.
"""

import hashlib
import json
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from foundation.models import IdempotentRequest

HEADER = "Idempotency-Key"


class KeyReusedError(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = _("该幂等键已用于另一个请求，请换一个新的键。")


class _ReplayError(Exception):
    def __init__(self, stored: IdempotentRequest) -> None:
        self.stored = stored


class IdempotentMixin(APIView):
    """Put first among the bases of a view whose POSTs have effects."""

    _fingerprint: str | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or HEADER not in request.headers:
            return super().dispatch(request, *args, **kwargs)
        with transaction.atomic():
            response = super().dispatch(request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get(HEADER)
        if request.method != "POST" or key is None:
            return
        if not 1 <= len(key) <= 100 or not key.isascii() or not request.user.is_authenticated:
            raise exceptions.ValidationError({HEADER: _("幂等键应为 1 到 100 个 ASCII 字符。")})
        self._fingerprint = _fingerprint(request)
        with connection.cursor() as cursor:
            # The second of two equal requests waits here for the first one's answer.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{request.user.pk}:{key}"])
        stored = IdempotentRequest.objects.filter(user=request.user, key=key).first()
        if stored is None:
            return
        if stored.fingerprint != self._fingerprint:
            raise KeyReusedError
        self.check_replay(request, stored)
        raise _ReplayError(stored)

    def check_replay(self, request: Request, stored: IdempotentRequest) -> None:
        """Raise what the view would say today to a caller who may no longer see the stored answer.

        Runs after the view's permissions (`check_permissions`). A view that finds its row by the caller looks for it
        here again.
        """

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _ReplayError):
            self._fingerprint = None
            return Response(exc.stored.body, status=exc.stored.status, headers={"Idempotent-Replayed": "true"})
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self._fingerprint and response.status_code < 400:
            IdempotentRequest.objects.create(
                user_id=int(request.user.pk or 0),
                key=request.headers[HEADER],
                fingerprint=self._fingerprint,
                status=response.status_code,
                body=json.loads(JSONRenderer().render(response.data)) if response.data is not None else None,
            )
        return response


def _fingerprint(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True, default=str)
    scope = getattr(request.user, "scope_firm_id", None) or ""
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\n{scope}\n{body}".encode()).hexdigest()
