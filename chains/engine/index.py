"""The index: immutable segments of posts, searched exactly.

A segment stores each distinct product once (posts share them), the words of products as postings, and the posts'
structured values as columns. Searching goes from the heads that can answer to the products, scores those in whole
columns, keeps what is above the cut and only then touches the posts. Changes make a small second segment and mask
the posts they replace; the answers are those of a rebuild.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .dictionary import Dictionary
from .explaining import candidate_from
from .scoring import Compiled, compile_query, passes, score_document
from .segment import Segment
from .storage import load_segment, read_manifest, save_segment, write_manifest
from .types import Candidate, Document, Query
from .weights import DEFAULT_WEIGHTS, Weights

Ints = NDArray[np.int64]


class VersionMismatchError(ValueError):
    """Analyses and index were made with different dictionaries: analyse again, or rebuild."""


class Index:
    """Posts that can be searched. Immutable; ``with_changes`` returns a new index that shares the old one's arrays."""

    def __init__(self, segments: Sequence[Segment], *, dictionary: Dictionary, weights: Weights) -> None:
        self.segments = tuple(segments)
        self.dictionary = dictionary
        self.weights = weights

    @classmethod
    def build(
        cls, documents: Iterable[Document], *, dictionary: Dictionary, weights: Weights = DEFAULT_WEIGHTS
    ) -> "Index":
        """Index posts. Of several with one id the last counts. Raises VersionMismatchError for old analyses."""
        unique = {document.id: document for document in documents}
        _check_versions(unique.values(), dictionary)
        return cls([Segment.build(list(unique.values()))], dictionary=dictionary, weights=weights)

    @property
    def size(self) -> int:
        """Live posts."""
        return sum(segment.live_count for segment in self.segments)

    @property
    def delta_size(self) -> int:
        """Posts outside the base segment: when it grows large, ``compacted()`` pays."""
        return sum(segment.live_count for segment in self.segments[1:])

    def with_changes(self, added: Iterable[Document] = (), removed_ids: Iterable[int] = ()) -> "Index":
        """The index after posts were added (or replaced, by id) and removed. Exact: equal to a rebuild."""
        fresh = {document.id: document for document in added}
        _check_versions(fresh.values(), self.dictionary)
        gone = set(removed_ids) - fresh.keys()
        masked = gone | fresh.keys()
        base = self.segments[0].without(masked)
        delta = {document.id: document for segment in self.segments[1:] for document in segment.documents()}
        for identifier in gone:
            delta.pop(identifier, None)
        delta.update(fresh)
        segments = [base]
        if delta:
            segments.append(Segment.build(list(delta.values())))
        return Index(segments, dictionary=self.dictionary, weights=self.weights)

    def compacted(self) -> "Index":
        """One segment without masked posts."""
        documents = [document for segment in self.segments for document in segment.documents()]
        return Index([Segment.build(documents)], dictionary=self.dictionary, weights=self.weights)

    def document(self, identifier: int) -> Document | None:
        """The live post with this id as the engine knows it."""
        for segment in self.segments:
            row = segment.row_of(identifier)
            if row is not None:
                return segment.document(row)
        return None

    def search(self, query: Query, k: int = 20) -> list[Candidate]:
        """The k best posts, at most one per firm, best first, ties by id; nothing below the loose cut."""
        compiled = compile_query(query, dictionary=self.dictionary, weights=self.weights)
        return self._search(compiled, k)

    def search_batch(self, queries: Sequence[Query], k: int = 20) -> list[list[Candidate]]:
        """``search`` for many queries; the same answers."""
        return [self.search(query, k) for query in queries]

    def count(self, query: Query) -> int:
        """How many firms have a strong answer: the 37 of 约 37 家可供应."""
        compiled = compile_query(query, dictionary=self.dictionary, weights=self.weights)
        firms: set[int] = set()
        for segment in self.segments:
            rows, _, fits = segment.score(compiled)
            firms.update(segment.firm[rows[fits >= self.weights.strong_cut]].tolist())
        return len(firms)

    def save(self, folder: Path) -> None:
        """Write the index into an existing or new folder; readers of an older folder are not disturbed."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, segment in enumerate(self.segments):
            save_segment(segment, folder / f"segment{number}")
        write_manifest(folder, segments=len(self.segments), dictionary_version=self.dictionary.version)

    @classmethod
    def load(
        cls, folder: Path, *, dictionary: Dictionary, weights: Weights = DEFAULT_WEIGHTS, mmap: bool = True
    ) -> "Index":
        """Open a saved index; with mmap the columns stay on disk and are shared between processes."""
        manifest = read_manifest(folder)
        if manifest["dictionary_version"] != dictionary.version:
            raise VersionMismatchError(
                f"index made with dictionary {manifest['dictionary_version']}, asked with {dictionary.version}"
            )
        segments = [load_segment(folder / f"segment{n}", mmap=mmap) for n in range(int(manifest["segments"]))]
        return cls(segments, dictionary=dictionary, weights=weights)

    def _search(self, compiled: Compiled, k: int) -> list[Candidate]:
        totals: list[Ints] = []
        ids: list[Ints] = []
        firms: list[Ints] = []
        places: list[Ints] = []
        for number, segment in enumerate(self.segments):
            rows, total, fits = segment.score(compiled)
            if compiled.query.strong_only:
                keep = fits >= self.weights.strong_cut
                rows, total = rows[keep], total[keep]
            totals.append(total)
            ids.append(segment.id[rows])
            firms.append(segment.firm[rows])
            places.append(rows * len(self.segments) + number)
        total, identifier, firm, place = map(np.concatenate, (totals, ids, firms, places))
        order = np.lexsort((identifier, -total))
        chosen: list[Candidate] = []
        seen: set[int] = set()
        for position in order.tolist():
            owner = int(firm[position])
            if owner in seen:
                continue
            seen.add(owner)
            row, number = divmod(int(place[position]), len(self.segments))
            document = self.segments[number].document(row)
            scored = score_document(compiled, document)
            assert scored is not None
            chosen.append(candidate_from(compiled, document, scored, dictionary=self.dictionary))
            if len(chosen) >= k:
                break
        return chosen


def score_pair(
    query: Query, document: Document, *, dictionary: Dictionary, weights: Weights = DEFAULT_WEIGHTS
) -> Candidate | None:
    """One post against one demand, filters and cuts aside: the score and its reasons, or None for another thing."""
    compiled = compile_query(query, dictionary=dictionary, weights=weights)
    scored = score_document(compiled, document)
    if scored is None:
        return None
    return candidate_from(compiled, document, scored, dictionary=dictionary)


def brute_force(
    query: Query,
    documents: Iterable[Document],
    *,
    dictionary: Dictionary,
    k: int = 20,
    weights: Weights = DEFAULT_WEIGHTS,
) -> list[Candidate]:
    """The answer by trying every post one by one: slow, simple, and what the index is tested against."""
    compiled = compile_query(query, dictionary=dictionary, weights=weights)
    cut = weights.strong_cut if query.strong_only else weights.loose_cut
    ranked = []
    for document in documents:
        if not passes(query, document):
            continue
        scored = score_document(compiled, document)
        if scored is not None and scored.fit >= cut:
            ranked.append((-scored.total, document.id, document, scored))
    ranked.sort(key=lambda row: row[:2])
    found: list[Candidate] = []
    seen: set[int] = set()
    for _, _, document, scored in ranked:
        if document.firm_id not in seen and len(found) < k:
            seen.add(document.firm_id)
            found.append(candidate_from(compiled, document, scored, dictionary=dictionary))
    return found


def demands_answered_by(
    document: Document,
    queries: Iterable[Query],
    *,
    dictionary: Dictionary,
    weights: Weights = DEFAULT_WEIGHTS,
) -> list[tuple[int, Candidate]]:
    """(position of the query, candidate) for the demands a new post answers above the loose cut, best first."""
    found: list[tuple[int, Candidate]] = []
    for position, query in enumerate(queries):
        if not passes(query, document):
            continue
        compiled = compile_query(query, dictionary=dictionary, weights=weights)
        scored = score_document(compiled, document)
        if scored is not None and scored.fit >= weights.loose_cut:
            found.append((position, candidate_from(compiled, document, scored, dictionary=dictionary)))
    found.sort(key=lambda pair: (-pair[1].score, pair[0]))
    return found


def _check_versions(documents: Iterable[Document], dictionary: Dictionary) -> None:
    for document in documents:
        if document.analysis.dictionary_version != dictionary.version:
            raise VersionMismatchError(
                f"post {document.id} was analysed with dictionary {document.analysis.dictionary_version or '?'}, "
                f"the index uses {dictionary.version}"
            )
