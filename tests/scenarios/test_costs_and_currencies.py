"""What is added to the price of goods: freight, taxes; and what the rate of a currency does to it."""

import pytest

from everstock.core.facts import Method
from tests.scenarios.story import tell

pytestmark = pytest.mark.django_db


def test_freight_after_all_was_sold() -> None:
    tell("""
    day        | event                                        | layers     | booked     | account              | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                             | A 10=25.00 |            | inventory            | 25.00
               |                                              |            |            | grni                 |       |  25.00
    2026-03-04 | sell 10 A                                    | none       |            | cost of sales        | 25.00
               |                                              |            |            | inventory            |       |  25.00
    2026-03-10 | freight L1 on R1: 8.00 by value -> estimated |            | 2026-03-03 | inventory            |  8.00
               |                                              |            | 2026-03-03 | landed cost clearing |       |   8.00
               |                                              |            | 2026-03-04 | cost of sales        |  8.00
               |                                              |            | 2026-03-04 | inventory            |       |   8.00
    2026-03-12 | freight bill F1 of L1: 8.00                  |            |            | landed cost clearing |  8.00
               |                                              |            |            | payable              |       |   8.00
    2026-03-12 | look at L1 -> posted
    """)


def test_freight_shared_over_three_lines_with_cents_left_over() -> None:
    # 3/7, 3/7 and 1/7 of 10.00 are 4.285…, 4.285… and 1.428…: two cents are left, for C, which lost most, and for A, the first of equals;
    # of the 9.50 that are billed, 4.071…, 4.071… and 1.357…: one cent, for C
    tell("""
    day        | event                                                     | layers                       | booked     | account              | debit | credit
    2026-03-02 | order P1 from SMITH: 3 A @ 1.00 + 3 B @ 1.00 + 1 C @ 1.00
    2026-03-03 | receive R1 of P1                                          | A 3=3.00, B 3=3.00, C 1=1.00 |            | inventory            |  7.00
               |                                                           |                              |            | grni                 |       |   7.00
    2026-03-04 | freight L1 on R1: 10.00 by value                          | A 3=7.29, B 3=7.28, C 1=2.43 | 2026-03-03 | inventory            | 10.00
               |                                                           |                              | 2026-03-03 | landed cost clearing |       |  10.00
    2026-03-09 | freight bill F1 of L1: 9.50                               | A 3=7.07, B 3=7.07, C 1=2.36 | 2026-03-03 | landed cost clearing |  0.50
               |                                                           |                              | 2026-03-03 | inventory            |       |   0.50
               |                                                           |                              |            | landed cost clearing |  9.50
               |                                                           |                              |            | payable              |       |   9.50
    """)


def test_freight_over_several_receipts_by_quantity() -> None:
    # 0.01 cannot be divided: the heavier line takes it
    tell("""
    day        | event                                        | layers             | booked     | account              | debit | credit
    2026-03-02 | order P1 from SMITH: 1 A @ 1.00 + 2 B @ 1.00
    2026-03-03 | receive R1 of P1: 1 A                        | A 1=1.00           |            | inventory            |  1.00
               |                                              |                    |            | grni                 |       |   1.00
    2026-03-04 | receive R2 of P1: 2 B                        | A 1=1.00, B 2=2.00 |            | inventory            |  2.00
               |                                              |                    |            | grni                 |       |   2.00
    2026-03-05 | freight L1 on R1 R2: 0.01 by quantity        | A 1=1.00, B 2=2.01 | 2026-03-04 | inventory            |  0.01
               |                                              |                    | 2026-03-04 | landed cost clearing |       |   0.01
    """)


def test_freight_is_billed_months_later_when_the_period_is_locked() -> None:
    tell("""
    day        | event                              | layers     | booked                    | account              | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                   | A 10=25.00 |                           | inventory            | 25.00
               |                                    |            |                           | grni                 |       |  25.00
    2026-03-03 | freight L1 on R1: 5.00 by quantity | A 10=30.00 |                           | inventory            |  5.00
               |                                    |            |                           | landed cost clearing |       |   5.00
    2026-03-10 | sell 4 A                           | A 6=18.00  |                           | cost of sales        | 12.00
               |                                    |            |                           | inventory            |       |  12.00
    2026-04-03 | lock through 2026-03-31
    2026-06-15 | freight bill F1 of L1: 7.00        | A 6=19.20  | 2026-04-01 for 2026-03-03 | inventory            |  2.00
               |                                    |            | 2026-04-01 for 2026-03-03 | landed cost clearing |       |   2.00
               |                                    |            | 2026-04-01 for 2026-03-10 | cost of sales        |  0.80
               |                                    |            | 2026-04-01 for 2026-03-10 | inventory            |       |   0.80
               |                                    |            |                           | landed cost clearing |  7.00
               |                                    |            |                           | payable              |       |   7.00
    """)


def test_freight_under_standard_cost_is_a_variance() -> None:
    tell(
        """
    day        | event                            | layers     | booked     | account              | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                 | A 10=25.00 |            | inventory            | 25.00
               |                                  |            |            | grni                 |       |  25.00
    2026-03-10 | freight L1 on R1: 5.00 by value  |            | 2026-03-03 | price difference     |  5.00
               |                                  |            | 2026-03-03 | landed cost clearing |       |   5.00
    """,
        Method.STANDARD,
        "2.50",
    )


def test_freight_that_was_a_mistake_is_taken_back() -> None:
    tell("""
    day        | event                                    | layers     | booked     | account              | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50
    2026-03-03 | receive R1 of P1                         | A 10=25.00 |            | inventory            | 25.00
               |                                          |            |            | grni                 |       |  25.00
    2026-03-04 | sell 4 A                                 | A 6=15.00  |            | cost of sales        | 10.00
               |                                          |            |            | inventory            |       |  10.00
    2026-03-05 | freight L1 on R1: 5.00 by value          | A 6=18.00  | 2026-03-03 | inventory            |  5.00
               |                                          |            | 2026-03-03 | landed cost clearing |       |   5.00
               |                                          |            | 2026-03-04 | cost of sales        |  2.00
               |                                          |            | 2026-03-04 | inventory            |       |   2.00
    2026-03-06 | cancel receipt R1 -> reversal.dependants
    2026-03-06 | cancel freight L1 -> cancelled           | A 6=15.00  | 2026-03-03 | landed cost clearing |  5.00
               |                                          |            | 2026-03-03 | inventory            |       |   5.00
               |                                          |            | 2026-03-04 | inventory            |  2.00
               |                                          |            | 2026-03-04 | cost of sales        |       |   2.00
    """)


# --- currencies


def test_the_rate_changes_between_receipt_invoice_and_payment() -> None:
    # EUR 100.00 are 120.00 when the goods come, 130.00 when they are billed, 125.00 when they are paid: the first difference is a cost of the
    # goods, for the six that are left and for the four that went; the second is realised by the payment
    tell("""
    day        | event                            | layers      | booked     | account       |  debit | credit
    2026-03-01 | a euro is 1.20
    2026-03-02 | order P1 from EURO: 10 A @ 10.00
    2026-03-03 | receive R1 of P1                 | A 10=120.00 |            | inventory     | 120.00
               |                                  |             |            | grni          |        | 120.00
    2026-03-04 | sell 4 A                         | A 6=72.00   |            | cost of sales |  48.00
               |                                  |             |            | inventory     |        |  48.00
    2026-03-05 | a euro is 1.30
    2026-03-06 | invoice I1 of R1 -> posted       | A 6=78.00   | 2026-03-03 | inventory     |  10.00
               |                                  |             | 2026-03-03 | grni          |        |  10.00
               |                                  |             | 2026-03-04 | cost of sales |   4.00
               |                                  |             | 2026-03-04 | inventory     |        |   4.00
               |                                  |             |            | grni          | 130.00
               |                                  |             |            | payable       |        | 130.00
    2026-03-10 | a euro is 1.25
    2026-03-12 | pay M1 for I1                    |             |            | payable       | 130.00
               |                                  |             |            | bank          |        | 125.00
               |                                  |             |            | exchange gain |        |   5.00
    """)


def test_an_invoice_in_euro_is_paid_in_two_parts_and_nothing_is_left() -> None:
    # of EUR 100.00 that stand at 130.00, 66.67 stand at 86.67, so 43.33 leave with the first 33.33, which cost 41.66; the rest costs 86.67 × …
    tell("""
    day        | event                            | layers      | booked | account       |  debit | credit
    2026-03-01 | a euro is 1.30
    2026-03-02 | order P1 from EURO: 10 A @ 10.00
    2026-03-03 | receive R1 of P1                 | A 10=130.00 |        | inventory     | 130.00
               |                                  |             |        | grni          |        | 130.00
    2026-03-06 | invoice I1 of R1                 |             |        | grni          | 130.00
               |                                  |             |        | payable       |        | 130.00
    2026-03-10 | a euro is 1.25
    2026-03-12 | pay M1 for I1: 33.33             |             |        | payable       |  43.33
               |                                  |             |        | bank          |        |  41.66
               |                                  |             |        | exchange gain |        |   1.67
    2026-03-20 | a euro is 1.40
    2026-03-21 | pay M2 for I1                    |             |        | payable       |  86.67
               |                                  |             |        | exchange loss |   6.67
               |                                  |             |        | bank          |        |  93.34
    """)


# --- taxes


def test_tax_that_is_not_recovered_is_part_of_the_cost() -> None:
    # 20 % on each: of A it is cost, of B it is deducted, of C the buyer owes and deducts it
    tell("""
    day        | event                                                                                     | layers                             | booked | account    | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50 tax LOST + 10 B @ 1.00 tax VAT + 10 C @ 2.00 tax REVERSE
    2026-03-03 | receive R1 of P1                                                                          | A 10=30.00, B 10=10.00, C 10=20.00 |        | inventory  | 60.00
               |                                                                                           |                                    |        | grni       |       |  60.00
    2026-03-06 | invoice I1 of R1 -> posted                                                                |                                    |        | input VAT  |  6.00
               |                                                                                           |                                    |        | grni       | 60.00
               |                                                                                           |                                    |        | payable    |       |  62.00
               |                                                                                           |                                    |        | output VAT |       |   4.00
    2026-03-09 | return S1 of R1: 5 A + 5 B + 5 C                                                          | A 5=15.00, B 5=5.00, C 5=10.00     |        | grni       | 30.00
               |                                                                                           |                                    |        | inventory  |       |  30.00
    2026-03-12 | credit C1 of S1: 5 A + 5 B + 5 C                                                          |                                    |        | payable    | 31.00
               |                                                                                           |                                    |        | output VAT |  2.00
               |                                                                                           |                                    |        | input VAT  |       |   3.00
               |                                                                                           |                                    |        | grni       |       |  30.00
    """)


def test_a_higher_price_raises_the_tax_that_is_cost_too() -> None:
    # 3.00 and 20 % are 36.00 where 30.00 was expected; four are sold
    tell("""
    day        | event                                     | layers     | booked     | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.50 tax LOST
    2026-03-03 | receive R1 of P1                          | A 10=30.00 |            | inventory     | 30.00
               |                                           |            |            | grni          |       |  30.00
    2026-03-04 | sell 4 A                                  | A 6=18.00  |            | cost of sales | 12.00
               |                                           |            |            | inventory     |       |  12.00
    2026-03-06 | invoice I1 of R1: 10 A @ 3.00, approved   | A 6=21.60  | 2026-03-03 | inventory     |  6.00
               |                                           |            | 2026-03-03 | grni          |       |   6.00
               |                                           |            | 2026-03-04 | cost of sales |  2.40
               |                                           |            | 2026-03-04 | inventory     |       |   2.40
               |                                           |            |            | grni          | 36.00
               |                                           |            |            | payable       |       |  36.00
    """)
