"""The reports of a small company, to the letter. EVERSTOCK_UPDATE_GOLDEN=1 writes them anew; then read the difference."""

import os
from pathlib import Path

import pytest

from tests.reports.shop import Shop

GOLDEN = Path(__file__).parent / "golden"
REPORTS = {
    "stock": "stock",
    "stock-january": "stock --as-of 2026-01-31",
    "valuation": "valuation",
    "valuation-january": "valuation --as-of 2026-01-31",
    "valuation-january-as-known-then": "valuation --as-of 2026-01-31 --known-at 2026-01-31",
    "valuation-by-location": "valuation --by item+location",
    "valuation-by-account": "valuation --by account",
    "valuation-by-category": "valuation --by category",
    "item-ledger-bolt": "item-ledger --item BOLT",
    "item-ledger-nut": "item-ledger --item NUT",
    "item-ledger-nut-in-the-shop": "item-ledger --item NUT --location SHOP",
    "movements": "movements",
    "movements-of-smith": "movements --partner SMITH --kind issue",
    "journal": "journal",
    "journal-march": "journal --from 2026-03-01 --to 2026-03-31",
    "trial-balance": "trial-balance",
    "trial-balance-january-as-known-then": "trial-balance --as-of 2026-01-31 --known-at 2026-01-31",
    "account-ledger": "account-ledger --account 1200 --from 2026-02-01",
    "cogs": "cogs",
    "cogs-by-partner": "cogs --by partner",
    "cogs-by-month": "cogs --by month",
    "received-not-invoiced": "received-not-invoiced --as-of 2026-03-31",
    "received-not-invoiced-january-as-known-then": "received-not-invoiced --as-of 2026-01-31 --known-at 2026-01-31",
    "ageing": "ageing --as-of 2026-03-31",
    "ageing-quantity": "ageing --as-of 2026-01-31 --show quantity",
    "turnover": "turnover --from 2026-01-01 --to 2026-03-31",
    "method-comparison": "method-comparison",
    "method-comparison-by-item": "method-comparison --by item --period range",
    "what-changed": "what-changed --since 2026-01-31 --as-of 2026-01-31",
    "what-changed-until-february": "what-changed --since 2026-01-31 --known-at 2026-02-28 --as-of 2026-01-31",
}


@pytest.mark.parametrize("name", REPORTS)
def test_report_is_as_it_was_checked_by_hand(name: str, shop: Shop) -> None:
    file = GOLDEN / f"{name}.txt"
    printed = f"$ everstock report {REPORTS[name]}\n\n{shop.report(*REPORTS[name].split())}"
    if os.environ.get("EVERSTOCK_UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(printed, encoding="utf-8")
    assert printed == file.read_text(encoding="utf-8")


def test_every_golden_file_belongs_to_a_report() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(REPORTS)
