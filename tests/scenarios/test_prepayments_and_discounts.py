"""Money before the invoice, and money kept back because it is paid early."""

import pytest

from tests.scenarios.story import tell

pytestmark = pytest.mark.django_db


def test_half_is_paid_in_advance_and_the_rest_when_the_goods_are_there() -> None:
    tell("""
    day        | event                             | layers     | booked | account   | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-02 | prepay V1 to SMITH: 12.50         |            |        | advances  | 12.50
               |                                   |            |        | bank      |       |  12.50
    2026-03-06 | receive R1 of P1                  | A 10=25.00 |        | inventory | 25.00
               |                                   |            |        | grni      |       |  25.00
    2026-03-09 | invoice I1 of R1                  |            |        | grni      | 25.00
               |                                   |            |        | payable   |       |  25.00
    2026-03-09 | apply M1 of V1 to I1: 12.50       |            |        | payable   | 12.50
               |                                   |            |        | advances  |       |  12.50
    2026-03-09 | look at I1 -> partly_paid
    2026-03-20 | pay M2 for I1                     |            |        | payable   | 12.50
               |                                   |            |        | bank      |       |  12.50
    2026-03-20 | look at I1 -> paid
    """)


def test_more_is_not_applied_than_was_paid_and_what_was_applied_can_be_taken_back() -> None:
    tell("""
    day        | event                                          | layers     | booked | account   | debit | credit
    2026-03-02 | prepay V1 to SMITH: 10.00                      |            |        | advances  | 10.00
               |                                                |            |        | bank      |       |  10.00
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-06 | receive R1 of P1                               | A 10=25.00 |        | inventory | 25.00
               |                                                |            |        | grni      |       |  25.00
    2026-03-09 | invoice I1 of R1                               |            |        | grni      | 25.00
               |                                                |            |        | payable   |       |  25.00
    2026-03-09 | apply M1 of V1 to I1 -> prepayment.exceeds
    2026-03-09 | apply M2 of V1 to I1: 6.00 -> posted           |            |        | payable   |  6.00
               |                                                |            |        | advances  |       |   6.00
    2026-03-09 | apply M3 of V1 to I1: 4.01 -> prepayment.exceeds
    2026-03-10 | cancel payment V1 -> payment.applied
    2026-03-10 | cancel payment M2 -> cancelled                 |            |        | advances  |  6.00
               |                                                |            |        | payable   |       |   6.00
    2026-03-10 | look at I1 -> posted
    2026-03-11 | cancel payment V1 -> cancelled                 |            |        | bank      | 10.00
               |                                                |            |        | advances  |       |  10.00
    2026-03-12 | apply M4 of V1 to I1: 1.00 -> prepayment.not_one
    2026-03-12 | apply M5 of M2 to I1: 1.00 -> prepayment.not_one
    """)


def test_the_rate_moves_between_prepayment_and_invoice() -> None:
    # ten euros were paid at 1.10; the invoice of thirty is booked at 1.20, so that what the advance pays cost a dollar less
    tell("""
    day        | event                             | layers     | booked | account       | debit | credit
    2026-03-01 | a euro is 1.10
    2026-03-02 | prepay V1 to EURO: 10.00          |            |        | advances      | 11.00
               |                                   |            |        | bank          |       |  11.00
    2026-03-05 | a euro is 1.20
    2026-03-05 | order P1 from EURO: 10 A @ 3.00
    2026-03-06 | receive R1 of P1                  | A 10=36.00 |        | inventory     | 36.00
               |                                   |            |        | grni          |       |  36.00
    2026-03-06 | invoice I1 of R1                  |            |        | grni          | 36.00
               |                                   |            |        | payable       |       |  36.00
    2026-03-06 | apply M1 of V1 to I1: 3.33        |            |        | payable       |  4.00
               |                                   |            |        | advances      |       |   3.66
               |                                   |            |        | exchange gain |       |   0.34
    2026-03-06 | apply M2 of V1 to I1: 6.67        |            |        | payable       |  8.00
               |                                   |            |        | advances      |       |   7.34
               |                                   |            |        | exchange gain |       |   0.66
    """)


def test_two_percent_are_kept_back_in_ten_days_and_none_on_the_eleventh() -> None:
    tell("""
    day        | event                                              | layers     | booked | account       | debit | credit
    2026-03-01 | terms of SMITH: days 30, discount days 10, discount 2%
    2026-03-02 | order P1 from SMITH: 10 A @ 5.00
    2026-03-06 | receive R1 of P1                                   | A 10=50.00 |        | inventory     | 50.00
               |                                                    |            |        | grni          |       |  50.00
    2026-03-06 | invoice I1 of R1: 6 A                              |            |        | grni          | 30.00
               |                                                    |            |        | payable       |       |  30.00
    2026-03-07 | invoice I2 of R1: 4 A                              |            |        | grni          | 20.00
               |                                                    |            |        | payable       |       |  20.00
    2026-03-17 | pay M1 for I1 with discount -> payment.no_discount
    2026-03-17 | pay M2 for I1 I2 with discount -> posted           |            |        | payable       | 50.00
               |                                                    |            |        | bank          |       |  49.60
               |                                                    |            |        | cash discount |       |   0.40
    2026-03-17 | look at I2 -> paid
    2026-03-18 | cancel payment M2 -> cancelled                     |            |        | bank          | 49.60
               |                                                    |            |        | cash discount |  0.40
               |                                                    |            |        | payable       |       |  50.00
    2026-03-18 | look at I2 -> posted
    """)


def test_of_the_discount_the_tax_is_not_deducted() -> None:
    # 120.00 with 20.00 of tax, less 3 %: 3.60, of which 0.60 is tax; the goods keep their cost
    tell("""
    day        | event                                              | layers      | booked | account       |  debit | credit
    2026-03-01 | terms of SMITH: discount days 10, discount 3%
    2026-03-02 | order P1 from SMITH: 10 A @ 10.00 tax VAT
    2026-03-06 | receive R1 of P1                                   | A 10=100.00 |        | inventory     | 100.00
               |                                                    |             |        | grni          |        | 100.00
    2026-03-06 | invoice I1 of R1                                   |             |        | input VAT     |  20.00
               |                                                    |             |        | grni          | 100.00
               |                                                    |             |        | payable       |        | 120.00
    2026-03-16 | pay M1 for I1 with discount -> posted              |             |        | payable       | 120.00
               |                                                    |             |        | bank          |        | 116.40
               |                                                    |             |        | input VAT     |        |   0.60
               |                                                    |             |        | cash discount |        |   3.00
    """)


def test_a_discount_in_a_currency_whose_rate_moved() -> None:
    tell("""
    day        | event                                              | layers     | booked | account       | debit | credit
    2026-03-01 | terms of EURO: discount days 10, discount 10%
    2026-03-01 | a euro is 1.20
    2026-03-02 | order P1 from EURO: 10 A @ 3.00
    2026-03-06 | receive R1 of P1                                   | A 10=36.00 |        | inventory     | 36.00
               |                                                    |            |        | grni          |       |  36.00
    2026-03-06 | invoice I1 of R1                                   |            |        | grni          | 36.00
               |                                                    |            |        | payable       |       |  36.00
    2026-03-10 | a euro is 1.10
    2026-03-10 | pay M1 for I1 with discount -> posted              |            |        | payable       | 36.00
               |                                                    |            |        | bank          |       |  29.70
               |                                                    |            |        | cash discount |       |   3.60
               |                                                    |            |        | exchange gain |       |   2.70
    """)
