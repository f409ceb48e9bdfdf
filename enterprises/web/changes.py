"""Two wordings of a post side by side, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from enterprises import posting
from enterprises.models import Capability, CertificateKind, Enterprise, Factor, IndustryClass, Post, PostVersion, Unit
from enterprises.models.posts import Visibility
from foundation.web.figures import as_decimal, grouped
from regions.models import Region

_CHOICES: Mapping[str, Any] = {"factor": Factor, "unit": Unit, "visibility": Visibility}
_MODELS: Mapping[str, Any] = {
    "industry": IndustryClass,
    "capability": Capability,
    "delivery_region": Region,
    "delivers_to": Region,
    "certificates": CertificateKind,
    "invited_firms": Enterprise,
}


def version_rows(post: Post, old: Sequence[PostVersion]) -> list[dict[str, Any]]:
    """Newest first: {"version", "at", "by", "changes": [{"label", "old", "new", "material"}]}. The first version has
    no changes. One query per kind of relation, however many versions."""
    texts = [(post.version, posting.snapshot(post), None)] + [(v.version, v.content, v) for v in old]
    names = _names([content for _version, content, _row in texts])
    rows: list[dict[str, Any]] = []
    for index, (version, content, _row) in enumerate(texts):
        before = texts[index + 1] if index + 1 < len(texts) else None
        replaced = before[2] if before else None
        changes = posting.differences(before[1], content) if before else {}
        rows.append(
            {
                "version": version,
                "at": replaced.replaced_at if replaced else post.created_at,
                "by": (replaced.replaced_by if replaced else post.created_by) or "",
                "changes": [
                    {
                        "label": str(Post._meta.get_field(field).verbose_name),  # type: ignore[union-attr]
                        "old": _words(field, values[0], names),
                        "new": _words(field, values[1], names),
                        "material": posting.is_material([field]),
                    }
                    for field, values in changes.items()
                ],
            }
        )
    return rows


def _names(contents: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    wanted: dict[str, set[str]] = {}
    for content in contents:
        for field in _MODELS:
            value = content.get(field)
            keys = value if isinstance(value, list) else [value] if value is not None else []
            wanted.setdefault(field, set()).update(str(key) for key in keys)
    return {
        field: {str(row.pk): str(row) for row in _MODELS[field].objects.filter(pk__in=keys)} if keys else {}
        for field, keys in wanted.items()
    }


def _words(field: str, value: Any, names: Mapping[str, Mapping[str, str]]) -> str:
    if value in (None, "", []):
        return _("未填写")
    if field in _MODELS:
        keys = value if isinstance(value, list) else [value]
        return _("、").join(names[field].get(str(key), str(key)) for key in keys)
    if field in _CHOICES:
        return str(dict(_CHOICES[field].choices).get(value, value))
    if isinstance(value, bool):
        return _("可以") if value else _("不可以")
    number = as_decimal(value) if field in ("quantity", "minimum_order", "price_low", "price_high") else None
    return grouped(number, places=3) if number is not None else str(value)
