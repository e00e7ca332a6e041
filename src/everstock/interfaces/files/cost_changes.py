"""Import of a file of cost changes: receipts that turned out to cost something else."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from everstock.core.facts import Kind
from everstock.core.problems import ProblemList
from everstock.core.quantities import (
    LIMIT,
    format_quantity,
    line_value,
    parse_quantity,
    parse_scaled,
    parse_unit_price,
    round_half_up,
)
from everstock.interfaces.files.moments import Days, Moments, Times
from everstock.interfaces.files.movements import (
    NOBODY,
    SOURCE,
    USUAL,
    Options,
    Summary,
    Watcher,
    post_all_or_nothing,
    unknown_columns,
    watched,
)
from everstock.interfaces.files.posting import Poster
from everstock.interfaces.files.reader import Reader
from everstock.interfaces.files.rows import Row
from everstock.interfaces.files.sorting import Sorted
from everstock.ledger.lines import Line
from everstock.ledger.origins import Origin, find_origins
from everstock.ledger.usage import ReceiptTerms, receipt_terms
from everstock.masterdata.bulk import find
from everstock.masterdata.currencies import CURRENCIES
from everstock.masterdata.models import Company

COLUMNS = ("entered_at", "reference", "item", "location", "old_unit_cost", "new_unit_cost")
REQUIRED = ("entered_at", "reference", "new_unit_cost")
_RATE = 10**9
_NOT_GIVEN = -1


def import_cost_changes(
    company: Company, path: Path, *, recorded_at: int, options: Options = USUAL, watcher: Watcher = NOBODY
) -> Summary:
    """Import a file of cost changes in the order of ``entered_at``; ``recorded_at``: now, in microseconds UTC.

    The new cost is per unit and in the currency that the receipt was entered in. Raises ``BadFile`` with every bad line,
    or ``Refusal`` if the file cannot be read; nothing is changed then.
    """
    begun = time.monotonic()
    problems = ProblemList(path.name)
    reader = Reader(path, COLUMNS, REQUIRED, problems)
    changes = _Changes(recorded_at, problems, by_entry=options.by_entry)
    resolver = _Resolver(company, problems)
    names = {"applies_to": "reference"}
    poster = Poster(company.pk, SOURCE, resolver, problems, hold=False, names=names)
    in_order: Sorted[Row] = Sorted(Row._make)
    try:
        in_order.add_all(watched(changes.read, reader, watcher))
        watcher.counted(in_order.count)
        post_all_or_nothing(company, poster, in_order, problems, watcher, dry_run=options.dry_run)
    finally:
        in_order.close()
    warnings = list(unknown_columns(reader))
    if resolver.mismatches:
        listed = ", ".join(map(str, resolver.mismatches[:10])) + (", …" if len(resolver.mismatches) > 10 else "")
        warnings.append(f"Lines whose old unit cost is not that of the receipt: {len(resolver.mismatches)} ({listed}).")
    seconds = time.monotonic() - begun
    return Summary(in_order.count, poster.posted, poster.repeated, {}, warnings, seconds, options.dry_run)


class _Changes:
    """Reads lines of the file into rows. ``quantity`` of a row is the old unit cost, or ``_NOT_GIVEN``."""

    def __init__(self, recorded_at: int, problems: ProblemList, *, by_entry: bool) -> None:
        self._recorded_at = recorded_at
        self._problems = problems
        self._by_entry = by_entry
        self._moments = Moments(Days(), Times())

    def read(self, number: int, cells: tuple[str, ...]) -> Row | None:
        """The row of a line, or ``None`` if something is wrong with it."""
        entered, reference, item, location, old, new = cells
        before = self._problems.total
        at = self._number(number, "entered_at", entered, self._moments.__getitem__)
        if at > self._recorded_at and self._by_entry:
            self._problems.add(number, "entered_at", entered, "lies in the future")
        if not reference:
            self._problems.add(number, "reference", "", "is empty")
        old_cost = self._number(number, "old_unit_cost", old, parse_unit_price) if old else _NOT_GIVEN
        new_cost = self._number(number, "new_unit_cost", new, parse_unit_price)
        if self._problems.total != before:
            return None
        recorded = at if self._by_entry else self._recorded_at
        own = f"{reference}:cost:{entered}"
        return Row(
            *(at, number, Kind.COST_CHANGE.value, recorded, at, item, location, "", "", old_cost, "", None, new_cost),
            *(None, own, reference, "", ()),
        )

    def _number(self, number: int, column: str, text: str, parse: Callable[[str], int]) -> int:
        try:
            return parse(text)
        except ValueError as error:
            self._problems.add(number, column, text, str(error))
            return 0


class _Resolver:
    """Turns rows into lines: the new value of each receipt."""

    asks_ledger = True

    def __init__(self, company: Company, problems: ProblemList) -> None:
        self.mismatches: list[int] = []
        self._company = company
        self._problems = problems
        self._codes: dict[str, dict[str, int]] = {"item": {}, "location": {}}

    def lines(self, rows: Sequence[Row], origins: Mapping[str, Origin]) -> list[tuple[Row, Line]]:
        """The lines of the rows; what cannot be one goes to the problems."""
        self._learn("item", "sku", {row.item for row in rows})
        self._learn("location", "code", {row.location for row in rows})
        terms = receipt_terms(self._company.pk, {row.applies_to for row in rows})
        posted = find_origins(self._company.pk, {row.reference for row in rows})
        made = []
        for row in rows:
            origin = origins.get(row.applies_to)
            if origin is None:
                self._problems.add(row.number, "reference", row.applies_to, "is not the reference of a posted line")
                continue
            value = self._value(row, row.unit_cost or 0, origin, terms[row.applies_to])
            if not self._fits(row, origin, value):
                continue
            if row.reference not in posted:
                self._compare(row, origin, terms[row.applies_to])
                terms[row.applies_to] = terms[row.applies_to]._replace(value=value)
            item = self._codes["item"][row.item] if row.item else origin.item
            made.append(
                (
                    row,
                    Line(
                        Kind.COST_CHANGE,
                        item,
                        row.reference,
                        effective_at=row.effective_at,
                        value=value,
                        applies_to=row.applies_to,
                        number=row.number,
                    ),
                )
            )
        return made

    def _learn(self, table: str, key: str, codes: set[str]) -> None:
        new = codes.difference(self._codes[table], ("",))
        if new:
            self._codes[table] |= find(table, key, self._company, new)

    def _fits(self, row: Row, origin: Origin, value: int) -> bool:
        """Whether item and location, if given, are known and the receipt's, and the new value can be stored."""
        before = self._problems.total
        for column, code in (("item", row.item), ("location", row.location)):
            if code and code not in self._codes[column]:
                self._problems.add(row.number, column, code, f"is not a known {column}")
        if row.location and self._codes["location"].get(row.location, origin.target) != origin.target:
            self._problems.add(row.number, "location", row.location, f"is not where {row.applies_to} came in")
        if value >= LIMIT:
            cost = format_quantity(row.unit_cost or 0)
            self._problems.add(row.number, "new_unit_cost", cost, "makes a value that is too large")
        return self._problems.total == before

    def _compare(self, row: Row, origin: Origin, terms: ReceiptTerms) -> None:
        old = row.quantity
        if old != _NOT_GIVEN and terms.value is not None and self._value(row, old, origin, terms) != terms.value:
            self.mismatches.append(row.number)

    def _value(self, row: Row, unit_cost: int, origin: Origin, terms: ReceiptTerms) -> int:
        """The value of a receipt at a unit cost, in the unit and currency it was entered in."""
        details = terms.details or {}
        quantity = parse_quantity(details["quantity"]) if "quantity" in details else origin.quantity
        home = self._company.currency
        if "rate" not in details:
            return line_value(quantity, unit_cost, home.minor_per_major)
        minor = 10 ** CURRENCIES[details["currency"]][1]
        foreign = line_value(quantity, unit_cost, minor)
        return round_half_up(foreign * parse_scaled(details["rate"], 9) * home.minor_per_major, _RATE * minor)
