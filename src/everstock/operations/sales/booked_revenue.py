"""Revenue as it is booked: what invoices and credit notes put on the accounts for it, document by document."""

import datetime as dt
from typing import NamedTuple

from everstock.core.posting import Role
from everstock.ledger.database import integers, texts
from everstock.masterdata.models import Company, PostingRule
from everstock.operations.documents.kinds import SELLING, DocumentKind
from everstock.operations.documents.models import DocumentLine
from everstock.operations.documents.read import joining_whole_tables

_ROLES = (Role.REVENUE.value, Role.SALES_RETURNS.value)
_BILLS = (DocumentKind.CUSTOMER_INVOICE.value, DocumentKind.CUSTOMER_CREDIT_NOTE.value)


class Revenue(NamedTuple):
    """What a document added to revenue on an (effective) day, in minor units of the company's currency; taken back: below zero."""

    document: int
    day: dt.date
    amount: int


_BOOKED = """
    SELECT p.document_id, e.day, sum(CASE WHEN e.contra_id = ANY ($2::int[]) THEN e.amount ELSE 0 END
                                     - CASE WHEN e.account_id = ANY ($2::int[]) THEN e.amount ELSE 0 END)::bigint
      FROM entry e JOIN document_posting p ON p.position = e.posting_id JOIN document d ON d.id = p.document_id
     WHERE e.company_id = $1 AND e.movement_id IS NULL AND d.kind = ANY ($3::text[]) AND e.day BETWEEN $4 AND $5
       AND ($6::bigint IS NULL OR e.posting_id <= $6) AND (e.contra_id = ANY ($2::int[]) OR e.account_id = ANY ($2::int[]))
     GROUP BY 1, 2 ORDER BY 1, 2
"""


def revenue_accounts(company: Company) -> list[int]:
    """Return the accounts for revenue: those of the posting rules, and those that lines of invoices and credit notes name."""
    ruled = PostingRule.objects.filter(company=company, role__in=_ROLES).values_list("account_id", flat=True)
    bills = DocumentLine.objects.filter(document__company=company, document__kind__in=_BILLS, account__isnull=False)
    return sorted({*ruled, *bills.values_list("account_id", flat=True).distinct()})


def revenues(company: Company, *, from_: dt.date, to: dt.date, position: int | None) -> list[Revenue]:
    """Return what the documents of selling booked as revenue on days of a range, as known at a position of the ledger."""
    kinds = texts(sorted(kind.value for kind in SELLING))
    with joining_whole_tables() as run:
        run.execute(_BOOKED, (company.pk, integers(revenue_accounts(company)), kinds, from_, to, position))
        return [Revenue._make(row) for row in run.fetchall()]
