"""Worked examples for docs/spec/costing.md, by its headings; every figure was computed by hand: what leaves, and what leaves before it is there."""

import pytest

from everstock.core.facts import Method
from tests.core.story import ROUNDED_WHAT_REMAINS, check

# --- What leaves --------------------------------------------------------------------------------------------------


def test_fifo() -> None:
    """12 = 10 @ 5 + 2 @ 6; 10 = 8 @ 6 + 2 @ 7."""
    check(
        Method.FIFO,
        """
        # | when  | event             | pool | quantity |  cost | on hand |  value
        1 | 01-05 | receipt 10 @ 5.00 | A    |       10 | 50.00 |      10 |  50.00
        2 | 01-06 | receipt 10 @ 6.00 | A    |       10 | 60.00 |      20 | 110.00
        3 | 01-07 | issue 12          | A    |      -12 | 62.00 |       8 |  48.00
        4 | 01-08 | receipt 5 @ 7.00  | A    |        5 | 35.00 |      13 |  83.00
        5 | 01-09 | issue 10          | A    |      -10 | 62.00 |       3 |  21.00
        """,
    )


def test_lifo() -> None:
    """12 = 10 @ 6 + 2 @ 5; 10 = 5 @ 7 + 5 @ 5."""
    check(
        Method.LIFO,
        """
        # | when  | event             | pool | quantity |  cost | on hand |  value
        1 | 01-05 | receipt 10 @ 5.00 | A    |       10 | 50.00 |      10 |  50.00
        2 | 01-06 | receipt 10 @ 6.00 | A    |       10 | 60.00 |      20 | 110.00
        3 | 01-07 | issue 12          | A    |      -12 | 70.00 |       8 |  40.00
        4 | 01-08 | receipt 5 @ 7.00  | A    |        5 | 35.00 |      13 |  75.00
        5 | 01-09 | issue 10          | A    |      -10 | 60.00 |       3 |  15.00
        """,
    )


def test_average() -> None:
    """110 of 20: 8 remain at 44. Then 79 of 13: 3 remain at 18.23."""
    check(
        Method.AVERAGE,
        """
        # | when  | event             | pool | quantity |  cost | on hand |  value
        1 | 01-05 | receipt 10 @ 5.00 | A    |       10 | 50.00 |      10 |  50.00
        2 | 01-06 | receipt 10 @ 6.00 | A    |       10 | 60.00 |      20 | 110.00
        3 | 01-07 | issue 12          | A    |      -12 | 66.00 |       8 |  44.00
        4 | 01-08 | receipt 5 @ 7.00  | A    |        5 | 35.00 |      13 |  79.00
        5 | 01-09 | issue 10          | A    |      -10 | 60.77 |       3 |  18.23
        """,
    )


def test_specific_lots() -> None:
    check(
        Method.SPECIFIC,
        """
        # | when  | event                    | pool | quantity |   cost | on hand |  value
        1 | 01-05 | receipt 2 @ 100.00 lot 1 | A/1  |        2 | 200.00 |       2 | 200.00
        2 | 01-06 | receipt 1 @ 130.00 lot 2 | A/2  |        1 | 130.00 |       1 | 130.00
        3 | 01-07 | issue 1 lot 2            | A/2  |       -1 | 130.00 |       0 |   0.00
        4 | 01-08 | issue 1 lot 1            | A/1  |       -1 | 100.00 |       1 | 100.00
        5 | 01-09 | return_in 1 of 3         | A/2  |        1 | 130.00 |       1 | 130.00
        """,
    )


@pytest.mark.parametrize("method", ROUNDED_WHAT_REMAINS)
def test_a_cent_over_three_pieces(method: Method) -> None:
    """What remains: 2/3 of a cent is a cent, 1/3 of a cent is nothing."""
    check(
        method,
        """
        # | when  | event            | pool | quantity | cost | on hand | value
        1 | 01-01 | receipt 3 = 0.01 | A    |        3 | 0.01 |       3 |  0.01
        2 | 01-02 | issue 1          | A    |       -1 | 0.00 |       2 |  0.01
        3 | 01-03 | issue 1          | A    |       -1 | 0.01 |       1 |  0.00
        4 | 01-04 | issue 1          | A    |       -1 | 0.00 |       0 |  0.00
        """,
    )


@pytest.mark.parametrize("method", ROUNDED_WHAT_REMAINS)
def test_an_issue_in_two_parts_costs_what_it_costs_in_one(method: Method) -> None:
    """Of 10.00 for 7: 5 remain at 7.14, 2 at 2.86; the parts 2.86 and 4.28 make the 7.14 of the whole."""
    check(
        method,
        """
        # | when  | event             | pool | quantity |  cost | on hand | value
        1 | 01-01 | receipt 7 = 10.00 | A    |        7 | 10.00 |       7 | 10.00
        2 | 01-02 | issue 2           | A    |       -2 |  2.86 |       5 |  7.14
        3 | 01-02 | issue 3           | A    |       -3 |  4.28 |       2 |  2.86
        """,
    )
    check(
        method,
        """
        # | when  | event             | pool | quantity |  cost | on hand | value
        1 | 01-01 | receipt 7 = 10.00 | A    |        7 | 10.00 |       7 | 10.00
        2 | 01-02 | issue 5           | A    |       -5 |  7.14 |       2 |  2.86
        """,
    )


def test_standard_with_purchase_price_variance() -> None:
    check(
        Method.STANDARD,
        """
        # | when  | event             | pool | quantity |  cost | on hand |  value
        1 | 01-05 | receipt 10 @ 5.00 | A    |       10 | 50.00 |      10 |  50.00
        2 | 01-06 | receipt 10 @ 6.00 | A    |       10 | 60.00 |      20 | 100.00
        3 | 01-07 | issue 12          | A    |      -12 | 60.00 |       8 |  40.00
        """,
        """
        day   | pool | account   | contra           | quantity | amount
        01-05 | A    | inventory | grni             |       10 |  50.00
        01-06 | A    | inventory | price difference |          | -10.00
        01-06 | A    | inventory | grni             |       10 |  60.00
        01-07 | A    | inventory | cogs             |      -12 | -60.00
        """,
        standard="5.00",
    )


def test_standard_transfer_between_pools_of_different_standards() -> None:
    check(
        Method.STANDARD,
        """
        # | when  | event                   | pool | quantity |  cost | on hand | value
        1 | 01-01 | receipt 10 @ 5.50       | A    |       10 | 55.00 |      10 | 50.00
        2 | 01-02 | receipt 2 @ 5.00 at B   | B    |        2 | 10.00 |       2 | 10.00
        3 | 01-03 | revaluation @ 6.00 at B | B    |          |       |       2 | 12.00
        4 | 01-04 | transfer 4 A > B        | A    |       -4 | 20.00 |       6 | 30.00
          |       |                         | B    |        4 | 20.00 |       6 | 36.00
        5 | 01-05 | issue 5 at B            | B    |       -5 | 30.00 |       1 |  6.00
        """,
        """
        day   | pool | account   | contra           | quantity | amount
        01-01 | A    | inventory | price difference |          |  -5.00
        01-01 | A    | inventory | grni             |       10 |  55.00
        01-02 | B    | inventory | grni             |        2 |  10.00
        01-03 | B    | inventory | revaluation      |          |   2.00
        01-04 | A    | inventory | clearing         |       -4 | -20.00
        01-04 | B    | inventory | price difference |          |   4.00
        01-04 | B    | inventory | clearing         |        4 |  20.00
        01-05 | B    | inventory | cogs             |       -5 | -30.00
        """,
        standard="5.00",
    )


def test_standard_taken_from_the_first_inbound_fact() -> None:
    """10.00 for 3 is 3.333333 apiece; 2 of them are 6.67."""
    check(
        Method.STANDARD,
        """
        # | when  | event             | pool | quantity |  cost | on hand | value
        1 | 01-01 | receipt 3 = 10.00 | A    |        3 | 10.00 |       3 | 10.00
        2 | 01-02 | issue 1           | A    |       -1 |  3.33 |       2 |  6.67
        3 | 01-03 | receipt 1 = 5.00  | A    |        1 |  5.00 |       3 | 10.00
        """,
    )


# --- Negative stock -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ROUNDED_WHAT_REMAINS)
def test_a_deficit_trued_up_over_two_receipts(method: Method) -> None:
    """16 out, 10 there: 40.00 and 6 at the last known 4.00. Covered by 4 @ 5 (+4.00) and 2 @ 7 (+6.00)."""
    check(
        method,
        """
        # | when  | event             | pool | quantity |  cost | on hand |  value
        1 | 01-01 | receipt 10 @ 4.00 | A    |       10 | 40.00 |      10 |  40.00
        2 | 01-02 | issue 16          | A    |      -16 | 74.00 |      -6 | -24.00
        3 | 01-03 | receipt 4 @ 5.00  | A    |        4 | 20.00 |      -2 |  -8.00
        4 | 01-04 | receipt 5 @ 7.00  | A    |        5 | 35.00 |       3 |  21.00
        """,
        """
        day   | pool | account   | contra | quantity | amount
        01-01 | A    | inventory | grni   |       10 |  40.00
        01-02 | A    | inventory | cogs   |      -16 | -64.00
        01-03 | A    | inventory | grni   |        4 |  20.00
        01-03 | A    | inventory | cogs   |          |  -4.00
        01-04 | A    | inventory | grni   |        5 |  35.00
        01-04 | A    | inventory | cogs   |          |  -6.00
        """,
    )


@pytest.mark.parametrize("method", ROUNDED_WHAT_REMAINS)
def test_deficits_share_the_cents(method: Method) -> None:
    """1.00 for 3: provisionally 0.33, 0.34, 0.33; covered at the same price nothing is left to correct."""
    check(
        method,
        """
        # | when  | event            | pool | quantity | cost | on hand | value
        1 | 01-01 | receipt 3 = 1.00 | A    |        3 | 1.00 |       3 |  1.00
        2 | 01-02 | issue 3          | A    |       -3 | 1.00 |       0 |  0.00
        3 | 01-03 | issue 1          | A    |       -1 | 0.33 |      -1 | -0.33
        4 | 01-04 | issue 1          | A    |       -1 | 0.34 |      -2 | -0.67
        5 | 01-05 | issue 1          | A    |       -1 | 0.33 |      -3 | -1.00
        6 | 01-06 | receipt 3 = 1.00 | A    |        3 | 1.00 |       0 |  0.00
        """,
    )


@pytest.mark.parametrize(
    "standard, provisional, true_up", [(None, None, "-5.00"), ("2.00", "-10.00", "5.00")], ids=["nothing", "standard"]
)
def test_a_deficit_without_any_known_cost(standard: str | None, provisional: str | None, true_up: str) -> None:
    issued = f"01-01 | A | inventory | cogs | -5 | {provisional or '0.00'}"
    check(
        Method.AVERAGE,
        f"""
        # | when  | event            | pool | quantity | cost | on hand | value
        1 | 01-01 | issue 5          | A    |       -5 | 5.00 |      -5 | {provisional or "0.00"}
        2 | 01-02 | receipt 5 @ 1.00 | A    |        5 | 5.00 |       0 |  0.00
        """,
        f"""
        day   | pool | account   | contra | quantity | amount
        {issued}
        01-02 | A    | inventory | grni   |        5 |   5.00
        01-02 | A    | inventory | cogs   |          | {true_up}
        """,
        standard=standard,
    )


@pytest.mark.parametrize("method, provisional", [(Method.AVERAGE, "2.00"), (Method.FIFO, "3.00")])
def test_the_last_known_cost_is_the_average_or_that_of_the_last_receipt(method: Method, provisional: str) -> None:
    cost = {"2.00": "6.00", "3.00": "7.00"}[provisional]
    check(
        method,
        f"""
        # | when  | event            | pool | quantity | cost | on hand | value
        1 | 01-01 | receipt 1 @ 1.00 | A    |        1 | 1.00 |       1 |  1.00
        2 | 01-02 | receipt 1 @ 3.00 | A    |        1 | 3.00 |       2 |  4.00
        3 | 01-03 | issue 3          | A    |       -3 | {cost} |   -1 | -{provisional}
        """,
    )


def test_while_below_zero_the_last_known_cost_is_that_of_the_last_receipt() -> None:
    check(
        Method.AVERAGE,
        """
        # | when  | event            | pool | quantity | cost | on hand | value
        1 | 01-01 | issue 5          | A    |       -5 | 6.00 |      -5 |  0.00
        2 | 01-02 | receipt 2 @ 3.00 | A    |        2 | 6.00 |      -3 |  0.00
        3 | 01-03 | issue 1          | A    |       -1 | 3.00 |      -4 | -3.00
        """,
    )


def test_the_true_up_of_a_transfer_goes_to_price_difference() -> None:
    """B keeps the provisional 2.00; that A had to pay 3.00 is a difference in price."""
    check(
        Method.FIFO,
        """
        # | when  | event            | pool | quantity | cost | on hand | value
        1 | 01-01 | receipt 1 @ 2.00 | A    |        1 | 2.00 |       1 |  2.00
        2 | 01-02 | transfer 2 A > B | A    |       -2 | 5.00 |      -1 | -2.00
          |       |                  | B    |        2 | 5.00 |       2 |  4.00
        3 | 01-03 | receipt 1 @ 3.00 | A    |        1 | 3.00 |       0 |  0.00
        """,
        """
        day   | pool | account   | contra           | quantity | amount
        01-01 | A    | inventory | grni             |        1 |   2.00
        01-02 | A    | inventory | clearing         |       -2 |  -4.00
        01-02 | B    | inventory | clearing         |        2 |   4.00
        01-03 | A    | inventory | price difference |          |  -1.00
        01-03 | A    | inventory | grni             |        1 |   3.00
        """,
    )


def test_standard_below_zero_needs_nothing_special() -> None:
    check(
        Method.STANDARD,
        """
        # | when  | event            | pool | quantity |  cost | on hand |  value
        1 | 01-01 | issue 3          | A    |       -3 | 15.00 |      -3 | -15.00
        2 | 01-02 | receipt 5 @ 6.00 | A    |        5 | 30.00 |       2 |  10.00
        """,
        """
        day   | pool | account   | contra           | quantity | amount
        01-01 | A    | inventory | cogs             |       -3 | -15.00
        01-02 | A    | inventory | price difference |          |  -5.00
        01-02 | A    | inventory | grni             |        5 |  30.00
        """,
        standard="5.00",
    )
