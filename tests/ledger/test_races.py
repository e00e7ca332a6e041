"""Many processes post at once, with real commits, each test in a database of its own."""

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from everstock.core.facts import Kind
from everstock.core.problems import Refusal
from everstock.ledger.database import lock_company
from everstock.ledger.post import post
from everstock.masterdata.actions import lock_periods
from everstock.masterdata.models import Company
from tests.conftest import PROBLEM
from tests.ledger import processes
from tests.ledger.processes import Clients, assert_all_there_once, assert_lawful, assert_no_errors, run, select
from tests.ledger.worker import UNIT, Outcome, Shop, documented, line

pytestmark = pytest.mark.slow
OPENING = "opening/"

Open = Callable[..., tuple[str, Shop]]


@pytest.fixture(scope="module")
def template(django_db_blocker: Any) -> Iterator[str]:
    """The name of a database with all tables and nothing in them."""
    if PROBLEM in os.environ:
        pytest.fail(f"the embedded PostgreSQL of the tests did not start: {os.environ[PROBLEM]}", pytrace=False)
    with django_db_blocker.unblock(), processes.new_database(os.environ["EVERSTOCK_DATABASE_URL"]) as url:
        with processes.connected(url):
            processes.migrate()
        yield psycopg.conninfo.conninfo_to_dict(url)["dbname"]  # type: ignore[misc]


@pytest.fixture
def new_shop(template: str, django_db_blocker: Any) -> Iterator[Open]:
    """Open a shop in a new database; afterwards no two processes ever waited for each other."""
    server = os.environ["EVERSTOCK_DATABASE_URL"]
    with django_db_blocker.unblock(), processes.new_database(server, template) as url, processes.connected(url):

        def make(items: int = 5, stock: int = 0) -> tuple[str, Shop]:
            shop = processes.create_shop(items)
            if stock:
                processes.stock_up(shop, stock)
            return url, shop

        yield make
        processes.end_all()
        [(deadlocks,)] = select("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert deadlocks == 0


def _named(role: str, count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"role": role, "name": f"{role}{number}", **more} for number in range(count)]


def _codes(said: list[Outcome]) -> set[str]:
    return {outcome["refused"] for outcome in said if "refused" in outcome}


def test_sixteen_tills_sell_exactly_what_is_there(new_shop: Open) -> None:
    url, shop = new_shop(items=4, stock=60)
    said = run(url, shop, _named("sell_out", 16), count=25)
    assert_no_errors(said)
    assert _codes(said) == {"stock.short"}
    sold = dict(select("SELECT item_id, sum(quantity) FROM movement WHERE kind = 4 GROUP BY 1"))
    assert sold == dict.fromkeys(shop.items, 60 * UNIT)
    assert set(select("SELECT quantity FROM balance WHERE location_id = %s", shop.places[0])) == {(0,)}
    assert len(said) > 400
    assert_all_there_once(said, OPENING)
    assert_lawful(shop)


def test_receiving_and_shipping_the_same_items(new_shop: Open) -> None:
    url, shop = new_shop(stock=50)
    said = run(url, shop, [*_named("receive", 4), *_named("ship", 4)], count=40)
    assert_no_errors(said)
    assert len(said) == 8 * 40
    posted = Counter("refused" not in outcome for outcome in said)
    assert posted[True] > 100, Counter(outcome.get("refused") for outcome in said)
    assert_all_there_once(said, OPENING)
    kinds = {kind for (kind,) in select("SELECT DISTINCT kind FROM movement")}
    assert {1, 2, 4, 8, 9, 10, 14} <= kinds, "receipts, returns, issues, transfers, counts, cost changes and reversals"
    assert_lawful(shop)


def test_one_of_many_with_the_same_reference_wins(new_shop: Open) -> None:
    url, shop = new_shop(stock=50)
    said = run(url, shop, _named("same", 8), count=20)
    assert_no_errors(said)
    assert len(said) == 8 * 20
    by_reference: dict[str, list[Outcome]] = {}
    for outcome in said:
        by_reference.setdefault(outcome["done"], []).append(outcome)
    for outcomes in by_reference.values():
        posted = [outcome for outcome in outcomes if outcome.get("posted")]
        assert len(posted) <= 1
        for outcome in outcomes:
            lines = outcome.get("lines", [])
            assert outcome.get("posted", 0) + outcome.get("repeated", 0) == len(lines)
    assert sum(bool(outcome.get("posted")) for outcome in said) > 10
    assert_all_there_once(said, OPENING)
    assert_lawful(shop)


def test_a_reference_is_one_line_whatever_its_item(new_shop: Open) -> None:
    url, shop = new_shop()
    said = run(
        url, shop, [{"role": "clash", "name": f"clash{number}", "offset": number} for number in range(5)], count=30
    )
    assert_no_errors(said)
    assert Counter(outcome.get("refused") for outcome in said) == {None: 30, "reference.taken": 4 * 30}
    assert_all_there_once(said)
    assert_lawful(shop)


def test_what_was_rolled_back_is_forgotten(new_shop: Open) -> None:
    """A process remembers the pools it has seen, but not those of a transaction that came to nothing."""
    url, shop = new_shop(items=1)
    place, item = shop.places[0], shop.items[0]
    with pytest.raises(Refusal, match="There are 0"):
        post(shop.company, documented("early", [line(Kind.ISSUE, item, 1, place)]))
    said = run(url, shop, [{"role": "receive", "name": "in", "count": 5}])
    assert_no_errors(said)
    post(shop.company, documented("late", [line(Kind.RECEIPT, item, 1, place, value=100)]))
    assert_lawful(shop)


def test_a_locked_period_takes_nothing_once_the_lock_returned(new_shop: Open) -> None:
    from django.db import transaction

    url, shop = new_shop(stock=200)
    company = Company.objects.get(pk=shop.company)
    clients = Clients(url, shop, [*_named("receive", 2), *_named("ship", 2)], count=60)
    clients.go()
    said, locks = [], []
    for day in (dt.date(2026, 2, 18), dt.date(2026, 2, 22), dt.date(2026, 2, 26)):
        said += [clients.hear() for _ in range(20)]
        with transaction.atomic():
            lock_company(shop.company, exclusive=True)
            lock_periods(company=company, through=day)
            [(last,)] = select("SELECT max(id) FROM posting")
        locks.append((day, last))
    said += clients.finish()
    assert_no_errors(said)
    late = 0
    for day, last in locks:
        later = select("SELECT posted_on FROM entry WHERE posting_id > %s AND day <= %s", last, day)
        assert all(posted_on > day for (posted_on,) in later)
        late += len(later)
    assert late, "something belongs into the locked days and is dated after them"
    assert_all_there_once(said, OPENING)
    assert_lawful(shop)


def test_an_import_beside_others(new_shop: Open) -> None:
    url, shop = new_shop(items=60)
    importer = {"role": "bring_in", "name": "import", "count": 60, "chunk": 6, "pause": 0.02}
    said = run(url, shop, [importer, *_named("first_movements", 4)], count=60)
    assert_no_errors(said)
    outcomes = [outcome for outcome in said if "done" in outcome]
    assert len(outcomes) == 5 * 60
    imported = [outcome for outcome in outcomes if outcome["name"] == "import"]
    assert all(outcome["repeated"] == 3 for outcome in imported)
    [(there,)] = select("SELECT count(*) FROM movement WHERE reference LIKE %s", "import-%")
    assert there == 3 * 60
    assert_all_there_once([outcome for outcome in outcomes if outcome["name"] != "import"], "import-")
    assert_lawful(shop)


def _promises(said: list[Outcome]) -> dict[str, int]:
    """What each holder should still be promised, by what the clients were told."""
    left: Counter[str] = Counter()
    for outcome in said:
        if "holder" in outcome:
            left[outcome["holder"]] += outcome.get("granted", 0) - outcome.get("ended", 0) - outcome.get("shipped", 0)
    return {holder: quantity for holder, quantity in left.items() if quantity}


def test_promises_of_scarce_items_are_kept(new_shop: Open) -> None:
    url, shop = new_shop(items=2, stock=40)
    [(warehouse,)] = select("SELECT warehouse_of(%s)", shop.places[0])
    said = run(url, shop, _named("promise", 16), seconds=8, warehouse=warehouse, losses=0)
    assert_no_errors(said)
    assert not [outcome for outcome in said if "missing" in outcome or "short" in outcome], "what was promised is there"
    assert _promises(said) == dict(select("SELECT holder, quantity FROM reservation"))
    assert sum("shipped" in outcome for outcome in said) > 20
    assert sum(outcome.get("granted") == 0 for outcome in said) > 100, "they were scarce"
    assert_lawful(shop)


def test_promises_while_goods_are_lost_and_carts_expire(new_shop: Open) -> None:
    url, shop = new_shop(items=2, stock=40)
    [(warehouse,)] = select("SELECT warehouse_of(%s)", shop.places[0])
    said = run(url, shop, _named("promise", 16), seconds=8, warehouse=warehouse, losses=1)
    assert_no_errors(said)
    assert _codes(said) <= {"stock.short"}
    assert any("missing" in outcome for outcome in said), "carts expired and others got theirs"
    [(sold,)] = select("SELECT coalesce(sum(quantity), 0) FROM movement WHERE kind = 4")
    assert sold == sum(outcome.get("shipped", 0) for outcome in said) > 0
    [(least,)] = select("SELECT min(quantity) FROM balance WHERE location_id = ANY (%s)", shop.places)
    assert least >= 0
    assert_lawful(shop)
