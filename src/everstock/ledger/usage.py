"""What the ledger knows about master data in use, for those who change or correct it."""

from collections.abc import Collection
from typing import Any, NamedTuple

from everstock.core.facts import Kind
from everstock.ledger import database
from everstock.ledger.books import forget_books
from everstock.ledger.codes import CODE


class ReceiptTerms(NamedTuple):
    """How a receipt was entered: its ``value`` by itself (after cost changes, without landed costs), and what was noted with it."""

    value: int | None
    details: dict[str, Any] | None


def receipt_terms(company_id: int, references: Collection[str]) -> dict[str, ReceiptTerms]:
    """The terms of posted lines by reference. The last cost change that was not reversed says the value."""
    if not references:
        return {}
    with database.cursor() as run:
        run.execute(
            "SELECT m.reference, coalesce((SELECT c.value FROM movement c WHERE c.origin_id = m.id AND c.kind = %s"
            "  AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.origin_id = c.id AND r.kind = %s)"
            "  ORDER BY c.id DESC LIMIT 1), m.value), m.details"
            " FROM movement m WHERE m.company_id = %s AND m.reference = ANY (%s::text[])",
            (CODE[Kind.COST_CHANGE], CODE[Kind.REVERSAL], company_id, database.texts(references)),
        )
        return {reference: ReceiptTerms(*rest) for reference, *rest in run.fetchall()}


def items_with_movements(items: Collection[int]) -> set[int]:
    """Those of the items that were ever posted to."""
    with database.cursor() as run:
        run.execute(
            "SELECT item FROM unnest(%s::int[]) AS item WHERE EXISTS (SELECT 1 FROM movement WHERE item_id = item)",
            (database.integers(items),),
        )
        return {item for (item,) in run.fetchall()}


def locations_with_movements(locations: Collection[int]) -> set[int]:
    """Those of the locations that stock ever came to or left."""
    with database.cursor() as run:
        run.execute(
            "SELECT DISTINCT location_id FROM balance WHERE location_id = ANY (%s::int[])",
            (database.integers(locations),),
        )
        return {location for (location,) in run.fetchall()}


def settings_changed(company_id: int) -> None:
    """Note, in the transaction that changes them, that places, items or rules changed: every process reads them anew."""
    database.lock_clock(company_id)
    with database.cursor() as run:
        run.execute(
            "INSERT INTO company_clock (company_id, recorded_at, settings_version) VALUES (%s, 0, 1)"
            " ON CONFLICT (company_id) DO UPDATE SET settings_version = company_clock.settings_version + 1",
            (company_id,),
        )
    forget_books()


def refresh_statistics() -> None:
    """Let the planner know how large the tables have become, after so much was posted that its guesses would be far off."""
    with database.cursor() as run:
        run.execute(
            "ANALYZE movement, posting, entry, count_difference, pool, balance, item_clock, checkpoint, item, location, partner, lot"
        )
