"""Changing a quote or a sales order. Once it was sent, or confirmed, what it said before is kept as a version."""

import datetime as dt
from collections.abc import Iterable, Sequence

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.operations.documents.amounts import totals
from everstock.operations.documents.changes import (
    LineChange,
    changed_lines,
    check_changes,
    check_something_left,
    write_change,
)
from everstock.operations.documents.checks import check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.orders import last_expected
from everstock.operations.documents.records import CHANNEL, DocumentRef, Header, Line, Update
from everstock.operations.documents.states import State, Verb, next_state, order_progress, progressed
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import facts as sale_facts
from everstock.operations.sales.allocation import reserve_open
from everstock.operations.sales.below_cost import below_cost, noted, told
from everstock.operations.sales.credit import require_credit, to_be_paid
from everstock.operations.sales.deliveries import delivered_to
from everstock.operations.sales.holds import follow_quote
from everstock.operations.sales.kits import exploded, following, part_of
from everstock.operations.sales.order_lines import compose, require_prices
from everstock.operations.sales.orders import check_channel_places
from everstock.operations.sales.picks import unlist
from everstock.operations.sales.promises import kept_on, without_promise


def change_order(
    actor: Actor,
    *,
    order: int,
    recorded_at: int,
    changes: Sequence[LineChange] = (),
    added: Sequence[OrderLine] = (),
    location: int | None = None,
    reference: str | None = None,
    delivery: str | None = None,
    version: int | None = None,
) -> DocumentRef:
    """Change lines of a sales order, add lines, set the customer's ``reference`` or the address (a code) of its ``delivery``.

    What is reserved follows; what was promised of a line whose quantity or day is another is not promised any more (``promises.promise_order``). Every change counts up the version; once the order is confirmed, what it said before is kept, and more than before must be within the
    customer's credit. ``location``: for added lines that name none; ``None``: where all others leave from, if that is one place. ``version``: the one the caller has seen.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``document.changed_meanwhile``, ``order.no_change``,
    ``order.line_unknown``, ``order.below_received``, ``order.price_billed``, ``order.no_quantity`` (nothing would be left: cancel),
    ``channel.reference_kept``,
    ``quote.exceeded`` (more of a line than its quote has left), for lines what ``create_order`` refuses, for credit what
    ``confirm_order`` refuses.
    """
    require(actor, Permission.SALES_ORDER_CHANGE)
    return _change(
        *(actor, DocumentKind.SALES_ORDER, order, recorded_at, changes, added, location, None, reference, version),
        delivery=delivery,
    )


def change_quote(
    actor: Actor,
    *,
    quote: int,
    recorded_at: int,
    changes: Sequence[LineChange] = (),
    added: Sequence[OrderLine] = (),
    location: int | None = None,
    valid_until: dt.date | None = None,
    reference: str | None = None,
    version: int | None = None,
) -> DocumentRef:
    """Change a quote of which nothing was ordered, or until when it is valid. As ``change_order``; also refused: ``quote.days``."""
    require(actor, Permission.QUOTE_CREATE)
    return _change(
        *(actor, DocumentKind.QUOTE, quote, recorded_at, changes, added, location, valid_until, reference, version)
    )


def _change(
    actor: Actor,
    kind: DocumentKind,
    document: int,
    recorded_at: int,
    changes: Sequence[LineChange],
    added: Sequence[OrderLine],
    location: int | None,
    valid_until: dt.date | None,
    reference: str | None,
    version: int | None,
    *,
    delivery: str | None = None,
) -> DocumentRef:
    with atomic_verb():
        facts = sale_facts.load(
            *(actor.company_id, added),
            document=document,
            kind=kind,
            location=location,
            related=True,
            credit=kind is DocumentKind.SALES_ORDER,
        )
        header, lines = facts.read.one(document, kind)
        state = next_state(kind, header.state, Verb.CHANGE, header.number)
        check_changes(header, lines, changes, more=bool(added or valid_until or reference or delivery), version=version)
        _check(header, valid_until, reference)
        changed = following(header, changed_lines(header, lines, changes, facts.taxes), changes)
        changed = [_promised_anew(now, was) for now, was in zip(changed, lines, strict=True)]
        new = _added(header, lines, added, facts, location or _only_place(lines))
        if facts.channel is not None:
            check_channel_places(actor.company_id, new, facts.channel)
        after = [*changed, *new]
        check_something_left(header, after)
        _refuse_billed(header, changed, lines)
        repriced = [now for now, was in zip(changed, lines, strict=True) if _repriced(now, was)]
        others = [now for now, was in zip(changed, lines, strict=True) if not _repriced(now, was)]
        require_prices(actor, header, [*repriced, *new], facts, others=others)
        before = header._replace(due_on=valid_until or header.due_on)
        state = _followed(actor, before, lines, after, state, facts, recorded_at)
        sums = totals(after)
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
            details=None if delivery is None else delivered_to(header, delivery),
        )
        warnings = below_cost(header, [*repriced, *new], facts) if kind is DocumentKind.SALES_ORDER else ()
        done = write_change(
            *(actor, facts.read, header, lines, changed, new, update, recorded_at),
            keep=header.sent_on is not None,
            noted=noted(warnings),
        )
        return told(actor, done, warnings)


def _followed(
    actor: Actor,
    header: Header,
    lines: Sequence[Line],
    after: Sequence[Line],
    state: State,
    facts: sale_facts.Facts,
    recorded_at: int,
) -> State:
    """Let what is reserved follow, within the customer's credit, and return the state."""
    if header.kind == DocumentKind.QUOTE:
        follow_quote(actor.company_id, header, after, recorded_at)
        return state
    if state is State.REQUESTED:
        return state
    if to_be_paid(after) > to_be_paid(lines):
        require_credit(actor, header, after, facts)
    unlist(actor.company_id, header, after)
    reserve_open(actor.company_id, [(header, after)], recorded_at=recorded_at)
    return progressed(DocumentKind.SALES_ORDER, state, order_progress(after))


def _check(header: Header, valid_until: dt.date | None, reference: str | None) -> None:
    if valid_until is not None and valid_until < header.day:
        raise Refusal(
            "quote.days", f"The quote ends on {valid_until}, before its day {header.day}.", "Enter a later day."
        )
    if reference is not None:
        check_text(reference, "reference", 200)
        of_channel = header.kind == DocumentKind.SALES_ORDER and CHANNEL in (header.details or {})
        if header.reference and of_channel:
            raise Refusal(
                "channel.reference_kept",
                f"{header.number} is known by its number {header.reference} where it came from.",
                "Leave the reference as it is.",
            )


def _refuse_billed(header: Header, changed: Sequence[Line], lines: Sequence[Line]) -> None:
    """Refuse (``order.price_billed``) another price for what is billed in part: a line has one price, at which what comes back is credited."""
    for now, was in zip(changed, lines, strict=True):
        if was.invoiced and (now.unit_price, now.discount) != (was.unit_price, was.discount):
            raise Refusal(
                "order.price_billed",
                f"Of line {was.line} of {header.number}, {format_quantity(was.invoiced)} is billed at the price it has.",
                "Leave only what is billed on the line and add the rest as a new one, or credit a part of the price.",
            )


def _promised_anew(now: Line, was: Line) -> Line:
    """A changed line; what was promised of other goods than it wants now is not promised any more."""
    same = (now.base_quantity, now.expected_on) == (was.base_quantity, was.expected_on)
    return now if same or not kept_on(now) else without_promise(now)


def _repriced(now: Line, was: Line) -> bool:
    """Whether the price of a line has to be looked at again: what a quote promised holds as long as nobody changes the price."""
    if (now.unit_price, now.discount) != (was.unit_price, was.discount):
        return True
    return now.quantity != was.quantity and now.source is None and part_of(now) is None


def _only_place(lines: Iterable[Line]) -> int | None:
    """Where all goods of an order leave from, if that is one place."""
    places = {line.location for line in lines if line.item is not None and line.location is not None}
    return places.pop() if len(places) == 1 else None


def _added(
    header: Header, lines: Sequence[Line], added: Sequence[OrderLine], facts: sale_facts.Facts, location: int | None
) -> list[Line]:
    if not added:
        return []
    placed = header.kind == DocumentKind.SALES_ORDER
    new = compose(
        *(added, facts),
        document=header.id,
        first=1 + max(line.line for line in lines),
        day=header.day,
        location=location,
        expected_on=None,
        placed=placed,
    )
    return exploded(new, facts) if placed else new
