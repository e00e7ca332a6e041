"""Customer invoices: what was shipped is billed once, to the cent, and booked as receivable, revenue and tax."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everstock.core.quantities import SCALE
from everstock.ledger.queries import account_totals
from everstock.masterdata import actions
from everstock.masterdata.models import Account
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.models import TaxCode
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Header
from everstock.operations.documents.states import State
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.invoices import cancel_invoice, invoice_order, invoice_period, invoice_shipments
from everstock.operations.sales.orders import create_order
from everstock.operations.sales.shipments import ShipmentLine, ship
from everstock.reports.proof import prove
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.test_shipments import Store
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(db: None) -> Store:
    store = Store()
    store.stock(50, store.shed)
    return store


def bill(store: Store, *shipments: DocumentRef, **more: object) -> DocumentRef:
    given = {"shipments": [one.id for one in shipments], "day": MONDAY, "recorded_at": NOW, **more}
    return invoice_shipments(given.pop("actor", store.boss), **given)  # type: ignore[arg-type]


def header_of(store: Store, document: DocumentRef) -> Header:
    return read(store.company.pk, [document.id]).headers[document.id]


def balances(store: Store) -> dict[str, int]:
    codes = dict(Account.objects.filter(company=store.company).values_list("pk", "code"))
    return {
        codes[one.account]: one.debit - one.credit
        for one in account_totals(store.company.pk)
        if one.debit != one.credit
    }


def test_a_shipment_is_billed_and_booked(store: Store) -> None:
    order = store.ordered(4, net=1200, tax_code=store.taxes["VAT"], tax=240)
    first = store.ship(order, 3)
    before = balances(store)
    invoice = bill(store, first, reference="THEIRS-1")
    header = header_of(store, invoice)
    assert (header.net, header.tax, header.gross) == (900, 180, 1080)
    assert header.reference == "THEIRS-1"
    booked = {code: amount - before.get(code, 0) for code, amount in balances(store).items()}
    tax = Account.objects.get(pk=store.account).code
    assert {code: amount for code, amount in booked.items() if amount} == {"1100": 1080, "4000": -900, tax: -180}
    assert store.state(first) == State.INVOICED
    assert store.state(order) == State.PARTLY_SHIPPED
    bill(store, store.ship(order, 1))
    assert store.state(order) == State.INVOICED
    refused("document.wrong_state", lambda: store.ship(order, 1))
    refused("invoice.nothing_left", lambda: bill(store, first))
    assert prove(store.company.pk).violations == []


def test_charges_of_the_order_are_billed_with_the_first_shipment(store: Store) -> None:
    order = store.ordered(4, net=1200, charge=500)
    first, second = store.ship(order, 1), store.ship(order, 3)
    assert [header_of(store, bill(store, one)).net for one in (first, second)] == [800, 900]
    assert store.state(order) == State.INVOICED
    assert prove(store.company.pk).violations == []


def test_a_cancelled_invoice_is_as_if_it_had_never_been(store: Store) -> None:
    order = store.ordered(4, net=1200, tax_code=store.taxes["VAT"], tax=240, charge=500)
    first, second = store.ship(order, 1), store.ship(order, 3)
    before = balances(store)
    invoice = bill(store, first, second)
    assert store.state(order) == State.INVOICED
    cancel = {"day": MONDAY, "reason": "wrong customer", "recorded_at": NOW}
    assert cancel_invoice(store.boss, invoice=invoice.id, **cancel).state == State.CANCELLED  # type: ignore[arg-type]
    assert balances(store) == before
    assert (store.state(order), store.state(first)) == (State.SHIPPED, State.POSTED)
    refused("document.wrong_state", lambda: cancel_invoice(store.boss, invoice=invoice.id, **cancel))  # type: ignore[arg-type]
    assert header_of(store, bill(store, first)).net == 800
    assert prove(store.company.pk).violations == []


@given(net=st.integers(0, 10_000), parts=st.lists(st.integers(1, 9), min_size=1, max_size=6))
@settings(deadline=None, max_examples=5, suppress_health_check=list(HealthCheck))
def test_parts_come_to_the_whole(net: int, parts: list[int]) -> None:
    store = Store()
    store.stock(60, store.shed)
    order = store.ordered(sum(parts), net=net, tax_code=store.taxes["VAT"], tax=net // 5)
    shipments = [store.ship(order, part) for part in parts]
    made = [bill(store, one) for one in shipments]
    headers = read(store.company.pk, [one.id for one in made]).headers.values()
    assert sum(header.net for header in headers) == net
    assert sum(header.tax for header in headers) == net // 5
    assert balances(store).get("1100", 0) == net + net // 5
    assert prove(store.company.pk).violations == []


@given(net=st.integers(1, 10_000), rate=st.integers(1, 3 * 10**9), charge=st.integers(1, 99))
@settings(deadline=None, max_examples=5, suppress_health_check=list(HealthCheck))
def test_in_another_currency_the_receivable_is_the_gross_amount(net: int, rate: int, charge: int) -> None:
    store = Store()
    store.stock(60, store.shed)
    taxed = {"tax_code": store.taxes["VAT"], "tax": net // 7}
    order = store.ordered(
        1, partner="JONES", state=State.CONFIRMED, currency="EUR", rate=rate, net=net, charge=charge, **taxed
    )
    bill(store, store.ship(order, 1))
    assert prove(store.company.pk).violations == []


def test_refusals(store: Store) -> None:
    order = store.ordered(4)
    shipment = store.ship(order, 1)
    other = store.ship(store.ordered(4, partner="PARIS"), 1)
    unpriced = store.ship(store.ordered(1, unit_price=None), 1)
    untaxed = store.ship(store.ordered(1, tax_code=store.taxes["VAT"], tax=5, net=25), 1)
    refused("document.no_lines", lambda: bill(store))
    refused("document.unknown", lambda: bill(store, order))
    refused("invoice.other_customer", lambda: bill(store, shipment, other))
    refused("invoice.no_price", lambda: bill(store, unpriced))
    refused("text.invalid", lambda: bill(store, shipment, reference="x" * 201))
    refused("permission.missing", lambda: bill(store, shipment, actor=store.actor(Permission.SALE_READ)))
    first = bill(store, shipment, key="K")
    assert bill(store, shipment, key="K") == first
    refused("request.other_content", lambda: bill(store, untaxed, key="K"))
    TaxCode.objects.filter(pk=store.taxes["VAT"]).update(output_account=None)
    refused("account.missing", lambda: bill(store, untaxed))
    assert header_of(store, first).due_on == MONDAY
    later = bill(store, store.ship(order, 1), due_on=MONDAY + dt.timedelta(days=9))
    assert header_of(store, later).due_on == MONDAY + dt.timedelta(days=9)


def test_an_order_is_billed_by_itself_also_where_a_shipment_has_two(store: Store) -> None:
    first, second = store.ordered(4, net=400, charge=50), store.ordered(4, net=800, charge=60)
    both = ship(
        store.boss,
        lines=[ShipmentLine(one.id, 1, 2 * SCALE) for one in (first, second)],
        day=MONDAY,
        recorded_at=NOW,
    )
    store.ship(first, 2)
    given: dict[str, Any] = {"day": MONDAY, "recorded_at": NOW}
    refused("permission.missing", lambda: invoice_order(store.actor(Permission.SALE_READ), order=first.id, **given))
    made = invoice_order(store.boss, order=first.id, key="O", **given)
    assert header_of(store, made).net == 450
    assert invoice_order(store.boss, order=first.id, key="O", **given) == made
    assert (store.state(first), store.state(second), store.state(both)) == (
        "invoiced",
        "partly_shipped",
        "partly_invoiced",
    )
    refused("invoice.nothing_left", lambda: invoice_order(store.boss, order=first.id, **given))
    assert header_of(store, invoice_order(store.boss, order=second.id, **given)).net == 460
    assert prove(store.company.pk).violations == []


def test_an_order_of_services_is_billed_without_a_shipment(store: Store) -> None:
    order = store.ordered(charge=500)
    given: dict[str, Any] = {"day": MONDAY, "recorded_at": NOW}
    invoice = invoice_order(store.boss, order=order.id, **given)
    assert (header_of(store, invoice).net, store.state(order)) == (500, State.INVOICED)
    refused("document.wrong_state", lambda: invoice_order(store.boss, order=order.id, **given))
    cancel_invoice(store.boss, invoice=invoice.id, reason="wrong", **given)
    assert store.state(order) == State.SHIPPED
    assert invoice_order(store.boss, order=order.id, **given).state == State.POSTED
    goods = store.ordered(4, charge=500)
    refused("invoice.nothing_left", lambda: invoice_order(store.boss, order=goods.id, **given))
    assert prove(store.company.pk).violations == []


def test_an_invoice_has_the_rate_of_its_own_day_whatever_its_orders_had(store: Store) -> None:
    long_ago = dt.date(2001, 1, 1)
    shipments = [
        store.ship(store.ordered(1, net=1_000, currency="EUR", rate=rate), 1, day=long_ago)
        for rate in (900_000_000, 1_100_000_000)
    ]
    actions.set_exchange_rate(
        company=store.company, currency_code="EUR", day=MONDAY + dt.timedelta(days=2), rate=1_300_000_000
    )
    given: dict[str, Any] = {"shipments": [one.id for one in shipments], "recorded_at": NOW}
    refused("rate.missing", lambda: invoice_shipments(store.boss, day=long_ago, **given))
    before = long_ago - dt.timedelta(days=1)
    refused("invoice.too_early", lambda: invoice_shipments(store.boss, day=before, **given))
    made = invoice_shipments(store.boss, day=MONDAY + dt.timedelta(days=3), **given)
    header = header_of(store, made)
    assert (header.net, header.rate) == (2_000, 1_300_000_000)
    codes = dict(Account.objects.filter(company=store.company).values_list("code", "id"))
    assert [row.debit for row in account_totals(store.company.pk) if row.account == codes["1100"]] == [2_600]
    assert prove(store.company.pk).violations == []


def test_what_was_shipped_through_a_day_is_one_invoice_for_each_currency(store: Store) -> None:
    day = dt.timedelta(days=1)
    store.ship(store.ordered(1, net=100), 1)
    store.ship(store.ordered(1, net=200), 1, day=MONDAY + day)
    for rate in (1_000_000_000, 1_100_000_000):
        store.ship(store.ordered(1, net=1_000, currency="EUR", rate=rate), 1)
    store.ship(store.ordered(1, net=400), 1, day=MONDAY + 2 * day)
    store.ship(store.ordered(1, net=800, partner="PARIS"), 1)
    jones = store.partners["JONES"]
    given: dict[str, Any] = {"customer": jones, "through": MONDAY + day, "day": MONDAY + day, "recorded_at": NOW}
    refused("permission.missing", lambda: invoice_period(store.actor(Permission.SALE_READ), **given))
    made = invoice_period(store.boss, key="P", **given)
    headers = [header_of(store, one) for one in made]
    assert [(one.currency, one.net, one.rate) for one in headers] == [
        ("EUR", 2_000, 1_200_000_000),
        ("USD", 300, 1_000_000_000),
    ]
    assert invoice_period(store.boss, key="P", **given) == made
    refused("request.other_content", lambda: invoice_period(store.boss, key="P", **{**given, "day": MONDAY}))
    refused("invoice.nothing_left", lambda: invoice_period(store.boss, **given))
    later = invoice_period(store.boss, **{**given, "through": MONDAY + 9 * day, "day": MONDAY + 9 * day})
    assert [header_of(store, one).net for one in later] == [400]
    assert prove(store.company.pk).violations == []


def test_an_order_of_services_is_billed_once_under_one_key(store: Store) -> None:
    consulting = OrderLine(SCALE, description="Consulting", unit_price=100 * SCALE)
    customer = store.partners["JONES"]
    made = create_order(store.boss, customer=customer, lines=[consulting], day=MONDAY, recorded_at=NOW, confirm=True)
    given: dict[str, Any] = {"order": made.id, "day": MONDAY, "recorded_at": NOW, "key": "K"}
    first = invoice_order(store.boss, **given)
    assert invoice_order(store.boss, **given) == first
    refused("document.wrong_state", lambda: invoice_order(store.boss, **{**given, "key": None}))
