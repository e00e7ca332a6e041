"""How an invoice reads: one line for each line of an order and shipment, wherever the goods were taken from.

What is kept is one line for each place and lot that was shipped, so that what comes back is credited as it was billed. A reader wants to see what
was ordered: goods of one line of an order have one price and one tax.
"""

from collections.abc import Iterable
from typing import NamedTuple

from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import Read
from everstock.operations.documents.records import Header, Line


class BillLine(NamedTuple):
    """What is billed of ``ordered`` (``None``: not known) with a shipment (``None``: a charge); ``line`` is the sum of the lines of these ``numbers``."""

    line: Line
    numbers: tuple[int, ...]
    ordered: Line | None = None
    shipment: Header | None = None


def bill_lines(lines: Iterable[Line], made_from: Read) -> list[BillLine]:
    """Return the lines of an invoice as they are read, in order; ``made_from``: its shipments and orders, with those of the shipments."""
    known = {line.id: line for some in made_from.lines.values() for line in some}
    groups: dict[tuple[int, int], BillLine] = {}
    for line in lines:
        source = known.get(line.source or 0)
        header = None if source is None else made_from.headers[source.document]
        shipment = header if header is not None and header.kind == DocumentKind.SHIPMENT else None
        ordered = source if source is None or shipment is None else known.get(source.source or 0)
        one = BillLine(line, (line.line,), ordered, shipment)
        key = (shipment.id, ordered.id) if shipment is not None and ordered is not None else (0, -line.line)
        groups[key] = _together(groups[key], one) if key in groups else one
    return list(groups.values())


def _together(one: BillLine, other: BillLine) -> BillLine:
    line, more = one.line, other.line
    return one._replace(
        line=line._replace(
            quantity=line.quantity + more.quantity,
            base_quantity=line.base_quantity + more.base_quantity,
            net=line.net + more.net,
            tax=line.tax + more.tax,
        ),
        numbers=(*one.numbers, *other.numbers),
    )
