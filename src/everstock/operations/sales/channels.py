"""Sales channels as master data: what they sell from, what they leave untouched, at which prices and numbers; and safety stock."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypedDict, Unpack

from django.db import IntegrityError, transaction

from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE
from everstock.masterdata.bulk import refuse_bad_code
from everstock.masterdata.currencies import check_currency
from everstock.masterdata.models import NAME_LENGTH, Item, ItemKind, Location
from everstock.operations.documents.checks import check_money_account, check_text
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.customers import find_customer
from everstock.operations.sales.facts import unknown_channel
from everstock.operations.sales.models import (
    SERIES_LENGTH,
    ChannelBuffer,
    ChannelKind,
    ChannelMeans,
    ChannelWarehouse,
    SalesChannel,
)
from everstock.operations.warehouse.models import SafetyStock
from everstock.operations.warehouse.places import warehouse_of


class ChannelChange(TypedDict, total=False):
    """What may be said of a channel, as in ``models.SalesChannel``; what is left out stays. ``customer``, ``warehouses``: ids."""

    name: str
    kind: ChannelKind
    warehouses: Sequence[int]
    customer: int | None
    customer_group: str
    series: str
    active: bool


class Buffer(NamedTuple):
    """What a channel leaves untouched: ``quantity`` in 10^-6 base units, or ``part``, a fraction in 10^-6 of what could be sold."""

    quantity: int | None = None
    part: int | None = None


@transaction.atomic
def set_channel(actor: Actor, *, code: str, recorded_at: int, **changes: Unpack[ChannelChange]) -> SalesChannel:
    """Create a channel (a shop, unless ``kind`` says otherwise), or change what is said of it; what is left out stays.

    Refused: ``permission.missing``, ``code.invalid`` (of the channel or its group), ``text.invalid``, ``customer.unknown``, ``customer.not_one``,
    ``location.unknown``, ``location.no_warehouse`` (part of another place), ``channel.series`` (not 1 to 8 letters and digits, or that of
    another channel).
    """
    require(actor, Permission.CHANNEL_CHANGE)
    refuse_bad_code(code, "channel")
    _check(actor.company_id, changes)
    wanted: dict[str, object] = {
        {"customer": "customer_id"}.get(name, name): said for name, said in changes.items() if name != "warehouses"
    }
    old = SalesChannel.objects.select_for_update().filter(company_id=actor.company_id, code=code).first()
    places = changes.get("warehouses")
    before = None if old is None else {name: getattr(old, name) for name in wanted}
    row = old or SalesChannel(company_id=actor.company_id, code=code, kind=ChannelKind.SHOP.value)
    for name, value in wanted.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refusal(
            "channel.series",
            f"The series {row.series} is that of another channel.",
            "Choose other letters, so that no number is given twice.",
        ) from None
    if places is not None:
        ChannelWarehouse.objects.filter(channel=row).delete()
        ChannelWarehouse.objects.bulk_create(
            ChannelWarehouse(channel=row, warehouse_id=place, rank=rank)
            for rank, place in enumerate(dict.fromkeys(places))
        )
        wanted["warehouses"] = list(places)
    _record(actor, recorded_at, "set", row, before, wanted)
    return row


def _check(company_id: int, changes: ChannelChange) -> None:
    check_text(changes.get("name", ""), "name of the channel", NAME_LENGTH)
    group = changes.get("customer_group")
    if group:
        refuse_bad_code(group, "customer group")
    customer = changes.get("customer")
    if customer is not None:
        find_customer(company_id, customer)
    series = changes.get("series", "")
    if series and not (
        len(series) <= SERIES_LENGTH
        and series.isascii()
        and series.isalnum()
        and series.isupper()
        and not series[0].isdigit()
    ):
        raise Refusal(
            "channel.series",
            f"“{series}” cannot be a series of numbers.",
            f"Use 1 to {SERIES_LENGTH} capital letters and digits, a letter first, such as WEB.",
        )
    for place in changes.get("warehouses", ()):
        check_warehouse(company_id, place)


def check_warehouse(company_id: int, place: int) -> None:
    """Refuse (``location.unknown``, ``location.no_warehouse``) what is no warehouse of the company."""
    found = Location.objects.filter(
        company_id=company_id, pk=place, kind=LocationKind.INTERNAL.value, active=True
    ).first()
    if found is None:
        raise Refusal("location.unknown", "There is no such active place for stock in this company.", "Name another.")
    if warehouse_of(company_id, place) != place:
        raise Refusal(
            "location.no_warehouse", f"{found.code} is part of another place.", "Name the warehouse in which it is."
        )


@transaction.atomic
def set_buffer(actor: Actor, *, channel: int, item: int | None, buffer: Buffer | None, recorded_at: int) -> None:
    """Say what a channel (an id) leaves untouched of an item, or (``None``) of every item without a buffer of its own; ``None``: nothing is said.

    Refused: ``permission.missing``, ``channel.unknown``, ``item.unknown``, ``item.kit``, ``buffer.invalid``.
    """
    require(actor, Permission.CHANNEL_CHANGE)
    row = find_channel(actor.company_id, channel)
    _check_item(actor.company_id, item)
    if buffer is not None:
        _check_buffer(buffer)
    old = ChannelBuffer.objects.filter(channel=row, item=item).first()
    before = None if old is None else {"item": item, "quantity": old.quantity, "part": old.part}
    if buffer is None:
        ChannelBuffer.objects.filter(channel=row, item=item).delete()
    else:
        ChannelBuffer.objects.update_or_create(channel=row, item_id=item, defaults=buffer._asdict())
    _record(actor, recorded_at, "buffer", row, before, {"item": item, **(buffer or Buffer())._asdict()})


def _check_buffer(buffer: Buffer) -> None:
    quantity, part = buffer
    right = (quantity is None) != (part is None)
    if not right or not 0 <= (quantity or 0) < LIMIT or not 0 <= (part or 0) <= SCALE:
        raise Refusal(
            "buffer.invalid",
            "A buffer is a quantity of zero or more, or a part from 0 to 100 %.",
            "Give one of the two.",
        )


def _check_item(company_id: int, item: int | None) -> None:
    if item is None:
        return
    found = Item.objects.filter(company_id=company_id, pk=item).first()
    if found is None:
        raise Refusal("item.unknown", "There is no such item in this company.", "Create the item first.")
    if found.kind == ItemKind.KIT:
        raise Refusal("item.kit", f"Item {found.sku} is a kit, which is not stocked.", "Name its components.")


@transaction.atomic
def set_means(
    actor: Actor, *, channel: int, means: str, account: int | None, recorded_at: int, currency: str | None = None
) -> None:
    """Say to which account (an id; ``None``: none any more) goes what is paid by ``means`` (a code, such as cash) at a point of sale.

    ``currency``: in which is paid by them, ``None``: the company's.

    Refused: ``permission.missing``, ``channel.unknown``, ``code.invalid``, ``account.unknown``, ``account.no_money``, ``currency.unknown``.
    """
    require(actor, Permission.CHANNEL_CHANGE)
    row = find_channel(actor.company_id, channel)
    refuse_bad_code(means, "means of payment")
    if account is not None:
        check_money_account(actor.company_id, account)
    if currency is not None:
        check_currency(currency)
        currency = None if currency == row.company.currency_id else currency
    old = ChannelMeans.objects.filter(channel=row, means=means).first()
    said = {"account_id": account, "currency_id": currency}
    if account is None:
        ChannelMeans.objects.filter(channel=row, means=means).delete()
    else:
        ChannelMeans.objects.update_or_create(channel=row, means=means, defaults=said)
    before = None if old is None else {"means": means, "account": old.account_id, "currency": old.currency_id}
    _record(
        *(actor, recorded_at, "means", row, before),
        {"means": means, "account": account, "currency": currency},
    )


@transaction.atomic
def set_safety_stock(actor: Actor, *, item: int, warehouse: int, quantity: int, recorded_at: int) -> None:
    """Say how much of an item no channel promises in a warehouse (ids), in 10^-6 base units; 0: none.

    Refused: ``permission.missing``, ``item.unknown``, ``item.kit``, ``location.unknown``, ``location.no_warehouse``, ``safety_stock.invalid``.
    """
    require(actor, Permission.CHANNEL_CHANGE)
    _check_item(actor.company_id, item)
    check_warehouse(actor.company_id, warehouse)
    if not 0 <= quantity < LIMIT:
        raise Refusal("safety_stock.invalid", "Safety stock is zero or more.", "Correct the quantity.")
    of = SafetyStock.objects.filter(item=item, warehouse=warehouse)
    old = of.values_list("quantity", flat=True).first() or 0
    of.delete()
    if quantity:
        SafetyStock.objects.create(item_id=item, warehouse_id=warehouse, quantity=quantity)
    row = event(
        actor,
        at=recorded_at,
        action="safety_stock.set",
        subject_kind="item",
        subject=Item.objects.values_list("sku", flat=True).get(pk=item),
        subject_id=item,
        before={"warehouse": warehouse, "quantity": old},
        after={"warehouse": warehouse, "quantity": quantity},
    )
    record([row])


def _record(
    actor: Actor,
    recorded_at: int,
    verb: str,
    channel: SalesChannel,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
) -> None:
    row = event(
        actor,
        at=recorded_at,
        action=f"channel.{verb}",
        subject_kind="channel",
        subject=channel.code,
        subject_id=channel.pk,
        before=before,
        after=after,
    )
    record([row])


# ---------------------------------------------------------------------------------------------------------------------
# Questions


def find_channel(company_id: int, channel: int) -> SalesChannel:
    """Return a channel by its id; refuse (``channel.unknown``) what is none of the company."""
    found = SalesChannel.objects.filter(company_id=company_id, pk=channel).first()
    if found is None:
        raise unknown_channel(str(channel))
    return found


def warehouses_of(channel: SalesChannel) -> list[Location]:
    """Return the warehouses a channel sells from, the one to sell from if nobody names one first."""
    rows = ChannelWarehouse.objects.filter(channel=channel).select_related("warehouse").order_by("rank")
    return [row.warehouse for row in rows]


def buffers_of(channel: SalesChannel) -> list[ChannelBuffer]:
    """Return what a channel leaves untouched, of every item first, then by item."""
    rows = ChannelBuffer.objects.filter(channel=channel).select_related("item")
    return sorted(rows, key=lambda row: "" if row.item is None else row.item.sku)


def means_of(channel: int) -> list[ChannelMeans]:
    """Return by what is paid at a point of sale (an id of the company's), by name."""
    return list(ChannelMeans.objects.filter(channel=channel).order_by("means"))
