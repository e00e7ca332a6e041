"""What hangs on an item: conversions to its base unit, and barcodes."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from everstock.core.problems import Refusal
from everstock.masterdata.bulk import fetch, insert
from everstock.masterdata.imports.lines import Line
from everstock.masterdata.imports.merge import Values
from everstock.masterdata.models import Barcode, Company, Item, ItemUnit

_CHUNK = 5_000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Details:
    """What one line says: unit code to (numerator, denominator) in lowest terms, and barcodes."""

    units: Mapping[str, tuple[int, int]]
    barcodes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written. All by SKU, because the item may not exist yet.

    ``units``: (sku, unit id) to (numerator, denominator), new or changed; ``barcodes``: new code to sku;
    ``rebased``: sku to the unit id that becomes the base unit of an existing item.
    """

    units: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    barcodes: dict[str, str] = field(default_factory=dict)
    rebased: dict[str, int] = field(default_factory=dict)


def plan_details(
    company: Company,
    lines: Sequence[Line],
    details: Mapping[str, Details],
    units: Mapping[str, int],
    old: Mapping[str, Values],
    wanted: Mapping[str, Values],
) -> Plan:
    """Compare the file with what is stored; note what cannot be. ``units``: code to id of all units named."""
    plan = Plan()
    stored = _stored_units(old)
    for line in lines:
        row = old.get(line.code, {})
        base = int(str(wanted[line.code].get("base_unit_id", row.get("base_unit_id"))))
        if row and base != row["base_unit_id"]:
            plan.rebased[line.code] = base
        for code, ratio in details[line.code].units.items():
            if units[code] == base:
                line.bad("units", "is the base unit itself", code)
            elif stored.get(line.code, {}).get(units[code]) != ratio:
                plan.units[line.code, units[code]] = ratio
    _plan_barcodes(company, lines, details, plan)
    _check_rebased(lines, details, units, old, stored, plan)
    return plan


def _stored_units(old: Mapping[str, Values]) -> dict[str, dict[int, tuple[int, int]]]:
    """Return sku to unit id to (numerator, denominator)."""
    skus = {int(str(row["id"])): sku for sku, row in old.items()}
    stored: dict[str, dict[int, tuple[int, int]]] = {}
    for ids in _chunks(skus):
        rows = ItemUnit.objects.filter(item_id__in=ids).values_list("item_id", "unit_id", "numerator", "denominator")
        for item, unit, numerator, denominator in rows:
            stored.setdefault(skus[item], {})[unit] = (numerator, denominator)
    return stored


def _plan_barcodes(company: Company, lines: Sequence[Line], details: Mapping[str, Details], plan: Plan) -> None:
    first: dict[str, Line] = {}
    for line in lines:
        for code in details[line.code].barcodes:
            other = first.setdefault(code, line)
            if other is not line:
                line.bad("barcodes", f"also stands for item {other.code} in line {other.number}", code)
    owners = {
        code: int(str(row["item_id"])) for code, row in fetch("barcode", "code", company, first, ["item_id"]).items()
    }
    skus = _skus(set(owners.values()))
    for code, line in first.items():
        if code not in owners:
            plan.barcodes[code] = line.code
        elif skus[owners[code]] != line.code:
            line.bad("barcodes", f"already stands for item {skus[owners[code]]}", code)


def _skus(items: Collection[int]) -> dict[int, str]:
    skus: dict[int, str] = {}
    for ids in _chunks(items):
        skus.update(Item.objects.filter(pk__in=ids).values_list("pk", "sku"))
    return skus


def _check_rebased(
    lines: Sequence[Line],
    details: Mapping[str, Details],
    units: Mapping[str, int],
    old: Mapping[str, Values],
    stored: Mapping[str, Mapping[int, tuple[int, int]]],
    plan: Plan,
) -> None:
    """Conversions and barcodes in terms of the old base unit must be said anew, or they would silently mean something else."""
    ids = {int(str(old[sku]["id"])): sku for sku in plan.rebased}
    barcodes: dict[str, set[str]] = {}
    for some in _chunks(ids):
        for item, code in Barcode.objects.filter(item_id__in=some, unit=None).values_list("item_id", "code"):
            barcodes.setdefault(ids[item], set()).add(code)
    for line in lines:
        base = plan.rebased.get(line.code)
        if base is None:
            continue
        said = details[line.code]
        if stored.get(line.code, {}).keys() - {base} - {units[code] for code in said.units}:
            line.bad("base_unit", "cannot change unless all conversions to it are given anew in the same line")
        if barcodes.get(line.code, set()).difference(said.barcodes):
            line.bad("base_unit", "cannot change unless all barcodes are given anew in the same line")


def apply_details(company: Company, plan: Plan, ids: Mapping[str, int]) -> set[str]:
    """Write ``plan``; return the SKUs it is about. ``ids``: id of every item of the file."""
    for sku, base in plan.rebased.items():
        ItemUnit.objects.filter(item_id=ids[sku], unit_id=base).delete()
        Barcode.objects.filter(item_id=ids[sku], unit_id=base).update(unit=None)
    ItemUnit.objects.bulk_create(
        (
            ItemUnit(item_id=ids[sku], unit_id=unit, numerator=numerator, denominator=denominator)
            for (sku, unit), (numerator, denominator) in plan.units.items()
        ),
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["item", "unit"],
        update_fields=["numerator", "denominator"],
    )
    codes = sorted(plan.barcodes)
    made = insert(
        "barcode",
        {
            "company_id": ("int", [company.pk] * len(codes)),
            "code": ("text", list(codes)),
            "item_id": ("int", [ids[plan.barcodes[code]] for code in codes]),
        },
        "company_id, code",
    )
    if len(made) < len(codes):
        raise Refusal("file.overtaken", "Somebody else is creating the same barcodes right now.", "Import again.")
    return {sku for sku, _ in plan.units} | set(plan.barcodes.values()) | plan.rebased.keys()


def _chunks(values: Collection[_T]) -> Iterator[list[_T]]:
    rest = iter(values)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
