"""``everstock so allocate|ship|invoice``: what is reserved, what leaves, what is billed."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.acting import (
    as_option,
    day_option,
    desk,
    making_options,
    now,
    once,
    perhaps,
    repeated,
    today,
    told,
)
from everstock.interfaces.cli.output import Column, emit, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.selling.substitutes import in_words
from everstock.interfaces.cli.words import DAY, Entry, EntryType, LotEntry, LotType
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import DocumentRef, Line

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.interfaces.cli.lines import Offer, Offered
    from everstock.operations.sales.shipments import ShipmentLine

_LEAVING = EntryType("LINE[=QUANTITY]")
_STRATEGIES = ("fefo", "fifo", "nearest", "least_splits")


@click.command()
@click.argument("numbers", nargs=-1)
@click.option(
    "--waiting",
    is_flag=True,
    help="All that wait for goods: by the customer's priority, the day they are due, its group.",
)
@repeated("--item", "items", "ITEM", "With --waiting: those alone that wait for this item.")
@as_option
@click.pass_obj
def allocate(program: Program, numbers: Sequence[str], waiting: bool, items: Sequence[str], as_: str | None) -> None:
    """Reserve what is free for what is open on orders, the first named first, and say what is short and why.

    \b
    Examples:
      everstock so allocate SO-2026-000001 SO-2026-000002
      everstock so allocate --waiting --item BOLT
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if bool(numbers) == waiting or (items and not waiting):
        raise click.UsageError("Name either orders, or --waiting, perhaps with --item.")
    at = desk(program, as_)
    from everstock.masterdata.models import Item
    from everstock.operations.sales.allocation import allocate as allocate_orders
    from everstock.operations.sales.shortages import shortages
    from everstock.operations.sales.substitutes import offered

    orders = {at.codes.document(number, [DocumentKind.SALES_ORDER])[1]: number for number in numbers}
    if waiting:
        orders = _waiting(at, items)
    moment = now()
    found = allocate_orders(at.actor, orders=list(orders), recorded_at=moment)
    skus = dict(Item.objects.filter(pk__in={one.item for one in found}).values_list("pk", "sku"))
    why = {
        (one.order, one.line): ", ".join(f"{format_quantity(quantity)} {cause}" for cause, quantity in one.causes)
        for one in shortages(at.company.pk, found, recorded_at=moment)
    }
    rows = [
        [
            *(orders[one.order], str(one.line), skus[one.item]),
            *map(format_quantity, (one.open, one.reserved, one.short)),
            why.get((one.order, one.line), ""),
        ]
        for one in found
    ]
    columns = [Column(name) for name in ("order", "line", "item")]
    numbers_of = (Column(name, numeric=True) for name in ("open", "reserved", "short"))
    emit([*columns, *numbers_of, Column("why")], rows, "table")
    for one in offered(at.company.pk, found, day=today(), recorded_at=moment):
        say(in_words(at.codes.items[one.substitute], one.free, orders[one.order], one.line))


def _waiting(at: "Desk", items: Sequence[str]) -> dict[int, str]:
    """The orders that wait for goods, as they are served, with their numbers."""
    from everstock.operations.documents.models import Document
    from everstock.operations.sales.allocation import waiting_orders

    found = waiting_orders(at.company.pk, items=[at.codes.item(sku) for sku in items] or None)
    numbers = dict(Document.objects.filter(pk__in=found).values_list("pk", "number"))
    return {order: numbers[order] for order in found}


@click.command()
@click.argument("number")
@repeated("--line", "lines", "LINE", f"What leaves, as {_LEAVING.form}; default: all that is open.", of=_LEAVING)
@repeated("--lot", "lots", "LOT", "Lot or serial number that leaves of a --line, as ITEM=LOT[:QUANTITY].", of=LotType())
@click.option("--reserved", is_flag=True, help="Only what is reserved for the order; the rest stays on backorder.")
@click.option("--from", "location", metavar="LOCATION", help="Where the goods are taken; default: as --strategy says.")
@click.option(
    "--strategy", type=click.Choice(_STRATEGIES), default="fefo", show_default=True, help="What is taken first."
)
@day_option("Day on which the goods left.")
@making_options
@click.pass_obj
def ship(
    program: Program,
    /,
    number: str,
    lines: Sequence[Entry],
    lots: Sequence[LotEntry],
    reserved: bool,
    location: str | None,
    strategy: str,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Ship goods of an order: out of stock, and their cost into the books, at once.

    \b
    Examples:
      everstock so ship SO-2026-000001
      everstock so ship SO-2026-000001 --reserved
      everstock so ship SO-2026-000001 --line BOLT=200 --from BIN-1
      everstock so ship SO-2026-000001 --line PUMP=1 --lot PUMP=S-1001
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if reserved and (lines or lots):
        raise click.UsageError("Name either --line, or --reserved for all that is reserved.")
    at = desk(program, as_)
    from everstock.operations.sales.shipments import ship as ship_goods
    from everstock.operations.warehouse.picking import Strategy

    def go() -> DocumentRef:
        place = perhaps(at.codes.location, location)
        leaving = _reserved(at, number, place) if reserved else _leaving(at, number, lines, lots, place)
        return ship_goods(at.actor, lines=leaving, strategy=Strategy(strategy), recorded_at=now(), **given)

    done = once(at, given["key"], go)
    told(at, done, quiet=quiet, further=f"so invoice {done.number}")


def _reserved(at: "Desk", number: str, place: int | None) -> "list[ShipmentLine]":
    from everstock.operations.sales.reserved_lines import reserved_lines

    _, order = at.codes.document(number, [DocumentKind.SALES_ORDER])
    found = [line._replace(location=place) for line in reserved_lines(at.company.pk, order)]
    if not found:
        raise Refusal(
            "shipment.nothing_reserved",
            f"Nothing is reserved for {number} that is on no pick list.",
            f"See what it waits for with `everstock so allocate {number}`, or ship what was picked.",
        )
    return found


def _leaving(
    at: "Desk", number: str, lines: Sequence[Entry], lots: Sequence[LotEntry], place: int | None
) -> "list[ShipmentLine]":
    from everstock.interfaces.cli.lines import Offer, refuse_other_lots
    from everstock.operations.sales.kits import is_kit
    from everstock.operations.sales.shipments import ShipmentLine

    _, order = at.codes.document(number, [DocumentKind.SALES_ORDER])
    offer = Offer(at.company.pk, [(DocumentKind.SALES_ORDER, order)], _to_ship)
    refuse_other_lots([entry.name for entry in lines], lots, "leaves")
    wanted = {offered.line.line: (offered, entry) for offered, entry in offer.each(lines)}
    found = []
    for offered in offer.lines:
        line = offered.line
        if line.line in wanted:
            found += _of_lots(offer, *wanted[line.line], lots, place)
        elif not lines and offered.open and not is_kit(line):
            found.append(ShipmentLine(order, line.line, _open_of(offered), place))
    if not found:
        raise Refusal("shipment.nothing_open", f"All of {number} is shipped.", "Look at its shipments.")
    return found


def _of_lots(
    offer: "Offer", offered: "Offered", entry: Entry, lots: Sequence[LotEntry], place: int | None
) -> "list[ShipmentLine]":
    """What leaves of a line that is named, as one line or one for each lot."""
    from everstock.interfaces.cli.lines import by_lot
    from everstock.operations.sales.shipments import ShipmentLine
    from everstock.operations.warehouse.lots import known_lots

    quantity = _open_of(offered) if entry.quantity is None else entry.quantity
    line = ShipmentLine(offered.header.id, offered.line.line, quantity, place)
    own = by_lot(entry.name, line.quantity, lots, "leaves")
    if not own:
        return [line]
    item = offer.item(offered.line)
    found = known_lots({(item.pk, lot): item.sku for lot, _ in own})
    return [line._replace(quantity=count, lot=found[item.pk, lot]) for lot, count in own]


def _open_of(offered: "Offered") -> int:
    """What is open of a line, in its unit."""
    return offered.open * offered.line.denominator // offered.line.numerator


def _to_ship(line: Line) -> int:
    return 0 if line.item is None else line.base_quantity - line.received


@click.command()
@click.argument("numbers", nargs=-1)
@click.option(
    "--customer", metavar="CODE", help="Bill everything shipped to this customer, one invoice for each currency."
)
@click.option(
    "--through", type=DAY, metavar="DATE", help="With --customer: what was shipped through this day; default: --day."
)
@click.option("--due", "due_on", type=DAY, metavar="DATE", help="When to pay; default: by the customer's terms.")
@click.option("--reference", metavar="TEXT", help="The customer's own number.")
@day_option("Day of the invoice.")
@making_options
@click.pass_obj
def invoice(
    program: Program,
    /,
    numbers: Sequence[str],
    customer: str | None,
    through: dt.date | None,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Bill what of shipments, or of an order (their NUMBERS), is shipped and not billed yet, with the charges of its orders.

    \b
    Examples:
      everstock so invoice SH-2026-000001 SH-2026-000002
      everstock so invoice SO-2026-000001
      everstock so invoice --customer JONES --through 2026-03-31
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    if bool(numbers) == (customer is not None) or (customer and (given["due_on"] or given["reference"])):
        raise click.UsageError("Name shipments, an order, or a --customer (without --due and --reference).")
    if customer is not None:
        from everstock.operations.sales.invoices import invoice_period

        key, day = at.codes.customer(customer).pk, given["day"]
        made = invoice_period(
            at.actor, customer=key, through=through or day, day=day, recorded_at=now(), key=given["key"]
        )
        for one in made:
            told(at, one, quiet=quiet, further=f"so pay {one.number}")
        return
    done = once(at, given["key"], lambda: _billed(at, numbers, **given))
    told(at, done, quiet=quiet, further=f"so pay {done.number}" if done.state != "paid" else "")


def _billed(at: "Desk", numbers: Sequence[str], **given: Any) -> DocumentRef:
    from everstock.operations.sales.invoices import invoice_order, invoice_shipments

    found = [at.codes.document(number, [DocumentKind.SHIPMENT, DocumentKind.SALES_ORDER]) for number in numbers]
    if all(kind is DocumentKind.SHIPMENT for kind, _ in found):
        return invoice_shipments(at.actor, shipments=[key for _, key in found], recorded_at=now(), **given)
    if len(found) > 1:
        raise click.UsageError("Name shipments, or one order.")
    return invoice_order(at.actor, order=found[0][1], recorded_at=now(), **given)
