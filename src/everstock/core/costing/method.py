"""What every costing method shares: deficits, true-ups, allowance. The methods differ in what a pool holds and gives.

Specification: *Pools* to *Revaluation and write-down*.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

from everstock.core.costing.state import Deficit, PoolState, share


class TrueUp(NamedTuple):
    """The cost of ``fact`` turned out ``amount`` higher than its provisional cost; booked against ``contra``."""

    contra: int
    fact: int
    amount: int


class Left(NamedTuple):
    """What leaving did: the cost at carrying value and the part of the allowance that went with it."""

    state: PoolState
    cost: int
    released: int


class Returned(NamedTuple):
    """What a linked supplier return refers to: the receipt, its value and quantity, and the share of it now owed."""

    origin: int
    value: int
    quantity: int
    owed: int


class Costing(ABC):
    """A costing method for one item. All operations return new states and change nothing."""

    def __init__(self, minor_per_major: int, standard_cost: int | None) -> None:
        self.minor_per_major = minor_per_major
        self.standard_cost = standard_cost

    def line(self, quantity: int, unit_price: int) -> int:
        """The money value of a quantity at a unit price, rounded half up."""
        return share(quantity * unit_price, self.minor_per_major, 10**12)

    @abstractmethod
    def hold(self, state: PoolState, quantity: int, value: int, left: int, left_value: int, origin: int) -> PoolState:
        """The pool after ``quantity`` for ``value`` came in, of which ``left`` worth ``left_value`` stays (no deficits)."""

    @abstractmethod
    def give(self, state: PoolState, quantity: int) -> tuple[PoolState, int]:
        """The pool after ``quantity``, at most what is there, left; and its cost."""

    def give_back(self, state: PoolState, quantity: int, returned: Returned) -> tuple[PoolState, int, int] | None:
        """A linked supplier return: (pool, cost, quantity not found), or ``None`` if it leaves like anything else."""
        return None

    def owed(self, returned: Returned, found_cost: int, missing: int) -> int:
        """What the supplier owes, where the method finds the returned goods' own cost; else ``returned.owed``."""
        return returned.owed

    @abstractmethod
    def revalued(self, state: PoolState, value: int) -> PoolState:
        """The pool when what is on hand is worth ``value``."""

    def receive(
        self, state: PoolState, quantity: int, value: int, origin: int
    ) -> tuple[PoolState, int, tuple[TrueUp, ...]]:
        """Take in: (pool, change of its value before true-ups, true-ups of the deficits it covers)."""
        if not state.deficits:
            after = self.hold(state, quantity, value, quantity, value, origin)
            return self._anchored(after), value, ()
        covered = min(quantity, -state.quantity)
        deficits, true_ups = _cover(state.deficits, quantity, value, covered)
        left, left_value = quantity - covered, share(value, quantity - covered, quantity)
        if deficits:
            state = state._replace(
                quantity=state.quantity + quantity,
                value=-sum(deficit.value for deficit in deficits),
                unit_value=value,
                unit_quantity=quantity,
                deficits=deficits,
            )
        else:
            state = self.hold(
                state._replace(quantity=0, value=0, deficits=()), quantity, value, left, left_value, origin
            )
        return self._anchored(state), value, true_ups

    def leave(self, state: PoolState, quantity: int, contra: int, fact: int) -> Left:
        """Let ``quantity`` leave; what is missing becomes a deficit against ``contra``."""
        if quantity <= state.quantity:
            after, cost = self.give(state, quantity)
        else:
            after, cost = self._overdrawn(state, quantity, contra, fact)
        return self._released(after, cost)

    def return_to_supplier(
        self, state: PoolState, quantity: int, returned: Returned, contra: int, fact: int
    ) -> tuple[Left, int]:
        """Linked supplier return: what it did to the pool, and what the supplier owes for it."""
        found = self.give_back(state, quantity, returned)
        if found is None:
            left = self.leave(state, quantity, contra, fact)
            return left._replace(state=self._anchored(left.state)), returned.owed
        after, found_cost, missing = found
        rest = 0
        if missing:
            give = missing <= after.quantity
            after, rest = self.give(after, missing) if give else self._overdrawn(after, missing, contra, fact)
        left = self._released(after, found_cost + rest)
        return left._replace(state=self._anchored(left.state)), self.owed(returned, found_cost, missing)

    def current_cost(self, state: PoolState, quantity: int) -> int:
        """What ``quantity`` without a cost of its own is worth when it comes in now."""
        if state.quantity > 0:
            return share(state.value, quantity, state.quantity)
        return self._provisional(state, 0, quantity)

    def revalue(self, state: PoolState, unit_value: int) -> tuple[PoolState, int]:
        """The pool at a new unit value, and the change."""
        if state.quantity <= 0:
            return state, 0
        value = self.line(state.quantity, unit_value)
        after = self.revalued(state, value)._replace(unit_value=value, unit_quantity=state.quantity)
        return after, value - state.value

    def write_down(self, state: PoolState, unit_value: int) -> tuple[PoolState, int]:
        """Like ``revalue``, against the allowance: never above what was written down before."""
        if state.quantity <= 0:
            return state, 0
        value = min(self.line(state.quantity, unit_value), state.value + state.allowance)
        after = self.revalued(state, value)._replace(
            unit_value=value,
            unit_quantity=state.quantity,
            allowance=state.allowance + state.value - value,
        )
        return self._anchored(after), value - state.value

    def _provisional(self, state: PoolState, before: int, quantity: int) -> int:
        if state.unit_quantity:
            unit = state.unit_value, state.unit_quantity
            return share(unit[0], before + quantity, unit[1]) - share(unit[0], before, unit[1])
        if self.standard_cost is not None:
            return self.line(before + quantity, self.standard_cost) - self.line(before, self.standard_cost)
        return 0

    def _overdrawn(self, state: PoolState, quantity: int, contra: int, fact: int) -> tuple[PoolState, int]:
        there = max(state.quantity, 0)
        missing = quantity - there
        cost = 0
        if there:
            state, cost = self.give(state, there)
        provisional = self._provisional(state, -state.quantity, missing)
        deficit = Deficit(missing, provisional, contra, fact)
        after = state._replace(
            quantity=state.quantity - missing,
            value=state.value - provisional,
            deficits=(*state.deficits, deficit),
        )
        return after, cost + provisional

    @staticmethod
    def _anchored(state: PoolState) -> PoolState:
        if not state.allowance and not state.allowance_value:
            return state
        return state._replace(allowance_value=state.allowance, allowance_quantity=state.quantity)

    @staticmethod
    def _released(state: PoolState, cost: int) -> Left:
        if not state.allowance:
            return Left(state, cost, 0)
        allowance = share(state.allowance_value, state.quantity, state.allowance_quantity) if state.quantity > 0 else 0
        return Left(state._replace(allowance=allowance), cost, state.allowance - allowance)


def _cover(
    deficits: tuple[Deficit, ...], quantity: int, value: int, covered: int
) -> tuple[tuple[Deficit, ...], tuple[TrueUp, ...]]:
    """Cover the oldest deficits by ``covered`` of an inbound line of ``quantity`` for ``value``."""

    def used(part: int) -> int:
        return value - share(value, quantity - part, quantity)

    remaining: list[Deficit] = []
    true_ups: list[TrueUp] = []
    done = 0
    for deficit in deficits:
        part = min(deficit.quantity, covered - done)
        if not part:
            remaining.append(deficit)
            continue
        kept = share(deficit.value, deficit.quantity - part, deficit.quantity)
        amount = used(done + part) - used(done) - (deficit.value - kept)
        if amount:
            true_ups.append(TrueUp(deficit.contra, deficit.fact, amount))
        if part < deficit.quantity:
            remaining.append(deficit._replace(quantity=deficit.quantity - part, value=kept))
        done += part
    return tuple(remaining), tuple(true_ups)
