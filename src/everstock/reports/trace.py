"""From the lines of selling documents back to what they are about: the shipment that took the goods, the invoice, the order."""

import json
import re
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from everstock.ledger.database import integers
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import raw_cursor
from everstock.operations.sales.credited import INVOICE_LINE
from everstock.operations.sales.kits import KIT_SHARES
from everstock.operations.sales.return_lines import FEE

_REFERENCE = re.compile(r"[A-Z]{2}/([0-9]{1,18})/([0-9]{1,9})")
_LINES = (
    "SELECT id, document_id, line, item_id, net, base_quantity, source_id,"
    f" (details ->> '{INVOICE_LINE}')::bigint, details -> '{KIT_SHARES}', (details ->> '{FEE}')::bigint FROM document_line WHERE"
)
_HEADERS = "SELECT id, kind, number, partner_id, created_by, coalesce(details ->> 'channel', '') FROM document WHERE id = ANY ($1)"


class TracedLine(NamedTuple):
    """A line of a document, by its id; ``net`` in minor units of the document's currency.

    ``source``: the line it was made from; of a fee that a credit note keeps back, the return's line. ``invoiced``: of a credit note, the
    invoice's line of which it credits something. ``kit_shares``: of a kit's line on an invoice, see ``operations.sales.kits``.
    """

    id: int
    document: int
    number: int
    item: int | None
    net: int
    base_quantity: int
    source: int | None
    invoiced: int | None
    kit_shares: list[tuple[int, int, int, list[int]]] | None


class TracedDocument(NamedTuple):
    """The head of a document."""

    id: int
    kind: str
    number: str
    partner: int | None
    seller: int | None
    channel: str


class Trace:
    """Lines and documents, and all that they were made from; loaded by id, a generation at a time."""

    def __init__(self, company_id: int) -> None:
        self._company_id = company_id
        self.lines: dict[int, TracedLine] = {}
        self.documents: dict[int, TracedDocument] = {}
        self._places: dict[tuple[int, int], int] = {}
        self._of: dict[int, list[TracedLine]] = {}

    def load(self, documents: Iterable[int], references: Iterable[str] = ()) -> None:
        """Load documents by id, those that made movements by the movements' ``references``, and what their lines were made from.

        Of kits the whole orders, where their components are.
        """
        named = (_REFERENCE.fullmatch(reference) for reference in references)
        wanted = {*documents, *(int(match[1]) for match in named if match)} - self._of.keys()
        self._heads(wanted)
        own = [document for document in wanted if document in self.documents]
        for line in self._lines("document_id", own):
            self._places[line.document, line.number] = line.id
            self._of.setdefault(line.document, []).append(line)
        while waiting := self._sources():
            self._lines("id", waiting)
            for missing in waiting - self.lines.keys():
                raise LookupError(f"line {missing} is the source of another one and is not there")
        kits = (self.lines[line.source] for line in self.lines.values() if line.kit_shares and line.source)
        if orders := {kit.document for kit in kits} - self._of.keys():
            self.load(orders)

    def line_of(self, reference: str) -> TracedLine | None:
        """The line that made a movement; ``None`` if no document did."""
        match = _REFERENCE.fullmatch(reference)
        found = self._places.get((int(match[1]), int(match[2]))) if match else None
        return None if found is None else self.lines[found]

    def lines_of(self, document: int) -> list[TracedLine]:
        """The lines of a document that was loaded by name, in their order."""
        return sorted(self._of.get(document, ()), key=lambda line: line.number)

    def kit_parts(self, line: TracedLine) -> list[tuple[TracedLine, int]]:
        """The order's lines of the components of a kit that an invoice bills, or a credit note takes something off, each with its net amount."""
        billed = self.lines.get(line.invoiced or 0, line)
        if billed.kit_shares is None or billed.source is None:
            return []
        order = self.lines[billed.source].document
        return [(self.lines[self._places[order, number]], net) for number, net, *_ in billed.kit_shares]

    def back_to(self, line: TracedLine | None, kind: DocumentKind) -> TracedLine | None:
        """The line of a document of ``kind`` that a line is, or was made from."""
        if line is not None and kind is DocumentKind.CUSTOMER_INVOICE:
            # what a credit note keeps back belongs to the invoice of the goods it is kept back for
            same = (one for one in self._of.get(line.document, ()) if one.source == line.source)
            invoiced = line.invoiced or next((one.invoiced for one in same if one.invoiced), None)
            if invoiced is not None:
                return self.lines[invoiced]
        while line is not None and self.documents[line.document].kind != kind:
            line = None if line.source is None else self.lines.get(line.source)
        return line

    def _sources(self) -> set[int]:
        """The lines that others were made from and that are not known yet; what an order was made from is not looked at."""
        return {
            source
            for line in self.lines.values()
            for source in (line.source, line.invoiced)
            if source is not None
            and source not in self.lines
            and self.documents[line.document].kind != DocumentKind.SALES_ORDER
        }

    def _lines(self, by: str, ids: Collection[int]) -> list[TracedLine]:
        rows = _rows(f"{_LINES} {by} = ANY ($1)", ids)
        self._heads({row[1] for row in rows})
        found = [self._line(*row) for row in rows]
        self.lines.update((line.id, line) for line in found)
        return found

    def _line(self, key: int, document: int, *rest: Any) -> TracedLine:
        *about, source, invoiced, kit_shares, fee = rest
        if self.documents[document].kind != DocumentKind.CUSTOMER_CREDIT_NOTE:
            # the same word is an amount on a return
            fee = None
        return TracedLine._make((key, document, *about, source or fee, invoiced, kit_shares and json.loads(kit_shares)))

    def _heads(self, ids: Collection[int]) -> None:
        for row in _rows(f"{_HEADERS} AND company_id + 0 = {self._company_id:d}", set(ids) - self.documents.keys()):
            self.documents[row[0]] = TracedDocument._make(row)


def _rows(statement: str, ids: Collection[int]) -> list[Any]:
    if not ids:
        return []
    with raw_cursor() as run:
        run.execute(statement, (integers(ids),))
        return run.fetchall()
