"""Dunning: which invoices are overdue at which level, what customers were reminded of, and what is disputed."""

from typing import Any

import pytest

from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
from everstock.operations.sales.dunning import (
    USUAL,
    credit_against,
    levels,
    open_dispute,
    overdue,
    register_reminders,
    set_levels,
    settle_dispute,
)
from everstock.operations.sales.models import Reminder
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.till import Till
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(db: None) -> Till:
    return Till()


def remind(till: Till, *invoices: DocumentRef, days: int, **more: Any) -> list[tuple[int, int]]:
    given = {"invoices": [one.id for one in invoices], "day": MONDAY + days * DAY, "recorded_at": NOW, **more}
    return register_reminders(given.pop("actor", till.boss), **given)


def due(till: Till, days: int) -> list[tuple[int, int, int, bool]]:
    return [
        (row.document, row.level, row.sent, row.to_remind) for row in overdue(till.company, as_of=MONDAY + days * DAY)
    ]


def test_an_invoice_is_reminded_of_once_at_each_level(till: Till) -> None:
    first, second = till.billed(tax=2_000), till.billed(500, due_on=MONDAY + 20 * DAY)
    assert due(till, 0) == []
    assert due(till, 1) == [(first.id, 1, 0, True)]
    refused("dunning.not_due", lambda: remind(till, first, days=0))
    assert remind(till, first, days=1) == [(first.id, 1)]
    assert due(till, 2) == [(first.id, 1, 1, False)]
    assert due(till, 21) == [(first.id, 2, 1, True), (second.id, 1, 0, True)]
    refused("dunning.not_due", lambda: remind(till, first, days=14))
    till.pay(PaymentLine(first.id, 4_000), day=MONDAY + 16 * DAY)
    assert remind(till, first, second, days=31) == [(first.id, 3), (second.id, 1)]
    rows = Reminder.objects.order_by("id").values_list("document", "level", "day", "open")
    assert list(rows) == [
        (first.id, 1, MONDAY + DAY, 12_000),
        (first.id, 3, MONDAY + 31 * DAY, 8_000),
        (second.id, 1, MONDAY + 31 * DAY, 500),
    ]
    till.pay(PaymentLine(first.id), day=MONDAY + 32 * DAY)
    assert due(till, 33) == [(second.id, 1, 1, False)]
    assert due(till, 2) == [(first.id, 1, 1, False)]


def test_what_is_disputed_is_not_dunned(till: Till) -> None:
    invoice = till.billed()
    given: dict[str, Any] = {"invoice": invoice.id, "recorded_at": NOW}
    refused("dispute.none", lambda: settle_dispute(till.boss, outcome="?", **given))
    open_dispute(till.boss, reason="Ten pieces short.", **given)
    refused("dispute.open", lambda: open_dispute(till.boss, reason="Again", **given))
    [row] = overdue(till.company, as_of=MONDAY + 40 * DAY)
    assert (row.disputed, row.level, row.to_remind) == ("Ten pieces short.", 3, False)
    refused("dunning.disputed", lambda: remind(till, invoice, days=40))
    settle_dispute(till.boss, outcome="They were there", **given)
    assert remind(till, invoice, days=40) == [(invoice.id, 3)]


def test_the_levels_are_the_companys(till: Till) -> None:
    wanted = [(5, "Friendly"), (10, "Firm")]
    set_levels(till.boss, wanted=wanted, recorded_at=NOW)
    invoice = till.billed()
    assert due(till, 4) == [(invoice.id, 0, 0, False)]
    assert due(till, 10) == [(invoice.id, 2, 0, True)]
    refused("dunning.levels", lambda: set_levels(till.boss, wanted=[(5, "a"), (5, "b")], recorded_at=NOW))
    refused("dunning.levels", lambda: set_levels(till.boss, wanted=[(5, " ")], recorded_at=NOW))
    set_levels(till.boss, wanted=[], recorded_at=NOW)
    assert levels(till.company.pk) == USUAL


def test_refusals(till: Till) -> None:
    invoice, paid = till.billed(), till.billed()
    till.pay(PaymentLine(paid.id))
    nobody = till.actor(Permission.SALE_READ)
    given: dict[str, Any] = {"invoice": invoice.id, "recorded_at": NOW}
    refused("permission.missing", lambda: remind(till, invoice, days=9, actor=nobody))
    refused("permission.missing", lambda: open_dispute(nobody, reason="x", **given))
    refused("permission.missing", lambda: settle_dispute(nobody, outcome="x", **given))
    refused("permission.missing", lambda: set_levels(nobody, wanted=[], recorded_at=NOW))
    refused("document.no_lines", lambda: remind(till, days=9))
    refused("document.unknown", lambda: remind(till, DocumentRef(0, "", ""), days=9))
    refused("document.wrong_state", lambda: remind(till, paid, days=9))
    refused("document.wrong_state", lambda: open_dispute(till.boss, reason="x", invoice=paid.id, recorded_at=NOW))
    refused("reason.missing", lambda: open_dispute(till.boss, reason=" ", **given))


def test_what_the_customer_has_in_credit_is_not_asked_for(till: Till) -> None:
    """Three invoices: one is paid, one is overdue, one not due yet. A credit of the last one lessens that one alone."""
    paid, late = till.billed(1_000), till.billed(2_000)
    coming = till.billed(4_000, due_on=MONDAY + 90 * DAY)
    till.pay(PaymentLine(paid.id), day=MONDAY + DAY)
    for invoice, amount in ((paid, 100), (late, 30), (coming, 7)):
        line = CreditLine(till.lines(invoice.id)[0].id, amount=amount)
        post_credit_note(till.boss, lines=[line], day=MONDAY + 2 * DAY, recorded_at=next(till.moments))
    asked = overdue(till.company, as_of=MONDAY + 40 * DAY)
    assert [row.document for row in asked] == [late.id]
    assert credit_against(till.company, asked, as_of=MONDAY + 40 * DAY) == 130
