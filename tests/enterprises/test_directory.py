"""企业名录 and public pages: what is listed, found, sorted, and shown to whom."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone

from enterprises import disclosure
from enterprises.disclosure import Viewer
from enterprises.models import Enterprise
from tests.factories import (
    CapabilityFactory,
    CertificateFactory,
    CertificateKindFactory,
    EnterpriseFactory,
    IndustryFactory,
    PostFactory,
    PrefectureFactory,
    RegionSetFactory,
    SiteFactory,
    SizeSnapshotFactory,
    TierTitleFactory,
    UserFactory,
    owner_of,
    province,
)

pytestmark = pytest.mark.django_db
_CHINESE = re.compile("[\u4e00-\u9fff]")

LIST = "/firms/"


def names(client, query=""):
    return [firm.name for firm in client.get(LIST + query).context["page_obj"]]


def test_the_directory_lists_verified_firms_by_pinyin(client):
    for name in ("西安电机有限公司", "成都轴承有限公司", "宁德电池有限公司"):
        EnterpriseFactory(verified=True, name=name)
    EnterpriseFactory(recheck_due=True, name="安徽铜业有限公司")
    for state in ("submitted", "suspended", "rejected"):
        EnterpriseFactory(**{state: True}, name=f"不在名录 {state}")
    assert names(client) == ["安徽铜业有限公司", "成都轴承有限公司", "宁德电池有限公司", "西安电机有限公司"]
    assert names(client, "?sort=-pinyin")[0] == "西安电机有限公司"
    assert "共 4 家" in client.get(LIST).content.decode()


@pytest.mark.parametrize(
    "text",
    ["宁德时代", "时代新能源", "ningdeshidai", "ning de shi", "宁德时代新能源股份有限公司", "CATL", "catl"],
)
def test_a_firm_is_found_by_part_pinyin_near_name_and_english(client, text):
    found = EnterpriseFactory(verified=True, name="宁德时代新能源科技股份有限公司", name_en="CATL")
    EnterpriseFactory(verified=True, name="先导智能装备有限公司")
    assert names(client, f"?q={text}") == [found.name]


def test_a_firm_is_found_by_its_code_where_that_is_public(client):
    firm = EnterpriseFactory(verified=True)
    hidden = EnterpriseFactory(verified=True, field_visibility={"uscc": "members"})
    assert names(client, f"?q={firm.uscc.lower()}") == [firm.name]
    assert names(client, f"?q={hidden.uscc}") == []


def test_filters_narrow_by_place_strategy_industry_kind_and_size(client):
    sichuan, chongqing, jiangsu = province("四川"), province("重庆"), province("江苏")
    city = PrefectureFactory(parent=sichuan)
    battery, bearing = IndustryFactory(code="3841"), IndustryFactory(code="3451")
    a = EnterpriseFactory(verified=True, name="甲", region=city, industry=battery, size_class="small")
    b = EnterpriseFactory(verified=True, name="乙", region=chongqing, industry=bearing, org_type="research")
    c = EnterpriseFactory(verified=True, name="丙", region=jiangsu, industry=battery)
    RegionSetFactory(slug="chengyu", regions=[sichuan, chongqing])
    assert names(client, f"?region={sichuan.code}") == [a.name]
    assert set(names(client, "?strategy=chengyu")) == {a.name, b.name}
    assert set(names(client, "?industry=38")) == {a.name, c.name}
    assert names(client, "?org_type=research") == [b.name]
    assert names(client, "?size=small") == [a.name]
    assert set(names(client, "?industry=C&strategy=chengyu")) == {a.name, b.name}


def test_only_titles_and_certificates_that_hold_today_count(client):
    today, day = timezone.localdate(), timedelta(days=1)
    good, bad = EnterpriseFactory(verified=True, name="甲"), EnterpriseFactory(verified=True, name="乙")
    TierTitleFactory(enterprise=good, expires_on=today)
    TierTitleFactory(enterprise=bad, expires_on=today - day)
    kind = CertificateKindFactory()
    CertificateFactory(enterprise=good, kind=kind, valid_to=today)
    CertificateFactory(enterprise=bad, kind=kind, valid_to=today - day)
    assert names(client, "?title=specialised") == ["甲"]
    assert names(client, "?certificate=iso9001") == ["甲"]


def test_a_hidden_field_cannot_be_found_out_by_filtering(client):
    hidden = EnterpriseFactory(
        verified=True,
        owner=True,
        size_class="small",
        field_visibility={"size": "verified", "titles": "members", "certificates": "members"},
    )
    TierTitleFactory(enterprise=hidden)
    CertificateFactory(enterprise=hidden)
    queries = ["?size=small", "?title=specialised", "?certificate=iso9001"]
    assert [names(client, q) for q in queries] == [[], [], []]
    client.force_login(owner_of(EnterpriseFactory(verified=True, owner=True)))
    assert [names(client, q) for q in queries] == [[hidden.name], [], []]
    client.force_login(owner_of(hidden))
    assert [names(client, q) for q in queries] == [[hidden.name]] * 3
    client.force_login(UserFactory(operator=True))
    assert [names(client, q) for q in queries] == [[hidden.name]] * 3


def full_firm(**visibility):
    firm = EnterpriseFactory(
        verified=True,
        owner=True,
        address="一环路南一段 24 号",
        website="https://firm.example.com",
        introduction="专做滚动轴承",
        founded_on="2009-09-09",
        contact_name="赵联系",
        contact_phone="028-11112222",
        contact_email="zhao@firm.example.com",
        size_class="small",
        field_visibility=visibility,
    )
    SiteFactory(enterprise=firm, name="双流工厂")
    TierTitleFactory(enterprise=firm)
    CertificateFactory(enterprise=firm, issuer="某认证中心")
    SizeSnapshotFactory(enterprise=firm, staff=76543)
    return firm


MARKS = {
    "uscc": None,
    "founded_on": "2009",
    "address": "一环路南一段",
    "website": "https://firm.example.com",
    "introduction": "专做滚动轴承",
    "size": "小型",
    "figures": "从业人员 76543 人",
    "titles": "专精特新",
    "certificates": "某认证中心",
    "sites": "双流工厂",
    "contact_name": "赵联系",
    "contact_phone": "028-11112222",
    "contact_email": "zhao@firm.example.com",
}


@pytest.mark.parametrize("name", list(disclosure.DEFAULTS))
@pytest.mark.parametrize("level", ["public", "verified", "members"])
def test_each_field_is_shown_to_those_the_firm_chose(client, name, level):
    firm = full_firm(**{name: level})
    mark = MARKS[name] or firm.uscc
    url = reverse("enterprises:firm-show", args=[firm.pk])
    unverified = owner_of(EnterpriseFactory(submitted=True, owner=True))
    verified = owner_of(EnterpriseFactory(verified=True, owner=True))
    seen = {}
    for who, person in {
        "visitor": None,
        "unverified": unverified,
        "verified": verified,
        "member": owner_of(firm),
        "operator": UserFactory(operator=True),
    }.items():
        client.logout()
        if person:
            client.force_login(person)
        seen[who] = mark in client.get(url).content.decode()
    assert seen == {
        "visitor": level == "public",
        "unverified": level == "public",
        "verified": level != "members",
        "member": True,
        "operator": True,
    }


def test_contacts_are_closed_by_default_and_unknown_levels_hide(client):
    firm = full_firm(introduction="everybody")
    page = client.get(reverse("enterprises:firm-show", args=[firm.pk])).content.decode()
    assert "028-11112222" not in page
    assert "合作意向被接受后告知" in page
    assert "专做滚动轴承" not in page


def test_a_firm_that_is_not_listed_is_a_missing_page_but_to_its_people_and_operators(client):
    for state in ("submitted", "checking", "needs_info", "rejected", "suspended"):
        firm = EnterpriseFactory(**{state: True}, owner=True)
        url = reverse("enterprises:firm-show", args=[firm.pk])
        client.logout()
        assert client.get(url).status_code == 404
        client.force_login(owner_of(EnterpriseFactory(verified=True, owner=True)))
        assert client.get(url).status_code == 404
        client.force_login(owner_of(firm))
        assert "尚未公开" in client.get(url).content.decode()
        client.force_login(UserFactory(operator=True))
        assert client.get(url).status_code == 200


def test_the_page_shows_the_posts_and_capabilities_that_the_viewer_may_see(client):
    firm = EnterpriseFactory(verified=True, owner=True)
    PostFactory(enterprise=firm, published=True, title="公开的轴承")
    PostFactory(enterprise=firm, published=True, title="只给已核验企业", visibility="verified")
    PostFactory(enterprise=firm, title="草稿里的轴承")
    CapabilityFactory(enterprise=firm, product="深沟球轴承")
    CapabilityFactory(enterprise=firm, product="保密工艺", visibility="verified")
    CapabilityFactory(enterprise=firm, product="停产的", archived_at=timezone.now())
    url = reverse("enterprises:firm-show", args=[firm.pk])
    page = client.get(url).content.decode()
    assert "公开的轴承" in page
    assert "深沟球轴承" in page
    for hidden in ("只给已核验企业", "草稿里的轴承", "保密工艺", "停产的"):
        assert hidden not in page
    client.force_login(owner_of(EnterpriseFactory(verified=True, owner=True)))
    page = client.get(url).content.decode()
    assert "只给已核验企业" in page
    assert "保密工艺" in page


def test_the_directory_asks_the_database_as_often_for_100_firms_as_for_10(client, django_assert_max_num_queries):
    def more(count):
        for _number in range(count):
            firm = EnterpriseFactory(verified=True, region=PrefectureFactory(parent=province("四川")))
            TierTitleFactory(enterprise=firm)
            CertificateFactory(enterprise=firm)

    more(10)
    client.force_login(owner_of(EnterpriseFactory(verified=True, owner=True)))
    client.get(LIST)
    with django_assert_max_num_queries(30) as few:
        client.get(LIST)
    more(90)
    with django_assert_max_num_queries(30) as many:
        client.get(LIST)
    assert len(many) == len(few)


def test_a_viewer_asks_once_however_many_firms(django_assert_num_queries):
    firms = EnterpriseFactory.create_batch(5, verified=True)
    with django_assert_num_queries(1):
        viewer = Viewer(UserFactory.build(pk=1))
        assert [viewer.may_see(f, "contact_phone") for f in firms] == [False] * 5
    with django_assert_num_queries(0):
        assert not Viewer(AnonymousUser()).may_see(firms[0], "address")


def test_sorting_by_date_breaks_ties_by_id(client):
    now = timezone.now()
    firms = [EnterpriseFactory(verified=True, verified_at=now) for _n in range(25)]
    client_pages = [
        firm.pk
        for number in (1, 2)
        for firm in client.get(f"{LIST}?sort=-verified_at&page={number}").context["page_obj"]
    ]
    assert client_pages == sorted((f.pk for f in firms), reverse=True)


def test_nobody_lists_a_firm_by_filtering_for_its_state(client):
    EnterpriseFactory(submitted=True)
    assert names(client, "?status=submitted") == []
    assert Enterprise.objects.count() == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", ["firm-list", "post-list"])
def test_every_order_has_a_name_of_its_own(client, name: str, language: str) -> None:
    client.cookies["django_language"] = language
    html = client.get(reverse(f"enterprises:{name}")).content.decode()
    options = re.findall(r"<option[^>]*>([^<]*)</option>", html.partition('name="sort"')[2].partition("</select>")[0])
    assert len(set(options)) == len(options) >= 5
    assert not any("descending" in option for option in options)
    assert (_CHINESE.search("".join(options)) is None) is (language == "en")
