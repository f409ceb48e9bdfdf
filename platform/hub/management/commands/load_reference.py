"""Load divisions, region sets, industry classes, certificate kinds and the dictionary. Safe to run at every start."""

import time
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from chains.dictionary import core
from enterprises import reference as enterprise_reference
from foundation.errors import RefusedError
from regions import reference as region_reference
from regions.reference import Loaded


class Command(BaseCommand):
    help = "Load divisions, regions, industries, certificate kinds, the dictionary. Idempotent; deletes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--divisions", metavar="FILE", help="CSV of a newer edition of the division codes")
        parser.add_argument("--edition", help="edition of that file, a year such as 2025")
        parser.add_argument(
            "--as-of",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="day from which the changes of that edition hold (default: 1 January of the year after it)",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["divisions"]) != bool(options["edition"]):
            raise CommandError(_("--divisions 与 --edition 须同时给出。"))
        dry_run: bool = options["dry_run"]
        start = time.monotonic()
        try:
            with transaction.atomic():
                self._load(options)
                if dry_run:
                    transaction.set_rollback(True)
        except RefusedError as refusal:
            raise CommandError(str(refusal)) from refusal
        if dry_run:
            self.stdout.write(_("仅试运行，未作任何改动。"))
        else:
            self.stdout.write(_("完成，用时 %(seconds).1f 秒。") % {"seconds": time.monotonic() - start})

    def _load(self, options: dict[str, Any]) -> None:
        edition = options["edition"] or region_reference.EDITION
        # Even a dry run writes, and the caller takes it all back: region sets are checked against the new divisions.
        divisions = region_reference.load_divisions(
            path=Path(options["divisions"] or region_reference.DIVISIONS), edition=edition, as_of=options["as_of"]
        )
        if divisions.newer:
            self.stdout.write(
                _("行政区划：库中已是 %(newer)s 版，%(edition)s 版未载入。")
                % {"newer": divisions.newer, "edition": edition}
            )
        else:
            self._say(_("行政区划（%(edition)s 版）") % {"edition": edition}, divisions)
        self._say(_("板块与战略"), region_reference.load_region_sets())
        self._say(
            _("行业分类（%(edition)s）") % {"edition": enterprise_reference.EDITION},
            enterprise_reference.load_industries(),
        )
        self._say(_("证书种类"), enterprise_reference.load_certificate_kinds())
        self._load_dictionary()

    def _load_dictionary(self) -> None:
        loaded = core.load()
        if loaded.problem:
            self.stderr.write(_("词典：基础词典未载入，现有词典照常使用。%(problem)s") % {"problem": loaded.problem})
            return
        self._say(
            _("词典"),
            Loaded(read=loaded.read, added=loaded.added, changed=loaded.changed, ended=loaded.retired),
        )
        for sentence in loaded.kept[:20]:
            self.stdout.write(f"  {sentence}")
        if len(loaded.kept) > 20:
            self.stdout.write(_("  另有 %(count)s 处保留，见审计日志。") % {"count": len(loaded.kept) - 20})
        if loaded.edition is not None:
            self.stdout.write(_("词典第 %(number)s 版已生效。") % {"number": loaded.edition})
        elif loaded.has_changed:
            self.stdout.write(_("词典有待发布的变动，请平台运营在“词典”页面发布。"))

    def _say(self, what: str, loaded: Loaded) -> None:
        changes = [
            (_("新增 %(count)s"), loaded.added),
            (_("更新 %(count)s"), loaded.changed),
            (_("失效 %(count)s"), loaded.ended),
            (_("恢复 %(count)s"), loaded.returned),
        ]
        told = [text % {"count": len(codes)} + self._few(codes) for text, codes in changes if codes]
        self.stdout.write(
            _("%(what)s：读取 %(read)s，%(changes)s。")
            % {"what": what, "read": loaded.read, "changes": "，".join(told) or _("无变化")}
        )

    def _few(self, codes: list[str]) -> str:
        """Names the rows while they are few enough to read."""
        return f" ({', '.join(codes)})" if len(codes) <= 10 else ""
