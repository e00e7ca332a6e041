"""Goods that were billed before they came: matching the invoice with the receipts that came since.

A receipt takes goods in at the order's price, whatever was billed. The match, which ``receipts.receive`` and ``invoices.post_invoice`` make of
themselves, takes what the invoice left waiting to the receipt: it counts as invoiced there, and its cost becomes what was billed. The same goes for what was billed
and not kept (too much billed, or returned for a replacement) once more goods of that order's line have come. What was returned for a
credit waits for the credit note, and is left alone.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator
from typing import NamedTuple

from everstock.core.quantities import round_half_up
from everstock.ledger.database import integers, texts
from everstock.operations.documents.amounts import RATE_ONE
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.queries import chain
from everstock.operations.documents.read import raw_cursor, read
from everstock.operations.documents.records import Details, DocumentRef, Header, Line, LineUpdate
from everstock.operations.documents.states import State
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.cancellations import AHEAD_LINE
from everstock.operations.purchasing.settlement import AHEAD, GRNI, VALUE, Settlement, write_posted
from everstock.operations.purchasing.settlement_facts import Facts, lock

KIND = DocumentKind.GRNI_CLEARING
MATCHED = "matched"
"""Key in the details of the lines of a match, which clears nothing by itself."""


def match_ahead(actor: Actor, *, order: int, day: dt.date, recorded_at: int) -> DocumentRef | None:
    """Match what was billed ahead of an order with what was received of it since; return the document, or ``None`` if there is nothing to match.

    Receipts and invoices match what waits when they are posted; this is for what waits again because a match was cancelled. The first billed is matched
    with the first received. Refused: ``permission.missing`` (who may receive or post invoices may), ``document.unknown``, what the ledger refuses.
    """
    if Permission.RECEIPT_POST not in actor.permissions:
        require(actor, Permission.SUPPLIER_INVOICE_POST)
    with atomic_verb():
        facts = lock(actor.company_id, day, lines=_made_from([order]), documents=[order])
        return _posted(actor, facts, order, None, day, recorded_at)


def match_lines(
    actor: Actor, *, order: int, order_lines: Collection[int], day: dt.date, recorded_at: int
) -> DocumentRef | None:
    """Match what waits of these lines (ids) of an order, of which goods were just received or billed, in the transaction of that.

    The documents are locked, see ``lock_waiting``, and so are the items. What was billed after ``day`` is
    matched on the day it was billed.
    """
    facts = lock(actor.company_id, day, lines=_made_from([order]), documents=[order])
    billed = [
        facts.header(line).day
        for line in facts.lines.values()
        if line.source in order_lines and (line.details or {}).get(AHEAD) and line.base_quantity > line.received
    ]
    return _posted(actor, facts, order, order_lines, max([day, *billed]), recorded_at)


class Match(NamedTuple):
    """The document ``number`` matched an invoice or a receipt with ``others``: receipts, invoices, by their numbers."""

    number: str
    others: tuple[str, ...]

    @property
    def words(self) -> str:
        """The match as a sentence."""
        return f"Matched with {' and '.join(self.others)} by {self.number}."


def matches_of(company_id: int, document: int) -> list[Match]:
    """Return how an invoice or a receipt (an id) was matched with what came or was billed before it or after it, in order."""
    found = []
    for one in chain(company_id, document):
        if (one.distance, one.kind) != (1, KIND) or one.state == State.CANCELLED:
            continue
        read_ = read(company_id, [one.id], predecessors=True)
        document_of = {line.id: key for key, lines in read_.lines.items() for line in lines}
        sides = [
            document_of[line.source]
            for line in read_.lines[one.id]
            if MATCHED in (line.details or {}) and line.source is not None
        ]
        # two lines for each match: from where it waited, and to the receipt
        pairs = [pair for pair in zip(sides[::2], sides[1::2], strict=True) if document in pair]
        others = sorted({side for pair in pairs for side in pair} - {document})
        if others:
            found.append(Match(one.number, tuple(read_.headers[key].number for key in others)))
    return found


def lock_waiting(company_id: int, orders: Collection[int], day: dt.date) -> None:
    """Lock orders with all that was made from them, as a receipt or an invoice that will be matched needs them: before anything else."""
    seen: list[int] = []
    while (made := _made_from(orders)) != seen:
        # an invoice that came in meanwhile; once the orders are locked there is no other
        seen = made
        lock(company_id, day, lines=seen, documents=orders, new_ids=0)


_WAITING = (
    "SELECT EXISTS (SELECT 1 FROM document_line l WHERE l.source_id = ANY ($1::bigint[])"
    "  AND CASE WHEN l.details ? 'ahead' THEN l.base_quantity > l.received ELSE l.invoiced > l.base_quantity - l.returned END"
    "  AND (SELECT d.kind = ANY ($2::text[]) AND d.posted_at IS NOT NULL AND d.state <> 'cancelled'"
    "         FROM document d WHERE d.id = l.document_id))"
)


def waiting(order_lines: Collection[int]) -> bool:
    """Whether something was billed of lines of orders (ids) that no goods are kept of."""
    with raw_cursor() as run:
        run.execute(_WAITING, (integers(order_lines), texts(_MADE)), prepare=True)
        row = run.fetchone()
    assert row is not None
    return bool(row[0])


def _posted(
    actor: Actor, facts: Facts, order: int, only: Collection[int] | None, day: dt.date, recorded_at: int
) -> DocumentRef | None:
    """Match what waits for an order, or for ``only`` some of its lines (ids)."""
    of, ordered = facts.read.one(order, DocumentKind.PURCHASE_ORDER)
    settlement = Settlement(actor, facts, new_clearing(actor, facts, of.partner, day, recorded_at), day)
    credits_ = _to_be_credited(facts)
    lines: list[Line] = []
    taken: Counter[int] = Counter()
    for line in ordered:
        if line.item is not None and (only is None or line.id in only):
            lines += _match(settlement, line, len(lines), taken, credits_)
    if not lines:
        return None
    links = [(facts.lines[line.source].document, settlement.header.id) for line in lines if line.source is not None]
    updates = [LineUpdate(line, received=quantity) for line, quantity in sorted(taken.items())]
    return write_posted(settlement, lines, recorded_at, line_updates=updates, links=links)


def new_clearing(actor: Actor, facts: Facts, partner: int | None, day: dt.date, recorded_at: int) -> Header:
    """Return the header of a clearing, in the company's currency."""
    return Header(
        *(facts.read.ids[0], KIND.value, State.POSTED.value, day, facts.read.company_currency, recorded_at),
        partner=partner,
        rate=RATE_ONE,
        created_by=actor.user_id,
    )


_MADE = (DocumentKind.GOODS_RECEIPT.value, DocumentKind.SUPPLIER_INVOICE.value)
_MADE_FROM = (
    "SELECT l.id FROM document_line o JOIN document_line l ON l.source_id = o.id JOIN document d ON d.id = l.document_id"
    " WHERE o.document_id = ANY ($1::bigint[]) AND d.kind = ANY ($2::text[]) AND d.posted_at IS NOT NULL AND d.state <> 'cancelled'"
    " ORDER BY 1"
)


def _made_from(orders: Collection[int]) -> list[int]:
    """The lines of receipts and invoices that were made from those of orders."""
    with raw_cursor() as run:
        run.execute(_MADE_FROM, (integers(orders), texts(_MADE)))
        return [line for (line,) in run.fetchall()]


_TO_BE_CREDITED = (
    "SELECT l.source_id, sum(l.base_quantity - l.invoiced)::bigint FROM document_line l JOIN document d ON d.id = l.document_id"
    " WHERE l.source_id = ANY ($1::bigint[]) AND d.kind = $2 AND d.state <> 'cancelled' AND d.details ->> 'resolution' = 'credit'"
    " GROUP BY 1"
)


def _to_be_credited(facts: Facts) -> Counter[int]:
    """How much of receipts' lines (locked) went back for a credit that has not come, in base units."""
    with raw_cursor() as run:
        run.execute(_TO_BE_CREDITED, (integers(facts.booked), DocumentKind.SUPPLIER_RETURN.value))
        return Counter(dict(run.fetchall()))


def _match(
    settlement: Settlement, ordered: Line, written: int, taken: Counter[int], credits_: Counter[int]
) -> Iterator[Line]:
    """Two lines for each match: from where it waits, and to the receipt's line. Counts in ``taken`` what is matched of invoices' lines."""
    facts = settlement.facts
    made = sorted(
        (line for line in facts.lines.values() if line.source == ordered.id and _stands(facts, line)),
        key=lambda line: line.id,
    )
    billed = {line.id: line.base_quantity - line.received for line in made if (line.details or {}).get(AHEAD)}
    receipts = [line for line in made if line.id in facts.booked]
    number = written
    for receipt in receipts:
        for waiting in made:
            wanted = settlement.standing(receipt).open
            there = billed.get(waiting.id, 0)
            if waiting.id in facts.booked:
                there = -settlement.standing(waiting).open - credits_[waiting.id]
            quantity = min(wanted, there)
            if quantity <= 0:
                continue
            account = facts.booked[receipt.id].account
            details, value, grni = _taken(settlement, waiting, quantity, account, taken[waiting.id])
            if waiting.id in billed:
                billed[waiting.id] -= quantity
                taken[waiting.id] += quantity
            given = settlement.settle(
                receipt,
                count=quantity,
                value=value,
                expected=settlement.standing(receipt).expected(quantity),
                grni=grni,
            )
            for source, done in ((waiting, details), (receipt, given)):
                number += 1
                yield clearing_line(settlement.header, number, source, quantity, {**done, MATCHED: True})


def _stands(facts: Facts, line: Line) -> bool:
    header = facts.header(line)
    return header.posted_at is not None and header.state != State.CANCELLED


def _taken(settlement: Settlement, waiting: Line, quantity: int, account: int, less: int) -> tuple[Details, int, int]:
    """Take ``quantity`` from where it waits, after ``less`` of it; return the details, what was billed for it and what it stands at."""
    if waiting.id not in settlement.facts.booked:
        value = left_ahead(waiting, less) - left_ahead(waiting, less + quantity)
        assert waiting.account is not None
        if waiting.account != account:
            settlement.journal[account, waiting.account] += value
        return {GRNI: -value, AHEAD_LINE: waiting.id}, value, value
    standing = settlement.standing(waiting)
    stands = -settlement.open_amount(waiting)
    share = stands - round_half_up(stands * (-standing.open - quantity), -standing.open)
    value = standing.credited(quantity)
    return settlement.settle(waiting, count=-quantity, value=-value, expected=-value, grni=-share), value, share


def left_ahead(line: Line, less: int) -> int:
    """Return what of a line billed ahead still waits after ``less`` more of it is matched: a function of what is left."""
    details = line.details or {}
    return round_half_up(details[VALUE] * (line.base_quantity - line.received - less), line.base_quantity)


def clearing_line(header: Header, number: int, source: Line, quantity: int, details: Details) -> Line:
    """Return a line of a clearing of ``quantity`` (10^-6 base units) of ``source``."""
    return Line(
        *(header.id, number, quantity, quantity),
        item=source.item,
        description=source.description,
        source=source.id,
        details=details,
    )
