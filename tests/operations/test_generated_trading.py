"""The made-up history of buying and selling: the same for the same seed, everything a company meets, and lawful books at the end."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from everstock.core.problems import Refusal
from everstock.masterdata import actions
from tests.conftest import PROBLEM
from tests.ledger import processes

if TYPE_CHECKING:
    from everstock.interfaces.demo.trading import Told

EVERYTHING = {
    "advances paid back",
    "approvals",
    "arrivals",
    "backorders served",
    "blanket orders",
    "call-offs",
    "clearings",
    "counts asked for and dismissed",
    "credit notes for price",
    "credit notes for returns",
    "customers on hold",
    "customers released",
    "dispatches",
    "drop shipments",
    "drop shipments cancelled",
    "expired goods",
    "holds",
    "invoices",
    "invoices cancelled",
    "invoices written off",
    "kits ordered",
    "landed costs",
    "landed costs billed",
    "monthly invoices",
    "months closed",
    "orders cancelled",
    "orders changed",
    "orders closed",
    "orders confirmed",
    "orders of MARKET",
    "orders of TRADE",
    "orders of WEB",
    "orders of what suppliers send",
    "orders that wait",
    "payments",
    "payments back",
    "payments cancelled",
    "payments in advance",
    "payments in part",
    "payments to suppliers",
    "payments to suppliers cancelled",
    "payments too high",
    "pick lists",
    "picks",
    "purchase orders",
    "purchase orders cancelled",
    "purchase orders changed",
    "purchase orders closed",
    "purchase orders for customers",
    "purchase orders sent",
    "put-aways",
    "quotes",
    "quotes lost",
    "quotes won",
    "quotes won in part",
    "receipts",
    "receipts cancelled",
    "receipts entered late",
    "receipts without an order",
    "rejections",
    "releases",
    "repairs finished",
    "returns approved",
    "returns at the counter",
    "returns for credit",
    "returns for nothing",
    "returns for replacement",
    "returns of kits",
    "returns repaired",
    "returns restocked",
    "returns scrapped",
    "returns to suppliers for credit",
    "sales at the counter",
    "shipments",
    "shipments cancelled",
    "shipments in part",
    "shipments of picked goods",
    "short picks",
    "suggestions",
    "supplier credit notes for price",
    "supplier credit notes for quantity",
    "supplier credit notes for returns",
    "supplier invoices",
    "supplier invoices approved",
    "supplier invoices cancelled",
}
REFUSED = {
    "approval.over_limit",
    "credit.exceeded",
    "customer.on_hold",
    "document.reference_taken",
    "invoice.total",
    "permission.missing",
    "receipt.over_tolerance",
    "shipment.exceeds",
}


@pytest.fixture
def committed(django_db_blocker: Any) -> Iterator[None]:
    """A database of its own, in which every verb is committed: long histories are told there as fast as by a company."""
    if PROBLEM in os.environ:
        pytest.fail(f"the embedded PostgreSQL of the tests did not start: {os.environ[PROBLEM]}", pytrace=False)
    server = os.environ["EVERSTOCK_DATABASE_URL"]
    with django_db_blocker.unblock(), processes.new_database(server) as url, processes.connected(url):
        processes.migrate()
        yield


def tell(code: str, **more: Any) -> Told:
    # this file may be loaded before Django is configured
    from everstock.interfaces.demo.trading import tell_trading
    from everstock.ledger.books import forget_books

    forget_books()
    return tell_trading(**{"code": code, "orders": 60, "seed": 3, "days": 150, **more})


def rows(statement: str, *company: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, company)
        return list(cursor.fetchall())


def history(company: int) -> list[list[tuple[Any, ...]]]:
    """Everything that was written down, without the ids of rows."""
    return [
        rows(
            "SELECT d.kind, d.number, d.state, d.version, p.code, d.day, d.due_on, d.currency_id, d.rate, d.reference, d.net, d.tax,"
            " d.paid, d.created_at FROM document d LEFT JOIN partner p ON p.id = d.partner_id WHERE d.company_id = %s ORDER BY 1, 2",
            company,
        ),
        rows(
            "SELECT d.number, l.line, i.sku, t.code, l.quantity, l.base_quantity, l.unit_price, l.net, l.received, l.rejected,"
            " l.invoiced, l.returned, l.ordered FROM document d JOIN document_line l ON l.document_id = d.id"
            " LEFT JOIN item i ON i.id = l.item_id LEFT JOIN lot t ON t.id = l.lot_id WHERE d.company_id = %s ORDER BY 1, 2",
            company,
        ),
        rows(
            "SELECT a.code, e.posted_on, sum(CASE WHEN a.id = e.account_id THEN e.amount ELSE -e.amount END)"
            " FROM entry e JOIN account a ON a.id IN (e.account_id, e.contra_id) AND e.account_id <> e.contra_id"
            " WHERE e.company_id = %s GROUP BY 1, 2 ORDER BY 1, 2",
            company,
        ),
        rows("SELECT action, count(*) FROM audit_event WHERE company_id = %s GROUP BY 1 ORDER BY 1", company),
    ]


def know_sizes() -> None:
    """Let the planner know how large the tables are; of what is not committed nobody else tells it."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def assert_sound(told: Told, last: dt.date) -> None:
    """All laws hold, no number is missing, and what stands on the accounts is explained document by document."""
    from everstock.ledger.queries import account_totals
    from everstock.operations.documents.open_items import item_accounts
    from everstock.operations.documents.sides import SELLING
    from everstock.operations.purchasing.grni import grni_accounts, received_not_invoiced
    from everstock.operations.purchasing.payables import open_payables, payable_accounts
    from everstock.operations.sales.receivables import open_receivables
    from everstock.reports.proof import prove

    company = told.company
    know_sizes()
    verdict = prove(company.pk)
    assert not verdict.violations, verdict.violations[:3]
    assert verdict.facts > told.done["receipts"]
    booked = {row.account: row.debit - row.credit for row in account_totals(company.pk, to=last)}
    due = sum(row.amount for row in open_receivables(company, as_of=last, basis="posted"))
    assert due == sum(booked.get(account, 0) for account in item_accounts(company, SELLING)) != 0
    totals = {row.account: row.credit - row.debit for row in account_totals(company.pk, to=last)}
    explained = sum(row.open for row in received_not_invoiced(company, as_of=last, basis="posted"))
    assert explained == sum(totals.get(account, 0) for account in grni_accounts(company))
    owed = sum(row.amount for row in open_payables(company, as_of=last, basis="posted"))
    assert owed == sum(totals.get(account, 0) for account in payable_accounts(company)) != 0


@pytest.mark.django_db
def test_a_small_history_is_lawful() -> None:
    told = tell("SMALL", orders=30, days=120)
    assert_sound(told, dt.date(2024, 4, 29))
    came = sum(count for what, count in told.done.items() if what.startswith(("orders of ", "quotes", "sales at ")))
    assert came >= 20
    (names,) = [rows("SELECT DISTINCT user_name FROM audit_event WHERE company_id = %s ORDER BY 1", told.company.pk)]
    assert [name for (name,) in names] == [
        *("ada-small", "bea-small", "max-small", "sam-small", "shop-small", "system", "wim-small")
    ]


@pytest.mark.slow
@pytest.mark.django_db
def test_the_same_seed_gives_the_same_history() -> None:
    one, two, other = (tell(code, seed=seed) for code, seed in (("ONE", 5), ("TWO", 5), ("OTHER", 6)))
    assert history(one.company.pk) == history(two.company.pk)
    assert (one.done, one.refused, one.lines) == (two.done, two.refused, two.lines)
    assert history(one.company.pk) != history(other.company.pk)


@pytest.mark.django_db
def test_a_company_that_exists_and_impossible_sizes_are_refused() -> None:
    actions.create_company(
        code="THERE", name="", currency_code="EUR", created_at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    )
    with pytest.raises(Refusal) as refused:
        tell("THERE")
    assert refused.value.code == "company.exists"
    for sizes in ({"orders": 0}, {"days": 59}):
        with pytest.raises(ValueError, match="a history of trading needs"):
            tell("NEVER", **sizes)


@pytest.mark.slow
def test_two_years_meet_everything_and_are_lawful(committed: None) -> None:
    ways = {"average": 6, "fifo": 7}
    told = [tell(method.upper(), orders=700, seed=seed, days=731, method=method) for method, seed in ways.items()]
    done = {what for one in told for what in one.done}
    refused = {code for one in told for code in one.refused}
    assert done >= EVERYTHING, EVERYTHING - done
    assert refused >= REFUSED, REFUSED - refused
    for one in told:
        assert_sound(one, dt.date(2025, 12, 31))
        assert_plausible(one)


def assert_plausible(told: Told) -> None:
    """Currencies, states and lots of all kinds; and figures that nobody who trades would wonder at."""
    company = told.company.pk
    currencies = rows(
        "SELECT DISTINCT currency_id FROM document WHERE kind = 'supplier_payment' AND company_id = %s", company
    )
    assert {code for (code,) in currencies} == {"EUR", "USD", "CNY", "DKK"}
    states = rows(
        "SELECT DISTINCT kind, state FROM document WHERE kind IN ('purchase_order', 'sales_order') AND company_id = %s",
        company,
    )
    ends = {(kind, state) for kind in ("purchase_order", "sales_order") for state in ("invoiced", "cancelled")}
    assert ends <= set(states)
    lots = rows(
        "SELECT count(*), count(expires_on) FROM lot JOIN item i ON i.id = lot.item_id WHERE company_id = %s", company
    )
    assert lots[0][0] > lots[0][1] > 10
    assert 0.9 <= told.service <= 0.99
    [(revenue, cost)] = rows(
        "SELECT sum(CASE WHEN a.code LIKE '4%%' THEN -s.amount END), sum(CASE WHEN a.code = '5000' THEN s.amount END) FROM ("
        " SELECT account_id AS account, amount FROM entry WHERE company_id = %s"
        " UNION ALL SELECT contra_id, -amount FROM entry WHERE company_id = %s) AS s JOIN account a ON a.id = s.account",
        company,
        company,
    )
    assert 0.25 <= (revenue - cost) / revenue <= 0.45
