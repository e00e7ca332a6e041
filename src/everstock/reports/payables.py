"""Goods received not invoiced: what is owed to suppliers for goods whose invoice has not come, receipt by receipt."""

import datetime as dt
from dataclasses import dataclass

from everstock.ledger.inquiries import open_receipts, receipt_accounts
from everstock.ledger.queries import day_of
from everstock.masterdata.models import Company
from everstock.reports.questions import asking


@dataclass(frozen=True, slots=True)
class NotInvoicedRow:
    """``quantity`` and ``amount`` are what is left after returns to the supplier; a return without a link has a row of its own, below zero."""

    reference: str
    received_on: dt.date
    partner: str
    item: str
    quantity: int
    amount: int
    age_days: int


def received_not_invoiced(
    *, company: Company, as_of: dt.date, known_at: int | None = None, partner: str | None = None
) -> list[NotInvoicedRow]:
    """Receipts with an open amount, oldest first. All rows add up to the balance of the account on the effective basis."""
    with asking(company, as_of=as_of, known_at=known_at) as ask:
        names = ask.names
        only = None if partner is None else names.partner(partner)
        accounts = receipt_accounts(ask.company_id)
        result = []
        for row in open_receipts(ask.company_id, accounts, as_of=as_of, position=ask.position):
            day = row.day if row.effective_at is None else day_of(row.effective_at)
            if only is None or row.partner == only:
                result.append(
                    NotInvoicedRow(
                        *(row.reference, day, names.partners[row.partner]),
                        "" if row.item is None else names.items[row.item],
                        *(row.quantity, row.amount, (as_of - day).days),
                    )
                )
    return sorted(result, key=lambda row: (row.received_on, row.reference))
