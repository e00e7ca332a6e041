"""What the commands of ``everstock report`` have in common: words in, who may see what, figures out."""

import datetime as dt
import functools
import re
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

import click

from everstock.core.quantities import format_money, format_quantity
from everstock.interfaces.cli.acting import as_option, desk
from everstock.interfaces.cli.figures import effective, price, recorded
from everstock.interfaces.cli.output import FORMATS, Column, emit
from everstock.interfaces.cli.program import Program

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk

_F = TypeVar("_F", bound=Callable[..., object])
_EPOCH = dt.datetime(1970, 1, 1)
_DAY = dt.timedelta(days=1)
_MICROSECOND = dt.timedelta(microseconds=1)


# ---------------------------------------------------------------------------------------------------------------------
# Words in


class _Day(click.ParamType["dt.date"]):
    """A day: YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            self.fail(f"“{value}” is not a day such as 2026-01-31.", param, ctx)
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"There is no day {value}.", param, ctx)


class _Moment(click.ParamType["int"]):
    """A moment: a day (its end), or a day with a time; without a zone in UTC. Becomes microseconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}” is not a moment such as 2026-01-31 or 2026-01-31T17:30:00.", param, ctx)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return (moment + _DAY - _EPOCH) // _MICROSECOND - 1
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
        return (moment - _EPOCH) // _MICROSECOND


DAY, MOMENT = _Day(), _Moment()

_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "as_of": click.option("--as-of", type=DAY, metavar="DATE", help="What was true at the end of this day."),
    "known_at": click.option(
        "--known-at",
        type=MOMENT,
        metavar="TIME",
        help="As it was known then: a day (its end) or YYYY-MM-DDTHH:MM:SS in UTC.",
    ),
    "from_": click.option("--from", "from_", type=DAY, metavar="DATE", help="First day."),
    "to": click.option("--to", type=DAY, metavar="DATE", help="Last day."),
    "item": click.option("--item", metavar="SKU", help="Only this item."),
    "location": click.option("--location", metavar="CODE", help="Only this location and all below it."),
    "partner": click.option("--partner", metavar="CODE", help="Only this customer or supplier."),
    "include_zero": click.option("--all", "include_zero", is_flag=True, help="Also what is zero."),
    "form": click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="How to print: an aligned table for people, csv or json for programs.",
    ),
}


def options(*names: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Give a command these options, ``--format`` and ``--as``: who may not see costs is not shown the columns that hold any."""

    def add(command: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(command)
        def asked(*args: Any, as_: str | None, **given: Any) -> object:
            _admit(as_)
            return command(*args, **given)

        for name in reversed([*names, "form"]):
            asked = _OPTIONS[name](asked)
        return as_option(asked)

    return add


_HIDDEN, _DESK = f"{__name__}.hidden", f"{__name__}.desk"


def _admit(user: str | None) -> None:
    """Let a user see a report as far as it may; refused: ``permission.missing``, what ``acting.desk`` refuses."""
    context = click.get_current_context()
    program = context.find_object(Program)
    assert program is not None
    at = desk(program, user)
    from everstock.reports.access import hidden_columns

    context.meta[_HIDDEN] = hidden_columns(at.actor, str(context.command.name))
    context.meta[_DESK] = at


def require_costs() -> None:
    """Refuse (``permission.missing``) what shows costs to whoever may not see them."""
    from everstock.operations.identity.actor import require
    from everstock.operations.identity.permissions import Permission

    require(asking_desk().actor, Permission.COST_SEE)


def asking_desk() -> "Desk":
    """Who asks for the report of this command, in which company."""
    found: Desk = click.get_current_context().meta[_DESK]
    return found


def by_option(*choices: str) -> Callable[[_F], _F]:
    return click.option(
        "--by", type=click.Choice(choices), default=choices[0], show_default=True, help="What rows are."
    )


# ---------------------------------------------------------------------------------------------------------------------
# Figures out


def _as_it_is(value: object) -> object:
    return value


_MARKS = "#$@~^%"


class Sheet:
    """How the rows of a report become text: for each column its name, and how its value is written."""

    def __init__(self, digits: int, columns: str) -> None:
        """``columns``: names, each with a mark: ``#`` quantity, ``$`` money, ``@`` unit price, ``~`` effective, ``^`` recorded, ``%`` number."""
        writers: dict[str, Callable[[Any], object]] = {
            "#": format_quantity,
            "$": lambda amount: format_money(amount, digits),
            "@": lambda unit: price(unit, digits),
            "~": effective,
            "^": recorded,
            "%": str,
        }
        hidden: frozenset[str] = click.get_current_context().meta[_HIDDEN]
        shown = [column for column in columns.split() if column.rstrip(_MARKS) not in hidden]
        self.names = [column.rstrip(_MARKS) for column in shown]
        marks = [column[len(name) :] for column, name in zip(shown, self.names, strict=True)]
        self.summed = [mark in {"#", "$"} for mark in marks]
        self.writers = [writers.get(mark, _as_it_is) for mark in marks]
        self.columns = [
            Column(name, mark in {"#", "$", "@", "%"}) for name, mark in zip(self.names, marks, strict=True)
        ]

    def print(self, rows: Iterable[object], form: str, *, total: Sequence[str] = (), **renamed: str) -> None:
        """Print; a table ends with the sums of the columns ``total``. ``renamed``: attributes that are called otherwise."""
        values = attrgetter(*(renamed.get(name, name) for name in self.names))
        sums = {name: 0 for name in total if name in self.names}
        count = 0

        def cells() -> Iterable[Sequence[object]]:
            nonlocal count
            for row in rows:
                raw = values(row)
                count += 1
                for name in sums:
                    sums[name] += raw[self.names.index(name)]
                yield self._cells(raw)
            if sums and count > 1 and form == "table":
                last = [sums.get(name) for name in self.names]
                yield ["total" if at == 0 else cell for at, cell in enumerate(self._cells(last))]

        emit(self.columns, cells(), form)

    def _cells(self, raw: Sequence[object]) -> list[object]:
        return [None if value is None else write(value) for write, value in zip(self.writers, raw, strict=True)]


def sheet(program: Program, columns: str) -> Sheet:
    """A sheet in the company's currency, of the columns that whoever asks may see."""
    return Sheet(program.company().currency.digits, columns)


def this_day() -> dt.date:
    """The day in UTC."""
    return dt.datetime.now(dt.UTC).date()


def last_day(as_of: dt.date | None, to: dt.date | None) -> dt.date | None:
    """The last day, which may be given under two names."""
    if as_of is not None and to is not None and as_of != to:
        raise click.UsageError("--as-of and --to name different last days; give one of them.")
    return as_of if as_of is not None else to
