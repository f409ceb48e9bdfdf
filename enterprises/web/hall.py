"""供需大厅 and the page of one post."""

from decimal import Decimal
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Count, QuerySet
from django.forms import HiddenInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.generic.base import View

from enterprises import events, posting, units
from enterprises.filters.posts import PostFilter
from enterprises.models import Member, Post, PostVersion
from enterprises.web.amounts import amount, amount_label
from enterprises.web.changes import version_rows
from enterprises.web.current import current_firm
from foundation.models import User
from foundation.web.figures import grouped, short_number
from foundation.web.links import link_if_any, with_query
from foundation.web.listing import FilteredListView


class PostList(FilteredListView):
    """Open posts that the visitor may see, by everything one may ask for."""

    filterset_class = PostFilter
    template_name = "enterprises/posts/list.html"
    fragment_template_name = "enterprises/posts/_list.html"
    paginate_by = 20

    def get_queryset(self) -> QuerySet[Post]:
        return (
            Post.objects.open()
            .visible_to(self.request.user)
            .select_related("enterprise__region__parent__parent")
            .order_by("-published_at", "-id")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        # The tabs choose it; the form only carries it along.
        context["filter"].form.fields["direction"].widget = HiddenInput()
        chosen = self.request.GET.get("direction", "")
        context["tabs"] = self._directions()
        context["tab"] = chosen if chosen in Post.Direction.values else ""
        context["export_query"] = with_query(self.request, page=None)
        return context

    def _directions(self) -> list[dict[str, Any]]:
        """Tabs with their counts under all the other filters."""
        asked = self.request.GET.copy()
        asked.pop("direction", None)
        rows = PostFilter(asked, queryset=self.get_queryset(), request=self.request).qs
        counts = dict(rows.order_by().values_list("direction").annotate(n=Count("pk")))
        choices = [("", _("全部")), *Post.Direction.choices]
        return [
            {
                "key": key,
                "label": label,
                "url": with_query(self.request, direction=key or None, page=None),
                "count": short_number(Decimal(counts.get(key, 0) if key else sum(counts.values()))),
            }
            for key, label in choices
        ]


class PostShow(View):
    """One post: its facts for everybody who may see it, its controls for those who may edit it."""

    template_name = "enterprises/posts/show.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        post = visible_post(request, pk)
        member = _membership(request, post)
        editable = member is not None and member.can_edit
        talks_url = "" if member or not post.is_open else _talks_url(request, post)
        is_operator = request.user.is_authenticated and request.user.is_operator
        # An operator without a firm has nothing to offer.
        may_answer = not (member or talks_url) and post.is_open and not (is_operator and current_firm(request) is None)
        context: dict[str, Any] = {
            "post": post,
            "facts": facts(post),
            "member": member,
            "editable": editable,
            "is_operator": is_operator,
            "days_left": _days_left(post),
            "firm_url": link_if_any("enterprises:firm-show", post.enterprise_id),
            # Where chains are installed: straight to an interest if a match stands, else to the answering post.
            "answer_url": (link_if_any("chains:interest-create", post.pk) or _answer_url(post)) if may_answer else "",
            "talks_url": talks_url,
            "matches_url": link_if_any("chains:post-matches", post.pk) if member or is_operator else "",
            "progress_url": link_if_any("chains:post-progress", post.pk) if member and post.is_open else "",
            "others": list(
                Post.objects.open()
                .visible_to(request.user)
                .filter(enterprise_id=post.enterprise_id)
                .exclude(pk=post.pk)
                .order_by("-published_at", "-id")[:5]
            ),
        }
        if member is not None or context["is_operator"]:
            context["invited"] = list(post.invited_firms.order_by("pinyin", "id"))
            context["version_count"] = post.versions.count()
            context["findings"] = posting.examine(post) if post.status in ("draft", "review") else []
            context["ended_lately"] = _may_come_back(post)
        return render(request, self.template_name, context)


class PostPrint(PostShow):
    """The same on one sheet, without controls."""

    template_name = "enterprises/posts/print.html"


class PostVersions(LoginRequiredMixin, View):
    """What changed from version to version. For the post's own firm and operators: an older wording may have been
    for fewer eyes than the present one."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = Post.objects.visible_to(request.user)
        if not (request.user.is_authenticated and request.user.is_operator):
            mine = Member.objects.active_for(request.user).values("enterprise_id")
            rows = rows.filter(enterprise_id__in=mine)
        post = get_object_or_404(rows.select_related("enterprise"), pk=pk)
        old = list(PostVersion.objects.filter(post=post).select_related("replaced_by").order_by("-version"))
        return render(request, "enterprises/posts/versions.html", {"post": post, "versions": version_rows(post, old)})


def visible_post(request: HttpRequest, pk: int) -> Post:
    rows = Post.objects.visible_to(request.user).select_related(
        "enterprise__region", "enterprise__industry", "industry", "delivery_region__parent", "capability"
    )
    return get_object_or_404(rows.prefetch_related("certificates", "delivers_to"), pk=pk)


def facts(post: Post) -> list[tuple[str, Any]]:
    """(label, value) of everything a post says besides its text; what is empty and of no interest is left out."""
    demand = post.is_demand
    rows: list[tuple[str, Any]] = [
        (amount_label(post.direction, post.factor), amount(post.quantity, post.unit)),
        (_("要素类型"), post.get_factor_display()),
        (_("行业"), f"{post.industry.code} {post.industry.label}" if post.industry else ""),
    ]
    if demand:
        rows += [
            (_("交付地"), post.delivery_region.full_label if post.delivery_region else _("不限")),
            (_("交付日期"), post.deliver_by.isoformat() if post.deliver_by else _("面议")),
        ]
        if post.maximum_distance_km:
            rows.append((_("运输半径要求"), _("%(km)s 千米以内") % {"km": post.maximum_distance_km}))
    else:
        places = _("、").join(region.label for region in post.delivers_to.all())
        rows += [
            (_("可供货区域"), places or _("全国")),
            (_("最小起订量"), amount(post.minimum_order, post.unit)),
            (_("交货期"), _("%(days)s 天") % {"days": post.lead_time_days} if post.lead_time_days is not None else ""),
        ]
    certificates = _("、").join(str(kind) for kind in post.certificates.all())
    rows += [
        (_("参考单价"), price_band(post)),
        (_("对方须有的证书") if demand else _("可提供的证书"), certificates or _("无要求") if demand else certificates),
        (_("分批或部分供应"), _("可以") if post.partial_ok else _("不可以")),
    ]
    return rows


def price_band(post: Post) -> str:
    """`12.5–14 元/千克`; "面议" where the writer gave none."""
    low, high = post.price_low, post.price_high
    if low is None and high is None:
        return _("面议")
    per = f"/{units.one(post.unit)}" if post.unit and units.family(post.unit) != "money" else ""
    ends = [grouped(price, places=2) for price in (low, high) if price is not None]
    if low is not None and high is not None and low != high:
        return _("%(low)s–%(high)s 元%(per)s") % {"low": ends[0], "high": ends[1], "per": per}
    if low is not None and high is None:
        return _("%(low)s 元%(per)s 起") % {"low": ends[0], "per": per}
    if low is None:
        return _("不超过 %(high)s 元%(per)s") % {"high": ends[0], "per": per}
    return _("%(price)s 元%(per)s") % {"price": ends[0], "per": per}


def _answer_url(post: Post) -> str:
    """Where a visitor writes the post that answers this one; the two are then matched and can talk."""
    direction = Post.Direction.SUPPLY if post.is_demand else Post.Direction.DEMAND
    return f"{reverse('enterprises:post-create')}?{urlencode({'direction': direction, 'say': post.product})}"


def _talks_url(request: HttpRequest, post: Post) -> str:
    """What the person's firm already talks about with the post's firm."""
    firm = current_firm(request)
    if firm is None:
        return ""
    answers = events.talks_asked.send(sender=Post, post_id=post.pk, firm=firm)
    return next((url for _receiver, url in answers if url), "")


def _membership(request: HttpRequest, post: Post) -> Member | None:
    if not isinstance(request.user, User):
        return None
    return Member.objects.active_for(request.user).filter(enterprise_id=post.enterprise_id).first()


def _days_left(post: Post) -> int | None:
    if not post.is_open or post.expires_on is None:
        return None
    return (post.expires_on - timezone.localdate()).days


def _may_come_back(post: Post) -> bool:
    return (
        post.status == Post.Status.EXPIRED
        and post.expires_on is not None
        and post.expires_on + posting.GRACE >= timezone.localdate()
    )
