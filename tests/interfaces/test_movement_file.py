"""The movement file, as docs/reference/movement-file.md promises it: what is read, what is created, what is done once."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.interfaces.books import NOW, counts, movements, pools, select, total
from tests.interfaces.movement_file import issue, receipt, text

if TYPE_CHECKING:
    from everstock.interfaces.files.movements import Summary
    from everstock.masterdata.models import Company


def test_columns_in_any_order_unknown_ones_ignored_with_one_warning(
    load: Callable[..., Summary], company: Company
) -> None:
    done = load(
        "Reference,COLOUR,quantity,item,kind, date ,unit_cost,location,x\nR1,red,3,A,Receipt,2026-01-05,1.5,M,y\n"
    )
    assert done.warnings == ["Unknown columns were ignored: colour, x."]
    assert total(company) == (3, Decimal("4.5"))


@pytest.mark.parametrize("name", ["m.csv", "m.csv.gz"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_plain_and_compressed_with_and_without_mark(
    name: str, mark: bytes, newline: str, load: Callable[..., Summary], company: Company
) -> None:
    content = mark + text(receipt(note="Größe"), issue()).replace("\n", newline).encode()
    load(gzip.compress(content) if name.endswith("gz") else content, name=name)
    assert total(company) == (9, 18)


def test_importing_twice_does_nothing_the_second_time(load: Callable[..., Summary], company: Company) -> None:
    content = text(
        receipt(note="n"), issue(unit_price="5", partner="P"), receipt(kind="count", quantity="7", date="2026-01-08")
    )
    first = load(content)
    before, books = counts(company), pools(company)
    second = load(content, now=NOW + 10**6)
    assert (first.posted, first.repeated) == (3, 0)
    assert (second.posted, second.repeated) == (0, 3)
    assert (counts(company), pools(company)) == (before, books)


def test_the_same_line_twice_in_a_file_is_posted_once(load: Callable[..., Summary], company: Company) -> None:
    done = load(text(receipt(reference="X"), receipt(reference="X")))
    assert (done.posted, done.repeated, total(company)) == (1, 1, (10, 20))


@pytest.mark.parametrize("change", [{"quantity": "11"}, {"unit_cost": "3"}, {"date": "2026-01-04"}, {"note": "other"}])
def test_a_reference_with_other_content_is_refused(
    change: dict[str, str], load: Callable[..., Summary], problems: Callable[..., list[Any]]
) -> None:
    load(text(receipt(reference="X")))
    ((line, column, value, reason),) = problems(text(receipt(reference="X", **change)))
    assert (line, column, value) == (2, "reference", "X")
    assert "other content" in reason


def test_a_dry_run_says_what_would_be_and_changes_nothing(load: Callable[..., Summary], company: Company) -> None:
    before = counts(company)
    content = text(receipt(lot="L1", partner="P"), issue(lot="L1"))
    done = load(content, dry_run=True)
    assert (done.posted, done.dry_run) == (2, True)
    assert done.created == {"items": 1, "locations": 1, "partners": 1, "lots": 1}
    assert counts(company) == before
    assert load(content).posted == 2


def test_strict_refuses_what_would_be_created(load: Callable[..., Summary], problems: Callable[..., list[Any]]) -> None:
    found = problems(text(receipt(partner="P"), receipt(kind="transfer", to_location="N")), strict=True)
    assert [row[:3] for row in found] == [
        (2, "item", "A"),
        (2, "location", "M"),
        (2, "partner", "P"),
        (3, "item", "A"),
        (3, "location", "M"),
        (3, "to_location", "N"),
    ]
    load(text(receipt(partner="P")))
    assert load(text(receipt(reference="NEW", partner="P")), strict=True).posted == 1


def test_what_is_created_is_what_the_lines_say(load: Callable[..., Summary], company: Company) -> None:
    load(
        text(
            receipt(uom="kg", partner="SUP"),
            issue(partner="CUS", uom="kg"),
            receipt(item="B", lot="L1"),
            receipt(kind="adjust_in", item="C", partner="X"),
        )
    )
    items = select(
        "SELECT sku, u.code, tracking FROM item i JOIN unit u ON u.id = base_unit_id WHERE i.company_id = %s ORDER BY 1",
        company.pk,
    )
    assert items == [("A", "kg", "none"), ("B", "each", "lot"), ("C", "each", "none")]
    partners = select("SELECT code, is_supplier, is_customer FROM partner WHERE company_id = %s ORDER BY 1", company.pk)
    assert partners == [("CUS", False, True), ("SUP", True, False), ("X", False, False)]
    assert select("SELECT kind, purpose FROM location WHERE company_id = %s AND code = 'M'", company.pk) == [
        ("internal", "warehouse")
    ]


def test_codes_that_differ_by_case_are_different(load: Callable[..., Summary], company: Company) -> None:
    load(text(receipt(item="a"), receipt(item="A")))
    assert len(pools(company)) == 2


# --- lines that apply to others


def test_a_note_is_kept(load: Callable[..., Summary], company: Company) -> None:
    load(text(receipt(note='"two\nlines ""quoted"""')))
    assert movements(company, "details->>'note'") == [('two\nlines "quoted"',)]
