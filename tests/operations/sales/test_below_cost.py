"""Sale below cost: a warning to whoever creates, confirms or changes an order and may see costs; the others are told nothing."""

from typing import Any

import pytest

from everstock.core.quantities import SCALE
from everstock.ledger import statements
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.changes import change_order
from everstock.operations.sales.orders import confirm_order, create_order
from everstock.reports.proof import prove
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.selling import Selling

P = Permission
SELLER = (P.SALES_ORDER_CREATE, P.SALES_ORDER_CONFIRM, P.SALES_ORDER_CHANGE)


def order(s: Selling, *lines: OrderLine, customer: str = "JONES", **more: Any) -> DocumentRef:
    given = {"day": MONDAY, "location": s.shed, "recorded_at": NOW, **more}
    return create_order(given.pop("actor", s.boss), customer=s.partners[customer], lines=lines, **given)


def kept(done: DocumentRef, action: str) -> Any:
    after = AuditEvent.objects.get(subject=done.number, action=f"sales_order.{action}").after
    return (after or {}).get("price.below_cost")


def test_what_brings_less_than_it_costs_is_a_warning(selling: Selling) -> None:
    """Bolts cost 1.00: at 0.99, and at 1.10 less 10 %, they bring less; at 1.00 they do not."""
    selling.stock(10, selling.shed)
    lines = (selling.line(10, "0.99"), selling.line(10, "1.00"), selling.line(10, "1.10", discount=100_000))
    done = order(selling, *lines)
    assert [(one.code, one.line) for one in done.warnings] == [("price.below_cost", 1), ("price.below_cost", 3)]
    assert done.warnings[0].words == "Line 1 is sold below the cost of BOLT: it brings 9.90 USD and costs 10.00 USD."
    assert kept(done, "create") == [1, 3]
    assert done == (done.id, done.number, "requested")
    assert prove(selling.company.pk).violations == []


def test_who_may_not_see_costs_cannot_find_one_by_trying_prices(selling: Selling) -> None:
    """A bolt costs 1.00, and of an item that is not there nothing is known; the trail keeps the lines all the same."""
    selling.stock(10, selling.shed)
    for seller, told in ((selling.actor(*SELLER), False), (selling.actor(*SELLER, P.COST_SEE), True)):
        done = order(selling, selling.line(7, "0.50"), actor=seller)
        changes = [LineChange(1, unit_price=SCALE * 6 // 10)]
        changed = change_order(seller, order=done.id, changes=changes, recorded_at=NOW)
        again = confirm_order(seller, order=done.id, day=MONDAY, recorded_at=NOW)
        assert [len(one.warnings) for one in (done, changed, again)] == [told] * 3
        assert kept(done, "create") == kept(done, "change") == kept(done, "confirm") == [1]
        assert "7" not in str(AuditEvent.objects.get(subject=done.number, action="sales_order.confirm").after)


def test_the_cost_is_that_of_the_moment(selling: Selling) -> None:
    """Nothing there: nothing known. Then it costs 1.00, for the order as it is and for each line that is changed."""
    done = order(selling, selling.line(10, "0.50"), selling.line(10, "2.00"))
    assert done.warnings == ()
    assert kept(done, "create") is None
    selling.stock(10, selling.shed)
    assert [one.line for one in confirm_order(selling.boss, order=done.id, day=MONDAY, recorded_at=NOW).warnings] == [1]
    changes = [LineChange(2, unit_price=SCALE // 2)]
    changed = change_order(selling.boss, order=done.id, changes=changes, recorded_at=NOW)
    assert [one.line for one in changed.warnings] == [2]
    assert kept(done, "change") == [2]
    assert change_order(selling.boss, order=done.id, reference="X", recorded_at=NOW).warnings == ()


def test_another_currency_and_another_unit_are_compared_at_their_worth(selling: Selling) -> None:
    """A euro is 1.20: 0.85 of them is above 1.00, 0.83 below. A box of 100 at 99.99 is below."""
    selling.stock(10, selling.shed)
    done = order(selling, selling.line(10, "0.85"), selling.line(10, "0.83"), customer="PARIS")
    assert [one.line for one in done.warnings] == [2]
    boxes = [selling.line(2, price, unit=selling.units["box"]) for price in ("99.99", "100")]
    assert [one.line for one in order(selling, *boxes).warnings] == [1]


def test_a_repeated_request_is_answered_with_the_same_order(selling: Selling) -> None:
    selling.stock(10, selling.shed)
    first, again = (order(selling, selling.line(1, "0.50"), key="K") for _ in range(2))
    assert first == again


def test_it_takes_no_statement_of_its_own(selling: Selling, monkeypatch: pytest.MonkeyPatch) -> None:
    selling.stock(10, selling.shed)
    order(selling, selling.line(1, "2"))
    asked: list[str] = []
    run = statements.Statement.run

    def counting(self: statements.Statement, *values: Any, **more: Any) -> Any:
        asked.append(self.name)
        return run(self, *values, **more)

    monkeypatch.setattr(statements.Statement, "run", counting)
    counts = []
    for price in ("2", "0.50"):
        asked.clear()
        order(selling, selling.line(1, price))
        counts.append(len(asked))
    assert counts[0] == counts[1] > 0
