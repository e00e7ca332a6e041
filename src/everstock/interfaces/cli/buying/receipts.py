"""From what somebody typed at the dock to receipts, arrivals and moves."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE, format_quantity
from everstock.interfaces.cli.buying.lines import Offer, Offered, in_unit
from everstock.interfaces.cli.codes import Desk
from everstock.interfaces.cli.words import Entry, LotEntry
from everstock.masterdata.models import Item, Tracking
from everstock.masterdata.queries import virtual_locations
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.queries import chain
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Header, Line
from everstock.operations.documents.states import State
from everstock.operations.purchasing.receipt_lines import FINAL, ReceiptLine
from everstock.operations.purchasing.receipt_progress import deviations_of
from everstock.operations.purchasing.receipts import IN_TRANSIT, receive, receive_dispatched
from everstock.operations.warehouse.origins import brought, refuse_beyond
from everstock.operations.warehouse.putaway import Goods, suggest
from everstock.operations.warehouse.transfers import WHY, Move, TransferPurpose
from everstock.operations.warehouse.transit import Arrival, on_the_way

_BROUGHT_BY = (DocumentKind.GOODS_RECEIPT, DocumentKind.STOCK_TRANSFER)
_ARRIVALS = (TransferPurpose.ARRIVAL, TransferPurpose.TRANSFER_ARRIVAL)
MOVE_COLUMNS = ("item", "lot", "quantity", "from", "to", "rule")
"""The columns of what ``moves_of`` tells."""


class Delivery(NamedTuple):
    """What came, as it was typed."""

    orders: Sequence[str]
    supplier: str | None
    lines: Sequence[Entry]
    rejected: Sequence[Entry]
    lots: Sequence[LotEntry]
    location: str | None
    dispatched: bool


class _Came(NamedTuple):
    """What came of one order line, or of an item without one, before lots divide it."""

    line: ReceiptLine
    item: Item


def post_receipt(
    at: Desk, delivery: Delivery, *, final: bool, reason: str, currency: str | None, **given: Any
) -> DocumentRef:
    """Post what came; refused: as ``receipts.receive``, and what cannot be understood."""
    came = _against_orders(at, delivery) if delivery.orders else _without_order(at, delivery)
    lines = [
        line._replace(reason=reason if line.rejected else "", final=True if final else None)
        for one in came
        for line in _with_lots(one, [lot for lot in delivery.lots if lot.item == one.item.sku])
    ]
    _check_lots(delivery.lots, came)
    place = None if delivery.location is None else at.codes.location(delivery.location)
    if delivery.dispatched:
        road = place or virtual_locations(at.company)[LocationKind.TRANSIT]
        return receive_dispatched(at.actor, lines=lines, location=road, **given)
    if delivery.orders:
        return receive(at.actor, lines=lines, location=place, currency=currency, **given)
    supplier = at.codes.supplier(delivery.supplier or "").pk
    return receive(
        at.actor, lines=lines, supplier=supplier, location=place or at.codes.dock(), currency=currency, **given
    )


def _against_orders(at: Desk, delivery: Delivery) -> list[_Came]:
    orders = [at.codes.document(number, [DocumentKind.PURCHASE_ORDER]) for number in delivery.orders]
    offer = Offer(at.company.pk, orders, _to_come)
    by_line: dict[int, ReceiptLine] = {}
    chosen: dict[int, Offered] = {}

    def choose(offered: Offered, quantity: int, unit: int | None, price: int | None) -> None:
        if offered.line.item is None:
            raise Refusal(
                "receipt.not_goods",
                f"Line {offered.line.line} of {offered.header.number} is no item that could be received.",
                "Leave it out; services and charges are only invoiced.",
            )
        chosen[offered.line.id] = offered
        by_line[offered.line.id] = ReceiptLine(
            quantity, offered.header.id, offered.line.line, unit=unit, unit_price=price
        )

    for entry in delivery.lines:
        offered = offer.named(entry.name)
        if offered.line.id in by_line:
            raise Refusal("line.twice", f"“{entry.name}” is named twice.", "Name every line once; lots divide it.")
        choose(offered, entry.quantity or 0, at.codes.unit(entry.unit) if entry.unit else None, entry.price)
    for offered in () if delivery.lines else offer.open():
        choose(offered, *in_unit(offered, offer.item(offered.line).base_unit_id), None)
    for entry in delivery.rejected:
        offered = offer.named(entry.name)
        line = by_line.get(offered.line.id)
        unit = at.codes.unit(entry.unit) if entry.unit else None
        if line is None:
            choose(offered, 0, unit, None)
            line = by_line[offered.line.id]
        elif line.unit != unit:
            raise Refusal(
                "line.units", f"“{entry.name}” is accepted and rejected in two units.", "Use one unit for both."
            )
        rejected = entry.quantity or 0
        accepted = line.quantity if delivery.lines else max(0, line.quantity - rejected)
        by_line[offered.line.id] = line._replace(quantity=accepted, rejected=rejected)
    if not by_line:
        raise Refusal(
            "receipt.nothing_open",
            f"Nothing is expected of {' and '.join(delivery.orders)} any more.",
            "Say with --line what came all the same.",
        )
    return [_Came(line, offer.item(chosen[key].line)) for key, line in by_line.items()]


def _to_come(line: Line) -> int:
    if line.item is None or (line.details or {}).get(FINAL):
        return 0
    return line.base_quantity - line.received


def _without_order(at: Desk, delivery: Delivery) -> list[_Came]:
    items = Item.objects.in_bulk(at.codes.item(entry.name) for entry in (*delivery.lines, *delivery.rejected))
    by_sku = {item.sku: item for item in items.values()}
    rejected = {entry.name: entry for entry in delivery.rejected}
    came = []
    for entry in [
        *delivery.lines,
        *(one for one in delivery.rejected if one.name not in {e.name for e in delivery.lines}),
    ]:
        item, refused = by_sku[entry.name], rejected.get(entry.name)
        unit = at.codes.unit(entry.unit) if entry.unit else None
        line = ReceiptLine(
            0 if entry is refused else entry.quantity or 0,
            item=item.pk,
            unit=unit,
            unit_price=entry.price,
            rejected=0 if refused is None else refused.quantity or 0,
        )
        came.append(_Came(line, item))
    return came


def _with_lots(came: _Came, lots: Sequence[LotEntry]) -> list[ReceiptLine]:
    """A line for each lot, and one for what was rejected."""
    if not lots or not came.line.quantity:
        return [came.line]
    counted = [lot.quantity for lot in lots]
    unit = came.line.unit
    if len(lots) == 1 and lots[0].quantity is None:
        counted = [came.line.quantity]
    elif came.item.tracking == Tracking.SERIAL and all(count is None for count in counted):
        counted = [SCALE] * len(lots)
        unit = came.item.base_unit_id
    if any(count is None for count in counted):
        raise Refusal(
            "lot.quantity",
            f"Item {came.item.sku} comes in several lots, and not every one says how much.",
            "Give each as LOT:QUANTITY.",
        )
    found = [
        came.line._replace(
            quantity=count,
            unit=unit,
            rejected=0,
            lot=lot.code,
            expires_on=lot.expires_on,
            manufactured_on=lot.manufactured_on,
        )
        for lot, count in zip(lots, counted, strict=True)
        if count is not None
    ]
    total = sum(line.quantity for line in found)
    if unit == came.line.unit and total != came.line.quantity:
        raise Refusal(
            "lot.sum",
            f"The lots of item {came.item.sku} add up to {format_quantity(total)}, and"
            f" {format_quantity(came.line.quantity)} came.",
            "Correct the quantities of the lots, or of the line.",
        )
    if came.line.rejected:
        found.append(came.line._replace(quantity=0))
    return found


def _check_lots(lots: Sequence[LotEntry], came: Sequence[_Came]) -> None:
    known = {one.item.sku for one in came}
    for lot in lots:
        if lot.item not in known:
            raise Refusal(
                "lot.no_line", f"A lot is given for {lot.item}, of which nothing comes.", "Name an item that comes."
            )


def deviations(at: Desk, receipt: DocumentRef) -> list[str]:
    """Return in words where a receipt took more or less than was tolerated, because who made it may."""
    return [one.words for one in deviations_of(read(at.company.pk, [receipt.id]).headers[receipt.id])]


# ---------------------------------------------------------------------------------------------------------------------
# Goods that are here


def arrivals(
    at: Desk, number: str, entries: Sequence[Entry], kind: DocumentKind = DocumentKind.GOODS_RECEIPT
) -> list[Arrival]:
    """What arrives of a document whose goods are in transit: what was typed, or all that is on the way."""
    offer = Offer(at.company.pk, [at.codes.document(number, [kind])], lambda line: on_the_way(line, kind))
    if entries:
        chosen = [(offer.named(entry.name), entry.quantity or 0) for entry in entries]
    else:
        chosen = [(one, one.open * one.line.denominator // one.line.numerator) for one in offer.open()]
    return [Arrival(one.header.id, one.line.line, quantity) for one, quantity in chosen]


def moves_of(
    at: Desk, number: str, entries: Sequence[Entry], to_location: int | None
) -> tuple[list[Move], list[list[str]]]:
    """What of a receipt or an arrival goes where, and the same in words; what finds no place is only in the words.

    ``entries``: quantities in base units; none: all that is not put away yet. ``to_location``: ``None`` as the rules suggest.
    Refused: ``document.wrong_state``, ``putaway.in_transit``, ``putaway.arrived``, ``putaway.brought_nothing``, what was typed and cannot be.
    """
    kind, key = at.codes.document(number, _BROUGHT_BY)
    found = read(at.company.pk, [key])
    _refuse_on_the_way(at, found.headers[key], found.lines[key])
    came = brought(at.company.pk, [line.id for line in found.lines[key]])
    offer = Offer(at.company.pk, [(kind, key)], lambda line: came[line.id].left if line.id in came else 0)
    if entries:
        chosen = [(offer.named(entry.name), entry.quantity or 0) for entry in entries]
    else:
        chosen = [(one, one.open) for one in offer.open() if one.line.ledger_reference is not None]
    wanted = [(one.line, quantity) for one, quantity in chosen if one.line.id in came]
    refuse_beyond(came, [(line.id, came[line.id].location, quantity) for line, quantity in wanted])
    goods = [Goods(line.item or 0, quantity, came[line.id].location) for line, quantity in wanted]
    if to_location is None:
        places = [(one.number, one.location, one.quantity, one.rule) for one in suggest(at.company.pk, goods)]
    else:
        places = [(place, to_location, one.quantity, None) for place, one in enumerate(goods)]
    at.codes.know_lots(line.lot for line, _ in wanted)
    moves, rows = [], []
    for which, place, quantity, rule in places:
        line, source = wanted[which][0], goods[which].location
        lot = at.codes.lot(line.lot) or None
        words = "" if rule is None else rule.value.replace("_", " ")
        target = "no place left" if place is None else at.codes.locations[place]
        rows.append(
            [offer.item(line).sku, lot or "", format_quantity(quantity), at.codes.locations[source], target, words]
        )
        if place is not None:
            moves.append(Move(line.item or 0, quantity, source, place, lot=lot, source=line.id))
    return moves, rows


def _refuse_on_the_way(at: Desk, header: Header, lines: Sequence[Line]) -> None:
    """Refuse to put away by a document that is cancelled, that brought its goods into transit, or that brought none."""
    details, kind = header.details or {}, DocumentKind(header.kind)
    purpose = details.get(WHY)
    if header.state == State.CANCELLED:
        raise Refusal(
            "document.wrong_state", f"{header.number} is cancelled.", "Name another goods receipt, or another arrival."
        )
    if purpose is not None and purpose not in {*_ARRIVALS, TransferPurpose.DISPATCH}:
        raise Refusal(
            "putaway.brought_nothing",
            f"{header.number} moved goods that were here already.",
            "Name a goods receipt, or the arrival of goods that were on their way.",
        )
    if IN_TRANSIT not in details and purpose != TransferPurpose.DISPATCH:
        return
    arrived = _arrivals_of(at, header)
    away = f"`everstock put-away {arrived[0]}`" if arrived else ""
    if any(on_the_way(line, kind) for line in lines):
        take_in = f"`everstock {'arrive' if kind is DocumentKind.GOODS_RECEIPT else 'transfer arrive'} {header.number}`"
        raise Refusal(
            "putaway.in_transit",
            f"Goods of {header.number} are still on their way.",
            f"Take them in with {take_in} when they are here{f'; put away what has arrived with {away}' if away else ''}.",
        )
    raise Refusal(
        "putaway.arrived",
        f"The goods of {header.number} arrived by {' and '.join(arrived)}."
        if arrived
        else f"Nothing of {header.number} arrived.",
        f"Put them away by that number: {away}." if away else "Look at it with `everstock document show`.",
    )


def _arrivals_of(at: Desk, header: Header) -> list[str]:
    """The numbers of the arrivals of what a document brought into transit."""
    made = [one.id for one in chain(at.company.pk, header.id) if one.distance == 1 and one.state != State.CANCELLED]
    headers = read(at.company.pk, made).headers.values()
    return [one.number for one in headers if (one.details or {}).get(WHY) in _ARRIVALS]
