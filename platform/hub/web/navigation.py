"""The rail and the bar: which workspaces a person has, what is in them, what waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext_lazy as _

from chains.models import Leadership
from enterprises.models import Member
from foundation.models import Notice, User
from foundation.web import hats
from foundation.web.links import link_if_any
from regions.models import Official


@dataclass(frozen=True)
class Place:
    """An entry of the rail: a label and the name of its page; it is left out where there is no such page.

    A page that asks for one argument gets the id of the hat (a firm's, a chain's, a region's).
    """

    label: Any
    name: str


@dataclass(frozen=True)
class Hat:
    key: str
    kind: str
    label: str
    pk: str = ""


@dataclass(frozen=True)
class Entry:
    label: Any
    url: str
    current: str = ""
    count: int = 0


@dataclass(frozen=True)
class Group:
    label: Any
    entries: list[Entry] = field(default_factory=list)


# Pages of a workspace that stand below the address of a public one.
BELONGS: Final = {
    "chains:post-matches": "chains:recommendation-list",
    **dict.fromkeys(
        (f"enterprises:post-{what}" for what in ("create", "edit", "publish", "renew", "withdraw", "fulfil")),
        "enterprises:my-post-list",
    ),
}
EVERYBODY: Final = (
    Place(_("首页"), "hub:home"),
    Place(_("供需大厅"), "enterprises:post-list"),
    Place(_("企业名录"), "enterprises:firm-list"),
    Place(_("产业链"), "chains:chain-list"),
    Place(_("区域"), "regions:region-list"),
    Place(_("排序规则与公示"), "chains:ranking-show"),
)
WORKSPACES: Final[dict[str, tuple[Any, tuple[Place, ...]]]] = {
    "firm": (
        _("企业工作台"),
        (
            Place(_("我的供需"), "enterprises:my-post-list"),
            Place(_("推荐伙伴"), "chains:recommendation-list"),
            Place(_("意向与合作"), "chains:interest-list"),
            Place(_("能力与资质"), "enterprises:capability-list"),
            Place(_("企业资料"), "enterprises:firm-profile"),
            Place(_("成员"), "enterprises:member-list"),
            Place(_("批量导入"), "enterprises:import-list"),
        ),
    ),
    "leader": (
        _("链主工作台"),
        (
            Place(_("链图与环节"), "chains:leader-show"),
            Place(_("本链需求"), "chains:leader-demand-list"),
        ),
    ),
    "official": (
        _("区域工作台"),
        (
            Place(_("概览"), "hub:official-show"),
            Place(_("协作流向"), "hub:flow-list"),
        ),
    ),
    "operator": (
        _("平台运营"),
        (
            Place(_("核验"), "enterprises:verification-list"),
            Place(_("认领申请"), "enterprises:claim-list"),
            Place(_("审核"), "enterprises:review-list"),
            Place(_("任命"), "hub:appointment-list"),
            Place(_("批量导入"), "enterprises:import-list"),
            Place(_("词典"), "chains:dictionary"),
            Place(_("重新匹配"), "chains:rematch"),
            Place(_("任务"), "hub:job-list"),
            Place(_("审计"), "hub:audit-list"),
        ),
    ),
}


def hats_of(user: Any) -> list[Hat]:
    """Every workspace a person has, by relation: operator, leader, official, firm."""
    if not isinstance(user, User) or not user.is_authenticated:
        return []
    found: list[Hat] = []
    if user.is_operator:
        found.append(Hat("operator-0", "operator", str(_("平台运营"))))
    for post in Official.objects.active_for(user):
        found.append(
            Hat(f"official-{post.region_id}", "official", f"{_('区域')} · {post.region.label}", post.region_id)
        )
    for lead in Leadership.objects.active_for(user).select_related("chain", "enterprise"):
        found.append(Hat(f"leader-{lead.chain_id}", "leader", f"{_('链主')} · {lead.chain.label}", str(lead.chain_id)))
    for member in Member.objects.active_for(user).select_related("enterprise").order_by("id"):
        firm = member.enterprise
        found.append(Hat(f"firm-{firm.pk}", "firm", f"{_('企业')} · {firm}", str(firm.pk)))
    return list({hat.key: hat for hat in found}.values())


class Rail:
    """What the left rail shows for this request; asks the database only when a page shows it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def hats(self) -> list[Hat]:
        return hats_of(getattr(self._request, "user", None))

    @cached_property
    def hat(self) -> Hat | None:
        kind, pk = hats.chosen(self._request)
        wanted = f"{kind}-{pk}"
        return next((hat for hat in self.hats if hat.key == wanted), self.hats[0] if self.hats else None)

    @cached_property
    def own(self) -> Group | None:
        """The workspace of the chosen hat, if any of its pages exists."""
        if self.hat is None:
            return None
        label, places = WORKSPACES[self.hat.kind]
        group = Group(label, list(self._entries(places, self.hat.pk)))
        return group if group.entries else None

    @cached_property
    def groups(self) -> list[Group]:
        shared = Group(_("公共"), list(self._entries(EVERYBODY, "")))
        groups = [self.own, shared] if self.own else [shared]
        return _mark_current(groups, self._request.path, self._belongs_to)

    @property
    def _belongs_to(self) -> str:
        """The address of the entry for a page whose own address begins with another's."""
        match = self._request.resolver_match
        return link_if_any(BELONGS.get(match.view_name, "")) if match is not None else ""

    @property
    def switch_url(self) -> str:
        return link_if_any("hub:hat-switch")

    def _entries(self, places: Sequence[Place], pk: str) -> Iterator[Entry]:
        for place in places:
            url = _address(place.name, pk)
            if url:
                yield Entry(place.label, url)


def _address(name: str, pk: str) -> str:
    return link_if_any(name) or (link_if_any(name, pk) if pk else "")


def _mark_current(groups: list[Group], path: str, home: str = "") -> list[Group]:
    """The entry `home`, or else the longest that leads to this page, is the current one; only an exact one says
    "page"."""
    urls = [entry.url.split("?")[0] for group in groups for entry in group.entries]
    leading = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    best = home if home in urls else max(leading, key=len, default=None)
    if best is None:
        return groups
    mark = "page" if best == path else "true"
    return [
        Group(
            group.label,
            [
                Entry(entry.label, entry.url, mark if entry.url.split("?")[0] == best else "", entry.count)
                for entry in group.entries
            ],
        )
        for group in groups
    ]


class Shell:
    """Top bar, account menu and footer."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def search_url(self) -> str:
        return link_if_any("hub:search")

    @property
    def waiting_url(self) -> str:
        return link_if_any("hub:notice-list")

    @cached_property
    def waiting(self) -> int:
        """Unread notices; 99 stands for more."""
        user = getattr(self._request, "user", None)
        if not isinstance(user, User):
            return 0
        return min(99, Notice.objects.visible_to(user).unread().count())

    @property
    def language_url(self) -> str:
        return link_if_any("set_language")

    @property
    def login_url(self) -> str:
        return link_if_any("account_login")

    @property
    def signup_url(self) -> str:
        return link_if_any("account_signup")

    @property
    def logout_url(self) -> str:
        return link_if_any("account_logout")

    @cached_property
    def account_links(self) -> list[Entry]:
        return _existing(
            (_("我的设置"), "hub:profile-edit"),
            (_("邮箱"), "account_email"),
            (_("修改密码"), "account_change_password"),
            (_("两步验证"), "mfa_index"),
            (_("接口令牌"), "hub:token-list"),
        )

    @cached_property
    def foot_links(self) -> list[Entry]:
        return _existing(
            (_("排序规则与公示"), "chains:ranking-show"),
            (_("关于协链"), "hub:about"),
            (_("API 文档"), "api:docs"),
        )


def _existing(*links: tuple[Any, str]) -> list[Entry]:
    return [Entry(label, url) for label, name in links if (url := link_if_any(name))]


def rail_of(request: HttpRequest) -> Rail:
    """This request's rail; one for the page and its menu, so that its questions are asked once."""
    rail = getattr(request, "rail", None)
    if not isinstance(rail, Rail):
        rail = Rail(request)
        setattr(request, "rail", rail)  # noqa: B010 (HttpRequest declares no such attribute)
    return rail


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `rail` and `shell`, computed only where a template shows them."""
    return {"rail": SimpleLazyObject(lambda: rail_of(request)), "shell": SimpleLazyObject(lambda: Shell(request))}
