"""``everstock available``: what of items can be promised, to whom, and where it lies."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.acting import as_option, day_option, desk, now
from everstock.interfaces.cli.output import Column, emit, format_option
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import DAY, NUMBER

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk


@click.command()
@click.argument("items", nargs=-1, required=True)
@click.option("--channel", metavar="CODE", help="What this sales channel may promise, now or (with --quantity) when.")
@click.option("--by", type=click.Choice(["lot", "location"]), help="What lies there now, by lot or by location.")
@click.option("--quantity", type=NUMBER, metavar="QUANTITY", help="When so much of each can leave, and why then.")
@click.option("--wanted", type=DAY, metavar="DATE", help="With --quantity: not before this day.")
@day_option("The day from which to look ahead.")
@as_option
@format_option
@click.pass_obj
def available(
    program: Program,
    items: Sequence[str],
    channel: str | None,
    by: str | None,
    quantity: int | None,
    wanted: dt.date | None,
    day: dt.date,
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
) -> None:
    """Show what of ITEMS can be promised: now, and on the days on which more comes.

    A row for each day: *available* is what can be promised for that day, with all that is owed to others taken off. With --channel a row
    for each item: what is free in its warehouses, less safety stock and its buffer. With --by a row for each place or lot. With --quantity a row
    for each part in which it can leave: what is in stock, what is on its way, and what would have to be bought, after the supplier's lead
    time; with both of what the channel may promise. A kit is there as often as its components are.

    \b
    Examples:
      everstock available BOLT NUT
      everstock available BOLT --channel WEB
      everstock available PILL --by lot
      everstock available BOLT --quantity 500 --wanted 2026-04-01
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if (quantity is None and wanted is not None) or (quantity is not None and by):
        raise click.UsageError("--wanted goes with --quantity, and --by goes without it.")
    if channel and by:
        raise click.UsageError("A channel sees no lots and places: leave out --channel or --by.")
    at = desk(program, as_)
    from everstock.operations.identity.actor import require
    from everstock.operations.identity.permissions import Permission

    require(at.actor, Permission.ITEM_READ)
    keys = {at.codes.item(code): code for code in items}
    if channel:
        at.codes.channel(channel)
    if quantity is not None:
        _when(at, keys, quantity, channel, day, wanted, format)
    elif channel:
        _of_channel(at, keys, channel, format)
    elif by:
        _where(at, keys, by, format)
    else:
        _by_day(at, keys, day, format)


def _by_day(at: "Desk", keys: dict[int, str], day: dt.date, form: str) -> None:
    from everstock.operations.warehouse.availability import availability

    found = availability(at.company.pk, list(keys), day=day, recorded_at=now())
    rows = [
        [
            *(keys[one.item], at.codes.locations[one.warehouse], on.isoformat()),
            *map(
                format_quantity, (one.on_hand, one.on_hold, one.reserved, one.free, one.incoming, one.needed, quantity)
            ),
        ]
        for one in found
        for on, quantity in one.by_day()
    ]
    names = ("on_hand", "on_hold", "reserved", "free", "incoming", "needed", "available")
    _print(("item", "warehouse", "day"), names, rows, form)


def _when(
    at: "Desk",
    keys: dict[int, str],
    quantity: int,
    channel: str | None,
    day: dt.date,
    wanted: dt.date | None,
    form: str,
) -> None:
    from everstock.operations.documents.checks import check_quantity
    from everstock.operations.sales.channel_stock import channel_availability
    from everstock.operations.warehouse.availability import availability

    check_quantity(quantity, "what is asked for")
    if channel:
        found = channel_availability(at.company.pk, channel, list(keys), day=day, recorded_at=now())
    else:
        place = at.codes.warehouse()
        found = availability(
            at.company.pk, list(keys), day=day, warehouses=[] if place is None else [place], recorded_at=now()
        )
    rows = [
        [
            *(keys[one.item], at.codes.locations[one.warehouse], part.day),
            *(f"{part.reason.value} {part.source}".strip(), format_quantity(part.quantity)),
        ]
        for one in found
        for part in one.promises(quantity, day, wanted)
    ]
    _print(("item", "warehouse", "day", "reason"), ("quantity",), rows, form)


def _of_channel(at: "Desk", keys: dict[int, str], channel: str, form: str) -> None:
    from everstock.operations.sales.channel_stock import channel_stock

    found = channel_stock(at.company.pk, channel, list(keys), recorded_at=now())
    names = ("on_hand", "on_hold", "expired", "reserved", "safety", "buffer", "free")
    rows = [[keys[one.item], *(format_quantity(getattr(one, name)) for name in names)] for one in found]
    _print(("item",), names, rows, form)


def _where(at: "Desk", keys: dict[int, str], by: str, form: str) -> None:
    from everstock.operations.warehouse.stock_views import By, lying

    found = lying(at.company.pk, list(keys), By(by), recorded_at=now())
    at.codes.know_lots(one.lot for one in found)
    names = ("on_hand", "on_hold", "expired", "reserved")
    rows = [
        [
            *(keys[one.item], at.codes.locations[one.location]),
            *([at.codes.lot(one.lot), one.expires_on] if by == "lot" else []),
            *(format_quantity(getattr(one, name)) for name in names),
        ]
        for one in found
    ]
    of = ("item", "warehouse", "lot", "expires_on") if by == "lot" else ("item", "location")
    _print(of, names, rows, form)


def _print(names: Sequence[str], numbers: Sequence[str], rows: Sequence[Sequence[object]], form: str) -> None:
    emit([*map(Column, names), *(Column(name, numeric=True) for name in numbers)], rows, form)
