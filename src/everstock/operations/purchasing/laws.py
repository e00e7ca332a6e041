"""Laws of buying: documents and ledger say the same. Each is computed anew from the raw rows; see ``documents.laws``."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from everstock.core.quantities import format_quantity
from everstock.ledger.books import Books
from everstock.ledger.laws import Law, Violation
from everstock.ledger.queries import rows
from everstock.operations.documents.payment_laws import (
    advances_are_prepayments,
    amounts,
    open_items_are_their_accounts,
    paid_is_what_payments_say,
)
from everstock.operations.documents.sides import BUYING

_WORST = 20

_COUNTED = """
    WITH standing AS (
        SELECT l.*, d.kind, d.state, d.details AS about
          FROM document d JOIN document_line l ON l.document_id = d.id
         WHERE d.company_id = %(company)s AND d.state <> 'cancelled'
           AND (d.posted_at IS NOT NULL OR d.kind = 'purchase_order')),
    counted(id, what, quantity) AS (
        SELECT source_id, 'received', base_quantity FROM standing WHERE kind = 'goods_receipt'
        UNION ALL SELECT source_id, 'rejected', rejected FROM standing WHERE kind = 'goods_receipt'
        -- a replacement is expected again
        UNION ALL SELECT r.source_id, 'received', -s.base_quantity FROM standing s JOIN document_line r ON r.id = s.source_id
                   WHERE s.kind = 'supplier_return' AND s.about ->> 'resolution' = 'replacement'
        UNION ALL SELECT source_id, 'returned', base_quantity FROM standing WHERE kind = 'supplier_return'
        -- goods in transit that arrived, or were lost
        UNION ALL SELECT source_id, 'received', base_quantity FROM standing
                   WHERE kind = 'stock_transfer' AND about ->> 'purpose' IN ('arrival', 'transfer_arrival')
        UNION ALL SELECT source_id, 'rejected', base_quantity FROM standing
                   WHERE kind = 'stock_transfer' AND about ->> 'purpose' = 'loss'
        -- receipts and unlinked returns: what documents say they counted
        UNION ALL SELECT source_id, 'invoiced', (details ->> 'count')::bigint FROM standing
                   WHERE kind IN ('supplier_invoice', 'supplier_credit_note', 'grni_clearing', 'landed_cost')
                     AND (kind <> 'supplier_invoice' OR (SELECT o.ledger_reference FROM document_line o WHERE o.id = standing.source_id)
                                                        IS NOT NULL)
        -- orders: by the receipt, or ahead of it, or of a service
        UNION ALL SELECT r.source_id, 'invoiced', (s.details ->> 'count')::bigint
                    FROM standing s JOIN document_line r ON r.id = s.source_id AND r.ledger_reference IS NOT NULL
                   WHERE s.kind = 'supplier_invoice'
        UNION ALL SELECT o.id, 'invoiced', s.base_quantity
                    FROM standing s JOIN document_line o ON o.id = s.source_id JOIN document d ON d.id = o.document_id
                   WHERE s.kind = 'supplier_invoice' AND d.kind = 'purchase_order'
        UNION ALL SELECT (details ->> 'return_line')::bigint, 'invoiced', base_quantity FROM standing WHERE details ? 'return_line'
        -- what was billed ahead and matched or cleared
        UNION ALL SELECT (details ->> 'ahead_line')::bigint, 'received', base_quantity FROM standing WHERE details ? 'ahead_line'
        -- charges of landed costs, and whether their last bill came
        UNION ALL SELECT source_id, 'invoiced', (details ->> 'charge')::bigint FROM standing WHERE details ? 'charge'
        UNION ALL SELECT source_id, 'received', received FROM standing WHERE details ? 'charge'
        -- called off, and given back where the order is closed
        UNION ALL SELECT source_id, 'ordered', CASE WHEN state = 'closed' THEN least(base_quantity, received) ELSE base_quantity END
                    FROM standing WHERE kind = 'purchase_order'),
    expected AS (SELECT id, what, sum(quantity) AS quantity FROM counted WHERE id IS NOT NULL GROUP BY 1, 2)
    SELECT d.number, l.line, p.what, p.quantity, coalesce(e.quantity, 0)
      FROM document d JOIN document_line l ON l.document_id = d.id
      CROSS JOIN LATERAL (VALUES ('ordered', l.ordered), ('received', l.received), ('invoiced', l.invoiced), ('returned', l.returned),
                                 ('rejected', l.rejected)) AS p(what, quantity)
      LEFT JOIN expected e ON (e.id, e.what) = (l.id, p.what)
     WHERE d.company_id = %(company)s AND p.quantity <> coalesce(e.quantity, 0)
       AND d.kind NOT IN ('quote', 'sales_order', 'pick_list', 'shipment', 'customer_invoice', 'customer_credit_note', 'customer_payment',
                          'sales_return')
       -- what a receipt rejected and a last bill are not counted but said
       AND NOT (p.what = 'rejected' AND d.kind = 'goods_receipt') AND NOT (p.what = 'received' AND l.details ? 'charge')
     ORDER BY abs(p.quantity - coalesce(e.quantity, 0)) DESC LIMIT %(worst)s
"""


def progress_is_counted(books: Books) -> Iterator[Violation]:
    """What is ordered, received, rejected, invoiced and returned of a line is what the documents made from it say."""
    for number, line, what, stored, counted in _rows(_COUNTED, books):
        yield Violation(
            "progress of documents = what was made from them",
            f"{number} line {line}",
            f"{what} {format_quantity(int(stored))}, counted {format_quantity(int(counted))}",
            int(abs(stored - counted)),
        )


_GRNI = """
    WITH accounts AS (
        SELECT account_id AS id FROM posting_rule WHERE company_id = %(company)s AND role = 'grni'
        UNION SELECT m.contra_id FROM movement m WHERE m.company_id = %(company)s AND m.reference LIKE 'GR/%%/%%'
                 AND m.kind = 1),
    -- what each document put on these accounts without moving goods, credits less debits
    booked AS (
        SELECT p.document_id AS id, sum(CASE WHEN e.contra_id IN (SELECT id FROM accounts) THEN e.amount ELSE 0 END
                                        - CASE WHEN e.account_id IN (SELECT id FROM accounts) THEN e.amount ELSE 0 END) AS amount
          FROM document_posting p JOIN entry e ON e.posting_id = p.position
         WHERE e.company_id = %(company)s AND e.movement_id IS NULL GROUP BY 1),
    said AS (
        SELECT d.id, d.number, d.kind, -sum((l.details ->> 'grni')::bigint) AS amount
          FROM document d JOIN document_line l ON l.document_id = d.id
         WHERE d.company_id = %(company)s AND d.posted_at IS NOT NULL AND d.state <> 'cancelled' GROUP BY d.id)
    SELECT d.number, coalesce(b.amount, 0), coalesce(s.amount, 0)
      FROM document d LEFT JOIN booked b ON b.id = d.id LEFT JOIN said s ON s.id = d.id
     WHERE d.company_id = %(company)s AND coalesce(b.amount, 0) <> coalesce(s.amount, 0)
     ORDER BY abs(coalesce(b.amount, 0) - coalesce(s.amount, 0)) DESC LIMIT %(worst)s
"""


def received_not_invoiced_is_its_account(books: Books) -> Iterator[Violation]:
    """What the lines of each document took from goods received not invoiced is what its postings took from the account.

    The rest of the account is what movements put on it, so that line by line adds up to its balance.
    """
    for number, booked, said in _rows(_GRNI, books):
        yield amounts("received not invoiced, line by line = its account", number, booked, said, books)


PAYMENTS = {
    "open payables = accounts payable": open_items_are_their_accounts,
    "paid = what payments say": paid_is_what_payments_say,
    "advances to suppliers = prepayments": advances_are_prepayments,
}


def _rows(sql: str, books: Books) -> list[tuple[Any, ...]]:
    return rows(sql, {"company": books.company_id, "worst": _WORST})


LAWS: Mapping[str, Law] = {
    "progress of documents = what was made from them": progress_is_counted,
    "received not invoiced, line by line = its account": received_not_invoiced_is_its_account,
    **{law: partial(check, law, BUYING) for law, check in PAYMENTS.items()},
}
