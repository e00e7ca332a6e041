"""The documents that can be printed, each as one function from its rows to the bytes of a PDF."""

from everstock.interfaces.paper.buying_sheets import order_sheet, receipt_sheet, return_sheet
from everstock.interfaces.paper.printer import pdf
from everstock.interfaces.paper.rows import OrderPaper, ReceiptPaper, ReturnPaper
from everstock.interfaces.paper.selling_rows import (
    DispatchPaper,
    LabelPaper,
    PickPaper,
    ReminderPaper,
    SalePaper,
    StatementPaper,
)
from everstock.interfaces.paper.selling_sheets import (
    dispatch_sheet,
    label_sheet,
    pick_sheet,
    reminder_sheet,
    sale_sheet,
    statement_sheet,
)


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


def sale(paper: SalePaper) -> bytes:
    """A quote, an order confirmation, an invoice or a credit note as PDF. Refuses as ``printer.pdf`` does."""
    return pdf(sale_sheet(paper))


def dispatch(paper: DispatchPaper) -> bytes:
    """A delivery note or a packing slip as PDF, with a barcode of its number and without prices. Refuses as ``printer.pdf`` does."""
    return pdf(dispatch_sheet(paper))


def pick_list(paper: PickPaper) -> bytes:
    """A pick list as PDF, with barcodes of its number, places, items and lots. Refuses as ``printer.pdf`` does."""
    return pdf(pick_sheet(paper))


def label(*papers: LabelPaper) -> bytes:
    """Labels of one document as PDF of 100 × 150 mm, one a page. Refuses as ``printer.pdf`` does."""
    return pdf(label_sheet(*papers))


def statement(paper: StatementPaper) -> bytes:
    """A customer's statement of account as PDF. Refuses as ``printer.pdf`` does."""
    return pdf(statement_sheet(paper))


def reminder(paper: ReminderPaper) -> bytes:
    """A letter about overdue invoices as PDF. Refuses as ``printer.pdf`` does."""
    return pdf(reminder_sheet(paper))
