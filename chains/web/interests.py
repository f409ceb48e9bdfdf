"""Stage 5's first pages: send, read and answer interests."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from django.views.generic.base import View

from chains import cooperation, recommending
from chains.cards import cards
from chains.models import Interest, Match
from chains.places import region_path
from chains.subjects import subjects
from chains.web.forms import AnswerForm, MessageForm
from enterprises.models import Member, Post
from enterprises.web.current import FirmEditorMixin, FirmRequiredMixin
from foundation import notices
from foundation.errors import RefusedError
from foundation.models import User
from foundation.web.listing import paginate

BOXES: tuple[tuple[str, Any], ...] = (("in", gettext_lazy("收到的意向")), ("out", gettext_lazy("发出的意向")))
STATES: tuple[tuple[str, Any], ...] = (("", gettext_lazy("全部状态")), *Interest.State.choices)


def of_firm(*, firm_id: int, user: User) -> QuerySet[Interest]:
    """The firm's interests, both ways, as this member sees them."""
    return (
        Interest.objects.visible_to(user)
        .filter(Q(sender=firm_id) | Q(receiver=firm_id))
        .select_related(
            "match__demand", "match__supply", *region_path("sender__region"), *region_path("receiver__region")
        )
    )


class InterestList(FirmRequiredMixin, TemplateView):
    template_name = "chains/interest_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        assert isinstance(self.request.user, User)
        rows = of_firm(firm_id=self.firm.pk, user=self.request.user)
        state = self.request.GET.get("state", "")
        state = state if state in Interest.State.values else ""
        counts = {"in": rows.filter(receiver=self.firm).count(), "out": rows.filter(sender=self.firm).count()}
        box = self.request.GET.get("box", "")
        if box not in counts:
            # Who has only written is not met by an empty box.
            box = "out" if counts["out"] and not counts["in"] else "in"
        rows = rows.filter(receiver=self.firm) if box == "in" else rows.filter(sender=self.firm)
        page = paginate(self.request, rows.filter(state=state) if state else rows)
        about = subjects(page.object_list, user=self.request.user)
        return super().get_context_data(
            page_obj=page,
            rows=[(interest, about[interest.pk]) for interest in page.object_list],
            box=box,
            state=state,
            states=STATES,
            tabs=[{"key": key, "label": label, "url": f"?box={key}", "count": counts[key]} for key, label in BOXES],
            announcement=_("共 %(count)s 条结果") % {"count": page.paginator.count},
            firm=self.firm,
            **kwargs,
        )


class OneInterest(FirmRequiredMixin, View):
    """Base of what is done with one interest. That of somebody else's firm is a missing one; the person's firm that it
    belongs to becomes the current one, so that a notice leads there whatever hat is on."""

    def check_role(self) -> None:
        sides = Interest.objects.filter(pk=self.kwargs["pk"]).values_list("receiver", "sender").first()
        mine = set(Member.objects.active_for(self.user).values_list("enterprise", flat=True))
        own = [firm for firm in sides or () if firm in mine]
        if not own:
            raise Http404
        if self.firm.pk not in own:
            self.act_for(own[0])

    def interest(self) -> Interest:
        return get_object_or_404(of_firm(firm_id=self.firm.pk, user=self.user), pk=self.kwargs["pk"])

    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def back(self, interest: Interest) -> HttpResponse:
        return HttpResponseRedirect(reverse("chains:interest-show", args=[interest.pk]))


class InterestShow(OneInterest):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        interest = self.interest()
        notices.mark_read(user=self.user, url=reverse("chains:interest-show", args=[interest.pk]))
        is_sender = interest.sender_id == self.firm.pk
        other = interest.receiver if is_sender else interest.sender
        own_is_demand = interest.match.demand.enterprise_id == self.firm.pk
        about = subjects([interest], user=self.user)[interest.pk]
        own, theirs = (about.demand, about.supply) if own_is_demand else (about.supply, about.demand)
        context = {
            "interest": interest,
            "is_sender": is_sender,
            "other": other,
            "own": own,
            "theirs": theirs,
            "deliver_by": about.demand.deliver_by,
            "contacts": cooperation.contacts(interest=interest, firm=self.firm),
            "can_edit": self.member.can_edit,
            "is_open": interest.state == Interest.State.SENT,
        }
        return render(request, "chains/interest_show.html", context)


class InterestSend(FirmEditorMixin, View):
    """Write to the firm of a match; `pk` is the match."""

    def match(self) -> Match:
        assert isinstance(self.request.user, User)
        found: Match | None = (
            recommending.partners(firm=self.firm, user=self.request.user).filter(pk=self.kwargs["pk"]).first()
        )
        if found is None:
            raise Http404
        return found

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(self.match(), MessageForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        assert isinstance(request.user, User)
        match = self.match()
        form = MessageForm(request.POST)
        if form.is_valid():
            try:
                interest = cooperation.send(
                    by=request.user, firm=self.firm, match=match, message=form.cleaned_data["message"]
                )
            except RefusedError as refused:
                form.add_error(refused.field or None, str(refused))
            else:
                messages.success(request, _("意向已发出。对方答复后会通知您。"))
                return HttpResponseRedirect(reverse("chains:interest-show", args=[interest.pk]))
        return self.page(match, form)

    def page(self, match: Match, form: MessageForm) -> HttpResponse:
        assert isinstance(self.request.user, User)
        (card,) = cards(matches=[match], firm=self.firm, user=self.request.user)
        context = {"form": form, "card": card, "firm": self.firm, "standing": cooperation.in_the_way(match)}
        return render(self.request, "chains/interest_send.html", context)


class InterestCreate(FirmEditorMixin, View):
    """From a post to an interest in it; `pk` is the post. Interests stand on a match, so that both sides know which
    of their posts they talk about: without one, the way to it is shown."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        assert isinstance(request.user, User)
        post = get_object_or_404(Post.objects.visible_to(request.user).open(), pk=pk)
        standing = cooperation.standing(firm=self.firm, post_id=post.pk)
        if standing is not None:
            return HttpResponseRedirect(reverse("chains:interest-show", args=[standing.pk]))
        match = (
            recommending.partners(firm=self.firm, user=request.user)
            .filter(other_id=post.pk)
            .order_by("-score", "pk")
            .first()
        )
        if match is not None:
            return HttpResponseRedirect(reverse("chains:interest-send", args=[match.pk]))
        if post.is_demand:
            wanted = Post.Direction.SUPPLY
            text = _("贵企业还没有与这条需求相配的供应。请先发布供应，匹配后即可发起意向。")
        else:
            wanted = Post.Direction.DEMAND
            text = _("贵企业还没有与这条供应相配的需求。请先发布需求，匹配后即可发起意向。")
        messages.info(request, text)
        query = urlencode({"direction": wanted, "say": post.product})
        return HttpResponseRedirect(f"{reverse('enterprises:post-create')}?{query}")


class Answer(OneInterest):
    """Confirm pages of answering: what follows is said before it is done."""

    template_name = "foundation/confirm.html"
    title: Any = ""
    button: Any = ""
    consequences: ClassVar[list[Any]] = []
    danger = False
    by_sender = False
    said: Any = ""

    def check_role(self) -> None:
        super().check_role()
        if not self.member.can_edit:
            raise PermissionDenied

    def one(self) -> Interest:
        """Only for the side that may do this; for the other there is no such page."""
        interest = self.interest()
        if (interest.sender_id == self.firm.pk) != self.by_sender:
            raise Http404
        return interest

    def form(self, data: Any = None) -> AnswerForm | None:
        return None

    def act(self, interest: Interest, form: AnswerForm | None) -> None:
        raise NotImplementedError

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        interest = self.one()
        if interest.state != Interest.State.SENT:
            messages.info(request, _("这条意向已有结果。"))
            return self.back(interest)
        return self.page(interest, self.form())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        interest = self.one()
        form = self.form(request.POST)
        if form is not None and not form.is_valid():
            return self.page(interest, form)
        try:
            self.act(interest, form)
        except RefusedError as refused:
            if form is None or refused.code == "not_open":
                messages.error(request, str(refused))
                return self.back(interest)
            form.add_error(refused.field or None, str(refused))
            return self.page(interest, form)
        messages.success(request, str(self.said))
        return self.back(interest)

    def page(self, interest: Interest, form: AnswerForm | None) -> HttpResponse:
        other = interest.receiver if self.by_sender else interest.sender
        context = {
            "title": self.title,
            "question": _("对方：%(firm)s") % {"firm": other.name},
            "consequences": self.consequences,
            "form": form,
            "button": self.button,
            "danger": self.danger,
            "cancel_url": reverse("chains:interest-show", args=[interest.pk]),
            "parent_url": reverse("chains:interest-list"),
            "parent_label": _("意向与合作"),
        }
        return render(self.request, self.template_name, context)


class InterestAccept(Answer):
    title = gettext_lazy("接受意向")
    button = gettext_lazy("接受，互换联系方式")
    said = gettext_lazy("已接受。双方现在可以看到彼此的联系方式。")
    consequences: ClassVar[list[Any]] = [
        gettext_lazy("双方立即看到彼此的联系人、电话和邮箱。"),
        gettext_lazy("双方的供需显示为“洽谈中”，仍会继续匹配。"),
    ]

    def form(self, data: Any = None) -> AnswerForm:
        return AnswerForm(data, optional=True)

    def act(self, interest: Interest, form: AnswerForm | None) -> None:
        assert form is not None
        cooperation.accept(by=self.user, interest=interest, answer=form.cleaned_data["answer"])


class InterestDecline(Answer):
    title = gettext_lazy("婉拒意向")
    button = gettext_lazy("婉拒")
    said = gettext_lazy("已婉拒，对方会收到您的答复。")
    consequences: ClassVar[list[Any]] = [
        gettext_lazy("对方会看到您的答复，看不到您的联系方式。"),
        gettext_lazy("婉拒后不能改为接受。"),
    ]
    danger = True

    def form(self, data: Any = None) -> AnswerForm:
        return AnswerForm(data)

    def act(self, interest: Interest, form: AnswerForm | None) -> None:
        assert form is not None
        cooperation.decline(by=self.user, interest=interest, answer=form.cleaned_data["answer"])


class InterestWithdraw(Answer):
    title = gettext_lazy("撤回意向")
    button = gettext_lazy("撤回")
    said = gettext_lazy("已撤回。")
    consequences: ClassVar[list[Any]] = [
        gettext_lazy("对方会收到撤回的通知。"),
        gettext_lazy("之后可以重新发起。"),
    ]
    danger = True
    by_sender = True

    def act(self, interest: Interest, form: AnswerForm | None) -> None:
        cooperation.withdraw(by=self.user, interest=interest)
