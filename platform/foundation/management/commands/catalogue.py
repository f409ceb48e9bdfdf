"""Bring the message catalogues up to date: every msgid (中文) of an app into its English .po, and compile them.

Uses Babel, so that no gettext tools have to be installed.
"""

import ast
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import AppConfig, apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.base import Lexer, TokenType

FUNCTIONS = {"_", "gettext", "gettext_lazy", "gettext_noop", "pgettext_lazy", "pgettext"}
TRANSLATE = re.compile(r"""^(?:trans|translate)\s+(?P<quote>["'])(?P<text>.*?)(?P=quote)""", re.DOTALL)
FILTERED = re.compile(r"""_\((?P<quote>["'])(?P<text>.*?)(?P=quote)\)""")
VARIABLE = re.compile(r"^\s*([\w.]+)")


def own_apps() -> list[AppConfig]:
    """The project's apps, each with a locale folder of its own."""
    return [a for a in apps.get_app_configs() if Path(a.path).is_relative_to(settings.ROOT) and ".venv" not in a.path]


def messages_of_python(source: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            text = node.args[-1 if name.startswith("pgettext") else 0]
            if name in FUNCTIONS and isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value, node.lineno


def messages_of_template(source: str) -> Iterator[tuple[str, int]]:
    block: list[str] | None = None
    trimmed, start = False, 0
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            words = token.split_contents()
            if words[0] in ("blocktranslate", "blocktrans"):
                block, trimmed, start = [], "trimmed" in words, token.lineno or 0
                continue
            if words[0] in ("endblocktranslate", "endblocktrans") and block is not None:
                text = "".join(block)
                if trimmed:
                    text = " ".join(line.strip() for line in text.splitlines() if line.strip())
                yield text, start
                block = None
                continue
            found = TRANSLATE.match(token.contents)
            if found:
                yield found["text"].replace("%", "%%"), token.lineno or 0
        if block is not None:
            if token.token_type == TokenType.TEXT:
                block.append(token.contents.replace("%", "%%"))
            elif token.token_type == TokenType.VAR:
                variable = VARIABLE.match(token.contents)
                block.append(f"%({variable[1] if variable else token.contents})s")
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR):
            for found in FILTERED.finditer(token.contents):
                yield found["text"], token.lineno or 0


def extract(app: AppConfig) -> Catalog:
    """All msgids of an app, with the files they are in (without line numbers, which change too often)."""
    catalogue = Catalog(locale="en")
    root = Path(app.path)
    for path in sorted([*root.rglob("*.py"), *root.rglob("*.html"), *root.rglob("*.txt")]):
        if "migrations" in path.parts or (path.suffix != ".py" and "templates" not in path.parts):
            continue
        source = path.read_text(encoding="utf-8")
        found = messages_of_python(source) if path.suffix == ".py" else messages_of_template(source)
        for text, _line in found:
            if text:
                flags = ["python-format"] if re.search(r"%\(\w+\)[sd]", text) else []
                catalogue.add(text, locations=[(path.relative_to(root).as_posix(), 0)], flags=flags)
    return catalogue


def po_path(app: AppConfig) -> Path:
    return Path(app.path) / "locale" / "en" / "LC_MESSAGES" / "django.po"


def load(app: AppConfig) -> Catalog:
    path = po_path(app)
    if not path.exists():
        return Catalog(locale="en")
    with path.open("rb") as file:
        return read_po(file, locale="en")


def compile_po(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file, locale="en")
    with path.with_suffix(".mo").open("wb") as out:
        write_mo(out, catalogue)


class Command(BaseCommand):
    help = "更新并编译英文词条 · Update and compile the English catalogues"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail if something is missing")
        parser.add_argument("--compile", action="store_true", help="only compile")

    def handle(self, *args: Any, **options: Any) -> None:
        missing = 0
        for app in own_apps():
            path = po_path(app)
            if not options["compile"]:
                missing += self._update(app, path, check=options["check"])
            if path.exists() and not options["check"]:
                compile_po(path)
        if options["check"] and missing:
            raise CommandError(f"{missing} messages have no English; run `manage.py catalogue` and fill them in.")

    def _update(self, app: AppConfig, path: Path, *, check: bool) -> int:
        old, found = load(app), extract(app)
        fresh = Catalog(locale="en", project="xielian", version="1", fuzzy=False)
        missing = []
        for message in found:
            if not message.id:
                continue
            known = old.get(message.id)
            text = known.string if known is not None else ""
            fresh.add(message.id, text, locations=message.locations, flags=message.flags - {"fuzzy"})
            if not text:
                missing.append(message.id)
        for text in missing:
            self.stdout.write(f"{app.label}: {text}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Fixed header: a date would change the file at every run.
            fresh.header_comment = f"# English catalogue of {app.label}."
            with path.open("wb") as file:
                write_po(file, fresh, sort_output=True, no_location=True, width=0)
            text = path.read_text(encoding="utf-8")
            text = re.sub(
                r'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|'
                r"Report-Msgid-Bugs-To|Project-Id-Version):.*\n",
                "",
                text,
                flags=re.MULTILINE,
            )
            path.write_text(text, encoding="utf-8")
        self.stdout.write(f"{app.label}: {len(list(found)) - 1} messages, {len(missing)} without English")
        return len(missing)
