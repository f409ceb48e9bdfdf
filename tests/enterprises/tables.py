"""Files to upload, made in the test."""

import io
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from foundation import jobs

POST_HEAD = ["方向", "产品或服务名称", "数量", "单位", "交付地", "交付日期"]


def csv_file(
    rows: Sequence[Sequence[Any]], *, name: str = "rows.csv", encoding: str = "utf-8-sig"
) -> SimpleUploadedFile:
    text = "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    return SimpleUploadedFile(name, text.encode(encoding))


def xlsx_bytes(rows: Sequence[Sequence[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx_file(rows: Sequence[Sequence[Any]], *, name: str = "rows.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, xlsx_bytes(rows))


def work_off() -> int:
    """Do every job that is due, here and now."""
    count = 0
    while job := jobs.claim("default", holder=jobs.holder_name()):
        jobs.work(job)
        count += 1
    return count
