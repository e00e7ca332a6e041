"""What is billed, credited and paid, at the command line: every command, what it prints, how it refuses."""

from __future__ import annotations

import csv
import json
import shlex
from io import StringIO

from tests.interfaces.books import balance, select
from tests.interfaces.shop import Shop


def rows(shop: Shop, *arguments: object) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(shop(*arguments, "--format", "csv").out)))


def received(shop: Shop, *lines: str, more: tuple[str, ...] = ()) -> tuple[str, str]:
    """An order and the receipt of all of it."""
    order = shop.sent(*lines, more=more)
    return order, shop.number("receive", order, "--day", "2026-03-09")


def balances(shop: Shop, *codes: str) -> list[str]:
    return [str(balance(shop.company, code)) for code in codes]


def test_what_is_paid_in_advance_and_what_is_kept_back(shop: Shop) -> None:
    shop("supplier", "terms", "SMITH", "--discount-days", "10", "--discount", "2")
    advance = shop("invoice", "prepay", "SMITH", "30", "--day", "2026-03-02")
    assert advance.lines == ["SP-2026-000001 is posted: 1 line, 30.00 USD.", "Next: everstock invoice apply SP-2026-000001 INVOICE"]  # fmt: skip
    number = shop.number("invoice", "post", "SMITH", "F-1", "--charge", "Toll=100", "--day", "2026-03-09")
    shop("invoice", "apply", "SP-2026-000001", f"{number}=30", "--day", "2026-03-09")
    shop("invoice", "pay", number, "--discount", "--day", "2026-03-19")
    assert balances(shop, "2000", "1310", "1010", "4810") == ["0", "0", "-98.6", "-1.4"]
    assert "cannot be paid" in shop("invoice", "apply", "SP-2026-000001", f"{number}=1", status=1).err
    shop("verify")


def test_an_invoice_that_matches_is_posted_and_paid(shop: Shop) -> None:
    shop("supplier", "terms", "SMITH", "--payment-days", 30)
    _, receipt = received(shop, "BOLT=100@1.50", "NUT=10@2", more=("--tax", "VAT"))
    done = shop("invoice", "post", "SMITH", "INV-1", "--receipt", receipt, "--total", "204.00", "--day", "2026-03-12")
    assert done.lines == [
        "SI-2026-000001 is posted: 2 lines, 204.00 USD, due on 2026-04-11.",
        "Next: everstock invoice pay SI-2026-000001",
    ]
    assert balances(shop, "1200", "1400", "2100", "2000") == ["170", "34", "0", "-204"]
    (owed,) = rows(shop, "invoice", "open", "--as-of", "2026-05-01")
    assert (owed["number"], owed["supplier"], owed["overdue"], owed["open"]) == (
        "SI-2026-000001",
        "SMITH",
        "20",
        "204.00",
    )
    shop("invoice", "pay", "SI-2026-000001=4", "--day", "2026-04-01", "--reference", "BANK-7")
    (aged,) = rows(shop, "invoice", "open", "--by", "supplier", "--as-of", "2026-05-01", "--supplier", "SMITH")
    assert aged == {
        "supplier": "SMITH",
        "not_due": "0.00",
        "overdue_1_30": "200.00",
        "overdue_31_60": "0.00",
        "overdue_61_90": "0.00",
        "overdue_over_90": "0.00",
        "total": "200.00",
    }
    shop("invoice", "pay", "SI-2026-000001", "--day", "2026-04-11")
    assert balances(shop, "2000", "1010") == ["0", "-204"]
    listed = rows(shop, "invoice", "list")
    assert [(row["number"], row["state"]) for row in listed] == [
        ("SP-2026-000002", "posted"),
        ("SP-2026-000001", "posted"),
        ("SI-2026-000001", "paid"),
    ]
    assert not rows(shop, "invoice", "open", "--as-of", "2026-05-01")
    shop("invoice", "cancel", "SP-2026-000002", "--reason", "bounced", "--day", "2026-04-12")
    (owed,) = rows(shop, "invoice", "open", "--as-of", "2026-05-01", "--supplier", "SMITH")
    assert owed["open"] == "200.00"
    assert not rows(shop, "invoice", "open", "--as-of", "2026-05-01", "--supplier", "EURO")


def test_an_invoice_that_differs_is_held_until_somebody_approves_it(shop: Shop) -> None:
    order, receipt = received(shop, "BOLT=100@1.50", "NUT=10@2")
    shop("user", "create", "ada", "--role", "accountant")
    shop("user", "create", "max", "--role", "manager")
    shop("user", "limit", "manager", "supplier_invoice.approve_mismatch", "10")
    bill = (
        "invoice",
        "post",
        "SMITH",
        "INV-1",
        "--receipt",
        receipt,
        "--line",
        "BOLT@1.65-5%",
        "--rest",
        "--day",
        "2026-03-12",
    )
    held = shop(*bill, "--as", "ada")
    assert held.lines == [
        "SI-2026-000001 is on hold: 2 lines, 176.75 USD, due on 2026-03-12.",
        "Next: everstock invoice approve SI-2026-000001",
        "Differs: line 1, price: 150.00 USD expected, 156.75 USD billed.",
    ]
    assert (
        shop("invoice", "approve", "SI-2026-000001", "--as", "ada", status=1)
        .refusal[0]
        .startswith("ada may not approve")
    )
    assert "is posted" in shop("invoice", "approve", "SI-2026-000001", "--as", "max").out
    (one,) = rows(shop, "invoice", "differences", "SI-2026-000001")
    assert (one["item"], one["account"], one["what"], one["amount"]) == ("BOLT", "1200", "in stock", "6.75")
    shown = json.loads(shop("invoice", "show", "SI-2026-000001", "--format", "json").out)
    assert (shown["made_from"], shown["approved_by"]) == ([order, receipt], "max")
    shop("invoice", "cancel", "SI-2026-000001", "--reason", "wrong paper", "--day", "2026-03-13")
    again = shop(
        "invoice",
        "post",
        "SMITH",
        "INV-1",
        "--receipt",
        receipt,
        "--line",
        "1=60@1.6",
        "--approve",
        "--day",
        "2026-03-14",
    )
    assert "is posted: 1 line, 96.00 USD" in again.out
    rest = shop(
        "invoice",
        "post",
        "SMITH",
        "INV-2",
        "--receipt",
        receipt,
        "--charge",
        "Packing=5",
        "--account",
        "5400",
        "--day",
        "2026-03-14",
    )
    assert "is posted: 3 lines, 85.00 USD" in rest.out
    assert balances(shop, "2100", "5400") == ["0", "5"]
    quantity = shop("invoice", "post", "SMITH", "INV-3", "--receipt", receipt, "--line", "NUT=1", "--day", "2026-03-14")
    assert quantity.lines[-1] == "Differs: line 1, quantity: 0 expected, 1 billed."


def test_goods_that_are_billed_first_are_matched_when_they_come(shop: Shop) -> None:
    order = shop.sent("BOLT=100@1.50", more=("--charge", "Freight=10"))
    shop("invoice", "post", "SMITH", "INV-1", "--order", order, "--day", "2026-03-03")
    assert balances(shop, "2100", "6900") == ["150", "10"]
    came = shop("receive", order, "--day", "2026-03-09")
    assert came.lines[1:] == [
        "Next: everstock put-away GR-2026-000001",
        "Matched with SI-2026-000001 by GC-2026-000001.",
    ]
    assert balances(shop, "2100", "1200") == ["0", "150"]
    assert not rows(shop, "grni", "list")
    assert shop.number("receive", order, "--line", "BOLT=1", "--day", "2026-03-09") == "GR-2026-000002"


def test_an_invoice_names_the_receipts_it_was_matched_with(shop: Shop) -> None:
    first, second = shop.sent("BOLT=100@1.50"), shop.sent("NUT=10@2")
    for line in ("BOLT=40", "BOLT=30"):
        shop("receive", first, "--line", line, "--day", "2026-03-09")
    shop("receive", second, "--day", "2026-03-09")
    bill = ("invoice", "post", "SMITH")
    done = shop(*bill, "INV-1", "--order", first, "--line", "BOLT=70", "--day", "2026-03-10")
    assert done.lines[1:] == [
        "Next: everstock invoice pay SI-2026-000001",
        "Matched with GR-2026-000001 and GR-2026-000002 by GC-2026-000001.",
    ]
    # the rest came and was billed apart; the invoice that is held for its price is matched when it is approved
    shop("receive", first, "--day", "2026-03-11")
    held = shop(*bill, "INV-2", "--order", first, "--order", second, "--line", "BOLT@2", "--rest", "--day", "2026-03-12")  # fmt: skip
    assert held.lines[1:] == [
        "Next: everstock invoice approve SI-2026-000002",
        "Differs: line 1, price: 45.00 USD expected, 60.00 USD billed.",
    ]
    assert shop("invoice", "approve", "SI-2026-000002").lines[1:] == [
        "Next: everstock invoice pay SI-2026-000002",
        "Matched with GR-2026-000004 by GC-2026-000002.",
        "Matched with GR-2026-000003 by GC-2026-000003.",
    ]
    # what replaces goods is matched with the receipt of those; a match that was cancelled is not named
    shop("return-supplier", "GR-2026-000003", "--line", "NUT=2", "--expect", "replacement", "--day", "2026-03-13")
    again = ("receive", second, "--line", "NUT=2", "--day", "2026-03-14", "--key", "again")
    assert shop(*again).lines[-1] == "Matched with GR-2026-000003 by GC-2026-000004."
    shop("document", "cancel", "GC-2026-000004", "--reason", "wrong", "--day", "2026-03-14")
    assert shop(*again).lines[-1] == "Next: everstock put-away GR-2026-000005"
    assert shop.number(*bill, "INV-3", "--order", shop.sent("NUT=1@2"), "--day", "2026-03-14") == "SI-2026-000003"


def test_what_went_back_is_credited_and_set_off(shop: Shop) -> None:
    _, receipt = received(shop, "BOLT=100@1.50", "NUT=10@2")
    shop("invoice", "post", "SMITH", "INV-1", "--receipt", receipt, "--day", "2026-03-10")
    back = shop.number("return-supplier", receipt, "--line", "BOLT=20", "--line", "NUT=1", "--day", "2026-03-11")
    shop(
        "invoice",
        "credit",
        "SMITH",
        "CN-1",
        "--return",
        back,
        "--line",
        "BOLT=5",
        "--total",
        "7.50",
        "--day",
        "2026-03-12",
    )
    shop("invoice", "credit", "SMITH", "CN-2", "--return", back, "--day", "2026-03-12")
    assert balances(shop, "2000", "2100", "1200") == ["-138", "0", "138"]
    shop("invoice", "credit", "SMITH", "CN-3", "--receipt", receipt, "--price-off", "BOLT=8", "--charge", "Goodwill=2.50", "--account", "4900", "--day", "2026-03-13")  # fmt: skip
    assert balances(shop, "2000", "1200", "4900") == ["-127.5", "130", "-2.5"]
    paid = shop(
        "invoice", "pay", "SI-2026-000001", "SC-2026-000001", "SC-2026-000002", "SC-2026-000003", "--day", "2026-04-01"
    )
    assert paid.lines == ["SP-2026-000001 is posted: 4 lines, 127.50 USD."]
    assert balances(shop, "2000", "1010") == ["0", "-127.5"]


def test_what_went_back_is_credited_as_it_was_billed_or_as_printed(shop: Shop) -> None:
    _, receipt = received(shop, "BOLT=100@12", "NUT=10@2")
    shop("invoice", "post", "SMITH", "INV-1", "--receipt", receipt, "--line", "BOLT@12.60", "--rest", "--approve", "--day", "2026-03-10")  # fmt: skip
    back = shop.number("return-supplier", receipt, "--line", "BOLT=10", "--line", "NUT=2", "--day", "2026-03-11")
    credit = ("invoice", "credit", "SMITH")
    assert shop(*credit, "CN-1", "--return", back, "--line", "BOLT=4", "--day", "2026-03-12").lines == [
        "SC-2026-000001 is posted: 1 line, 50.40 USD."
    ]
    alone = shop(*credit, "CN-2", "--return", back, "--line", "NUT=1", "--amount", "BOLT=1", status=1)
    assert alone.refusal[0] == "An amount is given for goods that are not credited."
    assert shop(*credit, "CN-2", "--return", back, "--amount", "BOLT=70.01", "--day", "2026-03-12").lines == [
        "SC-2026-000002 is posted: 2 lines, 74.01 USD."
    ]
    assert balances(shop, "2100", "5100") == ["0", "5.59"]


def test_foreign_currency_at_the_rates_of_the_days(shop: Shop) -> None:
    assert shop("rate", "set", "eur", "1.2", "--from", "2026-03-01").lines == ["From 2026-03-01 on, 1 EUR is 1.2 USD."]
    shop("rate", "set", "EUR", "1.25", "--from", "2026-03-10")
    assert [(row["from"], row["rate"]) for row in rows(shop, "rate", "list", "--currency", "eur")] == [
        ("2026-03-10", "1.25"),
        ("2026-03-01", "1.2"),
    ]
    order = shop.sent("BOLT=100@1.50", supplier="EURO")
    receipt = shop.number("receive", order, "--day", "2026-03-05")
    assert balances(shop, "1200") == ["180"]
    shop("invoice", "post", "EURO", "E-1", "--receipt", receipt, "--day", "2026-03-12", "--total", "150")
    assert balances(shop, "1200", "2000") == ["187.5", "-187.5"]
    shop("invoice", "pay", "SI-2026-000001=50", "--rate", "1.3", "--day", "2026-03-20")
    shop("invoice", "pay", "SI-2026-000001", "--bank-amount", "120", "--day", "2026-03-21")
    assert balances(shop, "2000", "1010", "8000", "8100") == ["0", "-185", "-5", "2.5"]
    shop("user", "create", "bea", "--role", "buyer")
    assert shop("rate", "set", "EUR", "1", "--as", "bea", status=1).refusal[0] == "bea may not change exchange rates."
    assert select("SELECT count(*) FROM audit_event WHERE action = 'rate.set'") == [(2,)]


def test_tax_codes_are_kept(shop: Shop) -> None:
    said = shop(
        "tax",
        "set",
        "EU",
        "25",
        "--kind",
        "reverse_charge",
        "--name",
        "Reverse charge",
        "--input",
        "1400",
        "--output",
        "2200",
    )
    assert said.lines == ["Tax EU is 25%, reverse charge."]
    assert shop("tax", "set", "OLD", "7.5%", "--input", "1400", "--inactive").lines == [
        "Tax OLD is 7.5%, standard, inactive."
    ]
    listed = rows(shop, "tax", "list")
    assert [(row["code"], row["percent"], row["output_account"], row["active"]) for row in listed] == [
        ("EU", "25", "2200", "yes"),
        ("OLD", "7.5", "", "no"),
        ("VAT", "20", "", "yes"),
    ]
    assert "An account of the tax code is missing" in shop("tax", "set", "X", "5", status=1).err


def test_landed_costs_are_estimated_and_corrected(shop: Shop) -> None:
    _, receipt = received(shop, "BOLT=100@1.50", "NUT=10@5")
    done = shop(
        "landed-cost",
        "post",
        "--receipt",
        receipt,
        "--charge",
        "freight=10",
        "--charge",
        "duty=2",
        "--day",
        "2026-03-09",
    )
    assert done.lines == [
        "LC-2026-000001 is estimated: 6 lines, 12.00 USD.",
        "Next: everstock landed-cost bill LC-2026-000001 SUPPLIER REFERENCE --charge 1=AMOUNT",
    ]
    shares = rows(shop, "document", "show", "LC-2026-000001")
    assert [row["remark"] for row in shares] == ["", "", "share 7.50", "share 2.50", "share 1.50", "share 0.50"]
    assert balances(shop, "1200", "2150") == ["212", "-12"]
    shop("landed-cost", "bill", "LC-2026-000001", "SMITH", "F-1", "--charge", "1=5", "--partial", "--day", "2026-05-01")
    shop("landed-cost", "bill", "LC-2026-000001", "SMITH", "F-2", "--charge", "1=9", "--charge", "2=2", "--tax", "VAT", "--due", "2026-07-01", "--day", "2026-06-01")  # fmt: skip
    assert balances(shop, "1200", "2150", "2000") == ["216", "0", "-18.2"]
    found = rows(shop, "invoice", "differences", "SI-2026-000002")
    assert [(row["item"], row["amount"]) for row in found] == [("BOLT", "3.00"), ("NUT", "1.00")]
    hand = shop.number("landed-cost", "post", "--receipt", receipt, "--charge", "handling=3", "--by", "hand", "--share", "BOLT=1", "--share", "NUT=2", "--known", "--account", "6900", "--day", "2026-06-01")  # fmt: skip
    assert [row["remark"] for row in rows(shop, "document", "show", hand)] == ["", "share 1.00", "share 2.00"]
    only = shop.number("landed-cost", "post", "--receipt", receipt, "--charge", "other=1", "--line", "NUT", "--by", "quantity", "--day", "2026-06-01")  # fmt: skip
    assert [row["item"] for row in rows(shop, "document", "show", only)] == ["", "NUT"]
    assert "is cancelled" in shop("document", "cancel", only, "--reason", "no", "--day", "2026-06-02").out


def test_what_is_never_billed_is_cleared(shop: Shop) -> None:
    _, receipt = received(shop, "BOLT=100@1.50", "NUT=10@5")
    listed = rows(shop, "grni", "list", "--as-of", "2026-03-31", "--supplier", "SMITH")
    assert [(row["number"], row["line"], row["item"], row["age"], row["open"]) for row in listed] == [
        (receipt, "1", "BOLT", "22", "150.00"),
        (receipt, "2", "NUT", "22", "50.00"),
    ]
    assert not rows(shop, "grni", "list", "--as-of", "2026-03-31", "--supplier", "EURO")
    clearing = shop.number(
        "grni", "clear", f"{receipt}=2", "--account", "5100", "--reason", "a gift", "--day", "2026-03-31"
    )
    assert balances(shop, "2100", "5100") == ["-150", "-50"]
    shop("grni", "clear", receipt, "--account", "5100", "--reason", "a gift", "--day", "2026-03-31")
    assert balances(shop, "2100") == ["0"]
    assert [row["open"] for row in rows(shop, "grni", "list", "--all")] == ["0.00", "0.00"]
    assert "is cancelled" in shop("document", "cancel", clearing, "--reason", "no gift", "--day", "2026-04-01").out
    assert balances(shop, "2100") == ["-50"]


REFUSED = [
    ("invoice post SMITH X", "The invoice has no lines.", "Add at least one line."),
    ("invoice post SMITH X --line BOLT", "The lines are of no receipt and no order.", "Name one with --receipt or --order."),
    ("invoice post SMITH ' ' --receipt {receipt}", "The supplier invoice has no number of the supplier.", "Enter the number"),
    ("invoice post EURO X --currency USD --receipt {receipt}", "Line 1 bills GR-2026-000001, which is of another", "Enter"),
    ("invoice post SMITH X --receipt {receipt} --total 1", "The lines add up to 200.00 USD, and the invoice to 1.00", "Correct"),
    ("invoice post SMITH X --receipt {receipt} --total 1.001", "The total 1.001 USD has more than 2 decimals.", "Enter it"),
    ("invoice post SMITH X --receipt {receipt} --line NUTS", "There is no line NUTS on GR-2026-000001.", "Name an item"),
    ("invoice post SMITH X --receipt {receipt} --line 1 --line BOLT", "“BOLT” is named twice.", "Name every line once, with all there is of it."),
    ("invoice post SMITH X --receipt {receipt} --charge A=1 --account 9", "There is no account 9.", "Check the code"),
    ("invoice post SMITH INV-1 --receipt {receipt}", "There is already such a document of this partner", "Look it up"),
    ("invoice post SMITH X --receipt {billed}", "All of GR-2026-000002 is invoiced already.", "Check the other invoices."),
    ("invoice approve SI-2026-000001", "SI-2026-000001 is posted and cannot be approved.", "It can be paid, credited"),
    ("invoice approve {receipt}", "GR-2026-000001 is no number of a supplier invoice.", "Such numbers begin with SI-."),
    ("invoice credit SMITH X --line BOLT=1", "The lines are of no return and no receipt.", "Name one with --return or"),
    ("invoice credit SMITH X --receipt {receipt} --price-off BOLT=1", "What line 1 credits is not invoiced yet.", "Enter"),
    ("invoice credit SMITH X", "The credit note has no lines.", "Add at least one line."),
    ("invoice pay SI-2026-000001=16", "15.00 USD of SI-2026-000001 are open, and 16.00 USD would be paid.", "Pay what is"),
    ("invoice post SMITH X --charge A=5 --currency XXX", "“XXX” is not a known currency.", "Use a code such as USD, EUR or JPY."),
    ("invoice pay SI-2026-000001 SI-2026-000001", "An invoice is named twice.", "Name every invoice once."),
    ("invoice pay SI-2026-000009", "There is no supplier invoice SI-2026-000009.", "Look it up with `everstock document"),
    ("invoice cancel {receipt} --reason x", "GR-2026-000001 is no number of a supplier invoice.", "Such numbers begin"),
    ("landed-cost post --receipt {receipt} --charge fee=1", "“fee” is no kind of charge.", "Use one of: freight, duty"),
    ("landed-cost post --receipt {receipt} --charge freight=1 --by weight", "Charge 1 cannot be shared by weight", "Enter"),
    ("landed-cost post --receipt {receipt} --charge freight=1 --share BOLT=1", "Shares are given for one charge", "Give"),
    ("landed-cost post --receipt {receipt} --charge freight=1 --by hand", "Shares are given for one charge", "Give"),
    ("landed-cost bill LC-2026-000001 SMITH X --charge 1=1", "There is no landed cost LC-2026-000001.", "Look it up"),
    ("grni clear {receipt}=7 --account 5100 --reason x", "There is no line 7 on GR-2026-000001.", "Name one from 1 to 2."),
    ("grni clear {receipt} --account 5 --reason x", "There is no account 5.", "Check the code of the account."),
    ("grni clear {billed} --account 5100 --reason x", "Nothing is cleared.", "Name at least one line."),
    ("rate set USD 1", "USD is the company's own currency.", "Set rates for other currencies only."),
    ("rate set EURO 1", "“EURO” is not a known currency.", "Use a code such as USD, EUR or JPY."),
    ("rate set EUR 0", "An exchange rate must be above zero and below 10^9.", "Check the number."),
    ("tax set VAT 101", "The rate is not between 0 and 100 %", "Correct the rate."),
    ("invoice open --as wim", "wim may not see reports.", "Ask a buyer"),
    ("grni list --as sam", "sam may not see costs and values.", "Ask a buyer"),
]  # fmt: skip


def test_every_refusal_has_cause_and_remedy_and_changes_nothing(shop: Shop) -> None:
    _, receipt = received(shop, "BOLT=100@1.50", "NUT=10@5")
    _, billed = received(shop, "BOLT=10@1.50")
    shop("invoice", "post", "SMITH", "INV-1", "--receipt", billed, "--day", "2026-03-12")
    shop("user", "create", "wim", "--role", "warehouse_worker")
    shop("user", "create", "sam", "--role", "seller")
    tables = ("document", "document_line", "entry", "audit_event", "exchange_rate")
    before = [select(f"SELECT count(*) FROM {table}") for table in tables]
    wrong = []
    for command, cause, remedy in REFUSED:
        refused = shop(*shlex.split(command.format(receipt=receipt, billed=billed)), status=1)
        told = cause in refused.refusal[0] and refused.refusal[1].startswith(remedy)
        if not told or refused.err.count("\n") != 2 or refused.out:
            wrong.append((command, refused))
    assert not wrong
    assert [select(f"SELECT count(*) FROM {table}") for table in tables] == before


WRONG = [
    "invoice post SMITH",
    "invoice post SMITH X --line BOLT=x",
    "invoice post SMITH X --line BOLT=1box",
    "invoice post SMITH X --charge Packing",
    "invoice post SMITH X --total -5",
    "invoice post SMITH X --rate much",
    "invoice credit SMITH X --line BOLT@1",
    "invoice pay",
    "invoice pay SI-2026-000001=",
    "landed-cost post --charge freight=1",
    "landed-cost post --receipt GR-2026-000001",
    "landed-cost bill LC-2026-000001 SMITH",
    "grni clear GR-2026-000001 --reason x",
    "rate set EUR",
    "rate set EUR cheap",
    "tax set VAT many",
]


def test_wrong_usage_is_told_apart(shop: Shop) -> None:
    for command in WRONG:
        told = shop(*shlex.split(command), status=2)
        assert "Error:" in told.err, command
        assert not told.out, command


def test_what_was_paid_in_advance_is_paid_back(shop: Shop) -> None:
    for group, partner, prefix in (("invoice", "SMITH", "SP"), ("so", "JONES", "CP")):
        shop(group, "prepay", partner, "30", "--day", "2026-03-02")
        command = (group, "pay-back", f"{prefix}-2026-000001", "--day", "2026-03-05")
        shop(*command, "--amount", "10")
        assert shop.number(*command, "--key", group) == f"{prefix}-2026-000003"
        assert shop.number(*command, "--key", group) == f"{prefix}-2026-000003"
        [cause, _] = shop(*command, status=1).refusal
        assert cause == f"0.00 USD of {prefix}-2026-000001 are left, and 0.00 USD would be taken."
    assert balances(shop, "1010", "1310", "2050") == ["0", "0", "0"]
    shop("verify")
