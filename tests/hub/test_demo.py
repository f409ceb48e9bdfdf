"""The demo: its content is sound, the same for the same seed, loads once, and keeps what its log-in cards promise."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from chains import matching
from chains.models import Chain, Interest, Leadership, Link, Match, Node
from enterprises import posting, uscc
from enterprises.models import Enterprise, Factor, IndustryClass, Member, Post, Unit
from enterprises.posting import Level
from enterprises.reference import CERTIFICATE_KINDS, INDUSTRIES
from foundation.models import AuditEntry, Job, User
from foundation.tasks import drain
from hub.demo import catalogue, measuring, names, personas, places, story, world
from regions.models import Official
from regions.reference import DIVISIONS

LISTED = Path(__file__).resolve().parents[3] / "shared" / "data" / "listed" / "firms.csv"
TODAY = date(2026, 11, 24)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def make_world(*, seed: int = 1, count: int = 400) -> world.World:
    made = world.World(
        seed=seed,
        count=count,
        places=places.read_divisions(DIVISIONS),
        certificate_names={row["code"]: row["name"] for row in rows_of(CERTIFICATE_KINDS)},
        today=TODAY,
    )
    made.generate()
    story.tell(made)
    return made


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.VAR = tmp_path / "var"
    settings.INDEX_FOLDER = tmp_path / "index"
    matching.forget()
    yield
    matching.forget()


def work(*args: object) -> None:
    """What a worker does, here."""
    while drain("matching") or drain("bulk"):
        pass


@pytest.fixture(scope="module")
def full_world() -> world.World:
    return make_world(count=2000)


def load(**options: Any) -> str:
    out = io.StringIO()
    call_command("load_demo", stdout=out, **{"firms": 200, **options})
    return out.getvalue()


# --- content ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("chain", catalogue.chains(), ids=lambda c: c.key)
def test_a_chain_has_enough_nodes_each_with_products_and_both_names(chain: catalogue.Chain) -> None:
    assert 12 <= len(chain.nodes) <= 25
    assert chain.name_en
    assert chain.summary_en
    for node in chain.nodes:
        assert node.name_en, node.key
        assert 3 <= len(node.products) <= 12, node.key
        assert node.home, node.key
        assert node.trades, node.key
        assert node.certificates, node.key


@pytest.mark.parametrize("chain", catalogue.chains(), ids=lambda c: c.key)
def test_links_run_from_lower_to_higher_layers(chain: catalogue.Chain) -> None:
    layers = chain.layers()
    assert min(layers.values()) == 0
    assert all(layers[up.key] < layers[down.key] for up, down in chain.links())
    linked = {node.key for pair in chain.links() for node in pair}
    assert linked == {node.key for node in chain.nodes}


def test_codes_units_and_certificates_of_the_content_exist() -> None:
    codes = {row["code"] for row in rows_of(INDUSTRIES) if row["level"] == "4"}
    kinds = {row["code"] for row in rows_of(CERTIFICATE_KINDS)}
    nodes = [node for chain in catalogue.chains() for node in chain.nodes]
    assert {node.code for node in nodes} <= codes
    assert {offer.code for offer in catalogue.offers()} <= codes
    assert {kind for node in nodes for kind in node.certificates} <= kinds
    products = [p for node in nodes for p in node.products] + [o.product for o in catalogue.offers()]
    assert {p.unit for p in products} <= set(Unit.values)
    for product in products:
        assert 0 < product.capacity[0] <= product.capacity[1], product.name
        assert product.price[0] <= product.price[1], product.name
        assert product.models, product.name


def test_every_factor_and_every_kind_of_organisation_is_there(full_world: world.World) -> None:
    posts = [post for firm in full_world.firms for post in firm.posts]
    for direction in ("supply", "demand"):
        assert {post.factor for post in posts if post.direction == direction} == set(Factor.values)
    assert {firm.org_type for firm in full_world.firms} == set(Enterprise.OrgType.values)


# --- generator -------------------------------------------------------------------------------------


def test_the_full_demo_covers_all_provinces_with_thousands_of_posts(full_world: world.World) -> None:
    firms = full_world.firms
    assert len(firms) >= 2000
    by_province = [sum(f.place.province == prefix for f in firms) for prefix in places.PROVINCES]
    assert len(by_province) == 31
    assert min(by_province) >= 5
    posts = [post for firm in firms for post in firm.posts]
    assert len(posts) >= 6000
    assert min(sum(p.direction == d for p in posts) for d in ("supply", "demand")) > 2500
    assert {firm.chain for firm in firms if firm.chain} == set(catalogue.CHAINS)


def test_the_same_seed_makes_the_same_world_and_another_seed_another() -> None:
    one, same, other = make_world(seed=7), make_world(seed=7), make_world(seed=8)
    assert one.firms == same.firms
    assert {f.name for f in one.firms} != {f.name for f in other.firms}


def test_names_and_codes_are_unique(full_world: world.World) -> None:
    firms = full_world.firms
    assert len({f.name for f in firms}) == len(firms)
    assert len({f.uscc for f in firms}) == len(firms)
    assert len({f.key for f in firms}) == len(firms)


def test_check_digits_are_right_but_for_a_few_that_wait_for_verification(full_world: world.World) -> None:
    found = {firm.key: uscc.examine(firm.uscc) for firm in full_world.firms}
    assert all(finding.is_usable for finding in found.values())
    wrong = [firm for firm in full_world.firms if found[firm.key].is_doubtful]
    assert 3 <= len(wrong) <= 80
    assert {firm.status for firm in wrong} == {"submitted"}
    assert all(not firm.uscc_right for firm in wrong)


@pytest.mark.skipif(not LISTED.exists(), reason="needs ../shared/data/listed/firms.csv")
def test_no_firm_bears_the_name_of_a_real_listed_firm(full_world: world.World) -> None:
    real = {row["full_name"] for row in rows_of(LISTED)} | {row["short_name"] for row in rows_of(LISTED)}
    assert not real & {firm.name for firm in full_world.firms}
    assert not real & {firm.short_name for firm in full_world.firms}


def test_no_brand_is_that_of_a_well_known_firm(full_world: world.World) -> None:
    known = [word for word in names.AVOID if len(word) == 2]
    makers = [f for f in full_world.firms if f.org_type == "enterprise"]
    assert not [f.short_name for f in makers if f.short_name[:2] in known]


def test_only_posts_in_review_hold_contact_data_and_none_repeats_an_own_one(full_world: world.World) -> None:
    for firm in full_world.firms:
        marks = [(post.direction, post.product) for post in firm.posts]
        assert len(set(marks)) == len(marks), firm.name
        for post in firm.posts:
            found = posting.contact_data(f"{post.title} {post.text}")
            # Only what waits for review gives the operator something to find.
            assert bool(found) == (post.status == "review"), post.title
            assert len(post.title) <= 120
            assert len(post.product) <= 120


def test_demands_are_worded_in_many_ways(full_world: world.World) -> None:
    demands = [p for f in full_world.firms for p in f.posts if p.direction == "demand" and p.factor == "product"]
    by_alias = {a for c in catalogue.chains() for n in c.nodes for p in n.products for a in p.aliases}
    proper = {p.name for c in catalogue.chains() for n in c.nodes for p in n.products}
    assert sum(p.product in proper for p in demands) > 300
    assert sum(p.product in by_alias for p in demands) > 200
    assert sum(p.title.startswith("Sourcing ") for p in demands) > 100
    assert sum(bool(p.certificates) for p in demands) > 300
    assert sum(p.deliver_by is not None for p in demands) > 1000


@pytest.mark.parametrize(
    ("name", "word"),
    [("绵阳市", "绵阳"), ("阿坝藏族羌族自治州", "阿坝"), ("大兴安岭地区", "大兴安岭"), ("锡林郭勒盟", "锡林郭勒")],
)
def test_a_city_is_called_as_people_call_it(name: str, word: str) -> None:
    assert places.city_word(name) == word


# --- loading ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_loading_twice_says_that_it_is_there_and_adds_nothing() -> None:
    assert "演示数据已装好" in load()
    counts = (Enterprise.objects.count(), Post.objects.count(), User.objects.count(), AuditEntry.objects.count())
    assert "已经装好" in load(seed=2)
    assert counts == (
        Enterprise.objects.count(),
        Post.objects.count(),
        User.objects.count(),
        AuditEntry.objects.count(),
    )


@pytest.mark.django_db
def test_it_refuses_outside_the_demo_and_when_forced_lets_nobody_in(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="不是演示环境"):
        load()
    assert not Enterprise.objects.exists()
    load(force=True)
    assert Enterprise.objects.exists()
    assert not any(user.has_usable_password() for user in User.objects.all())


@pytest.mark.django_db
def test_the_log_ins_are_left_for_the_launcher(tmp_path: Path) -> None:
    load()
    accounts = json.loads((tmp_path / "var" / "demo-accounts.json").read_text(encoding="utf-8"))
    assert [row["email"] for row in accounts] == [p.email for p in personas.PERSONAS]
    for row in accounts:
        assert User.objects.get(email=row["email"]).check_password(row["password"])


@pytest.mark.django_db
def test_every_loaded_post_would_pass_the_checks_before_publishing() -> None:
    load()
    for post in Post.objects.select_related("enterprise").prefetch_related("certificates"):
        if post.status in (*Post.OPEN_STATES, Post.Status.DRAFT):
            errors = [f for f in posting.examine(post) if f.level is Level.ERROR]
            assert not errors, (post.title, errors)


@pytest.mark.django_db
def test_open_posts_belong_to_public_firms_and_the_chains_have_evidence() -> None:
    load()
    assert not Post.objects.open().exclude(enterprise__status__in=Enterprise.PUBLIC_STATES).exists()
    assert Chain.objects.count() == 10
    assert Node.objects.filter(terms=[]).count() == 0
    assert Link.objects.filter(status="approved").count() == Link.objects.count() > 150
    assert not Link.objects.exclude(evidence__startswith="示例数据").exists()
    assert IndustryClass.objects.filter(pk__in=Node.objects.values("industries")).exists()


@pytest.mark.django_db
def test_the_five_people_stand_where_their_cards_say() -> None:
    load()
    people = {p.key: User.objects.get(email=p.email) for p in personas.PERSONAS}
    sme = Enterprise.objects.get(members__user=people["sme"])
    assert (sme.name, sme.region_id, sme.status) == ("绵阳砺衡精密轴承有限公司", "510703", "verified")
    partner = Enterprise.objects.get(members__user=people["partner"])
    assert (partner.name, partner.region_id, partner.status) == ("苏州钧朗精密传动有限公司", "320505", "verified")
    leader = Leadership.objects.active_for(people["leader"]).get()
    assert leader.chain.slug == story.CHAIN
    assert leader.enterprise.region_id == "440606"
    assert Official.objects.active_for(people["official"]).get().region_id == "510000"
    assert people["operator"].is_operator
    assert not any(people[key].is_operator for key in ("sme", "partner", "leader", "official"))
    assert Member.objects.filter(user=people["sme"]).get().role == Member.Role.OWNER


# --- matched by the worker ---------------------------------------------------------------------------


def provinces_of_partners(key: str, *, direction: str, product: str) -> set[str]:
    """Where the good partners of a story firm's post are."""
    mine, other = ("demand", "supply") if direction == "demand" else ("supply", "demand")
    rows = Match.objects.live().filter(
        **{f"{mine}__enterprise__external_id": key, f"{mine}__product__contains": product, "is_strong": True}
    )
    return {code[:2] for code in rows.values_list(f"{other}__enterprise__region_id", flat=True)}


@pytest.mark.django_db
def test_loading_leaves_one_job_and_the_worker_finds_the_partners_that_the_cards_promise() -> None:
    load()
    job = Job.objects.get()
    assert (job.kind, job.state, job.owner) == ("chains.rematch", "queued", User.objects.get(name="沈协"))
    assert not Match.objects.exists()
    work()
    assert not Job.objects.live().exists()
    # 绵阳: buyers in 江苏, 浙江, 陕西; steel from 山东 and 江苏.
    assert provinces_of_partners(story.SME, direction="supply", product="轴承") >= {"32", "33", "61"}
    assert provinces_of_partners(story.SME, direction="demand", product="轴承钢") >= {"37", "32"}
    assert provinces_of_partners(story.LEADER, direction="demand", product="谐波减速器") >= {"32"}


@pytest.mark.django_db
def test_the_partner_answers_the_bearing_makers_interest(client: Client) -> None:
    load()
    work()
    match = Match.objects.live().get(
        demand__enterprise__external_id=story.PARTNER,
        demand__product__contains="柔性轴承",
        supply__enterprise__external_id=story.SME,
        is_strong=True,
    )
    client.post("/demo/enter/", {"as": "sme"})
    client.post(f"/recommendations/{match.pk}/interest/", {"message": "可送样 20 套。"})
    interest = Interest.objects.get(match=match)
    client.post("/demo/enter/", {"as": "partner"})
    page = client.get(f"/interests/{interest.pk}/").content.decode()
    assert "可送样 20 套。" in page
    client.post(f"/interests/{interest.pk}/accept/", {"answer": "欢迎来苏州"})
    interest.refresh_from_db()
    assert interest.state == Interest.State.ACCEPTED


@pytest.mark.django_db
def test_the_figures_are_measured_through_the_real_door_and_the_probes_withdrawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load()
    monkeypatch.setattr(measuring.time, "sleep", work)
    before = Post.objects.open().count()
    out = io.StringIO()
    call_command("demo_figures", json=True, posts=3, stdout=out, stderr=io.StringIO())
    found = json.loads(out.getvalue())
    assert found["firms"] == Enterprise.objects.listed().count()
    assert found["posts"] == before == Post.objects.open().count()
    assert 0 < found["matched"] <= found["demands"]
    assert 0 < found["cross_province_share"] <= 1
    assert 0 < found["publish_to_match_p50_ms"] <= found["p95_ms"]
    probes = Post.objects.filter(source=measuring.SOURCE)
    assert probes.count() == 3
    assert set(probes.values_list("status", flat=True)) == {"withdrawn"}


@pytest.mark.django_db
def test_without_a_worker_the_figures_say_so_and_leave_no_probe_open(monkeypatch: pytest.MonkeyPatch) -> None:
    load()
    monkeypatch.setattr(measuring, "SETTLE_SECONDS", 0.1)
    with pytest.raises(CommandError, match="工作进程"):
        call_command("demo_figures", json=True, posts=2, stdout=io.StringIO(), stderr=io.StringIO())
    work()
    monkeypatch.setattr(measuring, "WAIT_SECONDS", 0.1)
    with pytest.raises(CommandError, match="工作进程"):
        call_command("demo_figures", json=True, posts=2, stdout=io.StringIO(), stderr=io.StringIO())
    assert not Post.objects.open().filter(source=measuring.SOURCE).exists()


@pytest.mark.django_db
def test_half_a_market_has_no_figures() -> None:
    load()
    work()
    assert not Job.objects.filter(state=Job.State.PARKED).exists()
    Job.objects.create(kind="chains.rematch_chunk", state=Job.State.PARKED, finished_at=timezone.now())
    with pytest.raises(CommandError, match="多次失败"):
        call_command("demo_figures", json=True, posts=2, stdout=io.StringIO(), stderr=io.StringIO())


@pytest.mark.django_db
def test_an_empty_market_has_no_figures() -> None:
    with pytest.raises(CommandError, match="请先装入演示数据"):
        call_command("demo_figures", json=True, posts=2, stdout=io.StringIO(), stderr=io.StringIO())
