"""Goods received not invoiced: what stands on the account, explained line by line, and clearing what will never be invoiced."""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.ledger.database import integers
from everstock.ledger.inquiries import receipt_accounts
from everstock.ledger.queries import Basis, position_at, reading
from everstock.masterdata.models import Company, PostingRule
from everstock.operations.documents.checks import check_reason
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import joining_whole_tables
from everstock.operations.documents.records import Details, DocumentRef, Line, LineUpdate, Request
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require, require_limit
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.ahead import KIND, clearing_line, left_ahead, new_clearing
from everstock.operations.purchasing.cancellations import AHEAD_LINE, cancel
from everstock.operations.purchasing.settlement import AHEAD, GRNI, Settlement, write_posted
from everstock.operations.purchasing.settlement_facts import Facts, lock


class GrniKind(StrEnum):
    """What a row is about."""

    RECEIVED = "received"
    RETURNED = "returned"
    INVOICED_AHEAD = "invoiced_ahead"
    OTHER = "other"


class GrniRow(NamedTuple):
    """What stands on the account for one line, in minor units of the company's currency.

    ``line`` (an id) of ``document``; of goods that came without a document only the ledger's ``reference`` is known. ``received`` less
    ``returned``, ``invoiced`` (less what was credited) and ``cleared`` is ``open``: what is owed, or below zero what was billed and did not
    come, or is not credited yet. What cost changes and landed costs did to goods that went back is part of ``received``. ``age``: days since ``day``.
    """

    kind: GrniKind
    line: int | None
    document: int | None
    number: str
    reference: str
    partner: int | None
    item: int | None
    day: dt.date
    age: int
    received: int
    returned: int
    invoiced: int
    cleared: int

    @property
    def open(self) -> int:
        """What is left."""
        return self.received - self.returned - self.invoiced - self.cleared


def grni_accounts(company: Company) -> list[int]:
    """Return the accounts of goods received not invoiced: those of the posting rules, and those that receipts were booked on."""
    ruled = PostingRule.objects.filter(company=company, role=Role.GRNI.value).values_list("account_id", flat=True)
    return sorted({*ruled, *receipt_accounts(company.pk)})


def received_not_invoiced(
    company: Company,
    *,
    as_of: dt.date,
    known_at: int | None = None,
    basis: Basis = "effective",
    include_settled: bool = False,
) -> list[GrniRow]:
    """Return what stood on the accounts of goods received not invoiced at the end of ``as_of``, as known at ``known_at``, oldest first.

    ``basis``: by the days to which entries belong, or by those of the books. ``open`` of all rows adds up to the balance of the accounts
    (credits less debits) on that basis. ``include_settled``: also lines of which nothing is left.
    """
    with reading():
        position = position_at(company.pk, known_at)
        asked = (company.pk, as_of, basis == "posted", position)
        rows = _Rows(as_of)
        with joining_whole_tables() as run:
            run.execute(_BOOKED, (company.pk, integers(grni_accounts(company)), *asked[1:]))
            for row in run.fetchall():
                rows.booked(*row)
            run.execute(_SETTLED, (*asked, known_at))
            for row in run.fetchall():
                rows.settled(*row)
    found = sorted(rows.by_key.values(), key=lambda row: (row.day, row.number, row.reference, row.line or 0))
    return [row for row in found if include_settled or row.open]


_BOOKED = """
    SELECT b.root, b.posting, b.day, b.received, b.returned, coalesce(m.reference, g.reference, ''), m.kind, m.partner_id, m.item_id,
           l.id, d.id, d.number, d.kind, d.day
      FROM grni_booked($1, $2::int[], $3, $4, $5) b
      LEFT JOIN movement m ON m.id = b.root LEFT JOIN posting g ON g.id = b.posting
      LEFT JOIN LATERAL (
           SELECT CASE WHEN m.reference ~ '^(GR|SR)/[0-9]{1,18}/[0-9]{1,9}$' THEN string_to_array(m.reference, '/') END AS parts) r ON true
      LEFT JOIN document_line l ON l.document_id = r.parts[2]::bigint AND l.line = r.parts[3]::int
      LEFT JOIN document d ON d.id = l.document_id AND d.company_id = $1
"""
_SETTLED = """
    SELECT s.key, s.kind, s.day, s.amount, s.difference, s.matched, l.ledger_reference, d.partner_id, l.item_id, d.id, d.number, d.kind
      FROM grni_settled($1, $2, $3, $4, $5) s JOIN document_line l ON l.id = s.key JOIN document d ON d.id = l.document_id
"""


class _Rows:
    """Rows by what they are about: the id of a line, or the movement or posting of what no document knows."""

    def __init__(self, as_of: dt.date) -> None:
        self.as_of = as_of
        self.by_key: dict[tuple[str, int], GrniRow] = {}

    def booked(
        self, root: int | None, posting: int | None, day: dt.date, received: int, returned: int, *about: Any
    ) -> None:
        """Add what movements booked."""
        reference, _, partner, item, line, document, number, kind, of_day = about
        if document is None:
            key, what = ("posting", posting or 0) if root is None else ("movement", root), GrniKind.OTHER
        else:
            key = "line", line
            what = GrniKind.RETURNED if kind == DocumentKind.SUPPLIER_RETURN else GrniKind.RECEIVED
        day = of_day or day
        self.by_key[key] = GrniRow(
            *(what, line, document, number or "", reference, partner, item, day, (self.as_of - day).days),
            *(received, -returned, 0, 0),
        )

    def settled(
        self,
        line: int,
        by: str,
        day: dt.date,
        amount: int,
        difference: int,
        matched: bool,
        *about: Any,
    ) -> None:
        """Add what a document settled."""
        row = self.by_key.get(("line", line))
        if row is None:
            reference, partner, item, document, number, kind = about
            what = {
                DocumentKind.GOODS_RECEIPT: GrniKind.RECEIVED,
                DocumentKind.SUPPLIER_RETURN: GrniKind.RETURNED,
                DocumentKind.SUPPLIER_INVOICE: GrniKind.INVOICED_AHEAD,
            }[DocumentKind(kind)]
            row = GrniRow(
                *(
                    what,
                    line,
                    document,
                    number,
                    reference or "",
                    partner,
                    item,
                    day,
                    (self.as_of - day).days,
                    0,
                    0,
                    0,
                    0,
                )
            )
        if matched or by in {DocumentKind.SUPPLIER_INVOICE, DocumentKind.SUPPLIER_CREDIT_NOTE}:
            row = row._replace(invoiced=row.invoiced + amount - difference, cleared=row.cleared + difference)
        else:
            row = row._replace(cleared=row.cleared + amount)
        self.by_key["line", line] = row


# ---------------------------------------------------------------------------------------------------------------------
# Clearing


@answers_repeats
def clear_grni(
    actor: Actor,
    *,
    lines: Sequence[int],
    account: int,
    reason: str,
    day: dt.date,
    recorded_at: int,
    key: str | None = None,
) -> DocumentRef:
    """Clear what will never be invoiced, or never come: what is left of ``lines`` (ids, as in ``GrniRow.line``) goes to ``account``.

    The lines count as invoiced. The limit is compared with what is cleared, whichever way it goes.

    Refused: ``permission.missing``, ``approval.over_limit``, ``reason.missing``, ``document.no_lines``, ``account.unknown``,
    ``grni.line_unknown``, ``grni.nothing_open``, ``grni.other_supplier``, ``request.other_content``, what the ledger refuses.
    """
    require(actor, Permission.GRNI_CLEAR)
    check_reason(reason)
    asked = fingerprint("grni_clearing", tuple(lines), account, reason, day)
    with atomic_verb():
        facts = lock(actor.company_id, day, lines=lines, accounts=[account], key=key)
        answered(facts.read.request, key, asked)
        if not lines:
            raise Refusal("document.no_lines", "Nothing is cleared.", "Name at least one line.")
        if not facts.accounts.get(account, ("", False))[1]:
            raise Refusal("account.unknown", "The account is unknown or inactive.", "Name another account.")
        partner = _partner(facts, lines)
        header = new_clearing(actor, facts, partner, day, recorded_at)._replace(details={"reason": reason})
        settlement = Settlement(actor, facts, header, day)
        updates: list[LineUpdate] = []
        cleared = [
            _clear(settlement, facts.lines[line], number, account, updates) for number, line in enumerate(lines, 1)
        ]
        amount = sum(abs((line.details or {})[GRNI]) for line in cleared)
        require_limit(actor, Permission.GRNI_CLEAR, amount)
        links = [(facts.lines[line].document, header.id) for line in lines]
        request = None if key is None else Request(key, asked, header.id)
        return write_posted(settlement, cleared, recorded_at, request, line_updates=updates, links=links)


def cancel_clearing(actor: Actor, *, clearing: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel a clearing, or a match of what was billed ahead: its lines are open again. Refused: as ``invoices.cancel_invoice``."""
    require(actor, Permission.GRNI_CLEAR)
    return cancel(actor, KIND, clearing, day=day, reason=reason, recorded_at=recorded_at)


def _partner(facts: Facts, lines: Sequence[int]) -> int | None:
    found = [facts.lines.get(line) for line in lines]
    if len(set(lines)) < len(lines) or any(line is None or not _stood(facts, line) for line in found):
        raise Refusal(
            "grni.line_unknown",
            "A line is not known, named twice, or nothing ever stood on the account for it.",
            "Name lines of the list of goods received not invoiced.",
        )
    partners = {facts.header(line).partner for line in found if line is not None}
    if len(partners) > 1:
        raise Refusal("grni.other_supplier", "The lines are of several suppliers.", "Clear those of each by itself.")
    return partners.pop()


def _stood(facts: Facts, line: Line) -> bool:
    """Whether a line ever stood on the account by itself; goods that went back to where they came from belong to their receipt's line."""
    linked = line.source is not None and facts.header(line).kind == DocumentKind.SUPPLIER_RETURN
    return (line.id in facts.booked and not linked) or bool((line.details or {}).get(AHEAD))


def _clear(settlement: Settlement, line: Line, number: int, account: int, updates: list[LineUpdate]) -> Line:
    if line.id in settlement.facts.booked:
        stands = settlement.facts.booked[line.id].account
        quantity, amount, details = _goods(settlement, line)
    else:
        assert line.account is not None
        stands = line.account
        quantity = line.base_quantity - line.received
        amount = -left_ahead(line, 0)
        details = {GRNI: amount, AHEAD_LINE: line.id}
        updates.append(LineUpdate(line.id, received=quantity))
    if not quantity and not amount:
        raise Refusal("grni.nothing_open", f"Nothing is left of line {number} to clear.", "Leave it out.")
    settlement.journal[stands, account] += amount
    return clearing_line(settlement.header, number, line, abs(quantity), details)


def _goods(settlement: Settlement, line: Line) -> tuple[int, int, Details]:
    """Quantity, amount and details of what is left of goods that came or went back."""
    amount = settlement.open_amount(line)
    if settlement.facts.header(line).kind == DocumentKind.SUPPLIER_RETURN:
        quantity = line.base_quantity - line.invoiced
        return quantity, amount, settlement.settle_only(line, count=quantity, grni=amount)
    standing = settlement.standing(line)
    quantity = standing.open
    value = standing.expected(quantity) if quantity > 0 else -standing.credited(-quantity) if quantity else 0
    return quantity, amount, settlement.settle(line, count=quantity, value=value, expected=value, grni=amount)
