"""3 match: what is still on its way, for pages that say so."""

from collections.abc import Collection

from foundation.models import Job

LOOKED_AT = 500


def waiting_posts(post_ids: Collection[int]) -> set[int]:
    """Those of the posts whose matching is queued or running."""
    rows = Job.objects.live().filter(kind="chains.match_posts").order_by("-pk").values_list("payload", flat=True)
    return {pk for payload in rows[:LOOKED_AT] for pk in payload["post_ids"]} & set(post_ids)


def running_rematch() -> Job | None:
    """The matching of everything that is queued or running, for its progress."""
    return Job.objects.live().filter(kind="chains.rematch").order_by("pk").first()
