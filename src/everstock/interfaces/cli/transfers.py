"""``everstock transfer``: goods that go from one own warehouse to another, by way of transit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from everstock.core.posting import LocationKind
from everstock.interfaces.cli.acting import (
    as_option,
    day_option,
    desk,
    making_options,
    now,
    once,
    perhaps,
    reason_option,
    repeated,
    today,
    told,
)
from everstock.interfaces.cli.documents import cancel_one, show_one
from everstock.interfaces.cli.output import format_option
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import DAY, Entry, EntryType, LotEntry, LotType
from everstock.operations.documents.kinds import DocumentKind

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.operations.documents.records import DocumentRef
    from everstock.operations.warehouse.transfers import Move

_SENT = EntryType("ITEM=QUANTITY[UNIT]")
_COUNTED = EntryType("ITEM=QUANTITY")
_KIND = DocumentKind.STOCK_TRANSFER


@click.group()
def transfer() -> None:
    """Goods on their way from one warehouse of the company to another: sent, arrived, lost.

    On the way they are in transit, ours, and worth what they cost. What is moved within a warehouse is put away at once (`everstock
    put-away`).

    \b
    Examples:
      everstock transfer send --from MAIN --to WEST --line BOLT=400
      everstock transfer arrive TR-2026-000001 --line BOLT=390
      everstock transfer lost TR-2026-000001 --reason "fell off the lorry" --account 6900
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@transfer.command()
@click.option("--from", "source", metavar="LOCATION", required=True, help="Where the goods are.")
@click.option("--to", "destination", metavar="LOCATION", required=True, help="Where they go.")
@repeated("--line", "lines", "LINE", f"What is sent, as {_SENT.form}.", of=_SENT, required=True)
@repeated("--lot", "lots", "LOT", "Lot or serial number, as ITEM=LOT[:QUANTITY].", of=LotType())
@click.option("--by-way-of", "transit", metavar="LOCATION", help="A location of kind transit; default: the company's.")
@click.option("--expected", "expected_on", type=DAY, metavar="DATE", help="When they should be there.")
@day_option("Day on which the goods left.")
@making_options
@click.pass_obj
def send(
    program: Program,
    /,
    source: str,
    destination: str,
    lines: Sequence[Entry],
    lots: Sequence[LotEntry],
    transit: str | None,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Send goods to another warehouse: they leave for transit.

    \b
    Examples:
      everstock transfer send --from MAIN --to WEST --line BOLT=4box --expected 2026-03-06
      everstock transfer send --from MAIN --to WEST --line MILK=96 --lot MILK=L77:60 --lot MILK=L78:36
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.masterdata.queries import virtual_locations
    from everstock.operations.warehouse.dispatches import dispatch

    done = dispatch(
        at.actor,
        moves=_moves(at, at.codes.location(source), lines, lots),
        destination=at.codes.location(destination),
        transit=virtual_locations(at.company)[LocationKind.TRANSIT] if transit is None else at.codes.location(transit),
        recorded_at=now(),
        **given,
    )
    told(at, done, quiet=quiet, further=f"transfer arrive {done.number}")


def _moves(at: "Desk", source: int, lines: Sequence[Entry], lots: Sequence[LotEntry]) -> "list[Move]":
    """A move for each line, or for each of its lots."""
    from everstock.interfaces.cli.lines import by_lot, refuse_other_lots
    from everstock.operations.warehouse.transfers import Move

    refuse_other_lots([entry.name for entry in lines], lots, "is sent")
    moves = []
    for entry in lines:
        unit = perhaps(at.codes.unit, entry.unit or None)
        move = Move(at.codes.item(entry.name), entry.quantity or 0, source, unit=unit)
        own = by_lot(entry.name, entry.quantity or 0, lots, "is sent")
        moves += [move._replace(quantity=count, lot=lot) for lot, count in own] or [move]
    return moves


@transfer.command()
@click.argument("number")
@repeated(
    "--line",
    "lines",
    "LINE",
    "What arrived, as ITEM=QUANTITY. ITEM may be the number of the line. Default: all that is on the way.",
    of=_COUNTED,
)
@click.option("--to", "location", metavar="LOCATION", help="Where the goods are now; default: where they were sent.")
@day_option("Day on which the goods arrived.")
@making_options
@click.pass_obj
def arrive(
    program: Program,
    /,
    number: str,
    lines: Sequence[Entry],
    location: str | None,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Take in what was sent, all of it or a part; the rest stays on the way.

    \b
    Example:
      everstock transfer arrive TR-2026-000001 --line BOLT=390 --to WEST-DOCK
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.arriving import arrivals
    from everstock.operations.warehouse.dispatches import arrive as post

    def take_in() -> "DocumentRef":
        wanted = arrivals(at, number, lines, _KIND)
        place = perhaps(at.codes.location, location)
        return post(at.actor, arrivals=wanted, location=place, recorded_at=now(), **given)

    done = once(at, given["key"], take_in)
    told(at, done, quiet=quiet, further=f"put-away {done.number}")


@transfer.command()
@click.argument("number")
@repeated("--line", "lines", "LINE", "What is lost, as ITEM=QUANTITY. Default: all that is on the way.", of=_COUNTED)
@reason_option
@click.option("--account", metavar="CODE", help="Account of the expense; default: shrinkage.")
@day_option("Day on which it was lost.")
@making_options
@click.pass_obj
def lost(
    program: Program,
    /,
    number: str,
    lines: Sequence[Entry],
    account: str | None,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Write off what was sent and will not arrive: an expense, at cost.

    \b
    Example:
      everstock transfer lost TR-2026-000001 --line BOLT=10 --reason "water damage"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.arriving import arrivals
    from everstock.operations.warehouse.dispatches import lose

    def write_off() -> "DocumentRef":
        losses = arrivals(at, number, lines, _KIND)
        expense = perhaps(at.codes.account, account)
        return lose(at.actor, losses=losses, account=expense, recorded_at=now(), **given)

    told(at, once(at, given["key"], write_off), quiet=quiet)


@transfer.command()
@click.argument("number")
@as_option
@format_option
@click.pass_obj
def show(program: Program, number: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show a transfer: what was sent, what of it arrived or was lost, and by which documents."""
    show_one(program, number, as_, format, _KIND)


@transfer.command()
@click.argument("number")
@reason_option
@as_option
@click.pass_obj
def cancel(program: Program, number: str, reason: str, as_: str | None) -> None:
    """Cancel a transfer, as of its own day. One of which something has arrived or was lost is cancelled after those."""
    cancel_one(program, number, reason, today(), as_, _KIND)
