"""One-click log-in, in the demo only."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.db.models import Count, F, Q
from django.db.models.functions import Substr
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chains.models import Match
from foundation.models import Job, User
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


@dataclass(frozen=True)
class Matching:
    """The demo's matching as it stands: its job, and what has been found so far."""

    job: Job
    pairs: int
    demands: int
    share_of_other_provinces: float | None


def matching() -> Matching | None:
    """The newest matching of everything; None outside the demo or before there was one."""
    if not settings.DEMO:
        return None
    job = Job.objects.filter(kind="chains.rematch", parent=None).order_by("-id").first()
    if job is None:
        return None
    province = Substr("demand__enterprise__region", 1, 2)
    found = (
        Match.objects.live()
        .annotate(buyer=province, seller=Substr("supply__enterprise__region", 1, 2))
        .aggregate(
            pairs=Count("pk"), demands=Count("demand", distinct=True), across=Count("pk", filter=~Q(buyer=F("seller")))
        )
    )
    share = found["across"] / found["pairs"] if found["pairs"] else None
    return Matching(job, found["pairs"], found["demands"], share)


@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """The progress on the first page, asked for every second by htmx; the first page itself without it."""
    state = matching()
    if state is None:
        raise Http404
    if not getattr(request, "htmx", False):
        return HttpResponseRedirect("/")
    return render(request, "hub/parts/matching.html", {"matching": state})


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
