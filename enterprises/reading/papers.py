"""Certificates that a text asks for, whether or not they are set apart from the thing."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from enterprises.reading.pieces import Kind, Text
from enterprises.wording import plain_text

# Words around a certificate that only say that it is asked for.
_BEFORE: Final = re.compile(
    r"(?:(?:最好|优先|希望|供应商|厂家|企业|产品|对方|工厂|要求|必须|需要|[须需要应]|以及|并且|同时|且)*"
    r"(?:提供|出具|附|具备|具有|拥有|持有?|通过了?|取得|获得|符合|满足|经|过|有|带|含|是)?"
    r"|(?:(?:must|should|to)\s+)?(?:be|have|hold|with|has|having|need|required?)?)\s*$",
    re.IGNORECASE,
)
_JOINT: Final = re.compile(r"\s*(?:[、,，和及与或/&+]|以及|and|or)?\s*", re.IGNORECASE)
_AFTER: Final = re.compile(
    r"(?:[:\-]?(?:19|20)[0-9]{2}版?)?\s*(?:(?:的|体系|质量|管理|产品|质量管理体系|强制性?|型式|船级社)*(?:认证|"
    r"认可|证书|资质|标[志识]|许可证?|备案|检验|报告|要求|标准|证)(?:证书|的?报告|标志)?"
    r"|certified|certificates?|certification|certs?|compliant|compliance|approved|approval|marking|mark|report|"
    r"required)?"
    r"\s*(?:优先|即可|最好|必须|齐全|preferred|required)?(?P<of>的)?",
    re.IGNORECASE,
)
# ISO 9001 认证咨询, CE 认证代办: the paper is the business itself.
_IS_THE_BUSINESS: Final = re.compile(
    r"^\s?(?:质量|管理|体系|认证|证书|资质|许可证?)*(?:咨询|代办|办理|代理|辅导|培训|服务|顾问|申请|取证|"
    r"\s(?:consult|training))",
    re.IGNORECASE,
)
_NOT_WANTED: Final = re.compile(r"(?:无需|不需要?|不用|不必|不要求|(?<!有)没有|无|without|no)\s*$", re.IGNORECASE)
# 挪威船级社, LR 船级社: not the Chinese one.
_OTHER_CLASS: Final = re.compile(r"(?:dnv|gl|abs|lr|bv|nk|rina|kr|[国本威利])\s*$", re.IGNORECASE)
# GMP 车间: a kind of workshop.
_NAMES_A_KIND: Final = re.compile("^ ?(?:车间|洁净|净化|厂房|级)")
_NEXT_TO_ANOTHER: Final = re.compile(
    r"\s*[、,和及/&]?\s*(?:and\s+)?(?:ce|ul|rohs|ccc|reach|fcc|iso|3c|emc)(?![a-z])", re.IGNORECASE
)
_NUMBERED: Final = re.compile(r"\s*[、,，和及与/&+]\s*(?P<number>[0-9]{4,5})(?![0-9])")
_EDGE: Final = " ,，。;；:：()（）!！、\n"


def certificates(text: Text, names: Mapping[str, str]) -> tuple[str, ...]:
    """Codes of the certificates asked for; what only asks for them is taken out of the text.

    A Latin name stands alone: there is no CR in GCr15, no CE in process.
    """
    pattern = _pattern(tuple(sorted(names, key=lambda name: (-len(name), name))))
    if pattern is None:
        return ()
    found: list[str] = []
    written = text.left
    position = 0
    for match in pattern.finditer(written):
        name = plain_text(match[0])
        if match.start() < position or not _is_meant(written, match, name):
            continue
        found.append(names[name])
        end = match.end()
        # ISO 9001/14001
        while name.startswith("iso") and (more := _NUMBERED.match(written, end)) and f"iso{more['number']}" in names:
            found.append(names[f"iso{more['number']}"])
            end = more.end()
        position = _take(text, match.start(), end)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """All names, the longest first, whatever spaces and dashes are between their letters."""
    written = []
    for name in names:
        if not name:
            continue
        if name.isascii():
            spaced = r"[\s\-_/.]{0,2}".join(re.escape(c) for c in name)
            written.append(rf"(?<![a-z0-9]){spaced}" + (r"(?![0-9])" if name[-1].isdigit() else r"(?![a-z0-9])"))
        else:
            spaced = r"[\s\-_/()（）·]{0,2}".join(re.escape(c) for c in name)
            written.append((r"(?<![a-z0-9])" if name[0].isascii() else "") + spaced)
    return re.compile("|".join(written), re.IGNORECASE) if written else None


def _is_meant(text: str, match: re.Match[str], name: str) -> bool:
    before, after = text[: match.start()], text[match.end() :]
    if name.startswith("船级社") and _OTHER_CLASS.search(before):
        return False
    if _NOT_WANTED.search(before) or _IS_THE_BUSINESS.match(after):
        return False
    if len(name) > 2 or not name.isascii():
        return True
    # Two letters are as often a material or a model: CR rubber, Sc oxide, 3C goods.
    if re.match(r"\s*(?:强制性?)?(?:认证|证|标[志识]|许可|mark|certif|报告)", after, re.IGNORECASE):
        return True
    if re.search(r"[有备过持得带须需合]\s*$", before) and not re.match(r"\s*[一-鿿]", after):
        return True
    if _NEXT_TO_ANOTHER.match(after):
        return True
    # CE 和 UL 认证
    return re.match(
        r"\s*(?:[、,和及/&]|and)\s*[A-Za-z]{2,5}\s*(?:认证|证|标[志识]|mark|certif)", after, re.IGNORECASE
    ) is not None or (re.search(r"[有备过持得带须需合]\s*[A-Za-z0-9 ]{2,10}\s*[、,和及/&]\s*$", before) is not None)


def _take(text: Text, start: int, end: int) -> int:
    """Take out a certificate with the words around it, where it is not part of a name; the end of all that."""
    written = text.left
    before = _BEFORE.search(written, max(0, start - 24), start)
    after = _AFTER.match(written, end)
    begin = before.start() if before else start
    begin += len(written[begin:start]) - len(written[begin:start].lstrip())
    stop = after.end() if after else end
    stop -= len(written[end:stop]) - len(written[end:stop].rstrip())
    # GMP车间: it belongs to the name of the thing; what is named is asked for all the same.
    cued = begin < start
    free_before = begin == 0 or written[begin - 1] in _EDGE or cued
    if _NAMES_A_KIND.match(written[stop:]):
        return end
    free_after = stop >= len(written) or written[stop] in _EDGE or (after is not None and after[0].strip() != "")
    if not (free_before or (after is not None and after[0].strip())) or not free_after:
        return end
    joint = re.search(r"(?:[、和及与或/&+]|以及|\band\b|\bor\b)\s*$", written[:begin])
    text.take(Kind.CERTIFICATES, joint.start() if joint else begin, stop)
    return stop
