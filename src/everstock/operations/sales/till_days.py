"""The day of a till: its receipts, and what should be there of each means of payment."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from everstock.ledger.queries import rows
from everstock.operations.documents.states import State
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission


class TillSale(NamedTuple):
    """A receipt of a till, or what it credited (below zero): its number, when it was recorded (microseconds UTC), its amount, and what was paid by which means.

    What was paid in another currency is what it was worth; change that was given is below zero.
    """

    number: str
    at: int | None
    state: str
    gross: int
    paid: dict[str, int]


_DAY = """
    SELECT i.number, i.created_at, i.state, CASE i.kind WHEN 'customer_invoice' THEN i.gross ELSE -i.gross END, p.details ->> 'means', p.gross, p.state,
           p.details ->> 'change_means', coalesce((p.details ->> 'change')::bigint, 0)
      FROM document i
      LEFT JOIN document_link k ON k.predecessor_id = i.id
      LEFT JOIN document p ON p.id = k.successor_id AND p.kind = 'customer_payment'
     WHERE i.company_id = %s AND i.kind IN ('customer_invoice', 'customer_credit_note') AND i.day = %s AND i.details ->> 'channel' = %s ORDER BY i.id, p.id
"""


def till_day(actor: Actor, *, channel: str, day: dt.date) -> list[TillSale]:
    """Return the receipts and the credit notes of a till on ``day``, in their order; amounts in minor units. What was cancelled is paid by nothing.

    Refused: ``permission.missing``.
    """
    require(actor, Permission.SALE_READ)
    found: dict[str, TillSale] = {}
    for number, at, state, gross, means, amount, payment_state, back, change in rows(
        _DAY, (actor.company_id, day, channel)
    ):
        sale = found.setdefault(number, TillSale(number, at, state, gross, {}))
        if means is not None and payment_state != State.CANCELLED:
            sale.paid[means] = sale.paid.get(means, 0) + amount + change
            if back is not None:
                sale.paid[back] = sale.paid.get(back, 0) - change
    return list(found.values())


def cash_up(sales: Iterable[TillSale]) -> dict[str, int]:
    """Return what should be there of each means of payment, in minor units, by means."""
    sums: Counter[str] = Counter()
    for sale in sales:
        sums.update(sale.paid)
    return dict(sorted(sums.items()))


_CHANGE = """
    SELECT p.details ->> 'change_means', (p.details ->> 'change')::bigint FROM document p
     WHERE p.id = ANY (ARRAY(SELECT successor_id FROM document_link WHERE predecessor_id = %s))
       AND p.company_id = %s AND p.details ? 'change' ORDER BY p.id
"""


def change_of(actor: Actor, *, receipt: int) -> list[tuple[str, int]]:
    """Return what was given back of what was given for a receipt (an id): means, and minor units of the company's currency.

    Refused: ``permission.missing``.
    """
    require(actor, Permission.TILL_SELL)
    return [(means, amount) for means, amount in rows(_CHANGE, (receipt, actor.company_id))]
