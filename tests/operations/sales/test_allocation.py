"""What is reserved follows the order: confirmed, changed, cancelled, closed."""

import pytest

from everstock.core.facts import Kind
from everstock.core.quantities import SCALE
from everstock.ledger.reservations import reservations
from everstock.operations.documents.changes import LineChange
from everstock.operations.sales import customers
from everstock.operations.sales.allocation import allocate
from everstock.operations.sales.orders import cancel_order, close_order
from everstock.reports.proof import prove
from tests.operations.buying import NOW
from tests.operations.sales.ordering import change, confirmed
from tests.operations.sales.selling import Selling

pytestmark = pytest.mark.django_db


def held(selling: Selling) -> list[tuple[str, int]]:
    return [(one.holder.partition("/")[2], one.quantity // SCALE) for one in reservations(selling.company.pk)]


def test_what_is_reserved_follows_the_order(selling: Selling) -> None:
    selling.stock(10, selling.dock)
    first = confirmed(selling, selling.line(4, "3"))
    second = confirmed(selling, selling.line(4, "3"), selling.line(4, "3"))
    assert held(selling) == [(f"{first.id}/1", 4), (f"{second.id}/1", 4), (f"{second.id}/2", 2)]
    change(selling, first, LineChange(1, quantity=1 * SCALE))
    assert held(selling)[0] == (f"{first.id}/1", 1)
    change(selling, second, LineChange(2, quantity=9 * SCALE))
    assert held(selling)[2] == (f"{second.id}/2", 5)
    cancel_order(selling.boss, order=second.id, reason="not wanted", recorded_at=NOW)
    assert held(selling) == [(f"{first.id}/1", 1)]
    close_order(selling.boss, order=first.id, reason="not wanted", recorded_at=NOW)
    assert held(selling) == []
    assert prove(selling.company.pk).violations == []


def test_who_comes_first_keeps_longest(selling: Selling) -> None:
    selling.stock(6, selling.dock)
    customers.set_terms(selling.boss, customer=selling.partners["PARIS"], priority=0, recorded_at=NOW)
    usual = confirmed(selling, selling.line(3, "3"))
    first = confirmed(selling, selling.line(3, "3"), customer="PARIS")
    assert held(selling) == [(f"{usual.id}/1", 3), (f"{first.id}/1", 3)]
    selling.stock(2, selling.dock, kind=Kind.ADJUST_OUT)
    assert held(selling) == [(f"{usual.id}/1", 1), (f"{first.id}/1", 3)]
    allocate(selling.boss, orders=[usual.id], recorded_at=NOW)
    selling.stock(1, selling.dock, kind=Kind.ADJUST_OUT)
    assert held(selling) == [(f"{first.id}/1", 3)], "allocating again leaves the priority as it is"
