"""Questions of single reports that are answered by one statement each."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from everstock.core.costing.state import PoolState, load
from everstock.core.facts import INBOUND, Kind
from everstock.core.posting import VALUED_KINDS, LocationKind
from everstock.ledger.codes import CODE
from everstock.ledger.database import integers
from everstock.ledger.queries import moment_after, rows

_REVERSAL = CODE[Kind.REVERSAL]
_LIVING = (
    f"NOT EXISTS (SELECT 1 FROM movement r WHERE r.origin_id = m.id AND r.kind = {_REVERSAL}"
    " AND (%s::bigint IS NULL OR r.posting_id <= %s))"
)


class Changed(NamedTuple):
    """What a fact changed on one day in two accounts (and a pool, if any)."""

    day: dt.date
    item: int | None
    account: int
    contra: int
    quantity: int
    amount: int
    kind: int | None
    reference: str | None
    actor: str | None
    recorded_at: int


def changes(
    company_id: int, *, after: int, until: int | None, as_of: dt.date | None, item: int | None
) -> list[Changed]:
    """Entries up to a day that were recorded after one position and until another, by what caused them, in order of recording."""
    found = rows(
        "SELECT e.day, p.item_id, e.account_id, e.contra_id, sum(e.quantity)::bigint, sum(e.amount)::bigint,"
        " m.kind, coalesce(m.reference, g.reference), g.actor, g.recorded_at"
        " FROM entry e JOIN posting g ON g.id = e.posting_id LEFT JOIN pool p ON p.id = e.pool_id"
        " LEFT JOIN movement m ON m.id = e.movement_id"
        " WHERE e.company_id = %s AND e.posting_id > %s AND (%s::bigint IS NULL OR e.posting_id <= %s) AND e.day <= %s"
        " AND (%s::int IS NULL OR p.item_id = %s)"
        " GROUP BY g.id, m.id, p.item_id, e.pool_id, e.day, e.account_id, e.contra_id"
        " HAVING sum(e.quantity) <> 0 OR sum(e.amount) <> 0"
        " ORDER BY g.id, m.id, p.item_id, e.day, e.pool_id, e.account_id, e.contra_id",
        (company_id, after, until, until, as_of or dt.date.max, item, item),
    )
    return list(map(Changed._make, found))


# ---------------------------------------------------------------------------------------------------------------------
# Received, not invoiced


class OpenReceipt(NamedTuple):
    """What an account of goods received not invoiced still owes for a fact. ``quantity``: of the receipt, less what went back."""

    movement: int | None
    reference: str
    effective_at: int | None
    day: dt.date
    partner: int | None
    item: int | None
    quantity: int
    amount: int


def receipt_accounts(company_id: int) -> list[int]:
    """The accounts that receipts from suppliers and returns to them are booked against."""
    found = rows(
        "SELECT DISTINCT m.contra_id FROM movement m JOIN location s"
        " ON s.id = CASE m.kind WHEN %s THEN m.source_id ELSE m.target_id END AND s.kind = %s"
        " WHERE m.company_id = %s AND m.kind IN (%s, %s)",
        (
            *(CODE[Kind.RECEIPT], LocationKind.SUPPLIER.value, company_id),
            *(CODE[Kind.RECEIPT], CODE[Kind.RETURN_OUT]),
        ),
    )
    return [row[0] for row in found]


def open_receipts(
    company_id: int, accounts: Collection[int], *, as_of: dt.date, position: int | None
) -> list[OpenReceipt]:
    """What these accounts owe, explained line by line: by receipt, with all that was booked because of it."""
    listed = integers(accounts)
    found = rows(
        "WITH booked AS ("
        " SELECT CASE WHEN o.id IS NULL OR m.kind NOT IN (%s, %s, %s, %s) THEN m.id"
        "   WHEN o.origin_id IS NOT NULL AND o.kind IN (%s, %s, %s) THEN o.origin_id ELSE o.id END AS root,"
        "  CASE WHEN m.id IS NULL THEN e.posting_id END AS posting_id, e.day, p.item_id,"
        "  CASE WHEN e.contra_id = ANY (%s::int[]) THEN e.amount ELSE 0 END"
        "  - CASE WHEN e.account_id = ANY (%s::int[]) THEN e.amount ELSE 0 END AS amount"
        " FROM entry e LEFT JOIN pool p ON p.id = e.pool_id LEFT JOIN movement m ON m.id = e.movement_id"
        "  LEFT JOIN movement o ON o.id = m.origin_id"
        " WHERE e.company_id = %s AND e.day <= %s AND (%s::bigint IS NULL OR e.posting_id <= %s)"
        "  AND (e.contra_id = ANY (%s::int[]) OR e.account_id = ANY (%s::int[]))),"
        " owed AS (SELECT root, posting_id, min(day) AS day, min(item_id) AS item_id, sum(amount)::bigint AS amount"
        "  FROM booked GROUP BY root, posting_id HAVING sum(amount) <> 0)"
        " SELECT m.id, coalesce(m.reference, g.reference, ''), m.effective_at, o.day, m.partner_id, o.item_id,"
        "  (CASE WHEN m.kind = ANY (%s::int[]) THEN m.quantity WHEN m.kind = %s THEN -m.quantity ELSE 0 END"
        "   - coalesce((SELECT sum(b.quantity) FROM movement b WHERE b.origin_id = m.id AND b.kind = %s"
        "    AND b.effective_at < %s AND (%s::bigint IS NULL OR b.posting_id <= %s)"
        f"    AND {_LIVING.replace('m.id', 'b.id')}), 0))::bigint, o.amount"
        " FROM owed o LEFT JOIN movement m ON m.id = o.root LEFT JOIN posting g ON g.id = o.posting_id"
        " ORDER BY o.day, m.id, o.posting_id",
        (
            *(CODE[Kind.RETURN_OUT], CODE[Kind.COST_CHANGE], CODE[Kind.LANDED_COST], _REVERSAL),
            *(CODE[Kind.RETURN_OUT], CODE[Kind.COST_CHANGE], CODE[Kind.LANDED_COST]),
            *(listed, listed, company_id, as_of, position, position, listed, listed),
            *(integers(CODE[kind] for kind in INBOUND), CODE[Kind.RETURN_OUT], CODE[Kind.RETURN_OUT]),
            *(moment_after(as_of), position, position, position, position),
        ),
    )
    return list(map(OpenReceipt._make, found))


# ---------------------------------------------------------------------------------------------------------------------
# Age and turnover


def intakes(
    company_id: int, *, as_of: dt.date, position: int | None, items: Collection[int] | None = None
) -> list[tuple[int, int, int]]:
    """What came into stock from outside and stands, newest first in each item: (item, moment, quantity)."""
    listed = None if items is None else integers(items)
    valued = "(SELECT id FROM location WHERE company_id = %s AND kind = ANY (%s))"
    kinds = sorted(kind.value for kind in VALUED_KINDS)
    end = moment_after(as_of)
    found = rows(
        "SELECT m.item_id, m.effective_at, m.quantity FROM movement m WHERE m.company_id = %s"
        f" AND (m.kind = ANY (%s::int[]) OR m.kind = %s AND m.source_id NOT IN {valued}) AND m.target_id IN {valued}"
        " AND m.effective_at < %s AND (%s::bigint IS NULL OR m.posting_id <= %s)"
        f" AND (%s::int[] IS NULL OR m.item_id = ANY (%s::int[])) AND {_LIVING}"
        " UNION ALL SELECT d.item_id, d.effective_at, sum(d.quantity)::bigint FROM count_difference d"
        f" WHERE d.location_id IN {valued} AND d.effective_at < %s AND (%s::bigint IS NULL OR d.posting_id <= %s)"
        " AND (%s::int[] IS NULL OR d.item_id = ANY (%s::int[]))"
        " GROUP BY d.movement_id, d.item_id, d.effective_at HAVING sum(d.quantity) > 0"
        " ORDER BY 1, 2 DESC",
        (
            *(company_id, integers(CODE[kind] for kind in INBOUND), CODE[Kind.TRANSFER]),
            *(company_id, kinds, company_id, kinds, end, position, position, listed, listed, position, position),
            *(company_id, kinds, end, position, position, listed, listed),
        ),
    )
    return [(item, at, quantity) for item, at, quantity in found]


def final_states(
    company_id: int, *, as_of: dt.date | None, items: Collection[int] | None = None
) -> dict[int, list[PoolState]]:
    """The stored states of items of which nothing happened after ``as_of``, as known now."""
    listed = None if items is None else integers(items)
    found = rows(
        "SELECT p.item_id, p.state FROM pool p JOIN item_clock c ON c.item_id = p.item_id"
        " WHERE p.company_id = %s AND NOT p.retired AND c.last_at < %s"
        " AND (%s::int[] IS NULL OR p.item_id = ANY (%s::int[]))",
        (company_id, moment_after(as_of or dt.date.max), listed, listed),
    )
    states: dict[int, list[PoolState]] = {}
    for item, state in found:
        states.setdefault(item, []).append(load(state))
    return states


class KnownFact(NamedTuple):
    """The few things about a fact that reports on layers and deficits need."""

    effective_at: int
    kind: int
    partner: int | None


def facts_by_id(movements: Collection[int]) -> dict[int, KnownFact]:
    """Facts by their ids."""
    found = rows(
        "SELECT id, effective_at, kind, partner_id FROM movement WHERE id = ANY (%s::bigint[])", (integers(movements),)
    )
    return {key: KnownFact(*rest) for key, *rest in found}


def entry_days(company_id: int) -> tuple[dt.date, dt.date] | None:
    """The first and the last day with entries."""
    first, last = rows("SELECT min(day), max(day) FROM entry WHERE company_id = %s", (company_id,))[0]
    return None if first is None else (first, last)


def day_values(
    company_id: int, *, from_: dt.date, to: dt.date, position: int | None, item: int | None
) -> list[tuple[int, int]]:
    """The values at the end of every day of a range added up, by item: what the average inventory is found from."""
    found = rows(
        "SELECT p.item_id, sum(e.amount * (%s::date - greatest(e.day, %s::date) + 1))::bigint"
        " FROM entry e JOIN pool p ON p.id = e.pool_id WHERE e.company_id = %s AND e.day <= %s"
        " AND (%s::bigint IS NULL OR e.posting_id <= %s) AND (%s::int IS NULL OR p.item_id = %s) GROUP BY p.item_id",
        (to, from_, company_id, to, position, position, item, item),
    )
    return [(key, total) for key, total in found]
