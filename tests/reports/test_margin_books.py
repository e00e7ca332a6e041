"""Random histories of buying and selling: margin and shipped-not-invoiced are what the books say, on any day, as known at any moment."""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from everstock.core.facts import Method
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.ledger.queries import position_at
from everstock.operations.documents.records import DocumentRef
from everstock.operations.sales.unbilled import shipped_not_invoiced
from everstock.reports.margin import Amounts, margin_entries
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY
from tests.operations.sales.earning import Earning

pytestmark = pytest.mark.django_db
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "came",
                "came",
                "leave",
                "leave",
                "leave",
                "invoice",
                "freight",
                "bill",
                "cancel",
                "cancel invoice",
                "back",
                "credit",
                "credit price",
            ]
        ),
        st.integers(1, 7),
        st.integers(0, 40),
        st.integers(1, 999),
    ),
    min_size=6,
    max_size=16,
)


class History:
    """Carries out steps that can be; what is refused did not happen."""

    def __init__(self, method: Method) -> None:
        self.shop = Earning(method)
        self.receipts: list[DocumentRef] = []
        self.shipments: list[DocumentRef] = []
        self.invoices: list[DocumentRef] = []
        self.returns: list[DocumentRef] = []
        self.done: set[str] = set()

    def step(self, what: str, quantity: int, days: int, cents: int) -> None:
        shop, day = self.shop, MONDAY + days * DAY
        try:
            if what == "came":
                self.receipts.append(shop.came(quantity, None if cents % 5 == 0 else str(cents / 100), day=day))
            elif what == "leave":
                self.shipments.append(shop.leave(shop.order_of(quantity, price=str(cents / 100)), quantity, day=day))
            elif what == "invoice":
                self.invoices.append(shop.invoice(self.shipments[cents % len(self.shipments)], day=day))
            elif what == "freight":
                shop.freight_in(self.receipts[cents % len(self.receipts)], cents, day=day, estimated=cents % 2 == 0)
            elif what == "bill":
                receipt = self.receipts[cents % len(self.receipts)]
                shop.bill(shop.paper(receipt, None, str(quantity)), approve=True, day=day)
            elif what == "back":
                shipment = self.shipments[cents % len(self.shipments)]
                self.returns.append(shop.take_back(shipment, 1, day=day, fee=cents * 100))
            elif what == "credit":
                shop.refund(self.returns[cents % len(self.returns)], day=day)
            elif what == "credit price":
                shop.refund(self.invoices[cents % len(self.invoices)], cents, day=day)
            elif what == "cancel":
                shop.cancel_shipment(self.shipments[cents % len(self.shipments)])
            else:
                shop.cancel_invoice(self.invoices[cents % len(self.invoices)], day)
        except (Refusal, ZeroDivisionError):
            return
        self.done.add(what)


def check(shop: Earning, from_: dt.date, to: dt.date, known_at: int | None) -> None:
    position = position_at(shop.company.pk, known_at)
    found = [entry.amounts for entry in margin_entries(company=shop.company, from_=from_, to=to, known_at=known_at)]
    assert sum(one.cost for one in found) == shop.on_account("5000", from_, to, position=position)
    booked = sum(shop.on_account(code, from_, to, position=position) for code in ("4000", "4100"))
    assert sum(one.revenue for one in found) == -booked
    for by in ("invoice", "line", "day"):
        rows = [row.amounts for row in shop.margins(by, from_=from_, to=to, known_at=known_at).values()]
        for at in range(len(Amounts._fields)):
            assert sum(row[at] for row in rows) == sum(one[at] for one in found)


@pytest.mark.slow
@given(steps=STEPS, method=st.sampled_from([Method.FIFO, Method.AVERAGE, Method.LIFO]), split=st.integers(0, 45))
@settings(
    deadline=None,
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_figures_are_those_of_the_books(steps: list[tuple[str, int, int, int]], method: Method, split: int) -> None:
    history = History(method)
    shop = history.shop
    kept = []
    for at, step in enumerate([("came", 7, 0, 101), ("leave", 3, 1, 205), *steps]):
        history.step(*step)
        if at in {2, 6}:
            listed = [shipped_not_invoiced(shop.company, as_of=MONDAY + days * DAY) for days in (split, 60)]
            kept.append((next(shop.moments), listed))
    between, last = MONDAY + split * DAY, MONDAY + 60 * DAY
    for known_at in (None, *(moment for moment, _ in kept)):
        for from_, to in ((MONDAY, between), (between + DAY, last)):
            check(shop, from_, to, known_at)
    for moment, listed in kept:
        # the list of a past day can be had again, whatever was done since then
        again = [shipped_not_invoiced(shop.company, as_of=MONDAY + days * DAY, known_at=moment) for days in (split, 60)]
        assert again == listed
    assert history.done >= {"came", "leave"}
    rows = shipped_not_invoiced(shop.company, as_of=last)
    assert all(row.open % SCALE == 0 for row in rows)
    billable = Counter[int]()
    for shipment in history.shipments:
        try:
            invoice = shop.invoice(shipment, day=last)
        except Refusal:
            continue
        for line in shop.lines(invoice.id):
            billable[shipment.id] += line.base_quantity
    # what is listed is what can be invoiced
    assert {row.document: row.open for row in rows} == billable
    assert prove(shop.company.pk).violations == []
