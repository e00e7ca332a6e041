"""What the stock is worth: by item, by item and location, by account, by category."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from everstock.core.problems import Refusal
from everstock.ledger.queries import OnHand, PoolValue, account_quantities, balances, pool_values
from everstock.ledger.replays import PoolKey, pool_keys
from everstock.masterdata.models import Company
from everstock.reports.questions import Question, asking, shares, unit_price

By = Literal["item", "item+location", "account", "category"]


@dataclass(frozen=True, slots=True)
class ValuationRow:
    """Only what the rows are by is filled in. ``unit_cost`` in 10^-6 of the major unit, ``None`` without quantity."""

    quantity: int
    value: int
    unit_cost: int | None
    item: str = ""
    location: str = ""
    account: str = ""
    account_name: str = ""
    category: str = ""


def valuation(
    *,
    company: Company,
    by: By = "item",
    as_of: dt.date | None = None,
    known_at: int | None = None,
    item: str | None = None,
    location: str | None = None,
    include_zero: bool = False,
) -> list[ValuationRow]:
    """Quantity and value of the stock that is ours, without zeros unless asked for; all rows add up to the inventory accounts.

    Value at a location is that of its pool. Where a pool spans several locations (a warehouse, or the whole company under the scope
    ``item``), each has its share by quantity, and the shares add up to the pool exactly.
    """
    if location is not None and by != "item+location":
        raise Refusal(
            "valuation.location",
            "Only a valuation by item and location can be limited to a location.",
            "Add --by item+location.",
        )
    if item is not None and by in {"account", "category"}:
        raise Refusal(
            "valuation.item", f"A valuation by {by} is about all items.", "Leave out the item, or use --by item."
        )
    with asking(company, as_of=as_of, known_at=known_at, sums=item is None) as ask:
        items = None if item is None else [ask.names.item(item)]
        if by == "item":
            rows = _by_item(ask, items, include_zero)
        elif by == "item+location":
            rows = _by_location(ask, items, location, include_zero)
        elif by == "account":
            rows = _by_account(ask)
        elif by == "category":
            rows = _by_category(ask)
        else:
            raise Refusal(
                "valuation.by", f"There is no valuation by {by}.", "Use item, item+location, account or category."
            )
    kept = rows if include_zero else [row for row in rows if row.quantity or row.value]
    return sorted(kept, key=lambda row: (row.item, row.location, row.account, row.category))


def _sums(rows: Iterable[tuple[str, int, int]]) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for key, quantity, value in rows:
        before = sums[key]
        sums[key] = before[0] + quantity, before[1] + value
    return sums


def _pools(ask: Question, items: Collection[int] | None, include_zero: bool) -> list[PoolValue]:
    return pool_values(ask.company_id, as_of=ask.as_of, position=ask.position, items=items, include_zero=include_zero)


def _by_item(ask: Question, items: Collection[int] | None, include_zero: bool) -> list[ValuationRow]:
    names, scale = ask.names.items, ask.minor_per_major
    sums = _sums((names[pool.item], pool.quantity, pool.value) for pool in _pools(ask, items, include_zero))
    return [
        ValuationRow(quantity, value, unit_price(value, quantity, scale), item=item)
        for item, (quantity, value) in sums.items()
    ]


def _by_account(ask: Question) -> list[ValuationRow]:
    names = ask.names.accounts
    return [
        ValuationRow(
            *(quantity, value, unit_price(value, quantity, ask.minor_per_major)),
            account=names[account].code,
            account_name=names[account].name,
        )
        for account, quantity, value in account_quantities(ask.company_id, as_of=ask.as_of, position=ask.position)
    ]


def _by_category(ask: Question) -> list[ValuationRow]:
    names = ask.names.categories
    sums = _sums((names[pool.item], pool.quantity, pool.value) for pool in _pools(ask, None, include_zero=False))
    return [
        ValuationRow(quantity, value, unit_price(value, quantity, ask.minor_per_major), category=category)
        for category, (quantity, value) in sums.items()
    ]


def _by_location(
    ask: Question, items: Collection[int] | None, location: str | None, include_zero: bool
) -> list[ValuationRow]:
    names = ask.names
    wanted = None if location is None else names.places(location)
    places = balances(ask.company_id, as_of=ask.as_of, position=ask.position, items=items, include_zero=include_zero)
    found: dict[tuple[int, int | None], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for item, place, quantity, value in _placed(ask, _pools(ask, items, include_zero), places):
        before = found[item, place]
        found[item, place] = before[0] + quantity, before[1] + value
    return [
        ValuationRow(
            *(quantity, value, unit_price(value, quantity, ask.minor_per_major)),
            item=names.items[item],
            location=names.locations[place],
        )
        for (item, place), (quantity, value) in found.items()
        if wanted is None or place in wanted
    ]


def _placed(ask: Question, pools: list[PoolValue], places: list[OnHand]) -> Iterable[tuple[int, int | None, int, int]]:
    """The value of every pool divided among its places: (item, location, quantity, value)."""
    keys = pool_keys(ask.company_id, {(row.item, row.location, row.lot) for row in places})
    in_pool: dict[PoolKey, list[OnHand]] = defaultdict(list)
    for row in sorted(places):
        key = keys[row.item, row.location, row.lot]
        if key is not None:
            in_pool[key].append(row)
    values: dict[PoolKey, tuple[int, int]] = {}
    for pool in pools:
        key = pool.item, pool.inventory, pool.warehouse, pool.lot
        quantity, value = values.get(key, (0, 0))
        values[key] = quantity + pool.quantity, value + pool.value
    _mend(values, in_pool)
    for key, (quantity, value) in values.items():
        rows = in_pool[key]
        if not rows:
            yield key[0], None, quantity, value
        for row, part in zip(rows, shares(value, [row.quantity for row in rows]), strict=True):
            yield row.item, row.location, row.quantity, part


def _mend(values: dict[PoolKey, tuple[int, int]], in_pool: dict[PoolKey, list[OnHand]]) -> None:
    """Where the places of an item belonged to other pools then than now, take all its stock for one pool."""
    lost = {key[0] for key, (quantity, value) in values.items() if (quantity or value) and key not in in_pool}
    for item in lost:
        one = item, 0, 0, 0
        for key in [key for key in values if key[0] == item]:
            quantity, value = values.pop(key)
            before = values.get(one, (0, 0))
            values[one] = before[0] + quantity, before[1] + value
        for key in [key for key in in_pool if key[0] == item]:
            in_pool[one].extend(in_pool.pop(key))
