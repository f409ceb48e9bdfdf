"""Which clauses of an inquiry name what is asked for.

People write 我司在宿迁做分布式, 缺组串式逆变器, 110kW 约 55 台, 10 月前到货: who they are, what they want, on which
conditions. A clause with a wish (求购, 想找, 缺 …) names the thing; a clause about the writer, a condition or a refusal
does not. A text that is no inquiry is one clause after another, as before.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

_SURE = (
    "求购|采购|购买|购入|订购|订做|定做|定制(?=.)|收购|急购|诚购|急需|急缺|急求|急找|需要|寻找|寻求|寻源|征集|招募|询价(?=.{2})|"
    "想要|想找人|想找|想买|想订|想换|想上|想采购|想购|想租|想装|想配|想定|想问|想委托|要找|要买|要换|要采购|要一家|要一批|现需|现缺|"
    "现求|需采购|需找|需委托|需购|欲购|拟采购|拟购|拟建|拟新建|拟找|计划采购|准备采购|准备买|打算买|正在找|在找|能否提供|有没有|有无|"
    "要做(?=.*(?:测试|检测|试验|认证|检定|校准|加工|设计|清洗|维修|改造))"
)
_SHORT = (
    "缺(?!陷)|求|找(?!谁)|寻|购(?!物|销|汇|置税)|租(?!赁|车|船|金|房|用|售)|买(?!卖|断)|"
    "需(?!求)|要(?!素|求|有|能|是|做|会|防|可|带|含|让|保)"
)
_WISH = re.compile(
    rf"(?:{_SURE})|(?:^|(?<=[,我们司厂商现急还另也就]))(?:{_SHORT})(?=..)|(?<![查寻要需请追谋力])(?:找|求)(?![平正到求值和解职救助谁])(?=.{{2,}})"
)
_WISH_ENGLISH = re.compile(
    r"\b(?:looking for|look for|need(?:ed)?|want(?:ed)?|sourcing|source|buy(?:ing)?|purchase|require|seeking|"
    r"(?:enquiry|inquiry|rfq) for)\b"
)
# "need audit docs", 需要寄样 ask for no product.
_NOT_WISHED_ENGLISH = re.compile(
    r"\b(?:docs?|documents?|certificates?|certs?|certified|reports?|samples?|quotations?|quotes?|prices?|support)\W*$"
)
_NOT_WISHED = re.compile(
    r"^(?:先|再)?(?:寄|送|提供|附|出具?|有|能|可以|可|含|带|支持|开|做到|满足|符合|通过|培训|安装|验|测|试|具备|懂|会|注明|联系|了解|考虑|报)"
)
_SELF = re.compile(
    r"^(?:您好|你好)?(?:我们?|我司|我厂|我公司|本公司|本厂|本人|公司|老板|我方|咱们?|小弟)(?:的)?(?:公司|厂|这边|这里)?"
    r"(?:是|做|在|为|有|主要|专门|自己|小|也|让|生产(?!用|线)|经营|从事)|^(?:做|搞|开|办|干)(?!.*(?:厂家|工厂|供应商)).{2,12}(?:的|店|馆|所|厂|公司)$|^.{0,14}已经?(?:完成|有|购|装|投产|建成|通过|拿到)|^(?:快|刚|最近|正在|目前|去年|今年|明年|以前|之前|原来|现在用)"
)
_CONDITION = re.compile(
    r"^(?:要求|要(?:有|能|带|含|可|防|会|做到|保证|是)|需(?:含|带|寄|能|提供|具备|附|有)|须|必须|不含|含|可以?|按|配|另|支持|带|交|付|包(?!装)|有|无(?![源缝纺铅尘菌])|请|麻烦|"
    r"价格?|质保|保质|送|发(?!动|电|泡|酵|光|酶)|到(?!料)|首批|首单|每月|每年|每批|月(?!饼|桂)|年产|年底|一年|长期(?!供)|预算|预付|最好|希望|尺寸|规格|量大|量小|运费|运输到|货(?!架|车|运|代|柜|梯)|能(?!源|量|耗)|"
    r"出口(?!.{0,3}(?:代理|服务))|入|符合|满足|通过|达到|耐|且|并|还|以及|同时|其中|效价|压实|收缩率|循环|门幅|克重|板厚|节拍|两班|"
    r"付款|账期|现款|含税|开票|样品|先|再|便于|方便|联系|电话|谢谢|急用|急$|今年|春节|具体|详见|附|图纸|以前|目前|现有|最大|最小|最重|约|大概|"
    r"主要是|疵点|铁含量|亚甲蓝|环压|工期|合同|资质|大厂|用量|都可|都行|均可|就行|就可|量|cas)"
)
# 能减少用水的外加剂: a condition that ends in what has to meet it names the thing.
_WHICH = re.compile(r"^(?:能够?|可以?|会|带|有|无|耐|防|用|含|不含).{1,16}的(?!话|更好|优先|最好).{2,10}$")
_PURPOSE = re.compile(r"^(?:用来|用于|用在|主要用|应用于|适用于|拿来|给|供|作为|当)")
_REFUSED = re.compile(
    r"(?:不要|不用|不需要|不收|不考虑|拒绝|谢绝|除外|勿扰|免谈|勿联系|别来|莫扰|不接受|不能是|不是)|^(?:no|not|except|excluding|without)\b"
)
_REFUSED_THING = re.compile(
    r"(?:不要|不用|不需要|不收|不考虑|拒绝|谢绝|不接受|不能是)(.{1,12})$|^(.{1,12}?)(?:的|类)?(?:不要|除外|勿扰|免谈|不考虑|不收|谢绝|别来)"
)
# "citric acid? no sorry, malic acid": what was said before is taken back.
_TAKEN_BACK = re.compile(r"^(?:oh )?(?:no|sorry|no,? sorry|不对|不是|错了|说错了|打错了|写错了|更正)\W*$")
_SOME = re.compile(
    r"^(?:这种|那种|这样的|那样的|这类|那类|那个|这个|一家|一批|一些|几家|几台|若干|一种|一款|一台|一套|两台|两艘|一颗|一个|点|个|大量|多家|好一?点的|便宜一?点的|靠谱的|专业的?|正规的?|"
    r"(?:能够?|可以?|会)(?:做|生产|提供|供应|加工|承接|制造|供|给)?|专门(?:做|生产)|做|生产|承接|代理|当地|本地|华东|华南|华北|国内|进口的?|\d+(?:台|套|只|吨|个|件|艘|家|条|辆)|[台套只吨个件艘家条辆]|(?:供应商|厂家|工厂)[:,]?)+"
)
_TALK = re.compile(
    r"(?:这|那)类.{0,4}的(?:工厂|厂家|供应商|公司|企业|厂).*$|的(?:工厂|厂家|供应商|公司|企业|厂子?|代工厂).{0,12}$|"
    r"(?:这|那)(?:一)?(?:块|种|些|层|边|类)|一类的?(?:东西|产品)?|之类的?(?:东西)?|什么的|等等|的东西|的?(?:找谁买|哪里有|哪家好|哪里买|怎么买|有吗|有没有|找厂家|找工厂|找供应商|供应商有哪些)$|"
    r"(?:有)?现货$|(?:长期|大量)?(?:要货|要|需要|求购|(?:招标)?采购(?:招标)?|招标)$|(?:的话)?请?联系.{0,6}$|急$|供应商$"
)


class _Says(IntEnum):
    """What a clause is about; the greatest names what is asked for."""

    REFUSAL = 0
    WRITER = 1
    CONDITION = 2
    PURPOSE = 3
    THING = 4
    WISH = 5


@dataclass(frozen=True, slots=True)
class Inquiry:
    """asked: phrases that name what is wanted, first the surest. describing: short clauses that say which one (丁腈的).
    beside: clauses about conditions, purposes and the writer. refused: phrases that name what is not wanted. is_wish:
    somebody says that he wants something."""

    asked: list[str]
    describing: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    is_wish: bool = False


def read_inquiry(
    clauses: list[str], *, names_something: Callable[[str], int], is_name: Callable[[str], bool]
) -> Inquiry:
    """Sort the clauses of one line. names_something(text) tells how surely a text ends in the name of a thing:
    0 not at all, 1 an unknown word, 2 a broad word, 3 a known product or service. is_name(text): whether the whole
    text is a known name (采购代理, 定制家具), in which nobody wishes for anything."""
    clauses = _without_taken_back([piece for clause in clauses for piece in _apart(clause)])
    if len(clauses) == 1 and len(clauses[0]) <= _BARE_NAME and (is_name(clauses[0]) or not _is_talk(clauses[0])):
        return Inquiry(asked=list(clauses))
    rows: list[tuple[_Says, int, str, str]] = []
    refused: list[str] = []
    for clause in clauses:
        says, phrase = _read_clause(clause)
        if says is _Says.REFUSAL:
            refused.extend(_refused_things(clause))
            rows.append((says, 0, "", clause))
            continue
        sure = _sureness(phrase, names_something)
        if says is _Says.WISH and not sure:
            # 办公家具采购: what is bought stands before the word.
            says, phrase = _Says.CONDITION, _bare(clause)
            sure = _sureness(phrase, names_something)
        rows.append((says, sure, phrase, clause))
    best = _best(rows)
    if best is None:
        return Inquiry(asked=[], beside=list(clauses), refused=refused)
    asked = [rows[best][2]]
    beside = [clause for number, (_, _, _, clause) in enumerate(rows) if number != best and rows[number][0] > 0]
    if rows[best][0] is _Says.THING:
        # A list of names: 轴承; 齿轮; 链条.
        more = [
            row for row in rows[best + 1 :] if row[0] is _Says.THING and row[1] == _KNOWN and len(row[2]) <= _BARE_NAME
        ]
        asked.extend(row[2] for row in more)
        beside = [clause for clause in beside if clause not in {row[3] for row in more}]
    describing = [row[3] for row in rows if row[0] is _Says.THING and row[3] in beside and len(row[3]) <= _BARE_NAME]
    return Inquiry(
        asked=asked,
        describing=describing,
        beside=[clause for clause in beside if clause not in describing],
        refused=refused,
        is_wish=rows[best][0] is _Says.WISH,
    )


def _apart(clause: str) -> list[str]:
    """挖掘机 二手不要: a refusal between spaces is a clause of its own."""
    pieces = clause.split()
    if len(pieces) < 2 or clause.isascii() or not any(_REFUSED.search(piece) for piece in pieces):
        return [clause]
    refusals = [piece for piece in pieces if _REFUSED.search(piece)]
    return [" ".join(piece for piece in pieces if piece not in refusals), *refusals]


def _without_taken_back(clauses: list[str]) -> list[str]:
    for number in range(len(clauses) - 1, 0, -1):
        if _TAKEN_BACK.match(clauses[number]) and number + 1 < len(clauses):
            return clauses[number + 1 :]
    return clauses


_BARE_NAME = 16
_KNOWN = 3


def _is_talk(text: str) -> bool:
    return bool(_WISH.search(text) or _TALK.search(text) or _SELF.match(text) or _REFUSED.search(text))


def _sureness(phrase: str, names_something: Callable[[str], int]) -> int:
    """Of a list (鱼丸、鱼豆腐、蟹棒) the surest name."""
    return max((names_something(piece) for piece in phrase.split("、") if piece), default=0)


def _best(rows: "list[tuple[_Says, int, str, str]]") -> int | None:
    """The clause to take: a wish with a known product before a plain known name before a wish with an unknown word …

    After a wish everything else only describes it: 求购涤纶坯布, 75D 仿真丝, 送到成都冷库.
    """
    wish = next((number for number, row in enumerate(rows) if row[0] is _Says.WISH and row[1]), len(rows))
    ranked = [
        (
            min(sure, _KNOWN) * 2
            + (says is _Says.WISH) * 4
            + (says is _Says.THING) * 2
            - (says is _Says.WRITER)
            - (number > wish and says is not _Says.WISH) * 3
            - (number < wish < len(rows) and says is not _Says.WISH) * 2,
            -number,
        )
        for number, (says, sure, _, _) in enumerate(rows)
        if sure and says is not _Says.REFUSAL
    ]
    return -max(ranked)[1] if ranked else None


def _read_clause(clause: str) -> tuple[_Says, str]:
    english = None if not clause.isascii() else list(_WISH_ENGLISH.finditer(clause))
    if english:
        phrase = clause[english[-1].end() :].strip(" :-")
        return (_Says.CONDITION if _NOT_WISHED_ENGLISH.search(phrase) else _Says.WISH), phrase
    wishes = [match for match in _WISH.finditer(clause) if len(clause) - match.end() >= 2]
    while wishes:
        phrase = clause[wishes[-1].end() :]
        if not _NOT_WISHED.match(phrase):
            return _Says.WISH, _bare(phrase)
        wishes.pop()
    if _REFUSED.search(clause):
        return _Says.REFUSAL, ""
    if _SELF.match(clause):
        return _Says.WRITER, _bare(clause)
    if _PURPOSE.match(clause):
        return _Says.PURPOSE, clause
    if _CONDITION.match(clause) and not _WHICH.match(clause):
        return _Says.CONDITION, _bare(clause)
    return _Says.THING, _bare(clause)


# 变压器两台、高低压柜一套: how many, in words.
_COUNT = re.compile(
    r"(?<=[㐀-鿿a-z0-9) ])(?:共|约|各)?(?:[一二两三四五六七八九十几数百]{1,3}|若干)"
    r"(?:台套|台|套|只|条|吨|批|组|艘|辆|部|件|个|块|根|卷|片|对|车|柜|箱|颗|把|副|张)(?=[、/ ()]|和|及|$)"
)


def _bare(phrase: str) -> str:
    """Without the words around the thing: 一家能做…, …这一类的东西."""
    phrase = _COUNT.sub(" ", phrase).strip(" ,:-/")
    some = _SOME.match(phrase)
    if some and some.end() < len(phrase):
        phrase = phrase[some.end() :]
    return _TALK.sub("", phrase).strip(" ,:-的") or phrase


def _refused_things(clause: str) -> list[str]:
    return [thing for match in _REFUSED_THING.finditer(clause) for thing in match.groups() if thing]
