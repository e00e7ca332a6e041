"""What a command prints: tables on standard output; progress, warnings and refusals on standard error."""

import csv
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, NamedTuple, TypeVar

import click

from everstock.core.problems import BadFile, Refusal

FORMATS = ("table", "csv", "json")
_F = TypeVar("_F", bound=Callable[..., object])
_GAP = "  "


class Column(NamedTuple):
    """A column of a report. ``numeric``: right-aligned, and in JSON a decimal string."""

    name: str
    numeric: bool = False


def format_option(command: _F) -> _F:
    """Give a command the option ``--format``, passed to it as ``format``."""
    help_text = "How to print: an aligned table for people, csv or json for programs."
    return click.option(
        "--format", "format", type=click.Choice(FORMATS), default="table", show_default=True, help=help_text
    )(command)


def emit(columns: Sequence[Column], rows: Iterable[Sequence[object]], format: str) -> None:  # noqa: A002 - the option's name
    """Print rows on standard output as ``table``, ``csv`` or ``json``. ``None`` is an empty cell."""
    if format == "csv":
        _emit_csv(columns, rows)
    elif format == "json":
        _emit_json(columns, rows)
    elif sys.stdout.isatty():
        _emit_rich(columns, rows)
    else:
        for line in aligned(columns, rows):
            click.echo(line)


def emit_below(
    what: str,
    code: str,
    facts: Iterable[Sequence[object]],
    sheet: tuple[Sequence[Column], Iterable[Sequence[object]]],
    format: str,  # noqa: A002 - the option's name
) -> None:
    """Print columns and rows below what is known of one thing, as (what, how); as ``csv`` or ``json`` the rows alone."""
    if format == "table":
        for line in aligned([Column(what), Column(code)], facts):
            click.echo(line)
        click.echo()
    emit(*sheet, format)


def _emit_csv(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    writer.writerows([_text(value) for value in row] for row in rows)


def _emit_json(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """A list with one object in each line, written as the rows come."""
    names = [column.name for column in columns]
    mark = "["
    for row in rows:
        values = [value if value is None or isinstance(value, bool) else _text(value) for value in row]
        sys.stdout.write(f"{mark}\n{json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False)}")
        mark = ","
    sys.stdout.write("[]\n" if mark == "[" else "\n]\n")


def _emit_rich(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column.name.replace("_", " "), justify="right" if column.numeric else "left", overflow="fold")
    for row in rows:
        cells = (_grouped(_text(v)) if c.numeric else _text(v) for c, v in zip(columns, row, strict=True))
        # Text, since a code may look like markup
        table.add_row(*(Text(cell) for cell in cells))
    Console().print(table)


def aligned(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a plain table."""
    cells = [[column.name for column in columns], *([_text(value) for value in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = _GAP.join(
            f"{' ' * (width - _width(cell))}{cell}" if column.numeric else f"{cell}{' ' * (width - _width(cell))}"
            for cell, width, column in zip(row, widths, columns, strict=True)
        )
        yield line.rstrip()


def _width(text: str) -> int:
    """The columns that a text takes on a terminal: Chinese letters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _grouped(number: str) -> str:
    """Thousands apart, for people."""
    whole, point, fraction = number.partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}{point}{fraction}" if digits.isdecimal() else number


def say(text: str = "") -> None:
    """Print a line about what was done."""
    click.echo(text)


def warn(text: str) -> None:
    """Print a warning."""
    click.echo(f"{click.style('Warning:', fg='yellow')} {text}", err=True)


def refuse(refusal: Refusal) -> None:
    """Print a refusal: what is wrong in a file, cause, remedy."""
    if isinstance(refusal, BadFile):
        rows = [(problem.line, problem.column, problem.value, problem.reason) for problem in refusal.problems]
        columns = [Column("line", numeric=True), Column("column"), Column("value"), Column("reason")]
        for line in aligned(columns, [[_short(cell) for cell in row] for row in rows]):
            click.echo(line, err=True)
        if refusal.total > len(rows):
            click.echo(f"… and {refusal.total - len(rows)} more.", err=True)
    click.echo(f"{click.style('Error:', fg='red')} {refusal.cause}", err=True)
    click.echo(f"{click.style('Remedy:', fg='green')} {refusal.remedy}", err=True)


def _short(cell: object) -> str:
    text = " ".join(str(cell).split())
    return text if len(text) <= 300 else f"{text[:299]}…"


class Progress:
    """Tells how far something is. ``advance`` may be called often: what is drawn is limited in rate."""

    def __init__(self, update: Callable[[int, int | None], None] | None = None) -> None:
        self._update = update
        self._pending = 0
        self._drawn = time.monotonic()
        self.total: int | None = None

    def advance(self, steps: int = 1) -> None:
        """Note that so many more steps are done."""
        self._pending += steps
        now = time.monotonic()
        if self._update is not None and now - self._drawn > 0.1:
            self._update(self._pending, self.total)
            self._pending, self._drawn = 0, now


@contextmanager
def progress(
    what: str, unit: str = "lines", total: int | None = None, stream: IO[str] | None = None
) -> Iterator[Progress]:
    """Show a bar with rate and time left on standard error, if that is a terminal. ``total`` may be set later."""
    if not (stream or sys.stderr).isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    rate = TextColumn("{task.fields[rate]}")
    columns = (TextColumn(what), BarColumn(), TaskProgressColumn(), MofNCompleteColumn(separator=" of "))
    with Bar(*columns, rate, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total, rate="")
        begun = time.monotonic()

        def update(steps: int, known: int | None) -> None:
            done = bar.tasks[0].completed + steps
            rate_text = f"{done / max(time.monotonic() - begun, 0.001):,.0f} {unit}/s"
            bar.update(task, advance=steps, total=known if known is not None else total, rate=rate_text)

        yield Progress(update)
