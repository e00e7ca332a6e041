"""Cash discounts: an invoice keeps in its details what was agreed when it was posted; what is agreed later is of later invoices."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from everstock.operations.documents.records import Details, Header


class CashDiscount(NamedTuple):
    """``discount``: what may be kept back, as a fraction of 10^-6, of what is paid within ``discount_days`` from the invoice's day."""

    discount_days: int
    discount: int


def promised(agreed: Mapping[str, Any] | None) -> Details:
    """Return what an invoice keeps of what was ``agreed``: the details of its order, or the terms of a partner; empty without a cash discount."""
    found = agreed or {}
    return {name: found[name] for name in CashDiscount._fields} if found.get("discount") else {}


def cash_discount(invoice: Header) -> CashDiscount | None:
    """Return the cash discount that an invoice promised when it was posted."""
    kept = promised(invoice.details)
    return CashDiscount(**kept) if kept else None
