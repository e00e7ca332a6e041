"""What a customer is told when an order is confirmed or changed: when its lines can leave."""

import datetime as dt
from typing import TYPE_CHECKING

from everstock.interfaces.cli.acting import now
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.states import State

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk


def keep_promise(at: "Desk", done: DocumentRef, day: dt.date) -> None:
    """Keep with a confirmed order when it can leave, if its user may promise. An order that is answered again may have gone further."""
    from everstock.operations.identity.permissions import Permission
    from everstock.operations.sales.promises import promise_order

    may = Permission.SALES_ORDER_CONFIRM in at.actor.permissions
    if may and done.state in {State.CONFIRMED, State.PARTLY_SHIPPED}:
        promise_order(at.actor, order=done.id, day=day, recorded_at=now())
