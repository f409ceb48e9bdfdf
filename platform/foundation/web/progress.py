"""How fast a job goes, and how long it still takes."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.web import figures


@dataclass(frozen=True)
class Pace:
    """Words for the rate and the time left; empty where too little is known to say."""

    rate: str = ""
    left: str = ""
    announcement: str = ""


def pace_of(job: Any, *, now: datetime.datetime | None = None) -> Pace:
    percent = job.percent
    announcement = ""
    if job.is_live and percent is not None:
        # Tenths, so that a screen reader is told now and then and not every second.
        announcement = _("已完成 %(percent)s%%") % {"percent": percent // 10 * 10}
    elif not job.is_live:
        announcement = str(job.get_state_display())
    seconds = ((now or timezone.now()) - job.started_at).total_seconds() if job.started_at else 0.0
    if not job.is_live or seconds < 2 or not job.done_count:
        return Pace(announcement=announcement)
    speed = job.done_count / seconds
    number = figures.as_decimal(round(speed, 1 if speed < 10 else 0))
    # A job that waits for its chunks counts chunks: their rate means nothing to people.
    rate = ""
    if number and job.state != "waiting":
        rate = _("每秒 %(count)s 条") % {"count": figures.grouped(number, places=1)}
    if not job.total_count or job.total_count <= job.done_count:
        return Pace(rate=rate, announcement=announcement)
    left = _("剩余%(time)s") % {"time": duration((job.total_count - job.done_count) / speed)}
    return Pace(rate=rate, left=left, announcement=announcement)


def duration(seconds: float) -> str:
    """About how long, in one unit or two: 约 40 秒, 约 3 分钟, 约 2 小时 5 分钟."""
    whole = max(1, round(seconds))
    if whole < 60:
        return _("约 %(n)s 秒") % {"n": whole}
    minutes = round(whole / 60)
    if minutes < 60:
        return _("约 %(n)s 分钟") % {"n": minutes}
    return _("约 %(hours)s 小时 %(minutes)s 分钟") % {"hours": minutes // 60, "minutes": minutes % 60}
