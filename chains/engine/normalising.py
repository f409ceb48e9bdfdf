"""Raw text to comparable text: Unicode, widths, symbols, tokens. Safe for any string, of any length."""

import re
import unicodedata

# Longer texts are read from the beginning: nobody names the product after the 8,000th character.
LONGEST_TEXT = 8_000
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffd\ud800-\udfff]")
_SYMBOLS = str.maketrans(
    {
        "×": "x", "✕": "x", "·": " ", "•": " ", "●": " ", "①": " ", "②": " ", "③": " ", "Φ": "φ", "ø": "φ", "∅": "φ",
        "—": "-", "–": "-", "―": "-", "－": "-", "‐": "-", "−": "-", "～": "~", "【": "(", "】": ")", "[": "(",
        "]": ")", "{": "(", "}": ")", "《": " ", "》": " ", "「": " ", "」": " ", "“": " ", "”": " ", '"': " ",
        "‘": "'", "’": "'", "®": " ", "™": " ", "μ": "u", "µ": "u",
    }
)  # fmt: skip
_TOKEN = re.compile(r"[0-9a-zα-ωφ][0-9a-zα-ωφ+#_']*(?:[.][0-9a-z]+)*%?|[㐀-鿿々〇]")
_HAN = re.compile(r"[㐀-鿿々〇]")
# 45 号钢, N 型硅片, 2 # 焦: a mark belongs to the number or letter before it.
_MARK = re.compile(r"(?<=[0-9a-z]) +(?=[号型级代](?![a-z0-9]))|(?<=[0-9]) +(?=#)")


def normalise(text: str) -> str:
    """NFKC, lower case, no control characters or surrogates, one kind of dash, bracket and space; lines stay lines."""
    text = text[:LONGEST_TEXT]
    if not text.isascii() or not text.isprintable():
        text = _CONTROL.sub(" ", text).translate(_SYMBOLS)
        text = unicodedata.normalize("NFKC", text).translate(_SYMBOLS)
    else:
        text = text.translate(_SYMBOLS)
    text = text.lower()
    return text if text.isascii() else _MARK.sub("", text)


def tokens_of(text: str) -> list[str]:
    """Chinese characters one by one, runs of letters and digits whole, without a plural s."""
    return [_singular(token) for token in _TOKEN.findall(normalise(text))]


def is_han(token: str) -> bool:
    return _HAN.match(token) is not None


def _singular(token: str) -> str:
    if len(token) > 3 and token[-1] == "s" and token[-2] not in "sui'" and token.isalpha():
        return token[:-1]
    return token


def pairs_of(surface: str) -> list[str]:
    """An unknown Chinese word by its pairs of characters; a short or Latin one whole."""
    if not is_han(surface) or len(surface) < 3:
        return [surface]
    return [surface[i : i + 2] for i in range(len(surface) - 1)]


def is_modifier_form(surface: str) -> bool:
    """工业级, 卧式: says which one, not what."""
    return surface[-1] in ("级型式状款版号" if len(surface) <= 2 else "级型式状款版性化")
