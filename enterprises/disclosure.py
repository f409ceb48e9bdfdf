"""Who may see which field of a firm: public, members of verified firms, or the firm itself.

The firm chooses per field (`Enterprise.field_visibility`); DEFAULTS holds for what it left alone. Contacts start
closed, since they are revealed when an interest is accepted. Filters must honour this too: a list that can be
filtered by a hidden size would tell it.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise, Member
from foundation.models import User

Level = Enterprise.FieldVisibility

PUBLIC, VERIFIED, MEMBERS = Level.PUBLIC.value, Level.VERIFIED.value, Level.MEMBERS.value

DEFAULTS: Final[Mapping[str, str]] = {
    "uscc": PUBLIC,
    "founded_on": PUBLIC,
    "address": VERIFIED,
    "website": PUBLIC,
    "introduction": PUBLIC,
    "size": PUBLIC,
    "figures": MEMBERS,
    "titles": PUBLIC,
    "certificates": PUBLIC,
    "sites": VERIFIED,
    "contact_name": MEMBERS,
    "contact_phone": MEMBERS,
    "contact_email": MEMBERS,
}
LABELS: Final[Mapping[str, Any]] = {
    "uscc": _("统一社会信用代码"),
    "founded_on": _("成立日期"),
    "address": _("地址"),
    "website": _("网站"),
    "introduction": _("简介"),
    "size": _("规模"),
    "figures": _("从业人员与营业收入"),
    "titles": _("称号"),
    "certificates": _("证书"),
    "sites": _("经营场所"),
    "contact_name": _("联系人"),
    "contact_phone": _("联系电话"),
    "contact_email": _("联系邮箱"),
}
_RANK: Final = {PUBLIC: 0, VERIFIED: 1, MEMBERS: 2}


def level_of(enterprise: Enterprise, name: str) -> str:
    """What the firm chose for a field, or the default. A value nobody knows hides the field."""
    chosen = enterprise.field_visibility.get(name, DEFAULTS[name])
    return chosen if chosen in _RANK else MEMBERS


class Viewer:
    """A person who looks at firms; asks the database once, however many firms they look at."""

    def __init__(self, user: User | AnonymousUser) -> None:
        self.user = user

    @cached_property
    def _memberships(self) -> dict[int, str]:
        """The person's firms and their states."""
        if not isinstance(self.user, User):
            return {}
        return dict(Member.objects.active_for(self.user).values_list("enterprise_id", "enterprise__status"))

    @cached_property
    def _rank(self) -> int:
        """For firms that are not the person's own: 0 anybody, 1 of a verified firm, 2 operator."""
        if isinstance(self.user, User) and self.user.is_operator:
            return 2
        return 1 if any(status in Enterprise.PUBLIC_STATES for status in self._memberships.values()) else 0

    def belongs_to(self, enterprise: Enterprise) -> bool:
        """True for members (not for operators, who see but do not belong)."""
        return enterprise.pk in self._memberships

    def may_see(self, enterprise: Enterprise, name: str) -> bool:
        rank = 2 if self.belongs_to(enterprise) else self._rank
        return rank >= _RANK[level_of(enterprise, name)]

    def shown(self, enterprise: Enterprise, name: str, value: Any) -> Any:
        """The value, or None where the person may not see the field."""
        return value if self.may_see(enterprise, name) else None

    def showing(self, name: str) -> Q:
        """Enterprises whose field the person may see."""
        if self._rank == 2:
            return Q()
        allowed = [level for level, rank in _RANK.items() if rank <= self._rank]
        rows = Q(**{f"field_visibility__{name}__in": allowed})
        if DEFAULTS[name] in allowed:
            rows |= Q(**{f"field_visibility__{name}__isnull": True})
        if self._memberships:
            rows |= Q(pk__in=list(self._memberships))
        return rows
