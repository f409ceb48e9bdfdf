"""The API root: /api/v1/."""

from django.urls import include, path

from hub.api_root import ApiRoot
from hub.web import api_docs

app_name = "api"
urlpatterns = [
    path("", ApiRoot.as_view(), name="root"),
    path("", include("foundation.api.urls")),
    path("", include("regions.api.urls")),
    path("", include("enterprises.api.urls")),
    path("", include("chains.api.urls")),
    path("schema/", api_docs.SchemaView.as_view(), name="schema"),
    path("docs/", api_docs.show, name="docs"),
]
