"""Worked examples for docs/spec/costing.md, by its headings; every figure was computed by hand."""

import pytest

from everstock.core.facts import DAY, Method
from tests.core.story import check, journal, read

ROUNDED_WHAT_REMAINS = [Method.FIFO, Method.LIFO, Method.AVERAGE]


# --- Cost is a function of the facts ------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ROUNDED_WHAT_REMAINS)
def test_a_half_is_rounded_up_in_what_remains(method: Method) -> None:
    check(
        method,
        """
        # | when  | event            | pool | quantity | cost | on hand | value
        1 | 01-01 | receipt 2 = 0.01 | A    |        2 | 0.01 |       2 |  0.01
        2 | 01-02 | issue 1          | A    |       -1 | 0.00 |       1 |  0.01
        3 | 01-03 | issue 1          | A    |       -1 | 0.01 |       0 |  0.00
        """,
    )


# --- Facts that vanish --------------------------------------------------------------------------------------------


def test_a_reversed_receipt_was_never_there() -> None:
    check(
        Method.FIFO,
        """
        # | when  | event             | pool | quantity |  cost | on hand | value
        1 | 01-05 | receipt 10 @ 5.00 |      |          |       |         |
        2 | 01-06 | receipt 10 @ 7.00 | A    |       10 | 70.00 |      10 | 70.00
        3 | 01-07 | issue 10          | A    |      -10 | 70.00 |       0 |  0.00
        4 | 01-09 | reversal of 1     |      |          |       |         |
        """,
    )


# --- Order --------------------------------------------------------------------------------------------------------


def test_what_is_known_by_its_day_comes_in_first_and_goes_out_last() -> None:
    check(
        Method.FIFO,
        """
        # | when        | event            | pool | quantity | cost | on hand | value
        1 | 01-05       | issue 2          | A    |       -2 | 2.00 |       2 |  4.00
        2 | 01-05 08:00 | receipt 2 @ 2.00 | A    |        2 | 4.00 |       4 |  6.00
        3 | 01-05       | receipt 2 @ 1.00 | A    |        2 | 2.00 |       2 |  2.00
        """,
    )


def test_at_one_instant_inbound_then_outgoing_then_what_comes_back_at_once() -> None:
    check(
        Method.FIFO,
        """
        # | when        | event            | pool | quantity | cost | on hand | value
        1 | 01-01       | receipt 4 @ 1.00 | A    |        4 | 4.00 |       4 |  4.00
        2 | 01-02 12:00 | issue 4          | A    |       -4 | 4.00 |       4 |  8.00
        3 | 01-02 12:00 | return_in 1 of 2 | A    |        1 | 1.00 |       5 |  9.00
        4 | 01-02 12:00 | receipt 4 @ 2.00 | A    |        4 | 8.00 |       8 | 12.00
        """,
    )


def test_a_chain_of_transfers_at_one_instant_recorded_backwards() -> None:
    check(
        Method.FIFO,
        """
        # | when        | event             | pool | quantity |  cost | on hand | value
        1 | 01-05       | receipt 10 @ 5.00 | A    |       10 | 50.00 |      10 | 50.00
        2 | 01-06 12:00 | issue 4 at D      | D    |       -4 | 20.00 |       2 | 10.00
        3 | 01-06 12:00 | transfer 6 B > D  | B    |       -6 | 30.00 |       2 | 10.00
          |             |                   | D    |        6 | 30.00 |       6 | 30.00
        4 | 01-06 12:00 | transfer 8 A > B  | A    |       -8 | 40.00 |       2 | 10.00
          |             |                   | B    |        8 | 40.00 |       8 | 40.00
        """,
    )


def test_a_circle_of_transfers_at_one_instant_starts_at_the_first_recorded() -> None:
    """B > A goes first: A has 15 of 85.00 then, and by FIFO the 5 that leave are of the first 10."""
    check(
        Method.FIFO,
        """
        # | when        | event                  | pool | quantity |  cost | on hand | value
        1 | 01-05       | receipt 10 @ 5.00      | A    |       10 | 50.00 |      10 | 50.00
        2 | 01-05       | receipt 10 @ 7.00 at B | B    |       10 | 70.00 |      10 | 70.00
        3 | 01-06 12:00 | transfer 5 B > A       | B    |       -5 | 35.00 |       5 | 35.00
          |             |                        | A    |        5 | 35.00 |      15 | 85.00
        4 | 01-06 12:00 | transfer 5 A > B       | A    |       -5 | 25.00 |      10 | 60.00
          |             |                        | B    |        5 | 25.00 |      10 | 60.00
        """,
    )


def test_counts_and_write_downs_wait_for_what_arrives_at_the_same_instant() -> None:
    """Both are recorded before the transfer, yet see the five it brings. Count 4 of 5: one is missing."""
    check(
        Method.AVERAGE,
        """
        # | when        | event                  | pool | quantity |  cost | on hand | value
        1 | 01-05       | receipt 10 @ 5.00      | A    |       10 | 50.00 |      10 | 50.00
        2 | 01-06 12:00 | write_down @ 4.00 at B | B    |          |       |       5 | 20.00
        3 | 01-06 12:00 | count 4 at B           | B    |       -1 | -4.00 |       4 | 16.00
        4 | 01-06 12:00 | transfer 5 A > B       | A    |       -5 | 25.00 |       5 | 25.00
          |             |                        | B    |        5 | 25.00 |       5 | 25.00
        """,
    )


# --- Pools --------------------------------------------------------------------------------------------------------


def test_moving_inside_a_pool_changes_no_pool() -> None:
    check(
        Method.FIFO,
        """
        # | when  | event             | pool | quantity |  cost | on hand | value
        1 | 01-05 | receipt 10 @ 5.00 | Main |       10 | 50.00 |      10 | 50.00
        2 | 01-06 | transfer 3 A > B  |      |          |  0.00 |         |
        3 | 01-07 | issue 3 at B      | Main |       -3 | 15.00 |       7 | 35.00
        """,
        pools={"A": "Main", "B": "Main"},
    )


def test_a_transfer_takes_its_cost_along_over_goods_in_transit() -> None:
    check(
        Method.AVERAGE,
        """
        # | when  | event             | pool | quantity |  cost | on hand | value
        1 | 01-05 | receipt 3 = 10.00 | A    |        3 | 10.00 |       3 | 10.00
        2 | 01-06 | transfer 2 A > T  | A    |       -2 |  6.67 |       1 |  3.33
          |       |                   | T    |        2 |  6.67 |       2 |  6.67
        3 | 01-08 | transfer 2 T > B  | T    |       -2 |  6.67 |       0 |  0.00
          |       |                   | B    |        2 |  6.67 |       2 |  6.67
        """,
        """
        day   | pool | account    | contra   | quantity | amount
        01-05 | A    | inventory  | grni     |        3 |  10.00
        01-06 | A    | inventory  | clearing |       -2 |  -6.67
        01-06 | T    | in transit | clearing |        2 |   6.67
        01-08 | T    | in transit | clearing |       -2 |  -6.67
        01-08 | B    | inventory  | clearing |        2 |   6.67
        """,
    )


def test_consigned_goods_have_no_value_until_they_are_bought() -> None:
    check(
        Method.FIFO,
        """
        # | when  | event                   | pool | quantity |  cost | on hand | value
        1 | 01-01 | receipt 10 @ 4.00 at C  |      |          |  0.00 |         |
        2 | 01-02 | transfer 4 @ 5.00 C > A | A    |        4 | 20.00 |       4 | 20.00
        3 | 01-03 | transfer 1 A > C        | A    |       -1 |  5.00 |       3 | 15.00
        """,
        """
        day   | pool | account   | contra | quantity | amount
        01-02 | A    | inventory | grni   |        4 |  20.00
        01-03 | A    | inventory | grni   |       -1 |  -5.00
        """,
    )


# --- Value of an inbound fact -------------------------------------------------------------------------------------


def test_the_last_recorded_cost_change_counts() -> None:
    check(
        Method.AVERAGE,
        """
        # | when  | event                    | pool | quantity |  cost | on hand | value
        1 | 01-05 | receipt 10 @ 5.00        | A    |       10 | 55.00 |      10 | 55.00
        2 | 01-06 | issue 4                  | A    |       -4 | 22.00 |       6 | 33.00
        3 | 01-12 | cost_change @ 6.00 of 1  |      |          |       |         |
        4 | 01-11 | cost_change = 55.00 of 1 |      |          |       |         |
        """,
        """
        day   | pool | account   | contra | quantity | amount
        01-05 | A    | inventory | grni   |       10 |  55.00
        01-06 | A    | inventory | cogs   |       -4 | -22.00
        """,
    )


def test_a_reversed_cost_change_leaves_the_one_before_it() -> None:
    check(
        Method.AVERAGE,
        """
        # | when  | event                    | pool | quantity |  cost | on hand | value
        1 | 01-05 | receipt 10 @ 5.00        | A    |       10 | 60.00 |      10 | 60.00
        2 | 01-06 | issue 4                  | A    |       -4 | 24.00 |       6 | 36.00
        3 | 01-12 | cost_change @ 6.00 of 1  |      |          |       |         |
        4 | 01-11 | cost_change = 55.00 of 1 |      |          |       |         |
        5 | 01-13 | reversal of 4            |      |          |       |         |
        """,
    )


def test_landed_cost_after_sale_and_return() -> None:
    """The charge of 50 belongs to the five received: the sale of five is 550, the return of two is 220."""
    check(
        Method.FIFO,
        """
        # | when  | event                    | pool | quantity |   cost | on hand |  value
        1 | 04-10 | receipt 5 @ 100.00       | A    |        5 | 550.00 |       5 | 550.00
        2 | 05-01 | issue 5                  | A    |       -5 | 550.00 |       0 |   0.00
        3 | 05-02 | return_in 2 of 2         | A    |        2 | 220.00 |       2 | 220.00
        4 | 05-03 | landed_cost = 50.00 of 1 |      |          |        |         |
        """,
        """
        day   | pool | account   | contra      | quantity |  amount
        04-10 | A    | inventory | grni        |        5 |  500.00
        04-10 | A    | inventory | landed cost |          |   50.00
        05-01 | A    | inventory | cogs        |       -5 | -550.00
        05-02 | A    | inventory | cogs        |        2 |  220.00
        """,
    )


def test_without_link_and_value_goods_come_in_at_current_cost() -> None:
    """First at the average of what is there, then at the last known cost, with a landed cost on top."""
    check(
        Method.AVERAGE,
        """
        # | when  | event                   | pool | quantity |  cost | on hand | value
        1 | 01-05 | receipt 10 @ 5.00       | A    |       10 | 50.00 |      10 | 50.00
        2 | 01-06 | return_in 2             | A    |        2 | 10.00 |      12 | 60.00
        3 | 01-07 | issue 12                | A    |      -12 | 60.00 |       0 |  0.00
        4 | 01-08 | adjust_in 3             | A    |        3 | 16.00 |       3 | 16.00
        5 | 01-09 | landed_cost = 1.00 of 4 |      |          |       |         |
        """,
    )


def test_a_cost_change_gives_a_value_to_what_had_none() -> None:
    check(
        Method.AVERAGE,
        """
        # | when  | event                   | pool | quantity |  cost | on hand | value
        1 | 01-05 | receipt 10 @ 5.00       | A    |       10 | 50.00 |      10 | 50.00
        2 | 01-06 | return_in 2             | A    |        2 |  7.00 |      12 | 57.00
        3 | 01-09 | cost_change = 7.00 of 2 |      |          |       |         |
        """,
    )


def test_with_nothing_known_goods_come_in_at_the_standard_cost_of_the_item_or_at_nothing() -> None:
    check(
        Method.FIFO,
        """
        # | when  | event       | pool | quantity | cost | on hand | value
        1 | 01-05 | adjust_in 2 | A    |        2 | 0.00 |       2 |  0.00
        """,
    )
    check(
        Method.FIFO,
        """
        # | when  | event       | pool | quantity | cost | on hand | value
        1 | 01-05 | adjust_in 2 | A    |        2 | 6.00 |       2 |  6.00
        """,
        standard="3.00",
    )


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


# --- Counts -------------------------------------------------------------------------------------------------------


def test_a_count_keeps_what_was_counted_when_an_earlier_fact_is_entered_later() -> None:
    """Eight were counted. With only the first receipt two were missing; with the issue one, with the receipt two."""
    check(
        Method.AVERAGE,
        """
        # | when  | event             | pool | quantity |   cost | on hand | value
        1 | 01-05 | receipt 10 @ 5.00 | A    |       10 |  50.00 |      10 | 50.00
        2 | 01-31 | count 8           | A    |       -2 | -10.00 |       8 | 40.00
        """,
    )
    check(
        Method.AVERAGE,
        """
        # | when  | event             | pool | quantity |  cost | on hand | value
        1 | 01-05 | receipt 10 @ 5.00 | A    |       10 | 50.00 |      10 | 50.00
        2 | 01-31 | count 8           | A    |       -1 | -5.00 |       8 | 40.00
        3 | 01-20 | issue 1           | A    |       -1 |  5.00 |       9 | 45.00
        """,
    )
    check(
        Method.AVERAGE,
        """
        # | when  | event             | pool | quantity |   cost | on hand | value
        1 | 01-05 | receipt 10 @ 5.00 | A    |       10 |  50.00 |      10 | 50.00
        2 | 01-31 | count 8           | A    |       -2 | -10.20 |       8 | 40.80
        3 | 01-20 | issue 1           | A    |       -1 |   5.00 |       9 | 45.00
        4 | 01-25 | receipt 1 @ 6.00  | A    |        1 |   6.00 |      10 | 51.00
        """,
    )


def test_a_surplus_comes_in_at_current_cost_and_a_shortage_is_shrinkage() -> None:
    check(
        Method.FIFO,
        """
        # | when  | event             | pool | quantity |   cost | on hand | value
        1 | 01-05 | receipt 10 @ 5.00 | A    |       10 |  50.00 |      10 | 50.00
        2 | 01-31 | count 12          | A    |        2 |  10.00 |      12 | 60.00
        3 | 02-28 | count 9           | A    |       -3 | -15.00 |       9 | 45.00
        4 | 03-31 | count 9           |      |          |   0.00 |         |
        """,
        """
        day   | pool | account   | contra    | quantity | amount
        01-05 | A    | inventory | grni      |       10 |  50.00
        01-31 | A    | inventory | gain      |        2 |  10.00
        02-28 | A    | inventory | shrinkage |       -3 | -15.00
        """,
    )


def test_a_shortage_that_was_not_there_is_trued_up() -> None:
    """By pool there is one of ten left to be missing at B: nine are a deficit at 2.00, covered at 3.00."""
    check(
        Method.AVERAGE,
        """
        # | when  | event             | pool | quantity |   cost | on hand |  value
        1 | 01-01 | receipt 10 @ 2.00 | Main |       10 |  20.00 |      10 |  20.00
        2 | 01-02 | transfer 10 A > B |      |          |   0.00 |         |
        3 | 01-03 | issue 9           | Main |       -9 |  18.00 |       1 |   2.00
        4 | 01-04 | count 0 at B      | Main |      -10 | -29.00 |      -9 | -18.00
        5 | 01-05 | receipt 9 @ 3.00  | Main |        9 |  27.00 |       0 |   0.00
        """,
        pools={"A": "Main", "B": "Main"},
    )


# --- As of, known at; Negative stock forbidden --------------------------------------------------------------------


def test_the_journal_of_a_day_does_not_know_what_came_after() -> None:
    lines = """
        # | when  | event
        1 | 01-05 | receipt 10 @ 5.00
        2 | 01-06 | issue 4
        3 | 01-07 | receipt 10 @ 6.00
        """
    before = lines.strip().rsplit("\n", 1)[0]
    assert journal(read(lines, Method.FIFO)).startswith(journal(read(before, Method.FIFO)))


def test_the_lowest_balance_and_when_it_was_first_reached() -> None:
    story = read(
        """
        # | when        | event
        1 | 01-05       | receipt 10 @ 5.00
        2 | 01-06 10:00 | issue 12
        3 | 01-07       | receipt 2 @ 5.00
        4 | 01-08 10:00 | issue 2
        """,
        Method.FIFO,
    )
    result = story.replay()
    issued = story.facts[1].effective_at
    assert result.lowest == {(ord("A"), None): (-2_000_000, issued)}
    assert result.balances == {(ord("A"), None): -2_000_000}
    assert issued % DAY == 10 * 3_600_000_000
