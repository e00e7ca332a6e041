"""What a receipt or a return needs to know before it is written: one statement, the orders or receipts locked."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from everstock.core.facts import Kind
from everstock.core.lead_times import Calendar
from everstock.core.problems import Refusal
from everstock.ledger.codes import CODE
from everstock.ledger.database import integers, texts
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.statements import Statement
from everstock.masterdata.models import Tracking
from everstock.operations.documents import read as document_read
from everstock.operations.documents.read import Read, raw_cursor
from everstock.operations.purchasing import facts as order_facts
from everstock.operations.purchasing.facts import Facts
from everstock.operations.warehouse.posting import reversal


class ReceiptFacts(NamedTuple):
    """``read``: the documents; ``facts``: of their lines and of those without one, ``None`` if there is neither document nor supplier.

    ``ledger``: what was read ahead of the ledger. ``tracking``: of the items that are tracked. ``calendar``: the supplier's, since the first of the documents was sent.
    """

    read: Read
    facts: Facts | None
    tracking: Mapping[int, str]
    calendar: Calendar
    ledger: Mapping[str, Any] | None

    def tracked(self, item: int) -> str:
        """Return how ``item`` is tracked (a masterdata Tracking)."""
        return self.tracking.get(item, Tracking.NONE.value)


_READ = Statement(
    f"SELECT receipt_read({', '.join(f'${number}' for number in range(1, 15))})",
    *(
        "int",
        "bigint[]",
        "bool",
        "int",
        "date",
        "text",
        "int[]",
        "int[]",
        "int[]",
        "int[]",
        "text",
        "bigint[]",
        "int[]",
        "int",
    ),
)


def lock(
    company_id: int,
    documents: Iterable[int],
    day: dt.date,
    *,
    supplier: int | None,
    currency: str | None,
    items: Sequence[int],
    units: Iterable[int],
    locations: Iterable[int],
    tax_codes: Iterable[int],
    key: str | None,
    predecessors: bool = False,
    ahead: Sequence[tuple[int, int]] | None = None,
) -> ReceiptFacts:
    """Lock ``documents`` and return them with what holds on ``day`` for their lines, and for the items and so on that are named besides.

    ``predecessors``: lock and read what they were made from too. ``supplier`` and ``currency``: ``None`` for those of the documents. ``ahead``: the lines (of which document, and their numbers) that will be posted, besides ``items``, for which the ledger is read too
    and the items locked; ``None``: it is asked later. One document id is reserved. Refused: as ``facts.load``.
    """
    of, numbers = [integers(column) for column in zip(*ahead, strict=True)] if ahead else ["{}", "{}"]
    wanted = [integers(sorted(set(some))) for some in (items, units, locations, tax_codes)]
    (answer,) = _READ.run(
        company_id,
        integers(sorted(set(documents))),
        predecessors,
        supplier,
        day,
        currency,
        *wanted,
        key,
        *(of, numbers, 0 if ahead is None else len(ahead) + len(items)),
    )
    found: dict[str, Any] = json.loads(answer or "")
    facts = None if found["facts"] is None else order_facts.understood(found["facts"], day)
    holidays = frozenset(dt.date.fromisoformat(holiday) for holiday in found["holidays"] or ())
    return ReceiptFacts(
        document_read.understood(found["read"]),
        facts,
        dict(found["tracking"] or ()),
        Calendar(0 if facts is None else facts.terms.closed_weekdays, holidays),
        found["ledger"],
    )


_LAST_COSTS = """
    SELECT wanted.item, last.quantity, last.value
      FROM unnest($2::int[]) AS wanted(item), LATERAL (
           SELECT m.quantity, coalesce((
                      SELECT c.value FROM movement c WHERE c.origin_id = m.id AND c.kind = $4
                         AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.origin_id = c.id AND r.kind = $5)
                       ORDER BY c.id DESC LIMIT 1), m.value) AS value
             FROM movement m
            WHERE m.company_id = $1 AND m.item_id = wanted.item AND m.kind = $3 AND m.value IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.origin_id = m.id AND r.kind = $5)
            ORDER BY m.effective_at DESC, m.id DESC LIMIT 1) AS last
"""


def last_costs(company_id: int, items: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Return (quantity, value) of the last receipt of each item that has one: 10^-6 base units, minor units of the company's currency.

    The value is that of the invoice where it came.
    """
    kinds = (CODE[Kind.RECEIPT], CODE[Kind.COST_CHANGE], CODE[Kind.REVERSAL])
    with raw_cursor() as run:
        run.execute(_LAST_COSTS, (company_id, integers(sorted(set(items))), *kinds), prepare=True)
        return {item: (quantity, value) for item, quantity, value in run.fetchall()}


_TAKEN_BACK = """
    SELECT m.item_id, c.reference
      FROM movement m JOIN movement c ON c.origin_id = m.id
     WHERE m.company_id = $1 AND m.reference = ANY ($2::text[]) AND c.kind = $3
       AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.origin_id = c.id AND r.kind = $4)
       AND EXISTS (SELECT 1 FROM document_posting p JOIN document d ON d.id = p.document_id
                    WHERE p.position = c.posting_id AND d.company_id = $1 AND d.state = 'cancelled')
     ORDER BY c.id
"""


def costs_taken_back(company_id: int, references: Iterable[str]) -> list[LedgerLine]:
    """Return what reverses the cost changes of documents that are cancelled, on receipts (by their references in the ledger).

    Such a document changed the cost and its cancellation changed it back, which both stand. The oldest is first: so nothing moves
    until the last, after which the receipt costs what it was entered at.
    """
    kinds = (CODE[Kind.COST_CHANGE], CODE[Kind.REVERSAL])
    with raw_cursor() as run:
        run.execute(_TAKEN_BACK, (company_id, texts(references), *kinds), prepare=True)
        return [reversal(item, reference) for item, reference in run.fetchall()]


def required(facts: Facts | None) -> Facts:
    """Return ``facts``; refuse (``receipt.no_supplier``) goods of nobody."""
    if facts is None:
        raise Refusal("receipt.no_supplier", "The receipt names neither an order nor a supplier.", "Name one of them.")
    return facts
