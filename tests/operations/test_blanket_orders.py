"""Blanket orders: what is called off of them, and what is given back."""

from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.quantities import SCALE
from everstock.operations.documents import queries
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.records import DocumentRef
from everstock.operations.purchasing.call_offs import CallOff, call_off
from everstock.operations.purchasing.changes import change_order
from everstock.operations.purchasing.orders import (
    cancel_order,
    close_order,
    send_order,
)
from tests.operations.buying import DAY, MONDAY, NOW, Buying
from tests.operations.ordering import blanket, refused_with, sent
from tests.operations.unchanged import everything


def called(buying: Buying, order: DocumentRef, *wanted: tuple[int, int], **more: Any) -> DocumentRef:
    lines = [CallOff(line, quantity * SCALE) for line, quantity in wanted]
    return call_off(buying.boss, **{"blanket": order.id, "lines": lines, "day": MONDAY, "recorded_at": NOW, **more})


def test_a_call_off_is_an_approved_order_at_the_agreed_prices(buying: Buying) -> None:
    agreed = blanket(buying)
    assert agreed.number == "BO-2026-000001"
    assert [line.expected_on for line in buying.lines(agreed.id)] == [None, None]
    order = called(buying, agreed, (2, 20), (1, 30), day=MONDAY + DAY, reference="c")
    assert order == (order.id, "PO-2026-000001", "approved")
    nuts, bolts = buying.lines(order.id)
    first, second = buying.lines(agreed.id)
    assert (nuts.source, bolts.source) == (second.id, first.id)
    assert (nuts.quantity, nuts.net, bolts.net, bolts.tax) == (20 * SCALE, 200, 7500, 1500)
    assert (bolts.expected_on, bolts.location, bolts.ordered) == (MONDAY + DAY, buying.dock, 0)
    assert (first.ordered, second.ordered) == (30 * SCALE, 20 * SCALE)
    header = buying.header(order.id)
    assert (header.gross, header.reference, header.day) == (9200, "c", MONDAY + DAY)
    assert [(one.distance, one.number) for one in queries.chain(buying.company.pk, order.id)] == [(-1, agreed.number)]
    assert send_order(buying.boss, order=order.id, day=MONDAY + DAY, recorded_at=NOW).state == "sent"


def test_a_blanket_order_is_exhausted_and_given_back_to(buying: Buying) -> None:
    agreed = blanket(buying)
    part = called(buying, agreed, (1, 60))
    assert buying.header(agreed.id).state == "sent"
    rest = called(buying, agreed, (1, 40), (2, 50))
    assert buying.header(agreed.id).state == "exhausted"
    cancel_order(buying.boss, order=part.id, reason="too much", recorded_at=NOW)
    assert buying.header(agreed.id).state == "sent"
    assert [line.ordered for line in buying.lines(agreed.id)] == [40 * SCALE, 50 * SCALE]
    send_order(buying.boss, order=rest.id, day=MONDAY, recorded_at=NOW)
    buying.progress(rest.id, (1, {"received": 15 * SCALE}), (2, {"received": 51 * SCALE}))
    close_order(buying.boss, order=rest.id, reason="enough", recorded_at=NOW)
    assert [line.ordered for line in buying.lines(agreed.id)] == [15 * SCALE, 50 * SCALE]


def test_a_changed_call_off_takes_more_or_less(buying: Buying) -> None:
    agreed = blanket(buying)
    order = called(buying, agreed, (1, 60))
    change_order(buying.boss, order=order.id, changes=[LineChange(1, quantity=100 * SCALE)], recorded_at=NOW)
    assert buying.lines(agreed.id)[0].ordered == 100 * SCALE
    refused_with(
        buying,
        "blanket.exceeded",
        "Line 1 of BO-2026-000001 has less left",
        lambda b: change_order(b.boss, order=order.id, changes=[LineChange(1, quantity=101 * SCALE)], recorded_at=NOW),
    )
    change_order(buying.boss, order=order.id, changes=[LineChange(1, quantity=10 * SCALE)], recorded_at=NOW)
    assert buying.lines(agreed.id)[0].ordered == 10 * SCALE
    more = [LineChange(1, quantity=200 * SCALE)]
    change_order(buying.boss, order=agreed.id, changes=more, valid_until=MONDAY + 200 * DAY, recorded_at=NOW)
    assert (buying.header(agreed.id).due_on, buying.header(agreed.id).version) == (MONDAY + 200 * DAY, 2)
    called(buying, agreed, (1, 190), day=MONDAY + 200 * DAY)


def test_a_call_off_repeated_is_one(buying: Buying) -> None:
    agreed = blanket(buying)
    first = called(buying, agreed, (1, 60), key="k")
    before = everything()
    assert called(buying, agreed, (1, 60), key="k") == first
    refused_with(buying, "request.other_content", "which made", lambda b: called(b, agreed, (1, 61), key="k"))
    assert everything() == before


CALLS: list[tuple[str, Callable[[Buying, DocumentRef], Any], str]] = [
    ("document.no_lines", called, "Nothing is called off"),
    ("blanket.not_valid", lambda b, a: called(b, a, (1, 1), day=MONDAY - DAY), "not on 2026-03-01"),
    ("blanket.not_valid", lambda b, a: called(b, a, (1, 1), day=MONDAY + 91 * DAY), "not on 2026-06-01"),
    ("blanket.line", lambda b, a: called(b, a, (3, 1)), "has no line 3"),
    ("blanket.line", lambda b, a: called(b, a, (1, 1), (1, 1)), "Line 1 is called off twice"),
    ("blanket.exceeded", lambda b, a: called(b, a, (2, 1), (1, 101)), "Line 1 of BO-2026-000001"),
    ("quantity.not_positive", lambda b, a: called(b, a, (1, 0)), "line 1"),
    ("location.unknown", lambda b, a: called(b, a, lines=[CallOff(1, SCALE, b.gone)]), "Line 1"),
    ("order.expected_too_early", lambda b, a: called(b, a, lines=[CallOff(1, SCALE, None, MONDAY - DAY)]), "Line 1"),
    ("document.unknown", lambda b, a: called(b, a, (1, 1), blanket=10**9), "no such blanket order"),
    (
        "permission.missing",
        lambda b, a: call_off(b.actor(), blanket=a.id, lines=[CallOff(1, SCALE)], day=MONDAY, recorded_at=NOW),
        "create purchase orders",
    ),
    ("order.called_off", lambda b, a: cancel_order(b.boss, order=a.id, reason="x", recorded_at=NOW), "was called off"),
    (
        "order.below_received",
        lambda b, a: change_order(b.boss, order=a.id, changes=[LineChange(2, quantity=SCALE)], recorded_at=NOW),
        "line 2",
    ),
]  # fmt: skip


@pytest.mark.parametrize("code, make, words", CALLS)
def test_a_call_off_that_cannot_be(
    buying: Buying, code: str, make: Callable[[Buying, DocumentRef], Any], words: str
) -> None:
    agreed = blanket(buying)
    called(buying, agreed, (2, 2))
    refused_with(buying, code, words, lambda b: make(b, agreed))


def test_only_what_was_agreed_is_called_off(buying: Buying) -> None:
    agreed = blanket(buying, to="requested")
    refused_with(buying, "document.wrong_state", "is requested", lambda b: called(b, agreed, (1, 1)))
    order = sent(buying)
    refused_with(buying, "document.unknown", "no such blanket order", lambda b: called(b, order, (1, 1)))
    refused_with(buying, "blanket.days", "ends on 2026-03-01", lambda b: blanket(b, valid_until=MONDAY - DAY))
