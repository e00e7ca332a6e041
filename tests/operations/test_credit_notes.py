"""Credit notes of suppliers: for goods that went back or never came, and for the price alone."""

import pytest

from everstock.core.quantities import SCALE
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.purchasing.credit_notes import CreditLine, cancel_credit_note
from everstock.operations.purchasing.grni import GrniKind, cancel_clearing
from tests.operations.buying import DAY, MONDAY
from tests.operations.owing import Owing, match_of, received


def test_what_went_back_before_the_invoice_is_not_billed(owing: Owing) -> None:
    _, receipt = received(owing, 3, "0.333333")
    owing.send_back(receipt, 1)
    owing.bill(owing.paper(receipt, None, amount=70), approve=True)
    assert owing.balances() == {"1200": 70, "2000": -70}
    assert owing.rows() == []
    owing.check()


def test_a_credit_note_for_returned_goods(owing: Owing) -> None:
    _, receipt = received(owing, tax_code=owing.taxes["VAT"])
    owing.bill(receipts=[receipt.id])
    back = owing.send_back(receipt, 2)
    assert owing.rows()[0].open == -500
    note = owing.credit(CreditLine(owing.lines(back.id)[0].id), total=600)
    assert note == (note.id, "SC-2026-000001", "posted")
    assert owing.balances() == {"1200": 2000, "1400": 400, "2000": -2400}
    assert owing.header(back.id).state == "credited"
    assert owing.rows() == []
    owing.check()
    cancel_credit_note(
        owing.boss, credit_note=note.id, day=MONDAY + 9 * DAY, reason="Wrong", recorded_at=next(owing.moments)
    )
    assert owing.rows()[0].open == -500
    assert owing.header(back.id).state == "posted"
    owing.check()


@pytest.mark.parametrize("ahead", [False, True], ids=["after they came", "before they came"])
@pytest.mark.parametrize("supplier", ["SMITH", "EURO"])
def test_goods_are_credited_as_they_were_billed_unless_it_says_otherwise(
    owing: Owing, supplier: str, ahead: bool
) -> None:
    order = owing.sent(owing.line(10, "2.50"), supplier=supplier)
    receipt = None if ahead else owing.receive(order)
    owing.bill(owing.paper(receipt or order, 10, "3.00"), supplier=supplier, approve=True)
    receipt = receipt or owing.receive(order)
    back = owing.send_back(receipt, 4)
    source = owing.lines(back.id)[0].id
    credited = [owing.credit(CreditLine(source, SCALE, amount), supplier=supplier) for amount in (None, 7)]
    # the price of all ten was lowered by a euro, or a dollar, afterwards
    owing.credit(CreditLine(owing.lines(receipt.id)[0].id, amount=100), supplier=supplier)
    credited.append(owing.credit(CreditLine(source), supplier=supplier))
    assert [owing.header(note.id).net for note in credited] == [300, 7, 580]
    owing.check()


@pytest.mark.parametrize("ahead", [False, True], ids=["after they came", "before they came"])
@pytest.mark.parametrize("supplier", ["SMITH", "EURO"])
def test_a_replacement_is_credited_as_what_it_replaces_was_billed(owing: Owing, supplier: str, ahead: bool) -> None:
    order = owing.sent(owing.line(10, "2.50"), supplier=supplier)
    receipt = None if ahead else owing.receive(order)
    owing.bill(owing.paper(receipt or order, 10, "3.00"), supplier=supplier, approve=True)
    receipt = receipt or owing.receive(order)
    owing.send_back(receipt, 4, resolution=Resolution.REPLACEMENT)
    again = owing.receive(order, 4)
    # two of the four are replaced once more, and the price of those that stayed is lowered by 60 cents, of these two by 40
    owing.send_back(again, 2, resolution=Resolution.REPLACEMENT)
    third = owing.receive(order, 2)
    for one, amount in ((receipt, 60), (third, 40)):
        owing.credit(CreditLine(owing.lines(one.id)[0].id, amount=amount), supplier=supplier)
    owing.check()
    for one, credited in ((receipt, 290), (again, 300), (third, 280)):
        back = owing.send_back(one, 1)
        note = owing.credit(CreditLine(owing.lines(back.id)[0].id), supplier=supplier)
        assert owing.header(note.id).net == credited
        owing.check()


def test_a_match_that_was_cancelled_moves_no_bill(owing: Owing) -> None:
    order, receipt = received(owing)
    owing.bill(owing.paper(receipt, 10, "3.00"), approve=True)
    owing.send_back(receipt, 4, resolution=Resolution.REPLACEMENT)
    match = match_of(owing, owing.receive(order, 4))
    cancel_clearing(owing.boss, clearing=match, day=MONDAY + 5 * DAY, reason="x", recorded_at=next(owing.moments))
    # the four that went back stand on the first receipt again, with what was billed for them
    note = owing.credit(CreditLine(owing.lines(receipt.id)[0].id, 4 * SCALE), day=MONDAY + 6 * DAY)
    assert owing.header(note.id).net == 1200
    owing.check()


def test_less_is_credited_than_went_back_in_two_notes(owing: Owing) -> None:
    _, receipt = received(owing, 3, "0.333333")
    owing.bill(receipts=[receipt.id])
    back = owing.send_back(receipt, 2)
    for state in ("partly_credited", "credited"):
        owing.credit(CreditLine(owing.lines(back.id)[0].id, SCALE, amount=30))
        assert owing.header(back.id).state == state
        owing.check()
    assert owing.balances() == {"1200": 33, "2000": -40, "5100": 7}
    assert owing.rows() == []


def test_a_credit_note_for_the_price_alone_follows_what_was_sold(owing: Owing) -> None:
    _, receipt = received(owing)
    owing.bill(receipts=[receipt.id])
    owing.issue(5)
    owing.credit(CreditLine(owing.lines(receipt.id)[0].id, amount=500))
    assert owing.balances() == {"1200": 1000, "2000": -2000, "5000": 1000}
    owing.check()


def test_a_return_without_a_receipt_is_credited(owing: Owing) -> None:
    _, receipt = received(owing)
    owing.bill(receipts=[receipt.id])
    back = owing.send_back(receipt, 2, free=True)
    [row] = owing.rows()
    assert (row.kind, row.open) == (GrniKind.RETURNED, -500)
    owing.credit(CreditLine(owing.lines(back.id)[0].id, amount=450))
    assert owing.balances() == {"1200": 2000, "2000": -2050, "5100": 50}
    assert owing.header(back.id).state == "credited"
    owing.check()


def test_goods_billed_that_never_came_are_credited(owing: Owing) -> None:
    _, receipt = received(owing)
    owing.bill(owing.paper(receipt, 12), approve=True)
    owing.credit(CreditLine(owing.lines(receipt.id)[0].id, 2 * SCALE), CreditLine(amount=50, description="Bonus"))
    assert owing.balances() == {"1200": 2500, "2000": -2450, "6900": -50}
    assert owing.rows() == []
    owing.check()
