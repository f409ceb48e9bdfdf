"""Run by itself (`python -I child.py FILE KIND`): the cells of a file as JSON lines, inside fences.

Imports nothing of the project, so that it starts fast and has nothing to lose: 300 MB of address space, 60 s of
processor time, no new files. One line per row, a list of texts; the last line is `{"rows": n}` or `{"error": code}`.
"""

import csv
import datetime
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

MEMORY = 300 * 1024 * 1024
SECONDS = 60
MAX_ROWS = 20_000
MAX_COLUMNS = 60
MAX_CELL = 4_000
MAX_TEXT = 20 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024


class Unreadable(Exception):
    """Its argument is the code that the parent turns into words."""


def fence() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # No further processes: RLIMIT_NPROC counts the whole user's and would hit innocent ones, so files it is.
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def text_of(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        if cell != cell or cell in (float("inf"), float("-inf")):
            return ""
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return (
            cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ", timespec="minutes")
        )
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    if isinstance(cell, datetime.timedelta):
        return str(cell)
    return str(cell)


def rows_of_csv(path: str) -> Iterator[list[str]]:
    with open(path, "rb") as file:
        raw = file.read()
    text = decoded(raw)
    if "\x00" in text:
        raise Unreadable("not_text")
    csv.field_size_limit(MAX_CELL * 8)
    head = text[:4096].splitlines()[0] if text.strip() else ""
    mark = max(",;\t，", key=head.count)
    if mark == "，":
        text, mark = text.replace("，", ","), ","
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    except csv.Error as problem:
        raise Unreadable("bad_csv") from problem


def decoded(raw: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else the encoding of Chinese Excel."""
    encodings = ["utf-16"] if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("bad_encoding")


def rows_of_xlsx(path: str) -> Iterator[list[str]]:
    measure(path)
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
        names = book.sheet_names
        if not names:
            raise Unreadable("no_sheet")
        sheet = book.get_sheet_by_index(0)
    except Unreadable:
        raise
    except Exception as problem:
        raise Unreadable("bad_xlsx") from problem
    if sheet.total_height > MAX_ROWS * 5 or sheet.total_width > 16_384:
        raise Unreadable("too_many_rows")
    for row in sheet.iter_rows():
        yield [text_of(cell) for cell in row]


def measure(path: str) -> None:
    """Unpack in passing and count, since the sizes in a zip's list of contents may lie."""
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                with archive.open(entry) as part:
                    while piece := part.read(65536):
                        total += len(piece)
                        if total > MAX_UNPACKED:
                            raise Unreadable("too_big")
                        if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
                            raise Unreadable("bad_xlsx")
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as problem:
        raise Unreadable("bad_xlsx") from problem
    except Exception as problem:
        if isinstance(problem, Unreadable | MemoryError):
            raise
        raise Unreadable("bad_xlsx") from problem  # zlib.error and its like


def main(path: str, kind: str) -> None:
    count = size = 0
    out = sys.stdout
    rows: Iterable[list[str]] = rows_of_xlsx(path) if kind == "xlsx" else rows_of_csv(path)
    for row in rows:
        if len(row) > MAX_COLUMNS:
            if any(str(cell).strip() for cell in row[MAX_COLUMNS:]):
                raise Unreadable("too_many_columns")
            row = row[:MAX_COLUMNS]
        cells = [cell[:MAX_CELL] for cell in row]
        line = json.dumps(cells, ensure_ascii=True)
        size += len(line)
        count += 1
        if count > MAX_ROWS:
            raise Unreadable("too_many_rows")
        if size > MAX_TEXT:
            raise Unreadable("too_big")
        out.write(line + "\n")
    out.write(json.dumps({"rows": count}) + "\n")


if __name__ == "__main__":
    fence()
    code = "ok"
    try:
        main(sys.argv[1], sys.argv[2])
    except Unreadable as refusal:
        code = str(refusal)
    except MemoryError:
        code = "too_big"
    except Exception:
        code = "bad_xlsx" if sys.argv[2] == "xlsx" else "bad_csv"
    if code != "ok":
        sys.stdout.write("\n" + json.dumps({"error": code}) + "\n")
    sys.stdout.flush()
