"""What verification takes from one replay instead of several: the books as they were known earlier."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everstock.core.facts import DAY, Fact
from everstock.core.naive import Replay
from everstock.ledger.item_laws import known_at
from tests.core.strategies import DAYS, History, histories

MOMENTS = [day * DAY + DAY // 2 for day in range(DAYS)]


def _stretches(drawn: History, cuts: list[int], late: set[int]) -> dict[int, int]:
    """Facts are recorded when they happen, but those in ``late`` one stretch later; nothing before what it applies to."""
    stretch_of: dict[int, int] = {}
    for fact in drawn.facts:
        stretch = min(bisect_right(cuts, fact.effective_at) + (fact.id in late), len(cuts))
        stretch_of[fact.id] = max(stretch, stretch_of.get(fact.origin or 0, 0))
    return stretch_of


@pytest.mark.slow
def test_what_was_known_is_a_replay_of_what_was_known() -> None:
    replays: Counter[str] = Counter()

    @given(
        drawn=histories(),
        cuts=st.lists(st.sampled_from(MOMENTS), min_size=1, max_size=3, unique=True).map(sorted),
        late=st.one_of(st.just(set()), st.sets(st.integers(1, 30), min_size=1, max_size=3)),
    )
    @settings(max_examples=400, deadline=None, derandomize=True)
    def check(drawn: History, cuts: list[int], late: set[int]) -> None:
        stretch_of = _stretches(drawn, cuts, late)
        asked: list[int] = []

        def replay(facts: Sequence[Fact]) -> Replay:
            asked.append(len(facts))
            return drawn._replace(facts=list(facts)).replay()

        known = known_at(drawn.replay(), drawn.facts, stretch_of, len(cuts), replay)
        for number, (sums, differences) in enumerate(known):
            expected = drawn._replace(facts=[f for f in drawn.facts if stretch_of[f.id] <= number]).replay()
            assert sums == expected.sums
            assert differences == expected.differences
        assert number == len(cuts)
        replays["spared" if drawn.facts and not asked else "made"] += 1

    check()
    assert min(replays["spared"], replays["made"]) > 40
