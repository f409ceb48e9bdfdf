"""Endpoints of enterprises, joined in hub.api."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from enterprises.api.firms import views as firms
from enterprises.api.industries import IndustryViewSet
from enterprises.api.market import views as market

router = SimpleRouter()
router.register("industries", IndustryViewSet, basename="industry")

# Firms: the directory, and one's own.
_OWN = r"my/firms/(?P<firm_pk>[0-9]{1,18})"
router.register("firms", firms.FirmViewSet, basename="firm")
router.register("my/firms", firms.MyFirmViewSet, basename="my-firm")
router.register(f"{_OWN}/sites", firms.SiteViewSet, basename="my-site")
router.register(f"{_OWN}/titles", firms.TitleViewSet, basename="my-title")
router.register(f"{_OWN}/certificates", firms.CertificateViewSet, basename="my-certificate")
router.register(f"{_OWN}/sizes", firms.SizeViewSet, basename="my-size")
router.register(f"{_OWN}/members", firms.MemberViewSet, basename="my-member")
router.register(f"{_OWN}/invitations", firms.InvitationViewSet, basename="my-invitation")
router.register(f"{_OWN}/identity-changes", firms.IdentityChangeViewSet, basename="my-identity-change")

# Posts and capabilities: everybody's, and one's own.
router.register("posts", market.PostViewSet, basename="post")
router.register("capabilities", market.CapabilityViewSet, basename="capability")
router.register(f"{_OWN}/posts", market.MyPostViewSet, basename="my-post")
router.register(f"{_OWN}/capabilities", market.MyCapabilityViewSet, basename="my-capability")

urlpatterns: list[URLPattern | URLResolver] = [
    path("uscc/", firms.CodeCheckView.as_view(), name="uscc-check"),
    *router.urls,
]
