"""Who is asking: a session (browser) or a token (programs)."""

import hashlib

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from foundation.models import ApiToken, User


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class SessionAuthentication(authentication.SessionAuthentication):
    """401, not 403, for somebody who is not logged in."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer xl_…`. A token bound to a firm sees that firm only, and is never an operator; nor is any
    other one of an operator without the second factor that the settings ask for (hub.web.middleware: pages and
    sessions), such as one from before the appointment."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = ApiToken.objects.usable().select_related("user").filter(digest=digest(secret.strip())).first()
        if token is None:
            raise exceptions.AuthenticationFailed(_("令牌无效、已撤销或已过期。"))
        # Here and not in a permission class, which a view may replace.
        if not token.can_write and request.method not in SAFE_METHODS:
            raise exceptions.PermissionDenied(_("该令牌只能读取，不能修改。"))
        today = timezone.localdate()
        if token.last_used_on != today:
            ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
        user = token.user
        if token.firm_id is not None:
            user.scope_firm_id = token.firm_id
            user.is_operator = False
        elif user.is_operator and settings.MFA_REQUIRED_FOR_STAFF and not is_mfa_enabled(user):
            user.is_operator = False
        return user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
