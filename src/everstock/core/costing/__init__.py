"""Costing methods as pure state machines over integer quantities and money."""

from functools import lru_cache

from everstock.core.costing.average import Average
from everstock.core.costing.layered import Layered
from everstock.core.costing.method import Costing, Returned
from everstock.core.costing.standard import Standard
from everstock.core.costing.state import EMPTY, PoolState
from everstock.core.facts import Method, Policy


@lru_cache(maxsize=4096)
def costing_for(policy: Policy) -> Costing:
    """The method of a policy, ready to use; a method keeps nothing, so that all who ask share it."""
    scale, standard = policy.minor_per_major, policy.standard_cost
    if policy.method is Method.STANDARD:
        return Standard(scale, standard)
    if policy.method in (Method.FIFO, Method.LIFO):
        return Layered(scale, standard, newest_first=policy.method is Method.LIFO)
    return Average(scale, standard)


__all__ = ["EMPTY", "Costing", "PoolState", "Returned", "costing_for"]
