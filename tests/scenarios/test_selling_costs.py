"""Costs that are learned after the sale: what they do to margins that were reported already, and to what came back."""

import pytest

from everstock.core.facts import Method
from tests.scenarios.selling import sell

pytestmark = pytest.mark.django_db


def test_what_comes_back_follows_the_cost_at_which_it_left() -> None:
    # 6 leave at 2.00 and 2 come back; then the supplier bills 3.00: 6.00 more left, 2.00 more came back
    sell("""
    day        | event                                   | layers           | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.00
    2026-03-03 | receive R1 of P1                        | A 10=20.00       |            | inventory     | 20.00
               |                                         |                  |            | grni          |       |  20.00
    2026-03-04 | order O1 for JONES: 6 A @ 5.00
    2026-03-04 | ship S1 of O1                           | A 4=8.00         |            | cost of sales | 12.00
               |                                         |                  |            | inventory     |       |  12.00
    2026-03-05 | bill B1 of S1                           |                  |            | receivable    | 30.00
               |                                         |                  |            | revenue       |       |  30.00
    2026-03-06 | take back T1 of S1: 2 A -> posted       | A 4=8.00 2=4.00  |            | inventory     |  4.00
               |                                         |                  |            | cost of sales |       |   4.00
    2026-03-06 | margin of A -> 30.00 less 8.00 is 22.00
    2026-03-09 | invoice I1 of R1: 10 A @ 3.00, approved | A 4=12.00 2=6.00 | 2026-03-03 | inventory     | 10.00
               |                                         |                  | 2026-03-03 | grni          |       |  10.00
               |                                         |                  | 2026-03-04 | cost of sales |  6.00
               |                                         |                  | 2026-03-04 | inventory     |       |   6.00
               |                                         |                  | 2026-03-06 | inventory     |  2.00
               |                                         |                  | 2026-03-06 | cost of sales |       |   2.00
               |                                         |                  |            | grni          | 30.00
               |                                         |                  |            | payable       |       |  30.00
    2026-03-10 | credit note N1 of T1 -> posted          |                  |            | sales returns | 10.00
               |                                         |                  |            | receivable    |       |  10.00
    2026-03-10 | look at T1 -> credited
    2026-03-10 | margin of A -> 20.00 less 12.00 is 8.00
    2026-03-10 | margin of A as known with T1 -> 30.00 less 8.00 is 22.00
    """)


def test_freight_of_april_lowers_the_margin_of_march_that_was_reported_already() -> None:
    # 8.00 of freight on ten, of which four were sold: 3.20, which are provisional until the carrier bills them;
    # March is locked, so it is booked in April for the days of March
    sell("""
    day        | event                           | layers     | booked                    | account              | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                | A 10=25.00 |                           | inventory            | 25.00
               |                                 |            |                           | grni                 |       |  25.00
    2026-03-10 | order O1 for JONES: 4 A @ 5.00
    2026-03-10 | ship S1 of O1                   | A 6=15.00  |                           | cost of sales        | 10.00
               |                                 |            |                           | inventory            |       |  10.00
    2026-03-12 | bill B1 of S1                   |            |                           | receivable           | 20.00
               |                                 |            |                           | revenue              |       |  20.00
    2026-04-02 | lock through 2026-03-31
    2026-04-02 | margin of A through 2026-03-31 -> 20.00 less 10.00 is 10.00
    2026-04-09 | freight L1 on R1: 8.00 by value | A 6=19.80  | 2026-04-01 for 2026-03-03 | inventory            |  8.00
               |                                 |            | 2026-04-01 for 2026-03-03 | landed cost clearing |       |   8.00
               |                                 |            | 2026-04-01 for 2026-03-10 | cost of sales        |  3.20
               |                                 |            | 2026-04-01 for 2026-03-10 | inventory            |       |   3.20
    2026-04-09 | margin of A through 2026-03-31 -> 20.00 less 13.20 is 6.80, 3.20 provisional
    2026-04-09 | margin of A through 2026-03-31 as known with B1 -> 20.00 less 10.00 is 10.00
    2026-04-14 | freight bill F1 of L1: 8.00     |            |                           | landed cost clearing |  8.00
               |                                 |            |                           | payable              |       |   8.00
    2026-04-14 | margin of O1 -> 20.00 less 13.20 is 6.80
    2026-04-14 | margin of O1 as known with L1 -> 20.00 less 13.20 is 6.80, 3.20 provisional
    """)


def test_what_was_sold_before_it_came_costs_what_it_costs_when_it_comes() -> None:
    # 4 cost 2.00, 6 are taken to cost 2.00 as the last ones did; they cost 3.00: 6.00 more, on the day they are covered
    sell(
        """
    day        | event                                 | layers      | booked | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 4 A @ 2.00
    2026-03-03 | receive R1 of P1                      | A 4=8.00    |        | inventory     |  8.00
               |                                       |             |        | grni          |       |   8.00
    2026-03-04 | order O1 for JONES: 10 A @ 5.00 -> confirmed
    2026-03-04 | backorders -> O1 6 A
    2026-03-05 | ship S1 of O1: 10 A at DOCK -> posted | A -6=-12.00 |        | cost of sales | 20.00
               |                                       |             |        | inventory     |       |  20.00
    2026-03-06 | bill B1 of S1 -> posted               |             |        | receivable    | 50.00
               |                                       |             |        | revenue       |       |  50.00
    2026-03-06 | margin of A -> 50.00 less 20.00 is 30.00, 12.00 provisional
    2026-03-09 | order P2 from SMITH: 10 A @ 3.00
    2026-03-09 | receive R2 of P2                      | A 4=12.00   |        | inventory     | 24.00
               |                                       |             |        | cost of sales |  6.00
               |                                       |             |        | grni          |       |  30.00
    2026-03-09 | margin of A -> 50.00 less 26.00 is 24.00
    2026-03-09 | margin of A as known with B1 -> 50.00 less 20.00 is 30.00, 12.00 provisional
    """,
        negative_stock=True,
    )


def test_a_return_under_moving_average_comes_back_at_what_it_left_at() -> None:
    # two leave at 2.00; the average is 3.00 when one comes back, and it is worth 2.00 all the same: 12.00 and 2.00 are 14.00
    sell(
        """
    day        | event                             | layers    | booked | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 4 A @ 2.00
    2026-03-03 | receive R1 of P1                  | A 4=8.00  |        | inventory     |  8.00
               |                                   |           |        | grni          |       |   8.00
    2026-03-04 | order O1 for JONES: 2 A @ 5.00
    2026-03-04 | ship S1 of O1                     | A 2=4.00  |        | cost of sales |  4.00
               |                                   |           |        | inventory     |       |   4.00
    2026-03-05 | bill B1 of S1                     |           |        | receivable    | 10.00
               |                                   |           |        | revenue       |       |  10.00
    2026-03-06 | order P2 from SMITH: 2 A @ 4.00
    2026-03-06 | receive R2 of P2                  | A 4=12.00 |        | inventory     |  8.00
               |                                   |           |        | grni          |       |   8.00
    2026-03-07 | take back T1 of S1: 1 A -> posted | A 5=14.00 |        | inventory     |  2.00
               |                                   |           |        | cost of sales |       |   2.00
    2026-03-08 | credit note N1 of T1              |           |        | sales returns |  5.00
               |                                   |           |        | receivable    |       |   5.00
    2026-03-08 | margin of A -> 5.00 less 2.00 is 3.00
    """,
        Method.AVERAGE,
    )
