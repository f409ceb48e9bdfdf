"""Check the audit chains, and anchor their heads outside the database.

Each entry's hash covers the one before it, so an edit, an insertion, a removal or a new order breaks the chain. A tail
that is cut off, or a chain that is gone, breaks nothing inside the database: it is found by the heads that were
written to `settings.AUDIT_ANCHOR_FILE`, which belongs on other storage in production.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

log = logging.getLogger(__name__)

TRIGGERS = ("audit_chain", "audit_append_only", "audit_no_truncate")


@dataclass(frozen=True)
class Finding:
    """Something is wrong: in which chain, from which sequence number on, and what (a code for programs)."""

    chain: int | None
    sequence: int | None
    code: str


def verify() -> tuple[int, list[Finding]]:
    """(entries read, findings). Streams the whole log once; no finding means nothing was tampered with since the
    last anchor."""
    findings = list(_missing_triggers())
    heads: dict[int, tuple[int, str]] = {}
    seen: dict[int, dict[int, str]] = {}
    anchored = dict(_anchors())
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT chain, sequence, previous_hash, hash, audit_entry_hash(e) FROM foundation_auditentry e"
            " ORDER BY chain, sequence, id"
        )
        while rows := cursor.fetchmany(2000):
            for chain, sequence, previous, written, computed in rows:
                count += 1
                last_sequence, last_hash = heads.get(chain, (0, ""))
                if sequence == last_sequence:
                    findings.append(Finding(chain, sequence, "fork"))
                elif sequence != last_sequence + 1:
                    findings.append(Finding(chain, sequence, "gap"))
                if previous != last_hash:
                    findings.append(Finding(chain, sequence, "broken_link"))
                if written != computed:
                    findings.append(Finding(chain, sequence, "edited"))
                heads[chain] = (sequence, written)
                if chain in anchored and anchored[chain][0] == sequence:
                    seen.setdefault(chain, {})[sequence] = written
    for chain, (sequence, expected) in anchored.items():
        found = seen.get(chain, {}).get(sequence)
        if found is None:
            findings.append(Finding(chain, sequence, "tail_cut" if chain in heads else "chain_gone"))
        elif found != expected:
            findings.append(Finding(chain, sequence, "rewritten"))
    return count, findings


def anchor() -> int:
    """Append the heads that moved since the last anchor to the anchor file. Returns how many.

    A chain that no longer holds what was anchored keeps its old anchor: a new one would make `verify` forget that its
    tail was cut or that it was computed anew.
    """
    path = Path(settings.AUDIT_ANCHOR_FILE)
    known = dict(_anchors())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (chain) chain, sequence, hash FROM foundation_auditentry ORDER BY chain, sequence DESC"
        )
        moved = [row for row in cursor.fetchall() if known.get(row[0]) != (row[1], row[2])]
    lost = _lost({chain: known[chain] for chain, _sequence, _hash in moved if chain in known})
    for chain in sorted(lost):
        log.error("audit chain %s does not hold what was anchored; run verify_audit", chain)
    moved = [row for row in moved if row[0] not in lost]
    if moved:
        path.parent.mkdir(parents=True, exist_ok=True)
        at = timezone.now().isoformat()
        torn = path.exists() and not path.read_bytes().endswith(b"\n")
        with path.open("a", encoding="utf-8") as file:
            if torn:
                file.write("\n")
            for chain, sequence, digest in moved:
                file.write(json.dumps({"at": at, "chain": chain, "sequence": sequence, "hash": digest}) + "\n")
    return len(moved)


def _lost(anchored: Mapping[int, tuple[int, str]]) -> set[int]:
    """The chains in which the anchored entry is not to be found as it was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT chain, hash FROM foundation_auditentry JOIN unnest(%s::bigint[], %s::bigint[])"
            " AS wanted (chain, sequence) USING (chain, sequence)",
            [list(anchored), [sequence for sequence, _hash in anchored.values()]],
        )
        found = dict(cursor.fetchall())
    return {chain for chain, (_sequence, digest) in anchored.items() if found.get(chain) != digest}


def _anchors() -> Iterator[tuple[int, tuple[int, str]]]:
    """The last anchored head of each chain (later lines win). A line that is cut off, as a full disk leaves one, is
    passed over: its heads are anchored again."""
    path = Path(settings.AUDIT_ANCHOR_FILE)
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                row = json.loads(line)
            except ValueError:
                log.warning("an audit anchor cannot be read: %s", line[:80].strip())
                continue
            yield row["chain"], (row["sequence"], row["hash"])


def _missing_triggers() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'foundation_auditentry'::regclass AND tgenabled <> 'D'"
        )
        active = {row[0] for row in cursor.fetchall()}
    for name in TRIGGERS:
        if name not in active:
            yield Finding(None, None, f"trigger_off:{name}")
