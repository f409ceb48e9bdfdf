"""Is this a file we dare open? Looked at before anything is unpacked (ASVS 5.2.3; reliability.md 3.18)."""

import re
import zipfile
from typing import IO, Final

from django.utils.translation import gettext as _

from foundation.errors import RefusedError

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_UNPACKED: Final = 60 * 1024 * 1024
MAX_ENTRIES: Final = 500
# Honest sheets of repeated text pack 20 to 60 times; bombs a thousand times.
MAX_RATIO: Final = 150
SMALL_ENTRY: Final = 1024 * 1024
NAME_LENGTH: Final = 200

_ZIP: Final = b"PK\x03\x04"
# What begins so is no text, whatever its name says.
_NOT_TEXT: Final = (
    b"PK",
    b"\xd0\xcf\x11\xe0",  # old Office, also encrypted .xlsx
    b"%PDF",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"MZ",
    b"\x7fELF",
    b"{\\rtf",
    b"<?xml",
    b"<html",
    b"<!DOCTYPE",
    b"SQLite format 3",
)
_NEEDED: Final = ("[Content_Types].xml", "xl/workbook.xml")


def check_upload(file: IO[bytes], *, name: str, size: int | None) -> str:
    """ "xlsx" or "csv", and the file back at its beginning. Refuses everything else with field "file" and a code:
    bad_type, empty, too_big, bad_signature, bad_zip, bomb, macros."""
    kind = _extension(name)
    if not size:
        raise _no("empty", _("文件是空的。"))
    if size > MAX_BYTES:
        raise _no("too_big", _("文件超过 %(mb)s MB，请分成几个文件导入。") % {"mb": MAX_BYTES // 1024 // 1024})
    file.seek(0)
    start = file.read(64)
    file.seek(0)
    if kind == "xlsx":
        if not start.startswith(_ZIP):
            raise _no(
                "bad_signature", _("这不是 .xlsx 文件。请用 Excel 或 WPS 另存为“Excel 工作簿（.xlsx）”，不要设密码。")
            )
        check_zip(file)
    elif start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_NOT_TEXT):
        raise _no("bad_signature", _("这不是 CSV 文本文件。"))
    file.seek(0)
    return kind


def check_zip(file: IO[bytes]) -> None:
    """Reads the list of contents only; nothing is unpacked."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeError, OverflowError) as problem:
        raise _no("bad_zip", _("文件已损坏，打不开。")) from problem
    if len(entries) > MAX_ENTRIES:
        raise _no("bomb", _("文件内部结构异常，已拒绝。"))
    names: set[str] = set()
    unpacked = 0
    for entry in entries:
        unpacked += entry.file_size
        packed = max(entry.compress_size, 1)
        suspicious = (
            entry.filename in names
            or entry.filename.startswith(("/", "\\"))
            or ".." in re.split(r"[/\\]", entry.filename)
            or bool(entry.flag_bits & 0x1)
            or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            or (entry.file_size > SMALL_ENTRY and entry.file_size / packed > MAX_RATIO)
            or entry.filename.lower().endswith((".zip", ".xlsx", ".exe", ".dll"))
        )
        names.add(entry.filename)
        if suspicious or unpacked > MAX_UNPACKED:
            raise _no("bomb", _("文件内部结构异常或展开后过大，已拒绝。"))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _no("macros", _("文件含有宏。请另存为不含宏的 .xlsx 再上传。"))
    if not all(name in names for name in _NEEDED):
        raise _no("bad_signature", _("这不是 Excel 工作簿。"))


def clean_name(name: str) -> str:
    """A file's name for people to recognise it by; never used as a path."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(c for c in last if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF).strip()
    return visible[-NAME_LENGTH:] or "file"


def _extension(name: str) -> str:
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending in ("xlsx", "csv"):
        return ending
    if ending in ("xls", "xlsm", "xlsb", "et", "ods"):
        raise _no("bad_type", _("不支持 .%(ending)s 文件。请另存为 .xlsx 或 .csv 再上传。") % {"ending": ending})
    raise _no("bad_type", _("请上传 .xlsx 或 .csv 文件。"))


def _no(code: str, message: str) -> RefusedError:
    return RefusedError(message, code=code, field="file")
