"""What a document changed in the cost of goods: for what is left in stock, and for what went, issue by issue."""

import datetime as dt
from typing import NamedTuple

from everstock.core.facts import OUTBOUND
from everstock.ledger.codes import CODE
from everstock.ledger.database import integers
from everstock.operations.documents.read import raw_cursor


class Difference(NamedTuple):
    """``amount`` (minor units of the company's currency; debit above zero) on ``account`` for ``item`` on ``day``.

    ``in_stock``: it is the value of stock. Else it is what went, by the movements ``issues`` (their references in the ledger) of that day; none
    for price differences.
    """

    item: int
    day: dt.date
    posted_on: dt.date
    account: int
    in_stock: bool
    amount: int
    issues: tuple[str, ...]


_CHANGED = """
    SELECT s.item_id, s.day, s.posted_on, s.account, s.in_stock, sum(s.amount)::bigint,
           (SELECT array_agg(i.reference ORDER BY i.effective_at, i.id) FROM movement i
             WHERE NOT s.in_stock AND i.company_id = $1 AND i.item_id = s.item_id AND i.contra_id = s.account AND i.kind = ANY ($3::int[])
               AND i.effective_at >= (s.day - date '1970-01-01') * 86400000000
               AND i.effective_at < (s.day - date '1970-01-01' + 1) * 86400000000)
      FROM (SELECT p.item_id, e.day, e.posted_on, side.account, side.account IN (p.inventory_id, p.allowance_id) AS in_stock, side.amount
              FROM document_posting d JOIN entry e ON e.posting_id = d.position
              JOIN pool p ON p.id = e.pool_id JOIN movement m ON m.id = e.movement_id
              CROSS JOIN LATERAL (VALUES (e.account_id, e.amount), (e.contra_id, -e.amount)) AS side(account, amount)
             WHERE d.document_id = $2 AND e.company_id = $1
               -- the other side of the goods themselves: what is owed for them
               AND side.account <> m.contra_id) AS s
     GROUP BY 1, 2, 3, 4, 5 HAVING sum(s.amount) <> 0
     ORDER BY 1, 2, 3, 5 DESC, 4
"""


def differences(company_id: int, document: int) -> list[Difference]:
    """Return what an invoice, a credit note or a landed cost (its id) changed in the cost of goods, by item and day."""
    kinds = integers(CODE[kind] for kind in sorted(OUTBOUND))
    with raw_cursor() as run:
        run.execute(_CHANGED, (company_id, document, kinds))
        return [Difference._make((*row[:-1], tuple(row[-1] or ()))) for row in run.fetchall()]
