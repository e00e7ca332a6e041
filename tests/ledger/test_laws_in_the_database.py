"""Random histories posted through the database: after every fact, every law holds; any order, any batch, any cache."""

from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from everstock.core.facts import Fact, Method
from everstock.core.problems import Refusal
from everstock.ledger import batch
from everstock.ledger.lines import Line
from everstock.ledger.post import Stream, post, post_all
from everstock.ledger.usage import settings_changed
from everstock.ledger.verify import verify
from tests.core.strategies import History
from tests.ledger.places import METHODS, Shop, histories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
IN_DATABASE = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # shrinking repeats slow examples for minutes; the seed that is printed repeats the failure
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


class _RollBack(Exception):
    pass


def _post(shop: Shop, fact: Fact, recorded_at: int) -> None:
    try:
        post(shop.company.pk, shop.document(fact, recorded_at))
    except Refusal as refusal:
        if refusal.code == "number.too_large":
            raise _RollBack from None  # random values times random quantities: not what is tested here
        raise


def _refusal(shop: Shop, fact: Fact, recorded_at: int) -> Refusal | None:
    try:
        _post(shop, fact, recorded_at)
    except Refusal as refusal:
        return refusal
    return None


def _lawful(shop: Shop) -> None:
    verdict = verify(shop.company.pk, known_at_samples=2)
    assert not verdict.violations, verdict.violations[:3]


def _figures(shop: Shop) -> dict[str, list[tuple[object, ...]]]:
    """Everything a report could be made of, without the moments of recording."""
    questions = {
        "entries": "SELECT e.day, e.account_id, e.contra_id, p.warehouse_id, p.inventory_id, p.lot_id, sum(e.quantity),"
        " sum(e.amount) FROM entry e JOIN pool p ON p.id = e.pool_id WHERE p.item_id = %s GROUP BY 1, 2, 3, 4, 5, 6"
        " HAVING sum(e.quantity) <> 0 OR sum(e.amount) <> 0 ORDER BY 1, 2, 3, 4, 5, 6",
        "pools": "SELECT warehouse_id, inventory_id, lot_id, quantity, value FROM pool"
        " WHERE item_id = %s AND quantity <> 0 ORDER BY 1, 2, 3",
        "balances": "SELECT location_id, lot_id, quantity FROM balance WHERE item_id = %s AND quantity <> 0 ORDER BY 1, 2",
    }
    with connection.cursor() as cursor:
        answers = {}
        for name, question in questions.items():
            cursor.execute(question, [shop.item])
            answers[name] = cursor.fetchall()
    return answers


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
@settings(IN_DATABASE, max_examples=25)
def test_after_every_fact_every_law_holds(method: Method, data: st.DataObject, close_checkpoints: None) -> None:
    drawn: History = data.draw(histories(method))
    with pytest.raises(_RollBack), transaction.atomic():
        shop = Shop(drawn, negative_stock=True)
        for number, fact in enumerate(drawn.facts):
            _post(shop, fact, number)
            _lawful(shop)
        raise _RollBack


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
@settings(IN_DATABASE, max_examples=25)
def test_one_by_one_equals_in_batches(method: Method, data: st.DataObject, close_checkpoints: None) -> None:
    drawn: History = data.draw(histories(method))
    sizes = data.draw(st.lists(st.integers(1, 7), min_size=1))
    with pytest.raises(_RollBack), transaction.atomic():
        single, batched, streamed = (Shop(drawn, negative_stock=True) for _ in range(3))
        for number, fact in enumerate(drawn.facts):
            _post(single, fact, number)
        with Stream(streamed.company.pk) as stream:
            first = 0
            while first < len(drawn.facts):
                size = sizes[first % len(sizes)]
                some = drawn.facts[first : first + size]
                post_all(batched.company.pk, [batched.document(fact, first) for fact in some])
                stream.post([streamed.document(fact, first) for fact in some], _fail)
                if size > 4:  # as if the import had met a new place: what is remembered of the company is read anew
                    settings_changed(streamed.company.pk)
                first += size
        _lawful(batched)
        _lawful(streamed)
        right = _anonymous(_figures(single), single)
        assert _anonymous(_figures(batched), batched) == right
        assert _anonymous(_figures(streamed), streamed) == right
        raise _RollBack


def _fail(_: Line, refusal: Refusal) -> None:
    raise refusal


@given(drawn=histories(feasible=True))
@settings(IN_DATABASE, max_examples=60)
def test_nothing_ever_falls_below_zero(drawn: History) -> None:
    """A fact is refused exactly when the naive replay of what is there and that fact falls below zero."""
    with pytest.raises(_RollBack), transaction.atomic():
        shop = Shop(drawn, negative_stock=False)
        for number, fact in enumerate(drawn.facts):
            _post(shop, fact, number)
        _lawful(shop)
        raise _RollBack


@given(drawn=histories())
@settings(IN_DATABASE, max_examples=80)
def test_refused_exactly_when_infeasible(drawn: History) -> None:
    accepted: list[Fact] = []
    with pytest.raises(_RollBack), transaction.atomic():
        shop = Shop(drawn, negative_stock=False)
        for number, fact in enumerate(drawn.facts):
            if fact.origin is not None and fact.origin not in {known.id for known in accepted}:
                continue
            tried = drawn._replace(facts=[*accepted, fact])
            feasible = all(lowest >= 0 for lowest, _ in tried.replay().lowest.values())
            refused = _refusal(shop, fact, number)
            assert feasible is (refused is None), refused
            if refused is None:
                accepted.append(fact)
            else:
                assert refused.code.startswith("stock.short"), refused
        _lawful(shop)
        raise _RollBack


def _anonymous(figures: dict[str, list[tuple[object, ...]]], shop: Shop) -> dict[str, list[tuple[object, ...]]]:
    """Figures with ids replaced by what they stand for, so that two companies can be compared."""
    names: dict[Any, str] = {key: f"L{number}" for number, key in shop.locations.items()}
    accounts = {key: f"A{number}" for number, key in enumerate(shop.accounts)}
    lots = {key: f"lot {code}" for code, key in shop.lots.items()}
    places: dict[str, tuple[dict[Any, str] | None, ...]] = {
        "entries": (None, accounts, accounts, names, accounts, lots),
        "pools": (names, accounts, lots),
        "balances": (names, lots),
    }

    def named(row: tuple[object, ...], columns: tuple[dict[Any, str] | None, ...]) -> tuple[object, ...]:
        known = [
            value if column is None else column.get(value, value) for value, column in zip(row, columns, strict=False)
        ]
        return (*map(str, known), *row[len(columns) :])

    return {name: sorted((named(row, places[name]) for row in rows), key=str) for name, rows in figures.items()}


@pytest.fixture
def close_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints so close together that every history crosses several."""
    monkeypatch.setattr(batch, "CHECKPOINT_EVERY", 3)
    monkeypatch.setattr("everstock.core.history.SNAPSHOT_EVERY", 2)
    monkeypatch.setattr(batch, "SNAPSHOT_EVERY", 2)
