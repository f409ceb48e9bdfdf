"""The operator's pages: for operators only, in a fixed number of queries, without JavaScript, in both languages."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chains import matching
from chains.dictionary import editing, freezing, importing, publishing
from chains.models import Alias, Concept, ConceptLink, DictionaryEdition, DictionaryPreview
from enterprises.models import Post
from foundation.models import AuditEntry, User
from foundation.tasks import drain
from tests.chains.dictionary.small import concept, small_dictionary
from tests.factories import PostFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    user: User = UserFactory(is_operator=True)
    return user


@pytest.fixture(autouse=True)
def dictionary(by: User) -> None:
    small_dictionary()
    publishing.publish(by=by, reason="初版")


@pytest.fixture
def operator(by: User) -> Client:
    client = Client()
    client.force_login(by)
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"chains:{name}", args=args)


def pages() -> list[str]:
    bearing = concept("轴承")
    operator = User.objects.get(is_operator=True)
    editing.add_alias(by=operator, concept=bearing, text="转动件", is_ambiguous=False, reason="常用")
    entry = AuditEntry.objects.latest("id")
    preview = DictionaryPreview.objects.create(
        base_version="x",
        draft_version="y",
        content=b"",
        result={
            "posts": {"looked_at": 1, "changed": 1, "examples": [[PostFactory(published=True).pk, [], []]]},
            "demands": 1,
            "appear": 0,
            "disappear": 0,
            "move": 0,
            "details": [],
        },
        finished_at=entry.at,
    )
    record = importing.start(
        by=operator, table="concepts", file_name="c.csv", lines=[["name", "kind"], ["甲", "part"]], reason="补"
    )
    proposal = Concept.objects.create(name="关节轴承", surface="关 节 轴 承", kind="part", status="proposed")
    Alias.objects.create(
        concept=bearing, text="转子", surface="转 子", status="proposed", evidence={"firms": 1, "count": 2, "posts": []}
    )
    ConceptLink.objects.create(concept=bearing, other=concept("螺栓"), kind="near", status="proposed")
    return [
        url("dictionary"),
        *(url("dictionary-others", table) for table in ("words", "contradictions", "needs")),
        url("dictionary-history"),
        url("dictionary-undo", entry.pk),
        url("concept-create"),
        url("concept-show", bearing.pk),
        url("concept-edit", bearing.pk),
        url("alias-add", bearing.pk),
        url("concept-merge", bearing.pk),
        url("concept-retire", bearing.pk),
        url_of_alias("转动件"),
        *(url("dictionary-review", kind) for kind in ("aliases", "concepts", "links")),
        url("concept-decide", proposal.pk),
        url("dictionary-draft"),
        url("dictionary-publish"),
        url("dictionary-preview", preview.pk),
        url("dictionary-edition", 1),
        url("dictionary-tables"),
        *(url("dictionary-export", table) for table in ("concepts", "words", "contradictions", "needs")),
        url("dictionary-import", record.pk),
    ]


def url_of_alias(name: str) -> str:
    return url("alias-retire", Alias.objects.get(text=name).pk)


def test_operators_find_every_page_and_nobody_else_any(operator: Client) -> None:
    found = pages()
    outsider, visitor = Client(), Client()
    outsider.force_login(UserFactory())
    for address in found:
        assert operator.get(address).status_code == 200, address
        assert operator.get(address, headers={"accept-language": "en"}).status_code == 200, address
        assert outsider.get(address).status_code == 404, address
        assert visitor.get(address).status_code == 302, address


def test_nobody_but_operators_can_write(operator: Client) -> None:
    bearing = concept("轴承")
    outsider = Client()
    outsider.force_login(UserFactory())
    writes = [
        url("concept-create"),
        url("concept-edit", bearing.pk),
        url("alias-add", bearing.pk),
        url("concept-merge", bearing.pk),
        url("concept-retire", bearing.pk),
        url("dictionary-review", "aliases"),
        url("dictionary-mine"),
        url("dictionary-preview-start"),
        url("dictionary-publish"),
        url("dictionary-tables"),
    ]
    before, entries = freezing.draft(), AuditEntry.objects.count()
    for address in writes:
        assert outsider.post(address, {"reason": "x", "text": "x", "decision": "accept"}).status_code == 404, address
    assert freezing.draft() == before
    assert AuditEntry.objects.count() == entries


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("轴承", {"轴承", "滚动轴承", "深沟球轴承"}),
        ("bearing", {"轴承", "滚动轴承"}),
        ("DGBB", {"深沟球轴承"}),
        ("zhoucheng", {"轴承"}),
        ("luo shuan", {"螺栓"}),
        ("没有", set()),
    ],
)
def test_concepts_are_found_by_name_alias_english_and_pinyin(operator: Client, q: str, found: set[str]) -> None:
    answer = operator.get(url("dictionary"), {"q": q})
    assert {row.name for row in answer.context["page_obj"]} == found


def test_the_list_is_sorted_by_pinyin_and_filtered(operator: Client) -> None:
    names = [row.name for row in operator.get(url("dictionary")).context["page_obj"]]
    assert names == ["部件", "滚动轴承", "紧固件", "螺母", "螺栓", "深沟球轴承", "轴承"]
    assert not operator.get(url("dictionary"), {"kind": "service"}).context["page_obj"].object_list
    assert not operator.get(url("dictionary"), {"source": "core"}).context["page_obj"].object_list
    assert operator.get(url("dictionary"), {"status": "nonsense", "page": "x"}).status_code == 200


@pytest.mark.parametrize("name", ["dictionary", "dictionary-history"])
def test_a_list_costs_the_same_however_long_it_is(operator: Client, by: User, name: str) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            operator.get(url(name))
        return len(queries)

    cost()
    few = cost()
    for text in ("甲件", "乙件", "丙件", "丁件"):
        editing.add_alias(by=by, concept=concept("轴承"), text=text, is_ambiguous=False, reason="常用")
        Concept.objects.create(name=f"{text}体", surface=f"{text} 体", kind="part", pinyin=text)
    # What waits is compared once after a change, whatever its size, and then remembered.
    assert cost() <= few + 8
    assert cost() <= few
    assert few <= 40


def test_a_concept_is_made_edited_merged_and_retired_by_forms(operator: Client) -> None:
    values = {
        "name": "衬套", "kind": "part", "english": "bush", "parents": "部件", "aliases": "轴套\nbush2?", "near": "轴承",
        "weight": "0", "made_of": "", "reason": "常见品类",
    }  # fmt: skip
    answer = operator.post(url("concept-create"), values)
    bush = concept("衬套")
    assert answer.headers["Location"] == url("concept-show", bush.pk)
    now = freezing.draft().concepts["衬套"]
    assert (now.parents, set(now.aliases), now.near) == (("部件",), {"轴套", "bush2?"}, ("轴承",))
    page = operator.get(url("concept-edit", bush.pk)).content.decode()
    assert "轴套" in page
    operator.post(url("concept-edit", bush.pk), {**values, "english": "bushing", "implies": "on"})
    now = freezing.draft().concepts["衬套"]
    assert (now.english, now.implies) == ("bushing", True)
    operator.post(url("alias-add", bush.pk), {"text": "衬筒", "reason": "常用"})
    operator.post(url_of_alias("衬筒"), {"reason": "不常用"})
    assert Alias.objects.get(text="衬筒").status == "retired"
    operator.post(url("concept-merge", bush.pk), {"into": "轴承", "reason": "试合并"})
    assert "轴套" in freezing.draft().concepts["轴承"].aliases
    entry = AuditEntry.objects.latest("id")
    assert "衬套" in operator.get(url("dictionary-undo", entry.pk)).content.decode()
    operator.post(url("dictionary-undo", entry.pk), {"reason": "弄错了"})
    operator.post(url("concept-retire", bush.pk), {"reason": "不用"})
    assert concept("衬套").status == "retired"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "轴承"}, "name"),
        ({"aliases": "bolt"}, "aliases"),
        ({"parents": "没有的"}, "parents"),
        ({"reason": ""}, "reason"),
        ({"kind": "thing"}, "kind"),
        ({"weight": "99"}, "weight"),
        ({"name": "x" * 81}, "name"),
        ({"empty_after": "thing"}, "empty_after"),
    ],
)
def test_what_a_form_gets_wrong_is_said_beside_its_field(operator: Client, values: dict[str, str], field: str) -> None:
    form = {"name": "衬套", "kind": "part", "weight": "0", "reason": "试", **values}
    answer = operator.post(url("concept-create"), form)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors


def test_proposals_are_decided_many_at_once(operator: Client) -> None:
    bearing = concept("轴承")
    rows = [
        Alias.objects.create(concept=bearing, text=f"转{n}", surface=f"转 {n}", status="proposed") for n in "甲乙丙"
    ]
    address = url("dictionary-review", "aliases")
    answer = operator.post(address, {"decision": "accept", "reason": "核对过"})
    assert answer.status_code == 422
    answer = operator.post(address, {"chosen": [rows[0].pk, rows[1].pk], "decision": "accept"})
    assert answer.status_code == 422
    assert "reason" in answer.context["form"].errors
    operator.post(address, {"chosen": [rows[0].pk, rows[1].pk], "decision": "accept", "reason": "核对过"})
    operator.post(address, {"chosen": [rows[2].pk, "x"], "decision": "reject", "reason": "不是"})
    assert [Alias.objects.get(pk=row.pk).status for row in rows] == ["approved", "approved", "rejected"]


def test_a_proposed_concept_is_completed_and_taken(operator: Client) -> None:
    row = Concept.objects.create(name="关节轴承", surface="关 节 轴 承", kind="unknown", status="proposed")
    operator.post(
        url("concept-decide", row.pk),
        {"name": "关节轴承", "kind": "part", "parents": "轴承", "weight": "0", "reason": "常见"},
    )
    assert freezing.draft().concepts["关节轴承"].parents == ("轴承",)
    assert operator.get(url("concept-decide", row.pk)).status_code == 404


def test_a_draft_is_previewed_and_published_from_its_page(operator: Client, by: User) -> None:
    PostFactory(published=True, product="轴承")
    PostFactory(published=True, demand=True, product="转动支承件")
    matching.keep(post_ids=list(Post.objects.values_list("pk", flat=True)))
    editing.add_alias(by=by, concept=concept("轴承"), text="转动支承件", is_ambiguous=False, reason="常用")
    assert "转动支承件" in operator.get(url("dictionary-draft")).content.decode()
    answer = operator.post(url("dictionary-preview-start"))
    while drain("bulk") or drain("matching"):
        pass
    page = operator.get(answer.headers["Location"]).content.decode()
    assert "新增匹配" in page
    assert "词典未收" in page
    assert operator.post(url("dictionary-publish"), {"reason": ""}).status_code == 200
    assert DictionaryEdition.objects.count() == 1
    operator.post(url("dictionary-publish"), {"reason": "新别名"})
    assert DictionaryEdition.objects.count() == 2
    page = operator.get(url("dictionary")).content.decode()
    assert "读完之前" in page, "what readers see meanwhile is said, with progress"
    while drain("bulk") or drain("matching"):
        pass
    assert "读完之前" not in operator.get(url("dictionary")).content.decode()


def test_a_table_is_uploaded_checked_and_imported(operator: Client) -> None:
    file = SimpleUploadedFile("词典.csv", "name,kind,is_a\n衬套,part,部件\n坏,thing,\n".encode())
    answer = operator.post(url("dictionary-tables"), {"table": "concepts", "file": file, "reason": "补充"})
    assert answer.status_code == 302
    drain("bulk")
    address = answer.headers["Location"]
    page = operator.get(address)
    assert page.context["report"]["created"] == 1
    assert [error["row"] for error in page.context["errors"]] == [3]
    operator.post(f"{address}confirm/")
    drain("bulk")
    assert "衬套" in freezing.draft().concepts


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"a,b\n1,2\n", "name,kind\n".encode("utf-16")])
def test_a_file_that_is_no_table_is_refused_beside_its_field(operator: Client, content: bytes) -> None:
    file = SimpleUploadedFile("x.csv", content)
    answer = operator.post(url("dictionary-tables"), {"table": "concepts", "file": file, "reason": "补充"})
    assert answer.status_code == 422
    assert "file" in answer.context["form"].errors


def test_what_comes_out_is_the_draft(operator: Client) -> None:
    answer: Any = operator.get(url("dictionary-export", "concepts"))
    text = b"".join(answer.streaming_content).decode()
    assert text.splitlines()[0] == "name,kind,is_a,aliases,narrower,english,notes"
    assert "螺栓,part,紧固件,bolt,,,~螺母" in text


def test_mining_is_started_with_a_reason(operator: Client) -> None:
    operator.post(url("dictionary-mine"), {"mine-reason": ""})
    assert not AuditEntry.objects.filter(action="dictionary.mining_asked").exists()
    operator.post(url("dictionary-mine"), {"mine-reason": "新数据"})
    assert AuditEntry.objects.filter(action="dictionary.mining_asked").exists()


@pytest.mark.parametrize(
    "address", ["others/nonsense/", "review/nonsense/", "tables/nonsense.csv", "editions/99/", "concepts/99999/"]
)
def test_addresses_of_nothing_are_missing(operator: Client, address: str) -> None:
    assert operator.get(url("dictionary") + address).status_code == 404
