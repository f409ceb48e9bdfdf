"""From rows to the engine's dictionary, and to bytes from which any process compiles the same one."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

from django.db import connection, transaction

from chains.engine import Concept as Entry
from chains.engine import Contradiction, Dictionary, DictionaryError, LexiconWord
from chains.engine import Need as Wish
from chains.models import Alias, Concept, ConceptLink, ContradictionGroup, Need
from chains.models import LexiconWord as WordRow

DRAFT_LOCK = 7_231_006
FORMAT = 1


@dataclass(frozen=True)
class Frozen:
    """A dictionary's content. ids: row of each concept by its name, where it came from rows."""

    concepts: dict[str, Entry]
    words: dict[str, LexiconWord]
    contradictions: dict[str, Contradiction]
    ids: dict[str, int]
    needs: dict[str, Wish] = field(default_factory=dict)

    @cached_property
    def dictionary(self) -> Dictionary:
        """Raises DictionaryError naming the row at fault."""
        return Dictionary.build(
            concepts=self.concepts.values(),
            words=self.words.values(),
            contradictions=self.contradictions.values(),
            needs=self.needs.values(),
        )

    def to_bytes(self) -> bytes:
        content = {
            "format": FORMAT,
            "concepts": [asdict(concept) for concept in self.concepts.values()],
            "words": [asdict(word) for word in self.words.values()],
            "contradictions": [asdict(group) for group in self.contradictions.values()],
            "needs": [asdict(need) for need in self.needs.values()],
            "ids": self.ids,
        }
        # Without a time stamp: the same content gives the same bytes.
        return gzip.compress(json.dumps(content, ensure_ascii=False).encode(), mtime=0)


@contextmanager
def drafting() -> Iterator[None]:
    """A transaction in which this writer alone changes the draft."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DRAFT_LOCK])
        yield


def stamp() -> tuple[int, ...]:
    """A number for every table of the draft that differs once a row was written, changed or deleted, by anybody: each
    version of a row has its own place and transaction. One query, some tens of milliseconds."""
    tables = [model._meta.db_table for model in (Concept, Alias, ConceptLink, WordRow, ContradictionGroup, Need)]
    each = " UNION ALL ".join(
        f"SELECT {number}, count(*), coalesce(sum(hashtextextended(ctid::text || xmin::text, 0)::numeric), 0) "  # noqa: S608
        f"FROM {connection.ops.quote_name(table)}"
        for number, table in enumerate(tables)
    )
    with connection.cursor() as cursor:
        cursor.execute(each)
        return tuple(int(value) for row in sorted(cursor.fetchall()) for value in row)


def draft() -> Frozen:
    """What the approved rows say now. Six queries."""
    concepts = entries(Concept.objects.filter(status="approved").order_by("pk"))
    return Frozen(
        concepts={entry.name: entry for entry in concepts.values()},
        words={
            row.text: LexiconWord(row.text, row.role, row.english)
            for row in WordRow.objects.filter(status="approved").order_by("pk")
        },
        contradictions={
            row.name: Contradiction(row.name, row.strength, tuple(tuple(value) for value in row.values))
            for row in ContradictionGroup.objects.filter(status="approved").order_by("pk")
        },
        ids={entry.name: pk for pk, entry in concepts.items()},
        needs={
            row.key: Wish(tuple(map(tuple, row.words)), tuple(row.concepts))
            for row in Need.objects.filter(status="approved").order_by("pk")
        },
    )


def entries(rows: Iterable[Concept]) -> dict[int, Entry]:
    """The engine's view of these concepts, by id, in the order given; their approved aliases and links."""
    found = {row.pk: row for row in rows}
    aliases: dict[int, list[str]] = defaultdict(list)
    for concept, text, ambiguous in (
        Alias.objects.filter(concept__in=found, status="approved")
        .order_by("surface", "pk")
        .values_list("concept_id", "text", "is_ambiguous")
    ):
        aliases[concept].append(f"{text}?" if ambiguous else text)
    links: dict[tuple[int, str], list[str]] = defaultdict(list)
    for concept, kind, name in (
        ConceptLink.objects.filter(concept__in=found, status="approved")
        .order_by("pk")
        .values_list("concept_id", "kind", "other__name")
    ):
        links[concept, kind].append(name)
    return {
        pk: Entry(
            name=row.name,
            kind=row.kind,
            parents=tuple(links[pk, "is_a"]),
            aliases=tuple(aliases[pk]),
            english=row.english,
            weight=row.weight,
            made_of=tuple(row.made_of),
            near=tuple(sorted(links[pk, "near"])),
            implies=row.implies,
            is_form=row.is_form,
            empty_after=tuple(row.empty_after),
        )
        for pk, row in found.items()
    }


def entry_from(data: Mapping[str, Any]) -> Entry:
    """What `asdict` made of a concept; lists become tuples again."""
    known = {field.name for field in fields(Entry)}
    values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in data.items() if key in known}
    return Entry(**values)


def frozen_from(content: bytes) -> Frozen:
    data = json.loads(gzip.decompress(content))
    if data["format"] != FORMAT:
        raise DictionaryError(f"content of another format: {data['format']}")
    concepts = [entry_from(row) for row in data["concepts"]]
    groups = [
        Contradiction(row["group"], row["strength"], tuple(tuple(value) for value in row["values"]))
        for row in data["contradictions"]
    ]
    words = [LexiconWord(**row) for row in data["words"]]
    needs = [Wish(tuple(map(tuple, row["words"])), tuple(row["concepts"])) for row in data.get("needs", ())]
    return Frozen(
        concepts={concept.name: concept for concept in concepts},
        words={word.text: word for word in words},
        contradictions={group.group: group for group in groups},
        ids=data["ids"],
        needs={key_of(need): need for need in needs},
    )


def frozen_of(dictionary: Dictionary) -> Frozen:
    """The content of a compiled dictionary, e.g. of the shipped core."""
    return Frozen(
        concepts=dict(dictionary.concepts),
        words=dict(dictionary.words),
        contradictions={group.group: group for group in dictionary.contradictions},
        ids={},
        needs={key_of(need): need for need in dictionary.needs},
    )


def key_of(need: Wish) -> str:
    """The words of a need as one text, as in the shipped table."""
    return " ".join("|".join(group) for group in need.words)


def thaw(content: bytes) -> Dictionary:
    return frozen_from(content).dictionary
