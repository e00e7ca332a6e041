"""The engine against the independent naive replay, after every single fact, on random histories.

Histories arrive in order of recording, with late facts, returns, transfers, charges, counts, write-downs and reversals; the engine
works incrementally, the naive replay starts over each time. Both must agree to the cent and the millionth.
"""

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everstock.core.costing.state import dump, load
from everstock.core.facts import Entry, Fact, Method
from everstock.core.history import History
from everstock.core.replay import Engine, ItemState
from tests.core.strategies import History as Facts
from tests.core.strategies import histories


def _engine(drawn: Facts) -> Engine:
    return Engine(drawn.policy, drawn.places.pool_of, lambda _: False)


def _sums(entries: list[Entry]) -> dict[tuple[int, int, int, int], tuple[int, int]]:
    sums: dict[tuple[int, int, int, int], list[int]] = defaultdict(lambda: [0, 0])
    for pool, day, account, contra, quantity, amount, *_ in entries:
        sums[pool, day, account, contra][0] += quantity
        sums[pool, day, account, contra][1] += amount
    return {key: (quantity, amount) for key, (quantity, amount) in sums.items() if quantity or amount}


def _agrees(history: History, posted: list[Entry], drawn: Facts, facts: list[Fact]) -> None:
    expected = drawn._replace(facts=facts).replay()
    assert _sums(posted) == expected.sums
    pools = {pool: (state.quantity, state.value) for pool, state in history.state.pools.items()}
    assert {k: v for k, v in pools.items() if v != (0, 0)} == {k: v for k, v in expected.pools.items() if v != (0, 0)}
    balances = {place: q for place, q in history.state.balances.items() if q and drawn.places.stock(place[0])}
    assert balances == {place: q for place, q in expected.balances.items() if q and drawn.places.stock(place[0])}
    assert {c: d for c, d in history.differences.items() if d} == {c: d for c, d in expected.differences.items() if d}


@pytest.mark.parametrize("method", list(Method))
@given(data=st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_engine_is_the_naive_replay_at_every_step(
    method: Method, data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = data.draw(histories(method))
    monkeypatch.setattr("everstock.core.history.SNAPSHOT_EVERY", data.draw(st.sampled_from([1, 2, 5, 64])))
    history = History(_engine(drawn), ItemState(), [])
    posted: list[Entry] = []
    for number, fact in enumerate(drawn.facts):
        posted.extend(history.add(fact).entries)
        _agrees(history, posted, drawn, drawn.facts[: number + 1])


@pytest.mark.parametrize("method", list(Method))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_history_loaded_whole_is_the_history_grown(method: Method, data: st.DataObject) -> None:
    drawn = data.draw(histories(method))
    whole = History(_engine(drawn), ItemState(), drawn.facts)
    _agrees(whole, [entry for made in whole.entries.values() for entry in made], drawn, drawn.facts)


@given(drawn=histories())
@settings(max_examples=200, deadline=None)
def test_state_survives_storage(drawn: Facts) -> None:
    history = History(_engine(drawn), ItemState(), drawn.facts)
    for state in history.state.pools.values():
        assert load(dump(state)) == state
