"""Changing an order. Once it was sent, what it said before is kept as a version."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT
from everstock.operations.documents.amounts import minor_per_major, totals
from everstock.operations.documents.checks import check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import Read, lock
from everstock.operations.documents.records import (
    DocumentRef,
    Header,
    Line,
    LineUpdate,
    Update,
    Version,
    content,
)
from everstock.operations.documents.states import (
    State,
    Verb,
    called_off_progress,
    next_state,
    order_progress,
    progressed,
)
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.facts import Facts
from everstock.operations.purchasing.order_lines import OrderLine, check_expected, compose, priced, to_base
from everstock.operations.purchasing.orders import (
    ORDERS,
    audited,
    called_off,
    facts_of,
    last_expected,
    require_approval,
)

_UNSENT = frozenset({State.REQUESTED, State.APPROVED})


class LineChange(NamedTuple):
    """What changes on line number ``line``; ``None`` leaves it. ``quantity`` in 10^-6 of the line's unit, 0: not wanted any more."""

    line: int
    quantity: int | None = None
    unit_price: int | None = None
    discount: int | None = None
    expected_on: dt.date | None = None


def change_order(
    actor: Actor,
    *,
    order: int,
    recorded_at: int,
    changes: Sequence[LineChange] = (),
    added: Sequence[OrderLine] = (),
    location: int | None = None,
    valid_until: dt.date | None = None,
    reference: str | None = None,
    version: int | None = None,
) -> DocumentRef:
    """Change lines of an order, add lines, set the supplier's ``reference`` (or until when a blanket order is valid).

    Every change counts up the version. Before the order is sent, it has to be approved again. Afterwards what it said is kept, and
    whoever makes it dearer must be able to approve its new amount. ``location``: for added lines that name none.
    ``version``: the one the caller has seen.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``document.changed_meanwhile``, ``order.no_change``,
    ``order.line_unknown``, ``order.below_received``, ``order.no_quantity`` (nothing would be left: cancel), ``approval.over_limit``,
    ``blanket.exceeded``, ``blanket.days``, and for lines what ``create_order`` refuses.
    """
    require(actor, Permission.PURCHASE_ORDER_CHANGE)
    with atomic_verb():
        read = lock(actor.company_id, [order], predecessors=True)
        header, lines = read.one(order, *ORDERS)
        kind = DocumentKind(header.kind)
        state = next_state(kind, header.state, Verb.CHANGE, header.number)
        _check(header, lines, changes, added, valid_until, reference, version)
        facts = _facts(actor, header, lines, added, location)
        changed = _changed(header, lines, changes, facts)
        new = _added(header, lines, added, facts, location)
        after = [*changed, *new]
        if not any(line.quantity for line in after):
            raise Refusal(
                "order.no_quantity", f"Nothing would be left of {header.number}.", "Cancel or close it instead."
            )
        sums = totals(after)
        if state not in _UNSENT:
            if sums.gross > header.gross:
                require_approval(actor, header, sums.gross, after, read.company_currency)
            reached = called_off_progress(after) if kind is DocumentKind.BLANKET_ORDER else order_progress(after)
            state = progressed(kind, state, reached)
        update = Update(
            header.id,
            state=state.value,
            version=header.version + 1,
            due_on=valid_until,
            expected_on=last_expected(after),
            reference=reference,
            net=sums.net,
            tax=sums.tax,
            gross=sums.gross,
        )
        return _write(actor, read, header, lines, changed, new, update, recorded_at)


def _check(
    header: Header,
    lines: Sequence[Line],
    changes: Sequence[LineChange],
    added: Sequence[OrderLine],
    valid_until: dt.date | None,
    reference: str | None,
    version: int | None,
) -> None:
    if version is not None and version != header.version:
        raise Refusal(
            "document.changed_meanwhile",
            f"{header.number} was changed meanwhile: it is at version {header.version}, not {version}.",
            "Look at it again, then change it.",
        )
    if not (changes or added or valid_until or reference):
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
    if valid_until is not None and (header.kind != DocumentKind.BLANKET_ORDER or valid_until < header.day):
        raise Refusal(
            "blanket.days",
            f"{header.number} of {header.day} cannot be valid until {valid_until}.",
            "Only a blanket order is valid until a day, and not before its own.",
        )
    if reference is not None:
        check_text(reference, "reference", 200)


def _facts(
    actor: Actor, header: Header, lines: Sequence[Line], added: Sequence[OrderLine], location: int | None
) -> Facts:
    assert header.partner is not None
    return facts_of(
        *(actor.company_id, header.partner, added, header.sent_on or header.day),
        location=location,
        currency=header.currency,
        tax_codes=[line.tax_code for line in lines if line.tax_code is not None],
    )


def _changed(header: Header, lines: Sequence[Line], changes: Sequence[LineChange], facts: Facts) -> list[Line]:
    by_line = {change.line: change for change in changes}
    return [_apply(header, line, by_line[line.line], facts) if line.line in by_line else line for line in lines]


def _apply(header: Header, line: Line, change: LineChange, facts: Facts) -> Line:
    where = f"line {line.line}"
    if change.expected_on is not None:
        check_expected(change.expected_on, header.day, where)
        # named by somebody: it no longer follows from the lead time
        line = line._replace(expected_on=change.expected_on, details={})
    if change.quantity is not None:
        line = line._replace(quantity=change.quantity, base_quantity=_quantity(header, line, change.quantity))
    tax = None if line.tax_code is None else facts.taxes.get(line.tax_code)
    rate, kind = (0, "") if tax is None else (tax.rate, tax.kind)
    price = line.unit_price if change.unit_price is None else change.unit_price
    discount = line.discount if change.discount is None else change.discount
    return priced(line, price, discount, minor_per_major(header.currency), rate, kind)


def _quantity(header: Header, line: Line, quantity: int) -> int:
    """The new quantity in base units."""
    where = f"line {line.line}"
    if not 0 <= quantity < LIMIT:
        raise Refusal("quantity.not_positive", f"The quantity of {where} cannot be that.", "Enter zero or more.")
    base = to_base(quantity, line.numerator, line.denominator, where)
    if base < max(line.received, line.invoiced, line.ordered):
        raise Refusal(
            "order.below_received",
            f"More of {where} of {header.number} was received, invoiced or called off already.",
            "Enter at least that much, or return the goods.",
        )
    return base


def _added(
    header: Header, lines: Sequence[Line], added: Sequence[OrderLine], facts: Facts, location: int | None
) -> list[Line]:
    if not added:
        return []
    blanket = header.kind == DocumentKind.BLANKET_ORDER
    new = compose(
        *(added, facts),
        document=header.id,
        first=1 + max(line.line for line in lines),
        day=header.sent_on or header.day,
        location=location,
        expected_on=None,
        minimums=not blanket,
    )
    return [line._replace(expected_on=None) for line in new] if blanket else new


def _write(
    actor: Actor,
    read: Read,
    header: Header,
    lines: Sequence[Line],
    changed: Sequence[Line],
    new: Sequence[Line],
    update: Update,
    recorded_at: int,
) -> DocumentRef:
    pairs = [(now, was) for now, was in zip(changed, lines, strict=True) if now != was]
    more = {now.source: now.base_quantity - was.base_quantity for now, was in pairs if now.source is not None}
    updates, line_updates = called_off(read, more)
    sent = header.sent_on is not None
    write(
        actor.company_id,
        updates=[update, *updates],
        line_updates=[*line_updates, *(_line_update(now) for now, _ in pairs)],
        lines=new,
        versions=[Version(header.id, header.version, recorded_at, actor.user_id, content(header, list(lines)))]
        if sent
        else [],
        audit=[
            audited(
                *(actor, header, Verb.CHANGE.value, recorded_at),
                before={"state": header.state, "version": header.version, "gross": header.gross},
                after={"state": update.state, "version": update.version, "gross": update.gross},
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
