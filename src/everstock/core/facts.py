"""The facts and the entries that follow from them: plain frozen records of integers.

Units everywhere in ``core``: quantities in 10^-6 of the item's base unit, money in the currency's
minor unit, unit prices in 10^-6 of the currency's major unit, moments in microseconds since
1970-01-01 of the company's own (naive) clock, days in days since then.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

DAY = 86_400_000_000
"""Microseconds in a day."""


class Kind(StrEnum):
    """What a fact is. The first word a bookkeeper would use for it."""

    OPENING = "opening"
    RECEIPT = "receipt"
    RETURN_IN = "return_in"
    ADJUST_IN = "adjust_in"
    ISSUE = "issue"
    RETURN_OUT = "return_out"
    ADJUST_OUT = "adjust_out"
    WASTE = "waste"
    TRANSFER = "transfer"
    COUNT = "count"
    COST_CHANGE = "cost_change"
    LANDED_COST = "landed_cost"
    WRITE_DOWN = "write_down"
    REVALUATION = "revaluation"
    REVERSAL = "reversal"


INBOUND = frozenset({Kind.OPENING, Kind.RECEIPT, Kind.RETURN_IN, Kind.ADJUST_IN})
OUTBOUND = frozenset({Kind.ISSUE, Kind.RETURN_OUT, Kind.ADJUST_OUT, Kind.WASTE})
RECEIPT_VALUE = frozenset({Kind.COST_CHANGE, Kind.LANDED_COST})
"""Kinds that change the value of an earlier inbound fact, as if it had always been so."""
ON_HAND_VALUE = frozenset({Kind.WRITE_DOWN, Kind.REVALUATION})
"""Kinds that change the value of what is on hand at their moment."""


class Method(StrEnum):
    """How the cost of what leaves a pool is found."""

    FIFO = "fifo"
    LIFO = "lifo"
    AVERAGE = "average"
    STANDARD = "standard"
    SPECIFIC = "specific"


class Fact(NamedTuple):
    """One line of history about one item.

    ``id`` is the order of recording. ``source`` and ``target`` are locations: an inbound fact has only a
    target, an outbound one only a source, a transfer both; counts and on-hand value facts name their
    location as ``target``. ``quantity`` is positive; for a count it is what was counted; for value-only facts 0.
    ``value`` is the whole line's (inbound: ``None`` means "at current cost"; cost change: the new
    value; landed cost: what is added). ``unit_value`` is the new unit value of a write-down or revaluation.
    ``origin`` is the id of the fact returned, re-costed, charged or reversed. ``contra`` is the
    account on the other side of the stock account (a count has two: ``contra`` for shortage, ``contra_in`` for surplus).
    """

    id: int
    kind: Kind
    effective_at: int
    quantity: int
    contra: int
    source: int | None = None
    target: int | None = None
    lot: int | None = None
    value: int | None = None
    unit_value: int | None = None
    origin: int | None = None
    contra_in: int | None = None


class Pool(NamedTuple):
    """Where costs are kept together, and the accounts its value lives in.

    ``transfer`` is a clearing account: both legs of a transfer go through it, so it is always zero.
    """

    id: int
    inventory: int
    allowance: int
    price_difference: int
    transfer: int


PoolOf = Callable[[int, int | None], Pool | None]
"""From (location, lot) to the pool; ``None`` for a location that carries no value."""


class Policy(NamedTuple):
    """How one item is costed. ``standard_cost`` is a unit price; ``minor_per_major`` is 100 for most currencies."""

    method: Method
    minor_per_major: int = 100
    standard_cost: int | None = None


class Entry(NamedTuple):
    """A change of a pool and, in the same row, its journal entry: debit ``account``, credit ``contra`` by ``amount``.

    A negative amount is the other way round, so no entry can fail to balance. ``quantity`` is the
    pool's change. ``fact`` is what caused it. ``affected`` is another fact whose amount this changes: one that left before its goods were there
    and has its true cost now, or the receipt or supplier return of which more or less is owed now (unless ``fact`` applies to it).
    """

    pool: int
    day: int
    account: int
    contra: int
    quantity: int
    amount: int
    fact: int
    affected: int | None = None
