"""Waves: orders that are picked together because of what they have in common, such as the carrier that comes at four."""

import datetime as dt
from typing import Any, NamedTuple

from everstock.core.problems import Refusal
from everstock.operations.documents.queries import made_under
from everstock.operations.documents.read import raw_cursor
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.requests import Key, content_of, fingerprint
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.models import USUAL_PRIORITY
from everstock.operations.sales.pick_lists import MOST_LINES, Method, create_pick_list
from everstock.operations.warehouse.picking import Strategy

WAVE = "wave"
"""Key in a list's details: by what its orders were chosen."""


class Choice(NamedTuple):
    """Which orders: due by a day, with a carrier (an id), of a channel (its code), of customers served no later than a priority; ``None``: any."""

    due_by: dt.date | None = None
    carrier: int | None = None
    channel: str | None = None
    priority: int | None = None


_ORDERS = """
    SELECT d.id
      FROM document d
      LEFT JOIN customer_terms t ON t.partner_id = d.partner_id
      LEFT JOIN delivery v ON v.document_id = d.id
     CROSS JOIN LATERAL (
           SELECT min(coalesce(l.expected_on, d.expected_on, d.day)) AS due_on
             FROM document_line l
            WHERE l.document_id = d.id AND l.item_id IS NOT NULL AND l.location_id IS NOT NULL AND l.base_quantity > l.received
              AND NOT EXISTS (SELECT 1 FROM pick_share s
                               WHERE s.source_id = l.id AND s.quantity > s.missing + s.shipped + s.put_back)) AS n
     WHERE d.company_id = $1 AND d.kind = 'sales_order' AND d.state IN ('confirmed', 'partly_shipped') AND n.due_on IS NOT NULL
       AND ($2::date IS NULL OR n.due_on <= $2) AND ($3::int IS NULL OR v.carrier_id = $3)
       AND coalesce(t.hold_reason, '') = '' AND ($4::text IS NULL OR d.details->>'channel' = $4) AND ($5::int IS NULL OR coalesce(t.priority, $6) <= $5)
     ORDER BY coalesce(t.priority, $6), n.due_on, d.id LIMIT $7
"""


def orders_of_wave(company_id: int, choice: Choice) -> list[int]:
    """Return the first orders (ids) of a wave that have open lines on no pick list: by priority, then the day they are due.

    Those of customers on hold are left out: nothing would leave for them.
    """
    with raw_cursor() as run:
        run.execute(_ORDERS, (company_id, *choice, USUAL_PRIORITY, MOST_LINES))
        return [row[0] for row in run.fetchall()]


def create_wave(
    actor: Actor,
    *,
    choice: Choice,
    staging: int,
    day: dt.date,
    recorded_at: int,
    most_lines: int = MOST_LINES,
    strategy: Strategy = Strategy.FEFO,
    key: str | None = None,
) -> DocumentRef:
    """Put the orders of ``choice``, up to ``most_lines`` lines, on one pick list; refused as ``create_pick_list``, and ``picking.no_orders``."""
    require(actor, Permission.SHIPMENT_POST)
    chosen: dict[str, Any] = {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in choice._asdict().items()
        if value is not None
    }
    if key is not None:
        # which orders are like that is no content: those of the wave are not found again
        key = Key(key, content_of(key, fingerprint("wave", choice, staging, day, most_lines, strategy.value)))
    orders = orders_of_wave(actor.company_id, choice)
    done = None if key is None else made_under(actor.company_id, key)
    if done is not None:
        return done
    if not orders:
        raise Refusal(
            "picking.no_orders", "No open order is like that.", "Choose otherwise, or look at the pick lists there are."
        )
    return create_pick_list(
        actor,
        orders=orders,
        staging=staging,
        day=day,
        recorded_at=recorded_at,
        method=Method.WAVE,
        strategy=strategy,
        most_lines=most_lines,
        chosen={WAVE: chosen},
        key=key,
    )
