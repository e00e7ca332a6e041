"""What a document books without moving anything, as the ledger takes it."""

import datetime as dt
from collections.abc import Mapping, Sequence

from everstock.core.problems import Refusal
from everstock.ledger.lines import Document, JournalLine, Line, epoch_day
from everstock.ledger.post import Ready, ready
from everstock.operations.documents.kinds import PREFIX, DocumentKind
from everstock.operations.documents.records import Header
from everstock.operations.identity.actor import Actor

CANCEL = ".cancel"
"""How the sources of postings end that take a document back."""


def booked(
    actor: Actor,
    header: Header,
    journal: Mapping[tuple[int, int], int],
    day: dt.date,
    recorded_at: int,
    suffix: str = "",
    *,
    lines: Sequence[Line] = (),
) -> Document | None:
    """Return what is posted on ``day``: ``journal``, (debit, credit) to amount, and ``lines``; ``None`` if that is nothing.

    Amounts are in minor units of the company's currency. ``suffix``: of the source, such as ``CANCEL``.
    Refused: ``document.cancel_day`` (before the document's own day: in between the books would hold the opposite of it).
    """
    if suffix == CANCEL and day < header.day:
        raise Refusal(
            "document.cancel_day",
            f"{header.number} is of {header.day} and cannot be cancelled on {day}.",
            "Cancel it on that day or later.",
        )
    # of nothing in the end, such as a credit set off against an invoice, the posting says when it was
    entries = tuple(JournalLine(*accounts, amount, epoch_day(day)) for accounts, amount in journal.items())
    if not lines and not entries:
        return None
    reference = f"{PREFIX[DocumentKind(header.kind)]}/{header.id}"
    return Document(recorded_at, tuple(lines), header.kind + suffix, reference, actor.name, entries)


def ready_journal(
    actor: Actor,
    header: Header,
    journal: Mapping[tuple[int, int], int],
    day: dt.date,
    recorded_at: int,
    suffix: str = "",
) -> "tuple[int, Ready] | None":
    """The same, computed for ``documents.write`` to post."""
    document = booked(actor, header, journal, day, recorded_at, suffix)
    return None if document is None else (header.id, ready(actor.company_id, document))
