"""The dictionary for other systems and at the command line."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from chains.dictionary import current, freezing, publishing
from chains.models import Alias, DictionaryEdition
from foundation.models import User
from tests.chains.dictionary.small import concept, small_dictionary
from tests.factories import PostFactory, UserFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/dictionary/"


@pytest.fixture
def by() -> User:
    user: User = UserFactory(is_operator=True)
    return user


@pytest.fixture(autouse=True)
def dictionary(by: User) -> None:
    small_dictionary()
    publishing.publish(by=by, reason="初版")


def run(*words: str, **more: Any) -> str:
    out = io.StringIO()
    call_command("dictionary", *words, stdout=out, stderr=out, **more)
    return out.getvalue()


def test_everybody_who_is_logged_in_searches_the_edition_in_force() -> None:
    concept("轴承").aliases.create(text="还没发布", surface="还 没 发 布")
    client = Client()
    assert client.get(ADDRESS, {"q": "轴承"}).status_code in (401, 403)
    client.force_login(UserFactory())
    answer = client.get(ADDRESS, {"q": "Bearing"}).json()
    assert answer["edition"] == 1
    assert [row["name"] for row in answer["results"]] == ["轴承", "滚动轴承"]
    assert answer["results"][0] == {
        "name": "轴承", "english": "bearing", "kind": "part", "parents": ["部件"], "aliases": ["bearing"],
    }  # fmt: skip
    assert client.get(ADDRESS, {"q": "还没发布"}).json()["results"] == []


@pytest.mark.parametrize("q", ["", "x" * 81, "\x00"])
def test_nonsense_is_refused(q: str) -> None:
    client = Client()
    client.force_login(UserFactory())
    assert client.get(ADDRESS, {"q": q}).status_code == 400
    assert client.post(ADDRESS, {"q": "轴承"}).status_code == 405


def test_a_table_goes_out_and_comes_in_at_the_command_line(by: User, tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    run("export", "concepts", "--file", str(file))
    assert run("export", "concepts") == file.read_text(encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8") + "衬套,part,部件,,,bush,\n坏,thing,,,,,\n", encoding="utf-8")
    said = run("import", "concepts", str(file), "--by", by.email, "--reason", "补充", "--dry-run")
    assert "新增 1" in said
    assert "第 10 行" in said
    assert "衬套" not in freezing.draft().concepts
    run("import", "concepts", str(file), "--by", by.email, "--reason", "补充")
    assert "衬套" in freezing.draft().concepts
    assert "衬套" not in current().concepts
    run("publish", "--by", by.email, "--reason", "补充")
    assert "衬套" in current().concepts
    assert DictionaryEdition.objects.count() == 2


def test_the_command_line_has_no_other_rights(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("name,kind\n衬套,part\n", encoding="utf-8")
    with pytest.raises(CommandError):
        run("import", "concepts", str(file), "--by", UserFactory().email, "--reason", "补充")
    with pytest.raises(CommandError):
        run("publish", "--by", "nobody@example.com", "--reason", "补充")
    with pytest.raises(CommandError):
        run("import", "concepts", str(tmp_path / "none.csv"), "--by", UserFactory().email, "--reason", "补充")
    assert "衬套" not in freezing.draft().concepts


def test_mining_at_the_command_line() -> None:
    PostFactory(published=True, product="轴承（俗称转轮子）")
    assert "别名 0 条" in run("mine"), "posts that were never analysed are not read"
    assert not Alias.objects.filter(status="proposed").exists()
