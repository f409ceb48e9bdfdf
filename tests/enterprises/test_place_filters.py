"""Filters by place and industry, as the lists of firms and posts use them."""

import django_filters
import pytest

from enterprises import reference as industries
from enterprises.filters import IndustryFilter
from enterprises.models import Enterprise, IndustryClass
from regions import reference
from regions.filters import RegionFilter, RegionSetFilter
from regions.models import Region
from tests.factories import EnterpriseFactory

pytestmark = pytest.mark.django_db


class FirmFilter(django_filters.FilterSet):
    region = RegionFilter()
    strategy = RegionSetFilter()
    industry = IndustryFilter()

    class Meta:
        model = Enterprise
        fields: list[str] = []


@pytest.fixture(autouse=True)
def firms(db: None) -> None:
    reference.load_divisions()
    reference.load_region_sets()
    industries.load_industries()
    for name, region, industry in [
        ("昆山", "320583", "3841"),
        ("南京", "320100", "38"),
        ("成都", "510100", "6513"),
        ("无", None, None),
    ]:
        EnterpriseFactory(
            name=name,
            verified=True,
            region=Region.objects.get(pk=region) if region else None,
            industry=IndustryClass.objects.get(pk=industry) if industry else None,
        )


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"昆山", "南京", "成都", "无"}),
        ({"region": "320000"}, {"昆山", "南京"}),
        ({"region": "320500"}, {"昆山"}),
        ({"region": "320583"}, {"昆山"}),
        ({"strategy": "yangtze-delta"}, {"昆山", "南京"}),
        ({"strategy": "yangtze-belt", "region": "510000"}, {"成都"}),
        ({"industry": "C"}, {"昆山", "南京"}),
        ({"industry": "384"}, {"昆山"}),
        ({"industry": "I", "region": "320000"}, set()),
    ],
)
def test_firms_are_narrowed_by_place_strategy_and_industry(query: dict[str, str], names: set[str]) -> None:
    filtered = FirmFilter(query, queryset=Enterprise.objects.all())
    assert filtered.is_valid(), filtered.errors
    assert set(filtered.qs.values_list("name", flat=True)) == names


@pytest.mark.parametrize("query", [{"region": "x"}, {"region": "\x00"}, {"strategy": "none"}, {"industry": "9999"}])
def test_a_value_that_does_not_exist_is_refused_not_crashed_on(query: dict[str, str]) -> None:
    assert not FirmFilter(query, queryset=Enterprise.objects.all()).is_valid()
