"""The matching engine: texts in, ranked and explained partners out.

Pure: numpy and the standard library; no Django, no database, no clock, no randomness. The same inputs give the same
answers on every machine, because all scores are sums of integers.

    dictionary = Dictionary.load()                                  # the shipped core; .version is stored with posts
    analysis = analyse(text, dictionary=dictionary, factor="product")   # on save; .to_dict()/.from_dict() for storage
    index = Index.build(documents, dictionary=dictionary)           # documents: iterable of Document
    index.save(folder); index = Index.load(folder, dictionary=dictionary)
    index = index.with_changes(added=[...], removed_ids=[...])      # exact; .compacted() when .delta_size is large
    candidates = index.search(Query(analysis=analysis, quantity=5000.0, unit_family="mass"), k=20)
    explain(candidates[0], "zh-hans")                               # sentences; also of stored reasons
    found = index.top(queries, k=20)                                # arrays of ids and scores, nothing explained

In bulk, without an object per post: ``collect_texts(texts, dictionary=…, processes=2)``, or ``Collector.add`` /
``add_stored`` for each distinct analysis, posts as a ``PostTable`` of columns, then ``Index.build_from``.
The first search of a process loads the compiled kernel, in under a second once ``warming.warm()`` has compiled it.

The text of a post: first line = name of the product or products, further lines = description. Documents and queries
must carry analyses of the index's dictionary version (VersionMismatchError otherwise): analyse again after a change.
``index.count(query)`` is the number of firms with a strong answer. ``demands_answered_by`` turns the question round.
``score_pair`` and ``brute_force`` do without an index. ``clean_product_name`` is for importers. ``to_base`` converts
units. Points, weights and cuts: ``weights.Weights``; every change of them needs a new RANKING_VERSION.

A score is 0…100 and the exact sum of ``Candidate.parts``; ``reasons`` carry the same points in words. A part the
buyer did not ask for does not exist. Region is no part unless ``freight_sensitive``; leader ties and sizes are not
known to the engine at all.
"""

from .analysing import analyse
from .bulk import collect_stored, collect_texts
from .cleaning import REFUSALS, clean_product_name
from .columns import Coded, PostTable
from .dictionary import Concept, Contradiction, Dictionary, DictionaryError, LexiconWord, Need
from .explaining import explain, sentence
from .index import Index, brute_force, demands_answered_by, score_pair
from .products import Collector, VersionMismatchError
from .storage import FormatError
from .types import (
    KINDS,
    Analysis,
    Candidate,
    CleanResult,
    Document,
    Mention,
    Product,
    Quantity,
    Query,
    Reason,
    Word,
)
from .units import to_base
from .weights import DEFAULT_WEIGHTS, PARTS, RANKING_VERSION, Weights

__all__ = [
    "DEFAULT_WEIGHTS",
    "KINDS",
    "PARTS",
    "RANKING_VERSION",
    "REFUSALS",
    "Analysis",
    "Candidate",
    "CleanResult",
    "Coded",
    "Collector",
    "Concept",
    "Contradiction",
    "Dictionary",
    "DictionaryError",
    "Document",
    "FormatError",
    "Index",
    "LexiconWord",
    "Mention",
    "Need",
    "PostTable",
    "Product",
    "Quantity",
    "Query",
    "Reason",
    "VersionMismatchError",
    "Weights",
    "Word",
    "analyse",
    "brute_force",
    "clean_product_name",
    "collect_stored",
    "collect_texts",
    "demands_answered_by",
    "explain",
    "score_pair",
    "sentence",
    "to_base",
]
