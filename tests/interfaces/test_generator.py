"""The generated history: the same for the same seed, plausible, and possible in either order of posting."""

from __future__ import annotations

import csv
import datetime as dt
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everstock.interfaces.files.generator import COLUMNS, COST_CHANGE_COLUMNS, History, write_history

if TYPE_CHECKING:
    from everstock.masterdata.models import Company

FIRST_DAY = dt.date(2024, 9, 2)
INBOUND = {"opening", "receipt", "return_in", "adjust_in"}
OUTBOUND = {"issue", "waste", "adjust_out"}
SIZES = [(1, 30, 100, 3000, 1), (2, 12, 60, 2500, 3), (3, 200, 40, 1500, 2), (4, 3, 400, 4000, 1)]
"""Seed, items, days, lines, locations."""

Row = dict[str, str]


def history(folder: Path, seed: int, items: int, days: int, lines: int, locations: int) -> History:
    return write_history(
        folder,
        seed=seed,
        items=items,
        days=days,
        lines=lines,
        first_day=FIRST_DAY,
        currency="EUR",
        locations=locations,
    )


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def moment(row: Row) -> tuple[str, bool]:
    """When it happened: without a time what comes in at the start of the day; what comes in before what leaves."""
    inbound = row["kind"] in INBOUND
    return f"{row['date']} {row['time'] or ('00:00' if inbound else '24:00')}", not inbound


def steps(row: Row) -> Iterator[tuple[tuple[str, str], int | None, int]]:
    """(place, what it comes to if that is known, what it changes)."""
    place, quantity = (row["item"], row["location"]), int(row["quantity"])
    if row["kind"] == "count":
        yield place, quantity, 0
    elif row["kind"] == "transfer":
        yield place, None, -quantity
        yield (row["item"], row["to_location"]), None, quantity
    else:
        yield place, None, quantity if row["kind"] in INBOUND else -quantity


def lowest(rows: list[Row]) -> int:
    """The lowest stock anywhere while these happen in order of their moments."""
    stock: dict[tuple[str, str], int] = defaultdict(int)
    low = 0
    for row in sorted(rows, key=moment):
        for place, level, change in steps(row):
            stock[place] = (stock[place] if level is None else level) + change
            low = min(low, stock[place])
    return low


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[3]}-lines")
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> History:
    return history(tmp_path_factory.mktemp("history"), *request.param)


def test_the_same_seed_gives_the_same_history(tmp_path: Path) -> None:
    one, two, other = (history(tmp_path / name, seed, 20, 50, 800, 2) for name, seed in (("a", 5), ("b", 5), ("c", 6)))
    assert one.movements.read_bytes() == two.movements.read_bytes()
    assert one.cost_changes.read_bytes() == two.cost_changes.read_bytes()
    assert one.movements.read_bytes() != other.movements.read_bytes()


def test_it_has_as_many_lines_as_asked_for_in_the_order_in_which_they_happened(written: History) -> None:
    rows = read(written.movements)
    assert tuple(rows[0]) == COLUMNS
    assert written.lines == len(rows) in {size[3] for size in SIZES}
    assert len({row["reference"] for row in rows}) == len(rows)
    days = [moment(row)[0] for row in rows]
    assert days == sorted(days)
    assert max(row["entered_at"] for row in rows) <= f"{written.last_entered_at:%Y-%m-%d %H:%M}"


def test_stock_is_never_negative_in_the_order_in_which_things_happened(written: History) -> None:
    assert lowest(read(written.movements)) == 0


def test_stock_is_never_negative_whatever_has_been_entered_so_far(written: History) -> None:
    by_item: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(read(written.movements), key=lambda row: row["entered_at"]):
        known = by_item[row["item"]]
        known.append(row)
        if len(known) < 150:  # the time to look at every moment grows with its square
            assert lowest(known) == 0, row


def test_a_return_follows_what_it_returns_in_both_orders(written: History) -> None:
    entered: dict[str, Row] = {}
    returned: Counter[str] = Counter()
    for row in sorted(read(written.movements), key=lambda row: row["entered_at"]):
        entered[row["reference"]] = row
        if row["applies_to"]:
            sale = entered[row["applies_to"]]
            returned[sale["reference"]] += int(row["quantity"])
            assert (sale["kind"], sale["item"], sale["location"]) == ("issue", row["item"], row["location"])
            assert moment(sale)[0] < moment(row)[0]
            assert returned[sale["reference"]] <= int(sale["quantity"])


def test_it_is_a_wholesalers_year(tmp_path: Path) -> None:
    done = history(tmp_path, 7, 400, 365, 40_000, 2)
    rows = read(done.movements)
    kinds = Counter(row["kind"] for row in rows)
    assert set(kinds) == INBOUND | OUTBOUND | {"transfer", "count"}
    assert kinds["issue"] > 25_000
    assert 1_500 < kinds["receipt"] < 12_000
    outbound = {
        row["reference"].rpartition("-")[0] if row["kind"] == "issue" else row["reference"]: row
        for row in rows
        if row["kind"] in OUTBOUND
    }
    delays = [
        (dt.date.fromisoformat(row["entered_at"][:10]) - dt.date.fromisoformat(row["date"])).days
        for row in outbound.values()
    ]
    late = [delay for delay in delays if delay]
    assert 0.025 < len(late) / len(delays) < 0.055
    assert min(late) >= 1
    assert max(late) <= 45
    assert all(row["entered_at"][:10] == row["date"] for row in rows if row["kind"] not in OUTBOUND)
    sold = Counter(row["item"] for row in rows if row["kind"] == "issue")
    assert sum(count for _, count in sold.most_common(80)) > 0.4 * kinds["issue"]
    changes = read(done.cost_changes)
    assert tuple(changes[0]) == COST_CHANGE_COLUMNS
    receipts = {row["reference"]: row for row in rows if row["kind"] == "receipt"}
    assert len(changes) == done.changes > 10
    assert [row["entered_at"] for row in changes] == sorted(row["entered_at"] for row in changes)
    for change in changes:
        receipt = receipts[change["reference"]]
        assert (receipt["unit_cost"], receipt["location"]) == (change["old_unit_cost"], change["location"])
        assert change["entered_at"] > receipt["entered_at"]


@pytest.mark.parametrize("sizes", [{"items": 0}, {"days": 0}, {"locations": 0}, {"lines": 19}])
def test_impossible_sizes_are_refused(sizes: dict[str, int], tmp_path: Path) -> None:
    asked = {"items": 10, "days": 5, "lines": 100, "locations": 1} | sizes
    with pytest.raises(ValueError, match="a history needs"):
        write_history(tmp_path, seed=1, first_day=FIRST_DAY, currency="EUR", **asked)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "scope"), [("average", "item"), ("fifo", "item+location")])
def test_both_orders_come_to_the_same_books_and_all_laws_hold(
    method: str, scope: str, make_company: Callable[..., Company], tmp_path: Path
) -> None:
    from everstock.interfaces.files.cost_changes import import_cost_changes
    from everstock.interfaces.files.movements import Options, import_movements
    from everstock.ledger.verify import verify
    from tests.interfaces.books import pools

    done = history(tmp_path, 8, 40, 150, 3000, 3)
    found = []
    for by_entry in (False, True):
        company = make_company(f"GEN{by_entry:d}", "EUR", method=method, scope=scope)
        options = Options(by_entry=by_entry)
        for bring_in, path in ((import_movements, done.movements), (import_cost_changes, done.cost_changes)):
            assert not bring_in(company, path, recorded_at=time.time_ns() // 1000, options=options).repeated
        assert not verify(company.pk).violations
        found.append(pools(company))
    assert found[0] == found[1]
