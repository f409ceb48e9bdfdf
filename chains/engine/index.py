"""The index: immutable segments of posts, searched exactly.

A segment stores each distinct product once (posts share them) and the posts' structured values as columns. A search
goes from the heads that can answer to their products, best first, and touches a post only while it could still enter
the answer. Changes make small further segments and mask the posts they replace; the answers are those of a rebuild.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .columns import PostTable
from .compiling import Compiler
from .conditions import passes
from .dictionary import Dictionary
from .explaining import candidate_from
from .products import Collector, VersionMismatchError
from .scoring import Compiled, compile_query, score_document
from .segment import Segment
from .storage import load_segment, read_manifest, save_segment, write_manifest
from .types import Candidate, Document, Query
from .weights import DEFAULT_WEIGHTS, Weights

if TYPE_CHECKING:
    from .searching import TopK

# Of the segments after the first, one is joined with a newer one that is at least a quarter of its size.
JOIN_BELOW = 4


class Index:
    """Posts that can be searched. Immutable; ``with_changes`` returns a new index that shares the old one's arrays."""

    def __init__(
        self,
        segments: Sequence[Segment],
        *,
        dictionary: Dictionary,
        weights: Weights,
        compiler: Compiler | None = None,
    ) -> None:
        self.segments = tuple(segments)
        self.dictionary = dictionary
        self.weights = weights
        self._compiler = compiler or Compiler(dictionary=dictionary, weights=weights)

    @classmethod
    def build(
        cls, documents: Iterable[Document], *, dictionary: Dictionary, weights: Weights = DEFAULT_WEIGHTS
    ) -> "Index":
        """Index posts. Of several with one id the last counts. Raises VersionMismatchError for old analyses."""
        segment = Segment.of(list(documents), version=dictionary.version)
        return cls([segment], dictionary=dictionary, weights=weights)

    @classmethod
    def build_from(
        cls, collector: Collector, posts: PostTable, *, dictionary: Dictionary, weights: Weights = DEFAULT_WEIGHTS
    ) -> "Index":
        """The same from columns, without an object per post: ``posts.content`` says which of the analyses that the
        collector has read is whose. The collector is spent."""
        if collector.version != dictionary.version:
            raise VersionMismatchError(f"analysed with dictionary {collector.version}, asked for {dictionary.version}")
        return cls([Segment.build(collector, posts)], dictionary=dictionary, weights=weights)

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
        masked = fresh.keys() | set(removed_ids)
        base, *later = (segment.without(masked) for segment in self.segments)
        later = [segment for segment in later if segment.live_count]
        posts = list(fresh.values())
        while posts and later and later[-1].live_count <= JOIN_BELOW * len(posts):
            posts = [*later.pop().documents(), *posts]
        if posts:
            later.append(Segment.of(posts, version=self.dictionary.version))
        return self._of([base, *later])

    def compacted(self) -> "Index":
        """One segment without masked posts."""
        posts = [document for segment in self.segments for document in segment.documents()]
        return self._of([Segment.of(posts, version=self.dictionary.version)])

    def document(self, identifier: int) -> Document | None:
        """The live post with this id as the engine knows it."""
        for segment in self.segments:
            row = segment.row_of(identifier)
            if row is not None:
                return segment.document(row)
        return None

    def search(self, query: Query, k: int = 20) -> list[Candidate]:
        """The k best posts, at most one per firm, best first, ties by id; nothing below the loose cut."""
        return self.search_batch([query], k)[0]

    def search_batch(self, queries: Sequence[Query], k: int = 20) -> list[list[Candidate]]:
        """``search`` for many queries; the same answers."""
        compiled = [self._compiler.compiled(query) for query in queries]
        found = self._top(compiled, k)
        return [
            [
                self._explained(query, int(found.segment[number, place]), int(found.row[number, place]))
                for place in range(int(found.count[number]))
            ]
            for number, query in enumerate(compiled)
        ]

    def top(self, queries: Sequence[Query], k: int = 20) -> "TopK":
        """The posts and scores that ``search`` would give for each query, as arrays and without explanations."""
        return self._top([self._compiler.compiled(query) for query in queries], k)

    def explained(self, query: Query, found: "TopK", number: int, places: Sequence[int]) -> list[Candidate]:
        """Some of what ``top`` found for the query in row `number`, with reasons, in the order of `places`."""
        compiled = self._compiler.compiled(query)
        return [
            self._explained(compiled, int(found.segment[number, place]), int(found.row[number, place]))
            for place in places
        ]

    def count(self, query: Query) -> int:
        """How many firms have a strong answer: the 37 of 约 37 家可供应."""
        from . import searching

        compiled = self._compiler.compiled(replace(query, strong_only=True))
        return len(searching.firms_of(compiled, self.segments))

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
        segments = [
            load_segment(folder / f"segment{n}", version=dictionary.version, mmap=mmap)
            for n in range(int(manifest["segments"]))
        ]
        return cls(segments, dictionary=dictionary, weights=weights)

    def _of(self, segments: Sequence[Segment]) -> "Index":
        return Index(segments, dictionary=self.dictionary, weights=self.weights, compiler=self._compiler)

    def _top(self, compiled: Sequence[Compiled], k: int) -> "TopK":
        # Loads the compiled kernel: a process that never searches does without it.
        from . import searching

        return searching.top(compiled, self.segments, k)

    def _explained(self, compiled: Compiled, segment: int, row: int) -> Candidate:
        document = self.segments[segment].document(row)
        scored = score_document(compiled, document)
        assert scored is not None
        return candidate_from(compiled, document, scored, dictionary=self.dictionary)


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
