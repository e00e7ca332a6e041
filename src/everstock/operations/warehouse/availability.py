"""What can be promised of items: now, day by day from what is on its way, and by buying more. All in one statement, of one moment.

A kit is there as often as its components are. Its quantities are those of the component of which there is least.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from everstock.core.facts import DAY
from everstock.core.kits import Bills, explode, sets_of
from everstock.core.lead_times import Calendar, usual_lead_time
from everstock.core.promising import Flow, Part, available_by, promise
from everstock.core.quantities import LIMIT, SCALE
from everstock.ledger.database import integers, texts
from everstock.operations.documents.read import raw_cursor
from everstock.operations.documents.states import State
from everstock.operations.warehouse.incoming import DISPATCHED, ORDERED
from everstock.operations.warehouse.places import warehouse_of

_EPOCH = dt.date(1970, 1, 1)
_DAY = dt.timedelta(days=1)
_CONFIRMED = (State.CONFIRMED, State.PARTLY_SHIPPED)
"""The states in which a sales order still needs goods."""


class Reason(StrEnum):
    """Why something can leave on a day, or cannot: it is there, it is on its way, it can be bought, none of these."""

    IN_STOCK = "in stock"
    INCOMING = "incoming"
    LEAD_TIME = "lead time"
    NONE = "none"


class Promise(NamedTuple):
    """``quantity`` (10^-6 base units) can leave on ``day``; ``None``: nobody knows when. ``source``: numbers of documents, or a supplier."""

    day: dt.date | None
    quantity: int
    reason: Reason
    source: str = ""


class Source(NamedTuple):
    """Where an item is bought first, and how long that takes. ``lead_time``: days, ``learned`` or promised."""

    supplier: str
    lead_time: int
    learned: bool
    calendar: Calendar

    def expected(self, ordered_on: dt.date) -> dt.date:
        """Return the day on which goods ordered on a day are there."""
        return self.calendar.expected(ordered_on, self.lead_time)


class Work(NamedTuple):
    """When the company works, and how many days of work it takes: ``handling`` from what is there until it leaves, ``overdue`` until what is overdue comes."""

    handling: int = 0
    calendar: Calendar = Calendar()
    overdue: int = 0

    def leaving(self, there_on: dt.date, wanted_on: dt.date | None) -> dt.date:
        """Return the day on which goods leave that are there on a day, not before the one on which they are wanted."""
        leaving = self.calendar.after(there_on, self.handling)
        return leaving if wanted_on is None else max(leaving, self.calendar.open_from(wanted_on))


class Untouched(NamedTuple):
    """What somebody leaves for others of an item in a warehouse: ``quantity`` (10^-6 base units), and ``part`` (10^-6) of what comes."""

    quantity: int = 0
    part: int = 0


EVERYTHING = Untouched(LIMIT, SCALE)
"""What somebody leaves who may not sell from there at all."""


class Availability(NamedTuple):
    """An item in a warehouse; quantities in 10^-6 base units.

    ``on_hand``: all that lies there, ``on_hold`` of it for quality control, to be counted first, or because it has expired. ``reserved``: promised. ``free``: neither; below zero where the
    company lets stock fall below zero. ``incoming``: on its way there; ``needed``: ordered by customers, not reserved and not shipped. ``flows``:
    what is free on the day asked for and what is incoming and needed by day; what was needed before on that day, what should have come before
    after ``work.overdue`` days of work. ``arrivals``: the documents by which it is
    incoming, with their days (since 1970-01-01). ``work``: when what is there can leave. ``lasting``: the days (as those of ``flows``) from which on something that is there is expired,
    with what is good then and not promised for then or later. Of a kit what is on hand is free.
    """

    item: int
    warehouse: int
    on_hand: int
    on_hold: int
    reserved: int
    free: int
    incoming: int
    needed: int
    flows: tuple[Flow, ...]
    arrivals: tuple[tuple[int, str], ...] = ()
    source: Source | None = None
    work: Work = Work()
    lasting: tuple[tuple[int, int], ...] = ()

    def by_day(self) -> list[tuple[dt.date, int]]:
        """Return how much more can be promised for each day on which that changes, the first one today."""
        days = sorted({flow.day for flow in self.flows} | {day for day, _ in self.lasting})
        return [(_EPOCH + day * _DAY, max(0, _by(self, day) - self.lapsing(_EPOCH + day * _DAY))) for day in days]

    def lapsing(self, day: dt.date) -> int:
        """Return how much of what is free cannot be promised for a day, since it expires before."""
        left = [good for good_on, good in self.lasting if good_on <= (day - _EPOCH).days]
        return max(0, self.free) - max(0, min([self.free, *left]))

    def promise(self, quantity: int, earliest: dt.date, wanted_on: dt.date | None = None) -> list[Part]:
        """Return when ``quantity`` can be there, and is good when it leaves; see ``core.promising.promise``."""
        first, *later = self.flows
        good = first._replace(supply=first.supply - self.lapsing(self.work.leaving(earliest, wanted_on)))
        return promise([good, *later], quantity, (earliest - _EPOCH).days)

    def promises(self, quantity: int, today: dt.date, wanted_on: dt.date | None = None) -> list[Promise]:
        """Return when ``quantity`` can leave, in parts, none before ``wanted_on``: from stock, from what is on its way, then by buying."""
        found: list[tuple[dt.date | None, int, Reason, str]] = []
        left = quantity
        good = max(0, self.free) - self.lapsing(self.work.leaving(today, wanted_on))
        for part in self.promise(quantity, today, wanted_on):
            day = _EPOCH + part.day * _DAY
            there = min(part.quantity, good) if day == today else 0
            numbers = ", ".join(dict.fromkeys(number for on, number in self.arrivals if on == part.day))
            found.append((day, there, Reason.IN_STOCK, ""))
            found.append((day, part.quantity - there, Reason.INCOMING, numbers))
            left -= part.quantity
        if self.source is None:
            found.append((None, left, Reason.NONE, ""))
        else:
            found.append((self.source.expected(today), left, Reason.LEAD_TIME, self.source.supplier))
        return [
            Promise(None if day is None else self.work.leaving(day, wanted_on), some, reason, source)
            for day, some, reason, source in found
            if some > 0
        ]

    def leaving_untouched(self, kept: Untouched, today: dt.date) -> "Availability":
        """Return what is left for whoever leaves so much for others; what comes makes up first for what is not there of it."""
        day = (today - _EPOCH).days
        flows = []
        for flow in self.flows:
            coming = flow.supply - (self.free if flow.day == day else 0)
            more = -(-coming * kept.part // SCALE) + (kept.quantity if flow.day == day else 0)
            flows.append(flow._replace(demand=flow.demand + more))
        lasting = tuple((day, good - kept.quantity) for day, good in self.lasting)
        return self._replace(flows=tuple(flows), free=self.free - kept.quantity, lasting=lasting)

    def without(self, quantity: int, today: dt.date, wanted_on: dt.date | None = None) -> "Availability":
        """Return what is left when ``quantity`` is promised to somebody else, who wants it on a day."""
        by_day = {flow.day: [flow.supply, flow.demand] for flow in self.flows}
        parts = self.promise(quantity, today, wanted_on)
        for part in parts:
            by_day[part.day][1] += part.quantity
        flows = tuple(Flow(day, *both) for day, both in sorted(by_day.items()))
        at_once = sum(part.quantity for part in parts if _EPOCH + part.day * _DAY == today)
        taken = min(at_once, max(0, self.free))
        leaves_on = (self.work.leaving(today, wanted_on) - _EPOCH).days
        lasting = tuple((day, good - taken if day <= leaves_on else good) for day, good in self.lasting)
        return self._replace(flows=flows, free=self.free - taken, lasting=lasting)


_STATEMENT = "SELECT * FROM availability_read($1, $2, $3, $4, $5, $6, $7)"


_DATED = {"lapses", "due"}


class _Found(NamedTuple):
    """What the statement found: of items by warehouse (what, kind or number, day, quantity), of items, and of the company.

    ``dated``: the same of what expires (what, day, quantity).
    """

    places: dict[tuple[int, int], list[tuple[str, str, int | None, int]]]
    dated: dict[tuple[int, int], list[tuple[str, int, int]]]
    bills: Bills
    sources: Mapping[int, Source]
    work: Work


def availability(
    company_id: int,
    items: Collection[int],
    *,
    day: dt.date,
    warehouses: Collection[int] = (),
    order: int | None = None,
    recorded_at: int | None = None,
    kept: Mapping[tuple[int, int], Untouched] | None = None,
) -> list[Availability]:
    """Return what there is of ``items`` (ids) in each warehouse that has, expects or owes any, by item and warehouse; ``day``: today.

    ``warehouses``: these too, if there is nothing. ``order``: for this sales order (an id): what it and later ones need is left out, since who came first is
    promised first. ``recorded_at``: now, in microseconds UTC; what is reserved until a moment before is free. ``None``: at the beginning of the day.
    ``kept``: asked for somebody who leaves so much of an item in a warehouse for others, of all else everything; of a kit its components count.
    """
    today = (day - _EPOCH).days
    found = _found(company_id, _rows(company_id, items, order, beginning(day) if recorded_at is None else recorded_at))
    parts = {kit: explode(kit, found.bills) for kit in items if kit in found.bills}
    plain = {*items, *(part for bill in parts.values() for part in bill)} - parts.keys()
    places = {*warehouses, *(warehouse for item, warehouse in found.places if item in plain and parts)}
    keys = {*found.places, *((item, warehouse) for item in plain for warehouse in places)}
    single = {
        (item, warehouse): _of(item, warehouse, found, today) for item, warehouse in sorted(keys) if item in plain
    }
    if kept is not None:
        single = {key: one.leaving_untouched(kept.get(key, EVERYTHING), day) for key, one in single.items()}
    kits = [
        _kit(kit, warehouse, [(single[part, warehouse], each) for part, each in bill.items()], day)
        for kit, bill in sorted(parts.items())
        for warehouse in sorted(places)
    ]
    wanted = set(items)
    asked = {
        (item, warehouse) for item, warehouse in keys if (item, warehouse) in found.places or warehouse in warehouses
    }
    return sorted([one for key, one in single.items() if key in asked and one.item in wanted] + kits, key=_place)


def beginning(day: dt.date) -> int:
    """Return the moment (microseconds UTC) at which a day begins."""
    return (day - _EPOCH).days * DAY


def _place(one: Availability) -> tuple[int, int]:
    return one.item, one.warehouse


def _rows(company_id: int, items: Collection[int], order: int | None, recorded_at: int) -> list[tuple[Any, ...]]:
    parameters = (
        *(company_id, texts(state.value for state in ORDERED)),
        *(texts(state.value for state in DISPATCHED), integers(items)),
        *(texts(state.value for state in _CONFIRMED), order, recorded_at),
    )
    with raw_cursor() as run:
        run.execute(_STATEMENT, parameters, prepare=True)
        return run.fetchall()


def _found(company_id: int, rows: Iterable[tuple[Any, ...]]) -> _Found:
    places: defaultdict[tuple[int, int], list[tuple[str, str, int | None, int]]] = defaultdict(list)
    dated: defaultdict[tuple[int, int], list[tuple[str, int, int]]] = defaultdict(list)
    bills: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    sources: dict[int, Source] = {}
    warehouses: dict[int, int] = {}
    work = Work()
    for what, item, place, kind, on, quantity in rows:
        if what == "kit":
            bills[item].append((place, quantity))
        elif what == "source":
            sources[item] = _source(*json.loads(kind))
        elif what == "work":
            *calendar, overdue = json.loads(kind)
            work = Work(quantity, _calendar(*calendar), overdue)
        else:
            warehouse = warehouses.get(place)
            if warehouse is None:
                warehouse = warehouses[place] = warehouse_of(company_id, place)
            if what in _DATED:
                dated[item, warehouse].append((what, on, quantity))
            else:
                places[item, warehouse].append((what, kind, on, quantity))
    return _Found(places, dated, bills, sources, work)


def _source(
    supplier: str,
    of_item: int | None,
    promised: int | None,
    days: int | None,
    count: int | None,
    closed: int | None,
    holidays: Sequence[str] | None,
) -> Source:
    usual = usual_lead_time(promised or 0, days or 0, count or 0)
    learned = of_item is None and usual_lead_time(-1, days or 0, count or 0) >= 0
    return Source(supplier, usual if of_item is None else of_item, learned, _calendar(closed, holidays))


def _calendar(closed: int | None, holidays: Sequence[str] | None) -> Calendar:
    return Calendar(closed or 0, frozenset(map(dt.date.fromisoformat, holidays or ())))


def _of(item: int, warehouse: int, found: _Found, today: int) -> Availability:
    sums: defaultdict[str, int] = defaultdict(int)
    by_day: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    arrivals = []
    at_last = (found.work.calendar.after(_EPOCH + today * _DAY, found.work.overdue) - _EPOCH).days
    for what, kind, on, quantity in found.places.get((item, warehouse), ()):
        sums["held" if kind == "held" else what] += quantity
        if on is not None and quantity:
            if what == "incoming":
                comes_on = on if on >= today else at_last
                by_day[comes_on][0] += quantity
                arrivals.append((comes_on, kind if on >= today else f"{kind} (overdue)"))
            else:
                by_day[max(on, today)][1] += quantity
    free = sums["there"] - sums["reserved"]
    by_day[today][0] += free
    flows = tuple(Flow(on, supply, demand) for on, (supply, demand) in sorted(by_day.items()))
    held = sums["held"]
    return Availability(
        *(item, warehouse, sums["there"] + held, held, sums["reserved"], free, sums["incoming"], sums["needed"], flows),
        arrivals=tuple(sorted(arrivals)),
        source=found.sources.get(item),
        work=found.work,
        lasting=_lasting(sums["there"], found.dated.get((item, warehouse), ())),
    )


def _lasting(good: int, dated: Iterable[tuple[str, int, int]]) -> tuple[tuple[int, int], ...]:
    """What of so much is good and not promised from each day on, on which something has expired; of (what, day, quantity)."""
    lapses = [(day, quantity) for what, day, quantity in dated if what == "lapses"]
    due = [(day, quantity) for what, day, quantity in dated if what == "due"]
    return tuple(
        (day, good - sum(some for on, some in lapses if on <= day) - sum(some for on, some in due if on >= day))
        for day in sorted({on for on, _ in lapses})
    )


def _kit(kit: int, warehouse: int, parts: Sequence[tuple[Availability, Fraction]], today: dt.date) -> Availability:
    """A kit, of what is available of its components."""
    days = sorted({flow.day for part, _ in parts for flow in part.flows})
    so_far = [min(sets_of(_by(part, day), each) for part, each in parts) for day in days]
    more = [so_far[0], *(later - earlier for earlier, later in pairwise(so_far))]
    free = min(sets_of(max(0, part.free), each) for part, each in parts)
    expiring = sorted({day for part, _ in parts for day, _ in part.lasting})
    lasting = [
        (day, min(sets_of(max(0, part.free) - part.lapsing(_EPOCH + day * _DAY), each) for part, each in parts))
        for day in expiring
    ]
    numbers = {arrival for part, _ in parts for arrival in part.arrivals}
    sources = [part.source for part, _ in parts]
    known = [source for source in sources if source is not None]
    return Availability(
        *(kit, warehouse, free, 0, 0, free, so_far[-1] - so_far[0], 0),
        flows=tuple(Flow(day, supply, 0) for day, supply in zip(days, more, strict=True)),
        arrivals=tuple(sorted(numbers)),
        source=max(known, key=lambda source: source.expected(today)) if len(known) == len(sources) else None,
        work=parts[0][0].work,
        lasting=tuple(lasting),
    )


def _by(part: Availability, day: int) -> int:
    """What can be promised for a day on which nothing may change, if nothing expires."""
    return max(
        (some for flow, some in zip(part.flows, available_by(part.flows), strict=True) if flow.day <= day), default=0
    )
