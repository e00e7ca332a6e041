"""What is promised for a later day is good on that day: against somebody who packs every order on its day, out of what expires first."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everstock.core.facts import Kind
from everstock.ledger.reservations import Wanted, redate, release, reserve
from everstock.masterdata import actions
from everstock.masterdata.models import Lot
from tests.ledger.test_reservations import NOW, UNIT, Store

pytestmark = pytest.mark.django_db
TODAY = dt.datetime.fromtimestamp(NOW / 1e6, dt.UTC).date()
FOREVER = 99
Dated = list[tuple[int, int]]
"""Pairs of a day, counted from today, and a quantity."""


def can_be_kept(lots: Dated, promises: Dated) -> bool:
    """Whether every promise can be packed on its day, each out of what expires first and is still good."""
    left = sorted(lots)
    for due, quantity in sorted(promises):
        open_ = quantity
        for place, (until, there) in enumerate(left):
            some = min(open_, there) if until >= due else 0
            left[place] = until, there - some
            open_ -= some
        if open_:
            return False
    return True


def most(lots: Dated, promises: Dated, due: int, quantity: int) -> int:
    """How much of a quantity can be promised for a day besides ``promises``."""
    return max(some for some in range(quantity + 1) if can_be_kept(lots, [*promises, (due, some)]))


def _day(due: int) -> dt.date | None:
    return None if due == 0 else TODAY + dt.timedelta(days=due)


class Pills(Store):
    """A store with pills in lots that expire, some in a bin."""

    def __init__(self, lots: Dated) -> None:
        super().__init__()
        made = actions.ensure_lots(lots=[(self.tracked, f"L{number}") for number in range(len(lots))])
        for number, (lot, (until, quantity)) in enumerate(zip(made.values(), lots, strict=True)):
            expires_on = None if until == FOREVER else TODAY + dt.timedelta(days=until)
            Lot.objects.filter(pk=lot).update(expires_on=expires_on)
            place = self.bins[0] if number % 2 else self.main
            self.move(Kind.RECEIPT, quantity, place, item=self.tracked, lot=lot)

    def promise(self, holder: str, due: int, quantity: int) -> int:
        wanted = Wanted(holder, self.tracked, self.main, quantity * UNIT, due_on=_day(due))
        [granted] = reserve(self.company.pk, [wanted], recorded_at=NOW)
        return granted // UNIT

    def redate(self, holder: str, due: int) -> int:
        [ended] = redate(self.company.pk, [holder], [_day(due)], recorded_at=NOW)
        return ended // UNIT


LOTS = st.lists(st.tuples(st.sampled_from([-1, 0, 1, 2, 4, FOREVER]), st.integers(1, 6)), max_size=4)
ACTS = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 8), st.booleans()), min_size=1, max_size=8)


@given(lots=LOTS, acts=ACTS)
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
def test_as_much_is_promised_as_can_be_kept_and_no_more(lots: Dated, acts: list[tuple[int, int, bool]]) -> None:
    store = Pills(lots)
    promises: dict[str, tuple[int, int]] = {}
    for number, (due, quantity, ends) in enumerate(acts):
        if ends and promises:
            holder, _ = promises.popitem()
            release(store.company.pk, [holder])
        elif number % 3 == 2:
            holder, (_, before) = promises.popitem()
            left = before - store.redate(holder, due)
            assert left == most(lots, [*promises.values()], due, before)
            promises[holder] = due, left
        granted = store.promise(f"SO/{number}/1", due, quantity)
        assert granted == most(lots, [*promises.values()], due, quantity)
        promises[f"SO/{number}/1"] = due, granted
    store.lawful()


def test_what_expires_before_is_left_to_who_wants_it_earlier(db: None) -> None:
    """Four last until tomorrow, three for five days: three can be promised for the third day, and then still four for today."""
    store = Pills([(1, 4), (5, 3)])
    assert store.promise("SO/1/1", 3, 5) == 3
    assert store.promise("SO/2/1", 6, 1) == 0
    assert store.promise("SO/3/1", 0, 5) == 4
    assert store.promise("SO/4/1", 0, 1) == 0


def test_a_lot_is_not_promised_for_a_day_after_its_last(db: None) -> None:
    store = Pills([(1, 4), (5, 3)])
    lot = Lot.objects.get(item_id=store.tracked, code="L0").pk
    line = Wanted("SO/1/1", store.tracked, store.main, UNIT, lot, due_on=TODAY + dt.timedelta(days=2))
    assert reserve(store.company.pk, [line], recorded_at=NOW) == [0]
    assert reserve(store.company.pk, [line._replace(due_on=TODAY + dt.timedelta(days=1))], recorded_at=NOW) == [UNIT]
