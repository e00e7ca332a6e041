"""Two verbs at the same moment, one stopped where it hurts: neither waits for the other in a circle, and none works with what was true before."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction
from pytest_django import DjangoDbBlocker

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.sales import invoices, picks
from everstock.operations.sales.invoices import cancel_invoice, invoice_period
from everstock.operations.sales.packing import Content, pack
from everstock.operations.sales.payments import apply_prepayment, prepay
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.returns import take_back
from tests.conftest import PROBLEM
from tests.ledger import processes
from tests.ledger.processes import select
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.floor import Floor
from tests.operations.sales.ordering import confirmed
from tests.operations.sales.test_kits import Kits
from tests.operations.sales.till import Till

pytestmark = pytest.mark.slow
LATER = NOW + 10**9
Act = Callable[[], Any]
Together = Callable[[Act, Act, tuple[Any, str]], tuple[Any, Any]]


class Shop(Till, Floor):
    """It picks, and it is paid."""


@pytest.fixture
def address(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database of its own, of which nobody waited in a circle."""
    if PROBLEM in os.environ:
        pytest.fail(f"the embedded PostgreSQL of the tests did not start: {os.environ[PROBLEM]}", pytrace=False)
    server = os.environ["EVERSTOCK_DATABASE_URL"]
    with django_db_blocker.unblock(), processes.new_database(server) as url, processes.connected(url):
        processes.migrate()
        yield url
        [(deadlocks,)] = select("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert deadlocks == 0


@pytest.fixture
def together(address: str, monkeypatch: pytest.MonkeyPatch) -> Together:
    """Let one act stop after it called a function for the first time, until another act is done or waits for a lock; return what both say."""

    def run(first: Act, second: Act, after: tuple[Any, str]) -> tuple[Any, Any]:
        stopped, go_on = threading.Event(), threading.Event()
        real = getattr(*after)
        owner: list[int] = []

        def stopping(*args: Any, **kwargs: Any) -> Any:
            found = real(*args, **kwargs)
            if threading.get_ident() in owner and not stopped.is_set():
                stopped.set()
                assert go_on.wait(processes.PATIENCE)
            return found

        def act(what: Act, mine: list[int]) -> Any:
            mine.append(threading.get_ident())
            try:
                with processes.connected(address):
                    return what()
            except Refusal as refusal:
                return refusal.code
            finally:
                connections.close_all()

        monkeypatch.setattr(*after, stopping)
        with ThreadPoolExecutor(2) as pool:
            one = pool.submit(act, first, owner)
            try:
                assert stopped.wait(processes.PATIENCE)
                other = pool.submit(act, second, [])
                _until_done_or_waiting(other)
            finally:
                go_on.set()
            return one.result(), other.result()

    return run


def _until_done_or_waiting(act: "Future[Any]") -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not act.done() and select(waiting) == [(0,)]:
        time.sleep(0.01)


def take_one_back(shop: Till, shipment: DocumentRef) -> DocumentRef:
    return take_back(
        shop.boss,
        lines=[ReturnLine(SCALE, shipment.id, 1)],
        resolution=Resolution.CREDIT,
        location=shop.shed,
        day=MONDAY,
        recorded_at=LATER,
    )


def test_goods_come_back_while_their_invoice_is_cancelled(together: Together) -> None:
    shop = Shop()
    shipment = shop.ship(shop.ordered(5, net=1_000), 5)
    invoice = shop.bill(shipment)
    cancelled, returned = together(
        lambda: cancel_invoice(shop.boss, invoice=invoice.id, day=MONDAY, reason="Wrong", recorded_at=LATER),
        lambda: take_one_back(shop, shipment),
        (invoices, "refuse_paid"),
    )
    assert (cancelled.state, returned.state) == ("cancelled", "posted")
    shop.check()


def test_an_order_is_shipped_while_a_month_in_two_currencies_is_billed(together: Together) -> None:
    shop = Shop()
    shop.ship(shop.ordered(1, net=1_000, partner="PARIS", currency="EUR", rate=1_200_000_000), 1)
    order = shop.ordered(2, net=1_000, partner="PARIS")
    shop.ship(order, 1)
    customer = shop.partners["PARIS"]
    billed, shipped = together(
        lambda: invoice_period(shop.boss, customer=customer, through=MONDAY, day=MONDAY, recorded_at=LATER),
        lambda: shop.ship(order, 1, recorded_at=LATER),
        (invoices, "_invoice"),
    )
    assert ([one.state for one in billed], shipped.state) == (["posted", "posted"], "posted")
    shop.check()


def test_a_prepayment_is_used_elsewhere_while_the_order_it_was_for_is_billed(together: Together) -> None:
    shop = Shop()
    other = shop.billed(1_000)
    order = shop.ordered(1, net=1_000)
    customer = shop.partners["JONES"]
    paid = prepay(shop.boss, customer=customer, amount=1_000, day=MONDAY, recorded_at=NOW, order=order.id)
    shipment = shop.ship(order, 1)
    lines = [PaymentLine(other.id, 500)]
    invoice, used = together(
        lambda: shop.bill(shipment, recorded_at=LATER),
        lambda: apply_prepayment(shop.boss, prepayment=paid.id, lines=lines, day=MONDAY, recorded_at=LATER),
        (invoices, "_post"),
    )
    assert (invoice.state, used) == ("paid", "prepayment.exceeds")
    shop.check()


def test_goods_are_packed_while_their_pick_list_is_cancelled(together: Together) -> None:
    shop = Shop()
    order = shop.ordered(5)
    shop.allocate(order)
    pick_list = shop.list_(order)
    shop.pick(pick_list)
    cancelled, packed = together(
        lambda: shop.cancel(pick_list),
        lambda: pack(shop.boss, contents=[Content(order.id, 1)], recorded_at=LATER),
        (picks, "_refuse_packed"),
    )
    assert (cancelled.state, packed) == ("cancelled", "packing.exceeds")
    shop.proven()


def test_a_kit_is_billed_with_what_made_it_whole_meanwhile(together: Together) -> None:
    """Two bolts are shipped; while they are to be billed, the nut leaves, too."""
    kits = Kits()
    kits.stock(2, kits.dock)
    kits.stock(1, kits.dock, "NUT")
    made = confirmed(kits, kits.line(1, "6", "SET"))
    bolts = kits.ship(made, (2, 2))

    def leave() -> DocumentRef:
        with transaction.atomic():
            return _held(kits.ship(made, (3, 1)))

    nut, invoice = together(leave, lambda: kits.bill(bolts), (_THIS, "_held"))
    assert kits.said(made) == [(1, 1, 1, 1, 600), (2, 2, 2, 2, 0), (3, 1, 1, 1, 0)]
    assert [kits.header(one.id).state for one in (bolts, nut, made, invoice)] == [
        *("invoiced", "invoiced", "invoiced", "posted")
    ]
    kits.sound()


def _held(what: DocumentRef) -> DocumentRef:
    """Where a transaction can be stopped before its end."""
    return what


_THIS = sys.modules[__name__]
