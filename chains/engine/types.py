"""The engine's vocabulary: what goes in and what comes out. Plain frozen data, no behaviour that needs a dictionary."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["fits", "lacks", "unknown"]
Role = Literal["head", "modifier", "purpose", "grade", "detail"]

# What a product is: two things of different kinds never answer each other by their modifiers alone.
KINDS = (
    "material",
    "part",
    "equipment",
    "finished",
    "vehicle",
    "food",
    "medicine",
    "textile",
    "software",
    "energy",
    "service",
    "finance",
    "property",
    "unknown",
)

VISIBILITIES = ("public", "verified", "invited")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a product's name.

    key: ``c:<concept>``, ``m:<modifier>``, ``g:<grade>`` or ``x:<two characters nobody knows yet>``.
    weight: how much the word says (integers, so that every order of addition gives the same sum).
    """

    key: str
    surface: str
    weight: int
    role: Role


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept of the dictionary seen in the text. confidence: 1.0 for a name or alias met whole, less for a
    reading that was inferred (an ambiguous short form, a word of the description)."""

    concept: str
    surface: str
    confidence: float
    role: Role


@dataclass(frozen=True, slots=True)
class Product:
    """One product of a text, understood: the head says what it is, the words before it say which one.

    standing: thousandths; 1000 for a product the text offers, less for one it only implies
    (轴承加工 implies that there are 轴承).
    """

    name: str
    head: str
    head_concept: str
    kind: str
    words: tuple[Word, ...]
    mentions: tuple[Mention, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    standing: int = 1000
    extra: tuple[Word, ...] = ()

    @property
    def head_word(self) -> Word:
        return next(word for word in self.words if word.role == "head")

    def signature(self) -> tuple[object, ...]:
        """Two products with the same signature are the same to the engine."""
        return (self.head_concept, self.head, self.kind, self.words, self.values, self.standing, self.extra)


@dataclass(frozen=True, slots=True)
class Quantity:
    """value in the unit of the text, base in the family's base unit (mass kg, length m, count 1, power W, …)."""

    value: float
    unit: str
    family: str
    base: float
    per: str = ""


@dataclass(frozen=True, slots=True)
class Analysis:
    """A text, understood once and stored with the post. JSON-serialisable by ``to_dict``/``from_dict``.

    corrected: (as written, as read) of words taken for slips of the pen.
    """

    text: str
    products: tuple[Product, ...]
    grades: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    dates: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    is_demand_wording: bool = False
    industry: str = ""
    factor: str = ""
    dictionary_version: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing in the text names a product: such a text matches nothing."""
        return not self.products

    @property
    def concepts(self) -> tuple[Mention, ...]:
        """All concepts of all products, heads first, each once."""
        found: dict[str, Mention] = {}
        for wanted_head in (True, False):
            for product in self.products:
                for mention in product.mentions:
                    if (mention.role == "head") is wanted_head:
                        found.setdefault(mention.concept, mention)
        return tuple(found.values())

    @property
    def kind(self) -> str:
        return self.products[0].kind if self.products else "unknown"

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "products": [
                {
                    "name": product.name,
                    "head": product.head,
                    "head_concept": product.head_concept,
                    "kind": product.kind,
                    "words": [[w.key, w.surface, w.weight, w.role] for w in product.words],
                    "mentions": [[m.concept, m.surface, m.confidence, m.role] for m in product.mentions],
                    "values": [list(pair) for pair in product.values],
                    "standing": product.standing,
                    "extra": [[w.key, w.surface, w.weight, w.role] for w in product.extra],
                }
                for product in self.products
            ],
            "grades": list(self.grades),
            "certificates": list(self.certificates),
            "quantities": [[q.value, q.unit, q.family, q.base, q.per] for q in self.quantities],
            "dates": list(self.dates),
            "places": list(self.places),
            "dropped": list(self.dropped),
            "corrected": [list(pair) for pair in self.corrected],
            "is_demand_wording": self.is_demand_wording,
            "industry": self.industry,
            "factor": self.factor,
            "dictionary_version": self.dictionary_version,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Analysis":
        return cls(
            text=data["text"],
            products=tuple(
                Product(
                    name=row["name"],
                    head=row["head"],
                    head_concept=row["head_concept"],
                    kind=row["kind"],
                    words=tuple(Word(*word) for word in row["words"]),
                    mentions=tuple(Mention(*mention) for mention in row["mentions"]),
                    values=tuple((pair[0], pair[1]) for pair in row["values"]),
                    standing=row["standing"],
                    extra=tuple(Word(*word) for word in row["extra"]),
                )
                for row in data["products"]
            ),
            grades=tuple(data["grades"]),
            certificates=tuple(data["certificates"]),
            quantities=tuple(Quantity(*row) for row in data["quantities"]),
            dates=tuple(data["dates"]),
            places=tuple(data["places"]),
            dropped=tuple(data["dropped"]),
            corrected=tuple((pair[0], pair[1]) for pair in data.get("corrected", ())),
            is_demand_wording=data["is_demand_wording"],
            industry=data["industry"],
            factor=data["factor"],
            dictionary_version=data["dictionary_version"],
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A supply post as the engine sees it. ``None`` means "not known", never "no".

    id, firm_id: 64-bit integers. region: six digits of GB/T 2260 or "". capacity and min_order: in the base unit
    of unit_family (see ``units.to_base``), capacity per month. available_from/to: ordinal days, inclusive.
    certificates: codes held, or None when the firm never said. delivers_to: region prefixes, empty = anywhere.
    """

    id: int
    analysis: Analysis
    firm_id: int
    region: str = ""
    factor: str = ""
    industry: str = ""
    capacity: float | None = None
    unit_family: str = ""
    min_order: float | None = None
    lead_time_days: int | None = None
    certificates: frozenset[str] | None = None
    available_from: int | None = None
    available_to: int | None = None
    delivers_to: frozenset[str] = frozenset()
    visibility: str = "public"
    invited_firms: frozenset[int] = frozenset()
    blocked_firms: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Query:
    """A demand and the conditions on its partners.

    quantity: needed, in the base unit of unit_family. deliver_by and today: ordinal days (the engine has no clock;
    without today an end date is not tested and a delivery date counts from available_from only).
    The ``…_is_must`` switches make a hard filter of what otherwise only earns or loses points: who cannot is out, who
    has not said stays and is asked. Only required_certificates must have been stated; wanted_certificates earn points.
    freight_closeness: region prefix → 0…1, longest prefix wins; used only when freight_sensitive is set; without it
    closeness is taken from how many levels the region shares with delivery_regions.
    """

    analysis: Analysis
    id: int | None = None
    factor: str = ""
    industry: str = ""
    quantity: float | None = None
    unit_family: str = ""
    quantity_is_must: bool = False
    deliver_by: int | None = None
    deliver_by_is_must: bool = False
    today: int | None = None
    delivery_regions: frozenset[str] = frozenset()
    required_certificates: frozenset[str] = frozenset()
    wanted_certificates: frozenset[str] = frozenset()
    blocked_firms: frozenset[int] = frozenset()
    own_firm: int | None = None
    own_firm_is_verified: bool = True
    include_regions: frozenset[str] = frozenset()
    include_industries: frozenset[str] = frozenset()
    include_factors: frozenset[str] = frozenset()
    freight_sensitive: bool = False
    freight_closeness: Mapping[str, float] = field(default_factory=dict)
    strong_only: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some points were earned or lost. points: of the part, in score points; the reasons' points add up to the
    score. args hold words and numbers, no sentences."""

    code: str
    verdict: Verdict
    part: str
    points: float
    args: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "verdict": self.verdict,
            "part": self.part,
            "points": self.points,
            "args": dict(self.args),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Reason":
        return cls(
            code=data["code"],
            verdict=data["verdict"],
            part=data["part"],
            points=data["points"],
            args=dict(data["args"]),
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A partner, scored and explained. score = sum of parts, 0…100 with two decimals."""

    id: int
    firm_id: int
    score: float
    is_strong: bool
    parts: Mapping[str, float]
    reasons: tuple[Reason, ...]
    product: str
    ranking_version: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "firm_id": self.firm_id,
            "score": self.score,
            "is_strong": self.is_strong,
            "parts": dict(self.parts),
            "reasons": [reason.to_dict() for reason in self.reasons],
            "product": self.product,
            "ranking_version": self.ranking_version,
        }


@dataclass(frozen=True, slots=True)
class CleanResult:
    """name: what may be loaded ("" when refused). changed: the name differs from the raw text beyond outer spaces.
    refused_reason: "" or one of ``cleaning.REFUSALS``."""

    name: str
    changed: bool
    refused_reason: str = ""
