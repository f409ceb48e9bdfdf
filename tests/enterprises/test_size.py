from datetime import date
from decimal import Decimal

import pytest

from enterprises import size
from enterprises.models import Enterprise, IndustryClass

SizeClass = Enterprise.SizeClass
BEARINGS = IndustryClass(code="3451", section="C", level=4)
MINING = IndustryClass(code="0610", section="B", level=4)
SOFTWARE = IndustryClass(code="6513", section="I", level=4)
INTERNET = IndustryClass(code="6421", section="I", level=4)
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("industry", "staff", "revenue", "expected"),
    [
        (BEARINGS, 1000, "40000", SizeClass.LARGE),
        (BEARINGS, 999, "40000", SizeClass.MEDIUM),
        (BEARINGS, 1000, "39999.99", SizeClass.MEDIUM),
        (BEARINGS, 5000, "1999", SizeClass.SMALL),
        (BEARINGS, 5000, "299", SizeClass.MICRO),
        (BEARINGS, 300, "2000", SizeClass.MEDIUM),
        (BEARINGS, 20, "300", SizeClass.SMALL),
        (BEARINGS, 19, "900000", SizeClass.MICRO),
        (MINING, 20, "300", SizeClass.SMALL),
        (SOFTWARE, 300, "10000", SizeClass.LARGE),
        (SOFTWARE, 100, "1000", SizeClass.MEDIUM),
        (SOFTWARE, 10, "50", SizeClass.SMALL),
        (SOFTWARE, 9, "50", SizeClass.MICRO),
    ],
)
def test_a_class_needs_both_floors_and_missing_one_drops_a_grade(industry, staff, revenue, expected):
    outcome = size.classify(industry=industry, staff=staff, revenue_wan=Decimal(revenue), as_of=TODAY)
    assert outcome.size_class == expected
    assert outcome.rule == ("stats-2017/software" if industry is SOFTWARE else "stats-2017/industry")


@pytest.mark.parametrize("industry", [INTERNET, None])
def test_an_industry_without_a_rule_has_an_unknown_class(industry):
    outcome = size.classify(industry=industry, staff=5000, revenue_wan=Decimal(900000), as_of=TODAY)
    assert outcome == size.Outcome(SizeClass.UNKNOWN, "stats-2017")


@pytest.mark.parametrize(("staff", "revenue"), [(None, None), (None, Decimal(5000)), (500, None)])
def test_incomplete_figures_are_insufficient_data(staff, revenue):
    assert size.classify(industry=BEARINGS, staff=staff, revenue_wan=revenue, as_of=TODAY).size_class == ""


@pytest.mark.parametrize(("staff", "revenue"), [(3, None), (None, Decimal(20))])
def test_one_figure_below_the_lowest_floor_settles_it(staff, revenue):
    outcome = size.classify(industry=BEARINGS, staff=staff, revenue_wan=revenue, as_of=TODAY)
    assert outcome.size_class == SizeClass.MICRO


def test_before_the_first_rule_set_nothing_is_claimed():
    outcome = size.classify(industry=BEARINGS, staff=500, revenue_wan=Decimal(5000), as_of=date(2016, 12, 31))
    assert outcome == size.Outcome(SizeClass.UNKNOWN, "")


def test_the_newer_of_two_dated_rule_sets_counts_from_its_day(monkeypatch):
    old = size.rule_sets()[0]
    newer = size.RuleSet("next", "新", "New", date(2027, 1, 1), None, "", (old.rules[1],))
    monkeypatch.setattr(size, "rule_sets", lambda: (old, newer))
    assert size.rule_set_on(date(2026, 12, 31)) is old
    assert size.rule_set_on(date(2027, 1, 1)) is newer
    assert size.rule_set_named("next/software") is newer
    assert size.classify(industry=BEARINGS, staff=500, revenue_wan=Decimal(5000), as_of=date(2027, 1, 1)).rule == "next"
