"""2 post, the lasting part: what a firm can make or do, from which supply posts are made."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import posting, units
from enterprises.models import Capability, Certificate, Enterprise, IndustryClass, Post
from enterprises.sorting import pinyin_key
from enterprises.wording import one_line, plain_text
from foundation import audit
from foundation.errors import RefusedError
from foundation.models import User

MOST_PARAMETERS: Final = 40
PLAIN: Final = (
    "factor",
    "product",
    "industry",
    "description",
    "parameters",
    "monthly_capacity",
    "unit",
    "free_share",
    "minimum_order",
    "lead_time_days",
    "visibility",
)
_ORIGIN: Final = ("source", "external_id")


class Content(TypedDict, total=False):
    """What a writer may set. Amounts are Decimal; `parameters` are dicts with name, value, unit (`read_parameters`);
    `certificates` are rows of the same firm."""

    factor: str
    product: str
    industry: IndustryClass | None
    description: str
    parameters: list[dict[str, str]]
    monthly_capacity: Decimal | None
    unit: str
    free_share: int | None
    minimum_order: Decimal | None
    lead_time_days: int | None
    visibility: str
    certificates: Sequence[Certificate]
    source: str
    external_id: str


def save(
    *, by: User, enterprise: Enterprise, capability: Capability | None = None, **content: Unpack[Content]
) -> Capability:
    """Add a capability, or change one. Locks the firm, so that two equal ones are not added at once, then the row.

    Refuses with not_allowed, archived, product_unclear, unit_missing, capacity_not_positive, share_out_of_range,
    contact_data or duplicate (a live capability of the firm with the same name, factor and description).
    """
    with transaction.atomic():
        _hold_firm(enterprise.pk)
        _require_editor(by=by, enterprise_id=enterprise.pk)
        if capability is None:
            row = Capability(enterprise=enterprise)
        else:
            row = _locked(capability)
            if row.enterprise_id != enterprise.pk:
                raise RefusedError(_("这项能力不属于这家企业。"), code="not_allowed")
            if row.archived_at is not None:
                raise RefusedError(_("已停用的能力不能修改，请先恢复。"), code="archived")
        before = snapshot(row)
        certificates = content.pop("certificates", None)
        for name, value in content.items():
            if name not in PLAIN and name not in _ORIGIN:
                raise TypeError(f"A capability has no content field {name!r}.")
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        row.pinyin = pinyin_key(row.product)
        problem = next(_problems(row, certificates), None)
        if problem is not None:
            raise problem
        row.save()
        if certificates is not None:
            row.certificates.set(certificates)
        after = snapshot(row)
        changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        if capability is None:
            audit.record(action="capability.added", actor=by, target=row, firm_id=enterprise.pk)
        elif changed:
            audit.record(action="capability.edited", actor=by, target=row, firm_id=enterprise.pk, changes=changed)
    return row


def archive(*, capability: Capability, by: User) -> Capability:
    """Show and offer it no longer; its posts stay. Locks it. Refuses with not_allowed, archived."""
    with transaction.atomic():
        row = _locked(capability)
        _require_editor(by=by, enterprise_id=row.enterprise_id)
        if row.archived_at is not None:
            raise RefusedError(_("这项能力已经停用。"), code="archived")
        row.archived_at = timezone.now()
        row.save(update_fields=["archived_at", "updated_at"])
        audit.record(action="capability.archived", actor=by, target=row, firm_id=row.enterprise_id)
    return row


def restore(*, capability: Capability, by: User) -> Capability:
    """Back into use. Locks the firm and the capability. Refuses with not_allowed, not_archived, duplicate."""
    with transaction.atomic():
        _hold_firm(capability.enterprise_id)
        row = _locked(capability)
        _require_editor(by=by, enterprise_id=row.enterprise_id)
        if row.archived_at is None:
            raise RefusedError(_("这项能力正在使用。"), code="not_archived")
        row.archived_at = None
        problem = next(_problems(row, None), None)
        if problem is not None:
            raise problem
        row.save(update_fields=["archived_at", "updated_at"])
        audit.record(action="capability.restored", actor=by, target=row, firm_id=row.enterprise_id)
    return row


def draft_supply(*, capability: Capability, by: User) -> Post:
    """A draft supply post with what the capability says. Refuses with not_allowed, archived."""
    if capability.archived_at is not None:
        raise RefusedError(_("已停用的能力不能生成供应，请先恢复。"), code="archived")
    return posting.save_draft(
        by=by,
        enterprise=capability.enterprise,
        direction=Post.Direction.SUPPLY,
        **posting.from_capability(capability),
    )


def read_parameters(text: str) -> list[dict[str, str]]:
    """`拉伸强度=≥ 600 MPa` per line (or parted by ；) as name, value and unit. Raises ValueError with the line."""
    rows: list[dict[str, str]] = []
    for line in re.split(r"[\n；;]+", text):
        words = one_line(line)
        if not words:
            continue
        name, mark, rest = (
            re.split(r"([=:：＝])", words, maxsplit=1) if re.search(r"[=:：＝]", words) else (words, "", "")
        )
        name, rest = name.strip(), rest.strip()
        if not mark or not name or not rest or len(name) > 60 or len(rest) > 120:
            raise ValueError(words[:60])
        found = re.fullmatch(r"(.*?[0-9.%])\s*([^\s0-9.,%≥≤<>~±–-][^\s0-9]{0,19})", rest)
        value, unit = (found[1], found[2]) if found else (rest, "")
        rows.append({"name": name, "value": value.strip(), "unit": unit})
    return rows[:MOST_PARAMETERS]


def write_parameters(parameters: Any) -> str:
    """The lines that `read_parameters` reads."""
    rows = parameters if isinstance(parameters, list) else []
    return "\n".join(
        f"{row.get('name', '')}={row.get('value', '')} {row.get('unit', '')}".strip()
        for row in rows
        if isinstance(row, dict)
    )


def _problems(row: Capability, certificates: Sequence[Certificate] | None) -> Iterator[RefusedError]:
    if len(plain_text(row.product)) < 2:
        yield RefusedError(_("请写明产品或工艺名称，至少两个字。"), code="product_unclear", field="product")
    if row.monthly_capacity is not None and row.monthly_capacity <= 0:
        yield RefusedError(_("月产能应大于 0。"), code="capacity_not_positive", field="monthly_capacity")
    if row.minimum_order is not None and row.minimum_order <= 0:
        yield RefusedError(_("最小起订量应大于 0。"), code="minimum_not_positive", field="minimum_order")
    if (row.monthly_capacity is not None or row.minimum_order is not None) and not units.family(row.unit):
        yield RefusedError(_("请为数量选择单位。"), code="unit_missing", field="unit")
    if row.free_share is not None and not 0 <= row.free_share <= 100:
        yield RefusedError(_("可用产能应在 0 到 100 之间。"), code="share_out_of_range", field="free_share")
    pieces = posting.contact_data(f"{row.product}\n{row.description}")
    if pieces:
        yield RefusedError(
            _("文字中似有联系方式（%(pieces)s），请删去：双方同意接洽后平台会互换联系方式。")
            % {"pieces": _("、").join(pieces[:3])},
            code="contact_data",
            field="description",
        )
    if certificates and any(c.enterprise_id != row.enterprise_id for c in certificates):
        yield RefusedError(_("所选证书不属于这家企业。"), code="not_allowed", field="certificates")
    twins = Capability.objects.filter(
        enterprise_id=row.enterprise_id, archived_at__isnull=True, factor=row.factor, product__iexact=row.product
    ).exclude(pk=row.pk)
    if any(plain_text(twin.description) == plain_text(row.description) for twin in twins):
        yield RefusedError(_("已有一项相同的能力，请修改原来的一项。"), code="duplicate", field="product")


def snapshot(row: Capability) -> dict[str, Any]:
    """The content as JSON."""
    kept: dict[str, Any] = {}
    for name in PLAIN:
        value = getattr(row, Capability._meta.get_field(name).attname)  # type: ignore[union-attr]
        kept[name] = format(value.normalize(), "f") if isinstance(value, Decimal) else value
    kept["certificates"] = sorted(row.certificates.values_list("pk", flat=True)) if row.pk else []
    return kept


def _hold_firm(enterprise_id: int) -> None:
    """Before its capability is locked, as imports do."""
    Enterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=enterprise_id)


def _locked(capability: Capability) -> Capability:
    return Capability.objects.select_for_update(of=("self",)).select_related("enterprise").get(pk=capability.pk)


def _require_editor(*, by: User, enterprise_id: int) -> None:
    if not Enterprise.objects.editable_by(by).filter(pk=enterprise_id).exists():
        raise RefusedError(_("您没有这家企业的编辑权限。"), code="not_allowed")
