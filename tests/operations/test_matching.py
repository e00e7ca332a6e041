"""The arithmetic of invoices: shares that add up, values that are taken to the cent, exchange differences."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everstock.operations.documents.allocation import shared
from everstock.operations.documents.amounts import exchange_difference
from everstock.operations.purchasing.matching import (
    Standing,
    Tolerance,
    counted,
    price_differs,
    within,
)

amounts = st.integers(-(10**9), 10**9)
weights = st.lists(st.integers(0, 10**12), min_size=1, max_size=12).filter(any)


@given(amounts, weights)
def test_shares_add_up_and_are_within_a_cent_of_the_proportion(amount: int, by: list[int]) -> None:
    shares = shared(amount, by)
    assert sum(shares) == amount
    assert all(abs(share * sum(by) - amount * weight) < sum(by) for share, weight in zip(shares, by, strict=True))


@given(amounts, weights, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(amount: int, by: list[int], random: Random) -> None:
    places = list(range(len(by)))
    random.shuffle(places)
    first = sorted(zip(by, shared(amount, by), strict=True))
    moved = [by[place] for place in places]
    assert sorted(zip(moved, shared(amount, moved), strict=True)) == first


@pytest.mark.parametrize("by", [[0, 0], [3, -1]])
def test_there_must_be_something_to_share_by(by: list[int]) -> None:
    with pytest.raises(ValueError, match="nothing to share by"):
        shared(100, by)


def test_cents_go_to_the_largest_remainders() -> None:
    assert shared(100, [1, 1, 1]) == [34, 33, 33]
    assert shared(-100, [1, 1, 1]) == [-34, -33, -33]
    assert shared(10, [1, 2, 4]) == [1, 3, 6]


parts = st.lists(st.tuples(st.integers(1, 10**7), st.sampled_from([(1, 0), (1, 7), (2, 0), (0, 0)])), max_size=5)


@given(st.integers(1, 10**7), st.integers(0, 10**7), st.integers(0, 10**6), parts)
def test_invoices_of_what_is_kept_clear_it_to_the_cent(
    quantity: int, back: int, worth: int, invoices: list[tuple[int, tuple[int, int]]]
) -> None:
    standing = Standing(quantity, min(back, quantity - 1), 0, worth, 0)
    total = 0
    for size, (times, more) in [*invoices, (quantity, (1, 1))]:
        count = min(size, standing.open)
        if not count:
            break
        expected = standing.expected(count)
        value = times * expected + more
        standing = standing.settled(count, value, expected)
        total += value
    assert (standing.open, standing.billed) == (0, total)
    # what the goods that are kept are worth is what was billed for them, however it came about
    assert standing.worth_kept == total


@given(st.integers(1, 1000), st.integers(0, 10**6), st.integers(0, 10**6), st.data())
def test_what_is_taken_back_was_never_there(quantity: int, worth: int, value: int, data: st.DataObject) -> None:
    standing = Standing(quantity, 0, 0, worth, 0)
    count = data.draw(st.integers(1, quantity))
    expected = standing.expected(count)
    after = standing.settled(count, value, expected)
    assert after.settled(-count, -value, -expected) == standing


@given(st.integers(1, 1000), st.integers(0, 10**6), st.data())
def test_credits_of_what_went_back_take_all_of_its_share(invoiced: int, billed: int, data: st.DataObject) -> None:
    standing = Standing(
        invoiced, data.draw(st.integers(0, invoiced - 1)) if invoiced > 1 else 0, invoiced, billed, billed
    )
    left = standing
    for size in [*data.draw(st.lists(st.integers(1, 1000), max_size=4)), invoiced]:
        count = min(size, -left.open)
        if not count:
            break
        value = -left.credited(count)
        left = left.settled(-count, value, value)
    kept = standing.kept
    assert abs(left.billed * invoiced - billed * kept) <= invoiced * max(1, standing.returned)
    assert left.worth == billed


@pytest.mark.parametrize(
    "quantity, tolerance, counts",
    [(10, 0, 10), (11, 0, 11), (11, 100_000, 10), (12, 100_000, 12), (4, 100_000, 4)],
)
def test_a_little_too_much_bills_what_is_open(quantity: int, tolerance: int, counts: int) -> None:
    assert counted(quantity, Standing(10, 0, 0, 100, 0), Tolerance(0, tolerance)) == counts


def test_nothing_is_a_little_too_much_when_all_is_invoiced() -> None:
    assert counted(1, Standing(10, 0, 10, 100, 100), Tolerance(0, 900_000)) == 1


@pytest.mark.parametrize(
    "billed, expected, tolerance, differs",
    [
        (100, 100, 0, False),
        (101, 100, 0, False),
        (102, 100, 0, True),
        (98, 100, 0, True),
        (110, 100, 100000, False),
        (111, 100, 100000, True),
        (90, 100, 100000, False),
        (5, 0, 100000, True),
    ],
)
def test_price_differs(billed: int, expected: int, tolerance: int, differs: bool) -> None:
    assert price_differs(billed, expected, tolerance) is differs


def test_within_is_a_part_of_the_size() -> None:
    assert within(-5, -100, 50_000)
    assert not within(6, 100, 50_000)


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6), st.data())
def test_payments_clear_what_is_carried_to_the_cent(carried: int, open_amount: int, data: st.DataObject) -> None:
    left, to_pay = carried, open_amount
    for size in [*data.draw(st.lists(st.integers(1, 10**6), max_size=4)), open_amount]:
        amount = min(size, to_pay)
        if not amount:
            break
        leaves, loss = exchange_difference(left, to_pay, amount, 17)
        assert loss == 17 - leaves
        left, to_pay = left - leaves, to_pay - amount
    assert (left, to_pay) == (0, 0)
