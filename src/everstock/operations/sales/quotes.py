"""Quotes: what we offer a customer, until when, and what became of it. An order from a quote takes its prices."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.operations.documents.checks import check_quantity, check_reason
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine, check_expected, known_item, known_tax, priced, to_base
from everstock.operations.documents.orders import called_off, check_not_before, moved, write_new
from everstock.operations.documents.read import lock
from everstock.operations.documents.records import DocumentRef, Header, Line, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import Verb, next_state
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import facts as sale_facts
from everstock.operations.sales.facts import Facts
from everstock.operations.sales.holds import follow_quote
from everstock.operations.sales.kits import exploded
from everstock.operations.sales.order_lines import check_place, compose, require_prices
from everstock.operations.sales.orders import KIND as SALES_ORDER
from everstock.operations.sales.orders import new_header, of_channel, offered_through, write_order

KIND = DocumentKind.QUOTE


class Accepted(NamedTuple):
    """What a customer takes of ``line`` of a quote; ``quantity`` in 10^-6 of that line's unit, ``None``: what is left of it."""

    line: int
    quantity: int | None = None
    location: int | None = None
    expected_on: dt.date | None = None


@answers_repeats
def create_quote(
    actor: Actor,
    *,
    customer: int,
    lines: Sequence[OrderLine],
    day: dt.date,
    recorded_at: int,
    valid_until: dt.date | None = None,
    location: int | None = None,
    currency: str | None = None,
    expected_on: dt.date | None = None,
    reference: str | None = None,
    channel: str | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Create a quote of ``day`` for ``customer`` (a partner's id), valid until a day, or until further notice; return it, requested.

    As ``orders.create_order``, but that its lines need not say where goods will leave from; also refused: ``quote.days``. ``channel``: the
    code of the one through which it will be ordered: with its prices, out of its warehouses, as much as it may promise; ``reference`` is the
    customer's, not its number there.
    """
    require(actor, Permission.QUOTE_CREATE)
    if valid_until is not None and valid_until < day:
        raise Refusal("quote.days", f"The quote ends on {valid_until}, before its day {day}.", "Enter a later day.")
    asked = fingerprint(
        *(KIND.value, customer, tuple(lines), day, valid_until, location, currency, expected_on, reference),
        *(() if channel is None else (channel,)),
    )
    with atomic_verb():
        facts = sale_facts.load(
            *(actor.company_id, lines),
            customer=customer,
            day=day,
            currency=currency,
            location=location,
            new_ids=1,
            key=key,
            channel=channel,
        )
        answered(facts.read.request, key, asked)
        header = new_header(
            actor, KIND, facts, customer=customer, day=day, recorded_at=recorded_at, reference=reference
        )
        written = compose(
            *(lines, facts),
            document=header.id,
            first=1,
            day=day,
            location=location,
            expected_on=expected_on,
            placed=False,
        )
        if facts.channel is not None:
            header = offered_through(actor.company_id, header, written, facts.channel)
        require_prices(actor, header, written, facts)
        return write_new(actor, header._replace(due_on=valid_until), written, key=key, asked=asked)


def send_quote(actor: Actor, *, quote: int, day: dt.date, recorded_at: int) -> DocumentRef:
    """Note that a quote went to the customer on ``day``.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``order.sent_too_early``.
    """
    require(actor, Permission.QUOTE_CREATE)
    with atomic_verb():
        header, _ = lock(actor.company_id, [quote], lines=False).one(quote, KIND)
        state = next_state(KIND, header.state, Verb.SEND, header.number)
        check_not_before(header, day, Verb.SEND)
        return moved(*(actor, header, state, Verb.SEND.value, recorded_at), update=Update(header.id, sent_on=day))


def lose_quote(actor: Actor, *, quote: int, reason: str, recorded_at: int) -> DocumentRef:
    """Note why a quote that was sent led to no order: it expired, or the customer bought elsewhere.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``.
    """
    return _end(actor, quote, Verb.LOSE, reason, recorded_at)


def cancel_quote(actor: Actor, *, quote: int, reason: str, recorded_at: int) -> DocumentRef:
    """Take back a quote of which nothing was ordered. Refused: as ``lose_quote``."""
    return _end(actor, quote, Verb.CANCEL, reason, recorded_at)


def _end(actor: Actor, quote: int, verb: Verb, reason: str, recorded_at: int) -> DocumentRef:
    require(actor, Permission.QUOTE_CREATE)
    check_reason(reason)
    with atomic_verb():
        header, _ = lock(actor.company_id, [quote], lines=False).one(quote, KIND)
        state = next_state(KIND, header.state, verb, header.number)
        follow_quote(actor.company_id, header, [], recorded_at)
        return moved(
            *(actor, header, state, verb.value, recorded_at),
            update=Update(header.id, details={**(header.details or {}), "reason": reason}),
            after={"reason": reason},
        )


@answers_repeats
def accept_quote(
    actor: Actor,
    *,
    quote: int,
    day: dt.date,
    recorded_at: int,
    lines: Sequence[Accepted] = (),
    location: int | None = None,
    expected_on: dt.date | None = None,
    reference: str | None = None,
    key: str | None = None,
    confirm: bool = False,
) -> DocumentRef:
    """Make a sales order of ``day`` from a quote that was sent, at its prices; ``lines``: what is taken of it, none: all that is left.

    ``location`` and ``expected_on`` hold for lines for which neither ``lines`` nor the quote name one. ``reference``, ``key`` and
    ``confirm`` as in ``orders.create_order``: the order of a quote with a channel comes through it, and its ``reference`` is its number there; else
    it is the quote's where none is given.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``quote.not_valid`` (not on that day),
    ``document.no_lines`` (nothing is left), ``order.line_unknown``, ``quote.exceeded`` (more than is left), ``quantity.…``, ``item.…``,
    ``location.…``, ``tax.unknown``, ``order.expected_too_early``, ``channel.…``, ``document.reference_taken``, ``request.other_content``; with ``confirm`` what ``confirm_order`` refuses.
    """
    require(actor, Permission.SALES_ORDER_CREATE)
    if confirm:
        require(actor, Permission.SALES_ORDER_CONFIRM)
    asked = fingerprint("quote", confirm, quote, tuple(lines), day, location, expected_on, reference)
    places = [OrderLine(0, location=one.location) for one in lines]
    with atomic_verb():
        facts = sale_facts.load(
            *(actor.company_id, places),
            document=quote,
            kind=KIND,
            day=day,
            location=location,
            credit=confirm,
            new_ids=1,
            key=key,
        )
        answered(facts.read.request, key, asked)
        header, quoted = facts.read.one(quote, KIND)
        next_state(KIND, header.state, Verb.ACCEPT, header.number)
        _check_day(header, day)
        taken = _taken(header, quoted, lines)
        new = _order(actor, header, facts, day, recorded_at, reference)
        ordered = [
            _line(
                one._replace(location=one.location or line.location or location or facts.home),
                *(line, facts, new, number, expected_on),
            )
            for number, (one, line) in enumerate(taken, 1)
        ]
        if facts.channel is not None:
            new = of_channel(actor.company_id, new, ordered, facts.channel)
        updates, line_updates = called_off(
            facts.read, {line.source: line.base_quantity for line in ordered if line.source is not None}
        )
        return write_order(
            *(actor, new, exploded(ordered, facts), facts),
            key=key,
            asked=asked,
            confirm=confirm,
            updates=updates,
            line_updates=line_updates,
            predecessor=quote,
        )


def _order(actor: Actor, quote: Header, facts: Facts, day: dt.date, recorded_at: int, reference: str | None) -> Header:
    """The header of an order from a quote, on its terms. What the customer calls the quote is no number in a channel."""
    assert quote.partner is not None
    named = reference or (quote.reference if facts.channel is None else None)
    new = new_header(
        *(actor, SALES_ORDER, facts), customer=quote.partner, day=day, recorded_at=recorded_at, reference=named
    )
    return new._replace(details=quote.details)


def _check_day(header: Header, day: dt.date) -> None:
    if day < header.day or (header.due_on is not None and day > header.due_on):
        until = "on" if header.due_on is None else f"to {header.due_on}"
        raise Refusal(
            "quote.not_valid",
            f"{header.number} is valid from {header.day} {until}, not on {day}.",
            "Change until when it is valid, or order without it.",
        )


def _taken(header: Header, quoted: Sequence[Line], lines: Sequence[Accepted]) -> list[tuple[Accepted, Line]]:
    """What is taken of which line of the quote."""
    by_number = {line.line: line for line in quoted}
    for number, count in Counter(one.line for one in lines).items():
        if number not in by_number or count > 1:
            raise Refusal(
                "order.line_unknown",
                f"{header.number} has no line {number}."
                if number not in by_number
                else f"Line {number} is taken twice.",
                "Name each line of the quote once at most.",
            )
    wanted = lines or [Accepted(line.line) for line in quoted if line.ordered < line.base_quantity]
    if not wanted:
        raise Refusal("document.no_lines", f"Everything on {header.number} is ordered.", "Order without the quote.")
    return [(one, by_number[one.line]) for one in wanted]


def _line(one: Accepted, quoted: Line, facts: Facts, order: Header, number: int, expected_on: dt.date | None) -> Line:
    where = f"line {quoted.line}"
    quantity = one.quantity
    if quantity is None:
        left = quoted.base_quantity - quoted.ordered
        # what is left of a line of which a part was taken in its unit is a whole number of the smallest parts of it
        quantity = left * quoted.denominator // quoted.numerator
    check_quantity(quantity, where)
    if quoted.item is not None:
        known_item(quoted.item, facts.items, where)
        check_place(one.location, facts, where)
    wanted_on = one.expected_on or quoted.expected_on or expected_on
    if wanted_on is not None:
        check_expected(wanted_on, order.day, where)
    line = quoted._replace(
        document=order.id,
        line=number,
        id=0,
        quantity=quantity,
        base_quantity=to_base(quantity, quoted.numerator, quoted.denominator, where),
        location=one.location if quoted.item is not None else None,
        source=quoted.id,
        ordered=0,
        expected_on=wanted_on,
    )
    tax = known_tax(quoted.tax_code, facts.taxes, where)
    return priced(line, quoted.unit_price, quoted.discount, facts.minor_per_major, tax)
