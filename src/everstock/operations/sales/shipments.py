"""Shipments: goods that leave for customers, of what they ordered. The moment they do, their cost is in the books.

A shipment has one line for each place and lot that goods are taken from, in base units. It ends what was reserved for the order's lines, and takes
nothing that is reserved for others.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from everstock.core.facts import Kind
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE, format_quantity, round_half_up
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.reservations import Wanted
from everstock.ledger.statements import Call
from everstock.masterdata.models import Item
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_reason
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import Read, lock
from everstock.operations.documents.records import Details, DocumentRef, Header, Line, LineUpdate, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State, Verb, next_state, order_progress, progressed
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import AuditRow
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.allocation import channel_of, holder, reserving_back
from everstock.operations.sales.channel_stock import taking
from everstock.operations.sales.credit import require_delivery
from everstock.operations.sales.kits import (
    KIT_PRICE,
    PART_OF,
    check_whole,
    each_of,
    is_kit,
    kit_part,
    leaving,
    shipped_kits,
)
from everstock.operations.sales.shipment_facts import ShipmentFacts
from everstock.operations.sales.shipment_facts import lock as lock_shipment
from everstock.operations.sales.staged import back_in_staging, refuse_delivered, unpack_shipment
from everstock.operations.warehouse.lots import refuse_expired
from everstock.operations.warehouse.picking import (
    Pick,
    PickPlace,
    Strategy,
    choose,
    on_pick_lists,
    pick_places,
    refuse_listed,
)
from everstock.operations.warehouse.places import refuse_on_hold, refuse_other_warehouse, warehouse_of
from everstock.operations.warehouse.posting import departure_moment, ledger_reference, ready_lines, reversals
from everstock.operations.warehouse.transfers import base_quantity

_KIND = DocumentKind.SHIPMENT
_RATE_ONE = 10**9


class ShipmentLine(NamedTuple):
    """What leaves of line number ``line`` of ``order`` (an id): ``quantity`` in 10^-6 of that line's unit.

    ``location`` and ``lot`` (ids): taken from there; ``None`` for the location: from wherever the strategy says, of that lot or of any.
    """

    order: int
    line: int
    quantity: int
    location: int | None = None
    lot: int | None = None


class _Asked(NamedTuple):
    """A line that is asked for, of which line of which order, and ``base`` units of it."""

    line: ShipmentLine
    ordered: Line
    item: int
    warehouse: int
    base: int


class Leaving(NamedTuple):
    """A line that leaves, in base units, and from where: the order's line, its warehouse, its picks. ``details``: of the shipment's lines."""

    ordered: Line
    warehouse: int
    base: int
    picks: list[Pick]
    details: Details | None = None


@answers_repeats
def ship(
    actor: Actor,
    *,
    lines: Sequence[ShipmentLine],
    day: dt.date,
    recorded_at: int,
    strategy: Strategy = Strategy.FEFO,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Ship goods of confirmed orders of one customer on ``day`` and return the shipment, posted.

    ``strategy``: from where lines are taken that name no place. ``effective_at``: the moment the goods left, in microseconds of the company's
    clock; ``None``: now, or at the end of an earlier day. ``key``: the same key with the same content returns the first shipment.

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``document.wrong_state``, ``shipment.other_customer``,
    ``shipment.line_unknown``, ``shipment.exceeds``, ``shipment.short``, ``shipment.on_pick_list``, ``stock.on_pick_list``, ``stock.promised``, ``stock.on_hold``
    (held for quality), ``shipment.other_warehouse`` (than that of the order's line), ``lot.expired``, ``quantity.…``, ``customer.on_hold``, ``approval.over_limit``, ``moment.other_day``, ``request.other_content``; and what the ledger refuses, such as ``stock.short``.
    """
    require(actor, Permission.SHIPMENT_POST)
    asked = fingerprint(_KIND.value, tuple(lines), day, strategy.value, effective_at)
    with atomic_verb():
        facts = lock_shipment(actor.company_id, [(one.order, one.line) for one in lines], day, key)
        read = facts.read
        answered(read.request, key, asked)
        orders = orders_of(read, [one.order for one in lines])
        require_delivery(actor, [(order, read.lines[order.id]) for order in orders], read.company_currency, facts.hold)
        leaving = _leaving(actor.company_id, facts, lines, day, strategy)
        request = None if key is None else Request(key, asked, read.ids[0])
        return post_shipment(
            *(actor, read, orders, leaving, day),
            at=departure_moment(day, effective_at, recorded_at),
            recorded_at=recorded_at,
            request=request,
            known=facts.ledger,
        )


def post_shipment(
    actor: Actor,
    read: Read,
    orders: Sequence[Header],
    leaving: Sequence[Leaving],
    day: dt.date,
    *,
    at: int | None,
    recorded_at: int,
    request: Request | None,
    pick_lists: Sequence[Update] = (),
    further: Sequence[AuditRow] = (),
    known: Mapping[str, Any] | None = None,
) -> DocumentRef:
    """Post the shipment of what leaves of ``orders`` at a moment, under the id that was reserved, and write it.

    ``pick_lists``: what changes on those it was picked with. ``further``: rows of the audit trail about other documents. ``known``: see ``ledger.post.ready``.

    Refused: goods on hold (``stock.on_hold``), places of another warehouse than the order's line (``shipment.other_warehouse``).
    """
    header = Header(
        *(read.ids[0], _KIND.value, State.POSTED.value, day, orders[0].currency, recorded_at),
        partner=orders[0].partner,
        rate=orders[0].rate,
        posted_at=recorded_at,
        created_by=actor.user_id,
    )
    named = {order.id: (order, read.lines[order.id]) for order in orders}
    written, moved = shipped_lines(leaving, named, read.company_currency, header, at)
    updates, line_updates = _progress(read, Counter(_by_source(written)), sign=1)
    said = audited(actor, header, "post", recorded_at, after={"state": header.state, "lines": len(written)})
    posting = ready_lines(actor, _KIND, header.id, moved, recorded_at, known)
    _check_places(actor.company_id, read, leaving)
    numbers = write(
        actor.company_id,
        documents=[header],
        lines=written,
        updates=[*updates, *pick_lists],
        line_updates=line_updates,
        links=[(one, header.id) for one in [*(order.id for order in orders), *(update.id for update in pick_lists)]],
        posting=posting,
        audit=[said, *further],
        request=request,
        before=_taking(actor.company_id, read, leaving, recorded_at),
    )
    return DocumentRef(header.id, numbers[header.id], header.state)


def cancel_shipment(actor: Actor, *, shipment: int, reason: str, recorded_at: int) -> DocumentRef:
    """Take back a shipment that never left: the goods are where they were, perhaps in staging, and open on their orders again and reserved for them.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``, ``shipment.delivered``,
    ``shipment.kit_invoiced``; and what the ledger refuses.
    """
    require(actor, Permission.SHIPMENT_POST)
    check_reason(reason)
    with atomic_verb():
        read = lock(actor.company_id, [shipment], predecessors=True)
        header, lines = read.one(shipment, _KIND)
        state = next_state(_KIND, header.state, Verb.CANCEL, header.number)
        refuse_delivered(header)
        updates, line_updates = _progress(read, Counter(_by_source(lines)), sign=-1)
        updates += back_in_staging(read, lines)
        unpack_shipment(shipment, recorded_at)
        after = {"state": state.value, "reason": reason}
        write(
            actor.company_id,
            updates=[Update(shipment, state=state.value), *updates],
            line_updates=line_updates,
            posting=ready_lines(actor, _KIND, shipment, reversals(lines), recorded_at),
            audit=[audited(actor, header, Verb.CANCEL.value, recorded_at, before={"state": header.state}, after=after)],
            after=_reserving_back(actor.company_id, read, updates, lines, recorded_at),
        )
        return DocumentRef(shipment, header.number, state.value)


def _reserving_back(
    company_id: int, read: Read, updates: Iterable[Update], lines: Sequence[Line], recorded_at: int
) -> Call | None:
    """What reserves for the orders what of their lines was shipped, once the ledger has it back."""
    states = {update.id: update.state for update in updates}
    orders = {
        key: header._replace(state=states.get(key) or header.state)
        for key, header in read.headers.items()
        if header.kind == DocumentKind.SALES_ORDER
    }
    back = _by_source(lines)
    ordered = [line for order in orders for line in read.lines[order]]
    of_lines = [(line, back[line.id]) for line in ordered if line.id in back]
    return reserving_back(company_id, orders, of_lines, recorded_at=recorded_at)


def orders_of(read: Read, ids: Sequence[int]) -> list[Header]:
    """Return the orders with these ids, each once; refuse what cannot be shipped, or not together."""
    if not ids:
        raise Refusal("document.no_lines", "Nothing is shipped.", "Add at least one line.")
    orders = [read.one(order, DocumentKind.SALES_ORDER)[0] for order in dict.fromkeys(ids)]
    for header in orders:
        next_state(DocumentKind.SALES_ORDER, header.state, Verb.SHIP, header.number)
        if (header.partner, header.currency) != (orders[0].partner, orders[0].currency):
            raise Refusal(
                "shipment.other_customer",
                f"{header.number} is of another customer, or in another currency, than {orders[0].number}.",
                "Ship them one by one.",
            )
    return orders


# ---------------------------------------------------------------------------------------------------------------------
# From where


def _leaving(
    company_id: int, facts: ShipmentFacts, lines: Sequence[ShipmentLine], day: dt.date, strategy: Strategy
) -> list[Leaving]:
    read = facts.read
    shipped: Counter[tuple[int, int]] = Counter()
    asked: list[_Asked] = []
    for number, one in enumerate(_components(read, lines), 1):
        ordered = _ordered(read, one)
        if ordered is None or ordered.item is None or ordered.location is None:
            raise Refusal(
                "shipment.line_unknown",
                f"Line {one.line} of {read.headers[one.order].number} is no goods that could be shipped.",
                "Name one of its lines with an item.",
            )
        base = base_quantity(one.quantity, ordered.numerator, ordered.denominator, f"line {number}")
        shipped[one.order, one.line] += base
        open_ = max(0, ordered.base_quantity - ordered.received)
        if shipped[one.order, one.line] > open_:
            raise Refusal(
                "shipment.exceeds",
                f"Of line {one.line} of {read.headers[one.order].number}, {format_quantity(open_)} is open, and "
                f"{format_quantity(shipped[one.order, one.line])} would be shipped.",
                "Ship less, or change the order first.",
            )
        asked.append(_Asked(one, ordered, ordered.item, warehouse_of(company_id, ordered.location), base))
    refuse_expired([one.lot for one in lines if one.lot is not None], day)
    places = facts.places
    if places is None:
        places = pick_places(company_id, {one.item for one in asked}, {one.warehouse for one in asked}, day)
    return _picked(company_id, asked, places, strategy)


def _ordered(read: Read, one: ShipmentLine) -> Line | None:
    return next((line for line in read.lines[one.order] if line.line == one.line), None)


def _components(read: Read, lines: Iterable[ShipmentLine]) -> Iterator[ShipmentLine]:
    """What leaves, of kits their components."""
    for number, one in enumerate(lines, 1):
        kit = _ordered(read, one)
        if kit is None or not is_kit(kit):
            yield one
            continue
        base = base_quantity(one.quantity, kit.numerator, kit.denominator, f"line {number}")
        check_whole(base, f"line {number}")
        for part, quantity in leaving(kit, base, read.lines[one.order]):
            yield ShipmentLine(one.order, part, quantity, one.location)


def _picked(
    company_id: int, asked: Sequence[_Asked], places: dict[tuple[int, int], list[PickPlace]], strategy: Strategy
) -> list[Leaving]:
    if any(place.listed for there in places.values() for place in there):
        _refuse_listed(company_id, asked, {one.warehouse for one in asked})
    leaving = []
    for line, ordered, item, warehouse, base in asked:
        if line.location is not None:
            picks = [Pick(line.location, line.lot or 0, base)]
        else:
            there = places.get((item, warehouse), [])
            picks = choose(strategy, [place for place in there if line.lot in {None, place.lot}], base)
            if sum(pick.quantity for pick in picks) < base:
                raise short(
                    item,
                    base,
                    sum(pick.quantity for pick in picks),
                    "Ship what is reserved (`so ship --reserved`) or less",
                )
            taken = {(pick.location, pick.lot): pick.quantity for pick in picks}
            places[item, warehouse] = [
                place._replace(quantity=place.quantity - taken.get((place.location, place.lot), 0)) for place in there
            ]
        leaving.append(Leaving(ordered, warehouse, base, picks))
    return leaving


def _refuse_listed(company_id: int, asked: Sequence[_Asked], warehouses: Collection[int]) -> None:
    """Refuse (``shipment.on_pick_list``, ``stock.on_pick_list``) to ship what somebody picks, or from where he would not find it any more."""
    listed = on_pick_lists({one.ordered.id for one in asked}).of_lines
    wanted: Counter[int] = Counter()
    at_places: Counter[tuple[int, int, int]] = Counter()
    for line, ordered, item, _, base in asked:
        wanted[ordered.id] += base
        if line.location is not None:
            at_places[item, line.location, line.lot or 0] += base
        left = ordered.base_quantity - ordered.received - listed.get(ordered.id, 0)
        if wanted[ordered.id] > max(0, left) and ordered.id in listed:
            raise Refusal(
                "shipment.on_pick_list",
                f"{format_quantity(listed[ordered.id])} of line {ordered.line} is on a pick list.",
                "Ship what was picked, or cancel the pick list first.",
            )
    refuse_listed(company_id, at_places, warehouses)


def _check_places(company_id: int, read: Read, leaving: Iterable[Leaving]) -> None:
    for one in leaving:
        goods = f"What is on line {one.ordered.line} of {read.headers[one.ordered.document].number}"
        for pick in one.picks:
            refuse_on_hold(company_id, pick.location, goods)
            refuse_other_warehouse(company_id, pick.location, one.warehouse, goods)


def short(item: int, wanted: int, there: int, less: str) -> Refusal:
    """What is answered when less of an item (an id) can be taken than would leave, in 10^-6 base units; ``less``: what can be done instead."""
    return Refusal(
        "shipment.short",
        f"{format_quantity(wanted)} of {Item.objects.get(pk=item).sku} would be shipped, and {format_quantity(there)} can be taken.",
        f"{less}, receive the goods, count those that pickers missed (`everstock pick counts`), or name the place they are in.",
    )


def _taking(company_id: int, read: Read, leaving: Iterable[Leaving], recorded_at: int) -> Call:
    """End what was reserved for these lines; what is reserved for others, or kept from their channel, is not theirs to take."""
    picked = [(one, pick) for one in leaving for pick in one.picks]
    wanted = [
        Wanted(
            *(holder(one.ordered.document, one.ordered.line), one.ordered.item or 0, one.warehouse),
            *(pick.quantity, pick.lot),
        )
        for one, pick in picked
    ]
    channels = [channel_of(read.headers[one.ordered.document]) for one, _ in picked]
    return taking(company_id, wanted, channels, recorded_at=recorded_at)


# ---------------------------------------------------------------------------------------------------------------------
# What is written


def shipped_lines(
    leaving: Iterable[Leaving],
    orders: Mapping[int, tuple[Header, Sequence[Line]]],
    company_currency: str,
    header: Header,
    at: int | None,
) -> tuple[list[Line], list[LedgerLine]]:
    """Return the lines of a shipment, numbered from 1, and what they post at the moment ``at``; ``orders``: theirs, with all lines."""
    written: list[Line] = []
    moved: list[LedgerLine] = []
    for one in leaving:
        price, details = _price(one, orders[one.ordered.document], company_currency)
        for pick in one.picks:
            number = len(written) + 1
            reference = ledger_reference(_KIND, header.id, number)
            line = Line(
                *(header.id, number, pick.quantity, pick.quantity),
                item=one.ordered.item,
                location=pick.location,
                lot=pick.lot or None,
                description=one.ordered.description,
                source=one.ordered.id,
                ledger_reference=reference,
                details=details,
            )
            written.append(line)
            moved.append(
                LedgerLine(
                    *(Kind.ISSUE, one.ordered.item or 0, reference, pick.quantity, pick.location),
                    lot=line.lot,
                    effective_at=at,
                    unit_price=price,
                    partner=header.partner,
                    number=number,
                )
            )
    return written, moved


def _price(
    one: Leaving, order: tuple[Header, Sequence[Line]], company_currency: str
) -> tuple[int | None, Details | None]:
    """What a base unit is sold for, and the details of the shipment's line: of a kit's component they keep that price without rounding."""
    header, lines = order
    of = kit_part(one.ordered, lines)
    price = unit_price_of(one.ordered if of is None else of.kit, header, company_currency)
    if of is None:
        return price, one.details
    details = {**(one.details or {}), PART_OF: of.kit.line}
    if price is None:
        return None, details
    exact = price * of.slice.fraction / each_of(one.ordered)
    return round_half_up(exact.numerator, exact.denominator), {**details, KIT_PRICE: exact.as_integer_ratio()}


def unit_price_of(ordered: Line, header: Header, company_currency: str) -> int | None:
    """Return what a base unit of a line of an order (``header``) is sold for: 10^-6 of the major unit of the company's currency, discount taken off."""
    if ordered.unit_price is None:
        return None
    rate = _RATE_ONE if header.currency == company_currency else header.rate
    price = ordered.unit_price * (SCALE - ordered.discount) * ordered.denominator * rate
    return round_half_up(price, SCALE * ordered.numerator * _RATE_ONE)


def _by_source(lines: Iterable[Line]) -> dict[int, int]:
    shipped: Counter[int] = Counter()
    for line in lines:
        if line.source is not None:
            shipped[line.source] += line.base_quantity
    return dict(shipped)


def _check_kits(header: Header, lines: Iterable[Line], shipped: Mapping[int, int]) -> None:
    for line in lines:
        if shipped.get(line.id, line.invoiced) < line.invoiced:
            raise Refusal(
                "shipment.kit_invoiced",
                f"The goods are components of the kit on line {line.line} of {header.number}, which is invoiced.",
                "Cancel the invoice first.",
            )


def _progress(read: Read, shipped: Mapping[int, int], *, sign: int) -> tuple[list[Update], list[LineUpdate]]:
    """What a shipment (``sign`` 1) or its reversal (-1) changes on the orders: what of their lines is shipped, and their states."""
    updates = []
    more = {line: sign * quantity for line, quantity in shipped.items()}
    for order, header in read.headers.items():
        if header.kind == DocumentKind.SALES_ORDER:
            before = read.lines[order]
            lines = [line._replace(received=line.received + more.get(line.id, 0)) for line in before]
            kits = shipped_kits(lines)
            _check_kits(header, before, kits)
            more |= {line.id: kits[line.id] - line.received for line in before if line.id in kits}
            lines = [line._replace(received=kits.get(line.id, line.received)) for line in lines]
            state = progressed(DocumentKind.SALES_ORDER, header.state, order_progress(lines))
            if state != header.state:
                updates.append(Update(order, state=state.value))
    return updates, [LineUpdate(line, received=quantity) for line, quantity in sorted(more.items()) if quantity]
