"""``everstock substitute`` and ``so substitute``: what can be delivered instead."""

import datetime as dt
from typing import Any

import click

from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.acting import as_option, day_option, desk, now, told
from everstock.interfaces.cli.output import Column, emit, format_option, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.selling.promising import keep_promise
from everstock.interfaces.cli.words import DAY, NUMBER
from everstock.operations.documents.kinds import DocumentKind


@click.group()
def substitute() -> None:
    """Substitutes: what can be delivered for an item of which there is not enough, one for one.

    \b
    Examples:
      everstock substitute set BOLT BOLT-A2 --rank 1 --both-ways
      everstock substitute list BOLT
      everstock so substitute SO-2026-000001 1 BOLT-A2 --agreed "Mr Jones, by phone"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@substitute.command("set")
@click.argument("item")
@click.argument("instead")
@click.option("--rank", type=int, default=100, show_default=True, help="The lower, the earlier it is offered.")
@click.option("--from", "valid_from", type=DAY, metavar="DATE", help="First day.")
@click.option("--to", "valid_to", type=DAY, metavar="DATE", help="Last day.")
@click.option("--both-ways", is_flag=True, help="And the other way round.")
@as_option
@click.pass_obj
def set_(program: Program, /, item: str, instead: str, as_: str | None, **given: Any) -> None:
    """Say that INSTEAD can be delivered for ITEM."""
    at = desk(program, as_)
    from everstock.operations.sales.substitutes import set_substitute

    keys = at.codes.item(item), at.codes.item(instead)
    set_substitute(at.actor, item=keys[0], substitute=keys[1], recorded_at=now(), **given)
    say(f"{instead} can be delivered for {item}.")


@substitute.command()
@click.argument("item")
@click.argument("instead")
@as_option
@click.pass_obj
def remove(program: Program, item: str, instead: str, as_: str | None) -> None:
    """Let INSTEAD be no substitute for ITEM any more."""
    at = desk(program, as_)
    from everstock.operations.sales.substitutes import remove_substitute

    keys = at.codes.item(item), at.codes.item(instead)
    remove_substitute(at.actor, item=keys[0], substitute=keys[1], recorded_at=now())
    say(f"{instead} is no substitute for {item}.")


@substitute.command("list")
@click.argument("item")
@day_option("On which day.")
@as_option
@format_option
@click.pass_obj
def list_(program: Program, item: str, day: dt.date, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List what can be delivered for ITEM, the first to be offered first."""
    at = desk(program, as_)
    from everstock.operations.identity.actor import require
    from everstock.operations.identity.permissions import Permission
    from everstock.operations.sales.substitutes import substitutes_of

    require(at.actor, Permission.ITEM_READ)
    key = at.codes.item(item)
    rows = [[item, at.codes.items[one]] for one in substitutes_of([key], day).get(key, ())]
    emit([Column("item"), Column("substitute")], rows, format)


@click.command("substitute")
@click.argument("number")
@click.argument("line", type=int)
@click.argument("item")
@click.option("--quantity", type=NUMBER, metavar="QUANTITY", help="How much, in base units; default: all that is open.")
@click.option(
    "--agreed", required=True, metavar="TEXT", help="Who agreed for the customer, and how; noted on the order."
)
@day_option("Day of the change.")
@as_option
@click.pass_obj
def replace(program: Program, /, number: str, line: int, item: str, as_: str | None, **given: Any) -> None:
    """Deliver ITEM, a substitute, for what is open of LINE of an order, at its price.

    \b
    Example:
      everstock so substitute SO-2026-000001 1 BOLT-A2 --agreed "Mr Jones, by phone"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.substitutes import substitute_line

    _, order = at.codes.document(number, [DocumentKind.SALES_ORDER])
    key = at.codes.item(item)
    done = substitute_line(at.actor, order=order, line=line, substitute=key, recorded_at=now(), **given)
    keep_promise(at, done, given["day"])
    told(at, done)


def in_words(sku: str, free: int, order: str, line: int) -> str:
    """What is said of a substitute that is free for a short line."""
    return f"Free instead for line {line} of {order}: {format_quantity(free)} of {sku}."
