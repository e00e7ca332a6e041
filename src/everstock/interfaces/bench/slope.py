"""The same work on a long history and on a short one, turn by turn."""

from collections.abc import Sequence
from typing import NamedTuple

from everstock.interfaces.bench.clients import Burst, clients
from everstock.interfaces.bench.figures import Figure
from everstock.interfaces.bench.run import Bench
from everstock.interfaces.bench.workload import LINES

_PARTS = 10
"""Parts of a turn: the machine is not as fast at every moment, so that long and short take turns within one."""


class Histories(NamedTuple):
    """Two databases with the same company, and the lengths of their histories in ``unit``; ``program`` works on them."""

    short: str
    long: str
    company: int
    lengths: tuple[int, int]
    unit: str
    program: str


def slope(bench: Bench, histories: Histories, name: str, what: str) -> Figure:
    """The rate on the long history by that on the short one, each time on a fresh copy of it, a few documents here, a few there.

    All copies are made before the first turn and dropped after the last: either makes the server write a checkpoint, and every page
    that is touched for the first time after one goes to the log whole. In use a checkpoint comes once in minutes, on short and long alike;
    here it would come at every turn, and only on the long one.
    """
    copies = [f"{histories.short}_{number}" for number in range(bench.sizes.repetitions)]
    for copy in copies:
        bench.server.create(copy, template=histories.short)
    bench.server.settle(histories.long)
    bench.tell(f"{name}: turn by turn on the long and on the short history")
    part = max(1, bench.sizes.slope_lines // LINES // _PARTS)
    on_long, on_short = [], []
    with clients(bench.server, histories.long, histories.company, 1, histories.program) as long:
        long.post(part * _PARTS)
        for copy in copies:
            with clients(bench.server, copy, histories.company, 1, histories.program) as short:
                short.post(bench.sizes.warm_up)
                bursts = [(long.post(part), short.post(part)) for _ in range(_PARTS)]
            on_long.append(_rate([burst for burst, _ in bursts]))
            on_short.append(_rate([burst for _, burst in bursts]))
    for copy in copies:
        bench.server.drop(copy)
    short_length, long_length = histories.lengths
    notes = {f"lines/s at {short_length:,}": on_short, f"lines/s at {long_length:,}": on_long}
    return Figure(
        name,
        f"{what} at {long_length:,} ÷ at {short_length:,} {histories.unit}",
        "×",
        tuple(there / here for there, here in zip(on_long, on_short, strict=True)),
        target=0.9,
        stretch=0.97,
        notes=notes,
    )


def _rate(bursts: Sequence[Burst]) -> float:
    times = [seconds for burst in bursts for seconds in burst.times]
    return len(times) * LINES / sum(times)
