"""The movement file, as docs/reference/movement-file.md promises it."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from everstock.core.problems import BadFile, Refusal
from tests.interfaces.books import NOW, balance, counts, movements, pools, select, total

if TYPE_CHECKING:
    from everstock.interfaces.files.movements import Summary
    from everstock.masterdata.models import Company

Write = Callable[..., Path]
HEADER = "date,time,kind,item,location,to_location,lot,quantity,uom,unit_cost,amount,unit_price,currency,rate,reference,applies_to,entered_at,partner,note"
GOOD = {"date": "2026-01-05", "kind": "receipt", "item": "A", "location": "M", "quantity": "10", "unit_cost": "2"}


def text(*rows: dict[str, str] | str) -> str:
    """A file of lines given by their columns; the first line of data is line 2. References are made where none is given."""
    columns = HEADER.split(",")
    lines = []
    for number, row in enumerate(rows, 2):
        if isinstance(row, str):
            lines.append(row)
            continue
        full = {"reference": f"R{number}", **row}
        lines.append(",".join(full.get(column, "") for column in columns))
    return "\n".join([HEADER, *lines, ""])


def receipt(**changes: str) -> dict[str, str]:
    return {**GOOD, **changes}


def issue(**changes: str) -> dict[str, str]:
    return {"date": "2026-01-06", "kind": "issue", "item": "A", "location": "M", "quantity": "1", **changes}


@pytest.fixture
def load(company: Company, write: Write) -> Callable[..., Summary]:
    def run(
        content: str | bytes, *, name: str = "m.csv", into: Company | None = None, now: int = NOW, **options: bool
    ) -> Summary:
        from everstock.interfaces.files.movements import Options, import_movements

        return import_movements(into or company, write(content, name), recorded_at=now, options=Options(**options))

    return run


@pytest.fixture
def problems(company: Company, load: Callable[..., Summary]) -> Callable[..., list[tuple[int, str, str, str]]]:
    """What is wrong with a file, after a look that it changed nothing."""

    def run(content: str | bytes, **options: Any) -> list[tuple[int, str, str, str]]:
        before = counts(company)
        with pytest.raises(BadFile) as caught:
            load(content, **options)
        assert counts(company) == before
        assert caught.value.total >= len(caught.value.problems)
        return [(problem.line, problem.column, problem.value, problem.reason) for problem in caught.value.problems]

    return run


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


# --- moments and order


def test_without_time_goods_come_in_at_the_start_of_the_day_and_leave_at_its_end(
    load: Callable[..., Summary], company: Company
) -> None:
    load(text(issue(), receipt(kind="count", quantity="9", date="2026-01-06"), receipt(date="2026-01-06")))
    day = (dt.date(2026, 1, 6) - dt.date(1970, 1, 1)).days * 86_400_000_000
    assert movements(company, "reference, effective_at") == [
        ("R4", day),
        ("R2", day + 86_400_000_000 - 1),
        ("R3", day + 86_400_000_000 - 1),
    ]


def test_lines_in_any_order_are_posted_in_the_order_of_their_moments(
    load: Callable[..., Summary], company: Company
) -> None:
    load(text(issue(date="2026-02-01", quantity="4"), receipt(), issue(time="10:00:30"), issue(time="10:00")))
    assert [row[3] for row in movements(company)] == ["R3", "R5", "R4", "R2"]
    assert total(company) == (4, 8)


def test_a_file_larger_than_memory_is_sorted(
    load: Callable[..., Summary], company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    from everstock.interfaces.files import movements as module
    from everstock.interfaces.files import posting, sorting

    monkeypatch.setattr(module, "Sorted", lambda make: sorting.Sorted(make, run=7))
    monkeypatch.setattr(sorting, "BLOCK", 3)
    monkeypatch.setattr(posting, "CHUNK", 5)
    days = [f"2026-03-{day:02}" for day in (9, 3, 7, 1, 8, 2, 6, 4, 5)]
    rows = [receipt(date=day, quantity="3") for day in days for _ in "ab"] + [
        issue(date=day) for day in days for _ in "ab"
    ]
    load(text(*rows))
    moments = [at for (at,) in movements(company, "effective_at")]
    assert len(moments) == 36
    assert moments == sorted(moments)
    assert total(company) == (36, 72)


def test_at_one_instant_what_arrives_is_there_before_it_leaves(load: Callable[..., Summary], company: Company) -> None:
    at = {"date": "2026-01-07", "time": "12:00"}
    load(
        text(
            issue(location="C", quantity="2", **at),
            issue(kind="transfer", location="B", to_location="C", quantity="3", **at),
            issue(kind="transfer", to_location="B", quantity="4", **at),
            receipt(**at),
        )
    )
    places = select(
        "SELECT l.code, b.quantity FROM balance b JOIN location l ON l.id = b.location_id"
        " WHERE l.company_id = %s AND l.kind = 'internal' ORDER BY 1",
        company.pk,
    )
    assert places == [("B", 1_000_000), ("C", 1_000_000), ("M", 6_000_000)]


def test_entered_order_records_when_it_was_learned(load: Callable[..., Summary], company: Company) -> None:
    load(
        text(
            receipt(entered_at="2026-01-05 08:00"),
            issue(entered_at="2026-01-20T09:30:00+02:00"),
            issue(date="2026-01-10", entered_at="2026-01-10"),
        ),
        by_entry=True,
    )
    rows = select(
        "SELECT m.reference, to_timestamp(p.recorded_at / 1e6) AT TIME ZONE 'UTC' FROM movement m"
        " JOIN posting p ON p.id = m.posting_id WHERE m.company_id = %s ORDER BY m.id",
        company.pk,
    )
    assert rows == [
        ("R2", dt.datetime(2026, 1, 5, 8)),
        ("R4", dt.datetime(2026, 1, 10)),
        ("R3", dt.datetime(2026, 1, 20, 7, 30)),
    ]
    assert total(company) == (8, 16)


def test_effective_order_records_now(load: Callable[..., Summary], company: Company) -> None:
    load(text(receipt(entered_at="2026-01-05 08:00"), issue()))
    assert select("SELECT DISTINCT recorded_at FROM posting WHERE company_id = %s", company.pk) == [(NOW,)]


def test_lines_of_one_moment_and_partner_are_one_document(load: Callable[..., Summary], company: Company) -> None:
    at = {"time": "09:00"}
    load(
        text(
            receipt(reference="PO-7-1", partner="P", **at),
            receipt(reference="PO-7-2", partner="P", item="B", **at),
            receipt(reference="PO-8-1", partner="Q", **at),
        )
    )
    assert select("SELECT reference, source FROM posting WHERE company_id = %s ORDER BY id", company.pk) == [
        ("PO-7", "import"),
        ("PO-8-1", "import"),
    ]


def test_a_line_in_the_future_is_warned_of(load: Callable[..., Summary]) -> None:
    assert load(text(receipt(date="2206-01-05"))).warnings == [
        "Some lines lie in the future, the last one on 2206-01-05."
    ]


# --- amounts


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        ({"quantity": "3", "unit_cost": "3.3333"}, "10.00"),
        ({"quantity": "1", "unit_cost": "0.005"}, "0.01"),
        ({"quantity": "3", "unit_cost": "9", "amount": "10.01"}, "10.01"),
        ({"quantity": "3", "unit_cost": "0"}, "0"),
        ({"quantity": "3", "amount": "100", "currency": "EUR", "rate": "1.08456"}, "108.46"),
        ({"quantity": "3", "unit_cost": "3.3333", "currency": "EUR", "rate": "1.25"}, "12.50"),
        ({"quantity": "3", "amount": "10000", "currency": "JPY", "rate": "0.0067"}, "67.00"),
        ({"quantity": "3", "unit_cost": "2", "currency": "usd", "rate": "1"}, "6"),
        ({"quantity": "0.000001", "unit_cost": "4"}, "0"),
    ],
)
def test_value_of_a_line(cells: dict[str, str], value: str, load: Callable[..., Summary], company: Company) -> None:
    load(text(receipt(**cells)))
    assert total(company)[1] == Decimal(value)


def test_the_rate_of_the_day_is_used_where_the_line_has_none(load: Callable[..., Summary], company: Company) -> None:
    from everstock.masterdata.actions import set_exchange_rate

    set_exchange_rate(company=company, currency_code="EUR", day=dt.date(2026, 1, 1), rate=1_100_000_000)
    set_exchange_rate(company=company, currency_code="EUR", day=dt.date(2026, 2, 1), rate=1_200_000_000)
    load(text(receipt(amount="10", currency="EUR"), receipt(amount="10", currency="EUR", date="2026-02-03")))
    assert total(company)[1] == 23
    assert [row[0]["rate"] for row in movements(company, "details::json")] == ["1.1", "1.2"]


def test_in_a_currency_without_minor_unit(make_company: Callable[..., Company], load: Callable[..., Summary]) -> None:
    yen = make_company("YEN", "JPY")
    load(text(receipt(quantity="3", unit_cost="33.5"), receipt(quantity="1", amount="7")), into=yen)
    assert total(yen) == (4, 108)


def test_selling_prices_in_a_foreign_currency(load: Callable[..., Summary], company: Company) -> None:
    load(text(receipt(), issue(unit_price="10", currency="EUR", rate="1.1"), issue(unit_price="0.123456")))
    assert [price for (price,) in movements(company, "unit_price")] == [None, 11_000_000, 123_456]


def test_cost_where_it_has_no_meaning_is_ignored_with_a_warning(load: Callable[..., Summary], company: Company) -> None:
    done = load(text(receipt(unit_price="9"), issue(unit_cost="9")))
    assert done.warnings == [
        "These values have no meaning there and were ignored: unit_cost on issue (1 lines), unit_price on receipt (1 lines)."
    ]
    assert total(company) == (9, 18)


# --- units


@pytest.fixture
def boxed(company: Company, write: Write) -> None:
    from everstock.masterdata.imports import import_items

    path = write("sku,base_unit,units\nA,each,box=12;third=1/3\n", "items.csv")
    import_items(company, path, has_movements=lambda _: set())


def test_units_are_converted_to_the_base_unit(boxed: None, load: Callable[..., Summary], company: Company) -> None:
    load(
        text(
            receipt(quantity="2", uom="box", unit_cost="30"),
            issue(quantity="1", uom="box", unit_price="60"),
            issue(quantity="6", uom="third", unit_price="2"),
            issue(quantity="1", uom="each", unit_price="5"),
        )
    )
    assert total(company) == (9, Decimal("22.50"))
    assert movements(company, "quantity, unit_price, details::json") == [
        (24_000_000, None, {"uom": "box", "quantity": "2"}),
        (12_000_000, 5_000_000, {"uom": "box", "quantity": "1"}),
        (2_000_000, 6_000_000, {"uom": "third", "quantity": "6"}),
        (1_000_000, 5_000_000, None),
    ]


def test_a_unit_without_conversion_is_a_bad_line(boxed: None, problems: Callable[..., list[Any]]) -> None:
    found = problems(
        text(
            receipt(uom="pallet"),
            receipt(uom="third", quantity="1"),
            receipt(item="N", uom="kg"),
            receipt(item="N", uom="g"),
        )
    )
    assert [row[:3] for row in found] == [(2, "uom", "pallet"), (3, "quantity", "1"), (5, "uom", "g")]
    assert "everstock import items" in found[0][3]
    assert "cannot be converted exactly" in found[1][3]


# --- lines that apply to others


def test_a_return_takes_the_original_cost_with_a_link_and_the_current_one_without(
    load: Callable[..., Summary], company: Company
) -> None:
    load(
        text(
            receipt(),
            issue(quantity="10", reference="SALE"),
            receipt(date="2026-01-07", quantity="1", unit_cost="5"),
            {**issue(date="2026-01-08", kind="return_in", quantity="2"), "applies_to": "SALE"},
            issue(date="2026-01-09", kind="return_in", quantity="1"),
        )
    )
    values = dict(movements(company, "reference, quantity"))
    assert values["R5"] == 2_000_000
    # 1 at 5, 2 at their cost of 2, 1 at the current (5 + 4) / 3
    assert total(company) == (4, 12)


def test_a_line_may_stand_before_the_one_it_applies_to(load: Callable[..., Summary], company: Company) -> None:
    day = {"date": "2026-01-06"}
    load(
        text(
            {**issue(kind="return_in", **day), "applies_to": "SALE"},
            {**day, "kind": "landed_cost", "amount": "3", "applies_to": "PO"},
            issue(reference="SALE", quantity="4", **day),
            receipt(reference="PO", **day),
        )
    )
    assert total(company) == (7, Decimal("16.1"))


def test_value_only_lines_take_item_and_place_from_their_origin(load: Callable[..., Summary], company: Company) -> None:
    load(
        text(
            receipt(reference="PO", quantity="10", unit_cost="2"),
            issue(quantity="5"),
            {"date": "2026-01-10", "kind": "landed_cost", "amount": "4.00", "applies_to": "PO"},
            {"date": "2026-01-11", "kind": "cost_change", "unit_cost": "3", "applies_to": "PO"},
            {"date": "2026-01-12", "kind": "landed_cost", "amount": "-1.00", "applies_to": "PO"},
        )
    )
    assert total(company) == (5, Decimal("16.50"))
    assert balance(company, "5000") == Decimal("16.50")
    load(text({"date": "2026-01-13", "kind": "cost_change", "amount": "40", "applies_to": "PO", "reference": "CC2"}))
    assert total(company) == (5, Decimal("21.50"))


def test_write_down_and_revaluation_say_the_new_value_of_a_unit(load: Callable[..., Summary], company: Company) -> None:
    load(
        text(
            receipt(),
            receipt(kind="revaluation", unit_cost="2.5", date="2026-01-06"),
            receipt(kind="write_down", unit_cost="1", date="2026-01-07"),
        )
    )
    assert total(company) == (10, 10)
    assert balance(company, "1200") == 25
    assert balance(company, "1290") == -15


def test_counts_post_the_difference(load: Callable[..., Summary], company: Company) -> None:
    load(
        text(
            receipt(),
            receipt(kind="count", quantity="0", date="2026-01-06"),
            receipt(date="2026-01-07", kind="count", quantity="4"),
        )
    )
    assert total(company)[0] == 4


def test_a_note_is_kept(load: Callable[..., Summary], company: Company) -> None:
    load(text(receipt(note='"two\nlines ""quoted"""')))
    assert movements(company, "details->>'note'") == [('two\nlines "quoted"',)]


@pytest.fixture(autouse=True)
def _no_spare_transactions(db: None) -> Iterator[None]:
    yield
    from django.db import connection

    assert not connection.needs_rollback


def test_memory_does_not_follow_the_file(load: Callable[..., Summary], monkeypatch: pytest.MonkeyPatch) -> None:
    from everstock.interfaces.files import sorting

    held: list[int] = []
    spill = sorting.Sorted._spill

    def counted(self: Any, rows: list[Any]) -> None:
        held.append(len(rows))
        spill(self, rows)

    monkeypatch.setattr(sorting.Sorted, "_spill", counted)
    monkeypatch.setattr("everstock.interfaces.files.movements.Sorted", lambda make: sorting.Sorted(make, run=100))
    load(text(*[receipt()] * 1000))
    assert held == [100] * 10
