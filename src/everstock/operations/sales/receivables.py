"""Receivables: what customers owe, document by document, by age, and a customer's statement of account; see ``documents.open_items``."""

import datetime as dt
from typing import NamedTuple

from everstock.core.problems import check_range
from everstock.ledger.database import integers
from everstock.ledger.queries import Basis
from everstock.masterdata.models import Company
from everstock.operations.documents import open_items
from everstock.operations.documents.open_items import AgeRow, OpenRow
from everstock.operations.documents.read import raw_cursor
from everstock.operations.documents.sides import SELLING


def open_receivables(
    company: Company,
    *,
    as_of: dt.date,
    known_at: int | None = None,
    partner: int | None = None,
    basis: Basis = "effective",
) -> list[OpenRow]:
    """Return what customers owed at the end of ``as_of``, as ``open_items.open_items``."""
    return open_items.open_items(company, SELLING, as_of=as_of, known_at=known_at, partner=partner, basis=basis)


def ageing(
    company: Company, *, as_of: dt.date, known_at: int | None = None, basis: Basis = "effective"
) -> list[AgeRow]:
    """Return what each customer owed at the end of ``as_of``, by how long it was overdue."""
    return open_items.ageing(company, SELLING, as_of=as_of, known_at=known_at, basis=basis)


WRITE_OFF = "write_off"


class StatementRow(NamedTuple):
    """What a document did to what a customer owes, in minor units of ``currency``; ``balance``: what is owed in it after.

    ``kind``: of the document, or ``WRITE_OFF`` of what the customer need not pay. The first row of a currency, without a document, is what was owed before. ``cancelled``: the document was taken back on ``day``.
    """

    day: dt.date
    document: int | None
    kind: str
    number: str
    reference: str
    due_on: dt.date | None
    currency: str
    amount: int
    balance: int
    cancelled: bool


_CHANGES = """
    SELECT min(coalesce(e.day, d.day)) AS day, d.id, CASE WHEN d.details ? 'written_off' THEN 'write_off' ELSE d.kind END, d.number, coalesce(d.reference, ''), d.due_on, d.currency_id,
           CASE WHEN g.source LIKE '%.cancel' THEN -1 ELSE 1 END * CASE d.kind
                WHEN 'customer_invoice' THEN d.gross
                WHEN 'customer_credit_note' THEN -d.gross
                -- what pays invoices by what was paid in advance changes nothing that is owed; paying it back (below zero) does
                ELSE CASE WHEN d.details ? 'prepayment' AND d.net > 0 THEN 0 ELSE -d.net - (
                     SELECT coalesce(sum((l.details ->> 'discount')::bigint), 0)::bigint FROM document_line l WHERE l.document_id = d.id) END END,
           g.source LIKE '%.cancel'
      FROM document d JOIN document_posting p ON p.document_id = d.id JOIN posting g ON g.id = p.position
      LEFT JOIN entry e ON e.posting_id = g.id AND e.movement_id IS NULL
     WHERE d.id = ANY ($1::bigint[])
     GROUP BY d.id, g.id
     ORDER BY 1, g.id
"""


def statement(company: Company, *, customer: int, from_: dt.date, to: dt.date) -> list[StatementRow]:
    """Return a customer's statement of account (a partner's id) from ``from_`` to ``to``, both included, by currency and day.

    What was paid in advance counts as paid. Documents that change nothing are left out. Refused: ``range.empty``.
    """
    check_range(from_, to)
    with raw_cursor() as run:
        run.execute(
            "SELECT id FROM document WHERE company_id = $1 AND partner_id = $2"
            " AND kind IN ('customer_invoice', 'customer_credit_note', 'customer_payment')",
            (company.pk, customer),
        )
        ids = [one for (one,) in run.fetchall()]
        run.execute(_CHANGES, (integers(ids),))
        changes = run.fetchall()
    before: dict[str, int] = {}
    later: dict[str, list[StatementRow]] = {}
    for day, document, kind, number, reference, due_on, currency, amount, cancelled in changes:
        if day < from_:
            before[currency] = before.get(currency, 0) + amount
        elif day <= to and amount:
            row = StatementRow(day, document, kind, number, reference, due_on, currency, amount, 0, cancelled)
            later.setdefault(currency, []).append(row)
    found = []
    for currency in sorted(before.keys() | later.keys()):
        balance = before.get(currency, 0)
        found.append(StatementRow(from_, None, "", "", "", None, currency, 0, balance, False))
        for row in later.get(currency, ()):
            balance += row.amount
            found.append(row._replace(balance=balance))
    return found
