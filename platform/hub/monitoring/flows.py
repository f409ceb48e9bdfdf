"""Province × province flows of matches and interests, with small cells suppressed.

A flow runs from the province of the supplying firm to the province of the demanding firm. A cell is shown only if at
least FEWEST distinct firms stand on either side together; totals are made of shown cells only, so that no subtraction
gives a hidden one back. Nobody sees a cell's firms here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext_noop

FEWEST = 5  # firms in a cell that may be shown (product.md, monitor)

MEASURES = {
    "matches": gettext_noop("匹配"),
    "interests": gettext_noop("合作意向"),
}

_SQL = {
    "matches": """
        SELECT left(se.region_id, 2) AS origin, left(de.region_id, 2) AS target, count(*) AS flows,
               count(DISTINCT s.enterprise_id) AS suppliers, count(DISTINCT d.enterprise_id) AS buyers
        FROM chains_match m
        JOIN enterprises_post s ON s.id = m.supply_id JOIN enterprises_enterprise se ON se.id = s.enterprise_id
        JOIN enterprises_post d ON d.id = m.demand_id JOIN enterprises_enterprise de ON de.id = d.enterprise_id
        WHERE m.ended_at IS NULL AND m.is_strong AND se.region_id IS NOT NULL AND de.region_id IS NOT NULL
        GROUP BY 1, 2
    """,
    "interests": """
        SELECT left(se.region_id, 2) AS origin, left(de.region_id, 2) AS target, count(*) AS flows,
               count(DISTINCT s.enterprise_id) AS suppliers, count(DISTINCT d.enterprise_id) AS buyers
        FROM chains_interest i JOIN chains_match m ON m.id = i.match_id
        JOIN enterprises_post s ON s.id = m.supply_id JOIN enterprises_enterprise se ON se.id = s.enterprise_id
        JOIN enterprises_post d ON d.id = m.demand_id JOIN enterprises_enterprise de ON de.id = d.enterprise_id
        WHERE i.state <> 'withdrawn' AND se.region_id IS NOT NULL AND de.region_id IS NOT NULL
        GROUP BY 1, 2
    """,
}


@dataclass(frozen=True)
class Cell:
    """`origin` supplies `target` (province codes). `flows` is None where it is hidden."""

    origin: str
    target: str
    flows: int | None

    @property
    def crosses(self) -> bool:
        return self.origin != self.target


@dataclass(frozen=True)
class Flows:
    measure: str
    cells: tuple[Cell, ...]

    @property
    def shown(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.flows is not None]

    @property
    def hidden_count(self) -> int:
        return sum(cell.flows is None for cell in self.cells)

    @property
    def total(self) -> int:
        """Of shown cells only."""
        return sum(cell.flows or 0 for cell in self.cells)

    @property
    def cross_share(self) -> float | None:
        """Share of shown flows that cross a provincial border; None without any."""
        if not self.total:
            return None
        return sum(cell.flows or 0 for cell in self.shown if cell.crosses) / self.total

    def of(self, province: str) -> tuple[list[Cell], list[Cell]]:
        """(what the province buys from others, what it sells to others), largest first, hidden ones last."""
        bought = [c for c in self.cells if c.target == province and c.crosses]
        sold = [c for c in self.cells if c.origin == province and c.crosses]
        return _largest_first(bought), _largest_first(sold)

    def between(self, origin: str, target: str) -> Cell | None:
        return next((c for c in self.cells if (c.origin, c.target) == (origin, target)), None)

    def largest(self, count: int) -> list[Cell]:
        """The largest shown flows across a border."""
        return _largest_first(cell for cell in self.shown if cell.crosses)[:count]


def _largest_first(cells: Iterable[Cell]) -> list[Cell]:
    return sorted(cells, key=lambda c: (-(c.flows if c.flows is not None else -1), c.origin, c.target))


def province_flows(measure: str) -> Flows:
    """All cells between provinces for "matches" (live, strong) or "interests" (not withdrawn)."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL[measure])
        rows = cursor.fetchall()
    return Flows(
        measure,
        tuple(
            Cell(
                f"{origin}0000",
                f"{target}0000",
                # Within one province a firm may stand on both sides: count the larger side, not the sum.
                flows if (suppliers + buyers if origin != target else max(suppliers, buyers)) >= FEWEST else None,
            )
            for origin, target, flows, suppliers, buyers in rows
        ),
    )
