"""Stock held for a while: for a cart until it is ordered or given up, for a quote until its last day.

A hold is a reservation that ends by itself: what nobody holds any more is free without any job. What is ordered takes its hold with it, without
anybody coming between.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from everstock.core.facts import DAY
from everstock.core.kits import stocked
from everstock.core.problems import Refusal
from everstock.ledger.database import lock_items
from everstock.ledger.reservations import Wanted, extend, pass_on, release, reservations
from everstock.masterdata.models import Item
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_quantity
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.models import DocumentLine
from everstock.operations.documents.read import lock
from everstock.operations.documents.records import Header, Line
from everstock.operations.documents.states import State
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.allocation import channel_of
from everstock.operations.sales.allocation import holder as holder_of_order
from everstock.operations.sales.channel_stock import reserve
from everstock.operations.sales.channels import check_warehouse
from everstock.operations.sales.facts import unknown_channel
from everstock.operations.sales.kit_bills import contents
from everstock.operations.sales.kits import part_of
from everstock.operations.sales.models import ChannelWarehouse, SalesChannel
from everstock.operations.warehouse.places import warehouse_of
from everstock.operations.warehouse.posting import ledger_reference

_QUOTE = DocumentKind.QUOTE
LONGEST = 7 * 24 * 60
"""Minutes for which a cart is held at most."""
_MINUTE = 60_000_000
_TOKEN = 100
"""Characters of a cart's token at most."""
_EPOCH = dt.date(1970, 1, 1)


class CartLine(NamedTuple):
    """What is in a cart: ``quantity`` of an item in 10^-6 base units; from ``warehouse`` (ids; ``None``: the channel's first)."""

    item: int
    quantity: int
    warehouse: int | None = None


class Held(NamedTuple):
    """``held`` of what is ``wanted`` of an item in a warehouse, in 10^-6 base units, until a moment in microseconds UTC."""

    item: int
    warehouse: int
    wanted: int
    held: int
    expires_at: int


def cart_holder(token: str) -> str:
    """Return how the reservations of a cart are called; refuse (``cart.token``) what cannot be its token."""
    if not 0 < len(token) <= _TOKEN or not token.isprintable() or token != token.strip():
        raise Refusal(
            "cart.token",
            "The token of a cart is empty, too long, or no text.",
            f"Use 1 to {_TOKEN} characters, such as a UUID.",
        )
    return f"CART/{token}"


def hold_cart(
    actor: Actor, *, token: str, lines: Sequence[CartLine], minutes: int, recorded_at: int, channel: str | None = None
) -> list[Held]:
    """Hold for a cart what its lines say, as much as is free for ``channel`` (its code), and nothing else, for so many minutes from now.

    The same again holds the same for longer. For a kit what it contains is held. Refused: ``permission.missing``, ``cart.token``, ``hold.minutes``, ``document.no_lines``,
    ``channel.unknown``, ``channel.other_warehouse``, ``item.unknown``, ``location.…``, ``quantity.…``.
    """
    require(actor, Permission.STOCK_HOLD)
    holder = cart_holder(token)
    expires_at = _until(minutes, recorded_at)
    wanted = _wanted(actor.company_id, lines, channel)
    with atomic_verb():
        # all at once and in their order: what is ended and what is held may be of different items
        before = reservations(actor.company_id, holders=[holder])
        lock_items(actor.company_id, {item for item, _ in wanted} | {one.item for one in before})
        release(actor.company_id, [holder])
        asked = [Wanted(holder, item, place, quantity) for (item, place), quantity in wanted.items()]
        given = reserve(
            *(actor.company_id, asked, [channel] * len(asked)), recorded_at=recorded_at, expires_at=expires_at
        )
    return [
        Held(one.item, one.warehouse, one.quantity, some, expires_at) for one, some in zip(asked, given, strict=True)
    ]


def _until(minutes: int, recorded_at: int) -> int:
    if not 0 < minutes <= LONGEST:
        raise Refusal("hold.minutes", f"Stock cannot be held for {minutes} minutes.", f"Name 1 to {LONGEST} minutes.")
    return recorded_at + minutes * _MINUTE


def _wanted(company_id: int, lines: Sequence[CartLine], channel: str | None) -> Counter[tuple[int, int]]:
    """Quantities by item and warehouse; of a kit what it contains."""
    if not lines:
        raise Refusal("document.no_lines", "The cart is empty.", "Name what is in it, or release it.")
    places = None if channel is None else _warehouses(company_id, channel)
    known = set(
        Item.objects.filter(company=company_id, active=True, pk__in={one.item for one in lines}).values_list(
            "pk", flat=True
        )
    )
    bills = contents(known)
    wanted: Counter[tuple[int, int]] = Counter()
    for number, one in enumerate(lines, 1):
        check_quantity(one.quantity, f"line {number}")
        if one.item not in known:
            raise Refusal("item.unknown", f"Line {number} names an unknown or inactive item.", "Name another one.")
        place = one.warehouse or (places[0] if places else None)
        if place is None:
            raise Refusal(
                "location.missing", f"Line {number} names no warehouse.", "Name one, or a channel that has one."
            )
        if places is None:
            check_warehouse(company_id, place)
        elif place not in places:
            raise Refusal(
                "channel.other_warehouse",
                f"Line {number} is of a warehouse from which {channel} does not sell.",
                "Name another one, or add it to the channel.",
            )
        for item, quantity in stocked(one.item, one.quantity, bills).items():
            wanted[item, place] += quantity
    return wanted


def _warehouses(company_id: int, code: str) -> list[int]:
    found = SalesChannel.objects.filter(company_id=company_id, code=code, active=True).first()
    if found is None:
        raise unknown_channel(code)
    rows = ChannelWarehouse.objects.filter(channel=found).order_by("rank")
    return list(rows.values_list("warehouse_id", flat=True))


def extend_cart(actor: Actor, *, token: str, minutes: int, recorded_at: int) -> int:
    """Hold what is held for a cart for so many minutes from now, and return how much that is, in 10^-6 base units over all items.

    Refused: ``permission.missing``, ``cart.token``, ``hold.minutes``, ``cart.nothing_held`` (or no more).
    """
    require(actor, Permission.STOCK_HOLD)
    holder = cart_holder(token)
    [held] = extend(actor.company_id, [holder], recorded_at=recorded_at, expires_at=_until(minutes, recorded_at))
    if not held:
        raise Refusal("cart.nothing_held", "Nothing is held for this cart any more.", "Hold its lines again.")
    return held


def release_cart(actor: Actor, *, token: str) -> int:
    """Hold nothing for a cart any more, and return how much it was. Refused: ``permission.missing``, ``cart.token``."""
    require(actor, Permission.STOCK_HOLD)
    [ended] = release(actor.company_id, [cart_holder(token)])
    return ended


# ---------------------------------------------------------------------------------------------------------------------
# Quotes


def hold_quote(actor: Actor, *, quote: int, recorded_at: int) -> list[Held]:
    """Hold what a quote that was sent still offers, as much as is free (for its channel), through the day until which it is valid.

    Only lines that say where goods will leave from. Again: what has come since, and nothing of what is not offered any more.

    Refused: ``permission.missing``, ``document.unknown``, ``quote.not_sent``, ``quote.no_last_day``, ``quote.not_valid`` (any more).
    """
    require(actor, Permission.STOCK_HOLD)
    with atomic_verb():
        header, lines = lock(actor.company_id, [quote]).one(quote, _QUOTE)
        if header.state not in {State.SENT, State.ACCEPTED}:
            raise Refusal("quote.not_sent", f"{header.number} is {State(header.state).words}.", "Send it first.")
        held = _hold_lines(actor.company_id, header, lines, recorded_at)
        said = {
            "held": [one.held for one in held],
            "until": None if header.due_on is None else header.due_on.isoformat(),
        }
        write(actor.company_id, audit=[audited(actor, header, "hold", recorded_at, after=said)])
        return held


def _hold_lines(company_id: int, header: Header, lines: Sequence[Line], recorded_at: int) -> list[Held]:
    if header.due_on is None:
        raise Refusal("quote.no_last_day", f"{header.number} has no last day.", "Say until when it is valid first.")
    expires_at = ((header.due_on - _EPOCH).days + 1) * DAY
    if expires_at <= recorded_at:
        raise Refusal("quote.not_valid", f"{header.number} was valid to {header.due_on}.", "Change its last day first.")
    bills = contents({line.item for line in lines if line.item is not None})
    asked = [
        Wanted(
            *(quote_holder(header.id, line.line), item, warehouse_of(company_id, line.location), quantity),
            due_on=line.expected_on,
        )
        for line in lines
        if line.item is not None and line.location is not None
        for item, quantity in stocked(line.item, line.base_quantity - line.ordered, bills).items()
    ]
    lock_items(company_id, {one.item for one in asked})
    release(company_id, [one.holder for one in asked])
    asked = [one for one in asked if one.quantity > 0]
    channels = [channel_of(header)] * len(asked)
    given = reserve(company_id, asked, channels, recorded_at=recorded_at, expires_at=expires_at)
    return [
        Held(one.item, one.warehouse, one.quantity, some, expires_at) for one, some in zip(asked, given, strict=True)
    ]


def quote_holder(quote: int, line: int) -> str:
    """Return how the reservations of a quote's line are called."""
    return ledger_reference(_QUOTE, quote, line)


def follow_quote(company_id: int, header: Header, lines: Sequence[Line], recorded_at: int) -> None:
    """Let what is held for a quote follow what it says after a change, or end it (``lines`` empty: it is lost or cancelled)."""
    prefix = f"{ledger_reference(_QUOTE, header.id, 0)[:-1]}"
    numbers = DocumentLine.objects.filter(document=header.id).values_list("line", flat=True)
    holders = [f"{prefix}{number}" for number in numbers]
    if not reservations(company_id, holders=holders):
        return
    if lines and header.due_on is not None and ((header.due_on - _EPOCH).days + 1) * DAY > recorded_at:
        _hold_lines(company_id, header, lines, recorded_at)
    else:
        release(company_id, holders)


# ---------------------------------------------------------------------------------------------------------------------
# Turned into an order


def pass_to_order(
    company_id: int, order: Header, lines: Sequence[Line], priority: int, *, cart: str | None, recorded_at: int
) -> bool:
    """Hand what is held for a cart (its token), or for the quote's lines the order is from, over to the order; whether there was any.

    What is left of the cart is held no more.
    """
    goods = [line for line in lines if line.item is not None and line.location is not None]
    givers = [cart_holder(cart)] * len(goods) if cart is not None else _quote_holders(lines, goods)
    asked = [
        (
            giver,
            Wanted(
                *(holder_of_order(order.id, line.line), line.item or 0, warehouse_of(company_id, line.location or 0)),
                line.base_quantity - line.received,
                due_on=line.expected_on,
                rank=priority,
            ),
        )
        for giver, line in zip(givers, goods, strict=True)
        if giver is not None
    ]
    if not asked:
        return False
    lock_items(company_id, {one.item for _, one in asked})
    passed = pass_on(company_id, [giver for giver, _ in asked], [one for _, one in asked], recorded_at=recorded_at)
    if cart is not None:
        release(company_id, [cart_holder(cart)])
    return any(passed)


def _quote_holders(lines: Sequence[Line], goods: Sequence[Line]) -> list[str | None]:
    """Who holds the goods of an order's lines: the line of the quote that they are from; of a component that of its kit."""
    source = {line.line: line.source for line in lines}
    sources = [source[part_of(line) or line.line] for line in goods]
    if not any(sources):
        return [None] * len(goods)
    of = DocumentLine.objects.filter(pk__in={one for one in sources if one is not None}, document__kind=_QUOTE.value)
    known = {key: quote_holder(quote, line) for key, quote, line in of.values_list("pk", "document_id", "line")}
    return [known.get(one or 0) for one in sources]
