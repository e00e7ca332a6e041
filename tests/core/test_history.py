"""Histories that refuse: what falls below zero or comes back twice changes nothing, and what stands is known."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everstock.core.facts import DAY, Entry, Fact, Kind, Method, Policy
from everstock.core.history import SNAPSHOT_EVERY, History
from everstock.core.naive.order import living
from everstock.core.replay import Engine, ItemState, OverReturned
from tests.core.strategies import BRANCH, CONSIGNMENT, FIRST_BIN, SECOND_BIN, UNIT, Places, Scope, histories
from tests.core.strategies import History as Facts
from tests.laws.test_engine import _agrees

CONTRA = 200


def picture(history: History) -> object:
    """Everything a history remembers."""
    return (
        list(history.facts),
        {fact: list(entries) for fact, entries in history.entries.items()},
        dict(history.differences),
        [(snapshot.at, snapshot.state.copy()) for snapshot in history.snapshots],
        history.state.copy(),
        dict(history.known),
        dict(history.values),
        dict(history.engine.valuations),
        set(history.engine.tracked),
    )


@pytest.mark.parametrize("every", [1, 2, 64])
@given(drawn=histories())
@settings(max_examples=100, deadline=None)
def test_refused_exactly_when_something_falls_below_zero(every: int, drawn: Facts) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("everstock.core.history.SNAPSHOT_EVERY", every)
        _post_one_by_one(drawn)


def _post_one_by_one(drawn: Facts) -> None:
    history = History(Engine(drawn.policy, drawn.places.pool_of, lambda _: True), ItemState(), [])
    accepted: list[Fact] = []
    posted = []
    counted: Counter[int] = Counter()
    for fact in drawn.facts:
        if fact.origin is not None and fact.origin not in {known.id for known in accepted}:
            continue
        if fact.kind is Kind.REVERSAL and history.dependants(fact.origin or 0):
            continue  # what undid them was refused, and so this would be before it is asked
        before = picture(history)
        try:
            lowest = drawn._replace(facts=[*accepted, fact]).replay().lowest
        except ValueError as too_much:
            # a reversal of an earlier return was refused, and so this one brings back more than left
            if "more is returned" not in str(too_much):
                raise
            with pytest.raises(OverReturned):
                history.add(fact)
            assert picture(history) == before
            continue
        change = history.add(fact)
        if change.shortage is None:
            assert all(balance >= 0 for balance, _ in lowest.values())
            accepted.append(fact)
            posted.extend(change.entries)
            assert {entry.fact for entry in change.entries} <= {fact.id}
        else:
            short, place, balance = change.shortage
            assert lowest[place][0] <= balance < 0
            assert short in (*accepted, fact)
            assert picture(history) == before
            assert not change.entries
            assert not change.differences
        for count, by in change.differences.items():
            counted[count] += by
        assert {count: by for count, by in counted.items() if by} == {
            count: by for count, by in history.differences.items() if by
        }
        _agrees(history, posted, drawn, accepted)
        _knows_what_stands(history, accepted)


def _knows_what_stands(history: History, facts: list[Fact]) -> None:
    stand = living(facts)
    for fact in facts:
        if fact.kind is not Kind.REVERSAL:
            assert history.is_living(fact.id) == (fact in stand)
        dependants = [other for other in stand if other.origin == fact.id]
        assert sorted(history.dependants(fact.id)) == sorted(dependants)
    assert not history.is_living(0)


@given(drawn=histories(), at=st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_a_stretch_from_any_moment_is_the_end_of_the_whole(drawn: Facts, at: int) -> None:
    """What a checkpoint is for: starting from the state after an instant gives what starting at the beginning gives."""
    facts = [fact for fact in drawn.facts if fact.origin is None and fact.kind is not Kind.REVERSAL]
    engine = Engine(drawn.policy, drawn.places.pool_of, lambda _: False)
    whole = History(engine, ItemState(), facts)
    if not whole.facts:
        return
    moment = whole.facts[at % len(whole.facts)].effective_at
    early = [fact for fact in facts if fact.effective_at <= moment]
    start = History(Engine(drawn.policy, drawn.places.pool_of, lambda _: False), ItemState(), early).state
    kept = start.copy()
    late = [fact for fact in facts if fact.effective_at > moment]
    stretch = History(Engine(drawn.policy, drawn.places.pool_of, lambda _: False), start, late)
    assert stretch.start == kept, "the state it starts from stays as it is"
    assert stretch.state == whole.state
    assert stretch.entries == {fact.id: whole.entries[fact.id] for fact in late}
    assert stretch.differences == {fact.id: whole.differences[fact.id] for fact in late if fact.kind is Kind.COUNT}


# --- small histories in a table: id, kind, day, quantity, from, to, origin; and what comes of the last one


def fact(
    number: int, kind: Kind, day: int, quantity: int, source: int | None, target: int | None, origin: int | None = None
) -> Fact:
    value = quantity * 100 if kind is Kind.RECEIPT else None
    contra_in = CONTRA + 1 if kind is Kind.COUNT else None
    return Fact(number, kind, day * DAY, quantity * UNIT, CONTRA, source, target, None, value, None, origin, contra_in)


RECEIVED = fact(1, Kind.RECEIPT, 1, 10, None, FIRST_BIN)
ISSUED = fact(2, Kind.ISSUE, 3, 6, FIRST_BIN, None)
SHORT = [
    ("all of it is no shortage", [fact(3, Kind.ISSUE, 4, 4, FIRST_BIN, None)], None),
    ("one more is", [fact(3, Kind.ISSUE, 4, 5, FIRST_BIN, None)], (3, FIRST_BIN, -1)),
    ("late, and a later issue is short", [fact(3, Kind.ISSUE, 2, 5, FIRST_BIN, None)], (2, FIRST_BIN, -1)),
    ("late, and two issues are short: the first one counts", [fact(3, Kind.ISSUE, 2, 11, FIRST_BIN, None)], (3, FIRST_BIN, -1)),
    ("from a place where nothing is, in the same pool", [fact(3, Kind.TRANSFER, 4, 1, SECOND_BIN, FIRST_BIN)], (3, SECOND_BIN, -1)),
    ("the receipt is reversed", [fact(3, Kind.REVERSAL, 1, 0, None, None, 1)], (2, FIRST_BIN, -6)),
    ("a count below what left later", [fact(3, Kind.COUNT, 2, 5, None, FIRST_BIN)], (2, FIRST_BIN, -1)),
    ("a place that may go below zero", [fact(3, Kind.ISSUE, 4, 99, CONSIGNMENT, None)], None),
    ("moved on before it came", [fact(3, Kind.TRANSFER, 4, 4, FIRST_BIN, BRANCH), fact(4, Kind.ISSUE, 3, 1, BRANCH, None)], (4, BRANCH, -1)),
]  # fmt: skip


def small(facts: list[Fact]) -> History:
    engine = Engine(Policy(Method.FIFO), Places(Scope.ITEM).pool_of, lambda place: place != CONSIGNMENT)
    return History(engine, ItemState(), facts)


@pytest.mark.parametrize("more, short", [row[1:] for row in SHORT], ids=[row[0] for row in SHORT])
def test_the_first_shortage_is_named(more: list[Fact], short: tuple[int, int, int] | None) -> None:
    history = small([RECEIVED, ISSUED])
    *others, last = more
    for other in others:
        assert history.add(other).shortage is None
    shortage = history.add(last).shortage
    found = shortage and (shortage.fact.id, shortage.place[0], shortage.balance // UNIT)
    assert found == short


OVER = [
    ("customer returns more than was issued", [fact(3, Kind.RETURN_IN, 4, 7, None, FIRST_BIN, 2)], 6),
    ("in two parts", [fact(3, Kind.RETURN_IN, 4, 4, None, FIRST_BIN, 2), fact(4, Kind.RETURN_IN, 5, 3, None, FIRST_BIN, 2)], 2),
    ("the late part comes first, the other one is too much",
     [fact(3, Kind.RETURN_IN, 5, 4, None, FIRST_BIN, 2), fact(4, Kind.RETURN_IN, 4, 3, None, FIRST_BIN, 2)], 3),
    ("more goes back than was received", [fact(3, Kind.RETURN_OUT, 4, 11, FIRST_BIN, None, 1)], 10),
]  # fmt: skip


@pytest.mark.parametrize("more, open_", [row[1:] for row in OVER], ids=[row[0] for row in OVER])
def test_too_much_returned_changes_nothing(more: list[Fact], open_: int) -> None:
    history = small([RECEIVED, ISSUED])
    *others, last = more
    for other in others:
        history.add(other)
    before = picture(history)
    with pytest.raises(OverReturned) as raised:
        history.add(last)
    assert raised.value.args[1] == open_ * UNIT
    assert picture(history) == before


def test_taking_one_of_an_instant_out_puts_the_rest_in_order_again() -> None:
    """A circle of transfers stands in order of recording; without one of them what arrives stands first."""
    written_down = Fact(3, Kind.WRITE_DOWN, DAY, 0, CONTRA, None, FIRST_BIN, None, None, 0)
    bought = fact(4, Kind.TRANSFER, 1, 1, CONSIGNMENT, FIRST_BIN)._replace(value=100)
    consigned = fact(5, Kind.TRANSFER, 1, 1, FIRST_BIN, CONSIGNMENT)
    history = small([fact(2, Kind.RECEIPT, 0, 1, None, FIRST_BIN), written_down, bought, consigned])
    assert [fact.id for fact in history.facts] == [2, 3, 4, 5]
    history.add(fact(6, Kind.REVERSAL, 1, 0, None, None, 5))
    assert [fact.id for fact in history.facts] == [2, 4, 3]
    assert (history.state.pools[10].quantity, history.state.pools[10].value) == (2 * UNIT, 0)


def test_goods_that_left_from_where_they_had_no_value_come_back_without_one() -> None:
    sold = fact(1, Kind.ISSUE, 1, 3, CONSIGNMENT, None)
    history = small([sold, fact(2, Kind.RETURN_IN, 2, 2, None, FIRST_BIN, 1)])
    assert (history.state.pools[10].quantity, history.state.pools[10].value) == (2 * UNIT, 0)


def test_a_late_fact_that_changes_nothing_later_is_not_followed_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The replay stops at the first state that is what it was: a count of a year ago costs no year of work."""
    facts = [fact(n, Kind.RECEIPT, n, 1, None, FIRST_BIN) for n in range(1, 1001)]
    history = small(facts)
    assert 1000 // SNAPSHOT_EVERY - 1 <= len(history.snapshots) <= 1000 // SNAPSHOT_EVERY + 1
    applied: list[int] = []
    apply = Engine.apply

    def counted(engine: Engine, state: ItemState, one: Fact) -> list[Entry]:
        applied.append(one.id)
        return apply(engine, state, one)

    monkeypatch.setattr(Engine, "apply", counted)
    before = history.snapshots
    assert not history.add(fact(2000, Kind.COUNT, 10, 10, None, FIRST_BIN)).entries
    assert 2000 in applied
    assert len(applied) <= 2 * SNAPSHOT_EVERY + 2
    assert [snapshot.at for snapshot in history.snapshots] == [snapshot.at for snapshot in before]
    assert history.state.pools[10].quantity == 1000 * UNIT
