"""Places from a file: a tree, given by parents' codes in any order."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from django.db import transaction

from everstock.core.posting import STOCK_KINDS, LocationKind
from everstock.masterdata.defaults import VIRTUAL_LOCATIONS
from everstock.masterdata.imports.lines import File, ImportSummary, Line, named, read_file
from everstock.masterdata.imports.merge import Kind, Values, merge
from everstock.masterdata.models import Company, Location, Purpose

_LOCATION = Kind(
    "location",
    "code",
    types={"name": "text", "kind": "text", "purpose": "text", "parent_id": "int", "active": "bool"},
    defaults={"name": "", "parent_id": None, "active": True},
)
_COLUMNS = ("name", "kind", "parent", "purpose")
_RESERVED = {code: kind for kind, (code, _) in VIRTUAL_LOCATIONS.items()}

Places = dict[str, tuple[str | None, str]]
"""Code to (parent's code, kind)."""


def import_locations(
    company: Company,
    path: Path,
    *,
    has_movements: Callable[[Collection[int]], set[int]],
    dry_run: bool = False,
    strict: bool = False,
) -> ImportSummary:
    """Import ``code, name, kind, parent, purpose``.

    New places are internal unless ``kind`` says otherwise; their purpose is warehouse at the top of the tree and bin below.
    An empty parent means the top; a parent that is neither in the file nor known is created there, or with ``strict`` refused.
    ``has_movements`` tells which location ids have movements: their kind and their warehouse cannot change, because
    the cost of what lies there would.
    """
    file = read_file(path, "code", _COLUMNS, {})
    rows = Location.objects.filter(company=company).values("id", "code", *_LOCATION.types)
    old: dict[str, Values] = {str(row["code"]): dict(row) for row in rows}
    before = _places(old)
    after, orphans = _planned(file, before, strict=strict)
    wanted = {line.code: _values(line, old.get(line.code), after) for line in file.lines}
    _check_tree(file, before, after)
    _check_movements(file, old, before, after, has_movements)
    file.problems.refuse_if_any()
    top: dict[str, Values] = {
        code: {"kind": LocationKind.INTERNAL.value, "purpose": Purpose.WAREHOUSE.value} for code in orphans
    }
    with transaction.atomic():
        done = merge(_LOCATION, company, old, top | wanted)
        parents: dict[str, Values] = {}
        for code in wanted:
            parent = after[code][0]
            parents[code] = {"parent_id": done.ids[parent] if parent else None}
        state = {code: {"parent_id": None, **old.get(code, {}), "id": key} for code, key in done.ids.items()}
        moved = merge(_LOCATION, company, state, parents)
        if dry_run:
            transaction.set_rollback(True)
    created = len(done.created) - len(orphans)
    updated = len((done.changed | moved.changed) - done.created)
    warnings = file.warnings + _about(orphans)
    return ImportSummary(created, updated, len(wanted) - created - updated, warnings, dry_run)


def _about(orphans: Collection[str]) -> tuple[str, ...]:
    return (f"Created as warehouses: {named(orphans)}.",) if orphans else ()


def _places(old: Mapping[str, Values]) -> Places:
    codes = {row["id"]: code for code, row in old.items()}
    return {code: (codes.get(row["parent_id"]), str(row["kind"])) for code, row in old.items()}


def _planned(file: File, before: Places, *, strict: bool) -> tuple[Places, set[str]]:
    """Return the places as they would be, and the codes of parents that exist nowhere."""
    after = dict(before)
    asked: list[tuple[Line, str]] = []
    for line in file.lines:
        parent, kind = before.get(line.code, (None, LocationKind.INTERNAL.value))
        if "parent" in file.columns:
            parent = line.reference("parent") or None
            if parent:
                asked.append((line, parent))
        after[line.code] = (parent, line.word("kind", LocationKind) or kind)
    orphans: set[str] = set()
    for line, parent in asked:
        if parent not in after:
            if strict:
                line.bad("parent", "is not a known location")
            orphans.add(parent)
    return after | dict.fromkeys(orphans, (None, LocationKind.INTERNAL.value)), orphans


def _values(line: Line, old: Values | None, after: Places) -> Values:
    """Return the row's values, without the parent, whose id may not exist yet."""
    parent, kind = after[line.code]
    values: Values = {"kind": kind}
    name = line.name()
    if name:
        values["name"] = name
    purpose = line.word("purpose", Purpose)
    if purpose and kind not in STOCK_KINDS:
        line.bad("purpose", f"is for places that hold stock, not for kind {kind}")
    if not purpose and old is not None and kind in STOCK_KINDS:
        purpose = str(old["purpose"])
    if not purpose and kind == LocationKind.INTERNAL:
        purpose = Purpose.BIN if parent else Purpose.WAREHOUSE
    values["purpose"] = str(purpose)
    return values


def _path(places: Places, code: str | None) -> list[str]:
    """Return ``code`` and its parents up to the top, or up to where it goes in a circle."""
    path: list[str] = []
    while code is not None and code in places and code not in path:
        path.append(code)
        code = places[code][0]
    return path


def _check_tree(file: File, before: Places, after: Places) -> None:
    for line in file.lines:
        parent, kind = after[line.code]
        if parent and line.code in _path(after, parent):
            line.bad("parent", "lies inside this location")
        reserved = _RESERVED.get(line.code)
        if line.code in before and reserved and kind != reserved:
            line.bad("kind", f"cannot change: {line.code} is the company's own location of kind {reserved}")


def _warehouse(places: Places, code: str) -> tuple[str, str]:
    """Return the kind and the code of the topmost ancestor of the same kind."""
    kind = places[code][1]
    return kind, [place for place in _path(places, code) if places[place][1] == kind][-1]


def _check_movements(
    file: File,
    old: Mapping[str, Values],
    before: Places,
    after: Places,
    has_movements: Callable[[Collection[int]], set[int]],
) -> None:
    """Refuse moving a place with movements, or a place around it, to another warehouse or kind."""
    changed = {line.code: line for line in file.lines if before.get(line.code) not in {None, after[line.code]}}
    if not changed:
        return
    affected = {
        int(str(row["id"])): code for code, row in old.items() if _warehouse(before, code) != _warehouse(after, code)
    }
    for key in sorted(has_movements(affected.keys()) if affected else ()):
        code = affected[key]
        cause = next(place for place in _path(after, code) + _path(before, code) if place in changed)
        column = "parent" if before[cause][0] != after[cause][0] else "kind"
        changed[cause].bad(column, f"cannot change: location {code} has movements")
