"""A made-up history of buying goes through the verbs of everybody else: lawful, repeatable, and with what goes wrong in it."""

import pytest

from everstock.interfaces.demo.buying import tell_buying
from everstock.reports.proof import prove

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.parametrize("method", ["fifo", "average"])
def test_it_is_lawful_and_some_things_are_refused(method: str) -> None:
    told = tell_buying(code="MADE-UP", orders=12, seed=3, method=method)
    assert prove(told.company.pk).violations == []
    assert told.lines > 100
    assert told.refused["permission.missing"] > 0


def test_the_same_seed_makes_the_same_history() -> None:
    one, two, other = (tell_buying(code=code, orders=6, seed=seed) for code, seed in (("A", 1), ("B", 1), ("C", 2)))
    assert (one.done, one.refused, one.lines) == (two.done, two.refused, two.lines)
    assert (one.done, one.lines) != (other.done, other.lines)
