"""Standard cost: the pool is always worth quantity times standard; what differs is a variance."""

from everstock.core.costing.method import Costing, Left, TrueUp
from everstock.core.costing.state import PoolState, share


class Standard(Costing):
    """``anchor`` holds (standard, 1) once the standard is known; negative quantities need nothing special."""

    def standard(self, state: PoolState) -> int | None:
        """The unit price this pool is valued at now."""
        return state.anchor[0] if state.anchor[1] else self.standard_cost

    def receive(
        self, state: PoolState, quantity: int, value: int, origin: int
    ) -> tuple[PoolState, int, tuple[TrueUp, ...]]:
        standard = self.standard(state)
        if standard is None:
            standard = share(value, 10**12, quantity * self.minor_per_major)
        after = self._at(state, state.quantity + quantity, standard)
        return self._anchored(after), after.value - state.value, ()

    def leave(self, state: PoolState, quantity: int, contra: int, fact: int) -> Left:
        standard = self.standard(state)
        after = self._at(state, state.quantity - quantity, standard)
        return self._released(after, state.value - after.value)

    def current_cost(self, state: PoolState, quantity: int) -> int:
        if state.quantity > 0:
            return share(state.value, quantity, state.quantity)
        standard = self.standard(state)
        return 0 if standard is None else self.line(quantity, standard)

    def revalue(self, state: PoolState, unit_value: int) -> tuple[PoolState, int]:
        after = self._at(state, state.quantity, unit_value)
        return after, after.value - state.value

    def write_down(self, state: PoolState, unit_value: int) -> tuple[PoolState, int]:
        change = self.line(state.quantity, unit_value) - state.value
        if state.quantity > 0 and change > state.allowance:
            return state, 0
        after = self._at(state, state.quantity, unit_value)
        if state.quantity <= 0:
            return after, change
        return self._anchored(after._replace(allowance=state.allowance - change)), change

    def hold(self, state: PoolState, quantity: int, value: int, left: int, left_value: int, origin: int) -> PoolState:
        raise NotImplementedError("a standard pool keeps no costs of what came in")

    def give(self, state: PoolState, quantity: int) -> tuple[PoolState, int]:
        raise NotImplementedError("a standard pool keeps no costs of what came in")

    def revalued(self, state: PoolState, value: int) -> PoolState:
        raise NotImplementedError("a standard pool is revalued by its standard")

    def _at(self, state: PoolState, quantity: int, standard: int | None) -> PoolState:
        """The pool with another quantity; an unknown standard stays unknown and is worth nothing."""
        if standard is None:
            return state._replace(quantity=quantity)
        return state._replace(quantity=quantity, value=self.line(quantity, standard), anchor=(standard, 1))
