"""What is billed to a made-up company: after the goods or before, at other prices, in part, twice, wrongly; credited, cleared."""

import datetime as dt
from collections import defaultdict
from functools import partial
from typing import Any

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.interfaces.demo.ordering import Order
from everstock.interfaces.demo.paying import Paying
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Seller
from everstock.operations.documents.models import DocumentLine
from everstock.operations.documents.read import Read, read
from everstock.operations.documents.records import DocumentRef, Header, Line
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.documents.states import State
from everstock.operations.purchasing.credit_notes import CreditLine, post_credit_note
from everstock.operations.purchasing.grni import clear_grni
from everstock.operations.purchasing.invoice_lines import InvoiceLine
from everstock.operations.purchasing.invoices import approve_invoice, cancel_invoice, post_invoice

_AHEAD, _NEVER, _PART, _TOO_MUCH = 0.1, 0.025, 0.06, 0.05
_OTHER_PRICE, _FREIGHT = 0.07, 0.05
_TWICE, _BAD_TOTAL, _BOOKED_WRONGLY, _PRICE_CREDIT = 0.02, 0.02, 0.02, 0.05
_CLEARED = "5100"


class Billing:
    """Plans invoices and credit notes; what is posted is handed on to be paid."""

    def __init__(self, story: Story, paying: Paying) -> None:
        self.story = story
        self._paying = paying
        self._monthly: defaultdict[int, list[int]] = defaultdict(list)
        self._numbers = 0

    def _number(self, prefix: str) -> str:
        self._numbers += 1
        return f"{prefix}-{self._numbers:06d}"

    def _read(self, document: int) -> tuple[Header, list[Line]]:
        found = read(self.story.world.company.pk, [document])
        return found.headers[document], found.lines[document]

    # --- plans

    def ordered(self, order: Order) -> None:
        """Some suppliers bill what they have not delivered yet."""
        story = self.story
        if not (order.seller.monthly or order.seller.at_sea) and story.chance(_AHEAD):
            order.matched = True
            story.after(0, 1, lambda: self._bill_ahead(order))

    def received(self, seller: Seller, receipt: int) -> None:
        """Plan the invoice of a receipt."""
        story = self.story
        if story.chance(_NEVER):
            story.after(120, 200, lambda: self._clear(receipt))
        elif seller.monthly:
            if not self._monthly[seller.id]:
                end = (story.day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
                story.on(end, lambda: self._bill(seller, self._monthly.pop(seller.id)))
            self._monthly[seller.id].append(receipt)
        elif story.chance(_PART):
            story.after(1, 20, lambda: self._bill(seller, [receipt], part=True))
        else:
            story.after(1, 25, lambda: self._bill(seller, [receipt]))

    def returned(self, made: DocumentRef, resolution: Resolution) -> None:
        """Plan what a return leads to in the books."""
        if resolution is Resolution.CREDIT:
            self.story.after(5, 20, lambda: self._credit_return(made.id, tries=4))
        elif resolution is Resolution.NOTHING:
            self.story.after(40, 60, lambda: self._clear_return(made.id))

    # --- invoices

    def _bill_ahead(self, order: Order) -> None:
        story = self.story
        header, lines = order.read(story)
        if order.closed or header.state == State.CANCELLED or any(line.unit_price is None for line in lines):
            return
        if any(line.received for line in lines):
            return
        self._post(order.seller, [InvoiceLine(line.id) for line in lines if line.quantity])

    def _bill(self, seller: Seller, receipts: list[int], *, part: bool = False, exact: bool = False) -> None:
        """Bill what is open of receipts; ``part``: half of it, and the rest later; ``exact``: at the prices ordered."""
        story = self.story
        found = read(story.world.company.pk, receipts)
        lines = []
        for receipt in receipts:
            if found.headers[receipt].state != State.CANCELLED:
                lines += [line for line in found.lines[receipt] if line.base_quantity > line.returned + line.invoiced]
        if not lines:
            return
        wanted = [self._line(seller, line, part=part, exact=exact) for line in lines]
        if part:
            story.after(5, 20, lambda: self._bill(seller, receipts))
        elif not exact and story.chance(_FREIGHT):
            wanted.append(InvoiceLine(description="Freight", amount=story.random.randint(500, 6_000)))
        self._post(seller, wanted, receipts)

    def _line(self, seller: Seller, line: Line, *, part: bool, exact: bool) -> InvoiceLine:
        """A line of an invoice, mostly as ordered."""
        story, random = self.story, self.story.random
        billed = InvoiceLine(line.id)
        left = line.base_quantity - line.returned - line.invoiced
        untouched = left == line.base_quantity and line.quantity % SCALE == 0
        if line.unit_price is None:
            each = self._worth(seller.id, line.item, SCALE) * line.numerator // line.denominator
            billed = billed._replace(unit_price=each * 10_000)
        elif (line.details or {}).get("provisional") or (not exact and story.chance(_OTHER_PRICE)):
            billed = billed._replace(unit_price=round(line.unit_price * random.uniform(0.96, 1.08) / 100) * 100)
        units, rest = divmod(left * line.denominator, line.numerator)
        if rest:
            # some pieces of a box went back: it is billed in full, and they will be credited
            return billed._replace(quantity=-(-units // SCALE) * SCALE)
        if untouched and part and line.quantity > SCALE:
            return billed._replace(quantity=line.quantity // SCALE // 2 * SCALE)
        if untouched and not exact and story.chance(_TOO_MUCH):
            return billed._replace(quantity=line.quantity + SCALE)
        return billed

    def _worth(self, seller: int, item: int | None, base: int) -> int:
        """About what so much of an item costs at a supplier, in cents of its currency."""
        world = self.story.world
        cost = next(goods.cost for goods in world.goods if goods.id == item)
        worth = next(one.worth for one in world.sellers if one.id == seller)
        return max(1, round(cost * base / SCALE / 10_000 / worth))

    def _post(self, seller: Seller, wanted: list[InvoiceLine], receipts: list[int] | None = None) -> None:
        story, world = self.story, self.story.world
        given: dict[str, Any] = {
            "supplier": seller.id,
            "reference": self._number(seller.code),
            "day": story.day - dt.timedelta(days=story.random.randint(0, 4)),
            "lines": wanted,
            "recorded_at": story.now,
        }
        if story.chance(_BAD_TOTAL):
            story.try_("invoice.total", post_invoice, world.accountant, total=1, **given)
        made = story.do("supplier invoices", post_invoice, world.accountant, key=f"invoice-{self._numbers}", **given)
        story.lines += len(wanted)
        if story.chance(_TWICE):
            again = given | {"lines": [InvoiceLine(description="Freight", amount=500)]}
            story.try_("document.reference_taken", post_invoice, world.accountant, **again)
        if made.state == State.ON_HOLD:
            story.after(0, 5, lambda: self._decide(seller, made.id, receipts))
            return
        if receipts and story.chance(_BOOKED_WRONGLY):
            story.after(0, 2, lambda: self._cancel(seller, made.id, receipts))
            return
        self._stands(seller, made.id)

    def _decide(self, seller: Seller, invoice: int, receipts: list[int] | None) -> None:
        """The accountant may not approve what differs; the manager mostly does, or the supplier has to bill again."""
        story, world = self.story, self.story.world
        if receipts and story.chance(0.15):
            self._cancel(seller, invoice, receipts)
            return
        story.try_("permission.missing", approve_invoice, world.accountant, invoice=invoice, recorded_at=story.now)
        story.do("supplier invoices approved", approve_invoice, world.manager, invoice=invoice, recorded_at=story.now)
        self._stands(seller, invoice)

    def _cancel(self, seller: Seller, invoice: int, receipts: list[int]) -> None:
        """An invoice that was wrong is cancelled, and comes again as it should be."""
        story = self.story
        story.do(
            "supplier invoices cancelled",
            cancel_invoice,
            story.world.accountant,
            invoice=invoice,
            day=story.day,
            reason="to be billed again",
            recorded_at=story.now,
        )
        story.after(2, 10, lambda: self._bill(seller, receipts, exact=True))

    def _stands(self, seller: Seller, invoice: int) -> None:
        """An invoice is in the books: it will be paid, and some of it may be credited."""
        story = self.story
        self._paying.owe(seller, invoice)
        _, lines = self._read(invoice)
        sources = [line.source for line in lines if line.source is not None and line.item is not None]
        if sources:
            story.after(10, 30, partial(self._credit_surplus, seller, sources))
            if story.chance(_PRICE_CREDIT):
                story.after(15, 90, partial(self._credit_price, seller, story.some(sources)))

    # --- credit notes

    def _source(self, line: int) -> tuple[Header, Line]:
        """A line of a receipt, by its id, with its document."""
        found = _with_line(self.story.world.company.pk, line)
        return next(
            (found.headers[one.document], one) for lines in found.lines.values() for one in lines if one.id == line
        )

    def _credit(self, what: str, seller: int, currency: str, line: CreditLine) -> None:
        story = self.story
        made = story.do(
            what,
            post_credit_note,
            story.world.accountant,
            supplier=seller,
            reference=self._number("CN"),
            day=story.day,
            lines=[line],
            currency=currency,
            recorded_at=story.now,
        )
        self._paying.credit(seller, made.id)

    def _credit_surplus(self, seller: Seller, sources: list[int]) -> None:
        """More was billed than came: it is credited."""
        for source in sources:
            header, line = self._source(source)
            surplus = line.invoiced - line.base_quantity
            if header.kind == "goods_receipt" and surplus > 0 and not line.returned:
                units = surplus * line.denominator // line.numerator
                amount = None if line.unit_price is not None else self._worth(seller.id, line.item, surplus)
                credited = CreditLine(source, units, amount)
                self._credit("supplier credit notes for quantity", seller.id, header.currency, credited)

    def _credit_price(self, seller: Seller, source: int) -> None:
        header, line = self._source(source)
        if (
            header.kind == "goods_receipt"
            and line.invoiced >= line.base_quantity
            and not line.returned
            and line.net > 100
        ):
            amount = line.net * self.story.random.randint(1, 5) // 100
            self._credit(
                "supplier credit notes for price", seller.id, header.currency, CreditLine(source, amount=max(1, amount))
            )

    def _credit_return(self, supplier_return: int, tries: int) -> None:
        """What went back is credited once it was billed; until then the supplier waits."""
        header, lines = self._read(supplier_return)
        line = lines[0]
        _, source = self._source(line.source or 0)
        waiting = source.invoiced + source.returned - source.base_quantity
        if waiting < line.base_quantity - line.invoiced or line.invoiced:
            if tries:
                self.story.after(10, 20, lambda: self._credit_return(supplier_return, tries - 1))
            return
        assert header.partner is not None
        amount = None
        if line.unit_price is None:
            amount = self._worth(header.partner, line.item, line.base_quantity)
        self._credit(
            "supplier credit notes for returns", header.partner, header.currency, CreditLine(line.id, amount=amount)
        )

    # --- what is never billed

    def _clear(self, receipt: int) -> None:
        header, lines = self._read(receipt)
        if header.state != State.CANCELLED:
            self._clear_lines([line.id for line in lines if line.base_quantity > line.returned + line.invoiced])

    def _clear_return(self, supplier_return: int) -> None:
        """Nothing is expected for what went back: if it was billed, that is lost."""
        _, lines = self._read(supplier_return)
        _, source = self._source(lines[0].source or 0)
        if source.invoiced + source.returned > source.base_quantity:
            self._clear_lines([source.id])

    def _clear_lines(self, lines: list[int]) -> None:
        """The accountant clears what is small, the manager the rest."""
        story, world = self.story, self.story.world
        if not lines:
            return
        given: dict[str, Any] = {
            "lines": lines,
            "account": world.accounts[_CLEARED],
            "reason": "never billed",
            "day": story.day,
            "recorded_at": story.now,
        }
        try:
            story.do("clearings", clear_grni, world.accountant, **given)
        except Refusal as refusal:
            if refusal.code != "approval.over_limit":
                raise
            story.refused[refusal.code] += 1
            story.do("clearings", clear_grni, world.manager, **given)


def _with_line(company: int, line: int) -> Read:
    """The document that has this line."""
    return read(company, [DocumentLine.objects.values_list("document_id", flat=True).get(pk=line)])
