"""Pages of regions."""

from django.urls import URLPattern, URLResolver

app_name = "regions"
urlpatterns: list[URLPattern | URLResolver] = []
