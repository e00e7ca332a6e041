"""``everstock till``: points of sale."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from everstock.interfaces.cli.acting import as_option, day_option, desk, making_options, now, repeated, told
from everstock.interfaces.cli.ordering import WANTED, order_lines
from everstock.interfaces.cli.output import Column, emit, format_option, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import Entry
from everstock.operations.documents.payment_facts import money

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.operations.sales.tenders import Tender


@click.group()
def till() -> None:
    """Points of sale: sold, taken away and paid in one step; the receipts of a day.

    \b
    Examples:
      everstock till sell T1 --line BOLT=2 --pay cash
      everstock till sell T1 --line BOLT=2@5 --line NUT=1@3 --pay card=4.00 --pay cash
      everstock till day T1
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@till.command()
@click.argument("channel")
@repeated("--line", "lines", "LINE", f"What is sold, as {WANTED.form}.", of=WANTED, required=True)
@repeated(
    "--pay",
    "paid",
    "MEANS[=AMOUNT]",
    "How it is paid, such as cash, in the currency of the means; without an amount what is left.",
    required=True,
)
@click.option(
    "--change",
    metavar="MEANS",
    default="cash",
    show_default=True,
    help="By which means is given back what is too much of another currency.",
)
@click.option("--customer", metavar="CODE", help="Who buys; default: the channel's own customer.")
@click.option("--tax", metavar="CODE", help="Tax code of all lines; default: the customer's.")
@day_option("Its day.")
@making_options
@click.pass_obj
def sell(
    program: Program,
    /,
    channel: str,
    lines: Sequence[Entry],
    paid: Sequence[str],
    customer: str | None,
    tax: str | None,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Sell goods at the till CHANNEL that are paid and taken away. Its receipt is the invoice.

    \b
    Examples:
      everstock till sell T1 --line BOLT=2@5 --pay cash
      everstock till sell T1 --line BOLT=2@5 --pay euro=20.00
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales import till as tills
    from everstock.operations.sales.till_days import change_of

    done = tills.sell(
        at.actor,
        channel=channel,
        lines=order_lines(at, lines, [], tax),
        tenders=_tenders(at, channel, paid),
        customer=at.codes.customer(customer).pk if customer else None,
        recorded_at=now(),
        **given,
    )
    told(at, done, quiet=quiet)
    for means, amount in () if quiet else change_of(at.actor, receipt=done.id):
        say(f"Give back {money(amount, at.company.currency_id)} by {means}.")


def _tenders(at: "Desk", channel: str, paid: Sequence[str]) -> "list[Tender]":
    """What was typed as MEANS[=AMOUNT], each in the currency of its means."""
    from everstock.interfaces.cli.codes import money_of
    from everstock.operations.sales.channels import means_of
    from everstock.operations.sales.tenders import Tender

    own = at.company.currency_id
    currencies = {row.means: row.currency_id for row in means_of(at.codes.channel(channel))}
    return [
        Tender(means, money_of(amount, currencies.get(means) or own, "amount") if amount else None)
        for means, _, amount in (one.partition("=") for one in paid)
    ]


@till.command()
@click.argument("channel")
@day_option("Which day.")
@click.option("--sums", is_flag=True, help="What should be there of each means of payment, instead of each receipt.")
@as_option
@format_option
@click.pass_obj
def day(program: Program, channel: str, day: dt.date, as_: str | None, format: str, *, sums: bool) -> None:  # noqa: A002 - the option's name
    """List the receipts of the till CHANNEL on a day, or with --sums what should be in the drawer.

    \b
    Example:
      everstock till day T1 --sums
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.core.quantities import format_money
    from everstock.masterdata.currencies import CURRENCIES
    from everstock.operations.sales.till_days import cash_up, till_day

    at.codes.channel(channel)
    digits = CURRENCIES[at.company.currency_id][1]
    sales = till_day(at.actor, channel=channel, day=day)
    if sums:
        columns = [Column("means"), Column("amount", numeric=True)]
        emit(columns, [[means, format_money(amount, digits)] for means, amount in cash_up(sales).items()], format)
        return
    rows = [
        [
            *(one.number, one.state, format_money(one.gross, digits)),
            ", ".join(f"{means} {format_money(amount, digits)}" for means, amount in one.paid.items()),
        ]
        for one in sales
    ]
    emit([Column("number"), Column("state"), Column("gross", numeric=True), Column("paid")], rows, format)
