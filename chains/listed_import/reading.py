"""Read the three files. Pure but for the reading: the same files give the same plan, in every process."""

import csv
import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.engine import clean_product_name
from foundation.errors import RefusedError

FILES: Final = {
    "firms": ("symbol", "short_name", "full_name", "region_code", "sw_industry", "listed_on"),
    "products": ("symbol", "product", "revenue_share"),
    "links": ("upstream_product", "downstream_product"),
}
LONGEST_RAW: Final = 400
LONGEST_NAME: Final = 120

# code of a finding -> what it says.
REASONS: Final = {
    "symbol_missing": gettext_lazy("缺少证券代码"),
    "symbol_repeated": gettext_lazy("证券代码与第 %(line)s 行重复"),
    "name_missing": gettext_lazy("缺少名称"),
    "name_too_long": gettext_lazy("名称过长"),
    "full_name_missing": gettext_lazy("缺少全称，以简称装入"),
    "region_missing": gettext_lazy("缺少地区代码，装入时不带地区，不参与跨省统计"),
    "region_unknown": gettext_lazy("地区代码不在区划表中，装入时不带地区"),
    "listed_on_unreadable": gettext_lazy("上市日期不是日期，未采用"),
    "firm_unknown": gettext_lazy("企业不在 firms.csv 中，或未能装入"),
    "product_repeated": gettext_lazy("清理后与本企业第 %(line)s 行相同"),
    "share_unreadable": gettext_lazy("收入占比不是数字，未采用"),
    "share_out_of_range": gettext_lazy("收入占比不在 0 到 1 之间，照原样保留"),
    "cleaned": gettext_lazy("名称已清理"),
    "control_removed": gettext_lazy("含数据库不能保存的字符，已去掉"),
    "empty": gettext_lazy("空白"),
    "fragment": gettext_lazy("只是单位、序号或残缺字符"),
    "accounting": gettext_lazy("会计科目或合计项，不是产品"),
    "generic": gettext_lazy("过于笼统，看不出是什么产品"),
    "link_repeated": gettext_lazy("与第 %(line)s 行相同的上下游关系，合并"),
    "upstream_noise": gettext_lazy("上游不像产品名称（%(why)s），仍按原文发布需求"),
    "downstream_noise": gettext_lazy("下游不像产品名称（%(why)s），不用来寻找采购方"),
    "no_seller": gettext_lazy("没有企业出售其下游产品，由“%(firm)s”代为发布"),
    "columns_missing": gettext_lazy("列数不符"),
}


@dataclass(frozen=True)
class Finding:
    """Something to report about one row. `outcome`: refused (not loaded), cleaned, noted (loaded all the same)."""

    file: str
    line: int
    key: str
    raw: str
    outcome: str
    code: str
    result: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return str(REASONS[self.code]) % dict(self.values)


@dataclass(frozen=True)
class FirmRow:
    line: int
    symbol: str
    short_name: str
    full_name: str
    region_code: str
    industry: str
    listed_on: str


@dataclass(frozen=True)
class ProductRow:
    line: int
    symbol: str
    raw: str
    name: str
    share: float | None


@dataclass(frozen=True)
class Wanted:
    """One upstream product, as written, with the downstream products it goes into: cleaned, without those that are
    no product, and as written."""

    line: int
    raw: str
    name: str
    downstream: tuple[str, ...]
    downstream_raw: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What will be loaded. `rows_read` counts the rows of each file, whatever became of them."""

    digest: str
    rows_read: Mapping[str, int]
    firms: tuple[FirmRow, ...]
    products: tuple[ProductRow, ...]
    wanted: tuple[Wanted, ...]
    findings: tuple[Finding, ...]

    def count(self, outcome: str, file: str = "") -> int:
        """Rows with this outcome, each once however much is said of it."""
        rows = {(f.file, f.line) for f in self.findings if f.outcome == outcome and (not file or f.file == file)}
        return len(rows)


def read(folder: Path) -> Plan:
    """Read and judge the files of a folder. Refuses (file_missing, file_unreadable, columns_missing) whole files only;
    whatever is wrong with a row becomes a finding."""
    paths = {name: folder / f"{name}.csv" for name in FILES}
    for path in paths.values():
        if not path.is_file():
            raise RefusedError(_("找不到文件 %(path)s。") % {"path": path}, code="file_missing")
    stamp = tuple((str(path.resolve()), path.stat().st_mtime_ns, path.stat().st_size) for path in paths.values())
    return _read(folder.resolve(), stamp)


@lru_cache(maxsize=1)
def _read(folder: Path, stamp: object) -> Plan:
    # Kept for the next chunk in this process; `stamp` makes a changed file a new question.
    findings: list[Finding] = []
    digest = hashlib.sha256()
    rows: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for name in FILES:
        path = folder / f"{name}.csv"
        digest.update(path.read_bytes())
        rows[name] = list(_rows(path, name, findings))
    broken = {name: sum(f.file == name for f in findings) for name in FILES}
    firms = list(_firms(rows["firms"], findings))
    products = list(_products(rows["products"], {f.symbol for f in firms}, findings))
    wanted = _wanted(rows["links"], findings)
    return Plan(
        digest=digest.hexdigest(),
        rows_read={name: len(rows[name]) + broken[name] for name in FILES},
        firms=tuple(firms),
        products=tuple(products),
        wanted=tuple(wanted),
        findings=tuple(findings),
    )


def _rows(path: Path, name: str, findings: list[Finding]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line on which the row starts, row) of a CSV file."""
    needed = FILES[name]
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        try:
            header = next(reader, [])
            if any(column not in header for column in needed):
                raise RefusedError(
                    _("%(file)s 缺少列：%(columns)s。")
                    % {"file": path.name, "columns": "、".join(c for c in needed if c not in header)},
                    code="columns_missing",
                )
            line = reader.line_num + 1
            for cells in reader:
                if cells and len(cells) != len(header):
                    findings.append(Finding(name, line, cells[0][:40], ",".join(cells), "refused", "columns_missing"))
                elif cells:
                    yield line, dict(zip(header, cells, strict=True))
                line = reader.line_num + 1
        except csv.Error as problem:
            raise RefusedError(
                _("%(file)s 第 %(line)s 行附近无法读取：%(problem)s。")
                % {"file": path.name, "line": reader.line_num, "problem": problem},
                code="file_unreadable",
            ) from problem


def _firms(rows: Sequence[tuple[int, dict[str, str]]], findings: list[Finding]) -> Iterator[FirmRow]:
    seen: dict[str, int] = {}
    for line, row in rows:
        cells = {name: value.replace("\x00", "").strip() for name, value in row.items()}
        symbol, full, short = cells["symbol"], cells["full_name"], cells["short_name"]

        note = partial(Finding, "firms", line, symbol, full or short)
        if not symbol:
            findings.append(note("refused", "symbol_missing"))
        elif symbol in seen:
            findings.append(note("refused", "symbol_repeated", values={"line": seen[symbol]}))
        elif not full and not short:
            findings.append(note("refused", "name_missing"))
        elif len(full) > LONGEST_NAME or len(symbol) > 80:
            findings.append(note("refused", "name_too_long"))
        else:
            seen[symbol] = line
            if not full:
                findings.append(note("noted", "full_name_missing", short))
            if not cells["region_code"]:
                findings.append(note("noted", "region_missing"))
            listed_on = cells["listed_on"]
            if not _is_date(listed_on):
                findings.append(note("noted", "listed_on_unreadable", listed_on))
                listed_on = ""
            yield FirmRow(line, symbol, short, full or short, cells["region_code"], cells["sw_industry"], listed_on)


def _products(
    rows: Sequence[tuple[int, dict[str, str]]], symbols: set[str], findings: list[Finding]
) -> Iterator[ProductRow]:
    seen: dict[tuple[str, str], int] = {}
    for line, row in rows:
        symbol, raw = row["symbol"].strip(), row["product"]
        if "\x00" in raw:
            findings.append(Finding("products", line, symbol, raw.replace("\x00", "␀"), "noted", "control_removed"))
            raw = raw.replace("\x00", "")
        clean = clean_product_name(raw)
        code, values = "", {}
        if symbol not in symbols:
            code = "firm_unknown"
        elif clean.refused_reason:
            code = clean.refused_reason
        elif len(raw) > LONGEST_RAW:
            code = "name_too_long"
        elif (symbol, clean.name) in seen:
            code, values = "product_repeated", {"line": seen[symbol, clean.name]}
        if code:
            findings.append(Finding("products", line, symbol, raw, "refused", code, values=values))
            continue
        seen[symbol, clean.name] = line
        if clean.changed:
            findings.append(Finding("products", line, symbol, raw, "cleaned", "cleaned", clean.name))
        share = _number(row["revenue_share"])
        if share is None and row["revenue_share"].strip():
            findings.append(Finding("products", line, symbol, raw, "noted", "share_unreadable", row["revenue_share"]))
        elif share is not None and not 0 <= share <= 1:
            findings.append(Finding("products", line, symbol, raw, "noted", "share_out_of_range", row["revenue_share"]))
        yield ProductRow(line, symbol, raw, clean.name, share)


def _wanted(rows: Sequence[tuple[int, dict[str, str]]], findings: list[Finding]) -> list[Wanted]:
    """Every distinct upstream product once, in the order of the file."""
    pairs: dict[tuple[str, str], int] = {}
    lines: dict[str, int] = {}
    names: dict[str, str] = {}
    downstream: dict[str, list[str]] = {}
    written: dict[str, list[str]] = {}
    for line, row in rows:
        up, down = (row[name].replace("\x00", "").strip() for name in FILES["links"])
        if not up or not down:
            findings.append(Finding("links", line, up, f"{up} → {down}", "refused", "name_missing"))
            continue
        if len(up) > LONGEST_NAME:
            findings.append(Finding("links", line, up[:40], f"{up} → {down}", "refused", "name_too_long"))
            continue
        if (up, down) in pairs:
            values = {"line": pairs[up, down]}
            findings.append(Finding("links", line, up, f"{up} → {down}", "noted", "link_repeated", values=values))
            continue
        pairs[up, down] = line
        if up not in lines:
            lines[up], downstream[up], written[up] = line, [], []
            clean = clean_product_name(up)
            names[up] = clean.name or up
            if clean.refused_reason:
                why = {"why": str(REASONS[clean.refused_reason])}
                findings.append(Finding("links", line, up, up, "noted", "upstream_noise", values=why))
            elif clean.changed:
                findings.append(Finding("links", line, up, up, "cleaned", "cleaned", clean.name))
        written[up].append(down)
        below = clean_product_name(down)
        if below.refused_reason:
            why = {"why": str(REASONS[below.refused_reason])}
            findings.append(Finding("links", line, up, down, "noted", "downstream_noise", values=why))
        else:
            downstream[up].append(below.name)
    return [Wanted(lines[up], up, names[up], tuple(downstream[up]), tuple(written[up])) for up in lines]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
