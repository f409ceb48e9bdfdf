"""Does a text name a product? That a supplier writes what its goods are for is the best sign that they fit."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final

from chains import dictionary as dictionaries
from chains.engine import Analysis, Dictionary, Product

# A shorter name (钢, PC) is met by chance.
SHORTEST: Final = 2
SHORTEST_LATIN: Final = 4
# Weight in the dictionary up to which a word (部件, 设备) says too little to count as a product's name.
SAYS_LITTLE: Final = 5


def names_of(products: Iterable[Product]) -> frozenset[str]:
    """What the products are called, in small letters: their own heads, the dictionary's names for them and for the
    kinds they are of."""
    edition = dictionaries.current().version
    found: set[str] = set()
    for product in products:
        found |= _names(product.head_concept, product.head, edition)
    return frozenset(found)


def named(names: Collection[str], text: str, *, but: Collection[str] = ()) -> str:
    """The first of the names in the text, as the text writes it; "" if there is none. `but`: names that do not count,
    since the text's own product is called so too."""
    if not names or not text:
        return ""
    for met in _pattern(frozenset(names)).finditer(text):
        if met.group(0).casefold() not in but:
            return met.group(0)
    return ""


def mentioned(analysis: Analysis) -> frozenset[str]:
    """Concepts that a text names beside what it is about: what a demand says its goods are for."""
    return frozenset(
        word.key[2:]
        for product in analysis.products
        for word in (*product.words, *product.extra)
        if word.role != "head" and word.key.startswith("c:")
    )


def speaks_of(concepts: Iterable[str], products: Iterable[Product]) -> bool:
    """Is one of the concepts one of the products, or a kind of it, or the kind that it is of?"""
    dictionary = dictionaries.current()
    heads = {product.head_concept for product in products if product.head_concept}
    above = {kind for head in heads for kind in dictionary.ancestors(head)}
    return any(
        concept in heads or concept in above or heads & dictionary.ancestors(concept).keys()
        for concept in concepts
        if concept in dictionary.concepts and _is_telling(concept, dictionary)
    )


def _is_telling(concept: str, dictionary: Dictionary) -> bool:
    return not 0 < dictionary.concepts[concept].weight <= SAYS_LITTLE


@lru_cache(maxsize=8192)
def _names(concept: str, head: str, edition: str) -> frozenset[str]:
    dictionary = dictionaries.current()
    if concept not in dictionary.concepts:
        found = {head}
    else:
        found = {head} if _is_telling(concept, dictionary) else set()
        for name in (concept, *dictionary.ancestors(concept)):
            if _is_telling(name, dictionary):
                found |= {name, *dictionary.concepts[name].aliases}
    small = {name.casefold() for name in found}
    return frozenset(name for name in small if len(name) >= (SHORTEST_LATIN if name.isascii() else SHORTEST))


@lru_cache(maxsize=1024)
def _pattern(names: frozenset[str]) -> re.Pattern[str]:
    """Longest first; a Latin name only as a word of its own."""
    parts = [
        rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])" if name.isascii() else re.escape(name)
        for name in sorted(names, key=lambda name: (-len(name), name))
    ]
    return re.compile("|".join(parts), re.IGNORECASE)
