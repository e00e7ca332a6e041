"""Documents on paper: what is on the pages, in which language, and what can never get onto them."""

from __future__ import annotations

import datetime as dt
import io
import re
import string
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from everstock.core.problems import Refusal
from everstock.interfaces.paper import printer
from everstock.interfaces.paper.buying_sheets import order_sheet, receipt_sheet, return_sheet
from everstock.interfaces.paper.documents import goods_receipt_note, purchase_order, supplier_return_note
from everstock.interfaces.paper.formats import Formats, clean
from everstock.interfaces.paper.rows import Letterhead, Money, Party, Resolution
from everstock.interfaces.paper.sheets import Sheet
from everstock.interfaces.paper.symbols import symbol
from everstock.interfaces.paper.texts import TEXTS, Language
from tests.interfaces.papers import (
    COMPANY,
    DAY,
    LOGO,
    MILLION,
    full_order,
    full_receipt,
    goods_return,
    order,
    order_line,
    page_texts,
    receipt,
    receipt_line,
    return_line,
    words,
)

ROOT = Path(__file__).resolve().parents[2]
IN_ENGLISH_AT_LEAST = [
    language if language is Language.ENGLISH else pytest.param(language, marks=pytest.mark.slow)
    for language in Language
]
MARKUP = [
    '#read("/etc/passwd")',
    "#panic()",
    "*bold* _italic_ `raw`",
    "$x^2$",
    "= Heading",
    "- list / + list",
    "<label> @reference",
    "a\\b \\u{41} \\",
    "// comment /* comment */",
    "[content] {code}",
    "\"quoted\" 'quoted' -- ... ~",
    "&amp; <script>alert(1)</script>",
    "https://example.org/~a",
    "#sys.inputs",
    '\\"}],"title":"x',
]


def solid(text: str) -> str:
    """Without any space: an extractor puts some where a line ends."""
    return re.sub(r"[\s\u200b]", "", text)


def read_codes(sheet: Sheet) -> list[tuple[str, str]]:
    """Kind and content of every barcode on the pages, read from a picture as a scanner would."""
    found = []
    for page in printer.pages(sheet, "png", 300):
        with Image.open(io.BytesIO(page)) as picture:
            grey = picture.convert("L")
        found += [(str(code.format), code.text) for code in zxingcpp.read_barcodes(grey)]
    return sorted(found)


# Texts and formats ---------------------------------------------------------------------------------------------------


def names_in_use() -> set[str]:
    """Names of texts in the templates and in the modules that fill them."""
    paper = Path(printer.__file__).parent
    modules = [path for path in paper.glob("*.py") if path.name != "texts.py"]
    source = "".join(path.read_text() for path in [*paper.glob("templates/*.typ"), *modules])
    quoted = set(re.findall(r"""["']([a-z_0-9]+)["']""", source))
    return {name for name in TEXTS[Language.ENGLISH] if name in quoted or re.search(rf"\bt\.{name}\b", source)}


@pytest.mark.parametrize("language", Language)
def test_every_language_says_everything(language: Language) -> None:
    texts = TEXTS[language]
    assert set(texts) == set(TEXTS[Language.ENGLISH])
    assert all(text == text.strip() != "" for text in texts.values())


def test_every_text_is_used_and_every_text_that_is_used_is_there() -> None:
    templates = "".join(path.read_text() for path in Path(printer.__file__).parent.glob("templates/*.typ"))
    assert set(re.findall(r"\bt\.([a-z_]+)", templates)) - {"at"} <= set(TEXTS[Language.ENGLISH])
    assert names_in_use() == set(TEXTS[Language.ENGLISH])


def test_languages_differ() -> None:
    english, danish, german = (TEXTS[language] for language in Language)
    same = {name for name in english if english[name] == danish[name] or english[name] == german[name]}
    assert same <= {"version", "notes"}


@pytest.mark.parametrize(
    "language, expected",
    [
        (Language.ENGLISH, ["17 Mar 2026", "-1,234,567.80", "0.000001", "2,500", "12.50", "0.123456", "7.5%"]),
        (Language.DANISH, ["17. mar. 2026", "-1.234.567,80", "0,000001", "2.500", "12,50", "0,123456", "7,5\xa0%"]),
        (Language.GERMAN, ["17.03.2026", "-1.234.567,80", "0,000001", "2.500", "12,50", "0,123456", "7,5\xa0%"]),
    ],
)
def test_numbers_and_dates_follow_the_language(language: Language, expected: list[str]) -> None:
    formats = Formats(language)
    assert [
        formats.day(DAY),
        formats.money(-123_456_780, 2),
        formats.quantity(1),
        formats.quantity(2_500 * MILLION),
        formats.unit_price(12_500_000, 2),
        formats.unit_price(123_456, 2),
        formats.percent(75_000),
    ] == expected


@pytest.mark.parametrize("digits, expected", [(0, "123,456,789"), (2, "1,234,567.89"), (3, "123,456.789")])
def test_money_has_the_decimals_of_its_currency(digits: int, expected: str) -> None:
    assert Formats(Language.ENGLISH).money(123_456_789, digits) == expected


def test_the_largest_amount_is_printed_to_the_last_digit() -> None:
    assert Formats(Language.ENGLISH).money(10**18 - 1, 2) == "9,999,999,999,999,999.99"
    assert Formats(Language.ENGLISH).quantity(10**18 - 1) == "999,999,999,999.999999"


def test_decimal_marks_of_a_column_stand_below_each_other() -> None:
    column = Formats(Language.GERMAN).aligned(["1.200", "2,5", "", "0,125"])
    assert [entry["pad"] for entry in column] == [",125", "25", "", ""]
    assert [entry["text"] for entry in column] == ["1.200", "2,5", "", "0,125"]


@pytest.mark.parametrize(
    "text, lines",
    [
        ("plain", ["plain"]),
        ("one\ntwo\r\nthree\rfour", ["one", "two", "three", "four"]),
        ("a\x00b\tc\x1bd\ud800", ["a b c d"]),
        ("\u202egnp.exe\u202c \u2066x\u2069", ["gnp.exe x"]),
        ("x" * 20, ["x" * 20]),
        ("x1" * 11, ["\u200b".join(["x1x1"] * 5 + ["x1"])]),
        ("X" * 21, ["\u200b".join(["XXXX"] * 5 + ["X"])]),
        ("x" * 25, ["\u200b".join(["xxxx"] * 6 + ["x"])]),
        ("Fahrradhändler-Genossenschaft", ["Fahrradhändler-Genossenschaft"]),
        ("שלום 😀", ["שלום 😀"]),
    ],
)
def test_texts_are_made_printable(text: str, lines: list[str]) -> None:
    assert clean(text) == lines


# Purchase orders -----------------------------------------------------------------------------------------------------


def test_an_order_says_everything() -> None:
    text = words(purchase_order(full_order()))
    for part in (
        "Purchase order PO-2026-00017",
        "Version 3. This version replaces all earlier ones.",
        *("Nordlys Cykler ApS", "Havnegade 14, 2. sal", "5000 Odense C", "IBAN DK50 0040 0440 1162 43"),
        *("Müller & Söhne Fahrradteile GmbH", "Frau Änne Weiß", "26122 Oldenburg", "DE 811 907 980"),
        *("Date 17 Mar 2026", "Blanket order BO-2026-00002", "Buyer Sofie Lund", "Your reference AN-88121"),
        *("Payment 30 days net", "Terms of delivery DAP Odense", "Currency EUR", "Deliver to Nordlys warehouse"),
        *("Spoke 262 mm", "Your item MS-77003 · Our item BRK-0003", "Stainless, with nipples", "4 May 2026"),
        *("1,200 box of 500", "43.20 7.5% 47,952.00", "2.5 l", "8.123456"),
        *("Net 48,207.31", "Tax 12,030.58", "Total EUR 60,237.89"),
        "Reverse charge, services from abroad 0% 85.00 0.00",
        "Two per cent a week are deducted",
        "+45 66 00 00 00",
        "Page 1 of 1",
    ):
        assert part in text
    assert "Draft" not in text.title()


def test_what_is_not_known_is_not_mentioned() -> None:
    text = words(purchase_order(order(taxes=(), tax=0, net=15_000, gross=15_000)))
    absent = (
        "Buyer",
        "Payment",
        "Discount",
        "Deliver to",
        "Delivery",
        "Tax",
        "Net",
        "Terms",
        "Notes",
        "Version",
        "None",
    )
    assert [word for word in absent if word in text] == []
    assert "Total EUR 150.00" in text


def test_a_draft_says_so() -> None:
    assert "DRAFT, NOT APPROVED" in words(purchase_order(order(draft=True)))


def test_one_date_for_all_lines_is_said_once() -> None:
    day = dt.date(2026, 4, 2)
    once = words(purchase_order(order(expected_on=day, lines=(order_line(expected_on=day), order_line(2)))))
    assert once.count("2 Apr 2026") == 1
    each = words(purchase_order(order(expected_on=day, lines=(order_line(expected_on=DAY), order_line(2)))))
    assert each.count("2 Apr 2026") == 1
    assert each.count("17 Mar 2026") == 2


@pytest.mark.parametrize(
    "language, parts",
    [
        (Language.DANISH, ["Indkøbsordre PO", "17. mar. 2026", "I alt EUR 60.237,89", "7,5 %", "Side 1 af 1"]),
        (Language.GERMAN, ["Bestellung PO", "17.03.2026", "Gesamt EUR 60.237,89", "7,5 %", "Seite 1 von 1"]),
    ],
)
def test_an_order_in_other_languages(language: Language, parts: list[str]) -> None:
    document = purchase_order(full_order(language))
    text = words(document)
    assert [part for part in parts if part not in text] == []
    assert "Purchase" not in text
    assert str(PdfReader(io.BytesIO(document)).root_object["/Lang"]).startswith(language.value)


def test_a_currency_without_decimals() -> None:
    paper = order(money=Money(currency="JPY", digits=0), lines=(order_line(amount=1_500, unit_price=125 * MILLION),))
    assert "12 pcs 125 1,500" in words(purchase_order(paper))


def test_a_long_order_repeats_its_header_and_counts_its_pages() -> None:
    pages = page_texts(purchase_order(order(lines=tuple(order_line(number) for number in range(1, 61)))))
    assert len(pages) == 3
    for number, text in enumerate(pages, 1):
        assert "# Item Quantity Unit Unit price Amount" in text
        assert f"Page {number} of 3" in text
    assert all("Purchase order PO-2026-00017 Nordlys Cykler ApS" in text for text in pages[1:])
    assert re.findall(r"Brake lever (\d+)", " ".join(pages)) == [str(number) for number in range(1, 61)]
    assert "Total EUR" in pages[2]
    assert not any("Total EUR" in text for text in pages[:2])


def test_an_order_without_lines_and_names() -> None:
    paper = order(lines=(), taxes=(), company=Letterhead(name=""), supplier=Party(name=""), number="")
    assert "Total EUR 187.50" in words(purchase_order(paper))


# Receipts and returns ------------------------------------------------------------------------------------------------


def test_a_receipt_says_everything() -> None:
    text = words(goods_receipt_note(full_receipt(), costs=True))
    for part in (
        *(
            "Goods receipt note GR-2026-00042",
            "Delivery note LS 4711/26",
            "Warehouse Odense",
            "Received by Mikkel Bruun",
        ),
        *("Order PO-2026-00017", "Two cans dented", "DOCK-2 10 10.5 8 2.5 l 77.31", "provisional"),
        *("Lot · 8 l · made 8 Jan 2026 · expires 8 Jan 2028", "Lot · 2.5 l", "L2026-0917", "SN44102"),
        *("Total EUR 3,710.88", "Pallets exchanged.", "Received by, date", "Checked by, date"),
    ):
        assert part in text


def test_columns_nobody_needs_are_left_out() -> None:
    text = words(goods_receipt_note(receipt(), costs=False))
    assert "# Item Received Unit Brake lever 1 12 pcs" in text
    assert not [word for word in ("Ordered", "Accepted", "Rejected", "Location") if word in text]


@pytest.mark.parametrize("language", IN_ENGLISH_AT_LEAST)
def test_who_may_not_see_costs_gets_none(language: Language) -> None:
    shown, hidden = (goods_receipt_note(full_receipt(language), costs=costs) for costs in (True, False))
    texts = TEXTS[language]
    price, total = ("77.31", "3,710.88") if language is Language.ENGLISH else ("77,31", "3.710,88")
    secrets = (price, total, "EUR", texts["unit_price"], texts["amount"], texts["total"], texts["provisional"])
    assert [word for word in secrets if word not in words(shown)] == []
    assert [word for word in secrets if word in words(hidden)] == []
    dear = full_receipt(language, lines=tuple(receipt_line(n, unit_price=9, amount=9) for n in range(2)), total=1)
    free = full_receipt(
        language, lines=tuple(receipt_line(n, unit_price=None, amount=None) for n in range(2)), total=None
    )
    assert goods_receipt_note(dear, costs=False) == goods_receipt_note(free, costs=False)
    assert goods_receipt_note(dear, costs=True) != goods_receipt_note(free, costs=True)


def test_barcodes_are_read_back() -> None:
    bars, square = "Code 128", "QR Code"
    assert read_codes(receipt_sheet(full_receipt(), costs=True)) == sorted(
        [(bars, "GR-2026-00042")]
        + [(bars, f"BRK-000{number}") for number in (1, 2, 3)]
        + [(bars, code) for code in ("L2026-0917", "L2026-0918", "SN44100", "SN44101", "SN44102")]
        + [(square, "Ø-ring")]
    )
    assert read_codes(return_sheet(goods_return(), costs=False)) == [(bars, "SR-2026-00003")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "A",
        "12345678",
        "a b*#$\\",
        string.printable[:95][-30:].strip(),
        "x" * 64,
        "x" * 500,
        "ÄÖÜ",
        "LEVER-ÆØÅ-ß",
        "ZH-自行车-01",
    ],
)
def test_any_code_can_be_scanned(code: str) -> None:
    found = read_codes(receipt_sheet(receipt(lines=(receipt_line(item=code),)), costs=False))
    assert code in [text for _, text in found]


def test_barcodes_are_drawings() -> None:
    reader = PdfReader(io.BytesIO(goods_receipt_note(full_receipt(), costs=True)))
    assert not any(page.images for page in reader.pages)


@pytest.mark.slow
@pytest.mark.parametrize("content", ["", "x" * 5_000, "\ud800"])
def test_what_no_barcode_can_hold_has_none(content: str) -> None:
    assert symbol(content) is None
    found = read_codes(receipt_sheet(receipt(lines=(receipt_line(item=content),)), costs=False))
    assert found == [("Code 128", "GR-2026-00042")]


def test_a_line_stays_with_its_barcodes() -> None:
    lines = tuple(receipt_line(number) for number in range(1, 61))
    for text in page_texts(goods_receipt_note(receipt(lines=lines), costs=False)):
        assert re.findall(r"Brake lever (\d+)", text) == [str(int(n)) for n in re.findall(r"BRK-(\d+)", text)]


@pytest.mark.slow
def test_nobody_signs_an_empty_page() -> None:
    for count in range(1, 16):
        paper = receipt(lines=tuple(receipt_line(number) for number in range(count)), notes="Counted twice.")
        last = page_texts(goods_receipt_note(paper, costs=True))[-1]
        assert re.search(r"Total EUR 927\.72 Notes Counted twice\. .*Checked by, date", last), f"{count} lines"


@pytest.mark.parametrize("resolution", Resolution)
@pytest.mark.parametrize("language", Language)
def test_a_return_says_everything(language: Language, resolution: Resolution) -> None:
    texts = TEXTS[language]
    text = words(supplier_return_note(goods_return(language, resolution=resolution), costs=True))
    for part in (
        f"{texts['return']} SR-2026-00003",
        f"{texts['authorisation']} RMA 5520",
        f"{texts['carrier']} DSV",
        texts[resolution.value],
        f"{texts['receipt_number']} GR-2026-00042",
        f"{texts['lot']} L2026-0917 · {texts['expires_on']}",
        "Damaged in transit",
        f"{texts['total']} EUR 309" + ("." if language is Language.ENGLISH else ",") + "24",
        f"{texts['taken_by']}, {texts['signed_on']}",
    ):
        assert part in text


def test_a_return_without_costs_carries_none() -> None:
    dear, free = (goods_return(lines=(return_line(unit_price=p, amount=p),), total=p) for p in (7, None))
    assert supplier_return_note(dear, costs=False) == supplier_return_note(free, costs=False)
    assert "EUR" not in words(supplier_return_note(dear, costs=False))
    assert "EUR" in words(supplier_return_note(dear, costs=True))


# Whatever people write -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", MARKUP)
def test_text_is_never_read_as_markup(text: str) -> None:
    paper = order(
        company=Letterhead(name=f"company {text}", address=(f"street {text}",), footer=(f"bank {text}",)),
        supplier=Party(name=f"partner {text}", address=(f"road {text}",), tax_number=f"number {text}"),
        number=f"PO {text}",
        lines=(order_line(item=f"code {text}", name=f"name {text}", unit=f"unit {text}", details=(f"detail {text}",)),),
        buyer=f"buyer {text}",
        terms=f"terms {text}",
        notes=f"notes {text}\nsecond {text}",
    )
    document = purchase_order(paper)
    printed = solid(words(document))
    for word in (*("company", "street", "bank", "partner", "road", "number", "PO", "code", "name", "unit"), "detail"):
        assert solid(f"{word} {text}") in printed
    for word in ("buyer", "terms", "notes", "second"):
        assert solid(f"{word} {text}") in printed
    assert PdfReader(io.BytesIO(document)).metadata.title == f"Purchase order PO {text}"  # type: ignore[union-attr]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_receipts_and_returns_stays_text(text: str) -> None:
    line = receipt_line(name=f"name {text}", location=f"place {text}", unit=f"unit {text}", order=f"order {text}")
    note = solid(words(goods_receipt_note(receipt(lines=(line,), notes=f"note {text}"), costs=True)))
    assert [word for word in ("name", "place", "unit", "order", "note") if solid(word + text) not in note] == []
    back = return_line(name=f"name {text}", reason=f"reason {text}", receipt=f"receipt {text}")
    note = solid(words(supplier_return_note(goods_return(lines=(back,), carrier=f"carrier {text}"), costs=True)))
    assert [word for word in ("name", "reason", "receipt", "carrier") if solid(word + text) not in note] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("lorem ipsum " * 833, id="words"),
        pytest.param("y" * 10_000, id="one word", marks=pytest.mark.slow),
        pytest.param("line\n" * 2_000, id="lines", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize(
    "print_it",
    [
        lambda text: purchase_order(order(notes=text, lines=(order_line(name=text),))),
        lambda text: goods_receipt_note(receipt(notes=text, lines=(receipt_line(name=text),)), costs=True),
        lambda text: supplier_return_note(goods_return(notes=text, lines=(return_line(reason=text),)), costs=True),
    ],
)
def test_ten_thousand_characters_go_over_several_pages(print_it: Callable[[str], bytes], text: str) -> None:
    pages = page_texts(print_it(text))
    assert len(pages) > 3
    body = solid("".join(pages))
    assert sum(body.count(letter) for letter in set(solid(text))) >= 2 * len(solid(text))


def test_long_words_stay_on_the_paper() -> None:
    word = "W" * 300
    (page, *_) = printer.pages(order_sheet(order(lines=(order_line(name=word, item=word),), buyer=word)), "png", 72)
    with Image.open(io.BytesIO(page)) as picture:
        margin = picture.convert("L").crop((picture.width - 45, 0, picture.width, picture.height))
    assert margin.getextrema() == (255, 255)


def test_other_scripts_and_what_no_font_has() -> None:
    with pytest.warns(printer.UnprintedWarning, match="has \U000f1234, printed as �: install"):
        text = words(purchase_order(order(notes="Łódź ελληνικά \U000f1234 \x00 русский \ud800 é")))
    assert "Łódź ελληνικά � русский é" in text
    for name in ("שלום עולם", "مرحبا", "中文", "👨‍👩‍👧", "\u202eevil", "\u0000"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", printer.UnprintedWarning)  # which fonts there are depends on the machine
            assert "Brake" not in words(purchase_order(order(lines=(order_line(name=name),))))


def test_any_number_of_unknown_characters_is_printed_as_unknown() -> None:
    private = "".join(map(chr, range(0xF0000, 0xF0BB8)))
    with pytest.warns(printer.UnprintedWarning, match="and others"):
        assert words(purchase_order(order(notes=private))).count("�") == 3_000


def test_everything_is_printed_at_its_largest() -> None:
    most = 10**18 - 1
    line = order_line(quantity=most, unit_price=most, amount=most, discount=999_999)
    text = words(purchase_order(order(lines=(line,), net=most, tax=most, gross=most)))
    assert text.count("9,999,999,999,999,999.99") == 4
    assert text.count("999,999,999,999.999999") == 2


# Refusals and sameness -----------------------------------------------------------------------------------------------


def png(width: int = 300, height: int = 80) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 60)).save(data, "PNG")
    return data.getvalue()


def letterhead(logo: bytes | None = None, font: str | None = None) -> Letterhead:
    return Letterhead(name=COMPANY.name, logo=logo, font=font)


def colours(logo: bytes) -> set[tuple[int, ...]]:
    (page,) = printer.pages(order_sheet(order(company=letterhead(logo))), "png", 60)
    with Image.open(io.BytesIO(page)) as picture:
        return {colour for _, colour in picture.convert("RGB").getcolors(1 << 20) or []}  # type: ignore[misc]


@pytest.mark.parametrize(
    "logo, colour", [(png(), (200, 30, 60)), (png(4000, 100), (200, 30, 60)), (LOGO, (11, 92, 74))]
)
def test_a_logo_is_on_the_paper(logo: bytes, colour: tuple[int, ...]) -> None:
    assert colour in colours(logo)
    assert purchase_order(order(company=letterhead(logo)))


@pytest.mark.parametrize(
    "logo, cause",
    [
        (b"", "neither a PNG nor an SVG"),
        (b"\xff\xd8\xff\xe0 jpeg", "neither a PNG nor an SVG"),
        (b"GIF89a", "neither a PNG nor an SVG"),
        (png()[:60], "cannot be drawn"),
        (b"\x89PNG\r\n\x1a\n", "cannot be drawn"),
        (b"<svg", "cannot be drawn"),
        (LOGO[:-20], "cannot be drawn"),
        (LOGO.replace(b"</svg>", "<text y='9'>\U000f1234</text></svg>".encode()), "could not be displayed"),
        (png(4001, 1), "4001 × 1 pixels"),
        (LOGO + b" " * 600_000, "bytes"),
    ],
)
def test_a_bad_logo_is_refused(logo: bytes, cause: str) -> None:
    with pytest.raises(Refusal) as refused:
        purchase_order(order(company=letterhead(logo)))
    assert refused.value.code == "paper.logo"
    assert cause in refused.value.cause
    assert refused.value.remedy == "Save it again as PNG or SVG, or print without a logo."


def test_a_logo_reads_no_files(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png())
    tag = f'<image href="{tmp_path}/secret.png" width="100" height="60"/>'
    logo = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 60">{tag}</svg>'
    with pytest.raises(Refusal) as refused:
        purchase_order(order(company=letterhead(logo.encode())))
    assert refused.value.code == "paper.logo"
    assert "failed to load linked image" in refused.value.cause


def test_a_font_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        purchase_order(order(company=letterhead(font="Nonesuch Sans")))
    assert refused.value.code == "paper.font"
    assert "“Nonesuch Sans”" in refused.value.cause
    assert "Install it" in refused.value.remedy


def test_the_font_of_the_letterhead_is_used() -> None:
    def fonts(font: str | None) -> set[str]:
        reader = PdfReader(io.BytesIO(purchase_order(order(company=letterhead(font=font)))))
        return {str(entry["/BaseFont"]) for entry in reader.pages[0]["/Resources"]["/Font"].values()}  # type: ignore[index]

    assert any("Libertinus" in name for name in fonts(None))
    assert any("NewCM" in name for name in fonts("new computer modern"))
    assert not any("Libertinus" in name for name in fonts("New Computer Modern"))


def test_a_failure_of_typesetting_is_a_refusal() -> None:
    sheet = order_sheet(order(company=letterhead(LOGO)))
    with pytest.raises(Refusal) as refused:
        printer.pdf(replace(sheet, data=sheet.data | {"lines": None}))
    assert refused.value.code == "paper.failed"
    assert "Typst said: " in refused.value.cause
    assert "report it" in refused.value.remedy


PRINT_AGAIN = """
import hashlib
from tests.interfaces.papers import full_order, full_receipt, goods_return
from everstock.interfaces.paper.documents import *
from everstock.interfaces.paper.documents import goods_receipt_note, purchase_order, supplier_return_note
made = purchase_order(full_order()) + goods_receipt_note(full_receipt(), costs=True) + supplier_return_note(goods_return(), costs=True)
print(hashlib.sha256(made).hexdigest())
"""


def test_the_same_rows_give_the_same_bytes_in_any_process() -> None:
    made = {
        subprocess.run(
            [sys.executable, "-c", PRINT_AGAIN],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(made) == 1


def test_a_document_is_dated_by_its_day_and_made_to_be_kept() -> None:
    reader = PdfReader(io.BytesIO(purchase_order(order())))
    assert reader.metadata is not None
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date() == DAY
    assert b"pdfaid:part" in reader.root_object["/Metadata"].get_data()  # type: ignore[attr-defined]
    assert reader.pages[0].mediabox.width == pytest.approx(595.28, abs=0.1)


def test_the_example_of_the_page_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "how-to" / "print-documents.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "print-documents.md", "exec"), {})  # noqa: S102 - our own page
    text = words(Path("order.pdf").read_bytes())
    assert "Bestellung PO-2026-00017" in text
    assert "1 Bremshebel Ihr Artikel" not in text
    assert "Unser Artikel BRK-1 12 Stk 12,50 150,00" in text
    assert "Gesamt EUR 178,50" in text
