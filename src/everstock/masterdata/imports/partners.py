"""Suppliers and customers from a file."""

from pathlib import Path

from django.db import transaction

from everstock.masterdata.actions import currency
from everstock.masterdata.currencies import CURRENCIES
from everstock.masterdata.imports.lines import ImportSummary, Line, read_file
from everstock.masterdata.imports.merge import Kind, Values, existing, merge
from everstock.masterdata.models import Company

_PARTNER = Kind(
    "partner",
    "code",
    types={"name": "text", "is_supplier": "bool", "is_customer": "bool", "currency_id": "text"},
    defaults={"name": "", "is_supplier": False, "is_customer": False, "currency_id": None},
)
_COLUMNS = ("name", "supplier", "customer", "currency")


def import_partners(company: Company, path: Path, *, dry_run: bool = False) -> ImportSummary:
    """Import ``code, name, supplier, customer, currency``.

    ``supplier`` and ``customer`` are yes or no. An empty cell leaves what is there, but an empty currency means the company's.
    """
    file = read_file(path, "code", _COLUMNS, {"is_supplier": "supplier", "is_customer": "customer"})
    wanted = {line.code: _values(line, file.columns) for line in file.lines}
    file.problems.refuse_if_any()
    with transaction.atomic():
        for code in {str(values["currency_id"]) for values in wanted.values() if values.get("currency_id")}:
            currency(code)
        old = existing(_PARTNER, company, wanted)
        done = merge(_PARTNER, company, old, wanted)
        if dry_run:
            transaction.set_rollback(True)
    unchanged = len(wanted) - len(done.created) - len(done.changed)
    return ImportSummary(len(done.created), len(done.changed), unchanged, file.warnings, dry_run)


def _values(line: Line, columns: frozenset[str]) -> Values:
    values: Values = {}
    name = line.name()
    if name:
        values["name"] = name
    for column in ("supplier", "customer"):
        flag = line.flag(column)
        if flag is not None:
            values[f"is_{column}"] = flag
    if "currency" in columns:
        code = line.cells["currency"].upper()
        if code and code not in CURRENCIES:
            line.bad("currency", "is not a known currency")
        values["currency_id"] = code or None
    return values
