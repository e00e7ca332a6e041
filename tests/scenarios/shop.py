"""Published cases of selling on their way through the actions: orders, shipments, returns, invoices, credit notes, payments, drop shipments."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from everstock.core.facts import DAY as MICROSECONDS
from everstock.core.facts import Kind, Method
from everstock.core.quantities import SCALE
from everstock.ledger.books import forget_books
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.ledger.queries import pool_values
from everstock.masterdata import actions
from everstock.masterdata.models import Item, Location, Lot
from everstock.operations.documents.allocation import Sharing
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.models import Document as Paper
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.drop_shipping.actions import dispatch, drop_place, order_from_suppliers
from everstock.operations.purchasing import suppliers
from everstock.operations.purchasing.orders import approve_order, send_order
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import cancel_receipt
from everstock.operations.purchasing.returns import ReturnLine as SupplierReturnLine
from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
from everstock.operations.sales.customers import set_terms
from everstock.operations.sales.invoices import cancel_invoice, invoice_shipments
from everstock.operations.sales.kit_bills import set_kit
from everstock.operations.sales.orders import confirm_order, create_order
from everstock.operations.sales.payments import register_payment
from everstock.operations.sales.receivables import open_receivables
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.returns import take_back
from everstock.operations.sales.selling_costs import attribute_cost, withdraw_cost
from everstock.operations.sales.shipments import ShipmentLine, cancel_shipment, ship
from everstock.reports.margin import MarginEntry, margin_entries
from tests.scenarios.published import DAY, Run, Step
from tests.scenarios.published_sales import has_lots, method_of, moments
from tests.scenarios.trade import LATER, Trade, micro, start_of

ACCOUNTS = {
    "receivable": ("1100",),
    "revenue": ("4000",),
    "revenue less returns": ("4000", "4100"),
    "sales returns": ("4100",),
    "sales discounts": ("4200",),
    "cost": ("5000", "5100", "5200"),
    "cost of sales": ("5000",),
    "price difference": ("5100",),
    "bank": ("1010",),
}
"""Figures that are balances: debits less credits."""


class Shop(Trade):
    """The company that buys, with a customer; goods may come at a moment of a day."""

    def __init__(self, method: Method, *, negative_stock: bool = False, lots: bool = False) -> None:
        super().__init__(method, negative_stock=negative_stock)
        self.lots = lots
        self.as_of: dt.date | None = None
        self.partners |= actions.ensure_partners(company=self.company, codes=["JONES"], is_customer=True)
        self.jones = self.partners["JONES"]
        self.places = {"Stores": self.dock}

    def item(self, sku: str, standard_cost: str | None = None) -> int:
        if self.lots and sku not in self.items:
            self.items |= actions.ensure_items(company=self.company, skus=[sku], lot_tracked=[sku])
        return super().item(sku, standard_cost)

    def place(self, code: str | None) -> int:
        """The place of a name; one without is the dock."""
        if code not in self.places and code is not None:
            made = Location.objects.create(company=self.company, code=code, kind="internal", purpose="warehouse")
            self.places[code] = made.pk
        return self.places.get(code or "", self.dock)

    def lot(self, sku: str, code: str | None) -> int | None:
        return None if code is None or not self.lots else Lot.objects.get(item=self.items[sku], code=code).pk

    def moment(self) -> int:
        return next(self.moments)

    def stock(self, sku: str) -> tuple[Decimal, int]:
        rows = pool_values(self.company.pk, items=[self.items[sku]], as_of=self.as_of)
        return Decimal(sum(row.quantity for row in rows)) / SCALE, sum(row.value for row in rows)

    def ref(self, document: int) -> DocumentRef:
        found = Paper.objects.get(pk=document)
        return DocumentRef(found.pk, found.number, found.state)

    def last(self, kind: DocumentKind) -> DocumentRef:
        """The newest document of a kind."""
        found = Paper.objects.filter(company=self.company, kind=kind.value).order_by("-id").values_list("id", flat=True)
        return self.ref(found[0])

    def open_of(self, invoice: DocumentRef) -> int:
        """What is open of an invoice, in cents."""
        rows = open_receivables(self.company, as_of=LATER)
        return sum(row.open for row in rows if row.number == invoice.number)

    def posted(self, kind: Kind, sku: str, at: int, quantity: Decimal = Decimal(0), **more: Any) -> None:
        """A line of the ledger that no document of buying or selling stands for."""
        given = {"location": self.dock, **more}
        line = LedgerLine(kind, self.item(sku), f"LINE-{next(self.numbers)}", micro(quantity), effective_at=at, **given)
        post(self.company.pk, Document(self.moment(), (line,), "tests"))


class SellingRun(Run):
    """A case of selling. Shipments and returns are called by their references.

    A shipment is billed as a whole: when it leaves, if its source says no more, else when a bill comes for as much, or when it left if that was before.
    """

    trade: Shop

    def __init__(self, case: Mapping[str, Any], steps: list[Step], *, negative: bool, standard: str | None) -> None:
        self.case = case
        self.movements = case["movements"]
        self.dated = moments(case)
        self.first = min((one.date() for one in self.dated.values()), default=DAY)
        self.shipments: dict[str, DocumentRef] = {}
        self.unbilled: list[tuple[DocumentRef, Decimal]] = []
        self.to_bill = Decimal(0)
        self.invoices: list[DocumentRef] = []
        self.replacing: dict[str, DocumentRef] = {}
        self.parts: dict[str, Decimal] = {}
        self.to_credit: list[DocumentRef] = []
        self.costs: list[int] = []
        self.of_place: dict[int, list[DocumentRef]] = {}
        method = method_of(case)
        super().__init__(method.value, steps, negative=negative, standard=standard)
        self.paid_at_once = "'cash'" in str(case["expected"]) and "'ar'" not in str(case["expected"])

    def _opened(self, method: Method, *, negative: bool) -> Trade:
        return Shop(method_of(self.case), negative_stock=negative, lots=has_lots(self.case))

    def do(self, step: Step) -> None:
        self.at: int | None = None
        if step.place in self.dated:
            moment = self.dated[step.place]
            self.day, self.pace = moment.date(), dt.timedelta(0)
            seconds = moment - dt.datetime.combine(moment.date(), dt.time())
            self.at = start_of(self.day) + seconds // dt.timedelta(microseconds=1) if seconds else None
        super().do(step)

    def _inbound(self) -> int:
        """When something comes in: at its moment, or the start of the day; what goes out goes at the end."""
        return start_of(self.day) if self.at is None else self.at

    def _outbound(self) -> int:
        return start_of(self.day) + MICROSECONDS - 1 if self.at is None else self.at

    def _where(self, step: Step) -> int:
        """The place that a step names."""
        said = None if self.case["id"].startswith("odoo17") else self.movements[step.place].get("location")
        return self.trade.place(said)

    def _lots(self, step: Step) -> list[tuple[str | None, Decimal]]:
        """The lots that a step names, with their quantities."""
        one = self.movements[step.place]
        if "picks" in one and one["picks"] and self.trade.lots:
            return [(pick["lot"], Decimal(str(pick["qty"]))) for pick in one["picks"]]
        return [(one.get("lot") if self.trade.lots else None, step.quantity)]

    # --- what is bought

    def _receipt(self, step: Step) -> None:
        order = self.orders[step.place]
        [(lot, quantity)] = self._lots(step)
        line = ReceiptLine(micro(quantity), order.id, 1, lot=lot)
        receipt = self.trade.receive(self.day, [line], location=self._where(step), effective_at=self.at)
        self.receipts[step.ref] = [receipt]
        self.trade.match(self.day, order)

    def _less(self, step: Step) -> None:
        [receipt] = self.receipts[step.of[0]]
        self.trade.give_back(self.day, [SupplierReturnLine(micro(step.quantity), receipt.id, 1)])

    # --- what is sold

    def _ordered(self, step: Step, location: int) -> DocumentRef:
        price = Decimal(0) if step.amount is None else step.amount / step.quantity
        line = OrderLine(micro(step.quantity), item=self.trade.item(step.item), unit_price=micro(price))
        return create_order(
            self.trade.boss,
            customer=self.trade.jones,
            lines=[line],
            day=self.day,
            location=location,
            recorded_at=self.trade.moment(),
            confirm=True,
        )

    def _sale(self, step: Step) -> None:
        again = self.replacing.get(step.of[0]) if step.of else None
        place = self._where(step)
        order = self._ordered(step, place) if again is None else self._confirmed(again)
        leaving = [
            ShipmentLine(order.id, 1, micro(quantity), place, self.trade.lot(step.item, lot))
            for lot, quantity in self._lots(step)
        ]
        shipment = ship(
            self.trade.boss, lines=leaving, day=self.day, recorded_at=self.trade.moment(), effective_at=self.at
        )
        self.shipments[step.ref] = shipment
        self.of_place.setdefault(step.place, []).append(shipment)
        self.unbilled.append((shipment, step.quantity))
        if step.by == "billed":
            self._bill_shipments([self.unbilled.pop()])
        self._bill_waiting()

    def _confirmed(self, order: DocumentRef) -> DocumentRef:
        return confirm_order(self.trade.boss, order=order.id, day=self.day, recorded_at=self.trade.moment())

    def _part(self, step: Step) -> None:
        """What is sold together with more, as a kit."""
        self.parts[step.item] = step.quantity

    def _kit(self, step: Step) -> None:
        self._part(step)
        components = {self.trade.item(item): micro(quantity) for item, quantity in self.parts.items()}
        moment = self.trade.moment()
        set_kit(self.trade.boss, item=self.trade.item("KIT"), components=components, recorded_at=moment)
        self._sale(Step("sale", step.place, "KIT", Decimal(1), Decimal(1000), (), step.ref))

    def _invoice(self, step: Step) -> None:
        self.to_bill += step.quantity
        self._bill_waiting()

    def _bill_waiting(self) -> None:
        """Bill what there are bills for and what has left, from the first shipment on."""
        chosen: list[tuple[DocumentRef, Decimal]] = []
        for one in self.unbilled:
            if sum(quantity for _, quantity in (*chosen, one)) > self.to_bill:
                break
            chosen.append(one)
        if chosen:
            self.to_bill -= sum(quantity for _, quantity in chosen)
            self._bill_shipments(chosen)

    def _bill_shipments(self, chosen: list[tuple[DocumentRef, Decimal]]) -> None:
        self.unbilled = [one for one in self.unbilled if one not in chosen]
        ids = [shipment.id for shipment, _ in chosen]
        done = invoice_shipments(self.trade.boss, shipments=ids, day=self.day, recorded_at=self.trade.moment())
        self.invoices.append(done)
        self._at_once(done)

    def _at_once(self, document: DocumentRef) -> None:
        if self.paid_at_once:
            self._paid([document])

    def _paid(self, documents: list[DocumentRef], *, discount: bool = False) -> None:
        register_payment(
            self.trade.boss,
            customer=self.trade.jones,
            lines=[PaymentLine(one.id) for one in documents],
            day=self.day,
            recorded_at=self.trade.moment(),
            take_discount=discount,
        )

    def _promise(self, step: Step) -> None:
        """The customer may keep back so much percent."""
        fraction, moment = int((step.amount or 0) * 10**4), self.trade.moment()
        set_terms(self.trade.boss, customer=self.trade.jones, discount_days=30, discount=fraction, recorded_at=moment)

    def _collect(self, step: Step) -> None:
        """The customer keeps its discount back of what it still owes."""
        self._paid([one for one in self.invoices if self.trade.open_of(one)], discount=True)

    # --- what comes back

    def _take_back(self, step: Step) -> None:
        found = list(self.of_place.get(int(step.of[0]), ())) if step.of[0].isdigit() else []
        of = [one for one in found if self.trade.lines(one)[0].item == self.trade.items[step.item]]
        shipment = of[0] if of else self.shipments[step.of[0]]
        [(lot, quantity)] = self._lots(step)
        replaced = Resolution.REPLACEMENT if step.by == "replacement" else Resolution.CREDIT
        back = take_back(
            self.trade.boss,
            lines=[ReturnLine(micro(quantity), shipment.id, 1, lot=lot)],
            resolution=replaced,
            location=self._where(step),
            day=self.day,
            recorded_at=self.trade.moment(),
            effective_at=self.at,
        )
        left = [(one, rest - (quantity if one == shipment else 0)) for one, rest in self.unbilled]
        self.unbilled = [one for one in left if one[1]]
        if replaced is Resolution.CREDIT:
            self.to_credit.append(back)
        else:
            self.replacing[step.ref] = self.trade.last(DocumentKind.SALES_ORDER)

    def _credit_sale(self, step: Step) -> None:
        """What came back is credited; where nothing did, the invoice was wrong."""
        if not self.to_credit:
            invoice = self.invoices.pop()
            moment = self.trade.moment()
            cancel_invoice(self.trade.boss, invoice=invoice.id, day=self.day, reason="wrong", recorded_at=moment)
            [shipment] = self.shipments.values()
            self.unbilled.append((shipment, Decimal(self.trade.lines(shipment)[0].base_quantity) / SCALE))
            return
        lines = [CreditLine(line.id) for one in self.to_credit for line in self.trade.lines(one)]
        self._credited(lines)
        self.to_credit = []

    def _allowance(self, step: Step) -> None:
        [kept] = [one for one in self.invoices if self.trade.open_of(one) or self.paid_at_once][:1]
        self._credited([CreditLine(self.trade.lines(kept)[0].id, amount=int((step.amount or 0) * 100))])

    def _credited(self, lines: list[CreditLine]) -> None:
        done = post_credit_note(
            self.trade.boss,
            lines=lines,
            day=self.day,
            recorded_at=self.trade.moment(),
            settle=not self.paid_at_once,
        )
        self._at_once(done)

    # --- what the supplier delivers to the customer

    def _drop_ship(self, step: Step) -> None:
        boss, item, smith = self.trade.boss, self.trade.item(step.item), self.trade.partners["SMITH"]
        suppliers.set_supplier_item(boss, supplier=smith, item=item, recorded_at=self.trade.moment())
        price = micro((step.amount or Decimal(0)) / step.quantity)
        moment = self.trade.moment()
        suppliers.set_price(
            boss, supplier=smith, item=item, unit_price=price, valid_from=self.first, recorded_at=moment
        )
        priced = step._replace(amount=step.quantity * self._selling_price())
        order = self._ordered(priced, drop_place(self.trade.company.pk))
        [purchase] = order_from_suppliers(boss, order=order.id, day=self.day, recorded_at=self.trade.moment())
        approve_order(boss, order=purchase.id, recorded_at=self.trade.moment())
        send_order(boss, order=purchase.id, day=self.day, recorded_at=self.trade.moment())
        shipment = dispatch(boss, order=purchase.id, day=self.day, recorded_at=self.trade.moment())
        self.shipments[step.ref] = shipment
        self.unbilled.append((shipment, step.quantity))
        self.receipts[step.ref] = [self.trade.last(DocumentKind.GOODS_RECEIPT)]

    def _selling_price(self) -> Decimal:
        said = [str(one.get("ref")) for one in self.movements if one["kind"] == "customer_invoice"]
        return Decimal(said[0].removeprefix("price ")) if said else Decimal(1)

    def _drop_return(self, step: Step) -> None:
        """It goes by way of us: from the customer, and on to the supplier."""
        [ref] = step.of or list(self.shipments)[-1:]
        self._take_back(step._replace(of=(ref,), by="credit"))
        [receipt] = self.receipts[ref]
        self.trade.give_back(self.day, [SupplierReturnLine(micro(step.quantity), receipt.id, 1)])

    # --- what shipping costs

    def _freight_out(self, step: Step) -> None:
        for name in step.of:
            if name not in self.shipments:
                self._opening(Step("opening", step.place, "X", Decimal(1), Decimal(3)))
                self._sale(Step("sale", step.place, "X", Decimal(1), Decimal(10), (), name))
        cost = attribute_cost(
            self.trade.boss,
            shipments=[self.shipments[name].id for name in step.of],
            amount=int((step.amount or 0) * 100),
            by=Sharing.QUANTITY,
            day=self.day,
            recorded_at=self.trade.moment(),
        )
        self.costs.append(cost)

    def _no_freight_out(self, step: Step) -> None:
        moment = self.trade.moment()
        withdraw_cost(self.trade.boss, cost=self.costs[0], reason="not ours", recorded_at=moment)

    # --- stock that is neither bought nor sold

    def _opening(self, step: Step) -> None:
        [(lot, _)] = self._lots(step)
        item = self.trade.item(step.item)
        key = Lot.objects.create(item_id=item, code=lot).pk if lot else None
        at, value = self._inbound(), int((step.amount or 0) * 100)
        self.trade.posted(Kind.OPENING, step.item, at, step.quantity, value=value, lot=key)

    def _adjust_in(self, step: Step) -> None:
        value = None if step.amount is None else int(step.amount * 100)
        self.trade.posted(Kind.ADJUST_IN, step.item, self._inbound(), step.quantity, value=value)

    def _adjust_out(self, step: Step) -> None:
        self.trade.posted(Kind.ADJUST_OUT, step.item, self._outbound(), step.quantity)

    def _count(self, step: Step) -> None:
        [(lot, _)] = self._lots(step)
        key = self.trade.lot(step.item, lot)
        self.trade.posted(Kind.COUNT, step.item, self._outbound(), step.quantity, lot=key, location=self._where(step))

    def _value(self, step: Step) -> None:
        [(lot, _)] = self._lots(step)
        worth, key = micro(step.amount or 0), self.trade.lot(step.item, lot)
        self.trade.posted(Kind.REVALUATION, step.item, self._outbound(), unit_value=worth, lot=key)

    def _transfer(self, step: Step) -> None:
        target = self.trade.place(self.movements[step.place].get("to_location"))
        self.trade.posted(Kind.TRANSFER, step.item, self._outbound(), step.quantity, to_location=target)

    def _card_cost(self, step: Step) -> None:
        """What an item costs by its card: with stock, under standard costs, that is a revaluation; other methods know better."""
        item, cost = self.trade.item(step.item), step.amount or Decimal(0)
        quantity, _ = self.trade.stock(step.item)
        if quantity and self.standard:
            self.trade.posted(Kind.REVALUATION, step.item, self._outbound(), unit_value=micro(cost))
        elif not quantity:
            Item.objects.filter(pk=item).update(standard_cost=micro(cost))
            forget_books()

    def _cancel(self, step: Step) -> None:
        place = int(step.of[0])
        moment = self.trade.moment()
        if place in self.of_place:
            for one in self.of_place[place]:
                cancel_shipment(self.trade.boss, shipment=one.id, reason="never left", recorded_at=moment)
            return
        [receipt] = self.receipts[str(place)]
        cancel_receipt(self.trade.boss, receipt=receipt.id, reason="never came", recorded_at=moment)

    # --- figures

    def entries(self) -> list[MarginEntry]:
        return margin_entries(company=self.trade.company, to=LATER)

    def cost_of(self, place: int) -> Decimal:
        """What the goods cost that left at a place of the list, as it stands now."""
        numbers = {self.trade.header(one).number for one in self.of_place[place]}
        return Decimal(sum(one.amounts.cost for one in self.entries() if one.document in numbers)) / 100

    def freight_of(self, name: str) -> Decimal:
        shipped = {line.id for line in self.trade.lines(self.shipments[name])}
        spent = sum(one.amounts.selling_costs for one in self.entries() if one.shipped_line in shipped)
        return Decimal(spent) / 100

    def figures(self) -> dict[str, Decimal]:
        found = super().figures()
        for name, codes in ACCOUNTS.items():
            found[name] = Decimal(sum(self.trade.balance(code) for code in codes)) / 100
        return found

    def gross_margin(self) -> Decimal:
        return Decimal(sum(one.amounts.margin for one in self.entries())) / 100
