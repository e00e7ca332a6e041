"""Documents of the warehouse that sells as what their papers say: delivery note, packing slip, pick list. There are no prices on them."""

from collections import Counter
from collections.abc import Sequence

from everstock.interfaces.paper import addresses
from everstock.interfaces.paper.naming import Names, author, check_stands, in_unit, names_of, notes_on
from everstock.interfaces.paper.rows import Letterhead, Lot
from everstock.interfaces.paper.selling_rows import DispatchKind, DispatchLine, DispatchPaper
from everstock.interfaces.paper.texts import Language
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Line
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission


def dispatch_paper(
    actor: Actor, shipment: int, kind: DispatchKind, *, language: Language, company: Letterhead
) -> DispatchPaper:
    """Return a shipment (its id) as delivery note or packing slip.

    Refused: ``permission.missing`` (sale.read), ``document.unknown``, ``paper.cancelled``.
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
    receiver = addresses.delivered(header.partner, language)
    return DispatchPaper(
        kind=kind,
        language=language,
        company=company,
        receiver=receiver,
        number=header.number,
        day=header.day,
        lines=tuple(_dispatch_lines(lines, ordered, numbers)),
        orders=tuple(numbers.values()),
        reference=", ".join(order.reference for order in orders if order.reference),
        invoice_to=(bill.name, *bill.address) if (bill.name, bill.address) != (receiver.name, receiver.address) else (),
        incoterm=next((str((order.details or {}).get("incoterm") or "") for order in orders), ""),
        sent_by=author(header),
        notes=notes_on(actor, shipment),
    )


def _dispatch_lines(lines: Sequence[Line], ordered: dict[int, Line], numbers: dict[int, str]) -> list[DispatchLine]:
    """One for each line of an order, in its unit, with the lots that were taken for it."""
    names = names_of([*lines, *ordered.values()])
    by_source: dict[int, list[Line]] = {}
    for line in lines:
        by_source.setdefault(line.source or -line.line, []).append(line)
    rows = []
    for source, taken in by_source.items():
        of = ordered.get(source)
        told = taken[0] if of is None else of
        item = names.item(told)
        left = None if of is None else max(0, of.base_quantity - of.received)
        rows.append(
            DispatchLine(
                item=item.sku,
                name=item.name,
                unit=names.unit(told),
                quantity=in_unit(sum(line.base_quantity for line in taken), told),
                ordered=None if of is None else of.quantity,
                to_follow=None if left is None else in_unit(left, told),
                order="" if of is None else numbers[of.document],
                lots=_lots(taken, told, names),
            )
        )
    return rows


def _lots(taken: Sequence[Line], told: Line, names: Names) -> tuple[Lot, ...]:
    """The lots of what was taken, each once with how much of it; in the unit of ``told``."""
    by_lot: Counter[int] = Counter()
    for line in taken:
        if line.lot is not None:
            by_lot[line.lot] += line.base_quantity
    return tuple(_lot(names, lot, in_unit(base, told)) for lot, base in by_lot.items())


def _lot(names: Names, lot: int, quantity: int | None) -> Lot:
    row = names.lots[lot]
    return Lot(code=row.code, quantity=quantity, made_on=row.manufactured_on, expires_on=row.expires_on)
