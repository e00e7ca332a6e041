"""``everstock supplier``: what was agreed with suppliers, what they sell, at which prices."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import click

from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.acting import as_option, closed_option, desk, now, partner_desk, perhaps, repeated, today
from everstock.interfaces.cli.output import emit, emit_below, format_option, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import DAY, HOLIDAY, NUMBER, PERCENT
from everstock.operations.documents.incoterms import Incoterm


@click.group()
def supplier() -> None:
    """Suppliers: terms, the items they sell, their prices by quantity and day.

    Suppliers themselves are brought in by `everstock import partners`.

    \b
    Examples:
      everstock supplier terms SMITH --payment-days 30 --lead-time 7 --price-tolerance 1
      everstock supplier item SMITH BOLT --code S-4711 --unit box --minimum 5
      everstock supplier price SMITH BOLT 11.50 --from-quantity 10
      everstock supplier show SMITH
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@supplier.command()
@click.argument("code")
@click.option("--payment-days", type=int, metavar="DAYS", help="Days from the invoice until it is due.")
@click.option(
    "--discount-days", type=int, metavar="DAYS", help="Days from the invoice in which a cash discount may be taken."
)
@click.option("--discount", type=PERCENT, metavar="PERCENT", help="The cash discount for who pays in these days.")
@click.option("--incoterm", type=click.Choice([term.value for term in Incoterm]), metavar="CODE", help="Such as FOB.")
@click.option("--lead-time", type=int, metavar="DAYS", help="Promised: calendar days from the order to the goods.")
@click.option("--over-tolerance", type=PERCENT, metavar="PERCENT", help="How much more than ordered may be received.")
@click.option("--under-tolerance", type=PERCENT, metavar="PERCENT", help="How much less than ordered is enough.")
@click.option("--price-tolerance", type=PERCENT, metavar="PERCENT", help="How much an invoice's price may differ.")
@closed_option
@click.option("--tax", metavar="CODE", help="Tax code of lines that name none.")
@repeated("--holiday", "holidays", "DATE[=NAME]", "A day without work.", of=HOLIDAY)
@as_option
@click.pass_obj
def terms(
    program: Program,
    /,
    code: str,
    tax: str | None,
    holidays: Sequence[tuple[dt.date, str]],
    as_: str | None,
    **given: Any,
) -> None:
    """Say what was agreed with the supplier CODE. What is left out stays as it is.

    \b
    Example:
      everstock supplier terms SMITH --payment-days 30 --incoterm FOB --lead-time 21 \\
        --over-tolerance 2 --price-tolerance 1 --closed sat,sun --holiday 2026-12-25=Christmas
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from django.db import transaction

    from everstock.operations.purchasing.suppliers import add_holidays, set_terms

    partner = at.codes.supplier(code).pk
    tax_code = perhaps(at.codes.tax, tax)
    moment = now()
    with transaction.atomic():
        set_terms(at.actor, supplier=partner, tax_code=tax_code, recorded_at=moment, **given)
        if holidays:
            add_holidays(at.actor, supplier=partner, days=dict(holidays), recorded_at=moment)
    say(f"Kept the terms of {code}.")


@supplier.command()
@click.argument("code")
@click.argument("sku", metavar="ITEM")
@click.option("--code", "their_code", default="", metavar="TEXT", help="The supplier's code of the item.")
@click.option("--barcode", default="", metavar="TEXT", help="The supplier's barcode of the item.")
@click.option("--unit", metavar="CODE", help="Unit in which it is sold, and priced; default: the base unit.")
@click.option("--minimum", "minimum_quantity", type=NUMBER, default=0, metavar="QUANTITY", help="Least quantity.")
@click.option("--multiple", type=NUMBER, default=0, metavar="QUANTITY", help="Sold in multiples of this.")
@click.option("--lead-time", type=int, metavar="DAYS", help="Of this item; default: the supplier's.")
@click.option("--preferred", is_flag=True, help="Buy the item here first.")
@as_option
@click.pass_obj
def item(
    program: Program, /, code: str, sku: str, their_code: str, unit: str | None, as_: str | None, **given: Any
) -> None:
    """Say how the supplier CODE sells ITEM. Replaces what was said of it; prices stay.

    \b
    Example:
      everstock supplier item SMITH BOLT --code S-4711 --unit box --minimum 5 --multiple 5 --preferred
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.purchasing.suppliers import set_supplier_item

    set_supplier_item(
        at.actor,
        supplier=at.codes.supplier(code).pk,
        item=at.codes.item(sku),
        code=their_code,
        unit=perhaps(at.codes.unit, unit),
        recorded_at=now(),
        **given,
    )
    say(f"{code} sells {sku}{f' by the {unit}' if unit else ''}.")


@supplier.command()
@click.argument("code")
@click.argument("sku", metavar="ITEM")
@click.argument("price", type=NUMBER)
@click.option("--from-quantity", type=NUMBER, default=0, metavar="QUANTITY", help="From so many of its unit on.")
@click.option(
    "--from", "valid_from", type=DAY, default=today, show_default="today", metavar="DATE", help="First day it holds."
)
@click.option("--to", "valid_to", type=DAY, metavar="DATE", help="Last day; default: until further notice.")
@click.option("--currency", metavar="CODE", help="Default: the supplier's, else the company's.")
@as_option
@click.pass_obj
def price(
    program: Program, /, code: str, sku: str, price: int, as_: str | None, valid_from: dt.date, **given: Any
) -> None:
    """Set the PRICE at which the supplier CODE sells ITEM, for one of the unit in which it is sold there.

    Orders that name no price take the one that holds on their day for their quantity.

    \b
    Example:
      everstock supplier price SMITH BOLT 11.50 --from-quantity 10 --from 2026-01-01
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.purchasing.suppliers import set_price

    row = set_price(
        at.actor,
        supplier=at.codes.supplier(code).pk,
        item=at.codes.item(sku),
        unit_price=price,
        valid_from=valid_from,
        recorded_at=now(),
        **given,
    )
    least = f" from {format_quantity(row.from_quantity)} on" if row.from_quantity else ""
    say(f"{code} sells {sku} at {format_quantity(price)} {row.currency_id}{least}, from {valid_from} on.")


@supplier.command("list")
@as_option
@format_option
@click.pass_obj
def list_(program: Program, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List suppliers with their terms."""
    at = partner_desk(program, as_)
    from everstock.interfaces.cli.buying.supplier_sheets import suppliers

    emit(*suppliers(at.company), format)


@supplier.command()
@click.argument("code")
@as_option
@format_option
@click.pass_obj
def show(program: Program, code: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show a supplier: terms, items and prices. As csv or json: the items with their prices."""
    at = partner_desk(program, as_)
    from everstock.interfaces.cli.buying.supplier_sheets import offers, terms_of

    partner = at.codes.supplier(code)
    emit_below("supplier", partner.code, terms_of(partner), offers(partner, prices=at.actor.sees_costs), format)
