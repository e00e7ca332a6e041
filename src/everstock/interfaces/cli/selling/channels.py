"""``everstock channel``: by which ways customers order, and what each may promise."""

from collections.abc import Sequence
from typing import Any

import click

from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.acting import as_option, desk, now, perhaps, repeated
from everstock.interfaces.cli.output import Column, emit, format_option, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import NUMBER, PERCENT

_KINDS = ("shop", "wholesale", "marketplace", "point_of_sale")


@click.group()
def channel() -> None:
    """Sales channels: warehouses, buffers, prices and numbers of their own, means of payment; and safety stock.

    \b
    Examples:
      everstock channel set WEB --kind shop --from MAIN --customer WALK-IN --series WEB
      everstock channel buffer WEB --percent 10
      everstock channel buffer WEB BOLT --quantity 5
      everstock channel safety-stock BOLT 20 --in MAIN
      everstock channel means TILL cash 1000
      everstock channel list
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@channel.command("set")
@click.argument("code")
@click.option("--kind", type=click.Choice(_KINDS), help="What it is; a new one is a shop.")
@click.option("--name", metavar="TEXT", help="What it is called.")
@repeated(
    "--from", "warehouses", "WAREHOUSE", "What it sells from, the usual one first; replaces what was said before."
)
@click.option("--customer", metavar="CODE", help="Who buys where nobody is named; empty: somebody must be.")
@click.option(
    "--group", "customer_group", metavar="CODE", help="Whose price lists hold for who is in no group himself."
)
@click.option(
    "--series", metavar="LETTERS", help="Its orders and invoices are numbered for themselves: SO-WEB-2026-000001."
)
@click.option("--active/--inactive", default=None, help="Whether orders come through it.")
@as_option
@click.pass_obj
def set_(
    program: Program, /, code: str, warehouses: Sequence[str], customer: str | None, as_: str | None, **given: Any
) -> None:
    """Create the channel CODE, or change what is said of it. What is left out stays as it is.

    \b
    Example:
      everstock channel set TILL --kind point_of_sale --from SHOP --customer WALK-IN --series T1
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.channels import set_channel

    changes = {name: value for name, value in given.items() if value is not None}
    if warehouses:
        changes["warehouses"] = [at.codes.location(place) for place in warehouses]
    if customer is not None:
        changes["customer"] = at.codes.customer(customer).pk if customer else None
    set_channel(at.actor, code=code, recorded_at=now(), **changes)
    say(f"Kept the channel {code}.")


@channel.command()
@click.argument("code")
@click.argument("item", required=False)
@click.option("--quantity", type=NUMBER, metavar="NUMBER", help="So much is left untouched, in the item's base unit.")
@click.option("--percent", "part", type=PERCENT, metavar="PERCENT", help="So much of what could be sold is.")
@click.option("--none", is_flag=True, help="Nothing is said any more.")
@as_option
@click.pass_obj
def buffer(
    program: Program,
    code: str,
    item: str | None,
    quantity: int | None,
    part: int | None,
    as_: str | None,
    *,
    none: bool,
) -> None:
    """Say what the channel CODE leaves untouched of ITEM; without one, of every item without a buffer of its own.

    \b
    Example:
      everstock channel buffer WEB BOLT --quantity 5
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if sum((quantity is not None, part is not None, none)) != 1:
        raise click.UsageError("Give one of --quantity, --percent and --none.")
    at = desk(program, as_)
    from everstock.operations.sales.channels import Buffer, set_buffer

    given = None if none else Buffer(quantity, part)
    key = perhaps(at.codes.item, item)
    set_buffer(at.actor, channel=at.codes.channel(code), item=key, buffer=given, recorded_at=now())
    say(f"Kept the buffer of {code}.")


@channel.command()
@click.argument("code")
@click.argument("means")
@click.argument("account", required=False)
@click.option("--currency", metavar="CODE", help="In which is paid by them; default: the company's.")
@as_option
@click.pass_obj
def means(program: Program, code: str, means: str, account: str | None, currency: str | None, as_: str | None) -> None:
    """Say that what is paid by MEANS (such as cash or card) goes to ACCOUNT; without one, that it is not taken any more.

    \b
    Examples:
      everstock channel means TILL cash 1000
      everstock channel means TILL euro 1010 --currency EUR
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.channels import set_means

    key = perhaps(at.codes.account, account)
    set_means(at.actor, channel=at.codes.channel(code), means=means, account=key, currency=currency, recorded_at=now())
    say(f"Kept {means} of {code}.")


@channel.command("safety-stock")
@click.argument("item")
@click.argument("quantity", type=NUMBER)
@click.option("--in", "warehouse", metavar="WAREHOUSE", help="Where; default: the only warehouse.")
@as_option
@click.pass_obj
def safety_stock(program: Program, item: str, quantity: int, warehouse: str | None, as_: str | None) -> None:
    """Say how much of ITEM no channel promises; 0: none.

    \b
    Example:
      everstock channel safety-stock BOLT 20 --in MAIN
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.channels import set_safety_stock

    place = at.codes.place_out(warehouse)
    if place is None:
        raise click.UsageError("Name the warehouse with --in: there are several.")
    set_safety_stock(at.actor, item=at.codes.item(item), warehouse=place, quantity=quantity, recorded_at=now())
    say(f"Kept the safety stock of {item}.")


@channel.command("list")
@as_option
@format_option
@click.pass_obj
def list_(program: Program, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List the channels, with what each leaves untouched."""
    at = desk(program, as_)
    from everstock.operations.identity.actor import require
    from everstock.operations.identity.permissions import Permission
    from everstock.operations.sales.channels import buffers_of, warehouses_of
    from everstock.operations.sales.models import ChannelBuffer, SalesChannel

    def kept(row: ChannelBuffer) -> str:
        much = f"{format_quantity(row.part * 100)} %" if row.part is not None else format_quantity(row.quantity or 0)
        return much if row.item is None else f"{row.item.sku} {much}"

    require(at.actor, Permission.SALE_READ)
    channels = SalesChannel.objects.filter(company=at.company).select_related("customer").order_by("code")
    rows = [
        [
            *(one.code, one.name, one.kind, ", ".join(place.code for place in warehouses_of(one))),
            *("" if one.customer is None else one.customer.code, one.customer_group, one.series),
            *(", ".join(map(kept, buffers_of(one))), "" if one.active else "no"),
        ]
        for one in channels
    ]
    names = ("channel", "name", "kind", "sells_from", "customer", "group", "series", "buffers", "active")
    emit([Column(name) for name in names], rows, format)
