"""Whether a customer may be sold so much more: nobody who is on hold, and nobody above the credit limit, unless somebody says so."""

from collections.abc import Iterable

from everstock.core.problems import Refusal
from everstock.core.quantities import round_half_up
from everstock.operations.documents.amounts import in_company_currency
from everstock.operations.documents.records import Header, Line
from everstock.operations.identity.actor import Actor, money, require_limit
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.facts import Facts


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
    amount = in_company_currency(to_be_paid(lines), header.currency, header.rate, facts.company_currency)
    may = Permission.CREDIT_OVERRIDE in actor.permissions
    if facts.terms.hold_reason:
        if not may:
            raise Refusal(
                "customer.on_hold",
                f"{facts.customer} is on hold: {facts.terms.hold_reason.rstrip('.')}.",
                "Release the customer first, or ask somebody who may sell above credit limits.",
            )
        require_limit(actor, Permission.CREDIT_OVERRIDE, amount)
    limit = facts.terms.credit_limit
    if limit is None or facts.owed + amount <= limit:
        return
    if not may:
        raise Refusal(
            "credit.exceeded",
            f"{facts.customer} would owe and have on order {money(actor, facts.owed + amount)}, and its credit limit is {money(actor, limit)}.",
            "Wait for a payment, or ask somebody who may sell above credit limits.",
        )
    require_limit(actor, Permission.CREDIT_OVERRIDE, facts.owed + amount - limit)
