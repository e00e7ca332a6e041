"""Buying at the command line, in this process: every command, what it prints, how it refuses."""

from __future__ import annotations

import csv
import json
import shlex
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from pypdf import PdfReader

from everstock.interfaces.cli.app import app
from tests.interfaces.books import select
from tests.interfaces.shop import Shop, open_shop

if TYPE_CHECKING:
    from everstock.masterdata.models import Company

TABLES = ("document", "document_line", "movement", "entry", "audit_event", "app_user", "supplier_terms", "lot")


@pytest.fixture
def shop(company: Company, capsys: pytest.CaptureFixture[str]) -> Shop:
    return open_shop(company, capsys)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents() -> dict[str, int]:
    return {table: select(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


def table(printed: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(printed)))


def words(file: Path) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(file).pages)
    return " ".join(text.replace("\u200b", "").split())


def shown(shop: Shop, number: str, *more: str) -> dict[str, Any]:
    found = json.loads(shop("document", "show", number, "--format", "json", *more).out)
    assert isinstance(found, dict)
    return found


# --- manuals


def commands(
    command: click.Command = app, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, (*path, name))


BUYING = frozenset(
    [
        "supplier",
        "po",
        "receive",
        "arrive",
        "put-away",
        "return-supplier",
        "invoice",
        "landed-cost",
        "grni",
        "transfer",
        "customer",
        "price-list",
        "document",
        "user",
        "rate",
        "tax",
    ]
)


@pytest.mark.parametrize(
    ("path", "command"),
    [found for found in commands() if found[0][:1] and found[0][0] in BUYING],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_command_explains_itself(path: tuple[str, ...], command: click.Command) -> None:
    text = command.get_help(click.Context(command, info_name=f"everstock {' '.join(path)}"))
    assert command.help
    assert command.help.splitlines()[0].endswith(".")
    described = [option for option in command.params if isinstance(option, click.Option)]
    assert all(option.help and option.help.endswith((".", "…")) for option in described), text
    simple = {
        "list",
        "limits",
        "show",
        "approve",
        "close",
        "cancel",
        "send",
        "note",
        "attach",
        "audit",
        "activate",
        "deactivate",
    }
    if path[-1] not in simple:
        assert "Example" in text, text
        assert f"everstock {path[0]}" in text.split("Example", 1)[1]


# --- suppliers


def test_a_supplier_is_described(shop: Shop) -> None:
    shop(
        *(
            "supplier",
            "terms",
            "SMITH",
            "--payment-days",
            30,
            "--incoterm",
            "FOB",
            "--lead-time",
            7,
            "--price-tolerance",
            "1.5%",
        ),
        *(
            "--over-tolerance",
            2,
            "--closed",
            "sat,Sunday",
            "--holiday",
            "2026-12-25=Christmas",
            "--holiday",
            "2026-12-26",
        ),
        *("--tax", "VAT"),
    )
    said = shop("supplier", "item", "SMITH", "BOLT", "--code", "S-1", "--unit", "box", "--minimum", 5, "--preferred")
    assert said.lines == ["SMITH sells BOLT by the box."]
    shop("supplier", "item", "SMITH", "NUT")
    shop("supplier", "price", "SMITH", "BOLT", "11.5", "--from", "2026-01-01", "--to", "2026-12-31")
    said = shop("supplier", "price", "SMITH", "BOLT", "10.25", "--from-quantity", "50", "--from", "2026-01-01")
    assert said.lines == ["SMITH sells BOLT at 10.25 USD from 50 on, from 2026-01-01 on."]
    printed = shop("supplier", "show", "SMITH").out
    for fact in (
        *("payment days        30", "incoterm            FOB", "lead time promised  7", "over tolerance      2%"),
        *("under tolerance     0%", "price tolerance     1.5%", "closed on           Saturday, Sunday"),
        *("holidays            2026-12-25 Christmas, 2026-12-26", "tax code            VAT"),
    ):
        assert fact in printed
    rows = table(shop("supplier", "show", "SMITH", "--format", "csv").out)
    assert [(row["item"], row["unit"], row["from_quantity"], row["price"], row["valid_to"]) for row in rows] == [
        ("BOLT", "box", "", "11.50", "2026-12-31"),
        ("BOLT", "box", "50", "10.25", ""),
        ("NUT", "each", "", "", ""),
    ]
    (euro, smith) = table(shop("supplier", "list", "--format", "csv").out)
    assert (euro["currency"], smith["payment_days"], smith["tax_code"]) == ("EUR", "30", "VAT")
    shop("supplier", "terms", "SMITH", "--closed", "none")
    assert "closed on" not in shop("supplier", "show", "SMITH").out
    shop("user", "create", "wim", "--role", "warehouse_worker")
    assert (
        shop("supplier", "show", "SMITH", "--as", "wim", status=1).refusal[0]
        == "wim may not see suppliers and customers."
    )


# --- orders


def test_an_order_from_the_request_to_the_end(shop: Shop) -> None:
    made = shop("po", "create", "SMITH", "--line", "BOLT=5 box@11.50-10%", "--line", "NUT=10@.4", "--charge", "Freight=12", "--day", "2026-03-02", "--expected", "2026-03-20", "--tax", "VAT")  # fmt: skip
    assert made.lines == [
        "PO-2026-000001 is requested: 3 lines, 81.30 USD, expected on 2026-03-20.",
        "Next: everstock po approve PO-2026-000001",
    ]
    assert "is approved" in shop("po", "approve", "PO-2026-000001").out
    assert "is sent" in shop("po", "send", "PO-2026-000001", "--day", "2026-03-03").out
    changed = shop("po", "change", "PO-2026-000001", "--line", "2=20@0.5", "--line", "1", "--add", "BOLT=1", "--expected", "2026-03-25")  # fmt: skip
    assert "4 lines, 88.50 USD, expected on 2026-03-25" in changed.out
    found = shown(shop, "PO-2026-000001")
    assert (found["version"], found["sent_on"], found["state"]) == (2, "2026-03-03", "sent")
    assert [
        (line["item"], line["quantity"], line["unit"], line["unit_price"], line["discount"]) for line in found["lines"]
    ] == [
        ("BOLT", "5", "box", "11.50", "10%"),
        ("NUT", "20", "each", "0.50", None),
        (None, "1", None, "12.00", None),
        ("BOLT", "1", "each", None, None),
    ]
    assert {line["expected_on"] for line in found["lines"][:2]} == {"2026-03-25"}
    assert "is closed" in shop("po", "close", "PO-2026-000001", "--reason", "not needed").out
    shop("document", "note", "PO-2026-000001", "Ask again next year.")
    assert shown(shop, "PO-2026-000001")["notes"] == ["Ask again next year."]
    shop("po", "create", "SMITH", "--line", "NUT=1@1", "--day", "2026-03-02")
    assert "is cancelled" in shop("po", "cancel", "PO-2026-000002", "--reason", "twice").out


def test_an_order_can_be_called_off_from_a_blanket_order(shop: Shop) -> None:
    blanket = shop.number("po", "create", "SMITH", "--line", "BOLT=1000@0.10", "--blanket-until", "2026-12-31", "--day", "2026-01-02")  # fmt: skip
    shop("po", "approve", blanket)
    assert (
        shop("po", "send", blanket, "--day", "2026-01-02").lines[-1]
        == f"Next: everstock po call-off {blanket} --line 1=QUANTITY"
    )
    order = shop.number("po", "call-off", blanket, "--line", "1=250", "--day", "2026-03-02", "--expected", "2026-03-09")
    found = shown(shop, order)
    assert (found["state"], found["made_from"], found["expected_on"]) == ("approved", [blanket], "2026-03-09")
    assert [line["ordered"] for line in shown(shop, blanket)["lines"]] == ["250"]
    refused = shop("po", "call-off", blanket, "--line", "1=751", "--day", "2026-03-02", status=1)
    assert refused.refusal[0] == f"Line 1 of {blanket} has less left than is called off."


def test_lists_are_filtered_and_printed_for_programs(shop: Shop) -> None:
    sent = shop.sent("BOLT=10@2.5")
    shop("po", "create", "EURO", "--line", "NUT=1@1", "--day", "2026-03-05", "--currency", "USD", "--reference", "A-7")
    both = table(shop("po", "list", "--format", "csv").out)
    assert [row["number"] for row in both] == ["PO-2026-000002", sent]
    assert list(both[0]) == [
        "number",
        "kind",
        "state",
        "supplier",
        "day",
        "expected_on",
        "due_on",
        "reference",
        "currency",
        "net",
        "tax",
        "gross",
        "paid",
    ]
    for filters in (["--state", "sent"], ["--supplier", "SMITH"], ["--to", "2026-03-04"]):
        (row,) = json.loads(shop("po", "list", *filters, "--format", "json").out)
        assert (row["number"], row["gross"]) == (sent, "25.00")
    for filters in (["--limit", "1"], ["--reference", "A-7"], ["--from", "2026-03-03"], ["--state", "requested"]):
        (row,) = table(shop("po", "list", *filters, "--format", "csv").out)
        assert (row["number"], row["supplier"]) == ("PO-2026-000002", "EURO")
    assert shop("document", "list", "--kind", "goods_receipt").lines == [" ".join(both[0]).replace(" ", "  ")]


def test_the_same_key_makes_one_document(shop: Shop) -> None:
    ask = ("po", "create", "SMITH", "--line", "BOLT=10@2.5", "--day", "2026-03-02", "--key", "k-1")
    assert shop.number(*ask) == shop.number(*ask) == "PO-2026-000001"
    refused = shop(*ask[:4], "BOLT=11@2.5", *ask[5:], status=1)
    assert refused.refusal[0] == "The key “k-1” was used for another request, which made PO-2026-000001."


# --- goods


def test_goods_come_in_parts_and_are_put_away(shop: Shop) -> None:
    order = shop.sent("BOLT=5box@11.50", "NUT=20@0.40")
    came = shop("receive", order, "--line", "BOLT=3", "--rejected", "BOLT=1", "--reason", "rusty", "--day", "2026-03-09", "--delivery-note", "D-1")  # fmt: skip
    assert came.lines == [
        "GR-2026-000001 is posted: 1 line, 34.50 USD.",
        "Next: everstock put-away GR-2026-000001",
    ]
    found = shown(shop, "GR-2026-000001")
    assert (found["reference"], found["made_from"], found["lines"][0]["remark"]) == ("D-1", [order], "rusty")
    # the rest of it, less two nuts
    shop("receive", order, "--rejected", "NUT=2", "--day", "2026-03-10")
    assert [(line["received"], line["rejected"]) for line in shown(shop, order)["lines"]] == [("5", "1"), ("18", "2")]
    less = shop("receive", order, "--line", "2=1", "--final", "--day", "2026-03-11")
    warning = f"Of line 2 of {order}, 20 were ordered and 19 received, less than its tolerance allows."
    assert less.err == f"Warning: {warning}\n"
    found = shown(shop, "GR-2026-000003")
    assert (found["deviations"], found["approved_by"]) == (warning, "system")
    assert (shown(shop, order)["state"], shown(shop, order)["lines"][1]["remark"]) == ("received", "final")
    assert "Nothing is expected" in shop("receive", order, status=1).err
    plan = shop("put-away", "GR-2026-000001", "--dry-run")
    assert plan.lines[1].split() == ["BOLT", "300", "DOCK", "BIN-1", "nearest", "empty"]
    shop("put-away", "GR-2026-000001", "--line", "BOLT=100", "--to", "BIN-2", "--day", "2026-03-09")
    shop("put-away", "GR-2026-000001", "--day", "2026-03-09")
    stock = {
        (row["item"], row["location"]): row["quantity"] for row in table(shop("report", "stock", "--format", "csv").out)
    }
    assert stock == {("BOLT", "BIN-2"): "300", ("BOLT", "DOCK"): "200", ("NUT", "DOCK"): "19"}
    assert shop("put-away", "GR-2026-000001", status=1).refusal[0] == "All of GR-2026-000001 is put away."


def test_a_receipt_puts_away_no_more_than_it_brought(shop: Shop) -> None:
    first = shop.number("receive", shop.sent("BOLT=10@1"), "--day", "2026-03-09")
    shop.number("receive", shop.sent("BOLT=90@1"), "--day", "2026-03-09")
    shop("put-away", first, "--line", "BOLT=4", "--to", "BIN-2", "--day", "2026-03-09")
    for more in ((), ("--to", "BIN-1"), ("--dry-run",)):
        refused = shop("put-away", first, "--line", "BOLT=50", *more, "--day", "2026-03-09", status=1).refusal
        assert refused == (
            f"{first} brought 10 of item BOLT, of which 4 are put away or gone, and not the 50 that shall be moved.",
            "Move 6 at most; what another receipt brought is put away under that one.",
        )
    twice = shop("put-away", first, "--line", "BOLT=4", "--line", "BOLT=3", "--day", "2026-03-09", status=1)
    assert "not the 7" in twice.refusal[0]
    # goods that went back from the bin were put away; the others are still at the dock
    shop("return-supplier", first, "--line", "BOLT=2", "--from", "BIN-2", "--day", "2026-03-09")
    shop("return-supplier", first, "--line", "BOLT=1", "--from", "DOCK", "--day", "2026-03-09")
    shop("put-away", first, "--to", "BIN-1", "--day", "2026-03-09")
    stock = {
        (row["item"], row["location"]): row["quantity"] for row in table(shop("report", "stock", "--format", "csv").out)
    }
    assert stock == {("BOLT", "DOCK"): "90", ("BOLT", "BIN-1"): "5", ("BOLT", "BIN-2"): "2"}


def test_one_receipt_takes_several_orders(shop: Shop) -> None:
    first, second = shop.sent("BOLT=10@1"), shop.sent("BOLT=20@1", "NUT=5@1")
    several = shop("receive", first, second, "--line", "BOLT=12", "--day", "2026-03-03", status=1)
    assert several.refusal[0] == f"Item BOLT stands on several lines: {first} line 1, {second} line 1."
    shop("receive", first, second, "--day", "2026-03-03")
    assert [shown(shop, order)["state"] for order in (first, second)] == ["received", "received"]


def test_lots_and_serial_numbers_are_captured(shop: Shop) -> None:
    order = shop.sent("MILK=20@1", "PUMP=2@30")
    receipt = shop.number(
        *(
            "receive",
            order,
            "--day",
            "2026-03-09",
            "--lot",
            "MILK=L77:12,expires=2027-05-01,made=2026-03-01",
            "--lot",
            "MILK=L78:8",
        ),
        *("--lot", "PUMP=S1", "--lot", "PUMP=S2"),
    )
    found = [(line["item"], line["lot"], line["quantity"]) for line in shown(shop, receipt)["lines"]]
    assert found == [("MILK", "L77", "12"), ("MILK", "L78", "8"), ("PUMP", "S1", "1"), ("PUMP", "S2", "1")]
    assert select(
        "SELECT code, expires_on::text, manufactured_on::text FROM lot WHERE code LIKE 'L%%' ORDER BY code"
    ) == [
        ("L77", "2027-05-01", "2026-03-01"),
        ("L78", None, None),
    ]
    shop("put-away", receipt, "--day", "2026-03-09")
    back = shop.number("return-supplier", receipt, "--line", "MILK=3", "--lot", "MILK=L78", "--from", "BIN-1", "--day", "2026-03-09")  # fmt: skip
    assert [(line["lot"], line["quantity"]) for line in shown(shop, back)["lines"]] == [("L78", "3")]
    one = shop.sent("PUMP=1@30")
    shop("receive", one, "--lot", "PUMP=A:B", "--day", "2026-03-09")
    assert select("SELECT count(*) FROM lot WHERE code = 'A:B'") == [(1,)]


def test_goods_without_an_order_and_goods_that_go_back(shop: Shop) -> None:
    receipt = shop.number("receive", "--supplier", "SMITH", "--line", "NUT=2@5", "--line", "BOLT=1box@10", "--rejected", "NUT=1", "--day", "2026-03-09")  # fmt: skip
    found = shown(shop, receipt)
    assert (found["net"], [line["rejected"] for line in found["lines"]]) == ("20.00", ["1", None])
    back = shop("return-supplier", receipt, "--line", "BOLT=50each", "--reason", "bent", "--authorisation", "RMA-1", "--day", "2026-03-10")  # fmt: skip
    assert back.lines == [
        "SR-2026-000001 is posted: 1 line, 5.00 USD.",
        "Next: everstock document print SR-2026-000001",
    ]
    shop("return-supplier", receipt, "--line", "2", "--expect", "nothing", "--day", "2026-03-10")
    assert shown(shop, "SR-2026-000002")["settlement"] == "nothing"
    assert [line["returned"] for line in shown(shop, receipt)["lines"]] == [None, "1"]
    free = shop.number("return-supplier", "--supplier", "SMITH", "--line", "NUT=1@5", "--day", "2026-03-10")
    assert shown(shop, free)["lines"][0]["location"] == "DOCK"
    assert "is cancelled" in shop("document", "cancel", free, "--reason", "stays here").out
    assert "is cancelled" in shop("document", "cancel", "SR-2026-000002", "--reason", "stays here").out
    assert shop("document", "list", "--kind", "supplier_return", "--state", "cancelled").out.count("SR-2026-") == 2


def test_goods_are_ours_on_the_way_and_arrive(shop: Shop) -> None:
    shop("supplier", "terms", "SMITH", "--incoterm", "FOB")
    order = shop.sent("BOLT=10@2")
    receipt = shop.number("receive", order, "--dispatched", "--day", "2026-03-03")
    assert shown(shop, receipt)["lines"][0]["location"] == "TRANSIT"
    shop("arrive", receipt, "--line", "BOLT=4", "--day", "2026-03-20")
    transfer = shop.number("arrive", receipt, "--day", "2026-03-21")
    assert [(line["quantity"], line["to_location"]) for line in shown(shop, transfer)["lines"]] == [("6", "DOCK")]
    assert "is cancelled" in shop("document", "cancel", transfer, "--reason", "not yet").out
    assert "is cancelled" in shop("document", "cancel", "TR-2026-000001", "--reason", "not yet").out
    assert "is cancelled" in shop("document", "cancel", receipt, "--reason", "still with them").out
    assert shown(shop, order)["state"] == "sent"


def test_goods_are_put_away_when_they_have_arrived(shop: Shop) -> None:
    shop("supplier", "terms", "SMITH", "--incoterm", "FOB")
    receipt = shop.number("receive", shop.sent("BOLT=10@2"), "--dispatched", "--day", "2026-03-03")
    on_the_way = f"Goods of {receipt} are still on their way."
    take_in = f"Take them in with `everstock arrive {receipt}` when they are here"
    for more in ((), ("--dry-run",), ("--to", "BIN-1"), ("--line", "BOLT=1")):
        assert shop("put-away", receipt, *more, status=1).refusal == (on_the_way, f"{take_in}.")
    first = shop("arrive", receipt, "--line", "BOLT=4", "--day", "2026-03-20")
    assert first.lines == ["TR-2026-000001 is posted: 1 line.", "Next: everstock put-away TR-2026-000001"]
    assert shop("put-away", receipt, status=1).refusal == (
        on_the_way,
        f"{take_in}; put away what has arrived with `everstock put-away TR-2026-000001`.",
    )
    shop("arrive", receipt, "--day", "2026-03-21")
    shop("put-away", "TR-2026-000001", "--day", "2026-03-21")
    moved = shop("put-away", "TR-2026-000002", "--line", "BOLT=5", "--to", "BIN-2", "--day", "2026-03-21")
    assert moved.lines[1].split() == ["BOLT", "5", "DOCK", "BIN-2"]
    assert shop("put-away", receipt, status=1).refusal == (
        f"The goods of {receipt} arrived by TR-2026-000001 and TR-2026-000002.",
        "Put them away by that number: `everstock put-away TR-2026-000001`.",
    )
    stock = {row["location"]: row["quantity"] for row in table(shop("report", "stock", "--format", "csv").out)}
    assert stock == {"DOCK": "1", "BIN-1": "4", "BIN-2": "5"}
    assert shop("put-away", "TR-2026-000001", status=1).refusal[0] == "All of TR-2026-000001 is put away."
    assert shop("put-away", "TR-2026-000003", status=1).refusal == (
        "TR-2026-000003 moved goods that were here already.",
        "Name a goods receipt, or the arrival of goods that were on their way.",
    )
    shop("document", "cancel", "TR-2026-000003", "--reason", "wrong bin")
    assert shop("put-away", "TR-2026-000003", status=1).refusal[0] == "TR-2026-000003 is cancelled."
    sent = shop.number("transfer", "send", "--from", "DOCK", "--to", "BIN-1", "--line", "BOLT=1", "--day", "2026-03-22")
    shop("transfer", "lost", sent, "--reason", "fell off", "--day", "2026-03-23")
    assert shop("put-away", sent, status=1).refusal[0] == f"Nothing of {sent} arrived."
    shop("verify")


# --- who may


def test_users_act_within_their_roles_and_limits(shop: Shop) -> None:
    made = shop("user", "create", "ann", "--name", "Ann Baker", "--email", "ann@shop.example", "--role", "buyer")
    assert made.lines == ["Created user ann with the role buyer in ACME."]
    order = shop.number("po", "create", "SMITH", "--line", "BOLT=100@1", "--as", "ann")
    assert "has no limit" in shop("po", "approve", order, "--as", "ann", status=1).err
    shop("user", "limit", "buyer", "purchase_order.approve", "99.99")
    refused = shop("po", "approve", order, "--as", "ann", status=1)
    assert refused.refusal == (
        "ann may approve purchase orders up to 99.99 USD; this is 100.00 USD.",
        "Ask somebody with a higher limit, or an administrator to raise it.",
    )
    shop("user", "limit", "buyer", "purchase_order.approve", "--unlimited")
    shop("po", "approve", order, "--as", "ann")
    (row,) = table(shop("user", "list", "--format", "csv").out)
    assert (row["user"], row["active"], row["roles"], row["limits"]) == (
        "ann",
        "yes",
        "buyer",
        "purchase_order.approve any",
    )
    assert shop("user", "roles", "ann", "seller", "accountant").lines == ["ann is now seller, accountant in ACME."]
    assert shop("po", "send", order, "--as", "ann", status=1).refusal[0] == "ann may not send purchase orders."
    shop("user", "deactivate", "ann")
    assert "is inactive" in shop("po", "list", "--as", "ann", status=1).err
    shop("user", "activate", "ann")
    assert shop("user", "roles", "ann").lines == ["ann has no role any more in ACME."]
    trail = table(shop("user", "audit", "--document", order, "--format", "csv").out)
    assert [(row["user"], row["action"], row["came_from"]) for row in trail] == [
        ("ann", "purchase_order.approve", "command line"),
        ("ann", "purchase_order.create", "command line"),
    ]
    assert not table(shop("user", "audit", "--document", order, "--to", "2020-01-01", "--format", "csv").out)
    assert (
        len(
            table(
                shop("user", "audit", "--from", "2020-01-01", "--user", "system", "--limit", 2, "--format", "csv").out
            )
        )
        == 2
    )


def test_who_may_not_see_costs_sees_no_money(shop: Shop, home: Path) -> None:
    shop("user", "create", "wim", "--name", "Wim Dock", "--role", "warehouse_worker")
    order = shop.sent("BOLT=10@123.45", "NUT=1@1", more=("--tax", "VAT"))
    receipt = shop.number("receive", order, "--as", "wim", "--day", "2026-03-09")
    for number in (order, receipt):
        for form in ("table", "csv", "json"):
            text = shop("document", "show", number, "--as", "wim", "--format", form).out
            assert "BOLT" in text
            for money in ("123", "USD" if form == "csv" else "1.00", "net", "gross", "unit_price"):
                assert money not in text, (number, form)
            assert "123.45" in shop("document", "show", number, "--format", form).out
    assert "gross" not in shop("document", "list", "--as", "wim").out
    refused = shop("po", "print", order, "--as", "wim", status=1)
    assert refused.refusal[0] == "wim may not see costs and values."
    assert not list(home.iterdir())
    shop("document", "print", receipt, "--as", "wim")
    note = words(home / f"{receipt}.pdf")
    assert "Received by Wim Dock" in note
    assert "123" not in note.replace(receipt, "")
    shop("document", "print", receipt, "--output", "with.pdf", "--language", "de")
    assert "123,45" in words(home / "with.pdf")


# --- refusals and wrong usage

REFUSED = [
    ("po create NOBODY --line BOLT=1", "There is no partner NOBODY.", "Check the code of the partner."),
    ("po create SMYTH --line BOLT=1", "There is no partner SMYTH.", "Did you mean SMITH?"),
    ("po create JONES --line BOLT=1", "JONES is not a supplier.", "Mark the partner as a supplier first."),
    ("po create SMITH --line BOLTS=1", "There is no item BOLTS.", "Did you mean BOLT?"),
    ("po create SMITH --line BOLT=1crate", "There is no unit crate.", "Check the code of the unit."),
    ("po create SMITH --line NUT=1box", "Line 1: item NUT has no conversion from that unit to its base unit.", "Add the conversion"),
    ("po create SMITH --line BOLT=1 --to NOWHERE", "There is no location NOWHERE.", "Check the code of the location."),
    ("po create SMITH --line BOLT=1 --tax MWST", "There is no tax MWST.", "Check the code of the tax."),
    ("po create EURO --line BOLT=1", "There is no exchange rate for EUR on", "Enter the rate of that day or before."),
    ("po create SMITH --line BOLT=0", "The quantity of line 1 is not above zero.", "Enter how much is wanted."),
    ("po create SMITH", "The order has no lines.", "Add at least one line."),
    ("po approve PO-2026-000099", "There is no purchase order PO-2026-000099.", "Look it up with `everstock document list"),
    ("po approve GR-2026-000001", "GR-2026-000001 is no number of a purchase order.", "Such numbers begin with PO- or BO-."),
    ("document show 17", "17 is no number of a document.", "Look it up with `everstock document list`."),
    ("po approve {order}", "PO-2026-000001 is partly received and cannot be approved.", "It can be changed, received, invoiced"),
    ("po change {order} --line 7=1", "PO-2026-000001 has no line 7.", "Name each line of the order once at most."),
    ("po change {order} --line 1=1 --if-version 3", "PO-2026-000001 was changed meanwhile: it is at version 1, not 3.", "Look"),
    ("po change {order}", "Nothing is changed on PO-2026-000001.", "Say what shall change."),
    ("po cancel {order} --reason ' '", "There is no reason.", "Say why, in a few words."),
    ("receive {order} --line PUMP=1", "There is no line PUMP on PO-2026-000001.", "Name an item of it, or the number"),
    ("receive {order} --line 3=1", "Line 3 of PO-2026-000001 is no item that could be received.", "Leave it out"),
    ("receive {order} --line BOLT=1 --line 1=1", "“1” is named twice.", "Name every line once, with all there is of it."),
    ("receive {order} --rejected BOLT=1 --rejected BOLT=2", "“BOLT” is named twice.", "Name every line once, with all there is of it."),
    ("receive {order} --line BOLT=1box --rejected BOLT=1", "“BOLT” is accepted and rejected in two units.", "Use one unit"),
    ("receive {order}", "Line 1: item MILK is tracked by lot.", "Enter the lot."),
    ("receive {order} --line BOLT=1 --lot MILK=L1", "A lot is given for MILK, of which nothing comes.", "Name an item that"),
    ("receive {order} --line MILK=5 --lot MILK=L1:2 --lot MILK=L2:2", "The lots of item MILK add up to 4, and 5 came.", "Correct"),
    ("receive {order} --line MILK=5 --lot MILK=L1 --lot MILK=L2:2", "Item MILK comes in several lots, and not every", "Give each"),
    ("receive {order} --line BOLT=1 --dispatched", "The goods of PO-2026-000001 are ours when they have arrived", "Receive them"),
    ("arrive {receipt}", "The goods of GR-2026-000001 are not in transit.", "Name a receipt"),
    ("return-supplier {receipt} --line NUT=1", "There is no line NUT on GR-2026-000001.", "Name an item of it"),
    ("return-supplier {receipt} --line BOLT=1 --lot BOLT=L", "There is no line BOLT on GR-2026-000001.", "Name an item"),
    ("return-supplier {receipt} --line BOLT=1 --lot NUT=L", "A lot is given for what does not go back", "Give each line"),
    ("return-supplier {receipt} --line BOLT=11 --day 2026-03-09", "Of line 1 of GR-2026-000001, 10 can be returned", "Return less"),
    ("put-away {receipt} --to NOWHERE", "There is no location NOWHERE.", "Check the code of the location."),
    ("supplier item SMITH BOLT --unit crate", "There is no unit crate.", "Check the code of the unit."),
    ("supplier price SMITH BOLT 1", "SMITH is not known to sell item BOLT.", "Say first how the supplier sells it."),
    ("supplier terms SMITH --lead-time -1", "The lead time -1 is not from 0 to 3650.", "Correct it."),
    ("user create system", "There is already a user system.", "Choose another name, or give that one roles."),
    ("user create 'bad name!'", "The user name “bad name!” is not made of letters, digits", "Choose another name, such as"),
    ("user roles nobody buyer", "There is no user nobody.", "Check the name, or create the user first."),
    ("user limit seller grni.clear 5", "A seller may not clear what was received", "Set the limit for another role."),
    ("user limit buyer purchase_order.approve 5.001", "The limit 5.001 USD has more than 2 decimals.", "Enter it with the"),
    ("po list --as nobody", "There is no user nobody.", "Check the name, or ask an administrator."),
    ("po print {order} --output nowhere/x.pdf", "nowhere/x.pdf cannot be written: No such file or directory.", "Name another"),
    ("document print {transfer}", "is no number of a purchase order.", "Such numbers begin with PO- or BO- or GR- or SR-."),
]  # fmt: skip


@pytest.fixture
def busy(shop: Shop) -> dict[str, str]:
    """An order of which ten bolts came, and went to a bin."""
    order = shop.sent("BOLT=10@1", "MILK=10@2", more=("--charge", "Freight=5"))
    receipt = shop.number("receive", order, "--line", "BOLT=10", "--day", "2026-03-09")
    transfer = shop.number("put-away", receipt, "--day", "2026-03-09")
    return {"order": order, "receipt": receipt, "transfer": transfer}


def test_every_refusal_has_cause_and_remedy_and_changes_nothing(shop: Shop, busy: dict[str, str]) -> None:
    before = contents()
    wrong = []
    for command, cause, remedy in REFUSED:
        refused = shop(*shlex.split(command.format(**busy)), status=1)
        told = cause in refused.refusal[0] and refused.refusal[1].startswith(remedy)
        if not told or refused.err.count("\n") != 2 or refused.out:
            wrong.append((command, refused))
    assert not wrong
    assert contents() == before


WRONG = [
    "po create SMITH --line BOLT",
    "po create SMITH --line BOLT=x",
    "po create SMITH --line =5",
    "po create SMITH --line BOLT=1@1.2.3",
    "po create SMITH --line BOLT=1.0000001",
    "po create SMITH --line BOLT=1 --charge Freight",
    "po create SMITH --line BOLT=1 --charge Freight=x",
    "po create SMITH --line BOLT=1 --day 1.3.2026",
    "po create SMITH --line BOLT=1 --blanket-until 2026-12-31 --expected 2026-05-01",
    "po change PO-2026-000001 --line BOLT=1",
    "po call-off BO-2026-000001 --line BOLT=1",
    "po list --state nowhere",
    "receive",
    "receive PO-2026-000001 --supplier SMITH",
    "receive --supplier SMITH --dispatched --line BOLT=1",
    "receive PO-2026-000001 --line BOLT=1-5%",
    "receive PO-2026-000001 --lot MILK",
    "receive PO-2026-000001 --lot MILK=L1,expires=soon",
    "receive PO-2026-000001 --lot MILK=L1:1.2.3",
    "arrive GR-2026-000001 --line BOLT",
    "put-away",
    "return-supplier --line BOLT=1",
    "return-supplier GR-2026-000001",
    "return-supplier --supplier SMITH --line BOLT",
    "supplier terms SMITH --closed someday",
    "supplier terms SMITH --holiday 25.12.",
    "supplier terms SMITH --price-tolerance much",
    "supplier price SMITH BOLT cheap",
    "user create ann --role king",
    "user limit buyer purchase_order.approve",
    "user limit buyer purchase_order.approve 5 --unlimited",
    "user limit buyer purchase_order.approve five",
    "po print PO-2026-000001 --language fr",
]


def test_wrong_usage_is_told_apart(shop: Shop) -> None:
    for command in WRONG:
        told = shop(*shlex.split(command), status=2)
        assert "Error:" in told.err, command
        assert not told.out, command


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("po create SMITH --line BOLT=1,5", "decimals are written with a point"),
        ("po create SMITH --line BOLT=1,000.50box", "decimals are written with a point"),
        ("po create SMITH --line BOLT=5@1,20", "decimals are written with a point"),
        ("po create SMITH --line BOLT=-5", "no number here is below zero"),
        ("po create SMITH --line BOLT=5@-1", "no number here is below zero"),
        ("po create SMITH --charge Freight=1,50", "decimals are written with a point"),
        ("supplier price SMITH BOLT 1,20", "decimals are written with a point"),
        ("user limit buyer purchase_order.approve 1,000", "decimals are written with a point"),
        ("supplier terms SMITH --closed frunday", "“frunday” is no weekday"),
    ],
)
def test_what_is_wrong_with_a_word_is_said(shop: Shop, command: str, why: str) -> None:
    assert why in " ".join(shop(*shlex.split(command), status=2).err.split())


# --- paper


def test_orders_and_notes_are_printed(shop: Shop, home: Path) -> None:
    (home / "logo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    )
    head = home / "head.toml"
    head.write_text('name = "Corner Shop"\naddress = ["Main Street 1", "Springfield"]\nfooter = ["VAT 123"]\n')
    shop("supplier", "item", "SMITH", "BOLT", "--code", "S-4711")
    order = shop.sent("BOLT=5box@11.50-10%", "MILK=3", more=("--tax", "VAT", "--expected", "2026-03-20"))
    said = shop("po", "print", order, "--letterhead", head)
    assert said.lines == [f"Wrote {order}.pdf"]
    text = words(home / f"{order}.pdf")
    for part in (
        *(
            "Purchase order PO-2026-000001",
            "Corner Shop",
            "Springfield",
            "VAT 123",
            "SMITH",
            "Your item S-4711",
            "Our item BOLT",
        ),
        *(
            "Bolt M8",
            "5 box",
            "11.50",
            "10%",
            "51.75",
            "20 Mar 2026",
            "Value added tax",
            "20%",
            "10.35",
            "62.10",
            "At once",
            "DOCK",
        ),
    ):
        assert part in text, part
    assert "Draft" not in text
    shop("po", "change", order, "--line", "2@1", "--line", "1=0")
    shop("po", "print", order, "--language", "da", "--output", "v2.pdf")
    text = words(home / "v2.pdf")
    assert "Indkøbsordre" in text
    assert "Version 2" in text
    assert "S-4711" not in text
    draft = shop.number("po", "create", "SMITH", "--line", "NUT=1@1")
    shop("po", "print", draft, "--output", "draft.pdf", "--language", "de")
    assert "ENTWURF, NICHT FREIGEGEBEN" in words(home / "draft.pdf")
    shop("po", "cancel", draft, "--reason", "no")
    assert shop("po", "print", draft, status=1).refusal[0] == f"{draft} is cancelled."
    for content, cause in (
        ("logo = 'none.svg'", "There is no file"),
        ("colour = 'red'", "says something about “colour”"),
        ("address = 'x'", "says something about “address”"),
        ("=", "is no TOML file"),
    ):
        head.write_text(content)
        assert cause in shop("po", "print", order, "--letterhead", head, status=1).refusal[0]
    head.write_text("logo = 'logo.svg'")
    shop("po", "print", order, "--letterhead", head, "--output", "logo.pdf")


def test_receipt_and_return_notes_are_printed(shop: Shop, home: Path) -> None:
    order = shop.sent("MILK=20@2.50", "NUT=10@1")
    receipt = shop.number(
        *("receive", order, "--line", "MILK=18", "--rejected", "MILK=2", "--reason", "sour", "--delivery-note", "D-9"),
        *("--lot", "MILK=L7,expires=2026-06-30", "--day", "2026-03-09"),
    )
    shop("document", "note", receipt, "Two crates were open.")
    shop("document", "print", receipt)
    text = words(home / f"{receipt}.pdf")
    for part in (
        "Goods receipt note",
        "D-9",
        "L7",
        "expires 30 Jun 2026",
        "sour",
        order,
        "2.50",
        "45.00",
        "Two crates were open.",
    ):
        assert part in text, part
    back = shop.number("return-supplier", receipt, "--line", "MILK=4", "--expect", "replacement", "--reason", "sour too", "--authorisation", "RMA-3", "--day", "2026-03-10")  # fmt: skip
    shop("document", "print", back)
    text = words(home / f"{back}.pdf")
    for part in ("Supplier return note", receipt, "Lot L7", "sour too", "RMA-3", "Please send a replacement.", "10.00"):
        assert part in text, part
    shop("supplier", "item", "SMITH", "NUT")
    shop("supplier", "price", "SMITH", "NUT", "1.25", "--from", "2026-01-01")
    unordered = shop.number("receive", "--supplier", "SMITH", "--line", "NUT=1", "--day", "2026-03-09")
    shop("document", "print", unordered)
    assert "provisional" not in words(home / f"{receipt}.pdf")
    assert "provisional" in words(home / f"{unordered}.pdf")


def test_files_are_attached(shop: Shop, home: Path) -> None:
    order = shop.sent("NUT=1@1")
    (home / "scan.pdf").write_bytes(b"%PDF-1.7")
    assert shop("document", "attach", order, "scan.pdf").lines == [f"Attached scan.pdf to {order}."]
    assert select("SELECT name, media_type, length(content) FROM document_attachment") == [
        ("scan.pdf", "application/pdf", 8)
    ]


# --- users


def test_limits_are_listed_and_removed_and_users_change_their_names(shop: Shop) -> None:
    shop("user", "create", "ann", "--role", "buyer", "--role", "manager")
    shop("user", "limit", "buyer", "purchase_order.approve", "99.90")
    shop("user", "limit", "manager", "grni.clear", "--unlimited")
    assert shop("user", "limits", "--format", "csv").lines == [
        "role,permission,amount",
        "buyer,purchase_order.approve,99.90",
        "manager,grni.clear,any",
    ]
    (row,) = table(shop("user", "list", "--format", "csv").out)
    assert row["limits"] == "purchase_order.approve 99.90; grni.clear any"
    assert shop("user", "limit", "buyer", "purchase_order.approve", "--remove").lines == [
        "buyer may not use purchase_order.approve any more, up to no amount."
    ]
    assert len(shop("user", "limits", "--format", "csv").lines) == 2
    assert "No limit is set" in shop("user", "limit", "buyer", "purchase_order.approve", "--remove", status=1).err
    assert "Give an AMOUNT, --unlimited or --remove." in shop("user", "limit", "buyer", "grni.clear", status=2).err
    assert "ann may not manage users." in shop("user", "limits", "--as", "ann", status=1).err
    assert shop("user", "change", "ann", "--rename", "ann.m", "--name", "Ann Miller").lines == [
        "Changed user ann, who is now ann.m."
    ]
    assert shop("user", "change", "ann.m", "--email", "ann@example.com").lines == ["Changed user ann.m."]
    (row,) = table(shop("user", "list", "--format", "csv").out)
    assert [row[name] for name in ("user", "full_name", "email")] == ["ann.m", "Ann Miller", "ann@example.com"]
    assert "Say what changes" in shop("user", "change", "ann.m", status=2).err


# --- between warehouses


def test_goods_go_to_another_warehouse_and_some_are_lost(shop: Shop) -> None:
    def expense() -> str:
        rows = table(shop("report", "trial-balance", "--format", "csv").out)
        return next(row["balance"] for row in rows if row["account"] == "6900")

    shop("receive", "--supplier", "SMITH", "--line", "BOLT=500@0.12", "--line", "MILK=96@1", "--lot", "MILK=L77:60", "--lot", "MILK=L78:36", "--to", "DOCK", "--day", "2026-03-02")  # fmt: skip
    made = shop("transfer", "send", "--from", "DOCK", "--to", "SHED", "--line", "BOLT=4box", "--line", "MILK=70", "--lot", "MILK=L77:60", "--lot", "MILK=L78:10", "--day", "2026-03-03", "--expected", "2026-03-06")  # fmt: skip
    assert made.lines == [
        "TR-2026-000001 is sent: 3 lines, expected on 2026-03-06.",
        "Next: everstock transfer arrive TR-2026-000001",
    ]
    assert shop("put-away", "TR-2026-000001", status=1).refusal == (
        "Goods of TR-2026-000001 are still on their way.",
        "Take them in with `everstock transfer arrive TR-2026-000001` when they are here.",
    )
    came = shop("transfer", "arrive", "TR-2026-000001", "--line", "BOLT=3", "--line", "2=60", "--day", "2026-03-05")
    assert came.lines[-1] == "Next: everstock put-away TR-2026-000002"
    plan = shop("put-away", "TR-2026-000002", "--dry-run")
    assert [line.split()[:5] for line in plan.lines[1:3]] == [
        ["BOLT", "300", "SHED", "BIN-1", "nearest"],
        ["MILK", "L77", "60", "SHED", "BIN-2"],
    ]
    gone = shop("transfer", "lost", "TR-2026-000001", "--line", "BOLT=1", "--reason", "fell off", "--account", "6900", "--day", "2026-03-05")  # fmt: skip
    assert gone.lines == ["TR-2026-000003 is posted: 1 line."]
    assert expense() == "12.00"
    found = shown(shop, "TR-2026-000001")
    assert (found["state"], found["destination"], found["led_to"]) == (
        "partly_received",
        "SHED",
        ["TR-2026-000002", "TR-2026-000003"],
    )
    assert [(line["item"], line["lot"], line["received"], line["remark"]) for line in found["lines"]] == [
        ("BOLT", None, "3", "lost 1"),
        ("MILK", "L77", "60", None),
        ("MILK", "L78", None, None),
    ]
    printed = shop("transfer", "show", "TR-2026-000001").out
    assert "destination  SHED" in printed
    assert "Led to: TR-2026-000002 (posted), TR-2026-000003 (posted)" in printed
    assert shop("transfer", "cancel", "TR-2026-000001", "--reason", "x", status=1).refusal == (
        "TR-2026-000001 is partly received and cannot be cancelled.",
        "It can be received or written off.",
    )
    assert "is cancelled" in shop("transfer", "cancel", "TR-2026-000003", "--reason", "found").out
    shop("transfer", "arrive", "TR-2026-000001", "--to", "BIN-1", "--day", "2026-03-06")
    assert shown(shop, "TR-2026-000001")["state"] == "received"
    assert expense() == "0.00"
    shop("verify")


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (
            "send --from DOCK --to SHED --line BOLT=1 --lot MILK=L77",
            ("A lot is given for MILK, of which nothing is sent.", "Name an item that is sent."),
        ),
        (
            "send --from DOCK --to SHED --line MILK=5 --lot MILK=L77:3 --lot MILK=L78:1",
            (
                "The lots of item MILK do not add up to what is sent of it.",
                "Give each as ITEM=LOT:QUANTITY, all of them together as much as the line says.",
            ),
        ),
        (
            "arrive GR-2026-000001",
            ("GR-2026-000001 is no number of a stock transfer.", "Such numbers begin with TR-."),
        ),
    ],
)
def test_transfers_that_cannot_be(shop: Shop, words: str, refusal: tuple[str, str]) -> None:
    before = contents()
    assert shop("transfer", *shlex.split(words), status=1).refusal == refusal
    assert contents() == before
