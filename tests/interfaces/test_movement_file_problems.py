"""What is wrong with a movement file is named by line, column and value, and changes nothing."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from everstock.core.problems import BadFile, Refusal
from tests.interfaces.books import NOW
from tests.interfaces.movement_file import issue, receipt, text

if TYPE_CHECKING:
    from everstock.interfaces.files.movements import Summary
    from everstock.masterdata.models import Company

BAD: list[tuple[dict[str, str], str, str, str]] = [
    # (line, column, value, part of the reason)
    (receipt(date=""), "date", "", "is empty"),
    (receipt(date="05.01.2026"), "date", "05.01.2026", "is not a date such as"),
    (receipt(date="2026-02-30"), "date", "2026-02-30", "not a day of the calendar"),
    (receipt(date="20260105"), "date", "20260105", "is not a date such as"),
    (receipt(time="25:00"), "time", "25:00", "is not a time such as"),
    (receipt(time="9:30"), "time", "9:30", "is not a time such as"),
    (receipt(kind=""), "kind", "", "is empty"),
    (receipt(kind="purchase"), "kind", "purchase", "is not one of opening, receipt"),
    (receipt(kind="reversal"), "kind", "reversal", "is not one of"),
    (receipt(item=""), "item", "", "is empty"),
    (receipt(item="A" * 65), "item", "A" * 65, "longer than 64"),
    (receipt(location=""), "location", "", "is empty"),
    (receipt(location="M\x07"), "location", "M\x07", "unprintable"),
    (receipt(location="SUPPLIERS"), "location", "SUPPLIERS", "holds no stock"),
    (receipt(kind="transfer", to_location=""), "to_location", "", "is empty"),
    (receipt(kind="transfer", to_location="M"), "to_location", "M", "is the location itself"),
    (receipt(lot="L" * 65), "lot", "L" * 65, "longer than 64"),
    (receipt(quantity=""), "quantity", "", "is empty"),
    (receipt(quantity="0"), "quantity", "0", "must be above zero"),
    (receipt(quantity="-1"), "quantity", "-1", "must not have a sign"),
    (receipt(quantity="1.0000001"), "quantity", "1.0000001", "more than 6 decimals"),
    (receipt(quantity="ten"), "quantity", "ten", "not a plain decimal number"),
    (receipt(kind="count", quantity="-1"), "quantity", "-1", "must not have a sign"),
    (receipt(uom="B" * 65), "uom", "B" * 65, "longer than 64"),
    (receipt(unit_cost="-2"), "unit_cost", "-2", "must not have a sign"),
    (receipt(unit_cost="1e3"), "unit_cost", "1e3", "not a plain decimal number"),
    (receipt(quantity="999999999999", unit_cost="999999999"), "unit_cost", "999999999", "too large"),
    (receipt(amount="1.234"), "amount", "1.234", "more than 2 decimals"),
    (receipt(amount="-5"), "amount", "-5", "must not have a sign"),
    (issue(unit_price="x"), "unit_price", "x", "not a plain decimal number"),
    (receipt(currency="XXX"), "currency", "XXX", "is not a known currency"),
    (receipt(currency="EUR"), "rate", "", "no exchange rate from EUR to USD is set for 2026-01-05"),
    (receipt(currency="EUR", rate="0"), "rate", "0", "must be above zero"),
    (receipt(currency="EUR", rate="1.1.1"), "rate", "1.1.1", "not a plain decimal number"),
    (receipt(currency="USD", rate="1.5"), "rate", "1.5", "the company's own"),
    (receipt(reference=""), "reference", "", "is empty"),
    (receipt(reference="R" * 201), "reference", "R" * 200, "longer than 200"),
    (receipt(kind="return_in", applies_to="NONE"), "applies_to", "NONE", "no line with the reference NONE"),
    (receipt(kind="issue", applies_to="NONE"), "applies_to", "NONE", ""),
    (receipt(kind="cost_change"), "applies_to", "", "needs the reference of the receipt"),
    (receipt(kind="cost_change", applies_to="NONE"), "applies_to", "NONE", "not the reference of a line"),
    (receipt(kind="landed_cost", applies_to="NONE"), "applies_to", "NONE", "not the reference of a line"),
    (receipt(kind="landed_cost", applies_to="NONE", unit_cost=""), "amount", "", "is empty"),
    (receipt(kind="write_down", unit_cost=""), "unit_cost", "", "needs the new value of one unit"),
    (receipt(partner="P" * 65), "partner", "P" * 65, "longer than 64"),
    (receipt(note="n" * 2001), "note", "n" * 50, "longer than 2000"),
    (issue(quantity="1"), "quantity", "1", "1 are missing"),
]


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"), BAD, ids=lambda v: str(v)[:24] if isinstance(v, str) else ""
)
def test_a_bad_line_is_named_with_column_value_and_reason(
    row: dict[str, str], column: str, value: str, reason: str, problems: Callable[..., list[Any]]
) -> None:
    found = problems(text(receipt(item="OTHER"), row))
    assert len(found) == 1, found
    assert found[0][:3] == (3, column, value)
    assert reason in found[0][3]


@pytest.mark.parametrize(
    ("entered", "reason"),
    [("", "is needed with --order entered"), ("yesterday", "is not a date"), ("2030-01-01", "lies in the future")],
)
def test_a_bad_entered_at_is_named_when_it_is_used(
    entered: str, reason: str, problems: Callable[..., list[Any]], load: Callable[..., Summary]
) -> None:
    content = text(receipt(entered_at=entered))
    ((line, column, value, told),) = problems(content, by_entry=True)
    assert (line, column, value) == (2, "entered_at", entered)
    assert reason in told
    assert load(content).posted == 1


def test_every_bad_line_and_every_bad_cell_is_listed(problems: Callable[..., list[Any]]) -> None:
    found = problems(
        text(
            receipt(date="x", quantity="y"),
            receipt(),
            "1,2,3",
            receipt(kind="?"),
            issue(quantity="11"),
            receipt(uom="BOX"),
        )
    )
    assert [(line, column) for line, column, _, _ in found] == [
        (2, "date"),
        (2, "quantity"),
        (4, ""),
        (5, "kind"),
        (6, "quantity"),
        (7, "uom"),
    ]
    assert found[2][3] == "has 3 values, the header has 19"
    assert "1 are missing" in found[4][3]


def test_a_shortage_after_a_refused_receipt_says_so(problems: Callable[..., list[Any]]) -> None:
    found = problems(text(receipt(location="LOSS"), issue()))
    assert [row[0] for row in found] == [2, 3]
    assert "Perhaps only because line 2 was refused" in found[1][3]


def test_at_most_100_problems_are_shown_and_all_are_counted(company: Company, load: Callable[..., Summary]) -> None:
    with pytest.raises(BadFile) as caught:
        load(text(*[receipt(quantity="x")] * 150))
    assert len(caught.value.problems) == 100
    assert caught.value.total == 150
    assert "150 problems" in caught.value.cause


@pytest.mark.parametrize(
    ("content", "column", "reason"),
    [
        ("", "", "is empty"),
        ("\n\n", "", "is empty"),
        ("date,kind,item\n", "reference", "no such column"),
        ("date,kind,item,reference,kind\n", "kind", "appears twice"),
        (text(receipt()).encode("utf-16"), "", "UTF-8"),
        (text(receipt(note="caf")).replace("caf", "café").encode("latin-1"), "", "is not UTF-8 text"),
        (text() + 'a,"b', "", "not well-formed CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    content: str | bytes, column: str, reason: str, problems: Callable[..., list[Any]]
) -> None:
    found = problems(content)
    assert found[0][1] == column
    assert reason in found[0][3]


def test_a_missing_or_broken_file_is_refused(load: Callable[..., Summary], tmp_path: Path, company: Company) -> None:
    from everstock.interfaces.files.movements import import_movements

    with pytest.raises(Refusal, match="There is no file"):
        import_movements(company, tmp_path / "no.csv", recorded_at=NOW)
    with pytest.raises(Refusal, match="cannot be read"):
        load(gzip.compress(text(receipt()).encode())[:-12], name="m.csv.gz")


def test_a_column_that_is_not_there_is_named_once(problems: Callable[..., list[Any]]) -> None:
    lines = "".join(f"2026-01-05,receipt,A,R{n},5\n" for n in range(3))
    found = problems(f"date,kind,item,reference,quantity\n{lines}")
    assert [(line, column) for line, column, _, _ in found] == [(1, "location")]
