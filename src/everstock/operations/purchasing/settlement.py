"""Settling what is received and not invoiced: what invoices, credit notes, landed costs and clearings do to receipts and to the books.

A settling line keeps in its details what it did, in minor units of the company's currency, so that it can be explained and reversed:
``grni`` was taken from the account of goods received not invoiced, ``value`` was billed for the goods, which stood at ``expected``, and
``count`` (10^-6 base units) counts as invoiced on the receipt's line, its ``source``. A line that bills an order's line ``ahead`` of
the receipt waits on the account by itself, until it is matched.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from everstock.core.facts import DAY, Kind
from everstock.core.posting import Role
from everstock.core.quantities import round_half_up
from everstock.ledger.lines import Document, epoch_day
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import Ready, post, ready
from everstock.operations.documents.audit import audited
from everstock.operations.documents.booking import CANCEL, booked
from everstock.operations.documents.kinds import PREFIX, DocumentKind
from everstock.operations.documents.records import Details, DocumentRef, Header, Line, LineUpdate, Request, Update
from everstock.operations.documents.states import Progress, State, order_progress, progressed
from everstock.operations.documents.write import write
from everstock.operations.identity.actor import Actor
from everstock.operations.purchasing.matching import Standing
from everstock.operations.purchasing.settlement_facts import Facts, booked_amounts

GRNI = "grni"
VALUE = "value"
EXPECTED = "expected"
COUNT = "count"
AHEAD = "ahead"
DIFFERENCE = "difference"
"""Key of what was left on the account when everything was invoiced, and went to price differences."""
REST = ".rest"
"""The same for what is left when everything is invoiced."""


class Postings(NamedTuple):
    """What a document posts, as ``documents.write`` takes it: ``ready`` with the write; ``done`` before, as (document, position)."""

    ready: tuple[int, Ready] | None
    done: Sequence[tuple[int, int]] = ()


class Settlement:
    """What one document settles; collected line by line, then posted at once on ``day``."""

    def __init__(self, actor: Actor, facts: Facts, header: Header, day: dt.date) -> None:
        self.actor = actor
        self.facts = facts
        self.header = header
        self.day = day
        self.journal: Counter[tuple[int, int]] = Counter()
        self.invoiced: Counter[int] = Counter()
        self.changes: list[LedgerLine] = []
        self._standing: dict[int, Standing] = {}
        self._worth: dict[int, int | None] = {}
        self._settled: Counter[int] = Counter()
        self._watched: dict[int, int] = {}

    def standing(self, line: Line) -> Standing:
        """Return how a line that moved goods stands after what was settled here so far."""
        found = self._standing.get(line.id)
        if found is None:
            booked = self.facts.booked[line.id]
            self._worth[line.id] = worth = booked.worth
            if worth is None:
                worth = self._current_worth(line)
            found = Standing(line.base_quantity, line.returned, line.invoiced, worth, booked.billed)
            self._standing[line.id] = found
        return found

    def _current_worth(self, line: Line) -> int:
        """The value of goods that came in at current cost: what was booked for those that were kept, for all of them."""
        amount = self.booked(line)
        kept = line.base_quantity - line.returned
        return amount if kept == line.base_quantity or kept <= 0 else round_half_up(amount * line.base_quantity, kept)

    def booked(self, line: Line) -> int:
        """Return what the line and its returns put on the account."""
        reference = line.ledger_reference or ""
        return booked_amounts(self.actor.company_id, [reference]).get(reference, 0)

    def open_amount(self, line: Line) -> int:
        """Return what is left on the account of a line before this document is posted; below zero, what the supplier owes."""
        return self.booked(line) - self.facts.booked[line.id].settled - self._settled[line.id]

    def settle(self, line: Line, *, count: int, value: int, expected: int, grni: int) -> Details:
        """Count ``count`` more of a receipt's line as invoiced, and return the details that say so. Amounts as in the module's docstring."""
        self._standing[line.id] = self.standing(line).settled(count, value, expected)
        self._settled[line.id] += grni
        self.invoiced[line.id] += count
        return {GRNI: grni, VALUE: value, EXPECTED: expected, COUNT: count}

    def charge(self, line: Line, reference: str, amount: int, contra: int) -> None:
        """Add ``amount`` to the cost of a receipt's line, booked against ``contra``.

        A part of it belongs to goods that went back, which the supplier owes nothing for: it goes to price differences.
        """
        assert line.item is not None
        if line.returned and line.id not in self._watched:
            self._watched[line.id] = self.booked(line)
        self.changes.append(
            LedgerLine(
                *(Kind.LANDED_COST, line.item, reference),
                effective_at=self._at,
                value=amount,
                applies_to=line.ledger_reference,
                partner=self.header.partner,
                contra=contra,
            )
        )

    @property
    def _at(self) -> int:
        """The end of the day: a change of value is no movement in."""
        return epoch_day(self.day) * DAY + DAY - 1

    def settle_only(self, line: Line, *, count: int, grni: int) -> Details:
        """The same for a line whose value nobody's bill changes, such as a return of goods that no receipt is known of."""
        self._settled[line.id] += grni
        self.invoiced[line.id] += count
        return {GRNI: grni, COUNT: count}

    def post(self, lines: Sequence[Line], recorded_at: int) -> "tuple[list[Line], Postings]":
        """Post the journal and the changes of cost; return the document's ``lines`` with what was left of theirs, and the postings.

        The last of them is left to ``documents.write``. Refused: what the ledger refuses.
        """
        self._change_costs("")
        doubtful = self._doubtful()
        if not doubtful:
            return list(lines), Postings(self._ready(self.changes, self.journal, "", recorded_at))
        done = self._post(self.changes, self.journal, "", recorded_at)
        left = self._left(doubtful)
        if not left:
            return list(lines), Postings(None, done)
        journal: Counter[tuple[int, int]] = Counter()
        for line_id, amount in left.items():
            journal[self.facts.booked[line_id].account, self.facts.account(Role.PRICE_DIFFERENCE)] += amount
        return _with_left(lines, left), Postings(self._ready((), journal, REST, recorded_at), done)

    def cancel(self, recorded_at: int) -> "tuple[int, Ready] | None":
        """Compute the journal and the changes of cost of a document that is taken back, for ``documents.write`` to post."""
        self._change_costs("/cancel")
        return self._ready(self.changes, self.journal, CANCEL, recorded_at)

    def standings(self) -> list[Standing]:
        """Return how the lines stand that were settled here."""
        return list(self._standing.values())

    def _change_costs(self, suffix: str) -> None:
        for number, (line_id, standing) in enumerate(self._standing.items(), len(self.changes) + 1):
            if standing.worth != self._worth[line_id]:
                reference = f"{self.reference}{suffix}/{number}"
                self.changes.append(self._cost_change(self.facts.lines[line_id], reference, standing.worth))

    def _cost_change(self, line: Line, reference: str, worth: int) -> LedgerLine:
        assert line.item is not None
        return LedgerLine(
            *(Kind.COST_CHANGE, line.item, reference),
            effective_at=self._at,
            value=worth,
            applies_to=line.ledger_reference,
            partner=self.header.partner,
        )

    @property
    def reference(self) -> str:
        """What the postings of the document are called in the ledger."""
        return f"{PREFIX[DocumentKind(self.header.kind)]}/{self.header.id}"

    def _doubtful(self) -> list[int]:
        """The lines that are invoiced in full and may leave cents on the account: after returns and changes of value."""
        found = [
            line_id
            for line_id, standing in self._standing.items()
            # looked at is not settled: what a late fact left on a line that nobody settles here stays open on it
            if line_id in self.invoiced
            and standing.open == 0
            and (standing.quantity != standing.kept or standing.worth != self._worth[line_id])
        ]
        return [*found, *self._watched]

    def _left(self, doubtful: Sequence[int]) -> dict[int, int]:
        """What is left on the account of lines that may leave something, now that what they settle is posted."""
        references = {line_id: self.facts.lines[line_id].ledger_reference or "" for line_id in doubtful}
        booked = booked_amounts(self.actor.company_id, list(references.values()))
        left = {
            line_id: booked.get(reference, 0) - self._watched[line_id]
            if line_id in self._watched
            else booked.get(reference, 0) - self.facts.booked[line_id].settled - self._settled[line_id]
            for line_id, reference in references.items()
        }
        return {line_id: amount for line_id, amount in left.items() if amount}

    def _posting(
        self, lines: Sequence[LedgerLine], journal: Mapping[tuple[int, int], int], suffix: str, recorded_at: int
    ) -> Document | None:
        return booked(self.actor, self.header, journal, self.day, recorded_at, suffix, lines=lines)

    def _post(
        self, lines: Sequence[LedgerLine], journal: Mapping[tuple[int, int], int], suffix: str, recorded_at: int
    ) -> list[tuple[int, int]]:
        document = self._posting(lines, journal, suffix, recorded_at)
        if document is None:
            return []
        return [(self.header.id, position) for position in post(self.actor.company_id, document).positions]

    def _ready(
        self, lines: Sequence[LedgerLine], journal: Mapping[tuple[int, int], int], suffix: str, recorded_at: int
    ) -> "tuple[int, Ready] | None":
        document = self._posting(lines, journal, suffix, recorded_at)
        return (
            None
            if document is None
            else (self.header.id, ready(self.actor.company_id, document, known=self.facts.ledger))
        )

    # --- what it changes on the documents it settles

    def line_updates(self) -> list[LineUpdate]:
        """Return the progress of the lines that were settled."""
        return [LineUpdate(line_id, invoiced=count) for line_id, count in sorted(self.invoiced.items()) if count]

    def updates(self) -> list[Update]:
        """Return the states of their documents, where they change."""
        touched = {self.facts.lines[line_id].document for line_id, count in self.invoiced.items() if count}
        found = []
        for document in sorted(touched):
            header = self.facts.read.headers[document]
            lines = [
                line._replace(invoiced=line.invoiced + self.invoiced[line.id])
                for line in self.facts.read.lines[document]
            ]
            state = _state(header, lines)
            if state != header.state:
                found.append(Update(document, state=state.value))
        return found

    def links(self) -> list[tuple[int, int]]:
        """Return the links from the documents whose lines were settled."""
        touched = {self.facts.lines[line_id].document for line_id in self.invoiced}
        return [(document, self.header.id) for document in sorted(touched)]


def write_posted(
    settlement: Settlement,
    lines: Sequence[Line],
    recorded_at: int,
    request: Request | None = None,
    *,
    updates: Sequence[Update] = (),
    line_updates: Sequence[LineUpdate] = (),
    links: Sequence[tuple[int, int]] = (),
) -> DocumentRef:
    """Post a new document and write it, with what it settles and what else changes."""
    header = settlement.header
    written, postings = settlement.post(lines, recorded_at)
    header = header._replace(posted_at=recorded_at)
    after = {"state": header.state, "currency": header.currency, "gross": header.gross, "lines": len(lines)}
    numbers = write(
        settlement.actor.company_id,
        documents=[header],
        lines=written,
        updates=[*settlement.updates(), *updates],
        line_updates=[*settlement.line_updates(), *line_updates],
        links=[*settlement.links(), *links],
        posting=postings.ready,
        postings=postings.done,
        audit=[audited(settlement.actor, header, "post", recorded_at, after=after)],
        request=request,
    )
    return DocumentRef(header.id, numbers[header.id], header.state)


def _state(header: Header, lines: Sequence[Line]) -> State:
    kind = DocumentKind(header.kind)
    if kind is DocumentKind.PURCHASE_ORDER:
        return progressed(kind, header.state, order_progress(lines))
    if kind is DocumentKind.GOODS_RECEIPT:
        return progressed(
            kind, header.state, _reached([(line.invoiced, line.base_quantity - line.returned) for line in lines])
        )
    if kind is DocumentKind.SUPPLIER_RETURN:
        return progressed(kind, header.state, _reached([(line.invoiced, line.base_quantity) for line in lines]))
    return State(header.state)


def _reached(lines: Sequence[tuple[int, int]]) -> Progress:
    if all(done >= whole for done, whole in lines):
        return Progress.ALL
    return Progress.PART if any(done for done, _ in lines) else Progress.NOTHING


def _with_left(lines: Sequence[Line], left: Mapping[int, int]) -> list[Line]:
    """The lines with what was left of their receipt lines taken from the account too, each said on the last line that settled it."""
    waiting = dict(left)
    found = []
    for line in reversed(lines):
        amount = waiting.pop(line.source, 0) if line.source is not None else 0
        details = line.details or {}
        if amount:
            details = {COUNT: 0, **details, GRNI: details.get(GRNI, 0) + amount, DIFFERENCE: amount}
        found.append(line._replace(details=details or None))
    return found[::-1]


def undone(settlement: Settlement, lines: Iterable[Line]) -> None:
    """Take back what ``lines`` of a posted document settled; their journal is taken back by ``reversed_journal``."""
    for line in lines:
        details, source = line.details or {}, settlement.facts.source(line)
        if COUNT not in details or source is None or source.id not in settlement.facts.booked:
            continue
        if VALUE not in details:
            settlement.settle_only(source, count=-details[COUNT], grni=-details[GRNI])
            continue
        settlement.settle(
            source, count=-details[COUNT], value=-details[VALUE], expected=-details[EXPECTED], grni=-details[GRNI]
        )
