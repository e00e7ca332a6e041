"""Random histories of one item for Hypothesis: any kind of fact, in any order of recording, always well-formed.

Every fact is built from eight bytes, so that drawing is cheap and shrinking simple: all zero is no fact at all, and a smaller
byte means an earlier choice from a list. What the bytes ask for is bent until it is well-formed, or dropped.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from hypothesis import strategies as st

from everstock.core.facts import DAY, INBOUND, OUTBOUND, RECEIPT_VALUE, Fact, Kind, Method, Policy, Pool
from everstock.core.naive import Replay, replay

FIRST_BIN, SECOND_BIN, BRANCH, TRANSIT, CONSIGNMENT = 1, 2, 3, 4, 5
VALUED = (FIRST_BIN, SECOND_BIN, BRANCH, TRANSIT)
ANYWHERE = (*VALUED, CONSIGNMENT)
UNIT = 1_000_000

QUANTITIES = (1 * UNIT, 2 * UNIT, 3 * UNIT, 7 * UNIT, 10 * UNIT, 1, 2, 333_333, 1_000_000 * UNIT + 1, 45 * UNIT // 10)
VALUES = (100, 0, 1, 2, 3, 7, 999, 1000, 12_345, 10**9)
UNIT_PRICES = (UNIT, 0, 1, 500_000, 2 * UNIT, 3_333_333, 12_345_678, 10**10)
MOMENTS = (None, 10 * 3600 * UNIT, 15 * 3600 * UNIT, None)
"""Moments of a day; ``None`` is a fact known only by its day."""
DAYS = 4

CONTRA = {kind: 200 + 10 * number for number, kind in enumerate(Kind)}
"""The usual contra account of a kind; the one after it is a second one of the same kind."""


class Scope(StrEnum):
    """What shares a pool."""

    ITEM = "item"
    WAREHOUSE = "warehouse"


@dataclass(frozen=True)
class Places:
    """The locations of the histories: two bins of a main warehouse, a branch, goods in transit, consigned goods."""

    scope: Scope = Scope.ITEM
    lot_is_pool: bool = False

    def pool_of(self, location: int, lot: int | None) -> Pool | None:
        """Item scope: everything internal in one pool, and transit apart as it has its own inventory account."""
        if location not in VALUED:
            return None
        group = {FIRST_BIN: 1, SECOND_BIN: 1, BRANCH: 2, TRANSIT: 3}[location]
        if self.scope is Scope.ITEM and group == 2:
            group = 1
        number = group * 10 + (lot or 0) if self.lot_is_pool else group * 10
        inventory = 101 if location == TRANSIT else 100
        return Pool(number, inventory=inventory, allowance=110, price_difference=120, transfer=130)

    def stock(self, location: int) -> bool:
        """Whether the location holds stock."""
        return location in ANYWHERE


class History(NamedTuple):
    """The facts of one item in order of recording, and how they are costed."""

    facts: list[Fact]
    policy: Policy
    places: Places

    def replay(self) -> Replay:
        """The figures by the naive replay."""
        return replay(self.facts, self.policy, self.places.pool_of, self.places.stock)


class Draw(NamedTuple):
    """Eight bytes, by what they decide."""

    what: int
    when: int
    where: int
    whither: int
    quantity: int
    value: int
    which: int
    extra: int


@dataclass
class Builder:
    """Builds a history fact by fact."""

    policy: Policy
    places: Places
    lots: tuple[int | None, ...]
    feasible: bool
    facts: list[Fact] = field(default_factory=list)
    living: dict[int, Fact] = field(default_factory=dict)
    dependants: Counter[int] = field(default_factory=Counter)
    returned: Counter[int] = field(default_factory=Counter)
    on_hand: Counter[tuple[int, int | None]] = field(default_factory=Counter)
    """Roughly: as if the facts came in order of recording. Only guides the choice of quantities."""

    def add(self, draw: Draw) -> None:
        """Add the fact that the bytes ask for, if there can be one, at the last moment of all if not at its own."""
        fact = ACTS[draw.what % len(ACTS)](self, draw)
        if fact is None:
            return
        if self.fits(fact):
            self.accept(fact)
        elif fact.kind is not Kind.REVERSAL:
            late = fact._replace(effective_at=DAYS * DAY - 1)
            if self.fits(late):
                self.accept(late)

    def fits(self, fact: Fact) -> bool:
        """Where stock must not go below zero: whether it does not, at any moment."""
        if not self.feasible or fact.kind in RECEIPT_VALUE:
            return True
        result = replay([*self.facts, fact], self.policy, self.places.pool_of, self.places.stock)
        return all(lowest >= 0 for lowest, _ in result.lowest.values())

    def accept(self, fact: Fact) -> None:
        """Record the fact and what follows from it for later choices."""
        self.facts.append(fact)
        if fact.kind is Kind.REVERSAL and fact.origin is not None:
            self.forget(self.living.pop(fact.origin))
            return
        self.living[fact.id] = fact
        if fact.origin is not None:
            self.dependants[fact.origin] += 1
            self.returned[fact.origin] += fact.quantity
        if fact.kind is Kind.COUNT and fact.target is not None:
            self.on_hand[fact.target, fact.lot] = fact.quantity
        else:
            self.shift(fact, 1)

    def forget(self, fact: Fact) -> None:
        """What follows from a reversed fact is gone."""
        if fact.origin is not None:
            self.dependants[fact.origin] -= 1
            self.returned[fact.origin] -= fact.quantity
        if fact.kind is not Kind.COUNT:
            self.shift(fact, -1)

    def shift(self, fact: Fact, sign: int) -> None:
        """The rough balances after the fact."""
        if fact.source is not None:
            self.on_hand[fact.source, fact.lot] -= sign * fact.quantity
        if fact.target is not None:
            self.on_hand[fact.target, fact.lot] += sign * fact.quantity

    # choices

    def moment(self, kind: Kind, draw: Draw) -> int:
        """One of few moments, so that many collide."""
        day = draw.when // len(MOMENTS) % DAYS * DAY
        moment = MOMENTS[draw.when % len(MOMENTS)]
        if moment is not None:
            return day + moment
        return day if kind in INBOUND else day + DAY - 1

    def lot(self, draw: Draw) -> int | None:
        return self.lots[draw.extra // 16 % len(self.lots)]

    def place(self, choices: tuple[int, ...], byte: int) -> int:
        """The first places more often."""
        return choices[min(byte % 8, byte // 8 % 8) % len(choices)]

    def source(self, choices: tuple[int, ...], draw: Draw, lot: int | None) -> int:
        """Mostly a place where there is something."""
        stocked = tuple(place for place in choices if self.on_hand[place, lot] > 0)
        return self.place(choices if draw.where >= 224 or not stocked else stocked, draw.where)

    def leaving(self, draw: Draw, location: int, lot: int | None, limit: int | None = None) -> int:
        """A quantity to leave: all there is, a part of it, or whatever; not more than the limit."""
        there = self.on_hand[location, lot]
        quantity = QUANTITIES[draw.quantity // 4 % len(QUANTITIES)]
        if there > 0 and draw.quantity % 4 < 3:
            quantity = (min(quantity, there), there, (there + 1) // 2)[draw.quantity % 4]
        return quantity if limit is None else min(quantity, limit)

    def value(self, draw: Draw, quantity: int) -> int:
        """The value of a line: odd amounts, or a unit price times the quantity."""
        if draw.value % 2:
            return VALUES[draw.value // 2 % len(VALUES)]
        price = UNIT_PRICES[draw.value // 2 % len(UNIT_PRICES)]
        return quantity * price * self.policy.minor_per_major // 10**12

    def pick(self, draw: Draw, fits: Callable[[Fact], bool]) -> Fact | None:
        """A living fact, the latest recorded first."""
        candidates = [fact for fact in reversed(self.living.values()) if fits(fact)]
        return candidates[draw.which % len(candidates)] if candidates else None

    @property
    def next_id(self) -> int:
        return len(self.facts) + 1


def contra(kind: Kind, draw: Draw) -> int:
    """One of two accounts of the kind."""
    return CONTRA[kind] + (draw.extra % 4 == 3)


def inbound(kind: Kind, without_value: int) -> Callable[[Builder, Draw], Fact]:
    """A maker of unlinked inbound facts, one of ``without_value`` of them at current cost."""

    def make(builder: Builder, draw: Draw) -> Fact:
        places = VALUED if kind is Kind.RETURN_IN else ANYWHERE
        quantity = QUANTITIES[draw.quantity % len(QUANTITIES)]
        at_current_cost = draw.which % without_value == without_value - 1
        return Fact(
            id=builder.next_id,
            kind=kind,
            effective_at=builder.moment(kind, draw),
            quantity=quantity,
            contra=contra(kind, draw),
            target=builder.place(places, draw.where),
            lot=builder.lot(draw),
            value=None if at_current_cost else builder.value(draw, quantity),
        )

    return make


def outbound(kind: Kind) -> Callable[[Builder, Draw], Fact]:
    """A maker of unlinked outbound facts."""

    def make(builder: Builder, draw: Draw) -> Fact:
        places = VALUED if kind in (Kind.ISSUE, Kind.WASTE) else ANYWHERE
        lot = builder.lot(draw)
        location = builder.source(places, draw, lot)
        return Fact(
            id=builder.next_id,
            kind=kind,
            effective_at=builder.moment(kind, draw),
            quantity=builder.leaving(draw, location, lot),
            contra=contra(kind, draw),
            source=location,
            lot=lot,
        )

    return make


def customer_return(builder: Builder, draw: Draw) -> Fact | None:
    """A linked customer return: of what was issued, wasted, adjusted out or sent back."""

    def fits(fact: Fact) -> bool:
        return fact.kind in OUTBOUND and fact.source in VALUED and builder.returned[fact.id] < fact.quantity

    origin = builder.pick(draw, fits)
    if origin is None:
        return None
    left = origin.quantity - builder.returned[origin.id]
    part = (left, (left + 1) // 2, min(left, UNIT), (left + 2) // 3)[draw.quantity % 4]
    home = origin.source if draw.where % 2 else builder.place(VALUED, draw.where)
    return Fact(
        id=builder.next_id,
        kind=Kind.RETURN_IN,
        effective_at=max(builder.moment(Kind.RETURN_IN, draw), origin.effective_at),
        quantity=part,
        contra=origin.contra,
        target=home,
        lot=origin.lot,
        value=7 if draw.value % 8 == 7 else None,
        origin=origin.id,
    )


def supplier_return(builder: Builder, draw: Draw) -> Fact | None:
    """A linked supplier return: of an inbound fact that is not itself a linked return."""

    def fits(fact: Fact) -> bool:
        return fact.kind in INBOUND and fact.origin is None and builder.returned[fact.id] < fact.quantity

    origin = builder.pick(draw, fits)
    if origin is None or origin.target is None:
        return None
    moved = draw.where % 4 == 3 and origin.target in VALUED
    location = builder.place(VALUED, draw.whither) if moved else origin.target
    left = origin.quantity - builder.returned[origin.id]
    return Fact(
        id=builder.next_id,
        kind=Kind.RETURN_OUT,
        effective_at=max(builder.moment(Kind.RETURN_OUT, draw), origin.effective_at),
        quantity=builder.leaving(draw, location, origin.lot, limit=left),
        contra=origin.contra,
        source=location,
        lot=origin.lot,
        origin=origin.id,
    )


def transfer(builder: Builder, draw: Draw) -> Fact | None:
    """A transfer; from consigned goods it may have a value."""
    lot = builder.lot(draw)
    source = builder.source(ANYWHERE, draw, lot)
    target = ANYWHERE[draw.whither % len(ANYWHERE)]
    if source == target:
        return None
    quantity = builder.leaving(draw, source, lot)
    valued = source == CONSIGNMENT and draw.which % 4 < 3
    return Fact(
        id=builder.next_id,
        kind=Kind.TRANSFER,
        effective_at=builder.moment(Kind.TRANSFER, draw),
        quantity=quantity,
        contra=contra(Kind.TRANSFER, draw),
        source=source,
        target=target,
        lot=lot,
        value=builder.value(draw, quantity) if valued else None,
    )


def count(builder: Builder, draw: Draw) -> Fact:
    """A count of what may be there, a little more or less, or anything."""
    location, lot = builder.place(ANYWHERE, draw.where), builder.lot(draw)
    there = max(builder.on_hand[location, lot], 0)
    counted = (there, there + UNIT, max(there - UNIT, 0), there // 2, 0, QUANTITIES[draw.value % len(QUANTITIES)])
    return Fact(
        id=builder.next_id,
        kind=Kind.COUNT,
        effective_at=builder.moment(Kind.COUNT, draw),
        quantity=counted[draw.quantity % len(counted)],
        contra=CONTRA[Kind.ADJUST_OUT],
        contra_in=CONTRA[Kind.ADJUST_IN],
        target=location,
        lot=lot,
    )


def receipt_value(kind: Kind) -> Callable[[Builder, Draw], Fact | None]:
    """A maker of landed costs and cost changes."""

    def make(builder: Builder, draw: Draw) -> Fact | None:
        origin = builder.pick(draw, lambda fact: fact.kind in INBOUND and fact.origin is None)
        if origin is None:
            return None
        return Fact(
            id=builder.next_id,
            kind=kind,
            effective_at=max(builder.moment(kind, draw), origin.effective_at),
            quantity=0,
            contra=contra(kind, draw) if kind is Kind.LANDED_COST else origin.contra,
            value=builder.value(draw, origin.quantity),
            origin=origin.id,
        )

    return make


def on_hand_value(kind: Kind) -> Callable[[Builder, Draw], Fact]:
    """A maker of write-downs and revaluations."""

    def make(builder: Builder, draw: Draw) -> Fact:
        return Fact(
            id=builder.next_id,
            kind=kind,
            effective_at=builder.moment(kind, draw),
            quantity=0,
            contra=contra(kind, draw),
            target=builder.place(VALUED, draw.where),
            lot=builder.lot(draw),
            unit_value=UNIT_PRICES[draw.value % len(UNIT_PRICES)],
        )

    return make


def reversal(builder: Builder, draw: Draw) -> Fact | None:
    """A reversal of a fact to which no living fact applies."""
    origin = builder.pick(draw, lambda fact: not builder.dependants[fact.id])
    if origin is None:
        return None
    return Fact(
        id=builder.next_id,
        kind=Kind.REVERSAL,
        effective_at=origin.effective_at,
        quantity=0,
        contra=origin.contra,
        origin=origin.id,
    )


def nothing(builder: Builder, draw: Draw) -> None:
    """No fact."""


Act = Callable[[Builder, Draw], Fact | None]
RECEIPT: Act = inbound(Kind.RECEIPT, without_value=16)
ISSUE: Act = outbound(Kind.ISSUE)
ACTS: tuple[Act, ...] = (
    nothing,
    *(RECEIPT,) * 6,
    *(ISSUE,) * 5,
    inbound(Kind.OPENING, without_value=16),
    inbound(Kind.ADJUST_IN, without_value=2),
    *(inbound(Kind.RETURN_IN, without_value=2),) * 2,
    outbound(Kind.WASTE),
    outbound(Kind.ADJUST_OUT),
    outbound(Kind.RETURN_OUT),
    *(customer_return,) * 3,
    *(supplier_return,) * 3,
    *(transfer,) * 6,
    *(count,) * 3,
    *(receipt_value(Kind.LANDED_COST),) * 2,
    *(receipt_value(Kind.COST_CHANGE),) * 3,
    *(on_hand_value(Kind.WRITE_DOWN),) * 3,
    *(on_hand_value(Kind.REVALUATION),) * 2,
    *(reversal,) * 3,
)


def histories(method: Method | None = None, *, feasible: bool = False, size: int = 40) -> st.SearchStrategy[History]:
    """Histories of at most ``size`` facts, under one method or any; feasible ones never go below zero as facts arrive."""
    return st.builds(
        build,
        method=st.sampled_from(Method) if method is None else st.just(method),
        places=st.sampled_from(Scope),
        minor_per_major=st.sampled_from((100, 100, 1, 1000)),
        standard_cost=st.sampled_from((None, None, *UNIT_PRICES)),
        with_lots=st.booleans(),
        feasible=st.just(feasible),
        draws=st.lists(st.binary(min_size=8, max_size=8), min_size=size // 2, max_size=size),
    )


def build(
    method: Method,
    places: Scope,
    minor_per_major: int,
    standard_cost: int | None,
    with_lots: bool,
    feasible: bool,
    draws: list[bytes],
) -> History:
    """A history from what was drawn."""
    specific = method is Method.SPECIFIC
    builder = Builder(
        policy=Policy(method, minor_per_major, standard_cost),
        places=Places(places, lot_is_pool=specific),
        lots=(1, 2) if specific else (None, None, 1) if with_lots else (None,),
        feasible=feasible,
    )
    for draw in draws:
        builder.add(Draw(*draw))
    return History(builder.facts, builder.policy, builder.places)
