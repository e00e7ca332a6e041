"""Amounts, units and values of the lines of a movement file, and lines that apply to others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.interfaces.books import balance, movements, total
from tests.interfaces.movement_file import issue, receipt, text

if TYPE_CHECKING:
    from everstock.interfaces.files.movements import Summary
    from everstock.masterdata.models import Company

# --- amounts


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        ({"quantity": "3", "unit_cost": "3.3333"}, "10.00"),
        ({"quantity": "1", "unit_cost": "0.005"}, "0.01"),
        ({"quantity": "3", "unit_cost": "9", "amount": "10.01"}, "10.01"),
        ({"quantity": "3", "unit_cost": "0"}, "0"),
        ({"quantity": "3", "amount": "100", "currency": "EUR", "rate": "1.08456"}, "108.46"),
        ({"quantity": "3", "unit_cost": "3.3333", "currency": "EUR", "rate": "1.25"}, "12.50"),
        ({"quantity": "3", "amount": "10000", "currency": "JPY", "rate": "0.0067"}, "67.00"),
        ({"quantity": "3", "unit_cost": "2", "currency": "usd", "rate": "1"}, "6"),
        ({"quantity": "0.000001", "unit_cost": "4"}, "0"),
    ],
)
def test_value_of_a_line(cells: dict[str, str], value: str, load: Callable[..., Summary], company: Company) -> None:
    load(text(receipt(**cells)))
    assert total(company)[1] == Decimal(value)


def test_the_rate_of_the_day_is_used_where_the_line_has_none(load: Callable[..., Summary], company: Company) -> None:
    from everstock.masterdata.actions import set_exchange_rate

    set_exchange_rate(company=company, currency_code="EUR", day=dt.date(2026, 1, 1), rate=1_100_000_000)
    set_exchange_rate(company=company, currency_code="EUR", day=dt.date(2026, 2, 1), rate=1_200_000_000)
    load(text(receipt(amount="10", currency="EUR"), receipt(amount="10", currency="EUR", date="2026-02-03")))
    assert total(company)[1] == 23
    assert [row[0]["rate"] for row in movements(company, "details::json")] == ["1.1", "1.2"]


def test_in_a_currency_without_minor_unit(make_company: Callable[..., Company], load: Callable[..., Summary]) -> None:
    yen = make_company("YEN", "JPY")
    load(text(receipt(quantity="3", unit_cost="33.5"), receipt(quantity="1", amount="7")), into=yen)
    assert total(yen) == (4, 108)


def test_selling_prices_in_a_foreign_currency(load: Callable[..., Summary], company: Company) -> None:
    load(text(receipt(), issue(unit_price="10", currency="EUR", rate="1.1"), issue(unit_price="0.123456")))
    assert [price for (price,) in movements(company, "unit_price")] == [None, 11_000_000, 123_456]


def test_cost_where_it_has_no_meaning_is_ignored_with_a_warning(load: Callable[..., Summary], company: Company) -> None:
    done = load(text(receipt(unit_price="9"), issue(unit_cost="9")))
    assert done.warnings == [
        "These values have no meaning there and were ignored: unit_cost on issue (1 lines), unit_price on receipt (1 lines)."
    ]
    assert total(company) == (9, 18)


# --- units


@pytest.fixture
def boxed(company: Company, write: Callable[..., Path]) -> None:
    from everstock.masterdata.imports import import_items

    path = write("sku,base_unit,units\nA,each,box=12;third=1/3\n", "items.csv")
    import_items(company, path, has_movements=lambda _: set())


def test_units_are_converted_to_the_base_unit(boxed: None, load: Callable[..., Summary], company: Company) -> None:
    load(
        text(
            receipt(quantity="2", uom="box", unit_cost="30"),
            issue(quantity="1", uom="box", unit_price="60"),
            issue(quantity="6", uom="third", unit_price="2"),
            issue(quantity="1", uom="each", unit_price="5"),
        )
    )
    assert total(company) == (9, Decimal("22.50"))
    assert movements(company, "quantity, unit_price, details::json") == [
        (24_000_000, None, {"uom": "box", "quantity": "2"}),
        (12_000_000, 5_000_000, {"uom": "box", "quantity": "1"}),
        (2_000_000, 6_000_000, {"uom": "third", "quantity": "6"}),
        (1_000_000, 5_000_000, None),
    ]


def test_a_unit_without_conversion_is_a_bad_line(boxed: None, problems: Callable[..., list[Any]]) -> None:
    found = problems(
        text(
            receipt(uom="pallet"),
            receipt(uom="third", quantity="1"),
            receipt(item="N", uom="kg"),
            receipt(item="N", uom="g"),
        )
    )
    assert [row[:3] for row in found] == [(2, "uom", "pallet"), (3, "quantity", "1"), (5, "uom", "g")]
    assert "everstock import items" in found[0][3]
    assert "cannot be converted exactly" in found[1][3]


# --- lines that apply to others


def test_a_return_takes_the_original_cost_with_a_link_and_the_current_one_without(
    load: Callable[..., Summary], company: Company
) -> None:
    load(
        text(
            receipt(),
            issue(quantity="10", reference="SALE"),
            receipt(date="2026-01-07", quantity="1", unit_cost="5"),
            {**issue(date="2026-01-08", kind="return_in", quantity="2"), "applies_to": "SALE"},
            issue(date="2026-01-09", kind="return_in", quantity="1"),
        )
    )
    values = dict(movements(company, "reference, quantity"))
    assert values["R5"] == 2_000_000
    # 1 at 5, 2 at their cost of 2, 1 at the current (5 + 4) / 3
    assert total(company) == (4, 12)


def test_a_line_may_stand_before_the_one_it_applies_to(load: Callable[..., Summary], company: Company) -> None:
    day = {"date": "2026-01-06"}
    load(
        text(
            {**issue(kind="return_in", **day), "applies_to": "SALE"},
            {**day, "kind": "landed_cost", "amount": "3", "applies_to": "PO"},
            issue(reference="SALE", quantity="4", **day),
            receipt(reference="PO", **day),
        )
    )
    assert total(company) == (7, Decimal("16.1"))


def test_value_only_lines_take_item_and_place_from_their_origin(load: Callable[..., Summary], company: Company) -> None:
    load(
        text(
            receipt(reference="PO", quantity="10", unit_cost="2"),
            issue(quantity="5"),
            {"date": "2026-01-10", "kind": "landed_cost", "amount": "4.00", "applies_to": "PO"},
            {"date": "2026-01-11", "kind": "cost_change", "unit_cost": "3", "applies_to": "PO"},
            {"date": "2026-01-12", "kind": "landed_cost", "amount": "-1.00", "applies_to": "PO"},
        )
    )
    assert total(company) == (5, Decimal("16.50"))
    assert balance(company, "5000") == Decimal("16.50")
    load(text({"date": "2026-01-13", "kind": "cost_change", "amount": "40", "applies_to": "PO", "reference": "CC2"}))
    assert total(company) == (5, Decimal("21.50"))


def test_write_down_and_revaluation_say_the_new_value_of_a_unit(load: Callable[..., Summary], company: Company) -> None:
    load(
        text(
            receipt(),
            receipt(kind="revaluation", unit_cost="2.5", date="2026-01-06"),
            receipt(kind="write_down", unit_cost="1", date="2026-01-07"),
        )
    )
    assert total(company) == (10, 10)
    assert balance(company, "1200") == 25
    assert balance(company, "1290") == -15


def test_counts_post_the_difference(load: Callable[..., Summary], company: Company) -> None:
    load(
        text(
            receipt(),
            receipt(kind="count", quantity="0", date="2026-01-06"),
            receipt(date="2026-01-07", kind="count", quantity="4"),
        )
    )
    assert total(company)[0] == 4
