"""``everstock receive``, ``arrive``, ``put-away``: goods that come."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from everstock.core.problems import Refusal
from everstock.interfaces.cli.acting import (
    day_option,
    desk,
    making_options,
    now,
    once,
    perhaps,
    repeated,
    told,
)
from everstock.interfaces.cli.output import Column, emit, say, warn
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import Entry, EntryType, LotEntry, LotType

if TYPE_CHECKING:
    from everstock.operations.documents.records import DocumentRef

_CAME = EntryType("ITEM=QUANTITY[UNIT][@PRICE]")
_QUANTITY = EntryType("ITEM=QUANTITY[UNIT]")


@click.command()
@click.argument("orders", metavar="[ORDER]...", nargs=-1)
@click.option("--supplier", metavar="CODE", help="Who sent goods that were not ordered; instead of ORDER.")
@repeated(
    "--line",
    "lines",
    "LINE",
    f"What was accepted, as {_CAME.form}. ITEM may be the number of the order's line; without a unit it is that line's."
    " Default: all that is open.",
    of=_CAME,
)
@repeated(
    "--rejected",
    "rejected",
    "LINE",
    f"What was refused on arrival, as {_QUANTITY.form}; it stays expected.",
    of=_QUANTITY,
)
@repeated("--lot", "lots", "LOT", f"Lot or serial number, as {LotType.form}, in the unit of the line.", of=LotType())
@click.option(
    "--to", "location", metavar="LOCATION", help="Where the goods are; default: as ordered, else the only dock."
)
@click.option("--final", is_flag=True, help="Nothing more will come of these lines.")
@click.option(
    "--dispatched",
    is_flag=True,
    help="They left the supplier and are ours on the way: into transit, see `everstock arrive`.",
)
@click.option("--reason", default="", metavar="TEXT", help="Why something was rejected.")
@click.option("--delivery-note", "reference", metavar="TEXT", help="Number of the supplier's delivery note.")
@click.option("--currency", metavar="CODE", help="Of goods that were not ordered; default: the supplier's.")
@day_option("Day on which the goods came.")
@making_options
@click.pass_obj
def receive(
    program: Program,
    /,
    orders: Sequence[str],
    supplier: str | None,
    lines: Sequence[Entry],
    rejected: Sequence[Entry],
    lots: Sequence[LotEntry],
    location: str | None,
    dispatched: bool,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Receive goods, against orders or without one: into stock and into the books at once.

    The goods are booked at the order's price; the invoice corrects it (`everstock invoice`). Without a known price they come in
    at a provisional one. What was billed before it came, or went back for a replacement, is matched with the receipt.

    \b
    Examples:
      everstock receive PO-2026-000001
      everstock receive PO-2026-000001 --line BOLT=450 --rejected BOLT=50 --reason rusty
      everstock receive PO-2026-000002 --line MILK=96 --lot MILK=L77:60,expires=2026-05-01 --lot MILK=L78:36
      everstock receive --supplier SMITH --line NUT=10box@4.80 --to DOCK
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if bool(orders) == (supplier is not None):
        raise click.UsageError("Name the orders the goods came for, or with --supplier who sent them.")
    if dispatched and supplier is not None:
        raise click.UsageError("Goods that were not ordered cannot be received as --dispatched.")
    at = desk(program, as_)
    from everstock.interfaces.cli.buying.receipts import Delivery, deviations, post_receipt
    from everstock.operations.purchasing.ahead import matches_of

    delivery = Delivery(orders, supplier, lines, rejected, lots, location, dispatched)
    done = once(at, given["key"], lambda: post_receipt(at, delivery, recorded_at=now(), **given))
    told(at, done, quiet=quiet, further=f"arrive {done.number}" if dispatched else f"put-away {done.number}")
    for sentence in deviations(at, done):
        warn(sentence)
    if not quiet:
        for match in matches_of(at.company.pk, done.id):
            say(match.words)


@click.command()
@click.argument("receipt")
@repeated(
    "--line",
    "lines",
    "LINE",
    "What arrived, as ITEM=QUANTITY. Default: all that is on the way.",
    of=EntryType("ITEM=QUANTITY"),
)
@click.option("--to", "location", metavar="LOCATION", help="Where the goods are now; default: the only dock.")
@day_option("Day on which the goods arrived.")
@making_options
@click.pass_obj
def arrive(
    program: Program,
    /,
    receipt: str,
    lines: Sequence[Entry],
    location: str | None,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Take goods in at the dock that were received in transit (`everstock receive --dispatched`). Nothing is owed anew.

    \b
    Example:
      everstock arrive GR-2026-000014 --line BOLT=400 --to DOCK
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.arriving import arrivals
    from everstock.operations.purchasing.transit import arrive as post

    def take_in() -> "DocumentRef":
        wanted = arrivals(at, receipt, lines)
        place = at.codes.place_in(location)
        return post(at.actor, arrivals=wanted, location=place, recorded_at=now(), **given)

    done = once(at, given["key"], take_in)
    told(at, done, quiet=quiet, further=f"put-away {done.number}")


@click.command("put-away")
@click.argument("number")
@repeated(
    "--line",
    "lines",
    "LINE",
    "What is put away, as ITEM=QUANTITY. Default: all that is not yet.",
    of=EntryType("ITEM=QUANTITY"),
)
@click.option("--to", "location", metavar="LOCATION", help="Where to put it; default: as the rules suggest.")
@click.option("--dry-run", is_flag=True, help="Say where it would go, and move nothing.")
@day_option("Day on which it is put away.")
@making_options
@click.pass_obj
def put_away(
    program: Program,
    /,
    number: str,
    lines: Sequence[Entry],
    location: str | None,
    dry_run: bool,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Move the goods of a receipt, or of an arrival, from the dock to where they are kept. NUMBER is that of the document.

    What was in transit is put away by what arrived of it. Suggestions follow the rules of the company: a fixed bin, where the item lies already, a zone, the nearest empty bin.

    \b
    Examples:
      everstock put-away GR-2026-000014 --dry-run
      everstock put-away TR-2026-000003 --to BIN-1
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.arriving import MOVE_COLUMNS, moves_of
    from everstock.operations.warehouse.transfers import move

    place = perhaps(at.codes.location, location)

    def put() -> "DocumentRef | None":
        moves, rows = moves_of(at, number, lines, place)
        if not moves:
            raise Refusal(
                "putaway.nothing",
                f"Nothing of {number} can be put away." if rows else f"All of {number} is put away.",
                "Name a place with --to." if rows else "Look at it with `everstock document show`.",
            )
        if not quiet:
            emit([Column(name, numeric=name == "quantity") for name in MOVE_COLUMNS], rows, "table")
        return None if dry_run else move(at.actor, moves=moves, recorded_at=now(), **given)

    done = once(at, given["key"], put)
    if done is None:
        say("Nothing was moved. Next: the same command without --dry-run")
    else:
        told(at, done, quiet=quiet)
