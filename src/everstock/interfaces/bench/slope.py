"""The same work on a long history and on a short one, turn by turn."""

from typing import NamedTuple

from everstock.interfaces.bench.clients import clients
from everstock.interfaces.bench.figures import Figure, ratios
from everstock.interfaces.bench.run import Bench
from everstock.interfaces.bench.workload import LINES


class Histories(NamedTuple):
    """Two databases with the same company, and the lengths of their histories in ``unit``; ``program`` works on them."""

    short: str
    long: str
    company: int
    lengths: tuple[int, int]
    unit: str
    program: str


def slope(bench: Bench, histories: Histories, name: str, what: str) -> Figure:
    """The rate on the long history by that on the short one, each time on a fresh copy of it, before and after.

    All copies are made before the first turn and dropped after the last: either makes the server write a checkpoint, and every page
    that is touched for the first time after one goes to the log whole. In use a checkpoint comes once in minutes, on short and long alike;
    here it would come at every turn, and only on the long one.
    """
    copies = [f"{histories.short}_{number}" for number in range(bench.sizes.repetitions + 1)]
    for copy in copies:
        bench.server.create(copy, template=histories.short)
    bench.server.settle(histories.long)
    bench.tell(f"{name}: turn by turn on the long and on the short history")
    documents = bench.sizes.slope_lines // LINES
    on_long, on_short = [], [_on_a_copy(bench, histories, copies[0], documents)]
    with clients(bench.server, histories.long, histories.company, 1, histories.program) as long:
        long.post(documents)
        for copy in copies[1:]:
            on_long.append(long.post(documents).rate)
            on_short.append(_on_a_copy(bench, histories, copy, documents))
    for copy in copies:
        bench.server.drop(copy)
    short_length, long_length = histories.lengths
    notes = {f"lines/s at {short_length:,}": on_short, f"lines/s at {long_length:,}": on_long}
    return Figure(
        name,
        f"{what} at {long_length:,} ÷ at {short_length:,} {histories.unit}",
        "×",
        ratios(on_long, on_short),
        target=0.9,
        stretch=0.97,
        notes=notes,
    )


def _on_a_copy(bench: Bench, histories: Histories, copy: str, documents: int) -> float:
    with clients(bench.server, copy, histories.company, 1, histories.program) as short:
        short.post(bench.sizes.warm_up)
        return short.post(documents).rate
