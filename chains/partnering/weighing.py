"""How a partner's points come about. Public: the page "how we rank" shows these numbers.

All in hundredths of a point, so that the parts add up. Where a firm is, how large it is, whom it belongs to and whose
supplier it is are not known here.
"""

from datetime import date
from typing import Final

# ‰ taken off for each further link, and where neither side names the other's product.
PER_LINK: Final = 200
UNNAMED: Final = 200
# ‰ taken off for evidence older than so many days, by the oldest link of the path.
AGES: Final = ((5 * 365, 200), (2 * 365, 100))
PARTS: Final = ("product", "use", "distance", "evidence")


def weigh(*, fit: float, is_named: bool, links: int, oldest: date, today: date) -> dict[str, int]:
    """Hundredths of points by part. fit: 0…100, how well the post answers its node (or the seller the demand)."""
    product = round(fit * 100)
    use = 0 if is_named else -(product * UNNAMED // 1000)
    rest = product + use
    distance = -(rest * PER_LINK * (links - 1) // 1000)
    rest += distance
    off = next((share for days, share in AGES if (today - oldest).days > days), 0)
    return {"product": product, "use": use, "distance": distance, "evidence": -(rest * off // 1000)}
