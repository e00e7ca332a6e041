"""Goods that move between own warehouses through transit: dispatched here, arrived there, or lost on the way.

A dispatch is a stock transfer from places of the house into transit. It counts what arrived and what was lost of each line, as *received* and
*rejected*, until nothing of it is on the way. Arrivals and losses are stock transfers of their own. The goods stay ours and keep their cost;
only what is lost is an expense.
"""

import datetime as dt
from collections.abc import Callable, Sequence

from everstock.core.facts import Kind
from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.operations.documents.checks import check_reason
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import DocumentRef, Header, Request
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.warehouse import transfers
from everstock.operations.warehouse.posting import departure_moment
from everstock.operations.warehouse.transfers import WHY, Move, TransferFacts, TransferPurpose
from everstock.operations.warehouse.transit import Arrival, counted, moved_on, out_of_transit, refuse_before

_KIND = DocumentKind.STOCK_TRANSFER
DESTINATION = "destination"
"""Key in a dispatch's details: where the goods go (the id of a place)."""


@answers_repeats
def dispatch(
    actor: Actor,
    *,
    moves: Sequence[Move],
    destination: int,
    transit: int,
    day: dt.date,
    recorded_at: int,
    expected_on: dt.date | None = None,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Send goods to ``destination``, an internal place, by way of ``transit``; return the stock transfer, sent.

    ``moves``: without their ``to_location``. ``expected_on``: when they should be there. Otherwise, and refused, as ``transfers.move``; also
    refused: ``transfer.not_transit``, ``transfer.expected_too_early``.
    """
    purpose = TransferPurpose.DISPATCH
    require(actor, purpose.permission)
    asked = fingerprint(purpose.value, tuple(moves), destination, transit, day, expected_on, effective_at)
    with atomic_verb():
        facts = transfers.transfer_facts(
            actor.company_id,
            items=[one.item for one in moves],
            units=[one.unit for one in moves if one.unit is not None],
            locations=[destination, transit, *(one.location for one in moves)],
            key=key,
        )
        answered(facts.read.request, key, asked)
        _check_way(moves, facts, destination, transit)
        if expected_on is not None and expected_on < day:
            raise Refusal(
                "transfer.expected_too_early", "The goods are expected before they are sent.", "Check both days."
            )
        lines = transfers.compose([one._replace(to_location=transit) for one in moves], facts)
        transfers.check_sources(actor.company_id, lines)
        transfers.refuse_staged(actor.company_id, lines, facts)
        header = transfers.new_header(actor, facts.read, purpose, day, recorded_at)
        header = header._replace(
            state=State.SENT.value,
            sent_on=day,
            expected_on=expected_on,
            details={**(header.details or {}), DESTINATION: destination},
        )
        request = None if key is None else Request(key, asked, header.id)
        return transfers.post_transfer(
            actor, header, lines, departure_moment(day, effective_at, recorded_at), request=request
        )


@answers_repeats
def arrive(
    actor: Actor,
    *,
    arrivals: Sequence[Arrival],
    day: dt.date,
    recorded_at: int,
    location: int | None = None,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Take in what was dispatched (``Arrival.document``: the dispatch), all of it or a part; return the stock transfer, posted.

    ``location``: for arrivals that name none, ``None`` for the destination of the dispatch. ``effective_at``: the moment, in microseconds of
    the company's clock; ``None``: now, or at the end of an earlier day. ``key``: the same key with the same content returns the first transfer.

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``document.wrong_state``, ``arrival.not_dispatched``,
    ``arrival.line_unknown``, ``arrival.exceeds``, ``arrival.before_dispatch``, ``quantity.…``, ``location.missing``, ``location.unknown``,
    ``transfer.wrong_place``, ``moment.other_day``, ``request.other_content``; and what the ledger refuses.
    """
    require(actor, TransferPurpose.TRANSFER_ARRIVAL.permission)
    asked = fingerprint(TransferPurpose.TRANSFER_ARRIVAL.value, tuple(arrivals), day, location, effective_at)
    with atomic_verb():
        facts = _facts(actor, arrivals, key, [location, *(one.location for one in arrivals)])
        answered(facts.read.request, key, asked)

        def target(number: int, one: Arrival, header: Header) -> int:
            place = one.location or location
            # the destination was looked at when the goods were sent
            return (header.details or {})[DESTINATION] if place is None else transfers.place(place, facts, number).id

        lines = out_of_transit(arrivals, facts, _KIND, _checked(day, Verb.RECEIVE), target)
        header = transfers.new_header(actor, facts.read, TransferPurpose.TRANSFER_ARRIVAL, day, recorded_at)
        updates = counted(lines, TransferPurpose.TRANSFER_ARRIVAL)
        return transfers.post_transfer(
            *(actor, header, lines, departure_moment(day, effective_at, recorded_at)),
            request=None if key is None else Request(key, asked, header.id),
            updates=moved_on(facts.read, updates),
            line_updates=updates,
            links=[(sent, header.id) for sent in sorted({one.document for one in arrivals})],
        )


@answers_repeats
def lose(
    actor: Actor,
    *,
    losses: Sequence[Arrival],
    reason: str,
    day: dt.date,
    recorded_at: int,
    account: int | None = None,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Write off what was dispatched and will not arrive, for a ``reason``; return the stock transfer, posted.

    It leaves at cost, to ``account`` (an id; ``None``: shrinkage). Otherwise, and refused, as ``arrive``; also refused: ``reason.missing``,
    ``account.unknown``, ``journal.stock_account``.
    """
    require(actor, TransferPurpose.LOSS.permission)
    check_reason(reason)
    asked = fingerprint(TransferPurpose.LOSS.value, tuple(losses), reason, day, account, effective_at)
    with atomic_verb():
        facts = _facts(actor, losses, key, ())
        answered(facts.read.request, key, asked)
        lines = [
            line._replace(account=account)
            for line in out_of_transit(losses, facts, _KIND, _checked(day, Verb.WRITE_OFF), lambda *_: None)
        ]
        header = transfers.new_header(actor, facts.read, TransferPurpose.LOSS, day, recorded_at)
        header = header._replace(details={**(header.details or {}), "reason": reason})
        updates = counted(lines, TransferPurpose.LOSS)
        return transfers.post_transfer(
            *(actor, header, lines, departure_moment(day, effective_at, recorded_at)),
            kind=Kind.ADJUST_OUT,
            request=None if key is None else Request(key, asked, header.id),
            updates=moved_on(facts.read, updates),
            line_updates=updates,
            links=[(sent, header.id) for sent in sorted({one.document for one in losses})],
        )


def _facts(actor: Actor, arrivals: Sequence[Arrival], key: str | None, places: Sequence[int | None]) -> TransferFacts:
    return transfers.transfer_facts(
        actor.company_id,
        documents=[one.document for one in arrivals],
        locations=[place for place in places if place is not None],
        key=key,
    )


def _check_way(moves: Sequence[Move], facts: TransferFacts, destination: int, transit: int) -> None:
    road = facts.locations.get(transit)
    if road is None or road.kind != LocationKind.TRANSIT or not road.active:
        raise Refusal(
            "transfer.not_transit",
            "The goods would go by way of a place that is unknown, inactive or not of kind transit.",
            "Name a location of kind transit.",
        )
    target = transfers.place(destination, facts, 1)
    for number, one in enumerate(moves, 1):
        source = transfers.source_place(one.location, facts, number)
        transfers.refuse_held(source, number)
        transfers.refuse_same(source, target, number)


def _checked(day: dt.date, verb: Verb) -> Callable[[Header], None]:
    def check(header: Header) -> None:
        if (header.details or {})[WHY] != TransferPurpose.DISPATCH:
            raise Refusal(
                "arrival.not_dispatched", f"Nothing of {header.number} is in transit.", "Name a transfer that was sent."
            )
        next_state(_KIND, header.state, verb, header.number)
        refuse_before(header, day)

    return check
