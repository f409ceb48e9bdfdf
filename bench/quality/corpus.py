"""The supplies of the bench: main products of listed firms, cleaned as the import cleans them."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

from chains.engine import clean_product_name

COLUMNS = ("symbol", "product", "revenue_share")


@dataclass(frozen=True, slots=True)
class Offer:
    """One product of one firm. number: position in the corpus, which is also its id."""

    number: int
    symbol: str
    raw: str
    name: str

    @property
    def key(self) -> str:
        return key_of(self.name)


def key_of(name: str) -> str:
    """Ten hexadecimal digits that stand for a product's cleaned name."""
    return hashlib.sha256(name.encode()).hexdigest()[:10]


def read_offers(folder: Path) -> list[Offer]:
    """The products of ``products.csv`` that the import loads, in the file's order.

    Raises FileNotFoundError without the file, ValueError for other columns.
    """
    offers: list[Offer] = []
    seen: set[tuple[str, str]] = set()
    with (folder / "products.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise ValueError(f"products.csv: expected the columns {', '.join(COLUMNS)}")
        for row in rows:
            cleaned = clean_product_name(row["product"])
            if cleaned.refused_reason or (row["symbol"], cleaned.name) in seen:
                continue
            seen.add((row["symbol"], cleaned.name))
            offers.append(Offer(len(offers), row["symbol"], row["product"], cleaned.name))
    return offers
