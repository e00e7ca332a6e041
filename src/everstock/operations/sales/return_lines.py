"""What the lines of a sales return say, and what of them is to be credited.

A line is in base units: ``quantity`` and ``base_quantity`` came back (of one that is approved: may come back). ``source`` is the
shipment's line it came with, ``None`` for goods without one. ``location``: where it was received. ``unit_price``, ``discount`` and ``tax_code``
are those of the order's line (of goods without a shipment: as it was said). ``net`` and ``tax`` are what is credited for it: of what was billed of
it the share in the order's line, less what is kept back for restocking; zero where the return's resolution is not a credit. ``invoiced``
counts what is credited of it, in base units. Details: ``REASON``, ``BILLED``, ``FEE``.
"""

from everstock.operations.documents.records import Header, Line
from everstock.operations.documents.resolutions import Resolution, resolution_of

REASON = "reason"
"""Key in the details: why it came back; absent if nobody said."""
BILLED = "billed"
"""Key in the details: how much of the line was billed when it came back, in base units; absent for nothing."""
FEE = "fee"
"""Key in the details: what is kept back for restocking, in minor units of the return's currency, without tax; absent for nothing."""


def billed(line: Line) -> int:
    """Return how much of a return's line was billed before it came back, in base units."""
    return int((line.details or {}).get(BILLED, 0))


def to_credit(header: Header, line: Line) -> int:
    """Return how much of a return's line is still to be credited, in base units: what was billed of it and is not credited yet."""
    return billed(line) - line.invoiced if resolution_of(header) is Resolution.CREDIT else 0
