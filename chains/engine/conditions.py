"""What a demand asks for beyond the words: whom it leaves out, and how far a post meets the rest, in ‰."""

from math import floor

from .types import Document, Query

MILLE = 1000
LATE_PER_DAY = 33


def factor_of(query: Query) -> str:
    return query.factor or query.analysis.factor


def industry_of(query: Query) -> str:
    return query.industry or query.analysis.industry


def passes(query: Query, document: Document) -> bool:
    """The hard filters."""
    return (
        access_passes(query, document.visibility, document.invited_firms, document.blocked_firms)
        and firm_passes(query, document.firm_id)
        and region_passes(query, document.region)
        and industry_passes(query, document.industry)
        and factor_passes(query, document.factor)
        and delivers_passes(query, document.delivers_to)
        and certificates_pass(query, document.certificates)
        and date_passes(query, document)
        and quantity_passes(query, document)
        and delivery_passes(query, document)
    )


def access_passes(query: Query, visibility: str, invited: frozenset[int], blocked: frozenset[int]) -> bool:
    own = query.own_firm
    if own is not None and own in blocked:
        return False
    if visibility == "public":
        return True
    if visibility == "verified":
        return own is not None and query.own_firm_is_verified
    return own is not None and own in invited


def firm_passes(query: Query, firm: int) -> bool:
    return firm != query.own_firm and firm not in query.blocked_firms


def _within(code: str, prefixes: frozenset[str]) -> bool:
    return any(code.startswith(significant(prefix)) for prefix in prefixes)


def significant(region: str) -> str:
    """The part of a region code that names it: 440000 → 44, 440300 → 4403."""
    if len(region) == 6:
        if region.endswith("0000"):
            return region[:2]
        if region.endswith("00"):
            return region[:4]
    return region


def region_passes(query: Query, region: str) -> bool:
    return not query.include_regions or _within(region, query.include_regions)


def industry_passes(query: Query, industry: str) -> bool:
    return not query.include_industries or any(industry.startswith(code) for code in query.include_industries)


def factor_passes(query: Query, factor: str) -> bool:
    return not query.include_factors or factor in query.include_factors


def delivers_passes(query: Query, delivers_to: frozenset[str]) -> bool:
    """A supplier that names where it delivers must reach one of the places of the demand."""
    if not delivers_to or not query.delivery_regions:
        return True
    return any(
        place.startswith(significant(reach)) or significant(reach).startswith(significant(place))
        for place in query.delivery_regions
        for reach in delivers_to
    )


def certificates_pass(query: Query, held: frozenset[str] | None) -> bool:
    return not query.required_certificates or (held is not None and query.required_certificates <= held)


def date_passes(query: Query, document: Document) -> bool:
    return query.today is None or document.available_to is None or document.available_to >= query.today


def quantity_passes(query: Query, document: Document) -> bool:
    if not query.quantity_is_must or query.quantity is None or query.quantity <= 0:
        return True
    # Who has not said how much is asked, not thrown out.
    return quantity_share(query, document, not_known=MILLE) == MILLE


def delivery_passes(query: Query, document: Document) -> bool:
    if not query.deliver_by_is_must or query.deliver_by is None:
        return True
    return not days_late(query, document)


def quantity_share(query: Query, document: Document, *, not_known: int) -> int:
    """Share of the needed quantity the monthly capacity covers; 0 below the supplier's minimum order."""
    assert query.quantity is not None
    if document.unit_family != query.unit_family or not query.unit_family:
        return not_known
    if document.min_order is not None and document.min_order > query.quantity:
        return 0
    if document.capacity is None:
        return not_known
    return min(MILLE, floor(document.capacity * 1000.0 / query.quantity))


def days_late(query: Query, document: Document) -> int | None:
    """Days after the wanted date; None: the supplier has not said."""
    assert query.deliver_by is not None
    if document.lead_time_days is None and document.available_from is None:
        return None
    start = max(query.today or 0, document.available_from or 0)
    if start == 0:
        return None
    return max(0, start + (document.lead_time_days or 0) - query.deliver_by)


def delivery_share(query: Query, document: Document, *, not_known: int) -> int:
    late = days_late(query, document)
    return not_known if late is None else max(0, MILLE - late * LATE_PER_DAY)


def certificates_share(query: Query, held: frozenset[str] | None, *, not_known: int) -> int:
    if held is None:
        return not_known
    return MILLE * len(query.wanted_certificates & held) // len(query.wanted_certificates)


def industry_share(query: Query, industry: str, *, not_known: int) -> int:
    wanted = industry_of(query)
    if not industry:
        return not_known
    if industry[:3] == wanted[:3]:
        return MILLE
    return MILLE // 2 if industry[:2] == wanted[:2] else 0


def freight_share(query: Query, region: str, *, not_known: int) -> int:
    """Nearness, only ever asked for by the buyer: the caller's closeness by the longest prefix, else shared levels."""
    if not region:
        return not_known
    if query.freight_closeness:
        for length in range(len(region), 0, -1):
            near = query.freight_closeness.get(region[:length])
            if near is not None:
                return min(MILLE, max(0, int(near * 1000)))
        return not_known
    best = 0
    for place in query.delivery_regions:
        for length, share in ((6, MILLE), (4, MILLE), (2, 600)):
            if len(place) >= length and region[:length] == place[:length]:
                best = max(best, share)
                break
    return best
