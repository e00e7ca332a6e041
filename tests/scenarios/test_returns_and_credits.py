"""Goods that go back before and after the invoice, and credit notes for goods and for the price alone."""

import pytest

from everstock.core.facts import Method
from tests.scenarios.story import tell

pytestmark = pytest.mark.django_db


def test_a_return_before_the_invoice_is_not_billed() -> None:
    tell("""
    day        | event                                       | layers     | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                            | A 10=25.00 |        | inventory | 25.00
               |                                             |            |        | grni      |       |  25.00
    2026-03-05 | return S1 of R1: 4 A -> posted              | A 6=15.00  |        | grni      | 10.00
               |                                             |            |        | inventory |       |  10.00
    2026-03-09 | invoice I1 of R1 -> posted                  |            |        | grni      | 15.00
               |                                             |            |        | payable   |       |  15.00
    2026-03-09 | look at R1 -> invoiced
    2026-03-10 | credit C1 of S1: 4 A -> credit.not_expected
    """)


def test_a_return_after_the_invoice_waits_for_its_credit() -> None:
    tell("""
    day        | event                            | layers     | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                 | A 10=25.00 |        | inventory | 25.00
               |                                  |            |        | grni      |       |  25.00
    2026-03-05 | invoice I1 of R1                 |            |        | grni      | 25.00
               |                                  |            |        | payable   |       |  25.00
    2026-03-07 | return S1 of R1: 4 A             | A 6=15.00  |        | grni      | 10.00
               |                                  |            |        | inventory |       |  10.00
    2026-03-12 | credit C1 of S1: 4 A -> posted   |            |        | payable   | 10.00
               |                                  |            |        | grni      |       |  10.00
    2026-03-12 | look at S1 -> credited
    2026-03-20 | pay M1 for I1 C1                 |            |        | payable   | 15.00
               |                                  |            |        | bank      |       |  15.00
    """)


def test_less_is_credited_than_the_goods_cost() -> None:
    tell("""
    day        | event                            | layers     | booked | account          | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                 | A 10=25.00 |        | inventory        | 25.00
               |                                  |            |        | grni             |       |  25.00
    2026-03-05 | invoice I1 of R1                 |            |        | grni             | 25.00
               |                                  |            |        | payable          |       |  25.00
    2026-03-07 | return S1 of R1: 4 A             | A 6=15.00  |        | grni             | 10.00
               |                                  |            |        | inventory        |       |  10.00
    2026-03-12 | credit C1 of S1: 4 A = 9.00      |            |        | payable          |  9.00
               |                                  |            |        | price difference |  1.00
               |                                  |            |        | grni             |       |  10.00
    """)


def test_a_return_that_is_replaced() -> None:
    tell("""
    day        | event                                | layers            | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                     | A 10=25.00        |        | inventory | 25.00
               |                                      |                   |        | grni      |       |  25.00
    2026-03-05 | invoice I1 of R1                     |                   |        | grni      | 25.00
               |                                      |                   |        | payable   |       |  25.00
    2026-03-07 | return S1 of R1: 4 A for replacement | A 6=15.00         |        | grni      | 10.00
               |                                      |                   |        | inventory |       |  10.00
    2026-03-07 | look at P1 -> partly_received
    2026-03-12 | receive R2 of P1: 4 A                | A 6=15.00 4=10.00 |        | inventory | 10.00
               |                                      |                   |        | grni      |       |  10.00
    2026-03-12 | look at R2 -> invoiced
    2026-03-12 | look at P1 -> invoiced
    """)


def test_goods_that_come_leave_alone_what_went_back_for_a_credit() -> None:
    # the second delivery is not the replacement of the four that went back: their credit is still to come, and it will be billed itself
    tell("""
    day        | event                            | layers             | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 20 A @ 2.50
    2026-03-03 | receive R1 of P1: 10 A           | A 10=25.00         |        | inventory | 25.00
               |                                  |                    |        | grni      |       |  25.00
    2026-03-05 | invoice I1 of R1                 |                    |        | grni      | 25.00
               |                                  |                    |        | payable   |       |  25.00
    2026-03-07 | return S1 of R1: 4 A             | A 6=15.00          |        | grni      | 10.00
               |                                  |                    |        | inventory |       |  10.00
    2026-03-10 | receive R2 of P1: 10 A           | A 6=15.00 10=25.00 |        | inventory | 25.00
               |                                  |                    |        | grni      |       |  25.00
    2026-03-10 | look at R2 -> posted
    2026-03-12 | credit C1 of S1: 4 A -> posted   |                    |        | payable   | 10.00
               |                                  |                    |        | grni      |       |  10.00
    2026-03-14 | invoice I2 of R2 -> posted       |                    |        | grni      | 25.00
               |                                  |                    |        | payable   |       |  25.00
    """)


def test_what_goes_back_was_sold_in_part_so_other_goods_go_back() -> None:
    # two of R1 are left; two of R2 go with them, which cost 6.00 and of which the supplier takes back only what R1 cost: 4.00
    tell("""
    day        | event                            | layers            | booked | account          | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.00
    2026-03-02 | order P2 from SMITH: 10 A @ 3.00
    2026-03-03 | receive R1 of P1                 | A 10=20.00        |        | inventory        | 20.00
               |                                  |                   |        | grni             |       |  20.00
    2026-03-04 | sell 8 A                         | A 2=4.00          |        | cost of sales    | 16.00
               |                                  |                   |        | inventory        |       |  16.00
    2026-03-05 | receive R2 of P2                 | A 2=4.00 10=30.00 |        | inventory        | 30.00
               |                                  |                   |        | grni             |       |  30.00
    2026-03-06 | return S1 of R1: 4 A             | A 8=24.00         |        | grni             |  8.00
               |                                  |                   |        | price difference |  2.00
               |                                  |                   |        | inventory        |       |  10.00
    2026-03-09 | invoice I1 of R1                 |                   |        | grni             | 12.00
               |                                  |                   |        | payable          |       |  12.00
    """)


def test_a_linked_return_under_moving_average_goes_at_the_value_of_its_receipt() -> None:
    tell(
        """
    day        | event                            | layers     | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.00
    2026-03-02 | order P2 from SMITH: 10 A @ 3.00
    2026-03-03 | receive R1 of P1                 | A 10=20.00 |        | inventory | 20.00
               |                                  |            |        | grni      |       |  20.00
    2026-03-04 | receive R2 of P2                 | A 20=50.00 |        | inventory | 30.00
               |                                  |            |        | grni      |       |  30.00
    2026-03-05 | return S1 of R2: 4 A             | A 16=38.00 |        | grni      | 12.00
               |                                  |            |        | inventory |       |  12.00
    """,
        Method.AVERAGE,
    )


def test_a_return_without_a_receipt_goes_at_current_cost() -> None:
    tell("""
    day        | event                            | layers              | booked | account          | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.00
    2026-03-02 | order P2 from SMITH: 10 A @ 3.00
    2026-03-03 | receive R1 of P1                 | A 10=20.00          |        | inventory        | 20.00
               |                                  |                     |        | grni             |       |  20.00
    2026-03-04 | receive R2 of P2                 | A 10=20.00 10=30.00 |        | inventory        | 30.00
               |                                  |                     |        | grni             |       |  30.00
    2026-03-05 | return S1 to SMITH: 5 A          | A 5=10.00 10=30.00  |        | grni             | 10.00
               |                                  |                     |        | inventory        |       |  10.00
    2026-03-12 | credit C1 of S1: 5 A = 12.00     |                     |        | payable          | 12.00
               |                                  |                     |        | grni             |       |  10.00
               |                                  |                     |        | price difference |       |   2.00
    """)


def test_a_return_before_an_invoice_at_another_price() -> None:
    # four went back at 2.50; the six that stay cost 3.00 each, and what was sold of them too
    tell("""
    day        | event                                  | layers     | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                       | A 10=25.00 |            | inventory     | 25.00
               |                                        |            |            | grni          |       |  25.00
    2026-03-04 | sell 2 A                               | A 8=20.00  |            | cost of sales |  5.00
               |                                        |            |            | inventory     |       |   5.00
    2026-03-05 | return S1 of R1: 4 A                   | A 4=10.00  |            | grni          | 10.00
               |                                        |            |            | inventory     |       |  10.00
    2026-03-09 | invoice I1 of R1: 6 A @ 3.00, approved | A 4=12.00  | 2026-03-03 | inventory     |  5.00
               |                                        |            | 2026-03-03 | grni          |       |   5.00
               |                                        |            | 2026-03-04 | cost of sales |  1.00
               |                                        |            | 2026-03-04 | inventory     |       |   1.00
               |                                        |            | 2026-03-05 | grni          |  2.00
               |                                        |            | 2026-03-05 | inventory     |       |   2.00
               |                                        |            |            | grni          | 18.00
               |                                        |            |            | payable       |       |  18.00
    """)


def test_freight_on_goods_of_which_some_went_back_is_not_owed_by_the_supplier_of_the_goods() -> None:
    # 10.00 of freight on ten pieces; the four that went back take 4.00 along, which no supplier of goods ever billed: it is a price difference
    tell("""
    day        | event                            | layers     | booked     | account              | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                 | A 10=25.00 |            | inventory            | 25.00
               |                                  |            |            | grni                 |       |  25.00
    2026-03-05 | return S1 of R1: 4 A             | A 6=15.00  |            | grni                 | 10.00
               |                                  |            |            | inventory            |       |  10.00
    2026-03-09 | freight L1 on R1: 10.00 by value | A 6=21.00  | 2026-03-03 | inventory            | 10.00
               |                                  |            | 2026-03-03 | landed cost clearing |       |  10.00
               |                                  |            | 2026-03-05 | grni                 |  4.00
               |                                  |            | 2026-03-05 | inventory            |       |   4.00
               |                                  |            |            | price difference     |  4.00
               |                                  |            |            | grni                 |       |   4.00
    2026-03-12 | invoice I1 of R1                 |            |            | grni                 | 15.00
               |                                  |            |            | payable              |       |  15.00
    """)


def test_a_credit_note_for_the_price_alone() -> None:
    tell("""
    day        | event                                                           | layers     | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                                                | A 10=25.00 |            | inventory     | 25.00
               |                                                                 |            |            | grni          |       |  25.00
    2026-03-04 | sell 4 A                                                        | A 6=15.00  |            | cost of sales | 10.00
               |                                                                 |            |            | inventory     |       |  10.00
    2026-03-06 | credit C1 of R1 for the price of A: 5.00 -> credit.not_invoiced
    2026-03-06 | invoice I1 of R1                                                |            |            | grni          | 25.00
               |                                                                 |            |            | payable       |       |  25.00
    2026-03-12 | credit C1 of R1 for the price of A: 5.00                        | A 6=12.00  | 2026-03-03 | grni          |  5.00
               |                                                                 |            | 2026-03-03 | inventory     |       |   5.00
               |                                                                 |            | 2026-03-04 | inventory     |  2.00
               |                                                                 |            | 2026-03-04 | cost of sales |       |   2.00
               |                                                                 |            |            | payable       |  5.00
               |                                                                 |            |            | grni          |       |   5.00
    2026-03-20 | pay M1 for I1 C1                                                |            |            | payable       | 20.00
               |                                                                 |            |            | bank          |       |  20.00
    """)


def test_an_invoice_that_was_wrong_is_cancelled_and_entered_again() -> None:
    tell("""
    day        | event                                   | layers     | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                        | A 10=25.00 |            | inventory     | 25.00
               |                                         |            |            | grni          |       |  25.00
    2026-03-04 | sell 4 A                                | A 6=15.00  |            | cost of sales | 10.00
               |                                         |            |            | inventory     |       |  10.00
    2026-03-06 | invoice I1 of R1: 10 A @ 3.50, approved | A 6=21.00  | 2026-03-03 | inventory     | 10.00
               |                                         |            | 2026-03-03 | grni          |       |  10.00
               |                                         |            | 2026-03-04 | cost of sales |  4.00
               |                                         |            | 2026-03-04 | inventory     |       |   4.00
               |                                         |            |            | grni          | 35.00
               |                                         |            |            | payable       |       |  35.00
    2026-03-09 | cancel invoice I1 -> cancelled          | A 6=15.00  | 2026-03-03 | grni          | 10.00
               |                                         |            | 2026-03-03 | inventory     |       |  10.00
               |                                         |            | 2026-03-04 | inventory     |  4.00
               |                                         |            | 2026-03-04 | cost of sales |       |   4.00
               |                                         |            |            | payable       | 35.00
               |                                         |            |            | grni          |       |  35.00
    2026-03-10 | invoice I2 of R1 -> posted              |            |            | grni          | 25.00
               |                                         |            |            | payable       |       |  25.00
    """)


def test_a_late_sale_changes_the_cost_of_a_return() -> None:
    # the return without a receipt took the oldest goods, of 2.00; a sale before it takes those, so it took goods of 3.00
    tell("""
    day        | event                            | layers              | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.00
    2026-03-02 | order P2 from SMITH: 10 A @ 3.00
    2026-03-03 | receive R1 of P1                 | A 10=20.00          |            | inventory     | 20.00
               |                                  |                     |            | grni          |       |  20.00
    2026-03-04 | receive R2 of P2                 | A 10=20.00 10=30.00 |            | inventory     | 30.00
               |                                  |                     |            | grni          |       |  30.00
    2026-03-09 | return S1 to SMITH: 5 A          | A 5=10.00 10=30.00  |            | grni          | 10.00
               |                                  |                     |            | inventory     |       |  10.00
    2026-03-05 | sell 10 A                        | A 5=15.00           |            | cost of sales | 20.00
               |                                  |                     |            | inventory     |       |  20.00
               |                                  |                     | 2026-03-09 | grni          |  5.00
               |                                  |                     | 2026-03-09 | inventory     |       |   5.00
    2026-03-12 | credit C1 of S1: 5 A = 15.00     |                     |            | payable       | 15.00
               |                                  |                     |            | grni          |       |  15.00
    """)
