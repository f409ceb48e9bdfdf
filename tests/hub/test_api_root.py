"""The first address of the API, for programs and for people."""

import pytest
from django.test import Client
from django.urls import get_resolver

pytestmark = pytest.mark.django_db


def test_a_program_gets_the_resources_with_their_addresses(client: Client) -> None:
    answer = client.get("/api/v1/", headers={"accept-language": "en"})
    body = answer.json()
    assert answer.status_code == 200
    assert body["schema"] == "http://testserver/api/v1/schema/"
    posts = next(row for row in body["resources"] if row["name"] == "post")
    assert posts["url"] == "http://testserver/api/v1/posts/"
    assert posts["description"].startswith("Open supply and demand")
    assert [row["name"] for row in body["resources"] if row["login_required"]] == [
        "uscc-check",
        "dictionary",
        "my-firm",
        "recommendation",
        "match",
        "interest",
    ]


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "行政区划"), ("en", "Administrative divisions")])
def test_a_person_gets_a_page_in_the_own_language(client: Client, language: str, words: str) -> None:
    headers = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": language}
    page = client.get("/api/v1/", headers=headers)
    assert page["content-type"].startswith("text/html")
    assert words in page.content.decode()


def test_what_is_public_answers_and_what_is_ones_own_asks_who_it_is(client: Client) -> None:
    for row in client.get("/api/v1/").json()["resources"]:
        if row["method"] == "GET":
            wanted = {401, 403} if row["login_required"] else {200, 400}
            assert client.get(row["url"]).status_code in wanted, row["name"]


def test_no_list_is_left_out(client: Client) -> None:
    _, patterns = get_resolver().namespace_dict["api"]
    lists = {
        name
        for name in patterns.reverse_dict
        if isinstance(name, str) and name.endswith("-list") and not patterns.reverse_dict.getlist(name)[0][0][0][1]
    }
    named = {f"{row['name']}-list" for row in client.get("/api/v1/").json()["resources"]}
    assert lists <= named
