"""3 match: the words by which a new supply finds the demands it may answer (PostAnalysis.terms).

A supply answers a demand only if its head does: the same concept, one above, below or near it, or, for words the
dictionary does not know, the same ending (chains.engine.scoring.head_answers). So the terms of both share an
element exactly if some pair of their products has an answering head:

    h:<concept>   offered heads that are this concept   = wanted heads that are related to it
    k:<ending>    offered heads with a known concept    = wanted heads without one
    u:<ending>    offered heads without a concept       = all wanted heads
"""

from chains.engine import DEFAULT_WEIGHTS, Analysis, Dictionary, Query
from chains.engine.scoring import compile_query


def terms_of_supply(analysis: Analysis, *, dictionary: Dictionary) -> set[str]:
    terms: set[str] = set()
    for product in analysis.products:
        if product.head_concept:
            terms.update((f"h:{product.head_concept}", f"k:{_ending(product.head)}"))
        else:
            terms.add(f"u:{_ending(product.head)}")
    return terms


def terms_of_demand(analysis: Analysis, *, dictionary: Dictionary) -> set[str]:
    terms: set[str] = set()
    compiled = compile_query(Query(analysis=analysis), dictionary=dictionary, weights=DEFAULT_WEIGHTS)
    for facet in compiled.facets:
        ending = _ending(facet.product.head)
        terms.update(f"h:{concept}" for concept in facet.relations)
        terms.add(f"u:{ending}")
        if not facet.product.head_concept:
            terms.add(f"k:{ending}")
    return terms


def _ending(head: str) -> str:
    """Latin heads answer only when equal, others by their last character."""
    return head if head.isascii() else head[-1:]
