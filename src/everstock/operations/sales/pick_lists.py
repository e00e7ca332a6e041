"""Pick lists: what somebody fetches on one trip, in walking order, for one order or several.

A line of a list is an item and a lot at a place; its shares say what of it is for which line of which order. What is on a list is held for these
orders: it is offered to no other list and no shipment. Nothing is on a list that is not reserved for its order.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.masterdata.bulk import refuse_bad_code
from everstock.masterdata.models import Item, Location, Purpose
from everstock.operations.documents.audit import audited
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import lock
from everstock.operations.documents.records import Details, DocumentRef, Header, Line, Request
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State, Verb, next_state, progressed
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.allocation import Allocated, reserve_open
from everstock.operations.warehouse.pick_shares import Share, add_shares, pick_progress
from everstock.operations.warehouse.picking import PickPlace, Strategy, choose, on_pick_lists, pick_places
from everstock.operations.warehouse.places import warehouse_of
from everstock.operations.warehouse.walking import walking_order

KIND = DocumentKind.PICK_LIST
METHOD, STRATEGY, STAGING, TOTES = "method", "strategy", "staging", "totes"
"""Keys in a list's details: how and in which order goods are taken, where they go (the id of a place), the tote of each order."""
MOST_LINES = 500


class Method(StrEnum):
    """How orders share a trip.

    ``ORDER``: one order alone. ``BATCH``: several, sorted afterwards. ``CLUSTER``: several, each with a tote on the trolley. ``WAVE``: a batch of
    orders that were chosen by what they have in common; see ``waves``.
    """

    ORDER = "order"
    BATCH = "batch"
    CLUSTER = "cluster"
    WAVE = "wave"


class _Taken(NamedTuple):
    """What a line of an order gets from a place."""

    order: int
    source: int
    item: int
    location: int
    lot: int
    quantity: int


@answers_repeats
def create_pick_list(
    actor: Actor,
    *,
    orders: Sequence[int],
    staging: int,
    day: dt.date,
    recorded_at: int,
    method: Method = Method.ORDER,
    strategy: Strategy = Strategy.FEFO,
    totes: Sequence[str] = (),
    most_lines: int = MOST_LINES,
    chosen: Details | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Put what is reserved for confirmed ``orders`` (ids), and lies in the warehouse of ``staging``, on a pick list; return it, released.

    What is free is reserved first. The orders are served in the order in which they are named; the first whose lines would be more than
    ``most_lines`` in all, and those after it, are left for another list. ``totes``: of a cluster, one for each order; empty: they are numbered.
    ``chosen``: by what a wave was. ``key``: the same key with the same content returns the first list.

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``document.wrong_state``, ``picking.one_order``,
    ``picking.totes``, ``picking.not_staging``, ``picking.nothing`` (nothing is there that is not on a list), ``code.invalid``,
    ``request.other_content``.
    """
    require(actor, Permission.SHIPMENT_POST)
    orders = list(dict.fromkeys(orders))
    _check(orders, method, totes)
    asked = fingerprint(KIND.value, tuple(orders), staging, day, method.value, strategy.value, tuple(totes), most_lines)
    with atomic_verb():
        read = lock(actor.company_id, sorted(orders), new_ids=1, key=key)
        answered(read.request, key, asked)
        warehouse = staging_warehouse(actor.company_id, staging)
        found = [read.one(order, DocumentKind.SALES_ORDER) for order in orders]
        for header, _ in found:
            next_state(DocumentKind.SALES_ORDER, header.state, Verb.SHIP, header.number)
        standing = reserve_open(actor.company_id, found, recorded_at=recorded_at)
        wanted = _wanted(found, [one for one in standing if one.warehouse == warehouse])
        items = {item for _, _, item, _ in wanted}
        places = pick_places(actor.company_id, items, [warehouse], day)
        taken = _within(_chosen(strategy, wanted, {item: some for (item, _), some in places.items()}), most_lines)
        if not taken:
            raise Refusal(
                "picking.nothing",
                "Nothing of these orders is in stock there and not on a pick list.",
                "Wait for goods, name another staging place, or look at the pick lists that there are.",
            )
        used = list(dict.fromkeys(one.order for one in taken))
        named = dict(zip(orders, totes or map(str, range(1, len(orders) + 1)), strict=False))
        by_tote = {order: named[order] for order in used} if method is Method.CLUSTER else {}
        header = Header(
            *(read.ids[0], KIND.value, State.RELEASED.value, day, read.company_currency, recorded_at),
            partner=found[0][0].partner if len({read.headers[order].partner for order in used}) == 1 else None,
            created_by=actor.user_id,
            details={METHOD: method.value, STRATEGY: strategy.value, STAGING: staging, **(chosen or {})}
            | ({TOTES: {str(order): tote for order, tote in by_tote.items()}} if by_tote else {}),
        )
        lines, shares = listed(header.id, 1, taken, staging, by_tote)
        add_shares(shares)
        numbers = write(
            actor.company_id,
            documents=[header],
            lines=lines,
            links=[(order, header.id) for order in used],
            audit=[
                audited(actor, header, "create", recorded_at, after={"method": method.value, "lines": len(lines)}),
            ],
            request=None if key is None else Request(key, asked, header.id),
        )
        return DocumentRef(header.id, numbers[header.id], header.state)


def _check(orders: Sequence[int], method: Method, totes: Sequence[str]) -> None:
    if not orders:
        raise Refusal("document.no_lines", "Nothing is picked.", "Name at least one order.")
    if method is Method.ORDER and len(orders) > 1:
        raise Refusal(
            "picking.one_order",
            "A pick list by order is of one order.",
            "Make one for each, or pick them together as a batch or a cluster.",
        )
    for tote in totes:
        refuse_bad_code(tote, "tote")
    if totes and (method is not Method.CLUSTER or len({*totes}) != len(orders) or len(totes) != len(orders)):
        raise Refusal(
            "picking.totes",
            "The totes are not one for each order of a cluster.",
            "Name as many different totes as orders, or none.",
        )


def staging_warehouse(company_id: int, staging: int) -> int:
    """Return the warehouse of a staging place; refuse (``picking.not_staging``) what is none: an active internal place of purpose packing."""
    place = Location.objects.filter(company_id=company_id, pk=staging, active=True).first()
    if place is None or place.kind != LocationKind.INTERNAL or place.purpose != Purpose.PACKING:
        raise Refusal(
            "picking.not_staging",
            "What is picked would go to a place that is unknown, inactive or not of purpose packing.",
            "Name a location of purpose packing.",
        )
    return warehouse_of(company_id, staging)


# ---------------------------------------------------------------------------------------------------------------------
# What is taken from where


def _wanted(
    orders: Sequence[tuple[Header, Sequence[Line]]], standing: Sequence[Allocated]
) -> list[tuple[int, int, int, int]]:
    """What is reserved for lines of orders and not on a list yet: (order, line's id, item, quantity)."""
    keys = {(header.id, line.line): line.id for header, lines in orders for line in lines}
    on_lists = on_pick_lists([keys[one.order, one.line] for one in standing]).of_lines
    wanted = [(one, keys[one.order, one.line]) for one in standing]
    return [
        (one.order, line, one.item, one.reserved - on_lists.get(line, 0))
        for one, line in wanted
        if one.reserved > on_lists.get(line, 0)
    ]


def _chosen(
    strategy: Strategy, wanted: Sequence[tuple[int, int, int, int]], places: dict[int, list[PickPlace]]
) -> list[_Taken]:
    taken: list[_Taken] = []
    for order, source, item, quantity in wanted:
        picks = choose(strategy, places[item], quantity)
        taken += [_Taken(order, source, item, *pick) for pick in picks]
        gone = {(pick.location, pick.lot): pick.quantity for pick in picks}
        places[item] = [
            place._replace(quantity=place.quantity - gone.get((place.location, place.lot), 0)) for place in places[item]
        ]
    return taken


def _within(taken: Sequence[_Taken], most_lines: int) -> list[_Taken]:
    """What fits on ``most_lines`` lines, order by order; of the first order everything."""
    by_order: defaultdict[int, list[_Taken]] = defaultdict(list)
    for one in taken:
        by_order[one.order].append(one)
    fits: list[_Taken] = []
    lines: set[tuple[int, int, int]] = set()
    for some in by_order.values():
        more = lines | {(one.item, one.location, one.lot) for one in some}
        if lines and len(more) > most_lines:
            break
        lines = more
        fits += some
    return fits


def listed(
    document: int, first: int, taken: Sequence[_Taken], staging: int, totes: Mapping[int, str]
) -> tuple[list[Line], list[Share]]:
    """Return the lines, numbered from ``first`` in walking order, and the shares of what is taken; one line for each place, lot and item."""
    way = walking_order({one.location for one in taken})
    together: defaultdict[tuple[int, int, int], list[_Taken]] = defaultdict(list)
    for one in taken:
        together[one.location, one.item, one.lot].append(one)
    names = _names({one.item for one in taken})
    lines, shares = [], []
    keys = sorted(together, key=lambda key: (way[key[0]], names[key[1]][0], key[2]))
    for number, key in enumerate(keys, first):
        location, item, lot = key
        quantity = sum(one.quantity for one in together[key])
        lines.append(
            Line(
                *(document, number, quantity, quantity),
                item=item,
                location=location,
                to_location=staging,
                lot=lot or None,
                description=names[item][1],
            )
        )
        shares += [
            Share(
                *(document, number, one.source, one.order, item, location, lot, staging),
                *(rank, totes.get(one.order, ""), one.quantity),
            )
            for rank, one in enumerate(together[key], 1)
        ]
    return lines, shares


def now_at(header: Header, shares: Sequence[Share]) -> State:
    """Return the state of a list whose shares are these."""
    return progressed(KIND, header.state, pick_progress(shares))


def taken_again(shares: Sequence[Share], places: list[PickPlace], strategy: Strategy) -> list[_Taken]:
    """Return from where to take instead what ``shares`` (their ``quantity``) did not get; less if there is not enough."""
    wanted = [(share.order, share.source, share.item, share.quantity) for share in shares]
    return _chosen(strategy, wanted, {share.item: places for share in shares})


def _names(items: Collection[int]) -> dict[int, tuple[str, str]]:
    found = Item.objects.filter(pk__in=items).values_list("id", "sku", "name")
    return {key: (sku, name) for key, sku, name in found}
