"""Matches in words: what fits, what does not, what nobody has said, in the language of the moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _

from chains.engine import PARTS, Reason, sentence
from enterprises.models import CertificateKind, Factor, IndustryClass

PART_LABELS: Final = {
    "product": gettext_lazy("产品"),
    "detail": gettext_lazy("材质与特征"),
    "grade": gettext_lazy("规格牌号"),
    "purpose": gettext_lazy("用途"),
    "specificity": gettext_lazy("专用程度"),
    "conflict": gettext_lazy("不符之处"),
    "factor": gettext_lazy("要素类型"),
    "industry": gettext_lazy("行业"),
    "quantity": gettext_lazy("数量与产能"),
    "delivery": gettext_lazy("交货期"),
    "certificates": gettext_lazy("证书"),
    "freight": gettext_lazy("运距"),
}

# The engine speaks to the buyer. What it would say wrongly to the seller is said here.
_TO_SELLER: Final = {
    "broader_than_wanted": gettext_noop("您只写明大类“%(offered)s”，对方要的是 %(wanted)s"),
    "related_product": gettext_noop("相近产品：您供应 %(offered)s，对方要的是 %(wanted)s"),
    "similar_words": gettext_noop("名称相近：您供应 %(offered)s，对方要的是 %(wanted)s"),
    "wanted_in_part": gettext_noop("只按对方“%(name)s”里的 %(wanted)s 匹配，其余需向对方确认"),
    "implied_product": gettext_noop("由您的“%(name)s”推断，您未直接写明"),
    "contradiction": gettext_noop("不符：对方要 %(wanted)s，您供应的是 %(offered)s"),
    "other_factor": gettext_noop("类型不同：对方要%(wanted)s，您提供%(offered)s"),
    "detail_not_stated": gettext_noop("对方还要求：%(words)s（您未说明）"),
    "grade_not_stated": gettext_noop("对方要求的规格牌号：%(words)s（您未说明）"),
    "purpose_not_stated": gettext_noop("对方的用途：%(words)s（您未说明）"),
}


@dataclass(frozen=True)
class Words:
    """One match in sentences, and the parts of its score (points out of 100) with theirs."""

    fits: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Names:
    """Labels for the codes in reasons, read once for a page."""

    certificates: Mapping[str, str]
    industries: Mapping[str, str]

    @classmethod
    def of(cls, reasons: Iterable[Mapping[str, Any]]) -> "Names":
        certificates: set[str] = set()
        industries: set[str] = set()
        for reason in reasons:
            args = reason["args"]
            certificates.update(args.get("held", ()), args.get("missing", ()))
            if reason["part"] == "industry":
                industries.update(str(args[name]) for name in ("wanted", "offered") if args.get(name))
        return cls(
            {row.code: row.label for row in CertificateKind.objects.filter(code__in=certificates)}
            if certificates
            else {},
            {row.code: row.label for row in IndustryClass.objects.filter(code__in=industries)} if industries else {},
        )


def in_words(
    *, reasons: Sequence[Mapping[str, Any]], parts: Mapping[str, float], names: Names, to_seller: bool = False
) -> Words:
    """Put stored reasons and parts into words, for the buyer or (`to_seller`) the seller."""
    words = Words()
    by_part: dict[str, list[str]] = {}
    codes = {reason["code"] for reason in reasons}
    for reason in reasons:
        if reason["code"] == "certificates_required" and "certificates_held" in codes:
            continue  # says the same
        text = _text(reason, names=names, to_seller=to_seller)
        getattr(words, reason["verdict"]).append(text)
        by_part.setdefault(reason["part"], []).append(text)
    separator = "; " if _english() else "；"
    words.parts.extend(
        {
            "key": part,
            "label": str(PART_LABELS[part]),
            "value": parts[part],
            "text": separator.join(by_part.get(part, ())),
        }
        for part in PARTS
        if part in parts
    )
    return words


def _text(stored: Mapping[str, Any], *, names: Names, to_seller: bool) -> str:
    args = dict(stored["args"])
    for name in ("held", "missing"):
        if name in args:
            args[name] = [names.certificates.get(code, code) for code in args[name]]
    if stored["part"] == "industry":
        args.update({n: names.industries.get(str(args[n]), args[n]) for n in ("wanted", "offered") if n in args})
    own = _TO_SELLER.get(stored["code"]) if to_seller else None
    if own is None:
        plain = Reason(stored["code"], stored["verdict"], stored["part"], 0.0, args)
        return sentence(plain, english=_english())
    if stored["code"] == "other_factor":
        args = {name: str(Factor(value).label) if value in Factor.values else value for name, value in args.items()}
    if _english():
        args.update({name: args[f"{name}_en"] for name in ("wanted", "offered", "words") if f"{name}_en" in args})
    separator = ", " if _english() else "、"
    shown = {
        name: separator.join(map(str, value)) if isinstance(value, list | tuple) else value
        for name, value in args.items()
    }
    return _(own) % shown


def _english() -> bool:
    return (get_language() or "").startswith("en")
