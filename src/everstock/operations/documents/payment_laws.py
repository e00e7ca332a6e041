"""Laws of open items and payments, for either side: documents and ledger say the same. Each is computed anew from the raw rows."""

from collections.abc import Iterator
from typing import Any

from everstock.core.posting import Role
from everstock.core.quantities import format_money
from everstock.ledger.books import Books
from everstock.ledger.laws import Violation
from everstock.ledger.queries import rows
from everstock.operations.documents.sides import Side

_WORST = 20

_BOOKED = """
    WITH accounts AS (SELECT account_id AS id FROM posting_rule WHERE company_id = %(company)s AND role = %(role)s),
    -- what each document put on these accounts, above zero where it is open
    booked AS (
        SELECT p.document_id AS id, %(owed)s * sum(CASE WHEN e.contra_id IN (SELECT id FROM accounts) THEN e.amount ELSE 0 END
                                                   - CASE WHEN e.account_id IN (SELECT id FROM accounts) THEN e.amount ELSE 0 END) AS amount
          FROM document_posting p JOIN entry e ON e.posting_id = p.position
         WHERE e.company_id = %(company)s AND e.movement_id IS NULL GROUP BY 1),
"""
_ITEMS = f"""{_BOOKED}
    said AS (
        SELECT d.id, CASE d.kind WHEN %(credit_note)s THEN -1 ELSE 1 END
                     * floor(d.gross::numeric * d.rate * 10::numeric ^ own.digits / (10::numeric ^ (9 + its.digits)) + 0.5) AS amount
          FROM document d JOIN company c ON c.id = d.company_id JOIN currency own ON own.code = c.currency_id
          JOIN currency its ON its.code = d.currency_id
         WHERE d.company_id = %(company)s AND d.kind IN (%(invoice)s, %(credit_note)s)
           AND d.posted_at IS NOT NULL AND d.state <> 'cancelled'
        UNION ALL
        SELECT d.id, -sum((l.details ->> 'carried')::bigint)
          FROM document d JOIN document_line l ON l.document_id = d.id
         WHERE d.company_id = %(company)s AND d.kind = %(payment)s AND d.state <> 'cancelled' GROUP BY d.id)
    SELECT d.number, coalesce(b.amount, 0), coalesce(s.amount, 0)
      FROM document d LEFT JOIN booked b ON b.id = d.id LEFT JOIN said s ON s.id = d.id
     WHERE d.company_id = %(company)s AND coalesce(b.amount, 0) <> coalesce(s.amount, 0)
     ORDER BY abs(coalesce(b.amount, 0) - coalesce(s.amount, 0)) DESC LIMIT %(worst)s
"""


def open_items_are_their_accounts(law: str, side: Side, books: Books) -> Iterator[Violation]:
    """Each invoice and credit note stands on its account at its gross amount, and each payment took off what it says."""
    for number, booked, said in _rows(_ITEMS, books, side, side.account):
        yield amounts(law, number, booked, said, books)


_PAID = """
    WITH paid AS (
        SELECT (l.details ->> 'invoice')::bigint AS id, sum(abs(l.net) + coalesce((l.details ->> 'discount')::bigint, 0)) AS amount
          FROM document d JOIN document_line l ON l.document_id = d.id
         WHERE d.company_id = %(company)s AND d.kind = %(payment)s AND d.state <> 'cancelled' GROUP BY 1
        UNION ALL
        SELECT (d.details ->> 'order')::bigint, sum((d.details ->> 'advance')::bigint)
          FROM document d
         WHERE d.company_id = %(company)s AND d.kind = %(payment)s AND d.state <> 'cancelled' AND d.details ? 'order' GROUP BY 1)
    SELECT d.number, d.paid, coalesce(p.amount, 0), d.gross, d.state
      FROM document d LEFT JOIN paid p ON p.id = d.id
     WHERE d.company_id = %(company)s
       AND (d.kind IN (%(invoice)s, %(credit_note)s) AND (
            d.paid <> coalesce(p.amount, 0) OR d.paid > d.gross OR d.state NOT IN ('cancelled', 'on_hold', CASE
            WHEN d.paid = 0 AND d.gross > 0 THEN 'posted' WHEN d.paid < d.gross THEN 'partly_paid' WHEN d.gross > 0 THEN 'paid' ELSE d.state END))
            OR d.kind = %(order)s AND d.paid <> coalesce(p.amount, 0))
     ORDER BY abs(d.paid - coalesce(p.amount, 0)) DESC LIMIT %(worst)s
"""


def paid_is_what_payments_say(law: str, side: Side, books: Books) -> Iterator[Violation]:
    """What is paid of an invoice (in advance: of an order) is what payments paid of it, not more than its amount, and its state says so."""
    for number, stored, paid, gross, state in _rows(_PAID, books, side, side.account):
        finding = f"{state}, paid {stored} of {gross} minor units, by payments {paid}"
        yield Violation(law, number, finding, int(max(abs(stored - paid), 1)))


_ADVANCES = f"""{_BOOKED}
    application AS (
        SELECT (details ->> 'prepayment')::bigint AS id, sum(abs(net)) AS applied, sum((details ->> 'taken')::bigint) AS taken
          FROM document
         WHERE company_id = %(company)s AND kind = %(payment)s AND state <> 'cancelled' AND details ? 'prepayment' GROUP BY 1),
    prepayment AS (
        SELECT d.id, d.number, d.state, d.paid, l.net, (l.details ->> 'prepaid')::bigint AS worth,
               coalesce(a.applied, 0) AS applied, coalesce(a.taken, 0) AS taken
          FROM document d JOIN document_line l ON l.document_id = d.id LEFT JOIN application a ON a.id = d.id
         WHERE d.company_id = %(company)s AND d.kind = %(payment)s AND l.details ? 'prepaid'),
    -- what each stands at, with all that was applied of it or paid back
    standing AS (
        SELECT coalesce((d.details ->> 'prepayment')::bigint, d.id) AS id, -sum(b.amount) AS amount
          FROM booked b JOIN document d ON d.id = b.id WHERE d.kind = %(payment)s GROUP BY 1),
    compared AS (
        SELECT p.*, coalesce(s.amount, 0) AS booked,
               -- of what is applied wholly nothing is left, however it was rounded
               CASE WHEN p.state = 'cancelled' OR p.applied = p.net THEN 0 ELSE p.worth - p.taken END AS left_over
          FROM prepayment p LEFT JOIN standing s ON s.id = p.id)
    SELECT number, booked, left_over, paid, applied FROM compared
     WHERE paid <> applied OR applied > net OR booked <> left_over LIMIT %(worst)s
"""


def advances_are_prepayments(law: str, side: Side, books: Books) -> Iterator[Violation]:
    """What is left of each prepayment stands on the account of advances, and what was applied of it is what payments say."""
    for number, booked, said, stored, applied in _rows(_ADVANCES, books, side, side.advances):
        if booked != said:
            yield amounts(law, number, booked, said, books)
        else:
            finding = f"applied {stored} minor units, by payments {applied}"
            yield Violation(law, number, finding, int(max(abs(stored - applied), 1)))


def _rows(sql: str, books: Books, side: Side, role: Role) -> list[tuple[Any, ...]]:
    kinds = {"invoice": side.invoice, "credit_note": side.credit_note, "payment": side.payment, "order": side.order}
    named = {name: None if kind is None else kind.value for name, kind in kinds.items()}
    asked: dict[str, object] = {
        "company": books.company_id,
        "worst": _WORST,
        "role": role.value,
        "owed": side.owed,
        **named,
    }
    return rows(sql, asked)


def amounts(law: str, number: str, booked: int, said: int, books: Books) -> Violation:
    """Return the finding that a document booked something else than its lines say, in minor units of the company's currency."""
    finding = f"booked {format_money(int(booked), books.digits)}, by its lines {format_money(int(said), books.digits)}"
    return Violation(law, number, finding, int(abs(booked - said)))
