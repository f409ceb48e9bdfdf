"""The audit log, to read and to check."""

import django_filters as filters
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from enterprises.models import Enterprise
from foundation import audit_chain
from foundation.models import AuditEntry
from foundation.web.listing import paginate
from hub.web.access import operator_required
from hub.web.operator.action_names import NAMES, action_name


class AuditFilter(filters.FilterSet):
    action = filters.ChoiceFilter(label=_("动作"), choices=list(NAMES.items()))
    actor = filters.CharFilter(label=_("操作人"), field_name="actor_name", lookup_expr="icontains", max_length=80)
    target = filters.CharFilter(label=_("对象"), field_name="target_label", lookup_expr="icontains", max_length=80)
    since = filters.DateFilter(label=_("自"), field_name="at", lookup_expr="date__gte")
    until = filters.DateFilter(label=_("至"), field_name="at", lookup_expr="date__lte")

    class Meta:
        model = AuditEntry
        fields = ["action", "actor", "target", "since", "until"]


@operator_required
@require_http_methods(["GET", "POST"])
def audit_list(request: HttpRequest) -> HttpResponse:
    """GET lists the log; POST also checks every chain and shows what it found."""
    filterset = AuditFilter(request.GET, queryset=AuditEntry.objects.all())
    page = paginate(request, filterset.qs, per_page=50)
    firms = Enterprise.objects.in_bulk([entry.firm_id for entry in page if entry.firm_id])
    rows = [
        {"entry": entry, "action": action_name(entry.action), "firm": firms.get(entry.firm_id or 0)} for entry in page
    ]
    context = {"filter": filterset, "page_obj": page, "rows": rows}
    if request.method == "POST":
        count, findings = audit_chain.verify()
        context |= {"checked": count, "findings": findings[:50], "finding_count": len(findings)}
    return render(request, "hub/operator/audit_list.html", context)
