"""3 match, the index of this process: a base on disk that all processes share, and what changed since.

The base is built by one job and named by the newest IndexSnapshot. Changes are read from PostAnalysis by a
watermark: every row whose transaction may have committed since the last look is looked at again, so that a late
commit is not missed. Without a base everything is read from the database; nothing is ever answered from nothing.
"""

import logging
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from chains import dictionary as dictionaries
from chains.engine import DEFAULT_WEIGHTS, RANKING_VERSION, Dictionary, Document, Index
from chains.matching import documents
from chains.models import IndexSnapshot, PostAnalysis
from enterprises.models import Post
from foundation import jobs

log = logging.getLogger(__name__)

# Written into IndexSnapshot.engine_version: a base of another format is not read.
FORMAT = "1"
# This many posts beside the base, and a new base is worth building.
REBASE_AT = 2000
BUILD_LOCK = 7_231_001
KEEP_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class _State:
    epoch: int
    index: Index
    # Every change of a transaction below this number has been read.
    watermark: int
    # What was read at or above it: (transaction, moment) by post.
    seen: dict[int, tuple[int, datetime]] = field(default_factory=dict)


_lock = threading.Lock()
_state: _State | None = None
# Epoch and dictionary for which this process has asked for a new base: once is enough.
_asked_at: tuple[int, str] | None = None


def current() -> Index:
    """The index as of now: everything committed (and marked by `analyses.keep`) before this call is in it, as far as
    it was understood by the edition of the dictionary in force (`index.dictionary`).

    Four queries when nothing has changed. Threads of one process take turns; what they get is immutable.
    """
    global _state, _asked_at
    with _lock:
        _state = _advance(_state)
        index, epoch = _state.index, _state.epoch
        wants_base = index.size >= REBASE_AT if epoch == 0 else index.delta_size >= REBASE_AT
        asking = (epoch, index.dictionary.version)
        ask = wants_base and _asked_at != asking
        if ask:
            _asked_at = asking
    if ask:
        jobs.enqueue(kind="chains.build_index", key="supply")
    return index


def forget() -> None:
    """Start anew at the next look."""
    global _state, _asked_at
    with _lock:
        _state = _asked_at = None


def build(*, progress: Callable[[int, int], None] | None = None) -> IndexSnapshot:
    """Write a new base and point to it. One builder at a time (advisory lock of the session); others wait their turn.

    `progress(done, total)` is called outside any transaction and may raise to stop; nothing then points to the
    unfinished base.
    """
    with _one_builder():
        dictionary = dictionaries.current()
        cluster, xmin = _horizon()
        ids = list(
            PostAnalysis.objects.filter(
                post__in=documents.matchable(Post.Direction.SUPPLY), dictionary_version=dictionary.version
            )
            .order_by("post_id")
            .values_list("post_id", flat=True)
        )
        found: list[Document] = []
        for start in range(0, len(ids), documents.BATCH):
            batch = ids[start : start + documents.BATCH]
            found.extend(documents.documents(batch, edition=dictionary.version))
            if progress is not None:
                progress(min(start + documents.BATCH, len(ids)), len(ids))
        index = Index.build(found, dictionary=dictionary)
        epoch = (IndexSnapshot.objects.aggregate(top=Max("epoch"))["top"] or 0) + 1
        folder = f"supply-{epoch}-{uuid.uuid4().hex[:8]}"
        try:
            index.save(Path(settings.INDEX_FOLDER) / folder)
        except BaseException:
            # Half a base on a full disk must not stay there.
            shutil.rmtree(Path(settings.INDEX_FOLDER) / folder, ignore_errors=True)
            raise
        with transaction.atomic():
            snapshot = IndexSnapshot.objects.create(
                epoch=epoch,
                folder=folder,
                engine_version=_engine_version(dictionary),
                cluster=cluster,
                oldest_xid=xmin,
                document_count=index.size,
            )
            _drop_old(newest=epoch)
        _drop_strays()
    return snapshot


@contextmanager
def _one_builder() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [BUILD_LOCK])


def _drop_strays() -> None:
    """Remove what builders left behind that were killed: folders of this host that no snapshot names."""
    known = set(IndexSnapshot.objects.values_list("folder", flat=True))
    long_ago = (timezone.now() - KEEP_FOR).timestamp()
    for folder in Path(settings.INDEX_FOLDER).glob("supply-*"):
        if folder.name not in known and folder.stat().st_mtime < long_ago:
            shutil.rmtree(folder, ignore_errors=True)


def _drop_old(*, newest: int) -> None:
    """Forget bases that nobody opens any more; a process that still has one mapped keeps its pages."""
    old = IndexSnapshot.objects.filter(epoch__lt=newest - 1, built_at__lt=timezone.now() - KEEP_FOR)
    for row in old:
        transaction.on_commit(partial(shutil.rmtree, Path(settings.INDEX_FOLDER) / row.folder, ignore_errors=True))
        row.delete()


def _advance(state: _State | None) -> _State:
    dictionary = dictionaries.current()
    if state is not None and state.index.dictionary.version != dictionary.version:
        state = None
    cluster, xmin = _horizon()
    newest = (
        IndexSnapshot.objects.filter(engine_version=_engine_version(dictionary), cluster=cluster)
        .order_by("-epoch")
        .first()
    )
    if newest is not None and (state is None or newest.epoch > state.epoch):
        state = _opened(newest, dictionary=dictionary, before=state)
    if state is None:
        state = _State(epoch=0, index=_empty(dictionary), watermark=0)
    rows = {
        post: (xid, moment)
        for post, xid, moment in PostAnalysis.objects.filter(
            changed_xid__gte=state.watermark, dictionary_version=dictionary.version
        ).values_list("post_id", "changed_xid", "changed_at")
    }
    changed = [post for post, mark in rows.items() if state.seen.get(post) != mark]
    index = state.index
    if changed:
        fresh = list(documents.documents(changed, edition=dictionary.version))
        gone = set(changed) - {document.id for document in fresh}
        if state.watermark == 0:
            index = Index.build(fresh, dictionary=dictionary, weights=DEFAULT_WEIGHTS)
        else:
            index = index.with_changes(fresh, gone)
    seen = {post: mark for post, mark in rows.items() if mark[0] >= xmin}
    return _State(epoch=state.epoch, index=index, watermark=xmin, seen=seen)


def _opened(snapshot: IndexSnapshot, *, dictionary: Dictionary, before: _State | None) -> _State:
    """The base of a snapshot. Where its folder is not on this host, what we had goes on; with nothing to go on
    from, all is read from the database."""
    folder = Path(settings.INDEX_FOLDER) / snapshot.folder
    try:
        index = Index.load(folder, dictionary=dictionary, weights=DEFAULT_WEIGHTS)
    except (OSError, ValueError) as problem:
        log.warning("index %s cannot be opened: %s", snapshot.epoch, problem)
        if before is not None:
            return replace(before, epoch=snapshot.epoch)
        return _State(epoch=snapshot.epoch, index=_empty(dictionary), watermark=0)
    return _State(epoch=snapshot.epoch, index=index, watermark=snapshot.oldest_xid)


def has_base() -> bool:
    """A base of the edition in force exists, or none of any: then the market is small enough to be read at once."""
    cluster, _xmin = _horizon()
    bases = IndexSnapshot.objects.filter(cluster=cluster)
    return bases.filter(engine_version=_engine_version(dictionaries.current())).exists() or not bases.exists()


def _empty(dictionary: Dictionary) -> Index:
    return Index.build([], dictionary=dictionary, weights=DEFAULT_WEIGHTS)


def _horizon() -> tuple[str, int]:
    """(this database, the oldest transaction still open): what is read after this call has every commit below it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid::text,
                      pg_snapshot_xmin(pg_current_snapshot())::text::bigint
               FROM pg_database WHERE datname = current_database()"""
        )
        cluster, xmin = cursor.fetchone()
    return cluster, xmin


def _engine_version(dictionary: Dictionary) -> str:
    return f"{FORMAT}/{RANKING_VERSION}/{dictionary.version}"
