"""Snapshots: what every pool held at the end of past months, as known now.

They make any past date cheap and are a cache: dropped or built, every answer is the same. Postings keep them right
(``ledger_move_snapshots``); here they are built and dropped, while no posting of the company can slip in between.
"""

import datetime as dt
from calendar import monthrange

from django.db import connection, transaction

from everstock.ledger import database
from everstock.ledger.models import CompanyClock
from everstock.ledger.queries import rows

WORTH_IT = 50_000
"""Entries since the last snapshot above which new ones are built."""


def ensure_snapshots(company_id: int) -> None:
    """Build missing snapshots if they are due; does nothing inside a transaction, which would keep the company locked."""
    if not connection.in_atomic_block and snapshots_are_due(company_id):
        build_snapshots(company_id)


def snapshots_are_due(company_id: int) -> bool:
    """Whether a finished month lacks a snapshot and there is enough to sum up without it; cheap to ask."""
    last = CompanyClock.objects.filter(company_id=company_id).values_list("snapshot_day", flat=True).first()
    newest = rows(
        "SELECT max(e.day) FROM (SELECT id FROM posting WHERE company_id = %s ORDER BY recorded_at DESC, id DESC LIMIT 10)"
        " AS g CROSS JOIN LATERAL (SELECT day FROM entry WHERE posting_id = g.id LIMIT 100) AS e",
        (company_id,),
    )[0][0]
    if newest is None or (last is not None and _month_end_before(newest) <= last):
        return False
    since = rows(
        "SELECT count(*) FROM (SELECT 1 FROM entry WHERE company_id = %s AND day > %s LIMIT %s) AS entries",
        (company_id, last or dt.date.min, WORTH_IT + 1),
    )[0][0]
    return int(since) > WORTH_IT


def build_snapshots(company_id: int) -> int:
    """Build the missing snapshots, one at the end of every month with entries before the latest such month; how many.

    The company is locked for one month's snapshot at a time. A month that gets its first entries later needs none: what lies between
    two snapshots is summed up.
    """
    missing = _missing(company_id)
    if not missing:
        return 0
    with database.cursor() as run:
        # so much is new that neither the indexes over days nor the statistics may know of it yet
        run.execute("SELECT brin_summarize_new_values('entry_days'), brin_summarize_new_values('movement_moments')")
        run.execute("ANALYZE entry, movement")
    built = sum(_build(company_id, day) for day in missing)
    with database.cursor() as run:
        run.execute("ANALYZE snapshot")
    return built


def _missing(company_id: int) -> list[dt.date]:
    """The ends of the months with entries after the last snapshot, without the latest such month."""
    found = rows(
        "SELECT DISTINCT date_trunc('month', e.day)::date FROM entry e, company_clock c"
        " WHERE c.company_id = %s AND e.company_id = %s AND (c.snapshot_day IS NULL OR e.day > c.snapshot_day) ORDER BY 1",
        (company_id, company_id),
    )
    return [day.replace(day=monthrange(day.year, day.month)[1]) for (day,) in found[:-1]]


@transaction.atomic
def _build(company_id: int, day: dt.date) -> bool:
    """Build one snapshot, unless somebody else did."""
    last = _lock(company_id)
    if last is not None and last >= day:
        return False
    with database.cursor() as run:
        run.execute(
            "INSERT INTO snapshot (day, pool_id, quantity, value)"
            " SELECT %s, pool_id, sum(quantity), sum(value) FROM ("
            " SELECT s.pool_id, s.quantity, s.value FROM snapshot s JOIN pool p ON p.id = s.pool_id"
            "  WHERE s.day = %s AND p.company_id = %s"
            " UNION ALL SELECT pool_id, quantity, amount FROM entry"
            "  WHERE company_id = %s AND pool_id IS NOT NULL AND day > %s AND day <= %s) AS changes"
            " GROUP BY pool_id HAVING sum(quantity) <> 0 OR sum(value) <> 0",
            (day, last, company_id, company_id, last or dt.date.min, day),
        )
        run.execute("INSERT INTO snapshot_day (company_id, day) VALUES (%s, %s)", (company_id, day))
        run.execute("UPDATE company_clock SET snapshot_day = %s WHERE company_id = %s", (day, company_id))
    return True


@transaction.atomic
def drop_snapshots(company_id: int) -> None:
    """Forget all snapshots of a company."""
    _lock(company_id)
    with database.cursor() as run:
        run.execute("DELETE FROM snapshot USING pool p WHERE p.id = pool_id AND p.company_id = %s", (company_id,))
        run.execute("DELETE FROM snapshot_day WHERE company_id = %s", (company_id,))
        run.execute("UPDATE company_clock SET snapshot_day = NULL WHERE company_id = %s", (company_id,))


def _lock(company_id: int) -> dt.date | None:
    """Keep postings of the company from being written until the transaction ends; returns the last snapshot's day."""
    database.lock_clock(company_id)
    return CompanyClock.objects.filter(company_id=company_id).values_list("snapshot_day", flat=True).first()


def _month_end_before(day: dt.date) -> dt.date:
    return day.replace(day=1) - dt.timedelta(days=1)
