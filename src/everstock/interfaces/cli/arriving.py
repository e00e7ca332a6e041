"""From what somebody typed at the dock to arrivals of goods that were in transit, and to moves of goods that are here."""

from collections.abc import Sequence

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.codes import Desk
from everstock.interfaces.cli.lines import Offer
from everstock.interfaces.cli.words import Entry
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.queries import chain
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Header, Line
from everstock.operations.documents.states import State
from everstock.operations.purchasing.receipts import IN_TRANSIT
from everstock.operations.warehouse.origins import brought, refuse_beyond
from everstock.operations.warehouse.putaway import Goods, suggest
from everstock.operations.warehouse.transfers import WHY, Move, TransferPurpose
from everstock.operations.warehouse.transit import Arrival, on_the_way

_BROUGHT_BY = (DocumentKind.GOODS_RECEIPT, DocumentKind.STOCK_TRANSFER)
_ARRIVALS = (TransferPurpose.ARRIVAL, TransferPurpose.TRANSFER_ARRIVAL)
MOVE_COLUMNS = ("item", "lot", "quantity", "from", "to", "rule")
"""The columns of what ``moves_of`` tells."""


def arrivals(
    at: Desk, number: str, entries: Sequence[Entry], kind: DocumentKind = DocumentKind.GOODS_RECEIPT
) -> list[Arrival]:
    """What arrives of a document whose goods are in transit: what was typed, or all that is on the way."""
    offer = Offer(at.company.pk, [at.codes.document(number, [kind])], lambda line: on_the_way(line, kind))
    if entries:
        chosen = [(offer.named(entry.name), entry.quantity or 0) for entry in entries]
    else:
        chosen = [(one, one.open * one.line.denominator // one.line.numerator) for one in offer.open()]
    return [Arrival(one.header.id, one.line.line, quantity) for one, quantity in chosen]


def moves_of(
    at: Desk, number: str, entries: Sequence[Entry], to_location: int | None
) -> tuple[list[Move], list[list[str]]]:
    """What of a receipt or an arrival goes where, and the same in words; what finds no place is only in the words.

    ``entries``: quantities in base units; none: all that is not put away yet. ``to_location``: ``None`` as the rules suggest.
    Refused: ``document.wrong_state``, ``putaway.in_transit``, ``putaway.arrived``, ``putaway.brought_nothing``, what was typed and cannot be.
    """
    kind, key = at.codes.document(number, _BROUGHT_BY)
    found = read(at.company.pk, [key])
    _refuse_on_the_way(at, found.headers[key], found.lines[key])
    came = brought(at.company.pk, [line.id for line in found.lines[key]])
    offer = Offer(at.company.pk, [(kind, key)], lambda line: came[line.id].left if line.id in came else 0)
    if entries:
        chosen = [(offer.named(entry.name), entry.quantity or 0) for entry in entries]
    else:
        chosen = [(one, one.open) for one in offer.open() if one.line.ledger_reference is not None]
    wanted = [(one.line, quantity) for one, quantity in chosen if one.line.id in came]
    refuse_beyond(came, [(line.id, came[line.id].location, quantity) for line, quantity in wanted])
    goods = [Goods(line.item or 0, quantity, came[line.id].location) for line, quantity in wanted]
    if to_location is None:
        places = [(one.number, one.location, one.quantity, one.rule) for one in suggest(at.company.pk, goods)]
    else:
        places = [(place, to_location, one.quantity, None) for place, one in enumerate(goods)]
    at.codes.know_lots(line.lot for line, _ in wanted)
    moves, rows = [], []
    for which, place, quantity, rule in places:
        line, source = wanted[which][0], goods[which].location
        lot = at.codes.lot(line.lot) or None
        words = "" if rule is None else rule.value.replace("_", " ")
        target = "no place left" if place is None else at.codes.locations[place]
        rows.append(
            [offer.item(line).sku, lot or "", format_quantity(quantity), at.codes.locations[source], target, words]
        )
        if place is not None:
            moves.append(Move(line.item or 0, quantity, source, place, lot=lot, source=line.id))
    return moves, rows


def _refuse_on_the_way(at: Desk, header: Header, lines: Sequence[Line]) -> None:
    """Refuse to put away by a document that is cancelled, that brought its goods into transit, or that brought none."""
    details, kind = header.details or {}, DocumentKind(header.kind)
    purpose = details.get(WHY)
    if header.state == State.CANCELLED:
        raise Refusal(
            "document.wrong_state", f"{header.number} is cancelled.", "Name another goods receipt, or another arrival."
        )
    if purpose is not None and purpose not in {*_ARRIVALS, TransferPurpose.DISPATCH}:
        raise Refusal(
            "putaway.brought_nothing",
            f"{header.number} moved goods that were here already.",
            "Name a goods receipt, or the arrival of goods that were on their way.",
        )
    if IN_TRANSIT not in details and purpose != TransferPurpose.DISPATCH:
        return
    arrived = _arrivals_of(at, header)
    away = f"`everstock put-away {arrived[0]}`" if arrived else ""
    if any(on_the_way(line, kind) for line in lines):
        take_in = f"`everstock {'arrive' if kind is DocumentKind.GOODS_RECEIPT else 'transfer arrive'} {header.number}`"
        raise Refusal(
            "putaway.in_transit",
            f"Goods of {header.number} are still on their way.",
            f"Take them in with {take_in} when they are here{f'; put away what has arrived with {away}' if away else ''}.",
        )
    raise Refusal(
        "putaway.arrived",
        f"The goods of {header.number} arrived by {' and '.join(arrived)}."
        if arrived
        else f"Nothing of {header.number} arrived.",
        f"Put them away by that number: {away}." if away else "Look at it with `everstock document show`.",
    )


def _arrivals_of(at: Desk, header: Header) -> list[str]:
    """The numbers of the arrivals of what a document brought into transit."""
    made = [one.id for one in chain(at.company.pk, header.id) if one.distance == 1 and one.state != State.CANCELLED]
    headers = read(at.company.pk, made).headers.values()
    return [one.number for one in headers if (one.details or {}).get(WHY) in _ARRIVALS]
