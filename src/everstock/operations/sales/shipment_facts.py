"""What a shipment needs to know before it is written: one statement, the orders and the items of its lines locked."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from everstock.ledger.database import integers
from everstock.ledger.statements import Statement
from everstock.operations.documents import read as document_read
from everstock.operations.documents.read import Read
from everstock.operations.warehouse import picking
from everstock.operations.warehouse.picking import PickPlace


class ShipmentFacts(NamedTuple):
    """``read``: the orders. ``hold``: why their customer gets nothing, if that is so. ``places``: where the items lie, by item and warehouse.

    ``ledger``: what was read ahead of the ledger. ``places`` and ``ledger`` are ``None`` where kits leave, whose components are worked out first.
    """

    read: Read
    hold: str | None
    places: dict[tuple[int, int], list[PickPlace]] | None
    ledger: Mapping[str, Any] | None


_READ = Statement(
    "SELECT shipment_read($1, $2, $3, $4, $5, $6)", "int", "bigint[]", "bigint[]", "int[]", "date", "text"
)


def lock(company_id: int, lines: Sequence[tuple[int, int]], day: dt.date, key: str | None) -> ShipmentFacts:
    """Lock the orders of ``lines`` (order and number of the line) and what leaves of them, and return them; one document id is reserved."""
    orders = [order for order, _ in lines]
    (answer,) = _READ.run(
        *(company_id, integers(sorted(set(orders))), integers(orders), integers(line for _, line in lines), day, key)
    )
    found = json.loads(answer or "")
    return ShipmentFacts(
        document_read.understood(found["documents"]),
        found["hold"],
        picking.understood(found["places"]) if "places" in found else None,
        found.get("ledger"),
    )
