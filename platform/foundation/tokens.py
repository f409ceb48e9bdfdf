"""API tokens: shown once, kept as a hash, revoked at once."""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation import audit
from foundation.api.authentication import digest
from foundation.errors import RefusedError
from foundation.models import ApiToken, User

MAX_TOKENS = 20


@transaction.atomic
def issue(
    *, user: User, name: str, firm_id: int | None, can_write: bool, expires_at: datetime | None
) -> tuple[ApiToken, str]:
    """A new token and its secret, which is not kept. The caller has checked that the user belongs to the firm."""
    # No key: a stage that wrote to the firm's audit chain must be able to tell this user, and we wait for that chain.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    if ApiToken.objects.usable().filter(user=user).count() >= MAX_TOKENS:
        raise RefusedError(_("令牌最多 20 个，请先撤销不用的令牌。"), code="too_many_tokens")
    secret = f"xl_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        firm_id=firm_id,
        name=name,
        prefix=secret[:8],
        digest=digest(secret),
        can_write=can_write,
        expires_at=expires_at,
    )
    audit.record(action="token.issued", actor=user, target=token, firm_id=firm_id)
    return token, secret


@transaction.atomic
def revoke(*, token: ApiToken, by: User) -> None:
    """Takes effect with the next request that carries it."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        audit.record(action="token.revoked", actor=by, target=token, firm_id=token.firm_id)
