"""Figures and times as people read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from foundation.web import figures


def shown(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context)).strip()


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (0, "0", "0"),
        (9876, "9,876", "9,876"),
        (12345, "1.23 万", "12,345"),
        (20000, "2 万", "20,000"),
        (Decimal("350000000"), "3.5 亿", "350,000,000"),
        (-12345, "-1.23 万", "-12,345"),
        ("12.5", "12.5", "12.5"),
    ],
)
def test_large_numbers_are_in_wan_and_yi_in_chinese_and_grouped_in_english(
    value: object, chinese: str, english: str
) -> None:
    with translation.override("zh-hans"):
        assert shown("{{ value|wan }}", value=value) == chinese
    with translation.override("en"):
        assert shown("{{ value|wan }}", value=value) == english


@pytest.mark.parametrize("nothing", [None, "", "many", float("nan"), float("inf"), True])
def test_what_is_no_number_is_insufficient_data_and_never_zero(nothing: object) -> None:
    with translation.override("zh-hans"):
        assert shown("{{ value|wan }}", value=nothing) == "数据不足"
        assert shown("{{ value|percent }}", value=nothing) == "数据不足"


def test_money_is_kept_in_wan_yuan_and_named() -> None:
    with translation.override("zh-hans"):
        assert shown("{{ value|money_wan }}", value=1200) == "1,200 万元"
        assert shown("{{ value|money_wan }}", value=35000) == "3.5 亿元"
        assert shown("{{ value|money_wan }}", value=None) == "未填写"
    with translation.override("en"):
        assert shown("{{ value|money_wan }}", value=1200) == "CNY 12,000,000"


def test_a_share_is_shown_in_percent() -> None:
    assert shown("{{ value|percent }}", value=0.347) == "35%"
    assert shown("{{ value|percent:1 }}", value=0.347) == "34.7%"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=5), "刚刚"),
        (timedelta(minutes=3), "3 分钟前"),
        (timedelta(hours=5), "5 小时前"),
        (timedelta(days=4), "4 天前"),
        (timedelta(minutes=-3), "3 分钟后"),
        (timedelta(days=90), "2026-08-26"),
    ],
)
def test_time_is_relative_within_a_month(ago: timedelta, words: str) -> None:
    now = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    with translation.override("zh-hans"):
        assert figures.since(now - ago, now=now) == words


def test_the_absolute_time_is_in_the_title_in_chinese_time() -> None:
    moment = datetime(2026, 11, 23, 18, 5, tzinfo=UTC)
    assert 'title="2026-11-24 02:05"' in shown("{{ value|when }}", value=moment)
    assert ">2026-11-24 02:05</time>" in shown("{{ value|moment }}", value=moment)


def test_a_date_stays_a_date_and_nothing_stays_nothing() -> None:
    assert shown("{{ value|when }}", value=date(2026, 11, 23)) == '<time datetime="2026-11-23">2026-11-23</time>'
    assert shown("{{ value|when }}", value=None) == ""
    assert shown("{{ value|when }}", value="<b>") == ""


def test_a_moment_without_zone_is_taken_as_ours() -> None:
    naive = timezone.make_naive(datetime(2026, 11, 23, 18, 5, tzinfo=UTC))
    assert "2026-11-24 02:05" in shown("{{ value|moment }}", value=naive)


@pytest.mark.parametrize(
    ("language", "unit", "said"),
    [("zh-hans", "万元", "500 万元"), ("en", "× CNY 10,000", "CNY 5,000,000"), ("en", "t", "500 t")],
)
def test_an_amount_of_money_is_worked_out_where_there_is_no_word_for_its_unit(language, unit, said):
    with translation.override(language):
        assert figures.with_unit(Decimal(500), unit) == said
