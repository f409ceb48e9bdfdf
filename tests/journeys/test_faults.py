"""Processes are killed with -9 while they work: nothing is lost, nothing is done twice."""

import pytest

from tests.journeys import drill

pytestmark = pytest.mark.kill

CHAINS = 8
PARTS = 40
FAULTS = ("child", "worker", "Valkey", "child", "PostgreSQL", "child")


def test_every_job_takes_effect_once_whatever_is_killed() -> None:
    """The job engine alone: chains of jobs, each of which asks for the next, and a job of many parts."""
    with drill.running() as world:
        world.start_worker(include="tests.journeys.drill_jobs")
        begin = f"from tests.journeys import drill_jobs; drill_jobs.begin(chains={CHAINS}, parts={PARTS})"
        world.manage("shell", "--command", begin)
        for what in FAULTS:
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
