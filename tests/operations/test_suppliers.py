"""Suppliers: their terms, calendar, lead times, items and prices."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from everstock.core.lead_times import Calendar, usual_lead_time
from everstock.core.quantities import LIMIT, SCALE
from everstock.masterdata.models import Partner
from everstock.operations.documents.incoterms import Incoterm
from everstock.operations.documents.read import raw_cursor
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import suppliers
from everstock.operations.purchasing.models import SupplierHoliday, SupplierItem, SupplierPrice, SupplierTerms
from tests.operations.buying import DAY, MONDAY, NOW, Buying
from tests.operations.unchanged import refused

WEEKEND = 0b1100000


# --- the calendar: March 2026 begins on a Sunday


@pytest.mark.parametrize(
    "closed, holidays, ordered, lead_time, expected",
    [
        (0,       [],        2, 0,  2),
        (0,       [],        2, 5,  7),
        (WEEKEND, [],        2, 4,  6),   # Friday
        (WEEKEND, [],        2, 5,  9),   # a Saturday, so Monday
        (WEEKEND, [9],       2, 5,  10),
        (WEEKEND, [9, 10],   2, 6,  11),
        (WEEKEND, [],        7, 1,  10),  # ordered on a Saturday, read on Monday
        (WEEKEND, [3, 4],    3, 1,  6),
        (0b0111111, [],      2, 1,  15),  # open on Sundays only: read on the 8th, delivered on the 15th
    ],
)  # fmt: skip
def test_expected_day(closed: int, holidays: list[int], ordered: int, lead_time: int, expected: int) -> None:
    calendar = Calendar(closed, frozenset(dt.date(2026, 3, day) for day in holidays))
    assert calendar.expected(dt.date(2026, 3, ordered), lead_time) == dt.date(2026, 3, expected)


@pytest.mark.parametrize("ordered, received, took", [(2, 2, 0), (2, 9, 7), (7, 10, 1), (7, 7, 0)])
def test_how_long_a_delivery_took(ordered: int, received: int, took: int) -> None:
    calendar = Calendar(WEEKEND)
    assert calendar.took(dt.date(2026, 3, ordered), dt.date(2026, 3, received)) == took


@pytest.mark.parametrize(
    "promised, days, count, expected", [(7, 0, 0, 7), (7, 8, 4, 7), (7, 10, 5, 2), (7, 11, 5, 3), (7, 0, 5, 0)]
)
def test_what_deliveries_took_is_believed_after_five(promised: int, days: int, count: int, expected: int) -> None:
    assert usual_lead_time(promised, days, count) == expected


def learn(company: int, *, supplier: int, took: list[int], forget: bool = False) -> None:
    """What a receipt does with the days that deliveries took."""
    with raw_cursor() as run:
        run.execute(
            "SELECT lead_time_learn($1, $2, $3, $4)", suppliers.learning(company, supplier, took, forget=forget)
        )


def test_lead_times_from_the_item_what_was_learned_and_what_was_promised(buying: Buying) -> None:
    smith, company = buying.partners["SMITH"], buying.company.pk

    def days(item: str | None = None) -> int:
        found = suppliers.expected_day(
            company, supplier=smith, day=MONDAY, item=None if item is None else buying.items[item]
        )
        return (found - MONDAY).days

    assert days() == 0
    learn(company, supplier=smith, took=[9])
    suppliers.set_terms(buying.boss, supplier=smith, recorded_at=NOW, lead_time=4)
    buying.sell("BOLT", lead_time=1)
    buying.sell("NUT")
    assert (days(), days("NUT"), days("BOLT"), days("OLD")) == (4, 4, 1, 4)
    learn(company, supplier=smith, took=[9, 10, 10, 10])
    assert (days(), days("NUT"), days("BOLT")) == (10, 10, 1)
    learn(company, supplier=smith, took=[10], forget=True)
    assert days() == 4
    assert SupplierTerms.objects.get(partner=smith).learned_count == 4
    learn(Buying().company.pk, supplier=smith, took=[1])
    assert SupplierTerms.objects.get(partner=smith).learned_count == 4, "another company's supplier"


def test_holidays(buying: Buying) -> None:
    smith = buying.partners["SMITH"]
    suppliers.set_terms(buying.boss, supplier=smith, recorded_at=NOW, closed_weekdays=WEEKEND)
    days = {MONDAY: "Feast", MONDAY + DAY: ""}
    suppliers.add_holidays(buying.boss, supplier=smith, days=days, recorded_at=NOW)
    suppliers.add_holidays(buying.boss, supplier=smith, days={MONDAY: "Other"}, recorded_at=NOW)
    assert SupplierHoliday.objects.get(partner=smith, day=MONDAY).name == "Feast"
    expected: dict[str, Any] = {"supplier": smith, "day": MONDAY - 2 * DAY}
    assert suppliers.expected_day(buying.company.pk, **expected) == MONDAY + 2 * DAY
    suppliers.remove_holidays(buying.boss, supplier=smith, days=[MONDAY], recorded_at=NOW)
    assert suppliers.expected_day(buying.company.pk, **expected) == MONDAY
    said = AuditEvent.objects.filter(subject="SMITH").order_by("id").values_list("action", "before", "after")
    assert list(said)[1:] == [
        ("supplier.add_holidays", None, {"holidays": {"2026-03-02": "Feast", "2026-03-03": ""}}),
        ("supplier.add_holidays", None, {"holidays": {"2026-03-02": "Other"}}),
        ("supplier.remove_holidays", {"holidays": ["2026-03-02"]}, None),
    ]


# --- terms


def test_terms_change_one_by_one(buying: Buying) -> None:
    smith = buying.partners["SMITH"]
    first = {"payment_days": 30, "incoterm": "DAP", "over_tolerance": 100_000, "under_tolerance": 50_000}
    suppliers.set_terms(buying.boss, supplier=smith, recorded_at=NOW, **first)  # type: ignore[arg-type]
    second = {"price_tolerance": 10_000, "tax_code": buying.taxes["VAT"], "payment_days": 0}
    suppliers.set_terms(buying.boss, supplier=smith, recorded_at=NOW + 1, **second)  # type: ignore[arg-type]
    terms = SupplierTerms.objects.get(partner=smith)
    assert (terms.payment_days, terms.incoterm, terms.over_tolerance, terms.under_tolerance) == (
        0,
        "DAP",
        100_000,
        50_000,
    )
    assert (terms.price_tolerance, terms.tax_code_id) == (10_000, buying.taxes["VAT"])
    last = AuditEvent.objects.filter(action="supplier.terms").latest("id")
    assert last.before == {"payment_days": 30, "price_tolerance": 0, "tax_code_id": None}


def test_incoterms() -> None:
    assert [term.value for term in Incoterm if not term.owned_on_the_way] == ["DAP", "DPU", "DDP"]


# --- prices

PRICES = [
    # from quantity, unit price, currency, from day, to day (of March)
    (0, 500, "USD", 2, None),
    (10, 450, "USD", 2, None),
    (10, 400, "USD", 10, 20),
    (50, 300, "USD", 15, 15),
    (0, 480, "EUR", 2, None),
]


@pytest.fixture
def priced(buying: Buying) -> Buying:
    """Smith sells bolts in boxes of 100."""
    buying.sell(unit="box")
    for from_quantity, price, currency, first, last in PRICES:
        suppliers.set_price(
            buying.boss,
            supplier=buying.partners["SMITH"],
            item=buying.items["BOLT"],
            from_quantity=from_quantity * SCALE,
            unit_price=price * SCALE,
            currency=currency,
            valid_from=dt.date(2026, 3, first),
            valid_to=None if last is None else dt.date(2026, 3, last),
            recorded_at=NOW,
        )
    return buying


@pytest.mark.parametrize(
    "quantity, unit, day, currency, expected",
    [
        (1,    "box",   1,  "USD", None),
        (1,    "box",   2,  "USD", 500),
        (9,    "box",   2,  "USD", 500),
        (10,   "box",   2,  "USD", 450),
        (10,   "box",   9,  "USD", 450),
        (10,   "box",   10, "USD", 400),
        (10,   "box",   20, "USD", 400),
        (10,   "box",   21, "USD", 450),
        (49,   "box",   15, "USD", 400),
        (50,   "box",   15, "USD", 300),
        (50,   "box",   16, "USD", 400),
        (10,   "box",   2,  "EUR", 480),
        (10,   "box",   2,  "GBP", None),
        (999,  None,    2,  "USD", 5),
        (1000, "each",  2,  "USD", 4.5),
        (1000, None,    2,  None,  4.5),
        (3000, "third", 2,  "USD", 1.5),
        (2997, "third", 2,  "USD", 1.666667),
    ],
)  # fmt: skip
def test_price_by_quantity_day_and_currency(
    priced: Buying, quantity: int, unit: str | None, day: int, currency: str | None, expected: float | None
) -> None:
    from everstock.masterdata.actions import set_exchange_rate

    set_exchange_rate(company=priced.company, currency_code="GBP", day=dt.date(2026, 1, 1), rate=10**9)
    found = suppliers.price_for(
        priced.company.pk,
        supplier=priced.partners["SMITH"],
        item=priced.items["BOLT"],
        quantity=quantity * SCALE,
        unit=None if unit is None else priced.units[unit],
        day=dt.date(2026, 3, day),
        currency=currency,
    )
    assert found == (None if expected is None else round(expected * SCALE))


def test_a_price_of_the_same_day_and_quantity_is_replaced(priced: Buying) -> None:
    given: dict[str, Any] = {"supplier": priced.partners["SMITH"], "item": priced.items["BOLT"]}
    count = SupplierPrice.objects.count()
    suppliers.set_price(priced.boss, unit_price=7, valid_from=MONDAY, recorded_at=NOW, **given)
    assert SupplierPrice.objects.count() == count
    found = suppliers.price_for(priced.company.pk, quantity=100 * SCALE, unit=priced.units["box"], day=MONDAY, **given)
    assert found == 450 * SCALE
    found = suppliers.price_for(priced.company.pk, quantity=SCALE, unit=priced.units["box"], day=MONDAY, **given)
    assert found == 7


def test_the_currency_of_a_price_is_the_one_we_trade_in(buying: Buying) -> None:
    for supplier, currency in (("SMITH", "USD"), ("EURO", "EUR")):
        buying.sell("NUT", supplier)
        price = suppliers.set_price(
            buying.boss,
            supplier=buying.partners[supplier],
            item=buying.items["NUT"],
            unit_price=1,
            valid_from=MONDAY,
            recorded_at=NOW,
        )
        assert price.currency_id == currency


def test_where_to_buy_first(buying: Buying) -> None:
    bolt, nut = buying.items["BOLT"], buying.items["NUT"]
    smith, euro = buying.partners["SMITH"], buying.partners["EURO"]
    assert suppliers.preferred_suppliers(buying.company.pk, [bolt, nut]) == {}
    for supplier in ("EURO", "SMITH"):
        for item in ("BOLT", "NUT"):
            buying.sell(item, supplier)
    assert suppliers.preferred_suppliers(buying.company.pk, [bolt, nut]) == {bolt: euro, nut: euro}
    buying.sell("BOLT", "EURO", preferred=True)
    buying.sell("BOLT", "SMITH", preferred=True)
    assert suppliers.preferred_suppliers(buying.company.pk, [bolt, nut]) == {bolt: smith, nut: euro}
    assert suppliers.preferred_suppliers(buying.company.pk, [nut]) == {nut: euro}
    assert SupplierItem.objects.filter(item=bolt, preferred=True).count() == 1


def test_a_supplier_item_is_replaced(buying: Buying) -> None:
    buying.sell(unit="box", code="B-1", barcode="123", minimum_quantity=5, multiple=5, lead_time=3)
    buying.sell(unit="each", code="B-2")
    [row] = SupplierItem.objects.filter(partner=buying.partners["SMITH"])
    assert (row.unit_id, row.code, row.barcode, row.minimum_quantity, row.lead_time) == (None, "B-2", "", 0, None)
    last = AuditEvent.objects.filter(action="supplier.item").latest("id")
    assert last.before is not None
    assert (last.before["code"], last.before["unit_id"]) == ("B-1", buying.units["box"])


# --- refusals

Verb = Callable[..., Any]


def _item(**more: Any) -> tuple[Verb, dict[str, Any]]:
    return suppliers.set_supplier_item, {"item": "BOLT", **more}


def _price(**more: Any) -> tuple[Verb, dict[str, Any]]:
    return suppliers.set_price, {"item": "NUT", "unit_price": 1, "valid_from": MONDAY, **more}


def _terms(**more: Any) -> tuple[Verb, dict[str, Any]]:
    return suppliers.set_terms, more


REFUSED = [
    ("terms.invalid", _terms(payment_days=-1)),
    ("terms.invalid", _terms(lead_time=3651)),
    ("terms.invalid", _terms(over_tolerance=SCALE + 1)),
    ("terms.invalid", _terms(under_tolerance=-1)),
    ("terms.invalid", _terms(price_tolerance=-1)),
    ("terms.invalid", _terms(closed_weekdays=0b1111111)),
    ("incoterm.unknown", _terms(incoterm="fob")),
    ("tax.unknown", _terms(tax_code="OLD")),
    ("tax.unknown", _terms(tax_code=10**8)),
    ("item.unknown", _item(item=10**8)),
    ("unit.no_conversion", _item(unit="pair")),
    ("terms.invalid", _item(minimum_quantity=-1)),
    ("terms.invalid", _item(multiple=LIMIT)),
    ("terms.invalid", _item(lead_time=-1)),
    ("code.invalid", _item(code=" x")),
    ("code.invalid", _item(barcode="x" * 65)),
    ("supplier_item.taken", _item(code="N-1")),
    ("supplier_item.taken", _item(barcode="N-2")),
    ("item.unknown", _price(item=10**8)),
    ("supplier_item.unknown", _price(item="BOLT")),
    ("currency.unknown", _price(currency="XXX")),
    ("price.negative", _price(unit_price=-1)),
    ("price.invalid", _price(unit_price=LIMIT)),
    ("price.invalid", _price(from_quantity=-1)),
    ("price.invalid", _price(valid_to=MONDAY - DAY)),
]


@pytest.mark.parametrize("code, asked", REFUSED)
def test_what_cannot_be_agreed(buying: Buying, code: str, asked: tuple[Verb, dict[str, Any]]) -> None:
    buying.sell("NUT", code="N-1", barcode="N-2")
    verb, more = asked
    names = {"item": buying.items, "unit": buying.units, "tax_code": buying.taxes}
    given = {
        name: names[name][value] if isinstance(value, str) and name in names else value for name, value in more.items()
    }
    refused(code, lambda: verb(buying.boss, supplier=buying.partners["SMITH"], recorded_at=NOW, **given))


@pytest.mark.parametrize(
    "verb, more",
    [
        _terms(lead_time=1),
        _item(item=0),
        _price(item=0),
        (suppliers.add_holidays, {"days": {MONDAY: ""}}),
        (suppliers.remove_holidays, {"days": [MONDAY]}),
    ],
)
def test_who_may_and_whom(buying: Buying, verb: Verb, more: dict[str, Any]) -> None:
    def ask(actor: Any, supplier: int) -> Callable[[], Any]:
        return lambda: verb(actor, supplier=supplier, recorded_at=NOW, **more)

    others = buying.actor(*(permission for permission in Permission if permission is not Permission.SUPPLIER_CHANGE))
    refused("permission.missing", ask(others, buying.partners["SMITH"]))
    refused("supplier.unknown", ask(buying.boss, 10**8))
    refused("supplier.unknown", ask(Buying().boss, buying.partners["SMITH"]))
    refused("supplier.not_one", ask(buying.boss, buying.partners["JONES"]))


@pytest.mark.parametrize(
    "code, more",
    [
        ("supplier.unknown", {"supplier": 10**8}),
        ("item.unknown", {"item": 10**8}),
        ("unit.no_conversion", {"unit": "pair"}),
        ("quantity.not_exact", {"unit": "third", "quantity": 1}),
        ("rate.missing", {"currency": "JPY"}),
    ],
)
def test_a_price_that_cannot_be_asked(buying: Buying, code: str, more: dict[str, Any]) -> None:
    buying.sell()
    usual = {"supplier": buying.partners["SMITH"], "item": buying.items["BOLT"], "quantity": SCALE, "day": MONDAY}
    given = {**usual, **more}
    if "unit" in more:
        given["unit"] = buying.units[more["unit"]]
    refused(code, lambda: suppliers.price_for(buying.company.pk, **given))


BAD_ROWS: dict[str, Callable[[Buying, SupplierItem], Any]] = {
    "supplier_terms_payment_days_range": lambda b, i: _terms_row(b, payment_days=-1),
    "supplier_terms_incoterm_known": lambda b, i: _terms_row(b, incoterm="XXX"),
    "supplier_terms_lead_time_range": lambda b, i: _terms_row(b, lead_time=4000),
    "supplier_terms_learned_range": lambda b, i: _terms_row(b, learned_count=-1),
    "supplier_terms_tolerance_range": lambda b, i: _terms_row(b, price_tolerance=-1),
    "supplier_terms_some_day_open": lambda b, i: _terms_row(b, closed_weekdays=127),
    "supplier_item_unique": lambda b, i: SupplierItem.objects.create(partner=i.partner, item=i.item),
    "supplier_item_one_preferred": lambda b, i: SupplierItem.objects.create(
        partner_id=b.partners["EURO"], item=i.item, preferred=True
    ),
    "supplier_item_quantities_range": lambda b, i: SupplierItem.objects.filter(pk=i.pk).update(multiple=-1),
    "supplier_item_lead_time_range": lambda b, i: SupplierItem.objects.filter(pk=i.pk).update(lead_time=-1),
    "supplier_price_not_negative": lambda b, i: _price_row(i, unit_price=-1),
    "supplier_price_quantity_range": lambda b, i: _price_row(i, from_quantity=-1),
    "supplier_price_days_in_order": lambda b, i: _price_row(i, valid_to=MONDAY - DAY),
    "supplier_price_unique": lambda b, i: [_price_row(i), _price_row(i)],
    "supplier_holiday_unique": lambda b, i: [
        SupplierHoliday.objects.create(partner=i.partner, day=MONDAY) for _ in range(2)
    ],
}


def _terms_row(buying: Buying, **more: Any) -> Any:
    return SupplierTerms.objects.create(partner=Partner.objects.get(pk=buying.partners["SMITH"]), **more)


def _price_row(sold: SupplierItem, **more: Any) -> Any:
    given = {"currency_id": "USD", "valid_from": MONDAY, "unit_price": 1, **more}
    return SupplierPrice.objects.create(supplier_item=sold, **given)


@pytest.mark.parametrize("rule", BAD_ROWS)
def test_bad_row_is_refused_by_the_database(buying: Buying, rule: str) -> None:
    buying.sell(preferred=True)
    sold = SupplierItem.objects.get(partner=buying.partners["SMITH"])
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        BAD_ROWS[rule](buying, sold)
