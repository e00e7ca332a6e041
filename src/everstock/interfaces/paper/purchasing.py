"""Documents of buying as what their papers say: from the tables to the rows that are printed.

A receipt or return note holds prices only for an actor who may see costs; a purchase order says its prices to the supplier, so
it is made only for such an actor.
"""

from collections.abc import Sequence

from everstock.interfaces.paper.naming import (
    Names,
    author,
    check_stands,
    in_unit,
    money_of,
    names_of,
    notes_on,
    party_of,
    payment,
    sources_of,
    taxes_of,
)
from everstock.interfaces.paper.rows import (
    Letterhead,
    OrderLine,
    OrderPaper,
    ReceiptLine,
    ReceiptPaper,
    Resolution,
    ReturnLine,
    ReturnPaper,
)
from everstock.interfaces.paper.texts import Language
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.queries import document
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Line
from everstock.operations.documents.resolutions import RESOLUTION
from everstock.operations.documents.states import State
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.receipt_lines import PROVISIONAL


def order_paper(actor: Actor, order: int, *, language: Language, company: Letterhead) -> OrderPaper:
    """Return a purchase order or blanket order (its id) as paper.

    Refused: ``permission.missing`` (purchase.read and cost.see), ``document.unknown``, ``paper.cancelled``.
    """
    require(actor, Permission.PURCHASE_READ)
    require(actor, Permission.COST_SEE)
    found = read(actor.company_id, [order])
    header, lines = found.one(order, DocumentKind.PURCHASE_ORDER, DocumentKind.BLANKET_ORDER)
    check_stands(header)
    names = names_of(lines, header.partner)
    details = header.details or {}
    places = {names.places[line.location] for line in lines if line.location is not None}
    # a line that is not wanted any more is on no paper
    wanted = [line for line in lines if line.quantity]
    return OrderPaper(
        language=language,
        company=company,
        supplier=party_of(header),
        number=header.number,
        day=header.sent_on or header.day,
        money=money_of(header),
        lines=tuple(_order_line(line, names) for line in wanted),
        net=header.net,
        tax=header.tax,
        gross=header.gross,
        taxes=tuple(taxes_of(wanted, names)),
        version=header.version if header.sent_on is not None else 1,
        draft=header.state == State.REQUESTED,
        expected_on=header.expected_on,
        deliver_to=tuple(places) if len(places) == 1 else (),
        buyer=author(header),
        supplier_reference=header.reference or "",
        contract=_contract(actor, lines),
        payment_terms=payment(details.get("payment_days"), language),
        incoterm=details.get("incoterm", ""),
        notes=notes_on(actor, order),
    )


def receipt_paper(actor: Actor, receipt: int, *, language: Language, company: Letterhead) -> ReceiptPaper:
    """Return a goods receipt (its id) as paper. Refused: ``permission.missing`` (purchase.read), ``document.unknown``, ``paper.cancelled``."""
    require(actor, Permission.PURCHASE_READ)
    header, lines = document(actor.company_id, receipt, DocumentKind.GOODS_RECEIPT)
    check_stands(header)
    names = names_of(lines, header.partner)
    ordered = sources_of(actor, lines)
    places = {names.places[line.location] for line in lines if line.location is not None}
    priced = any(line.unit_price is not None for line in lines) and actor.sees_costs
    return ReceiptPaper(
        language=language,
        company=company,
        supplier=party_of(header),
        number=header.number,
        day=header.day,
        money=money_of(header),
        lines=tuple(
            _receipt_line(line, names, *ordered.get(line.source or 0, (None, "")), costs=actor.sees_costs)
            for line in lines
        ),
        total=header.net if priced else None,
        delivery_note=header.reference or "",
        warehouse=places.pop() if len(places) == 1 else "",
        received_by=author(header),
        notes=notes_on(actor, receipt),
    )


def return_paper(actor: Actor, supplier_return: int, *, language: Language, company: Letterhead) -> ReturnPaper:
    """Return a supplier return (its id) as paper. Refused: ``permission.missing`` (purchase.read), ``document.unknown``, ``paper.cancelled``."""
    require(actor, Permission.PURCHASE_READ)
    header, lines = document(actor.company_id, supplier_return, DocumentKind.SUPPLIER_RETURN)
    check_stands(header)
    names = names_of(lines, header.partner)
    received = sources_of(actor, lines)
    priced = any(line.unit_price is not None for line in lines) and actor.sees_costs
    return ReturnPaper(
        language=language,
        company=company,
        supplier=party_of(header),
        number=header.number,
        day=header.day,
        money=money_of(header),
        lines=tuple(
            _return_line(line, names, received.get(line.source or 0, (None, ""))[1], costs=actor.sees_costs)
            for line in lines
        ),
        resolution=Resolution((header.details or {})[RESOLUTION]),
        total=header.net if priced else None,
        authorisation=header.reference or "",
        sent_by=author(header),
        notes=notes_on(actor, supplier_return),
    )


# ---------------------------------------------------------------------------------------------------------------------
# Lines


def _order_line(line: Line, names: Names) -> OrderLine:
    item = names.item(line)
    return OrderLine(
        item=item.sku,
        name=item.name,
        unit=names.unit(line),
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=None if line.unit_price is None else line.net,
        discount=line.discount,
        supplier_item=item.theirs,
        expected_on=line.expected_on,
    )


def _receipt_line(line: Line, names: Names, ordered: Line | None, order: str, *, costs: bool) -> ReceiptLine:
    item = names.item(line)
    details = line.details or {}
    rejected = in_unit(line.rejected, line)
    known = costs and line.unit_price is not None
    return ReceiptLine(
        item=item.sku,
        name=item.name,
        unit=names.unit(line),
        received=line.quantity + rejected,
        rejected=rejected,
        ordered=None if ordered is None else in_unit(ordered.base_quantity, line),
        order=order,
        location="" if line.location is None else names.places[line.location],
        details=(details["reason"],) if "reason" in details else (),
        lots=names.of_lot(line),
        unit_price=line.unit_price if known else None,
        amount=line.net if known else None,
        provisional=costs and bool(details.get(PROVISIONAL)),
    )


def _return_line(line: Line, names: Names, receipt: str, *, costs: bool) -> ReturnLine:
    item = names.item(line)
    known = costs and line.unit_price is not None
    return ReturnLine(
        item=item.sku,
        name=item.name,
        unit=names.unit(line),
        quantity=line.quantity,
        supplier_item=item.theirs,
        receipt=receipt,
        reason=(line.details or {}).get("reason", ""),
        lots=names.of_lot(line),
        unit_price=line.unit_price if known else None,
        amount=line.net if known else None,
    )


def _contract(actor: Actor, lines: Sequence[Line]) -> str:
    """The number of the blanket order that is called off."""
    return next((number for _, number in sources_of(actor, lines).values()), "")
