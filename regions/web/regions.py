"""Browsing the regions: by block and strategy, or by searching."""

from typing import Any

from django.db.models import QuerySet

from foundation.web.listing import FilteredListView
from regions.filters import RegionSearch
from regions.models import Region, RegionSet

ASKING = ("q", "level", "set")


class RegionList(FilteredListView):
    """Without a question the 34 provinces by block and the strategies; with one a list of what fits."""

    template_name = "regions/region_list.html"
    filterset_class = RegionSearch
    paginate_by = 50

    def get_queryset(self) -> QuerySet[Region]:
        return Region.objects.shown().with_path()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["asked"] = any(self.request.GET.get(name) for name in ASKING)
        if not context["asked"]:
            context |= browse()
        return context


def browse() -> dict[str, Any]:
    """`blocks`: (name, set or None, provinces); `strategies`: sets with their members; three queries in all."""
    provinces = {region.code: region for region in Region.objects.current().provinces()}
    sets = list(RegionSet.objects.order_by("order", "slug").prefetch_related("members__region"))
    blocks: list[tuple[str, RegionSet | None, list[Region]]] = []
    for block in sets:
        if block.kind == RegionSet.Kind.BLOCK:
            members = [provinces.pop(m.region_id) for m in block.members.all() if m.region_id in provinces]
            blocks.append((block.label, block, members))
    if provinces:
        blocks.append(("", None, list(provinces.values())))
    return {"blocks": blocks, "strategies": [s for s in sets if s.kind != RegionSet.Kind.BLOCK]}
