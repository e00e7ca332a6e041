"""A whole cycle of documents through the actions, into stock and books: how many stock lines a second; every document its own commit."""

import datetime as dt
import time
from collections.abc import Callable
from typing import NamedTuple

from everstock.interfaces.bench.clients import Clients, clients
from everstock.interfaces.bench.figures import Figure, percentile, ratios
from everstock.interfaces.bench.run import Bench
from everstock.interfaces.bench.slope import Histories, slope
from everstock.interfaces.bench.workload import LINES, Ground

DOCUMENTS = 3
"""Documents of one cycle."""
_MANY = 8
_BUILDERS = 2
_DAYS = 365
_MEGABYTE = 1 << 20


class Cycle(NamedTuple):
    """What is traded: ``program``: the module of a client; ``documents``: those of one cycle, in words; ``prepare`` makes the company.

    ``targets``: stock lines a second by one client and by eight.
    """

    name: str
    program: str
    documents: str
    targets: tuple[int, int]
    prepare: Callable[[Bench], Ground]


def measure(bench: Bench, of: Cycle) -> list[Figure]:
    """Stock lines a second by one client and by eight, on a long history against a short one, and the memory of who built it."""
    bench.server.create(_base(of))
    bench.server.use(_base(of))
    ground = of.prepare(bench)
    one, many = of.targets
    figures = [
        *_rates(bench, of, ground, 1, one),
        *_rates(bench, of, ground, _MANY, many),
        *_history(bench, of, ground),
    ]
    bench.server.drop(_base(of))
    return figures


def _base(of: Cycle) -> str:
    return f"{of.name}_base"


def _rates(bench: Bench, of: Cycle, ground: Ground, count: int, target: int) -> list[Figure]:
    name = f"{of.name}_{count}"
    bench.server.create(name, template=_base(of))
    rates, times, yard = [], [], []
    with clients(bench.server, name, ground.company, count, of.program) as working:
        seen = working.post(bench.sizes.warm_up).rate
        for _ in range(bench.sizes.repetitions):
            yard.append(bench.pgbench.run())
            burst = working.post_for(bench.sizes.seconds, seen)
            rates.append(burst.rate)
            times += burst.times
        yard.append(bench.pgbench.run())
    bench.server.drop(name)
    by_yard = ratios(rates, yard)
    notes: dict[str, object] = {
        f"{of.documents} of {LINES} lines, p{part} ms": round(percentile(times, part / 100) * 1000, 3)
        for part in (50, 99)
    }
    notes["pgbench -c 1"] = yard
    what = f"{of.name}, {count} client{'s' if count > 1 else ''}"
    per = sum(by_yard) / len(by_yard)
    return [
        Figure(f"{of.name}-{count}", what, "lines/s", tuple(rates), target=target, per_pgbench=per, notes=notes),
        Figure(f"{of.name}-{count}-pgbench", f"{what} ÷ pgbench -c 1", "×", by_yard),
    ]


# ---------------------------------------------------------------------------------------------------------------------
# On a long history


def _history(bench: Bench, of: Cycle, ground: Ground) -> list[Figure]:
    short, long = bench.sizes.short_documents, bench.sizes.documents
    names = (f"{of.name}_short", f"{of.name}_long")
    _build(bench, of, names[0], ground, short)
    bench.tell(f"{of.name}: building {long:,} documents")
    begun = time.perf_counter()
    memory = _build(bench, of, names[1], ground, long)
    built = time.perf_counter() - begun
    histories = Histories(*names, ground.company, (short, long), "documents", of.program)
    figure = slope(bench, histories, f"{of.name}-slope", f"{of.name}, rate")
    figure.notes["lines/s while the history was built"] = round(long / DOCUMENTS * LINES / built)
    for name in names:
        bench.server.drop(name)
    held = f"{of.name}, memory of a client after {long // _BUILDERS:,} documents ÷ at the beginning"
    by_time = {"MB over time": [round(size / _MEGABYTE) for size in memory[:: max(1, len(memory) // 40)]]}
    return [figure, Figure(f"{of.name}-memory", held, "×", (memory[-1] / memory[0],), "lower", 1.1, notes=by_time)]


def _build(bench: Bench, of: Cycle, name: str, ground: Ground, documents: int) -> list[int]:
    """Trade so much through the same actions, spread over the last year; returns what a client held, day by day.

    The commits are not waited for, and all clients work on the same day, so that no goods come late: what is written is the same.
    """
    bench.server.create(name, template=_base(of))
    with bench.server.connect(name) as run:
        run.execute(f"ALTER DATABASE {run.info.dbname} SET synchronous_commit = off")
    purchases = max(1, documents // DOCUMENTS // _BUILDERS)
    days = min(_DAYS, purchases)
    first = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=days)
    memory = []
    with clients(bench.server, name, ground.company, _BUILDERS, of.program) as builders:
        for number in range(days):
            due = purchases * (number + 1) // days - purchases * number // days
            builders.post(due, first + dt.timedelta(days=number))
            memory.append(_held(builders))
    with bench.server.connect(name) as run:
        run.execute(f"ALTER DATABASE {run.info.dbname} RESET synchronous_commit")
    bench.server.settle(name)
    return memory


def _held(builders: Clients) -> int:
    """Bytes of the client that holds most."""
    return max(builders.memory())
