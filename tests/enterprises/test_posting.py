"""A post from draft to end: what each step does, and what it refuses."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from enterprises import events, posting
from enterprises.models import Enterprise, Post, PostVersion
from foundation.errors import RefusedError
from foundation.models import AuditEntry, Job, Notice, User
from foundation.tasks import periodic
from tests.factories import (
    CapabilityFactory,
    CertificateKindFactory,
    EnterpriseFactory,
    PostFactory,
    UserFactory,
    owner_of,
    province,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm() -> Enterprise:
    return EnterpriseFactory(verified=True, owner=True)


@pytest.fixture
def owner(firm) -> User:
    return owner_of(firm)


@pytest.fixture
def heard():
    """Names and post ids of the events sent."""
    log: list[tuple[str, list[int]]] = []
    kept = []
    for name in ("posts_published", "posts_changed", "posts_ended"):

        def receive(sender, post_ids, name=name, **kwargs):
            log.append((name, post_ids))

        getattr(events, name).connect(receive)
        kept.append(receive)
    yield log
    for name, receive in zip(("posts_published", "posts_changed", "posts_ended"), kept, strict=True):
        getattr(events, name).disconnect(receive)


def draft(firm, owner, **content):
    given = {"direction": "demand", "product": "磷酸铁锂正极材料", "quantity": Decimal(500), "unit": "t", **content}
    return posting.save_draft(by=owner, enterprise=firm, **given)


def published(firm, owner, **content):
    return posting.publish(post=draft(firm, owner, **content), by=owner)


def refused(code, field="", **call):
    (function,) = [call.pop("by_doing")]
    with pytest.raises(RefusedError) as refusal:
        function(**call)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_a_draft_is_published_for_ninety_days(firm, owner, heard):
    post = draft(firm, owner, certificates=[CertificateKindFactory()], delivery_region=province("四川"))
    assert (post.status, post.title, heard) == ("draft", "磷酸铁锂正极材料", [])
    post = posting.publish(post=post, by=owner)
    assert post.status == "published"
    assert post.expires_on == timezone.localdate() + timedelta(days=90)
    assert heard == [("posts_published", [post.pk])]
    assert list(Post.objects.open()) == [post]
    assert AuditEntry.objects.filter(action="post.published", target_id=str(post.pk), actor=owner).exists()


def test_a_draft_is_written_over_until_it_is_published(firm, owner):
    post = draft(firm, owner)
    again = posting.save_draft(by=owner, enterprise=firm, direction="supply", product="电解液", post=post)
    assert (again.pk, again.product, again.direction) == (post.pk, "电解液", "supply")
    posting.publish(post=post, by=owner)
    refused(
        "not_a_draft",
        by_doing=posting.save_draft,
        by=owner,
        enterprise=firm,
        direction="supply",
        product="x",
        post=post,
    )


@pytest.mark.parametrize("status", ["draft", "submitted", "needs_info", "rejected", "suspended"])
def test_only_verified_firms_publish(status):
    trait = {} if status == "draft" else {status: True}
    firm = EnterpriseFactory(owner=True, **trait)
    post = draft(firm, owner_of(firm))
    refused("firm_not_verified", by_doing=posting.publish, post=post, by=owner_of(firm))
    assert Post.objects.get().status == "draft"


def test_a_firm_due_for_recheck_may_go_on(heard):
    firm = EnterpriseFactory(recheck_due=True, owner=True)
    assert published(firm, owner_of(firm)).is_open


def test_viewers_strangers_and_operators_do_not_write_for_a_firm(firm, owner):
    viewer, stranger, operator = UserFactory(), UserFactory(), UserFactory(operator=True)
    firm.members.create(user=viewer, role="viewer")
    post = published(firm, owner)
    for person in (viewer, stranger, operator):
        refused("not_allowed", by_doing=draft, firm=firm, owner=person)
        refused("not_allowed", by_doing=posting.edit, post=post, by=person, product="别的")
        refused("not_allowed", by_doing=posting.renew, post=post, by=person, still_holds=True)
        refused("not_allowed", by_doing=posting.mark_fulfilled, post=post, by=person)
        refused("not_allowed", by_doing=posting.duplicate, post=post, by=person)
    for person in (viewer, stranger):
        refused("not_allowed", by_doing=posting.withdraw, post=post, by=person, reason="x")


def test_a_post_cannot_point_to_the_capability_of_another_firm(firm, owner):
    refused("not_allowed", "capability", by_doing=draft, firm=firm, owner=owner, capability=CapabilityFactory())


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        ({"unit": ""}, "unit_missing", "unit"),
        ({"quantity": Decimal(0)}, "quantity_not_positive", "quantity"),
        ({"price_low": Decimal(9), "price_high": Decimal(3)}, "price_band_reversed", "price_low"),
    ],
)
def test_what_the_database_would_refuse_is_refused_in_words_even_in_a_draft(firm, owner, content, code, field):
    refused(code, field, by_doing=draft, firm=firm, owner=owner, **content)


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        ({"product": "—"}, "product_unclear", "product"),
        ({"quantity": Decimal("1.5"), "unit": "pc"}, "quantity_not_whole", "quantity"),
        ({"deliver_by": timezone.localdate() - timedelta(days=1)}, "date_past", "deliver_by"),
        ({"price_low": Decimal(0)}, "price_not_positive", "price_low"),
        ({"minimum_order": Decimal(-1)}, "minimum_not_positive", "minimum_order"),
        ({"visibility": "invited"}, "nobody_invited", "invited_firms"),
    ],
)
def test_a_draft_may_be_wrong_but_does_not_go_out(firm, owner, content, code, field):
    post = draft(firm, owner, **content)
    refused(code, field, by_doing=posting.publish, post=post, by=owner)


def test_the_same_post_twice_is_refused_and_a_like_one_is_mentioned(firm, owner):
    first = published(firm, owner)
    copy = draft(firm, owner, product="磷酸铁锂 正极材料")
    refused("duplicate", "product", by_doing=posting.publish, post=copy, by=owner)
    other = draft(firm, owner, quantity=Decimal(20))
    assert [(f.code, f.post_id) for f in posting.examine(other)] == [("similar", first.pk)]
    assert posting.publish(post=other, by=owner).is_open
    supply = draft(firm, owner, direction="supply")
    assert posting.publish(post=supply, by=owner).is_open
    someone = EnterpriseFactory(verified=True, owner=True)
    assert published(someone, owner_of(someone)).is_open


@pytest.mark.parametrize(
    "text",
    [
        "请联系 13812345678 张工",
        "电话：138-1234-5678",
        "手机+86 138 1234 5678",
        "座机 028-85551234",
        "服务热线 400-820-1234",
        "邮箱 sales@example.com",
        "sales(at)example.com.cn",
        "加微信 abc_12345",
        "VX：lixiansheng88",
        "QQ 123456789",
        "详见 https://shop.example.com/x",
        "官网 www.example.cn",
        "登录 example.com.cn 查看",
        "１３８１２３４５６７８",
    ],
)
def test_contact_data_sends_a_post_to_review(firm, owner, heard, text):
    post = published(firm, owner, text=text)
    assert post.status == "review"
    assert not post.is_open
    assert heard == []
    assert "contact_data" in [f.code for f in posting.examine(post)]


@pytest.mark.parametrize(
    "text",
    [
        "GB/T 3077-2015 合金结构钢，规格 20×2.5 mm，公差 ±0.02",
        "型号 6204-2RS，年需 138000 套，2026.12 前交付",
        "容量 280Ah，循环 6000 次，电压 3.2V，尺寸 174×72×207",
        "执行 IEC 62133、UN38.3；批号 20261123-0001",
        "LiPF6 纯度 99.95%，水分≤10ppm，HF≤30ppm",
        "USCC 91110000600037341L",
        "采用 ASP.NET 与 Node.js 开发",
        "含税价 12,345.67 元/吨，账期 30 天",
    ],
)
def test_technical_text_is_no_contact_data(text):
    assert posting.contact_data(text) == []


def test_an_operator_approves_what_was_in_review(firm, owner, heard):
    post = published(firm, owner, text="微信 abc12345")
    operator = UserFactory(operator=True)
    refused("not_allowed", by_doing=posting.approve, post=post, by=owner)
    refused("in_review", by_doing=posting.edit, post=post, by=owner, product="别的")
    post = posting.approve(post=post, by=operator)
    assert post.is_open
    assert heard == [("posts_published", [post.pk])]
    assert Notice.objects.filter(user=owner, kind="post.approved").count() == 1
    refused("not_in_review", by_doing=posting.approve, post=post, by=operator)


def test_an_operator_rejects_with_a_reason_and_the_firm_mends_it(firm, owner):
    post = published(firm, owner, text="微信 abc12345")
    operator = UserFactory(operator=True)
    refused("reason_missing", "reason", by_doing=posting.reject, post=post, by=operator, reason=" ")
    posting.reject(post=post, by=operator, reason="请删去微信号")
    assert Notice.objects.get(user=owner).values["reason"] == "请删去微信号"
    post = posting.edit(post=post, by=owner, text="面议")
    assert posting.publish(post=post, by=owner).is_open


def test_a_firm_takes_back_what_is_in_review(firm, owner):
    post = published(firm, owner, text="微信 abc12345")
    assert posting.take_back(post=post, by=owner).status == "draft"
    refused("not_in_review", by_doing=posting.take_back, post=post, by=owner)
    posting.discard(post=post, by=owner)
    assert not Post.objects.exists()


def test_a_material_edit_makes_a_version_and_a_trivial_one_does_not(firm, owner, heard):
    post = published(firm, owner, text="用于动力电池，压实密度 ≥ 2.5")
    heard.clear()
    post = posting.edit(post=post, by=owner, text="用于动力电池， 压实密度≥2.5。")
    assert (post.version, heard) == (1, [])
    post = posting.edit(post=post, by=owner, title="采购：磷酸铁锂正极材料")
    assert (post.version, heard) == (1, [("posts_changed", [post.pk])])
    heard.clear()
    post = posting.edit(post=post, by=owner, quantity=Decimal(800), certificates=[CertificateKindFactory()], version=1)
    assert (post.version, heard) == (2, [("posts_changed", [post.pk])])
    old = PostVersion.objects.get(post=post)
    assert (old.version, old.content["quantity"], old.content["certificates"]) == (1, "500", [])
    refused("changed_meanwhile", by_doing=posting.edit, post=post, by=owner, quantity=Decimal(1), version=1)


def test_an_edit_that_adds_contact_data_leaves_the_market(firm, owner, heard):
    post = published(firm, owner)
    heard.clear()
    post = posting.edit(post=post, by=owner, text="微信 abc12345")
    assert post.status == "review"
    assert heard == [("posts_ended", [post.pk])]


def test_what_an_operator_approved_stays_when_something_else_is_edited(firm, owner):
    post = published(firm, owner, text="微信 abc12345")
    posting.approve(post=post, by=UserFactory(operator=True))
    assert posting.edit(post=post, by=owner, quantity=Decimal(7)).is_open


def test_an_edit_that_breaks_a_rule_changes_nothing(firm, owner):
    post = published(firm, owner)
    kind = CertificateKindFactory()
    refused(
        "unit_missing", "unit", by_doing=posting.edit, post=post, by=owner, unit="", certificates=[kind], product="别的"
    )
    post.refresh_from_db()
    assert (post.unit, post.product, post.certificates.count()) == ("t", "磷酸铁锂正极材料", 0)


def test_renewal_needs_a_confirmation_and_gives_ninety_days(firm, owner, heard):
    post = published(firm, owner)
    Post.objects.update(expires_on=timezone.localdate() + timedelta(days=2))
    heard.clear()
    refused("not_confirmed", "still_holds", by_doing=posting.renew, post=post, by=owner, still_holds=False)
    post = posting.renew(post=post, by=owner, still_holds=True)
    assert post.expires_on == timezone.localdate() + timedelta(days=90)
    assert heard == [("posts_changed", [post.pk])]


def test_an_expired_post_comes_back_within_thirty_days(firm, owner, heard):
    post = PostFactory(enterprise=firm, expired=True)
    assert posting.renew(post=post, by=owner, still_holds=True).is_open
    assert heard == [("posts_published", [post.pk])]
    old = PostFactory(enterprise=firm, expired=True, expires_on=timezone.localdate() - timedelta(days=31))
    refused("cannot_renew", by_doing=posting.renew, post=old, by=owner, still_holds=True)


def test_a_post_whose_delivery_date_has_passed_is_mended_before_renewal(firm, owner):
    post = published(firm, owner, deliver_by=timezone.localdate())
    Post.objects.update(deliver_by=timezone.localdate() - timedelta(days=1))
    refused("date_past", "deliver_by", by_doing=posting.renew, post=post, by=owner, still_holds=True)
    posting.edit(post=post, by=owner, deliver_by=timezone.localdate() + timedelta(days=9))
    assert posting.renew(post=post, by=owner, still_holds=True).is_open


def test_withdrawing_needs_a_reason_and_happens_once(firm, owner, heard):
    post = published(firm, owner)
    heard.clear()
    refused("reason_missing", "reason", by_doing=posting.withdraw, post=post, by=owner, reason="")
    post = posting.withdraw(post=post, by=owner, reason="项目取消")
    assert post.ended_at
    assert heard == [("posts_ended", [post.pk])]
    assert AuditEntry.objects.get(action="post.withdrawn").reason == "项目取消"
    for call in (posting.withdraw,):
        refused("not_open", by_doing=call, post=post, by=owner, reason="again")
    refused("not_open", by_doing=posting.mark_fulfilled, post=post, by=owner)
    refused("ended", by_doing=posting.edit, post=post, by=owner, product="别的")
    refused("cannot_renew", by_doing=posting.renew, post=post, by=owner, still_holds=True)
    refused("not_a_draft", by_doing=posting.publish, post=post, by=owner)


def test_an_operator_withdraws_and_the_firm_hears_why(firm, owner):
    post = published(firm, owner)
    posting.withdraw(post=post, by=UserFactory(operator=True), reason="涉嫌虚假信息")
    assert Notice.objects.get(user=owner, kind="post.withdrawn").values["reason"] == "涉嫌虚假信息"


def test_a_fulfilled_post_ends_and_its_copy_is_a_draft(firm, owner, heard):
    post = published(firm, owner, certificates=[CertificateKindFactory()])
    heard.clear()
    posting.mark_fulfilled(post=post, by=owner)
    assert heard == [("posts_ended", [post.pk])]
    copy = posting.duplicate(post=post, by=owner)
    assert (copy.status, copy.version, copy.published_at, copy.ended_at) == ("draft", 1, None, None)
    assert copy.certificates.count() == 1
    assert posting.publish(post=copy, by=owner).is_open


def test_matching_marks_posts_and_nothing_else(firm, owner):
    post, other = published(firm, owner), PostFactory(enterprise=firm)
    posting.note_matches(matched=[post.pk, other.pk])
    post.refresh_from_db()
    other.refresh_from_db()
    assert (post.status, other.status, post.is_open) == ("matched", "draft", True)
    posting.note_negotiating(post_ids=[post.pk])
    posting.note_matches(unmatched=[post.pk])
    post.refresh_from_db()
    assert post.status == "negotiating"


def test_posts_of_a_suspended_firm_leave_and_return_with_it(firm, owner, heard):
    post = published(firm, owner)
    PostFactory(enterprise=firm)
    heard.clear()
    posting.firm_left(enterprise_id=firm.pk)
    posting.firm_returned(enterprise_id=firm.pk)
    assert heard == [("posts_ended", [post.pk]), ("posts_published", [post.pk])]


def test_the_hour_warns_once_at_fourteen_and_at_three_days_then_ends(firm, owner, heard):
    from enterprises.tasks.posts import expire_posts

    class Run:
        def progress(self, **kwargs):
            pass

    def on_day(days):
        Post.objects.filter(status="published").update(expires_on=timezone.localdate() + timedelta(days=days))
        return expire_posts(Run())

    post = published(firm, owner)
    assert on_day(15) == {"expired": 0, "warned": 0}
    assert Notice.objects.count() == 0
    on_day(14)
    expire_posts(Run())
    assert Notice.objects.filter(user=owner, kind="post.expiring").count() == 1
    on_day(3)
    expire_posts(Run())
    assert Notice.objects.filter(user=owner, kind="post.expiring").count() == 2
    heard.clear()
    assert on_day(0)["expired"] == 1
    assert heard == [("posts_ended", [post.pk])]
    assert Notice.objects.filter(user=owner, kind="post.expired").count() == 1


def test_the_hourly_tick_asks_for_the_sweep_once():
    for _again in range(2):
        periodic.send(sender=None, window="hourly", at=timezone.now())
        periodic.send(sender=None, window="nightly", at=timezone.now())
    assert Job.objects.filter(kind="enterprises.expire_posts").count() == 1


def test_an_operator_decides_on_no_post_of_an_own_firm(firm, owner):
    post = published(firm, owner, text="请联系 13800138000")
    assert post.status == "review"
    User.objects.filter(pk=owner.pk).update(is_operator=True)
    colleague = User.objects.get(pk=owner.pk)
    for decide in (
        lambda: posting.approve(post=post, by=colleague),
        lambda: posting.reject(post=post, by=colleague, reason="不"),
    ):
        with pytest.raises(RefusedError) as refused:
            decide()
        assert refused.value.code == "own_firm"
    post.refresh_from_db()
    assert post.status == "review"
