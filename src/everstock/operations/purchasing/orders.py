"""Purchase orders and blanket orders: create, approve, send, cancel, close. Changes are in ``changes``, call-offs in ``call_offs``.

Every verb checks the permission, then the state, then the content, and writes once.
"""

import datetime as dt
from collections.abc import Sequence

from everstock.core.problems import Refusal
from everstock.operations.documents.amounts import in_company_currency, totals
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_reason, check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import LEAD_TIME, OrderLine, named
from everstock.operations.documents.orders import (
    check_not_before,
    check_not_invoiced,
    end,
    last_expected,
    moved,
    write_new,
)
from everstock.operations.documents.read import lock
from everstock.operations.documents.read import read as read_documents
from everstock.operations.documents.records import (
    DocumentRef,
    Header,
    Line,
    LineUpdate,
    Update,
)
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require, require_limit
from everstock.operations.identity.audit import AuditRow
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import facts as order_facts
from everstock.operations.purchasing.facts import Facts
from everstock.operations.purchasing.order_lines import compose

ORDERS = (DocumentKind.PURCHASE_ORDER, DocumentKind.BLANKET_ORDER)
KEPT_TERMS = (
    "incoterm",
    "payment_days",
    "discount_days",
    "discount",
    "over_tolerance",
    "under_tolerance",
    "price_tolerance",
)
"""The terms that an order keeps in its details: what holds for it, however they change, and whoever receives or pays it."""


@answers_repeats
def create_order(
    actor: Actor,
    *,
    supplier: int,
    lines: Sequence[OrderLine],
    day: dt.date,
    recorded_at: int,
    location: int | None = None,
    currency: str | None = None,
    expected_on: dt.date | None = None,
    reference: str | None = None,
    key: str | None = None,
    send: bool = False,
) -> DocumentRef:
    """Create a purchase order of ``day`` to ``supplier`` (a partner's id) and return it, requested.

    ``location`` and ``expected_on`` hold for lines that name none; ``currency``: ``None`` for the one in which we trade with the supplier.
    ``reference``: the supplier's number. ``key``: the same key with the same content returns the first order. ``send``: approve and send it
    in the same step, as somebody may who may do all three.

    Refused: ``permission.missing``, ``approval.over_limit``, ``document.no_lines``, an unknown supplier, currency, item, unit, location, tax code or account
    (``….unknown`` and the like), ``rate.missing``, a quantity, price, discount, day or text that cannot be, the supplier's
    minimum or multiple (``order.below_minimum``, ``order.not_multiple``), ``request.other_content``.
    """
    require(actor, Permission.PURCHASE_ORDER_CREATE)
    if send:
        require(actor, Permission.PURCHASE_ORDER_APPROVE)
        require(actor, Permission.PURCHASE_ORDER_SEND)
    kind = DocumentKind.PURCHASE_ORDER
    asked = fingerprint(kind.value, send, supplier, tuple(lines), day, location, currency, expected_on, reference)
    facts = _facts(actor, supplier, lines, day, location, currency, key)
    answered(facts.request, key, asked)
    header = new_header(actor, kind, facts, supplier=supplier, day=day, recorded_at=recorded_at, reference=reference)
    written = compose(lines, facts, document=header.id, first=1, day=day, location=location, expected_on=expected_on)
    further: list[AuditRow] = []
    if send:
        require_approval(actor, header, totals(written).gross, written, facts.company_currency)
        for verb in (Verb.APPROVE, Verb.SEND):
            before, state = header.state, next_state(kind, header.state, verb, header.number)
            header = header._replace(state=state.value, sent_on=day if verb is Verb.SEND else None)
            further.append(
                audited(actor, header, verb.value, recorded_at, before={"state": before}, after={"state": state.value})
            )
    with atomic_verb():
        return write_new(actor, header, written, key=key, asked=asked, further=further)


@answers_repeats
def create_blanket_order(
    actor: Actor,
    *,
    supplier: int,
    lines: Sequence[OrderLine],
    day: dt.date,
    valid_until: dt.date,
    recorded_at: int,
    location: int | None = None,
    currency: str | None = None,
    reference: str | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Create a blanket order: quantities and prices agreed from ``day`` to ``valid_until``, to be called off bit by bit.

    As ``create_order``, but for the supplier's minimums, which do not apply; also refused: ``blanket.days``.
    """
    require(actor, Permission.PURCHASE_ORDER_CREATE)
    if valid_until < day:
        raise Refusal(
            "blanket.days", f"The blanket order ends on {valid_until}, before its day {day}.", "Enter a later day."
        )
    asked = fingerprint("blanket_order", supplier, tuple(lines), day, valid_until, location, currency, reference)
    facts = _facts(actor, supplier, lines, day, location, currency, key)
    answered(facts.request, key, asked)
    header = new_header(
        actor,
        DocumentKind.BLANKET_ORDER,
        facts,
        supplier=supplier,
        day=day,
        recorded_at=recorded_at,
        reference=reference,
    )._replace(due_on=valid_until)
    written = compose(
        lines, facts, document=header.id, first=1, day=day, location=location, expected_on=valid_until, minimums=False
    )
    # nothing is expected of a blanket order, only of what is called off from it
    written = [line._replace(expected_on=None) for line in written]
    with atomic_verb():
        return write_new(actor, header, written, key=key, asked=asked)


def _facts(
    actor: Actor,
    supplier: int,
    lines: Sequence[OrderLine],
    day: dt.date,
    location: int | None,
    currency: str | None,
    key: str | None,
) -> Facts:
    return facts_of(actor.company_id, supplier, lines, day, location=location, currency=currency, new_ids=1, key=key)


def facts_of(
    company_id: int,
    supplier: int,
    lines: Sequence[OrderLine],
    day: dt.date,
    *,
    location: int | None = None,
    currency: str | None = None,
    tax_codes: Sequence[int] = (),
    new_ids: int = 0,
    key: str | None = None,
) -> Facts:
    """Return what ``compose`` needs for ``lines``; refuses as ``facts.load``."""
    about = named(lines, location)
    return order_facts.load(
        company_id,
        supplier,
        day,
        currency=currency,
        items=about.items,
        units=about.units,
        locations=about.locations,
        tax_codes=[*tax_codes, *about.tax_codes],
        accounts=about.accounts,
        new_ids=new_ids,
        key=key,
    )


def new_header(
    actor: Actor,
    kind: DocumentKind,
    facts: Facts,
    *,
    supplier: int,
    day: dt.date,
    recorded_at: int,
    reference: str | None,
) -> Header:
    """Return the header of a new order without its sums; it keeps the terms that hold now."""
    return Header(
        *(facts.ids[0], kind.value, State.REQUESTED.value, day, facts.currency, recorded_at),
        partner=supplier,
        rate=facts.rate,
        reference=None if reference is None else check_text(reference, "reference", 200),
        created_by=actor.user_id,
        details={name: getattr(facts.terms, name) for name in KEPT_TERMS},
    )


# ---------------------------------------------------------------------------------------------------------------------
# Verbs on one order; ``order`` is the id of a purchase order or of a blanket order


def approve_order(actor: Actor, *, order: int, recorded_at: int) -> DocumentRef:
    """Approve an order up to the actor's limit, which is compared with its gross amount in the company's currency.

    Refused: ``permission.missing``, ``approval.over_limit``, ``document.unknown``, ``document.wrong_state``.
    """
    require(actor, Permission.PURCHASE_ORDER_APPROVE)
    with atomic_verb():
        # who has no limit approves whatever the lines say
        limited = actor.limits.get(Permission.PURCHASE_ORDER_APPROVE) is not None
        read = lock(actor.company_id, [order], lines=limited)
        header, lines = read.one(order, *ORDERS)
        state = next_state(DocumentKind(header.kind), header.state, Verb.APPROVE, header.number)
        require_approval(actor, header, header.gross, lines, read.company_currency)
        return moved(actor, header, state, "approve", recorded_at)


def require_approval(actor: Actor, header: Header, gross: int, lines: Sequence[Line], company_currency: str) -> None:
    """Refuse (``approval.over_limit``) unless ``actor`` may approve an order of ``gross`` with these lines.

    Who has a limit cannot approve what has no amount yet: a line without a price.
    """
    require_limit(
        actor,
        Permission.PURCHASE_ORDER_APPROVE,
        in_company_currency(gross, header.currency, header.rate, company_currency),
    )
    limit = actor.limits[Permission.PURCHASE_ORDER_APPROVE]
    if limit is not None and any(line.unit_price is None and line.quantity for line in lines):
        raise Refusal(
            "approval.over_limit",
            f"{actor.name} may approve purchase orders up to an amount, and {header.number or 'this one'} has a line without a price.",
            "Enter the price, or ask somebody who may approve any amount.",
        )


def send_order(actor: Actor, *, order: int, day: dt.date, recorded_at: int) -> DocumentRef:
    """Note that an approved order went to the supplier on ``day``. Days that follow from the lead time are counted from then.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``order.sent_too_early``.
    """
    require(actor, Permission.PURCHASE_ORDER_SEND)
    with atomic_verb():
        header, _ = lock(actor.company_id, [order], lines=False).one(order, *ORDERS)
        state = next_state(DocumentKind(header.kind), header.state, Verb.SEND, header.number)
        check_not_before(header, day, Verb.SEND)
        lines = [] if day == header.day else read_documents(actor.company_id, [order]).lines[order]
        later = _expected_later(actor, header, lines, day) if lines else []
        return moved(
            *(actor, header, state, "send", recorded_at),
            update=Update(header.id, sent_on=day, expected_on=last_expected(later)),
            line_updates=[
                LineUpdate(new.id, expected_on=new.expected_on)
                for new, old in zip(later, lines, strict=False)
                if new.expected_on != old.expected_on
            ],
        )


def _expected_later(actor: Actor, header: Header, lines: Sequence[Line], day: dt.date) -> list[Line]:
    assert header.partner is not None
    calendar = order_facts.load(actor.company_id, header.partner, day, currency=header.currency).calendar
    return [
        line._replace(expected_on=calendar.expected(day, line.details[LEAD_TIME]))
        if line.expected_on is not None and line.details and LEAD_TIME in line.details
        else line
        for line in lines
    ]


def cancel_order(actor: Actor, *, order: int, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel an order of which nothing was received or invoiced; what it called off from a blanket order is given back.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``, ``order.invoiced``,
    ``order.called_off`` (a blanket order from which something was called off).
    """
    require(actor, Permission.PURCHASE_ORDER_CANCEL)
    return _end(actor, order, Verb.CANCEL, reason, recorded_at)


def close_order(actor: Actor, *, order: int, reason: str, recorded_at: int) -> DocumentRef:
    """Close an order: no more of it is expected, and what was called off for it and not received is given back.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``.
    """
    require(actor, Permission.PURCHASE_ORDER_CLOSE)
    return _end(actor, order, Verb.CLOSE, reason, recorded_at)


def _end(actor: Actor, order: int, verb: Verb, reason: str, recorded_at: int) -> DocumentRef:
    check_reason(reason)
    with atomic_verb():
        read = lock(actor.company_id, [order], predecessors=True)
        header, lines = read.one(order, *ORDERS)
        state = next_state(DocumentKind(header.kind), header.state, verb, header.number)
        if verb is Verb.CANCEL:
            _check_untouched(header, lines)
        return end(actor, read, header, lines, state, verb, reason, recorded_at)


def _check_untouched(header: Header, lines: Sequence[Line]) -> None:
    check_not_invoiced(header, lines)
    if any(line.ordered for line in lines):
        raise Refusal(
            "order.called_off",
            f"Something was called off from {header.number}.",
            "Cancel those orders first, or close this one.",
        )
