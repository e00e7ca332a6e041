"""``everstock pack`` and ``everstock carrier``: packages, and how they get to customers; ``everstock so deliver``."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.acting import as_option, day_option, desk, now, perhaps, repeated
from everstock.interfaces.cli.output import Column, emit, format_option, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import DAY, NUMBER, Entry, EntryType, LotEntry, LotType
from everstock.operations.documents.kinds import DocumentKind

if TYPE_CHECKING:
    from everstock.operations.sales.packing import Content

_PACKED = EntryType("LINE[=QUANTITY]")


@click.group()
def pack() -> None:
    """Packages: what is in which, their weight, measures and SSCC.

    \b
    Examples:
      everstock pack prefix 4012345
      everstock pack create SO-2026-000001 --line 1=20 --line 2 --tare 0.25
      everstock pack create SH-2026-000001 --line 1=20 --weight 12.4
      everstock pack create SO-2026-000001 --line 3=1 --lot 3=S-1001
      everstock pack create SH-2026-000001
      everstock pack list
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@pack.command()
@click.argument("prefix")
@click.option("--extension", default="0", show_default=True, metavar="DIGIT", help="The first digit of each SSCC.")
@as_option
@click.pass_obj
def prefix(program: Program, prefix: str, extension: str, as_: str | None) -> None:
    """Set the company's GS1 PREFIX, with which the SSCC of new packages begin; empty: they get none."""
    at = desk(program, as_)
    from everstock.operations.sales.packing import set_sscc_prefix

    set_sscc_prefix(at.actor, prefix=prefix, extension=extension, recorded_at=now())
    say(f"The SSCC of new packages begin with {extension}{prefix}." if prefix else "New packages get no SSCC.")


@pack.command()
@click.argument("number")
@repeated(
    "--line",
    "lines",
    "LINE",
    f"What goes into it, as {_PACKED.form}: the number of the line; default: all that is in no package.",
    of=_PACKED,
)
@repeated("--lot", "lots", "LOT", "Lot or serial number that goes into it of a --line, as LINE=LOT.", of=LotType())
@click.option("--tare", type=NUMBER, default=0, metavar="KG", help="Weight of the empty package, in kg.")
@click.option(
    "--weight", type=NUMBER, metavar="KG", help="What the scales say, in kg; default: of the items and the tare."
)
@click.option("--length", type=int, metavar="MM", help="In mm.")
@click.option("--width", type=int, metavar="MM", help="In mm.")
@click.option("--height", type=int, metavar="MM", help="In mm.")
@as_option
@click.pass_obj
def create(
    program: Program, /, number: str, lines: Sequence[Entry], lots: Sequence[LotEntry], as_: str | None, **measured: Any
) -> None:
    """Pack what was picked for an order, or what was shipped in one step (NUMBER of either): one package each time.

    \b
    Examples:
      everstock pack create SO-2026-000001 --line 1=20 --line 2 --tare 0.25
      everstock pack create SH-2026-000001
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.lines import refuse_other_lots
    from everstock.operations.documents.read import read
    from everstock.operations.sales.packing import Content, Measures, Parcel, lines_to_pack, pack_shipment
    from everstock.operations.sales.packing import pack as pack_goods

    kind, key = at.codes.document(number, [DocumentKind.SALES_ORDER, DocumentKind.SHIPMENT])
    refuse_other_lots([entry.name for entry in lines], lots, "is packed")
    contents = [one for entry in lines for one in _contents(key, entry, lots)]
    if kind is DocumentKind.SHIPMENT:
        contents = contents or [Content(key, line) for line in lines_to_pack(at.company.pk, key)]
        parcels = [Parcel(contents, Measures(**measured))]
        [box] = pack_shipment(at.actor, shipment=key, parcels=parcels, recorded_at=now())
    else:
        found = read(at.company.pk, [key]).lines[key]
        contents = contents or _all_staged(key, {line.id: line.line for line in found})
        box = pack_goods(at.actor, contents=contents, measures=Measures(**measured), recorded_at=now())
    weight = "" if box.weight is None else f", {format_quantity(box.weight)} kg"
    say(f"Package {box.number}{f', SSCC {box.sscc}' if box.sscc else ''}{weight}.")


def _contents(document: int, entry: Entry, lots: Sequence[LotEntry]) -> "list[Content]":
    """What goes into a package of a line, or of each of its lots."""
    from everstock.interfaces.cli.lines import by_lot
    from everstock.operations.sales.packing import Content

    if not entry.name.isdecimal():
        raise click.BadParameter(f"“{entry.name}” is no number of a line.")
    line, own = int(entry.name), [(one.code, one.quantity) for one in lots if one.item == entry.name]
    if not own:
        return [Content(document, line, entry.quantity)]
    counted = own if entry.quantity is None else by_lot(entry.name, entry.quantity, lots, "is packed")
    return [Content(document, line, quantity, lot) for lot, quantity in counted]


def _all_staged(order: int, lines: dict[int, int]) -> list[Any]:
    """All of an order that is picked and not packed."""
    from everstock.operations.sales.packing import Content, unpacked

    return [Content(order, lines[line]) for line in sorted(unpacked(lines))]


@pack.command()
@click.argument("number", type=int)
@as_option
@click.pass_obj
def undo(program: Program, number: int, as_: str | None) -> None:
    """Take everything out of a package that has not left, or was packed after its goods were shipped."""
    at = desk(program, as_)
    from everstock.operations.sales.delivery_models import Package
    from everstock.operations.sales.packing import unpack

    found = Package.objects.filter(company=at.company, number=number).values_list("pk", flat=True).first()
    unpack(at.actor, package=found or 0, recorded_at=now())
    say(f"Package {number} is unpacked.")


@pack.command("list")
@click.option("--shipment", metavar="NUMBER", help="Only of this shipment; default: those that have not left.")
@as_option
@format_option
@click.pass_obj
def list_(program: Program, shipment: str | None, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List packages with what is in them."""
    at = desk(program, as_)
    from everstock.operations.identity.actor import require
    from everstock.operations.identity.permissions import Permission
    from everstock.operations.sales.delivery_models import PackageLine

    require(at.actor, Permission.SALE_READ)
    of = None if shipment is None else at.codes.document(shipment, [DocumentKind.SHIPMENT])[1]
    found = PackageLine.objects.filter(package__company=at.company, package__shipment=of)
    at.codes.know_lots(one.lot or None for one in found)
    rows = [
        [
            *(str(one.package.number), one.package.sscc, one.item.sku, at.codes.lot(one.lot or None)),
            format_quantity(one.quantity),
            "" if one.package.weight is None else format_quantity(one.package.weight),
        ]
        for one in found.select_related("package", "item").order_by(
            "package__number", "source_id", "location_id", "lot"
        )
    ]
    columns = [Column("package", numeric=True), Column("sscc"), Column("item"), Column("lot")]
    emit([*columns, Column("quantity", numeric=True), Column("package_kg", numeric=True)], rows, format)


@click.group()
def carrier() -> None:
    """Carriers, and what leaves with them.

    \b
    Examples:
      everstock carrier set DHL --name "DHL Parcel" --tracking-url "https://www.dhl.com/track?id={number}"
      everstock carrier plan SO-2026-000001 --carrier DHL --service express
      everstock carrier manifest DHL
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@carrier.command("set")
@click.argument("code")
@click.option("--name", default="", metavar="TEXT", help="Its name.")
@click.option("--tracking-url", default="", metavar="URL", help="Where parcels can be followed, with {number}.")
@click.option("--inactive", is_flag=True, help="Nothing is sent with it any more.")
@as_option
@click.pass_obj
def set_(program: Program, /, code: str, inactive: bool, as_: str | None, **given: Any) -> None:
    """Create a carrier, or change what is known of it."""
    at = desk(program, as_)
    from everstock.operations.sales.carriers import set_carrier

    set_carrier(at.actor, code=code, active=not inactive, recorded_at=now(), **given)
    say(f"Carrier {code} is set.")


@carrier.command()
@click.argument("number")
@click.option("--carrier", "code", metavar="CODE", help="With whom.")
@click.option("--service", metavar="TEXT", help="How, such as express.")
@click.option("--tracking", metavar="TEXT", help="The carrier's number of the shipment.")
@click.option("--on", "planned_on", type=DAY, metavar="DATE", help="When it shall leave.")
@as_option
@click.pass_obj
def plan(program: Program, /, number: str, code: str | None, as_: str | None, **given: Any) -> None:
    """Say how an order or a shipment leaves. What is said of an order holds for its shipments."""
    at = desk(program, as_)
    from everstock.operations.sales.carriers import delivery_of, plan_delivery, tracking_address

    _, key = at.codes.document(number, [DocumentKind.SALES_ORDER, DocumentKind.SHIPMENT])
    said: Any = {name: value for name, value in given.items() if value is not None}
    if code is not None:
        said["carrier"] = at.codes.carrier(code)
    plan_delivery(at.actor, document=key, recorded_at=now(), **said)
    found = delivery_of(at.company.pk, key)
    address = "" if found is None else tracking_address(found)
    say(f"Planned for {number}{f': {address}' if address else ''}.")


@carrier.command()
@click.argument("code", required=False)
@click.option("--from", "first", type=DAY, metavar="DATE", help="First day; default: --to.")
@day_option("Last day.", "--to")
@as_option
@format_option
@click.pass_obj
def manifest(
    program: Program,
    code: str | None,
    first: dt.date | None,
    day: dt.date,
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
) -> None:
    """List what leaves with a carrier, or with each, on a day."""
    at = desk(program, as_)
    from everstock.operations.identity.actor import require
    from everstock.operations.identity.permissions import Permission
    from everstock.operations.sales.carriers import manifest as leaving
    from everstock.operations.sales.delivery_models import Carrier

    require(at.actor, Permission.SALE_READ)
    found = leaving(at.company.pk, first=first or day, last=day, carrier=perhaps(at.codes.carrier, code))
    names = dict(Carrier.objects.filter(company=at.company).values_list("pk", "code"))
    rows = [
        [
            *("" if one.carrier is None else names[one.carrier], one.planned_on.isoformat(), one.number),
            *(at.codes.partners[one.partner], one.service, one.tracking, str(one.packages)),
            "" if one.weight is None else format_quantity(one.weight),
            "" if one.delivered_on is None else one.delivered_on.isoformat(),
        ]
        for one in found
    ]
    texts = ("carrier", "day", "shipment", "customer", "service", "tracking")
    numbers = [Column("packages", numeric=True), Column("kg", numeric=True)]
    emit([*(Column(name) for name in texts), *numbers, Column("delivered_on")], rows, format)


@click.command()
@click.argument("number")
@click.option("--signed-by", default="", metavar="TEXT", help="Who signed for it.")
@click.option("--note", default="", metavar="TEXT", help="What there is to note.")
@day_option("Day on which the customer got it.", "--on")
@as_option
@click.pass_obj
def deliver(program: Program, /, number: str, day: dt.date, as_: str | None, **given: Any) -> None:
    """Keep the proof that the customer has a shipment.

    \b
    Example:
      everstock so deliver SH-2026-000001 --on 2026-04-03 --signed-by "J. Jones"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.carriers import deliver as delivered

    _, key = at.codes.document(number, [DocumentKind.SHIPMENT])
    done = delivered(at.actor, shipment=key, delivered_on=day, recorded_at=now(), **given)
    say(f"{done.number} was delivered on {day}.")
