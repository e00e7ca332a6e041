"""What invoices, credit notes, landed costs and clearings need to know: one statement, the documents locked."""

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.ledger.database import integers, texts
from everstock.ledger.statements import Statement
from everstock.operations.documents import read as document_read
from everstock.operations.documents.amounts import RATE_ONE, in_company_currency, known_rate
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.payment_facts import account_of
from everstock.operations.documents.read import Read, raw_cursor
from everstock.operations.documents.records import Header, Line


class Tax(NamedTuple):
    """A tax code; ``rate`` in 10^-6, accounts by id."""

    id: int
    code: str
    rate: int
    kind: str
    input_account: int | None
    output_account: int | None
    active: bool


class Supplier(NamedTuple):
    """A supplier and what was agreed where no order says otherwise; cash discount and tolerances in 10^-6."""

    code: str
    is_supplier: bool
    payment_days: int
    discount_days: int
    discount: int
    price_tolerance: int
    over_tolerance: int


class Booked(NamedTuple):
    """How a line that moved goods stands in the books; amounts in minor units of the company's currency.

    ``account``: what is received and not invoiced. ``worth``: the value of what was received, ``None``: at current cost.
    ``billed``: for the goods; ``settled``: taken from the account.
    """

    account: int
    worth: int | None
    billed: int
    settled: int


class Facts(NamedTuple):
    """``lines``: of all documents read, by id. ``booked``: by line id. ``rate``: 10^-9 of the company's currency, ``None``: not known.

    ``ledger``: what ``ledger.post.ready`` takes of the company.
    """

    read: Read
    lines: Mapping[int, Line]
    booked: Mapping[int, Booked]
    supplier: Supplier | None
    currency: str
    rate: int | None
    taxes: Mapping[int, Tax]
    accounts: Mapping[int, tuple[str, bool]]
    roles: Mapping[str, int]
    ledger: Mapping[str, Any]

    def header(self, line: Line) -> Header:
        """Return the document of a line that was read."""
        return self.read.headers[line.document]

    def source(self, line: Line) -> Line | None:
        """Return the line that ``line`` was made from, if it was read."""
        return None if line.source is None else self.lines.get(line.source)

    def account(self, role: Role) -> int:
        """Return the account that plays ``role`` for the whole company; refuse (``account.missing``) if there is none."""
        return account_of(self.roles, role)

    def own(self, amount: int, header: Header) -> int:
        """Return an amount of a document in minor units of the company's currency, at the document's rate."""
        return in_company_currency(amount, header.currency, header.rate, self.read.company_currency)


_READ = Statement(
    "SELECT settlement_read($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    *("int", "bigint[]", "bigint[]", "int", "date", "text", "int[]", "int[]", "int", "text"),
)


def lock(
    company_id: int,
    day: dt.date,
    *,
    lines: Iterable[int] = (),
    documents: Iterable[int] = (),
    supplier: int | None = None,
    currency: str | None = None,
    tax_codes: Iterable[int] = (),
    accounts: Iterable[int] = (),
    new_ids: int = 1,
    key: str | None = None,
) -> Facts:
    """Lock the documents of ``lines`` (ids), ``documents``, and what these were made from, and return them with how they stand.

    ``currency``: ``None`` for the one in which we trade with the supplier. What does not exist in the company is missing.
    """
    wanted = [integers(sorted(set(some))) for some in (lines, documents)]
    named = [integers(sorted(set(some))) for some in (tax_codes, accounts)]
    (answer,) = _READ.run(company_id, *wanted, supplier, day, currency, *named, new_ids, key)
    found: dict[str, Any] = json.loads(answer or "")
    read = document_read.understood(found["read"])
    own = found["currency"] == read.company_currency
    return Facts(
        read,
        {line.id: line for group in read.lines.values() for line in group},
        {one[0]: Booked(*one[1:]) for one in found["standing"] or ()},
        None if found["supplier"] is None else Supplier(*found["supplier"]),
        found["currency"],
        RATE_ONE if own else found["rate"],
        {one[0]: Tax(*one) for one in found["taxes"] or ()},
        {one[0]: (one[1], one[2]) for one in found["accounts"] or ()},
        found["roles"] or {},
        found["ledger"],
    )


def lock_document(company_id: int, kind: DocumentKind, document: int) -> tuple[Facts, Header, list[Line]]:
    """Lock a document with what its lines settle, and return it with the facts; refuse (``document.unknown``) what is not there."""
    facts = lock(company_id, dt.date.max, documents=[document], new_ids=0)
    return facts, *facts.read.one(document, kind)


def booked_amounts(company_id: int, references: Collection[str]) -> dict[str, int]:
    """Return what movements (by reference) and all that applies to them put on the account of goods received not invoiced.

    Credits less debits, in minor units of the company's currency, without what invoices took from it.
    """
    if not references:
        return {}
    with raw_cursor() as run:
        run.execute(
            "SELECT reference, amount FROM settlement_booked($1, $2::text[])",
            (company_id, texts(references)),
            prepare=True,
        )
        return dict(run.fetchall())


def required_supplier(facts: Facts) -> Supplier:
    """Return the supplier; refuse (``supplier.unknown``, ``supplier.not_one``) what is none."""
    if facts.supplier is None:
        raise Refusal("supplier.unknown", "There is no such supplier in this company.", "Create the supplier first.")
    if not facts.supplier.is_supplier:
        raise Refusal(
            "supplier.not_one", f"{facts.supplier.code} is not a supplier.", "Mark the partner as a supplier first."
        )
    return facts.supplier


def required_rate(facts: Facts, rate: int | None, day: dt.date) -> int:
    """Return ``rate``, or the one that holds on ``day``. Refused: as ``known_rate``."""
    return known_rate(facts.currency, facts.read.company_currency, facts.rate, day, rate)
