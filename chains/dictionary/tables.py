"""The dictionary as tables with the columns of the shipped ones: written, read, checked row by row.

    concepts        name, kind, is_a, aliases, narrower, english, notes
    words           role, words, english (english only where a row holds one word)
    contradictions  group, strength, values
    needs           words, concepts

A column that a file lacks leaves things as they are; one that it has replaces what the concept says there.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from chains.dictionary import comparing, freezing, states
from chains.dictionary.freezing import Frozen
from chains.engine import KINDS, DictionaryError
from chains.engine import Concept as Entry
from chains.engine.dictionary import WORD_ROLES, concepts_of_row, surface_key
from chains.models import ContradictionGroup, LexiconWord, Need
from enterprises.importing.columns import unescaped
from enterprises.sorting import pinyin_key
from foundation.web.charts import plain_cell

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "concepts": ("name", "kind", "is_a", "aliases", "narrower", "english", "notes"),
    "words": ("role", "words", "english"),
    "contradictions": ("group", "strength", "values"),
    "needs": ("words", "concepts"),
}
# Which fields of a concept each column speaks of.
_FIELDS = {
    "kind": ("kind",),
    "is_a": ("parents",),
    "aliases": ("aliases",),
    "english": ("english",),
    "notes": ("weight", "made_of", "near", "implies", "is_form", "empty_after"),
}
_REQUIRED = {**COLUMNS, "concepts": ("name",), "words": ("role", "words")}


@dataclass
class Report:
    """What an import would do or did. errors: {"row": number, "field": column, "message": words}."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: int, column: str, message: str) -> None:
        self.errors.append({"row": row, "field": column, "message": message})

    def as_dict(self) -> dict[str, Any]:
        bad = {error["row"] for error in self.errors}
        return {
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "bad_rows": len(bad),
            "errors": self.errors[:500],
        }


# --- out ---------------------------------------------------------------------------------------------


def write(table: str, content: Frozen) -> Iterator[str]:
    """Lines of a CSV file, head first, in the order of the content."""
    yield _line(COLUMNS[table])
    rows = {
        "concepts": _concept_rows,
        "words": _word_rows,
        "contradictions": _contradiction_rows,
        "needs": _need_rows,
    }
    for row in rows[table](content):
        yield _line(row)


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    # Names come from whoever posted them, and operators open this in a spreadsheet.
    csv.writer(out, lineterminator="\n").writerow([plain_cell(cell) for cell in cells])
    return out.getvalue()


def _concept_rows(content: Frozen) -> Iterator[Sequence[str]]:
    for entry in content.concepts.values():
        yield (
            entry.name,
            entry.kind,
            "|".join(entry.parents),
            "|".join(entry.aliases),
            "",
            entry.english,
            _notes(entry),
        )


def _notes(entry: Entry) -> str:
    notes = [
        f"w={entry.weight}" if entry.weight else "",
        f"={'+'.join(entry.made_of)}" if entry.made_of else "",
        f"~{'|'.join(entry.near)}" if entry.near else "",
        "implies" if entry.implies else "",
        "form" if entry.is_form else "",
        f"empty={'|'.join(entry.empty_after)}" if entry.empty_after else "",
    ]
    return " ".join(note for note in notes if note)


def _word_rows(content: Frozen) -> Iterator[Sequence[str]]:
    for word in content.words.values():
        yield word.role, word.text, word.english


def _contradiction_rows(content: Frozen) -> Iterator[Sequence[str]]:
    for group in content.contradictions.values():
        yield group.group, str(group.strength), "|".join("/".join(value) for value in group.values)


def _need_rows(content: Frozen) -> Iterator[Sequence[str]]:
    for key, need in content.needs.items():
        yield key, "|".join(need.concepts)


# --- in ----------------------------------------------------------------------------------------------


def head_of(cells: Sequence[str], table: str) -> dict[int, str] | None:
    """Which column stands where; None if a needed one is missing."""
    found = {at: cell.strip().lower() for at, cell in enumerate(cells) if cell.strip().lower() in COLUMNS[table]}
    return found if set(_REQUIRED[table]) <= set(found.values()) else None


def read(lines: Iterable[Sequence[str]], table: str) -> list[dict[str, Any]] | None:
    """Rows as {"row": number, column: cell…}; None without a head."""
    rows: list[dict[str, Any]] = []
    head: dict[int, str] | None = None
    for number, cells in enumerate(lines, start=1):
        if head is None:
            if any(cell.strip() for cell in cells):
                head = head_of(cells, table)
                if head is None:
                    return None
            continue
        row = {name: unescaped(cells[at]) if at < len(cells) else "" for at, name in head.items()}
        if any(row.values()):
            rows.append({"row": number, **row})
    return rows if head is not None else None


def check(table: str, rows: Sequence[Mapping[str, Any]]) -> Report:
    """What importing would do, row by row; writes nothing."""
    return _plan(table, rows, freezing.draft())[0]


def apply(table: str, rows: Sequence[Mapping[str, Any]]) -> Report:
    """Import the rows that are right, into the draft. Inside `freezing.drafting`."""
    report, entries = _plan(table, rows, freezing.draft())
    if table == "concepts":
        states.save(entries, source="import")
    elif table == "words":
        _save_words(entries)
    elif table == "contradictions":
        _save_contradictions(entries)
    else:
        _save_needs(entries)
    states.check()
    return report


def _plan(table: str, rows: Sequence[Mapping[str, Any]], before: Frozen) -> tuple[Report, list[Any]]:
    plans = {
        "concepts": _plan_concepts,
        "words": _plan_words,
        "contradictions": _plan_contradictions,
        "needs": _plan_needs,
    }
    return plans[table](rows, before)


def _plan_concepts(rows: Sequence[Mapping[str, Any]], before: Frozen) -> tuple[Report, list[Any]]:
    report = Report()
    found: dict[str, Entry] = {}
    number_of: dict[str, int] = {}
    by_surface = {surface_key(name): name for name in before.concepts}
    for row in rows:
        try:
            entries = _read_concept(row, before, by_surface)
        except (DictionaryError, ValueError) as problem:
            report.add(row["row"], "notes", _("备注看不懂：%(problem)s") % {"problem": problem})
            continue
        if (problems := _problems(entries, found)) or not entries:
            for column, message in problems or [("name", _("缺少名称"))]:
                report.add(row["row"], column, message)
            continue
        for entry in entries:
            found[entry.name], number_of[entry.name] = entry, row["row"]
    _drop_unlinked(found, number_of, before, report)
    _drop_taken(found, number_of, before, report)
    _drop_unlinked(found, number_of, before, report)
    _drop_circles(found, number_of, before, report)
    for name, entry in found.items():
        old = before.concepts.get(name)
        if old is None:
            report.created += 1
        elif states.same(old, entry):
            report.unchanged += 1
        else:
            report.changed += 1
    return report, list(found.values())


def _read_concept(row: Mapping[str, Any], before: Frozen, by_surface: Mapping[str, str]) -> list[Entry]:
    cells = {column: str(row.get(column, "")) for column in COLUMNS["concepts"]}
    if not cells["name"]:
        return []
    cells["name"] = by_surface.get(surface_key(cells["name"]), cells["name"])
    read_entry, *narrower = concepts_of_row(cells)
    old = before.concepts.get(read_entry.name)
    if old is not None:
        values = {
            name: getattr(read_entry, name) for column, names in _FIELDS.items() if column in row for name in names
        }
        read_entry = replace(old, **values)
    entries = [read_entry]
    for entry in narrower:
        there = before.concepts.get(entry.name)
        if there is not None:
            entry = replace(
                there,
                parents=tuple(dict.fromkeys([*there.parents, *entry.parents])),
                aliases=tuple(dict.fromkeys([*there.aliases, *entry.aliases])),
            )
        entries.append(entry)
    return entries


def _problems(entries: Sequence[Entry], found: Mapping[str, Entry]) -> list[tuple[str, str]]:
    problems = []
    for entry in entries:
        if entry.name in found:
            problems.append(("name", _("“%(name)s”在文件中出现两次") % {"name": entry.name}))
        if not surface_key(entry.name) or len(entry.name) > states.LONGEST_NAME:
            problems.append(("name", _("名称为空、过长或没有可识别的文字。")))
        if entry.kind not in KINDS:
            problems.append(("kind", _("没有“%(kind)s”这一种类") % {"kind": entry.kind}))
        if not 0 <= entry.weight <= 20:
            problems.append(("notes", _("分量须在 0 到 20 之间")))
        if bad := [kind for kind in entry.empty_after if kind not in KINDS]:
            problems.append(("notes", _("没有“%(kind)s”这一种类") % {"kind": bad[0]}))
        if len(entry.english) > 120:
            problems.append(("english", _("英文名过长")))
        for alias in entry.aliases:
            text = states.alias_text(alias)
            if not surface_key(text) or len(text) > states.LONGEST_NAME:
                problems.append(
                    ("aliases", _("别名“%(text)s”过长或没有可识别的文字。") % {"text": text[: states.LONGEST_NAME]})
                )
    return problems


def _drop_unlinked(found: dict[str, Entry], number_of: Mapping[str, int], before: Frozen, report: Report) -> None:
    """Rows whose parents or neighbours are unknown; and then those that stood on them."""
    while True:
        known = before.concepts.keys() | found.keys()
        bad = {
            name: missing
            for name, entry in found.items()
            if (missing := [n for n in (*entry.parents, *entry.near) if n not in known or n == name])
        }
        if not bad:
            return
        for name, missing in bad.items():
            column = "is_a" if missing[0] in found[name].parents else "notes"
            message = _("词典里没有已采用的概念“%(name)s”。") % {"name": missing[0]}
            report.add(number_of[name], column, message)
            del found[name]


def _drop_taken(found: dict[str, Entry], number_of: Mapping[str, int], before: Frozen, report: Report) -> None:
    owners = {surface_key(word): _("用词“%(text)s”") % {"text": word} for word in before.words}
    for entry in before.concepts.values():
        if entry.name not in found:
            for form in (entry.name, *entry.aliases):
                owners.setdefault(surface_key(states.alias_text(form)), entry.name)
    for name in list(found):
        forms = [name, *map(states.alias_text, found[name].aliases)]
        taken = [form for form in forms if owners.get(surface_key(form), name) != name]
        if taken:
            message = _("“%(text)s”已指概念“%(name)s”，一个写法只能指一个概念。")
            report.add(
                number_of[name],
                "name" if taken[0] == name else "aliases",
                message % {"text": taken[0], "name": owners[surface_key(taken[0])]},
            )
            del found[name]
            if (old := before.concepts.get(name)) is not None:
                forms = [name, *map(states.alias_text, old.aliases)]
            else:
                continue
        for form in forms:
            owners.setdefault(surface_key(form), name)


def _drop_circles(found: dict[str, Entry], number_of: Mapping[str, int], before: Frozen, report: Report) -> None:
    """Follow is-a upwards from each new row; a row that comes back to itself is left out."""
    together = {**before.concepts, **found}
    for name in list(found):
        level, seen = set(together[name].parents), set[str]()
        while level:
            if name in level:
                report.add(number_of[name], "is_a", _("“%(name)s”绕一圈属于它自己") % {"name": name})
                del found[name]
                if name in before.concepts:
                    together[name] = before.concepts[name]
                else:
                    del together[name]
                break
            seen |= level
            level = {p for n in level if n in together for p in together[n].parents} - seen


def _plan_words(rows: Sequence[Mapping[str, Any]], before: Frozen) -> tuple[Report, list[Any]]:
    report = Report()
    found: dict[str, tuple[str, str, str]] = {}
    concepts = {
        surface_key(states.alias_text(form)): entry.name
        for entry in before.concepts.values()
        for form in (entry.name, *entry.aliases)
    }
    for row in rows:
        texts = [text.strip() for text in str(row["words"]).split("|") if text.strip()]
        if row["role"] not in WORD_ROLES:
            report.add(row["row"], "role", _("没有“%(role)s”这种作用") % {"role": row["role"]})
            continue
        for text in texts:
            surface = surface_key(text)
            if not surface or len(text) > 60:
                report.add(row["row"], "words", _("“%(text)s”过长或没有可识别的文字") % {"text": text[:60]})
            elif surface in concepts:
                message = _("“%(text)s”已指概念“%(name)s”，一个写法只能指一个概念。")
                report.add(row["row"], "words", message % {"text": text, "name": concepts[surface]})
            elif surface in found:
                report.add(row["row"], "words", _("“%(name)s”在文件中出现两次") % {"name": text})
            else:
                old = before.words.get(text)
                english = str(row.get("english", "")) if len(texts) == 1 else ""
                found[surface] = (text, row["role"], english or (old.english if old else ""))
                if old is None:
                    report.created += 1
                elif (old.text, old.role, old.english) == found[surface]:
                    report.unchanged += 1
                else:
                    report.changed += 1
    return report, list(found.values())


def _plan_contradictions(rows: Sequence[Mapping[str, Any]], before: Frozen) -> tuple[Report, list[Any]]:
    report = Report()
    found: dict[str, tuple[str, int, list[list[str]]]] = {}
    known = before.concepts.keys() | before.words.keys()
    for row in rows:
        name, strength = str(row["group"]), str(row["strength"])
        values = [
            [n.strip() for n in value.split("/") if n.strip()] for value in str(row["values"]).split("|") if value
        ]
        missing = [n for value in values for n in value if n not in known]
        if not name or len(name) > 40:
            report.add(row["row"], "group", _("名称为空、过长或没有可识别的文字。"))
        elif name in found:
            report.add(row["row"], "group", _("“%(name)s”在文件中出现两次") % {"name": name})
        elif not (strength.isascii() and strength.isdigit() and 1 <= int(strength) <= 1000):
            report.add(row["row"], "strength", _("强度须是 1 到 1000 的整数"))
        elif len(values) < 2:
            report.add(row["row"], "values", _("至少要有两个互斥的取值"))
        elif missing:
            report.add(row["row"], "values", _("词典里没有“%(name)s”") % {"name": missing[0]})
        else:
            found[name] = (name, int(strength), values)
            old = before.contradictions.get(name)
            if old is None:
                report.created += 1
            elif (old.strength, [list(value) for value in old.values]) == found[name][1:]:
                report.unchanged += 1
            else:
                report.changed += 1
    return report, list(found.values())


def _plan_needs(rows: Sequence[Mapping[str, Any]], before: Frozen) -> tuple[Report, list[Any]]:
    report = Report()
    found: dict[str, tuple[list[list[str]], list[str]]] = {}
    known = {
        surface_key(form)
        for entry in before.concepts.values()
        for form in (entry.name, entry.english, *map(states.alias_text, entry.aliases))
    }
    for row in rows:
        words = [[w for w in group.split("|") if w] for group in str(row["words"]).split()]
        concepts = [name.strip() for name in str(row["concepts"]).split("|") if name.strip()]
        key = " ".join("|".join(group) for group in words)
        missing = [name for name in concepts if surface_key(name) not in known]
        if not key or len(key) > 400 or not all(words):
            report.add(row["row"], "words", _("说法为空或过长"))
        elif key in found:
            report.add(row["row"], "words", _("“%(name)s”在文件中出现两次") % {"name": key[:80]})
        elif missing or not concepts:
            report.add(row["row"], "concepts", _("词典里没有“%(name)s”") % {"name": missing[0] if missing else ""})
        else:
            found[key] = (words, concepts)
            old = before.needs.get(key)
            if old is None:
                report.created += 1
            elif list(old.concepts) == concepts:
                report.unchanged += 1
            else:
                report.changed += 1
    return report, [(key, *values) for key, values in found.items()]


def _save_needs(entries: Sequence[tuple[str, list[list[str]], list[str]]]) -> None:
    Need.objects.bulk_create(
        [
            Need(key=key, words=words, concepts=concepts, source="import", status="approved")
            for key, words, concepts in entries
        ],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["words", "concepts", "status"],
        batch_size=500,
    )


def _save_words(entries: Sequence[tuple[str, str, str]]) -> None:
    LexiconWord.objects.bulk_create(
        [
            LexiconWord(
                text=text,
                surface=surface_key(text),
                role=role,
                english=english,
                source="import",
                pinyin=pinyin_key(text),
                status="approved",
            )
            for text, role, english in entries
        ],
        update_conflicts=True,
        unique_fields=["surface"],
        update_fields=["text", "role", "english", "status"],
        batch_size=1000,
    )


def _save_contradictions(entries: Sequence[tuple[str, int, list[list[str]]]]) -> None:
    ContradictionGroup.objects.bulk_create(
        [
            ContradictionGroup(
                name=name, strength=strength, values=values, source="import", pinyin=pinyin_key(name), status="approved"
            )
            for name, strength, values in entries
        ],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["strength", "values", "status"],
        batch_size=500,
    )


def column_label(column: str) -> str:
    """What a column is called on a page."""
    labels: Mapping[str, Any] = {
        "name": comparing.FIELDS["name"],
        "kind": comparing.FIELDS["kind"],
        "is_a": comparing.FIELDS["parents"],
        "aliases": comparing.FIELDS["aliases"],
        "english": comparing.FIELDS["english"],
        "notes": _("备注（notes）"),
        "narrower": _("下位品种"),
        "role": comparing.FIELDS["role"],
        "words": _("词"),
        "group": _("互斥组"),
        "strength": comparing.FIELDS["strength"],
        "values": comparing.FIELDS["values"],
        "concepts": comparing.FIELDS["concepts"],
    }
    return str(labels.get(column, column))
