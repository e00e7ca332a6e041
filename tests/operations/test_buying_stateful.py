"""All verbs of buying in any order, late days included: whatever happens, and whatever is refused, leaves the books lawful.

``EVERSTOCK_BUYING_EXAMPLES`` histories are tried (a few unless it says more), each of up to ``EVERSTOCK_BUYING_STEPS`` steps.
"""

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from everstock.core.facts import Method
from everstock.core.problems import Refusal
from everstock.masterdata.actions import lock_periods
from everstock.operations.documents.allocation import Sharing
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.records import DocumentRef, Line
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.purchasing import suppliers
from everstock.operations.purchasing.credit_notes import CreditLine, cancel_credit_note
from everstock.operations.purchasing.grni import cancel_clearing, clear_grni
from everstock.operations.purchasing.invoice_lines import InvoiceLine
from everstock.operations.purchasing.invoices import cancel_invoice
from everstock.operations.purchasing.landed_costs import (
    Charge,
    ChargeBill,
    ChargeKind,
    cancel_landed_cost,
    invoice_landed_cost,
    post_landed_cost,
)
from everstock.operations.purchasing.orders import cancel_order, close_order
from everstock.operations.purchasing.payments import cancel_payment, register_payment
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import cancel_receipt, receive_dispatched
from everstock.operations.purchasing.returns import ReturnLine, cancel_return
from everstock.operations.purchasing.transit import arrive, cancel_arrival
from everstock.operations.warehouse.transit import Arrival
from tests.operations.counters import gaps, wrong_counts, wrong_payments
from tests.scenarios.trade import LATER, Trade, micro

EXAMPLES = int(os.environ.get("EVERSTOCK_BUYING_EXAMPLES", "8"))
STEPS = int(os.environ.get("EVERSTOCK_BUYING_STEPS", "40"))
EVERY = 4
"""Steps between two checks."""
FIRST = dt.date(2026, 3, 1)
ORDERED = 5
"""Orders are of the first days, so that whatever is late is late within what was ordered."""

picks = st.integers(0, 30)
days = st.integers(ORDERED, 40).map(lambda days: FIRST + dt.timedelta(days=days))
afterwards = st.integers(ORDERED, 60).map(lambda days: FIRST + dt.timedelta(days=days))
"""Of what needs goods that are there: later, most of the time."""
few = st.integers(1, 8)
prices = st.sampled_from(["0.01", "0.333333", "1.00", "2.50", "9.99"])
items = st.sampled_from(["A", "B"])
taxes = st.sampled_from([None, None, "VAT", "LOST", "REVERSE"])


class BuyingMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.made: dict[str, list[DocumentRef]] = {}
        self.steps = 0
        self.locked = FIRST - dt.timedelta(days=60)

    @initialize(method=st.sampled_from([Method.FIFO, Method.AVERAGE, Method.LIFO, Method.STANDARD]))
    def begin(self, method: Method) -> None:
        self.trade = Trade(method)
        self.boss = self.trade.boss
        for sku, cost in (("A", "1.50"), ("B", "0.40")):
            self.trade.item(sku, cost if method is Method.STANDARD else None)
        self.trade.rate(FIRST - dt.timedelta(days=60), "1.2")
        suppliers.set_terms(self.boss, supplier=self.trade.partners["SMITH"], **self.given(incoterm="FOB"))
        for supplier, unpriced in (("SMITH", False), ("EURO", False), ("SMITH", True)):
            lines = [
                OrderLine(micro(10), item=self.trade.items["A"], unit_price=None if unpriced else micro("2.50")),
                OrderLine(micro(7), item=self.trade.items["B"], unit_price=micro("0.333333")),
            ]
            order = self.trade.order(FIRST, lines, supplier)
            self.made.setdefault("order", []).append(order)
        for order, day in zip(self.made["order"], (ORDERED, 8, 12), strict=True):
            goods = [ReceiptLine(micro(6), order.id, 1), ReceiptLine(micro(5), order.id, 2)]
            receipt = self.trade.receive(FIRST + dt.timedelta(days=day), goods)
            self.made.setdefault("receipt", []).append(receipt)

    # --- trying

    def try_(self, kind: str, act: Callable[[], DocumentRef | None]) -> None:
        """Do something that may be refused; what is made is kept under its kind."""
        try:
            made = act()
        except Refusal as refusal:
            self.refused[refusal.code] += 1
            return
        self.done[kind] += 1
        if made is not None:
            self.made.setdefault(kind, []).append(made)

    def pick(self, kind: str, number: int) -> DocumentRef | None:
        found = self.made.get(kind)
        return found[number % len(found)] if found else None

    def line(self, document: DocumentRef, number: int) -> Line:
        lines = self.trade.lines(document)
        return lines[number % len(lines)]

    def supplier(self, document: DocumentRef) -> str:
        partner = self.trade.header(document).partner
        return next(code for code, key in self.trade.partners.items() if key == partner)

    def given(self, **more: Any) -> dict[str, Any]:
        return {"recorded_at": next(self.trade.moments), **more}

    # --- orders and receipts

    @rule(sku=items, quantity=few, price=prices, tax=taxes, supplier=st.sampled_from(["SMITH", "EURO"]), day=picks)
    def order(self, sku: str, quantity: int, price: str, tax: str | None, supplier: str, day: int) -> None:
        code = None if tax is None else self.trade.taxes[tax]
        line = OrderLine(micro(quantity), item=self.trade.items[sku], unit_price=micro(price), tax_code=code)
        of = FIRST + dt.timedelta(days=day % ORDERED)
        self.try_("order", lambda: self.trade.order(of, [line], supplier))

    @rule(order=picks, line=picks, quantity=few, rejected=st.sampled_from([0, 0, 1]), day=days, road=st.booleans())
    def receive(self, order: int, line: int, quantity: int, rejected: int, day: dt.date, road: bool) -> None:
        of = self.pick("order", order)
        assert of is not None
        goods = ReceiptLine(micro(quantity), of.id, self.line(of, line).line, rejected=micro(rejected))
        if road:
            given = self.given(lines=[goods], day=day, location=self.trade.road)
            self.try_("dispatch", lambda: receive_dispatched(self.boss, **given))
        else:
            self.try_("receipt", lambda: self.trade.receive(day, [goods]))

    @rule(order=picks, day=days)
    def receive_all(self, order: int, day: dt.date) -> None:
        of = self.pick("order", order)
        assert of is not None
        lines = [
            ReceiptLine(line.base_quantity - line.received, of.id, line.line)
            for line in self.trade.lines(of)
            if line.base_quantity > line.received
        ]
        self.try_("receipt", lambda: self.trade.receive(day, lines))

    @rule(sku=items, quantity=few, price=st.none() | prices, day=days)
    def receive_blind(self, sku: str, quantity: int, price: str | None, day: dt.date) -> None:
        unit_price = None if price is None else micro(price)
        line = ReceiptLine(micro(quantity), item=self.trade.items[sku], unit_price=unit_price)
        self.try_("receipt", lambda: self.trade.receive(day, [line], supplier=self.trade.partners["SMITH"]))

    @rule(receipt=picks, quantity=few, day=days)
    def arrive(self, receipt: int, quantity: int, day: dt.date) -> None:
        of = self.pick("dispatch", receipt)
        if of is not None:
            arrival = Arrival(of.id, 1, micro(quantity))
            given = self.given(arrivals=[arrival], day=day, location=self.trade.dock)
            self.try_("arrival", lambda: arrive(self.boss, **given))

    @rule(sku=items, quantity=few, day=afterwards)
    def sell(self, sku: str, quantity: int, day: dt.date) -> None:
        self.try_("sale", lambda: self.trade.sell(day, sku, str(quantity)))

    # --- invoices

    @rule(
        kind=st.sampled_from(["receipt", "receipt", "dispatch", "order"]),
        number=picks,
        line=picks,
        quantity=few,
        price=st.none() | prices,
        day=days,
    )
    def invoice(self, kind: str, number: int, line: int, quantity: int, price: str | None, day: dt.date) -> None:
        of = self.pick(kind, number)
        if of is not None:
            unit_price = None if price is None else micro(price)
            billed = InvoiceLine(self.line(of, line).id, micro(quantity), unit_price)
            self.try_("invoice", lambda: self.trade.invoice(day, [billed], self.supplier(of), approve=True))

    @rule(kind=st.sampled_from(["receipt", "dispatch"]), number=picks, day=days)
    def invoice_all(self, kind: str, number: int, day: dt.date) -> None:
        of = self.pick(kind, number)
        if of is not None:
            given = self.given(receipts=[of.id], approve=True)
            self.try_("invoice", lambda: self.trade.invoice(day, supplier=self.supplier(of), **given))

    @rule(order=picks, day=days)
    def match(self, order: int, day: dt.date) -> None:
        of = self.pick("order", order)
        assert of is not None
        self.try_("clearing", lambda: self.trade.match(day, of))

    @rule(number=picks, amount=st.none() | st.integers(1, 900), credit=picks, day=days)
    def pay(self, number: int, amount: int | None, credit: int, day: dt.date) -> None:
        invoice, note = self.pick("invoice", number), self.pick("credit", credit)
        if invoice is not None:
            lines = [PaymentLine(invoice.id, amount)]
            if note is not None and amount is None and self.supplier(note) == self.supplier(invoice):
                lines.append(PaymentLine(note.id))
            supplier = self.trade.partners[self.supplier(invoice)]
            given = self.given(lines=lines, day=day)
            self.try_("payment", lambda: register_payment(self.boss, supplier=supplier, **given))

    # --- landed costs

    @rule(numbers=st.lists(picks, min_size=1, max_size=3), amount=st.integers(1, 999), by=st.booleans(), day=days)
    def freight(self, numbers: list[int], amount: int, by: bool, day: dt.date) -> None:
        receipts = {one for one in (self.pick("receipt", number) for number in numbers) if one is not None}
        lines = sorted(line.id for one in receipts for line in self.trade.lines(one))
        charge = Charge(ChargeKind.FREIGHT, amount, Sharing.VALUE if by else Sharing.QUANTITY)
        given = self.given(charges=[charge], lines=lines, day=day)
        self.try_("freight", lambda: post_landed_cost(self.boss, **given))

    @rule(number=picks, amount=st.integers(0, 999), final=st.booleans(), day=days)
    def bill_freight(self, number: int, amount: int, final: bool, day: dt.date) -> None:
        of = self.pick("freight", number)
        if of is not None:
            given = self.given(
                landed_cost=of.id,
                supplier=self.trade.partners["CARRIER"],
                reference=f"FREIGHT-{next(self.trade.numbers)}",
                day=day,
                charges=[ChargeBill(1, amount, final=final)],
            )
            self.try_("invoice", lambda: invoice_landed_cost(self.boss, **given))

    # --- returns and credits

    @rule(number=picks, line=picks, quantity=few, replace=st.booleans(), day=afterwards)
    def give_back(self, number: int, line: int, quantity: int, replace: bool, day: dt.date) -> None:
        of = self.pick("receipt", number)
        if of is not None:
            goods = ReturnLine(micro(quantity), of.id, self.line(of, line).line)
            resolution = Resolution.REPLACEMENT if replace else Resolution.CREDIT
            self.try_("return", lambda: self.trade.give_back(day, [goods], resolution=resolution))

    @rule(sku=items, quantity=few, day=afterwards)
    def give_back_free(self, sku: str, quantity: int, day: dt.date) -> None:
        goods = ReturnLine(micro(quantity), item=self.trade.items[sku])
        self.try_("return", lambda: self.trade.give_back(day, [goods], supplier=self.trade.partners["SMITH"]))

    @rule(
        kind=st.sampled_from(["return", "return", "receipt"]),
        number=picks,
        quantity=few,
        amount=st.none() | st.integers(1, 900),
        day=days,
    )
    def credit(self, kind: str, number: int, quantity: int, amount: int | None, day: dt.date) -> None:
        of = self.pick(kind, number)
        if of is not None:
            line = CreditLine(self.line(of, quantity).id, micro(quantity), amount)
            self.try_("credit", lambda: self.trade.credit(day, [line], self.supplier(of)))

    @rule(number=picks, line=picks, amount=st.integers(1, 300), day=days)
    def credit_price(self, number: int, line: int, amount: int, day: dt.date) -> None:
        of = self.pick("receipt", number)
        if of is not None:
            credited = CreditLine(self.line(of, line).id, None, amount)
            self.try_("credit", lambda: self.trade.credit(day, [credited], self.supplier(of)))

    @rule(number=picks, day=days)
    def clear(self, number: int, day: dt.date) -> None:
        found = [row.line for row in self.trade.grni() if row.line is not None]
        if found:
            account = self.trade.accounts["4900"]
            given = self.given(lines=[found[number % len(found)]], account=account, reason="never", day=day)
            self.try_("clearing", lambda: clear_grni(self.boss, **given))

    # --- taking back

    @rule(kind=st.sampled_from(["receipt", "dispatch", "return", "order", "close", "arrival"]), number=picks)
    def cancel(self, kind: str, number: int) -> None:
        of = self.pick("order" if kind == "close" else kind, number)
        if of is None:
            return
        given = self.given(reason="wrong")
        verbs: dict[str, Callable[[], DocumentRef]] = {
            "receipt": lambda: cancel_receipt(self.boss, receipt=of.id, **given),
            "dispatch": lambda: cancel_receipt(self.boss, receipt=of.id, **given),
            "return": lambda: cancel_return(self.boss, supplier_return=of.id, **given),
            "order": lambda: cancel_order(self.boss, order=of.id, **given),
            "close": lambda: close_order(self.boss, order=of.id, **given),
            "arrival": lambda: cancel_arrival(self.boss, transfer=of.id, **given),
        }
        self.try_(f"{kind} taken back", verbs[kind])

    @rule(kind=st.sampled_from(["invoice", "credit", "payment", "freight", "clearing"]), number=picks, day=days)
    def cancel_on(self, kind: str, number: int, day: dt.date) -> None:
        of = self.pick(kind, number)
        if of is None:
            return
        given = self.given(reason="wrong", day=day)
        verbs: dict[str, Callable[[], DocumentRef]] = {
            "invoice": lambda: cancel_invoice(self.boss, invoice=of.id, **given),
            "credit": lambda: cancel_credit_note(self.boss, credit_note=of.id, **given),
            "payment": lambda: cancel_payment(self.boss, payment=of.id, **given),
            "freight": lambda: cancel_landed_cost(self.boss, landed_cost=of.id, **given),
            "clearing": lambda: cancel_clearing(self.boss, clearing=of.id, **given),
        }
        self.try_(f"{kind} taken back", verbs[kind])

    # --- the world

    @rule(day=days, rate=st.sampled_from(["1.1", "1.25", "0.937"]))
    def rate(self, day: dt.date, rate: str) -> None:
        self.trade.rate(day, rate)

    @precondition(lambda self: self.steps > STEPS // 2)
    @rule(days=st.integers(1, 8))
    def lock(self, days: int) -> None:
        self.locked = max(self.locked, FIRST) + dt.timedelta(days=days)
        lock_periods(company=self.trade.company, through=self.locked)

    # --- what must hold

    @invariant()
    def lawful(self) -> None:
        self.steps += 1
        if self.steps % EVERY == 0:
            self.check()

    def check(self) -> None:
        trade, company = self.trade, self.trade.company.pk
        # what a late fact changes in the cost of a return stands under that fact, not under the return: see
        # test_a_late_sale_changes_the_cost_of_a_return in tests/scenarios
        trade.assert_lawful(other=bool(self.done["return"]))
        assert wrong_counts(company) == []
        assert wrong_payments(company) == []
        assert gaps(company) == []
        for day in (FIRST + dt.timedelta(days=self.steps), LATER):
            for basis in ("effective", "posted"):
                explained = sum(row.open for row in trade.grni(as_of=day, basis=basis))
                assert explained == -trade.balance("2100", to=day, basis=basis), (day, basis)

    def teardown(self) -> None:
        if hasattr(self, "trade"):
            self.check()
            seen.update(self.done)
            refusals.update(self.refused)


seen: Counter[str] = Counter()
refusals: Counter[str] = Counter()
"""What happened in all histories, and what was refused."""


@pytest.mark.slow
@pytest.mark.django_db
def test_any_history_of_buying_is_lawful() -> None:
    run_state_machine_as_test(
        BuyingMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="EVERSTOCK_BUYING_EXAMPLES" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(seen, refusals)
    assert {"receipt", "invoice", "sale"} <= set(seen)
