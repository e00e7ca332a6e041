"""Rules that the database itself keeps, whatever the code above it does."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from everstock.masterdata.actions import create_company, ensure_items, ensure_units
from everstock.masterdata.models import (
    Account,
    Barcode,
    Company,
    Currency,
    ExchangeRate,
    Item,
    ItemCategory,
    ItemUnit,
    Location,
    Lot,
    Partner,
    Period,
    PostingRule,
    Unit,
)

DAY = dt.date(2026, 1, 1)


@pytest.fixture
def item(company: Company) -> Item:
    return Item.objects.get(pk=ensure_items(company=company, skus=["A"])["A"])


def _insert_and_check(make: Callable[[], object]) -> None:
    with transaction.atomic():
        make()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


BAD_ROWS: dict[str, Callable[[Company, Item], object]] = {
    "currency_code_iso": lambda c, i: Currency.objects.create(code="eur", name="", digits=2),
    "currency_digits_range": lambda c, i: Currency.objects.create(code="ZZZ", name="", digits=5),
    "company_method_known": lambda c, i: Company.objects.filter(pk=c.pk).update(method="nifo"),
    "company_scope_known": lambda c, i: Company.objects.filter(pk=c.pk).update(scope="bin"),
    "exchange_rate_positive": lambda c, i: ExchangeRate.objects.create(company=c, currency_id="EUR", day=DAY, rate=0),
    "unit_code_unique": lambda c, i: Unit.objects.create(company=c, code="each"),
    "unit_code_trimmed": lambda c, i: Unit.objects.create(company=c, code="each "),
    "item_category_code_trimmed": lambda c, i: ItemCategory.objects.create(company=c, code=""),
    "item_category_parent_other": lambda c, i: ItemCategory.objects.create(id=7, company=c, code="a", parent_id=7),
    "item_sku_unique": lambda c, i: Item.objects.create(company=c, sku="A", base_unit=i.base_unit),
    "item_tracking_known": lambda c, i: Item.objects.filter(pk=i.pk).update(tracking="rfid"),
    "item_standard_cost_range": lambda c, i: Item.objects.filter(pk=i.pk).update(standard_cost=-1),
    "item_unit_positive": lambda c, i: ItemUnit.objects.create(item=i, unit=i.base_unit, numerator=1, denominator=0),
    "barcode_code_trimmed": lambda c, i: Barcode.objects.create(company=c, item=i, code=" 1"),
    "location_kind_known": lambda c, i: Location.objects.create(company=c, code="X", kind="moon"),
    "location_purpose_fits": lambda c, i: Location.objects.create(company=c, code="X", kind="internal"),
    "location_purpose_fits ": lambda c, i: Location.objects.create(company=c, code="X", kind="loss", purpose="bin"),
    "partner_code_trimmed": lambda c, i: Partner.objects.create(company=c, code="\t"),
    "account_type_known": lambda c, i: Account.objects.create(company=c, code="1", name="", type="memo"),
    "posting_rule_role_known": lambda c, i: PostingRule.objects.filter(company=c, role="cogs").update(role="fun"),
    "posting_rule_unique": lambda c, i: PostingRule.objects.create(
        company=c, role="cogs", account=Account.objects.filter(company=c).earliest("id")
    ),
    "lot_days_in_order": lambda c, i: Lot.objects.create(
        item=i, code="L", expires_on=DAY, manufactured_on=DAY + dt.timedelta(days=1)
    ),
    "period_days_in_order": lambda c, i: Period.objects.create(
        company=c, starts_on=DAY, ends_on=DAY - dt.timedelta(days=1)
    ),
    "period_no_overlap": lambda c, i: Period.objects.bulk_create(
        Period(company=c, starts_on=DAY + dt.timedelta(days=n), ends_on=DAY + dt.timedelta(days=9)) for n in range(2)
    ),
}


@pytest.mark.parametrize("rule", BAD_ROWS)
def test_bad_row_is_refused_by_the_database(company: Company, item: Item, rule: str) -> None:
    with pytest.raises(IntegrityError, match=rule.strip()):
        _insert_and_check(lambda: BAD_ROWS[rule](company, item))


@pytest.mark.parametrize(
    "rule, change",
    [
        ("item_base_unit_id", lambda o, i: Item.objects.filter(pk=i.pk).update(base_unit=Unit.objects.get(company=o))),
        (
            "item_category_id",
            lambda o, i: Item.objects.filter(pk=i.pk).update(category=ItemCategory.objects.create(company=o, code="C")),
        ),
        (
            "posting_rule_account_id",
            lambda o, i: PostingRule.objects.filter(company=o, role="cogs").update(
                account=Account.objects.get(company=i.company, code="5000")
            ),
        ),
    ],
)
def test_nothing_refers_to_another_company(item: Item, rule: str, change: Callable[[Company, Item], object]) -> None:
    other = create_company(
        code="OTHER", name="", currency_code="EUR", created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    )
    with pytest.raises(IntegrityError, match=f"{rule}_same_company"):
        _insert_and_check(lambda: change(other, item))


def test_codes_are_case_sensitive_and_belong_to_a_company(company: Company) -> None:
    other = create_company(code="acme", name="", currency_code="EUR", created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    units = ensure_units(company=company, codes=["kg", "KG", "每"])
    assert len(set(units.values()) | set(ensure_units(company=other, codes=["kg"]).values())) == 4


def test_periods_of_two_companies_may_overlap(company: Company) -> None:
    other = create_company(code="B", name="", currency_code="EUR", created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    for owner in (company, other):
        Period.objects.create(company=owner, starts_on=DAY, ends_on=DAY)
    assert Period.objects.count() == 2


@pytest.mark.parametrize("table", ["item", "location", "partner", "lot", "barcode"])
def test_large_tables_offer_one_index_for_each_lookup(company: Company, table: str) -> None:
    """While statistics call a table empty, the planner may choose any index that contains the column it looks for."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table).values()
    indexes = [c["columns"] for c in constraints if c["index"] or c["unique"]]
    assert sum("id" in columns for columns in indexes) == 1
    assert sum("code" in columns or "sku" in columns for columns in indexes) == 1
