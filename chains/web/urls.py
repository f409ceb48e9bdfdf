"""Pages of chains."""

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path

app_name = "chains"
urlpatterns: list[URLPattern | URLResolver] = [
    path("posts/<int:pk>/matches/", lambda r, pk: HttpResponse(), name="post-matches"),
    path("interests/<int:pk>/", lambda r, pk: HttpResponse(), name="interest-show"),
]
