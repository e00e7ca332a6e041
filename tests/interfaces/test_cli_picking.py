"""Pick lists, packages, carriers and proofs of delivery at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.interfaces.papers import page_texts, words
from tests.interfaces.shop import Shop, open_shop, shown

if TYPE_CHECKING:
    from everstock.masterdata.models import Company


@pytest.fixture
def shop(company: Company, capsys: pytest.CaptureFixture[str]) -> Shop:
    from everstock.masterdata.models import Item, Location

    shop = open_shop(company, capsys)
    Item.objects.filter(company=company, sku="BOLT").update(weight=20_000)
    shed = Location.objects.get(company=company, code="SHED")
    Location.objects.create(company=company, code="TABLE", kind="internal", purpose="packing", parent=shed)
    for place in ("BIN-1", "BIN-2"):
        shop("receive", "--supplier", "SMITH", "--line", "BOLT=10@2", "--day", "2026-03-02", "--to", place)
    return shop


def rows(shop: Shop, *arguments: object) -> list[dict[str, Any]]:
    found = json.loads(shop(*arguments, "--format", "json").out)
    assert isinstance(found, list)
    return found


def ordered(shop: Shop, quantity: int) -> str:
    more = ("--from", "SHED", "--day", "2026-03-03", "--confirm")
    return shop.number("so", "create", "JONES", "--line", f"BOLT={quantity}@5", *more)


DAY = ("--day", "2026-03-04")


def test_from_the_pick_list_to_the_signature(shop: Shop) -> None:
    first, second = ordered(shop, 8), ordered(shop, 6)
    number = shop.number("pick", "create", first, second, "--tote", "A", "--tote", "B", *DAY)
    assert number == "PL-2026-000001"
    assert [
        (row["location"], row["order"], row["tote"], row["quantity"]) for row in rows(shop, "pick", "orders", number)
    ] == [
        ("BIN-1", first, "A", "8"),
        ("BIN-1", second, "B", "2"),
        ("BIN-2", second, "B", "4"),
    ]
    wrong = shop("pick", "confirm", number, "--line", "1=10", "--scanned", "NUT", *DAY, status=1)
    assert wrong.refusal[0] == "“NUT” is not the code of BOLT, which line 1 asks for."
    assert shop.number("pick", "confirm", number, "--line", "1=8", "--scanned", "BOLT", *DAY)[:3] == "TR-"
    said = shop("pick", "short", number, "1", "--reason", "damaged", "--note", "wet", *DAY).lines
    assert said[0] == "2 is taken from elsewhere: line 3."
    [count] = rows(shop, "pick", "counts")
    assert (count["item"], count["location"], count["reason"], count["note"]) == ("BOLT", "BIN-1", "damaged", "wet")
    shop("pick", "confirm", number, *DAY)
    lines = [(line["location"], line["picked"], line["missing"]) for line in shown(shop, number)["lines"]]
    assert lines == [("BIN-1", "8", "2"), ("BIN-2", "4", None), ("BIN-2", "2", None)]
    shop("pack", "prefix", "4012345")
    assert shop("pack", "create", first, "--tare", "0.5").lines == ["Package 1, SSCC 040123450000000016, 0.66 kg."]
    shop("carrier", "set", "DHL", "--tracking-url", "https://example.com/{number}")
    shop("carrier", "plan", first, "--carrier", "DHL", "--service", "express", "--on", "2026-03-05")
    shipment = shop.number("pick", "ship", number, "--order", first, *DAY)
    assert shop("carrier", "plan", shipment, "--tracking", "J1").lines == [
        f"Planned for {shipment}: https://example.com/J1."
    ]
    [leaving] = rows(shop, "carrier", "manifest", "DHL", "--to", "2026-03-05")
    assert (leaving["shipment"], leaving["service"], leaving["packages"], leaving["kg"]) == (
        shipment,
        "express",
        "1",
        "0.66",
    )
    assert [row["quantity"] for row in rows(shop, "pack", "list", "--shipment", shipment)] == ["8"]
    shop("so", "deliver", shipment, "--on", "2026-03-06", "--signed-by", "J. Jones")
    shop("pack", "create", second)
    shop("pack", "undo", 2)
    assert shop("pick", "cancel", number, "--reason", "x", *DAY).lines[0].startswith(f"{number} is completed")
    shop("pick", "counts", "--done", count["id"])
    assert rows(shop, "pick", "counts") == []
    shop("verify")


@pytest.mark.usefixtures("home")
def test_goods_from_several_places_are_one_line_to_whoever_pays(shop: Shop) -> None:
    order = ordered(shop, 14)
    number = shop.number("pick", "create", order, *DAY)
    shop("pick", "confirm", number, *DAY)
    shop("pick", "ship", number, *DAY)
    said_of = shop("so", "invoice", order, *DAY).lines[0]
    invoice = said_of.split()[0]
    assert said_of.startswith(f"{invoice} is posted: 1 line, 70.00 USD")
    said = shown(shop, invoice)
    assert [(line["line"], line["quantity"], line["net"]) for line in said["lines"]] == [
        (1, "10", "50.00"),
        (2, "4", "20.00"),
    ]
    [line] = [line for line in shop("document", "show", invoice).lines if "BOLT" in line]
    assert line.split() == ["1,", "2", "BOLT", "Bolt", "M8", "14", "each", "5.00", "70.00", "0.00"]
    shop("document", "print", invoice, "--output", "out.pdf", "--language", "en")
    assert words(Path("out.pdf").read_bytes()).count("BOLT") == 1
    shop("so", "credit", invoice, "--price-off", "1=10%", "--price-off", "2=10%", *DAY)
    shop("verify")


@pytest.mark.usefixtures("home")
def test_waves_and_what_goes_back(shop: Shop) -> None:
    first = ordered(shop, 3)
    number = shop.number("pick", "wave", "--due-by", "2026-03-09", "--most-lines", 5, *DAY)
    shop("pick", "confirm", number, *DAY)
    shop("so", "cancel", first, "--reason", "changed its mind")
    shop("pick", "put-back", number, *DAY)
    assert [row["state"] for row in rows(shop, "pick", "list")] == ["completed"]
    shop("pick", "wave", *DAY, status=1)
    second = ordered(shop, 2)
    shipment = shop.number("so", "ship", second, *DAY)
    shop("pack", "prefix", "4012345")
    slip = ("document", "print", shipment, "--paper", "packing-slip", "--output", "slip.pdf", "--language", "en")
    shop(*slip)
    assert "Package" not in words(Path("slip.pdf").read_bytes())
    assert shop("pack", "create", shipment, "--line", "1=0.5", "--weight", "1.5").lines[0].endswith(", 1.5 kg.")
    assert shop(*slip, status=1).refusal == (
        f"Of {shipment}, something of line 1 is in no package.",
        f"Pack the rest first: everstock pack create {shipment}",
    )
    shop("pack", "create", shipment, "--length", 300, "--width", 200)
    assert "is packed" in shop("pack", "create", shipment, status=1).refusal[0]
    shop(*slip)
    first, second = page_texts(Path("slip.pdf").read_bytes())
    [one, other] = rows(shop, "pack", "list", "--shipment", shipment)
    assert "Package 1 of 2" in first
    assert "Weight 1.5 kg" in first
    assert "each" in first
    assert f"(00){one['sscc']}" in first
    assert "Package 2 of 2" in second
    assert "300 × 200 mm" in second
    assert "JONES" in second
    assert "1.5 each" in second
    assert f"(00){other['sscc']}" in second
    shop("verify")


@pytest.mark.parametrize(
    "command",
    [
        "pick create",
        "pick confirm PL-1 --scanned X",
        "pick confirm PL-1 --line 1 --line 2 --lot X",
        "pick short PL-1 1",
        "pick short PL-1 1 --reason sad",
    ],
)
def test_wrong_usage(shop: Shop, command: str) -> None:
    shop(*command.split(), status=2)


def test_who_may(shop: Shop) -> None:
    shop("user", "create", "sue", "--role", "seller")
    order = ordered(shop, 1)
    for command in (("pick", "create", order), ("pick", "wave"), ("carrier", "plan", order, "--service", "x")):
        assert "may not ship goods" in shop(*command, "--as", "sue", status=1).refusal[0]
    assert "may not change the settings" in shop("pack", "prefix", "4012345", "--as", "sue", status=1).refusal[0]
