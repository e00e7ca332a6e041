"""What happens on the way: goods are taken to staging, or are not there; a list is cancelled; what no order needs goes back to its place.

Each is a stock transfer between bin and staging, so that goods are gone from the bin at once. What is short is taken from elsewhere, by further
lines of the same list, or is on backorder again; and somebody is asked to count.
"""

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import psycopg

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.ledger.database import integers, lock_items
from everstock.ledger.reservations import release
from everstock.ledger.statements import Call
from everstock.masterdata.models import Barcode, Item, ItemUnit, Lot
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_quantity, check_reason
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import to_base
from everstock.operations.documents.read import Read, lock
from everstock.operations.documents.records import DocumentRef, Header, Line, LineUpdate, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import FINAL, State, Verb, next_state
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import AuditRow
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.allocation import holder, standing_of
from everstock.operations.sales.delivery_models import PackageLine
from everstock.operations.sales.pick_lists import KIND, STRATEGY, TOTES, listed, now_at, staging_warehouse, taken_again
from everstock.operations.warehouse.count_requests import ShortReason, ask_for_count
from everstock.operations.warehouse.lots import refuse_expired
from everstock.operations.warehouse.pick_shares import (
    Share,
    add_shares,
    count_shares,
    replaced,
    shared_out,
    shares_for,
    shares_of,
)
from everstock.operations.warehouse.picking import Strategy, on_pick_lists, pick_places
from everstock.operations.warehouse.posting import departure_moment
from everstock.operations.warehouse.transfers import TransferPurpose, new_header, post_transfer

_K = TypeVar("_K")
_UNRESERVED = "EV004"
"""The state of the error of ``pick_refuse_unreserved``."""


class Picked(NamedTuple):
    """What was taken of line number ``line``: ``quantity`` in 10^-6 base units, ``None``: all that is open.

    ``code``: what the scanner read, the item's SKU or one of its barcodes; of a barcode of another unit, ``quantity`` is in that unit. ``lot``: its
    code. Where they are given they must be those of the line.
    """

    line: int
    quantity: int | None = None
    code: str | None = None
    lot: str | None = None


class Shorted(NamedTuple):
    """What became of what was not found: of it, so much is taken from elsewhere (by new ``lines``), the rest is on backorder."""

    pick_list: DocumentRef
    elsewhere: int
    backorder: int
    lines: tuple[int, ...]


@answers_repeats
def confirm_picks(
    actor: Actor,
    *,
    pick_list: int,
    day: dt.date,
    recorded_at: int,
    picked: Sequence[Picked] = (),
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Take goods of a pick list to its staging place, all that are open unless ``picked`` says which; return the stock transfer.

    ``effective_at``: the moment, in microseconds of the company's clock; ``None``: now, or at the end of an earlier day. ``key``: the same key with the same
    content returns the first transfer.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``picking.line_unknown``, ``picking.exceeds``,
    ``picking.not_reserved`` (any more: less is there than was promised), ``picking.wrong_item``, ``picking.wrong_lot``, ``lot.expired``,
    ``stock.on_hold``, ``quantity.…``, ``moment.other_day``, ``request.other_content``; and what
    the ledger refuses, such as ``stock.short``.
    """
    require(actor, Permission.SHIPMENT_POST)
    asked = fingerprint("confirm", pick_list, tuple(picked), day, effective_at)
    with atomic_verb():
        read = lock(actor.company_id, [pick_list], new_ids=1, key=key)
        answered(read.request, key, asked)
        header, lines = read.one(pick_list, KIND)
        next_state(KIND, header.state, Verb.PICK, header.number)
        shares = shares_of([pick_list])
        taken = _taken(header, lines, shares, picked)
        by_line = {line.line: line for line in lines}
        refuse_expired([lot for number in taken if (lot := by_line[number].lot) is not None], day)
        changed = [
            share
            for number, quantity in taken.items()
            for share in shared_out([one for one in shares if one.line == number], "picked", quantity)
        ]
        count_shares(changed)
        moved = [
            by_line[number]._replace(document=read.ids[0], line=place, quantity=quantity, base_quantity=quantity)
            for place, (number, quantity) in enumerate(sorted(taken.items()), 1)
        ]
        state = now_at(header, replaced(shares, changed))
        sources = integers({share.source for share in changed})
        with _reserved_or_refused():
            return post_transfer(
                actor,
                new_header(actor, read, TransferPurpose.PICK, day, recorded_at),
                [_of_list(line, line.id) for line in moved],
                departure_moment(day, effective_at, recorded_at),
                updates=[Update(pick_list, state=state.value)],
                line_updates=[LineUpdate(by_line[number].id, received=quantity) for number, quantity in taken.items()],
                links=[(pick_list, read.ids[0])],
                further=[_said(actor, header, "pick", state, recorded_at)],
                request=None if key is None else Request(key, asked, read.ids[0]),
                after=Call("pick_refuse_unreserved", ("int", "bigint[]"), (actor.company_id, sources)),
            )


def short_pick(
    actor: Actor,
    *,
    pick_list: int,
    line: int,
    reason: ShortReason,
    day: dt.date,
    recorded_at: int,
    quantity: int | None = None,
    note: str = "",
) -> Shorted:
    """Say that ``quantity`` (10^-6 base units; ``None``: all that is open) of a line was not there, or not fit to be taken.

    It is taken from elsewhere where there is any, by new lines of the list. What cannot be is on backorder: it is not reserved for its order any
    more, those orders first that come last on the line. Somebody is asked to count the item at that place; until then nothing is taken there.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``picking.line_unknown``, ``picking.exceeds``,
    ``quantity.…``, ``text.invalid``.
    """
    require(actor, Permission.SHIPMENT_POST)
    with atomic_verb():
        orders = {share.order for share in shares_of([pick_list])}
        read = lock(actor.company_id, sorted({pick_list, *orders}))
        header, lines = read.one(pick_list, KIND)
        next_state(KIND, header.state, Verb.PICK, header.number)
        shares = shares_of([pick_list])
        one = _line(header, lines, line)
        assert one.item is not None
        assert one.location is not None
        assert one.to_location is not None
        own = [share for share in shares if share.line == line]
        missing = _of_open(header, one, own, quantity)
        lock_items(actor.company_id, {one.item})
        changed = shared_out(own, "missing", missing, last=True)
        count_shares(changed)
        ask_for_count(
            actor,
            item=one.item,
            location=one.location,
            lot=one.lot or 0,
            reason=reason,
            note=note,
            document=pick_list,
            recorded_at=recorded_at,
        )
        lost = _lost(own, changed)
        room = _room(actor.company_id, read, lost)
        new, added = _elsewhere(actor, header, lines, _within(lost, room), one.to_location, day)
        add_shares(added)
        backorder = _on_backorder(actor.company_id, read, lost, added, room)
        state = now_at(header, [*replaced(shares, changed), *added])
        after = {"line": line, "quantity": format_quantity(missing), "reason": reason.value, "elsewhere": len(new)}
        write(
            actor.company_id,
            updates=[Update(pick_list, state=state.value)],
            line_updates=[LineUpdate(one.id, rejected=missing)],
            lines=new,
            audit=[audited(actor, header, "short", recorded_at, before={"state": header.state}, after=after)],
        )
        numbers = tuple(line.line for line in new)
        return Shorted(DocumentRef(pick_list, header.number, state.value), missing - backorder, backorder, numbers)


def cancel_pick_list(actor: Actor, *, pick_list: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """End a pick list: what is in staging goes back to where it was on ``day``, nothing more is picked. What was shipped stays shipped.

    What was reserved stays reserved for the orders. Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``,
    ``document.wrong_state``, ``picking.packed``; and what the ledger refuses.
    """
    require(actor, Permission.SHIPMENT_POST)
    check_reason(reason)
    with atomic_verb():
        # the orders, too: whoever packs what is in staging for them holds these
        orders = {share.order for share in shares_of([pick_list])}
        read = lock(actor.company_id, sorted({pick_list, *orders}), new_ids=1)
        header, lines = read.one(pick_list, KIND)
        state = next_state(KIND, header.state, Verb.CANCEL, header.number)
        shares = shares_of([pick_list])
        back: dict[tuple[int, ...], int] = {share[:3]: share.staged for share in shares}
        _refuse_packed(header, shares, back)
        after = [
            share._replace(missing=share.missing + share.open, put_back=share.put_back + share.staged)
            for share in shares
        ]
        if any(share.shipped for share in shares):
            state = State.COMPLETED
        count_shares(after)
        updates = [Update(pick_list, state=state.value)]
        rest = _sums((share.line, share.open) for share in shares)
        line_updates = [LineUpdate(line.id, rejected=rest[line.line]) for line in lines if rest[line.line]]
        said = audited(
            *(actor, header, Verb.CANCEL.value, recorded_at),
            before={"state": header.state},
            after={"state": state.value, "reason": reason},
        )
        if any(back.values()):
            put_back_lines = _back(read.ids[0], lines, shares, back)
            post_transfer(
                actor,
                new_header(actor, read, TransferPurpose.PUT_BACK, day, recorded_at),
                put_back_lines,
                departure_moment(day, None, recorded_at),
                updates=updates,
                line_updates=_counted(line_updates, put_back_lines),
                links=[(pick_list, read.ids[0])],
                further=[said],
            )
        else:
            write(actor.company_id, updates=updates, line_updates=line_updates, audit=[said])
        return DocumentRef(pick_list, header.number, state.value)


@answers_repeats
def put_back(actor: Actor, *, pick_list: int, day: dt.date, recorded_at: int, key: str | None = None) -> DocumentRef:
    """Put back what of a pick list is in staging and no order needs any more, since it was changed, closed or cancelled; return the transfer.

    Refused: ``permission.missing``, ``document.unknown``, ``picking.nothing_to_put_back``, ``picking.packed``, ``request.other_content``; and
    what the ledger refuses.
    """
    require(actor, Permission.SHIPMENT_POST)
    asked = fingerprint("put_back", pick_list, day)
    with atomic_verb():
        orders = {share.order for share in shares_of([pick_list])}
        read = lock(actor.company_id, sorted({pick_list, *orders}), new_ids=1, key=key)
        answered(read.request, key, asked)
        header, lines = read.one(pick_list, KIND)
        shares = shares_of([pick_list])
        back = _surplus(read, shares)
        if not back:
            raise Refusal(
                "picking.nothing_to_put_back",
                f"All that is in staging of {header.number} is needed by its orders.",
                "Ship it, or cancel the pick list to put everything back.",
            )
        _refuse_packed(header, shares, back)
        changed = [share._replace(put_back=share.put_back + back[share[:3]]) for share in shares if back.get(share[:3])]
        count_shares(changed)
        state = now_at(header, replaced(shares, changed))
        put_back_lines = _back(read.ids[0], lines, shares, back)
        return post_transfer(
            actor,
            new_header(actor, read, TransferPurpose.PUT_BACK, day, recorded_at),
            put_back_lines,
            departure_moment(day, None, recorded_at),
            updates=[Update(pick_list, state=state.value)],
            line_updates=_counted([], put_back_lines),
            links=[(pick_list, read.ids[0])],
            further=[_said(actor, header, "put_back", state, recorded_at)],
            request=None if key is None else Request(key, asked, read.ids[0]),
        )


def unlist(company_id: int, order: Header, lines: Iterable[Line]) -> None:
    """Take off pick lists what an order does not need any more, as far as it is not picked; inside the verb that changed or ended the order.

    What is picked already stays in staging until it is put back. ``lines``: as they are now; of an order that ended, of state closed or cancelled.
    """
    need = {line.id: _need(order, line) for line in lines if line.id}
    held = shares_for(need)
    if not held:
        return
    read = lock(company_id, sorted({share.document for share in held}))
    by_list: defaultdict[int, list[Share]] = defaultdict(list)
    for share in shares_of(read.headers):
        by_list[share.document].append(share)
    updates, line_updates = [], []
    for source, needed in need.items():
        own = [share for some in by_list.values() for share in some if share.source == source]
        excess = sum(share.held for share in own) - needed
        for share in shared_out(own, "missing", max(0, excess), last=True):
            was = next(one for one in own if one[:3] == share[:3])
            by_list[share.document] = replaced(by_list[share.document], [share])
            count_shares([share])
            line = next(line for line in read.lines[share.document] if line.line == share.line)
            line_updates.append(LineUpdate(line.id, rejected=share.missing - was.missing))
    for document, shares in by_list.items():
        header = read.headers[document]
        state = now_at(header, shares)
        if state != header.state:
            updates.append(Update(document, state=state.value))
    if updates or line_updates:
        with atomic_verb():
            write(company_id, updates=updates, line_updates=_together(line_updates))


def _need(order: Header, line: Line) -> int:
    final = order.state in FINAL or (line.details or {}).get("final")
    return 0 if final else max(0, line.base_quantity - line.received)


def _said(actor: Actor, header: Header, verb: str, state: State, recorded_at: int) -> AuditRow:
    return audited(actor, header, verb, recorded_at, before={"state": header.state}, after={"state": state.value})


# ---------------------------------------------------------------------------------------------------------------------
# What is picked


def _line(header: Header, lines: Sequence[Line], number: int) -> Line:
    found = next((line for line in lines if line.line == number), None)
    if found is None:
        raise Refusal(
            "picking.line_unknown", f"{header.number} has no line {number}.", "Name one of the lines of the pick list."
        )
    return found


def _of_open(header: Header, line: Line, shares: Sequence[Share], quantity: int | None) -> int:
    """How much it is about: ``quantity``, or all that is open."""
    open_ = sum(share.open for share in shares)
    some = open_ if quantity is None else quantity
    if quantity is not None:
        check_quantity(quantity, f"line {line.line}")
    if some > open_ or not open_:
        raise Refusal(
            "picking.exceeds",
            f"Of line {line.line} of {header.number}, {format_quantity(open_)} is to be picked.",
            "Name no more than that.",
        )
    return some


@contextmanager
def _reserved_or_refused() -> Iterator[None]:
    """Refuse (``picking.not_reserved``) what the database says nobody reserves any more."""
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate != _UNRESERVED:
            raise
        sku, more = json.loads(error.diag.message_detail or "")
        raise Refusal(
            "picking.not_reserved",
            f"{format_quantity(more)} of {sku} is not reserved for its order any more: less is there than was promised.",
            "Say that so much of the line is short; the rest can be picked.",
        ) from None


def _taken(header: Header, lines: Sequence[Line], shares: Sequence[Share], picked: Sequence[Picked]) -> dict[int, int]:
    """How much is taken by line number, checked against what was scanned."""
    by_line: defaultdict[int, list[Share]] = defaultdict(list)
    for share in shares:
        by_line[share.line].append(share)
    if not picked:
        rest = _sums((share.line, share.open) for share in shares)
        return {number: quantity for number, quantity in rest.items() if quantity}
    taken: Counter[int] = Counter()
    for one in picked:
        line = _line(header, lines, one.line)
        quantity = one.quantity if one.code is None else _scanned(line, one.code, one.quantity)
        if one.lot is not None:
            _check_lot(line, one.lot)
        so_far = taken[line.line]
        total = _of_open(header, line, by_line[line.line], None if quantity is None else so_far + quantity)
        taken[line.line] = total
    return dict(taken)


def _scanned(line: Line, code: str, quantity: int | None) -> int | None:
    """The quantity in base units of what was scanned; refused: another item than that of the line."""
    assert line.item is not None
    item = Item.objects.get(pk=line.item)
    if code == item.sku:
        return quantity
    barcode = Barcode.objects.filter(company_id=item.company_id, code=code).first()
    if barcode is None or barcode.item_id != line.item:
        raise Refusal(
            "picking.wrong_item",
            f"“{code}” is not the code of {item.sku}, which line {line.line} asks for.",
            "Put it back and look again; if the item is not there, say that the line is short.",
        )
    if quantity is None or barcode.unit_id is None or barcode.unit_id == item.base_unit_id:
        return quantity
    unit = ItemUnit.objects.get(item=item, unit_id=barcode.unit_id)
    return to_base(quantity, unit.numerator, unit.denominator, f"line {line.line}")


def _check_lot(line: Line, code: str) -> None:
    wanted = "" if line.lot is None else Lot.objects.values_list("code", flat=True).get(pk=line.lot)
    if wanted != code:
        raise Refusal(
            "picking.wrong_lot",
            f"Line {line.line} asks for {f'lot {wanted}' if wanted else 'no lot'}, not for lot {code}.",
            "Take the lot it asks for; if it is not there, say that the line is short.",
        )


def _of_list(line: Line, source: int) -> Line:
    """A line of a transfer, of a line of a list."""
    return Line(
        *(line.document, line.line, line.quantity, line.base_quantity),
        item=line.item,
        location=line.location,
        to_location=line.to_location,
        lot=line.lot,
        description=line.description,
        source=source,
    )


# ---------------------------------------------------------------------------------------------------------------------
# What is short


def _lost(before: Sequence[Share], after: Sequence[Share]) -> list[Share]:
    """What each share lost, as its ``quantity``, those first that are served first."""
    was = {share[:3]: share.missing for share in before}
    return [
        share._replace(quantity=share.missing - was[share[:3]]) for share in sorted(after, key=lambda one: one.rank)
    ]


def _elsewhere(
    actor: Actor, header: Header, lines: Sequence[Line], lost: Sequence[Share], staging: int, day: dt.date
) -> tuple[list[Line], list[Share]]:
    """New lines of the list, and their shares, for what was lost."""
    if not lost:
        return [], []
    item = lost[0].item
    warehouse = staging_warehouse(actor.company_id, staging)
    places = pick_places(actor.company_id, [item], [warehouse], day)[item, warehouse]
    details = header.details or {}
    taken = taken_again(lost, places, Strategy(details[STRATEGY]))
    totes = {int(order): tote for order, tote in details.get(TOTES, {}).items()}
    return listed(header.id, 1 + max(line.line for line in lines), taken, staging, totes)


def _room(company_id: int, read: Read, lost: Sequence[Share]) -> dict[int, int]:
    """What is reserved for the lines of orders (by id) and not on a list. Less than they lost if the ledger knew of the loss before and ended it."""
    orders = [read.one(order, DocumentKind.SALES_ORDER) for order in {share.order for share in lost}]
    keys = {(header.id, line.line): line.id for header, lines in orders for line in lines}
    held = on_pick_lists({share.source for share in lost}).of_lines
    return {
        source: max(0, one.reserved - held.get(source, 0))
        for one in standing_of(company_id, orders)
        if (source := keys[one.order, one.line]) in {share.source for share in lost}
    }


def _within(lost: Sequence[Share], room: Mapping[int, int]) -> list[Share]:
    """What was lost, as far as its orders still have it reserved: the rest is promised to nobody, or to others."""
    left = Counter(room)
    found = []
    for share in lost:
        some = min(share.quantity, left[share.source])
        left[share.source] -= some
        if some:
            found.append(share._replace(quantity=some))
    return found


def _on_backorder(
    company_id: int, read: Read, lost: Sequence[Share], added: Sequence[Share], room: Mapping[int, int]
) -> int:
    """End what is still reserved for what is not to be had; return how much is not to be had."""
    numbers = {line.id: line.line for lines in read.lines.values() for line in lines}
    rest = Counter(_sums((share.source, share.quantity) for share in lost))
    rest.subtract(_sums((share.source, share.quantity) for share in added))
    taken = _sums((share.source, share.quantity) for share in added)
    order_of = {share.source: share.order for share in lost}
    holders = {
        holder(order_of[source], numbers[source]): some
        for source, left in rest.items()
        if (some := min(left, room[source] - taken[source]))
    }
    release(company_id, list(holders), list(holders.values()))
    return sum(rest.values())


# ---------------------------------------------------------------------------------------------------------------------
# What goes back


def _surplus(read: Read, shares: Sequence[Share]) -> dict[tuple[int, ...], int]:
    """What of shares is in staging and not needed, those last served first."""
    need: dict[int, int] = {}
    for header in read.headers.values():
        if header.kind == DocumentKind.SALES_ORDER:
            need |= {line.id: _need(header, line) for line in read.lines[header.id]}
    staged = _sums((share.source, share.staged) for share in shares_for({share.source for share in shares}))
    excess = {source: staged[source] - need.get(source, 0) for source in staged}
    back: dict[tuple[int, ...], int] = {}
    for share in reversed(shares):
        some = min(share.staged, max(0, excess.get(share.source, 0)))
        if some:
            back[share[:3]] = some
            excess[share.source] -= some
    return back


def _refuse_packed(header: Header, shares: Sequence[Share], back: Mapping[tuple[int, ...], int]) -> None:
    """Refuse (``picking.packed``) to put back what is in a package."""
    packed = _sums(
        ((one.source_id, one.location_id, one.lot), one.quantity)
        for one in PackageLine.objects.filter(
            source__in={share.source for share in shares}, package__shipment=None, package__from_staging=True
        )
    )
    if not packed:
        return
    staged = _sums(
        ((share.source, share.staging, share.lot), share.staged)
        for share in shares_for({share.source for share in shares})
    )
    staged.subtract(_sums(((share.source, share.staging, share.lot), back.get(share[:3], 0)) for share in shares))
    if any(staged[key] < quantity for key, quantity in packed.items()):
        raise Refusal(
            "picking.packed",
            f"Goods of {header.number} that would go back are in a package.",
            "Unpack them first.",
        )


def _back(
    document: int, lines: Sequence[Line], shares: Sequence[Share], back: Mapping[tuple[int, ...], int]
) -> list[Line]:
    """The lines of a transfer from staging to where the goods were."""
    by_line = {line.line: line for line in lines}
    sums = _sums((share.line, back.get(share[:3], 0)) for share in shares)
    found = [(by_line[number], quantity) for number, quantity in sorted(sums.items()) if quantity]
    return [
        _of_list(
            line._replace(
                document=document,
                line=place,
                quantity=quantity,
                base_quantity=quantity,
                location=line.to_location,
                to_location=line.location,
            ),
            line.id,
        )
        for place, (line, quantity) in enumerate(found, 1)
    ]


def _counted(line_updates: Sequence[LineUpdate], back: Sequence[Line]) -> list[LineUpdate]:
    """What changes on the lines of a list, with what went back of them."""
    return _together([*line_updates, *(LineUpdate(line.source or 0, returned=line.base_quantity) for line in back)])


def _together(updates: Sequence[LineUpdate]) -> list[LineUpdate]:
    """Updates of lines, one for each."""
    found: dict[int, LineUpdate] = {}
    for one in updates:
        was = found.get(one.id, LineUpdate(one.id))
        found[one.id] = was._replace(rejected=was.rejected + one.rejected, returned=was.returned + one.returned)
    return list(found.values())


def _sums(pairs: "Iterable[tuple[_K, int]]") -> "Counter[_K]":
    found: Counter[_K] = Counter()
    for key, quantity in pairs:
        found[key] += quantity
    return found
