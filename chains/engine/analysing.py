"""From a text to an understanding of what is offered or wanted.

Chinese compounds are head-final: the last noun says what the thing is, the words before it say which one
(轴承加工设备 is equipment). So a name is cut into words by the dictionary, what the dictionary does not know is kept
as pairs of characters, and each word gets a role: head, modifier, purpose, grade.
"""

import re
from collections.abc import Iterable, Sequence

from .cutting import Cutter, Item
from .dictionary import Dictionary, Entry
from .extracting import Extracted, extract
from .normalising import is_han, normalise, tokens_of
from .types import Analysis, Mention, Product, Role, Word
from .weights import DEFAULT_WEIGHTS, Weights

MOST_PRODUCTS = 8
_BARE_WEIGHT = 4
_BROAD_WEIGHT = 6
_MOST_DETAIL_LINES = 40
_LONGEST_NAME = 240
_CLAUSE = re.compile(r"[,。;!?:|\n]+|(?<=[㐀-鿿])\.(?=[㐀-鿿\s]|$)")
# "…, 用于光伏坩埚" and "…, 汽车内饰用" belong to what stands before the comma.
_BEFORE_PURPOSE = re.compile(r"[,;]\s*(?=(?:适用于|应用于|用于|用在)|[^,;。]{1,20}用(?:$|[,;。]))")
_CONDITION = re.compile(r"^(?:要求|需要?|须|必须|不含|含|可|按|配|另|支持|带|交|付|包|有|无|请|价|质保|保质|送)")
_LISTING = re.compile(r"[、/+&]+|以及|\s+(?:and|or)\s+|(?<=[㐀-鿿])(?:及其?|与)(?=[㐀-鿿a-z])")
_AND = re.compile(r"(?<=[㐀-鿿a-z]{2})和(?=[㐀-鿿a-z]{2})")
_BRACKET = re.compile(r"\(([^()]{0,120})\)?")
_WISH = re.compile(
    r"^(?:您好|你好|我们?公司|本公司|我司|我厂|我们|我|现在|现|因生产需要|急|长期|大量|常年)*(?:想要|想|要|正在)?"
    r"(?:需要|需求|求购|采购|购买|购|寻找|寻求|找|收购|征集|招标采购|招标|询价|订购|订做|定制|需)+"
    r"(?:一批|一家|几家|一些|若干|一种|一款|一台|一套|大量)?(?:能够?|可以?|专业)?(?:做|生产|提供|供应|制造|加工(?=的))?(?:的(?=.))?"
)
_WHO = re.compile(
    r"(?:的|之)?(?:生产)?(?:厂家|工厂|供应商|生产商|制造商|厂商|企业|公司|合作伙伴|合作方|合作厂家|供货商)$"
)
_FOR = re.compile(r"(?:适用于|应用于|用于|用在|配套)([^,。;的]{1,40})的(?=.)")
_FOR_AFTER = re.compile(r"(?:,|\s|\()*(?:适用于|应用于|用于|用在)([^,。;)的]{1,40})\)?$")
_ENGLISH_FOR = re.compile(r"^(.{2,80}?)\s+for\s+(?:the\s+|use in\s+)?(.{2,80})$")
_ENGLISH_OF = re.compile(r"\s+(?:of|with|in|made of|from)\s+")
_HIERARCHY = re.compile(r"(?<=[㐀-鿿a-z)])\s*(?:--+|-)\s*(?=[㐀-鿿])|(?<=[㐀-鿿)])\s*-\s*(?=[a-z])")
_GRADE = re.compile(r"(?=[a-z0-9.+#]*\d)[a-z0-9.+#%]{2,24}$")
_SHAPE = re.compile(r"^([a-z]*)(\d+(?:\.\d+)?)")


def analyse(
    text: str,
    *,
    dictionary: Dictionary,
    industry: str | None = None,
    factor: str | None = None,
    places: Iterable[str] = (),
    weights: Weights = DEFAULT_WEIGHTS,
) -> Analysis:
    """Understand a post. The first line names the product or products, further lines are its description: they add
    grades, words and purposes, but never another product.

    places: names of regions known to the caller, taken out of the text and noted. Any string is accepted.
    """
    lines = [line.strip() for line in normalise(text).split("\n")]
    lines = [line for line in lines if line]
    dropped: list[str] = []
    found_places: list[str] = []
    name_line = lines[0][: _LONGEST_NAME * 4] if lines else ""
    for place in places:
        key = normalise(place).strip()
        if len(key) >= 2 and key in name_line:
            found_places.append(place)
            name_line = name_line.replace(key, " ")
    taken = extract(name_line)
    reader = _Reader(dictionary, weights)
    products: list[Product] = []
    details: list[Word] = []
    for clause in _clauses(taken.text):
        if products and not reader.is_listing(clause):
            details.extend(reader.detail_words(clause))
            continue
        for part in reader.parts(clause):
            if len(products) < MOST_PRODUCTS:
                products.extend(reader.products(part, dropped))
    products = reader.without_bare(products)
    for line in lines[1 : 1 + _MOST_DETAIL_LINES]:
        more = extract(line)
        _extend(taken, more)
        for clause in _clauses(more.text)[:_MOST_DETAIL_LINES]:
            details.extend(reader.detail_words(clause[:_LONGEST_NAME]))
    grades, grade_words, grade_values = _grades(taken, reader.grades, weights)
    products = [_with_extra(product, grade_words, details, grade_values, reader) for product in _distinct(products)]
    return Analysis(
        text=text[:400].replace("\x00", "").encode("utf-8", "ignore").decode("utf-8"),
        products=tuple(products[: MOST_PRODUCTS * 2]),
        grades=grades,
        certificates=tuple(dict.fromkeys(taken.certificates)),
        quantities=tuple(taken.quantities),
        dates=tuple(taken.dates),
        places=tuple(found_places),
        dropped=tuple(dict.fromkeys(dropped)),
        is_demand_wording=reader.saw_demand,
        industry=industry or "",
        factor=factor or "",
        dictionary_version=dictionary.version,
    )


def _clauses(text: str) -> list[str]:
    text = _BEFORE_PURPOSE.sub(" ", text)
    return [clause.strip() for clause in _CLAUSE.split(text) if clause.strip(" -().'")]


def _extend(taken: Extracted, more: Extracted) -> None:
    taken.quantities.extend(more.quantities)
    taken.certificates.extend(more.certificates)
    taken.standards.extend(more.standards)
    taken.measures.extend(more.measures)
    taken.dates.extend(more.dates)


def _distinct(products: Sequence[Product]) -> list[Product]:
    seen: dict[tuple[object, ...], Product] = {}
    for product in products:
        seen.setdefault(product.signature(), product)
    return list(seen.values())


def _grades(
    taken: Extracted, tokens: Sequence[str], weights: Weights
) -> tuple[tuple[str, ...], list[Word], list[tuple[str, str]]]:
    surfaces: dict[str, tuple[str, str] | None] = {}
    for token in tokens:
        surfaces.setdefault(token.upper(), (f"grade:{shape_of(token)}", token.upper()))
    for standard in taken.standards:
        surfaces.setdefault(standard, None)
    for unit, value in taken.measures:
        surface = f"φ{value}" if unit == "φ" else f"{value}{unit}"
        surfaces.setdefault(surface, (f"measure:{unit}", surface))
    # However many figures a buyer names, together they say as much as one grade: suppliers seldom list them.
    each = max(1, weights.grade // max(1, len(surfaces)))
    words = [Word(f"g:{surface}", surface, each, "grade") for surface in surfaces]
    return tuple(surfaces), words, [value for value in surfaces.values() if value is not None]


def shape_of(grade: str) -> str:
    """Grades of one shape exclude each other: 304 and 316, Q235 and Q345B, M8 and M10, but not 304 and M8."""
    match = _SHAPE.match(grade.lower())
    if match is None:
        return grade.lower()
    letters, digits = match.groups()
    return f"{letters}{len(digits.split('.')[0])}"


def _with_extra(
    product: Product,
    grades: Sequence[Word],
    details: Sequence[Word],
    values: Sequence[tuple[str, str]],
    reader: "_Reader",
) -> Product:
    own = {word.key for word in product.words}
    extra: dict[str, Word] = {}
    for word in details:
        if word.key not in own:
            extra.setdefault(word.key, word)
    words = product.words + tuple(word for word in grades if word.key not in own)
    return Product(
        name=product.name,
        head=product.head,
        head_concept=product.head_concept,
        kind=product.kind,
        words=words,
        mentions=product.mentions,
        values=product.values + tuple(values),
        standing=product.standing,
        extra=tuple(extra.values()),
    )


class _Reader:
    """Reads the clauses of one text."""

    def __init__(self, dictionary: Dictionary, weights: Weights) -> None:
        self.dictionary = dictionary
        self.weights = weights
        self.cutter = Cutter(dictionary)
        self.grades: list[str] = []
        self.saw_demand = False

    def is_listing(self, clause: str) -> bool:
        """After the first product, a clause counts as a further product only when it looks like a bare name."""
        if len(clause) > 16 or _CONDITION.match(clause):
            return False
        items = self.cutter.cut(clause)
        if not items:
            return False
        return items[-1].entry is not None and items[-1].entry.role == "concept" and not self._has_demand(items)

    def parts(self, clause: str) -> list[str]:
        """A clause cut into names of products: 、 and 及, and 和 when both sides end in something known."""
        found: list[str] = []
        for piece in _LISTING.split(clause[: _LONGEST_NAME * 2]):
            if not piece or not piece.strip():
                continue
            halves = _AND.split(piece)
            if len(halves) > 1 and all(self._ends_known(half) for half in halves):
                found.extend(halves)
            else:
                found.append(piece)
        return found

    def products(self, part: str, dropped: list[str]) -> list[Product]:
        """The product a name stands for, and the one it implies (轴承加工 → 轴承)."""
        name = part.strip(" -()'.").strip()[:_LONGEST_NAME]
        name = _WHO.sub("", self._without_wish(name)) or name
        purposes: list[str] = []
        for pattern in (_FOR, _FOR_AFTER):
            match = pattern.search(name)
            if match:
                purposes.append(match.group(1))
                name = name[: match.start()] + " " + name[match.end() :]
        english = _ENGLISH_FOR.match(name)
        if english and name.isascii():
            name = english.group(1)
            purposes.append(english.group(2))
        if name.isascii():
            name, *rest = _ENGLISH_OF.split(name)
        else:
            rest = []
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
        found = [product]
        implied = self._implied(product, items, purpose_items, side_items, part.strip())
        if implied is not None:
            found.append(implied)
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
            return self._spaced_items(name)
        levels = [self.cutter.expand(self.cutter.cut(level)) for level in _HIERARCHY.split(name)]
        levels = [level for level in levels if level]
        if not levels:
            return [], []
        main = next(
            (index for index in range(len(levels) - 1, -1, -1) if self._says_something(levels[index])), len(levels) - 1
        )
        context = [item for index, level in enumerate(levels) if index != main for item in level]
        return levels[main], context

    def _spaced_items(self, name: str) -> tuple[list[Item], list[Item]]:
        """光缆 24芯 单模: between spaces the first stretch that names a thing is the thing, the rest describes it.

        不锈钢 管: a bare form or part belongs to the stretch before it. 乘用车 刹车片: a part outranks the vehicle.
        """
        stretches: list[str] = []
        for stretch in name.split():
            entry = self.dictionary.surfaces.get(" ".join(tokens_of(stretch)))
            concept = self.dictionary.concepts.get(entry.name) if entry and entry.role == "concept" else None
            if stretches and concept is not None and 0 < concept.weight <= _BARE_WEIGHT:
                stretches[-1] += stretch if not (stretches[-1] + stretch).isascii() else f" {stretch}"
            else:
                stretches.append(stretch)
        cut = [self.cutter.expand(self.cutter.cut(stretch)) for stretch in stretches]
        main, best = 0, -1
        for number, items in enumerate(cut):
            rank = self._naming_rank(items)
            if rank > best:
                main, best = number, rank
        return cut[main], [item for number, items in enumerate(cut) if number != main for item in items]

    def _naming_rank(self, items: Sequence[Item]) -> int:
        """How surely a stretch names the thing: a purpose 0, a modifier 1, an unknown word 2, a broad word 3, …"""
        last = next((item for item in reversed(items) if not self._is_noise(item)), None)
        if last is None or (last.entry is not None and last.entry.role in {"for", "purpose"}):
            return 0
        if last.entry is None:
            return 2 if is_han(last.surface) and not _is_modifier_form(last.surface) else 1
        if last.entry.role != "concept":
            return 1
        if items[-1].entry is not None and items[-1].entry.role == "for":
            return 0
        concept = self.dictionary.concepts[last.entry.name]
        if 0 < concept.weight <= _BROAD_WEIGHT:
            return 3
        return 4 if concept.kind == "vehicle" else 5

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
        head = kept[head_index]
        words: list[Word] = []
        mentions: list[Mention] = []
        values: list[tuple[str, str]] = []
        concept_name = head.entry.name if head.entry is not None and head.entry.role == "concept" else ""
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
        )

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
        if concept is None or not (concept.implies or concept.is_form):
            return None
        rest = [
            item
            for item in items
            if not (item.entry is not None and item.entry.role == "concept" and item.entry.name == concept.name)
        ]
        if not any(item.entry is None or item.entry.role == "concept" for item in rest):
            return None
        implied = self._product(rest, purpose, side, name, [], standing=self.weights.implied)
        if implied is not None and concept.is_form and "金属" not in self.dictionary.ancestors(implied.head_concept):
            return None
        return implied

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
        for index in range(len(items) - 1, -1, -1):
            entry = items[index].entry
            if entry is not None and entry.role == "concept":
                return index
            if entry is None and is_han(items[index].surface) and not _is_modifier_form(items[index].surface):
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
        *others, last = _pairs(head.surface)
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
            pairs = _pairs(item.surface)
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
            if not side:
                values.extend(self.dictionary.values_of(entry.name))

    def _read_purpose(self, item: Item, words: list[Word], mentions: list[Mention]) -> None:
        entry = item.entry
        if entry is not None and entry.role in {"noise", "demand", "for"}:
            return
        if entry is None and is_han(item.surface):
            words.extend(Word(f"x:{pair}", pair, self.weights.purpose, "purpose") for pair in _pairs(item.surface))
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

    def _has_demand(self, items: Sequence[Item]) -> bool:
        return any(item.entry is not None and item.entry.role == "demand" for item in items)


def _pairs(surface: str) -> list[str]:
    if not is_han(surface) or len(surface) < 3:
        return [surface]
    return [surface[i : i + 2] for i in range(len(surface) - 1)]


def _is_modifier_form(surface: str) -> bool:
    return surface[-1] in "级型式状款版" if len(surface) == 2 else surface[-1] in "级型式状款版性化"


def _unique_words(words: Sequence[Word]) -> list[Word]:
    seen: dict[str, Word] = {}
    for word in words:
        seen.setdefault(word.key, word)
    return list(seen.values())
