"""What an invoice needs to know before it is written: one statement, which locks the documents it changes."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from everstock.ledger.database import integers
from everstock.ledger.statements import Statement
from everstock.operations.documents.read import Read
from everstock.operations.documents.read import understood as understood_documents
from everstock.operations.sales.revenue import Accounts


class BillingFacts(NamedTuple):
    """Shipments with their orders; the category of each item on them, and the account for output tax of each tax code.

    ``rate``: of the currency of the first, in 10^-9 of the company's, on the day of the invoice, as far as one is known. ``ledger``: what
    ``ledger.post.ready`` takes of the company.
    """

    read: Read
    categories: Mapping[int, int | None]
    output_tax: Mapping[int, int | None]
    rate: int | None = None
    ledger: Mapping[str, Any] | None = None

    @property
    def accounts(self) -> Accounts:
        """What is needed to book an invoice."""
        return Accounts(self.categories, self.output_tax, self.read.company_currency)


_READ = Statement("SELECT billing_read($1, $2, $3, $4)", "int", "bigint[]", "date", "text")


def load(company_id: int, shipments: Sequence[int], day: dt.date, *, key: str | None = None) -> BillingFacts:
    """Lock ``shipments`` (ids) and their orders, and reserve an id for their invoice of ``day``; there must be a transaction."""
    (answer,) = _READ.run(company_id, integers(shipments), day, key)
    found = json.loads(answer or "")
    return BillingFacts(
        understood_documents(found["documents"]),
        dict(found["categories"] or ()),
        dict(found["output_tax"] or ()),
        found["rate"],
        found["ledger"],
    )
