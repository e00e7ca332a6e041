"""What becomes of goods that came back and lie in quality control: restocked, repaired or scrapped. Each is a stock transfer of its own."""

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.masterdata.models import Lot
from everstock.operations.documents.checks import check_reason
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import lock
from everstock.operations.documents.records import DocumentRef, Header, Line
from everstock.operations.documents.requests import Key, answered, answers_repeats, content_of, fingerprint
from everstock.operations.documents.states import Verb, next_state
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.warehouse.origins import brought
from everstock.operations.warehouse.transfers import Move, TransferPurpose, reject, release, repair

_KIND = DocumentKind.SALES_RETURN


class Outcome(StrEnum):
    """What somebody who looked at goods decides: to a place of stock, to a place of repair, on hold until released, or to scrap."""

    RESTOCK = "restock"
    REPAIR = "repair"
    SCRAP = "scrap"


_PURPOSES: Mapping[Outcome, TransferPurpose] = {
    Outcome.RESTOCK: TransferPurpose.RELEASE,
    Outcome.REPAIR: TransferPurpose.REPAIR,
    Outcome.SCRAP: TransferPurpose.REJECT,
}


class Inspected(NamedTuple):
    """Line number ``line`` of a return: ``quantity`` in 10^-6 base units, ``None`` for all that lies where it came in."""

    line: int
    quantity: int | None = None


@answers_repeats
def inspect_return(
    actor: Actor,
    *,
    sales_return: int,
    outcome: Outcome,
    day: dt.date,
    recorded_at: int,
    lines: Sequence[Inspected] = (),
    location: int | None = None,
    reason: str = "",
    charge: int = 0,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Say what becomes of goods of a return (``lines``; none: all that still lie where they came in); return the stock transfer, posted.

    ``location``: where they go, not for scrap. ``reason``: for scrap. ``charge``: what the repair costs the customer, in minor units of the
    return's currency; noted, and billed by nobody here. Otherwise as ``transfers.move``.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``return.line_unknown``, ``return.nothing_left``,
    ``reason.missing``, ``charge.invalid``; and what ``transfers.release``, ``repair`` and ``reject`` refuse, such as ``quality.not_held``,
    ``putaway.exceeds``, ``lot.expired``.
    """
    require(actor, _PURPOSES[outcome].permission)
    if outcome is Outcome.SCRAP:
        check_reason(reason)
    asked = fingerprint("inspect", sales_return, outcome, day, tuple(lines), location, reason, charge, effective_at)
    with atomic_verb():
        # locked, so that nobody cancels it meanwhile
        read = lock(actor.company_id, [sales_return], key=key)
        answered(read.request, key, asked)
        # what is left to inspect is another thing the second time, so the transfer is not asked for by its moves
        key = None if key is None else Key(key, content_of(key, asked))
        header, of_return = read.one(sales_return, _KIND)
        next_state(_KIND, header.state, Verb.INSPECT, header.number)
        moves = _moves(actor.company_id, header, of_return, lines, location)
        if outcome is Outcome.SCRAP:
            return reject(
                actor,
                moves=moves,
                reason=reason,
                day=day,
                recorded_at=recorded_at,
                effective_at=effective_at,
                key=key,
            )
        if outcome is Outcome.REPAIR:
            return repair(
                actor,
                moves=moves,
                charge=charge,
                day=day,
                recorded_at=recorded_at,
                effective_at=effective_at,
                key=key,
            )
        return release(actor, moves=moves, day=day, recorded_at=recorded_at, effective_at=effective_at, key=key)


def _moves(
    company_id: int, header: Header, of_return: Sequence[Line], lines: Sequence[Inspected], location: int | None
) -> list[Move]:
    left = {line: one.left for line, one in brought(company_id, [line.id for line in of_return]).items()}
    by_number = {line.line: line for line in of_return if line.base_quantity}
    unknown = {one.line for one in lines} - by_number.keys()
    if unknown:
        raise Refusal(
            "return.line_unknown",
            f"{header.number} brought no line {min(unknown)}.",
            "Name one of its lines, by its number.",
        )
    wanted = lines or [Inspected(number) for number, line in by_number.items() if left[line.id]]
    if not wanted:
        raise Refusal(
            "return.nothing_left",
            f"All that {header.number} brought was inspected or moved.",
            "Look at its transfers.",
        )
    lots = Lot.objects.in_bulk([line.lot for line in of_return if line.lot is not None])
    moves = []
    for one in wanted:
        line = by_number[one.line]
        assert line.item is not None
        assert line.location is not None
        moves.append(
            Move(
                line.item,
                left[line.id] if one.quantity is None else one.quantity,
                line.location,
                location,
                None if line.lot is None else lots[line.lot].code,
                source=line.id,
            )
        )
    return moves
