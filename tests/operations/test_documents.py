"""The base of all documents: what is written is read back, one statement writes it all, a request is carried out once."""

import re
from typing import Any

import psycopg
import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import transaction

from everstock.core.problems import Refusal
from everstock.ledger.statements import Statement
from everstock.masterdata import actions as masterdata
from everstock.operations.documents import models, queries
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import lock, read
from everstock.operations.documents.records import Header, Line, LineUpdate, Request, Update, Version, content
from everstock.operations.documents.requests import Repeated, answered
from everstock.operations.documents.states import State
from everstock.operations.documents.write import write
from everstock.operations.identity.audit import event
from everstock.operations.identity.models import AuditEvent
from tests.ledger.posting import select
from tests.operations.buying import CREATED_AT, DAY, MONDAY, NOW, Buying
from tests.operations.documents import line, new, written
from tests.operations.unchanged import everything

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


@pytest.mark.django_db
def test_the_database_knows_the_words_of_kinds_and_states() -> None:
    [(source,)] = select("SELECT prosrc FROM pg_proc WHERE proname = 'document_words_known'")
    kinds, states = ("".join(re.findall("'(.*)'", part)) for part in source.split("AND"))
    assert kinds == f"^({'|'.join(sorted(DocumentKind))})$"
    assert states == f"^({'|'.join(sorted(State))})$"


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


def test_content_is_json_without_what_is_empty(buying: Buying) -> None:
    header = new(buying)
    said = content(header, [Line(header.id, 1, 2, 3, expected_on=MONDAY)])
    assert said["day"] == "2026-03-02"
    assert "partner" not in said
    assert said["lines"][0]["expected_on"] == "2026-03-02"
