"""Documents on paper and files with them, at the command line."""

from __future__ import annotations

from pathlib import Path

from tests.interfaces.books import select
from tests.interfaces.papers import words
from tests.interfaces.shop import Shop


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
    text = words((home / f"{order}.pdf").read_bytes())
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
    text = words((home / "v2.pdf").read_bytes())
    assert "Indkøbsordre" in text
    assert "Version 2" in text
    assert "S-4711" not in text
    draft = shop.number("po", "create", "SMITH", "--line", "NUT=1@1")
    shop("po", "print", draft, "--output", "draft.pdf", "--language", "de")
    assert "ENTWURF, NICHT FREIGEGEBEN" in words((home / "draft.pdf").read_bytes())
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
    head.write_text("logo = 'logo.svg'", encoding="utf-8-sig")  # as Windows writes it
    shop("po", "print", order, "--letterhead", head, "--output", "logo.pdf")


def test_receipt_and_return_notes_are_printed(shop: Shop, home: Path) -> None:
    order = shop.sent("MILK=20@2.50", "NUT=10@1")
    receipt = shop.number(
        *("receive", order, "--line", "MILK=18", "--rejected", "MILK=2", "--reason", "sour", "--delivery-note", "D-9"),
        *("--lot", "MILK=L7,expires=2026-06-30", "--day", "2026-03-09"),
    )
    shop("document", "note", receipt, "Two crates were open.")
    shop("document", "print", receipt)
    text = words((home / f"{receipt}.pdf").read_bytes())
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
    text = words((home / f"{back}.pdf").read_bytes())
    for part in ("Supplier return note", receipt, "Lot L7", "sour too", "RMA-3", "Please send a replacement.", "10.00"):
        assert part in text, part
    shop("supplier", "item", "SMITH", "NUT")
    shop("supplier", "price", "SMITH", "NUT", "1.25", "--from", "2026-01-01")
    unordered = shop.number("receive", "--supplier", "SMITH", "--line", "NUT=1", "--day", "2026-03-09")
    shop("document", "print", unordered)
    assert "provisional" not in words((home / f"{receipt}.pdf").read_bytes())
    assert "provisional" in words((home / f"{unordered}.pdf").read_bytes())


def test_files_are_attached(shop: Shop, home: Path) -> None:
    order = shop.sent("NUT=1@1")
    (home / "scan.pdf").write_bytes(b"%PDF-1.7")
    assert shop("document", "attach", order, "scan.pdf").lines == [f"Attached scan.pdf to {order}."]
    assert select("SELECT name, media_type, length(content) FROM document_attachment") == [
        ("scan.pdf", "application/pdf", 8)
    ]
