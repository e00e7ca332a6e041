"""Calling off from a blanket order: a purchase order over part of it, at its prices."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.operations.documents.amounts import minor_per_major
from everstock.operations.documents.checks import check_quantity
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import LEAD_TIME, NO_TAX, OrderLine, check_expected, priced, to_base
from everstock.operations.documents.orders import called_off, write_new
from everstock.operations.documents.read import lock
from everstock.operations.documents.records import DocumentRef, Header, Line
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.facts import Facts
from everstock.operations.purchasing.orders import facts_of, new_header


class CallOff(NamedTuple):
    """What is called off from ``line`` of a blanket order; ``quantity`` in 10^-6 of that line's unit.

    ``location``: ``None`` for the line's; ``expected_on``: ``None`` by the supplier's lead time.
    """

    line: int
    quantity: int
    location: int | None = None
    expected_on: dt.date | None = None


@answers_repeats
def call_off(
    actor: Actor,
    *,
    blanket: int,
    lines: Sequence[CallOff],
    day: dt.date,
    recorded_at: int,
    reference: str | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Create a purchase order of ``day`` over part of a blanket order. It needs no approval of its own: the blanket order had one.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``document.no_lines``, ``blanket.not_valid`` (not on
    that day), ``blanket.line`` (no such line, or twice), ``blanket.exceeded``, and a quantity, day or place that cannot be.
    """
    require(actor, Permission.PURCHASE_ORDER_CREATE)
    asked = fingerprint("call_off", blanket, tuple(lines), day, reference)
    with atomic_verb():
        read = lock(actor.company_id, [blanket], new_ids=1, key=key)
        answered(read.request, key, asked)
        header, agreed = read.one(blanket, DocumentKind.BLANKET_ORDER)
        next_state(DocumentKind.BLANKET_ORDER, header.state, Verb.CALL_OFF, header.number)
        _check(header, agreed, lines, day)
        by_line = {line.line: line for line in agreed}
        facts = _facts(actor, header, [by_line[one.line] for one in lines], lines, day)._replace(ids=read.ids)
        order = [
            _line(one, by_line[one.line], facts, document=read.ids[0], number=number, day=day)
            for number, one in enumerate(lines, 1)
        ]
        quantities = {line.source: line.base_quantity for line in order if line.source is not None}
        updates, line_updates = called_off(read, quantities)
        assert header.partner is not None
        new = new_header(
            *(actor, DocumentKind.PURCHASE_ORDER, facts),
            supplier=header.partner,
            day=day,
            recorded_at=recorded_at,
            reference=reference,
        )
        return write_new(
            *(actor, new._replace(state=State.APPROVED.value, details=header.details), order),
            key=key,
            asked=asked,
            updates=updates,
            line_updates=line_updates,
            predecessor=blanket,
        )


def _check(header: Header, agreed: Sequence[Line], lines: Sequence[CallOff], day: dt.date) -> None:
    if not lines:
        raise Refusal("document.no_lines", "Nothing is called off.", "Add at least one line.")
    if header.due_on is None or not header.day <= day <= header.due_on:
        raise Refusal(
            "blanket.not_valid",
            f"{header.number} is valid from {header.day} to {header.due_on}, not on {day}.",
            "Call off on a day between, or make a new order.",
        )
    known = {line.line for line in agreed}
    for line, count in Counter(one.line for one in lines).items():
        if line not in known or count > 1:
            raise Refusal(
                "blanket.line",
                f"{header.number} has no line {line}." if line not in known else f"Line {line} is called off twice.",
                "Name each line of the blanket order once at most.",
            )


def _facts(actor: Actor, header: Header, agreed: Sequence[Line], lines: Sequence[CallOff], day: dt.date) -> Facts:
    assert header.partner is not None
    wanted = [
        OrderLine(one.quantity, item=line.item, location=one.location or line.location, tax_code=line.tax_code)
        for one, line in zip(lines, agreed, strict=True)
    ]
    return facts_of(actor.company_id, header.partner, wanted, day, currency=header.currency)


def _line(one: CallOff, agreed: Line, facts: Facts, *, document: int, number: int, day: dt.date) -> Line:
    where = f"line {number}"
    check_quantity(one.quantity, where)
    if one.location is not None:
        place = facts.locations.get(one.location)
        if place is None or not place.active:
            raise Refusal(
                "location.unknown", f"Line {number} names an unknown or inactive location.", "Name another one."
            )
    if one.expected_on is not None:
        check_expected(one.expected_on, day, where)
    lead_time = facts.lead_time(agreed.item)
    line = agreed._replace(
        document=document,
        line=number,
        id=0,
        quantity=one.quantity,
        base_quantity=to_base(one.quantity, agreed.numerator, agreed.denominator, where),
        location=one.location or agreed.location,
        source=agreed.id,
        ordered=0,
        expected_on=one.expected_on or facts.calendar.expected(day, lead_time),
        details=None if one.expected_on else {LEAD_TIME: lead_time},
    )
    tax = NO_TAX if agreed.tax_code is None else facts.taxes.get(agreed.tax_code, NO_TAX)
    return priced(line, agreed.unit_price, agreed.discount, minor_per_major(facts.currency), tax)
