"""Appointing officials and ending it: by operators only, once, with a reason, on the record."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from foundation.errors import RefusedError
from foundation.models import AuditEntry, Notice, User
from regions import officials
from regions.models import Official
from tests.factories import PrefectureFactory, UserFactory, province

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return UserFactory(operator=True)


def appoint(operator: User, **changes: object) -> Official:
    given = {
        "user": UserFactory(),
        "region": province("四川"),
        "title": "链长办主任",
        "by": operator,
        "reason": "来函任命",
    }
    return officials.appoint(**(given | changes))


def test_an_appointed_official_watches_over_the_region_from_today_and_is_told(operator: User) -> None:
    official = appoint(operator)
    assert [o.region_id for o in Official.objects.active_for(official.user)] == ["510000"]
    entry = AuditEntry.objects.get(action="official.appointed")
    assert (entry.actor_id, entry.reason, entry.changes["region"]) == (operator.pk, "来函任命", [None, "510000"])
    notice = Notice.objects.get(user=official.user)
    assert notice.values["region"] == "四川省"


def test_an_appointment_of_tomorrow_does_not_hold_today(operator: User) -> None:
    official = appoint(operator, since=timezone.localdate() + timedelta(days=1))
    assert not Official.objects.active_for(official.user).exists()
    assert Official.objects.active(on=timezone.localdate() + timedelta(days=1)).exists()


def test_an_ended_official_sees_nothing_from_that_day_and_may_be_appointed_again(operator: User) -> None:
    official = appoint(operator)
    officials.end(official=official, by=operator, reason="调任")
    assert not Official.objects.active_for(official.user).exists()
    assert AuditEntry.objects.filter(action="official.ended", reason="调任").exists()
    assert Notice.objects.filter(user=official.user).count() == 2
    appoint(operator, user=official.user)
    assert Official.objects.active_for(official.user).count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": "  "}, "reason_missing"),
        ({"since": date(2999, 1, 1)}, "date_too_far"),
    ],
)
def test_an_appointment_against_the_rules_is_refused_and_leaves_nothing(
    operator: User, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(RefusedError) as refusal:
        appoint(operator, **changes)
    assert refusal.value.code == code
    assert not Official.objects.exists()
    assert not AuditEntry.objects.exists()


def test_nobody_but_an_operator_may_appoint_or_end(operator: User) -> None:
    official = appoint(operator)
    for somebody in (UserFactory(), official.user, UserFactory(operator=True, is_active=False)):
        with pytest.raises(RefusedError) as refusal:
            appoint(somebody)
        assert refusal.value.code == "not_operator"
        with pytest.raises(RefusedError):
            officials.end(official=official, by=somebody, reason="不想要")
    assert Official.objects.active().count() == 1


def test_the_same_person_cannot_hold_the_same_region_twice_but_another_one(operator: User) -> None:
    official = appoint(operator)
    with pytest.raises(RefusedError) as refusal:
        appoint(operator, user=official.user)
    assert refusal.value.code == "already_appointed"
    appoint(operator, user=official.user, region=province("重庆"))
    officials.end(official=official, by=operator, reason="月底调任", on=timezone.localdate() + timedelta(days=20))
    with pytest.raises(RefusedError):
        appoint(operator, user=official.user)
    assert Official.objects.active_for(official.user).count() == 2


def test_a_region_of_the_past_a_shell_and_a_blocked_user_are_refused(operator: User) -> None:
    gone = province("湖北")
    gone.valid_to = timezone.localdate()
    gone.save()
    shell = PrefectureFactory(code="419000", parent=province("河南"))
    for changes in ({"region": gone}, {"region": shell}, {"user": UserFactory(is_active=False)}):
        with pytest.raises(RefusedError):
            appoint(operator, **changes)


def test_an_appointment_ends_once_and_not_before_it_began(operator: User) -> None:
    official = appoint(operator)
    with pytest.raises(RefusedError) as refusal:
        officials.end(official=official, by=operator, reason="笔误", on=official.since - timedelta(days=1))
    assert refusal.value.code == "ends_before_it_begins"
    with pytest.raises(RefusedError):
        officials.end(official=official, by=operator, reason="", on=None)
    officials.end(official=official, by=operator, reason="调任")
    with pytest.raises(RefusedError) as refusal:
        officials.end(official=official, by=operator, reason="再次")
    assert refusal.value.code == "already_ended"
