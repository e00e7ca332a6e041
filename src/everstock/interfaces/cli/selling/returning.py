"""``everstock return``: goods that come back from customers, what becomes of them, and where a lot was."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

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
    reason_option,
    repeated,
    today,
    told,
)
from everstock.interfaces.cli.documents import cancel_one, filter_options, list_documents, show_one
from everstock.interfaces.cli.output import Column, emit, format_option
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import AMOUNT, PERCENT, Entry, EntryType, LotType
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import DocumentRef, Line
from everstock.operations.identity.actor import require
from everstock.operations.identity.permissions import Permission

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.operations.sales.return_lines import ReturnLine

_F = TypeVar("_F", bound=Callable[..., object])
_RETURN, _SHIPMENT = DocumentKind.SALES_RETURN, DocumentKind.SHIPMENT
_BACK = EntryType("ITEM[=QUANTITY[UNIT]][@PRICE]")
_PART = EntryType("LINE[=QUANTITY]")


@click.group("return")
def return_() -> None:
    """Goods that come back from customers.

    A return is approved and then received, or received at once. What lies in quality control is inspected: restocked, repaired or scrapped.

    \b
    Examples:
      everstock return approve SH-2026-000001 --line BOLT=20 --reason "too long"
      everstock return receive RM-2026-000001
      everstock return receive SH-2026-000001 --line BOLT=5 --to RETURNS --fee-rate 10
      everstock return inspect RM-2026-000001 --restock SHED
      everstock return lot PUMP S-1001
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


def _back_options(command: _F) -> _F:
    """Give a command what comes back: ``customer``, ``lines``, ``lots``, ``location``, ``resolve``, ``fee``, ``fee_rate``, ``reason`` and so on."""
    for option in (
        making_options,
        click.option("--currency", metavar="CODE", help="Of a price, without a shipment; default: the customer's."),
        click.option("--reference", metavar="TEXT", help="The customer's own number."),
        click.option("--reason", default="", metavar="TEXT", help="Why it comes back."),
        click.option("--fee-rate", type=PERCENT, metavar="PERCENT", help="The same as a percentage."),
        click.option(
            "--fee", type=AMOUNT, metavar="AMOUNT", help="Kept back of each line for restocking, without tax."
        ),
        click.option(
            "--resolve",
            type=click.Choice(["credit", "replacement", "nothing"]),
            default="credit",
            show_default=True,
            help="What the customer gets. A replacement is a new order, made when the goods are here.",
        ),
        click.option(
            "--to",
            "location",
            metavar="LOCATION",
            help="Where it is received; default: the only place for quality control.",
        ),
        repeated("--lot", "lots", "LOT", "Lot or serial number, as ITEM=LOT.", of=LotType()),
        repeated(
            "--line",
            "lines",
            "LINE",
            f"What comes back, as {_BACK.form}. ITEM may be the number of the shipment's line; a price only without a shipment; without a"
            " quantity all of it. Of an approved return: as LINE[=QUANTITY]; default: all of it.",
            of=_BACK,
        ),
        click.option("--customer", metavar="CODE", help="From whom, where no shipment is named."),
    ):
        command = option(command)
    return command


@return_.command()
@click.argument("shipments", metavar="[SHIPMENT]...", nargs=-1)
@_back_options
@day_option("Day of the approval.")
@click.pass_obj
def approve(program: Program, /, shipments: Sequence[str], as_: str | None, quiet: bool, **given: Any) -> None:
    """Allow a customer to send goods back: what was shipped, or without naming a shipment.

    Nothing moves before `everstock return receive`.
    """
    at = desk(program, as_)
    from everstock.operations.sales.returns import approve_return

    done = once(at, given["key"], lambda: approve_return(at.actor, recorded_at=now(), **_asked(at, shipments, given)))
    told(at, done, quiet=quiet, further=f"return receive {done.number}")


@return_.command()
@click.argument("numbers", metavar="[NUMBER]...", nargs=-1)
@_back_options
@day_option("Day on which the goods came.")
@click.pass_obj
def receive(program: Program, /, numbers: Sequence[str], as_: str | None, quiet: bool, **given: Any) -> None:
    """Receive what comes back: of an approved return (RM-...), of shipments (SH-...), or with --customer of neither.

    With a shipment goods come back at what they had cost, without one at current cost. What was billed is to be credited.
    """
    at = desk(program, as_)
    kinds = [at.codes.document(number, [_RETURN, _SHIPMENT]) for number in numbers]
    if any(kind is _RETURN for kind, _ in kinds):
        done = _receive_approved(at, numbers, kinds, **given)
    else:
        from everstock.operations.sales.returns import take_back

        done = once(at, given["key"], lambda: take_back(at.actor, recorded_at=now(), **_asked(at, numbers, given)))
    told(at, done, quiet=quiet)


def _receive_approved(
    at: "Desk",
    numbers: Sequence[str],
    kinds: Sequence[tuple[DocumentKind, int]],
    *,
    lines: Sequence[Entry],
    location: str | None,
    day: dt.date,
    **agreed: Any,
) -> DocumentRef:
    from everstock.interfaces.cli.lines import Offer
    from everstock.operations.sales.returns import Came, receive_return

    said = click.get_current_context().get_parameter_source
    if len(numbers) > 1 or any(said(name) is ParameterSource.COMMANDLINE for name in agreed):
        raise click.UsageError("Of an approved return only what came can be said: --line, --to and --day.")
    offer = Offer(at.company.pk, kinds, lambda line: line.base_quantity)
    came = []
    for offered, entry in offer.each(lines):
        if entry.unit or entry.price is not None:
            raise click.UsageError("Of an approved return say how much came as LINE=QUANTITY, in the unit of its line.")
        came.append(Came(offered.line.line, offered.line.quantity if entry.quantity is None else entry.quantity))
    return receive_return(
        at.actor,
        sales_return=kinds[0][1],
        lines=came,
        location=perhaps(at.codes.location, location),
        day=day,
        recorded_at=now(),
    )


def _asked(at: "Desk", shipments: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """What comes back, as the verbs want it."""
    from everstock.interfaces.cli.codes import money_of
    from everstock.interfaces.cli.lines import lots_by_line
    from everstock.operations.documents.read import read
    from everstock.operations.documents.resolutions import Resolution

    said = dict(given)
    code, lines, fee = said.pop("customer"), said.pop("lines"), said.pop("fee")
    if bool(shipments) == (code is not None):
        raise click.UsageError("Name the shipments the goods went with, or with --customer from whom they come.")
    if not lines:
        raise click.UsageError(f"Say what comes back with --line, as {_BACK.form}.")
    lot_of = lots_by_line(lines, said.pop("lots"))
    named = [at.codes.document(number, [_SHIPMENT]) for number in shipments]
    partner = perhaps(at.codes.customer, code)
    currency = at.currency(partner, said["currency"])
    if named:
        currency = read(at.company.pk, [named[0][1]]).headers[named[0][1]].currency
    found = _of_shipments(at, named, lines, lot_of) if named else _free(at, lines, lot_of)
    more = {
        "fee": 0 if fee is None else money_of(fee, currency, "fee"),
        "fee_rate": said.pop("fee_rate") or 0,
        "reason": said.pop("reason"),
    }
    place, resolution = said.pop("location"), Resolution(said.pop("resolve"))
    return {
        **said,
        "lines": [line._replace(**more) for line in found],
        "customer": None if partner is None else partner.pk,
        "resolution": resolution,
        "location": at.codes.quality() if place is None else at.codes.location(place),
    }


def _of_shipments(
    at: "Desk", named: Sequence[tuple[DocumentKind, int]], lines: Sequence[Entry], lot_of: Mapping[str, str]
) -> "list[ReturnLine]":
    from everstock.interfaces.cli.lines import Offer
    from everstock.operations.sales.return_lines import ReturnLine

    def open_of(line: Line) -> int:
        return line.base_quantity - line.returned

    offer = Offer(at.company.pk, named, open_of)
    found = []
    for entry in lines:
        offered = offer.named(entry.name, lot=lot_of.get(entry.name))
        quantity = offered.open if entry.quantity is None else entry.quantity
        if entry.quantity is None and not quantity:
            raise Refusal(
                "return.nothing_left",
                f"All of line {offered.line.line} of {offered.header.number} came back already.",
                "Look at its returns.",
            )
        unit = perhaps(at.codes.unit, entry.unit or None)
        found.append(ReturnLine(quantity, offered.header.id, offered.line.line, unit=unit, unit_price=entry.price))
    return found


def _free(at: "Desk", lines: Sequence[Entry], lot_of: Mapping[str, str]) -> "list[ReturnLine]":
    from everstock.operations.sales.return_lines import ReturnLine

    found = []
    for entry in lines:
        if entry.quantity is None:
            raise click.UsageError(f"Say how much of {entry.name} comes back, as {_BACK.form}.")
        line = ReturnLine(
            entry.quantity,
            item=at.codes.item(entry.name),
            unit=perhaps(at.codes.unit, entry.unit or None),
            lot=lot_of.get(entry.name),
            unit_price=entry.price,
        )
        found.append(line)
    return found


@return_.command()
@click.argument("number")
@repeated(
    "--line", "lines", "LINE", f"What was inspected, as {_PART.form}; default: all that is still there.", of=_PART
)
@click.option("--restock", metavar="LOCATION", help="It is good, and goes there.")
@click.option("--repair", metavar="LOCATION", help="It is repaired there, on hold until it is released.")
@click.option("--scrap", is_flag=True, help="It is no good; needs --reason.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is scrapped.")
@click.option("--charge", type=AMOUNT, metavar="AMOUNT", help="What the repair costs the customer; noted.")
@day_option("Day of the inspection.")
@making_options
@click.pass_obj
def inspect(
    program: Program,
    /,
    number: str,
    lines: Sequence[Entry],
    restock: str | None,
    repair: str | None,
    scrap: bool,
    charge: str | None,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Say what becomes of goods that came back and lie in quality control."""
    if [restock is not None, repair is not None, scrap].count(True) != 1:
        raise click.UsageError("Say one of --restock, --repair and --scrap.")
    if charge is not None and repair is None:
        raise click.UsageError("A charge is for what is repaired, with --repair.")
    at = desk(program, as_)
    from everstock.interfaces.cli.codes import money_of
    from everstock.interfaces.cli.lines import Offer
    from everstock.operations.sales.inspections import Inspected, Outcome, inspect_return

    document = at.codes.document(number, [_RETURN])
    offer = Offer(at.company.pk, [document], lambda line: line.base_quantity)
    wanted = [Inspected(offered.line.line, entry.quantity) for offered, entry in offer.each(lines)]
    outcome = Outcome.SCRAP if scrap else Outcome.RESTOCK if repair is None else Outcome.REPAIR
    currency = offer.headers[0].currency

    def go() -> DocumentRef:
        return inspect_return(
            at.actor,
            sales_return=document[1],
            outcome=outcome,
            lines=wanted,
            location=perhaps(at.codes.location, restock or repair),
            charge=0 if charge is None else money_of(charge, currency, "charge"),
            recorded_at=now(),
            **given,
        )

    told(at, once(at, given["key"], go), quiet=quiet)


@return_.command()
@click.argument("item")
@click.argument("lot")
@as_option
@format_option
@click.pass_obj
def lot(program: Program, item: str, lot: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show where a LOT (or serial number) of ITEM went, and whether it came back: *out* is what the customer has after it.

    \b
    Example:
      everstock return lot PUMP S-1001
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.masterdata.models import Partner
    from everstock.operations.sales.whereabouts import lot_history
    from everstock.operations.warehouse.lots import known_lots

    require(at.actor, Permission.SALE_READ)
    key = at.codes.item(item)
    found = lot_history(at.company.pk, known_lots({(key, lot): item})[key, lot])
    names = dict(Partner.objects.filter(pk__in={one.partner for one in found}).values_list("pk", "code"))
    rows = [
        [
            *(
                one.day.isoformat(),
                "returned" if one.back else "shipped",
                one.document,
                names.get(one.partner or 0, ""),
            ),
            *(format_quantity(one.quantity), format_quantity(one.out)),
        ]
        for one in found
    ]
    columns = [Column(name) for name in ("day", "what", "document", "customer")]
    emit([*columns, Column("quantity", numeric=True), Column("out", numeric=True)], rows, format)


@return_.command()
@click.argument("number")
@reason_option
@as_option
@click.pass_obj
def cancel(program: Program, number: str, reason: str, as_: str | None) -> None:
    """Cancel a return: what was approved does not come, or what came goes back to the customer."""
    cancel_one(program, number, reason, today(), as_, _RETURN)


@return_.command("list")
@filter_options("customer")
@click.pass_obj
def list_(program: Program, /, **filters: Any) -> None:
    """List returns, the newest first."""
    list_documents(program, [_RETURN], **filters)


@return_.command()
@click.argument("number")
@as_option
@format_option
@click.pass_obj
def show(program: Program, number: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show a return: its head, its lines, what became of it."""
    show_one(program, number, as_, format, _RETURN)
