"""Laws of selling: documents and ledger say the same. Each is computed anew from the raw rows; see ``documents.laws``."""

from collections.abc import Iterator, Mapping
from functools import partial

from everstock.core.quantities import format_quantity
from everstock.ledger.books import Books
from everstock.ledger.laws import Law, Violation
from everstock.ledger.queries import rows
from everstock.operations.documents.payment_laws import (
    advances_are_prepayments,
    open_items_are_their_accounts,
    paid_is_what_payments_say,
)
from everstock.operations.documents.sides import SELLING
from everstock.operations.sales import picking_laws

_WORST = 20

_COUNTED = """
    WITH standing AS (
        SELECT l.*, d.kind FROM document d JOIN document_line l ON l.document_id = d.id
         WHERE d.company_id = %(company)s AND d.state NOT IN ('cancelled', 'approved')),
    counted(id, what, quantity) AS (
        SELECT source_id, 'received', base_quantity FROM standing WHERE kind = 'shipment'
        -- goods by the shipment, charges and kits of an order by their own line
        UNION ALL SELECT source_id, 'invoiced', base_quantity FROM standing WHERE kind = 'customer_invoice'
        UNION ALL SELECT s.source_id, 'invoiced', i.base_quantity
                    FROM standing i JOIN standing s ON s.id = i.source_id AND s.kind = 'shipment' WHERE i.kind = 'customer_invoice'
        -- of the shipment all that came back, of the order what was not billed before it did
        UNION ALL SELECT source_id, 'returned', base_quantity FROM standing WHERE kind = 'sales_return'
        UNION ALL SELECT s.source_id, 'returned', r.base_quantity - coalesce((r.details ->> 'billed')::bigint, 0)
                    FROM standing r JOIN standing s ON s.id = r.source_id AND s.kind = 'shipment' WHERE r.kind = 'sales_return'),
    expected AS (SELECT id, what, sum(quantity) AS quantity FROM counted WHERE id IS NOT NULL GROUP BY 1, 2)
    SELECT d.number, l.line, p.what, p.quantity, coalesce(e.quantity, 0)
      FROM document d JOIN document_line l ON l.document_id = d.id
      CROSS JOIN LATERAL (VALUES ('received', l.received), ('invoiced', l.invoiced), ('returned', l.returned)) AS p(what, quantity)
      LEFT JOIN expected e ON (e.id, e.what) = (l.id, p.what)
     WHERE d.company_id = %(company)s AND d.kind IN ('sales_order', 'shipment') AND p.quantity <> coalesce(e.quantity, 0)
       -- what is shipped of a kit, and what came back of it before it was billed, follows from its components
       AND NOT (p.what IN ('received', 'returned') AND d.kind = 'sales_order' AND l.item_id IS NOT NULL AND l.location_id IS NULL)
     ORDER BY abs(p.quantity - coalesce(e.quantity, 0)) DESC LIMIT %(worst)s
"""


def sales_progress_is_counted(books: Books) -> Iterator[Violation]:
    """What is shipped, invoiced and returned of a line is what the shipments, invoices and returns made from it say."""
    for number, line, what, stored, counted in rows(_COUNTED, {"company": books.company_id, "worst": _WORST}):
        yield Violation(
            "progress of sales = what was made from them",
            f"{number} line {line}",
            f"{what} {format_quantity(int(stored))}, counted {format_quantity(int(counted))}",
            int(abs(stored - counted)),
        )


_KITS = """
    SELECT d.number, k.line, p.what, p.kits, s.sets
      FROM document d JOIN document_line k ON k.document_id = d.id
      CROSS JOIN LATERAL (VALUES ('shipped', k.received), ('returned', k.returned)) AS p(what, kits)
      CROSS JOIN LATERAL (
          SELECT CASE WHEN coalesce(bool_and(c.there >= c.base_quantity), false) THEN k.base_quantity
                      ELSE coalesce(min(floor(c.there::numeric * k.base_quantity / c.base_quantity / 1000000)), 0) * 1000000 END AS sets
            FROM (SELECT base_quantity, CASE p.what WHEN 'shipped' THEN received ELSE returned END AS there FROM document_line
                   WHERE document_id = d.id AND (details ->> 'part_of')::int = k.line AND base_quantity > 0) AS c) AS s
     WHERE d.company_id = %(company)s AND d.kind = 'sales_order' AND d.state <> 'requested' AND k.item_id IS NOT NULL
       AND k.location_id IS NULL AND k.base_quantity > 0 AND p.kits <> s.sets
     ORDER BY abs(p.kits - s.sets) DESC LIMIT %(worst)s
"""


def kits_are_their_components(books: Books) -> Iterator[Violation]:
    """What is shipped of a kit, and what came back of it before it was billed, is how many whole ones these components make up."""
    for number, line, what, stored, counted in rows(_KITS, {"company": books.company_id, "worst": _WORST}):
        yield Violation(
            "kits shipped = their components",
            f"{number} line {line}",
            f"{what} {format_quantity(int(stored))}, by the components {format_quantity(int(counted))}",
            int(abs(stored - counted)),
        )


_KIT_SHARES = """
    SELECT d.number, l.line, l.net, l.tax, s.net, s.tax
      FROM document d JOIN document_line l ON l.document_id = d.id
      CROSS JOIN LATERAL (SELECT sum((one ->> 1)::bigint) AS net, sum((one ->> 2)::bigint) AS tax
                            FROM jsonb_array_elements(l.details -> 'kit_shares') AS one) AS s
     WHERE d.company_id = %(company)s AND d.kind = 'customer_invoice' AND l.details ? 'kit_shares' AND (l.net, l.tax) <> (s.net, s.tax)
     ORDER BY d.id, l.line LIMIT %(worst)s
"""


def kits_are_sums_of_shares(books: Books) -> Iterator[Violation]:
    """What is billed for a kit is what its components have of it."""
    for number, line, net, tax, nets, taxes in rows(_KIT_SHARES, {"company": books.company_id, "worst": _WORST}):
        yield Violation(
            "kits billed = shares of their components",
            f"{number} line {line}",
            f"net {net} and tax {tax} minor units, of the components {nets} and {taxes}",
            int(abs(net - nets) + abs(tax - taxes)),
        )


_RETURNED = """
    SELECT d.number, l.line, sum(r.base_quantity), l.base_quantity
      FROM document d JOIN document_line l ON l.document_id = d.id JOIN document_line r ON r.source_id = l.id JOIN document b ON b.id = r.document_id
     WHERE d.company_id = %(company)s AND d.kind = 'shipment' AND b.kind = 'sales_return' AND b.state NOT IN ('cancelled', 'approved')
     GROUP BY d.id, l.id HAVING sum(r.base_quantity) > CASE d.state WHEN 'cancelled' THEN 0 ELSE l.base_quantity END
     ORDER BY sum(r.base_quantity) - l.base_quantity DESC LIMIT %(worst)s
"""


def nothing_comes_back_twice(books: Books) -> Iterator[Violation]:
    """Of a shipment's line no more came back than was shipped."""
    for number, line, back, shipped in rows(_RETURNED, {"company": books.company_id, "worst": _WORST}):
        yield Violation(
            "returned <= shipped",
            f"{number} line {line}",
            f"returned {format_quantity(int(back))}, shipped {format_quantity(int(shipped))}",
            int(back),
        )


_CREDITED = """
    SELECT i.number, c.net, c.tax, i.net, i.tax
      FROM (SELECT b.document_id AS invoice, sum(l.net) AS net, sum(l.tax) AS tax
              FROM document d JOIN document_line l ON l.document_id = d.id JOIN document_line b ON b.id = (l.details ->> 'invoice_line')::bigint
             WHERE d.company_id = %(company)s AND d.kind = 'customer_credit_note' AND d.state <> 'cancelled' GROUP BY 1) c
      JOIN document i ON i.id = c.invoice
     WHERE c.net > i.net OR c.tax > i.tax ORDER BY c.net - i.net DESC LIMIT %(worst)s
"""


def no_more_is_credited_than_was_billed(books: Books) -> Iterator[Violation]:
    """Of an invoice no more net and tax is credited than it billed."""
    for number, net, tax, of_net, of_tax in rows(_CREDITED, {"company": books.company_id, "worst": _WORST}):
        yield Violation(
            "credited <= invoiced",
            str(number),
            f"credited {net} and tax {tax} minor units, billed {of_net} and {of_tax}",
            int(max(net - of_net, tax - of_tax)),
        )


PAYMENTS = {
    "open receivables = accounts receivable": open_items_are_their_accounts,
    "paid by customers = what payments say": paid_is_what_payments_say,
    "advances from customers = prepayments": advances_are_prepayments,
}
_DROP_SHIPPED = """
    SELECT l.code, i.sku, b.quantity
      FROM location l JOIN balance b ON b.location_id = l.id JOIN item i ON i.id = b.item_id
     WHERE l.company_id = %(company)s AND l.purpose = 'drop_ship' AND b.quantity <> 0
     ORDER BY abs(b.quantity) DESC LIMIT %(worst)s
"""


def drop_shipments_never_lie_here(books: Books) -> Iterator[Violation]:
    """Nothing is at a place for drop shipments: what comes there leaves in the same transaction."""
    for place, sku, quantity in rows(_DROP_SHIPPED, {"company": books.company_id, "worst": _WORST}):
        yield Violation(
            "drop shipments never lie in stock", f"{place} {sku}", format_quantity(int(quantity)), int(abs(quantity))
        )


_UNKNOWN_CHANNEL = """
    SELECT d.number, d.details ->> 'channel'
      FROM document d
     WHERE d.company_id = %(company)s AND d.kind IN ('sales_order', 'shipment', 'customer_invoice') AND d.details ->> 'channel' IS NOT NULL
       AND NOT EXISTS (SELECT FROM sales_channel c WHERE c.company_id = d.company_id AND c.code = d.details ->> 'channel')
     ORDER BY d.id LIMIT %(worst)s
"""


def channels_exist(books: Books) -> Iterator[Violation]:
    """An order, and what was made from it, came through a channel that there is: the code it keeps is no reference of the database."""
    for number, code in rows(_UNKNOWN_CHANNEL, {"company": books.company_id, "worst": _WORST}):
        yield Violation("channels of orders exist", str(number), f"there is no channel {code}", 1)


LAWS: Mapping[str, Law] = {
    "channels of orders exist": channels_exist,
    "credited <= invoiced": no_more_is_credited_than_was_billed,
    "drop shipments never lie in stock": drop_shipments_never_lie_here,
    "kits billed = shares of their components": kits_are_sums_of_shares,
    "kits shipped = their components": kits_are_their_components,
    "progress of sales = what was made from them": sales_progress_is_counted,
    "returned <= shipped": nothing_comes_back_twice,
    **{law: partial(check, law, SELLING) for law, check in PAYMENTS.items()},
    **picking_laws.LAWS,
}
