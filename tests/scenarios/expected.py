"""What published cases expect, in our words; nothing of their data is kept here."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

SOURCES = ("textbook", "erpnext", "tryton", "odoo")
CENT = Decimal("0.01")


def read_cases(samples: Path, source: str) -> list[dict[str, Any]]:
    """All cases of a source, or skip where they are not."""
    file = samples / "cases" / "raw" / f"{source}.json"
    if not file.exists():
        pytest.skip(f"no published cases in {file}; set EVERSTOCK_SAMPLES to the folder that holds data/ and cases/")
    found: list[dict[str, Any]] = json.loads(file.read_text())
    return found


def exact(value: Any) -> Decimal:
    return Decimal(str(value))


def odoo_figures(row: dict[str, Any], *, books: bool, several: bool) -> dict[str, Decimal]:
    """What a row of Odoo's expectations says, in our words. ``several``: a row may be of one item of several."""
    found: dict[str, Decimal] = {}
    items = row.get("items")
    if items is not None:
        found["quantity"] = sum((exact(one["on_hand"]) for one in items.values()), Decimal(0))
        found["value"] = sum((exact(one["value"]) for one in items.values()), Decimal(0))
    elif "on_hand" in row and not several:
        found |= {"quantity": exact(row["on_hand"]), "value": exact(row["value"])}
    roles = {role: exact(amount) for role, amount in row.get("gl_balance_by_role", {}).items()}
    if books and roles:
        taxes = sum((amount for role, amount in roles.items() if role.startswith("Tax")), Decimal(0))
        found |= {
            "grni": roles.get("grni", Decimal(0)),
            "payable": roles.get("payable", Decimal(0)) + taxes,
            "cost": roles.get("gdni", Decimal(0)) + roles.get("expense_cogs", Decimal(0)),
        }
    return found


PLAIN = {"on_hand": "quantity", "value": "value", "cogs": "cost of sales", "price_variance": "price difference"}
ROLES = {"inventory": "value", "ap": "payable", "cash": "bank", "goods_received_not_invoiced": "grni"}


def plain_figures(case: dict[str, Any], row: dict[str, Any]) -> dict[str, Decimal]:
    """The same of a textbook, ERPNext or Tryton. Of one item, the figures are called by it."""
    item = f" of {row['item']}" if "item" in row else ""
    found = {f"{PLAIN[name]}{item}": exact(value) for name, value in row.items() if name in PLAIN}
    for name in ("unit_cost_by_item", "receipt_unit_cost"):
        costs = row.get(name, {})
        costs = costs if isinstance(costs, dict) else {"X": costs}
        found |= {f"unit cost of {sku}": exact(cost) for sku, cost in costs.items()}
    if "layers" in row and "value" not in row:
        found["value"] = sum((exact(quantity) * exact(cost) for quantity, cost in row["layers"]), Decimal(0))
    if "cleared" in row:
        found["payable"] = -exact(row["cleared"])
    if case["id"].startswith("osx-cbs") and "journal" in row:
        sums: dict[str, Decimal] = {}
        for line in row["journal"]:
            role = ROLES[line["account_role"]]
            sums[role] = sums.get(role, Decimal(0)) + exact(line["debit"]) - exact(line["credit"])
        found |= sums
    return found


def rows_of(case: dict[str, Any]) -> dict[Any, dict[str, Any]]:
    """What is expected after each place in the list, and in the end."""
    if isinstance(case["expected"], dict):
        return {"end": case["expected"]}
    return {row.get("after_index", "end"): row for row in case["expected"]}
