"""What the lines of a sales return say, and what of them is to be credited.

``quantity`` and ``base_quantity`` came back (of a return that is approved: may come back); a line with a shipment is in base units. ``source`` is the
shipment's line it came with, ``None`` for goods without one. ``location``: where it is received. ``unit_price``, ``discount`` and ``tax_code``
are those of the order's line (of goods without a shipment: the price as it was said, and the customer's usual tax). ``net`` and ``tax`` are what is credited for it: of what was billed of
it the share in the order's line (of a component, its part in that of its kit), less what is kept back for restocking; zero where the return's resolution is not a credit. ``invoiced``
counts what is credited of it, in base units. Details: ``REASON``, ``BILLED``, ``FEE``, ``FEE_TAX``, and what was agreed of the fee.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from everstock.core.costing.state import share
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE, format_quantity, round_half_up
from everstock.ledger.database import integers
from everstock.ledger.sales import lot_movements, lots_sold
from everstock.masterdata.models import Lot
from everstock.operations.documents.amounts import minor_per_major, net_amount
from everstock.operations.documents.checks import check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.models import TaxCode
from everstock.operations.documents.read import Read, raw_cursor
from everstock.operations.documents.records import Details, Header, Line
from everstock.operations.documents.resolutions import Resolution, resolution_of
from everstock.operations.documents.taxes import charged
from everstock.operations.documents.write import too_large
from everstock.operations.sales.kits import KitPart, kit_part
from everstock.operations.sales.models import CustomerTerms
from everstock.operations.warehouse.lots import check_tracking, known_lots, lock_lots
from everstock.operations.warehouse.transfers import TransferFacts, base_quantity, factor, place

REASON = "reason"
"""Key in the details: why it came back; absent if nobody said."""
BILLED = "billed"
"""Key in the details: how much of the line was billed when it came back, in base units; absent for nothing."""
FEE, FEE_TAX = "fee", "fee_tax"
"""Keys in the details: what is kept back for restocking, in minor units of the return's currency, without tax, and its tax; absent for nothing."""
AGREED_FEE = "agreed_fee"
AGREED_RATE = "agreed_fee_rate"
"""Keys in the details: what was agreed to be kept back, as an amount, and as a fraction in 10^-6; absent for nothing."""


class ReturnLine(NamedTuple):
    """What comes back: ``quantity`` in 10^-6 of ``unit`` (an id; ``None``: the base unit).

    Of line number ``line`` of ``shipment`` (an id), or of ``item`` without one. ``location``: where it is received. ``lot``: its code, ``None`` for
    that of the shipment's line. ``unit_price``: what the customer paid for goods without a shipment, in 10^-6 of the major unit per ``unit``;
    ``None``: nothing is credited for them. ``fee``: kept back for restocking, in minor units; or ``fee_rate``: a fraction of the net amount, in 10^-6.
    """

    quantity: int
    shipment: int | None = None
    line: int | None = None
    item: int | None = None
    unit: int | None = None
    location: int | None = None
    lot: str | None = None
    unit_price: int | None = None
    fee: int = 0
    fee_rate: int = 0
    reason: str = ""


class Composed(NamedTuple):
    """A line of a return, and the lines of the shipment and of the order it came with; of a component, with its ``kit``."""

    line: Line
    shipped: Line | None = None
    ordered: Line | None = None
    kit: KitPart | None = None


def billed(line: Line) -> int:
    """Return how much of a return's line was billed before it came back, in base units."""
    return int((line.details or {}).get(BILLED, 0))


def to_credit(header: Header, line: Line) -> int:
    """Return how much of a return's line is still to be credited, in base units: what was billed of it and is not credited yet."""
    return billed(line) - line.invoiced if resolution_of(header) is Resolution.CREDIT else 0


def credited_back(shipped: Line, returned: int) -> int:
    """Return how much of a shipment's line is billed and came back, if ``returned`` of it did: what is not billed counts first."""
    return max(0, returned + shipped.invoiced - shipped.base_quantity)


# ---------------------------------------------------------------------------------------------------------------------
# Lines


def compose(lines: Sequence[ReturnLine], facts: TransferFacts, location: int | None, customer: int) -> list[Composed]:
    """Return the lines of a return of ``customer``, numbered from 1, without their amounts; raise ``Refusal`` for the first that cannot be."""
    composed = [_compose(one, facts, number, location) for number, one in enumerate(lines, 1)]
    if any(one.shipped is None and one.line.unit_price is not None for one in composed):
        usual = CustomerTerms.objects.filter(partner=customer).values_list("tax_code_id", flat=True).first()
        composed = [_taxed(one, usual) for one in composed]
    return _with_lots(composed, lines, facts)


def _taxed(one: Composed, usual: int | None) -> Composed:
    """A line of goods that are credited without a shipment, with the customer's usual tax: it was paid with the price."""
    blind = one.shipped is None and one.line.unit_price is not None
    return one._replace(line=one.line._replace(tax_code=usual)) if blind else one


def joined(line: Line, read: Read) -> Composed:
    """Return a return's line with those of its shipment and its order, which were read with it."""
    by_id = {one.id: one for some in read.lines.values() for one in some}
    shipped = by_id.get(line.source or 0)
    ordered = None if shipped is None else by_id.get(shipped.source or 0)
    return Composed(
        line, shipped, ordered, None if ordered is None else kit_part(ordered, read.lines[ordered.document])
    )


def _compose(one: ReturnLine, facts: TransferFacts, number: int, location: int | None) -> Composed:
    where = f"line {number}"
    found = place(one.location or location, facts, number)
    details = _details(one, where)
    if one.shipment is None:
        return Composed(_unlinked(one, facts, number)._replace(location=found.id, details=details))
    header, of_shipment = facts.read.one(one.shipment, DocumentKind.SHIPMENT)
    shipped = _shipped(one, header, of_shipment, number)
    numerator, denominator = 1, 1
    if one.unit is not None and shipped.item is not None:
        item = facts.items[shipped.item]
        numerator, denominator, _ = factor(item.id, one.unit, item.base_unit, item.sku, facts.factors, where)
    base = base_quantity(one.quantity, numerator, denominator, where)
    composed = joined(Line(facts.read.ids[0], number, base, base, source=shipped.id), facts.read)
    ordered = composed.ordered
    line = composed.line._replace(
        item=shipped.item, location=found.id, lot=shipped.lot, description=shipped.description, details=details
    )
    if ordered is not None:
        price = ordered.unit_price if ordered.numerator == ordered.denominator else None
        tax_code = ordered.tax_code if composed.kit is None else composed.kit.kit.tax_code
        line = line._replace(unit_price=price, discount=ordered.discount, tax_code=tax_code)
    return composed._replace(line=line)


def _shipped(one: ReturnLine, header: Header, lines: Sequence[Line], number: int) -> Line:
    line = next((line for line in lines if line.line == one.line), None)
    if line is None or line.item is None:
        raise Refusal(
            "return.line_unknown", f"Line {number} names no goods of {header.number}.", "Name one of its lines."
        )
    if one.item not in {None, line.item}:
        raise Refusal(
            "return.other_item",
            f"Line {number} is about another item than line {line.line} of {header.number}.",
            "Name the line the goods went with, or take them back without a shipment.",
        )
    if one.unit_price is not None:
        raise Refusal(
            "return.priced",
            f"Line {number} names a price, but that of {header.number} holds.",
            "Leave the price out, or keep a fee back.",
        )
    return line


def _unlinked(one: ReturnLine, facts: TransferFacts, number: int) -> Line:
    where = f"line {number}"
    if one.item is None:
        raise Refusal("return.no_item", f"Line {number} names neither a line of a shipment nor an item.", "Name one.")
    item = facts.items.get(one.item)
    if item is None:
        raise Refusal("item.unknown", f"Line {number} names an unknown item.", "Create the item first.")
    numerator, denominator, unit = factor(item.id, one.unit, item.base_unit, item.sku, facts.factors, where)
    base = base_quantity(one.quantity, numerator, denominator, where)
    check_tracking(item.tracking, item.sku, one.lot, base, where)
    if one.unit_price is not None and not 0 <= one.unit_price < LIMIT:
        raise Refusal("price.negative", f"The price of {where} cannot be that.", "Enter a price of zero or more.")
    return Line(
        *(facts.read.ids[0], number, one.quantity, base),
        item=item.id,
        description=item.name,
        unit=unit,
        numerator=numerator,
        denominator=denominator,
        unit_price=one.unit_price,
    )


def _details(one: ReturnLine, where: str) -> Details | None:
    if one.fee < 0 or not 0 <= one.fee_rate <= SCALE or (one.fee and one.fee_rate):
        raise Refusal(
            "return.fee",
            f"The restocking fee of {where} is negative, more than all, or both an amount and a percentage.",
            "Enter an amount or a percentage, or none.",
        )
    said = {
        REASON: check_text(one.reason, f"reason of {where}"),
        AGREED_FEE: one.fee,
        AGREED_RATE: one.fee_rate,
    }
    return {name: value for name, value in said.items() if value} or None


# ---------------------------------------------------------------------------------------------------------------------
# Lots


def _with_lots(composed: list[Composed], lines: Sequence[ReturnLine], facts: TransferFacts) -> list[Composed]:
    """Look up the lots that are named; with a shipment's line only its own lot can come back."""
    wanted = {
        (one.line.item, asked.lot): facts.items[one.line.item].sku
        for one, asked in zip(composed, lines, strict=True)
        if asked.lot is not None and one.line.item is not None
    }
    found = known_lots(wanted) if wanted else {}
    looked_up = []
    for one, asked in zip(composed, lines, strict=True):
        lot = one.line.lot if asked.lot is None else found[one.line.item or 0, asked.lot]
        if one.shipped is not None and one.shipped.lot != lot:
            raise Refusal(
                "return.other_lot",
                f"Line {one.line.line}: lot {asked.lot} did not go with that line of the shipment.",
                "Name the shipment's line of that lot, or check the number on the goods.",
            )
        looked_up.append(one._replace(line=one.line._replace(lot=lot)))
    return looked_up


def check_lots(company_id: int, customer: int, composed: Iterable[Composed]) -> None:
    """Lock the lots that come back; refuse (``lot.not_shipped``) those that the customer does not have, or not so much of."""
    wanted: Counter[int] = Counter()
    for one in composed:
        if one.line.lot is not None:
            wanted[one.line.lot] += one.line.base_quantity
    if not wanted:
        return
    lock_lots(wanted)
    there = {one.lot: one.quantity - one.returned for one in lots_sold(company_id, wanted, partner=customer)}
    for lot, quantity in wanted.items():
        if quantity > there.get(lot, 0):
            known = Lot.objects.select_related("item").get(pk=lot)
            raise Refusal(
                "lot.not_shipped",
                f"{format_quantity(quantity)} of lot {known.code} of item {known.item.sku} would come back, and the customer has "
                f"{format_quantity(there.get(lot, 0))} of it.",
                "Check the number on the goods, and who sends them.",
            )


def left_at(company_id: int, customer: int, composed: Iterable[Composed], by: int) -> dict[int, int]:
    """Return since when (microseconds of the company's clock) the customer has what comes back of lots without a shipment, by lot (an id).

    The lots are locked. Refused: ``lot.not_shipped``, if that is after the moment ``by``.
    """
    wanted: Counter[int] = Counter()
    for one in composed:
        if one.shipped is None and one.line.lot is not None:
            wanted[one.line.lot] += one.line.base_quantity
    moments = {}
    for lot, quantity in wanted.items():
        out = since = 0
        for event in lot_movements(company_id, lot):
            if event.partner == customer:
                if out < quantity:
                    since = event.effective_at
                out += -event.quantity if event.back else event.quantity
        if since > by:
            known = Lot.objects.select_related("item").get(pk=lot)
            raise Refusal(
                "lot.not_shipped",
                f"{format_quantity(quantity)} of lot {known.code} of item {known.item.sku} would come back before it left.",
                "Check the day on which it came, and the number on the goods.",
            )
        moments[lot] = since
    return moments


def check_shipped(read: Read, composed: Sequence[Composed]) -> None:
    """Refuse (``return.exceeds``) more than was shipped and did not come back yet."""
    back: Counter[int] = Counter()
    for one in composed:
        if one.shipped is None:
            continue
        back[one.shipped.id] += one.line.base_quantity
        open_ = one.shipped.base_quantity - one.shipped.returned
        if back[one.shipped.id] > open_:
            raise Refusal(
                "return.exceeds",
                f"Of line {one.shipped.line} of {read.headers[one.shipped.document].number}, {format_quantity(open_)} can come back, "
                f"and {format_quantity(back[one.shipped.id])} would.",
                "Take back less, or take the rest back without a shipment.",
            )


# ---------------------------------------------------------------------------------------------------------------------
# Amounts

_BACK = """
    SELECT l.source_id, sum(greatest(l.returned + l.invoiced - l.base_quantity, 0))::bigint FROM document_line l
     WHERE l.source_id = ANY ($1::bigint[]) AND l.returned > 0
       AND (SELECT d.kind FROM document d WHERE d.id = l.document_id) = 'shipment'
     GROUP BY 1
"""


def _billed_back(order_lines: Collection[int]) -> Counter[int]:
    """How much of lines of orders (ids) is billed and came back already, with whichever shipment; the orders are locked."""
    with raw_cursor() as run:
        run.execute(_BACK, (integers(order_lines),), prepare=True)
        return Counter(dict(run.fetchall()))


def priced(
    composed: Sequence[Composed], resolution: Resolution, currency: str, *, strict: bool = False
) -> list[Composed]:
    """Return the lines with how much of each is billed, and what is credited for it.

    Parts of an order's line are credited so that all of them come to what was billed. ``strict``: refuse (``return.fee``) to keep back more than
    is credited; without, all of it is kept.
    """
    before = _billed_back({one.ordered.id for one in composed if one.ordered is not None})
    taxes = _taxes(composed)
    back: Counter[int] = Counter()
    found = []
    for one in composed:
        line, shipped, ordered, _ = one
        net = tax = 0
        if shipped is None:
            counted = 0 if line.unit_price is None else line.base_quantity
            net = net_amount(line.quantity, line.unit_price, line.discount, minor_per_major(currency))
            tax = charged(net, *taxes[line.tax_code]) if line.tax_code is not None else 0
        else:
            already = shipped.returned + back[shipped.id]
            back[shipped.id] += line.base_quantity
            counted = credited_back(shipped, already + line.base_quantity) - credited_back(shipped, already)
            if ordered is not None:
                net, tax = _worth(one, before[ordered.id], counted)
                before[ordered.id] += counted
        if net >= LIMIT:
            raise too_large()
        if resolution is not Resolution.CREDIT:
            net = tax = 0
        found.append(one._replace(line=_less_fee(line, counted, net, tax, strict=strict)))
    return found


def _taxes(composed: Iterable[Composed]) -> dict[int, tuple[int, str]]:
    """Rate and kind of the taxes of goods without a shipment, by tax code."""
    codes = {one.line.tax_code for one in composed if one.shipped is None and one.line.tax_code is not None}
    rows = TaxCode.objects.filter(pk__in=codes).values_list("pk", "rate", "kind") if codes else ()
    return {key: (rate, kind) for key, rate, kind in rows}


def _worth(one: Composed, before: int, quantity: int) -> tuple[int, int]:
    """Net and tax of so much of an order's line after what came back ``before``; of a component, of its part in the kit."""
    ordered, kit = one.ordered, one.kit
    assert ordered is not None
    amounts = (ordered.net, ordered.tax)
    if kit is not None:
        amounts = (kit.slice.of(kit.kit.net, 1, 1), kit.slice.of(kit.kit.tax, 1, 1))
    whole = ordered.base_quantity
    net, tax = (share(amount, before + quantity, whole) - share(amount, before, whole) for amount in amounts)
    return net, tax


def _less_fee(line: Line, counted: int, net: int, tax: int, *, strict: bool) -> Line:
    said = dict(line.details or {})
    fee = said.get(AGREED_FEE, 0) or round_half_up(net * said.get(AGREED_RATE, 0), SCALE)
    if strict and fee > net:
        raise Refusal(
            "return.fee",
            f"More would be kept back of line {line.line} than is credited for it.",
            "Enter a smaller restocking fee, or none for goods that are not billed or not credited.",
        )
    fee = min(fee, net)
    # the tax goes with the amount
    left_tax = share(tax, net - fee, net) if net else 0
    found = {name: value for name, value in ((BILLED, counted), (FEE, fee), (FEE_TAX, tax - left_tax)) if value}
    return line._replace(net=net - fee, tax=left_tax, details={**(_unpriced(line) or {}), **found} or None)


def nothing_of(line: Line) -> Line:
    """Return a line of which nothing came."""
    return line._replace(quantity=0, base_quantity=0, net=0, tax=0, details=_unpriced(line))


def _unpriced(line: Line) -> Details | None:
    return {name: value for name, value in (line.details or {}).items() if name not in {BILLED, FEE, FEE_TAX}} or None
