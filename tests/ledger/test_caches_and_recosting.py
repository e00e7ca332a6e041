"""Caches may be dropped at any time; a company may be costed another way and back."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from everstock.core.facts import Method
from everstock.core.problems import Refusal
from everstock.ledger.post import post, post_all
from everstock.ledger.rebuild import rebuild
from everstock.ledger.recost import recost
from everstock.ledger.seals import broken_seals, seal
from everstock.ledger.verify import verify
from everstock.masterdata.models import Company, Scope
from tests.core.strategies import History
from tests.ledger.places import METHODS, Shop, histories

pytestmark = [pytest.mark.django_db]
IN_DATABASE = settings(
    deadline=None,
    max_examples=8,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def _posted(drawn: History, *, method: Method, scope: Scope, upto: int | None = None) -> Shop:
    shop = Shop(drawn, negative_stock=False)
    Company.objects.filter(pk=shop.company.pk).update(method=method.value, scope=scope.value)
    post_all(shop.company.pk, [shop.document(fact, fact.id) for fact in drawn.facts[:upto]], on_refusal=_ignore)
    return shop


def _ignore(_line: object, refusal: Refusal) -> None:
    assert refusal.code.startswith(("stock.short", "origin.", "lot.")), refusal


def _everything(shop: Shop) -> list[list[tuple[object, ...]]]:
    """Answers from caches and from rows."""
    questions = (
        "SELECT id, quantity, value FROM pool WHERE item_id = %s AND (quantity <> 0 OR value <> 0) ORDER BY 1",
        "SELECT location_id, lot_id, quantity FROM balance WHERE item_id = %s AND quantity <> 0 ORDER BY 1, 2",
        (
            "SELECT e.day, e.account_id, e.contra_id, e.pool_id, sum(e.quantity), sum(e.amount) FROM entry e"
            " JOIN pool p ON p.id = e.pool_id WHERE p.item_id = %s GROUP BY 1, 2, 3, 4 HAVING sum(e.amount) <> 0"
            " OR sum(e.quantity) <> 0 ORDER BY 1, 2, 3, 4"
        ),
    )
    with connection.cursor() as cursor:
        answers = []
        for question in questions:
            cursor.execute(question, [shop.item])
            answers.append(cursor.fetchall())
    return answers


def _lawful(shop: Shop) -> None:
    assert verify(shop.company.pk).violations == []


@given(drawn=histories(feasible=True), cut=st.integers(0, 30))
@settings(IN_DATABASE)
def test_every_cache_can_be_dropped_and_rebuilt(drawn: History, cut: int) -> None:
    method, scope = drawn.policy.method, Scope.ITEM if drawn.places.scope == "item" else Scope.ITEM_LOCATION
    shop = _posted(drawn, method=method, scope=scope, upto=cut)
    before = _everything(shop)
    rebuild(shop.company.pk)
    assert _everything(shop) == before
    for fact in drawn.facts[cut:]:
        post(shop.company.pk, shop.document(fact, fact.id))
    _lawful(shop)
    whole = _posted(drawn, method=method, scope=scope)
    assert sorted(row[1:] for row in _everything(shop)[0]) == sorted(row[1:] for row in _everything(whole)[0])


@given(drawn=histories(feasible=True), to=st.sampled_from(METHODS), scope=st.sampled_from(list(Scope)))
@settings(IN_DATABASE)
def test_recosted_company_is_as_if_always_costed_so(drawn: History, to: Method, scope: Scope) -> None:
    shop = _posted(drawn, method=Method.FIFO, scope=Scope.ITEM)
    if (to, scope) == (Method.FIFO, Scope.ITEM):
        with pytest.raises(Refusal):
            recost(shop.company.pk, method=to, scope=scope, recorded_at=10**9)
        return
    before = _everything(shop)
    shown = recost(shop.company.pk, method=to, scope=scope, recorded_at=10**9, preview=True)
    assert _everything(shop) == before
    done = recost(shop.company.pk, method=to, scope=scope, recorded_at=10**9)
    assert (done.entries, done.accounts, done.items) == (shown.entries, shown.accounts, shown.items)
    _lawful(shop)
    fresh = _posted(drawn, method=to, scope=scope)
    assert sorted(row[1:] for row in _everything(shop)[0]) == sorted(row[1:] for row in _everything(fresh)[0])
    recost(shop.company.pk, method=Method.FIFO, scope=Scope.ITEM, recorded_at=2 * 10**9)
    _lawful(shop)
    again = _posted(drawn, method=Method.FIFO, scope=Scope.ITEM)
    assert sorted(row[1:] for row in _everything(shop)[0]) == sorted(row[1:] for row in _everything(again)[0])


@given(drawn=histories(Method.AVERAGE, feasible=True))
@settings(IN_DATABASE, max_examples=3)
def test_a_changed_row_breaks_its_seal(drawn: History) -> None:
    shop = _posted(drawn, method=Method.AVERAGE, scope=Scope.ITEM)
    if not seal(shop.company.pk, sealed_at=1):
        return
    assert list(broken_seals(shop.company.pk)) == []
    assert seal(shop.company.pk, sealed_at=2) == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE movement DISABLE TRIGGER append_only")
        cursor.execute("UPDATE movement SET effective_at = effective_at + 1 WHERE company_id = %s", [shop.company.pk])
        cursor.execute("ALTER TABLE movement ENABLE TRIGGER append_only")
    assert len(list(broken_seals(shop.company.pk))) == 1
