"""The facts with their costs: the history of one item, and lists of movements."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from everstock.core.facts import OUTBOUND, Fact, Kind
from everstock.core.history import History
from everstock.core.problems import Refusal, check_range
from everstock.core.quantities import round_half_up
from everstock.ledger.codes import CODE, KINDS
from everstock.ledger.queries import MovementFilter, MovementRow, day_of, moved_items, movement_rows
from everstock.ledger.replays import Replay, Replays
from everstock.masterdata.models import Company
from everstock.reports.names import Names
from everstock.reports.questions import Question, asking


@dataclass(frozen=True, slots=True)
class ItemLedgerRow:
    """What a fact did to the stock at a location, in the order of costing; a transfer has a row for each of its two ends.

    ``quantity`` and ``cost`` are changes: what leaves is negative, and the running figures are their sums.
    """

    effective_at: int
    recorded_at: int
    kind: str
    reference: str
    location: str
    quantity: int
    cost: int
    running_quantity: int
    running_value: int


@dataclass(frozen=True, slots=True)
class MovementLine:
    """A fact. What leaves has negative quantity and cost; a transfer has what it moved. Empty where it does not apply."""

    effective_at: int
    recorded_at: int
    kind: str
    reference: str
    item: str
    location: str
    to_location: str
    lot: str
    quantity: int
    cost: int
    unit_price: int | None
    partner: str
    document: str
    source: str
    actor: str


# ---------------------------------------------------------------------------------------------------------------------
# One item


def item_ledger(
    *,
    company: Company,
    item: str,
    as_of: dt.date | None = None,
    known_at: int | None = None,
    from_: dt.date | None = None,
    location: str | None = None,
) -> list[ItemLedgerRow]:
    """Every fact of an item that stands (not reversed), with what it changed and the running figures.

    A cost change or landed cost acts on its receipt: the cost is in that row, its own row changes nothing. With ``location``: the rows of
    that place and all below it; where its stock shares a pool with other places, the running value is its share by quantity.
    """
    check_range(from_, as_of)
    with asking(company, as_of=as_of, known_at=known_at) as ask:
        key = ask.names.item(item)
        places = None if location is None else ask.names.places(location)
        replay = next(Replays(ask.company_id).histories([key], as_of=as_of, position=ask.position), None)
        if replay is None:
            return []
        known = MovementFilter(items=[key], position=ask.position)
        stored = {row.id: row for row in movement_rows(ask.company_id, known)}
        ledger = _ItemLedger(replay, places, stored, ask.names)
        return [row for row in ledger.rows() if from_ is None or day_of(row.effective_at) >= from_]


class _ItemLedger:
    """Walks through the facts of an item and keeps the running figures of all its places, or of some."""

    def __init__(
        self, replay: Replay, places: frozenset[int] | None, stored: dict[int, MovementRow], names: Names
    ) -> None:
        self.history = replay.history
        self.places = places
        self.stored = stored
        self.names = names
        self.quantity = 0
        self.held: dict[int, tuple[int, int, int]] = {}
        """Of every pool: its quantity, the part of it at our places, its value."""

    def rows(self) -> Iterator[ItemLedgerRow]:
        of_receipts = sorted(self.history.values.values(), key=lambda fact: (fact.effective_at, fact.id))
        waiting = [fact for fact in of_receipts if fact.id in self.stored]
        for fact in self.history.facts:
            while waiting and waiting[0].effective_at < fact.effective_at:
                yield from self._of_receipt(waiting.pop(0))
            for place, quantity in legs(fact, self.history.differences.get(fact.id, 0)):
                row = self._leg(fact, place, quantity)
                if self._ours(place):
                    yield row
        for fact in waiting:
            yield from self._of_receipt(fact)

    def _ours(self, place: int | None) -> bool:
        return self.places is None or place in self.places

    def _of_receipt(self, fact: Fact) -> Iterator[ItemLedgerRow]:
        receipt = self.stored[fact.origin or 0]
        if self._ours(receipt.target):
            yield self._row(fact, receipt.target, 0, 0)

    def _leg(self, fact: Fact, place: int, quantity: int) -> ItemLedgerRow:
        pool = self.history.engine.pool_of(place, fact.lot)
        cost = 0
        if pool is not None:
            cost = sum(entry.amount for entry in self.history.entries[fact.id] if entry.pool == pool.id)
            there, ours, value = self.held.get(pool.id, (0, 0, 0))
            ours += quantity if self._ours(place) else 0
            self.held[pool.id] = there + quantity, ours, value + cost
        self.quantity += quantity if self._ours(place) else 0
        return self._row(fact, place, quantity, cost)

    def _value(self) -> int:
        if self.places is None:
            return sum(value for _, _, value in self.held.values())
        return sum(_share(value, ours, there) for there, ours, value in self.held.values())

    def _row(self, fact: Fact, place: int | None, quantity: int, cost: int) -> ItemLedgerRow:
        stored = self.stored[fact.id]
        location = self.names.locations[place]
        return ItemLedgerRow(
            *(fact.effective_at, stored.recorded_at, fact.kind.value, stored.reference, location),
            *(quantity, cost, self.quantity, self._value()),
        )


def _share(value: int, ours: int, there: int) -> int:
    if ours == there:
        return value
    if there < 0:
        ours, there = -ours, -there
    return round_half_up(value * ours, there) if there else 0


def legs(fact: Fact, difference: int) -> list[tuple[int, int]]:
    """What a fact did to the stock, by location; ``difference``: what it found, if it is a count."""
    if fact.kind is Kind.COUNT:
        ends = [(fact.target, difference)]
    elif fact.kind is Kind.TRANSFER:
        ends = [(fact.source, -fact.quantity), (fact.target, fact.quantity)]
    elif fact.kind in OUTBOUND:
        ends = [(fact.source, -fact.quantity)]
    else:
        ends = [(fact.target, fact.quantity)]
    return [(place, quantity) for place, quantity in ends if place is not None]


# ---------------------------------------------------------------------------------------------------------------------
# Lists


def movements(
    *,
    company: Company,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    known_at: int | None = None,
    item: str | None = None,
    location: str | None = None,
    partner: str | None = None,
    kinds: Collection[str] = (),
) -> Iterator[MovementLine]:
    """Facts by the time they were true, with what they cost as known then; reversed facts and their reversals cost nothing.

    The cost of what left before it was there is what it turned out to be, where that is known. Seen from a
    ``location``, a transfer away from it is negative.
    """
    check_range(from_, to)
    with asking(company, as_of=to, known_at=known_at) as ask:
        names = ask.names
        wanted = MovementFilter(
            *(from_, to, ask.position, None if item is None else [names.item(item)]),
            None if location is None else names.places(location),
            None if partner is None else names.partner(partner),
            [kind_code(kind) for kind in kinds],
        )
        costs = _costs(ask, moved_items(ask.company_id, wanted))
        for row in movement_rows(ask.company_id, wanted):
            yield _line(row, costs.get(row.id, (0, 0)), wanted.locations, names)


def kind_code(kind: str) -> int:
    """The stored number of a kind; refused if there is no such kind."""
    if kind not in set(Kind):
        raise Refusal("kind.unknown", f"There is no kind {kind}.", f"Use one of: {', '.join(sorted(Kind))}.")
    return CODE[Kind(kind)]


def _costs(ask: Question, items: Collection[int]) -> dict[int, tuple[int, int]]:
    """Quantity and cost of every living fact of these items."""
    costs: dict[int, tuple[int, int]] = {}
    for replay in Replays(ask.company_id).histories(items, as_of=ask.as_of, position=ask.position):
        history = replay.history
        for fact in history.facts:
            ends = legs(fact, history.differences.get(fact.id, 0))
            costs[fact.id] = ends[-1][1], cost_of(history, fact)
        for covering, fact_id, amount in replay.true_ups:
            for at, change in ((covering, amount), (fact_id, -amount)):
                costs[at] = costs[at][0], costs[at][1] + change
    return costs


def cost_of(history: History, fact: Fact) -> int:
    """What a fact changed in the value of stock; of a transfer, what it brought to its target (or took from its source)."""
    entries = history.entries[fact.id]
    if fact.kind is not Kind.TRANSFER or fact.target is None:
        return sum(entry.amount for entry in entries)
    target = history.engine.pool_of(fact.target, fact.lot)
    if target is None:
        return -sum(entry.amount for entry in entries)
    return sum(entry.amount for entry in entries if entry.pool == target.id)


def _line(row: MovementRow, figures: tuple[int, int], places: Collection[int] | None, names: Names) -> MovementLine:
    kind = KINDS[row.kind]
    quantity, cost = figures
    location, target = row.target, None
    if kind is Kind.TRANSFER:
        location, target = row.source, row.target
        if places is not None and row.target not in places:
            quantity, cost = -quantity, -cost
    elif kind in OUTBOUND:
        location = row.source
    names.know_lots([row.lot])
    return MovementLine(
        effective_at=row.effective_at,
        recorded_at=row.recorded_at,
        kind=kind.value,
        reference=row.reference,
        item=names.items[row.item],
        location=names.locations[location],
        to_location=names.locations[target],
        lot=names.lot(row.lot),
        quantity=quantity,
        cost=cost,
        unit_price=row.unit_price,
        partner=names.partners[row.partner],
        document=row.document or "",
        source=row.channel,
        actor=row.actor or "",
    )
