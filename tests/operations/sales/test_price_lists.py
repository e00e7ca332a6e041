"""Price lists: what is set, replaced and changed, and every refusal."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from everstock.core.quantities import LIMIT, SCALE
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import price_lists
from everstock.operations.sales.models import PriceList, PriceListEntry
from everstock.operations.sales.price_lists import NewPrice, Written
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.selling import FIRST, PERCENT, Selling, ask
from tests.operations.unchanged import refused

# --- setting prices


def test_prices_are_set_and_replaced(selling: Selling) -> None:
    row = selling.price_list()
    wanted = [
        selling.new(5),
        selling.new(4, quantity=10),
        selling.new(400, unit="box"),
        selling.new(1, category="METAL"),
    ]

    def put(*some: NewPrice) -> Written:
        return price_lists.set_prices(selling.boss, price_list=row.pk, prices=some, recorded_at=NOW)

    assert put(*wanted) == Written(4, 0, 0)
    assert put(*wanted) == Written(0, 0, 4)
    assert put(selling.new(5.5, unit="each"), wanted[1], selling.new(3, quantity=20)) == Written(1, 1, 1)
    assert PriceListEntry.objects.filter(price_list=row).count() == 5
    assert ask(selling) == (5.5, 0, "LIST")
    said = AuditEvent.objects.filter(action="price_list.price").order_by("id")
    assert said.count() == 6, "what stays as it was is no event"
    assert said[4].before == {
        "item": "BOLT", "from_quantity": 0, "valid_from": FIRST.isoformat(), "unit_price": 5 * SCALE, "discount": None,
        "valid_to": None,
    }  # fmt: skip
    assert said[4].after == {**said[4].before, "unit_price": 5_500_000}
    assert (said[2].after or {})["unit"] == "box"
    assert (said[3].after or {})["category"] == "METAL"
    assert (said[4].subject_kind, said[4].subject, said[4].subject_id) == ("price_list", "LIST", row.pk)


def test_a_list_is_changed(selling: Selling) -> None:
    row = selling.price_list(name="Old", valid_to=MONDAY)
    price_lists.change_price_list(selling.boss, price_list=row.pk, name="New", rank=3, recorded_at=NOW)
    changed = price_lists.change_price_list(
        selling.boss, price_list=row.pk, valid_from=FIRST - DAY, valid_to=None, recorded_at=NOW
    )
    assert (changed.name, changed.rank, changed.valid_from, changed.valid_to) == ("New", 3, FIRST - DAY, None)
    said = AuditEvent.objects.filter(action="price_list.change").latest("id")
    assert said.before == {"valid_from": FIRST.isoformat(), "valid_to": MONDAY.isoformat()}
    assert said.after == {"valid_from": (FIRST - DAY).isoformat(), "valid_to": None}


# --- refusals


BAD_PRICES: list[tuple[str, Callable[[Selling], NewPrice]]] = [
    ("price.of_one_thing", lambda s: s.new(1, None)),
    ("price.of_one_thing", lambda s: s.new(1)._replace(category=s.categories["METAL"])),
    ("item.unknown", lambda s: s.new(1)._replace(item=10**8)),
    ("item.unknown", lambda s: s.new(1)._replace(item=Selling().items["BOLT"])),
    ("category.unknown", lambda s: s.new(1, category="METAL")._replace(category=10**8)),
    ("unit.unknown", lambda s: s.new(1, category="METAL")._replace(unit=10**8)),
    ("unit.unknown", lambda s: s.new(1)._replace(unit=10**8)),
    ("unit.no_conversion", lambda s: s.new(1, unit="pair")),
    ("price.incomplete", lambda s: s.new()),
    ("price.incomplete", lambda s: s.new(1, discount=0)),
    ("price.negative", lambda s: s.new(-1)),
    ("price.invalid", lambda s: s.new(1)._replace(unit_price=LIMIT)),
    ("price.invalid", lambda s: s.new(1)._replace(from_quantity=LIMIT)),
    ("price.invalid", lambda s: s.new(1, quantity=-1)),
    ("price.invalid", lambda s: s.new(1, valid_to=FIRST - DAY)),
    ("discount.invalid", lambda s: s.new(discount=SCALE + 1)),
    ("discount.invalid", lambda s: s.new(discount=-1)),
    ("price_list.no_base", lambda s: s.new(discount=PERCENT)),
    ("price.twice", lambda s: s.new(2, "NUT", unit="each")),
]  # fmt: skip


@pytest.mark.parametrize("code, make", BAD_PRICES)
def test_one_bad_price_and_none_is_set(selling: Selling, code: str, make: Callable[[Selling], NewPrice]) -> None:
    row = selling.price_list()
    wanted = [selling.new(1, "NUT"), make(selling)]
    refused(code, lambda: price_lists.set_prices(selling.boss, price_list=row.pk, prices=wanted, recorded_at=NOW))
    found = list(price_lists.flaws(selling.company.pk, row.pk, wanted))
    assert [(flaw.position, flaw.code) for flaw in found] == [(1, code)]


def test_a_price_whose_last_day_is_before_its_first(selling: Selling) -> None:
    row, wanted = selling.price_list(), [selling.new(1, valid_to=FIRST - DAY)]
    setting = partial(price_lists.set_prices, selling.boss, price_list=row.pk, prices=wanted, recorded_at=NOW)
    refused("price.invalid", setting, "The last day is before the first day.")


def _create(**more: Any) -> dict[str, Any]:
    return {"code": "NEW", "currency": "USD", "valid_from": FIRST, **more}


BAD_LISTS: list[tuple[str, dict[str, Any]]] = [
    ("code.invalid", _create(code="")),
    ("code.invalid", _create(customer_group="x ")),
    ("price_list.taken", _create(code="LIST")),
    ("currency.unknown", _create(currency="XXX")),
    ("price_list.invalid", _create(rank=-1)),
    ("price_list.invalid", _create(rank=1000)),
    ("price_list.invalid", _create(valid_to=FIRST - DAY)),
    ("price_list.invalid", _create(customer="JONES", customer_group="TRADE")),
    ("customer.unknown", _create(customer=10**8)),
    ("customer.not_one", _create(customer="SMITH")),
    ("text.invalid", _create(name="x" * 201)),
    ("price_list.unknown", _create(base=10**8)),
    ("price_list.base", _create(base="BASED")),
    ("price_list.base", _create(base="LIST", currency="EUR")),
]


@pytest.mark.parametrize("code, more", BAD_LISTS)
def test_a_list_that_cannot_be(selling: Selling, code: str, more: dict[str, Any]) -> None:
    rows = {"LIST": selling.price_list().pk}
    rows["BASED"] = selling.price_list("BASED", base=rows["LIST"]).pk
    names = {"customer": selling.partners, "base": rows}
    asked: dict[str, Any] = {
        name: names[name][said] if name in names and isinstance(said, str) else said for name, said in more.items()
    }
    refused(code, lambda: price_lists.create_price_list(selling.boss, recorded_at=NOW, **asked))


@pytest.mark.parametrize(
    "code, more",
    [
        ("price_list.invalid", {"rank": 1000}),
        ("price_list.invalid", {"valid_to": FIRST - DAY}),
        ("price_list.invalid", {"valid_from": MONDAY + DAY}),
        ("text.invalid", {"name": "x\x00"}),
        ("price_list.unknown", {"price_list": 10**8}),
    ],
)
def test_a_change_that_cannot_be(selling: Selling, code: str, more: dict[str, Any]) -> None:
    row = selling.price_list(valid_to=MONDAY)
    refused(
        code, lambda: price_lists.change_price_list(selling.boss, recorded_at=NOW, **{"price_list": row.pk, **more})
    )


def test_who_may_change_prices(selling: Selling) -> None:
    row = selling.price_list()
    verbs: list[Callable[[Any], Any]] = [
        lambda actor: price_lists.create_price_list(actor, recorded_at=NOW, **_create()),
        lambda actor: price_lists.change_price_list(actor, price_list=row.pk, rank=1, recorded_at=NOW),
        lambda actor: price_lists.set_prices(actor, price_list=row.pk, prices=[selling.new(1)], recorded_at=NOW),
    ]
    others = selling.actor(*(permission for permission in Permission if permission is not Permission.PRICE_CHANGE))
    stranger = Selling().boss
    for verb in verbs:
        refused("permission.missing", lambda verb=verb: verb(others))  # type: ignore[misc]
    for verb in verbs[1:]:
        refused("price_list.unknown", lambda verb=verb: verb(stranger))  # type: ignore[misc]
    for verb in verbs:
        verb(selling.actor(Permission.PRICE_CHANGE))


BAD_ROWS: dict[str, dict[str, Any]] = {
    "price_list_entry_unique": {"unit_price": 1},
    "price_list_entry_of_one_thing": {"unit_price": 1, "item": None},
    "price_list_entry_price_or_discount": {"from_quantity": 1},
    "price_list_entry_quantity_range": {"unit_price": 1, "from_quantity": -1},
    "price_list_entry_price_not_negative": {"unit_price": -1, "from_quantity": 1},
    "price_list_entry_discount_range": {"discount": SCALE + 1, "from_quantity": 1},
    "price_list_entry_days_in_order": {"unit_price": 1, "from_quantity": 1, "valid_to": FIRST - DAY},
    "price_list_code_unique": {},
    "price_list_code_trimmed": {"code": " "},
    "price_list_for_one_kind": {"code": "B", "customer_id": "JONES", "customer_group": "TRADE"},
    "price_list_rank_range": {"code": "B", "rank": 1000},
    "price_list_days_in_order": {"code": "B", "valid_to": FIRST - DAY},
}


@pytest.mark.parametrize("rule", BAD_ROWS)
def test_bad_row_is_refused_by_the_database(selling: Selling, rule: str) -> None:
    row = selling.price_list()
    [entry] = selling.put(row, selling.new(1))
    more = dict(BAD_ROWS[rule])
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        if rule.startswith("price_list_entry"):
            PriceListEntry.objects.create(**{"price_list": row, "item": entry.item, "valid_from": FIRST, **more})
        else:
            if "customer_id" in more:
                more["customer_id"] = selling.partners["JONES"]
            usual = {"company": row.company, "code": "LIST", "currency": row.currency, "valid_from": FIRST}
            PriceList.objects.create(**{**usual, **more})


def test_no_list_is_its_own_base(selling: Selling) -> None:
    row = selling.price_list()
    with pytest.raises(IntegrityError, match="price_list_base_other"), transaction.atomic():
        PriceList.objects.filter(pk=row.pk).update(base_id=row.pk)
