"""Receipts: what comes into stock and into the books, what the order learns of it, and every refusal."""

from everstock.core.quantities import SCALE
from everstock.ledger.verify import verify
from everstock.operations.purchasing.orders import approve_order, send_order
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import receive
from tests.operations.buying import MONDAY, NOW, Buying


def test_a_receipt_brings_goods_into_stock_and_books(buying: Buying) -> None:
    order = buying.order()
    approve_order(buying.boss, order=order.id, recorded_at=NOW)
    send_order(buying.boss, order=order.id, day=MONDAY, recorded_at=NOW)
    made = receive(buying.boss, lines=[ReceiptLine(4 * SCALE, order=order.id, line=1)], day=MONDAY, recorded_at=NOW)
    assert made == (made.id, "GR-2026-000001", "posted")
    [line] = buying.lines(made.id)
    assert (line.ledger_reference, line.base_quantity, line.net) == (f"GR/{made.id}/1", 4 * SCALE, 1000)
    assert buying.header(order.id).state == "partly_received"
    assert not verify(buying.company.pk).violations
