"""Places: where to deliver, how far away at most, and where the partner has to be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enterprises.reading.numbers import CN_NUMBER, NUMBER, number_of
from enterprises.reading.pieces import Kind, Text

_DELIVERY: Final = re.compile(
    r"(?:(?:要求|需要?|须|请|可|直接|全部|分批|负责|包)?(?:配送|物流|直送|送货|送往|送至|送达|送|运往|"
    r"运[到至]?|发货|发[到往至]?|寄|装运|供货)[到至往给]?|"
    r"交付地?点?|交货地?点?|交[到至]?|到货地?点?|收货地?点?|提货地?点?|目的[地港]|(?:使用|施工|安装|项目|提货|"
    r"卸货)地点?|工地|落地|地点|地址|在|到|至|于)\s*[:：为是在到于]?\s*$"
)
_DELIVERY_ENGLISH: Final = re.compile(
    r"(?<![a-z])(?:(?:to be\s+)?(?:deliver(?:y|ed|ies)?|ship(?:ped|ping|ment)?|sen[dt]|freight)?\s*(?:to|at|in|into)"
    r"|(?:deliver(?:y|ed)?|ship(?:ment|ped)?|place of delivery|destination|location)\s*:?|d[dap]p|dap|ci[fp]|"
    r"cfr|fob)\s+$",
    re.IGNORECASE,
)
_BEING_THERE: Final = frozenset(("在", "于", "至", "in", "at"))
_DELIVERY_AFTER: Final = re.compile(r"^\s*(?:市|省)?\s*(?:交货|交付|到货|收货|提货|自提|工地|港口?(?![一-鿿]))")
# What stands right after the name and says where in the place.
_SPOT: Final = re.compile(
    r"^(?:市|省)?(?:[一-鿿]{1,3}|[一-鿿]{0,6}?(?:工地|现场|仓库|码头|港口?|园区|工业园|开发区|高新区|新区|厂区|"
    r"基地|项目部|工厂|厂里|车间))?"
    r"\s*(?:port|city|province|airport|交货|交付|到货|收货|提货|自提|使用|安装|落地|境内|市内|省内)?(?:吗|"
    r"的?话)?(?=$|[\s,，。;；、!！?？)）的])"
)
_ALONE_AFTER: Final = re.compile(
    r"^(?:市|省)?(?:[一-鿿]{0,4}(?:园区|高新区|新区|开发区|[区县镇])(?=$|[\s,，。;；]))?"
    r"\s*(?:交货|交付|到货|收货|提货|自提|工厂|基地|厂区|$|[,，。;；!！\n])"
)
_DISTRICT: Final = re.compile(r"^[一-鿿]{2}(?=$|[,，。;；\s])")
_BETWEEN: Final = re.compile(r"\s?[,，·\-/]?\s?$")
_LIST: Final = re.compile(r"\s?(?:[、,/和或及与]|and|or)\s?$")
# Where somebody would like the partner to be: no condition, and not part of the product either.
_NEARBY: Final = re.compile(
    r"^(?:市|省)?(?:(?:省|市)?(?:内|境内)|附近|周边|本地|当地|一带|地区|范围内|(?=优先|最好|"
    r"更好))(?:的(?:话)?)?(?:优先|最好|更好|均可|都行)?|^\s+preferred(?![a-z])"
)
_OF: Final = re.compile(r"^(?:市|省)?的")
_PREFERENCE: Final = re.compile(
    r"(?:最好|优先|尽量|希望|倾向|优选|preferably|ideally|prefer(?:red)?|near|close to|around)\s*(?:是|在|from|"
    r"in)?\s*$",
    re.IGNORECASE,
)

_ONLY: Final = re.compile(
    r"(?:(?P<sure>只要|只限|只找|只看|只收|只考虑|仅限|仅考虑|仅要|(?<!有)限于?|(?:供应商|厂家|企业|"
    r"卖家)?(?:必须|须|需|要求?)(?:是|为))"
    r"(?:在|于)?|(?P<maybe>(?:必须|须|需要?|要求?)(?:在|位于)?))\s*$"
)
_ONLY_ENGLISH: Final = re.compile(
    r"(?<![a-z])(?:(?:suppliers?|vendors?|manufacturers?|factory|factories|"
    r"partners?)\s+)?(?:must be(?:\s+(?:located|based|made|produced))?\s+(?:in|from)|only(?:\s+(?:from|in|"
    r"within))?)\s+$",
    re.IGNORECASE,
)
_ONLY_AFTER: Final = re.compile(
    r"^(?:省|市)?\s*(?:(?:省|市)?(?:境内|以内|内|范围内|本地|本省|本市))?\s*(?:产)?的?\s*"
    r"(?:生产)?(?:企业|厂家|厂商|工厂|供应商|公司|厂|卖家|货|suppliers?|manufacturers?)?"
)
_INSIDE: Final = re.compile(r"^(?:省|市)?\s*(?:(?:省|市)?(?:境内|以内|内|范围内|本地)|的?(?:企业|厂|工厂|供应商|公司))")
_ONLY_ENGLISH_AFTER: Final = re.compile(r"^\s*(?:province\s*)?(?:only|suppliers? only)(?![a-z])", re.IGNORECASE)
_THEN_DELIVERED: Final = re.compile(r"^(?:省|市)?\s*(?:[一-鿿]{0,4})?(?:交|到货|收货|提货|自提|送|港|码头|工地|现场)")

_DISTANCE: Final = re.compile(
    rf"(?:最好|希望|要求|尽量|运输|运距|距离|车程|半径|方圆|周边|附近|直线|不超过|小于|[在为约:：\s]){{0,8}}"
    rf"(?P<n>{NUMBER}|{CN_NUMBER})\s*(?:公里|千米|km)\s*(?P<near>之?内|以内|范围内?|半径|左右)?(?:的|即可|就行|"
    rf"最好|为宜|都行)?",
    re.IGNORECASE,
)
_DISTANCE_ENGLISH: Final = re.compile(
    rf"(?<![a-z])(?:preferably\s+)?(?:within|inside|max(?:imum)?|no more than|up to)\s+(?:a\s+)?(?P<n>{NUMBER})\s*-?\s*"
    r"(?:km|kms|kilomet(?:er|re)s?)(?:\s+radius)?(?:\s+(?:of|from|around)(?![a-z]))?(?![a-z])",
    re.IGNORECASE,
)
_RADIUS_CUE: Final = re.compile("运距|距离|车程|半径|方圆|周边|附近|不超过")
# 续航 300 公里以内, 传输距离 10 公里以内 say what the thing can do.
_FAR_REACHING: Final = re.compile(
    r"(?:续航|传输|里程|航程|射程|通信|通讯|探测|光纤|线路|公路|铁路|管道|全长|总长|行驶)[^,，。;；\n]{0,6}$|"
    r"(?:range|distance)\s*(?:of)?\s*$",
    re.IGNORECASE,
)
_NAMES_SOMETHING: Final = re.compile("^(?![有即就优送交到找可最均都能])[一-鿿]")
_MOST_KM: Final = 6000


@dataclass(frozen=True)
class _Hit:
    """One name, or several that say one place (四川成都): the narrowest counts."""

    start: int
    end: int
    code: str


def distance(text: Text) -> int | None:
    """300 公里内: how far the partner may be."""
    for pattern in (_DISTANCE, _DISTANCE_ENGLISH):
        for match in pattern.finditer(text.left):
            number = number_of(match["n"])
            if number is None or not 1 <= number <= _MOST_KM or _FAR_REACHING.search(text.left[: match.start("n")]):
                continue
            if pattern is _DISTANCE and match["near"] in (None, "左右") and not _RADIUS_CUE.search(match[0]):
                continue
            # 10 公里以内光模块: it belongs to the name of the thing.
            if pattern is _DISTANCE and _NAMES_SOMETHING.match(text.left[match.end() :]) and "的" not in match[0]:
                continue
            text.take(Kind.DISTANCE, *match.span())
            return int(number)
    return None


def only_from(text: Text, places: Mapping[str, str]) -> tuple[str, ...]:
    """只要江苏、浙江的: where the partner has to be. Only what is said in so many words."""
    hits = _hits(text.left, places)
    found: list[str] = []
    for number, hit in enumerate(hits):
        if found and hit.start < text.pieces[-1].end:
            continue
        before = text.left[: hit.start]
        cue = _ONLY.search(before) or _ONLY_ENGLISH.search(before)
        listed = [hit]
        for following in hits[number + 1 :]:
            if _LIST.fullmatch(text.left[listed[-1].end : following.start]) is None:
                break
            listed.append(following)
        end = listed[-1].end
        after = text.left[end:]
        tail = _ONLY_ENGLISH_AFTER.match(after)
        if cue is None and tail is None:
            continue
        if cue is not None:
            if _THEN_DELIVERED.match(after):
                continue
            if cue.groupdict().get("maybe") and not _INSIDE.match(after):
                continue
            tail = tail or _ONLY_AFTER.match(after)
        start = cue.start() if cue is not None else listed[0].start
        text.take(Kind.REGIONS, start, end + (tail.end() if tail else 0))
        found.extend(one.code for one in listed)
    return tuple(dict.fromkeys(found))


def delivery(text: Text, places: Mapping[str, str]) -> str:
    """The place of delivery: one after a word of delivery, else the only one that stands by itself. Other places that
    were named with such words, or as a wish about the partner, are taken out too."""
    chosen = ""
    alone: list[_Hit] = []
    hits = _hits(text.left, places)
    # 在四川有 30 家店, …, 送到成都: where somebody is counts only where nobody says where to deliver.
    is_sure = any(_is_told(text.left, hit) for hit in hits)
    for hit in hits:
        before, after = text.left[: hit.start], text.left[hit.end :]
        liked = _PREFERENCE.search(before)
        nearby = _NEARBY.match(after) or (
            _OF.match(after) if liked or hit.start == 0 or before[-1] in " 家找,，" else None
        )
        if liked or (nearby and not _DELIVERY.search(before)):
            text.take(Kind.ASIDE, liked.start() if liked else hit.start, hit.end + (nearby.end() if nearby else 0))
            continue
        cue = _cue(text.left, hit)
        if is_sure and not _is_told(text.left, hit):
            continue
        if cue or _DELIVERY_AFTER.match(after):
            spot = _SPOT.match(after)
            text.take(
                Kind.PLACE if not chosen else Kind.ASIDE,
                cue.start() if cue else hit.start,
                hit.end + (spot.end() if spot else 0),
            )
            chosen = chosen or hit.code
        elif (
            (not before or not before[-1].isalnum())
            and (
                _ALONE_AFTER.match(after)
                # …，成都温江，…; at the beginning of a text it may be 金华火腿.
                or (before.rstrip()[-1:] in tuple(",，;；") and _DISTRICT.match(after))
                or (not before.strip() and after[:1] == " ")
            )
        ):
            alone.append(hit)
    if not chosen and len(alone) == 1:
        spot = _SPOT.match(text.left[alone[0].end :])
        text.take(Kind.PLACE, alone[0].start, alone[0].end + (spot.end() if spot else 0))
        return alone[0].code
    return chosen


def _cue(text: str, hit: _Hit) -> re.Match[str] | None:
    before = text[: hit.start]
    return _DELIVERY_ENGLISH.search(before) if text[hit.start].isascii() else _DELIVERY.search(before)


def _is_told(text: str, hit: _Hit) -> bool:
    """Whether the words say that something is to be brought there: 送, not 在."""
    cue = _cue(text, hit)
    return bool((cue and cue[0].strip(" :：").lower() not in _BEING_THERE) or _DELIVERY_AFTER.match(text[hit.end :]))


def _hits(text: str, places: Mapping[str, str]) -> list[_Hit]:
    """Names of places in the order of the text; those that follow each other from wide to narrow, or in English from
    narrow to wide, are one."""
    found: list[_Hit] = []
    longest = max((len(name) for name in places), default=0)
    folded = text.lower()
    position = 0
    while position < len(folded):
        size = 0
        if not (
            folded[position].isascii()
            and position
            and folded[position - 1].isascii()
            and folded[position - 1].isalnum()
        ):
            most = min(longest, len(folded) - position)
            size = next((n for n in range(most, 1, -1) if _is_name(folded, position, n, places)), 0)
        if size:
            hit = _Hit(position, position + size, places[folded[position : position + size]])
            if found and _BETWEEN.fullmatch(text[found[-1].end : hit.start]) and (one := _one_place(found[-1], hit)):
                found[-1] = one
            else:
                found.append(hit)
        position += size or 1
    return found


def _is_name(text: str, start: int, size: int, places: Mapping[str, str]) -> bool:
    end = start + size
    if text[start:end] not in places:
        return False
    # Suzhou is no part of a longer word.
    return not (text[end - 1].isascii() and end < len(text) and text[end].isascii() and text[end].isalnum())


def _one_place(first: _Hit, second: _Hit) -> _Hit | None:
    for wide, narrow in ((first, second), (second, first)):
        if narrow.code.startswith(wide.code.rstrip("0")) or narrow.code[:2] + "0000" == wide.code:
            return _Hit(first.start, second.end, narrow.code)
    return None
