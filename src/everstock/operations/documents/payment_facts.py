"""What payments need to know: one statement, the documents that are paid locked."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.core.quantities import format_money
from everstock.ledger.database import integers
from everstock.ledger.statements import Statement
from everstock.masterdata.currencies import CURRENCIES
from everstock.operations.documents import read as document_read
from everstock.operations.documents.amounts import RATE_ONE, in_company_currency, known_rate
from everstock.operations.documents.read import Read
from everstock.operations.documents.records import Header
from everstock.operations.documents.sides import Side


class Partner(NamedTuple):
    """Whom we pay, or who pays us."""

    code: str
    is_supplier: bool
    is_customer: bool


class TaxAccounts(NamedTuple):
    """A tax code of what is paid; accounts by id."""

    kind: str
    input: int | None
    output: int | None


class Facts(NamedTuple):
    """``rate``: 10^-9 of the company's currency, ``None``: not known. ``accounts``: those asked for that can be used."""

    read: Read
    partner: Partner | None
    currency: str
    rate: int | None
    taxes: Mapping[int, TaxAccounts]
    accounts: frozenset[int]
    roles: Mapping[str, int]

    def account(self, role: Role) -> int:
        """Return the account that plays ``role``; refused: as ``account_of``."""
        return account_of(self.roles, role)

    def own(self, amount: int, header: Header) -> int:
        """Return an amount of a document in minor units of the company's currency, at the document's rate."""
        return in_company_currency(amount, header.currency, header.rate, self.read.company_currency)


_READ = Statement(
    "SELECT payment_read($1, $2, $3, $4, $5, $6, $7, $8)",
    *("int", "bigint[]", "int", "date", "text", "int[]", "int", "text"),
)


def lock(
    company_id: int,
    day: dt.date,
    *,
    documents: Iterable[int] = (),
    partner: int | None = None,
    currency: str | None = None,
    account: int | None = None,
    new_ids: int = 1,
    key: str | None = None,
) -> Facts:
    """Lock ``documents`` (ids) and return them with what a payment of ``partner`` on ``day`` needs.

    ``currency``: ``None`` for the one in which we trade with the partner. What does not exist in the company is missing.
    """
    accounts = [] if account is None else [account]
    (answer,) = _READ.run(
        *(company_id, integers(sorted(set(documents))), partner, day, currency, integers(accounts), new_ids, key)
    )
    found: dict[str, Any] = json.loads(answer or "")
    read = document_read.understood(found["read"])
    return Facts(
        read,
        None if found["partner"] is None else Partner(*found["partner"]),
        found["currency"],
        RATE_ONE if found["currency"] == read.company_currency else found["rate"],
        {one[0]: TaxAccounts(*one[1:]) for one in found["taxes"] or ()},
        frozenset(found["accounts"] or ()),
        found["roles"] or {},
    )


def account_of(roles: Mapping[str, int], role: Role) -> int:
    """Return the account that plays ``role`` for the whole company; refuse (``account.missing``) if there is none."""
    found = roles.get(role.value)
    if found is None:
        raise Refusal(
            "account.missing", f"No account is set for {role.value.replace('_', ' ')}.", "Add a posting rule for it."
        )
    return found


def money(amount: int, currency: str) -> str:
    """Return an amount (minor units) for a message: "12.50 EUR"."""
    return f"{format_money(amount, CURRENCIES[currency][1])} {currency}"


def require_partner(facts: Facts, side: Side) -> None:
    """Refuse (``supplier.unknown``, ``supplier.not_one``; or of a customer) who is not on this side."""
    if facts.partner is None:
        raise Refusal(
            f"{side.partner}.unknown",
            f"There is no such {side.partner} in this company.",
            f"Create the {side.partner} first.",
        )
    if not (facts.partner.is_supplier if side.owed > 0 else facts.partner.is_customer):
        raise Refusal(
            f"{side.partner}.not_one",
            f"{facts.partner.code} is not a {side.partner}.",
            f"Mark the partner as a {side.partner} first.",
        )


def required_rate(facts: Facts, rate: int | None, day: dt.date) -> int:
    """Return ``rate``, or the one that holds on ``day``. Refused: as ``known_rate``."""
    return known_rate(facts.currency, facts.read.company_currency, facts.rate, day, rate)
