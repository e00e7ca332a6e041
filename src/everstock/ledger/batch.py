"""One batch of documents in memory: facts applied to the books of their items, rows collected for one write.

The books of an item are either its state at the end of its history (the common case: the new fact is the last one) or a
stretch of that history (a late, linked or correcting fact changes what followed).
"""

from collections.abc import Iterable
from typing import Any

from everstock.core.costing.state import EMPTY, dump
from everstock.core.facts import INBOUND, RECEIPT_VALUE, Entry, Fact, Kind
from everstock.core.history import SNAPSHOT_EVERY, Change, History
from everstock.core.order import INBOUND_RANK, OUTGOING_RANK, SAME_INSTANT_RETURN_RANK
from everstock.core.replay import Engine, ItemState, Shortage
from everstock.ledger.books import Books
from everstock.ledger.codes import CODE
from everstock.ledger.database import COLUMNS, integers
from everstock.ledger.histories import engine_for
from everstock.ledger.lines import Document, JournalLine, Line

CHECKPOINT_EVERY = 256
"""Facts of an item between two stored states; a late fact replays at most about this many before it."""


def place_of(kind: Kind, at: int) -> tuple[int, int]:
    """Where a fact stands in the order of its item, as far as its own words tell."""
    return at, INBOUND_RANK if kind in INBOUND else OUTGOING_RANK


def is_next(last: tuple[int, int], kind: Kind, at: int) -> bool:
    """Whether a fact comes after everything known of its item, so that the state is all it needs.

    A transfer at the same instant as something that left may have to go before it, and is no such fact.
    """
    place = place_of(kind, at)
    return place > last or (place == last and kind is not Kind.TRANSFER)


class ItemBook:
    """One item during a batch. ``last``: the last place in its order; ``since_checkpoint``: facts since the last checkpoint."""

    def __init__(self, books: Books, item: int, last: tuple[int, int], since_checkpoint: int) -> None:
        self.item = item
        self.last = last
        self.since_checkpoint = since_checkpoint
        self.checkpoint_at: int | None = None
        self.state = ItemState()
        self.engine: Engine = engine_for(books, item)
        self.history: History | None = None
        self.changed_since: int | None = None
        self._posted = False

    def continued(self, books: Books) -> "ItemBook":
        """The book of the next batch, which begins where this one ended."""
        book = ItemBook(books, self.item, self.last, self.since_checkpoint)
        book.state = ItemState(dict(self.state.pools), dict(self.state.balances))
        return book

    def attach(self, history: History) -> None:
        """Work on a stretch of history from now on."""
        self.history, self.engine, self.state = history, history.engine, history.state

    def post(self, fact: Fact) -> Change:
        """Apply a fact; without a history it must be the next one."""
        history = self.history
        change = self._insert(history, fact) if history is not None else self._apply(fact)
        if change.shortage is None and fact.kind is not Kind.REVERSAL and fact.kind not in RECEIPT_VALUE:
            self._advance(fact)
        return change

    def _apply(self, fact: Fact) -> Change:
        engine, source = self.engine, fact.source
        if source is not None and engine.stock(source):
            # the last fact can only fall short at its own place and moment: look before anything changes
            balance = self.state.balances.get((source, fact.lot), 0) - fact.quantity
            if balance < 0:
                return Change([], {}, Shortage(fact, (source, fact.lot), balance))
        entries = engine.apply(self.state, fact)
        differences = {fact.id: engine.differences.pop(fact.id)} if fact.kind is Kind.COUNT else {}
        return Change(entries, differences, None)

    def _insert(self, history: History, fact: Fact) -> Change:
        change = history.add(fact)
        if change.shortage is None:
            since = self._changed_from(history, fact)
            self.changed_since = since if self.changed_since is None else min(since, self.changed_since)
            self.state = history.state
        return change

    @staticmethod
    def _changed_from(history: History, fact: Fact) -> int:
        if fact.kind is Kind.REVERSAL or fact.kind in RECEIPT_VALUE:
            origin = history.known[fact.origin or 0]
            if origin.kind in RECEIPT_VALUE:
                origin = history.known[origin.origin or 0]
            return origin.effective_at
        return fact.effective_at

    def _advance(self, fact: Fact) -> None:
        due = self.since_checkpoint >= CHECKPOINT_EVERY and fact.effective_at > self.last[0]
        if due and not self._posted and self.history is None:
            # the stored state is the one after all facts up to the last instant: keep it
            self.checkpoint_at = self.last[0]
            self.since_checkpoint = 0
        self._posted = True
        self.since_checkpoint += 1
        place = place_of(fact.kind, fact.effective_at)
        linked = fact.kind is Kind.RETURN_IN and fact.origin is not None
        # a second transfer of an instant may close a circle, and before what waits for a circle may go what is posted later
        if linked or (fact.kind is Kind.TRANSFER and place == self.last):
            place = fact.effective_at, SAME_INSTANT_RETURN_RANK
        self.last = max(self.last, place)

    def new_checkpoints(self) -> Iterable[tuple[int, int, int, str]]:
        """Checkpoints to store instead of those a late fact made wrong: (item, at, pool, state).

        None at the last instant: more may happen then, as the next fact, and the checkpoint would miss it.
        """
        assert self.history is not None
        assert self.changed_since is not None
        later = [known for known in self.history.snapshots if self.changed_since <= known.at < self.last[0]]
        for snapshot in later[:: CHECKPOINT_EVERY // SNAPSHOT_EVERY]:
            for pool, state in snapshot.state.pools.items():
                yield self.item, snapshot.at, pool, integers(dump(state))


class Batch:
    """Collects the rows of a batch; see ``ledger_write`` for their columns."""

    def __init__(self, locked: list[tuple[int, int]]) -> None:
        self.rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
        self.locked = locked
        self._posted_on: dict[int, int] = {}
        self._line = 0

    def posted_on(self, day: int) -> int:
        """The day of the books for an effective day: the day itself, or the first open one after it."""
        found = self._posted_on.get(day)
        if found is None:
            found = day
            for first, last in self.locked:
                if first <= found <= last:
                    found = last + 1
            self._posted_on[day] = found
        return found

    def posting(self, document: Document) -> int:
        """Begin a posting; returns its number in the batch, from 1."""
        self.rows["postings"].append((document.recorded_at, document.source, document.reference, document.actor))
        self._line = 0
        return len(self.rows["postings"])

    def journal(self, posting: int, lines: Iterable[JournalLine]) -> None:
        """Add entries that move nothing to a posting. Where all are of nothing, one of them stays: it says on which day that was."""
        rows = self.rows["entries"]
        given = list(lines)
        for account, contra, amount, day in [line for line in given if line.amount] or given[:1]:
            self._line += 1
            rows.append((posting, self._line, None, None, None, day, self.posted_on(day), account, contra, 0, amount))

    def entries(self, posting: int, entries: Iterable[Entry]) -> None:
        """Add entries to a posting."""
        rows = self.rows["entries"]
        for pool, day, account, contra, quantity, amount, fact, affected in entries:
            self._line += 1
            posted_on = self.posted_on(day)
            rows.append((posting, self._line, fact, affected, pool, day, posted_on, account, contra, quantity, amount))

    def movement(
        self, posting: int, line: Line, fact: Fact, source: int | None, target: int | None, content: int
    ) -> None:
        """Add the row of a fact. ``source`` and ``target`` include partner locations."""
        self.rows["movements"].append(
            (
                *(fact.id, posting, line.item, CODE[fact.kind], fact.effective_at, fact.quantity, source, target),
                *(fact.lot, fact.contra, fact.contra_in, fact.value, fact.unit_value, fact.origin),
                *(line.unit_price, line.partner, line.reference, content, line.details),
            )
        )

    def differences(self, posting: int, item: int, counts: dict[int, Fact], changes: dict[int, int]) -> None:
        """Add what counts found, or found differently than before."""
        for count_id, quantity in changes.items():
            if quantity:
                count = counts[count_id]
                self.rows["differences"].append(
                    (posting, count_id, item, count.target, count.lot, count.effective_at, quantity)
                )

    def states(self, book: ItemBook, before: ItemState) -> None:
        """Add the final state of an item: pools and balances that changed, its clock, a checkpoint if due."""
        after = book.state
        for pool in before.pools.keys() - after.pools.keys():  # their only facts were reversed
            after.pools[pool] = EMPTY
        for pool, state in after.pools.items():
            if state is not before.pools.get(pool) and state != before.pools.get(pool):
                self.rows["pools"].append((pool, state.quantity, state.value, integers(dump(state))))
        for (location, lot), quantity in after.balances.items():
            if quantity != before.balances.get((location, lot)):
                self.rows["balances"].append((book.item, location, lot or 0, quantity))
        self.rows["clocks"].append((book.item, *book.last, book.since_checkpoint))
        if book.checkpoint_at is not None:
            self.rows["checkpoints"].append((book.item, book.checkpoint_at))
        if book.changed_since is not None:
            self.rows["wrong_checkpoints"].append((book.item, book.changed_since))
            self.rows["new_checkpoints"].extend(book.new_checkpoints())
