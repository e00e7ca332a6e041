"""Selling costs: freight and fees of shipments, as billed by a supplier or noted by hand. They lessen the margin and stay out of inventory.

Nothing is booked: a supplier's invoice has booked what it bills as an expense, and here somebody says which sales that was for.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction

from everstock.core.costing.state import share
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT
from everstock.operations.documents.allocation import Sharing, shared, weights_by
from everstock.operations.documents.amounts import in_company_currency
from everstock.operations.documents.checks import check_reason, check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.models import DocumentLine
from everstock.operations.documents.read import Read, lock, raw_cursor
from everstock.operations.documents.records import Header, Line
from everstock.operations.documents.requests import Repeated, answered, content_of, fingerprint
from everstock.operations.documents.states import State
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.models import SellingCost, SellingCostKind, SellingCostShare

_SUBJECT = "selling_cost"


def attribute_cost(
    actor: Actor,
    *,
    shipments: Sequence[int],
    day: dt.date,
    recorded_at: int,
    amount: int | None = None,
    bill_line: int | None = None,
    kind: SellingCostKind = SellingCostKind.FREIGHT,
    by: Sharing = Sharing.VALUE,
    description: str = "",
    key: str | None = None,
) -> int:
    """Say that a cost of ``day`` belongs to ``shipments`` (ids), in shares of their lines, and return its id.

    ``amount``: minor units of the company's currency; ``None``: all that is left of ``bill_line``, the id of a line without goods of a posted
    supplier invoice. ``by``: the value at the prices of the orders, quantity, weight or volume. ``key``: the same key with
    the same content returns the first cost.

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``document.wrong_state``, ``selling_cost.amount``,
    ``selling_cost.bill``, ``selling_cost.exceeds``, ``selling_cost.by_hand``, ``landed.no_basis``, ``text.invalid``, ``request.other_content``.
    """
    require(actor, Permission.SELLING_COST_POST)
    check_text(description, "description")
    if by is Sharing.HAND:
        raise Refusal(
            "selling_cost.by_hand", "A selling cost is not shared by hand.", "Enter one cost for each shipment instead."
        )
    said = {"day": day, "kind": kind.value, "description": description, "bill_line_id": bill_line}
    asked = fingerprint(_SUBJECT, tuple(shipments), amount, by.value, *said.values())
    try:
        with transaction.atomic():
            of_bill = [] if bill_line is None else [bill_line]
            bill = DocumentLine.objects.filter(pk__in=of_bill).values_list("document_id", flat=True)
            read = lock(actor.company_id, sorted({*shipments, *bill}), predecessors=True, key=key)
            answered(read.request or _of_request(actor.company_id, key), key, asked)
            lines = _shipped(read, shipments)
            said |= {
                "amount": _amount(read, amount, bill_line),
                "created_at": recorded_at,
                "content": content_of(key, asked),
            }
            cost = _written(actor.company_id, key, said)
            _share(read, cost, lines, by)
            # without the amount: not all who read the audit trail may see costs
            after = {"shipments": [read.headers[one].number for one in dict.fromkeys(shipments)], "by": by.value}
            _audit(actor, cost.pk, "attribute", recorded_at, after)
            return cost.pk
    except Repeated as repeated:
        return repeated.document.id


def _of_request(company_id: int, key: str | None) -> list[Any] | None:
    """What was noted under a key, as ``answered`` takes it."""
    found = None if key is None else SellingCost.objects.filter(company_id=company_id, key=key).first()
    return None if found is None else [found.content, found.pk, f"selling cost {found.pk}", ""]


def _written(company_id: int, key: str | None, said: Mapping[str, Any]) -> SellingCost:
    if key is None:
        return SellingCost.objects.create(company_id=company_id, **said)
    cost, new = SellingCost.objects.get_or_create(company_id=company_id, key=key, defaults=said)
    if not new:
        # another request, of other shipments, had the key at the same moment
        answered(_of_request(company_id, key), key, said["content"])
    return cost


def _share(read: Read, cost: SellingCost, lines: Sequence[Line], by: Sharing) -> None:
    weights = weights_by(by, lines, lambda line: _worth(read, line), "The cost")
    SellingCostShare.objects.bulk_create(
        SellingCostShare(cost=cost, line_id=line.id, amount=part)
        for line, part in zip(lines, shared(cost.amount, weights), strict=True)
        if part
    )


def withdraw_cost(actor: Actor, *, cost: int, reason: str, recorded_at: int) -> None:
    """Say that a cost (an id) belongs to no sale after all. Refused: ``permission.missing``, ``reason.missing``, ``selling_cost.unknown``."""
    require(actor, Permission.SELLING_COST_POST)
    check_reason(reason)
    with transaction.atomic():
        standing = SellingCost.objects.filter(pk=cost, company_id=actor.company_id, withdrawn_at=None)
        if not standing.update(withdrawn_at=recorded_at):
            raise Refusal(
                "selling_cost.unknown", "There is no such cost, or it was withdrawn already.", "Name one that stands."
            )
        _audit(actor, cost, "withdraw", recorded_at, {"reason": reason})


def _audit(actor: Actor, cost: int, verb: str, at: int, after: Mapping[str, object]) -> None:
    action = f"{_SUBJECT}.{verb}"
    record([event(actor, at=at, action=action, subject_kind=_SUBJECT, subject=str(cost), subject_id=cost, after=after)])


def _shipped(read: Read, shipments: Sequence[int]) -> list[Line]:
    if not shipments:
        raise Refusal("document.no_lines", "The cost belongs to no shipment.", "Name at least one.")
    lines = []
    for shipment in dict.fromkeys(shipments):
        header, some = read.one(shipment, DocumentKind.SHIPMENT)
        _check_stands(header)
        lines += [line for line in some if line.item is not None]
    return lines


def _check_stands(header: Header) -> None:
    if header.state == State.CANCELLED or header.posted_at is None:
        raise Refusal(
            "document.wrong_state",
            f"{header.number} is {State(header.state).words} and has no costs.",
            "Name one that stands.",
        )


def _amount(read: Read, amount: int | None, bill_line: int | None) -> int:
    """What the cost is: what was said, and at most what is left of the line that bills it."""
    left = None
    if bill_line is not None:
        found = [line for lines in read.lines.values() for line in lines if line.id == bill_line]
        line = found[0] if found else None
        if line is None or line.item is not None or read.headers[line.document].kind != DocumentKind.SUPPLIER_INVOICE:
            raise Refusal(
                "selling_cost.bill",
                "The cost is billed by no line of a supplier invoice, or by one that bills goods.",
                "Name a line that bills freight or a fee.",
            )
        header = read.headers[line.document]
        _check_stands(header)
        billed = in_company_currency(line.net, header.currency, header.rate, read.company_currency)
        known = SellingCost.objects.filter(bill_line=bill_line, withdrawn_at=None).values_list("amount", flat=True)
        left = billed - sum(known)
    whole = left if amount is None else amount
    if left is not None and whole is not None and whole > max(left, 0):
        raise Refusal(
            "selling_cost.exceeds",
            "More would belong to sales than the line of the invoice bills.",
            "Enter less, or withdraw what was said of it before.",
        )
    if whole is None or not 0 < whole < LIMIT:
        raise Refusal(
            "selling_cost.amount",
            "The cost has no amount, or nothing is left of the line that bills it.",
            "Enter an amount above zero.",
        )
    return whole


def _worth(read: Read, shipped: Line) -> int:
    """What a shipment's line is worth at the price of its order, in minor units of the company's currency."""
    for document, lines in read.lines.items():
        for line in lines:
            if line.id == shipped.source:
                header = read.headers[document]
                net = share(line.net, shipped.base_quantity, line.base_quantity)
                return in_company_currency(net, header.currency, header.rate, read.company_currency)
    return 0


class CostShare(NamedTuple):
    """What of a selling cost belongs to a line (an id) of a shipment, of ``day``, in minor units of the company's currency."""

    line: int
    shipment: int
    day: dt.date
    amount: int


_SHARES = """
    SELECT s.line_id, l.document_id, c.day, s.amount
      FROM selling_cost c JOIN selling_cost_share s ON s.cost_id = c.id JOIN document_line l ON l.id = s.line_id
      LEFT JOIN document_line b ON b.id = c.bill_line_id
     WHERE c.company_id = $1 AND c.day BETWEEN $2 AND $3 AND ($4::bigint IS NULL OR c.created_at <= $4)
       AND (c.withdrawn_at IS NULL OR c.withdrawn_at > $4)
       -- as long as the invoice that bills it stood
       AND NOT EXISTS (
           SELECT 1 FROM document_posting p JOIN posting g ON g.id = p.position
            WHERE p.document_id = b.document_id AND g.source LIKE '%.cancel'
              AND ($5::bigint IS NULL OR g.id <= $5))
     ORDER BY 3, 1, s.id
"""


def cost_shares(
    company_id: int, *, from_: dt.date, to: dt.date, known_at: int | None, position: int | None
) -> list[CostShare]:
    """Return what of selling costs on days of a range belonged to which lines, as known at a moment and its position in the ledger.

    What was paid for a shipment that is cancelled stays a cost until it is withdrawn.
    """
    with raw_cursor() as run:
        run.execute(_SHARES, (company_id, from_, to, known_at, position))
        return [CostShare._make(row) for row in run.fetchall()]
