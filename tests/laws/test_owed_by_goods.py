"""What is owed to suppliers is explained by the goods it is owed for, whatever changed their cost later."""

from collections import Counter, defaultdict

import pytest
from hypothesis import assume, given, settings

from everstock.core.facts import RECEIPT_VALUE, Fact, Kind
from everstock.core.history import History
from everstock.core.replay import Engine, ItemState
from tests.core.strategies import History as Facts
from tests.core.strategies import histories

OWED_FOR = {Kind.RECEIPT, Kind.RETURN_OUT}


def _goods(fact: Fact, facts: dict[int, Fact]) -> Fact:
    while fact.origin is not None and fact.kind in RECEIPT_VALUE | {Kind.RETURN_OUT, Kind.REVERSAL}:
        fact = facts[fact.origin]
    return fact


def _expected(drawn: Facts, facts: dict[int, Fact]) -> dict[int, int]:
    replayed = drawn._replace(facts=list(facts.values())).replay()
    owed: dict[int, int] = defaultdict(int)
    for entry in replayed.entries:
        fact = facts[entry.fact]
        if fact.kind in OWED_FOR and entry.contra == fact.contra:
            owed[_goods(fact, facts).id] += entry.amount
    # what went back before it was there: its cost came with the goods
    free = {n: -replayed.costs[n] for n, fact in facts.items() if _is_free_return(fact) and n in replayed.costs}
    return {goods: amount for goods, amount in (owed | free).items() if amount and facts[goods].kind in OWED_FOR}


def _is_free_return(fact: Fact) -> bool:
    return fact.kind is Kind.RETURN_OUT and fact.origin is None


@pytest.mark.slow
def test_what_is_owed_is_explained_by_goods_after_every_fact() -> None:
    seen: Counter[str] = Counter()

    @given(drawn=histories())
    @settings(max_examples=300, deadline=None, derandomize=True)
    def check(drawn: Facts) -> None:
        kinds = {fact.id: fact.kind for fact in drawn.facts}
        # nobody returns to us what we returned
        assume(all(kinds.get(f.origin or 0) != Kind.RETURN_OUT for f in drawn.facts if f.kind is Kind.RETURN_IN))
        history = History(Engine(drawn.policy, drawn.places.pool_of, lambda _: False), ItemState(), [])
        facts: dict[int, Fact] = {}
        owed: Counter[int] = Counter()
        for fact in drawn.facts:
            facts[fact.id] = fact
            for entry in history.add(fact).entries:
                goods = facts[entry.affected] if entry.affected else _goods(fact, facts)
                if goods.kind in OWED_FOR and entry.contra == goods.contra:
                    owed[goods.id] += entry.amount
                    seen["affected"] += entry.affected is not None
            assert {goods: amount for goods, amount in owed.items() if amount} == _expected(drawn, facts)

    check()
    assert seen["affected"] > 20
