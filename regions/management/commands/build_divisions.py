"""Turn a bare list of division codes into the file that `load_reference` reads."""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from regions import naming

NEEDED = ("code", "name", "level", "parent", "lng", "lat", "coord_source")
COLUMNS = ("code", "name", "short_name", "name_en", "pinyin", "level", "parent", "lng", "lat", "coord_source")


class Command(BaseCommand):
    help = "Write divisions.csv with short names, English names and pinyin from a CSV of codes and names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="source", required=True, help=f"CSV with {', '.join(NEEDED)}")
        parser.add_argument("--to", default=str(naming.DATA / "divisions.csv"), help="file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with Path(options["source"]).open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                missing = [column for column in NEEDED if column not in (reader.fieldnames or ())]
                if missing:
                    raise CommandError(f"{options['source']} lacks the columns {', '.join(missing)}.")
                rows = list(reader)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"Cannot read {options['source']}: {error}") from error
        names = naming.name_all((row["code"], row["name"], row["level"], row["parent"]) for row in rows)
        with (naming.DATA / "coordinate_exceptions.csv").open(encoding="utf-8", newline="") as file:
            better = {row.pop("code"): row for row in csv.DictReader(file)}
        with Path(options["to"]).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            for row in rows:
                named = names[row["code"]]
                row |= better.get(row["code"], {})
                # The source writes "nan" where it knows no place.
                if row["lng"] == "nan" or row["lat"] == "nan":
                    row |= {"lng": "", "lat": "", "coord_source": ""}
                writer.writerow(
                    row | {"short_name": named.short_name, "name_en": named.name_en, "pinyin": named.pinyin}
                )
        self.stdout.write(f"{len(rows)} divisions written to {options['to']}.")
