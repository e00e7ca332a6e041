"""Customers who pay early, in part, in another currency, less than they were billed, or send goods back; and what is not billed yet."""

import pytest

from tests.scenarios.selling import sell

pytestmark = pytest.mark.django_db


def test_a_credit_note_for_the_price_alone_moves_no_goods() -> None:
    # 5.00 of 50.00 are credited, with the tax on them; the half that comes back later is credited at what is left of its price: 22.50
    sell("""
    day        | event                                         | layers     | booked | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.00
    2026-03-03 | receive R1 of P1                              | A 10=20.00 |        | inventory     | 20.00
               |                                               |            |        | grni          |       |  20.00
    2026-03-04 | order O1 for JONES: 10 A @ 5.00 tax VAT
    2026-03-04 | ship S1 of O1                                 | none       |        | cost of sales | 20.00
               |                                               |            |        | inventory     |       |  20.00
    2026-03-05 | bill B1 of S1                                 |            |        | receivable    | 60.00
               |                                               |            |        | output VAT    |       |  10.00
               |                                               |            |        | revenue       |       |  50.00
    2026-03-09 | credit note N1 of B1 for the price of A: 5.00 |            |        | output VAT    |  1.00
               |                                               |            |        | sales returns |  5.00
               |                                               |            |        | receivable    |       |   6.00
    2026-03-09 | credit note N2 of B1 for the price of A: 45.01 -> credit.exceeds
    2026-03-09 | margin of A -> 45.00 less 20.00 is 25.00
    2026-03-10 | paid M1 for B1 N1 -> posted                   |            |        | bank          | 54.00
               |                                               |            |        | receivable    |       |  54.00
    2026-03-10 | look at B1 -> paid
    2026-03-12 | take back T1 of S1: 5 A                       | A 5=10.00  |        | inventory     | 10.00
               |                                               |            |        | cost of sales |       |  10.00
    2026-03-13 | credit note N3 of T1 -> posted                |            |        | output VAT    |  4.50
               |                                               |            |        | sales returns | 22.50
               |                                               |            |        | receivable    |       |  27.00
    2026-03-13 | margin of A -> 22.50 less 10.00 is 12.50
    2026-03-14 | paid M2 for N3 -> posted                      |            |        | receivable    | 27.00
               |                                               |            |        | bank          |       |  27.00
    """)


def test_the_rate_rises_between_invoice_and_payment_and_falls_before_the_rest() -> None:
    # EUR 50.00 stand at 1.25: 62.50; 20.00 are paid at 1.30, 30.00 at 1.10
    sell("""
    day        | event                           | layers     | booked | account       | debit | credit
    2026-03-01 | a euro is 1.25
    2026-03-02 | order P1 from SMITH: 10 A @ 2.00
    2026-03-03 | receive R1 of P1                | A 10=20.00 |        | inventory     | 20.00
               |                                 |            |        | grni          |       |  20.00
    2026-03-04 | order O1 for PARIS: 10 A @ 5.00 -> confirmed
    2026-03-04 | ship S1 of O1                   | none       |        | cost of sales | 20.00
               |                                 |            |        | inventory     |       |  20.00
    2026-03-05 | bill B1 of S1 -> posted         |            |        | receivable    | 62.50
               |                                 |            |        | revenue       |       |  62.50
    2026-03-10 | a euro is 1.30
    2026-03-10 | paid M1 for B1: 20.00 -> posted |            |        | bank          | 26.00
               |                                 |            |        | receivable    |       |  25.00
               |                                 |            |        | exchange gain |       |   1.00
    2026-03-20 | a euro is 1.10
    2026-03-20 | paid M2 for B1 -> posted        |            |        | bank          | 33.00
               |                                 |            |        | exchange loss |  4.50
               |                                 |            |        | receivable    |       |  37.50
    2026-03-20 | look at B1 -> paid
    2026-03-20 | margin of A -> 62.50 less 20.00 is 42.50
    """)


def test_what_is_shipped_in_march_and_invoiced_in_april() -> None:
    # at the end of March 6 at 5.00 are not invoiced, whatever happens in April: one comes back, five are billed
    sell("""
    day        | event                   | layers          | booked | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.00
    2026-03-03 | receive R1 of P1        | A 10=20.00      |        | inventory     | 20.00
               |                         |                 |        | grni          |       |  20.00
    2026-03-27 | order O1 for JONES: 6 A @ 5.00
    2026-03-30 | ship S1 of O1           | A 4=8.00        |        | cost of sales | 12.00
               |                         |                 |        | inventory     |       |  12.00
    2026-03-31 | shipped not invoiced on 2026-03-31 -> S1 6 A = 30.00
    2026-04-01 | take back T1 of S1: 1 A | A 4=8.00 1=2.00 |        | inventory     |  2.00
               |                         |                 |        | cost of sales |       |   2.00
    2026-04-01 | shipped not invoiced on 2026-04-01 -> S1 5 A = 25.00
    2026-04-02 | lock through 2026-03-31
    2026-04-03 | bill B1 of S1 -> posted |                 |        | receivable    | 25.00
               |                         |                 |        | revenue       |       |  25.00
    2026-04-03 | shipped not invoiced on 2026-04-03 -> nothing
    2026-04-03 | shipped not invoiced on 2026-03-31 -> S1 6 A = 30.00
    2026-04-03 | margin of A through 2026-03-31 -> 0.00 less 12.00 is -12.00, 30.00 not invoiced
    2026-04-03 | margin of A -> 25.00 less 10.00 is 15.00
    """)


def test_an_order_is_paid_in_part_in_advance_and_the_rest_less_a_cash_discount() -> None:
    # of 60.00 with tax 24.00 were paid; 2 % of the other 36.00 are 0.72, of which 0.12 is tax; the second invoice is paid too late for it
    sell("""
    day        | event                                       | layers     | booked | account           | debit | credit
    2026-03-01 | terms of customer JONES: days 30, discount days 10, discount 2%
    2026-03-02 | order P1 from SMITH: 12 A @ 2.00
    2026-03-03 | receive R1 of P1                            | A 12=24.00 |        | inventory         | 24.00
               |                                             |            |        | grni              |       |  24.00
    2026-03-04 | order O1 for JONES: 10 A @ 5.00 tax VAT
    2026-03-04 | prepaid V1 by JONES: 24.00 for O1 -> posted |            |        | bank              | 24.00
               |                                             |            |        | customer advances |       |  24.00
    2026-03-05 | ship S1 of O1                               | A 2=4.00   |        | cost of sales     | 20.00
               |                                             |            |        | inventory         |       |  20.00
    2026-03-05 | bill B1 of S1 -> partly_paid                |            |        | receivable        | 36.00
               |                                             |            |        | customer advances | 24.00
               |                                             |            |        | output VAT        |       |  10.00
               |                                             |            |        | revenue           |       |  50.00
    2026-03-15 | paid M1 for B1 with discount -> posted      |            |        | bank              | 35.28
               |                                             |            |        | output VAT        |  0.12
               |                                             |            |        | discount given    |  0.60
               |                                             |            |        | receivable        |       |  36.00
    2026-03-15 | look at B1 -> paid
    2026-03-16 | order O2 for JONES: 2 A @ 5.00
    2026-03-16 | ship S2 of O2                               | none       |        | cost of sales     |  4.00
               |                                             |            |        | inventory         |       |   4.00
    2026-03-16 | bill B2 of S2 -> posted                     |            |        | receivable        | 10.00
               |                                             |            |        | revenue           |       |  10.00
    2026-03-17 | prepaid V2 by JONES: 4.00                   |            |        | bank              |  4.00
               |                                             |            |        | customer advances |       |   4.00
    2026-03-17 | settle M2: B2 by V2: 4.01 -> prepayment.exceeds
    2026-03-17 | settle M2: B2 by V2: 4.00 -> posted         |            |        | customer advances |  4.00
               |                                             |            |        | receivable        |       |   4.00
    2026-03-27 | paid M3 for B2 with discount -> payment.no_discount
    2026-03-27 | paid M3 for B2 -> posted                    |            |        | bank              |  6.00
               |                                             |            |        | receivable        |       |   6.00
    """)


def test_some_come_back_less_a_restocking_fee_and_some_are_replaced() -> None:
    # 4 of 10 come back for 20.00 less 2.00, which are revenue of the order, but of no item; 2 more are replaced for nothing: their
    # cost comes back and leaves again, now with O2
    sell("""
    day        | event                                             | layers                 | booked | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 12 A @ 2.00
    2026-03-03 | receive R1 of P1                                  | A 12=24.00             |        | inventory     | 24.00
               |                                                   |                        |        | grni          |       |  24.00
    2026-03-04 | order O1 for JONES: 10 A @ 5.00
    2026-03-04 | ship S1 of O1                                     | A 2=4.00               |        | cost of sales | 20.00
               |                                                   |                        |        | inventory     |       |  20.00
    2026-03-05 | bill B1 of S1                                     |                        |        | receivable    | 50.00
               |                                                   |                        |        | revenue       |       |  50.00
    2026-03-09 | take back T1 of S1: 4 A, keeping 10% -> posted    | A 2=4.00 4=8.00        |        | inventory     |  8.00
               |                                                   |                        |        | cost of sales |       |   8.00
    2026-03-10 | credit note N1 of T1 -> posted                    |                        |        | sales returns | 20.00
               |                                                   |                        |        | receivable    |       |  18.00
               |                                                   |                        |        | revenue       |       |   2.00
    2026-03-11 | take back T2 of S1: 2 A, replaced by O2 -> posted | A 2=4.00 4=8.00 2=4.00 |        | inventory     |  4.00
               |                                                   |                        |        | cost of sales |       |   4.00
    2026-03-11 | look at O2 -> requested
    2026-03-11 | net of O2 -> 0.00
    2026-03-11 | credit note N2 of T2 -> credit.not_expected
    2026-03-12 | confirm O2 -> confirmed
    2026-03-12 | ship S2 of O2 -> posted                           | A 4=8.00 2=4.00        |        | cost of sales |  4.00
               |                                                   |                        |        | inventory     |       |   4.00
    2026-03-12 | shipped not invoiced on 2026-03-12 -> S2 2 A = 0.00
    2026-03-12 | margin of A -> 30.00 less 12.00 is 18.00
    2026-03-12 | margin of O1 -> 32.00 less 8.00 is 24.00
    2026-03-12 | margin of O2 -> 0.00 less 4.00 is -4.00
    2026-03-13 | take back T3 of S1: 5 A -> return.exceeds
    2026-03-20 | paid M1 for B1 N1 -> posted                       |                        |        | bank          | 32.00
               |                                                   |                        |        | receivable    |       |  32.00
    """)


def test_what_was_a_mistake_is_taken_back_in_the_opposite_order() -> None:
    # the goods come back for the day they left, the invoice for the day on which it is taken back
    sell("""
    day        | event                                 | layers     | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.00
    2026-03-03 | receive R1 of P1                      | A 10=20.00 |            | inventory     | 20.00
               |                                       |            |            | grni          |       |  20.00
    2026-03-04 | order O1 for JONES: 6 A @ 5.00
    2026-03-04 | ship S1 of O1                         | A 4=8.00   |            | cost of sales | 12.00
               |                                       |            |            | inventory     |       |  12.00
    2026-03-05 | bill B1 of S1                         |            |            | receivable    | 30.00
               |                                       |            |            | revenue       |       |  30.00
    2026-03-06 | paid M1 for B1                        |            |            | bank          | 30.00
               |                                       |            |            | receivable    |       |  30.00
    2026-03-09 | take back shipment S1 -> document.wrong_state
    2026-03-09 | take back bill B1 -> document.wrong_state
    2026-03-09 | take back money M1 -> cancelled       |            |            | receivable    | 30.00
               |                                       |            |            | bank          |       |  30.00
    2026-03-10 | take back bill B1 -> cancelled        |            |            | revenue       | 30.00
               |                                       |            |            | receivable    |       |  30.00
    2026-03-11 | take back shipment S1 -> cancelled    | A 10=20.00 | 2026-03-04 | inventory     | 12.00
               |                                       |            | 2026-03-04 | cost of sales |       |  12.00
    2026-03-11 | look at O1 -> confirmed
    2026-03-11 | margin of A as known with B1 -> 30.00 less 12.00 is 18.00
    """)
