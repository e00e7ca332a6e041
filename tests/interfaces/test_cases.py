"""Published cases with printed figures, brought in through the movement file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.interfaces.books import NOW, balance, select, total

if TYPE_CHECKING:
    from everstock.masterdata.models import Company

COLUMNS = ("date", "time", "kind", "item", "location", "to_location", "quantity", "unit_cost", "amount", "unit_price")
LINKS = ("reference", "applies_to")


def file_of(case: dict[str, Any]) -> str:
    """The movements of a case as a movement file."""
    out = StringIO()
    writer = csv.DictWriter(out, (*COLUMNS, *LINKS), extrasaction="raise")
    writer.writeheader()
    for row in case["movements"]:
        cells = dict(row)
        date, _, time = cells.pop("at").partition("T")
        writer.writerow({"date": date, "time": time, "item": "ITEM", **cells})
    return out.getvalue()


def figures(company: Company, case: dict[str, Any]) -> dict[str, Decimal]:
    quantity, value = total(company)
    found = {"quantity": quantity, "value": value, "cogs": balance(company, "5000")}
    rows = select(
        "SELECT l.code, p.quantity, p.value FROM pool p JOIN location l ON l.id = p.warehouse_id"
        " WHERE p.company_id = %s AND NOT p.retired",
        company.pk,
    )
    for code, pieces, amount in rows:
        found |= {f"{code} quantity": Decimal(pieces) / 10**6, f"{code} value": Decimal(amount) / 100}
    return found


def expectations(case: dict[str, Any]) -> dict[str, Decimal]:
    expected = dict(case["expected"])
    for name, there in expected.pop("by_location", {}).items():
        expected |= {f"{name} {figure}": value for figure, value in there.items()}
    return {name: Decimal(value) for name, value in expected.items()}


@pytest.mark.parametrize("file", ["textbook", "erpnext"])
def test_published_cases_hold(
    file: str,
    samples: Path,
    make_company: Callable[..., Company],
    write: Callable[..., Path],
    subtests: pytest.Subtests,
) -> None:
    from everstock.interfaces.files.movements import import_movements

    path = samples / "cases" / f"{file}.json"
    if not path.is_file():
        pytest.skip(f"no published cases in {path}")
    for number, case in enumerate(json.loads(path.read_text(encoding="utf-8"))):
        with subtests.test(case["id"]):
            company = make_company(
                f"C{number}", method=case["method"], scope=case["scope"], negative_stock=case["negative"]
            )
            import_movements(company, write(file_of(case)), recorded_at=NOW)
            found, expected = figures(company, case), expectations(case)
            wrong = {
                name: (found.get(name), value)
                for name, value in expected.items()
                if abs(found.get(name, Decimal(0)) - value) > Decimal(case["tolerance"])
            }
            assert not wrong, f"found, expected: {wrong}"
