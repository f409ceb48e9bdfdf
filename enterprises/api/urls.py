"""Endpoints of enterprises, joined in hub.api."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from enterprises.api.industries import IndustryViewSet

router = SimpleRouter()
router.register("industries", IndustryViewSet, basename="industry")
urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
