"""3 match, the index of this process: a base on disk that all processes share, and what changed since.

The base is built by one job and named by the newest IndexSnapshot; a host that does not have its folder builds its
own. Changes are read from PostAnalysis by a watermark: every row whose transaction may have committed since the last
look is looked at again, so that a late commit is not missed. Without a base everything is read from the database;
nothing is ever answered from nothing.
"""

import fcntl
import logging
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
# File of a base that its host built for itself: the transaction below which it has everything.
HORIZON = "horizon"


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
# The base that this process builds, or has built, for its host: (epoch, thread).
_aside: tuple[int, threading.Thread] | None = None


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
    global _state, _asked_at, _aside
    with _lock:
        _state = _asked_at = _aside = None


def build(*, progress: Callable[[int, int], None] | None = None) -> IndexSnapshot:
    """Write a new base and point to it. One builder at a time (advisory lock of the session); others wait their turn.

    `progress(done, total)` is called outside any transaction and may raise to stop; nothing then points to the
    unfinished base.
    """
    with _one_builder():
        dictionary = dictionaries.current()
        cluster, xmin = _horizon()
        index = _read(dictionary, progress=progress)
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


def _read(dictionary: Dictionary, *, progress: Callable[[int, int], None] | None = None) -> Index:
    """Everything on the market that this edition has understood, from the database."""
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
    return Index.build(found, dictionary=dictionary)


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
    """The base of a snapshot. Where its folder is not on this host, a large one is built here, once for all processes
    of the host: aside, while what we had goes on, or at once where there is nothing to go on from. A small one is not
    worth it: all is read from the database."""
    folder = Path(settings.INDEX_FOLDER) / snapshot.folder
    try:
        return _loaded(snapshot, folder, dictionary)
    except (OSError, ValueError) as problem:
        log.info("index %s cannot be opened: %s", snapshot.epoch, problem)
    is_large = snapshot.document_count >= REBASE_AT
    if before is not None:
        if is_large:
            # Its epoch stays: the next look asks for the base again.
            _build_aside(snapshot, folder, dictionary)
            return before
        return replace(before, epoch=snapshot.epoch)
    if is_large:
        try:
            return _built_here(snapshot, folder, dictionary)
        except OSError as problem:
            log.warning("index %s cannot be built on this host: %s", snapshot.epoch, problem)
    return _State(epoch=snapshot.epoch, index=_empty(dictionary), watermark=0)


def _loaded(snapshot: IndexSnapshot, folder: Path, dictionary: Dictionary) -> _State:
    """Raises OSError or ValueError where it is missing, cut short or of another format."""
    index = Index.load(folder, dictionary=dictionary, weights=DEFAULT_WEIGHTS)
    built_here = folder / HORIZON
    # A base that this host built for itself saw later changes than the one it stands in for.
    watermark = int(built_here.read_text()) if built_here.exists() else snapshot.oldest_xid
    return _State(epoch=snapshot.epoch, index=index, watermark=watermark)


def _build_aside(snapshot: IndexSnapshot, folder: Path, dictionary: Dictionary) -> None:
    """Build in a thread of this process, unless one is at work or this epoch has been tried."""
    global _aside

    def build() -> None:
        try:
            _built_here(snapshot, folder, dictionary)
        except Exception:
            log.exception("index %s cannot be built on this host", snapshot.epoch)
        finally:
            connection.close()

    if _aside is not None and (_aside[1].is_alive() or _aside[0] >= snapshot.epoch):
        return
    log.warning("index %s is not on this host; building it", snapshot.epoch)
    thread = threading.Thread(target=build, name=f"index-{snapshot.epoch}", daemon=True)
    _aside = (snapshot.epoch, thread)
    thread.start()


def _built_here(snapshot: IndexSnapshot, folder: Path, dictionary: Dictionary) -> _State:
    """This host's own base in the place of one that another host wrote. One process builds, the others wait and open
    it; it appears under its name only when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with suppress(OSError, ValueError):
            return _loaded(snapshot, folder, dictionary)
        _cluster, xmin = _horizon()
        fresh = folder.with_name(f"{folder.name}-{uuid.uuid4().hex[:8]}")
        try:
            _read(dictionary).save(fresh)
            (fresh / HORIZON).write_text(str(xmin))
            # What stands there could not be opened.
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        _drop_strays()
        return _loaded(snapshot, folder, dictionary)


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
