"""What of kits an invoice bills, and what of each is its components': so that revenue can be told, and credited, by what was shipped.

A kit's line on an invoice has the amounts, and keeps in its details which of them are which component's. The lines of its components have none;
they say which goods the kits were, and count them as billed: at most as many as are in the kits, those of the invoice's own shipments first.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import Read
from everstock.operations.documents.records import Details, Line
from everstock.operations.documents.states import State
from everstock.operations.sales.kits import (
    KIT_SHARES,
    completed_kits,
    each_of,
    is_kit,
    part_of,
    parts_of,
)

Goods = tuple[Line, Line, int]
"""The line of a shipment, that of its order, and how much of it (base units) is open or billed."""


class Kits(NamedTuple):
    """How many of each kit (base units, by the id of the order's line) are billed, and all goods that are, those without a kit too."""

    quantities: dict[int, int]
    goods: list[Goods]


def billed_kits(read: Read, open_goods: Sequence[Goods]) -> Kits:
    """Return what is billed of goods that are open; shipments of the same orders were read with theirs, for what is missing in kits."""
    named = Counter[int]()
    for _, of, quantity in open_goods:
        named[of.id] += quantity
    quantities: dict[int, int] = {}
    wanted: Counter[int] = Counter()
    orders = dict.fromkeys(of.document for _, of, _ in open_goods if part_of(of) is not None)
    for order in orders:
        lines = read.lines[order]
        for kit in (line for line in lines if is_kit(line)):
            billed = completed_kits(kit, lines, named)
            if billed:
                quantities[kit.id] = billed
            for part, _ in parts_of(kit, lines).values():
                wanted[part.id] = max(0, int((kit.invoiced + billed) * each_of(part)) - part.invoiced)
    found = []
    for shipped, of, quantity in [*open_goods, *_elsewhere(read, open_goods, wanted)]:
        here = quantity if part_of(of) is None else min(quantity, wanted[of.id])
        if here:
            wanted[of.id] -= here
            found.append((shipped, of, here))
    return Kits(quantities, found)


def _elsewhere(read: Read, named: Iterable[Goods], wanted: Counter[int]) -> list[Goods]:
    """Components on other shipments, the oldest first."""
    known = {shipped.id for shipped, _, _ in named}
    ordered = {line.id: line for lines in read.lines.values() for line in lines if line.id in wanted}
    return [
        (line, ordered[line.source], open_)
        for document, header in sorted(read.headers.items())
        if header.kind == DocumentKind.SHIPMENT and header.state != State.CANCELLED
        for line in read.lines[document]
        if line.id not in known
        and line.source in ordered
        and (open_ := line.base_quantity - line.returned - line.invoiced) > 0
    ]


def kit_shares(
    kit: Line, lines: Sequence[Line], before: int, quantity: int, goods: Iterable[tuple[Line, Line]]
) -> Details:
    """Return what the details of an invoice's line keep of a kit of which ``quantity`` is billed after ``before``.

    ``lines``: all of its order. ``goods``: the lines of the invoice, each with the order's line.
    """
    numbers: dict[int, list[int]] = {}
    for line, of in goods:
        if (of.document, part_of(of)) == (kit.document, kit.line):
            numbers.setdefault(of.line, []).append(line.line)
    shares = []
    for number, (_, its) in parts_of(kit, lines).items():
        net, tax = (
            its.of(amount, before + quantity, kit.base_quantity) - its.of(amount, before, kit.base_quantity)
            for amount in (kit.net, kit.tax)
        )
        shares.append([number, net, tax, numbers.get(number, [])])
    return {KIT_SHARES: shares}
