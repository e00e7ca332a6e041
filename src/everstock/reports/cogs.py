"""Quantity sold, revenue, cost of sales and margin over days of being true, net of returns."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from everstock.core.costing.state import Deficit
from everstock.core.problems import Refusal, check_range
from everstock.ledger.inquiries import facts_by_id, final_states
from everstock.ledger.lines import epoch_day
from everstock.ledger.queries import MovementFilter, day_of, movement_rows, pool_values
from everstock.ledger.replays import Replays
from everstock.ledger.sales import sales_accounts, sales_costs, sold
from everstock.masterdata.models import Company
from everstock.reports.questions import Question, asking

By = Literal["item", "category", "partner", "month"]


@dataclass(frozen=True, slots=True)
class CogsRow:
    """``key`` is an item, category, partner or month (``2026-01``). ``provisional``: how much of the cost is not final, since the
    goods left before they were there and have not come in yet.
    """

    key: str
    quantity: int
    revenue: int
    cost: int
    margin: int
    provisional: int


def cogs(
    *,
    company: Company,
    by: By = "item",
    from_: dt.date | None = None,
    to: dt.date | None = None,
    known_at: int | None = None,
    item: str | None = None,
) -> list[CogsRow]:
    """Sales with what they had cost; costs are those of the accounts that issues are booked against."""
    check_range(from_, to)
    if by not in {"item", "category", "partner", "month"}:
        raise Refusal("cogs.by", f"There is no cost of sales by {by}.", "Use item, category, partner or month.")
    with asking(company, as_of=to, known_at=known_at) as ask:
        only = None if item is None else ask.names.item(item)
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        name = _namer(ask, by)
        for sale in sold(ask.company_id, ask.minor_per_major, from_=from_, to=to, position=ask.position, item=only):
            figures = sums[name(sale.item, sale.partner, sale.month)]
            figures[0] += sale.quantity
            figures[1] += sale.revenue
        for key, cost in _costs(ask, by, name, from_, only):
            sums[key][2] += cost
        for key, amount in _provisional(ask, name, from_, only):
            sums[key][3] += amount
    return [
        CogsRow(key, quantity, revenue, cost, revenue - cost, provisional)
        for key, (quantity, revenue, cost, provisional) in sorted(sums.items())
        if quantity or revenue or cost or provisional
    ]


_Namer = Callable[[int, int | None, dt.date], str]


def _namer(ask: Question, by: By) -> _Namer:
    names = ask.names
    if by == "item":
        return lambda item, _partner, _day: names.items[item]
    if by == "category":
        return lambda item, _partner, _day: names.categories[item]
    if by == "partner":
        return lambda _item, partner, _day: names.partners[partner]
    return lambda _item, _partner, day: f"{day:%Y-%m}"


def _costs(ask: Question, by: By, name: _Namer, from_: dt.date | None, item: int | None) -> Iterator[tuple[str, int]]:
    accounts = sales_accounts(ask.company_id)
    costs = sales_costs(ask.company_id, accounts, from_=from_, to=ask.as_of, position=ask.position, item=item)
    if by != "partner":
        for row in costs:
            yield name(row.item, None, row.month), row.cost
        return
    # who bought is known of facts, not of entries: replay what was sold
    items = sorted({row.item for row in costs})
    wanted = MovementFilter(items=items, position=ask.position)
    partners = {row.id: row.partner for row in movement_rows(ask.company_id, wanted)}
    first_day = -(10**9) if from_ is None else epoch_day(from_)
    for replay in Replays(ask.company_id).histories(items, as_of=ask.as_of, position=ask.position):
        for fact, day, cost in replay.costs(accounts):
            if day >= first_day:
                yield name(replay.item, partners[fact], dt.date.min), cost


def _provisional(ask: Question, name: _Namer, from_: dt.date | None, item: int | None) -> Iterator[tuple[str, int]]:
    """Provisional costs of sales since ``from_`` of what was still missing at the end of the range."""
    items = None if item is None else [item]
    pools = pool_values(ask.company_id, as_of=ask.as_of, position=ask.position, items=items)
    missing = {pool.item for pool in pools if pool.quantity < 0}
    if not missing:
        return
    accounts = set(sales_accounts(ask.company_id))
    deficits = [
        (key, deficit) for key, deficit in _deficits(ask, missing) if deficit.contra in accounts and deficit.value
    ]
    facts = facts_by_id({deficit.fact for _, deficit in deficits})
    for key, deficit in deficits:
        fact = facts[deficit.fact]
        day = day_of(fact.effective_at)
        if from_ is None or day >= from_:
            yield name(key, fact.partner, day), deficit.value


def _deficits(ask: Question, items: Collection[int]) -> Iterator[tuple[int, Deficit]]:
    """What these items lack: from the stored states where nothing happened later, else by a replay."""
    states = final_states(ask.company_id, as_of=ask.as_of, items=items) if ask.position is None else {}
    for item, pools in states.items():
        for state in pools:
            for deficit in state.deficits:
                yield item, deficit
    late = [item for item in items if item not in states]
    for replay in Replays(ask.company_id).histories(late, as_of=ask.as_of, position=ask.position):
        for deficit in replay.deficits():
            yield replay.item, deficit
