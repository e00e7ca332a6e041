"""``everstock so cost|withdraw-cost``: freight and fees that belong to shipments."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from everstock.core.problems import Refusal
from everstock.interfaces.cli.acting import as_option, day_option, desk, key_option, now, reason_option
from everstock.interfaces.cli.output import say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import PairType
from everstock.operations.documents.kinds import DocumentKind

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk

_BILL = PairType("INVOICE or INVOICE=LINE", alone=True)


@click.command()
@click.argument("numbers", nargs=-1, required=True)
@click.option(
    "--amount", metavar="AMOUNT", help="In the company's currency; default: all that is left of what --bill names."
)
@click.option(
    "--bill", type=_BILL, metavar="INVOICE[=LINE]", help="The supplier's invoice that bills it; default: noted by hand."
)
@click.option(
    "--kind",
    type=click.Choice(["freight", "fee", "packaging", "other"]),
    default="freight",
    show_default=True,
    help="What it is.",
)
@click.option(
    "--by",
    type=click.Choice(["value", "quantity", "weight", "volume"]),
    default="value",
    show_default=True,
    help="By what it is shared between the lines of the shipments.",
)
@click.option("--note", "description", default="", metavar="TEXT", help="What it is for.")
@day_option("Day on which it counts.")
@key_option
@as_option
@click.pass_obj
def cost(
    program: Program,
    /,
    numbers: Sequence[str],
    amount: str | None,
    bill: tuple[str, str] | None,
    kind: str,
    by: str,
    as_: str | None,
    **given: Any,
) -> None:
    """Say that freight or a fee belongs to the shipments NUMBERS: it lessens their margin, and is no part of the cost of goods.

    \b
    Examples:
      everstock so cost SH-2026-000001 --amount 12.50
      everstock so cost SH-2026-000001 SH-2026-000002 --bill SI-2026-000007=1 --by weight
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.codes import money_of
    from everstock.operations.documents.allocation import Sharing
    from everstock.operations.sales.models import SellingCostKind
    from everstock.operations.sales.selling_costs import attribute_cost

    made = attribute_cost(
        at.actor,
        shipments=[at.codes.document(number, [DocumentKind.SHIPMENT])[1] for number in numbers],
        amount=None if amount is None else money_of(amount, at.company.currency_id, "amount"),
        bill_line=None if bill is None else _line(at, *bill),
        kind=SellingCostKind(kind),
        by=Sharing(by),
        recorded_at=now(),
        **given,
    )
    say(f"Noted as selling cost {made}.")


def _line(at: "Desk", number: str, which: str) -> int:
    """The id of a line of an invoice: the one that is named, or the only one."""
    from everstock.operations.documents.read import read

    _, key = at.codes.document(number, [DocumentKind.SUPPLIER_INVOICE])
    lines = read(at.company.pk, [key]).lines[key]
    found = [line.id for line in lines if (str(line.line) == which if which else line.item is None)]
    if len(found) != 1:
        raise Refusal(
            "line.unknown",
            f"{number} has no line {which}." if which else f"{number} does not have exactly one line without goods.",
            f"Name one, such as {number}=1.",
        )
    return found[0]


@click.command("withdraw-cost")
@click.argument("number", type=int)
@reason_option
@as_option
@click.pass_obj
def withdraw_cost(program: Program, number: int, reason: str, as_: str | None) -> None:
    """Say that the selling cost NUMBER belongs to no shipment after all.

    \b
    Example:
      everstock so withdraw-cost 3 --reason "belongs to another customer"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.selling_costs import withdraw_cost as withdraw

    withdraw(at.actor, cost=number, reason=reason, recorded_at=now())
    say(f"Selling cost {number} is withdrawn.")
