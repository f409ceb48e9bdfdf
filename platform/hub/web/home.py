"""The first page: what this is, what is here, where to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enterprises.models import Enterprise, Post
from foundation.models import Notice, User
from foundation.web.links import link_if_any
from hub import desk, figures
from hub.web import addresses, demo
from hub.web.navigation import Hat, rail_of

LATEST = 8


@dataclass(frozen=True)
class Door:
    title: str
    text: str
    points: list[str]
    url: str
    label: str


@dataclass(frozen=True)
class Row:
    post: Post
    url: str


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        return render(request, "hub/home_member.html", _for_member(request, request.user))
    return render(request, "hub/home.html", _for_visitor(request))


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "hub/about.html", {"ranking_url": link_if_any("chains:ranking-show")})


def _for_visitor(request: HttpRequest) -> dict[str, Any]:
    return {
        "figures": figures.live(),
        "as_of": timezone.now(),
        "doors": _doors(),
        "latest": latest(request.user),
        "post_list_url": link_if_any("enterprises:post-list"),
        "firm_list_url": link_if_any("enterprises:firm-list"),
        "personas": demo.present(),
        "matching": demo.matching(),
    }


def _for_member(request: HttpRequest, user: User) -> dict[str, Any]:
    rail = rail_of(request)
    waiting = desk.waiting_for(user, kind=rail.hat.kind, pk=rail.hat.pk) if rail.hat else []
    return {
        "waiting": [(item, _page_of(item)) for item in waiting],
        "as_of": timezone.now(),
        "latest": latest(user),
        "firm": _firm_of(user, rail.hat),
        "own_posts": _own_posts(user, rail.hat),
        "post_list_url": link_if_any("enterprises:post-list"),
        "own": rail.own,
        "post_create_url": link_if_any("enterprises:post-create") if rail.hat and rail.hat.kind == "firm" else "",
        "hat": rail.hat,
        "notices": list(Notice.objects.visible_to(user).unread()[:5]),
        "register_url": link_if_any("enterprises:registration-start"),
    }


def _firm_of(user: User, hat: Hat | None) -> Enterprise | None:
    """The firm of this workspace while its registration is not through."""
    if hat is None or hat.kind != "firm":
        return None
    return Enterprise.objects.of_member(user).exclude(status__in=Enterprise.PUBLIC_STATES).filter(pk=hat.pk).first()


def _own_posts(user: User, hat: Hat | None) -> list[desk.OwnPost]:
    if hat is None or hat.kind != "firm":
        return []
    return desk.own_posts(user=user, firm_id=hat.pk, limit=LATEST)


def _page_of(item: desk.Waiting) -> str:
    url = link_if_any(item.page) or link_if_any(item.page, *item.args)
    return url + item.query if url else ""


def latest(user: Any) -> list[Row]:
    """The newest posts that this person may see."""
    posts = (
        Post.objects.visible_to(user)
        .open()
        .select_related("enterprise__region__parent__parent")
        .order_by("-published_at", "-pk")
    )
    return [Row(post, addresses.of_post(post)) for post in posts[:LATEST]]


def _doors() -> list[Door]:
    register = link_if_any("enterprises:registration-start")
    signup = addresses.of_list("account_signup", **({"next": register} if register else {}))
    return [
        Door(
            _("我是企业"),
            _("登记一次，写清能做什么、需要什么，收到少而准的伙伴推荐。"),
            [_("每条推荐都说明理由和欠缺"), _("企业在哪个省，不影响得分"), _("保密的需求只给受邀的企业看")],
            signup,
            _("注册并登记企业"),
        ),
        Door(
            _("我是链主"),
            _("看清整条链：每个环节有谁，在哪个省，哪里只有一家。"),
            [_("每条上下游关系都有依据"), _("看到哪些需求还没有伙伴"), _("排序规则对链主同样适用")],
            link_if_any("chains:chain-list"),
            _("看产业链"),
        ),
        Door(
            _("我在区域部门"),
            _("看本地企业与外省的真实匹配和合作，而不是上报的意向。"),
            [_("按省查看供需与流向"), _("不足 5 家企业的数字不显示"), _("不能改动排序")],
            link_if_any("regions:region-list"),
            _("看区域"),
        ),
    ]
