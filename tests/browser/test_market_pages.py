"""Posts, capabilities and imports in a real browser."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone

from enterprises import importing, posting
from enterprises.models import Post
from tests.enterprises.tables import POST_HEAD, csv_file, work_off
from tests.factories import (
    CapabilityFactory,
    CertificateFactory,
    CertificateKindFactory,
    EnterpriseFactory,
    IndustryFactory,
    PostFactory,
    UserFactory,
    owner_of,
    province,
)


@pytest.fixture
def firm(transactional_db: None, settings: Any, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT = tmp_path
    IndustryFactory(code="3451")
    kind = CertificateKindFactory(code="iso9001", name="ISO 9001 质量管理体系")
    firm = EnterpriseFactory(verified=True, owner=True, name="蜀川精密轴承有限公司", region=province("四川"))
    held = CertificateFactory(enterprise=firm, kind=kind)
    CapabilityFactory(
        enterprise=firm, product="圆锥滚子轴承", monthly_capacity=20000, unit="set", free_share=40
    ).certificates.add(held)
    other = EnterpriseFactory(verified=True, owner=True, name="江南齿轮股份有限公司", region=province("江苏"))
    for number in range(4):
        PostFactory(
            enterprise=other,
            published=True,
            demand=number % 2 == 0,
            title=f"圆锥滚子轴承 {number}",
            quantity=500,
            unit="set",
        )
    return firm


@pytest.fixture
def pages(firm: Any) -> list[tuple[str, str]]:
    """(who, path)."""
    owner = owner_of(firm)
    post = posting.publish(
        post=posting.save_draft(
            by=owner,
            enterprise=firm,
            direction="demand",
            product="磷酸铁锂正极材料",
            text="动力电池用，压实密度 ≥ 2.5 g/cm³",
            quantity=500,
            unit="t",
            delivery_region=province("重庆"),
            deliver_by=timezone.localdate() + timedelta(days=60),
        ),
        by=owner,
    )
    posting.edit(post=post, by=owner, quantity=800)
    draft = PostFactory(enterprise=firm, demand=True, product="电解液", text="微信 abc12345", title="求购电解液")
    review = PostFactory(enterprise=firm, status="review", product="隔膜", text="微信 abc12345")
    PostFactory(
        enterprise=firm, published=True, expires_on=timezone.localdate() + timedelta(days=3), title="快到期的轴承"
    )
    bad = [*POST_HEAD], ["需求", "轴承", 5, "套", "", ""], ["需求", "", "很多", "光年", "", ""]
    record = importing.start(by=owner, kind="posts", enterprise=firm, upload=csv_file(bad))
    work_off()
    url = reverse
    return [
        ("nobody", url("enterprises:post-list")),
        ("nobody", url("enterprises:post-list") + "?direction=demand&q=轴承&region=320000"),
        ("nobody", url("enterprises:post-list") + "?q=没有的东西"),
        ("nobody", url("enterprises:post-show", args=[post.pk])),
        ("nobody", url("enterprises:post-print", args=[post.pk])),
        ("owner", url("enterprises:post-list")),
        ("owner", url("enterprises:post-show", args=[post.pk])),
        ("owner", url("enterprises:post-versions", args=[post.pk])),
        ("owner", url("enterprises:post-edit", args=[post.pk])),
        ("owner", url("enterprises:post-withdraw", args=[post.pk])),
        ("owner", url("enterprises:post-renew", args=[post.pk])),
        ("owner", url("enterprises:post-show", args=[draft.pk])),
        ("owner", url("enterprises:post-edit", args=[draft.pk])),
        ("owner", url("enterprises:post-publish", args=[draft.pk])),
        ("owner", url("enterprises:post-show", args=[review.pk])),
        ("owner", url("enterprises:post-create")),
        ("owner", url("enterprises:post-create") + "?direction=supply&blank=1"),
        ("owner", url("enterprises:post-create") + "?direction=demand&say=求购轴承 500 套，送重庆，12 月底前到货"),
        ("owner", url("enterprises:my-post-list")),
        ("owner", url("enterprises:my-post-list") + "?status=draft"),
        ("owner", url("enterprises:capability-list")),
        ("owner", url("enterprises:capability-create")),
        ("owner", url("enterprises:import-list")),
        ("owner", url("enterprises:import-create", args=["posts"])),
        ("owner", url("enterprises:import-show", args=[record.pk])),
        ("operator", url("enterprises:review-list")),
        ("operator", url("enterprises:review-show", args=[review.pk])),
    ]


@pytest.mark.parametrize(("width", "locale"), [(360, "zh-CN"), (1280, "zh-CN"), (360, "en-GB")])
def test_pages_are_accessible_silent_and_fit_a_phone(
    pages: list[tuple[str, str]], firm: Any, visit: Any, client: Any, width: int, locale: str
) -> None:
    operator = UserFactory(operator=True)
    faults: list[str] = []
    visitors = {"nobody": visit(width=width, locale=locale)}
    for who, user in (("owner", owner_of(firm)), ("operator", operator)):
        visitors[who] = visit(width=width, locale=locale)
        visitors[who].log_in(client, user)
        client.cookies.clear()  # a session of one's own for the next
    for number, (who, path) in enumerate(pages):
        visitor = visitors[who]
        page = visitor.open(path)
        assert page.locator("h1").count() == 1, path
        assert "/accounts/" not in page.url, path
        faults += [
            f"{path}: axe {rule['id']} {node['html'][:160]}"
            for rule in Axe().run(page).response["violations"]
            for node in rule["nodes"][:2]
        ]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            faults.append(f"{path}: scrolls sideways")
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/{width}-{locale[:2]}-{number:02}-{who}.png", full_page=True)
    for visitor in visitors.values():
        faults += visitor.complaints
    assert faults == []


def test_a_demand_in_one_sentence_with_the_draft_saving_itself(firm: Any, visit: Any, client: Any) -> None:
    province("重庆")
    visitor = visit()
    visitor.log_in(client, owner_of(firm))
    page = visitor.open(reverse("enterprises:post-create") + "?direction=demand")
    page.locator("#id_say").press_sequentially("求购磷酸铁锂 500 吨，送重庆", delay=5)
    page.wait_for_selector("#post-form")
    assert page.locator("#id_product").input_value() == "磷酸铁锂"
    assert page.locator("#id_quantity").input_value() == "500"
    page.locator("#id_quantity").fill("600")
    page.locator("#id_product").focus()
    page.wait_for_selector("#draft-state input[name=draft]", state="attached")
    assert Post.objects.get(enterprise=firm).quantity == 600
    page.wait_for_url("**/edit/")
    with page.expect_response("**/preview/count/**") as answer:
        page.locator("#id_unit").select_option("kg")
    assert "autosave" not in answer.value.url
    page.locator("#id_unit").select_option("t")
    page.wait_for_timeout(1500)
    assert page.locator("#draft-state input[name=draft]").count() == 1
    assert page.locator("#count p").count() == 1
    page.locator("#id_text").fill("动力电池用，压实密度 ≥ 2.5")
    page.locator("button[value=publish]").click()
    page.wait_for_url(f"**{reverse('enterprises:post-show', args=[Post.objects.get(enterprise=firm).pk])}")
    post = Post.objects.get(enterprise=firm)
    assert (post.status, post.quantity, post.delivery_region_id) == ("published", 600, "500000")
    assert visitor.complaints == []


def test_the_same_without_javascript(firm: Any, visit: Any, client: Any) -> None:
    province("重庆")
    visitor = visit(width=360, java_script_enabled=False)
    visitor.log_in(client, owner_of(firm))
    page = visitor.open(reverse("enterprises:post-create") + "?direction=demand")
    page.locator("#id_say").fill("求购磷酸铁锂 500 吨，送重庆")
    page.locator("form[method=get] button[type=submit]").last.click()
    assert page.locator("#id_product").input_value() == "磷酸铁锂"
    page.locator("button[value=save]").click()
    page.locator("button[value=publish]").click()
    assert Post.objects.get(enterprise=firm).status == "published"


def test_an_import_by_the_pages_shows_its_progress(firm: Any, visit: Any, client: Any) -> None:
    visitor = visit()
    visitor.log_in(client, owner_of(firm))
    page = visitor.open(reverse("enterprises:import-create", args=["posts"]))
    rows = csv_file([POST_HEAD, ["需求", "齿轮箱", 5, "套", "", ""], ["需求", "", 1, "套", "", ""]])
    page.locator("#id_file").set_input_files({"name": "供需.csv", "mimeType": "text/csv", "buffer": rows.read()})
    page.locator("main button[type=submit]").click()
    page.wait_for_selector(".job")
    work_off()
    page.wait_for_selector("form[action$='/confirm/'] button")
    assert page.locator("#run tbody tr").count() == 1
    page.locator("form[action$='/confirm/'] button").click()
    work_off()
    page.wait_for_selector("text=齿轮箱", state="hidden")
    page.reload()
    assert Post.objects.filter(product="齿轮箱", status="published").count() == 1
