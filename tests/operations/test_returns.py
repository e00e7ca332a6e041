"""Supplier returns: goods that go back, at the receipt's value or at current cost, and what is expected for them."""

from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.quantities import LIMIT, SCALE
from everstock.masterdata import actions
from everstock.operations.documents import queries
from everstock.operations.documents.records import DocumentRef, Update
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.documents.states import State
from everstock.operations.documents.write import write
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.orders import close_order
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import cancel_receipt, receive_dispatched
from everstock.operations.purchasing.returns import ReturnLine, cancel_return, return_goods
from everstock.operations.warehouse.incoming import incoming
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.receiving import TUESDAY, House, at

P = Permission
LATER = TUESDAY + DAY


def received(house: House, pieces: int = 10, order: DocumentRef | None = None, **more: Any) -> DocumentRef:
    """So many bolts of an order of 10 at 2.50."""
    order = order or house.sent()
    return house.take(ReceiptLine(pieces * SCALE, order=order.id, line=1), **more)


def of(receipt: DocumentRef, pieces: float, line: int = 1, **more: Any) -> ReturnLine:
    return ReturnLine(round(pieces * SCALE), receipt=receipt.id, line=line, **more)


def send_back(house: House, *lines: ReturnLine, resolution: Resolution = Resolution.CREDIT, **more: Any) -> DocumentRef:
    given: dict[str, Any] = {"actor": house.boss, "day": LATER, "recorded_at": NOW, **more}
    return return_goods(lines=lines, resolution=resolution, **given)


def cancel(house: House, returned: DocumentRef, **changes: Any) -> DocumentRef:
    given: dict[str, Any] = {
        "actor": house.boss,
        "supplier_return": returned.id,
        "reason": "stays here",
        "recorded_at": NOW,
    }
    return cancel_return(**{**given, **changes})


def test_a_return_says_what_went_back(house: House) -> None:
    order = house.sent(house.line(10, "2.5", discount=100_000, tax_code=house.taxes["VAT"]))
    receipt = received(house, order=order)
    returned = send_back(house, of(receipt, 3, reason="rusty"), reference="RMA 7")
    assert returned == (returned.id, "SR-2026-000001", "posted")
    header, [line] = house.header(returned.id), house.lines(returned.id)
    assert (header.partner, header.day, header.reference, header.details) == (
        *(house.partners["SMITH"], LATER, "RMA 7"),
        {"resolution": "credit"},
    )
    assert (header.net, header.tax, header.gross, header.posted_at) == (675, 135, 810, NOW)
    assert (line.location, line.base_quantity, line.unit_price, line.discount) == (
        *(house.dock, 3 * SCALE),
        *(2_500_000, 100_000),
    )
    assert (line.ledger_reference, line.details) == (f"SR/{returned.id}/1", {"reason": "rusty"})
    [from_] = house.lines(receipt.id)
    assert (line.source, from_.returned) == (from_.id, 3 * SCALE)
    assert house.progress_of(order) == ("received", [(10, 0, 0)])
    assert (house.stock(), house.balances("1200", "2100", "1400")) == (7, (1575, -1575, 0))
    chain = [row.number for row in queries.chain(house.company.pk, returned.id)]
    assert chain == ["PO-2026-000001", "GR-2026-000001"]
    [said] = AuditEvent.objects.filter(subject=returned.number)
    assert (said.action, said.after) == (
        "supplier_return.post",
        {"state": "posted", "lines": 1, "resolution": "credit"},
    )
    house.assert_lawful()


def test_with_a_receipt_it_takes_the_receipts_value(house: House) -> None:
    cheap = received(house, order=house.sent(house.line(10, "1")))
    dear = received(house, order=house.sent(house.line(10, "4")))
    send_back(house, of(dear, 2))
    assert house.balances("1200", "2100", "5100") == (4200, -4200, 0)
    send_back(
        house, ReturnLine(2 * SCALE, item=house.items["BOLT"]), supplier=house.partners["SMITH"], location=house.dock
    )
    # the oldest leave first
    assert house.balances("1200", "2100", "5100") == (4000, -4000, 0)
    send_back(house, of(cheap, 10))
    # of the cheap ones only eight are left: two dear ones go instead, and the supplier owes what the cheap ones had cost
    assert house.balances("1200", "2100", "5100") == (2400, -3000, 600)
    house.assert_lawful()


def test_in_pieces_what_came_in_boxes(house: House) -> None:
    order = house.sent(house.line(2, "250", unit=house.units["box"]))
    receipt = received(house, 2, order)
    returned = send_back(house, of(receipt, 30, unit=house.units["each"]), of(receipt, 1))
    pieces, box = house.lines(returned.id)
    assert (pieces.base_quantity, pieces.unit_price, pieces.net) == (30 * SCALE, 2_500_000, 7_500)
    assert (box.base_quantity, box.unit_price, box.net) == (100 * SCALE, 250 * SCALE, 25_000)
    assert (house.stock(), house.balances("1200", "2100")) == (70, (17_500, -17_500))
    house.assert_lawful()


def test_a_replacement_is_expected_of_the_order(house: House) -> None:
    order = house.sent()
    receipt = received(house, order=order)
    returned = send_back(house, of(receipt, 3), of(receipt, 1), resolution=Resolution.REPLACEMENT)
    assert house.progress_of(order) == ("partly_received", [(6, 0, 0)])
    assert [row.quantity for row in incoming(house.company.pk)] == [4 * SCALE]
    received(house, 4, order, actor=house.actor(P.RECEIPT_POST))
    assert house.progress_of(order) == ("received", [(10, 0, 0)])
    assert house.balances("1200", "2100") == (2500, -2500)
    cancel(house, returned)
    assert house.progress_of(order) == ("received", [(14, 0, 0)])
    house.assert_lawful()


def test_a_cancelled_return_leaves_no_trace_in_stock_and_books(house: House) -> None:
    order = house.sent()
    receipt = received(house, order=order)
    returned = send_back(house, of(receipt, 3), resolution=Resolution.REPLACEMENT)
    assert cancel(house, returned) == (returned.id, returned.number, "cancelled")
    assert house.progress_of(order) == ("received", [(10, 0, 0)])
    assert (house.lines(receipt.id)[0].returned, house.stock()) == (0, 10)
    assert house.balances("1200", "2100") == (2500, -2500)
    cancel_receipt(house.boss, receipt=receipt.id, reason="all wrong", recorded_at=NOW)
    assert house.balances("1200", "2100") == (0, 0)
    house.assert_lawful()


def test_in_the_currency_of_the_receipt(house: House) -> None:
    receipt = received(house, order=house.sent(house.line(10, "3"), supplier="EURO"))
    actions.set_exchange_rate(company=house.company, currency_code="EUR", day=LATER, rate=2_000_000_000)
    returned = send_back(house, of(receipt, 4))
    header = house.header(returned.id)
    assert (header.currency, header.rate, header.net) == ("EUR", 2_000_000_000, 1200)
    # the goods leave at what they came in at: 12.00 EUR at 1.20
    assert house.balances("1200", "2100") == (3600 - 1440, -3600 + 1440)
    house.assert_lawful()


def test_lots_and_serial_numbers_go_back(house: House) -> None:
    lines = [
        ReceiptLine(5 * SCALE, item=house.items["MILK"], lot="A", unit_price=SCALE),
        ReceiptLine(5 * SCALE, item=house.items["MILK"], lot="B", unit_price=SCALE),
        ReceiptLine(SCALE, item=house.items["PUMP"], lot="1", unit_price=9 * SCALE),
    ]
    receipt = house.take(*lines, supplier=house.partners["SMITH"], location=house.quality)
    of_receipt = house.lines(receipt.id)
    returned = send_back(
        house, of(receipt, 2, line=2), of(receipt, 1, line=1, lot="A"), of(receipt, 1, line=3), location=house.quality
    )
    assert [line.lot for line in house.lines(returned.id)] == [of_receipt[1].lot, of_receipt[0].lot, of_receipt[2].lot]
    free = ReturnLine(SCALE, item=house.items["MILK"], lot="B", unit_price=SCALE // 2)
    again = send_back(house, free, supplier=house.partners["SMITH"], location=house.quality)
    assert (house.lines(again.id)[0].lot, house.header(again.id).net) == (of_receipt[1].lot, 50)
    assert (house.stock("MILK"), house.stock("PUMP")) == (6, 0)
    house.assert_lawful()


def test_goods_go_back_before_they_arrived(house: House) -> None:
    order = house.sent(terms={"incoterm": "FOB"})
    line = ReceiptLine(10 * SCALE, order=order.id, line=1)
    receipt = receive_dispatched(house.boss, lines=[line], day=TUESDAY, recorded_at=NOW, location=house.road)
    send_back(house, of(receipt, 4))
    assert house.balances("1200", "1240", "2100") == (0, 1500, -1500)
    house.assert_lawful()


def test_the_moment_and_the_key(house: House) -> None:
    receipt = received(house, effective_at=at(TUESDAY, 8))
    first = send_back(house, of(receipt, 4), day=TUESDAY, effective_at=at(TUESDAY, 9), key="k")
    assert send_back(house, of(receipt, 4), day=TUESDAY, effective_at=at(TUESDAY, 9), key="k") == first
    house.assert_refused(
        "request.other_content", "another request", lambda: send_back(house, of(receipt, 4), day=TUESDAY, key="k")
    )
    house.assert_refused(
        "return.before_origin",
        "dated before",
        lambda: send_back(house, of(receipt, 1), day=TUESDAY, effective_at=at(TUESDAY, 7)),
    )


def test_a_receipt_that_is_invoiced_can_be_returned(house: House) -> None:
    receipt = received(house)
    write(house.company.pk, updates=[Update(receipt.id, state=State.INVOICED.value)])
    assert send_back(house, of(receipt, 10)).state == "posted"
    assert house.stock() == 0


def test_in_a_locked_period(house: House) -> None:
    receipt = received(house)
    actions.lock_periods(company=house.company, through=LATER)
    send_back(house, of(receipt, 4))
    assert house.balances("1200", as_of=LATER) == (2500,)
    assert house.balances("1200", as_of=LATER + DAY) == (1500,)
    house.assert_lawful()


Act = Callable[[House, DocumentRef], Any]


def _line(change: Callable[[House], dict[str, Any]] | None = None, **more: Any) -> Act:
    """Return one line: 2 bolts of the receipt, but for what is changed."""

    def act(house: House, receipt: DocumentRef) -> DocumentRef:
        given = {"quantity": 2 * SCALE, "receipt": receipt.id, "line": 1, **more, **(change(house) if change else {})}
        return send_back(house, ReturnLine(**given))

    return act


def _free(item: str = "BOLT", *, place: str = "dock", **more: Any) -> Act:
    def act(house: House, _: DocumentRef) -> DocumentRef:
        line = ReturnLine(SCALE, item=house.items[item], location=getattr(house, place), **more)
        return send_back(house, line, supplier=house.partners["SMITH"])

    return act


REFUSED: list[tuple[str, Act, str]] = [
    ("permission.missing", lambda h, r: send_back(h, of(r, 1), actor=h.actor(P.RECEIPT_POST)), "Ann may not return goods to suppliers"),
    ("document.no_lines", lambda h, r: send_back(h, supplier=h.partners["SMITH"]), "Nothing is returned"),
    ("document.unknown", _line(receipt=10**9), "no such goods receipt"),
    ("return.no_supplier", lambda h, r: send_back(h, ReturnLine(SCALE, item=h.items["BOLT"])), "neither a receipt nor a supplier"),
    ("return.no_item", lambda h, r: send_back(h, ReturnLine(SCALE), supplier=h.partners["SMITH"]), "neither a line of a receipt nor an item"),
    ("return.line_unknown", _line(line=7), "names no goods of GR-2026-000001"),
    ("return.line_unknown", _line(line=2), "names no goods of GR-2026-000001"),
    ("return.other_item", _line(lambda h: {"item": h.items["NUT"]}), "another item than line 1"),
    ("return.other_lot", _line(line=3, lot="B"), "lot B did not come with that line"),
    ("return.priced", _line(unit_price=SCALE), "names a price"),
    ("return.exceeds", _line(quantity=10_000_001), "10 can be returned, and 10.000001 would be"),
    ("return.exceeds", lambda h, r: send_back(h, of(r, 6), of(r, 5)), "10 can be returned, and 11 would be"),
    ("quantity.not_positive", _line(quantity=0), "not above zero"),
    ("quantity.too_large", _line(quantity=LIMIT), "too large"),
    ("quantity.not_exact", _line(lambda h: {"unit": h.units["third"]}), "cannot be converted exactly"),
    ("unit.no_conversion", _line(lambda h: {"unit": h.units["pair"]}), "BOLT has no conversion"),
    ("location.unknown", _line(location=10**8), "unknown location"),
    ("location.holds_no_stock", _line(lambda h: {"location": h.loss}), "of kind loss"),
    ("location.missing", lambda h, r: send_back(h, ReturnLine(SCALE, item=h.items["BOLT"]), supplier=h.partners["SMITH"]), "does not say where"),
    ("stock.short", _line(lambda h: {"location": h.bin}), "There are 0 of item BOLT at BIN"),
    ("lot.not_tracked", _line(lot="A"), "BOLT is not tracked"),
    ("lot.unknown", _line(line=3, lot="Z"), "no lot Z of item MILK"),
    ("lot.unknown", _free("MILK", lot="Z"), "no lot Z of item MILK"),
    ("lot.missing", _free("MILK"), "MILK is tracked by lot"),
    ("lot.missing", _free("PUMP"), "PUMP is tracked by serial"),
    ("serial.quantity", lambda h, r: send_back(h, ReturnLine(2 * SCALE, item=h.items["PUMP"], lot="1", location=h.dock), supplier=h.partners["SMITH"]), "one piece, not 2"),
    ("price.negative", _free(unit_price=-1), "is negative"),
    ("item.unknown", lambda h, r: send_back(h, ReturnLine(SCALE, item=10**8), supplier=h.partners["SMITH"], location=h.dock), "unknown item"),
    ("text.invalid", _line(reason="x" * 2001), "reason of line 1 is longer"),
    ("text.invalid", lambda h, r: send_back(h, of(r, 1), reference="x" * 201), "reference is longer"),
    ("moment.other_day", lambda h, r: send_back(h, of(r, 1), effective_at=at(MONDAY)), "not on 2026-03-04"),
    ("receipt.other_supplier", lambda h, r: send_back(h, of(r, 1), supplier=h.partners["EURO"], currency="USD"), "came from another supplier"),
    ("receipt.other_currency", lambda h, r: send_back(h, of(r, 1), currency="EUR"), "is in USD, and the return in EUR"),
]  # fmt: skip


@pytest.mark.parametrize("code, act, words", REFUSED)
def test_refused_returns(house: House, code: str, act: Act, words: str) -> None:
    order = house.sent()
    receipt = house.take(
        ReceiptLine(10 * SCALE, order=order.id, line=1),
        ReceiptLine(0, item=house.items["NUT"], rejected=SCALE, location=house.dock),
        ReceiptLine(SCALE, item=house.items["MILK"], lot="A", location=house.dock),
        ReceiptLine(SCALE, item=house.items["MILK"], lot="B", location=house.dock),
    )
    house.assert_refused(code, words, lambda: act(house, receipt))


def test_a_cancelled_receipt_cannot_be_returned(house: House) -> None:
    receipt = received(house)
    cancel_receipt(house.boss, receipt=receipt.id, reason="wrong", recorded_at=NOW)
    house.assert_refused("document.wrong_state", "is cancelled", lambda: send_back(house, of(receipt, 1)))


def test_a_closed_order_expects_no_replacement(house: House) -> None:
    order = house.sent()
    receipt = received(house, order=order)
    close_order(house.boss, order=order.id, reason="enough", recorded_at=NOW)
    house.assert_refused(
        "return.order_closed",
        f"{order.number} is closed",
        lambda: send_back(house, of(receipt, 1), resolution=Resolution.REPLACEMENT),
    )
    send_back(house, of(receipt, 1), resolution=Resolution.NOTHING)
    assert house.progress_of(order) == ("closed", [(10, 0, 0)])


CANCEL_REFUSALS: list[tuple[str, Callable[[House, DocumentRef], object], dict[str, Any], str]] = [
    ("document.wrong_state", cancel, {}, "is cancelled and cannot be cancelled"),
    (
        "document.wrong_state",
        lambda h, r: write(h.company.pk, updates=[Update(r.id, state=State.CREDITED.value)]),
        {},
        "is credited and cannot be cancelled",
    ),
    ("reason.missing", lambda h, r: None, {"reason": ""}, "no reason"),
    ("document.unknown", lambda h, r: None, {"supplier_return": 10**9}, "no such supplier return"),
]


@pytest.mark.parametrize("code, before, change, words", CANCEL_REFUSALS)
def test_refused_cancellations(
    house: House, code: str, before: Callable[[House, DocumentRef], object], change: dict[str, Any], words: str
) -> None:
    returned = send_back(house, of(received(house), 2))
    before(house, returned)
    house.assert_refused(code, words, lambda: cancel(house, returned, **change))
    worker = house.actor(P.RECEIPT_POST)
    house.assert_refused("permission.missing", "may not return goods", lambda: cancel(house, returned, actor=worker))
