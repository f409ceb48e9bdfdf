"""From a text to an understanding of what is offered or wanted.

Chinese compounds are head-final: the last noun says what the thing is, the words before it say which one
(轴承加工设备 is equipment). So a name is cut into words by the dictionary, what the dictionary does not know is kept
as pairs of characters, and each word gets a role: head, modifier, purpose, grade.
"""

import re
from collections.abc import Iterable, Sequence

from .dictionary import Dictionary
from .extracting import Extracted, extract
from .inquiring import read_inquiry
from .normalising import normalise
from .reading import LONGEST_NAME, Reader
from .spelling import simplified
from .types import Analysis, Product, Word
from .weights import DEFAULT_WEIGHTS, Weights

MOST_PRODUCTS = 8
_MOST_DETAIL_LINES = 40
_CLAUSE = re.compile(r"[,。;!?:|\n]+|(?<=[㐀-鿿])\.(?=[㐀-鿿\s]|$)")
# "…, 用于光伏坩埚" and "…, 汽车内饰用" belong to what stands before the comma.
_BEFORE_PURPOSE = re.compile(r"[,;]\s*(?=(?:适用于|应用于|用于|用在)|[^,;。]{1,20}用(?:$|[,;。]))")
# 送重庆, 运到重庆: how it gets to a place is no property of the thing.
_SENT_TO = r"(?:(?<![^\s,;:])(?:送货?|发货?|运|寄|交付?)[到至往给]?\s*)?"
_SHAPE = re.compile(r"^([a-z]*)(\d+(?:\.\d+)?)")


def analyse(
    text: str,
    *,
    dictionary: Dictionary,
    industry: str | None = None,
    factor: str | None = None,
    places: Iterable[str] = (),
    weights: Weights = DEFAULT_WEIGHTS,
    mend: bool = False,
) -> Analysis:
    """Understand a post. The first line names the product or products, further lines are its description: they add
    grades, words and purposes, but never another product.

    places: names of regions known to the caller, taken out of the text and noted. mend: take a word that sounds like a
    known one for a slip of the pen, as one does with what somebody asks for; an offer is taken at its word. Any string
    is accepted.
    """
    lines = [line.strip() for line in simplified(normalise(text)).split("\n")]
    lines = [line for line in lines if line]
    dropped: list[str] = []
    found_places: list[str] = []
    name_line = lines[0][: LONGEST_NAME * 4] if lines else ""
    for place in places:
        key = normalise(place).strip()
        if len(key) >= 2 and key in name_line:
            found_places.append(place)
            name_line = re.sub(_SENT_TO + re.escape(key), " ", name_line)
    taken = extract(name_line)
    reader = Reader(dictionary, weights, is_wish=mend)
    products: list[Product] = []
    details: list[Word] = []
    clauses = _clauses(taken.text)
    if mend:
        clauses = [reader.spelt(clause) for clause in clauses]
    inquiry = read_inquiry(clauses, names_something=reader.names_something, is_name=reader.is_name)
    side = [word for clause in inquiry.describing for word in reader.detail_words(clause)]
    for clause in inquiry.asked:
        if products and products[0].kind == "service":
            # 计量校准, 压力表和卡尺一批: on what the service is done.
            details.extend(reader.detail_words(clause))
            continue
        for part in reader.parts(clause):
            if len(products) < MOST_PRODUCTS:
                products.extend(reader.products(part, dropped, describing=side))
    for clause in inquiry.beside:
        details.extend(reader.detail_words(clause))
    reader.saw_demand |= inquiry.is_wish
    asked = inquiry.asked if len(clauses) > 2 else []
    products = reader.needed(taken.text, products, asked=asked) or reader.without_bare(products)
    for line in lines[1 : 1 + _MOST_DETAIL_LINES]:
        more = extract(line[: LONGEST_NAME * 4])
        _extend(taken, more)
        for clause in _clauses(more.text)[:_MOST_DETAIL_LINES]:
            details.extend(reader.detail_words(clause[:LONGEST_NAME]))
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
        corrected=tuple(dict.fromkeys(reader.corrected)),
        is_demand_wording=reader.saw_demand,
        industry=industry or "",
        factor=factor or "",
        dictionary_version=dictionary.version,
    )


def _clauses(text: str) -> list[str]:
    text = _BEFORE_PURPOSE.sub(" ", text)
    # 风电叶片 用的环氧树脂
    text = re.sub(r"(?<=[㐀-鿿])\s+(?=用的[㐀-鿿])", "", text)
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
    reader: Reader,
) -> Product:
    own = {word.key for word in product.words}
    extra: dict[str, Word] = {word.key: word for word in product.extra}
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
