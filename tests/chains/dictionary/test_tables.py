"""The tables, out and in: what comes out goes in unchanged, and each bad row is named."""

import csv
from typing import Any

import pytest

from chains.dictionary import freezing, importing, tables
from chains.engine import Dictionary
from chains.models import Concept, DictionaryImport
from foundation.errors import RefusedError
from foundation.models import AuditEntry, User
from foundation.tasks import drain
from tests.chains.dictionary.small import concept, small_dictionary
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
HEAD = ["name", "kind", "is_a", "aliases", "narrower", "english", "notes"]


@pytest.fixture(autouse=True)
def dictionary() -> None:
    small_dictionary()


@pytest.fixture
def by() -> User:
    user: User = UserFactory(is_operator=True)
    return user


def rows(*lines: list[str], head: list[str] = HEAD) -> list[dict[str, Any]]:
    found = tables.read([head, *lines], "concepts")
    assert found is not None
    return found


def problems(*lines: list[str]) -> list[tuple[int, str]]:
    return [(error["row"], error["field"]) for error in tables.check("concepts", rows(*lines)).errors]


@pytest.mark.parametrize("table", tables.COLUMNS)
def test_what_comes_out_goes_in_and_changes_nothing(table: str) -> None:
    lines = list(csv.reader(tables.write(table, freezing.draft())))
    read = tables.read(lines, table)
    assert read is not None
    report = tables.check(table, read)
    assert (report.created, report.changed, report.errors) == (0, 0, [])
    assert report.unchanged == len(lines) - 1


def test_no_cell_that_comes_out_is_a_formula_and_it_goes_in_as_it_was() -> None:
    with freezing.drafting():
        tables.apply("concepts", rows(["轴瓦", "part", "", "bearing shell", "", "=HYPERLINK(1)", ""]))
    lines = list(csv.reader(tables.write("concepts", freezing.draft())))
    cells = next(line for line in lines if line[0] == "轴瓦")
    assert cells[HEAD.index("english")] == "'=HYPERLINK(1)"
    read = tables.read(lines, "concepts")
    assert read is not None
    assert tables.check("concepts", read).changed == 0


def test_the_shipped_core_comes_out_in_its_own_columns() -> None:
    content = freezing.frozen_of(Dictionary.load())
    lines = list(csv.reader(tables.write("concepts", content)))
    assert lines[0] == HEAD
    read = tables.read(lines, "concepts")
    assert read is not None
    before = freezing.Frozen({}, content.words, {}, {})
    report, entries = tables._plan("concepts", read, before)
    assert report.errors == []
    found = {entry.name: entry for entry in entries}
    again = freezing.Frozen(found, content.words, content.contradictions, {}, content.needs)
    assert again.dictionary.version == content.dictionary.version


def test_new_and_changed_rows_are_taken_in_with_their_narrower_ones() -> None:
    with freezing.drafting():
        report = tables.apply(
            "concepts",
            rows(
                ["衬套", "part", "部件", "bush|轴套?", "铜衬套=copper bush", "bush", "w=3 ~轴承 implies form"],
                ["轴承", "part", "部件", "bearing|brg", "", "bearing", ""],
            ),
        )
    assert (report.created, report.changed, report.errors) == (2, 1, [])
    now = freezing.draft().concepts
    assert now["铜衬套"].parents == ("衬套",)
    assert now["铜衬套"].english == "copper bush"
    assert set(now["衬套"].aliases) == {"bush", "轴套?"}
    assert (now["衬套"].weight, now["衬套"].near, now["衬套"].implies, now["衬套"].is_form) == (
        3,
        ("轴承",),
        True,
        True,
    )
    assert set(now["轴承"].aliases) == {"bearing", "brg"}
    assert Concept.objects.get(name="衬套").source == "import"


def test_a_column_that_is_missing_leaves_things_as_they_are() -> None:
    with freezing.drafting():
        tables.apply("concepts", rows(["螺栓", "high-tensile bolt"], head=["name", "english"]))
    now = freezing.draft().concepts["螺栓"]
    assert (now.english, now.aliases, now.near, now.parents) == ("high-tensile bolt", ("bolt",), ("螺母",), ("紧固件",))


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (["", "part", "", "x", "", "", ""], "name"),
        (["——", "part", "", "", "", "", ""], "name"),
        (["衬套", "thing", "", "", "", "", ""], "kind"),
        (["衬套", "", "", "", "", "", ""], "kind"),
        (["衬套", "part", "没有的", "", "", "", ""], "is_a"),
        (["衬套", "part", "衬套", "", "", "", ""], "is_a"),
        (["轴承", "part", "深沟球轴承", "", "", "", ""], "is_a"),
        (["衬套", "part", "", "bolt", "", "", ""], "aliases"),
        (["衬套", "part", "", "高强", "", "", ""], "aliases"),
        (["衬套", "part", "", "长" * 81, "", "", ""], "aliases"),
        (["bolt", "part", "", "", "", "", ""], "name"),
        (["衬套", "part", "", "", "", "", "w=x"], "notes"),
        (["衬套", "part", "", "", "", "", "w=99"], "notes"),
        (["衬套", "part", "", "", "", "", "nonsense"], "notes"),
        (["衬套", "part", "", "", "", "", "~没有的"], "notes"),
        (["衬套", "part", "", "", "", "", "empty=thing"], "notes"),
        (["衬套", "part", "", "", "", "x" * 121, ""], "english"),
    ],
)
def test_each_bad_row_is_named_with_its_column(line: list[str], column: str) -> None:
    good = ["套筒", "part", "", "", "", "", ""]
    assert problems(good, line) == [(3, column)]
    with freezing.drafting():
        report = tables.apply("concepts", rows(good, line))
    assert report.created == 1
    assert "套筒" in freezing.draft().concepts


def test_rows_that_stand_on_a_bad_row_fall_with_it() -> None:
    assert problems(["甲件", "thing", "", "", "", "", ""], ["乙件", "part", "甲件", "", "", "", ""]) == [
        (2, "kind"),
        (3, "is_a"),
    ]


def test_the_same_name_or_form_twice_in_a_file_is_refused() -> None:
    line = ["衬套", "part", "", "", "", "", ""]
    assert problems(line, line) == [(3, "name")]
    assert problems(["甲件", "part", "", "xx", "", "", ""], ["乙件", "part", "", "XX", "", "", ""]) == [(3, "aliases")]


def test_words_and_contradictions_go_in_as_well() -> None:
    words = tables.read([["role", "words", "english"], ["modifier", "低温|常温", ""], ["thing", "x", ""]], "words")
    groups = tables.read(
        [
            ["group", "strength", "values"],
            ["温度", "700", "低温|常温"],
            ["坏", "0", "低温|常温"],
            ["坏二", "5", "无|低温"],
        ],
        "contradictions",
    )
    assert words is not None
    assert groups is not None
    with freezing.drafting():
        report = tables.apply("words", words)
        assert (report.created, [e["field"] for e in report.errors]) == (2, ["role"])
        report = tables.apply("contradictions", groups)
        assert (report.created, [e["field"] for e in report.errors]) == (1, ["strength", "values"])
    assert freezing.draft().contradictions["温度"].values == (("低温",), ("常温",))


def test_an_upload_is_checked_first_and_written_once_when_confirmed(by: User) -> None:
    record = importing.start(
        by=by, table="concepts", file_name="c.csv", lines=[HEAD, ["衬套", "part", "", "", "", "", ""]], reason="补充"
    )
    with pytest.raises(RefusedError) as refused:
        importing.confirm(by=by, record=record)
    assert refused.value.code == "not_checked"
    drain("bulk")
    record.refresh_from_db()
    assert record.report is not None
    assert record.report["created"] == 1
    assert "衬套" not in freezing.draft().concepts
    for _ in range(2):
        importing.confirm(by=by, record=record)
        drain("bulk")
    assert "衬套" in freezing.draft().concepts
    assert AuditEntry.objects.filter(action="dictionary.imported", reason="补充").count() == 1
    assert DictionaryImport.objects.get().applied_at is not None


@pytest.mark.parametrize(
    ("lines", "code"), [([["x"], ["y"]], "head_missing"), ([], "head_missing"), ([HEAD], "no_rows")]
)
def test_a_file_without_head_or_rows_is_refused(by: User, lines: list[list[str]], code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        importing.start(by=by, table="concepts", file_name="c.csv", lines=lines, reason="补充")
    assert refused.value.code == code


def test_only_operators_import() -> None:
    with pytest.raises(RefusedError) as refused:
        importing.start(by=UserFactory(), table="concepts", file_name="c.csv", lines=[HEAD, ["x"]], reason="补充")
    assert refused.value.code == "not_allowed"


def test_a_concept_keeps_its_row_when_it_is_imported() -> None:
    pk = concept("轴承").pk
    with freezing.drafting():
        tables.apply("concepts", rows(["轴承", "part", "", "", "", "new", ""]))
    assert concept("轴承").pk == pk
