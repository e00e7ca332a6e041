"""What of an order can leave at once: what is reserved for it and on no pick list; of kits, whole ones."""

from collections.abc import Mapping, Sequence

from everstock.core.kits import whole_sets
from everstock.core.quantities import SCALE
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Line
from everstock.operations.sales.allocation import standing_of
from everstock.operations.sales.kits import is_kit, part_of
from everstock.operations.sales.shipments import ShipmentLine
from everstock.operations.warehouse.picking import on_pick_lists


def reserved_lines(company_id: int, order: int) -> list[ShipmentLine]:
    """Return what to ship of a sales order (an id) so that only the rest is on backorder. Refused: ``document.unknown``."""
    header, lines = read(company_id, [order]).one(order, DocumentKind.SALES_ORDER)
    listed = on_pick_lists({line.id for line in lines}).of_lines
    ids = {line.line: line.id for line in lines}
    ready = {
        one.line: max(0, min(one.open, one.reserved) - listed.get(ids[one.line], 0))
        for one in standing_of(company_id, [(header, lines)])
    }
    found = []
    for line in lines:
        if part_of(line) is None:
            base = _kits(line, lines, ready) if is_kit(line) else ready.get(line.line, 0)
            found.append(ShipmentLine(order, line.line, _in_unit(line, base)))
    return [one for one in found if one.quantity > 0]


def _kits(kit: Line, lines: Sequence[Line], ready: Mapping[int, int]) -> int:
    """How many more of a kit become whole."""
    parts = [(part.base_quantity, part.received + ready[part.line]) for part in lines if part_of(part) == kit.line]
    return whole_sets(kit.base_quantity, parts) - kit.received


def _in_unit(line: Line, base: int) -> int:
    """So many base units in the line's unit; whole ones if it is no decimal number of them."""
    quantity = base * line.denominator // line.numerator
    return quantity if quantity * line.numerator == base * line.denominator else quantity // SCALE * SCALE
