"""Buying: order, receipt and invoice of ten lines each through the actions, into stock and books; every document its own commit."""

from everstock.interfaces.bench import cycles
from everstock.interfaces.bench.companies import make_company, make_suppliers
from everstock.interfaces.bench.cycles import Cycle
from everstock.interfaces.bench.figures import Figure
from everstock.interfaces.bench.run import Bench
from everstock.interfaces.bench.workload import Ground


def measure(bench: Bench) -> list[Figure]:
    """The figures of ``cycles`` for buying."""
    return cycles.measure(bench, Cycle("buying", "buyer", "order, receipt and invoice", (1_000, 1_500), _prepare))


def _prepare(bench: Bench) -> Ground:
    ground = make_company("BENCH", "average", bench.sizes.items)
    make_suppliers(ground)
    return ground
