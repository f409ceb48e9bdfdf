"""Change the workspace shown in the rail."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from foundation.web import hats
from hub.web.navigation import hats_of


@require_POST
@login_required
def switch_hat(request: HttpRequest) -> HttpResponse:
    """Only a hat that the person has; the choice lives in the session."""
    wanted = request.POST.get("hat", "")
    for hat in hats_of(request.user):
        if hat.key == wanted:
            hats.choose(request, hat.kind, hat.pk or "0")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    return HttpResponseRedirect(target)
