"""Stage 4's pages: a firm's recommendations, those of one post, comparison, feedback."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from django.views.generic.base import View

from chains import recommending
from chains.cards import Card, cards
from chains.matching import waiting
from chains.models import Match
from chains.places import region_path
from chains.recommending import Partners
from chains.web.forms import ReasonForm
from enterprises.models import Enterprise, Member, Post
from enterprises.web.current import FirmEditorMixin, FirmRequiredMixin
from foundation.models import User
from foundation.web.listing import paginate
from regions.models import Region

GROUPS = 6
SHOWN_OF_EACH = 3
PER_PAGE = 20

VIEWS: tuple[tuple[str, Any], ...] = (
    ("all", gettext_lazy("全部")),
    ("demand", gettext_lazy("为我的需求找供应")),
    ("supply", gettext_lazy("为我的供应找需求")),
    ("saved", gettext_lazy("已收藏")),
    ("hidden", gettext_lazy("已隐藏")),
)


def list_tabs() -> list[dict[str, Any]]:
    """The firm's lists: partners for its posts, and those along its chains."""
    here = reverse("chains:recommendation-list")
    along = [
        {"key": "upstream", "label": _("上游伙伴"), "url": reverse("chains:own-partners", args=["upstream"])},
        {"key": "downstream", "label": _("下游伙伴"), "url": reverse("chains:own-partners", args=["downstream"])},
    ]
    views = [{"key": key, "label": label, "url": f"{here}?view={key}"} for key, label in VIEWS]
    return [*views[:3], *along, *views[3:]]


class Shown(FirmRequiredMixin, TemplateView):
    """What all lists of recommendations share: the person, the order, and that showing is recorded."""

    # An operator who looks at another firm's partners: nothing to do there, nothing recorded.
    is_reader = False

    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    @property
    def plain(self) -> bool:
        return self.user.plain_order and not self.is_reader

    @property
    def loose(self) -> bool:
        return self.request.GET.get("loose") == "1"

    def partners(self) -> Partners:
        return recommending.partners(firm=self.firm, user=self.user)

    def strong_unless_asked(self, matches: Partners) -> Partners:
        return matches if self.loose else matches.filter(is_strong=True)

    def show(self, matches: Sequence[Match], *, ranks: Sequence[int]) -> list[Card]:
        """Cards of what the person now sees; the first showing of each to the firm is kept."""
        if self.is_reader:
            return cards(matches=matches, firm=self.firm, user=self.user, own=False)
        recommending.record_shown(firm=self.firm, shown=list(zip(ranks, matches, strict=True)), plain=self.plain)
        return cards(matches=matches, firm=self.firm, user=self.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            firm=self.firm,
            can_edit=not self.is_reader and self.member.can_edit,
            is_reader=self.is_reader,
            plain=self.plain,
            loose=self.loose,
            reason_form=ReasonForm(auto_id=False),
            here=self.request.get_full_path(),
            most_compared=recommending.COMPARED_AT_MOST,
            **kwargs,
        )


class RecommendationList(Shown):
    """推荐伙伴: the firm's posts on the market, each with its best partners; or what it has saved or hidden."""

    template_name = "chains/recommendation_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wanted = self.request.GET.get("view", "all")
        view = wanted if wanted in dict(VIEWS) else "all"
        found = self.flat(view) if view in ("saved", "hidden") else self.grouped(view)
        return super().get_context_data(tabs=list_tabs(), view_key=view, **found, **kwargs)

    def flat(self, view: str) -> dict[str, Any]:
        matches = self.partners()
        if view == "hidden":
            matches = recommending.hidden(matches, firm=self.firm)
        else:
            matches = recommending.saved(matches, firm=self.firm)
        page = paginate(self.request, recommending.in_order(matches, plain=self.plain), per_page=PER_PAGE)
        return {
            "page_obj": page,
            "cards": cards(matches=list(page.object_list), firm=self.firm, user=self.user),
            "groups": None,
        }

    def grouped(self, view: str) -> dict[str, Any]:
        # Posts that found somebody come first; the newest of them on top.
        found = self.partners().filter(Q(demand_id=OuterRef("pk")) | Q(supply_id=OuterRef("pk")), is_strong=True)
        own = (
            Post.objects.filter(enterprise=self.firm)
            .open()
            .annotate(has_partner=Exists(found))
            .order_by("-has_partner", "-published_at", "-pk")
        )
        if view in (Post.Direction.DEMAND, Post.Direction.SUPPLY):
            own = own.filter(direction=view)
        page = paginate(self.request, own, per_page=GROUPS)
        posts = list(page.object_list)
        ids = [post.pk for post in posts]
        matches = recommending.not_hidden(
            self.partners().filter(Q(demand_id__in=ids) | Q(supply_id__in=ids)), firm=self.firm
        )
        strong, loose = Count("pk", filter=Q(is_strong=True)), Count("pk")
        counts = {
            row["own_id"]: (row["strong"], row["all"])
            for row in matches.order_by().values("own_id").annotate(strong=strong, all=loose)
        }
        order = recommending.order(plain=self.plain)
        best = (
            self.strong_unless_asked(matches)
            .annotate(place=Window(RowNumber(), partition_by=F("own_id"), order_by=order))
            .filter(place__lte=SHOWN_OF_EACH)
            .order_by("own_id", "place")
        )
        shown = list(best)
        by_post: dict[int, list[Card]] = defaultdict(list)
        for card in self.show(shown, ranks=[match.place for match in shown]):
            by_post[card.own.pk].append(card)
        waits = waiting.waiting_posts(ids)
        groups = [
            {
                "post": post,
                "cards": by_post[post.pk],
                "strong": counts.get(post.pk, (0, 0))[0],
                "all": counts.get(post.pk, (0, 0))[1],
                "waiting": post.pk in waits,
            }
            for post in posts
        ]
        rematch = waiting.running_rematch() if not shown else None
        job = next(iter(waits.values()), None)
        return {"page_obj": page, "groups": groups, "cards": None, "waiting": job, "rematch": rematch}


class PostMatches(Shown):
    """All partners of one own post. Somebody else's post is a missing one, but for an operator, who reads it."""

    template_name = "chains/post_matches.html"
    post_row: Post

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if isinstance(user, User) and user.is_operator:
            post = get_object_or_404(self.posts(), pk=kwargs["pk"])
            if not Member.objects.active_for(user).filter(enterprise=post.enterprise).exists():
                self.post_row, self.firm, self.is_reader = post, post.enterprise, True
                # Not by way of FirmRequiredMixin: the reader needs no firm, and acts for none.
                return View.dispatch(self, request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def posts(self) -> QuerySet[Post]:
        return Post.objects.visible_to(self.user).select_related("enterprise", *region_path("delivery_region"))

    def check_role(self) -> None:
        """The post's firm becomes the current one, so that menu and page agree."""
        post = get_object_or_404(
            self.posts().filter(enterprise__in=Enterprise.objects.of_member(self.user)), pk=self.kwargs["pk"]
        )
        self.post_row = post
        if post.enterprise_id != self.firm.pk:
            self.act_for(post.enterprise_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        post = self.post_row
        of_post = self.of_post()
        matches = of_post if self.is_reader else recommending.not_hidden(of_post, firm=self.firm)
        total, strong = matches.count(), matches.filter(is_strong=True).count()
        provinces = self.provinces(matches)
        province = self.request.GET.get("province", "")
        if province in {region.pk for region in provinces}:
            matches = matches.filter(_elsewhere(post, province))
        page = paginate(
            self.request,
            recommending.in_order(self.strong_unless_asked(matches), plain=self.plain),
            per_page=PER_PAGE,
        )
        shown = list(page.object_list)
        first = (page.number - 1) * PER_PAGE + 1
        return super().get_context_data(
            post=post,
            page_obj=page,
            cards=self.show(shown, ranks=range(first, first + len(shown))),
            total=total,
            strong=strong,
            weaker=total - strong,
            provinces=provinces,
            province=province,
            waiting=waiting.waiting_posts([post.pk]).get(post.pk),
            rematch=waiting.running_rematch() if not total else None,
            hidden_count=0 if self.is_reader else recommending.hidden(of_post, firm=self.firm).count(),
            **kwargs,
        )

    def of_post(self) -> Partners:
        if self.is_reader:
            return recommending.partners_of(self.post_row, reader=self.user)
        return self.partners().filter(Q(demand=self.post_row) | Q(supply=self.post_row))

    def provinces(self, matches: Partners) -> list[Region]:
        side = "supply" if self.post_row.is_demand else "demand"
        codes = set(matches.order_by().values_list(f"{side}__enterprise__region_id", flat=True).distinct())
        return list(Region.objects.filter(pk__in={f"{code[:2]}0000" for code in codes if code}).order_by("pinyin"))


class PostProgress(LoginRequiredMixin, View):
    """A line for the page of an own post: matching is on its way, or how many firms it found. Asked by htmx; without
    it, the matches themselves. Unlike them it leaves the current firm as it is."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        assert isinstance(request.user, User)
        post = get_object_or_404(
            Post.objects.filter(enterprise__in=Enterprise.objects.of_member(request.user)).select_related("enterprise"),
            pk=pk,
        )
        if not getattr(request, "htmx", False):
            return HttpResponseRedirect(reverse("chains:post-matches", args=[post.pk]))
        matches = recommending.not_hidden(
            recommending.partners(firm=post.enterprise, user=request.user).filter(Q(demand=post) | Q(supply=post)),
            firm=post.enterprise,
        )
        partner = "supply__enterprise" if post.is_demand else "demand__enterprise"
        context = {
            "post": post,
            "waiting": waiting.waiting_posts([post.pk]).get(post.pk),
            "count": matches.filter(is_strong=True).order_by().values(partner).distinct().count(),
            "weaker": matches.filter(is_strong=False).exists(),
        }
        return render(request, "chains/_post_progress.html", context)


def _elsewhere(post: Post, province: str) -> Q:
    side = "supply" if post.is_demand else "demand"
    return Q(**{f"{side}__enterprise__region__code__startswith": province[:2]})


class Compare(Shown):
    """Up to four partners side by side: `?m=1&m=2`."""

    template_name = "chains/compare.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = [int(pk) for pk in self.request.GET.getlist("m") if pk.isascii() and pk.isdigit() and len(pk) < 19]
        wanted = list(dict.fromkeys(asked))
        found = {match.pk: match for match in self.partners().filter(pk__in=wanted[:100])}
        matches = [found[pk] for pk in wanted if pk in found]
        return super().get_context_data(
            cards=cards(matches=matches[: recommending.COMPARED_AT_MOST], firm=self.firm, user=self.user),
            left_out=max(0, len(matches) - recommending.COMPARED_AT_MOST),
            **kwargs,
        )


class Act(FirmEditorMixin, View):
    """Something a firm says to one recommendation: POST only; htmx gets the card, others go back to the list."""

    http_method_names = ["post"]
    said: Any = ""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        assert isinstance(request.user, User)
        match = recommending.partners(firm=self.firm, user=request.user).filter(pk=pk).first()
        if match is None:
            raise Http404
        self.act(by=request.user, match=match)
        if getattr(request, "htmx", False):
            (card,) = cards(matches=[match], firm=self.firm, user=request.user)
            context = {
                "card": card,
                "can_edit": True,
                "reason_form": ReasonForm(auto_id=False),
                "here": _back(request),
                "announcement": self.said,
                "with_post": request.POST.get("with_post") == "1",
            }
            return render(request, "chains/_card.html", context)
        messages.success(request, str(self.said))
        return HttpResponseRedirect(_back(request))

    def act(self, *, by: User, match: Match) -> None:
        raise NotImplementedError


class Useful(Act):
    said = gettext_lazy("已记下：有用。")

    def act(self, *, by: User, match: Match) -> None:
        recommending.feedback(by=by, firm=self.firm, match=match, useful=True)


class NotUseful(Act):
    said = gettext_lazy("已记下：不合适，并从列表中隐藏。可以撤销。")

    def act(self, *, by: User, match: Match) -> None:
        reason = self.request.POST.get("reason", "")
        recommending.feedback(by=by, firm=self.firm, match=match, useful=False, reason=reason)


class Hide(Act):
    said = gettext_lazy("已隐藏。可以撤销。")

    def act(self, *, by: User, match: Match) -> None:
        recommending.hide(by=by, firm=self.firm, match=match)


class TakeBack(Act):
    said = gettext_lazy("已撤销。")

    def act(self, *, by: User, match: Match) -> None:
        recommending.take_back(by=by, firm=self.firm, match=match)


class Save(Act):
    said = gettext_lazy("已收藏。")

    def act(self, *, by: User, match: Match) -> None:
        recommending.save_partner(by=by, firm=self.firm, match=match, saved=True)


class Unsave(Act):
    said = gettext_lazy("已取消收藏。")

    def act(self, *, by: User, match: Match) -> None:
        recommending.save_partner(by=by, firm=self.firm, match=match, saved=False)


class SwitchOrder(FirmRequiredMixin, View):
    """按匹配度 or 按发布时间, kept for the person and used from the next page on."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        assert isinstance(request.user, User)
        plain = request.POST.get("plain") == "1"
        recommending.set_plain_order(by=request.user, on=plain)
        messages.success(request, _("已改为按发布时间排序，不使用推荐。") if plain else _("已改为按匹配度排序。"))
        return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return reverse("chains:recommendation-list")
