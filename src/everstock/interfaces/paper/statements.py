"""A customer's statement of account as what its paper says."""

import datetime as dt

from everstock.interfaces.paper import addresses
from everstock.interfaces.paper.rows import Letterhead, Money
from everstock.interfaces.paper.selling_rows import StatementLine, StatementPaper
from everstock.interfaces.paper.texts import Language
from everstock.masterdata.currencies import CURRENCIES, check_currency
from everstock.masterdata.models import Company, Partner
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.customers import find_customer
from everstock.operations.sales.receivables import WRITE_OFF, statement

_WORDS = {
    DocumentKind.CUSTOMER_INVOICE.value: "invoice",
    DocumentKind.CUSTOMER_CREDIT_NOTE.value: "credit_note",
    DocumentKind.CUSTOMER_PAYMENT.value: "payment",
    WRITE_OFF: "write_off",
}


def statement_paper(
    actor: Actor,
    customer: int,
    *,
    first: dt.date,
    last: dt.date,
    currency: str | None,
    language: Language,
    company: Letterhead,
) -> StatementPaper:
    """Return what a customer (a partner's id) was billed and paid from ``first`` to ``last``, both included, as paper.

    ``currency``: ``None`` for the one in which we trade with the customer. Refused: ``permission.missing`` (sale.read and partner.read),
    ``customer.unknown``, ``customer.not_one``, ``currency.unknown``.
    """
    require(actor, Permission.SALE_READ)
    require(actor, Permission.PARTNER_READ)
    partner: Partner = find_customer(actor.company_id, customer)
    own = Company.objects.get(pk=actor.company_id)
    wanted = currency or partner.currency_id or own.currency_id
    check_currency(wanted)
    rows = [row for row in statement(own, customer=customer, from_=first, to=last) if row.currency == wanted]
    lines = tuple(
        StatementLine(
            day=row.day,
            kind=_WORDS.get(row.kind, ""),
            number=row.number,
            amount=row.amount,
            balance=row.balance,
            due_on=row.due_on,
            cancelled=row.cancelled,
        )
        for row in rows
    )
    return StatementPaper(
        language=language,
        company=company,
        customer=addresses.billed(customer, language),
        number=partner.code,
        first=first,
        day=last,
        money=Money(currency=wanted, digits=CURRENCIES[wanted][1]),
        lines=lines,
    )
