"""Eight buying processes at once, with real commits, each test in a database of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from everstock.core.facts import Kind
from everstock.ledger import statements
from everstock.ledger.lines import Document as Booked
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.ledger.queries import on_hand
from everstock.masterdata import actions
from everstock.masterdata.models import Account, Item
from everstock.operations.documents import queries
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.models import DocumentLink
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.states import State
from everstock.operations.purchasing.invoices import post_invoice
from everstock.operations.purchasing.orders import approve_order, create_blanket_order, create_order, send_order
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import receive
from everstock.operations.sales import channels
from everstock.operations.sales.invoices import invoice_order, invoice_shipments
from everstock.operations.sales.kit_bills import set_kit
from everstock.operations.sales.models import ChannelKind
from everstock.operations.sales.orders import create_order as create_sales_order
from everstock.operations.sales.shipments import ShipmentLine, ship
from everstock.operations.sales.tenders import Tender
from everstock.operations.sales.till import sell
from everstock.reports.proof import prove
from tests.conftest import PROBLEM, ROOT
from tests.ledger import processes
from tests.ledger.processes import select
from tests.operations.buying import MONDAY, NOW, Buying
from tests.operations.worker import UNIT

pytestmark = pytest.mark.slow
CLIENTS = 8
Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def shop(django_db_blocker: Any) -> Iterator[tuple[Buying, Run]]:
    """A company in a new database and a way to let processes loose on it; no two ever waited for each other."""
    if PROBLEM in os.environ:
        pytest.fail(f"the embedded PostgreSQL of the tests did not start: {os.environ[PROBLEM]}", pytrace=False)
    server = os.environ["EVERSTOCK_DATABASE_URL"]
    with django_db_blocker.unblock(), processes.new_database(server) as url, processes.connected(url):
        processes.migrate()
        buying = Buying()

        def run(role: str, count: int, **more: Any) -> list[dict[str, Any]]:
            job = {
                "role": role,
                "count": count,
                "clients": CLIENTS,
                "company": buying.company.pk,
                "supplier": buying.partners["SMITH"],
                "items": [buying.items["BOLT"], buying.items["NUT"]],
                "location": buying.dock,
                **more,
            }
            done = subprocess.run(
                [sys.executable, "-m", "tests.operations.worker", json.dumps(job)],
                cwd=ROOT,
                env=os.environ
                | {"EVERSTOCK_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "everstock.project.settings"},
                capture_output=True,
                text=True,
                check=True,
                timeout=processes.PATIENCE,
            )
            said = [json.loads(line) for line in done.stdout.splitlines()]
            errors = [one["error"] for one in said if "error" in one]
            assert not errors, errors[0]
            assert len(said) == job["clients"] * count, done.stderr
            return said

        yield buying, run
        [(deadlocks,)] = select("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert deadlocks == 0


def test_numbers_have_no_gaps_whatever_is_rolled_back(shop: tuple[Buying, Run]) -> None:
    buying, run = shop
    said = run("numbered", 25)
    made = sorted(one["made"] for one in said if one["made"])
    assert CLIENTS * 10 < len(made) < CLIENTS * 25
    assert made == [f"PO-2026-{number:06}" for number in range(1, len(made) + 1)]
    assert not queries.number_gaps(buying.company.pk)
    assert select("SELECT count(*) FROM document_line") == [(2 * len(made),)]
    assert select("SELECT count(DISTINCT subject) FROM audit_event WHERE action = 'purchase_order.create'") == [
        (len(made),)
    ]


def test_a_key_makes_one_order_however_many_ask(shop: tuple[Buying, Run]) -> None:
    buying, run = shop
    said = run("same", 15)
    answers: dict[int, set[str]] = {}
    for one in said:
        answers.setdefault(one["number"], set()).add(one["made"])
    assert all(len(numbers) == 1 for numbers in answers.values())
    assert set().union(*answers.values()) == {f"PO-2026-{number:06}" for number in range(1, 16)}
    assert select("SELECT count(*) FROM document") == [(15,)]
    assert not queries.number_gaps(buying.company.pk)


def test_no_more_is_called_off_than_was_agreed(shop: tuple[Buying, Run]) -> None:
    buying, run = shop
    made = create_blanket_order(
        buying.boss,
        supplier=buying.partners["SMITH"],
        lines=[buying.line(40, "1"), buying.line(60, "1", "NUT")],
        day=MONDAY,
        valid_until=MONDAY,
        location=buying.dock,
        recorded_at=NOW,
    )
    approve_order(buying.boss, order=made.id, recorded_at=NOW)
    send_order(buying.boss, order=made.id, day=MONDAY, recorded_at=NOW)
    said = run("calling", 12, blanket=made.id)
    assert {one.get("refused") for one in said} == {None, "blanket.exceeded"}
    standing = queries.documents(buying.company.pk, [DocumentKind.PURCHASE_ORDER], states=[State.APPROVED], limit=1000)
    assert len(standing) == sum(1 for one in said if one.get("made")) <= 40
    assert [line.ordered for line in buying.lines(made.id)] == [len(standing) * UNIT] * 2
    assert not queries.number_gaps(buying.company.pk)


def test_no_more_is_received_than_was_ordered(shop: tuple[Buying, Run]) -> None:
    buying, run = shop
    order = buying.order(buying.line(40, "2"), buying.line(60, "3", "NUT"))
    approve_order(buying.boss, order=order.id, recorded_at=NOW)
    send_order(buying.boss, order=order.id, day=MONDAY, recorded_at=NOW)
    said = run("receiving", 25, clients=4, order=order.id)
    assert {one.get("refused") for one in said} == {None, "receipt.over_tolerance"}
    standing = queries.documents(buying.company.pk, [DocumentKind.GOODS_RECEIPT], states=[State.POSTED], limit=1000)
    assert len(standing) == sum(1 for one in said if one.get("made"))
    cancelled = queries.documents(buying.company.pk, [DocumentKind.GOODS_RECEIPT], states=[State.CANCELLED], limit=1000)
    assert len(cancelled) == sum(1 for one in said if "made" in one and one["made"] is None) > 0
    ordered = buying.lines(order.id)
    accepted = {line.id: 0 for line in ordered}
    for receipt in standing:
        for line in buying.lines(receipt.id):
            assert line.source is not None
            accepted[line.source] += line.base_quantity
    assert [line.received for line in ordered] == list(accepted.values())
    assert all(30 * UNIT < line.received <= line.base_quantity for line in ordered)
    assert [on_hand(buying.company.pk, line.item or 0) for line in ordered] == list(accepted.values())
    assert not queries.number_gaps(buying.company.pk)
    assert not prove(buying.company.pk).violations


def test_no_more_is_received_billed_or_paid_than_was_ordered(shop: tuple[Buying, Run]) -> None:
    buying, run = shop
    orders = []
    for _ in range(3):
        order = buying.order(buying.line(60, "2"), buying.line(60, "3", "NUT"))
        approve_order(buying.boss, order=order.id, recorded_at=NOW)
        orders.append(send_order(buying.boss, order=order.id, day=MONDAY, recorded_at=NOW).id)
    said = run("buying", 40, clients=6, orders=orders)
    done = {tuple(one["made"]) for one in said if one.get("made")}
    assert {
        ("receive", "posted"),
        ("receive", "invoiced"),
        ("ahead", "posted"),
        ("invoice", "posted"),
        ("invoice", "on_hold"),
    } <= done
    assert {("pay", "posted"), ("return", "posted")} <= done
    refused = {one["refused"] for one in said if "refused" in one}
    assert refused <= {
        *(
            "receipt.over_tolerance",
            "document.wrong_state",
            "document.no_lines",
            "invoice.nothing_open",
            "payment.exceeds",
        ),
        *("return.exceeds", "return.no_supplier", "stock.short"),
    }
    for key in orders:
        for line in buying.lines(key):
            assert 0 < line.received <= line.base_quantity
            assert 0 < line.invoiced <= line.base_quantity
    [(paid,)] = select("SELECT count(*) FROM document WHERE kind = 'supplier_invoice' AND paid > 0")
    assert paid > 0
    # the laws say that nothing is paid twice, that numbers have no gaps, and that all documents are what was made from them
    assert not prove(buying.company.pk).violations


def test_no_component_is_promised_to_two_kits(shop: tuple[Buying, Run]) -> None:
    buying, run = shop
    company, boss = buying.company, buying.boss
    receive(
        boss,
        supplier=buying.partners["SMITH"],
        lines=[ReceiptLine(90 * UNIT, item=buying.items[sku], unit_price=UNIT) for sku in ("BOLT", "NUT")],
        location=buying.dock,
        day=MONDAY,
        recorded_at=NOW,
    )
    kits = actions.ensure_items(company=company, skus=["ONE", "TWO"])
    for kit, counts in (("ONE", (2, 1)), ("TWO", (1, 3))):
        contents = {buying.items[sku]: count * UNIT for sku, count in zip(("BOLT", "NUT"), counts, strict=True)}
        set_kit(boss, item=kits[kit], components=contents, recorded_at=NOW)
    said = run("selling_kits", 12, customer=buying.partners["JONES"], kits=list(kits.values()))
    assert {one.get("refused") for one in said} <= {None, "shipment.short", "stock.promised"}
    shipped = [one for one in said if one.get("made")]
    assert shipped
    assert len(shipped) < len(said)
    left = {sku: on_hand(company.pk, buying.items[sku]) for sku in ("BOLT", "NUT")}
    assert min(left.values()) >= 0
    # what is left is promised, but for what is too little for anybody
    promised = select("SELECT item_id, sum(quantity)::bigint FROM reservation GROUP BY 1")
    assert all(quantity <= left[sku] for sku in left for item, quantity in promised if item == buying.items[sku])
    assert not prove(company.pk).violations


def test_nothing_comes_back_twice(shop: tuple[Buying, Run]) -> None:
    buying, run = shop
    company, boss, customer = buying.company, buying.boss, buying.partners["JONES"]
    bolt, pump = buying.items["BOLT"], actions.ensure_items(company=company, skus=["PUMP"])["PUMP"]
    Item.objects.filter(pk=pump).update(tracking="serial")
    lots = ["S-1", "S-2", "S-3"]
    came = [ReceiptLine(90 * UNIT, item=bolt, unit_price=UNIT)]
    came += [ReceiptLine(UNIT, item=pump, unit_price=UNIT, lot=lot) for lot in lots]
    given: dict[str, Any] = {"location": buying.dock, "day": MONDAY, "recorded_at": NOW}
    receive(boss, supplier=buying.partners["SMITH"], lines=came, **given)
    shipments = []
    for item, quantity in ((bolt, 20), (bolt, 15), (pump, 3)):
        wanted = [OrderLine(quantity * UNIT, item=item, unit_price=3 * UNIT)]
        order = create_sales_order(boss, customer=customer, lines=wanted, confirm=True, **given)
        leaving = [ShipmentLine(order.id, 1, quantity * UNIT)]
        shipments.append(ship(boss, lines=leaving, day=MONDAY, recorded_at=NOW).id)
    bolts = {"shipments": shipments[:2], "customer": customer, "serial": pump, "lots": lots}
    said = run("taking_back", 12, **bolts)
    refused = {one.get("refused") for one in said}
    assert {"return.exceeds", "lot.not_shipped"} <= refused
    assert refused <= {
        None,
        "return.exceeds",
        "lot.not_shipped",
        "return.later",
        "invoice.nothing_left",
        "document.wrong_state",
    }
    assert all(0 <= line.returned <= line.base_quantity for key in shipments for line in buying.lines(key))
    assert on_hand(company.pk, pump) <= 3 * UNIT
    assert on_hand(company.pk, bolt) <= 90 * UNIT
    assert not prove(company.pk).violations


def test_no_channel_sells_what_it_leaves_untouched(shop: tuple[Buying, Run]) -> None:
    buying, run = shop
    bolt, nut = buying.items["BOLT"], buying.items["NUT"]
    for item, quantity in ((bolt, 60), (nut, 200)):
        goods = LedgerLine(Kind.RECEIPT, item, f"R{item}", quantity * UNIT, buying.dock, value=quantity * 100)
        post(buying.company.pk, Booked(NOW, (goods,), "test"))
    buffers = {"T0": 20, "T1": 12, "T2": 8, "T3": 5}
    account = Account.objects.create(company=buying.company, code="CASH", name="Cash", type="asset").pk
    for code, buffer in buffers.items():
        till = channels.set_channel(
            buying.boss,
            code=code,
            kind=ChannelKind.POINT_OF_SALE,
            warehouses=[buying.dock],
            customer=buying.partners["JONES"],
            series=code,
            recorded_at=NOW,
        )
        kept = channels.Buffer(quantity=buffer * UNIT)
        channels.set_buffer(buying.boss, channel=till.pk, item=bolt, buffer=kept, recorded_at=NOW)
        channels.set_means(buying.boss, channel=till.pk, means="cash", account=account, recorded_at=NOW)
    said = run("selling_out", 20)
    assert {one["refused"] for one in said if "refused" in one} <= {"stock.kept", "shipment.short"}
    sold = select(
        "SELECT d.details ->> 'channel', m.quantity FROM movement m JOIN document_posting p ON p.position = m.posting_id"
        f" JOIN document d ON d.id = p.document_id WHERE m.item_id = {bolt} AND d.kind = 'shipment' ORDER BY m.id"
    )
    left = 60 * UNIT
    for channel, quantity in sold:
        left -= quantity
        assert left >= buffers[channel] * UNIT, f"{channel} left {left / UNIT}"
    assert left <= 9 * UNIT, "there was a fight for the last ones"
    assert prove(buying.company.pk).violations == []


def test_what_is_exchanged_both_ways_waits_for_nothing(shop: tuple[Buying, Run]) -> None:
    buying, run = shop
    items = [buying.items["BOLT"], buying.items["NUT"]]
    pump = actions.ensure_items(company=buying.company, skus=["PUMP"])["PUMP"]
    for item in (*items, pump):
        goods = LedgerLine(Kind.RECEIPT, item, f"R{item}", 400 * UNIT, buying.dock, value=400 * 100)
        post(buying.company.pk, Booked(NOW, (goods,), "test"))
    account = Account.objects.create(company=buying.company, code="CASH", name="Cash", type="asset").pk
    given: dict[str, Any] = {"kind": ChannelKind.POINT_OF_SALE, "warehouses": [buying.dock], "recorded_at": NOW}
    for code in ("T0", "T1"):
        # under the company's own numbers, which others take too
        till = channels.set_channel(buying.boss, code=code, customer=buying.partners["JONES"], **given)
        channels.set_means(buying.boss, channel=till.pk, means="cash", account=account, recorded_at=NOW)
    receipts = []
    for item, other in [*(items, items[::-1]) * 2, (pump, pump)]:
        sold = [OrderLine(60 * UNIT, item=item, unit_price=5 * UNIT)]
        paid: dict[str, Any] = {"tenders": [Tender("cash")], "day": MONDAY, "recorded_at": NOW}
        receipt = sell(buying.boss, channel="T0", lines=sold, **paid).id
        [shipment] = DocumentLink.objects.filter(successor=receipt).values_list("predecessor_id", flat=True)
        receipts.append((receipt, shipment, other))
    said = run("exchanging", 20, receipts=receipts[:-1], shipment=receipts[-1][1])
    assert {one.get("refused") for one in said} <= {None, "return.exceeds"}
    assert not prove(buying.company.pk).violations


def messages_of(monkeypatch: pytest.MonkeyPatch, steps: Iterator[DocumentRef]) -> list[int]:
    """How many messages each step sends to the server, the first with the BEGIN and the last with the COMMIT, which nothing but its write said."""
    messages: list[str] = []
    ask, execute = statements._ask, psycopg.Cursor.execute

    def note_asked(server: Any, message: str) -> Any:
        messages.append(message)
        return ask(server, message)

    def note_executed(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        messages.append(str(query))
        return execute(self, query, *args, **kwargs)

    sent = []
    with monkeypatch.context() as patched:
        patched.setattr(statements, "_ask", note_asked)
        patched.setattr(psycopg.Cursor, "execute", note_executed)
        for document in steps:
            sent.append(len(messages))
            if document.state != "requested":
                assert "BEGIN; EXECUTE" in messages[0]
                assert "; COMMIT" in messages[-1]
            with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as other:
                found = other.execute("SELECT state FROM document WHERE id = %s", (document.id,)).fetchall()
            assert found == [(document.state,)]
            messages.clear()
    return sent


def bought(buying: Buying) -> Iterator[DocumentRef]:
    """An order, requested, approved and sent, its receipt and its invoice."""
    boss, day, now = buying.boss, MONDAY, NOW
    supplier = buying.partners["SMITH"]
    line = OrderLine(5 * UNIT, buying.items["BOLT"], unit_price=2 * UNIT)
    order = create_order(boss, supplier=supplier, lines=[line], day=day, recorded_at=now, location=buying.dock)
    yield order
    yield approve_order(boss, order=order.id, recorded_at=now)
    yield send_order(boss, order=order.id, day=day, recorded_at=now)
    receipt = receive(boss, lines=[ReceiptLine(5 * UNIT, order.id, 1)], day=day, recorded_at=now)
    yield receipt
    reference, receipts = order.number, [receipt.id]
    yield post_invoice(boss, supplier=supplier, reference=reference, day=day, recorded_at=now, receipts=receipts)


def sold(buying: Buying) -> Iterator[DocumentRef]:
    """An order, confirmed, its shipment and its invoice."""
    boss, day, now = buying.boss, MONDAY, NOW
    line = OrderLine(2 * UNIT, buying.items["BOLT"], unit_price=3 * UNIT)
    given: dict[str, Any] = {"day": day, "recorded_at": now}
    customer, place = buying.partners["JONES"], buying.dock
    order = create_sales_order(boss, customer=customer, lines=[line], location=place, confirm=True, **given)
    yield order
    shipment = ship(boss, lines=[ShipmentLine(order.id, 1, 2 * UNIT)], **given)
    yield shipment
    yield invoice_shipments(boss, shipments=[shipment.id], **given)


def test_a_verb_is_two_messages(shop: tuple[Buying, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    buying, _ = shop
    # the first time, the process gets to know the company
    list(bought(buying))
    assert messages_of(monkeypatch, bought(buying)) == [2, 2, 2, 2, 2]
    list(sold(buying))
    assert messages_of(monkeypatch, sold(buying)) == [2, 2, 2]
    assert prove(buying.company.pk).violations == []


def test_no_more_is_paid_of_an_invoice_than_is_open(shop: tuple[Buying, Run]) -> None:
    buying, run = shop
    customer = buying.partners["JONES"]
    line = OrderLine(UNIT, description="Service", unit_price=50 * UNIT)
    given: dict[str, Any] = {"day": MONDAY, "recorded_at": NOW}
    order = create_sales_order(buying.boss, customer=customer, lines=[line], confirm=True, **given)
    invoice = invoice_order(buying.boss, order=order.id, **given)
    said = run("settling", 12, customer=customer, invoice=invoice.id)
    assert {one.get("refused") for one in said} == {None, "document.wrong_state"}
    assert sum(1 for one in said if one.get("made")) == 50
    assert (buying.header(invoice.id).state, buying.header(invoice.id).paid) == ("paid", 5_000)
    assert prove(buying.company.pk).violations == []
