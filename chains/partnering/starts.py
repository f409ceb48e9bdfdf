"""From where one looks: the nodes at which a firm, a product or a node itself stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from chains import dictionary as dictionaries
from chains import standing
from chains.engine import Analysis, Document
from chains.matching import documents
from chains.matching.analyses import understand
from chains.models import Node
from chains.partnering.naming import names_of
from enterprises.models import Enterprise, Post
from foundation.models import User

# The newest supplies of a firm that are looked at.
MOST_POSTS: Final = 60
LONGEST_PRODUCT: Final = 200


@dataclass(frozen=True)
class Position:
    """A node at which the start stands, by which products. `text`: what it says of them, `names`: what they are
    called; `documents`: the supplies as the engine sees them."""

    node: Node
    products: tuple[str, ...]
    text: str
    names: frozenset[str]
    documents: tuple[Document, ...]


@dataclass(frozen=True)
class Start:
    """Where a question begins. `firm_id` is the firm asked about; `posts`: how many supplies it has to go by."""

    positions: tuple[Position, ...]
    firm_id: int | None = None
    posts: int = 0

    def only_at(self, node_id: int) -> "Start":
        """Looking from one of the positions only; from all of them for a node that is none of them."""
        chosen = tuple(place for place in self.positions if place.node.pk == node_id)
        return Start(chosen, self.firm_id, self.posts) if chosen else self


@dictionaries.pinned()
def from_firm(*, firm: Enterprise, user: "User | AnonymousUser") -> Start:
    """Where a firm stands by those of its open supplies that this person may see."""
    rows = Post.objects.visible_to(user).open().supplies().filter(enterprise=firm).order_by("-published_at", "-pk")
    posts = {
        pk: (product, "\n".join((product, title, text)))
        for pk, product, title, text in rows.values_list("pk", "product", "title", "text")[:MOST_POSTS]
    }
    found = standing.nodes_of(list(documents.documents(posts)))
    positions = [
        _position(
            node,
            products=[posts[document.id][0] for document in found[node.pk]],
            text="\n".join(posts[document.id][1] for document in found[node.pk]),
            offers=found[node.pk],
        )
        for node in _nodes(found)
    ]
    return Start(tuple(positions), firm_id=firm.pk, posts=len(posts))


@dictionaries.pinned()
def from_node(node: Node) -> Start:
    """A node looks from where it is; what it makes are its product words."""
    analysis = standing.analysis_of(node.terms)
    offers = [] if analysis.is_empty else [_offer(analysis)]
    return Start((_position(node, products=[], text="\n".join(node.terms), offers=offers),))


@dictionaries.pinned()
def from_product(text: str) -> Start:
    """Where the product named in a text would stand."""
    analysis = understand(text[:LONGEST_PRODUCT], dictionary=dictionaries.current(), industry="", factor="product")
    if analysis.is_empty:
        return Start(())
    offer = _offer(analysis)
    names = [product.name for product in analysis.products]
    positions = [
        _position(node, products=names, text=text[:LONGEST_PRODUCT], offers=[offer])
        for node in _nodes(standing.nodes_of([offer]))
    ]
    return Start(tuple(positions))


def label_of(place: Position) -> str:
    """The node with its chain, since several chains have a node of the same name."""
    return _("%(node)s（%(chain)s）") % {"node": place.node.label, "chain": place.node.chain.label}


def _position(node: Node, *, products: Sequence[str], text: str, offers: Sequence[Document]) -> Position:
    understood = [product for offer in offers for product in offer.analysis.products]
    return Position(
        node=node,
        products=tuple(dict.fromkeys(products)),
        text=text,
        names=names_of(understood),
        documents=tuple(offers),
    )


def _offer(analysis: Analysis) -> Document:
    return Document(id=0, analysis=analysis, firm_id=0, factor="product")


def _nodes(ids: "dict[int, list[Document]]") -> list[Node]:
    """Where most of the products stand first."""
    rows = Node.objects.filter(pk__in=ids).select_related("chain").order_by("chain__order", "layer", "order", "pk")
    return sorted(rows, key=lambda node: -len(ids[node.pk]))
