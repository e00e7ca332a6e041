"""How goods get to customers: carriers, what is planned with them, and the proof that the goods are there."""

import datetime as dt
from typing import NamedTuple, TypedDict, Unpack

from django.db import transaction

from everstock.core.problems import Refusal
from everstock.ledger.queries import day_of
from everstock.masterdata.bulk import refuse_bad_code
from everstock.masterdata.models import CODE_LENGTH, NAME_LENGTH
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import lock, raw_cursor, unknown_document
from everstock.operations.documents.records import DocumentRef, Header
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.delivery_models import ADDRESS_LENGTH, Carrier, Delivery

PLACEHOLDER = "{number}"


class Plan(TypedDict, total=False):
    """What is planned with a carrier; what is left out stays. ``carrier``: an id, ``None``: nobody."""

    carrier: int | None
    service: str
    tracking: str
    planned_on: dt.date | None


class Leaving(NamedTuple):
    """A shipment on the list of a carrier. ``planned_on``: the day it was to leave, else its own. ``packages``, ``weight`` (mg; ``None``: unknown)."""

    id: int
    number: str
    partner: int
    planned_on: dt.date
    carrier: int | None
    service: str
    tracking: str
    packages: int
    weight: int | None
    delivered_on: dt.date | None


@transaction.atomic
def set_carrier(
    actor: Actor, *, code: str, recorded_at: int, name: str = "", tracking_url: str = "", active: bool = True
) -> Carrier:
    """Create a carrier or change what is known of it. ``tracking_url``: with ``{number}`` where the tracking number goes.

    Refused: ``permission.missing``, ``code.invalid``, ``text.invalid``, ``carrier.tracking_url``.
    """
    require(actor, Permission.CUSTOMER_CHANGE)
    refuse_bad_code(code, "carrier")
    if tracking_url and (PLACEHOLDER not in tracking_url or not tracking_url.startswith(("https://", "http://"))):
        raise Refusal(
            "carrier.tracking_url",
            f"“{tracking_url}” is not an address with a place for the tracking number.",
            f"Write it as https://example.com/track/{PLACEHOLDER}.",
        )
    wanted = {
        "name": check_text(name, "name", NAME_LENGTH),
        "tracking_url": check_text(tracking_url, "address", ADDRESS_LENGTH),
        "active": active,
    }
    old = Carrier.objects.filter(company_id=actor.company_id, code=code).first()
    before = None if old is None else {field: getattr(old, field) for field in wanted}
    row, _ = Carrier.objects.update_or_create(company_id=actor.company_id, code=code, defaults=wanted)
    said = event(
        actor,
        at=recorded_at,
        action="carrier.set",
        subject_kind="carrier",
        subject=code,
        subject_id=row.pk,
        before=before,
        after=wanted,
    )
    record([said])
    return row


@transaction.atomic
def plan_delivery(actor: Actor, *, document: int, recorded_at: int, **plan: Unpack[Plan]) -> Delivery:
    """Say with whom, how and when the goods of a sales order or a shipment shall leave; what is left out stays.

    What is said of an order holds for its shipments, unless something is said of them.

    Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state`` (it is cancelled), ``shipment.delivered``,
    ``carrier.unknown``, ``text.invalid``.
    """
    require(actor, Permission.SHIPMENT_POST)
    header = _locked(actor, document, DocumentKind.SHIPMENT, DocumentKind.SALES_ORDER)
    if header.state == State.CANCELLED:
        raise Refusal("document.wrong_state", f"{header.number} is cancelled.", "Name another document.")
    carrier = plan.get("carrier")
    if (
        carrier is not None
        and not Carrier.objects.filter(company_id=actor.company_id, pk=carrier, active=True).exists()
    ):
        raise Refusal("carrier.unknown", "There is no such active carrier.", "Create it first with its code and name.")
    row = Delivery.objects.filter(document=document).first()
    if row is None:
        row = Delivery(document_id=document)
        first = None if header.kind == DocumentKind.SALES_ORDER else delivery_of(actor.company_id, document)
        if first is not None:
            row.carrier_id, row.service, row.planned_on = first.carrier_id, first.service, first.planned_on
    if row.delivered_on is not None:
        raise Refusal("shipment.delivered", f"{header.number} was delivered.", "Nothing needs to be planned any more.")
    for name in ("service", "tracking"):
        if name in plan:
            setattr(row, name, check_text(plan[name], name, CODE_LENGTH))
    if "carrier" in plan:
        row.carrier_id = carrier
    if "planned_on" in plan:
        row.planned_on = plan["planned_on"]
    row.save()
    planned = row.planned_on and row.planned_on.isoformat()
    after = {"carrier": row.carrier_id, "service": row.service, "tracking": row.tracking, "planned_on": planned}
    record([audited(actor, header, "plan_delivery", recorded_at, after=after)])
    return row


@transaction.atomic
def deliver(
    actor: Actor, *, shipment: int, delivered_on: dt.date, recorded_at: int, signed_by: str = "", note: str = ""
) -> DocumentRef:
    """Keep the proof that the customer has a shipment: since when, who signed for it, and what there is to note.

    Saying it again corrects it. Refused: ``permission.missing``, ``document.unknown``, ``document.wrong_state``, ``delivery.too_early``,
    ``delivery.too_late`` (not yet), ``text.invalid``.
    """
    require(actor, Permission.SHIPMENT_POST)
    header = _locked(actor, shipment, DocumentKind.SHIPMENT)
    next_state(DocumentKind.SHIPMENT, header.state, Verb.DELIVER, header.number)
    if delivered_on < header.day:
        raise Refusal(
            "delivery.too_early",
            f"{header.number} left on {header.day} and cannot have been delivered on {delivered_on}.",
            "Check the day.",
        )
    # Where the clock is ahead of UTC, tomorrow has begun.
    if delivered_on > day_of(recorded_at) + dt.timedelta(days=1):
        raise Refusal(
            "delivery.too_late",
            f"{header.number} cannot have been delivered on {delivered_on}, which is still to come.",
            "Check the day; when it is to arrive is said with its carrier.",
        )
    row = Delivery.objects.filter(document=shipment).first() or delivery_of(actor.company_id, shipment)
    row = Delivery(
        document_id=shipment,
        carrier_id=None if row is None else row.carrier_id,
        service="" if row is None else row.service,
        tracking="" if row is None or row.document_id != shipment else row.tracking,
        planned_on=None if row is None else row.planned_on,
        delivered_on=delivered_on,
        signed_by=check_text(signed_by, "name", NAME_LENGTH),
        note=check_text(note, "note"),
    )
    row.save()
    after = {"delivered_on": delivered_on.isoformat(), "signed_by": signed_by}
    record([audited(actor, header, Verb.DELIVER.value, recorded_at, after=after)])
    return DocumentRef(shipment, header.number, header.state)


def _locked(actor: Actor, document: int, *kinds: DocumentKind) -> Header:
    header = lock(actor.company_id, [document], lines=False).headers.get(document)
    if header is None or header.kind not in kinds:
        raise unknown_document(kinds[0])
    return header


# ---------------------------------------------------------------------------------------------------------------------
# Questions


def delivery_of(company_id: int, shipment: int) -> Delivery | None:
    """Return how a shipment gets to its customer, by itself or by what is said of the order it was made from."""
    with raw_cursor() as run:
        run.execute(
            "SELECT v.document_id FROM (SELECT $2::bigint AS id, 0 AS rank UNION ALL"
            "  SELECT predecessor_id, 1 FROM document_link WHERE successor_id = $2) AS n"
            "  JOIN delivery v ON v.document_id = n.id JOIN document d ON d.id = n.id AND d.company_id + 0 = $1"
            " ORDER BY n.rank, v.document_id LIMIT 1",
            (company_id, shipment),
        )
        found = run.fetchone()
    return None if found is None else Delivery.objects.select_related("carrier").get(pk=found[0])


def tracking_address(delivery: Delivery) -> str:
    """Return where a parcel can be followed; empty where carrier or number are not known."""
    if delivery.carrier is None or not delivery.tracking:
        return ""
    return delivery.carrier.tracking_url.replace(PLACEHOLDER, delivery.tracking)


_MANIFEST = """
    SELECT d.id, d.number, d.partner_id, coalesce(v.planned_on, d.day), v.carrier_id, coalesce(v.service, ''),
           CASE WHEN v.document_id = d.id THEN v.tracking ELSE '' END, p.packages, p.weight, v.delivered_on
      FROM document d
      LEFT JOIN LATERAL (
           SELECT v.* FROM (SELECT d.id AS id, 0 AS rank UNION ALL
                            SELECT predecessor_id, 1 FROM document_link WHERE successor_id = d.id) AS n
             JOIN delivery v ON v.document_id = n.id ORDER BY n.rank, v.document_id LIMIT 1) AS v ON true
      LEFT JOIN LATERAL (
           SELECT count(*)::int AS packages, CASE WHEN bool_and(weight IS NOT NULL) THEN sum(weight)::bigint END AS weight
             FROM package WHERE shipment_id = d.id) AS p ON true
     WHERE d.company_id = $1 AND d.kind = 'shipment' AND d.state <> 'cancelled'
       AND coalesce(v.planned_on, d.day) BETWEEN $2 AND $3 AND ($4::int IS NULL OR v.carrier_id = $4)
     ORDER BY v.carrier_id NULLS LAST, coalesce(v.planned_on, d.day), d.id
"""


def manifest(company_id: int, *, first: dt.date, last: dt.date, carrier: int | None = None) -> list[Leaving]:
    """Return the shipments that leave on the days ``first`` to ``last``, by carrier (an id; ``None``: all) and day."""
    with raw_cursor() as run:
        run.execute(_MANIFEST, (company_id, first, last, carrier))
        return [Leaving(*row) for row in run.fetchall()]
