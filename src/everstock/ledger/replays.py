"""Costs of single facts: not stored, but found by replaying the facts of an item as they were known at a position.

The stored entries of a fact are what it did when it was learned; what a late fact changed later is in entries of that one. What a fact
costs *now* is what a replay gives, and the sums of both are the same.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from copy import copy
from itertools import islice
from typing import NamedTuple

from everstock.core.costing import Costing, PoolState
from everstock.core.costing.method import TrueUp
from everstock.core.costing.state import Deficit
from everstock.core.facts import RECEIPT_VALUE, Fact, Kind, Method, Policy, Pool
from everstock.core.history import History
from everstock.core.posting import VALUED_KINDS, LocationKind, Role
from everstock.core.replay import Engine, ItemState
from everstock.ledger import queries
from everstock.ledger.books import Books, ItemInfo
from everstock.ledger.codes import CODE
from everstock.ledger.database import integers
from everstock.ledger.histories import FACT_COLUMNS, engine_for, fact_of

_ITEMS_AT_A_TIME = 200
_WITHOUT_PLACE = [CODE[kind] for kind in (*RECEIPT_VALUE, Kind.REVERSAL)]


class Replay(NamedTuple):
    """The whole history of an item. ``true_ups``: (covering fact, fact that left before it was there, change of its cost)."""

    item: int
    history: History
    true_ups: list[tuple[int, int, int]]

    def deficits(self) -> list[Deficit]:
        """What left before it was there and is not covered at the end: its cost is provisional."""
        return [deficit for pool in self.history.state.pools.values() for deficit in pool.deficits]

    def costs(self, accounts: Collection[int]) -> Iterator[tuple[int, int, int]]:
        """What facts were booked on ``accounts`` for, as (fact, day, cost): a true-up belongs to the fact whose cost it corrects."""
        for entries in self.history.entries.values():
            for entry in entries:
                if entry.contra in accounts:
                    yield entry.affected or entry.fact, entry.day, -entry.amount


class Replays:
    """Replays items of a company."""

    def __init__(self, company_id: int) -> None:
        self.books = Books(company_id)

    def histories(
        self,
        items: Collection[int],
        *,
        as_of: dt.date | None = None,
        position: int | None = None,
        worthless: Collection[int] = (),
    ) -> Iterator[Replay]:
        """The items that have facts, by id: their facts until ``as_of`` in order, with their entries.

        ``worthless``: facts taken for worth nothing, with what changed their value. A cost is linear in the values of receipts, so what
        a cost is less without some of them is what of it comes from these.
        """
        for chunk in _chunks(sorted(items)):
            facts = self._facts(chunk, as_of, position)
            self._know(chunk, facts)
            for item in chunk:
                if facts[item]:
                    engine = engine_for(self.books, item)
                    # one of its own: methods are shared by all who cost anything
                    engine.costing = copy(engine.costing)
                    heard = _listen(engine.costing)
                    yield Replay(item, History(engine, ItemState(), _without_value(facts[item], worthless)), heard)

    def compared(
        self, items: Collection[int], methods: Collection[Method], *, as_of: dt.date | None, position: int | None
    ) -> Iterator[tuple[int, dict[Method, History]]]:
        """Each item's history under several methods, all its stock costed together, without what was decided about its value."""
        left_out = {Kind.REVALUATION, Kind.WRITE_DOWN}
        for chunk in _chunks(sorted(items)):
            facts = self._facts(chunk, as_of, position)
            self._know(chunk, facts)
            for item in chunk:
                kept = [fact for fact in facts[item] if fact.kind not in left_out]
                if kept:
                    yield item, {method: self._under(method, item, kept) for method in methods}

    def _under(self, method: Method, item: int, facts: list[Fact]) -> History:
        books = self.books
        together = Pool(1, 1, 2, 3, 4)

        def pool_of(location: int, _lot: int | None) -> Pool | None:
            return together if books.locations.kind(location) in VALUED_KINDS else None

        policy = Policy(method, books.minor_per_major, books.items[item].standard_cost)
        return History(Engine(policy, pool_of, lambda _: False), ItemState(), facts)

    def _facts(self, items: list[int], as_of: dt.date | None, position: int | None) -> dict[int, list[Fact]]:
        conditions, parameters = "m.item_id = ANY (%s::int[])", [integers(items)]  # type: tuple[str, list[object]]
        if position is not None:
            conditions += " AND m.posting_id <= %s"
            parameters.append(position)
        if as_of is not None:
            conditions += " AND (m.effective_at < %s OR m.kind = ANY (%s))"
            parameters += [queries.moment_after(as_of), _WITHOUT_PLACE]
        facts: dict[int, list[Fact]] = defaultdict(list)
        for row in queries.rows(f"SELECT {FACT_COLUMNS} FROM movement m WHERE {conditions}", tuple(parameters)):
            facts[row[0]].append(fact_of(row[1:], self.books.stocked))
        return facts

    def _know(self, items: list[int], facts: dict[int, list[Fact]]) -> None:
        """Make the items and pools of these facts known to the books."""
        _know_items(self.books, items)
        self.books.open_pools(
            {
                (item, location, fact.lot)
                for item in items
                for fact in facts[item]
                for location in (fact.source, fact.target)
                if location is not None
            }
        )


PoolKey = tuple[int, int, int, int]
"""Item, inventory account, warehouse (0: any), lot (0: any)."""


def pool_keys(company_id: int, places: Collection[tuple[int, int, int]]) -> dict[tuple[int, int, int], PoolKey | None]:
    """In which pool the stock of each (item, location, lot) is costed; ``None`` where it has no value."""
    books = Books(company_id)
    _know_items(books, {item for item, _, _ in places})
    return {place: _pool_key(books, *place) for place in places}


def _pool_key(books: Books, item: int, location: int, lot: int) -> PoolKey | None:
    kind = books.locations.kind(location)
    if kind not in VALUED_KINDS:
        return None
    warehouse = books.locations.warehouse(location)
    role = Role.IN_TRANSIT if kind is LocationKind.TRANSIT else Role.INVENTORY
    return (
        item,
        books.account(role, item, warehouse),
        books.locations.cost_group(location, books.scope),
        lot if books.method is Method.SPECIFIC else 0,
    )


def _know_items(books: Books, items: Collection[int]) -> None:
    found = queries.rows(
        "SELECT id, standard_cost, tracking, category_id, kind FROM item WHERE id = ANY (%s::int[])", (integers(items),)
    )
    books.items |= {item: ItemInfo(*info) for item, *info in found}


def _listen(costing: Costing) -> list[tuple[int, int, int]]:
    """A list that fills with what covering a deficit changed: (covering fact, fact that left too early, change of its cost)."""
    receive, heard = costing.receive, list[tuple[int, int, int]]()

    def noting(state: PoolState, quantity: int, value: int, origin: int) -> tuple[PoolState, int, tuple[TrueUp, ...]]:
        result = receive(state, quantity, value, origin)
        heard.extend((origin, true_up.fact, true_up.amount) for true_up in result[2])
        return result

    costing.receive = noting  # type: ignore[method-assign]
    return heard


def _without_value(facts: list[Fact], worthless: Collection[int]) -> list[Fact]:
    if not worthless:
        return facts
    return [
        fact._replace(value=0)
        if fact.id in worthless or (fact.kind is Kind.COST_CHANGE and fact.origin in worthless)
        else fact
        for fact in facts
    ]


def _chunks(items: list[int]) -> Iterator[list[int]]:
    listed = iter(items)
    while chunk := list(islice(listed, _ITEMS_AT_A_TIME)):
        yield chunk
