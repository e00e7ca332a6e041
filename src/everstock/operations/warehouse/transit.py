"""Goods in transit, whoever sent them: what of a document is still on its way, how it arrives, and what that counts on the document."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import Read
from everstock.operations.documents.records import Header, Line, LineUpdate, Update
from everstock.operations.documents.states import arrival_progress, progressed
from everstock.operations.warehouse.transfers import TransferFacts, TransferPurpose, base_quantity

_COUNTED = frozenset({TransferPurpose.ARRIVAL, TransferPurpose.TRANSFER_ARRIVAL, TransferPurpose.LOSS})
"""The purposes of transfers out of transit, which count on the lines of what was sent."""


class Arrival(NamedTuple):
    """What arrived, or was lost, of line number ``line`` of ``document`` (an id): ``quantity`` in 10^-6 of that line's unit.

    ``location``: where it is now, ``None`` for that of the arrival.
    """

    document: int
    line: int
    quantity: int
    location: int | None = None


def on_the_way(line: Line, kind: DocumentKind) -> int:
    """Return what of a line of goods in transit has neither arrived nor been lost, in 10^-6 base units."""
    # what a receipt rejected never was in transit
    return line.base_quantity - line.received - (line.rejected if kind is DocumentKind.STOCK_TRANSFER else 0)


def out_of_transit(
    arrivals: Sequence[Arrival],
    facts: TransferFacts,
    kind: DocumentKind,
    check: Callable[[Header], None],
    target: Callable[[int, Arrival, Header], int | None],
) -> list[Line]:
    """Return the lines of a transfer that takes goods out of transit, numbered from 1.

    ``check``: refuses documents that are not in transit; ``target``: where the goods of a line (its number) go.
    Refused: ``document.no_lines``, ``document.unknown``, ``arrival.line_unknown``, ``arrival.exceeds``, ``quantity.…``.
    """
    if not arrivals:
        raise Refusal("document.no_lines", "Nothing arrives.", "Add at least one line.")
    lines = []
    so_far: Counter[int] = Counter()
    for number, one in enumerate(arrivals, 1):
        header, sent = facts.read.one(one.document, kind)
        check(header)
        source = next((line for line in sent if line.line == one.line), None)
        if source is None or source.ledger_reference is None:
            raise Refusal(
                "arrival.line_unknown", f"Line {number} names no goods of {header.number}.", "Name one of its lines."
            )
        base = base_quantity(one.quantity, source.numerator, source.denominator, f"line {number}")
        so_far[source.id] += base
        open_ = on_the_way(source, kind)
        if so_far[source.id] > open_:
            raise Refusal(
                "arrival.exceeds",
                f"Of line {one.line} of {header.number}, {format_quantity(open_)} are on the way, and "
                f"{format_quantity(so_far[source.id])} would arrive.",
                "Let less arrive, and receive what is more against the order."
                if kind is DocumentKind.GOODS_RECEIPT
                else "Let less arrive; what is more was sent by another transfer, or is found by counting.",
            )
        lines.append(
            Line(
                *(facts.read.ids[0], number, one.quantity, base),
                item=source.item,
                location=source.location if source.to_location is None else source.to_location,
                to_location=target(number, one, header),
                lot=source.lot,
                description=source.description,
                unit=source.unit,
                numerator=source.numerator,
                denominator=source.denominator,
                source=source.id,
            )
        )
    return lines


def refuse_before(header: Header, day: dt.date) -> None:
    """Refuse (``arrival.before_dispatch``) goods that would arrive before they were sent."""
    if day < header.day:
        raise Refusal(
            "arrival.before_dispatch",
            f"The goods of {header.number} were dispatched on {header.day} and cannot have arrived on {day}.",
            "Check the day.",
        )


def counted(lines: Sequence[Line], purpose: TransferPurpose, sign: int = 1) -> list[LineUpdate]:
    """Return what the lines of a transfer out of transit count on those that were sent: arrived is *received*, lost is *rejected*.

    ``sign`` -1: what they count no more. Other transfers count nothing.
    """
    if purpose not in _COUNTED:
        return []
    sums: Counter[int] = Counter()
    for line in lines:
        assert line.source is not None
        sums[line.source] += sign * line.base_quantity
    if purpose is TransferPurpose.LOSS:
        return [LineUpdate(line, rejected=quantity) for line, quantity in sums.items()]
    return [LineUpdate(line, received=quantity) for line, quantity in sums.items()]


def moved_on(read: Read, updates: Sequence[LineUpdate]) -> list[Update]:
    """Return the states of the dispatches that were read and locked, where they change with the progress of their lines."""
    change = {update.id: update for update in updates}
    found = []
    for document, header in read.headers.items():
        if header.kind != DocumentKind.STOCK_TRANSFER or not any(line.id in change for line in read.lines[document]):
            continue
        lines = [
            line._replace(received=line.received + update.received, rejected=line.rejected + update.rejected)
            for line in read.lines[document]
            for update in [change.get(line.id, LineUpdate(line.id))]
        ]
        state = progressed(DocumentKind.STOCK_TRANSFER, header.state, arrival_progress(lines))
        if state != header.state:
            found.append(Update(document, state=state.value))
    return found
