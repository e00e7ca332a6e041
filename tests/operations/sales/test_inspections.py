"""What becomes of goods that came back, and of which lots and serial numbers these are."""

from typing import Any

import pytest

from everstock.core.facts import Kind
from everstock.core.quantities import SCALE
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.masterdata.models import Lot
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.inspections import Outcome
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.returns import approve_return
from everstock.operations.sales.whereabouts import lot_history
from everstock.operations.warehouse.availability import availability
from everstock.operations.warehouse.cancellations import cancel_transfer
from everstock.operations.warehouse.posting import departure_moment
from everstock.operations.warehouse.transfers import Move, release
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.returning import LATER, Returning
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(db: None) -> Returning:
    return Returning()


def free(store: Returning, item: str = "BOLT") -> float:
    """What of an item can be promised now."""
    return sum(one.free for one in availability(store.company.pk, [store.items[item]], day=LATER)) / SCALE


def test_restocked_repaired_or_scrapped(store: Returning) -> None:
    shipment = store.shipped(10)
    returned = store.back(store.of(shipment, 6), store.of(shipment, 4))
    assert (store.there(), free(store)) == (50, 40)
    restocked = store.inspect(returned, Outcome.RESTOCK, (1, 3), location=store.shed)
    assert (restocked.number, store.there(place=store.shed), free(store)) == ("TR-2026-000001", 43, 43)
    repaired = store.inspect(returned, Outcome.REPAIR, (2, 3), location=store.workshop, charge=1250)
    header, [line] = store.document(repaired)
    assert header.details == {"purpose": "repair", "charge": 1250}
    assert (line.location, line.to_location, line.source) == (
        *(store.returns, store.workshop),
        store.document(returned)[1][1].id,
    )
    assert (store.there(place=store.workshop), free(store)) == (3, 43)
    store.inspect(returned, Outcome.SCRAP, (2, 1), reason="bent")
    assert (store.there(), store.balance("5310")) == (49, 100)
    refused("putaway.exceeds", lambda: store.inspect(returned, Outcome.SCRAP, (2, 1), reason="bent"))
    refused("putaway.exceeds", lambda: store.inspect(returned, Outcome.RESTOCK, (1, 4), location=store.shed))
    # the repaired ones are good when somebody says so
    move = Move(store.items["BOLT"], 3 * SCALE, store.workshop, store.shed)
    release(store.boss, moves=[move], day=LATER, recorded_at=NOW)
    assert free(store) == 46
    # the rest at once, and the same request again does nothing
    rest = store.inspect(returned, Outcome.RESTOCK, location=store.shed, key="K")
    assert (store.there(place=store.returns), free(store)) == (0, 49)
    refused("return.nothing_left", lambda: store.inspect(returned, Outcome.RESTOCK, location=store.shed))
    refused("return.inspected", lambda: store.cancel(returned))
    assert store.document(rest)[1][0].base_quantity == 3 * SCALE
    assert prove(store.company.pk).violations == []


def test_what_was_inspected_by_mistake_is_taken_back_before_the_return(store: Returning) -> None:
    returned = store.back(store.of(store.shipped(5), 5))
    moved = store.inspect(returned, Outcome.RESTOCK, (1, 5), location=store.shed)
    refused("return.inspected", lambda: store.cancel(returned))
    cancel_transfer(store.boss, transfer=moved.id, reason="not looked at", recorded_at=NOW)
    store.cancel(returned)
    assert (store.there(), store.balance("5000")) == (45, 500)
    assert prove(store.company.pk).violations == []


def test_the_same_request_inspects_once(store: Returning) -> None:
    returned = store.back(store.of(store.shipped(5), 5))
    first = store.inspect(returned, Outcome.SCRAP, (1, 2), reason="bent", key="K")
    assert store.inspect(returned, Outcome.SCRAP, (1, 2), reason="bent", key="K") == first
    assert store.there(place=store.returns) == 3
    rest = store.inspect(returned, Outcome.RESTOCK, location=store.shed, key="R")
    assert store.inspect(returned, Outcome.RESTOCK, location=store.shed, key="R") == rest, "whatever is left by then"
    refused("request.other_content", lambda: store.inspect(returned, Outcome.SCRAP, reason="bent", key="R"))


def test_refusals(store: Returning) -> None:
    shipment = store.shipped(5)
    returned = store.back(store.of(shipment, 2))
    seller = store.actor(Permission.SALES_RETURN_POST, Permission.TRANSFER_POST)
    refused("permission.missing", lambda: store.inspect(returned, Outcome.RESTOCK, actor=seller, location=store.shed))
    refused("reason.missing", lambda: store.inspect(returned, Outcome.SCRAP))
    refused("document.unknown", lambda: store.inspect(shipment, Outcome.RESTOCK, location=store.shed))
    refused("return.line_unknown", lambda: store.inspect(returned, Outcome.RESTOCK, (2, 1), location=store.shed))
    refused("quantity.not_positive", lambda: store.inspect(returned, Outcome.RESTOCK, (1, 0), location=store.shed))
    refused("quality.not_there", lambda: store.inspect(returned, Outcome.REPAIR, location=store.shed))
    refused("charge.invalid", lambda: store.inspect(returned, Outcome.REPAIR, location=store.workshop, charge=-1))
    refused("location.missing", lambda: store.inspect(returned, Outcome.RESTOCK))
    refused("transfer.wrong_place", lambda: store.inspect(returned, Outcome.RESTOCK, location=store.workshop))
    at_once = store.back(store.of(shipment, 1), location=store.shed)
    refused("quality.not_held", lambda: store.inspect(at_once, Outcome.SCRAP, reason="bent"))
    approved = approve_return(
        store.boss,
        lines=[store.of(shipment, 1)],
        resolution=Resolution.CREDIT,
        location=store.returns,
        day=LATER,
        recorded_at=NOW,
    )
    refused("document.wrong_state", lambda: store.inspect(approved, Outcome.RESTOCK, location=store.shed))
    store.cancel(returned)
    refused("document.wrong_state", lambda: store.inspect(returned, Outcome.RESTOCK, location=store.shed))


# ---------------------------------------------------------------------------------------------------------------------
# Lots and serial numbers


def test_only_the_customers_own_lots_come_back(store: Returning) -> None:
    mine, other = store.lot("MILK", "L1", 9), store.lot("MILK", "L2", 9)
    jones, paris = store.partners["JONES"], store.partners["PARIS"]
    shipment = store.shipped_lot("MILK", mine, 4)
    store.shipped_lot("MILK", other, 4, partner="PARIS")

    def milk(quantity: float, lot: str, **more: Any) -> ReturnLine:
        return store.free(quantity, "MILK", lot=lot, **more)

    refused("lot.not_shipped", lambda: store.back(milk(1, "L2"), customer=jones))
    refused("lot.not_shipped", lambda: store.back(milk(5, "L1"), customer=jones))
    refused("lot.unknown", lambda: store.back(milk(1, "L3"), customer=jones))
    refused("lot.missing", lambda: store.back(store.free(1, "MILK"), customer=jones))
    refused("lot.not_tracked", lambda: store.back(store.free(1, lot="L1"), customer=jones))
    refused("return.other_lot", lambda: store.back(store.of(shipment, 1, lot="L2")))
    store.back(milk(1, "L1"), customer=jones)
    returned = store.back(store.of(shipment, 2, lot="L1"))
    assert store.document(returned)[1][0].lot == mine
    # one came back without a shipment: of the shipment's line two are open, and the customer has one
    refused("lot.not_shipped", lambda: store.back(store.of(shipment, 2)))
    store.back(milk(4, "L2"), customer=paris)
    store.inspect(returned, Outcome.RESTOCK, location=store.shed)
    assert prove(store.company.pk).violations == []


def test_a_lot_that_expired_is_not_restocked(store: Returning) -> None:
    lot = store.lot("MILK", "L1", 2)
    returned = store.back(store.of(store.shipped_lot("MILK", lot, 2), 2))
    Lot.objects.filter(pk=lot).update(expires_on=LATER - DAY)
    refused("lot.expired", lambda: store.inspect(returned, Outcome.RESTOCK, location=store.shed))
    store.inspect(returned, Outcome.SCRAP, reason="sour")


def test_where_a_serial_number_was(store: Returning) -> None:
    pump = store.lot("PUMP", "S1")
    jones, paris = store.partners["JONES"], store.partners["PARIS"]
    first = store.shipped_lot("PUMP", pump)
    refused("serial.quantity", lambda: store.back(store.free(2, "PUMP", lot="S1"), customer=jones))
    returned = store.back(store.of(first, 1))
    refused("return.exceeds", lambda: store.back(store.of(first, 1)))
    refused("lot.not_shipped", lambda: store.back(store.free(1, "PUMP", lot="S1"), customer=jones))
    store.inspect(returned, Outcome.RESTOCK, location=store.shed)
    # somebody else buys it, without a paper
    line = LedgerLine(Kind.ISSUE, store.items["PUMP"], "IMPORTED", SCALE, store.shed, lot=pump, partner=paris)
    post(
        store.company.pk,
        Document(NOW + 1, (line._replace(effective_at=departure_moment(LATER + DAY, None, NOW)),), "test"),
    )
    assert [
        (one.day, one.back, one.document, one.partner, one.out // SCALE) for one in lot_history(store.company.pk, pump)
    ] == [
        (MONDAY, False, first.number, jones, 1),
        (LATER, True, returned.number, jones, 0),
        (LATER + DAY, False, "IMPORTED", paris, 1),
    ]
    again = store.back(store.free(1, "PUMP", lot="S1"), customer=paris, day=LATER + 2 * DAY)
    assert lot_history(store.company.pk, pump)[-1].document == again.number
    store.cancel(again)
    assert lot_history(store.company.pk, pump)[-1].document == "IMPORTED"
    assert lot_history(store.company.pk, store.lot("PUMP", "S2")) == []
    assert prove(store.company.pk).violations == []
