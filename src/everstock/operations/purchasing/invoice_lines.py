"""The lines of supplier invoices: what is billed, compared with what was received and ordered, and what it does to the books."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE, round_half_up
from everstock.operations.documents.amounts import in_company_currency, minor_per_major, net_amount
from everstock.operations.documents.checks import check_quantity, check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import begin, check_account, to_base
from everstock.operations.documents.records import Header, Line
from everstock.operations.documents.states import Verb, next_state
from everstock.operations.documents.taxes import TaxKind, charged, tax_on
from everstock.operations.documents.write import too_large
from everstock.operations.purchasing.matching import Mismatch, MismatchKind, Tolerance, counted, price_differs
from everstock.operations.purchasing.settlement import AHEAD, COUNT, GRNI, VALUE, Settlement
from everstock.operations.purchasing.settlement_facts import Facts, Tax, required_supplier

_PARTS = SCALE**3
BILLED = (DocumentKind.GOODS_RECEIPT, DocumentKind.PURCHASE_ORDER)
"""The kinds of document whose lines are billed."""


class InvoiceLine(NamedTuple):
    """What is billed, as it stands on the paper.

    ``source``: id of the receipt's line, or of the order's line that is billed before the goods came; ``None`` for a charge that was not
    ordered, which needs a ``description`` and an ``amount``, and is booked on ``account`` (``None``: purchase expense). ``quantity`` in 10^-6 of the
    source's unit, ``None``: all that is not invoiced yet. ``unit_price`` (10^-6 of the major unit of the invoice's currency) and ``discount``
    (10^-6): ``None`` for the source's. ``amount``: the net amount in minor units; it wins over quantity times price. ``tax_code``: ``None``
    for the source's. ``tax``: as printed, ``None``: what the code says.
    """

    source: int | None = None
    quantity: int | None = None
    unit_price: int | None = None
    discount: int | None = None
    amount: int | None = None
    tax_code: int | None = None
    tax: int | None = None
    description: str = ""
    account: int | None = None


def all_lines(facts: Facts, receipts: Sequence[int]) -> list[InvoiceLine]:
    """Return lines that bill all that is not invoiced of receipts that were read, at their prices."""
    found = []
    for receipt in receipts:
        _, lines = facts.read.one(receipt, DocumentKind.GOODS_RECEIPT)
        found += [InvoiceLine(line.id) for line in lines if line.base_quantity - line.returned - line.invoiced > 0]
    return found


# ---------------------------------------------------------------------------------------------------------------------
# What stands on the paper


def compose(wanted: Sequence[InvoiceLine], facts: Facts, header: Header) -> list[Line]:
    """Return the lines of an invoice, numbered from 1; raise ``Refusal`` for the first that cannot be."""
    if not wanted:
        raise Refusal("document.no_lines", "The invoice has no lines.", "Add at least one line.")
    return [_compose(one, facts, header, number) for number, one in enumerate(wanted, 1)]


def _compose(one: InvoiceLine, facts: Facts, header: Header, number: int) -> Line:
    where = f"line {number}"
    check_text(one.description, f"description of {where}")
    if one.source is None:
        return _charge(one, facts, header, number)
    source = _billable(one, facts, header, where)
    quantity = _open_quantity(source, where) if one.quantity is None else one.quantity
    check_quantity(quantity, where)
    base = to_base(quantity, source.numerator, source.denominator, where)
    discount = source.discount if one.discount is None else one.discount
    if not 0 <= discount <= SCALE:
        raise Refusal("discount.invalid", f"The discount of {where} is not between 0 and 100 %.", "Correct it.")
    price, net = _amount(one, source, facts, header, quantity, discount, where)
    line = Line(
        *(header.id, number, quantity, base),
        item=source.item,
        lot=source.lot,
        description=one.description or source.description,
        unit=source.unit,
        numerator=source.numerator,
        denominator=source.denominator,
        unit_price=price,
        discount=discount,
        source=source.id,
        account=_account(source, facts),
    )
    return taxed(line, net, one.tax, find_tax(one.tax_code or source.tax_code, facts, where), where)


def _billable(one: InvoiceLine, facts: Facts, header: Header, where: str) -> Line:
    """The line of a receipt or an order that is billed; refused if it cannot be."""
    source = facts.lines.get(one.source or 0)
    if source is None:
        raise Refusal(
            "invoice.line_unknown",
            f"{begin(where)} bills a line that is not known.",
            "Name a line of a receipt or an order.",
        )
    _check_billable(facts.header(source), header, where)
    if one.account is not None:
        raise Refusal(
            "invoice.account",
            f"{begin(where)} names an account, but goods and what was ordered have theirs.",
            "Leave the account out.",
        )
    if facts.header(source).kind == DocumentKind.GOODS_RECEIPT and source.id not in facts.booked:
        raise Refusal(
            "invoice.nothing_received",
            f"Nothing was accepted of what {where} bills.",
            "Bill the order's line, and let the difference be approved.",
        )
    if source.id in facts.booked and facts.booked[source.id].account == facts.roles.get(Role.CONSIGNED.value):
        raise Refusal(
            "invoice.consignment",
            f"What {where} bills lies in consignment stock and is still the supplier's.",
            "Bill it when it has become ours.",
        )
    return source


def _charge(one: InvoiceLine, facts: Facts, header: Header, number: int) -> Line:
    where = f"line {number}"
    if one.amount is None or not one.description:
        raise Refusal(
            "invoice.line_incomplete",
            f"{begin(where)} names no receipt or order, and not both what it is for and its amount.",
            "Name a line of a receipt or an order, or give a description and an amount.",
        )
    check_account(one.account, facts.accounts, where)
    quantity = SCALE if one.quantity is None else one.quantity
    check_quantity(quantity, where)
    account = facts.account(Role.PURCHASE_EXPENSE) if one.account is None else one.account
    line = Line(*(header.id, number, quantity, quantity), description=one.description, account=account)
    return taxed(line, one.amount, one.tax, find_tax(one.tax_code, facts, where), where)


def _check_billable(of: Header, header: Header, where: str) -> None:
    if of.kind not in BILLED:
        raise Refusal(
            "invoice.line_unknown",
            f"{begin(where)} bills a line of {of.number}, which is neither a receipt nor an order.",
            "Name a line of a receipt or an order.",
        )
    if of.partner != header.partner:
        raise Refusal(
            "invoice.other_supplier",
            f"{begin(where)} bills {of.number}, which is of another supplier.",
            "Enter the invoice under that supplier, or bill other lines.",
        )
    next_state(DocumentKind(of.kind), of.state, Verb.INVOICE, of.number)


def _account(source: Line, facts: Facts) -> int:
    """The account that the billed amount is taken from or booked on."""
    if source.id in facts.booked:
        return facts.booked[source.id].account
    if source.item is not None:
        return facts.account(Role.GRNI)
    return facts.account(Role.PURCHASE_EXPENSE) if source.account is None else source.account


def _open_quantity(source: Line, where: str) -> int:
    """What is not invoiced of a line, in its own unit."""
    left = source.base_quantity - source.returned - source.invoiced
    if left <= 0:
        raise Refusal(
            "invoice.nothing_open", f"All of what {where} bills is invoiced already.", "Check the other invoices."
        )
    if left == source.base_quantity:
        return source.quantity
    quantity, remainder = divmod(left * source.denominator, source.numerator)
    if remainder:
        raise Refusal(
            "quantity.not_exact", f"What is left for {where} is no exact quantity of its unit.", "Enter the quantity."
        )
    return quantity


def _amount(
    one: InvoiceLine, source: Line, facts: Facts, header: Header, quantity: int, discount: int, where: str
) -> tuple[int | None, int]:
    """Unit price and net amount."""
    price = one.unit_price
    if price is None and facts.header(source).currency == header.currency:
        price = source.unit_price
    if price is None and one.amount is None:
        raise Refusal("price.missing", f"The price of {where} is not known.", "Enter the price or the amount billed.")
    if (price or 0) < 0 or (one.amount or 0) < 0:
        raise Refusal("price.negative", f"The price of {where} is negative.", "Enter a credit note instead.")
    if (price or 0) >= LIMIT:
        raise too_large()
    if one.amount is not None:
        return price, one.amount
    return price, net_amount(quantity, price, discount, minor_per_major(header.currency))


def find_tax(tax_code: int | None, facts: Facts, where: str) -> Tax | None:
    """Return the tax of a code; refuse (``tax.unknown``) one that is not there or not used any more."""
    if tax_code is None:
        return None
    tax = facts.taxes.get(tax_code)
    if tax is None or not tax.active:
        raise Refusal("tax.unknown", f"{begin(where)} names an unknown or inactive tax code.", "Name another tax code.")
    return tax


def taxed(line: Line, net: int, printed: int | None, tax: Tax | None, where: str) -> Line:
    """Return the line with its net amount and its tax, as ``printed`` or as the code says; refuse (``invoice.tax``) a tax that it does not charge."""
    if abs(net) >= LIMIT:
        raise too_large()
    if printed is not None and printed and (tax is None or tax.kind in {TaxKind.REVERSE_CHARGE, TaxKind.EXEMPT}):
        raise Refusal(
            "invoice.tax",
            f"{begin(where)} has a tax that its tax code does not charge.",
            "Name the tax code of the tax that was charged.",
        )
    amount = printed if printed is not None else 0 if tax is None else charged(net, tax.rate, tax.kind)
    return line._replace(net=net, tax=amount, tax_code=None if tax is None else tax.id)


# ---------------------------------------------------------------------------------------------------------------------
# What it does


def bill(settlement: Settlement, lines: Sequence[Line]) -> tuple[list[Line], list[Mismatch]]:
    """Settle what ``lines`` bill, and put their journal together; return them with what they did, and in what they differ."""
    facts, header = settlement.facts, settlement.header
    payable = facts.account(Role.PAYABLE)
    billed: list[Line] = []
    mismatches: list[Mismatch] = []
    total = 0
    for line in lines:
        cost = facts.own(cost_of(line, facts), header)
        total += cost + book_tax(settlement, line, payable)
        assert line.account is not None
        settlement.journal[line.account, payable] += cost
        source = facts.source(line)
        if source is None:
            billed.append(line)
            continue
        tolerance = _tolerance(source, facts)
        mismatches += _price(line, source, facts, header, tolerance)
        if source.id in facts.booked:
            done, found = _receipt_line(settlement, line, source, cost, tolerance)
        else:
            done, found = _order_line(settlement, line, source, cost, tolerance)
        billed.append(done)
        mismatches += found
    rounding = facts.own(sum(line.net + line.tax for line in lines), header) - total
    if rounding:
        settlement.journal[facts.account(Role.ROUNDING), payable] += rounding
    return billed, mismatches


def cost_of(line: Line, facts: Facts) -> int:
    """Return what a line costs, in its document's currency: net, and tax that is not recovered."""
    tax = None if line.tax_code is None else facts.taxes[line.tax_code]
    return line.net + (line.tax if tax is not None and tax.kind == TaxKind.NON_RECOVERABLE else 0)


def book_tax(settlement: Settlement, line: Line, payable: int, sign: int = 1) -> int:
    """Book the tax that is not part of the cost, or with ``sign`` -1 take it back; return what of it is owed to the supplier (or by it)."""
    facts, header = settlement.facts, settlement.header
    tax = None if line.tax_code is None else facts.taxes[line.tax_code]
    if tax is None or tax.input_account is None or tax.kind in {TaxKind.NON_RECOVERABLE, TaxKind.EXEMPT}:
        return 0
    if tax.kind == TaxKind.REVERSE_CHARGE:
        assert tax.output_account is not None
        # deducted and owed on one account, it is nothing
        if tax.input_account != tax.output_account:
            owed = facts.own(tax_on(line.net, tax.rate), header)
            settlement.journal[tax.input_account, tax.output_account] += sign * owed
        return 0
    amount = facts.own(line.tax, header)
    settlement.journal[tax.input_account, payable] += sign * amount
    return amount


def _tolerance(source: Line, facts: Facts) -> Tolerance:
    """What was agreed with the order, or without one with the supplier."""
    order = source if facts.header(source).kind == DocumentKind.PURCHASE_ORDER else facts.source(source)
    agreed: Mapping[str, int] = {}
    if order is not None:
        agreed = facts.header(order).details or {}
    usual = required_supplier(facts)
    return Tolerance(
        agreed.get("price_tolerance", usual.price_tolerance), agreed.get("over_tolerance", usual.over_tolerance)
    )


def _price(line: Line, source: Line, facts: Facts, header: Header, tolerance: Tolerance) -> list[Mismatch]:
    """The difference from the price that was agreed: the order's, or of goods without one that of the receipt."""
    agreed = source
    if facts.header(source).kind == DocumentKind.GOODS_RECEIPT:
        agreed = facts.source(source) or source
        if agreed is source and (source.details or {}).get("provisional"):
            return []
    if agreed.unit_price is None:
        return []
    of = facts.header(agreed)
    expected = round_half_up(
        line.base_quantity
        * agreed.denominator
        * agreed.unit_price
        * minor_per_major(of.currency)
        * (SCALE - agreed.discount),
        agreed.numerator * _PARTS,
    )
    own = facts.read.company_currency
    if of.currency != header.currency:
        # at the rate of the order into our currency, and from there at that of the invoice
        value = in_company_currency(expected, of.currency, of.rate, own)
        minor = minor_per_major(header.currency), minor_per_major(own)
        expected = round_half_up(value * 10**9 * minor[0], header.rate * minor[1]) if header.currency != own else value
    if not price_differs(line.net, expected, tolerance.price):
        return []
    amount = abs(facts.own(line.net, header) - facts.own(expected, header))
    return [Mismatch(line.line, MismatchKind.PRICE, expected, line.net, amount)]


def _receipt_line(
    settlement: Settlement, line: Line, source: Line, cost: int, tolerance: Tolerance
) -> tuple[Line, list[Mismatch]]:
    standing = settlement.standing(source)
    count = counted(line.base_quantity, standing, tolerance)
    order = settlement.facts.source(source)
    over = max(
        count - max(standing.open, 0), 0 if order is None else _beyond_order(settlement, order, count, tolerance)
    )
    mismatches = []
    if over > 0:
        mismatches.append(_too_much(line, count - over, over, cost))
    expected = standing.expected(count)
    details = settlement.settle(source, count=count, value=cost, expected=expected, grni=cost)
    if order is not None:
        settlement.invoiced[order.id] += count
    return line._replace(details=details), mismatches


def _beyond_order(settlement: Settlement, order: Line, count: int, tolerance: Tolerance) -> int:
    """How much of ``count`` more would be billed than was ordered, or received of it: its goods may have been billed by the order before."""
    left = max(order.base_quantity, order.received) - order.invoiced - settlement.invoiced[order.id]
    over = count - max(left, 0)
    return over if over * SCALE > tolerance.quantity * order.base_quantity else 0


def _order_line(
    settlement: Settlement, line: Line, source: Line, cost: int, tolerance: Tolerance
) -> tuple[Line, list[Mismatch]]:
    """Goods that are billed before they came, or a service."""
    left = max(source.base_quantity - source.invoiced - settlement.invoiced[source.id], 0)
    over = line.base_quantity - left
    settlement.invoiced[source.id] += line.base_quantity
    mismatches = []
    if over > 0 and over * SCALE > tolerance.quantity * source.base_quantity:
        mismatches.append(_too_much(line, left, over, cost))
    details = {GRNI: cost, VALUE: cost, AHEAD: True} if source.item is not None else {COUNT: line.base_quantity}
    return line._replace(details=details), mismatches


def _too_much(line: Line, expected: int, over: int, cost: int) -> Mismatch:
    amount = abs(round_half_up(cost * over, line.base_quantity))
    return Mismatch(line.line, MismatchKind.QUANTITY, expected, line.base_quantity, amount)
