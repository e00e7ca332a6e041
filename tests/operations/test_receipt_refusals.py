"""Every refusal of a receipt, after which nothing has changed."""

from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.quantities import LIMIT, SCALE
from everstock.masterdata.models import Item
from everstock.operations.documents import queries
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef, Update
from everstock.operations.documents.states import State
from everstock.operations.documents.write import write
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.orders import create_blanket_order
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import receive_dispatched
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.receiving import TUESDAY, WORKER, House, at, blind, come, dispatched

P = Permission

Act = Callable[[House, DocumentRef], Any]


def _line(change: Callable[[House, DocumentRef], dict[str, Any]] | None = None, **more: Any) -> Act:
    """Receive one line: 4 bolts of the order, but for what is changed."""

    def act(house: House, order: DocumentRef) -> DocumentRef:
        given = {
            "quantity": 4 * SCALE,
            "order": order.id,
            "line": 1,
            **more,
            **(change(house, order) if change else {}),
        }
        return house.take(ReceiptLine(**given))

    return act


def _take(change: Callable[[House, DocumentRef], dict[str, Any]] | None = None, **more: Any) -> Act:
    """Receive 4 bolts of the order, but for what is changed of the receipt."""
    return lambda house, order: house.take(come(order, 4), **more, **(change(house, order) if change else {}))


def _blind(change: Callable[[House], dict[str, Any]] | None = None, **more: Any) -> Act:
    """Receive a bolt without an order."""

    def act(house: House, _: DocumentRef) -> DocumentRef:
        line = blind(house, **more, **(change(house) if change else {}))
        return house.take(line, supplier=house.partners["SMITH"], location=house.dock)

    return act


REFUSED: list[tuple[str, Act, str]] = [
    ("permission.missing", lambda h, o: h.take(come(o, 4), actor=h.actor(P.PURCHASE_ORDER_CREATE)), "Ann may not receive goods"),
    ("document.no_lines", lambda h, o: h.take(supplier=h.partners["SMITH"]), "has no lines"),
    ("document.unknown", _line(order=10**9), "no such purchase order"),
    ("receipt.other_supplier", _take(lambda h, o: {"supplier": h.partners["EURO"], "currency": "USD"}), "is an order to another supplier"),
    ("receipt.other_currency", _take(currency="EUR"), "is in USD, and the receipt in EUR"),
    ("receipt.before_order", _take(day=MONDAY - DAY), "cannot have come on 2026-03-01"),
    ("receipt.no_supplier", lambda h, o: h.take(blind(h), location=h.dock), "neither an order nor a supplier"),
    ("receipt.line_unknown", _line(line=9), "Line 1 names no line of PO-2026-000001"),
    ("receipt.line_unknown", _line(line=None), "Line 1 names no line of PO-2026-000001"),
    ("receipt.not_goods", _line(line=2), "line 2 of PO-2026-000001 is no item"),
    ("receipt.other_item", _line(lambda h, o: {"item": h.items["NUT"]}), "another item than line 1"),
    ("receipt.priced_by_order", _line(unit_price=SCALE), "names a price"),
    ("receipt.priced_by_order", _line(discount=1), "names a price"),
    ("receipt.priced_by_order", _line(lambda h, o: {"tax_code": h.taxes["VAT"]}), "names a price"),
    ("receipt.nothing_came", _line(quantity=0, rejected=SCALE, final=True), "Nothing came of line 1"),
    ("receipt.wrong_place", _line(lambda h, o: {"location": h.loss}), "of kind loss"),
    ("receipt.wrong_place", _take(lambda h, o: {"location": h.road}), "of kind transit"),
    ("location.unknown", _line(location=10**8), "unknown or inactive location"),
    ("location.unknown", _take(lambda h, o: {"location": h.gone}), "unknown or inactive location"),
    ("location.missing", lambda h, o: h.take(blind(h), supplier=h.partners["SMITH"]), "does not say where"),
    ("unit.no_conversion", _line(lambda h, o: {"unit": h.units["pair"]}), "BOLT has no conversion"),
    ("quantity.not_exact", _line(lambda h, o: {"unit": h.units["third"]}), "cannot be converted exactly"),
    ("quantity.not_exact", _line(lambda h, o: {"unit": h.units["third"], "quantity": 3 * SCALE, "rejected": SCALE}), "cannot be converted exactly"),
    ("quantity.not_positive", _line(quantity=0), "not above zero"),
    ("quantity.not_positive", _line(quantity=-SCALE), "not above zero"),
    ("quantity.not_positive", _line(rejected=-SCALE), "not above zero"),
    ("quantity.too_large", _line(quantity=LIMIT), "too large"),
    ("quantity.too_large", _line(lambda h, o: {"quantity": LIMIT // 10, "unit": h.units["box"]}), "too large"),
    ("text.invalid", _line(rejected=SCALE, reason="x" * 2001), "reason of line 1 is longer"),
    ("text.invalid", _take(reference="x" * 201), "reference is longer"),
    ("moment.other_day", _take(effective_at=at(MONDAY)), "not on 2026-03-03"),
    ("request.key", _take(key=""), "empty or too long"),
    ("receipt.no_item", lambda h, o: h.take(ReceiptLine(SCALE), supplier=h.partners["SMITH"], location=h.dock), "neither a line of an order nor an item"),
    ("item.unknown", lambda h, o: h.take(ReceiptLine(SCALE, item=10**8), supplier=h.partners["SMITH"], location=h.dock), "unknown item"),
    ("item.inactive", _blind(item="OLD"), "OLD is inactive"),
    ("tax.unknown", _blind(tax_code=10**8), "unknown tax code"),
    ("price.negative", _blind(unit_price=-1), "is negative"),
    ("discount.invalid", _blind(unit_price=SCALE, discount=1_000_001), "not between 0 and 100"),
    ("document.too_large", _blind(pieces=10**9, unit_price=LIMIT - 1), "too large"),
    ("supplier.unknown", lambda h, o: h.take(blind(h), supplier=10**8, location=h.dock), "no such supplier"),
    ("supplier.not_one", lambda h, o: h.take(blind(h), supplier=h.partners["JONES"], location=h.dock), "JONES is not a supplier"),
    ("currency.unknown", lambda h, o: h.take(blind(h), supplier=h.partners["SMITH"], location=h.dock, currency="XYZ"), "not a known currency"),
    ("rate.missing", lambda h, o: h.take(blind(h), supplier=h.partners["YEN"], location=h.dock), "no exchange rate for JPY"),
    ("receipt.not_owned_yet", lambda h, o: receive_dispatched(h.boss, lines=[blind(h)], day=TUESDAY, recorded_at=NOW, location=h.road), "Goods without an order"),
]  # fmt: skip


@pytest.mark.parametrize("code, act, words", REFUSED)
def test_refused_receipts(house: House, code: str, act: Act, words: str) -> None:
    order = house.sent(house.line(10, "2.5"), OrderLine(SCALE, unit_price=SCALE, description="Freight"))
    house.assert_refused(code, words, lambda: act(house, order))


TOGETHER: list[tuple[str, Callable[[House], DocumentRef], str]] = [
    ("receipt.other_supplier", lambda h: h.sent(supplier="EURO", currency="USD"), "is an order to another supplier"),
    ("receipt.other_currency", lambda h: h.sent(currency="EUR"), "is in EUR, and the receipt in USD"),
    ("document.wrong_state", lambda h: h.order(), "is requested and cannot be received"),
    ("document.unknown", lambda h: House().sent(), "no such purchase order"),
    ("receipt.over_tolerance", lambda h: h.sent(h.line(3, "1")), "3 were ordered and 4 would be received"),
]


@pytest.mark.parametrize("code, other, words", TOGETHER)
def test_orders_that_cannot_be_received_together(
    house: House, code: str, other: Callable[[House], DocumentRef], words: str
) -> None:
    both = house.sent(), other(house)
    worker = house.actor(*WORKER)
    house.assert_refused(code, words, lambda: house.take(*(come(order, 4) for order in both), actor=worker))


def test_goods_in_transit_are_in_transit(house: House) -> None:
    order = house.sent(terms={"incoterm": "FOB"})
    house.assert_refused(
        "receipt.wrong_place", "of kind internal", lambda: dispatched(house, order, location=house.dock)
    )


@pytest.mark.parametrize(
    "state, possible",
    [
        (State.REQUESTED, False),
        (State.APPROVED, False),
        (State.SENT, True),
        (State.PARTLY_RECEIVED, True),
        (State.RECEIVED, True),
        (State.INVOICED, True),
        (State.CLOSED, False),
        (State.CANCELLED, False),
    ],
)
def test_in_which_states_goods_are_received(house: House, state: State, possible: bool) -> None:
    order = house.sent()
    write(house.company.pk, updates=[Update(order.id, state=state.value)])
    if possible:
        house.take(come(order, 4))
        assert house.progress_of(order) == ("partly_received", [(4, 0, 0)])
    else:
        house.assert_refused("document.wrong_state", "cannot be received", lambda: house.take(come(order, 4)))


def test_nothing_is_received_against_a_blanket_order(house: House) -> None:
    made = create_blanket_order(
        house.boss,
        supplier=house.partners["SMITH"],
        lines=[house.line(100, "2")],
        day=MONDAY,
        valid_until=MONDAY,
        location=house.dock,
        recorded_at=NOW,
    )
    house.assert_refused("document.unknown", "no such purchase order", lambda: house.take(come(made, 4)))


def test_an_item_that_became_inactive_may_still_come(house: House) -> None:
    order = house.sent()
    Item.objects.filter(pk=house.items["BOLT"]).update(active=False)
    house.take(come(order, 10))
    assert house.stock() == 10


def test_numbers_have_no_gaps_after_refusals(house: House) -> None:
    order = house.sent()
    house.assert_refused("location.unknown", "unknown", lambda: house.take(come(order, 1), location=house.gone))
    assert house.take(come(order, 1)).number == "GR-2026-000001"
    assert not queries.number_gaps(house.company.pk)
    assert [row.kind for row in queries.documents(house.company.pk, [DocumentKind.GOODS_RECEIPT])] == ["goods_receipt"]
