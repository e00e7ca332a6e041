"""Journal lines: booked with what moves and alone."""

import datetime as dt

import pytest

from everstock.core.facts import DAY
from everstock.core.problems import Refusal
from everstock.ledger.lines import Document, JournalLine
from everstock.ledger.post import Posted, post
from everstock.masterdata.actions import lock_periods
from everstock.masterdata.models import Account
from tests.core import story
from tests.ledger.places import Shop
from tests.ledger.posting import TODAY, lawful, lines, outcome, select

pytestmark = pytest.mark.django_db


MARCH = TODAY // DAY - 9
"""March 1st."""


def booked(shop: Shop) -> str:
    found = select(
        "SELECT dense_rank() OVER (ORDER BY e.posting_id), a.code, c.code, e.amount, to_char(e.posted_on, 'MM-DD')"
        " FROM entry e JOIN account a ON a.id = e.account_id JOIN account c ON c.id = e.contra_id"
        " WHERE e.company_id = %s ORDER BY e.posting_id, e.line",
        shop.company.pk,
    )
    return story.table(("posting", "debit", "credit", "amount", "posted on"), [tuple(map(str, row)) for row in found])


def test_journal_lines_are_booked_with_what_moves_and_alone(shop: Shop) -> None:
    """An invoice that is dearer than the receipt: what is owed, the tax, and the change of the receipt's value in one posting."""
    account = dict(Account.objects.filter(company=shop.company).values_list("code", "id"))
    owed = JournalLine(account["2100"], account["2000"], 12_00, MARCH + 4)
    tax = JournalLine(account["1400"], account["2000"], 3_00, MARCH + 4)
    paid = JournalLine(account["1010"], account["2000"], -15_00, MARCH + 5)
    received, dearer = lines(shop, "1 | 03-01 | receipt 10 = 10.00\n2 | 03-05 | cost_change = 12.00 of 1")
    invoice = Document(TODAY, (dearer,), "invoice", "SI-1", "Ann", (owed, tax))
    assert outcome(shop, received) == "ok"
    assert post(shop.company.pk, invoice).lines == 1
    assert post(shop.company.pk, invoice) == Posted([], 0, 1), "a repetition books nothing"
    assert (
        post(shop.company.pk, Document(TODAY, (), "payment", "SP-1", None, (paid, paid._replace(amount=0)))).lines == 0
    )
    assert booked(shop) == story.tidy("""
        posting | debit | credit | amount | posted on
              1 |  1200 |   2100 |   1000 |     03-01
              2 |  2100 |   2000 |   1200 |     03-05
              2 |  1400 |   2000 |    300 |     03-05
              2 |  1200 |   2100 |    200 |     03-01
              3 |  1010 |   2000 |  -1500 |     03-06""")
    lawful(shop)


def test_journal_lines_of_a_locked_day_are_dated_on_the_first_open_one(shop: Shop) -> None:
    lock_periods(company=shop.company, through=dt.date(2026, 3, 5))
    bank, payable = shop.accounts[1], Account.objects.get(company=shop.company, code="2000").pk
    post(shop.company.pk, Document(TODAY, (), "payment", journal=(JournalLine(payable, bank, 5, MARCH),)))
    assert select(
        "SELECT to_char(day, 'MM-DD'), to_char(posted_on, 'MM-DD') FROM entry WHERE company_id = %s", shop.company.pk
    ) == [("03-01", "03-06")]
    lawful(shop)


@pytest.mark.parametrize(
    ("debit", "credit", "amount", "refused"),
    [
        ("1200", "2000", 1, "journal.stock_account"),
        ("2000", "1240", 1, "journal.stock_account"),
        ("1290", "2000", 1, "journal.stock_account"),
        ("2000", "2160", 1, "journal.stock_account"),
        ("2000", "2000", 1, "journal.same_account"),
        ("2000", "elsewhere", 1, "account.unknown"),
        ("2000", "2100", 10**18, "number.too_large"),
        ("2000", "2100", -(10**18), "number.too_large"),
    ],
)
def test_a_journal_line_that_cannot_be_takes_the_document_with_it(
    shop: Shop, debit: str, credit: str, amount: int, refused: str
) -> None:
    account = dict(Account.objects.filter(company=shop.company).values_list("code", "id"))
    account["elsewhere"] = max(Account.objects.values_list("id", flat=True)) + 1
    [received] = lines(shop, "1 | 03-01 | receipt 10 = 10.00")
    journal = (JournalLine(account[debit], account[credit], amount, MARCH),)
    with pytest.raises(Refusal) as refusal:
        post(shop.company.pk, Document(TODAY, (received,), "invoice", journal=journal))
    assert refusal.value.code == refused
    assert not select("SELECT 1 FROM posting WHERE company_id = %s", shop.company.pk)


def test_no_line_is_booked_against_an_account_that_carries_stock(shop: Shop) -> None:
    account = dict(Account.objects.filter(company=shop.company).values_list("code", "id"))
    received, freight = lines(shop, "1 | 03-01 | receipt 10 = 10.00\n2 | 03-05 | landed_cost = 1.00 of 1")
    for code in ("1200", "1240", "1290", "2160"):
        assert outcome(shop, received._replace(contra=account[code])) == "journal.stock_account"
    assert outcome(shop, received) == "ok"
    assert outcome(shop, freight._replace(contra=account["1200"])) == "journal.stock_account"
    assert outcome(shop, freight._replace(contra=max(account.values()) + 1)) == "account.unknown"
    assert outcome(shop, freight._replace(contra=account["5400"])) == "ok"
    lawful(shop)
