"""Kits: what is sold as one and leaves as its components. A kit may contain kits; only what is stocked leaves."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate
from math import ceil
from typing import NamedTuple

from everstock.core.costing.state import share
from everstock.core.quantities import SCALE

Bills = Mapping[int, Sequence[tuple[int, int]]]
"""Kit to its direct components, each with how much of it (10^-6 of its base unit) is in one base unit of the kit."""


def explode(kit: int, bills: Bills) -> dict[int, Fraction]:
    """Return what one base unit of ``kit`` contains in the end: base units by stocked item. ``ValueError``: it contains itself."""
    found: dict[int, Fraction] = {}
    _add(kit, Fraction(1), bills, (), found)
    return found


def _add(item: int, quantity: Fraction, bills: Bills, above: tuple[int, ...], found: dict[int, Fraction]) -> None:
    if item in above:
        raise ValueError("a kit that contains itself")
    components = bills.get(item)
    if components is None:
        found[item] = found.get(item, Fraction(0)) + quantity
        return
    for component, each in components:
        _add(component, quantity * Fraction(each, SCALE), bills, (*above, item), found)


def stocked(item: int, quantity: int, bills: Bills) -> dict[int, int]:
    """Return what must be in stock for so much of an item (both in 10^-6): the item itself, or what a kit contains, rounded up."""
    return {part: ceil(quantity * each) for part, each in explode(item, bills).items()}


def sets_of(quantity: int, each: Fraction) -> int:
    """Return how many whole kits (10^-6) so much of a component is enough for."""
    return int(quantity / each) // SCALE * SCALE


def whole_sets(kits: int, components: Iterable[tuple[int, int]]) -> int:
    """Return how many of ``kits`` (10^-6) are complete, given for each component what all of them need and what is there.

    All of them if everything is there, else whole ones only.
    """
    wanted = [(needed, there) for needed, there in components if needed]
    if all(there >= needed for needed, there in wanted):
        return kits
    return min(there * kits // needed for needed, there in wanted) // SCALE * SCALE


class Slice(NamedTuple):
    """Which part of a kit's amounts is a component's: from ``start`` to ``end`` of ``whole``, the weights of all components, laid end to end.

    Every boundary is rounded once, and a boundary is shared by its two neighbours: so the components always come to the kit's amount, however
    many kits are looked at, and however many at a time.
    """

    start: int
    end: int
    whole: int

    def of(self, amount: int, part: int, whole: int) -> int:
        """Return the component's part of ``share(amount, part, whole)``. Of an amount near zero it may be a minor unit below zero."""
        return share(amount * self.end, part, whole * self.whole) - share(amount * self.start, part, whole * self.whole)

    @property
    def fraction(self) -> Fraction:
        """The same without rounding, of one."""
        return Fraction(self.end - self.start, self.whole)


def slices(weights: Sequence[int]) -> list[Slice]:
    """Return the slices of components with these weights (not negative, at least one above zero), in their order."""
    ends = list(accumulate(weights))
    if not ends or ends[-1] <= 0 or min(weights) < 0:
        raise ValueError("there is nothing to share by")
    return [Slice(end - weight, end, ends[-1]) for weight, end in zip(weights, ends, strict=True)]
