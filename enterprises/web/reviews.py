"""审核: the operator's queue of posts whose words need a look."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.generic.base import View

from enterprises import posting
from enterprises.models import Post
from enterprises.web.current import OperatorRequiredMixin
from enterprises.web.hall import facts
from enterprises.web.post_forms import NoteForm
from enterprises.web.writing import acting
from foundation.errors import RefusedError
from foundation.models import AuditEntry
from foundation.web.forms import ReasonForm
from foundation.web.listing import paginate


def waiting() -> QuerySet[Post]:
    return Post.objects.filter(status=Post.Status.REVIEW).select_related("enterprise__region")


class ReviewList(OperatorRequiredMixin):
    """Longest waiting first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        page = paginate(request, waiting().order_by("updated_at", "id"), per_page=30)
        rows = [(post, [f for f in posting.examine(post) if f.level is posting.Level.REVIEW]) for post in page]
        return render(request, "enterprises/posts/reviews.html", {"page_obj": page, "rows": rows})


class ReviewShow(OperatorRequiredMixin, View):
    """One post with what was found in it; approve it, or give it back with a reason."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, get_object_or_404(waiting(), pk=pk), reject=ReasonForm(), approve=NoteForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        post = get_object_or_404(Post.objects.select_related("enterprise__region"), pk=pk)
        rejecting = request.POST.get("decision") == "reject"
        reject = ReasonForm(request.POST if rejecting else None)
        approve = NoteForm(None if rejecting else request.POST)
        form: Any = reject if rejecting else approve
        if not form.is_valid():
            return self._page(request, post, reject=reject, approve=approve, status=422)
        try:
            if rejecting:
                posting.reject(post=post, by=acting(request), reason=reject.cleaned_data["reason"])
            else:
                posting.approve(post=post, by=acting(request), note=approve.cleaned_data["note"])
        except RefusedError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("已退回草稿并告知企业。") if rejecting else _("已通过并发布。"))
        return redirect("enterprises:review-list")

    def _page(
        self, request: HttpRequest, post: Post, *, reject: ReasonForm, approve: NoteForm, status: int = 200
    ) -> HttpResponse:
        history = AuditEntry.objects.filter(target_type="enterprises.post", target_id=str(post.pk)).order_by("-id")[:20]
        return render(
            request,
            "enterprises/posts/review.html",
            {
                "post": post,
                "facts": facts(post),
                "findings": posting.examine(post),
                "reject": reject,
                "approve": approve,
                "history": [
                    {"when": entry.at, "what": entry.action, "who": entry.actor_name, "note": entry.reason}
                    for entry in history
                ],
            },
            status=status,
        )
