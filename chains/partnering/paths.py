"""Ways through the chain graph: from where one stands, over approved links only, upstream or downstream."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from chains.models import Link, Node

MOST_LINKS: Final = 3
# Equally short ways between two nodes that are looked at.
MOST_WAYS: Final = 6


@dataclass(frozen=True)
class Path:
    """A chain of approved links from a start outwards."""

    upstream: bool
    links: tuple[Link, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """From the start outwards; one more than links."""
        first = self.links[0]
        if self.upstream:
            return (first.downstream, *(link.upstream for link in self.links))
        return (first.upstream, *(link.downstream for link in self.links))

    @property
    def start(self) -> Node:
        return self.nodes[0]

    @property
    def target(self) -> Node:
        return self.nodes[-1]

    @property
    def before(self) -> Node:
        """The node that trades with the target directly."""
        return self.nodes[-2]

    @property
    def oldest(self) -> date:
        """Of what day the oldest evidence is: a way is as sound as its weakest link."""
        return min(link.observed_on for link in self.links)


def paths(starts: Collection[int], *, upstream: bool, most_links: int) -> dict[int, list[Path]]:
    """The shortest ways from each of the starts (ids of nodes) to each node within reach, by target; nearest first.

    One query per step. A start is no target of its own, but may be one of another start.
    """
    far_side = "upstream_id" if upstream else "downstream_id"
    seen: set[tuple[int, int]] = {(start, start) for start in starts}
    # (start, node) → its shortest ways; the start itself has one without links.
    ends: dict[tuple[int, int], list[tuple[Link, ...]]] = {(start, start): [()] for start in starts}
    found: dict[int, list[Path]] = defaultdict(list)
    for _step in range(min(most_links, MOST_LINKS)):
        links = _links({node for _start, node in ends}, upstream=upstream)
        following: dict[tuple[int, int], list[tuple[Link, ...]]] = defaultdict(list)
        for (start, node), ways in ends.items():
            for link in links.get(node, ()):
                key = (start, getattr(link, far_side))
                if key not in seen:
                    following[key].extend((*way, link) for way in ways)
        ends = {key: _freshest(ways) for key, ways in following.items()}
        seen.update(ends)
        for (_start, target), ways in ends.items():
            found[target].extend(Path(upstream, way) for way in ways)
    return dict(found)


def _links(nodes: Iterable[int], *, upstream: bool) -> dict[int, list[Link]]:
    """Approved links that leave these nodes in the direction, by the node."""
    near = "downstream_id" if upstream else "upstream_id"
    rows = (
        Link.objects.filter(**{f"{near}__in": list(nodes)}, status=Link.Status.APPROVED)
        .select_related("upstream__chain", "downstream__chain")
        .order_by("pk")
    )
    found: dict[int, list[Link]] = defaultdict(list)
    for link in rows:
        found[getattr(link, near)].append(link)
    return found


def _freshest(ways: list[tuple[Link, ...]]) -> list[tuple[Link, ...]]:
    """Those whose weakest link is the newest come first."""

    def order(way: tuple[Link, ...]) -> tuple[int, list[int]]:
        return -min(link.observed_on for link in way).toordinal(), [link.pk for link in way]

    return sorted(ways, key=order)[:MOST_WAYS]
