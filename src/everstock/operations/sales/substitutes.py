"""Substitutes: what can be delivered for an item of which there is not enough, one base unit for one, if the customer agrees."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity, round_half_up
from everstock.masterdata.models import Item
from everstock.operations.documents.actions import add_note
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.checks import check_quantity, check_reason
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.read import lock
from everstock.operations.documents.records import DocumentRef, Header, Line
from everstock.operations.documents.states import State
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.allocation import Allocated, standing_of
from everstock.operations.sales.changes import change_order
from everstock.operations.sales.channel_stock import untouched
from everstock.operations.sales.models import LAST_RANK, USUAL_RANK, ItemSubstitute
from everstock.operations.warehouse.availability import availability, beginning


class Offered(NamedTuple):
    """``free`` (10^-6 base units) of ``substitute`` is in the warehouse of a short line of an order."""

    order: int
    line: int
    substitute: int
    free: int


@transaction.atomic
def set_substitute(
    actor: Actor,
    *,
    item: int,
    substitute: int,
    recorded_at: int,
    rank: int = USUAL_RANK,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
    both_ways: bool = False,
) -> ItemSubstitute:
    """Say that ``substitute`` can be delivered for ``item`` (ids); replaces what was said. As in ``models.ItemSubstitute``.

    Refused: ``permission.missing``, ``item.unknown``, ``substitute.same``, ``terms.invalid`` (rank or days).
    """
    require(actor, Permission.ITEM_CHANGE)
    items = Item.objects.filter(company_id=actor.company_id).in_bulk([item, substitute])
    if {item, substitute} - items.keys():
        raise Refusal("item.unknown", "There is no such item in this company.", "Create the item first.")
    if item == substitute:
        raise Refusal("substitute.same", f"{items[item].sku} is no substitute for itself.", "Name another item.")
    if not 0 <= rank <= LAST_RANK or (valid_from and valid_to and valid_to < valid_from):
        raise Refusal(
            "terms.invalid",
            f"The rank is not from 0 to {LAST_RANK}, or the last day is before the first.",
            "Correct it.",
        )
    wanted = {"rank": rank, "valid_from": valid_from, "valid_to": valid_to, "both_ways": both_ways}
    row, _ = ItemSubstitute.objects.update_or_create(item_id=item, substitute_id=substitute, defaults=wanted)
    said = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in wanted.items()}
    _record(actor, recorded_at, "set", items[item], {"substitute": items[substitute].sku, **said})
    return row


@transaction.atomic
def remove_substitute(actor: Actor, *, item: int, substitute: int, recorded_at: int) -> None:
    """Let an item be no substitute any more. Refused: ``permission.missing``, ``substitute.unknown``."""
    require(actor, Permission.ITEM_CHANGE)
    rows = ItemSubstitute.objects.filter(item__company_id=actor.company_id, item=item, substitute=substitute)
    row = rows.select_related("item", "substitute").first()
    if row is None:
        raise Refusal("substitute.unknown", "There is no such substitute.", "Look the substitutes up.")
    row.delete()
    _record(actor, recorded_at, "remove", row.item, {"substitute": row.substitute.sku})


def _record(actor: Actor, recorded_at: int, verb: str, item: Item, said: dict[str, object]) -> None:
    action = f"substitute.{verb}"
    row = event(
        *(actor,), at=recorded_at, action=action, subject_kind="item", subject=item.sku, subject_id=item.pk, after=said
    )
    record([row])


def substitutes_of(items: Collection[int], day: dt.date) -> dict[int, list[int]]:
    """Return what can be delivered on ``day`` for each of ``items`` (ids), the lowest rank first."""
    valid = Q(valid_from__isnull=True) | Q(valid_from__lte=day)
    until = Q(valid_to__isnull=True) | Q(valid_to__gte=day)
    whose = Q(item__in=items) | Q(substitute__in=items, both_ways=True)
    found: dict[int, list[int]] = {}
    rows = ItemSubstitute.objects.filter(valid, until, whose).order_by("rank", "id")
    for item, substitute, both_ways in rows.values_list("item_id", "substitute_id", "both_ways"):
        found.setdefault(item, []).append(substitute)
        if both_ways:
            found.setdefault(substitute, []).append(item)
    return {item: list(dict.fromkeys(found[item])) for item in items if item in found}


def offered(
    company_id: int, standing: Iterable[Allocated], *, day: dt.date, recorded_at: int | None = None
) -> list[Offered]:
    """Return which substitutes are free for the lines that are short, line by line, the lowest rank first; none for a component of a kit.

    Of a channel's order: what is free for the channel. ``recorded_at``: as in ``availability.availability``.
    """
    short = [one for one in standing if one.short > 0 and one.kit is None]
    instead = substitutes_of({one.item for one in short}, day)
    wanted = {substitute for some in instead.values() for substitute in some}
    if not wanted:
        return []
    there = {
        (one.item, one.warehouse): one.free
        for one in availability(company_id, wanted, day=day, recorded_at=recorded_at)
    }
    now = beginning(day) if recorded_at is None else recorded_at
    kept: dict[tuple[str | None, int, int], int] = {
        (channel, *key): some.quantity
        for channel in {one.channel for one in short if one.channel is not None}
        for key, some in untouched(company_id, channel, wanted, recorded_at=now).items()
    }
    return [
        Offered(one.order, one.line, substitute, free)
        for one in short
        for substitute in instead.get(one.item, ())
        if (free := there.get((substitute, one.warehouse), 0) - kept.get((one.channel, substitute, one.warehouse), 0))
        > 0
    ]


def offered_for(
    company_id: int, order: Header, lines: Sequence[Line], *, day: dt.date, recorded_at: int | None = None
) -> dict[int, list[Offered]]:
    """Return which substitutes are free for what of an order is on backorder, by the number of its line; nothing unless it is confirmed and open."""
    if order.state not in {State.CONFIRMED, State.PARTLY_SHIPPED}:
        return {}
    found: dict[int, list[Offered]] = {}
    for one in offered(company_id, standing_of(company_id, [(order, lines)]), day=day, recorded_at=recorded_at):
        found.setdefault(one.line, []).append(one)
    return found


@transaction.atomic
def substitute_line(
    actor: Actor,
    *,
    order: int,
    line: int,
    substitute: int,
    agreed: str,
    day: dt.date,
    recorded_at: int,
    quantity: int | None = None,
) -> DocumentRef:
    """Deliver ``substitute`` (an item's id) for what is open of a line of a sales order, at its price; return the changed order.

    ``quantity``: 10^-6 base units, ``None``: all that is open. ``agreed``: who agreed for the customer and how; it is noted on the order.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``order.line_unknown``, ``substitute.unknown``,
    ``substitute.exceeds``, and what ``change_order`` refuses: a component of a kit too (``order.part_of_kit``), as it would not be that kit any more.
    """
    require(actor, Permission.SALES_ORDER_CHANGE)
    check_reason(agreed)
    header, lines = lock(actor.company_id, [order]).one(order, DocumentKind.SALES_ORDER)
    of = next((one for one in lines if one.line == line and one.item is not None), None)
    if of is None or of.item is None:
        raise Refusal("order.line_unknown", f"{header.number} has no goods on line {line}.", "Name one of its lines.")
    if substitute not in substitutes_of([of.item], day).get(of.item, ()):
        raise Refusal("substitute.unknown", "The item is no substitute for it on that day.", "Say so first.")
    open_ = of.base_quantity - of.received
    wanted = open_ if quantity is None else quantity
    check_quantity(wanted, f"line {line}")
    if wanted > open_:
        raise Refusal(
            "substitute.exceeds",
            f"Of line {line} of {header.number}, {format_quantity(open_)} is open.",
            "Replace no more than that.",
        )
    left = (of.base_quantity - wanted) * of.denominator // of.numerator
    done = change_order(
        actor,
        order=order,
        changes=[LineChange(line, quantity=left)],
        added=[_instead(of, substitute, wanted)],
        recorded_at=recorded_at,
    )
    sku = Item.objects.values_list("sku", flat=True).get(pk=substitute)
    text = f"{format_quantity(wanted)} of line {line} replaced by {sku}: {agreed}"
    add_note(actor, document=order, text=text, recorded_at=recorded_at)
    return done


def _instead(of: Line, substitute: int, quantity: int) -> OrderLine:
    price = None if of.unit_price is None else round_half_up(of.unit_price * of.denominator, of.numerator)
    return OrderLine(
        quantity,
        item=substitute,
        unit_price=price,
        discount=of.discount,
        location=of.location,
        expected_on=of.expected_on,
        tax_code=of.tax_code,
    )
