"""上游伙伴 and 下游伙伴: of the own firm, of another firm, of a node of a chain, of a product."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, register_converter, reverse
from django.utils.translation import gettext as _
from django.views.generic.base import View

from chains import partnering
from chains.models import Node
from chains.partner_cards import PartnerCard, cards_of
from chains.web.recommendations import list_tabs
from enterprises import exporting
from enterprises.disclosure import Viewer
from enterprises.models import Enterprise
from enterprises.web.current import FirmRequiredMixin, current_membership
from foundation import limits
from foundation.errors import RefusedError
from foundation.models import User
from foundation.web.listing import announcement, paginate
from regions.models import Region

PER_PAGE = 20
PER_MINUTE_VISITOR = 30
PER_MINUTE_USER = 120
LINKS = 2


class DirectionConverter:
    """Which way to look."""

    regex = "upstream|downstream"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(DirectionConverter, "direction")


class PartnerList(View):
    """A page of partners, or with `is_export` the same list as a file. Subclasses say where one looks from."""

    name = ""
    own = False
    is_export = False
    http_method_names = ["get", "head"]

    def start(self) -> partnering.Start:
        raise NotImplementedError

    def arguments(self) -> list[Any]:
        """Of the page's address, without the direction."""
        return []

    def about(self) -> dict[str, Any]:
        """Heading, breadcrumbs and whatever else belongs to where one looks from."""
        raise NotImplementedError

    @property
    def direction(self) -> str:
        return str(self.kwargs["direction"])

    @property
    def upstream(self) -> bool:
        return self.direction == "upstream"

    @property
    def acting_firm(self) -> Enterprise | None:
        member = current_membership(self.request)
        return member.enterprise if member is not None else None

    @property
    def user(self) -> User | None:
        return self.request.user if isinstance(self.request.user, User) else None

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
        if self.is_export and self.user is None:
            return redirect_to_login(request.get_full_path())
        if not limits.allow_caller(
            "partners", request, user=self.user, per_user=PER_MINUTE_USER, per_visitor=PER_MINUTE_VISITOR
        ):
            return self.page(refused=_("请求过于频繁，请一分钟后再试。"), status=429)
        try:
            start = self.start()
            chosen = start.only_at(_number(request.GET.get("at", "")))
            found = partnering.find(
                start=chosen,
                wish=self.wish(),
                user=request.user,
                firm=self.acting_firm,
                plain=self.plain,
            )
        except RefusedError as refused:
            return self.page(refused=str(refused), status=503)
        return self.file(chosen, found) if self.is_export else self.page(start=start, chosen=chosen, found=found)

    @property
    def plain(self) -> bool:
        return self.user is not None and self.user.plain_order

    def wish(self) -> partnering.Wish:
        return partnering.Wish(upstream=self.upstream, links=self.links, regions=[self.region] if self.region else [])

    @property
    def links(self) -> int:
        asked = _number(self.request.GET.get("links", ""))
        return asked if 1 <= asked <= partnering.MOST_LINKS else LINKS

    @property
    def region(self) -> str:
        """The province that was asked for; nothing for a code that is none."""
        code = self.request.GET.get("region", "")
        return code if code in {region.code for region in self.provinces} else ""

    @property
    def provinces(self) -> list[Region]:
        if not hasattr(self, "_provinces"):
            self._provinces = list(Region.objects.provinces())
        return self._provinces

    def page(
        self,
        *,
        start: partnering.Start | None = None,
        chosen: partnering.Start | None = None,
        found: partnering.Found | None = None,
        refused: str = "",
        status: int = 200,
    ) -> HttpResponseBase:
        rows = paginate(self.request, found.partners if found is not None else [], per_page=PER_PAGE)
        positions = start.positions if start is not None else ()
        member = current_membership(self.request)
        context = {
            **self.about(),
            "start": start,
            "positions": positions,
            "choices": [(place.node.pk, partnering.label_of(place)) for place in positions],
            "at": _number(self.request.GET.get("at", "")),
            "found": found,
            "page_obj": rows,
            "cards": self.cards(chosen, list(rows.object_list)) if chosen is not None else [],
            "announcement": announcement(rows),
            "refused": refused,
            "own": self.own,
            "upstream": self.upstream,
            "direction": self.direction,
            "links": self.links,
            "link_choices": range(1, partnering.MOST_LINKS + 1),
            "provinces": self.provinces,
            "region": self.region,
            "plain": self.plain,
            "can_edit": member is not None and member.can_edit,
            "here": self.request.get_full_path(),
            "most": partnering.MOST_FIRMS,
            "is_full": found is not None and len(found.partners) >= partnering.MOST_FIRMS,
            "other_url": self.address("downstream" if self.upstream else "upstream"),
            "export_url": f"{self.address(self.direction, export=True)}?{self.request.GET.urlencode()}",
        }
        return render(self.request, "chains/partner_list.html", context, status=status)

    def address(self, direction: str, *, export: bool = False) -> str:
        name = f"chains:{self.name}-export" if export else f"chains:{self.name}"
        return reverse(name, args=[*self.arguments(), direction])

    def cards(self, start: partnering.Start, rows: list[partnering.Partner]) -> list[PartnerCard]:
        return cards_of(rows, start=start, viewer=Viewer(self.request.user), own=self.own)

    def file(self, start: partnering.Start, found: partnering.Found) -> HttpResponseBase:
        return exporting.download(
            name=f"{self.direction}-partners", kind="csv", head=_head(), rows=_rows(self.cards(start, found.partners))
        )


class OwnPartners(FirmRequiredMixin, PartnerList):
    """Beside the recommendations: partners of the firm for which the person acts."""

    name = "own-partners"
    own = True

    def start(self) -> partnering.Start:
        return partnering.from_firm(firm=self.firm, user=self.request.user)

    def about(self) -> dict[str, Any]:
        return {
            "kind": "own",
            "firm": self.firm,
            "tabs": list_tabs(),
            "heading": _("上游伙伴") if self.upstream else _("下游伙伴"),
        }


class FirmPartners(PartnerList):
    """Partners of a listed firm, by what everybody may see of it; the own firm's are beside its recommendations."""

    name = "firm-partners"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        self.firm = get_object_or_404(Enterprise.objects.listed(), pk=self.kwargs["pk"])
        if self.acting_firm == self.firm and not self.is_export:
            return HttpResponseRedirect(reverse("chains:own-partners", args=[self.direction]))
        return super().get(request, **kwargs)

    def start(self) -> partnering.Start:
        return partnering.from_firm(firm=self.firm, user=self.request.user)

    def arguments(self) -> list[Any]:
        return [self.firm.pk]

    def about(self) -> dict[str, Any]:
        words = _("%(firm)s 的上游伙伴") if self.upstream else _("%(firm)s 的下游伙伴")
        return {"kind": "firm", "firm": self.firm, "heading": words % {"firm": self.firm}}


class NodePartners(PartnerList):
    """Who stands upstream or downstream of a node of a chain."""

    name = "node-partners"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        self.node = get_object_or_404(
            Node.objects.select_related("chain"), pk=self.kwargs["node_pk"], chain__slug=self.kwargs["slug"]
        )
        return super().get(request, **kwargs)

    def start(self) -> partnering.Start:
        return partnering.from_node(self.node)

    def arguments(self) -> list[Any]:
        return [self.node.chain.slug, self.node.pk]

    def about(self) -> dict[str, Any]:
        words = _("“%(node)s”的上游伙伴") if self.upstream else _("“%(node)s”的下游伙伴")
        return {
            "kind": "node",
            "node": self.node,
            "chain": self.node.chain,
            "heading": words % {"node": self.node.label},
        }


class ProductPartners(PartnerList):
    """Who stands upstream or downstream of whoever makes a product: `?product=磷酸铁锂`."""

    name = "product-partners"

    @property
    def product(self) -> str:
        return " ".join(self.request.GET.get("product", "").split())[: partnering.LONGEST_PRODUCT]

    def start(self) -> partnering.Start:
        return partnering.from_product(self.product)

    def about(self) -> dict[str, Any]:
        return {
            "kind": "product",
            "product": self.product,
            "longest": partnering.LONGEST_PRODUCT,
            "heading": _("按产品找上游伙伴") if self.upstream else _("按产品找下游伙伴"),
        }


def _door(route: str, view: type[PartnerList]) -> list[URLPattern]:
    """The page and its file."""
    return [
        path(f"{route}<direction:direction>/", view.as_view(), name=view.name),
        path(f"{route}<direction:direction>/export.csv", view.as_view(is_export=True), name=f"{view.name}-export"),
    ]


urlpatterns = [
    *_door("recommendations/", OwnPartners),
    *_door("firms/<int:pk>/partners/", FirmPartners),
    *_door("chains/<slug:slug>/nodes/<int:node_pk>/", NodePartners),
    *_door("partners/", ProductPartners),
]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _head() -> list[Any]:
    return [
        _("企业"),
        _("所在地"),
        _("路径"),
        _("链接数"),
        _("环节"),
        _("产业链"),
        _("供应"),
        _("需求"),
        _("得分"),
        _("依据来源"),
        _("依据日期"),
    ]


def _rows(cards: list[PartnerCard]) -> Iterator[list[Any]]:
    for card in cards:
        target = card.partner.path.target
        yield [
            card.firm.name,
            card.firm.region.full_label if card.firm.region is not None else "",
            card.path,
            len(card.links),
            target.label,
            target.chain.label,
            card.supply.product if card.supply is not None else "",
            card.demand.title if card.demand is not None else "",
            f"{card.partner.score:.2f}",
            card.sources,
            card.partner.path.oldest,
        ]
