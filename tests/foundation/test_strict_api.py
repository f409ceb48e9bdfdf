"""The API says what it does not know: a parameter, a key, a choice."""

import pytest
from django.test import Client

from tests.factories import EnterpriseFactory, PostFactory, owner_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/api/v1/posts/?Direction=supply", "direction"),
        ("/api/v1/firms/?provnce=51", "region"),
        ("/api/v1/capabilities/?kind=x", "factor"),
        ("/api/v1/regions/?name=四川", "level"),
        ("/api/v1/partners/?direction=upstream&product=轴承&depth=2", "links"),
    ],
)
def test_an_unknown_parameter_is_named_with_those_that_are_known(client: Client, path: str, known: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    error = answer.json()
    assert (error["code"], error["field"]) == ("unknown", path.replace("?", "&").split("&")[-1].partition("=")[0])
    assert known in error["message"]


@pytest.mark.parametrize("query", ["page_size=5", "format=json", "language=en", "sort=-pinyin&q=轴承"])
def test_what_is_no_filter_may_stand_beside_them(client: Client, query: str) -> None:
    assert client.get(f"/api/v1/posts/?{query}").status_code == 200


def test_own_lists_know_their_firm_and_one_row_asks_for_nothing(client: Client) -> None:
    firm = EnterpriseFactory(verified=True, owner=True)
    client.force_login(owner_of(firm))
    for name in ("matches", "recommendations", "interests"):
        assert client.get(f"/api/v1/{name}/?firm={firm.pk}").status_code == 200
        assert client.get(f"/api/v1/{name}/?frm={firm.pk}").status_code == 400
    post = PostFactory(published=True)
    assert client.get(f"/api/v1/posts/{post.pk}/?seen=1").status_code == 200


def test_an_unknown_key_of_a_preview_is_named(client: Client) -> None:
    asked = {"text": "轴承", "quantty": 5}
    answer = client.post("/api/v1/preview/", asked, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, "quantty")
    assert "quantity" in answer.json()["message"]


def test_a_wrong_choice_is_answered_with_the_right_ones(client: Client) -> None:
    assert "demand、supply" in _sorted(client.get("/api/v1/posts/?direction=sell").json()["message"])
    asked = client.post("/api/v1/preview/", {"text": "轴承", "unit": "斗"}, content_type="application/json").json()
    assert "“斗”不在可选范围内" in asked["message"]
    assert "、kg、" in asked["message"]
    firm = EnterpriseFactory(verified=True, owner=True)
    client.force_login(owner_of(firm))
    made = client.post(
        f"/api/v1/my/firms/{firm.pk}/posts/", {"direction": "sell", "product": "轴承"}, content_type="application/json"
    )
    assert made.status_code == 400
    assert "demand、supply" in _sorted(made.json()["message"])


def _sorted(message: str) -> str:
    return "、".join(sorted(message.rstrip("。").partition("：")[2].split("、")))
