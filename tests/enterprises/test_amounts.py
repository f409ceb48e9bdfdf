"""Amounts on pages: one unit, two units; what a quantity counts."""

from decimal import Decimal

import pytest
from django.utils import translation

from enterprises.templatetags.enterprises_ui import amount as shown
from enterprises.web.amounts import amount, amount_label


@pytest.mark.parametrize(
    ("language", "value", "unit", "said"),
    [
        ("zh-hans", "20000.000", "t", "2 万吨"),
        ("zh-hans", "1", "unit", "1 台"),
        ("en", "1.000", "unit", "1 unit"),
        ("en", "2", "unit", "2 units"),
        ("en", "500", "wan_yuan", "CNY 5,000,000"),
        # 片 counts grinding wheels as well as wafers.
        ("en", "1200", "wafer", "1,200 pieces"),
        ("en", "1", "wafer", "1 piece"),
        ("en", "3", "", "3"),
    ],
)
def test_an_amount_carries_its_unit(language: str, value: str, unit: str, said: str) -> None:
    with translation.override(language):
        assert amount(Decimal(value), unit) == said


def test_what_is_not_stated_says_so() -> None:
    with translation.override("zh-hans"):
        assert amount(None, "t") == ""
        assert shown(None, "t") == "未填写"


def test_money_is_not_made_by_the_month() -> None:
    with translation.override("zh-hans"):
        assert amount_label("supply", "product") == "每月可供数量"
        assert amount_label("supply", "finance") == "可提供资金"
        assert amount_label("demand", "finance") == "所需资金"
