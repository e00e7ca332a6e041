"""Loads the stretch of an item's history that a late or linked fact needs, from the last checkpoint before it.

A stretch starts right after a checkpoint and holds every later fact, the facts that linked ones refer to, and the
value facts and reversals that apply to them. Balances at its start are today's minus what moved since.
"""

from collections import defaultdict
from collections.abc import Collection

from everstock.core.costing.state import load
from everstock.core.facts import ON_HAND_VALUE, RECEIPT_VALUE, Fact, Kind
from everstock.core.history import BEGINNING, History
from everstock.core.replay import Engine, ItemState, Place, living
from everstock.ledger import database
from everstock.ledger.books import Books
from everstock.ledger.codes import CODE, KINDS
from everstock.ledger.database import integers
from everstock.ledger.runs import load_runs

FACT_COLUMNS = (
    "m.item_id, m.id, m.kind, m.effective_at, m.quantity, m.contra_id, m.source_id, m.target_id, m.lot_id,"
    " m.value, m.unit_value, m.origin_id, m.contra_in_id"
)
_STANDING_STILL = ON_HAND_VALUE | RECEIPT_VALUE | {Kind.COUNT}
_PLANS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
_LINKED = [CODE[Kind.RETURN_IN], CODE[Kind.RETURN_OUT]]
_APPLIED = [CODE[Kind.COST_CHANGE], CODE[Kind.LANDED_COST], CODE[Kind.REVERSAL]]


def fact_of(row: tuple[int, ...], holds_stock: "frozenset[int]") -> Fact:
    """A fact from a row of ``FACT_COLUMNS`` without the item; partner locations are left out."""
    number, kind, at, quantity, contra, source, target, lot, value, unit_value, origin, contra_in = row
    return Fact(
        number,
        KINDS[kind],
        at,
        quantity,
        contra,
        source if source in holds_stock else None,
        target if target in holds_stock else None,
        lot,
        value,
        unit_value,
        origin,
        contra_in,
    )


def load_histories(
    books: Books, starts: dict[int, int], moments: Collection[int], *, fact_by_fact: bool = False
) -> dict[int, History]:
    """Histories of items, each from before the moment given on. Their items must be locked.

    ``moments``: all instants at which facts are about to be put in, or to which they apply. ``fact_by_fact``: no runs.
    """
    with database.cursor() as run:
        # statistics of tables that are just being filled mislead the planner; every question here has its index
        run.execute("; ".join(f"SET LOCAL {plan} = off" for plan in _PLANS))
    checkpoints = _checkpoints(starts)
    facts = _facts(books, checkpoints, None if fact_by_fact or books.may_go_negative else moments)
    states = _states(checkpoints)
    places = {
        (item, location, fact.lot)
        for item, listed in facts.items()
        for fact in listed
        for location in (fact.source, fact.target)
        if location is not None
    }
    books.open_pools(places)
    balances = _balances(checkpoints, facts)
    with database.cursor() as run:
        # what the caller asks later in its transaction is planned as usual
        run.execute("; ".join(f"SET LOCAL {plan} TO DEFAULT" for plan in _PLANS))
    return {item: _history(books, item, states.get(item, {}), balances[item], facts.get(item, [])) for item in starts}


def _history(
    books: Books, item: int, pools: dict[int, list[int]], balances: dict[Place, int], facts: list[Fact]
) -> History:
    engine = engine_for(books, item)
    start = ItemState({pool: load(state) for pool, state in pools.items()}, balances)
    return History(engine, start, facts)


def engine_for(books: Books, item: int) -> Engine:
    """The costing engine of an item of the company."""
    return Engine(books.policy(books.items[item]), lambda location, lot: books.pool(item, location, lot), books.guarded)


def _checkpoints(starts: dict[int, int]) -> dict[int, int]:
    """The last checkpoint before each start with no later linked return of a fact that lies before it."""
    moved = dict(starts)
    while True:
        checkpoints = _last_before(moved)
        with database.cursor() as run:
            run.execute(
                "SELECT m.item_id, min(o.effective_at) FROM unnest(%s::int[], %s::bigint[]) AS s(item, at)"
                " JOIN movement m ON m.item_id = s.item AND m.effective_at > s.at AND m.kind = ANY (%s)"
                " JOIN movement o ON o.id = m.origin_id WHERE o.effective_at <= s.at GROUP BY m.item_id",
                (integers(checkpoints), integers(checkpoints.values()), _LINKED),
            )
            earlier = dict(run.fetchall())
        if not earlier:
            return checkpoints
        moved |= earlier


def _last_before(starts: dict[int, int]) -> dict[int, int]:
    """The last checkpoint strictly before each start."""
    with database.cursor() as run:
        run.execute(
            "SELECT s.item, (SELECT max(c.at) FROM checkpoint c WHERE c.item_id = s.item AND c.at < s.at)"
            " FROM unnest(%s::int[], %s::bigint[]) AS s(item, at)",
            (integers(starts), integers(starts.values())),
        )
        return {item: BEGINNING if at is None else at for item, at in run.fetchall()}


def _states(checkpoints: dict[int, int]) -> dict[int, dict[int, list[int]]]:
    states: dict[int, dict[int, list[int]]] = defaultdict(dict)
    with database.cursor() as run:
        run.execute(
            "SELECT c.item_id, c.pool_id, c.state FROM unnest(%s::int[], %s::bigint[]) AS s(item, at)"
            " JOIN checkpoint c ON c.item_id = s.item AND c.at = s.at",
            (integers(checkpoints), integers(checkpoints.values())),
        )
        for item, pool, state in run.fetchall():
            states[item][pool] = state
    return states


def _facts(books: Books, checkpoints: dict[int, int], moments: Collection[int] | None) -> dict[int, list[Fact]]:
    """Facts after the checkpoints, and the value facts and reversals that apply to them; as runs if ``moments`` are given."""
    facts: dict[int, list[Fact]] = defaultdict(list)
    question = (
        f"SELECT {FACT_COLUMNS} FROM unnest(%s::int[], %s::bigint[]) AS s(item, at)"
        " JOIN movement m ON m.item_id = s.item AND m.effective_at > s.at AND m.kind <> ALL (%s)"
    )
    parameters: list[object] = [integers(checkpoints), integers(checkpoints.values()), _APPLIED]
    if len(checkpoints) == 1 and moments is not None:
        ((item, after),) = checkpoints.items()
        facts[item], instants = load_runs(item, after, moments)
        question += " AND m.effective_at = ANY (%s::bigint[])"
        parameters.append(integers(instants))
    with database.cursor() as run:
        run.execute(question, parameters)
        for row in run:
            facts[row[0]].append(fact_of(row[1:], books.stocked))
        run.execute(
            f"SELECT {FACT_COLUMNS} FROM movement m WHERE m.item_id = ANY (%s::int[])"
            " AND m.origin_id IS NOT NULL AND m.kind = ANY (%s) ORDER BY m.id",
            (integers(checkpoints), _APPLIED),
        )
        known = {item: {fact.id for fact in listed} for item, listed in facts.items()}
        for row in run:
            fact = fact_of(row[1:], books.stocked)
            if fact.origin in known.get(row[0], ()):
                known[row[0]].add(fact.id)
                facts[row[0]].append(fact)
    return facts


def _balances(checkpoints: dict[int, int], facts: dict[int, list[Fact]]) -> dict[int, dict[Place, int]]:
    """Balances at the checkpoints: today's minus what the facts moved since."""
    balances: dict[int, dict[Place, int]] = {item: defaultdict(int) for item in checkpoints}
    with database.cursor() as run:
        run.execute(
            "SELECT item_id, location_id, lot_id, quantity FROM balance WHERE item_id = ANY (%s::int[])"
            " UNION ALL SELECT d.item_id, d.location_id, coalesce(d.lot_id, 0), -d.quantity"
            " FROM unnest(%s::int[], %s::bigint[]) AS s(item, at)"
            " JOIN count_difference d ON d.item_id = s.item AND d.effective_at > s.at",
            (integers(checkpoints), integers(checkpoints), integers(checkpoints.values())),
        )
        for item, location, lot, quantity in run.fetchall():
            balances[item][location, lot or None] += quantity
    for item, listed in facts.items():
        here = balances[item]
        for fact in living(listed):
            if fact.kind in _STANDING_STILL:
                continue
            if fact.source is not None:
                here[fact.source, fact.lot] += fact.quantity
            if fact.target is not None:
                here[fact.target, fact.lot] -= fact.quantity
    return {item: dict(here) for item, here in balances.items()}
