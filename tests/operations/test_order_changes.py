"""Changes of purchase orders: what is approved again, what is kept of what was said, and what is refused."""

from typing import Any

import pytest

from everstock.core.quantities import SCALE
from everstock.operations.documents import queries
from everstock.operations.documents.changes import LineChange
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.changes import change_order
from tests.operations.buying import DAY, MONDAY, NOW, Buying
from tests.operations.ordering import Make, approved, refused_with, sent

P = Permission


def test_before_it_is_sent_a_change_asks_for_approval_again(buying: Buying) -> None:
    order = approved(buying, buying.line(10, "2.5", tax_code=buying.taxes["VAT"]), buying.line(1, "1"))
    changes = [LineChange(1, quantity=4 * SCALE, discount=500_000), LineChange(2, unit_price=3 * SCALE)]
    changed = change_order(buying.boss, order=order.id, changes=changes, recorded_at=NOW)
    assert changed == order._replace(state="requested")
    header = buying.header(order.id)
    assert (header.version, header.net, header.tax, header.gross) == (2, 800, 100, 900)
    assert [(line.quantity, line.base_quantity, line.net, line.tax) for line in buying.lines(order.id)] == [
        (4 * SCALE, 4 * SCALE, 500, 100),
        (SCALE, SCALE, 300, 0),
    ]
    assert not queries.versions(buying.company.pk, order.id)


def test_after_it_was_sent_what_it_said_is_kept(buying: Buying) -> None:
    order = sent(buying, buying.line(10, "2.5"), buying.line(5, "1", "NUT"), reference="r")
    first = buying.header(order.id), buying.lines(order.id)
    change_order(
        buying.boss,
        order=order.id,
        changes=[LineChange(1, quantity=0), LineChange(2, expected_on=MONDAY + 9 * DAY)],
        added=[buying.line(2, "7")],
        location=buying.shed,
        reference="s",
        version=1,
        recorded_at=NOW + 1,
    )
    change_order(buying.boss, order=order.id, changes=[LineChange(3, quantity=SCALE)], version=2, recorded_at=NOW + 2)
    header = buying.header(order.id)
    assert (header.version, header.state, header.reference) == (3, "sent", "s")
    assert (header.net, header.expected_on) == (1200, MONDAY + 9 * DAY)
    assert [(line.line, line.quantity, line.location) for line in buying.lines(order.id)] == [
        (1, 0, buying.dock),
        (2, 5 * SCALE, buying.dock),
        (3, SCALE, buying.shed),
    ]
    assert buying.lines(order.id)[1].details == {}, "a day that somebody named does not follow the lead time"
    old = queries.versions(buying.company.pk, order.id)
    assert [(one.version, one.at, one.user) for one in old] == [(1, NOW + 1, None), (2, NOW + 2, None)]
    assert (old[0].content["reference"], old[0].content["net"]) == ("r", first[0].net)
    assert [line["quantity"] for line in old[0].content["lines"]] == [line.quantity for line in first[1]]
    assert [line["quantity"] for line in old[1].content["lines"]] == [0, 5 * SCALE, 2 * SCALE]
    last = AuditEvent.objects.filter(subject=order.number).latest("id")
    assert (last.before, last.after) == (
        {"state": "sent", "version": 2, "gross": 1900},
        {"state": "sent", "version": 3, "gross": 1200},
    )


def test_a_change_moves_the_state_with_what_is_still_open(buying: Buying) -> None:
    order = sent(buying)
    buying.progress(order.id, (1, {"received": 4 * SCALE}))
    assert (
        change_order(buying.boss, order=order.id, changes=[LineChange(1, quantity=4 * SCALE)], recorded_at=NOW).state
        == "received"
    )
    assert (
        change_order(
            buying.boss, order=order.id, added=[buying.line(1, "1")], location=buying.dock, recorded_at=NOW
        ).state
        == "partly_received"
    )


def test_who_makes_a_sent_order_dearer_must_be_able_to_approve_it(buying: Buying) -> None:
    order = sent(buying)
    buyer = buying.actor(P.PURCHASE_ORDER_CHANGE, P.PURCHASE_ORDER_APPROVE, limit=2600)
    clerk = buying.actor(P.PURCHASE_ORDER_CHANGE)

    def change(actor: Any, price: int) -> Any:
        return change_order(actor, order=order.id, changes=[LineChange(1, unit_price=price)], recorded_at=NOW)

    refused_with(buying, "approval.over_limit", "Ann", lambda b: change(buyer, 2_610_000))
    refused_with(buying, "permission.missing", "approve", lambda b: change(clerk, 2_510_000))
    assert change(buyer, 2_600_000).state == "sent"
    assert change(clerk, 2_600_000).state == "sent"
    assert change(clerk, 2_000_000).state == "sent"


def _change(**more: Any) -> Make:
    def make(buying: Buying) -> Any:
        order = buying.order_under_test  # type: ignore[attr-defined]
        given = {name: value(buying) if callable(value) else value for name, value in more.items()}
        return change_order(buying.boss, **{"order": order.id, "recorded_at": NOW, **given})

    return make


@pytest.mark.parametrize(
    "code, make, words",
    [
        ("document.changed_meanwhile", _change(version=2, reference="x"), "at version 1, not 2"),
        ("order.no_change", _change(), "Nothing is changed"),
        ("order.line_unknown", _change(changes=[LineChange(3, quantity=1)]), "has no line 3"),
        ("order.line_unknown", _change(changes=[LineChange(1), LineChange(1)]), "changed twice"),
        ("order.below_received", _change(changes=[LineChange(1, quantity=3 * SCALE)]), "line 1"),
        ("order.below_received", _change(changes=[LineChange(2, quantity=0)]), "line 2"),
        ("quantity.not_positive", _change(changes=[LineChange(1, quantity=-1)]), "line 1"),
        ("quantity.not_exact", _change(changes=[LineChange(2, quantity=3 * SCALE + 1)]), "line 2"),
        ("price.negative", _change(changes=[LineChange(1, unit_price=-1)]), "line 1"),
        ("discount.invalid", _change(changes=[LineChange(1, discount=-1)]), "line 1"),
        ("order.expected_too_early", _change(changes=[LineChange(1, expected_on=MONDAY - DAY)]), "Line 1"),
        ("blanket.days", _change(valid_until=MONDAY + DAY), "cannot be valid until"),
        ("text.invalid", _change(reference="x" * 201), "reference"),
        ("order.location_missing", _change(added=lambda b: [b.line(1, "1")]), "Line 3"),
        ("item.inactive", _change(added=lambda b: [b.line(1, "1", "OLD")]), "Line 3"),
    ],
)
def test_a_change_that_cannot_be(buying: Buying, code: str, make: Make, words: str) -> None:
    order = sent(buying, buying.line(10, "2.5"), buying.line(6, "1", unit=buying.units["third"]))
    buying.progress(order.id, (1, {"received": 4 * SCALE}), (2, {"invoiced": SCALE}))
    buying.order_under_test = order  # type: ignore[attr-defined]
    refused_with(buying, code, words, make)


def test_a_change_leaves_something(buying: Buying) -> None:
    order = sent(buying)
    refused_with(
        buying,
        "order.no_quantity",
        "Nothing would be left",
        lambda b: change_order(b.boss, order=order.id, changes=[LineChange(1, quantity=0)], recorded_at=NOW),
    )
