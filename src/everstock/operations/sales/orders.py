"""Sales orders: create, confirm, cancel, close. Quotes are in ``quotes``, changes in ``changes``.

Every verb checks the permission, then the state, then the content, and writes once.
"""

import datetime as dt
from collections.abc import Sequence

from everstock.core.problems import Refusal
from everstock.ledger.statements import Call
from everstock.masterdata.bulk import refuse_bad_code
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_reason, check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.models import Document
from everstock.operations.documents.orders import (
    check_not_before,
    check_not_invoiced,
    end,
    moved,
    write_new,
)
from everstock.operations.documents.read import lock
from everstock.operations.documents.records import (
    CHANNEL,
    SERIES,
    DocumentRef,
    Header,
    Line,
    LineUpdate,
    Update,
)
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import AuditRow
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import facts as sale_facts
from everstock.operations.sales.allocation import release_order, reserve_open, reserving_new
from everstock.operations.sales.below_cost import below_cost, noted, told
from everstock.operations.sales.credit import require_credit
from everstock.operations.sales.deliveries import confirmed_to, delivered_to
from everstock.operations.sales.facts import Channel, Facts
from everstock.operations.sales.holds import pass_to_order
from everstock.operations.sales.kits import exploded
from everstock.operations.sales.models import ChannelKind
from everstock.operations.sales.order_lines import compose, require_prices
from everstock.operations.sales.picks import unlist
from everstock.operations.warehouse.places import warehouse_of

KIND = DocumentKind.SALES_ORDER
KEPT_TERMS = ("incoterm", "payment_days", "discount_days", "discount")
"""The terms that an order keeps in its details: what holds for it, however they change."""
DROP_SHIPPED = "drop_shipped"
"""Key in an order's details: the purchase orders (ids) by which suppliers deliver to the customer."""
_SUPPLIER_DELIVERS = tuple(
    state.value for state in (State.REQUESTED, State.APPROVED, State.SENT, State.PARTLY_RECEIVED)
)
_CHANNEL_REFERENCE = 120
"""Characters; with the channel's code they are a request's key."""
_NUMBERED_THERE = frozenset({ChannelKind.SHOP, ChannelKind.MARKETPLACE})
"""The kinds of channel that have numbers of their own for every order."""


@answers_repeats
def create_order(
    actor: Actor,
    *,
    customer: int | None,
    lines: Sequence[OrderLine],
    day: dt.date,
    recorded_at: int,
    location: int | None = None,
    currency: str | None = None,
    expected_on: dt.date | None = None,
    reference: str | None = None,
    channel: str | None = None,
    delivery: str | None = None,
    cart: str | None = None,
    key: str | None = None,
    confirm: bool = False,
) -> DocumentRef:
    """Create a sales order of ``day`` for ``customer`` (a partner's id; ``None``: the channel's own) and return it, requested.

    ``location`` (where goods will leave from) and ``expected_on`` (when the customer wants them) hold for lines that name none;
    ``currency``: ``None`` for the one in which we trade with the customer. ``reference``: the customer's number, or that of ``channel``
    (a code) it came through: its orders are taken once each, and the same one again is answered with the first order. What a channel sells
    leaves its warehouses, and no more of it is reserved than the channel may promise.
    ``delivery``: the code of the customer's delivery address, ``None``: the default one when it is confirmed.
    ``key``: the same key with the same content returns the first order. ``confirm``: confirm it in the same step, which reserves what is free.
    ``cart``: the token of a cart; what is held for it passes over to the order, which must be confirmed in the same step.
    A line sold below cost is a warning in the answer (``price.below_cost``) to whoever may see costs.

    Refused: ``permission.missing``, ``document.no_lines``, an unknown customer, currency, item, unit, location, tax code or account
    (``….unknown`` and the like), ``rate.missing``, a quantity, price, discount, day or text that cannot be, no price
    (``price.missing``), one below that of the lists (``price.below_list``, ``approval.over_limit``), ``channel.…`` (unknown,
    inactive, no_reference, other_warehouse), ``address.unknown``, ``document.reference_taken``, ``request.other_content``; with ``confirm`` what ``confirm_order`` refuses.
    """
    require(actor, Permission.SALES_ORDER_CREATE)
    if confirm:
        require(actor, Permission.SALES_ORDER_CONFIRM)
    elif cart is not None:
        raise Refusal(
            "cart.not_confirmed", "What a cart holds passes over to confirmed orders.", "Confirm the order too."
        )
    key = _key(channel, reference, key)
    asked = fingerprint(
        *(KIND.value, confirm, customer, tuple(lines), day, location, currency, expected_on, reference, channel),
        *(() if delivery is None else (delivery,)),
        *(() if cart is None else (cart,)),
    )
    with atomic_verb():
        facts = sale_facts.load(
            *(actor.company_id, lines),
            customer=customer,
            day=day,
            currency=currency,
            location=location,
            credit=confirm,
            new_ids=1,
            key=key,
            channel=channel,
        )
        answered(facts.read.request, key, asked)
        header = new_header(
            actor, KIND, facts, customer=facts.customer_id, day=day, recorded_at=recorded_at, reference=reference
        )
        written = compose(
            lines, facts, document=header.id, first=1, day=day, location=location, expected_on=expected_on
        )
        if facts.channel is not None:
            header = of_channel(actor.company_id, header, written, facts.channel)
        if delivery is not None:
            header = header._replace(details=delivered_to(header, delivery))
        require_prices(actor, header, written, facts)
        return write_order(
            actor, header, exploded(written, facts), facts, key=key, asked=asked, confirm=confirm, cart=cart
        )


def _key(channel: str | None, reference: str | None, key: str | None) -> str | None:
    """The key of the request: an order of a channel is known by its number there."""
    if channel is None:
        return key
    refuse_bad_code(channel, "channel")
    if not reference:
        return key
    check_text(reference, "reference", _CHANNEL_REFERENCE)
    return f"{channel}/{reference}" if key is None else key


def of_channel(company_id: int, header: Header, lines: Sequence[Line], channel: Channel) -> Header:
    """Return the header of a new order as one of ``channel``; refuse (``channel.…``) what that does not sell."""
    header = offered_through(company_id, header, lines, channel)
    if not header.reference and channel.kind in _NUMBERED_THERE:
        raise Refusal(
            "channel.no_reference",
            f"The order came through {channel.code} and has no number there.",
            "Give the number as its reference.",
        )
    return header._replace(details={**(header.details or {}), SERIES: channel.series}) if channel.series else header


def offered_through(company_id: int, header: Header, lines: Sequence[Line], channel: Channel) -> Header:
    """Return the header of a new quote, or order, that says its ``channel``; refused: ``channel.inactive``, ``channel.other_warehouse``."""
    if not channel.active:
        raise Refusal(
            "channel.inactive", f"The channel {channel.code} is inactive.", "Activate it, or name another one."
        )
    check_channel_places(company_id, lines, channel)
    return header._replace(details={**(header.details or {}), CHANNEL: channel.code})


def check_channel_places(company_id: int, lines: Sequence[Line], channel: Channel) -> None:
    """Refuse (``channel.other_warehouse``) goods that would leave from where the channel does not sell."""
    for line in lines:
        if line.location is not None and warehouse_of(company_id, line.location) not in channel.warehouses:
            raise Refusal(
                "channel.other_warehouse",
                f"Line {line.line} would leave from a warehouse from which {channel.code} does not sell.",
                "Name another place, or add the warehouse to the channel.",
            )


def new_header(
    actor: Actor,
    kind: DocumentKind,
    facts: Facts,
    *,
    customer: int,
    day: dt.date,
    recorded_at: int,
    reference: str | None,
) -> Header:
    """Return the header of a new quote or order without its sums; it keeps the terms that hold now."""
    return Header(
        *(facts.read.ids[0], kind.value, State.REQUESTED.value, day, facts.currency, recorded_at),
        partner=customer,
        rate=facts.rate,
        reference=None if reference is None else check_text(reference, "reference", 200),
        created_by=actor.user_id,
        details={name: getattr(facts.terms, name) for name in KEPT_TERMS},
    )


def write_order(
    actor: Actor,
    header: Header,
    lines: list[Line],
    facts: Facts,
    *,
    key: str | None,
    asked: int,
    confirm: bool,
    updates: Sequence[Update] = (),
    line_updates: Sequence[LineUpdate] = (),
    predecessor: int | None = None,
    cart: str | None = None,
) -> DocumentRef:
    """Write a new order, confirmed in the same step if ``confirm``, with what is held for a ``cart``; refused: then what ``require_credit`` refuses."""
    warnings = below_cost(header, lines, facts)
    further: list[AuditRow] = []
    reserve = None
    if confirm:
        require_credit(actor, header, lines, facts)
        before, state = header.state, next_state(KIND, header.state, Verb.CONFIRM)
        header = header._replace(state=state.value, sent_on=header.day, details=confirmed_to(header, facts))
        further = [
            audited(
                *(actor, header, Verb.CONFIRM.value, header.created_at),
                before={"state": before},
                after={"state": state.value},
            )
        ]
        reserve = _reserving(actor, header, lines, facts, header.created_at, cart)
    done = write_new(
        *(actor, header, lines),
        key=key,
        asked=asked,
        updates=updates,
        line_updates=line_updates,
        predecessor=predecessor,
        further=further,
        reserve=reserve,
        noted=noted(warnings),
    )
    return told(actor, done, warnings)


def _reserving(
    actor: Actor, header: Header, lines: Sequence[Line], facts: Facts, recorded_at: int, cart: str | None = None
) -> Call | None:
    """Reserve what is free, to go along with the write; what is held for the cart, or the quote, passes over at once."""
    priority = facts.terms.priority
    held = cart is not None or any(line.source is not None for line in lines)
    if held and pass_to_order(actor.company_id, header, lines, priority, cart=cart, recorded_at=recorded_at):
        reserve_open(actor.company_id, [(header, lines)], recorded_at=recorded_at)
        return None
    return reserving_new(actor, header, lines, priority, recorded_at=recorded_at)


# ---------------------------------------------------------------------------------------------------------------------
# Verbs on one order; ``order`` is the id of a sales order


def confirm_order(actor: Actor, *, order: int, day: dt.date, recorded_at: int) -> DocumentRef:
    """Promise the customer on ``day`` what a requested order says, and reserve as much of it as is free.

    A line sold below cost is a warning in the answer, as with ``create_order``. Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``order.sent_too_early``, a customer on hold
    (``customer.on_hold``) or above its credit limit (``credit.exceeded``, ``approval.over_limit``).
    """
    require(actor, Permission.SALES_ORDER_CONFIRM)
    with atomic_verb():
        facts = sale_facts.load(actor.company_id, document=order, kind=KIND, credit=True)
        header, lines = facts.read.one(order, KIND)
        state = next_state(KIND, header.state, Verb.CONFIRM, header.number)
        check_not_before(header, day, Verb.CONFIRM)
        require_credit(actor, header, lines, facts)
        warnings = below_cost(header, lines, facts)
        done = moved(
            *(actor, header, state, Verb.CONFIRM.value, recorded_at),
            update=Update(header.id, sent_on=day, details=confirmed_to(header, facts)),
            after=noted(warnings),
            reserve=_reserving(actor, header, lines, facts, recorded_at),
        )
        return told(actor, done, warnings)


def cancel_order(actor: Actor, *, order: int, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel an order of which nothing was shipped or invoiced; what it ordered of a quote can be ordered again.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``, ``order.invoiced``.
    """
    require(actor, Permission.SALES_ORDER_CANCEL)
    return _end(actor, order, Verb.CANCEL, reason, recorded_at)


def close_order(actor: Actor, *, order: int, reason: str, recorded_at: int) -> DocumentRef:
    """Close an order: no more of it is shipped; what was may still be invoiced.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``.
    """
    require(actor, Permission.SALES_ORDER_CLOSE)
    return _end(actor, order, Verb.CLOSE, reason, recorded_at)


def _check_drop_shipments(header: Header) -> None:
    """Refuse to end an order for which a supplier still delivers."""
    orders = (header.details or {}).get(DROP_SHIPPED)
    if not orders:
        return
    open_ = Document.objects.filter(pk__in=orders, state__in=_SUPPLIER_DELIVERS).values_list("number", flat=True)
    if numbers := ", ".join(open_):
        raise Refusal(
            "order.drop_shipped",
            f"Goods of {header.number} are ordered by {numbers}, to be delivered to the customer.",
            "Cancel or close that first.",
        )


def _end(actor: Actor, order: int, verb: Verb, reason: str, recorded_at: int) -> DocumentRef:
    check_reason(reason)
    with atomic_verb():
        read = lock(actor.company_id, [order], predecessors=True)
        header, lines = read.one(order, KIND)
        state = next_state(KIND, header.state, verb, header.number)
        if verb is Verb.CANCEL:
            check_not_invoiced(header, lines)
        _check_drop_shipments(header)
        unlist(actor.company_id, header._replace(state=state.value), lines)
        release_order(actor.company_id, order, lines)
        return end(actor, read, header, lines, state, verb, reason, recorded_at)
