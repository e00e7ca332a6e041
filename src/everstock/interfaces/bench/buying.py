"""Buying: order, receipt and invoice of ten lines each through the actions, into stock and books; every document its own commit."""

import datetime as dt
import time

from everstock.interfaces.bench.clients import Clients, clients
from everstock.interfaces.bench.companies import make_company, make_suppliers
from everstock.interfaces.bench.figures import Figure, percentile, ratios
from everstock.interfaces.bench.run import Bench
from everstock.interfaces.bench.slope import Histories, slope
from everstock.interfaces.bench.workload import LINES, Ground

PROGRAM = "buyer"
DOCUMENTS = 3
"""Documents of one purchase: order, receipt, invoice."""
_BASE = "buying_base"
_MANY = 8
_BUILDERS = 2
_DAYS = 365
_MEGABYTE = 1 << 20


def measure(bench: Bench) -> list[Figure]:
    """Stock lines a second by one client and by eight, on a long history against a short one, and the memory of who built it."""
    bench.server.create(_BASE)
    bench.server.use(_BASE)
    ground = make_company("BENCH", "average", bench.sizes.items)
    make_suppliers(ground)
    figures = [*_rates(bench, ground, 1, 1_000), *_rates(bench, ground, _MANY, 1_500), *_history(bench, ground)]
    bench.server.drop(_BASE)
    return figures


def _rates(bench: Bench, ground: Ground, count: int, target: int) -> list[Figure]:
    name = f"buying_{count}"
    bench.server.create(name, template=_BASE)
    rates, times, yard = [], [], []
    with clients(bench.server, name, ground.company, count, PROGRAM) as buying:
        seen = buying.post(bench.sizes.warm_up).rate
        for _ in range(bench.sizes.repetitions):
            yard.append(bench.pgbench.run())
            burst = buying.post_for(bench.sizes.seconds, seen)
            rates.append(burst.rate)
            times += burst.times
        yard.append(bench.pgbench.run())
    bench.server.drop(name)
    by_yard = ratios(rates, yard)
    notes: dict[str, object] = {
        f"order, receipt and invoice of {LINES} lines, p{part} ms": round(percentile(times, part / 100) * 1000, 3)
        for part in (50, 99)
    }
    notes["pgbench -c 1"] = yard
    what = f"buying, {count} client{'s' if count > 1 else ''}"
    per = sum(by_yard) / len(by_yard)
    return [
        Figure(f"buying-{count}", what, "lines/s", tuple(rates), target=target, per_pgbench=per, notes=notes),
        Figure(f"buying-{count}-pgbench", f"{what} ÷ pgbench -c 1", "×", by_yard),
    ]


# ---------------------------------------------------------------------------------------------------------------------
# On a long history


def _history(bench: Bench, ground: Ground) -> list[Figure]:
    short, long = bench.sizes.short_documents, bench.sizes.documents
    _build(bench, "buying_short", ground, short)
    bench.tell(f"buying: building {long:,} documents")
    begun = time.perf_counter()
    memory = _build(bench, "buying_long", ground, long)
    built = time.perf_counter() - begun
    histories = Histories("buying_short", "buying_long", ground.company, (short, long), "documents", PROGRAM)
    figure = slope(bench, histories, "buying-slope", "buying, rate")
    figure.notes["lines/s while the history was built"] = round(long / DOCUMENTS * LINES / built)
    for name in ("buying_short", "buying_long"):
        bench.server.drop(name)
    held = f"buying, memory of a client after {long // _BUILDERS:,} documents ÷ at the beginning"
    by_time = {"MB over time": [round(size / _MEGABYTE) for size in memory[:: max(1, len(memory) // 40)]]}
    return [figure, Figure("buying-memory", held, "×", (memory[-1] / memory[0],), "lower", 1.1, notes=by_time)]


def _build(bench: Bench, name: str, ground: Ground, documents: int) -> list[int]:
    """Buy so much through the same actions, spread over the last year; returns what a client held, day by day.

    The commits are not waited for, and all clients work on the same day, so that no goods come late: what is written is the same.
    """
    bench.server.create(name, template=_BASE)
    with bench.server.connect(name) as run:
        run.execute(f"ALTER DATABASE {run.info.dbname} SET synchronous_commit = off")
    purchases = max(1, documents // DOCUMENTS // _BUILDERS)
    days = min(_DAYS, purchases)
    first = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=days)
    memory = []
    with clients(bench.server, name, ground.company, _BUILDERS, PROGRAM) as builders:
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
