"""Worked examples for docs/spec/costing.md, by its headings; every figure was computed by hand: revaluations and write-downs."""

import pytest

from everstock.core.facts import Method
from tests.core.story import ROUNDED_WHAT_REMAINS, check

# --- Revaluation and write-down -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ROUNDED_WHAT_REMAINS)
def test_a_write_down_its_release_and_its_reversal_limited_by_the_allowance(method: Method) -> None:
    """30.00 are written down; 4 of 10 take 12.00 of it along; the rise to 72.00 stops where 18.00 are left of it."""
    check(
        method,
        """
        # | when  | event              | pool | quantity |   cost | on hand |  value
        1 | 01-01 | receipt 10 @ 10.00 | A    |       10 | 100.00 |      10 | 100.00
        2 | 01-02 | write_down @ 7.00  | A    |          |        |      10 |  70.00
        3 | 01-03 | issue 4            | A    |       -4 |  28.00 |       6 |  42.00
        4 | 01-04 | write_down @ 12.00 | A    |          |        |       6 |  60.00
        5 | 01-05 | issue 6            | A    |       -6 |  60.00 |       0 |   0.00
        """,
        """
        day   | pool | account   | contra     | quantity | amount
        01-01 | A    | inventory | grni       |       10 | 100.00
        01-02 | A    | allowance | write-down |          | -30.00
        01-03 | A    | inventory | cogs       |       -4 | -40.00
        01-03 | A    | allowance | cogs       |          |  12.00
        01-04 | A    | allowance | write-down |          |  18.00
        01-05 | A    | inventory | cogs       |       -6 | -60.00
        """,
    )


def test_a_transfer_takes_the_carrying_cost_along() -> None:
    check(
        Method.AVERAGE,
        """
        # | when  | event              | pool | quantity |   cost | on hand |  value
        1 | 01-01 | receipt 10 @ 10.00 | A    |       10 | 100.00 |      10 | 100.00
        2 | 01-02 | write_down @ 8.00  | A    |          |        |      10 |  80.00
        3 | 01-03 | transfer 5 A > B   | A    |       -5 |  40.00 |       5 |  40.00
          |       |                    | B    |        5 |  40.00 |       5 |  40.00
        """,
        """
        day   | pool | account   | contra     | quantity | amount
        01-01 | A    | inventory | grni       |       10 | 100.00
        01-02 | A    | allowance | write-down |          | -20.00
        01-03 | A    | inventory | clearing   |       -5 | -50.00
        01-03 | A    | allowance | clearing   |          |  10.00
        01-03 | B    | inventory | clearing   |        5 |  40.00
        """,
    )


def test_a_supplier_return_releases_its_share_of_the_allowance() -> None:
    """A layer of 5 written down to 40.00 gives 2 back at 16.00, and their 4.00 of the allowance."""
    check(
        Method.FIFO,
        """
        # | when  | event             | pool | quantity |  cost | on hand | value
        1 | 01-01 | receipt 5 @ 10.00 | A    |        5 | 50.00 |       5 | 50.00
        2 | 01-02 | write_down @ 8.00 | A    |          |       |       5 | 40.00
        3 | 01-03 | return_out 2 of 1 | A    |       -2 | 16.00 |       3 | 24.00
        """,
        """
        day   | pool | account   | contra     | quantity | amount
        01-01 | A    | inventory | grni       |        5 |  50.00
        01-02 | A    | allowance | write-down |          | -10.00
        01-03 | A    | inventory | grni       |       -2 | -20.00
        01-03 | A    | allowance | grni       |          |   4.00
        """,
    )


def test_a_supplier_return_anchors_the_allowance_anew() -> None:
    """A cent of allowance on 3: of 2 a cent (2/3), from there of 1 a cent (1/2), then it goes."""
    check(
        Method.FIFO,
        """
        # | when  | event             | pool | quantity | cost | on hand | value
        1 | 01-01 | receipt 3 = 0.10  | A    |        3 | 0.10 |       3 |  0.10
        2 | 01-02 | write_down @ 0.03 | A    |          |      |       3 |  0.09
        3 | 01-03 | return_out 1 of 1 | A    |       -1 | 0.03 |       2 |  0.06
        4 | 01-04 | issue 1           | A    |       -1 | 0.03 |       1 |  0.03
        5 | 01-05 | issue 1           | A    |       -1 | 0.03 |       0 |  0.00
        """,
        """
        day   | pool | account   | contra     | quantity | amount
        01-01 | A    | inventory | grni       |        3 |   0.10
        01-02 | A    | allowance | write-down |          |  -0.01
        01-03 | A    | inventory | grni       |       -1 |  -0.03
        01-04 | A    | inventory | cogs       |       -1 |  -0.03
        01-05 | A    | inventory | cogs       |       -1 |  -0.04
        01-05 | A    | allowance | cogs       |          |   0.01
        """,
    )


def test_a_revaluation_is_spread_over_the_layers_by_fifo() -> None:
    """1.01 over layers of 1 and 2: 0.34 and 0.67; one of the 0.67 remains at 0.34."""
    check(
        Method.FIFO,
        """
        # | when  | event               | pool | quantity | cost | on hand | value
        1 | 01-01 | receipt 2 @ 1.00    | A    |        2 | 2.00 |       2 |  2.00
        2 | 01-02 | receipt 2 @ 2.00    | A    |        2 | 4.00 |       4 |  6.00
        3 | 01-03 | issue 1             | A    |       -1 | 1.00 |       3 |  5.00
        4 | 01-04 | revaluation @ 0.335 | A    |          |      |       3 |  1.01
        5 | 01-05 | issue 1             | A    |       -1 | 0.34 |       2 |  0.67
        6 | 01-06 | issue 1             | A    |       -1 | 0.33 |       1 |  0.34
        """,
    )


def test_a_revaluation_is_spread_over_the_layers_by_lifo() -> None:
    """1.01 over layers of 2 and 1: 0.67 and 0.34; the last one goes first."""
    check(
        Method.LIFO,
        """
        # | when  | event               | pool | quantity | cost | on hand | value
        1 | 01-01 | receipt 2 @ 1.00    | A    |        2 | 2.00 |       2 |  2.00
        2 | 01-02 | receipt 2 @ 2.00    | A    |        2 | 4.00 |       4 |  6.00
        3 | 01-03 | issue 1             | A    |       -1 | 2.00 |       3 |  4.00
        4 | 01-04 | revaluation @ 0.335 | A    |          |      |       3 |  1.01
        5 | 01-05 | issue 1             | A    |       -1 | 0.34 |       2 |  0.67
        6 | 01-06 | issue 1             | A    |       -1 | 0.33 |       1 |  0.34
        """,
    )


def test_where_nothing_is_on_hand_nothing_is_revalued() -> None:
    check(
        Method.FIFO,
        """
        # | when  | event              | pool | quantity | cost | on hand | value
        1 | 01-01 | revaluation @ 9.00 |      |          |      |         |
        2 | 01-02 | write_down @ 1.00  |      |          |      |         |
        3 | 01-03 | receipt 1 @ 5.00   | A    |        1 | 5.00 |       1 |  5.00
        """,
    )


def test_write_downs_under_standard() -> None:
    """10.00 are written down. Up to 6.00 is more than that: nothing happens. Up to 5.00 is the allowance."""
    check(
        Method.STANDARD,
        """
        # | when  | event             | pool | quantity |  cost | on hand | value
        1 | 01-01 | receipt 10 @ 5.00 | A    |       10 | 50.00 |      10 | 50.00
        2 | 01-02 | write_down @ 4.00 | A    |          |       |      10 | 40.00
        3 | 01-03 | write_down @ 6.00 |      |          |       |         |
        4 | 01-04 | issue 5           | A    |       -5 | 20.00 |       5 | 20.00
        5 | 01-05 | write_down @ 5.00 | A    |          |       |       5 | 25.00
        """,
        standard="5.00",
    )


def test_a_new_standard_below_zero_goes_to_the_inventory_account() -> None:
    check(
        Method.STANDARD,
        """
        # | when  | event             | pool | quantity |  cost | on hand |  value
        1 | 01-01 | issue 2           | A    |       -2 | 10.00 |      -2 | -10.00
        2 | 01-02 | write_down @ 4.00 | A    |          |       |      -2 |  -8.00
        3 | 01-03 | receipt 2 @ 4.00  | A    |        2 |  8.00 |       0 |   0.00
        """,
        """
        day   | pool | account   | contra     | quantity | amount
        01-01 | A    | inventory | cogs       |       -2 | -10.00
        01-02 | A    | inventory | write-down |          |   2.00
        01-03 | A    | inventory | grni       |        2 |   8.00
        """,
        standard="5.00",
    )
