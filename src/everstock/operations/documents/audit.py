"""The audit trail of documents."""

from collections.abc import Mapping

from everstock.operations.documents.records import Header
from everstock.operations.identity.actor import Actor
from everstock.operations.identity.audit import AuditRow, event


def audited(
    actor: Actor,
    header: Header,
    verb: str,
    at: int,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> AuditRow:
    """Return the audit row of ``verb`` on a document; a new one has no number yet, ``write`` knows it."""
    return event(
        actor,
        at=at,
        action=f"{header.kind}.{verb}",
        subject_kind=header.kind,
        subject=header.number,
        subject_id=header.id,
        before=before,
        after=after,
    )
