"""Existing rows, wanted rows, and the statements between them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from everstock.core.problems import Refusal
from everstock.masterdata.bulk import Columns, fetch, insert, update
from everstock.masterdata.models import Company

Values = dict[str, object]
"""Column to value."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of codes: the column of the code, the PostgreSQL type of each other column, the values of a new row."""

    table: str
    key: str
    types: Mapping[str, str]
    defaults: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Merged:
    """Code to id of all rows, and which codes were created and changed."""

    ids: dict[str, int]
    created: frozenset[str]
    changed: frozenset[str]


def existing(kind: Kind, company: Company, codes: Collection[str]) -> dict[str, Values]:
    """Return the rows of ``codes`` that exist: code to ``id`` and the columns of ``kind``."""
    return fetch(kind.table, kind.key, company, codes, ["id", *kind.types])


def merge(kind: Kind, company: Company, old: Mapping[str, Values], wanted: Mapping[str, Values]) -> Merged:
    """Create the rows of ``wanted`` (code to some columns) that are not in ``old``, change those that differ: two statements."""
    new = sorted(wanted.keys() - old.keys())
    changed = {
        code: values for code, values in wanted.items() if code in old and not values.items() <= old[code].items()
    }
    ids = {code: int(str(row["id"])) for code, row in old.items()}
    if new:
        rows = {code: {**kind.defaults, **wanted[code]} for code in new}
        columns: Columns = {
            "company_id": ("int", [company.pk] * len(new)),
            kind.key: ("text", list(new)),
            **{name: (kind.types[name], [rows[code][name] for code in new]) for name in kind.types},
        }
        ids |= {str(code): pk for _, code, pk in insert(kind.table, columns, f"company_id, {kind.key}")}
    if not wanted.keys() <= ids.keys():
        raise Refusal("file.overtaken", "Somebody else is creating the same codes right now.", "Import again.")
    if changed:
        names = sorted(set().union(*changed.values()))
        columns = {
            name: (kind.types[name], [{**old[code], **values}[name] for code, values in changed.items()])
            for name in names
        }
        update(kind.table, [ids[code] for code in changed], columns)
    return Merged(ids, frozenset(new), frozenset(changed))
