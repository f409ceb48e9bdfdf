"""The Celery application. Work lives in PostgreSQL (foundation.jobs); messages only wake a worker."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings.production")
app = Celery("hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Reviewed in code, not kept in a table. A beat that runs twice is harmless: each tick enqueues a job
# whose key names its window, and a key is unique (foundation.jobs).
app.conf.beat_schedule = {
    "reconcile-jobs": {"task": "foundation.tasks.reconcile_jobs", "schedule": 10.0},
    "tick-hourly": {"task": "foundation.tasks.tick", "schedule": crontab(minute="5"), "args": ["hourly"]},
    "tick-nightly": {
        "task": "foundation.tasks.tick",
        "schedule": crontab(hour="2", minute="30"),
        "args": ["nightly"],
    },
}


@worker_init.connect
@beat_init.connect
def refuse_unsafe_start(**kwargs: Any) -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured

    django.setup()
    from hub import checks

    try:
        checks.refuse_unsafe_start()
    except ImproperlyConfigured as error:
        # Celery logs what a receiver raises and goes on; it does not swallow this one.
        raise SystemExit(str(error)) from error
