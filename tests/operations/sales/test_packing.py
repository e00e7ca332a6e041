"""Packages, carriers, proofs of delivery; and the laws of picking and packing."""

from typing import Any

import pytest
from django.db import connection, transaction

from everstock.core.gs1 import check_digit, sscc
from everstock.core.quantities import SCALE
from everstock.masterdata.models import Item
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import picking_laws
from everstock.operations.sales.carriers import (
    deliver,
    delivery_of,
    manifest,
    plan_delivery,
    set_carrier,
    tracking_address,
)
from everstock.operations.sales.delivery_models import Delivery, Package, PackageLine, SsccSeries
from everstock.operations.sales.orders import cancel_order
from everstock.operations.sales.packing import (
    Content,
    Measures,
    Parcel,
    lines_to_pack,
    pack,
    pack_shipment,
    set_sscc_prefix,
    unpack,
)
from everstock.operations.sales.pick_lists import Method
from everstock.operations.sales.picks import put_back
from everstock.operations.sales.shipments import cancel_shipment
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.floor import Floor
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


class Table(Floor):
    """Bolts of 12.5 g and nuts of 3 g; two orders of JONES and one of PARIS, picked."""

    def __init__(self) -> None:
        super().__init__()
        for sku, weight in (("BOLT", 12_500), ("NUT", 3_000)):
            Item.objects.filter(pk=self.items[sku]).update(weight=weight)
        self.stock(50, self.bins[0])
        self.stock(50, self.bins[1], "NUT")
        self.first, self.second = self.ordered(4, 6), self.ordered(5, item=self.items["NUT"])
        self.paris = self.ordered(3, partner="PARIS")
        self.picked = self.list_(self.first, self.second, self.paris, method=Method.BATCH)
        self.pick(self.picked)

    def pack(self, *contents: Content, **more: Any) -> Package:
        return pack(more.pop("actor", self.boss), contents=contents, recorded_at=NOW, **more)


@pytest.fixture
def table(db: None) -> Table:
    return Table()


@pytest.mark.parametrize(
    "number",
    [
        # of the GS1 General Specifications and of GS1's pages on SSCC, GTIN-13, GTIN-12 and GTIN-8
        *(
            "106141412345678908",
            "006141411234567890",
            "340123450000000000",
            "0614141000036",
            "4006381333931",
            "036000291452",
        ),
        "96385074",
    ],
)
def test_check_digits_are_those_of_published_numbers(number: str) -> None:
    assert check_digit(number[:-1]) == number[-1]


def test_an_sscc_is_prefix_and_serial() -> None:
    assert sscc("1", "0614141", 234567890) == "106141412345678908"
    assert sscc("0", "614141123", 4567890 // 1) == "0614141123" + "4567890" + check_digit("06141411234567890")
    with pytest.raises(ValueError, match="more than 6 digits"):
        sscc("0", "0123456789", 10**6)


def test_packages_are_weighed_numbered_and_leave_whole(table: Table) -> None:
    first, second = table.first.id, table.second.id
    set_sscc_prefix(table.boss, prefix="4012345", extension="3", recorded_at=NOW)
    box = table.pack(Content(first, 1), Content(second, 1, 2 * SCALE), measures=Measures(tare=200_000, length=300))
    assert (box.number, box.sscc[:8], box.weight, box.weighed) == (1, "34012345", 200_000 + 50_000 + 6_000, False)
    assert check_digit(box.sscc[:-1]) == box.sscc[-1]
    refused("packing.exceeds", lambda: table.pack(Content(first, 1)))
    refused("shipment.partly_packed", lambda: table.ship_picked(table.picked, orders=[first, second]))
    refused("shipment.partly_packed", lambda: table.ship_picked(table.picked, orders=[first]))
    wrong = table.pack(Content(first, 2), measures=Measures(weight=90_000))
    assert (wrong.weight, wrong.weighed) == (90_000, True)
    unpack(table.boss, package=wrong.pk, recorded_at=NOW)
    refused("package.empty", lambda: unpack(table.boss, package=wrong.pk, recorded_at=NOW))
    rest = table.pack(Content(first, 2), Content(second, 1))
    assert [int(one.sscc[8:17]) for one in (box, wrong, rest)] == [1, 2, 3]
    shipment = table.ship_picked(table.picked, orders=[first, second])
    assert set(Package.objects.filter(shipment=shipment.id).values_list("pk", flat=True)) == {box.pk, rest.pk}
    refused("package.shipped", lambda: unpack(table.boss, package=box.pk, recorded_at=NOW))
    # nothing of this one is packed, and so nothing must be
    table.ship_picked(table.picked, orders=[table.paris.id])
    table.proven()
    cancel_shipment(table.boss, shipment=shipment.id, reason="never left", recorded_at=NOW)
    assert not Package.objects.filter(shipment__isnull=False).exists()
    table.proven()
    table.ship_picked(table.picked, orders=[first, second])
    table.proven()


def test_what_is_packed_is_not_put_back(table: Table) -> None:
    box = table.pack(Content(table.first.id, 1))
    cancel_order(table.boss, order=table.first.id, reason="x", recorded_at=NOW)
    given: dict[str, Any] = {"pick_list": table.picked.id, "day": MONDAY, "recorded_at": NOW}
    refused("picking.packed", lambda: put_back(table.boss, **given))
    refused("picking.packed", lambda: table.cancel(table.picked))
    unpack(table.boss, package=box.pk, recorded_at=NOW)
    put_back(table.boss, **given)
    assert table.at(table.table) == 3
    table.proven()


def test_a_shipment_of_one_step_is_packed_box_by_box(table: Table) -> None:
    order = table.ordered(4, 2)
    shipment = table.ship(order, 4)

    def box(quantity: int | None = None, *more: int) -> list[Package]:
        parcels = [Parcel([Content(shipment.id, 1, some * SCALE)]) for some in (quantity, *more) if some]
        return pack_shipment(table.boss, shipment=shipment.id, parcels=parcels, recorded_at=NOW)

    refused("packing.exceeds", lambda: box(3, 2))
    [first] = box(1)
    assert (first.weight, first.sscc) == (12_500, "")
    table.proven()
    refused("packing.exceeds", lambda: box(4))
    [wrong] = box(2)
    assert lines_to_pack(table.company.pk, shipment.id) == [1]
    unpack(table.boss, package=wrong.pk, recorded_at=NOW)
    [rest] = box()
    assert [int(line.quantity) // SCALE for line in PackageLine.objects.filter(package=rest)] == [3]
    assert lines_to_pack(table.company.pk, shipment.id) == []
    refused("packing.packed", box)
    table.proven()
    cancel_shipment(table.boss, shipment=shipment.id, reason="never left", recorded_at=NOW)
    assert Package.objects.filter(unpacked_at=NOW).count() == 3
    [again] = pack_shipment(table.boss, shipment=table.ship(order, 2, line=2).id, recorded_at=NOW)
    assert again.number == 4
    table.proven()


def test_serials_that_are_used_up_and_weights_nobody_knows(table: Table) -> None:
    Item.objects.filter(pk=table.items["BOLT"]).update(weight=None)
    set_sscc_prefix(table.boss, prefix="4012345678", recorded_at=NOW)
    assert table.pack(Content(table.first.id, 1)).weight is None
    SsccSeries.objects.update(last=10**6 - 1)
    refused("sscc.used_up", lambda: table.pack(Content(table.first.id, 2)))
    set_sscc_prefix(table.boss, prefix="", recorded_at=NOW)
    assert table.pack(Content(table.first.id, 2)).sscc == ""


def test_what_leaves_with_whom_and_the_proof_that_it_came(table: Table) -> None:
    carrier = set_carrier(
        table.boss, code="DHL", name="DHL Parcel", tracking_url="https://example.com/{number}", recorded_at=NOW
    )
    later = MONDAY + 3 * DAY
    plan_delivery(
        table.boss, document=table.first.id, carrier=carrier.pk, service="express", planned_on=later, recorded_at=NOW
    )
    shipment = table.ship_picked(table.picked, orders=[table.first.id, table.second.id])
    other = table.ship_picked(table.picked, orders=[table.paris.id])
    [row] = manifest(table.company.pk, first=later, last=later, carrier=carrier.pk)
    assert (row.id, row.service, row.tracking, row.packages) == (shipment.id, "express", "", 0)
    plan_delivery(table.boss, document=shipment.id, tracking="JD 014", recorded_at=NOW)
    found = delivery_of(table.company.pk, shipment.id)
    assert found is not None
    assert (found.carrier_id, found.planned_on, tracking_address(found)) == (
        *(carrier.pk, later),
        "https://example.com/JD 014",
    )
    assert [one.id for one in manifest(table.company.pk, first=MONDAY, last=later)] == [shipment.id, other.id]
    done = deliver(
        table.boss,
        shipment=shipment.id,
        delivered_on=MONDAY + DAY,
        signed_by="J. Jones",
        note="gate 4",
        recorded_at=NOW + 86_400_000_000,
    )
    assert done == DocumentRef(shipment.id, shipment.number, "posted")
    proof = Delivery.objects.get(document=shipment.id)
    assert (proof.delivered_on, proof.signed_by, proof.note, proof.tracking) == (
        MONDAY + DAY,
        "J. Jones",
        "gate 4",
        "JD 014",
    )
    refused(
        "shipment.delivered",
        lambda: cancel_shipment(table.boss, shipment=shipment.id, reason="never left", recorded_at=NOW),
    )
    refused("shipment.delivered", lambda: plan_delivery(table.boss, document=shipment.id, service="", recorded_at=NOW))
    deliver(table.boss, shipment=other.id, delivered_on=MONDAY, recorded_at=NOW)
    table.proven()


def test_refusals(table: Table) -> None:
    first, paris = table.first.id, table.paris.id
    nobody = table.actor(
        *set(Permission) - {Permission.SHIPMENT_POST, Permission.SETTINGS_CHANGE, Permission.CUSTOMER_CHANGE}
    )
    shipment = table.ship_picked(table.picked, orders=[paris])
    given: dict[str, Any] = {"recorded_at": NOW}
    refused("document.no_lines", table.pack)
    refused("document.unknown", lambda: table.pack(Content(shipment.id, 1)))
    refused("packing.other_customer", lambda: table.pack(Content(first, 1), Content(paris, 1)))
    refused("packing.line_unknown", lambda: table.pack(Content(first, 9)))
    refused("packing.exceeds", lambda: table.pack(Content(paris, 1)))
    refused("lot.unknown", lambda: table.pack(Content(first, 1, lot="L")))
    refused("quantity.not_positive", lambda: table.pack(Content(first, 1, 0)))
    for measures in (Measures(length=0), Measures(tare=-1), Measures(tare=5, weight=4)):
        refused("packing.measures", lambda measures=measures: table.pack(Content(first, 1), measures=measures))  # type: ignore[misc]
    foreign = [Parcel([Content(first, 1)])]
    refused("packing.line_unknown", lambda: pack_shipment(table.boss, shipment=shipment.id, parcels=foreign, **given))
    refused("package.unknown", lambda: unpack(table.boss, package=0, **given))
    for prefix, extension in (("12345", "0"), ("12345678901", "0"), ("12345a7", "0"), ("1234567", "x")):
        refused(
            "sscc.prefix",
            lambda prefix=prefix, extension=extension: set_sscc_prefix(  # type: ignore[misc]
                table.boss, prefix=prefix, extension=extension, **given
            ),
        )
    refused("carrier.tracking_url", lambda: set_carrier(table.boss, code="X", tracking_url="https://x.com/", **given))
    refused("code.invalid", lambda: set_carrier(table.boss, code=" X", **given))
    refused("carrier.unknown", lambda: plan_delivery(table.boss, document=first, carrier=0, **given))
    refused("document.unknown", lambda: plan_delivery(table.boss, document=table.picked.id, service="x", **given))
    refused("delivery.too_early", lambda: deliver(table.boss, shipment=shipment.id, delivered_on=MONDAY - DAY, **given))
    refused("delivery.too_late", lambda: deliver(table.boss, shipment=shipment.id, delivered_on=MONDAY + DAY, **given))
    refused("document.unknown", lambda: deliver(table.boss, shipment=first, delivered_on=MONDAY, **given))
    for verb in (
        lambda: table.pack(Content(first, 1), actor=nobody),
        lambda: pack_shipment(nobody, shipment=shipment.id, **given),
        lambda: unpack(nobody, package=1, **given),
        lambda: set_sscc_prefix(nobody, prefix="", **given),
        lambda: set_carrier(nobody, code="X", **given),
        lambda: plan_delivery(nobody, document=first, service="x", **given),
        lambda: deliver(nobody, shipment=shipment.id, delivered_on=MONDAY, **given),
    ):
        refused("permission.missing", verb)
    cancel_shipment(table.boss, shipment=shipment.id, reason="x", recorded_at=NOW)
    refused("document.wrong_state", lambda: deliver(table.boss, shipment=shipment.id, delivered_on=MONDAY, **given))
    refused("document.wrong_state", lambda: plan_delivery(table.boss, document=shipment.id, service="x", **given))
    refused("document.wrong_state", lambda: pack_shipment(table.boss, shipment=shipment.id, **given))


TAMPERINGS = (
    ("lines of pick lists = what orders get of them", "UPDATE pick_share SET missing = missing + 1"),
    ("lines of pick lists = what orders get of them", "DELETE FROM pick_share"),
    ("staging = picked and not shipped", "UPDATE pick_share SET shipped = shipped - 1 WHERE shipped > 0"),
    ("staging = picked and not shipped", "UPDATE movement SET quantity = quantity + 1 WHERE reference LIKE 'TR/%'"),
    ("packages = what leaves in them", "UPDATE package_line SET quantity = quantity + 1"),
    ("packages = what leaves in them", "DELETE FROM package_line WHERE quantity = 4000000"),
    ("packages = what leaves in them", "UPDATE package_line SET quantity = 900000000 WHERE quantity = 5000000"),
    ("packages = what leaves in them", "UPDATE package_line SET quantity = 3000000 WHERE quantity = 1000000"),
)  # fmt: skip


def test_the_laws_of_picking_find_what_somebody_changes_by_hand(table: Table) -> None:
    table.pack(Content(table.first.id, 1), Content(table.first.id, 2))
    table.ship_picked(table.picked, orders=[table.first.id])
    table.pack(Content(table.second.id, 1))
    loose = table.ship(table.ordered(2), 2)
    parcels = [Parcel([Content(loose.id, 1, SCALE)])]
    pack_shipment(table.boss, shipment=loose.id, parcels=parcels, recorded_at=NOW)
    table.proven()
    for law, statement in TAMPERINGS:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("ALTER TABLE pick_share DROP CONSTRAINT pick_share_no_more_than_asked")
            cursor.execute(statement)
            assert cursor.rowcount > 0, statement
            found = {violation.law for violation in prove(table.company.pk, known_at_samples=0).violations}
            transaction.set_rollback(True)
        assert law in found, (statement, found)
    assert {law for law, _ in TAMPERINGS} == set(picking_laws.LAWS)
