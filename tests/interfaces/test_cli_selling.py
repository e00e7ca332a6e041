"""Customers and price lists at the command line, in this process: every command, what it prints, how it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from everstock.interfaces.cli.showing import in_words
from everstock.operations.documents.kinds import PREFIX
from everstock.operations.warehouse.availability import Promise, Reason
from tests.interfaces.books import select
from tests.interfaces.papers import words
from tests.interfaces.shop import Shop, open_shop, shown

if TYPE_CHECKING:
    from everstock.masterdata.models import Company


@pytest.fixture
def shop(company: Company, capsys: pytest.CaptureFixture[str]) -> Shop:
    from everstock.masterdata import actions
    from everstock.masterdata.models import Item

    shop = open_shop(company, capsys)
    categories = actions.ensure_categories(company=company, codes=["METAL"])
    Item.objects.filter(company=company, sku="NUT").update(category_id=categories["METAL"])
    return shop


def rows(shop: Shop, *arguments: object) -> list[dict[str, Any]]:
    found = json.loads(shop(*arguments, "--format", "json").out)
    assert isinstance(found, list)
    return found


def kept() -> list[Any]:
    tables = ("customer_terms", "customer_address", "price_list", "price_list_entry", "audit_event")
    return [select(f"SELECT count(*), max(t::text) FROM {table} t") for table in tables]


def said(shop: Shop, *arguments: object) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in shop(*arguments).lines]


def test_a_customer_is_described(shop: Shop) -> None:
    terms = ("--payment-days", 30, "--discount", "2.5%", "--discount-days", 10, "--credit-limit", "5000.50")
    shop(
        "customer",
        "set",
        "JONES",
        *terms,
        "--group",
        "TRADE",
        "--priority",
        0,
        "--tax",
        "VAT",
        "--incoterm",
        "DAP",
        "--language",
        "de",
        "--tax-number",
        "DE 811907980",
    )
    shop("customer", "hold", "JONES", "--reason", "Owes since May")
    place = ("--line", "Hall 3", "--line", "Am Hafen 1", "--city", "Bonn", "--country", "DE")
    printed = shop("customer", "address", "JONES", "DOCK", "--kind", "delivery", *place, "--postcode", "53111")
    assert printed.out == "Kept the delivery address DOCK of JONES, its default.\n"
    shop("customer", "address", "JONES", "SHOP", "--kind", "delivery", "--city", "Ulm", "--country", "DE")
    [row] = rows(shop, "customer", "list")
    assert (row["customer"], row["credit_limit"], row["group"], row["on_hold"]) == (
        "JONES", "5000.50", "TRADE", "Owes since May",
    )  # fmt: skip
    lines = said(shop, "customer", "show", "JONES")
    for line in (
        "on hold Owes since May",
        "payment days 30",
        "discount 2.5%",
        "tax code VAT",
        "priority 0",
        "language de",
        "tax number DE 811907980",
    ):
        assert line.split() in lines
    assert ["credit", "limit", "5000.50", "USD"] in lines
    assert [(row["address"], row["default"], row["lines"]) for row in rows(shop, "customer", "show", "JONES")] == [
        ("DOCK", "yes", "Hall 3, Am Hafen 1"),
        ("SHOP", "", ""),
    ]
    shop("customer", "release", "JONES")
    shop("channel", "set", "web")
    shop("customer", "set", "JONES", "--no-credit-limit", "--no-tax", "--group", "", "--channel", "web")
    shop("customer", "remove-address", "JONES", "DOCK", "--kind", "delivery")
    [row] = rows(shop, "customer", "list")
    assert (row["credit_limit"], row["tax_code"], row["group"], row["on_hold"]) == (None, None, "", "")
    assert (row["channel"], row["payment_days"]) == ("web", "30")
    assert [(row["address"], row["default"]) for row in rows(shop, "customer", "show", "JONES")] == [("SHOP", "yes")]


def test_prices_from_a_list_and_a_discount_off_it(shop: Shop) -> None:
    printed = shop("price-list", "create", "RETAIL", "--name", "All", "--from", "2026-01-01")
    assert printed.lines[0] == "Created price list RETAIL in USD for everybody, from 2026-01-01 on."
    first = ("--from", "2026-01-01")
    shop("price-list", "set", "RETAIL", "BOLT", "11.50", *first)
    printed = shop("price-list", "set", "RETAIL", "BOLT", "900", "--unit", "box", "--from-quantity", 2, *first)
    assert printed.out == "RETAIL: BOLT by the box at 900 USD from 2 on, from 2026-01-01 on.\n"
    printed = shop("price-list", "set", "RETAIL", "BOLT", "9", "--from", "2026-05-01", "--to", "2026-05-31")
    assert printed.out == "RETAIL: BOLT at 9 USD, from 2026-05-01 through 2026-05-31.\n"
    shop("price-list", "set", "RETAIL", "METAL", "3", "--category", *first)
    shop("customer", "set", "JONES", "--group", "TRADE")
    shop("price-list", "create", "TRADE", "--group", "TRADE", "--base", "RETAIL", "--rank", 7, *first)
    printed = shop("price-list", "set", "TRADE", "METAL", "--category", "--discount", 10, *first)
    assert printed.out == "TRADE: METAL at 10% less than in RETAIL, from 2026-01-01 on.\n"
    day = ("--day", "2026-02-01")
    [row] = rows(shop, "price-list", "ask", "JONES", "NUT", *day)
    assert row == {
        "price": "3.00", "discount": "10%", "currency": "USD", "price_list": "TRADE", "for": "group", "from_quantity": None,
        "of": "category", "base": "RETAIL",
    }  # fmt: skip
    [row] = rows(shop, "price-list", "ask", "JONES", "BOLT", 3, "--unit", "box", *day)
    assert (row["price"], row["discount"], row["for"], row["from_quantity"]) == ("900.00", None, "everybody", "2")
    [row] = rows(shop, "price-list", "ask", "JONES", "BOLT", 1, "--unit", "box", *day)
    assert row["price"] == "1150.00"
    shop("price-list", "change", "TRADE", "--to", "2026-01-31")
    assert rows(shop, "price-list", "ask", "JONES", "NUT", *day)[0]["price_list"] == "RETAIL"
    shop("price-list", "change", "TRADE", "--no-end")
    assert [(row["price_list"], row["for"], row["rank"], row["base"]) for row in rows(shop, "price-list", "list")] == [
        ("RETAIL", "everybody", "100", None),
        ("TRADE", "group TRADE", "7", "RETAIL"),
    ]
    assert ["for", "everybody"] in said(shop, "price-list", "show", "RETAIL")


FILE = """item;category;unit;from_quantity;price;valid_from;valid_to;remark
BOLT;;;;11.50;;;
BOLT;;box;2;900;2026-02-01;2026-12-31;
;METAL;;;3;;;
"""


def test_a_file_of_prices(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(FILE)
    shop("price-list", "create", "RETAIL")
    before = kept()
    bring = ("price-list", "import", "RETAIL", file, "--from", "2026-01-01")
    printed = shop(*bring, "--dry-run")
    assert printed.lines[0] == "prices.csv: 3 prices would be new, 0 changed, 0 as before."
    assert "“remark” is unknown" in printed.err
    assert kept() == before
    assert shop(*bring).lines == ["prices.csv: 3 prices new, 0 changed, 0 as before."]
    after = kept()
    assert shop(*bring).lines == ["prices.csv: 0 prices new, 0 changed, 3 as before."]
    assert kept() == after
    file.write_text(FILE.replace("900", "850"))
    assert shop(*bring).lines == ["prices.csv: 0 prices new, 1 changed, 2 as before."]
    found = rows(shop, "price-list", "show", "RETAIL")
    assert [(row["item"], row["category"], row["unit"], row["price"], row["valid_from"]) for row in found] == [
        ("BOLT", None, "box", "850.00", "2026-02-01"),
        ("BOLT", None, None, "11.50", "2026-01-01"),
        (None, "METAL", None, "3.00", "2026-01-01"),
    ]
    file.write_text(shop("price-list", "show", "RETAIL", "--format", "csv").out)
    assert shop(*bring).lines == ["prices.csv: 0 prices new, 0 changed, 3 as before."]


BAD = """item,category,unit,from_quantity,price,discount,valid_from,valid_to
BOLD,,,,1,,,
BOLT,METALS,crate,,1,,,
BOLT,,,,-1,,,
BOLT,,,x,1,,,
BOLT,,,,1,,1.1.2026,
BOLT,,,,1,,,2025-12-31
BOLT,METAL,,,1,,,
,,,,1,,,
NUT,,box,,1,,,
NUT,,,11,,10%,,
NUT,,,12,1,10,,
NUT,,,13,,,,
NUT,,,3,1,,,
NUT,,,3,2,,,
NUT,,,7,1,,,
"""
BAD_CELLS = [
    (2, "item"), (3, "category"), (3, "unit"), (4, "price"), (5, "from_quantity"), (6, "valid_from"), (7, "valid_to"),
    (8, "item"), (9, "item"), (10, "unit"), (11, "discount"), (12, "price"), (13, "price"), (15, "valid_from"),
]  # fmt: skip


def test_a_file_with_bad_lines_changes_nothing_and_every_one_is_listed(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(BAD)
    shop("price-list", "create", "RETAIL")
    before = kept()
    printed = shop("price-list", "import", "RETAIL", file, "--from", "2026-01-01", status=1)
    listed = [line.split()[:2] for line in printed.err.splitlines()[1:-2]]
    assert [(int(line), column) for line, column in listed] == BAD_CELLS
    assert printed.refusal[0] == f"prices.csv has {len(BAD_CELLS)} problems; nothing was imported."
    assert kept() == before


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        ("customer set JONSE --priority 1", "There is no partner JONSE."),
        ("customer set SMITH --priority 1", "SMITH is not a customer."),
        ("customer set JONES --credit-limit 1.234", "The credit limit 1.234 USD has more than 2 decimals."),
        ("customer show SMITH", "SMITH is not a customer."),
        ("customer release JONES", "JONES is not on hold."),
        ("customer address JONES A --kind billing --city Bonn --country D", "“D” is not the code of a country."),
        ("customer remove-address JONES A --kind billing", "JONES has no billing address A."),
        ("price-list create RETAIL", "There is a price list RETAIL already."),
        ("price-list create X --base RETAL", "There is no price list RETAL."),
        ("price-list create X --customer JONES --group G", "A price list is for one customer or for a group, not for both."),
        ("price-list set RETAIL METALS 1 --category", "There is no category METALS."),
        ("price-list set RETAIL BOLT --discount 10", "The discount has no base list to be taken off."),
        ("price-list set RETAIL NUT 1 --unit box", "The unit has no conversion to the item's base unit."),
        ("price-list show RETAL", "There is no price list RETAL."),
        ("price-list ask JONES BOLT --currency XXX", "“XXX” is not a known currency."),
        ("price-list ask JONES BOLT --day 2026-01-01",
         "No price list has a price for this customer, item and quantity in USD on 2026-01-01."),
    ],
)  # fmt: skip
def test_what_is_refused(shop: Shop, command: str, cause: str) -> None:
    shop("price-list", "create", "RETAIL")
    before = kept()
    assert shop(*command.split(), status=1).refusal[0] == cause
    assert kept() == before


@pytest.mark.parametrize(
    "command",
    [
        "customer set JONES",
        "customer set JONES --tax VAT --no-tax",
        "customer set JONES --credit-limit 5 --no-credit-limit",
        "price-list change RETAIL",
        "price-list change RETAIL --to 2026-01-01 --no-end",
        "price-list set RETAIL BOLT",
        "price-list set RETAIL BOLT 5 --discount 5",
    ],
)
def test_wrong_usage(shop: Shop, command: str) -> None:
    shop(*command.split(), status=2)


@pytest.mark.parametrize(
    ("role", "command", "may"),
    [
        ("seller", "customer set JONES --priority 1", True),
        ("seller", "price-list set RETAIL BOLT 5", False),
        ("seller", "price-list show RETAIL", True),
        ("seller", "customer list", True),
        ("warehouse_worker", "customer show JONES", False),
        ("warehouse_worker", "price-list ask JONES BOLT", False),
        ("warehouse_worker", "price-list list", False),
        ("auditor", "customer hold JONES --reason x", False),
        ("integration", "price-list set RETAIL BOLT 5", True),
    ],
)
def test_who_may(shop: Shop, role: str, command: str, may: bool) -> None:
    shop("price-list", "create", "RETAIL")
    shop("user", "create", "ann", "--role", role)
    before = kept()
    printed = shop(*command.split(), "--as", "ann", status=0 if may else 1)
    if not may:
        assert "may not" in printed.refusal[0]
        assert kept() == before


# --- quotes and orders


def lines_of(shop: Shop, *arguments: object) -> list[dict[str, Any]]:
    found = json.loads(shop(*arguments, "--format", "json").out)["lines"]
    assert isinstance(found, list)
    return found


def test_a_quote_becomes_an_order_and_ends(shop: Shop) -> None:
    day = ("--day", "2026-03-02")
    shop("price-list", "create", "RETAIL", "--from", "2026-01-01")
    shop("price-list", "set", "RETAIL", "NUT", "3", "--from", "2026-01-01")
    made = shop(
        *("quote", "create", "JONES", "--line", "BOLT=2box@10-5%", "--line", "NUT=4"),
        *("--charge", "Freight=25", "--until", "2026-03-31", *day),
    )
    assert made.lines == [
        "QU-2026-000001 is requested: 3 lines, 56.00 USD, valid until 2026-03-31.",
        "Next: everstock quote send QU-2026-000001",
    ]
    shop("quote", "change", "QU-2026-000001", "--line", "2=6", "--until", "2026-04-30")
    sent = shop("quote", "send", "QU-2026-000001", *day)
    assert sent.lines == [
        "QU-2026-000001 is sent: 3 lines, 62.00 USD, valid until 2026-04-30.",
        "Next: everstock so create --quote QU-2026-000001",
    ]
    take = ("so", "create", "--quote", "QU-2026-000001", "--take", "1=1", "--take", "2", "--from", "SHED", *day)
    made = shop(*take, "--confirm", "--expected", "2026-03-09", "--key", "k")
    assert made.lines == ["SO-2026-000001 is confirmed: 2 lines, 27.50 USD, expected on 2026-03-09."]
    assert shop(*take, "--confirm", "--expected", "2026-03-09", "--key", "k", "--quiet").lines == ["SO-2026-000001"]
    [row] = rows(shop, "quote", "list", "--state", "accepted")
    assert (row["number"], row["customer"], row["gross"]) == ("QU-2026-000001", "JONES", "62.00")
    quoted = lines_of(shop, "quote", "show", "QU-2026-000001")
    assert [(line["line"], line["item"], line["quantity"], line["ordered"]) for line in quoted] == [
        *((1, "BOLT", "2", "1"), (2, "NUT", "6", "6"), (3, None, "1", None)),
    ]
    shop("so", "change", "SO-2026-000001", "--line", "2=5", "--add", "NUT=1@9", "--from", "SHED")
    printed = shop("so", "show", "SO-2026-000001").out
    assert "Made from: QU-2026-000001 (accepted)" in printed
    assert "customer" in printed
    lines = lines_of(shop, "so", "show", "SO-2026-000001")
    assert [(line["item"], line["quantity"], line["unit"], line["net"], line["location"]) for line in lines] == [
        *(("BOLT", "1", "box", "9.50", "SHED"), ("NUT", "5", "each", "15.00", "SHED"), ("NUT", "1", "each", "9.00", "SHED")),
    ]  # fmt: skip
    assert {"shipped", "invoiced"} <= lines[0].keys()
    assert shop("so", "close", "SO-2026-000001", "--reason", "done").lines[0].startswith("SO-2026-000001 is closed:")


def test_an_order_is_confirmed_or_cancelled(shop: Shop) -> None:
    order = ("so", "create", "JONES", "--line", "BOLT=10@2.5", "--from", "SHED")
    shop("channel", "set", "shop", "--from", "SHED")
    made = shop(*order, "--channel", "shop", "--reference", "1001")
    number = made.lines[0].split()[0]
    assert made.lines == [
        f"{number} is requested: 1 line, 25.00 USD.",
        f"Next: everstock so confirm {number}",
    ]
    assert shop(*order, "--channel", "shop", "--reference", "1001", "--quiet").lines == [number]
    shop("customer", "set", "JONES", "--credit-limit", "24.99")
    shop("user", "create", "sue", "--role", "seller")
    assert shop("so", "confirm", number, "--as", "sue", status=1).refusal == (
        "JONES would owe and have on order 25.00 USD, and its credit limit is 24.99 USD.",
        "Wait for a payment, or ask somebody who may sell above credit limits.",
    )
    assert shop("so", "confirm", number).lines == [f"{number} is confirmed: 1 line, 25.00 USD."]
    cancelled = shop("document", "cancel", number, "--reason", "x")
    assert cancelled.lines == [f"{number} is cancelled: 1 line, 25.00 USD."]
    lost = shop("quote", "create", "JONES", "--line", "BOLT=1@1", "--quiet").lines[0]
    shop("quote", "send", lost)
    assert shop("quote", "lose", lost, "--reason", "too dear").lines == [f"{lost} is lost: 1 line, 1.00 USD."]
    taken = shop("quote", "create", "JONES", "--line", "BOLT=1@1", "--quiet").lines[0]
    assert shop("quote", "cancel", taken, "--reason", "typo").lines == [f"{taken} is cancelled: 1 line, 1.00 USD."]


def test_who_sees_documents_of_selling_and_their_money(shop: Shop) -> None:
    for name, role in (("sue", "seller"), ("wim", "warehouse_worker"), ("adam", "administrator")):
        shop("user", "create", name, "--role", role)
    number = shop("so", "create", "JONES", "--line", "BOLT=1@1", "--from", "SHED", "--quiet").lines[0]
    shop("po", "create", "SMITH", "--line", "BOLT=1@1", "--quiet")
    [row] = rows(shop, "so", "list", "--as", "sue", "--customer", "JONES")
    assert row["gross"] == "1.00"
    assert [row["number"] for row in rows(shop, "document", "list", "--as", "sue")] == [number]
    both = rows(shop, "document", "list", "--as", "wim")
    assert [(row["number"][:2], row["partner"]) for row in both] == [("PO", "SMITH"), ("SO", "JONES")]
    assert rows(shop, "document", "list", "--kind", "sales_order")[0]["customer"] == "JONES"
    assert rows(shop, "document", "list", "--kind", "purchase_order")[0]["supplier"] == "SMITH"
    assert lines_of(shop, "so", "show", number, "--as", "sue")[0]["net"] == "1.00"
    assert "net" not in lines_of(shop, "so", "show", number, "--as", "wim")[0]
    for command in (("so", "list"), ("so", "show", number), ("quote", "list")):
        said = shop(*command, "--as", "adam", status=1).refusal
        assert said[0] == "adam may not see selling documents."


@pytest.mark.parametrize(
    "command",
    [
        "so create",
        "so create JONES --quote QU-1",
        "so create JONES --take 1",
        "so create --quote QU-1 --line BOLT=1",
        "so create --quote QU-1 --channel shop",
        "so change SO-1 --line BOLT=1@",
        "quote lose QU-1",
    ],
)
def test_wrong_usage_of_orders(shop: Shop, command: str) -> None:
    shop(*command.split(), status=2)


def test_from_order_to_invoice(shop: Shop) -> None:
    shop("receive", "--supplier", "SMITH", "--line", "BOLT=10@2", "--day", "2026-03-02", "--to", "DOCK")
    more = ("--line", "BOLT=8@5", "--charge", "Freight=4.00", "--from", "DOCK", "--day", "2026-03-03", "--confirm")
    first = shop.number("so", "create", "JONES", *more)
    second = shop.number("so", "create", "JONES", *more)
    [row] = rows(shop, "available", "BOLT", "--day", "2026-03-03")
    assert (row["reserved"], row["free"], row["needed"], row["available"]) == ("10", "0", "6", "0")
    shop("so", "ship", second, "--reserved", "--line", "BOLT=2", status=2)
    there = shop.number("so", "ship", second, "--reserved", "--day", "2026-03-04")
    assert shop("so", "ship", second, "--reserved", status=1).refusal == (
        f"Nothing is reserved for {second} that is on no pick list.",
        f"See what it waits for with `everstock so allocate {second}`, or ship what was picked.",
    )
    shop("document", "cancel", there, "--reason", "not yet", "--day", "2026-03-04")
    assert shop("so", "allocate", second).lines[-1].split()[3:6] == ["8", "2", "6"]
    refused = shop("so", "ship", second, "--line", "BOLT=3", "--day", "2026-03-04", status=1)
    assert refused.refusal[0] == "Of BOLT, 1 of what would leave is reserved for others."
    keyed = ("so", "ship", first, "--day", "2026-03-04", "--key", "k")
    assert shop.number(*keyed) == shop.number(*keyed) == "SH-2026-000002"
    assert shop("so", "ship", first, "--day", "2026-03-04", status=1).refusal[0] == f"All of {first} is shipped."
    billed = ("so", "invoice", "SH-2026-000002", "--day", "2026-03-05")
    assert shop(*billed).lines[0] == "CI-2026-000001 is posted: 2 lines, 44.00 USD, due on 2026-03-05."
    assert shop(*billed, status=1).refusal[0].startswith("Everything that was shipped is billed already")
    shop("receive", "--supplier", "SMITH", "--line", "BOLT=10@2", "--day", "2026-03-06", "--to", "DOCK")
    assert shop("so", "allocate", "--waiting", "--item", "NUT").lines[1:] == []
    waited = shop("so", "allocate", "--waiting", "--item", "BOLT").lines[-1].split()
    assert waited == [second, "1", "BOLT", "8", "8", "0"]
    for wrong in ([], [second, "--waiting"], [second, "--item", "BOLT"]):
        shop("so", "allocate", *wrong, status=2)
    shop("verify")


def test_a_sale_below_cost_is_a_warning_for_whoever_may_see_costs(shop: Shop) -> None:
    shop("receive", "--supplier", "SMITH", "--line", "BOLT=10@4", "--day", "2026-03-01")
    shop("user", "create", "ann", "--role", "seller")
    order = ("so", "create", "JONES", "--line", "BOLT=2@3", "--day", "2026-03-02")
    warning = "Warning: Line 1 is sold below the cost of BOLT: it brings 6.00 USD and costs 8.00 USD.\n"
    assert shop(*order).err == warning
    assert shop(*order, "--as", "ann").err == ""


def test_a_kit_from_its_bill_to_the_invoice(shop: Shop) -> None:
    from everstock.masterdata import actions

    actions.ensure_items(company=shop.company, skus=["SET", "BOX"])
    printed = shop("kit", "set", "SET", "--component", "BOLT=2", "--component", "NUT=1")
    assert printed.out == "SET is a kit of BOLT, NUT.\n"
    shop("kit", "set", "BOX", "--component", "SET=3")
    assert [(row["kit"], row["component"], row["quantity"]) for row in rows(shop, "kit", "show", "BOX")] == [
        ("BOX", "SET", "3"), ("SET", "BOLT", "2"), ("SET", "NUT", "1"),
    ]  # fmt: skip
    assert [(row["kit"], row["contains"]) for row in rows(shop, "kit", "list")] == [
        ("BOX", "3 SET"), ("SET", "2 BOLT, 1 NUT"),
    ]  # fmt: skip
    cycle = shop("kit", "set", "SET", "--component", "BOX=1", status=1)
    assert cycle.refusal[0] == "Kit SET would contain itself."
    shop("kit", "set", "SET", status=2)
    shop("kit", "set", "SET", "--component", "BOLT=1", "--component", "BOLT=2", status=2)
    stock = ("--line", "BOLT=20@2", "--line", "NUT=9@1", "--day", "2026-03-02", "--to", "DOCK")
    shop("receive", "--supplier", "SMITH", *stock)
    kit = shop("receive", "--supplier", "SMITH", "--line", "SET=1@2", "--day", "2026-03-02", "--to", "DOCK", status=1)
    assert kit.refusal == ("Item SET is a kit, which is not stocked.", "Move its components instead.")
    ordered = ("--line", "BOX=2@30", "--from", "DOCK", "--day", "2026-03-03", "--confirm")
    order = shop.number("so", "create", "JONES", *ordered)
    lines = shown(shop, order)["lines"]
    assert [(line["item"], line["quantity"], line["net"], line["remark"]) for line in lines] == [
        ("BOX", "2", "60.00", None), ("BOLT", "12", "0.00", "in kit of line 1"), ("NUT", "6", "0.00", "in kit of line 1"),
    ]  # fmt: skip
    part = shop.number("so", "ship", order, "--line", "BOX=1", "--day", "2026-03-04")
    shop("so", "change", order, "--expected", "2026-03-09")
    rest = shop.number("so", "ship", order, "--day", "2026-03-05")
    assert shop("so", "invoice", part, rest, "--day", "2026-03-05").lines[0].endswith("60.00 USD, due on 2026-03-05.")
    assert shown(shop, order)["state"] == "invoiced"
    brought = {row["item"]: row["revenue"] for row in rows(shop, "report", "margin", "--by", "item")}
    assert brought == {"BOLT": "40.00", "NUT": "20.00"}
    assert rows(shop, "report", "shipped-not-invoiced", "--as-of", "2026-03-05") == []
    [early, late] = rows(shop, "report", "shipped-not-invoiced", "--as-of", "2026-03-04")
    assert [(row["item"], row["open"], row["amount"]) for row in (early, late)] == [
        ("BOLT", "6", "20.00"), ("NUT", "3", "10.00"),
    ]  # fmt: skip
    assert shop("kit", "set", "BOX", "--nothing").out == "BOX is no kit.\n"
    assert [row["kit"] for row in rows(shop, "kit", "list")] == ["SET"]
    shop("verify")


def test_what_cannot_be_promised_is_said_in_words() -> None:
    assert in_words(Promise(None, 3_000_000, Reason.NONE, "")) == "3 not to be promised yet"


def test_the_help_names_the_numbers_of_every_kind(shop: Shop) -> None:
    manual = " ".join(shop("document", "--help").out.split())
    assert [kind for kind, prefix in PREFIX.items() if f" {prefix} " not in manual] == []


def test_when_an_order_can_leave(shop: Shop) -> None:
    shop("settings", "--handling-days", 1)
    shop("receive", "--supplier", "SMITH", "--line", "BOLT=10@2", "--day", "2026-03-02", "--to", "DOCK")
    po = shop.sent("BOLT=5@2", more=("--expected", "2026-03-20", "--to", "DOCK"))
    day = ("--day", "2026-03-02")
    asked = rows(shop, "available", "BOLT", "--quantity", 18, *day)
    assert [(row["day"], row["reason"], row["quantity"]) for row in asked] == [
        ("2026-03-03", "in stock", "10"), ("2026-03-21", f"incoming {po}", "5"), (None, "none", "3"),
    ]  # fmt: skip
    order = shop.number("so", "create", "JONES", "--line", "BOLT=12@5", "--from", "DOCK", *day)
    shop("so", "confirm", order, *day)
    [line] = shown(shop, order)["lines"]
    assert line["promised_on"] == "2026-03-21"
    assert line["remark"] == f"10 in stock on 2026-03-03, 2 incoming {po} on 2026-03-21"
    [_, rest] = rows(shop, "so", "promise", order, "--day", "2026-03-04")
    assert (rest["promised_on"], rest["reason"], rest["quantity"]) == ("2026-03-21", f"incoming {po}", "2")
    at_once = shop.number("so", "create", "JONES", "--line", "BOLT=1@5", "--from", "DOCK", "--confirm", *day)
    assert [line["promised_on"] for line in shown(shop, at_once)["lines"]] == ["2026-03-21"], "asked on its day"
    shop("available", "BOLT", "--wanted", "2026-03-04", status=2)
    assert (
        shop("so", "ship", order, "--line", "1=0", status=1).refusal[0] == "The quantity of line 1 is not above zero."
    )


def test_goods_leave_on_days_of_work(shop: Shop) -> None:
    assert shop("settings").out.splitlines()[1:] == ["handling days  0", "overdue days   1", "closed on"]
    shop("receive", "--supplier", "SMITH", "--line", "BOLT=10@2", "--day", "2026-03-02", "--to", "DOCK")
    told = shop("settings", "--closed", "Sat,sun", "--holiday", "2026-03-06=Fair", "--holiday", "2026-03-09").out
    assert told.splitlines()[3:] == ["closed on      Saturday, Sunday", "holiday        2026-03-06 Fair", "holiday        2026-03-09"]  # fmt: skip
    friday = ("BOLT", "--quantity", 1, "--day", "2026-03-06")
    assert [row["day"] for row in rows(shop, "available", *friday)] == ["2026-03-10"]
    shop("settings", "--no-holiday", "2026-03-06")
    assert [row["day"] for row in rows(shop, "available", *friday)] == ["2026-03-06"]
    assert {row["setting"]: row["value"] for row in rows(shop, "settings")}["closed on"] == "Saturday, Sunday"
    shop("settings", "--closed", "mon,tue,wed,thu,fri,sat,sun", status=1)
    shop("settings", "--closed", "someday", status=2)
    shop("settings", "--holiday", "2026-13-01", status=2)


def test_an_order_says_where_it_is_delivered(shop: Shop) -> None:
    for code, city in (("HOME", "Bonn"), ("WORK", "Ulm")):
        shop("customer", "address", "JONES", code, "--kind", "delivery", "--city", city, "--country", "DE")
    order = shop.number("so", "create", "JONES", "--line", "BOLT=1@5", "--from", "DOCK", "--deliver-to", "WORK")
    assert shown(shop, order)["delivery"] == "WORK: Ulm, DE"
    shop("so", "change", order, "--deliver-to", "HOME")
    assert shown(shop, order)["delivery"] == "HOME: Bonn, DE"
    refused = shop("so", "change", order, "--deliver-to", "MOON", status=1)
    assert refused.refusal[0] == "The customer has no delivery address MOON."


def test_the_supplier_delivers_to_the_customer(shop: Shop) -> None:
    day = ("--day", "2026-03-02")
    shop("so", "create", "JONES", "--line", "BOLT=5@4", "--drop-ship", "--from", "DOCK", status=2)
    order = shop.number("so", "create", "JONES", "--line", "BOLT=5@4", "--drop-ship", "--confirm", *day)
    nobody = shop("so", "drop-ship", order, *day, status=1)
    assert nobody.refusal[0] == f"Nobody sells what is on line 1 of {order}."
    printed = shop("so", "drop-ship", order, "--supplier", "SMITH", *day)
    po = printed.lines[0].split()[0]
    shop("po", "change", po, "--line", "1@2")
    shop("po", "approve", po)
    assert shop("po", "send", po, *day).lines[-1] == f"Next: everstock so dispatched {po}"
    said = shop("receive", po, *day, status=1).refusal
    assert said[0] == "What is on line 1 is sent to the customer by the supplier, and never lies in our stock."
    sent = shop.number("so", "dispatched", po, "--line", "BOLT=3", "--reference", "DN-7", *day)
    assert shown(shop, order)["state"] == "partly_shipped"
    assert shop("so", "cancel", order, "--reason", "no", status=1).err
    shop("so", "cancel-dispatch", po, sent, "--reason", "Still there")
    sent = shop.number("so", "dispatched", po, "--key", "all", *day)
    assert shop.number("so", "dispatched", po, "--key", "all", *day) == sent
    assert shop("so", "dispatched", po, *day, status=1).refusal[0] == f"All of {po} was sent."
    assert shop("so", "invoice", sent, *day).lines[0].endswith("20.00 USD, due on 2026-03-02.")
    assert rows(shop, "report", "stock") == []
    shop("verify")


def test_reports_of_selling_lead_from_the_margin_down_to_documents(shop: Shop) -> None:
    """Ten bolts at 2.50, four sold at 4.00 and invoiced, one more shipped; freight of 1.50 is noted."""
    day = ("--day", "2026-03-02")
    shop("receive", "--supplier", "SMITH", "--line", "BOLT=10@2.50", "--day", "2026-03-01")
    order = shop.number("so", "create", "JONES", "--line", "BOLT=6@4", "--expected", "2026-03-05", "--confirm", *day)
    first = shop.number("so", "ship", order, "--line", "1=4", *day)
    bill = shop.number("so", "invoice", first, *day)
    second = shop.number("so", "ship", order, "--line", "1=1", *day)
    keyed = ("so", "cost", first, "--amount", "1.50", "--key", "k", *day)
    [noted] = {shop(*keyed).lines[0].split()[-1].rstrip(".") for _ in range(2)}
    [row] = rows(shop, "report", "margin", "--by", "order")
    assert {name: row[name] for name in ("order", "customer", "quantity", "revenue", "not_invoiced", "cost", "margin")} == {
        "order": order, "customer": "JONES", "quantity": "5", "revenue": "16.00", "not_invoiced": "4.00", "cost": "12.50",
        "margin": "3.50",
    }  # fmt: skip
    assert (row["margin_percent"], row["selling_costs"], row["contribution"]) == ("21.88", "1.50", "2.00")
    assert row["documents"] == f"{bill} {first} {second}"
    entries = rows(shop, "report", "margin", "--by", "entry")
    assert {(entry["document"], entry["line"], entry["revenue"], entry["cost"]) for entry in entries} == {
        (first, "1", "0.00", "10.00"), (first, "1", "0.00", "0.00"), (bill, "1", "16.00", "0.00"), (second, "1", "0.00", "2.50"),
    }  # fmt: skip
    [open_] = rows(shop, "report", "shipped-not-invoiced", "--as-of", "2026-03-31")
    assert (open_["shipment"], open_["open"], open_["amount"], open_["cost"], open_["age"]) == (
        second,
        "1",
        "4.00",
        "2.50",
        "29",
    )
    [booked] = rows(shop, "report", "order-book")
    assert (booked["due_on"], booked["open"], booked["reserved"], booked["amount"]) == ("2026-03-05", "1", "1", "4.00")
    assert rows(shop, "report", "backorders") == []
    assert rows(shop, "report", "fill-rate", "--to", "2026-03-31")[0]["fill_rate"] == "83.33"
    shop("so", "withdraw-cost", noted, "--reason", "not ours")
    assert rows(shop, "report", "margin")[0]["selling_costs"] == "0.00"
    shop("user", "create", "ann", "--role", "seller")
    [seen] = rows(shop, "report", "margin", "--as", "ann")
    assert list(seen) == ["item", "quantity", "revenue", "not_invoiced"]
    assert (
        "may not say which freight and fees belong to sales"
        in shop("so", "cost", first, "--amount", 1, "--as", "ann", status=1).refusal[0]
    )


@pytest.mark.usefixtures("home")
def test_a_substitute_is_offered_and_delivered(shop: Shop) -> None:
    assert shop("substitute", "set", "BOLT", "NUT").out == "NUT can be delivered for BOLT.\n"
    stock = ("--line", "BOLT=2@2", "--line", "NUT=9@1", "--day", "2026-03-02", "--to", "DOCK")
    shop("receive", "--supplier", "SMITH", *stock)
    line = ("--line", "BOLT=5@4", "--from", "DOCK", "--day", "2026-03-02", "--confirm")
    order = shop.number("so", "create", "JONES", *line)
    assert shop("so", "allocate", order).lines[-1] == f"Free instead for line 1 of {order}: 9 of NUT."
    assert shown(shop, order)["lines"][0]["remark"].endswith(", substitute: NUT, free 9")
    shop("so", "print", order, "--output", "out.pdf", "--language", "en")
    assert "Substitute: NUT, free 9" in words(Path("out.pdf").read_bytes())
    shop("so", "substitute", order, 1, "NUT", status=2)
    shop("so", "substitute", order, 1, "NUT", "--quantity", 3, "--agreed", "Mr Jones")
    remarks = [line["remark"] or "" for line in shown(shop, order)["lines"]]
    assert not any("substitute" in remark for remark in remarks), "nothing is short any more"
    first, second = (line["promised_on"] for line in shown(shop, order)["lines"])
    assert (first, first is None) == (second, False), "what was not to be promised is not asked for any more"
    assert [(row["item"], row["quantity"]) for row in shown(shop, order)["lines"]] == [("BOLT", "2"), ("NUT", "3")]
    assert rows(shop, "substitute", "list", "BOLT") == [{"item": "BOLT", "substitute": "NUT"}]
    shop("substitute", "remove", "BOLT", "NUT")
    assert rows(shop, "substitute", "list", "BOLT") == []
