"""All pages and the API root, joined."""

from django.urls import include, path

from hub.web.health import healthz

urlpatterns = [
    path("healthz/", healthz, name="healthz"),
    path("accounts/", include("allauth.urls")),
]
