"""Words that are written wrongly: 轴成 sounds like 轴承, 電解銅 is 电解铜 in traditional characters.

People type 中文 by its sound, so a slip is mostly another character of the same sound. A stretch that the dictionary
does not know is read as a known word of the same length and sound that shares characters with it.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from .normalising import is_han

_LONGEST = 8
# 碱类 is 碱: such forms would be read into any word of that sound.
_ENDINGS = "类业列"
# So many characters that agree in sound are no accident.
_MUCH = 5
# What southern speakers and careless typists do not tell apart.
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"))


@lru_cache(maxsize=1)
def _converter() -> "object":
    from opencc import OpenCC

    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional characters as simplified ones; a text of simplified characters comes back as it is."""
    return text if text.isascii() else str(_converter().convert(text))  # type: ignore[attr-defined]


@cache
def sound_of(character: str) -> str:
    """The sound of one character without tone, with the confusions of everyday typing evened out."""
    from pypinyin import lazy_pinyin

    sound = lazy_pinyin(character)[0]
    for long, short in _INITIALS:
        if sound.startswith(long):
            sound = short + sound[len(long) :]
    return sound[:-1] if sound.endswith("ng") else sound


class Speller:
    """Known words by their sound. Built once for a dictionary."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_sound: dict[tuple[str, ...], list[str]] = {}
        for word in words:
            if 2 <= len(word) <= _LONGEST and all(map(is_han, word)) and word[-1] not in _ENDINGS:
                self._by_sound.setdefault(tuple(map(sound_of, word)), []).append(word)

    def correct(self, text: str, words: list[int], *, known: Sequence[bool] = ()) -> tuple[str, list[tuple[str, str]]]:
        """The text with its slips mended, and (written, read as) for each, the longest first.

        words: for each character the number (from 1) of the word of the dictionary it belongs to, 0 for none or one of
        a single character. known: for each character whether it belongs to a word at all, single ones among them:
        玻璃管 is no slip of 玻璃罐. No word is torn apart or changed; nor is what a general vocabulary knows as a word
        (监测, 燃料), unless much agrees around it.
        """
        if 0 not in words:
            return text, []
        mended: list[tuple[str, str]] = []
        sounds = [sound_of(character) if is_han(character) else "" for character in text]
        units = _units(text, words)
        for size in range(min(_LONGEST, len(text)), 1, -1):
            for start in range(len(text) - size + 1):
                end = start + size
                if all(words[start:end]) or not all(sounds[start:end]) or _tears(units, start) or _tears(units, end):
                    continue
                if size == 2 and not _stands_alone(words, start):
                    continue
                if size > 2 and known and all(known[start:end]):
                    continue
                written = text[start:end]
                word = self._read(written, tuple(sounds[start:end]))
                if word is None:
                    continue
                changed = [start + n for n in range(size) if written[n] != word[n]]
                if any(words[at] or (units[at] and size < _MUCH) for at in changed):
                    continue
                text = text[:start] + word + text[end:]
                words = words[:start] + [-1 - start] * size + words[end:]
                units = units[:start] + [-1 - start] * size + units[end:]
                mended.append((written, word))
        return text, mended

    def _read(self, written: str, sounds: tuple[str, ...]) -> str | None:
        """The known word of these sounds that shares the most characters, all but one for each three at the least."""
        best: tuple[int, str] | None = None
        for word in self._by_sound.get(sounds, ()):
            same = sum(a == b for a, b in zip(written, word, strict=True))
            if same == len(word):
                return None
            if same >= len(word) - max(1, len(word) // 2) and (best is None or same > best[0]):
                best = (same, word)
        return best[1] if best else None


def _tears(units: list[int], at: int) -> bool:
    """Whether a cut before this character goes through a word."""
    return 0 < at < len(units) and units[at] != 0 and units[at - 1] == units[at]


def _stands_alone(words: list[int], start: int) -> bool:
    """Two characters are too few to go by, unless nothing but known words is around them."""
    before = start == 0 or words[start - 1] != 0
    return before and (start + 2 == len(words) or words[start + 2] != 0)


def _units(text: str, words: list[int]) -> list[int]:
    """The numbers in words, and numbers of their own for what a general vocabulary has as a longer word; else 0."""
    import rjieba

    units = list(words)
    position = 0
    for number, piece in enumerate(rjieba.cut(text, hmm=False), start=len(text) + 1):
        end = position + len(piece)
        if len(piece) > 1 and not any(words[position:end]) and rjieba.has_word(piece):
            units[position:end] = [number] * len(piece)
        position = end
    return units
