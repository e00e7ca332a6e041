"""Cancelling a posted document of invoices, credit notes, landed costs and clearings: what it booked is booked back."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from everstock.core.problems import Refusal
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_reason
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.payments import refuse_paid
from everstock.operations.documents.queries import reversed_journal
from everstock.operations.documents.records import DocumentRef, Header, Line, LineUpdate, Update
from everstock.operations.documents.sides import BUYING
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor
from everstock.operations.purchasing.settlement import AHEAD, COUNT, Settlement, undone
from everstock.operations.purchasing.settlement_facts import lock_document
from everstock.operations.warehouse.posting import reversals

RETURN_LINE = "return_line"
"""Key in the details of a credit note's line: the line of the return that it credits."""
AHEAD_LINE = "ahead_line"
"""The same of a clearing: the line of the invoice that billed the goods before they came."""


CHARGE = "charge"
"""The same of an invoice for a charge that was estimated: what it billed of it, in minor units of the company's currency."""


def cancel(
    actor: Actor, kind: DocumentKind, document: int, *, day: dt.date, reason: str, recorded_at: int
) -> DocumentRef:
    """Cancel a document of ``kind``; the permission was asked for. Refused: as ``invoices.cancel_invoice`` says."""
    check_reason(reason)
    with atomic_verb():
        facts, header, lines = lock_document(actor.company_id, kind, document)
        refuse_paid(actor.company_id, header, BUYING)
        state = next_state(kind, header.state, Verb.CANCEL, header.number)
        settlement = Settlement(actor, facts, header, day)
        posting = None
        line_updates: list[LineUpdate] = []
        if header.posted_at is not None:
            _check_alone(header, lines)
            undone(settlement, lines)
            line_updates = _progress(settlement, lines)
            _check_credited(settlement, header)
            settlement.changes += reversals(lines)
            settlement.journal = reversed_journal(actor.company_id, document)
            posting = settlement.cancel(recorded_at)
        write(
            actor.company_id,
            updates=[Update(document, state=state.value), *settlement.updates(), *_estimated_again(settlement, lines)],
            line_updates=[*line_updates, *settlement.line_updates()],
            posting=posting,
            audit=[
                audited(
                    *(actor, header, Verb.CANCEL.value, recorded_at),
                    before={"state": header.state},
                    after={"state": State.CANCELLED.value, "reason": reason, "day": day.isoformat()},
                )
            ],
        )
        return DocumentRef(document, header.number, state.value)


def _check_alone(header: Header, lines: Sequence[Line]) -> None:
    if header.kind == DocumentKind.LANDED_COST and any(line.invoiced for line in lines):
        raise Refusal(
            "landed.invoiced", f"A charge of {header.number} is invoiced.", "Cancel the invoice of the charge first."
        )
    if any((line.details or {}).get(AHEAD) and line.received for line in lines):
        raise Refusal(
            "invoice.matched",
            f"Goods that {header.number} billed ahead have come and were matched with it.",
            "Cancel the matching first.",
        )


def _progress(settlement: Settlement, lines: Sequence[Line]) -> list[LineUpdate]:
    """Take back what the document counted on orders, on returns and on invoices that billed ahead; charges and the latter are updates of their own."""
    ahead: Counter[int] = Counter()
    charges: list[LineUpdate] = []
    for line in lines:
        details, source = line.details or {}, settlement.facts.source(line)
        if RETURN_LINE in details:
            settlement.invoiced[details[RETURN_LINE]] -= line.base_quantity
        elif CHARGE in details:
            charges.append(LineUpdate(line.source or 0, invoiced=-details[CHARGE], received=-line.received))
        elif AHEAD_LINE in details:
            ahead[details[AHEAD_LINE]] -= line.base_quantity
        elif source is not None and line.document == settlement.header.id:
            if source.id not in settlement.facts.booked:
                settlement.invoiced[source.id] -= line.base_quantity
            elif source.source is not None and settlement.header.kind == DocumentKind.SUPPLIER_INVOICE:
                settlement.invoiced[source.source] -= details.get(COUNT, 0)
    return charges + [LineUpdate(line, received=quantity) for line, quantity in sorted(ahead.items())]


def _estimated_again(settlement: Settlement, lines: Sequence[Line]) -> list[Update]:
    """The landed costs whose charges are not invoiced any more."""
    facts = settlement.facts
    sources = [facts.source(line) for line in lines if CHARGE in (line.details or {})]
    headers = {source.document for source in sources if source is not None}
    return [Update(document, state=State.ESTIMATED.value) for document in sorted(headers)]


def _check_credited(settlement: Settlement, header: Header) -> None:
    for standing in settlement.standings():
        if standing.invoiced < 0 or standing.billed < 0:
            raise Refusal(
                "invoice.credited",
                f"More of what {header.number} billed was credited than would be left.",
                "Cancel the credit notes first.",
            )
