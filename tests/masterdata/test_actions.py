import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from everstock.core.posting import LocationKind, Role
from everstock.core.problems import Refusal
from everstock.masterdata import actions, queries
from everstock.masterdata.currencies import CURRENCIES
from everstock.masterdata.defaults import ACCOUNT_OF, CHART, VIRTUAL_LOCATIONS
from everstock.masterdata.models import (
    Account,
    Company,
    Currency,
    ExchangeRate,
    Item,
    ItemCategory,
    ItemUnit,
    Location,
    Partner,
    Period,
    PostingRule,
    Unit,
)

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DAY = dt.date(2026, 1, 1)


def test_defaults_are_complete() -> None:
    codes = [code for code, _, _ in CHART]
    assert codes == sorted(set(codes))
    assert codes[0] >= "1000"
    assert codes[-1] <= "8999"
    assert set(ACCOUNT_OF) == set(Role)
    assert set(ACCOUNT_OF.values()) <= set(codes)
    assert len(CURRENCIES) >= 40


def test_new_company_is_ready_to_post(company: Company) -> None:
    rules = queries.posting_rules(company)
    accounts = dict(Account.objects.filter(company=company).values_list("code", "id"))
    assert {role: rules.account(role) for role in Role} == {role: accounts[ACCOUNT_OF[role]] for role in Role}
    assert queries.virtual_locations(company).keys() == VIRTUAL_LOCATIONS.keys()
    assert company.currency.minor_per_major == 100
    assert Currency.objects.count() == len(CURRENCIES)
    assert company.created_at == NOW


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"code": "ACME"}, "company.exists"),
        ({"code": ""}, "code.invalid"),
        ({"code": " A"}, "code.invalid"),
        ({"code": "A\n"}, "code.invalid"),
        ({"code": "A" * 65}, "code.invalid"),
        ({"currency_code": "XXX"}, "currency.unknown"),
        ({"currency_code": "usd"}, "currency.unknown"),
        ({"method": "nifo"}, "method.unknown"),
        ({"scope": "bin"}, "scope.unknown"),
    ],
)
def test_company_refused(company: Company, changes: dict[str, str], code: str) -> None:
    arguments: dict[str, Any] = {"code": "NEW", "name": "", "currency_code": "USD", **changes}
    with pytest.raises(Refusal) as refused:
        actions.create_company(**arguments, created_at=NOW)
    assert refused.value.code == code
    assert Company.objects.count() == 1


def test_ensure_returns_what_is_there_and_creates_what_is_not(company: Company) -> None:
    first = actions.ensure_items(company=company, skus=["A", "B", "A"])
    second = actions.ensure_items(
        company=company, skus={"B", "C", "a"}, base_units={"B": "kg", "C": "kg"}, lot_tracked={"C"}
    )
    assert first["B"] == second["B"]
    assert len({*first.values(), *second.values()}) == 4
    rows = Item.objects.values_list("sku", "base_unit__code", "tracking")
    assert set(rows) == {("A", "each", "none"), ("B", "each", "none"), ("C", "kg", "lot"), ("a", "each", "none")}
    lots = actions.ensure_lots(lots=[(first["A"], "L1"), (first["B"], "L1"), (first["A"], "L2")])
    assert (
        actions.ensure_lots(lots=[(first["A"], "L2"), (first["A"], "L3")])[first["A"], "L2"] == lots[first["A"], "L2"]
    )
    assert len(set(lots.values())) == 3


def test_ensure_locations_keeps_the_kind_of_known_ones(company: Company) -> None:
    places = actions.ensure_locations(company=company, codes=["MAIN", "SCRAP"])
    tree = queries.location_tree(company)
    assert tree.kind(places["SCRAP"]) is LocationKind.SCRAP
    assert tree.kind(places["MAIN"]) is LocationKind.INTERNAL
    supplier = actions.ensure_locations(company=company, codes=["S1"], kind=LocationKind.SUPPLIER)
    assert Location.objects.get(pk=supplier["S1"]).purpose == ""


def test_ensure_partners_adds_what_they_are(company: Company) -> None:
    actions.ensure_partners(company=company, codes=["P", "Q"], is_supplier=True)
    actions.ensure_partners(company=company, codes=["P", "R"], is_customer=True)
    rows = Partner.objects.values_list("code", "is_supplier", "is_customer")
    assert set(rows) == {("P", True, True), ("Q", True, False), ("R", False, True)}


@pytest.mark.parametrize("code", ["", " A", "A ", "A\tB", "A" * 65, "\x00"])
def test_ensure_refuses_bad_codes_and_creates_nothing(company: Company, code: str) -> None:
    for ensure in (
        lambda: actions.ensure_items(company=company, skus=["GOOD", code]),
        lambda: actions.ensure_locations(company=company, codes=["GOOD", code]),
        lambda: actions.ensure_partners(company=company, codes=["GOOD", code]),
        lambda: actions.ensure_lots(lots=[(1, "GOOD"), (1, code)]),
    ):
        with pytest.raises(Refusal) as refused:
            ensure()
        assert refused.value.code == "code.invalid"
    assert not Item.objects.exists()


def test_ensure_asks_once_when_nothing_is_missing(
    company: Company, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    skus = [f"I{number}" for number in range(1000)]
    with django_assert_num_queries(3):  # the items, their unit, the insertion
        actions.ensure_items(company=company, skus=skus)
    with django_assert_num_queries(1):
        actions.ensure_items(company=company, skus=skus)
    with django_assert_num_queries(0):
        assert actions.ensure_items(company=company, skus=[]) == {}


@pytest.fixture
def committed_company(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Company]:
    """A company other connections see. It is cleared away by hand: append-only tables forbid to truncate everything."""
    with django_db_blocker.unblock():
        company = actions.create_company(code="SEEN", name="", currency_code="USD", created_at=NOW)
        yield company
        for model in (PostingRule, Account, Location, Item, Unit):
            model.objects.filter(company=company).delete()
        company.delete()
        connection.close()


def test_two_imports_creating_the_same_items_both_get_them(committed_company: Company) -> None:
    company = committed_company
    inserted, results = threading.Event(), {}

    def second() -> None:
        inserted.wait(10)
        try:
            results["second"] = actions.ensure_items(company=company, skus=["C", "B", "A"])
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with transaction.atomic():
        results["first"] = actions.ensure_items(company=company, skus=["A", "B"])
        inserted.set()
        thread.join(0.3)  # the second one now waits for this transaction
    thread.join(10)
    assert results["first"].items() <= results["second"].items()


def test_barcode(company: Company) -> None:
    items = {sku: Item.objects.get(pk=key) for sku, key in actions.ensure_items(company=company, skus="AB").items()}
    box = Unit.objects.create(company=company, code="box")
    ItemUnit.objects.create(item=items["A"], unit=box, numerator=12, denominator=1)
    first = actions.add_barcode(item=items["A"], code="400")
    assert actions.add_barcode(item=items["A"], code="400", unit=items["A"].base_unit) == first
    actions.add_barcode(item=items["A"], code="401", unit=box)
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"item": items["B"], "code": "400"}, "barcode.taken"),
        ({"item": items["A"], "code": "400", "unit": box}, "barcode.taken"),
        ({"item": items["B"], "code": "402", "unit": box}, "unit.no_conversion"),
        ({"item": items["B"], "code": " 402"}, "code.invalid"),
    ]
    for arguments, code in refusals:
        with pytest.raises(Refusal) as refused:
            actions.add_barcode(**arguments)
        assert refused.value.code == code


def test_exchange_rate_holds_until_the_next(company: Company) -> None:
    for day, rate in ((1, 1_100_000_000), (10, 1_200_000_000), (10, 1_250_000_000)):
        actions.set_exchange_rate(company=company, currency_code="EUR", day=dt.date(2026, 1, day), rate=rate)
    assert ExchangeRate.objects.count() == 2
    days = (dt.date(2025, 12, 31), dt.date(2026, 1, 9), dt.date(2026, 1, 10))
    assert [queries.exchange_rate(company, "EUR", day) for day in days] == [None, 1_100_000_000, 1_250_000_000]


@pytest.mark.parametrize(
    "currency, rate, code",
    [
        ("USD", 1, "rate.own_currency"),
        ("ABC", 1, "currency.unknown"),
        ("EUR", 0, "rate.invalid"),
        ("EUR", -1, "rate.invalid"),
    ],
)
def test_exchange_rate_refused(company: Company, currency: str, rate: int, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        actions.set_exchange_rate(company=company, currency_code=currency, day=DAY, rate=rate)
    assert refused.value.code == code


def _deactivated(account: Account) -> Account:
    account.active = False
    return account


def _elsewhere() -> Account:
    other = actions.create_company(code="OTHER", name="", currency_code="USD", created_at=NOW)
    return Account.objects.get(company=other, code="5000")


@pytest.mark.parametrize(
    "change, role, code",
    [
        (lambda account: account, "fun", "role.unknown"),
        (_deactivated, "cogs", "account.inactive"),
        (lambda account: _elsewhere(), "cogs", "account.other_company"),
    ],
)
def test_posting_rule_refused(company: Company, change: Callable[[Account], Account], role: str, code: str) -> None:
    account = change(Account.objects.get(company=company, code="5000"))
    with pytest.raises(Refusal) as refused:
        actions.set_posting_rule(company=company, role=role, account=account)
    assert refused.value.code == code


def test_posting_rule_replaces_the_one_of_the_same_three(company: Company) -> None:
    category = ItemCategory.objects.create(company=company, code="C")
    for code in ("5100", "5200", "5200"):
        account = Account.objects.get(company=company, code=code)
        actions.set_posting_rule(company=company, role=Role.COGS, account=account)
        actions.set_posting_rule(company=company, role=Role.COGS, account=account, category=category)
    rules = queries.posting_rules(company)
    assert len(rules.rules) == len(Role) + 1
    assert rules.account(Role.COGS) == Account.objects.get(company=company, code="5200").pk


def _days(company: Company) -> list[tuple[dt.date, dt.date, bool]]:
    return list(
        Period.objects.filter(company=company).order_by("starts_on").values_list("starts_on", "ends_on", "locked")
    )


def test_lock_and_unlock(company: Company) -> None:
    assert queries.locked_through(company) is None
    actions.lock_periods(company=company, through=dt.date(2025, 12, 31))
    Period.objects.create(company=company, starts_on=dt.date(2026, 2, 1), ends_on=dt.date(2026, 2, 28))
    actions.lock_periods(company=company, through=dt.date(2026, 2, 10))
    assert _days(company) == [
        (dt.date.min, dt.date(2025, 12, 31), True),
        (dt.date(2026, 1, 1), dt.date(2026, 1, 31), True),
        (dt.date(2026, 2, 1), dt.date(2026, 2, 10), True),
        (dt.date(2026, 2, 11), dt.date(2026, 2, 28), False),
    ]
    actions.unlock_periods(company=company, from_=dt.date(2026, 1, 15))
    assert queries.locked_through(company) == dt.date(2026, 1, 14)
    with pytest.raises(Refusal):
        actions.lock_periods(company=company, through=dt.date.max)


@pytest.mark.django_db
@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.integers(-5, 20)), max_size=8), st.sets(st.integers(0, 5), max_size=3))
def test_locks_have_no_holes(steps: list[tuple[bool, int]], weeks: set[int]) -> None:
    with transaction.atomic():
        company = actions.create_company(code="H", name="", currency_code="USD", created_at=NOW)
        first = dt.date(2026, 1, 1)
        for week in weeks:
            Period.objects.create(
                company=company,
                starts_on=first + dt.timedelta(days=3 * week),
                ends_on=first + dt.timedelta(days=3 * week + 2),
            )
        through: dt.date | None = None
        for lock, offset in steps:
            day = first + dt.timedelta(days=offset)
            if lock:
                actions.lock_periods(company=company, through=day)
                through = max(day, through or day)
            else:
                actions.unlock_periods(company=company, from_=day)
                through = min(day - dt.timedelta(days=1), through) if through else None
            assert queries.locked_through(company) == through
            expected = dt.date.min
            for start, end, locked in _days(company):
                if locked:
                    assert start == expected
                    expected = end + dt.timedelta(days=1)
        transaction.set_rollback(True)
