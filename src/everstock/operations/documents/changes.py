"""Changing the lines of an order, whether we buy or sell. Once it was sent, what it said before is kept as a version."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT
from everstock.operations.documents.amounts import minor_per_major
from everstock.operations.documents.audit import audited
from everstock.operations.documents.lines import LEAD_TIME, NO_TAX, Tax, check_expected, priced, to_base
from everstock.operations.documents.orders import called_off
from everstock.operations.documents.read import Read
from everstock.operations.documents.records import DocumentRef, Header, Line, LineUpdate, Update, Version, content
from everstock.operations.documents.states import Verb
from everstock.operations.documents.write import write
from everstock.operations.identity.actor import Actor


class LineChange(NamedTuple):
    """What changes on line number ``line``; ``None`` leaves it. ``quantity`` in 10^-6 of the line's unit, 0: not wanted any more."""

    line: int
    quantity: int | None = None
    unit_price: int | None = None
    discount: int | None = None
    expected_on: dt.date | None = None


def check_changes(
    header: Header, lines: Sequence[Line], changes: Sequence[LineChange], *, more: bool, version: int | None
) -> None:
    """Refuse ``document.changed_meanwhile``, ``order.no_change``, ``order.line_unknown``.

    ``more``: whether something else than lines changes. ``version``: the one the caller has seen, ``None``: any.
    """
    if version is not None and version != header.version:
        raise Refusal(
            "document.changed_meanwhile",
            f"{header.number} was changed meanwhile: it is at version {header.version}, not {version}.",
            "Look at it again, then change it.",
        )
    if not (changes or more):
        raise Refusal("order.no_change", f"Nothing is changed on {header.number}.", "Say what shall change.")
    known = {line.line for line in lines}
    named = [change.line for change in changes]
    for line in named:
        if line not in known or named.count(line) > 1:
            raise Refusal(
                "order.line_unknown",
                f"{header.number} has no line {line}." if line not in known else f"Line {line} is changed twice.",
                "Name each line of the order once at most.",
            )


def check_something_left(header: Header, lines: Sequence[Line]) -> None:
    """Refuse (``order.no_quantity``) an order of nothing."""
    if not any(line.quantity for line in lines):
        raise Refusal("order.no_quantity", f"Nothing would be left of {header.number}.", "Cancel or close it instead.")


def changed_lines(
    header: Header, lines: Sequence[Line], changes: Sequence[LineChange], taxes: Mapping[int, Tax]
) -> list[Line]:
    """Return all lines of an order as they are after ``changes``; refuse what cannot be.

    Refused: ``order.expected_too_early``, ``order.below_received``, a quantity, price or discount that cannot be.
    """
    by_line = {change.line: change for change in changes}
    return [_apply(header, line, by_line[line.line], taxes) if line.line in by_line else line for line in lines]


def _apply(header: Header, line: Line, change: LineChange, taxes: Mapping[int, Tax]) -> Line:
    where = f"line {line.line}"
    if change.expected_on is not None:
        check_expected(change.expected_on, header.day, where)
        # named by somebody: it no longer follows from the lead time
        details = {name: value for name, value in (line.details or {}).items() if name != LEAD_TIME}
        line = line._replace(expected_on=change.expected_on, details=details)
    if change.quantity is not None:
        line = line._replace(quantity=change.quantity, base_quantity=_quantity(header, line, change.quantity))
    tax = NO_TAX if line.tax_code is None else taxes.get(line.tax_code, NO_TAX)
    price = line.unit_price if change.unit_price is None else change.unit_price
    discount = line.discount if change.discount is None else change.discount
    return priced(line, price, discount, minor_per_major(header.currency), tax)


def _quantity(header: Header, line: Line, quantity: int) -> int:
    """The new quantity in base units."""
    where = f"line {line.line}"
    if not 0 <= quantity < LIMIT:
        raise Refusal("quantity.not_positive", f"The quantity of {where} cannot be that.", "Enter zero or more.")
    base = to_base(quantity, line.numerator, line.denominator, where)
    if base < max(line.received, line.invoiced, line.ordered):
        raise Refusal(
            "order.below_received",
            f"More of {where} of {header.number} was delivered, invoiced or called off already.",
            "Enter at least that much, or return the goods.",
        )
    return base


def write_change(
    actor: Actor,
    read: Read,
    header: Header,
    lines: Sequence[Line],
    changed: Sequence[Line],
    new: Sequence[Line],
    update: Update,
    recorded_at: int,
    *,
    keep: bool,
    noted: Mapping[str, object] | None = None,
) -> DocumentRef:
    """Write a changed order, and what it orders more or less of its predecessors.

    ``keep`` what it said before as a version; ``noted``: what the audit trail shall keep besides.
    """
    pairs = [(now, was) for now, was in zip(changed, lines, strict=True) if now != was]
    more = {now.source: now.base_quantity - was.base_quantity for now, was in pairs if now.source is not None}
    updates, line_updates = called_off(read, more)
    write(
        actor.company_id,
        updates=[update, *updates],
        line_updates=[*line_updates, *(_line_update(now) for now, _ in pairs)],
        lines=new,
        versions=[Version(header.id, header.version, recorded_at, actor.user_id, content(header, list(lines)))]
        if keep
        else [],
        audit=[
            audited(
                *(actor, header, Verb.CHANGE.value, recorded_at),
                before={"state": header.state, "version": header.version, "gross": header.gross},
                after={"state": update.state, "version": update.version, "gross": update.gross, **(noted or {})},
            )
        ],
    )
    assert update.state is not None
    return DocumentRef(header.id, header.number, update.state)


def _line_update(line: Line) -> LineUpdate:
    return LineUpdate(
        line.id,
        quantity=line.quantity,
        base_quantity=line.base_quantity,
        unit_price=line.unit_price,
        discount=line.discount,
        net=line.net,
        tax=line.tax,
        expected_on=line.expected_on,
        details=line.details,
    )
