"""Lines of orders as they are typed, whether we buy or sell."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from everstock.core.quantities import SCALE
from everstock.interfaces.cli.acting import perhaps
from everstock.interfaces.cli.words import Entry, EntryType

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.operations.documents.changes import LineChange
    from everstock.operations.documents.lines import OrderLine


class NumberedType(EntryType):
    """A line by its number; anything else before the quantity is wrong usage."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Entry:
        entry = super().convert(value, param, ctx)
        if not entry.name.isdecimal() or entry.unit:
            self.fail(f"“{entry.name}” is not the number of a line.", param, ctx)
        return entry


WANTED = EntryType("ITEM=QUANTITY[UNIT][@PRICE][-DISCOUNT%]")
CHANGED = NumberedType("LINE[=QUANTITY][@PRICE][-DISCOUNT%]")


def order_lines(
    at: "Desk", entries: Sequence[Entry], charges: Sequence[tuple[str, int]], tax: str | None
) -> list["OrderLine"]:
    """Return lines of an order as they were typed; refused: ``item.unknown``, ``unit.unknown``, ``tax.unknown``."""
    from everstock.operations.documents.lines import OrderLine

    tax_code = perhaps(at.codes.tax, tax)
    lines = [
        OrderLine(
            entry.quantity or 0,
            item=at.codes.item(entry.name),
            unit=perhaps(at.codes.unit, entry.unit or None),
            unit_price=entry.price,
            discount=entry.discount or 0,
            tax_code=tax_code,
        )
        for entry in entries
    ]
    return lines + [OrderLine(SCALE, description=text, unit_price=price, tax_code=tax_code) for text, price in charges]


def line_changes(at: "Desk", order: int, lines: Sequence[Entry], expected: dt.date | None) -> "list[LineChange]":
    """Return what changes on lines of an order as it was typed; ``expected``: on the lines named, or if none is, on all goods."""
    from everstock.operations.documents.changes import LineChange
    from everstock.operations.documents.read import read

    if lines:
        return [LineChange(int(entry.name), entry.quantity, entry.price, entry.discount, expected) for entry in lines]
    if expected is None:
        return []
    from everstock.operations.sales.kits import part_of

    lines_of = read(at.company.pk, [order]).lines[order]
    goods = [line.line for line in lines_of if line.item is not None and part_of(line) is None]
    return [LineChange(line, expected_on=expected) for line in goods]
