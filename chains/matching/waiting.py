"""3 match: work that is asked for or on its way."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit, jobs
from foundation.errors import RefusedError
from foundation.models import Job, User

REMATCH = "chains.rematch"
LOOKED_AT = 500


def waiting_posts(post_ids: Collection[int]) -> dict[int, Job]:
    """Those of the posts whose matching is queued or running, with the job that does it."""
    wanted = set(post_ids)
    rows = Job.objects.live().filter(kind="chains.match_posts").order_by("-pk")[:LOOKED_AT]
    return {pk: job for job in rows for pk in job.payload.get("post_ids", ()) if pk in wanted}


def running_rematch() -> Job | None:
    """The matching of everything that is queued or running."""
    return Job.objects.live().filter(kind=REMATCH).order_by("pk").first()


def last_rematch() -> Job | None:
    return Job.objects.filter(kind=REMATCH).order_by("-pk").first()


def ask_for_rematch(*, by: User, reason: str) -> Job:
    """An operator wants everything matched anew; while one is waiting, that one is returned. Refuses with not_allowed
    and reason_missing."""
    if not by.is_operator:
        raise RefusedError(_("只有平台运营可以这样做。"), code="not_allowed")
    if not reason.strip():
        raise RefusedError(_("请填写理由。"), code="reason_missing", field="reason")
    with transaction.atomic():
        job = jobs.enqueue(kind=REMATCH, key="all", owner=by)
        audit.record(action="matching.rematch_asked", actor=by, target=job, reason=reason.strip())
    return job
