"""Buying processes of the race tests: ``python -m tests.operations.worker`` with a job as JSON.

Forks one client per entry of ``job["clients"]``; all begin at the same moment. Each does what its role says ``count`` times
and prints what came of it, one JSON line each.
"""

import datetime as dt
import json
import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from tests.operations.sales.rivals import rivals

UNIT = 1_000_000
NOW = 1_772_400_000_000_000
MONDAY = dt.date(2026, 3, 2)

Job = dict[str, Any]


class Undone(Exception):
    """Rolls back what was done."""


def order(job: Job, number: int, **more: Any) -> Any:
    from everstock.operations.documents.lines import OrderLine
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.purchasing.orders import create_order

    return create_order(
        system_actor(job["company"], "races"),
        supplier=job["supplier"],
        lines=[OrderLine((1 + number % 7) * UNIT, item=item, unit_price=UNIT) for item in job["items"]],
        day=MONDAY,
        location=job["location"],
        recorded_at=NOW,
        **more,
    )


def numbered(job: Job, number: int) -> Any:
    """Orders, every third of them rolled back after it got its number."""
    from django.db import transaction

    if random.Random(f"{job['name']}/{number}").randrange(3):
        return order(job, number).number
    try:
        with transaction.atomic():
            order(job, number)
            raise Undone
    except Undone:
        return None


def same(job: Job, number: int) -> Any:
    """Orders that all others make at the same moment, under the same keys: one every 50 ms."""
    time.sleep(max(0, job["begin"] + number * 0.05 - time.time()))
    return order(job, number, key=f"key-{number}").number


def calling(job: Job, number: int) -> Any:
    """Call-offs of one piece each, until there is nothing left; some are cancelled again."""
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.purchasing.call_offs import CallOff, call_off
    from everstock.operations.purchasing.orders import cancel_order

    actor = system_actor(job["company"], "races")
    lines = [CallOff(line, UNIT) for line in (1, 2)]
    made = call_off(actor, blanket=job["blanket"], lines=lines, day=MONDAY, recorded_at=NOW)
    if number % 5 == 0:
        cancel_order(actor, order=made.id, reason="race", recorded_at=NOW)
        return None
    return made.number


def receiving(job: Job, number: int) -> Any:
    """Receipts against one order, its lines in another order each time, by somebody who may not receive too much; some are cancelled again."""
    from everstock.operations.identity.actor import Actor
    from everstock.operations.identity.permissions import Permission
    from everstock.operations.purchasing.receipt_lines import ReceiptLine
    from everstock.operations.purchasing.receipts import cancel_receipt, receive

    draw = random.Random(f"{job['name']}/{number}")
    actor = Actor(None, "races", job["company"], frozenset({Permission.RECEIPT_POST}), {}, "races")
    wanted = [ReceiptLine(draw.randint(1, 3) * UNIT, order=job["order"], line=line) for line in (1, 2)]
    lines = draw.sample(wanted, draw.randint(1, 2))
    made = receive(actor, lines=lines, day=MONDAY, recorded_at=NOW)
    if draw.randrange(3) == 0:
        cancel_receipt(actor, receipt=made.id, reason="race", recorded_at=NOW)
        return None
    return made.number


def buying(job: Job, number: int) -> Any:
    """Everything that happens to the same orders: goods come, are billed, before or after, paid, returned and replaced."""
    from everstock.operations.documents.kinds import DocumentKind
    from everstock.operations.documents.payments import PaymentLine
    from everstock.operations.documents.queries import documents
    from everstock.operations.documents.read import read
    from everstock.operations.documents.resolutions import Resolution
    from everstock.operations.identity.actor import Actor
    from everstock.operations.identity.permissions import Permission
    from everstock.operations.purchasing.ahead import match_ahead
    from everstock.operations.purchasing.invoice_lines import InvoiceLine
    from everstock.operations.purchasing.invoices import post_invoice
    from everstock.operations.purchasing.payments import register_payment
    from everstock.operations.purchasing.receipt_lines import ReceiptLine
    from everstock.operations.purchasing.receipts import receive
    from everstock.operations.purchasing.returns import ReturnLine, return_goods

    draw = random.Random(f"{job['name']}/{number}")
    may = {
        Permission.RECEIPT_POST,
        Permission.SUPPLIER_INVOICE_POST,
        Permission.PAYMENT_REGISTER,
        Permission.SUPPLIER_RETURN_POST,
    }
    actor = Actor(None, "races", job["company"], frozenset(may), {}, "races")
    given: Job = {"day": MONDAY, "recorded_at": NOW}

    def some(kind: DocumentKind, most: int) -> list[int]:
        found = [row.id for row in documents(job["company"], [kind], limit=8)]
        return draw.sample(found, min(len(found), draw.randint(1, most)))

    def lines(of: list[int]) -> list[Any]:
        return [line for one in of for line in read(job["company"], [one]).lines[one]]

    act = draw.choice(["receive", "receive", "receive", "ahead", "invoice", "invoice", "pay", "pay", "return", "match"])
    if act == "receive":
        wanted = [
            ReceiptLine(draw.randint(1, 4) * UNIT, one, draw.randint(1, 2)) for one in draw.sample(job["orders"], 2)
        ]
        return act, receive(actor, lines=wanted, **given).state
    if act == "match":
        match_ahead(actor, order=draw.choice(job["orders"]), **given)
        return act, None
    if act in {"ahead", "invoice"}:
        kind = DocumentKind.GOODS_RECEIPT
        sources = lines(draw.sample(job["orders"], 1) if act == "ahead" else some(kind, 2))
        billed = [
            InvoiceLine(line.id, draw.choice([None, UNIT, 3 * UNIT]))
            for line in draw.sample(sources, min(2, len(sources)))
        ]
        reference = f"{job['name']}-{number}"
        return act, post_invoice(actor, supplier=job["supplier"], reference=reference, lines=billed, **given).state
    if act == "pay":
        paid = [PaymentLine(one, draw.choice([None, 100])) for one in some(DocumentKind.SUPPLIER_INVOICE, 3)]
        return act, register_payment(actor, supplier=job["supplier"], lines=paid, **given).state
    back = [ReturnLine(UNIT, line.document, line.line) for line in lines(some(DocumentKind.GOODS_RECEIPT, 2))][:2]
    settled = draw.choice([Resolution.REPLACEMENT, Resolution.CREDIT])
    return act, return_goods(actor, lines=back, resolution=settled, location=job["location"], **given).state


def selling_kits(job: Job, number: int) -> Any:
    """Orders of two kits that share their components, in another order each time; what is whole of them leaves, some are cancelled."""
    from everstock.operations.documents.lines import OrderLine
    from everstock.operations.documents.read import read
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.sales.orders import cancel_order, create_order
    from everstock.operations.sales.shipments import ShipmentLine, ship

    draw = random.Random(f"{job['name']}/{number}")
    actor = system_actor(job["company"], "races")
    lines = [OrderLine(draw.randint(1, 2) * UNIT, item=kit, unit_price=UNIT) for kit in draw.sample(job["kits"], 2)]
    given: Job = {"day": MONDAY, "recorded_at": NOW}
    made = create_order(actor, customer=job["customer"], lines=lines, location=job["location"], confirm=True, **given)
    if draw.randrange(3) == 0:
        cancel_order(actor, order=made.id, reason="race", recorded_at=NOW)
        return None
    [first, _, *_] = read(job["company"], [made.id]).lines[made.id]
    return ship(actor, lines=[ShipmentLine(made.id, 1, first.quantity)], **given).number


def taking_back(job: Job, number: int) -> Any:
    """The same goods come back several times at once, with their shipments or with their serial number alone; some returns are cancelled."""
    from everstock.operations.documents.resolutions import Resolution
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.sales.invoices import invoice_shipments
    from everstock.operations.sales.return_lines import ReturnLine
    from everstock.operations.sales.returns import cancel_return, take_back

    draw = random.Random(f"{job['name']}/{number}")
    actor = system_actor(job["company"], "races")
    given: Job = {"day": MONDAY, "recorded_at": NOW}
    if draw.randrange(8) == 0:
        return invoice_shipments(actor, shipments=[draw.choice(job["shipments"])], **given).number
    lines = [ReturnLine(UNIT, shipment, 1) for shipment in draw.sample(job["shipments"], 2)]
    if draw.randrange(3) == 0:
        lines = [ReturnLine(UNIT, item=job["serial"], lot=draw.choice(job["lots"]))]
    given |= {"customer": job["customer"], "resolution": draw.choice([Resolution.CREDIT, Resolution.REPLACEMENT])}
    if lines[0].shipment is None:
        given["resolution"] = Resolution.CREDIT
    made = take_back(actor, lines=lines, location=job["location"], **given)
    if given["resolution"] is Resolution.CREDIT and draw.randrange(3) == 0:
        cancel_return(actor, sales_return=made.id, reason="race", recorded_at=NOW)
        return None
    return made.number


def selling_out(job: Job, number: int) -> Any:
    """The last pieces, at four tills that leave different buffers; between sales carts hold some and let go of them, or forget them."""
    from everstock.operations.documents.lines import OrderLine
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.sales.holds import CartLine, hold_cart, release_cart
    from everstock.operations.sales.tenders import Tender
    from everstock.operations.sales.till import sell

    draw = random.Random(f"{job['name']}/{number}")
    actor, channel, token = system_actor(job["company"], "races"), f"T{job['name'] % 4}", f"{job['name']}"
    now = NOW + number * 60_000_000
    if number % 3 == 0:
        hold_cart(
            actor, token=token, lines=[CartLine(job["items"][0], UNIT)], minutes=2, recorded_at=now, channel=channel
        )
    if number % 6 == 0:
        release_cart(actor, token=token)
    items = draw.sample(job["items"], 2)
    lines = [OrderLine(draw.randint(1, 2) * UNIT, item=item, unit_price=UNIT) for item in items]
    return sell(actor, channel=channel, lines=lines, tenders=[Tender("cash")], day=MONDAY, recorded_at=now).number


def exchanging(job: Job, number: int) -> Any:
    """Bolts for nuts and nuts for bolts, while what was sold, and ``shipment`` of something else, comes back in other ways and is replaced."""
    from everstock.operations.documents.lines import OrderLine
    from everstock.operations.documents.resolutions import Resolution
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.sales.return_lines import ReturnLine
    from everstock.operations.sales.returns import take_back
    from everstock.operations.sales.tenders import Tender
    from everstock.operations.sales.till_exchanges import exchange_goods
    from everstock.operations.sales.till_returns import Back, return_goods

    draw = random.Random(f"{job['name']}/{number}")
    actor = system_actor(job["company"], "races")
    given: Job = {"day": MONDAY, "recorded_at": NOW}
    receipt, shipment, other = draw.choice(job["receipts"])
    act = draw.randrange(6)
    if act == 0:
        lines = [ReturnLine(UNIT, draw.choice([shipment, job["shipment"]]), 1)]
        return take_back(
            actor, lines=lines, resolution=Resolution.REPLACEMENT, location=job["location"], **given
        ).number
    given |= {"channel": draw.choice(["T0", "T1"]), "receipt": receipt}
    if act == 1:
        return return_goods(actor, lines=[Back(1, UNIT)], refunds=[Tender("cash")], **given).number
    taken = [OrderLine(UNIT, item=other, unit_price=draw.choice([1, 5, 9]) * UNIT)]
    return exchange_goods(actor, back=[Back(1, UNIT)], lines=taken, tenders=[Tender("cash")], **given).number


def settling(job: Job, number: int) -> Any:
    """A customer pays a part of an invoice."""
    from everstock.operations.documents.payments import PaymentLine
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.sales.payments import register_payment

    return register_payment(
        system_actor(job["company"], "races"),
        customer=job["customer"],
        lines=[PaymentLine(job["invoice"], 100)],
        day=MONDAY,
        recorded_at=NOW,
    ).number


def picking(job: Job, number: int) -> Any:
    """Pickers of the same goods: they list orders, take some, do not find some, ship, and give up; a manager gives to one what another has."""
    from everstock.operations.documents.kinds import DocumentKind
    from everstock.operations.documents.queries import documents
    from everstock.operations.documents.states import State
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.sales.orders import cancel_order
    from everstock.operations.sales.pick_lists import Method, create_pick_list
    from everstock.operations.sales.picks import cancel_pick_list, confirm_picks, put_back, short_pick
    from everstock.operations.sales.reallocation import OfOrder, reallocate
    from everstock.operations.sales.staged_shipments import ship_picked
    from everstock.operations.warehouse.count_requests import ShortReason

    draw = random.Random(f"{job['name']}/{number}")
    actor = system_actor(job["company"], "races")
    given: Job = {"day": MONDAY, "recorded_at": NOW}
    act = draw.choice(["list"] * 4 + ["pick"] * 6 + ["ship"] * 6 + ["short", "cancel", "end", "back"] + ["give"] * 4)
    if act == "give":
        giver, taker = (OfOrder(order, 1) for order in draw.sample(job["orders"], 2))
        reallocate(actor, giver=giver, taker=taker, quantity=UNIT, reason="race", recorded_at=NOW)
        return act, ""
    if act == "list":
        orders = draw.sample(job["orders"], 2)
        made = create_pick_list(actor, orders=orders, staging=job["staging"], method=Method.BATCH, **given)
        return act, made.state
    if act == "end":
        return act, cancel_order(actor, order=draw.choice(job["orders"]), reason="race", recorded_at=NOW).state
    open_ = (State.RELEASED, State.PARTLY_PICKED, State.PICKED)
    found = [row.id for row in documents(job["company"], [DocumentKind.PICK_LIST], states=open_, limit=6)]
    given["pick_list"] = draw.choice(found or [0])
    if act == "ship":
        return act, ship_picked(actor, pick_lists=[given.pop("pick_list")], **given).state
    if act == "short":
        return act, short_pick(actor, line=1, quantity=UNIT, reason=ShortReason.MISSING, **given).pick_list.state
    if act == "cancel":
        return act, cancel_pick_list(actor, reason="race", **given).state
    return act, (put_back if act == "back" else confirm_picks)(actor, **given).state


ROLES: dict[str, Callable[[Job, int], Any]] = {
    role.__name__: role
    for role in (
        *(
            numbered,
            same,
            calling,
            receiving,
            buying,
            selling_kits,
            taking_back,
            selling_out,
            exchanging,
            settling,
            picking,
        ),
        rivals,
    )
}


def client(job: Job) -> None:
    from django.db import connection

    from everstock.core.problems import Refusal

    connection.ensure_connection()
    time.sleep(max(0, job["begin"] - time.time()))
    for number in range(job["count"]):
        said: dict[str, Any] = {"name": job["name"], "number": number}
        try:
            said["made"] = ROLES[job["role"]](job, number)
        except Refusal as refusal:
            said["refused"] = refusal.code
        except Exception:  # noqa: BLE001 - whatever a caller would see is what the tests ask about
            said["error"] = traceback.format_exc()
        os.write(1, json.dumps(said).encode() + b"\n")


def main() -> None:
    import django

    django.setup()
    from everstock.operations.purchasing import (  # noqa: F401 - loaded once, before the clients part
        call_offs,
        orders,
        payments,
        receipts,
        returns,
    )

    job = {**json.loads(sys.argv[1]), "begin": time.time() + 1}
    children = []
    for name in range(job["clients"]):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                client({**job, "name": name})
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
