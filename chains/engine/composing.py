"""What is asked for piece by piece, put together again: 大巴车用的空调 is 汽车空调, 手机里散热用的膜 is 散热膜.

Who writes a demand says the purpose and the thing apart; whoever lists a product has one name for both. And what stands
beside the thing may be the better name for it.
"""

from collections.abc import Callable, Iterator, Sequence

from .cutting import Item
from .dictionary import Dictionary, Entry, surface_key
from .normalising import is_han
from .weights import Weights

# How far above what is said the name may be taken from: 大客车 → 客车 → 汽车.
_STEPS = 2
# Kinds that stand above too much to be part of a name.
_BROAD_WEIGHT = 6


def composed(
    items: Sequence[Item], head: int, purposes: Sequence[Item], dictionary: Dictionary
) -> tuple[list[Item], list[Item]] | None:
    """The items and purposes with the head read together with one word before it or one purpose; None where the
    dictionary knows no such name. head: its place among the items."""
    thing = items[head]
    before = [(items, place) for place in range(head - 1, -1, -1)]
    asides = [(purposes, place) for place in range(len(purposes) - 1, -1, -1)]
    for names in (_own_names, _broader_names):
        for row, place in (*before, *asides):
            item = row[place]
            entry = _known(names(item, dictionary), thing, dictionary)
            if entry is None:
                continue
            name = Item(f"{item.surface}{thing.surface}", entry)
            gone = place if names is _own_names else -1
            kept = [name if at == head else other for at, other in enumerate(items) if row is not items or at != gone]
            return kept, [other for at, other in enumerate(purposes) if row is not purposes or at != gone]
    return None


# What a thing may be named by besides its own name: what it is made of, and what is done. Not what it is a part of.
_NAMING_KINDS = frozenset({"material", "medicine", "service", "software"})

# What is made on a machine is no name of it: 聚氨酯发泡机.
_MACHINES = frozenset({"equipment", "vehicle"})


def beside(
    items: Sequence[Item],
    apart: Sequence[Item],
    kind: str,
    *,
    is_named: bool,
    is_specific: Callable[[Item], bool],
    dictionary: Dictionary,
    weights: Weights,
) -> Iterator[tuple[Item, int]]:
    """Other names that may be meant, each with its standing. items: the words of the name; apart: those parted from it
    by spaces; kind: of the thing; is_named: whether its own name says more than 管 or 服务 does. 人造棉 人棉纱 and
    空开 塑壳 name one thing twice; who offers no 氨纶纱 may have 氨纶."""
    is_purpose = any(item.entry is not None and item.entry.role == "for" for item in apart)
    for row, is_apart in (((), True) if is_purpose else (apart, True), (items, False)):
        for item in row:
            if not is_specific(item):
                continue
            other = dictionary.concepts[item.concept].kind
            if other == kind and is_apart and is_named:
                yield item, weights.implied
            elif other in _NAMING_KINDS and (is_apart or kind not in _MACHINES):
                yield item, weights.beside


def _known(names: Iterator[str], thing: Item, dictionary: Dictionary) -> Entry | None:
    own = thing.concept
    for name in names:
        for ending in dict.fromkeys((thing.surface, own)):
            entry = dictionary.surfaces.get(surface_key(name + ending)) if ending else None
            if entry is None or entry.role != "concept" or entry.confidence < 1 or entry.name == own:
                continue
            # 轿车座椅 may be filed under 汽车内饰, which is another thing to ask for.
            if own in dictionary.ancestors(entry.name) or entry.name.endswith((thing.surface, own or thing.surface)):
                return entry
    return None


def _own_names(item: Item, dictionary: Dictionary) -> Iterator[str]:
    entry = item.entry
    if entry is None:
        if is_han(item.surface) and len(item.surface) > 1:
            yield item.surface
            yield item.surface[-2:]
    elif entry.role in {"concept", "modifier", "purpose"}:
        yield item.surface
        yield entry.name


def _broader_names(item: Item, dictionary: Dictionary) -> Iterator[str]:
    if not item.concept:
        return
    if dictionary.concepts[item.concept].kind == "material":
        # 钢轨 is of 钢, but what lies on it is no 钢板.
        return
    above = dictionary.ancestors(item.concept)
    for name, steps in sorted(above.items(), key=lambda pair: (pair[1], pair[0])):
        if steps <= _STEPS and not 0 < dictionary.concepts[name].weight <= _BROAD_WEIGHT:
            yield name
