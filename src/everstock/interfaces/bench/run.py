"""One run: which figures, how large, and the yardsticks they share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from everstock.interfaces.bench.figures import Figure
from everstock.interfaces.bench.server import Opened, Server, databases
from everstock.interfaces.bench.yardsticks import Pgbench

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Sizes:
    """How much is measured. The quick sizes show that everything works; their figures mean little."""

    seconds: int
    repetitions: int
    items: int
    short_history: int
    history: int
    slope_lines: int
    late: tuple[int, ...]
    late_receipts: int
    pools: int
    entries: tuple[int, ...]
    import_lines: int
    short_documents: int
    documents: int
    warm_up: int
    quick: bool = False


FULL = Sizes(
    5,
    5,
    1_000,
    10_000,
    1_000_000,
    5_000,
    (1_000, 10_000, 100_000),
    9,
    10_000,
    (1_000_000,),
    600_000,
    1_000,
    200_000,
    50,
)
QUICK = Sizes(1, 3, 100, 1_000, 5_000, 500, (200, 1_000), 7, 500, (20_000,), 3_000, 30, 120, 10, quick=True)
TEN_MILLION = 10_000_000


@dataclass
class Bench:
    """What every figure gets: databases, the yardstick, sizes, and somebody to tell."""

    server: Server
    pgbench: Pgbench
    sizes: Sizes
    tell: Tell
    samples: Path
    """Folder that may hold real data."""


FIGURES = {
    "post": ("post", "documents of ten lines, one durable commit each, by 1 and by 8 clients"),
    "history": ("history", "the same on a long history against a short one; bytes a movement; on hand"),
    "late": ("late", "a receipt dated before thousands of movements of its item"),
    "buying": ("buying", "order, receipt and invoice of ten lines each through the actions, by 1 and by 8 clients"),
    "selling": ("selling", "order, shipment and invoice of ten lines each through the actions, by 1 and by 8 clients"),
    "shop": ("shop", "availability of a hundred items, a sale at the till, reservations of one item by 16 processes"),
    "as-of": ("as_of", "the value of all pools at past dates"),
    "import": ("importing", "a year of a wholesaler from CSV to verified books"),
}
"""Name to the module, which has a function ``measure``, and what is measured."""


@dataclass(frozen=True)
class Outcome:
    """All figures of a run, and what pgbench did beside them, by clients."""

    figures: list[Figure]
    pgbench: dict[int, list[float]]


def run(opened: Opened, names: Sequence[str], sizes: Sizes, *, tell: Tell, samples: Path) -> Outcome:
    """Measure the figures of these names, in the order of ``FIGURES``."""
    figures: list[Figure] = []
    with databases(opened) as server:
        tell("pgbench: preparing")
        bench = Bench(server, Pgbench(server, sizes.seconds), sizes, tell, samples)
        for name, (place, what) in FIGURES.items():
            if name in names:
                tell(f"{name}: {what}")
                module = import_module(f"everstock.interfaces.bench.{place}")
                measure: Callable[[Bench], list[Figure]] = module.measure
                figures += measure(bench)
        return Outcome(figures, bench.pgbench.samples)
