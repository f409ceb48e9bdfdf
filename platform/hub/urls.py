"""All pages and the API root, joined."""

from django.contrib.auth.decorators import login_required
from django.urls import include, path

from foundation.web.email_addresses import EmailAddressesView
from foundation.web.second_factor import SecondFactorIndexView
from hub.web.health import healthz

urlpatterns = [
    path("healthz/", healthz, name="healthz"),
    path("api/v1/", include("hub.api")),
    path("accounts/email/", login_required(EmailAddressesView.as_view()), name="account_email"),
    path("accounts/2fa/", login_required(SecondFactorIndexView.as_view()), name="mfa_index"),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("hub.web.urls")),
    path("", include("foundation.web.urls")),
    path("", include("regions.web.urls")),
    path("", include("enterprises.web.urls")),
    path("", include("chains.web.urls")),
]

handler400 = "foundation.web.errors.bad_request"
handler403 = "foundation.web.errors.forbidden"
handler404 = "foundation.web.errors.not_found"
handler500 = "foundation.web.errors.server_error"
