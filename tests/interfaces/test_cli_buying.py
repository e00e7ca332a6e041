"""Buying at the command line, in this process: every command, and what it prints."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

import click
import pytest

from everstock.interfaces.cli.app import app
from tests.interfaces.books import select
from tests.interfaces.shop import Shop, contents, shown, table

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
        "quote",
        "so",
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


def test_the_same_key_makes_one_document_of_all_that_is_left(shop: Shop) -> None:
    order = shop.sent("BOLT=10@2.5")
    for ask, made in (
        (("receive", order), "GR-2026-000001"),
        (("put-away", "GR-2026-000001", "--to", "SHED"), "TR-2026-000001"),
        (("invoice", "post", "SMITH", "INV-1", "--receipt", "GR-2026-000001"), "SI-2026-000001"),
    ):
        keyed = (*ask, "--day", "2026-03-09", "--key", f"k-{made}")
        assert shop.number(*keyed) == shop.number(*keyed) == made
        assert shop(*keyed[:-1], "another", status=1).refusal[0].startswith(("All of", "Nothing is expected"))


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
    assert shown(shop, "SR-2026-000002")["resolution"] == "nothing"
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
