"""Prepayments to suppliers; see ``documents.prepayments``."""

import datetime as dt
from collections.abc import Sequence

from everstock.operations.documents import prepayments
from everstock.operations.documents.payments import Given, PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.sides import BUYING
from everstock.operations.identity.actor import Actor


def prepay(
    actor: Actor,
    *,
    supplier: int,
    amount: int,
    day: dt.date,
    recorded_at: int,
    key: str | None = None,
    currency: str | None = None,
    rate: int | None = None,
    bank_amount: int | None = None,
    account: int | None = None,
    reference: str | None = None,
) -> DocumentRef:
    """Register that ``supplier`` was paid ``amount`` (minor units of ``currency``) on ``day`` for what it will bill.

    Otherwise as ``payments.register_payment``. Refused: as ``documents.prepayments.prepay``.
    """
    given = Given(currency, rate, bank_amount, account, reference)
    return prepayments.prepay(
        *(actor, BUYING), partner=supplier, amount=amount, day=day, recorded_at=recorded_at, given=given, key=key
    )


def apply_prepayment(
    actor: Actor,
    *,
    prepayment: int,
    lines: Sequence[PaymentLine],
    day: dt.date,
    recorded_at: int,
    key: str | None = None,
) -> DocumentRef:
    """Pay invoices by a prepayment (its id), which has to be large enough; return the payment, which ``cancel_payment`` takes back.

    Refused: as ``documents.prepayments.apply_prepayment``.
    """
    return prepayments.apply_prepayment(
        actor, BUYING, prepayment=prepayment, lines=lines, day=day, recorded_at=recorded_at, key=key
    )
