"""Which facts count, and in what order: the headings *Facts that vanish* and *Order* of docs/spec/costing.md."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from everstock.core.facts import INBOUND, OUTBOUND, RECEIPT_VALUE, Fact, Kind, PoolOf


def living(facts: Iterable[Fact]) -> list[Fact]:
    """The facts without the reversals and without what they reverse."""
    facts = list(facts)
    gone = {fact.origin for fact in facts if fact.kind is Kind.REVERSAL}
    return [fact for fact in facts if fact.kind is not Kind.REVERSAL and fact.id not in gone]


def in_order(facts: list[Fact], pool_of: PoolOf) -> Iterator[Fact]:
    """The living facts that are processed at their own time, in processing order."""
    moment_of = {fact.id: fact.effective_at for fact in facts}
    timed = sorted((f for f in facts if f.kind not in RECEIPT_VALUE), key=lambda f: (f.effective_at, f.id))
    for moment, same_instant in groupby(timed, key=lambda f: f.effective_at):
        inbound, outgoing, back_at_once = [], [], []
        for fact in same_instant:
            if fact.kind not in INBOUND:
                outgoing.append(fact)
            elif is_linked_customer_return(fact) and moment_of[known(fact.origin, fact)] == moment:
                back_at_once.append(fact)
            else:
                inbound.append(fact)
        yield from inbound
        yield from _arrivals_first(outgoing, pool_of)
        yield from back_at_once


def _arrivals_first(waiting: list[Fact], pool_of: PoolOf) -> Iterator[Fact]:
    """The outgoing group of one instant: what arrives in a place or pool is there before what leaves it."""
    if len(waiting) < 2:
        yield from waiting
        return
    arriving = Counter(filled for fact in waiting for filled in _fills(fact, pool_of))
    while arriving.total():
        free = (fact for fact in waiting if not any(arriving[taken] for taken in _takes_from(fact, pool_of)))
        fact = next(free, waiting[0])
        waiting.remove(fact)
        arriving.subtract(_fills(fact, pool_of))
        yield fact
    yield from waiting


def _pool_id(location: int | None, lot: int | None, pool_of: PoolOf) -> int | None:
    pool = None if location is None else pool_of(location, lot)
    return None if pool is None else pool.id


def _takes_from(fact: Fact, pool_of: PoolOf) -> list[object]:
    """The place and the pool a fact of the outgoing group acts on: its source, or the target of a count or value fact."""
    moves = fact.kind in OUTBOUND or fact.kind is Kind.TRANSFER
    location = fact.source if moves else fact.target
    pool = _pool_id(location, fact.lot, pool_of)
    return [(location, fact.lot)] if pool is None else [(location, fact.lot), pool]


def _fills(fact: Fact, pool_of: PoolOf) -> list[object]:
    """The place a transfer brings something to, and its pool unless it comes from there; nothing for every other fact."""
    if fact.kind is not Kind.TRANSFER:
        return []
    target = _pool_id(fact.target, fact.lot, pool_of)
    stays = target is None or target == _pool_id(fact.source, fact.lot, pool_of)
    return [(fact.target, fact.lot)] if stays else [(fact.target, fact.lot), target]


def is_linked_customer_return(fact: Fact) -> bool:
    """Whether goods come back at their share of what they went out at."""
    return fact.kind is Kind.RETURN_IN and fact.origin is not None


def known(field: int | None, fact: Fact) -> int:
    """A field that a fact of its kind must have."""
    if field is None:
        raise ValueError(f"fact {fact.id} ({fact.kind}) is incomplete")
    return field
