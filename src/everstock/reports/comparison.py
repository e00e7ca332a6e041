"""The same history under other costing methods, side by side: what would be on hand at what value, and what had left at what cost."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from everstock.core.facts import INBOUND, Fact, Kind, Method
from everstock.core.history import History
from everstock.core.periodic import Intake, Periodic, Span, closings
from everstock.core.quantities import round_half_up
from everstock.ledger.queries import MovementFilter, day_of, moved_items
from everstock.ledger.replays import Replays
from everstock.masterdata.models import Company
from everstock.reports.questions import asking

By = Literal["method", "item"]
Period = Literal["month", "range"]

PERPETUAL = (Method.FIFO, Method.LIFO, Method.AVERAGE)


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """``cogs``: the cost of everything that left, net of what came back: value of what came in, less value of what is there.

    ``item`` is empty in sums over all items.
    """

    item: str
    method: str
    quantity: int
    value: int
    cogs: int


def method_comparison(
    *,
    company: Company,
    by: By = "method",
    period: Period = "month",
    as_of: dt.date | None = None,
    known_at: int | None = None,
    item: str | None = None,
) -> list[ComparisonRow]:
    """Perpetual and periodic FIFO, LIFO and average; periods are months, or the whole history is one.

    All stock of an item is costed together, whatever the company's scope; write-downs and revaluations are left out. Goods sent back
    to the supplier they came from are taken out of what came in.
    """
    with asking(company, as_of=as_of, known_at=known_at) as ask:
        names = ask.names
        items = (
            moved_items(ask.company_id, MovementFilter(to=as_of, position=ask.position))
            if item is None
            else [names.item(item)]
        )
        found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        compared = Replays(ask.company_id).compared(items, PERPETUAL, as_of=as_of, position=ask.position)
        for key, histories in compared:
            shown = names.items[key] if by == "item" or item is not None else ""
            for method, figures in _compare(histories, period):
                sums = found[shown, method]
                for at, figure in enumerate(figures):
                    sums[at] += figure
    # methods stay in their order, items are sorted
    return [ComparisonRow(*key, *figures) for key, figures in sorted(found.items(), key=lambda pair: pair[0][0])]


def _compare(histories: dict[Method, History], period: Period) -> Iterable[tuple[str, tuple[int, int, int]]]:
    """(method, (quantity, value, cost of what left)) of one item."""
    spans = _spans(histories[Method.FIFO], period)
    came_in = sum(intake.value for span in spans for intake in span.intakes)
    for method, history in histories.items():
        states = history.state.pools.values()
        value = sum(state.value for state in states)
        yield method.value, (sum(state.quantity for state in states), value, came_in - value)
    for periodic in Periodic:
        ends = closings(periodic, spans)
        quantity, value = (ends[-1].quantity, ends[-1].value) if ends else (0, 0)
        yield f"periodic {periodic.value}", (quantity, value, sum(end.cost for end in ends))


def _spans(history: History, period: Period) -> list[Span]:
    """What came in and what left, by period."""
    intakes: dict[dt.date, dict[int, Intake]] = defaultdict(dict)
    gone: dict[dt.date, int] = defaultdict(int)
    span_of: dict[int, dt.date] = {}
    for fact in history.facts:
        day = day_of(fact.effective_at)
        span = day.replace(day=1) if period == "month" else dt.date.min
        own = _own_value(history, fact)
        if own is not None:
            span_of[fact.id] = span
            intakes[span][fact.id] = Intake(fact.quantity, own)
        elif fact.kind is Kind.RETURN_OUT and fact.origin in span_of:
            came = intakes[span_of[fact.origin]]
            left = came[fact.origin].quantity - fact.quantity
            value = round_half_up(came[fact.origin].value * left, came[fact.origin].quantity)
            came[fact.origin] = Intake(left, value)
        else:
            gone[span] -= _changed(history, fact)
    return [Span(tuple(intakes[span].values()), gone[span]) for span in sorted({*intakes, *gone})]


def _own_value(history: History, fact: Fact) -> int | None:
    """What a fact came in at, if that does not depend on the method."""
    if fact.target is None or history.engine.pool_of(fact.target, fact.lot) is None:
        return None
    linked = fact.kind is Kind.RETURN_IN and fact.origin is not None
    if fact.kind not in INBOUND or linked:
        return None
    valuation = history.engine.valuations.get(fact.id)
    value = fact.value if valuation is None or valuation.value is None else valuation.value
    if value is None:
        return None
    return value + sum(amount for _, amount in valuation.landed) if valuation is not None else value


def _changed(history: History, fact: Fact) -> int:
    """The change of the quantity that has a value."""
    return sum(entry.quantity for entry in history.entries[fact.id])
