"""Re-costing a company: another method or another scope, over the whole history, posted as differences.

Costs are a function of the facts, so a change of costing is a replay of every item under the new policy; what the books show is
brought to what it gives, day by day, in entries recorded now. Nothing posted before is touched, and what was known
before the change stays answerable.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import F

from everstock.core.costing.state import EMPTY, PoolState, dump
from everstock.core.facts import Entry, Method
from everstock.core.history import History
from everstock.core.problems import Refusal
from everstock.core.replay import ItemState
from everstock.ledger import database
from everstock.ledger.batch import Batch
from everstock.ledger.books import Books, forget_books
from everstock.ledger.database import integers
from everstock.ledger.histories import engine_for
from everstock.ledger.item_laws import booked_sums, item_facts, items_with_facts
from everstock.ledger.lines import Document
from everstock.ledger.models import CompanyClock, CostingChange, Pool
from everstock.masterdata.models import Company, Scope

Progress = Callable[[int, int], None]
_ITEMS_AT_ONCE = 200


class AccountChange(NamedTuple):
    """What a re-costing changes on one account: debit positive, in minor units."""

    account: int
    amount: int


class ItemChange(NamedTuple):
    """What a re-costing changes in the value of one item on hand."""

    item: int
    before: int
    after: int


class Recosting(NamedTuple):
    """The outcome (or the preview) of a re-costing."""

    method: Method
    scope: Scope
    entries: int
    accounts: list[AccountChange]
    items: list[ItemChange]


class _Preview(Exception):
    pass


def recost(
    company_id: int,
    *,
    method: Method,
    scope: Scope,
    recorded_at: int,
    actor: str | None = None,
    preview: bool = False,
    progress: Progress | None = None,
) -> Recosting:
    """Change how a company's stock is costed. With ``preview`` nothing is kept. Refused if nothing would change."""
    result: Recosting | None = None
    try:
        with transaction.atomic():
            database.lock_company(company_id, exclusive=True)
            result = _recost(company_id, method, scope, recorded_at, actor, progress)
            if preview:
                raise _Preview
    except _Preview:
        pass
    finally:
        forget_books()
    assert result is not None
    return result


def _recost(
    company_id: int, method: Method, scope: Scope, recorded_at: int, actor: str | None, progress: Progress | None
) -> Recosting:
    before = Books(company_id)
    if (before.method, before.scope) == (method, scope):
        raise Refusal(
            "recost.same",
            f"Company {before.code} is costed by {method.value} per {scope.value} already.",
            "Choose another method or scope.",
        )
    _change_settings(before, method, scope)
    books = Books(company_id)
    items = items_with_facts(books)
    total: dict[int, int] = defaultdict(int)
    changes: list[ItemChange] = []
    entries = 0
    position = None
    for first in range(0, len(items), _ITEMS_AT_ONCE):
        some = items[first : first + _ITEMS_AT_ONCE]
        batch = Batch(_locked(company_id))
        posting = batch.posting(Document(recorded_at, (), "recost", f"{method.value} per {scope.value}", actor))
        changes.extend(_recost_items(books, some, batch, posting))
        for row in batch.rows["entries"]:
            total[row[6]] += row[9]
            total[row[7]] -= row[9]
        entries += len(batch.rows["entries"])
        position = database.write(company_id, batch.rows)[-1]
        if progress is not None:
            progress(first + len(some), len(items))
    if position is not None:
        CostingChange.objects.create(
            company_id=company_id, posting_id=position, method=before.method.value, scope=before.scope.value
        )
    accounts = [AccountChange(account, amount) for account, amount in sorted(total.items()) if amount]
    return Recosting(method, scope, entries, accounts, [change for change in changes if change.before != change.after])


def _change_settings(before: Books, method: Method, scope: Scope) -> None:
    company_id = before.company_id
    Company.objects.filter(pk=company_id).update(method=method.value, scope=scope.value)
    database.lock_clock(company_id)
    CompanyClock.objects.filter(company_id=company_id).update(settings_version=F("settings_version") + 1)
    if scope is not before.scope or Method.SPECIFIC in (method, before.method):
        Pool.objects.filter(company_id=company_id, retired=False).update(retired=True, quantity=0, value=0, state=[])
    with database.cursor() as run:
        run.execute(
            "DELETE FROM checkpoint WHERE item_id IN (SELECT id FROM item WHERE company_id = %s)", (company_id,)
        )
        run.execute(
            "UPDATE item_clock SET since_checkpoint = 0 WHERE item_id IN (SELECT id FROM item WHERE company_id = %s)",
            (company_id,),
        )


def _recost_items(books: Books, items: Sequence[int], batch: Batch, posting: int) -> list[ItemChange]:
    facts = item_facts(books, items)
    booked = booked_sums(items)
    changes = []
    for item in items:
        engine = engine_for(books, item)
        engine.stock = lambda _: False
        history = History(engine, ItemState(), facts[item])
        right: dict[tuple[int, int, int, int], list[int]] = defaultdict(lambda: [0, 0])
        for made in history.entries.values():
            for pool, day, account, contra, quantity, amount, *_ in made:
                right[pool, day, account, contra][0] += quantity
                right[pool, day, account, contra][1] += amount
        for key, (quantity, amount) in booked[item][0].items():
            right[key][0] -= quantity
            right[key][1] -= amount
        batch.entries(posting, (Entry(*key, q, a, None) for key, (q, a) in right.items() if q or a))  # type: ignore[arg-type]
        for pool_id, state in _all_pools(item, history.state).items():
            batch.rows["pools"].append((pool_id, state.quantity, state.value, integers(dump(state))))
        was = sum(amount for _, amount in booked[item][0].values())
        changes.append(ItemChange(item, was, sum(state.value for state in history.state.pools.values())))
    return changes


def _all_pools(item: int, state: ItemState) -> dict[int, PoolState]:
    current = Pool.objects.filter(item_id=item, retired=False).values_list("id", flat=True)
    return dict.fromkeys(current, EMPTY) | state.pools


def _locked(company_id: int) -> list[tuple[int, int]]:
    with database.cursor() as run:
        run.execute(
            "SELECT starts_on - date '1970-01-01', ends_on - date '1970-01-01' FROM period"
            " WHERE company_id = %s AND locked ORDER BY starts_on",
            (company_id,),
        )
        return [(first, last) for first, last in run.fetchall()]
