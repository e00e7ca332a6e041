"""Drop shipments: lines of sales orders whose goods the supplier delivers to the customer.

Such a line leaves from a place whose purpose is drop shipment. Goods are there only within the transaction in which the supplier's dispatch is
noted: received at what they cost, and shipped, so that nobody else is ever promised them. Receipt and shipment are then invoiced as all others.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import transaction

from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.masterdata.models import Location, Purpose
from everstock.operations.documents.checks import check_reason
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.read import Read, lock
from everstock.operations.documents.read import read as read_documents
from everstock.operations.documents.records import DocumentRef, Header, Line, LineUpdate, Update
from everstock.operations.documents.states import FINAL, State, Verb, next_state
from everstock.operations.documents.write import write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.orders import create_order as create_purchase_order
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import cancel_receipt, receive_drop_shipped
from everstock.operations.purchasing.suppliers import preferred_suppliers
from everstock.operations.sales.credit import hold_reason, require_delivery
from everstock.operations.sales.deliveries import DELIVERY
from everstock.operations.sales.orders import DROP_SHIPPED
from everstock.operations.sales.shipments import ShipmentLine, cancel_shipment, ship

_CODE = "DROP-SHIP"
FOR_LINE = "for_line"
"""Key in the details of a purchase order's line: the number of the line of the sales order it is for."""
FOR_ORDER = "for_order"
"""Key in a purchase order's details: the sales order (an id) it is for."""
_DISPATCHES = "dispatches"
"""Key in a purchase order's details: the (receipt, shipment) of each dispatch."""


class Dispatched(NamedTuple):
    """``quantity`` (10^-6 of its unit) of line number ``line`` of the purchase order left the supplier, of ``lot`` if it is tracked."""

    line: int
    quantity: int
    lot: str | None = None


@transaction.atomic
def drop_place(company_id: int) -> int:
    """Return the place (an id) from which lines of orders leave that are drop shipped; it is created when it is first asked for.

    Refused: there is none that is active, and the code of the one that would be created is taken (``drop_ship.no_place``).
    """
    places = Location.objects.filter(company_id=company_id, purpose=Purpose.DROP_SHIP.value, active=True)
    found = places.order_by("id").values_list("id", flat=True).first()
    if found is not None:
        return found
    place, _ = Location.objects.get_or_create(
        company_id=company_id,
        code=_CODE,
        defaults={"kind": LocationKind.INTERNAL.value, "purpose": Purpose.DROP_SHIP.value, "name": "Drop shipment"},
    )
    if not place.active or place.purpose != Purpose.DROP_SHIP:
        raise Refusal(
            "drop_ship.no_place",
            f"The location {_CODE}, from which drop shipments leave, is {'used otherwise' if place.active else 'inactive'}.",
            f"Import another location of purpose {Purpose.DROP_SHIP.value}.",
        )
    return place.pk


@transaction.atomic
def order_from_suppliers(
    actor: Actor, *, order: int, day: dt.date, recorded_at: int, supplier: int | None = None
) -> list[DocumentRef]:
    """Order what of a confirmed sales order is drop shipped and not ordered yet, to be delivered where that is; one order for each supplier.

    ``supplier``: a partner's id, ``None``: of each item the one from whom it is bought first.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``drop_ship.nothing`` (nothing is left to order),
    ``drop_ship.no_supplier``, a customer on hold (``customer.on_hold``, ``approval.over_limit``), and what ``purchasing.orders.create_order`` refuses.
    """
    require(actor, Permission.PURCHASE_ORDER_CREATE)
    read = lock(actor.company_id, [order])
    header, lines = read.one(order, DocumentKind.SALES_ORDER)
    next_state(DocumentKind.SALES_ORDER, header.state, Verb.SHIP, header.number)
    # what is bought for a customer is as good as on its way to it
    require_delivery(actor, [(header, lines)], read.company_currency, hold_reason(header))
    made = (header.details or {}).get(DROP_SHIPPED, [])
    wanted = _wanted(actor.company_id, lines, lock(actor.company_id, made))
    if not wanted:
        raise Refusal(
            "drop_ship.nothing",
            f"Nothing of {header.number} is left to be ordered for drop shipment.",
            "Let its lines leave from the place for drop shipments, or look at its purchase orders.",
        )
    by_supplier: dict[int, list[tuple[Line, int]]] = {}
    usual = preferred_suppliers(actor.company_id, {line.item for line, _ in wanted if line.item is not None})
    for line, quantity in wanted:
        whom = usual.get(line.item or 0) if supplier is None else supplier
        if whom is None:
            raise Refusal(
                "drop_ship.no_supplier",
                f"Nobody sells what is on line {line.line} of {header.number}.",
                "Name the supplier, or say of whom the item is bought.",
            )
        by_supplier.setdefault(whom, []).append((line, quantity))
    done = [_order(actor, header, whom, some, day, recorded_at) for whom, some in sorted(by_supplier.items())]
    details = {**(header.details or {}), DROP_SHIPPED: [*made, *(one.id for one in done)]}
    write(
        actor.company_id,
        updates=[Update(order, details=details)],
        links=[(order, one.id) for one in done],
    )
    return done


def _wanted(company_id: int, lines: Iterable[Line], orders: Read) -> list[tuple[Line, int]]:
    """Lines that are drop shipped, with what of them (base units) is not on order yet."""
    places = set(
        Location.objects.filter(company_id=company_id, purpose=Purpose.DROP_SHIP.value).values_list("id", flat=True)
    )
    on_order: Counter[int] = Counter()
    for key, header in orders.headers.items():
        for line in orders.lines[key]:
            if State(header.state) not in FINAL:
                on_order[(line.details or {}).get(FOR_LINE, 0)] += line.base_quantity - line.received
    open_ = [
        (line, line.base_quantity - line.received - on_order[line.line]) for line in lines if line.location in places
    ]
    return [(line, quantity) for line, quantity in open_ if quantity > 0]


def _order(
    actor: Actor, header: Header, supplier: int, wanted: Sequence[tuple[Line, int]], day: dt.date, recorded_at: int
) -> DocumentRef:
    lines = [
        OrderLine(quantity, item=line.item, location=line.location, description=line.description)
        for line, quantity in wanted
    ]
    done = create_purchase_order(actor, supplier=supplier, lines=lines, day=day, recorded_at=recorded_at)
    made, written = lock(actor.company_id, [done.id]).one(done.id, DocumentKind.PURCHASE_ORDER)
    delivery = (header.details or {}).get(DELIVERY)
    details = {**(made.details or {}), FOR_ORDER: header.id, **({DELIVERY: delivery} if delivery else {})}
    write(
        actor.company_id,
        updates=[Update(made.id, details=details)],
        line_updates=[
            LineUpdate(line.id, details={**(line.details or {}), FOR_LINE: of.line})
            for line, (of, _) in zip(written, wanted, strict=True)
        ],
    )
    return done


@transaction.atomic
def dispatch(
    actor: Actor,
    *,
    order: int,
    day: dt.date,
    recorded_at: int,
    lines: Sequence[Dispatched] = (),
    reference: str | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Note that the supplier sent goods of a purchase ``order`` (an id) to the customer on ``day``: receive and ship them; return the shipment.

    ``lines``: none: all that is open. ``reference``: the supplier's delivery note. ``key``: the same key with the same content returns the
    first shipment.

    Refused: ``permission.missing``, ``document.unknown``, ``drop_ship.not_one``, ``drop_ship.nothing``, ``quantity.not_exact``, and what
    ``receipts.receive`` and ``shipments.ship`` refuse.
    """
    _require(actor)
    sales_order = _sales_order(actor.company_id, order)
    read = lock(actor.company_id, sorted([order, sales_order]))
    header, ordered = read.one(order, DocumentKind.PURCHASE_ORDER)
    sent = lines or [
        Dispatched(line.line, (line.base_quantity - line.received) * line.denominator // line.numerator)
        for line in ordered
        if line.item is not None and line.base_quantity > line.received
    ]
    if not sent:
        raise Refusal("drop_ship.nothing", f"All of {header.number} was sent.", "Look at its receipts.")
    receipt = receive_drop_shipped(
        actor,
        lines=[ReceiptLine(one.quantity, order, one.line, lot=one.lot) for one in sent],
        day=day,
        recorded_at=recorded_at,
        reference=reference,
        key=None if key is None else f"{key}/receipt",
    )
    came = lock(actor.company_id, [receipt.id]).lines[receipt.id]
    shipment = ship(actor, lines=_leaving(came, ordered, read, sales_order), day=day, recorded_at=recorded_at, key=key)
    dispatches = (header.details or {}).get(_DISPATCHES, [])
    if [receipt.id, shipment.id] not in dispatches:
        details = {**(header.details or {}), _DISPATCHES: [*dispatches, [receipt.id, shipment.id]]}
        write(actor.company_id, updates=[Update(order, details=details)])
    return shipment


def _require(actor: Actor) -> None:
    require(actor, Permission.SHIPMENT_POST)
    require(actor, Permission.RECEIPT_POST)


def customers_order(company_id: int, order: int) -> int | None:
    """Return the sales order (an id) for which a purchase ``order`` is drop shipped; ``None``: it is for our own stock."""
    header, _ = read_documents(company_id, [order]).one(order, DocumentKind.PURCHASE_ORDER)
    return (header.details or {}).get(FOR_ORDER)


def _sales_order(company_id: int, order: int) -> int:
    # it never changes, and orders are locked in ascending order
    found = customers_order(company_id, order)
    if found is None:
        header, _ = read_documents(company_id, [order]).one(order, DocumentKind.PURCHASE_ORDER)
        raise Refusal(
            "drop_ship.not_one",
            f"{header.number} is for our own stock.",
            "Receive its goods when they are here.",
        )
    return found


def _leaving(came: Iterable[Line], ordered: Iterable[Line], read: Read, sales_order: int) -> list[ShipmentLine]:
    """What leaves at once, of what came."""
    number_of = {line.id: (line.details or {})[FOR_LINE] for line in ordered if FOR_LINE in (line.details or {})}
    sold = {line.line: line for line in read.lines[sales_order]}
    leaving = []
    for line in came:
        if line.source not in number_of or not line.base_quantity:
            raise Refusal(
                "drop_ship.not_one",
                f"Line {line.line} is of goods that no customer ordered.",
                "Receive them when they are here.",
            )
        of = sold[number_of[line.source]]
        quantity, rest = divmod(line.base_quantity * of.denominator, of.numerator)
        if rest:
            raise Refusal(
                "quantity.not_exact",
                f"What was sent of line {of.line} cannot be measured in the unit of the order.",
                "Change the order to the base unit first.",
            )
        leaving.append(ShipmentLine(sales_order, of.line, quantity, line.location, line.lot))
    return leaving


@transaction.atomic
def cancel_dispatch(actor: Actor, *, order: int, shipment: int, reason: str, recorded_at: int) -> DocumentRef:
    """Take back that goods of a purchase ``order`` were sent by ``shipment`` (ids): shipment and receipt are cancelled together.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``drop_ship.not_one``, and what ``cancel_shipment`` and
    ``cancel_receipt`` refuse, such as goods that are invoiced.
    """
    _require(actor)
    check_reason(reason)
    header, _ = lock(actor.company_id, [order], lines=False).one(order, DocumentKind.PURCHASE_ORDER)
    receipts = {sent: receipt for receipt, sent in (header.details or {}).get(_DISPATCHES, [])}
    if shipment not in receipts:
        raise Refusal(
            "drop_ship.not_one", f"{header.number} has no such dispatch.", "Name a shipment that came of this order."
        )
    done = cancel_shipment(actor, shipment=shipment, reason=reason, recorded_at=recorded_at)
    cancel_receipt(actor, receipt=receipts[shipment], reason=reason, recorded_at=recorded_at)
    return done
