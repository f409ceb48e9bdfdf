"""From a scored post to reasons, and from reasons to sentences in 简体中文 and English."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .conditions import days_late, factor_of, industry_of
from .dictionary import Dictionary
from .scoring import (
    FULL,
    NARROWING,
    Compiled,
    Facet,
    Scored,
    conflicts_of,
    credit_of,
)
from .types import Candidate, Document, Product, Reason, Verdict
from .weights import PARTS, RANKING_VERSION

# Above this the word is there; below, only something broader is.
CLEAR_CREDIT = 700
# A reading that stands for less than this (‰) of what was asked for is told as one.
_CLEARLY_LESS = 900
_Row = tuple[str, str, int]
_ACRONYM = re.compile(r"(?<![a-z])(?:[a-z]{1,5}(?![a-z])|[a-z]{1,6}(?=\d))")
_MEASURED = re.compile(r"^([\d.x]+)([a-z℃°]+\d?)$")
_UNIT_SPELLING = {
    "kv": "kV", "mv": "MV", "kva": "kVA", "mva": "MVA", "kvar": "kvar", "kw": "kW", "mw": "MW", "gw": "GW", "w": "W",
    "v": "V", "ma": "mA", "mah": "mAh", "ah": "Ah", "a": "A", "kwh": "kWh", "mwh": "MWh", "wh": "Wh", "mpa": "MPa",
    "ghz": "GHz", "mhz": "MHz", "khz": "kHz", "hz": "Hz", "um": "μm", "gbps": "Gbps", "mbps": "Mbps", "dwt": "DWT",
    "l": "L",
    "teu": "TEU",
}  # fmt: skip


def candidate_from(compiled: Compiled, document: Document, scored: Scored, *, dictionary: Dictionary) -> Candidate:
    """Put a score into words. The reasons' points add up to the score, part by part."""
    hundredths = _hundredths(scored)
    reasons = [
        *_product_reasons(compiled, document, scored, dictionary, hundredths),
        *_word_reasons(compiled, scored, dictionary, hundredths),
        *_loss_reasons(compiled, document, scored, dictionary, hundredths),
        *_structured_reasons(compiled, document, scored),
    ]
    return Candidate(
        id=document.id,
        firm_id=document.firm_id,
        score=scored.total / 100,
        is_strong=scored.fit >= compiled.weights.strong_cut,
        parts={part: hundredths[part] / 100 for part in PARTS if part in hundredths},
        reasons=tuple(reasons),
        product=scored.product.name,
        ranking_version=RANKING_VERSION,
    )


def _hundredths(scored: Scored) -> dict[str, int]:
    """Points of each part. The text is scored out of 100 and then given the share that is left for it; what rounding
    leaves over (under a tenth of a point) goes to the product."""
    text = scored.text
    roles = {wanted.role for wanted in scored.facet.words}
    earned: dict[str, int] = {}
    for part, role, points in (
        ("detail", "modifier", text.detail),
        ("grade", "grade", text.grade),
        ("purpose", "purpose", text.purpose),
    ):
        if role in roles:
            earned[part] = points * scored.text_points // FULL
    for part, points in (
        ("specificity", text.specificity),
        ("conflict", text.conflict),
        ("factor", text.factor),
    ):
        if points:
            earned[part] = -(-points * scored.text_points // FULL)
    product = text.net * scored.text_points // FULL - sum(earned.values())
    return {"product": product, **earned, **scored.structured}


def _product_reasons(
    compiled: Compiled, document: Document, scored: Scored, dictionary: Dictionary, points: Mapping[str, int]
) -> list[Reason]:
    wanted, offered = scored.facet.product, scored.product
    asked, said = compiled.query.analysis.text, document.analysis.text
    args: dict[str, Any] = {"wanted": as_written(wanted.head, asked), "offered": as_written(offered.head, said)}
    verdict: Verdict = "fits"
    if wanted.head_concept and offered.head_concept:
        args["wanted_en"] = dictionary.english(wanted.head_concept)
        args["offered_en"] = dictionary.english(offered.head_concept)
        if wanted.head_concept == offered.head_concept:
            code = "same_product" if wanted.head == offered.head else "same_by_alias"
        elif offered.head_concept in dictionary.descendants(wanted.head_concept):
            code = "kind_of_wanted"
        elif offered.head_concept in dictionary.ancestors(wanted.head_concept):
            code, verdict = "broader_than_wanted", "unknown"
        else:
            code, verdict = "related_product", "unknown"
    elif wanted.head == offered.head:
        code = "same_words"
    else:
        code, verdict = "similar_words", "unknown"
    found = [Reason(code, verdict, "product", points["product"] / 100, args)]
    if scored.facet.standing < _CLEARLY_LESS:
        # What was asked for as a whole is more: the points say so, and so should the words.
        found.append(Reason("wanted_in_part", "unknown", "product", 0.0, {**args, "name": wanted.name}))
    if offered.standing == compiled.weights.implied:
        found.append(Reason("implied_product", "unknown", "product", 0.0, {"name": offered.name}))
    elif offered.standing < 1000:
        found.append(Reason("ambiguous_short_form", "unknown", "product", 0.0, {"name": args["offered"]}))
    return found


def _word_reasons(
    compiled: Compiled, scored: Scored, dictionary: Dictionary, points: Mapping[str, int]
) -> list[Reason]:
    found: list[Reason] = []
    text = compiled.query.analysis.text
    conflicting = {
        value for _, wanted, _, _ in conflicts_of(scored.facet, scored.product) for value in wanted.split("/")
    }
    for part, role in (("detail", "modifier"), ("grade", "grade"), ("purpose", "purpose")):
        if part not in points:
            continue
        whole, partly, lack = _matched_words(scored.facet, scored.product, role)
        earned = sum(row[2] for row in whole) + sum(row[2] for row in partly)
        of_partly = points[part] * sum(row[2] for row in partly) // earned if earned else 0
        if whole:
            args = _words(whole, dictionary, text)
            found.append(Reason(f"{part}_matched", "fits", part, (points[part] - of_partly) / 100, args))
        if partly:
            of_partly = of_partly if whole else points[part]
            found.append(Reason(f"{part}_in_part", "unknown", part, of_partly / 100, _words(partly, dictionary, text)))
        missing = [row for row in lack if row[0] not in conflicting]
        if missing:
            # The supplier did not say it: that is not the same as "has it not".
            found.append(Reason(f"{part}_not_stated", "unknown", part, 0.0, _words(missing, dictionary, text)))
    return found


def _matched_words(facet: Facet, product: Product, role: str) -> tuple[list[_Row], list[_Row], list[_Row]]:
    """(surface, key, earned) of the wanted words that are there, there in a broader sense only, and not there."""
    whole: list[_Row] = []
    partly: list[_Row] = []
    lack: list[_Row] = []
    for wanted in facet.words:
        if wanted.role == role:
            credit, _ = credit_of(wanted, product)
            row = (wanted.word.surface, wanted.word.key, credit * wanted.word.weight)
            (lack if credit == 0 else whole if credit >= CLEAR_CREDIT else partly).append(row)
    return whole, partly, lack


def _words(rows: Sequence[_Row], dictionary: Dictionary, text: str) -> dict[str, Any]:
    """Words as they were written in the text; pairs of characters that overlap are joined again."""
    joined: list[str] = []
    english: list[str] = []
    for surface, key, _ in rows:
        if key.startswith("x:") and joined and english[-1] == joined[-1] and joined[-1][-1] == surface[0]:
            joined[-1] += surface[1:]
            english[-1] = joined[-1]
        else:
            joined.append(as_written(surface, text))
            english.append(joined[-1] if key.startswith(("x:", "g:")) else dictionary.english(key[2:]))
    return {"words": list(dict.fromkeys(joined)), "words_en": list(dict.fromkeys(english))}


def as_written(surface: str, text: str) -> str:
    """A code or formula as its writer wrote it (G20Cr2Ni4A, Li2CO3); anything else as `shown`."""
    if any(c.isdigit() for c in surface) and any(c.isalpha() and c.isascii() for c in surface):
        spaced = r"\s*".join(re.escape(c) for c in surface if not c.isspace())
        found = re.search(spaced, text, re.IGNORECASE)
        if found is not None:
            return found.group()
    return shown(surface)


def shown(surface: str) -> str:
    """Texts are compared in small letters; people write PVC, 220kV and 304L."""
    if surface.isascii() and " " in surface:
        return surface
    measured = _MEASURED.match(surface)
    if measured is not None:
        return measured.group(1) + _UNIT_SPELLING.get(measured.group(2), measured.group(2))
    return _ACRONYM.sub(lambda match: match.group(0).upper(), surface)


def _loss_reasons(
    compiled: Compiled,
    document: Document,
    scored: Scored,
    dictionary: Dictionary,
    points: Mapping[str, int],
) -> list[Reason]:
    found: list[Reason] = []
    if points.get("specificity"):
        more = [
            (word.surface, word.key, 0)
            for word in scored.product.words
            if word.role in NARROWING and word.key not in scored.facet.keys
        ]
        found.append(
            Reason(
                "more_special",
                "unknown",
                "specificity",
                points["specificity"] / 100,
                _words(more, dictionary, document.analysis.text),
            )
        )
    if points.get("conflict"):
        conflicts = conflicts_of(scored.facet, scored.product)
        remaining = points["conflict"]
        for number, (group, wanted, offered, _) in enumerate(conflicts):
            args = {
                "group": group.split(":")[0],
                "wanted": as_written(wanted, compiled.query.analysis.text),
                "offered": as_written(offered, document.analysis.text),
                "wanted_en": shown(dictionary.english(wanted)),
                "offered_en": shown(dictionary.english(offered)),
            }
            share = remaining if number == 0 else 0
            found.append(Reason("contradiction", "lacks", "conflict", share / 100, args))
    if points.get("factor"):
        offered_factor = document.factor or document.analysis.factor
        found.append(
            Reason(
                "other_factor",
                "lacks",
                "factor",
                points["factor"] / 100,
                {"wanted": factor_of(compiled.query), "offered": offered_factor},
            )
        )
    return found


def _structured_reasons(compiled: Compiled, document: Document, scored: Scored) -> list[Reason]:
    query = compiled.query
    found: list[Reason] = []
    for part, points in scored.structured.items():
        args: dict[str, Any] = {"of": compiled.asked[part] / 100}
        verdict: Verdict = "unknown"
        code = f"{part}_not_stated"
        if part == "industry" and document.industry:
            args.update(wanted=industry_of(query), offered=document.industry)
            code, verdict = ("industry_same", "fits") if points else ("industry_other", "lacks")
        elif part == "quantity":
            code, verdict, more = _quantity_reason(compiled, document)
            args.update(more)
        elif part == "delivery":
            late = days_late(query, document)
            if late is not None:
                args["days"] = late
                code, verdict = ("delivery_in_time", "fits") if late == 0 else ("delivery_late", "lacks")
        elif part == "certificates" and document.certificates is not None:
            missing = sorted(query.wanted_certificates - document.certificates)
            args.update(held=sorted(query.wanted_certificates & document.certificates), missing=missing)
            code, verdict = ("certificates_missing", "lacks") if missing else ("certificates_held", "fits")
        elif part == "freight" and document.region:
            code, verdict = ("freight_near", "fits") if points else ("freight_far", "lacks")
            args["region"] = document.region
        found.append(Reason(code, verdict, part, points / 100, args))
    if query.required_certificates:
        found.append(
            Reason("certificates_required", "fits", "certificates", 0.0, {"held": sorted(query.required_certificates)})
        )
    return found


def _quantity_reason(compiled: Compiled, document: Document) -> tuple[str, Verdict, dict[str, Any]]:
    query = compiled.query
    assert query.quantity is not None
    if document.unit_family != query.unit_family or not query.unit_family:
        return "quantity_not_stated", "unknown", {}
    if document.min_order is not None and document.min_order > query.quantity:
        return "minimum_order_above", "lacks", {"minimum": document.min_order, "needed": query.quantity}
    if document.capacity is None:
        return "quantity_not_stated", "unknown", {}
    percent = min(100, int(document.capacity * 100 / query.quantity))
    if document.capacity >= query.quantity:
        return "quantity_covered", "fits", {"percent": percent}
    return "quantity_short", "lacks", {"percent": percent}


# --- sentences -------------------------------------------------------------------------------------------------------

_FACTORS = {
    "product": ("产品", "a product"),
    "processing": ("加工产能", "processing capacity"),
    "technology": ("技术", "technology"),
    "equipment": ("研发与检测设备", "R&D or testing equipment"),
    "talent": ("人才", "talent"),
    "finance": ("资金", "finance"),
    "service": ("服务", "a service"),
    "data": ("数据与算力", "data or computing"),
}

_SENTENCES: dict[str, tuple[str, str]] = {
    "same_product": ("产品一致：{wanted}", "Same product: {wanted_en}"),
    "same_by_alias": ("同一产品的不同叫法：{offered} 即 {wanted}", "Another name for it: {offered} = {wanted_en}"),
    "kind_of_wanted": ("{offered} 是 {wanted} 的一种", "{offered_en} is a kind of {wanted_en}"),
    "broader_than_wanted": (
        "对方只写明大类“{offered}”，是否做 {wanted} 需确认",
        "States only the broader class {offered_en}; ask whether it makes {wanted_en}",
    ),
    "related_product": ("相近产品：{offered}（您要 {wanted}）", "Related: {offered_en} (you want {wanted_en})"),
    "same_words": ("名称一致：{wanted}", "Same name: {wanted}"),
    "similar_words": ("名称相近：{offered}（您要 {wanted}）", "Similar name: {offered} (you want {wanted})"),
    "wanted_in_part": (
        "只按“{name}”里的 {wanted} 匹配，其余需确认",
        "Matched by {wanted_en} alone out of “{name}”; ask about the rest",
    ),
    "implied_product": ("由“{name}”推断，对方未直接写明", "Inferred from “{name}”; not stated directly"),
    "ambiguous_short_form": ("“{name}”是缩写，可能另有所指", "“{name}” is a short form with several meanings"),
    "detail_matched": ("符合：{words}", "Matches: {words_en}"),
    "detail_in_part": ("只在更宽的意义上符合：{words}", "Matches only in a broader sense: {words_en}"),
    "detail_not_stated": ("未说明：{words}", "Not stated: {words_en}"),
    "grade_matched": ("规格牌号符合：{words}", "Grade or size matches: {words_en}"),
    "grade_in_part": ("规格牌号大致符合：{words}", "Grade or size matches broadly: {words_en}"),
    "grade_not_stated": ("规格牌号未说明：{words}", "Grade or size not stated: {words_en}"),
    "purpose_matched": ("用途符合：{words}", "Purpose matches: {words_en}"),
    "purpose_in_part": ("用途大致符合：{words}", "Purpose matches broadly: {words_en}"),
    "purpose_not_stated": ("用途未说明：{words}", "Purpose not stated: {words_en}"),
    "more_special": ("比所需更专：{words}", "More special than asked: {words_en}"),
    "contradiction": ("不符：您要 {wanted}，对方是 {offered}", "Unfit: you want {wanted_en}, this is {offered_en}"),
    "other_factor": ("类型不同：您要{wanted}，对方提供{offered}", "Another type: you want {wanted}, this is {offered}"),
    "industry_same": ("行业相同或相近（{offered}）", "Same or close industry class ({offered})"),
    "industry_other": ("行业不同（{offered}）", "Another industry class ({offered})"),
    "industry_not_stated": ("行业未说明", "Industry not stated"),
    "quantity_covered": ("月产能可满足所需数量", "Monthly capacity covers the quantity"),
    "quantity_short": ("月产能约为所需数量的 {percent}%", "Monthly capacity is about {percent}% of the quantity"),
    "quantity_not_stated": ("产能未说明", "Capacity not stated"),
    "minimum_order_above": ("最小起订量高于所需数量", "The minimum order is above the quantity"),
    "delivery_in_time": ("可按期交付", "Can deliver in time"),
    "delivery_late": ("预计晚 {days} 天", "About {days} days late"),
    "delivery_not_stated": ("交货期未说明", "Lead time not stated"),
    "certificates_held": ("具备证书：{held}", "Holds: {held}"),
    "certificates_missing": ("缺少证书：{missing}", "Lacks: {missing}"),
    "certificates_not_stated": ("证书情况未说明", "Certificates not stated"),
    "certificates_required": ("必备证书齐全：{held}", "Holds all required certificates: {held}"),
    "freight_near": ("距离交付地较近", "Near the place of delivery"),
    "freight_far": ("距离交付地较远", "Far from the place of delivery"),
    "freight_not_stated": ("所在地未说明，无法判断运距", "Location not stated; distance unknown"),
}  # fmt: skip


def explain(candidate: Candidate | Sequence[Reason | Mapping[str, Any]], language: str = "zh-hans") -> list[str]:
    """One sentence per reason with its points, in the order of importance. Takes a candidate or its stored reasons.

    language: "zh-hans" or "en"; anything else is read as its beginning ("zh-cn", "en-gb"), unknown as 中文.
    """
    reasons = candidate.reasons if isinstance(candidate, Candidate) else candidate
    number = 1 if language.lower().startswith("en") else 0
    return [
        sentence(reason if isinstance(reason, Reason) else Reason.from_dict(reason), english=bool(number))
        for reason in reasons
    ]


def sentence(reason: Reason, *, english: bool) -> str:
    """One reason as a sentence; points are added when it earned or lost some."""
    args = dict(reason.args)
    if reason.code == "other_factor":
        args = {name: _FACTORS.get(value, (value, value))[1 if english else 0] for name, value in args.items()}
    separator = ", " if english else "、"
    shown = {
        name: separator.join(map(str, value)) if isinstance(value, (list, tuple)) else value
        for name, value in args.items()
    }
    for name in ("wanted", "offered", "words"):
        shown.setdefault(f"{name}_en", shown.get(name, ""))
    text = _SENTENCES[reason.code][1 if english else 0].format_map(shown)
    if not reason.points:
        return text
    points = f"{reason.points:+.2f}".rstrip("0").rstrip(".")
    return f"{text} ({points})" if english else f"{text}（{points} 分）"
