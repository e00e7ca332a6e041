"""The states of documents: one table for each kind says which verb is possible in which state and where it leads.

Two things move a document. A *verb* is what somebody does to it (approve, send, cancel); whether it is possible is in ``VERBS``. *Progress*
is what other documents did to its lines (received, invoiced, paid); where it leads is in ``PROGRESS``, and it moves forward and, when
something is reversed, back again. Both tables are total: a state without a row, or a verb without a cell, is a refusal.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from everstock.core.problems import Refusal
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import Line


class State(StrEnum):
    """Where a document is in its life."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SENT = "sent"
    ACCEPTED = "accepted"
    LOST = "lost"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    PARTLY_PICKED = "partly_picked"
    PICKED = "picked"
    COMPLETED = "completed"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    EXHAUSTED = "exhausted"
    ON_HOLD = "on_hold"
    ESTIMATED = "estimated"
    POSTED = "posted"
    PARTLY_INVOICED = "partly_invoiced"
    INVOICED = "invoiced"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    PARTLY_CREDITED = "partly_credited"
    CREDITED = "credited"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def words(self) -> str:
        """The state as it is called in a sentence: "partly received"."""
        return self.value.replace("_", " ")


class Verb(StrEnum):
    """What somebody does to a document."""

    APPROVE = "approve"
    SEND = "send"
    ACCEPT = "accept"
    LOSE = "lose"
    CONFIRM = "confirm"
    CHANGE = "change"
    CALL_OFF = "call_off"
    RECEIVE = "receive"
    PICK = "pick"
    SHIP = "ship"
    DELIVER = "deliver"
    INVOICE = "invoice"
    RETURN = "return"
    PAY = "pay"
    CREDIT = "credit"
    WRITE_OFF = "write_off"
    INSPECT = "inspect"
    CLOSE = "close"
    CANCEL = "cancel"

    @property
    def done(self) -> str:
        """The verb as the end of a sentence that begins "it can be": "approved"."""
        return _DONE[self]


_DONE: Mapping[Verb, str] = {
    Verb.APPROVE: "approved",
    Verb.SEND: "sent",
    Verb.ACCEPT: "accepted",
    Verb.LOSE: "lost",
    Verb.CONFIRM: "confirmed",
    Verb.CHANGE: "changed",
    Verb.CALL_OFF: "called off from",
    Verb.RECEIVE: "received",
    Verb.PICK: "picked",
    Verb.SHIP: "shipped",
    Verb.DELIVER: "delivered",
    Verb.INVOICE: "invoiced",
    Verb.RETURN: "returned",
    Verb.PAY: "paid",
    Verb.CREDIT: "credited",
    Verb.WRITE_OFF: "written off",
    Verb.INSPECT: "inspected",
    Verb.CLOSE: "closed",
    Verb.CANCEL: "cancelled",
}


class Progress(StrEnum):
    """How far other documents have got with the lines of one."""

    NOTHING = "nothing"
    PART = "part"
    ALL = "all"
    SETTLED = "settled"


Table = Mapping[State, Mapping[Verb, State]]
S, V = State, Verb
_CORRECTED_ONLY: Table = {S.POSTED: {V.CANCEL: S.CANCELLED}, S.CANCELLED: {}}
"""What only ever stands or is reversed."""
_MOVED_GOODS: Table = {
    S.POSTED: {V.INVOICE: S.POSTED, V.RETURN: S.POSTED, V.CANCEL: S.CANCELLED},
    S.PARTLY_INVOICED: {V.INVOICE: S.PARTLY_INVOICED, V.RETURN: S.PARTLY_INVOICED},
    S.INVOICED: {V.INVOICE: S.INVOICED, V.RETURN: S.INVOICED},
    S.CANCELLED: {},
}
"""Goods that came or went, and are invoiced."""
_TO_DELIVER: Table = {state: {**verbs, V.DELIVER: state} for state, verbs in _MOVED_GOODS.items() if verbs}
"""The same until the customer has them: that they arrived changes nothing of what is invoiced."""
_INVOICE: Table = {
    S.POSTED: {V.PAY: S.POSTED, V.CREDIT: S.POSTED, V.CANCEL: S.CANCELLED},
    S.PARTLY_PAID: {V.PAY: S.PARTLY_PAID, V.CREDIT: S.PARTLY_PAID},
    S.PAID: {V.CREDIT: S.PAID},
    S.CANCELLED: {},
}
_CUSTOMER_INVOICE: Table = {
    **_INVOICE,
    # what nobody will pay
    S.POSTED: {**_INVOICE[S.POSTED], V.WRITE_OFF: S.POSTED},
    S.PARTLY_PAID: {**_INVOICE[S.PARTLY_PAID], V.WRITE_OFF: S.PARTLY_PAID},
}
_CREDIT_NOTE: Table = {
    S.POSTED: {V.PAY: S.POSTED, V.CANCEL: S.CANCELLED},
    S.PARTLY_PAID: {V.PAY: S.PARTLY_PAID},
    S.PAID: {},
    S.CANCELLED: {},
}
_GOODS_BACK: Table = {
    S.POSTED: {V.CREDIT: S.POSTED, V.CANCEL: S.CANCELLED},
    S.PARTLY_CREDITED: {V.CREDIT: S.PARTLY_CREDITED},
    S.CREDITED: {},
    S.CANCELLED: {},
}
"""Goods that went back to whom they came from, and are credited."""

VERBS: Mapping[DocumentKind, Table] = {
    DocumentKind.PURCHASE_ORDER: {
        S.REQUESTED: {V.APPROVE: S.APPROVED, V.CHANGE: S.REQUESTED, V.CANCEL: S.CANCELLED},
        # what was approved is not what it says after a change
        S.APPROVED: {V.SEND: S.SENT, V.CHANGE: S.REQUESTED, V.CANCEL: S.CANCELLED},
        S.SENT: {
            V.CHANGE: S.SENT,
            V.RECEIVE: S.SENT,
            V.INVOICE: S.SENT,
            V.CLOSE: S.CLOSED,
            V.CANCEL: S.CANCELLED,
        },
        S.PARTLY_RECEIVED: {
            V.CHANGE: S.PARTLY_RECEIVED,
            V.RECEIVE: S.PARTLY_RECEIVED,
            V.INVOICE: S.PARTLY_RECEIVED,
            V.CLOSE: S.CLOSED,
        },
        S.RECEIVED: {V.CHANGE: S.RECEIVED, V.RECEIVE: S.RECEIVED, V.INVOICE: S.RECEIVED, V.CLOSE: S.CLOSED},
        S.INVOICED: {V.RECEIVE: S.INVOICED, V.INVOICE: S.INVOICED, V.CLOSE: S.CLOSED},
        # nothing more is expected, but what came may still be invoiced
        S.CLOSED: {V.INVOICE: S.CLOSED},
        S.CANCELLED: {},
    },
    DocumentKind.BLANKET_ORDER: {
        S.REQUESTED: {V.APPROVE: S.APPROVED, V.CHANGE: S.REQUESTED, V.CANCEL: S.CANCELLED},
        S.APPROVED: {V.SEND: S.SENT, V.CHANGE: S.REQUESTED, V.CANCEL: S.CANCELLED},
        S.SENT: {V.CHANGE: S.SENT, V.CALL_OFF: S.SENT, V.CLOSE: S.CLOSED, V.CANCEL: S.CANCELLED},
        S.EXHAUSTED: {V.CHANGE: S.EXHAUSTED, V.CLOSE: S.CLOSED},
        S.CLOSED: {},
        S.CANCELLED: {},
    },
    DocumentKind.GOODS_RECEIPT: _MOVED_GOODS,
    DocumentKind.SUPPLIER_INVOICE: {S.ON_HOLD: {V.APPROVE: S.POSTED, V.CANCEL: S.CANCELLED}, **_INVOICE},
    DocumentKind.SUPPLIER_CREDIT_NOTE: _CREDIT_NOTE,
    DocumentKind.SUPPLIER_PAYMENT: _CORRECTED_ONLY,
    DocumentKind.LANDED_COST: {
        S.ESTIMATED: {V.INVOICE: S.POSTED, V.CANCEL: S.CANCELLED},
        S.POSTED: {V.CANCEL: S.CANCELLED},
        S.CANCELLED: {},
    },
    DocumentKind.SUPPLIER_RETURN: _GOODS_BACK,
    DocumentKind.GRNI_CLEARING: _CORRECTED_ONLY,
    DocumentKind.STOCK_TRANSFER: {
        **_CORRECTED_ONLY,
        # dispatched to another warehouse, and on the way until all of it has arrived or is written off
        S.SENT: {V.RECEIVE: S.SENT, V.WRITE_OFF: S.SENT, V.CANCEL: S.CANCELLED},
        S.PARTLY_RECEIVED: {V.RECEIVE: S.PARTLY_RECEIVED, V.WRITE_OFF: S.PARTLY_RECEIVED},
        S.RECEIVED: {},
    },
    DocumentKind.QUOTE: {
        S.REQUESTED: {V.SEND: S.SENT, V.CHANGE: S.REQUESTED, V.CANCEL: S.CANCELLED},
        S.SENT: {V.ACCEPT: S.ACCEPTED, V.LOSE: S.LOST, V.CHANGE: S.SENT, V.CANCEL: S.CANCELLED},
        # of a quote that was accepted in part, the rest may be ordered later
        S.ACCEPTED: {V.ACCEPT: S.ACCEPTED},
        S.LOST: {},
        S.CANCELLED: {},
    },
    DocumentKind.SALES_ORDER: {
        # what is paid before it is billed is paid in advance
        S.REQUESTED: {V.CONFIRM: S.CONFIRMED, V.CHANGE: S.REQUESTED, V.PAY: S.REQUESTED, V.CANCEL: S.CANCELLED},
        S.CONFIRMED: {
            V.CHANGE: S.CONFIRMED,
            V.SHIP: S.CONFIRMED,
            V.INVOICE: S.CONFIRMED,
            V.PAY: S.CONFIRMED,
            V.CLOSE: S.CLOSED,
            V.CANCEL: S.CANCELLED,
        },
        S.PARTLY_SHIPPED: {
            V.CHANGE: S.PARTLY_SHIPPED,
            V.SHIP: S.PARTLY_SHIPPED,
            V.INVOICE: S.PARTLY_SHIPPED,
            V.PAY: S.PARTLY_SHIPPED,
            V.CLOSE: S.CLOSED,
        },
        S.SHIPPED: {V.CHANGE: S.SHIPPED, V.INVOICE: S.SHIPPED, V.PAY: S.SHIPPED, V.CLOSE: S.CLOSED},
        S.INVOICED: {V.CLOSE: S.CLOSED},
        # nothing more is shipped, but what was may still be invoiced
        S.CLOSED: {V.INVOICE: S.CLOSED},
        S.CANCELLED: {},
    },
    DocumentKind.PICK_LIST: {
        S.RELEASED: {V.PICK: S.RELEASED, V.CANCEL: S.CANCELLED},
        S.PARTLY_PICKED: {V.PICK: S.PARTLY_PICKED, V.SHIP: S.PARTLY_PICKED, V.CANCEL: S.CANCELLED},
        S.PICKED: {V.SHIP: S.PICKED, V.CANCEL: S.CANCELLED},
        # nothing is left to pick or to ship, until a shipment is cancelled
        S.COMPLETED: {},
        S.CANCELLED: {},
    },
    DocumentKind.SHIPMENT: {**_TO_DELIVER, S.CANCELLED: {}},
    DocumentKind.CUSTOMER_INVOICE: _CUSTOMER_INVOICE,
    DocumentKind.CUSTOMER_CREDIT_NOTE: _CREDIT_NOTE,
    DocumentKind.CUSTOMER_PAYMENT: _CORRECTED_ONLY,
    # what a customer may send back is approved, and posted when it is here
    DocumentKind.SALES_RETURN: {
        S.APPROVED: {V.RECEIVE: S.POSTED, V.CANCEL: S.CANCELLED},
        S.POSTED: {V.INSPECT: S.POSTED, V.CREDIT: S.POSTED, V.CANCEL: S.CANCELLED},
        S.PARTLY_CREDITED: {V.INSPECT: S.PARTLY_CREDITED, V.CREDIT: S.PARTLY_CREDITED},
        S.CREDITED: {V.INSPECT: S.CREDITED},
        S.CANCELLED: {},
    },
}

_PAYMENT = {Progress.NOTHING: S.POSTED, Progress.PART: S.PARTLY_PAID, Progress.ALL: S.PAID}
_INVOICING = {Progress.NOTHING: S.POSTED, Progress.PART: S.PARTLY_INVOICED, Progress.ALL: S.INVOICED}
_CREDITING = {Progress.NOTHING: S.POSTED, Progress.PART: S.PARTLY_CREDITED, Progress.ALL: S.CREDITED}

PROGRESS: Mapping[DocumentKind, Mapping[Progress, State]] = {
    DocumentKind.PURCHASE_ORDER: {
        Progress.NOTHING: S.SENT,
        Progress.PART: S.PARTLY_RECEIVED,
        Progress.ALL: S.RECEIVED,
        Progress.SETTLED: S.INVOICED,
    },
    DocumentKind.BLANKET_ORDER: {Progress.NOTHING: S.SENT, Progress.PART: S.SENT, Progress.ALL: S.EXHAUSTED},
    DocumentKind.GOODS_RECEIPT: _INVOICING,
    DocumentKind.SUPPLIER_INVOICE: _PAYMENT,
    DocumentKind.SUPPLIER_CREDIT_NOTE: _PAYMENT,
    DocumentKind.SUPPLIER_RETURN: _CREDITING,
    DocumentKind.STOCK_TRANSFER: {
        Progress.NOTHING: S.SENT,
        Progress.PART: S.PARTLY_RECEIVED,
        Progress.ALL: S.RECEIVED,
    },
    DocumentKind.QUOTE: {Progress.NOTHING: S.SENT, Progress.PART: S.ACCEPTED, Progress.ALL: S.ACCEPTED},
    DocumentKind.SALES_ORDER: {
        Progress.NOTHING: S.CONFIRMED,
        Progress.PART: S.PARTLY_SHIPPED,
        Progress.ALL: S.SHIPPED,
        Progress.SETTLED: S.INVOICED,
    },
    DocumentKind.PICK_LIST: {
        Progress.NOTHING: S.RELEASED,
        Progress.PART: S.PARTLY_PICKED,
        Progress.ALL: S.PICKED,
        Progress.SETTLED: S.COMPLETED,
    },
    DocumentKind.SHIPMENT: _INVOICING,
    DocumentKind.CUSTOMER_INVOICE: _PAYMENT,
    DocumentKind.CUSTOMER_CREDIT_NOTE: _PAYMENT,
    DocumentKind.SALES_RETURN: _CREDITING,
}
"""Kinds whose state follows the progress of their lines (or payments). Closed and cancelled documents stay what they are."""

FINAL = frozenset({S.CLOSED, S.CANCELLED})


def next_state(kind: DocumentKind, state: str, verb: Verb, number: str = "") -> State:
    """Return the state after ``verb``; refuse (``document.wrong_state``) what the table does not allow.

    ``number`` is for the message; without it, the message names the kind.
    """
    verbs = VERBS[kind][State(state)]
    found = verbs.get(verb)
    if found is None:
        raise Refusal(
            "document.wrong_state",
            f"{_named(kind, number)} is {State(state).words} and cannot be {verb.done}.",
            f"It can be {_any_of([one.done for one in verbs])}."
            if verbs
            else "Nothing can be done with it; make another.",
        )
    return found


def progressed(kind: DocumentKind, state: str, progress: Progress) -> State:
    """Return the state of a document whose lines have got as far as ``progress``; final states stay.

    ``ValueError`` for a document that is not in a state in which there is progress, which ``next_state`` refused before.
    """
    table = PROGRESS[kind]
    at = State(state)
    if at in FINAL:
        return at
    if at not in table.values():
        raise ValueError(f"a {kind.words} that is {at.words} makes no progress")
    return table[progress]


def order_progress(lines: Iterable[Line]) -> Progress:
    """Return how far the lines of an order are received (of a sales order: shipped) and invoiced.

    ``SETTLED``: everything is received and all of it invoiced, or came back before it was. Lines without an item are not received, only invoiced. Of a line whose
    details say ``final`` nothing more is expected, however little was received.
    """
    lines = list(lines)
    goods = [line for line in lines if line.item is not None]
    if any(line.received < line.base_quantity and not (line.details or {}).get("final") for line in goods):
        return Progress.PART if any(line.received for line in goods) else Progress.NOTHING
    if all(
        line.invoiced >= (line.base_quantity if line.item is None else line.received - line.returned) for line in lines
    ):
        return Progress.SETTLED
    return Progress.ALL


def called_off_progress(lines: Iterable[Line]) -> Progress:
    """Return how far the lines of a blanket order are called off, or those of a quote ordered."""
    lines = list(lines)
    if all(line.ordered >= line.base_quantity for line in lines):
        return Progress.ALL
    return Progress.PART if any(line.ordered for line in lines) else Progress.NOTHING


def arrival_progress(lines: Iterable[Line]) -> Progress:
    """Return how far the lines of a dispatch have arrived, or were lost (rejected)."""
    lines = list(lines)
    if all(line.received + line.rejected >= line.base_quantity for line in lines):
        return Progress.ALL
    return Progress.PART if any(line.received or line.rejected for line in lines) else Progress.NOTHING


def _named(kind: DocumentKind, number: str) -> str:
    return number or f"{'An' if kind.words[0] in 'aeiou' else 'A'} {kind.words}"


def _any_of(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
