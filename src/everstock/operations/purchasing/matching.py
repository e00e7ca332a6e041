"""The three-way match: what was ordered, what was received, what is billed. Pure arithmetic on integers.

Units: quantities in 10^-6 base units, money in minor units of the company's currency where nothing else is said, tolerances in 10^-6.
"""

from enum import StrEnum
from typing import NamedTuple

from everstock.core.quantities import SCALE, round_half_up


class MismatchKind(StrEnum):
    """In what an invoice differs."""

    PRICE = "price"
    QUANTITY = "quantity"


class Mismatch(NamedTuple):
    """Line ``line`` bills ``billed`` where ``expected`` was expected: a net amount in minor units of the invoice's currency, or a quantity.

    ``amount``: what it differs by, in minor units of the company's currency, never negative; somebody has to approve as much.
    """

    line: int
    kind: MismatchKind
    expected: int
    billed: int
    amount: int


class Tolerance(NamedTuple):
    """By which part a price may differ, either way, and a quantity may be more."""

    price: int = 0
    quantity: int = 0


class Standing(NamedTuple):
    """A receipt's line before an invoice.

    ``quantity`` was received, ``returned`` of it went back; ``invoiced`` is billed, less what was credited. ``worth``: the value of all that
    was received, as the ledger has it; ``billed``: what was billed for the goods, less what was credited.
    """

    quantity: int
    returned: int
    invoiced: int
    worth: int
    billed: int

    @property
    def kept(self) -> int:
        """What was received and not returned."""
        return self.quantity - self.returned

    @property
    def open(self) -> int:
        """What is kept and not invoiced; below zero, what is invoiced and not kept: a credit is expected for it."""
        return self.kept - self.invoiced

    @property
    def worth_kept(self) -> int:
        """The value of what is kept."""
        return round_half_up(self.worth * self.kept, self.quantity)

    def expected(self, quantity: int) -> int:
        """Return the value at which ``quantity`` (not negative) stands that is to be invoiced now.

        What is left of the provisional value is rounded, as a function of what is left to invoice, so that several invoices take all of
        it. Beyond what is open, at the value of the receipt.
        """
        if self.open <= 0:
            return round_half_up(self.worth * quantity, self.quantity)
        rest = self.worth_kept - self.billed
        if quantity < self.open:
            return rest - round_half_up(rest * (self.open - quantity), self.open)
        return rest + round_half_up(self.worth * (quantity - self.open), self.quantity)

    def settled(self, quantity: int, value: int, expected: int) -> "Standing":
        """Return the line after ``quantity`` more, which stood at ``expected``, was billed at ``value``; all are negative for the reverse.

        The new ``worth`` is what was invoiced, and for what is not invoiced yet what it stood at; what was returned is worth what the rest is.
        """
        after = self._replace(invoiced=self.invoiced + quantity, billed=self.billed + value)
        if value == expected or self.kept <= 0:
            return after
        if after.open <= 0:
            return after._replace(worth=round_half_up(after.billed * self.quantity, after.invoiced))
        kept = self.worth_kept + value - expected
        return after._replace(worth=round_half_up(kept * self.quantity, self.kept))

    def credited(self, quantity: int) -> int:
        """Return how much of ``billed`` belongs to ``quantity`` (at most ``invoiced``) of what was invoiced and returned."""
        return self.billed - round_half_up(self.billed * (self.invoiced - quantity), self.invoiced)


def counted(quantity: int, standing: Standing, tolerance: Tolerance) -> int:
    """Return how much of the billed ``quantity`` counts as invoiced.

    A little more than is open, within the tolerance, bills what is open: nobody waits for the rest of it. Anything beyond stays
    invoiced and not received, until goods or a credit come.
    """
    over = quantity - standing.open
    if standing.open > 0 and over > 0 and within(over, standing.quantity, tolerance.quantity):
        return standing.open
    return quantity


def within(difference: int, of: int, tolerance: int) -> bool:
    """Whether ``difference`` is not more than ``tolerance`` (10^-6) of ``of``."""
    return abs(difference) * SCALE <= tolerance * abs(of)


def price_differs(billed: int, expected: int, tolerance: int) -> bool:
    """Whether a net amount differs from the expected one by more than the tolerance, and by more than one minor unit of rounding."""
    return abs(billed - expected) > 1 and not within(billed - expected, expected, tolerance)
