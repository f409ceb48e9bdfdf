"""The dictionary at the command line: export, import, publish, mine."""

import csv
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from chains.dictionary import freezing, importing, mining, publishing, tables
from foundation.errors import RefusedError
from foundation.models import User


class Command(BaseCommand):
    help = "Export or import tables of the dictionary, publish its draft, mine posts for proposals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        doors = parser.add_subparsers(dest="door", required=True)
        export = doors.add_parser("export", help="write a table of the draft as CSV")
        export.add_argument("table", choices=sorted(tables.COLUMNS))
        export.add_argument("--file", type=Path, help="default: standard output")
        load = doors.add_parser("import", help="check a CSV file and take it into the draft")
        load.add_argument("table", choices=sorted(tables.COLUMNS))
        load.add_argument("file", type=Path)
        load.add_argument("--dry-run", action="store_true", help="check only")
        publish = doors.add_parser("publish", help="put the draft in force")
        for door in (load, publish):
            door.add_argument("--by", required=True, metavar="EMAIL", help="the operator who answers for it")
            door.add_argument("--reason", required=True)
        doors.add_parser("mine", help="propose names and concepts from live posts, now")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['door']}")(options)
        except RefusedError as refused:
            raise CommandError(str(refused)) from refused

    def _export(self, options: dict[str, Any]) -> None:
        lines = tables.write(options["table"], freezing.draft())
        if options["file"] is None:
            for line in lines:
                self.stdout.write(line, ending="")
            return
        with options["file"].open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        self.stdout.write(_("已写入 %(file)s。") % {"file": options["file"]})

    def _import(self, options: dict[str, Any]) -> None:
        csv.field_size_limit(sys.maxsize)
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as file:
                lines = list(csv.reader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as problem:
            raise CommandError(str(problem)) from problem
        by = self._operator(options["by"])
        if options["dry_run"]:
            rows = tables.read(lines, options["table"])
            if rows is None:
                wanted = "、".join(tables.COLUMNS[options["table"]])
                raise CommandError(_("没有找到表头，应有这些列：%(columns)s。") % {"columns": wanted})
            self._say(tables.check(options["table"], rows).as_dict())
            return
        record = importing.take(
            by=by,
            table=options["table"],
            file_name=options["file"].name,
            lines=lines,
            reason=options["reason"],
        )
        self._say(record.report or {})

    def _publish(self, options: dict[str, Any]) -> None:
        edition = publishing.publish(by=self._operator(options["by"]), reason=options["reason"])
        self.stdout.write(_("词典第 %(number)s 版已生效。") % {"number": edition.number})

    def _mine(self, options: dict[str, Any]) -> None:
        found = mining.mine(progress=lambda done, total: self.stdout.write(f"{done}/{total}"))
        self.stdout.write(_("新建议：别名 %(aliases)s 条，概念 %(concepts)s 条，相近关系 %(links)s 条。") % found)

    def _operator(self, email: str) -> User:
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(_("没有这个邮箱的用户。"))
        return user

    def _say(self, report: dict[str, Any]) -> None:
        for error in report["errors"]:
            self.stderr.write(
                _("第 %(row)s 行，%(column)s：%(message)s")
                % {"row": error["row"], "column": tables.column_label(error["field"]), "message": error["message"]}
            )
        self.stdout.write(
            _("新增 %(created)s，修改 %(changed)s，没有变化 %(unchanged)s，有误 %(bad_rows)s 行。") % report
        )
