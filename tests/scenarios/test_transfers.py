"""Goods that go from one own warehouse to another: sent, on the way, arrived, lost, and each of it taken back."""

import pytest

from everstock.core.facts import Method
from tests.scenarios.story import tell

pytestmark = pytest.mark.django_db


def test_goods_are_sent_and_arrive_in_two_parts() -> None:
    story = tell("""
    day        | event                               | layers                          | booked | account    | debit | credit
    2026-03-02 | receive R1 from SMITH: 10 A @ 2.50  | A 10=25.00                      |        | inventory  | 25.00
               |                                     |                                 |        | grni       |       |  25.00
    2026-03-03 | send T1: 4 A -> sent                | A 6=15.00, A (road) 4=10.00     |        | in transit | 10.00
               |                                     |                                 |        | inventory  |       |  10.00
    2026-03-05 | arrive A1 of T1: 3 A -> posted      | A 6=15.00 3=7.50, A (road) 1=2.50 |      | inventory  |  7.50
               |                                     |                                 |        | in transit |       |   7.50
    2026-03-05 | look at T1 -> partly_received
    2026-03-05 | arrive A2 of T1: 2 A -> arrival.exceeds
    2026-03-05 | cancel transfer T1 -> document.wrong_state
    2026-03-06 | arrive A2 of T1: 1 A -> posted      | A 6=15.00 3=7.50 1=2.50         |        | inventory  |  2.50
               |                                     |                                 |        | in transit |       |   2.50
    2026-03-06 | look at T1 -> received
    2026-03-07 | arrive A3 of T1: 1 A -> document.wrong_state
    2026-03-07 | lose L1 of T1: 1 A -> document.wrong_state
    """)
    assert story.trade.header(story.documents["A2"]).details == {"purpose": "transfer_arrival"}


def test_goods_arrive_on_the_day_they_were_sent_and_not_before() -> None:
    tell("""
    day        | event                              | layers                      | booked | account    | debit | credit
    2026-03-02 | receive R1 from SMITH: 10 A @ 2.50 | A 10=25.00                  |        | inventory  | 25.00
               |                                    |                             |        | grni       |       |  25.00
    2026-03-03 | send T1: 4 A                       | A 6=15.00, A (road) 4=10.00 |        | in transit | 10.00
               |                                    |                             |        | inventory  |       |  10.00
    2026-03-02 | arrive A1 of T1 -> arrival.before_dispatch
    2026-03-03 | arrive A1 of T1                    | A 6=15.00 4=10.00           |        | inventory  | 10.00
               |                                    |                             |        | in transit |       |  10.00
    2026-03-03 | look at T1 -> received
    """)


def test_what_is_lost_on_the_way_is_an_expense_and_what_is_found_again_is_not() -> None:
    tell("""
    day        | event                              | layers                            | booked     | account    | debit | credit
    2026-03-02 | receive R1 from SMITH: 10 A @ 2.50 | A 10=25.00                        |            | inventory  | 25.00
               |                                    |                                   |            | grni       |       |  25.00
    2026-03-03 | send T1: 4 A                       | A 6=15.00, A (road) 4=10.00       |            | in transit | 10.00
               |                                    |                                   |            | inventory  |       |  10.00
    2026-03-05 | arrive A1 of T1: 2 A               | A 6=15.00 2=5.00, A (road) 2=5.00 |            | inventory  |  5.00
               |                                    |                                   |            | in transit |       |   5.00
    2026-03-06 | lose L1 of T1: 1 A                 | A 6=15.00 2=5.00, A (road) 1=2.50 |            | shrinkage  |  2.50
               |                                    |                                   |            | in transit |       |   2.50
    2026-03-06 | look at T1 -> partly_received
    2026-03-07 | lose L2 of T1: 1 A to expense      | A 6=15.00 2=5.00                  |            | expense    |  2.50
               |                                    |                                   |            | in transit |       |   2.50
    2026-03-07 | look at T1 -> received
    2026-03-09 | cancel transfer L1 -> cancelled    | A 6=15.00 2=5.00, A (road) 1=2.50 | 2026-03-06 | in transit |  2.50
               |                                    |                                   | 2026-03-06 | shrinkage  |       |   2.50
    2026-03-09 | look at T1 -> partly_received
    2026-03-09 | arrive A2 of T1: 1 A               | A 6=15.00 2=5.00 1=2.50           |            | inventory  |  2.50
               |                                    |                                   |            | in transit |       |   2.50
    2026-03-09 | look at T1 -> received
    """)


def test_a_dispatch_is_taken_back_when_nothing_of_it_has_arrived_any_more() -> None:
    story = tell("""
    day        | event                              | layers                            | booked     | account    | debit | credit
    2026-03-02 | receive R1 from SMITH: 10 A @ 2.50 | A 10=25.00                        |            | inventory  | 25.00
               |                                    |                                   |            | grni       |       |  25.00
    2026-03-03 | send T1: 4 A                       | A 6=15.00, A (road) 4=10.00       |            | in transit | 10.00
               |                                    |                                   |            | inventory  |       |  10.00
    2026-03-05 | arrive A1 of T1: 3 A               | A 6=15.00 3=7.50, A (road) 1=2.50 |            | inventory  |  7.50
               |                                    |                                   |            | in transit |       |   7.50
    2026-03-06 | cancel transfer T1 -> document.wrong_state
    2026-03-06 | cancel transfer A1 -> cancelled    | A 6=15.00, A (road) 4=10.00       | 2026-03-05 | in transit |  7.50
               |                                    |                                   | 2026-03-05 | inventory  |       |   7.50
    2026-03-06 | look at T1 -> sent
    2026-03-07 | cancel transfer T1 -> cancelled    | A 10=25.00                        | 2026-03-03 | inventory  | 10.00
               |                                    |                                   | 2026-03-03 | in transit |       |  10.00
    2026-03-08 | arrive A2 of T1 -> document.wrong_state
    """)
    assert story.trade.balances() == {"1200": 2500, "2100": -2500}


def test_a_dearer_invoice_reaches_what_is_on_the_way_and_what_was_lost_there() -> None:
    tell("""
    day        | event                                   | layers                            | booked     | account    | debit | credit
    2026-03-01 | order P1 from SMITH: 10 A @ 2.50
    2026-03-02 | receive R1 of P1                        | A 10=25.00                        |            | inventory  | 25.00
               |                                         |                                   |            | grni       |       |  25.00
    2026-03-03 | send T1: 4 A                            | A 6=15.00, A (road) 4=10.00       |            | in transit | 10.00
               |                                         |                                   |            | inventory  |       |  10.00
    2026-03-05 | lose L1 of T1: 1 A to expense           | A 6=15.00, A (road) 3=7.50        |            | expense    |  2.50
               |                                         |                                   |            | in transit |       |   2.50
    2026-03-08 | invoice I1 of R1: 10 A @ 3.00, approved | A 6=18.00, A (road) 3=9.00        | 2026-03-02 | inventory  |  5.00
               |                                         |                                   | 2026-03-02 | grni       |       |   5.00
               |                                         |                                   | 2026-03-03 | in transit |  2.00
               |                                         |                                   | 2026-03-03 | inventory  |       |   2.00
               |                                         |                                   | 2026-03-05 | expense    |  0.50
               |                                         |                                   | 2026-03-05 | in transit |       |   0.50
               |                                         |                                   |            | grni       | 30.00
               |                                         |                                   |            | payable    |       |  30.00
    """)


def test_under_average_cost_what_arrives_is_worth_what_was_sent() -> None:
    tell(
        """
    day        | event                              | layers                      | booked | account    | debit | credit
    2026-03-02 | receive R1 from SMITH: 10 A @ 2.50 | A 10=25.00                  |        | inventory  | 25.00
               |                                    |                             |        | grni       |       |  25.00
    2026-03-03 | send T1: 4 A                       | A 6=15.00, A (road) 4=10.00 |        | in transit | 10.00
               |                                    |                             |        | inventory  |       |  10.00
    2026-03-04 | receive R2 from SMITH: 6 A @ 5.00  | A 12=45.00, A (road) 4=10.00 |       | inventory  | 30.00
               |                                    |                             |        | grni       |       |  30.00
    2026-03-05 | arrive A1 of T1                    | A 16=55.00                  |        | inventory  | 10.00
               |                                    |                             |        | in transit |       |  10.00
    """,
        Method.AVERAGE,
    )
