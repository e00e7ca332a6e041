"""A long history of one item in few facts: runs of plain outbound facts count as one.

What leaves between two other facts telescopes (specification: *What leaves*), so a year of a hundred thousand sales is
a few hundred runs of one day each. A run never contains the instant of any other fact: of a receipt, transfer, count or
value fact, of a fact that others apply to, or of a fact about to be put in.

Not for places that may go below zero: deficits are kept fact by fact.
"""

from collections import defaultdict
from collections.abc import Collection

from everstock.core.facts import DAY, Fact, Kind
from everstock.ledger import database
from everstock.ledger.codes import CODE, KINDS
from everstock.ledger.database import integers

_PLAIN = [CODE[Kind.ISSUE], CODE[Kind.ADJUST_OUT], CODE[Kind.WASTE]]

_BREAKS = """
SELECT effective_at FROM movement WHERE item_id = %(item)s AND effective_at > %(after)s AND kind <> ALL (%(plain)s)
UNION
SELECT o.effective_at FROM movement m JOIN movement o ON o.id = m.origin_id
 WHERE m.item_id = %(item)s AND m.origin_id IS NOT NULL AND o.effective_at > %(after)s
"""
_RUNS = """
SELECT width_bucket(effective_at, %(breaks)s::bigint[]) AS stretch, effective_at / %(day)s AS day,
       kind, source_id, lot_id, contra_id, sum(quantity)::bigint, max(id), min(effective_at), max(effective_at), count(*)
  FROM movement
 WHERE item_id = %(item)s AND effective_at > %(after)s AND kind = ANY (%(plain)s)
   AND effective_at <> ALL (%(breaks)s::bigint[])
 GROUP BY 1, 2, 3, 4, 5, 6
"""


def load_runs(item: int, after: int, moments: Collection[int]) -> tuple[list[Fact], list[int]]:
    """Plain facts of an item after a moment as runs; and the instants whose facts must be loaded one by one.

    ``moments``: instants at which facts are about to be put in, or to which they apply.
    """
    with database.cursor() as run:
        run.execute(_BREAKS, {"item": item, "after": after, "plain": _PLAIN})
        breaks = sorted({*moments, *(at for (at,) in run.fetchall())})
        known = {"item": item, "after": after, "plain": _PLAIN, "breaks": integers(breaks), "day": DAY}
        # not prepared: only where the planner knows the breaks are they looked up, and not gone through for every row
        run.execute(_RUNS, known, prepare=False)
        stretches = defaultdict(list)
        for row in run.fetchall():
            stretches[row[0], row[1]].append(row[2:])
    runs = []
    for rows in stretches.values():
        if len(rows) == 1:
            kind, source, lot, contra, quantity, last, _, at, _ = rows[0]
            runs.append(Fact(last, KINDS[kind], at, quantity, contra, source=source, lot=lot))
    mixed = [(min(row[6] for row in rows), max(row[7] for row in rows)) for rows in stretches.values() if len(rows) > 1]
    return runs, _instants(item, breaks, mixed)


def _instants(item: int, breaks: list[int], mixed: list[tuple[int, int]]) -> list[int]:
    """The breaks, and every instant of stretches in which kinds, places or accounts alternate."""
    if not mixed:
        return breaks
    with database.cursor() as run:
        run.execute(
            "SELECT DISTINCT m.effective_at FROM unnest(%s::bigint[], %s::bigint[]) AS s(first, last)"
            " JOIN movement m ON m.item_id = %s AND m.effective_at BETWEEN s.first AND s.last",
            (integers(first for first, _ in mixed), integers(last for _, last in mixed), item),
        )
        return sorted({*breaks, *(at for (at,) in run.fetchall())})
