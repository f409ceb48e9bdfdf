"""One-click log-in, in the demo only."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from foundation.models import User
from foundation.web import hats
from hub.demo.personas import PERSONAS, Persona
from hub.web.navigation import hats_of


def present() -> list[Persona]:
    """The personas whose accounts exist; none outside the demo."""
    if not settings.DEMO:
        return []
    there = set(
        User.objects.filter(email__in=[p.email for p in PERSONAS], is_active=True).values_list("email", flat=True)
    )
    return [persona for persona in PERSONAS if persona.email in there]


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("as", "")
    persona = next((p for p in present() if p.key == wanted), None)
    if persona is None:
        raise Http404
    user = User.objects.get(email=persona.email)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    for hat in hats_of(user):
        if hat.kind == persona.hat:
            hats.choose(request, hat.kind, hat.pk or "0")
            break
    messages.info(request, _("您现在以“%(role)s”的身份浏览演示。") % {"role": persona.role})
    return HttpResponseRedirect("/")
