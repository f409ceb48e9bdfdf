"""For which firm a request of the API acts."""

from django.http import Http404
from rest_framework.request import Request

from enterprises.models import Enterprise, Member


def firm_of(request: Request) -> Enterprise:
    """The firm named by `?firm=`, else the firm of the token, else the one joined first; 404 where there is none."""
    members = Member.objects.active_for(request.user).select_related("enterprise")
    asked = request.query_params.get("firm", "")
    if asked:
        if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
            raise Http404
        members = members.filter(enterprise_id=int(asked))
    member = members.order_by("joined_at", "pk").first()
    if member is None:
        raise Http404
    return member.enterprise
