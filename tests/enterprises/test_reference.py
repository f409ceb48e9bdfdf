"""manage.py load_reference: what it loads, running it again, and a newer edition over an older one."""

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Q
from pytest_django import DjangoAssertNumQueries

from chains.dictionary import core
from enterprises.models import CertificateKind, IndustryClass
from regions.models import Region, RegionSet
from regions.reference import DIVISIONS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def without_the_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has tests of its own (tests/chains/dictionary) and takes seconds to load."""
    monkeypatch.setattr("chains.dictionary.core.load", core.Loaded)


def load(**options: object) -> str:
    out = io.StringIO()
    call_command("load_reference", stdout=out, **options)
    return out.getvalue()


def newer_edition(path: Path, *, drop: str, add: dict[str, str], rename: dict[str, str]) -> Path:
    with DIVISIONS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["code"] != drop]
    for row in rows:
        if row["code"] in rename:
            row["name"], row["short_name"] = rename[row["code"]], rename[row["code"]]
    rows.append(dict.fromkeys(rows[0], "") | add)
    rows.sort(key=lambda row: row["code"])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_everything_is_loaded() -> None:
    load()
    assert Region.objects.count() == 3225
    assert [Region.objects.filter(level=level).count() for level in Region.Level.values] == [34, 342, 2849]
    assert [IndustryClass.objects.filter(level=level).count() for level in (1, 2, 3, 4)] == [20, 97, 473, 1382]
    assert CertificateKind.objects.filter(pk="iatf16949").exists()


def test_no_coordinate_is_nan_and_all_but_placeholders_have_one() -> None:
    load()
    unknown = Region.objects.filter(Q(longitude__isnull=True) | Q(latitude__isnull=True))
    assert set(unknown.values_list("code", flat=True)) == {"419000", "429000", "469000", "659000"}
    inside = Q(longitude__range=(73, 136), latitude__range=(3, 54))  # NaN is above every number, so it fails
    assert not Region.objects.exclude(inside).exclude(longitude__isnull=True).exists()


def test_a_second_load_changes_nothing_and_writes_nothing(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    load()
    with django_assert_max_num_queries(20):
        report = load()
    assert report.count("无变化") == 5


def test_a_dry_run_says_what_would_change_and_changes_nothing() -> None:
    report = load(dry_run=True)
    assert "新增 3225" in report
    assert not Region.objects.exists()
    assert not IndustryClass.objects.exists()


def test_a_newer_edition_ends_what_it_drops_and_keeps_the_row(tmp_path: Path) -> None:
    load()
    file = newer_edition(
        tmp_path / "divisions.csv",
        drop="320583",
        add={"code": "320599", "name": "新城区", "level": "county", "parent": "320500"},
        rename={"320582": "张家港新市"},
    )
    report = load(divisions=str(file), edition="2025", as_of=None)
    assert "新增 1 (320599)，更新 1 (320582)，失效 1 (320583)" in report
    gone, new = Region.objects.get(pk="320583"), Region.objects.get(pk="320599")
    assert gone.valid_to is not None
    assert gone.edition == "2024"
    assert (new.valid_from, new.valid_to) == (gone.valid_to, None)
    assert (new.short_name, new.pinyin, new.name_en) == ("新城区", "xin cheng qu", "Xincheng District")
    assert Region.objects.get(pk="320582").name == "张家港新市"
    assert Region.objects.current().count() == 3225

    assert "库中已是 2025 版" in load(), "the shipped, older edition must not undo it at the next start"
    assert not Region.objects.current().filter(pk="320583").exists()

    report = load(divisions=str(DIVISIONS), edition="2026")
    assert "恢复 1 (320583)" in report
    assert Region.objects.current().filter(pk="320583").exists()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("12345,甲市,prefecture,320000", "不是六位数字"),
        ("320000,江苏省,province,", "重复"),
        ("990000,某省,planet,", "级别"),
        ("320100,南京市,prefecture,990000", "上级"),
        ("320100,,prefecture,320000", "缺少名称"),
        ("330000,浙江省,province,320000", "不应有上级"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_with_its_line(tmp_path: Path, line: str, complaint: str) -> None:
    file = tmp_path / "divisions.csv"
    file.write_text(f"code,name,level,parent\n320000,江苏省,province,\n{line}\n", encoding="utf-8")
    with pytest.raises(CommandError, match=f"第 3 行.*{complaint}"):
        load(divisions=str(file), edition="2025")
    assert not Region.objects.exists()


@pytest.mark.parametrize("content", [b"", b"code,name\n1,2\n", b"code,name,level,parent\n", b"\xff\xfe\x00\x01"])
def test_a_file_that_is_no_list_of_divisions_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "divisions.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError):
        load(divisions=str(file), edition="2025")


def test_a_file_without_an_edition_is_refused() -> None:
    with pytest.raises(CommandError, match="--edition"):
        load(divisions=str(DIVISIONS))
    with pytest.raises(CommandError, match="版本"):
        load(divisions=str(DIVISIONS), edition="latest")


def test_blocks_divide_the_mainland_and_strategies_overlap() -> None:
    load()
    blocks = RegionSet.objects.filter(kind="block")
    members = [code for block in blocks for code in block.members.values_list("region_id", flat=True)]
    mainland = set(
        Region.objects.provinces().exclude(code__in=["710000", "810000", "820000"]).values_list("code", flat=True)
    )
    assert len(members) == 31
    assert set(members) == mainland
    sichuan = RegionSet.objects.filter(members__region_id="510000").values_list("slug", flat=True)
    assert set(sichuan) == {"west", "yangtze-belt", "yellow-river"}
    yellow = RegionSet.objects.get(slug="yellow-river")
    assert set(yellow.members.values_list("scope", flat=True)) == {"part"}
    bay = RegionSet.objects.get(slug="greater-bay-area")
    assert bay.members.filter(region__level="prefecture").count() == 9
    assert RegionSet.objects.get(slug="chengdu-chongqing").members.filter(scope="whole").count() == 27 + 12


def test_a_set_of_our_own_survives_and_a_changed_one_is_put_right() -> None:
    load()
    RegionSet.objects.create(slug="ours", kind="pairing", name="闽宁协作", name_en="Fujian–Ningxia", source="—")
    delta = RegionSet.objects.get(slug="yangtze-delta")
    delta.members.filter(region_id="340000").delete()
    delta.members.create(region_id="360000")
    assert "更新 1 (yangtze-delta)" in load()
    assert set(delta.members.values_list("region_id", flat=True)) == {"310000", "320000", "330000", "340000"}
    assert RegionSet.objects.filter(slug="ours").exists()


def test_every_industry_class_knows_its_section_and_has_an_english_name() -> None:
    load()
    battery = IndustryClass.objects.get(pk="3841")
    assert (battery.name, battery.section, battery.parent_id) == ("锂离子电池制造", "C", "384")
    assert set(IndustryClass.objects.within(IndustryClass.objects.get(pk="384")).values_list("section", flat=True)) == {
        "C"
    }
    assert IndustryClass.objects.within(IndustryClass.objects.get(pk="C")).filter(level=2).count() == 31
    assert not IndustryClass.objects.filter(name_en="").exists()
    assert battery.name_en == "Lithium-ion batteries"
