"""3 match: where firms stand in the chains, by their supplies and the product words of the nodes.

One rule for the board of a chain, the page of a node and the search for partners: a supply stands at a node if it
answers one of the node's words nearly whole (LEAST points of 100). That is stricter than a strong match, since a word
left unanswered often means another thing (铁 is no 铁锂). The words of a node are asked for in one engine call.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from django.core.cache import cache

from chains import dictionary as dictionaries
from chains.engine import (
    Analysis,
    Candidate,
    Dictionary,
    Document,
    Index,
    Product,
    Query,
    analyse,
    demands_answered_by,
)
from chains.matching.terms import terms_of_demand, terms_of_supply
from chains.models import Node

LEAST: Final = 84.0
# Weight of a word of the dictionary (代工, 箱, 设备) up to which it says too little to place anybody by itself.
SAYS_LITTLE: Final = 5
GOODS: Final = frozenset({"product", "processing"})
# Seconds.
KEPT_FOR: Final = 86_400
_SERVICES: Final = ("service", "finance")

Terms = tuple[str, ...]


def analysis_of(terms: Iterable[str]) -> Analysis:
    """The words of a node, understood as one text that names all its products."""
    return _understood(tuple(terms), dictionaries.current().version)


def query_at(terms: Iterable[str]) -> Query:
    """What answers the words of a node: as a visitor asks; conditions are added with `dataclasses.replace`.

    A node of goods is not entered by a service of the same name (an online course on 轴承), so its factors are
    restricted; one whose words mostly name services takes every factor.
    """
    analysis = analysis_of(terms)
    services = sum(product.kind in _SERVICES for product in analysis.products)
    return Query(
        analysis=analysis,
        own_firm_is_verified=False,
        strong_only=True,
        include_factors=frozenset() if 2 * services > len(analysis.products) else GOODS,
    )


def stand_at(query: Query, *, index: Index, k: int) -> list[Candidate]:
    """The k supplies that answer a node's query best and stand there, one per firm, best first."""
    if query.analysis.is_empty:
        return []
    return [candidate for candidate in index.search(query, k=k) if candidate.score >= LEAST]


def nodes_of(documents: Collection[Document]) -> dict[int, list[Document]]:
    """At which nodes these supplies stand, by the id of the node; whoever may see them and whatever else they ask."""
    if not documents:
        return {}
    dictionary = dictionaries.current()
    board = tuple((pk, tuple(terms)) for pk, terms in Node.objects.order_by("pk").values_list("pk", "terms"))
    nodes_by_term, terms_by_node = _by_term(board, dictionary.version), dict(board)
    found: dict[int, list[Document]] = defaultdict(list)
    for document in documents:
        keys = terms_of_supply(document.analysis, dictionary=dictionary)
        nodes = sorted({node for key in keys for node in nodes_by_term.get(key, ())})
        queries = [query_at(terms_by_node[node]) for node in nodes]
        bare = replace(document, visibility="public", blocked_firms=frozenset())
        for position, candidate in demands_answered_by(bare, queries, dictionary=dictionary):
            if candidate.score >= LEAST:
                found[nodes[position]].append(document)
    return dict(found)


@lru_cache(maxsize=8192)
def _understood(terms: Terms, edition: str) -> Analysis:
    dictionary = dictionaries.current()
    products: dict[object, Product] = {}
    for term in terms:
        for product in analyse(term, dictionary=dictionary).products:
            products.setdefault(product.signature(), product)
    telling = [product for product in products.values() if not _says_little(product, dictionary)]
    return Analysis(
        text="\n".join(terms),
        products=tuple(telling or products.values()),
        dictionary_version=edition,
    )


def _says_little(product: Product, dictionary: Dictionary) -> bool:
    concept = dictionary.concepts.get(product.head_concept)
    return len(product.words) == 1 and concept is not None and 0 < concept.weight <= SAYS_LITTLE


@lru_cache(maxsize=2)
def _by_term(board: tuple[tuple[int, Terms], ...], edition: str) -> dict[str, list[int]]:
    """The nodes that an offer with a certain term (chains.matching.terms) may stand at.

    All words of all nodes have to be understood for it, half a second for a dozen chains: kept for all processes.
    """
    key = f"chains.standing:{edition}:{hashlib.sha256(repr(board).encode()).hexdigest()}"
    known: dict[str, list[int]] | None = cache.get(key)
    if known is None:
        known = _read_board(board, edition)
        cache.set(key, known, timeout=KEPT_FOR)
    return known


def _read_board(board: tuple[tuple[int, Terms], ...], edition: str) -> dict[str, list[int]]:
    dictionary = dictionaries.current()
    found: dict[str, list[int]] = defaultdict(list)
    for node, terms in board:
        for key in terms_of_demand(_understood(terms, edition), dictionary=dictionary):
            found[key].append(node)
    return dict(found)
