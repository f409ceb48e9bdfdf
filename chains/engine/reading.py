"""From a name to products: which words, which of them the head, what the others say.

Chinese compounds are head-final: the last noun says what the thing is, the words before it say which one
(轴承加工设备 is equipment). What the dictionary does not know is kept as pairs of characters.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from . import needing
from .composing import beside, composed
from .cutting import Cutter, Item
from .dictionary import Dictionary, Entry, surface_key
from .english import read_english
from .normalising import is_han, is_modifier_form, pairs_of, tokens_of
from .spacing import spaced_items
from .types import Mention, Product, Role, Word
from .weights import Weights

_BARE_WEIGHT = 4
_BESIDE_WEIGHT = 2
_BROAD_WEIGHT = 6
_LISTING = re.compile(
    r"[、/&]+|(?<![a-z0-9])\++|\++(?![a-z0-9+])|以及|\s+(?:and|or)\s+|(?<=[㐀-鿿])(?:及其?|与)(?=[㐀-鿿a-z])"
)
_AND = re.compile(r"(?<=[㐀-鿿a-z]{2})和(?=[㐀-鿿a-z]{2})")
_LISTED_PURPOSES = re.compile(r"^([^的]*[^的、和]{2}[、和及与][^的、]{2,16}的)([^的、,]{1,12})$")
_BRACKET = re.compile(r"\(([^()]{0,120})\)?")
_WISH = re.compile(
    r"^(?:您好|你好|我们?公司|本公司|我司|我厂|我们|我|现在|现|因生产需要|急|长期|大量|常年)*(?:想要|想|要|正在)?"
    r"(?:需要|需求|求购|采购|购买|购|寻找|寻求|找|收购|征集|招标采购|招标|询价|订购|订做|定制|需)+"
    r"(?:一批|一家|几家|一些|若干|一种|一款|一台|一套|大量)?(?:能够?|可以?|专业)?(?:做|生产|提供|供应|制造|加工(?=的))?(?:的(?=.))?"
)
_WHO = re.compile(
    r"(?:的|之)?(?:生产)?(?:厂家|(?<![代加])工厂|供应商|生产商|制造商|厂商|企业|公司|合作伙伴|合作方|合作厂家|供货商)$"
)
_FOR = re.compile(r"(?:适用于|应用于|用于|用在|配套)([^,。;的]{1,40})的(?=.)")
_FOR_AFTER = re.compile(r"(?:,|\s|\()*(?:适用于|应用于|用于|用在)([^,。;)的]{1,40})\)?$")
# 带钢, 带锯 and 含能 are names.
_WITH = re.compile(
    r"(?<=[\sa-z0-9])(?:带有|带|含有|含|配有|配|附带|自带)(?![钢锯宽轮式状材料条传能油氟硫磷])([㐀-鿿a-z0-9]{2,12})"
)
# "forklift for warehouse 无人叉车"
_MIXED_FOR = re.compile(r"\s+for\s+(?:the\s+)?([a-z][a-z -]{1,40}[a-z])(?=$|[^a-z-])")
_HIERARCHY = re.compile(r"(?<=[㐀-鿿a-z)])\s*(?:--+|-)\s*(?=[㐀-鿿])|(?<=[㐀-鿿)])\s*-\s*(?=[a-z])")
_GRADE = re.compile(r"(?=[a-z0-9.+#]*\d)[a-z0-9.+#%]{2,24}$")
LONGEST_NAME = 240
# Who wants something made under his name asks its makers; who wants tablets of a medicine asks who has the medicine.
_MADE_FOR = frozenset({"代工", "制剂"})
# Shapes in which a substance is delivered.
_SHAPES = frozenset({"粉", "片", "粒", "块", "砂"})


class Reader:
    """Reads the names of one text."""

    def __init__(self, dictionary: Dictionary, weights: Weights, *, is_wish: bool = False) -> None:
        """is_wish: what is read is a demand, in which purpose and thing may be said apart."""
        self.is_wish = is_wish
        self.dictionary = dictionary
        self.weights = weights
        self.cutter = Cutter(dictionary)
        self.grades: list[str] = []
        self.saw_demand = False
        self.corrected: list[tuple[str, str]] = []

    def spelt(self, clause: str) -> str:
        """The clause with slips of the pen mended (轴成 → 轴承), which are noted."""
        words, known = [0] * len(clause), [False] * len(clause)
        position, doubtful = 0, False
        for number, item in enumerate(self.cutter.cut(clause), start=1):
            start = clause.find(item.surface, position)
            if start < 0:
                continue
            position = start + len(item.surface)
            if item.entry is not None:
                known[start:position] = [True] * len(item.surface)
                if len(item.surface) > 1:
                    words[start:position] = [number] * len(item.surface)
            doubtful |= item.entry is None and is_han(item.surface)
        if not doubtful:
            return clause
        mended, corrections = self.dictionary.speller.correct(clause, words, known=known)
        self.corrected.extend(corrections)
        return mended

    def is_name(self, text: str) -> bool:
        entry = self.dictionary.surfaces.get(surface_key(text))
        return entry is not None and entry.role == "concept"

    def names_something(self, text: str) -> int:
        """How surely a text names a thing: 0 not at all, 1 an unknown word, 2 a broad word, 3 a known one."""
        items = [item for item in self.cutter.cut(text) if not self._is_noise(item)]
        index = self._head_index(items)
        if index is None:
            return 0
        entry = items[index].entry
        if entry is None or entry.role != "concept":
            if any(self.is_specific(item) for item in items):
                return 2
            surface = items[index].surface
            return 1 if len(surface) > 1 and (is_han(surface) or (len(surface) > 3 and surface.isalpha())) else 0
        return 2 if 0 < self.dictionary.concepts[entry.name].weight <= _BROAD_WEIGHT else 3

    def is_specific(self, item: Item) -> bool:
        return self._names_much(item.concept)

    def _names_much(self, name: str) -> bool:
        concept = self.dictionary.concepts.get(name)
        return concept is not None and not 0 < concept.weight <= _BROAD_WEIGHT

    def parts(self, clause: str) -> list[str]:
        """A clause cut into names of products: 、 and 及, and 和 when both sides end in something known."""
        found: list[str] = []
        # A listing inside brackets lists parts or kinds, not further products.
        clause = _BRACKET.sub(lambda match: _LISTING.sub(" ", match.group(0)), clause[: LONGEST_NAME * 2])
        listed = _LISTED_PURPOSES.match(clause)
        if listed and self.names_something(listed.group(2)):
            # 灌封电源和汽车电子的有机硅胶: what is listed is what it is for.
            return [_AND.sub("", _LISTING.sub("", listed.group(1))) + listed.group(2)]
        for piece in _LISTING.split(clause):
            if not piece or not piece.strip():
                continue
            halves = _AND.split(piece)
            if len(halves) > 1 and all(self._ends_known(half) for half in halves):
                found.extend(halves)
            else:
                found.append(piece)
        return found

    def products(self, part: str, dropped: list[str], *, describing: Sequence[Word] = ()) -> list[Product]:
        """The product a name stands for, and the one it implies (轴承加工 → 轴承). describing: words said beside it."""
        name = part.strip(" -()'.").strip()[:LONGEST_NAME]
        name = _WHO.sub("", self._without_wish(name)) or name
        purposes: list[str] = []
        for pattern in (_FOR, _FOR_AFTER):
            match = pattern.search(name)
            if match:
                purposes.append(match.group(1))
                name = name[: match.start()] + " " + name[match.end() :]
        mixed = None if name.isascii() else _MIXED_FOR.search(name)
        if mixed:
            purposes.append(mixed.group(1))
            name = name[: mixed.start()] + " " + name[mixed.end() :]
        rest: list[str] = []
        if name.isascii():
            english = read_english(name)
            name, rest = english.thing, list(english.details)
            purposes.extend(english.purposes)
        featured = None if name.isascii() else _WITH.search(name)
        if featured and self.names_something(name[: featured.start()]) > 2:
            # 伺服电机 750W 带抱闸 is a motor.
            rest.append(featured.group(1))
            name = name[: featured.start()] + " " + name[featured.end() :]
        brackets = _BRACKET.findall(name)
        if brackets:
            outside = _BRACKET.sub(" ", name).strip()
            if not tokens_of(outside):
                outside, brackets = " ".join(brackets), []
            name = outside
        items, context = self._main_items(name)
        cut = self._split_purpose(items)
        before, items = cut
        purpose_items = [item for purpose in purposes for item in self.cutter.cut(purpose)] + before
        side_items = context + [item for bracket in (*brackets, *rest) for item in self.cutter.cut(bracket)]
        product = self._product(items, purpose_items, side_items, part.strip(), dropped)
        if product is None:
            product = self._product(purpose_items, [], side_items, part.strip(), dropped)
            if product is None:
                return []
        product = self._described(product, describing)
        found = [product]
        implied = self._implied(product, items, purpose_items, side_items, part.strip())
        if implied is not None:
            found.append(implied)
        head = self._head_index(items) if self.is_wish else None
        together = composed(items, head, purpose_items, self.dictionary) if head is not None else None
        if together is not None:
            one = self._product(*together, side_items, part.strip(), dropped)
            if one is not None:
                found = [
                    self._described(one, describing),
                    *(replace(p, standing=p.standing * self.weights.apart // 1000) for p in found),
                ]
        if self.is_wish:
            known = {one.head_concept for one in found}
            others = beside(
                items,
                context,
                product.kind,
                is_named=self._names_much(product.head_concept),
                is_specific=self.is_specific,
                dictionary=self.dictionary,
                weights=self.weights,
            )
            for item, standing in others:
                if item.concept not in known:
                    known.add(item.concept)
                    one = self._product([item], [], [], part.strip(), [], standing=standing)
                    found.extend([one] if one is not None else [])
        return found

    def _described(self, product: Product, describing: Sequence[Word]) -> Product:
        """With what was said beside the name, which counts less than what is in it."""
        known = {word.key for word in product.words}
        words = tuple(
            replace(word, role="modifier", weight=min(word.weight, _BESIDE_WEIGHT))
            for word in _unique_words(describing)
            if word.key not in known
        )
        held = {group for group, _ in product.values}
        values = tuple(
            pair
            for word in words
            for pair in self.dictionary.values_of(word.key[2:])
            if word.key[:2] in {"c:", "m:"} and pair[0] not in held
        )
        return replace(product, words=product.words + words, values=product.values + values)

    def needed(self, text: str, known: Sequence[Product], *, asked: Sequence[str] = ()) -> list[Product]:
        """Products for what answers a need told in everyday words; see ``needing``."""
        told_of = [product for product in known if product.standing > self.weights.before_unknown]
        names = needing.answers(text, known=known, told_of=told_of, asked=asked, cutter=self.cutter)
        self.saw_demand |= bool(names)
        found = []
        for name in names:
            entry = self.dictionary.surfaces[surface_key(name)]
            product = self._product([Item(name, entry)], [], [], name, [])
            if product is not None:
                found.append(product)
        return found

    def without_bare(self, products: list[Product]) -> list[Product]:
        """网络规划与设计服务: beside a product that says something, a bare 设计 or 配件 is no product of its own."""
        specific = [product for product in products if not self._is_bare(product)]
        return specific or products

    def _is_bare(self, product: Product) -> bool:
        concept = self.dictionary.concepts.get(product.head_concept)
        if concept is None or concept.is_form or len(product.words) > 1 or not concept.weight:
            return False
        return concept.weight <= (3 if concept.kind == "service" else 2)

    def _without_wish(self, text: str) -> str:
        match = _WISH.match(text)
        if match is None or match.end() == len(text):
            return text
        self.saw_demand = True
        return text[match.end() :]

    def detail_words(self, clause: str) -> list[Word]:
        """Words of a description: known concepts and modifiers only; what is unknown there is prose."""
        found: list[Word] = []
        for item in self.cutter.expand(self.cutter.cut(clause)):
            entry = item.entry
            if entry is None or entry.role in {"noise", "demand", "for"}:
                if entry is None:
                    self._note_grade(item.surface)
                continue
            word = self._word(item, "detail")
            if word is not None:
                found.append(word)
        return found

    def _main_items(self, name: str) -> tuple[list[Item], list[Item]]:
        """The items of the name proper and those of its context (the levels above it in an accounting hierarchy)."""
        if " " in name and not name.isascii():
            return spaced_items(name, self.cutter)
        levels = [self.cutter.expand(self.cutter.cut(level)) for level in _HIERARCHY.split(name)]
        levels = [level for level in levels if level]
        if not levels:
            return [], []
        main = next(
            (index for index in range(len(levels) - 1, -1, -1) if self._says_something(levels[index])), len(levels) - 1
        )
        context = [item for index, level in enumerate(levels) if index != main for item in level]
        return levels[main], context

    def _is_noise(self, item: Item) -> bool:
        return item.entry is not None and item.entry.role in {"noise", "demand"}

    def _split_purpose(self, items: list[Item]) -> tuple[list[Item], list[Item]]:
        """锂电池用 | 铜箔: what stands before 用 is the purpose."""
        for index in range(len(items) - 1, 0, -1):
            entry = items[index].entry
            if entry is not None and entry.role == "for":
                after = items[index + 1 :]
                if self._says_something(after):
                    return items[:index], after
                return [], items[:index]
        return [], items

    # --- meaning -------------------------------------------------------------------------------------------------

    def _product(
        self,
        items: Sequence[Item],
        purpose: Sequence[Item],
        side: Sequence[Item],
        name: str,
        dropped: list[str],
        *,
        standing: int = 1000,
    ) -> Product | None:
        kept = self._without_noise(items, dropped)
        head_index = self._head_index(kept)
        if head_index is None:
            return None
        if head_index > 0 and self._is_substance(kept[head_index - 1]) and kept[head_index].concept in _SHAPES:
            head_index -= 1
        head = kept[head_index]
        words: list[Word] = []
        mentions: list[Mention] = []
        values: list[tuple[str, str]] = []
        concept_name = head.concept
        for index, item in enumerate(kept):
            if index == head_index:
                continue
            self._read_modifier(item, words, mentions, values)
        for item in side:
            self._read_modifier(item, words, mentions, values, side=True)
        for item in purpose:
            self._read_purpose(item, words, mentions)
        head_words = self._head_words(head)
        known = {word.key for word in head_words}
        words = [word for word in words if word.key not in known]
        if concept_name:
            assert head.entry is not None
            mentions.insert(0, Mention(concept_name, head.surface, head.entry.confidence, "head"))
            values.extend(pair for pair in self.dictionary.values_of(concept_name) if pair not in values)
        concept = self.dictionary.concepts.get(concept_name)
        return Product(
            name=name,
            head=head.surface,
            head_concept=concept_name,
            kind=concept.kind if concept else self._kind_by_ending(head.surface),
            words=tuple(_unique_words(head_words + words)),
            mentions=tuple(mentions),
            values=tuple(dict.fromkeys(values)),
            standing=self._standing(standing, head.entry),
            extra=self._inside(head, known={word.key for word in (*head_words, *words)}),
        )

    def _inside(self, head: Item, *, known: set[str]) -> tuple[Word, ...]:
        """The words that a known name is composed of: 脱硝催化剂 also says 脱硝 and 催化剂."""
        if not head.concept:
            return ()
        found = [word for item in self.cutter.inside(head.surface) if (word := self._word(item, "detail")) is not None]
        if len(head.surface) > 3 and is_han(head.surface):
            # 光伏|镀膜玻璃 says 镀膜 too, to whoever asks for it in a word that nobody knows.
            found.extend(Word(f"x:{pair}", pair, 1, "modifier") for pair in pairs_of(head.surface))
        return tuple(word for word in _unique_words(found) if word.key not in known)

    def _is_substance(self, item: Item) -> bool:
        """A chemical or a plastic, whose powder or flakes are the thing itself; of a metal they are another product."""
        concept = self.dictionary.concepts.get(item.concept)
        if concept is None or concept.kind not in {"material", "medicine"} or 0 < concept.weight <= _BARE_WEIGHT:
            return False
        above = self.dictionary.ancestors(concept.name)
        return "金属" not in above and "玻璃" not in above and "纤维" not in above

    def _standing(self, standing: int, head: Entry | None) -> int:
        return min(standing, self.weights.ambiguous) if head is not None and head.confidence < 1 else standing

    def _implied(
        self,
        product: Product,
        items: Sequence[Item],
        purpose: Sequence[Item],
        side: Sequence[Item],
        name: str,
    ) -> Product | None:
        concept = self.dictionary.concepts.get(product.head_concept)
        if concept is None:
            return self._before_unknown(items, purpose, side, name)
        # 手机代工 asks the makers of phones; 小家电贴片加工, a kind of 电子代工, does not.
        is_made_for = self.is_wish and not _MADE_FOR.isdisjoint({concept.name, *concept.parents})
        if not (concept.implies or concept.is_form or is_made_for):
            return None
        rest = [
            item
            for item in items
            if not (item.entry is not None and item.entry.role == "concept" and item.entry.name == concept.name)
        ]
        if not any(item.entry is None or item.entry.role == "concept" for item in rest):
            return None
        standing = self.weights.made_for if is_made_for else self.weights.implied
        implied = self._product(rest, purpose, side, name, [], standing=standing)
        if implied is not None and concept.is_form and "金属" not in self.dictionary.ancestors(implied.head_concept):
            return None
        return implied

    def _before_unknown(
        self, items: Sequence[Item], purpose: Sequence[Item], side: Sequence[Item], name: str
    ) -> Product | None:
        """融资租赁直租回租: before a word nobody knows, the known word is probably meant; in 纸板线上换的瓦楞辊
        the 的 says that it is not."""
        last = next((n for n in range(len(items) - 1, -1, -1) if self.is_specific(items[n])), None)
        if last is None or any(item.surface == "的" for item in items[last:]):
            return None
        return self._product(items[: last + 1], purpose, side, name, [], standing=self.weights.before_unknown)

    def _without_noise(self, items: Sequence[Item], dropped: list[str]) -> list[Item]:
        kept: list[Item] = []
        for item in items:
            entry = item.entry
            if entry is not None and entry.role in {"noise", "demand", "for"}:
                dropped.append(item.surface)
                if entry.role == "demand":
                    self.saw_demand = True
                continue
            if (
                entry is not None
                and entry.role == "concept"
                and (empty_after := self.dictionary.concepts[entry.name].empty_after)
                and kept
            ):
                before = kept[-1].entry
                if (
                    before is None
                    and "service" in empty_after
                    and is_han(kept[-1].surface)
                    and len(kept[-1].surface) > 1
                ):
                    dropped.append(item.surface)
                    continue
                if before is not None and before.role == "concept":
                    kind = self.dictionary.concepts[before.name].kind
                    if kind in empty_after and not self.dictionary.concepts[before.name].empty_after:
                        dropped.append(item.surface)
                        continue
            kept.append(item)
        # 磷酸铁锂 + 正极材料: the class after its member adds nothing.
        while len(kept) > 1 and self._is_kind_of(kept[-2], kept[-1]):
            dropped.append(kept.pop().surface)
        return kept

    def _is_kind_of(self, item: Item, other: Item) -> bool:
        if item.entry is None or other.entry is None or {item.entry.role, other.entry.role} != {"concept"}:
            return False
        return other.entry.name in self.dictionary.ancestors(item.entry.name)

    def _head_index(self, items: Sequence[Item]) -> int | None:
        """The last noun: a concept or an unknown word that is no grade; else the last Latin word or modifier."""
        is_english = all(item.surface.isascii() for item in items)
        for index in range(len(items) - 1, -1, -1):
            entry = items[index].entry
            if entry is not None and entry.role == "concept":
                return index
            if entry is None and is_han(items[index].surface) and not is_modifier_form(items[index].surface):
                return index
            if entry is None and is_english and len(items[index].surface) > 4 and items[index].surface.isalpha():
                return index
        for index in range(len(items) - 1, -1, -1):
            surface = items[index].surface
            if items[index].entry is None and len(surface) > 1 and not _GRADE.match(surface):
                return index
        for index in range(len(items) - 1, -1, -1):
            if items[index].entry is not None:
                return index
        return None

    def _head_words(self, head: Item) -> list[Word]:
        if head.entry is not None:
            key = f"c:{head.entry.name}" if head.entry.role == "concept" else f"m:{head.entry.name}"
            return [Word(key, head.surface, self._concept_weight(head.entry, as_head=True), "head")]
        *others, last = pairs_of(head.surface)
        each = self._pair_weight(len(others) + 1)
        words = [Word(f"x:{pair}", pair, each, "modifier") for pair in others]
        return [Word(f"x:{last}", last, self.weights.unknown_pair + 1, "head"), *words]

    def _pair_weight(self, pairs: int) -> int:
        """A long unknown word says hardly more than a short one."""
        return max(1, min(self.weights.unknown_pair, 2 * self.weights.unknown_pair // pairs))

    def _concept_weight(self, entry: Entry, *, as_head: bool) -> int:
        concept = self.dictionary.concepts.get(entry.name)
        if concept is None:
            return self.weights.modifier
        if concept.weight:
            return concept.weight if as_head else min(concept.weight, self.weights.concept_modifier)
        return self.weights.head if as_head else self.weights.concept_modifier

    def _read_modifier(
        self,
        item: Item,
        words: list[Word],
        mentions: list[Mention],
        values: list[tuple[str, str]],
        *,
        side: bool = False,
    ) -> None:
        entry = item.entry
        if entry is not None and entry.role in {"noise", "demand", "for"}:
            return
        if entry is None and self._note_grade(item.surface):
            return
        if entry is None and is_han(item.surface):
            pairs = pairs_of(item.surface)
            each = min(self._pair_weight(len(pairs)), 2) if side else self._pair_weight(len(pairs))
            words.extend(Word(f"x:{pair}", pair, each, "modifier") for pair in pairs)
            return
        word = self._word(item, "purpose" if entry is not None and entry.role == "purpose" else "modifier")
        if word is None:
            return
        if side:
            word = Word(word.key, word.surface, min(word.weight, 2), word.role)
        words.append(word)
        if entry is not None:
            if entry.role == "concept":
                mentions.append(Mention(entry.name, item.surface, entry.confidence, "modifier"))
            if not side or entry.role == "modifier":
                values.extend(self.dictionary.values_of(entry.name))

    def _read_purpose(self, item: Item, words: list[Word], mentions: list[Mention]) -> None:
        entry = item.entry
        if entry is not None and entry.role in {"noise", "demand", "for"}:
            return
        if entry is None and is_han(item.surface):
            words.extend(Word(f"x:{pair}", pair, self.weights.purpose, "purpose") for pair in pairs_of(item.surface))
            return
        word = self._word(item, "purpose")
        if word is not None:
            words.append(Word(word.key, word.surface, min(word.weight, self.weights.purpose), "purpose"))
            if entry is not None and entry.role == "concept":
                mentions.append(Mention(entry.name, item.surface, entry.confidence, "purpose"))

    def _word(self, item: Item, role: Role) -> Word | None:
        entry = item.entry
        if entry is None:
            if len(item.surface) < 2:
                return None
            return Word(f"x:{item.surface}", item.surface, self.weights.unknown_latin, role)
        if entry.role == "concept":
            return Word(f"c:{entry.name}", item.surface, self._concept_weight(entry, as_head=False), role)
        if entry.role in {"noise", "demand", "for"}:
            return None
        weight = {"weak": 1, "purpose": self.weights.purpose}.get(entry.role, self.weights.modifier)
        return Word(f"m:{entry.name}", item.surface, weight, role)

    def _note_grade(self, surface: str) -> bool:
        if is_han(surface) or not _GRADE.match(surface) or not any(c.isdigit() for c in surface):
            return False
        if surface.isdigit() and len(surface) < 2:
            return True
        if surface not in self.grades:
            self.grades.append(surface)
        return True

    def _kind_by_ending(self, surface: str) -> str:
        for size in (2, 1):
            entry = self.dictionary.surfaces.get(" ".join(tokens_of(surface[-size:])))
            if entry is not None and entry.role == "concept":
                return self.dictionary.concepts[entry.name].kind
        return "unknown"

    def _says_something(self, items: Sequence[Item]) -> bool:
        return any(
            (item.entry is None and not _GRADE.match(item.surface) and len(item.surface) > 1)
            or (item.entry is not None and item.entry.role == "concept")
            for item in items
        )

    def _ends_known(self, text: str) -> bool:
        items = [item for item in self.cutter.cut(text) if item.entry is None or item.entry.role != "noise"]
        return bool(items) and items[-1].entry is not None and items[-1].entry.role == "concept"


def _unique_words(words: Sequence[Word]) -> list[Word]:
    seen: dict[str, Word] = {}
    for word in words:
        seen.setdefault(word.key, word)
    return list(seen.values())
