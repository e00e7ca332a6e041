"""The day of a till: its receipts, and what should be there of each means of payment."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from everstock.ledger.queries import rows
from everstock.operations.documents.states import State
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission


class TillSale(NamedTuple):
    """A receipt of a till, or what it credited (below zero): its number, when it was recorded (microseconds UTC), its amount, and what was paid by which means.

    What was paid in another currency is what it was worth; change that was given is below zero. ``exchanged``: what was not paid, since other goods
    came back for it; of these below zero.
    """

    number: str
    at: int | None
    state: str
    gross: int
    paid: dict[str, int]
    exchanged: int = 0


_DAY = """
    SELECT i.number, i.created_at, i.state, CASE i.kind WHEN 'customer_invoice' THEN i.gross ELSE -i.gross END, p.details ->> 'means', p.gross, p.state,
           p.details ->> 'change_means', coalesce((p.details ->> 'change')::bigint, 0),
           CASE WHEN p.details ? 'channel' AND NOT p.details ? 'means'
                THEN (SELECT l.net FROM document_line l WHERE l.document_id = p.id AND (l.details ->> 'invoice')::bigint = i.id) END
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
    for number, at, state, gross, means, amount, payment_state, back, change, exchanged in rows(
        _DAY, (actor.company_id, day, channel)
    ):
        sale = found.setdefault(number, TillSale(number, at, state, gross, {}))
        if payment_state == State.CANCELLED:
            continue
        if exchanged is not None:
            found[number] = sale._replace(exchanged=sale.exchanged + exchanged)
        if means is not None:
            sale.paid[means] = sale.paid.get(means, 0) + amount + change
            if back is not None:
                sale.paid[back] = sale.paid.get(back, 0) - change
    return list(found.values())


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


_DIFFERENCE = """
    WITH settled AS (
        SELECT %(receipt)s::bigint AS id UNION
        SELECT predecessor_id FROM document_link
         WHERE successor_id = ANY (ARRAY(SELECT successor_id FROM document_link WHERE predecessor_id = %(receipt)s)))
    SELECT p.details ->> 'means', p.gross + coalesce((p.details ->> 'change')::bigint, 0), p.details ->> 'change_means',
           (p.details ->> 'change')::bigint
      FROM document p
     WHERE p.id = ANY (ARRAY(SELECT successor_id FROM document_link WHERE predecessor_id = ANY (ARRAY(SELECT id FROM settled))))
       AND p.company_id = %(company)s AND p.kind = 'customer_payment' AND p.details ? 'means' ORDER BY p.id
"""


def difference_of(actor: Actor, *, receipt: int) -> dict[str, int]:
    """Return what was paid for an exchange with this receipt (an id), by means, in minor units of the company's currency; below zero: paid out.

    Refused: ``permission.missing``.
    """
    require(actor, Permission.TILL_SELL)
    found: Counter[str] = Counter()
    for means, amount, back, change in rows(_DIFFERENCE, {"receipt": receipt, "company": actor.company_id}):
        found[means] += amount
        if back is not None:
            found[back] -= change
    return {means: amount for means, amount in found.items() if amount}


# ---------------------------------------------------------------------------------------------------------------------
# What all tills did on a day, as it is in the books


class TillRow(NamedTuple):
    """What a document of a till booked on a day, in minor units of the company's currency.

    ``what``: "sale", "return" (below zero) or "tender", by ``means``: what came into their account, change and refunds below zero. ``given``: of a
    tender in another ``currency`` how much was given, in its minor units.
    """

    channel: str
    what: str
    means: str
    number: str
    amount: int
    given: int = 0
    currency: str = ""


_BOOKED = """
    WITH receivable AS (SELECT account_id AS id FROM posting_rule WHERE company_id = %(company)s AND role = 'receivable'),
    made AS (
        SELECT d.id, d.kind, d.number, d.details FROM document d
         WHERE d.company_id = %(company)s
           -- what was exchanged went through no means
           AND (d.kind IN ('customer_invoice', 'customer_credit_note') OR d.kind = 'customer_payment' AND d.details ? 'means')
           -- what was cancelled was so on its own day or later
           AND (d.day = %(day)s OR (d.day < %(day)s AND d.state = 'cancelled')) AND d.details ->> 'channel' IS NOT NULL)
    SELECT m.details, m.kind, m.number, g.source LIKE '%%.cancel',
           e.account_id IN (SELECT id FROM receivable), e.contra_id IN (SELECT id FROM receivable), sum(e.amount)::bigint
      FROM entry e JOIN posting g ON g.id = e.posting_id JOIN document_posting p ON p.position = e.posting_id JOIN made m ON m.id = p.document_id
     WHERE e.posting_id = ANY (ARRAY(SELECT position FROM document_posting WHERE document_id = ANY (ARRAY(SELECT id FROM made))))
       AND e.day = %(day)s AND e.movement_id IS NULL
     GROUP BY m.id, m.details, m.kind, m.number, 4, 5, 6 ORDER BY m.id, 4, 5, 6
"""
_WHAT = {"customer_invoice": "sale", "customer_credit_note": "return"}


def till_report(actor: Actor, *, day: dt.date, channel: str | None = None) -> list[TillRow]:
    """Return what was sold, came back and was paid on ``day`` at each till (or at ``channel``, a code), document by document, as it was booked.

    What was cancelled counts back on the day on which it was. The tenders of a means together are what should be there of it.

    Refused: ``permission.missing``.
    """
    require(actor, Permission.SALE_READ)
    found: list[TillRow] = []
    changed: set[tuple[str, bool]] = set()
    tendered: list[tuple[dict[str, Any], str, bool]] = []
    for details, kind, number, back, debit, credit, booked in rows(_BOOKED, {"company": actor.company_id, "day": day}):
        through = details["channel"]
        if channel not in {None, through}:
            continue
        if kind in _WHAT:
            if debit != credit:
                found.append(TillRow(through, _WHAT[kind], "", number, booked if debit else -booked))
            continue
        if debit or credit:
            tendered.append((details, number, back))
            given = (-1 if back else 1) * details.get("tendered", 0)
            found.append(
                TillRow(
                    *(through, "tender", details["means"], number, -booked if debit else booked),
                    *(given, details.get("tendered_currency", "")),
                )
            )
        elif "change" in details:
            changed.add((number, back))
            found += _given_back(details, number, booked)
    # of change that was paid out of the same account nothing is in the books
    for details, number, back in tendered:
        if "change" in details and (number, back) not in changed:
            found += _given_back(details, number, (-1 if back else 1) * details["change"])
    return found


def _given_back(details: Mapping[str, Any], number: str, change: int) -> list[TillRow]:
    """What was given back is in the drawer that it was paid into, and is missing in that of the change."""
    return [
        TillRow(details["channel"], "tender", details["means"], number, change),
        TillRow(details["channel"], "tender", details["change_means"], number, -change),
    ]


def cash_up(found: Iterable[TillRow]) -> dict[str, int]:
    """Return what should be there of each means of payment, in minor units of the company's currency, by means; of ``till_report``."""
    sums: Counter[str] = Counter()
    for row in found:
        if row.what == "tender":
            sums[row.means] += row.amount
    return dict(sorted(sums.items()))


def summed(found: Iterable[TillRow]) -> list[TillRow]:
    """Return the sums of ``till_report`` by till, what was done, and means; ``number``: how many documents."""
    sums: dict[tuple[str, str, str], TillRow] = {}
    numbers: dict[tuple[str, str, str], set[str]] = {}
    for row in found:
        key = row[:3]
        numbers.setdefault(key, set()).add(row.number)
        so_far = sums.get(key, TillRow(*key, "", 0))
        sums[key] = so_far._replace(
            number=str(len(numbers[key])),
            amount=so_far.amount + row.amount,
            given=so_far.given + row.given,
            currency=so_far.currency or row.currency,
        )
    order = ["sale", "return", "tender"]
    return [sums[key] for key in sorted(sums, key=lambda key: (key[0], order.index(key[1]), key[2]))]
