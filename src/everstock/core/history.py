"""A stretch of one item's history in memory, into which late facts can be put.

A late fact changes entries of later facts; ``History.add`` replays from its instant on, stops as soon as the state is what it
was, and returns only the differences.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from operator import attrgetter
from typing import NamedTuple

from everstock.core.facts import RECEIPT_VALUE, Entry, Fact, Kind
from everstock.core.order import in_order
from everstock.core.replay import Engine, ItemState, Shortage, living, valuations

BEGINNING = -(2**62)
"""Before every moment."""
SNAPSHOT_EVERY = 64
"""Facts between two states kept in memory; a replay repeats about this many facts before the late one."""

_OWED_FOR = {Kind.RECEIPT, Kind.RETURN_OUT}
"""Facts whose contra account is what is owed to suppliers, which is explained by each of them."""
_ABOUT_GOODS = RECEIPT_VALUE | {Kind.RETURN_OUT, Kind.REVERSAL}

_AT = attrgetter("effective_at")
_SNAPSHOT_AT = attrgetter("at")


class Change(NamedTuple):
    """What a fact changed: entries to post (summed differences) and count differences; or why it cannot be."""

    entries: list[Entry]
    differences: dict[int, int]
    shortage: Shortage | None


class Snapshot(NamedTuple):
    """State after all facts up to and including the instant ``at``."""

    at: int
    state: ItemState


class _Undo(NamedTuple):
    facts: list[Fact]
    snapshots: list[Snapshot]
    state: ItemState
    values: dict[int, Fact]
    tracked: set[int]


class History:
    """Facts after the state ``start``, in processing order.

    ``facts`` must hold every fact of the item after ``start``, all facts linked to them, and the value facts and
    reversals that apply to them.
    """

    def __init__(self, engine: Engine, start: ItemState, facts: Iterable[Fact]) -> None:
        self.engine = engine
        self.start = start
        listed = list(facts)
        self.known = {fact.id: fact for fact in listed}
        alive = living(listed)
        self.values = {fact.id: fact for fact in alive if fact.kind in RECEIPT_VALUE}
        placed = [fact for fact in alive if fact.kind not in RECEIPT_VALUE]
        engine.valuations = valuations(self.values.values())
        engine.tracked = {fact.origin for fact in placed if fact.origin is not None}
        self.facts = in_order(placed, engine.pool_of)
        self.entries: dict[int, list[Entry]] = {}
        self.differences: dict[int, int] = {}
        self.snapshots: list[Snapshot] = []
        self.state = start
        self._replay(0, BEGINNING, start.copy(), {}, {})

    def add(self, fact: Fact) -> Change:
        """Put a fact in its place (or, for a reversal, take its origin out) and tell what changed.

        A fact that leaves a guarded balance below zero changes nothing; the change names the first shortage.
        Raises ``OverReturned`` (and changes nothing) if linked returns would exceed their origin.
        """
        undo = _Undo(self.facts, self.snapshots, self.state, self.values, self.engine.tracked)
        replaced: dict[int, list[Entry] | None] = {}
        found: dict[int, int | None] = {}
        self.engine.shortages = []
        try:
            start, at, gone = self._place(fact)
            state = self._state_before(start, at, undo)
            self.engine.shortages = []
            self._replay(start, at, state, replaced, found)
        except BaseException:
            self._undo(undo, replaced, found)
            raise
        if gone is not None:
            replaced[gone] = self.entries.pop(gone, None)
            found[gone] = self.differences.pop(gone, None)
        if self.engine.shortages:
            shortage = self.engine.shortages[0]
            self._undo(undo, replaced, found)
            return Change([], {}, shortage)
        self.known[fact.id] = fact
        changed = {count: self.differences.get(count, 0) - (was or 0) for count, was in found.items()}
        return Change(self._net(replaced, fact), {count: by for count, by in changed.items() if by}, None)

    def is_living(self, fact_id: int) -> bool:
        """Whether a fact of this stretch stands, that is, was not reversed."""
        known = self.known.get(fact_id)
        return known is not None and (
            fact_id in self.values or any(fact.id == fact_id for fact in self._at(known.effective_at))
        )

    def dependants(self, fact_id: int) -> list[Fact]:
        """Living facts that apply to a fact."""
        return [fact for fact in (*self.values.values(), *self.facts) if fact.origin == fact_id]

    def _at(self, moment: int) -> list[Fact]:
        low, high = self._span(moment)
        return self.facts[low:high]

    def _place(self, fact: Fact) -> tuple[int, int, int | None]:
        """Change the list of facts; (where to replay from: index and its moment, id of the fact that went)."""
        if fact.kind is Kind.REVERSAL:
            assert fact.origin is not None
            origin = self.known[fact.origin]
            if origin.kind in RECEIPT_VALUE:
                self._set_values({at: value for at, value in self.values.items() if at != origin.id})
                return (*self._instant(origin.origin), None)
            low, high = self._span(origin.effective_at)
            # without it, what waited for it may now stand before what it held up
            kept = in_order((fact for fact in self.facts[low:high] if fact.id != origin.id), self.engine.pool_of)
            self.facts = [*self.facts[:low], *kept, *self.facts[high:]]
            return low, origin.effective_at, origin.id
        if fact.kind in RECEIPT_VALUE:
            self._set_values({**self.values, fact.id: fact})
            return (*self._instant(fact.origin), None)
        low, high = self._span(fact.effective_at)
        before = self.facts[low:high]
        origins = () if fact.origin is None else (self.known[fact.origin],)
        after = in_order([*before, fact], self.engine.pool_of, origins)
        self.facts = [*self.facts[:low], *after, *self.facts[high:]]
        if fact.origin is not None and fact.origin not in self.engine.tracked:
            self.engine.tracked = {*self.engine.tracked, fact.origin}
            return (*self._instant(fact.origin), None)
        same = next((n for n, (old, new) in enumerate(zip(before, after, strict=False)) if old is not new), len(before))
        return low + same, fact.effective_at, None

    def _instant(self, fact_id: int | None) -> tuple[int, int]:
        """Index and moment of the instant of a fact."""
        assert fact_id is not None
        at = self.known[fact_id].effective_at
        return self._index(at), at

    def _index(self, at: int) -> int:
        return bisect_left(self.facts, at, key=_AT)

    def _span(self, at: int) -> tuple[int, int]:
        """First index of an instant and the one after its last."""
        return self._index(at), bisect_right(self.facts, at, key=_AT)

    def _set_values(self, values: dict[int, Fact]) -> None:
        self.values = values
        self.engine.valuations = valuations(values.values())

    def _state_before(self, index: int, at: int, undo: _Undo) -> ItemState:
        """A fresh state before ``facts[index]`` of the instant ``at``; what is before it was there before the change."""
        if index == len(undo.facts):
            return undo.state.copy()
        known = bisect_left(self.snapshots, at, key=_SNAPSHOT_AT)
        if known:
            snapshot = self.snapshots[known - 1]
            first, state = bisect_right(self.facts, snapshot.at, key=_AT), snapshot.state.copy()
        else:
            first, state = 0, self.start.copy()
        for fact in self.facts[first:index]:
            self.engine.apply(state, fact)
        return state

    def _replay(
        self,
        start: int,
        at: int,
        state: ItemState,
        replaced: dict[int, list[Entry] | None],
        found: dict[int, int | None],
    ) -> None:
        """Apply ``facts[start:]``, of the instant ``at`` and later, and stop where the state is again what it was.

        ``replaced`` and ``found`` take the entries and the count differences that were there before, where they change.
        """
        facts, apply, entries = self.facts, self.engine.apply, self.entries
        kept = bisect_left(self.snapshots, at, key=_SNAPSHOT_AT)
        snapshots, old = self.snapshots[:kept], self.snapshots[kept:]
        next_old, since = 0, 0
        for index in range(start, len(facts)):
            fact = facts[index]
            made = apply(state, fact)
            was = entries.get(fact.id)
            if made != was:
                replaced[fact.id] = was
                entries[fact.id] = made
            if fact.kind is Kind.COUNT:
                found.setdefault(fact.id, self.differences.get(fact.id))
                self.differences[fact.id] = self.engine.differences[fact.id]
            since += 1
            if index + 1 < len(facts) and facts[index + 1].effective_at == fact.effective_at:
                continue
            while next_old < len(old) and old[next_old].at < fact.effective_at:
                next_old += 1
            if next_old < len(old) and old[next_old].at == fact.effective_at:
                if old[next_old].state == state:
                    self.snapshots = snapshots + old[next_old:]
                    return
                since = SNAPSHOT_EVERY
            if since >= SNAPSHOT_EVERY:
                snapshots.append(Snapshot(fact.effective_at, state.copy()))
                since = 0
        self.snapshots = snapshots
        self.state = state

    def _undo(self, undo: _Undo, replaced: dict[int, list[Entry] | None], found: dict[int, int | None]) -> None:
        self.facts, self.snapshots, self.state = undo.facts, undo.snapshots, undo.state
        self.engine.tracked = undo.tracked
        self._set_values(undo.values)
        for count, difference in found.items():
            if difference is None:
                self.differences.pop(count, None)
            else:
                self.differences[count] = difference
        for fact_id, was in replaced.items():
            if was is None:
                self.entries.pop(fact_id, None)
            else:
                self.entries[fact_id] = was

    def _net(self, replaced: dict[int, list[Entry] | None], cause: Fact) -> list[Entry]:
        """New minus old, summed per pool, day, account and contra; the cause is the fact just added."""
        sums: dict[tuple[int, int, int, int, int], list[int]] = {}
        own = self._goods(cause)
        for fact_id, was in replaced.items():
            fact = self.known[fact_id]
            goods = self._goods(fact) if fact.kind in _OWED_FOR else own
            for sign, rows in ((-1, was or ()), (1, self.entries.get(fact_id, ()))):
                for pool, day, account, contra, quantity, amount, _, covered in rows:
                    affected = covered or (goods if contra == fact.contra else own)
                    total = sums.setdefault((pool, day, account, contra, affected), [0, 0])
                    total[0] += sign * quantity
                    total[1] += sign * amount
        return [
            Entry(pool, day, account, contra, quantity, amount, cause.id, None if affected == own else affected)
            for (pool, day, account, contra, affected), (quantity, amount) in sums.items()
            if quantity or amount
        ]

    def _goods(self, fact: Fact) -> int:
        """The fact that brought or took away the goods that a fact is about."""
        while fact.origin is not None and fact.kind in _ABOUT_GOODS:
            fact = self.known[fact.origin]
        return fact.id
