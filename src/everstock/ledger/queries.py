"""What the books answer: quantities, values and accounts, as of a day, as known at a position. Nothing here writes.

``as_of`` is the end of that day of the company's clock, ``position`` the last posting that counts; ``None`` means no limit. Snapshots
and current figures (``pool``, ``balance``) only make answers fast: each is the sum of entries or facts that could be added up instead.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

from django.db import connection, transaction
from psycopg import ServerCursor

from everstock.core.facts import DAY
from everstock.core.posting import STOCK_KINDS
from everstock.ledger import database
from everstock.ledger.database import integers

Basis = Literal["posted", "effective"]
"""Which day counts: the one of the books, or the one the entry belongs to."""

_EPOCH = dt.date(1970, 1, 1)
_DAY_COLUMN: dict[str, str] = {"posted": "posted_on", "effective": "day"}
_STOCK_KINDS = sorted(kind.value for kind in STOCK_KINDS)
_HALF_A_MONTH = 15
_FETCH = 2_000
"""Rows a streaming query brings at a time."""


class PoolValue(NamedTuple):
    """Quantity and value of a pool, and what the pool is."""

    pool: int
    item: int
    inventory: int
    warehouse: int
    lot: int
    quantity: int
    value: int


class OnHand(NamedTuple):
    """Quantity of an item at a location, of a lot (0: none)."""

    item: int
    location: int
    lot: int
    quantity: int


class AccountTotal(NamedTuple):
    """Sums of the journal lines of an account."""

    account: int
    debit: int
    credit: int


class JournalRow(NamedTuple):
    """An entry as stored, with what it belongs to. ``kind`` and ``movement`` are those of the fact that caused it."""

    posting: int
    recorded_at: int
    source: str
    document: str | None
    day: dt.date
    posted_on: dt.date
    account: int
    contra: int
    amount: int
    kind: int | None
    movement: str | None


class AccountLine(NamedTuple):
    """One account in one journal entry. ``number``: place of the entry's day among the days of its posting, from 1."""

    posting: int
    number: int
    recorded_at: int
    source: str
    document: str | None
    day: dt.date
    posted_on: dt.date
    amount: int
    movements: int
    kind: int | None
    movement: str | None


class MovementRow(NamedTuple):
    """A fact as stored, with what it was posted with. Locations include those of partners."""

    id: int
    item: int
    kind: int
    effective_at: int
    quantity: int
    source: int | None
    target: int | None
    lot: int | None
    unit_price: int | None
    partner: int | None
    reference: str
    origin: int | None
    posting: int
    recorded_at: int
    channel: str
    document: str | None
    actor: str | None


@contextmanager
def reading() -> Iterator[None]:
    """One unchanging view of the books for all statements inside, whatever others post meanwhile."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with database.cursor() as run:
                run.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def moment_after(day: dt.date) -> int:
    """The first moment that does not belong to ``day`` or the days before it."""
    return ((day - _EPOCH).days + 1) * DAY


def day_of(moment: int) -> dt.date:
    """The day of a moment."""
    return _EPOCH + dt.timedelta(days=moment // DAY)


def rows(statement: str, parameters: tuple[object, ...] | dict[str, object]) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    with database.cursor() as run:
        run.execute(statement, parameters, binary=True)
        return run.fetchall()


def stream(statement: str, parameters: tuple[object, ...]) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement as the server finds them; the caller keeps the transaction open."""
    connection.ensure_connection()
    with ServerCursor[tuple[Any, ...]](connection.connection, "everstock_stream") as run:
        run.itersize = _FETCH
        run.execute(statement, parameters, binary=True)
        yield from run


# ---------------------------------------------------------------------------------------------------------------------
# Knowledge


def position_at(company_id: int, known_at: int | None) -> int | None:
    """The last posting that was recorded by ``known_at`` (microseconds UTC); 0 if there was none, ``None`` for no limit."""
    if known_at is None:
        return None
    found = rows(
        "SELECT id FROM posting WHERE company_id = %s AND recorded_at <= %s ORDER BY recorded_at DESC, id DESC LIMIT 1",
        (company_id, known_at),
    )
    return int(found[0][0]) if found else 0


def _is_early(company_id: int, position: int) -> bool:
    """Whether less was recorded up to a position than after it, roughly."""
    ends = rows(
        "(SELECT id FROM posting WHERE company_id = %s ORDER BY recorded_at, id LIMIT 1) UNION ALL"
        " (SELECT id FROM posting WHERE company_id = %s ORDER BY recorded_at DESC, id DESC LIMIT 1)",
        (company_id, company_id),
    )
    return bool(ends) and 2 * position < ends[0][0] + ends[-1][0]


# ---------------------------------------------------------------------------------------------------------------------
# Quantities and values


def on_hand(company_id: int, item: int, location: int | None = None, lot: int | None = None) -> int:
    """What is there of an item now, at a location or everywhere, of a lot or of all."""
    found = rows(
        "SELECT coalesce(sum(b.quantity), 0)::bigint FROM balance b JOIN location l ON l.id = b.location_id"
        " WHERE b.item_id = %s AND l.company_id = %s"
        " AND (%s::int IS NULL OR b.location_id = %s) AND (%s::int IS NULL OR b.lot_id = %s)",
        (item, company_id, location, location, lot, lot),
    )
    return int(found[0][0])


def balances(
    company_id: int,
    *,
    as_of: dt.date | None = None,
    position: int | None = None,
    items: Collection[int] | None = None,
    include_zero: bool = False,
) -> list[OnHand]:
    """What was there by item, location and lot: what is there now, less what moved later or was learned later."""
    listed = None if items is None else integers(items)
    now = (
        "SELECT b.item_id, b.location_id, b.lot_id, b.quantity FROM balance b JOIN location l ON l.id = b.location_id"
        " WHERE l.company_id = %s AND l.kind = ANY (%s) AND (%s::int[] IS NULL OR b.item_id = ANY (%s::int[]))"
    )
    parts = [now]
    parameters: list[object] = [company_id, _STOCK_KINDS, listed, listed]
    later = []
    if as_of is not None:
        later.append("g.effective_at >= %s")
    if position is not None:
        later.append("g.posting_id > %s")
    if later:
        of_items = "" if items is None else " AND g.item_id = ANY (%s::int[])"
        parts.append(
            "SELECT g.item_id, g.location_id, g.lot_id, -g.quantity FROM leg g JOIN location l ON l.id = g.location_id"
            f" WHERE g.company_id = %s AND l.kind = ANY (%s) AND ({' OR '.join(later)}){of_items}"
        )
        parameters += [company_id, _STOCK_KINDS]
        parameters += [moment_after(as_of)] if as_of is not None else []
        parameters += [position] if position is not None else []
        parameters += [listed] if items is not None else []
    found = rows(
        "SELECT item_id, location_id, lot_id, sum(quantity)::bigint FROM"
        f" ({' UNION ALL '.join(parts)}) AS moved GROUP BY item_id, location_id, lot_id"
        + ("" if include_zero else " HAVING sum(quantity) <> 0"),
        tuple(parameters),
    )
    return list(map(OnHand._make, found))


def pool_values(
    company_id: int,
    *,
    as_of: dt.date | None = None,
    position: int | None = None,
    items: Collection[int] | None = None,
    include_zero: bool = False,
) -> list[PoolValue]:
    """Quantity and value of every pool (``items``: of these items only) that has any, or of all with ``include_zero``."""
    if items is None:
        terms = _terms(company_id, as_of, position)
        pools: tuple[str, object] = ("p.company_id = %s", company_id)
    else:
        within, known = ("day <= %s", _last(as_of)), [] if position is None else [("posting_id <= %s", position)]
        past = as_of is not None or position is not None
        terms = [_entries("+", ("pool_id = p.id", None), within, *known, lateral=True)] if past else [_NOW]
        pools = ("p.item_id = ANY (%s::int[])", integers(items))
    quantity = " ".join(f"{term.sign} coalesce({name}.quantity, 0)" for name, term in zip("abc", terms, strict=False))
    joins = " ".join(f"LEFT JOIN {term.join.format(name)}" for name, term in zip("abc", terms, strict=False))
    found = rows(
        "SELECT * FROM (SELECT p.id, p.item_id, p.inventory_id, p.warehouse_id, p.lot_id,"
        f" {quantity} AS quantity, {quantity.replace('.quantity', '.value')} AS value"
        f" FROM pool p {joins} WHERE {pools[0]}) AS sums"
        + ("" if include_zero else " WHERE quantity <> 0 OR value <> 0"),
        (*(parameter for term in terms for parameter in term.parameters), pools[1]),
    )
    return list(map(PoolValue._make, found))


class _Term(NamedTuple):
    """Something that is added to, or taken from, the sums of the pools ``p``."""

    sign: Literal["+", "-"]
    join: str
    parameters: tuple[object, ...]


_NOW = _Term("+", "pool {0} ON {0}.id = p.id", ())


def _snapshot(day: dt.date) -> _Term:
    return _Term("+", "snapshot {0} ON {0}.day = %s AND {0}.pool_id = p.id", (day,))


def _entries(sign: Literal["+", "-"], *conditions: tuple[str, object], lateral: bool = False) -> _Term:
    where = " AND ".join(condition for condition, _ in conditions)
    each = "LATERAL " if lateral else ""
    return _Term(
        sign,
        f"{each}(SELECT pool_id, sum(quantity)::bigint AS quantity, sum(amount)::bigint AS value FROM entry"
        f" WHERE {where} GROUP BY pool_id) AS {{0}} ON {{0}}.pool_id = p.id",
        tuple(parameter for _, parameter in conditions if parameter is not None),
    )


def _last(as_of: dt.date | None) -> dt.date:
    return dt.date.max if as_of is None else as_of


def _terms(company_id: int, as_of: dt.date | None, position: int | None) -> list[_Term]:
    """How to find the sums of a company: from the start, or from the nearest sums that are known already."""
    company, within = ("company_id = %s", company_id), ("day <= %s", _last(as_of))
    if position is None:
        return _nearest(company_id, as_of)
    if _is_early(company_id, position):
        return [_entries("+", company, within, ("posting_id <= %s", position))]
    return [*_nearest(company_id, as_of), _entries("-", company, within, ("posting_id > %s", position))]


def _nearest(company_id: int, as_of: dt.date | None) -> list[_Term]:
    """As known now: the nearest snapshot, or what is there now, and the entries of the days between."""
    if as_of is None:
        return [_NOW]
    before, after = rows(
        "SELECT max(day) FILTER (WHERE day <= %s), min(day) FILTER (WHERE day > %s) FROM snapshot_day"
        " WHERE company_id = %s",
        (as_of, as_of, company_id),
    )[0]
    company = "company_id = %s", company_id
    # after the last snapshot lies the open month, and then the present
    days_left = _HALF_A_MONTH if after is None else (after - as_of).days
    if before is not None and (as_of - before).days <= days_left:
        return [_snapshot(before), _entries("+", company, ("day > %s", before), ("day <= %s", as_of))]
    if after is not None:
        return [_snapshot(after), _entries("-", company, ("day > %s", as_of), ("day <= %s", after))]
    return [_NOW, _entries("-", company, ("day > %s", as_of))]


# ---------------------------------------------------------------------------------------------------------------------
# Accounts


def account_quantities(
    company_id: int, *, as_of: dt.date | None = None, position: int | None = None
) -> list[tuple[int, int, int]]:
    """Quantity and value of stock by the account that carries it: (account, quantity, value)."""
    return [
        (account, quantity, value)
        for account, quantity, value in rows(
            "SELECT account_id, sum(quantity)::bigint, sum(amount)::bigint FROM entry"
            " WHERE company_id = %s AND pool_id IS NOT NULL AND day <= %s AND (%s::bigint IS NULL OR posting_id <= %s)"
            " GROUP BY account_id",
            (company_id, _last(as_of), position, position),
        )
    ]


def account_totals(
    company_id: int,
    *,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    position: int | None = None,
    basis: Basis = "posted",
) -> list[AccountTotal]:
    """Debits and credits of every account over days of the books (or effective days), netted in each journal entry."""
    day = _DAY_COLUMN[basis]
    limit = "" if position is None else " AND posting_id <= %s"
    statement = (
        "SELECT account, coalesce(sum(amount) FILTER (WHERE amount > 0), 0)::bigint,"
        " coalesce(-sum(amount) FILTER (WHERE amount < 0), 0)::bigint FROM ("
        " SELECT side.account, sum(side.amount)::bigint AS amount FROM ("
        "  SELECT posting_id, day, account_id, contra_id, sum(amount)::bigint AS amount FROM entry"
        f"  WHERE company_id = %s AND {day} >= %s AND {day} <= %s{limit}"
        "  GROUP BY posting_id, day, account_id, contra_id) AS e"
        " CROSS JOIN LATERAL (VALUES (account_id, amount), (contra_id, -amount)) AS side(account, amount)"
        " GROUP BY e.posting_id, e.day, side.account) AS netted GROUP BY account"
    )
    parameters = (company_id, from_ or dt.date.min, _last(to), *([] if position is None else [position]))
    with transaction.atomic(), database.cursor() as run:
        # as many groups as there are entries, nearly in the order of rows: sorting is twice as fast as hashing them
        run.execute("SET LOCAL enable_hashagg = off")
        found = rows(statement, parameters)
        run.execute("SET LOCAL enable_hashagg = DEFAULT")
    return [AccountTotal(*row) for row in found]


def journal_rows(
    company_id: int,
    *,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    position: int | None = None,
) -> Iterator[JournalRow]:
    """All entries of the postings that have one in these days of the books, in order of recording."""
    conditions, parameters = ["e.company_id = %s"], [company_id]  # type: tuple[list[str], list[object]]
    if from_ is not None or to is not None:
        conditions.append(
            "e.posting_id IN (SELECT posting_id FROM entry WHERE company_id = %s AND posted_on BETWEEN %s AND %s)"
        )
        parameters += [company_id, from_ or dt.date.min, _last(to)]
    if position is not None:
        conditions.append("e.posting_id <= %s")
        parameters.append(position)
    statement = (
        "SELECT e.posting_id, g.recorded_at, g.source, g.reference, e.day, e.posted_on, e.account_id, e.contra_id,"
        " e.amount, m.kind, m.reference FROM entry e JOIN posting g ON g.id = e.posting_id"
        f" LEFT JOIN movement m ON m.id = e.movement_id WHERE {' AND '.join(conditions)}"
        " ORDER BY e.posting_id, e.line"
    )
    for row in stream(statement, tuple(parameters)):
        yield JournalRow(*row)


def account_lines(
    company_id: int,
    account: int,
    *,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    position: int | None = None,
) -> list[AccountLine]:
    """The journal lines of an account by day of the books, then in order of recording."""
    found = rows(
        "WITH touching AS (SELECT * FROM entry WHERE company_id = %s AND (account_id = %s OR contra_id = %s)"
        "  AND posted_on BETWEEN %s AND %s AND (%s::bigint IS NULL OR posting_id <= %s)),"
        " netted AS (SELECT posting_id, day, min(posted_on) AS posted_on,"
        "  sum(CASE WHEN account_id = %s THEN amount ELSE 0 END - CASE WHEN contra_id = %s THEN amount ELSE 0 END)::bigint"
        "  AS amount, count(DISTINCT movement_id) AS movements, min(movement_id) AS movement_id"
        "  FROM touching GROUP BY posting_id, day),"
        " numbered AS (SELECT posting_id, day, row_number() OVER (PARTITION BY posting_id ORDER BY day) AS number"
        "  FROM (SELECT DISTINCT posting_id, day FROM entry WHERE posting_id IN (SELECT posting_id FROM netted)) AS days)"
        " SELECT n.posting_id, d.number, g.recorded_at, g.source, g.reference, n.day, n.posted_on, n.amount,"
        "  n.movements, m.kind, m.reference"
        " FROM netted n JOIN numbered d ON (d.posting_id, d.day) = (n.posting_id, n.day)"
        " JOIN posting g ON g.id = n.posting_id LEFT JOIN movement m ON m.id = n.movement_id"
        " WHERE n.amount <> 0 ORDER BY n.posted_on, n.posting_id, n.day",
        (company_id, account, account, from_ or dt.date.min, _last(to), position, position, account, account),
    )
    return [AccountLine(*row) for row in found]


# ---------------------------------------------------------------------------------------------------------------------
# Facts


class MovementFilter(NamedTuple):
    """Which facts are wanted; ``None`` or nothing: no limit. ``kinds`` are positions in ``codes.KINDS``."""

    from_: dt.date | None = None
    to: dt.date | None = None
    position: int | None = None
    items: Collection[int] | None = None
    locations: Collection[int] | None = None
    partner: int | None = None
    kinds: Collection[int] = ()

    def condition(self, company_id: int) -> tuple[str, tuple[object, ...]]:
        """In SQL, on the movement ``m``, with its parameters."""
        conditions, parameters = ["m.company_id = %s"], [company_id]  # type: tuple[list[str], list[object]]
        for condition, value in (
            ("m.effective_at >= %s", None if self.from_ is None else moment_after(self.from_) - DAY),
            ("m.effective_at < %s", None if self.to is None else moment_after(self.to)),
            ("m.posting_id <= %s", self.position),
            ("m.item_id = ANY (%s::int[])", None if self.items is None else integers(self.items)),
            ("m.partner_id = %s", self.partner),
            ("m.kind = ANY (%s::int[])", integers(self.kinds) if self.kinds else None),
        ):
            if value is not None:
                conditions.append(condition)
                parameters.append(value)
        if self.locations is not None:
            conditions.append("(m.source_id = ANY (%s::int[]) OR m.target_id = ANY (%s::int[]))")
            parameters += [integers(self.locations)] * 2
        return " AND ".join(conditions), tuple(parameters)


def moved_items(company_id: int, wanted: MovementFilter) -> list[int]:
    """The items that have such facts."""
    condition, parameters = wanted.condition(company_id)
    return [row[0] for row in rows(f"SELECT DISTINCT m.item_id FROM movement m WHERE {condition}", parameters)]


def movement_rows(company_id: int, wanted: MovementFilter) -> Iterator[MovementRow]:
    """Facts by the time they were true, then in order of recording."""
    condition, parameters = wanted.condition(company_id)
    statement = (
        "SELECT m.id, m.item_id, m.kind, m.effective_at, m.quantity, m.source_id, m.target_id, m.lot_id, m.unit_price,"
        " m.partner_id, m.reference, m.origin_id, m.posting_id, g.recorded_at, g.source, g.reference, g.actor"
        f" FROM movement m JOIN posting g ON g.id = m.posting_id WHERE {condition} ORDER BY m.effective_at, m.id"
    )
    for row in stream(statement, parameters):
        yield MovementRow(*row)
