"""Documents of the warehouse that sells as what their papers say: delivery note, packing slip, pick list. There are no prices on them."""

import datetime as dt
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from django.db import transaction
from django.db.models import Prefetch

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.interfaces.paper import addresses
from everstock.interfaces.paper.formats import Formats
from everstock.interfaces.paper.naming import Names, author, check_stands, in_unit, names_of, notes_on
from everstock.interfaces.paper.rows import Letterhead, Lot, Party
from everstock.interfaces.paper.selling_rows import (
    DispatchKind,
    DispatchLine,
    DispatchPaper,
    LabelKind,
    LabelPaper,
    PackageContent,
    PickLine,
    PickPaper,
)
from everstock.interfaces.paper.texts import TEXTS, Language
from everstock.ledger.reservations import reservations
from everstock.masterdata.models import Location
from everstock.masterdata.models import Lot as KnownLot
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Header, Line
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.allocation import holder
from everstock.operations.sales.carriers import delivery_of
from everstock.operations.sales.delivery_models import Package, PackageLine
from everstock.operations.sales.kits import part_of
from everstock.operations.sales.packing import lines_to_pack
from everstock.operations.warehouse.pick_shares import shares_of
from everstock.operations.warehouse.picking import Pick, Strategy, choose, pick_places
from everstock.operations.warehouse.places import warehouse_of


def dispatch_paper(
    actor: Actor, shipment: int, kind: DispatchKind, *, language: Language, company: Letterhead
) -> DispatchPaper:
    """Return a shipment (its id) as delivery note or packing slip, this one by package if there are any.

    Refused: ``permission.missing`` (sale.read), ``document.unknown``, ``paper.cancelled``, ``paper.partly_packed`` (a packing slip).
    """
    require(actor, Permission.SALE_READ)
    found = read(actor.company_id, [shipment], predecessors=True)
    header, lines = found.one(shipment, DocumentKind.SHIPMENT)
    check_stands(header)
    orders = [one for one in found.headers.values() if one.kind == DocumentKind.SALES_ORDER]
    ordered = {line.id: line for order in orders for line in found.lines[order.id]}
    numbers = {order.id: order.number for order in orders}
    assert header.partner is not None, "what is shipped is shipped to somebody"
    bill = addresses.billed(header.partner, language)
    receiver = addresses.delivered(header.partner, language, orders)
    return DispatchPaper(
        kind=kind,
        language=language,
        company=company,
        receiver=receiver,
        number=header.number,
        day=header.day,
        lines=tuple(_dispatch_lines(lines, ordered, numbers, language)),
        orders=tuple(numbers.values()),
        reference=", ".join(order.reference for order in orders if order.reference),
        invoice_to=(bill.name, *bill.address) if (bill.name, bill.address) != (receiver.name, receiver.address) else (),
        carrier=_carrier(actor, shipment),
        incoterm=next((str((order.details or {}).get("incoterm") or "") for order in orders), ""),
        sent_by=author(header),
        notes=notes_on(actor, shipment),
        packages=_contents(actor, header, lines, ordered, numbers, language)
        if kind is DispatchKind.PACKING_SLIP
        else (),
    )


def _packages(actor: Actor, shipment: Header) -> list[Package]:
    """The packages of a shipment, in the order of their numbers; nobody knows how many there will be before all of it is packed."""
    found = Package.objects.filter(shipment_id=shipment.id, unpacked_at=None).order_by("number")
    packages = list(
        found.prefetch_related(Prefetch("lines", PackageLine.objects.order_by("source_id", "location_id", "lot")))
    )
    left = lines_to_pack(actor.company_id, shipment.id) if packages else []
    if left:
        raise Refusal(
            "paper.partly_packed",
            f"Of {shipment.number}, something of line {' and '.join(map(str, left))} is in no package.",
            f"Pack the rest first: everstock pack create {shipment.number}",
        )
    return packages


def _contents(
    actor: Actor,
    shipment: Header,
    lines: Sequence[Line],
    ordered: dict[int, Line],
    numbers: dict[int, str],
    language: Language,
) -> tuple[PackageContent, ...]:
    by_place = {(line.source, line.location, line.lot or 0): line for line in lines}
    return tuple(
        PackageContent(
            lines=tuple(
                # what was ordered and is to follow is said of the whole shipment, on its delivery note
                replace(line, ordered=None, to_follow=None)
                for line in _dispatch_lines(
                    [
                        by_place[one.source_id, one.location_id, one.lot]._replace(base_quantity=one.quantity)
                        for one in package.lines.all()
                    ],
                    ordered,
                    numbers,
                    language,
                )
            ),
            sscc=package.sscc,
            weight=package.weight,
            size=(package.length, package.width, package.height),
        )
        for package in _packages(actor, shipment)
    )


def _dispatch_lines(
    lines: Sequence[Line], ordered: dict[int, Line], numbers: dict[int, str], language: Language
) -> list[DispatchLine]:
    """One for each line of an order, as the order has them, with the lots that were taken for it."""
    names = names_of([*lines, *ordered.values()])
    kits = {(line.document, line.line): line for line in ordered.values()}
    by_source: dict[int, list[Line]] = {}
    for line in sorted(lines, key=lambda line: _place(line, ordered)):
        by_source.setdefault(line.source or -line.line, []).append(line)
    rows = []
    for source, taken in by_source.items():
        of = ordered.get(source)
        shipped = sum(line.base_quantity for line in taken)
        left = 0 if of is None else max(0, of.base_quantity - of.received)
        told = _told(taken[0] if of is None else of, shipped, left)
        item = names.item(told)
        kit = None if of is None else kits.get((of.document, part_of(of) or 0))
        rows.append(
            DispatchLine(
                item=item.sku,
                name=item.name,
                unit=names.unit(told),
                quantity=in_unit(shipped, told),
                ordered=None if of is None else in_unit(of.base_quantity, told),
                to_follow=None if of is None else in_unit(left, told),
                order="" if of is None else numbers[of.document],
                details=() if kit is None else (TEXTS[language]["part_of"].format(item=names.item(kit).sku),),
                lots=_lots(taken, told, names),
            )
        )
    return rows


def _place(line: Line, ordered: Mapping[int, Line]) -> tuple[int, int, int]:
    """Where a line stands: as its order has it; what has none is last."""
    of = ordered.get(line.source or 0)
    return (of.document, of.line, line.line) if of is not None else (sys.maxsize, 0, line.line)


def _told(line: Line, *bases: int) -> Line:
    """The line in its unit if these base units are whole ones, else in base units: nobody counts tenths of a box."""
    if all(base * line.denominator % (line.numerator * SCALE) == 0 for base in bases):
        return line
    return line._replace(unit=None, numerator=1, denominator=1)


def _lots(taken: Sequence[Line], told: Line, names: Names) -> tuple[Lot, ...]:
    """The lots of what was taken, each once with how much of it; in the unit of ``told``."""
    by_lot: Counter[int] = Counter()
    for line in taken:
        if line.lot is not None:
            by_lot[line.lot] += line.base_quantity
    return tuple(names.lot(lot, in_unit(base, told)) for lot, base in by_lot.items())


# ---------------------------------------------------------------------------------------------------------------------
# Pick lists


def pick_paper(actor: Actor, order: int, *, language: Language, company: Letterhead, today: dt.date) -> PickPaper:
    """Return what is reserved for a sales order (its id) as a pick list: from where it is best taken today, in the order of the places.

    Refused: ``permission.missing`` (sale.read), ``document.unknown``, ``paper.cancelled``, ``paper.nothing_reserved``.
    """
    require(actor, Permission.SALE_READ)
    header, lines = read(actor.company_id, [order]).one(order, DocumentKind.SALES_ORDER)
    check_stands(header)
    reserved = _reserved(actor.company_id, header, lines)
    if not reserved:
        raise Refusal(
            "paper.nothing_reserved",
            f"Nothing is reserved for {header.number}.",
            f"Reserve what is free first: everstock so allocate {header.number}",
        )
    picks = _picks(actor.company_id, reserved, today)
    names = names_of(lines)
    assert header.partner is not None, "what is sold is sold to somebody"
    return PickPaper(
        language=language,
        company=company,
        number=header.number,
        day=today,
        lines=tuple(_pick_lines(picks, names)),
        customer=addresses.delivered(header.partner, language, [header]),
        warehouse=_warehouses(reserved),
        expected_on=header.expected_on,
        notes=notes_on(actor, order),
    )


class _Reserved(NamedTuple):
    """What is reserved for a line of an order in a warehouse, in base units."""

    line: Line
    warehouse: int
    quantity: int


def _reserved(company_id: int, header: Header, lines: Sequence[Line]) -> list[_Reserved]:
    held = reservations(company_id, holders=[holder(header.id, line.line) for line in lines])
    quantities = {one.holder: one.quantity for one in held}
    return [
        _Reserved(line, warehouse_of(company_id, line.location), quantities[holder(header.id, line.line)])
        for line in lines
        if line.location is not None and quantities.get(holder(header.id, line.line))
    ]


def _warehouses(reserved: Sequence[_Reserved]) -> str:
    found = Location.objects.filter(pk__in={one.warehouse for one in reserved}).order_by("code")
    return ", ".join(row.name or row.code for row in found)


def _picks(company_id: int, reserved: Sequence[_Reserved], today: dt.date) -> list[tuple[Pick, Line]]:
    """From where each line is taken; what two lines want of one place is there once."""
    items, warehouses = {one.line.item or 0 for one in reserved}, {one.warehouse for one in reserved}
    with transaction.atomic():
        places = pick_places(company_id, items, warehouses, today)
    found = []
    for one in reserved:
        key = one.line.item or 0, one.warehouse
        picks = choose(Strategy.FEFO, places[key], one.quantity)
        taken = {(pick.location, pick.lot): pick.quantity for pick in picks}
        places[key] = [
            place._replace(quantity=place.quantity - taken.get((place.location, place.lot), 0)) for place in places[key]
        ]
        codes = {place.location: place.code for place in places[key]}
        found += [(codes[pick.location], one.line.line, pick, one.line) for pick in picks]
    return [(pick, line) for _, _, pick, line in sorted(found, key=lambda one: one[:2])]


def _pick_lines(picks: Sequence[tuple[Pick, Line]], names: Names) -> list[PickLine]:
    codes = dict(Location.objects.filter(pk__in={pick.location for pick, _ in picks}).values_list("pk", "code"))
    names = names._replace(lots=KnownLot.objects.in_bulk({pick.lot for pick, _ in picks if pick.lot}))
    rows = []
    for pick, line in picks:
        item = names.items[line.item or 0]
        rows.append(
            PickLine(
                place=codes[pick.location],
                item=item.sku,
                name=line.description or item.name,
                unit=item.unit,
                quantity=pick.quantity,
                lot=names.lot(pick.lot) if pick.lot else None,
            )
        )
    return rows


def list_paper(actor: Actor, pick_list: int, *, language: Language, company: Letterhead) -> PickPaper:
    """Return a pick list (its id) as paper, in walking order.

    Refused: ``permission.missing`` (sale.read), ``document.unknown``, ``paper.cancelled``.
    """
    require(actor, Permission.SALE_READ)
    found = read(actor.company_id, [pick_list], predecessors=True)
    header, lines = found.one(pick_list, DocumentKind.PICK_LIST)
    check_stands(header)
    orders = [one for one in found.headers.values() if one.kind == DocumentKind.SALES_ORDER]
    picks = [(Pick(line.location or 0, line.lot or 0, line.quantity), line) for line in lines]
    names = names_of(lines)
    numbers = {order.id: order.number for order in orders}
    shares = _shares(pick_list, numbers, language) if len(orders) > 1 else {}
    return PickPaper(
        language=language,
        company=company,
        number=header.number,
        day=header.day,
        lines=tuple(
            replace(row, details=tuple(shares.get(line.line, ())))
            for row, line in zip(_pick_lines(picks, names), lines, strict=True)
        ),
        customer=None if header.partner is None else addresses.delivered(header.partner, language, orders),
        orders=tuple(order.number for order in orders),
        notes=notes_on(actor, pick_list),
    )


def _shares(pick_list: int, numbers: Mapping[int, str], language: Language) -> dict[int, list[str]]:
    """What of each line of a pick list is for which order, and in which tote it goes, by the number of the line."""
    formats = Formats(language)
    found: dict[int, list[str]] = {}
    for share in shares_of([pick_list]):
        where = [share.tote] if share.tote else []
        said = " · ".join([*where, numbers[share.order], formats.quantity(share.quantity)])
        found.setdefault(share.line, []).append(said)
    return found


# ---------------------------------------------------------------------------------------------------------------------
# Labels


def return_label(actor: Actor, sales_return: int, *, language: Language, company: Letterhead) -> LabelPaper:
    """Return the label under which a customer sends goods back (a sales return's id).

    Refused: ``permission.missing`` (sale.read), ``document.unknown``, ``paper.cancelled``.
    """
    require(actor, Permission.SALE_READ)
    header, _ = read(actor.company_id, [sales_return]).one(sales_return, DocumentKind.SALES_RETURN)
    check_stands(header)
    assert header.partner is not None, "what comes back comes from somebody"
    return LabelPaper(
        kind=LabelKind.RETURN,
        language=language,
        sender=addresses.delivered(header.partner, language),
        receiver=Party(name=company.name, address=company.address),
        number=header.number,
        day=header.day,
        facts=(("your_order", header.reference or ""),),
    )


def shipping_labels(actor: Actor, shipment: int, *, language: Language, company: Letterhead) -> list[LabelPaper]:
    """Return the labels of a shipment (its id), one for each of its packages.

    Refused: ``permission.missing`` (sale.read), ``document.unknown``, ``paper.cancelled``, ``paper.not_packed``, ``paper.partly_packed``.
    """
    require(actor, Permission.SALE_READ)
    found = read(actor.company_id, [shipment], predecessors=True)
    header, _ = found.one(shipment, DocumentKind.SHIPMENT)
    check_stands(header)
    packages = _packages(actor, header)
    if not packages:
        raise Refusal("paper.not_packed", f"{header.number} has no packages.", "Pack it first.")
    orders = [one for one in found.headers.values() if one.kind == DocumentKind.SALES_ORDER]
    assert header.partner is not None, "what is shipped is shipped to somebody"
    formats = Formats(language)
    return [
        LabelPaper(
            kind=LabelKind.SHIPPING,
            language=language,
            sender=Party(name=company.name, address=company.address),
            receiver=addresses.delivered(header.partner, language, orders),
            number=header.number,
            day=header.day,
            sscc=package.sscc,
            facts=(
                ("shipment_number", header.number),
                ("package", f"{place} / {len(packages)}"),
                ("weight", "" if package.weight is None else f"{formats.quantity(package.weight)} kg"),
                ("our_order", ", ".join(order.number for order in orders)),
                ("your_order", ", ".join(order.reference for order in orders if order.reference)),
                ("carrier", _carrier(actor, shipment)),
            ),
        )
        for place, package in enumerate(packages, 1)
    ]


def _carrier(actor: Actor, shipment: int) -> str:
    delivery = delivery_of(actor.company_id, shipment)
    return "" if delivery is None or delivery.carrier is None else delivery.carrier.name or delivery.carrier.code
