"""Names of products as firms' reports have them: what is dirty is cleaned, what is no product is refused."""

import re
import unicodedata
from pathlib import Path

from .types import CleanResult

REFUSALS = {
    "empty": "空白",
    "fragment": "只是单位、序号或残缺字符",
    "accounting": "会计科目或合计项，不是产品",
    "generic": "过于笼统，看不出是什么产品",
}

_SPACE = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2060\ufeff\ufffd\ud800-\udfff]")
_CIRCLED = re.compile(r"[①-⓿❶-➓]")
_NUMBERING = re.compile(
    r"^(?:[((]?[一二三四五六七八九十]{1,3}[))、.]|[((]\d{1,2}[))]|\d{1,2}[、.](?!\d)|[#*•·●■◆▲\-—_、,，.。;；:：]+)\s*"
)
_LEADING = re.compile(
    r"^(?:其中[:：]?|以下|其他(?=.{3,}(?:类|产品)$)|其(?=附属|配套)|公司(?=自产|自主)|(?:主营|其他)业务[-—:：]+)"
)
_TRAILING = re.compile(
    r"(?:[-—_、,，.。;；:：/\\]+|(?<=.{2})(?:与|及|和|等|之)|"
    r"(?<=.{2})(?:主营业务收入|主营业务|营业收入|销售收入|业务收入|分部主营业务|分部|收入|小计|合计))$"
)
_UNCLOSED = re.compile(r"[((][^))]*$")
_UNOPENED = re.compile(r"^[^((]*[))](?=.)")
_FRAGMENT = re.compile(
    r"^(?:[^\w㐀-鿿]+|[a-zA-Z]|[\d\s.,%xX*/+-]+|(?:mm|cm|kv|kw|mw|kva|mg|kg|ph|um|μm|v|w|a|no|p\.o|sub)[-/]?)$",
    re.IGNORECASE,
)
_ACCOUNTING = re.compile(
    r"^(?:总?合计|总计|小计|共计|抵消|抵销|.*(?:抵销|抵消)(?:额|数|项目?)?|内部(?:交易|抵销|往来).*|分部间.*|"
    r"(?:减|加)[:：].*|未分配(?:项目|部分)?.*|调整(?:项|数)?|.*公允价值.*|.*(?:利息|手续费|佣金)(?:净)?收入|利息|手续费(?:及佣金)?|佣金|"
    r"(?:主营|其他|其它|营业|非主营)(?:业务)?(?:收入|成本|利润)?|(?:主营|其他|其它)业务.{0,4}|营业(?:总)?收入|投资(?:收益|性.*)|汇兑.*|"
    r"政府补助|营业外.*|资产处置.*|公司总部|总部|本部|母公司|子公司|集团(?:本部)?|持续经营.*|终止经营.*|.*(?:产生的)?损益|"
    r"(?:主要)?含(?:进口|出口|代理|精制|税|[^㐀-鿿])?|.{0,3}(?:以上|以下|以内)|使用费|资金占用费?|租金收入|废料(?:收入)?|废品(?:收入)?|(?:销售)?下脚料|水电费|房租(?:收入)?|建造合同|"
    r"(?:国内|国外|境内|境外|海外|内销|外销|出口|内贸|外贸|省内|省外|国际)(?:销售|市场|地区|收入|业务|贸易)?)$"
)
_GENERIC = frozenset((Path(__file__).parent / "data" / "generic_names.txt").read_text(encoding="utf-8").split())


def clean_product_name(raw: str) -> CleanResult:
    """A name fit to be loaded, or why there is none. Pure; any string is accepted; at most 120 characters come back."""
    text = unicodedata.normalize("NFKC", _CIRCLED.sub("", _CONTROL.sub("", raw[:2000])))
    # A line break inside a name is a broken cell, between Chinese characters nothing, elsewhere a space.
    text = re.sub(r"(?<=[㐀-鿿])\s*[\r\n]+\s*(?=[㐀-鿿])", "", text)
    text = _SPACE.sub(" ", text).strip()
    text = re.sub(r"(?<=[㐀-鿿]) (?=[㐀-鿿])", "", text)
    if not text:
        return CleanResult("", raw != "", "empty")
    text = _repeated(text)
    for _ in range(4):
        before = text
        text = text.strip(" '\"“”‘’`|")
        text = _NUMBERING.sub("", text)
        text = _LEADING.sub("", text)
        if text.count("(") > text.count(")"):
            text = _UNCLOSED.sub("", text) or text.replace("(", "")
        elif text.count(")") > text.count("("):
            text = _UNOPENED.sub("", text) if text.find(")") < len(text) - 1 else text.replace(")", "")
        if _ACCOUNTING.match(text):
            break
        text = _TRAILING.sub("", text).strip()
        if text == before:
            break
    changed = text != raw.strip()
    if not text or _FRAGMENT.match(text):
        return CleanResult("", changed, "fragment")
    if _ACCOUNTING.match(text):
        return CleanResult("", changed, "accounting")
    if text in _GENERIC:
        return CleanResult("", changed, "generic")
    return CleanResult(text[:120], changed)


def _repeated(text: str) -> str:
    """ "甲乙 丙 甲乙": a cell read twice keeps its first reading."""
    head, separator, tail = text.partition(" ")
    if separator and len(tail) >= 4 and head.startswith(tail):
        return head
    if separator and len(tail) >= 4 and head.endswith(tail):
        return head
    return text
