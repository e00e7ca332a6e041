"""What invoices of customers still have to be credited: what they billed, less what was credited of it."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from everstock.core.costing.state import share
from everstock.ledger.database import integers
from everstock.operations.documents.read import Read, lock, raw_cursor
from everstock.operations.documents.records import Line
from everstock.operations.sales.kits import KIT_SHARES

INVOICE_LINE = "invoice_line"
"""Key in the details of a credit note's line: the invoice's line of which it credits something."""


class Billed(NamedTuple):
    """A line of an invoice, and what of it is not credited: amounts in minor units of its currency, ``quantity`` in base units."""

    line: Line
    net: int
    tax: int
    quantity: int


class Credits(NamedTuple):
    """The documents of lines that are to be credited, locked, with their ``lines`` by id, and what of each invoice's line is not credited by itself (``own``)."""

    read: Read
    lines: Mapping[int, Line]
    own: Mapping[int, Billed]

    def billed(self) -> Mapping[int, Billed]:
        """Return what invoices still have, by the invoice's line: a kit and its components what is left of both."""
        left = dict(self.own)
        for kit in self.own.values():
            if KIT_SHARES in (kit.line.details or {}):
                left.update(_of_kit(kit, [self.own[line.id] for line in self.read.lines[kit.line.document]]))
        return left

    def billed_of(self, shipped: int) -> list[Billed]:
        """Return what billed a shipment's line (its id), in order."""
        return [one for _, one in sorted(self.billed().items()) if one.line.source == shipped]

    def less(self, credited: Iterable[Line]) -> "Credits":
        """Return the same after these lines of a credit note."""
        named = [((line.details or {}).get(INVOICE_LINE), line) for line in credited]
        return self._replace(
            own=_less(self.own, [(of, line.net, line.tax, line.base_quantity) for of, line in named if of is not None])
        )


def _less(billed: Mapping[int, Billed], credited: Iterable[tuple[int, int, int, int]]) -> dict[int, Billed]:
    """What is left of lines of invoices after credits: of which line, net, tax and quantity."""
    left = dict(billed)
    for of, net, tax, quantity in credited:
        one = left.get(of)
        if one is not None:
            left[of] = Billed(one.line, one.net - net, one.tax - tax, one.quantity - quantity)
    return left


_NAMED = "SELECT document_id, source_id FROM document_line WHERE id = ANY ($1::bigint[])"
_INVOICES = """
    SELECT l.id, l.document_id FROM document_line l
     WHERE l.source_id = ANY ($1::bigint[])
       AND (SELECT d.kind = 'customer_invoice' AND d.state <> 'cancelled' FROM document d WHERE d.id = l.document_id)
"""
_CREDITED = """
    SELECT (l.details ->> 'invoice_line')::bigint, l.net, l.tax, l.base_quantity FROM document_line l
     WHERE l.source_id = ANY ($1::bigint[]) AND l.details ? 'invoice_line'
       AND (SELECT d.kind = 'customer_credit_note' AND d.state <> 'cancelled' FROM document d WHERE d.id = l.document_id)
"""
_RETURNED = "SELECT id FROM document_line WHERE source_id = ANY ($1::bigint[])"


def find(company_id: int, sources: Collection[int], *, key: str | None = None) -> Credits:
    """Lock the documents of lines of returns and invoices (ids), and the invoices of what came back; reserve an id for a credit note.

    Lines never change what they are made from, so what is to be locked is looked up before. There must be a transaction.
    """
    with raw_cursor() as run:
        named = run.execute(_NAMED, (integers(sources),)).fetchall()
        shipped = sorted({source for _, source in named if source is not None})
        invoices = run.execute(_INVOICES, (integers(shipped),)).fetchall()
        documents = sorted({document for document, _ in named} | {document for _, document in invoices})
        read = lock(company_id, documents, new_ids=1, key=key)
        lines = {line.id: line for some in read.lines.values() for line in some}
        billed = {line.id: line for line in lines.values() if read.headers[line.document].kind == "customer_invoice"}
        # of an invoice's line its own credits, and those of all that came back of what it billed
        of = sorted({line.source for line in billed.values() if line.source is not None})
        returned = [one for (one,) in run.execute(_RETURNED, (integers(of),)).fetchall()]
        credited = run.execute(_CREDITED, (integers([*billed, *returned]),)).fetchall()
    left = {key: Billed(line, line.net, line.tax, line.base_quantity) for key, line in billed.items()}
    return Credits(read, lines, _less(left, credited))


def _of_kit(kit: Billed, lines: Iterable[Billed]) -> dict[int, Billed]:
    """What an invoice still has of a kit and of its components: of each its part in the kit's amounts, less what was credited of it.

    What was credited of the kit's price lessens all of them. ``kit`` and ``lines``, all of the invoice, have their own credits taken off.
    """
    by_number = {one.line.line: one for one in lines}
    found: dict[int, Billed] = {}
    net, tax = kit.net, kit.tax
    for _, of_net, of_tax, numbers in (kit.line.details or {})[KIT_SHARES]:
        its_net = share(of_net, kit.net, kit.line.net) if kit.line.net else 0
        its_tax = share(of_tax, kit.tax, kit.line.tax) if kit.line.tax else 0
        parts = [by_number[number] for number in numbers]
        whole, before = sum(one.line.base_quantity for one in parts), 0
        for one in parts:
            upto = before + one.line.base_quantity
            here = [share(amount, upto, whole) - share(amount, before, whole) for amount in (its_net, its_tax)]
            # a component's line has no amounts of its own, and no tax code: what it has less than none was credited
            line = one.line._replace(tax_code=kit.line.tax_code, account=kit.line.account)
            found[one.line.id] = one._replace(line=line, net=here[0] + one.net, tax=here[1] + one.tax)
            net, tax, before = net + one.net, tax + one.tax, upto
    return {**found, kit.line.id: kit._replace(net=net, tax=tax)}
