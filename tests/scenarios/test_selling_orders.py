"""Orders that are delivered in parts, at prices of lists, in kits, from the supplier, or otherwise than they were placed."""

import pytest

from everstock.core.facts import Method
from tests.scenarios.selling import sell

pytestmark = pytest.mark.django_db


def test_an_order_is_shipped_in_parts_and_what_is_missing_waits_for_the_next_delivery() -> None:
    # 6 at 2.00 leave at once, 4 at 3.00 later: 24.00; the order that came meanwhile gets what is left over
    sell("""
    day        | event                        | layers    | booked | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 6 A @ 2.00
    2026-03-03 | receive R1 of P1             | A 6=12.00 |        | inventory     | 12.00
               |                              |           |        | grni          |       |  12.00
    2026-03-04 | order O1 for JONES: 10 A @ 5.00 -> confirmed
    2026-03-04 | backorders -> O1 4 A
    2026-03-04 | ship S1 of O1 -> shipment.short
    2026-03-04 | ship S1 of O1: 6 A -> posted | none      |        | cost of sales | 12.00
               |                              |           |        | inventory     |       |  12.00
    2026-03-04 | look at O1 -> partly_shipped
    2026-03-05 | bill B1 of S1 -> posted      |           |        | receivable    | 30.00
               |                              |           |        | revenue       |       |  30.00
    2026-03-05 | order P2 from SMITH: 8 A @ 3.00
    2026-03-09 | receive R2 of P2             | A 8=24.00 |        | inventory     | 24.00
               |                              |           |        | grni          |       |  24.00
    2026-03-09 | allocate O1
    2026-03-09 | order O2 for JONES: 6 A @ 5.00 -> confirmed
    2026-03-09 | backorders -> O2 2 A
    2026-03-10 | ship S2 of O1 -> posted      | A 4=12.00 |        | cost of sales | 12.00
               |                              |           |        | inventory     |       |  12.00
    2026-03-10 | look at O1 -> shipped
    2026-03-11 | bill B2 of S2 -> posted      |           |        | receivable    | 20.00
               |                              |           |        | revenue       |       |  20.00
    2026-03-11 | look at O1 -> invoiced
    2026-03-11 | margin of O1 -> 50.00 less 24.00 is 26.00
    """)


def test_the_price_of_the_list_for_the_quantity_the_customer_and_the_day() -> None:
    # 9 at 5.00; 10 at 4.50; 50 at 4.50 less the 10 % of JONES, and 20 % of tax on 202.50; 4 at 4.80 while SPRING lasts, and at 5.00 after it
    sell("""
    day        | event                   | layers       | booked | account       |  debit | credit
    2026-03-01 | price list L: 0 A @ 5.00 + 10 A @ 4.50
    2026-03-01 | price list J for JONES on L: 50 A less 10%
    2026-03-02 | order P1 from SMITH: 100 A @ 2.00
    2026-03-03 | receive R1 of P1        | A 100=200.00 |        | inventory     | 200.00
               |                         |              |        | grni          |        | 200.00
    2026-03-04 | order O1 for JONES: 9 A
    2026-03-04 | net of O1 -> 45.00
    2026-03-04 | order O2 for JONES: 10 A
    2026-03-04 | net of O2 -> 45.00
    2026-03-04 | order O3 for JONES: 50 A tax VAT
    2026-03-04 | net of O3 -> 202.50
    2026-03-05 | price list SPRING until 2026-03-10: 0 A @ 4.80
    2026-03-10 | order O4 for JONES: 4 A
    2026-03-10 | net of O4 -> 19.20
    2026-03-11 | order O5 for JONES: 4 A
    2026-03-11 | net of O5 -> 20.00
    2026-03-11 | order O6 for JONES: 4 A @ 5.00 less 5%
    2026-03-11 | net of O6 -> 19.00
    2026-03-11 | a euro is 1.20
    2026-03-11 | order O7 for PARIS: 4 A -> price.missing
    2026-03-12 | ship S3 of O3 -> posted | A 50=100.00  |        | cost of sales | 100.00
               |                         |              |        | inventory     |        | 100.00
    2026-03-12 | bill B3 of S3 -> posted |              |        | receivable    | 243.00
               |                         |              |        | output VAT    |        |  40.50
               |                         |              |        | revenue       |        | 202.50
    2026-03-12 | margin of O3 -> 202.50 less 100.00 is 102.50
    """)


def test_a_kit_is_sold_as_one_and_costs_what_its_components_cost() -> None:
    # a SET is 2 A at 1.00 and a B at 0.50: 2.50; of a third order 6 A and 3 B are wanted, and 4 A and 2 B are there
    sell("""
    day        | event                          | layers               | booked | account       | debit | credit
    2026-03-01 | kit SET: 2 A + 1 B
    2026-03-02 | order P1 from SMITH: 10 A @ 1.00 + 5 B @ 0.50
    2026-03-03 | receive R1 of P1               | A 10=10.00, B 5=2.50 |        | inventory     | 12.50
               |                                |                      |        | grni          |       |  12.50
    2026-03-04 | order O1 for JONES: 3 SET @ 4.00 -> confirmed
    2026-03-04 | ship S1 of O1: 2 SET -> posted | A 6=6.00, B 3=1.50   |        | cost of sales |  5.00
               |                                |                      |        | inventory     |       |   5.00
    2026-03-04 | taken by S1 -> 4 A at DOCK, 2 B at DOCK
    2026-03-05 | bill B1 of S1 -> posted        |                      |        | receivable    |  8.00
               |                                |                      |        | revenue       |       |   8.00
    2026-03-05 | margin of O1 -> 8.00 less 5.00 is 3.00
    2026-03-06 | ship S2 of O1 -> posted        | A 4=4.00, B 2=1.00   |        | cost of sales |  2.50
               |                                |                      |        | inventory     |       |   2.50
    2026-03-07 | bill B2 of S2 -> posted        |                      |        | receivable    |  4.00
               |                                |                      |        | revenue       |       |   4.00
    2026-03-07 | look at O1 -> invoiced
    2026-03-07 | margin of O1 -> 12.00 less 7.50 is 4.50
    2026-03-08 | order O2 for JONES: 3 SET @ 4.00 -> confirmed
    2026-03-08 | backorders -> O2 2 A, O2 1 B
    """)


def test_a_drop_shipment_never_lies_here_and_costs_what_the_supplier_bills() -> None:
    # 6 at 2.00 are expected and billed at 2.10: 0.60 more, of the day they left
    sell("""
    day        | event                                  | layers | booked     | account       | debit | credit
    2026-03-01 | SMITH offers 1 A @ 2.00
    2026-03-02 | order O1 for JONES, dropped: 10 A @ 3.00 -> confirmed
    2026-03-02 | drop P1 of O1 -> sent
    2026-03-04 | dropped S1 and R1 of P1: 6 A -> posted |        |            | cost of sales | 12.00
               |                                        |        |            | grni          |       |  12.00
    2026-03-04 | look at O1 -> partly_shipped
    2026-03-04 | look at P1 -> partly_received
    2026-03-05 | bill B1 of S1 -> posted                |        |            | receivable    | 18.00
               |                                        |        |            | revenue       |       |  18.00
    2026-03-05 | margin of O1 -> 18.00 less 12.00 is 6.00
    2026-03-09 | invoice I1 of R1: 6 A @ 2.10, approved |        | 2026-03-04 | cost of sales |  0.60
               |                                        |        | 2026-03-04 | grni          |       |   0.60
               |                                        |        |            | grni          | 12.60
               |                                        |        |            | payable       |       |  12.60
    2026-03-09 | margin of O1 -> 18.00 less 12.60 is 5.40
    2026-03-09 | margin of O1 as known with B1 -> 18.00 less 12.00 is 6.00
    2026-03-10 | dropped S2 and R2 of P1 -> posted      |        |            | cost of sales |  8.00
               |                                        |        |            | grni          |       |   8.00
    2026-03-10 | look at O1 -> shipped
    """)


def test_goods_of_a_drop_shipment_cost_what_they_were_bought_for_and_what_lies_here_keeps_its_cost() -> None:
    # 4 lie here at 5.00 each; 6 go from the supplier to the customer for 2.00 each, billed at 2.10
    for method in (Method.AVERAGE, Method.FIFO):
        sell(
            """
    day        | event                                  | layers    | booked     | account       | debit | credit
    2026-03-01 | SMITH offers 1 A @ 2.00
    2026-03-01 | order P1 from SMITH: 4 A @ 5.00
    2026-03-01 | receive R1 of P1                       | A 4=20.00 |            | inventory     | 20.00
               |                                        |           |            | grni          |       |  20.00
    2026-03-02 | order O1 for JONES, dropped: 6 A @ 3.00 -> confirmed
    2026-03-02 | drop P2 of O1 -> sent
    2026-03-04 | dropped S1 and R2 of P2 -> posted      |           |            | cost of sales | 12.00
               |                                        |           |            | grni          |       |  12.00
    2026-03-05 | order O2 for JONES: 2 A @ 9.00 -> confirmed
    2026-03-05 | ship S2 of O2                          | A 2=10.00 |            | cost of sales | 10.00
               |                                        |           |            | inventory     |       |  10.00
    2026-03-09 | invoice I1 of R2: 6 A @ 2.10, approved |           | 2026-03-04 | cost of sales |  0.60
               |                                        |           | 2026-03-04 | grni          |       |   0.60
               |                                        |           |            | grni          | 12.60
               |                                        |           |            | payable       |       |  12.60
    """,
            method,
        )


def test_whoever_sells_below_cost_is_told_so_and_may_do_it() -> None:
    sell("""
    day        | event                   | layers     | booked | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 3.00
    2026-03-03 | receive R1 of P1        | A 10=30.00 |        | inventory     | 30.00
               |                         |            |        | grni          |       |  30.00
    2026-03-04 | order O1 for JONES: 6 A @ 3.00 -> confirmed
    2026-03-04 | warnings of O1 -> none
    2026-03-04 | change O1: 6 A @ 2.50 -> confirmed
    2026-03-04 | warnings of O1 -> Line 1 is sold below the cost of A: it brings 15.00 USD and costs 18.00 USD.
    2026-03-05 | ship S1 of O1 -> posted | A 4=12.00  |        | cost of sales | 18.00
               |                         |            |        | inventory     |       |  18.00
    2026-03-06 | bill B1 of S1 -> posted |            |        | receivable    | 15.00
               |                         |            |        | revenue       |       |  15.00
    2026-03-06 | margin of A -> 15.00 less 18.00 is -3.00
    """)


# --- picking


def test_the_lot_that_expires_first_leaves_first_and_an_expired_one_not_at_all() -> None:
    # the lot that came second leaves first, and the cost is that of what came first: 3 and 2 at 1.50
    sell("""
    day        | event                                           | layers          | booked | account       | debit | credit
    2026-03-01 | M has lots
    2026-03-02 | order P1 from SMITH: 6 M @ 1.50
    2026-03-02 | order P2 from SMITH: 4 M @ 1.00
    2026-03-03 | receive R1 of P1: 6 M lot LATE until 2026-03-31 | M 6=9.00        |        | inventory     |  9.00
               |                                                 |                 |        | grni          |       |   9.00
    2026-03-04 | receive R2 of P2: 4 M lot SOON until 2026-03-10 | M 6=9.00 4=4.00 |        | inventory     |  4.00
               |                                                 |                 |        | grni          |       |   4.00
    2026-03-05 | order O1 for JONES: 6 M @ 2.00 -> confirmed
    2026-03-05 | ship S1 of O1: 3 M -> posted                    | M 3=4.50 4=4.00 |        | cost of sales |  4.50
               |                                                 |                 |        | inventory     |       |   4.50
    2026-03-05 | taken by S1 -> 3 M lot SOON
    2026-03-11 | ship S2 of O1: 1 M lot SOON at DOCK -> lot.expired
    2026-03-11 | ship S2 of O1: 2 M -> posted                    | M 1=1.50 4=4.00 |        | cost of sales |  3.00
               |                                                 |                 |        | inventory     |       |   3.00
    2026-03-11 | taken by S2 -> 2 M lot LATE
    """)


def test_what_is_not_in_its_bin_is_taken_elsewhere_and_counted_and_a_manager_decides_who_waits() -> None:
    # 3 of 4 are missing: 2 come from the other bin, one waits; the count writes off 3 at 2.00, as the book says they are there; of
    # two that come, one is kept for who waits
    sell("""
    day        | event                     | layers     | booked | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.00
    2026-03-03 | receive R1 of P1          | A 10=20.00 |        | inventory     | 20.00
               |                           |            |        | grni          |       |  20.00
    2026-03-03 | put 4 A into BIN1
    2026-03-03 | put 6 A into BIN2
    2026-03-04 | order O1 for JONES: 8 A @ 5.00 -> confirmed
    2026-03-05 | pick list K1 of O1 -> released
    2026-03-05 | taken by K1 -> 4 A at BIN1, 4 A at BIN2
    2026-03-05 | short on K1: 3 A at BIN1 -> 2 elsewhere, 1 on backorder
    2026-03-05 | counts wanted -> A at BIN1
    2026-03-05 | backorders -> O1 1 A
    2026-03-05 | pick K1 -> picked
    2026-03-05 | ship S1 from K1 -> posted | A 3=6.00   |        | cost of sales | 14.00
               |                           |            |        | inventory     |       |  14.00
    2026-03-06 | count 0 A at BIN1         | none       |        | shrinkage     |  6.00
               |                           |            |        | inventory     |       |   6.00
    2026-03-06 | counts wanted -> none
    2026-03-09 | order P2 from SMITH: 2 A @ 3.00
    2026-03-10 | receive R2 of P2          | A 2=6.00   |        | inventory     |  6.00
               |                           |            |        | grni          |       |   6.00
    2026-03-10 | order O2 for JONES: 2 A @ 5.00 -> confirmed
    2026-03-10 | backorders -> O1 1 A, O2 1 A
    2026-03-10 | give 1 A of O2 to O1
    2026-03-10 | backorders -> O2 2 A
    2026-03-11 | ship S2 of O2 -> stock.promised
    2026-03-11 | ship S3 of O1 -> posted   | A 1=3.00   |        | cost of sales |  3.00
               |                           |            |        | inventory     |       |   3.00
    2026-03-11 | look at O1 -> shipped
    """)


def test_an_order_that_is_changed_after_it_was_picked_leaves_as_it_is_then() -> None:
    # 8 are picked and 5 wanted: 3 go back to their bin; of the 7 that are wanted at last, 2 are picked once more
    sell("""
    day        | event                      | layers     | booked | account       | debit | credit
    2026-03-02 | order P1 from SMITH: 10 A @ 2.00
    2026-03-03 | receive R1 of P1           | A 10=20.00 |        | inventory     | 20.00
               |                            |            |        | grni          |       |  20.00
    2026-03-03 | put 10 A into BIN1
    2026-03-04 | order O1 for JONES: 8 A @ 5.00 -> confirmed
    2026-03-05 | pick list K1 of O1 -> released
    2026-03-05 | pick K1 -> picked
    2026-03-05 | change O1: 5 A -> confirmed
    2026-03-05 | net of O1 -> 25.00
    2026-03-05 | ship S1 from K1 -> posted  | A 5=10.00  |        | cost of sales | 10.00
               |                            |            |        | inventory     |       |  10.00
    2026-03-05 | look at O1 -> shipped
    2026-03-05 | put back K1 -> completed
    2026-03-06 | change O1: 4 A -> order.below_received
    2026-03-06 | change O1: 7 A -> partly_shipped
    2026-03-06 | backorders -> none
    2026-03-06 | pick list K2 of O1 -> released
    2026-03-06 | taken by K2 -> 2 A at BIN1
    2026-03-06 | pick K2 -> picked
    2026-03-06 | ship S2 from K2 -> posted  | A 3=6.00   |        | cost of sales |  4.00
               |                            |            |        | inventory     |       |   4.00
    2026-03-07 | bill B1 of S1 S2 -> posted |            |        | receivable    | 35.00
               |                            |            |        | revenue       |       |  35.00
    2026-03-07 | look at O1 -> invoiced
    """)
