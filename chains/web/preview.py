"""The preview door: what would answer this? Open to everybody, stores nothing."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.generic.base import View

from chains.matching import previewing
from chains.web.forms import CountForm, WishForm
from chains.wording import Names, in_words
from enterprises.web.current import current_firm
from foundation import limits
from foundation.errors import RefusedError
from foundation.models import User

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
            found = previewing.preview(wish=form.wish(), user=user, firm=current_firm(request))
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
        return self.page(request, form, found=found, results=results)

    def page(self, request: HttpRequest, form: WishForm, status: int = 200, **more: Any) -> HttpResponse:
        # What is folded away opens again when something in it was filled in or refused.
        conditions = any(form[name].errors or (form.is_bound and form[name].data) for name in CONDITIONS)
        return render(request, "chains/preview.html", {"form": form, "conditions": conditions, **more}, status=status)


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
