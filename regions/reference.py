"""Reference data: divisions by edition, and the named sets of them.

Loading is idempotent and never deletes a division: a code that a newer edition drops gets `valid_to`, a code that is
new gets `valid_from`, since firms and old posts may still name it.
"""

import csv
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.errors import RefusedError
from foundation.tables import analyze
from regions import naming
from regions.models import Region, RegionSet, RegionSetMember

EDITION = "2024"
DIVISIONS = naming.DATA / "divisions.csv"
REGION_SETS = naming.DATA / "region_sets.json"

_COLUMNS = ("code", "name", "level", "parent")
_CODE = re.compile(r"[1-9][0-9]{5}")
_EDITION = re.compile(r"[0-9]{4}(\.[0-9]{1,2})?")
_BATCH = 1000


@dataclass
class Loaded:
    """What a load did, in rows."""

    read: int = 0
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    # Set when the database already holds this, newer, edition and nothing was loaded.
    newer: str = ""


def loaded_edition() -> str:
    """The newest edition in the database, or ""."""
    return max(Region.objects.values_list("edition", flat=True).distinct(), key=_edition_key, default="")


def read_divisions(path: Path) -> list[dict[str, str]]:
    """The rows of a divisions CSV, checked as a whole; names that the file lacks are derived.

    RefusedError names the first line that cannot be right.
    """
    rows = read_csv(path, needed=_COLUMNS)
    seen: dict[str, str] = {}
    for line, row in enumerate(rows, start=2):
        code, level, parent = row["code"], row["level"], row["parent"]
        if not _CODE.fullmatch(code):
            raise _bad_line(path, line, _("代码“%(code)s”不是六位数字。") % {"code": code})
        if code in seen:
            raise _bad_line(path, line, _("代码 %(code)s 重复。") % {"code": code})
        if not row["name"]:
            raise _bad_line(path, line, _("缺少名称。"))
        above = {"province": None, "prefecture": ("province",), "county": ("prefecture", "province")}
        if level not in above:
            raise _bad_line(path, line, _("级别“%(level)s”未知。") % {"level": level})
        allowed = above[level]
        if allowed is None and parent:
            raise _bad_line(path, line, _("省级区域不应有上级。"))
        if allowed is not None and seen.get(parent) not in allowed:
            raise _bad_line(path, line, _("上级“%(parent)s”不在它之前。") % {"parent": parent})
        seen[code] = level
    if not rows:
        raise RefusedError(_("%(file)s 中没有区域。") % {"file": path.name}, code="file_empty")
    if any(not row.get("short_name") or not row.get("pinyin") for row in rows):
        names = naming.name_all((r["code"], r["name"], r["level"], r["parent"]) for r in rows)
        for row in rows:
            named = names[row["code"]]
            row["short_name"] = row.get("short_name") or named.short_name
            row["name_en"] = row.get("name_en") or named.name_en
            row["pinyin"] = row.get("pinyin") or named.pinyin
    return rows


@transaction.atomic
def load_divisions(*, path: Path = DIVISIONS, edition: str = EDITION, as_of: date | None = None) -> Loaded:
    """Bring the divisions to an edition. `as_of` is the day from which its changes hold (1 January of the year after
    by default, today if that is still to come).

    One load at a time, by an advisory lock. An edition older than the loaded one changes nothing.
    """
    if not _EDITION.fullmatch(edition):
        raise RefusedError(_("版本应为年份，如 2025。"), code="edition_unclear", field="edition")
    rows = read_divisions(path)
    one_load_at_a_time()
    result = Loaded(read=len(rows))
    existing = {region.code: region for region in Region.objects.order_by("code")}
    current = max((region.edition for region in existing.values()), key=_edition_key, default="")
    if current and _edition_key(edition) < _edition_key(current):
        result.newer = current
        return result
    first_load = not existing
    day = as_of or min(date(int(edition[:4]) + 1, 1, 1), timezone.localdate())

    write: list[Region] = []
    for row in rows:
        values = _division_values(row) | {"edition": edition}
        region = existing.pop(row["code"], None)
        if region is None:
            write.append(Region(code=row["code"], valid_from=None if first_load else day, **values))
            result.added.append(row["code"])
            continue
        came_back = region.valid_to is not None
        differs = [name for name, value in values.items() if getattr(region, name) != value]
        if came_back or differs:
            for name in differs:
                setattr(region, name, values[name])
            region.valid_to = None
            write.append(region)
        if came_back:
            result.returned.append(region.code)
        elif differs and differs != ["edition"]:
            result.changed.append(region.code)
    for region in existing.values():
        if region.valid_to is None:
            region.valid_to = day
            write.append(region)
            result.ended.append(region.code)
    if write:
        fields = [*_division_values(rows[0]), "edition", "valid_to"]
        Region.objects.bulk_create(
            write, batch_size=_BATCH, update_conflicts=True, unique_fields=["code"], update_fields=fields
        )
        analyze(Region)
    return result


@transaction.atomic
def load_region_sets(*, path: Path = REGION_SETS) -> Loaded:
    """Bring blocks, strategies and corridors to what the file says. Sets that it does not name stay as they are."""
    wanted = _read_region_sets(path)
    one_load_at_a_time()
    result = Loaded(read=len(wanted))
    named = {code for item in wanted for code in item["members"]}
    known = set(Region.objects.filter(code__in=named).values_list("code", flat=True))
    for item in wanted:
        missing = sorted(set(item["members"]) - known)
        if missing:
            raise RefusedError(
                _("区域组“%(name)s”的成员 %(codes)s 不在区域表中。")
                % {"name": item["values"]["name"], "codes": ", ".join(missing)},
                code="region_missing",
            )
    sets = {s.slug: s for s in RegionSet.objects.prefetch_related("members")}
    for item in wanted:
        region_set = sets.get(item["slug"])
        has = {m.region_id: m.scope for m in region_set.members.all()} if region_set else {}
        if region_set is None:
            result.added.append(item["slug"])
        elif has != item["members"] or any(getattr(region_set, k) != v for k, v in item["values"].items()):
            result.changed.append(item["slug"])
        else:
            continue
        region_set, _new = RegionSet.objects.update_or_create(slug=item["slug"], defaults=item["values"])
        region_set.members.exclude(region_id__in=item["members"]).delete()
        RegionSetMember.objects.bulk_create(
            [RegionSetMember(region_set=region_set, region_id=c, scope=s) for c, s in item["members"].items()],
            update_conflicts=True,
            unique_fields=["region_set", "region"],
            update_fields=["scope"],
        )
    return result


def one_load_at_a_time() -> None:
    """Until the end of the transaction, every other load of reference data waits: several containers start at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('reference data'))")


def read_csv(path: Path, *, needed: Iterable[str]) -> list[dict[str, str]]:
    """Rows of a small UTF-8 CSV with stripped cells; RefusedError if it cannot be read or lacks a column."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in needed if name not in (reader.fieldnames or ())]
            rows = [{k: (v or "").strip() for k, v in row.items() if isinstance(k, str)} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise RefusedError(
            _("无法读取 %(file)s：%(problem)s") % {"file": path.name, "problem": problem}, code="file_unreadable"
        ) from problem
    if missing:
        raise RefusedError(
            _("%(file)s 缺少列：%(columns)s。") % {"file": path.name, "columns": ", ".join(missing)},
            code="column_missing",
        )
    return rows


def _bad_line(path: Path, line: int, problem: str) -> RefusedError:
    return RefusedError(
        _("%(file)s 第 %(line)s 行：%(problem)s") % {"file": path.name, "line": line, "problem": problem},
        code="row_invalid",
    )


def _edition_key(edition: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", edition)) or (0,)


def _division_values(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "short_name": row["short_name"],
        "name_en": row.get("name_en", ""),
        "pinyin": row["pinyin"],
        "level": row["level"],
        "parent_id": row["parent"] or None,
        "longitude": _number(row.get("lng", "")),
        "latitude": _number(row.get("lat", "")),
        "coordinate_source": row.get("coord_source", ""),
    }


def _number(text: str) -> float | None:
    """A coordinate, or None: "nan" is text for "unknown" in some sources and would poison every distance."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _read_region_sets(path: Path) -> list[dict[str, Any]]:
    try:
        items = json.loads(path.read_text(encoding="utf-8"))
        return [
            {
                "slug": item["slug"],
                "values": {name: item[name] for name in ("kind", "order", "name", "name_en", "note", "source")},
                "members": dict.fromkeys(item["whole"], RegionSetMember.Scope.WHOLE.value)
                | dict.fromkeys(item["part"], RegionSetMember.Scope.PART.value),
            }
            for item in items
        ]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise RefusedError(
            _("无法读取 %(file)s：%(problem)s") % {"file": path.name, "problem": problem}, code="file_unreadable"
        ) from problem
