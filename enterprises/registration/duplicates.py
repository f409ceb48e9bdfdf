"""Firms that may be the same firm: same name, nearly the same name, same telephone or web site."""

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q

from enterprises.models import Enterprise
from enterprises.models.firms import EnterpriseQuerySet

NEARLY = 0.6


def same_name(enterprise: Enterprise) -> EnterpriseQuerySet:
    """Listed firms of exactly this name: what an applicant may be told."""
    return Enterprise.objects.listed().exclude(pk=enterprise.pk).filter(name=enterprise.name)


def likely(enterprise: Enterprise, *, limit: int = 5) -> list[Enterprise]:
    """For the operator: the likeliest others, best first. The trigram index answers the name."""
    rows = Q(name__trigram_similar=enterprise.name)
    if enterprise.contact_phone:
        rows |= Q(contact_phone=enterprise.contact_phone)
    if enterprise.website:
        rows |= Q(website=enterprise.website)
    found = (
        Enterprise.objects.exclude(pk=enterprise.pk)
        .filter(rows)
        .annotate(likeness=TrigramSimilarity("name", enterprise.name))
        .select_related("region__parent__parent")
        .order_by("-likeness", "pk")[: limit * 4]
    )
    return [
        firm
        for firm in found
        if firm.likeness >= NEARLY  # type: ignore[attr-defined]
        or (enterprise.contact_phone and firm.contact_phone == enterprise.contact_phone)
        or (enterprise.website and firm.website == enterprise.website)
    ][:limit]
