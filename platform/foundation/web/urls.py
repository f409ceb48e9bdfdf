"""Pages of the ground floor: notices, jobs, tokens, settings of a person."""

from django.urls import URLPattern, URLResolver

app_name = "foundation"
urlpatterns: list[URLPattern | URLResolver] = []
