"""Returns of customers at the command line, in this process: every command, what it prints, how it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.interfaces.shop import Shop, contents, open_shop, shown, table

if TYPE_CHECKING:
    from everstock.masterdata.models import Company

DAY = ("--day", "2026-03-04")


@pytest.fixture
def shop(company: Company, capsys: pytest.CaptureFixture[str]) -> Shop:
    from everstock.masterdata.models import Location

    shop = open_shop(company, capsys)
    for code in ("RETURNS", "WORKSHOP"):
        Location.objects.create(company=company, code=code, kind="internal", purpose="quality")
    received = ("receive", "--supplier", "SMITH", "--day", "2026-03-01", "--to", "SHED")
    shop(*received, "--line", "BOLT=100@1", "--line", "PUMP=1@50", "--lot", "PUMP=S-1")
    return shop


def shipped(shop: Shop, *lines: str) -> str:
    wanted = [word for line in lines for word in ("--line", line)]
    day = ("--day", "2026-03-02")
    order = shop.number("so", "create", "JONES", *wanted, "--from", "SHED", "--confirm", *day)
    return shop.number("so", "ship", order, *day)


def test_approved_received_inspected(shop: Shop) -> None:
    shipment = shipped(shop, "BOLT=10@3")
    shop("so", "invoice", shipment, "--day", "2026-03-02")
    approved = shop(
        *(
            "return",
            "approve",
            shipment,
            "--line",
            "BOLT=4",
            "--to",
            "RETURNS",
            "--fee-rate",
            "10%",
            "--reason",
            "too long",
        ),
        *("--day", "2026-03-03", "--key", "k"),
    )
    assert approved.lines == [
        "RM-2026-000001 is approved: 1 line, 10.80 USD.",
        "Next: everstock return receive RM-2026-000001",
    ]
    came = shop("return", "receive", "RM-2026-000001", "--line", "BOLT=3", *DAY)
    assert came.lines == ["RM-2026-000001 is posted: 1 line, 8.10 USD."]
    inspect = ("return", "inspect", "RM-2026-000001", *DAY)
    shop(*inspect, "--line", "BOLT=1", "--repair", "WORKSHOP", "--charge", "12.50")
    shop(*inspect, "--line", "1=1", "--scrap", "--reason", "bent")
    rest = shop.number(*inspect, "--restock", "SHED", "--key", "rest")
    assert shop.number(*inspect, "--restock", "SHED", "--key", "rest") == rest
    assert shop(*inspect, "--restock", "SHED", status=1).refusal == (
        "All that RM-2026-000001 brought was inspected or moved.",
        "Look at its transfers.",
    )
    found = table(shop("report", "stock", "--item", "BOLT", "--format", "csv").out)
    assert {row["location"]: row["quantity"] for row in found} == {"SHED": "91", "WORKSHOP": "1"}
    [row] = table(shop("return", "list", "--customer", "JONES", "--format", "csv").out)
    assert (row["number"], row["state"], row["gross"]) == ("RM-2026-000001", "posted", "8.10")
    assert shown(shop, "RM-2026-000001")["resolution"] == "credit"
    assert "Made from: " in shop("return", "show", "RM-2026-000001").out
    assert shop("return", "cancel", "RM-2026-000001", "--reason", "x", status=1).refusal == (
        "What RM-2026-000001 brought was inspected or moved.",
        "Cancel its transfers first.",
    )
    shop("verify")


def test_received_at_once_and_cancelled(shop: Shop) -> None:
    shipment = shipped(shop, "BOLT=10@3")
    back = ("return", "receive", shipment, "--line", "BOLT", "--to", "RETURNS", *DAY, "--key", "k")
    assert shop.number(*back) == "RM-2026-000001"
    assert shop.number(*back) == "RM-2026-000001"
    free = ("return", "receive", "--customer", "JONES", "--to", "SHED", *DAY)
    assert shop(*free, "--line", "BOLT=2@3", "--quiet").lines == ["RM-2026-000002"]
    assert shop("return", "cancel", "RM-2026-000001", "--reason", "kept").lines == [
        "RM-2026-000001 is cancelled: 1 line."
    ]
    shop("document", "cancel", "RM-2026-000002", "--reason", "kept")
    again = ("return", "receive", shipment, "--line", "1=2", "--to", "RETURNS", *DAY)
    shop(*again, "--resolve", "replacement", "--fee", "0.00")
    assert [row["gross"] for row in table(shop("so", "list", "--state", "requested", "--format", "csv").out)] == [
        "6.00"
    ]
    shop("verify")


def test_where_a_serial_number_was(shop: Shop) -> None:
    shipment = shipped(shop, "PUMP=1@99")
    returned = shop.number(
        "return", "receive", shipment, "--line", "PUMP", "--lot", "PUMP=S-1", "--to", "RETURNS", *DAY
    )
    assert table(shop("return", "lot", "PUMP", "S-1", "--format", "csv").out) == [
        {
            "day": "2026-03-02",
            "what": "shipped",
            "document": shipment,
            "customer": "JONES",
            "quantity": "1",
            "out": "1",
        },
        {
            "day": "2026-03-04",
            "what": "returned",
            "document": returned,
            "customer": "JONES",
            "quantity": "1",
            "out": "0",
        },
    ]
    shop("user", "create", "adam", "--role", "administrator")
    assert "may not" in shop("return", "lot", "PUMP", "S-1", "--as", "adam", status=1).refusal[0]
    assert shop("return", "lot", "PUMP", "S-9", status=1).refusal[0] == "There is no lot S-9 of item PUMP."


@pytest.mark.parametrize(
    "command, status, said",
    [
        ("receive", 2, "Name the shipments"),
        ("receive {} --customer JONES --line BOLT=1", 2, "Name the shipments"),
        ("receive {}", 2, "Say what comes back"),
        ("receive --customer JONES --line BOLT", 2, "Say how much of BOLT comes back"),
        ("receive {} --line BOLT=1", 1, "Line 1 does not say where the goods go."),
        (
            "receive {} --line BOLT=1 --lot NUT=L1 --to RETURNS",
            1,
            "A lot is given for NUT, and no --line is called so.",
        ),
        ("receive {} --line BOLT=1 --lot BOLT=L1 --lot BOLT=L2 --to RETURNS", 1, "Two lots are given for BOLT."),
        ("receive {} --line BOLT=1@2 --to RETURNS", 1, "Line 1 names a price"),
        ("receive {} --line BOLT=11 --to RETURNS", 1, "can come back, and 11 would"),
        ("receive {} --line BOLT=1 --to RETURNS --fee 1", 1, "More would be kept back"),
        ("receive RM-2026-000009", 1, "There is no sales return RM-2026-000009"),
        ("inspect RM-2026-000009", 2, "Say one of --restock"),
        ("inspect RM-2026-000009 --scrap --charge 1", 2, "A charge is for what is repaired"),
    ],
)
def test_refused(shop: Shop, command: str, status: int, said: str) -> None:
    shipment = shipped(shop, "BOLT=10@3")
    before = contents()
    printed = shop("return", *command.format(shipment).split(), status=status)
    assert said in printed.err
    assert contents() == before


@pytest.mark.parametrize(
    "role, command, may",
    [
        ("seller", "approve {} --line BOLT=1 --to RETURNS", True),
        ("seller", "receive {} --line BOLT=1 --to RETURNS", False),
        ("warehouse_worker", "approve {} --line BOLT=1 --to RETURNS", False),
        ("warehouse_worker", "receive {} --line BOLT=1 --to RETURNS", True),
        ("auditor", "receive {} --line BOLT=1 --to RETURNS", False),
    ],
)
def test_who_may(shop: Shop, role: str, command: str, may: bool) -> None:
    shipment = shipped(shop, "BOLT=10@3")
    shop("user", "create", "ann", "--role", role)
    before = contents()
    printed = shop("return", *command.format(shipment).split(), "--as", "ann", status=0 if may else 1)
    if may:
        assert "cost" not in printed.out
    else:
        assert "may not" in printed.refusal[0]
        assert contents() == before


def test_of_an_approved_return_only_what_came_is_said(shop: Shop) -> None:
    shipment = shipped(shop, "BOLT=10@3")
    number = shop.number("return", "approve", shipment, "--line", "BOLT=4", "--to", "RETURNS")
    assert "only what came" in shop("return", "receive", number, "--fee", "1", status=2).err
    assert "LINE=QUANTITY" in shop("return", "receive", number, "--line", "BOLT=1box", status=2).err
    assert shop("return", "receive", number, "--line", "BOLT=5", status=1).refusal[0].startswith("More came of line 1")
