"""Kits on sales orders: a line of the kit, which has the price, and lines of its components, which are reserved and leave.

The line of a kit has no place, so nothing is reserved for it; a line of a component says in its details which kit it is part of, and how much
of it is in one base unit of the kit. What is shipped of a kit is how many whole ones its components make up.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from everstock.core.kits import explode, whole_sets
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.lines import known_item
from everstock.operations.documents.records import Header, Line
from everstock.operations.documents.write import too_large
from everstock.operations.sales.facts import Facts

PART_OF = "part_of"
"""Key in a line's details: the number of the line of the kit it is a component of."""
_EACH = "each"
"""Key in the details of such a line: what is in one base unit of the kit, as numerator and denominator."""


def is_kit(line: Line) -> bool:
    """Whether a line of a confirmed or requested order is that of a kit: an item that leaves from no place."""
    return line.item is not None and line.location is None


def part_of(line: Line) -> int | None:
    """Return the number of the line of the kit that a line is a component of; ``None``: of none."""
    return None if line.details is None else line.details.get(PART_OF)


def exploded(lines: list[Line], facts: Facts) -> list[Line]:
    """Return the lines of an order with those of the components of its kits after them.

    Refused: ``kit.not_whole``, ``quantity.not_exact``, ``item.inactive``.
    """
    if not facts.bills:
        return lines
    kept, parts = [], []
    number = lines[-1].line
    for line in lines:
        if line.item is None or line.item not in facts.bills:
            kept.append(line)
            continue
        check_whole(line.base_quantity, f"line {line.line}")
        kept.append(line._replace(location=None))
        for component, each in explode(line.item, facts.bills).items():
            number += 1
            parts.append(_part(line, number, component, each, facts))
    return [*kept, *parts]


def _part(kit: Line, number: int, component: int, each: Fraction, facts: Facts) -> Line:
    where = f"line {kit.line}"
    item = known_item(component, facts.items, where)
    quantity = _times(kit.base_quantity, each, where)
    return Line(
        *(kit.document, number, quantity, quantity),
        item=component,
        location=kit.location,
        description=item.name,
        expected_on=kit.expected_on,
        details={PART_OF: kit.line, _EACH: [each.numerator, each.denominator]},
    )


def check_whole(kits: int, where: str) -> None:
    """Refuse (``kit.not_whole``) a part of a kit: nobody could say what of it is shipped."""
    if kits % SCALE:
        raise Refusal(
            "kit.not_whole",
            f"The quantity of {where} is no whole number of kits.",
            "Enter whole kits, or its components.",
        )


def _times(kits: int, each: Fraction, where: str) -> int:
    quantity = kits * each
    if quantity.denominator != 1:
        raise Refusal(
            "quantity.not_exact",
            f"The components of {where} come to more decimals than quantities have.",
            "Order more kits at once, or correct what the kit contains.",
        )
    if quantity >= LIMIT:
        raise too_large()
    return quantity.numerator


def _each(part: Line) -> Fraction:
    return Fraction(*(part.details or {})[_EACH])


def following(header: Header, lines: Sequence[Line], changes: Iterable[LineChange]) -> list[Line]:
    """Return the lines of a changed order, those of components as their kits say now.

    Refused: a change of a component by itself (``order.part_of_kit``), ``order.below_received``, ``kit.not_whole``, ``quantity.not_exact``.
    """
    kits = {line.line: line for line in lines if is_kit(line)}
    if not kits:
        return list(lines)
    changed = {change.line for change in changes}
    return [_followed(header, line, kits[kit], changed) if (kit := part_of(line)) else line for line in lines]


def _followed(header: Header, part: Line, kit: Line, changed: set[int]) -> Line:
    if part.line in changed:
        raise Refusal(
            "order.part_of_kit",
            f"Line {part.line} of {header.number} is a component of the kit on line {kit.line}.",
            f"Change line {kit.line}, or replace the component by a substitute.",
        )
    if kit.line not in changed:
        return part
    check_whole(kit.base_quantity, f"line {kit.line}")
    quantity = _times(kit.base_quantity, _each(part), f"line {kit.line}")
    if quantity < part.received:
        raise Refusal(
            "order.below_received",
            f"More of line {part.line}, a component of line {kit.line} of {header.number}, was delivered already.",
            "Enter at least that much, or return the goods.",
        )
    return part._replace(quantity=quantity, base_quantity=quantity, expected_on=kit.expected_on)


def shipped_kits(lines: Sequence[Line]) -> dict[int, int]:
    """Return how many whole kits are shipped, by the id of their line, from what is shipped of their components."""
    return {
        kit.id: whole_sets(
            kit.base_quantity, [(part.base_quantity, part.received) for part in lines if part_of(part) == kit.line]
        )
        for kit in lines
        if is_kit(kit)
    }


def leaving(kit: Line, kits: int, lines: Iterable[Line]) -> list[tuple[int, int]]:
    """Return what must leave so that ``kits`` (base units) more are shipped: (number of the line, base units) of its components."""
    parts = [line for line in lines if part_of(line) == kit.line]
    wanted = [(part, _times(kit.received + kits, _each(part), f"line {kit.line}") - part.received) for part in parts]
    return [(part.line, quantity) for part, quantity in wanted if quantity > 0]
