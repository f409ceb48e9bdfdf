"""The key by which 中文 names sort, and the search words it answers.

PostgreSQL here has no ICU collation, so the order is stored: syllables without tones, a space between them. The
space sorts before every letter, which puts 西安 (xi an) before 先 (xian), as a dictionary does.
"""

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

# What the `pinyin` columns hold.
MAX_LENGTH = 400

_SPLIT = re.compile(r"[^0-9a-z]+")


@lru_cache(maxsize=4096)
def pinyin_key(text: str) -> str:
    """`宁德时代` → `ning de shi dai`; Latin letters and digits stay, in lower case, and all else is a break."""
    syllables = lazy_pinyin(text, style=Style.NORMAL, v_to_u=False)
    return " ".join(word for part in syllables for word in _SPLIT.split(part.lower()) if word)[:MAX_LENGTH].rstrip()


def squeeze(text: str) -> str:
    """What somebody typed as pinyin, `Ning De` or `ningde`, without its breaks."""
    return "".join(_SPLIT.split(text.lower()))


def looks_like_pinyin(text: str) -> bool:
    """Latin letters (and digits, blanks, apostrophes) only, with at least two letters."""
    return re.fullmatch(r"[0-9A-Za-z' \-]+", text) is not None and sum(c.isalpha() for c in text) >= 2
