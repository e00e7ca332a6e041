"""``everstock rate`` and ``everstock tax``: exchange rates and tax codes."""

import datetime as dt

import click

from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.acting import as_option, desk, now, perhaps, today
from everstock.interfaces.cli.output import Column, emit, format_option, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import DAY, PERCENT, RATE
from everstock.operations.documents.taxes import TaxKind


@click.group()
def rate() -> None:
    """Exchange rates: what one unit of another currency is worth, from a day on.

    \b
    Example:
      everstock rate set EUR 1.0874 --from 2026-03-01
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@rate.command("set")
@click.argument("currency")
@click.argument("value", type=RATE, metavar="RATE")
@click.option(
    "--from", "day", type=DAY, metavar="DATE", default=today, show_default="today", help="First day it holds."
)
@as_option
@click.pass_obj
def set_rate(program: Program, currency: str, value: int, day: dt.date, as_: str | None) -> None:
    """Let one unit of CURRENCY be worth RATE units of the company's, from a day on; until then the rate before holds.

    \b
    Example:
      everstock rate set EUR 1.0874 --from 2026-03-01
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from django.db import transaction

    from everstock.masterdata.actions import set_exchange_rate
    from everstock.operations.identity.actor import require
    from everstock.operations.identity.audit import event, record
    from everstock.operations.identity.permissions import Permission

    require(at.actor, Permission.RATE_CHANGE)
    code = currency.upper()
    with transaction.atomic():
        set_exchange_rate(company=at.company, currency_code=code, day=day, rate=value)
        said = {"rate": value, "day": day.isoformat()}
        row = event(at.actor, at=now(), action="rate.set", subject_kind="rate", subject=code, after=said)
        record([row])
    say(f"From {day} on, 1 {code} is {_decimal(value)} {at.company.currency_id}.")


@rate.command("list")
@click.option("--currency", metavar="CODE", help="Only of this currency.")
@as_option
@format_option
@click.pass_obj
def list_rates(program: Program, currency: str | None, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List exchange rates, the newest first."""
    at = desk(program, as_)
    from everstock.masterdata.models import ExchangeRate

    found = ExchangeRate.objects.filter(company=at.company)
    if currency is not None:
        found = found.filter(currency_id=currency.upper())
    rows = [(row.currency_id, row.day, _decimal(row.rate)) for row in found.order_by("currency_id", "-day")]
    emit([Column("currency"), Column("from"), Column("rate", numeric=True)], rows, format)


def _decimal(value: int) -> str:
    """A rate of 10^-9 as decimal text."""
    whole, fraction = divmod(value, 10**9)
    return f"{whole}.{fraction:09d}".rstrip("0").rstrip(".")


@click.group()
def tax() -> None:
    """Tax codes: rate, how the tax works, and the accounts it is booked on.

    \b
    Example:
      everstock tax set VAT25 25 --name "Value added tax" --input 1400 --output 2200
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@tax.command("set")
@click.argument("code")
@click.argument("percent", type=PERCENT)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in TaxKind]),
    default=TaxKind.STANDARD.value,
    show_default=True,
    help="standard: charged and deducted; reverse_charge: not charged, owed and deducted by the buyer; non_recoverable: "
    "charged and part of the cost; exempt: none.",
)
@click.option("--name", default="", metavar="TEXT", help="As it is printed on documents.")
@click.option("--input", "input_", metavar="ACCOUNT", help="Account of the tax that is deducted.")
@click.option("--output", metavar="ACCOUNT", help="Account of the tax that is owed.")
@click.option("--inactive", is_flag=True, help="No document may use it any more.")
@as_option
@click.pass_obj
def set_tax(
    program: Program,
    code: str,
    percent: int,
    kind: str,
    name: str,
    input_: str | None,
    output: str | None,
    inactive: bool,
    as_: str | None,
) -> None:
    """Create the tax CODE of PERCENT, or change what it is. Documents keep the tax they have.

    \b
    Examples:
      everstock tax set VAT25 25 --name "Value added tax" --input 1400 --output 2200
      everstock tax set EU 25 --kind reverse_charge --input 1400 --output 2200
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.documents.actions import set_tax_code

    row = set_tax_code(
        at.actor,
        code=code,
        rate=percent,
        kind=TaxKind(kind),
        name=name,
        input_account=perhaps(at.codes.account, input_),
        output_account=perhaps(at.codes.account, output),
        active=not inactive,
        recorded_at=now(),
    )
    state = "" if row.active else ", inactive"
    say(f"Tax {code} is {format_quantity(percent * 100)}%, {kind.replace('_', ' ')}{state}.")


@tax.command("list")
@as_option
@format_option
@click.pass_obj
def list_taxes(program: Program, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List the tax codes."""
    at = desk(program, as_)
    from everstock.operations.documents.models import TaxCode

    columns = [Column("code"), Column("name"), Column("percent", numeric=True), Column("kind")]
    columns += [Column("input_account"), Column("output_account"), Column("active")]
    found = TaxCode.objects.filter(company=at.company).select_related("input_account", "output_account")
    rows = [
        (
            *(row.code, row.name, format_quantity(row.rate * 100), row.kind, row.input_account, row.output_account),
            "yes" if row.active else "no",
        )
        for row in found.order_by("code")
    ]
    emit(columns, rows, format)
