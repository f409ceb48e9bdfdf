"""What counts how much, in one place: the page "how we rank" shows these numbers.

All arithmetic is on integers (weights of words, thousandths, hundredths of a point), so that one pair of texts has
one score, whatever the order, the machine or the batch it is computed in.
"""

from dataclasses import asdict, dataclass

RANKING_VERSION = "2026.4"


@dataclass(frozen=True, slots=True)
class Weights:
    """The published rule. Points are out of 100; ‰ are thousandths.

    The text takes whatever the structured wishes of the buyer leave: a demand without a quantity, a date, wanted
    certificates or a freight need is judged on the product alone.
    """

    # How much a word of the demand says (relative).
    head: int = 10
    concept_modifier: int = 8
    modifier: int = 3
    unknown_pair: int = 3
    unknown_latin: int = 4
    grade: int = 4
    purpose: int = 2
    # Of one wish together at most (same scale).
    purposes: int = 3
    grades: int = 2
    # What the first, second, … of the words beside the head count, ‰.
    further: tuple[int, ...] = (1000, 600, 400, 300, 200, 100)
    # All of them together, ‰ of a head that says much.
    details: int = 600

    # How well the offered thing answers the wanted thing, ‰.
    same: int = 1000
    narrower: int = 970
    narrower_of_broad: int = 720
    related: int = 550
    broader: int = 660
    # A broader kind with so many kinds below it says little about any one of them: 船舶配件 for 锚链.
    wide: int = 32
    broader_wide: int = 480
    broader_twice: int = 430
    broader_more: int = 300
    broader_generic: int = 200
    same_ending: int = 900
    implied: int = 660
    made_for: int = 950
    before_unknown: int = 440
    unknown_beside: int = 800
    composed: int = 950
    # A thing and its purpose said apart, beside the one name for both.
    apart: int = 650
    # What stands beside the thing, where nothing else is found: 氨纶 for 氨纶纱, 铝型材 for 铝型材 光伏边框.
    beside: int = 430
    ambiguous: int = 850
    word_narrower: int = 900
    word_broader: int = 400

    # What is taken off, ‰ of the text points.
    surplus: int = 90
    other_kind: int = 1000
    other_grade: int = 600
    # Of a figure with a unit (750 V for 1200 V): who makes the thing lists a few of the ratings it makes.
    other_rating: int = 300
    other_factor: int = 500

    # Points for what the buyer asked beyond the name; a part that was not asked for is not counted at all.
    industry: int = 3
    quantity: int = 8
    delivery: int = 8
    certificates: int = 8
    freight: int = 8
    # Share of a structured part given when the supplier has not said, ‰.
    not_known: int = 250

    # Cuts on the fit of the text, ‰: below loose nothing is shown.
    strong_cut: int = 510
    loose_cut: int = 380

    def public(self) -> dict[str, int | tuple[int, ...]]:
        return asdict(self)


DEFAULT_WEIGHTS = Weights()
PARTS = (
    "product",
    "detail",
    "grade",
    "purpose",
    "specificity",
    "conflict",
    "factor",
    "industry",
    "quantity",
    "delivery",
    "certificates",
    "freight",
)
