"""Pages of enterprises."""

from django.urls import URLPattern, URLResolver, include, path

from enterprises.web import industries

app_name = "enterprises"
urlpatterns: list[URLPattern | URLResolver] = [
    path("industries/options/", industries.industry_options, name="industry-options"),
    path("", include("enterprises.web.posts_urls")),
]
