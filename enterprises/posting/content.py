"""What a post says: which fields are its content, how they are written, compared and kept."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypedDict

from enterprises.models import Capability, CertificateKind, Enterprise, IndustryClass, Post
from enterprises.models.posts import Visibility
from enterprises.sorting import pinyin_key
from enterprises.wording import plain_text
from regions.models import Region


class Content(TypedDict, total=False):
    """What a writer may set. Amounts are Decimal, dates are dates, relations are rows, not ids."""

    title: str
    factor: str
    text: str
    industry: IndustryClass | None
    capability: Capability | None
    quantity: Decimal | None
    unit: str
    minimum_order: Decimal | None
    lead_time_days: int | None
    price_low: Decimal | None
    price_high: Decimal | None
    delivery_region: Region | None
    delivers_to: Sequence[Region]
    maximum_distance_km: int | None
    deliver_by: datetime.date | None
    certificates: Sequence[CertificateKind]
    partial_ok: bool
    visibility: str
    invited_firms: Sequence[Enterprise]
    source: str
    external_id: str
    product_raw: str


class Edit(Content, total=False):
    product: str


# A change of one of these makes a new version: who replied must confirm again (product.md).
MATERIAL: Final = (
    "product",
    "factor",
    "text",
    "quantity",
    "unit",
    "minimum_order",
    "lead_time_days",
    "price_low",
    "price_high",
    "delivery_region",
    "delivers_to",
    "maximum_distance_km",
    "deliver_by",
    "certificates",
    "partial_ok",
)
# Read by matching, but no news for somebody who replied.
QUIET: Final = ("title", "industry", "capability", "visibility", "invited_firms")
MANY: Final = frozenset({"delivers_to", "certificates", "invited_firms"})
_ORIGIN: Final = ("source", "external_id", "product_raw")
_WORDS: Final = frozenset({"product", "text", "title"})


def write(post: Post, values: Mapping[str, Any]) -> None:
    """Set the plain fields of `values` on an unsaved or locked post; many-to-many ones wait for `write_many`."""
    for name, value in values.items():
        if name in MANY:
            continue
        if name not in MATERIAL and name not in QUIET and name not in _ORIGIN:
            raise TypeError(f"A post has no content field {name!r}.")
        setattr(post, name, value.strip() if isinstance(value, str) else value)
    if not post.title:
        post.title = post.product
    post.pinyin = pinyin_key(post.title)


def write_many(post: Post, values: Mapping[str, Any]) -> None:
    for name in MANY & values.keys():
        getattr(post, name).set(values[name])


def snapshot(post: Post) -> dict[str, Any]:
    """The content as JSON: amounts as text, relations as keys. What PostVersion keeps."""
    kept: dict[str, Any] = {}
    for name in (*MATERIAL, *QUIET):
        if name in MANY:
            kept[name] = sorted(str(pk) for pk in getattr(post, name).values_list("pk", flat=True))
            continue
        field = Post._meta.get_field(name)
        value = getattr(post, field.attname)  # type: ignore[union-attr]
        if isinstance(value, Decimal):
            kept[name] = format(value.normalize(), "f")
        elif isinstance(value, datetime.date):
            kept[name] = value.isoformat()
        else:
            kept[name] = value
    return kept


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[Any]]:
    """{field: [old, new]} of two snapshots. Words that differ only in spacing, width or punctuation are the same."""
    return {
        name: [old.get(name), new.get(name)]
        for name in (*MATERIAL, *QUIET)
        if not _same(name, old.get(name), new.get(name))
    }


def _same(name: str, old: Any, new: Any) -> bool:
    if old == new:
        return True
    return name in _WORDS and name != "title" and plain_text(old or "") == plain_text(new or "")


def is_material(changed: Iterable[str]) -> bool:
    """Whether one of these fields makes a new version."""
    return any(name in MATERIAL for name in changed)


def from_capability(capability: Capability) -> dict[str, Any]:
    """A supply post's initial values: what the capability says, its free share of the monthly capacity as quantity,
    and the kinds of its valid certificates."""
    values: dict[str, Any] = {
        "capability": capability,
        "factor": capability.factor,
        "product": capability.product,
        "industry": capability.industry,
        "text": capability.description,
        "unit": capability.unit,
        "minimum_order": capability.minimum_order,
        "lead_time_days": capability.lead_time_days,
        # Invitations are made for one post, not carried along.
        "visibility": Visibility.PUBLIC if capability.visibility == Visibility.PUBLIC else Visibility.VERIFIED,
        "certificates": list(
            CertificateKind.objects.filter(certificate__in=capability.certificates.valid()).distinct()
        ),
    }
    if capability.monthly_capacity is not None:
        share = Decimal(capability.free_share if capability.free_share is not None else 100) / 100
        quantity = (capability.monthly_capacity * share).quantize(Decimal("0.001"))
        values["quantity"] = quantity if quantity > 0 else None
    specification = "；".join(
        f"{row.get('name', '')} {row.get('value', '')} {row.get('unit', '')}".strip()
        for row in capability.parameters
        if isinstance(row, dict) and row.get("name")
    )
    values["text"] = "\n".join(part for part in (capability.description, specification) if part)[:4000]
    return values
