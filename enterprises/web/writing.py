"""Writing a post: one sentence, what was understood of it, the rest folded; drafts save themselves."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic.base import View

from enterprises import posting
from enterprises.models import Capability, Enterprise, Post
from enterprises.understanding import understand
from enterprises.web.current import FirmEditorMixin
from enterprises.web.hall import facts
from enterprises.web.post_forms import PostForm, SayForm
from foundation.errors import RefusedError
from foundation.models import User
from foundation.web.links import link_if_any

# Which drafts a browser window has begun: its first save and its submit may cross on the way.
STARTED = "started_drafts"
# The button of somebody who knows that the operator looks at the words first.
TO_REVIEW = "review"


def acting(request: HttpRequest) -> User:
    """The person behind a page that asks for log-in."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def own_post(request: HttpRequest, pk: int) -> Post:
    """A post that the person may edit; 404 for anything else, missing or foreign."""
    rows = Post.objects.editable_by(acting(request)).select_related("enterprise", "capability", "delivery_region")
    return get_object_or_404(rows, pk=pk)


class PostCreate(FirmEditorMixin):
    """GET: the text box, and with `say` the form filled in from it. POST: save, save by itself, or publish."""

    def get(self, request: HttpRequest) -> HttpResponse:
        direction = _direction(request.GET.get("direction"))
        say = SayForm(request.GET if "say" in request.GET else None, direction=direction)
        initial: dict[str, Any] = {}
        understood = None
        capability = self._capability(request.GET.get("capability"))
        if capability is not None:
            direction = Post.Direction.SUPPLY
            initial = posting.from_capability(capability)
        elif say.is_bound and say.is_valid():
            understood, found = understand(say.cleaned_data["say"], direction=direction)
            initial = dict(found)
        show = bool(initial) or "blank" in request.GET
        form = PostForm(enterprise=self.firm, direction=direction, initial=initial) if show else None
        return self._page(request, direction=direction, say=say, form=form, understood=understood)

    def post(self, request: HttpRequest) -> HttpResponse:
        direction = _direction(request.POST.get("direction"))
        draft = self._begun(request)
        form = PostForm(request.POST, enterprise=self.firm, direction=direction, instance=_copy(draft))
        answer = save(request, firm=self.firm, form=form, direction=direction, post=draft)
        if isinstance(answer, Post):
            self._remember(request, answer)
            if not stands_in_the_way(request, answer, form):
                return finish(request, answer, form)
            draft, answer = answer, None
        return answer or self._page(
            request, direction=direction, say=SayForm(direction=direction), form=form, draft=draft, status=422
        )

    def _page(self, request: HttpRequest, *, direction: str, status: int = 200, **context: Any) -> HttpResponse:
        form = context.get("form")
        return render(
            request,
            "enterprises/posts/write.html",
            {
                "direction": direction,
                "is_demand": direction == Post.Direction.DEMAND,
                "firm": self.firm,
                "post": None,
                "draft": None,
                "understood": None,
                "key": request.POST.get("key") or uuid.uuid4().hex,
                "count_url": link_if_any("chains:preview-count"),
                "more_open": bool(form and form.errors),
                "findings": others_like(form) if form else [],
                **context,
            },
            status=status,
        )

    def _capability(self, asked: str | None) -> Capability | None:
        if not asked or not asked.isascii() or not asked.isdigit() or len(asked) > 18:
            return None
        return Capability.objects.filter(enterprise=self.firm, archived_at__isnull=True, pk=int(asked)).first()

    def _begun(self, request: HttpRequest) -> Post | None:
        """The draft that this window began, by its hidden id or, before it has one, by its key."""
        asked = request.POST.get("draft") or str(request.session.get(STARTED, {}).get(request.POST.get("key", ""), ""))
        if not asked.isascii() or not asked.isdigit() or len(asked) > 18:
            return None
        return Post.objects.filter(enterprise=self.firm, status=Post.Status.DRAFT, pk=int(asked)).first()

    def _remember(self, request: HttpRequest, post: Post) -> None:
        begun = dict(list(request.session.get(STARTED, {}).items())[-20:])
        begun[request.POST.get("key", "")[:40]] = post.pk
        request.session[STARTED] = begun


class PostEdit(LoginRequiredMixin, View):
    """Change a draft (which saves itself) or an open post (which may become a new version)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        post = own_post(request, pk)
        form = PostForm(enterprise=post.enterprise, direction=post.direction, instance=post)
        return self._page(request, post, form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        post = own_post(request, pk)
        form = PostForm(request.POST, enterprise=post.enterprise, direction=post.direction, instance=_copy(post))
        answer = save(request, firm=post.enterprise, form=form, direction=post.direction, post=post)
        if isinstance(answer, Post):
            if not stands_in_the_way(request, answer, form):
                return finish(request, answer, form)
            post, answer = answer, None
        return answer or self._page(request, post, form, status=422)

    def _page(self, request: HttpRequest, post: Post, form: PostForm, *, status: int = 200) -> HttpResponse:
        if post.status not in (Post.Status.DRAFT, *Post.OPEN_STATES):
            messages.info(request, _("这条内容现在不能修改。"))
            return redirect("enterprises:post-show", post.pk)
        is_draft = post.status == Post.Status.DRAFT
        return render(
            request,
            "enterprises/posts/write.html",
            {
                "direction": post.direction,
                "is_demand": post.is_demand,
                "firm": post.enterprise,
                "post": post,
                "draft": post if is_draft else None,
                "form": form,
                "say": None,
                "understood": None,
                "key": "",
                "findings": posting.examine(post) if is_draft and not form.is_bound else others_like(form),
                "count_url": link_if_any("chains:preview-count"),
                "more_open": bool(form.errors),
            },
            status=status,
        )


class PostPublish(LoginRequiredMixin, View):
    """What the checks found, the post as others will see it, and the button."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, own_post(request, pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        post = own_post(request, pk)
        try:
            return _published(request, posting.publish(post=post, by=acting(request)))
        except RefusedError as refusal:
            return self._page(request, post, refusal=refusal)

    def _page(self, request: HttpRequest, post: Post, *, refusal: RefusedError | None = None) -> HttpResponse:
        if post.status != Post.Status.DRAFT:
            return redirect("enterprises:post-show", post.pk)
        findings = posting.examine(post)
        return render(
            request,
            "enterprises/posts/publish.html",
            {
                "post": post,
                "facts": facts(post),
                "findings": findings,
                "refusal": refusal,
                "blocked": any(f.level is posting.Level.ERROR for f in findings) or not post.enterprise.is_public,
                "needs_review": any(f.level is posting.Level.REVIEW for f in findings),
            },
            status=409 if refusal else 200,
        )


def save(
    request: HttpRequest, *, firm: Enterprise, form: PostForm, direction: str, post: Post | None
) -> Post | HttpResponse | None:
    """The saved post; or the answer to an autosave that failed; or None, and the form says what is wrong."""
    quiet = request.POST.get("action") == "autosave"
    if form.is_valid():
        content: Any = form.content()
        try:
            if post is None or post.status == Post.Status.DRAFT:
                return posting.save_draft(
                    by=acting(request), enterprise=firm, direction=direction, post=post, **content
                )
            seen = request.POST.get("version", "")
            version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else None
            return posting.edit(
                post=post,
                by=acting(request),
                version=version,
                may_leave=request.POST.get("action") == TO_REVIEW,
                **content,
            )
        except RefusedError as refusal:
            form.would_leave_market = refusal.code == "would_leave_market"
            field = refusal.field if refusal.field in form.fields else None
            form.add_error("invited_names" if refusal.field == "invited_firms" else field, refusal.message)
            if refusal.field:
                # The stage names one fault; here are the others, and of words that need a look the new ones.
                levels = {posting.Level.ERROR, posting.Level.REVIEW}
                found = [f for f in form.examine() if f.level in levels]
                form.show(f for f in found if f.level is posting.Level.ERROR or f.field in form.changed_data)
    elif request.POST.get("action") == "publish":
        form.show(f for f in form.examine() if f.level is not posting.Level.ADVICE)
    if not quiet:
        return None
    label, words = next(
        ((form.fields[name].label if name in form.fields else "", errors[0]) for name, errors in form.errors.items()),
        ("", ""),
    )
    return render(request, "enterprises/posts/_draft_state.html", {"problem": f"{label}：{words}" if label else words})


def others_like(form: PostForm) -> list[posting.Finding]:
    """What is said of other posts, which a line beside a field cannot link to."""
    return [finding for finding in form.examine() if finding.post_id] if form.is_bound and form.errors else []


def stands_in_the_way(request: HttpRequest, post: Post, form: PostForm) -> bool:
    """Whether the draft, saved now, cannot be published as it is; the form then says why, all of it at once."""
    if request.POST.get("action") != "publish" or post.status != Post.Status.DRAFT:
        return False
    findings = posting.examine(post)
    if not any(finding.level is posting.Level.ERROR for finding in findings):
        return False
    form.show(finding for finding in findings if finding.level is not posting.Level.ADVICE)
    return True


def finish(request: HttpRequest, post: Post, form: PostForm) -> HttpResponse:
    """Where to go after saving, by the button that was pressed."""
    action = request.POST.get("action")
    if action == "autosave":
        answer = render(
            request, "enterprises/posts/_draft_state.html", {"draft": post, "saved_at": timezone.localtime()}
        )
        answer["HX-Replace-Url"] = reverse("enterprises:post-edit", args=[post.pk])
        return answer
    if post.status == Post.Status.DRAFT:
        if action != "publish":
            messages.success(request, _("草稿已保存。"))
            return redirect("enterprises:post-edit", post.pk)
        if posting.examine(post) or not post.enterprise.is_public:
            return redirect("enterprises:post-publish", post.pk)
        try:
            return _published(request, posting.publish(post=post, by=acting(request)))
        except RefusedError as refusal:
            messages.error(request, str(refusal))
            return redirect("enterprises:post-publish", post.pk)
    if post.status == Post.Status.REVIEW:
        messages.warning(request, _("修改后的文字需要平台审核，通过前暂不在大厅显示。"))
    else:
        messages.success(request, _("修改已保存。"))
    return redirect("enterprises:post-show", post.pk)


def _published(request: HttpRequest, post: Post) -> HttpResponse:
    if post.status == Post.Status.REVIEW:
        messages.warning(request, _("已送审：平台核对后会通知您。"))
    else:
        messages.success(request, _("已发布，有效期至 %(until)s。") % {"until": post.expires_on})
    return redirect("enterprises:post-show", post.pk)


def _direction(asked: str | None) -> str:
    return Post.Direction.SUPPLY if asked == Post.Direction.SUPPLY else Post.Direction.DEMAND


def _copy(post: Post | None) -> Post | None:
    """A row for the form to scribble on; the stage reads its own."""
    return Post.objects.select_related("enterprise").get(pk=post.pk) if post is not None else None
