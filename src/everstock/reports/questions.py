"""What most reports are asked with, made ready: one company, one unchanging view, as of a day, as known at a moment."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from everstock.ledger.queries import position_at, reading
from everstock.ledger.snapshots import ensure_snapshots
from everstock.masterdata.models import Company
from everstock.reports.names import Names


class Question:
    """``position`` is the last posting that counts, ``None`` if all do."""

    def __init__(self, company: Company, as_of: dt.date | None, known_at: int | None) -> None:
        self.company_id: int = company.pk
        self.names = Names(company)
        self.as_of = as_of
        self.known_at = known_at
        self.position = position_at(company.pk, known_at)
        self.minor_per_major = company.currency.minor_per_major

    def position_at(self, known_at: int) -> int:
        """The last posting known at another moment."""
        return position_at(self.company_id, known_at) or 0


@contextmanager
def asking(
    company: Company, *, as_of: dt.date | None = None, known_at: int | None = None, sums: bool = False
) -> Iterator[Question]:
    """Ask inside this: everything sees the same state of the books. ``sums``: sums over all pools of a past day are wanted."""
    if sums and as_of is not None:
        ensure_snapshots(company.pk)
    with reading():
        yield Question(company, as_of, known_at)


def unit_price(value: int, quantity: int, minor_per_major: int) -> int | None:
    """Value by quantity in 10^-6 of the major unit, rounded half up, for reading only; ``None`` without quantity."""
    if quantity == 0:
        return None
    numerator, denominator = value * 10**12, quantity * minor_per_major
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    return (2 * numerator + denominator) // (2 * denominator)


def shares(total: int, weights: list[int]) -> list[int]:
    """``total`` divided in proportion to ``weights``, exactly: what rounding leaves goes to the largest remainders, first ones first."""
    whole = sum(weights)
    if whole == 0:
        return [total, *([0] * (len(weights) - 1))] if weights else []
    if whole < 0:
        weights, whole = [-weight for weight in weights], -whole
    parts = [divmod(total * weight, whole) for weight in weights]
    left = total - sum(part for part, _ in parts)
    order = sorted(range(len(parts)), key=lambda at: (-parts[at][1], at))
    extra = set(order[:left])
    return [part + (at in extra) for at, (part, _) in enumerate(parts)]
