"""Real histories from end to end: what a company's stock is worth after 68,055 and 607,343 lines, in any order of learning."""

from __future__ import annotations

import csv
import gzip
import os
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.interfaces.books import pools, total

if TYPE_CHECKING:
    from everstock.masterdata.models import Company

pytestmark = pytest.mark.slow

FIGURES = [
    # sample, currency, scope, method, quantity, value, value after cost changes
    ("civ", "USD", "item+location", "fifo", "64105", "143597.49", "143540.27"),
    ("civ", "USD", "item+location", "average", "64105", "143368.70", "143326.68"),
    ("civ", "USD", "item", "fifo", "64105", "144598.40", None),
    ("civ", "USD", "item", "average", "64105", "143917.47", None),
    ("uci", "GBP", "item", "fifo", "194866", "174893.09", "174880.51"),
    ("uci", "GBP", "item", "average", "194866", "174894.10", "174879.77"),
]


def bring_in(company: Company, sample: Path, name: str, *, by_entry: bool = False, path: Path | None = None) -> None:
    from everstock.interfaces.files.cost_changes import import_cost_changes
    from everstock.interfaces.files.movements import Options, import_movements

    file = path or sample / f"{name}.csv.gz"
    if not file.is_file():
        pytest.skip(f"no sample {file}")
    run = import_movements if name == "movements" else import_cost_changes
    done = run(company, file, recorded_at=time.time_ns() // 1000, options=Options(by_entry=by_entry))
    assert done.posted == done.lines
    assert not done.repeated


@pytest.mark.parametrize(("name", "currency", "scope", "method", "quantity", "value", "later"), FIGURES)
def test_a_real_history_comes_to_the_known_figures(
    name: str,
    currency: str,
    scope: str,
    method: str,
    quantity: str,
    value: str,
    later: str | None,
    samples: Path,
    make_company: Callable[..., Company],
) -> None:
    folder = samples / "data" / name
    company = make_company(currency=currency, scope=scope, method=method)
    bring_in(company, folder, "movements")
    assert total(company) == (Decimal(quantity), Decimal(value))
    if later is not None:
        bring_in(company, folder, "cost_changes")
        assert total(company) == (Decimal(quantity), Decimal(later))


@pytest.mark.parametrize("method", ["fifo", "average"])
@pytest.mark.parametrize(("name", "currency", "scope"), [("civ", "USD", "item+location"), ("uci", "GBP", "item")])
def test_the_order_of_learning_changes_no_figure(
    name: str,
    currency: str,
    scope: str,
    method: str,
    samples: Path,
    make_company: Callable[..., Company],
    tmp_path: Path,
) -> None:
    """Late sales, and late receipts too, with stock below zero meanwhile, end in the same books, pool by pool."""
    if name == "uci" and "EVERSTOCK_LONG_TESTS" not in os.environ:
        pytest.skip("some ten minutes of late facts; set EVERSTOCK_LONG_TESTS=1 to run them")
    folder = samples / "data" / name
    found = []
    for code, by_entry, hard in (("ONE", False, False), ("TWO", True, False), ("THREE", True, True)):
        company = make_company(code, currency, scope=scope, method=method, negative_stock=hard)
        path = hardened(folder / "movements.csv.gz", tmp_path) if hard else None
        bring_in(company, folder, "movements", by_entry=by_entry, path=path)
        bring_in(company, folder, "cost_changes", by_entry=by_entry)
        found.append(pools(company))
    assert found[1] == found[0]
    assert found[2] == found[0]


def hardened(path: Path, folder: Path) -> Path:
    """The file with the harder moments of recording in the place of the others."""
    if not path.is_file():
        pytest.skip(f"no sample {path}")
    target = folder / f"{path.parent.name}.csv"
    with (
        gzip.open(path, "rt", encoding="utf-8", newline="") as file,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        reader = csv.reader(file)
        header = next(reader)
        easy, hard = header.index("entered_at"), header.index("entered_at_hard")
        writer = csv.writer(out)
        writer.writerow(header)
        for row in reader:
            row[easy] = row[hard]
            writer.writerow(row)
    return target
