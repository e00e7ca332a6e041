"""What invoices and credit notes book: receivable against revenue and tax, or the other way round, one entry for each account."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.ledger.books import Books, books_of
from everstock.ledger.lines import Document, JournalLine, epoch_day
from everstock.ledger.post import Ready, ready
from everstock.operations.documents.amounts import in_company_currency
from everstock.operations.documents.kinds import PREFIX, DocumentKind
from everstock.operations.documents.records import Header, Line
from everstock.operations.identity.actor import Actor


class Sold(NamedTuple):
    """A line of an invoice or a credit note, the place of the goods, and the role of its account if it names none."""

    line: Line
    place: int | None = None
    role: Role = Role.REVENUE


class Accounts(NamedTuple):
    """What is needed to find accounts: the category of each item, and the account for output tax of each tax code."""

    categories: Mapping[int, int | None]
    output_tax: Mapping[int, int | None]
    company_currency: str


def booked(
    actor: Actor,
    header: Header,
    sold: Iterable[Sold],
    accounts: Accounts,
    *,
    back: bool = False,
    company: Mapping[str, Any] | None = None,
) -> Ready:
    """Return the posting of an invoice; ``back``: of a credit note, which books the other way round. ``company``: see ``ledger.post.ready``.

    Refused: ``account.missing``, what the ledger refuses.
    """
    lines = list(sold)
    books = books_of(actor.company_id)
    while True:
        version = books.version
        document = to_book(actor, books, header, lines, accounts, -1 if back else 1)
        posting = ready(actor.company_id, document, known=company)
        # the accounts were found by rules that another process may have changed before ``ready`` looked
        if books.version == version:
            return posting


def to_book(
    actor: Actor, books: Books, header: Header, sold: Iterable[Sold], accounts: Accounts, sign: int = 1
) -> Document:
    """Return what an invoice (``sign`` -1: a credit note) books, as long as ``books`` are of the version the ledger finds."""
    receivable = account_for(books, Role.RECEIVABLE)
    sums: Counter[int] = Counter()
    for one in sold:
        sums[_income(books, one, accounts.categories)] += one.line.net
        if one.line.tax:
            sums[_output_tax(accounts.output_tax, one.line)] += one.line.tax
    entries = [
        JournalLine(receivable, account, sign * own, epoch_day(header.day))
        for account, own in _own(sums, header, accounts.company_currency).items()
    ]
    # of what is given away an entry of nothing: it says since when nothing is left to invoice
    entries = [entry for entry in entries if entry.amount] or entries[:1]
    reference = f"{PREFIX[DocumentKind(header.kind)]}/{header.id}"
    return Document(header.created_at, (), header.kind, reference, actor.name, tuple(entries))


def _own(sums: Mapping[int, int], header: Header, currency: str) -> dict[int, int]:
    """The amounts in the company's currency: the gross amount is rounded, and the largest takes the cent that is left over."""
    own = {
        account: in_company_currency(amount, header.currency, header.rate, currency) for account, amount in sums.items()
    }
    largest = max(sorted(own), key=lambda account: abs(own[account]))
    own[largest] += in_company_currency(header.gross, header.currency, header.rate, currency) - sum(own.values())
    return own


def _income(books: Books, one: Sold, categories: Mapping[int, int | None]) -> int:
    if one.line.account is not None:
        return one.line.account
    category = None if one.line.item is None else categories[one.line.item]
    found = books.rules.account(one.role, books.categories.path(category), books.locations.path(one.place))
    return account_for(books, one.role) if found is None else found


def account_for(books: Books, role: Role) -> int:
    """Return the company's account for a role; refuse (``account.missing``) none."""
    found = books.rules.account(role)
    if found is None:
        raise Refusal(
            "account.missing", f"No account is set for {role.value.replace('_', ' ')}.", "Add a posting rule for it."
        )
    return found


def _output_tax(taxed: Mapping[int, int | None], line: Line) -> int:
    account = taxed.get(line.tax_code or 0)
    if account is None:
        raise Refusal(
            "account.missing",
            f"The tax code of line {line.line} has no account for output tax.",
            "Name one on the tax code.",
        )
    return account
