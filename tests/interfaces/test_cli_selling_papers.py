"""The papers of selling at the command line: what is on them, in whose language, and what can never get onto them."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from everstock.core.quantities import SCALE
from tests.interfaces.papers import words
from tests.interfaces.shop import Shop

LETTERHEAD = """name = "Corner Shop"
address = ["Main Street 1", "Springfield"]
footer = ["Register 123"]
tax_number = "XY 123456"
bank = ["First Bank", "IBAN XY00 1234"]
"""


@pytest.fixture
def sold(shop: Shop, home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A quote, its order, a shipment of a part of it, and its invoice, by what they are."""
    (home / "head.toml").write_text(LETTERHEAD)
    monkeypatch.setenv("EVERSTOCK_LETTERHEAD", str(home / "head.toml"))
    order = shop.sent("BOLT=5box@11.50", "MILK=30@2")
    lots = ("--lot", "MILK=L7,expires=2027-06-30")
    shop("receive", order, "--line", "BOLT=5box", "--line", "MILK=30", *lots, "--day", "2026-03-03")
    shop("customer", "set", "JONES", "--payment-days", 30, "--discount-days", 10, "--discount", 2, "--tax", "VAT")
    shop("tax", "set", "VAT", "20", "--name", "Value added tax", "--input", "1400", "--output", "2200")
    shop("customer", "set", "JONES", "--incoterm", "DAP", "--tax-number", "DE 811907980", "--language", "de")
    where = ("--postcode", "53111", "--city", "Bonn", "--country", "DE")
    shop("customer", "address", "JONES", "HQ", "--kind", "billing", "--name", "Jones & Co", "--line", "Ring 7", *where)
    shop("customer", "address", "JONES", "DOCK", "--kind", "delivery", "--line", "Am Hafen 1", *where)
    lines = ("--line", "BOLT=2box@90-10%", "--line", "MILK=12@4.50", "--charge", "Freight=25")
    quote = shop.number("quote", "create", "JONES", *lines, "--until", "2026-04-30", "--day", "2026-03-04")
    shop("quote", "send", quote, "--day", "2026-03-04")
    sale = shop.number(
        "so", "create", "--quote", quote, "--day", "2026-03-05", "--reference", "AN-88", "--from", "DOCK"
    )
    shop("so", "confirm", sale, "--day", "2026-03-05")
    shipment = shop.number("so", "ship", sale, "--line", "1=2", "--line", "2=8", "--day", "2026-03-09")
    invoice = shop.number("so", "invoice", shipment, "--day", "2026-03-10")
    return {"quote": quote, "order": sale, "shipment": shipment, "invoice": invoice}


def printed(shop: Shop, number: str, *more: object) -> str:
    shop("document", "print", number, "--output", "out.pdf", *more)
    return words(Path("out.pdf").read_bytes())


def missing(text: str, *parts: str) -> list[str]:
    return [part for part in parts if part not in text]


def test_goods_go_where_the_order_says(shop: Shop, sold: dict[str, str]) -> None:
    shop(
        "customer",
        "address",
        "JONES",
        "SITE",
        "--kind",
        "delivery",
        "--line",
        "Platz 9",
        "--city",
        "Ulm",
        "--country",
        "DE",
    )
    shop("so", "change", sold["order"], "--deliver-to", "SITE")
    shop(
        "customer",
        "address",
        "JONES",
        "SITE",
        "--kind",
        "delivery",
        "--line",
        "Moved 1",
        "--city",
        "Ulm",
        "--country",
        "DE",
    )
    assert "Deliver to JONES Platz 9 Ulm Germany" in printed(shop, sold["order"], *ENGLISH)
    assert "JONES Platz 9 Ulm Germany" in printed(shop, sold["shipment"], *ENGLISH)
    assert "Deliver to JONES Platz 9 Ulm Germany" in printed(shop, sold["invoice"], *ENGLISH)
    assert "JONES Platz 9" in printed(shop, sold["order"], "--paper", "pick-list", *ENGLISH)


ENGLISH = ("--language", "en")


def test_a_quote_and_an_order_confirmation(shop: Shop, sold: dict[str, str]) -> None:
    text = printed(shop, sold["quote"], *ENGLISH)
    assert not missing(
        *(text, f"Quotation {sold['quote']}", "Valid until 30 Apr 2026", "Jones & Co Ring 7 53111 Bonn Germany"),
        *("Bolt M8 Item no. BOLT 2 box 90.00 10% 162.00", "MILK", "4.50", "Freight", "25.00", "VAT no. XY 123456"),
        *("Value added tax 20%", "30 days net", "DAP", "Your VAT no. DE 811907980", "Total USD 289.20"),
    )
    text = printed(shop, sold["order"], *ENGLISH)
    assert not missing(
        *(text, f"Order confirmation {sold['order']}", "Your order AN-88", f"Our quotation {sold['quote']}"),
        *("Deliver to JONES Am Hafen 1 53111 Bonn Germany", "Total USD 289.20"),
    )
    assert "DRAFT" not in text
    draft = shop.number("so", "create", "JONES", "--line", "NUT=1@1", "--from", "DOCK")
    assert "DRAFT, NOT CONFIRMED" in printed(shop, draft, *ENGLISH)
    shop("so", "print", draft, "--output", "so.pdf")
    shop("quote", "print", sold["quote"], "--output", "quote.pdf")
    assert "Angebot" in words(Path("quote.pdf").read_bytes())


def test_an_invoice_says_what_the_law_asks(shop: Shop, sold: dict[str, str]) -> None:
    text = printed(shop, sold["invoice"], *ENGLISH)
    assert not missing(
        *(text, f"Invoice {sold['invoice']}", "Date 10 Mar 2026", "Payable by 9 Apr 2026", "Delivered 9 Mar 2026"),
        *("VAT no. XY 123456", "Your VAT no. DE 811907980", f"Our order {sold['order']}", "Your order AN-88"),
        *("Bolt M8 Item no. BOLT 2 box 90.00 10% 162.00", "8 each 4.50 36.00", "Freight 1 25.00 25.00"),
        *("Value added tax 20% 223.00 44.60", "Net 223.00", "Tax 44.60", "Total USD 267.60"),
        f"Please pay USD\xa0267.60 by 9 Apr 2026, stating {sold['invoice']}.".replace("\xa0", " "),
        *("If you pay by 20 Mar 2026, you may deduct 2%: you then pay USD 262.25 (5.35 less).", "IBAN XY00 1234"),
    )


def test_what_goes_with_the_goods_has_no_price(shop: Shop, sold: dict[str, str]) -> None:
    for paper, title in (("delivery-note", "Delivery note"), ("packing-slip", "Packing slip")):
        text = printed(shop, sold["shipment"], "--paper", paper, *ENGLISH)
        assert not missing(
            *(text, f"{title} {sold['shipment']}", "JONES Am Hafen 1", "Invoice to Jones & Co", "Your order AN-88"),
            *("Lot L7 · 8 each · expires 30 Jun 2027", "12 8 4 each"),
        )
        assert not [secret for secret in ("USD", "4.50", "36.00", "162", "11.50", "2.00") if secret in text]


def test_a_pick_list_says_from_where_to_take_what_is_reserved(shop: Shop, sold: dict[str, str]) -> None:
    text = printed(shop, sold["order"], "--paper", "pick-list", *ENGLISH)
    assert not missing(text, f"Pick list {sold['order']}", "DOCK MILK", "Lot L7 · expires 30 Jun 2027 4 each", "SHED")
    assert "BOLT" not in text, "all of it has left"
    assert not [secret for secret in ("USD", "4.50", "90.00", "2.00") if secret in text]
    shop("so", "ship", sold["order"], "--day", "2026-03-09")
    said = shop("document", "print", sold["order"], "--paper", "pick-list", status=1)
    assert said.refusal[0] == f"Nothing is reserved for {sold['order']}."


def test_two_lines_of_one_item_are_picked_from_what_is_left(shop: Shop, sold: dict[str, str]) -> None:
    shop("so", "ship", sold["order"], "--day", "2026-03-09")
    lots = ("--lot", "MILK=L8,expires=2027-07-31")
    more = shop.sent("MILK=10@2")
    shop("receive", more, "--line", "MILK=10", *lots, "--day", "2026-03-10")
    twice = ("--line", "MILK=10@4", "--line", "MILK=12@4")
    order = shop.number("so", "create", "JONES", *twice, "--from", "DOCK", "--day", "2026-03-10", "--confirm")
    text = printed(shop, order, "--paper", "pick-list", *ENGLISH)
    taken = re.findall(r"Lot (L\d) · expires \d+ \w+ 2027 (\d+) each", text)
    assert taken == [("L7", "10"), ("L7", "8"), ("L8", "4")]


def test_papers_are_in_the_customers_language(shop: Shop, sold: dict[str, str]) -> None:
    assert "Rechnung" in printed(shop, sold["invoice"])
    shop("customer", "set", "JONES", "--language", "da-DK")
    assert "Faktura" in printed(shop, sold["invoice"])
    said = shop("customer", "set", "JONES", "--language", "fr-FR", status=1)
    assert said.refusal == (
        "No paper is printed in the language “fr-FR”.",
        "Use one of: en, da, de; or leave it empty for the company's.",
    )
    shop("customer", "set", "JONES", "--language", "")
    assert "Invoice" in printed(shop, sold["invoice"])
    said = shop("document", "print", sold["shipment"], "--paper", "packing-slip")
    assert said.lines == [f"Wrote {sold['shipment']}-packing-slip.pdf"]


def test_what_is_not_printed(shop: Shop, sold: dict[str, str]) -> None:
    said = shop("document", "print", sold["shipment"], "--paper", "invoice", status=1)
    assert said.refusal == (
        f"{sold['shipment']} has no “invoice” to print.",
        "Print one of: delivery-note, packing-slip, shipping-label.",
    )
    shop("user", "create", "wim", "--role", "warehouse_worker")
    assert (
        "may not see suppliers and customers" in shop("document", "print", sold["invoice"], "--as", "wim", status=1).err
    )
    assert "Lieferschein" in printed(shop, sold["shipment"], "--as", "wim")
    lost = shop.number("quote", "create", "JONES", "--line", "NUT=1@1")
    shop("quote", "send", lost)
    shop("quote", "lose", lost, "--reason", "too dear")
    assert shop("document", "print", lost, status=1).refusal[0] == f"{lost} is lost."
    shop("document", "cancel", sold["invoice"], "--reason", "wrong")
    assert shop("document", "print", sold["invoice"], status=1).refusal[0] == f"{sold['invoice']} is cancelled."


def test_a_return_label_and_a_credit_note(shop: Shop, sold: dict[str, str]) -> None:
    from everstock.masterdata.models import Location
    from everstock.operations.documents.kinds import DocumentKind
    from everstock.operations.documents.models import DocumentLine
    from everstock.operations.documents.queries import document_id
    from everstock.operations.documents.resolutions import Resolution
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
    from everstock.operations.sales.return_lines import ReturnLine
    from everstock.operations.sales.returns import approve_return

    actor = system_actor(shop.company.pk, "tests")
    shipment = document_id(shop.company.pk, DocumentKind.SHIPMENT, sold["shipment"])
    billed = document_id(shop.company.pk, DocumentKind.CUSTOMER_INVOICE, sold["invoice"])
    back = approve_return(
        actor,
        lines=[ReturnLine(SCALE, shipment=shipment, line=2)],
        resolution=Resolution.CREDIT,
        day=dt.date(2026, 3, 12),
        recorded_at=1,
        reference="OUCH-1",
        location=Location.objects.get(company=shop.company, code="DOCK").pk,
    )
    text = printed(shop, back.number, *ENGLISH)
    assert not missing(
        text, "Return label", "From JONES Am Hafen 1 53111 Bonn", "To Corner Shop Main Street 1", "OUCH-1"
    )
    lamp = DocumentLine.objects.filter(document=billed).order_by("line").first()
    assert lamp is not None
    credit = CreditLine(lamp.pk, amount=1_200, description="Scratched")
    note = post_credit_note(actor, lines=[credit], day=dt.date(2026, 3, 13), recorded_at=2)
    text = printed(shop, note.number, *ENGLISH)
    assert not missing(
        *(text, f"Credit note {note.number}", f"For invoice {sold['invoice']}", "Scratched", "12.00", "Tax 2.40"),
        *("Total USD 14.40", "USD 14.40 is credited to your account.", "VAT no. XY 123456"),
    )
    assert "Please pay" not in text


def test_what_was_paid_in_advance_is_taken_off_an_invoice(shop: Shop, sold: dict[str, str]) -> None:
    from everstock.masterdata.models import Partner
    from everstock.operations.documents.kinds import DocumentKind
    from everstock.operations.documents.payments import PaymentLine
    from everstock.operations.documents.queries import document_id
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.sales.payments import apply_prepayment, prepay

    actor = system_actor(shop.company.pk, "tests")
    customer = Partner.objects.get(company=shop.company, code="JONES").pk
    billed = document_id(shop.company.pk, DocumentKind.CUSTOMER_INVOICE, sold["invoice"])
    paid = prepay(actor, customer=customer, amount=10_000, day=dt.date(2026, 3, 6), recorded_at=1)
    day = dt.date(2026, 3, 10)
    apply_prepayment(actor, prepayment=paid.id, lines=[PaymentLine(billed, 10_000)], day=day, recorded_at=2)
    text = printed(shop, sold["invoice"], *ENGLISH)
    assert not missing(
        *(
            text,
            "Total 267.60",
            "Paid in advance, 6 Mar 2026 -100.00",
            "Amount due USD 167.60",
            "Please pay USD 167.60",
        ),
        "you then pay USD 164.25 (3.35 less)",
    )


def test_a_pick_list_and_the_labels_of_packages(shop: Shop, sold: dict[str, str]) -> None:
    from everstock.masterdata.models import Location
    from everstock.operations.documents.kinds import DocumentKind
    from everstock.operations.documents.queries import document_id
    from everstock.operations.identity.actor import system_actor
    from everstock.operations.sales.packing import pack_shipment, set_sscc_prefix
    from everstock.operations.sales.pick_lists import create_pick_list

    actor = system_actor(shop.company.pk, "tests")
    shed = Location.objects.get(company=shop.company, code="SHED")
    table = Location.objects.create(company=shop.company, code="TABLE", kind="internal", purpose="packing", parent=shed)
    order = document_id(shop.company.pk, DocumentKind.SALES_ORDER, sold["order"])
    shipment = document_id(shop.company.pk, DocumentKind.SHIPMENT, sold["shipment"])
    day = dt.date(2026, 3, 9)
    made = create_pick_list(actor, orders=[order], staging=table.pk, day=day, recorded_at=1)
    text = printed(shop, made.number, *ENGLISH)
    assert not missing(
        text, f"Pick list {made.number}", sold["order"], "DOCK MILK", "Lot L7 · expires 30 Jun 2027 4 each"
    )
    said = shop("document", "print", sold["shipment"], "--paper", "shipping-label", status=1)
    assert said.refusal == (f"{sold['shipment']} has no packages.", "Pack it first.")
    set_sscc_prefix(actor, prefix="4012345", recorded_at=2)
    [package] = pack_shipment(actor, shipment=shipment, recorded_at=3)
    text = printed(shop, sold["shipment"], "--paper", "shipping-label", *ENGLISH)
    assert not missing(text, "Shipping label", "To JONES Am Hafen 1 53111 Bonn", f"(00){package.sscc}", "Package 1 / 1")


def test_papers_have_the_lines_of_the_order_and_kits_with_what_is_in_them(shop: Shop, sold: dict[str, str]) -> None:
    places = "code,name,kind,purpose,parent\nTABLE,,internal,packing,SHED\n"
    Path("places.csv").write_text(places)
    shop("import", "locations", "places.csv")
    Path("items.csv").write_text("sku,name\nSET,Starter set\n")
    shop("import", "items", "items.csv")
    shop("kit", "set", "SET", "--component", "BOLT=2", "--component", "NUT=3")
    shop("receive", "--supplier", "SMITH", "--line", "NUT=50@1", "--to", "BIN-1", "--day", "2026-03-05")
    shop(
        "receive",
        "--supplier",
        "SMITH",
        "--line",
        "PUMP=1@9",
        "--lot",
        "PUMP=S-7",
        "--to",
        "BIN-2",
        "--day",
        "2026-03-05",
    )
    shop("receive", "--supplier", "SMITH", "--line", "BOLT=250@1", "--to", "BIN-1", "--day", "2026-03-05")
    lines = ("--line", "PUMP=1@20", "--line", "SET=4@12", "--line", "BOLT=2box@60")
    order = shop.number("so", "create", "JONES", *lines, "--from", "SHED", "--day", "2026-03-09", "--confirm")
    text = printed(shop, order, *ENGLISH)
    assert not missing(text, "Starter set Item no. SET 8 each Bolt M8 (BOLT) 12 each NUT (NUT) 4 each 12.00 48.00")
    shop("pick", "create", order, "--day", "2026-03-09")
    shop("pick", "confirm", "PL-2026-000001", "--day", "2026-03-09")
    shop("pack", "create", order, "--line", "3=50")
    shop("pack", "create", order)
    shipment = shop.number("pick", "ship", "PL-2026-000001", "--day", "2026-03-09")
    text = printed(shop, shipment, *ENGLISH)
    assert re.findall(r"Item no\. (\w+)", text) == ["PUMP", "BOLT", "BOLT", "NUT"]
    assert not missing(text, "Serial no. S-7", "BOLT 2 2 box", "Part of SET 8 8 each", "Part of SET 12 12 each")
    text = printed(shop, shipment, "--paper", "packing-slip", *ENGLISH)
    assert not missing(text, "BOLT 50 each", "BOLT 150 each"), "nobody counts halves of a box"
    invoice = shop.number("so", "invoice", shipment, "--day", "2026-03-10")
    text = printed(shop, invoice, *ENGLISH)
    assert re.findall(r"Item no\. (\w+)", text) == ["PUMP", "SET", "BOLT"]
    assert not missing(
        text, "SET 8 each Bolt M8 (BOLT) 12 each NUT (NUT) 4 each 12.00 48.00", "BOLT 2 box 60.00 120.00"
    )


def test_a_pick_list_of_several_orders_says_how_much_is_for_which(shop: Shop, sold: dict[str, str]) -> None:
    Path("places.csv").write_text("code,name,kind,purpose,parent\nTABLE,,internal,packing,SHED\n")
    shop("import", "locations", "places.csv")
    shop("receive", "--supplier", "SMITH", "--line", "NUT=50@1", "--to", "BIN-1", "--day", "2026-03-05")
    day = ("--day", "2026-03-09")
    first, second = (
        shop.number("so", "create", "JONES", "--line", f"NUT={count}@2", "--from", "SHED", *day, "--confirm")
        for count in (3, 7)
    )
    shop("pick", "create", first, second, "--cluster", "--tote", "T-1", "--tote", "T-2", *day)
    text = printed(shop, "PL-2026-000001", *ENGLISH)
    assert f"NUT T-1 · {first} · 3 T-2 · {second} · 7 10 each" in text


def test_a_paper_that_goes_where_the_goods_go_says_the_address_once(shop: Shop, sold: dict[str, str]) -> None:
    Path("partners.csv").write_text("code,name,supplier,customer,currency\nSMALL,Small shop,no,yes,\n")
    shop("import", "partners", "partners.csv")
    where = ("--kind", "delivery", "--line", "Lane 3", "--city", "Ulm", "--country", "DE")
    shop("customer", "address", "SMALL", "HOME", *where)
    order = shop.number("so", "create", "SMALL", "--line", "BOLT=1@1", "--from", "DOCK", "--confirm")
    assert printed(shop, order, *ENGLISH).count("Lane 3") == 1


def test_a_receipt_of_a_till_says_how_it_was_paid(shop: Shop, sold: dict[str, str]) -> None:
    shop("channel", "set", "T1", "--kind", "point_of_sale", "--from", "SHED", "--customer", "JONES", "--series", "T1")
    shop("channel", "means", "T1", "cash", "1000")
    receipt = shop.number("till", "sell", "T1", "--line", "BOLT=2@5", "--pay", "cash", "--day", "2026-03-11")
    text = printed(shop, receipt, *ENGLISH)
    assert not missing(text, "Total 12.00 Paid: cash -12.00 Amount due USD 0.00", "Nothing is left to be paid.")
    assert "Please pay" not in text
    note = shop.number(
        "till", "return", "T1", receipt, "--line", "BOLT=1", "--to", "BIN-1", "--pay", "cash", "--day", "2026-03-11"
    )
    text = printed(shop, note, *ENGLISH)
    assert not missing(text, "Total 6.00 Paid out: cash -6.00 Left to credit USD 0.00")
    swap = ("till", "exchange", "T1", receipt, "--back", "BOLT=1", "--line", "BOLT=2@4")
    other = shop.number(*swap, "--to", "DOCK", "--pay", "cash")
    text = printed(shop, other, *ENGLISH)
    assert not missing(text, "Paid: goods in exchange -6.00", "Paid: cash -3.60", "Amount due USD 0.00")
    text = printed(shop, "CC-T1-2026-000002", *ENGLISH)
    assert "Paid out: goods in exchange -6.00 Left to credit USD 0.00" in text


def test_who_prints_a_bill_hears_what_the_law_asks_and_nobody_said(
    shop: Shop, sold: dict[str, str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shop("document", "print", sold["invoice"]).err == ""
    monkeypatch.delenv("EVERSTOCK_LETTERHEAD")
    ours = f"Warning: {sold['invoice']} lacks our address and our VAT number: say so in a file that --letterhead names."
    assert shop("document", "print", sold["invoice"]).err.splitlines() == [ours]
    assert shop("document", "print", sold["order"]).err == ""
    (home / "rare.toml").write_text(LETTERHEAD.replace("Springfield", "Springfield \U000f1234"))
    rare = shop("document", "print", sold["order"], "--letterhead", home / "rare.toml")
    assert rare.err.splitlines() == [
        "Warning: No font of this machine has \U000f1234, printed as �: install one that has the script."
    ]
    (home / "none.toml").write_text("font = 'Nowhere Sans'")
    refused = shop("document", "print", sold["invoice"], "--letterhead", home / "none.toml", status=1)
    assert refused.err.startswith("Error: "), "nothing is said of a paper that there is not"
    monkeypatch.setenv("EVERSTOCK_LETTERHEAD", str(home / "head.toml"))
    shop("customer", "remove-address", "JONES", "HQ", "--kind", "billing")
    shop("customer", "remove-address", "JONES", "DOCK", "--kind", "delivery")
    theirs = f"Warning: {sold['invoice']} lacks the address of JONES: use `everstock customer address`."
    assert shop("document", "print", sold["invoice"]).err.splitlines() == [theirs]


def test_a_quote_says_once_when_all_of_it_is_delivered(shop: Shop, sold: dict[str, str]) -> None:
    wanted = ("--line", "BOLT=1@1", "--line", "NUT=1@1", "--expected", "2026-04-20", "--day", "2026-03-20")
    quote = shop.number("quote", "create", "JONES", *wanted)
    assert printed(shop, quote, *ENGLISH).count("20 Apr 2026") == 1
