"""Values that nobody means well, by what is wrong with them. What is a str may go anywhere; the rest only into JSON."""

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# JSON as it stands, which no encoder would write.
RAW = "JSON text"


@dataclass(frozen=True)
class Value:
    """`group` says what is wrong; a field has to bear at least one value of each group in every run."""

    group: str
    name: str
    value: Any

    @property
    def is_text(self) -> bool:
        return isinstance(self.value, str) and self.group != RAW

    @property
    def as_json(self) -> str:
        """Nested too deep for the encoder, if need be."""
        return self.value if self.group == RAW else json.dumps(self.value)

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"


def _cursor(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def _all() -> Iterator[Value]:
    for name, text in {
        "nul": "\x00",
        "nul inside": "轴\x00承",
        "lone surrogate": "轴\ud800承",
        "reversed surrogates": "\udc00\ud800",
        "escape codes": "\x1b[31m轴承\x07\x08",
        "line ends": "轴承\r\nSet-Cookie: a=b\r\n\r\n<b>",
        "unusual line ends": "轴\x0b承\x0c\x85\u2028\u2029",
        "no characters": "\ufffe\uffff\U0010ffff",
        "byte order mark": "\ufeff轴承",
        "delete": "\x7f\x80\x9f",
    }.items():
        yield Value("characters", name, text)
    for name, text in {
        "right to left": "\u202e轴承\u202c",
        "zero width": "\u200b轴\u200d承\u2060",
        "emoji family": "\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f3fd",
        "many accents": "e" + "\u0301" * 500,
        "full width": "Ｃ３４５１　ＡＢＣ",
        "letters that grow": "ßŉǰΐ\ufb03İ" * 8,
        "ideograph of plane 2": "\U00020000\U0002a6df",
        "only blanks": " \t\u3000\xa0 ",
        "variation selectors": "轴\ufe0f承\U000e0100",
    }.items():
        yield Value("characters", name, text)
    for name, text in {
        "sql": "'; DROP TABLE enterprises_post; --",
        "sql or": "1' OR '1'='1",
        "script": "<script>alert(1)</script>",
        "attribute": '" onmouseover="alert(1)',
        "template": "{{ 7*7 }}{% load x %}{% debug %}",
        "format": "%s%n%(title)s{0.__class__}{}",
        "path": "../../../../etc/passwd",
        "address": "javascript:alert(1)//http://[::1",
        "broken address": "http://[",
        "formula": "=cmd|'/c calc'!A1",
        "pattern": "(a+)+$[^\\",
        "wildcards": "%_\\%*?",
        "entity": "<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>&f;",
        "percent": "%00%zz%c0%af",
        "quotes": "'\"`’”\\",
        "other site": "//evil.example/x",
    }.items():
        yield Value("code", name, text)
    for name, text in {
        "minus one": "-1",
        "zero": "0",
        "minus zero": "-0",
        "above int32": "2147483648",
        "above int64": "9223372036854775808",
        "below int64": "-9223372036854775809",
        "thirty digits": "9" * 30,
        "five thousand digits": "9" * 5000,
        "huge exponent": "1e400",
        "tiny exponent": "1e-400",
        "exponent of a million": "1E+999999",
        "many decimals": "0." + "1" * 60,
    }.items():
        yield Value("numbers out of range", name, text)
    for name, text in {
        "not a number": "NaN",
        "signalling": "sNaN123",
        "infinity": "Infinity",
        "minus infinity": "-inf",
        "letters": "abc",
        "hexadecimal": "0x10",
        "arabic digits": "٣٤٥",
        "full-width digits": "１２３",
        "superscript": "²",
        "half": "½",
        "underscore": "1_000",
        "group separators": "1,000.5.2",
        "two signs": "--1",
        "circled": "①",
    }.items():
        yield Value("no numbers", name, text)
    for name, text in {
        "30 February": "2026-02-30",
        "year zero": "0000-00-00",
        "year one": "0001-01-01",
        "last day": "9999-12-31",
        "five digits": "10000-01-01",
        "minus": "-0001-01-01",
        "week": "2026-W60-9",
        "zone out of range": "2026-01-01T00:00:00+99:99",
        "before time": "0001-01-01T00:00:00+14:00",
        "leap second": "2026-06-30T23:59:60Z",
        "other order": "31/12/2026",
        "number": "20261301",
    }.items():
        yield Value("dates", name, text)
    for name, text in {
        "five thousand ideographs": "长" * 5000,
        "hundred thousand letters": "a" * 100_000,
        "thousand words": "轴承 " * 1000,
        "thousand lines": "轴承=1\n" * 1000,
        "five thousand blanks": " " * 5000,
        "long number": "1" * 300 + ".5",
    }.items():
        yield Value("too long", name, text)
    for name, text in {
        "no base64": "c!!!",
        "cut": "cD0",
        "nothing": _cursor(""),
        "only a position": _cursor("p="),
        "nul": _cursor("p=\x00"),
        "surrogate": _cursor("p=\ud800"),
        "huge offset": _cursor("o=99999999999999999999&p=1"),
        "negative offset": _cursor("o=-5&r=1"),
        "no date": _cursor("p=2026-99-99T99:99"),
        "not utf-8": base64.b64encode(b"p=\xff\xfe").decode(),
        "letters": _cursor("p=abc&r=x&o=y"),
        "number too large": _cursor("p=" + "9" * 40),
    }.items():
        yield Value("the wrong kind", name, text)
    for name, text in {
        "empty": "",
        "null": "null",
        "none": "None",
        "true": "true",
        "list": "[]",
        "object": "{}",
        "list of ids": "1,2,3",
        "unknown choice": "no-such-choice",
        "lookup": "__class__",
        "relation": "enterprise__name",
    }.items():
        yield Value("the wrong kind", name, text)
    for name, other in {
        "null": None,
        "yes": True,
        "no": False,
        "integer": 7,
        "minus": -1,
        "beyond int64": 10**40,
        "fraction": 1.5,
        "largest float": 1.7976931348623157e308,
        "not a number": float("nan"),
        "infinity": float("inf"),
        "empty list": [],
        "list": [1, "a", None, {}],
        "list of lists": [[[]]],
        "list of objects": [{"a": 1}],
        "long list": ["x"] * 3000,
        "empty object": {},
        "object": {"a": {"b": 1}},
        "object with an empty key": {"": "", "__proto__": {}},
        "nul inside a list": ["\x00"],
        "surrogate inside an object": {"\ud800": "\udfff"},
    }.items():
        yield Value("the wrong type", name, other)
    for name, text in {
        "2,000 lists": "[" * 2000 + "]" * 2000,
        "2,000 objects": '{"a":' * 2000 + "1" + "}" * 2000,
        "100,000 lists, never closed": "[" * 100_000,
        "21 levels": "[" * 21 + "]" * 21,
        "number too large for a float": "1e999999",
        "number of 5,000 digits": "9" * 5000,
        "broken escape": '"\\u12"',
        "control character": '"\x00"',
        "no value": "",
        "comment": "/* x */ 1",
        "same key twice": '{"a": 1, "a": 2}',
    }.items():
        yield Value(RAW, name, text)


VALUES = tuple(_all())
TEXTS = tuple(value for value in VALUES if value.is_text)


def choose(values: tuple[Value, ...], *, of: str, every: bool) -> list[Value]:
    """All values; or of each group one, another for each `of` (the name of a place), the same in every run."""
    if every:
        return list(values)
    groups: dict[str, list[Value]] = {}
    for value in values:
        groups.setdefault(value.group, []).append(value)
    return [rows[zlib.crc32(f"{of} {group}".encode()) % len(rows)] for group, rows in groups.items()]
