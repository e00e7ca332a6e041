"""The kinds of document: what each is called and how its numbers begin."""

from collections.abc import Mapping
from enum import StrEnum

from everstock.operations.identity.permissions import Permission


class DocumentKind(StrEnum):
    """What a document is. The value is stored and shown to other systems; it never changes its meaning."""

    PURCHASE_ORDER = "purchase_order"
    BLANKET_ORDER = "blanket_order"
    GOODS_RECEIPT = "goods_receipt"
    SUPPLIER_INVOICE = "supplier_invoice"
    SUPPLIER_CREDIT_NOTE = "supplier_credit_note"
    SUPPLIER_PAYMENT = "supplier_payment"
    LANDED_COST = "landed_cost"
    SUPPLIER_RETURN = "supplier_return"
    GRNI_CLEARING = "grni_clearing"
    STOCK_TRANSFER = "stock_transfer"
    QUOTE = "quote"
    SALES_ORDER = "sales_order"
    PICK_LIST = "pick_list"
    SHIPMENT = "shipment"
    CUSTOMER_INVOICE = "customer_invoice"
    CUSTOMER_CREDIT_NOTE = "customer_credit_note"
    CUSTOMER_PAYMENT = "customer_payment"
    SALES_RETURN = "sales_return"

    @property
    def words(self) -> str:
        """The kind as it is called in a sentence: "purchase order"."""
        return _WORDS.get(self) or self.value.replace("_", " ")


_WORDS: Mapping[DocumentKind, str] = {DocumentKind.GRNI_CLEARING: "clearing of goods received not invoiced"}

PREFIX: Mapping[DocumentKind, str] = {
    DocumentKind.PURCHASE_ORDER: "PO",
    DocumentKind.BLANKET_ORDER: "BO",
    DocumentKind.GOODS_RECEIPT: "GR",
    DocumentKind.SUPPLIER_INVOICE: "SI",
    DocumentKind.SUPPLIER_CREDIT_NOTE: "SC",
    DocumentKind.SUPPLIER_PAYMENT: "SP",
    DocumentKind.LANDED_COST: "LC",
    DocumentKind.SUPPLIER_RETURN: "SR",
    DocumentKind.GRNI_CLEARING: "GC",
    DocumentKind.STOCK_TRANSFER: "TR",
    DocumentKind.QUOTE: "QU",
    DocumentKind.SALES_ORDER: "SO",
    DocumentKind.PICK_LIST: "PL",
    DocumentKind.SHIPMENT: "SH",
    DocumentKind.CUSTOMER_INVOICE: "CI",
    DocumentKind.CUSTOMER_CREDIT_NOTE: "CC",
    DocumentKind.CUSTOMER_PAYMENT: "CP",
    DocumentKind.SALES_RETURN: "RM",
}
"""How numbers begin: PO-2026-000001. Every kind has one, and no two have the same."""

SELLING = frozenset(
    {
        *(
            DocumentKind.QUOTE,
            DocumentKind.SALES_ORDER,
            DocumentKind.PICK_LIST,
            DocumentKind.SHIPMENT,
            DocumentKind.SALES_RETURN,
        ),
        *(DocumentKind.CUSTOMER_INVOICE, DocumentKind.CUSTOMER_CREDIT_NOTE, DocumentKind.CUSTOMER_PAYMENT),
    }
)
"""The documents of selling; the others are of buying, or of the warehouse."""


def reading(kind: DocumentKind) -> Permission:
    """Return the permission that it takes to see documents of ``kind``."""
    return Permission.SALE_READ if kind in SELLING else Permission.PURCHASE_READ
