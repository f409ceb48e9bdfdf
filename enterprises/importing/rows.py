"""What one chunk of rows does, by kind of table. The caller holds the transaction."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import capabilities, events, posting, uscc
from enterprises.importing.columns import TABLES, Lookups, Table, read_cells
from enterprises.models import Capability, Enterprise, Factor, ImportRun, Member, Post, VerificationEvent
from enterprises.models.posts import Visibility
from enterprises.registration.rules import PERSONAL
from enterprises.registration.verification import a_year_after
from enterprises.sorting import pinyin_key
from foundation import audit
from foundation.errors import RefusedError
from foundation.models import User

SOURCE: Final = "import"
# What an empty cell of a column that is there means.
_EMPTY: Final[dict[str, Any]] = {
    "factor": Factor.PRODUCT,
    "unit": "",
    "title": "",
    "text": "",
    "description": "",
    "visibility": Visibility.PUBLIC,
    "partial_ok": True,
    "org_type": Enterprise.OrgType.ENTERPRISE,
}
_LISTS: Final = frozenset({"delivers_to", "certificates", "parameters"})
_TEXTS: Final = frozenset({"short_name", "address", "introduction", "contact_name", "contact_phone", "contact_email"})


@dataclass
class Row:
    """One row of the file: its number there and its cells by column."""

    number: int
    cells: dict[str, str]
    # Another row of the file with the same key, if any.
    twin: int | None = None


@dataclass
class Outcome:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    review: int = 0
    # (row number, column label or "", message)
    errors: list[tuple[int, str, str]] = field(default_factory=list)


def key_of(cells: Mapping[str, str], kind: str) -> str:
    """What makes a row the same row when the file comes again: its own number, else all it says."""
    if kind == ImportRun.Kind.FIRMS:
        return uscc.normalise(cells.get("uscc", ""))
    given = cells.get("external_id", "").strip()
    if given:
        return given[:80]
    said = "\x1f".join(f"{name}={cells[name].strip()}" for name in sorted(cells) if name != "external_id")
    return "sha-" + hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:40]


def mark_twins(rows: Iterable[Row], kind: str) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        key = key_of(row.cells, kind)
        row.twin = seen.get(key)
        seen.setdefault(key, row.number)


def _why_twin(row: Row, table: Table) -> tuple[str, str]:
    """The column and the words: rows that share a number may say different things otherwise."""
    key = "uscc" if table.kind == ImportRun.Kind.FIRMS else "external_id"
    label = next((str(column.label) for column in table.columns if column.key == key), "")
    if label and row.cells.get(key, "").strip():
        return label, _("与第 %(row)s 行相同。") % {"row": row.twin}
    return "", _("与第 %(row)s 行重复。") % {"row": row.twin}


def process(
    rows: Sequence[Row], *, table: Table, record: ImportRun, by: User, publish: bool, lookups: Lookups
) -> Outcome:
    """Check the rows and, unless it is a dry run, write the good ones. A row stands or falls alone."""
    outcome = Outcome()
    good: list[tuple[Row, dict[str, Any]]] = []
    for row in rows:
        if row.twin is not None:
            outcome.errors.append((row.number, *_why_twin(row, table)))
            continue
        values, errors = read_cells(row.cells, table, lookups)
        if errors:
            outcome.errors += [(row.number, label, message) for label, message in errors]
            continue
        for column in table.columns:
            if column.key in row.cells and column.key not in values:
                values[column.key] = _empty(column.key)
        good.append((row, values))
    if table.kind == ImportRun.Kind.POSTS:
        _posts(good, outcome, record=record, by=by, publish=publish)
    elif table.kind == ImportRun.Kind.CAPABILITIES:
        _capabilities(good, outcome, record=record, by=by)
    else:
        _firms(good, outcome, record=record, by=by)
    outcome.errors.sort(key=lambda error: error[0])
    return outcome


def _empty(key: str) -> Any:
    if key in _LISTS:
        return []
    return "" if key in _TEXTS else _EMPTY.get(key)


# ---- posts -------------------------------------------------------------------


def _posts(
    good: Sequence[tuple[Row, dict[str, Any]]], outcome: Outcome, *, record: ImportRun, by: User, publish: bool
) -> None:
    firm = _own_firm(record)
    # All locked before the first of them is changed: whoever edits one holds it and waits for the audit log, which
    # this transaction holds from then on.
    known = {
        post.external_id: post
        for post in Post.objects.select_for_update(of=("self",))
        .filter(
            enterprise=firm, source=SOURCE, external_id__in=[key_of(row.cells, record.kind) for row, _values in good]
        )
        .order_by("id")
    }
    rivals = posting.open_posts_of(firm.pk, not_from=SOURCE) if publish else {}
    fresh: list[tuple[Post, dict[str, Any]]] = []
    for row, values in good:
        values.pop("external_id", None)
        key = key_of(row.cells, record.kind)
        direction = values.pop("direction")
        if direction == Post.Direction.DEMAND:
            for name in ("minimum_order", "lead_time_days", "delivers_to"):
                values.pop(name, None)
        else:
            for name in ("delivery_region", "deliver_by", "maximum_distance_km"):
                values.pop(name, None)
        old = known.get(key)
        if old is None:
            post = posting.unsaved(enterprise=firm, direction=direction, by=by, **values)
            post.source, post.external_id, post.product_raw = SOURCE, key, row.cells.get("product", "")[:400]
            findings = posting.examine(post, rivals=rivals) if publish else posting.impossible(post)
            errors = [finding for finding in findings if finding.level is posting.Level.ERROR]
            if errors:
                outcome.errors += [(row.number, _label(finding.field), finding.message) for finding in errors]
                continue
            waits = any(finding.level is posting.Level.REVIEW for finding in findings)
            if record.dry_run:
                outcome.created += 1
                outcome.review += waits
            elif publish and not waits:
                fresh.append((post, values))
            else:
                _refusing(outcome, row, lambda p=post, v=values: _draft(p, v, by=by, publish=publish))
                outcome.review += waits
        else:
            _refusing(outcome, row, lambda o=old, v=values: _rewrite(o, v, by=by, dry_run=record.dry_run))
    if fresh:
        outcome.created += posting.publish_many(
            posts=[post for post, _values in fresh],
            by=by,
            reason=_("批量导入 %(name)s") % {"name": record.file_name},
            certificates=[values.get("certificates", []) for _post, values in fresh],
            delivers_to=[values.get("delivers_to", []) for _post, values in fresh],
        )


def _draft(post: Post, values: dict[str, Any], *, by: User, publish: bool) -> str:
    saved = posting.save_draft(
        by=by,
        enterprise=post.enterprise,
        direction=post.direction,
        source=post.source,
        external_id=post.external_id,
        product_raw=post.product_raw,
        **values,
    )
    if publish:
        posting.publish(post=saved, by=by)
    return "created"


def _rewrite(old: Post, values: dict[str, Any], *, by: User, dry_run: bool) -> str:
    if old.status in (Post.Status.FULFILLED, Post.Status.EXPIRED, Post.Status.WITHDRAWN):
        raise RefusedError(
            _("这一条已导入过，现已结束。如要重新发布，请换一个编号，或在“我的供需”中续期。"), code="ended"
        )
    if old.status == Post.Status.REVIEW:
        raise RefusedError(_("这一条已导入过，正在审核，暂不能更新。"), code="in_review")
    before = posting.snapshot(old)
    with transaction.atomic():
        after = posting.edit(post=old, by=by, **values)
        changed = bool(posting.differences(before, posting.snapshot(after)))
        if dry_run:
            transaction.set_rollback(True)
    return "updated" if changed else "unchanged"


def _label(name: str) -> str:
    columns = (column for table in TABLES.values() for column in table.columns)
    return next((str(column.label) for column in columns if column.key == name), "")


# ---- capabilities ------------------------------------------------------------


def _capabilities(good: Sequence[tuple[Row, dict[str, Any]]], outcome: Outcome, *, record: ImportRun, by: User) -> None:
    firm = _own_firm(record)
    known = {  # all locked at once: see _posts
        row.external_id: row
        for row in Capability.objects.select_for_update(of=("self",))
        .filter(
            enterprise=firm,
            source=SOURCE,
            external_id__in=[key_of(row.cells, record.kind) for row, _values in good],
        )
        .order_by("id")
    }
    for row, values in good:
        values.pop("external_id", None)
        key = key_of(row.cells, record.kind)
        old = known.get(key)
        _refusing(
            outcome, row, lambda o=old, v=values, k=key: _capability(firm, o, v, k, by=by, dry_run=record.dry_run)
        )


def _capability(
    firm: Enterprise, old: Capability | None, values: dict[str, Any], key: str, *, by: User, dry_run: bool
) -> str:
    before = capabilities.snapshot(old) if old is not None else None
    with transaction.atomic():
        saved = capabilities.save(by=by, enterprise=firm, capability=old, source=SOURCE, external_id=key, **values)
        same = before is not None and capabilities.snapshot(saved) == before
        if dry_run:
            transaction.set_rollback(True)
    return "created" if old is None else "unchanged" if same else "updated"


# ---- firms -------------------------------------------------------------------


def _firms(good: Sequence[tuple[Row, dict[str, Any]]], outcome: Outcome, *, record: ImportRun, by: User) -> None:
    for row, values in good:
        _refusing(outcome, row, lambda v=values: _firm(v, by=by, record=record, outcome=outcome))


def _firm(values: dict[str, Any], *, by: User, record: ImportRun, outcome: Outcome) -> str:
    """A firm that the operator vouches for is verified; one whose code's check characters disagree waits for a person.
    A firm that registered by itself, or that has an owner since, keeps its own data and is never written over."""
    values = dict(values)
    finding = uscc.examine(values.pop("uscc"))
    given = values.pop("external_id", None) or ""
    old = Enterprise.objects.select_for_update(of=("self",)).filter(uscc=finding.code).first()
    if old is not None and old.source != SOURCE:
        raise RefusedError(_("这家企业已在平台登记，不能用导入覆盖。"), code="uscc_taken", field="uscc")
    if old is not None and old.members.active().filter(role=Member.Role.OWNER).exists():
        raise RefusedError(
            _("这家企业已有负责人，资料由企业自己维护，不能用导入覆盖。请删去这一行；如资料有误，请联系企业自行修改。"),
            code="firm_has_owner",
            field="uscc",
        )
    if given and Enterprise.objects.filter(source=SOURCE, external_id=given).exclude(uscc=finding.code).exists():
        raise RefusedError(_("编号“%(id)s”已属于另一家企业。") % {"id": given}, code="external_id_taken")
    firm = old or Enterprise(uscc=finding.code, source=SOURCE, created_by=by)
    if given:
        values["external_id"] = given
    changes = {}
    for name, value in values.items():
        before = getattr(firm, name)
        if before != value:
            changes[name] = ["***", "***"] if name in PERSONAL else [str(before or ""), str(value or "")]
            setattr(firm, name, value)
    outcome.review += old is None and finding.is_doubtful
    if record.dry_run or not changes:
        return "created" if old is None else "updated" if changes else "unchanged"
    firm.pinyin = pinyin_key(firm.name)
    now = timezone.now()
    if old is None:
        firm.uscc_check = Enterprise.UsccCheck.WARN if finding.is_doubtful else Enterprise.UsccCheck.OK
        if finding.is_doubtful:
            firm.status, firm.submitted_at = Enterprise.Status.SUBMITTED, now
        else:
            firm.status, firm.verified_at = Enterprise.Status.VERIFIED, now
            firm.recheck_due_on = a_year_after(timezone.localdate())
    firm.save()
    reason = _("批量导入 %(name)s") % {"name": record.file_name}
    if old is None:
        kind = VerificationEvent.Kind.SUBMITTED if finding.is_doubtful else VerificationEvent.Kind.VERIFIED
        VerificationEvent.objects.create(enterprise=firm, kind=kind, note=reason, by=by, at=now)
    audit.record(
        action="enterprise.imported" if old is None else "enterprise.edited",
        actor=by,
        target=firm,
        firm_id=firm.pk,
        reason=reason,
        changes=changes,
    )
    if old is not None:
        events.enterprise_changed.send(sender=Enterprise, enterprise_id=firm.pk)
    return "created" if old is None else "updated"


# ---- together ----------------------------------------------------------------


def lock_firm(record: ImportRun) -> None:
    """Two imports of one firm take turns, and nobody suspends it meanwhile."""
    if record.enterprise_id is not None:
        Enterprise.objects.select_for_update(of=("self",)).get(pk=record.enterprise_id)


def _own_firm(record: ImportRun) -> Enterprise:
    if record.enterprise is None:
        raise TypeError("An import of posts or capabilities belongs to a firm.")
    return record.enterprise


def _refusing(outcome: Outcome, row: Row, write: Any) -> None:
    """Do one row in a savepoint; a refusal is the row's error, the others go on."""
    try:
        with transaction.atomic():
            word = write()
    except RefusedError as refusal:
        outcome.errors.append((row.number, _label(refusal.field) if refusal.field else "", str(refusal)))
    else:
        setattr(outcome, word, getattr(outcome, word) + 1)
