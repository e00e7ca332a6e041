"""Worked examples for docs/spec/costing.md, by its headings; every figure was computed by hand: returns that are linked to their origin."""

import pytest

from everstock.core.facts import Method
from tests.core.story import check

# --- Linked customer return ---------------------------------------------------------------------------------------


def test_a_linked_customer_return_comes_back_at_what_it_went_out() -> None:
    """The issue of 3 cost 10.00; one by one they come back at 3.33, 3.34 and 3.33."""
    check(
        Method.FIFO,
        """
        # | when  | event             | pool | quantity |  cost | on hand | value
        1 | 01-01 | receipt 3 = 10.00 | A    |        3 | 10.00 |       3 | 10.00
        2 | 01-02 | issue 3           | A    |       -3 | 10.00 |       0 |  0.00
        3 | 01-03 | receipt 1 @ 99.00 | A    |        1 | 99.00 |       1 | 99.00
        4 | 01-04 | return_in 1 of 2  | A    |        1 |  3.33 |       2 | 102.33
        5 | 01-05 | return_in 1 of 2  | A    |        1 |  3.34 |       3 | 105.67
        6 | 01-06 | return_in 1 of 2  | A    |        1 |  3.33 |       4 | 109.00
        """,
    )


def test_a_linked_customer_return_before_and_after_a_true_up() -> None:
    """Before: a sixth of 60.00. The receipt makes the issue 72.00; after it the next piece is 72 x 5/6 - 72 x 4/6."""
    check(
        Method.AVERAGE,
        """
        # | when  | event             | pool | quantity |  cost | on hand |  value
        1 | 01-01 | receipt 2 @ 10.00 | A    |        2 | 20.00 |       2 |  20.00
        2 | 01-02 | issue 6           | A    |       -6 | 72.00 |      -4 | -40.00
        3 | 01-03 | return_in 1 of 2  | A    |        1 | 10.00 |      -3 | -30.00
        4 | 01-04 | receipt 5 @ 14.00 | A    |        5 | 70.00 |       2 |  28.00
        5 | 01-05 | return_in 1 of 2  | A    |        1 | 12.00 |       3 |  40.00
        """,
    )


# --- Linked supplier return ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [Method.FIFO, Method.LIFO])
def test_a_supplier_return_takes_the_layer_of_its_receipt(method: Method) -> None:
    check(
        method,
        """
        # | when  | event               | pool | quantity |     cost | on hand |    value
        1 | 01-01 | receipt 10 @ 200.00 | A    |       10 | 2,000.00 |      10 | 2,000.00
        2 | 01-02 | receipt 10 @ 100.00 | A    |       10 | 1,000.00 |      20 | 3,000.00
        3 | 01-03 | receipt 10 @ 300.00 | A    |       10 | 3,000.00 |      30 | 6,000.00
        4 | 01-04 | return_out 2 of 2   | A    |       -2 |   200.00 |      28 | 5,800.00
        """,
        """
        day   | pool | account   | contra | quantity |   amount
        01-01 | A    | inventory | grni   |       10 | 2,000.00
        01-02 | A    | inventory | grni   |       10 | 1,000.00
        01-03 | A    | inventory | grni   |       10 | 3,000.00
        01-04 | A    | inventory | grni   |       -2 |  -200.00
        """,
    )


def test_a_supplier_return_of_a_layer_partly_gone() -> None:
    """Two of the layer are left (10.00), the third leaves as usual at 6.00; the supplier owes 15.00."""
    check(
        Method.FIFO,
        """
        # | when  | event             | pool | quantity |  cost | on hand |  value
        1 | 01-01 | receipt 10 @ 5.00 | A    |       10 | 50.00 |      10 |  50.00
        2 | 01-02 | receipt 10 @ 6.00 | A    |       10 | 60.00 |      20 | 110.00
        3 | 01-03 | issue 8           | A    |       -8 | 40.00 |      12 |  70.00
        4 | 01-04 | return_out 3 of 1 | A    |       -3 | 16.00 |       9 |  54.00
        """,
        """
        day   | pool | account   | contra           | quantity | amount
        01-01 | A    | inventory | grni             |       10 |  50.00
        01-02 | A    | inventory | grni             |       10 |  60.00
        01-03 | A    | inventory | cogs             |       -8 | -40.00
        01-04 | A    | inventory | price difference |          |  -1.00
        01-04 | A    | inventory | grni             |       -3 | -15.00
        """,
    )


def test_a_supplier_return_whose_layer_is_gone_owes_its_rounded_share_each_time() -> None:
    """1.00 for 3: each piece that goes back is owed at 0.33, though one of the others at 1.00 leaves for it."""
    check(
        Method.FIFO,
        """
        # | when  | event             | pool | quantity | cost | on hand | value
        1 | 01-01 | receipt 3 = 1.00  | A    |        3 | 1.00 |       3 |  1.00
        2 | 01-02 | receipt 6 @ 1.00  | A    |        6 | 6.00 |       9 |  7.00
        3 | 01-03 | issue 3           | A    |       -3 | 1.00 |       6 |  6.00
        4 | 01-04 | return_out 1 of 1 | A    |       -1 | 1.00 |       5 |  5.00
        5 | 01-05 | return_out 1 of 1 | A    |       -1 | 1.00 |       4 |  4.00
        """,
        """
        day   | pool | account   | contra           | quantity | amount
        01-01 | A    | inventory | grni             |        3 |   1.00
        01-02 | A    | inventory | grni             |        6 |   6.00
        01-03 | A    | inventory | cogs             |       -3 |  -1.00
        01-04 | A    | inventory | price difference |          |  -0.67
        01-04 | A    | inventory | grni             |       -1 |  -0.33
        01-05 | A    | inventory | price difference |          |  -0.67
        01-05 | A    | inventory | grni             |       -1 |  -0.33
        """,
    )


def test_a_supplier_return_out_of_an_average() -> None:
    """Four of the second receipt leave at its price; they owe 28.00 and the rest is 92.00 for 16."""
    check(
        Method.AVERAGE,
        """
        # | when  | event             | pool | quantity |  cost | on hand |  value
        1 | 01-01 | receipt 10 @ 5.00 | A    |       10 | 50.00 |      10 |  50.00
        2 | 01-02 | receipt 10 @ 7.00 | A    |       10 | 70.00 |      20 | 120.00
        3 | 01-03 | return_out 4 of 2 | A    |       -4 | 28.00 |      16 |  92.00
        4 | 01-04 | issue 8           | A    |       -8 | 46.00 |       8 |  46.00
        """,
    )


def test_a_supplier_return_takes_no_more_than_the_average_is_worth() -> None:
    """Two are left of 18.18, one goes back for 90.00: 18.18 leave, 71.82 are a difference in price."""
    check(
        Method.AVERAGE,
        """
        # | when  | event             | pool | quantity |  cost | on hand |  value
        1 | 01-01 | receipt 10 @ 1.00 | A    |       10 | 10.00 |      10 |  10.00
        2 | 01-02 | receipt 1 = 90.00 | A    |        1 | 90.00 |      11 | 100.00
        3 | 01-03 | issue 9           | A    |       -9 | 81.82 |       2 |  18.18
        4 | 01-04 | return_out 1 of 2 | A    |       -1 | 18.18 |       1 |   0.00
        5 | 01-05 | issue 1           | A    |       -1 |  0.00 |       0 |   0.00
        """,
        """
        day   | pool | account   | contra           | quantity | amount
        01-01 | A    | inventory | grni             |       10 |  10.00
        01-02 | A    | inventory | grni             |        1 |  90.00
        01-03 | A    | inventory | cogs             |       -9 | -81.82
        01-04 | A    | inventory | price difference |          |  71.82
        01-04 | A    | inventory | grni             |       -1 | -90.00
        01-05 | A    | inventory | cogs             |       -1 |   0.00
        """,
    )


def test_a_supplier_return_of_all_there_is_takes_all_the_average_is_worth() -> None:
    check(
        Method.AVERAGE,
        """
        # | when  | event             | pool | quantity |   cost | on hand |  value
        1 | 01-01 | receipt 10 @ 5.00 | A    |       10 |  50.00 |      10 |  50.00
        2 | 01-02 | receipt 10 @ 7.00 | A    |       10 |  70.00 |      20 | 120.00
        3 | 01-03 | issue 18          | A    |      -18 | 108.00 |       2 |  12.00
        4 | 01-04 | return_out 2 of 1 | A    |       -2 |  12.00 |       0 |   0.00
        """,
        """
        day   | pool | account   | contra           | quantity |  amount
        01-01 | A    | inventory | grni             |       10 |   50.00
        01-02 | A    | inventory | grni             |       10 |   70.00
        01-03 | A    | inventory | cogs             |      -18 | -108.00
        01-04 | A    | inventory | price difference |          |   -2.00
        01-04 | A    | inventory | grni             |       -2 |  -10.00
        """,
    )


def test_a_supplier_return_under_standard() -> None:
    """One of the two at 6.00 goes back: the standard of 5.00 leaves, the supplier owes 6.00."""
    check(
        Method.STANDARD,
        """
        # | when  | event             | pool | quantity |  cost | on hand | value
        1 | 01-01 | receipt 2 @ 6.00  | A    |        2 | 12.00 |       2 | 10.00
        2 | 01-02 | return_out 1 of 1 | A    |       -1 |  5.00 |       1 |  5.00
        """,
        """
        day   | pool | account   | contra           | quantity | amount
        01-01 | A    | inventory | price difference |          |  -2.00
        01-01 | A    | inventory | grni             |        2 |  12.00
        01-02 | A    | inventory | price difference |          |   1.00
        01-02 | A    | inventory | grni             |       -1 |  -6.00
        """,
        standard="5.00",
    )
