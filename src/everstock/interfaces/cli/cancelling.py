"""Which verb cancels a document of which kind. The table is total."""

import datetime as dt
from collections.abc import Callable, Mapping

from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.actor import Actor
from everstock.operations.purchasing.credit_notes import cancel_credit_note
from everstock.operations.purchasing.grni import cancel_clearing
from everstock.operations.purchasing.invoices import cancel_invoice
from everstock.operations.purchasing.landed_costs import cancel_landed_cost
from everstock.operations.purchasing.orders import cancel_order
from everstock.operations.purchasing.payments import cancel_payment
from everstock.operations.purchasing.receipts import cancel_receipt
from everstock.operations.purchasing.returns import cancel_return
from everstock.operations.purchasing.transit import cancel_arrival
from everstock.operations.sales.credit_notes import cancel_credit_note as cancel_customer_credit_note
from everstock.operations.sales.invoices import cancel_invoice as cancel_customer_invoice
from everstock.operations.sales.orders import cancel_order as cancel_sales_order
from everstock.operations.sales.payments import cancel_payment as cancel_customer_payment
from everstock.operations.sales.picks import cancel_pick_list
from everstock.operations.sales.quotes import cancel_quote
from everstock.operations.sales.returns import cancel_return as cancel_sales_return
from everstock.operations.sales.shipments import cancel_shipment
from everstock.operations.warehouse.cancellations import cancel_transfer
from everstock.operations.warehouse.transfers import WHY, TransferPurpose

_GOODS: Mapping[DocumentKind, tuple[Callable[..., DocumentRef], str]] = {
    DocumentKind.PURCHASE_ORDER: (cancel_order, "order"),
    DocumentKind.BLANKET_ORDER: (cancel_order, "order"),
    DocumentKind.GOODS_RECEIPT: (cancel_receipt, "receipt"),
    DocumentKind.SUPPLIER_RETURN: (cancel_return, "supplier_return"),
    DocumentKind.STOCK_TRANSFER: (cancel_transfer, "transfer"),
    DocumentKind.QUOTE: (cancel_quote, "quote"),
    DocumentKind.SALES_ORDER: (cancel_sales_order, "order"),
    DocumentKind.SHIPMENT: (cancel_shipment, "shipment"),
    DocumentKind.SALES_RETURN: (cancel_sales_return, "sales_return"),
}
"""Undone as of their own day."""
_MONEY: Mapping[DocumentKind, tuple[Callable[..., DocumentRef], str]] = {
    DocumentKind.SUPPLIER_INVOICE: (cancel_invoice, "invoice"),
    DocumentKind.SUPPLIER_CREDIT_NOTE: (cancel_credit_note, "credit_note"),
    DocumentKind.SUPPLIER_PAYMENT: (cancel_payment, "payment"),
    DocumentKind.PICK_LIST: (cancel_pick_list, "pick_list"),
    DocumentKind.LANDED_COST: (cancel_landed_cost, "landed_cost"),
    DocumentKind.GRNI_CLEARING: (cancel_clearing, "clearing"),
    DocumentKind.CUSTOMER_INVOICE: (cancel_customer_invoice, "invoice"),
    DocumentKind.CUSTOMER_CREDIT_NOTE: (cancel_customer_credit_note, "credit_note"),
    DocumentKind.CUSTOMER_PAYMENT: (cancel_customer_payment, "payment"),
}
"""Booked back, or put back, on a day that is named."""
assert _GOODS.keys() | _MONEY.keys() == set(DocumentKind)


def takes_day(kind: DocumentKind) -> bool:
    """Whether documents of a kind are booked back on a day that is named, and not undone as of their own."""
    return kind in _MONEY


def cancel_document(
    actor: Actor, kind: DocumentKind, document: int, *, day: dt.date, reason: str, recorded_at: int
) -> DocumentRef:
    """Cancel a document of ``kind``; ``day`` is for those that are booked back on one. Refused: as its own verb refuses."""
    if kind in _MONEY:
        verb, name = _MONEY[kind]
        return verb(actor, **{name: document}, day=day, reason=reason, recorded_at=recorded_at)
    verb, name = _GOODS[kind]
    if kind is DocumentKind.STOCK_TRANSFER:
        header = read(actor.company_id, [document]).headers[document]
        if (header.details or {}).get(WHY) == TransferPurpose.ARRIVAL:
            verb = cancel_arrival
    return verb(actor, **{name: document}, reason=reason, recorded_at=recorded_at)
