"""The dictionary: what products are called, what they are, and what cannot stand for what.

A dictionary is data (three tables, see ``data/``), validated and compiled here. The platform may load the shipped
core (``Dictionary.load()``) or compile an edited one (``Dictionary.build``); analyses and indexes remember the
``version`` they were made with.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from .normalising import tokens_of
from .spelling import Speller
from .types import KINDS

DATA = Path(__file__).parent / "data"
# Raised whenever a text is read otherwise than before: analyses of an older reading are made anew.
READING = "2026.4"
WORD_ROLES = ("noise", "demand", "modifier", "weak", "purpose", "for")


class DictionaryError(ValueError):
    """The tables contradict themselves; the message names the row."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A thing that is bought and sold.

    parents: broader concepts (is-a). near: concepts a buyer would look at too. weight: 0 = by kind; small for words
    that say little (设备, 系统). made_of: the words the name is composed of, when it is only a composition
    (冷轧板 = 冷轧 + 板). implies: a service on a thing that implies the thing (加工). is_form: a form of metal, which
    implies the metal (不锈钢 + 管). empty_after: kinds of concept after which the word adds nothing (聚乙烯 + 材料).
    """

    name: str
    kind: str
    parents: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    english: str = ""
    weight: int = 0
    made_of: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    implies: bool = False
    is_form: bool = False
    empty_after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LexiconWord:
    """A word that is no product: noise (业务), demand wording (求购), modifier (高强), weak modifier (新型),
    purpose (车用) or the word that marks a purpose (用)."""

    text: str
    role: str
    english: str = ""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Values of which a product has one: who wants one does not want another. strength: ‰ of the text points."""

    group: str
    strength: int
    values: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody wants who does not know what it is called: 烟囱 + 冒灰 → 除尘设备. words: of each group one is in
    the text. concepts: names or aliases of what answers, the best first."""

    words: tuple[tuple[str, ...], ...]
    concepts: tuple[str, ...]

    def told_in(self, text: str) -> tuple[str, ...]:
        """Its words that are in the text; none unless there is one of each group."""
        told: list[str] = []
        for group in self.words:
            heard = [word for word in group if word in text]
            if not heard:
                return ()
            told += heard
        return tuple(told)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a surface form means. is_light: a word that says little and is cut off gladly (业务, 服务)."""

    role: str  # "concept" or one of WORD_ROLES
    name: str
    confidence: float = 1.0
    is_alias: bool = False
    is_light: bool = False


@dataclass(frozen=True)
class Dictionary:
    concepts: dict[str, Concept]
    words: dict[str, LexiconWord]
    contradictions: tuple[Contradiction, ...]
    version: str
    needs: tuple[Need, ...] = ()
    surfaces: dict[str, Entry] = field(repr=False, default_factory=dict)
    longest: int = 1
    # Last token of a form → how many tokens such forms have, ascending.
    sizes: dict[str, tuple[int, ...]] = field(repr=False, default_factory=dict)
    # Known names → the words they are composed of; filled as they are met (cutting.Cutter.inside).
    insides: dict[str, Any] = field(repr=False, default_factory=dict, compare=False)
    # Pieces of texts → how they are cut; filled as they are met (cutting.Cutter.cut).
    cuts: dict[str, Any] = field(repr=False, default_factory=dict, compare=False)
    _ancestors: dict[str, dict[str, int]] = field(repr=False, default_factory=dict)
    _descendants: dict[str, frozenset[str]] = field(repr=False, default_factory=dict)
    _values: dict[str, tuple[tuple[str, str], ...]] = field(repr=False, default_factory=dict)
    _strengths: dict[str, int] = field(repr=False, default_factory=dict)

    @classmethod
    def load(cls) -> "Dictionary":
        """The shipped core. Read once per process."""
        return _shipped()

    @classmethod
    def build(
        cls,
        *,
        concepts: Iterable[Concept],
        words: Iterable[LexiconWord],
        contradictions: Iterable[Contradiction] = (),
        needs: Iterable[Need] = (),
    ) -> "Dictionary":
        """Compile and validate. Raises DictionaryError for a form with two meanings, an unknown parent, a circle."""
        by_name: dict[str, Concept] = {}
        for concept in concepts:
            if concept.name in by_name:
                raise DictionaryError(f"concept twice: {concept.name}")
            if concept.kind not in KINDS:
                raise DictionaryError(f"unknown kind {concept.kind!r} of {concept.name}")
            by_name[concept.name] = concept
        lexicon: dict[str, LexiconWord] = {}
        for word in words:
            if word.text in lexicon:
                raise DictionaryError(f"word twice: {word.text}")
            if word.role not in WORD_ROLES:
                raise DictionaryError(f"unknown role {word.role!r} of {word.text}")
            lexicon[word.text] = word
        groups = tuple(contradictions)
        surfaces: dict[str, Entry] = {}
        for word in lexicon.values():
            _add_surface(surfaces, word.text, Entry(word.role, word.text, is_light=word.role == "noise"))
        for concept in by_name.values():
            _add_surface(surfaces, concept.name, Entry("concept", concept.name, is_light=0 < concept.weight <= 2))
        for concept in by_name.values():
            for alias in concept.aliases:
                confidence = 0.7 if alias.endswith("?") else 1.0
                _add_surface(surfaces, alias.rstrip("?"), Entry("concept", concept.name, confidence, is_alias=True))
        for concept in by_name.values():
            # An English name is an alias too, unless something else already goes by it.
            if concept.english and surface_key(concept.english) and not 0 < concept.weight <= 2:
                surfaces.setdefault(surface_key(concept.english), Entry("concept", concept.name, 1.0, is_alias=True))
        ancestors = {name: _ancestors_of(name, by_name) for name in by_name}
        descendants: dict[str, set[str]] = {name: set() for name in by_name}
        for name, above in ancestors.items():
            for ancestor in above:
                descendants[ancestor].add(name)
        for concept in by_name.values():
            for other in concept.near:
                if other not in by_name:
                    raise DictionaryError(f"{concept.name} is near an unknown concept: {other}")
        wanted = tuple(needs)
        for need in wanted:
            if not need.words or not all(need.words) or not need.concepts:
                raise DictionaryError(f"a need without words or concepts: {need}")
            for name in need.concepts:
                entry = surfaces.get(surface_key(name))
                if entry is None or entry.role != "concept":
                    raise DictionaryError(f"a need names something that is no concept: {name}")
        values, strengths = _compile_values(groups, by_name, lexicon, ancestors)
        return cls(
            concepts=by_name,
            words=lexicon,
            contradictions=groups,
            version=_content_hash(by_name.values(), lexicon.values(), groups, wanted),
            needs=wanted,
            surfaces=surfaces,
            longest=max((len(surface.split()) for surface in surfaces), default=1),
            sizes=_sizes(surfaces),
            _ancestors=ancestors,
            _descendants={name: frozenset(below) for name, below in descendants.items()},
            _values=values,
            _strengths=strengths,
        )

    @cached_property
    def speller(self) -> Speller:
        """Its words by their sound; made when the first unknown word is met."""
        return Speller(
            surface.replace(" ", "")
            for surface, entry in self.surfaces.items()
            if entry.confidence == 1
            and (entry.role == "concept" or (entry.role in {"modifier", "purpose"} and len(entry.name) > 2))
        )

    def ancestors(self, concept: str) -> dict[str, int]:
        """Broader concepts → how many steps up (the shortest way)."""
        return self._ancestors.get(concept, {})

    def descendants(self, concept: str) -> frozenset[str]:
        return self._descendants.get(concept, frozenset())

    def values_of(self, name: str) -> tuple[tuple[str, str], ...]:
        """(group, value) pairs a concept or modifier stands for, its own and inherited."""
        return self._values.get(name, ())

    def strength(self, group: str) -> int:
        return self._strengths.get(group, 0)

    def english(self, name: str) -> str:
        """English name of a concept or word, or the name itself."""
        concept = self.concepts.get(name)
        if concept is not None:
            return concept.english or name
        word = self.words.get(name)
        return (word.english if word else "") or name

    @cached_property
    def need_words(self) -> str:
        """The words of all needs, a line each."""
        return "\n".join(word for need in self.needs for group in need.words for word in group)

    @property
    def alias_count(self) -> int:
        return sum(1 for entry in self.surfaces.values() if entry.role == "concept" and entry.is_alias)


def _sizes(surfaces: Iterable[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for surface in surfaces:
        tokens = surface.split()
        found.setdefault(tokens[-1], set()).add(len(tokens))
    return {token: tuple(sorted(sizes)) for token, sizes in found.items()}


def surface_key(text: str) -> str:
    """The form under which a name or alias is looked up: tokens joined by single spaces."""
    return " ".join(tokens_of(text))


def _add_surface(surfaces: dict[str, Entry], text: str, entry: Entry) -> None:
    key = surface_key(text)
    if not key:
        raise DictionaryError(f"empty form of {entry.name}")
    known = surfaces.get(key)
    if known is not None and (known.role, known.name) != (entry.role, entry.name):
        raise DictionaryError(f"{text!r} means both {known.name} and {entry.name}")
    if known is None:
        surfaces[key] = entry


def _ancestors_of(name: str, concepts: dict[str, Concept]) -> dict[str, int]:
    found: dict[str, int] = {}
    level = [name]
    distance = 0
    while level:
        distance += 1
        above: list[str] = []
        for current in level:
            for parent in concepts[current].parents:
                if parent not in concepts:
                    raise DictionaryError(f"{current} is a kind of an unknown concept: {parent}")
                if parent == name:
                    raise DictionaryError(f"circle of is-a through {name}")
                if parent not in found:
                    found[parent] = distance
                    above.append(parent)
        level = above
    return found


def _compile_values(
    groups: Sequence[Contradiction],
    concepts: dict[str, Concept],
    words: dict[str, LexiconWord],
    ancestors: dict[str, dict[str, int]],
) -> tuple[dict[str, tuple[tuple[str, str], ...]], dict[str, int]]:
    own: dict[str, list[tuple[str, str]]] = {}
    strengths: dict[str, int] = {}
    for group in groups:
        if group.group in strengths:
            raise DictionaryError(f"contradiction twice: {group.group}")
        strengths[group.group] = group.strength
        for names in group.values:
            for name in names:
                if name not in concepts and name not in words:
                    raise DictionaryError(f"contradiction {group.group} names an unknown word: {name}")
                own.setdefault(name, []).append((group.group, names[0]))
    values: dict[str, tuple[tuple[str, str], ...]] = {}
    for name in (*concepts, *words):
        pairs = list(own.get(name, ()))
        held = {named for named, _ in pairs}
        for ancestor in sorted(ancestors.get(name, {}), key=lambda item: ancestors[name][item]):
            for inherited, value in own.get(ancestor, ()):
                if inherited not in held:
                    pairs.append((inherited, value))
                    held.add(inherited)
        if pairs:
            values[name] = tuple(pairs)
    return values, strengths


def _content_hash(
    concepts: Iterable[Concept],
    words: Iterable[LexiconWord],
    groups: Iterable[Contradiction],
    needs: Iterable[Need],
) -> str:
    content = [
        READING,
        sorted(repr(concept) for concept in concepts),
        sorted(repr(word) for word in words),
        sorted(repr(group) for group in groups),
        sorted(repr(need) for need in needs),
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:12]


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def read_concepts(path: Path) -> list[Concept]:
    """Rows of a concepts table: name, kind, is_a, aliases, narrower, english, notes.

    narrower: kinds of the thing that need no row of their own; each becomes a concept below it (``螺栓=bolt`` gives it
    an alias). notes: ``w=2``, ``=冷轧+板``, ``~近似``, ``implies``, ``form``, ``empty=material``.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return [concept for row in csv.DictReader(file) for concept in concepts_of_row(row)]


def concepts_of_row(row: Mapping[str, str]) -> list[Concept]:
    """The row's concept and its narrower ones. Raises DictionaryError for a note it does not know."""
    concept = _concept(row)
    found = [concept]
    for form in _split(row["narrower"]):
        name, *aliases = form.split("=")
        english = next((alias for alias in aliases if alias.isascii()), "")
        found.append(
            Concept(
                name=name,
                kind=concept.kind,
                parents=(concept.name,),
                aliases=tuple(aliases),
                english=english,
                weight=concept.weight,
            )
        )
    return found


def _concept(row: Mapping[str, str]) -> Concept:
    weight, implies, is_form = 0, False, False
    made_of: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    empty_after: tuple[str, ...] = ()
    for note in row["notes"].split():
        if note.startswith("w="):
            weight = int(note[2:])
        elif note.startswith("="):
            made_of = tuple(note[1:].split("+"))
        elif note.startswith("~"):
            near = tuple(note[1:].split("|"))
        elif note == "implies":
            implies = True
        elif note == "form":
            is_form = True
        elif note.startswith("empty="):
            empty_after = tuple(note[6:].split("|"))
        else:
            raise DictionaryError(f"unknown note {note!r} of {row['name']}")
    return Concept(
        name=row["name"],
        kind=row["kind"],
        parents=_split(row["is_a"]),
        aliases=_split(row["aliases"]),
        english=row["english"].strip(),
        weight=weight,
        made_of=made_of,
        near=near,
        implies=implies,
        is_form=is_form,
        empty_after=empty_after,
    )


def read_words(path: Path, english_path: Path) -> list[LexiconWord]:
    """Rows of a words table (role, words) with their English names from a second one (word, english)."""
    with english_path.open(encoding="utf-8", newline="") as file:
        english = {row["word"]: row["english"] for row in csv.DictReader(file)}
    with path.open(encoding="utf-8", newline="") as file:
        return [
            LexiconWord(text=text, role=row["role"], english=english.get(text, ""))
            for row in csv.DictReader(file)
            for text in _split(row["words"])
        ]


def read_contradictions(path: Path) -> list[Contradiction]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Contradiction(
                group=row["group"],
                strength=int(row["strength"]),
                values=tuple(tuple(value.split("/")) for value in _split(row["values"])),
            )
            for row in csv.DictReader(file)
        ]


def read_needs(path: Path) -> list[Need]:
    """Rows of words, concepts: groups of words are parted by spaces, words of a group and concepts by ``|``."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Need(tuple(_split(group) for group in row["words"].split()), _split(row["concepts"]))
            for row in csv.DictReader(file)
        ]


@lru_cache(maxsize=1)
def _shipped() -> Dictionary:
    concepts: list[Concept] = []
    for path in sorted(DATA.glob("concepts_*.csv")):
        concepts.extend(read_concepts(path))
    return Dictionary.build(
        concepts=concepts,
        words=read_words(DATA / "words.csv", DATA / "words_english.csv"),
        contradictions=read_contradictions(DATA / "contradictions.csv"),
        needs=read_needs(DATA / "needs.csv"),
    )
