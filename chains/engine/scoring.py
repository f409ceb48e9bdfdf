"""The rule, for one pair of texts and for one post: integers in, hundredths of a point out.

The index computes the same numbers for many posts at once; ``tests/chains/engine`` holds the two against each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from .conditions import (
    MILLE,
    certificates_share,
    delivery_share,
    factor_of,
    freight_share,
    industry_of,
    industry_share,
    quantity_share,
)
from .dictionary import Dictionary
from .types import Document, Product, Query, Role, Word
from .weights import Weights

FULL = 10_000  # hundredths of a point
# Wanted words are weighed on a scale this much finer than that of the texts.
SCALE = 10
GENERIC_WEIGHT = 5
BROAD_WEIGHT = 2
# A head of this weight or less says little alone.
LIGHT_WEIGHT = 4
# What a description says counts nearly as much as what the name says.
EXTRA_CREDIT = 800
COUNTED: tuple[Role, ...] = ("modifier", "grade", "purpose")
# Words of an offer that make it more special than a plain wish.
NARROWING: tuple[Role, ...] = ("modifier", "purpose")


@dataclass(frozen=True, slots=True)
class WantedWord:
    """A word the buyer wants besides the head. credits: key → ‰ of the word's weight a supplier's word earns."""

    word: Word
    role: Role
    credits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Facet:
    """One product of a demand, ready to be held against supplies.

    standing: ‰; less than 1000 for what the demand only implies. A short form is taken as the buyer means it.
    """

    product: Product
    standing: int
    relations: Mapping[str, int]
    words: tuple[WantedWord, ...]
    total: int
    keys: frozenset[str]
    groups: Mapping[str, tuple[frozenset[str], int]]


@dataclass(frozen=True, slots=True)
class TextScore:
    """Points of the text, in hundredths; net is what remains after what is taken off."""

    net: int
    product: int = 0
    detail: int = 0
    grade: int = 0
    purpose: int = 0
    specificity: int = 0
    conflict: int = 0
    factor: int = 0
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query with everything the dictionary has to say about it."""

    query: Query
    facets: tuple[Facet, ...]
    text_points: int
    weights: Weights
    asked: Mapping[str, int] = field(default_factory=dict)


def compile_query(query: Query, *, dictionary: Dictionary, weights: Weights) -> Compiled:
    """Resolve aliases, relations and contradictions once per query."""
    asked = structured_wishes(query, weights)
    facets = tuple(
        facet
        for product in query.analysis.products
        for facet in facets_of(product, dictionary=dictionary, weights=weights)
    )
    return Compiled(query, facets, FULL - sum(asked.values()), weights, asked)


def structured_wishes(query: Query, weights: Weights) -> dict[str, int]:
    """What the buyer asks beyond the name, and the most each can bring, in hundredths of a point."""
    asked: dict[str, int] = {}
    if industry_of(query):
        asked["industry"] = weights.industry * 100
    if query.quantity is not None and query.quantity > 0:
        asked["quantity"] = weights.quantity * 100
    if query.deliver_by is not None:
        asked["delivery"] = weights.delivery * 100
    if query.wanted_certificates:
        asked["certificates"] = weights.certificates * 100
    if query.freight_sensitive and (query.freight_closeness or query.delivery_regions):
        asked["freight"] = weights.freight * 100
    return asked


def facets_of(product: Product, *, dictionary: Dictionary, weights: Weights) -> tuple[Facet, ...]:
    """What is wanted, in each way it can be read, with everything the dictionary has to say about it."""
    standing = _standing(product.standing, weights)
    facet = _facet(product, standing, _relations(product.head_concept, dictionary, weights), dictionary, weights)
    # Of a composed reading the words decide; what is broader or narrower than its last word is another thing.
    apart = (
        _facet(one, weights.composed * standing // MILLE, {one.head_concept: MILLE}, dictionary, weights)
        for one in _read_apart(product, dictionary, weights)
    )
    return (facet, *apart)


def _facet(
    product: Product, standing: int, relations: Mapping[str, int], dictionary: Dictionary, weights: Weights
) -> Facet:
    product = _weighed(product, weights)
    words = tuple(
        WantedWord(word, word.role, _credits(word, dictionary, weights))
        for word in product.words
        if word.role in COUNTED
    )
    keys: set[str] = set()
    for wanted in words:
        keys.update(wanted.credits)
    groups: dict[str, tuple[frozenset[str], int]] = {}
    for group, value in product.values:
        strength = _strength(group, dictionary, weights)
        held = groups.get(group, (frozenset(), strength))[0]
        groups[group] = (held | {value}, strength)
    return Facet(
        product=product,
        standing=standing,
        relations=relations,
        words=words,
        total=product.head_word.weight + sum(wanted.word.weight for wanted in words),
        keys=frozenset(keys),
        groups=groups,
    )


def _strength(group: str, dictionary: Dictionary, weights: Weights) -> int:
    if group.startswith("measure:"):
        return weights.other_rating
    return weights.other_grade if ":" in group else dictionary.strength(group)


def _standing(standing: int, weights: Weights) -> int:
    """A short form is taken as the buyer means it, and a word nobody knows as one that says little."""
    if standing == weights.before_unknown:
        return weights.unknown_beside
    return MILLE if standing == weights.ambiguous else standing


def _read_apart(product: Product, dictionary: Dictionary, weights: Weights) -> list[Product]:
    """脱硝催化剂 is also 催化剂 with the word 脱硝: who offers 烟气脱硝用催化剂 has said the same.

    The name's own last word has to be something broader that the dictionary knows.
    """
    above = dictionary.ancestors(product.head_concept)
    inside = [word for word in product.extra if word.role == "detail" and word.surface in product.head]
    if len(inside) < 2 or inside[-1].key[:2] != "c:" or inside[-1].key[2:] not in above:
        return []
    if 0 < dictionary.concepts[inside[-1].key[2:]].weight <= BROAD_WEIGHT:
        # 电镀设备 is not 设备 that happens to say 电镀.
        return []
    *others, last = inside
    head = replace(last, role="head", weight=product.head_word.weight)
    # Without these words it would be any 催化剂: they decide.
    words = [head, *(replace(word, role="modifier", weight=3 * head.weight) for word in others)]
    words += [word for word in product.words if word.role != "head"]
    return [replace(product, head=last.surface, head_concept=last.key[2:], words=tuple(words))]


def _bounded(words: Sequence[Word], bound: int) -> list[Word]:
    """The modifiers together at most `bound`, in the proportion they had."""
    whole = sum(word.weight for word in words if word.role == "modifier")
    if whole <= bound:
        return list(words)
    return [
        replace(word, weight=max(1, word.weight * bound // whole)) if word.role == "modifier" else word
        for word in words
    ]


def _places(words: Sequence[Word], *, nearest_first: bool) -> dict[str, int]:
    """key → 0 for the word that counts most, 1 for the next …; pairs of one unknown word go together."""
    groups: list[list[Word]] = []
    for word in words:
        before = groups[-1][-1] if groups else None
        if before is not None and before.key[:2] == word.key[:2] == "x:" and before.surface[-1] == word.surface[0]:
            groups[-1].append(word)
        else:
            groups.append([word])
    if nearest_first:
        # What was said beside the name comes last in the text, but not first in weight.
        groups.reverse()
        groups.sort(key=lambda group: group[0].weight <= 2)
    else:
        groups.sort(key=lambda group: (-sum(word.weight for word in group), group[0].key))
    return {word.key: number for number, group in enumerate(groups) for word in group}


def _weighed(product: Product, weights: Weights) -> Product:
    """The wish with its words weighed against each other, on a finer scale.

    A firm's list of products is terse: it says 钢绞线, not what for, at which grade and how finished. So the first word
    beside the head counts whole, each further one less, and purposes and grades together are bounded. A head that says
    little (器, 膜) lives on what stands next to it (起动器, 导热膜) and on what it is for.
    """
    head = product.head_word
    is_light = head.weight <= LIGHT_WEIGHT
    sums = {role: sum(word.weight for word in product.words if word.role == role) for role in ("purpose", "grade")}
    bounds = {"purpose": weights.purposes * (2 if is_light else 1), "grade": weights.grades}
    place = _places([word for word in product.words if word.role == "modifier"], nearest_first=is_light)
    words: list[Word] = []
    for word in product.words:
        weight = word.weight * SCALE
        if word.role in bounds:
            weight = weight * min(bounds[word.role], sums[word.role]) // sums[word.role]
        elif word.role == "modifier":
            weight = weight * weights.further[min(place[word.key], len(weights.further) - 1)] // MILLE
        words.append(replace(word, weight=max(1, weight)))
    if not is_light:
        words = _bounded(words, head.weight * SCALE * weights.details // MILLE)
    return replace(product, words=tuple(words))


def _relations(concept: str, dictionary: Dictionary, weights: Weights) -> dict[str, int]:
    """How well a thing of another concept answers a wish for this one, ‰."""
    if not concept or concept not in dictionary.concepts:
        return {concept: weights.same} if concept else {}
    found: dict[str, int] = {}
    for other in dictionary.concepts[concept].near:
        found[other] = weights.related
    for ancestor, steps in dictionary.ancestors(concept).items():
        general = dictionary.concepts[ancestor].weight
        if 0 < general <= GENERIC_WEIGHT:
            found[ancestor] = weights.broader_generic
        else:
            steps_up = (weights.broader, weights.broader_twice, weights.broader_more)[min(steps, 3) - 1]
            is_wide = len(dictionary.descendants(ancestor)) >= weights.wide
            found[ancestor] = min(steps_up, weights.broader_wide) if is_wide else steps_up
    is_broad = 0 < dictionary.concepts[concept].weight <= BROAD_WEIGHT
    for below in dictionary.descendants(concept):
        found[below] = weights.narrower_of_broad if is_broad else weights.narrower
    found[concept] = weights.same
    return found


def _credits(word: Word, dictionary: Dictionary, weights: Weights) -> dict[str, int]:
    if not word.key.startswith("c:"):
        return {word.key: MILLE}
    concept = word.key[2:]
    found: dict[str, int] = {}
    for ancestor, steps in dictionary.ancestors(concept).items():
        if steps == 1 and not 0 < dictionary.concepts[ancestor].weight <= GENERIC_WEIGHT:
            found[f"c:{ancestor}"] = weights.word_broader
    for below in dictionary.descendants(concept):
        found[f"c:{below}"] = weights.word_narrower
    found[word.key] = MILLE
    return found


def head_answers(facet: Facet, product: Product, weights: Weights) -> int:
    """How well the offered head answers the wanted one, ‰; 0: not at all.

    A word the dictionary knows is answered through the dictionary only: were 二氯丙烷 a kind of 丙烷, it would say so.
    """
    wanted = facet.product
    if wanted.head_concept or product.head_concept:
        return facet.relations.get(product.head_concept, 0)
    return ending_answers(wanted.head, product.head, weights)


def ending_answers(wanted: str, offered: str, weights: Weights) -> int:
    """For words nobody knows: the same word, or the same last two characters (where Chinese names the thing)."""
    if wanted == offered:
        return weights.same
    if ending_of(wanted) == ending_of(offered):
        return weights.same_ending
    return 0


def ending_of(head: str) -> str:
    """What two unknown heads must share: the last two characters, of Latin words the whole."""
    return head if head.isascii() else head[-2:]


def values_agree(group: str, wanted: frozenset[str], offered: str) -> bool:
    """304 and 304L are not the same but no contradiction either."""
    if offered in wanted:
        return True
    if not group.startswith("grade:"):
        return False
    return any(offered.startswith(value) or value.startswith(offered) for value in wanted)


def conflicts_of(facet: Facet, product: Product) -> list[tuple[str, str, str, int]]:
    """(group, wanted, offered, strength ‰) for each contradiction between the two."""
    found: list[tuple[str, str, str, int]] = []
    offered: dict[str, list[str]] = {}
    for group, value in product.values:
        if group in facet.groups:
            offered.setdefault(group, []).append(value)
    for group, values in offered.items():
        wanted, strength = facet.groups[group]
        if not any(values_agree(group, wanted, value) for value in values):
            found.append((group, "/".join(sorted(wanted)), values[0], strength))
    return found


def credit_of(wanted: WantedWord, product: Product) -> tuple[int, Word | None]:
    """The best credit of a wanted word among the words of an offer, and the word that earned it."""
    best, by = 0, None
    for word in product.words:
        credit = wanted.credits.get(word.key, 0)
        if credit > best:
            best, by = credit, word
    for word in product.extra:
        credit = wanted.credits.get(word.key, 0) * EXTRA_CREDIT // MILLE
        if credit > best:
            best, by = credit, word
    return best, by


def score_text(facet: Facet, product: Product, *, factor_differs: bool, weights: Weights) -> TextScore | None:
    """The text's points of one wanted and one offered product, out of FULL; None: the offer is another thing."""
    answers = head_answers(facet, product, weights)
    if answers == 0:
        return None
    earned = {"modifier": 0, "grade": 0, "purpose": 0}
    for wanted in facet.words:
        credit, _ = credit_of(wanted, product)
        earned[wanted.role] += wanted.word.weight * credit
    scale = FULL * answers * product.standing * facet.standing // MILLE
    whole = MILLE * MILLE * MILLE * facet.total
    text = scale * (facet.product.head_word.weight * MILLE + sum(earned.values())) // whole
    of_detail = scale * earned["modifier"] // whole
    of_grade = scale * earned["grade"] // whole
    of_purpose = scale * earned["purpose"] // whole
    of_head = text - of_detail - of_grade - of_purpose
    modifiers = sum(word.weight for word in product.words if word.role in NARROWING)
    matched = sum(word.weight for word in product.words if word.role in NARROWING and word.key in facet.keys)
    all_words = modifiers + product.head_word.weight
    off_surplus = text * surplus_of(text, scale, weights) * (modifiers - matched) // (MILLE * all_words)
    rest = text - off_surplus
    strength = min(MILLE, sum(conflict[3] for conflict in conflicts_of(facet, product)))
    off_conflict = rest * strength // MILLE
    rest -= off_conflict
    off_factor = rest * weights.other_factor // MILLE if factor_differs else 0
    rest -= off_factor
    return TextScore(
        net=rest,
        product=of_head,
        detail=of_detail,
        grade=of_grade,
        purpose=of_purpose,
        specificity=-off_surplus,
        conflict=-off_conflict,
        factor=-off_factor,
        answers=answers,
    )


def surplus_of(text: int, scale: int, weights: Weights) -> int:
    """‰ of the points that words of the offer which nobody asked for can cost. text: points earned, scale: all of them
    (times MILLE).

    An offer that says more than was asked is narrower; one that says something else than was asked is another kind:
    针刺无纺布 for 水刺无纺布.
    """
    lacking = MILLE - min(MILLE, text * MILLE**3 // scale) if scale else 0
    return weights.surplus + weights.other_kind * lacking // MILLE


def fit_of(net: int) -> int:
    """‰ of the text's points that were earned: what the cuts are applied to, whatever else was asked."""
    return net * MILLE // FULL


def structured_points(compiled: Compiled, document: Document) -> dict[str, int]:
    """Hundredths of a point for each part the buyer asked for."""
    query, not_known = compiled.query, compiled.weights.not_known
    found: dict[str, int] = {}
    for part, points in compiled.asked.items():
        if part == "industry":
            share = industry_share(query, document.industry, not_known=not_known)
        elif part == "quantity":
            share = quantity_share(query, document, not_known=not_known)
        elif part == "delivery":
            share = delivery_share(query, document, not_known=not_known)
        elif part == "certificates":
            share = certificates_share(query, document.certificates, not_known=not_known)
        else:
            share = freight_share(query, document.region, not_known=not_known)
        found[part] = points * share // MILLE
    return found


@dataclass(frozen=True, slots=True)
class Scored:
    """A post scored against a query, before it is put into words."""

    total: int
    fit: int
    text_points: int
    facet: Facet
    product: Product
    text: TextScore
    structured: Mapping[str, int]


def score_document(compiled: Compiled, document: Document) -> Scored | None:
    """The best of all (wanted, offered) product pairs plus the structured parts; None: no pair names one thing."""
    factor = factor_of(compiled.query)
    offered = document.factor or document.analysis.factor
    differs = bool(factor and offered and factor != offered)
    best: tuple[int, Facet, Product, TextScore] | None = None
    for facet in compiled.facets:
        for product in document.analysis.products:
            text = score_text(facet, product, factor_differs=differs, weights=compiled.weights)
            if text is not None and (best is None or text.net > best[0]):
                best = (text.net, facet, product, text)
    if best is None:
        return None
    net, facet, product, text = best
    structured = structured_points(compiled, document)
    return Scored(
        total=net * compiled.text_points // FULL + sum(structured.values()),
        fit=fit_of(net),
        text_points=compiled.text_points,
        facet=facet,
        product=product,
        text=text,
        structured=structured,
    )
