"""Cutting a text into the words of the dictionary and what lies between them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .dictionary import Dictionary, Entry
from .normalising import is_han, tokens_of

# 二氯 + 丙烷 and 硫酸 + 锌 are new substances, not a kind of 丙烷 or 锌.
_SUBSTANCE_PREFIX = re.compile(
    r"[氯溴氟碘硝氨羟甲乙丙丁戊己庚辛壬癸环氧二三四五六七八九十异叔仲季对邻间双磺基亚偏过次氢硫磷苄巯酰缩稀烯醇苯聚]+$"
)
_SUBSTANCE_ENDING = "烷烯炔醇酸酯醛酮苯酚胺腈醚酐烃脲"
_SALT_BEFORE = "酸化氧氯硫氟氰氢磺"


@dataclass(slots=True)
class Item:
    """One cut piece. entry is None for what the dictionary does not know."""

    surface: str
    entry: Entry | None
    breaks_before: bool = False

    @property
    def concept(self) -> str:
        """The name of the concept it stands for, or ""."""
        return self.entry.name if self.entry is not None and self.entry.role == "concept" else ""


# Pieces of texts that a dictionary remembers how to cut: the same come again and again.
_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 40


class Cutter:
    """Cuts texts by one dictionary. Nobody changes the items that come out."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary

    def cut(self, text: str) -> list[Item]:
        known: dict[str, list[Item]] = self.dictionary.cuts
        found = known.get(text)
        if found is None:
            found = self._cut(text)
            if len(text) <= _LONGEST_REMEMBERED:
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[text] = found
        return list(found)

    def _cut(self, text: str) -> list[Item]:
        items: list[Item] = []
        for stretch in re.split(r"[\s\-/'()]+", text):
            tokens = tokens_of(stretch)
            if not tokens:
                continue
            pieces = self._segment(tokens)
            if pieces:
                pieces[0].breaks_before = True
            items.extend(pieces)
        return self._join_latin(items)

    def inside(self, surface: str) -> list[Item]:
        """The known words of two or more characters that a name of the dictionary is composed of, in order."""
        found = self.dictionary.insides.get(surface)
        if found is None:
            tokens = tokens_of(surface)
            items = self._segment(tokens, longest=len(tokens) - 1) if len(tokens) > 2 else []
            found = [item for item in items if item.entry is not None and len(item.surface) > 1]
            self.dictionary.insides[surface] = found
        return found

    def _segment(self, tokens: list[str], longest: int | None = None) -> list[Item]:
        """The cut with the least unknown and the fewest words; among equals the one with the longest last word."""
        surfaces, sizes = self.dictionary.surfaces, self.dictionary.sizes
        longest = self.dictionary.longest if longest is None else longest
        count = len(tokens)
        best = [0.0] * (count + 1)
        step = [1] * (count + 1)
        entry_at: list[Entry | None] = [None] * (count + 1)
        for end in range(1, count + 1):
            last = tokens[end - 1]
            cost = best[end - 1] + (10.0 if is_han(last) else 6.0)
            chosen: Entry | None = None
            length = 1
            for size in sizes.get(last, ()):
                if size > longest or size > end:
                    break
                start = end - size
                entry = surfaces.get(last if size == 1 else " ".join(tokens[start:end]))
                if entry is None:
                    continue
                single = size == 1 and len(last) == 1
                # 工业机器人|用, not 工业|机器|人用.
                single = single and entry.role != "for"
                candidate = best[start] + (7.0 if single else 3.0) - 0.01 * size - (0.005 if entry.is_light else 0)
                if candidate <= cost:
                    cost, chosen, length = candidate, entry, size
            best[end], step[end], entry_at[end] = cost, length, chosen
        items: list[Item] = []
        end = count
        while end > 0:
            size = step[end]
            items.append(Item(_join(tokens[end - size : end]), entry_at[end]))
            end -= size
        items.reverse()
        return self._settle(items)

    def _settle(self, items: list[Item]) -> list[Item]:
        """Join unknown neighbours; a one-character word beside one unknown character is no word (地+铁)."""
        settled: list[Item] = []
        for item in _joined(items):
            before = settled[-1] if settled else None
            if before is not None and _both_han(before, item) and self._is_one_word(before, item):
                settled[-1] = Item(before.surface + item.surface, None)
            else:
                settled.append(item)
        return _joined(settled)

    def _is_one_word(self, before: Item, item: Item) -> bool:
        if _is_orphan(before) and _is_single_concept(item):
            return True
        if _is_single_concept(before) and _is_orphan(item):
            return True
        if item.entry is None or item.entry.role != "concept":
            return False
        if before.entry is None and before.surface[-1] == "非":
            return True
        if self.dictionary.concepts[item.entry.name].kind != "material":
            return False
        if len(item.surface) == 1:
            return before.surface[-1] in _SALT_BEFORE and item.surface not in _SUBSTANCE_ENDING
        return (
            before.entry is None
            and item.surface[-1] in _SUBSTANCE_ENDING
            and _SUBSTANCE_PREFIX.match(before.surface) is not None
        )

    def _join_latin(self, items: list[Item]) -> list[Item]:
        """Names of several Latin words (lithium iron phosphate) and codes with a known beginning (LFP26650)."""
        found: list[Item] = []
        index = 0
        while index < len(items):
            item = items[index]
            size = 0
            if not is_han(item.surface):
                for width in range(min(self.dictionary.longest, len(items) - index), 1, -1):
                    group = items[index : index + width]
                    if any(is_han(piece.surface) for piece in group):
                        continue
                    entry = self.dictionary.surfaces.get(" ".join(piece.surface for piece in group))
                    if entry is not None:
                        found.append(Item(" ".join(piece.surface for piece in group), entry, item.breaks_before))
                        size = width
                        break
            if size:
                index += size
                continue
            if item.entry is None and (split := self._known_beginning(item)):
                found.extend(split)
            else:
                found.append(item)
            index += 1
        return found

    def _known_beginning(self, item: Item) -> list[Item]:
        match = re.match(r"^([a-z]{2,})(\d[\da-z.]*)$", item.surface)
        if match is None:
            return []
        entry = self.dictionary.surfaces.get(match.group(1))
        if entry is None:
            return []
        return [Item(match.group(1), entry, item.breaks_before), Item(match.group(2), None)]

    def expand(self, items: Sequence[Item]) -> list[Item]:
        """Names that are only compositions become their words (冷轧板 → 冷轧 + 板)."""
        found: list[Item] = []
        for item in items:
            concept = self.dictionary.concepts.get(item.entry.name) if item.entry is not None else None
            if concept is None or not concept.made_of:
                found.append(item)
                continue
            for number, part in enumerate(concept.made_of, start=1):
                entry = self.dictionary.surfaces.get(" ".join(tokens_of(part)))
                surface = item.surface if number == len(concept.made_of) else part
                found.append(Item(surface, entry or Entry("modifier", part)))
        return found


def _joined(items: Sequence[Item]) -> list[Item]:
    """Unknown neighbours are one unknown word."""
    joined: list[Item] = []
    for item in items:
        if joined and item.entry is None and joined[-1].entry is None and _both_han(joined[-1], item):
            joined[-1] = Item(joined[-1].surface + item.surface, None)
        else:
            joined.append(item)
    return joined


def _join(tokens: Sequence[str]) -> str:
    text = tokens[0]
    for before, token in pairwise(tokens):
        text += token if is_han(before) or is_han(token) else f" {token}"
    return text


def _both_han(first: Item, second: Item) -> bool:
    return is_han(first.surface[-1]) and is_han(second.surface[0]) and not second.breaks_before


def _is_orphan(item: Item) -> bool:
    return item.entry is None and len(item.surface) == 1


def _is_single_concept(item: Item) -> bool:
    return item.entry is not None and item.entry.role == "concept" and len(item.surface) == 1
