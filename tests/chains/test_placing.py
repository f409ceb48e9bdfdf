"""Places in a list: credit and explorers, both bounded; without exposure the order is the score's."""

from hypothesis import given
from hypothesis import strategies as st

from chains.matching.placing import BELOW, CREDIT, EXPLORING, Partner, arrange, weight

TOP = 20


def equals(count: int, *, score: float = 90.0, strong: bool = True) -> list[Partner]:
    return [Partner(id=number, firm=number, score=score, is_strong=strong) for number in range(1, count + 1)]


def ids(partners: list[Partner], **settings: object) -> list[int]:
    values = {"credits": {}, "top": TOP, "seed": "1:2026-48", **settings}
    return [place.id for place in arrange(partners, **values)]  # type: ignore[arg-type]


def test_without_credits_the_list_is_by_score_and_ties_by_id() -> None:
    rows = [*equals(30), Partner(id=99, firm=99, score=91, is_strong=True)]
    assert ids(rows) == [99, *range(1, 20)]
    assert not any(place.is_explored for place in arrange(rows, credits={}, top=TOP, seed="s"))


def test_of_equals_those_that_nobody_saw_come_first() -> None:
    assert ids(equals(4), credits={3: CREDIT, 4: 1.0}) == [3, 4, 1, 2]


def test_credit_does_not_lift_over_a_partner_that_is_better_by_more() -> None:
    rows = [Partner(1, 1, 95.0, True), Partner(2, 2, 95.0 - CREDIT - 0.01, True)]
    assert ids(rows, credits={2: CREDIT}) == [1, 2]


def test_a_doubtful_partner_gets_no_credit() -> None:
    rows = [Partner(1, 1, 60.0, False), Partner(2, 2, 59.0, False)]
    assert ids(rows, credits={2: CREDIT}) == [1, 2]


def test_explorers_stand_at_their_places_and_are_nearly_as_good() -> None:
    seen = equals(20)
    unseen = [Partner(id=100 + n, firm=100 + n, score=90 - CREDIT - 1, is_strong=True) for n in range(10)]
    far = [Partner(id=200, firm=200, score=90 - BELOW - CREDIT - 1, is_strong=True)]
    credits = {one.firm: CREDIT for one in (*unseen, *far)}
    places = arrange([*seen, *unseen, *far], credits=credits, top=TOP, seed="s")
    assert [n for n, place in enumerate(places, start=1) if place.is_explored] == list(EXPLORING)
    assert all(place.id >= 100 for place in places if place.is_explored)
    assert 200 not in [place.id for place in places]
    assert ids([*seen, *unseen], credits=credits, seed="a") != ids([*seen, *unseen], credits=credits, seed="b")


def test_explorers_take_an_eighth_of_what_a_list_shows() -> None:
    whole = sum(weight(rank) for rank in range(1, TOP + 1))
    assert 0.10 <= sum(weight(rank) for rank in EXPLORING) / whole <= 0.15


def test_what_the_buyer_kept_stays() -> None:
    rows = [*equals(25), Partner(99, 99, 70.0, True)]
    found = ids(rows, kept={99, 25})
    assert len(found) == TOP
    assert found[-2:] == [25, 99]
    assert found[:18] == list(range(1, 19))


@given(
    st.lists(st.tuples(st.integers(0, 10), st.booleans()), max_size=60),
    st.dictionaries(st.integers(1, 60), st.floats(0, CREDIT)),
    st.sets(st.integers(1, 60), max_size=5),
)
def test_any_list_is_in_order_bounded_and_without_doubles(
    rows: list[tuple[int, bool]], credits: dict[int, float], kept: set[int]
) -> None:
    partners = [Partner(n, n, 80.0 + score, strong) for n, (score, strong) in enumerate(rows, start=1)]
    places = arrange(partners, credits=credits, top=TOP, seed="s", kept=kept)
    by_id = {one.id: one for one in partners}
    assert len({place.id for place in places}) == len(places) == min(TOP, len(partners))
    assert [place.placing for place in places] == sorted((place.placing for place in places), reverse=True)
    for place in places:
        lift = place.placing - by_id[place.id].score
        assert 0 <= lift <= CREDIT + BELOW
        assert lift == 0 or by_id[place.id].is_strong
    assert kept & by_id.keys() <= {place.id for place in places}
