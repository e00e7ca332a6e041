"""The periodic system, for comparison: costs are found at the end of a span of days from what came in and what is left.

FIFO, LIFO and weighted average as in the textbooks. Rounding is that of the perpetual methods (what remains is rounded, once), so
periodic and perpetual FIFO give the same to the cent.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from everstock.core.quantities import round_half_up


class Periodic(StrEnum):
    """How what left in a span is costed at its end."""

    FIFO = "fifo"
    LIFO = "lifo"
    AVERAGE = "average"


class Intake(NamedTuple):
    """What came in at a cost of its own, in order."""

    quantity: int
    value: int


class Span(NamedTuple):
    """A span of days: what came in, and how much left net of what came back (below zero: more came back)."""

    intakes: tuple[Intake, ...]
    gone: int


class Closing(NamedTuple):
    """The end of a span: what is left, what it is worth, and the cost of what left in it."""

    quantity: int
    value: int
    cost: int


class _Layer(NamedTuple):
    quantity: int
    value: int
    left: int

    def worth(self) -> int:
        return round_half_up(self.value * self.left, self.quantity)


def closings(method: Periodic, spans: Iterable[Span]) -> list[Closing]:
    """The figures at the end of each span.

    What came back without a cost of its own comes in at the unit cost of the last intake. What left beyond what was there is costed in the
    span in which it comes in; until then the quantity is below zero and the value zero.
    """
    layers: list[_Layer] = []
    missing = 0
    last = Intake(1, 0)
    result = []
    for intakes, gone in spans:
        before = sum(layer.worth() for layer in layers)
        came = [_Layer(quantity, value, quantity) for quantity, value in intakes if quantity > 0]
        brought = sum(value for _, value in intakes)
        last = next((intake for intake in reversed(intakes) if intake.quantity > 0), last)
        if gone < 0:
            back = round_half_up(last.value * -gone, last.quantity)
            came.append(_Layer(-gone, back, -gone))
        layers, missing = _without(method, [*layers, *came], max(gone, 0) + missing)
        value = sum(layer.worth() for layer in layers)
        quantity = sum(layer.left for layer in layers) - missing
        result.append(Closing(quantity, value, before + brought - value))
    return result


def _without(method: Periodic, layers: list[_Layer], gone: int) -> tuple[list[_Layer], int]:
    """The layers after ``gone`` left them, and how much of it was not there."""
    if method is Periodic.AVERAGE:
        there = sum(layer.left for layer in layers)
        if gone >= there:
            return [], gone - there
        value = sum(layer.worth() for layer in layers)
        left = there - gone
        rest = round_half_up(value * left, there)
        return [_Layer(left, rest, left)], 0
    kept = list(layers)
    take = 0 if method is Periodic.FIFO else -1
    while gone and kept:
        layer = kept[take]
        taken = min(gone, layer.left)
        gone -= taken
        if taken == layer.left:
            kept.pop(take)
        else:
            kept[take] = layer._replace(left=layer.left - taken)
    return kept, gone
