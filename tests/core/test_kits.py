"""The parts of a kit's amounts that are its components': they add up, whatever is looked at."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everstock.core.costing.state import share
from everstock.core.kits import slices

WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any)


def test_the_boundaries_of_slices_are_rounded_once() -> None:
    # 10.00 for three kits whose components weigh 2 and 1: a kit is 3.33, 3.34, 3.33; the first has 2.22, 2.22, 2.23 of it
    first, second = slices([2, 1])
    cumulated = [(first.of(1000, kits, 3), second.of(1000, kits, 3)) for kits in (1, 2, 3)]
    assert cumulated == [(222, 111), (444, 223), (667, 333)]
    assert (first.fraction, second.fraction) == (Fraction(2, 3), Fraction(1, 3))


@pytest.mark.parametrize("weights", [[], [0, 0], [-1, 2]])
def test_there_must_be_something_to_share_by(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="nothing to share by"):
        slices(weights)


@given(WEIGHTS, st.integers(0, 10**12), st.integers(1, 10**9), st.data())
def test_components_come_to_their_kit_however_many_are_billed_at_a_time(
    weights: list[int], amount: int, kits: int, data: st.DataObject
) -> None:
    stops = sorted({0, kits, *data.draw(st.lists(st.integers(0, kits), max_size=5))})
    parts = slices(weights)
    together = [0] * len(parts)
    for before, upto in pairwise(stops):
        billed = [part.of(amount, upto, kits) - part.of(amount, before, kits) for part in parts]
        assert sum(billed) == share(amount, upto, kits) - share(amount, before, kits)
        assert min(billed) >= -1
        together = [so_far + more for so_far, more in zip(together, billed, strict=True)]
    assert sum(together) == amount
    for part, whole in zip(parts, together, strict=True):
        assert whole >= 0
        assert abs(whole - amount * part.fraction) < 1
