"""Processes are killed with -9 while they work: nothing is lost, nothing is done twice."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from launcher import product
from tests.journeys import drill, listed

pytestmark = pytest.mark.kill

CHAINS = 8
PARTS = 40
FAULTS = ("child", "worker", "Valkey", "child", "PostgreSQL", "child")
# A folder of real data to drill with instead of the made-up one, e.g. ../shared/data/listed.
FOLDER = os.environ.get("XIELIAN_DRILL_FOLDER", "")
LOADING = ("chains.import_listed", "chains.import_listed_chunk")
MATCHING = ("chains.rematch", "chains.rematch_chunk")
IMPORT_FAULTS = (
    ("child", LOADING),
    ("worker", LOADING),
    ("Valkey", LOADING),
    ("PostgreSQL", LOADING),
    ("child", MATCHING),
    ("PostgreSQL", MATCHING),
    ("worker", MATCHING),
)


def test_every_job_takes_effect_once_whatever_is_killed() -> None:
    """The job engine alone: chains of jobs, each of which asks for the next, and a job of many parts."""
    with drill.running() as world:
        world.start_worker(include="tests.journeys.drill_jobs")
        begin = f"from tests.journeys import drill_jobs; drill_jobs.begin(chains={CHAINS}, parts={PARTS})"
        world.manage("shell", "--command", begin)
        for what in FAULTS:
            world.watch_jobs(20)
            world.kill(what)
        world.run("INSERT INTO drill_stop DEFAULT VALUES")
        world.watch(world.is_idle, what="the end of all chains", seconds=120)

        steps = world.number("SELECT count(*) FROM drill_effect WHERE number >= 0")
        figures = {
            "effects": steps,
            "attempts": world.number("SELECT count(*) FROM drill_attempt WHERE number >= 0"),
            "chains_ended": world.number("SELECT count(*) FROM drill_end"),
            "chains_without_gap": world.number(
                "SELECT count(*) FROM (SELECT number FROM drill_effect WHERE number >= 0"
                " GROUP BY number HAVING max(step) + 1 = count(*)) AS whole"
            ),
            "audit_entries": world.number("SELECT count(*) FROM foundation_auditentry WHERE action = 'drill.stepped'"),
            "sum_of_parts": world.number("SELECT result->'sum' FROM foundation_job WHERE kind = 'drill.whole'"),
            "jobs": world.states(),
        }
        world.report("jobs", figures)
        assert figures["chains_ended"] == figures["chains_without_gap"] == CHAINS
        assert figures["audit_entries"] == steps
        assert figures["sum_of_parts"] == -PARTS * (PARTS + 1) // 2
        # Every job ended well, and as many were asked for as took effect: no step was asked for twice.
        assert figures["jobs"] == {"done": steps + PARTS + 1}
        assert "all chains whole" in world.manage("verify_audit")


@pytest.fixture
def listed_folder(tmp_path: Path) -> Iterator[Path]:
    if FOLDER:
        yield Path(FOLDER).resolve()
    else:
        yield listed.make(tmp_path / "listed", products=1000, links=480)


def test_an_import_that_is_killed_again_and_again_ends_as_one_that_is_not(listed_folder: Path) -> None:
    command = ["import_listed", str(listed_folder), "--json", "--chunk", "1000" if FOLDER else "10"]
    with drill.running(durable=False) as world:
        world.manage("load_reference")
        world.start_worker()
        world.manage(*command)
        world.watch(world.is_idle, what="the rest", seconds=120)
        undisturbed = state_of(world)

    with drill.running() as world:
        world.manage("load_reference")
        world.start_worker()
        with world.spawn(*command) as running:
            for what, kinds in IMPORT_FAULTS:
                world.kill(what, kinds=kinds)
            world.watch(lambda: running.poll() is not None, what="the end of the command", seconds=1200)
            assert running.returncode == 0, (world.folder / "command.log").read_text()[-3000:]
            assert running.stdout is not None
            figures = product.last_json(running.stdout.read())
        world.watch(world.is_idle, what="the rest", seconds=120)
        disturbed = state_of(world)
        report = {name: {"undisturbed": len(undisturbed[name]), "killed": len(disturbed[name])} for name in disturbed}
        report |= {name: figures[name] for name in ("rows_read", "loaded", "refused", "cleaned", "seconds")}
        report |= {"broken": broken(world), "jobs": world.states(), "rematched": rematched(world)}
        world.report("listed" if FOLDER else "listed-small", report)
        assert "all chains whole" in world.manage("verify_audit")
    assert disturbed["firms"] == undisturbed["firms"]
    assert disturbed["posts"] == undisturbed["posts"]
    assert disturbed["capabilities"] == undisturbed["capabilities"]
    assert disturbed["audited"] == undisturbed["audited"]
    assert report["broken"] == dict.fromkeys(INVARIANTS, 0)
    assert set(report["jobs"]) == {"done"}
    # Matching all of it once more, in peace, finds nothing to add, to change or to end.
    assert {**report["rematched"], "demands": 0} == {"demands": 0, "created": 0, "changed": 0, "ended": 0, "orphans": 0}
    assert len(disturbed["matches"]) == len(undisturbed["matches"])


# What an import leaves, by natural keys: ids differ between two runs.
STATE = {
    "firms": "SELECT external_id, name, region_id, status FROM enterprises_enterprise",
    "posts": "SELECT e.external_id, p.direction, p.product_raw, p.product FROM enterprises_post p"
    " JOIN enterprises_enterprise e ON e.id = p.enterprise_id WHERE p.status IN ('published', 'matched')",
    "capabilities": "SELECT external_id, product FROM enterprises_capability",
    "matches": "SELECT d.product_raw, e.external_id FROM chains_match m JOIN enterprises_post d ON d.id = m.demand_id"
    " JOIN enterprises_post s ON s.id = m.supply_id JOIN enterprises_enterprise e ON e.id = s.enterprise_id"
    " WHERE m.ended_at IS NULL",
    "audited": "SELECT e.external_id, sum((changes->>'count')::int) FROM foundation_auditentry a"
    " JOIN enterprises_enterprise e ON e.id = a.firm_id WHERE action = 'post.published_many' GROUP BY 1",
}
# Each counts what must not be.
INVARIANTS = {
    "duplicate firms": "SELECT count(*) FROM (SELECT 1 FROM enterprises_enterprise WHERE source = 'listed'"
    " GROUP BY external_id HAVING count(*) > 1) AS twice",
    "duplicate posts": "SELECT count(*) FROM (SELECT 1 FROM enterprises_post WHERE source = 'listed'"
    " GROUP BY enterprise_id, direction, product_raw HAVING count(*) > 1) AS twice",
    "duplicate live matches": "SELECT count(*) FROM (SELECT 1 FROM chains_match WHERE ended_at IS NULL"
    " GROUP BY demand_id, supply_id HAVING count(*) > 1) AS twice",
    "ranks that two matches share": "SELECT count(*) FROM (SELECT 1 FROM chains_match WHERE ended_at IS NULL"
    " GROUP BY demand_id, rank HAVING count(*) > 1) AS twice",
    "posts without analysis": "SELECT count(*) FROM enterprises_post p LEFT JOIN chains_postanalysis a"
    " ON a.post_id = p.id WHERE a.post_id IS NULL AND p.status IN ('published', 'matched')",
    "jobs that hang": "SELECT count(*) FROM foundation_job WHERE state IN ('queued', 'running', 'waiting')",
    "jobs given up": "SELECT count(*) FROM foundation_job WHERE state IN ('parked', 'cancelled')",
}


def state_of(world: drill.Drill) -> dict[str, list[tuple[Any, ...]]]:
    return {name: sorted(world.rows(query), key=str) for name, query in STATE.items()}


def broken(world: drill.Drill) -> dict[str, int]:
    return {name: world.number(query) for name, query in INVARIANTS.items()}


def rematched(world: drill.Drill) -> dict[str, int]:
    """The result of matching everything once more."""
    enqueue = "from foundation import jobs; print(jobs.enqueue(kind='chains.rematch', key='all').pk)"
    job = int(world.manage("shell", "--verbosity", "0", "--command", enqueue).split()[-1])
    world.watch(world.is_idle, what="the last re-match", seconds=600)
    result = json.loads(world.number("SELECT result::text FROM foundation_job WHERE id = %s", job))
    return {name: result[name] for name in ("demands", "created", "changed", "ended", "orphans")}
