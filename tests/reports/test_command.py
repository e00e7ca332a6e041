"""``everstock report``: headers that others rely on, formats, filters, refusals."""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable

import pytest

from everstock.core.problems import Refusal
from everstock.masterdata.actions import lock_periods
from tests.reports.shop import Shop

HEADERS = {
    "stock": "item,location,lot,quantity",
    "valuation --by item+location": "item,location,quantity,value,unit_cost",
    "valuation --by item": "item,quantity,value,unit_cost",
    "valuation": "item,quantity,value,unit_cost",
    "journal": "entry,posted_on,effective_at,recorded_at,account,account_name,debit,credit,source,reference",
    "trial-balance": "account,account_name,debit,credit,balance",
    "item-ledger --item BOLT": (
        "effective_at,recorded_at,kind,reference,location,quantity,cost,running_quantity,running_value"
    ),
    "cogs": "item,quantity,revenue,cost,margin",
}


@pytest.mark.parametrize("words", HEADERS)
def test_headers_are_as_promised(words: str, shop: Shop) -> None:
    printed = shop.report(*words.split(), "--format", "csv")
    assert printed.splitlines()[0] == HEADERS[words]
    assert "total" not in printed
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert rows
    listed = json.loads(shop.report(*words.split(), "--format", "json"))
    assert [{key: value or "" for key, value in row.items()} for row in listed] == rows


@pytest.mark.parametrize("words", HEADERS)
def test_an_empty_company_has_empty_reports(words: str, new_shop: Callable[..., Shop]) -> None:
    shop = new_shop()
    shop.item("BOLT")
    assert shop.report(*words.split(), "--format", "csv").splitlines() == [HEADERS[words]]


@pytest.mark.parametrize(
    "words, told",
    [
        ("stock --item NUTS", "There is no item NUTS. Did you mean NUT?"),
        ("stock --item bolt", "Did you mean BOLT?"),
        ("stock --location MIAN", "There is no location MIAN. Did you mean MAIN?"),
        ("stock --location CUSTOMERS", "There is no location CUSTOMERS."),
        ("account-ledger --account 12000", "There is no account 12000. Did you mean 2000 or 1200 or 1000?"),
        ("movements --partner SMYTH", "Did you mean SMITH?"),
        ("movements --kind sale", "There is no kind sale."),
        ("valuation --location MAIN", "Add --by item+location."),
        ("journal --from 2026-02-01 --to 2026-01-01", "before it begins"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_remedy(words: str, told: str, shop: Shop) -> None:
    result = shop.ask(*words.split())
    assert isinstance(result.exception, Refusal)
    assert told in str(result.exception)


@pytest.mark.parametrize(
    "words, told",
    [
        ("stock --as-of 31.1.2026", "is not a day such as"),
        ("stock --as-of 2026-02-30", "There is no day"),
        ("stock --known-at yesterday", "is not a moment such as"),
        ("journal --as-of 2026-01-31 --to 2026-01-30", "different last days"),
        ("valuation --by moon", "is not one of"),
    ],
)
def test_wrong_usage_is_said(words: str, told: str, shop: Shop) -> None:
    result = shop.ask(*words.split())
    assert result.exit_code == 2
    assert told in result.stderr


def test_moments_of_knowledge(shop: Shop) -> None:
    """PO1 was recorded on 5 January at 09:00:00 UTC."""

    def known(moment: str) -> int:
        return len(shop.report("stock", "--known-at", moment, "--format", "csv").splitlines()) - 1

    assert [known("2026-01-04"), known("2026-01-05")] == [0, 2]
    assert [known("2026-01-05T08:59:59.999999"), known("2026-01-05T09:00:00"), known("2026-01-05 09:00")] == [0, 2, 2]
    assert [known("2026-01-05T10:00:00+01:00"), known("2026-01-05T09:59:59+01:00")] == [2, 0]
    assert known("2026-01-05T09:00:00Z") == 2


def test_zeros_are_printed_on_demand(shop: Shop) -> None:
    shop.add("2026-03-20", "issue", "BOLT", "20", ref="LAST")
    assert "BOLT" not in shop.report("valuation")
    assert "BOLT" not in shop.report("stock")
    assert "BOLT          0    0.00" in shop.report("valuation", "--all")
    assert "BOLT  MAIN                  0" in shop.report("stock", "--all")


def test_provisional_margins_are_marked(new_shop: Callable[..., Shop]) -> None:
    """10 sold when 4 at 3.00 were there: 6 at the last known cost, 18.00, provisionally; then 10 at 5.00 come in: 6 cost 30.00."""
    shop = new_shop(negative_stock=True)
    shop.add("2026-01-05", "receipt", "BOLT", "4", cost="3", ref="R1", partner="IRON")
    shop.add("2026-01-10", "issue", "BOLT", "10", price="8", ref="S1", partner="SMITH")
    assert shop.report("cogs").splitlines() == [
        "item  quantity  revenue   cost  margin  provisional",
        "BOLT        10    80.00  30.00   50.00        18.00",
    ]
    assert shop.report("cogs", "--format", "csv") == "item,quantity,revenue,cost,margin\nBOLT,10,80.00,30.00,50.00\n"
    shop.add("2026-02-01", "receipt", "BOLT", "10", cost="5", ref="R2", partner="IRON")
    assert shop.report("cogs").splitlines()[1:] == ["BOLT        10    80.00  42.00   38.00"]
    assert shop.report("cogs", "--by", "partner").splitlines()[1:] == ["SMITH          10    80.00  42.00   38.00"]
    january = ["BOLT        10    80.00  30.00   50.00        18.00"]
    assert shop.report("cogs", "--to", "2026-01-31").splitlines()[1:] == january
    costs = [line["cost"] for line in csv.DictReader(io.StringIO(shop.report("movements", "--format", "csv")))]
    assert costs == ["12.00", "-42.00", "50.00"]


def test_a_day_of_the_books_is_not_always_the_effective_day(shop: Shop) -> None:
    """January is closed; a receipt of January is entered in March."""
    lock_periods(company=shop.company, through=dt.date(2026, 1, 31))
    before = shop.report("trial-balance", "--as-of", "2026-01-31")
    shop.add("2026-01-30", "receipt", "BOLT", "10", cost="7", ref="LATE", recorded="2026-03-20T12:00:00")
    assert shop.report("trial-balance", "--as-of", "2026-01-31") == before
    assert shop.report("trial-balance", "--as-of", "2026-01-31", "--basis", "effective") != before
    late = [line.split() for line in shop.report("journal", "--from", "2026-02-01").splitlines() if "LATE" in line]
    assert [(line[1], line[2]) for line in late] == [("2026-02-01", "2026-01-30")] * 2
    assert "LATE" not in shop.report("journal", "--to", "2026-01-31")
