"""Random histories of kits: what their components bring is what was booked for them, and what is listed as not invoiced is what will be."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.operations.documents.records import DocumentRef
from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
from everstock.operations.sales.invoices import cancel_invoice
from everstock.operations.sales.returns import cancel_return
from everstock.operations.sales.unbilled import shipped_not_invoiced
from everstock.reports.margin import By, margin, margin_entries
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.ordering import confirmed
from tests.operations.sales.test_kits import Kits, back

pytestmark = pytest.mark.django_db
QUANTITY = 4
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ship", "ship", "back", "back", "bill", "bill", "credit", "cancel bill", "cancel back"]),
        st.integers(0, 99),
        st.integers(1, 4),
    ),
    min_size=6,
    max_size=12,
)


class History:
    """One order of kits, to which things happen; what is refused did not."""

    def __init__(self, cents: int, listed: bool) -> None:
        self.kits = kits = Kits()
        kits.stock(40, kits.dock)
        kits.stock(40, kits.dock, "NUT")
        if listed:
            kits.put(kits.price_list(), kits.new(1.37), kits.new(0.41, "NUT"))
        self.order = confirmed(kits, kits.line(QUANTITY, f"{cents / 100:.2f}", "SET"))
        self.shipments: list[DocumentRef] = []
        self.returns: list[DocumentRef] = []
        self.bills: list[DocumentRef] = []
        self.notes: list[DocumentRef] = []

    def step(self, what: str, which: int, quantity: int) -> None:
        kits = self.kits
        day: dict[str, Any] = {"day": MONDAY, "recorded_at": NOW}
        try:
            if what == "ship":
                self.shipments.append(kits.ship(self.order, (which % 3 + 1, quantity)))
            elif what == "back":
                shipment = self.shipments[which % len(self.shipments)]
                lines = kits.lines(shipment.id)
                self.returns.append(back(kits, shipment, (lines[which % len(lines)].line, quantity)))
            elif what == "bill":
                self.bills.append(kits.bill(self.shipments[which % len(self.shipments)]))
            elif what == "credit":
                lines = kits.lines(self.returns[which % len(self.returns)].id)
                credits_ = [CreditLine(line.id) for line in lines]
                self.notes.append(post_credit_note(kits.boss, lines=credits_, **day))
            elif what == "cancel bill":
                cancel_invoice(kits.boss, invoice=self.bills[which % len(self.bills)].id, reason="wrong", **day)
            else:
                returned = self.returns[which % len(self.returns)].id
                cancel_return(kits.boss, sales_return=returned, reason="wrong", recorded_at=NOW)
        except (Refusal, ZeroDivisionError):
            return

    def booked(self) -> int:
        headers = [
            (self.kits.header(one.id), sign) for some, sign in ((self.bills, 1), (self.notes, -1)) for one in some
        ]
        return sum(sign * header.net for header, sign in headers if header.state != "cancelled")

    def check(self) -> None:
        company, booked = self.kits.company, self.booked()
        listed = sum(row.value for row in shipped_not_invoiced(company, as_of=MONDAY))
        found = [entry for entry in margin_entries(company=company) if entry.amounts.revenue]
        assert {entry.item for entry in found} <= {self.kits.items["BOLT"], self.kits.items["NUT"]}
        ways: tuple[By, ...] = ("item", "line", "order", "customer", "invoice", "channel", "day")
        for by in ways:
            rows = [row.amounts for row in margin(company=company, by=by)]
            assert sum(row.revenue for row in rows) == booked, by
            assert sum(row.not_invoiced for row in rows) == listed, by


@pytest.mark.slow
@given(steps=STEPS, cents=st.integers(1, 9999), listed=st.booleans())
@settings(
    deadline=None,
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_components_bring_what_their_kits_bring(steps: list[tuple[str, int, int]], cents: int, listed: bool) -> None:
    history = History(cents, listed)
    kits = history.kits
    for step in steps:
        history.step(*step)
    history.check()
    left = [line for line in kits.lines(history.order.id)[1:] if line.base_quantity > line.received]
    if left:
        rest = [(line.line, (line.base_quantity - line.received) // SCALE) for line in left]
        history.shipments.append(kits.ship(history.order, *rest))
    before = sum(row.value for row in shipped_not_invoiced(kits.company, as_of=MONDAY))
    billed = len(history.bills)
    for at in range(len(history.shipments)):
        history.step("bill", at, 0)
    # what is listed is what is invoiced then
    assert sum(kits.header(one.id).net for one in history.bills[billed:]) == before
    assert not any(row.value for row in shipped_not_invoiced(kits.company, as_of=MONDAY))
    history.check()
    kits.sound()
