"""The value of every pool at past dates, as known now."""

import datetime as dt
import time
from statistics import median
from typing import Any

import psycopg

from everstock.core.facts import DAY
from everstock.core.problems import Refusal
from everstock.interfaces.bench.companies import make_company
from everstock.interfaces.bench.figures import Figure
from everstock.interfaces.bench.run import TEN_MILLION, Bench
from everstock.interfaces.bench.workload import Ground

TARGETS = {1_000_000: (50, 10), TEN_MILLION: (200, 50)}
"""Entries: ms at most, and stretch."""
_FIRST = dt.date(2023, 1, 1)
_OPENED = (_FIRST.toordinal() - dt.date(1970, 1, 1).toordinal() - 1) * DAY
_DAYS = 3 * 365
_DATES = 24
_CALLS = 3


def measure(bench: Bench) -> list[Figure]:
    """Milliseconds of the slowest of many dates, rows in hand."""
    return [_measure(bench, entries) for entries in bench.sizes.entries]


def _measure(bench: Bench, entries: int) -> Figure:
    from everstock.ledger.queries import pool_values
    from everstock.ledger.snapshots import build_snapshots

    name = "as_of"
    bench.tell(f"as-of: writing {entries:,} entries")
    bench.server.create(name)
    bench.server.use(name)
    ground = make_company("ASOF", "average", bench.sizes.pools, opened_at=_OPENED)
    with bench.server.connect(name) as run:
        _fill(run, ground, entries)
    build_snapshots(ground.company)
    bench.server.settle(name)
    dates = [_FIRST + dt.timedelta(days=3 + number * (_DAYS - 6) // (_DATES - 1)) for number in range(_DATES)]
    pool_values(ground.company, as_of=dates[0])
    slowest, all_times, yard = [], [], []
    for _ in range(bench.sizes.repetitions):
        yard.append(bench.pgbench.run())
        times = [median(_time(ground.company, date) for _ in range(_CALLS)) for date in dates]
        slowest.append(max(times))
        all_times += times
    with bench.server.connect(name) as run:
        _check(run, ground, dates)
    bench.server.drop(name)
    target, stretch = TARGETS.get(entries, (None, None))
    return Figure(
        f"as-of-{entries}",
        f"value of {bench.sizes.pools:,} pools at the slowest of {_DATES} dates, {entries:,} movements",
        "ms",
        tuple(slowest),
        "lower",
        target,
        stretch,
        per_pgbench=median(slowest) * median(yard) / 1000,
        notes={"median over all dates, ms": round(median(all_times), 2)},
    )


def _time(company: int, date: dt.date) -> float:
    from everstock.ledger.queries import pool_values

    begun = time.perf_counter()
    pool_values(company, as_of=date)
    return (time.perf_counter() - begun) * 1000


def _fill(run: "psycopg.Connection[Any]", ground: Ground, entries: int) -> None:
    """Entries over three years, about in the order of their days and two in a hundred late, by plain SQL; then the pools' sums."""
    row = run.execute(
        "SELECT array_agg(id ORDER BY id), min(inventory_id), min(price_difference_id) FROM pool WHERE company_id = %s",
        (ground.company,),
    ).fetchone()
    assert row is not None
    pools, account, contra = row
    run.execute("SELECT setseed(0.5)")
    chunk = 1_000_000
    for start in range(0, entries, chunk):
        run.execute(
            "INSERT INTO entry (posting_id, line, company_id, movement_id, pool_id, day, posted_on, account_id, contra_id,"
            " quantity, amount)"
            " SELECT 1000000 + n / 10, 1 + n %% 10, %s, NULL, (%s::int[])[1 + floor(random() * %s)::int], d.day, d.day, %s, %s,"
            "  q.quantity * 1000000, q.quantity * 700"
            " FROM generate_series(%s::bigint, %s::bigint) AS n"
            " CROSS JOIN LATERAL (SELECT %s::date + greatest(0, n * %s / %s"
            "  - CASE WHEN random() < 0.02 THEN floor(random() * 45) ELSE 0 END)::int AS day) AS d"
            " CROSS JOIN LATERAL (SELECT CASE WHEN random() < 0.3 THEN 9 ELSE -3 END + 0 * n AS quantity) AS q",
            (
                *(ground.company, pools, len(pools), account, contra, start, min(start + chunk, entries) - 1),
                *(_FIRST, _DAYS, entries),
            ),
        )
    run.execute(
        "UPDATE pool p SET quantity = s.quantity, value = CASE WHEN s.quantity = 0 THEN 0 ELSE s.value END"
        " FROM (SELECT pool_id, sum(quantity)::bigint AS quantity, sum(amount)::bigint AS value FROM entry"
        "  WHERE company_id = %s GROUP BY pool_id) AS s WHERE s.pool_id = p.id",
        (ground.company,),
    )


def _check(run: "psycopg.Connection[Any]", ground: Ground, dates: list[dt.date]) -> None:
    """The answers are those of adding everything up."""
    from everstock.ledger.queries import pool_values

    for date in (dates[0], dates[len(dates) // 2], dates[-1]):
        added = run.execute(
            "SELECT pool_id, sum(quantity)::bigint, sum(amount)::bigint FROM entry WHERE company_id = %s AND day <= %s"
            " GROUP BY pool_id HAVING sum(quantity) <> 0 OR sum(amount) <> 0",
            (ground.company, date),
        ).fetchall()
        answered = {(row.pool, row.quantity, row.value) for row in pool_values(ground.company, as_of=date)}
        if set(added) != answered:
            cause = f"The values of pools at {date} are not the sums of their entries."
            raise Refusal("bench.wrong", cause, "Please report it.")
