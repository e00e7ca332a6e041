"""When what customers ordered, or are offered, can leave, and why then.

What is reserved leaves after the time of handling, on days of work; the rest from what is free, from what is on its way and nobody else needs, or after it is
bought. It is computed when somebody asks, and kept on the lines of an order when it is told to the customer (``promise_order``).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from everstock.core.kits import stocked
from everstock.ledger.reservations import reservations
from everstock.operations.documents.audit import audited
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import lock
from everstock.operations.documents.records import Header, Line, LineUpdate
from everstock.operations.documents.states import Verb, next_state
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.allocation import channel_of, holder
from everstock.operations.sales.channel_stock import channel_availability
from everstock.operations.sales.kit_bills import contents
from everstock.operations.sales.kits import PART_OF, is_kit, part_of
from everstock.operations.warehouse.availability import Availability, Promise, Reason, availability
from everstock.operations.warehouse.places import warehouse_of

PROMISED = "promised"
"""Key in the details of an order's line: what was promised, as a list of (day or null, quantity, reason, source)."""


class LinePromise(NamedTuple):
    """When what is open of line number ``line`` can leave, in parts; ``wanted_on``: when the customer wants it."""

    line: int
    wanted_on: dt.date | None
    parts: tuple[Promise, ...]

    @property
    def day(self) -> dt.date | None:
        """When all of it can leave; ``None``: nobody knows."""
        return last_day(self.parts)


def last_day(parts: Iterable[Promise]) -> dt.date | None:
    """Return when the last of some parts can leave; ``None``: nobody knows, or there are none."""
    days = [part.day for part in parts]
    return None if None in days else max((day for day in days if day is not None), default=None)


def kept_on(line: Line) -> tuple[Promise, ...]:
    """Return what was promised of a line of an order; nothing if nobody promised anything."""
    return parts_of((line.details or {}).get(PROMISED, ()))


def parts_of(kept: Iterable[Sequence[Any]]) -> tuple[Promise, ...]:
    """Return what was promised, as it is kept under ``PROMISED``."""
    return tuple(
        Promise(None if day is None else dt.date.fromisoformat(day), quantity, Reason(reason), source)
        for day, quantity, reason, source in kept
    )


def promise_order(actor: Actor, *, order: int, day: dt.date, recorded_at: int) -> list[LinePromise]:
    """Compute anew, on ``day``, when what is open of a confirmed order can leave, keep it on its lines, and return it.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``.
    """
    require(actor, Permission.SALES_ORDER_CONFIRM)
    with atomic_verb():
        header, lines = lock(actor.company_id, [order]).one(order, DocumentKind.SALES_ORDER)
        next_state(DocumentKind.SALES_ORDER, header.state, Verb.SHIP, header.number)
        found = promises(actor.company_id, header, lines, day=day, recorded_at=recorded_at)
        by_line = {line.line: line for line in lines}
        changed = [one for one in found if one.parts != kept_on(by_line[one.line])]
        if changed:
            write(
                actor.company_id,
                line_updates=[
                    LineUpdate(line.id, details=line.details)
                    for line in (with_promise(by_line[one.line], one) for one in changed)
                ],
                audit=[audited(actor, header, "promise", recorded_at, after={"lines": [*map(_said, changed)]})],
            )
        return found


def with_promise(line: Line, promised: LinePromise) -> Line:
    """Return a line that says what is promised of it."""
    parts = [[None if part.day is None else part.day.isoformat(), *part[1:]] for part in promised.parts]
    return line._replace(details={**(line.details or {}), PROMISED: parts})


def without_promise(line: Line) -> Line:
    """Return a line that says nothing of what was promised: something else is wanted now."""
    return line._replace(details={name: said for name, said in (line.details or {}).items() if name != PROMISED})


def _said(one: LinePromise) -> list[Any]:
    return [one.line, None if one.day is None else one.day.isoformat()]


def promises(
    company_id: int, header: Header, lines: Sequence[Line], *, day: dt.date, recorded_at: int
) -> list[LinePromise]:
    """Return when what is open of the goods of an order or a quote can leave, asked on ``day``, line by line.

    A line of a quote that says no place is left out. What one line takes, the next one does not get; what the channel it came through leaves for
    others is not promised. ``recorded_at``: now, in microseconds UTC.
    """
    wanted = _exploded(lines) if header.kind == DocumentKind.QUOTE else lines
    goods = _goods(company_id, wanted)
    if not goods:
        return []
    there = _there(company_id, header, goods, day, recorded_at)
    held = {
        one.holder: one.quantity
        for one in reservations(company_id, holders=[holder(header.id, line.line) for line, *_ in goods])
    }
    found = []
    for line, item, warehouse, open_ in goods:
        at = there[item, warehouse]
        reserved = min(open_, held.get(holder(header.id, line.line), 0))
        found.append(LinePromise(line.line, line.expected_on, _parts(at, line, reserved, open_ - reserved, day)))
        there[item, warehouse] = at.without(open_ - reserved, day, line.expected_on)
    numbers = {line.line for line in lines}
    return sorted(one for one in [*found, *_kits(wanted, found)] if one.line in numbers)


_Goods = list[tuple[Line, int, int, int]]
"""Lines with item, warehouse and what is open."""


def _exploded(lines: Sequence[Line]) -> list[Line]:
    """The lines of a quote, with those of what its kits contain after them, as on the order that it may become."""
    placed = {line.item for line in lines if line.item is not None and line.location is not None}
    bills = contents(placed)
    found = [line._replace(location=None) if line.item in bills else line for line in lines]
    number = max((line.line for line in lines), default=0)
    for kit in lines:
        if kit.item is None or kit.item not in bills or kit.location is None:
            continue
        for component, needed in stocked(kit.item, kit.base_quantity, bills).items():
            number += 1
            found.append(
                kit._replace(line=number, item=component, base_quantity=needed, received=0, details={PART_OF: kit.line})
            )
    return found


def _goods(company_id: int, lines: Sequence[Line]) -> _Goods:
    return [
        (line, line.item, warehouse_of(company_id, line.location), line.base_quantity - line.received)
        for line in lines
        if line.item is not None and line.location is not None and line.base_quantity > line.received
    ]


def _there(
    company_id: int, header: Header, goods: _Goods, day: dt.date, recorded_at: int
) -> dict[tuple[int, int], Availability]:
    """What there is of each item in each warehouse for this order, or this quote."""
    warehouses = {warehouse for _, _, warehouse, _ in goods}
    asked = {item for _, item, _, _ in goods}
    channel, order = channel_of(header), _order(header)
    if channel is None:
        found = availability(company_id, asked, day=day, warehouses=warehouses, order=order, recorded_at=recorded_at)
    else:
        found = channel_availability(
            company_id, channel, asked, day=day, warehouses=warehouses, order=order, recorded_at=recorded_at
        )
    return {(one.item, one.warehouse): one for one in found}


def _order(header: Header) -> int | None:
    """The order that has its place among others: one that is not confirmed comes after all that are."""
    return None if header.sent_on is None or header.kind != DocumentKind.SALES_ORDER else header.id


def _parts(at: Availability, line: Line, reserved: int, rest: int, day: dt.date) -> tuple[Promise, ...]:
    parts = [Promise(at.work.leaving(day, line.expected_on), reserved, Reason.IN_STOCK)] if reserved else []
    if rest:
        parts += at.promises(rest, day, line.expected_on)
    if reserved and len(parts) > 1 and parts[0][::2] == parts[1][::2]:
        parts = [parts[0]._replace(quantity=parts[0].quantity + parts[1].quantity), *parts[2:]]
    return tuple(parts)


def _kits(lines: Sequence[Line], found: Iterable[LinePromise]) -> list[LinePromise]:
    """A kit leaves when the last of its components does."""
    by_line = {one.line: one for one in found}
    kits = []
    for kit in lines:
        parts = [by_line[line.line] for line in lines if part_of(line) == kit.line and line.line in by_line]
        if not is_kit(kit) or not parts or kit.base_quantity <= kit.received:
            continue
        last = max((part for one in parts for part in one.parts), key=lambda part: part.day or dt.date.max)
        open_ = kit.base_quantity - kit.received
        kits.append(LinePromise(kit.line, kit.expected_on, (last._replace(quantity=open_),)))
    return kits
