"""Cancelling stock transfers of every purpose but the arrival of what a supplier sent, which purchasing takes back."""

from everstock.core.problems import Refusal
from everstock.operations.documents import read as document_read
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor
from everstock.operations.warehouse.transfers import WHY, TransferPurpose, cancel
from everstock.operations.warehouse.transit import counted, moved_on


def cancel_transfer(actor: Actor, *, transfer: int, reason: str, recorded_at: int) -> DocumentRef:
    """Reverse a stock transfer, by whoever may make one like it. What arrived or was lost of a dispatch is on the way again.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state`` (cancelled, or something arrived of it),
    ``transfer.arrival`` (that is cancelled in purchasing), ``transfer.of_pick_list``, and what the ledger refuses, such as ``stock.short_later``.
    """
    with atomic_verb():
        read = document_read.lock(actor.company_id, [transfer], predecessors=True)
        header, lines = read.one(transfer, DocumentKind.STOCK_TRANSFER)
        purpose = TransferPurpose((header.details or {})[WHY])
        if purpose is TransferPurpose.ARRIVAL:
            raise Refusal(
                "transfer.arrival",
                f"{header.number} is the arrival of goods that were in transit.",
                "Cancel the arrival.",
            )
        if purpose in {TransferPurpose.PICK, TransferPurpose.PUT_BACK}:
            raise Refusal(
                "transfer.of_pick_list",
                f"{header.number} was made by picking.",
                "Cancel the pick list, which puts the goods back, or pick them again.",
            )
        updates = counted(lines, purpose, -1)
        return cancel(
            *(actor, header, lines, purpose, reason, recorded_at),
            updates=moved_on(read, updates),
            line_updates=updates,
        )
