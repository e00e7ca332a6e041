"""``everstock price-list``: selling prices by customer, group, item, quantity and day."""

import datetime as dt
from pathlib import Path
from typing import Any

import click

from everstock.core.quantities import SCALE, format_quantity
from everstock.interfaces.cli.acting import as_option, day_option, desk, now, partner_desk, perhaps, today
from everstock.interfaces.cli.output import emit, emit_below, format_option, say, warn
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import DAY, NUMBER, PERCENT

_FROM = click.option(
    "--from", "valid_from", type=DAY, default=today, show_default="today", metavar="DATE", help="First day it holds."
)


@click.group("price-list")
def price_list() -> None:
    """Selling prices, and discounts off them: for a customer, a group of customers, or everybody.

    The nearest price holds: the customer's before its group's before everybody's, the item's before its category's, then that of the
    higher quantity, of the list of the lower rank, of the later day.

    \b
    Examples:
      everstock price-list create RETAIL --currency EUR
      everstock price-list set RETAIL BOLT 11.50 --from-quantity 10
      everstock price-list import RETAIL prices.xlsx
      everstock price-list create TRADE --group TRADE --base RETAIL
      everstock price-list set TRADE FASTENERS --category --discount 10
      everstock price-list ask JONES BOLT 50
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@price_list.command()
@click.argument("code")
@click.option("--name", default="", metavar="TEXT", help="What it is called.")
@click.option("--currency", metavar="CODE", help="Default: the base list's, else the company's.")
@click.option("--customer", metavar="CODE", help="For this customer alone.")
@click.option("--group", "customer_group", default="", metavar="CODE", help="For the customers of this group.")
@click.option("--base", metavar="CODE", help="The list off whose prices its discounts are taken.")
@click.option("--rank", type=int, metavar="NUMBER", help="0 to 999: the lower one is asked first; 100 if nobody said.")
@_FROM
@click.option("--to", "valid_to", type=DAY, metavar="DATE", help="Last day; default: until further notice.")
@as_option
@click.pass_obj
def create(
    program: Program,
    /,
    code: str,
    currency: str | None,
    customer: str | None,
    base: str | None,
    rank: int | None,
    as_: str | None,
    **given: Any,
) -> None:
    """Create the price list CODE; for everybody, unless a customer or a group is named.

    \b
    Example:
      everstock price-list create TRADE --group TRADE --base RETAIL --from 2026-01-01
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.selling.sheets import audience
    from everstock.operations.sales.price_lists import create_price_list

    below = perhaps(at.codes.price_list, base)
    if rank is not None:
        given["rank"] = rank
    row = create_price_list(
        at.actor,
        code=code,
        currency=currency or (at.company.currency_id if below is None else below.currency_id),
        customer=None if customer is None else at.codes.customer(customer).pk,
        base=None if below is None else below.pk,
        recorded_at=now(),
        **given,
    )
    say(f"Created price list {code} in {row.currency_id} for {audience(row)}, {_days(row.valid_from, row.valid_to)}.")
    say(f"Next: everstock price-list set {code} ITEM PRICE")


@price_list.command()
@click.argument("code")
@click.option("--name", metavar="TEXT", help="What it is called.")
@click.option("--rank", type=int, metavar="NUMBER", help="0 to 999: the lower one is asked first.")
@click.option("--from", "valid_from", type=DAY, metavar="DATE", help="First day it holds.")
@click.option("--to", "valid_to", type=DAY, metavar="DATE", help="Last day it holds.")
@click.option("--no-end", is_flag=True, help="It holds until further notice.")
@as_option
@click.pass_obj
def change(program: Program, /, code: str, as_: str | None, *, no_end: bool, **given: Any) -> None:
    """Change name, rank or days of the price list CODE. What is left out stays as it is.

    \b
    Example:
      everstock price-list change RETAIL --to 2026-12-31
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    changes = {name: value for name, value in given.items() if value is not None}
    if no_end and "valid_to" in changes:
        raise click.UsageError("A last day and no end: leave one of the two out.")
    if no_end:
        changes["valid_to"] = None
    if not changes:
        raise click.UsageError("Say what changes; `--help` lists what can.")
    at = desk(program, as_)
    from everstock.operations.sales.price_lists import change_price_list

    change_price_list(at.actor, price_list=at.codes.price_list(code).pk, recorded_at=now(), **changes)
    say(f"Changed price list {code}.")


@price_list.command("set")
@click.argument("code")
@click.argument("thing", metavar="ITEM")
@click.argument("price", type=NUMBER, required=False)
@click.option("--discount", type=PERCENT, metavar="PERCENT", help="Instead of a price: off the one in the base list.")
@click.option("--category", "is_category", is_flag=True, help="ITEM is a category: all items of it and below it.")
@click.option("--unit", metavar="CODE", help="For lines in this unit; default: any, and the price is of the base unit.")
@click.option("--from-quantity", type=NUMBER, default=0, metavar="QUANTITY", help="From so many of its unit on.")
@_FROM
@click.option("--to", "valid_to", type=DAY, metavar="DATE", help="Last day; default: until further notice.")
@as_option
@click.pass_obj
def set_(
    program: Program,
    /,
    code: str,
    thing: str,
    price: int | None,
    unit: str | None,
    as_: str | None,
    *,
    is_category: bool,
    **given: Any,
) -> None:
    """Set the PRICE of ITEM in the price list CODE. Replaces the one of the same unit, quantity and first day.

    \b
    Example:
      everstock price-list set RETAIL BOLT 11.50 --from-quantity 10 --from 2026-01-01
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if (price is None) == (given["discount"] is None):
        raise click.UsageError("Give a PRICE or a --discount, one of the two.")
    at = desk(program, as_)
    from everstock.operations.sales.price_lists import NewPrice, set_prices

    row = at.codes.price_list(code)
    wanted = NewPrice(
        item=None if is_category else at.codes.item(thing),
        category=at.codes.category(thing) if is_category else None,
        unit=perhaps(at.codes.unit, unit),
        unit_price=price,
        **given,
    )
    set_prices(at.actor, price_list=row.pk, prices=[wanted], recorded_at=now())
    least = f" from {format_quantity(wanted.from_quantity)} on" if wanted.from_quantity else ""
    if wanted.discount is None:
        how = f"{format_quantity(wanted.unit_price or 0)} {row.currency_id}"
    else:
        how = f"{format_quantity(wanted.discount * 100)}% less than in {row.base}"
    say(
        f"{code}: {thing}{f' by the {unit}' if unit else ''} at {how}{least}, {_days(wanted.valid_from, wanted.valid_to)}."
    )


def _days(first: dt.date, last: dt.date | None) -> str:
    return f"from {first} on" if last is None else f"from {first} through {last}"


@price_list.command("import")
@click.argument("code")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_FROM
@click.option("--dry-run", is_flag=True, help="Do everything but keep nothing; say what would happen.")
@as_option
@click.pass_obj
def import_(program: Program, code: str, file: Path, valid_from: dt.date, dry_run: bool, as_: str | None) -> None:
    """Set the prices of FILE in the price list CODE: every line, or none. CSV or the first sheet of a workbook.

    \b
    Columns, in any order (item must be there; of its cell and that of category, one is filled in each line):
      item, category        codes
      unit, from_quantity   as with `price-list set`
      price or discount     the discount in percent
      valid_from, valid_to  YYYY-MM-DD; without the first day, that of --from

    \b
    Example:
      everstock price-list import RETAIL prices.xlsx --from 2026-01-01 --dry-run
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.files.prices import import_prices

    done = import_prices(
        at.actor,
        at.company,
        file,
        price_list=at.codes.price_list(code).pk,
        valid_from=valid_from,
        recorded_at=now(),
        dry_run=dry_run,
    )
    for text in done.warnings:
        warn(text)
    would = "would be " if dry_run else ""
    say(
        f"{file.name}: {done.created:,} {'price' if done.created == 1 else 'prices'} {would}new, {done.updated:,} changed, {done.unchanged:,} as before."
    )
    if dry_run:
        say("Nothing was changed. Next: the same command without --dry-run")


@price_list.command()
@click.argument("code", metavar="CUSTOMER")
@click.argument("sku", metavar="ITEM")
@click.argument("quantity", type=NUMBER, default=SCALE)
@click.option("--unit", metavar="CODE", help="Unit of the quantity and the price; default: the base unit.")
@click.option("--currency", metavar="CODE", help="Default: the customer's, else the company's.")
@day_option("The day it is asked for.")
@as_option
@format_option
@click.pass_obj
def ask(
    program: Program,
    /,
    code: str,
    sku: str,
    quantity: int,
    unit: str | None,
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
    **given: Any,
) -> None:
    """Ask which price holds for a CUSTOMER, an ITEM and a QUANTITY, and from which list it is.

    \b
    Example:
      everstock price-list ask JONES BOLT 50 --day 2026-03-01
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = partner_desk(program, as_)
    from everstock.interfaces.cli.selling.sheets import answer

    partner, item = at.codes.customer(code).pk, at.codes.item(sku)
    emit(*answer(at, partner, item, quantity, perhaps(at.codes.unit, unit), **given), format)


@price_list.command("list")
@as_option
@format_option
@click.pass_obj
def list_(program: Program, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List price lists."""
    at = partner_desk(program, as_)
    from everstock.interfaces.cli.selling.sheets import price_lists

    emit(*price_lists(at.company), format)


@price_list.command()
@click.argument("code")
@as_option
@format_option
@click.pass_obj
def show(program: Program, code: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show the prices of a list. As csv: a file that can be imported again."""
    at = partner_desk(program, as_)
    from everstock.interfaces.cli.selling.sheets import list_facts, prices

    row = at.codes.price_list(code)
    emit_below("price list", row.code, list_facts(row), prices(row), format)
