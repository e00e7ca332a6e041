"""Order, receipt and invoice in both orders, and what differs between them: price, quantity, time."""

import datetime as dt

import pytest

from everstock.core.facts import Method
from tests.scenarios.story import tell

pytestmark = pytest.mark.django_db


def test_order_receipt_invoice_payment() -> None:
    tell("""
    day        | event                                      | layers               | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50 + 4 B @ 1
    2026-03-05 | receive R1 of P1 -> posted                 | A 10=25.00, B 4=4.00 |        | inventory | 29.00
               |                                            |                      |        | grni      |       |  29.00
    2026-03-09 | invoice I1 of R1 -> posted                 |                      |        | grni      | 29.00
               |                                            |                      |        | payable   |       |  29.00
    2026-03-20 | pay M1 for I1 -> posted                    |                      |        | payable   | 29.00
               |                                            |                      |        | bank      |       |  29.00
    2026-03-20 | look at P1 -> invoiced
    2026-03-20 | look at I1 -> paid
    """)


def test_order_invoice_receipt() -> None:
    tell("""
    day        | event                            | layers     | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-04 | invoice I1 of P1: 10 A -> posted |            |        | grni      | 25.00
               |                                  |            |        | payable   |       |  25.00
    2026-03-06 | receive R1 of P1                 | A 10=25.00 |        | inventory | 25.00
               |                                  |            |        | grni      |       |  25.00
    2026-03-06 | look at P1 -> invoiced
    2026-03-06 | look at R1 -> invoiced
    """)


def test_goods_come_at_once_at_the_price_they_were_billed_at() -> None:
    # the order says 2.50, the invoice that came first 3.00; the receipt is wrong and is taken back, after what it was matched by
    tell("""
    day        | event                                    | layers     | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-04 | invoice I1 of P1: 10 A @ 3.00 -> on_hold
    2026-03-04 | approve I1 -> posted                     |            |        | grni      | 30.00
               |                                          |            |        | payable   |       |  30.00
    2026-03-06 | receive R1 of P1                         | A 10=30.00 |        | inventory | 30.00
               |                                          |            |        | grni      |       |  30.00
    2026-03-06 | look at R1 -> invoiced
    2026-03-07 | cancel receipt R1 -> receipt.matched
    """)


def test_a_receipt_that_is_entered_after_a_later_invoice_is_matched_on_the_day_of_the_invoice() -> None:
    story = tell("""
    day        | event                                    | layers     | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-09 | invoice I1 of P1: 10 A @ 3.00 -> on_hold
    2026-03-09 | approve I1 -> posted                     |            |        | grni      | 30.00
               |                                          |            |        | payable   |       |  30.00
    2026-03-06 | receive R1 of P1                         | A 10=30.00 |        | inventory | 30.00
               |                                          |            |        | grni      |       |  30.00
    """)
    before = story.trade.grni(as_of=dt.date(2026, 3, 8))
    assert [(row.number, row.open) for row in before] == [(story.documents["R1"].number, 3000)]
    assert story.trade.grni(as_of=dt.date(2026, 3, 9)) == []


def test_goods_that_came_and_were_sold_are_billed_by_their_order_and_matched_at_once() -> None:
    story = tell("""
    day        | event                                    | layers     | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-06 | receive R1 of P1                         | A 10=25.00 |            | inventory     | 25.00
               |                                          |            |            | grni          |       |  25.00
    2026-03-07 | sell 4 A                                 | A 6=15.00  |            | cost of sales | 10.00
               |                                          |            |            | inventory     |       |  10.00
    2026-03-08 | invoice I1 of P1: 10 A @ 3.00 -> on_hold
    2026-03-08 | approve I1 -> posted                     | A 6=18.00  | 2026-03-06 | inventory     |  5.00
               |                                          |            | 2026-03-06 | grni          |       |   5.00
               |                                          |            | 2026-03-07 | cost of sales |  2.00
               |                                          |            | 2026-03-07 | inventory     |       |   2.00
               |                                          |            |            | grni          | 30.00
               |                                          |            |            | payable       |       |  30.00
    2026-03-08 | look at R1 -> invoiced
    2026-03-08 | look at P1 -> invoiced
    """)
    assert story.trade.grni() == []


def test_an_order_is_billed_when_a_part_of_its_goods_has_come() -> None:
    tell("""
    day        | event                            | layers            | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-06 | receive R1 of P1: 4 A            | A 4=10.00         |        | inventory | 10.00
               |                                  |                   |        | grni      |       |  10.00
    2026-03-08 | invoice I1 of P1: 10 A -> posted |                   |        | grni      | 25.00
               |                                  |                   |        | payable   |       |  25.00
    2026-03-08 | look at R1 -> invoiced
    2026-03-09 | cancel receipt R1 -> receipt.matched
    2026-03-10 | receive R2 of P1: 6 A            | A 4=10.00 6=15.00 |        | inventory | 15.00
               |                                  |                   |        | grni      |       |  15.00
    2026-03-10 | look at R2 -> invoiced
    2026-03-10 | cancel invoice I1 -> invoice.matched
    """)


def test_an_invoice_of_a_receipt_and_of_an_order_of_the_same_goods_matches_both() -> None:
    story = tell("""
    day        | event                            | layers             | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-02 | order P2 from SMITH: 10 A @ 4.00
    2026-03-06 | receive R1 of P1                 | A 10=25.00         |        | inventory | 25.00
               |                                  |                    |        | grni      |       |  25.00
    2026-03-07 | receive R2 of P2                 | A 10=25.00 10=40.00 |       | inventory | 40.00
               |                                  |                    |        | grni      |       |  40.00
    2026-03-08 | invoice I1 of R1                 |                    |        | grni      | 25.00
               |                                  |                    |        | payable   |       |  25.00
    2026-03-09 | invoice I2 of P2: 10 A = 40.00   |                    |        | grni      | 40.00
               |                                  |                    |        | payable   |       |  40.00
    2026-03-09 | look at R2 -> invoiced
    """)
    assert story.trade.grni() == []


def test_goods_that_were_billed_by_their_order_are_not_billed_by_their_receipt_as_well() -> None:
    tell("""
    day        | event                               | layers     | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-06 | receive R1 of P1                    | A 10=25.00 |        | inventory | 25.00
               |                                     |            |        | grni      |       |  25.00
    2026-03-08 | invoice I1 of P1: 10 A -> posted    |            |        | grni      | 25.00
               |                                     |            |        | payable   |       |  25.00
    2026-03-09 | invoice I2 of R1: 10 A -> on_hold
    """)


def test_goods_billed_ahead_are_dispatched_and_ours_on_the_way() -> None:
    tell("""
    day        | event                            | layers            | booked | account    | debit | credit
    2026-03-01 | terms of SMITH: incoterm FOB
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-04 | invoice I1 of P1: 10 A -> posted |                   |        | grni       | 25.00
               |                                  |                   |        | payable    |       |  25.00
    2026-03-06 | dispatch R1 of P1                | A (road) 10=25.00 |        | in transit | 25.00
               |                                  |                   |        | grni       |       |  25.00
    2026-03-06 | look at R1 -> invoiced
    2026-03-20 | arrive T1 of R1                  | A 10=25.00        |        | inventory  | 25.00
               |                                  |                   |        | in transit |       |  25.00
    """)


def test_goods_billed_ahead_come_in_two_deliveries() -> None:
    tell("""
    day        | event                            | layers            | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-04 | invoice I1 of P1: 10 A -> posted |                   |        | grni      | 25.00
               |                                  |                   |        | payable   |       |  25.00
    2026-03-06 | receive R1 of P1: 4 A            | A 4=10.00         |        | inventory | 10.00
               |                                  |                   |        | grni      |       |  10.00
    2026-03-08 | receive R2 of P1: 6 A            | A 4=10.00 6=15.00 |        | inventory | 15.00
               |                                  |                   |        | grni      |       |  15.00
    2026-03-08 | look at P1 -> invoiced
    """)


# --- a price difference


def test_a_price_difference_after_half_was_sold() -> None:
    tell("""
    day        | event                                    | layers     | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                         | A 10=25.00 |            | inventory     | 25.00
               |                                          |            |            | grni          |       |  25.00
    2026-03-04 | sell 5 A                                 | A 5=12.50  |            | cost of sales | 12.50
               |                                          |            |            | inventory     |       |  12.50
    2026-03-06 | invoice I1 of R1: 10 A @ 3.00 -> on_hold
    2026-03-06 | approve I1 -> posted                     | A 5=15.00  | 2026-03-03 | inventory     |  5.00
               |                                          |            | 2026-03-03 | grni          |       |   5.00
               |                                          |            | 2026-03-04 | cost of sales |  2.50
               |                                          |            | 2026-03-04 | inventory     |       |   2.50
               |                                          |            |            | grni          | 30.00
               |                                          |            |            | payable       |       |  30.00
    """)


def test_a_lower_price_after_all_was_sold() -> None:
    tell("""
    day        | event                                             | layers     | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                                  | A 10=25.00 |            | inventory     | 25.00
               |                                                   |            |            | grni          |       |  25.00
    2026-03-04 | sell 10 A                                         | none       |            | cost of sales | 25.00
               |                                                   |            |            | inventory     |       |  25.00
    2026-03-06 | invoice I1 of R1: 10 A @ 2.20, approved -> posted |            | 2026-03-03 | grni          |  3.00
               |                                                   |            | 2026-03-03 | inventory     |       |   3.00
               |                                                   |            | 2026-03-04 | inventory     |  3.00
               |                                                   |            | 2026-03-04 | cost of sales |       |   3.00
               |                                                   |            |            | grni          | 22.00
               |                                                   |            |            | payable       |       |  22.00
    """)


def test_a_price_difference_under_moving_average_is_spread_over_the_pool() -> None:
    # 25 + 35 = 60 for 20; after the invoice 65 for 20, of which 15 are left: 48.75
    tell(
        """
    day        | event                                   | layers     | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-02 | order P2 from SMITH: 10 A @ 3.50
    2026-03-03 | receive R1 of P1                        | A 10=25.00 |            | inventory     | 25.00
               |                                         |            |            | grni          |       |  25.00
    2026-03-04 | receive R2 of P2                        | A 20=60.00 |            | inventory     | 35.00
               |                                         |            |            | grni          |       |  35.00
    2026-03-05 | sell 5 A                                | A 15=45.00 |            | cost of sales | 15.00
               |                                         |            |            | inventory     |       |  15.00
    2026-03-06 | invoice I1 of R1: 10 A @ 3.00, approved | A 15=48.75 | 2026-03-03 | inventory     |  5.00
               |                                         |            | 2026-03-03 | grni          |       |   5.00
               |                                         |            | 2026-03-05 | cost of sales |  1.25
               |                                         |            | 2026-03-05 | inventory     |       |   1.25
               |                                         |            |            | grni          | 30.00
               |                                         |            |            | payable       |       |  30.00
    """,
        Method.AVERAGE,
    )


def test_a_price_difference_under_lifo_stays_in_the_older_layer() -> None:
    tell(
        """
    day        | event                                   | layers              | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-02 | order P2 from SMITH: 10 A @ 3.50
    2026-03-03 | receive R1 of P1                        | A 10=25.00          |            | inventory     | 25.00
               |                                         |                     |            | grni          |       |  25.00
    2026-03-04 | receive R2 of P2                        | A 10=25.00 10=35.00 |            | inventory     | 35.00
               |                                         |                     |            | grni          |       |  35.00
    2026-03-05 | sell 5 A                                | A 10=25.00 5=17.50  |            | cost of sales | 17.50
               |                                         |                     |            | inventory     |       |  17.50
    2026-03-06 | invoice I1 of R1: 10 A @ 3.00, approved | A 10=30.00 5=17.50  | 2026-03-03 | inventory     |  5.00
               |                                         |                     | 2026-03-03 | grni          |       |   5.00
               |                                         |                     |            | grni          | 30.00
               |                                         |                     |            | payable       |       |  30.00
    """,
        Method.LIFO,
    )


def test_price_differences_under_standard_cost_are_variances() -> None:
    tell(
        """
    day        | event                                   | layers     | booked     | account          | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.75
    2026-03-03 | receive R1 of P1                        | A 10=25.00 |            | inventory        | 25.00
               |                                         |            |            | price difference |  2.50
               |                                         |            |            | grni             |       |  27.50
    2026-03-04 | sell 5 A                                | A 5=12.50  |            | cost of sales    | 12.50
               |                                         |            |            | inventory        |       |  12.50
    2026-03-06 | invoice I1 of R1: 10 A @ 3.00, approved |            | 2026-03-03 | price difference |  2.50
               |                                         |            | 2026-03-03 | grni             |       |   2.50
               |                                         |            |            | grni             | 30.00
               |                                         |            |            | payable          |       |  30.00
    """,
        Method.STANDARD,
        "2.50",
    )


def test_a_provisional_price_is_trued_up() -> None:
    # the second order has no price: its goods come in at what the item cost last, 2.00
    tell("""
    day        | event                                   | layers             | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 5 A @ 2.00
    2026-03-02 | order P2 from SMITH: 10 A
    2026-03-03 | receive R1 of P1                        | A 5=10.00          |            | inventory     | 10.00
               |                                         |                    |            | grni          |       |  10.00
    2026-03-04 | receive R2 of P2                        | A 5=10.00 10=20.00 |            | inventory     | 20.00
               |                                         |                    |            | grni          |       |  20.00
    2026-03-05 | sell 8 A                                | A 7=14.00          |            | cost of sales | 16.00
               |                                         |                    |            | inventory     |       |  16.00
    2026-03-09 | invoice I2 of R2: 10 A @ 2.60 -> posted | A 7=18.20          | 2026-03-04 | inventory     |  6.00
               |                                         |                    | 2026-03-04 | grni          |       |   6.00
               |                                         |                    | 2026-03-05 | cost of sales |  1.80
               |                                         |                    | 2026-03-05 | inventory     |       |   1.80
               |                                         |                    |            | grni          | 26.00
               |                                         |                    |            | payable       |       |  26.00
    """)


def test_goods_of_which_nothing_is_known_are_worth_nothing_until_the_invoice() -> None:
    tell("""
    day        | event                                   | layers    | booked     | account       | debit | credit
    2026-03-03 | receive R1 from SMITH: 10 A             | A 10=0.00
    2026-03-04 | sell 4 A                                | A 6=0.00
    2026-03-06 | invoice I1 of R1: 10 A @ 1.50 -> posted | A 6=9.00  | 2026-03-03 | inventory     | 15.00
               |                                         |           | 2026-03-03 | grni          |       |  15.00
               |                                         |           | 2026-03-04 | cost of sales |  6.00
               |                                         |           | 2026-03-04 | inventory     |       |   6.00
               |                                         |           |            | grni          | 15.00
               |                                         |           |            | payable       |       |  15.00
    """)


# --- more, less, nothing


def test_more_comes_than_was_ordered_and_what_is_never_billed_is_cleared() -> None:
    tell("""
    day        | event                                    | layers     | booked | account      | debit | credit
    2026-03-01 | terms of SMITH: over 10%
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1: 11 A                   | A 11=27.50 |        | inventory    | 27.50
               |                                          |            |        | grni         |       |  27.50
    2026-03-03 | look at P1 -> received
    2026-03-06 | invoice I1 of R1: 10 A -> posted         |            |        | grni         | 25.00
               |                                          |            |        | payable      |       |  25.00
    2026-03-06 | look at R1 -> partly_invoiced
    2026-06-30 | clear X1 of R1 to other income -> posted |            |        | grni         |  2.50
               |                                          |            |        | other income |       |   2.50
    2026-06-30 | look at R1 -> invoiced
    """)


def test_less_comes_than_was_ordered_and_more_is_billed_than_came() -> None:
    # nine of ten is within the tolerance, so nothing more is expected; the piece that was billed and did not come is credited
    tell("""
    day        | event                                    | layers    | booked | account   | debit | credit
    2026-03-01 | terms of SMITH: under 10%
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1: 9 A                    | A 9=22.50 |        | inventory | 22.50
               |                                          |           |        | grni      |       |  22.50
    2026-03-03 | look at P1 -> received
    2026-03-06 | invoice I1 of R1: 10 A @ 2.50 -> on_hold
    2026-03-06 | approve I1 -> posted                     |           |        | grni      | 25.00
               |                                          |           |        | payable   |       |  25.00
    2026-03-10 | credit C1 of R1: 1 A -> posted           |           |        | payable   |  2.50
               |                                          |           |        | grni      |       |   2.50
    2026-03-20 | pay M1 for I1 C1                         |           |        | payable   | 22.50
               |                                          |           |        | bank      |       |  22.50
    """)


def test_rejected_goods_are_billed_and_credited() -> None:
    tell("""
    day        | event                                    | layers    | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1: 8 A rejected 2         | A 8=20.00 |        | inventory | 20.00
               |                                          |           |        | grni      |       |  20.00
    2026-03-03 | look at P1 -> partly_received
    2026-03-06 | invoice I1 of R1: 10 A @ 2.50 -> on_hold
    2026-03-06 | approve I1                               |           |        | grni      | 25.00
               |                                          |           |        | payable   |       |  25.00
    2026-03-10 | credit C1 of R1: 2 A                     |           |        | payable   |  5.00
               |                                          |           |        | grni      |       |   5.00
    2026-03-11 | close order P1 -> closed
    """)


def test_rejected_goods_are_billed_and_replaced() -> None:
    tell("""
    day        | event                            | layers           | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1: 8 A rejected 2 | A 8=20.00        |        | inventory | 20.00
               |                                  |                  |        | grni      |       |  20.00
    2026-03-06 | invoice I1 of R1: 10 A, approved |                  |        | grni      | 25.00
               |                                  |                  |        | payable   |       |  25.00
    2026-03-12 | receive R2 of P1: 2 A            | A 8=20.00 2=5.00 |        | inventory |  5.00
               |                                  |                  |        | grni      |       |   5.00
    2026-03-12 | look at R2 -> invoiced
    2026-03-12 | look at P1 -> invoiced
    """)


def test_a_cancelled_order() -> None:
    # what came has to go out of the books before its order can be cancelled; a reversed receipt was never there
    tell("""
    day        | event                                         | layers    | booked     | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | cancel order P1 -> cancelled
    2026-03-04 | receive R1 of P1 -> document.wrong_state
    2026-03-04 | invoice I1 of P1: 1 A -> document.wrong_state
    2026-03-05 | order P2 from SMITH: 10 A @ 2.50
    2026-03-06 | receive R2 of P2: 4 A                         | A 4=10.00 |            | inventory | 10.00
               |                                               |           |            | grni      |       |  10.00
    2026-03-07 | cancel order P2 -> document.wrong_state
    2026-03-08 | cancel receipt R2 -> cancelled                | none      | 2026-03-06 | grni      | 10.00
               |                                               |           | 2026-03-06 | inventory |       |  10.00
    2026-03-09 | cancel order P2 -> cancelled
    """)


# --- time


def test_goods_in_transit_at_the_end_of_the_year() -> None:
    # they are ours from shipment on; the invoice is higher, and the closed year keeps the figures it was closed with
    story = tell("""
    day        | event                                 | layers             | booked                    | account    |  debit | credit
    2026-12-01 | terms of SMITH: incoterm FOB
    2026-12-20 | order P1 from SMITH: 10 A @ 25.00
    2026-12-28 | dispatch R1 of P1                     | A (road) 10=250.00 |                           | in transit | 250.00
               |                                       |                    |                           | grni       |        | 250.00
    2027-01-03 | lock through 2026-12-31
    2027-01-05 | arrive A1 of R1                       | A 10=250.00        |                           | inventory  | 250.00
               |                                       |                    |                           | in transit |        | 250.00
    2027-01-12 | invoice I1 of R1: 10 A @ 26, approved | A 10=260.00        | 2027-01-01 for 2026-12-28 | in transit |  10.00
               |                                       |                    | 2027-01-01 for 2026-12-28 | grni       |        |  10.00
               |                                       |                    | 2027-01-05                | inventory  |  10.00
               |                                       |                    | 2027-01-05                | in transit |        |  10.00
               |                                       |                    |                           | grni       | 260.00
               |                                       |                    |                           | payable    |        | 260.00
    """)
    year_end = dt.date(2026, 12, 31)
    at_year_end = [story.trade.balance(code, to=year_end) for code in ("1200", "1240", "2100", "2000")]
    assert at_year_end == [0, 25000, -25000, 0]
    assert [row.open for row in story.trade.grni(as_of=year_end, basis="posted")] == [25000]


def test_goods_that_are_not_ours_before_they_arrive() -> None:
    story = tell("""
    day        | event                                      | layers      | booked | account   |  debit | credit
    2026-12-01 | terms of SMITH: incoterm DDP
    2026-12-20 | order P1 from SMITH: 10 A @ 25.00
    2026-12-28 | dispatch R1 of P1 -> receipt.not_owned_yet
    2027-01-05 | receive R1 of P1                           | A 10=250.00 |        | inventory | 250.00
               |                                            |             |        | grni      |        | 250.00
    """)
    assert story.trade.balance("2100", to=dt.date(2026, 12, 31)) == 0


def test_a_period_is_locked_between_receipt_and_invoice() -> None:
    story = tell("""
    day        | event                                   | layers     | booked                    | account       | debit | credit
    2026-02-02 | order P1 from SMITH: 10 A @ 2.50
    2026-02-10 | receive R1 of P1                        | A 10=25.00 |                           | inventory     | 25.00
               |                                         |            |                           | grni          |       |  25.00
    2026-02-20 | sell 4 A                                | A 6=15.00  |                           | cost of sales | 10.00
               |                                         |            |                           | inventory     |       |  10.00
    2026-03-02 | lock through 2026-02-28
    2026-03-05 | invoice I1 of R1: 10 A @ 3.00, approved | A 6=18.00  | 2026-03-01 for 2026-02-10 | inventory     |  5.00
               |                                         |            | 2026-03-01 for 2026-02-10 | grni          |       |   5.00
               |                                         |            | 2026-03-01 for 2026-02-20 | cost of sales |  2.00
               |                                         |            | 2026-03-01 for 2026-02-20 | inventory     |       |   2.00
               |                                         |            |                           | grni          | 30.00
               |                                         |            |                           | payable       |       |  30.00
    """)
    february = dt.date(2026, 2, 28)
    assert [story.trade.balance(code, to=february) for code in ("1200", "2100", "5000")] == [1500, -2500, 1000]


def test_a_delivery_is_learned_of_after_its_period_was_locked() -> None:
    # it came before the sale, so it is what was sold: 10 pieces, 4 of them at 2.00 each and then the rest
    tell("""
    day        | event                            | layers     | booked                    | account       | debit | credit
    2026-02-02 | order P1 from SMITH: 4 A @ 2.00
    2026-02-02 | order P2 from SMITH: 10 A @ 2.50
    2026-02-10 | receive R2 of P2                 | A 10=25.00 |                           | inventory     | 25.00
               |                                  |            |                           | grni          |       |  25.00
    2026-02-20 | sell 6 A                         | A 4=10.00  |                           | cost of sales | 15.00
               |                                  |            |                           | inventory     |       |  15.00
    2026-03-02 | lock through 2026-02-28
    2026-02-05 | receive R1 of P1                 | A 8=20.00  | 2026-03-01 for 2026-02-05 | inventory     |  8.00
               |                                  |            | 2026-03-01 for 2026-02-05 | grni          |       |   8.00
               |                                  |            | 2026-03-01 for 2026-02-20 | inventory     |  2.00
               |                                  |            | 2026-03-01 for 2026-02-20 | cost of sales |       |   2.00
    """)


def test_a_receipt_is_taken_back_after_a_dearer_invoice_of_it_was() -> None:
    story = tell("""
    day        | event                                   | layers     | booked     | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-06 | receive R1 of P1                        | A 10=25.00 |            | inventory | 25.00
               |                                         |            |            | grni      |       |  25.00
    2026-03-08 | invoice I1 of R1: 10 A @ 3.00, approved | A 10=30.00 | 2026-03-06 | inventory |  5.00
               |                                         |            | 2026-03-06 | grni      |       |   5.00
               |                                         |            |            | grni      | 30.00
               |                                         |            |            | payable   |       |  30.00
    2026-03-09 | cancel receipt R1 -> document.wrong_state
    2026-03-10 | cancel invoice I1                       | A 10=25.00 | 2026-03-06 | grni      |  5.00
               |                                         |            | 2026-03-06 | inventory |       |   5.00
               |                                         |            |            | payable   | 30.00
               |                                         |            |            | grni      |       |  30.00
    2026-03-11 | cancel receipt R1                       | none       | 2026-03-06 | grni      | 25.00
               |                                         |            | 2026-03-06 | inventory |       |  25.00
    """)
    assert story.trade.balances() == {}


def test_a_receipt_is_taken_back_after_two_invoices_of_it_were_the_first_one_first() -> None:
    story = tell("""
    day        | event                                  | layers     | booked     | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-06 | receive R1 of P1                       | A 10=25.00 |            | inventory | 25.00
               |                                        |            |            | grni      |       |  25.00
    2026-03-08 | invoice I1 of R1: 4 A @ 3.00, approved | A 10=27.00 | 2026-03-06 | inventory |  2.00
               |                                        |            | 2026-03-06 | grni      |       |   2.00
               |                                        |            |            | grni      | 12.00
               |                                        |            |            | payable   |       |  12.00
    2026-03-09 | invoice I2 of R1: 6 A @ 2.00, approved | A 10=24.00 | 2026-03-06 | grni      |  3.00
               |                                        |            | 2026-03-06 | inventory |       |   3.00
               |                                        |            |            | grni      | 12.00
               |                                        |            |            | payable   |       |  12.00
    2026-03-10 | cancel invoice I1                      | A 10=22.00 | 2026-03-06 | grni      |  2.00
               |                                        |            | 2026-03-06 | inventory |       |   2.00
               |                                        |            |            | payable   | 12.00
               |                                        |            |            | grni      |       |  12.00
    2026-03-11 | cancel receipt R1 -> document.wrong_state
    2026-03-11 | cancel invoice I2                      | A 10=25.00 | 2026-03-06 | inventory |  3.00
               |                                        |            | 2026-03-06 | grni      |       |   3.00
               |                                        |            |            | payable   | 12.00
               |                                        |            |            | grni      |       |  12.00
    2026-03-12 | cancel receipt R1                      | none       | 2026-03-06 | grni      | 25.00
               |                                        |            | 2026-03-06 | inventory |       |  25.00
    """)
    assert story.trade.balances() == {}
