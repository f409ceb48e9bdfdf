"""What waits for a person in one workspace: the figures on top of their first page.

Each is counted from what the person may see, and leads to the page where it is dealt with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chains import recommending
from chains.models import Chain, Interest, Leadership, Match, Node
from enterprises.models import Claim, Enterprise, Post
from foundation.models import Job, User
from hub.monitoring.overview import region_figures
from regions.models import Official

EXPIRING_DAYS: Final = 14


@dataclass(frozen=True)
class Waiting:
    """`page` is the name of the page to go to, with its arguments; it may not exist in this installation."""

    label: str
    value: int
    definition: str
    page: str = ""
    args: tuple[Any, ...] = ()
    query: str = ""


@dataclass(frozen=True)
class OwnPost:
    """An open post of the firm; `strong` and `loose` are partners with much and with little confidence."""

    post: Post
    strong: int
    loose: int


def own_posts(*, user: User, firm_id: str, limit: int) -> list[OwnPost]:
    """The firm's newest open posts, those that found partners first."""
    firm = Enterprise.objects.of_member(user).filter(pk=firm_id).first()
    if firm is None:
        return []
    posts = list(Post.objects.filter(enterprise=firm).open().order_by("-published_at", "-pk")[:50])
    found = recommending.not_hidden(recommending.partners(firm=firm, user=user), firm=firm)
    counts = {
        row["own_id"]: (row["strong"], row["all"] - row["strong"])
        for row in found.order_by()
        .values("own_id")
        .annotate(strong=Count("pk", filter=Q(is_strong=True)), all=Count("pk"))
    }
    rows = [OwnPost(post, *counts.get(post.pk, (0, 0))) for post in posts]
    return sorted(rows, key=lambda row: not row.strong)[:limit]


def waiting_for(user: User, *, kind: str, pk: str) -> list[Waiting]:
    """`kind` and `pk` as in foundation.web.hats; nothing for a workspace that is not theirs."""
    find = _BY_KIND.get(kind)
    return find(user, pk) if find is not None else []


def _firm(user: User, pk: str) -> list[Waiting]:
    firm = Enterprise.objects.of_member(user).filter(pk=pk).first()
    if firm is None:
        return []
    soon = timezone.localdate() + timedelta(days=EXPIRING_DAYS)
    is_open = Q(status__in=Post.OPEN_STATES, expires_on__gt=timezone.localdate())
    posts = Post.objects.filter(enterprise=firm).aggregate(
        live=Count("pk", filter=is_open),
        expiring=Count("pk", filter=is_open & Q(expires_on__lte=soon)),
        drafts=Count("pk", filter=Q(status=Post.Status.DRAFT)),
    )
    matches = Match.objects.visible_to(user).live().order_by()
    sellers = matches.filter(demand__enterprise=firm).values_list("supply__enterprise")
    partners = sellers.union(matches.filter(supply__enterprise=firm).values_list("demand__enterprise")).count()
    asked = Interest.objects.filter(receiver=firm, state=Interest.State.SENT).count()
    return [
        Waiting(
            _("待答复的意向"),
            asked,
            _("别的企业发来、您还没有答复的合作意向。"),
            "chains:interest-list",
        ),
        Waiting(
            _("匹配的伙伴"),
            partners,
            _("与本企业有效供需匹配、您可以看到的企业；一家有几条供需也只算一家。"),
            "chains:recommendation-list",
        ),
        Waiting(_("在线供需"), posts["live"], _("本企业在有效期内的供需。"), "enterprises:my-post-list"),
        Waiting(
            _("即将到期"),
            posts["expiring"],
            _("%(days)s 天内到期的供需；确认仍然有效即可续期。") % {"days": EXPIRING_DAYS},
            "enterprises:my-post-list",
            query="?status=ending",
        ),
        Waiting(
            pgettext("several", "草稿"),
            posts["drafts"],
            _("还没有发布的供需。"),
            "enterprises:my-post-list",
            query="?status=draft",
        ),
    ]


def _leader(user: User, pk: str) -> list[Waiting]:
    lead = Leadership.objects.active_for(user).filter(chain_id=pk).first()
    if lead is None:
        return []
    chain: Chain = lead.chain
    here = Q(memberships__enterprise__status__in=Enterprise.PUBLIC_STATES)
    firms = [
        node.firms
        for node in Node.objects.filter(chain=chain).annotate(
            firms=Count("memberships__enterprise", filter=here, distinct=True)
        )
    ]
    page, args = "chains:leader-show", (pk,)
    return [
        Waiting(pgettext("several", "环节"), len(firms), _("本链登记的产品与工序。"), page, args),
        Waiting(_("没有企业的环节"), firms.count(0), _("平台上还没有已核验企业的环节。"), page, args),
        Waiting(_("只有一家的环节"), firms.count(1), _("平台上只有一家已核验企业的环节。"), page, args),
    ]


def _official(user: User, pk: str) -> list[Waiting]:
    post = Official.objects.active_for(user).filter(region_id=pk).first()
    if post is None:
        return []
    figures = region_figures(post.region, reader=user)
    page, args = "hub:official-show", (pk,)
    return [
        Waiting(_("企业与机构"), figures["firms"], _("注册地在本区域、已核验的企业与机构"), page, args),
        Waiting(_("在线供应"), figures["supplies"], _("已发布且未到期的供应"), page, args),
        Waiting(_("在线需求"), figures["demands"], _("已发布且未到期的需求"), page, args),
        Waiting(
            _("未有匹配的需求"),
            figures["unanswered"],
            _("还没有找到任何供应方的在线需求。"),
            "enterprises:post-list",
            query=f"?region={pk}&direction=demand&progress=published",
        ),
    ]


def _operator(user: User, _pk: str) -> list[Waiting]:
    if not user.is_operator:
        return []
    checking = Enterprise.objects.filter(status__in=[Enterprise.Status.SUBMITTED, Enterprise.Status.CHECKING]).count()
    return [
        Waiting(
            _("待核验企业"),
            checking,
            _("已提交、尚未作出结论的企业。"),
            "enterprises:verification-list",
        ),
        Waiting(
            _("待审核供需"),
            Post.objects.filter(status=Post.Status.REVIEW).count(),
            _("等待人工审核的供需。"),
            "enterprises:review-list",
        ),
        Waiting(
            _("认领申请"),
            Claim.objects.filter(state=Claim.State.OPEN).count(),
            _("等待处理的企业认领。"),
            "enterprises:claim-list",
        ),
        Waiting(
            _("搁置的任务"),
            Job.objects.parked().count(),
            _("多次失败、等待人工处理的后台任务。"),
            "hub:job-list",
            query="?state=parked",
        ),
    ]


_BY_KIND: Final[dict[str, Callable[[User, str], list[Waiting]]]] = {
    "firm": _firm,
    "leader": _leader,
    "official": _official,
    "operator": _operator,
}
