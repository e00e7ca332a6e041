"""What was sold and what it had cost, from facts and entries: sums by item, customer and month of being true, and fact by fact."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from everstock.core.facts import DAY, Kind
from everstock.core.posting import LocationKind
from everstock.ledger.codes import CODE
from everstock.ledger.database import integers, texts
from everstock.ledger.queries import moment_after, rows

_SOLD, _CAME_BACK = CODE[Kind.ISSUE], CODE[Kind.RETURN_IN]


class Sold(NamedTuple):
    """Issues less returns; ``month`` is its first day."""

    item: int
    partner: int | None
    month: dt.date
    quantity: int
    revenue: int


class SalesCost(NamedTuple):
    """What the accounts of issues and returns were debited with for an item, net."""

    item: int
    month: dt.date
    cost: int


class LotSold(NamedTuple):
    """How much of a lot went to a partner (``None``: not known), and how much of that came back; 10^-6 base units."""

    lot: int
    partner: int | None
    quantity: int
    returned: int


class LotMovement(NamedTuple):
    """An issue of a lot, or a return (``back``), that stands: when it was true, to or from whom, how much, and what posted it."""

    effective_at: int
    back: bool
    partner: int | None
    quantity: int
    reference: str
    posting: int


_CUSTOMERS = "(SELECT id FROM location WHERE company_id = %s AND kind = %s)"
_SALES = f"(m.kind = {_SOLD} AND m.target_id IN {_CUSTOMERS} OR m.kind = {_CAME_BACK} AND m.source_id IN {_CUSTOMERS})"

_LIVING = (
    f"NOT EXISTS (SELECT 1 FROM movement r WHERE r.origin_id = m.id AND r.kind = {CODE[Kind.REVERSAL]}"
    " AND (%s::bigint IS NULL OR r.posting_id <= %s))"
)


def _sales_parameters(company_id: int) -> tuple[object, ...]:
    return (company_id, LocationKind.CUSTOMER.value) * 2


def sales_accounts(company_id: int) -> list[int]:
    """The accounts that issues to customers and returns from them are booked against."""
    found = rows(
        f"SELECT DISTINCT m.contra_id FROM movement m WHERE m.company_id = %s AND {_SALES}",
        (company_id, *_sales_parameters(company_id)),
    )
    return [row[0] for row in found]


def sold(
    company_id: int,
    minor_per_major: int,
    *,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    position: int | None = None,
    item: int | None = None,
) -> list[Sold]:
    """Quantity and revenue of living issues and returns; revenue is rounded line by line."""
    found = rows(
        "SELECT item_id, partner_id, month, sum(sign * quantity)::bigint, sum(sign * revenue)::bigint FROM ("
        " SELECT m.item_id, m.partner_id, m.quantity,"
        f"  CASE m.kind WHEN {_SOLD} THEN 1 ELSE -1 END AS sign,"
        "  div(2 * m.quantity::numeric * coalesce(m.unit_price, 0) * %s + 1000000000000, 2000000000000) AS revenue,"
        f"  date_trunc('month', timestamp '1970-01-01' + m.effective_at / {DAY} * interval '1 day')::date AS month"
        f" FROM movement m WHERE m.company_id = %s AND {_SALES} AND m.effective_at >= %s AND m.effective_at < %s"
        "  AND (%s::bigint IS NULL OR m.posting_id <= %s) AND (%s::int IS NULL OR m.item_id = %s)"
        f"  AND {_LIVING}) AS sales"
        " GROUP BY item_id, partner_id, month",
        (
            *(minor_per_major, company_id, *_sales_parameters(company_id)),
            moment_after(from_ or dt.date.min) - DAY,
            moment_after(to or dt.date.max),
            *(position, position, item, item, position, position),
        ),
    )
    return list(map(Sold._make, found))


def sales_costs(
    company_id: int,
    accounts: list[int],
    *,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    position: int | None = None,
    item: int | None = None,
) -> list[SalesCost]:
    """Cost of sales by the effective day of the entries, so that it is what these accounts show on that basis."""
    of_item = "" if item is None else " AND p.item_id = %s"
    found = rows(
        "SELECT p.item_id, date_trunc('month', e.day)::date, -sum(e.amount)::bigint"
        " FROM entry e JOIN pool p ON p.id = e.pool_id WHERE e.company_id = %s AND e.contra_id = ANY (%s::int[])"
        f" AND e.day BETWEEN %s AND %s AND (%s::bigint IS NULL OR e.posting_id <= %s){of_item} GROUP BY 1, 2",
        (
            *(company_id, integers(accounts), from_ or dt.date.min, to or dt.date.max, position, position),
            *([] if item is None else [item]),
        ),
    )
    return list(map(SalesCost._make, found))


class SaleFact(NamedTuple):
    """A fact that was booked as a sale; what came back has a ``quantity`` below zero, what moved nothing has zero.

    ``unit_price`` in 10^-6 of the company's major unit, ``None`` if nobody said. ``origin``: the fact that it returns.
    """

    id: int
    item: int
    partner: int | None
    effective_at: int
    quantity: int
    unit_price: int | None
    reference: str
    origin: int | None


_SALE_FACT = (
    "SELECT m.id, m.item_id, m.partner_id, m.effective_at,"
    f" CASE m.kind WHEN {_SOLD} THEN m.quantity WHEN {_CAME_BACK} THEN -m.quantity ELSE 0 END, m.unit_price, m.reference, m.origin_id"
    " FROM movement m WHERE"
)


def sale_facts(
    company_id: int, *, from_: dt.date | None = None, to: dt.date | None = None, position: int | None = None
) -> list[SaleFact]:
    """The living issues to customers and returns from them, in order of recording."""
    found = rows(
        f"{_SALE_FACT} m.company_id = %s AND {_SALES} AND m.effective_at >= %s AND m.effective_at < %s"
        f" AND (%s::bigint IS NULL OR m.posting_id <= %s) AND {_LIVING} ORDER BY m.id",
        (
            *(company_id, *_sales_parameters(company_id)),
            moment_after(from_ or dt.date.min) - DAY,
            moment_after(to or dt.date.max),
            *(position, position, position, position),
        ),
    )
    return list(map(SaleFact._make, found))


def facts_named(movements: Collection[int]) -> list[SaleFact]:
    """The same of any facts by their ids: what else is booked on the accounts of sales."""
    return list(map(SaleFact._make, rows(f"{_SALE_FACT} m.id = ANY (%s::bigint[])", (integers(movements),))))


def movements_named(company_id: int, references: Collection[str]) -> list[int]:
    """The ids of the facts with these references."""
    found = rows(
        "SELECT id FROM movement WHERE company_id = %s AND reference = ANY (%s::text[])",
        (company_id, texts(references)),
    )
    return [row[0] for row in found]


_OF_LOTS = (
    f"m.company_id + 0 = %s AND m.kind IN ({_SOLD}, {_CAME_BACK})"
    f" AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.origin_id = m.id AND r.kind = {CODE[Kind.REVERSAL]})"
)


def lots_sold(company_id: int, lots: Collection[int], *, partner: int) -> list[LotSold]:
    """Return what of ``lots`` (ids) went to a partner; lots it never had are left out."""
    found = rows(
        f"SELECT m.lot_id, m.partner_id, sum(CASE m.kind WHEN {_SOLD} THEN m.quantity ELSE 0 END)::bigint,"
        f" sum(CASE m.kind WHEN {_CAME_BACK} THEN m.quantity ELSE 0 END)::bigint"
        f" FROM movement m WHERE m.lot_id = ANY (%s::int[]) AND m.partner_id = %s AND {_OF_LOTS} GROUP BY 1, 2",
        (integers(lots), partner, company_id),
    )
    return list(map(LotSold._make, found))


def lot_movements(company_id: int, lot: int) -> list[LotMovement]:
    """Return where a lot (an id) went and from where it came back, in the order in which it was true."""
    found = rows(
        f"SELECT m.effective_at, m.kind = {_CAME_BACK}, m.partner_id, m.quantity, m.reference, m.posting_id"
        f" FROM movement m WHERE m.lot_id = ANY (%s::int[]) AND {_OF_LOTS} ORDER BY m.effective_at, m.id",
        (integers([lot]), company_id),
    )
    return list(map(LotMovement._make, found))


def returns_of(movements: Collection[int]) -> dict[int, list[int]]:
    """The facts (ids) that return what these took away, whether they stand or not."""
    found: dict[int, list[int]] = {}
    for origin, movement in rows(
        f"SELECT origin_id, id FROM movement WHERE origin_id = ANY (%s::bigint[]) AND kind = {_CAME_BACK}",
        (integers(movements),),
    ):
        found.setdefault(origin, []).append(movement)
    return found
