"""From what somebody typed at the dock to receipts, arrivals and moves."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE, format_quantity
from everstock.interfaces.cli.acting import perhaps
from everstock.interfaces.cli.codes import Desk
from everstock.interfaces.cli.lines import Offer, Offered, in_unit
from everstock.interfaces.cli.words import Entry, LotEntry
from everstock.masterdata.models import Item, Tracking
from everstock.masterdata.queries import virtual_locations
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Line
from everstock.operations.purchasing.receipt_lines import FINAL, ReceiptLine
from everstock.operations.purchasing.receipt_progress import deviations_of
from everstock.operations.purchasing.receipts import receive, receive_dispatched


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
    place = perhaps(at.codes.location, delivery.location)
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

    for offered, entry in offer.each(delivery.lines):
        choose(offered, entry.quantity or 0, perhaps(at.codes.unit, entry.unit or None), entry.price)
    for offered in () if delivery.lines else offer.open():
        choose(offered, *in_unit(offered, offer.item(offered.line).base_unit_id), None)
    for offered, entry in offer.each(delivery.rejected):
        line = by_line.get(offered.line.id)
        unit = perhaps(at.codes.unit, entry.unit or None)
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
        unit = perhaps(at.codes.unit, entry.unit or None)
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
            "Correct the quantities of the lots, in the unit of the line, or that of the line.",
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
