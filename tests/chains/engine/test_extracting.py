"""Dates and periods are no grades, however they are spaced."""

import pytest

from chains.engine import Dictionary, analyse


@pytest.mark.parametrize(
    "sentence",
    [
        "2027年4月16日前到货",
        "2027 年 4 月 16 日前到货",
        "2027-04-16 前到货",
        "交期约 33 天",
        "验收合格后 60 天内付款",
        "15 个工作日内发货",
        "3 个月内交付",
    ],
)
def test_a_date_or_period_of_the_description_is_no_grade(sentence: str) -> None:
    analysis = analyse(f"钠离子电芯\n规格 3.0V 160Ah，{sentence}。", dictionary=Dictionary.load())
    assert set(analysis.grades) == {"3.0v", "160ah"}
    assert analysis.dates
