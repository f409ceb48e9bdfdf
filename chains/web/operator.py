"""The operator's door to matching: match everything anew, and see how far it is."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import View

from chains.matching import waiting
from foundation.errors import RefusedError
from foundation.models import User
from foundation.web.forms import ReasonForm

FOUND = {
    "demands": gettext_lazy("处理的需求"),
    "created": gettext_lazy("新增匹配"),
    "changed": gettext_lazy("有变化的匹配"),
    "ended": gettext_lazy("结束的匹配"),
    "orphans": gettext_lazy("清理的匹配"),
}


class Rematch(View):
    """For operators; anybody else finds no such page."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return redirect_to_login(request.get_full_path())
        if not request.user.is_operator:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, self.form())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request.POST)
        if form.is_valid():
            assert isinstance(request.user, User)
            try:
                waiting.ask_for_rematch(by=request.user, reason=form.cleaned_data["reason"])
            except RefusedError as refused:
                form.add_error(refused.field or None, str(refused))
            else:
                messages.success(request, _("已开始重新匹配。"))
                return HttpResponseRedirect(reverse("chains:rematch"))
        return self.page(request, form)

    def form(self, data: object = None) -> ReasonForm:
        form = ReasonForm(data)  # type: ignore[arg-type]
        form.fields["reason"].help_text = _("会记入审计日志。")
        return form

    def page(self, request: HttpRequest, form: ReasonForm) -> HttpResponse:
        job = waiting.last_rematch()
        result = job.result if job is not None and not job.is_live else {}
        rows = [(label, result[name]) for name, label in FOUND.items() if name in result]
        return render(request, "chains/rematch.html", {"form": form, "job": job, "result": rows})
