"""Two firms and everything they may own, twice the same, and everybody who may come by.

`World.home` belongs to the owner and the viewer, `World.rival` to the other firm's owner. Whatever is confidential
carries a canary: a word that names its side and those who may read it, to be looked for in every answer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from chains import matching
from chains.dictionary import editing, freezing
from chains.engine import Concept as Entry
from chains.engine import Dictionary
from chains.engine.dictionary import surface_key
from chains.models import (
    Chain,
    Concept,
    DictionaryEdition,
    DictionaryImport,
    DictionaryPreview,
    Interest,
    Leadership,
    Link,
    Match,
    Node,
    NodeMembership,
)
from enterprises.models import (
    IdentityChange,
    ImportRun,
    Invitation,
    Member,
    Post,
    VerificationEvent,
    VerificationFile,
)
from enterprises.registration import secret_of
from enterprises.registration.members import _digest
from foundation import audit
from foundation.models import ApiToken, AuditEntry, Job, Notice, User
from hub.demo.personas import PERSONAS
from regions.models import Region
from tests.factories import (
    CapabilityFactory,
    CertificateFactory,
    CertificateKindFactory,
    ClaimFactory,
    EnterpriseFactory,
    IndustryFactory,
    InvitationFactory,
    MemberFactory,
    OfficialFactory,
    PostFactory,
    PrefectureFactory,
    RegionSetFactory,
    SiteFactory,
    SizeSnapshotFactory,
    TierTitleFactory,
    UserFactory,
    province,
)

ROLES = ("anonymous", "owner", "viewer", "other", "leader", "official", "elsewhere", "operator")
# Who may read what: by the side of the thing and by its audience. Nobody else, in no answer.
READERS: dict[str, frozenset[str]] = {
    "home-members": frozenset({"owner", "viewer", "operator"}),
    "home-owners": frozenset({"owner", "operator"}),
    "home-person": frozenset({"owner"}),
    "home-partner": frozenset({"owner", "viewer", "operator"}),
    "rival-members": frozenset({"other", "operator"}),
    "rival-owners": frozenset({"other", "operator"}),
    "rival-person": frozenset({"other"}),
    # Contacts of firms that have not accepted anything yet.
    "closed": frozenset({"operator"}),
    "home-verified": frozenset({"owner", "viewer", "other", "leader", "operator"}),
    "rival-verified": frozenset({"owner", "viewer", "other", "leader", "operator"}),
    "staff": frozenset({"operator"}),
}
# Who is sure to read it somewhere: what nobody is shown proves nothing by being absent elsewhere.
WITNESSES = {
    "owner": {"home-members", "home-owners", "home-person", "home-partner", "home-verified"},
    "viewer": {"home-members", "home-partner", "home-verified"},
    "other": {"rival-members", "rival-owners", "rival-person", "rival-verified", "home-verified"},
    "leader": {"home-verified"},
    "operator": {"home-members", "rival-members", "home-owners", "home-verified", "staff"},
}
CANARY = re.compile(r"canary-((?:home|rival)-[a-z]+|staff|closed)")
PDF = b"%PDF-1.4\n%%EOF\n"
PRODUCT = "深沟球轴承 6204"


def canary(audience: str) -> str:
    assert audience in READERS
    return f"canary-{audience}"


@dataclass
class Side:
    """What one firm has. Names are those that `tests.access.doors` refers to; values are what an address or a body
    needs: ids, codes, secrets."""

    name: str
    things: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, thing: str) -> Any:
        return self.things[thing]


@dataclass
class World:
    home: Side
    rival: Side
    people: dict[str, User | None]
    # What everybody may see, and reference data.
    common: Side

    def side_of(self, role: str) -> Side | None:
        return {"owner": self.home, "viewer": self.home, "other": self.rival}.get(role)


# Of each kind of thing the value that is nobody's.
MISSING: dict[str, Any] = {"slug": "no-such-thing", "code": "999999", "secret": "0" * 64, "key": "Mg:1abc:nothing"}
# Ids of the world start here, and have eight digits, so that they can be told from other figures of a page.
FIRST_ID = 71_000_000
NO_ID = 71_999_999


def build() -> World:
    """Everything; in the open transaction, committed nowhere."""
    _count_from(FIRST_ID)
    operator = UserFactory(operator=True, name="运营", email="operator@example.com")
    people: dict[str, User | None] = {
        "anonymous": None,
        "owner": UserFactory(name="甲", email="owner@example.com"),
        "viewer": UserFactory(name="乙", email="viewer@example.com"),
        "other": UserFactory(name="丙", email="other@example.com"),
        "leader": UserFactory(name="丁", email="leader@example.com"),
        "official": UserFactory(name="戊", email="official@example.com"),
        "elsewhere": UserFactory(name="己", email="elsewhere@example.com"),
        "operator": operator,
    }
    for user in filter(None, people.values()):
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    # One of them has a second factor.
    TOTP.activate(people["viewer"], "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(people["viewer"])
    here, there = province("四川"), province("江苏")
    kind = CertificateKindFactory(code="iso9001")
    common = _common(here, there)
    partners = [_partner("home", n) for n in range(4)] + [_partner("rival", n) for n in range(4)]
    home = Side("home")
    rival = Side("rival")
    for side, region, owner, viewer, mates in (
        (home, here, people["owner"], people["viewer"], partners[:4]),
        (rival, there, people["other"], None, partners[4:]),
    ):
        _firms(side, region=region, owner=owner, viewer=viewer)
        _holdings(side, region=region, kind=kind)
        _posts(side, owner=owner)
        _personal(side, owner=owner, operator=operator, sender=mates[3])
    home["firm"].blocked.add(rival["stranger"])
    rival["firm"].blocked.add(home["stranger"])
    home.things["blocked"], rival.things["blocked"] = rival["stranger"].pk, home["stranger"].pk
    _chains(home, rival, leader=people["leader"], operator=operator)
    matching.keep(post_ids=list(Post.objects.values_list("pk", flat=True)))
    matching.match_demands(list(Post.objects.demands().values_list("pk", flat=True)))
    _interests(home, mates=partners[:4])
    _interests(rival, mates=partners[4:])
    for side, region, role in ((home, here, "official"), (rival, there, "elsewhere")):
        post = OfficialFactory(user=people[role], region=region, appointed_by=operator)
        side.things |= {"region": region.pk, "official_post": post.pk}
    _staff(operator)
    for side in (home, rival):
        _dictionary(side, operator=operator)
    UserFactory(email=PERSONAS[0].email)
    Job.objects.create(kind="chains.rematch", state=Job.State.DONE, finished_at=timezone.now())
    for side in (home, rival):
        side.things = {name: _key(value) for name, value in side.things.items()}
    return World(home=home, rival=rival, people=people, common=common)


def _dictionary(side: Side, *, operator: User) -> None:
    """Rows of the dictionary, for operators alone; in force is the shipped core, so that all is matched by it."""
    entry = Entry(f"{side.name}件", "part", aliases=(f"{side.name}零件",))
    row = editing.create(by=operator, entry=entry, reason=canary("staff"))
    shipped = freezing.frozen_of(Dictionary.load())
    edition, _new = DictionaryEdition.objects.get_or_create(
        number=1,
        defaults={
            "version": shipped.dictionary.version,
            "content": shipped.to_bytes(),
            "concept_count": len(shipped.concepts),
            "alias_count": shipped.dictionary.alias_count,
            "note": canary("staff"),
        },
    )
    preview = DictionaryPreview.objects.create(
        base_version=edition.version,
        draft_version=edition.version,
        content=edition.content,
        asked_by=operator,
        result={
            "posts": {"looked_at": 1, "changed": 1, "examples": [[side["wanted"].pk, [], []]]},
            **dict.fromkeys(("demands", "appear", "disappear", "move"), 0),
            "details": [],
        },
        finished_at=timezone.now(),
    )
    record = DictionaryImport.objects.create(
        table="concepts",
        file_name=f"{canary('staff')}.csv",
        rows=[{"row": 2, "name": f"{side.name}轴", "kind": "part"}],
        reason=canary("staff"),
        asked_by=operator,
        checked_at=timezone.now(),
        report={"created": 1, "changed": 0, "unchanged": 0, "bad_rows": 0, "errors": []},
    )
    form = f"{side.name}新件"
    side.things |= {
        "concept": row,
        "alias": row.aliases.get(),
        "proposal": Concept.objects.create(name=form, surface=surface_key(form), kind="part", status="proposed"),
        "dictionary_change": AuditEntry.objects.filter(action="dictionary.concept_created").latest("id"),
        "dictionary_preview": preview,
        "dictionary_import": record,
        "heir": row.name,
    }


def _count_from(number: int) -> None:
    """ALTER, unlike setval, is undone with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema()")
        for (name,) in cursor.fetchall():
            if not name.startswith(("django_", "auth_")):
                cursor.execute(f'ALTER SEQUENCE "{name}" RESTART WITH {number}')


def _key(value: Any) -> Any:
    return getattr(value, "pk", value)


def _common(here: Region, there: Region) -> Side:
    city = PrefectureFactory(parent=here, code="510700", name="绵阳市", short_name="绵阳")
    region_set = RegionSetFactory(regions=[here, there], slug="test-strategy")
    industry = IndustryFactory(code="3451")
    return Side(
        "common",
        {"region": here.pk, "city": city.pk, "region_set": region_set.slug, "industry": industry.pk},
    )


def _partner(side: str, number: int) -> dict[str, Any]:
    """A firm that answers the demand of one side; its contacts are nobody's business before it says yes."""
    word = {0: "asks and so shows itself", 2: canary("home-partner")}.get(number, canary("closed"))
    if side == "rival" and number == 2:
        word = canary("closed")
    firm = EnterpriseFactory(
        verified=True,
        owner=True,
        region=province("浙江"),
        name=f"伙伴{side}{number}有限公司",
        contact_name=word,
        contact_email=f"{word.split()[0]}@example.com",
    )
    product = "深沟球轴承 6204" if side == "home" else "电池级碳酸锂"
    return {"firm": firm, "offer": PostFactory(published=True, enterprise=firm, product=product)}


def _firms(side: Side, *, region: Region, owner: Any, viewer: Any) -> None:
    """The firm, and one firm in each other state that a page may be about; all of the same people."""
    secret = canary(f"{side.name}-members")
    secrets = {
        "contact_name": secret,
        "contact_email": f"{secret}@example.com",
        "address": secret,
        "field_visibility": {"address": "members", "founded_on": "members"},
        "region": region,
    }
    people = {"owner": owner, "viewer": viewer}
    side.things["firm"] = EnterpriseFactory(verified=True, name=f"{side.name}机械有限公司", **secrets, **people)
    for state in ("filled", "submitted", "checking", "needs_info", "rejected", "suspended"):
        name = f"{secret}-{state}有限公司"
        side.things[state] = EnterpriseFactory(**{state: True}, name=name, **secrets, **people)
    # Also public, and so without a secret in the name.
    side.things["recheck_due"] = EnterpriseFactory(
        recheck_due=True, name=f"{side.name}复核有限公司", **secrets, **people
    )
    side.things["stranger"] = EnterpriseFactory(verified=True, owner=True, name=f"{side.name}路人有限公司")
    VerificationEvent.objects.create(
        enterprise=side["needs_info"], kind=VerificationEvent.Kind.NEEDS_INFO, note=secret, by=None
    )


def _holdings(side: Side, *, region: Region, kind: Any) -> None:
    firm = side["firm"]
    secret, known = canary(f"{side.name}-members"), canary(f"{side.name}-verified")
    mate = MemberFactory(enterprise=firm, role=Member.Role.EDITOR, user=UserFactory(name=secret))
    side.things |= {
        "site": SiteFactory(enterprise=firm, region=region, name=known, address=known),
        "title": TierTitleFactory(enterprise=firm),
        "certificate": CertificateFactory(enterprise=firm, kind=kind),
        "member": mate,
        "invitation": InvitationFactory(enterprise=firm, email=f"{canary(f'{side.name}-owners')}@example.com"),
        "identity_change": IdentityChange.objects.create(
            enterprise=firm, name=secret, uscc=firm.uscc, org_type=firm.org_type, region=region, reason=secret
        ),
    }
    SizeSnapshotFactory(enterprise=firm)
    for name, of in (("draft_file", "filled"), ("submitted_file", "submitted")):
        row = VerificationFile(enterprise=side[of], title=secret)
        row.file.save("proof.pdf", ContentFile(PDF + secret.encode()))
        side.things[name] = row


def _posts(side: Side, *, owner: User) -> None:
    firm, secret = side["firm"], canary(f"{side.name}-members")
    hidden = {"enterprise": firm, "title": secret, "product": secret, "text": secret, "created_by": owner}
    wanted = "深沟球轴承 6204" if side.name == "home" else "电池级碳酸锂"
    side.things |= {
        "draft": PostFactory(product=f"{secret} 轴承", **{k: v for k, v in hidden.items() if k != "product"}),
        "review": PostFactory(status=Post.Status.REVIEW, **hidden),
        "hidden": PostFactory(
            published=True, visibility="invited", version=2, invited_firms=[side["stranger"]], **hidden
        ),
        "expired": PostFactory(expired=True, **hidden),
        "wanted": PostFactory(published=True, demand=True, enterprise=firm, product=wanted),
        "capability": CapabilityFactory(enterprise=firm, product=secret, visibility="invited"),
        "archived": CapabilityFactory(enterprise=firm, product=f"{secret}-old", archived_at=timezone.now()),
        "shown": CapabilityFactory(enterprise=firm),
    }
    side["hidden"].versions.create(version=1, content={"title": secret}, replaced_by=owner)


def _personal(side: Side, *, owner: User, operator: User, sender: dict[str, Any]) -> None:
    """What belongs to the person, not to the firm."""
    own = canary(f"{side.name}-person")
    # Also the operator's: they help with jobs, claims and imports.
    seen = canary(f"{side.name}-owners")
    job = Job.objects.create(kind="enterprises.import_rows", owner=owner, stage=seen, result={"ignored": [seen]})
    parked = Job.objects.create(
        kind="enterprises.import_rows",
        owner=owner,
        state=Job.State.PARKED,
        error=canary("staff"),
        finished_at=timezone.now(),
    )
    run = ImportRun(
        kind=ImportRun.Kind.POSTS, enterprise=side["firm"], file_name=f"{seen}.csv", started_by=owner, job=parked,
        row_count=2, ok_count=1, error_count=1, errors=[{"row": 3, "field": "单位", "message": seen}],
        finished_at=timezone.now(),
    )  # fmt: skip
    run.file.save("rows.csv", ContentFile(b"x"), save=False)
    run.errors_file.save("errors.csv", ContentFile(seen.encode()), save=False)
    run.save()
    claim = ClaimFactory(enterprise=side["stranger"], claimant=owner, evidence=seen)
    claim.file.save("claim.pdf", ContentFile(PDF + seen.encode()))
    link = Invitation(
        enterprise=sender["firm"], email=owner.email, role=Member.Role.VIEWER,
        expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip
    link.digest = _digest(secret_of(link))
    link.save()
    side.things |= {
        "job": job,
        "parked": parked,
        "run": run,
        "claim": claim,
        "secret": secret_of(link),
        "notice": Notice.objects.create(user=owner, kind="test", text="%(word)s", values={"word": own}, url="/"),
        "token": ApiToken.objects.create(user=owner, name=own, prefix="xl_x", digest=f"{side.name:0>64}"),
    }


def _chains(home: Side, rival: Side, *, leader: Any, operator: User) -> None:
    """The leader's firm leads the home chain; another firm the rival one. Chains are public, leaders' desks are not."""
    for side, owner in ((home, leader), (rival, True)):
        firm = EnterpriseFactory(verified=True, owner=owner, name=f"{side.name}链主有限公司", region=province("广东"))
        chain = Chain.objects.create(slug=f"{side.name}-chain", name=f"{side.name}链")
        nodes = [
            Node.objects.create(chain=chain, slug=f"n{n}", name=f"环节{n}", layer=n, terms=["轴承"]) for n in range(2)
        ]
        Link.objects.create(
            upstream=nodes[0], downstream=nodes[1], evidence="公告", source="年报", observed_on=timezone.localdate(),
            status=Link.Status.APPROVED,
        )  # fmt: skip
        # Evidence that has since been hidden: the firm may be named, its post may not.
        NodeMembership.objects.create(node=nodes[0], enterprise=side["firm"], evidence_post=side["hidden"])
        lead = Leadership.objects.create(chain=chain, enterprise=firm, appointed_by=operator, basis=canary("staff"))
        side.things |= {"chain": chain, "slug": chain.slug, "node": nodes[0], "leadership": lead}
        PostFactory(published=True, demand=True, enterprise=firm, product="伺服电机")


def _interests(side: Side, *, mates: list[dict[str, Any]]) -> None:
    """One asked of us, one sent by us, one accepted (of the home side only), and a match that nobody spoke about."""
    firm, secret = side["firm"], canary(f"{side.name}-members")
    found = {m.supply_id: m for m in Match.objects.live().filter(demand=side["wanted"])}
    asked, sent, accepted, free = (found[mate["offer"].pk] for mate in mates)
    common = {"message": secret}
    side.things |= {
        "interest_in": Interest.objects.create(match=asked, sender=mates[0]["firm"], receiver=firm, **common),
        "interest_out": Interest.objects.create(match=sent, sender=firm, receiver=mates[1]["firm"], **common),
        "match": free,
        "offer": mates[3]["offer"],
    }
    if side.name == "home":
        Interest.objects.create(
            match=accepted, sender=firm, receiver=mates[2]["firm"], state=Interest.State.ACCEPTED,
            answered_at=timezone.now(), **common,
        )  # fmt: skip


def _staff(operator: User) -> None:
    audit.record(action="post.approved", actor=operator, reason=canary("staff"))


def canaries(text: str) -> Iterator[str]:
    return (found[1] for found in CANARY.finditer(text))
