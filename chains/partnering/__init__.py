"""Stage 4, recommend: upstream and downstream partners, through the chain graph.

    start = from_firm(firm=…, user=…)       where a firm stands, by its supplies (from_node, from_product likewise)
    find(start=start, wish=Wish(upstream=True, links=2), user=…, firm=…)      partners, one row per firm

A partner stands at a node that approved links connect with the start; the path is the reason. Upstream partners are
found by what they supply, downstream ones by what they make and by what they openly ask for. Nothing is stored.
"""

from chains.partnering.finding import MOST_FIRMS, Found, Partner, Wish, find, provinces_of
from chains.partnering.paths import MOST_LINKS, Path
from chains.partnering.starts import LONGEST_PRODUCT, Position, Start, from_firm, from_node, from_product, label_of
from chains.partnering.weighing import PARTS

__all__ = [
    "LONGEST_PRODUCT",
    "MOST_FIRMS",
    "MOST_LINKS",
    "PARTS",
    "Found",
    "Partner",
    "Path",
    "Position",
    "Start",
    "Wish",
    "find",
    "from_firm",
    "from_node",
    "from_product",
    "label_of",
    "provinces_of",
]
