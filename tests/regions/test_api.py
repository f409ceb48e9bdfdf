"""/api/v1/regions/ and /api/v1/region-sets/."""

from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from regions import reference
from regions.models import Region

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def divisions(db: None) -> None:
    reference.load_divisions()
    reference.load_region_sets()


def codes(client: Client, query: str) -> list[str]:
    response = client.get(f"/api/v1/regions/?{query}")
    assert response.status_code == 200, response.content
    return [row["code"] for row in response.json()["results"]]


def test_all_divisions_can_be_walked_by_cursor_without_gap_or_repeat(client: Client) -> None:
    url, seen = "/api/v1/regions/?page_size=500", []
    while url:
        page = client.get(url).json()
        seen += [row["code"] for row in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 3225
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("level=province&set=northeast", ["210000", "220000", "230000"]),
        ("parent=320500&q=kunshan", ["320583"]),
        ("q=昆山", ["320583"]),
        ("set=greater-bay-area&level=province", ["810000", "820000"]),
    ],
)
def test_divisions_are_filtered_by_level_parent_set_and_text(client: Client, query: str, expected: list[str]) -> None:
    assert codes(client, query) == expected


def test_a_list_holds_what_is_in_force_now_or_on_the_day_asked_for(client: Client) -> None:
    Region.objects.filter(pk="320583").update(valid_to=date(2026, 1, 1))
    assert codes(client, "q=320583") == []
    assert codes(client, "q=320583&on=2025-12-31") == ["320583"]
    assert codes(client, "q=320583&on=2026-01-01") == []
    past = client.get("/api/v1/regions/320583/")
    assert past.json()["valid_to"] == "2026-01-01"


def test_one_division_tells_its_path_and_its_sets(client: Client) -> None:
    told = client.get("/api/v1/regions/320583/").json()
    assert [step["label"] for step in told["path"]] == ["江苏省", "苏州市", "昆山市"]
    assert [s["slug"] for s in told["sets"]] == ["east", "yangtze-belt", "yangtze-delta", "g60"]
    assert (told["label"], told["parent"], told["level"]) == ("昆山市", "320500", "county")
    english = client.get("/api/v1/regions/320583/", headers={"accept-language": "en"}).json()
    assert english["label"] == "Kunshan City"


def test_sets_tell_their_members_and_scope_and_are_found_by_region(client: Client) -> None:
    blocks = client.get("/api/v1/region-sets/?kind=block").json()["results"]
    assert [(s["slug"], len(s["members"])) for s in blocks] == [
        ("east", 10),
        ("central", 6),
        ("west", 12),
        ("northeast", 3),
    ]
    river = client.get("/api/v1/region-sets/yellow-river/").json()
    assert {m["scope"] for m in river["members"]} == {"part"}
    assert "2021" in river["source"]
    of_mianyang = client.get("/api/v1/region-sets/?region=510700").json()["results"]
    assert [s["slug"] for s in of_mianyang] == ["west", "yangtze-belt", "yellow-river", "chengdu-chongqing"]


@pytest.mark.parametrize("query", ["level=x", "parent=999999", "set=none", "on=2026-13-01", "q=" + "x" * 61])
def test_a_filter_value_that_cannot_be_is_400_with_the_field(client: Client, query: str) -> None:
    response = client.get(f"/api/v1/regions/?{query}")
    assert response.status_code == 400
    assert response.json()["field"] == query.split("=")[0]


@pytest.mark.parametrize("path", ["regions/999999/", "regions/abc/", "region-sets/none/"])
def test_what_does_not_exist_is_404(client: Client, path: str) -> None:
    assert client.get(f"/api/v1/{path}").status_code == 404


def test_reference_data_cannot_be_written(client: Client) -> None:
    for method in (client.post, client.put, client.delete):
        assert method("/api/v1/regions/320583/").status_code in (401, 403, 405)


@pytest.mark.parametrize("path", ["regions/?page_size=10", "regions/?page_size=100", "region-sets/"])
def test_a_list_costs_the_same_whatever_its_length(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    with django_assert_max_num_queries(5):
        assert client.get(f"/api/v1/{path}").status_code == 200
