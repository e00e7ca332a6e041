"""What posting does with single lines, as tables: moments, repetitions, refusals, rows, periods."""

import datetime as dt
from typing import Any

import psycopg
import pytest
from django.db import connection

from everstock.core.facts import DAY, Kind
from everstock.ledger import histories
from everstock.ledger.books import Books
from everstock.ledger.lines import Document
from everstock.ledger.post import Posted, Stream, post, post_all
from everstock.masterdata.actions import ensure_items, lock_periods, unlock_periods
from everstock.masterdata.models import Item, Location
from tests.core import story
from tests.core.strategies import BRANCH, FIRST_BIN, UNIT
from tests.ledger.places import Shop
from tests.ledger.posting import TODAY, document, lawful, lines, outcome, select

pytestmark = pytest.mark.django_db


# --- refusals and repetitions

REFUSED = [
    ("more than there is", """
     1 | 03-01 | receipt 10 @ 1.00  | ok
     2 | 03-02 | issue 10           | ok
     3 | 03-03 | issue 1            | stock.short"""),
    ("late, and a later line is short", """
     1 | 03-01 | receipt 10 @ 1.00  | ok
     2 | 03-05 | issue 8            | ok
     3 | 03-03 | issue 3            | stock.short_later
     4 | 03-03 | issue 2            | ok"""),
    ("an origin that is not there", """
     1 | 03-01 | receipt 10 @ 1.00  | -
     2 | 03-02 | return_out 1 of 1  | origin.unknown"""),
    ("an origin of another kind", """
     1 | 03-01 | receipt 10 @ 1.00       | ok
     2 | 03-02 | return_in 1 of 1        | origin.wrong_kind
     3 | 03-02 | issue 1                 | ok
     4 | 03-03 | return_out 1 of 3       | origin.wrong_kind
     5 | 03-03 | cost_change @ 2.00 of 3 | origin.wrong_kind
     6 | 03-03 | landed_cost = 5 of 3    | origin.wrong_kind
     7 | 03-03 | reversal of 3           | ok
     8 | 03-03 | reversal of 7           | origin.wrong_kind"""),
    ("what was reversed is gone", """
     1 | 03-01 | receipt 10 @ 1.00       | ok
     2 | 03-02 | reversal of 1           | ok
     3 | 03-03 | reversal of 1           | origin.reversed
     4 | 03-03 | landed_cost = 5 of 1    | origin.reversed
     5 | 03-03 | return_out 1 of 1       | origin.reversed
     6 | 03-03 | issue 1                 | stock.short"""),
    ("what others apply to stays", """
     1 | 03-01 | receipt 10 @ 1.00       | ok
     2 | 03-02 | landed_cost = 5 of 1    | ok
     3 | 03-03 | reversal of 1           | reversal.dependants
     4 | 03-03 | reversal of 2           | ok
     5 | 03-03 | reversal of 2           | origin.reversed
     6 | 03-03 | reversal of 1           | ok"""),
    ("a return before its origin, or of more than that", """
     1 | 03-01       | receipt 10 @ 1.00 | ok
     2 | 03-04 12:00 | issue 5           | ok
     3 | 03-03       | return_in 1 of 2  | return.before_origin
     4 | 03-04 11:59 | return_in 1 of 2  | return.before_origin
     5 | 03-04 12:00 | return_in 1 of 2  | ok
     6 | 03-05       | return_in 5 of 2  | return.exceeds
     7 | 03-05       | return_in 4 of 2  | ok"""),
    ("a reversal leaves too little", """
     1 | 03-01 | receipt 10 @ 1.00       | ok
     2 | 03-02 | issue 5                 | ok
     3 | 03-03 | reversal of 1           | stock.short_later
     4 | 03-03 | reversal of 2           | ok
     5 | 03-03 | reversal of 1           | ok"""),
    ("moved on at the instant it came", """
     1 | 03-01 12:00 | receipt 3 @ 1.00   | ok
     2 | 03-02 12:00 | transfer 3 A > D   | ok
     3 | 03-02 12:00 | transfer 3 D > B   | ok
     4 | 03-02 12:00 | issue 3 at B       | ok
     5 | 03-02 12:00 | transfer 1 D > A   | stock.short"""),
]  # fmt: skip


@pytest.mark.parametrize("text", [row[1] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused_or_posted(shop: Shop, text: str) -> None:
    expected = [row[3] for row in story.rows(text)]
    found = [
        "-" if code == "-" else outcome(shop, line) for line, code in zip(lines(shop, text), expected, strict=True)
    ]
    assert found == expected
    lawful(shop)


@pytest.mark.parametrize("text", [row[1] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused_or_posted_in_one_batch(shop: Shop, text: str) -> None:
    refused: dict[str, str] = {}
    wanted = [(line, row[3]) for line, row in zip(lines(shop, text), story.rows(text), strict=True) if row[3] != "-"]
    done = post_all(
        shop.company.pk,
        [document(line) for line, _ in wanted],
        on_refusal=lambda line, refusal: refused.update({line.reference: refusal.code}),
    )
    assert [refused.get(line.reference, "ok") for line, _ in wanted] == [code for _, code in wanted]
    assert done.lines == len(done.positions) == len(wanted) - len(refused)
    assert done.positions == sorted(done.positions)
    lawful(shop)


def test_a_repetition_is_told_when_what_it_repeats_is_on_disk(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[bool] = []
    monkeypatch.setattr("everstock.ledger.post.flush", lambda: flushed.append(True))
    first, second = lines(shop, "1 | 03-01 | receipt 9 @ 1.00\n2 | 03-02 | issue 1")
    assert outcome(shop, first) == "ok"
    assert outcome(shop, first, second) == "1 posted, 1 repeated"
    assert not flushed, "what is posted besides is waited for anyway"
    assert outcome(shop, first, second) == "0 posted, 2 repeated"
    assert flushed


def test_repetitions(shop: Shop) -> None:
    first, second, third = lines(shop, "1 | 03-01 | receipt 9 @ 1.00\n2 | 03-02 | issue 1\n3 | 03-03 | issue 2")
    assert outcome(shop, first, second) == "ok"
    assert outcome(shop, first, second) == "0 posted, 2 repeated"
    assert outcome(shop, second, third) == "1 posted, 1 repeated"
    assert outcome(shop, second._replace(quantity=2 * UNIT)) == "reference.taken"
    assert outcome(shop, second._replace(number=7)) == "0 posted, 1 repeated", "the place in a file is no content"
    fourth = third._replace(reference="F4")
    assert outcome(shop, fourth, fourth) == "1 posted, 1 repeated"
    assert outcome(shop, fourth, fourth._replace(reference="F5", quantity=9 * UNIT)) == "stock.short"
    assert post_all(shop.company.pk, []) == post_all(shop.company.pk, [document()]) == Posted([], 0, 0)
    assert [row[0] for row in select("SELECT reference FROM movement WHERE item_id = %s ORDER BY id", shop.item)] == [
        *("F1", "F2", "F3", "F4")
    ]
    lawful(shop)


def test_a_refused_line_leaves_the_rest_of_its_document(shop: Shop) -> None:
    other = ensure_items(company=shop.company, skus=["OTHER"])["OTHER"]
    first, second = lines(shop, "1 | 03-01 | receipt 9 @ 1.00\n2 | 03-02 | issue 10")
    third = first._replace(reference="F3", item=other)
    wrong = first._replace(reference="F4", applies_to="F3", kind=Kind.LANDED_COST, quantity=0, value=1)
    refused: list[str] = []
    done = post_all(
        shop.company.pk,
        [document(first, second), document(second), document(third, wrong)],
        on_refusal=lambda line, refusal: refused.append(f"{line.reference} {refusal.code}"),
    )
    assert refused == ["F2 stock.short", "F2 stock.short", "F4 origin.other_item"]
    assert (done.lines, len(done.positions)) == (2, 2)
    lawful(shop)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("location.unknown", {"location": 10**6}),
    ("location.unknown", {"to_location": 10**6}),
    ("location.missing", {"location": None}),
    ("item.unknown", {"item": 10**6}),
    ("quantity.not_positive", {"quantity": 0}),
    ("quantity.negative", {"kind": Kind.COUNT, "quantity": -1}),
    ("value.negative", {"value": -1}),
    ("value.missing", {"kind": Kind.LANDED_COST, "quantity": 0, "value": None, "applies_to": "F1"}),
    ("unit_value.missing", {"kind": Kind.WRITE_DOWN, "quantity": 0}),
    ("origin.missing", {"kind": Kind.REVERSAL}),
    ("transfer.same_location", {"kind": Kind.TRANSFER}),
    ("origin.unknown", {"kind": Kind.RETURN_OUT, "applies_to": "F9"}),
]
TOO_LARGE: list[dict[str, Any]] = [{"value": 2**63}, {"quantity": 2**63}, {"kind": Kind.COUNT, "quantity": 2**64}]


@pytest.mark.parametrize("code, wrong", WRONG, ids=[f"{code} {next(iter(wrong))}" for code, wrong in WRONG])
def test_a_wrong_line_is_refused_by_itself(shop: Shop, code: str, wrong: dict[str, Any]) -> None:
    first, second, third = lines(shop, "1 | 03-01 | receipt 9 @ 1.00\n2 | 03-02 | receipt 1\n3 | 03-03 | issue 1")
    bad = second._replace(**wrong)
    refused = []
    done = post_all(
        shop.company.pk,
        [document(first, bad, third), document(bad)],
        on_refusal=lambda line, refusal: refused.append((line.reference, refusal.code)),
    )
    assert refused == [("F2", code)] * 2
    assert (done.lines, done.repeated, len(done.positions)) == (2, 0, 1)
    assert outcome(shop, first._replace(reference="F4"), bad) == code
    assert select("SELECT reference FROM movement WHERE item_id = %s ORDER BY id", shop.item) == [("F1",), ("F3",)]
    lawful(shop)


def test_a_new_location_is_learned_and_those_known_are_not_asked_for_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = lines(shop, "1 | 03-01 | receipt 9 @ 1.00\n2 | 03-02 | receipt 1\n3 | 03-03 | issue 1")
    assert outcome(shop, first) == "ok"
    reload = Books.reload
    reloaded: list[int] = []

    def counted(books: Books) -> None:
        reloaded.append(books.company_id)
        reload(books)

    monkeypatch.setattr(Books, "reload", counted)
    assert outcome(shop, third) == "ok"
    assert reloaded == []
    new = Location.objects.create(company=shop.company, code="NEW", kind="internal", purpose="warehouse")
    assert outcome(shop, second._replace(location=new.pk)) == "ok"
    assert reloaded == [shop.company.pk]
    assert outcome(shop, third._replace(reference="F4", location=new.pk)) == "ok"
    assert reloaded == [shop.company.pk]
    lawful(shop)


def test_a_history_is_read_by_its_indexes_and_what_comes_after_is_planned_as_usual(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = [f"enable_{plan}" for plan in ("seqscan", "hashjoin", "mergejoin")]
    seen: list[dict[str, str]] = []

    def settings() -> dict[str, str]:
        return dict(select("SELECT name, setting FROM pg_settings WHERE name = ANY (%s)", plans))

    def watch(name: str) -> None:
        ask = getattr(histories, name)

        def watched(*given: Any) -> Any:
            seen.append(settings())
            return ask(*given)

        monkeypatch.setattr(histories, name, watched)

    questions = ["_checkpoints", "_facts", "_states", "_balances"]
    for name in questions:
        watch(name)
    first, second = lines(shop, "1 | 03-02 | receipt 9 @ 1.00\n2 | 03-01 | receipt 1 @ 1.00")
    usual = settings()
    assert outcome(shop, first) == "ok"
    post(shop.company.pk, document(second))  # in the transaction of the test, which goes on
    assert settings() == usual == dict.fromkeys(plans, "on")
    assert seen
    assert seen == [dict.fromkeys(plans, "off")] * len(seen)
    assert len(seen) % len(questions) == 0


@pytest.mark.parametrize("wrong", TOO_LARGE, ids=[" ".join(wrong) for wrong in TOO_LARGE])
def test_a_number_that_cannot_be_kept_is_refused(shop: Shop, wrong: dict[str, Any]) -> None:
    [line] = lines(shop, "1 | 03-01 | receipt 9 @ 1.00")
    assert outcome(shop, line._replace(**wrong)) == "number.too_large"
    assert outcome(shop, line) == "ok"
    lawful(shop)


def test_the_clock_of_an_item_is_that_of_what_was_posted(shop: Shop) -> None:
    some = lines(shop, """
        1 | 03-01 | receipt 9 @ 1.00
        2 | 03-02 | issue 1
        3 | 03-08 | issue 9
        4 | 03-09 | return_in 1 of 2
        5 | 03-08 | landed_cost = 5 of 1
        6 | 03-08 | reversal of 5""")  # fmt: skip
    clock = "SELECT last_at, last_rank, since_checkpoint FROM item_clock WHERE item_id = %s"
    post_all(shop.company.pk, [document(line) for line in some[:3]], on_refusal=lambda line, refusal: None)
    assert select(clock, shop.item) == [(some[1].effective_at, 1, 2)]
    post_all(shop.company.pk, [document(line) for line in some[3:]])
    assert select(clock, shop.item) == [(some[3].effective_at, 2, 3)]


# --- moments

SECOND = 1_000_000
MOMENTS = """
1  | 10:00:00        | issue 1           | -           | 10:00:00
2  | 10:00:00        | issue 1           | -           | 10:00:00.000001
3  | 09:59:30        | issue 1           | -           | 10:00:00.000002
4  | 09:59:00.000002 | issue 1           | -           | 09:59:00.000002
5  | 12:00:00        | issue 5           | 11:00:00    | 11:00:00
6  | 12:00:00        | return_in 1 of 5  | 00:00:00    | 11:00:00
7  | 12:00:00        | return_in 1 of 5  | 1d 00:00:00 | 1d 00:00:00
8  | 12:00:00        | return_in 1 of 5  | 12:00:00    | 12:00:00
9  | 12:00:00        | return_in 1       | 00:00:00    | 00:00:00
10 | 12:00:00        | issue 1           | -           | 12:00:00
11 | 2d 12:00:00     | receipt 1 @ 1.00  | -           | 2d 12:00:00
12 | 2d 11:59:00     | receipt 1 @ 1.00  | -           | 2d 11:59:00
13 | 2d 11:59:00.000001 | issue 1        | -           | 2d 12:00:00.000001
"""


def clock(text: str) -> int:
    days, _, time = text.rpartition("d ")
    hours, minutes, seconds = time.split(":")
    whole, _, part = seconds.partition(".")
    of_day = (int(hours) * 60 + int(minutes)) * 60 + int(whole)
    return TODAY + int(days or 0) * DAY + of_day * SECOND + int(part or 0)


@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "in one batch"])
def test_moments(shop: Shop, at_once: bool) -> None:
    rows = story.rows(MOMENTS)
    table = "\n".join(f"{row[0]} | 03-10 | {row[2]}" for row in rows)
    opening = lines(shop, "0 | 01-01 | receipt 99 @ 1.00")[0]._replace(reference="F0")
    documents = [document(opening)]
    for (_, recorded, _, when, _), line in zip(rows, lines(shop, table), strict=True):
        at = None if when == "-" else clock(when)
        documents.append(document(line._replace(effective_at=at), recorded_at=clock(recorded)))
    for batched in [documents] if at_once else [[one] for one in documents]:
        post_all(shop.company.pk, batched)
    found = dict(select("SELECT reference, effective_at FROM movement WHERE item_id = %s", shop.item))
    assert {f"F{row[0]}": found[f"F{row[0]}"] for row in rows} == {f"F{row[0]}": clock(row[4]) for row in rows}
    lawful(shop)


# --- rows

ROWS = """
1  | 03-01 | receipt 10 = 10.01   | receipt     | 10 | SUPPLIERS | BIN-1     | 2100      | 10.01 |
2  | 03-01 | receipt 3 at C       | receipt     |  3 | SUPPLIERS | CONSIGNED | 1280      |       |
3  | 03-02 | issue 4              | issue       |  4 | BIN-1     | CUSTOMERS | 5000      |       |
4  | 03-03 | transfer 2 A > D     | transfer    |  2 | BIN-1     | BRANCH    | 2160      |       |
5  | 03-03 | transfer 1 C > A     | transfer    |  1 | CONSIGNED | BIN-1     | 2100      |       |
6  | 03-04 | return_in 1 of 3     | return_in   |  1 | CUSTOMERS | BIN-1     | 5000      |       | F3
7  | 03-04 | return_out 1 of 1    | return_out  |  1 | BIN-1     | SUPPLIERS | 2100      |       | F1
8  | 03-05 | adjust_in 1          | adjust_in   |  1 | LOSS      | BIN-1     | 4800      |       |
9  | 03-05 | waste 1              | waste       |  1 | BIN-1     | SCRAP     | 5310      |       |
10 | 03-06 | count 5              | count       |  5 | LOSS      | BIN-1     | 5300/4800 |       |
11 | 03-06 | cost_change @ 2 of 1 | cost_change |  0 |           |           | 2100      | 20.00 | F1
12 | 03-06 | landed_cost = 5 of 1 | landed_cost |  0 |           |           | 2150      |  5.00 | F1
13 | 03-07 | write_down @ 1.50    | write_down  |  0 |           | BIN-1     | 5210      |       |
14 | 03-08 | reversal of 9        | reversal    |  1 | SCRAP     | BIN-1     | 5310      |       | F9
15 | 03-08 | reversal of 12       | reversal    |  0 |           |           | 2150      |       | F12
16 | 03-08 | reversal of 10       | reversal    |  0 |           |           | 5300/4800 |       | F10
17 | 03-08 | reversal of 13       | reversal    |  0 |           |           | 5210      |       | F13
"""
QUESTION = """
SELECT m.reference, m.kind, m.quantity, s.code, t.code, a.code, b.code, m.value, o.reference
  FROM movement m LEFT JOIN location s ON s.id = m.source_id LEFT JOIN location t ON t.id = m.target_id
  JOIN account a ON a.id = m.contra_id LEFT JOIN account b ON b.id = m.contra_in_id
  LEFT JOIN movement o ON o.id = m.origin_id WHERE m.item_id = %s ORDER BY m.id
"""


def test_rows_of_every_kind(shop: Shop) -> None:
    from everstock.ledger.codes import KINDS

    post(shop.company.pk, document(*lines(shop, ROWS)))
    found = []
    for reference, kind, quantity, source, target, contra, contra_in, value, origin in select(QUESTION, shop.item):
        accounts = contra if contra_in is None else f"{contra}/{contra_in}"
        money = "" if value is None else f"{value / 100:.2f}"
        found.append(
            [
                reference[1:],
                KINDS[kind].value,
                story.number(quantity),
                source or "",
                target or "",
                accounts,
                money,
                origin or "",
            ]
        )
    assert found == [[row[0], *row[3:], *[""] * (10 - len(row))] for row in story.rows(ROWS)]
    lawful(shop)


def test_an_empty_document_among_others_is_passed_over(shop: Shop) -> None:
    [line] = lines(shop, "1 | 03-01 | receipt 9 @ 1.00")
    assert post_all(shop.company.pk, [document(), document(line)]).lines == 1


def test_a_stream_keeps_everybody_else_out_of_the_company(shop: Shop) -> None:
    address = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
    with Stream(shop.company.pk), psycopg.connect(**address) as other:
        held = other.execute("SELECT pg_try_advisory_xact_lock_shared(1163285332, %s)", [shop.company.pk]).fetchone()
    assert held == (False,)


def test_a_linked_return_goes_back_the_way_it_came(shop: Shop) -> None:
    """To whom it was sold and on which account is said once, by the sale."""
    web = Location.objects.create(company=shop.company, code="WEB", kind="customer").pk
    received, issued, returned, sent_back = lines(shop, """
        1 | 03-01 | receipt 9 @ 1.00
        2 | 03-02 | issue 5
        3 | 03-03 | return_in 2 of 2
        4 | 03-04 | return_out 1 of 1""")  # fmt: skip
    account, other = shop.accounts[-2:]
    issued = issued._replace(partner_location=web, contra=account)
    assert outcome(shop, received, issued, returned._replace(location=shop.locations[BRANCH])) == "ok"
    assert outcome(shop, sent_back._replace(contra=other)) == "ok"
    found = select("SELECT source_id, target_id, contra_id FROM movement WHERE item_id = %s ORDER BY id", shop.item)
    supplier = found[0][0]
    assert found[1:] == [
        (shop.locations[FIRST_BIN], web, account),
        (web, shop.locations[BRANCH], account),
        (shop.locations[FIRST_BIN], supplier, other),
    ]
    lawful(shop)


def test_what_the_books_do_not_need_is_kept(shop: Shop) -> None:
    [line] = lines(shop, "1 | 03-01 | receipt 10 = 10.00")
    line = line._replace(unit_price=7, partner=8, details='{"note": "fragile"}', lot=shop.lots["1"])
    post(shop.company.pk, Document(TODAY, (line,), "shelf", "D-1", "Ann"))
    assert select(
        "SELECT unit_price, partner_id, details->>'note', lot_id FROM movement WHERE item_id = %s", shop.item
    ) == [(7, 8, "fragile", shop.lots["1"])]
    assert select(
        "SELECT source, reference, actor, recorded_at FROM posting WHERE company_id = %s", shop.company.pk
    ) == [("shelf", "D-1", "Ann", TODAY)]


def test_lines_of_entries_count_from_one_in_every_posting(shop: Shop) -> None:
    first, second, third = lines(
        shop, "1 | 03-01 | receipt 9 @ 1.00\n2 | 03-02 | transfer 4 A > T\n3 | 03-03 | issue 1"
    )
    post_all(shop.company.pk, [document(first, second), document(third)])
    found = select(
        "SELECT posting_id, array_agg(line ORDER BY line) FROM entry WHERE company_id = %s GROUP BY 1 ORDER BY 1",
        shop.company.pk,
    )
    assert [numbers for _, numbers in found] == [[1, 2, 3], [1]]


# --- periods


def test_entries_of_locked_days_are_dated_on_the_first_open_one(shop: Shop) -> None:
    lock_periods(company=shop.company, through=dt.date(2026, 2, 28))
    lock_periods(company=shop.company, through=dt.date(2026, 3, 3))
    post_all(shop.company.pk, [document(line) for line in lines(shop, """
        1 | 01-01 | receipt 9 @ 1.00
        2 | 02-28 | issue 1
        3 | 03-01 | issue 1
        4 | 03-03 | issue 1
        5 | 03-04 | issue 1""")])  # fmt: skip
    unlock_periods(company=shop.company, from_=dt.date(2026, 3, 2))
    post_all(shop.company.pk, [document(line._replace(reference=f"G{line.reference}")) for line in lines(shop, """
        1 | 02-01 | issue 1
        2 | 03-01 | issue 1
        3 | 03-02 | issue 1""")])  # fmt: skip
    found = select(
        "SELECT m.reference, to_char(e.day, 'MM-DD'), to_char(e.posted_on, 'MM-DD') FROM entry e"
        " JOIN movement m ON m.id = e.movement_id WHERE m.item_id = %s AND e.quantity <> 0 ORDER BY e.posting_id, e.line",
        shop.item,
    )
    assert story.table(("line", "day", "posted on"), found) == story.tidy("""
        line | day   | posted on
        F1   | 01-01 |     03-04
        F2   | 02-28 |     03-04
        F3   | 03-01 |     03-04
        F4   | 03-03 |     03-04
        F5   | 03-04 |     03-04
        GF1  | 02-01 |     03-02
        GF2  | 03-01 |     03-02
        GF3  | 03-02 |     03-02""")
    lawful(shop)


# --- what a process remembers


def test_a_changed_standard_cost_is_noticed(shop: Shop) -> None:
    first, second = lines(shop, "1 | 03-01 | issue 1\n2 | 03-02 | receipt 1")
    assert outcome(shop, first) == "stock.short"
    Item.objects.filter(pk=shop.item).update(standard_cost=7 * UNIT)
    assert outcome(shop, second) == "ok"
    assert select("SELECT value FROM pool WHERE item_id = %s", shop.item) == [(700,)]
    lawful(shop)
