"""Long histories in few steps: checkpoints and runs, and late facts among them."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from everstock.core.costing.state import load
from everstock.core.facts import DAY, Fact, Kind, Method, Policy
from everstock.core.problems import Refusal
from everstock.ledger import batch
from everstock.ledger.post import post, post_all
from tests.core.strategies import UNIT, History, Places
from tests.ledger.places import Shop, histories
from tests.ledger.posting import TODAY, document, lawful, lines, outcome, select

pytestmark = pytest.mark.django_db


# --- checkpoints


@pytest.fixture
def close_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every few facts."""
    monkeypatch.setattr(batch, "CHECKPOINT_EVERY", 3)
    monkeypatch.setattr("everstock.core.history.SNAPSHOT_EVERY", 2)
    monkeypatch.setattr(batch, "SNAPSHOT_EVERY", 2)


def checkpoints(shop: Shop) -> dict[int, dict[int, tuple[int, int]]]:
    """Quantity and value of pools, by moment."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    for at, pool, state in select(
        "SELECT at, pool_id, state FROM checkpoint WHERE item_id = %s ORDER BY at", shop.item
    ):
        read = load(state)
        found.setdefault(at, {})[pool] = (read.quantity, read.value)
    return found


def test_a_checkpoint_after_every_few_facts(shop: Shop, close_together: None) -> None:
    table = "0 | 03-01 | receipt 99 @ 1.00\n" + "\n".join(f"{day} | 03-{day:02} | issue 1" for day in range(2, 21))
    for line in lines(shop, table):
        post(shop.company.pk, document(line))
    days = [(at - TODAY) // DAY + 10 for at in checkpoints(shop)]
    assert days == [3, 6, 9, 12, 15, 18]
    assert [[quantity // UNIT for quantity, _ in pools.values()] for pools in checkpoints(shop).values()] == [
        *([97], [94], [91], [88], [85], [82])
    ]
    [late] = lines(shop, "1 | 03-10 08:00 | issue 1")
    post(shop.company.pk, document(late._replace(reference="late")))
    days = [(at - TODAY) // DAY + 10 for at in checkpoints(shop)]
    assert days == [3, 6, 9, 10, 11, 13, 15, 17, 19], "those after the late fact are replaced"
    lawful(shop)


def test_two_late_facts_at_once(shop: Shop, close_together: None) -> None:
    """The earlier one decides which checkpoints go."""
    table = "0 | 03-01 | receipt 99 @ 1.00\n" + "\n".join(f"{day} | 03-{day:02} | issue 1" for day in range(2, 21))
    for line in lines(shop, table):
        post(shop.company.pk, document(line))
    early, late, between = lines(shop, """
        21 | 03-05 08:00 | receipt 5 @ 7.00
        22 | 03-12 08:00 | issue 1
        23 | 03-10 08:00 | issue 1""")  # fmt: skip
    assert outcome(shop, early._replace(reference="early"), late._replace(reference="late")) == "ok"
    assert outcome(shop, between._replace(reference="between")) == "ok"
    lawful(shop)


FAR_BACK = [
    ("a charge taken back", "11 | 03-10 | landed_cost = 9 of 1", "12 | 03-11 | reversal of 11"),
    ("another cost, and another", "11 | 03-10 | cost_change @ 2.00 of 1", "12 | 03-11 | cost_change @ 3.00 of 1"),
    ("two returns of an early sale", "11 | 03-10 | return_in 1 of 2", "12 | 03-11 | return_in 1 of 2"),
    ("two returns to the supplier", "11 | 03-10 | return_out 1 of 1", "12 | 03-11 | return_out 1 of 1"),
    ("a return, and a late sale after it", "11 | 03-10 | return_in 1 of 2", "12 | 03-10 12:00 | issue 1"),
    ("a late count, and a late sale before it", "11 | 03-06 | count 50", "12 | 03-05 | issue 1"),
    ("a late transfer, taken back", "11 | 03-04 08:00 | transfer 5 A > T", "12 | 03-11 | reversal of 11"),
]


@pytest.mark.parametrize("more", [row[1:] for row in FAR_BACK], ids=[row[0] for row in FAR_BACK])
def test_what_applies_to_facts_before_checkpoints(shop: Shop, close_together: None, more: tuple[str, str]) -> None:
    days = [f"{day} | 03-{day:02} | issue 2" for day in range(2, 10)]
    table = ["1 | 03-01 | receipt 99 @ 1.00", *days, "10 | 03-09 08:00 | receipt 7 @ 2.00"]
    afterwards = "13 | 03-08 12:00 | issue 1"
    for line in lines(shop, "\n".join([*table, more[0], more[1], afterwards])):
        assert outcome(shop, line) == "ok"
    lawful(shop)


@pytest.mark.parametrize("first", [row[1] for row in FAR_BACK], ids=[row[0] for row in FAR_BACK])
def test_checkpoints_after_what_applies_to_facts_before_them(shop: Shop, close_together: None, first: str) -> None:
    days = [f"{day} | 03-{day:02} | issue 2" for day in range(2, 10)]
    table = ["1 | 03-01 | receipt 99 @ 1.00", *days, "10 | 03-09 08:00 | receipt 7 @ 2.00", first]
    for line in lines(shop, "\n".join([*table, "12 | 03-08 12:00 | issue 1"])):
        assert outcome(shop, line) == "ok"
    assert len(checkpoints(shop)) > 1
    lawful(shop)


def test_no_checkpoint_at_the_last_instant(shop: Shop, close_together: None) -> None:
    """More may happen at that instant: a checkpoint that a late fact made there would miss it."""
    for line in lines(shop, """
        1 | 03-01       | receipt 99 @ 1.00
        2 | 03-02       | issue 1
        3 | 03-03       | transfer 1 A > T
        4 | 03-03       | transfer 1 A > T
        5 | 03-02 08:00 | issue 1
        6 | 03-03       | issue 1
        7 | 03-06       | issue 1
        8 | 03-05       | issue 1"""):  # fmt: skip
        post(shop.company.pk, document(line))
    lawful(shop)


@given(drawn=histories(feasible=True), size=st.integers(1, 9))
@settings(
    deadline=None, max_examples=40, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
def test_checkpoints_are_what_the_naive_replay_says(close_together: None, drawn: History, size: int) -> None:
    shop = Shop(drawn, negative_stock=False)
    posted: list[Fact] = []
    for first in range(0, len(drawn.facts), size):
        refused: set[str] = set()
        some = drawn.facts[first : first + size]
        batched = [document(shop.line(fact)) for fact in some]
        try:
            with transaction.atomic():
                post_all(
                    shop.company.pk,
                    batched,
                    on_refusal=lambda line, _, refused=refused: refused.add(line.reference),  # type: ignore[misc]
                )
        except Refusal as refusal:
            # the standard of an item whose first receipt was nearly nothing for a fortune
            assume(refusal.code != "number.too_large")
            raise
        posted += [fact for fact in some if f"F{fact.id}" not in refused]
        for at, pools in checkpoints(shop).items():
            assert sorted(there for there in pools.values() if there != (0, 0)) == _naive(drawn, posted, at)


def _naive(drawn: History, posted: list[Fact], at: int) -> list[tuple[int, int]]:
    """Quantity and value of pools after a moment."""
    early = [known for known in posted if known.effective_at <= at or known.kind in _ANYTIME]
    ids = {known.id for known in early}
    facts = [known for known in early if known.origin is None or known.origin in ids]
    pools = drawn._replace(facts=facts).replay().pools
    return sorted(there for there in pools.values() if there != (0, 0))


_ANYTIME = {Kind.COST_CHANGE, Kind.LANDED_COST, Kind.REVERSAL}


# --- runs: a long history in few facts

RUNS = [
    ("a receipt between two sales of a day", "5 | 03-05 12:00 | receipt 4 @ 9.00"),
    ("at the very moment of one", "5 | 03-05 14:00 | receipt 4 @ 9.00"),
    ("a return of one of them", "5 | 03-06 | return_in 1 of 3"),
    ("a charge on what they took", "5 | 03-06 | landed_cost = 5 of 1"),
    ("one of them reversed", "5 | 03-06 | reversal of 2"),
    ("the other reversed", "5 | 03-06 | reversal of 3"),
    ("counted in between", "5 | 03-05 12:00 | count 5"),
    ("moved in between", "5 | 03-05 12:00 | transfer 2 A > T"),
    ("written down in between", "5 | 03-05 12:00 | write_down @ 0.10"),
]


@pytest.mark.parametrize("late", [row[1] for row in RUNS], ids=[row[0] for row in RUNS])
@pytest.mark.parametrize("method", [Method.AVERAGE, Method.LIFO])
def test_late_among_many_sales(db: None, method: Method, late: str) -> None:
    shop = Shop(History([], Policy(method), Places()), negative_stock=False)
    some = lines(shop, f"""
        1 | 03-01       | receipt 9 @ 1.00
        2 | 03-05 10:00 | issue 1
        3 | 03-05 14:00 | issue 2
        4 | 03-05 16:00 | issue 1
        {late}""")  # fmt: skip
    for line in some:
        assert outcome(shop, line) == "ok"
    lawful(shop)
