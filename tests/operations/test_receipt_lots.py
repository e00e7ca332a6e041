"""Lots and serial numbers at the dock."""

from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.quantities import SCALE
from everstock.masterdata.models import Lot
from everstock.operations.documents.records import DocumentRef
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from tests.operations.buying import DAY, MONDAY
from tests.operations.receiving import TUESDAY, House, blind, cancel


def lots(house: House, *lines: ReceiptLine, **more: Any) -> DocumentRef:
    return house.take(*lines, **{"supplier": house.partners["SMITH"], "location": house.dock, **more})


def milk(house: House, lot: str | None, pieces: int = 1, **more: Any) -> ReceiptLine:
    return blind(house, pieces, "MILK", **{"lot": lot, "unit_price": SCALE, **more})


def pump(house: House, lot: str | None, pieces: int = 1, **more: Any) -> ReceiptLine:
    return blind(house, pieces, "PUMP", **{"lot": lot, "unit_price": SCALE, **more})


def test_lots_are_captured(house: House) -> None:
    made, until = MONDAY - DAY, TUESDAY
    receipt = lots(
        house,
        milk(house, "A", 2, unit=house.units["box"], expires_on=until, manufactured_on=made),
        milk(house, "B"),
        milk(house, "A", 3, expires_on=until, manufactured_on=made),
    )
    first, second, third = house.lines(receipt.id)
    found = {row.pk: (row.code, row.expires_on, row.manufactured_on) for row in Lot.objects.all()}
    assert found == {first.lot: ("A", until, made), second.lot: ("B", None, None)}
    assert third.lot == first.lot
    assert house.stock("MILK") == 28
    # what was not known then is learned, what was known stays
    lots(house, milk(house, "B", expires_on=until + DAY), milk(house, "A"))
    assert {row.code: row.expires_on for row in Lot.objects.all()} == {"A": until, "B": until + DAY}
    house.assert_lawful()


def test_a_serial_number_is_in_stock_once(house: House) -> None:
    first = lots(house, pump(house, "1"), pump(house, "2"))
    house.assert_refused("serial.in_stock", "Serial number 2 of item PUMP", lambda: lots(house, pump(house, "2")))
    cancel(house, first)
    lots(house, pump(house, "2"))
    assert house.stock("PUMP") == 1
    house.assert_lawful()


def test_goods_that_were_rejected_need_no_lot(house: House) -> None:
    receipt = lots(house, milk(house, None, 0, rejected=SCALE), pump(house, None, 0, rejected=3 * SCALE))
    assert [line.lot for line in house.lines(receipt.id)] == [None, None]
    assert not Lot.objects.exists()


LOT_REFUSALS: list[tuple[str, Callable[[House], list[ReceiptLine]], str]] = [
    ("lot.missing", lambda h: [milk(h, None)], "MILK is tracked by lot"),
    ("lot.missing", lambda h: [pump(h, None)], "PUMP is tracked by serial"),
    ("lot.not_tracked", lambda h: [blind(h, lot="A")], "BOLT is not tracked"),
    ("serial.quantity", lambda h: [pump(h, "1", 2)], "one piece, not 2"),
    ("serial.twice", lambda h: [pump(h, "1"), pump(h, "1")], "comes twice"),
    ("code.invalid", lambda h: [milk(h, " A")], "begins or ends with a space"),
    ("code.invalid", lambda h: [milk(h, "")], "is empty"),
    ("lot.expired", lambda h: [milk(h, "A", expires_on=MONDAY)], "expired on 2026-03-02"),
    ("lot.expired", lambda h: [milk(h, "OLD")], "Lot OLD of item MILK expired on 2026-03-02"),
    ("lot.other_days", lambda h: [milk(h, "OLD", expires_on=TUESDAY)], "known with other days"),
    ("lot.other_days", lambda h: [milk(h, "OLD", manufactured_on=TUESDAY)], "known with other days"),
    ("lot.other_days", lambda h: [milk(h, "A", expires_on=TUESDAY), milk(h, "A")], "known with other days"),
    ("lot.days", lambda h: [milk(h, "A", manufactured_on=TUESDAY + DAY)], "made on 2026-03-04"),
    ("lot.days", lambda h: [milk(h, "A", manufactured_on=TUESDAY, expires_on=MONDAY)], "made on 2026-03-03"),
]  # fmt: skip


@pytest.mark.parametrize("code, lines, words", LOT_REFUSALS)
def test_refused_lots(house: House, code: str, lines: Callable[[House], list[ReceiptLine]], words: str) -> None:
    Lot.objects.create(item_id=house.items["MILK"], code="OLD", expires_on=MONDAY, manufactured_on=MONDAY - 90 * DAY)
    house.assert_refused(code, words, lambda: lots(house, *lines(house)))
