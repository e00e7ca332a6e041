"""Stock that is promised to somebody: an order's line, a cart, a quote.

A promise is of an item in a warehouse, perhaps of one lot, never of more than lies there unpromised and is not held for quality. It is made and
ended under the locks under which stock moves, so that it can be kept at every commit: what leaves for somebody ends his promise first
(``take``), and a posting after which less is there than was promised ends the least urgent promises itself.

Units as everywhere: quantities in 10^-6 of the base unit, moments in microseconds UTC.
"""

import datetime as dt
import json
from collections.abc import Sequence
from contextlib import nullcontext
from typing import NamedTuple

import psycopg
from django.db import connection, transaction

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.ledger.database import integers, texts
from everstock.ledger.queries import rows
from everstock.ledger.statements import Call, Statement, Value


class Wanted(NamedTuple):
    """``quantity`` of an item in a warehouse for ``holder``; ``lot`` 0: of any. ``keep``: so much must stay free for others.

    ``rank``: the lower, the longer it is kept where there is no longer enough.
    """

    holder: str
    item: int
    warehouse: int
    quantity: int
    lot: int = 0
    keep: int = 0
    due_on: dt.date | None = None
    rank: int = 0


class Reservation(NamedTuple):
    """A promise that stands. ``expires_at``: until when; ``None``: until it is ended."""

    holder: str
    item: int
    warehouse: int
    lot: int
    quantity: int
    due_on: dt.date | None
    expires_at: int | None


_RESERVED = (
    *("int", "bigint", "bool", "bigint", "int[]"),
    *("text[]", "int[]", "int[]", "int[]", "bigint[]", "bigint[]", "date[]"),
)
"""The types of what ``stock_reserve`` is given."""
TAKEN = ("int", "bigint", "text[]", "int[]", "int[]", "int[]", "bigint[]")
"""The same of ``stock_take``."""
PROMISED = "EV002"
"""The state of the error of ``stock_take_unpromised``."""
KEPT = "EV003"
"""The same where more would leave than may, so that something stays for others."""
_RESERVE = Statement(f"SELECT stock_reserve({', '.join(f'${number}' for number in range(1, 13))})", *_RESERVED)
_WAIT = Statement("SELECT stock_wait($1, $2, $3, $4)", "int", "text[]", "int[]", "int[]")
_RELEASE = Statement("SELECT stock_release($1, $2, $3)", "int", "text[]", "bigint[]")
_TAKE = Statement("SELECT stock_take($1, $2, $3, $4, $5, $6, $7)", *TAKEN)
_PASS = Statement(
    "SELECT stock_pass($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    *("int", "bigint", "text[]", "text[]", "int[]", "int[]", "bigint[]", "int[]", "date[]"),
)
_REDATE = Statement("SELECT stock_redate($1, $2, $3, $4)", "int", "bigint", "text[]", "date[]")
_EXTEND = Statement("SELECT stock_extend($1, $2, $3, $4)", "int", "bigint", "text[]", "bigint")


def reserve(
    company_id: int,
    wanted: Sequence[Wanted],
    *,
    recorded_at: int,
    whole: bool = False,
    expires_at: int | None = None,
) -> list[int]:
    """Promise as much of each line as is free, and return how much that was; with ``whole`` all of a line or nothing of it.

    What a holder has of the same item, warehouse and lot already is added to. ``recorded_at``: now; promises that ended before are not
    counted. The caller's items must be his to promise: nothing is checked but what is there.
    """
    if not wanted:
        return []
    return run(_RESERVE, *_reserved(company_id, wanted, recorded_at, whole=whole, expires_at=expires_at))


def reserving(company_id: int, wanted: Sequence[Wanted], *, recorded_at: int) -> Call | None:
    """Return the call that promises what ``reserve`` would, to go along with a statement of the caller; ``None`` if nothing is wanted.

    It locks the items, so it comes before anything that others wait for while they have such a lock.
    """
    if not wanted:
        return None
    return Call("stock_reserve", _RESERVED, _reserved(company_id, wanted, recorded_at, whole=False, expires_at=None))


def _reserved(
    company_id: int, wanted: Sequence[Wanted], recorded_at: int, *, whole: bool, expires_at: int | None
) -> tuple[Value, ...]:
    holders, items, warehouses, quantities, lots, keeps, days, ranks = zip(*wanted, strict=True)
    return (
        *(company_id, recorded_at, whole, expires_at, integers(ranks), texts(holders), integers(items)),
        *(integers(warehouses), integers(lots), integers(quantities), integers(keeps)),
        texts(day and day.isoformat() for day in days),
    )


def wait(company_id: int, wanted: Sequence[Wanted]) -> None:
    """Note that these holders wait for stock: they are served as the caller serves them, whoever else waits, and before whoever comes new."""
    if wanted:
        holders, items, warehouses, *_ = zip(*wanted, strict=True)
        _WAIT.run(company_id, texts(holders), integers(items), integers(warehouses))


def release(company_id: int, holders: Sequence[str], quantities: Sequence[int | None] | None = None) -> list[int]:
    """End what ``holders`` were promised, of each up to its quantity (``None``: all), and return how much that was."""
    if not holders:
        return []
    most = [None] * len(holders) if quantities is None else quantities
    return run(_RELEASE, company_id, texts(holders), integers(most))


def pass_on(company_id: int, givers: Sequence[str], wanted: Sequence[Wanted], *, recorded_at: int) -> list[int]:
    """Hand over to each of ``wanted`` what its giver was promised of the item in the warehouse, for good, and return how much that was.

    Nobody can come between. What the givers' time is over for is not handed over.
    """
    if not wanted:
        return []
    holders, items, warehouses, quantities, _, _, days, ranks = zip(*wanted, strict=True)
    return run(
        _PASS,
        *(company_id, recorded_at, texts(givers), texts(holders), integers(items), integers(warehouses)),
        *(integers(quantities), integers(ranks), texts(day and day.isoformat() for day in days)),
    )


def redate(company_id: int, holders: Sequence[str], days: Sequence[dt.date | None], *, recorded_at: int) -> list[int]:
    """Let what ``holders`` were promised be wanted on other days (``None``: at once), and return how much of each was ended as it is not good then."""
    if not holders:
        return []
    written = texts(None if day is None else day.isoformat() for day in days)
    return run(_REDATE, company_id, recorded_at, texts(holders), written)


def extend(company_id: int, holders: Sequence[str], *, recorded_at: int, expires_at: int) -> list[int]:
    """Let what ``holders`` were promised, and is not over yet, end at another moment, and return how much that is of each."""
    return run(_EXTEND, company_id, recorded_at, texts(holders), expires_at)


def take(company_id: int, leaving: Sequence[Wanted], *, recorded_at: int) -> list[int]:
    """Prepare goods to leave, in the transaction that posts them: end what their holders were promised of them.

    Returns for each line how much of it is promised to others (0: it may go); whoever lets it go nevertheless breaks their promises.
    ``recorded_at``: now; promises that ended before are not counted.
    """
    assert connection.in_atomic_block
    if not leaving:
        return []
    return run(_TAKE, *taken(company_id, leaving, recorded_at))


def taking(company_id: int, leaving: Sequence[Wanted], *, recorded_at: int) -> Call:
    """Return the call that does what ``take`` does, to go along with the statement that posts what leaves.

    Where something is promised to others the statement fails with the state ``PROMISED``; see ``promised``.
    """
    return Call("stock_take_unpromised", TAKEN, taken(company_id, leaving, recorded_at))


def taken(company_id: int, leaving: Sequence[Wanted], recorded_at: int) -> tuple[Value, ...]:
    """Return what ``stock_take`` is given."""
    holders, items, warehouses, quantities, lots, *_ = zip(*leaving, strict=True)
    return (
        *(company_id, recorded_at, texts(holders), integers(items), integers(warehouses), integers(lots)),
        integers(quantities),
    )


def reservations(
    company_id: int, *, holders: Sequence[str] | None = None, item: int | None = None
) -> list[Reservation]:
    """Return the promises that stand, also those whose time is over and that nobody was in the way of; the oldest first."""
    found = rows(
        "SELECT holder, item_id, warehouse_id, lot_id, quantity, due_on, expires_at FROM reservation WHERE company_id = %s"
        " AND (%s::text[] IS NULL OR holder = ANY (%s::text[])) AND (%s::int IS NULL OR item_id = %s) ORDER BY id",
        (company_id, listed := None if holders is None else texts(holders), listed, item, item),
    )
    return list(map(Reservation._make, found))


def run(statement: Statement, *values: Value) -> list[int]:
    """Run a statement that answers with quantities, in a transaction of its own, which it commits in the same call; or as a part of the caller's."""
    outermost = not connection.in_atomic_block
    with transaction.atomic() if outermost else nullcontext():
        (answer,) = statement.run(*values, commit=outermost)
    return [int(quantity) for quantity in (answer or "{}")[1:-1].split(",") if quantity]


def promised(error: psycopg.Error) -> Refusal:
    """Return what is answered when goods cannot leave because they are promised to, or kept for, somebody else; ``error`` says so."""
    sku, missing = json.loads(error.diag.message_detail or "")
    if error.sqlstate == KEPT:
        return Refusal(
            "stock.kept",
            f"Of {sku}, {format_quantity(missing)} of what would leave is reserved for others or must stay.",
            f"Take less, look who holds it (`everstock hold list {sku}`), or change what is kept as safety stock and as the channel's buffer.",
        )
    return Refusal(
        "stock.promised",
        f"Of {sku}, {format_quantity(missing)} of what would leave is reserved for others.",
        "Ship less, or let somebody who may re-allocate what is reserved.",
    )
