"""FIFO and LIFO, perpetual: a list of layers, taken from one end."""

from itertools import accumulate

from everstock.core.costing.method import Costing, Returned
from everstock.core.costing.state import Layer, PoolState, share


class Layered(Costing):
    """``newest_first`` takes from the last layer (LIFO), else from the first (FIFO)."""

    def __init__(self, minor_per_major: int, standard_cost: int | None, *, newest_first: bool) -> None:
        super().__init__(minor_per_major, standard_cost)
        self.newest_first = newest_first

    def hold(self, state: PoolState, quantity: int, value: int, left: int, left_value: int, origin: int) -> PoolState:
        layers = (*state.layers, Layer(quantity, value, left, origin)) if left else state.layers
        return PoolState(
            state.quantity + left,
            state.value + left_value,
            value,
            quantity,
            state.allowance,
            state.allowance_value,
            state.allowance_quantity,
            (),
            (0, 0),
            layers,
        )

    def give(self, state: PoolState, quantity: int) -> tuple[PoolState, int]:
        layers, missing, cost = state.layers, quantity, 0
        end = len(layers)
        gone = 0  # layers used up, from the end that gives
        part: tuple[Layer, ...] = ()
        while missing:
            layer = layers[end - gone - 1] if self.newest_first else layers[gone]
            whole, value, left, origin = layer
            rest = left - missing
            cost += (2 * value * left + whole) // (2 * whole)
            gone += 1
            if rest > 0:
                cost -= (2 * value * rest + whole) // (2 * whole)
                part = (Layer(whole, value, rest, origin),)
                break
            missing = -rest
        kept = (*layers[: end - gone], *part) if self.newest_first else (*part, *layers[gone:])
        after = PoolState(
            *(state[0] - quantity, state[1] - cost, state[2], state[3], state[4], state[5], state[6], (), (0, 0)), kept
        )
        return after, cost

    def give_back(self, state: PoolState, quantity: int, returned: Returned) -> tuple[PoolState, int, int] | None:
        for at, layer in enumerate(state.layers):
            if layer.origin != returned.origin:
                continue
            taken = min(quantity, layer.left)
            cost = _worth(layer, layer.left) - _worth(layer, layer.left - taken)
            rest = (layer._replace(left=layer.left - taken),) if taken < layer.left else ()
            layers = (*state.layers[:at], *rest, *state.layers[at + 1 :])
            after = state._replace(quantity=state.quantity - taken, value=state.value - cost, layers=layers)
            return after, cost, quantity - taken
        return state, 0, quantity

    def owed(self, returned: Returned, found_cost: int, missing: int) -> int:
        # the layer's own cents for what is still there, the receipt's unit value for what is not
        return found_cost + (share(returned.value, missing, returned.quantity) if missing else 0)

    def revalued(self, state: PoolState, value: int) -> PoolState:
        ends = list(accumulate(layer.left for layer in state.layers))
        worth = [share(value, end, state.quantity) for end in ends]
        layers = tuple(
            Layer(layer.left, upto - before, layer.left, layer.origin)
            for layer, upto, before in zip(state.layers, worth, [0, *worth], strict=False)
        )
        return state._replace(value=value, layers=layers)


def _worth(layer: Layer, left: int) -> int:
    return share(layer.value, left, layer.quantity)
