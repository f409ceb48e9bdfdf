"""Bring the message catalogues up to date: every msgid (中文) of an app into its English .po, and compile them.

Uses Babel, so that no gettext tools have to be installed.
"""

import ast
import re
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
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
TRANSLATE = re.compile(
    r"""^(?:trans|translate)\s+(?P<quote>["'])(?P<text>.*?)(?P=quote)(?:\s+context\s+"(?P<context>[^"]*)")?""",
    re.DOTALL,
)
FILTERED = re.compile(r"""_\((?P<quote>["'])(?P<text>.*?)(?P=quote)\)""")
VARIABLE = re.compile(r"^\s*([\w.]+)")


def own_apps() -> list[AppConfig]:
    """The project's apps, each with a locale folder of its own."""
    return [a for a in apps.get_app_configs() if Path(a.path).is_relative_to(settings.ROOT) and ".venv" not in a.path]


@dataclass(frozen=True, order=True)
class Words:
    """A msgid, and what tells it from the same 中文 meant otherwise."""

    text: str
    context: str = ""


def messages_of_python(source: str) -> Iterator[Words]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            given = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if name in FUNCTIONS and given:
                yield Words(given[1], given[0]) if name.startswith("pgettext") else Words(given[0])


def messages_of_template(source: str) -> Iterator[Words]:
    block: list[str] | None = None
    trimmed = False
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            words = token.split_contents()
            if words[0] in ("blocktranslate", "blocktrans"):
                block, trimmed = [], "trimmed" in words
                continue
            if words[0] in ("endblocktranslate", "endblocktrans") and block is not None:
                text = "".join(block)
                if trimmed:
                    text = " ".join(line.strip() for line in text.splitlines() if line.strip())
                yield Words(text)
                block = None
                continue
            found = TRANSLATE.match(token.contents)
            if found:
                yield Words(found["text"].replace("%", "%%"), found["context"] or "")
        if block is not None:
            if token.token_type == TokenType.TEXT:
                block.append(token.contents.replace("%", "%%"))
            elif token.token_type == TokenType.VAR:
                variable = VARIABLE.match(token.contents)
                block.append(f"%({variable[1] if variable else token.contents})s")
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR):
            for found in FILTERED.finditer(token.contents):
                yield Words(found["text"])


def extract(app: AppConfig) -> Catalog:
    """All msgids of an app, with the files they are in (without line numbers, which change too often)."""
    catalogue = Catalog(locale="en")
    root = Path(app.path)
    for path in sorted([*root.rglob("*.py"), *root.rglob("*.html"), *root.rglob("*.txt")]):
        if "migrations" in path.parts or (path.suffix != ".py" and "templates" not in path.parts):
            continue
        source = path.read_text(encoding="utf-8")
        found = messages_of_python(source) if path.suffix == ".py" else messages_of_template(source)
        for words in found:
            if words.text:
                flags = ["python-format"] if re.search(r"%\(\w+\)[sd]", words.text) else []
                place = (path.relative_to(root).as_posix(), 0)
                catalogue.add(words.text, locations=[place], flags=flags, context=words.context or None)
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
        self.english: dict[Words, dict[str, str]] = defaultdict(dict)
        for app in own_apps():
            path = po_path(app)
            if not options["compile"]:
                missing += self._update(app, path, check=options["check"])
            if path.exists() and not options["check"]:
                compile_po(path)
        if options["check"] and missing:
            raise CommandError(f"{missing} messages have no English; run `manage.py catalogue` and fill them in.")
        if options["check"] and (split := self._split()):
            raise CommandError("Django joins the catalogues: say one message in one way.\n" + "\n".join(split))

    def _split(self) -> list[str]:
        """Messages that two apps put into English differently: only one of them would be read."""
        return [
            f"{words.text}: " + ", ".join(f"{app} “{text}”" for app, text in said.items())
            for words, said in sorted(self.english.items())
            if len(set(said.values())) > 1
        ]

    def _update(self, app: AppConfig, path: Path, *, check: bool) -> int:
        old, found = load(app), extract(app)
        fresh = Catalog(locale="en", project="xielian", version="1", fuzzy=False)
        missing = []
        for message in found:
            if not message.id:
                continue
            known = old.get(message.id, message.context)
            text = known.string if known is not None else ""
            self.english[Words(str(message.id), message.context or "")][app.label] = str(text)
            flags = message.flags - {"fuzzy"}
            fresh.add(message.id, text, locations=message.locations, flags=flags, context=message.context)
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
