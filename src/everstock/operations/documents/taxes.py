"""Taxes on the lines of documents."""

from enum import StrEnum

from everstock.core.quantities import SCALE, round_half_up


class TaxKind(StrEnum):
    """How a tax works.

    ``STANDARD``: charged by the seller and deducted; ``REVERSE_CHARGE``: not charged, owed and deducted by the buyer; ``NON_RECOVERABLE``:
    charged and not deducted, so part of the cost; ``EXEMPT``: none.
    """

    STANDARD = "standard"
    REVERSE_CHARGE = "reverse_charge"
    NON_RECOVERABLE = "non_recoverable"
    EXEMPT = "exempt"


def tax_on(net: int, rate: int) -> int:
    """Return the tax on ``net`` (minor units) at ``rate`` (10^-6), rounded half up to the minor unit."""
    return round_half_up(net * rate, SCALE)


def charged(net: int, rate: int, kind: str) -> int:
    """Return the tax that the seller adds to ``net``: nothing where the buyer owes it."""
    return 0 if kind == TaxKind.REVERSE_CHARGE else tax_on(net, rate)
