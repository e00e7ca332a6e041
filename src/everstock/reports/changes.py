"""What the books say differently now about a day, and why: entries between two moments of knowledge."""

import datetime as dt
from dataclasses import dataclass

from everstock.core.problems import Refusal
from everstock.ledger.codes import KINDS
from everstock.ledger.inquiries import changes
from everstock.masterdata.models import Company
from everstock.reports.questions import asking


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What one fact, learned between the two moments, changed: in stock of an item, on a day, in two accounts.

    ``value`` is debited to ``account`` and credited to ``contra``. ``kind`` and ``reference`` are those of the fact.
    """

    effective_at: dt.date
    item: str
    account: str
    contra: str
    quantity: int
    value: int
    kind: str
    reference: str
    actor: str
    recorded_at: int


def what_changed(
    *,
    company: Company,
    since: int,
    known_at: int | None = None,
    as_of: dt.date | None = None,
    item: str | None = None,
) -> list[ChangeRow]:
    """Differences up to the end of ``as_of`` between what was known at ``since`` and at ``known_at`` (or is known now), as learned."""
    if known_at is not None and known_at < since:
        raise Refusal("range.empty", "The later moment of knowledge lies before the earlier one.", "Exchange the two.")
    with asking(company, as_of=as_of, known_at=known_at) as ask:
        before = ask.position_at(since)
        only = None if item is None else ask.names.item(item)
        found = changes(ask.company_id, after=before, until=ask.position, as_of=as_of, item=only)
        items, accounts = ask.names.items, ask.names.accounts
        return [
            ChangeRow(
                effective_at=row.day,
                item="" if row.item is None else items[row.item],
                account=accounts[row.account].code,
                contra=accounts[row.contra].code,
                quantity=row.quantity,
                value=row.amount,
                kind="" if row.kind is None else KINDS[row.kind].value,
                reference=row.reference or "",
                actor=row.actor or "",
                recorded_at=row.recorded_at,
            )
            for row in found
        ]
