"""Find partners for many texts at once, from a file into a file; nothing is stored.

    manage.py preview --in demands.jsonl --out results.jsonl

In: one JSON object a line, {"id": …, "text": "…"}. Out: {"id": …, "results": [{"external_id", "firm", "product",
"region", "score", "parts", "reasons"}], "understood": {…}}, best first; `external_id` and `product` as they were
imported; `understood`: the conditions that the text named. "-" means standard input or output.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from chains import matching
from chains.answers import as_json
from chains.matching import previewing

BATCH = 200
KEPT = ("external_id", "firm", "product", "region", "score", "parts", "reasons")


class Command(BaseCommand):
    help = "Find partners for texts in a JSON-lines file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--in", dest="source", required=True, help='File of {"id", "text"} lines, or "-".')
        parser.add_argument("--out", dest="target", required=True, help='File to write, or "-".')
        parser.add_argument("--limit", type=int, default=matching.TOP, help="Partners for each text (1 to 20).")
        parser.add_argument("--loose", action="store_true", help="Also partners below the calibrated cut.")
        parser.add_argument("--language", default="zh-hans", choices=["zh-hans", "en"], help="Of the reasons.")

    def handle(self, *args: Any, **options: Any) -> None:
        limit = min(max(options["limit"], 1), matching.TOP)
        done = found = 0
        refused: list[str] = []
        with ExitStack() as files, translation.override(options["language"]):
            source = self._open(options["source"], files, writing=False)
            target = self._open(options["target"], files, writing=True)
            rows = _rows(source, refused)
            while batch := list(islice(rows, BATCH)):
                wishes = [previewing.Wish(text=text, loose=options["loose"]) for _id, text in batch]
                for (key, _text), answer in zip(
                    batch, previewing.preview_many(wishes=wishes, limit=limit), strict=True
                ):
                    said = as_json(answer)
                    results = [{name: row[name] for name in KEPT} for row in said["results"]]
                    row = {"id": key, "results": results, "understood": said["understood"]}
                    target.write(json.dumps(row, ensure_ascii=False) + "\n")
                    done += 1
                    found += bool(results)
        self.stderr.write(f"{done} texts, {found} with partners, {len(refused)} lines refused.")
        if refused:
            raise CommandError("\n".join(refused[:20]))

    def _open(self, name: str, files: ExitStack, *, writing: bool) -> TextIO:
        if name == "-":
            return sys.stdout if writing else sys.stdin
        try:
            return files.enter_context(Path(name).open("w" if writing else "r", encoding="utf-8"))
        except OSError as problem:
            raise CommandError(f"{name}: {_why(problem, writing=writing)}") from problem


def _why(problem: OSError, *, writing: bool) -> str:
    if isinstance(problem, FileNotFoundError):
        return "there is no such folder to write to." if writing else "there is no such file."
    if isinstance(problem, IsADirectoryError):
        return "this is a folder; name a file in it."
    if isinstance(problem, PermissionError):
        return f"this account may not {'write' if writing else 'read'} it."
    return f"it cannot be {'written' if writing else 'read'} ({problem.strerror})."


def _rows(source: Iterable[str], refused: list[str]) -> Iterator[tuple[Any, str]]:
    """(id, text) of each readable line; what is wrong with the others goes to `refused`."""
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as problem:
            refused.append(f'line {number}: not JSON ({problem}); write {{"id": …, "text": "…"}} on one line')
            continue
        if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("text"), str):
            refused.append(f'line {number}: expected {{"id": …, "text": "…"}}')
            continue
        yield row["id"], row["text"]
