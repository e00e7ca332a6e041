"""What each sale has cost, as a replay of its item finds it, and how much of that is not final."""

import datetime as dt
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from everstock.core.facts import DAY
from everstock.ledger.queries import day_of
from everstock.ledger.replays import Replay, Replays
from everstock.ledger.sales import movements_named
from everstock.operations.purchasing.provisional import provisional_references
from everstock.reports.questions import Question


class SaleCosts(NamedTuple):
    """``booked``: cost by fact and day; a true-up is on the day on which the goods came. ``provisional``: how much of it is not final."""

    booked: Counter[tuple[int, dt.date]]
    provisional: Counter[int]

    def of(self, facts: Collection[int]) -> Counter[int]:
        """What these facts have cost, on all days together."""
        wanted, found = set(facts), Counter[int]()
        for (fact, _), cost in self.booked.items():
            if fact in wanted:
                found[fact] += cost
        return found


def sale_costs(ask: Question, items: Collection[int], accounts: Collection[int]) -> SaleCosts:
    """Return what the facts of these items were booked for on ``accounts``, those of the cost of sales, until the day that is asked for.

    Not final is what comes from receipts without a known price and from estimated landed costs, whichever sales they reached, and what
    left before it was there.
    """
    wanted = frozenset(accounts)
    replays = Replays(ask.company_id)
    references = provisional_references(ask.company_id, position=ask.position, known_at=ask.known_at)
    worthless = frozenset(movements_named(ask.company_id, references))
    booked, provisional, final = Counter[tuple[int, dt.date]](), Counter[int](), Counter[int]()
    doubtful = []
    for replay in replays.histories(items, as_of=ask.as_of, position=ask.position):
        for fact, day, cost in replay.costs(wanted):
            booked[fact, day_of(day * DAY)] += cost
            provisional[fact] += cost
        if worthless & replay.history.known.keys():
            doubtful.append(replay.item)
        else:
            _take_final(replay, wanted, final)
    for replay in replays.histories(doubtful, as_of=ask.as_of, position=ask.position, worthless=worthless):
        _take_final(replay, wanted, final)
    provisional.subtract(final)
    return SaleCosts(booked, Counter({fact: amount for fact, amount in provisional.items() if amount}))


def _take_final(replay: Replay, accounts: frozenset[int], final: Counter[int]) -> None:
    """Add what of the costs is final: all but that of what is still missing."""
    for fact, _, cost in replay.costs(accounts):
        final[fact] += cost
    for deficit in replay.deficits():
        if deficit.contra in accounts:
            final[deficit.fact] -= deficit.value
