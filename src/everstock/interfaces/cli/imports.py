"""Commands that bring files in: import movements, cost-changes, items, locations, partners."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from everstock.interfaces.cli.output import progress, say, warn
from everstock.interfaces.cli.program import Program

if TYPE_CHECKING:
    from everstock.interfaces.files.movements import Summary, Watcher
    from everstock.masterdata.imports import ImportSummary

_F = TypeVar("_F", bound=Callable[..., object])


@click.group("import")
def import_() -> None:
    """Import a file: every line of it, or none.

    A file with any bad line changes nothing, and every bad line is listed with number, column, value and reason.
    """


def _file(command: _F) -> _F:
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.argument("file", type=path)(command)


def _dry_run(command: _F) -> _F:
    return click.option("--dry-run", is_flag=True, help="Do everything but keep nothing; say what would happen.")(
        command
    )


def _order(command: _F) -> _F:
    help_text = (
        "effective: as learned now. entered: in the order of entered_at, which becomes the moment of recording; "
        "this brings in a history with what was known when."
    )
    return click.option(
        "--order", type=click.Choice(["effective", "entered"]), default="effective", show_default=True, help=help_text
    )(command)


@import_.command()
@_file
@_dry_run
@_order
@click.option("--strict", is_flag=True, help="Refuse unknown items, locations and partners instead of creating them.")
@click.pass_obj
def movements(program: Program, file: Path, dry_run: bool, order: str, strict: bool) -> None:
    """Import movements: CSV in UTF-8 with a header row, plain or .gz.

    \b
    Columns, in any order (date, kind, item and reference are required):
      date, time      YYYY-MM-DD, HH:MM[:SS]; without time inbound lines lie at the
                      start of the day, all others at its end
      kind            opening receipt return_in adjust_in issue return_out adjust_out
                      waste transfer count cost_change landed_cost write_down revaluation
      item, location, to_location, lot     codes
      quantity, uom   positive; the unit is converted to the item's base unit
      unit_cost or amount                  cost of what comes in; amount is the whole line's
      unit_price      selling price per unit
      currency, rate  of cost and price
      reference       unique: the same line again is skipped and counted
      applies_to      reference of the line that is returned, re-costed or charged
      entered_at      see --order
      partner, note   free
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    company = program.company()
    from everstock.interfaces.files.movements import Options, import_movements

    options = Options(by_entry=order == "entered", strict=strict, dry_run=dry_run)
    with _watcher() as watcher:
        done = import_movements(company, file, recorded_at=_now(), options=options, watcher=watcher)
    _tell(done, file)


@import_.command("cost-changes")
@_file
@_dry_run
@_order
@click.pass_obj
def cost_changes(program: Program, file: Path, dry_run: bool, order: str) -> None:
    """Import cost changes: receipts that turned out to cost something else.

    Columns: entered_at, reference, item, location, old_unit_cost, new_unit_cost. The receipt is re-costed as if it had always had
    the new cost; later issues, and the books, follow.
    """
    company = program.company()
    from everstock.interfaces.files.cost_changes import import_cost_changes
    from everstock.interfaces.files.movements import Options

    options = Options(by_entry=order == "entered", dry_run=dry_run)
    with _watcher() as watcher:
        done = import_cost_changes(company, file, recorded_at=_now(), options=options, watcher=watcher)
    _tell(done, file)


@import_.command()
@_file
@_dry_run
@click.option("--strict", is_flag=True, help="Refuse unknown categories and units instead of creating them.")
@click.pass_obj
def items(program: Program, file: Path, dry_run: bool, strict: bool) -> None:
    """Import items: CSV or the first sheet of a workbook.

    Columns: sku, name, category, base_unit, tracking (none, lot, serial), standard_cost, barcode, units (box=12;pallet=480), weight
    (kg), volume (m³). Known items are changed in the columns the file has.
    """
    company = program.company()
    from everstock.ledger.usage import items_with_movements
    from everstock.masterdata.imports import import_items

    with _posting_stopped(company.pk):
        done = import_items(company, file, has_movements=items_with_movements, dry_run=dry_run, strict=strict)
    _tell_codes("items", done, file)


@import_.command()
@_file
@_dry_run
@click.option("--strict", is_flag=True, help="Refuse unknown parents instead of creating them.")
@click.pass_obj
def locations(program: Program, file: Path, dry_run: bool, strict: bool) -> None:
    """Import locations: CSV or the first sheet of a workbook.

    Columns: code, name, kind, parent, purpose. Known locations are changed in the columns the file has.
    """
    company = program.company()
    from everstock.ledger.usage import locations_with_movements
    from everstock.masterdata.imports import import_locations

    with _posting_stopped(company.pk):
        done = import_locations(company, file, has_movements=locations_with_movements, dry_run=dry_run, strict=strict)
    _tell_codes("locations", done, file)


@import_.command()
@_file
@_dry_run
@click.pass_obj
def partners(program: Program, file: Path, dry_run: bool) -> None:
    """Import suppliers and customers: CSV or the first sheet of a workbook.

    Columns: code, name, supplier, customer (yes or no), currency. Known partners are changed in the columns the file has.
    """
    company = program.company()
    from everstock.masterdata.imports import import_partners

    _tell_codes("partners", import_partners(company, file, dry_run=dry_run), file)


@contextmanager
def _posting_stopped(company_id: int) -> Iterator[None]:
    """A transaction in which nobody else posts, and after which every process reads the settings anew."""
    from django.db import transaction

    from everstock.ledger.database import lock_company
    from everstock.ledger.usage import settings_changed

    with transaction.atomic():
        lock_company(company_id, exclusive=True)
        yield
        settings_changed(company_id)


def _now() -> int:
    return time.time_ns() // 1000


@contextmanager
def _watcher() -> Iterator["Watcher"]:
    """Two bars: one while the file is read, one while it is posted.

    Once everything is posted, Ctrl-C comes too late: who hears "interrupted" must be able to rely on nothing having changed.
    """
    import signal
    from contextlib import ExitStack

    from everstock.interfaces.files.movements import Watcher

    with ExitStack() as stack:
        reading = stack.enter_context(ExitStack())
        read = reading.enter_context(progress("Reading"))
        posting = read

        def counted(lines: int) -> None:
            nonlocal posting
            reading.close()
            posting = stack.enter_context(progress("Posting", total=lines))

        def posted(lines: int) -> None:
            posting.advance(lines)

        def finishing() -> None:
            stack.callback(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.SIG_IGN))

        yield Watcher(read.advance, counted, posted, finishing)


def _tell(done: "Summary", file: Path) -> None:
    for text in done.warnings:
        warn(text)
    verb = "Would post" if done.dry_run else "Posted"
    rate = f"{done.seconds:.1f} s, {done.lines / max(done.seconds, 0.001):,.0f} lines/s"
    say(f"{verb} {done.posted:,} of {done.lines:,} lines of {file.name} ({rate}).")
    if done.repeated:
        say(f"Skipped {done.repeated:,} lines that were posted before.")
    made = [_counted(count, what) for what, count in done.created.items() if count]
    if made:
        say(f"{'Would create' if done.dry_run else 'Created'} {', '.join(made)}.")
    if done.dry_run:
        say("Nothing was changed. Next: the same command without --dry-run")
    elif done.posted:
        say("Next: everstock report valuation, or everstock verify")


def _counted(count: int, what: str) -> str:
    """``what`` in the plural, as for one of it if there is one."""
    return f"{count:,} {what.removesuffix('s') if count == 1 else what}"


def _tell_codes(what: str, done: "ImportSummary", file: Path) -> None:
    for text in done.warnings:
        warn(text)
    would = "would be " if done.dry_run else ""
    say(
        f"{file.name}: {_counted(done.created, what)} {would}created, {done.updated:,} changed, {done.unchanged:,} as before."
    )
    if done.dry_run:
        say("Nothing was changed. Next: the same command without --dry-run")
