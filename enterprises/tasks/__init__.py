"""Background work of enterprises: handlers of the job table, found by foundation.jobs."""

from enterprises.tasks import firms, imports, posts

__all__ = ["firms", "imports", "posts"]
