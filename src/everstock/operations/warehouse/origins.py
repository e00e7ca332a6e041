"""How much of what a receipt, an arrival or a customer's return brought is still where it came to, so that nobody moves more of it than there is."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.ledger.database import integers
from everstock.operations.documents.read import raw_cursor


class Brought(NamedTuple):
    """A line of a receipt, of an arrival out of transit or of a sales return, ``document`` (a number): what it brought to ``location``.

    It brought ``quantity`` of ``sku``, and ``gone`` have left from there again; in 10^-6 base units.
    """

    document: str
    sku: str
    location: int
    quantity: int
    gone: int

    @property
    def left(self) -> int:
        """What is still there."""
        return self.quantity - self.gone


_LOCK = (
    "SELECT 1 FROM document WHERE company_id + 0 = $1 AND id IN (SELECT document_id FROM document_line WHERE id = ANY ($2::bigint[]))"
    " ORDER BY id FOR UPDATE"
)
_BROUGHT = """
    WITH came AS (
        SELECT l.id, d.number, i.sku, l.base_quantity,
               CASE d.kind WHEN 'stock_transfer' THEN l.to_location_id ELSE l.location_id END AS place
          FROM document_line l JOIN document d ON d.id = l.document_id JOIN item i ON i.id = l.item_id
         WHERE l.id = ANY ($2::bigint[]) AND d.company_id + 0 = $1
           AND (d.kind = 'goods_receipt' OR (d.kind = 'sales_return' AND d.posted_at IS NOT NULL)
                OR (d.kind = 'stock_transfer' AND d.details ->> 'purpose' IN ('arrival', 'transfer_arrival'))))
    SELECT c.id, c.number, c.sku, c.place, c.base_quantity,
           (SELECT coalesce(sum(CASE m.location_id WHEN c.place THEN m.base_quantity ELSE 0 END
                                - CASE m.to_location_id WHEN c.place THEN m.base_quantity ELSE 0 END), 0)::bigint
              FROM document_line m JOIN document t ON t.id = m.document_id
             WHERE m.source_id = c.id AND t.kind IN ('stock_transfer', 'supplier_return') AND t.state <> 'cancelled')
      FROM came c
"""


def brought(company_id: int, lines: Collection[int]) -> dict[int, Brought]:
    """Return what lines of receipts, arrivals and sales returns (ids) brought, and what of it has left: put away, held, or returned from there."""
    with raw_cursor() as run:
        run.execute(_BROUGHT, (company_id, integers(lines)), prepare=True)
        return {line: Brought(*rest) for line, *rest in run.fetchall()}


def lock_bringers(company_id: int, lines: Collection[int]) -> None:
    """Lock the documents of lines (ids), so that nobody else moves what these brought until the transaction ends."""
    with raw_cursor() as run:
        run.execute(_LOCK, (company_id, integers(lines)), prepare=True)


def refuse_beyond(found: dict[int, Brought], moves: Iterable[tuple[int, int, int]]) -> None:
    """Refuse (``putaway.exceeds``) to move more than is left of what a line brought where it came to.

    ``moves``: the id of the line, from where, and how much (10^-6 base units). What leaves from elsewhere was counted when it went there.
    """
    wanted: Counter[int] = Counter()
    for line, location, quantity in moves:
        if line in found and found[line].location == location:
            wanted[line] += quantity
    for line, quantity in wanted.items():
        one = found[line]
        if quantity > one.left:
            brought, gone, asked = (format_quantity(some) for some in (one.quantity, one.gone, quantity))
            raise Refusal(
                "putaway.exceeds",
                f"{one.document} brought {brought} of item {one.sku}, of which {gone} are put away or gone, and not the {asked} that"
                " shall be moved.",
                f"Move {format_quantity(max(one.left, 0))} at most; what another receipt brought is put away under that one.",
            )
