"""How old the stock is, and how fast it turns."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from everstock.core.costing import PoolState
from everstock.core.facts import Kind, Method
from everstock.core.problems import check_range
from everstock.core.quantities import round_half_up
from everstock.ledger.codes import CODE
from everstock.ledger.inquiries import KnownFact, day_values, entry_days, facts_by_id, final_states, intakes
from everstock.ledger.queries import day_of, pool_values
from everstock.ledger.replays import Replays
from everstock.ledger.sales import sales_accounts, sales_costs
from everstock.masterdata.models import Company
from everstock.reports.questions import Question, asking, shares

BUCKETS = ("0-30", "31-60", "61-90", "91-180", "181-365", ">365")
"""Ages in days."""
_LAST_DAYS = (30, 60, 90, 180, 365)

Part = tuple[int, int, int]
"""Moment of coming in, quantity, value."""


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """Quantity and value of an item, in all and by the ages of ``BUCKETS``."""

    item: str
    quantity: int
    value: int
    quantities: tuple[int, ...]
    values: tuple[int, ...]


def ageing(
    *, company: Company, as_of: dt.date, known_at: int | None = None, item: str | None = None
) -> list[AgeingRow]:
    """Stock by the age of the receipts it comes from; all values add up to the valuation.

    Under FIFO these are its layers. Under the other methods, and where goods moved between pools, what is there is taken for the newest
    of what came in, its value divided by quantity. Stock below zero has age 0.
    """
    with asking(company, as_of=as_of, known_at=known_at, sums=item is None) as ask:
        items = None if item is None else [ask.names.item(item)]
        there: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for pool in pool_values(ask.company_id, as_of=as_of, position=ask.position, items=items):
            before = there[pool.item]
            there[pool.item] = before[0] + pool.quantity, before[1] + pool.value
        parts = _layers(ask, as_of, there) if company.method == Method.FIFO else {}
        parts |= _newest(ask, as_of, {key: sums for key, sums in there.items() if key not in parts})
        return sorted(
            (_row(ask.names.items[key], *there[key], parts[key], as_of) for key in there), key=lambda row: row.item
        )


def _row(item: str, quantity: int, value: int, parts: Iterable[Part], as_of: dt.date) -> AgeingRow:
    quantities, values = [0] * len(BUCKETS), [0] * len(BUCKETS)
    for at, part, worth in parts:
        age = (as_of - day_of(at)).days
        bucket = sum(age > last for last in _LAST_DAYS)
        quantities[bucket] += part
        values[bucket] += worth
    return AgeingRow(item, quantity, value, tuple(quantities), tuple(values))


def _layers(ask: Question, as_of: dt.date, items: Iterable[int]) -> dict[int, list[Part]]:
    """Items whose layers are all what came in from outside."""
    states = final_states(ask.company_id, as_of=as_of) if ask.position is None else {}
    late = [item for item in items if item not in states]
    for replay in Replays(ask.company_id).histories(late, as_of=as_of, position=ask.position):
        states[replay.item] = list(replay.history.state.pools.values())
    wanted = {item: states[item] for item in items if not any(state.deficits for state in states[item])}
    origin = facts_by_id({layer.origin for found in wanted.values() for state in found for layer in state.layers})
    result = {}
    for item, found in wanted.items():
        layers = [layer for state in found for layer in state.layers]
        if all(origin[layer.origin].kind != CODE[Kind.TRANSFER] for layer in layers):
            result[item] = list(_parts(found, origin))
    return result


def _parts(states: list[PoolState], origin: dict[int, KnownFact]) -> Iterator[Part]:
    for state in states:
        for layer in state.layers:
            yield origin[layer.origin].effective_at, layer.left, round_half_up(layer.value * layer.left, layer.quantity)


def _newest(ask: Question, as_of: dt.date, there: dict[int, tuple[int, int]]) -> dict[int, list[Part]]:
    """What is there, taken for the newest of what came in; what never came in is as old as the oldest."""
    if not there:
        return {}
    came: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for item, at, quantity in intakes(ask.company_id, as_of=as_of, position=ask.position, items=there):
        came[item].append((at, quantity))
    now = (as_of - dt.date(1970, 1, 1)).days * 86_400_000_000
    result = {}
    for item, (left, value) in there.items():
        parts: list[tuple[int, int]] = []
        waiting = left
        for at, quantity in came[item]:
            if waiting <= 0:
                break
            parts.append((at, min(waiting, quantity)))
            waiting -= quantity
        if waiting > 0 or not parts:
            oldest = came[item][-1][0] if came[item] and left > 0 else now
            parts.append((oldest, waiting))
        worth = shares(value, [quantity for _, quantity in parts])
        result[item] = [(at, quantity, part) for (at, quantity), part in zip(parts, worth, strict=True)]
    return result


# ---------------------------------------------------------------------------------------------------------------------
# Turnover


@dataclass(frozen=True, slots=True)
class TurnoverRow:
    """``turns``: how often the average inventory was sold; ``days``: how long it lasts. Both in 10^-6, ``None`` if undefined."""

    item: str
    cogs: int
    average_inventory: int
    turns: int | None
    days: int | None


def turnover(
    *,
    company: Company,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    known_at: int | None = None,
    item: str | None = None,
) -> list[TurnoverRow]:
    """Cost of sales against the average of the values at the end of each day of the range (without limits: all days with entries)."""
    check_range(from_, to)
    with asking(company, as_of=to, known_at=known_at) as ask:
        only = None if item is None else ask.names.item(item)
        ends = entry_days(ask.company_id)
        if ends is None:
            return []
        first, last = from_ or min(ends[0], to or ends[0]), to or max(ends[1], from_ or ends[1])
        days = (last - first).days + 1
        totals = dict(day_values(ask.company_id, from_=first, to=last, position=ask.position, item=only))
        costs: dict[int, int] = defaultdict(int)
        accounts = sales_accounts(ask.company_id)
        for row in sales_costs(ask.company_id, accounts, from_=first, to=last, position=ask.position, item=only):
            costs[row.item] += row.cost
        names = ask.names.items
    return [
        TurnoverRow(names[key], cost, round_half_up(total, days), _ratio(cost * days, total), _ratio(total, cost))
        for key in sorted(totals, key=lambda key: names[key])
        for total, cost in [(totals[key], costs[key])]
        if total or cost
    ]


def _ratio(numerator: int, denominator: int) -> int | None:
    """In 10^-6, rounded to two decimals; ``None`` if it says nothing."""
    if denominator <= 0 or numerator < 0:
        return None
    return round_half_up(numerator * 100, denominator) * 10_000
