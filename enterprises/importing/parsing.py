"""Rows of text out of an uploaded file, by a fenced child process."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Final

from django.utils.translation import gettext as _

from foundation.errors import RefusedError

CHILD: Final = Path(__file__).with_name("child.py")
SECONDS: Final = 60
MAX_OUTPUT: Final = 64 * 1024 * 1024


def read_rows(file: IO[bytes], *, kind: str) -> list[list[str]]:
    """All rows of the first sheet as text. Refuses with field "file" and a code such as too_many_rows, bad_xlsx,
    too_big (also when the child hit its fence)."""
    with tempfile.NamedTemporaryFile(suffix=f".{kind}") as copy:
        file.seek(0)
        while piece := file.read(1024 * 1024):
            copy.write(piece)
        copy.flush()
        # -I: neither the working directory nor PYTHON… variables lend the child anything.
        command = [sys.executable, "-IB", str(CHILD), copy.name, kind]
        with subprocess.Popen(  # noqa: S603 - fixed program, our own temporary file
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
        ) as child:
            try:
                output, _error = child.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                raise refusal("too_slow") from None
    return _rows(output)


def _rows(output: bytes) -> list[list[str]]:
    if len(output) > MAX_OUTPUT:
        raise refusal("too_big")
    lines = [line for line in output.decode("ascii", errors="replace").splitlines() if line]
    try:
        end = json.loads(lines[-1]) if lines else None
    except ValueError:
        end = None
    if not isinstance(end, dict):
        raise refusal("too_big")  # the child died before it could say why: its fence
    if "error" in end:
        raise refusal(str(end["error"]))
    return [json.loads(line) for line in lines[:-1]]


def refusal(code: str) -> RefusedError:
    messages = {
        "too_big": _("文件展开后过大或内容异常，无法读取。请只保留数据区，分成几个文件再试。"),
        "too_slow": _("读取超过 60 秒，已停止。请分成几个文件再试。"),
        "too_many_rows": _("超过 20000 行，请分成几个文件导入。"),
        "too_many_columns": _("超过 60 列，请按模板整理后再试。"),
        "bad_xlsx": _("文件已损坏或不是 Excel 工作簿，打不开。"),
        "bad_csv": _("CSV 格式有误，读不出来。请用 Excel 另存为 .xlsx 再试。"),
        "bad_encoding": _("无法识别文字编码，请另存为 UTF-8 编码的 CSV 或 .xlsx。"),
        "not_text": _("这不是 CSV 文本文件。"),
        "no_sheet": _("工作簿里没有工作表。"),
    }
    return RefusedError(messages.get(code, messages["bad_xlsx"]), code=code, field="file")
