"""Available to promise: what of today's stock and of later supplies is not needed for what is promised already."""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple


class Flow(NamedTuple):
    """What is expected to come in and to leave on a day (days since 1970-01-01), in 10^-6 base units."""

    day: int
    supply: int
    demand: int


class Part(NamedTuple):
    """``quantity`` can be there on ``day``."""

    day: int
    quantity: int


def available_by(flows: Sequence[Flow]) -> list[int]:
    """Return how much more can be promised for each day of ``flows`` (in their order), counting everything up to that day.

    A demand consumes the supplies before it, the latest of them first ("backward consumption"); what is then still missing is owed, and the
    next supplies pay it. Both together: what can be promised for a day is the least that stock is expected to be from that day on.
    """
    expected = accumulate(flow.supply - flow.demand for flow in flows)
    least = accumulate(reversed([*expected]), min)
    return [max(0, quantity) for quantity in least][::-1]


def promise(flows: Sequence[Flow], quantity: int, earliest: int) -> list[Part]:
    """Return when ``quantity`` can be there, from the day ``earliest`` on, in parts as it becomes available; less in all if it cannot be.

    ``flows`` by day. What is available before ``earliest`` waits for it.
    """
    parts: list[Part] = []
    given = 0
    for flow, available in zip(flows, available_by(flows), strict=True):
        more = min(available, quantity) - given
        if more > 0:
            parts.append(Part(max(flow.day, earliest), more))
            given += more
    together: dict[int, int] = {}
    for part in parts:
        together[part.day] = together.get(part.day, 0) + part.quantity
    return [Part(day, some) for day, some in together.items()]
