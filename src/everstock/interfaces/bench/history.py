"""Posting on a long history against a short one, what a movement takes on disk, and what is on hand."""

import time
from statistics import median

from everstock.interfaces.bench.companies import build_history, make_company
from everstock.interfaces.bench.figures import Figure
from everstock.interfaces.bench.run import Bench
from everstock.interfaces.bench.slope import Histories, slope
from everstock.interfaces.bench.workload import Ground

_TABLES = ("posting", "movement", "entry", "checkpoint", "balance", "pool", "snapshot", "count_difference")
_QUESTIONS = 500


def measure(bench: Bench) -> list[Figure]:
    """The slope, the bytes, the time of a question about one item."""
    figures: list[Figure] = []
    for method in ("average", "fifo"):
        short, long = f"short_{method}", f"long_{method}"
        ground = _build(bench, short, method, bench.sizes.short_history)
        bench.tell(f"history: building {bench.sizes.history:,} movements, {method}")
        begun = time.perf_counter()
        ground = _build(bench, long, method, bench.sizes.history)
        built = bench.sizes.history / (time.perf_counter() - begun)
        figures.append(_slope(bench, method, ground, built))
        figures.append(_bytes(bench, method, long))
        if method == "average":
            figures.append(_on_hand(bench, long, ground))
        for name in (short, long):
            bench.server.drop(name)
    return figures


def _build(bench: Bench, name: str, method: str, movements: int) -> Ground:
    bench.server.create(name)
    bench.server.use(name)
    ground = make_company("BENCH", method, bench.sizes.items)
    build_history(ground, movements)
    bench.server.settle(name)
    return ground


def _slope(bench: Bench, method: str, ground: Ground, built: float) -> Figure:
    lengths = bench.sizes.short_history, bench.sizes.history
    histories = Histories(f"short_{method}", f"long_{method}", ground.company, lengths, "movements", "client")
    figure = slope(bench, histories, f"slope-{method}", f"{method}, rate")
    figure.notes["lines/s while the history was built in bulk"] = round(built)
    return figure


def _bytes(bench: Bench, method: str, name: str) -> Figure:
    with bench.server.connect(name) as run:
        sizes = {
            table: size
            for table in _TABLES
            for (size,) in run.execute("SELECT pg_total_relation_size(to_regclass(%s))", (table,))
            if size is not None
        }
        (movements,) = run.execute("SELECT count(*) FROM movement").fetchone() or (1,)
    notes = {table: round(size / movements, 1) for table, size in sizes.items()}
    return Figure(
        f"bytes-{method}",
        f"bytes a movement with all indexes, {method}",
        "bytes",
        (sum(sizes.values()) / movements,),
        "lower",
        1_000,
        500,
        notes=notes | {"movements": movements},
    )


def _on_hand(bench: Bench, name: str, ground: Ground) -> Figure:
    from everstock.ledger.queries import on_hand

    bench.server.use(name)
    on_hand(ground.company, ground.items[0])
    samples, yard = [], []
    for turn in range(bench.sizes.repetitions):
        yard.append(bench.pgbench.run())
        times = []
        for number in range(_QUESTIONS):
            item = ground.items[(turn + number * 7) % len(ground.items)]
            begun = time.perf_counter()
            on_hand(ground.company, item)
            times.append(time.perf_counter() - begun)
        samples.append(median(times) * 1000)
    per_pgbench = median(samples) * median(yard) / 1000
    what = "on hand and available of one item"
    return Figure("on-hand", what, "ms", tuple(samples), "lower", 1, 0.3, per_pgbench=per_pgbench)
