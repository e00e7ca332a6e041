"""``everstock report``: one sub-command per report. Reads the words, asks the report, prints its rows."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, TypeVar

import click

from everstock.core.quantities import format_money, format_quantity
from everstock.interfaces.cli.output import FORMATS, Column, emit
from everstock.interfaces.cli.program import Program

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


def _options(*names: str) -> Callable[[_F], _F]:
    """Give a command these options and ``--format``."""

    def add(command: _F) -> _F:
        for name in reversed([*names, "form"]):
            command = _OPTIONS[name](command)
        return command

    return add


def _by(*choices: str) -> Callable[[_F], _F]:
    return click.option(
        "--by", type=click.Choice(choices), default=choices[0], show_default=True, help="What rows are."
    )


# ---------------------------------------------------------------------------------------------------------------------
# Figures out


def effective(at: int) -> str:
    """A moment of the company's clock; the first and the last instant of a day are that day."""
    moment = _EPOCH + at * _MICROSECOND
    whole_day = moment.time() in {dt.time.min, dt.time.max}
    return moment.date().isoformat() if whole_day else moment.isoformat()


def recorded(at: int) -> str:
    """A moment in UTC."""
    return (_EPOCH + at * _MICROSECOND).isoformat() + "Z"


def price(value: int | None, digits: int) -> str | None:
    """A unit price with at least the currency's decimals."""
    if value is None:
        return None
    whole, _, fraction = format_quantity(value).partition(".")
    fraction = fraction.ljust(digits, "0")
    return f"{whole}.{fraction}" if fraction else whole


def _as_it_is(value: object) -> object:
    return value


class _Sheet:
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
        self.names = [column.rstrip("#$@~^%") for column in columns.split()]
        marks = [column[len(name) :] for column, name in zip(columns.split(), self.names, strict=True)]
        self.summed = [mark in {"#", "$"} for mark in marks]
        self.writers = [writers.get(mark, _as_it_is) for mark in marks]
        self.columns = [
            Column(name, mark in {"#", "$", "@", "%"}) for name, mark in zip(self.names, marks, strict=True)
        ]

    def print(self, rows: Iterable[object], form: str, *, total: Sequence[str] = (), **renamed: str) -> None:
        """Print; a table ends with the sums of the columns ``total``. ``renamed``: attributes that are called otherwise."""
        values = attrgetter(*(renamed.get(name, name) for name in self.names))
        sums = dict.fromkeys(total, 0)
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


def _sheet(program: Program, columns: str) -> _Sheet:
    return _Sheet(program.company().currency.digits, columns)


# ---------------------------------------------------------------------------------------------------------------------
# The reports


@click.group(name="report")
def report() -> None:
    """Stock, value and books: as of any day, as known at any moment.

    --as-of asks what was true at the end of a day. --known-at asks what the books said at a moment: January's report can be printed
    in June exactly as it was in January.
    """


@report.command()
@_options("as_of", "known_at", "item", "location", "include_zero")
@click.pass_obj
def stock(program: Program, /, form: str, **asked: Any) -> None:
    """Quantity by item, location and lot."""
    company = program.company()
    from everstock.reports.stock import stock as ask

    _sheet(program, "item location lot quantity#").print(ask(company=company, **asked), form)


@report.command()
@_by("item", "item+location", "account", "category")
@_options("as_of", "known_at", "item", "location", "include_zero")
@click.pass_obj
def valuation(program: Program, /, by: str, form: str, **asked: Any) -> None:
    """Quantity, value and unit cost of the stock."""
    company = program.company()
    from everstock.reports.valuation import valuation as ask

    keys = {"item+location": "item location", "account": "account account_name"}.get(by, by)
    rows = ask(company=company, by=by, **asked)  # type: ignore[arg-type]
    _sheet(program, f"{keys} quantity# value$ unit_cost@").print(rows, form, total=["value"])


@report.command("item-ledger")
@click.option("--item", metavar="SKU", required=True, help="The item.")
@_options("as_of", "known_at", "from_", "location")
@click.option("--to", type=DAY, metavar="DATE", help="Last day; the same as --as-of.")
@click.pass_obj
def item_ledger(program: Program, /, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """Every movement of an item with its cost and the running figures."""
    company = program.company()
    from everstock.reports.movements import item_ledger as ask

    columns = "effective_at~ recorded_at^ kind reference location quantity# cost$ running_quantity# running_value$"
    _sheet(program, columns).print(ask(company=company, as_of=_last(as_of, to), **asked), form)


@report.command()
@_options("from_", "to", "known_at", "item", "location", "partner")
@click.option("--as-of", type=DAY, metavar="DATE", help="Last day; the same as --to.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind; may be given several times.")
@click.pass_obj
def movements(program: Program, /, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """Movements with cost, partner and document."""
    company = program.company()
    from everstock.reports.movements import movements as ask

    columns = (
        "effective_at~ recorded_at^ kind reference item location to_location lot quantity# cost$ unit_price@ partner"
        " document source actor"
    )
    _sheet(program, columns).print(ask(company=company, to=_last(as_of, to), **asked), form)


@report.command()
@_options("from_", "to", "known_at")
@click.option("--as-of", type=DAY, metavar="DATE", help="Last day; the same as --to.")
@click.pass_obj
def journal(program: Program, /, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """Journal entries by day of the books, in order of recording."""
    company = program.company()
    from everstock.reports.journal import journal as ask

    columns = "entry posted_on effective_at recorded_at^ account account_name debit$ credit$ source reference"
    rows = ask(company=company, to=_last(as_of, to), **asked)
    _sheet(program, columns).print(rows, form, total=["debit", "credit"])


@report.command("trial-balance")
@_options("as_of", "from_", "known_at", "include_zero")
@click.option("--to", type=DAY, metavar="DATE", help="Last day; the same as --as-of.")
@click.option(
    "--basis",
    type=click.Choice(["posted", "effective"]),
    default="posted",
    show_default=True,
    help="By the day of the books, or by the day entries belong to.",
)
@click.pass_obj
def trial_balance(program: Program, /, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """All accounts with their sums and balances."""
    company = program.company()
    from everstock.reports.journal import trial_balance as ask

    rows = ask(company=company, as_of=_last(as_of, to), **asked)
    total = ["debit", "credit", "balance"]
    _sheet(program, "account account_name debit$ credit$ balance$").print(rows, form, total=total)


@report.command("account-ledger")
@click.option("--account", metavar="CODE", required=True, help="The account.")
@_options("from_", "to", "known_at")
@click.option("--as-of", type=DAY, metavar="DATE", help="Last day; the same as --to.")
@click.pass_obj
def account_ledger(program: Program, /, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """One account: opening balance, lines, running balance."""
    company = program.company()
    from everstock.reports.journal import account_ledger as ask

    columns = "posted_on effective_at recorded_at^ entry source reference debit$ credit$ balance$"
    rows = ask(company=company, to=_last(as_of, to), **asked)
    _sheet(program, columns).print(rows, form, total=["debit", "credit"])


@report.command()
@_by("item", "category", "partner", "month")
@_options("from_", "to", "known_at", "item")
@click.option("--as-of", type=DAY, metavar="DATE", help="Last day; the same as --to.")
@click.pass_obj
def cogs(program: Program, /, by: str, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """Quantity sold, revenue, cost and margin.

    In a table, the column provisional says how much of a cost is not final: goods that left before they were there.
    """
    company = program.company()
    from everstock.reports.cogs import cogs as ask

    rows = ask(company=company, by=by, to=_last(as_of, to), **asked)  # type: ignore[arg-type]
    flag = " provisional$" if form == "table" and any(row.provisional for row in rows) else ""
    total = ["quantity", "revenue", "cost", "margin"]
    sheet = _sheet(program, f"{by} quantity# revenue$ cost$ margin${flag}")
    sheet.print(rows, form, total=total, **{by: "key"})


@report.command("received-not-invoiced")
@_options("as_of", "known_at", "partner")
@click.pass_obj
def received_not_invoiced(program: Program, /, form: str, as_of: dt.date | None, **asked: Any) -> None:
    """What is owed for goods received and not invoiced, by receipt; as of today unless said otherwise."""
    company = program.company()
    from everstock.reports.payables import received_not_invoiced as ask

    rows = ask(company=company, as_of=as_of or _today(), **asked)
    columns = "reference received_on partner item quantity# amount$ age_days%"
    _sheet(program, columns).print(rows, form, total=["amount"])


@report.command()
@_options("as_of", "known_at", "item")
@click.option(
    "--show",
    type=click.Choice(["value", "quantity"]),
    default="value",
    show_default=True,
    help="What to divide by age.",
)
@click.pass_obj
def ageing(program: Program, /, form: str, show: str, as_of: dt.date | None, **asked: Any) -> None:
    """Stock by the age of the receipts it comes from, in days; as of today unless said otherwise."""
    company = program.company()
    from everstock.reports.ageing import BUCKETS
    from everstock.reports.ageing import ageing as ask

    def wide(row: Any) -> SimpleNamespace:
        parts = dict(zip(BUCKETS, row.values if show == "value" else row.quantities, strict=True))
        return SimpleNamespace(item=row.item, quantity=row.quantity, value=row.value, **parts)

    mark = "$" if show == "value" else "#"
    columns = " ".join(["item quantity# value$", *(f"{bucket}{mark}" for bucket in BUCKETS)])
    rows = map(wide, ask(company=company, as_of=as_of or _today(), **asked))
    total = ["value", *BUCKETS] if show == "value" else ["value"]
    _sheet(program, columns).print(rows, form, total=total)


@report.command()
@_options("from_", "to", "known_at", "item")
@click.pass_obj
def turnover(program: Program, /, form: str, **asked: Any) -> None:
    """How often the average inventory was sold, and for how many days it lasts."""
    company = program.company()
    from everstock.reports.ageing import turnover as ask

    rows = ask(company=company, **asked)
    columns = "item cogs$ average_inventory$ turns# days#"
    _sheet(program, columns).print(rows, form, total=["cogs", "average_inventory"])


@report.command("method-comparison")
@_by("method", "item")
@_options("as_of", "known_at", "item")
@click.option(
    "--period",
    type=click.Choice(["month", "range"]),
    default="month",
    show_default=True,
    help="When the periodic methods close: every month, or once at the end.",
)
@click.pass_obj
def method_comparison(program: Program, /, form: str, by: str, item: str | None, **asked: Any) -> None:
    """The same history under FIFO, LIFO and average, perpetual and periodic."""
    company = program.company()
    from everstock.reports.comparison import method_comparison as ask

    rows = ask(company=company, by=by, item=item, **asked)  # type: ignore[arg-type]
    by_item = "item " if by == "item" or item is not None else ""
    _sheet(program, f"{by_item}method quantity# value$ cogs$").print(rows, form)


@report.command("what-changed")
@click.option("--since", type=MOMENT, required=True, metavar="TIME", help="What was known then is the beginning.")
@_options("as_of", "known_at", "item")
@click.pass_obj
def what_changed(program: Program, /, form: str, **asked: Any) -> None:
    """What was learned since a moment about a day and the days before it, and through what.

    --known-at ends the time of learning; default: now.
    """
    company = program.company()
    from everstock.reports.changes import what_changed as ask

    columns = "effective_at item account contra quantity# value$ kind reference actor recorded_at^"
    _sheet(program, columns).print(ask(company=company, **asked), form)


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def _last(as_of: dt.date | None, to: dt.date | None) -> dt.date | None:
    """The last day, which may be given under two names."""
    if as_of is not None and to is not None and as_of != to:
        raise click.UsageError("--as-of and --to name different last days; give one of them.")
    return as_of if as_of is not None else to
