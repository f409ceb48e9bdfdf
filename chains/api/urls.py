"""Endpoints of chains, joined in hub.api."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from chains.api.chains import ChainViewSet
from chains.api.dictionary import DictionaryView
from chains.api.interests import InterestViewSet
from chains.api.partners import PartnersView
from chains.api.preview import PreviewView
from chains.api.recommendations import MatchViewSet, RecommendationViewSet

router = SimpleRouter()
router.register("matches", MatchViewSet, basename="match")
router.register("recommendations", RecommendationViewSet, basename="recommendation")
router.register("interests", InterestViewSet, basename="interest")
router.register("chains", ChainViewSet, basename="chain")
urlpatterns: list[URLPattern | URLResolver] = [
    path("partners/", PartnersView.as_view(), name="partners"),
    path("dictionary/", DictionaryView.as_view(), name="dictionary"),
    path("preview/", PreviewView.as_view(), name="preview"),
    *router.urls,
]
