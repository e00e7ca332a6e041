"""Orders of other systems: taken once each, changed and cancelled under their number there; many at once, each by itself."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import round_half_up
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.models import Document
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Header, Line
from everstock.operations.documents.states import State
from everstock.operations.identity.actor import Actor
from everstock.operations.sales.changes import change_order
from everstock.operations.sales.kits import part_of
from everstock.operations.sales.orders import cancel_order, create_order

_KIND = DocumentKind.SALES_ORDER


class Wish(StrEnum):
    """What another system wants of an order of its own."""

    CREATE = "create"
    CHANGE = "change"
    CANCEL = "cancel"


class External(NamedTuple):
    """An order as another system tells of it: its ``reference`` there, for ``CREATE`` and ``CHANGE`` all its lines, for ``CANCEL`` the reason."""

    wish: Wish
    reference: str
    lines: Sequence[OrderLine] = ()
    customer: int | None = None
    day: dt.date | None = None
    expected_on: dt.date | None = None
    reason: str = ""


class Taken(NamedTuple):
    """What came of one: the order, or why it was refused. ``repeated``: it was so already, and nothing was done."""

    reference: str
    order: DocumentRef | None
    refused: Refusal | None = None
    repeated: bool = False


def take_in(
    actor: Actor, *, channel: str, orders: Iterable[External], recorded_at: int, day: dt.date
) -> Iterator[Taken]:
    """Take in many orders of a channel (its code), each in a transaction of its own, and tell what came of each in turn.

    New ones are confirmed. The same again does nothing. ``day``: of those that name none. What an order is refused for is told, not raised.
    """
    for one in orders:
        try:
            before = _state(actor.company_id, channel, one.reference)
            done = _take(actor, channel, one, recorded_at, day)
            yield Taken(one.reference, done, repeated=before == _state(actor.company_id, channel, one.reference))
        except Refusal as refusal:
            yield Taken(one.reference, None, refusal)


def _state(company_id: int, channel: str, reference: str) -> tuple[int, int, str, dt.date] | None:
    of = Document.objects.filter(
        company_id=company_id,
        kind=_KIND.value,
        details__has_key="channel",
        details__channel=channel,
        reference=reference,
    )
    return of.values_list("id", "version", "state", "day").first()


def _take(actor: Actor, channel: str, one: External, recorded_at: int, day: dt.date) -> DocumentRef:
    found = _state(actor.company_id, channel, one.reference)
    if one.wish is Wish.CREATE:
        try:
            return create_order(
                actor,
                customer=one.customer,
                lines=one.lines,
                # the same order on a later day is the same order
                day=one.day or (day if found is None else found[3]),
                recorded_at=recorded_at,
                expected_on=one.expected_on,
                reference=one.reference,
                channel=channel,
                confirm=True,
            )
        except Refusal as refusal:
            if found is None or refusal.code != "request.other_content":
                raise
            raise _known(channel, one.reference, found[2]) from None
    if found is None:
        raise Refusal(
            "external.unknown",
            f"{channel} has brought no order {one.reference}.",
            "Send the order before what becomes of it.",
        )
    if one.wish is Wish.CHANGE:
        return _change(actor, found[0], one, recorded_at)
    if found[2] == State.CANCELLED:
        header = read(actor.company_id, [found[0]]).headers[found[0]]
        return DocumentRef(header.id, header.number, header.state)
    return cancel_order(actor, order=found[0], reason=one.reason or f"Cancelled by {channel}", recorded_at=recorded_at)


def _known(channel: str, reference: str, state: str) -> Refusal:
    """The channel sent an order anew that it had sent before with other content."""
    cause = f"{channel} brought the order {reference} before, with other content"
    if state == State.CANCELLED:
        return Refusal("request.other_content", f"{cause}, and it was cancelled.", "Send it under a new number.")
    return Refusal("request.other_content", f"{cause}.", "Send what is wanted now as a change of it.")


def _change(actor: Actor, order: int, one: External, recorded_at: int) -> DocumentRef:
    """Let an order have these lines: an item's quantity changes, an item it has not is added, one that is not named is not wanted any more.

    Components follow their kits, and charges stay: the other system knows of neither.
    """
    header, written = read(actor.company_id, [order]).one(order, _KIND)
    lines = [line for line in written if line.item is not None and part_of(line) is None]
    goods = [line for line in one.lines if line.item is not None]
    wanted = {line.item: line for line in goods}
    if len(wanted) < len(goods) or len({line.item for line in lines}) < len(lines):
        raise Refusal(
            "external.ambiguous", f"{header.number} has an item on several lines, then or now.", "Change it by hand."
        )
    changes = []
    for line in lines:
        now = wanted.pop(line.item, None)
        quantity, price = (0, None) if now is None else _in_unit_of(header, line, now)
        if quantity != line.quantity or (price is not None and price != line.unit_price):
            changes.append(LineChange(line.line, quantity=quantity, unit_price=price))
    if not changes and not wanted:
        return DocumentRef(header.id, header.number, header.state)
    place = next((line.location for line in written if line.location is not None), None)
    return change_order(
        actor, order=order, changes=changes, added=list(wanted.values()), location=place, recorded_at=recorded_at
    )


def _in_unit_of(header: Header, line: Line, now: OrderLine) -> tuple[int, int | None]:
    """How much is wanted now of what an order's line has, and at which price if one is named, in the unit of that line."""
    if now.unit == line.unit:
        return now.quantity, now.unit_price
    quantity, rest = divmod(now.quantity * line.denominator, line.numerator)
    if now.unit is not None or rest:
        raise Refusal(
            "external.unit",
            f"Line {line.line} of {header.number} is in another unit than what is wanted now.",
            "Change it by hand.",
        )
    price = now.unit_price
    return quantity, None if price is None else round_half_up(price * line.numerator, line.denominator)
