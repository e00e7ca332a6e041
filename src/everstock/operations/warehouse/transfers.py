"""Goods that move in the house: put away, held for quality control, released, rejected. Each is a stock transfer, posted at once.

What stock transfers of other modules share with them is here too: of arrivals from suppliers (purchasing), and between warehouses (dispatches).

Goods in a place of purpose quality are on hold: only ``release`` and ``reject`` take them out, besides a return to the supplier.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from everstock.core.facts import Kind
from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT
from everstock.ledger.books import books_of
from everstock.ledger.database import integers, lock_items
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.statements import Call, Statement
from everstock.masterdata.models import Purpose, Tracking
from everstock.operations.documents import read as document_read
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_quantity, check_reason
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import to_base
from everstock.operations.documents.read import Read
from everstock.operations.documents.records import DocumentRef, Header, Line, LineUpdate, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import AuditRow
from everstock.operations.identity.permissions import Permission
from everstock.operations.warehouse.lots import check_tracking, known_lots, refuse_expired
from everstock.operations.warehouse.origins import brought, lock_bringers, refuse_beyond
from everstock.operations.warehouse.picking import refuse_listed
from everstock.operations.warehouse.places import refuse_on_hold
from everstock.operations.warehouse.posting import departure_moment, ledger_reference, ready_lines, reversals

_KIND = DocumentKind.STOCK_TRANSFER
WHY = "purpose"
"""Key in a transfer's details: a ``TransferPurpose``."""
CHARGE = "charge"
"""Key in the details of a transfer to repair: what it costs whom the goods are for, in minor units; absent for nothing."""


class TransferPurpose(StrEnum):
    """What a transfer is for.

    ``ARRIVAL``: of goods that a supplier sent and that were in transit; made by purchasing. Goods that are sent from one of our warehouses
    to another have a ``DISPATCH``, and for what arrives of it a ``TRANSFER_ARRIVAL``, for what does not a ``LOSS``. What a pick list takes to its
    staging place has a ``PICK``, and what goes back from there a ``PUT_BACK``; made by sales.
    """

    MOVE = "move"
    HOLD = "hold"
    RELEASE = "release"
    REJECT = "reject"
    REPAIR = "repair"
    ARRIVAL = "arrival"
    DISPATCH = "dispatch"
    TRANSFER_ARRIVAL = "transfer_arrival"
    LOSS = "loss"
    PICK = "pick"
    PUT_BACK = "put_back"

    @property
    def permission(self) -> Permission:
        """Who may do it."""
        return _PERMISSIONS[self]


_PERMISSIONS: Mapping[TransferPurpose, Permission] = {
    TransferPurpose.MOVE: Permission.TRANSFER_POST,
    TransferPurpose.HOLD: Permission.TRANSFER_POST,
    TransferPurpose.RELEASE: Permission.QUALITY_RELEASE,
    TransferPurpose.REJECT: Permission.QUALITY_RELEASE,
    TransferPurpose.REPAIR: Permission.QUALITY_RELEASE,
    TransferPurpose.ARRIVAL: Permission.RECEIPT_POST,
    TransferPurpose.DISPATCH: Permission.TRANSFER_POST,
    TransferPurpose.TRANSFER_ARRIVAL: Permission.TRANSFER_POST,
    TransferPurpose.LOSS: Permission.ADJUSTMENT_POST,
    TransferPurpose.PICK: Permission.SHIPMENT_POST,
    TransferPurpose.PUT_BACK: Permission.SHIPMENT_POST,
}


_TO_HOLD = frozenset({TransferPurpose.HOLD, TransferPurpose.REPAIR})


class Move(NamedTuple):
    """``quantity`` (10^-6 of ``unit``, ``None``: the base unit) of ``item`` goes from ``location`` to ``to_location``.

    ``to_location``: ``None`` only for what is rejected, which goes to scrap. ``lot``: its code. ``source``: id of the document line whose
    goods these are, such as that of the receipt.
    """

    item: int
    quantity: int
    location: int
    to_location: int | None = None
    lot: str | None = None
    unit: int | None = None
    source: int | None = None


class ItemRow(NamedTuple):
    """An item; ``tracking`` is a masterdata Tracking."""

    id: int
    sku: str
    name: str
    base_unit: int
    tracking: str


class PlaceRow(NamedTuple):
    """A location."""

    id: int
    code: str
    kind: str
    purpose: str
    active: bool


class TransferFacts(NamedTuple):
    """What a transfer needs to know: ``read`` holds the documents whose progress it counts, locked, and their predecessors."""

    read: Read
    items: Mapping[int, ItemRow]
    factors: Mapping[tuple[int, int], tuple[int, int]]
    locations: Mapping[int, PlaceRow]


_READ = Statement("SELECT transfer_read($1, $2, $3, $4, $5, $6)", "int", "bigint[]", "int[]", "int[]", "int[]", "text")


def transfer_facts(
    company_id: int,
    *,
    items: Iterable[int] = (),
    units: Iterable[int] = (),
    locations: Iterable[int] = (),
    documents: Iterable[int] = (),
    key: str | None = None,
) -> TransferFacts:
    """Lock ``documents`` and read what else is named; what is not in the company is left out. One document id is reserved."""
    wanted = [integers(sorted(set(some))) for some in (documents, items, units, locations)]
    (answer,) = _READ.run(company_id, *wanted, key)
    found: dict[str, Any] = json.loads(answer or "")
    return TransferFacts(
        document_read.understood(found["read"]),
        {one[0]: ItemRow(*one) for one in found["items"] or ()},
        {(one[0], one[1]): (one[2], one[3]) for one in found["factors"] or ()},
        {one[0]: PlaceRow(*one) for one in found["locations"] or ()},
    )


# ---------------------------------------------------------------------------------------------------------------------
# Verbs


@answers_repeats
def move(
    actor: Actor,
    *,
    moves: Sequence[Move],
    day: dt.date,
    recorded_at: int,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Move goods from place to place on ``day``: put them away, rearrange them. Returns the stock transfer, posted.

    ``effective_at``: the moment, in microseconds of the company's clock; ``None``: now, or at the end of an earlier day. ``key``: the same key with the
    same content returns the first transfer.

    Refused: ``permission.missing``, ``document.no_lines``, ``moment.other_day``, ``request.other_content``; for a line ``item.unknown``,
    ``unit.no_conversion``, ``quantity.…``, ``location.missing``, ``location.unknown``, ``transfer.wrong_place``, ``transfer.same_location``,
    ``transfer.on_hold`` (out of quality control), ``transfer.in_transit``, ``stock.on_pick_list`` (picked, and waiting to be shipped), ``putaway.exceeds`` (more of a receipt or an arrival than it
    brought there), ``lot.…`` and ``serial.quantity``; and what the ledger refuses, such as ``stock.short``.
    """
    return _transfer(actor, TransferPurpose.MOVE, moves, day, recorded_at, effective_at, key)


@answers_repeats
def hold(
    actor: Actor,
    *,
    moves: Sequence[Move],
    day: dt.date,
    recorded_at: int,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Move goods to a place of purpose quality, until somebody has looked at them. As ``move``; also refused: ``quality.not_there``."""
    return _transfer(actor, TransferPurpose.HOLD, moves, day, recorded_at, effective_at, key)


@answers_repeats
def release(
    actor: Actor,
    *,
    moves: Sequence[Move],
    day: dt.date,
    recorded_at: int,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Let goods out of quality control: they are good. As ``move``; also refused: ``quality.not_held``, ``lot.expired``."""
    return _transfer(actor, TransferPurpose.RELEASE, moves, day, recorded_at, effective_at, key)


@answers_repeats
def reject(
    actor: Actor,
    *,
    moves: Sequence[Move],
    reason: str,
    day: dt.date,
    recorded_at: int,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Scrap goods in quality control, for a ``reason``; they leave at cost. What the supplier takes back is returned to it instead.

    As ``move``; also refused: ``reason.missing``, ``quality.not_held``.
    """
    return _transfer(actor, TransferPurpose.REJECT, moves, day, recorded_at, effective_at, key, reason)


@answers_repeats
def repair(
    actor: Actor,
    *,
    moves: Sequence[Move],
    day: dt.date,
    recorded_at: int,
    charge: int = 0,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Send goods in quality control to where they are repaired, a place of purpose quality too: they stay on hold until they are released.

    ``charge``: what the repair costs whom the goods are for, in minor units; noted. As ``move``; also refused: ``quality.not_held``,
    ``quality.not_there``, ``charge.invalid``.
    """
    require(actor, TransferPurpose.REPAIR.permission)
    if not 0 <= charge < LIMIT:
        raise Refusal("charge.invalid", "The charge for the repair cannot be that.", "Enter zero or more.")
    return _transfer(actor, TransferPurpose.REPAIR, moves, day, recorded_at, effective_at, key, charge=charge)


# ---------------------------------------------------------------------------------------------------------------------
# What arrivals share with them


def cancel(
    actor: Actor,
    header: Header,
    lines: Sequence[Line],
    purpose: TransferPurpose,
    reason: str,
    recorded_at: int,
    *,
    updates: Sequence[Update] = (),
    line_updates: Sequence[LineUpdate] = (),
    after: Call | None = None,
) -> DocumentRef:
    """Reverse a locked transfer in the ledger and write it, with what changes on other documents.

    Refused: as ``cancellations.cancel_transfer``.

    ``after``: as for ``documents.write``.
    """
    require(actor, purpose.permission)
    check_reason(reason)
    state = next_state(_KIND, header.state, Verb.CANCEL, header.number)
    posting = ready_lines(actor, _KIND, header.id, reversals(lines), recorded_at)
    before, after_ = {"state": header.state}, {"state": state.value, "reason": reason}
    write(
        actor.company_id,
        updates=[Update(header.id, state=state.value), *updates],
        line_updates=line_updates,
        posting=posting,
        audit=[audited(actor, header, Verb.CANCEL.value, recorded_at, before=before, after=after_)],
        after=after,
    )
    return DocumentRef(header.id, header.number, state.value)


def _transfer(
    actor: Actor,
    purpose: TransferPurpose,
    moves: Sequence[Move],
    day: dt.date,
    recorded_at: int,
    effective_at: int | None,
    key: str | None,
    reason: str | None = None,
    charge: int = 0,
) -> DocumentRef:
    require(actor, purpose.permission)
    if reason is not None:
        check_reason(reason)
    asked = fingerprint(_KIND.value, purpose.value, tuple(moves), day, effective_at, reason, charge)
    with atomic_verb():
        facts = transfer_facts(
            actor.company_id,
            items=[one.item for one in moves],
            units=[one.unit for one in moves if one.unit is not None],
            locations=[place for one in moves for place in (one.location, one.to_location) if place is not None],
            key=key,
        )
        answered(facts.read.request, key, asked)
        _check_places(moves, facts, purpose)
        lines = compose(moves, facts)
        check_sources(actor.company_id, lines)
        refuse_staged(actor.company_id, lines, facts)
        if purpose is TransferPurpose.RELEASE:
            refuse_expired([line.lot for line in lines if line.lot is not None], day)
        header = new_header(actor, facts.read, purpose, day, recorded_at)
        said = {name: value for name, value in (("reason", reason), (CHARGE, charge)) if value}
        header = header._replace(details={**(header.details or {}), **said})
        request = None if key is None else Request(key, asked, header.id)
        return post_transfer(
            *(actor, header, lines, departure_moment(day, effective_at, recorded_at)),
            kind=Kind.TRANSFER if reason is None else Kind.WASTE,
            request=request,
        )


def refuse_staged(company_id: int, lines: Sequence[Line], facts: TransferFacts) -> None:
    """Refuse (``stock.on_pick_list``) to take away what was picked and waits to be shipped."""
    staged: Counter[tuple[int, int, int]] = Counter()
    for line in lines:
        place = None if line.location is None else facts.locations[line.location]
        if line.item is not None and place is not None and place.purpose == Purpose.PACKING:
            staged[line.item, place.id, line.lot or 0] += line.base_quantity
    if staged:
        lock_items(company_id, {item for item, *_ in staged})
        tree = books_of(company_id).locations
        refuse_listed(company_id, staged, {tree.warehouse(place) for _, place, _ in staged})


def check_sources(company_id: int, lines: Sequence[Line]) -> None:
    """Refuse (``putaway.exceeds``) to let more leave of what a document brought than is there, though others may have brought more to the place."""
    moved = [
        (line.source, line.location, line.base_quantity)
        for line in lines
        if line.source is not None and line.location is not None
    ]
    if moved:
        sources = sorted({source for source, *_ in moved})
        lock_bringers(company_id, sources)
        refuse_beyond(brought(company_id, sources), moved)


def new_header(actor: Actor, read: Read, purpose: TransferPurpose, day: dt.date, recorded_at: int) -> Header:
    """Return the header of a transfer under the id that was reserved."""
    return Header(
        *(read.ids[0], _KIND.value, State.POSTED.value, day, read.company_currency, recorded_at),
        posted_at=recorded_at,
        created_by=actor.user_id,
        details={WHY: purpose.value},
    )


def post_transfer(
    actor: Actor,
    header: Header,
    lines: Sequence[Line],
    at: int | None,
    *,
    request: Request | None = None,
    kind: Kind = Kind.TRANSFER,
    updates: Sequence[Update] = (),
    line_updates: Sequence[LineUpdate] = (),
    links: Sequence[tuple[int, int]] = (),
    further: Sequence[AuditRow] = (),
    after: Call | None = None,
) -> DocumentRef:
    """Post a transfer at a moment of the company's clock and write it, with what changes on other documents.

    ``kind``: of its movements; what only leaves goes to the account that its line names, or by the posting rules. ``further``: rows of the audit
    trail about other documents. ``after``: as for ``documents.write``.
    """
    lines = [line._replace(ledger_reference=ledger_reference(_KIND, header.id, line.line)) for line in lines]
    moved = [
        LedgerLine(
            kind,
            line.item,
            line.ledger_reference,
            quantity=line.base_quantity,
            location=line.location,
            to_location=line.to_location,
            lot=line.lot,
            effective_at=at,
            contra=line.account,
            number=line.line,
        )
        for line in lines
        if line.item is not None and line.ledger_reference is not None
    ]
    posting = ready_lines(actor, _KIND, header.id, moved, header.created_at)
    if (header.details or {}).get(WHY) == TransferPurpose.PICK:
        for line in lines:
            refuse_on_hold(actor.company_id, line.location, f"Line {line.line}: {line.description or 'what is picked'}")
    said = {"state": header.state, "lines": len(lines), **(header.details or {})}
    numbers = write(
        actor.company_id,
        documents=[header],
        lines=lines,
        updates=updates,
        line_updates=line_updates,
        links=links,
        posting=posting,
        audit=[audited(actor, header, "post", header.created_at, after=said), *further],
        request=request,
        after=after,
    )
    return DocumentRef(header.id, numbers[header.id], header.state)


def compose(moves: Sequence[Move], facts: TransferFacts) -> list[Line]:
    """Return the lines of a transfer, numbered from 1; raise ``Refusal`` for the first that cannot be."""
    if not moves:
        raise Refusal("document.no_lines", "The transfer has no lines.", "Add at least one line.")
    composed = [_compose(one, facts, number) for number, one in enumerate(moves, 1)]
    wanted = {
        (one.item, one.lot): facts.items[one.item].sku
        for one in moves
        if one.lot is not None and facts.items[one.item].tracking != Tracking.NONE
    }
    lots = known_lots(wanted) if wanted else {}
    return [
        line if one.lot is None else line._replace(lot=lots[one.item, one.lot])
        for line, one in zip(composed, moves, strict=True)
    ]


def _compose(one: Move, facts: TransferFacts, number: int) -> Line:
    where = f"line {number}"
    item = facts.items.get(one.item)
    if item is None:
        raise Refusal("item.unknown", f"Line {number} names an unknown item.", "Create the item first.")
    numerator, denominator, unit = factor(one.item, one.unit, item.base_unit, item.sku, facts.factors, where)
    base = base_quantity(one.quantity, numerator, denominator, where)
    check_tracking(item.tracking, item.sku, one.lot, base, where)
    return Line(
        *(facts.read.ids[0], number, one.quantity, base),
        item=one.item,
        location=one.location,
        to_location=one.to_location,
        description=item.name,
        unit=unit,
        numerator=numerator,
        denominator=denominator,
        source=one.source,
    )


def factor(
    item: int,
    unit: int | None,
    base_unit: int,
    sku: str,
    factors: Mapping[tuple[int, int], tuple[int, int]],
    where: str,
) -> tuple[int, int, int | None]:
    """Return numerator, denominator and id (``None``: the base unit) of a unit of ``item``; refuse ``unit.no_conversion``."""
    if unit is None or unit == base_unit:
        return 1, 1, None
    found = factors.get((item, unit))
    if found is None:
        raise Refusal(
            "unit.no_conversion",
            f"{where[0].upper()}{where[1:]}: item {sku} has no conversion from that unit to its base unit.",
            "Add the conversion first, or use another unit.",
        )
    return (*found, unit)


def base_quantity(quantity: int, numerator: int, denominator: int, where: str) -> int:
    """Return ``quantity`` in 10^-6 base units; refuse what is not positive, too large, or not exact (``quantity.…``)."""
    check_quantity(quantity, where)
    return to_base(quantity, numerator, denominator, where)


def _check_places(moves: Sequence[Move], facts: TransferFacts, purpose: TransferPurpose) -> None:
    from_hold = purpose in {TransferPurpose.RELEASE, TransferPurpose.REJECT, TransferPurpose.REPAIR}
    for number, one in enumerate(moves, 1):
        source = source_place(one.location, facts, number)
        if from_hold and source.purpose != Purpose.QUALITY:
            raise Refusal(
                "quality.not_held",
                f"Line {number}: goods at {source.code} are not in quality control.",
                "Name the place of quality control where they are.",
            )
        if not from_hold:
            refuse_held(source, number)
        if purpose is TransferPurpose.REJECT:
            if one.to_location is not None:
                raise Refusal(
                    "transfer.wrong_place", f"Line {number}: what is rejected goes to scrap.", "Leave the place out."
                )
            continue
        target = place(one.to_location, facts, number)
        refuse_same(source, target, number)
        if (target.purpose == Purpose.QUALITY) != (purpose in _TO_HOLD):
            raise _wrong_side(number, target, purpose)


def refuse_held(source: PlaceRow, number: int) -> None:
    """Refuse (``transfer.on_hold``) to take goods out of quality control."""
    if source.purpose == Purpose.QUALITY:
        raise Refusal(
            "transfer.on_hold",
            f"Line {number}: goods at {source.code} are in quality control.",
            "Have them released or rejected first.",
        )


def refuse_same(source: PlaceRow, target: PlaceRow, number: int) -> None:
    """Refuse (``transfer.same_location``) to move goods to where they are."""
    if target.id == source.id:
        raise Refusal(
            "transfer.same_location", f"Line {number} goes from {source.code} to {source.code}.", "Name two places."
        )


def _wrong_side(number: int, target: PlaceRow, purpose: TransferPurpose) -> Refusal:
    if purpose in _TO_HOLD:
        return Refusal(
            "quality.not_there",
            f"Line {number}: {target.code} is no place of quality control.",
            "Name a location of purpose quality.",
        )
    return Refusal(
        "transfer.wrong_place",
        f"Line {number}: {target.code} is a place of quality control.",
        "Hold the goods there, or name another place.",
    )


def source_place(location: int | None, facts: TransferFacts, number: int) -> PlaceRow:
    """Return the internal place, active or not, that goods are taken from; refuse as ``place``, and ``transfer.in_transit``."""
    found = None if location is None else facts.locations.get(location)
    if found is not None and found.kind == LocationKind.TRANSIT:
        raise in_transit(f"Line {number}: goods at {found.code}")
    return place(location, facts, number, inactive=True)


def in_transit(goods: str) -> Refusal:
    """Return the refusal to move ``goods`` (words for them) that are in transit."""
    return Refusal(
        "transfer.in_transit", f"{goods} are still on their way.", "Take them in as arrived first, then move them."
    )


def place(location: int | None, facts: TransferFacts, number: int, *, inactive: bool = False) -> PlaceRow:
    """Return an internal place; refuse (``location.unknown``, ``transfer.wrong_place``) others, and inactive ones unless allowed.

    Also refused: none at all (``location.missing``).
    """
    if location is None:
        raise Refusal("location.missing", f"Line {number} does not say where the goods go.", "Name a location.")
    found = facts.locations.get(location)
    if found is None or not (found.active or inactive):
        raise Refusal(
            "location.unknown", f"Line {number} names an unknown or inactive location.", "Name another location."
        )
    if found.kind != LocationKind.INTERNAL:
        raise Refusal(
            "transfer.wrong_place",
            f"Line {number}: {found.code} is of kind {found.kind}, and goods move between internal places.",
            "Name a place of the house.",
        )
    return found
