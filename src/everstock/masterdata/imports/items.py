"""Items from a file, with their units and barcodes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path

from django.db import transaction

from everstock.core.quantities import parse_quantity, parse_unit_price
from everstock.masterdata.actions import ensure_categories, ensure_units
from everstock.masterdata.bulk import find
from everstock.masterdata.codes import code_problem
from everstock.masterdata.defaults import DEFAULT_UNIT
from everstock.masterdata.imports.item_details import Details, apply_details, plan_details
from everstock.masterdata.imports.lines import File, ImportSummary, Line, named, read_file
from everstock.masterdata.imports.merge import Kind, Values, existing, merge
from everstock.masterdata.models import Company, Tracking

_ITEM = Kind(
    "item",
    "sku",
    types={
        "name": "text",
        "category_id": "int",
        "base_unit_id": "int",
        "tracking": "text",
        "standard_cost": "bigint",
        "weight": "bigint",
        "volume": "bigint",
        "active": "bool",
    },
    defaults={
        "name": "",
        "category_id": None,
        "tracking": Tracking.NONE.value,
        "standard_cost": None,
        "weight": None,
        "volume": None,
        "active": True,
    },
)
_COLUMNS = ("name", "category", "base_unit", "tracking", "standard_cost", "barcodes", "units", "weight", "volume")
_ALIASES = {"barcode": "barcodes", "unit": "base_unit", "item": "sku", "code": "sku"}
_FROZEN = {"base_unit_id": "base_unit", "tracking": "tracking", "standard_cost": "standard_cost"}
"""What cannot change once there are movements, because recorded quantities and costs depend on it."""


@dataclass(frozen=True, slots=True)
class _Codes:
    """Ids of the units and categories the file names, by code."""

    units: Mapping[str, int]
    categories: Mapping[str, int]


def import_items(
    company: Company,
    path: Path,
    *,
    has_movements: Callable[[Collection[int]], set[int]],
    dry_run: bool = False,
    strict: bool = False,
) -> ImportSummary:
    """Import ``sku, name, category, base_unit, tracking, standard_cost, barcode, units, weight (kg), volume (m³)``.

    ``units`` lists conversions to the base unit, ``box=12;pallet=480;piece=1/3``; several barcodes are separated by space or
    semicolon. Both add and change, and never remove. An empty cell of name, base unit or tracking leaves what is there, of any
    other column it means none. Unknown categories and units are created, or with ``strict`` refused.
    ``has_movements`` tells which item ids have movements: their base unit, tracking and standard cost cannot change.
    """
    file = read_file(path, "sku", _COLUMNS, _ALIASES)
    details = {line.code: _details(line) for line in file.lines}
    with transaction.atomic():
        codes, warnings = _codes(company, file, details, strict=strict)
        wanted = {line.code: _values(line, file.columns, codes) for line in file.lines}
        old = existing(_ITEM, company, wanted)
        for sku in wanted.keys() - old.keys():
            wanted[sku].setdefault("base_unit_id", codes.units[DEFAULT_UNIT[0]])
        _check_frozen(file.lines, old, wanted, has_movements)
        plan = plan_details(company, file.lines, details, codes.units, old, wanted)
        file.problems.refuse_if_any()
        done = merge(_ITEM, company, old, wanted)
        touched = apply_details(company, plan, done.ids)
        if dry_run:
            transaction.set_rollback(True)
    updated = len((done.changed | touched) - done.created)
    unchanged = len(wanted) - len(done.created) - updated
    return ImportSummary(len(done.created), updated, unchanged, file.warnings + warnings, dry_run)


def _details(line: Line) -> Details:
    units: dict[str, tuple[int, int]] = {}
    for text in line.cells.get("units", "").replace(";", " ").split():
        code, equals, factor = text.rpartition("=")
        ratio = _ratio(line, text, factor) if equals else None
        problem = code_problem(code) if equals else "is not of the form box=12"
        if problem:
            line.bad("units", problem, text)
        elif code in units:
            line.bad("units", "appears twice", text)
        elif ratio:
            units[code] = ratio
    barcodes = dict.fromkeys(line.cells.get("barcodes", "").replace(";", " ").split())
    for code in barcodes:
        problem = code_problem(code)
        if problem:
            line.bad("barcodes", problem, code)
    return Details(units, tuple(barcodes))


def _ratio(line: Line, text: str, factor: str) -> tuple[int, int] | None:
    numerator, slash, denominator = factor.partition("/")
    try:
        pair = (parse_quantity(numerator), parse_quantity(denominator) if slash else 1_000_000)
    except ValueError as error:
        line.bad("units", str(error), text)
        return None
    if not all(pair):
        line.bad("units", "must be above zero", text)
        return None
    common = gcd(*pair)
    return pair[0] // common, pair[1] // common


def _codes(
    company: Company, file: File, details: Mapping[str, Details], *, strict: bool
) -> tuple[_Codes, tuple[str, ...]]:
    """Look up every unit and category the file names; create the unknown ones or, with ``strict``, note them."""
    units: dict[str, list[tuple[Line, str]]] = {DEFAULT_UNIT[0]: []}
    categories: dict[str, list[tuple[Line, str]]] = {}
    for line in file.lines:
        base = line.reference("base_unit")
        category = line.reference("category")
        for code in details[line.code].units:
            units.setdefault(code, []).append((line, "units"))
        if base:
            units.setdefault(base, []).append((line, "base_unit"))
        if category:
            categories.setdefault(category, []).append((line, "category"))
    new_units = units.keys() - find("unit", "code", company, units.keys()).keys()
    new_categories = categories.keys() - find("item_category", "code", company, categories.keys()).keys()
    if strict:
        for uses, new, what in ((units, new_units, "unit"), (categories, new_categories, "category")):
            for code in new:
                for line, column in uses[code]:
                    line.bad(column, f"is not a known {what}", code)
    found = _Codes(
        ensure_units(company=company, codes=units.keys()), ensure_categories(company=company, codes=categories.keys())
    )
    warnings = tuple(
        f"Created {what}: {named(new)}." for what, new in (("units", new_units), ("categories", new_categories)) if new
    )
    return found, warnings


def _values(line: Line, columns: frozenset[str], codes: _Codes) -> Values:
    values: Values = {}
    name, tracking = line.name(), line.word("tracking", Tracking)
    base_unit = codes.units.get(line.cells.get("base_unit", ""))
    if name:
        values["name"] = name
    if tracking:
        values["tracking"] = tracking
    if base_unit is not None:
        values["base_unit_id"] = base_unit
    if "category" in columns:
        values["category_id"] = codes.categories.get(line.cells["category"])
    for column, parse in (("standard_cost", parse_unit_price), ("weight", parse_quantity), ("volume", parse_quantity)):
        if column in columns:
            values[column] = line.number_of(column, parse)
    return values


def _check_frozen(
    lines: Sequence[Line],
    old: Mapping[str, Values],
    wanted: Mapping[str, Values],
    has_movements: Callable[[Collection[int]], set[int]],
) -> None:
    changes = {
        int(str(old[line.code]["id"])): (line, fields)
        for line in lines
        if line.code in old
        and (fields := [f for f in _FROZEN if wanted[line.code].get(f, old[line.code][f]) != old[line.code][f]])
    }
    for key in sorted(has_movements(changes.keys()) if changes else ()):
        line, fields = changes[key]
        for field in fields:
            remedy = "; post a revaluation instead" if field == "standard_cost" else ""
            line.bad(_FROZEN[field], f"cannot change: the item has movements{remedy}")
