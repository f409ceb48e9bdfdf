"""What a firm says about itself from day to day, its size as a dated snapshot, and whom it keeps away."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import disclosure, events, size
from enterprises.models import Enterprise, SizeSnapshot
from enterprises.registration import rules
from enterprises.registration.drafts import apply
from foundation import audit
from foundation.errors import RefusedError
from foundation.models import User

# Without a new check; name, code, kind and registered region need one (registration.identity).
OPEN_FIELDS: Final = frozenset(
    {
        "short_name",
        "name_en",
        "founded_on",
        "address",
        "industry",
        "website",
        "introduction",
        "contact_name",
        "contact_phone",
        "contact_email",
        "field_visibility",
    }
)


@transaction.atomic
def save_profile(*, by: User, enterprise: Enterprise, values: Mapping[str, Any]) -> Enterprise:
    """Change what needs no new check. Locks the firm. Another industry dates a new size class and tells matching.

    Refuses with not_allowed, suspended, in_check (submitted, not yet decided).
    """
    row = rules.locked(enterprise)
    rules.need_editor(by, row)
    unknown = set(values) - OPEN_FIELDS
    if unknown:
        raise ValueError(f"a profile has no {sorted(unknown)}")
    if row.status == Enterprise.Status.SUSPENDED:
        raise RefusedError(_("企业已被暂停，不能修改资料。"), code="suspended")
    if row.status in (Enterprise.Status.SUBMITTED, Enterprise.Status.CHECKING):
        raise RefusedError(_("登记正在核验，核验结束后才能修改资料。"), code="in_check")
    changes = apply(row, values, by=by, action="enterprise.edited")
    if "industry" in changes:
        _classify_again(row)
    # Matching reads the industry, and certificates where they are shown.
    if row.is_public and changes.keys() & {"industry", "field_visibility"}:
        events.enterprise_changed.send(sender=Enterprise, enterprise_id=row.pk)
    return row


def clean_visibility(values: Mapping[str, str]) -> dict[str, str]:
    """What is worth storing: known fields, known levels, and only where they differ from the default."""
    return {
        name: level
        for name, level in values.items()
        if name in disclosure.DEFAULTS
        and level in Enterprise.FieldVisibility.values
        and level != disclosure.DEFAULTS[name]
    }


@transaction.atomic
def record_size(
    *, by: User, enterprise: Enterprise, as_of: date, staff: int | None, revenue_wan: Decimal | None
) -> SizeSnapshot:
    """Staff and revenue (万元) as of a day; the newest snapshot's class is the firm's. Never changes an old one.

    Locks the firm. Refuses with not_allowed, suspended, figures_missing, in_the_future.
    """
    row = rules.locked(enterprise)
    rules.need_editor(by, row)
    if row.status == Enterprise.Status.SUSPENDED:
        raise RefusedError(_("企业已被暂停，不能修改资料。"), code="suspended")
    if staff is None and revenue_wan is None:
        raise RefusedError(_("请至少填写从业人员或营业收入。"), code="figures_missing", field="staff")
    if as_of > timezone.localdate():
        raise RefusedError(_("日期不能晚于今天。"), code="in_the_future", field="as_of")
    outcome = size.classify(industry=row.industry, staff=staff, revenue_wan=revenue_wan, as_of=as_of)
    snapshot = SizeSnapshot.objects.create(
        enterprise=row,
        as_of=as_of,
        staff=staff,
        revenue_wan=revenue_wan,
        rule=outcome.rule,
        size_class=outcome.size_class,
    )
    audit.record(
        action="size.recorded",
        actor=by,
        target=snapshot,
        firm_id=row.pk,
        changes={"as_of": ["", as_of.isoformat()], "size_class": [row.size_class, outcome.size_class]},
    )
    _take_newest(row)
    return snapshot


def _take_newest(row: Enterprise) -> None:
    newest = row.size_snapshots.first()
    row.size_class = newest.size_class if newest else ""
    row.save(update_fields=["size_class", "updated_at"])


def _classify_again(row: Enterprise) -> None:
    """The newest figures under the rule of the new industry, as a snapshot of its own: history stays as it was."""
    newest = row.size_snapshots.first()
    if newest is None:
        return
    outcome = size.classify(
        industry=row.industry, staff=newest.staff, revenue_wan=newest.revenue_wan, as_of=newest.as_of
    )
    if (outcome.rule, outcome.size_class) == (newest.rule, newest.size_class):
        return
    SizeSnapshot.objects.create(
        enterprise=row,
        as_of=newest.as_of,
        staff=newest.staff,
        revenue_wan=newest.revenue_wan,
        rule=outcome.rule,
        size_class=outcome.size_class,
    )
    _take_newest(row)


@transaction.atomic
def block(*, by: User, enterprise: Enterprise, other: Enterprise) -> None:
    """Keep a firm out of one's matches; it is never told. Locks the firm. Refuses with not_allowed, itself."""
    row = rules.locked(enterprise)
    rules.need_editor(by, row)
    if row.pk == other.pk:
        raise RefusedError(_("不能屏蔽自己的企业。"), code="itself", field="firm")
    if not row.blocked.filter(pk=other.pk).exists():
        row.blocked.add(other)
        _blocked_changed(row, by=by, action="enterprise.blocked", other=other)


@transaction.atomic
def unblock(*, by: User, enterprise: Enterprise, other: Enterprise) -> None:
    """Let a firm into one's matches again. Locks the firm."""
    row = rules.locked(enterprise)
    rules.need_editor(by, row)
    if row.blocked.filter(pk=other.pk).exists():
        row.blocked.remove(other)
        _blocked_changed(row, by=by, action="enterprise.unblocked", other=other)


def _blocked_changed(row: Enterprise, *, by: User, action: str, other: Enterprise) -> None:
    audit.record(action=action, actor=by, target=other, firm_id=row.pk)
    events.enterprise_changed.send(sender=Enterprise, enterprise_id=row.pk)
