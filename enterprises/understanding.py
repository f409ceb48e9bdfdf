"""What a writer's sentence says, looked up in the names of regions, certificates and industries."""

import re
from collections import Counter
from typing import Any, TypedDict

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import QuerySet
from django.utils import timezone

from enterprises.models import CertificateKind, Factor, IndustryClass, Post
from enterprises.reading import Reading, read
from enterprises.wording import plain_text
from regions.models import Region

# Below this likeness of product names an industry is a guess too wild to propose.
LIKE_ENOUGH = 0.45
# What changes hands, where the name itself says so; 贷款管理系统 is no loan.
NAMES_FACTOR = (
    (Factor.FINANCE, re.compile(r"(?:贷款|融资|融资租赁|保理|授信)\s*[\d.]*\s*[万亿]?元?$")),
    (Factor.TALENT, re.compile("(?:工程师|技术员|技工|焊工|操作工)$")),
    (Factor.PROCESSING, re.compile("(?:外协|代加工|来料加工)$")),
    (Factor.DATA, re.compile("算力(?:租赁|租用|服务)?$")),
)


class Understood(TypedDict, total=False):
    """Initial values of the post form."""

    product: str
    text: str
    quantity: str
    unit: str
    delivery_region: str
    deliver_by: str
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
    if reading.place and direction == Post.Direction.DEMAND:
        found["delivery_region"] = reading.place
    if reading.deliver_by is not None and direction == Post.Direction.DEMAND:
        found["deliver_by"] = reading.deliver_by.isoformat()
    if reading.certificates:
        found["certificates"] = list(reading.certificates)
    industry = likely_industry(reading.product)
    if industry:
        found["industry"] = industry
    factor = likely_factor(reading.product)
    if factor != Factor.PRODUCT:
        found["factor"] = factor
    return reading, found


def place_names() -> dict[str, str]:
    """Names and short names of provinces, prefectures and county-level cities. Of equal names the larger place wins."""
    rows = Region.objects.current().values_list("code", "name", "short_name", "level")
    rank = {Region.Level.PROVINCE: 0, Region.Level.PREFECTURE: 1, Region.Level.COUNTY: 2}
    names: dict[str, str] = {}
    for code, name, short_name, level in sorted(rows, key=lambda row: (rank[Region.Level(row[3])], row[0])):
        if level == Region.Level.COUNTY and not name.endswith("市"):
            continue
        for word in (name, short_name):
            if len(word) > 1:
                names.setdefault(word, code)
    return names


def certificate_names() -> dict[str, str]:
    """How certificates are written (plain_text) → code: whole names and the number they begin with."""
    names: dict[str, str] = {}
    for code, name, name_en in CertificateKind.objects.values_list("code", "name", "name_en"):
        for word in (code, name, name_en):
            names.setdefault(plain_text(word), code)
        # "ISO 9001 质量管理体系" is mostly called ISO 9001.
        latin = plain_text("".join(c for c in name if c.isascii()))
        if len(latin) > 2 and any(c.isalpha() for c in latin):
            names.setdefault(latin, code)
    return names


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
