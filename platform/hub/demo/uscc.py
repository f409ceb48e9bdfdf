"""Unified social credit codes for the demo (GB 32100-2015), with both check digits right, or one wrong on purpose."""

from random import Random

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = [pow(3, i, 31) for i in range(17)]
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_check(body: str) -> str:
    """Check character of the eight-character organisation code (position 17 of the whole)."""
    total = sum(int(char, 36) * weight for char, weight in zip(body, _ORG_WEIGHTS, strict=True))
    check = 11 - total % 11
    return {10: "X", 11: "0"}.get(check, str(check))


def final_check(first17: str) -> str:
    """Check character of the whole code (position 18)."""
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(first17, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def make(*, random: Random, kind: str, region: str, right: bool = True) -> str:
    """A code. `kind` is its first two characters (91 firm, 12 public institution), `region` six digits."""
    body = "MA" + "".join(random.choice(ALPHABET) for _ in range(6))
    first17 = kind + region + body + organisation_check(body)
    last = final_check(first17)
    if not right:
        last = random.choice([char for char in ALPHABET if char != last])
    return first17 + last
