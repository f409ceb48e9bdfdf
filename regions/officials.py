"""Who watches over a region, since when and until when: appointed and ended by an operator, on the record."""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from foundation import audit, notices
from foundation.errors import RefusedError
from foundation.models import User
from regions.models import Official, Region

LONGEST_AHEAD_DAYS = 366


@transaction.atomic
def appoint(*, user: User, region: Region, title: str, by: User, reason: str, since: date | None = None) -> Official:
    """Make somebody an official of a region from a day on (today by default).

    Only an operator may. Locks the user's row, so that two operators cannot appoint twice.
    """
    _only_operators(by)
    reason = _stated(reason)
    day = since or timezone.localdate()
    if (day - timezone.localdate()).days > LONGEST_AHEAD_DAYS:
        raise RefusedError(_("任职开始日期不能晚于一年以后。"), code="date_too_far", field="since")
    if not User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk).is_active:
        raise RefusedError(_("该用户已停用，不能任职。"), code="user_inactive", field="user")
    if region.valid_to is not None or region.is_shell:
        raise RefusedError(_("该区划已撤并或不是独立的地区，请另选。"), code="region_not_current", field="region")
    held = Official.objects.filter(user=user, region=region)
    if held.filter(Q(until__isnull=True) | Q(until__gt=day)).exists():
        raise RefusedError(_("该用户已负责这一区域。"), code="already_appointed", field="user")
    official = Official.objects.create(user=user, region=region, title=title.strip(), since=day, appointed_by=by)
    audit.record(
        action="official.appointed",
        actor=by,
        target=official,
        reason=reason,
        changes={"region": [None, region.code], "title": [None, official.title], "since": [None, day.isoformat()]},
    )
    notices.notify(
        [user],
        kind="official.appointed",
        text=gettext_noop("您自 %(date)s 起负责%(region)s的区域工作"),
        values={"date": day.isoformat(), "region": region.name},
        url=region.get_absolute_url(),
        key=f"official.appointed:{official.pk}",
    )
    return official


@transaction.atomic
def end(*, official: Official, by: User, reason: str, on: date | None = None) -> Official:
    """End an appointment with a day, from which it no longer holds (today by default, so at once).

    Only an operator may. Locks the appointment.
    """
    _only_operators(by)
    reason = _stated(reason)
    row = Official.objects.select_for_update(of=("self",)).select_related("user", "region").get(pk=official.pk)
    if row.until is not None:
        raise RefusedError(_("该任职已于 %(date)s 结束。") % {"date": row.until.isoformat()}, code="already_ended")
    today = timezone.localdate()
    day = on or max(today, row.since)
    if day < row.since:
        raise RefusedError(_("结束日期不能早于开始日期。"), code="ends_before_it_begins", field="on")
    if (day - today).days > LONGEST_AHEAD_DAYS:
        raise RefusedError(_("任职结束日期不能晚于一年以后。"), code="date_too_far", field="on")
    row.until = day
    row.save(update_fields=["until"])
    audit.record(
        action="official.ended", actor=by, target=row, reason=reason, changes={"until": [None, day.isoformat()]}
    )
    notices.notify(
        [row.user],
        kind="official.ended",
        text=gettext_noop("您负责%(region)s区域工作的任期到 %(date)s 为止"),
        values={"date": day.isoformat(), "region": row.region.name},
        url=row.region.get_absolute_url(),
        key=f"official.ended:{row.pk}",
    )
    return row


def _only_operators(by: User) -> None:
    if not by.is_operator or not by.is_active:
        raise RefusedError(_("只有平台运营可以任免区域负责人。"), code="not_operator")


def _stated(reason: str) -> str:
    if not reason.strip():
        raise RefusedError(_("请写明理由。"), code="reason_missing", field="reason")
    return reason.strip()
