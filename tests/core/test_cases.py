"""Published cases with printed figures, run through the naive replay."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from everstock.core.facts import Fact, Kind, Method, Policy, Pool
from everstock.core.naive import Replay, replay

CONTRA = 200
EPOCH = datetime(1970, 1, 1)


def facts_of(case: dict[str, Any]) -> tuple[list[Fact], list[str]]:
    """The facts of a case and the names of its locations, numbered by their place in the list."""
    facts: list[Fact] = []
    ids: dict[str, int] = {}
    locations: list[str] = []

    def location(name: str | None) -> int | None:
        if name is not None and name not in locations:
            locations.append(name)
        return None if name is None else locations.index(name)

    for number, row in enumerate(case["movements"], 1):
        kind = Kind(row["kind"])
        here, there = location(row["location"]), location(row.get("to_location"))
        inbound = kind in {Kind.OPENING, Kind.RECEIPT, Kind.RETURN_IN, Kind.ADJUST_IN}
        value_only = kind in {Kind.LANDED_COST, Kind.COST_CHANGE}
        facts.append(
            Fact(
                id=number,
                kind=kind,
                effective_at=(datetime.fromisoformat(row["at"]) - EPOCH) // timedelta(microseconds=1),
                quantity=int(Decimal(row.get("quantity", "0")) * 10**6),
                contra=CONTRA,
                source=None if inbound or value_only else here,
                target=here if inbound else there,
                value=value_of(row),
                origin=ids[row["applies_to"]] if "applies_to" in row else None,
            )
        )
        ids[row["reference"]] = number
    return facts, locations


def value_of(row: dict[str, str]) -> int | None:
    """The value of a line in cents, rounded half up."""
    if "amount" in row:
        return int(Decimal(row["amount"]) * 100)
    if "unit_cost" in row:
        return int(Decimal(row["unit_cost"]) * Decimal(row["quantity"]) * 100 + Decimal("0.5"))
    return None


def pool(number: int) -> Pool:
    return Pool(number, inventory=100, allowance=110, price_difference=120, transfer=130)


def figures(case: dict[str, Any]) -> dict[str, Decimal]:
    """The figures of a case under the names of its expectations."""
    facts, locations = facts_of(case)
    by_location = case["scope"] == "item+location"
    result = replay(
        facts, Policy(Method(case["method"])), lambda place, _: pool(place if by_location else 0), lambda _: True
    )
    if not case["negative"]:
        assert all(lowest >= 0 for lowest, _ in result.lowest.values())
    found = {
        "quantity": Decimal(sum(quantity for quantity, _ in result.pools.values())) / 10**6,
        "value": Decimal(sum(value for _, value in result.pools.values())) / 100,
        "cogs": cost_of_sales(facts, result),
    }
    for number, name in enumerate(locations):
        quantity, value = result.pools.get(number, (0, 0))
        found |= {f"{name} quantity": Decimal(quantity) / 10**6, f"{name} value": Decimal(value) / 100}
    return found


def cost_of_sales(facts: list[Fact], result: Replay) -> Decimal:
    sign = {Kind.ISSUE: 1, Kind.RETURN_IN: -1}
    return Decimal(sum(sign.get(fact.kind, 0) * result.costs.get(fact.id, 0) for fact in facts)) / 100


def expectations(case: dict[str, Any]) -> dict[str, Decimal]:
    """What a case expects, by location or in all."""
    expected = dict(case["expected"])
    for name, there in expected.pop("by_location", {}).items():
        expected |= {f"{name} {figure}": value for figure, value in there.items()}
    return {name: Decimal(value) for name, value in expected.items()}


@pytest.mark.parametrize("file", ["textbook", "erpnext"])
def test_published_cases_hold(file: str, samples: Path, subtests: pytest.Subtests) -> None:
    path = samples / "cases" / f"{file}.json"
    if not path.is_file():
        pytest.skip(f"no published cases in {path}")
    for case in json.loads(path.read_text(encoding="utf-8")):
        with subtests.test(case["id"]):
            found, expected = figures(case), expectations(case)
            assert expected
            wrong = {
                name: (found[name], value)
                for name, value in expected.items()
                if abs(found[name] - value) > Decimal(case["tolerance"])
            }
            assert not wrong, f"found, expected: {wrong}"
