"""Lots and serial numbers that are read from the goods: at the till, when they are shipped in one step, packed, and come back."""

import json
from typing import Any

import pytest

from everstock.masterdata import actions
from everstock.masterdata.models import Item
from tests.interfaces.shop import Shop

DAY = ("--day", "2026-03-05")


@pytest.fixture
def counter(shop: Shop) -> Shop:
    """Three pumps by serial number, and milk of which the old expires first, in the shed; a till that sells from there."""
    items = actions.ensure_items(company=shop.company, skus=["PUMP", "MILK"])
    Item.objects.filter(pk=items["PUMP"]).update(tracking="serial")
    Item.objects.filter(pk=items["MILK"]).update(tracking="lot")
    came: tuple[str, ...] = ("--line", "PUMP=3@50", "--line", "MILK=20@1", "--lot", "MILK=OLD:10,expires=2026-03-09")
    came += ("--lot", "MILK=NEW:10,expires=2026-06-09", *(word for n in "123" for word in ("--lot", f"PUMP=S-{n}")))
    shop("receive", "--supplier", "SMITH", *came, "--to", "SHED", "--day", "2026-03-02")
    shop("channel", "set", "T1", "--kind", "point_of_sale", "--from", "SHED", "--customer", "JONES", "--series", "TA")
    shop("channel", "means", "T1", "cash", "1000")
    return shop


def left(shop: Shop, shipment: str) -> list[tuple[str, str]]:
    found: dict[str, Any] = json.loads(shop("document", "show", shipment, "--format", "json").out)
    return [(line["lot"], line["quantity"]) for line in found["lines"]]


def test_what_was_read_at_the_till_leaves(counter: Shop) -> None:
    sell = ("till", "sell", "T1", "--pay", "cash", *DAY)
    counter(*sell, "--line", "PUMP=2@99", "--lot", "PUMP=S-3", "--lot", "PUMP=S-1", "--key", "k")
    assert left(counter, "SH-TA-2026-000001") == [("S-3", "1"), ("S-1", "1")]
    # without a lot, what expires first; of two, so much of each, and what is left of it
    counter(*sell, "--line", "MILK=2@2")
    counter(*sell, "--line", "MILK=5@2", "--line", "MILK=1@2", "--lot", "MILK=NEW:4", "--lot", "MILK=OLD")
    assert left(counter, "SH-TA-2026-000002") == [("OLD", "2")]
    assert left(counter, "SH-TA-2026-000003") == [("NEW", "4"), ("OLD", "1"), ("OLD", "1")]
    for words, cause in (
        ("PUMP=1@9 --lot PUMP=S-3", "1 of PUMP would be shipped, and 0 can be taken."),
        ("PUMP=1@9 --lot PUMP=S-9", "There is no lot S-9 of item PUMP."),
        ("PUMP=1@9 --lot PUMP=S-2 --lot PUMP=S-2", "Lot S-2 of PUMP is named twice."),
        ("PUMP=1@9 --lot PUMP=S-2 --lot PUMP=S-1", "Some of lot S-1 of PUMP would leave, and 0 of it is sold."),
        ("PUMP=1@9 --lot MILK=NEW", "Lot NEW is of an item that is not sold."),
        ("MILK=1@9 --lot MILK=NEW:2", "2 of lot NEW of MILK would leave, and 1 of it is sold."),
        ("MILK=3@9 --lot MILK=NEW:2", "3 of MILK would be shipped, and 2 can be taken."),
        ("MILK=1@9 --lot MILK=OLD --day 2026-03-10", "Lot OLD of item MILK expired on 2026-03-09."),
        (
            "PUMP=2@99 --lot PUMP=S-1 --lot PUMP=S-3 --key k",
            "The key “k” was used for another request, which made CI-TA-2026-000001.",
        ),
    ):
        assert counter(*sell, "--line", *words.split(), status=1).refusal[0] == cause
    assert (
        "The days of a lot"
        in counter(*sell, "--line", "MILK=1@9", "--lot", "MILK=NEW,expires=2026-06-09", status=2).err
    )
    counter("verify")


def test_what_comes_back_to_the_till_is_what_was_sold(counter: Shop) -> None:
    sold = counter.number(
        "till", "sell", "T1", "--line", "PUMP=2@99", "--lot", "PUMP=S-3", "--lot", "PUMP=S-1", "--pay", "cash", *DAY
    )
    back = ("till", "return", "T1", sold, "--pay", "cash", *DAY)
    assert counter(*back, "--line", "PUMP", status=1).refusal[0].startswith("Item PUMP stands on several lines:")
    assert (
        counter(*back, "--line", "PUMP", "--lot", "PUMP=S-2", status=1).refusal[0]
        == f"There is no line PUMP of lot S-2 on {sold}."
    )
    said = counter(*back, "--line", "1", "--lot", "1=S-1", status=1).refusal[0]
    assert said == "Line 1: lot S-1 did not go with that line of the shipment."
    assert (
        counter(*back, "--lot", "PUMP=S-1", status=1).refusal[0]
        == "A lot is given for PUMP, and no --line is called so."
    )
    counter(*back, "--line", "PUMP", "--lot", "PUMP=S-1")
    swap = (
        "till",
        "exchange",
        "T1",
        sold,
        "--back",
        "PUMP",
        "--back-lot",
        "PUMP=S-3",
        "--line",
        "PUMP=1@99",
        "--lot",
        "PUMP=S-1",
        *("--day", "2026-03-06"),
    )
    counter(*swap)
    assert left(counter, "SH-TA-2026-000002") == [("S-1", "1")]
    last = json.loads(counter("return", "lot", "PUMP", "S-3", "--format", "json").out)[-1]
    assert (last["document"], last["out"]) == ("RM-TA-2026-000002", "0")
    counter("verify")


def test_a_lot_is_shipped_in_one_step(counter: Shop) -> None:
    order = counter.number(
        "so", "create", "JONES", "--line", "PUMP=2@99", "--line", "MILK=6@2", "--from", "SHED", "--confirm", *DAY
    )
    ship = ("so", "ship", order, *DAY)
    for words, cause in (
        ("PUMP=1 --lot MILK=NEW", "A lot is given for MILK, of which nothing leaves."),
        ("PUMP=1 --lot PUMP=S-9", "There is no lot S-9 of item PUMP."),
        ("PUMP=2 --lot PUMP=S-3", "2 of PUMP would be shipped, and 1 can be taken."),
        ("MILK=6 --lot MILK=NEW:2 --lot MILK=OLD:3", "The lots of item MILK do not add up to what leaves of it."),
        ("MILK --lot MILK=OLD --day 2026-03-10", "Lot OLD of item MILK expired on 2026-03-09."),
    ):
        assert counter(*ship, "--line", *words.split(), status=1).refusal[0] == cause
    milk = ("--line", "2=6", "--lot", "2=NEW:4", "--lot", "2=OLD:2")
    counter(*ship, "--line", "PUMP=1", "--lot", "PUMP=S-3", *milk)
    assert left(counter, "SH-2026-000001") == [("S-3", "1"), ("NEW", "4"), ("OLD", "2")]
    counter(*ship, "--line", "PUMP", "--lot", "PUMP=S-1", "--from", "SHED")
    assert left(counter, "SH-2026-000002") == [("S-1", "1")]
    counter("verify")


def test_a_lot_goes_into_a_package(counter: Shop) -> None:
    order = counter.number(
        "so", "create", "JONES", "--line", "PUMP=2@99", "--line", "MILK=12@2", "--from", "SHED", "--confirm", *DAY
    )
    shipment = counter.number("so", "ship", order, *DAY)
    pack = ("pack", "create", shipment)
    lots = [lot for lot, _ in left(counter, shipment)]
    assert lots == ["S-1", "S-2", "OLD", "NEW"]
    said = counter(*pack, "--line", "2", "--lot", "2=S-1", status=1).refusal[0]
    assert said == "Of line 2, 0 can be packed."
    assert (
        counter(*pack, "--line", "2", "--lot", "1=S-1", status=1).refusal[0]
        == "A lot is given for 1, of which nothing is packed."
    )
    counter(*pack, "--line", "2", "--lot", "2=S-2", "--line", "4=1")
    counter(*pack)
    found = json.loads(counter("pack", "list", "--shipment", shipment, "--format", "json").out)
    assert [(row["package"], row["lot"], row["quantity"]) for row in found] == [
        ("1", "S-2", "1"),
        ("1", "NEW", "1"),
        ("2", "S-1", "1"),
        ("2", "NEW", "1"),
        ("2", "OLD", "10"),
    ]
    counter("verify")
