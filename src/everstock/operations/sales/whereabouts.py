"""Where a lot or a serial number went: to whom it was shipped, and whether it came back."""

import datetime as dt
from typing import NamedTuple

from everstock.core.facts import DAY
from everstock.ledger.database import integers
from everstock.ledger.sales import lot_movements
from everstock.operations.documents.read import raw_cursor

_EPOCH = dt.date(1970, 1, 1).toordinal()


class LotEvent(NamedTuple):
    """A lot left for ``partner`` or came ``back``, on ``day``, with ``document`` (its number; of what was imported the ledger's reference).

    ``quantity`` in 10^-6 base units; ``out``: how much of the lot the partner has after it.
    """

    day: dt.date
    back: bool
    document: str
    partner: int | None
    quantity: int
    out: int


_NUMBERS = (
    "SELECT p.position, d.number FROM document_posting p JOIN document d ON d.id = p.document_id"
    " WHERE p.position = ANY ($1::bigint[]) AND d.company_id + 0 = $2"
)


def lot_history(company_id: int, lot: int) -> list[LotEvent]:
    """Return what became of a lot (an id) in the order in which it happened; what was reversed is left out."""
    moved = lot_movements(company_id, lot)
    with raw_cursor() as run:
        numbers = dict(run.execute(_NUMBERS, (integers({one.posting for one in moved}), company_id)).fetchall())
    out: dict[int | None, int] = {}
    found = []
    for one in moved:
        out[one.partner] = out.get(one.partner, 0) + (-one.quantity if one.back else one.quantity)
        day = dt.date.fromordinal(_EPOCH + one.effective_at // DAY)
        number = numbers.get(one.posting, one.reference)
        found.append(LotEvent(day, one.back, number, one.partner, one.quantity, out[one.partner]))
    return found
