"""Suppliers: what was agreed with them, what they sell at which prices, when they work, how long they take."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.db import models, transaction

from everstock.core.lead_times import ALL_WEEKDAYS, LONGEST_LEAD_TIME
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE
from everstock.masterdata.actions import currency as currency_of
from everstock.masterdata.bulk import refuse_bad_code
from everstock.masterdata.models import Item, ItemUnit, Partner
from everstock.operations.documents.checks import check_term
from everstock.operations.documents.incoterms import Incoterm
from everstock.operations.documents.lines import to_base
from everstock.operations.documents.models import TaxCode
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import facts as order_facts
from everstock.operations.purchasing.models import SupplierHoliday, SupplierItem, SupplierPrice, SupplierTerms
from everstock.operations.purchasing.order_lines import price_of

_RANGES: Mapping[str, tuple[int, int]] = {
    "payment_days": (0, LONGEST_LEAD_TIME),
    "discount_days": (0, LONGEST_LEAD_TIME),
    "discount": (0, SCALE),
    "lead_time": (0, LONGEST_LEAD_TIME),
    "over_tolerance": (0, SCALE),
    "under_tolerance": (0, SCALE),
    "price_tolerance": (0, SCALE),
    "closed_weekdays": (0, ALL_WEEKDAYS - 1),
}


def find_supplier(company_id: int, supplier: int) -> Partner:
    """Return the supplier with this id; refuse (``supplier.unknown``, ``supplier.not_one``) anything else."""
    partner = Partner.objects.filter(company_id=company_id, pk=supplier).first()
    if partner is None:
        raise Refusal("supplier.unknown", "There is no such supplier in this company.", "Create the supplier first.")
    if not partner.is_supplier:
        raise Refusal("supplier.not_one", f"{partner.code} is not a supplier.", "Mark the partner as a supplier first.")
    return partner


@transaction.atomic
def set_terms(
    actor: Actor,
    *,
    supplier: int,
    recorded_at: int,
    payment_days: int | None = None,
    discount_days: int | None = None,
    discount: int | None = None,
    incoterm: str | None = None,
    lead_time: int | None = None,
    over_tolerance: int | None = None,
    under_tolerance: int | None = None,
    price_tolerance: int | None = None,
    closed_weekdays: int | None = None,
    tax_code: int | None = None,
) -> SupplierTerms:
    """Set what was agreed with a supplier; ``None`` leaves it. Units as in ``models.SupplierTerms``.

    Refused: ``permission.missing``, ``supplier.unknown``, ``supplier.not_one``, ``terms.invalid`` (a number out of its range; every day
    closed), ``incoterm.unknown``, ``tax.unknown``.
    """
    require(actor, Permission.SUPPLIER_CHANGE)
    partner = find_supplier(actor.company_id, supplier)
    given: dict[str, int | str | None] = {
        "payment_days": payment_days,
        "discount_days": discount_days,
        "discount": discount,
        "incoterm": incoterm,
        "lead_time": lead_time,
        "over_tolerance": over_tolerance,
        "under_tolerance": under_tolerance,
        "price_tolerance": price_tolerance,
        "closed_weekdays": closed_weekdays,
        "tax_code_id": tax_code,
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    for name, (low, high) in _RANGES.items():
        check_term(name, wanted.get(name, low), low, high)
    if incoterm and incoterm not in {term.value for term in Incoterm}:
        raise Refusal("incoterm.unknown", f"“{incoterm}” is no Incoterm.", f"Use one of: {', '.join(Incoterm)}.")
    if (
        tax_code is not None
        and not TaxCode.objects.filter(company_id=actor.company_id, pk=tax_code, active=True).exists()
    ):
        raise Refusal("tax.unknown", "There is no such active tax code in this company.", "Name another tax code.")
    terms, _ = SupplierTerms.objects.select_for_update().get_or_create(partner=partner)
    before = {name: getattr(terms, name) for name in wanted}
    for name, value in wanted.items():
        setattr(terms, name, value)
    terms.save(update_fields=list(wanted))
    _record(actor, recorded_at, "terms", partner, before, wanted)
    return terms


@transaction.atomic
def add_holidays(actor: Actor, *, supplier: int, days: Mapping[dt.date, str], recorded_at: int) -> None:
    """Note the days (with their names) on which a supplier does not work; a day that is known keeps its name.

    Refused: ``permission.missing``, ``supplier.unknown``, ``supplier.not_one``.
    """
    require(actor, Permission.SUPPLIER_CHANGE)
    partner = find_supplier(actor.company_id, supplier)
    rows = [SupplierHoliday(partner=partner, day=day, name=name) for day, name in sorted(days.items())]
    SupplierHoliday.objects.bulk_create(rows, ignore_conflicts=True)
    named = {day.isoformat(): name for day, name in sorted(days.items())}
    _record(actor, recorded_at, "add_holidays", partner, None, {"holidays": named})


@transaction.atomic
def remove_holidays(actor: Actor, *, supplier: int, days: Collection[dt.date], recorded_at: int) -> None:
    """Let a supplier work on these days after all. Refused: as ``add_holidays``."""
    require(actor, Permission.SUPPLIER_CHANGE)
    partner = find_supplier(actor.company_id, supplier)
    SupplierHoliday.objects.filter(partner=partner, day__in=days).delete()
    _record(actor, recorded_at, "remove_holidays", partner, {"holidays": sorted(day.isoformat() for day in days)}, None)


@transaction.atomic
def set_supplier_item(
    actor: Actor,
    *,
    supplier: int,
    item: int,
    recorded_at: int,
    code: str = "",
    barcode: str = "",
    unit: int | None = None,
    minimum_quantity: int = 0,
    multiple: int = 0,
    lead_time: int | None = None,
    preferred: bool = False,
) -> SupplierItem:
    """Say how a supplier sells an item; replaces what was said. Units as in ``models.SupplierItem``.

    ``preferred`` takes that from any other supplier of the item. Prices stay, and are then of the new unit.

    Refused: ``permission.missing``, ``supplier.unknown``, ``supplier.not_one``, ``item.unknown``, ``unit.no_conversion``, ``terms.invalid``,
    ``code.invalid``, ``supplier_item.taken`` (code or barcode stand for another item of the supplier).
    """
    require(actor, Permission.SUPPLIER_CHANGE)
    partner = find_supplier(actor.company_id, supplier)
    found = _item(actor.company_id, item)
    unit = None if unit == found.base_unit_id else unit
    if unit is not None and not ItemUnit.objects.filter(item=found, unit_id=unit).exists():
        raise Refusal(
            "unit.no_conversion",
            f"Item {found.sku} has no conversion from that unit to its base unit.",
            "Add the conversion first.",
        )
    if not (0 <= minimum_quantity < LIMIT and 0 <= multiple < LIMIT and 0 <= (lead_time or 0) <= LONGEST_LEAD_TIME):
        raise Refusal(
            "terms.invalid", "A minimum, a multiple or a lead time is negative or too large.", "Correct the number."
        )
    _check_names(partner, found, code, barcode)
    if preferred:
        SupplierItem.objects.filter(item=found, preferred=True).exclude(partner=partner).update(preferred=False)
    wanted: dict[str, Any] = {
        "code": code,
        "barcode": barcode,
        "unit_id": unit,
        "minimum_quantity": minimum_quantity,
        "multiple": multiple,
        "lead_time": lead_time,
        "preferred": preferred,
    }
    old = SupplierItem.objects.filter(partner=partner, item=found).first()
    before = None if old is None else {name: getattr(old, name) for name in wanted}
    row, _ = SupplierItem.objects.update_or_create(partner=partner, item=found, defaults=wanted)
    _record(actor, recorded_at, "item", partner, before, {"item": found.sku, **wanted})
    return row


@transaction.atomic
def set_price(
    actor: Actor,
    *,
    supplier: int,
    item: int,
    unit_price: int,
    valid_from: dt.date,
    recorded_at: int,
    valid_to: dt.date | None = None,
    from_quantity: int = 0,
    currency: str | None = None,
) -> SupplierPrice:
    """Set a supplier's price of an item, per unit of the supplier item, from ``from_quantity`` of it on.

    Replaces the price of the same quantity, currency and first day. Of several that are valid on a day, the one of the
    highest quantity holds, and of these the one that began last. ``currency``: ``None`` for the one in which we trade with the supplier.

    Refused: ``permission.missing``, ``supplier.unknown``, ``supplier.not_one``, ``item.unknown``, ``supplier_item.unknown``,
    ``currency.unknown``, ``price.negative``, ``price.invalid`` (ends before it begins; a number too large).
    """
    require(actor, Permission.SUPPLIER_CHANGE)
    partner = find_supplier(actor.company_id, supplier)
    found = _item(actor.company_id, item)
    sold = SupplierItem.objects.filter(partner=partner, item=found).first()
    if sold is None:
        raise Refusal(
            "supplier_item.unknown",
            f"{partner.code} is not known to sell item {found.sku}.",
            "Say first how the supplier sells it.",
        )
    if unit_price < 0:
        raise Refusal("price.negative", "The price is negative.", "Enter a price of zero or more.")
    if unit_price >= LIMIT or not 0 <= from_quantity < LIMIT or (valid_to is not None and valid_to < valid_from):
        raise Refusal(
            "price.invalid", "A number is out of range, or the price ends before it begins.", "Correct the price."
        )
    code = currency or partner.currency_id or partner.company.currency_id
    row, _ = SupplierPrice.objects.update_or_create(
        supplier_item=sold,
        currency=currency_of(code),
        from_quantity=from_quantity,
        valid_from=valid_from,
        defaults={"valid_to": valid_to, "unit_price": unit_price},
    )
    said = {"item": found.sku, "currency": code, "from_quantity": from_quantity, "unit_price": unit_price}
    days = {"valid_from": valid_from.isoformat(), "valid_to": None if valid_to is None else valid_to.isoformat()}
    _record(actor, recorded_at, "price", partner, None, {**said, **days})
    return row


def _check_names(partner: Partner, item: Item, code: str, barcode: str) -> None:
    """Refuse (``code.invalid``, ``supplier_item.taken``) what a supplier cannot call an item, or calls another one."""
    others = SupplierItem.objects.filter(partner=partner).exclude(item=item)
    for name, text, what in (("code", code, "supplier's item"), ("barcode", barcode, "supplier's barcode")):
        if not text:
            continue
        refuse_bad_code(text, what)
        if others.filter(**{name: text}).exists():
            raise Refusal(
                "supplier_item.taken",
                f"{partner.code} sells another item under the {name} {text}.",
                f"Check the {name}, or take it from the other item first.",
            )


def _item(company_id: int, item: int) -> Item:
    found = Item.objects.filter(company_id=company_id, pk=item).first()
    if found is None:
        raise Refusal("item.unknown", "There is no such item in this company.", "Create the item first.")
    return found


def _record(
    actor: Actor,
    recorded_at: int,
    what: str,
    partner: Partner,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
) -> None:
    row = event(
        actor,
        at=recorded_at,
        action=f"supplier.{what}",
        subject_kind="supplier",
        subject=partner.code,
        subject_id=partner.pk,
        before=before,
        after=after,
    )
    record([row])


# ---------------------------------------------------------------------------------------------------------------------
# Questions


def price_for(
    company_id: int,
    *,
    supplier: int,
    item: int,
    quantity: int,
    day: dt.date,
    unit: int | None = None,
    currency: str | None = None,
) -> int | None:
    """Return what ``item`` costs at the supplier on ``day``, in 10^-6 per ``unit`` (``None``: base unit) in ``currency``; ``None``: unknown.

    ``quantity`` in 10^-6 of the unit. Refused: what ``facts.load`` refuses, ``item.unknown``, ``unit.no_conversion``, ``quantity.not_exact``.
    """
    facts = order_facts.load(
        company_id, supplier, day, currency=currency, items=[item], units=[] if unit is None else [unit]
    )
    found = facts.items.get(item)
    if found is None:
        raise Refusal("item.unknown", "There is no such item in this company.", "Create the item first.")
    factor = (1, 1) if unit in {None, found.base_unit} else facts.factors.get((item, unit or 0))
    if factor is None:
        raise Refusal(
            "unit.no_conversion",
            f"Item {found.sku} has no conversion from that unit to its base unit.",
            "Add the conversion first.",
        )
    offer = facts.offers.get(item)
    return None if offer is None else price_of(offer, to_base(quantity, *factor, "the item"), *factor)


def expected_day(company_id: int, *, supplier: int, day: dt.date, item: int | None = None) -> dt.date:
    """Return the day on which goods (``item``, or any) ordered on ``day`` are expected. Refused: what ``facts.load`` refuses."""
    own = Partner.objects.filter(pk=supplier, company_id=company_id).values_list("company__currency", flat=True).first()
    facts = order_facts.load(company_id, supplier, day, currency=own, items=[] if item is None else [item])
    return facts.calendar.expected(day, facts.lead_time(item))


LEARNING = ("int", "int", "bigint", "int")
"""The types of what ``learning`` returns."""


def learning(
    company_id: int, supplier: int, took: Collection[int], *, forget: bool = False
) -> tuple[int, int, int, int]:
    """Return the arguments of the SQL function ``lead_time_learn``, for statements that call it among other things.

    It notes how many days deliveries took (``calendar.Calendar.took``), or forgets what receipts that are reversed had taught. From
    ``core.lead_times.LEARNED_FROM`` deliveries on, their mean replaces the promised lead time.
    """
    sign = -1 if forget else 1
    return company_id, supplier, sign * sum(took), sign * len(took)


def preferred_suppliers(company_id: int, items: Collection[int]) -> dict[int, int]:
    """Return where to buy each item first: item to supplier. The preferred one, else the one that was entered first."""
    rows = SupplierItem.objects.filter(partner__company_id=company_id, item_id__in=items)
    ordered = rows.order_by("item_id", models.F("preferred").asc(), "-id").values_list("item_id", "partner_id")
    return dict(ordered)
