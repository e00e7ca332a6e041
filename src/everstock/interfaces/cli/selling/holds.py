"""``everstock hold``: stock held for carts and quotes, who holds what, and taking it from one order for another."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.acting import as_option, desk, now, perhaps, reason_option, repeated
from everstock.interfaces.cli.output import Column, emit, format_option, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import NUMBER, Entry, EntryType
from everstock.operations.documents.kinds import DocumentKind

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.operations.sales.holds import Held

_LINE = EntryType("ITEM=QUANTITY")
_minutes = click.option(
    "--minutes", type=int, default=15, show_default=True, metavar="NUMBER", help="For how long from now."
)


@click.group()
def hold() -> None:
    """Stock held until a moment: for carts, for quotes; who holds what of an item.

    \b
    Examples:
      everstock hold cart 7f3a --line BOLT=2 --channel WEB --minutes 15
      everstock so create --channel WEB --reference 1001 --line BOLT=2 --cart 7f3a --confirm
      everstock hold quote QU-2026-000001
      everstock hold list BOLT
      everstock hold move SO-2026-000001 1 SO-2026-000002 1 5 --reason "Promised by phone"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@hold.command()
@click.argument("token")
@repeated("--line", "lines", "LINE", f"What is in the cart, as {_LINE.form}, in base units.", of=_LINE, required=True)
@click.option("--channel", metavar="CODE", help="Whose cart it is.")
@click.option(
    "--from", "place", metavar="WAREHOUSE", help="From where; default: the channel's first, else the only one."
)
@_minutes
@as_option
@click.pass_obj
def cart(
    program: Program,
    token: str,
    lines: Sequence[Entry],
    channel: str | None,
    place: str | None,
    minutes: int,
    as_: str | None,
) -> None:
    """Hold for the cart TOKEN what its lines say, and nothing else; as much as is free.

    \b
    Example:
      everstock hold cart 7f3a --line BOLT=2 --line NUT=5 --channel WEB
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.holds import CartLine, hold_cart

    where = perhaps(at.codes.location, place) if place or channel else at.codes.warehouse()
    wanted = [CartLine(at.codes.item(one.name), one.quantity or 0, where) for one in lines]
    _told(at, hold_cart(at.actor, token=token, lines=wanted, minutes=minutes, recorded_at=now(), channel=channel))


@hold.command()
@click.argument("token")
@_minutes
@as_option
@click.pass_obj
def extend(program: Program, token: str, minutes: int, as_: str | None) -> None:
    """Hold what is held for the cart TOKEN for longer."""
    at = desk(program, as_)
    from everstock.operations.sales.holds import extend_cart

    extend_cart(at.actor, token=token, minutes=minutes, recorded_at=now())
    say(f"Held for {minutes} minute{'' if minutes == 1 else 's'} from now.")


@hold.command()
@click.argument("token")
@as_option
@click.pass_obj
def release(program: Program, token: str, as_: str | None) -> None:
    """Hold nothing for the cart TOKEN any more."""
    at = desk(program, as_)
    from everstock.operations.sales.holds import release_cart

    ended = release_cart(at.actor, token=token)
    say("Released." if ended else "Nothing was held.")


@hold.command()
@click.argument("number")
@as_option
@click.pass_obj
def quote(program: Program, number: str, as_: str | None) -> None:
    """Hold what a quote that was sent still offers, through its last day.

    \b
    Example:
      everstock hold quote QU-2026-000001
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.holds import hold_quote

    _, key = at.codes.document(number, [DocumentKind.QUOTE])
    _told(at, hold_quote(at.actor, quote=key, recorded_at=now()))


def _told(at: "Desk", held: "Sequence[Held]") -> None:
    rows = [
        [
            *(at.codes.items[one.item], at.codes.locations[one.warehouse]),
            *(format_quantity(one.wanted), format_quantity(one.held), _moment(one.expires_at)),
        ]
        for one in held
    ]
    numbers = (Column("wanted", numeric=True), Column("held", numeric=True))
    emit([Column("item"), Column("warehouse"), *numbers, Column("until")], rows, "table")


def _moment(at: int | None) -> str:
    if at is None:
        return ""
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=at)
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


@hold.command("list")
@click.argument("item")
@as_option
@format_option
@click.pass_obj
def list_(program: Program, item: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List who holds what of ITEM: orders before carts, by priority, day and customer group."""
    at = desk(program, as_)
    from everstock.operations.sales.reallocation import holders_of

    found = holders_of(at.actor, item=at.codes.item(item), recorded_at=now())
    at.codes.know_lots(one.lot for one in found)
    rows = [
        [
            *(one.number, one.line or "", one.customer, one.customer_group, one.priority, one.due_on),
            *(at.codes.locations[one.warehouse], at.codes.lot(one.lot), format_quantity(one.quantity)),
            format_quantity(one.listed) if one.listed else "",
            _moment(one.expires_at),
        ]
        for one in found
    ]
    names = ("holder", "line", "customer", "group", "priority", "due_on", "warehouse", "lot")
    numbers = (Column("quantity", numeric=True), Column("on_pick_lists", numeric=True))
    emit([*map(Column, names), *numbers, Column("until")], rows, format)


@hold.command()
@click.argument("giver")
@click.argument("giver_line", type=int)
@click.argument("taker")
@click.argument("taker_line", type=int)
@click.argument("quantity", type=NUMBER)
@reason_option
@as_option
@click.pass_obj
def move(
    program: Program,
    giver: str,
    giver_line: int,
    taker: str,
    taker_line: int,
    quantity: int,
    reason: str,
    as_: str | None,
) -> None:
    """Take QUANTITY (in base units) of what is reserved for a line of the order GIVER, and reserve it for one of TAKER.

    What is on a pick list stays where it is reserved: `hold list` says how much that is.

    \b
    Example:
      everstock hold move SO-2026-000001 1 SO-2026-000002 1 5 --reason "Promised by phone"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.reallocation import OfOrder, reallocate

    one, other = (at.codes.document(number, [DocumentKind.SALES_ORDER])[1] for number in (giver, taker))
    reallocate(
        *(at.actor,),
        giver=OfOrder(one, giver_line),
        taker=OfOrder(other, taker_line),
        quantity=quantity,
        reason=reason,
        recorded_at=now(),
    )
    say(f"{format_quantity(quantity)} are reserved for line {taker_line} of {taker} now.")
