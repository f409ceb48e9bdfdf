"""What waits for publication, as every page of the dictionary asks."""

import pytest

from chains.dictionary import freezing, publishing
from chains.models import Alias, Concept

pytestmark = pytest.mark.django_db


def test_what_waits_is_compared_again_after_every_kind_of_write() -> None:
    concept = Concept.objects.create(name="甲轴承", surface="甲轴承", kind="part")
    found = {change.pk for change in publishing.unpublished()}
    assert concept.pk in found
    assert {change.pk for change in publishing.unpublished()} == found
    Concept.objects.filter(pk=concept.pk).update(english="bearing a")
    assert publishing.unpublished() != []
    seen = freezing.stamp()
    Alias.objects.create(concept=concept, text="甲承", surface="甲承")
    assert freezing.stamp() != seen
    seen = freezing.stamp()
    Alias.objects.update(text="甲承二")
    assert freezing.stamp() != seen
    Alias.objects.all().delete()
    concept.delete()
    assert concept.pk not in {change.pk for change in publishing.unpublished()}
