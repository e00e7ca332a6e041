"""From where goods are taken: as much as wanted, in the order of the strategy, from as few places as can be."""

import datetime as dt
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from everstock.operations.warehouse.picking import Pick, PickPlace, Strategy, choose

DAY = dt.date(2026, 5, 1)
PLACES = st.lists(
    st.builds(
        PickPlace,
        location=st.integers(1, 9),
        lot=st.integers(0, 3),
        quantity=st.integers(0, 9),
        expires_on=st.one_of(st.none(), st.dates(DAY, DAY + dt.timedelta(days=3))),
        distance=st.integers(0, 3),
        code=st.sampled_from("ABC"),
    ),
    max_size=6,
    unique_by=lambda place: (place.location, place.lot),
)


@given(PLACES, st.integers(1, 40), st.sampled_from(Strategy))
def test_no_more_than_is_there_and_no_less_than_can_be(
    places: list[PickPlace], wanted: int, strategy: Strategy
) -> None:
    picks = choose(strategy, places, wanted)
    there = {(place.location, place.lot): place.quantity for place in places}
    assert sum(pick.quantity for pick in picks) == min(wanted, sum(there.values()))
    assert len({pick[:2] for pick in picks}) == len(picks)
    assert all(0 < pick.quantity <= there[pick[:2]] for pick in picks)


@given(PLACES, st.integers(1, 40))
def test_what_expires_first_is_never_left_behind(places: list[PickPlace], wanted: int) -> None:
    taken = {pick[:2]: pick.quantity for pick in choose(Strategy.FEFO, places, wanted)}
    ends = {(place.location, place.lot): place.expires_on or dt.date.max for place in places}
    for place in places:
        key = place.location, place.lot
        if taken.get(key, 0) < place.quantity:
            assert all(ends[other] <= ends[key] for other in taken)


@given(PLACES, st.integers(1, 40))
def test_no_choice_needs_fewer_places(places: list[PickPlace], wanted: int) -> None:
    picks = choose(Strategy.LEAST_SPLITS, places, wanted)
    reached = sum(pick.quantity for pick in picks)
    fewer = combinations(places, max(0, len(picks) - 1))
    assert all(sum(place.quantity for place in some) < reached for some in fewer) or not picks


def test_strategies_by_example() -> None:
    places = [
        PickPlace(1, 11, 5, DAY + dt.timedelta(days=9), 3, "A"),
        PickPlace(2, 12, 4, DAY, 9, "B"),
        PickPlace(3, 12, 2, DAY, 1, "C"),
        PickPlace(4, 10, 8, None, 5, "D"),
    ]
    assert choose(Strategy.FEFO, places, 7) == [Pick(3, 12, 2), Pick(2, 12, 4), Pick(1, 11, 1)]
    assert choose(Strategy.FIFO, places, 9) == [Pick(4, 10, 8), Pick(1, 11, 1)]
    assert choose(Strategy.NEAREST, places, 8) == [Pick(3, 12, 2), Pick(1, 11, 5), Pick(4, 10, 1)]
    assert choose(Strategy.LEAST_SPLITS, places, 4) == [Pick(2, 12, 4)]
    assert choose(Strategy.LEAST_SPLITS, places, 12) == [Pick(4, 10, 8), Pick(2, 12, 4)]
