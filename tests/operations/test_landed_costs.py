"""Landed costs: shares, estimates and their correction, also after everything was sold; and every refusal."""

from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.problems import Refusal
from everstock.masterdata.models import Item
from everstock.operations.documents.allocation import Sharing
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.differences import differences
from everstock.operations.purchasing.invoices import cancel_invoice
from everstock.operations.purchasing.landed_costs import (
    Charge,
    ChargeBill,
    ChargeKind,
    accrued,
    cancel_landed_cost,
    invoice_landed_cost,
    post_landed_cost,
)
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.owing import Owing

FREIGHT = ChargeKind.FREIGHT


def received(owing: Owing) -> DocumentRef:
    """10 bolts for 25.00 and 20 nuts for 20.00."""
    return owing.receive(owing.sent(owing.line(10, "2.5"), owing.line(20, "1", "NUT")))


def landed(owing: Owing, receipt: DocumentRef, *charges: Charge, **more: Any) -> DocumentRef:
    given = {"day": MONDAY + DAY, "recorded_at": next(owing.moments), **more}
    lines = [line.id for line in owing.lines(receipt.id)]
    return post_landed_cost(owing.boss, **{"charges": charges or (Charge(FREIGHT, 900),), "lines": lines, **given})


def billed(owing: Owing, cost: DocumentRef, *charges: ChargeBill, **more: Any) -> DocumentRef:
    given = {
        "day": MONDAY + 60 * DAY,
        "recorded_at": next(owing.moments),
        "reference": f"F-{next(owing.numbers)}",
        **more,
    }
    supplier = owing.partners[given.pop("supplier", "YEN")]
    return invoice_landed_cost(
        owing.boss, landed_cost=cost.id, supplier=supplier, charges=charges, **{"currency": "USD", **given}
    )


@pytest.mark.parametrize(
    "by, shares, bolts, nuts",
    [
        (Sharing.VALUE, (), 500, 400),
        (Sharing.QUANTITY, (), 300, 600),
        (Sharing.WEIGHT, (), 600, 300),
        (Sharing.VOLUME, (), 100, 800),
        (Sharing.HAND, (899, 1), 899, 1),
    ],
)
def test_what_a_charge_is_shared_by(owing: Owing, by: Sharing, shares: tuple[int, ...], bolts: int, nuts: int) -> None:
    Item.objects.filter(pk=owing.items["BOLT"]).update(weight=4_000_000, volume=1_000_000)
    Item.objects.filter(pk=owing.items["NUT"]).update(weight=1_000_000, volume=4_000_000)
    cost = landed(owing, received(owing), Charge(FREIGHT, 900, by, shares))
    assert cost == (cost.id, "LC-2026-000001", "estimated")
    assert (owing.stock("BOLT"), owing.stock("NUT")) == ((10, 2500 + bolts), (20, 2000 + nuts))
    assert owing.balance("2150") == -900
    assert owing.header(cost.id).net == 900
    owing.check()


def test_freight_over_three_lines_leaves_no_cent(owing: Owing) -> None:
    receipt = owing.receive(owing.sent(owing.line(1, "1"), owing.line(1, "1", "NUT"), owing.line(1, "1")))
    cost = landed(owing, receipt, Charge(FREIGHT, 100), Charge(ChargeKind.DUTY, 50, account=owing.codes["2300"]))
    shares = [(line.details or {}).get("share") for line in owing.lines(cost.id)]
    assert shares == [None, None, 34, 33, 33, 17, 17, 16]
    assert (owing.balance("2150"), owing.balance("2300")) == (-100, -50)
    assert accrued(owing.lines(cost.id)) == {owing.codes["2150"]: 100, owing.codes["2300"]: 50}
    owing.check()


def test_an_estimate_is_corrected_months_later_after_all_was_sold(owing: Owing) -> None:
    receipt = received(owing)
    cost = landed(owing, receipt)
    owing.issue(10)
    assert owing.balance("5000") == 3000
    invoice = billed(owing, cost, ChargeBill(1, 1000, owing.taxes["VAT"]))
    assert owing.balances() == {"1200": 2444, "1400": 200, "2000": -1200, "2100": -4500, "5000": 3056}
    assert owing.header(cost.id).state == "posted"
    sold = [one for one in differences(owing.company.pk, invoice.id) if one.account == owing.codes["5000"]]
    assert [(one.day, one.amount, one.issues) for one in sold] == [(MONDAY + DAY, 56, ("SALE-1",))]
    owing.check()
    cancel_invoice(
        owing.boss, invoice=invoice.id, day=MONDAY + 61 * DAY, reason="Wrong", recorded_at=next(owing.moments)
    )
    assert owing.balances() == {"1200": 2400, "2100": -4500, "2150": -900, "5000": 3000}
    assert owing.header(cost.id).state == "estimated"
    owing.check()
    cancel_landed_cost(
        owing.boss, landed_cost=cost.id, day=MONDAY + 61 * DAY, reason="x", recorded_at=next(owing.moments)
    )
    assert owing.balances() == {"1200": 2000, "2100": -4500, "5000": 2500}
    owing.check()


def test_a_charge_that_is_billed_in_two_invoices(owing: Owing) -> None:
    cost = landed(owing, received(owing))
    billed(owing, cost, ChargeBill(1, 300, final=False))
    assert (owing.balance("2150"), owing.header(cost.id).state) == (-600, "estimated")
    billed(owing, cost, ChargeBill(1, 500))
    assert (owing.balance("2150"), owing.header(cost.id).state) == (0, "posted")
    assert (owing.stock("BOLT"), owing.stock("NUT")) == ((10, 2944), (20, 2356))
    owing.check()


def test_a_charge_in_euro_is_corrected_by_the_rate_too(owing: Owing) -> None:
    cost = landed(owing, received(owing), supplier=owing.partners["EURO"])
    assert owing.balance("2150") == -1080
    billed(owing, cost, ChargeBill(1, 900), supplier="EURO", currency="EUR", rate=1_300_000_000)
    assert owing.balances() == {"1200": 5670, "2000": -1170, "2100": -4500}
    owing.check()


def test_what_went_back_takes_no_charge_from_the_supplier(owing: Owing) -> None:
    receipt = received(owing)
    owing.send_back(receipt, 4)
    before = owing.balance("2100")
    cost = landed(owing, receipt)
    assert owing.balance("2100") == before
    assert owing.balance("5100") == 200  # 4 of 10 bolts, which bear 5.00
    owing.check()
    owing.bill(receipts=[receipt.id])
    assert owing.rows() == []
    cancel_landed_cost(
        owing.boss, landed_cost=cost.id, day=MONDAY + 9 * DAY, reason="x", recorded_at=next(owing.moments)
    )
    assert (owing.balance("2100"), owing.balance("5100")) == (0, 0)
    owing.check()


def test_a_return_after_the_charge_leaves_its_share_to_price_differences(owing: Owing) -> None:
    receipt = received(owing)
    landed(owing, receipt)
    owing.send_back(receipt, 4)
    owing.bill(receipts=[receipt.id])
    assert owing.rows() == []
    assert owing.balance("5100") == 200
    owing.check()


def test_a_charge_that_nobody_will_bill_is_posted_at_once(owing: Owing) -> None:
    cost = landed(owing, received(owing), Charge(FREIGHT, 900, account=owing.codes["6000"]), estimated=False)
    assert cost.state == "posted"
    assert owing.balance("6000") == -900


# --- refusals

Case = Callable[[Owing], Any]


def _posted(owing: Owing) -> DocumentRef:
    return landed(owing, received(owing), estimated=False)


def _part_billed(owing: Owing) -> DocumentRef:
    cost = landed(owing, received(owing), Charge(FREIGHT, 900), Charge(FREIGHT, 100))
    billed(owing, cost, ChargeBill(1, 300))
    return cost


def _cancelled(owing: Owing) -> DocumentRef:
    from everstock.operations.purchasing.receipts import cancel_receipt

    receipt = received(owing)
    cancel_receipt(owing.boss, receipt=receipt.id, reason="x", recorded_at=next(owing.moments))
    return receipt


REFUSALS: list[tuple[str, str, str, Case]] = [
    (
        "permission.missing",
        "may not post landed costs",
        "Ask",
        lambda o: post_landed_cost(
            o.actor(Permission.PURCHASE_READ), charges=[], lines=[], day=MONDAY, recorded_at=NOW
        ),
    ),
    (
        "permission.missing",
        "may not post supplier invoices",
        "Ask",
        lambda o: invoice_landed_cost(
            o.actor(Permission.PURCHASE_READ),
            landed_cost=1,
            supplier=1,
            reference="x",
            day=MONDAY,
            charges=[],
            recorded_at=NOW,
        ),
    ),
    (
        "document.no_lines",
        "no charge",
        "at least one",
        lambda o: post_landed_cost(
            o.boss, charges=[], lines=[o.lines(received(o).id)[0].id], day=MONDAY, recorded_at=NOW
        ),
    ),
    ("landed.line_unknown", "on no line", "each once", lambda o: landed(o, received(o), lines=[])),
    ("landed.line_unknown", "unknown", "each once", lambda o: landed(o, received(o), lines=[0])),
    ("landed.line_unknown", "of no receipt", "each once", lambda o: landed(o, o.sent())),
    ("document.wrong_state", "is cancelled", "make another", lambda o: landed(o, _cancelled(o))),
    ("landed.amount", "charge 1", "above zero", lambda o: landed(o, received(o), Charge(FREIGHT, 0))),
    (
        "landed.no_basis",
        "by weight",
        "share by something else",
        lambda o: landed(o, received(o), Charge(FREIGHT, 9, Sharing.WEIGHT)),
    ),
    (
        "landed.shares",
        "do not add up",
        "every line",
        lambda o: landed(o, received(o), Charge(FREIGHT, 9, Sharing.HAND, (4, 4))),
    ),
    (
        "landed.shares",
        "not one for each",
        "every line",
        lambda o: landed(o, received(o), Charge(FREIGHT, 9, Sharing.HAND, (9,))),
    ),
    ("account.unknown", "Charge 1", "another account", lambda o: landed(o, received(o), Charge(FREIGHT, 9, account=0))),
    (
        "journal.stock_account",
        "1200",
        "invoice is expected",
        lambda o: billed(o, landed(o, received(o), Charge(FREIGHT, 9, account=o.codes["1200"])), ChargeBill(1, 9)),
    ),
    ("supplier.not_one", "JONES", "Mark", lambda o: landed(o, received(o), supplier=o.partners["JONES"])),
    ("rate.missing", "JPY", "Enter the rate", lambda o: landed(o, received(o), supplier=o.partners["YEN"])),
    (
        "document.wrong_state",
        "LC-2026-000001 is posted",
        "cancelled",
        lambda o: billed(o, _posted(o), ChargeBill(1, 9)),
    ),
    ("document.unknown", "no such landed cost", "Look it up", lambda o: billed(o, received(o), ChargeBill(1, 9))),
    ("document.no_lines", "No charge is billed", "at least one", lambda o: billed(o, landed(o, received(o)))),
    ("landed.charge_unknown", "bills no charge", "once", lambda o: billed(o, landed(o, received(o)), ChargeBill(2, 9))),
    (
        "landed.charge_unknown",
        "or one twice",
        "once",
        lambda o: billed(o, landed(o, received(o)), ChargeBill(1, 9), ChargeBill(1, 9)),
    ),
    ("landed.amount", "negative", "credit note", lambda o: billed(o, landed(o, received(o)), ChargeBill(1, -9))),
    (
        "landed.billed",
        "Charge 1 of LC-2026-000001",
        "other invoices",
        lambda o: billed(o, _part_billed(o), ChargeBill(1, 9)),
    ),
    (
        "landed.invoiced",
        "A charge of LC-2026-000001",
        "Cancel the invoice",
        lambda o: cancel_landed_cost(o.boss, landed_cost=_part_billed(o).id, day=MONDAY, reason="x", recorded_at=NOW),
    ),
    (
        "reason.missing",
        "no reason",
        "Say why",
        lambda o: cancel_landed_cost(o.boss, landed_cost=1, day=MONDAY, reason="", recorded_at=NOW),
    ),
    (
        "invoice.reference_missing",
        "no number",
        "Enter the number",
        lambda o: billed(o, landed(o, received(o)), ChargeBill(1, 9), reference=" "),
    ),
]


@pytest.mark.parametrize("code, cause, remedy, case", REFUSALS, ids=[f"{n}-{row[0]}" for n, row in enumerate(REFUSALS)])
@pytest.mark.usefixtures("watched")
def test_refusals(owing: Owing, code: str, cause: str, remedy: str, case: Case) -> None:
    with pytest.raises(Refusal) as refused:
        case(owing)
    assert (refused.value.code, cause in refused.value.cause, remedy in refused.value.remedy) == (code, True, True), (
        refused.value
    )
    owing.check()
