"""Amounts can be compared within a family, and are read as people write them."""

from decimal import Decimal

import pytest
from django.utils import translation

from enterprises import units
from enterprises.models import Unit


def test_every_unit_has_a_family_with_a_label():
    for unit in Unit.values:
        amount, family = units.to_base(Decimal(1), unit)
        assert amount > 0
        assert family in units.FAMILY_LABELS


def test_amounts_of_a_family_compare():
    assert units.to_base(Decimal("1.5"), "t") == units.to_base(Decimal(1500), "kg")
    assert units.to_base(Decimal(2), "mw")[0] == units.to_base(Decimal(2000), "kw")[0]
    assert units.comparable("pc", "set")
    assert not units.comparable("pc", "t")
    assert not units.comparable("", "t")


@pytest.mark.parametrize(
    ("written", "amount", "unit"),
    [
        ("500吨", "500", "t"),
        ("2 万片", "20000", "wafer"),
        ("1,200", "1200", ""),
        ("3.5 亿元", "35000", "wan_yuan"),
        ("500万元", "500", "wan_yuan"),
        ("2万千克", "20000", "kg"),
        ("５０斤", "25.0", "kg"),
        ("10 GWh", "10000", "mwh"),
        ("100 MW", "100", "mw"),
        ("3千瓦", "3", "kw"),
        ("80 台（套）", "80", "unit"),
        ("300 pcs", "300", "pc"),
        ("5 m³", "5", "m3"),
        ("2000㎡", "2000", "m2"),
        ("30 吨/月", "30", "t"),
        ("25 wafers", "25", "wafer"),
        ("1 wafer", "1", "wafer"),
        ("300 pieces", "300", "pc"),
    ],
)
def test_written_quantities_are_read(written, amount, unit):
    assert units.parse_quantity(written) == (Decimal(amount), unit)


@pytest.mark.parametrize("written", ["", "若干", "500 光年", "abc", "吨"])
def test_what_is_no_quantity_is_not_guessed(written):
    assert units.parse_quantity(written) is None


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "套"), ("en", "set")])
def test_a_price_is_for_one(language: str, words: str) -> None:
    with translation.override(language):
        assert (units.one("set"), units.one("kg")[-2:]) == (words, "千克" if language == "zh-hans" else "kg")
