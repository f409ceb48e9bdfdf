"""An invented market of any size, the same for one seed: supply posts, demands, and which posts each demand means.

Products are made from the dictionary's own concepts, modifiers and grades, and from words that no dictionary knows. A
*thing* is one such product; posts and demands put it into words in many ways. Few things are offered by thousands of
firms and most by a handful. A demand's relevant posts are those that offer its thing.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chains.engine import Dictionary, Query, analyse
from chains.engine.columns import Coded, PostTable

KINDS = ("terse", "sentence", "alias", "english", "grade", "purpose", "spaced", "misspelt")
TODAY = 740_000
PROVINCES = tuple(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65".split()  # noqa: SIM905
)
FAMILIES = ("mass", "count", "length", "area", "volume")
CERTIFICATES = (
    "ISO9001", "ISO14001", "ISO45001", "IATF16949", "CCC", "CE", "ROHS", "REACH", "GMP", "HACCP", "FSC", "UL",
)  # fmt: skip
FACTORS = ("product", "processing", "service", "equipment")
_BEFORE = ("生产", "销售", "专业生产", "现货供应", "厂家直销", "供应", "优质", "长期供应")
_AFTER = ("业务", "产品", "系列", "的研发生产和销售", "生产厂家", "现货")
_WISHES = ("求购", "采购", "急需", "寻找", "我公司需要", "长期采购", "现需采购一批", "想找能做", "招标采购")
_UNITS = ("吨", "件", "套", "米", "平方米", "台", "公斤")
_GRADES = ("304", "316L", "Q235B", "Q345", "45#", "M8", "M12", "6204", "6308", "DN50", "DN100", "HRB400", "6061")
_MEASURES = ("mm", "kW", "V", "kV", "μm", "℃", "MPa")
_DETAILS = (
    "月产能{n}吨，交货期短，质量稳定，欢迎洽谈。",
    "通过ISO9001认证，材质{g}，支持定制。",
    "适用于{p}，长期供货，价格面议。",
    "公司成立多年，主要客户为{p}企业，可提供样品，规格{g}。",
)


@dataclass(frozen=True)
class Thing:
    """head: how it is called; other: further names; grade and measure: "" for most."""

    head: str
    other: tuple[str, ...]
    english: str
    modifiers: tuple[str, ...]
    grade: str
    concept: str


@dataclass(frozen=True)
class Demand:
    text: str
    kind: str
    thing: int
    query: Query


@dataclass(frozen=True)
class Corpus:
    """texts: distinct; text[i]: number of the text of post i (ids are i + 1); offers[t]: things of text t."""

    things: list[Thing]
    texts: list[str]
    offers: list[tuple[int, ...]]
    text: NDArray[np.int32]
    table: PostTable
    demands: list[Demand]

    @property
    def size(self) -> int:
        return len(self.text)

    def relevant(self) -> list[NDArray[np.int64]]:
        """The ids of the relevant posts of each demand."""
        thing = np.array([offer for own in self.offers for offer in own], np.int64)
        text = np.repeat(np.arange(len(self.texts)), [len(own) for own in self.offers])
        by_text = np.argsort(self.text, kind="stable")
        start = np.searchsorted(self.text[by_text], np.arange(len(self.texts) + 1))
        found = []
        by_thing = np.argsort(thing, kind="stable")
        first = np.searchsorted(thing[by_thing], np.arange(len(self.things) + 1))
        for demand in self.demands:
            texts = np.unique(text[by_thing[first[demand.thing] : first[demand.thing + 1]]])
            rows = [by_text[start[number] : start[number + 1]] for number in texts.tolist()]
            found.append(np.sort(np.concatenate(rows) + 1) if rows else np.zeros(0, np.int64))
        return found


def make(*, posts: int, demands: int, seed: int = 7) -> Corpus:
    dice, numbers = random.Random(seed), np.random.default_rng(seed)
    dictionary = Dictionary.load()
    things = _things(max(200, posts // 10), dice, dictionary)
    popularity = _popularity(things, numbers)
    texts, offers, text = _texts(things, popularity, posts, dice, numbers, dictionary)
    made = Corpus(things, texts, offers, text, _table(posts, text, numbers), [])
    return replace(made, demands=_demands(demands, made, dice, numbers, dictionary))


def _things(count: int, dice: random.Random, dictionary: Dictionary) -> list[Thing]:
    concepts = [concept for concept in dictionary.concepts.values() if not 0 < concept.weight <= 2]
    modifiers = [word.text for word in dictionary.words.values() if word.role in {"modifier", "purpose"}]
    materials = [concept.name for concept in concepts if concept.kind == "material" and len(concept.name) <= 4]
    characters = sorted({sign for concept in concepts for sign in concept.name if "一" <= sign <= "鿿"})
    endings = [concept.name[-1] for concept in concepts if concept.name and "一" <= concept.name[-1] <= "鿿"]
    found: list[Thing] = []
    for concept in concepts:
        other = tuple(alias.rstrip("?") for alias in concept.aliases)
        found.append(Thing(concept.name, other, concept.english, (), "", concept.name))
    while len(found) < count:
        grade = ""
        if dice.random() < 0.25:
            grade = dice.choice(_GRADES) if dice.random() < 0.6 else f"{dice.randint(1, 400)}{dice.choice(_MEASURES)}"
        extra = tuple(dice.sample(modifiers, dice.choice((0, 1, 1, 2))))
        if dice.random() < 0.7:
            concept = dice.choice(concepts)
            if dice.random() < 0.4:
                extra = (*extra, dice.choice(materials))
            other = tuple(alias.rstrip("?") for alias in concept.aliases)
            found.append(Thing(concept.name, other, concept.english, extra, grade, concept.name))
        else:
            unknown = "".join(dice.choices(characters, k=dice.choice((1, 2, 2, 3)))) + dice.choice(endings)
            found.append(Thing(unknown, (), "", extra, grade, ""))
    return found[:count]


def _popularity(things: Sequence[Thing], numbers: np.random.Generator) -> NDArray[np.float64]:
    """Things without a modifier are what most firms call what they make."""
    weight = 1.0 / np.power(numbers.permutation(len(things)) + 20.0, 0.75)
    weight *= [6.0 if thing.concept and not thing.modifiers and not thing.grade else 1.0 for thing in things]
    popularity: NDArray[np.float64] = weight / weight.sum()
    return popularity


def _texts(
    things: Sequence[Thing],
    popularity: NDArray[np.float64],
    posts: int,
    dice: random.Random,
    numbers: np.random.Generator,
    dictionary: Dictionary,
) -> tuple[list[str], list[tuple[int, ...]], NDArray[np.int32]]:
    known: dict[str, int] = {}
    offers: list[tuple[int, ...]] = []
    text = np.empty(posts, np.int32)
    chosen = numbers.choice(len(things), posts, p=popularity).tolist()
    second = numbers.choice(len(things), posts, p=popularity).tolist()
    purposes = [concept.name for concept in dictionary.concepts.values() if concept.kind in {"vehicle", "equipment"}]
    for post in range(posts):
        own = (chosen[post], second[post]) if dice.random() < 0.1 else (chosen[post],)
        words = "、".join(_offer(things[thing], dice) for thing in own)
        if dice.random() < 0.12:
            words += "\n" + dice.choice(_DETAILS).format(
                n=dice.choice((50, 100, 200, 500)), g=dice.choice(_GRADES), p=dice.choice(purposes)
            )
        number = known.setdefault(words, len(known))
        if number == len(offers):
            offers.append(own)
        text[post] = number
    return list(known), offers, text


def _name(thing: Thing, dice: random.Random) -> str:
    return dice.choice(thing.other) if thing.other and dice.random() < 0.25 else thing.head


def _offer(thing: Thing, dice: random.Random) -> str:
    parts = [*thing.modifiers, _name(thing, dice)]
    words = "".join(parts)
    if thing.grade:
        words = f"{thing.grade}{words}" if dice.random() < 0.5 else f"{words} {thing.grade}"
    # Most firms simply name the product.
    if dice.random() < 0.2:
        words = dice.choice(_BEFORE) + words
    if dice.random() < 0.2:
        words += dice.choice(_AFTER)
    return words


def _table(posts: int, text: NDArray[np.int32], numbers: np.random.Generator) -> PostTable:
    firms = max(50, posts // 5)
    size = numbers.lognormal(0, 1.2, firms)
    firm = numbers.choice(firms, posts, p=size / size.sum())
    regions = [
        province + f"{1 + number // 9:02d}{1 + number % 9:02d}" for province in PROVINCES for number in range(90)
    ]
    by_firm = np.minimum(numbers.exponential(400, firms).astype(np.int64), len(regions) - 1)
    order = numbers.permutation(len(regions))
    industries = [""] + [f"{number:04d}" for number in range(1310, 4390, 7)]
    industry = 1 + text.astype(np.int64) * 7919 % (len(industries) - 1)
    industry[numbers.random(posts) < 0.1] = 0
    held = [None, frozenset[str]()]
    for _ in range(300):
        held.append(frozenset(numbers.choice(CERTIFICATES, numbers.integers(1, 5), replace=False).tolist()))
    certificates = np.where(numbers.random(firms) < 0.3, 0, numbers.integers(1, len(held), firms))[firm]
    access: list[Any] = [("public", frozenset(), frozenset()), ("verified", frozenset(), frozenset())]
    for _ in range(max(10, firms // 20)):
        firms_named = frozenset((1 + numbers.integers(0, firms, 5)).tolist())
        access.append(
            ("invited", firms_named, frozenset()) if numbers.random() < 0.5 else ("public", frozenset(), firms_named)
        )
    dealt = numbers.random(posts)
    own_access = np.where(dealt < 0.9, 0, np.where(dealt < 0.95, 1, numbers.integers(2, len(access), posts)))
    reach = [frozenset[str]()]
    reach += [frozenset(numbers.choice(PROVINCES, numbers.integers(1, 8), replace=False).tolist()) for _ in range(200)]

    def some(values: NDArray[Any], share: float, unknown: Any) -> NDArray[Any]:
        return np.where(numbers.random(posts) < share, values, unknown)

    return PostTable(
        id=np.arange(1, posts + 1),
        firm=firm + 1,
        content=text,
        capacity=some(np.round(numbers.lognormal(8, 2, posts), 1), 0.6, np.nan),
        min_order=some(np.round(numbers.lognormal(5, 2, posts), 1), 0.3, np.nan),
        lead_time=some(numbers.integers(1, 90, posts), 0.6, -1),
        available_from=some(TODAY + numbers.integers(-60, 60, posts), 0.1, -1),
        available_to=TODAY + numbers.integers(-5, 365, posts),
        region=Coded(regions, order[by_firm][firm].astype(np.int32)),
        factor=Coded(list(FACTORS), numbers.choice(4, posts, p=(0.85, 0.05, 0.05, 0.05)).astype(np.int32)),
        industry=Coded(industries, industry.astype(np.int32)),
        family=Coded(list(FAMILIES), (text % len(FAMILIES)).astype(np.int32)),
        certificates=Coded(held, certificates.astype(np.int32)),
        delivers_to=Coded(reach, some(numbers.integers(1, len(reach), posts), 0.1, 0).astype(np.int32)),
        access=Coded(access, own_access.astype(np.int32)),
    )


def _demands(
    count: int, corpus: Corpus, dice: random.Random, numbers: np.random.Generator, dictionary: Dictionary
) -> list[Demand]:
    """What is wanted is what is offered: things by the number of their posts."""
    purposes = [concept.name for concept in dictionary.concepts.values() if concept.kind in {"vehicle", "equipment"}]
    found: list[Demand] = []
    for post in numbers.integers(0, corpus.size, count).tolist():
        thing = corpus.offers[corpus.text[post]][0]
        kind = dice.choice(KINDS)
        text = wording(corpus.things[thing], kind, dice, purposes)
        query = _conditions(Query(analysis=analyse(text, dictionary=dictionary)), corpus, post, dice)
        found.append(Demand(text, kind, thing, query))
    return found


def wording(thing: Thing, kind: str, dice: random.Random, purposes: Sequence[str]) -> str:
    """A demand for the thing, said in one of KINDS of ways (plainly where the thing has no such)."""
    plain = "".join((*thing.modifiers, thing.head)) + (f" {thing.grade}" if thing.grade else "")
    if kind == "sentence":
        amount = f"{dice.choice((5, 20, 50, 300, 1000))}{dice.choice(_UNITS)}"
        return f"{dice.choice(_WISHES)}{plain}，{amount}，要求质量稳定"
    if kind == "alias" and thing.other:
        return "".join((*thing.modifiers, dice.choice(thing.other))) + (f" {thing.grade}" if thing.grade else "")
    if kind == "english" and thing.english:
        return f"{thing.english} {thing.grade}".strip()
    if kind == "grade":
        return f"{plain}，{dice.choice(_GRADES)}" if not thing.grade else plain
    if kind == "purpose":
        return f"用于{dice.choice(purposes)}的{plain}"
    if kind == "spaced":
        return " ".join((thing.head, *thing.modifiers, thing.grade)).strip()
    if kind == "misspelt" and len(plain) > 4:
        place = dice.randrange(1, len(plain) - 2)
        return plain[:place] + plain[place + 1 :]
    return plain


def _conditions(query: Query, corpus: Corpus, post: int, dice: random.Random) -> Query:
    """Conditions as buyers state them, mostly such that the post in mind meets them."""
    table, changes = corpus.table, dict[str, Any]()
    changes["today"] = TODAY
    changes["own_firm"] = 1 + dice.randrange(int(table.firm.max()))
    changes["own_firm_is_verified"] = dice.random() < 0.8
    changes["factor"] = "product" if dice.random() < 0.5 else ""
    if dice.random() < 0.4:
        changes["industry"] = table.industry.values[table.industry.code[post]]
    if dice.random() < 0.5:
        family = table.family.values[table.family.code[post]]
        changes.update(quantity=float(dice.choice((10, 100, 1000, 20_000))), unit_family=family)
        changes["quantity_is_must"] = dice.random() < 0.2
    if dice.random() < 0.4:
        changes.update(deliver_by=TODAY + dice.randint(10, 120), deliver_by_is_must=dice.random() < 0.2)
    place = dice.choice(PROVINCES) + "0100"
    if dice.random() < 0.5:
        changes["delivery_regions"] = frozenset({place[:4]})
    if dice.random() < 0.1:
        changes["freight_sensitive"] = True
        changes["freight_closeness"] = {province: round(dice.random(), 3) for province in PROVINCES}
    if dice.random() < 0.2:
        changes["include_regions"] = frozenset(dice.sample(PROVINCES, dice.randint(1, 8)))
    if dice.random() < 0.25:
        changes["wanted_certificates"] = frozenset(dice.sample(CERTIFICATES, dice.randint(1, 2)))
    if dice.random() < 0.1:
        changes["required_certificates"] = frozenset({dice.choice(CERTIFICATES)})
    if dice.random() < 0.2:
        changes["blocked_firms"] = frozenset(1 + dice.randrange(int(table.firm.max())) for _ in range(3))
    return replace(query, **changes)
