"""The demo's world: firms, what they can do, hold, offer and need. Deterministic by seed. No Django here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import exp, log
from random import Random

from enterprises import uscc
from hub.demo import wording
from hub.demo.catalogue import Chain, Node, Offer, Product, chains, offers
from hub.demo.names import NameMaker
from hub.demo.places import PREFIX_OF, PROVINCES, Place

# Of all firms, how many are not makers.
SHARES = {"research": 0.035, "service": 0.05, "finance": 0.02, "platform": 0.01}
# Units that are counted, not weighed.
COUNTED = {"pc", "set", "unit", "vehicle", "wafer", "item", "time", "person", "person_day", "h", "roll", "bottle"}
# Where only a few firms of a kind are: so that every province has some, whatever the draw.
LEAST_PER_PROVINCE = 8


@dataclass(frozen=True, slots=True)
class Title:
    title: str
    issuer: str
    number: str
    issued_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate that a firm holds."""

    kind: str
    number: str
    issuer: str
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True)
class Site:
    kind: str
    name: str
    region: str


@dataclass(slots=True)
class Capability:
    factor: str
    product: str
    industry: str
    description: str
    models: tuple[str, ...]
    monthly_capacity: float
    unit: str
    free_share: int
    minimum_order: float
    lead_time_days: int
    certificates: tuple[str, ...]


@dataclass(slots=True)
class Post:
    direction: str
    factor: str
    product: str
    title: str
    text: str
    industry: str
    quantity: float | None
    unit: str
    published_days_ago: int
    status: str = "published"
    capability: int | None = None  # index in the firm's list
    minimum_order: float | None = None
    lead_time_days: int | None = None
    price: tuple[float, float] | None = None
    delivery_region: str = ""
    delivers_to: tuple[str, ...] = ()
    maximum_distance_km: int | None = None
    deliver_by: date | None = None
    certificates: tuple[str, ...] = ()
    partial_ok: bool = True
    visibility: str = "public"


@dataclass(slots=True)
class Firm:
    key: str
    org_type: str
    name: str
    short_name: str
    uscc: str
    uscc_right: bool
    place: Place
    industry: str
    founded_on: date
    staff: int
    revenue_wan: float
    status: str
    verified_days_ago: int
    introduction: str
    chain: str = ""
    node: str = ""
    titles: list[Title] = field(default_factory=list)
    certificates: list[Held] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    capabilities: list[Capability] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)


def nice(value: float, *, counted: bool) -> float:
    """A number as people choose it: two leading digits, whole where things are counted."""
    if value <= 0:
        return 1
    step = 10.0 ** max(0 if counted else -2, int(f"{value:e}".split("e")[1]) - 1)
    rounded = max(step, round(value / step) * step)
    return round(rounded, 3)


def between(random: Random, low: float, high: float) -> float:
    """Log-uniform: small makers are many, large ones few."""
    return exp(random.uniform(log(max(low, 1e-6)), log(max(high, low, 1e-6))))


class World:
    """Builds firms one by one; `firms` is complete after `generate`."""

    def __init__(
        self, *, seed: int, count: int, places: Sequence[Place], certificate_names: Mapping[str, str], today: date
    ) -> None:
        self.random = Random(seed)  # noqa: S311 - a demo, no secret
        self.count = count
        self.today = today
        self.names = NameMaker(self.random)
        self.firms: list[Firm] = []
        self._by_province: dict[str, list[Place]] = {prefix: [] for prefix in PROVINCES}
        for place in places:
            self._by_province[place.province].append(place)
        self._nodes = [(chain, node) for chain in chains() for node in chain.nodes]
        self._codes: set[str] = set()
        self._certificate_names = certificate_names

    # --- who and where ---------------------------------------------------------------------------

    def generate(self) -> list[Firm]:
        others = {kind: max(4, round(self.count * share)) for kind, share in SHARES.items()}
        makers = self.count - sum(others.values())
        provinces = self._provinces_for(makers)
        for number in range(makers):
            chain, node = self._nodes[number % len(self._nodes)]
            self.firms.append(self._maker(chain, node, provinces[number]))
        for kind, count in others.items():
            for _ in range(count):
                self.firms.append(self._other(kind))
        return self.firms

    def _provinces_for(self, makers: int) -> list[str]:
        """One province per maker; none is left with fewer than LEAST_PER_PROVINCE (as far as there are makers)."""
        least = min(LEAST_PER_PROVINCE, makers // len(PROVINCES))
        chosen = []
        for number in range(makers):
            _chain, node = self._nodes[number % len(self._nodes)]
            chosen.append(self._province_of(node))
        for prefix in PROVINCES:
            while chosen.count(prefix) < least:
                richest = max(PROVINCES, key=chosen.count)
                spots = [i for i, p in enumerate(chosen) if p == richest]
                chosen[self.random.choice(spots)] = prefix
        return chosen

    def _province_of(self, node: Node) -> str:
        if node.home and self.random.random() < 0.6:
            prefixes = [PREFIX_OF[short] for short in node.home]
            return self.random.choices(prefixes, [PROVINCES[p][1] ** 0.5 for p in prefixes])[0]
        return self.random.choices(list(PROVINCES), [weight for _short, weight in PROVINCES.values()])[0]

    def _place_in(self, prefix: str) -> Place:
        return self.random.choice(self._by_province[prefix])

    def new_uscc(self, place: Place, *, kind: str, right: bool) -> str:
        """A code not given before; `kind` is its first two characters. A wrong one has another last character."""
        random = self.random
        while True:
            code = uscc.complete(kind + place.code + "MA" + "".join(random.choice(uscc.ALPHABET) for _ in range(6)))
            if not right:
                code = code[:17] + random.choice([char for char in uscc.ALPHABET if char != code[17]])
            if code not in self._codes:
                self._codes.add(code)
                return code

    def place(self, code: str) -> Place:
        return next(p for p in self._by_province[code[:2]] if p.code == code)

    def offer_named(self, name: str) -> Offer:
        return next(o for o in offers() if o.product.name == name)

    def _date_before(self, low_days: int, high_days: int) -> date:
        return self.today - timedelta(days=self.random.randint(low_days, high_days))

    def _status(self) -> tuple[str, bool]:
        """(status, whether the code's check digits are right)."""
        draw = self.random.random()
        for limit, status, right in (
            (0.012, "submitted", False),
            (0.026, "submitted", True),
            (0.032, "checking", True),
            (0.039, "needs_info", True),
            (0.042, "suspended", True),
            (0.065, "recheck_due", True),
        ):
            if draw < limit:
                return status, right
        return "verified", True

    def _size(self, kind: str) -> tuple[int, float]:
        """(staff, revenue in 万元)."""
        random = self.random
        staff_range, revenue_each = random.choices(
            (((6, 19), 34), ((20, 299), 62), ((300, 999), 88), ((1000, 6800), 120)), (14, 56, 22, 8)
        )[0]
        if kind != "enterprise":
            staff_range, revenue_each = random.choice((((12, 90), 40), ((90, 600), 46)))
        staff = round(between(random, *staff_range))
        return staff, round(staff * revenue_each * random.uniform(0.5, 1.9), 1)

    # --- makers ----------------------------------------------------------------------------------

    def _maker(self, chain: Chain, node: Node, province: str) -> Firm:
        random, place = self.random, self._place_in(province)
        name, short = self.names.firm(city=place.city, trades=node.trades)
        status, right = self._status()
        staff, revenue = self._size("enterprise")
        products = random.sample(node.products, k=min(len(node.products), random.choice((1, 1, 2, 2, 3))))
        founded = self._date_before(400, 10_500)
        made = "、".join(p.name for p in products)
        firm = Firm(
            key=f"demo-{len(self.firms) + 1:05d}",
            org_type="enterprise",
            name=name,
            short_name=short,
            uscc=self.new_uscc(place, kind="91", right=right),
            uscc_right=right,
            place=place,
            industry=node.code,
            founded_on=founded,
            staff=staff,
            revenue_wan=revenue,
            status=status,
            verified_days_ago=random.randint(366, 380) if status == "recheck_due" else random.randint(2, 350),
            introduction=f"{short}成立于 {founded.year} 年，位于{place.city}{place.name}，主营{made}，"
            f"处于{chain.name}链的“{node.name}”环节。（示例企业）",
            chain=chain.key,
            node=node.key,
        )
        self._titles(firm)
        self._hold(firm, node.certificates)
        self._sites(firm)
        for product in products:
            self._make(firm, node, product)
        self._need_inputs(firm, chain, node)
        self._need_factors(firm, chain, node)
        if random.random() < 0.12:
            self._spare_capacity(firm, chain)
        self._settle(firm)
        return firm

    def _titles(self, firm: Firm) -> None:
        random, large = self.random, firm.staff >= 1000
        issuer = f"{firm.place.province_name}工业和信息化主管部门"
        wanted = []
        if random.random() < 0.3:
            wanted.append(("hightech", f"{firm.place.province_name}科技主管部门"))
        draw = random.random()
        if large:
            wanted += [("champion", "工业和信息化主管部门")] if draw < 0.2 else []
        elif draw < 0.05:
            wanted.append(("little_giant", "工业和信息化主管部门"))
        elif draw < 0.22:
            wanted.append(("specialised", issuer))
        elif draw < 0.34:
            wanted.append(("innovative", issuer))
        for title, by in wanted:
            # Three years; some have run out, which the page must show.
            issued = self._date_before(30, 1180)
            number = f"示例-{issued.year}-{random.randint(1, 9999):04d}"
            expires = issued + timedelta(days=3 * 365)
            firm.titles.append(Title(title=title, issuer=by, number=number, issued_on=issued, expires_on=expires))

    def _hold(self, firm: Firm, kinds: Sequence[str]) -> None:
        for kind in kinds:
            if self.random.random() < (0.88 if kind == "iso9001" else 0.58):
                self.hold(firm, kind)

    def hold(self, firm: Firm, kind: str, *, ago: int | None = None) -> None:
        """A certificate issued `ago` days ago, else at random; then a few have run out."""
        start = self.today - timedelta(days=ago) if ago is not None else self._date_before(20, 1180)
        firm.certificates.append(
            Held(
                kind=kind,
                number=f"DEMO-{kind.upper()}-{self.random.randint(10_000, 99_999)}",
                issuer="示例认证机构",
                valid_from=start,
                valid_to=start + timedelta(days=3 * 365),
            )
        )

    def _sites(self, firm: Firm) -> None:
        random, place = self.random, firm.place
        firm.sites.append(Site(kind="plant", name=f"{place.city}工厂", region=place.code))
        if firm.staff >= 300 and random.random() < 0.5:
            other = self._place_in(self._province_any())
            firm.sites.append(Site(kind="plant", name=f"{other.city}二厂", region=other.code))
        if random.random() < 0.12:
            other = self._place_in(self._province_any())
            firm.sites.append(Site(kind="warehouse", name=f"{other.city}仓库", region=other.code))
        if random.random() < 0.15:
            firm.sites.append(Site(kind="lab", name="企业技术中心", region=place.code))

    def _province_any(self) -> str:
        return self.random.choices(list(PROVINCES), [weight for _short, weight in PROVINCES.values()])[0]

    def _make(self, firm: Firm, node: Node, product: Product) -> None:
        """A capability, and mostly a supply post made from it."""
        random, counted = self.random, product.unit in COUNTED
        scale = min(1.0, (firm.staff / 1500) ** 0.5)
        capacity = nice(between(random, product.capacity[0], product.capacity[1] * max(scale, 0.08)), counted=counted)
        lead = random.randint(*node.lead)
        held = tuple(c.kind for c in firm.certificates if c.valid_to > self.today)
        minimum = nice(capacity * random.choice((0.002, 0.005, 0.01, 0.02)), counted=counted)
        self.make(firm, node, product, capacity=capacity, lead=lead, minimum=minimum, held=held)
        if random.random() < 0.9:
            self.supply(firm, node, product, certificates=held[:4])

    def make(
        self, firm: Firm, node: Node, product: Product, *, capacity: float, lead: int, minimum: float,
        held: tuple[str, ...],
    ) -> None:  # fmt: skip
        firm.capabilities.append(
            Capability(
                factor="product",
                product=product.name,
                industry=node.code,
                description=f"规格：{'、'.join(product.models)}。又称：{'、'.join(product.aliases) or '无'}。",
                models=product.models,
                monthly_capacity=capacity,
                unit=product.unit,
                free_share=self.random.choice((10, 15, 20, 30, 40, 60)),
                minimum_order=minimum,
                lead_time_days=lead,
                certificates=held,
            )
        )

    def supply(self, firm: Firm, node: Node, product: Product, *, certificates: tuple[str, ...]) -> None:
        """A supply post made from the firm's newest capability."""
        random, made = self.random, firm.capabilities[-1]
        words = wording.supply(
            random,
            product=product,
            node=node,
            capacity=made.monthly_capacity,
            city=firm.place.city,
            lead=made.lead_time_days,
        )
        price = None
        if random.random() < 0.6 and product.price[0] >= 0.02:
            low = product.price[0] * random.uniform(0.98, 1.1)
            price = (round(low, 2), round(max(low, product.price[1] * random.uniform(0.85, 1.0)), 2))
        reach: tuple[str, ...] = ()
        if random.random() < 0.06:
            near = random.sample(list(PROVINCES), k=5)
            reach = tuple(sorted({prefix + "0000" for prefix in [firm.place.province, *near]}))
        firm.posts.append(
            Post(
                direction="supply",
                factor="product",
                product=words.product,
                title=words.title,
                text=words.text,
                industry=node.code,
                quantity=made.monthly_capacity,
                unit=product.unit,
                published_days_ago=self._age(),
                capability=len(firm.capabilities) - 1,
                minimum_order=made.minimum_order,
                lead_time_days=made.lead_time_days,
                price=price,
                delivers_to=reach,
                certificates=certificates,
                visibility="verified" if random.random() < 0.04 else "public",
            )
        )

    def _age(self) -> int:
        """Days since publication; a few come near to their 90 days."""
        return self.random.randint(77, 88) if self.random.random() < 0.05 else self.random.randint(0, 62)

    def _need_inputs(self, firm: Firm, chain: Chain, node: Node) -> None:
        upstream = chain.upstream_of(node)
        if not upstream:
            return
        wanted = self.random.sample(upstream, k=min(len(upstream), self.random.choice((1, 1, 2, 2, 3))))
        for source in wanted:
            product = self.random.choice(source.products)
            self.demand(firm, node, source, product)

    def demand(self, firm: Firm, node: Node, source: Node, product: Product) -> None:
        """A demand post of `firm` (at `node`) for a product of the upstream node `source`."""
        random, counted = self.random, product.unit in COUNTED
        low, high = product.capacity
        quantity = nice(between(random, low * 0.2, max(low, high * 0.12)), counted=counted)
        if product.unit in ("unit", "set", "item", "time") and high <= 400:
            quantity = float(random.randint(1, max(2, min(24, round(high * 0.1)))))
        must: tuple[str, ...] = ()
        if random.random() < 0.35:
            must = tuple(random.sample(source.certificates, k=min(len(source.certificates), random.choice((1, 1, 2)))))
        by = self.today + timedelta(days=random.randint(source.lead[0] + 20, min(source.lead[1], 240) + 120))
        words = wording.demand(
            random,
            wording.Need(
                product=product,
                purpose=node.name.split("与")[0],
                quantity=quantity,
                city=firm.place.city,
                by=by,
                certificates=tuple(self._certificate_names[kind] for kind in must),
            ),
        )
        price = None
        if random.random() < 0.3 and product.price[0] >= 0.02:
            price = (round(product.price[0] * 0.92, 2), round(product.price[1] * random.uniform(0.9, 1.0), 2))
        firm.posts.append(
            Post(
                direction="demand",
                factor="product",
                product=words.product,
                title=words.title,
                text=words.text,
                industry=source.code,
                quantity=quantity,
                unit=product.unit,
                published_days_ago=self._age(),
                price=price,
                delivery_region=firm.place.code if random.random() < 0.85 else "",
                maximum_distance_km=random.choice((300, 500, 800)) if random.random() < 0.04 else None,
                deliver_by=by if random.random() < 0.8 else None,
                certificates=must,
                partial_ok=random.random() < 0.75,
                visibility="verified" if random.random() < 0.06 else "public",
            )
        )

    # --- the other factors -------------------------------------------------------------------------

    def _offers_for(self, chain: str, *, by: str = "") -> list[Offer]:
        return [o for o in offers() if (not o.chains or chain in o.chains) and (not by or by in o.by)]

    def _need_factors(self, firm: Firm, chain: Chain, node: Node) -> None:
        random = self.random
        count = random.choice((0, 0, 1, 1)) + (0 if chain.upstream_of(node) else 1)
        for offer in random.sample(self._offers_for(chain.key), k=count):
            product = offer.product
            quantity = nice(
                between(random, product.capacity[0] * 0.3, max(product.capacity[0], product.capacity[1] * 0.03)),
                counted=product.unit in COUNTED,
            )
            words = wording.wish(random, product=product, quantity=quantity, city=firm.place.city, trade=node.name)
            self._post_offer(firm, offer, words, direction="demand", quantity=quantity)

    def _spare_capacity(self, firm: Firm, chain: Chain) -> None:
        choices = self._offers_for(chain.key, by="enterprise")
        if choices:
            self._offer(firm, self.random.choice(choices))

    def _offer(self, firm: Firm, offer: Offer) -> None:
        product = offer.product
        counted = product.unit in COUNTED
        quantity = nice(between(self.random, *product.capacity), counted=counted)
        firm.capabilities.append(
            Capability(
                factor=offer.factor,
                product=product.name,
                industry=offer.code,
                description=f"{product.detail}。范围：{'、'.join(product.models)}。",
                models=product.models,
                monthly_capacity=quantity,
                unit=product.unit,
                free_share=self.random.choice((20, 30, 50, 80)),
                minimum_order=1,
                lead_time_days=self.random.randint(3, 45),
                certificates=(),
            )
        )
        words = wording.offer(self.random, product=product, quantity=quantity, city=firm.place.city)
        self._post_offer(firm, offer, words, direction="supply", quantity=quantity)
        firm.posts[-1].capability = len(firm.capabilities) - 1

    def _post_offer(self, firm: Firm, offer: Offer, words: wording.Wording, *, direction: str, quantity: float) -> None:
        low, high = offer.product.price
        priced = direction == "supply" and low >= 0.02 and self.random.random() < 0.5
        firm.posts.append(
            Post(
                direction=direction,
                factor=offer.factor,
                product=words.product,
                title=words.title,
                text=words.text,
                industry=offer.code,
                quantity=quantity,
                unit=offer.product.unit,
                published_days_ago=self._age(),
                price=(round(low, 2), round(high, 2)) if priced else None,
                lead_time_days=None,
            )
        )

    # --- institutes, service providers, banks, platforms -------------------------------------------

    def _other(self, kind: str) -> Firm:
        random, place = self.random, self._place_in(self._province_any())
        choices = [o for o in offers() if kind in o.by]
        main = random.choice(choices)
        name, short = self.names.other(city=place.city, pattern=random.choice(_PATTERNS[kind, main.factor]))
        staff, revenue = self._size(kind)
        founded = self._date_before(700, 14_000)
        firm = Firm(
            key=f"demo-{len(self.firms) + 1:05d}",
            org_type=kind,
            name=name,
            short_name=short,
            uscc=self.new_uscc(place, kind="12" if kind == "research" else "91", right=True),
            uscc_right=True,
            place=place,
            industry=main.code,
            founded_on=founded,
            staff=staff,
            revenue_wan=revenue,
            status="verified",
            verified_days_ago=random.randint(2, 350),
            introduction=f"{short}成立于 {founded.year} 年，位于{place.city}，"
            f"提供{main.product.name}等服务。（示例机构）",
        )
        self._hold(firm, ("iso9001", "iso27001") if kind in ("service", "platform") else ("iso9001",))
        firm.sites.append(Site(kind="lab" if kind == "research" else "office", name=place.city, region=place.code))
        related = [o for o in choices if o.factor == main.factor and o.code == main.code]
        for offer in random.sample(related, k=min(len(related), random.choice((1, 2, 3)))):
            self._offer(firm, offer)
        if random.random() < 0.3:
            self._offer(firm, random.choice([o for o in choices if o not in related] or choices))
        self._settle(firm)
        return firm

    # --- states --------------------------------------------------------------------------------------

    def _settle(self, firm: Firm) -> None:
        """Drop posts that repeat an own one; give each the state that its firm and age allow."""
        seen: set[tuple[str, str]] = set()
        kept = []
        for post in firm.posts:
            mark = (post.direction, post.product)
            if mark in seen:
                continue
            seen.add(mark)
            kept.append(post)
            if firm.status not in ("verified", "recheck_due"):
                post.status = "draft"
                continue
            draw = self.random.random()
            if draw < 0.015:
                post.status = "draft"
            elif draw < 0.025:
                post.status = "review"
                # What an operator has to look at: an address where none belongs.
                post.text = f"{post.text}业务联系：sales@demo.xielian.example。"
            elif draw < 0.05:
                post.status = "expired"
            elif draw < 0.06:
                post.status = "withdrawn"
            elif draw < 0.07:
                post.status = "fulfilled"
        firm.posts = kept


_PATTERNS: dict[tuple[str, str], tuple[str, ...]] = {
    ("research", "technology"): (
        "{city}{brand}产业技术研究院",
        "{city}{brand}工程技术研究所",
        "{city}{brand}新材料研究院",
    ),
    ("research", "equipment"): ("{city}{brand}检验检测研究院", "{city}{brand}精密测量研究所"),
    ("research", "talent"): ("{city}{brand}应用技术学院", "{city}{brand}工程学院"),
    ("research", "data"): ("{city}{brand}数据与智能研究院",),
    ("service", "equipment"): ("{city}{brand}检测技术服务有限公司", "{city}{brand}检验认证有限公司"),
    ("service", "talent"): ("{city}{brand}人力资源服务有限公司", "{city}{brand}工程技术咨询有限公司"),
    ("service", "service"): (
        "{city}{brand}供应链管理有限公司",
        "{city}{brand}工业软件有限公司",
        "{city}{brand}知识产权服务有限公司",
        "{city}{brand}物流有限公司",
    ),
    ("service", "data"): ("{city}{brand}数据服务有限公司", "{city}{brand}云计算有限公司"),
    ("finance", "finance"): (
        "{city}{brand}银行股份有限公司",
        "{city}{brand}融资租赁有限公司",
        "{city}{brand}商业保理有限公司",
        "{city}{brand}创业投资有限公司",
    ),
    ("platform", "equipment"): ("{city}{brand}检验检测公共服务平台",),
    ("platform", "talent"): ("{city}{brand}产业人才公共服务平台",),
    ("platform", "service"): ("{city}{brand}中小企业公共服务平台", "{city}{brand}工业互联网平台有限公司"),
    ("platform", "data"): ("{city}{brand}算力调度平台有限公司", "{city}{brand}工业数据公共服务平台"),
}
