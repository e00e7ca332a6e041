"""Which price holds, also against a choice that anybody can follow."""

import datetime as dt
import itertools
import random
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.masterdata.models import ItemCategory, ItemUnit
from everstock.operations.sales import customers, price_lists, prices
from everstock.operations.sales.models import PriceList, PriceListEntry
from everstock.operations.sales.prices import Audience
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.selling import PERCENT, Selling, ask
from tests.operations.unchanged import refused

# --- which price holds


def test_no_list_no_price(selling: Selling) -> None:
    assert ask(selling) is None
    selling.put(selling.price_list(), selling.new(5, "NUT"))
    assert ask(selling) is None
    assert ask(selling, item="NUT") == (5, 0, "LIST")


def test_the_customer_before_its_group_before_everybody(selling: Selling) -> None:
    jones, paris = selling.partners["JONES"], selling.partners["PARIS"]
    # the further away, the better in everything else
    selling.put(selling.price_list("ALL", rank=0), selling.new(3, quantity=10, valid_from=MONDAY))
    selling.put(selling.price_list("TRADE", customer_group="TRADE", rank=1), selling.new(4, quantity=5))
    selling.put(selling.price_list("JONES", customer=jones, rank=2), selling.new(5, category="METAL"))
    selling.put(selling.price_list("PARIS", customer=paris, rank=2), selling.new(6))
    assert ask(selling, 10) == (5, 0, "JONES")
    assert ask(selling, 10, who=None) == (3, 0, "ALL")
    assert ask(selling, 10, who="PARIS", currency="USD") == (6, 0, "PARIS")
    PriceListEntry.objects.filter(price_list__code="JONES").delete()
    assert ask(selling, 10) == (3, 0, "ALL"), "not in the group"
    customers.set_terms(selling.boss, customer=jones, customer_group="TRADE", recorded_at=NOW)
    assert ask(selling, 10) == (4, 0, "TRADE")
    assert ask(selling, 4) is None
    other = Selling()
    assert ask(other, 10) is None, "another company"
    with pytest.raises(Refusal, match="item"):
        prices.price(other.company.pk, customer=None, item=selling.items["BOLT"], quantity=SCALE, day=MONDAY)


def test_the_item_before_its_category_before_those_above(selling: Selling) -> None:
    row = selling.price_list()
    selling.put(row, selling.new(1, category="METAL", quantity=100))
    assert ask(selling, 100) == (1, 0, "LIST")
    assert ask(selling, 100, "NUT") is None, "of no category"
    selling.put(row, selling.new(2, category="SMALL", quantity=50))
    assert ask(selling, 100) == (2, 0, "LIST")
    selling.put(row, selling.new(3))
    assert ask(selling, 100) == (3, 0, "LIST")
    found = prices.price(selling.company.pk, customer=None, item=selling.items["BOLT"], quantity=SCALE, day=MONDAY)
    assert found is not None
    assert (found.offer.nearness, found.audience) == (0, Audience.EVERYBODY)


def test_categories_in_a_circle_end(selling: Selling) -> None:
    selling.put(selling.price_list(), selling.new(1, category="METAL"))
    ItemCategory.objects.filter(pk=selling.categories["METAL"]).update(parent_id=selling.categories["SMALL"])
    assert ask(selling) == (1, 0, "LIST")


BY_QUANTITY_RANK_AND_DAY = [
    # list, rank, price, from quantity, from day, to day (of March)
    ("A", 100, 50, 0, 1, None),
    ("A", 100, 45, 10, 1, None),
    ("A", 100, 40, 10, 10, 20),
    ("B", 99, 48, 0, 1, None),
    ("B", 99, 44, 10, 5, 6),
    ("C", 101, 30, 50, 15, 15),
]


@pytest.mark.parametrize(
    "quantity, day, expected",
    [
        (1, 1, (48, "B")), (9, 10, (48, "B")), (10, 1, (45, "A")), (10, 5, (44, "B")), (10, 6, (44, "B")), (10, 7, (45, "A")),
        (10, 9, (45, "A")), (10, 10, (40, "A")), (10, 20, (40, "A")), (10, 21, (45, "A")), (49, 15, (40, "A")),
        (50, 15, (30, "C")), (50, 16, (40, "A")), (0, 1, (48, "B")),
    ],
)  # fmt: skip
def test_quantity_then_rank_then_day(selling: Selling, quantity: int, day: int, expected: tuple[int, str]) -> None:
    lists: dict[str, PriceList] = {}
    for code, rank, price, from_quantity, first, last in BY_QUANTITY_RANK_AND_DAY:
        if code not in lists:
            lists[code] = selling.price_list(code, rank=rank)
        days: dict[str, Any] = {
            "valid_from": dt.date(2026, 3, first),
            "valid_to": None if last is None else dt.date(2026, 3, last),
        }
        selling.put(lists[code], selling.new(price, quantity=from_quantity, **days))
    found = ask(selling, quantity, day=dt.date(2026, 3, day))
    assert found == (expected[0], 0, expected[1])


def test_a_list_holds_in_its_days_and_its_currency(selling: Selling) -> None:
    row = selling.price_list(valid_from=MONDAY, valid_to=MONDAY + DAY)
    selling.put(row, selling.new(5))
    selling.put(selling.price_list("EURO", currency="EUR"), selling.new(4))
    found = [ask(selling, day=MONDAY + days * DAY) for days in (-1, 0, 1, 2)]
    assert found == [None, (5, 0, "LIST"), (5, 0, "LIST"), None]
    assert ask(selling, who="PARIS") == (4, 0, "EURO")
    assert ask(selling, currency="EUR") == (4, 0, "EURO")
    assert ask(selling, currency="JPY") is None
    price_lists.change_price_list(selling.boss, price_list=row.pk, valid_to=None, recorded_at=NOW)
    assert ask(selling, day=MONDAY + 2 * DAY) == (5, 0, "LIST")


@pytest.mark.parametrize(
    "quantity, unit, expected",
    [
        (1, None, 5), (99, "each", 5), (100, None, 4), (1, "box", 400), (2, "box", 350), (3, "third", 1.666667),
        (299, "third", 1.666667), (300, "third", 1.333333),
    ],
)  # fmt: skip
def test_a_price_of_the_unit_of_the_line_before_one_of_the_base_unit(
    selling: Selling, quantity: int, unit: str | None, expected: float
) -> None:
    box = [selling.new(price, unit="box", quantity=count) for price, count in ((400, 0), (350, 2))]
    each = [selling.new(5, unit="each"), selling.new(4, quantity=100), selling.new(1, "NUT")]
    selling.put(selling.price_list(), *box, *each)
    assert ask(selling, quantity, unit=unit) == (expected, 0, "LIST")


def test_a_price_of_another_unit_holds_for_nothing_else(selling: Selling) -> None:
    selling.put(selling.price_list(), selling.new(400, unit="box"), selling.new(9, category="METAL", unit="box"))
    assert ask(selling, 100) is None
    assert ask(selling, 1, unit="box") == (400, 0, "LIST")


def test_discounts_are_off_the_price_in_the_base_list(selling: Selling) -> None:
    jones = selling.partners["JONES"]
    base = selling.price_list("RETAIL", customer_group="NOBODY")
    selling.put(base, selling.new(10), selling.new(8, quantity=100), selling.new(7, "NUT", valid_from=MONDAY))
    row = selling.price_list("JONES", customer=jones, base=base.pk)
    selling.put(row, selling.new(discount=10 * PERCENT, category="METAL"), selling.new(discount=SCALE, item="NUT"))
    selling.put(row, selling.new(discount=20 * PERCENT, category="METAL", quantity=50))
    assert [ask(selling, count) for count in (1, 49, 50, 100)] == [
        (10, 10, "JONES"),
        (10, 10, "JONES"),
        (10, 20, "JONES"),
        (8, 20, "JONES"),
    ]
    assert ask(selling, 1, unit="box") == (8 * 100, 20, "JONES")
    assert ask(selling, item="NUT") == (7, 100, "JONES")
    assert ask(selling, item="NUT", day=MONDAY - DAY) is None, "there is nothing to take the discount off yet"
    assert ask(selling, who="PARIS", currency="USD") is None, "the base list is for others"
    found = prices.price(selling.company.pk, customer=jones, item=selling.items["NUT"], quantity=SCALE, day=MONDAY)
    assert found is not None
    assert (found.base, found.audience, found.price_list) == ("RETAIL", Audience.CUSTOMER, row.pk)


def test_a_discount_off_nothing_leaves_the_next_price(selling: Selling) -> None:
    base = selling.price_list("RETAIL", valid_to=MONDAY - DAY)
    selling.put(base, selling.new(10))
    selling.put(
        selling.price_list("JONES", customer=selling.partners["JONES"], base=base.pk), selling.new(discount=PERCENT)
    )
    selling.put(selling.price_list("ALL"), selling.new(12))
    assert ask(selling) == (12, 0, "ALL")
    assert ask(selling, day=MONDAY - DAY) == (10, 1, "JONES")


def test_many_items_are_one_statement(selling: Selling) -> None:
    selling.put(selling.price_list(), selling.new(5), selling.new(6, "NUT"))
    items = [selling.items[sku] for sku in ("BOLT", "NUT", "OLD")]
    with CaptureQueriesContext(
        connection,
    ) as by_django:
        found = prices.load(selling.company.pk, selling.partners["JONES"], MONDAY, items=items)
    assert len(by_django) == 0
    assert [found.price(item, SCALE) is not None for item in items] == [True, True, False]


# --- against a choice that anybody can follow


_UNITS = [None, "box", "third", "each"]
_DAYS = [-1, 0, 1, 2]


def _entry(chance: random.Random) -> dict[str, Any]:
    return {
        "thing": chance.choice(["BOLT", "BOLT", "NUT", "METAL", "SMALL"]),
        "unit": chance.choice([None, None, "box", "third", "each"]),
        "quantity": chance.choice([0, 2, 100]),
        "price": chance.choice([None, chance.randint(1, 999), chance.randint(1, 999)]),
        "first": chance.choice(_DAYS[:3]),
        "length": chance.choice([None, 0, 1]),
    }


def _list(chance: random.Random) -> dict[str, Any]:
    return {
        "for": chance.choice(["JONES", "PARIS", "TRADE", "OTHER", "", ""]),
        "rank": chance.choice([1, 2]),
        "first": chance.choice(_DAYS[:2]),
        "length": chance.choice([None, None, 1]),
        "base": chance.choice([None, 0, 1, 2]),
        "entries": [_entry(chance) for _ in range(chance.randint(2, 12))],
    }


_NEAR = {"BOLT": ["BOLT", "SMALL", "METAL"], "NUT": ["NUT"]}
_FACTOR = {None: Fraction(1), "each": Fraction(1), "box": Fraction(100), "third": Fraction(1, 3)}


def _holds(row: dict[str, Any], day: int) -> bool:
    return row["first"] <= day and (row["length"] is None or day <= row["first"] + row["length"])


def _naive(
    lists: list[dict[str, Any]], who: str, group: str, item: str, quantity: int, unit: str | None, day: int
) -> tuple[Fraction, int, str] | None:
    """Price, discount in percent and list, from nothing but the words of the rule."""

    def candidates(number: int) -> list[tuple[Any, dict[str, Any]]]:
        row = lists[number]
        found: list[Any] = []
        for entry in row["entries"] if _holds(row, day) else ():
            base_unit = entry["unit"] in {None, "each"}
            reached = quantity * _FACTOR[unit] >= entry["quantity"] if base_unit else quantity >= entry["quantity"]
            fits = base_unit or entry["unit"] == unit
            if entry["thing"] in _NEAR[item] and fits and reached and _holds(entry, day):
                nearness = _NEAR[item].index(entry["thing"])
                key = (nearness, base_unit, -entry["quantity"], row["rank"], -entry["first"], number)
                found.append((key, entry))
        return found

    def money(entry: dict[str, Any]) -> Fraction:
        return Fraction(entry["price"]) * (_FACTOR[unit] if entry["unit"] in {None, "each"} else 1)

    ways: list[tuple[Any, Fraction, int, str]] = []
    for number, row in enumerate(lists):
        audience = {who: 0, group: 1, "": 2}.get(row["for"])
        for key, entry in candidates(number) if audience is not None else ():
            if entry["price"] is not None:
                ways.append(((audience, *key), money(entry), 0, row["code"]))
            else:
                [*below] = sorted(candidates(row["base"]), key=lambda way: way[0])
                if below:
                    ways.append(((audience, *key), money(below[0][1]), 10, row["code"]))
    return min(ways, key=lambda way: way[0])[1:] if ways else None


def _usable(lists: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with codes, bases that are lists of prices, and one entry for each key."""
    found: list[Any] = []
    for number, row in enumerate(lists):
        base = row["base"]
        fits = base is not None and base < number and found[base]["base"] is None
        entries = {}
        for entry in row["entries"]:
            if entry["price"] is not None or fits:
                unit = None if entry["unit"] == "each" and entry["thing"] in _NEAR else entry["unit"]
                if entry["thing"] == "NUT" or unit == "each":
                    unit = None
                key = (entry["thing"], unit, entry["quantity"], entry["first"])
                entries[key] = {**entry, "unit": unit}
        found.append({**row, "code": f"L{number}", "base": base if fits else None, "entries": list(entries.values())})
    return found


def _keep(selling: Selling, lists: list[dict[str, Any]]) -> None:
    rows: list[PriceList] = []
    for row in lists:
        days = {"valid_from": MONDAY + row["first"] * DAY}
        if row["length"] is not None:
            days["valid_to"] = days["valid_from"] + row["length"] * DAY
        whom = row["for"]
        more = {"customer": selling.partners[whom]} if whom in selling.partners else {"customer_group": whom}
        base = None if row["base"] is None else rows[row["base"]].pk
        rows.append(selling.price_list(row["code"], rank=row["rank"], base=base, **more, **days))
        for entry in row["entries"]:
            thing = {"item": entry["thing"]} if entry["thing"] in _NEAR else {"category": entry["thing"]}
            first = MONDAY + entry["first"] * DAY
            last = None if entry["length"] is None else first + entry["length"] * DAY
            given: dict[str, Any] = {"unit": entry["unit"], "quantity": entry["quantity"], **thing}
            discount = 10 * PERCENT if entry["price"] is None else None
            selling.put(
                rows[-1], selling.new(entry["price"], discount=discount, valid_from=first, valid_to=last, **given)
            )


@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(8, 40))])
def test_the_price_is_the_one_of_a_naive_choice(selling: Selling, seed: int) -> None:
    chance = random.Random(seed)
    lists, in_group = [_list(chance) for _ in range(chance.randint(2, 6))], chance.random() < 0.5
    group = "TRADE" if in_group else "NONE"
    customers.set_terms(selling.boss, customer=selling.partners["JONES"], customer_group=group, recorded_at=NOW)
    usable = _usable(lists)
    _keep(selling, usable)
    items = [selling.items["BOLT"], selling.items["NUT"]]
    for day in _DAYS:
        known = prices.load(selling.company.pk, selling.partners["JONES"], MONDAY + day * DAY, items=items)
        for item, unit, quantity in itertools.product(("BOLT", "NUT"), _UNITS, (1, 2, 99, 100, 300)):
            if item == "NUT" and unit not in {None, "each"}:
                continue
            found = known.price(selling.items[item], quantity * SCALE, None if unit is None else selling.units[unit])
            expected = _naive(usable, "JONES", group, item, quantity, unit, day)
            said = None if found is None else (found.unit_price, found.discount // PERCENT, found.code)
            wanted = None if expected is None else (int(expected[0] * SCALE + Fraction(1, 2)), *expected[1:])
            assert said == wanted, (item, unit, quantity, day)


# --- refusals


@pytest.mark.parametrize(
    "code, more",
    [
        ("customer.unknown", {"customer": 10**8}),
        ("customer.not_one", {"customer": "SMITH"}),
        ("currency.unknown", {"currency": "XXX"}),
        ("item.unknown", {"item": 10**8}),
        ("unit.no_conversion", {"unit": "pair"}),
    ],
)
def test_a_price_that_cannot_be_asked(selling: Selling, code: str, more: dict[str, Any]) -> None:
    usual: dict[str, Any] = {
        "customer": selling.partners["JONES"],
        "item": selling.items["BOLT"],
        "quantity": SCALE,
        "day": MONDAY,
    }
    names = {"customer": selling.partners, "unit": selling.units}
    asked: dict[str, Any] = {
        name: names[name][said] if name in names and isinstance(said, str) else said for name, said in more.items()
    }
    refused(code, lambda: prices.price(selling.company.pk, **{**usual, **asked}))


def test_the_units_of_the_tests_are_those_of_the_naive_choice(selling: Selling) -> None:
    rows = ItemUnit.objects.filter(item_id=selling.items["BOLT"]).values_list("unit__code", "numerator", "denominator")
    assert {code: Fraction(numerator, denominator) for code, numerator, denominator in rows} == {
        code: factor for code, factor in _FACTOR.items() if code in {"box", "third"}
    }
