"""Posting: documents of ten lines, one durable commit each, costed and journalled."""

from everstock.interfaces.bench.clients import WARM_UP, clients
from everstock.interfaces.bench.companies import make_company
from everstock.interfaces.bench.figures import Figure, percentile, ratios
from everstock.interfaces.bench.run import Bench
from everstock.interfaces.bench.workload import LINES
from everstock.interfaces.bench.yardsticks import Floor

METHODS = ("average", "fifo")
_MANY = 8


def measure(bench: Bench) -> list[Figure]:
    """Lines a second by one client, and by eight processes on the same items."""
    figures: list[Figure] = []
    for method in METHODS:
        figures += _one(bench, method)
    for method in METHODS:
        figures += _many(bench, method)
    return figures


def _one(bench: Bench, method: str) -> list[Figure]:
    name = f"post_{method}"
    bench.server.create(name)
    bench.server.use(name)
    ground = make_company("BENCH", method, bench.sizes.items)
    rates, floors, times, yard = [], [], [], []
    with clients(bench.server, name, ground.company, 1) as posting, bench.server.connect(name) as run:
        seen = posting.post(WARM_UP).rate
        floor = Floor(run, ground.company)
        for _ in range(bench.sizes.repetitions):
            yard.append(bench.pgbench.run())
            burst = posting.post_for(bench.sizes.seconds, seen)
            rates.append(burst.rate)
            times += burst.times
            floors.append(floor.write_again())
        yard.append(bench.pgbench.run())
    bench.server.drop(name)
    by_yard = ratios(rates, yard)
    by_floor = tuple(rate / base for rate, base in zip(rates, floors, strict=True))
    notes = _times(times) | {"pgbench -c 1": yard, "floor lines/s": floors}
    what = f"post, 1 client, {method}"
    return [
        Figure(f"post-1-{method}", what, "lines/s", tuple(rates), per_pgbench=sum(by_yard) / len(by_yard), notes=notes),
        Figure(f"post-1-{method}-pgbench", f"{what} ÷ pgbench -c 1", "×", by_yard, target=3, stretch=6),
        Figure(f"post-1-{method}-floor", f"{what} ÷ floor", "×", by_floor, target=1 / 3, stretch=1 / 2),
    ]


def _many(bench: Bench, method: str) -> list[Figure]:
    name = f"post_many_{method}"
    bench.server.create(name)
    bench.server.use(name)
    ground = make_company("BENCH", method, bench.sizes.items, clients=_MANY)
    rates, times, alone, together = [], [], [], []
    with clients(bench.server, name, ground.company, _MANY) as posting:
        seen = posting.post(WARM_UP).rate
        for _ in range(bench.sizes.repetitions):
            alone.append(bench.pgbench.run())
            together.append(bench.pgbench.run(_MANY))
            burst = posting.post_for(bench.sizes.seconds, seen)
            rates.append(burst.rate)
            times += burst.times
        alone.append(bench.pgbench.run())
        together.append(bench.pgbench.run(_MANY))
    bench.server.drop(name)
    notes = _times(times) | {"pgbench -c 1": alone, "pgbench -c 8": together}
    by_yard = ratios(rates, alone)
    what = f"post, {_MANY} clients, {method}"
    return [
        Figure(f"post-8-{method}", what, "lines/s", tuple(rates), per_pgbench=sum(by_yard) / len(by_yard), notes=notes),
        Figure(f"post-8-{method}-pgbench", f"{what} ÷ pgbench -c 1", "×", by_yard, target=6, stretch=12),
        Figure(f"post-8-{method}-pgbench-8", f"{what} ÷ pgbench -c 8", "×", ratios(rates, together)),
    ]


def _times(times: list[float]) -> dict[str, float]:
    """How long a document took, in ms."""
    listed = {f"document of {LINES} lines, p{part} ms": percentile(times, part / 100) * 1000 for part in (50, 99)}
    return {what: round(value, 3) for what, value in listed.items()}
