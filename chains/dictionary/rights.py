"""Who may change the dictionary: operators, and never without a reason."""

from django.utils.translation import gettext as _

from foundation.errors import RefusedError
from foundation.models import User

LONGEST_REASON = 500


def require_operator(by: User, *, reason: str) -> None:
    """Refuses with not_allowed or reason_missing."""
    if not by.is_operator:
        raise RefusedError(_("只有平台运营可以这样做。"), code="not_allowed")
    if not reason.strip():
        raise RefusedError(_("请填写理由。"), code="reason_missing", field="reason")
