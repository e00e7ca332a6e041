"""Posted means unchangeable: what the database refuses, column by column."""

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from everstock.core.problems import Refusal
from everstock.operations.documents import models
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import Update
from everstock.operations.documents.write import write
from tests.operations.buying import Buying
from tests.operations.documents import line, written
from tests.operations.unchanged import everything

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
        ("document_words_known", {"kind": "'letter'"}),
        ("document_words_known", {"state": "'astray'"}),
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
