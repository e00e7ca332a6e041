"""The state of one pool: an immutable record, so that a copy is free and two states can be compared.

A *rounded share* is ``round_half_up(value * part / whole)``: what remains is rounded, once, as a function of what remains.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Deficit(NamedTuple):
    """Stock that left before it was there: its provisional value is trued up when it is covered."""

    quantity: int
    value: int
    contra: int
    fact: int


class Layer(NamedTuple):
    """What one inbound fact brought (``quantity``, ``value``) and how much of it is left."""

    quantity: int
    value: int
    left: int
    origin: int


class PoolState(NamedTuple):
    """Everything about a pool that later costs depend on.

    ``unit_value / unit_quantity`` is the last known cost (``unit_quantity`` 0: none known). ``allowance`` is what write-downs took
    from what is on hand, with its anchor. ``anchor`` (average, standard) and ``layers`` (FIFO, LIFO) belong to the method.
    """

    quantity: int = 0
    value: int = 0
    unit_value: int = 0
    unit_quantity: int = 0
    allowance: int = 0
    allowance_value: int = 0
    allowance_quantity: int = 0
    deficits: tuple[Deficit, ...] = ()
    anchor: tuple[int, int] = (0, 0)
    layers: tuple[Layer, ...] = ()


EMPTY = PoolState()
_SCALARS = 9


def share(value: int, part: int, whole: int) -> int:
    """``value * part / whole`` rounded half up, exact for any sign of ``value``; ``whole`` is positive."""
    return (2 * value * part + whole) // (2 * whole)


def dump(state: PoolState) -> list[int]:
    """The state as plain integers, for storage: nine scalars, the number of deficits, deficits, layers."""
    numbers = [*state[:7], *state.anchor, len(state.deficits)]
    for deficit in state.deficits:
        numbers.extend(deficit)
    for layer in state.layers:
        numbers.extend(layer)
    return numbers


def _fours(numbers: Iterable[int]) -> Iterable[tuple[int, ...]]:
    following = iter(numbers)
    return zip(following, following, following, following, strict=True)


def load(numbers: Sequence[int]) -> PoolState:
    """The state that was dumped; an empty sequence is an empty pool."""
    if not numbers:
        return EMPTY
    quantity, value, unit_value, unit_quantity, allowance, allowance_value, allowance_quantity = numbers[:7]
    anchor = numbers[7], numbers[8]
    first_layer = _SCALARS + 1 + 4 * numbers[_SCALARS]
    deficits = tuple(map(Deficit._make, _fours(numbers[_SCALARS + 1 : first_layer])))
    layers = tuple(map(Layer._make, _fours(numbers[first_layer:])))
    return PoolState(
        *(quantity, value, unit_value, unit_quantity, allowance, allowance_value, allowance_quantity),
        *(deficits, anchor, layers),
    )
