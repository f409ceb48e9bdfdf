"""`manage.py preview` and `manage.py rematch`."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chains.models import Match
from foundation.models import Job
from tests.chains.market import firm, market, post

pytestmark = pytest.mark.django_db


def preview(tmp_path: Path, *lines: str, **options: Any) -> list[dict[str, Any]]:
    source, target = tmp_path / "demands.jsonl", tmp_path / "results.jsonl"
    source.write_text("\n".join(lines), encoding="utf-8")
    call_command("preview", f"--in={source}", f"--out={target}", stderr=io.StringIO(), **options)
    return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]


def test_a_file_of_texts_becomes_a_file_of_partners(tmp_path: Path) -> None:
    m = market(source="listed", external_id="600001", product_raw="深沟球轴承6204 ")
    found = preview(
        tmp_path,
        '{"id": "a", "text": "求购深沟球轴承 6204"}',
        "",
        '{"id": 2, "text": "聚氯乙烯"}',
        '{"id": 3, "text": ""}',
    )
    assert [row["id"] for row in found] == ["a", 2, 3]
    (best,) = found[0]["results"]
    assert set(best) == {"external_id", "firm", "product", "region", "score", "parts", "reasons"}
    assert (best["external_id"], best["firm"], best["product"]) == ("600001", m.seller.name, "深沟球轴承6204 ")
    assert found[0]["understood"]["text"] == "求购深沟球轴承 6204"
    assert found[1]["results"] == found[2]["results"] == []


def test_reasons_can_be_in_english(tmp_path: Path) -> None:
    market()
    (found,) = preview(tmp_path, '{"id": 1, "text": "深沟球轴承 6204"}', language="en")
    assert found["results"][0]["reasons"][0].startswith("Same product")


def test_at_most_twenty_partners_best_first(tmp_path: Path) -> None:
    m = market()
    for number in range(22):
        post(firm(name=f"多{number}轴承厂"), product="深沟球轴承" if number % 2 else "深沟球轴承 6204")
    call_command("rematch", "--here", stdout=io.StringIO())
    (found,) = preview(tmp_path, '{"id": 1, "text": "深沟球轴承 6204"}')
    scores = [row["score"] for row in found["results"]]
    assert len(scores) == 20
    assert scores == sorted(scores, reverse=True)
    assert Match.objects.live().filter(demand=m.wanted).count() == 20


def test_unreadable_lines_are_named_and_the_others_answered(tmp_path: Path) -> None:
    market()
    target = tmp_path / "out.jsonl"
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": 1, "text": "螺纹钢"}\nnot json\n[1]\n{"id": 2}\n{"id": 3, "text": 4}\n', encoding="utf-8")
    with pytest.raises(CommandError) as problem:
        call_command("preview", f"--in={source}", f"--out={target}", stderr=io.StringIO())
    assert [f"line {n}:" in str(problem.value) for n in (1, 2, 3, 4, 5)] == [False, True, True, True, True]
    assert "line 2: not JSON" in str(problem.value)
    assert 'write {"id": …, "text": "…"} on one line' in str(problem.value)
    assert [json.loads(line)["id"] for line in target.read_text().splitlines()] == [1]


def test_a_missing_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="none: there is no such file") as said:
        call_command("preview", f"--in={tmp_path / 'none'}", f"--out={tmp_path / 'out'}")
    assert "Errno" not in str(said.value)
    (tmp_path / "in").write_text("")
    with pytest.raises(CommandError, match="this is a folder"):
        call_command("preview", f"--in={tmp_path / 'in'}", f"--out={tmp_path}")


def test_rematch_leaves_the_work_to_a_worker_or_does_it_here() -> None:
    m = market()
    Match.objects.all().delete()
    call_command("rematch", stdout=io.StringIO())
    call_command("rematch", stdout=io.StringIO())
    assert Job.objects.filter(kind="chains.rematch").count() == 1
    out = io.StringIO()
    call_command("rematch", "--here", stdout=out)
    assert "created: 1" in out.getvalue()
    assert m.match.is_strong
