"""The journal, the trial balance and the ledger of one account: the same entries, listed and summed."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from everstock.core.problems import check_range
from everstock.ledger.codes import KINDS
from everstock.ledger.queries import Basis, JournalRow, account_lines, account_totals, journal_rows
from everstock.masterdata.models import Company
from everstock.reports.names import Names
from everstock.reports.questions import asking


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One account in one entry. ``effective_at`` is the day the entry belongs to, ``posted_on`` the day of the books."""

    entry: str
    posted_on: dt.date
    effective_at: dt.date
    recorded_at: int
    account: str
    account_name: str
    debit: int
    credit: int
    source: str
    reference: str


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """``balance`` is debit less credit."""

    account: str
    account_name: str
    debit: int
    credit: int
    balance: int


@dataclass(frozen=True, slots=True)
class AccountLedgerRow:
    """A line of an account and its balance after it. The first row is the opening balance: it has no entry."""

    posted_on: dt.date | None
    effective_at: dt.date | None
    recorded_at: int | None
    entry: str
    source: str
    reference: str
    debit: int
    credit: int
    balance: int


def label(posting: int, number: int) -> str:
    """What an entry is called: its posting, and from the second effective day of a posting on, the number of the day."""
    return str(posting) if number == 1 else f"{posting}.{number}"


def journal(
    *,
    company: Company,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    known_at: int | None = None,
) -> Iterator[JournalLine]:
    """Entries of these days of the books in order of recording, one per posting and effective day.

    Inside an entry the lines are netted per account and those of zero left out: a transfer inside one account prints nothing.
    """
    check_range(from_, to)
    with asking(company, known_at=known_at) as ask:
        rows = journal_rows(ask.company_id, from_=from_, to=to, position=ask.position)
        for posting, entries in groupby(rows, key=attrgetter("posting")):
            for line in _entries(posting, entries, ask.names):
                if (from_ is None or from_ <= line.posted_on) and (to is None or line.posted_on <= to):
                    yield line


def _entries(posting: int, rows: Iterable[JournalRow], names: Names) -> Iterator[JournalLine]:
    """The entries of one posting."""
    sums: dict[dt.date, dict[int, int]] = {}
    causes: dict[dt.date, tuple[JournalRow, bool]] = {}
    for row in rows:
        netted = sums.setdefault(row.day, {})
        netted[row.account] = netted.get(row.account, 0) + row.amount
        netted[row.contra] = netted.get(row.contra, 0) - row.amount
        first, single = causes.setdefault(row.day, (row, True))
        if single and row.movement != first.movement:
            causes[row.day] = first, False
    for number, day in enumerate(sorted(sums), 1):
        row, single = causes[day]
        lines = sorted((names.accounts[account], amount) for account, amount in sums[day].items() if amount)
        for account, amount in lines:
            yield JournalLine(
                *(label(posting, number), row.posted_on, day, row.recorded_at, account.code, account.name),
                *(max(amount, 0), max(-amount, 0)),
                *origin_of(row.source, row.document, row.kind, row.movement, single=single),
            )


def origin_of(
    source: str, document: str | None, kind: int | None, movement: str | None, *, single: bool
) -> tuple[str, str]:
    """Source and reference of an entry: the fact's if a single one caused it, else the document's."""
    if single and kind is not None:
        return f"{source}/{KINDS[kind].value}", movement or ""
    return source, document or movement or ""


def trial_balance(
    *,
    company: Company,
    as_of: dt.date | None = None,
    from_: dt.date | None = None,
    known_at: int | None = None,
    basis: Basis = "posted",
    include_zero: bool = False,
) -> list[TrialBalanceRow]:
    """Every account that was ever used (``include_zero``: all) with its sums at the end of ``as_of``.

    By the day of the books; on the ``effective`` basis by the day entries belong to, which is what stock as of a day is worth.
    """
    check_range(from_, as_of)
    with asking(company, known_at=known_at) as ask:
        totals = account_totals(ask.company_id, from_=from_, to=as_of, position=ask.position, basis=basis)
        sums = {total.account: (total.debit, total.credit) for total in totals}
        names = ask.names.accounts
    return [
        TrialBalanceRow(name.code, name.name, debit, credit, debit - credit)
        for account, name in sorted(names.items(), key=lambda pair: pair[1].code)
        for debit, credit in [sums.get(account, (0, 0))]
        if include_zero or debit or credit
    ]


def account_ledger(
    *,
    company: Company,
    account: str,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    known_at: int | None = None,
) -> list[AccountLedgerRow]:
    """Opening balance, lines by day of the books, and the balance after each."""
    check_range(from_, to)
    with asking(company, known_at=known_at) as ask:
        key = ask.names.account(account)
        balance = 0
        if from_ is not None and from_ > dt.date.min:
            before = account_totals(ask.company_id, to=from_ - dt.timedelta(days=1), position=ask.position)
            balance = sum(total.debit - total.credit for total in before if total.account == key)
        lines = account_lines(ask.company_id, key, from_=from_, to=to, position=ask.position)
    result = [AccountLedgerRow(from_, None, None, "", "", "opening balance", 0, 0, balance)]
    for line in lines:
        balance += line.amount
        source, reference = origin_of(line.source, line.document, line.kind, line.movement, single=line.movements == 1)
        result.append(
            AccountLedgerRow(
                *(line.posted_on, line.day, line.recorded_at, label(line.posting, line.number), source, reference),
                *(max(line.amount, 0), max(-line.amount, 0), balance),
            )
        )
    return result
