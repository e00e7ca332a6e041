"""What receipts do to orders: how much was received and rejected, whether that is tolerated, and what is still expected."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE, format_quantity
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import Read
from everstock.operations.documents.records import Details, Header, Line, LineUpdate, Update
from everstock.operations.documents.states import order_progress, progressed
from everstock.operations.identity.actor import Actor
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.receipt_lines import FINAL, Composed

DEVIATIONS = "deviations"
"""Key in a receipt's details: where it took more or less than was tolerated, by permission; ``approved_by`` says whose."""


class Deviation(NamedTuple):
    """Of ``line`` of ``order`` (their numbers) was ``received`` in the end what its tolerance does not allow, in 10^-6 base units."""

    order: str
    line: int
    ordered: int
    received: int

    @property
    def words(self) -> str:
        """The deviation as a sentence."""
        return (
            f"Of line {self.line} of {self.order}, {format_quantity(self.ordered)} were ordered and"
            f" {format_quantity(self.received)} received, {'more' if self.received > self.ordered else 'less'} than its"
            " tolerance allows."
        )


def deviations_of(header: Header) -> list[Deviation]:
    """Return where a receipt took more or less than was tolerated."""
    return [Deviation._make(one) for one in (header.details or {}).get(DEVIATIONS, ())]


class _Come(NamedTuple):
    """What came of one order line, over all lines of a receipt, in base units. ``final`` as asked for."""

    accepted: int
    rejected: int
    final: bool | None


class OrderChanges(NamedTuple):
    """What a receipt changes on its orders and their lines, the order lines (ids) it makes final, and where it is not within the tolerance."""

    updates: list[Update]
    line_updates: list[LineUpdate]
    finals: set[int]
    deviations: list[Deviation]


def order_changes(actor: Actor, read: Read, composed: Sequence[Composed]) -> OrderChanges:
    """Return what a receipt changes on its orders (locked, in ``read``).

    Refused: more than the order tolerates (``receipt.over_tolerance``), or less for good (``receipt.under_tolerance``), without the
    permission for it; nothing at all for good (``receipt.nothing_came``).
    """
    come = _by_order_line(composed)
    changes = OrderChanges([], [], set(), [])
    for order in sorted({one.order_line.document for one in composed if one.order_line is not None}):
        header = read.headers[order]
        after = []
        for line in read.lines[order]:
            came = come.get(line.id)
            if came is None:
                after.append(line)
                continue
            received = line._replace(received=line.received + came.accepted)
            is_final = _settle(actor, header, received, came, changes.deviations)
            details: Details | None = None
            if is_final:
                changes.finals.add(line.id)
                details = {**(line.details or {}), FINAL: True}
                received = received._replace(details=details)
            after.append(received)
            changes.line_updates.append(
                LineUpdate(line.id, received=came.accepted, rejected=came.rejected, details=details)
            )
        changes.updates.extend(_moved(header, after))
    return changes


def _by_order_line(composed: Sequence[Composed]) -> dict[int, _Come]:
    come: dict[int, _Come] = defaultdict(lambda: _Come(0, 0, None))
    for one in composed:
        if one.order_line is None:
            continue
        so_far = come[one.order_line.id]
        said = [final for final in (so_far.final, one.final) if final is not None]
        come[one.order_line.id] = _Come(
            so_far.accepted + one.line.base_quantity,
            so_far.rejected + one.line.rejected,
            any(said) if said else None,
        )
    return come


def _settle(actor: Actor, header: Header, line: Line, came: _Come, deviations: list[Deviation]) -> bool:
    """Whether nothing more is expected of an order line of which now so much is received.

    Refused if that is not tolerated; or added to ``deviations``, if the actor may allow it.
    """
    details = header.details or {}
    over, under = details.get("over_tolerance", 0), details.get("under_tolerance", 0)
    if line.received >= line.base_quantity:
        if came.accepted and line.received * SCALE > line.base_quantity * (SCALE + over):
            _require_tolerance(actor, header, line, "receipt.over_tolerance", "Receive less of it")
            deviations.append(Deviation(header.number, line.line, line.base_quantity, line.received))
        return False
    if line.received and line.received * SCALE >= line.base_quantity * (SCALE - under):
        return came.final is not False
    if came.final:
        if not line.received:
            raise Refusal(
                "receipt.nothing_came",
                f"Nothing came of line {line.line} of {header.number}, so a receipt cannot be the end of it.",
                "Close the order, or change it.",
            )
        _require_tolerance(actor, header, line, "receipt.under_tolerance", "Let the rest be expected")
        deviations.append(Deviation(header.number, line.line, line.base_quantity, line.received))
        return True
    return False


def _require_tolerance(actor: Actor, header: Header, line: Line, code: str, instead: str) -> None:
    if Permission.RECEIPT_OVER_TOLERANCE in actor.permissions:
        return
    raise Refusal(
        code,
        f"Of line {line.line} of {header.number}, {format_quantity(line.base_quantity)} were ordered and "
        f"{format_quantity(line.received)} would be received, which its tolerance does not allow.",
        f"{instead}, or ask somebody who may receive more or less than the tolerance allows.",
    )


def _moved(header: Header, after: Sequence[Line]) -> list[Update]:
    """The order's new state, if it is another one."""
    state = progressed(DocumentKind(header.kind), header.state, order_progress(after))
    return [] if state == header.state else [Update(header.id, state=state.value)]


def given_back(read: Read, order: int, back: Mapping[int, tuple[int, int]]) -> tuple[list[Update], list[LineUpdate]]:
    """Return what changes on an order when this much (accepted, rejected; base units, by line id) was not received after all."""
    updates, line_updates = received_again(read, order, {line: -accepted for line, (accepted, _) in back.items()})
    changed = {update.id: update for update in line_updates}
    for line in read.lines[order]:
        rejected = back.get(line.id, (0, 0))[1]
        if rejected:
            changed[line.id] = changed.get(line.id, LineUpdate(line.id))._replace(rejected=-rejected)
    return updates, list(changed.values())


def received_again(read: Read, order: int, more: Mapping[int, int]) -> tuple[list[Update], list[LineUpdate]]:
    """Return what changes on an order (locked, in ``read``) when this much more, or less, counts as received (base units, by line id).

    What is missing then is expected again, unless the order is closed.
    """
    header = read.headers[order]
    under = (header.details or {}).get("under_tolerance", 0)
    after = []
    line_updates = []
    for line in read.lines[order]:
        if not more.get(line.id):
            after.append(line)
            continue
        received = line._replace(received=line.received + more[line.id])
        details: Details | None = None
        if FINAL in (line.details or {}) and received.received * SCALE < line.base_quantity * (SCALE - under):
            details = {name: value for name, value in (line.details or {}).items() if name != FINAL}
            received = received._replace(details=details)
        after.append(received)
        line_updates.append(LineUpdate(line.id, received=more[line.id], details=details))
    return _moved(header, after), line_updates
