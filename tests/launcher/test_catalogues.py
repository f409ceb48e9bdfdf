import os
from gettext import GNUTranslations
from pathlib import Path

from launcher import catalogues

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgid "轴承"
msgstr "bearing"
"""


def test_a_catalogue_is_compiled_once_and_again_when_it_changes(tmp_path: Path) -> None:
    source = tmp_path / "django.po"
    source.write_text(PO)
    assert not catalogues.is_compiled(source)
    catalogues.compile_one(source)
    assert catalogues.is_compiled(source)
    with source.with_suffix(".mo").open("rb") as compiled:
        assert GNUTranslations(compiled).gettext("轴承") == "bearing"
    later = source.with_suffix(".mo").stat().st_mtime + 5
    os.utime(source, (later, later))
    assert not catalogues.is_compiled(source)


def test_every_app_has_a_catalogue() -> None:
    found = {path.relative_to(catalogues.places.ROOT).parts[0] for path in catalogues.sources()}
    assert {"platform", "regions"} <= found
