"""Queries with everything the dictionary has to say about them, worked out once per wanted product."""

from .dictionary import Dictionary
from .scoring import FULL, Compiled, Facet, facets_of, structured_wishes
from .types import Product, Query
from .weights import Weights

REMEMBERED = 4096


class Compiler:
    """Queries to `Compiled`, by one dictionary and one set of weights. Facets of equal products are one object."""

    def __init__(self, *, dictionary: Dictionary, weights: Weights) -> None:
        self.weights = weights
        self._dictionary = dictionary
        self._facets: dict[tuple[object, ...], tuple[Facet, ...]] = {}

    def compiled(self, query: Query) -> Compiled:
        asked = structured_wishes(query, self.weights)
        facets = tuple(facet for product in query.analysis.products for facet in self.facets(product))
        return Compiled(query, facets, FULL - sum(asked.values()), self.weights, asked)

    def facets(self, product: Product) -> tuple[Facet, ...]:
        signature = product.signature()
        found = self._facets.get(signature)
        if found is None:
            if len(self._facets) >= REMEMBERED:
                self._facets.clear()
            found = self._facets[signature] = facets_of(product, dictionary=self._dictionary, weights=self.weights)
        return found
