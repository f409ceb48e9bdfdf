"""Uploads that mean harm: none breaks the page or the worker, none costs much, none writes a row."""

import subprocess
import sys
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from enterprises import importing
from enterprises.importing import child, parsing
from enterprises.models import ImportRun, Post
from foundation.errors import RefusedError
from foundation.models import Job
from tests.enterprises import hostile
from tests.enterprises.tables import POST_HEAD, csv_file, work_off, xlsx_file
from tests.factories import EnterpriseFactory, owner_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def firm():
    return EnterpriseFactory(verified=True, owner=True)


def test_there_are_at_least_forty_hostile_files():
    assert len(hostile.REFUSED) >= 40


@pytest.mark.parametrize("case", hostile.REFUSED)
def test_a_hostile_file_is_refused_in_words_and_writes_nothing(client, firm, case):
    name, make = hostile.REFUSED[case]
    client.force_login(owner_of(firm))
    began = time.monotonic()
    url = reverse("enterprises:import-create", args=["posts"])
    response = client.post(url, {"file": SimpleUploadedFile(name, make()), "publish": "yes"})
    assert response.status_code in (302, 422)
    if response.status_code == 302:
        work_off()
        record = ImportRun.objects.get()
        assert record.finished_at is not None
        assert record.ok_count == 0
        assert record.error_count >= 1
        assert record.errors[0]["message"]
        assert Job.objects.get(pk=record.job_id).state == Job.State.DONE
        assert client.get(response.url).status_code == 200
    else:
        assert 'class="field-error"' in response.content.decode()
    assert time.monotonic() - began < parsing.SECONDS
    assert not Post.objects.exists()


@pytest.mark.parametrize("case", hostile.CELLS)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_cell_breaks_an_import_or_the_pages_that_show_it(client, firm, case, ending):
    owner = owner_of(firm)
    cell = hostile.CELLS[case]
    if ending == "xlsx" and any(ord(c) < 32 or ord(c) > 0xFFFD for c in cell if ord(c) < 0x10000):
        pytest.skip("XML cannot hold this character")
    rows = [
        ["方向", "产品或服务名称", "标题", "说明"],
        ["需求", f"轴承{cell[:60]}", cell[:100], cell],
        ["需求", "齿轮", "", ""],
    ]
    upload = (
        csv_file([[str(c).replace('"', '""') for c in row] for row in rows]) if ending == "csv" else xlsx_file(rows)
    )
    record = importing.start(by=owner, kind="posts", enterprise=firm, upload=upload, dry_run=False)
    work_off()
    record.refresh_from_db()
    assert record.finished_at is not None
    client.force_login(owner)
    assert client.get(reverse("enterprises:import-show", args=[record.pk])).status_code == 200
    for post in Post.objects.all():
        html = client.get(reverse("enterprises:post-show", args=[post.pk])).content.decode()
        assert "<script>alert(1)" not in html


def test_no_value_breaks_a_cell_that_wants_a_number_a_place_or_a_date(firm):
    owner = owner_of(firm)
    head = [str(column.label) for column in importing.table_of("posts").columns]
    rows = [head]
    for value in hostile.VALUES:
        for position in range(3, len(head)):
            row = [""] * len(head)
            row[1], row[2] = "供应", f"轴承{len(rows)}"
            row[position] = value.replace("\x00", "")
            rows.append(row)
    record = importing.start(by=owner, kind="posts", enterprise=firm, upload=csv_file(rows), dry_run=True)
    work_off()
    record.refresh_from_db()
    assert record.row_count == len(rows) - 1
    assert record.finished_at is not None
    assert Job.objects.get(pk=record.job_id).state == Job.State.DONE


@pytest.mark.parametrize("case", ["bomb that lies about its size", "one cell at the far corner", "overlapping parts"])
def test_the_child_stays_within_its_memory(tmp_path, case):
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(hostile.REFUSED[case][1]())
    # Asked of a small process between: our own children begin as copies of this large one.
    asker = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, timeout=90);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode, b'error' in done.stdout)"
    )
    command = [sys.executable, "-c", asker, sys.executable, "-IB", str(parsing.CHILD), str(path), "xlsx"]
    kilobytes, code, said = subprocess.run(command, capture_output=True, text=True, timeout=100).stdout.split()
    assert said == "True" or code != "0"
    assert int(kilobytes) * 1024 <= child.MEMORY


def test_the_fence_is_what_holds_a_bomb(tmp_path):
    """The control: without the fence the same reading needs more than the fence allows."""
    hog = "import sys, runpy; x = bytearray(400*1024*1024); sys.stdout.write(str(len(x)))"
    free = subprocess.run([sys.executable, "-c", hog], capture_output=True)
    assert free.stdout == b"419430400"
    fenced = f"import runpy; m = runpy.run_path({str(parsing.CHILD)!r}); m['fence'](); {hog}"
    held = subprocess.run([sys.executable, "-c", fenced], capture_output=True)
    assert held.returncode != 0
    assert b"MemoryError" in held.stderr


def test_a_child_that_dies_or_dawdles_is_a_refusal(monkeypatch, tmp_path):
    for program, code in (
        ("import os; os.kill(os.getpid(), 9)", "too_big"),
        ("import time; time.sleep(9)", "too_slow"),
    ):
        script = tmp_path / "child.py"
        script.write_text(program)
        monkeypatch.setattr(parsing, "CHILD", script)
        monkeypatch.setattr(parsing, "SECONDS", 1)
        with pytest.raises(RefusedError) as refusal:
            parsing.read_rows(csv_file([POST_HEAD]), kind="csv")
        assert refusal.value.code == code


def test_a_file_name_is_only_a_name(firm):
    upload = csv_file([POST_HEAD, ["需求", "轴承", 1, "套", "", ""]], name="rows.csv")
    upload._name = "..\\..\\C:\\\x07秘密\u202e/../轴承.csv"
    record = importing.start(by=owner_of(firm), kind="posts", enterprise=firm, upload=upload)
    assert record.file_name == "轴承.csv"
    assert ".." not in record.file.name


def test_a_good_file_is_not_taken_for_a_bad_one(firm):
    rows = [
        [*POST_HEAD, "说明"],
        *(["需求", f"轴承 {n} 型", n + 1, "套", "", "", "同样的话" * 60] for n in range(3000)),
    ]
    record = importing.start(by=owner_of(firm), kind="posts", enterprise=firm, upload=xlsx_file(rows), dry_run=True)
    table = importing.table_of("posts")
    with record.file.open("rb") as file:
        assert len(parsing.read_rows(file, kind="xlsx")) == 3001
    assert table.kind == "posts"
