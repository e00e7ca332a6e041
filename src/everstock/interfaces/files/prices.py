"""Import of a file of selling prices into a price list: all lines, or none."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from everstock.core.quantities import parse_quantity, parse_scaled, parse_unit_price
from everstock.masterdata.bulk import find
from everstock.masterdata.imports.lines import ImportSummary, Line, read_file
from everstock.masterdata.models import Company
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.price_lists import NewPrice, flaws, set_prices

COLUMNS = ("category", "unit", "from_quantity", "price", "discount", "valid_from", "valid_to")
_ALIASES = {"sku": "item", "unit_price": "price", "from": "valid_from", "to": "valid_to", "quantity": "from_quantity"}


class _Ids(NamedTuple):
    """What the file names, by code."""

    item: Mapping[str, int]
    category: Mapping[str, int]
    unit: Mapping[str, int]


def import_prices(
    actor: Actor,
    company: Company,
    path: Path,
    *,
    price_list: int,
    valid_from: dt.date,
    recorded_at: int,
    dry_run: bool = False,
) -> ImportSummary:
    """Import ``item, category, unit, from_quantity, price, discount, valid_from, valid_to``: CSV or the first sheet of a workbook.

    Each line is a price (or a discount, in percent) of an item or a category. ``valid_from``: for lines that name no first day.

    Refused: ``permission.missing``, ``price_list.unknown``, a file that cannot be read, and as ``BadFile`` one with any bad line.
    """
    require(actor, Permission.PRICE_CHANGE)
    file = read_file(path, "item", COLUMNS, _ALIASES, repeated=True)
    ids = _Ids(
        find("item", "sku", company, _named(file.lines, "item")),
        find("item_category", "code", company, _named(file.lines, "category")),
        find("unit", "code", company, _named(file.lines, "unit")),
    )
    found: list[tuple[Line, NewPrice]] = []
    for line in file.lines:
        before = file.problems.total
        price = _price(line, ids, valid_from)
        if file.problems.total == before:
            found.append((line, price))
    prices = [price for _, price in found]
    with transaction.atomic():
        for flaw in flaws(actor.company_id, price_list, prices):
            found[flaw.position][0].bad(flaw.column, flaw.reason)
        file.problems.refuse_if_any()
        done = set_prices(actor, price_list=price_list, prices=prices, recorded_at=recorded_at)
        if dry_run:
            transaction.set_rollback(True)
    return ImportSummary(done.created, done.updated, done.unchanged, file.warnings, dry_run)


def _named(lines: Sequence[Line], column: str) -> set[str]:
    return {line.cells.get(column, "") for line in lines} - {""}


def _price(line: Line, ids: _Ids, valid_from: dt.date) -> NewPrice:
    """The price a line sets; what cannot be read in it is noted."""
    for column, known in ids._asdict().items():
        code = line.cells.get(column, "")
        if code and code not in known:
            line.bad(column, f"is not a known {column}")
    return NewPrice(
        item=ids.item.get(line.cells["item"]),
        category=ids.category.get(line.cells.get("category", "")),
        unit=ids.unit.get(line.cells.get("unit", "")),
        from_quantity=line.number_of("from_quantity", parse_quantity) or 0,
        unit_price=line.number_of("price", parse_unit_price),
        discount=line.number_of("discount", _percent),
        valid_from=_day(line, "valid_from") or valid_from,
        valid_to=_day(line, "valid_to"),
    )


def _percent(text: str) -> int:
    return parse_scaled(text.removesuffix("%"), 4)


def _day(line: Line, column: str) -> dt.date | None:
    text = line.cells.get(column, "")
    try:
        if text and len(text) != 10:
            raise ValueError
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        line.bad(column, "is not a day such as 2026-01-31")
        return None
