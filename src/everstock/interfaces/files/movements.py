"""Import of a movement file: every line of it, or none."""

import datetime as dt
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from everstock.core.facts import DAY
from everstock.core.problems import ProblemList
from everstock.interfaces.files.posting import Poster
from everstock.interfaces.files.reader import Reader
from everstock.interfaces.files.resolve import Resolver
from everstock.interfaces.files.rows import COLUMNS, REQUIRED, Row, Rows, Terms
from everstock.interfaces.files.sorting import Sorted
from everstock.ledger.books import forget_books
from everstock.ledger.database import lock_company
from everstock.ledger.usage import refresh_statistics
from everstock.masterdata.models import Company
from everstock.masterdata.queries import exchange_rate

SOURCE = "import"
_MANY = 10_000
"""Lines posted after which the planner's guesses would be far off."""


class Options(NamedTuple):
    """How to import. ``by_entry``: lines in the order of ``entered_at``, which they carry as the moment of recording."""

    by_entry: bool = False
    strict: bool = False
    dry_run: bool = False


class Summary(NamedTuple):
    """What an import did, or with ``dry_run`` would do. ``created``: how many items, locations, partners, lots."""

    lines: int
    posted: int
    repeated: int
    created: dict[str, int]
    warnings: list[str]
    seconds: float
    dry_run: bool


class Watcher(NamedTuple):
    """Whom to tell how far the import is: a line was read; how many there are; lines were posted; all are about to be kept."""

    read: Callable[[int], None] = lambda _: None
    counted: Callable[[int], None] = lambda _: None
    posted: Callable[[int], None] = lambda _: None
    finishing: Callable[[], None] = lambda: None


USUAL = Options()
NOBODY = Watcher()


def import_movements(
    company: Company, path: Path, *, recorded_at: int, options: Options = USUAL, watcher: Watcher = NOBODY
) -> Summary:
    """Import a movement file; ``recorded_at``: now, in microseconds UTC.

    Raises ``BadFile`` with every bad line, or ``Refusal`` if the file cannot be read; nothing is changed then.
    """
    with without_collector():
        return _import(company, path, recorded_at, options, watcher)


def _import(company: Company, path: Path, recorded_at: int, options: Options, watcher: Watcher) -> Summary:
    begun = time.monotonic()
    problems = ProblemList(path.name)
    reader = Reader(path, COLUMNS, REQUIRED, problems)
    rows = Rows(terms_of(company, recorded_at, by_entry=options.by_entry), reader.columns, problems)
    in_order: Sorted[Row] = Sorted(Row._make)
    try:
        in_order.add_all(watched(rows.read, reader, watcher))
        watcher.counted(in_order.count)
        resolver = Resolver(company, problems, strict=options.strict)
        poster = Poster(company.pk, SOURCE, resolver, problems, hold=not options.by_entry)
        post_all_or_nothing(company, poster, in_order, problems, watcher, dry_run=options.dry_run)
    finally:
        in_order.close()
    warnings = [*unknown_columns(reader), *_about(rows, recorded_at)]
    seconds = time.monotonic() - begun
    return Summary(in_order.count, poster.posted, poster.repeated, resolver.created, warnings, seconds, options.dry_run)


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep the cyclic collector from looking again and again at millions of records of which none refers to itself.

    It took a sixth of an import's time and found nothing.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def terms_of(company: Company, recorded_at: int, *, by_entry: bool) -> Terms:
    """What reading a file needs to know of a company."""

    @cache
    def rate(currency: str, day: int) -> int | None:
        return exchange_rate(company, currency, dt.date(1970, 1, 1) + dt.timedelta(days=day))

    return Terms(company.currency_id, company.currency.digits, recorded_at, by_entry, rate)


def watched(read: Callable[[int, tuple[str, ...]], Row | None], reader: Reader, watcher: Watcher) -> Iterator[Row]:
    """The rows that ``read`` makes of lines, while the watcher is told."""
    for told, (number, cells) in enumerate(reader, 1):
        row = read(number, cells)
        if row is not None:
            yield row
        if not told % 1_000:
            watcher.read(1_000)


def post_all_or_nothing(
    company: Company, poster: Poster, rows: Sorted[Row], problems: ProblemList, watcher: Watcher, *, dry_run: bool
) -> None:
    """Post rows in one transaction; commit only if there is no problem at all, and not for a dry run."""
    kept = False
    try:
        with transaction.atomic():
            lock_company(company.pk, exclusive=True)
            poster.post(rows, watcher.posted)
            problems.refuse_if_any()
            if dry_run:
                transaction.set_rollback(True)
            watcher.finishing()
        kept = not dry_run
        if kept and poster.posted >= _MANY:
            refresh_statistics()
    finally:
        if not kept:
            # the ledger may remember pools that were taken back
            forget_books()


def unknown_columns(reader: Reader) -> Iterator[str]:
    """The warning about columns that were ignored."""
    if reader.unknown:
        yield f"Unknown columns were ignored: {', '.join(reader.unknown)}."


def _about(rows: Rows, recorded_at: int) -> Iterator[str]:
    if rows.ignored:
        listed = ", ".join(f"{name} ({count} lines)" for name, count in sorted(rows.ignored.items()))
        yield f"These values have no meaning there and were ignored: {listed}."
    if rows.last_day > recorded_at + DAY:
        last = dt.date(1970, 1, 1) + dt.timedelta(days=rows.last_day // DAY)
        yield f"Some lines lie in the future, the last one on {last}."
