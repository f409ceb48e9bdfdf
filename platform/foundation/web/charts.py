"""A chart and the table that says the same."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What `{% chart spec %}` draws.

    `title` says the finding. `option` is an ECharts option of plain JSON values (bar, line,
    scatter, heatmap, radar, sankey, graph, map, lines). `columns` and `rows` say the same as a table, units in the
    column names. `map_name="china"` loads the map of provinces first.
    """

    key: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    option: dict[str, Any]
    unit: str = ""
    source: str = ""
    period: str = ""
    n: int | None = None
    map_name: str = ""
    csv_url: str = ""
    tall: bool = False
    wide: bool = False  # needs more room than a phone has; scrolls sideways in its box
    note: str = ""
    numeric: frozenset[int] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", self.key):
            raise ValueError(f"A chart's key is an id of lower-case letters, digits and dashes, not {self.key!r}.")

    @property
    def data_id(self) -> str:
        return f"chart-{self.key}-data"

    @property
    def spec(self) -> dict[str, Any]:
        return {"option": self.option, "map": self.map_name}

    @property
    def filename(self) -> str:
        return f"xielian-{self.key}.csv"

    @property
    def download(self) -> str:
        """The table as a CSV: its own address, or the file itself in a data address."""
        return self.csv_url or f"data:text/csv;charset=utf-8,%EF%BB%BF{quote(as_csv(self.columns, self.rows))}"


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """CSV text; a cell a spreadsheet would run as a formula is written as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([plain_cell(cell) for cell in columns])
    writer.writerows([plain_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def plain_cell(cell: object) -> object:
    if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{cell}"
    return "" if cell is None else cell
