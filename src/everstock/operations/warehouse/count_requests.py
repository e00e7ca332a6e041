"""Counts that somebody asked for, of one item at one place, because something was not as it should be there.

A request is answered by the next count of the item there, however it is entered; or by whoever looked and says that nothing needs counting.
"""

from enum import StrEnum
from typing import NamedTuple

from django.db import transaction

from everstock.core.problems import Refusal
from everstock.ledger.database import integers
from everstock.operations.documents.checks import check_text
from everstock.operations.documents.read import raw_cursor
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.permissions import Permission
from everstock.operations.warehouse.models import CountRequest


class ShortReason(StrEnum):
    """Why less was picked than was asked for."""

    MISSING = "missing"
    DAMAGED = "damaged"
    WRONG_LOT = "wrong_lot"
    WRONG_ITEM = "wrong_item"
    UNREACHABLE = "unreachable"
    OTHER = "other"


class Wanted(NamedTuple):
    """A count that is wanted: where, since when (microseconds UTC), why, and by whom (a user's id, ``None``: the system)."""

    id: int
    item: int
    location: int
    lot: int
    reason: str
    note: str
    document: int
    asked_by: int | None
    asked_at: int


def ask_for_count(
    actor: Actor, *, item: int, location: int, lot: int, reason: ShortReason, note: str, document: int, recorded_at: int
) -> None:
    """Ask for a count of ``item`` (locked) at ``location``, inside the verb that found something; once while nobody has counted."""
    same = CountRequest.objects.filter(item_id=item, location_id=location, lot=lot, done_at=None)
    waiting = {one.id for one in awaited_counts(actor.company_id, item=item)}
    same.exclude(pk__in=waiting).update(done_at=recorded_at)
    if same.exists():
        return
    CountRequest.objects.create(
        company_id=actor.company_id,
        item_id=item,
        location_id=location,
        lot=lot,
        reason=reason.value,
        note=check_text(note, "note"),
        document_id=document,
        asked_by=actor.user_id,
        asked_at=recorded_at,
    )


@transaction.atomic
def dismiss_count(actor: Actor, *, request: int, recorded_at: int) -> None:
    """Say that a count is not wanted any more: somebody looked. Refused: ``permission.missing``, ``count.unknown``, ``count.done``."""
    require(actor, Permission.COUNT_ENTER)
    row = CountRequest.objects.select_for_update().filter(company_id=actor.company_id, pk=request).first()
    if row is None:
        raise Refusal("count.unknown", "Nobody asked for that count.", "Look it up in the list of counts asked for.")
    if row.done_at is not None or row.pk not in {one.id for one in awaited_counts(actor.company_id)}:
        raise Refusal("count.done", "That count was made already.", "Nothing needs to be done.")
    row.done_at = recorded_at
    row.save(update_fields=["done_at"])
    record(
        [
            event(
                actor,
                at=recorded_at,
                action="count_request.dismiss",
                subject_kind="count_request",
                subject=str(row.pk),
                subject_id=row.pk,
            )
        ]
    )


def awaited_counts(company_id: int, *, item: int | None = None) -> list[Wanted]:
    """Return the counts that somebody waits for, the oldest first; ``item``: of this one alone."""
    asked = CountRequest.objects.filter(company_id=company_id, done_at=None)
    items = [item] if item is not None else sorted(set(asked.values_list("item_id", flat=True)))
    with raw_cursor() as run:
        run.execute("SELECT id FROM counts_awaited($1::int[])", (integers(items),))
        waiting = [row[0] for row in run.fetchall()]
    names = ("id", "item_id", "location_id", "lot", "reason", "note", "document_id", "asked_by", "asked_at")
    return [Wanted(*row) for row in asked.filter(pk__in=waiting).order_by("id").values_list(*names)]
