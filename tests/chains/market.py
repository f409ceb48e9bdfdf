"""A small market for tests of pages: firms with people, posts, matches."""

from dataclasses import dataclass
from typing import Any

from chains import matching
from chains.models import Match
from enterprises.models import Enterprise, Post
from foundation.models import User
from tests.factories import EnterpriseFactory, PostFactory, owner_of, province

PRODUCT = "深沟球轴承 6204"


def firm(*, place: str = "四川", **more: Any) -> Enterprise:
    found: Enterprise = EnterpriseFactory(verified=True, owner=True, region=province(place), **more)
    return found


def post(enterprise: Enterprise, *, demand: bool = False, product: str = PRODUCT, **more: Any) -> Post:
    found: Post = PostFactory(published=True, enterprise=enterprise, demand=demand, product=product, **more)
    return found


def match_all() -> None:
    matching.keep(post_ids=list(Post.objects.values_list("pk", flat=True)))
    matching.match_demands(list(Post.objects.demands().values_list("pk", flat=True)))


@dataclass
class Market:
    """A buyer in 江苏, a seller in 四川, a stranger; one match."""

    buyer: Enterprise
    seller: Enterprise
    stranger: Enterprise
    wanted: Post
    offer: Post

    @property
    def match(self) -> Match:
        return Match.objects.live().get(demand=self.wanted, supply=self.offer)

    @property
    def buyer_user(self) -> User:
        return owner_of(self.buyer)

    @property
    def seller_user(self) -> User:
        return owner_of(self.seller)

    @property
    def stranger_user(self) -> User:
        return owner_of(self.stranger)


def market(**of_offer: Any) -> Market:
    buyer, seller, stranger = firm(place="江苏"), firm(place="四川"), firm(place="湖南")
    found = Market(buyer, seller, stranger, post(buyer, demand=True), post(seller, **of_offer))
    match_all()
    return found
