"""Documents of selling with prices as what their papers say: quote, order confirmation, invoice.

They are for whoever may see selling documents and customers: the floor sees no prices. No cost is on any of them.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE, round_half_up
from everstock.interfaces.paper import addresses
from everstock.interfaces.paper.formats import Formats
from everstock.interfaces.paper.naming import (
    Names,
    author,
    check_stands,
    money_of,
    names_of,
    notes_on,
    payment,
    taxes_of,
)
from everstock.interfaces.paper.rows import Letterhead, Money, OrderLine, Party
from everstock.interfaces.paper.selling_rows import CashDiscount, OwnTax, Prepaid, SaleKind, SalePaper
from everstock.interfaces.paper.sheets import unit_of
from everstock.interfaces.paper.texts import TEXTS, Language
from everstock.masterdata.currencies import CURRENCIES
from everstock.masterdata.models import Item
from everstock.operations.documents.amounts import in_company_currency
from everstock.operations.documents.cash_discounts import cash_discount
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.payments import INVOICE, PREPAYMENT
from everstock.operations.documents.queries import chain
from everstock.operations.documents.read import Read, read
from everstock.operations.documents.records import CHANNEL, Header, Line
from everstock.operations.documents.states import State
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.bill_lines import BillLine, bill_lines
from everstock.operations.sales.kits import part_of
from everstock.operations.sales.substitutes import offered_for
from everstock.operations.sales.tenders import MEANS


def quote_paper(actor: Actor, quote: int, *, language: Language, company: Letterhead) -> SalePaper:
    """Return a quote (its id) as paper.

    Refused: ``permission.missing`` (sale.read and partner.read), ``document.unknown``, ``paper.cancelled``, ``paper.lost``.
    """
    found = _read(actor, quote)
    header, lines = found.one(quote, DocumentKind.QUOTE)
    check_stands(header)
    if header.state == State.LOST:
        raise Refusal("paper.lost", f"{header.number} is lost.", "Quote again.")
    paper = _paper(actor, header, lines, SaleKind.QUOTE, language, company)
    return replace(paper, day=header.sent_on or header.day, due_on=header.due_on, expected_on=header.expected_on)


def confirmation_paper(
    actor: Actor, order: int, *, language: Language, company: Letterhead, today: dt.date
) -> SalePaper:
    """Return a sales order (its id) as the confirmation the customer gets; one that is not confirmed says that it is a draft.

    What is on backorder says what could be delivered instead ``today``.

    Refused: ``permission.missing`` (sale.read and partner.read), ``document.unknown``, ``paper.cancelled``.
    """
    found = _read(actor, order, predecessors=True)
    header, lines = found.one(order, DocumentKind.SALES_ORDER)
    check_stands(header)
    wanted = [line for line in lines if line.quantity and part_of(line) is None]
    quotes = [one.number for one in found.headers.values() if one.kind == DocumentKind.QUOTE]
    paper = _paper(actor, header, wanted, SaleKind.CONFIRMATION, language, company)
    instead = _instead(actor, header, lines, language, today)
    names = names_of(lines)
    parts = [line for line in lines if line.quantity and part_of(line) is not None]
    inside = {
        line.line: [_part(part, names, language) for part in parts if part_of(part) == line.line] for line in wanted
    }
    return replace(
        paper,
        lines=tuple(
            replace(row, details=(*row.details, *inside.get(line.line, ()), *instead.get(line.line, ())))
            for row, line in zip(paper.lines, wanted, strict=True)
        ),
        day=header.sent_on or header.day,
        version=header.version if header.sent_on is not None else 1,
        draft=header.state == State.REQUESTED,
        expected_on=header.expected_on,
        quote=", ".join(quotes),
        deliver_to=_deliver_to(header, language, paper.customer),
    )


def _instead(
    actor: Actor, header: Header, lines: Sequence[Line], language: Language, today: dt.date
) -> dict[int, list[str]]:
    """What is said of substitutes, by the number of the line."""
    found = offered_for(actor.company_id, header, lines, day=today)
    wanted = {one.substitute for some in found.values() for one in some}
    skus = dict(Item.objects.filter(pk__in=wanted).values_list("pk", "sku"))
    text, formats = TEXTS[language]["substitute"], Formats(language)
    return {
        line: [text.format(item=skus[one.substitute], free=formats.quantity(one.free)) for one in some]
        for line, some in found.items()
    }


def invoice_paper(actor: Actor, invoice: int, *, language: Language, company: Letterhead) -> SalePaper:
    """Return a customer invoice (its id) as paper: by what was shipped when, in the units of the orders.

    Refused: ``permission.missing`` (sale.read and partner.read), ``document.unknown``, ``paper.cancelled``.
    """
    found = _read(actor, invoice, predecessors=True)
    header, lines = found.one(invoice, DocumentKind.CUSTOMER_INVOICE)
    check_stands(header)
    shipments = [one for one in found.headers.values() if one.kind == DocumentKind.SHIPMENT]
    before = read(actor.company_id, [one.id for one in shipments], predecessors=True) if shipments else found
    orders = _orders_of(before)
    days = sorted(one.day for one in shipments)
    paper = _paper(actor, header, lines, SaleKind.INVOICE, language, company)
    agreed = orders[0].details or {} if orders else {}
    prepaid = (*_prepaid(actor, invoice), *_paid_at_till(actor, invoice, language))
    return replace(
        paper,
        lines=tuple(_billed_lines(lines, before, language)),
        due_on=header.due_on,
        supplied=(days[0], days[-1]) if days else None,
        reference=header.reference or ", ".join(one.reference for one in orders if one.reference),
        orders=tuple(one.number for one in orders),
        payment_terms=payment(agreed.get("payment_days"), language),
        incoterm=agreed.get("incoterm", ""),
        deliver_to=_deliver_to(orders[0], language, paper.customer) if orders else (),
        prepaid=prepaid,
        cash_discount=_cash_discount(header, sum(one.amount for one in prepaid)),
        own_tax=_own_tax(header, found.company_currency),
    )


def credit_note_paper(actor: Actor, credit_note: int, *, language: Language, company: Letterhead) -> SalePaper:
    """Return a credit note to a customer (its id) as paper, with the invoices it corrects.

    Refused: ``permission.missing`` (sale.read and partner.read), ``document.unknown``, ``paper.cancelled``.
    """
    found = _read(actor, credit_note, predecessors=True)
    header, lines = found.one(credit_note, DocumentKind.CUSTOMER_CREDIT_NOTE)
    check_stands(header)
    invoices = [one.number for one in found.headers.values() if one.kind == DocumentKind.CUSTOMER_INVOICE]
    paper = _paper(actor, header, lines, SaleKind.CREDIT_NOTE, language, company)
    return replace(
        paper,
        lines=tuple(row if row.quantity else _price_off(row, language) for row in paper.lines),
        invoices=tuple(invoices),
        prepaid=tuple(_paid_at_till(actor, credit_note, language)),
        own_tax=_own_tax(header, found.company_currency),
    )


def _price_off(row: OrderLine, language: Language) -> OrderLine:
    """What is credited of a price: no goods, so no quantity."""
    return replace(row, quantity=None, unit="", details=(*row.details, TEXTS[language]["price_off"]))


def lacks(paper: SalePaper) -> list[str]:
    """What the law asks of an invoice or a credit note that this one does not say, in sentences for who prints it.

    A receipt of a till needs no customer.
    """
    ours = [] if paper.company.address else ["our address"]
    ours += ["our VAT number"] if paper.taxes and not paper.company.tax_number else []
    theirs = [] if paper.customer.address or any(one.means for one in paper.prepaid) else ["address"]
    owes = any(row.reverse_charge for row in paper.taxes)
    theirs += ["VAT number"] if owes and not paper.customer.tax_number else []
    said = []
    if ours:
        said.append(f"{paper.number} lacks {' and '.join(ours)}: say so in a file that --letterhead names.")
    if theirs:
        remedy = "`everstock customer address`" if "address" in theirs else "`everstock customer set --tax-number`"
        said.append(f"{paper.number} lacks the {' and the '.join(theirs)} of {paper.customer.name}: use {remedy}.")
    return said


def _read(actor: Actor, document: int, *, predecessors: bool = False) -> Read:
    require(actor, Permission.SALE_READ)
    require(actor, Permission.PARTNER_READ)
    return read(actor.company_id, [document], predecessors=predecessors)


def _paper(
    actor: Actor, header: Header, lines: Sequence[Line], kind: SaleKind, language: Language, company: Letterhead
) -> SalePaper:
    """What all of them say."""
    names = names_of(lines)
    details = header.details or {}
    return SalePaper(
        kind=kind,
        language=language,
        company=company,
        customer=addresses.billed(_customer(header), language),
        number=header.number,
        day=header.day,
        money=money_of(header),
        lines=tuple(_line(line, names) for line in lines),
        net=header.net,
        tax=header.tax,
        gross=header.gross,
        taxes=tuple(taxes_of(lines, names)),
        reference=header.reference or "",
        seller=author(header),
        payment_terms=payment(details.get("payment_days"), language),
        incoterm=details.get("incoterm", ""),
        notes=notes_on(actor, header.id),
    )


def _customer(header: Header) -> int:
    assert header.partner is not None, "what is sold is sold to somebody"
    return header.partner


def _deliver_to(header: Header, language: Language, addressee: Party) -> tuple[str, ...]:
    """Where the goods go to; nothing where nobody said more than the name, or where the paper goes there itself."""
    there = addresses.delivered(_customer(header), language, [header])
    same = (there.name, there.address) == (addressee.name, addressee.address)
    return (there.name, *there.address) if there.address and not same else ()


def _line(line: Line, names: Names) -> OrderLine:
    item = names.item(line)
    return OrderLine(
        item=item.sku,
        name=item.name,
        unit=names.unit(line),
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=line.net if line.net or line.unit_price is not None else None,
        discount=line.discount,
        expected_on=line.expected_on,
        tax=names.tax(line),
    )


# ---------------------------------------------------------------------------------------------------------------------
# Invoices


def _orders_of(found: Read) -> list[Header]:
    return [one for one in found.headers.values() if one.kind == DocumentKind.SALES_ORDER]


def _billed_lines(lines: Iterable[Line], before: Read, language: Language) -> Iterable[OrderLine]:
    billed = [one._replace(line=_as_ordered(one.line, one.ordered)) for one in bill_lines(lines, before)]
    shipments = list(dict.fromkeys(one.shipment.id for one in billed if one.shipment is not None))
    billed.sort(key=lambda one: _place(one, shipments))
    names = names_of([one.line for one in billed])
    kits = {(one.ordered.document, one.ordered.line) for one in billed if one.ordered is not None}
    inside: dict[tuple[int, int], list[str]] = {}
    rows = []
    for one in billed:
        kit = None if one.ordered is None else part_of(one.ordered)
        if one.ordered is not None and kit is not None and (one.ordered.document, kit) in kits:
            inside.setdefault((one.ordered.document, kit), []).append(_part(one.line, names, language))
        else:
            rows.append(one)
    for one in rows:
        said = [f"{TEXTS[language]['shipment_number']} {one.shipment.number}"] if one.shipment and shipments[1:] else []
        contents = inside.get((one.ordered.document, one.ordered.line), ()) if one.ordered is not None else ()
        yield replace(_line(one.line, names), details=(*said, *contents))


def _part(line: Line, names: Names, language: Language) -> str:
    """A component in the kit that it is part of, which has the price."""
    item = names.item(line)
    quantity = Formats(language).quantity(line.base_quantity)
    return f"{quantity} {unit_of(TEXTS[language], item.unit)} {item.name} ({item.sku})"


def _place(one: BillLine, shipments: Sequence[int]) -> tuple[int, int, int]:
    """Where a line stands: with its shipment if there are several, as its order has it; goods are kept in the order in which they were picked."""
    with_others = one.shipment is not None and len(shipments) > 1
    rank = shipments.index(one.shipment.id) if with_others and one.shipment is not None else len(shipments)
    return (rank, one.ordered.document, one.ordered.line) if one.ordered is not None else (rank + 1, 0, one.numbers[0])


def _as_ordered(line: Line, ordered: Line | None) -> Line:
    """The line in the unit in which the goods were ordered, if it is a whole number of them; else the price of a base unit."""
    if ordered is None or ordered.unit_price is None or ordered.numerator == ordered.denominator:
        return line if ordered is None else line._replace(unit=ordered.unit)
    quantity, rest = divmod(line.base_quantity * ordered.denominator, ordered.numerator)
    if rest or quantity % SCALE:
        price = round_half_up(ordered.unit_price * ordered.denominator, ordered.numerator)
        return line._replace(unit_price=price)
    return line._replace(quantity=quantity, unit=ordered.unit, unit_price=ordered.unit_price)


def _prepaid(actor: Actor, invoice: int) -> Iterable[Prepaid]:
    """What was paid in advance and used for an invoice; what the customer paid later is none of its business."""
    after = [one.id for one in chain(actor.company_id, invoice) if one.distance == 1]
    found = read(actor.company_id, after)
    for header in found.headers.values():
        made_by = (header.details or {}).get(PREPAYMENT)
        if header.kind == DocumentKind.CUSTOMER_PAYMENT and header.state != State.CANCELLED and made_by is not None:
            amount = sum(
                abs(line.net) for line in found.lines[header.id] if (line.details or {}).get(INVOICE) == invoice
            )
            paid_on = read(actor.company_id, [made_by]).headers[made_by].day
            yield Prepaid(day=paid_on, amount=amount)


def _paid_at_till(actor: Actor, bill: int, language: Language) -> Iterable[Prepaid]:
    """How a receipt of a till was paid, or its credit note paid out, as it was written: by means, or by goods that were exchanged."""
    after = [one.id for one in chain(actor.company_id, bill) if one.distance == 1]
    found = read(actor.company_id, after)
    for header in found.headers.values():
        details = header.details or {}
        if header.kind == DocumentKind.CUSTOMER_PAYMENT and header.state != State.CANCELLED and CHANNEL in details:
            amount = sum(abs(line.net) for line in found.lines[header.id] if (line.details or {}).get(INVOICE) == bill)
            yield Prepaid(day=header.day, amount=amount, means=details.get(MEANS, TEXTS[language]["exchanged"]))


def _cash_discount(header: Header, prepaid: int) -> CashDiscount | None:
    agreed = cash_discount(header)
    if agreed is None:
        return None
    amount = round_half_up((header.gross - prepaid) * agreed.discount, SCALE)
    return CashDiscount(until=header.day + dt.timedelta(days=agreed.discount_days), rate=agreed.discount, amount=amount)


def _own_tax(header: Header, currency: str) -> OwnTax | None:
    """The tax of an invoice in another currency in that of the books."""
    if header.currency == currency or not header.tax:
        return None
    own = in_company_currency(header.tax, header.currency, header.rate, currency)
    return OwnTax(money=Money(currency=currency, digits=CURRENCIES[currency][1]), tax=own)
