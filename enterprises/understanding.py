"""What a writer's sentence says, looked up in the names of regions, certificates and industries."""

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypedDict

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import QuerySet
from django.utils import timezone

from enterprises import units
from enterprises.models import CertificateKind, Factor, IndustryClass, Post
from enterprises.reading import Reading, read
from enterprises.wording import plain_text
from regions.models import Region

# Below this likeness of product names an industry is a guess too wild to propose.
LIKE_ENOUGH = 0.45
# What changes hands, where the name itself says so; 贷款管理系统 is no loan.
NAMES_FACTOR = (
    (
        Factor.FINANCE,
        re.compile(
            r"(?:贷款|融资|融资租赁|保理|授信|贴现|保函|流动资金|额度|\bloans?|\bleasing)\s*[\d.]*\s*[万亿]?元?$", re.I
        ),
    ),
    (
        Factor.TALENT,
        re.compile(
            "(?:工程师|技术员|技工|技师|焊工|电工|钳工|车工|铣工|普工|操作工|质检员|编程员|程序员|设计师|"
            "研发人员|技术人员"
            r"|\b(?:engineers?|technicians?|welders?|machinists?|programmers?|operators?))$",
            re.IGNORECASE,
        ),
    ),
    (
        Factor.PROCESSING,
        re.compile(
            r"^(?:外发|外协|委外|来料)加工|(?:外协|外发|委外|代工|贴牌|加工|热处理|来料加工)(?:服务|业务|产能|加工)?$"
            r"|\b(?:machining|heat treatment|heat treating|plating|anodi[sz]ing|(?:injection )?mou?lding|"
            r"die[- ]casting|"
            r"laser cutting|stamping|milling|turning|galvani[sz]ing|contract manufacturing)(?: services?)?$",
            re.IGNORECASE,
        ),
    ),
    (Factor.TECHNOLOGY, re.compile("^[^ ]{0,6}专利|专利(?:技术|转让|许可|授权)?$|技术(?:转让|许可|授权|开发|入股)$")),
    (Factor.EQUIPMENT, re.compile("(?:机时|(?:仪器|设备)共享)$")),
    (Factor.DATA, re.compile("算力(?:租赁|租用|服务)?$")),
)
# What certificates are called besides their names in the table.
ALSO_CALLED = {
    "ccc": ("3c", "3c认证", "ccc认证", "强制性产品认证", "中国强制认证"),
    "ce": ("ce认证", "ce证书"),
    "ccs": ("船级社证书", "船级社认证", "船级社认可", "船级社检验", "船检证书", "船检证"),
    "dnv": ("dnv",),
    "gjb9001": ("军工资质", "军工认证", "国军标", "gjb9001", "gjb9001c", "军标认证"),
    "iatf16949": ("ts16949", "16949"),
    "iso17025": ("cnas",),
    "iii-integration": ("两化融合",),
    "djcp": ("等保备案", "等级保护备案", "等保三级", "等保二级"),
    "high-tech": ("高新技术企业", "高企证书", "高企"),
    "irts": ("iris认证", "isots22163", "ts22163"),
    "special-equipment": ("特种设备制造许可", "特种设备许可", "特种设备制造许可证", "压力容器制造许可证"),
    "hazchem": ("危化品经营许可证", "危险化学品经营许可证", "危化证", "危险化学品许可证", "危化品许可证"),
    "hazwaste": ("危废经营许可证", "危废资质", "危险废物经营许可证"),
    "aecq": ("aecq100", "aecq101", "aecq200"),
    "asme": ("asme认证", "asme钢印", "asmeu钢印"),
    "nmpa": ("nmpa", "医疗器械注册证书"),
    "sc": ("sc认证", "食品生产许可证"),
    "cmmi": ("cmmi3", "cmmi5"),
    "iso20000": ("iso20000",),
    "iso27001": ("iso27001",),
}


class Understood(TypedDict, total=False):
    """Initial values of the post form."""

    product: str
    text: str
    quantity: str
    unit: str
    delivery_region: str
    deliver_by: str
    maximum_distance_km: int
    minimum_order: str
    lead_time_days: int
    certificates: list[str]
    industry: str
    factor: str


def understand(text: str, *, direction: str) -> tuple[Reading, Understood]:
    """Read a sentence; the second part holds form values for what was found."""
    reading = read(text, today=timezone.localdate(), places=place_names(), certificates=certificate_names())
    found: Understood = {"product": reading.product, "text": text.strip()}
    if plain_text(text) == plain_text(reading.product):
        found["text"] = ""
    if reading.quantity is not None:
        found["quantity"], found["unit"] = format(reading.quantity, "f"), reading.unit
    if direction == Post.Direction.DEMAND:
        _read_demand(reading, found)
    else:
        _read_supply(reading, found)
    if reading.certificates:
        found["certificates"] = list(reading.certificates)
    industry = likely_industry(reading.product)
    if industry:
        found["industry"] = industry
    factor = likely_factor(reading.product)
    if factor != Factor.PRODUCT:
        found["factor"] = factor
    return reading, found


def _read_demand(reading: Reading, found: Understood) -> None:
    if reading.place:
        found["delivery_region"] = reading.place
    if reading.deliver_by is not None:
        found["deliver_by"] = reading.deliver_by.isoformat()
    if reading.maximum_distance_km is not None:
        found["maximum_distance_km"] = reading.maximum_distance_km


def _read_supply(reading: Reading, found: Understood) -> None:
    if reading.lead_time_days is not None:
        found["lead_time_days"] = reading.lead_time_days
    if reading.minimum_order is None:
        return
    # A post has one unit: that of its quantity.
    unit = found.setdefault("unit", reading.minimum_unit)
    if units.comparable(unit, reading.minimum_unit):
        least = units.to_base(reading.minimum_order, reading.minimum_unit)[0] / units.to_base(Decimal(1), unit)[0]
        found["minimum_order"] = format(least.quantize(Decimal("0.001")).normalize(), "f")


def place_names() -> dict[str, str]:
    """Names and short names of provinces, prefectures and county-level cities, and how these are written in Latin
    letters (small). Of equal names the larger place wins."""
    fields = ("code", "name", "short_name", "name_en", "pinyin", "level")
    return names_of_places(Region.objects.current().values_list(*fields))


def names_of_places(rows: Iterable[tuple[str, str, str, str, str, str]]) -> dict[str, str]:
    """The same of (code, name, short name, English name, pinyin, level)."""
    rank = {Region.Level.PROVINCE: 0, Region.Level.PREFECTURE: 1, Region.Level.COUNTY: 2}
    names: dict[str, str] = {}
    for code, name, short_name, name_en, pinyin, level in sorted(
        rows, key=lambda row: (rank[Region.Level(row[5])], row[0])
    ):
        if level == Region.Level.COUNTY and not name.endswith("市"):
            continue
        spoken = pinyin.split()[: len(short_name)]
        english = name_en.lower()
        latin = (english, english.removesuffix(" city"), "".join(spoken), " ".join(spoken), "'".join(spoken))
        for word in (name, short_name, *latin):
            # Of one syllable in Latin letters there are too many, and too many words like it.
            if len(word) > (3 if word.isascii() else 1):
                names.setdefault(word, code)
    return names


def certificate_names() -> dict[str, str]:
    """How certificates are written (plain_text) → code: whole names and the number they begin with."""
    return names_of_certificates(CertificateKind.objects.values_list("code", "name", "name_en"))


def names_of_certificates(rows: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """The same of (code, name, English name)."""
    kinds = list(rows)
    names: dict[str, str] = {}
    for code, name, name_en in kinds:
        for word in (code, name, name_en):
            names.setdefault(plain_text(word), code)
        # "ISO 9001 质量管理体系" is mostly called ISO 9001.
        latin = plain_text("".join(c for c in name if c.isascii()))
        if len(latin) > 2 and any(c.isalpha() for c in latin):
            names.setdefault(latin, code)
        # 中国船级社（CCS）认可 is called 中国船级社 and CCS; 药品生产质量管理规范 without its brackets.
        names.setdefault(plain_text(_BRACKETS.sub("", name)), code)
        issuer = plain_text(_KIND_OF_PAPER.sub("", _BRACKETS.sub("", name)))
        if len(issuer) > 3 and not any(c.isascii() for c in issuer):
            names.setdefault(issuer, code)
    known = {code for code, _name, _name_en in kinds}
    for code, words in ALSO_CALLED.items():
        if code in known:
            for word in words:
                names.setdefault(plain_text(word), code)
    names.pop("", None)
    return names


_BRACKETS = re.compile(r"[（(][^）)]*[）)]")
_KIND_OF_PAPER = re.compile("(?:认可|认证|备案)$")


def likely_factor(product: str) -> str:
    """What changes hands: as the name says, else as in most posts with a like product name, else a product."""
    for factor, words in NAMES_FACTOR:
        if words.search(product):
            return factor
    if len(plain_text(product)) < 2:
        return Factor.PRODUCT
    votes = Counter(_alike(Post.objects.all(), product).values_list("factor", flat=True)[:15])
    if votes:
        return str(votes.most_common(1)[0][0])
    return Factor.SERVICE if product.endswith("服务") else Factor.PRODUCT


def likely_industry(product: str) -> str:
    """The class of most posts with a like product name, or the class named like it; "" if nothing is near."""
    if len(plain_text(product)) < 2:
        return ""
    alike = _alike(Post.objects.filter(industry__isnull=False), product).values_list("industry_id", flat=True)[:15]
    votes: Counter[Any] = Counter(alike)
    if votes:
        return str(votes.most_common(1)[0][0])
    named = IndustryClass.objects.filter(level=4, name__startswith=product[:20]).order_by("code").first()
    return named.code if named else ""


def _alike(posts: QuerySet[Post], product: str) -> QuerySet[Post]:
    """Posts whose product is called nearly so, the nearest first."""
    return (
        posts.filter(product__trigram_similar=product)
        .annotate(likeness=TrigramSimilarity("product", product))
        .filter(likeness__gte=LIKE_ENOUGH)
        .order_by("-likeness", "-id")
    )
