"""What waits for me."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from foundation.models import Notice
from foundation.web.listing import paginate
from hub.web.access import signed_in


@login_required
@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    notices = Notice.objects.visible_to(signed_in(request))
    only_unread = request.GET.get("show") == "unread"
    page = paginate(request, notices.unread() if only_unread else notices, per_page=30)
    return render(
        request,
        "hub/notice_list.html",
        {"page_obj": page, "only_unread": only_unread, "unread": notices.unread().count()},
    )


@login_required
@require_POST
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark as read and go to where it points."""
    notice = get_object_or_404(Notice.objects.visible_to(signed_in(request)), pk=pk)
    Notice.objects.filter(pk=notice.pk, read_at__isnull=True).update(read_at=timezone.now())
    if notice.url and url_has_allowed_host_and_scheme(notice.url, None):
        return redirect(notice.url)
    return redirect("hub:notice-list")


@login_required
@require_POST
def notice_read_all(request: HttpRequest) -> HttpResponse:
    Notice.objects.visible_to(signed_in(request)).unread().update(read_at=timezone.now())
    return redirect("hub:notice-list")
