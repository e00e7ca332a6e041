"""Lists stay quick whatever the planner's statistics say: that tables are empty, as after much was rolled back, or that they are large."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from everstock.operations.documents import queries
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.purchasing.grni import received_not_invoiced
from everstock.operations.purchasing.payables import open_payables
from everstock.operations.purchasing.payments import register_payment
from everstock.operations.warehouse.incoming import incoming_lines
from tests.operations.buying import DAY, MONDAY
from tests.operations.owing import Owing

_TABLES = ("document", "document_line", "document_link", "document_posting", "posting", "entry", "movement")
_YEAR_END = MONDAY + 300 * DAY


@pytest.fixture(scope="module")
def made_owing(module_db: None) -> Owing:
    """Orders that came, were billed and half paid."""
    owing = Owing()
    for _ in range(24):
        order = owing.sent(owing.line(10, "2.5"))
        invoice = owing.bill(owing.paper(owing.receive(order, 8), 6))
        register_payment(
            *(owing.boss,),
            supplier=owing.partners["SMITH"],
            lines=[PaymentLine(invoice.id, 700)],
            day=MONDAY + 3 * DAY,
            recorded_at=next(owing.moments),
        )
    return owing


def _believe(rows: dict[str, int]) -> None:
    """Make the planner take the tables for so large, and know nothing else of them."""
    with connection.cursor() as cursor:
        for table, count in rows.items():
            cursor.execute(
                "UPDATE pg_class SET reltuples = %s, relpages = 1 WHERE oid = %s::regclass"
                " OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = %s::regclass)",
                [count, table, table],
            )
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = ANY (%s::text[]::regclass[]::oid[])", [list(_TABLES)])


def _touched() -> int:
    """How many rows this transaction has read so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0])


def _rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in _TABLES))
        return sum(count for (count,) in cursor.fetchall())


@pytest.mark.parametrize("small", [*_TABLES, "all", "none"])
@pytest.mark.parametrize(
    "ask, found",
    [
        (lambda o: open_payables(o.company, as_of=_YEAR_END), 24),
        (lambda o: received_not_invoiced(o.company, as_of=_YEAR_END), 24),
        (lambda o: incoming_lines(o.company.pk), 24),
        (lambda o: queries.documents(o.company.pk, DocumentKind), 96),
        (lambda o: queries.number_gaps(o.company.pk), 0),
    ],
    ids=["payables", "grni", "incoming", "documents", "gaps"],
)
def test_a_list_reads_every_row_a_few_times_at_most(
    owing: Owing, ask: Callable[[Owing], Any], found: int, small: str
) -> None:
    _believe({table: 0 if small in (table, "all") else 10_000_000 for table in _TABLES})
    there, before = _rows(), _touched()
    assert len(ask(owing)) == found
    assert _touched() - before < 3 * there
