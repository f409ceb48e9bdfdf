"""A small chain for tests: 锂盐 → 正极材料 → 电芯 → 动力电池, every link approved; and who stands in it."""

from itertools import pairwise
from typing import Any

from django.utils import timezone

from chains import matching
from chains.models import Chain, Link, Node
from enterprises.models import Post
from tests.chains.market import firm, post

NODES = {
    "salt": ("锂盐", 0, ["电池级碳酸锂", "碳酸锂"]),
    "cathode": ("正极材料", 1, ["磷酸铁锂正极材料", "三元正极材料"]),
    "cell": ("电芯", 2, ["方形锂电芯"]),
    "pack": ("动力电池", 3, ["动力电池包"]),
}


def battery_chain() -> Chain:
    chain = Chain.objects.create(slug="battery", name="动力电池", name_en="Batteries")
    made = [
        Node.objects.create(chain=chain, slug=slug, name=name, layer=layer, terms=terms)
        for slug, (name, layer, terms) in NODES.items()
    ]
    for up, down in pairwise(made):
        link(up, down)
    return chain


def link(up: Node, down: Node, **more: Any) -> Link:
    fields = {"evidence": "工艺路线", "source": "示例", "observed_on": timezone.localdate(), "status": "approved"}
    return Link.objects.create(upstream=up, downstream=down, **{**fields, **more})


def node(slug: str) -> Node:
    return Node.objects.get(slug=slug)


def known(*posts: Post) -> None:
    matching.keep(post_ids=[row.pk for row in posts])


def maker(product: str, place: str = "四川", **more: Any) -> Post:
    found = post(firm(place=place), product=product, **more)
    known(found)
    return found
