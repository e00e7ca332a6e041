"""Worked examples for docs/spec/costing.md, by its headings; every figure was computed by hand: order, pools, what comes in, counts, points in time."""

import pytest

from everstock.core.facts import DAY, Method
from tests.core.story import ROUNDED_WHAT_REMAINS, check, journal, read

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
