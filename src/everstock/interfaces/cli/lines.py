"""Lines of documents by what people call them: the item, the number of the line, or both numbers (GR-2026-000014/2)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.interfaces.cli.words import Entry, LotEntry
from everstock.masterdata.models import Item, Lot
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Header, Line


class Offered(NamedTuple):
    """A line of a document that can be named, and what is open of it in 10^-6 base units."""

    header: Header
    line: Line
    open: int


class Offer:
    """The lines of some documents from which people choose; ``open_of`` says how much is open of one (0: not offered unless named).

    Lines without an item can be chosen only by their number. ``lots``: of lines (ids) that do not say themselves which lot they are about, its code.
    """

    def __init__(
        self,
        company_id: int,
        documents: Sequence[tuple[DocumentKind, int]],
        open_of: Callable[[Line], int],
        *,
        lots: Mapping[int, str] | None = None,
    ) -> None:
        found = read(company_id, [key for _, key in documents])
        self.headers = [found.headers[key] for _, key in documents]
        self.lines = [
            Offered(header, line, max(0, open_of(line))) for header in self.headers for line in found.lines[header.id]
        ]
        items = {one.line.item for one in self.lines if one.line.item is not None}
        self._items = Item.objects.in_bulk(items)
        named = {one.line.lot for one in self.lines if one.line.lot is not None}
        codes = dict(Lot.objects.filter(pk__in=named).values_list("id", "code"))
        self._lots = {one.line.id: codes[one.line.lot] for one in self.lines if one.line.lot is not None}
        self._lots.update(lots or {})

    def item(self, line: Line) -> Item:
        """The item of a line that has one."""
        assert line.item is not None
        return self._items[line.item]

    def base_unit(self, line: Line) -> int | None:
        """The id of the base unit of what a line is about; ``None`` for what is no item."""
        return None if line.item is None else self._items[line.item].base_unit_id

    def open(self) -> list[Offered]:
        """The lines of which something is open."""
        return [one for one in self.lines if one.open]

    def named(self, name: str, lot: str | None = None) -> Offered:
        """The line that is called so: by its item (and ``lot``), else by the numbers of document and line (of one document: of the line).

        Of several lines of an item the only open one is meant. Refused: ``line.unknown``, ``line.several``.
        """
        found = [one for one in self.lines if one.line.item is not None and self.item(one.line).sku == name]
        if lot is not None:
            found = [one for one in found if self._lots.get(one.line.id) == lot]
        if len(found) > 1:
            found = [one for one in found if one.open] or found
        if not found:
            number, _, line = name.rpartition("/")
            known = [
                one for one in self.lines if one.header.number == number or (not number and len(self.headers) == 1)
            ]
            found = [one for one in known if str(one.line.line) == line]
        numbers = " or ".join(header.number for header in self.headers)
        if not found:
            called = name if lot is None else f"{name} of lot {lot}"
            raise Refusal(
                "line.unknown",
                f"There is no line {called} on {numbers}.",
                "Name an item of it, or the number of a line.",
            )
        if len(found) > 1:
            where = ", ".join(f"{one.header.number} line {one.line.line}" for one in found)
            raise Refusal(
                "line.several",
                f"Item {name} stands on several lines: {where}.",
                f"Name one of the lines instead of the item: {found[0].header.number}/{found[0].line.line}.",
            )
        return found[0]

    def each(self, entries: Sequence[Entry], lots: Mapping[str, str] | None = None) -> list[tuple[Offered, Entry]]:
        """The lines that are called so (and are of ``lots``, by what the line is called), each with what was typed of it.

        Refused: as ``named``, and ``line.twice``.
        """
        found: dict[int, tuple[Offered, Entry]] = {}
        for entry in entries:
            offered = self.named(entry.name, lot=(lots or {}).get(entry.name))
            if offered.line.id in found:
                raise Refusal(
                    "line.twice", f"“{entry.name}” is named twice.", "Name every line once, with all there is of it."
                )
            found[offered.line.id] = offered, entry
        return list(found.values())


def lots_by_line(lines: Sequence[Entry], lots: Sequence[LotEntry]) -> dict[str, str]:
    """Return the lot of each line of goods that go back, by what the line is called; refused: ``lot.no_line``."""
    called = list(dict.fromkeys(entry.name for entry in lines))
    found: dict[str, str] = {}
    for lot in lots:
        if lot.item not in called:
            raise Refusal(
                "lot.no_line",
                f"A lot is given for {lot.item}, and no --line is called so.",
                f"Name what goes back as --line does: {' or '.join(f'--lot {name}={lot.code}' for name in called[:3])}."
                if called
                else "Name what goes back with --line, and its lot by the same name.",
            )
        if lot.item in found:
            raise Refusal(
                "lot.no_line",
                f"Two lots are given for {lot.item}.",
                "Give each line one lot; of several lots, return each by the number of its line.",
            )
        found[lot.item] = lot.code
    return found


def refuse_other_lots(names: Collection[str], lots: Sequence[LotEntry], what: str) -> None:
    """Refuse (``lot.no_line``) lots of what no line is about; ``what`` happens to the goods."""
    unknown = {lot.item for lot in lots} - {*names}
    if unknown:
        raise Refusal(
            "lot.no_line",
            f"A lot is given for {min(unknown)}, of which nothing {what}.",
            f"Name an item that {what}.",
        )


def by_lot(name: str, quantity: int, lots: Sequence[LotEntry], what: str) -> list[tuple[str, int]]:
    """Return how much is of which lot (its code) of what a line calls ``name``, ``quantity`` in all; nothing where none is given.

    Refused: ``lot.sum`` (``what`` happens to the goods).
    """
    own = [lot for lot in lots if lot.item == name]
    counts = [quantity if lot.quantity is None and len(own) == 1 else lot.quantity or 0 for lot in own]
    if own and sum(counts) != quantity:
        raise Refusal(
            "lot.sum",
            f"The lots of item {name} do not add up to what {what} of it.",
            "Give each as ITEM=LOT:QUANTITY, all of them together as much as the line says.",
        )
    return [(lot.code, count) for lot, count in zip(own, counts, strict=True)]


def in_unit(offered: Offered, base_unit: int | None) -> tuple[int, int | None]:
    """Return what is open of a line as (quantity, unit): in the line's unit (``None``) if that comes out even, else in the base unit."""
    quantity, rest = divmod(offered.open * offered.line.denominator, offered.line.numerator)
    return (offered.open, base_unit) if rest else (quantity, None)
