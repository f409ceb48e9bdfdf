"""What a draft would change is told beforehand, and is what happens when it is published."""

from typing import Any

import pytest

from chains import matching
from chains.dictionary import editing, previewing, publishing
from chains.models import DictionaryPreview, Match
from enterprises.models import Post
from foundation import jobs
from foundation.errors import RefusedError
from foundation.models import User
from foundation.tasks import drain
from tests.chains.dictionary.small import concept, small_dictionary, state
from tests.factories import PostFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    user: User = UserFactory(is_operator=True)
    return user


@pytest.fixture(autouse=True)
def dictionary(by: User) -> None:
    small_dictionary()
    publishing.publish(by=by, reason="初版")


def work() -> None:
    while drain("matching") or drain("bulk"):
        pass


def post(product: str, **more: Any) -> Post:
    found: Post = PostFactory(published=True, product=product, **more)
    return found


def match_everything() -> None:
    jobs.enqueue(kind="chains.rematch", key="all")
    work()


def live() -> dict[int, dict[int, tuple[int, bool]]]:
    found: dict[int, dict[int, tuple[int, bool]]] = {}
    for demand, supply, rank, strong in Match.objects.live().values_list("demand_id", "supply_id", "rank", "is_strong"):
        found.setdefault(demand, {})[supply] = (rank, strong)
    return found


def preview(by: User) -> dict[str, Any]:
    row = previewing.start(by=by)
    work()
    result = DictionaryPreview.objects.get(pk=row.pk).result
    assert result is not None
    return result


def test_a_new_alias_is_shown_to_bring_its_match(by: User) -> None:
    offer, wanted = post("轴承"), post("转动支承件", demand=True)
    match_everything()
    editing.add_alias(by=by, concept=concept("轴承"), text="转动支承件", is_ambiguous=False, reason="常用")
    before = live()
    result = preview(by)
    assert result["posts"]["changed"] == 1
    assert [example[0] for example in result["posts"]["examples"]] == [wanted.pk]
    assert (result["appear"], result["disappear"], result["move"]) == (1, 0, 0)
    assert result["details"][0]["appear"] == [[offer.pk, 1, True]]
    assert live() == before, "a preview changes nothing"


CHANGES = {
    "alias": lambda by: editing.add_alias(
        by=by, concept=concept("轴承"), text="转动支承件", is_ambiguous=False, reason="试"
    ),
    "alias away": lambda by: editing.retire_alias(by=by, alias=concept("螺栓").aliases.get(), reason="试"),
    "merge": lambda by: editing.merge(by=by, concept=concept("滚动轴承"), into=concept("轴承"), reason="试"),
    "parent": lambda by: editing.edit(
        by=by, concept=concept("深沟球轴承"), entry=state("深沟球轴承", parents=("紧固件",)), reason="试"
    ),
    "near": lambda by: editing.edit(by=by, concept=concept("螺母"), entry=state("螺母", near=("螺栓",)), reason="试"),
    "weight": lambda by: editing.edit(by=by, concept=concept("轴承"), entry=state("轴承", weight=2), reason="试"),
    "kind": lambda by: editing.edit(by=by, concept=concept("螺栓"), entry=state("螺栓", kind="material"), reason="试"),
    "retire": lambda by: editing.retire(by=by, concept=concept("深沟球轴承"), reason="试"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("most_forms", [300, 0])
def test_what_the_preview_says_is_what_publishing_does(
    by: User, change: str, most_forms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a market of everything that the small dictionary knows, with looking for forms and with reading all."""
    monkeypatch.setattr(previewing, "MOST_FORMS", most_forms)
    names = [
        "轴承",
        "滚动轴承",
        "深沟球轴承",
        "高强螺栓",
        "螺母",
        "bolt",
        "转动支承件",
        "耐磨衬板",
        "不锈钢轴承",
        "紧固件",
    ]
    for name in names:
        post(name)
        post(name, demand=True)
    match_everything()
    CHANGES[change](by)
    before = live()
    result = preview(by)
    publishing.publish(by=by, reason="采用")
    work()
    after = live()
    appear = {(d, s) for d, row in after.items() for s in row if s not in before.get(d, {})}
    disappear = {(d, s) for d, row in before.items() for s in row if s not in after.get(d, {})}
    move = {(d, s) for d, row in after.items() for s in row if s in before.get(d, {}) and row[s] != before[d][s]}
    said = {
        name: {(detail["demand"], row[0]) for detail in result["details"] for row in detail[name]}
        for name in ("appear", "disappear", "move")
    }
    assert said == {"appear": appear, "disappear": disappear, "move": move}
    assert (result["appear"], result["disappear"], result["move"]) == (len(appear), len(disappear), len(move))


def test_a_preview_of_an_older_draft_is_known_as_such(by: User) -> None:
    editing.add_alias(by=by, concept=concept("轴承"), text="甲件", is_ambiguous=False, reason="试")
    row = previewing.start(by=by)
    assert previewing.start(by=by).pk == row.pk, "while it is on its way, that one is the answer"
    assert previewing.is_of_today(row)
    editing.add_alias(by=by, concept=concept("轴承"), text="乙件", is_ambiguous=False, reason="试")
    assert not previewing.is_of_today(row)


def test_only_operators_preview_and_only_changes(by: User) -> None:
    with pytest.raises(RefusedError) as refused:
        previewing.start(by=UserFactory())
    assert refused.value.code == "not_allowed"
    with pytest.raises(RefusedError) as refused:
        previewing.start(by=by)
    assert refused.value.code == "nothing_changed"


def test_a_preview_run_twice_says_the_same(by: User) -> None:
    post("轴承")
    matching.keep(post_ids=list(Post.objects.values_list("pk", flat=True)))
    editing.add_alias(by=by, concept=concept("轴承"), text="甲件", is_ambiguous=False, reason="试")
    row = previewing.start(by=by)
    first = previewing.work(row, progress=lambda *_: None)
    assert previewing.work(row, progress=lambda *_: None) == first
