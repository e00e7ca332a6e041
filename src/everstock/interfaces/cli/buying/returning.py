"""``everstock return-supplier``: goods that go back."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

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
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import Entry, EntryType, LotEntry, LotType
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import DocumentRef

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.operations.purchasing.returns import ReturnLine

_BACK = EntryType("ITEM[=QUANTITY[UNIT]][@PRICE]")


@click.command("return-supplier")
@click.argument("receipts", metavar="[RECEIPT]...", nargs=-1)
@click.option("--supplier", metavar="CODE", help="To whom, where no receipt is named; instead of RECEIPT.")
@repeated(
    "--line",
    "lines",
    "LINE",
    f"What goes back, as {_BACK.form}. ITEM may be the number of the receipt's line. A price, the expected credit, only without a receipt; without a quantity all of it.",
    of=_BACK,
    required=True,
)
@repeated("--lot", "lots", "LOT", "Lot or serial number, as ITEM=LOT.", of=LotType())
@click.option("--from", "location", metavar="LOCATION", help="Where it is taken from; default: where it came in.")
@click.option(
    "--expect",
    type=click.Choice(["credit", "replacement", "nothing"]),
    default="credit",
    show_default=True,
    help="What is expected for it. A replacement is expected of the order it came from.",
)
@click.option("--reason", default="", metavar="TEXT", help="Why; printed on the return note.")
@click.option(
    "--authorisation", "reference", metavar="TEXT", help="The supplier's number under which goods may come back."
)
@click.option("--currency", metavar="CODE", help="Without a receipt; default: the supplier's.")
@day_option("Day on which the goods left.")
@making_options
@click.pass_obj
def return_supplier(
    program: Program, /, receipts: Sequence[str], supplier: str | None, quiet: bool, as_: str | None, **given: Any
) -> None:
    """Send goods back to their supplier: against a receipt, at its value, or without one, at current cost.

    \b
    Examples:
      everstock return-supplier GR-2026-000014 --line BOLT=50 --reason rusty
      everstock return-supplier GR-2026-000014 --line MILK --lot MILK=L78 --expect replacement
      everstock return-supplier --supplier SMITH --line NUT=20@0.40 --from MAIN
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if bool(receipts) == (supplier is not None):
        raise click.UsageError("Name the receipts the goods came with, or with --supplier to whom they go.")
    at = desk(program, as_)
    done = once(at, given["key"], lambda: _post(at, receipts, supplier, **given))
    told(at, done, quiet=quiet, further=f"document print {done.number}")


def _post(
    at: "Desk",
    receipts: Sequence[str],
    supplier: str | None,
    *,
    lines: Sequence[Entry],
    lots: Sequence[LotEntry],
    location: str | None,
    expect: str,
    reason: str,
    **given: Any,
) -> DocumentRef:
    from everstock.interfaces.cli.lines import lots_by_line
    from everstock.operations.documents.resolutions import Resolution
    from everstock.operations.purchasing.returns import return_goods

    place = perhaps(at.codes.location, location)
    lot_of = lots_by_line(lines, lots)
    wanted = _of_receipts(at, receipts, lines, lot_of) if receipts else _free(at, lines, lot_of)
    partner = None if supplier is None else at.codes.supplier(supplier).pk
    if supplier is not None and place is None:
        place = at.codes.dock()
    return return_goods(
        at.actor,
        lines=[line._replace(reason=reason) for line in wanted],
        resolution=Resolution(expect),
        supplier=partner,
        location=place,
        recorded_at=now(),
        **given,
    )


def _of_receipts(
    at: "Desk", receipts: Sequence[str], lines: Sequence[Entry], lot_of: Mapping[str, str]
) -> list["ReturnLine"]:
    from everstock.interfaces.cli.lines import Offer, in_unit
    from everstock.operations.purchasing.returns import ReturnLine

    named = [at.codes.document(number, [DocumentKind.GOODS_RECEIPT]) for number in receipts]
    offer = Offer(at.company.pk, named, lambda line: line.base_quantity - line.returned)
    wanted = []
    for entry in lines:
        offered = offer.named(entry.name, lot=lot_of.get(entry.name))
        quantity, unit = in_unit(offered, offer.base_unit(offered.line))
        if entry.quantity is not None:
            quantity, unit = entry.quantity, perhaps(at.codes.unit, entry.unit or None)
        line = ReturnLine(quantity, offered.header.id, offered.line.line, unit=unit, unit_price=entry.price)
        wanted.append(line)
    return wanted


def _free(at: "Desk", lines: Sequence[Entry], lot_of: Mapping[str, str]) -> list["ReturnLine"]:
    from everstock.operations.purchasing.returns import ReturnLine

    wanted = []
    for entry in lines:
        if entry.quantity is None:
            raise click.UsageError(f"Say how much of {entry.name} goes back, as {_BACK.form}.")
        line = ReturnLine(
            entry.quantity,
            item=at.codes.item(entry.name),
            unit=perhaps(at.codes.unit, entry.unit or None),
            lot=lot_of.get(entry.name),
            unit_price=entry.price,
        )
        wanted.append(line)
    return wanted
