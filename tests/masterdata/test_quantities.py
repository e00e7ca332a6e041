from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everstock.core.quantities import (
    LIMIT,
    format_money,
    format_quantity,
    line_value,
    parse_money,
    parse_quantity,
    parse_scaled,
    parse_unit_price,
    round_half_up,
)
from everstock.core.units import convert

amounts = st.integers(0, LIMIT - 1)


@given(amounts)
def test_quantity_round_trip(quantity: int) -> None:
    text = format_quantity(quantity)
    assert parse_quantity(text) == quantity
    assert parse_unit_price(text) == quantity
    assert Decimal(text).scaleb(6) == quantity
    assert "." not in text or text[-1] in "123456789"


@given(amounts, st.integers(0, 4), st.booleans())
def test_money_round_trip(amount: int, digits: int, negative: bool) -> None:
    amount = -amount if negative else amount
    text = format_money(amount, digits)
    assert parse_money(text, digits, signed=True) == amount
    assert Decimal(text).scaleb(digits) == amount


@given(st.decimals(0, 10**12, places=6, allow_nan=False).filter(lambda number: number < 10**12))
def test_quantity_agrees_with_decimal(number: Decimal) -> None:
    assert parse_quantity(format(number, "f")) == int(number.scaleb(6))


@given(st.text(max_size=25))
def test_any_text_is_a_number_or_a_short_reason(text: str) -> None:
    for parse in (parse_quantity, partial(parse_money, digits=2, signed=True), partial(parse_scaled, decimals=9)):
        reason = ""
        number = 0
        try:
            number = parse(text)
        except ValueError as error:
            reason = str(error)
        assert abs(number) < LIMIT
        assert len(reason) < 60


@pytest.mark.parametrize(
    "text, expected",
    [
        ("0", 0),
        ("12", 12_000_000),
        ("0.000001", 1),
        (".5", 500_000),
        ("5.", 5_000_000),
        (" 7 ", 7_000_000),
        ("007", 7_000_000),
        ("1.0000000000", 1_000_000),
        ("999999999999.999999", LIMIT - 1),
        ("0" * 40 + "1", 1_000_000),
    ],
)
def test_quantity(text: str, expected: int) -> None:
    assert parse_quantity(text) == expected


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("-1", "must not have a sign"),
        ("+1", "must not have a sign"),
        ("1.2345678", "has more than 6 decimals"),
        ("1000000000000", "is too large"),
        ("9" * 5000, "is too large"),
        *((text, "is not a plain decimal number such as 1234.5") for text in (
            ".", "1e5", "1E-3", "NaN", "inf", "1,5", "1_000", "1 000", "1.2.3", "٣", "²", "½", "0x10", "1-", "$5",
        )),
    ],
)  # fmt: skip
def test_quantity_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        parse_quantity(text)


@pytest.mark.parametrize(
    "text, digits, expected",
    [("12.34", 2, 1234), ("12.3400", 2, 1234), ("12", 2, 1200), ("12", 0, 12), ("12.00", 0, 12), ("0.005", 3, 5)],
)
def test_money(text: str, digits: int, expected: int) -> None:
    assert parse_money(text, digits) == expected


@pytest.mark.parametrize(
    "parse, text, reason",
    [
        (partial(parse_money, digits=2), "1.005", "has more than 2 decimals"),
        (partial(parse_money, digits=0), "1.5", "must be a whole number"),
        (partial(parse_money, digits=2), "-1", "must not have a sign"),
        (partial(parse_money, digits=2, signed=True), "--1", "must not have a sign"),
        (partial(parse_money, digits=2), "1" + "0" * 16, "is too large"),
        (partial(parse_unit_price), "0.1234567", "has more than 6 decimals"),
        (partial(parse_scaled, decimals=9), "1.0000000001", "has more than 9 decimals"),
    ],
)
def test_money_refused(parse: Callable[[str], int], text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        parse(text)


@pytest.mark.parametrize(
    "quantity, text", [(0, "0"), (-1, "-0.000001"), (-1_500_000, "-1.5"), (10_000_000, "10"), (1_100_000, "1.1")]
)
def test_format_quantity(quantity: int, text: str) -> None:
    assert format_quantity(quantity) == text


@pytest.mark.parametrize(
    "amount, digits, text", [(0, 2, "0.00"), (-5, 2, "-0.05"), (1234, 0, "1234"), (-1234, 0, "-1234"), (7, 3, "0.007")]
)
def test_format_money(amount: int, digits: int, text: str) -> None:
    assert format_money(amount, digits) == text


@given(st.integers(-LIMIT, LIMIT), st.integers(1, LIMIT))
def test_rounding_is_half_up(numerator: int, denominator: int) -> None:
    # the nearest integer, and of two as near the upper one
    result = round_half_up(numerator, denominator)
    assert 2 * numerator - denominator < 2 * result * denominator <= 2 * numerator + denominator


@given(amounts, amounts, st.sampled_from([1, 100, 1000]))
def test_line_value_agrees_with_decimal(quantity: int, unit_price: int, minor_per_major: int) -> None:
    exact = quantity * unit_price * minor_per_major
    assert line_value(quantity, unit_price, minor_per_major) == round_half_up(exact, 10**12)
    if exact < 10**26:
        number = Decimal(exact).scaleb(-12) + Decimal("0.5")
        assert line_value(quantity, unit_price, minor_per_major) == int(number.to_integral_value(ROUND_FLOOR))


@given(st.integers(0, 10**9), st.integers(1, 1000), st.integers(1, 1000))
def test_conversion_is_exact_or_refused(quantity: int, numerator: int, denominator: int) -> None:
    try:
        assert convert(quantity, numerator, denominator) * denominator == quantity * numerator
    except ValueError:
        assert quantity * numerator % denominator


def test_conversion() -> None:
    assert convert(2_000_000, 12, 1) == 24_000_000
    assert convert(3_000_000, 1, 3) == 1_000_000
    with pytest.raises(ValueError, match="cannot be converted exactly at 1/3"):
        convert(1_000_000, 1, 3)
