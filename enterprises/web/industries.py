"""What the industry box offers while somebody types."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from enterprises.fields import ALL_LEVELS, label, matching

MOST = 60


@require_GET
def industry_options(request: HttpRequest) -> JsonResponse:
    """`?q=电池&levels=3,4` → {"results": [{"value", "label", "keywords"}]}, coarse classes first."""
    asked = request.GET.get("levels", "").split(",")
    levels = [level for level in ALL_LEVELS if str(level) in asked] or ALL_LEVELS
    text = request.GET.get("q", "").strip()
    found = matching(text, levels=levels).order_by("level", "code")[:MOST] if text else []
    results = [
        {"value": row.code, "label": label(row), "keywords": f"{row.section}{row.code} {row.name} {row.name_en} {text}"}
        for row in found
    ]
    return JsonResponse({"results": results})
