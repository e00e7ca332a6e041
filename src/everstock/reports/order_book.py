"""Open orders, backorders with when they are expected to be there, and the share of what was shipped on time and in full."""

import datetime as dt
from dataclasses import dataclass

from everstock.core.problems import check_range
from everstock.core.quantities import round_half_up
from everstock.masterdata.models import Company
from everstock.operations.sales import backlog
from everstock.reports.questions import asking


@dataclass(frozen=True, slots=True)
class OrderBookRow:
    """Quantities in 10^-6 base units, ``value`` in minor units of the company's currency; ``late``: days since it was due, or ``None``."""

    due_on: dt.date | None
    late: int | None
    order: str
    line: int
    customer: str
    item: str
    ordered: int
    shipped: int
    open: int
    reserved: int
    short: int
    value: int


@dataclass(frozen=True, slots=True)
class BackorderRow:
    """What of a line is short, when the customer was told it can leave (``promised_on``), and when enough is expected now: by ``source``, a document
    of what is on its way.
    """

    item: str
    order: str
    line: int
    customer: str
    due_on: dt.date | None
    promised_on: dt.date | None
    short: int
    expected_on: dt.date | None
    source: str


@dataclass(frozen=True, slots=True)
class FillRateRow:
    """Of a month (``2026-01``): lines due and lines shipped in full by their day; quantities due and shipped by then. Shares in 10^-6 percent."""

    month: str
    lines: int
    on_time_in_full: int
    share: int
    ordered: int
    shipped_in_time: int
    fill_rate: int


def order_book(
    *, company: Company, day: dt.date, partner: str | None = None, item: str | None = None
) -> list[OrderBookRow]:
    """Return what is open on confirmed orders, by due day; ``day``: today. Refused: ``partner.unknown``, ``item.unknown``."""
    with asking(company) as ask:
        names = ask.names
        whose = None if partner is None else names.partner(partner)
        only = None if item is None else names.item(item)
        return [
            OrderBookRow(
                row.due_on,
                None if row.due_on is None or row.due_on >= day else (day - row.due_on).days,
                *(row.order, row.line, names.partners[row.partner], names.items[row.item]),
                *(row.ordered, row.shipped, row.open, row.reserved, row.short, row.value),
            )
            for row in backlog.order_book(company)
            if whose in {None, row.partner} and only in {None, row.item}
        ]


def backorders(*, company: Company, item: str | None = None) -> list[BackorderRow]:
    """Return what is ordered and not there, by item and due day. Refused: ``item.unknown``."""
    with asking(company) as ask:
        names = ask.names
        only = None if item is None else names.item(item)
        found = [
            BackorderRow(
                *(names.items[line.item], line.order, line.line, names.partners[line.partner]),
                *(line.due_on, line.promised_on),
                line.short,
                *(expected_on, source),
            )
            for line, expected_on, source in backlog.backorders(company)
            if only in {None, line.item}
        ]
    return sorted(found, key=lambda row: row.item)


def fill_rate(*, company: Company, from_: dt.date | None = None, to: dt.date) -> list[FillRateRow]:
    """Return how much of what was due was shipped on time and in full, month by month, up to ``to``. Refused: ``range.empty``."""
    check_range(from_, to)
    return [
        FillRateRow(
            *(f"{row.month:%Y-%m}", row.lines, row.in_full, _percent(row.in_full, row.lines)),
            *(row.ordered, row.shipped, _percent(row.shipped, row.ordered)),
        )
        for row in backlog.punctuality(company, from_=from_ or dt.date.min, to=to)
    ]


def _percent(part: int, whole: int) -> int:
    """A share in 10^-6 of a percent, rounded to hundredths."""
    return round_half_up(part * 10_000, whole) * 10_000
