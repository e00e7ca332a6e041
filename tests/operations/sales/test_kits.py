"""Kits: sold as one, reserved and shipped as their components, billed by whole ones."""

from typing import Any

import pytest

from everstock.core.facts import Kind
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.ledger.queries import on_hand
from everstock.masterdata import actions
from everstock.masterdata.models import Item
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import channels
from everstock.operations.sales.channel_stock import channel_availability, channel_stock
from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
from everstock.operations.sales.holds import CartLine, hold_cart, hold_quote
from everstock.operations.sales.invoices import cancel_invoice, invoice_shipments
from everstock.operations.sales.kit_bills import set_kit
from everstock.operations.sales.orders import cancel_order, close_order
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.returns import cancel_return, take_back
from everstock.operations.sales.shipments import ShipmentLine, cancel_shipment, ship
from everstock.operations.sales.substitutes import set_substitute, substitute_line
from everstock.reports.proof import prove
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.ordering import accept, change, confirmed, order, quote
from tests.operations.sales.selling import Selling
from tests.operations.sales.test_allocation import held
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


class Kits(Selling):
    """SET contains 2 bolts and a nut; BOX contains 3 SETs and a bolt."""

    def __init__(self) -> None:
        super().__init__()
        self.items |= actions.ensure_items(company=self.company, skus=["SET", "BOX"])
        self.kit("SET", BOLT=2, NUT=1)
        self.kit("BOX", SET=3, BOLT=1)

    def kit(self, sku: str, **components: float) -> None:
        wanted = {self.items[name]: round(quantity * SCALE) for name, quantity in components.items()}
        set_kit(self.boss, item=self.items[sku], components=wanted, recorded_at=NOW)

    def said(self, made: DocumentRef) -> list[tuple[int, int, int, int, int]]:
        """Each line: number, quantity, shipped, invoiced, net."""
        return [
            (line.line, line.base_quantity // SCALE, line.received // SCALE, line.invoiced // SCALE, line.net)
            for line in self.lines(made.id)
        ]

    def ship(self, made: DocumentRef, *wanted: tuple[int, int]) -> DocumentRef:
        lines = [ShipmentLine(made.id, line, quantity * SCALE) for line, quantity in wanted]
        return ship(self.boss, lines=lines, day=MONDAY, recorded_at=NOW)

    def bill(self, *shipments: DocumentRef) -> DocumentRef:
        return invoice_shipments(self.boss, shipments=[one.id for one in shipments], day=MONDAY, recorded_at=NOW)

    def sound(self) -> None:
        assert prove(self.company.pk).violations == []


@pytest.fixture
def kits(db: None) -> Kits:
    return Kits()


def test_a_kit_is_sold_as_one_and_leaves_as_its_components(kits: Kits) -> None:
    kits.stock(40, kits.dock)
    kits.stock(12, kits.dock, "NUT")
    made = confirmed(kits, kits.line(3, "7", "BOX"), kits.line(1, "3"))
    assert kits.said(made) == [(1, 3, 0, 0, 2100), (2, 1, 0, 0, 300), (3, 21, 0, 0, 0), (4, 9, 0, 0, 0)]
    assert held(kits) == [(f"{made.id}/2", 1), (f"{made.id}/3", 21), (f"{made.id}/4", 9)]
    assert [line.unit_price for line in kits.lines(made.id)] == [7 * SCALE, 3 * SCALE, None, None]

    shipment = kits.ship(made, (1, 2), (2, 1))
    assert kits.said(made) == [(1, 3, 2, 0, 2100), (2, 1, 1, 0, 300), (3, 21, 14, 0, 0), (4, 9, 6, 0, 0)]
    assert on_hand(kits.company.pk, kits.items["BOLT"]) == 25 * SCALE
    invoice = kits.bill(shipment)
    assert kits.header(invoice.id).net == 1400 + 300
    assert kits.header(shipment.id).state == "invoiced"
    assert kits.header(made.id).state == "partly_shipped"
    kits.sound()

    rest = kits.ship(made, (1, 1))
    assert kits.header(made.id).state == "shipped"
    kits.bill(rest)
    assert kits.header(made.id).state == "invoiced"
    kits.sound()
    cancel_invoice(kits.boss, invoice=invoice.id, day=MONDAY, reason="wrong", recorded_at=NOW)
    assert kits.said(made)[0] == (1, 3, 3, 1, 2100)
    cancel_shipment(kits.boss, shipment=shipment.id, reason="never left", recorded_at=NOW)
    assert kits.said(made)[0] == (1, 3, 1, 1, 2100)
    kits.sound()


def test_a_kit_below_the_cost_of_its_components_is_a_warning(kits: Kits) -> None:
    kits.stock(40, kits.dock)
    assert not order(kits, kits.line(1, "0.01", "SET")).warnings, "of nuts nothing is known"
    kits.stock(40, kits.dock, "NUT")
    assert not order(kits, kits.line(2, "3.00", "SET")).warnings
    [told] = order(kits, kits.line(2, "2.99", "SET")).warnings
    assert told.words == "Line 1 is sold below the cost of SET: it brings 5.98 USD and costs 6.00 USD."


def test_only_whole_kits_are_billed(kits: Kits) -> None:
    kits.stock(40, kits.dock)
    kits.stock(40, kits.dock, "NUT")
    made = confirmed(kits, kits.line(4, "5", "SET"))
    bolts = kits.ship(made, (2, 7))
    assert kits.said(made) == [(1, 4, 0, 0, 2000), (2, 8, 7, 0, 0), (3, 4, 0, 0, 0)]
    nuts = kits.ship(made, (3, 4))
    assert kits.said(made)[0] == (1, 4, 3, 0, 2000), "the fourth lacks a bolt"
    invoice = kits.bill(nuts)
    assert kits.header(invoice.id).net == 1500
    assert kits.said(made) == [(1, 4, 3, 3, 2000), (2, 8, 7, 6, 0), (3, 4, 4, 3, 0)], (
        "with the bolts, wherever they left"
    )
    assert kits.header(bolts.id).state == "partly_invoiced"
    rest = kits.ship(made, (1, 1))
    assert kits.said(made) == [(1, 4, 4, 3, 2000), (2, 8, 8, 6, 0), (3, 4, 4, 3, 0)], (
        "what is there already is not sent twice"
    )
    assert kits.header(kits.bill(rest).id).net == 500
    assert [kits.header(one.id).state for one in (bolts, nuts, rest, made)] == ["invoiced"] * 4
    kits.sound()
    cancel_invoice(kits.boss, invoice=invoice.id, day=MONDAY, reason="wrong", recorded_at=NOW)
    assert kits.said(made) == [(1, 4, 4, 1, 2000), (2, 8, 8, 2, 0), (3, 4, 4, 1, 0)]
    kits.sound()


def test_kits_are_billed_with_the_shipment_that_made_them_whole(kits: Kits) -> None:
    kits.stock(40, kits.dock)
    kits.stock(40, kits.dock, "NUT")
    made = confirmed(kits, kits.line(4, "5", "SET"))
    bolts, first, second = kits.ship(made, (2, 4)), kits.ship(made, (3, 1)), kits.ship(made, (3, 1))
    assert kits.header(kits.bill(second).id).net == 500, "one is whole without it"
    assert kits.header(kits.bill(first).id).net == 500
    assert kits.header(bolts.id).state == "invoiced"
    refused("invoice.nothing_left", lambda: kits.bill(bolts))
    spare = kits.ship(made, (2, 1))
    refused("invoice.nothing_left", lambda: kits.bill(spare))
    kits.sound()


def test_components_follow_their_kit(kits: Kits) -> None:
    kits.stock(40, kits.dock)
    kits.stock(3, kits.dock, "NUT")
    made = confirmed(kits, kits.line(4, "5", "SET"))
    assert held(kits) == [(f"{made.id}/2", 8), (f"{made.id}/3", 3)]
    kits.ship(made, (1, 2))
    change(kits, made, LineChange(1, quantity=3 * SCALE))
    assert kits.said(made) == [(1, 3, 2, 0, 1500), (2, 6, 4, 0, 0), (3, 3, 2, 0, 0)]
    assert held(kits) == [(f"{made.id}/2", 2), (f"{made.id}/3", 1)]
    refused("order.below_received", lambda: change(kits, made, LineChange(1, quantity=SCALE)))
    refused("order.part_of_kit", lambda: change(kits, made, LineChange(2, quantity=9 * SCALE)))
    refused("kit.not_whole", lambda: change(kits, made, LineChange(1, quantity=5 * SCALE // 2)))
    change(kits, made, added=[kits.line(1, "7", "BOX")], location=kits.dock)
    assert kits.said(made)[3:] == [(4, 1, 0, 0, 700), (5, 7, 0, 0, 0), (6, 3, 0, 0, 0)]
    close_order(kits.boss, order=made.id, reason="enough", recorded_at=NOW)
    assert held(kits) == []
    kits.sound()


def test_a_component_that_is_short_is_replaced_beside_its_kit(kits: Kits) -> None:
    kits.stock(8, kits.dock)
    kits.stock(3, kits.dock, "NUT")
    kits.items |= actions.ensure_items(company=kits.company, skus=["SPARE"])
    kits.stock(1, kits.dock, "SPARE")
    nut, spare = kits.items["NUT"], kits.items["SPARE"]
    set_substitute(kits.boss, item=nut, substitute=spare, recorded_at=NOW)
    made = confirmed(kits, kits.line(4, "5", "SET"))
    asked: dict[str, Any] = {"order": made.id, "line": 3, "substitute": spare, "agreed": "by phone"}
    said = refused(
        "order.part_of_kit", lambda: substitute_line(kits.boss, **asked, quantity=SCALE, day=MONDAY, recorded_at=NOW)
    )
    # the remedy: a kit less, and its content by itself
    assert "order fewer kits" in said.remedy
    assert "lines of their own" in said.remedy
    loose = [kits.line(2, "1.50"), kits.line(1, "2", "SPARE")]
    change(kits, made, LineChange(1, quantity=3 * SCALE), added=loose, location=kits.dock)
    assert kits.said(made) == [
        *((1, 3, 0, 0, 1500), (2, 6, 0, 0, 0), (3, 3, 0, 0, 0)),
        *((4, 2, 0, 0, 300), (5, 1, 0, 0, 200)),
    ]
    assert [quantity for _, quantity in sorted(held(kits))] == [6, 3, 2, 1]
    kits.sound()


def back(kits: Kits, shipment: DocumentRef, *wanted: tuple[int, int], **more: Any) -> DocumentRef:
    """What comes back: number of the shipment's line, and whole units."""
    lines = [ReturnLine(quantity * SCALE, shipment.id, line) for line, quantity in wanted]
    given = {"resolution": Resolution.CREDIT, "location": kits.dock, "day": MONDAY, "recorded_at": NOW, **more}
    return take_back(kits.boss, lines=lines, **given)


def test_only_whole_kits_that_came_back_are_billed_less(kits: Kits) -> None:
    kits.stock(40, kits.dock)
    kits.stock(40, kits.dock, "NUT")
    made = confirmed(kits, kits.line(3, "5", "SET"))
    shipment = kits.ship(made, (1, 3))
    bolts = back(kits, shipment, (1, 3))
    assert kits.lines(made.id)[0].returned == 0, "three bolts are no kit"
    kits.sound()
    back(kits, shipment, (2, 2))
    assert kits.lines(made.id)[0].returned == SCALE, "the second lacks a bolt"
    cancel_return(kits.boss, sales_return=bolts.id, reason="never came", recorded_at=NOW)
    assert kits.lines(made.id)[0].returned == 0
    kits.sound()
    back(kits, shipment, (1, 4))
    assert kits.lines(made.id)[0].returned == 2 * SCALE
    invoice = kits.bill(shipment)
    assert kits.header(invoice.id).net == 500
    assert [kits.header(one.id).state for one in (shipment, made)] == ["invoiced", "invoiced"]
    kits.sound()


def test_nothing_is_billed_where_all_kits_came_back(kits: Kits) -> None:
    kits.stock(40, kits.dock)
    kits.stock(40, kits.dock, "NUT")
    made = confirmed(kits, kits.line(2, "5", "SET"))
    shipment = kits.ship(made, (1, 2))
    refused("return.not_replaceable", lambda: back(kits, shipment, (1, 2), resolution=Resolution.REPLACEMENT))
    back(kits, shipment, (1, 4), (2, 2))
    assert [kits.header(one.id).state for one in (shipment, made)] == ["invoiced", "invoiced"]
    refused("invoice.nothing_left", lambda: kits.bill(shipment))
    kits.sound()


def test_a_shipment_of_components_of_an_invoiced_kit_is_not_taken_back(kits: Kits) -> None:
    kits.stock(40, kits.dock)
    kits.stock(40, kits.dock, "NUT")
    made = confirmed(kits, kits.line(1, "5", "SET"))
    bolts, nuts = kits.ship(made, (2, 2)), kits.ship(made, (3, 1))
    returned = back(kits, bolts, (1, 2))
    assert kits.header(kits.bill(nuts).id).net == 500, "a nut is no whole kit that came back"
    cancel_return(kits.boss, sales_return=returned.id, reason="never came", recorded_at=NOW)
    refused(
        "shipment.kit_invoiced", lambda: cancel_shipment(kits.boss, shipment=bolts.id, reason="no", recorded_at=NOW)
    )
    assert kits.header(kits.bill(bolts).id).net == 0, "they were in the kit"
    assert kits.header(bolts.id).state == "invoiced"
    kits.sound()


def test_components_of_billed_kits_are_credited_with_their_part_of_the_price(kits: Kits) -> None:
    kits.stock(40, kits.dock)
    kits.stock(40, kits.dock, "NUT")
    # by the list 2 bolts are 2.00 and a nut 1.00: of 10.00 for three sets, the bolts have 6.67 and the nuts 3.33
    kits.put(kits.price_list(), kits.new(1), kits.new(1, "NUT"))
    made = confirmed(kits, kits.line(3, "3.333333", "SET"))
    assert [line.details and line.details["weight"] for line in kits.lines(made.id)[1:]] == [2 * SCALE, SCALE]
    shipment = kits.ship(made, (1, 3))
    kits.bill(shipment)
    said, credited = [], []
    for _ in range(3):
        returned = kits.lines(back(kits, shipment, (1, 2), (2, 1)).id)
        said.append([line.net for line in returned])
        lines = [CreditLine(line.id) for line in returned]
        note = post_credit_note(kits.boss, lines=lines, day=MONDAY, recorded_at=NOW)
        credited.append([line.net for line in kits.lines(note.id)])
    assert credited == said == [[222, 111], [223, 111], [222, 111]]
    kits.sound()


def test_a_quote_offers_the_kit_and_its_order_the_components(kits: Kits) -> None:
    offer = quote(kits, kits.line(5, "6", "SET"))
    assert len(kits.lines(offer.id)) == 1
    made = accept(kits, offer)
    assert kits.said(made) == [(1, 5, 0, 0, 3000), (2, 10, 0, 0, 0), (3, 5, 0, 0, 0)]
    cancel_order(kits.boss, order=made.id, reason="no", recorded_at=NOW)
    assert kits.lines(offer.id)[0].ordered == 0


def test_what_is_no_kit_is_refused(kits: Kits) -> None:
    refused("kit.cycle", lambda: kits.kit("SET", BOX=1))
    refused("kit.cycle", lambda: kits.kit("SET", SET=1))
    kits.stock(1, kits.dock)
    refused("kit.stocked", lambda: kits.kit("BOLT", NUT=1))
    order(kits, kits.line(1, "1", "NUT"))
    refused("kit.stocked", lambda: kits.kit("NUT", BOLT=1))
    refused("item.inactive", lambda: kits.kit("SET", OLD=1))
    refused("quantity.not_positive", lambda: kits.kit("SET", BOLT=0))
    refused("item.unknown", lambda: set_kit(kits.boss, item=0, components={}, recorded_at=NOW))
    seller = kits.actor(Permission.SALES_ORDER_CREATE)
    refused("permission.missing", lambda: set_kit(seller, item=kits.items["SET"], components={}, recorded_at=NOW))
    refused("kit.not_whole", lambda: order(kits, kits.line(1, "5", "SET")._replace(quantity=SCALE // 2)))
    kits.kit("SET", BOLT=0.000001)
    kits.kit("BOX", SET=0.5)
    refused("quantity.not_exact", lambda: order(kits, kits.line(1, "5", "BOX")))


def test_a_kit_is_not_stocked_until_it_is_none(kits: Kits) -> None:
    def receive() -> None:
        line = LedgerLine(Kind.RECEIPT, kits.items["SET"], "R1", SCALE, kits.dock, value=100)
        post(kits.company.pk, Document(NOW, (line,), "test"))

    with pytest.raises(Refusal, match="is a kit"):
        receive()
    kits.kit("SET")
    assert Item.objects.get(pk=kits.items["SET"]).kind == "stocked"
    receive()
    assert on_hand(kits.company.pk, kits.items["SET"]) == SCALE


def test_a_channel_sees_a_kit_as_often_as_its_components_make_it_up(kits: Kits) -> None:
    """Two bolts and a nut. At the dock 9 and 9, in the shed 5 and 1; of bolts three are left untouched, and two are safety stock at the dock."""
    channel = kits.channel("shop")
    for quantity, place, item in (
        (9, kits.dock, "BOLT"),
        (9, kits.dock, "NUT"),
        (5, kits.shed, "BOLT"),
        (1, kits.shed, "NUT"),
    ):
        kits.stock(quantity, place, item)
    bolt = kits.items["BOLT"]

    def seen() -> tuple[float, float, float]:
        [one] = channel_stock(kits.company.pk, "shop", [kits.items["SET"]], recorded_at=NOW)
        return one.on_hand / SCALE, one.buffer / SCALE, one.free / SCALE

    assert seen() == (5, 0, 5)
    channels.set_safety_stock(kits.boss, item=bolt, warehouse=kits.dock, quantity=2 * SCALE, recorded_at=NOW)
    assert seen() == (5, 1, 4), "seven bolts at the dock are three"
    buffer = channels.Buffer(quantity=6 * SCALE)
    channels.set_buffer(kits.boss, channel=channel.pk, item=bolt, buffer=buffer, recorded_at=NOW)
    assert seen() == (5, 2, 3), "of seven and five, six are left"
    there = channel_availability(kits.company.pk, "shop", [kits.items["SET"]], day=MONDAY, recorded_at=NOW)
    assert {one.warehouse: one.free // SCALE for one in there} == {kits.dock: 3, kits.shed: 1}, "six bolts at the dock"
    box = kits.items["BOX"]
    refused(
        "item.kit", lambda: channels.set_buffer(kits.boss, channel=channel.pk, item=box, buffer=buffer, recorded_at=NOW)
    )
    refused(
        "item.kit",
        lambda: channels.set_safety_stock(kits.boss, item=box, warehouse=kits.dock, quantity=1, recorded_at=NOW),
    )


def test_for_a_kit_in_a_cart_or_a_quote_what_it_contains_is_held_and_passes_to_its_order(kits: Kits) -> None:
    kits.stock(5, kits.dock)
    kits.stock(5, kits.dock, "NUT")
    cart = [CartLine(kits.items["SET"], SCALE, kits.dock), CartLine(kits.items["NUT"], SCALE, kits.dock)]
    held_ = hold_cart(kits.boss, token="c", lines=cart, minutes=1, recorded_at=NOW)
    assert [(one.item, one.held // SCALE) for one in held_] == [(kits.items["BOLT"], 2), (kits.items["NUT"], 2)]
    offer = quote(kits, kits.line(2, "5", "SET"), location=kits.dock)
    of_quote = hold_quote(kits.boss, quote=offer.id, recorded_at=NOW)
    assert [(one.wanted // SCALE, one.held // SCALE) for one in of_quote] == [(4, 3), (2, 2)]
    other = confirmed(kits, kits.line(1, "1"))
    assert held(kits)[2:] == [(f"{offer.id}/1", 3), (f"{offer.id}/1", 2)], "nothing is left for the other order"
    first = confirmed(kits, kits.line(1, "5", "SET"), kits.line(1, "1", "NUT"), cart="c")
    second = accept(kits, offer, confirm=True)
    assert sorted(held(kits)) == sorted(
        [
            *((f"{first.id}/3", 2), (f"{first.id}/4", 1), (f"{first.id}/2", 1)),
            *((f"{second.id}/2", 3), (f"{second.id}/3", 2)),
        ]
    )
    assert other.id
    kits.sound()
