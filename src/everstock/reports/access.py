"""Who may see what of each report: costs, margins and values only whoever may see costs, whichever way a report is asked for."""

from collections.abc import Mapping
from typing import NamedTuple

from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission


class Access(NamedTuple):
    """``needs``: the permissions that it takes besides that to see reports. ``costs``: the columns that are only there for whoever sees costs."""

    needs: tuple[Permission, ...] = ()
    costs: frozenset[str] = frozenset()


_QUANTITIES = Access()
_VALUES = Access((Permission.COST_SEE,))
_BOOKS = Access((Permission.COST_SEE, Permission.JOURNAL_READ))

ACCESS: Mapping[str, Access] = {
    "stock": _QUANTITIES,
    "valuation": _VALUES,
    "item-ledger": Access(costs=frozenset({"cost", "running_value"})),
    "movements": Access(costs=frozenset({"cost"})),
    "journal": _BOOKS,
    "trial-balance": _BOOKS,
    "account-ledger": _BOOKS,
    "cogs": Access(costs=frozenset({"cost", "margin", "provisional"})),
    "received-not-invoiced": _VALUES,
    "ageing": Access(costs=frozenset({"value"})),
    "turnover": _VALUES,
    "method-comparison": _VALUES,
    "what-changed": _VALUES,
    "margin": Access(
        costs=frozenset({"cost", "provisional", "margin", "margin_percent", "selling_costs", "contribution"})
    ),
    "shipped-not-invoiced": Access((Permission.SALE_READ,), frozenset({"cost"})),
    "order-book": Access((Permission.SALE_READ,)),
    "backorders": Access((Permission.SALE_READ,)),
    "fill-rate": Access((Permission.SALE_READ,)),
    "receivables": Access((Permission.SALE_READ,)),
    "payables": _VALUES,
}
"""By the name of the report; the table is total."""


def hidden_columns(actor: Actor, report: str) -> frozenset[str]:
    """Return the columns of a report that ``actor`` does not see; refuse (``permission.missing``) a report that it may not see at all."""
    access = ACCESS[report]
    require(actor, Permission.REPORT_READ)
    for permission in access.needs:
        require(actor, permission)
    return frozenset() if actor.sees_costs else access.costs
