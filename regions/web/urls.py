"""Pages of regions."""

from django.urls import path

from regions.web import options, regions

app_name = "regions"
urlpatterns = [
    path("regions/", regions.RegionList.as_view(), name="region-list"),
    path("regions/options/", options.region_options, name="region-options"),
]
