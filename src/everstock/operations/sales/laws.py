"""Laws of selling: documents and ledger say the same. Each is computed anew from the raw rows; see ``documents.laws``."""

from collections.abc import Iterator, Mapping

from everstock.core.quantities import format_money, format_quantity
from everstock.ledger.books import Books
from everstock.ledger.laws import Law, Violation
from everstock.ledger.queries import rows

_WORST = 20

_COUNTED = """
    WITH standing AS (
        SELECT l.*, d.kind FROM document d JOIN document_line l ON l.document_id = d.id
         WHERE d.company_id = %(company)s AND d.state <> 'cancelled'),
    counted(id, what, quantity) AS (
        SELECT source_id, 'received', base_quantity FROM standing WHERE kind = 'shipment'
        -- goods by the shipment, charges and kits of an order by their own line
        UNION ALL SELECT source_id, 'invoiced', base_quantity FROM standing WHERE kind = 'customer_invoice'
        UNION ALL SELECT s.source_id, 'invoiced', i.base_quantity
                    FROM standing i JOIN standing s ON s.id = i.source_id AND s.kind = 'shipment' WHERE i.kind = 'customer_invoice'),
    expected AS (SELECT id, what, sum(quantity) AS quantity FROM counted WHERE id IS NOT NULL GROUP BY 1, 2)
    SELECT d.number, l.line, p.what, p.quantity, coalesce(e.quantity, 0)
      FROM document d JOIN document_line l ON l.document_id = d.id
      CROSS JOIN LATERAL (VALUES ('received', l.received), ('invoiced', l.invoiced)) AS p(what, quantity)
      LEFT JOIN expected e ON (e.id, e.what) = (l.id, p.what)
     WHERE d.company_id = %(company)s AND d.kind IN ('sales_order', 'shipment') AND p.quantity <> coalesce(e.quantity, 0)
       -- what is shipped of a kit follows from its components
       AND NOT (p.what = 'received' AND d.kind = 'sales_order' AND l.item_id IS NOT NULL AND l.location_id IS NULL)
     ORDER BY abs(p.quantity - coalesce(e.quantity, 0)) DESC LIMIT %(worst)s
"""


def sales_progress_is_counted(books: Books) -> Iterator[Violation]:
    """What is shipped and invoiced of a line is what the shipments and invoices made from it say."""
    for number, line, what, stored, counted in rows(_COUNTED, {"company": books.company_id, "worst": _WORST}):
        yield Violation(
            "progress of sales = what was made from them",
            f"{number} line {line}",
            f"{what} {format_quantity(int(stored))}, counted {format_quantity(int(counted))}",
            int(abs(stored - counted)),
        )


_KITS = """
    SELECT d.number, k.line, k.received, s.sets
      FROM document d JOIN document_line k ON k.document_id = d.id
      CROSS JOIN LATERAL (
          SELECT CASE WHEN coalesce(bool_and(c.received >= c.base_quantity), false) THEN k.base_quantity
                      ELSE coalesce(min(floor(c.received::numeric * k.base_quantity / c.base_quantity / 1000000)), 0) * 1000000 END AS sets
            FROM document_line c
           WHERE c.document_id = d.id AND (c.details ->> 'part_of')::int = k.line AND c.base_quantity > 0) AS s
     WHERE d.company_id = %(company)s AND d.kind = 'sales_order' AND d.state <> 'requested' AND k.item_id IS NOT NULL
       AND k.location_id IS NULL AND k.base_quantity > 0 AND k.received <> s.sets
     ORDER BY abs(k.received - s.sets) DESC LIMIT %(worst)s
"""


def kits_are_their_components(books: Books) -> Iterator[Violation]:
    """What is shipped of a kit is how many whole ones the shipped components make up."""
    for number, line, stored, counted in rows(_KITS, {"company": books.company_id, "worst": _WORST}):
        yield Violation(
            "kits shipped = their components",
            f"{number} line {line}",
            f"shipped {format_quantity(int(stored))}, by the components {format_quantity(int(counted))}",
            int(abs(stored - counted)),
        )


_RECEIVABLES = """
    WITH accounts AS (SELECT account_id AS id FROM posting_rule WHERE company_id = %(company)s AND role = 'receivable'),
    booked AS (
        SELECT p.document_id AS id, sum(CASE WHEN e.account_id IN (SELECT id FROM accounts) THEN e.amount ELSE 0 END
                                        - CASE WHEN e.contra_id IN (SELECT id FROM accounts) THEN e.amount ELSE 0 END) AS amount
          FROM document_posting p JOIN entry e ON e.posting_id = p.position
         WHERE e.company_id = %(company)s AND e.movement_id IS NULL GROUP BY 1),
    said AS (
        SELECT d.id, floor(d.gross::numeric * d.rate * 10::numeric ^ own.digits / (10::numeric ^ (9 + its.digits)) + 0.5) AS amount
          FROM document d JOIN company c ON c.id = d.company_id JOIN currency own ON own.code = c.currency_id
          JOIN currency its ON its.code = d.currency_id
         WHERE d.company_id = %(company)s AND d.kind = 'customer_invoice' AND d.state <> 'cancelled')
    SELECT d.number, coalesce(b.amount, 0), coalesce(s.amount, 0)
      FROM document d LEFT JOIN booked b ON b.id = d.id LEFT JOIN said s ON s.id = d.id
     WHERE d.company_id = %(company)s AND coalesce(b.amount, 0) <> coalesce(s.amount, 0)
     ORDER BY abs(coalesce(b.amount, 0) - coalesce(s.amount, 0)) DESC LIMIT %(worst)s
"""


def open_receivables_are_their_accounts(books: Books) -> Iterator[Violation]:
    """Each customer invoice stands on the accounts receivable at its gross amount."""
    for number, booked, said in rows(_RECEIVABLES, {"company": books.company_id, "worst": _WORST}):
        yield Violation(
            "open receivables = accounts receivable",
            number,
            f"booked {format_money(int(booked), books.digits)}, by the document {format_money(int(said), books.digits)}",
            int(abs(booked - said)),
        )


LAWS: Mapping[str, Law] = {
    "kits shipped = their components": kits_are_their_components,
    "progress of sales = what was made from them": sales_progress_is_counted,
    "open receivables = accounts receivable": open_receivables_are_their_accounts,
}
