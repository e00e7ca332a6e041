"""Whether a customer may be sold so much more: nobody who is on hold, and nobody above the credit limit, unless somebody says so."""

import json
from collections.abc import Iterable

from everstock.core.problems import Refusal
from everstock.core.quantities import round_half_up
from everstock.ledger.statements import Statement
from everstock.masterdata.models import Partner
from everstock.operations.documents.amounts import in_company_currency
from everstock.operations.documents.records import Header, Line
from everstock.operations.identity.actor import Actor, money, require_limit
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.facts import Facts

_HELD = Statement("SELECT (SELECT hold_reason FROM customer_terms WHERE partner_id = $1)", "int")
_OWED = Statement("SELECT sale_owed($1, $2, '{}')", "int", "int")


def to_be_paid(lines: Iterable[Line]) -> int:
    """Return what of these lines is not invoiced yet, gross, in minor units of their currency, rounded half up line by line."""
    return sum(
        round_half_up((line.net + line.tax) * (line.base_quantity - line.invoiced), line.base_quantity)
        for line in lines
        if line.base_quantity > line.invoiced
    )


def require_credit(actor: Actor, header: Header, lines: Iterable[Line], facts: Facts) -> None:
    """Refuse unless the customer may be sold what these lines say, or ``actor`` may do it all the same.

    Of a customer that is on hold (``customer.on_hold``) whoever may sell above credit limits may confirm orders up to an amount; above the
    credit limit (``credit.exceeded``) the amount is by how much what the customer owes, has on order and orders now exceeds it. Beyond
    that amount: ``approval.over_limit``. ``facts`` were loaded with ``credit``.
    """
    amount = require_not_held(actor, header, lines, facts)
    limit = facts.terms.credit_limit
    if limit is None or facts.owed + amount <= limit:
        return
    if Permission.CREDIT_OVERRIDE not in actor.permissions:
        raise Refusal(
            "credit.exceeded",
            f"{facts.customer} would owe and have on order {money(actor, facts.owed + amount)}, and its credit limit is {money(actor, limit)}.",
            "Wait for a payment, or ask somebody who may sell above credit limits.",
        )
    require_limit(actor, Permission.CREDIT_OVERRIDE, facts.owed + amount - limit)


def require_not_held(actor: Actor, header: Header, lines: Iterable[Line], facts: Facts) -> int:
    """Refuse as ``require_credit``, but only a customer on hold; return what these lines say, in minor units of the company's currency."""
    amount = in_company_currency(to_be_paid(lines), header.currency, header.rate, facts.company_currency)
    if facts.terms.hold_reason:
        _require_despite_hold(actor, facts.customer, facts.terms.hold_reason, amount)
    return amount


def hold_reason(order: Header) -> str | None:
    """Return why the customer of an order gets nothing, ``None`` or empty: it does."""
    assert order.partner is not None, "what is sold, is sold to somebody"
    (reason,) = _HELD.run(order.partner)
    return reason


def require_delivery(
    actor: Actor, orders: Iterable[tuple[Header, Iterable[Line]]], company_currency: str, reason: str | None
) -> None:
    """Refuse to let goods of orders of one customer leave while it is on hold for a ``reason``; as ``require_credit``, for what of them is not invoiced."""
    if reason:
        together = list(orders)
        customer = together[0][0].partner
        assert customer is not None, "what is sold, is sold to somebody"
        amount = sum(
            in_company_currency(to_be_paid(lines), header.currency, header.rate, company_currency)
            for header, lines in together
        )
        _require_despite_hold(actor, Partner.objects.get(pk=customer).code, reason, amount)


def _require_despite_hold(actor: Actor, customer: str, reason: str, amount: int) -> None:
    if Permission.CREDIT_OVERRIDE not in actor.permissions:
        raise Refusal(
            "customer.on_hold",
            f"{customer} is on hold: {reason.rstrip('.')}.",
            "Release the customer first, or ask somebody who may sell above credit limits.",
        )
    require_limit(actor, Permission.CREDIT_OVERRIDE, amount)


def require_higher_limit(actor: Actor, customer: str, before: int | None, after: int | None) -> None:
    """Refuse (``permission.missing``, ``approval.over_limit``) a credit limit above the one ``before`` (``None``: none) that ``actor`` may not give.

    The new limit counts, not by how much it is higher, so that it cannot be raised in steps.
    """
    if before is None or (after is not None and after <= before):
        return
    require_limit(actor, Permission.CREDIT_OVERRIDE, before if after is None else after)
    if after is None and actor.limits[Permission.CREDIT_OVERRIDE] is not None:
        raise Refusal(
            "approval.over_limit",
            f"{actor.name} may not sell to {customer} without any credit limit.",
            "Set a limit, or ask somebody who may sell above credit limits by any amount.",
        )


def require_release(actor: Actor, partner: Partner) -> None:
    """Refuse (``permission.missing``, ``approval.over_limit``) to release a customer that owes and has on order more than ``actor`` may sell above credit limits."""
    company = partner.company
    (answer,) = _OWED.run(company.pk, partner.pk)
    own = company.currency_id
    owed = sum(
        in_company_currency(amount, currency, rate, own)
        for currency, rate, amount in json.loads(answer or "null") or ()
    )
    require_limit(actor, Permission.CREDIT_OVERRIDE, max(0, owed))
