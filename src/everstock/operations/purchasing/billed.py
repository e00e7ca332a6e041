"""What was billed of goods that came, in the currency of the bills: what a credit of them defaults to.

A bill follows the goods: when a match moves it from goods that went back to those that replace them, what was billed goes along.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from everstock.core.quantities import round_half_up
from everstock.ledger.database import integers
from everstock.operations.documents.read import raw_cursor


class Billed(NamedTuple):
    """``net`` (minor units of the bills' currency) was billed for ``quantity`` (10^-6 base units)."""

    net: int = 0
    quantity: int = 0

    def share(self, quantity: int) -> int:
        """Return what of ``net`` belongs to ``quantity`` of what was billed, rounded."""
        return round_half_up(self.net * quantity, self.quantity)

    def taken(self, quantity: int) -> "tuple[Billed, Billed]":
        """Return what is left when the bill of ``quantity`` is taken away (at most all of it), and what was taken."""
        left = max(0, self.quantity - quantity)
        rest = Billed(self.share(left), left) if self.quantity else self
        return rest, Billed(self.net - rest.net, self.quantity - left)


_NOTHING = Billed()
_EVENTS = """
    WITH came AS (
        SELECT id FROM document_line WHERE id = ANY ($1::bigint[])
        -- matches move bills between what was received of the same line of an order
        UNION SELECT o.id FROM document_line l JOIN document_line o ON o.source_id = l.source_id WHERE l.id = ANY ($1::bigint[])),
    event AS (
        SELECT l.source_id AS line, NULL::bigint AS giver, d.id AS document, l.line AS number, d.posted_at,
               CASE d.kind WHEN 'supplier_invoice' THEN l.net ELSE -l.net END AS net, l.base_quantity AS quantity
          FROM came JOIN document_line l ON l.source_id = came.id AND l.details -> 'of' IS NULL JOIN document d ON d.id = l.document_id
         WHERE d.posted_at IS NOT NULL AND d.state <> 'cancelled' AND d.currency_id = $2
           -- of credit notes, those of the price alone
           AND (d.kind = 'supplier_invoice' OR (d.kind = 'supplier_credit_note' AND l.base_quantity = 0))
        UNION ALL
        -- a match says first from where a bill is taken: an invoice's line that came before the goods, or goods that were not kept
        SELECT l.source_id, CASE WHEN NOT f.details ? 'ahead_line' THEN f.source_id END, d.id, l.line, d.posted_at,
               CASE WHEN f.details ? 'ahead_line' THEN round(b.net::numeric * l.base_quantity / b.base_quantity)::bigint ELSE 0 END, l.base_quantity
          FROM came JOIN document_line l ON l.source_id = came.id AND l.details ? 'matched'
          JOIN document d ON d.id = l.document_id AND d.kind = 'grni_clearing' AND d.state <> 'cancelled'
          JOIN document_line f ON f.document_id = l.document_id AND f.line = l.line - 1
          JOIN document_line b ON b.id = f.source_id JOIN document i ON i.id = b.document_id
         WHERE CASE WHEN f.details ? 'ahead_line' THEN i.currency_id = $2 ELSE (f.details ->> 'count')::bigint < 0 END)
    SELECT line, giver, net, quantity FROM event ORDER BY posted_at, document, number
"""


def billed_in(currency: str, lines: Collection[int]) -> dict[int, Billed]:
    """Return what was billed in ``currency`` of receipts' lines (ids), less what was credited of the price alone; what was not is missing."""
    with raw_cursor() as run:
        run.execute(_EVENTS, (integers(lines), currency))
        return {line: one for line, one in _replayed(run.fetchall()).items() if one.quantity > 0}


def _replayed(events: Iterable[tuple[int, int | None, int, int]]) -> dict[int, Billed]:
    """What stands on each line after (line, whom it takes from, net, quantity) in their order."""
    standing: dict[int, Billed] = {}
    for line, giver, net, quantity in events:
        more = Billed(net, quantity)
        if giver is not None:
            standing[giver], more = standing.get(giver, _NOTHING).taken(quantity)
        had = standing.get(line, _NOTHING)
        standing[line] = Billed(had.net + more.net, had.quantity + more.quantity)
    return standing
