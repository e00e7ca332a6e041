"""Laws that concern one item: its raw facts replayed by code that shares nothing with the costing engine.

Laws: values and quantities of pools on every day, current pools, balances, counts, nothing below zero.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from everstock.core import naive
from everstock.core.facts import Fact
from everstock.core.quantities import format_money, format_quantity
from everstock.ledger import database
from everstock.ledger.books import Books, ItemInfo
from everstock.ledger.database import integers
from everstock.ledger.histories import FACT_COLUMNS, fact_of
from everstock.ledger.laws import Violation
from everstock.ledger.refusals import sku

ITEM_LAWS = 6
"""How many laws ``check_items`` checks."""

Sums = dict[tuple[int, int, int, int], tuple[int, int]]


def items_with_facts(books: Books) -> list[int]:
    """Items of the company that have facts; the books learn about them."""
    with database.cursor() as run:
        run.execute(
            "SELECT i.id, i.standard_cost, i.tracking, i.category_id FROM item i"
            " WHERE i.company_id = %s AND EXISTS (SELECT 1 FROM movement m WHERE m.item_id = i.id) ORDER BY i.id",
            (books.company_id,),
        )
        for item, *info in run.fetchall():
            books.items[item] = ItemInfo(*info)
    return sorted(books.items)


def check_items(books: Books, items: Sequence[int], position: int | None) -> tuple[int, list[Violation]]:
    """Replay some items naively and compare with what the books say, as known at ``position`` (``None``: now)."""
    facts = item_facts(books, items, position)
    booked = booked_sums(items, position)
    differences = _differences(items, position)
    pools = _pool_rows(items) if position is None else {}
    balances = _balance_rows(items) if position is None else {}
    found: list[Violation] = []
    for item in items:
        replayed = naive.replay(
            facts[item],
            books.policy(books.items[item]),
            lambda location, lot, item=item: books.pool(item, location, lot),  # type: ignore[misc]
            lambda location: location in books.stocked,
        )
        name = _Name(books, item, position)
        found.extend(_sums_differ(name, replayed.sums, booked[item]))
        found.extend(_counts_differ(name, replayed.differences, differences[item]))
        if position is None:
            found.extend(_pools_differ(name, replayed.pools, pools[item]))
            found.extend(_balances_differ(name, replayed.balances, balances[item]))
            found.extend(_below_zero(name, replayed.lowest))
    return sum(len(listed) for listed in facts.values()), found


class _Name:
    """An item in words, made only when something is wrong with it."""

    def __init__(self, books: Books, item: int, position: int | None) -> None:
        self.books, self.item, self.position = books, item, position

    def __str__(self) -> str:
        known = "" if self.position is None else f", as known at position {self.position}"
        return f"item {sku(self.item)}{known}"

    def money(self, amount: int) -> str:
        return format_money(amount, self.books.digits)


def item_facts(books: Books, items: Sequence[int], position: int | None) -> dict[int, list[Fact]]:
    """All facts of items, as recorded up to ``position``; opens their pools."""
    facts: dict[int, list[Fact]] = defaultdict(list)
    places: set[tuple[int, int, int | None]] = set()
    with database.cursor() as run:
        run.execute(
            f"SELECT {FACT_COLUMNS} FROM movement m WHERE m.item_id = ANY (%s::int[])"
            " AND (%s::bigint IS NULL OR m.posting_id <= %s)",
            (integers(items), position, position),
        )
        for row in run:
            fact = fact_of(row[1:], books.stocked)
            facts[row[0]].append(fact)
            if fact.source is not None:
                places.add((row[0], fact.source, fact.lot))
            if fact.target is not None:
                places.add((row[0], fact.target, fact.lot))
    books.open_pools(places)
    return facts


def booked_sums(items: Sequence[int], position: int | None) -> dict[int, Sums]:
    """What is booked of items by (pool, day, account, contra), as recorded up to ``position``."""
    booked: dict[int, Sums] = defaultdict(dict)
    with database.cursor() as run:
        run.execute(
            "SELECT p.item_id, e.pool_id, e.day - date '1970-01-01', e.account_id, e.contra_id,"
            " sum(e.quantity)::bigint, sum(e.amount)::bigint"
            " FROM pool p JOIN entry e ON e.pool_id = p.id WHERE p.item_id = ANY (%s::int[])"
            " AND (%s::bigint IS NULL OR e.posting_id <= %s) GROUP BY 1, 2, 3, 4, 5"
            " HAVING sum(e.quantity) <> 0 OR sum(e.amount) <> 0",
            (integers(items), position, position),
        )
        for item, *key, quantity, amount in run.fetchall():
            pool, day, account, contra = key
            booked[item][pool, day, account, contra] = (quantity, amount)
    return booked


def _differences(items: Sequence[int], position: int | None) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = defaultdict(dict)
    with database.cursor() as run:
        run.execute(
            "SELECT item_id, movement_id, sum(quantity)::bigint FROM count_difference WHERE item_id = ANY (%s::int[])"
            " AND (%s::bigint IS NULL OR posting_id <= %s) GROUP BY 1, 2 HAVING sum(quantity) <> 0",
            (integers(items), position, position),
        )
        for item, count, quantity in run.fetchall():
            found[item][count] = quantity
    return found


def _pool_rows(items: Sequence[int]) -> dict[int, dict[int, tuple[int, int]]]:
    rows: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    with database.cursor() as run:
        run.execute(
            "SELECT item_id, id, quantity, value FROM pool WHERE item_id = ANY (%s::int[]) AND NOT retired"
            " AND (quantity <> 0 OR value <> 0)",
            (integers(items),),
        )
        for item, pool, quantity, value in run.fetchall():
            rows[item][pool] = (quantity, value)
    return rows


def _balance_rows(items: Sequence[int]) -> dict[int, dict[tuple[int, int | None], int]]:
    rows: dict[int, dict[tuple[int, int | None], int]] = defaultdict(dict)
    with database.cursor() as run:
        run.execute(
            "SELECT item_id, location_id, lot_id, quantity FROM balance WHERE item_id = ANY (%s::int[])"
            " AND quantity <> 0",
            (integers(items),),
        )
        for item, location, lot, quantity in run.fetchall():
            rows[item][location, lot or None] = quantity
    return rows


def _sums_differ(name: _Name, expected: Sums, booked: Sums) -> Iterator[Violation]:
    for key in expected.keys() | booked.keys():
        right, is_now = expected.get(key, (0, 0)), booked.get(key, (0, 0))
        if right != is_now:
            pool, day, account, contra = key
            yield Violation(
                "value of a pool = replay from the raw facts",
                f"{name}, pool {pool}, day {day}, accounts {account}/{contra}",
                f"booked {format_quantity(is_now[0])} for {name.money(is_now[1])}, "
                f"replayed {format_quantity(right[0])} for {name.money(right[1])}",
                abs(right[1] - is_now[1]) + abs(right[0] - is_now[0]),
            )


def _counts_differ(name: _Name, expected: dict[int, int], booked: dict[int, int]) -> Iterator[Violation]:
    for count in expected.keys() | booked.keys():
        right, is_now = expected.get(count, 0), booked.get(count, 0)
        if right != is_now:
            yield Violation(
                "a count's difference = counted minus book",
                f"{name}, count {count}",
                f"booked {format_quantity(is_now)}, replayed {format_quantity(right)}",
                abs(right - is_now),
            )


def _pools_differ(
    name: _Name, expected: dict[int, tuple[int, int]], rows: dict[int, tuple[int, int]]
) -> Iterator[Violation]:
    for pool in expected.keys() | rows.keys():
        right, is_now = expected.get(pool, (0, 0)), rows.get(pool, (0, 0))
        if right[0] == 0 != right[1]:
            yield Violation("quantity zero means value zero", f"{name}, pool {pool}", name.money(right[1]), right[1])
        if right != is_now:
            yield Violation(
                "current pool = replay from the raw facts",
                f"{name}, pool {pool}",
                f"stored {format_quantity(is_now[0])} for {name.money(is_now[1])}, "
                f"replayed {format_quantity(right[0])} for {name.money(right[1])}",
                abs(right[1] - is_now[1]) + abs(right[0] - is_now[0]),
            )


def _balances_differ(
    name: _Name, expected: dict[tuple[int, int | None], int], rows: dict[tuple[int, int | None], int]
) -> Iterator[Violation]:
    for place in expected.keys() | rows.keys():
        right, is_now = expected.get(place, 0), rows.get(place, 0)
        if right != is_now:
            yield Violation(
                "on hand = sum of the movements",
                f"{name} at {name.books.location_codes[place[0]]}",
                f"stored {format_quantity(is_now)}, moved {format_quantity(right)}",
                abs(right - is_now),
            )


def _below_zero(name: _Name, lowest: dict[tuple[int, int | None], tuple[int, int]]) -> Iterator[Violation]:
    for (location, _), (quantity, at) in lowest.items():
        if quantity < 0 and name.books.guarded(location):
            yield Violation(
                "no location below zero unless allowed",
                f"{name} at {name.books.location_codes[location]}, moment {at}",
                format_quantity(quantity),
                -quantity,
            )
