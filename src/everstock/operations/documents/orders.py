"""What verbs on orders have in common, whether we buy or sell."""

import datetime as dt
from collections.abc import Mapping, Sequence

from everstock.core.problems import Refusal
from everstock.ledger.statements import Call
from everstock.operations.documents.amounts import totals
from everstock.operations.documents.audit import audited
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import Read
from everstock.operations.documents.records import Details, DocumentRef, Header, Line, LineUpdate, Request, Update
from everstock.operations.documents.states import State, Verb, called_off_progress, progressed
from everstock.operations.documents.write import write
from everstock.operations.identity.actor import Actor
from everstock.operations.identity.audit import AuditRow


def write_new(
    actor: Actor,
    header: Header,
    lines: list[Line],
    *,
    key: str | None,
    asked: int,
    updates: Sequence[Update] = (),
    line_updates: Sequence[LineUpdate] = (),
    predecessor: int | None = None,
    further: Sequence[AuditRow] = (),
    reserve: Call | None = None,
    noted: Mapping[str, object] | None = None,
) -> DocumentRef:
    """Write a new order with its sums, and what it changes on its ``predecessor``.

    ``further``: what else was done with it at once. ``reserve``: reserves its goods, before anything is written. ``noted``: what the audit
    trail shall keep besides.
    """
    sums = totals(lines)
    header = header._replace(net=sums.net, tax=sums.tax, gross=sums.gross, expected_on=last_expected(lines))
    created = State.REQUESTED.value if further else header.state
    after = {"state": created, "currency": header.currency, "gross": sums.gross, "lines": len(lines), **(noted or {})}
    numbers = write(
        actor.company_id,
        documents=[header],
        lines=lines,
        updates=updates,
        line_updates=line_updates,
        links=[] if predecessor is None else [(predecessor, header.id)],
        audit=[audited(actor, header, "create", header.created_at, after=after), *further],
        request=None if key is None else Request(key, asked, header.id),
        before=reserve,
    )
    return DocumentRef(header.id, numbers[header.id], header.state)


def last_expected(lines: Sequence[Line]) -> dt.date | None:
    """Return the day on which the last of the goods is expected."""
    return max((line.expected_on for line in lines if line.expected_on is not None), default=None)


def moved(
    actor: Actor,
    header: Header,
    state: State,
    verb: str,
    recorded_at: int,
    *,
    update: Update | None = None,
    updates: Sequence[Update] = (),
    line_updates: Sequence[LineUpdate] = (),
    after: Mapping[str, object] | None = None,
    reserve: Call | None = None,
) -> DocumentRef:
    """Write that ``verb`` took an order to ``state``; ``after``: what else there is to say of that. ``reserve``: as for ``write_new``."""
    write(
        actor.company_id,
        updates=[(update or Update(header.id))._replace(state=state.value), *updates],
        line_updates=line_updates,
        audit=[
            audited(
                *(actor, header, verb, recorded_at),
                before={"state": header.state},
                after={"state": state.value, **(after or {})},
            )
        ],
        before=reserve,
    )
    return DocumentRef(header.id, header.number, state.value)


def end(
    actor: Actor,
    read: Read,
    header: Header,
    lines: Sequence[Line],
    state: State,
    verb: Verb,
    reason: str,
    recorded_at: int,
) -> DocumentRef:
    """Write that ``verb`` ended an order for a ``reason``; what it had ordered of its predecessors and not used is given back."""
    updates, line_updates = called_off(read, given_back(lines))
    details: Details = {**(header.details or {}), "reason": reason}
    return moved(
        *(actor, header, state, verb.value, recorded_at),
        update=Update(header.id, details=details),
        updates=updates,
        line_updates=line_updates,
        after={"reason": reason},
    )


def called_off(read: Read, quantities: Mapping[int, int]) -> tuple[list[Update], list[LineUpdate]]:
    """Return what changes on blanket orders and quotes when this much more (base units, by line id) is ordered of them.

    They are among the documents of ``read``, locked. Refused: more than is left (``blanket.exceeded``, ``quote.exceeded``).
    """
    updates: list[Update] = []
    line_updates: list[LineUpdate] = []
    for document, lines in read.lines.items():
        if not any(line.id in quantities for line in lines):
            continue
        header = read.headers[document]
        after = [line._replace(ordered=line.ordered + quantities.get(line.id, 0)) for line in lines]
        for line in after:
            if line.id in quantities and line.ordered > line.base_quantity and quantities[line.id] > 0:
                raise _exceeded(header, line)
        line_updates += [LineUpdate(line.id, ordered=quantities[line.id]) for line in lines if quantities.get(line.id)]
        state = progressed(DocumentKind(header.kind), header.state, called_off_progress(after))
        if state != header.state:
            updates.append(Update(document, state=state.value))
    return updates, line_updates


def _exceeded(header: Header, line: Line) -> Refusal:
    if header.kind == DocumentKind.QUOTE:
        return Refusal(
            "quote.exceeded",
            f"Line {line.line} of {header.number} has less left than is ordered.",
            "Order less of it, and the rest in an order of its own.",
        )
    return Refusal(
        "blanket.exceeded",
        f"Line {line.line} of {header.number} has less left than is called off.",
        "Call off less, or change the blanket order first.",
    )


def given_back(lines: Sequence[Line]) -> dict[int, int]:
    """Return what ``called_off`` takes when an order with these lines ends: what was neither delivered nor, of a service, invoiced."""
    used = {line.id: line.invoiced if line.item is None else line.received for line in lines}
    return {
        line.source: used[line.id] - line.base_quantity
        for line in lines
        if line.source is not None and line.base_quantity > used[line.id]
    }


def check_not_invoiced(header: Header, lines: Sequence[Line]) -> None:
    """Refuse (``order.invoiced``) to cancel an order of which something was invoiced."""
    if any(line.invoiced for line in lines):
        raise Refusal(
            "order.invoiced", f"{header.number} is invoiced in part.", "Cancel the invoice first, or close the order."
        )


def check_not_before(header: Header, day: dt.date, verb: Verb) -> None:
    """Refuse (``order.sent_too_early``) that something was done with an order before its own day."""
    if day < header.day:
        raise Refusal(
            "order.sent_too_early",
            f"{header.number} is of {header.day} and cannot be {verb.done} on {day}.",
            "Enter that day or a later one.",
        )
