"""Laws that concern a whole company, each one query over the raw rows."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from everstock.core.quantities import format_money, format_quantity
from everstock.ledger import database
from everstock.ledger.books import Books
from everstock.ledger.seals import broken_seals


class Violation(NamedTuple):
    """One broken law: which, where, and by how much; ``weight`` orders the worst first."""

    law: str
    where: str
    finding: str
    weight: int


Law = Callable[[Books], Iterator[Violation]]
_WORST = 20


def _rows(sql: str, books: Books) -> list[tuple[Any, ...]]:
    with database.cursor() as run:
        run.execute(sql, {"company": books.company_id, "worst": _WORST})
        return run.fetchall()


def quantities_sum_to_zero(books: Books) -> Iterator[Violation]:
    """Over all locations, partner ones included, every item and lot sums to zero."""
    for item, lot, quantity in _rows(
        "SELECT item_id, lot_id, sum(quantity) FROM leg WHERE company_id = %(company)s"
        " GROUP BY 1, 2 HAVING sum(quantity) <> 0 ORDER BY abs(sum(quantity)) DESC LIMIT %(worst)s",
        books,
    ):
        yield Violation(
            "quantities sum to zero", f"item {item}, lot {lot}", format_quantity(int(quantity)), int(abs(quantity))
        )


def accounts_are_pools(books: Books) -> Iterator[Violation]:
    """On every effective day the stock accounts change by exactly what the pools in them change, in every posting."""
    for posting, account, day, ledger, pools in _rows(
        "WITH stock AS (SELECT DISTINCT inventory_id AS account FROM pool WHERE company_id = %(company)s"
        " UNION SELECT allowance_id FROM pool WHERE company_id = %(company)s),"
        " side AS (SELECT posting_id, account_id AS account, day, amount FROM entry WHERE company_id = %(company)s"
        " UNION ALL SELECT posting_id, contra_id, day, -amount FROM entry WHERE company_id = %(company)s)"
        " SELECT posting_id, account, day, sum(ledger), sum(pools) FROM ("
        " SELECT posting_id, account, day, amount AS ledger, 0 AS pools FROM side WHERE account IN (SELECT account FROM stock)"
        " UNION ALL SELECT posting_id, account_id, day, 0, amount FROM entry"
        "  WHERE company_id = %(company)s AND pool_id IS NOT NULL) b"
        " GROUP BY 1, 2, 3 HAVING sum(ledger) <> sum(pools) ORDER BY abs(sum(ledger) - sum(pools)) DESC LIMIT %(worst)s",
        books,
    ):
        yield Violation(
            "stock accounts = value of their pools",
            f"posting {posting}, account {account}, day {day}",
            f"ledger {format_money(int(ledger), books.digits)}, pools {format_money(int(pools), books.digits)}",
            int(abs(ledger - pools)),
        )


def transfers_clear(books: Books) -> Iterator[Violation]:
    """What leaves one pool in a transfer arrives in another, in the same posting and on the same day."""
    for posting, day, amount in _rows(
        "SELECT posting_id, day, sum(amount) FROM entry e WHERE company_id = %(company)s"
        " AND contra_id IN (SELECT transfer_id FROM pool WHERE company_id = %(company)s)"
        " GROUP BY 1, 2 HAVING sum(amount) <> 0 ORDER BY abs(sum(amount)) DESC LIMIT %(worst)s",
        books,
    ):
        yield Violation(
            "transfers clear",
            f"posting {posting}, day {day}",
            format_money(int(amount), books.digits),
            int(abs(amount)),
        )


def entries_are_complete(books: Books) -> Iterator[Violation]:
    """Every entry belongs to a posting of its company, names accounts of it, and is not dated before its day."""
    for posting, line in _rows(
        "SELECT e.posting_id, e.line FROM entry e LEFT JOIN posting p ON p.id = e.posting_id AND p.company_id = e.company_id"
        " LEFT JOIN account a ON a.id = e.account_id AND a.company_id = e.company_id"
        " LEFT JOIN account c ON c.id = e.contra_id AND c.company_id = e.company_id"
        " WHERE e.company_id = %(company)s AND (p.id IS NULL OR a.id IS NULL OR c.id IS NULL OR e.posted_on < e.day)"
        " LIMIT %(worst)s",
        books,
    ):
        yield Violation("entries are complete", f"posting {posting}", f"line {line}", 1)


def facts_are_complete(books: Books) -> Iterator[Violation]:
    """Every fact belongs to a posting and an item of its company."""
    for (movement,) in _rows(
        "SELECT m.id FROM movement m LEFT JOIN posting p ON p.id = m.posting_id AND p.company_id = m.company_id"
        " LEFT JOIN item i ON i.id = m.item_id AND i.company_id = m.company_id"
        " WHERE m.company_id = %(company)s AND (p.id IS NULL OR i.id IS NULL) LIMIT %(worst)s",
        books,
    ):
        yield Violation("facts are complete", f"movement {movement}", "has no posting or no item of its company", 1)


def recording_never_runs_backwards(books: Books) -> Iterator[Violation]:
    """In order of position, the recording moment never decreases."""
    for position, back in _rows(
        "SELECT id, before - recorded_at FROM (SELECT id, recorded_at, lag(recorded_at) OVER (ORDER BY id) AS before"
        " FROM posting WHERE company_id = %(company)s) p WHERE recorded_at < before LIMIT %(worst)s",
        books,
    ):
        yield Violation("recording never runs backwards", f"posting {position}", f"{back} microseconds", int(back))


def snapshots_are_sums(books: Books) -> Iterator[Violation]:
    """A snapshot of a pool is the sum of its entries up to that day."""
    for day, pool, stored, right in _rows(
        "WITH months AS (SELECT day, lag(day) OVER (ORDER BY day) AS before FROM snapshot_day WHERE company_id = %(company)s),"
        " moved AS (SELECT m.day, e.pool_id, sum(e.quantity) AS quantity, sum(e.amount) AS value FROM months m JOIN entry e"
        "  ON e.day <= m.day AND (m.before IS NULL OR e.day > m.before)"
        "  WHERE e.company_id = %(company)s AND e.pool_id IS NOT NULL GROUP BY 1, 2),"
        " summed AS (SELECT d.day, p.id AS pool_id, sum(coalesce(v.value, 0)) OVER w AS value,"
        "  sum(coalesce(v.quantity, 0)) OVER w AS quantity FROM months d CROSS JOIN (SELECT id FROM pool"
        "  WHERE company_id = %(company)s) p LEFT JOIN moved v ON (v.day, v.pool_id) = (d.day, p.id)"
        "  WINDOW w AS (PARTITION BY p.id ORDER BY d.day))"
        " SELECT day, pool_id, coalesce(s.value, 0), r.value FROM summed r LEFT JOIN snapshot s USING (day, pool_id)"
        " WHERE coalesce(s.value, 0) <> r.value OR coalesce(s.quantity, 0) <> r.quantity LIMIT %(worst)s",
        books,
    ):
        yield Violation(
            "snapshots = sums of entries",
            f"pool {pool}, {day}",
            f"stored {format_money(int(stored), books.digits)}, summed {format_money(int(right), books.digits)}",
            int(abs(stored - right)),
        )


def pools_have_items(books: Books) -> Iterator[Violation]:
    """Entries of a pool belong to facts of its item."""
    for posting, line in _rows(
        "SELECT e.posting_id, e.line FROM entry e JOIN pool p ON p.id = e.pool_id JOIN movement m ON m.id = e.movement_id"
        " WHERE e.company_id = %(company)s AND (m.item_id <> p.item_id OR p.company_id <> e.company_id) LIMIT %(worst)s",
        books,
    ):
        yield Violation("a pool's entries come from its item's facts", f"posting {posting}", f"line {line}", 1)


def seals_are_unbroken(books: Books) -> Iterator[Violation]:
    """The rows of every sealed block are those that were sealed."""
    for block in broken_seals(books.company_id):
        yield Violation(
            "seals are unbroken", f"postings {block.first} to {block.last}", "rows differ from what was sealed", 10**18
        )


def promises_can_be_kept(books: Books) -> Iterator[Violation]:
    """Of no item, and of no lot of it, more is promised in a warehouse than lies there and is not held for quality."""
    for item, warehouse, lot, promised, counted, there in _rows(
        "WITH RECURSIVE up AS (SELECT id, kind, id AS top, parent_id, 0 AS far FROM location WHERE company_id = %(company)s"
        "  UNION ALL SELECT u.id, u.kind, CASE WHEN p.kind = u.kind THEN p.id ELSE u.top END, p.parent_id, u.far + 1"
        "  FROM up u JOIN location p ON p.id = u.parent_id),"
        " place AS (SELECT DISTINCT ON (up.id) up.id, top FROM up JOIN location l ON l.id = up.id"
        "  WHERE l.kind = 'internal' AND l.purpose <> 'quality' ORDER BY up.id, far DESC),"
        " promise AS (SELECT item_id, warehouse_id, 0 AS lot_id, sum(quantity) AS quantity FROM reservation"
        "  WHERE company_id = %(company)s GROUP BY 1, 2 UNION ALL SELECT item_id, warehouse_id, lot_id, sum(quantity)"
        "  FROM reservation WHERE company_id = %(company)s AND lot_id <> 0 GROUP BY 1, 2, 3),"
        " kept AS (SELECT r.* FROM reserved r JOIN item i ON i.id = r.item_id WHERE i.company_id = %(company)s AND r.quantity <> 0)"
        " SELECT item_id, warehouse_id, lot_id, promised, counted, there FROM (SELECT coalesce(p.item_id, k.item_id) AS item_id,"
        "  coalesce(p.warehouse_id, k.warehouse_id) AS warehouse_id, coalesce(p.lot_id, 0) AS lot_id,"
        "  coalesce(p.quantity, 0) AS promised, CASE WHEN p.lot_id <> 0 THEN p.quantity ELSE coalesce(k.quantity, 0) END AS counted,"
        "  (SELECT coalesce(sum(g.quantity), 0) FROM leg g JOIN place ON place.id = g.location_id WHERE g.item_id = p.item_id"
        "    AND place.top = p.warehouse_id AND (p.lot_id = 0 OR g.lot_id = p.lot_id)) AS there"
        "  FROM promise p FULL JOIN kept k ON (k.item_id, k.warehouse_id) = (p.item_id, p.warehouse_id) AND p.lot_id = 0) AS n"
        " WHERE promised > there OR promised <> counted LIMIT %(worst)s",
        books,
    ):
        yield Violation(
            "promises can be kept",
            f"item {item}, warehouse {warehouse}, lot {lot}",
            f"promised {format_quantity(int(promised))}, kept as {format_quantity(int(counted))}, there {format_quantity(int(there))}",
            int(abs(promised - counted) + max(0, promised - there)),
        )


COMPANY_LAWS: dict[str, Law] = {
    "quantities sum to zero": quantities_sum_to_zero,
    "stock accounts = value of their pools": accounts_are_pools,
    "transfers clear": transfers_clear,
    "entries are complete": entries_are_complete,
    "facts are complete": facts_are_complete,
    "recording never runs backwards": recording_never_runs_backwards,
    "a pool's entries come from its item's facts": pools_have_items,
    "snapshots = sums of entries": snapshots_are_sums,
    "promises can be kept": promises_can_be_kept,
    "seals are unbroken": seals_are_unbroken,
}
