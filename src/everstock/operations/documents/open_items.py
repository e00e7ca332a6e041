"""Open items: what is owed to suppliers or by customers, document by document, by age."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import NamedTuple

from everstock.ledger.database import integers, texts
from everstock.ledger.queries import Basis, position_at, reading
from everstock.masterdata.models import Company, PostingRule
from everstock.operations.documents.read import joining_whole_tables, raw_cursor
from everstock.operations.documents.sides import Side

BUCKETS = (30, 60, 90)
"""Days overdue up to which a bucket goes; what is not due yet comes before, what is older after."""


class OpenRow(NamedTuple):
    """An invoice or a credit note of which something is open.

    ``gross``, ``paid`` and ``open`` in minor units of ``currency``; ``amount``: what is open, as the books carry it, in minor units of the company's
    currency. Those of a credit note are below zero. Paid before its day, nothing is billed yet and ``open`` of an invoice is below zero.
    ``overdue``: days since ``due_on``, not positive: not due.
    """

    document: int
    kind: str
    number: str
    reference: str
    partner: int
    day: dt.date
    due_on: dt.date
    overdue: int
    currency: str
    gross: int
    paid: int
    open: int
    amount: int


class AgeRow(NamedTuple):
    """What is open with a partner, in minor units of the company's currency: not due, overdue by ``BUCKETS``, older, and in all."""

    partner: int
    not_due: int
    overdue: tuple[int, ...]
    total: int


def item_accounts(company: Company, side: Side) -> list[int]:
    """Return the accounts that open items of this side stand on."""
    found = PostingRule.objects.filter(company=company, role=side.account.value).values_list("account_id", flat=True)
    return sorted(set(found))


_OPEN = """
    SELECT d.id, d.kind, d.number, coalesce(d.reference, ''), d.partner_id, d.day, coalesce(d.due_on, d.day), d.currency_id,
           (d.gross * coalesce(b.times, 0))::bigint, c.amount, c.paid
      FROM (SELECT document, sum(amount)::bigint AS amount, sum(paid)::bigint AS paid
              FROM open_item_changes($1, $2::text[], $3, $4, $5::int[], $6, NULL)
             WHERE day <= $7 AND ($8::bigint IS NULL OR position <= $8) GROUP BY document) c
      JOIN document d ON d.id = c.document
      -- 0 before its day, however early it was paid
      LEFT JOIN (SELECT document, sum(CASE WHEN back THEN -1 ELSE 1 END) AS times FROM document_phases($1, $2::text[], $6)
                  WHERE day <= $7 AND ($8::bigint IS NULL OR position <= $8) GROUP BY document) b ON b.document = c.document
     WHERE c.amount <> 0
     ORDER BY 7, 3
"""


def open_items(
    company: Company,
    side: Side,
    *,
    as_of: dt.date,
    known_at: int | None = None,
    partner: int | None = None,
    basis: Basis = "effective",
) -> list[OpenRow]:
    """Return what was open at the end of ``as_of``, as known at ``known_at``, the first due first; ``partner``: ``None`` for all.

    ``amount`` of all rows adds up to the balance of the accounts, as far as documents made it.
    """
    with reading():
        position = position_at(company.pk, known_at)
        asked = (*_of(company.pk, side, item_accounts(company, side)), basis == "posted", as_of, position)
        with joining_whole_tables() as run:
            run.execute(_OPEN, asked)
            found = run.fetchall()
    rows = []
    for document, kind, number, reference, of, day, due_on, currency, gross, amount, paid in found:
        sign = -1 if kind == side.credit_note else 1
        if partner is None or of == partner:
            rows.append(
                OpenRow(
                    *(document, kind, number, reference, of, day, due_on, (as_of - due_on).days, currency),
                    *(sign * gross, paid, sign * gross - paid, amount),
                )
            )
    return rows


def ageing(
    company: Company, side: Side, *, as_of: dt.date, known_at: int | None = None, basis: Basis = "effective"
) -> list[AgeRow]:
    """Return what was open with each partner at the end of ``as_of``, by how long it was overdue."""
    by_partner: dict[int, list[int]] = {}
    for row in open_items(company, side, as_of=as_of, known_at=known_at, basis=basis):
        buckets = by_partner.setdefault(row.partner, [0] * (len(BUCKETS) + 2))
        place = 0 if row.overdue <= 0 else 1 + sum(row.overdue > days for days in BUCKETS)
        buckets[place] += row.amount
    return [
        AgeRow(partner, buckets[0], tuple(buckets[1:]), sum(buckets)) for partner, buckets in sorted(by_partner.items())
    ]


def carried_amounts(company_id: int, side: Side, account: int, documents: Collection[int]) -> Mapping[int, int]:
    """Return what the books carry of invoices and credit notes (ids) on an account now, in minor units of the company's currency."""
    with raw_cursor() as run:
        run.execute(
            "SELECT document, sum(amount)::bigint FROM open_item_changes($1, $2::text[], $3, $4, $5::int[], false, $6::bigint[])"
            " GROUP BY document",
            (*_of(company_id, side, [account]), integers(documents)),
        )
        return dict(run.fetchall())


def _of(company_id: int, side: Side, accounts: Collection[int]) -> tuple[object, ...]:
    return company_id, texts(kind.value for kind in side.items), side.payment.value, side.owed, integers(accounts)
