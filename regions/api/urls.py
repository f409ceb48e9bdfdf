"""Endpoints of regions, joined in hub.api."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from regions.api.views import RegionSetViewSet, RegionViewSet

router = SimpleRouter()
router.register("regions", RegionViewSet, basename="region")
router.register("region-sets", RegionSetViewSet, basename="region-set")
urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
