"""Kits in the figures: what their components bring, what of them is not invoiced, and what comes back of them."""

import pytest

from tests.scenarios.selling import sell

pytestmark = pytest.mark.django_db


def test_what_a_kit_brings_is_where_its_components_cost() -> None:
    # by the list 2 A are 6.00 and a B is 2.00, together 8.00: of a SET at 7.00 the A have 5.25 (2.625 each) and the B has 1.75.
    # 5 A and 3 B left, which is 2 SETs: 14.00 (10.50 and 3.50); beyond them an A and a B: 2.625 + 1.75 = 4.375
    # an A comes back, of the third SET: that one is still to be paid in full when it is whole, with the fourth 14.00
    sell("""
    day        | event                             | layers                      | booked | account       | debit | credit
    2026-03-01 | price list ALL: 1 A @ 3.00 + 1 B @ 2.00
    2026-03-01 | kit SET: 2 A + 1 B
    2026-03-02 | order P1 from SMITH: 20 A @ 1.00 + 10 B @ 0.50
    2026-03-03 | receive R1 of P1                  | A 20=20.00, B 10=5.00       |        | inventory     | 25.00
               |                                   |                             |        | grni          |       |  25.00
    2026-03-04 | order O1 for JONES: 4 SET @ 7.00 -> confirmed
    2026-03-04 | ship S1 of O1: 5 A -> posted      | A 15=15.00, B 10=5.00       |        | cost of sales |  5.00
               |                                   |                             |        | inventory     |       |   5.00
    2026-03-04 | shipped not invoiced on 2026-03-04 -> S1 5 A = 13.13
    2026-03-04 | bill B0 of S1 -> invoice.nothing_left
    2026-03-05 | ship S2 of O1: 3 B -> posted      | A 15=15.00, B 7=3.50        |        | cost of sales |  1.50
               |                                   |                             |        | inventory     |       |   1.50
    2026-03-05 | shipped not invoiced on 2026-03-05 -> S1 5 A = 13.13, S2 3 B = 5.25
    2026-03-05 | margin of O1 -> 0.00 less 6.50 is -6.50, 18.38 not invoiced
    2026-03-06 | bill B1 of S2 -> posted           |                             |        | receivable    | 14.00
               |                                   |                             |        | revenue       |       |  14.00
    2026-03-06 | look at S1 -> partly_invoiced
    2026-03-06 | shipped not invoiced on 2026-03-06 -> S1 1 A = 2.63, S2 1 B = 1.75
    2026-03-06 | shipped not invoiced on 2026-03-05 -> S1 5 A = 13.13, S2 3 B = 5.25
    2026-03-06 | margin of A -> 10.50 less 5.00 is 5.50, 2.63 not invoiced
    2026-03-06 | margin of B -> 3.50 less 1.50 is 2.00, 1.75 not invoiced
    2026-03-06 | margin of O1 -> 14.00 less 6.50 is 7.50, 4.38 not invoiced
    2026-03-07 | take back T1 of S1: 1 A -> posted | A 15=15.00 1=1.00, B 7=3.50 |        | inventory     |  1.00
               |                                   |                             |        | cost of sales |       |   1.00
    2026-03-07 | shipped not invoiced on 2026-03-07 -> S2 1 B = 1.75
    2026-03-08 | ship S3 of O1 -> posted           | A 12=12.00 1=1.00, B 6=3.00 |        | cost of sales |  3.50
               |                                   |                             |        | inventory     |       |   3.50
    2026-03-08 | taken by S3 -> 3 A at DOCK, 1 B at DOCK
    2026-03-08 | shipped not invoiced on 2026-03-08 -> S2 1 B = 1.75, S3 3 A = 10.50, S3 1 B = 1.75
    2026-03-09 | bill B2 of S3 -> posted           |                             |        | receivable    | 14.00
               |                                   |                             |        | revenue       |       |  14.00
    2026-03-09 | shipped not invoiced on 2026-03-09 -> nothing
    2026-03-09 | look at O1 -> invoiced
    2026-03-09 | look at S2 -> invoiced
    2026-03-09 | margin of A -> 21.00 less 7.00 is 14.00
    2026-03-09 | margin of B -> 7.00 less 2.00 is 5.00
    2026-03-09 | margin of O1 -> 28.00 less 9.00 is 19.00
    2026-03-09 | margin of O1 as known with S3 -> 14.00 less 9.00 is 5.00, 14.00 not invoiced
    """)


def test_a_whole_kit_that_came_back_is_not_billed_and_one_that_was_billed_is_credited() -> None:
    # two SETs at 7.00, one of which comes back before the invoice: 7.00; then the other: 5.25 for the A and 1.75 for the B
    sell("""
    day        | event                                           | layers                    | booked | account       | debit | credit
    2026-03-01 | price list ALL: 1 A @ 3.00 + 1 B @ 2.00
    2026-03-01 | kit SET: 2 A + 1 B
    2026-03-02 | order P1 from SMITH: 4 A @ 1.00 + 2 B @ 0.50
    2026-03-03 | receive R1 of P1                                | A 4=4.00, B 2=1.00        |        | inventory     |  5.00
               |                                                 |                           |        | grni          |       |   5.00
    2026-03-04 | order O1 for JONES: 2 SET @ 7.00 -> confirmed
    2026-03-04 | ship S1 of O1 -> posted                         | none                      |        | cost of sales |  5.00
               |                                                 |                           |        | inventory     |       |   5.00
    2026-03-05 | take back T1 of S1: 2 A -> posted               | A 2=2.00                  |        | inventory     |  2.00
               |                                                 |                           |        | cost of sales |       |   2.00
    2026-03-05 | shipped not invoiced on 2026-03-05 -> S1 2 A = 10.50, S1 2 B = 3.50
    2026-03-05 | take back T2 of S1: 1 B -> posted               | A 2=2.00, B 1=0.50        |        | inventory     |  0.50
               |                                                 |                           |        | cost of sales |       |   0.50
    2026-03-05 | shipped not invoiced on 2026-03-05 -> S1 2 A = 5.25, S1 1 B = 1.75
    2026-03-06 | bill B1 of S1 -> posted                         |                           |        | receivable    |  7.00
               |                                                 |                           |        | revenue       |       |   7.00
    2026-03-06 | look at O1 -> invoiced
    2026-03-06 | shipped not invoiced on 2026-03-06 -> nothing
    2026-03-06 | margin of A -> 5.25 less 2.00 is 3.25
    2026-03-06 | margin of B -> 1.75 less 0.50 is 1.25
    2026-03-09 | take back T3 of S1: 2 A -> posted               | A 2=2.00 2=2.00, B 1=0.50 |        | inventory     |  2.00
               |                                                 |                           |        | cost of sales |       |   2.00
    2026-03-09 | credit note N1 of T3 -> posted                  |                           |        | sales returns |  5.25
               |                                                 |                           |        | receivable    |       |   5.25
    2026-03-09 | margin of O1 -> 1.75 less 0.50 is 1.25
    2026-03-09 | credit note N2 of B1 for the price of SET: 1.76 -> credit.exceeds
    2026-03-09 | credit note N2 of B1 for the price of SET: 0.75 |                           |        | sales returns |  0.75
               |                                                 |                           |        | receivable    |       |   0.75
    2026-03-09 | margin of O1 -> 1.00 less 0.50 is 0.50
    """)
