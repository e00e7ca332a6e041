"""Goods that come back to a till by their receipt: restocked or scrapped, credited and paid out, all in one transaction.

They come back at what they had cost, and are credited at the price and the tax of their receipt. It is made of the same steps as anywhere else, a
sales return, a credit note and payments, which whoever may take goods back at a till may make for it.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypedDict

from django.db import transaction

from everstock.core.posting import LocationKind, Role
from everstock.core.problems import Refusal
from everstock.ledger.queries import rows
from everstock.ledger.statements import Statement
from everstock.masterdata.models import Location, Lot, Purpose
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.payment_facts import lock as payment_facts
from everstock.operations.documents.payments import PaymentLine, compose, paid_updates, write_payment
from everstock.operations.documents.read import Read, lock, reference_of
from everstock.operations.documents.read import read as read_documents
from everstock.operations.documents.records import CHANNEL, SERIES, Details, DocumentRef, Header, Line, Request
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.documents.sides import SELLING
from everstock.operations.documents.states import State
from everstock.operations.documents.write import write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
from everstock.operations.sales.facts import Channel, understood_channel, unknown_channel
from everstock.operations.sales.inspections import Inspected, Outcome, inspect_return
from everstock.operations.sales.models import ChannelKind
from everstock.operations.sales.return_lines import ReturnLine, to_credit
from everstock.operations.sales.returns import take_back
from everstock.operations.sales.tenders import Means, Paid, Tender, paid_by, understood_means
from everstock.operations.warehouse.posting import arrival_moment, departure_moment

_STEPS = frozenset(
    {
        Permission.SALES_RETURN_POST,
        Permission.QUALITY_RELEASE,
        Permission.CUSTOMER_INVOICE_POST,
        Permission.PAYMENT_REGISTER,
    }
)
"""What whoever may take goods back at a till may do for it, and for nothing else."""


class Back(NamedTuple):
    """What comes back of line number ``line`` of a receipt: ``quantity`` in 10^-6 base units, ``None``: all that is not back yet.

    ``lot``: its code as it stands on the goods, which must be that of the line. ``location`` (an id): where it goes, ``None``: where it was sold from. ``scrap``: it is no good; it is taken back in a place for quality control
    (``None``: the only one there is) and leaves from there at once; what was sold on that same past day, as the next one begins.
    """

    line: int
    quantity: int | None = None
    location: int | None = None
    scrap: bool = False
    lot: str | None = None


class Asked(NamedTuple):
    """What comes back, as it was asked for: ``lines`` of ``receipt`` (an id) to the till ``channel`` (a code)."""

    channel: str
    receipt: int
    lines: Sequence[Back]
    day: dt.date
    recorded_at: int
    reason: str
    effective_at: int | None


class _Moment(TypedDict):
    """When something happens, as actions are told."""

    day: dt.date
    effective_at: int | None


class Till(NamedTuple):
    """A till, and how it pays."""

    channel: Channel
    means: Mapping[str, Means]

    @property
    def details(self) -> Details:
        """What documents that come through it keep of it."""
        found = {CHANNEL: self.channel.code}
        return {**found, SERIES: self.channel.series} if self.channel.series else found


@answers_repeats
def return_goods(
    actor: Actor,
    *,
    channel: str,
    receipt: int,
    lines: Sequence[Back],
    refunds: Sequence[Tender],
    day: dt.date,
    recorded_at: int,
    reason: str = "",
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Take goods of a receipt (an invoice's id) back at a point of sale (the code of a channel), and return the credit note, paid out.

    ``refunds``: how it is paid out, in the company's currency, together exactly what is credited. ``reason``: why they come back; needed for what is
    scrapped. ``effective_at``: as for a return. ``key``: the same key with the same content returns the first credit note. The receipt may be
    of another till.

    Refused: ``permission.missing``, ``document.unknown``, ``document.no_lines``, ``channel.unknown``, ``channel.inactive``, ``till.not_one`` (no point
    of sale), ``till.not_receipt`` (of no point of sale), ``till.not_paid``, ``till.scrap_place``, ``till.means``, ``till.amount``,
    ``return.line_unknown``, ``return.nothing_left``, ``return.other_lot``, ``reason.missing``, ``request.other_content``; and what ``returns.take_back``,
    ``inspections.inspect_return`` and ``credit_notes.post_credit_note`` refuse, such as ``return.exceeds``.
    """
    require(actor, Permission.TILL_RETURN)
    wanted = Asked(channel, receipt, lines, day, recorded_at, reason, effective_at)
    asked = fingerprint("till.return", channel, receipt, tuple(lines), tuple(refunds), day, reason, effective_at)
    with transaction.atomic():
        read = locked(actor.company_id, receipt, key)
        answered(read.request, key, asked)
        till = load(actor.company_id, channel, day)
        note = credited(actor, till, read, wanted)
        pay_out(actor, till, note, refunds, day, recorded_at)
        if key is not None:
            write(actor.company_id, request=Request(key, asked, note.id))
        return reference_of(read_documents(actor.company_id, [note.id]).headers[note.id])


def locked(company_id: int, receipt: int, key: str | None) -> Read:
    """Read a receipt (an invoice's id) with its shipments and their orders, and lock them all at once, as whoever takes back of a shipment does."""
    # links are never changed
    shipments = read_documents(company_id, [receipt], predecessors=True).headers
    return lock(company_id, sorted({receipt, *shipments}), predecessors=True, key=key)


def open_lines(actor: Actor, *, receipt: int) -> list[int]:
    """Return the numbers of the lines of a receipt (an invoice's id) of which goods could come back.

    Refused: ``permission.missing``, ``document.unknown``, ``return.nothing_left`` (of none).
    """
    require(actor, Permission.TILL_RETURN)
    read = read_documents(actor.company_id, [receipt], predecessors=True)
    header, billed = read.one(receipt, SELLING.invoice)
    found = [number for number, line in _by_number(read, billed).items() if line.returned < line.base_quantity]
    if not found:
        raise Refusal("return.nothing_left", f"All of {header.number} came back already.", "Look at its returns.")
    return found


def lots_of(actor: Actor, *, receipt: int) -> dict[int, str]:
    """Return the lot or serial number (its code) that each line of a receipt (by its id) left with, where it has one.

    Refused: ``permission.missing``, ``document.unknown``.
    """
    require(actor, Permission.TILL_RETURN)
    read = read_documents(actor.company_id, [receipt], predecessors=True)
    _, billed = read.one(receipt, SELLING.invoice)
    shipped = _by_number(read, billed)
    lots = {line.id: shipped[line.line].lot for line in billed if line.line in shipped}
    codes = dict(Lot.objects.filter(pk__in={lot for lot in lots.values() if lot}).values_list("id", "code"))
    return {line: codes[lot] for line, lot in lots.items() if lot is not None}


_TILL = Statement(
    "SELECT json_build_array(c, means_read($1, (c ->> 0)::integer, $3)) FROM channel_read($1, $2) AS c",
    *("int", "text", "date"),
)


def load(company_id: int, code: str, day: dt.date) -> Till:
    """Return a point of sale, and how it pays on ``day``; refuse (``channel.unknown``, ``channel.inactive``, ``till.not_one``) what is none."""
    (answer,) = _TILL.run(company_id, code, day)
    found, means = json.loads(answer or "")
    channel = understood_channel(found)
    if channel is None:
        raise unknown_channel(code)
    if channel.kind != ChannelKind.POINT_OF_SALE:
        raise Refusal("till.not_one", f"{code} is no point of sale.", "Name another channel, or enter a sales return.")
    if not channel.active:
        raise Refusal("channel.inactive", f"The channel {code} is inactive.", "Activate it, or name another one.")
    return Till(channel, understood_means(means))


# ---------------------------------------------------------------------------------------------------------------------
# What comes back


def credited(actor: Actor, till: Till, read: Read, asked: Asked) -> Header:
    """Take back what is asked for of a receipt that is locked with its shipments (``read``), and return the credit note, open."""
    receipt, billed = read.one(asked.receipt, SELLING.invoice)
    _check_receipt(receipt)
    lines = _return_lines(actor.company_id, read, receipt, billed, asked)
    helped = actor._replace(permissions=actor.permissions | _STEPS)
    back = take_back(
        helped,
        lines=lines,
        resolution=Resolution.CREDIT,
        day=asked.day,
        recorded_at=asked.recorded_at,
        effective_at=asked.effective_at,
        through=till.details,
    )
    scrapped = [Inspected(number) for number, one in enumerate(asked.lines, 1) if one.scrap]
    if scrapped:
        inspect_return(
            helped,
            sales_return=back.id,
            outcome=Outcome.SCRAP,
            lines=scrapped,
            reason=asked.reason,
            recorded_at=asked.recorded_at,
            **_scrapped_at(actor.company_id, lines, read, asked),
        )
    found = read_documents(actor.company_id, [back.id])
    header, of_return = found.headers[back.id], found.lines[back.id]
    note = post_credit_note(
        helped,
        lines=[CreditLine(line.id) for line in of_return if to_credit(header, line) > 0],
        day=asked.day,
        recorded_at=asked.recorded_at,
        through=till.details,
    )
    return read_documents(actor.company_id, [note.id]).headers[note.id]


def _scrapped_at(company_id: int, lines: Sequence[ReturnLine], read: Read, asked: Asked) -> _Moment:
    """When what came back is scrapped: on the same day, but as the next one begins where it came back in the last moment of a past day.

    That is what happens to goods that were sold on a past day, at a moment nobody knows, and came back on it: they come back when they left.
    """
    leaves = departure_moment(asked.day, None, asked.recorded_at)
    wanted = {(one.shipment, one.line) for one, back in zip(lines, asked.lines, strict=True) if back.scrap}
    references = [
        line.ledger_reference for some in read.lines.values() for line in some if (line.document, line.line) in wanted
    ]
    [(sold,)] = rows(
        "SELECT max(effective_at) FROM movement WHERE company_id = %s AND reference = ANY (%s)",
        (company_id, references),
    )
    if leaves is None or max(sold, asked.effective_at or 0) < leaves:
        return {"day": asked.day, "effective_at": None}
    day = asked.day + dt.timedelta(days=1)
    return {"day": day, "effective_at": arrival_moment(day, None)}


def _check_receipt(receipt: Header) -> None:
    if CHANNEL not in (receipt.details or {}):
        raise Refusal(
            "till.not_receipt",
            f"{receipt.number} was not sold at a till.",
            "Enter a sales return of its shipment, and credit that.",
        )
    if receipt.state != State.PAID:
        raise Refusal(
            "till.not_paid",
            f"{receipt.number} is {State(receipt.state).words} and not paid, so nothing is paid out for it.",
            "Enter a sales return of its shipment, and set its credit note off.",
        )


def _return_lines(
    company_id: int, read: Read, receipt: Header, billed: Sequence[Line], asked: Asked
) -> list[ReturnLine]:
    """What comes back, by the lines of the shipments with which it left."""
    if not asked.lines:
        raise Refusal("document.no_lines", "Nothing comes back.", "Add at least one line.")
    by_number = _by_number(read, billed)
    scrap = _quality_place(company_id, asked.lines)
    found = []
    for one in asked.lines:
        of = by_number.get(one.line)
        if of is None:
            raise Refusal(
                "return.line_unknown",
                f"Line {one.line} of {receipt.number} is about no goods that could come back.",
                "Name one of its lines with goods, by its number.",
            )
        open_ = of.base_quantity - of.returned
        if one.quantity is None and open_ <= 0:
            raise Refusal(
                "return.nothing_left",
                f"All of line {one.line} of {receipt.number} came back already.",
                "Look at its returns.",
            )
        found.append(
            ReturnLine(
                open_ if one.quantity is None else one.quantity,
                *(of.document, of.line),
                location=one.location or (scrap if one.scrap else of.location),
                lot=one.lot,
                reason=asked.reason,
            )
        )
    return found


def _by_number(read: Read, billed: Iterable[Line]) -> dict[int, Line]:
    """The lines of shipments that lines of an invoice bill, by their numbers on it."""
    shipped = {
        line.id: line
        for key, header in read.headers.items()
        if header.kind == DocumentKind.SHIPMENT
        for line in read.lines[key]
    }
    return {line.line: shipped[line.source] for line in billed if line.source in shipped}


def _quality_place(company_id: int, lines: Sequence[Back]) -> int | None:
    """Where what is scrapped is taken back if nobody says where; ``None`` if that is not asked."""
    if not any(one.scrap and one.location is None for one in lines):
        return None
    places = Location.objects.filter(
        company_id=company_id, kind=LocationKind.INTERNAL.value, purpose=Purpose.QUALITY.value, active=True
    ).values_list("id", flat=True)[:2]
    if len(places) != 1:
        raise Refusal(
            "till.scrap_place",
            f"What is scrapped is taken back in a place for quality control, and there is {'more than one' if places else 'none'}.",
            "Name one of them." if places else "Create one first.",
        )
    return places[0]


# ---------------------------------------------------------------------------------------------------------------------
# What is paid out


def pay_out(actor: Actor, till: Till, note: Header, refunds: Sequence[Tender], day: dt.date, recorded_at: int) -> None:
    """Pay out what is open of a credit note by ``refunds``, which are together all of it."""
    # foreign cash is taken, but not given
    own = {name: one for name, one in till.means.items() if one.currency is None}
    for one in paid_by(refunds, own, note.gross - note.paid, currency=note.currency, day=day):
        _pay_out(actor, till, note, one, day, recorded_at)


def _pay_out(actor: Actor, till: Till, note: Header, paid: Paid, day: dt.date, recorded_at: int) -> None:
    settle(actor, till, note, [PaymentLine(note.id, paid.amount)], day, recorded_at, paid)


def settle(
    actor: Actor,
    till: Till,
    note: Header,
    lines: Sequence[PaymentLine],
    day: dt.date,
    recorded_at: int,
    paid: Paid | None = None,
) -> None:
    """Settle a credit note, and what else ``lines`` name of its customer: what is ``paid`` out, or, of nothing, by each other."""
    facts = payment_facts(actor.company_id, day, documents=[line.document for line in lines], currency=note.currency)
    receivable = facts.account(Role.RECEIVABLE)
    amount = 0 if paid is None else -paid.amount
    header = Header(
        *(facts.read.ids[0], SELLING.payment.value, State.POSTED.value, day, note.currency, recorded_at),
        partner=note.partner,
        net=amount,
        gross=amount,
        created_by=actor.user_id,
        details={**till.details, **({} if paid is None else paid.details)},
    )
    # of nothing, the posting says when it was
    booked = {(facts.account(Role.BANK), receivable): 0} if paid is None else paid.journal(receivable)
    composed = compose(actor, SELLING, lines, facts, header)
    write_payment(
        *(actor, header, composed, {accounts: -amount for accounts, amount in booked.items()}),
        request=None,
        updates=paid_updates(facts, composed),
        links=[(line.document, header.id) for line in lines],
    )
