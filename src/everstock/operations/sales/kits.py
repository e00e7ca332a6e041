"""Kits on sales orders: a line of the kit, which has the price, and lines of its components, which are reserved and leave.

The line of a kit has no place, so nothing is reserved for it; a line of a component says in its details which kit it is part of, how much
of it is in one base unit of the kit, and what weight it has in the kit's price. What is shipped of a kit, and what of it came back before it
was billed, is how many whole ones its components make up.

The weight of a component is what its quantity costs by the customer's price lists on the day of the order: what it would bring by itself. Where a
component has no price there, or all of them cost nothing, the weights of all are their quantities. Costs are never asked: who sees the revenue of
a component must not learn from it what it had cost. The weight stays with the order, so that no later price list changes what was sold for what.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from everstock.core.kits import Slice, explode, slices, whole_sets
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE, round_half_up
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.lines import known_item
from everstock.operations.documents.records import Header, Line
from everstock.operations.documents.write import too_large
from everstock.operations.sales.facts import Facts

PART_OF = "part_of"
"""Key in a line's details: the number of the line of the kit it is a component of."""
KIT_PRICE = "kit_price"
"""Key in the details of a shipment's line of a component: what a base unit of it is sold for in its kit, as numerator and denominator, in 10^-6 of
the major unit of the company's currency."""
KIT_SHARES = "kit_shares"
"""Key in the details of a kit's line on an invoice: net and tax of each component, as [number of the order's line, net, tax, numbers of the invoice's
lines of the component]."""
_EACH = "each"
"""Key in the details of such a line: what is in one base unit of the kit, as numerator and denominator."""
_WEIGHT = "weight"
"""Key in the details of such a line: its weight in the kit's price, beside those of the other components."""


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
        contents = explode(line.item, facts.bills)
        weights = _weights(line, contents, facts)
        for (component, each), weight in zip(contents.items(), weights, strict=True):
            number += 1
            parts.append(_part(line, number, component, each, weight, facts))
    return [*kept, *parts]


def _weights(kit: Line, contents: Mapping[int, Fraction], facts: Facts) -> list[int]:
    """By list price, in 10^-6 of the major unit for what is in one base unit of the kit; else by quantity, in 10^-6 base units."""
    found = []
    for component, each in contents.items():
        price = facts.prices and facts.prices.price(component, _times(kit.base_quantity, each, f"line {kit.line}"))
        if price is None:
            break
        worth = price.unit_price * (SCALE - price.discount) * each.numerator
        found.append(round_half_up(worth, SCALE * each.denominator))
    if len(found) == len(contents) and any(found):
        return found
    return [max(1, round_half_up(SCALE * each.numerator, each.denominator)) for each in contents.values()]


def _part(kit: Line, number: int, component: int, each: Fraction, weight: int, facts: Facts) -> Line:
    where = f"line {kit.line}"
    item = known_item(component, facts.items, where)
    quantity = _times(kit.base_quantity, each, where)
    return Line(
        *(kit.document, number, quantity, quantity),
        item=component,
        location=kit.location,
        description=item.name,
        expected_on=kit.expected_on,
        details={PART_OF: kit.line, _EACH: [each.numerator, each.denominator], _WEIGHT: weight},
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


def each_of(part: Line) -> Fraction:
    """Return how much of a component is in one base unit of its kit."""
    return Fraction(*(part.details or {})[_EACH])


def parts_of(kit: Line, lines: Iterable[Line]) -> dict[int, tuple[Line, Slice]]:
    """Return the lines of a kit's components among those of its order, by number, with the slice of the kit's amounts that is theirs."""
    parts = [line for line in lines if part_of(line) == kit.line]
    cut = slices([(part.details or {})[_WEIGHT] for part in parts])
    return {part.line: (part, of) for part, of in zip(parts, cut, strict=True)}


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
            f"Change line {kit.line}; where another item shall go along, order fewer kits, and what goes instead on lines of their own.",
        )
    if kit.line not in changed:
        return part
    check_whole(kit.base_quantity, f"line {kit.line}")
    quantity = _times(kit.base_quantity, each_of(part), f"line {kit.line}")
    if quantity < part.received:
        raise Refusal(
            "order.below_received",
            f"More of line {part.line}, a component of line {kit.line} of {header.number}, was delivered already.",
            "Enter at least that much, or return the goods.",
        )
    return part._replace(quantity=quantity, base_quantity=quantity, expected_on=kit.expected_on)


class KitPart(NamedTuple):
    """The order's line of a kit, and the slice of its amounts that is a component's."""

    kit: Line
    slice: Slice


def kit_part(part: Line, lines: Sequence[Line]) -> KitPart | None:
    """Return of which kit a line is a component, among the lines of its order; ``None``: of none."""
    number = part_of(part)
    if number is None:
        return None
    kit = next(line for line in lines if line.line == number)
    return KitPart(kit, parts_of(kit, lines)[part.line][1])


def shipped_kits(lines: Sequence[Line]) -> dict[int, int]:
    """Return how many whole kits are shipped, by the id of their line, from what is shipped of their components."""
    return {kit.id: _whole(kit, lines, lambda part: part.received) for kit in lines if is_kit(kit)}


def returned_kits(lines: Sequence[Line]) -> dict[int, int]:
    """Return how many whole kits came back before they were billed, by the id of their line: only these are billed less."""
    return {kit.id: _whole(kit, lines, lambda part: part.returned) for kit in lines if is_kit(kit)}


def completed_kits(kit: Line, lines: Sequence[Line], goods: Mapping[int, int]) -> int:
    """Return how many kits are to be billed with goods: base units that are shipped and not billed, by the id of the component's line.

    A kit is billed with the goods that made it whole: those that are whole without them wait for their own invoice. A part of a kit that came
    back is billed all the same, as it does not make a whole kit.
    """
    left = kit.received - kit.returned - kit.invoiced
    without = _whole(kit, lines, lambda part: part.received - goods.get(part.id, 0))
    return max(0, left - max(0, without - kit.returned - kit.invoiced))


def _whole(kit: Line, lines: Iterable[Line], there: Callable[[Line], int]) -> int:
    parts = [(part.base_quantity, there(part)) for part in lines if part_of(part) == kit.line]
    return whole_sets(kit.base_quantity, parts)


def leaving(kit: Line, kits: int, lines: Iterable[Line]) -> list[tuple[int, int]]:
    """Return what must leave so that ``kits`` (base units) more are shipped: (number of the line, base units) of its components."""
    parts = [line for line in lines if part_of(line) == kit.line]
    wanted = [(part, _times(kit.received + kits, each_of(part), f"line {kit.line}") - part.received) for part in parts]
    return [(part.line, quantity) for part, quantity in wanted if quantity > 0]
