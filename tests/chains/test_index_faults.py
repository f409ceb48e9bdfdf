"""What the index survives: a disk that is full, a builder that is killed, two that build at once. Real faults."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from chains import matching
from chains.engine import Dictionary, Query, analyse
from chains.matching import live
from chains.models import IndexSnapshot
from foundation import jobs
from foundation.models import Job
from foundation.tasks import drain
from tests.factories import PostFactory, UserFactory

ROOT = Path(__file__).resolve().parents[2]

# Writes part of a base, says so, and waits to be killed.
BUILDER = """
import sys, time
from pathlib import Path
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"], settings.INDEX_FOLDER = sys.argv[1], Path(sys.argv[2])
django.setup()
from chains import matching
from chains.engine import Index
whole = Index.save
def half(self, folder):
    folder.mkdir(parents=True)
    (folder / "segment0").mkdir()
    (folder / "segment0" / "posts.record.npy").write_bytes(b"half")
    print("writing", flush=True)
    time.sleep(600)
Index.save = half
matching.build()
"""


@contextmanager
def full_disk(room: int = 1000) -> Iterator[None]:
    """No file of this process may grow beyond `room` bytes: a write fails in the middle, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def folders(settings: Any) -> list[str]:
    return sorted(path.name for path in Path(settings.INDEX_FOLDER).glob("supply-*"))


def answer() -> list[int]:
    query = Query(analysis=analyse("轴承", dictionary=Dictionary.load()), today=timezone.localdate().toordinal())
    return [candidate.id for candidate in matching.current().search(query)]


@pytest.mark.django_db
def test_a_full_disk_costs_a_base_but_no_answer_and_the_operator_reads_why(settings: Any, client: Client) -> None:
    offer = PostFactory(published=True, product="轴承")
    matching.keep(post_ids=[offer.pk])
    matching.forget()
    with full_disk():
        jobs.enqueue(kind="chains.build_index", key="supply")
        for _ in range(20):
            Job.objects.update(run_after=timezone.now())
            if not drain("bulk"):
                break
        assert answer() == [offer.pk]
    job = Job.objects.get(kind="chains.build_index")
    assert job.state == Job.State.PARKED
    assert not IndexSnapshot.objects.exists()
    assert folders(settings) == []
    client.force_login(UserFactory(is_operator=True))
    assert "File too large" in client.get(f"/jobs/{job.pk}/").content.decode()
    # With room again, one click: the base is there and answers the same.
    client.post(f"/jobs/{job.pk}/retry/")
    drain("bulk")
    snapshot = IndexSnapshot.objects.get()
    matching.forget()
    assert answer() == [offer.pk]
    assert folders(settings) == [snapshot.folder]


@pytest.mark.django_db(transaction=True)
def test_a_builder_killed_while_it_writes_leaves_no_lock_no_base_and_no_wrong_answer(settings: Any) -> None:
    offer = PostFactory(published=True, product="轴承")
    matching.keep(post_ids=[offer.pk])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "platform"))),
        "DJANGO_SETTINGS_MODULE": "hub.settings.test",
    }
    builder = subprocess.Popen(
        [sys.executable, "-c", BUILDER, str(connection.settings_dict["NAME"]), str(settings.INDEX_FOLDER)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert builder.stdout is not None
        assert builder.stderr is not None
        assert builder.stdout.readline() == "writing\n", builder.stderr.read()
        builder.send_signal(signal.SIGKILL)
    finally:
        builder.kill()
        builder.communicate()
    (left,) = folders(settings)
    assert not IndexSnapshot.objects.exists()
    matching.forget()
    assert answer() == [offer.pk]
    # The lock went with the session: the next builder does not wait, and sweeps once the folder is nobody's.
    long_ago = (timezone.now() - 2 * live.KEEP_FOR).timestamp()
    os.utime(Path(settings.INDEX_FOLDER) / left, (long_ago, long_ago))
    snapshot = matching.build()
    assert folders(settings) == [snapshot.folder]
    matching.forget()
    assert answer() == [offer.pk]
