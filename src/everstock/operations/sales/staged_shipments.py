"""Shipments of what was picked: out of staging, in its packages where it was packed."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

from everstock.core.problems import Refusal
from everstock.operations.documents.audit import audited
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import Read, lock
from everstock.operations.documents.records import DocumentRef, Line, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import Verb, next_state
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.credit import hold_reason, require_delivery
from everstock.operations.sales.delivery_models import Package, PackageLine
from everstock.operations.sales.pick_lists import KIND, now_at
from everstock.operations.sales.shipments import Leaving, orders_of, post_shipment
from everstock.operations.sales.staged import PICK_LINE, PICK_LIST
from everstock.operations.warehouse.lots import refuse_expired
from everstock.operations.warehouse.pick_shares import Share, count_shares, replaced, shares_of
from everstock.operations.warehouse.picking import Pick
from everstock.operations.warehouse.places import warehouse_of
from everstock.operations.warehouse.posting import departure_moment

Place = tuple[int, int, int]
"""A line of an order (its id), a location, a lot (0: none)."""


@answers_repeats
def ship_picked(
    actor: Actor,
    *,
    pick_lists: Sequence[int],
    day: dt.date,
    recorded_at: int,
    orders: Sequence[int] = (),
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Ship on ``day`` what of ``pick_lists`` (ids) lies in staging for one customer, or for some of its ``orders``; return the shipment, posted.

    What its order does not need any more stays there. If anything of it is packed, all of it must be, and its packages leave whole.
    ``effective_at``, ``key``: as for ``shipments.ship``.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``shipment.nothing_staged``, ``shipment.other_customer``,
    ``shipment.partly_packed``, ``lot.expired``, ``stock.promised``, ``customer.on_hold``, ``approval.over_limit``, ``moment.other_day``, ``request.other_content``; and what the ledger
    refuses.
    """
    require(actor, Permission.SHIPMENT_POST)
    asked = fingerprint("ship_picked", tuple(pick_lists), day, tuple(orders), effective_at)
    with atomic_verb():
        wanted = {share.order for share in shares_of(pick_lists) if not orders or share.order in orders}
        read = lock(actor.company_id, sorted({*pick_lists, *wanted}), new_ids=1, key=key)
        answered(read.request, key, asked)
        shares = shares_of(pick_lists)
        taken = _taken(read, shares, pick_lists, wanted)
        found = orders_of(read, sorted({share.order for share in taken}))
        ordered = [(order, read.lines[order.id]) for order in found]
        require_delivery(actor, ordered, read.company_currency, hold_reason(found[0]))
        refuse_expired([share.lot for share in taken if share.lot], day)
        _pack_up(taken, read.ids[0])
        changed = [share._replace(shipped=share.shipped + share.quantity, quantity=0) for share in taken]
        known = {share[:3]: share for share in shares}
        changed = [share._replace(quantity=known[share[:3]].quantity) for share in changed]
        count_shares(changed)
        after = replaced(shares, changed)
        updates, further = [], []
        for document in sorted({share.document for share in taken}):
            header = read.headers[document]
            state = now_at(header, [share for share in after if share.document == document])
            updates.append(Update(document, state=state.value))
            said = {"state": state.value}
            further.append(
                audited(actor, header, Verb.SHIP.value, recorded_at, before={"state": header.state}, after=said)
            )
        lines = {line.id: line for _, some in ordered for line in some}
        return post_shipment(
            *(actor, read, found, [_leaving(actor.company_id, share, lines) for share in taken], day),
            at=departure_moment(day, effective_at, recorded_at),
            recorded_at=recorded_at,
            request=None if key is None else Request(key, asked, read.ids[0]),
            pick_lists=updates,
            further=further,
        )


def _taken(read: Read, shares: Sequence[Share], pick_lists: Sequence[int], orders: set[int]) -> list[Share]:
    """The shares that leave, with how much of each as their quantity."""
    for document in dict.fromkeys(pick_lists):
        header, _ = read.one(document, KIND)
        next_state(KIND, header.state, Verb.SHIP, header.number)
    need = {
        line.id: line.base_quantity - line.received
        for order in orders
        for line in read.one(order, DocumentKind.SALES_ORDER)[1]
    }
    taken = []
    for share in shares:
        some = min(share.staged, max(0, need.get(share.source, 0)))
        if some and share.order in orders:
            need[share.source] -= some
            taken.append(share._replace(quantity=some))
    if not taken:
        raise Refusal(
            "shipment.nothing_staged",
            "Nothing of these pick lists lies in staging for these orders.",
            "Confirm what was picked first, or look at what was shipped.",
        )
    return taken


def _leaving(company_id: int, share: Share, lines: Mapping[int, Line]) -> Leaving:
    details = {PICK_LIST: share.document, PICK_LINE: share.line}
    pick = Pick(share.staging, share.lot, share.quantity)
    return Leaving(lines[share.source], warehouse_of(company_id, share.staging), share.quantity, [pick], details)


def _pack_up(taken: Sequence[Share], shipment: int) -> None:
    """Let the packages of what leaves leave with it; refuse (``shipment.partly_packed``) what is not packed beside what is."""
    inside = PackageLine.objects.filter(source__in={share.source for share in taken})
    packages = Package.objects.select_for_update(of=("self",)).filter(
        from_staging=True, shipment=None, unpacked_at=None, pk__in=inside.values("package")
    )
    keys = list(packages.order_by("pk").values_list("pk", flat=True))
    if not keys:
        return
    packed: Counter[Place] = Counter()
    for line in PackageLine.objects.filter(package__in=keys):
        packed[line.source_id, line.location_id, line.lot] += line.quantity
    leaving: Counter[Place] = Counter()
    for share in taken:
        leaving[share.source, share.staging, share.lot] += share.quantity
    if packed != leaving:
        raise Refusal(
            "shipment.partly_packed",
            "Of what would leave, some is packed and some is not, or a package would leave in part.",
            "Pack the rest, unpack what stays, or ship all orders of the packages together.",
        )
    Package.objects.filter(pk__in=keys).update(shipment=shipment)
