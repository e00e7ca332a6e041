"""Documents of buying as what their papers say: from the tables to the rows that are printed.

A receipt or return note holds prices only for an actor who may see costs; a purchase order says its prices to the supplier, so
it is made only for such an actor.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import round_half_up
from everstock.interfaces.paper.rows import (
    Letterhead,
    Lot,
    Money,
    OrderLine,
    OrderPaper,
    Party,
    ReceiptLine,
    ReceiptPaper,
    Resolution,
    ReturnLine,
    ReturnPaper,
    TaxRow,
)
from everstock.interfaces.paper.texts import PAYMENT_AT_ONCE, PAYMENT_DAYS, Language
from everstock.masterdata import models as masterdata
from everstock.masterdata.currencies import CURRENCIES
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.models import TaxCode
from everstock.operations.documents.queries import document, notes
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Header, Line
from everstock.operations.documents.states import State
from everstock.operations.documents.taxes import TaxKind
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.models import User
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.models import SupplierItem
from everstock.operations.purchasing.receipt_lines import PROVISIONAL
from everstock.operations.purchasing.returns import RESOLUTION


class _Item(NamedTuple):
    """What an item is called: by us, in which base unit, by the supplier."""

    sku: str
    name: str
    unit: str
    theirs: str


class _Names(NamedTuple):
    """What the ids in a document stand for."""

    items: Mapping[int, _Item]
    units: Mapping[int, str]
    places: Mapping[int, str]
    lots: Mapping[int, masterdata.Lot]
    taxes: Mapping[int, TaxCode]

    def unit(self, line: Line) -> str:
        """The unit of a line; empty for what is no item."""
        if line.unit is not None:
            return self.units[line.unit]
        return "" if line.item is None else self.items[line.item].unit

    def item(self, line: Line) -> _Item:
        """The item of a line, by what the line itself calls it."""
        if line.item is None:
            return _Item("", line.description, "", "")
        found = self.items[line.item]
        return found._replace(name=line.description or found.name)

    def of_lot(self, line: Line) -> tuple[Lot, ...]:
        """The lot of a line, if it has one."""
        if line.lot is None:
            return ()
        lot = self.lots[line.lot]
        return (Lot(code=lot.code, made_on=lot.manufactured_on, expires_on=lot.expires_on),)


def letterhead(actor: Actor) -> Letterhead:
    """Return the letterhead of a company of which no more is known than its name."""
    company = masterdata.Company.objects.get(pk=actor.company_id)
    return Letterhead(name=company.name or company.code)


def order_paper(actor: Actor, order: int, *, language: Language, company: Letterhead) -> OrderPaper:
    """Return a purchase order or blanket order (its id) as paper.

    Refused: ``permission.missing`` (purchase.read and cost.see), ``document.unknown``, ``paper.cancelled``.
    """
    require(actor, Permission.PURCHASE_READ)
    require(actor, Permission.COST_SEE)
    found = read(actor.company_id, [order])
    header, lines = found.one(order, DocumentKind.PURCHASE_ORDER, DocumentKind.BLANKET_ORDER)
    _check_stands(header)
    names = _names_of(header, lines)
    details = header.details or {}
    places = {names.places[line.location] for line in lines if line.location is not None}
    # a line that is not wanted any more is on no paper
    wanted = [line for line in lines if line.quantity]
    return OrderPaper(
        language=language,
        company=company,
        supplier=_party(header),
        number=header.number,
        day=header.sent_on or header.day,
        money=_money(header),
        lines=tuple(_order_line(line, names) for line in wanted),
        net=header.net,
        tax=header.tax,
        gross=header.gross,
        taxes=tuple(_taxes(wanted, names)),
        version=header.version if header.sent_on is not None else 1,
        draft=header.state == State.REQUESTED,
        expected_on=header.expected_on,
        deliver_to=tuple(places) if len(places) == 1 else (),
        buyer=_user(header),
        supplier_reference=header.reference or "",
        contract=_contract(actor, lines),
        payment_terms=_payment(details.get("payment_days"), language),
        incoterm=details.get("incoterm", ""),
        notes=_notes(actor, order),
    )


def receipt_paper(actor: Actor, receipt: int, *, language: Language, company: Letterhead) -> ReceiptPaper:
    """Return a goods receipt (its id) as paper. Refused: ``permission.missing`` (purchase.read), ``document.unknown``, ``paper.cancelled``."""
    require(actor, Permission.PURCHASE_READ)
    header, lines = document(actor.company_id, receipt, DocumentKind.GOODS_RECEIPT)
    _check_stands(header)
    names = _names_of(header, lines)
    ordered = _sources(actor, lines)
    places = {names.places[line.location] for line in lines if line.location is not None}
    priced = any(line.unit_price is not None for line in lines) and actor.sees_costs
    return ReceiptPaper(
        language=language,
        company=company,
        supplier=_party(header),
        number=header.number,
        day=header.day,
        money=_money(header),
        lines=tuple(
            _receipt_line(line, names, *ordered.get(line.source or 0, (None, "")), costs=actor.sees_costs)
            for line in lines
        ),
        total=header.net if priced else None,
        delivery_note=header.reference or "",
        warehouse=places.pop() if len(places) == 1 else "",
        received_by=_user(header),
        notes=_notes(actor, receipt),
    )


def return_paper(actor: Actor, supplier_return: int, *, language: Language, company: Letterhead) -> ReturnPaper:
    """Return a supplier return (its id) as paper. Refused: ``permission.missing`` (purchase.read), ``document.unknown``, ``paper.cancelled``."""
    require(actor, Permission.PURCHASE_READ)
    header, lines = document(actor.company_id, supplier_return, DocumentKind.SUPPLIER_RETURN)
    _check_stands(header)
    names = _names_of(header, lines)
    received = _sources(actor, lines)
    priced = any(line.unit_price is not None for line in lines) and actor.sees_costs
    return ReturnPaper(
        language=language,
        company=company,
        supplier=_party(header),
        number=header.number,
        day=header.day,
        money=_money(header),
        lines=tuple(
            _return_line(line, names, received.get(line.source or 0, (None, ""))[1], costs=actor.sees_costs)
            for line in lines
        ),
        resolution=Resolution((header.details or {})[RESOLUTION]),
        total=header.net if priced else None,
        authorisation=header.reference or "",
        sent_by=_user(header),
        notes=_notes(actor, supplier_return),
    )


# ---------------------------------------------------------------------------------------------------------------------
# Lines


def _order_line(line: Line, names: _Names) -> OrderLine:
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


def _receipt_line(line: Line, names: _Names, ordered: Line | None, order: str, *, costs: bool) -> ReceiptLine:
    item = names.item(line)
    details = line.details or {}
    rejected = _in_unit(line.rejected, line)
    known = costs and line.unit_price is not None
    return ReceiptLine(
        item=item.sku,
        name=item.name,
        unit=names.unit(line),
        received=line.quantity + rejected,
        rejected=rejected,
        ordered=None if ordered is None else _in_unit(ordered.base_quantity, line),
        order=order,
        location="" if line.location is None else names.places[line.location],
        details=(details["reason"],) if "reason" in details else (),
        lots=names.of_lot(line),
        unit_price=line.unit_price if known else None,
        amount=line.net if known else None,
        provisional=costs and bool(details.get(PROVISIONAL)),
    )


def _return_line(line: Line, names: _Names, receipt: str, *, costs: bool) -> ReturnLine:
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


def _in_unit(base: int, line: Line) -> int:
    """Base units in the unit of a line; what does not come out even is rounded, as it is only read."""
    return round_half_up(base * line.denominator, line.numerator)


def _taxes(lines: Sequence[Line], names: _Names) -> Iterable[TaxRow]:
    """What each tax code makes of the lines that have it, in the order of their rates."""
    by_code: dict[int, tuple[int, int]] = {}
    for line in lines:
        if line.tax_code is not None:
            net, tax = by_code.get(line.tax_code, (0, 0))
            by_code[line.tax_code] = net + line.net, tax + line.tax
    for code in sorted(by_code, key=lambda code: (names.taxes[code].rate, names.taxes[code].code)):
        tax_code = names.taxes[code]
        charged = 0 if tax_code.kind == TaxKind.REVERSE_CHARGE else tax_code.rate
        net, tax = by_code[code]
        yield TaxRow(name=tax_code.name or tax_code.code, rate=charged, net=net, tax=tax)


# ---------------------------------------------------------------------------------------------------------------------
# What is around them


def _names_of(header: Header, lines: Sequence[Line]) -> _Names:
    items = {line.item for line in lines if line.item is not None}
    assert header.partner is not None, "what is bought is bought from somebody"
    sold = SupplierItem.objects.filter(partner_id=header.partner, item_id__in=items)
    theirs = dict(sold.values_list("item_id", "code"))
    rows = masterdata.Item.objects.filter(pk__in=items).select_related("base_unit")
    units = {line.unit for line in lines if line.unit is not None}
    places = {line.location for line in lines if line.location is not None}
    lots = {line.lot for line in lines if line.lot is not None}
    taxes = {line.tax_code for line in lines if line.tax_code is not None}
    return _Names(
        {row.pk: _Item(row.sku, row.name, row.base_unit.code, theirs.get(row.pk, "")) for row in rows},
        dict(masterdata.Unit.objects.filter(pk__in=units).values_list("id", "code")),
        {row.pk: row.name or row.code for row in masterdata.Location.objects.filter(pk__in=places)},
        masterdata.Lot.objects.in_bulk(lots),
        TaxCode.objects.in_bulk(taxes),
    )


def _sources(actor: Actor, lines: Sequence[Line]) -> dict[int, tuple[Line, str]]:
    """The lines these were made from, by id, each with the number of its document."""
    wanted = {line.source for line in lines if line.source is not None}
    if not wanted:
        return {}
    found = read(actor.company_id, [lines[0].document], predecessors=True)
    return {
        line.id: (line, found.headers[header].number)
        for header, of_document in found.lines.items()
        for line in of_document
        if line.id in wanted
    }


def _contract(actor: Actor, lines: Sequence[Line]) -> str:
    """The number of the blanket order that is called off."""
    return next((number for _, number in _sources(actor, lines).values()), "")


def _check_stands(header: Header) -> None:
    """Nobody shall act on the paper of what does not hold any more."""
    if header.state == State.CANCELLED:
        raise Refusal("paper.cancelled", f"{header.number} is cancelled.", "Print the document that replaces it.")


def _party(header: Header) -> Party:
    assert header.partner is not None, "what is bought is bought from somebody"
    partner = masterdata.Partner.objects.get(pk=header.partner)
    return Party(name=partner.name or partner.code)


def _money(header: Header) -> Money:
    return Money(currency=header.currency, digits=CURRENCIES[header.currency][1])


def _user(header: Header) -> str:
    user = None if header.created_by is None else User.objects.filter(pk=header.created_by).first()
    return "" if user is None else user.full_name or user.name


def _payment(days: int | None, language: Language) -> str:
    if days is None:
        return ""
    return PAYMENT_DAYS[language].format(days=days) if days else PAYMENT_AT_ONCE[language]


def _notes(actor: Actor, of: int) -> str:
    return "\n".join(note.text for note in notes(actor.company_id, of))
