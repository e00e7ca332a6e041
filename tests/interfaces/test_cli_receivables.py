"""What customers owe and pay, at the command line: every command, what it prints, how it refuses, who may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.interfaces.papers import words
from tests.interfaces.shop import Shop, open_shop

if TYPE_CHECKING:
    from everstock.masterdata.models import Company


@pytest.fixture
def shop(company: Company, capsys: pytest.CaptureFixture[str]) -> Shop:
    shop = open_shop(company, capsys)
    shop("receive", "--supplier", "SMITH", "--line", "BOLT=100@2", "--day", "2026-03-01", "--to", "DOCK")
    return shop


def rows(shop: Shop, *arguments: object) -> list[dict[str, Any]]:
    found = json.loads(shop(*arguments, "--format", "json").out)
    assert isinstance(found, list)
    return found


def ordered(shop: Shop, quantity: int = 10) -> str:
    line = ("--line", f"BOLT={quantity}@5", "--from", "DOCK", "--day", "2026-03-02", "--confirm")
    return shop.number("so", "create", "JONES", *line)


def billed(shop: Shop, quantity: int = 10, day: str = "2026-03-02") -> str:
    shipment = shop.number("so", "ship", ordered(shop, quantity), "--day", "2026-03-02")
    return shop.number("so", "invoice", shipment, "--day", day)


def test_what_cannot_be_credited_is_called_by_its_line(shop: Shop) -> None:
    order = ("JONES", "--line", "BOLT=4@0", "--line", "BOLT=10@5", "--from", "DOCK", "--day", "2026-03-02", "--confirm")
    shipment = shop.number("so", "ship", shop.number("so", "create", *order), "--day", "2026-03-02")
    invoice = shop.number("so", "invoice", shipment, "--day", "2026-03-02")
    for off, cause, remedy in (
        ("1=10%", f"For line 1 of {invoice} nothing was billed.", "Name a line with an amount; of a kit its own line."),
        ("2=0", f"Nothing of line 2 of {invoice} would be credited.", "Enter an amount above zero."),
        (
            "2=50.01",
            f"50.00 USD are left of line 2 of {invoice}, and 50.01 USD would be credited.",
            "Credit at most what is left.",
        ),
    ):
        assert shop("so", "credit", invoice, "--price-off", off, status=1).refusal == (cause, remedy)


def test_invoices_are_paid_credited_and_written_off(shop: Shop) -> None:
    first, second = billed(shop), billed(shop, 4)
    day = ("--day", "2026-03-09")
    note = shop.number("so", "credit", first, "--price-off", "BOLT=10%", *day)
    paid = shop.number("so", "pay", first, note, f"{second}=19.50", "--amount", "70.00", *day)
    assert paid == "CP-2026-000001"
    [row] = rows(shop, "so", "receivables", "--as-of", "2026-03-31")
    assert (row["number"], row["open"], row["overdue"]) == (second, "0.50", "29")
    untaxed = shop("so", "write-off", second, "--tax", "--reason", "bank charges", *day, status=1).refusal[0]
    assert untaxed == f"There is no output tax in what would be written off of {second}."
    assert (
        shop("so", "write-off", second, "--reason", "bank charges", *day)
        .lines[0]
        .startswith("CP-2026-000002 is posted")
    )
    assert rows(shop, "so", "receivables", "--as-of", "2026-03-31") == []
    later = billed(shop, 1)
    shop("so", "apply", paid, later, *day)
    statement = rows(shop, "so", "statement", "JONES", "--from", "2026-03-03", "--to", "2026-03-31")
    turned = ("JONES", "--from", "2026-03-31", "--to", "2026-03-03")
    for command in (("so", "statement"), ("customer", "print")):
        refusal = shop(*command, *turned, status=1).refusal
        assert refusal[0] == "The range ends on 2026-03-03, before it begins on 2026-03-31."
    assert [(row["number"], row["amount"], row["balance"]) for row in statement] == [
        ("", "0.00", "75.00"),
        (note, "-5.00", "70.00"),
        (paid, "-70.00", "0.00"),
        ("CP-2026-000002", "-0.50", "-0.50"),
    ]
    shop("document", "cancel", "CP-2026-000002", "--reason", "It came", *day)
    [row] = rows(shop, "so", "receivables", "--by", "customer", "--as-of", "2026-03-31")
    assert (row["customer"], row["overdue_1_30"], row["total"]) == ("JONES", "0.50", "0.50")
    refused = shop("so", "pay", f"{second}=1.00", *day, status=1)
    assert refused.refusal[0] == f"0.50 USD of {second} are open, and 1.00 USD would be paid."
    assert shop("so", "credit", first, *day, status=1).refusal[0] == f"{first} is an invoice, and no price is credited."
    shop("verify")


def test_an_order_is_paid_in_advance_and_billed_by_itself(shop: Shop) -> None:
    order = ordered(shop)
    shop("so", "prepay", "JONES", "50.00", "--order", order, "--day", "2026-03-02")
    shop("so", "ship", order, "--day", "2026-03-02")
    told = shop("so", "invoice", order, "--day", "2026-03-03").lines
    assert told[0].startswith("CI-2026-000001 is paid")
    shop("verify")


def test_everything_shipped_through_a_day_is_billed_at_once(shop: Shop) -> None:
    for day in ("2026-03-02", "2026-03-05", "2026-03-31"):
        shop("so", "ship", ordered(shop), "--day", day)
    asked = ("so", "invoice", "--customer", "JONES", "--through", "2026-03-30", "--day", "2026-03-30", "--key", "M")
    assert shop(*asked).lines[0].startswith("CI-2026-000001 is posted: 2 lines, 100.00 USD")
    assert shop(*asked, "--quiet").out == "CI-2026-000001\n"
    assert shop("so", "invoice", status=2).err
    assert shop("so", "invoice", "SH-2026-000003", "--customer", "JONES", status=2).err


def test_customers_are_reminded_unless_they_dispute(shop: Shop) -> None:
    first, second = billed(shop), billed(shop, 4)
    shop("so", "dispute", second, "--reason", "short")
    [row] = rows(shop, "so", "dunning", "--as-of", "2026-03-20")
    assert (row["number"], row["level"], row["reminder"]) == (first, "2", "Second reminder")
    assert shop("so", "remind", first, "--day", "2026-03-20").out == f"{first}: reminder 2\n"
    assert rows(shop, "so", "dunning", "--as-of", "2026-03-20") == []
    assert len(rows(shop, "so", "dunning", "--as-of", "2026-03-20", "--all")) == 2
    assert shop("so", "remind", second, "--day", "2026-03-20", status=1).refusal[0] == f"{second} is disputed: short."
    shop("so", "dispute", second, "--settled", "--reason", "credited")
    paid = billed(shop)
    shop("so", "pay", paid, "--day", "2026-03-20")
    closed = (f"{paid} is paid, so nothing of it is asked for.", "Name an invoice of which something is open.")
    assert shop("so", "remind", paid, status=1).refusal == closed
    assert shop("so", "dispute", paid, "--reason", "late", status=1).refusal == closed
    assert [row["number"] for row in rows(shop, "so", "dunning", "--as-of", "2026-03-20")] == [second]


def test_levels_of_dunning_are_said_and_the_letter_is_called_after_them(shop: Shop, tmp_path: Path) -> None:
    first, second = billed(shop), billed(shop, 4)
    shop("so", "dispute", second, "--reason", "short")
    usual = rows(shop, "so", "dunning-levels")
    assert [(row["days_overdue"], row["reminder"]) for row in usual] == [
        ("1", "Reminder"),
        ("15", "Second reminder"),
        ("30", "Last reminder"),
    ]
    letter = ("so", "print-reminder", "JONES", "--day", "2026-03-20", "--output", tmp_path / "letter.pdf")
    shop(*letter, "--language", "de")
    printed = words((tmp_path / "letter.pdf").read_bytes())
    assert "Zweite Mahnung JONES" in printed
    assert "27.03.2026" in printed
    assert first in printed
    assert second not in printed
    shop("so", "dunning-levels", "--level", "10=Please", "--level", "18=Now, please")
    shop(*letter, "--pay-by", "2026-04-30", "--language", "en")
    printed = words((tmp_path / "letter.pdf").read_bytes())
    assert "Now, please JONES" in printed
    assert "30 Apr 2026" in printed
    last = shop("so", "print-reminder", "JONES", "--day", "9999-12-31", status=1).refusal
    assert last == ("No calendar has the day that this comes to.", "Enter a nearer day.")
    early = shop("so", "print-reminder", "JONES", "--day", "2026-03-08", status=1).refusal
    assert early[0] == "There is nothing in USD to remind JONES of on 2026-03-08."
    for wrong in ("x=Now", "0=Now", "-1=Now", "9999999999=Now"):
        assert shop("so", "dunning-levels", "--level", wrong, status=1).refusal
    assert shop("so", "dunning-levels", "--level", "1=Now", "--usual", status=2).err
    assert shop("so", "dunning-levels", "--usual").out
    assert rows(shop, "so", "dunning-levels") == usual


def test_a_letter_asks_for_no_more_than_is_owed(shop: Shop, tmp_path: Path) -> None:
    """Of 50.00: a credit of 5.00, 1.50 on account; what was paid for an order that is to be billed, or credited otherwise, is not taken off."""
    first, other = billed(shop), billed(shop, 4, day="2026-03-19")
    day = ("--day", "2026-03-09")
    shop("so", "credit", first, "--price-off", "BOLT=10%", *day)
    shop("so", "credit", other, "--price-off", "BOLT=10%", "--day", "2026-03-19")
    shop("so", "prepay", "JONES", "1.50", *day)
    shop("so", "prepay", "JONES", "7.00", "--order", ordered(shop), *day)
    letter = ("so", "print-reminder", "JONES", "--day", "2026-03-19", "--output", tmp_path / "letter.pdf")
    shop(*letter)
    printed = words((tmp_path / "letter.pdf").read_bytes())
    assert "Total 50.00" in printed
    assert "Your credit -6.50" in printed
    assert "Please pay USD 43.50" in printed
    shop("so", "prepay", "JONES", "43.50", *day)
    refused = shop(*letter, status=1).refusal
    assert refused[0] == "What JONES has to its credit is enough for all that it would be reminded of on 2026-03-19."


def test_what_is_owed_is_a_report_too_also_as_known_before(shop: Shop) -> None:
    billed(shop)
    shop("invoice", "post", "SMITH", "R-1", "--receipt", "GR-2026-000001", "--rest", "--day", "2026-03-02")
    day = ("--as-of", "2026-03-20")
    for report, command, by in (
        ("receivables", ("so", "receivables"), "customer"),
        ("payables", ("invoice", "open"), "supplier"),
    ):
        for wanted in ((), ("--by", by)):
            found = rows(shop, "report", report, *wanted, *day)
            assert len(found) == 1
            assert found == rows(shop, *command, *wanted, *day)
            assert rows(shop, "report", report, *wanted, *day, "--known-at", "2020-01-01") == []
    shop("user", "create", "ann", "--role", "seller")
    assert shop("report", "receivables", "--as", "ann").out
    assert "ann" in shop("report", "payables", "--as", "ann", status=1).refusal[0]


@pytest.mark.parametrize(
    "role, command, may",
    [
        ("accountant", "receivables", True),
        ("seller", "receivables", True),
        ("warehouse_worker", "receivables", False),
        ("warehouse_worker", "statement JONES --from 2026-01-01", False),
        ("seller", "dunning", True),
        ("seller", "pay {0}", False),
        ("accountant", "pay {0}", True),
        ("seller", "write-off {0} --reason x", False),
        ("accountant", "write-off {0} --reason x", False),
        ("seller", "remind {0} --day 2026-03-09", False),
        ("seller", "dunning-levels", True),
        ("seller", "dunning-levels --level 1=Now", False),
        ("warehouse_worker", "print-reminder JONES --day 2026-03-20", False),
        ("seller", "credit {0} --price-off 1=1.00", False),
        ("accountant", "credit {0} --price-off 1=1.00", True),
    ],
)
def test_who_may(shop: Shop, role: str, command: str, may: bool) -> None:
    invoice = billed(shop)
    shop("user", "create", "ann", "--role", role)
    printed = shop("so", *command.format(invoice).split(), "--as", "ann", status=0 if may else 1)
    # nobody learns what goods cost from what customers owe
    assert "2.00" not in printed.out
    assert may or "ann" in printed.refusal[0]
