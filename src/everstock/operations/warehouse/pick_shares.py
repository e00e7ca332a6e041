"""What lines of orders get of the lines of pick lists: read, added, counted on. See ``models.PickShare``.

A share holds its goods for its order: in the bin until they are picked, in staging until they are shipped or put back.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from everstock.ledger.database import integers, texts
from everstock.operations.documents.read import raw_cursor
from everstock.operations.documents.states import Progress


class Share(NamedTuple):
    """As ``models.PickShare``; quantities in 10^-6 base units."""

    document: int
    line: int
    source: int
    order: int
    item: int
    location: int
    lot: int
    staging: int
    rank: int
    tote: str
    quantity: int
    picked: int = 0
    missing: int = 0
    shipped: int = 0
    put_back: int = 0

    @property
    def open(self) -> int:
        """What is still to be picked."""
        return self.quantity - self.picked - self.missing

    @property
    def staged(self) -> int:
        """What lies in staging."""
        return self.picked - self.shipped - self.put_back

    @property
    def held(self) -> int:
        """What it holds for its order, in the bin or in staging."""
        return self.open + self.staged


_COLUMNS = (
    "document_id, line, source_id, order_id, item_id, location_id, lot_id, staging_id, rank, tote, quantity, picked, missing,"
    " shipped, put_back"
)
_OF_DOCUMENTS = (
    f"SELECT {_COLUMNS} FROM pick_share WHERE document_id = ANY ($1::bigint[]) ORDER BY document_id, line, rank"
)
_OF_LINES = (
    f"SELECT {_COLUMNS} FROM pick_share WHERE source_id = ANY ($1::bigint[]) AND quantity > missing + shipped + put_back"
    " ORDER BY document_id, line, rank"
)
_TYPES = (
    *("bigint", "int", "bigint", "bigint", "int", "int", "int", "int", "int", "text"),
    *("bigint", "bigint", "bigint", "bigint", "bigint"),
)
_ADD = f"INSERT INTO pick_share ({_COLUMNS}) SELECT * FROM unnest({', '.join(f'${number}::{kind}[]' for number, kind in enumerate(_TYPES, 1))})"
_COUNT = (
    "UPDATE pick_share s SET picked = n.picked, missing = n.missing, shipped = n.shipped, put_back = n.put_back"
    "  FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])"
    "       AS n(document, line, source, picked, missing, shipped, put_back)"
    " WHERE s.document_id = n.document AND s.line = n.line AND s.source_id = n.source"
)


def shares_of(pick_lists: Collection[int]) -> list[Share]:
    """Return the shares of pick lists (ids) by list, line and rank."""
    return _read(_OF_DOCUMENTS, pick_lists)


def shares_for(lines: Collection[int]) -> list[Share]:
    """Return the shares that hold goods for lines of orders (ids), by list, line and rank."""
    return _read(_OF_LINES, lines)


def _read(question: str, keys: Collection[int]) -> list[Share]:
    with raw_cursor() as run:
        run.execute(question, (integers(sorted(keys)),), prepare=True)
        return [Share(*row) for row in run.fetchall()]


def add_shares(shares: Sequence[Share]) -> None:
    """Write new shares, in the transaction that writes their pick list, under the locks of their items."""
    if not shares:
        return
    columns = zip(*shares, strict=True)
    values = [texts(one) if kind == "text" else integers(one) for one, kind in zip(columns, _TYPES, strict=True)]
    with raw_cursor() as run:
        run.execute(_ADD, values, prepare=True)


def count_shares(shares: Iterable[Share]) -> None:
    """Write how far shares have got, whose pick lists are locked."""
    columns = [
        *zip(*((s.document, s.line, s.source, s.picked, s.missing, s.shipped, s.put_back) for s in shares), strict=True)
    ]
    if columns:
        with raw_cursor() as run:
            run.execute(_COUNT, [integers(one) for one in columns], prepare=True)


def shared_out(shares: Sequence[Share], field: str, quantity: int, *, last: bool = False) -> list[Share]:
    """Return the shares that change when ``quantity`` of what is open of them is ``picked`` or ``missing`` (``field``).

    In the order of their rank; ``last``: from the last one. What exceeds what is open is left out.
    """
    changed = []
    for share in reversed(shares) if last else shares:
        some = min(quantity, share.open)
        if some:
            changed.append(share._replace(**{field: getattr(share, field) + some}))
            quantity -= some
    return changed


def replaced(shares: Iterable[Share], changed: Iterable[Share]) -> list[Share]:
    """Return all shares with those that changed in the place of what they were."""
    now = {share[:3]: share for share in changed}
    return [now.get(share[:3], share) for share in shares]


def pick_progress(shares: Iterable[Share]) -> Progress:
    """Return how far a pick list with these shares has got; ``SETTLED``: nothing is left to pick, and nothing in staging."""
    shares = list(shares)
    if any(share.open for share in shares):
        return Progress.PART if any(share.picked for share in shares) else Progress.NOTHING
    return Progress.ALL if any(share.staged for share in shares) else Progress.SETTLED
