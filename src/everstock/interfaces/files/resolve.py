"""Codes of rows to ids: looked up once, created where they are unknown, and rows to lines of the ledger."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, NoReturn

from everstock.core.facts import INBOUND, ON_HAND_VALUE, RECEIPT_VALUE, Kind
from everstock.core.problems import ProblemList
from everstock.core.quantities import format_quantity, round_half_up
from everstock.core.units import convert
from everstock.interfaces.files.rows import Row
from everstock.ledger.lines import Line
from everstock.ledger.origins import Origin
from everstock.ledger.usage import settings_changed
from everstock.masterdata.actions import ensure_items, ensure_locations, ensure_lots, ensure_partners
from everstock.masterdata.bulk import find, find_lots
from everstock.masterdata.models import Company, Item, ItemUnit

_KINDS = {kind.value: kind for kind in Kind}
_RECEIPT_VALUE = frozenset(kind.value for kind in RECEIPT_VALUE)
_ON_HAND_VALUE = frozenset(kind.value for kind in ON_HAND_VALUE)
_INBOUND = frozenset(kind.value for kind in INBOUND)
_SUPPLIER = frozenset({Kind.RECEIPT.value, Kind.RETURN_OUT.value})
_CUSTOMER = frozenset({Kind.ISSUE.value, Kind.RETURN_IN.value})
_CREATE = "; create it first, or leave --strict out"


class _Unusable(Exception):
    """A row that cannot be a line; why is among the problems."""


class _Item(NamedTuple):
    """An item as rows need it. ``units``: code to (numerator, denominator) of its base unit."""

    id: int
    base: str
    units: Mapping[str, tuple[int, int]]


class _Based(NamedTuple):
    """The numbers of a row in the item's base unit."""

    quantity: int
    unit_cost: int | None
    unit_price: int | None


class Resolver:
    """Turns rows into lines, chunk by chunk. ``created`` counts what came into being, by table."""

    asks_ledger = False

    def __init__(self, company: Company, problems: ProblemList, *, strict: bool) -> None:
        self.created = {"items": 0, "locations": 0, "partners": 0, "lots": 0}
        self._company = company
        self._minor_per_major = company.currency.minor_per_major
        self._problems = problems
        self._strict = strict
        self._items: dict[str, _Item] = {}
        self._locations: dict[str, int] = {}
        self._partners: dict[tuple[str, str], int] = {}
        self._lots: dict[tuple[int, str], int] = {}

    def lines(self, rows: Sequence[Row], origins: Mapping[str, Origin]) -> list[tuple[Row, Line]]:
        """The lines of the rows; what cannot be one goes to the problems. ``origins``: those known already, by reference."""
        self._learn(rows)
        made: list[tuple[Row, Line]] = []
        here: dict[str, Line] = {}
        linked = any(row.kind in _RECEIPT_VALUE for row in rows)
        for row in rows:
            try:
                line = self._receipt_value(row, origins, here) if row.kind in _RECEIPT_VALUE else self._line(row)
            except _Unusable:
                continue
            made.append((row, line))
            if linked:
                here[row.reference] = line
        return made

    def _bad(self, row: Row, column: str, value: str, reason: str) -> NoReturn:
        self._problems.add(row.number, column, value, reason)
        raise _Unusable

    def _line(self, row: Row) -> Line:
        item = self._items.get(row.item)
        location = self._locations.get(row.location)
        if item is None or location is None:
            self._unknown(row)
        if row.uom and row.uom != item.base:
            quantity, unit_cost, unit_price = self._in_base_unit(row, item)
        else:
            quantity, unit_cost, unit_price = row.quantity, row.unit_cost, row.unit_price
        to_location = partner = lot = None
        if row.to_location:
            to_location = self._locations.get(row.to_location)
            if to_location is None:
                self._unknown(row)
        if row.partner:
            partner = self._partners.get((row.partner, _role(row.kind)))
            if partner is None:
                self._unknown(row)
        if row.lot:
            lot = self._lots[item.id, row.lot]
        return Line(
            _KINDS[row.kind],
            item.id,
            row.reference,
            quantity,
            location,
            to_location,
            lot,
            row.effective_at,
            row.value,
            unit_cost if row.kind in _ON_HAND_VALUE else None,
            row.applies_to or None,
            unit_price,
            partner,
            None,
            None,
            self._details(row, item) if row.details or row.uom else None,
            row.number,
        )

    def _unknown(self, row: Row) -> NoReturn:
        """Say which of its codes made a row useless."""
        named = (("item", row.item, self._items), ("location", row.location, self._locations))
        for column, code, known in (*named, ("to_location", row.to_location, self._locations)):
            if code and code not in known:
                what = column.removeprefix("to_")
                self._problems.add(row.number, column, code, f"is not a known {what}{_CREATE}")
        if row.partner and (row.partner, _role(row.kind)) not in self._partners:
            self._problems.add(row.number, "partner", row.partner, f"is not a known partner{_CREATE}")
        raise _Unusable

    def _receipt_value(self, row: Row, origins: Mapping[str, Origin], here: Mapping[str, Line]) -> Line:
        """A line that applies to a receipt: item and quantity are the receipt's."""
        origin = origins.get(row.applies_to) or here.get(row.applies_to)
        if origin is None:
            self._bad(row, "applies_to", row.applies_to, "is not the reference of a line posted before")
        given = self._items.get(row.item) if row.item else None
        location = self._locations.get(row.location) if row.location else None
        if (row.item and given is None) or (row.location and location is None):
            self._unknown(row)
        value = row.value
        if value is None:
            assert row.unit_cost is not None
            numerator, denominator = 1, 1
            if row.uom and given is not None and row.uom != given.base:
                if row.uom not in given.units:
                    self._no_conversion(row, given)
                numerator, denominator = given.units[row.uom]
            product = origin.quantity * denominator * row.unit_cost * self._minor_per_major
            value = round_half_up(product, numerator * 10**12)
        return Line(
            _KINDS[row.kind],
            origin.item if given is None else given.id,
            row.reference,
            0,
            location,
            effective_at=row.effective_at,
            value=value,
            applies_to=row.applies_to,
            details=_json(row.details) if row.details else None,
            number=row.number,
        )

    # --- units

    def _in_base_unit(self, row: Row, item: _Item) -> _Based:
        ratio = item.units.get(row.uom)
        if ratio is None:
            self._no_conversion(row, item)
        numerator, denominator = ratio
        try:
            quantity = convert(row.quantity, numerator, denominator)
        except ValueError as error:
            self._bad(row, "quantity", format_quantity(row.quantity), f"in {row.uom} {error}")
        cost, price = (
            None if amount is None else round_half_up(amount * denominator, numerator)
            for amount in (row.unit_cost, row.unit_price)
        )
        return _Based(quantity, cost, price)

    def _no_conversion(self, row: Row, item: _Item) -> NoReturn:
        reason = (
            f"has no conversion to {item.base}, the base unit of item {row.item}; "
            f"add one with `everstock import items` (column units, such as {row.uom}=12)"
        )
        self._bad(row, "uom", row.uom, reason)

    @staticmethod
    def _details(row: Row, item: _Item) -> str | None:
        details = row.details
        if row.uom and row.uom != item.base and row.kind not in _ON_HAND_VALUE:
            details = (*details, "uom", row.uom, "quantity", format_quantity(row.quantity))
        return _json(details) if details else None

    # --- codes

    def _learn(self, rows: Sequence[Row]) -> None:
        """Look up or create whatever the rows name for the first time."""
        new_items = {row.item for row in rows}.difference(self._items, ("",))
        if new_items:
            self._learn_items(rows, new_items)
        named = {row.location for row in rows} | {row.to_location for row in rows}
        new_locations = named.difference(self._locations, ("",))
        if new_locations:
            self._learn_locations(new_locations)
        partners = {(row.partner, _role(row.kind)) for row in rows if row.partner}.difference(self._partners)
        if partners:
            self._learn_partners(partners)
        lots = {(self._items[row.item].id, row.lot) for row in rows if row.lot and row.item in self._items}.difference(
            self._lots
        )
        if lots:
            known = find_lots(lots)
            self._lots |= known if len(known) == len(lots) else ensure_lots(lots=lots)
            self.created["lots"] += len(lots) - len(known)

    def _learn_items(self, rows: Iterable[Row], new: set[str]) -> None:
        first: dict[str, Row] = {}
        for row in rows:
            if row.item in new and row.kind not in _RECEIPT_VALUE:
                first.setdefault(row.item, row)
        known = find("item", "sku", self._company, new)
        missing = first.keys() - known.keys()
        if missing and not self._strict:
            ensure_items(
                company=self._company,
                skus=missing,
                base_units={sku: first[sku].uom for sku in missing if first[sku].uom},
                lot_tracked={sku for sku in missing if first[sku].lot},
            )
            self.created["items"] += len(missing)
        found = Item.objects.filter(company=self._company, sku__in=new).values_list("sku", "id", "base_unit__code")
        by_id = {key: (sku, base) for sku, key, base in found}
        units: dict[int, dict[str, tuple[int, int]]] = {}
        conversions = ItemUnit.objects.filter(item_id__in=by_id).values_list(
            "item_id", "unit__code", "numerator", "denominator"
        )
        for key, code, numerator, denominator in conversions:
            units.setdefault(key, {})[code] = (numerator, denominator)
        self._items |= {sku: _Item(key, base, units.get(key, {})) for key, (sku, base) in by_id.items()}

    def _learn_locations(self, new: Collection[str]) -> None:
        known = find("location", "code", self._company, new)
        if len(known) < len(new) and not self._strict:
            self.created["locations"] += len(new) - len(known)
            known = ensure_locations(company=self._company, codes=new)
            settings_changed(self._company.pk)
        self._locations |= known

    def _learn_partners(self, new: Collection[tuple[str, str]]) -> None:
        known = find("partner", "code", self._company, {code for code, _ in new})
        for role in {role for _, role in new}:
            codes = {code for code, wanted in new if wanted == role}
            if self._strict:
                codes &= known.keys()
            self.created["partners"] += len(codes - known.keys())
            ids = ensure_partners(
                company=self._company, codes=codes, is_supplier=role == "supplier", is_customer=role == "customer"
            )
            known |= ids
            self._partners |= {(code, role): key for code, key in ids.items()}


def is_inbound(row: Row) -> bool:
    """Whether a row brings stock in."""
    return row.kind in _INBOUND


def _role(kind: str) -> str:
    if kind in _SUPPLIER:
        return "supplier"
    return "customer" if kind in _CUSTOMER else ""


def _json(pairs: tuple[str, ...]) -> str:
    return json.dumps(dict(zip(pairs[::2], pairs[1::2], strict=True)), ensure_ascii=False)
