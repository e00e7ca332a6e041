"""Quotes: sent, accepted bit by bit, lost, taken back, and every refusal."""

from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.ledger.reservations import reservations
from everstock.operations.documents import queries
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import customers
from everstock.operations.sales.changes import change_quote
from everstock.operations.sales.channels import Buffer, set_buffer
from everstock.operations.sales.holds import hold_quote
from everstock.operations.sales.models import ChannelKind
from everstock.operations.sales.orders import cancel_order, close_order
from everstock.operations.sales.promises import promises
from everstock.operations.sales.quotes import (
    Accepted,
    cancel_quote,
    lose_quote,
    send_quote,
)
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.ordering import accept, change, moved, order, quote
from tests.operations.sales.selling import Selling
from tests.operations.unchanged import Watch, refused

P = Permission


def test_a_quote_needs_no_place_and_becomes_an_order_at_its_prices(selling: Selling) -> None:
    s = selling
    terms: customers.TermsChange = {"payment_days": 14}
    customers.set_terms(s.boss, customer=s.partners["JONES"], recorded_at=NOW, **terms)
    offer = quote(s, reference="RFQ 1")
    assert offer == (offer.id, "QU-2026-000001", "sent")
    assert (s.header(offer.id).due_on, s.header(offer.id).sent_on) == (MONDAY + 30 * DAY, MONDAY)
    assert {line.location for line in s.lines(offer.id)} == {None}
    # what was promised holds: terms and prices that have changed since then do not matter
    terms = {"payment_days": 30}
    customers.set_terms(s.boss, customer=s.partners["JONES"], recorded_at=NOW, **terms)
    s.put(s.price_list(), s.new(9))
    seller = s.actor(P.SALES_ORDER_CREATE, P.SALES_ORDER_CONFIRM, P.SALES_ORDER_CHANGE)
    made = accept(s, offer, actor=seller, confirm=True, expected_on=MONDAY + DAY, day=MONDAY + DAY)
    assert made == (made.id, "SO-2026-000001", "confirmed")
    header = s.header(made.id)
    assert (header.gross, header.reference, header.day) == (3400, "RFQ 1", MONDAY + DAY)
    assert (header.details or {})["payment_days"] == 14
    bolts, nuts = s.lines(made.id)
    quoted = s.lines(offer.id)
    assert [bolts.source, nuts.source] == [line.id for line in quoted]
    assert (bolts.net, bolts.tax, bolts.location, bolts.expected_on) == (2500, 500, s.dock, MONDAY + DAY)
    assert [line.ordered for line in quoted] == [10 * SCALE, 4 * SCALE]
    assert s.header(offer.id).state == "accepted"
    assert [one.number for one in queries.chain(s.company.pk, made.id)] == [offer.number]
    assert change(s, made, LineChange(1, 9 * SCALE), actor=seller).state == "confirmed"
    assert s.lines(offer.id)[0].ordered == 9 * SCALE
    refused("price.below_list", lambda: change(s, made, LineChange(1, unit_price=2 * SCALE), actor=seller))
    refused("quote.exceeded", lambda: change(s, made, LineChange(1, 11 * SCALE)))


def test_a_quote_is_taken_bit_by_bit_and_given_back(selling: Selling) -> None:
    s = selling
    offer = quote(s)
    first = accept(s, offer, Accepted(1, 4 * SCALE, s.shed, MONDAY + DAY))
    [line] = s.lines(first.id)
    assert (line.line, line.base_quantity, line.net, line.tax) == (1, 4 * SCALE, 1000, 200)
    assert (line.location, line.expected_on) == (s.shed, MONDAY + DAY)
    assert s.header(offer.id).state == "accepted"
    refused("quote.exceeded", lambda: accept(s, offer, Accepted(1, 7 * SCALE)))
    rest = accept(s, offer)
    assert [(line.line, line.base_quantity) for line in s.lines(rest.id)] == [(1, 6 * SCALE), (2, 4 * SCALE)]
    refused("document.no_lines", lambda: accept(s, offer))
    cancel_order(s.boss, order=rest.id, reason="x", recorded_at=NOW)
    assert [line.ordered for line in s.lines(offer.id)] == [4 * SCALE, 0]
    assert s.header(offer.id).state == "accepted"
    cancel_order(s.boss, order=first.id, reason="x", recorded_at=NOW)
    assert s.header(offer.id).state == "sent", "nothing is ordered of it any more"
    again = confirmed_of(s, offer)
    moved(s, again, "partly_shipped", received=3)
    close_order(s.boss, order=again.id, reason="x", recorded_at=NOW)
    assert [line.ordered for line in s.lines(offer.id)] == [3 * SCALE, 0]


def confirmed_of(s: Selling, offer: DocumentRef) -> DocumentRef:
    return accept(s, offer, confirm=True)


def test_the_order_of_a_quote_comes_through_its_channel(selling: Selling) -> None:
    """The shop sells from the shed at 4.00 to who is in no group, leaves three of ten, and counts for itself."""
    s = selling
    web = s.channel("web", s.shed, series="WEB", customer_group="NET")
    s.put(s.price_list(customer_group="NET"), s.new(4))
    buffer = Buffer(quantity=3 * SCALE)
    set_buffer(s.boss, channel=web.pk, item=s.items["BOLT"], buffer=buffer, recorded_at=NOW)
    s.stock(10, s.shed)
    offer = quote(s, s.line(9), channel="web", reference="RFQ 1")
    assert offer.number == "QU-2026-000001"
    [line] = s.lines(offer.id)
    assert (line.unit_price, line.location) == (4 * SCALE, s.shed)
    [promised] = promises(s.company.pk, s.header(offer.id), [line], day=MONDAY, recorded_at=NOW)
    assert [part.quantity // SCALE for part in promised.parts] == [7, 2]
    [held] = hold_quote(s.boss, quote=offer.id, recorded_at=NOW)
    assert held.held == 7 * SCALE
    refused("channel.no_reference", lambda: accept(s, offer, location=None))
    refused("channel.other_warehouse", lambda: quote(s, s.line(1), channel="web", location=s.dock))
    refused("channel.unknown", lambda: quote(s, s.line(1), channel="nowhere"))
    made = accept(s, offer, Accepted(1, 8 * SCALE), location=None, reference="1001", confirm=True)
    assert made.number == "SO-WEB-2026-000001"
    header = s.header(made.id)
    assert ((header.details or {})["channel"], header.reference) == ("web", "1001")
    assert [one.quantity // SCALE for one in reservations(s.company.pk)] == [7]
    refused("document.reference_taken", lambda: accept(s, offer, location=None, reference="1001"))
    change_quote(s.boss, quote=quote(s, s.line(1), channel="web").id, reference="RFQ 2", recorded_at=NOW)
    s.channel("web", s.shed, active=False)
    refused("channel.inactive", lambda: accept(s, offer, location=None, reference="1002"))
    refused("channel.inactive", lambda: quote(s, s.line(1), channel="web"))
    assert prove(s.company.pk).violations == []


def test_a_quote_of_a_channel_without_numbers_is_taken_bit_by_bit(selling: Selling) -> None:
    """What the customer called the quote is no number of its orders, of which there are two."""
    selling.channel("trade", selling.dock, kind=ChannelKind.WHOLESALE)
    offer = quote(selling, selling.line(9, "3"), channel="trade", reference="RFQ 1")
    for _ in range(2):
        made = accept(selling, offer, Accepted(1, 4 * SCALE), location=None)
        assert (selling.header(made.id).reference, selling.lines(made.id)[0].location) == (None, selling.dock)


def test_a_quote_is_lost_or_taken_back_or_changed(selling: Selling) -> None:
    s = selling
    lost = lose_quote(s.boss, quote=quote(s).id, reason="too dear", recorded_at=NOW)
    assert (lost.state, (s.header(lost.id).details or {})["reason"]) == ("lost", "too dear")
    refused("document.wrong_state", lambda: accept(s, lost))
    taken = cancel_quote(s.boss, quote=quote(s, send=False).id, reason="typo", recorded_at=NOW)
    assert taken.state == "cancelled"
    offer = quote(s, valid_until=MONDAY)
    refused("quote.not_valid", lambda: accept(s, offer, day=MONDAY + DAY))
    refused("quote.days", lambda: change_quote(s.boss, quote=offer.id, valid_until=MONDAY - DAY, recorded_at=NOW))
    changes = [LineChange(1, unit_price=2 * SCALE)]
    done = change_quote(
        s.boss, quote=offer.id, changes=changes, valid_until=MONDAY + DAY, added=[s.line(1, "3")], recorded_at=NOW
    )
    assert (done.state, s.header(offer.id).due_on) == ("sent", MONDAY + DAY)
    [old] = queries.versions(s.company.pk, offer.id)
    assert old.content["due_on"] == MONDAY.isoformat()
    assert s.header(accept(s, offer, day=MONDAY + DAY).id).gross == 2400 + 400 + 300


QUOTES: list[tuple[str, Callable[[Selling, DocumentRef], Any]]] = [
    ("permission.missing", lambda s, q: accept(s, q, actor=s.actor(P.QUOTE_CREATE))),
    ("permission.missing", lambda s, q: accept(s, q, actor=s.actor(P.SALES_ORDER_CREATE), confirm=True)),
    ("permission.missing", lambda s, q: lose_quote(s.actor(P.SALES_ORDER_CREATE), quote=q.id, reason="x", recorded_at=NOW)),
    ("permission.missing", lambda s, q: send_quote(s.actor(P.SALES_ORDER_CREATE), quote=q.id, day=MONDAY, recorded_at=NOW)),
    ("permission.missing", lambda s, q: change_quote(s.actor(P.SALES_ORDER_CHANGE), quote=q.id, reference="x", recorded_at=NOW)),
    ("reason.missing", lambda s, q: lose_quote(s.boss, quote=q.id, reason="", recorded_at=NOW)),
    ("document.wrong_state", lambda s, q: send_quote(s.boss, quote=q.id, day=MONDAY, recorded_at=NOW)),
    ("document.wrong_state", lambda s, q: accept(s, quote(s, send=False))),
    ("document.unknown", lambda s, q: accept(s, order(s))),
    ("order.sent_too_early", lambda s, q: send_quote(s.boss, quote=quote(s, send=False).id, day=MONDAY - DAY, recorded_at=NOW)),
    ("quote.not_valid", lambda s, q: accept(s, q, day=MONDAY - DAY)),
    ("order.line_unknown", lambda s, q: accept(s, q, Accepted(3))),
    ("order.line_unknown", lambda s, q: accept(s, q, Accepted(1, SCALE), Accepted(1, SCALE))),
    ("quantity.not_positive", lambda s, q: accept(s, q, Accepted(1, 0))),
    ("order.location_missing", lambda s, q: accept(s, q, location=None)),
    ("location.no_stock", lambda s, q: accept(s, q, Accepted(1, SCALE, s.loss))),
    ("order.expected_too_early", lambda s, q: accept(s, q, expected_on=MONDAY - DAY)),
    ("item.inactive", lambda s, q: accept(_retired(s), q)),
]  # fmt: skip


def _retired(s: Selling) -> Selling:
    from everstock.masterdata.models import Item

    Item.objects.filter(pk=s.items["NUT"]).update(active=False)
    return s


@pytest.mark.parametrize("code, make", QUOTES)
def test_refused_with_quotes(
    selling: Selling, watched: Watch, code: str, make: Callable[[Selling, DocumentRef], Any]
) -> None:
    offer = quote(selling)
    with pytest.raises(Refusal) as said:
        make(selling, offer)
    assert said.value.code == code


def test_an_order_leaves_from_where_the_quote_says(selling: Selling) -> None:
    offer = quote(selling, selling.line(2, "3"), location=selling.shed)
    made = accept(selling, offer, location=None)
    assert [line.location for line in selling.lines(made.id)] == [selling.shed]
