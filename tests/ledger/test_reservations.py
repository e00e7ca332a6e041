"""Promises of stock: never more than is there, never twice, and ended when they cannot be kept."""

import datetime as dt
import itertools
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everstock.core.facts import Kind
from everstock.ledger.lines import Document, Line
from everstock.ledger.post import post
from everstock.ledger.rebuild import rebuild
from everstock.ledger.reservations import Wanted, release, reservations, reserve, take
from everstock.ledger.verify import verify
from everstock.masterdata import actions
from everstock.masterdata.models import Company, Item, Location, Lot

pytestmark = pytest.mark.django_db
UNIT = 1_000_000
NOW = 1_790_000_000_000_000
DAY = dt.date(2026, 9, 1)
_numbers = itertools.count(1)


class Store:
    """A warehouse with two bins and a place for quality control, a branch, one item and two lots of another."""

    def __init__(self) -> None:
        self.company: Company = actions.create_company(
            code=f"STORE-{next(_numbers)}",
            name="",
            currency_code="EUR",
            created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        )
        create = Location.objects.create
        self.main = create(company=self.company, code="MAIN", kind="internal", purpose="warehouse").pk
        zone = create(company=self.company, code="ZONE", kind="internal", purpose="zone", parent_id=self.main)
        self.bins = [
            create(company=self.company, code=code, kind="internal", purpose="bin", parent=zone).pk
            for code in ("A", "B")
        ]
        self.quality = create(
            company=self.company, code="Q", kind="internal", purpose="quality", parent_id=self.main
        ).pk
        self.branch = create(company=self.company, code="BRANCH", kind="internal", purpose="warehouse").pk
        keys = actions.ensure_items(company=self.company, skus=["LAMP", "PILL"])
        self.item, self.tracked = keys["LAMP"], keys["PILL"]
        Item.objects.filter(pk=self.tracked).update(tracking="lot")
        self.lots = list(actions.ensure_lots(lots=[(self.tracked, "1"), (self.tracked, "2")]).values())

    def move(self, kind: Kind, quantity: int, place: int, **more: object) -> None:
        item = more.pop("item", self.item)
        value = quantity * 100 if kind is Kind.RECEIPT else None
        moved = Line(kind, item, f"M{next(_numbers)}", quantity * UNIT, place, value=value, **more)  # type: ignore[arg-type]
        post(self.company.pk, Document(NOW, (moved,), "test"))

    def reserve(
        self,
        holder: str,
        quantity: int,
        *,
        now: int = NOW,
        expires_at: int | None = None,
        item: int | None = None,
        warehouse: int | None = None,
        lot: int = 0,
    ) -> int:
        wanted = Wanted(holder, item or self.item, warehouse or self.main, quantity * UNIT, lot)
        [granted] = reserve(self.company.pk, [wanted], recorded_at=now, expires_at=expires_at)
        return granted // UNIT

    def held(self) -> dict[str, int]:
        return {one.holder: one.quantity // UNIT for one in reservations(self.company.pk)}

    def lawful(self) -> None:
        assert verify(self.company.pk).violations == []


@pytest.fixture
def store(db: None) -> Store:
    return Store()


def test_promised_is_what_is_there_and_free(store: Store) -> None:
    store.move(Kind.RECEIPT, 6, store.bins[0])
    store.move(Kind.RECEIPT, 4, store.bins[1])
    store.move(Kind.RECEIPT, 5, store.quality)
    store.move(Kind.RECEIPT, 7, store.branch)
    assert store.reserve("SO/1/1", 8) == 8
    assert store.reserve("SO/2/1", 8) == 2, "what is held for quality or lies elsewhere is not promised"
    assert store.reserve("SO/3/1", 1) == 0
    assert store.reserve("SO/3/1", 8, warehouse=store.branch) == 7
    assert store.held() == {"SO/1/1": 8, "SO/2/1": 2, "SO/3/1": 7}
    store.lawful()


def test_all_or_nothing_and_what_must_stay_free(store: Store) -> None:
    store.move(Kind.RECEIPT, 5, store.main)
    line = Wanted("CART/1", store.item, store.main, 6 * UNIT)
    assert reserve(store.company.pk, [line], recorded_at=NOW, whole=True) == [0]
    assert reserve(store.company.pk, [line._replace(quantity=3 * UNIT, keep=3 * UNIT)], recorded_at=NOW) == [2 * UNIT]
    assert store.held() == {"CART/1": 2}


def test_more_for_the_same_holder_is_added_and_released_together(store: Store) -> None:
    store.move(Kind.RECEIPT, 9, store.main)
    assert [store.reserve("SO/1/1", 2), store.reserve("SO/1/1", 3)] == [2, 3]
    assert store.held() == {"SO/1/1": 5}
    assert release(store.company.pk, ["SO/1/1", "NOBODY"], [UNIT, None]) == [UNIT, 0]
    assert store.held() == {"SO/1/1": 4}
    assert release(store.company.pk, ["SO/1/1"]) == [4 * UNIT]
    assert store.held() == {}
    store.lawful()


def test_what_expired_is_free_again_for_whoever_needs_it(store: Store) -> None:
    store.move(Kind.RECEIPT, 5, store.main)
    store.reserve("CART/1", 3, expires_at=NOW + 10)
    assert store.reserve("CART/2", 4, now=NOW + 9) == 2, "not yet"
    assert store.reserve("CART/3", 1, now=NOW + 10) == 1
    assert store.held() == {"CART/2": 2, "CART/3": 1}
    store.lawful()


def test_a_lot_is_promised_once(store: Store) -> None:
    first, second = store.lots
    store.move(Kind.RECEIPT, 4, store.main, item=store.tracked, lot=first)
    store.move(Kind.RECEIPT, 4, store.bins[0], item=store.tracked, lot=second)
    assert store.reserve("SO/1/1", 3, item=store.tracked, lot=first) == 3
    assert store.reserve("SO/2/1", 3, item=store.tracked, lot=first) == 1
    assert store.reserve("SO/3/1", 9, item=store.tracked) == 4, "of any lot: what is left of the other one"
    assert store.reserve("SO/4/1", 1, item=store.tracked, lot=second) == 0
    store.move(Kind.WASTE, 2, store.main, item=store.tracked, lot=first)
    assert store.held() == {"SO/1/1": 2, "SO/3/1": 4}, "of the lot that shrank, the younger promises go first"
    store.lawful()


def test_what_has_expired_is_not_promised_any_more(store: Store) -> None:
    first, second = store.lots
    today = dt.datetime.fromtimestamp(NOW / 1e6, dt.UTC).date()
    for lot, expires_on in ((first, today - dt.timedelta(days=1)), (second, today)):
        store.move(Kind.RECEIPT, 4, store.main, item=store.tracked, lot=lot)
        Lot.objects.filter(pk=lot).update(expires_on=expires_on)
    assert store.reserve("SO/1/1", 3, item=store.tracked) == 3, "of what lasts today"
    assert store.reserve("SO/2/1", 3, item=store.tracked) == 1
    assert store.reserve("SO/3/1", 1, item=store.tracked, lot=first) == 0
    assert store.reserve("SO/3/1", 1, item=store.tracked, now=NOW + 86_400_000_000) == 0
    store.lawful()


def test_goods_that_leave_end_their_own_promise_and_spare_the_others(store: Store) -> None:
    store.move(Kind.RECEIPT, 10, store.main)
    store.reserve("SO/1/1", 6)
    store.reserve("SO/2/1", 3)
    with transaction.atomic():
        line = Wanted("SO/1/1", store.item, store.main, 4 * UNIT)
        assert take(store.company.pk, [line], recorded_at=NOW) == [0]
        store.move(Kind.ISSUE, 4, store.main)
    assert store.held() == {"SO/1/1": 2, "SO/2/1": 3}
    with transaction.atomic():
        two = [Wanted("", store.item, store.main, UNIT), Wanted("SO/1/1", store.item, store.main, 5 * UNIT)]
        assert take(store.company.pk, two, recorded_at=NOW) == [0, 3 * UNIT], (
            "six are there, three of them are somebody else's"
        )
        transaction.set_rollback(True)
    store.lawful()


def test_a_posting_that_leaves_too_little_ends_the_least_urgent_promises(store: Store) -> None:
    store.move(Kind.RECEIPT, 10, store.main)
    lines = [
        ("SO/1/1", 0, DAY, None),
        ("SO/2/1", 0, DAY + dt.timedelta(days=3), None),
        ("SO/3/1", 1, DAY, None),
        ("CART/1", 0, None, NOW + 10**9),
    ]
    for holder, rank, due_on, expires_at in lines:
        wanted = Wanted(holder, store.item, store.main, 2 * UNIT, due_on=due_on, rank=rank)
        assert reserve(store.company.pk, [wanted], recorded_at=NOW, expires_at=expires_at) == [2 * UNIT]
    store.move(Kind.ADJUST_OUT, 2, store.main)
    assert len(store.held()) == 4
    for left in ({"SO/1/1", "SO/2/1", "SO/3/1"}, {"SO/1/1", "SO/2/1"}, {"SO/1/1"}):
        store.move(Kind.TRANSFER, 2, store.main, to_location=store.branch)
        assert set(store.held()) == left
        store.lawful()
    store.move(Kind.TRANSFER, 1, store.main, to_location=store.quality)
    assert store.held() == {"SO/1/1": 1}
    store.move(Kind.COUNT, 0, store.main)
    assert store.held() == {}
    store.lawful()


def test_a_company_whose_stock_falls_below_zero_promises_nothing_that_is_not_there(store: Store) -> None:
    Company.objects.filter(pk=store.company.pk).update(negative_stock=True)
    store.move(Kind.RECEIPT, 3, store.main)
    assert store.reserve("SO/1/1", 2) == 2
    store.move(Kind.ISSUE, 5, store.main)
    assert store.held() == {}
    assert store.reserve("SO/1/1", 1) == 0
    store.lawful()


def test_the_law_sees_a_promise_too_many_and_a_wrong_sum(store: Store) -> None:
    store.move(Kind.RECEIPT, 3, store.main)
    store.reserve("SO/1/1", 3)
    store.lawful()
    for change in ("UPDATE reservation SET quantity = quantity + 1", "UPDATE reserved SET quantity = quantity - 1"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
            [found] = verify(store.company.pk).violations
            assert found.law == "promises can be kept"
            transaction.set_rollback(True)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "reserve", "reserve", "release", "take", "receive", "lose", "move", "later"]),
        st.integers(0, 4),
        st.integers(1, 6),
        st.booleans(),
    ),
    max_size=25,
)


class Naive:
    """The same rules, by adding everything up: promises in a list, the oldest first."""

    def __init__(self) -> None:
        self.there = [0, 0]
        self.promises: list[tuple[str, int, int, int | None]] = []
        self.now = NOW

    def free(self, warehouse: int) -> int:
        return self.there[warehouse] - sum(quantity for _, at, quantity, _ in self.promises if at == warehouse)

    def reserve(self, holder: str, warehouse: int, quantity: int, expires_at: int | None) -> int:
        if self.free(warehouse) < quantity:
            self.promises = [one for one in self.promises if one[3] is None or one[3] > self.now]
        granted = min(quantity, max(0, self.free(warehouse)))
        if granted:
            for place, one in enumerate(self.promises):
                if one[:2] == (holder, warehouse):
                    self.promises[place] = (holder, warehouse, one[2] + granted, expires_at)
                    break
            else:
                self.promises.append((holder, warehouse, granted, expires_at))
        return granted

    def end(self, chosen: Callable[[tuple[str, int, int, int | None]], bool], most: int, *, least_urgent: bool) -> int:
        left = most
        order = sorted(
            range(len(self.promises)), key=lambda place: (least_urgent and self.promises[place][3] is None, -place)
        )
        for place in order:
            holder, warehouse, quantity, expires_at = self.promises[place]
            if chosen(self.promises[place]):
                some = min(left, quantity)
                left -= some
                self.promises[place] = (holder, warehouse, quantity - some, expires_at)
        self.promises = [one for one in self.promises if one[2]]
        return most - left

    def shrink(self, warehouse: int, quantity: int) -> None:
        self.there[warehouse] -= quantity
        self.end(lambda one: one[1] == warehouse, max(0, -self.free(warehouse)), least_urgent=True)


@given(acts=ACTS)
@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
def test_promises_are_those_of_a_naive_shop(acts: list[tuple[str, int, int, bool]]) -> None:
    store, naive = Store(), Naive()
    warehouses = [store.main, store.branch]
    for act, name, quantity, flag in acts:
        at, holder = int(flag), f"H{name}"
        if act == "later":
            naive.now += 100
        elif act == "reserve":
            expires_at = naive.now + 250 if name > 2 else None
            granted = store.reserve(holder, quantity, warehouse=warehouses[at], now=naive.now, expires_at=expires_at)
            assert granted == naive.reserve(holder, at, quantity, expires_at)
        elif act == "release":
            [ended] = release(store.company.pk, [holder], [quantity * UNIT])
            assert ended == UNIT * naive.end(lambda one, of=holder: one[0] == of, quantity, least_urgent=False)  # type: ignore[misc]
        elif act == "receive":
            store.move(Kind.RECEIPT, quantity, warehouses[at])
            naive.there[at] += quantity
        elif naive.there[at] >= quantity:
            if act == "take":
                with transaction.atomic():
                    leaving = [Wanted(holder, store.item, warehouses[at], quantity * UNIT)]
                    [missing] = take(store.company.pk, leaving, recorded_at=NOW)
                    naive.end(lambda one, of=holder, to=at: one[:2] == (of, to), quantity, least_urgent=False)  # type: ignore[misc]
                    promised = naive.there[at] > naive.free(at)
                    assert missing == (UNIT * min(quantity, max(0, quantity - naive.free(at))) if promised else 0)
                    store.move(Kind.ISSUE, quantity, warehouses[at])
            elif act == "lose":
                store.move(Kind.ADJUST_OUT, quantity, warehouses[at])
            else:
                store.move(Kind.TRANSFER, quantity, warehouses[at], to_location=warehouses[1 - at])
                naive.there[1 - at] += quantity
            naive.shrink(at, quantity)
        assert sorted(
            (one.holder, warehouses.index(one.warehouse), one.quantity // UNIT, one.expires_at)
            for one in reservations(store.company.pk)
        ) == sorted(naive.promises)
    store.lawful()
    rebuild(store.company.pk)
    store.lawful()


LINES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.booleans(),
        st.booleans(),
        st.integers(0, 2),
        st.integers(1, 5),
        st.sampled_from([0, 0, 0, 1, 3]),
    ),
    min_size=1,
    max_size=5,
)


@given(before=LINES, lines=LINES, expires=st.booleans())
@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
def test_many_lines_at_once_do_what_they_would_do_one_by_one(
    before: list[tuple[int, bool, bool, int, int, int]],
    lines: list[tuple[int, bool, bool, int, int, int]],
    expires: bool,
) -> None:
    store = Store()
    for place in (store.main, store.bins[1], store.branch):
        store.move(Kind.RECEIPT, 4, place)
        for lot in store.lots:
            store.move(Kind.RECEIPT, 3, place, item=store.tracked, lot=lot)

    def wanted(some: list[tuple[int, bool, bool, int, int, int]]) -> list[Wanted]:
        """Of two items, in two warehouses, of any lot or of one of two; of the first item there are no lots."""
        return [
            Wanted(
                *(f"H{name}", store.tracked if tracked else store.item, store.branch if branch else store.main),
                *(quantity * UNIT, store.lots[lot - 1] if tracked and lot else 0, keep * UNIT),
            )
            for name, tracked, branch, lot, quantity, keep in some
        ]

    def held() -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT item_id, warehouse_id, quantity FROM reserved WHERE quantity <> 0")
            sums = sorted(cursor.fetchall())
        return [*sorted(reservations(store.company.pk)), *sums]

    def each(do: Callable[[list[Wanted]], list[int]]) -> list[int]:
        return [quantity for one in wanted(lines) for quantity in do([one])]

    def both_ways(do: Callable[[list[Wanted]], list[int]]) -> tuple[list[int], list[int]]:
        with transaction.atomic():
            one_by_one, after = each(do), held()
            transaction.set_rollback(True)
        at_once = do(wanted(lines))
        assert held() == after
        return one_by_one, at_once

    until = NOW + 10 if expires else None
    reserve(store.company.pk, wanted(before), recorded_at=NOW, expires_at=until)
    one_by_one, at_once = both_ways(lambda some: reserve(store.company.pk, some, recorded_at=NOW + 20))
    assert at_once == one_by_one
    store.lawful()
    with transaction.atomic():
        both_ways(lambda some: take(store.company.pk, some, recorded_at=NOW))
    store.lawful()
