"""What happens at one instant, posted one by one: in the order of docs/spec/costing.md, whatever order it is entered in."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everstock.core.facts import Method, Policy
from tests.core.strategies import History, Places
from tests.ledger.places import Shop
from tests.ledger.posting import lawful, lines, outcome, select

pytestmark = pytest.mark.django_db


def average_shop() -> Shop:
    return Shop(History([], Policy(Method.AVERAGE), Places()), negative_stock=False)


def test_what_goes_before_a_circle_of_its_instant_does_so_when_it_is_posted_last(db: None) -> None:
    """Bins that swap goods wait for each other, and so does what leaves them: the issue from the branch is the first that leaves."""
    shop = average_shop()
    swapped = """
     1 | 03-01       | receipt 1 = 1.00 at A
     2 | 03-01       | receipt 1 = 0.00 at B
     3 | 03-01       | receipt 1 = 0.00 at D
     4 | 03-02 12:00 | transfer 1 A > B
     5 | 03-02 12:00 | waste 1 at B
     6 | 03-02 12:00 | transfer 1 B > A
     7 | 03-02 12:00 | issue 1 at D"""
    assert [outcome(shop, line) for line in lines(shop, swapped)] == ["ok"] * 7
    costs = "SELECT sum(e.amount) FROM entry e JOIN movement m ON m.contra_id = e.contra_id WHERE m.reference = %s"
    assert [select(costs, reference) for reference in ("F7", "F5")] == [[(-33,)], [(-34,)]]
    lawful(shop)


AT_ONCE = st.lists(
    st.tuples(st.sampled_from(["transfer", "transfer", "issue", "waste"]), st.permutations("ABD")),
    min_size=4,
    max_size=10,
)


@given(at_once=AT_ONCE, paid=st.tuples(*[st.integers(0, 200)] * 3))
@settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
def test_whatever_happens_at_one_instant_is_put_in_order(
    at_once: list[tuple[str, list[str]]], paid: tuple[int, int, int]
) -> None:
    shop = average_shop()
    rows = [f"03-01 | receipt 3 = {value / 100:.2f} at {place}" for place, value in zip("ABD", paid, strict=True)]
    for kind, (place, other, _) in at_once:
        where = f"{place} > {other}" if kind == "transfer" else f"at {place}"
        rows.append(f"03-02 12:00 | {kind} 1 {where}")
    for line in lines(shop, "\n".join(f"{number} | {row}" for number, row in enumerate(rows, 1))):
        assert outcome(shop, line) in {"ok", "stock.short"}
    lawful(shop)
