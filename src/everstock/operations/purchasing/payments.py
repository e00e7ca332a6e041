"""Payments to suppliers; see ``documents.payments``."""

import datetime as dt
from collections.abc import Sequence

from everstock.operations.documents import payments
from everstock.operations.documents.payments import Given, PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.sides import BUYING
from everstock.operations.identity.actor import Actor


def register_payment(
    actor: Actor,
    *,
    supplier: int,
    lines: Sequence[PaymentLine],
    day: dt.date,
    recorded_at: int,
    take_discount: bool = False,
    key: str | None = None,
    currency: str | None = None,
    rate: int | None = None,
    bank_amount: int | None = None,
    account: int | None = None,
    reference: str | None = None,
) -> DocumentRef:
    """Register that ``supplier`` (a partner's id) was paid on ``day`` what ``lines`` say; credit notes are set off against invoices.

    ``currency``: that of the invoices, ``None`` for the one in which we trade with the supplier. ``bank_amount``: what left the bank, in minor
    units of the company's currency; ``None``: the sum at ``rate`` (10^-9), ``None`` for that of the day. Where invoices are carried at another
    rate, the difference is an exchange gain or loss. ``account``: it was paid from, ``None`` for the bank's. ``take_discount``: keep the
    cash discount back that was agreed when its invoices were entered, of all that are paid in time for it.

    Refused: as ``documents.payments.register``.
    """
    return payments.register(
        *(actor, BUYING),
        partner=supplier,
        lines=lines,
        day=day,
        recorded_at=recorded_at,
        given=Given(currency, rate, bank_amount, account, reference),
        take_discount=take_discount,
        key=key,
    )


def cancel_payment(actor: Actor, *, payment: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel a payment: what it booked is booked back on ``day``, and what it paid is open again. Refused: as ``documents.payments.cancel``."""
    return payments.cancel(actor, BUYING, payment=payment, day=day, reason=reason, recorded_at=recorded_at)
