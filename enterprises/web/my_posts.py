"""我的供需: the firm's own posts and what can be done to them."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import View

from enterprises import posting
from enterprises.models import Post
from enterprises.web.current import FirmEditorMixin, FirmRequiredMixin
from enterprises.web.hall import visible_post
from enterprises.web.post_forms import NoteForm, StillHoldsForm
from enterprises.web.writing import acting, own_post
from foundation.errors import RefusedError
from foundation.web.forms import ReasonForm
from foundation.web.listing import paginate

SOON_DAYS = 14
MOST_AT_ONCE = 200
TABS = (
    ("open", gettext_lazy("在线")),
    ("ending", gettext_lazy("即将到期")),
    ("draft", gettext_lazy("草稿")),
    ("review", gettext_lazy("审核中")),
    ("ended", gettext_lazy("已结束")),
)


def in_tab(key: str) -> Q:
    today = timezone.localdate()
    live = Q(status__in=Post.OPEN_STATES)
    lately = Q(status=Post.Status.EXPIRED, expires_on__gte=today - posting.GRACE)
    return {
        "open": live,
        # What is about to end and what ended so lately that it can come back.
        "ending": (live & Q(expires_on__lte=today + timedelta(days=SOON_DAYS))) | lately,
        "draft": Q(status=Post.Status.DRAFT),
        "review": Q(status=Post.Status.REVIEW),
        "ended": Q(status__in=[Post.Status.FULFILLED, Post.Status.EXPIRED, Post.Status.WITHDRAWN]),
    }[key]


class MyPostList(FirmRequiredMixin):
    def get(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("status", "open")
        current = asked if asked in dict(TABS) else "open"
        rows = self.rows()
        counts = rows.aggregate(**{key: Count("pk", filter=in_tab(key)) for key, _label in TABS})
        ordered = rows.filter(in_tab(current)).order_by(
            *(["expires_on", "id"] if current in ("open", "ending") else [F("updated_at").desc(), "-id"])
        )
        return render(
            request,
            "enterprises/posts/mine.html",
            {
                "firm": self.firm,
                "can_edit": self.member.can_edit,
                "page_obj": paginate(request, ordered.select_related("industry"), per_page=30),
                "tabs": [
                    {"key": key, "label": label, "url": f"?status={key}", "count": counts[key]} for key, label in TABS
                ],
                "tab": current,
                "renewable": current in ("open", "ending") and self.member.can_edit,
                "today": timezone.localdate(),
                "soon": timezone.localdate() + timedelta(days=SOON_DAYS),
            },
        )

    def rows(self) -> QuerySet[Post]:
        return Post.objects.visible_to(acting(self.request)).filter(enterprise=self.firm)


class RenewSelected(FirmEditorMixin):
    """Renew the ticked posts, each for itself; those that cannot be renewed say why."""

    def post(self, request: HttpRequest) -> HttpResponse:
        back = redirect(reverse("enterprises:my-post-list") + "?status=ending")
        ids = [int(pk) for pk in request.POST.getlist("post") if pk.isascii() and pk.isdigit() and len(pk) < 19]
        if not ids:
            messages.error(request, _("请先勾选要续期的内容。"))
            return back
        form = StillHoldsForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("请确认内容仍然有效，再续期。"))
            return back
        rows = Post.objects.editable_by(acting(request)).filter(enterprise=self.firm, pk__in=ids[:MOST_AT_ONCE])
        renewed = 0
        for post in rows.order_by("id"):
            try:
                posting.renew(post=post, by=acting(request), still_holds=True)
                renewed += 1
            except RefusedError as refusal:
                messages.warning(request, _("“%(title)s”未续期：%(why)s") % {"title": post.title, "why": refusal})
        if renewed:
            messages.success(request, _("已续期 %(count)s 条，有效 90 天。") % {"count": renewed})
        return back


class Step(LoginRequiredMixin, View):
    """A confirm page for one step of a post's life, then the step itself."""

    title: Any = ""
    question: Any = ""
    button: Any = ""
    danger = False
    done: Any = ""
    form_class: Any = None

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._ask(request, self.find(request, pk), self.form_class() if self.form_class else None)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        post = self.find(request, pk)
        form = self.form_class(request.POST) if self.form_class else None
        if form is not None and not form.is_valid():
            return self._ask(request, post, form, status=422)
        try:
            after = self.take(request, post, form.cleaned_data if form is not None else {})
        except RefusedError as refusal:
            if form is None:
                messages.error(request, str(refusal))
                return redirect("enterprises:post-show", post.pk)
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            return self._ask(request, post, form, status=409)
        messages.success(request, str(self.done))
        return self.leave(after)

    def find(self, request: HttpRequest, pk: int) -> Post:
        return own_post(request, pk)

    def take(self, request: HttpRequest, post: Post, values: dict[str, Any]) -> Post | None:
        raise NotImplementedError

    def leave(self, post: Post | None) -> HttpResponse:
        return redirect("enterprises:post-show", post.pk) if post is not None else redirect("enterprises:my-post-list")

    def consequences(self, post: Post) -> list[str]:
        return []

    def _ask(self, request: HttpRequest, post: Post, form: Any, *, status: int = 200) -> HttpResponse:
        here = reverse("enterprises:post-show", args=[post.pk])
        return render(
            request,
            "foundation/confirm.html",
            {
                "title": self.title,
                "question": str(self.question) % {"title": post.title},
                "consequences": self.consequences(post),
                "form": form,
                "button": self.button,
                "danger": self.danger,
                "cancel_url": here,
                "parent_url": here,
                "parent_label": post.title,
                "action_url": "",
            },
            status=status,
        )


class PostRenew(Step):
    title = gettext_lazy("续期")
    question = gettext_lazy("“%(title)s”续期 90 天。")
    button = gettext_lazy("确认仍有效并续期")
    done = gettext_lazy("已续期 90 天。")
    form_class = StillHoldsForm

    def take(self, request: HttpRequest, post: Post, values: dict[str, Any]) -> Post:
        return posting.renew(post=post, by=acting(request), still_holds=values["still_holds"])


class PostWithdraw(Step):
    title = gettext_lazy("撤回")
    question = gettext_lazy("撤回“%(title)s”后，它不再显示，也不再参与匹配。")
    button = gettext_lazy("撤回")
    danger = True
    done = gettext_lazy("已撤回。")
    form_class = ReasonForm

    def find(self, request: HttpRequest, pk: int) -> Post:
        user = acting(request)
        if user.is_operator:
            return visible_post(request, pk)
        return own_post(request, pk)

    def _ask(self, request: HttpRequest, post: Post, form: Any, *, status: int = 200) -> HttpResponse:
        if post.published_at is None and not acting(request).is_operator:
            form.fields["reason"].help_text = _("会记入审计日志。这条内容没有公开过，不会通知任何人。")
        return super()._ask(request, post, form, status=status)

    def take(self, request: HttpRequest, post: Post, values: dict[str, Any]) -> Post:
        return posting.withdraw(post=post, by=acting(request), reason=values["reason"])


class PostFulfil(Step):
    title = gettext_lazy("标记为已达成")
    question = gettext_lazy("“%(title)s”已经达成，不再需要匹配。")
    button = gettext_lazy("标记为已达成")
    done = gettext_lazy("已标记为达成。")
    form_class = NoteForm

    def take(self, request: HttpRequest, post: Post, values: dict[str, Any]) -> Post:
        return posting.mark_fulfilled(post=post, by=acting(request), note=values["note"])


class PostDuplicate(Step):
    title = gettext_lazy("复制为新的一条")
    question = gettext_lazy("以“%(title)s”的内容新建一条草稿。")
    button = gettext_lazy("复制")
    done = gettext_lazy("已复制为草稿，请检查后发布。")

    def take(self, request: HttpRequest, post: Post, values: dict[str, Any]) -> Post:
        return posting.duplicate(post=post, by=acting(request))

    def leave(self, post: Post | None) -> HttpResponse:
        return redirect("enterprises:post-edit", post.pk if post is not None else 0)


class PostTakeBack(Step):
    title = gettext_lazy("撤回送审")
    question = gettext_lazy("“%(title)s”将回到草稿，修改后可再次发布。")
    button = gettext_lazy("撤回送审")
    done = gettext_lazy("已回到草稿。")

    def take(self, request: HttpRequest, post: Post, values: dict[str, Any]) -> Post:
        return posting.take_back(post=post, by=acting(request))


class PostDiscard(Step):
    title = gettext_lazy("删除草稿")
    question = gettext_lazy("删除草稿“%(title)s”，不能恢复。")
    button = gettext_lazy("删除")
    danger = True
    done = gettext_lazy("草稿已删除。")

    def take(self, request: HttpRequest, post: Post, values: dict[str, Any]) -> None:
        posting.discard(post=post, by=acting(request))
