"""The audit log is append-only, chained, and notices what was done to it behind its back."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from foundation import audit, audit_chain
from foundation.models import AuditEntry, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _log(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_ANCHOR_FILE = tmp_path / "anchors.jsonl"
    run("ALTER TABLE foundation_auditentry ENABLE TRIGGER audit_no_truncate")
    user = User.objects.create_user("a@example.com", name="甲")
    for number in range(5):
        audit.record(
            action="post.published", actor=user, firm_id=7, reason=f"理由 {number}", changes={"n": [0, number]}
        )
    audit.record(action="rule.changed", actor=None)
    audit_chain.anchor()


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def behind_its_back(sql: str) -> None:
    """What somebody with the database in hand can do."""
    run("ALTER TABLE foundation_auditentry DISABLE TRIGGER USER")
    run(sql)
    run("ALTER TABLE foundation_auditentry ENABLE TRIGGER USER")


def test_an_untouched_log_is_whole() -> None:
    assert audit_chain.verify() == (6, [])
    call_command("verify_audit", "--anchor")


def test_entries_of_one_statement_follow_each_other() -> None:
    audit.record_many([audit.entry(action="x", actor=None, firm_id=firm) for firm in (9, 8, 9, 8)])
    assert list(AuditEntry.objects.filter(chain=9).order_by("id").values_list("sequence", flat=True)) == [1, 2]
    assert audit_chain.verify()[1] == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE foundation_auditentry SET reason = ''",
        "DELETE FROM foundation_auditentry",
        "TRUNCATE foundation_auditentry",
    ],
)
def test_the_database_refuses_to_change_it(sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(sql)
    assert AuditEntry.objects.count() == 6


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE foundation_auditentry SET reason = 'x' WHERE chain = 7 AND sequence = 2", "edited"),
        ("DELETE FROM foundation_auditentry WHERE chain = 7 AND sequence = 3", "gap"),
        ("DELETE FROM foundation_auditentry WHERE chain = 7 AND sequence > 3", "tail_cut"),
        ("DELETE FROM foundation_auditentry WHERE chain = 7", "chain_gone"),
        (
            "UPDATE foundation_auditentry SET sequence = CASE sequence WHEN 2 THEN 30 ELSE 2 END"
            " WHERE chain = 7 AND sequence IN (2, 3);"
            "UPDATE foundation_auditentry SET sequence = 3 WHERE sequence = 30",
            "broken_link",
        ),
        (
            "INSERT INTO foundation_auditentry (chain, sequence, at, actor_name, action, target_type, target_id,"
            " target_label, reason, changes, previous_hash, hash)"
            " SELECT chain, 6, at, actor_name, action, target_type, target_id, target_label, reason, changes,"
            " previous_hash, hash FROM foundation_auditentry WHERE chain = 7 AND sequence = 5",
            "broken_link",
        ),
        (
            "ALTER TABLE foundation_auditentry DROP CONSTRAINT audit_chain_has_no_fork;"
            "INSERT INTO foundation_auditentry (chain, sequence, at, actor_name, action, target_type, target_id,"
            " target_label, reason, changes, previous_hash, hash)"
            " SELECT chain, sequence, at, 'x', action, target_type, target_id, target_label, reason, changes,"
            " previous_hash, hash FROM foundation_auditentry WHERE chain = 7 AND sequence = 5",
            "fork",
        ),
    ],
    ids=["edit", "delete", "tail cut", "whole chain", "reorder", "insert", "fork"],
)
def test_tampering_is_noticed(sql: str, code: str) -> None:
    behind_its_back(sql)
    assert code in {finding.code for finding in audit_chain.verify()[1]}
    with pytest.raises(CommandError):
        call_command("verify_audit", stderr=io.StringIO())


def test_a_trigger_that_is_off_is_noticed() -> None:
    run("ALTER TABLE foundation_auditentry DISABLE TRIGGER audit_append_only")
    assert [f.code for f in audit_chain.verify()[1]] == ["trigger_off:audit_append_only"]


def test_a_chain_that_was_computed_anew_differs_from_its_anchor() -> None:
    behind_its_back("DELETE FROM foundation_auditentry WHERE chain = 7")
    for number in range(5):
        audit.record(action="post.published", actor=None, firm_id=7, reason=f"伪 {number}")
    assert {f.code for f in audit_chain.verify()[1]} == {"rewritten"}


@pytest.mark.parametrize("more", [0, 1, 5])
def test_the_next_anchor_does_not_hide_a_cut_tail(more: int) -> None:
    behind_its_back("DELETE FROM foundation_auditentry WHERE chain = 7 AND sequence > 3")
    for number in range(more):
        audit.record(action="post.published", actor=None, firm_id=7, reason=f"伪 {number}")
    audit.record(action="rule.changed", actor=None)
    assert audit_chain.anchor() == 1
    assert {f.code for f in audit_chain.verify()[1]} <= {"tail_cut", "rewritten"}
    assert audit_chain.verify()[1]


def test_the_next_anchor_does_not_hide_a_chain_that_was_computed_anew() -> None:
    behind_its_back("DELETE FROM foundation_auditentry WHERE chain = 7")
    for number in range(7):
        audit.record(action="post.published", actor=None, firm_id=7, reason=f"伪 {number}")
    assert audit_chain.anchor() == 0
    assert {f.code for f in audit_chain.verify()[1]} == {"rewritten"}


def test_a_chain_that_grew_is_anchored_anew() -> None:
    audit.record(action="post.published", actor=None, firm_id=7)
    assert audit_chain.anchor() == 1
    behind_its_back("DELETE FROM foundation_auditentry WHERE chain = 7 AND sequence > 5")
    assert [f.code for f in audit_chain.verify()[1]] == ["tail_cut"]


def test_an_anchor_that_was_cut_off_in_writing_spoils_no_other(settings: Any) -> None:
    with settings.AUDIT_ANCHOR_FILE.open("a") as file:
        file.write('{"at": "2026-11-2')
    assert audit_chain.verify() == (6, [])
    audit.record(action="post.published", actor=None, firm_id=7)
    assert audit_chain.anchor() == 1
    behind_its_back("DELETE FROM foundation_auditentry WHERE chain = 7 AND sequence > 5")
    assert [f.code for f in audit_chain.verify()[1]] == ["tail_cut"]
