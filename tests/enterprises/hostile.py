"""Files that mean harm or are simply broken, each made here. Names say what is wrong with them."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from tests.enterprises.tables import POST_HEAD, xlsx_bytes

GOOD = [POST_HEAD, ["需求", "轴承", 5, "套", "", ""]]
HEAD_ROW = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in POST_HEAD)


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _pack(parts: dict[str, bytes], *, level: int = 9, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=level if method == zipfile.ZIP_DEFLATED else None) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def _with(changes: dict[str, bytes], *, without: str = "") -> bytes:
    parts = _parts(xlsx_bytes(GOOD)) | changes
    parts.pop(without, None)
    return _pack(parts)


def _sheet(rows: str, *, dimension: str = "") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"{dimension}<sheetData>{rows}</sheetData></worksheet>"
    ).encode()


SHEET = "xl/worksheets/sheet1.xml"


def _lying_size() -> bytes:
    """A bomb whose list of contents says that it is small."""
    bomb = _with({SHEET: _sheet("<row>" + " " * 80_000_000 + "</row>")})
    data = bytearray(bomb)
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = 0
        while (at := data.find(signature, at)) >= 0:
            name_at = at + (46 if signature == b"PK\x01\x02" else 30)
            if data[name_at : name_at + len(SHEET)] == SHEET.encode():
                data[at + offset : at + offset + 4] = struct.pack("<I", 5000)
            at += 4
    return bytes(data)


def _encrypted() -> bytes:
    data = bytearray(xlsx_bytes(GOOD))
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 8] |= 1
        at += 4
    return bytes(data)


def _entries(count: int) -> bytes:
    return _with({f"xl/media/{n}.bin": b"" for n in range(count)})


def _overlapping() -> bytes:
    """Many names in the list of contents for one and the same compressed piece."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(b"a" * 900_000) + packer.flush()
    crc = zlib.crc32(b"a" * 900_000)
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, crc, len(piece), 900_000, 1, 0) + b"x" + piece
    central = b""
    names = [*(f"n{n}" for n in range(200)), "[Content_Types].xml", "xl/workbook.xml"]
    for name in names:
        central += (
            struct.pack(
                "<IHHHHHHIIIHHHHHII",
                0x02014B50, 20, 20, 0, 8, 0, 0, crc, len(piece), 900_000, len(name), 0, 0, 0, 0, 0, 0,
            )
            + name.encode()
        )  # fmt: skip
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(names), len(names), len(central), len(local), 0)
    return local + central + end


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' if n else '<!ENTITY a0 "&a;">' for n in range(9))
    + ']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c t="inlineStr">'
    "<is><t>&a8;</t></is></c></row></sheetData></worksheet>"
).encode()
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c t="inlineStr">'
    b"<is><t>&f;</t></is></c></row></sheetData></worksheet>"
)

# name of the case -> (file name, maker). All must be refused, before or while reading.
REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty xlsx": ("a.xlsx", lambda: b""),
    "empty csv": ("a.csv", lambda: b""),
    "too big": ("a.csv", lambda: b"a," * 6_000_000),
    "no extension": ("rows", lambda: b"a,b"),
    "wrong extension": ("rows.exe", lambda: xlsx_bytes(GOOD)),
    "double extension": ("rows.xlsx.exe", lambda: xlsx_bytes(GOOD)),
    "macro workbook by name": ("rows.xlsm", lambda: xlsx_bytes(GOOD)),
    "old workbook by name": ("rows.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "old workbook renamed": ("rows.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "text named xlsx": ("rows.xlsx", lambda: "方向,产品\n需求,轴承".encode()),
    "html named xlsx": ("rows.xlsx", lambda: b"<html><table><tr><td>x"),
    "pdf named csv": ("rows.csv", lambda: b"%PDF-1.7\n" + b"x" * 500),
    "png named csv": ("rows.csv", lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 200),
    "program named csv": ("rows.csv", lambda: b"MZ" + b"\x90" * 500),
    "elf named csv": ("rows.csv", lambda: b"\x7fELF" + b"\0" * 500),
    "xlsx named csv": ("rows.csv", lambda: xlsx_bytes(GOOD)),
    "gzip named csv": ("rows.csv", lambda: b"\x1f\x8b\x08" + b"\0" * 100),
    "xml named csv": ("rows.csv", lambda: b'<?xml version="1.0"?><a/>'),
    "zip that is no workbook": ("a.xlsx", lambda: _pack({"readme.txt": b"x"})),
    "docx named xlsx": ("a.xlsx", lambda: _pack({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})),
    "cut in half": ("a.xlsx", lambda: (lambda d: d[: len(d) // 2])(xlsx_bytes(GOOD))),
    "only a zip head": ("a.xlsx", lambda: b"PK\x03\x04" + b"\0" * 40),
    "zip head and noise": ("a.xlsx", lambda: b"PK\x03\x04" + random.Random(7).randbytes(5000)),
    "flipped bytes": (
        "a.xlsx",
        lambda: (lambda d: d[:300] + bytes(b ^ 0xFF for b in d[300:1200]) + d[1200:])(xlsx_bytes(GOOD)),
    ),
    "bomb of blanks": ("a.xlsx", lambda: _with({SHEET: _sheet("<row>" + " " * 50_000_000 + "</row>")})),
    "bomb in shared texts": (
        "a.xlsx",
        lambda: _with({"xl/sharedStrings.xml": b"<sst>" + b"a" * 50_000_000 + b"</sst>"}),
    ),
    "bomb of many parts": ("a.xlsx", lambda: _with({f"xl/media/{n}.xml": b"0" * 990_000 for n in range(80)})),
    "bomb that lies about its size": ("a.xlsx", _lying_size),
    "overlapping parts": ("a.xlsx", _overlapping),
    "thousands of parts": ("a.xlsx", lambda: _entries(3000)),
    "zip in a zip": ("a.xlsx", lambda: _with({"xl/inner.zip": _pack({"a": b"0" * 1000})})),
    "path out of the folder": ("a.xlsx", lambda: _with({"../../etc/cron.d/x": b"x"})),
    "absolute path": ("a.xlsx", lambda: _with({"/etc/cron.d/x": b"x"})),
    "backslash path": ("a.xlsx", lambda: _with({"..\\..\\x": b"x"})),
    "macros inside": ("a.xlsx", lambda: _with({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + b"\0" * 100})),
    "encrypted": ("a.xlsx", _encrypted),
    "unknown packing": ("a.xlsx", lambda: _pack(_parts(xlsx_bytes(GOOD)), method=zipfile.ZIP_BZIP2)),
    "entities that grow": ("a.xlsx", lambda: _with({SHEET: ENTITIES})),
    "entity from a file": ("a.xlsx", lambda: _with({SHEET: EXTERNAL})),
    "no workbook part": ("a.xlsx", lambda: _with({}, without="xl/workbook.xml")),
    "no sheet part": ("a.xlsx", lambda: _with({}, without=SHEET)),
    "broken xml": ("a.xlsx", lambda: _with({SHEET: b"<worksheet><sheetData><row><c>"})),
    "empty sheet part": ("a.xlsx", lambda: _with({SHEET: b""})),
    "one cell at the far corner": (
        "a.xlsx",
        lambda: _with(
            {SHEET: _sheet(f'<row r="1">{HEAD_ROW}</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')}
        ),
    ),
    "row number beyond all rows": (
        "a.xlsx",
        lambda: _with(
            {
                SHEET: _sheet(
                    '<row r="1"><c r="A1"><v>1</v></c></row><row r="4294967295"><c r="A4294967295"><v>1</v></c></row>'
                )
            }
        ),
    ),
    "deeply nested xml": ("a.xlsx", lambda: _with({SHEET: b"<worksheet>" + b"<a>" * 200_000})),
    "too many rows xlsx": ("a.xlsx", lambda: xlsx_bytes([POST_HEAD, *([["需求", "轴承", 1, "套", "", ""]] * 20_001)])),
    "too many rows csv": ("a.csv", lambda: "方向,产品\n".encode() + "需求,轴承\n".encode() * 20_001),
    "too many columns": ("a.csv", lambda: b",".join([b"x"] * 200)),
    "one endless line": ("a.csv", lambda: b"x" * 3_000_000),
    "quote that never closes": ("a.csv", lambda: ("方向,产品\n" + '"需求,轴承\n' * 20_000).encode()),
    "nul bytes": ("a.csv", lambda: b"a,b\n\x00,\x00\n"),
    "noise": ("a.csv", lambda: b"\xff\x00" + random.Random(3).randbytes(4000)),
    "no head": ("a.csv", lambda: b"1,2,3\n4,5,6\n"),
    "head only": ("a.csv", lambda: ",".join(POST_HEAD).encode()),
    "only line ends": ("a.csv", lambda: b"\r\n" * 1000),
    "utf-7 trick": ("a.csv", lambda: b"+/v8-\n+ADw-script+AD4-"),
}


def _cells() -> Iterator[tuple[str, str]]:
    yield "nul", "\x00"
    yield "escape codes", "\x1b[31m轴承\x07"
    yield "right-to-left", "\u202e轴承\u202c"
    yield "zero width", "\u200b轴\u200d承\ufeff"
    yield "emoji", "轴承\U0001f600\U0001f468\u200d\U0001f469"
    yield "not a character", "轴承\ufffe\uffff"
    yield "script", "<script>alert(1)</script>"
    yield "template", "{{ 7*7 }}{% load x %}"
    yield "sql", "'; DROP TABLE enterprises_post; --"
    yield "formula", "=cmd|'/c calc'!A1"
    yield "long", "轴" * 4000
    yield "combining", "e" + "\u0301" * 3000
    yield "format", "%s%n%(title)s"
    yield "path", "../../../../etc/passwd"


CELLS = dict(_cells())
# For a cell that wants a number, a unit, a place or a date.
VALUES = [
    "NaN", "Infinity", "-1", "1e400", "1e-400", "9" * 60, "0x10", "１２", "١٢", "½", "1.2.3", "--1", "1_000", "²",
    "2026-13-45", "9999-99-99", "0000-00-00", "2026-02-30", "99999", "十二", "\u0000", "' OR 1=1", "\ud7ff", "全国",
]  # fmt: skip
