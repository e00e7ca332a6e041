"""``everstock pick``: pick lists, from the first step through the aisles to the shipment; and the counts that pickers ask for."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import click

from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.acting import (
    as_option,
    day_option,
    desk,
    making_options,
    now,
    perhaps,
    reason_option,
    repeated,
    told,
)
from everstock.interfaces.cli.documents import cancel_one, filter_options, list_documents, show_one
from everstock.interfaces.cli.output import Column, emit, format_option, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import DAY, NUMBER, Entry, EntryType
from everstock.operations.documents.kinds import DocumentKind

_KIND = DocumentKind.PICK_LIST
_TAKEN = EntryType("LINE[=QUANTITY]")
_STRATEGIES = ("fefo", "fifo", "nearest", "least_splits")
_REASONS = ("missing", "damaged", "wrong_lot", "wrong_item", "unreachable", "other")


@click.group()
def pick() -> None:
    """Pick lists: what is fetched on one trip, in walking order, to the packing place.

    What is on a list is held for its orders. A small shop ships in one step instead (`everstock so ship`).

    \b
    Examples:
      everstock pick create SO-2026-000001
      everstock pick create SO-2026-000001 SO-2026-000002 --cluster
      everstock pick wave --due-by 2026-04-01 --carrier DHL --most-lines 40
      everstock pick confirm PL-2026-000001
      everstock pick short PL-2026-000001 3 --quantity 2 --reason damaged
      everstock pick ship PL-2026-000001
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


def _where(command: Any) -> Any:
    for option in (
        making_options,
        day_option("Day of the list; what expires before is not picked."),
        click.option(
            "--most-lines", type=click.IntRange(1), default=500, show_default=True, help="At most so many lines."
        ),
        click.option(
            "--strategy", type=click.Choice(_STRATEGIES), default="fefo", show_default=True, help="What is taken first."
        ),
        click.option(
            "--to", "staging", metavar="LOCATION", help="Where it is taken to; default: the only packing place."
        ),
    ):
        command = option(command)
    return command


def _staging(at: Any, code: str | None) -> int:
    from everstock.masterdata.models import Location, Purpose

    if code is not None:
        return int(at.codes.location(code))
    found = Location.objects.filter(
        company=at.company, kind=LocationKind.INTERNAL.value, purpose=Purpose.PACKING.value, active=True
    ).values_list("id", flat=True)[:2]
    if len(found) != 1:
        raise Refusal(
            "picking.not_staging", "There is not exactly one packing place.", "Name one with --to, or create it first."
        )
    return int(found[0])


@pick.command()
@click.argument("numbers", nargs=-1, required=True)
@click.option("--cluster", is_flag=True, help="Give each order a tote on the trolley.")
@repeated("--tote", "totes", "CODE", "The totes of a cluster, one for each order.")
@_where
@click.pass_obj
def create(
    program: Program,
    /,
    numbers: Sequence[str],
    cluster: bool,
    totes: Sequence[str],
    staging: str | None,
    strategy: str,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Put what is reserved for orders on a pick list: several are a batch, with --cluster a cluster."""
    at = desk(program, as_)
    from everstock.operations.sales.pick_lists import Method, create_pick_list
    from everstock.operations.warehouse.picking import Strategy

    orders = [at.codes.document(number, [DocumentKind.SALES_ORDER])[1] for number in numbers]
    several = Method.BATCH if len(set(orders)) > 1 else Method.ORDER
    done = create_pick_list(
        at.actor,
        orders=orders,
        staging=_staging(at, staging),
        strategy=Strategy(strategy),
        method=Method.CLUSTER if cluster or totes else several,
        totes=totes,
        recorded_at=now(),
        **given,
    )
    told(at, done, quiet=quiet, further=f"pick confirm {done.number}")


@pick.command()
@click.option("--due-by", type=DAY, metavar="DATE", help="Only orders that are due by this day.")
@click.option("--carrier", metavar="CODE", help="Only orders that leave with this carrier.")
@click.option("--channel", metavar="CODE", help="Only orders of this channel.")
@click.option(
    "--priority", type=click.IntRange(0, 9), metavar="N", help="Only of customers of this priority or an earlier one."
)
@_where
@click.pass_obj
def wave(
    program: Program,
    /,
    due_by: dt.date | None,
    carrier: str | None,
    channel: str | None,
    priority: int | None,
    staging: str | None,
    strategy: str,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Put the orders that have something in common on one pick list."""
    at = desk(program, as_)
    from everstock.operations.sales.waves import Choice, create_wave
    from everstock.operations.warehouse.picking import Strategy

    choice = Choice(due_by, perhaps(at.codes.carrier, carrier), channel, priority)
    done = create_wave(
        at.actor, choice=choice, staging=_staging(at, staging), strategy=Strategy(strategy), recorded_at=now(), **given
    )
    told(at, done, quiet=quiet, further=f"pick confirm {done.number}")


@pick.command()
@click.argument("number")
@repeated(
    "--line", "lines", "LINE", f"What was taken, as {_TAKEN.form}: the number of the line; default: all.", of=_TAKEN
)
@click.option("--scanned", metavar="CODE", help="What the scanner read on the item of the one --line.")
@click.option("--lot", metavar="CODE", help="What lot the one --line was taken of.")
@day_option("Day on which it was taken.")
@making_options
@click.pass_obj
def confirm(
    program: Program,
    /,
    number: str,
    lines: Sequence[Entry],
    scanned: str | None,
    lot: str | None,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Say what was taken to the packing place: it is gone from its bin at once."""
    if (scanned or lot) and len(lines) != 1:
        raise click.UsageError("What was scanned is of one --line: name it, and no other.")
    at = desk(program, as_)
    from everstock.operations.sales.picks import Picked, confirm_picks

    _, key = at.codes.document(number, [_KIND])
    picked = [Picked(_line(entry.name), entry.quantity, scanned, lot) for entry in lines]
    done = confirm_picks(at.actor, pick_list=key, picked=picked, recorded_at=now(), **given)
    told(at, done, quiet=quiet, further=f"pick ship {number}")


def _line(name: str) -> int:
    if not name.isdecimal():
        raise click.BadParameter(f"“{name}” is no number of a line.")
    return int(name)


@pick.command()
@click.argument("number")
@click.argument("line", type=int)
@click.option("--quantity", type=NUMBER, metavar="QUANTITY", help="How much was not there; default: all that is open.")
@click.option("--reason", type=click.Choice(_REASONS), required=True, help="Why.")
@click.option("--note", default="", metavar="TEXT", help="What there is to say.")
@day_option("Day on which it was found.")
@as_option
@click.pass_obj
def short(program: Program, /, number: str, line: int, reason: str, as_: str | None, **given: Any) -> None:
    """Say that less of LINE was there: the rest is taken from elsewhere or is on backorder, and somebody is asked to count."""
    at = desk(program, as_)
    from everstock.operations.sales.picks import short_pick
    from everstock.operations.warehouse.count_requests import ShortReason

    _, key = at.codes.document(number, [_KIND])
    said = short_pick(at.actor, pick_list=key, line=line, reason=ShortReason(reason), recorded_at=now(), **given)
    if said.elsewhere:
        lines = ", ".join(map(str, said.lines))
        say(f"{format_quantity(said.elsewhere)} is taken from elsewhere: line {lines}.")
    if said.backorder:
        say(f"{format_quantity(said.backorder)} is on backorder.")
    told(at, said.pick_list)


@pick.command()
@click.argument("numbers", nargs=-1, required=True)
@repeated("--order", "orders", "NUMBER", "Only for this order.")
@day_option("Day on which the goods left.")
@making_options
@click.pass_obj
def ship(
    program: Program,
    /,
    numbers: Sequence[str],
    orders: Sequence[str],
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Ship what of pick lists lies at the packing place, in its packages if it was packed."""
    at = desk(program, as_)
    from everstock.operations.sales.staged_shipments import ship_picked

    lists = [at.codes.document(number, [_KIND])[1] for number in numbers]
    wanted = [at.codes.document(number, [DocumentKind.SALES_ORDER])[1] for number in orders]
    done = ship_picked(at.actor, pick_lists=lists, orders=wanted, recorded_at=now(), **given)
    told(at, done, quiet=quiet, further=f"so invoice {done.number}")


@pick.command("put-back")
@click.argument("number")
@day_option("Day on which it is put back.")
@making_options
@click.pass_obj
def put_back_(program: Program, /, number: str, as_: str | None, quiet: bool, **given: Any) -> None:
    """Put back what no order needs any more, since it was changed, closed or cancelled."""
    at = desk(program, as_)
    from everstock.operations.sales.picks import put_back

    _, key = at.codes.document(number, [_KIND])
    told(at, put_back(at.actor, pick_list=key, recorded_at=now(), **given), quiet=quiet)


@pick.command()
@click.argument("number")
@reason_option
@day_option("Day on which the goods are put back.")
@as_option
@click.pass_obj
def cancel(program: Program, number: str, reason: str, day: dt.date, as_: str | None) -> None:
    """End a pick list: what lies at the packing place goes back, nothing more is picked."""
    cancel_one(program, number, reason, day, as_, _KIND)


@pick.command("list")
@filter_options("customer")
@click.pass_obj
def list_(program: Program, /, **filters: Any) -> None:
    """List pick lists, the newest first."""
    list_documents(program, [_KIND], **filters)


@pick.command()
@click.argument("number")
@as_option
@format_option
@click.pass_obj
def show(program: Program, number: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show a pick list: its lines in walking order, added ones last, and what became of them."""
    show_one(program, number, as_, format, _KIND)


@pick.command("orders")
@click.argument("number")
@as_option
@format_option
@click.pass_obj
def orders_(program: Program, number: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show what of each line of a pick list is for which order, and in which tote it goes."""
    at = desk(program, as_)
    from everstock.masterdata.models import Item
    from everstock.operations.documents.read import read
    from everstock.operations.identity.actor import require
    from everstock.operations.identity.permissions import Permission
    from everstock.operations.warehouse.pick_shares import shares_of

    require(at.actor, Permission.SALE_READ)
    found = shares_of([at.codes.document(number, [_KIND])[1]])
    headers = read(at.company.pk, sorted({one.order for one in found})).headers
    skus = dict(Item.objects.filter(pk__in={one.item for one in found}).values_list("pk", "sku"))
    rows = [
        [
            *(str(one.line), skus[one.item], at.codes.locations[one.location], headers[one.order].number, one.tote),
            *map(format_quantity, (one.quantity, one.picked, one.missing, one.shipped, one.put_back)),
        ]
        for one in found
    ]
    texts = [Column(name) for name in ("item", "location", "order", "tote")]
    numbers = [Column(name, numeric=True) for name in ("quantity", "picked", "missing", "shipped", "put_back")]
    emit([Column("line", numeric=True), *texts, *numbers], rows, format)


@pick.command()
@click.option("--done", "request", type=int, metavar="ID", help="Nothing needs to be counted: somebody looked.")
@as_option
@format_option
@click.pass_obj
def counts(program: Program, request: int | None, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List the counts that are asked for, until the item is counted there or somebody says it is --done."""
    at = desk(program, as_)
    from everstock.masterdata.models import Item, Location
    from everstock.operations.identity.actor import require
    from everstock.operations.identity.permissions import Permission
    from everstock.operations.warehouse.count_requests import awaited_counts, dismiss_count

    if request is not None:
        dismiss_count(at.actor, request=request, recorded_at=now())
        say("Done.")
        return
    require(at.actor, Permission.ITEM_READ)
    found = awaited_counts(at.company.pk)
    skus = dict(Item.objects.filter(pk__in={one.item for one in found}).values_list("pk", "sku"))
    places = dict(Location.objects.filter(pk__in={one.location for one in found}).values_list("pk", "code"))
    at.codes.know_lots(one.lot or None for one in found)
    rows = [
        [str(one.id), skus[one.item], places[one.location], at.codes.lot(one.lot or None), one.reason, one.note]
        for one in found
    ]
    names = ("item", "location", "lot", "reason", "note")
    emit([Column("id", numeric=True), *(Column(name) for name in names)], rows, format)
