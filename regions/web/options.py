"""What the region box offers while somebody types."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from regions.fields import ALL_LEVELS, choosable, keywords

MOST = 50


@require_GET
def region_options(request: HttpRequest) -> JsonResponse:
    """`?q=suzhou&levels=province` → {"results": [{"value", "label", "keywords"}]}, the larger places first."""
    asked = request.GET.get("levels", "").split(",")
    levels = [level for level in ALL_LEVELS if level in asked] or ALL_LEVELS
    text = request.GET.get("q", "").strip()
    rows = choosable(levels).matching(text) if text else choosable(levels).none()
    found = sorted(rows.order_by("code")[: MOST * 4], key=lambda region: (ALL_LEVELS.index(region.level), region.code))
    results = [
        {"value": region.code, "label": region.full_label, "keywords": f"{keywords(region)} {text}"}
        for region in found[:MOST]
    ]
    return JsonResponse({"results": results})
