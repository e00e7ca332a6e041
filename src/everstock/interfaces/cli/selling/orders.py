"""``everstock so``: sales orders."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.acting import (
    as_option,
    day_option,
    desk,
    now,
    perhaps,
    reason_option,
    repeated,
    today,
    told,
)
from everstock.interfaces.cli.documents import cancel_one, filter_options, list_documents, show_one
from everstock.interfaces.cli.ordering import NumberedType, line_changes, order_lines
from everstock.interfaces.cli.output import Column, emit, format_option
from everstock.interfaces.cli.paying_back import pay_back_command
from everstock.interfaces.cli.printing import print_document, printing_options
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.selling.costs import cost, withdraw_cost
from everstock.interfaces.cli.selling.drop_shipping import cancel_dispatch, dispatched, drop_ship
from everstock.interfaces.cli.selling.dunning import dispute, dunning, dunning_levels, print_reminder, remind
from everstock.interfaces.cli.selling.fulfilment import allocate, invoice, ship
from everstock.interfaces.cli.selling.intake import import_orders
from everstock.interfaces.cli.selling.options import change_options, delivery_option, wanted_options
from everstock.interfaces.cli.selling.parcels import deliver
from everstock.interfaces.cli.selling.promising import keep_promise
from everstock.interfaces.cli.selling.receivables import apply, credit, pay, prepay, receivables, statement, write_off
from everstock.interfaces.cli.selling.substitutes import replace
from everstock.interfaces.cli.words import Entry
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.sides import SELLING

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk

_ORDER = DocumentKind.SALES_ORDER
_TAKEN = NumberedType("LINE[=QUANTITY]")
_OF_A_QUOTE = ("lines", "charges", "currency", "tax", "channel", "delivery", "cart")
"""What an order from a quote does not say again."""


@click.group()
def so() -> None:
    """Sales orders: from the request to the last delivery.

    An order is requested and confirmed; then goods are shipped and invoiced against it.

    \b
    Examples:
      everstock so create JONES --line BOLT=500@0.25 --line NUT=10box --expected 2026-04-01
      everstock so create --quote QU-2026-000001 --confirm
      everstock so confirm SO-2026-000001
      everstock so change SO-2026-000001 --line 1=600
      everstock so ship SO-2026-000001
      everstock so invoice SH-2026-000001
      everstock so pay CI-2026-000001
      everstock so receivables --by customer
      everstock so list --state confirmed --customer JONES
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


for command in (
    allocate,
    ship,
    deliver,
    invoice,
    replace,
    drop_ship,
    dispatched,
    cancel_dispatch,
    import_orders,
    credit,
    pay,
    prepay,
    pay_back_command(SELLING, "so", "CP"),
    apply,
    write_off,
    receivables,
    statement,
    dunning,
    dunning_levels,
    remind,
    print_reminder,
    dispute,
    cost,
    withdraw_cost,
):
    so.add_command(command)


@so.command()
@click.argument("customer", required=False)
@wanted_options
@click.option("--quote", metavar="NUMBER", help="Order what this quote offers, at its prices, instead of --line.")
@repeated("--take", "taken", "LINE", f"What is taken of the quote, as {_TAKEN.form}; default: all.", of=_TAKEN)
@click.option(
    "--channel",
    metavar="CODE",
    help="The sales channel it came through (of a quote: that of the quote); --reference is its number there.",
)
@delivery_option
@click.option(
    "--cart", metavar="TOKEN", help="What `hold cart` holds for this cart passes over to the order; with --confirm."
)
@click.option("--drop-ship", "drop", is_flag=True, help="The suppliers deliver it: it never lies in our stock.")
@click.option("--confirm", is_flag=True, help="Confirm it at once.")
@click.pass_obj
def create(
    program: Program,
    /,
    customer: str | None,
    quote: str | None,
    taken: Sequence[Entry],
    as_: str | None,
    quiet: bool,
    confirm: bool,
    drop: bool,
    **given: Any,
) -> None:
    """Write down what CUSTOMER orders, or takes of a quote.

    \b
    Examples:
      everstock so create JONES --line BOLT=500@0.25 --charge Freight=25.00
      everstock so create --quote QU-2026-000001 --take 1=200 --take 2 --confirm
      everstock so create JONES --line BOLT=1 --channel shop --reference 1001
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    nobody = customer is None and given["channel"] is None
    if nobody == (quote is None) or (customer and quote) or (taken and quote is None):
        raise click.UsageError(
            "Name either the customer (or a channel that has one) with --line, or a --quote with what is taken of it."
        )
    if quote is not None and any(given[name] for name in _OF_A_QUOTE):
        raise click.UsageError("An order from a quote takes its lines, prices and taxes: leave those options out.")
    if drop and given["location"]:
        raise click.UsageError("What suppliers deliver leaves from no place of ours: leave out --from or --drop-ship.")
    at = desk(program, as_)
    if drop:
        from everstock.operations.drop_shipping.actions import drop_place

        place = drop_place(at.company.pk)
        given["location"] = at.codes.locations[place]
    if quote is None:
        done = _ordered(at, customer or "", confirm=confirm, **given)
    else:
        left = {name: value for name, value in given.items() if name not in _OF_A_QUOTE}
        done = _accepted(at, quote, taken, confirm=confirm, **left)
    if confirm:
        keep_promise(at, done, given["day"])
    told(at, done, quiet=quiet, further="" if confirm else f"so confirm {done.number}")


def _ordered(
    at: "Desk",
    customer: str,
    *,
    lines: Sequence[Entry],
    charges: Sequence[tuple[str, int]],
    location: str | None,
    tax: str | None,
    **given: Any,
) -> DocumentRef:
    from everstock.operations.sales.orders import create_order

    return create_order(
        at.actor,
        customer=at.codes.customer(customer).pk if customer else None,
        lines=order_lines(at, lines, charges, tax),
        location=perhaps(at.codes.location, location) if given["channel"] else at.codes.place_out(location),
        recorded_at=now(),
        **given,
    )


def _accepted(at: "Desk", quote: str, taken: Sequence[Entry], *, location: str | None, **given: Any) -> DocumentRef:
    from everstock.operations.sales.quotes import Accepted, accept_quote

    _, key = at.codes.document(quote, [DocumentKind.QUOTE])
    lines = [Accepted(int(entry.name), entry.quantity) for entry in taken]
    place = at.codes.place_out(location)
    return accept_quote(at.actor, quote=key, lines=lines, location=place, recorded_at=now(), **given)


@so.command()
@click.argument("number")
@day_option("Day on which the customer is promised it.")
@as_option
@click.pass_obj
def confirm(program: Program, number: str, day: dt.date, as_: str | None) -> None:
    """Promise the customer what a requested order says, within its credit limit.

    \b
    Example:
      everstock so confirm SO-2026-000001
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.orders import confirm_order

    _, order = at.codes.document(number, [_ORDER])
    done = confirm_order(at.actor, order=order, day=day, recorded_at=now())
    keep_promise(at, done, day)
    told(at, done)


@so.command()
@click.argument("number")
@day_option("The day on which it is asked.")
@as_option
@format_option
@click.pass_obj
def promise(program: Program, number: str, day: dt.date, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Compute anew when what is open of a confirmed order can leave, and keep it: in stock, on its way, or by buying.

    \b
    Example:
      everstock so promise SO-2026-000001
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.promises import promise_order

    _, order = at.codes.document(number, [_ORDER])
    rows = [
        [
            *(one.line, one.wanted_on, part.day),
            *(f"{part.reason.value} {part.source}".strip(), format_quantity(part.quantity)),
        ]
        for one in promise_order(at.actor, order=order, day=day, recorded_at=now())
        for part in one.parts
    ]
    columns = [Column("line", numeric=True), *map(Column, ("wanted_on", "promised_on", "reason"))]
    emit([*columns, Column("quantity", numeric=True)], rows, format)


@so.command()
@click.argument("number")
@change_options
@delivery_option
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
    """Change an order. Once it is confirmed, what it said before is kept as a version, and it is computed anew when it can leave.

    \b
    Example:
      everstock so change SO-2026-000001 --line 1=600 --line 2@4.80 --add WASHER=200
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.changes import change_order

    _, order = at.codes.document(number, [_ORDER])
    changes = line_changes(at, order, lines, expected)
    new = order_lines(at, added, [], None)
    place = at.codes.place_out(location)
    done = change_order(at.actor, order=order, changes=changes, added=new, location=place, recorded_at=now(), **given)
    keep_promise(at, done, today())
    told(at, done)


@so.command()
@click.argument("number")
@reason_option
@as_option
@click.pass_obj
def cancel(program: Program, number: str, reason: str, as_: str | None) -> None:
    """Cancel an order of which nothing was shipped or invoiced."""
    cancel_one(program, number, reason, today(), as_, _ORDER)


@so.command()
@click.argument("number")
@reason_option
@as_option
@click.pass_obj
def close(program: Program, number: str, reason: str, as_: str | None) -> None:
    """Close an order: no more of it is shipped. What was may still be invoiced."""
    at = desk(program, as_)
    from everstock.operations.sales.orders import close_order

    _, order = at.codes.document(number, [_ORDER])
    told(at, close_order(at.actor, order=order, reason=reason, recorded_at=now()))


@so.command("list")
@filter_options("customer")
@click.pass_obj
def list_(program: Program, /, **filters: Any) -> None:
    """List orders, the newest first."""
    list_documents(program, [_ORDER], **filters)


@so.command()
@click.argument("number")
@as_option
@format_option
@click.pass_obj
def show(program: Program, number: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show an order: its head, its lines with what became of them, shipments, invoices."""
    show_one(program, number, as_, format, _ORDER)


@so.command("print")
@click.argument("number")
@printing_options
@as_option
@click.pass_obj
def print_(program: Program, /, number: str, as_: str | None, **given: Any) -> None:
    """Write the confirmation of an order as PDF, in the customer's language. One that is not confirmed yet is marked as a draft.

    \b
    Example:
      everstock so print SO-2026-000001 --output confirmation.pdf
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    print_document(program, number, as_, _ORDER, **given)
