"""Laws of documents, each one query over the raw rows; for ``ledger.verify``, which shares nothing with the verbs they check."""

from collections.abc import Iterator, Mapping

from everstock.ledger.books import Books
from everstock.ledger.laws import Law, Violation
from everstock.ledger.queries import rows
from everstock.operations.documents.queries import number_gaps


def numbers_have_no_gaps(books: Books) -> Iterator[Violation]:
    """Every number that a series gave is that of a document, and every document has a number that was given."""
    for gap in number_gaps(books.company_id):
        finding = f"number {gap.number} was never given" if gap.beyond else f"number {gap.number} is missing"
        series = f"{gap.kind} {gap.series}".rstrip()
        yield Violation("numbers of documents have no gaps", f"{series} {gap.year}", finding, 1)


_SUMS = """
    SELECT d.number, d.net, d.tax, sum(l.net), sum(l.tax)
      FROM document d JOIN document_line l ON l.document_id = d.id
     WHERE d.company_id = %s
     GROUP BY d.id HAVING (d.net, d.tax) <> (sum(l.net), sum(l.tax))
"""


def documents_are_sums(books: Books) -> Iterator[Violation]:
    """Net amount and tax of a document are the sums of its lines."""
    for number, net, tax, nets, taxes in rows(_SUMS, (books.company_id,)):
        yield Violation(
            "documents = sums of their lines",
            number,
            f"net {net} and tax {tax} minor units, on lines {nets} and {taxes}",
            int(abs(net - nets) + abs(tax - taxes)),
        )


_MOVED = """
    WITH line AS (
        SELECT d.number, d.state, l.line, l.ledger_reference, l.item_id, l.base_quantity, l.lot_id
          FROM document d JOIN document_line l ON l.document_id = d.id
         WHERE d.company_id = %(company)s AND d.kind IN ('goods_receipt', 'supplier_return', 'stock_transfer', 'shipment', 'sales_return')
           AND d.posted_at IS NOT NULL AND l.base_quantity <> 0),
    fact AS (
        SELECT m.id, m.reference, m.item_id, m.quantity, m.lot_id,
               EXISTS (SELECT 1 FROM movement r WHERE r.origin_id = m.id AND r.kind = 14) AS reversed
          FROM movement m WHERE m.company_id = %(company)s AND m.reference ~ '^(GR|SR|TR|SH|RM)/[0-9]+/[0-9]+$')
    SELECT coalesce(l.number, f.reference), coalesce(l.line, 0),
           CASE WHEN f.id IS NULL THEN 'is posted and moved nothing'
                WHEN l.number IS NULL AND NOT f.reversed THEN 'moved and no document says so'
                WHEN (l.item_id, l.base_quantity) <> (f.item_id, f.quantity) OR l.lot_id IS DISTINCT FROM f.lot_id
                THEN 'moved another item, quantity or lot'
                WHEN f.reversed <> (l.state = 'cancelled') THEN 'is cancelled or reversed, and not both' END AS finding
      FROM line l FULL JOIN fact f ON f.reference = l.ledger_reference
"""


def lines_are_movements(books: Books) -> Iterator[Violation]:
    """What a line of a receipt, a shipment, a return or a transfer says was moved, the ledger has; and reversed if the document is cancelled."""
    found = rows(
        f"SELECT * FROM ({_MOVED}) AS compared WHERE finding IS NOT NULL LIMIT 20", {"company": books.company_id}
    )
    for number, line, finding in found:
        yield Violation("lines of documents = movements", f"{number} line {line}", finding, 1)


LAWS: Mapping[str, Law] = {
    "numbers of documents have no gaps": numbers_have_no_gaps,
    "documents = sums of their lines": documents_are_sums,
    "lines of documents = movements": lines_are_movements,
}
