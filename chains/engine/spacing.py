"""Names written with spaces: which stretch is the thing, and which only describe it."""

import re
from collections.abc import Sequence

from .cutting import Cutter, Item
from .dictionary import Dictionary, surface_key
from .normalising import is_han, is_modifier_form, tokens_of

_BARE_WEIGHT = 4
_BROAD_WEIGHT = 6
_MOST_JOINED = 3
# What is done, as far as a word says so by itself.
_DONE = re.compile(
    r"(?:加工|代工|检测|测试|检验|检定|校准|外包|服务|运输|物流|租赁|维修|维护|保养|安装|设计|回收|清洗|印刷|电镀)$|^[a-z]{2,5}$"
)
# A substance of more kinds than this is what things are made of, rather than a product.
_MEMBERS = 4
_STUFF = frozenset({"金属", "塑料", "橡胶", "合成树脂", "钢材"})

# Ranks of stretches, the surest last.
_BROAD, _STUFF_OR_MACHINE, _THING, _SERVICE = 3, 4, 5, 6


def spaced_items(name: str, cutter: Cutter) -> tuple[list[Item], list[Item]]:
    """The items of the thing, with those before it that are read with it, and those that describe it.

    光缆 24芯 单模: the first stretch that names a thing is the thing. 不锈钢 管: a bare form or part belongs to the
    stretch before it. 柴油机 缸套, 不锈钢 法兰: a part outranks the machine it is in and what it is made of.
    磷酸铁锂 方形电芯 is one name; 激光切割机 光纤 is another, read backwards.
    """
    dictionary = cutter.dictionary
    cut = [cutter.expand(cutter.cut(stretch)) for stretch in _stretches(name, dictionary)]
    ranks = [_rank(items, dictionary) for items in cut]
    main = 0
    for number in range(1, len(cut)):
        is_stuff = _kind(cut[number], dictionary) == "material"
        if ranks[number] > ranks[main] and not (is_stuff and _kind(cut[main], dictionary) == "equipment"):
            main = number
    if ranks[main] >= _STUFF_OR_MACHINE:
        others = [n for n in range(len(cut)) if n != main and ranks[n] >= _STUFF_OR_MACHINE]
        main = next((n for n in others if _is_one_name(cut[main], cut[n], dictionary)), main)
    before = [items for items, rank in zip(cut[:main], ranks, strict=False) if rank > 2]
    rest = [items for n, items in enumerate(cut) if n > main or (n < main and ranks[n] <= 2)]
    return [item for items in (*before, cut[main]) for item in items], [item for items in rest for item in items]


def _stretches(name: str, dictionary: Dictionary) -> list[str]:
    found: list[str] = []
    for stretch in _rejoined(name.split(), dictionary):
        entry = dictionary.surfaces.get(" ".join(tokens_of(stretch)))
        concept = dictionary.concepts.get(entry.name) if entry and entry.role == "concept" else None
        if found and concept is not None and 0 < concept.weight <= _BARE_WEIGHT:
            found[-1] += stretch if not (found[-1] + stretch).isascii() else f" {stretch}"
        else:
            found.append(stretch)
    return found


def _rejoined(stretches: Sequence[str], dictionary: Dictionary) -> list[str]:
    """RV 减速器 is the RV减速器 of the dictionary: a name that is only spaced out is one stretch."""
    found: list[str] = []
    number = 0
    while number < len(stretches):
        sizes = range(min(_MOST_JOINED, len(stretches) - number), 1, -1)
        joined = ("".join(stretches[number : number + size]) for size in sizes)
        name = next((text for text in joined if not text.isascii() and _is_name(text, dictionary)), stretches[number])
        found.append(name)
        covered = 0
        while covered < len(name):
            covered += len(stretches[number])
            number += 1
    return found


def _is_name(text: str, dictionary: Dictionary) -> bool:
    entry = dictionary.surfaces.get(surface_key(text))
    return entry is not None and entry.role == "concept"


def _is_one_name(which: Sequence[Item], what: Sequence[Item], dictionary: Dictionary) -> bool:
    """Whether the dictionary has one name for the two together."""
    before = {which[-1].surface, which[-1].concept}
    name = what[-1].concept
    after = {what[-1].surface, name, *(above for above, steps in dictionary.ancestors(name).items() if steps <= 2)}
    names = (surface_key(first + last) for first in before for last in after if first and last)
    return any(name in dictionary.surfaces for name in names)


def _kind(items: Sequence[Item], dictionary: Dictionary) -> str:
    name = items[-1].concept if items else ""
    return dictionary.concepts[name].kind if name else ""


def _rank(items: Sequence[Item], dictionary: Dictionary) -> int:
    """How surely a stretch names the thing: a purpose 0, a modifier 1, an unknown word 2, a broad word 3, …"""
    last = next(
        (item for item in reversed(items) if item.entry is None or item.entry.role not in {"noise", "demand"}), None
    )
    if last is None or (last.entry is not None and last.entry.role in {"for", "purpose"}):
        return 0
    if last.entry is None:
        return 2 if is_han(last.surface) and not is_modifier_form(last.surface) else 1
    if last.entry.role != "concept":
        return 1
    if items[-1].entry is not None and items[-1].entry.role == "for":
        return 0
    concept = dictionary.concepts[last.entry.name]
    if last.entry.confidence < 1:
        # SAP 高吸水性树脂: a short form of several meanings is what the other name says it is.
        return _BROAD
    if concept.kind == "service" and len(items) == 1 and _DONE.search(last.surface):
        # 原料药 CDMO: whoever names a good and what is done to it wants that done.
        return _SERVICE
    if 0 < concept.weight <= _BROAD_WEIGHT:
        return _BROAD
    if concept.kind == "material":
        above = dictionary.ancestors(concept.name)
        is_stuff = len(dictionary.descendants(concept.name)) > _MEMBERS or not _STUFF.isdisjoint(above)
        return _STUFF_OR_MACHINE if is_stuff else _THING
    return _STUFF_OR_MACHINE if concept.kind in {"vehicle", "equipment"} else _THING
