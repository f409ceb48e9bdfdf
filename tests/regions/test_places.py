"""Finding regions: search, sets, filters, the region box of forms."""

from datetime import date
from urllib.parse import quote

import pytest
from django import forms
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from regions import fields, reference
from regions.models import Region, RegionSet, inside

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def divisions(db: None) -> None:
    reference.load_divisions()
    reference.load_region_sets()


class PlaceForm(forms.Form):
    region = fields.RegionField(required=False)
    delivers_to = fields.RegionMultipleField(required=False)
    home = fields.RegionField(required=False, levels=["province"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("昆山", "320583"),
        ("kunshan", "320583"),
        ("kun shan", "320583"),
        ("kss", "320583"),
        ("320583", "320583"),
        ("Shaanxi", "610000"),
        ("xi'an", "610100"),
        ("lvliang", "141100"),
    ],
)
def test_a_region_is_found_by_name_pinyin_initials_code_and_english(text: str, code: str) -> None:
    assert Region.objects.matching(text).filter(pk=code).exists()


@pytest.mark.parametrize("text", ["", "   ", "'", "%", "_", "\\", "((", "a" * 500, "🙂", "x-'-", "0" * 40, "[a-z]"])
def test_odd_text_finds_something_or_nothing_but_never_breaks(text: str) -> None:
    assert Region.objects.matching(text).count() >= 0


def test_a_path_leaves_out_what_only_holds_codes_together() -> None:
    def told(code: str) -> str:
        return Region.objects.with_path().get(pk=code).full_label

    assert told("320583") == "江苏 · 苏州 · 昆山"
    assert told("110108") == "北京 · 海淀区"
    assert told("419001") == "河南 · 济源"
    assert told("500229") == "重庆 · 城口"
    with translation.override("en"):
        assert told("320583") == "Jiangsu · Suzhou · Kunshan City"


def test_a_set_holds_its_members_and_all_below_them() -> None:
    bay = RegionSet.objects.get(slug="greater-bay-area")
    codes = set(Region.objects.within_set(bay).values_list("code", flat=True))
    assert {"440300", "440305", "810000"} <= codes
    assert not codes & {"440200", "440000"}
    assert not Region.objects.filter(inside([], field="code")).exists()


def test_a_division_counts_on_the_days_it_was_in_force() -> None:
    Region.objects.filter(pk="320583").update(valid_to=date(2026, 1, 1))
    Region.objects.filter(pk="320582").update(valid_from=date(2026, 1, 1))
    then, now = Region.objects.valid_on(date(2025, 6, 1)), Region.objects.valid_on(date(2026, 1, 1))
    assert then.filter(pk="320583").exists()
    assert not then.filter(pk="320582").exists()
    assert not now.filter(pk="320583").exists()
    assert now.filter(pk="320582").exists()


def test_the_box_offers_prefectures_and_around_a_chosen_county_its_siblings(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(1):
        plain = str(PlaceForm()["region"])
    assert 'value="320500"' in plain
    assert 'value="110108"' in plain, "districts of a municipality have no prefecture to be reached by"
    assert "320583" not in plain
    assert 'value="419000"' not in plain
    assert len(plain) < 60_000
    chosen = str(PlaceForm(initial={"region": "320583"})["region"])
    assert "320582" in chosen
    assert '<option value="320583" data-keywords="kunshanshi kss 320583" selected>苏州 · 昆山</option>' in chosen
    assert "data-searchable" in chosen
    assert "/regions/options/" in chosen


def test_a_box_for_provinces_offers_provinces_only() -> None:
    html = str(PlaceForm(initial={"home": "510000"})["home"])
    assert html.count("<option") == 35
    assert 'levels=province"' in html
    form = PlaceForm({"home": "510100"})
    assert not form.is_valid()
    assert form.errors["home"] == ["请从列表中选择地区。"]


def test_several_regions_can_be_chosen_and_are_kept() -> None:
    form = PlaceForm({"delivers_to": ["510000", "320583"]})
    assert form.is_valid(), form.errors
    assert set(form.cleaned_data["delivers_to"].values_list("code", flat=True)) == {"510000", "320583"}
    html = str(form["delivers_to"])
    assert html.count(" selected") == 2
    assert '<option value="">' not in html


@pytest.mark.parametrize(
    "bad", ["999999", "abc", "\x00", "320500\x00", "' OR 1=1", "32050", "9" * 300, "١٢٣٤٥٦", "419000"]
)
def test_what_is_no_region_is_refused_beside_the_field_and_never_breaks(bad: str) -> None:
    form = PlaceForm({"region": bad, "delivers_to": [bad]})
    assert form.errors["region"] == ["请从列表中选择地区。"]
    assert form.errors["delivers_to"] == ["请从列表中选择地区。"]
    assert "<select" in str(form["region"])


def test_a_region_that_is_no_longer_in_force_cannot_be_chosen() -> None:
    Region.objects.filter(pk="320583").update(valid_to=date(2026, 1, 1))
    assert not PlaceForm({"region": "320583"}).is_valid()


def test_the_box_asks_the_server_while_one_types(client: Client) -> None:
    found = client.get("/regions/options/?q=suzhou").json()["results"]
    assert [row["value"] for row in found][:2] == ["320500", "341300"]
    assert found[0]["label"] == "江苏 · 苏州"
    assert "suzhou" in found[0]["keywords"]
    assert client.get("/regions/options/?q=" + quote("省直辖")).json()["results"] == []
    only = client.get("/regions/options/?q=3205&levels=county,nonsense").json()["results"]
    assert only
    assert all(row["value"].startswith("3205") and row["value"] != "320500" for row in only)
    assert client.get("/regions/options/").json() == {"results": []}
    assert len(client.get("/regions/options/?q=" + quote("区")).json()["results"]) == 50
