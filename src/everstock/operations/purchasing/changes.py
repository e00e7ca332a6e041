"""Changing an order. Once it was sent, what it said before is kept as a version."""

import datetime as dt
from collections.abc import Sequence

from everstock.core.problems import Refusal
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
from everstock.operations.documents.read import lock
from everstock.operations.documents.records import (
    DocumentRef,
    Header,
    Line,
    Update,
)
from everstock.operations.documents.states import (
    State,
    Verb,
    called_off_progress,
    next_state,
    order_progress,
    progressed,
)
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.facts import Facts
from everstock.operations.purchasing.order_lines import compose
from everstock.operations.purchasing.orders import ORDERS, facts_of, require_approval

_UNSENT = frozenset({State.REQUESTED, State.APPROVED})


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
        check_changes(header, lines, changes, more=bool(added or valid_until or reference), version=version)
        _check(header, valid_until, reference)
        facts = _facts(actor, header, lines, added, location)
        changed = changed_lines(header, lines, changes, facts.taxes)
        new = _added(header, lines, added, facts, location)
        after = [*changed, *new]
        check_something_left(header, after)
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
        return write_change(
            *(actor, read, header, lines, changed, new, update, recorded_at), keep=header.sent_on is not None
        )


def _check(header: Header, valid_until: dt.date | None, reference: str | None) -> None:
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
