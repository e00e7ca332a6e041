"""Moments and order of the lines of a movement file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.interfaces.books import NOW, movements, select, total
from tests.interfaces.movement_file import issue, receipt, text

if TYPE_CHECKING:
    from everstock.interfaces.files.movements import Summary
    from everstock.masterdata.models import Company

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


# --- lines that apply to others


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
