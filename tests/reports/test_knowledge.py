"""As of × known at: sums, caches and replays say the same; what was printed once can be printed again."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable

import pytest

from everstock.core.costing import costing_for
from everstock.core.facts import Method, Policy
from everstock.core.problems import Refusal
from everstock.ledger import queries, snapshots
from everstock.ledger.replays import Replays
from everstock.reports.ageing import ageing
from everstock.reports.changes import what_changed
from everstock.reports.cogs import cogs
from everstock.reports.journal import account_ledger, journal, trial_balance
from everstock.reports.movements import item_ledger
from everstock.reports.payables import received_not_invoiced
from everstock.reports.stock import stock
from everstock.reports.valuation import valuation
from tests.reports.shop import Shop, microseconds

SLOW = pytest.mark.slow
NewShop = Callable[..., Shop]
FIRST = dt.date(2026, 1, 1)


def scribble(shop: Shop, seed: int, facts: int = 120) -> None:
    """Post random facts over eight months, many of them late."""
    draw = random.Random(seed)
    sold: list[tuple[str, str, str, dt.date]] = []
    received: list[tuple[str, str, dt.date]] = []
    for number in range(facts):
        learned = FIRST + dt.timedelta(days=2 * number)
        day = max(FIRST, learned - dt.timedelta(days=draw.choice([0, 0, 0, 1, 20, 60])))
        item, place = draw.choice(["BOLT", "NUT", "CAP"]), draw.choice(["MAIN", "SHOP"])
        kind = draw.choices(
            [
                "receipt",
                "issue",
                "transfer",
                "count",
                "cost_change",
                "return_in",
                "landed_cost",
                "revaluation",
                "waste",
            ],
            [12, 8, 3, 1, 2, 2, 1, 1, 1],
        )[0]
        more = {"ref": f"R{number}", "recorded": f"{learned}T12:00:00"}
        quantity = str(draw.randint(1, 9))
        match kind:
            case "receipt":
                more["cost"] = f"{draw.randint(100, 900) / 100:.2f}"
                received.append((more["ref"], item, day))
            case "issue":
                more |= {"price": "12.34", "partner": draw.choice(["SMITH", "JONES"])}
                sold.append((more["ref"], item, quantity, day))
            case "transfer":
                more["to"] = "SHOP" if place == "MAIN" else "MAIN"
            case "cost_change" | "landed_cost" if received:
                more["of"], item, _ = draw.choice(received)
                more["value"] = f"{draw.randint(100, 9000) / 100:.2f}"
                quantity = "0"
            case "return_in" if sold:
                more["of"], item, quantity, since = sold.pop(draw.randrange(len(sold)))
                day = max(day, since)
            case "revaluation":
                more["cost"], quantity = f"{draw.randint(100, 900) / 100:.2f}", "0"
            case "count" | "waste":
                pass
            case _:
                continue
        try:
            shop.add(f"{day}", kind, item, quantity, place, **more)
        except Refusal as refusal:
            if not refusal.code.startswith(("stock.short", "origin.", "return.")):
                raise
            sold = [sale for sale in sold if sale[0] != more["ref"]]
            received = [receipt for receipt in received if receipt[0] != more["ref"]]


def moments(shop: Shop) -> list[int | None]:
    known = [
        int(at)
        for (at,) in queries.rows(
            "SELECT recorded_at FROM posting WHERE company_id = %s ORDER BY id", (shop.company.pk,)
        )
    ]
    return [None, known[0] - 1, *known[:: max(1, len(known) // 3)], known[-1]]


def days() -> list[dt.date | None]:
    return [
        None,
        FIRST - dt.timedelta(days=1),
        *(FIRST + dt.timedelta(days=at) for at in (14, 30, 31, 89, 100, 400)),
    ]


def brute_values(company_id: int, as_of: dt.date | None, position: int | None) -> dict[int, tuple[int, int]]:
    """Straight from the entries."""
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for pool, day, posting, quantity, amount in queries.rows(
        "SELECT pool_id, day, posting_id, quantity, amount FROM entry WHERE company_id = %s", (company_id,)
    ):
        if (as_of is None or day <= as_of) and (position is None or posting <= position):
            sums[pool][0] += quantity
            sums[pool][1] += amount
    return {pool: (quantity, value) for pool, (quantity, value) in sums.items() if quantity or value}


def brute_balances(company_id: int, as_of: dt.date | None, position: int | None) -> dict[tuple[int, int, int], int]:
    """Straight from the facts."""
    sums: dict[tuple[int, int, int], int] = defaultdict(int)
    end = None if as_of is None else queries.moment_after(as_of)
    for item, place, lot, at, posting, quantity in queries.rows(
        "SELECT g.item_id, g.location_id, g.lot_id, g.effective_at, g.posting_id, g.quantity FROM leg g"
        " JOIN location l ON l.id = g.location_id WHERE g.company_id = %s AND l.kind IN ('internal', 'transit', 'consignment')",
        (company_id,),
    ):
        if (end is None or at < end) and (position is None or posting <= position):
            sums[item, place, lot] += quantity
    return {key: quantity for key, quantity in sums.items() if quantity}


def assert_sums_are_right(shop: Shop) -> None:
    company = shop.company.pk
    for known_at in moments(shop):
        position = queries.position_at(company, known_at)
        for as_of in days():
            found = {
                row.pool: (row.quantity, row.value)
                for row in queries.pool_values(company, as_of=as_of, position=position)
            }
            assert found == brute_values(company, as_of, position), (as_of, known_at)
            on_hand = {row[:3]: row.quantity for row in queries.balances(company, as_of=as_of, position=position)}
            assert on_hand == brute_balances(company, as_of, position), (as_of, known_at)
            items = [shop.item("BOLT")]
            few = {
                row.pool: (row.quantity, row.value)
                for row in queries.pool_values(company, as_of=as_of, position=position, items=items)
            }
            assert few.items() <= found.items()


@pytest.mark.parametrize(
    "method, scope, negative",
    [
        ("fifo", "item", False),
        pytest.param("average", "item+location", True, marks=SLOW),
        pytest.param("lifo", "item", True, marks=SLOW),
    ],
)
def test_snapshots_change_no_answer(new_shop: NewShop, method: str, scope: str, negative: bool) -> None:
    shop = new_shop(method=method, scope=scope, negative_stock=negative)
    company = shop.company.pk
    scribble(shop, 1)
    assert_sums_are_right(shop)
    assert snapshots.build_snapshots(company) > 5
    assert snapshots.build_snapshots(company) == 0
    assert_sums_are_right(shop)
    # late facts move them
    shop.add("2026-02-15", "receipt", "BOLT", "7", cost="3.33", ref="LATE-1", recorded="2026-12-01T12:00:00")
    shop.add("2026-01-02", "receipt", "NUT", "7", "SHOP", cost="3.33", ref="LATE-2", recorded="2026-12-02T12:00:00")
    assert_sums_are_right(shop)
    snapshots.drop_snapshots(company)
    assert queries.rows("SELECT count(*) FROM snapshot", ()) == [(0,)]
    assert_sums_are_right(shop)


def test_snapshots_are_due_when_there_is_enough_to_sum(new_shop: NewShop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = new_shop()
    scribble(shop, 2, facts=60)
    assert not snapshots.snapshots_are_due(shop.company.pk)
    monkeypatch.setattr(snapshots, "WORTH_IT", 10)
    assert snapshots.snapshots_are_due(shop.company.pk)
    snapshots.build_snapshots(shop.company.pk)
    assert not snapshots.snapshots_are_due(shop.company.pk)


@pytest.mark.parametrize(
    "method, scope, negative",
    [
        ("fifo", "item", False),
        pytest.param("average", "item+location", True, marks=SLOW),
        pytest.param("standard", "item", True, marks=SLOW),
    ],
)
def test_reports_agree_with_each_other(new_shop: NewShop, method: str, scope: str, negative: bool) -> None:
    shop = new_shop(method=method, scope=scope, negative_stock=negative)
    scribble(shop, 3)
    company = shop.company
    for as_of in (dt.date(2026, 2, 28), dt.date(2026, 5, 31), None):
        for known_at in (None, microseconds("2026-06-01T00:00:00")):
            total = sum(row.value for row in valuation(company=company, as_of=as_of, known_at=known_at))
            for by in ("item+location", "account", "category"):
                rows = valuation(company=company, by=by, as_of=as_of, known_at=known_at)
                assert sum(row.value for row in rows) == total
            balance = trial_balance(company=company, as_of=as_of, known_at=known_at, basis="effective")
            inventory = [row.balance for row in balance if row.account in {"1200", "1240", "1290"}]
            assert sum(inventory) == total
            assert sum(row.debit for row in balance) == sum(row.credit for row in balance)
            by_item = {row.item: row for row in valuation(company=company, as_of=as_of, known_at=known_at)}
            there: dict[str, int] = defaultdict(int)
            for row in stock(company=company, as_of=as_of, known_at=known_at):
                there[row.item] += row.quantity
            assert {item: quantity for item, quantity in there.items() if quantity} == {
                item: row.quantity for item, row in by_item.items() if row.quantity
            }
            for item in ("BOLT", "NUT", "CAP"):
                ledger = item_ledger(company=company, item=item, as_of=as_of, known_at=known_at)
                expected = by_item.get(item)
                assert ledger[-1].running_value == (expected.value if expected else 0)
                assert ledger[-1].running_quantity == (expected.quantity if expected else 0)
                assert sum(row.cost for row in ledger) == ledger[-1].running_value
            sales = {row.account: row.balance for row in balance}.get("5000", 0)
            for key in ("item", "category", "partner", "month"):
                rows_of = cogs(company=company, by=key, to=as_of, known_at=known_at)
                assert sum(row.cost for row in rows_of) == sales, key


@pytest.mark.parametrize(
    "method, scope, negative",
    [
        ("fifo", "item+location", False),
        pytest.param("fifo", "item", True, marks=SLOW),
        pytest.param("average", "item", False, marks=SLOW),
    ],
)
def test_sums_are_explained(new_shop: NewShop, method: str, scope: str, negative: bool) -> None:
    shop = new_shop(method=method, scope=scope, negative_stock=negative)
    scribble(shop, 7)
    company = shop.company
    known = [microseconds("2026-04-01T00:00:00"), None]
    for as_of in (dt.date(2026, 3, 31), dt.date(2026, 9, 30)):
        totals = []
        for known_at in known:
            balance = trial_balance(company=company, as_of=as_of, known_at=known_at, basis="effective")
            owed = received_not_invoiced(company=company, as_of=as_of, known_at=known_at)
            assert -sum(row.balance for row in balance if row.account == "2100") == sum(row.amount for row in owed)
            value = {row.item: row.value for row in valuation(company=company, as_of=as_of, known_at=known_at)}
            aged = ageing(company=company, as_of=as_of, known_at=known_at)
            assert {row.item: row.value for row in aged} == value
            assert {row.item: sum(row.values) for row in aged} == value
            assert all(sum(row.quantities) == row.quantity for row in aged)
            totals.append(sum(value.values()))
            for account in ("1200", "2100", "5000"):
                ledger = account_ledger(company=company, account=account, to=as_of, known_at=known_at)
                posted = trial_balance(company=company, as_of=as_of, known_at=known_at)
                assert ledger[-1].balance == sum(row.balance for row in posted if row.account == account)
        learned = what_changed(company=company, since=known[0] or 0, as_of=as_of)
        assert sum(row.value for row in learned) == totals[1] - totals[0]


def test_every_entry_of_the_journal_balances_and_adds_up_to_the_trial_balance(new_shop: NewShop) -> None:
    shop = new_shop(method="average", negative_stock=True)
    scribble(shop, 4)
    entries: dict[str, int] = defaultdict(int)
    debits: dict[str, int] = defaultdict(int)
    for line in journal(company=shop.company):
        assert (line.debit > 0) != (line.credit > 0)
        entries[line.entry] += line.debit - line.credit
        debits[line.account] += line.debit
    assert entries
    assert set(entries.values()) == {0}
    assert debits == {row.account: row.debit for row in trial_balance(company=shop.company)}


def test_january_printed_in_june_is_january(new_shop: NewShop) -> None:
    shop = new_shop(scope="item+location")
    scribble(shop, 5, facts=16)
    asked = [
        ["valuation", "--by", "item+location", "--as-of", "2026-01-31"],
        ["stock", "--as-of", "2026-01-31"],
        ["item-ledger", "--item", "BOLT", "--as-of", "2026-01-31"],
        ["journal", "--to", "2026-01-31"],
        ["trial-balance", "--as-of", "2026-01-31"],
        ["cogs", "--to", "2026-01-31"],
        ["movements", "--to", "2026-01-31"],
    ]
    january = [shop.report(*words) for words in asked]
    shop.add("2026-01-02", "receipt", "BOLT", "100", cost="1", ref="LATE", recorded="2026-06-01T12:00:00")
    shop.add("2026-01-30", "issue", "BOLT", "99", ref="LATE-2", recorded="2026-06-02T12:00:00")
    known = ["--known-at", "2026-02-05"]
    assert [shop.report(*words, *known) for words in asked] == january
    assert [shop.report(*words) for words in asked] != january
    snapshots.build_snapshots(shop.company.pk)
    assert [shop.report(*words, *known) for words in asked] == january


@SLOW
def test_stored_sums_are_those_of_a_replay(new_shop: NewShop) -> None:
    shop = new_shop(method="lifo", negative_stock=True)
    scribble(shop, 6)
    company = shop.company.pk
    items = [shop.item(sku) for sku in ("BOLT", "NUT", "CAP")]
    for known_at in moments(shop):
        position = queries.position_at(company, known_at)
        for as_of in days():
            replayed: dict[int, list[int]] = defaultdict(lambda: [0, 0])
            for replay in Replays(company).histories(items, as_of=as_of, position=position):
                for pool, state in replay.history.state.pools.items():
                    replayed[pool] = [state.quantity, state.value]
            expected = {pool: (quantity, value) for pool, (quantity, value) in replayed.items() if quantity or value}
            assert expected == brute_values(company, as_of, position)


def test_replays_hear_of_their_own_items_alone_and_leave_the_shared_methods_as_they_are(new_shop: NewShop) -> None:
    shop = new_shop(method="average", negative_stock=True)
    for sku in ("BOLT", "NUT"):
        shop.add("2026-01-01", "receipt", sku, "1", cost="1", ref=f"{sku}-1")
        shop.add("2026-01-02", "issue", sku, "3", ref=f"{sku}-2")
        shop.add("2026-01-03", "receipt", sku, "5", cost="2", ref=f"{sku}-3")
    items = [shop.item(sku) for sku in ("BOLT", "NUT")]
    for _ in range(2):
        found = list(Replays(shop.company.pk).histories(items))
        assert [len(one.true_ups) for one in found] == [1, 1]
        costing = found[0].history.engine.costing
        assert costing_for(Policy(Method.AVERAGE, 100, None)) is not costing
        assert not {"receive"} & vars(costing_for(Policy(Method.AVERAGE, 100, None))).keys()
