"""Corners of the engine that random histories seldom reach, each a small table, held against the naive replay after every fact.

The tables are those of ``story``: when, event. ``standard`` is the item's standard cost.
"""

from typing import NamedTuple

import pytest

from everstock.core.costing.state import dump, load
from everstock.core.facts import Entry, Method, Policy
from everstock.core.history import History
from everstock.core.replay import Engine, ItemState
from tests.core import story
from tests.core.strategies import History as Facts
from tests.core.strategies import Places
from tests.laws.test_engine import _agrees


class Letters(Places):
    """The places of a story, all of which hold stock."""

    def __init__(self, told: story.Story) -> None:
        super().__init__()
        object.__setattr__(self, "pool_of", told.pool_of)

    def stock(self, location: int) -> bool:
        return True


class Case(NamedTuple):
    """A history under some methods, and the state of its only pool at the end: quantity, value in minor units, layers left."""

    name: str
    methods: tuple[Method, ...]
    facts: str
    end: tuple[int, int]
    standard: int | None = None


LAYERED = (Method.FIFO, Method.LIFO)
CASES = [
    Case("a supplier return takes its own layer and then exactly all the rest", LAYERED, """
         01-01 | receipt 10 @ 1.00
         01-02 | issue 6
         01-03 | receipt 6 @ 2.00
         01-04 | return_out 10 of 1
         01-05 | receipt 5 @ 3.00
         01-06 | issue 1
         """, (4, 1200)),
]  # fmt: skip


def _facts(case: Case, method: Method) -> Facts:
    told = story.Story(Policy(method, standard_cost=case.standard), {})
    for row in case.facts.strip().splitlines():
        when, event = (cell.strip() for cell in row.split("|"))
        told.add(when, event)

    return Facts(told.facts, told.policy, Letters(told))


@pytest.mark.parametrize(
    "case, method",
    [pytest.param(case, method, id=f"{case.name}, {method}") for case in CASES for method in case.methods],
)
def test_engine_is_the_naive_replay(case: Case, method: Method) -> None:
    told = _facts(case, method)
    history = History(Engine(told.policy, told.places.pool_of, lambda _: False), ItemState(), [])
    posted: list[Entry] = []
    for number, fact in enumerate(told.facts, 1):
        posted.extend(history.add(fact).entries)
        _agrees(history, posted, told, told.facts[:number])
    [pool] = history.state.pools.values()
    assert (pool.quantity // 10**6, pool.value) == case.end
    assert not any(deficit.quantity == 0 for deficit in pool.deficits)
    assert load(dump(pool)) == pool
