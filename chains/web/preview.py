"""The preview door: what would answer this? Open to everybody, stores nothing."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.generic.base import View

from chains.matching import previewing
from chains.matching.hearing import USABLE, Heard
from chains.web.forms import CountForm, WishForm
from chains.wording import Names, in_words
from enterprises.models import CertificateKind
from enterprises.reading import Kind
from enterprises.web.amounts import amount
from enterprises.web.current import current_firm
from foundation import limits
from foundation.errors import RefusedError
from foundation.models import User
from regions.models import Region

PER_MINUTE_VISITOR = 30
PER_MINUTE_USER = 120
CONDITIONS = [name for name in WishForm.base_fields if name != "text"]


class PreviewShow(View):
    """GET shows the form and, with `?text=`, its partners; POST shows them under all conditions. Nothing is kept."""

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("text", "")[: previewing.LONGEST_TEXT]
        return self.answer(request, WishForm({"text": text})) if text.strip() else self.page(request, WishForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request, WishForm(request.POST))

    def answer(self, request: HttpRequest, form: WishForm) -> HttpResponse:
        if not form.is_valid():
            return self.page(request, form)
        if not _allowed(request):
            form.add_error(None, _("请求过于频繁，请一分钟后再试。"))
            return self.page(request, form, status=429)
        user = request.user if isinstance(request.user, User) else None
        try:
            ignored = _ignored(request, text=form.cleaned_data["text"])
            found = previewing.preview(wish=replace(form.wish(), ignore=ignored), user=user, firm=current_firm(request))
        except RefusedError as refused:
            form.add_error(None, str(refused))
            return self.page(request, form, status=503)
        names = Names.of(reason.to_dict() for result in found.results for reason in result.candidate.reasons)
        results = [
            {
                "post": result.post,
                "candidate": result.candidate,
                "words": in_words(
                    reasons=[reason.to_dict() for reason in result.candidate.reasons],
                    parts=result.candidate.parts,
                    names=names,
                ),
            }
            for result in found.results
        ]
        chips = chips_of(found.heard)
        return self.page(request, form, found=found, results=results, chips=chips, ignored=ignored)

    def page(self, request: HttpRequest, form: WishForm, status: int = 200, **more: Any) -> HttpResponse:
        # What is folded away opens again when something in it was filled in or refused.
        conditions = any(form[name].errors or (form.is_bound and form[name].data) for name in CONDITIONS)
        return render(request, "chains/preview.html", {"form": form, "conditions": conditions, **more}, status=status)


def chips_of(heard: Heard) -> list[tuple[str, str]]:
    """(what to drop it by, words) of each condition that was heard in the text."""
    places = Region.objects.with_path().in_bulk([*heard.regions, *filter(None, [heard.delivery_region])])
    chips: list[tuple[str, str]] = []
    if heard.quantity is not None:
        written = amount(heard.quantity, heard.unit)
        chips.append((Kind.QUANTITY, _("每月 %(amount)s") % {"amount": written} if heard.per_month else written))
    if heard.deliver_by:
        chips.append((Kind.DATE, _("%(day)s 前交付") % {"day": heard.deliver_by.isoformat()}))
    if heard.delivery_region in places:
        chips.append((Kind.PLACE, _("送到 %(place)s") % {"place": places[heard.delivery_region].full_label}))
    if heard.maximum_distance_km:
        chips.append((Kind.DISTANCE, _("%(km)s 公里内优先") % {"km": heard.maximum_distance_km}))
    kinds = CertificateKind.objects.in_bulk(heard.certificates)
    names = [kinds[code].label for code in heard.certificates if code in kinds]
    if names:
        chips.append((Kind.CERTIFICATES, _("%(papers)s 优先") % {"papers": _("、").join(names)}))
    only = [places[code].full_label for code in heard.regions if code in places]
    if only:
        chips.append((Kind.REGIONS, _("只看 %(places)s 的企业") % {"places": _("、").join(only)}))
    return chips


def _ignored(request: HttpRequest, *, text: str) -> list[str]:
    """The conditions that somebody dropped of this text; of another text nothing was dropped yet."""
    if request.POST.get("ignored_of", "").split() != text.split():
        return []
    return sorted({kind for kind in request.POST.getlist("ignore") if kind in USABLE})


@require_GET
def preview_count(request: HttpRequest) -> HttpResponse:
    """A line for the post form: 约 37 家可供应, or for a supply how many are asking. Never an error."""
    form = CountForm(request.GET)
    wish = form.wish()
    context: dict[str, Any] = {"is_supply": form.is_supply, "count": None, "named": bool(wish.text)}
    if wish.text and _allowed(request):
        count = previewing.count_buyers if form.is_supply else previewing.count_suppliers
        try:
            context["count"] = count(wish=wish, firm=current_firm(request))
        except RefusedError as refused:
            context["refused"] = str(refused)
    return render(request, "chains/_preview_count.html", context)


def _allowed(request: HttpRequest) -> bool:
    user = request.user if isinstance(request.user, User) else None
    return limits.allow_caller("preview", request, user=user, per_user=PER_MINUTE_USER, per_visitor=PER_MINUTE_VISITOR)
