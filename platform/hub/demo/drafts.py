"""What the demo's world is made of: firms and what belongs to them, before they are rows of a table."""

from dataclasses import dataclass, field
from datetime import date

from hub.demo.places import Place


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
