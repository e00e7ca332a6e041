"""The engine: one item's facts in, entries out; incrementally, and by replaying a stretch of history when a fact is late.

``Engine.apply`` turns one fact and the state before it into the state after it and the entries it makes. A ``History`` keeps a
stretch of facts with their entries, so that a late fact can be put in its place and the difference be told.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import ClassVar, NamedTuple

from everstock.core.costing import EMPTY, PoolState, Returned, costing_for
from everstock.core.facts import DAY, INBOUND, RECEIPT_VALUE, Entry, Fact, Kind, Policy, Pool, PoolOf

Place = tuple[int, int | None]
"""A location and a lot (or none)."""


class Flow(NamedTuple):
    """What later linked facts need of a fact: its quantity, its cost or value so far, and how much of it was returned."""

    quantity: int
    value: int
    returned: int


class Shortage(NamedTuple):
    """After ``fact`` the balance at ``place`` is ``balance``, below zero."""

    fact: Fact
    place: Place
    balance: int


class Valuation(NamedTuple):
    """The living cost change (the latest one) and landed costs (contra, amount) of an inbound fact."""

    value: int | None
    landed: tuple[tuple[int, int], ...]


class OverReturned(Exception):
    """A linked return brings back more than there was. ``args``: the return's fact, the quantity still open."""


class ItemState:
    """Costing state of one item: its pools, its balances, and the flows that linked facts refer to."""

    __slots__ = ("balances", "flows", "pools")

    def __init__(
        self,
        pools: dict[int, PoolState] | None = None,
        balances: dict[Place, int] | None = None,
        flows: dict[int, Flow] | None = None,
    ) -> None:
        self.pools = pools if pools is not None else {}
        self.balances = balances if balances is not None else {}
        self.flows = flows if flows is not None else {}

    def copy(self) -> "ItemState":
        return ItemState(dict(self.pools), dict(self.balances), dict(self.flows))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ItemState):
            return NotImplemented
        return self.pools == other.pools and self.balances == other.balances and self.flows == other.flows

    __hash__ = None  # type: ignore[assignment]


class Engine:
    """Applies facts of one item in processing order.

    ``tracked`` are ids of facts that linked facts refer to; ``valuations`` what cost changes and landed costs say of inbound facts.
    ``shortages`` collects every moment a balance was left below zero; ``differences`` what counts found.
    """

    def __init__(self, policy: Policy, pool_of: PoolOf, stock: Callable[[int], bool]) -> None:
        self.costing = costing_for(policy)
        self.pool_of = pool_of
        self.stock = stock
        self.tracked: set[int] = set()
        self.valuations: dict[int, Valuation] = {}
        self.shortages: list[Shortage] = []
        self.differences: dict[int, int] = {}

    def apply(self, state: ItemState, fact: Fact) -> list[Entry]:
        """Change ``state`` by ``fact`` and return its entries."""
        return self._handlers[fact.kind](self, state, fact)

    # --- what comes in

    def _inbound(self, state: ItemState, fact: Fact) -> list[Entry]:
        assert fact.target is not None
        _move(state.balances, (fact.target, fact.lot), fact.quantity)
        pool = self.pool_of(fact.target, fact.lot)
        if pool is None:
            if fact.id in self.tracked:
                state.flows[fact.id] = Flow(fact.quantity, 0, 0)
            return []
        parts = self._parts(state, fact, pool)
        return self._receive(state, fact, pool, fact.quantity, parts)

    def _parts(self, state: ItemState, fact: Fact, pool: Pool) -> list[tuple[int, int]]:
        """The value of an inbound fact as (contra, amount) parts, its own first."""
        valuation = self.valuations.get(fact.id)
        value = fact.value
        if fact.kind is Kind.RETURN_IN and fact.origin is not None:
            value = self._take_share(state, fact)
        elif valuation is not None and valuation.value is not None:
            value = valuation.value
        if value is None:
            value = self.costing.current_cost(state.pools.get(pool.id, EMPTY), fact.quantity)
        if valuation is None:
            return [(fact.contra, value)]
        return [(fact.contra, value), *valuation.landed]

    def _receive(
        self, state: ItemState, fact: Fact, pool: Pool, quantity: int, parts: list[tuple[int, int]]
    ) -> list[Entry]:
        value = sum(amount for _, amount in parts)
        after, change, true_ups = self.costing.receive(state.pools.get(pool.id, EMPTY), quantity, value, fact.id)
        state.pools[pool.id] = after
        if fact.id in self.tracked and fact.kind is not Kind.TRANSFER:
            state.flows[fact.id] = Flow(quantity, value, 0)
        day = fact.effective_at // DAY
        entries = [
            Entry(pool.id, day, pool.inventory, contra, 0 if at else quantity, amount, fact.id)
            for at, (contra, amount) in enumerate(parts)
        ]
        if change != value:
            entries.append(Entry(pool.id, day, pool.inventory, pool.price_difference, 0, change - value, fact.id))
        for true_up in true_ups:
            entries.append(
                Entry(pool.id, day, pool.inventory, true_up.contra, 0, -true_up.amount, fact.id, true_up.fact)
            )
            flow = state.flows.get(true_up.fact)
            if flow is not None:
                state.flows[true_up.fact] = flow._replace(value=flow.value + true_up.amount)
        return entries

    def _take_share(self, state: ItemState, fact: Fact) -> int:
        """Share of the origin's cost or value that a linked return brings back, marked as returned."""
        assert fact.origin is not None
        flow = state.flows[fact.origin]
        left = flow.quantity - flow.returned
        if fact.quantity > left:
            raise OverReturned(fact, left)
        state.flows[fact.origin] = flow._replace(returned=flow.returned + fact.quantity)
        twice = 2 * flow.quantity
        before = (2 * flow.value * left + flow.quantity) // twice
        return before - (2 * flow.value * (left - fact.quantity) + flow.quantity) // twice

    # --- what leaves

    def _outbound(self, state: ItemState, fact: Fact) -> list[Entry]:
        source = fact.source
        assert source is not None
        self._take(state, fact, (source, fact.lot), fact.quantity)
        pool = self.pool_of(source, fact.lot)
        if pool is None:
            if fact.id in self.tracked:
                state.flows[fact.id] = Flow(fact.quantity, 0, 0)
            return []
        return self._leave(state, fact, pool, fact.quantity, fact.contra, fact.contra)[0]

    def _leave(
        self, state: ItemState, fact: Fact, pool: Pool, quantity: int, contra: int, deficit_contra: int
    ) -> tuple[list[Entry], int]:
        left = self.costing.leave(state.pools.get(pool.id, EMPTY), quantity, deficit_contra, fact.id)
        state.pools[pool.id] = left.state
        if fact.id in self.tracked:
            state.flows[fact.id] = Flow(quantity, left.cost, 0)
        day = fact.effective_at // DAY
        gross = left.cost + left.released
        entries = [Entry(pool.id, day, pool.inventory, contra, -quantity, -gross, fact.id)]
        if left.released:
            entries.append(Entry(pool.id, day, pool.allowance, contra, 0, left.released, fact.id))
        return entries, left.cost

    def _return_out(self, state: ItemState, fact: Fact) -> list[Entry]:
        assert fact.source is not None
        pool = self.pool_of(fact.source, fact.lot)
        if fact.origin is None or pool is None:
            return self._outbound(state, fact)
        self._take(state, fact, (fact.source, fact.lot), fact.quantity)
        flow = state.flows[fact.origin]
        returned = Returned(fact.origin, flow.value, flow.quantity, self._take_share(state, fact))
        left, owed = self.costing.return_to_supplier(
            state.pools.get(pool.id, EMPTY), fact.quantity, returned, pool.price_difference, fact.id
        )
        state.pools[pool.id] = left.state
        if fact.id in self.tracked:
            state.flows[fact.id] = Flow(fact.quantity, left.cost, 0)
        day = fact.effective_at // DAY
        entries = [Entry(pool.id, day, pool.inventory, fact.contra, -fact.quantity, -owed - left.released, fact.id)]
        if left.cost != owed:
            entries.append(Entry(pool.id, day, pool.inventory, pool.price_difference, 0, owed - left.cost, fact.id))
        if left.released:
            entries.append(Entry(pool.id, day, pool.allowance, fact.contra, 0, left.released, fact.id))
        return entries

    def _transfer(self, state: ItemState, fact: Fact) -> list[Entry]:
        assert fact.source is not None
        assert fact.target is not None
        self._take(state, fact, (fact.source, fact.lot), fact.quantity)
        _move(state.balances, (fact.target, fact.lot), fact.quantity)
        source, target = self.pool_of(fact.source, fact.lot), self.pool_of(fact.target, fact.lot)
        if source == target:
            return []
        if source is None:
            assert target is not None
            return self._receive(state, fact, target, fact.quantity, self._parts(state, fact, target))
        if target is None:
            return self._leave(state, fact, source, fact.quantity, fact.contra, source.price_difference)[0]
        entries, cost = self._leave(state, fact, source, fact.quantity, source.transfer, source.price_difference)
        return entries + self._receive(state, fact, target, fact.quantity, [(target.transfer, cost)])

    # --- counts and values

    def _count(self, state: ItemState, fact: Fact) -> list[Entry]:
        assert fact.target is not None
        assert fact.contra_in is not None
        place = fact.target, fact.lot
        difference = fact.quantity - state.balances.get(place, 0)
        self.differences[fact.id] = difference
        state.balances[place] = fact.quantity
        pool = self.pool_of(fact.target, fact.lot)
        if pool is None or not difference:
            return []
        if difference < 0:
            return self._leave(state, fact, pool, -difference, fact.contra, fact.contra)[0]
        value = self.costing.current_cost(state.pools.get(pool.id, EMPTY), difference)
        return self._receive(state, fact, pool, difference, [(fact.contra_in, value)])

    def _revaluation(self, state: ItemState, fact: Fact) -> list[Entry]:
        return self._value_on_hand(state, fact, self.costing.revalue, allowance=False)

    def _write_down(self, state: ItemState, fact: Fact) -> list[Entry]:
        return self._value_on_hand(state, fact, self.costing.write_down, allowance=True)

    def _value_on_hand(
        self,
        state: ItemState,
        fact: Fact,
        revalue: Callable[[PoolState, int], tuple[PoolState, int]],
        *,
        allowance: bool,
    ) -> list[Entry]:
        assert fact.target is not None
        assert fact.unit_value is not None
        pool = self.pool_of(fact.target, fact.lot)
        if pool is None:
            return []
        before = state.pools.get(pool.id, EMPTY)
        state.pools[pool.id], change = revalue(before, fact.unit_value)
        if not change:
            return []
        account = pool.allowance if allowance and before.quantity > 0 else pool.inventory
        return [Entry(pool.id, fact.effective_at // DAY, account, fact.contra, 0, change, fact.id)]

    def _take(self, state: ItemState, fact: Fact, place: Place, quantity: int) -> None:
        balance = _move(state.balances, place, -quantity)
        if balance < 0 and self.stock(place[0]):
            self.shortages.append(Shortage(fact, place, balance))

    # not one table an engine: there is an engine for every item of every posting
    _handlers: ClassVar[dict[Kind, Callable[["Engine", ItemState, Fact], list[Entry]]]] = {
        Kind.TRANSFER: _transfer,
        Kind.COUNT: _count,
        Kind.WRITE_DOWN: _write_down,
        Kind.REVALUATION: _revaluation,
        Kind.RETURN_OUT: _return_out,
        Kind.ISSUE: _outbound,
        Kind.ADJUST_OUT: _outbound,
        Kind.WASTE: _outbound,
        **dict.fromkeys(INBOUND, _inbound),
    }


def _move(balances: dict[Place, int], place: Place, quantity: int) -> int:
    balance = balances.get(place, 0) + quantity
    balances[place] = balance
    return balance


def valuations(facts: Iterable[Fact]) -> dict[int, Valuation]:
    """What living cost changes and landed costs say, by the inbound fact they apply to (specification: *Value of an inbound fact*)."""
    values: dict[int, int | None] = {}
    landed: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for fact in sorted(facts, key=lambda fact: fact.id):
        if fact.kind is Kind.COST_CHANGE and fact.origin is not None:
            values[fact.origin] = fact.value
        elif fact.kind is Kind.LANDED_COST and fact.origin is not None:
            landed[fact.origin].append((fact.contra, fact.value or 0))
    return {
        origin: Valuation(values.get(origin), tuple(landed.get(origin, ()))) for origin in values.keys() | landed.keys()
    }


def living(facts: Iterable[Fact]) -> list[Fact]:
    """The facts without the reversed ones and their reversals."""
    listed = list(facts)
    reversed_ids = {fact.origin for fact in listed if fact.kind is Kind.REVERSAL}
    return [fact for fact in listed if fact.kind is not Kind.REVERSAL and fact.id not in reversed_ids]


def is_value_of_receipt(fact: Fact) -> bool:
    """Whether a fact acts on the value of its origin and has no place in the order of its own."""
    return fact.kind in RECEIPT_VALUE
