"""The published rules of ranking: which version is in force, and what it counts."""

from django.db.models import QuerySet

from chains.engine import DEFAULT_WEIGHTS, RANKING_VERSION
from chains.models import RankingVersion

SUMMARY = (
    "按产品是否一致、规格与用途是否相符，以及需求方写明的数量、交期、证书、行业和运距要求打分；"
    "地区、规模、链主关系和付费不计分；近期少被展示的企业，排位略加分。"
)
SUMMARY_EN = (
    "Scored by whether the product is the same, whether grade and purpose fit, and by the quantity, date, "
    "certificates, industry and distance that the buyer asked for; region, size, ties to a chain leader and payment "
    "score nothing. Firms that were shown little lately get a few points for their place."
)


def publish_current() -> None:
    """Record the rules this code ranks by, once per version. Safe to run anywhere, any number of times."""
    RankingVersion.objects.bulk_create(
        [
            RankingVersion(
                version=RANKING_VERSION, weights=DEFAULT_WEIGHTS.public(), summary=SUMMARY, summary_en=SUMMARY_EN
            )
        ],
        ignore_conflicts=True,
    )


def versions() -> QuerySet[RankingVersion]:
    """Newest first."""
    return RankingVersion.objects.order_by("-published_at", "-pk")
