"""What a firm holds, one row each: sites, titles with their expiry, certificates."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import events
from enterprises.models import Certificate, Enterprise, Site, TierTitle
from enterprises.registration import rules
from foundation import audit
from foundation.errors import RefusedError
from foundation.models import User

Holding = TypeVar("Holding", Site, TierTitle, Certificate)

_NOUNS: Final[dict[type, str]] = {Site: "site", TierTitle: "title", Certificate: "certificate"}
FIELDS: Final[dict[type, tuple[str, ...]]] = {
    Site: ("kind", "name", "region", "address"),
    TierTitle: ("title", "issuer", "number", "issued_on", "expires_on"),
    Certificate: ("kind", "number", "issuer", "valid_from", "valid_to"),
}
MAX_ROWS: Final = 200


@transaction.atomic
def add_holding(*, by: User, enterprise: Enterprise, kind: type[Holding], values: Mapping[str, Any]) -> Holding:
    """A new site, title or certificate. Locks the firm. Refuses with not_allowed, suspended, too_many,
    in_the_future, invalid_dates."""
    firm = _editable(by, enterprise)
    if kind._default_manager.filter(enterprise=firm).count() >= MAX_ROWS:
        raise RefusedError(_("最多 %(count)s 条，请先删除不需要的。") % {"count": MAX_ROWS}, code="too_many")
    row = kind(enterprise=firm)
    changes = rules.assign(row, _known(kind, values))
    _save(row)
    _changed(firm, row, by=by, verb="added", changes=changes)
    return row


@transaction.atomic
def edit_holding(*, by: User, holding: Holding, values: Mapping[str, Any]) -> Holding:
    """Locks the firm. Refuses with not_allowed, suspended, in_the_future, invalid_dates."""
    firm = _editable(by, holding.enterprise)
    kind = type(holding)
    row = kind._default_manager.select_for_update(of=("self",)).get(pk=holding.pk)
    changes = rules.assign(row, _known(kind, values))
    if changes:
        _save(row)
        _changed(firm, row, by=by, verb="edited", changes=changes)
    return row


@transaction.atomic
def remove_holding(*, by: User, holding: Holding) -> None:
    """Locks the firm. Refuses with not_allowed, suspended."""
    firm = _editable(by, holding.enterprise)
    _changed(firm, holding, by=by, verb="removed", changes={})
    holding.delete()


def _editable(by: User, enterprise: Enterprise) -> Enterprise:
    firm = rules.locked(enterprise)
    rules.need_editor(by, firm)
    if firm.status == Enterprise.Status.SUSPENDED:
        raise RefusedError(_("企业已被暂停，不能修改资料。"), code="suspended")
    return firm


def _save(row: Site | TierTitle | Certificate) -> None:
    """Save what the table's own rules allow; they are asked first, so that people get words and not an error."""
    for name in ("issued_on", "valid_from"):
        day = getattr(row, name, None)
        if day is not None and day > timezone.localdate():
            raise RefusedError(_("日期不能晚于今天。"), code="in_the_future", field=name)
    try:
        row.validate_constraints()
    except ValidationError as problem:
        raise RefusedError(problem.messages[0], code="invalid_dates") from problem
    row.save()


def _known(kind: type, values: Mapping[str, Any]) -> Mapping[str, Any]:
    unknown = set(values) - set(FIELDS[kind])
    if unknown:
        raise ValueError(f"{kind.__name__} has no {sorted(unknown)}")
    return values


def _changed(
    firm: Enterprise, row: Site | TierTitle | Certificate, *, by: User, verb: str, changes: Mapping[str, Any]
) -> None:
    audit.record(action=f"{_NOUNS[type(row)]}.{verb}", actor=by, target=row, firm_id=firm.pk, changes=changes)
    if isinstance(row, Certificate):
        # Posts may demand certificates: matching has to look again.
        events.enterprise_changed.send(sender=Enterprise, enterprise_id=firm.pk)
