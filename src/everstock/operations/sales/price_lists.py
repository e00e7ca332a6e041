"""Price lists: what is sold to whom at which price, from which quantity and day on."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict, Unpack

from django.db import transaction

from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE
from everstock.masterdata.actions import currency as currency_of
from everstock.masterdata.bulk import refuse_bad_code
from everstock.masterdata.models import NAME_LENGTH, Item, ItemCategory, ItemUnit, Unit
from everstock.operations.documents.checks import check_text
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import AuditRow, event, record
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.customers import find_customer
from everstock.operations.sales.models import LAST_RANK, USUAL_RANK, PriceList, PriceListEntry

_CHUNK = 5_000


class PriceListChange(TypedDict, total=False):
    """What may change of a price list; what is left out stays."""

    name: str
    rank: int
    valid_from: dt.date
    valid_to: dt.date | None


class NewPrice(NamedTuple):
    """A price to be set: of an item, or of a category, by id; as in ``models.PriceListEntry``."""

    valid_from: dt.date
    item: int | None = None
    category: int | None = None
    unit: int | None = None
    from_quantity: int = 0
    unit_price: int | None = None
    discount: int | None = None
    valid_to: dt.date | None = None

    @property
    def key(self) -> tuple[int | None, int | None, int | None, int, dt.date]:
        """What a list has one price of."""
        return self.item, self.category, self.unit, self.from_quantity, self.valid_from


_WORDS = {"valid_from": "first day", "valid_to": "last day"}
"""What columns are called in a sentence, where that is not their name."""


class Flaw(NamedTuple):
    """Why the price at ``position`` cannot be set: the ``reason`` goes on from the name of the ``column``."""

    position: int
    column: str
    code: str
    reason: str
    remedy: str


class Written(NamedTuple):
    """How many prices were new, changed, and as before."""

    created: int
    updated: int
    unchanged: int


# ---------------------------------------------------------------------------------------------------------------------
# Lists


def find_price_list(company_id: int, price_list: int) -> PriceList:
    """Return the price list with this id; refuse ``price_list.unknown``."""
    found = PriceList.objects.filter(company_id=company_id, pk=price_list).first()
    if found is None:
        raise Refusal("price_list.unknown", "There is no such price list in this company.", "Create the list first.")
    return found


@transaction.atomic
def create_price_list(
    actor: Actor,
    *,
    code: str,
    currency: str,
    valid_from: dt.date,
    recorded_at: int,
    valid_to: dt.date | None = None,
    name: str = "",
    rank: int = USUAL_RANK,
    customer: int | None = None,
    customer_group: str = "",
    base: int | None = None,
) -> PriceList:
    """Create a price list, for a customer, or a group of them, or everybody; as in ``models.PriceList``.

    Refused: ``permission.missing``, ``code.invalid`` (of the list or the group), ``price_list.taken``, ``currency.unknown``,
    ``customer.unknown``, ``customer.not_one``, ``price_list.invalid`` (for a customer and a group; a rank out of range; ends before
    it begins), ``price_list.unknown`` (the base), ``price_list.base`` (a base in another currency, or with a base of its own), ``text.invalid``.
    """
    require(actor, Permission.PRICE_CHANGE)
    refuse_bad_code(code, "price list")
    if customer_group:
        refuse_bad_code(customer_group, "customer group")
    _check_list(name, rank, valid_from, valid_to)
    if customer is not None and customer_group:
        raise Refusal(
            "price_list.invalid", "A price list is for one customer or for a group, not for both.", "Leave one out."
        )
    if customer is not None:
        find_customer(actor.company_id, customer)
    money = currency_of(currency)
    found = None if base is None else find_price_list(actor.company_id, base)
    if found is not None and (found.base_id is not None or found.currency_id != currency):
        raise Refusal(
            "price_list.base",
            f"Discounts cannot be taken off {found.code}: it is in {found.currency_id}, or takes discounts off another list.",
            f"Name a list of prices in {currency}.",
        )
    said = {
        "currency": currency,
        "name": name,
        "rank": rank,
        "customer_id": customer,
        "customer_group": customer_group,
        "base_id": base,
    }
    row, created = PriceList.objects.get_or_create(
        company_id=actor.company_id,
        code=code,
        defaults={**said, "currency": money, "valid_from": valid_from, "valid_to": valid_to},
    )
    if not created:
        raise Refusal("price_list.taken", f"There is a price list {code} already.", "Choose another code.")
    record([_event(actor, row, "create", recorded_at, None, {**said, **_days(valid_from, valid_to)})])
    return row


@transaction.atomic
def change_price_list(
    actor: Actor, *, price_list: int, recorded_at: int, **changes: Unpack[PriceListChange]
) -> PriceList:
    """Change a price list; what is left out stays. Currency, base, and for whom it is, never change: create another one.

    Refused: ``permission.missing``, ``price_list.unknown``, ``price_list.invalid``, ``text.invalid``.
    """
    require(actor, Permission.PRICE_CHANGE)
    row = _locked(actor.company_id, price_list)
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    _check_list(row.name, row.rank, row.valid_from, row.valid_to)
    row.save(update_fields=list(changes))
    record([_event(actor, row, "change", recorded_at, _plain(before), _plain(changes))])
    return row


def _check_list(name: str, rank: int, valid_from: dt.date, valid_to: dt.date | None) -> None:
    check_text(name, "name of the price list", NAME_LENGTH)
    if not 0 <= rank <= LAST_RANK or (valid_to is not None and valid_to < valid_from):
        raise Refusal(
            "price_list.invalid",
            f"The rank is not from 0 to {LAST_RANK}, or the list ends before it begins.",
            "Correct the price list.",
        )


def _locked(company_id: int, price_list: int) -> PriceList:
    """The list, kept for us: what its prices were before is then what they are until we change them."""
    found = find_price_list(company_id, price_list)
    return PriceList.objects.select_for_update(no_key=True).get(pk=found.pk)


# ---------------------------------------------------------------------------------------------------------------------
# Prices


@transaction.atomic
def set_prices(actor: Actor, *, price_list: int, prices: Sequence[NewPrice], recorded_at: int) -> Written:
    """Set prices in a list, all or none. Each replaces the one of the same thing, unit, quantity and first day.

    Refused: ``permission.missing``, ``price_list.unknown``, and the first of what ``flaws`` finds.
    """
    require(actor, Permission.PRICE_CHANGE)
    row = _locked(actor.company_id, price_list)
    for flaw in flaws(actor.company_id, price_list, prices):
        which = "" if len(prices) == 1 else f" of price {flaw.position + 1}"
        raise Refusal(
            flaw.code,
            f"The {_WORDS.get(flaw.column) or flaw.column.replace('_', ' ')}{which} {flaw.reason}.",
            flaw.remedy,
        )
    in_base = _base_units(prices)
    wanted = [one._replace(unit=None) if one.unit == in_base.get(one.item or 0) else one for one in prices]
    there = {
        (one.item_id, one.category_id, one.unit_id, one.from_quantity, one.valid_from): one
        for one in PriceListEntry.objects.filter(price_list=row)
    }
    changed = [one for one in wanted if one.key not in there or _said(one) != _said(there[one.key])]
    PriceListEntry.objects.bulk_create(
        (_row(row, one) for one in changed),
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["price_list", "item", "category", "unit", "from_quantity", "valid_from"],
        update_fields=["unit_price", "discount", "valid_to"],
    )
    created = sum(one.key not in there for one in changed)
    record(_price_events(actor, row, recorded_at, changed, there))
    return Written(created, len(changed) - created, len(wanted) - len(changed))


def _row(price_list: PriceList, one: NewPrice) -> PriceListEntry:
    said = one._asdict()
    ids = {f"{name}_id": said.pop(name) for name in ("item", "category", "unit")}
    return PriceListEntry(price_list=price_list, **ids, **said)


def _said(one: NewPrice | PriceListEntry) -> dict[str, object]:
    """What a list says of a price, as the audit trail keeps it."""
    return _plain({"unit_price": one.unit_price, "discount": one.discount, "valid_to": one.valid_to})


def _base_units(prices: Iterable[NewPrice]) -> dict[int, int]:
    items = [one.item for one in prices if one.item and one.unit]
    return dict(Item.objects.filter(pk__in=items).values_list("pk", "base_unit_id"))


def _price_events(
    actor: Actor,
    price_list: PriceList,
    recorded_at: int,
    changed: Sequence[NewPrice],
    there: Mapping[tuple[Any, ...], PriceListEntry],
) -> Iterator[AuditRow]:
    items = dict(Item.objects.filter(pk__in=[one.item for one in changed if one.item]).values_list("pk", "sku"))
    categories = dict(ItemCategory.objects.filter(company=price_list.company_id).values_list("pk", "code"))
    units = dict(Unit.objects.filter(company=price_list.company_id).values_list("pk", "code"))
    for one in changed:
        what = {"item": items[one.item]} if one.item else {"category": categories[one.category or 0]}
        unit = {"unit": units[one.unit]} if one.unit else {}
        named = {**what, **unit, "from_quantity": one.from_quantity, "valid_from": one.valid_from.isoformat()}
        before = there.get(one.key)
        yield _event(
            *(actor, price_list, "price", recorded_at),
            None if before is None else {**named, **_said(before)},
            {**named, **_said(one)},
        )


def flaws(company_id: int, price_list: int, prices: Sequence[NewPrice]) -> Iterator[Flaw]:
    """Yield why these prices cannot be set in a list, in their order, at most one for each of its columns.

    Codes: ``price.of_one_thing`` (of neither an item nor a category, or of both), ``item.unknown``, ``category.unknown``,
    ``unit.unknown``, ``unit.no_conversion``, ``price.incomplete`` (neither price nor discount, or both), ``price.negative``,
    ``price.invalid`` (a number too large; ends before it begins), ``discount.invalid``, ``price_list.no_base`` (nothing to take a
    discount off), ``price.twice``. Refused: ``price_list.unknown``.
    """
    has_base = find_price_list(company_id, price_list).base_id is not None
    known = _known(company_id, prices)
    seen: set[tuple[object, ...]] = set()
    for position, one in enumerate(prices):
        unit = None if one.unit == known.items.get(one.item or 0) else one.unit
        key = one._replace(unit=unit).key
        found = [*_flaws_of_thing(one, known), *_flaws_of_price(one, has_base=has_base)]
        if key in seen:
            found.append(
                ("valid_from", "price.twice", "is that of another price of the same", "Leave one of them out.")
            )
        seen.add(key)
        for flaw in found:
            yield Flaw(position, *flaw)


class _Known(NamedTuple):
    """What the prices may name: base unit of each item, (item, unit) that can be sold, categories, units."""

    items: dict[int, int]
    units_of_items: set[tuple[int, int]]
    categories: set[int]
    units: set[int]


def _known(company_id: int, prices: Sequence[NewPrice]) -> _Known:
    named = {one.item for one in prices if one.item is not None}
    items = dict(Item.objects.filter(company=company_id, pk__in=named).values_list("pk", "base_unit_id"))
    return _Known(
        items,
        items.items() | set(ItemUnit.objects.filter(item__in=named).values_list("item_id", "unit_id")),
        set(ItemCategory.objects.filter(company=company_id).values_list("pk", flat=True)),
        set(Unit.objects.filter(company=company_id).values_list("pk", flat=True)),
    )


_Found = Iterator[tuple[str, str, str, str]]


def _flaws_of_thing(one: NewPrice, known: _Known) -> _Found:
    if (one.item is None) == (one.category is None):
        remedy = "Name an item, or a category of items."
        yield "item", "price.of_one_thing", "is missing, or there is a category beside it", remedy
    elif one.item is not None and one.item not in known.items:
        yield "item", "item.unknown", "is unknown in this company", "Create the item first."
    elif one.category is not None and one.category not in known.categories:
        yield "category", "category.unknown", "is unknown in this company", "Create the category first."
    elif one.unit is not None and one.unit not in known.units:
        yield "unit", "unit.unknown", "is unknown in this company", "Create the unit first."
    elif one.item is not None and one.unit is not None and (one.item, one.unit) not in known.units_of_items:
        yield "unit", "unit.no_conversion", "has no conversion to the item's base unit", "Add the conversion first."


def _flaws_of_price(one: NewPrice, *, has_base: bool) -> _Found:
    remedy = "Correct the price."
    if (one.unit_price is None) == (one.discount is None):
        yield "price", "price.incomplete", "is missing, or there is a discount beside it", "Give one of the two."
    if one.unit_price is not None and one.unit_price < 0:
        yield "price", "price.negative", "is negative", "Enter a price of zero or more."
    if one.unit_price is not None and one.unit_price >= LIMIT:
        yield "price", "price.invalid", "is too large", remedy
    if one.discount is not None and not 0 <= one.discount <= SCALE:
        yield "discount", "discount.invalid", "is not between 0 and 100 %", "Correct the discount."
    elif one.discount is not None and one.unit_price is None and not has_base:
        text = "has no base list to be taken off"
        yield "discount", "price_list.no_base", text, "Give a price, or make a list that has a base."
    if not 0 <= one.from_quantity < LIMIT:
        yield "from_quantity", "price.invalid", "is negative or too large", remedy
    if one.valid_to is not None and one.valid_to < one.valid_from:
        yield "valid_to", "price.invalid", "is before the first day", "Enter a later last day, or leave it out."


def _days(valid_from: dt.date, valid_to: dt.date | None) -> dict[str, object]:
    return _plain({"valid_from": valid_from, "valid_to": valid_to})


def _plain(said: Mapping[str, object]) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in said.items()}


def _event(
    actor: Actor,
    price_list: PriceList,
    verb: str,
    recorded_at: int,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
) -> AuditRow:
    return event(
        actor,
        at=recorded_at,
        action=f"price_list.{verb}",
        subject_kind="price_list",
        subject=price_list.code,
        subject_id=price_list.pk,
        before=before,
        after=after,
    )
