"""Pages in a real browser: accessible, no wider than a phone, silent, and usable without JavaScript."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from foundation.models import Notice
from tests.factories import EnterpriseFactory, PostFactory, UserFactory, province

PUBLIC = ["/", "/search/?q=轴承", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
OWN = ["/", "/notices/", "/account/settings/", "/account/tokens/", "/accounts/email/", "/accounts/2fa/"]


@pytest.fixture
def some_firms(transactional_db: None) -> None:
    for number in range(3):
        firm = EnterpriseFactory(verified=True, name=f"天府轴承 {number} 有限公司", region=province("四川"))
        PostFactory(enterprise=firm, published=True, product="圆锥滚子轴承", title=f"供应圆锥滚子轴承 {number}")


def faults(visitor: Any, path: str) -> list[str]:
    page = visitor.open(path)
    found = [
        f"{path}: axe {rule['id']} {rule['nodes'][0]['html'][:120]}" for rule in Axe().run(page).response["violations"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*found, *([f"{path}: scrolls sideways"] if wide else []), *visitor.complaints]


@pytest.mark.parametrize(("width", "locale"), [(360, "zh-CN"), (1280, "zh-CN"), (360, "en-GB")])
def test_public_pages_are_accessible_and_fit_a_phone(some_firms: None, visit: Any, width: int, locale: str) -> None:
    visitor = visit(width=width, locale=locale)
    assert [fault for path in PUBLIC for fault in faults(visitor, path)] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_of_a_person_are_accessible_and_fit_a_phone(
    some_firms: None, visit: Any, client: Any, width: int
) -> None:
    user = UserFactory(is_operator=True)
    EnterpriseFactory(verified=True, owner=user)
    Notice.objects.create(user=user, kind="x", text="有新的匹配")
    visitor = visit(width=width)
    visitor.log_in(client, user)
    pages = [*OWN, "/operator/jobs/", "/operator/audit/"]
    assert [fault for path in pages for fault in faults(visitor, path)] == []


def test_a_slash_goes_to_the_search_box_unless_one_is_typing(some_firms: None, visit: Any) -> None:
    page = visit().open("/accounts/login/")
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "site-search"
    page.keyboard.type("a/b")
    assert page.locator("#site-search").input_value() == "a/b"


def test_the_account_menu_opens_by_keyboard_and_closes_with_escape(some_firms: None, visit: Any, client: Any) -> None:
    visitor = visit()
    visitor.log_in(client, UserFactory())
    page = visitor.open("/search/")
    page.locator("details.menu > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".menu-panel").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".menu-panel").is_visible()


def test_everything_needed_works_without_javascript(some_firms: None, visit: Any, client: Any) -> None:
    visitor = visit(width=360, java_script_enabled=False)
    visitor.log_in(client, UserFactory())
    page = visitor.open("/")
    page.locator("#site-search").fill("zhouchangbu")
    page.locator(".topbar-search button").click()
    assert "没有找到相关内容" in page.content()
    page.locator("#site-search").fill("yuanzhui")
    page.locator(".topbar-search button").click()
    assert page.locator(".lined-list li").count() == 3
    page.locator(".rail-narrow > summary").click()
    assert page.locator(".rail-narrow a").first.is_visible()
    page.locator("button[name=language]").first.click()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.locator("details.menu > summary").click()
    page.locator(".menu-panel form button").click()
    assert page.locator("a[href='/accounts/login/']").is_visible()


def test_the_first_page_is_light(some_firms: None, visit: Any) -> None:
    """300 kB gzipped at most; the test server does not gzip, so each text is packed here."""
    import gzip

    visitor = visit()
    sizes: dict[str, int] = {}
    visitor.page.on("response", lambda r: sizes.update({r.url: len(gzip.compress(r.body()))}) if r.ok else None)
    visitor.open("/")
    assert 0 < sum(sizes.values()) <= 300_000, sizes


def test_the_description_of_the_api_opens_under_the_security_policy(some_firms: None, visit: Any) -> None:
    visitor = visit()
    page = visitor.open("/api/v1/docs/")
    page.locator(".opblock-tag").first.wait_for()
    assert page.locator(".opblock-tag").count() > 5
    assert visitor.complaints == []
    assert Axe().run(page).response["violations"] == []
