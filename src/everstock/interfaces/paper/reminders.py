"""What a customer is reminded of as what its paper says."""

import datetime as dt

from everstock.core.problems import Refusal
from everstock.interfaces.paper import addresses
from everstock.interfaces.paper.rows import Letterhead, Money
from everstock.interfaces.paper.selling_rows import Insistence, ReminderLine, ReminderPaper
from everstock.interfaces.paper.texts import TEXTS, Language
from everstock.masterdata.currencies import CURRENCIES, check_currency
from everstock.masterdata.models import Company
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.customers import find_customer
from everstock.operations.sales.dunning import USUAL, credit_against, levels, overdue

_USUAL = dict(zip([step.name for step in USUAL], ("reminder_1", "reminder_2", "reminder_3"), strict=True))
"""What the usual levels are called in every language, by their names; a company's own names are printed as they are."""


def reminder_paper(
    actor: Actor,
    customer: int,
    *,
    day: dt.date,
    pay_by: dt.date,
    currency: str | None,
    language: Language,
    company: Letterhead,
) -> ReminderPaper:
    """Return what a customer (a partner's id) is reminded of on ``day`` as paper: what has reached a level and is not disputed.

    What lessens it, open credit notes of these invoices and payments on account, is taken off. Its title is the highest of these levels.
    ``currency``: ``None`` for the one in which we trade with the customer. Nothing is registered.
    Refused: ``permission.missing`` (sale.read and partner.read), ``customer.unknown``, ``customer.not_one``, ``currency.unknown``,
    ``dunning.nothing``.
    """
    require(actor, Permission.SALE_READ)
    require(actor, Permission.PARTNER_READ)
    partner = find_customer(actor.company_id, customer)
    own = Company.objects.get(pk=actor.company_id)
    wanted = currency or partner.currency_id or own.currency_id
    check_currency(wanted)
    found = [
        row
        for row in overdue(own, as_of=day, partner=customer)
        if row.currency == wanted and row.level and not row.disputed
    ]
    if not found:
        raise Refusal(
            "dunning.nothing",
            f"There is nothing in {wanted} to remind {partner.code} of on {day}.",
            "Look at `everstock so dunning --all`, or name another --currency or day.",
        )
    credit = credit_against(own, found, as_of=day)
    if credit >= sum(row.open for row in found):
        raise Refusal(
            "dunning.nothing",
            f"What {partner.code} has to its credit is enough for all that it would be reminded of on {day}.",
            "Set it off first: `everstock so pay` with the credit note, or `everstock so apply`.",
        )
    steps = levels(own.pk)
    reached = max(row.level for row in found)
    name = steps[reached - 1].name
    return ReminderPaper(
        language=language,
        company=company,
        customer=addresses.billed(customer, language),
        number=partner.code,
        day=day,
        pay_by=pay_by,
        title=TEXTS[language][_USUAL[name]] if name in _USUAL else name,
        insistence=_insistence(reached, len(steps)),
        money=Money(currency=wanted, digits=CURRENCIES[wanted][1]),
        credit=credit,
        lines=tuple(
            ReminderLine(
                number=row.number, due_on=row.due_on, overdue=row.overdue, open=row.open, reminded_on=row.sent_on
            )
            for row in found
        ),
    )


def _insistence(level: int, last: int) -> Insistence:
    if level == 1:
        return Insistence.FIRST
    return Insistence.LAST if level == last else Insistence.AGAIN
