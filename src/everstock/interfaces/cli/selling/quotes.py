"""``everstock quote``: what is offered to customers."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import click

from everstock.interfaces.cli.acting import as_option, day_option, desk, now, perhaps, reason_option, today, told
from everstock.interfaces.cli.documents import cancel_one, filter_options, list_documents, show_one
from everstock.interfaces.cli.ordering import line_changes, order_lines
from everstock.interfaces.cli.output import format_option
from everstock.interfaces.cli.printing import print_document, printing_options
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.selling.options import change_options, wanted_options
from everstock.interfaces.cli.words import DAY, Entry
from everstock.operations.documents.kinds import DocumentKind

_QUOTE = DocumentKind.QUOTE


@click.group()
def quote() -> None:
    """Quotes: what is offered to a customer at which prices, until when.

    A quote that was sent becomes an order, all of it or in parts, with `everstock so create --quote`; or it is lost.

    \b
    Examples:
      everstock quote create JONES --line BOLT=500@0.25 --line NUT=10box --until 2026-04-30
      everstock quote send QU-2026-000001
      everstock so create --quote QU-2026-000001
      everstock quote lose QU-2026-000001 --reason "too dear"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@quote.command()
@click.argument("customer")
@wanted_options
@click.option("--until", "valid_until", type=DAY, metavar="DATE", help="Last day on which it can be ordered.")
@click.option(
    "--channel",
    metavar="CODE",
    help="The sales channel through which it will be ordered, at its prices, out of its stock.",
)
@click.pass_obj
def create(
    program: Program,
    /,
    customer: str,
    lines: Sequence[Entry],
    charges: Sequence[tuple[str, int]],
    location: str | None,
    tax: str | None,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Write down what is offered to CUSTOMER.

    \b
    Example:
      everstock quote create JONES --line BOLT=500@0.25 --line "NUT=10 box-5%" --until 2026-04-30
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.quotes import create_quote

    done = create_quote(
        at.actor,
        customer=at.codes.customer(customer).pk,
        lines=order_lines(at, lines, charges, tax),
        location=perhaps(at.codes.location, location),
        recorded_at=now(),
        **given,
    )
    told(at, done, quiet=quiet, further=f"quote send {done.number}")


@quote.command()
@click.argument("number")
@day_option("Day on which it went to the customer.")
@as_option
@click.pass_obj
def send(program: Program, number: str, day: dt.date, as_: str | None) -> None:
    """Note that a quote went to the customer."""
    at = desk(program, as_)
    from everstock.operations.sales.quotes import send_quote

    _, key = at.codes.document(number, [_QUOTE])
    done = send_quote(at.actor, quote=key, day=day, recorded_at=now())
    told(at, done, further=f"so create --quote {done.number}")


@quote.command()
@click.argument("number")
@change_options
@click.option("--until", "valid_until", type=DAY, metavar="DATE", help="Last day on which it can be ordered.")
@as_option
@click.pass_obj
def change(
    program: Program,
    /,
    number: str,
    lines: Sequence[Entry],
    added: Sequence[Entry],
    location: str | None,
    expected: dt.date | None,
    as_: str | None,
    **given: Any,
) -> None:
    """Change a quote of which nothing was ordered. Once it was sent, what it said before is kept as a version.

    \b
    Example:
      everstock quote change QU-2026-000001 --line 1@0.22 --until 2026-05-31
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.changes import change_quote

    _, key = at.codes.document(number, [_QUOTE])
    changes = line_changes(at, key, lines, expected)
    new = order_lines(at, added, [], None)
    place = perhaps(at.codes.location, location)
    told(at, change_quote(at.actor, quote=key, changes=changes, added=new, location=place, recorded_at=now(), **given))


@quote.command()
@click.argument("number")
@reason_option
@as_option
@click.pass_obj
def lose(program: Program, number: str, reason: str, as_: str | None) -> None:
    """Note why a quote led to no order.

    \b
    Example:
      everstock quote lose QU-2026-000001 --reason "bought elsewhere"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.quotes import lose_quote

    _, key = at.codes.document(number, [_QUOTE])
    told(at, lose_quote(at.actor, quote=key, reason=reason, recorded_at=now()))


@quote.command()
@click.argument("number")
@reason_option
@as_option
@click.pass_obj
def cancel(program: Program, number: str, reason: str, as_: str | None) -> None:
    """Take back a quote of which nothing was ordered."""
    cancel_one(program, number, reason, today(), as_, _QUOTE)


@quote.command("list")
@filter_options("customer")
@click.pass_obj
def list_(program: Program, /, **filters: Any) -> None:
    """List quotes, the newest first."""
    list_documents(program, [_QUOTE], **filters)


@quote.command()
@click.argument("number")
@as_option
@format_option
@click.pass_obj
def show(program: Program, number: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show a quote: its head, its lines with what was ordered of them, the orders."""
    show_one(program, number, as_, format, _QUOTE)


@quote.command("print")
@click.argument("number")
@printing_options
@as_option
@click.pass_obj
def print_(program: Program, /, number: str, as_: str | None, **given: Any) -> None:
    """Write a quote as PDF, as it goes to the customer, in its language.

    \b
    Example:
      everstock quote print QU-2026-000001 --language de --output quote.pdf
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    print_document(program, number, as_, _QUOTE, **given)
