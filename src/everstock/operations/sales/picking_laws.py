"""Laws of picking and packing: pick lists, packages and ledger say the same. Each is computed anew from the raw rows."""

from collections.abc import Iterator, Mapping

from everstock.core.quantities import format_quantity
from everstock.ledger.books import Books
from everstock.ledger.laws import Law, Violation
from everstock.ledger.queries import rows

_WORST = 20

_SHARES = """
    SELECT d.number, l.line, p.what, p.said, p.counted
      FROM document d JOIN document_line l ON l.document_id = d.id
      LEFT JOIN LATERAL (SELECT sum(quantity) AS quantity, sum(picked) AS picked, sum(missing) AS missing, sum(put_back) AS put_back
                           FROM pick_share s WHERE s.document_id = l.document_id AND s.line = l.line) AS s ON true
     CROSS JOIN LATERAL (VALUES ('asked', l.base_quantity, s.quantity), ('picked', l.received, s.picked), ('missing', l.rejected, s.missing),
                                ('put back', l.returned, s.put_back)) AS p(what, said, counted)
     WHERE d.company_id = %(company)s AND d.kind = 'pick_list' AND p.said <> coalesce(p.counted, 0) LIMIT %(worst)s
"""


def pick_lists_are_sums_of_shares(books: Books) -> Iterator[Violation]:
    """What is asked for, picked, missing and put back of a line of a pick list is the sum of what the orders get of it."""
    for number, line, what, said, counted in rows(_SHARES, {"company": books.company_id, "worst": _WORST}):
        finding = f"{what} {format_quantity(int(said))}, for orders {format_quantity(int(counted or 0))}"
        yield Violation(
            "lines of pick lists = what orders get of them",
            f"{number} line {line}",
            finding,
            int(abs(said - (counted or 0))),
        )


_STAGED = """
    WITH moved AS (
        SELECT CASE d.details ->> 'purpose' WHEN 'pick' THEN l.to_location_id ELSE l.location_id END AS place, l.item_id,
               coalesce(l.lot_id, 0) AS lot, CASE d.details ->> 'purpose' WHEN 'pick' THEN m.quantity ELSE -m.quantity END AS quantity
          FROM document d JOIN document_line l ON l.document_id = d.id
          JOIN movement m ON m.company_id = d.company_id AND m.reference = l.ledger_reference
         WHERE d.company_id = %(company)s AND d.kind = 'stock_transfer' AND d.details ->> 'purpose' IN ('pick', 'put_back')
        UNION ALL
        SELECT l.location_id, l.item_id, coalesce(l.lot_id, 0), -m.quantity
          FROM document d JOIN document_line l ON l.document_id = d.id
          JOIN movement m ON m.company_id = d.company_id AND m.reference = l.ledger_reference
         WHERE d.company_id = %(company)s AND d.kind = 'shipment' AND d.state <> 'cancelled' AND l.details ? 'pick_list'
        UNION ALL
        SELECT s.staging_id, s.item_id, s.lot_id, s.shipped + s.put_back - s.picked
          FROM pick_share s JOIN document d ON d.id = s.document_id WHERE d.company_id = %(company)s)
    SELECT p.code, i.sku, sum(m.quantity) FROM moved m JOIN location p ON p.id = m.place JOIN item i ON i.id = m.item_id
     GROUP BY m.place, m.item_id, m.lot, p.code, i.sku HAVING sum(m.quantity) <> 0
     ORDER BY abs(sum(m.quantity)) DESC LIMIT %(worst)s
"""


def staged_is_picked_and_not_shipped(books: Books) -> Iterator[Violation]:
    """What was moved to staging, and neither shipped from there nor put back, is what pick lists say is picked and not shipped."""
    for place, sku, off in rows(_STAGED, {"company": books.company_id, "worst": _WORST}):
        finding = f"{format_quantity(int(off))} of {sku} more is there than pick lists say"
        yield Violation("staging = picked and not shipped", place, finding, int(abs(off)))


_PACKED = """
    WITH packed AS (
        SELECT p.id AS package, p.shipment_id, p.from_staging, g.source_id, g.location_id, g.lot_id, g.quantity
          FROM package p JOIN package_line g ON g.package_id = p.id WHERE p.company_id = %(company)s),
    compared AS (
        SELECT shipment_id, source_id, location_id, lot_id, quantity FROM packed WHERE shipment_id IS NOT NULL
        UNION ALL
        SELECT l.document_id, l.source_id, l.location_id, coalesce(l.lot_id, 0), -l.base_quantity
          FROM document_line l WHERE l.document_id IN (SELECT shipment_id FROM packed)),
    waiting AS (
        SELECT source_id, location_id, lot_id, sum(quantity) AS quantity FROM packed WHERE shipment_id IS NULL GROUP BY 1, 2, 3)
    SELECT d.number, sum(c.quantity) FROM compared c JOIN document d ON d.id = c.shipment_id
     GROUP BY c.shipment_id, d.number, c.source_id, c.location_id, c.lot_id
    HAVING sum(c.quantity) > 0
        OR sum(c.quantity) < 0 AND c.shipment_id IN (SELECT shipment_id FROM packed WHERE from_staging)
    UNION ALL
    SELECT p.code, w.quantity - coalesce(s.staged, 0) FROM waiting w JOIN location p ON p.id = w.location_id
      LEFT JOIN LATERAL (SELECT sum(picked - shipped - put_back) AS staged FROM pick_share s
                          WHERE s.source_id = w.source_id AND s.staging_id = w.location_id AND s.lot_id = w.lot_id) AS s ON true
     WHERE w.quantity > coalesce(s.staged, 0)
     LIMIT %(worst)s
"""


def packages_hold_what_leaves(books: Books) -> Iterator[Violation]:
    """The packages of a shipment hold what its lines say, those packed after it left no more than that; those that wait no more than what is in staging."""
    for where, off in rows(_PACKED, {"company": books.company_id, "worst": _WORST}):
        finding = (
            f"{format_quantity(int(off))} more is packed than is shipped or in staging"
            if off > 0
            else f"{format_quantity(int(-off))} left without a package"
        )
        yield Violation("packages = what leaves in them", where, finding, int(abs(off)))


LAWS: Mapping[str, Law] = {
    "lines of pick lists = what orders get of them": pick_lists_are_sums_of_shares,
    "staging = picked and not shipped": staged_is_picked_and_not_shipped,
    "packages = what leaves in them": packages_hold_what_leaves,
}
