"""The papers of selling: what is on the pages, in every language, however long, and what a scanner reads."""

from __future__ import annotations

import datetime as dt
import io
import re
from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from everstock.interfaces.paper import documents, printer
from everstock.interfaces.paper.formats import Formats
from everstock.interfaces.paper.rows import Letterhead, Lot, Party, TaxRow
from everstock.interfaces.paper.selling import lacks
from everstock.interfaces.paper.selling_rows import (
    DispatchKind,
    Insistence,
    LabelKind,
    Prepaid,
    SaleKind,
    StatementLine,
)
from everstock.interfaces.paper.selling_sheets import dispatch_sheet, label_sheet, pick_sheet, sale_sheet
from everstock.interfaces.paper.symbols import sscc_symbol
from everstock.interfaces.paper.texts import TEXTS, Language
from tests.interfaces.papers import DAY, MILLION, page_texts, words
from tests.interfaces.selling_papers import (
    SELLER,
    SSCC,
    account,
    dispatch,
    dispatch_line,
    full_sale,
    label,
    letter,
    long_sale,
    pick_line,
    picks,
    sale,
    sale_line,
)
from tests.interfaces.test_paper import MARKUP, read_codes, solid


def missing(text: str, *parts: str) -> list[str]:
    return [part for part in parts if part not in text]


# Papers with prices --------------------------------------------------------------------------------------------------


def test_an_invoice_says_everything() -> None:
    assert not missing(
        words(documents.sale(full_sale())),
        *("Invoice CI-2026-00017", "Date 17 Mar 2026", "Payable by 16 Apr 2026", "Delivered 12 Mar 2026 – 17 Mar 2026"),
        *("VAT no. DK31224567", "Your VAT no. DE 811 907 980", "Your order AN-88121", "Our order SO-2026-000012"),
        *(
            "Radhaus Änne Weiß GmbH & Co. KG Accounts payable",
            "Deliver to Radhaus Änne Weiß Gate 3",
            "Contact Sofie Lund",
        ),
        *(
            "Item no. BRK-0003",
            "Shipment SH-2026-000031",
            "1,200 box of 500 43.20 7.5% 47,952.00",
            "Freight 1 85.00 85.00",
        ),
        *("Reverse charge 0% 85.00 0.00", "Standard rate 25% 48,122.31 12,030.58"),
        *("Reverse charge: the customer owes the tax.", "Tax in DKK: 89,740.00"),
        *("Net 48,207.31", "Tax 12,030.58", "Total 60,237.89", "Paid in advance, 2 Mar 2026 -10,000.00"),
        *("Amount due EUR 50,237.89", "Please pay EUR 50,237.89 by 16 Apr 2026, stating CI-2026-00017."),
        "If you pay by 27 Mar 2026, you may deduct 2%: you then pay EUR 49,233.13 (1,004.76 less).",
        *("Nordbanken, Odense IBAN DK50 0040 0440 1162 43 BIC NORBDKKK", "Page 1 of 1"),
    )


@pytest.mark.parametrize("kind", SaleKind)
@pytest.mark.parametrize("language", Language)
def test_every_kind_in_every_language(kind: SaleKind, language: Language) -> None:
    document = documents.sale(full_sale(kind, language))
    texts, text = TEXTS[language], words(document)
    total = "60,237.89" if language is Language.ENGLISH else "60.237,89"
    assert not missing(text, f"{texts[kind.value]} CI-2026-00017", f"{texts['total']}", total, texts["item_number"])
    others = [TEXTS[other][kind.value] for other in Language if other is not language]
    assert not [title for title in others if f"{title} CI" in text]
    assert (texts["due_on"] in text) == (kind is SaleKind.INVOICE)
    assert (texts["valid_until"] in text) == (kind is SaleKind.QUOTE)
    assert (texts["of_invoice"] in text) == (kind is SaleKind.CREDIT_NOTE)
    assert ("IBAN DK50 0040 0440 1162 43 BIC" in text) == (kind is SaleKind.INVOICE)
    assert str(PdfReader(io.BytesIO(document)).root_object["/Lang"]).startswith(language.value)


def test_a_credit_note_names_its_invoice_and_asks_for_nothing() -> None:
    text = words(documents.sale(full_sale(SaleKind.CREDIT_NOTE)))
    assert not missing(
        text, "For invoice CI-2026-000009", "EUR 60,237.89 is credited to your account.", "Two boxes came"
    )
    assert "Please pay" not in text


def test_what_is_not_known_is_not_mentioned() -> None:
    text = words(documents.sale(sale()))
    absent = (
        "Payable",
        "Please pay",
        "Delivered",
        "advance",
        "deduct",
        "Reverse",
        "Tax in",
        "Deliver to",
        "None",
        "Order",
    )
    assert [word for word in absent if word in text] == []
    paid = sale(due_on=dt.date(2026, 4, 1), net=0, tax=0, gross=0)
    assert "Nothing is left to be paid." in words(documents.sale(paid))


def test_a_long_invoice_carries_its_sums() -> None:
    pages = page_texts(documents.sale(long_sale()))
    counts = [len(re.findall(r"Brake lever \d+", page)) for page in pages]
    assert sum(counts) == 60
    so_far = 0
    for number, (page, count) in enumerate(zip(pages, counts, strict=True), 1):
        assert f"Page {number} of {len(pages)}" in page
        brought = re.findall(r"Brought forward ([\d,.]+)", page)
        assert brought == ([f"{so_far * 150:,.2f}"] if number > 1 and count else [])
        so_far += count
        carried = re.findall(r"Carried forward ([\d,.]+)", page)
        assert carried == ([f"{so_far * 150:,.2f}"] if so_far < 60 else [])
    assert "Total EUR 11,250.00" in pages[-1]
    assert "forward" not in words(documents.sale(long_sale(count=3)))
    assert "forward" not in words(documents.sale(long_sale(SaleKind.QUOTE)))


def test_sums_and_signatures_are_never_alone_on_a_page() -> None:
    for count in range(8, 16):
        [last] = [page for page in page_texts(documents.sale(long_sale(count=count))) if "Total EUR" in page]
        assert f"Brake lever {count} " in last
        lines = tuple(dispatch_line(number) for number in range(1, count + 1))
        note = dispatch(DispatchKind.PACKING_SLIP, lines=lines, notes="")
        last = page_texts(documents.dispatch(note))[-1]
        assert re.search(rf"Brake lever {count} .*Packed by", last), f"{count} lines"


@pytest.mark.parametrize("count", [22, 24, 62])
def test_what_is_owed_is_never_alone_on_a_page(count: int) -> None:
    for document in (documents.statement(account(count=count)), documents.reminder(letter(count=count))):
        [last] = [page for page in page_texts(document) if re.search("You owe us|Amount due EUR", page)]
        assert f"CI-2026-{count:06}" in last


def test_a_line_says_its_tax_where_there_are_several() -> None:
    standard, lower = ("Standard rate", 250_000), ("Lower rate", 70_000)
    lines = (sale_line(1, tax=standard), sale_line(2, tax=lower), sale_line(3, amount=None, unit_price=None))
    text = words(documents.sale(sale(lines=lines)))
    assert re.search(r"Unit price Tax Amount .*25% 150\.00 .*7% 150\.00 3 Brake lever 3", text)
    same = (sale_line(1, tax=standard), sale_line(2, tax=("Export", 250_000)))
    assert not missing(words(documents.sale(sale(lines=same))), "Standard rate 150.00", "Export 150.00")
    assert "Unit price Amount" in words(documents.sale(sale(lines=(sale_line(1, tax=standard),) * 2)))
    exempt = TaxRow(name="Insurance", rate=0, net=15_000, tax=0, exempt=True)
    assert "Exempt from tax." in words(documents.sale(sale(taxes=(exempt,))))
    assert "Exempt" not in words(documents.sale(sale()))


def test_what_the_law_asks_and_nobody_said() -> None:
    assert lacks(full_sale()) == []
    bare = full_sale(company=Letterhead(name="We"), customer=Party(name="They"))
    assert lacks(bare) == [
        "CI-2026-00017 lacks our address and our VAT number: say so in a file that --letterhead names.",
        "CI-2026-00017 lacks the address and the VAT number of They: use `everstock customer address`.",
    ]
    paid = (Prepaid(day=DAY, amount=1, means="cash"),)
    assert lacks(sale(company=SELLER, customer=Party(name="Cash"), prepaid=paid)) == []
    assert lacks(sale(company=replace(SELLER, tax_number=""), taxes=())) == [], "who charges no tax needs no number"


def test_a_price_without_goods_has_no_quantity() -> None:
    text = words(
        documents.sale(sale(SaleKind.CREDIT_NOTE, lines=(sale_line(quantity=None, unit="", unit_price=None),)))
    )
    assert re.search(r"# Item Amount 1 Brake lever 1 Item no\. BRK-0001 150\.00 ", text)


def test_what_was_paid_at_a_till_is_not_asked_for() -> None:
    paid = (Prepaid(day=DAY, amount=10_000, means="cash"), Prepaid(day=DAY, amount=8_750, means="card"))
    text = words(documents.sale(sale(due_on=DAY, prepaid=paid)))
    assert not missing(text, "Paid: cash -100.00 Paid: card -87.50 Amount due EUR 0.00", "Nothing is left to be paid.")
    text = words(documents.sale(sale(SaleKind.CREDIT_NOTE, prepaid=(Prepaid(day=DAY, amount=18_750, means="cash"),))))
    assert "Paid out: cash -187.50 Left to credit EUR 0.00" in text
    assert "credited to your account" not in text


def test_the_usual_unit_is_said_in_the_language() -> None:
    line = sale_line(unit="each")
    assert "12 Stück" in words(documents.sale(sale(language=Language.GERMAN, lines=(line,))))
    assert "12 stk." in words(documents.sale(sale(language=Language.DANISH, lines=(line,))))


def test_serial_numbers_are_called_so() -> None:
    lots = (Lot(code="S-1", serial=True), Lot(code="S-2", serial=True))
    text = words(documents.dispatch(dispatch(lines=(dispatch_line(lots=lots),))))
    assert "Serial no. S-1 Serial no. S-2" in text


def test_a_draft_of_a_confirmation_says_so() -> None:
    assert "DRAFT, NOT CONFIRMED" in words(documents.sale(full_sale(SaleKind.CONFIRMATION, draft=True)))


def test_long_names_and_large_amounts_stay_on_the_paper() -> None:
    most = 10**17
    line = sale_line(name="W" * 300, item="X" * 200, unit_price=most, amount=most, details=("D" * 200,))
    paper = full_sale(
        customer=Party(name="N" * 200, address=("A" * 200,)), lines=(line,) * 3, net=most, tax=most, gross=2 * most
    )
    (page, *_) = printer.pages(sale_sheet(paper), "png", 72)
    with Image.open(io.BytesIO(page)) as picture:
        margin = picture.convert("L").crop((picture.width - 45, 0, picture.width, picture.height))
    assert margin.getextrema() == (255, 255)


# With the goods ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", DispatchKind)
@pytest.mark.parametrize("language", Language)
def test_delivery_notes_and_packing_slips(kind: DispatchKind, language: Language) -> None:
    texts, text = TEXTS[language], words(documents.dispatch(dispatch(kind, language)))
    decimal = "10.5" if language is Language.ENGLISH else "10,5"
    assert not missing(
        *(text, f"{texts[kind.value]} SH-2026-000031", f"{texts['invoice_to']} Radhaus Änne Weiß GmbH & Co. KG"),
        *(f"{texts['our_order']} SO-2026-000013", f"{texts['to_follow']}", "20 12 8 pcs", decimal, "DSV"),
        f"{texts['lot']} L2026-0917 · 8 l · {texts['expires_on']}",
    )
    assert (texts["accepted_by"] in text) == (kind is DispatchKind.DELIVERY_NOTE)
    assert "EUR" not in text
    assert read_codes(dispatch_sheet(dispatch(kind, language))) == [("Code 128", "SH-2026-000031")]


@pytest.mark.parametrize("language", Language)
def test_a_pick_list_is_scanned(language: Language) -> None:
    texts, text = TEXTS[language], words(documents.pick_list(picks(language)))
    assert not missing(text, f"{texts['pick_list']} SO-2026-000012", "A-01-03", f"{texts['picked_by']}", "Odense")
    codes = ["SO-2026-000012", "A-01-03", "A-02-03", "BRK-0001", "BRK-0002", "L2026-0917"]
    assert read_codes(pick_sheet(picks(language))) == sorted(("Code 128", code) for code in codes)


def test_a_long_pick_list_keeps_its_lines_together_and_in_order() -> None:
    lines = tuple(pick_line(number) for number in range(1, 61))
    pages = page_texts(documents.pick_list(picks(lines=lines, customer=None)))
    for text in pages:
        assert re.findall(r"Brake lever (\d+)", text) == [str(int(code)) for code in re.findall(r"BRK-(\d+)", text)]
    assert re.findall(r"Brake lever (\d+)", " ".join(pages)) == [str(number) for number in range(1, 61)]


# On the parcel -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_a_return_label_can_be_scanned_both_ways(language: Language) -> None:
    paper = label(LabelKind.RETURN, language)
    texts, text = TEXTS[language], words(documents.label(paper))
    assert not missing(text, texts["return_label"], f"{texts['to_address']} Nordlys Cykler ApS", "AN-88121")
    assert read_codes(label_sheet(paper)) == [("Code 128", "RM-2026-000004"), ("QR Code", "RM-2026-000004")]


def test_a_shipping_label_has_the_number_of_its_package() -> None:
    paper = label(LabelKind.SHIPPING)
    (page,) = printer.pages(label_sheet(paper), "png", 300)
    with Image.open(io.BytesIO(page)) as picture:
        [code] = zxingcpp.read_barcodes(picture.convert("L"))
    assert (code.text, code.symbology_identifier) == (f"(00){SSCC}", "]C1")
    assert f"(00){SSCC}" in words(documents.label(paper))
    assert sscc_symbol("12") is None


def test_labels_are_as_large_as_a_label() -> None:
    [page] = PdfReader(io.BytesIO(documents.label(label()))).pages
    assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [100, 150]
    long = Party(name="N" * 80, address=("Street " * 12, "City " * 12))
    for kind in LabelKind:
        paper = label(kind, sender=long, receiver=long)
        assert len(printer.pages(label_sheet(paper), "png", 60)) == 1


def test_a_label_is_one_label_however_much_is_on_it() -> None:
    name = "Vereinigte Fahrradhändler-Genossenschaft mit beschränkter Haftung & Co. Kommanditgesellschaft"
    there = Party(name=name, address=("Tor 3, Am Hafen 1", "Anlieferung nur Mo-Fr 7-11 Uhr", "53111 Bonn", "Germany"))
    facts = tuple((text, f"{text} AN-88121") for text in ("shipment_number", "package", "our_order", "your_order"))
    for receiver in (there, replace(there, address=there.address * 6)):
        paper = label(LabelKind.SHIPPING, receiver=receiver, facts=(*facts, ("carrier", "DSV " * 20)))
        (page,) = printer.pages(label_sheet(paper), "png", 300)
        with Image.open(io.BytesIO(page)) as picture:
            [code] = zxingcpp.read_barcodes(picture.convert("L"))
        assert code.text == f"(00){SSCC}"


# Whatever people write -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", MARKUP)
def test_text_is_never_read_as_markup(text: str) -> None:
    company = Letterhead(name=f"us {text}", tax_number=f"vat {text}", bank=(f"bank {text}",))
    line = sale_line(item=f"code {text}", name=f"name {text}", details=(f"detail {text}",))
    paper = full_sale(company=company, lines=(line,), reference=f"reference {text}", number=f"CI {text}")
    printed = solid(words(documents.sale(paper)))
    for word in ("us", "vat", "bank", "code", "name", "detail", "reference", "CI"):
        assert solid(f"{word} {text}") in printed
    note = dispatch(lines=(dispatch_line(name=f"name {text}"),), carrier=f"carrier {text}")
    assert not missing(solid(words(documents.dispatch(note))), solid(f"name {text}"), solid(f"carrier {text}"))
    there = Party(name=f"there {text}", address=(f"street {text}",))
    printed = solid(words(documents.label(label(receiver=there))))
    assert not missing(printed, solid(f"there {text}"), solid(f"street {text}"))


def test_the_same_rows_give_the_same_bytes() -> None:
    assert documents.sale(full_sale()) == documents.sale(full_sale())
    changed = replace(full_sale(), lines=(sale_line(quantity=MILLION),), company=SELLER)
    assert documents.sale(changed) != documents.sale(full_sale())


@pytest.mark.parametrize("language", Language)
def test_a_statement_of_account(language: Language) -> None:
    texts = TEXTS[language]
    document = documents.statement(account(language))
    text = words(document)
    money = "150.00 300.00" if language is Language.ENGLISH else "150,00 300,00"
    assert not missing(
        text, f"{texts['statement']} CAFE", texts["opening"], f"{texts['invoice']} CI-2026-000001", money
    )
    assert not missing(text, texts["withdrawn"], texts["in_our_favour"])
    credit = account(language, lines=(StatementLine(day=DAY, kind="", number="", amount=0, balance=-500),))
    assert texts["in_your_favour"] in words(documents.statement(credit))
    pages = page_texts(documents.statement(account(language, count=60)))
    assert len(pages) > 1
    assert texts["carried_forward"] in pages[0]


@pytest.mark.parametrize("language", Language)
def test_a_reminder_says_what_is_owed_and_how_much_it_presses(language: Language) -> None:
    texts, formats = TEXTS[language], Formats(language)
    said = {insistence: words(documents.reminder(letter(language, insistence=insistence))) for insistence in Insistence}
    for insistence, text in said.items():
        day = formats.day(DAY)
        assert not missing(solid(text), solid(texts[insistence.value].format(day=day)), solid(texts["remind_crossed"]))
        assert "Friendly word CAFE" in text
        owed = f"CI-2026-000001 {formats.day(DAY - dt.timedelta(31))} 31 {formats.day(DAY - dt.timedelta(9))}"
        total, pay_by = formats.money(30_000, 2), formats.day(DAY + dt.timedelta(7))
        asked = texts["pay_by"].format(amount=f"EUR {total}", day=pay_by, number="CAFE")
        assert not missing(text, owed, *SELLER.bank)
        assert solid(asked) in solid(text)
    assert len(set(said.values())) == len(Insistence)
    assert len(page_texts(documents.reminder(letter(language, count=60)))) > 1
