"""The industry box of forms, its search, and the industries of the API."""

import pytest
from django import forms
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from enterprises import reference
from enterprises.fields import IndustryField, matching

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def industries(db: None) -> None:
    reference.load_industries()


class WorkForm(forms.Form):
    industry = IndustryField(required=False)


def test_the_box_offers_divisions_and_around_a_chosen_class_what_is_near(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(2):
        plain = str(WorkForm()["industry"])
    assert plain.count("<option") == 1 + 20 + 97
    assert '<option value="38">38 电气机械和器材制造业</option>' in plain
    chosen = str(WorkForm(initial={"industry": "3841"})["industry"])
    assert '<option value="3841" selected>3841 锂离子电池制造</option>' in chosen
    assert 'value="3842"' in chosen
    assert 'value="381"' in chosen
    assert 'value="3811"' not in chosen


@pytest.mark.parametrize("bad", ["9999", "电池", "\x00", "38\x00", "384-", "3" * 99, "c"])
def test_what_is_no_class_is_refused_and_never_breaks(bad: str) -> None:
    form = WorkForm({"industry": bad})
    assert form.errors["industry"] == ["请从列表中选择行业。"]
    assert "<select" in str(form["industry"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("锂离子", "3841"),
        ("3841", "3841"),
        ("C3841", "3841"),
        ("384", "3841"),
        ("batteries", "384"),
        ("电池 锂", "3841"),
    ],
)
def test_a_class_is_found_by_code_with_or_without_section_and_by_words(text: str, code: str) -> None:
    assert matching(text).filter(pk=code).exists()


def test_the_box_asks_the_server_while_one_types(client: Client) -> None:
    found = client.get("/industries/options/", {"q": "电池"}).json()["results"]
    assert found[0] == {"value": "384", "label": "384 电池制造", "keywords": found[0]["keywords"]}
    assert client.get("/industries/options/", {"q": "电池", "levels": "4"}).json()["results"][0]["value"] == "3841"
    assert client.get("/industries/options/", {"q": "%_\\"}).json() == {"results": []}
    assert client.get("/industries/options/").json() == {"results": []}


def test_the_api_lists_industries_by_level_parent_and_text(client: Client) -> None:
    page = client.get("/api/v1/industries/?level=1&page_size=50").json()
    assert len(page["results"]) == 20
    assert client.get("/api/v1/industries/?parent=384").json()["results"][0]["code"] == "3841"
    assert client.get("/api/v1/industries/", {"q": "锂离子"}).json()["results"][0]["parent"] == "384"
    assert client.get("/api/v1/industries/3841/").json()["section"] == "C"
    assert client.get("/api/v1/industries/0000/").status_code == 404
    assert client.get("/api/v1/industries/?level=9").status_code == 400
    english = client.get("/api/v1/industries/384/", headers={"accept-language": "en"}).json()
    assert english["label"] == "Batteries"
