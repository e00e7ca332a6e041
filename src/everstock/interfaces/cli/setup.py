"""Commands that set up: init, settings, migrate, info."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from everstock.core.facts import Method
from everstock.core.problems import Refusal
from everstock.interfaces.cli.acting import as_option, closed_option, desk, now, repeated
from everstock.interfaces.cli.output import Column, emit, format_option, say
from everstock.interfaces.cli.program import Program, migrations
from everstock.interfaces.cli.words import DAY, HOLIDAY, weekdays

if TYPE_CHECKING:
    from everstock.masterdata.models import Company

_METHODS = tuple(method.value for method in Method)
_SCOPES = ("item", "item+location")
_DEFAULT_CODE = "MAIN"


@click.command()
@click.option("--name", default="", help="Name of the company; default: its code.")
@click.option("--currency", default="USD", show_default=True, help="Its currency, a code of ISO 4217.")
@click.option("--costing", type=click.Choice(_METHODS), default="fifo", show_default=True, help="Costing method.")
@click.option(
    "--cost-scope",
    type=click.Choice(_SCOPES),
    default="item",
    show_default=True,
    help="What shares one cost: all stock of an item, or that in one warehouse.",
)
@click.option(
    "--negative-stock",
    type=click.Choice(["forbid", "allow"]),
    default="forbid",
    show_default=True,
    help="Whether more may leave than is there.",
)
@click.pass_obj
def init(program: Program, name: str, currency: str, costing: str, cost_scope: str, negative_stock: str) -> None:
    """Create a company, ready to post to.

    It gets a chart of accounts, posting rules, the places where stock comes from and goes to, and a unit. The database and its
    tables are created first if they are missing. The code of the company is given with --company (default: MAIN).
    """
    program.database(create=True)
    upgrade()
    from everstock.masterdata.actions import create_company

    code = program.company_code or _DEFAULT_CODE
    company = create_company(
        code=code,
        name=name,
        currency_code=currency.upper(),
        created_at=dt.datetime.now(dt.UTC),
        method=costing,
        scope=cost_scope,
        negative_stock=negative_stock == "allow",
    )
    say(f"Created company {code} in {program.database().data_dir if program.database().embedded else 'the database'}:")
    say(f"  {_describe(company)}")
    say(f"  {_count(company)}")
    option = "" if program.company_code is None else f" --company {code}"
    say(f"Next: everstock import movements FILE{option}")


@click.command()
@click.option("--handling-days", type=int, metavar="DAYS", help="Of work, from what is there until it leaves.")
@click.option("--overdue-days", type=int, metavar="DAYS", help="Of work, from now until what is overdue comes.")
@closed_option
@repeated("--holiday", "holidays", "DATE[=NAME]", "A day on which nothing leaves.", of=HOLIDAY)
@repeated("--no-holiday", "worked", "DATE", "A day on which there is work after all.", of=DAY)
@as_option
@format_option
@click.pass_obj
def settings(
    program: Program,
    /,
    holidays: Sequence[tuple[dt.date, str]],
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
    **given: Any,
) -> None:
    """Say when the company works, and show it: on which days goods can leave for customers.

    What is left out stays as it is. Goods leave after the days of handling, and only on days of work. What should have come before
    today is expected after the days for what is overdue, so that nobody is promised for today what is not here.

    \b
    Examples:
      everstock settings
      everstock settings --handling-days 2 --closed sat,sun --holiday 2026-12-25=Christmas
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.warehouse.working_days import set_working_days, working_days

    days = working_days(at.company.pk)
    if holidays or any(value not in {None, ()} for value in given.values()):
        days = set_working_days(at.actor, holidays=dict(holidays), recorded_at=now(), **given)
    rows = [
        ("handling days", days.handling_days),
        ("overdue days", days.overdue_days),
        ("closed on", weekdays(days.closed_weekdays)),
        *(("holiday", f"{day} {name}".rstrip()) for day, name in days.holidays.items()),
    ]
    emit([Column("setting"), Column("value")], rows, format)


@click.command()
@click.pass_obj
def migrate(program: Program) -> None:
    """Create or upgrade the tables of the database.

    Safe to run again: nothing happens if the tables are those of this version. Make a backup before an upgrade.
    """
    program.database(create=True)
    done = upgrade()
    say(f"The tables are up to date; ran: {', '.join(done)}." if done else "The tables were up to date.")


def upgrade() -> list[str]:
    """Run what migrations are missing; return their names."""
    missing, unknown = migrations()
    if unknown:
        raise Refusal(
            "database.newer",
            f"The database was set up by a newer version of Everstock ({unknown[0]} is unknown here).",
            "Use that version.",
        )
    if missing:
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
    return missing


@click.command()
@click.pass_obj
def info(program: Program) -> None:
    """Show where the data lies, versions, and the companies with their settings."""
    from importlib import metadata

    database = program.database(create=True)
    version = divmod(database.server_version, 10_000)
    rows = [
        ("Everstock", metadata.version("everstock")),
        ("PostgreSQL", f"{version[0]}.{version[1]}, {'embedded' if database.embedded else 'a server elsewhere'}"),
        ("Data directory", str(database.data_dir)),
    ]
    if not database.embedded:
        rows.append(("Server", _server(database.url)))
    missing, unknown = migrations()
    state = "up to date"
    if missing or unknown:
        state = "of a newer version of Everstock" if unknown else "missing or old: run `everstock migrate`"
    rows.append(("Tables", state))
    if not missing and not unknown:
        from everstock.masterdata.models import Company

        companies = Company.objects.select_related("currency").order_by("id")
        rows += [(f"Company {company.code}", _describe(company)) for company in companies]
        if not companies:
            rows.append(("Companies", "none: create one with `everstock init`"))
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        say(f"{name.ljust(width)}  {text}")


def _server(url: str) -> str:
    """The server's address without user and password."""
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(url)
    return f"{parts.get('host') or 'localhost'}:{parts.get('port') or 5432}, database {parts.get('dbname')}"


def _describe(company: "Company") -> str:
    name = f"{company.name}: " if company.name != company.code else ""
    negative = "allowed" if company.negative_stock else "forbidden"
    return f"{name}{company.currency_id}, costing {company.method} per {company.scope}, negative stock {negative}"


def _count(company: "Company") -> str:
    from everstock.masterdata.models import Account, Location, PostingRule

    accounts, rules, places = (
        table.objects.filter(company=company).count() for table in (Account, PostingRule, Location)
    )
    return f"{accounts} accounts, {rules} posting rules, {places} places where stock comes from and goes to"
