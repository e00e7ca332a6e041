"""Selling: order, shipment and invoice of ten lines each through the actions, into stock and books; every document its own commit.

The order is priced by a list and confirmed, which reserves the goods; the shipment says from where they are picked and takes what was reserved.
"""

from everstock.interfaces.bench import cycles
from everstock.interfaces.bench.companies import make_company, make_customers
from everstock.interfaces.bench.cycles import DOCUMENTS, Cycle
from everstock.interfaces.bench.figures import Figure
from everstock.interfaces.bench.run import Bench
from everstock.interfaces.bench.seller import MOST
from everstock.interfaces.bench.workload import LINES, SHARE, Ground

_FASTEST = 5_000
"""Lines a second that nobody sells."""


def measure(bench: Bench) -> list[Figure]:
    """The figures of ``cycles`` for selling."""
    return cycles.measure(bench, Cycle("selling", "seller", "order, shipment and invoice", (800, 1_200), _prepare))


def _prepare(bench: Bench) -> Ground:
    """A company with stock for everything that is sold while it is measured, however fast the machine."""
    sizes = bench.sizes
    lines = sizes.documents // DOCUMENTS * LINES + (sizes.repetitions + 2) * sizes.seconds * _FASTEST
    ground = make_company("BENCH", "average", sizes.items, clients=1 + lines * MOST // sizes.items // SHARE)
    make_customers(ground)
    return ground
