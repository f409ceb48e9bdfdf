"""Background work of enterprises: handlers of the job table, found by foundation.jobs."""

from enterprises.tasks import posts

__all__ = ["posts"]
