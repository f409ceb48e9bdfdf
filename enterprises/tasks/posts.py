"""Posts run out; their firms are told before and after."""

from enterprises import posting
from foundation import jobs


@jobs.handler("enterprises.expire_posts")
def expire_posts(run: jobs.Run) -> dict[str, int]:
    """End what has run out, in chunks of their own transactions, then warn of what will. Safe to run again."""
    expired = 0
    while count := posting.expire_due():
        expired += count
        run.progress(done=expired)
    return {"expired": expired, "warned": posting.warn_expiring()}
