"""The facts that returns, charges, cost changes and reversals apply to."""

from collections.abc import Collection
from typing import NamedTuple

from everstock.core.facts import Kind
from everstock.ledger import database
from everstock.ledger.codes import KINDS


class Origin(NamedTuple):
    """A posted fact with its locations as stored (partner locations included). ``linked``: it applies to another one itself."""

    id: int
    item: int
    kind: Kind
    effective_at: int
    quantity: int
    source: int | None
    target: int | None
    lot: int | None
    contra: int
    contra_in: int | None
    linked: bool


def find_origins(company_id: int, references: Collection[str]) -> dict[str, Origin]:
    """The posted facts with these references. Facts never change, so no lock is needed."""
    if not references:
        return {}
    with database.cursor() as run:
        run.execute(
            "SELECT reference, id, item_id, kind, effective_at, quantity, source_id, target_id, lot_id, contra_id,"
            " contra_in_id, origin_id IS NOT NULL"
            " FROM movement WHERE company_id = %s AND reference = ANY (%s::text[])",
            (company_id, database.texts(references)),
        )
        return {
            reference: Origin(number, item, KINDS[kind], *rest)
            for reference, number, item, kind, *rest in run.fetchall()
        }
