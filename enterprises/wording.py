"""Text in the form in which two wordings are compared."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def one_line(text: str) -> str:
    """Without line breaks, doubled spaces and characters that show nothing."""
    visible = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return _SPACES.sub(" ", visible).strip()


def plain_text(text: str) -> str:
    """Width, case, spaces and punctuation do not count: `ＬＦＰ 电芯，A级` and `lfp电芯 A级` are the same."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(c for c in folded if c.isalnum() or c in ".%+")
