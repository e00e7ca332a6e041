"""Sales channels, holds, tills and imports of orders at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from everstock.masterdata.models import Location
from tests.interfaces.shop import Shop, open_shop

if TYPE_CHECKING:
    from everstock.masterdata.models import Company


@pytest.fixture
def shop(company: Company, capsys: pytest.CaptureFixture[str]) -> Shop:
    shop = open_shop(company, capsys)
    shop("receive", "--supplier", "SMITH", "--line", "BOLT=10@2", "--day", "2026-03-02", "--to", "DOCK")
    shop("channel", "set", "WEB", "--from", "SHED", "--customer", "JONES", "--series", "WEB")
    return shop


def rows(shop: Shop, *arguments: object) -> list[dict[str, Any]]:
    found = json.loads(shop(*arguments, "--format", "json").out)
    assert isinstance(found, list)
    return found


def test_a_channel_and_what_it_may_promise(shop: Shop) -> None:
    shop("channel", "buffer", "WEB", "--percent", "10")
    shop("channel", "buffer", "WEB", "BOLT", "--quantity", "3")
    shop("channel", "safety-stock", "BOLT", "2", "--in", "SHED")
    [row] = rows(shop, "channel", "list")
    assert (row["sells_from"], row["customer"], row["series"]) == ("SHED", "JONES", "WEB")
    assert row["buffers"] == "10 %, BOLT 3"
    [row] = rows(shop, "available", "BOLT", "--channel", "WEB")
    assert (row["on_hand"], row["safety"], row["buffer"], row["free"]) == ("10", "2", "3", "5")
    po = shop.sent("BOLT=10@2", more=("--expected", "2099-01-05", "--to", "SHED"))
    when = rows(shop, "available", "BOLT", "--channel", "WEB", "--quantity", 17, "--day", "2099-01-01")
    assert [(row["warehouse"], row["day"], row["reason"], row["quantity"]) for row in when] == [
        ("SHED", "2099-01-01", "in stock", "5"), ("SHED", "2099-01-05", f"incoming {po}", "10"), ("SHED", None, "none", "2"),
    ]  # fmt: skip
    shop("po", "cancel", po, "--reason", "no")
    order = ("so", "create", "--line", "BOLT=8@5", "--channel", "WEB", "--reference", "1001", "--confirm")
    assert shop.number(*order) == "SO-WEB-2026-000001"
    [row] = rows(shop, "available", "BOLT", "--channel", "WEB")
    assert (row["reserved"], row["free"]) == ("5", "0")
    at_dock, at_shed = sorted(rows(shop, "available", "BOLT", "--by", "location"), key=lambda row: row["location"])
    assert (at_dock["location"], at_dock["on_hand"], at_dock["reserved"]) == ("DOCK", "10", "0")
    assert (at_shed["location"], at_shed["on_hand"], at_shed["reserved"]) == ("SHED", "0", "5")
    [row] = rows(shop, "available", "BOLT", "--by", "lot")
    assert (row["warehouse"], row["lot"], row["on_hand"], row["reserved"]) == ("SHED", "", "10", "5")
    said = shop("so", "ship", "SO-WEB-2026-000001", "--line", "BOLT=6", status=1).refusal
    assert said[0] == "Of BOLT, 1 of what would leave is reserved for others or must stay."
    shown = json.loads(shop("so", "show", "SO-WEB-2026-000001", "--format", "json").out)
    assert [(line["promised_on"], line["remark"][:17]) for line in shown["lines"]] == [(None, "5 in stock on 202")]
    short = shop("so", "allocate", "SO-WEB-2026-000001").lines[-1]
    assert short.split("  ")[-1] == "2 kept as safety stock, 3 kept as buffer of the channel"
    shop("channel", "buffer", "WEB", "BOLT", "--none")
    shop("channel", "safety-stock", "BOLT", "0", "--in", "SHED")
    assert shop("so", "allocate", "SO-WEB-2026-000001").lines[-1].split()[-3:] == ["8", "8", "0"]
    offer = shop.number("quote", "create", "JONES", "--line", "BOLT=1@5", "--channel", "WEB")
    shop("quote", "send", offer)
    assert shop.number("so", "create", "--quote", offer, "--reference", "77") == "SO-WEB-2026-000002"
    shop("so", "create", "--quote", offer, "--reference", "77", "--channel", "WEB", status=2)
    shop("channel", "set", "WEB", "--inactive")
    said = shop(*order[:-3], "--reference", "1002", status=1).refusal
    assert said == ("The channel WEB is inactive.", "Activate it, or name another one.")
    shop("verify")


def test_a_till(shop: Shop) -> None:
    shop("channel", "set", "T1", "--kind", "point_of_sale", "--from", "SHED", "--customer", "JONES", "--series", "TA")
    for means in ("cash", "card"):
        shop("channel", "means", "T1", means, "1000")
    sale = ("till", "sell", "T1", "--line", "BOLT=2@5", "--pay", "card=4.00", "--pay", "cash", "--key", "k")
    assert shop(*sale).lines[0].startswith("CI-TA-2026-000001 is paid: 1 line, 10.00 USD")
    assert shop(*sale, "--quiet").lines == ["CI-TA-2026-000001"]
    shop("till", "sell", "T1", "--line", "BOLT=1@5", "--pay", "cash")
    found = [(row["number"], row["gross"], row["paid"]) for row in rows(shop, "till", "day", "T1")]
    assert found == [
        ("CI-TA-2026-000001", "10.00", "card 4.00, cash 6.00"),
        ("CI-TA-2026-000002", "5.00", "cash 5.00"),
    ]
    sums = {row["means"]: row["amount"] for row in rows(shop, "till", "day", "T1", "--sums")}
    assert sums == {"card": "4.00", "cash": "11.00"}
    said = shop("channel", "means", "T1", "gold", "4000", status=1).refusal
    assert said[0] == "Account 4000 is one of income, and money is not paid through it."
    shop("channel", "set", "T2", "--kind", "point_of_sale", "--from", "SHED", "--series", "TB")
    said = shop("till", "sell", "T2", "--line", "BOLT=1@5", "--pay", "cash", status=1).refusal
    assert said == ("T2 has no customer of its own.", "Name the customer, or set one for the channel.")
    said = shop("till", "sell", "T1", "--line", "BOLT=1@5", "--pay", "gold", status=1).refusal
    assert said == ("The till takes no “gold”.", "Use one of: card, cash.")
    shop("verify")


def test_foreign_cash_at_a_till(shop: Shop) -> None:
    shop("channel", "set", "T1", "--kind", "point_of_sale", "--from", "SHED", "--customer", "JONES", "--series", "TA")
    shop("channel", "means", "T1", "cash", "1000")
    shop("channel", "means", "T1", "yen", "1000", "--currency", "JPY")
    shop("rate", "set", "JPY", "0.008", "--from", "2026-03-01")
    sale = ("till", "sell", "T1", "--line", "BOLT=2@5", "--day", "2026-03-05")
    # 1,500 yen are 12.00 dollars
    said = shop(*sale, "--pay", "yen=1500")
    assert said.lines == [
        "CI-TA-2026-000001 is paid: 1 line, 10.00 USD, due on 2026-03-05.",
        "Give back 2.00 USD by cash.",
    ]
    assert shop(*sale, "--pay", "yen=1500", "--quiet").lines == ["CI-TA-2026-000002"]
    [first, _] = rows(shop, "till", "day", "T1", "--day", "2026-03-05")
    assert first["paid"] == "yen 12.00, cash -2.00"
    assert shop(*sale, "--pay", "yen=15.50", status=1).refusal[0] == "The amount 15.50 JPY must be a whole number."
    assert shop(*sale, "--pay", "yen=1500", "--change", "gold", status=1).refusal[0] == "The till takes no “gold”."
    shop("verify")


def test_goods_come_back_to_a_till(shop: Shop) -> None:
    Location.objects.create(company=shop.company, code="LOOK", kind="internal", purpose="quality")
    shop("channel", "set", "T1", "--kind", "point_of_sale", "--from", "SHED", "--customer", "JONES", "--series", "TA")
    shop("channel", "means", "T1", "cash", "1000")
    on = ("--day", "2026-03-05")
    receipt = shop.number("till", "sell", "T1", "--line", "BOLT=4@5", "--pay", "cash", *on)
    on = ("--day", "2026-03-06")
    back = ("till", "return", "T1", receipt, "--pay", "cash", *on)
    first = (*back, "--line", "BOLT=1", "--scrap", "1=1", "--reason", "bent", "--key", "k")
    assert shop(*first).lines == ["CC-TA-2026-000001 is paid: 2 lines, 10.00 USD."]
    assert shop(*first, "--quiet").lines == ["CC-TA-2026-000001"]
    assert shop(*back, "--line", "BOLT=3", status=1).refusal[0].endswith("2 can come back, and 3 would.")
    assert shop(*back, "--key", "all", "--quiet").lines == ["CC-TA-2026-000002"]
    assert shop(*back, "--key", "all", "--quiet").lines == ["CC-TA-2026-000002"]
    assert shop(*back, status=1).refusal[0] == f"All of {receipt} came back already."
    found = [(row["number"], row["gross"], row["paid"]) for row in rows(shop, "till", "day", "T1", *on)]
    assert found == [
        ("CC-TA-2026-000001", "-10.00", "cash -10.00"),
        ("CC-TA-2026-000002", "-10.00", "cash -10.00"),
    ]
    sums = [tuple(row.values()) for row in rows(shop, "till", "report", *on)]
    assert sums == [("T1", "return", "", "2", "-20.00", ""), ("T1", "tender", "cash", "2", "-20.00", "")]
    listed = [row["document"] for row in rows(shop, "till", "report", "T1", "--documents", *on)]
    assert listed[:2] == ["CC-TA-2026-000001", "CP-TA-2026-000002"]
    shop("verify")


def test_goods_are_exchanged_at_a_till(shop: Shop) -> None:
    Location.objects.create(company=shop.company, code="LOOK", kind="internal", purpose="quality")
    shop("channel", "set", "T1", "--kind", "point_of_sale", "--from", "SHED", "--customer", "JONES", "--series", "TA")
    for means in ("cash", "card"):
        shop("channel", "means", "T1", means, "1000")
    on = ("--day", "2026-03-05")
    receipt = shop.number("till", "sell", "T1", "--line", "BOLT=4@5", "--pay", "cash", *on)
    on = ("--day", "2026-03-06")
    swap = ("till", "exchange", "T1", receipt, *on)
    more = (*swap, "--back", "BOLT=1", "--line", "BOLT=2@4", "--pay", "card=1.00", "--pay", "cash", "--key", "k")
    said = [
        "CI-TA-2026-000002 is paid: 1 line, 8.00 USD, due on 2026-03-06.",
        "Take 1.00 USD by card.",
        "Take 2.00 USD by cash.",
    ]
    assert shop(*more).lines == said
    assert shop(*more).lines == said
    assert shop(*more, "--quiet").lines == ["CI-TA-2026-000002"]
    less = (*swap, "--scrap", "1=1", "--reason", "bent", "--line", "BOLT=1@3")
    assert shop(*less, status=1).refusal[0] == "2.00 USD are to be paid, and 0.00 USD would be."
    assert shop(*less, "--pay", "cash").lines[1:] == ["Give back 2.00 USD by cash."]
    assert shop(*swap, "--back", "1", "--line", "BOLT=2@5").lines == [
        "CI-TA-2026-000004 is paid: 1 line, 10.00 USD, due on 2026-03-06."
    ]
    assert (
        shop(*swap, "--back", "1", "--line", "BOLT=2@5", status=1).refusal[0]
        == f"All of line 1 of {receipt} came back already."
    )
    assert "--back or --scrap" in shop(*swap, "--line", "BOLT=2@5", status=2).err
    found = [(row["number"], row["gross"], row["paid"]) for row in rows(shop, "till", "day", "T1", *on)]
    assert found[:4] == [
        ("CC-TA-2026-000001", "-5.00", "exchanged -5.00"),
        ("CI-TA-2026-000002", "8.00", "card 1.00, cash 2.00, exchanged 5.00"),
        ("CC-TA-2026-000002", "-5.00", "cash -2.00, exchanged -3.00"),
        ("CI-TA-2026-000003", "3.00", "exchanged 3.00"),
    ]
    sums = {row["means"]: row["amount"] for row in rows(shop, "till", "day", "T1", *on, "--sums")}
    assert sums == {"card": "1.00", "cash": "0.00"}
    shop("verify")


def test_what_is_given_away_at_a_till_is_paid_by_nothing(shop: Shop) -> None:
    shop("channel", "set", "T1", "--kind", "point_of_sale", "--from", "SHED", "--customer", "JONES", "--series", "TA")
    shop("channel", "means", "T1", "cash", "1000")
    receipt = shop.number("till", "sell", "T1", "--line", "BOLT=1@0", "--pay", "cash")
    assert shop("till", "return", "T1", receipt, "--pay", "cash").lines[0].startswith("CC-TA-2026-000001")
    assert [row["paid"] for row in rows(shop, "till", "day", "T1")] == ["", ""]
    shop("verify")


def test_holds(shop: Shop) -> None:
    cart = ("hold", "cart", "7f3a", "--line", "BOLT=6", "--channel", "WEB", "--minutes", "15")
    assert shop(*cart).lines[-1].split()[:4] == ["BOLT", "SHED", "6", "6"]
    assert shop("hold", "extend", "7f3a", "--minutes", "1").lines == ["Held for 1 minute from now."]
    shop(*cart)
    assert shop("hold", "extend", "7f3a").lines == ["Held for 15 minutes from now."]
    [row] = rows(shop, "hold", "list", "BOLT")
    assert (row["holder"], row["quantity"], row["customer"]) == ("7f3a", "6", "")
    order = ("so", "create", "--channel", "WEB", "--line", "BOLT=6@5", "--confirm")
    first = shop.number(*order, "--reference", "1", "--cart", "7f3a")
    second = shop.number(*order, "--reference", "2")
    assert shop("hold", "release", "7f3a").lines == ["Nothing was held."]
    shop("hold", "move", first, 1, second, 1, 2, "--reason", "Promised")
    found = [(row["holder"], row["line"], row["quantity"]) for row in rows(shop, "hold", "list", "BOLT")]
    assert found == [(first, "1", "4"), (second, "1", "6")]
    offer = shop.number("quote", "create", "JONES", "--line", "BOLT=1@1", "--from", "SHED", "--until", "2999-01-01")
    shop("quote", "send", offer)
    assert shop("hold", "quote", offer).lines[-1].split()[:4] == ["BOLT", "SHED", "1", "0"]
    shop("verify")


def test_orders_of_another_system(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "order,action,customer,item,quantity,price\n"
        "1001,,,BOLT,2,5\n1001,,,NUT,1,3\n1002,,,BOLT,1,5\n1003,,NOBODY,BOLT,1,5\n1004,,,BOLT,x,5\n1005,fly,,BOLT,1,5\n"
    )
    taken = ("so", "import", file, "--channel", "WEB", "--format", "json")
    first = json.loads(shop(*taken, status=1).out)
    assert [(row["order"], row["number"], row["state"]) for row in first] == [
        ("1001", "SO-WEB-2026-000001", "confirmed"),
        ("1002", "SO-WEB-2026-000002", "confirmed"),
        *((number, "", "refused") for number in ("1003", "1004", "1005")),
    ]
    again = json.loads(shop(*taken, "--day", "2999-12-31", status=1).out)
    assert [row["said"] for row in again[:2]] == ["as before", "as before"]
    more = tmp_path / "more.jsonl"
    lines = [
        {"order": "1001", "action": "change", "lines": [{"item": "BOLT", "quantity": 3}]},
        {"order": "1002", "action": "cancel", "reason": "Changed my mind"},
        {"order": "1009", "action": "cancel"},
    ]
    more.write_text("\n".join(json.dumps(line) for line in lines))
    taken = ("so", "import", more, "--channel", "WEB", "--format", "json")
    done = json.loads(shop(*taken, status=1).out)
    assert [(row["state"], row["said"]) for row in done[:2]] == [("confirmed", ""), ("cancelled", "")]
    assert done[2]["said"].startswith("WEB has brought no order 1009.")
    assert [row["said"] for row in json.loads(shop(*taken, status=1).out)[:2]] == ["as before", "as before"]
    shown = json.loads(shop("so", "show", "SO-WEB-2026-000001", "--format", "json").out)
    assert [(line["item"], line["quantity"]) for line in shown["lines"]] == [("BOLT", "3"), ("NUT", None)]
    more.write_text("nonsense")
    assert shop(*taken, status=1).refusal[0] == "Line 1 of the file is no order in JSON."
    shop("verify")


@pytest.mark.parametrize(
    "command",
    [
        "channel buffer WEB",
        "channel buffer WEB --none --quantity 1",
        "available BOLT --channel WEB --by lot",
        "channel set WEB --kind street",
        "till sell WEB --line BOLT=1@1",
    ],
)
def test_wrong_usage(shop: Shop, command: str) -> None:
    shop(*command.split(), status=2)
