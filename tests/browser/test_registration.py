"""The pages of registration in a real browser: accessible, no wider than a phone, and usable without JavaScript."""

from datetime import date, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.utils import timezone

from enterprises import registration
from enterprises.models import Enterprise
from tests.factories import (
    CapabilityFactory,
    CertificateFactory,
    ClaimFactory,
    EnterpriseFactory,
    IndustryFactory,
    InvitationFactory,
    MemberFactory,
    PostFactory,
    PrefectureFactory,
    SiteFactory,
    SizeSnapshotFactory,
    TierTitleFactory,
    UserFactory,
    owner_of,
    province,
)


@pytest.fixture
def firm(transactional_db: None) -> Enterprise:
    """A firm with something on each of its pages."""
    city = PrefectureFactory(parent=province("四川"), name="成都市", code="510100")
    firm = EnterpriseFactory(
        verified=True,
        owner=True,
        name="成都蜀锦精密轴承制造股份有限公司",
        name_en="Chengdu Shujin Precision Bearings",
        region=city,
        industry=IndustryFactory(code="3451"),
        introduction="专做新能源汽车电驱用高速深沟球轴承。",
        size_class="medium",
        website="https://firm.example.com",
        uscc="91350211M0000XUF46",
        uscc_check="warn",
    )
    for make in (SiteFactory, TierTitleFactory, CertificateFactory, SizeSnapshotFactory, MemberFactory):
        make(enterprise=firm, **({"region": city} if make is SiteFactory else {}))
    TierTitleFactory(enterprise=firm, title="hightech", expires_on=timezone.localdate() - timedelta(days=3))
    CapabilityFactory(enterprise=firm, monthly_capacity=20000, unit="pc", lead_time_days=20)
    PostFactory(enterprise=firm, published=True)
    PostFactory(enterprise=firm, published=True, demand=True, product="轴承钢", quantity=500, unit="t")
    InvitationFactory(enterprise=firm)
    firm.blocked.add(EnterpriseFactory(verified=True))
    for _number in range(3):
        EnterpriseFactory(verified=True, region=city)
    return firm


def faults(visitor: Any, path: str) -> list[str]:
    page = visitor.open(path)
    found = [
        f"{path}: axe {rule['id']} {rule['nodes'][0]['html'][:120]}" for rule in Axe().run(page).response["violations"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*found, *([f"{path}: scrolls sideways"] if wide else []), *visitor.complaints]


PROFILE = "edit visibility size identity titles titles/new certificates certificates/new sites sites/new blocked"
OWN = ["profile", *(f"profile/{name}" for name in PROFILE.split()), "members", "members/leave"]


@pytest.mark.parametrize("width", [360, 1280])
def test_a_firms_pages_are_accessible_and_fit_a_phone(firm: Enterprise, visit: Any, client: Any, width: int) -> None:
    visitor = visit(width=width)
    paths = ["/firms/", f"/firms/{firm.pk}/", "/firms/?q=zzzz"]
    found = [fault for path in paths for fault in faults(visitor, path)]
    visitor.log_in(client, owner_of(firm))
    row = f"/firms/{firm.pk}/profile/titles/{firm.titles.get(title='hightech').pk}/"
    member = f"/firms/{firm.pk}/members/{firm.members.latest('pk').pk}/"
    paths = [f"/firms/{firm.pk}/{name}/" for name in OWN] + [row, f"{row}remove/", member, f"{member}remove/"]
    found += [fault for path in ["/firms/", f"/firms/{firm.pk}/", *paths] for fault in faults(visitor, path)]
    assert found == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_wizard_and_claims_are_accessible_and_fit_a_phone(
    firm: Enterprise, visit: Any, client: Any, width: int
) -> None:
    draft = EnterpriseFactory(owner=True, uscc="91350100M0001TGQXM", uscc_check="warn")
    person, operator = owner_of(draft), UserFactory(operator=True)
    claim = ClaimFactory(enterprise=firm, claimant=person)
    visitor = visit(width=width)
    visitor.log_in(client, person)
    steps = [f"/register/{draft.pk}/{step}/" for step in registration.STEPS]
    mine = ["/register/", "/claims/", f"/claims/new/?firm={firm.pk}", f"/register/{draft.pk}/discard/"]
    found = [fault for path in [*mine, *steps] for fault in faults(visitor, path)]
    waiting = EnterpriseFactory(checking=True, owner=True, name="成都蜀锦精密轴承制造有限公司", uscc_check="warn")
    registration.ask_identity_change(
        by=owner_of(firm),
        enterprise=firm,
        name="蜀锦集团股份有限公司",
        uscc=firm.uscc,
        org_type="enterprise",
        region=province("重庆"),
        reason="更名",
    )
    registration.ask_for_info(by=operator, enterprise=waiting, note="请上传营业执照")
    desk = visit(width=width)
    desk.log_in(client, operator)
    paths = [
        "/operator/verifications/",
        "/operator/verifications/?state=verified",
        f"/operator/verifications/{firm.pk}/",
        f"/operator/verifications/{waiting.pk}/",
        "/operator/claims/",
        f"/operator/claims/{claim.pk}/",
    ]
    found += [fault for path in paths for fault in faults(desk, path)]
    asked = visit(width=width)
    asked.log_in(client, owner_of(waiting))
    found += faults(asked, f"/register/{waiting.pk}/check/")
    assert found == []


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_a_firm_is_registered_on_a_phone(transactional_db: None, visit: Any, client: Any, script: bool) -> None:
    call_command("load_reference", verbosity=0)
    visitor = visit(width=360, java_script_enabled=script)
    visitor.log_in(client, UserFactory(name="王五"))
    page = visitor.open("/register/")

    def choose(name: str, typed: str, shown: str, value: str) -> None:
        if script:
            page.locator(f"#id_{name}-ts-control").fill(typed)
            # The list of the server comes a moment later and opens the box anew; people do not choose before that.
            page.wait_for_timeout(1500)
            page.locator(f"#id_{name}-ts-dropdown .option", has_text=shown).first.click()
        else:
            page.locator(f"#id_{name}").select_option(value)

    page.get_by_label("名称", exact=False).first.fill("绵阳涪江轴承有限公司")
    page.get_by_label("统一社会信用代码").fill("91110000600037341L")
    page.get_by_role("button", name="保存并继续").click()
    choose("region", "mianyang", "绵阳", "510700")
    choose("industry", "滚动轴承", "滚动轴承制造", "3451")
    page.get_by_role("button", name="保存并继续").click()
    page.get_by_label("统计时点").fill(date(2025, 12, 31).isoformat())
    page.get_by_label("从业人员（人）").fill("400")
    page.get_by_label("上年营业收入（万元）").fill("5000")
    page.get_by_role("button", name="保存并继续").click()
    page.get_by_label("联系电话").first.fill("0816-2220000")
    page.get_by_role("button", name="保存并继续").click()
    assert "中型" in page.content()
    page.get_by_role("button", name="提交", exact=True).click()
    assert "登记已提交" in page.content()
    firm = Enterprise.objects.get()
    assert (firm.region_id, firm.industry_id, firm.status) == ("510700", "3451", "submitted")
