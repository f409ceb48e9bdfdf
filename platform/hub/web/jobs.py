"""Long work as its owner sees it, and the operator's board of all work."""

from typing import Any

import django_filters as filters
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from foundation import jobs
from foundation.models import Job
from foundation.web.listing import paginate
from hub.web.access import operator_required, signed_in
from hub.web.job_names import job_name


class JobFilter(filters.FilterSet):
    state = filters.ChoiceFilter(label=gettext_lazy("状态"), choices=Job.State.choices)
    kind = filters.CharFilter(label=gettext_lazy("种类"), lookup_expr="icontains", max_length=80)
    queue = filters.ChoiceFilter(
        label=gettext_lazy("队列"), choices=[("default", "default"), ("matching", "matching"), ("bulk", "bulk")]
    )

    class Meta:
        model = Job
        fields = ["state", "kind", "queue"]


@login_required
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One job: bar, stage, counts, result. htmx asks for the bar alone."""
    job = get_object_or_404(Job.objects.visible_to(signed_in(request)), pk=pk)
    context = {"job": job, "name": job_name(job)}
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return render(request, "hub/job_fragment.html", context)
    return render(request, "hub/job_show.html", context)


@login_required
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    job = get_object_or_404(Job.objects.visible_to(user), pk=pk)
    jobs.cancel(job, by=user)
    messages.success(request, _("已请求取消。正在处理的一块完成后停止。"))
    return redirect("hub:job-show", pk=pk)


@operator_required
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    job = get_object_or_404(Job.objects.visible_to(user), pk=pk)
    jobs.retry(job, by=user)
    messages.success(request, _("已重新排队。"))
    return redirect("hub:job-show", pk=pk)


@operator_required
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Queues, failures, everything that runs or ran."""
    user = signed_in(request)
    filterset = JobFilter(
        request.GET, queryset=Job.objects.visible_to(user).filter(parent=None).select_related("owner")
    )
    page = paginate(request, filterset.qs, per_page=30)
    rows = [{"job": job, "name": job_name(job)} for job in page]
    return render(
        request,
        "hub/operator/job_list.html",
        {"filter": filterset, "page_obj": page, "rows": rows, "queues": queue_figures()},
    )


def queue_figures() -> list[dict[str, Any]]:
    """Per queue: how many wait, run and are parked, and how long (seconds) the oldest due one has waited."""
    now = timezone.now()
    rows = (
        Job.objects.order_by()
        .values("queue")
        .annotate(
            queued=Count("pk", filter=Q(state=Job.State.QUEUED)),
            running=Count("pk", filter=Q(state=Job.State.RUNNING)),
            parked=Count("pk", filter=Q(state=Job.State.PARKED)),
            oldest=Min("run_after", filter=Q(state=Job.State.QUEUED, run_after__lte=now)),
        )
        .filter(Q(queued__gt=0) | Q(running__gt=0) | Q(parked__gt=0))
        .order_by("queue")
    )
    return [{**row, "waited": int((now - row["oldest"]).total_seconds()) if row["oldest"] else 0} for row in rows]
