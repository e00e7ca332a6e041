"""The base of all documents: what is written is read back, numbers have no gaps, posted means unchangeable."""

import datetime as dt
import hashlib
from typing import Any

import psycopg
import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import DatabaseError, connection, transaction

from everstock.core.problems import Refusal
from everstock.ledger.statements import Statement
from everstock.masterdata import actions as masterdata
from everstock.operations.documents import models, queries
from everstock.operations.documents.actions import add_note, attach, set_tax_code
from everstock.operations.documents.amounts import in_company_currency, net_amount
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import lock, read
from everstock.operations.documents.records import Header, Line, LineUpdate, Request, Update, Version, content
from everstock.operations.documents.requests import Repeated, answered
from everstock.operations.documents.states import State
from everstock.operations.documents.taxes import TaxKind, charged
from everstock.operations.documents.write import write
from everstock.operations.identity.audit import event
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from tests.operations.buying import CREATED_AT, MONDAY, NOW, Buying
from tests.operations.unchanged import everything

DAY = dt.timedelta(days=1)


def new(buying: Buying, kind: DocumentKind = DocumentKind.GOODS_RECEIPT, **more: Any) -> Header:
    [reserved] = lock(buying.company.pk, [], new_ids=1).ids
    given: dict[str, Any] = {
        "state": "posted",
        "day": MONDAY,
        "currency": "USD",
        "created_at": NOW,
        "posted_at": NOW,
        **more,
    }
    return Header(reserved, kind.value, **given)


def written(buying: Buying, kind: DocumentKind = DocumentKind.GOODS_RECEIPT, *lines: Line, **more: Any) -> Header:
    header = new(buying, kind, **more)
    numbers = write(buying.company.pk, documents=[header], lines=[line._replace(document=header.id) for line in lines])
    return header._replace(number=numbers[header.id])


def line(number: int = 1, **more: Any) -> Line:
    return Line(0, number, 10, 20, **more)


# --- written is read


FULL_LINE = Line(
    *(0, 1, 5_000_000, 500_000_000, 0, 11, 12, 13, 14, "Bolts, \"M8\" – 8 'mm'\n\\", 15, 100, 3, 2_500_000, 50_000, 1190, 16, 238),
    *(17, MONDAY, 1, 2, 3, 4, 5, 18, "GR/1", {"a": [1, None, "ä"]}),
)  # fmt: skip


def test_every_field_comes_back(buying: Buying) -> None:
    header = new(buying)._replace(
        version=3,
        partner=buying.partners["EURO"],
        due_on=MONDAY + DAY,
        expected_on=MONDAY + 2 * DAY,
        sent_on=MONDAY + 3 * DAY,
        currency="EUR",
        rate=1_234_567_891,
        reference="“4711”",
        net=1190,
        tax=238,
        gross=1428,
        paid=7,
        created_by=5,
        details={"b": {"c": True}},
    )
    assert all(value not in {None, ""} for name, value in header._asdict().items() if name not in {"number", "details"})
    full = FULL_LINE._replace(document=header.id)
    assert all(full[place] not in {None, 0, ""} for place in range(len(full) - 1) if Line._fields[place] != "id")
    bare = Line(header.id, 2, 0, 0, unit_price=0)
    numbers = write(buying.company.pk, documents=[header], lines=[full, bare])
    assert numbers == {header.id: "GR-2026-000001"}
    found = read(buying.company.pk, [header.id])
    assert found.headers == {header.id: header._replace(number="GR-2026-000001")}
    ids = [one.id for one in found.lines[header.id]]
    assert 0 < ids[0] < ids[1]
    assert found.lines[header.id] == [full._replace(id=ids[0]), bare._replace(id=ids[1])]
    assert found.company_currency == "USD"


@pytest.mark.parametrize("record, model", [(Header, models.Document), (Line, models.DocumentLine)])
def test_every_column_has_its_field(record: Any, model: Any) -> None:
    def name(field: str) -> str:
        try:
            return str(model._meta.get_field(field).name)
        except FieldDoesNotExist:
            return f"{field} has no column"

    columns = {field.name for field in model._meta.concrete_fields} - {"company"}
    assert {name(field) for field in record._fields} == columns


def test_unknown_documents_and_those_of_others_are_left_out(buying: Buying) -> None:
    there = written(buying, DocumentKind.GOODS_RECEIPT, line())
    other = masterdata.create_company(code="OTHER", name="", currency_code="USD", created_at=CREATED_AT)
    assert read(buying.company.pk, [there.id, there.id + 99]).headers.keys() == {there.id}
    stranger = read(other.pk, [there.id])
    assert not stranger.headers
    assert not stranger.lines
    for wrong in (read(buying.company.pk, [there.id + 99]), stranger):
        with pytest.raises(Refusal, match="There is no such goods receipt in this company"):
            wrong.one(there.id, DocumentKind.GOODS_RECEIPT)
    with pytest.raises(Refusal, match="no such purchase order"):
        read(buying.company.pk, [there.id]).one(there.id, DocumentKind.PURCHASE_ORDER, DocumentKind.BLANKET_ORDER)
    with pytest.raises(psycopg.errors.RaiseException), transaction.atomic():
        write(other.pk, updates=[Update(there.id, state="cancelled")])


# --- one write does it all


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that go to the server from here on."""
    statements: list[str] = []
    execute, run_on = psycopg.Cursor.execute, Statement.run_on

    def note(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        statements.append(str(query))
        return execute(self, query, *args, **kwargs)

    def note_prepared(self: Any, *args: Any, **kwargs: Any) -> Any:
        statements.append(self.definition)
        return run_on(self, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", note)
    monkeypatch.setattr(Statement, "run_on", note_prepared)
    return statements


def test_one_statement_writes_everything(buying: Buying, monkeypatch: pytest.MonkeyPatch) -> None:
    order = written(buying, DocumentKind.PURCHASE_ORDER, line(1), line(2), state="sent", posted_at=None)
    first, second = read(buying.company.pk, [order.id]).lines[order.id]
    header = new(buying)
    statements = counted(monkeypatch)
    write(
        buying.company.pk,
        documents=[header],
        lines=[Line(header.id, 1, 4, 8, source=first.id)],
        line_updates=[LineUpdate(first.id, received=8, rejected=1), LineUpdate(second.id, invoiced=3)],
        updates=[Update(order.id, state="partly_received", paid=5)],
        versions=[Version(order.id, 1, NOW, 3, {"old": True})],
        links=[(order.id, header.id), (order.id, header.id)],
        postings=[(header.id, 77), (header.id, 78)],
        audit=[
            event(
                buying.boss,
                at=NOW,
                action="receipt.post",
                subject_kind="goods_receipt",
                subject="",
                subject_id=header.id,
            ),
            event(
                buying.boss,
                at=NOW,
                action="x",
                subject_kind="order",
                subject="given",
                subject_id=order.id,
                after={"n": 1},
            ),
        ],
        request=Request("key", 5, header.id),
    )
    assert len(statements) == 1
    found = lock(buying.company.pk, [header.id], predecessors=True, key="key")
    assert len(statements) == 2
    assert found.headers.keys() == {order.id, header.id}
    assert (found.headers[order.id].state, found.headers[order.id].paid) == ("partly_received", 5)
    assert found.lines[order.id] == [first._replace(received=8, rejected=1), second._replace(invoiced=3)]
    assert found.lines[header.id][0].source == first.id
    assert found.request == [5, header.id, "GR-2026-000001", "posted"]
    assert queries.chain(buying.company.pk, order.id) == [
        (1, header.id, "goods_receipt", "GR-2026-000001", "posted", MONDAY)
    ]
    assert queries.versions(buying.company.pk, order.id) == [(1, NOW, 3, {"old": True})]
    assert queries.postings(buying.company.pk, [order.id, header.id]) == {header.id: [77, 78]}
    trail = AuditEvent.objects.filter(company=buying.company, action__in=["receipt.post", "x"]).order_by("id")
    assert list(trail.values_list("subject", "subject_id", "after")) == [
        ("GR-2026-000001", header.id, None),
        ("given", order.id, {"n": 1}),
    ]


def test_none_leaves_and_progress_adds(buying: Buying) -> None:
    order = written(buying, DocumentKind.PURCHASE_ORDER, FULL_LINE, state="sent", posted_at=None, reference="r")
    before = read(buying.company.pk, [order.id])
    [old] = before.lines[order.id]
    write(buying.company.pk, updates=[Update(order.id)], line_updates=[LineUpdate(old.id)])
    assert read(buying.company.pk, [order.id]) == before
    more: dict[str, Any] = {"ordered": 10, "received": 20, "invoiced": 30, "returned": 40, "rejected": 50}
    write(buying.company.pk, updates=[Update(order.id, paid=9)], line_updates=[LineUpdate(old.id, **more)])
    write(buying.company.pk, updates=[Update(order.id, paid=-4)], line_updates=[LineUpdate(old.id, returned=-1)])
    [now] = read(buying.company.pk, [order.id]).lines[order.id]
    assert now == old._replace(ordered=11, received=22, invoiced=33, returned=43, rejected=55)
    assert read(buying.company.pk, [order.id]).headers[order.id].paid == 5
    changed: dict[str, Any] = {"quantity": 0, "base_quantity": 0, "unit_price": 0, "discount": 0, "net": 0, "tax": 0}
    days: dict[str, Any] = {"expected_on": MONDAY + DAY, "details": {}}
    write(buying.company.pk, line_updates=[LineUpdate(old.id, **changed, **days)])
    [last] = read(buying.company.pk, [order.id]).lines[order.id]
    assert last == now._replace(**changed, **days)
    update = Update(
        *(order.id, "closed", 0, NOW, 4, MONDAY, MONDAY + DAY, MONDAY + 2 * DAY, "theirs", 1, 2, 3, {"x": 1}),
    )
    write(buying.company.pk, updates=[update])
    header = read(buying.company.pk, [order.id]).headers[order.id]
    assert {name: getattr(header, name) for name in Update._fields} == {**update._asdict(), "paid": 5}


def test_a_line_or_document_that_is_not_there_is_no_update(buying: Buying) -> None:
    order = written(buying, DocumentKind.PURCHASE_ORDER, line(), state="sent", posted_at=None)
    with pytest.raises(psycopg.errors.RaiseException, match="line to update"), transaction.atomic():
        write(buying.company.pk, line_updates=[LineUpdate(10**12, received=1)])
    with pytest.raises(psycopg.errors.RaiseException, match="document to update"), transaction.atomic():
        write(buying.company.pk, updates=[Update(order.id, state="closed"), Update(order.id, state="cancelled")])


def test_progress_never_falls_below_zero(buying: Buying) -> None:
    written(buying, DocumentKind.PURCHASE_ORDER, line(), state="sent", posted_at=None)
    [one] = models.DocumentLine.objects.values_list("id", flat=True)
    for counter in ("ordered", "received", "invoiced", "returned", "rejected"):
        less: dict[str, Any] = {counter: -1}
        with pytest.raises(psycopg.errors.CheckViolation), transaction.atomic():
            write(buying.company.pk, line_updates=[LineUpdate(one, **less)])


# --- numbers


def test_numbers_count_by_kind_and_year(buying: Buying) -> None:
    receipt, order = DocumentKind.GOODS_RECEIPT, DocumentKind.PURCHASE_ORDER
    made = [
        new(buying, receipt, day=dt.date(2026, 12, 31)),
        new(buying, order),
        new(buying, receipt, day=dt.date(2027, 1, 1)),
        new(buying, receipt, day=dt.date(2026, 1, 1)),
    ]
    numbers = write(buying.company.pk, documents=made)
    assert [numbers[one.id] for one in made] == ["GR-2026-000001", "PO-2026-000001", "GR-2027-000001", "GR-2026-000002"]
    assert written(buying).number == "GR-2026-000003"
    models.NumberSeries.objects.filter(company=buying.company, year=2027).update(last=999_999)
    assert written(buying, day=dt.date(2027, 5, 5)).number == "GR-2027-1000000"


def test_a_number_that_was_rolled_back_is_the_next_ones(buying: Buying) -> None:
    assert written(buying).number == "GR-2026-000001"
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert written(buying).number == "GR-2026-000002"
        raise ZeroDivisionError
    assert written(buying).number == "GR-2026-000002"
    assert not queries.number_gaps(buying.company.pk)


def test_a_gap_is_found(buying: Buying) -> None:
    written(buying)
    models.NumberSeries.objects.filter(company=buying.company).update(last=3)
    assert queries.number_gaps(buying.company.pk) == [
        ("goods_receipt", "", 2026, 2, False),
        ("goods_receipt", "", 2026, 3, False),
    ]
    models.NumberSeries.objects.filter(company=buying.company).update(last=0)
    assert queries.number_gaps(buying.company.pk) == [("goods_receipt", "", 2026, 1, True)]


# --- posted is unchangeable


HEADER_CHANGES = {
    "company_id": "0",
    "kind": "'landed_cost'",
    "number": "'X'",
    "version": "2",
    "partner_id": "99",
    "day": "'2020-01-01'",
    "due_on": "'2020-01-01'",
    "expected_on": "'2020-01-01'",
    "sent_on": "'2020-01-01'",
    "currency_id": "'EUR'",
    "rate": "1",
    "reference": "'other'",
    "net": "net + 1, gross = gross + 1",
    "tax": "tax + 1, gross = gross + 1",
    "created_at": "0",
    "posted_at": "null",
    "created_by": "9",
    "details": "'{}'",
    "id": "id + 1000",
}
LINE_CHANGES = dict.fromkeys(
    (
        "document_id",
        "line",
        "item_id",
        "location_id",
        "to_location_id",
        "lot_id",
        "unit_id",
        "numerator",
        "denominator",
    ),
    "7",
)
LINE_CHANGES |= dict.fromkeys(
    ("quantity", "base_quantity", "unit_price", "discount", "net", "tax_code_id", "tax", "source_id", "account_id"), "7"
)
LINE_CHANGES |= dict.fromkeys(("description", "ledger_reference"), "'x'")
LINE_CHANGES |= {"expected_on": "'2020-01-01'", "details": "'{}'", "id": "id + 1000"}


def refused_by_the_database(statement: str) -> None:
    with pytest.raises(DatabaseError, match="posted document"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def done(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1


@pytest.mark.parametrize("column", HEADER_CHANGES)
def test_a_posted_document_does_not_change(buying: Buying, column: str) -> None:
    statement = f"UPDATE document SET {column} = {HEADER_CHANGES[column]} WHERE id = "
    refused_by_the_database(f"{statement}{written(buying).id}")
    open_order = written(buying, DocumentKind.PURCHASE_ORDER, state="sent", posted_at=None)
    done(f"{statement}{open_order.id}")


@pytest.mark.parametrize("column", LINE_CHANGES)
def test_a_line_of_a_posted_document_does_not_change(buying: Buying, column: str) -> None:
    statement = f"UPDATE document_line SET {column} = {LINE_CHANGES[column]} WHERE document_id = "
    refused_by_the_database(f"{statement}{written(buying, DocumentKind.GOODS_RECEIPT, line()).id}")
    open_order = written(buying, DocumentKind.PURCHASE_ORDER, line(), state="sent", posted_at=None)
    done(f"{statement}{open_order.id}")


def test_every_column_is_protected_or_known_to_move() -> None:
    header = {field.column for field in models.Document._meta.concrete_fields}
    assert header == HEADER_CHANGES.keys() | {"state", "paid", "gross"}
    lines = {field.column for field in models.DocumentLine._meta.concrete_fields}
    assert lines == LINE_CHANGES.keys() | {"ordered", "received", "invoiced", "returned", "rejected"}


def test_state_payment_and_progress_of_a_posted_document_move(buying: Buying) -> None:
    posted = written(buying, DocumentKind.GOODS_RECEIPT, line())
    done(f"UPDATE document SET state = 'invoiced', paid = 5 WHERE id = {posted.id}")
    counters = "ordered = 1, received = 2, invoiced = 3, returned = 4, rejected = 5"
    done(f"UPDATE document_line SET {counters} WHERE document_id = {posted.id}")


def test_nothing_is_added_to_or_taken_from_a_posted_document(buying: Buying) -> None:
    posted = written(buying, DocumentKind.GOODS_RECEIPT, line())
    with pytest.raises(psycopg.errors.RestrictViolation, match="never added"), transaction.atomic():
        write(buying.company.pk, lines=[line(2)._replace(document=posted.id)])
    refused_by_the_database(f"DELETE FROM document_line WHERE document_id = {posted.id}")
    refused_by_the_database(f"DELETE FROM document WHERE id = {posted.id}")
    draft = written(buying, DocumentKind.PURCHASE_ORDER, line(), state="sent", posted_at=None)
    write(buying.company.pk, lines=[line(2)._replace(document=draft.id)])
    done(f"DELETE FROM document_line WHERE document_id = {draft.id} AND line = 2")


@pytest.mark.parametrize(
    "table",
    ["document_link", "document_posting", "document_version", "request_key", "document_note", "document_attachment"],
)
def test_what_is_only_added_is_never_changed(buying: Buying, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("table", ["document", "document_line"])
def test_documents_are_never_emptied(buying: Buying, table: str) -> None:
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


# --- what the database refuses besides


@pytest.mark.parametrize(
    "rule, more",
    [
        ("document_kind_known", {"kind": "'letter'"}),
        ("document_state_known", {"state": "'astray'"}),
        ("document_rate_positive", {"rate": "0"}),
        ("document_gross_is_net_and_tax", {"gross": "1"}),
        ("document_number", {"number": "'PO-2026-000002'"}),
    ],
)
def test_a_bad_document_is_refused_by_the_database(buying: Buying, rule: str, more: dict[str, str]) -> None:
    first, _ = (written(buying, DocumentKind.PURCHASE_ORDER, state="sent", posted_at=None) for _ in range(2))
    [(column, value)] = more.items()
    with pytest.raises(DatabaseError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE document SET {column} = {value} WHERE id = {first.id}")


@pytest.mark.parametrize("kind", [DocumentKind.SUPPLIER_INVOICE, DocumentKind.SUPPLIER_CREDIT_NOTE])
def test_the_same_invoice_twice_is_refused(buying: Buying, kind: DocumentKind) -> None:
    smith, euro = buying.partners["SMITH"], buying.partners["EURO"]
    first = written(buying, kind, partner=smith, reference="R-1")
    before = everything()
    with pytest.raises(Refusal) as refused, transaction.atomic():
        written(buying, kind, partner=smith, reference="R-1")
    assert refused.value.code == "document.reference_taken"
    assert "“R-1”" in refused.value.cause
    assert everything() == before
    written(buying, kind, partner=euro, reference="R-1")
    written(buying, kind, partner=smith, reference="R-2")
    written(buying, kind, partner=smith)
    written(buying, kind, partner=smith)
    written(buying, DocumentKind.GOODS_RECEIPT, partner=smith, reference="R-1")
    written(buying, DocumentKind.GOODS_RECEIPT, partner=smith, reference="R-1")
    write(buying.company.pk, updates=[Update(first.id, state="cancelled")])
    written(buying, kind, partner=smith, reference="R-1")


def test_a_number_beyond_the_books_is_refused(buying: Buying) -> None:
    with pytest.raises(Refusal, match="too large for the books") as refused, transaction.atomic():
        written(buying, DocumentKind.GOODS_RECEIPT, line(net=2**63))
    assert refused.value.code == "document.too_large"


# --- requests


def test_a_request_that_was_carried_out_meanwhile_writes_nothing(buying: Buying) -> None:
    first = new(buying)
    write(buying.company.pk, documents=[first], request=Request("key", 1, first.id))
    before = everything()
    second = new(buying)
    with pytest.raises(Repeated) as repeated, transaction.atomic():
        write(buying.company.pk, documents=[second], request=Request("key", 1, second.id))
    assert repeated.value.document == (first.id, "GR-2026-000001", "posted")
    with pytest.raises(Refusal, match="which made GR-2026-000001") as refused, transaction.atomic():
        write(buying.company.pk, documents=[second], request=Request("key", 2, second.id))
    assert refused.value.code == "request.other_content"
    assert everything() == before


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_has_a_length(key: str) -> None:
    with pytest.raises(Refusal, match="empty or too long"):
        answered(None, key, 1)


# --- notes, files, tax codes


def test_notes_and_files(buying: Buying) -> None:
    order = buying.order()
    note = add_note(buying.boss, document=order.id, text="Call first", recorded_at=NOW)
    file = attach(
        buying.actor(Permission.PURCHASE_READ),
        document=order.id,
        name="a.pdf",
        media_type="application/pdf",
        content=b"\0pdf",
        recorded_at=NOW + 1,
    )
    assert queries.notes(buying.company.pk, order.id) == [(note, NOW, None, "Call first")]
    sha256 = hashlib.sha256(b"\0pdf").hexdigest()
    assert queries.attachments(buying.company.pk, order.id) == [
        (file, NOW + 1, 7, "a.pdf", "application/pdf", 4, sha256)
    ]
    assert queries.attachment_content(buying.company.pk, file) == b"\0pdf"
    assert queries.attachment_content(buying.company.pk + 1, file) is None
    assert not queries.notes(buying.company.pk + 1, order.id)
    done_ = AuditEvent.objects.filter(subject=order.number).order_by("id").values_list("action", flat=True)
    assert list(done_) == ["purchase_order.create", "purchase_order.note", "purchase_order.attach"]


@pytest.mark.parametrize(
    "code, verb, more",
    [
        ("document.unknown", add_note, {"document": 10**9, "text": "x"}),
        ("text.invalid", add_note, {"text": " "}),
        ("text.invalid", add_note, {"text": "x" * 2001}),
        ("text.invalid", add_note, {"text": "a\0b"}),
        ("text.invalid", add_note, {"text": "a\ud800b"}),
        ("document.unknown", attach, {"document": 10**9}),
        ("text.invalid", attach, {"name": " "}),
        ("text.invalid", attach, {"media_type": ""}),
        ("text.invalid", attach, {"name": "x" * 201}),
        ("attachment.size", attach, {"content": b""}),
        ("attachment.size", attach, {"content": bytes(models.ATTACHMENT_LIMIT + 1)}),
    ],
)
def test_what_cannot_be_attached(buying: Buying, code: str, verb: Any, more: dict[str, Any]) -> None:
    order = buying.order()
    before = everything()
    usual: dict[str, Any] = {"name": "a", "media_type": "text/plain", "content": b"x"} if verb is attach else {}
    with pytest.raises(Refusal) as refused:
        verb(buying.boss, **{"document": order.id, "recorded_at": NOW, **usual, **more})
    assert refused.value.code == code
    assert everything() == before


@pytest.mark.parametrize(
    "code, more",
    [
        ("code.invalid", {"code": " "}),
        ("tax.rate", {"rate": -1}),
        ("tax.rate", {"rate": 1_000_001}),
        ("tax.rate", {"kind": TaxKind.EXEMPT}),
        ("tax.account", {"input_account": None}),
        ("tax.account", {"kind": TaxKind.REVERSE_CHARGE}),
        ("tax.account", {"output_account": 10**8}),
    ],
)
def test_a_tax_code_that_cannot_be(buying: Buying, code: str, more: dict[str, Any]) -> None:
    usual: dict[str, Any] = {
        "code": "T",
        "rate": 1,
        "kind": TaxKind.STANDARD,
        "input_account": buying.account,
        "recorded_at": NOW,
    }
    before = everything()
    with pytest.raises(Refusal) as refused:
        set_tax_code(buying.boss, **{**usual, **more})
    assert refused.value.code == code
    with pytest.raises(Refusal, match="Ann may not change accounts"):
        set_tax_code(buying.actor(Permission.SUPPLIER_CHANGE), **usual)
    assert everything() == before


def test_a_tax_code_changes(buying: Buying) -> None:
    usual: dict[str, Any] = {"kind": TaxKind.NON_RECOVERABLE, "recorded_at": NOW}
    made = set_tax_code(buying.boss, code="T", rate=1, **usual)
    assert set_tax_code(buying.boss, code="T", rate=2, name="Tax", **usual).pk == made.pk
    last = AuditEvent.objects.filter(action="tax_code.set", subject="T").latest("id")
    assert last.before is not None
    assert last.after is not None
    assert (last.before["rate"], last.after["rate"]) == (1, 2)


# --- lists


def test_lists(buying: Buying) -> None:
    smith, euro = buying.partners["SMITH"], buying.partners["EURO"]
    first = written(buying, partner=smith, reference="A", day=MONDAY)
    second = written(buying, partner=euro, day=MONDAY + DAY, state="cancelled")
    third = written(buying, DocumentKind.SUPPLIER_RETURN, partner=smith, day=MONDAY + 2 * DAY)

    def ids(*kinds: DocumentKind, **more: Any) -> list[int]:
        return [row.id for row in queries.documents(buying.company.pk, kinds or tuple(DocumentKind), **more)]

    assert ids() == [third.id, second.id, first.id]
    assert ids(DocumentKind.GOODS_RECEIPT) == [second.id, first.id]
    assert ids(states=[State.CANCELLED]) == [second.id]
    assert ids(partner=smith) == [third.id, first.id]
    assert ids(from_=MONDAY + DAY, to=MONDAY + DAY) == [second.id]
    assert ids(reference="A") == [first.id]
    assert ids(limit=2) == [third.id, second.id]
    assert ids(limit=2, before=second.id) == [first.id]
    [row] = queries.documents(buying.company.pk, [DocumentKind.SUPPLIER_RETURN])
    assert row.number == "SR-2026-000001"
    assert row.day == MONDAY + 2 * DAY
    assert queries.document_id(buying.company.pk, DocumentKind.SUPPLIER_RETURN, row.number) == third.id
    assert queries.document(buying.company.pk, third.id, DocumentKind.SUPPLIER_RETURN)[0] == third
    with pytest.raises(Refusal, match="no such goods receipt"):
        queries.document_id(buying.company.pk, DocumentKind.GOODS_RECEIPT, row.number)


def test_the_chain_goes_both_ways_and_no_further(buying: Buying) -> None:
    a, b, c, d, e = (written(buying).id for _ in range(5))
    write(buying.company.pk, links=[(a, b), (b, c), (a, c), (d, c), (c, e)])
    assert [(one.distance, one.id) for one in queries.chain(buying.company.pk, b)] == [(-1, a), (1, c), (2, e)]
    assert [(one.distance, one.id) for one in queries.chain(buying.company.pk, e)] == [
        (-2, a),
        (-2, b),
        (-2, d),
        (-1, c),
    ]


# --- arithmetic


@pytest.mark.parametrize(
    "quantity, price, discount, minor, expected",
    [
        (3_000_000, 333_333, 0, 100, 100),
        (1_500_000, 1_000_000, 0, 1, 2),
        (1_000_000, 10_000_000, 125_000, 100, 875),
        (1_000_000, 10_050_000, 500_000, 100, 503),
        (5_000_000, None, 0, 100, 0),
        (5_000_000, 0, 0, 100, 0),
        (1, 1, 0, 100, 0),
    ],
)
def test_net_amount(quantity: int, price: int | None, discount: int, minor: int, expected: int) -> None:
    assert net_amount(quantity, price, discount, minor) == expected


@pytest.mark.parametrize(
    "amount, currency, rate, own, expected",
    [
        (1000, "USD", 7, "USD", 1000),
        (1000, "EUR", 1_200_000_000, "USD", 1200),
        (1000, "JPY", 6_500_000, "USD", 650),
        (1000, "USD", 150_000_000_000, "JPY", 1500),
        (1001, "KWD", 3_250_000_000, "USD", 325),
    ],
)
def test_company_currency(amount: int, currency: str, rate: int, own: str, expected: int) -> None:
    assert in_company_currency(amount, currency, rate, own) == expected


@pytest.mark.parametrize(
    "kind, expected", [*((kind, 3) for kind in TaxKind if kind != "reverse_charge"), ("reverse_charge", 0)]
)
def test_tax_that_is_charged(kind: str, expected: int) -> None:
    assert charged(13, 200_000, kind) == expected


def test_content_is_json_without_what_is_empty(buying: Buying) -> None:
    header = new(buying)
    said = content(header, [Line(header.id, 1, 2, 3, expected_on=MONDAY)])
    assert said["day"] == "2026-03-02"
    assert "partner" not in said
    assert said["lines"][0]["expected_on"] == "2026-03-02"
