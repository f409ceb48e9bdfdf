"""企业名录 and the public page of a firm."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enterprises.disclosure import Viewer
from enterprises.filters.firms import EnterpriseFilter, with_badges
from enterprises.models import Capability, Enterprise, Post, TierTitle
from enterprises.web.current import current_membership
from foundation.models import User
from foundation.web.links import link_if_any
from foundation.web.listing import FilteredListView, paginate

SHOWN = 10


class FirmListView(FilteredListView):
    """Listed firms, to be narrowed and sorted; the address says how."""

    filterset_class = EnterpriseFilter
    template_name = "enterprises/firm_list.html"
    paginate_by = 20

    def get_queryset(self) -> QuerySet[Enterprise]:
        return with_badges(Enterprise.objects.listed())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        viewer: Viewer = context["filter"].viewer
        context["rows"] = [row_of(firm, viewer) for firm in context["page_obj"]]
        return context


def valid_titles(firm: Enterprise) -> list[TierTitle]:
    titles: list[TierTitle] = firm.all_titles  # type: ignore[attr-defined]
    return [title for title in titles if not title.is_over]


def row_of(firm: Enterprise, viewer: Viewer) -> dict[str, Any]:
    """One line of the directory, without what the viewer may not see."""
    return {
        "firm": firm,
        "size": viewer.shown(firm, "size", firm.get_size_class_display() if firm.size_class else ""),
        "titles": [str(title) for title in valid_titles(firm)] if viewer.may_see(firm, "titles") else [],
        "certificates": [str(c.kind) for c in firm.valid_certificates][:3]  # type: ignore[attr-defined]
        if viewer.may_see(firm, "certificates")
        else [],
    }


@require_safe
def firm_show(request: HttpRequest, pk: int) -> HttpResponse:
    """What a firm shows to this person; one that they may not see is a missing one."""
    firm = get_object_or_404(with_badges(Enterprise.objects.visible_to(request.user)), pk=pk)
    viewer = Viewer(request.user)
    user = request.user
    posts = Post.objects.visible_to(user).open().filter(enterprise=firm).order_by("-published_at", "-id")
    capabilities = (
        Capability.objects.visible_to(user).filter(enterprise=firm, archived_at=None).select_related("industry")
    )
    member = current_membership(request)
    return render(
        request,
        "enterprises/firm_show.html",
        {
            "firm": firm,
            "facts": facts(firm, viewer),
            "figures": viewer.shown(firm, "figures", firm.size_snapshots.first()),
            "titles": valid_titles(firm) if viewer.may_see(firm, "titles") else [],
            "certificates": firm.valid_certificates  # type: ignore[attr-defined]
            if viewer.may_see(firm, "certificates")
            else [],
            "sites": firm.sites.select_related("region__parent__parent") if viewer.may_see(firm, "sites") else [],
            "introduction": viewer.shown(firm, "introduction", firm.introduction),
            "website": viewer.shown(firm, "website", firm.website),
            "contacts": contacts(firm, viewer),
            "hides_contacts": firm.is_public and not viewer.may_see(firm, "contact_phone"),
            "posts": paginate(request, posts, per_page=SHOWN, param="posts"),
            "capabilities": paginate(request, capabilities, per_page=SHOWN, param="capabilities"),
            "is_own": viewer.belongs_to(firm),
            "is_operator": isinstance(user, User) and user.is_operator,
            "can_block": member is not None and member.can_edit and firm.is_public and not viewer.belongs_to(firm),
            "member": member,
            "can_claim": firm.is_public and not viewer.belongs_to(firm),
            # Where chains are installed: who stands up and down the chain from here.
            "upstream_url": link_if_any("chains:firm-partners", firm.pk, "upstream") if firm.is_public else "",
            "downstream_url": link_if_any("chains:firm-partners", firm.pk, "downstream") if firm.is_public else "",
        },
    )


def facts(firm: Enterprise, viewer: Viewer) -> list[tuple[Any, Any]]:
    """What everybody asks first. A hidden field is left out, an empty one says so."""
    pairs: list[tuple[Any, Any]] = [
        (_("组织类型"), firm.get_org_type_display()),
        (_("注册地"), firm.region.full_label if firm.region else ""),
        (_("行业"), f"{firm.industry.code} {firm.industry.label}" if firm.industry else ""),
    ]
    hideable = [
        ("size", _("规模"), firm.get_size_class_display() if firm.size_class else _("数据不足")),
        ("founded_on", _("成立日期"), firm.founded_on.isoformat() if firm.founded_on else ""),
        ("uscc", _("信用代码"), firm.uscc),
        ("address", _("地址"), firm.address),
    ]
    return pairs + [(label, value) for name, label, value in hideable if viewer.may_see(firm, name)]


def contacts(firm: Enterprise, viewer: Viewer) -> list[tuple[Any, Any]]:
    rows = [
        ("contact_name", _("联系人"), firm.contact_name),
        ("contact_phone", _("联系电话"), firm.contact_phone),
        ("contact_email", _("联系邮箱"), firm.contact_email),
    ]
    return [(label, value) for name, label, value in rows if value and viewer.may_see(firm, name)]
