"""Laws that concern one item: its raw facts replayed by code that shares nothing with the costing engine.

Laws: values and quantities of pools on every day, current pools, balances, counts, nothing below zero.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from everstock.core import naive
from everstock.core.facts import RECEIPT_VALUE, Entry, Fact, Kind
from everstock.core.quantities import format_money, format_quantity
from everstock.ledger import database
from everstock.ledger.books import Books, ItemInfo
from everstock.ledger.database import integers
from everstock.ledger.histories import FACT_COLUMNS, fact_of
from everstock.ledger.laws import Violation
from everstock.ledger.refusals import sku

ITEM_LAWS = 6
"""How many laws ``check_items`` checks."""

Key = tuple[int, int, int, int]
Sums = dict[Key, tuple[int, int]]
"""Quantities and amounts by (pool, day, account, contra), without those that are zero."""
_APPLIED = RECEIPT_VALUE | {Kind.REVERSAL}
_STRETCH = "width_bucket({}.posting_id - 1, %s::bigint[])"
"""How many of some positions lie before a posting."""


def items_with_facts(books: Books) -> list[int]:
    """Items of the company that have facts; the books learn about them."""
    with database.cursor() as run:
        run.execute(
            "SELECT i.id, i.standard_cost, i.tracking, i.category_id, i.kind FROM item i"
            " WHERE i.company_id = %s AND EXISTS (SELECT 1 FROM movement m WHERE m.item_id = i.id) ORDER BY i.id",
            (books.company_id,),
        )
        for item, *info in run.fetchall():
            books.items[item] = ItemInfo(*info)
    return sorted(books.items)


def check_items(books: Books, items: Sequence[int], earlier: Sequence[int]) -> tuple[int, list[Violation]]:
    """Replay some items naively and compare with what the books say, now and as known at ``earlier`` positions (ascending).

    (number of facts, what was found)
    """
    postings: dict[int, int] = {}
    facts = item_facts(books, items, postings)
    stretch_of = {fact: bisect_left(earlier, posting) for fact, posting in postings.items()}
    booked = booked_sums(items, earlier)
    differences = _differences(items, earlier)
    pools, balances = _pool_rows(items), _balance_rows(items)
    found: list[Violation] = []
    for item in items:
        replayed = _replayed(books, item, facts[item])
        sums: Sums = {}
        counted: dict[int, int] = {}
        known = known_at(replayed, facts[item], stretch_of, len(earlier), partial(_replayed, books, item))
        for position, (expected, counts), now_booked, now_counted in zip(
            (*earlier, None), known, booked[item], differences[item], strict=True
        ):
            name = _Name(books, item, position)
            _add(sums, now_booked.items())
            for count, difference in now_counted.items():
                counted[count] = counted.get(count, 0) + difference
            found.extend(_sums_differ(name, expected, sums))
            found.extend(_counts_differ(name, counts, counted))
        name = _Name(books, item, None)
        found.extend(_pools_differ(name, replayed.pools, pools[item]))
        found.extend(_balances_differ(name, replayed.balances, balances[item]))
        found.extend(_below_zero(name, replayed.lowest))
    return len(postings), found


def known_at(
    whole: naive.Replay,
    facts: Sequence[Fact],
    stretch_of: Mapping[int, int],
    stretches: int,
    replay: Callable[[Sequence[Fact]], naive.Replay],
) -> Iterator[tuple[Sums, dict[int, int]]]:
    """Sums and count differences of an item as known at the end of each stretch of recording (0, 1, ...), and at last those now.

    To be used one after the other: the next one changes the sums of the one before.

    Facts recorded in the order they happened need no second replay: what was known earlier is the beginning of ``whole``.
    """
    if not _recorded_as_happened(facts, stretch_of):
        for number in range(stretches):
            early = replay([fact for fact in facts if stretch_of[fact.id] <= number])
            yield early.sums, early.differences
    elif stretches:
        entries: list[list[Entry]] = [[] for _ in range(stretches + 1)]
        for entry in whole.entries:
            entries[stretch_of[entry.fact]].append(entry)
        sums: Sums = {}
        for number, made in enumerate(entries[:-1]):
            _add(sums, ((entry[:4], (entry.quantity, entry.amount)) for entry in made))
            yield sums, {count: by for count, by in whole.differences.items() if stretch_of[count] <= number}
    yield whole.sums, whole.differences


def _recorded_as_happened(facts: Sequence[Fact], stretch_of: Mapping[int, int]) -> bool:
    """Whether no stretch of recording reaches back into the time of an earlier one."""
    last: tuple[int, int] | None = None
    for at, stretch in sorted(
        {(fact.effective_at, stretch_of[fact.id]) for fact in facts if fact.kind not in _APPLIED}
    ):
        if last is not None and (stretch < last[1] or at == last[0]):
            return False
        last = at, stretch
    return all(
        stretch_of[fact.id] == stretch_of[fact.origin]
        for fact in facts
        if fact.kind in _APPLIED and fact.origin is not None
    )


def _replayed(books: Books, item: int, facts: Sequence[Fact]) -> naive.Replay:
    return naive.replay(
        facts,
        books.policy(books.items[item]),
        lambda location, lot: books.pool(item, location, lot),
        lambda location: location in books.stocked,
    )


def _add(sums: Sums, more: Iterable[tuple[Key, tuple[int, int]]]) -> None:
    """Add to ``sums``, which holds nothing that is zero."""
    for key, (quantity, amount) in more:
        before = sums.get(key, (0, 0))
        total = sums[key] = (before[0] + quantity, before[1] + amount)
        if total == (0, 0):
            del sums[key]


class _Name:
    """An item in words, made only when something is wrong with it."""

    def __init__(self, books: Books, item: int, position: int | None) -> None:
        self.books, self.item, self.position = books, item, position

    def __str__(self) -> str:
        known = "" if self.position is None else f", as known at position {self.position}"
        return f"item {sku(self.item)}{known}"

    def money(self, amount: int) -> str:
        return format_money(amount, self.books.digits)


def item_facts(books: Books, items: Sequence[int], postings: dict[int, int] | None = None) -> dict[int, list[Fact]]:
    """All facts of items; opens their pools. ``postings`` takes the position of every fact, by its id."""
    facts: dict[int, list[Fact]] = defaultdict(list)
    places: set[tuple[int, int, int | None]] = set()
    with database.cursor() as run:
        run.execute(
            f"SELECT {FACT_COLUMNS}, m.posting_id FROM movement m WHERE m.item_id = ANY (%s::int[])", (integers(items),)
        )
        for row in run:
            fact = fact_of(row[1:-1], books.stocked)
            facts[row[0]].append(fact)
            if postings is not None:
                postings[fact.id] = row[-1]
            if fact.source is not None:
                places.add((row[0], fact.source, fact.lot))
            if fact.target is not None:
                places.add((row[0], fact.target, fact.lot))
    books.open_pools(places)
    return facts


def booked_sums(items: Sequence[int], earlier: Sequence[int] = ()) -> dict[int, list[Sums]]:
    """What is booked of items by (pool, day, account, contra), of each stretch of recording that ``earlier`` positions end."""
    booked: dict[int, list[Sums]] = defaultdict(lambda: [{} for _ in range(len(earlier) + 1)])
    with database.cursor() as run:
        run.execute(
            f"SELECT p.item_id, {_STRETCH.format('e')}, e.pool_id, e.day - date '1970-01-01', e.account_id, e.contra_id,"
            " sum(e.quantity)::bigint, sum(e.amount)::bigint"
            " FROM pool p JOIN entry e ON e.pool_id = p.id WHERE p.item_id = ANY (%s::int[]) GROUP BY 1, 2, 3, 4, 5, 6"
            " HAVING sum(e.quantity) <> 0 OR sum(e.amount) <> 0",
            (integers(earlier), integers(items)),
        )
        for item, stretch, pool, day, account, contra, quantity, amount in run.fetchall():
            booked[item][stretch][pool, day, account, contra] = (quantity, amount)
    return booked


def _differences(items: Sequence[int], earlier: Sequence[int]) -> dict[int, list[dict[int, int]]]:
    """What counts found, and were told later to have found, in each stretch of recording."""
    found: dict[int, list[dict[int, int]]] = defaultdict(lambda: [{} for _ in range(len(earlier) + 1)])
    with database.cursor() as run:
        run.execute(
            f"SELECT item_id, {_STRETCH.format('d')}, movement_id, sum(quantity)::bigint FROM count_difference d"
            " WHERE item_id = ANY (%s::int[]) GROUP BY 1, 2, 3 HAVING sum(quantity) <> 0",
            (integers(earlier), integers(items)),
        )
        for item, stretch, count, quantity in run.fetchall():
            found[item][stretch][count] = quantity
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
    if expected == booked:
        return
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
