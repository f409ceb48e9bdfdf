"""Check every audit chain; exit 1 if one was tampered with."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation import audit_chain


class Command(BaseCommand):
    help = "核对审计链 · Verify the audit chains"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--anchor", action="store_true", help="also write the heads to the anchor file")

    def handle(self, *args: Any, **options: Any) -> None:
        count, findings = audit_chain.verify()
        for finding in findings[:200]:
            self.stderr.write(f"chain {finding.chain} sequence {finding.sequence}: {finding.code}")
        if findings:
            raise CommandError(f"{len(findings)} findings in {count} entries")
        if options["anchor"]:
            audit_chain.anchor()
        self.stdout.write(f"{count} entries, all chains whole")
