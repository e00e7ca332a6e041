"""All verbs of buying and of selling in any order, late days and late costs included: whatever happens, and whatever is refused, leaves the books lawful.

``EVERSTOCK_TRADING_EXAMPLES`` histories are tried (a few unless it says more), each of up to ``EVERSTOCK_TRADING_STEPS`` steps.
"""

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from everstock.core.facts import Method
from everstock.masterdata.models import Location
from everstock.operations.documents.allocation import Sharing
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.sales import (
    channels,
    credit_notes,
    customers,
    holds,
    invoices,
    orders,
    payments,
    picks,
    quotes,
    returns,
    till,
)
from everstock.operations.sales.allocation import allocate
from everstock.operations.sales.changes import change_order
from everstock.operations.sales.inspections import Outcome, inspect_return
from everstock.operations.sales.kit_bills import set_kit
from everstock.operations.sales.models import ChannelKind
from everstock.operations.sales.packing import pack_shipment
from everstock.operations.sales.pick_lists import create_pick_list
from everstock.operations.sales.reallocation import OfOrder, reallocate
from everstock.operations.sales.receivables import open_receivables
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.selling_costs import attribute_cost, withdraw_cost
from everstock.operations.sales.shipments import ShipmentLine, cancel_shipment, ship
from everstock.operations.sales.staged_shipments import ship_picked
from everstock.operations.sales.substitutes import set_substitute, substitute_line
from everstock.operations.sales.tenders import Tender
from everstock.operations.warehouse.count_requests import ShortReason
from everstock.reports.margin import margin_entries
from tests.operations.test_buying_stateful import FIRST, ORDERED, BuyingMachine, afterwards, days, few, prices
from tests.operations.test_buying_stateful import picks as numbers
from tests.scenarios.trade import LATER, micro

EXAMPLES = int(os.environ.get("EVERSTOCK_TRADING_EXAMPLES", "6"))
STEPS = int(os.environ.get("EVERSTOCK_TRADING_STEPS", "60"))

goods = st.sampled_from(["A", "A", "B", "B", "K"])
who = st.sampled_from(["JONES", "JONES", "PARIS"])
through = st.sampled_from([None, None, "web"])
selling_taxes = st.sampled_from([None, "VAT", "REVERSE"])


class TradingMachine(BuyingMachine):
    """The company that buys, with customers: kits of what it buys, a channel with a buffer, a till, a table to pick to, a place for what comes back."""

    @initialize(method=st.sampled_from([Method.FIFO, Method.AVERAGE, Method.LIFO, Method.STANDARD]))
    def begin(self, method: Method) -> None:
        super().begin(method)
        trade, items = self.trade, self.trade.items
        self.costs: list[int] = []
        create = Location.objects.create
        given: dict[str, Any] = {"company": trade.company, "kind": "internal", "parent_id": trade.dock}
        self.table = create(code="TABLE", purpose="packing", **given).pk
        self.back = create(code="BACK", purpose="quality", **given).pk
        components = {items["A"]: micro(2), items["B"]: micro(1)}
        set_kit(self.boss, item=trade.item("K"), components=components, **self.given())
        set_substitute(self.boss, item=items["A"], substitute=items["B"], **self.given())
        web = channels.set_channel(self.boss, code="web", warehouses=[trade.dock], **self.given())
        channels.set_buffer(
            self.boss, channel=web.pk, item=None, buffer=channels.Buffer(quantity=micro(1)), **self.given()
        )
        counter = channels.set_channel(
            self.boss,
            code="till",
            kind=ChannelKind.POINT_OF_SALE,
            warehouses=[trade.dock],
            customer=trade.partners["JONES"],
            **self.given(),
        )
        channels.set_means(self.boss, channel=counter.pk, means="cash", account=trade.accounts["1000"], **self.given())
        for customer, limit in (("JONES", None), ("PARIS", 2_000)):
            customers.set_terms(
                self.boss,
                customer=trade.partners[customer],
                credit_limit=limit,
                discount_days=10,
                discount=20_000,
                **self.given(),
            )

        for number, (sku, customer, channel) in enumerate(
            (("A", "JONES", "web"), ("B", "PARIS", None), ("K", "JONES", None))
        ):
            self.sell_to(sku, 4, "9.99", "VAT", customer, number, channel, confirm=True)
            self.ship(number, 0, 2, FIRST + dt.timedelta(days=14 + number))
            self.bill(number, FIRST + dt.timedelta(days=16))
        self.pick_list(1, 1, FIRST + dt.timedelta(days=20))
        self.pick_up(0, 0, 1, FIRST + dt.timedelta(days=21))
        self.come_back(0, 0, 1, Resolution.CREDIT, False, 7, FIRST + dt.timedelta(days=22))
        self.quote("A", 3, "5.00", "JONES", 0, hold=True)

    def customer(self, document: DocumentRef) -> int:
        partner = self.trade.header(document).partner
        assert partner is not None
        return partner

    def wanted(self, sku: str, quantity: int, price: str, tax: str | None) -> OrderLine:
        code = None if tax is None else self.trade.taxes[tax]
        return OrderLine(micro(quantity), item=self.trade.items[sku], unit_price=micro(price), tax_code=code)

    def on(self, kind: str, number: int, act: Callable[[DocumentRef], DocumentRef | None], made: str = "") -> None:
        """Try something with one of the documents of a kind, if there is any."""
        of = self.pick(kind, number)
        if of is not None:
            self.try_(made or kind, lambda: act(of))

    def do(self, what: str, act: Callable[[], Any]) -> None:
        """Try something that makes no document."""

        def done() -> None:
            act()

        self.try_(what, done)

    # --- orders

    @rule(
        sku=goods,
        quantity=few,
        price=prices,
        tax=selling_taxes,
        customer=who,
        day=numbers,
        channel=through,
        confirm=st.booleans(),
    )
    def sell_to(
        self, sku: str, quantity: int, price: str, tax: str | None, customer: str, day: int, channel: str | None, confirm: bool
    ) -> None:  # fmt: skip
        lines = [self.wanted(sku, quantity, price, tax), self.wanted("B", 1, "3", None)]
        given = self.given(lines=lines, day=FIRST + dt.timedelta(days=day % ORDERED), location=self.trade.dock)
        given |= {"channel": channel, "reference": f"W{next(self.trade.numbers)}", "confirm": confirm}
        self.try_(
            "sale order",
            lambda: orders.create_order(self.boss, customer=self.trade.partners[customer], **given),
        )

    @rule(number=numbers, day=days)
    def confirm(self, number: int, day: dt.date) -> None:
        self.on(
            "sale order",
            number,
            lambda of: orders.confirm_order(self.boss, order=of.id, day=day, **self.given()),
            "confirmed",
        )

    @rule(number=numbers, line=numbers, quantity=st.integers(0, 8), price=st.none() | prices)
    def change(self, number: int, line: int, quantity: int, price: str | None) -> None:
        def act(of: DocumentRef) -> DocumentRef:
            unit_price = None if price is None else micro(price)
            changes = [LineChange(self.line(of, line).line, micro(quantity), unit_price)]
            return change_order(self.boss, order=of.id, changes=changes, **self.given())

        self.on("sale order", number, act, "changed")

    @rule(number=numbers, line=numbers, day=days)
    def substitute(self, number: int, line: int, day: dt.date) -> None:
        def act(of: DocumentRef) -> DocumentRef:
            given = self.given(order=of.id, line=self.line(of, line).line, day=day, agreed="by phone")
            return substitute_line(self.boss, substitute=self.trade.items["B"], **given)

        self.on("sale order", number, act, "substituted")

    @rule(sku=goods, quantity=few, price=prices, customer=who, day=numbers, hold=st.booleans())
    def quote(self, sku: str, quantity: int, price: str, customer: str, day: int, hold: bool) -> None:
        of = FIRST + dt.timedelta(days=day % ORDERED)

        def act() -> DocumentRef:
            partner, lines = self.trade.partners[customer], [self.wanted(sku, quantity, price, None)]
            given = self.given(location=self.trade.dock, valid_until=LATER)
            made = quotes.create_quote(self.boss, customer=partner, lines=lines, day=of, **given)
            sent = quotes.send_quote(self.boss, quote=made.id, day=of, **self.given())
            if hold:
                holds.hold_quote(self.boss, quote=made.id, **self.given())
            return sent

        self.try_("quote", act)

    @rule(number=numbers, day=days, what=st.sampled_from(["accept", "accept", "lose", "cancel"]))
    def end_quote(self, number: int, day: dt.date, what: str) -> None:
        if what == "accept":
            self.on(
                "quote",
                number,
                lambda of: quotes.accept_quote(self.boss, quote=of.id, day=day, confirm=True, **self.given()),
                "sale order",
            )
            return
        verb = quotes.lose_quote if what == "lose" else quotes.cancel_quote
        self.on("quote", number, lambda of: verb(self.boss, quote=of.id, reason="x", **self.given()), "quote ended")

    # --- reservations

    @rule(one=numbers, other=numbers)
    def allocate(self, one: int, other: int) -> None:
        found = {of.id for of in (self.pick("sale order", one), self.pick("sale order", other)) if of is not None}
        self.do("allocated", lambda: allocate(self.boss, orders=sorted(found), **self.given()))

    @rule(giver=numbers, taker=numbers, line=numbers, quantity=few)
    def reallocate(self, giver: int, taker: int, line: int, quantity: int) -> None:
        one, other = self.pick("sale order", giver), self.pick("sale order", taker)
        if one is not None and other is not None:
            places = [OfOrder(of.id, self.line(of, line).line) for of in (one, other)]
            given = self.given(giver=places[0], taker=places[1], quantity=micro(quantity), reason="x")
            self.do("reallocated", lambda: reallocate(self.boss, **given))

    @rule(token=st.sampled_from(["c1", "c2"]), sku=st.sampled_from(["A", "B"]), quantity=st.integers(0, 8))
    def cart(self, token: str, sku: str, quantity: int) -> None:
        if not quantity:
            self.do("cart released", lambda: holds.release_cart(self.boss, token=token))
            return
        lines = [holds.CartLine(self.trade.items[sku], micro(quantity), self.trade.dock)]
        # a moment is a minute: what is held for so long expires on the way
        self.do("cart", lambda: holds.hold_cart(self.boss, token=token, lines=lines, minutes=30, **self.given()))

    # --- what leaves

    @rule(number=numbers, line=numbers, quantity=few, day=afterwards)
    def ship(self, number: int, line: int, quantity: int, day: dt.date) -> None:
        def act(of: DocumentRef) -> DocumentRef:
            leaving = [ShipmentLine(of.id, self.line(of, line).line, micro(quantity))]
            return ship(self.boss, lines=leaving, day=day, **self.given())

        self.on("sale order", number, act, "shipment")

    @rule(number=numbers, day=afterwards)
    def ship_all(self, number: int, day: dt.date) -> None:
        def act(of: DocumentRef) -> DocumentRef:
            leaving = [
                ShipmentLine(of.id, line.line, line.base_quantity - line.received)
                for line in self.trade.lines(of)
                if line.location is not None and line.base_quantity > line.received
            ]
            return ship(self.boss, lines=leaving, day=day, **self.given())

        self.on("sale order", number, act, "shipment")

    @rule(one=numbers, other=numbers, day=afterwards)
    def pick_list(self, one: int, other: int, day: dt.date) -> None:
        found = {of.id for of in (self.pick("sale order", one), self.pick("sale order", other)) if of is not None}
        given = self.given(orders=sorted(found)[:1], staging=self.table, day=day)
        self.try_("pick list", lambda: create_pick_list(self.boss, **given))

    @rule(number=numbers, line=numbers, quantity=st.none() | few, day=afterwards)
    def pick_up(self, number: int, line: int, quantity: int | None, day: dt.date) -> None:
        def act(of: DocumentRef) -> DocumentRef:
            some = None if quantity is None else micro(quantity)
            wanted = [] if quantity is None else [picks.Picked(self.line(of, line).line, some)]
            return picks.confirm_picks(self.boss, pick_list=of.id, picked=wanted, day=day, **self.given())

        self.on("pick list", number, act, "picked")

    @rule(number=numbers, line=numbers, quantity=st.none() | few, day=afterwards)
    def short(self, number: int, line: int, quantity: int | None, day: dt.date) -> None:
        of = self.pick("pick list", number)
        if of is not None:
            given = self.given(line=self.line(of, line).line, reason=ShortReason.MISSING, day=day)
            given["quantity"] = None if quantity is None else micro(quantity)
            self.do("short", lambda: picks.short_pick(self.boss, pick_list=of.id, **given))

    @rule(number=numbers, day=afterwards, what=st.sampled_from(["ship", "ship", "ship", "back", "cancel"]))
    def end_picking(self, number: int, day: dt.date, what: str) -> None:
        verbs: dict[str, Callable[[DocumentRef], DocumentRef]] = {
            "ship": lambda of: ship_picked(self.boss, pick_lists=[of.id], day=day, **self.given()),
            "back": lambda of: picks.put_back(self.boss, pick_list=of.id, day=day, **self.given()),
            "cancel": lambda of: picks.cancel_pick_list(
                self.boss, pick_list=of.id, day=day, reason="x", **self.given()
            ),
        }
        self.on("pick list", number, verbs[what], "shipment" if what == "ship" else f"pick list {what}")

    @rule(number=numbers)
    def pack(self, number: int) -> None:
        of = self.pick("shipment", number)
        if of is not None:
            self.do("packed", lambda: pack_shipment(self.boss, shipment=of.id, **self.given()))

    @rule(sku=st.sampled_from(["A", "B"]), quantity=few, price=prices, day=afterwards)
    def at_the_till(self, sku: str, quantity: int, price: str, day: dt.date) -> None:
        given = self.given(channel="till", lines=[self.wanted(sku, quantity, price, "VAT")], day=day)
        self.try_("customer invoice", lambda: till.sell(self.boss, tenders=[Tender("cash")], **given))

    # --- what is billed and paid

    @rule(number=numbers, day=days)
    def bill(self, number: int, day: dt.date) -> None:
        self.on(
            "shipment",
            number,
            lambda of: invoices.invoice_shipments(self.boss, shipments=[of.id], day=day, **self.given()),
            "customer invoice",
        )

    @rule(number=numbers, day=days)
    def bill_order(self, number: int, day: dt.date) -> None:
        self.on(
            "sale order",
            number,
            lambda of: invoices.invoice_order(self.boss, order=of.id, day=day, **self.given()),
            "customer invoice",
        )

    @rule(customer=who, day=days)
    def bill_period(self, customer: str, day: dt.date) -> None:
        partner = self.trade.partners[customer]

        def act() -> DocumentRef | None:
            done = invoices.invoice_period(self.boss, customer=partner, through=day, day=day, **self.given())
            self.made.setdefault("customer invoice", []).extend(done[1:])
            return done[0] if done else None

        self.try_("customer invoice", act)

    @rule(number=numbers, amount=st.none() | st.integers(1, 900), credit=numbers, day=days, discount=st.booleans())
    def be_paid(self, number: int, amount: int | None, credit: int, day: dt.date, discount: bool) -> None:
        def act(of: DocumentRef) -> DocumentRef:
            lines, note = [PaymentLine(of.id, amount)], self.pick("customer credit", credit)
            if note is not None and amount is None and self.customer(note) == self.customer(of):
                lines.append(PaymentLine(note.id))
            given = self.given(lines=lines, day=day, take_discount=discount and amount is None)
            return payments.register_payment(self.boss, customer=self.customer(of), **given)

        self.on("customer invoice", number, act, "customer payment")

    @rule(number=numbers, amount=st.integers(1, 900), day=days)
    def be_paid_ahead(self, number: int, amount: int, day: dt.date) -> None:
        def act(of: DocumentRef) -> DocumentRef:
            given = self.given(amount=amount, day=day, order=of.id)
            return payments.prepay(self.boss, customer=self.customer(of), **given)

        self.on("sale order", number, act, "customer payment")

    @rule(number=numbers, advance=numbers, amount=st.integers(1, 900), day=days)
    def apply(self, number: int, advance: int, amount: int, day: dt.date) -> None:
        of = self.pick("customer payment", advance)
        if of is not None:
            self.on(
                "customer invoice",
                number,
                lambda bill: payments.apply_prepayment(
                    self.boss, prepayment=of.id, lines=[PaymentLine(bill.id, amount)], day=day, **self.given()
                ),
                "applied",
            )

    @rule(number=numbers, day=days)
    def write_off(self, number: int, day: dt.date) -> None:
        self.on(
            "customer invoice",
            number,
            lambda of: payments.write_off(self.boss, invoice=of.id, reason="x", day=day, **self.given()),
            "customer payment",
        )

    @rule(number=numbers, line=numbers, amount=st.integers(1, 300), settle=st.booleans(), day=days)
    def allow(self, number: int, line: int, amount: int, settle: bool, day: dt.date) -> None:
        def act(of: DocumentRef) -> DocumentRef:
            lines = [credit_notes.CreditLine(self.line(of, line).id, amount=amount)]
            return credit_notes.post_credit_note(self.boss, lines=lines, day=day, settle=settle, **self.given())

        self.on("customer invoice", number, act, "customer credit")

    @rule(number=numbers, amount=st.integers(1, 500), day=days)
    def freight_out(self, number: int, amount: int, day: dt.date) -> None:
        of = self.pick("shipment", number)
        if of is not None:
            given = self.given(shipments=[of.id], amount=amount, by=Sharing.QUANTITY, day=day)
            self.do("selling cost", lambda: self.costs.append(attribute_cost(self.boss, **given)))

    @rule(number=numbers)
    def no_freight_out(self, number: int) -> None:
        if self.costs:
            cost = self.costs[number % len(self.costs)]
            self.do("no selling cost", lambda: withdraw_cost(self.boss, cost=cost, reason="x", **self.given()))

    # --- what comes back

    @rule(
        number=numbers,
        line=numbers,
        quantity=few,
        how=st.sampled_from(Resolution),
        approved=st.booleans(),
        fee=st.sampled_from([0, 0, 7]),
        day=afterwards,
    )
    def come_back(
        self, number: int, line: int, quantity: int, how: Resolution, approved: bool, fee: int, day: dt.date
    ) -> None:  # fmt: skip
        def act(of: DocumentRef) -> DocumentRef:
            fee_ = fee if how is Resolution.CREDIT else 0
            lines = [ReturnLine(micro(quantity), of.id, self.line(of, line).line, fee=fee_)]
            given = self.given(lines=lines, resolution=how, location=self.back, day=day)
            return (returns.approve_return if approved else returns.take_back)(self.boss, **given)

        self.on("shipment", number, act, "sale return")

    @rule(sku=st.sampled_from(["A", "B"]), quantity=few, price=st.none() | prices, customer=who, day=afterwards)
    def come_back_blind(self, sku: str, quantity: int, price: str | None, customer: str, day: dt.date) -> None:
        unit_price = None if price is None else micro(price)
        lines = [ReturnLine(micro(quantity), item=self.trade.items[sku], unit_price=unit_price)]
        given = self.given(lines=lines, resolution=Resolution.CREDIT, location=self.trade.dock, day=day)
        given["customer"] = self.trade.partners[customer]
        self.try_("sale return", lambda: returns.take_back(self.boss, **given))

    @rule(number=numbers, day=afterwards)
    def arrive_back(self, number: int, day: dt.date) -> None:
        self.on(
            "sale return",
            number,
            lambda of: returns.receive_return(self.boss, sales_return=of.id, day=day, location=self.back, **self.given()),
            "sale return received",
        )  # fmt: skip

    @rule(number=numbers, outcome=st.sampled_from([Outcome.RESTOCK, Outcome.SCRAP]), day=afterwards)
    def inspect(self, number: int, outcome: Outcome, day: dt.date) -> None:
        def act(of: DocumentRef) -> DocumentRef:
            given = self.given(outcome=outcome, day=day)
            given["reason"] = "broken" if outcome is Outcome.SCRAP else ""
            given["location"] = None if outcome is Outcome.SCRAP else self.trade.dock
            return inspect_return(self.boss, sales_return=of.id, **given)

        self.on("sale return", number, act, "inspected")

    @rule(number=numbers, settle=st.booleans(), day=days)
    def credit_sale(self, number: int, settle: bool, day: dt.date) -> None:
        def act(of: DocumentRef) -> DocumentRef:
            lines = [credit_notes.CreditLine(line.id) for line in self.trade.lines(of)]
            return credit_notes.post_credit_note(self.boss, lines=lines, day=day, settle=settle, **self.given())

        self.on("sale return", number, act, "customer credit")

    # --- taking back

    @rule(kind=st.sampled_from(["sale order", "close", "shipment", "sale return"]), number=numbers)
    def cancel_sale(self, kind: str, number: int) -> None:
        given: dict[str, Any] = {"reason": "wrong"}
        verbs: dict[str, Callable[[DocumentRef], DocumentRef]] = {
            "sale order": lambda of: orders.cancel_order(self.boss, order=of.id, **given, **self.given()),
            "close": lambda of: orders.close_order(self.boss, order=of.id, **given, **self.given()),
            "shipment": lambda of: cancel_shipment(self.boss, shipment=of.id, **given, **self.given()),
            "sale return": lambda of: returns.cancel_return(self.boss, sales_return=of.id, **given, **self.given()),
        }
        self.on("sale order" if kind == "close" else kind, number, verbs[kind], f"{kind} taken back")

    @rule(kind=st.sampled_from(["customer invoice", "customer credit", "customer payment"]), number=numbers, day=days)
    def cancel_sale_on(self, kind: str, number: int, day: dt.date) -> None:
        given: dict[str, Any] = {"reason": "wrong", "day": day}
        verbs: dict[str, Callable[[DocumentRef], DocumentRef]] = {
            "customer invoice": lambda of: invoices.cancel_invoice(self.boss, invoice=of.id, **given, **self.given()),
            "customer credit": lambda of: credit_notes.cancel_credit_note(
                self.boss, credit_note=of.id, **given, **self.given()
            ),
            "customer payment": lambda of: payments.cancel_payment(self.boss, payment=of.id, **given, **self.given()),
        }
        self.on(kind, number, verbs[kind], f"{kind} taken back")

    # --- what must hold

    def check(self) -> None:
        super().check()
        trade = self.trade
        for day in (FIRST + dt.timedelta(days=self.steps), LATER):
            for basis in ("effective", "posted"):
                due = sum(row.amount for row in open_receivables(trade.company, as_of=day, basis=basis))
                assert due == trade.balance("1100", to=day, basis=basis), (day, basis)
        # margin, entry by entry, is what the books earned and spent on goods sold
        entries = margin_entries(company=trade.company, to=LATER)
        assert sum(one.amounts.cost for one in entries) == sum(map(trade.balance, ("5000",))), "cost of goods sold"


seen: Counter[str] = Counter()
refusals: Counter[str] = Counter()


@pytest.mark.slow
@pytest.mark.django_db
def test_any_history_of_trading_is_lawful() -> None:
    class Machine(TradingMachine):
        def teardown(self) -> None:
            super().teardown()
            seen.update(self.done)
            refusals.update(self.refused)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="EVERSTOCK_TRADING_EXAMPLES" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(seen, refusals)
    assert {"receipt", "invoice", "sale order", "shipment", "customer invoice"} <= set(seen)
