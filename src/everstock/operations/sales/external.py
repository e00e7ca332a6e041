"""Orders of other systems: taken once each, changed and cancelled under their number there; many at once, each by itself."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.models import Document
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef
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


def _change(actor: Actor, order: int, one: External, recorded_at: int) -> DocumentRef:
    """Let an order have these lines: an item's quantity changes, an item it has not is added, one that is not named is not wanted any more.

    Components follow their kits, and charges stay: the other system knows of neither.
    """
    header, written = read(actor.company_id, [order]).one(order, _KIND)
    lines = [line for line in written if line.item is not None and part_of(line) is None]
    wanted = {line.item: line for line in one.lines}
    if len(wanted) < len(one.lines) or len({line.item for line in lines}) < len(lines):
        raise Refusal(
            "external.ambiguous", f"{header.number} has an item on several lines, then or now.", "Change it by hand."
        )
    changes = []
    for line in lines:
        now = wanted.pop(line.item, None)
        quantity = 0 if now is None else now.quantity
        price = None if now is None else now.unit_price
        if quantity != line.quantity or (price is not None and price != line.unit_price):
            changes.append(LineChange(line.line, quantity=quantity, unit_price=price))
    if not changes and not wanted:
        return DocumentRef(header.id, header.number, header.state)
    place = next((line.location for line in written if line.location is not None), None)
    return change_order(
        actor, order=order, changes=changes, added=list(wanted.values()), location=place, recorded_at=recorded_at
    )
