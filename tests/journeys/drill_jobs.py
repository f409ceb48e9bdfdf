"""Jobs for the drill: each leaves an effect that can be counted. The worker imports them with `--include`."""

import time
from typing import Any

from django.db import connection, transaction

from foundation import audit, jobs

SECONDS = 0.08
TABLES = """
    CREATE TABLE drill_attempt (number int NOT NULL, step int NOT NULL);
    CREATE TABLE drill_effect (number int, step int, PRIMARY KEY (number, step));
    CREATE TABLE drill_end (number int PRIMARY KEY);
    CREATE TABLE drill_stop ();
"""


def begin(*, chains: int, parts: int) -> None:
    """Ask for `chains` endless chains of jobs, each asked for by the one before, and for one job of many parts."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
        for number in range(chains):
            jobs.enqueue(kind="drill.step", payload={"number": number, "step": 0})
        jobs.enqueue(kind="drill.whole", payload={"parts": parts})


@jobs.handler("drill.step")
def step(run: jobs.Run, *, number: int, step: int) -> None:
    """Effect, audit entry and the next step in one transaction, as a stage does it; then a while of other work."""
    with transaction.atomic():
        if _leave(number, step):
            audit.record(action="drill.stepped", actor=None, firm_id=number % 3, changes={"step": [step, step + 1]})
            if _is_over():
                _run("INSERT INTO drill_end VALUES (%s)", number)
            else:
                jobs.enqueue(kind="drill.step", payload={"number": number, "step": step + 1})
    run.progress(done=1, total=2)
    time.sleep(SECONDS)
    run.progress(done=2)


@jobs.handler("drill.whole")
def whole(run: jobs.Run, *, parts: int) -> dict[str, Any] | None:
    if run.is_gathering:
        return {"sum": sum(result["number"] for result in run.job.children.values_list("result", flat=True))}
    run.spawn(kind="drill.part", payloads=[{"number": -1 - part} for part in range(parts)])
    return None


@jobs.handler("drill.part")
def part(run: jobs.Run, *, number: int) -> dict[str, int]:
    with transaction.atomic():
        _leave(number, 0)
    time.sleep(SECONDS)
    return {"number": number}


def _leave(number: int, step: int) -> bool:
    """Note the attempt; leave the effect unless an earlier attempt did. True for the one that left it."""
    _run("INSERT INTO drill_attempt VALUES (%s, %s)", number, step)
    return _run("INSERT INTO drill_effect VALUES (%s, %s) ON CONFLICT DO NOTHING", number, step) == 1


def _is_over() -> bool:
    return _run("SELECT 1 FROM drill_stop") > 0


def _run(statement: str, *values: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
