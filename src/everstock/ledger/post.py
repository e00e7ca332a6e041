"""Posting: read under locks, compute in ``core``, write once. The only way a fact gets into the books."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple, Self

import psycopg
from django.db import connection, transaction

from everstock.core.costing.state import load
from everstock.core.facts import DAY, ON_HAND_VALUE, RECEIPT_VALUE, Fact, Kind
from everstock.core.history import BEGINNING, Change
from everstock.core.problems import Refusal
from everstock.core.replay import ItemState, OverReturned, Shortage
from everstock.ledger import database, refusals
from everstock.ledger.batch import Batch, ItemBook, is_next, place_of
from everstock.ledger.books import Accounts, Books, ItemInfo, books_are_known, books_of
from everstock.ledger.histories import load_histories
from everstock.ledger.lines import Document, Line
from everstock.ledger.origins import Origin, find_origins
from everstock.ledger.statements import flush

OnRefusal = Callable[[Line, Refusal], None]

_CLOCK_SKEW = 60_000_000
"""Microseconds by which the clocks of two posting processes may differ."""
_FEW = 500
"""Lines up to which a batch is written and committed in one call."""
_NO_LOCATIONS = ON_HAND_VALUE | RECEIPT_VALUE | {Kind.COUNT}
"""Kinds whose reversal moves nothing by itself."""


class Posted(NamedTuple):
    """What a batch did: positions of its postings, lines posted, lines that were already there."""

    positions: list[int]
    lines: int
    repeated: int


def post(company_id: int, document: Document) -> Posted:
    """Post one document in one transaction, or raise ``Refusal`` and change nothing."""
    return post_all(company_id, [document])


class Ready(NamedTuple):
    """A posting that is computed and not written: ``arguments`` of ``ledger_write`` after the company, for ``lines`` lines."""

    lines: int
    arguments: list[str]


def ready(company_id: int, *documents: Document, known: Mapping[str, Any] | None = None) -> Ready:
    """Compute what ``post_all`` would write, for a caller whose own statement writes it, in the same transaction and before anything else is posted.

    The statement calls ``ledger_write``, which returns the positions (one for each document that posts anything, in their order), inside ``errors_as_refusals``. Refuses what ``post`` refuses; lines that
    were posted before are a mistake of the caller. ``known``: what ``ledger_read_company`` or ``ledger_read_ahead`` answered in this transaction,
    before it wrote anything; where that is enough, nothing is asked again.
    """
    assert connection.in_atomic_block
    with errors_as_refusals():
        posting = _computed(company_id, documents, None, known)
    assert not posting.repeated
    return Ready(posting.posted, database.arguments(posting.rows()))


def post_all(
    company_id: int,
    documents: Sequence[Document],
    *,
    on_refusal: OnRefusal | None = None,
) -> Posted:
    """Post documents in this order, in one transaction.

    With ``on_refusal`` a refused line is reported and left out, so that a caller can list every bad line before it rolls
    back; without, the first ``Refusal`` is raised and nothing is changed. Documents with journal lines are posted whole or not at
    all, so ``on_refusal`` is not for them.
    """
    assert on_refusal is None or not any(document.journal for document in documents)
    if not any(document.lines or document.journal for document in documents):
        return Posted([], 0, 0)
    outermost = not connection.in_atomic_block
    # inside the transaction of a caller no savepoint: what is refused was refused before anything of it was written
    with errors_as_refusals(), transaction.atomic() if outermost else nullcontext():
        posting = _computed(company_id, documents, on_refusal)
        positions = posting.write(commit=outermost)() if posting.batch.rows["postings"] else []
        if posting.repeated and not positions:
            flush()  # whoever posted it may still be waiting for the disk
    return Posted(positions, posting.posted, posting.repeated)


def _computed(
    company_id: int,
    documents: Sequence[Document],
    on_refusal: OnRefusal | None,
    known: Mapping[str, Any] | None = None,
) -> "_Posting":
    if not books_are_known(company_id):
        # before any row is written that another one may wait for
        database.lock_company(company_id, exclusive=False)
    return _prepared(books_of(company_id), documents, on_refusal, known=known)


class Stream:
    """Posts batch after batch in the transaction of the caller: an import, which locks items in the order of a file.

    It keeps other postings of the company out until that transaction ends. While the server writes a batch the next one is
    computed, from what is in memory of the one being written. To be used in a ``with``, at whose end everything is written.
    """

    def __init__(self, company_id: int) -> None:
        self._company_id = company_id
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._writing: Future[list[int]] | None = None
        self.unwritten: _Posting | None = None
        database.lock_company(company_id, exclusive=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.settle()
            else:
                # of two errors this one came first: the transaction was broken from then on
                self.wait()
        finally:
            self._thread.shutdown()

    def post(self, documents: Sequence[Document], on_refusal: OnRefusal) -> Posted:
        """Like ``post_all``, but the positions are not known yet (and not told)."""
        posting = _prepared(books_of(self._company_id), documents, on_refusal, self)
        self.write()
        if posting.posted:
            self.unwritten = posting
        return Posted([], posting.posted, posting.repeated)

    def write(self) -> None:
        """Let the server begin to write the last batch. Until it is done, nothing may ask the ledger."""
        unwritten, self.unwritten = self.unwritten, None
        if unwritten is not None:
            self._writing = self._thread.submit(unwritten.write())

    def wait(self) -> None:
        """Wait until what was begun is written."""
        writing, self._writing = self._writing, None
        if writing is not None:
            with errors_as_refusals():
                writing.result()

    def settle(self) -> None:
        """Have everything written: before the ledger is asked about anything but what ``_Posting`` knows better."""
        self.wait()
        self.write()
        self.wait()


@contextmanager
def errors_as_refusals() -> Iterator[None]:
    """Say in words what the tables refuse: a reference that came in elsewhere at the same moment, a number that is too large."""
    try:
        yield
    except psycopg.errors.UniqueViolation:
        raise refusals.taken_meanwhile() from None
    except psycopg.errors.NumericValueOutOfRange:
        raise refusals.too_large() from None


def _prepared(
    books: Books,
    documents: Sequence[Document],
    on_refusal: OnRefusal | None,
    stream: Stream | None = None,
    known: Mapping[str, Any] | None = None,
) -> "_Posting":
    for _ in range(3):
        posting = _Posting(books, documents, on_refusal, stream, known)
        try:
            posting.prepare()
        except _Stale:
            books.reload()
            known = None
        else:
            return posting
    raise AssertionError("the settings of the company changed while they were locked")


class _Stale(Exception):
    """What this process remembered of the company is no longer so."""


class _Posting:
    """One run over a batch. Lines are known by their number in the batch, from 0."""

    def __init__(
        self,
        books: Books,
        documents: Sequence[Document],
        on_refusal: OnRefusal | None,
        stream: Stream | None,
        known: Mapping[str, Any] | None,
    ) -> None:
        self.books = books
        self.stream = stream
        self.known = known
        self.documents = documents
        self.on_refusal = on_refusal
        self.lines = [line for document in documents for line in document.lines]
        self.recorded = [document.recorded_at for document in documents for _ in document.lines]
        self.refused: set[int] = set()
        self.accounts: dict[int, Accounts] = {}
        self.moments: dict[int, int] = {}
        self.item_books: dict[int, ItemBook] = {}
        self.before: dict[int, ItemState] = {}
        self.counts: dict[int, Fact] = {}
        self.origin_of: dict[int, Origin] = {}
        self.posted = self.repeated = 0

    def prepare(self) -> None:
        """Everything but the write."""
        self.books.begin()
        self.contents = [line.content() for line in self.lines]
        refusals.check_journal(self.books, [line for document in self.documents for line in document.journal])
        self._find_locations()
        self._find_items()
        self._resolve()
        self.wanted = {line.applies_to for line in self.lines if line.applies_to is not None}
        if self.wanted:
            self._settle()
        elif self.stream is not None:
            self.stream.wait()
        self.origins = find_origins(self.books.company_id, self.wanted)
        self._read()
        if self.stream is not None:
            self.stream.write()
        self._settle_moments()
        number = 0
        for document in self.documents:
            number = self._post_document(document, number)

    def _settle(self) -> None:
        if self.stream is not None:
            self.stream.settle()

    def _refuse(self, number: int, refusal: Refusal) -> None:
        if self.on_refusal is None:
            raise refusal
        self.refused.add(number)
        self.on_refusal(self.lines[number], refusal)

    # --- before the locks: what never changes

    def _find_locations(self) -> None:
        """Locations created since the books were loaded are learned; a line with an unknown one is refused."""
        known = self.books.location_codes
        places = [(line.location, line.to_location, line.partner_location) for line in self.lines]
        if any(place not in known for some in places for place in some if place is not None):
            self.books.reload()
            known = self.books.location_codes
            for number, some in enumerate(places):
                if any(place not in known for place in some if place is not None):
                    self._refuse(number, refusals.unknown_location())

    def _find_items(self) -> None:
        missing = {line.item for line in self.lines} - self.books.items.keys()
        if missing:
            with database.cursor() as run:
                run.execute(
                    "SELECT id, standard_cost, tracking, category_id, kind FROM item"
                    " WHERE company_id = %s AND id = ANY (%s::int[])",
                    (self.books.company_id, database.integers(missing)),
                )
                for item, *info in run.fetchall():
                    self.books.items[item] = ItemInfo(*info)

    def _resolve(self) -> None:
        """Locations and contra accounts of every line; opens the pools they touch."""
        stocked = self.books.stocked
        places: set[tuple[int, int, int | None]] = set()
        for number, line in enumerate(self.lines):
            if number in self.refused:
                continue
            try:
                refusals.check(line, self.books)
                if line.kind in RECEIPT_VALUE or line.kind is Kind.REVERSAL:
                    continue
                accounts = self.accounts[number] = self.books.accounts(line)
            except Refusal as refusal:
                self._refuse(number, refusal)
                continue
            if accounts.source in stocked:
                places.add((line.item, accounts.source, line.lot))
            if accounts.target in stocked:
                places.add((line.item, accounts.target, line.lot))
        self.places = places
        self.books.open_pools(places, () if self.stream is not None else self._items())

    # --- under the locks

    def _items(self) -> set[int]:
        return {line.item for number, line in enumerate(self.lines) if number not in self.refused}

    def _read(self) -> None:
        books = self.books
        pools = {pool.id for place in self.places if (pool := books.pool(*place)) is not None}
        items = self._items()
        places = [(item, location, lot or 0) for item, location, lot in self.places]
        references = [line.reference for line in self.lines]
        known = self.known
        if known is None or not _covers(known, items, pools, places, len(self.lines)):
            known = database.read(
                books.company_id, items, pools, places, references, len(self.lines), exclusive=self.stream is not None
            )
        if known["version"] != books.version:
            raise _Stale
        for item, last_at, last_rank, since, *info in known.get("clocks") or ():
            if item not in items:
                continue
            if books.items.get(item) != ItemInfo(*info):
                raise _Stale
            self.item_books[item] = ItemBook(books, item, (last_at, last_rank), since)
        self.existing: dict[str, int] = {row[0]: row[1] for row in known.get("references") or ()}
        if self.stream is not None and self.stream.unwritten is not None:
            self._know_better(self.stream.unwritten, references)
        self._load_states(dict(known.get("pools") or ()), known.get("balances") or ())
        self.ids = iter(known.get("ids") or ())
        self.batch = Batch([(first, last) for first, last in known.get("locked") or ()])

    def _know_better(self, unwritten: "_Posting", references: Iterable[str]) -> None:
        """Take from the batch before, which is not written yet, what the server could not tell."""
        for item in self.item_books.keys() & unwritten.item_books.keys():
            self.item_books[item] = unwritten.item_books[item].continued(self.books)
        posted = unwritten.existing
        self.existing.update({reference: posted[reference] for reference in references if reference in posted})

    def _load_states(self, states: dict[int, list[int]], balances: Sequence[tuple[int, int, int, int]]) -> None:
        for item, location, lot in self.places:
            state = self.item_books[item].state
            pool = self.books.pool(item, location, lot)
            if pool is not None and pool.id not in state.pools:
                state.pools[pool.id] = load(states[pool.id])
        for item, location, lot, quantity in balances:
            if item in self.item_books:
                self.item_books[item].state.balances.setdefault((location, lot or None), quantity)
        for item, book in self.item_books.items():
            self.before[item] = book.state.copy()

    def _settle_moments(self) -> None:
        """Give every line its moment, and load the histories of items for which a line is not simply the next fact."""
        last = {item: book.last for item, book in self.item_books.items()}
        in_batch: dict[str, int] = {}
        starts: dict[int, int] = {}
        for number, line in enumerate(self.lines):
            if number in self.refused or line.reference in self.existing:
                continue
            at = line.effective_at
            if at is not None and line.applies_to is None:  # nearly all
                self.moments[number] = in_batch[line.reference] = at
                before, place = last[line.item], place_of(line.kind, at)
                if place > before:
                    last[line.item] = place
                elif not is_next(before, line.kind, at):
                    starts[line.item] = min(at, starts.get(line.item, at))
                continue
            at = self._moment(number, line, last[line.item][0], in_batch)
            self.moments[number] = in_batch[line.reference] = at
            start = self._history_start(line, at, last[line.item], in_batch)
            if start is not None:
                starts[line.item] = min(start, starts.get(line.item, start))
            if line.kind not in RECEIPT_VALUE and line.kind is not Kind.REVERSAL:
                last[line.item] = max(last[line.item], place_of(line.kind, at))
        if starts:
            self._attach_histories(starts)

    def _moment(self, number: int, line: Line, last_at: int, in_batch: dict[str, int]) -> int:
        at = line.effective_at
        if at is None:
            # what happens now happens after everything that is known to have happened
            recorded = self.recorded[number]
            return last_at + 1 if recorded <= last_at < recorded + _CLOCK_SKEW else recorded
        if line.kind is Kind.RETURN_IN and line.applies_to is not None:
            origin = self.origins.get(line.applies_to)
            origin_at = in_batch.get(line.applies_to) if origin is None else origin.effective_at
            if origin_at is not None and at == at - at % DAY and origin_at // DAY == at // DAY:
                return max(at, origin_at)  # a return known only by its day, of something that left later that day
        return at

    def _history_start(self, line: Line, at: int, last: tuple[int, int], in_batch: dict[str, int]) -> int | None:
        """The moment from which a line needs its item's history, or ``None``."""
        if line.applies_to is not None:
            origin = self.origins.get(line.applies_to)
            if origin is None:
                return in_batch.get(line.applies_to)
            # a fact that applies to a value fact matters from the moment of that one's own origin
            return BEGINNING + 1 if origin.kind in RECEIPT_VALUE else min(origin.effective_at, at)
        return None if is_next(last, line.kind, at) else at

    def _attach_histories(self, starts: dict[int, int]) -> None:
        self._settle()
        for item, history in load_histories(self.books, starts, self._instants(starts)).items():
            self.item_books[item].attach(history)
            self.before[item] = history.state.copy()
            self.counts |= {fact.id: fact for fact in history.known.values() if fact.kind is Kind.COUNT}

    def _instants(self, items: Collection[int]) -> set[int]:
        """Where facts of these items are about to be put in, and the facts they apply to."""
        moments = {at for number, at in self.moments.items() if self.lines[number].item in items}
        return moments | {origin.effective_at for origin in self.origins.values() if origin.item in items}

    def _post_document(self, document: Document, number: int) -> int:
        posting = 0
        if document.journal and not document.lines:
            self.batch.journal(self.batch.posting(document), document.journal)
        for line in document.lines:
            here, number = number, number + 1
            if here in self.refused:
                continue
            content = self.contents[here]
            try:
                if line.reference in self.existing:
                    if self.existing[line.reference] != content:
                        raise refusals.other_content(line)
                    self.repeated += 1
                    continue
                fact, change = self._post_line(here, line)
            except Refusal as refusal:
                self._refuse(here, refusal)
                continue
            if not posting:
                posting = self.batch.posting(document)
                self.batch.journal(posting, document.journal)
            self.batch.movement(posting, line, fact, *self._row_locations(here, fact), content)
            self.batch.entries(posting, change.entries)
            if change.differences:
                self.batch.differences(posting, line.item, self.counts, change.differences)
            self.existing[line.reference] = content
            self.posted += 1
        return number

    def _post_line(self, number: int, line: Line) -> tuple[Fact, Change]:
        book = self.item_books[line.item]
        fact = self._fact(number, line, book)
        if fact.kind is Kind.COUNT:
            self.counts[fact.id] = fact
        try:
            change = book.post(fact)
        except OverReturned as over:
            raise refusals.over_returned(line, over) from None
        if change.shortage is not None:
            raise refusals.shortage(self.books, line, fact, self._exact(book, fact, change.shortage))
        if line.reference in self.wanted:
            source, target = self._row_locations(number, fact)
            self.origins[line.reference] = Origin(
                *(fact.id, line.item, fact.kind, fact.effective_at, fact.quantity, source, target, fact.lot),
                *(fact.contra, fact.contra_in, fact.origin is not None),
            )
        return fact, change

    def _exact(self, book: ItemBook, fact: Fact, shortage: Shortage) -> Shortage:
        """The shortage by the very fact that runs short, where the history counts several as one."""
        if shortage.fact.id == fact.id or book.changed_since is not None:
            return shortage
        # a later fact runs short only in a history, before the loading of which everything was written
        since = min(fact.effective_at, shortage.fact.effective_at)
        histories = load_histories(self.books, {book.item: since}, (), fact_by_fact=True)
        return histories[book.item].add(fact).shortage or shortage

    def _fact(self, number: int, line: Line, book: ItemBook) -> Fact:
        origin = None
        if line.applies_to is not None:
            origin = refusals.check_origin(line, self.origins.get(line.applies_to), book.history)
            self.origin_of[number] = origin
        at = self.moments[number]
        if origin is not None and line.kind is Kind.REVERSAL:
            moved = 0 if origin.kind in _NO_LOCATIONS else origin.quantity
            return Fact(
                *(next(self.ids), line.kind, origin.effective_at, moved, origin.contra),
                *(None, None, origin.lot, None, None, origin.id, origin.contra_in),
            )
        if origin is not None and line.kind in RECEIPT_VALUE:
            contra = origin.contra if line.kind is Kind.COST_CHANGE else self.books.landed_cost(line, origin.target)
            return Fact(next(self.ids), line.kind, at, 0, line.contra or contra, value=line.value, origin=origin.id)
        if origin is not None and at < origin.effective_at:
            raise refusals.before_origin(line, origin)
        if origin is not None:
            self.accounts[number] = _back_the_way(self.accounts[number], line, origin)
        source, target, contra, contra_in = self.accounts[number]
        stocked = self.books.stocked
        return Fact(
            *(next(self.ids), line.kind, at, line.quantity, contra),
            source if source in stocked else None,
            target if target in stocked else None,
            *(line.lot, line.value, line.unit_value, None if origin is None else origin.id, contra_in),
        )

    def _row_locations(self, number: int, fact: Fact) -> tuple[int | None, int | None]:
        """Locations of the stored row: with partner locations; those of a reversal the other way round."""
        accounts = self.accounts.get(number)
        if accounts is not None:
            return accounts.source, accounts.target
        origin = self.origin_of[number]
        if fact.kind is Kind.REVERSAL and origin.kind not in _NO_LOCATIONS:
            return origin.target, origin.source
        return None, None

    # --- the write

    def rows(self) -> database.Rows:
        """Everything to write; to be asked for once."""
        for item in sorted(self.item_books):
            self.batch.states(self.item_books[item], self.before[item])
        return self.batch.rows

    def write(self, *, commit: bool = False) -> Callable[[], list[int]]:
        """What writes everything, and ends the transaction with ``commit``; it returns the positions of the postings."""
        return database.writing(self.books.company_id, self.rows(), commit=commit and self.posted <= _FEW)


def _covers(
    known: Mapping[str, Any],
    items: set[int],
    pools: set[int],
    places: list[tuple[int, int, int]],
    lines: int,
) -> bool:
    """Whether what was read ahead is all that a posting of ``lines`` lines asks."""
    return (
        lines <= len(known.get("ids") or ())
        and items <= {clock[0] for clock in known.get("clocks") or ()}
        and pools <= {pool for pool, _ in known.get("pools") or ()}
        and {*places} <= {(item, location, lot) for item, location, lot, _ in known.get("balances") or ()}
    )


def _back_the_way(accounts: Accounts, line: Line, origin: Origin) -> Accounts:
    """A linked return goes back to where its origin came from (or went), and undoes it on the same account."""
    contra = line.contra or origin.contra
    if line.kind is Kind.RETURN_IN:
        return Accounts(origin.target, accounts.target, contra)
    return Accounts(accounts.source, origin.source, contra)
