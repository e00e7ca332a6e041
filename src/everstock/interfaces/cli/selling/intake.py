"""``everstock so import``: orders of other systems, many at once."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from everstock.core.problems import Refusal
from everstock.core.quantities import parse_quantity, parse_unit_price
from everstock.interfaces.cli.acting import as_option, day_option, desk, now
from everstock.interfaces.cli.output import Column, emit, format_option
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.selling.promising import keep_promise

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.interfaces.files.external_orders import TypedOrder
    from everstock.operations.sales.external import External


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--channel", required=True, metavar="CODE", help="The sales channel the orders came through.")
@day_option("Their day.")
@as_option
@format_option
@click.pass_context
def import_orders(
    context: click.Context,
    /,
    file: Path,
    channel: str,
    day: dt.date,
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
) -> None:
    """Take in orders of another system from FILE: new ones, changed ones, cancelled ones, each by itself.

    A CSV has the columns order (its number there), item, quantity, and if needed action (create, change, cancel), customer, price and reason; a
    file of JSON lines has the same names, with the lines of an order in *lines*. A row is printed for each order. The same file again does
    nothing. Ends with 1 if an order was refused.

    \b
    Example:
      everstock so import orders.csv --channel WEB
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    program = context.find_object(Program)
    assert program is not None
    at = desk(program, as_)
    from everstock.interfaces.files.external_orders import typed_orders
    from everstock.operations.sales.external import Taken, take_in

    typed = typed_orders(file)

    def results() -> Iterator[Taken]:
        for one in typed:
            try:
                order = _external(at, one)
            except Refusal as refusal:
                yield Taken(one.reference, None, refusal)
            else:
                yield from take_in(at.actor, channel=channel, orders=[order], recorded_at=now(), day=day)

    refused = 0
    rows = []
    for taken in results():
        if taken.refused is not None:
            refused += 1
            rows.append([taken.reference, "", "refused", f"{taken.refused.cause} {taken.refused.remedy}"])
        elif taken.order is not None:
            if not taken.repeated:
                keep_promise(at, taken.order, day)
            rows.append([taken.reference, taken.order.number, taken.order.state, "as before" if taken.repeated else ""])
    emit([Column("order"), Column("number"), Column("state"), Column("said")], rows, format)
    if refused:
        context.exit(1)


def _external(at: "Desk", one: "TypedOrder") -> "External":
    from everstock.operations.documents.checks import check_text
    from everstock.operations.documents.lines import OrderLine
    from everstock.operations.sales.external import External, Wish

    if one.action not in {"", *Wish}:
        raise Refusal("external.action", f"“{one.action}” is no action.", f"Use one of: {', '.join(Wish)}.")
    # what cannot be looked up is wrong with this order, not with those after it
    for text in (one.reference, one.customer, *(line.item for line in one.lines)):
        check_text(text, "order")
    lines = []
    for line in one.lines:
        try:
            quantity, price = parse_quantity(line.quantity), parse_unit_price(line.price) if line.price else None
        except ValueError as error:
            raise Refusal("external.number", f"A number of {line.item} {error}.", "Correct it in the file.") from None
        lines.append(OrderLine(quantity, at.codes.item(line.item), unit_price=price))
    customer = at.codes.customer(one.customer).pk if one.customer else None
    return External(Wish(one.action or Wish.CREATE), one.reference, tuple(lines), customer, reason=one.reason)
