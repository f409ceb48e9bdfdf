"""Unified social credit codes (统一社会信用代码, GB 32100-2015).

Eighteen characters: registering department, kind of body, registering authority (six digits), organisation code
(nine, the last of them a check character by GB 11714), check character. A code that is not shaped like one is wrong;
a code whose check characters disagree is doubtful: real certificates with such codes are reported, so it warns and a
person looks at it. The six digits of the registering authority say nothing about where the firm is today.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
# GB 11714 counts letters without gaps: A is 10, Z is 35.
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SHAPE = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")
_BLANKS = re.compile(r"[\s\-_.·]+")


class Problem(StrEnum):
    """What is wrong with a code. The first four make it unusable, the last two doubtful."""

    EMPTY = "empty"
    LENGTH = "length"
    CHARACTER = "character"
    AUTHORITY = "authority"
    BODY_CHECK = "body_check"
    CHECK = "check"


DOUBTS = frozenset({Problem.BODY_CHECK, Problem.CHECK})


@dataclass(frozen=True)
class Finding:
    """A code as it is to be stored, and what is wrong with it."""

    code: str
    problems: tuple[Problem, ...] = ()
    # The first character that no code may hold, for the message.
    character: str = ""

    @property
    def is_usable(self) -> bool:
        """Shaped like a code, whatever its check characters say."""
        return DOUBTS.issuperset(self.problems)

    @property
    def is_doubtful(self) -> bool:
        return self.is_usable and bool(self.problems)


def normalise(text: str) -> str:
    """Half-width, upper case, without blanks and dashes."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()


def check_character(body: str) -> str:
    """Position 18 for the 17 characters before it."""
    total = sum(ALPHABET.index(c) * w for c, w in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def body_check_character(body: str) -> str:
    """Position 17 for positions 9 to 16: weights 3, 7, 9, 10, 5, 8, 4, 2, modulo 11, ten written X, eleven 0."""
    total = sum(int(c, 36) * w for c, w in zip(body, _BODY_WEIGHTS, strict=True))
    rest = 11 - total % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def examine(text: str) -> Finding:
    """Normalise a code and say everything that is wrong with it."""
    code = normalise(text)
    if not code:
        return Finding("", (Problem.EMPTY,))
    wrong = next((c for c in code if c not in ALPHABET), "")
    if wrong:
        return Finding(code, (Problem.CHARACTER,), wrong)
    if len(code) != 18:
        return Finding(code, (Problem.LENGTH,))
    if not _SHAPE.fullmatch(code):
        return Finding(code, (Problem.AUTHORITY,))
    problems = []
    if body_check_character(code[8:16]) != code[16]:
        problems.append(Problem.BODY_CHECK)
    if check_character(code[:17]) != code[17]:
        problems.append(Problem.CHECK)
    return Finding(code, tuple(problems))


def expected(code: str) -> str:
    """Positions 17 and 18 as the rules want them for the first sixteen characters of a usable code."""
    return complete(code[:16])[16:]


def complete(first_sixteen: str) -> str:
    """The whole code for its first sixteen characters, with both check characters."""
    body = first_sixteen + body_check_character(first_sixteen[8:])
    return body + check_character(body)
