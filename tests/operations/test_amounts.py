"""Amounts of documents: net, and in the company's currency."""

import pytest

from everstock.operations.documents.amounts import in_company_currency, net_amount


@pytest.mark.parametrize(
    "quantity, price, discount, minor, expected",
    [
        (3_000_000, 333_333, 0, 100, 100),
        (1_500_000, 1_000_000, 0, 1, 2),
        (1_000_000, 10_000_000, 125_000, 100, 875),
        (1_000_000, 10_050_000, 500_000, 100, 503),
        (5_000_000, None, 0, 100, 0),
        (5_000_000, 0, 0, 100, 0),
        (1, 1, 0, 100, 0),
    ],
)
def test_net_amount(quantity: int, price: int | None, discount: int, minor: int, expected: int) -> None:
    assert net_amount(quantity, price, discount, minor) == expected


@pytest.mark.parametrize(
    "amount, currency, rate, own, expected",
    [
        (1000, "USD", 7, "USD", 1000),
        (1000, "EUR", 1_200_000_000, "USD", 1200),
        (1000, "JPY", 6_500_000, "USD", 650),
        (1000, "USD", 150_000_000_000, "JPY", 1500),
        (1001, "KWD", 3_250_000_000, "USD", 325),
    ],
)
def test_company_currency(amount: int, currency: str, rate: int, own: str, expected: int) -> None:
    assert in_company_currency(amount, currency, rate, own) == expected
