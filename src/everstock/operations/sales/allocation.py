"""What of sales orders is reserved: as much as is free when they are confirmed, and the rest when more has come."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from everstock.ledger.database import integers, lock_items
from everstock.ledger.reservations import Wanted, redate, release, reservations, wait
from everstock.ledger.statements import Call
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import lock, raw_cursor
from everstock.operations.documents.records import CHANNEL, Header, Line
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.channel_stock import reserve, reserving
from everstock.operations.sales.kits import part_of
from everstock.operations.sales.models import USUAL_PRIORITY, CustomerTerms
from everstock.operations.warehouse.places import warehouse_of
from everstock.operations.warehouse.posting import ledger_reference

_KIND = DocumentKind.SALES_ORDER
_OPEN = frozenset({State.CONFIRMED, State.PARTLY_SHIPPED})


class Allocated(NamedTuple):
    """Line number ``line`` of ``order``: what is ``open`` (not shipped) of it, and ``reserved`` of that, in 10^-6 base units.

    ``channel``: the code of the one the order came through. ``kit``: the number of the line of the kit that it is a component of. ``due_on``: when the customer
    wants it; ``None``: at once.
    """

    order: int
    line: int
    item: int
    warehouse: int
    open: int
    reserved: int
    channel: str | None = None
    kit: int | None = None
    due_on: dt.date | None = None

    @property
    def short(self) -> int:
        """What is on backorder: open and not reserved."""
        return self.open - self.reserved


def holder(order: int, line: int) -> str:
    """Return how the reservations of an order's line are called."""
    return ledger_reference(_KIND, order, line)


def allocate(actor: Actor, *, orders: Sequence[int], recorded_at: int) -> list[Allocated]:
    """Reserve what is free for what is open on confirmed ``orders`` (ids), one order after the other, and return how it stands.

    Whoever allocates says who is served first: what other orders wait for is not kept for them.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``.
    """
    require(actor, Permission.SALES_ORDER_CONFIRM)
    with atomic_verb():
        read = lock(actor.company_id, sorted(set(orders)))
        found = [read.one(order, _KIND) for order in dict.fromkeys(orders)]
        for header, _ in found:
            next_state(_KIND, header.state, Verb.SHIP, header.number)
        return reserve_open(actor.company_id, found, recorded_at=recorded_at, first=True)


_WAITING = """
    SELECT d.id
      FROM document d
      LEFT JOIN customer_terms t ON t.partner_id = d.partner_id
     CROSS JOIN LATERAL (
           SELECT count(*) AS lines, min(coalesce(l.expected_on, d.expected_on, d.day)) AS due_on
             FROM document_line l
            WHERE l.document_id = d.id AND l.item_id IS NOT NULL AND l.base_quantity > l.received
              AND ($2::int[] IS NULL OR l.item_id = ANY ($2::int[]))
              AND EXISTS (SELECT 1 FROM location p WHERE p.id = l.location_id AND p.purpose <> 'drop_ship')
              AND l.base_quantity - l.received > coalesce((
                      SELECT sum(r.quantity) FROM reservation r
                       WHERE r.holder = 'SO/' || d.id || '/' || l.line AND r.company_id = $1), 0)) AS n
     WHERE d.company_id = $1 AND d.kind = 'sales_order' AND d.state IN ('confirmed', 'partly_shipped') AND n.lines > 0
     ORDER BY coalesce(t.priority, $3), n.due_on, coalesce(t.customer_group, ''), d.id
"""


def waiting_orders(company_id: int, *, items: Collection[int] | None = None) -> list[int]:
    """Return the confirmed orders (ids) that wait for goods of our own stock; ``items`` (ids): for any of these.

    In the order in which they are served: by the customer's priority, the day the first of it is due (at once what nobody said a day for: the day of the order), the
    customer's group, and who came first.
    """
    with raw_cursor() as run:
        run.execute(_WAITING, (company_id, None if items is None else integers(items), USUAL_PRIORITY))
        return [row[0] for row in run.fetchall()]


def reserve_open(
    company_id: int, orders: Sequence[tuple[Header, Sequence[Line]]], *, recorded_at: int, first: bool = False
) -> list[Allocated]:
    """Reserve what is free for the open lines of orders, and end what they do not need any more; ``allocate`` inside another verb.

    What orders that came before wait for is left to them, unless these are served ``first``, or were short before. The documents are locked or new. Where stock is lost, the customer's priority says who keeps longest, then the day it is due.
    """
    # all at once and in their order: what is ended and what is reserved may be of different items
    lock_items(company_id, {line.item for _, lines in orders for line in lines if line.item is not None})
    standing = standing_of(company_id, orders)
    _release_excess(company_id, standing)
    standing = _redated(company_id, standing, recorded_at)
    priority = _priorities(header for header, _ in orders)
    wanted = [
        Wanted(
            holder(one.order, one.line),
            one.item,
            one.warehouse,
            one.short,
            due_on=one.due_on,
            rank=priority[one.order],
        )
        for one in standing
        if one.short > 0
    ]
    if first:
        wait(company_id, wanted)
    more = reserve(*(company_id, wanted, [one.channel for one in standing if one.short > 0]), recorded_at=recorded_at)
    granted = {ask.holder: some for ask, some in zip(wanted, more, strict=True)}
    return [
        one._replace(reserved=min(one.reserved, one.open) + granted.get(holder(one.order, one.line), 0))
        for one in standing
        if one.open > 0
    ]


def reserving_new(
    actor: Actor, header: Header, lines: Iterable[Line], priority: int, *, recorded_at: int
) -> Call | None:
    """Return the call that reserves what is free for an order of which nothing is reserved, to go along with its write."""
    wanted = [
        _wanted(actor.company_id, header.id, line, line.base_quantity, priority)
        for line in lines
        if line.item is not None and line.location is not None
    ]
    return reserving(actor.company_id, wanted, [channel_of(header)] * len(wanted), recorded_at=recorded_at)


def reserving_back(
    company_id: int, orders: Mapping[int, Header], back: Iterable[tuple[Line, int]], *, recorded_at: int
) -> Call | None:
    """Return the call that reserves what comes back to lines of ``orders`` (as they are then), to go along with the write that brings it.

    ``back``: lines of orders and how much, in base units. Orders that need nothing any more get nothing; others what is free of it, since it may be
    lost or expired meanwhile.
    """
    priority = _priorities(orders.values())
    found = [
        (orders[line.document], _wanted(company_id, line.document, line, quantity, priority[line.document]))
        for line, quantity in back
        if line.document in orders and line.item is not None and line.location is not None
    ]
    open_ = [(header, one) for header, one in found if header.state in _OPEN]
    channels = [channel_of(header) for header, _ in open_]
    return reserving(company_id, [one for _, one in open_], channels, recorded_at=recorded_at)


def _wanted(company_id: int, order: int, line: Line, quantity: int, priority: int) -> Wanted:
    assert line.item is not None
    assert line.location is not None
    return Wanted(
        *(holder(order, line.line), line.item, warehouse_of(company_id, line.location), quantity),
        due_on=line.expected_on,
        rank=priority,
    )


def channel_of(header: Header) -> str | None:
    """Return the code of the channel an order came through."""
    return (header.details or {}).get(CHANNEL)


def _priorities(orders: Iterable[Header]) -> dict[int, int]:
    """How early each order's customer is served, 0 before all others."""
    partners = {header.id: header.partner for header in orders}
    known = CustomerTerms.objects.filter(partner__in={*partners.values()}).values_list("partner_id", "priority")
    by_partner = dict(known)
    return {order: by_partner.get(partner or 0, USUAL_PRIORITY) for order, partner in partners.items()}


def _release_excess(company_id: int, standing: Iterable[Allocated]) -> None:
    excess = {holder(one.order, one.line): one.reserved - one.open for one in standing if one.reserved > one.open}
    release(company_id, list(excess), list(excess.values()))


def _redated(company_id: int, standing: Sequence[Allocated], recorded_at: int) -> list[Allocated]:
    """Let what is reserved be wanted on the days on which the lines say it is, as far as it is good then."""
    held = [one for one in standing if one.reserved > 0]
    holders = [holder(one.order, one.line) for one in held]
    ended = redate(company_id, holders, [one.due_on for one in held], recorded_at=recorded_at)
    lost = dict(zip(holders, ended, strict=True))
    return [one._replace(reserved=one.reserved - lost.get(holder(one.order, one.line), 0)) for one in standing]


def release_order(company_id: int, order: int, lines: Iterable[Line]) -> None:
    """End what is reserved for an order: it is cancelled or closed."""
    release(company_id, [holder(order, line.line) for line in lines if line.item is not None])


def standing_of(company_id: int, orders: Iterable[tuple[Header, Sequence[Line]]]) -> list[Allocated]:
    """Return what of the goods on each line of orders is open and reserved."""
    found = [
        Allocated(
            header.id,
            line.line,
            line.item,
            warehouse_of(company_id, line.location),
            max(0, line.base_quantity - line.received),
            0,
            channel_of(header),
            part_of(line),
            line.expected_on,
        )
        for header, lines in orders
        for line in lines
        if line.item is not None and line.location is not None
    ]
    held = reservations(company_id, holders=[holder(one.order, one.line) for one in found]) if found else []
    reserved = {one.holder: one.quantity for one in held}
    return [one._replace(reserved=reserved.get(holder(one.order, one.line), 0)) for one in found]
