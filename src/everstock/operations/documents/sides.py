"""Buying and selling settle the same way, and in opposite directions: what differs between them, in one place."""

from typing import NamedTuple

from everstock.core.posting import Role
from everstock.operations.documents.kinds import DocumentKind


class Side(NamedTuple):
    """One of the two.

    ``partner``: what who is on the other side is called. ``account``: where open items stand; ``advances``: what was paid before there
    was anything to pay; ``discount``: cash discounts. ``owed``: 1 where open items are what we owe (credits), -1 where they are owed to us.
    ``order``: what may be paid before it is billed, ``None``: nothing.
    """

    partner: str
    invoice: DocumentKind
    credit_note: DocumentKind
    payment: DocumentKind
    account: Role
    advances: Role
    discount: Role
    owed: int
    order: DocumentKind | None = None

    @property
    def items(self) -> tuple[DocumentKind, DocumentKind]:
        """The documents of which something may be open."""
        return self.invoice, self.credit_note

    def pair(self, account: int, contra: int) -> tuple[int, int]:
        """Return (debit, credit) of what a payment does to ``account``, which on the selling side is credited."""
        return (account, contra) if self.owed > 0 else (contra, account)


BUYING = Side(
    partner="supplier",
    invoice=DocumentKind.SUPPLIER_INVOICE,
    credit_note=DocumentKind.SUPPLIER_CREDIT_NOTE,
    payment=DocumentKind.SUPPLIER_PAYMENT,
    account=Role.PAYABLE,
    advances=Role.PREPAYMENT,
    discount=Role.CASH_DISCOUNT,
    owed=1,
)
SELLING = Side(
    partner="customer",
    invoice=DocumentKind.CUSTOMER_INVOICE,
    credit_note=DocumentKind.CUSTOMER_CREDIT_NOTE,
    payment=DocumentKind.CUSTOMER_PAYMENT,
    account=Role.RECEIVABLE,
    advances=Role.CUSTOMER_PREPAYMENT,
    discount=Role.CASH_DISCOUNT_GIVEN,
    owed=-1,
    order=DocumentKind.SALES_ORDER,
)
