"""Importing listed firms: what is wrong with a row is said, what is right is loaded once, however often it is run."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from chains import listed_import
from chains.listed_import import reading
from chains.models import Match
from enterprises.models import Capability, Enterprise, Post
from foundation.errors import RefusedError
from foundation.models import AuditEntry, Job
from tests.factories import RegionFactory

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "data" / "listed"

FIRMS = [
    ("600001", "蜀钢", "四川蜀钢股份有限公司", "510100", "特钢", "1999-05-01"),
    ("600002", "浙轴", "浙江浙轴股份有限公司", "330100", "轴承", "2001-02-03"),
    ("600003", "鲁缆", "山东鲁缆股份有限公司", "370100", "线缆", "2003-04-05"),
    ("600004", "无地", "无地股份有限公司", "", "综合", "深圳证券交易所"),
]
PRODUCTS = [
    ("600001", "轴承钢", "0.61"),
    ("600001", "螺纹钢", "0.2"),
    ("600002", "深沟球轴承", "0.9"),
    ("600003", "控制\n电缆", "0.5"),
    ("600003", "内部抵消", "0.1"),
    ("600003", "控制电缆", "0.1"),
    ("600004", "其他业务收入", "0.3"),
    ("600004", "聚氯乙烯树脂", "1.7"),
]
LINKS = [
    ("轴承钢", "深沟球轴承"),
    ("聚氯乙烯", "控制电缆"),
    ("聚氯乙烯", "控制电缆"),
    ("宇航级反应堆", "量子灯塔"),
]


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def make_folder(
    folder: Path,
    *,
    firms: Sequence[Sequence[str]] = FIRMS,
    products: Sequence[Sequence[str]] = PRODUCTS,
    links: Sequence[Sequence[str]] = LINKS,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("firms", firms), ("products", products), ("links", links)):
        write(folder / f"{name}.csv", reading.FILES[name], rows)
    return folder


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.VAR = tmp_path / "var"
    return make_folder(tmp_path / "listed")


@pytest.fixture
def regions(db: None) -> None:
    for code in ("510100", "330100", "370100"):
        RegionFactory(code=code)


def run(folder: Path, **options: Any) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import_listed", folder, inline=True, json=True, stdout=out, stderr=io.StringIO(), **options)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def codes(plan: listed_import.Plan, file: str) -> list[tuple[int, str, str]]:
    return [(f.line, f.outcome, f.code) for f in plan.findings if f.file == file]


# --- reading ---------------------------------------------------------------------------------------


def test_every_row_is_loaded_cleaned_or_refused_with_its_line(folder: Path) -> None:
    plan = listed_import.read(folder)
    assert plan.rows_read == {"firms": 4, "products": 8, "links": 4}
    assert codes(plan, "firms") == [(5, "noted", "region_missing"), (5, "noted", "listed_on_unreadable")]
    # The broken cell takes two lines, so the rows after it lie one line further down.
    assert codes(plan, "products") == [
        (5, "cleaned", "cleaned"),
        (7, "refused", "accounting"),
        (8, "refused", "product_repeated"),
        (9, "refused", "accounting"),
        (10, "noted", "share_out_of_range"),
    ]
    assert [row.name for row in plan.products] == ["轴承钢", "螺纹钢", "深沟球轴承", "控制电缆", "聚氯乙烯树脂"]
    assert len(plan.products) + plan.count("refused", "products") == plan.rows_read["products"]
    assert [one.raw for one in plan.wanted] == ["轴承钢", "聚氯乙烯", "宇航级反应堆"]
    assert codes(plan, "links") == [(4, "noted", "link_repeated")]


def test_raw_names_are_kept_to_the_letter(folder: Path) -> None:
    assert next(row for row in listed_import.read(folder).products if row.name == "控制电缆").raw == "控制\n电缆"


@pytest.mark.parametrize(
    ("firm", "code"),
    [
        (("", "甲", "甲公司", "510100", "", "1999-01-01"), "symbol_missing"),
        (("600001", "乙", "乙公司", "510100", "", "1999-01-01"), "symbol_repeated"),
        (("600009", "", "", "510100", "", "1999-01-01"), "name_missing"),
        (("600009", "丙", "丙" * 121, "510100", "", "1999-01-01"), "name_too_long"),
        (("600009", "丁"), "columns_missing"),
    ],
)
def test_a_firm_that_cannot_be_loaded_is_refused_and_so_are_its_products(
    tmp_path: Path, firm: tuple[str, ...], code: str
) -> None:
    folder = make_folder(tmp_path, firms=[*FIRMS, firm], products=[*PRODUCTS, ("600009", "钢管", "0.1")])
    plan = listed_import.read(folder)
    assert (6, "refused", code) in codes(plan, "firms")
    assert plan.rows_read["firms"] == 5
    assert len(plan.firms) == 4
    assert ("refused", "firm_unknown") in [(f.outcome, f.code) for f in plan.findings if f.key == "600009"]


@pytest.mark.parametrize(
    ("product", "outcome", "code"),
    [
        ("", "refused", "empty"),
        ("   ", "refused", "empty"),
        ("\x00钢管", "noted", "control_removed"),
        ("贸易", "refused", "generic"),
        ("合计", "refused", "accounting"),
        ("一" * 401, "refused", "name_too_long"),
    ],
)
def test_a_hostile_or_empty_product_is_reported(tmp_path: Path, product: str, outcome: str, code: str) -> None:
    plan = listed_import.read(make_folder(tmp_path, products=[("600001", product, "")]))
    assert (2, outcome, code) in codes(plan, "products")


def test_a_missing_file_or_column_refuses_the_whole_folder(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        listed_import.read(tmp_path)
    assert refused.value.code == "file_missing"
    folder = make_folder(tmp_path / "listed")
    write(folder / "links.csv", ("from", "to"), LINKS)
    with pytest.raises(RefusedError) as refused:
        listed_import.read(folder)
    assert refused.value.code == "columns_missing"
    with pytest.raises(CommandError, match="缺少列"):
        call_command("import_listed", folder, inline=True)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    before = listed_import.read(folder)
    make_folder(tmp_path, products=PRODUCTS[:2])
    after = listed_import.read(folder)
    assert (len(before.products), len(after.products)) == (5, 2)
    assert before.digest != after.digest


# --- loading ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("regions")
def test_firms_posts_and_demands_are_loaded_and_matched(folder: Path) -> None:
    found = run(folder)
    assert found["rows_read"] == {"firms": 4, "products": 8, "links": 4}
    assert found["loaded"] == {"firms": 4, "posts": 5, "demands": 3}
    assert found["refused"] == {"firms": 0, "products": 3, "links": 0}
    assert found["cleaned"] == 1

    firm = Enterprise.objects.get(source="listed", external_id="600001")
    assert (firm.status, firm.name, firm.region_id) == ("verified", "四川蜀钢股份有限公司", "510100")
    assert firm.pinyin
    assert Enterprise.objects.get(external_id="600004").region_id is None

    post = Post.objects.get(product="控制电缆")
    assert (post.product_raw, post.external_id, post.direction) == ("控制\n电缆", "600003", "supply")
    assert post.is_open
    assert post.capability is not None
    assert post.capability.parameters == [{"name": "主营收入占比（2021 年 10 月）", "value": "50", "unit": "%"}]


@pytest.mark.usefixtures("regions")
def test_a_demand_is_posted_by_the_firm_that_sells_what_it_goes_into(folder: Path) -> None:
    run(folder)
    wanted = {p.product_raw: p for p in Post.objects.filter(direction="demand").select_related("enterprise")}
    assert wanted["轴承钢"].enterprise.external_id == "600002"
    assert wanted["聚氯乙烯"].enterprise.external_id == "600003"
    assert "下游产品：控制电缆" in wanted["聚氯乙烯"].text
    match = Match.objects.live().get(demand=wanted["轴承钢"], supply__product="轴承钢")
    assert match.is_strong
    assert match.supply.enterprise.external_id == "600001"


@pytest.mark.usefixtures("regions")
def test_where_nobody_sells_the_downstream_product_a_named_firm_posts_and_the_report_says_so(folder: Path) -> None:
    found = run(folder)
    demand = Post.objects.select_related("enterprise").get(product_raw="宇航级反应堆")
    assert demand.enterprise.external_id == listed_import.FALLBACK_KEY
    assert found["demands_without_seller"] == 1
    with Path(found["report"]).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    told = [row for row in rows if "no_seller" in row]
    assert len(told) == 1
    assert demand.enterprise.name in told[0][6]


@pytest.mark.usefixtures("regions")
def test_the_report_names_every_row_that_was_not_loaded_as_it_stands(folder: Path) -> None:
    found = run(folder)
    with Path(found["report"]).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    refused = [(row["文件"], row["行号"], row["原因代码"]) for row in rows if row["处理"] == "未装入"]
    assert refused == [
        ("products.csv", "7", "accounting"),
        ("products.csv", "8", "product_repeated"),
        ("products.csv", "9", "accounting"),
    ]
    assert [row["结果"] for row in rows if row["处理"] == "已清理"] == ["控制电缆"]


@pytest.mark.usefixtures("regions")
def test_no_cell_of_the_report_is_a_live_formula(tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path / "var"
    folder = make_folder(tmp_path / "listed", products=[("=1+1", "=cmd|'/c calc'!A1", "0.1")])
    found = run(folder)
    with Path(found["report"]).open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert any("calc" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


@pytest.mark.usefixtures("regions")
def test_a_second_run_adds_nothing(folder: Path) -> None:
    first = run(folder)
    counts = (Enterprise.objects.count(), Post.objects.count(), Capability.objects.count())
    second = run(folder, chunk=10)
    assert second["loaded"] == {"firms": 0, "posts": 0, "demands": 0}
    assert counts == (Enterprise.objects.count(), Post.objects.count(), Capability.objects.count())
    same = ("firms", "posts", "demands", "cleaned", "refused", "matches", "demands_without_seller")
    assert {name: first[name] for name in same} == {name: second[name] for name in same}


@pytest.mark.usefixtures("regions")
def test_a_newer_edition_of_the_files_adds_only_what_is_new(folder: Path) -> None:
    run(folder)
    make_folder(folder, products=[*PRODUCTS, ("600002", "圆锥滚子轴承", "0.1")], links=[*LINKS, ("螺纹钢", "建筑")])
    assert run(folder)["loaded"] == {"firms": 0, "posts": 1, "demands": 1}


@pytest.mark.usefixtures("regions")
def test_two_callers_share_one_job(folder: Path) -> None:
    first, second = listed_import.start(folder=folder), listed_import.start(folder=folder)
    assert first.pk == second.pk
    assert Job.objects.filter(kind=listed_import.KIND).count() == 1


@pytest.mark.usefixtures("regions")
def test_firms_in_two_provinces_are_counted_as_such_and_unknown_ones_are_not(folder: Path) -> None:
    found = run(folder)
    # 轴承钢: 浙江 buys of 四川. 聚氯乙烯: its seller's region is not known.
    assert found["demands_with_partners_of_another_province"] == 1


@pytest.mark.usefixtures("regions")
def test_where_no_worker_takes_the_job_the_command_does_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chains.management.commands.import_listed.PATIENCE_SECONDS", 0.1)
    out = io.StringIO()
    call_command("import_listed", folder, stdout=out)
    assert "没有后台工作进程" in out.getvalue()
    assert "新装入：企业 4 家，供应 5 条，需求 3 条" in out.getvalue()


@pytest.mark.usefixtures("regions")
def test_registration_is_on_the_record(folder: Path) -> None:
    run(folder)
    entry = AuditEntry.objects.filter(action="firm.registered_many").earliest("id")
    assert entry.changes["count"] == 4
    assert AuditEntry.objects.filter(action="post.published_many").exists()


@pytest.mark.usefixtures("regions")
def test_a_parked_job_is_told_with_its_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr("chains.listed_import.running.loading.load_firms", broken)
    job = listed_import.start(folder=folder)
    Job.objects.filter(pk=job.pk).update(max_attempts=1)
    with pytest.raises(CommandError, match="disk on fire"):
        run(folder)


# --- killed in the middle ----------------------------------------------------------------------------


@pytest.mark.kill
@pytest.mark.django_db(transaction=True)
def test_kill_9_in_the_middle_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    for code in ("510100", "330100", "370100"):
        RegionFactory(code=code)
    products = [(FIRMS[n % 4][0], f"深沟球轴承 {6000 + n}", "0.1") for n in range(400)]
    folder = make_folder(tmp_path / "listed", products=products)
    env = {
        **os.environ,
        "DATABASE_URL": address_of_the_test_database(),
        "DJANGO_SETTINGS_MODULE": "hub.settings.test",
        "XIELIAN_VAR": str(tmp_path / "var"),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
    }
    command = [sys.executable, "manage.py", "import_listed", str(folder), "--inline", "--json", "--chunk", "20"]
    killed_at = []
    for least in (20, 140, 260):
        child = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        end = time.monotonic() + 60
        while Post.objects.count() < least and child.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        killed_at.append(Post.objects.count())
    assert 20 <= killed_at[0] < 400, killed_at
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["loaded"] == {"firms": 4, "posts": 400, "demands": 3}
    assert Post.objects.filter(direction="supply").count() == 400
    assert Capability.objects.count() == 400
    assert Enterprise.objects.filter(source="listed").count() == 5
    assert Post.objects.filter(direction="demand").count() == 3
    # Placing firms in chains follows at leisure.
    assert not Job.objects.live().exclude(kind="chains.place_firms").exists()


def address_of_the_test_database() -> str:
    """The address of the database that this test uses."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


# --- the real files ----------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/data/listed")
def test_the_real_files_lose_no_row() -> None:
    plan = listed_import.read(REAL)
    assert plan.rows_read == {"firms": 3692, "products": 35_159, "links": 602}
    assert len(plan.firms) + plan.count("refused", "firms") == 3692
    assert len(plan.products) + plan.count("refused", "products") == 35_159
    assert len(plan.products) > 32_000
    assert len(plan.wanted) == 300
    repeated = sum(f.code == "link_repeated" for f in plan.findings)
    used = sum(len(one.downstream_raw) for one in plan.wanted)
    assert used + repeated + plan.count("refused", "links") == 602
    assert not [row for row in plan.products if "\n" in row.name]
    assert [row.raw for row in plan.products if "\n" in row.raw]
