"""Moving average; also each lot's own pool under specific identification."""

from everstock.core.costing.method import Costing, Returned
from everstock.core.costing.state import PoolState


class Average(Costing):
    """Between two inbound facts the value depends only on the anchor (value, quantity) and the quantity left."""

    def hold(self, state: PoolState, quantity: int, value: int, left: int, left_value: int, origin: int) -> PoolState:
        if not left:  # all of it covered deficits
            return state._replace(unit_value=value, unit_quantity=quantity, anchor=(0, 0))
        anchor = state.value + left_value, state.quantity + left
        return PoolState(
            anchor[1],
            anchor[0],
            anchor[0],
            anchor[1],
            state.allowance,
            state.allowance_value,
            state.allowance_quantity,
            (),
            anchor,
            (),
        )

    def give(self, state: PoolState, quantity: int) -> tuple[PoolState, int]:
        there, worth, unit_value, unit_quantity, allowance, allowance_value, allowance_quantity, _, anchor, _ = state
        left = there - quantity
        anchor_value, anchor_quantity = anchor
        value = (2 * anchor_value * left + anchor_quantity) // (2 * anchor_quantity)
        after = PoolState(  # written out: this is the most frequent step of all
            *(left, value, unit_value, unit_quantity, allowance, allowance_value, allowance_quantity, (), anchor, ()),
        )
        return after, worth - value

    def give_back(self, state: PoolState, quantity: int, returned: Returned) -> tuple[PoolState, int, int] | None:
        if quantity >= state.quantity:
            return None
        cost = min(max(returned.owed, 0), state.value)
        anchor = state.value - cost, state.quantity - quantity
        return state._replace(quantity=anchor[1], value=anchor[0], anchor=anchor), cost, 0

    def revalued(self, state: PoolState, value: int) -> PoolState:
        return state._replace(value=value, anchor=(value, state.quantity))
