"""How is paid at a till: by which means, in which currency, and what is given back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from everstock.core.problems import Refusal
from everstock.operations.documents.amounts import in_company_currency, known_rate
from everstock.operations.documents.payment_facts import money
from everstock.operations.documents.records import Details

MEANS = "means"
"""Key in the details of a payment at a till: by which means, such as cash."""
TENDERED = "tendered"
"""The same of a payment in another currency than the company's: how much of it was given, in its minor units; see ``CURRENCY`` and ``RATE``."""
CURRENCY = "tendered_currency"
RATE = "tendered_rate"
CHANGE = "change"
"""The same: what was given back of it, in minor units of the company's currency; and in ``CHANGE_MEANS`` out of which means."""
CHANGE_MEANS = "change_means"
CASH = "cash"
"""The means out of which change is given, unless another one is named."""


class Tender(NamedTuple):
    """What is paid by ``means``, in minor units of their currency; ``None``: what is left to pay."""

    means: str
    amount: int | None = None


class Means(NamedTuple):
    """The account (an id) that means of payment go to; of another currency than the company's which, and its rate of the day (10^-9) if it is known."""

    account: int
    currency: str | None = None
    rate: int | None = None


class Paid(NamedTuple):
    """What a tender pays, in minor units of the company's currency, into ``account``.

    ``tendered``: how much was given of ``of``, in its minor units, where that is in another currency; ``change``: what was given back of it,
    in minor units of the company's currency, out of ``change_means`` and their account.
    """

    means: str
    amount: int
    of: Means
    tendered: int | None = None
    change: int = 0
    change_means: str = ""
    change_account: int = 0

    @property
    def details(self) -> Details:
        """What a payment keeps of it."""
        found: Details = {MEANS: self.means}
        if self.tendered is not None:
            found |= {TENDERED: self.tendered, CURRENCY: self.of.currency, RATE: self.of.rate}
        if self.change:
            found |= {CHANGE: self.change, CHANGE_MEANS: self.change_means}
        return found

    def journal(self, receivable: int) -> dict[tuple[int, int], int]:
        """Return what it books, (debit, credit) to amount."""
        found = {(self.of.account, receivable): self.amount}
        if self.change and self.change_account != self.of.account:
            found[self.of.account, self.change_account] = self.change
        return found


def understood_means(found: Sequence[Sequence[Any]] | None) -> dict[str, Means]:
    """Return what SQL answered of the means of payment of a till, as rows of name, account, currency and rate."""
    return {name: Means(*rest) for name, *rest in found or ()}


def paid_by(
    tenders: Sequence[Tender],
    taken: Mapping[str, Means],
    due: int,
    *,
    currency: str,
    day: dt.date,
    change: str = CASH,
) -> list[Paid]:
    """Return what tenders pay of ``due`` (minor units of the company's ``currency``), which is together all of it.

    Of nothing what is left is nothing, and nothing is paid. Only what is given in another currency may be more: the rest of the last such tender is given back by the means ``change``.

    Refused: ``till.means`` (none of those that are ``taken``), ``till.amount``, ``rate.missing``.
    """
    for name in (one.means for one in tenders):
        if name not in taken:
            raise _not_taken(name, taken)
    if not due and all(one.amount is None for one in tenders):
        # what is given away, or was credited before it came back
        return []
    worth = [_worth(one, taken[one.means], currency, day) for one in tenders]
    said = sum(amount or 0 for amount in worth)
    left = due - said
    open_ = worth.count(None)
    last = max((place for place, one in enumerate(tenders) if taken[one.means].currency is not None), default=None)
    back = 0
    if left < 0 and not open_ and last is not None and -left < (worth[last] or 0):
        back = -left
    wrong = (left + back != 0) if not open_ else (open_ > 1 or left <= 0)
    if wrong or any(amount is not None and amount <= 0 for amount in worth):
        raise Refusal(
            "till.amount",
            f"{money(due, currency)} are to be paid, and {money(said, currency)} would be.",
            "Enter amounts above zero that are together what is to be paid, or leave the last one out.",
        )
    found = [
        Paid(
            one.means,
            left if amount is None else amount,
            taken[one.means],
            None if taken[one.means].currency is None else one.amount,
        )
        for one, amount in zip(tenders, worth, strict=True)
    ]
    if back and last is not None:
        out = taken.get(change)
        if out is None or out.currency is not None:
            raise _not_taken(change, {name: one for name, one in taken.items() if one.currency is None})
        more = found[last]
        found[last] = more._replace(
            amount=more.amount - back, change=back, change_means=change, change_account=out.account
        )
    return found


def _worth(one: Tender, means: Means, currency: str, day: dt.date) -> int | None:
    """What a tender is worth in minor units of the company's currency; ``None``: it pays what is left."""
    if means.currency is None:
        return one.amount
    if one.amount is None:
        raise Refusal(
            "till.amount",
            f"How much {means.currency} was given by “{one.means}” is not said.",
            f"Enter the amount in {means.currency}; what is too much is given back in {currency}.",
        )
    rate = known_rate(means.currency, currency, means.rate, day)
    return in_company_currency(one.amount, means.currency, rate, currency)


def _not_taken(name: str, taken: Mapping[str, Means]) -> Refusal:
    return Refusal(
        "till.means",
        f"The till takes no “{name}”.",
        f"Use one of: {', '.join(sorted(taken))}." if taken else "Name the account of these means first.",
    )
