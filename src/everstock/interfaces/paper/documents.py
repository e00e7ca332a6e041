"""The documents that can be printed, each as one function from its rows to the bytes of a PDF."""

from everstock.interfaces.paper.buying_sheets import order_sheet, receipt_sheet, return_sheet
from everstock.interfaces.paper.printer import pdf
from everstock.interfaces.paper.rows import OrderPaper, ReceiptPaper, ReturnPaper


def purchase_order(paper: OrderPaper) -> bytes:
    """A purchase order as PDF. Refuses as ``printer.pdf`` does."""
    return pdf(order_sheet(paper))


def goods_receipt_note(paper: ReceiptPaper, *, costs: bool) -> bytes:
    """A goods receipt note as PDF, with barcodes of its number, items and lots. Refuses as ``printer.pdf`` does.

    ``costs``: the reader may see costs. Without it no price gets into the file, whatever the rows hold.
    """
    return pdf(receipt_sheet(paper, costs=costs))


def supplier_return_note(paper: ReturnPaper, *, costs: bool) -> bytes:
    """A supplier return note as PDF, with a barcode of its number. ``costs`` and refusals as for a goods receipt note."""
    return pdf(return_sheet(paper, costs=costs))
