"""``everstock landed-cost`` and ``everstock grni``: what goods cost besides their price, and what is never billed."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from everstock.core.problems import Refusal
from everstock.interfaces.cli.acting import (
    as_option,
    day_option,
    desk,
    making_options,
    now,
    once,
    rate_option,
    reason_option,
    repeated,
    told,
)
from everstock.interfaces.cli.output import format_option
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import DAY, PairType
from everstock.operations.documents.kinds import DocumentKind

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.operations.documents.records import DocumentRef

_KINDS = ("freight", "duty", "insurance", "handling", "other")
_CHARGE = PairType("KIND=AMOUNT")
_SHARE = PairType("ITEM=AMOUNT")
_BILLED = PairType("NUMBER=AMOUNT")
_LINE = PairType("DOCUMENT or DOCUMENT=LINE", alone=True)


# ---------------------------------------------------------------------------------------------------------------------
# Landed costs


@click.group("landed-cost")
def landed_cost() -> None:
    """Freight, duty, insurance, handling: costs of goods besides their price, put on receipts.

    Estimated when the goods come, corrected by the invoice, also months later: the cost changes for what is left and for what went.

    \b
    Examples:
      everstock landed-cost post --receipt GR-2026-000014 --charge freight=120.00 --charge duty=45.00
      everstock landed-cost bill LC-2026-000001 HAULIER F-881 --charge 1=131.50 --tax VAT
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@landed_cost.command()
@repeated("--receipt", "receipts", "NUMBER", "A goods receipt.", required=True)
@repeated("--line", "lines", "ITEM", "Only these lines, by item.")
@repeated(
    "--charge",
    "charges",
    "KIND=AMOUNT",
    f"What it is and the net amount. KIND is one of {', '.join(_KINDS)}.",
    of=_CHARGE,
    required=True,
)
@click.option(
    "--by",
    type=click.Choice(["value", "quantity", "weight", "volume", "hand"]),
    default="value",
    show_default=True,
    help="What it is shared by over the lines.",
)
@repeated("--share", "shares", "ITEM=AMOUNT", "By hand: the share of each line.", of=_SHARE)
@click.option("--supplier", metavar="CODE", help="Who will bill it, if that is known; its currency is taken.")
@click.option("--currency", metavar="CODE", help="Default: the supplier's, else the company's.")
@rate_option
@click.option("--known", is_flag=True, help="The amounts are what they are: no invoice will correct them.")
@click.option("--account", metavar="CODE", help="What it is booked against; default: accrued landed costs.")
@day_option("Day on which it is booked.")
@making_options
@click.pass_obj
def post(
    program: Program,
    /,
    receipts: Sequence[str],
    lines: Sequence[str],
    supplier: str | None,
    quiet: bool,
    as_: str | None,
    **given: Any,
) -> None:
    """Add charges to the cost of goods that were received, in shares.

    \b
    Examples:
      everstock landed-cost post --receipt GR-2026-000014 --receipt GR-2026-000015 --charge freight=120.00 --by weight
      everstock landed-cost post --receipt GR-2026-000014 --charge duty=45.00 --by hand --share BOLT=40 --share NUT=5
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.buying.charges import post_charges

    done = once(at, given["key"], lambda: post_charges(at, receipts, lines, supplier, recorded_at=now(), **given))
    further = f"landed-cost bill {done.number} SUPPLIER REFERENCE --charge 1=AMOUNT"
    told(at, done, quiet=quiet, further=further if done.state == "estimated" else f"document show {done.number}")


@landed_cost.command()
@click.argument("number")
@click.argument("supplier")
@click.argument("reference")
@repeated(
    "--charge",
    "charges",
    "NUMBER=AMOUNT",
    "Number of the charge and the net amount that is billed.",
    of=_BILLED,
    required=True,
)
@click.option(
    "--partial", is_flag=True, help="More of these charges will be billed; the estimate is not corrected yet."
)
@click.option("--tax", metavar="CODE", help="Tax code of the charges; default: none.")
@click.option("--currency", metavar="CODE", help="Default: the supplier's.")
@rate_option
@click.option("--due", "due_on", type=DAY, metavar="DATE", help="When to pay; default: by the terms of payment.")
@day_option("Day of the invoice.")
@making_options
@click.pass_obj
def bill(program: Program, /, number: str, supplier: str, quiet: bool, as_: str | None, **given: Any) -> None:
    """Enter the invoice REFERENCE of SUPPLIER for charges of the landed cost NUMBER, and correct what was estimated otherwise.

    \b
    Example:
      everstock landed-cost bill LC-2026-000001 HAULIER F-881 --charge 1=131.50 --day 2026-06-02
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.buying.charges import post_bill

    done = once(at, given["key"], lambda: post_bill(at, number, supplier, recorded_at=now(), **given))
    told(at, done, quiet=quiet, further=f"invoice differences {done.number}")


# ---------------------------------------------------------------------------------------------------------------------
# Goods received not invoiced


@click.group()
def grni() -> None:
    """Goods received not invoiced: the account explained line by line, and clearing what will never be invoiced.

    \b
    Examples:
      everstock grni list --as-of 2026-03-31
      everstock grni clear GR-2026-000003=2 --account 5100 --reason "supplier closed down"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@grni.command("list")
@click.option("--as-of", type=DAY, metavar="DATE", help="At the end of this day; default: today.")
@click.option("--supplier", metavar="CODE", help="Only of this supplier.")
@click.option("--all", "include_settled", is_flag=True, help="Also lines of which nothing is left.")
@as_option
@format_option
@click.pass_obj
def list_(
    program: Program,
    as_of: dt.date | None,
    supplier: str | None,
    include_settled: bool,
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
) -> None:
    """List what stands on the account, the oldest first; the column open adds up to its balance.

    Above zero is owed for goods that came; below zero was billed for goods that did not come, or went back and are not credited yet.
    """
    at = desk(program, as_)
    from everstock.interfaces.cli.buying.owed import show_not_invoiced

    show_not_invoiced(at, as_of, supplier, format, include_settled=include_settled)


@grni.command()
@click.argument("lines", type=_LINE, metavar="DOCUMENT[=LINE]...", nargs=-1, required=True)
@click.option("--account", required=True, metavar="CODE", help="Account that takes what is left, such as 5100.")
@reason_option
@day_option("Day on which it is cleared.")
@making_options
@click.pass_obj
def clear(
    program: Program, /, lines: Sequence[tuple[str, str]], account: str, quiet: bool, as_: str | None, **given: Any
) -> None:
    """Clear what will never be invoiced (or billed and never come) of lines in the list, up to the limit of who does it.

    \b
    Example:
      everstock grni clear GR-2026-000003=2 GR-2026-000007 --account 5100 --reason "supplier closed down"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.purchasing.grni import clear_grni

    def go() -> "DocumentRef":
        wanted = [line for number, which in lines for line in _lines(at, number, which)]
        return clear_grni(at.actor, lines=wanted, account=at.codes.account(account), recorded_at=now(), **given)

    told(at, once(at, given["key"], go), quiet=quiet)


def _lines(at: "Desk", number: str, which: str) -> list[int]:
    """Ids of lines: the one that is named, or those of which something is left."""
    from everstock.operations.documents.read import read

    kinds = (DocumentKind.GOODS_RECEIPT, DocumentKind.SUPPLIER_RETURN, DocumentKind.SUPPLIER_INVOICE)
    _, key = at.codes.document(number, kinds)
    lines = read(at.company.pk, [key]).lines[key]
    if not which:
        return [line.id for line in lines if line.base_quantity > line.invoiced]
    found = [line.id for line in lines if str(line.line) == which]
    if not found:
        raise Refusal("line.unknown", f"There is no line {which} on {number}.", f"Name one from 1 to {len(lines)}.")
    return found
