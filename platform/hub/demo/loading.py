"""Write the demo's world into the database: everything but the matching, which the user watches happen."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chains.models import Chain, Leadership, Link, Node
from enterprises import posting, reference, size, uscc
from enterprises.models import (
    Capability,
    Certificate,
    CertificateKind,
    Enterprise,
    IndustryClass,
    Member,
    Post,
    Site,
    SizeSnapshot,
    TierTitle,
    VerificationEvent,
)
from enterprises.sorting import pinyin_key
from foundation import audit, jobs
from foundation.errors import RefusedError
from foundation.models import User
from foundation.tables import analyze
from hub.demo import catalogue, personas, places, story
from hub.demo import world as worlds
from regions import reference as region_reference
from regions.models import Official, Region

SOURCE = "demo"
BATCH = 2000
# The story's firms that a persona owns; the other firms' owners cannot log in.
OWNED = {story.SME: "sme", story.PARTNER: "partner", story.LEADER: "leader"}
# States of a firm on which the operator has still to decide.
UNDECIDED = frozenset({"submitted", "checking", "needs_info"})
# Any number that nobody else locks: two loaders at once would both find an empty table.
_LOCK = 4_754_2017
EVIDENCE = "示例数据：按行业常识编写，“{up}”的产品用于“{down}”；不是统计或调查的结果。"
EVIDENCE_EN = "Example data from common trade knowledge: “{up}” is used in “{down}”; neither statistics nor a survey."
DEMO_SOURCE = gettext_noop("示例数据")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What a load did; `is_new` is False if the demo was there already."""

    is_new: bool
    firms: int
    posts: int
    demands: int
    provinces: int
    chains: int


def load(*, firms: int, seed: int, say: Say, force: bool = False) -> Outcome:
    """Load the demo in one transaction, or say that it is there. Nothing is matched here.

    Refuses with demo_not_allowed where settings.DEMO is off, unless forced; then nobody can log in as a persona.
    """
    if not settings.DEMO and not force:
        raise RefusedError(_("这里不是演示环境，没有装入演示数据。"), code="demo_not_allowed")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if Enterprise.objects.filter(source=SOURCE).exists():
            return _there()
        say(_("正在准备区划、行业与证书…"))
        _ensure_reference()
        say(_("正在编写企业与供需…"))
        world = worlds.World(
            seed=seed,
            count=firms,
            places=places.counties(_region_rows()),
            certificate_names=dict(CertificateKind.objects.values_list("code", "name")),
            today=timezone.localdate(),
        )
        world.generate()
        story.tell(world)
        writer = _Writer(world.firms)
        say(_("正在写入 %(count)s 家企业…") % {"count": f"{len(world.firms):,}"})
        writer.write_people_and_firms()
        say(_("正在写入 %(count)s 条供需…") % {"count": f"{sum(len(f.posts) for f in world.firms):,}"})
        writer.write_posts()
        say(_("正在绘制产业链…"))
        writer.write_chains()
        writer.write_offices()
        analyze(User, Enterprise, Member, Certificate, Capability, Post, Node, Link)
        outcome = _there(is_new=True)
        audit.record(
            action="demo.loaded",
            actor=None,
            reason=DEMO_SOURCE,
            changes={"seed": seed, "firms": outcome.firms, "posts": outcome.posts},
        )
        # One job for all of them, with one progress bar; the operator persona owns it.
        jobs.enqueue(kind="chains.rematch", key="all", owner=writer.persona("operator"))
    return outcome


def write_accounts() -> None:
    """Leave the log-ins where the launcher finds them to print."""
    rows = [{"email": p.email, "password": personas.PASSWORD, "role": str(p.role)} for p in personas.PERSONAS]
    settings.VAR.mkdir(parents=True, exist_ok=True)
    path = settings.VAR / "demo-accounts.json"
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


def _there(*, is_new: bool = False) -> Outcome:
    rows = Enterprise.objects.filter(source=SOURCE)
    posts = Post.objects.filter(source=SOURCE)
    return Outcome(
        is_new=is_new,
        firms=rows.count(),
        posts=posts.count(),
        demands=posts.open().demands().count(),
        provinces=len({code[:2] for code in rows.values_list("region_id", flat=True) if code}),
        chains=Chain.objects.count(),
    )


def _ensure_reference() -> None:
    if not Region.objects.exists():
        region_reference.load_divisions()
        region_reference.load_region_sets()
    if not IndustryClass.objects.exists():
        reference.load_industries()
    reference.load_certificate_kinds()


def _region_rows() -> Iterable[dict[str, str]]:
    rows = Region.objects.current().values_list("code", "name", "level", "parent_id")
    return [dict(zip(("code", "name", "level", "parent"), (*row[:3], row[3] or ""), strict=True)) for row in rows]


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, 3)))


class _Writer:
    """Bulk inserts, in the order of the foreign keys."""

    def __init__(self, firms: list[worlds.Firm]) -> None:
        self.firms = firms
        self.now = timezone.now()
        self.today = timezone.localdate()
        self.industries = IndustryClass.objects.in_bulk()
        self.kinds = CertificateKind.objects.in_bulk()
        self.rows: dict[str, Enterprise] = {}
        self.users: dict[str, User] = {}

    def _at(self, day: date, *, hour: int = 10) -> datetime:
        moment = timezone.make_aware(datetime.combine(day, time(hour)))
        return min(moment, self.now)

    def _ago(self, days: int, *, minutes: int = 0) -> datetime:
        return self.now - timedelta(days=days, minutes=minutes)

    # --- people and firms ----------------------------------------------------------------------

    def write_people_and_firms(self) -> None:
        self._write_users()
        self._write_firms()
        self._write_facts()
        self._write_capabilities()

    def _write_users(self) -> None:
        users = []
        for persona in personas.PERSONAS:
            password = make_password(personas.PASSWORD if settings.DEMO else None)
            users.append(
                User(
                    email=persona.email,
                    name=persona.name,
                    password=password,
                    is_operator=persona.key == "operator",
                    digest=User.Digest.NEVER,
                )
            )
        nobody = make_password(None)
        users += [
            User(
                email=f"{firm.key}@firms.xielian.example",
                name=f"{firm.short_name}负责人"[:80],
                password=nobody,
                digest=User.Digest.NEVER,
            )
            for firm in self.firms
            if firm.key not in OWNED
        ]
        User.objects.bulk_create(users, batch_size=BATCH)
        self.users = {user.email: user for user in users}

    def persona(self, key: str) -> User:
        return self.users[personas.persona(key).email]

    def _owner(self, firm: worlds.Firm) -> User:
        if firm.key in OWNED:
            return self.persona(OWNED[firm.key])
        return self.users[f"{firm.key}@firms.xielian.example"]

    def _write_firms(self) -> None:
        rows = []
        for firm in self.firms:
            owner = self._owner(firm)
            verified = firm.status in ("verified", "recheck_due", "suspended")
            verified_at = self._ago(firm.verified_days_ago) if verified else None
            outcome = self._size(firm)
            rows.append(
                Enterprise(
                    org_type=firm.org_type,
                    name=firm.name,
                    short_name=firm.short_name[:40],
                    pinyin=pinyin_key(firm.name),
                    uscc=firm.uscc,
                    uscc_check="warn" if uscc.examine(firm.uscc).is_doubtful else "ok",
                    region_id=firm.place.code,
                    address=f"{firm.place.province_name}{firm.place.city}{firm.place.name}产业园（示例地址）",
                    industry=self.industries[firm.industry],
                    founded_on=firm.founded_on,
                    introduction=firm.introduction,
                    contact_name=owner.name,
                    contact_email=owner.email,
                    size_class=outcome.size_class,
                    status=firm.status,
                    submitted_at=self._ago(self._asked_days_ago(firm) + 3),
                    verified_at=verified_at,
                    recheck_due_on=verified_at.date() + timedelta(days=365) if verified_at else None,
                    source=SOURCE,
                    external_id=firm.key,
                    created_by=owner,
                    created_at=self._ago(self._asked_days_ago(firm) + 5),
                )
            )
        Enterprise.objects.bulk_create(rows, batch_size=BATCH)
        self.rows = {row.external_id: row for row in rows}
        Member.objects.bulk_create(
            [
                Member(
                    enterprise=self.rows[f.key],
                    user=self._owner(f),
                    role="owner",
                    joined_at=self.rows[f.key].created_at,
                )
                for f in self.firms
            ],
            batch_size=BATCH,
        )

    def _size(self, firm: worlds.Firm) -> size.Outcome:
        return size.classify(
            industry=self.industries[firm.industry],
            staff=firm.staff,
            revenue_wan=Decimal(str(firm.revenue_wan)),
            as_of=self.today,
        )

    def _write_facts(self) -> None:
        """Size, titles, sites, certificates, and the steps of verification."""
        last_year = date(self.today.year - 1, 12, 31)
        sizes, titles, sites, certificates, events = [], [], [], [], []
        operator = self.persona("operator")
        for firm in self.firms:
            row, outcome = self.rows[firm.key], self._size(firm)
            sizes.append(
                SizeSnapshot(
                    enterprise=row,
                    as_of=last_year,
                    staff=firm.staff,
                    revenue_wan=Decimal(str(firm.revenue_wan)),
                    rule=outcome.rule,
                    size_class=outcome.size_class,
                )
            )
            titles += [
                TierTitle(
                    enterprise=row,
                    title=t.title,
                    issuer=t.issuer,
                    number=t.number,
                    issued_on=t.issued_on,
                    expires_on=t.expires_on,
                )
                for t in firm.titles
            ]
            sites += [Site(enterprise=row, kind=s.kind, name=s.name, region_id=s.region) for s in firm.sites]
            certificates += [
                Certificate(
                    enterprise=row,
                    kind_id=c.kind,
                    number=c.number,
                    issuer=c.issuer,
                    valid_from=c.valid_from,
                    valid_to=c.valid_to,
                )
                for c in firm.certificates
            ]
            events += self._verification(firm, row, operator)
        SizeSnapshot.objects.bulk_create(sizes, batch_size=BATCH)
        TierTitle.objects.bulk_create(titles, batch_size=BATCH)
        Site.objects.bulk_create(sites, batch_size=BATCH)
        Certificate.objects.bulk_create(certificates, batch_size=BATCH)
        VerificationEvent.objects.bulk_create(events, batch_size=BATCH)

    def _asked_days_ago(self, firm: worlds.Firm) -> int:
        """Of a firm whose case is open only days have gone by; the queue of a year would be no example."""
        return firm.verified_days_ago % 5 if firm.status in UNDECIDED else firm.verified_days_ago

    def _verification(self, firm: worlds.Firm, row: Enterprise, operator: User) -> list[VerificationEvent]:
        step = partial(VerificationEvent, enterprise=row)
        events = [step(kind="submitted", by=self._owner(firm), at=row.submitted_at or self.now)]
        if firm.status == "submitted":
            return events
        events.append(step(kind="checking", by=operator, at=self._ago(self._asked_days_ago(firm) + 1)))
        if firm.status == "needs_info":
            note = "营业执照图片不清晰，请重新上传，并说明主要生产地址。"
            events.append(step(kind="needs_info", by=operator, note=note, at=self._ago(self._asked_days_ago(firm))))
        elif firm.status != "checking":
            events.append(step(kind="verified", by=operator, at=row.verified_at or self.now))
        if firm.status == "suspended":
            events.append(step(kind="suspended", by=operator, note="示例：多次未按约回应，暂停展示。", at=self._ago(1)))
        if firm.status == "recheck_due":
            events.append(step(kind="recheck_due", at=self._ago(0)))
        return events

    def _write_capabilities(self) -> None:
        rows, links = [], []
        held = {
            (c.enterprise_id, c.kind_id): c
            for c in Certificate.objects.filter(enterprise__source=SOURCE).only("id", "enterprise_id", "kind_id")
        }
        self.capabilities: dict[tuple[str, int], Capability] = {}
        for firm in self.firms:
            row = self.rows[firm.key]
            for number, made in enumerate(firm.capabilities):
                capability = Capability(
                    enterprise=row,
                    factor=made.factor,
                    product=made.product,
                    pinyin=pinyin_key(made.product),
                    industry_id=made.industry,
                    description=made.description,
                    parameters=[{"name": "规格", "value": model, "unit": ""} for model in made.models],
                    monthly_capacity=_decimal(made.monthly_capacity),
                    unit=made.unit,
                    free_share=made.free_share,
                    minimum_order=_decimal(made.minimum_order),
                    lead_time_days=made.lead_time_days,
                    source=SOURCE,
                    external_id=f"{firm.key}-{number}",
                    created_at=row.created_at,
                )
                rows.append(capability)
                self.capabilities[firm.key, number] = capability
                links += [(capability, held[row.pk, kind]) for kind in made.certificates]
        Capability.objects.bulk_create(rows, batch_size=BATCH)
        through: Any = Capability.certificates.through
        through.objects.bulk_create(
            [through(capability_id=c.pk, certificate_id=held_one.pk) for c, held_one in links], batch_size=BATCH
        )

    # --- posts -----------------------------------------------------------------------------------

    def write_posts(self) -> None:
        """Open posts through the bulk door of the posting stage; drafts and ended ones straight."""
        made = [
            (firm, post, self._post(firm, post, number))
            for firm in self.firms
            for number, post in enumerate(firm.posts)
        ]
        # Older posts get lower ids, as they would have in life.
        made.sort(key=lambda one: (-one[1].published_days_ago, one[2].external_id))
        opened = [one for one in made if one[1].status == "published"]
        posting.publish_many(
            posts=[row for _firm, _post, row in opened],
            by=None,
            reason=DEMO_SOURCE,
            certificates=[[self.kinds[kind] for kind in post.certificates] for _firm, post, _row in opened],
            delivers_to=[[Region(code=code) for code in post.delivers_to] for _firm, post, _row in opened],
            announce=False,
        )
        others = [one for one in made if one[1].status != "published"]
        Post.objects.bulk_create([row for _firm, _post, row in others], batch_size=BATCH)
        through: Any = Post.certificates.through
        through.objects.bulk_create(
            [
                through(post_id=row.pk, certificatekind_id=kind)
                for _firm, post, row in others
                for kind in post.certificates
            ],
            batch_size=BATCH,
        )

    def _post(self, firm: worlds.Firm, post: worlds.Post, number: int) -> Post:
        # Spread over the day, so that the newest are not all of one second.
        published = self._ago(post.published_days_ago, minutes=7 * number + sum(map(ord, firm.key)) % 600)
        until = timezone.localdate(published) + posting.LIFE
        is_ended = post.status in ("expired", "withdrawn", "fulfilled")
        if post.status == "expired":
            published -= posting.LIFE
            until -= posting.LIFE
        low, high = post.price or (None, None)
        return Post(
            enterprise=self.rows[firm.key],
            direction=post.direction,
            factor=post.factor,
            title=post.title[:120],
            product=post.product[:120],
            pinyin=pinyin_key(post.title[:120]),
            text=post.text,
            industry=self.industries[post.industry],
            capability=None if post.capability is None else self.capabilities[firm.key, post.capability],
            quantity=_decimal(post.quantity),
            unit=post.unit,
            minimum_order=_decimal(post.minimum_order),
            lead_time_days=post.lead_time_days,
            price_low=_decimal(low),
            price_high=_decimal(high),
            delivery_region_id=post.delivery_region or None,
            maximum_distance_km=post.maximum_distance_km,
            deliver_by=post.deliver_by,
            partial_ok=post.partial_ok,
            visibility=post.visibility,
            status=post.status,
            published_at=None if post.status in ("draft", "review") else published,
            confirmed_at=None if post.status in ("draft", "review") else published,
            expires_on=None if post.status in ("draft", "review") else until,
            ended_at=min(self.now, self._at(until)) if is_ended else None,
            source=SOURCE,
            external_id=f"{firm.key}-{number}",
            created_by=self._owner(firm),
            created_at=published,
        )

    # --- chains and offices ------------------------------------------------------------------------

    def write_chains(self) -> None:
        nodes: dict[tuple[str, str], Node] = {}
        chains = {
            one.key: Chain(
                slug=one.key,
                name=one.name,
                name_en=one.name_en,
                description=one.summary,
                description_en=one.summary_en,
                order=order,
                source=DEMO_SOURCE,
            )
            for order, one in enumerate(catalogue.chains(), start=1)
        }
        Chain.objects.bulk_create(chains.values())
        for one in catalogue.chains():
            layers = one.layers()
            for order, node in enumerate(one.nodes, start=1):
                nodes[one.key, node.key] = Node(
                    chain=chains[one.key],
                    slug=node.key,
                    name=node.name,
                    name_en=node.name_en,
                    layer=layers[node.key],
                    order=order,
                    terms=_terms(node),
                )
        Node.objects.bulk_create(nodes.values())
        through: Any = Node.industries.through
        through.objects.bulk_create(
            [
                through(node_id=nodes[one.key, node.key].pk, industryclass_id=node.code)
                for one in catalogue.chains()
                for node in one.nodes
            ]
        )
        Link.objects.bulk_create(
            [
                Link(
                    upstream=nodes[one.key, up.key],
                    downstream=nodes[one.key, down.key],
                    evidence=EVIDENCE.format(up=up.name, down=down.name),
                    evidence_en=EVIDENCE_EN.format(up=up.name_en, down=down.name_en),
                    source=DEMO_SOURCE,
                    observed_on=self.today,
                    status=Link.Status.APPROVED,
                    proposed_by=self.persona("leader"),
                    approved_by=self.persona("operator"),
                )
                for one in catalogue.chains()
                for up, down in one.links()
            ]
        )
        self._appoint_leaders(chains)

    def _appoint_leaders(self, chains: dict[str, Chain]) -> None:
        """The story's leader for its chain; for each other chain its largest maker near the end of the chain."""
        operator = self.persona("operator")
        leaders = {story.CHAIN: story.LEADER}
        for one in catalogue.chains():
            layers = one.layers()
            if one.key not in leaders:
                makers = [f for f in self.firms if f.chain == one.key and f.status == "verified" and f.staff >= 300]
                if makers:
                    leaders[one.key] = max(makers, key=lambda f: (layers[f.node], f.staff, f.key)).key
        Leadership.objects.bulk_create(
            [
                Leadership(
                    chain=chains[key],
                    enterprise=self.rows[firm],
                    since=self.today - timedelta(days=120),
                    basis=gettext_noop("示例数据：演示用任命。"),
                    appointed_by=operator,
                )
                for key, firm in leaders.items()
            ]
        )

    def write_offices(self) -> None:
        Official.objects.create(
            user=self.persona("official"),
            region_id=story.OFFICIAL_REGION,
            title="产业链协作专班（示例）",
            since=self.today - timedelta(days=200),
            appointed_by=self.persona("operator"),
        )


def _terms(node: catalogue.Node) -> list[str]:
    """Product words by which a firm is found to stand at a node, each once."""
    words = [word for product in node.products for word in (product.name, *product.aliases)]
    return list(dict.fromkeys(word for word in words if len(word) > 1))
