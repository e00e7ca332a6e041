"""Who holds what of an item, and taking it from one order for another."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.ledger.queries import rows
from everstock.ledger.reservations import Wanted, pass_on, reservations
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_quantity, check_reason
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.models import Document
from everstock.operations.documents.read import lock
from everstock.operations.documents.records import Line
from everstock.operations.documents.states import Verb, next_state
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.allocation import holder
from everstock.operations.sales.models import USUAL_PRIORITY, CustomerTerms
from everstock.operations.warehouse.pick_shares import shares_for
from everstock.operations.warehouse.places import warehouse_of

_KIND = DocumentKind.SALES_ORDER


class OfOrder(NamedTuple):
    """Line number ``line`` of ``order`` (an id)."""

    order: int
    line: int


def reallocate(actor: Actor, *, giver: OfOrder, taker: OfOrder, quantity: int, reason: str, recorded_at: int) -> None:
    """Take ``quantity`` (10^-6 base units) of what is reserved for one line of an order, and reserve it for another.

    Nobody comes between. What the first one lacks then is on backorder. What is on a pick list for it stays its own: somebody may be fetching it.

    Refused: ``permission.missing``, ``reason.missing``, ``quantity.…``, ``document.unknown``, ``document.wrong_state``, ``order.line_unknown``,
    ``reallocation.other_goods``, ``reallocation.exceeds_need`` (more than the taker lacks), ``reallocation.exceeds_reserved``,
    ``reallocation.on_pick_list``.
    """
    require(actor, Permission.STOCK_REALLOCATE)
    check_reason(reason)
    check_quantity(quantity, "what is re-allocated")
    with atomic_verb():
        read = lock(actor.company_id, sorted({giver.order, taker.order}))
        (from_header, from_line), (to_header, to_line) = (
            (read.one(one.order, _KIND)[0], _line(read.lines[one.order], one)) for one in (giver, taker)
        )
        for header in (from_header, to_header):
            next_state(_KIND, header.state, Verb.SHIP, header.number)
        places = [warehouse_of(actor.company_id, line.location or 0) for line in (from_line, to_line)]
        if from_line.item != to_line.item or places[0] != places[1] or giver == taker:
            raise Refusal(
                "reallocation.other_goods",
                "The two lines are not of the same item in the same warehouse, or are one and the same.",
                "Name another line.",
            )
        _check_need(actor.company_id, to_header.number, taker, to_line, quantity)
        terms = CustomerTerms.objects.filter(partner=to_header.partner or 0).first()
        wanted = Wanted(
            *(holder(*taker), to_line.item or 0, places[1], quantity),
            due_on=to_line.expected_on,
            rank=USUAL_PRIORITY if terms is None else terms.priority,
        )
        [passed] = pass_on(actor.company_id, [holder(*giver)], [wanted], recorded_at=recorded_at)
        if passed < quantity:
            raise Refusal(
                "reallocation.exceeds_reserved",
                f"For line {giver.line} of {from_header.number}, {format_quantity(passed)} is reserved.",
                "Take less.",
            )
        _check_unlisted(actor.company_id, from_header.number, giver, from_line, passed)
        said = {"item": to_line.item, "quantity": quantity, "reason": reason}
        audit = [
            audited(
                actor, from_header, "give_up", recorded_at, after={**said, "line": giver.line, "to": to_header.number}
            ),
            audited(
                actor,
                to_header,
                "take_over",
                recorded_at,
                after={**said, "line": taker.line, "from": from_header.number},
            ),
        ]
        write(actor.company_id, audit=audit)


def _line(lines: Collection[Line], of: OfOrder) -> Line:
    found = next((line for line in lines if line.line == of.line), None)
    if found is None or found.item is None or found.location is None:
        raise Refusal("order.line_unknown", f"There are no goods on line {of.line}.", "Name a line with an item.")
    return found


def _check_need(company_id: int, number: str, taker: OfOrder, line: Line, quantity: int) -> None:
    has = sum(one.quantity for one in reservations(company_id, holders=[holder(*taker)]))
    lacks = max(0, line.base_quantity - line.received - has)
    if quantity > lacks:
        raise Refusal(
            "reallocation.exceeds_need",
            f"Line {taker.line} of {number} lacks {format_quantity(lacks)}.",
            "Give it less, or change the order first.",
        )


def _check_unlisted(company_id: int, number: str, giver: OfOrder, line: Line, passed: int) -> None:
    """Refuse (``reallocation.on_pick_list``) to have taken what is on a pick list or in staging.

    Whoever lists more for the giver, or finds less, waits for its order, which is locked.
    """
    shares = shares_for([line.id])
    listed = sum(share.held for share in shares)
    left = sum(one.quantity for one in reservations(company_id, holders=[holder(*giver)]))
    if left >= listed or not listed:
        return
    lists = Document.objects.filter(pk__in={share.document for share in shares}).order_by("number")
    spare = max(0, left + passed - listed)
    raise Refusal(
        "reallocation.on_pick_list",
        f"For line {giver.line} of {number}, {format_quantity(listed)} is on pick list"
        f" {' and '.join(lists.values_list('number', flat=True))}, and {format_quantity(spare)} reserved besides.",
        "Take no more than that, or cancel the pick list first.",
    )


class Holder(NamedTuple):
    """Who holds ``quantity`` of an item in a warehouse: a line of an order or a quote, or a cart (``number`` its token, ``line`` 0).

    ``priority``: 0 before all others. ``customer_group``: the customer's class. ``expires_at``: ``None``: until it is ended. ``listed``: what of it is
    on pick lists or in staging, so that nobody may take it for another order.
    """

    number: str
    line: int
    customer: str
    customer_group: str
    priority: int
    due_on: dt.date | None
    warehouse: int
    lot: int
    quantity: int
    expires_at: int | None
    listed: int


_HOLDERS = """
    SELECT coalesce(d.number, substr(r.holder, strpos(r.holder, '/') + 1)),
           CASE WHEN d.id IS NULL THEN 0 ELSE split_part(r.holder, '/', 3)::int END,
           coalesce(p.code, ''), coalesce(t.customer_group, ''), coalesce(t.priority, r.rank), r.due_on, r.warehouse_id, r.lot_id, r.quantity,
           r.expires_at,
           least(r.quantity, coalesce((SELECT sum(s.quantity - s.missing - s.shipped - s.put_back)::bigint FROM pick_share s
                                        WHERE s.source_id = (SELECT l.id FROM document_line l
                                                              WHERE l.document_id = d.id AND l.line::text = split_part(r.holder, '/', 3))), 0))
      FROM reservation r
      LEFT JOIN document d ON d.id = CASE WHEN r.holder ~ '^(SO|QU)/[0-9]+/[0-9]+$' THEN split_part(r.holder, '/', 2)::bigint END
      LEFT JOIN partner p ON p.id = d.partner_id
      LEFT JOIN customer_terms t ON t.partner_id = d.partner_id
     WHERE r.company_id = %s AND r.item_id = %s AND (r.expires_at IS NULL OR r.expires_at > %s)
     ORDER BY r.expires_at IS NOT NULL, coalesce(t.priority, r.rank), r.due_on NULLS FIRST, coalesce(t.customer_group, ''), r.id
"""


def holders_of(actor: Actor, *, item: int, recorded_at: int) -> list[Holder]:
    """Return who holds what of an item now, whoever keeps it longest first: orders before carts, by priority, day and customer's class.

    Refused: ``permission.missing``.
    """
    require(actor, Permission.SALE_READ)
    return [Holder(*row) for row in rows(_HOLDERS, (actor.company_id, item, recorded_at))]
