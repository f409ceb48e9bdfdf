"""Reference data: GB/T 4754 industry classes and kinds of certificates. Loading is idempotent and deletes nothing."""

from pathlib import Path
from typing import Any

from django.db import transaction

from enterprises.models import CertificateKind, IndustryClass
from foundation.tables import analyze
from regions.reference import Loaded, one_load_at_a_time, read_csv

EDITION = "GB/T 4754-2017"
DATA = Path(__file__).resolve().parent / "data"
INDUSTRIES = DATA / "industries.csv"
CERTIFICATE_KINDS = DATA / "certificate_kinds.csv"


@transaction.atomic
def load_industries(*, path: Path = INDUSTRIES, edition: str = EDITION) -> Loaded:
    """Sections, divisions, groups and classes with 中文 and English names."""
    rows = read_csv(path, needed=("code", "name", "name_en", "level", "parent"))
    one_load_at_a_time()
    result = Loaded(read=len(rows))
    existing = IndustryClass.objects.in_bulk()
    parents = {row["code"]: row["parent"] for row in rows}
    write = []
    for row in rows:
        section = row["code"]
        while parents[section]:
            section = parents[section]
        values: dict[str, Any] = {
            "name": row["name"],
            "name_en": row["name_en"],
            "level": int(row["level"]),
            "section": section,
            "parent_id": row["parent"] or None,
            "edition": edition,
        }
        known = existing.get(row["code"])
        if known is None:
            result.added.append(row["code"])
        elif any(getattr(known, name) != value for name, value in values.items()):
            result.changed.append(row["code"])
        else:
            continue
        write.append(IndustryClass(code=row["code"], **values))
    if write:
        IndustryClass.objects.bulk_create(
            write,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name", "name_en", "level", "section", "parent_id", "edition"],
        )
        analyze(IndustryClass)
    return result


@transaction.atomic
def load_certificate_kinds(*, path: Path = CERTIFICATE_KINDS) -> Loaded:
    """Kinds of certificates in the order of the file."""
    rows = read_csv(path, needed=("code", "name", "name_en"))
    one_load_at_a_time()
    result = Loaded(read=len(rows))
    existing = CertificateKind.objects.in_bulk()
    write = []
    for order, row in enumerate(rows, start=1):
        kind = CertificateKind(code=row["code"], name=row["name"], name_en=row["name_en"], order=order)
        known = existing.get(kind.code)
        if known is None:
            result.added.append(kind.code)
        elif (known.name, known.name_en, known.order) != (kind.name, kind.name_en, kind.order):
            result.changed.append(kind.code)
        else:
            continue
        write.append(kind)
    if write:
        CertificateKind.objects.bulk_create(
            write, update_conflicts=True, unique_fields=["code"], update_fields=["name", "name_en", "order"]
        )
    return result
