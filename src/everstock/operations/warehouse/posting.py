"""What the warehouse posts in the ledger, in the transaction of the document that says so."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from everstock.core.facts import DAY, Kind
from everstock.core.problems import Refusal
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import Ready, ready
from everstock.operations.documents.kinds import PREFIX, DocumentKind
from everstock.operations.documents.records import Line
from everstock.operations.identity.actor import Actor

_EPOCH = dt.date(1970, 1, 1).toordinal()


def ledger_reference(kind: DocumentKind, document: int, line: int) -> str:
    """Return what the movement of a document's line is called in the ledger: its prefix, the document's id and the line's number."""
    return f"{PREFIX[kind]}/{document}/{line}"


def arrival_moment(day: dt.date, effective_at: int | None) -> int:
    """Return when goods came in on ``day``: at its start, unless the moment (microseconds of the company's clock) is known.

    Refused: a moment of another day (``moment.other_day``).
    """
    start = (day.toordinal() - _EPOCH) * DAY
    return start if effective_at is None else _on(start, effective_at, day)


def departure_moment(day: dt.date, effective_at: int | None, recorded_at: int) -> int | None:
    """Return when goods left on ``day``; as ``arrival_moment``, but where the moment is not known, at the end of the day.

    What is recorded on the day itself leaves as it is recorded (``None``, as in the ledger's lines): what came back today can go out again.
    """
    start = (day.toordinal() - _EPOCH) * DAY
    if effective_at is not None:
        return _on(start, effective_at, day)
    return None if start <= recorded_at < start + DAY else start + DAY - 1


def _on(start: int, effective_at: int, day: dt.date) -> int:
    if not start <= effective_at < start + DAY:
        raise Refusal("moment.other_day", f"The moment given is not on {day}.", "Enter a moment of that day, or none.")
    return effective_at


def ready_lines(
    actor: Actor,
    kind: DocumentKind,
    document: int,
    lines: Sequence[LedgerLine],
    recorded_at: int,
    known: Mapping[str, Any] | None = None,
) -> tuple[int, Ready] | None:
    """Compute the posting of ``lines`` for a document (its id) and return both for ``documents.write``; ``None`` for no lines.

    Inside the caller's transaction, after its locks on documents. ``known``: see ``ledger.post.ready``. Refuses what the ledger refuses.
    """
    if not lines:
        return None
    reference = f"{PREFIX[kind]}/{document}"
    posting = ready(
        actor.company_id, Document(recorded_at, tuple(lines), kind.value, reference, actor.name), known=known
    )
    assert posting.lines == len(lines), "ids of documents are never used twice, so their references are new"
    return document, posting


def reversal(item: int, reference: str) -> LedgerLine:
    """Return the ledger's line that undoes the one of ``item`` that is called ``reference``."""
    return LedgerLine(Kind.REVERSAL, item, f"{reference}/cancel", applies_to=reference)


def reversals(lines: Iterable[Line]) -> list[LedgerLine]:
    """Return the ledger's lines that undo what ``lines`` posted."""
    return [
        reversal(line.item, line.ledger_reference)
        for line in lines
        if line.ledger_reference is not None and line.item is not None
    ]
