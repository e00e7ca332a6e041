"""Kits: what is sold as one and leaves as its components. A kit may contain kits; only what is stocked leaves."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

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


def whole_sets(kits: int, components: Iterable[tuple[int, int]]) -> int:
    """Return how many of ``kits`` (10^-6) are complete, given for each component what all of them need and what is there.

    All of them if everything is there, else whole ones only.
    """
    wanted = [(needed, there) for needed, there in components if needed]
    if all(there >= needed for needed, there in wanted):
        return kits
    return min(there * kits // needed for needed, there in wanted) // SCALE * SCALE
