"""枢纽: what lies over the domain. Imports all apps, is imported by none."""

from hub.celery import app as celery_app

__all__ = ["celery_app"]
