"""What answers a need told in everyday words: 烟囱冒灰 asks for 除尘设备, though it names no product at all."""

from collections.abc import Sequence

from .cutting import Cutter
from .dictionary import Dictionary
from .normalising import is_han
from .types import Product

# Names of this weight or less stand for too much to be meant by themselves.
_BROAD_WEIGHT = 6


def answers(
    text: str, *, known: Sequence[Product], told_of: Sequence[Product], asked: Sequence[str], cutter: Cutter
) -> tuple[str, ...]:
    """Names of what answers the need that is told, the best first; none where a known thing is named anyway. The things
    that the need itself is told with are none: 不会生锈的钢, 用电脑记账.

    known: what was read in the text; told_of: those of them named for their own sake (卡车倒车看不见后面 does not ask
    for the 卡车 before what nobody knows). asked: the clauses that name what is wanted, of a text that says more; where
    one of them is mostly known words, the need has to be told beside it.
    """
    dictionary = cutter.dictionary
    named = [product.head_word.surface for product in told_of if _is_named(product, dictionary)]
    if any(surface not in dictionary.need_words for surface in named):
        return ()
    is_known = bool(known) and bool(known[0].head_concept)
    plain = "\n".join(clause for clause in asked if _is_plain(clause, cutter)) if is_known else ""
    for need in dictionary.needs:
        words = need.told_in(text)
        told = "\n".join(words)
        if not told or not all(surface in told for surface in named):
            continue
        if not plain or (all(len(word) > 1 for word in words) and any(word not in plain for word in words)):
            return need.concepts
    return ()


def _is_plain(clause: str, cutter: Cutter) -> bool:
    """Mostly known words and grades: 6层板的线路板 leaves little to guess at."""
    unknown = sum(len(item.surface) for item in cutter.cut(clause) if item.entry is None and is_han(item.surface))
    return unknown * 3 <= len(clause)


def _is_named(product: Product, dictionary: Dictionary) -> bool:
    concept = dictionary.concepts.get(product.head_concept)
    return concept is not None and not 0 < concept.weight <= _BROAD_WEIGHT
