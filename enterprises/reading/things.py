"""The thing itself: what is left of a sentence when its conditions and its talk are gone."""

import re
from typing import Final

from enterprises.reading.pieces import Kind, Text
from enterprises.wording import plain_text

LONGEST: Final = 120

_OPENING: Final = re.compile(
    r"^(?:[0-9]{1,3} (?:containers?|truckloads?|batch(?:es)?|lots?)\b|您?好|直接(?=找|采|联)|(?:生产)?(?:厂家|"
    r"工厂|供应商|代工厂|厂)(?=[:做])|求租|承租|租用|租(?![赁金])|"
    r"项目上(?=[需急要缺])|各位|老板|请问(?:一下)?|求助|在线等|急[!:、]|我(?=[要想需急])|有(?=做)|"
    r"个(?=[能会可做])|能?长期合作的|我司|我们(?:公司|厂|单位|项目)?|我公司|"
    r"我厂|我方|本公司|本厂|本人|公司|工厂|厂里|项目部?(?=[急需求采])|客户(?=[要需想急找])|"
    r"因[^,，]{1,12}|现(?=需|急|求|采|大量|有|对外|招|寻|找|供|货|接)|目前|近期|长期|大量|紧急|急(?=需|求|购|"
    r"采|找|招|缺|聘|寻)|"
    r"诚(?=征|求|招|聘|寻|购)|特(?=求|招|聘|寻)|拟|计划|准备|打算|希望|正在|想(?=[要找买购采订租定做请委求贷])|"
    r"贷(?!款)|需要|需(?!求)|求购|采购|购买|收购(?!站)|订购|定购|询价|"
    r"购(?=置|入|进)|购(?![物销汇])|置(?=换)|要(?!素|求)|寻找|寻求|寻源|寻|求(?!解|和)|找(?!平|正)|征集|征求|"
    r"招募|招聘|诚聘|聘请|招(?=[聘募\s]|[^标商贴牌待])|聘(?=[请用\s]|[^礼])|缺(?!陷)|"
    r"能否|能(?=做|生产|提供|供应|加工|承接)|可以|可(?=对外|做|供|提供|生产|加工|承接|代)|会做|有没有|有无|哪里有|"
    r"哪家有?|谁家?有|谁能?|"
    r"专业(?=做|生产|从事|承接|加工|制造|提供)|专门|专做|主要|主营|主做|经营|从事|是(?=做|专|一家|生产)|做(?!旧)|"
    r"买(?!断|卖|方|家)点?些?|订(?=点|些)|来(?=点|些)|[点些](?=[^\s阵火焊胶]{2})|"
    r"可?供应(?!链|商)|供(?=[\s:])|出售|销售(?!管理|系统)|出(?=租|让|一批)|可?提供|可供|现货(?=供应|[\s:])|"
    r"生产(?!线|设备|管理|装置|系统|型|性|级)|制造(?=[\s:])|对外|承接|可?接(?=[^\s头线口触插近收])(?:单)?|"
    r"代工(?=生产)|转让|"
    r"有(?=一批|大量|现货|库存|出售|[一几]家|个|套|需要|采购)|手[上头]有|库存|现有|"
    r"一批|[一几多两](?:家|款|种|台套|个)|家(?=能|会|可以|专|有|做)|若干|各种规格的?|各[类种式](?=[^\s])|"
    r"每个?月|每年|月供|"
    r"年需|月需|约|大概|的|之|:|\s|"
    r"(?:we|i|our (?:company|factory|plant)|please|pls|hi|hello|dear (?:all|sir)s?|are|is|am|'re|have|has|can|"
    r"could|would|like|to|do|a|an|the|some|any|anyone|who|able|new|of|for|urgently|currently|now)\b(?!-)|"
    r"(?:need(?:s|ed)?|want(?:s|ed)?|require[sd]?|buy(?:ing)?|purchas(?:e|ing)|look(?:ing)?\s+(?:for|to)|in search of|"
    r"search(?:ing)?\s+for|seek(?:ing)?|sourcing|source|find(?:ing)?|order(?:ing)?|quote|"
    r"(?:request for )?quotation|rfq|enquiry|inquiry|wtb|hiring|hire|"
    r"suppl(?:y|ies|ying)|offer(?:s|ing)?|sell(?:s|ing)?|manufactur(?:e|es|ing)|produce[sd]?|make|making|"
    r"(?:reliable |qualified |local |oem |odm )?(?:supplier|manufacturer|vendor|factory|producer)s?\s+(?:of|for|"
    r"that can (?:make|supply|produce)|who can (?:make|supply|produce)|to (?:make|supply|produce)))\b)+",
    re.IGNORECASE,
)
_LEFTOVER: Final = re.compile(
    r"(?:每个?月|每年|月需|年需|月产能?|年产能?|月供|数量|总量|共计?|(?<!合)约|大约|大概|左右|以上|以内|现货供应|现货|"
    r"(?:的|类)?(?:生产|源头|加工|专业|优质|正规)?(?:供应商|供货商|服务商|厂家|厂商|生产厂|(?<!加)工厂|"
    r"生产企业|企业|公司|单位)|的小?厂子?|的?吗|的(?=$)|(?<=加工|外协|外发|代工|处理|电镀|喷涂|压铸|注塑|铸造|"
    r"锻造|冲压|钣金|"
    r"焊接|切割|氧化)厂|"
    r"产能|需求|采购|求购|询价|招标|待售|出售|转让|出租|直销|批发|供应|一批|一些|若干|等|要求|急需|急用|急|"
    r"有吗|有没有|求推荐|求报价|谢谢|请报价|报价|[:()/])+$"
)
# Latin leftovers end at a space, or they would be cut out of a word.
_LATIN_LEFTOVER: Final = re.compile(
    r"(?<=[a-z0-9])\s+(?:with|and|by|to|for|in|at|from|of|on|before|within|delivered|delivery|shipped|shipping|"
    r"required|needed|wanted|please|pls|urgently|asap|monthly|certified|suppliers?|manufacturers?|vendors?|"
    r"available|per|must|should|is|are|be)$",
    re.IGNORECASE,
)
# Clauses about the writer, the terms or the way to trade.
_ABOUT: Final = re.compile(
    r"^(?:(?:我们?|我司|我厂|我公司|本公司|本厂)(?:公司|厂)?(?:是|在|位于|为)(?!.{0,6}(?:专业|专门|主营|主要|"
    r"做|生产|从事))|"
    r"(?:要|须|必须|需要?|应)(?:有|具备|通过|带|持有|提供|能|可|会|开|含|是|在|满足|符合|求)|要求|具备|通过|"
    r"持有|最好|优先|希望(?!采购|购买|找)|"
    r"(?:含税|不含税|开票|带票|现款|预付|付款|月结|账期|帐期|货到|质保|保修|包装|运费|包邮|长期合作|价格|量大|"
    r"可?分批|一次性(?=付|交|到)|支持|欢迎|请联系|有意|详谈|面议|谢谢|联系|电话|急(?![需求购采找招缺聘寻])|"
    r"尽快|在线等|非诚)|"
    r"(?:must|should|prefer|payment|price|please (?:quote|send|contact)|thanks|thank you|asap|urgent|"
    r"long[- ]term|fob|cif|exw)\b)",
    re.IGNORECASE,
)
# 给主机厂做保险杠, 现需寻找改性 PP: what is asked for comes after the wish.
_WISH: Final = re.compile(
    r"(?:(?:现|急|拟|欲|想|需要?|希望|计划|准备|打算|正在|诚|特|还)(?:求购|采购|购买|购置|寻找|寻求|寻|找|订购|"
    r"定制|招聘|聘请)|求购|急需|急缺|需要(?![求有能可带会在是]|具备|提供|满足|符合|通过)|想做|要做|想上|想请|"
    r"想委托|寻找|诚聘|招聘|现需|想买|想订|想找|(?:长期|大量|常年|每[月年]|批量)(?:采购|收购|购买|需要)|"
    r"(?:^)(?:采购|收购|购买)(?!部|员|商|人|方|平台|系统)|"
    r"(?<=公司|工厂|项目|单位|集团)(?:采购|求购)|(?<![a-z])(?:looking for|offering|can supply|need|want to buy|"
    r"seeking|sourcing|in search of)(?![a-z]))(?=\s*[^\s,，]{2})",
    re.IGNORECASE,
)
_WRITER: Final = re.compile(
    r"^[^,，]{0,30}?(?:我们|我司|我厂|本公司|本厂|公司|工厂|厂里|单位|项目|客户|老板|our |we )", re.IGNORECASE
)
_SOMEBODY: Final = re.compile(
    "(?:有没|企业|厂家|厂商|工厂|供应商|公司|单位|suppliers?|manufacturers?|vendors?|partners?|factory)", re.IGNORECASE
)
_CLAUSE: Final = re.compile(r"[,，。;；!！?？\n]+|\.{2,}|\.(?=\s|$)|\s[-–—]+\s")

_NO_DUST: Final = "尘湿磷锈油氧铁臭冰雾草虫霜垢渣砂硫胶味气杂静硬氟盐铬镉钙菌螨雪鳞醛颤甲异刺皮屑水"
_REFUSED: Final = re.compile(
    r"(?:不要(?!求|紧|钱|太)|不需要|不接受|不收|不考虑|谢绝|拒绝|不做|不是)(?=[^,，。;；、\s])[^,，。;；\n]{1,20}"
    rf"|(?:(?<=[,，。;；、\s])|^)除(?:了|去)?(?![{_NO_DUST}])[^,，。;；\n\s]{{1,12}}?(?:产的?|外|之外|"
    rf"以外)(?:除外|都行|都可以?|均可)?(?=$|[,，。;；\s\n])"
    r"|(?<![^,，。;；、\s])[^,，。;；、\s]{1,12}(?:除外|勿扰|免谈|勿联系|(?:的|就)?不要|莫扰)(?=$|[,，。;；、\s\n!！])"
    r"|(?<![a-z])(?:except|excluding|but not|other than)\s[^,，;；.\n]{1,40}"
    r"|(?:(?<=[,;.])\s*|^)(?:no|not)\s(?!(?:more|less|later)\b)[^,，;；.\n]{1,40}",
    re.IGNORECASE,
)


def refusals(text: Text) -> None:
    """Take out what is not wanted."""
    for match in _REFUSED.finditer(text.left):
        text.take(Kind.ASIDE, *match.span())


def product(text: str) -> str:
    """The first clause that wishes for something; without one the first that says anything at all."""
    best = ""
    for clause in _CLAUSE.split(text):
        words = clause.strip()
        if not words:
            continue
        wish = _WISH.search(words)
        if wish and wish.start() and _WRITER.match(words[: wish.start()] + " "):
            words = words[wish.start() :]
        elif not wish and _ABOUT.match(words):
            continue
        named = _bare(words)
        if len(plain_text(named)) < 2 or _SOMEBODY.fullmatch(named) or re.fullmatch(r"[\d.,%\s]+", named):
            continue
        if wish:
            return named[:LONGEST]
        best = best or named
    return best[:LONGEST]


def _bare(words: str) -> str:
    before = None
    while before != words:
        before = words
        words = _OPENING.sub("", words).strip(" 的、-—:")
        # English words of the end are cut off whole, 中文 ones wherever the rest still names something.
        shorter = _LATIN_LEFTOVER.sub("", words) if words.isascii() else _leftover(words)
        words = shorter.strip(" 的、-—:/(")
    return words


def _leftover(words: str) -> str:
    found = _LEFTOVER.search(words)
    if found is None:
        return _LATIN_LEFTOVER.sub("", words)
    cut = words[: found.start()]
    return cut if len(plain_text(cut)) >= 2 else words
