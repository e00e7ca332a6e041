"""The order in which the facts of one item are processed (specification: *Order*)."""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from everstock.core.facts import INBOUND, Fact, Kind, PoolOf

INBOUND_RANK, OUTGOING_RANK, SAME_INSTANT_RETURN_RANK = 0, 1, 2


def rank(fact: Fact, origin_at: int | None) -> int:
    """Place of a fact inside its instant; ``origin_at`` is the moment of the fact it returns, if it is a linked return."""
    if fact.kind in INBOUND:
        same_instant = fact.kind is Kind.RETURN_IN and origin_at == fact.effective_at
        return SAME_INSTANT_RETURN_RANK if same_instant else INBOUND_RANK
    return OUTGOING_RANK


def in_order(facts: Iterable[Fact], pool_of: PoolOf, origins: Iterable[Fact] = ()) -> list[Fact]:
    """The facts in the order of processing; ``origins`` are further facts that some of them return."""
    listed = list(facts)
    linked = {fact.origin for fact in listed if fact.origin is not None and fact.kind is Kind.RETURN_IN}
    moments = {fact.id: fact.effective_at for fact in (*listed, *origins) if fact.id in linked}
    keyed = sorted(
        (fact.effective_at, rank(fact, moments.get(fact.origin) if fact.origin is not None else None), fact.id, fact)
        for fact in listed
    )
    result: list[Fact] = []
    for (_, group_rank), group in groupby(keyed, key=itemgetter(0, 1)):
        members = [row[3] for row in group]
        if group_rank == OUTGOING_RANK and len(members) > 1:
            members = _what_arrives_first(members, pool_of)
        result.extend(members)
    return result


_Key = tuple[str, int, int | None]
"""A pool ("pool", id, None) or a place ("place", location, lot)."""


def _what_arrives_first(facts: list[Fact], pool_of: PoolOf) -> list[Fact]:
    """Facts leaving at one instant, so that what a transfer brings is there before it leaves again."""
    arrivals = {fact.id: keys for fact in facts if (keys := _arrives_at(fact, pool_of))}
    if not arrivals:
        return facts
    acts_on = {fact.id: _acts_on(fact, pool_of) for fact in facts}
    waiting = list(facts)
    result: list[Fact] = []
    while waiting:
        pending = {key for fact in waiting for key in arrivals.get(fact.id, ())}
        # a circle of transfers has no free fact: the order of recording decides
        chosen = next((fact for fact in waiting if not acts_on[fact.id] & pending), waiting[0])
        waiting.remove(chosen)
        result.append(chosen)
    return result


def _arrives_at(fact: Fact, pool_of: PoolOf) -> set[_Key]:
    """What a transfer fills: its target's place, and its target's pool unless it comes from there."""
    if fact.kind is not Kind.TRANSFER or fact.source is None or fact.target is None:
        return set()
    source, target = pool_of(fact.source, fact.lot), pool_of(fact.target, fact.lot)
    keys: set[_Key] = {("place", fact.target, fact.lot)}
    return keys if target is None or target == source else keys | {("pool", target.id, None)}


def _acts_on(fact: Fact, pool_of: PoolOf) -> set[_Key]:
    location = fact.target if fact.source is None else fact.source
    if location is None:
        return set()
    pool = pool_of(location, fact.lot)
    keys: set[_Key] = {("place", location, fact.lot)}
    return keys if pool is None else keys | {("pool", pool.id, None)}
