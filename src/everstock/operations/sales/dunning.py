"""Dunning: which invoices are overdue for how long, what customers were reminded of, and what is disputed and so not dunned."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from everstock.core.problems import Refusal
from everstock.ledger.database import integers
from everstock.masterdata.models import NAME_LENGTH, Company
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_reason, check_text
from everstock.operations.documents.payment_facts import money
from everstock.operations.documents.read import Read, lock, raw_cursor
from everstock.operations.documents.records import Header
from everstock.operations.documents.sides import SELLING
from everstock.operations.documents.states import VERBS, State, Verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.models import Dispute, DunningLevel, Reminder
from everstock.operations.sales.receivables import open_receivables

LONGEST = 3650
"""Days overdue."""


class Level(NamedTuple):
    """How a customer is reminded for the ``level``-th time, from ``days`` overdue on."""

    level: int
    days: int
    name: str


USUAL = (Level(1, 1, "Reminder"), Level(2, 15, "Second reminder"), Level(3, 30, "Last reminder"))
"""The levels of a company that has set none."""


class Overdue(NamedTuple):
    """An invoice that is overdue. ``open`` in minor units of ``currency``; ``level``: that it has reached; ``sent``: of the last reminder, 0: none.

    ``disputed``: why it is not dunned; empty: it may be.
    """

    document: int
    number: str
    partner: int
    due_on: dt.date
    overdue: int
    currency: str
    open: int
    level: int
    sent: int
    sent_on: dt.date | None
    disputed: str

    @property
    def to_remind(self) -> bool:
        """Whether a reminder of its level is to be sent."""
        return self.level > self.sent and not self.disputed


def levels(company_id: int) -> tuple[Level, ...]:
    """Return how customers of a company are reminded, the first level first."""
    rows = DunningLevel.objects.filter(company=company_id).order_by("level").values_list("level", "days", "name")
    return tuple(Level(*row) for row in rows) or USUAL


@transaction.atomic
def set_levels(actor: Actor, *, wanted: Sequence[tuple[int, str]], recorded_at: int) -> tuple[Level, ...]:
    """Say how customers are reminded: (days overdue, name) of each level, in order; none: the usual levels again.

    Refused: ``permission.missing``, ``dunning.levels`` (days that do not increase, or no name), ``text.invalid``.
    """
    require(actor, Permission.SETTINGS_CHANGE)
    days = [one for one, _ in wanted]
    if (
        days != sorted(set(days))
        or any(not 0 < one <= LONGEST for one in days)
        or not all(n.strip() for _, n in wanted)
    ):
        raise Refusal(
            "dunning.levels",
            "The days of the levels do not increase from 1 on, or a level has no name.",
            "Name them in order, such as 1, 15 and 30 days.",
        )
    before = levels(actor.company_id)
    DunningLevel.objects.filter(company=actor.company_id).delete()
    DunningLevel.objects.bulk_create(
        DunningLevel(
            company_id=actor.company_id, level=number, days=one, name=check_text(name, "name of a level", NAME_LENGTH)
        )
        for number, (one, name) in enumerate(wanted, 1)
    )
    after = levels(actor.company_id)
    said = event(
        actor,
        at=recorded_at,
        action="dunning.set_levels",
        subject_kind="company",
        subject="",
        subject_id=actor.company_id,
        before={"levels": before},
        after={"levels": after},
    )
    record([said])
    return after


def overdue(company: Company, *, as_of: dt.date, partner: int | None = None) -> list[Overdue]:
    """Return the invoices that were overdue at the end of ``as_of``, the longest first, with the reminders that were sent until then.

    Disputes are those of now.
    """
    steps = levels(company.pk)
    rows = [
        row
        for row in open_receivables(company, as_of=as_of, partner=partner)
        if row.kind == SELLING.invoice and row.overdue > 0
    ]
    ids = [row.document for row in rows]
    sent: dict[int, tuple[int, dt.date]] = {}
    reminders = Reminder.objects.filter(document__in=ids, day__lte=as_of).order_by("level")
    for document, level, day in reminders.values_list("document_id", "level", "day"):
        sent[document] = level, day
    disputed = _disputed(ids)
    return [
        Overdue(
            *(row.document, row.number, row.partner, row.due_on, row.overdue, row.currency, row.open),
            level=sum(row.overdue >= step.days for step in steps),
            sent=sent.get(row.document, (0, None))[0],
            sent_on=sent.get(row.document, (0, None))[1],
            disputed=disputed.get(row.document, ""),
        )
        for row in rows
    ]


_LINKED = "SELECT predecessor_id, successor_id FROM document_link WHERE successor_id = ANY ($1::bigint[])"
_ADVANCES = """
    SELECT coalesce(sum((d.details ->> 'advance')::bigint - d.paid), 0)::bigint
      FROM document d LEFT JOIN document o ON o.id = (d.details ->> 'order')::bigint
     WHERE d.company_id = $1 AND d.partner_id = $2 AND d.kind = 'customer_payment' AND d.state <> 'cancelled' AND d.net > 0
       AND d.currency_id = $3 AND d.day <= $4 AND d.details ? 'advance'
       -- what was paid for an order that is still to be billed waits for its invoices
       AND (o.id IS NULL OR o.state IN ('invoiced', 'closed', 'cancelled'))
"""


def credit_against(company: Company, invoices: Sequence[Overdue], *, as_of: dt.date) -> int:
    """Return what lessens what ``invoices``, of one customer and one currency, ask for, in minor units of that.

    It is what is open of credit notes, and what the customer paid above invoices or in advance, as far as it is free for any: not the credit of
    other invoices that are still open.
    """
    partner, currency = invoices[0].partner, invoices[0].currency
    items = [row for row in open_receivables(company, as_of=as_of, partner=partner) if row.currency == currency]
    notes = {row.document: -row.open for row in items if row.kind == SELLING.credit_note and row.open < 0}
    asked = {one.document for one in invoices}
    others = {row.document for row in items if row.kind == SELLING.invoice and row.open > 0} - asked
    with raw_cursor() as run:
        run.execute(_LINKED, (integers(sorted(notes)),))
        links = run.fetchall()
        run.execute(_ADVANCES, (company.pk, partner, currency, as_of))
        [(advances,)] = run.fetchall()
    of_asked = {note for invoice, note in links if invoice in asked}
    of_others = {note for invoice, note in links if invoice in others}
    return int(advances) + sum(amount for note, amount in notes.items() if note in of_asked or note not in of_others)


@transaction.atomic
def register_reminders(
    actor: Actor, *, invoices: Sequence[int], day: dt.date, recorded_at: int
) -> list[tuple[int, int]]:
    """Register that customers were reminded of ``invoices`` (ids) on ``day``; return (invoice, level) of each.

    The level is the highest that the invoice has reached.

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``document.wrong_state`` (paid, cancelled), ``dunning.disputed``,
    ``dunning.not_due`` (not overdue by so many days, or reminded of at this level before).
    """
    require(actor, Permission.DUNNING_REGISTER)
    if not invoices:
        raise Refusal("document.no_lines", "Nobody is reminded of anything.", "Name at least one invoice.")
    read = lock(actor.company_id, sorted(set(invoices)), lines=False)
    disputed = _disputed(invoices)
    steps = levels(actor.company_id)
    made = []
    for invoice in dict.fromkeys(invoices):
        header = _invoice(read, invoice)
        if invoice in disputed:
            raise Refusal(
                "dunning.disputed",
                f"{header.number} is disputed: {disputed[invoice].rstrip('.')}.",
                "Settle the dispute first.",
            )
        late = (day - (header.due_on or header.day)).days
        level = sum(late >= step.days for step in steps)
        if not level or Reminder.objects.filter(document=invoice, level__gte=level).exists():
            raise Refusal(
                "dunning.not_due",
                f"{header.number} is {max(late, 0)} days overdue on {day}, and was reminded of at that level or has reached none.",
                "Wait until it reaches the next level.",
            )
        made.append((header, level))
    Reminder.objects.bulk_create(
        Reminder(
            document_id=header.id,
            level=level,
            day=day,
            open=header.gross - header.paid,
            at=recorded_at,
            user=actor.user_id,
        )
        for header, level in made
    )
    record(
        [
            audited(
                *(actor, header, "remind", recorded_at),
                after={
                    "level": level,
                    "day": day.isoformat(),
                    "open": money(header.gross - header.paid, header.currency),
                },
            )
            for header, level in made
        ]
    )
    return [(header.id, level) for header, level in made]


@transaction.atomic
def open_dispute(actor: Actor, *, invoice: int, reason: str, recorded_at: int) -> None:
    """Note that the customer says an invoice (its id) is not right: nobody is reminded of it until the dispute is settled.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``, ``dispute.open``.
    """
    require(actor, Permission.DUNNING_REGISTER)
    header = _invoice(lock(actor.company_id, [invoice], lines=False), invoice)
    if _disputed([invoice]):
        raise Refusal("dispute.open", f"{header.number} is disputed already.", "Settle that dispute first.")
    Dispute.objects.create(document_id=invoice, reason=check_reason(reason), opened_at=recorded_at)
    record([audited(actor, header, "dispute", recorded_at, after={"reason": reason})])


@transaction.atomic
def settle_dispute(actor: Actor, *, invoice: int, outcome: str, recorded_at: int) -> None:
    """Note how a dispute ended; the customer is reminded of the invoice again, as far as it is overdue.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``dispute.none``.
    """
    require(actor, Permission.DUNNING_REGISTER)
    header, _ = lock(actor.company_id, [invoice]).one(invoice, SELLING.invoice)
    ended = Dispute.objects.filter(document=invoice, settled_at=None).update(
        outcome=check_reason(outcome), settled_at=recorded_at
    )
    if not ended:
        raise Refusal("dispute.none", f"{header.number} is not disputed.", "Check the number.")
    record([audited(actor, header, "settle_dispute", recorded_at, after={"outcome": outcome})])


def _invoice(read: Read, invoice: int) -> Header:
    """An invoice of which something is open."""
    header, _ = read.one(invoice, SELLING.invoice)
    state = State(header.state)
    if Verb.PAY not in VERBS[SELLING.invoice][state]:
        raise Refusal(
            "document.wrong_state",
            f"{header.number} is {state.words}, so nothing of it is asked for.",
            "Name an invoice of which something is open.",
        )
    return header


def _disputed(invoices: Sequence[int]) -> dict[int, str]:
    """The reasons of open disputes, by invoice."""
    return dict(Dispute.objects.filter(document__in=invoices, settled_at=None).values_list("document_id", "reason"))
