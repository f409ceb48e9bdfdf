"""Tables out: nothing in them is a live formula, and they can be read back."""

import csv
import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from enterprises import exporting, importing
from enterprises.importing.columns import unescaped
from enterprises.models import Post
from tests.enterprises.tables import csv_file, work_off
from tests.factories import CapabilityFactory, EnterpriseFactory, PostFactory, owner_of

pytestmark = pytest.mark.django_db

LIVE = [
    "=1+1",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "|calc",
    "%0A=1",
    "　=1",
]


def cells_of_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def is_live(text: str) -> bool:
    return bool(re.match(r"\s*[=+\-@＝＋－＠|%]", text)) or text[:1] in ("\t", "\r", "\n")


@pytest.mark.parametrize("text", LIVE)
def test_no_cell_and_no_head_is_a_formula(text):
    table = b"".join(exporting.csv_lines([text], [[text]]))
    assert not any(is_live(cell) for row in cells_of_csv(table) for cell in row)
    with exporting.xlsx_file([text], [[text], ["'" + text]]) as file:
        data = file.read()
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    for row in sheet.iter_rows():
        for cell in row:
            assert cell.data_type == "s"
            assert not is_live(cell.value)
    parts = zipfile.ZipFile(io.BytesIO(data))
    assert not any(b"<f>" in parts.read(name) or b"<f " in parts.read(name) for name in parts.namelist())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_whatever_is_written_is_harmless_and_reads_back(text):
    written = exporting.harmless(text)
    assert not is_live(written)
    if text.strip() == text and text.isprintable() and not text.startswith("'"):
        assert unescaped(written) == text


def test_exports_of_real_posts_hold_no_formula_and_follow_visibility(client):
    firm = EnterpriseFactory(verified=True, owner=True, name='=HYPERLINK("http://x")公司')
    for text in LIVE:
        PostFactory(
            enterprise=firm, published=True, product=text.strip() + "轴承", title=text.strip() + "轴承", text=text
        )
    CapabilityFactory(enterprise=firm, product="=1+1轴承", parameters=[{"name": "=x", "value": "+1", "unit": "@"}])
    CapabilityFactory(product="别家能力")
    client.force_login(owner_of(firm))
    for name in ("post-export", "my-post-export", "capability-export"):
        data = b"".join(client.get(reverse(f"enterprises:{name}", args=["csv"])).streaming_content)
        rows = cells_of_csv(data)
        assert len(rows) == (1 + len(LIVE) if "post" in name else 2)
        assert not any(is_live(cell) for row in rows for cell in row)
        book = b"".join(client.get(reverse(f"enterprises:{name}", args=["xlsx"])).streaming_content)
        for row in openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows():
            assert not any(isinstance(cell.value, str) and is_live(cell.value) for cell in row)
            assert not any(cell.data_type == "f" for cell in row)
        assert "别家能力" not in data.decode()


def test_an_export_can_be_mended_and_imported_again(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    firm = EnterpriseFactory(verified=True, owner=True)
    owner = owner_of(firm)
    rows = [
        ["编号", "方向", "产品或服务名称", "数量", "单位"],
        ["A", "需求", "轴承", "5", "套"],
        ["B", "供应", "齿轮", "2.5", "吨"],
    ]
    importing.start(by=owner, kind="posts", enterprise=firm, upload=csv_file(rows), dry_run=False)
    work_off()
    client.force_login(owner)
    table = cells_of_csv(b"".join(client.get(reverse("enterprises:my-post-export", args=["csv"])).streaming_content))
    quantity = table[0].index("数量")
    next(row for row in table if row[0] == "B")[quantity] = "3"
    record = importing.start(by=owner, kind="posts", enterprise=firm, upload=csv_file(table), dry_run=False)
    work_off()
    record.refresh_from_db()
    assert record.errors == []
    assert (record.job.result["updated"], record.job.result["unchanged"]) == (1, 1)
    assert Post.objects.get(external_id="B").quantity == Decimal(3)
    assert Post.objects.count() == 2


def test_an_export_streams_and_asks_a_fixed_number_of_questions(client, django_assert_max_num_queries):
    firm = EnterpriseFactory(verified=True, owner=True)
    PostFactory.create_batch(60, enterprise=firm, published=True)
    client.force_login(owner_of(firm))
    with django_assert_max_num_queries(14):
        b"".join(client.get(reverse("enterprises:post-export", args=["csv"])).streaming_content)


def test_the_directory_as_a_file_hides_what_firms_hide(client):
    shown = EnterpriseFactory(verified=True, name="公开规模公司", size_class="large")
    hidden = EnterpriseFactory(
        verified=True, name="隐藏规模公司", size_class="large", field_visibility={"size": "members", "uscc": "members"}
    )
    EnterpriseFactory(submitted=True, name="未核验公司")
    reader = EnterpriseFactory(verified=True, owner=True)
    url = reverse("enterprises:firm-export", args=["csv"])
    assert client.get(url).status_code == 302
    client.force_login(owner_of(reader))
    rows = {row[1]: row for row in cells_of_csv(b"".join(client.get(url).streaming_content))[1:]}
    assert set(rows) == {shown.name, hidden.name, reader.name}
    assert "大型" in rows[shown.name]
    assert "大型" not in rows[hidden.name]
    assert hidden.uscc not in rows[hidden.name]


def test_a_workbook_has_an_end_and_the_list_says_so(client, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_ROWS", 2)
    firm = EnterpriseFactory(verified=True, owner=True)
    PostFactory.create_batch(3, enterprise=firm, published=True, demand=True)
    client.force_login(owner_of(firm))
    answer = client.get(reverse("enterprises:post-export", args=["xlsx"]) + "?direction=demand", follow=True)
    assert answer.redirect_chain == [(reverse("enterprises:post-list") + "?direction=demand", 302)]
    assert "CSV" in answer.content.decode()
    assert client.get(reverse("enterprises:post-export", args=["csv"])).status_code == 200
