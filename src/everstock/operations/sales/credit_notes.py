"""Credit notes to customers: for goods that came back, and for the price alone.

A credit note books revenue, tax and receivable back. For goods it credits what their return says, at most what their invoice still has; what is
kept back for restocking is a line of its own. For the price alone it credits a part of what a line of an invoice billed: no goods
move, and no cost changes.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from typing import NamedTuple

from django.db import transaction

from everstock.core.costing.state import share
from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE, format_quantity, round_half_up
from everstock.ledger.database import integers
from everstock.masterdata.models import Item
from everstock.operations.documents.amounts import minor_per_major, net_amount, totals
from everstock.operations.documents.audit import audited
from everstock.operations.documents.booking import CANCEL, ready_journal
from everstock.operations.documents.checks import check_reason, check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.models import TaxCode
from everstock.operations.documents.payment_facts import money
from everstock.operations.documents.payments import DISCOUNT, INVOICE, Given, PaymentLine, refuse_paid
from everstock.operations.documents.queries import reversed_journal
from everstock.operations.documents.read import lock, raw_cursor, read, reference_of
from everstock.operations.documents.records import Details, DocumentRef, Header, Line, LineUpdate, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.sides import SELLING
from everstock.operations.documents.states import Progress, State, Verb, next_state, progressed
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.credited import INVOICE_LINE, Billed, Credits, find
from everstock.operations.sales.kits import part_of
from everstock.operations.sales.payments import WRITTEN_OFF, register_payment
from everstock.operations.sales.return_lines import FEE, FEE_TAX, billed, to_credit
from everstock.operations.sales.revenue import Accounts, Sold, booked

FEE_OF = "fee_of"
"""Key in the details of what a credit note keeps back: the invoice's line of whose credit it is."""
KIND = DocumentKind.CUSTOMER_CREDIT_NOTE
_RETURN = DocumentKind.SALES_RETURN


class CreditLine(NamedTuple):
    """What is credited: goods of a line of a sales return, or the price of a line of an invoice (``source``: its id).

    ``quantity``: of a return, in 10^-6 base units, ``None``: all that is to be credited. Of the price ``amount`` (net, in minor units of the invoice's
    currency) or ``part`` of what was billed (a fraction in 10^-6).
    """

    source: int
    quantity: int | None = None
    amount: int | None = None
    part: int | None = None
    description: str = ""


class _Composed(NamedTuple):
    """A line of the credit note, how it is booked, and how much of a return's line it credits, in base units."""

    line: Line
    role: Role
    returned: int = 0


class _Paper(NamedTuple):
    """What stands on a credit note besides; see ``post_credit_note``."""

    day: dt.date
    recorded_at: int
    reference: str | None
    through: Details | None
    key: str | None


@answers_repeats
def post_credit_note(
    actor: Actor,
    *,
    lines: Sequence[CreditLine],
    day: dt.date,
    recorded_at: int,
    reference: str | None = None,
    settle: bool = False,
    through: Details | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Credit ``lines`` of one customer and return the credit note, posted.

    ``settle``: set it off at once against what is open of the invoices that it belongs to; what is left, or without, stays open, to be
    set off or paid out by a payment. ``through``: the channel it came through and its series of numbers, as details keep them. ``key``: the same key with the same content returns the first credit note.

    Refused: ``permission.missing``, ``document.no_lines``, ``credit.line_unknown``, ``credit.twice``, ``document.wrong_state``,
    ``credit.other_customer``, ``credit.not_expected`` (more goods than are to be credited), ``credit.not_invoiced``, ``credit.incomplete``,
    ``credit.amount``, ``credit.exceeds`` (more than the invoice's line still has), ``credit.too_early``, ``credit.never_paid``, ``account.missing``, ``text.invalid``,
    ``request.other_content``, what the ledger refuses.
    """
    require(actor, Permission.CUSTOMER_INVOICE_POST)
    if settle:
        require(actor, Permission.PAYMENT_REGISTER)
    asked = fingerprint(KIND.value, tuple(lines), day, reference, settle, through)
    with transaction.atomic() if settle else nullcontext():
        done, invoices = _post(actor, lines, _Paper(day, recorded_at, reference, through, key), asked)
        return _set_off(actor, done, invoices, day, recorded_at) if settle else done


def _post(actor: Actor, lines: Sequence[CreditLine], paper: _Paper, asked: int) -> tuple[DocumentRef, list[int]]:
    """Post the credit note; return it, and the invoices (ids) that it belongs to."""
    with atomic_verb():
        credits_ = find(actor.company_id, [one.source for one in lines], key=paper.key)
        answered(credits_.read.request, paper.key, asked)
        of = _of(lines, credits_)
        header = Header(
            *(credits_.read.ids[0], KIND.value, State.POSTED.value, paper.day, of.currency, paper.recorded_at),
            partner=of.partner,
            rate=of.rate,
            reference=None if paper.reference is None else check_text(paper.reference, "reference", 200),
            posted_at=paper.recorded_at,
            created_by=actor.user_id,
            details=paper.through,
        )
        composed = _composed(lines, credits_, header)
        header = header._replace(**totals(one.line for one in composed)._asdict())
        updates, line_updates = _progress(credits_.read.headers, credits_.read.lines, composed)
        invoices = sorted({credits_.lines[one].document for one in _invoice_lines(composed)})
        sources = {credits_.lines[one.source].document for one in lines}
        _refuse_never_paid(credits_, composed, invoices, of.currency)
        _check_day(paper.day, [credits_.read.headers[one] for one in sorted({*sources, *invoices})])
        numbers = write(
            actor.company_id,
            documents=[header],
            lines=[one.line for one in composed],
            updates=updates,
            line_updates=line_updates,
            links=[(one, header.id) for one in sorted({*sources, *invoices})],
            posting=(
                header.id,
                booked(
                    *(actor, header, [Sold(one.line, role=one.role) for one in composed]),
                    _accounts(credits_, [one.line for one in composed]),
                    back=True,
                ),
            ),
            audit=[
                audited(actor, header, "post", paper.recorded_at, after={"state": header.state, "gross": header.gross})
            ],
            request=None if paper.key is None else Request(paper.key, asked, header.id),
        )
        return DocumentRef(header.id, numbers[header.id], header.state), invoices


def cancel_credit_note(actor: Actor, *, credit_note: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel a credit note that was not set off or paid out: what it booked is booked back on ``day``.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``, what the ledger refuses.
    """
    require(actor, Permission.CUSTOMER_INVOICE_POST)
    check_reason(reason)
    with atomic_verb():
        found = lock(actor.company_id, [credit_note], predecessors=True)
        header, lines = found.one(credit_note, KIND)
        refuse_paid(actor.company_id, header, SELLING)
        state = next_state(KIND, header.state, Verb.CANCEL, header.number)
        of_returns = {line.id for some in found.lines.values() for line in some if line.document != credit_note}
        back = [_Composed(line, Role.SALES_RETURNS, -line.base_quantity) for line in lines if line.source in of_returns]
        updates, line_updates = _progress(found.headers, found.lines, back)
        journal = reversed_journal(actor.company_id, credit_note)
        after = {"state": state.value, "reason": reason, "day": day.isoformat()}
        write(
            actor.company_id,
            updates=[Update(credit_note, state=state.value), *updates],
            line_updates=line_updates,
            posting=ready_journal(actor, header, journal, day, recorded_at, CANCEL),
            audit=[audited(actor, header, Verb.CANCEL.value, recorded_at, before={"state": header.state}, after=after)],
        )
        return DocumentRef(credit_note, header.number, state.value)


def _set_off(actor: Actor, note: DocumentRef, invoices: Sequence[int], day: dt.date, recorded_at: int) -> DocumentRef:
    headers = read(actor.company_id, [note.id, *invoices]).headers
    left = headers[note.id].gross
    wanted = []
    for invoice in invoices:
        amount = min(left, headers[invoice].gross - headers[invoice].paid)
        if amount > 0:
            wanted.append(PaymentLine(invoice, amount))
            left -= amount
    if not wanted:
        return note
    used = PaymentLine(note.id, headers[note.id].gross - left)
    customer = headers[note.id].partner
    assert customer is not None
    given = Given(headers[note.id].currency, headers[note.id].rate)
    register_payment(*(actor,), customer=customer, lines=[*wanted, used], day=day, recorded_at=recorded_at, given=given)
    return reference_of(read(actor.company_id, [note.id]).headers[note.id])


_SETTLED = f"""
    SELECT coalesce(sum(l.net + l.tax) FILTER (WHERE d.kind = '{KIND}' AND coalesce(
               l.details ->> '{INVOICE_LINE}', l.details ->> '{FEE_OF}')::bigint = ANY ($2::bigint[])), 0)::bigint,
           coalesce(sum(CASE WHEN d.details ? '{WRITTEN_OFF}' THEN l.net ELSE (l.details ->> '{DISCOUNT}')::bigint END)
               FILTER (WHERE d.kind = '{SELLING.payment}' AND (l.details ->> '{INVOICE}')::bigint = $1), 0)::bigint,
           string_agg(DISTINCT d.number, ' and ') FILTER (WHERE (d.details ? '{WRITTEN_OFF}' OR l.details ? '{DISCOUNT}')
               AND d.kind = '{SELLING.payment}' AND (l.details ->> '{INVOICE}')::bigint = $1)
      FROM document d JOIN document_line l ON l.document_id = d.id
     WHERE d.id = ANY (ARRAY(SELECT successor_id FROM document_link WHERE predecessor_id = $1)) AND d.state <> 'cancelled'
"""
"""Of an invoice (1) with these lines (2): what was credited, gross; what was written off or kept back as cash discount, and by which payments."""


def _refuse_never_paid(
    credits_: Credits, composed: Sequence[_Composed], invoices: Iterable[int], currency: str
) -> None:
    """Refuse (``credit.never_paid``) to credit what of an invoice was written off or kept back as cash discount: nobody owes it, and nobody paid it."""
    for invoice in invoices:
        header, lines = credits_.read.one(invoice, SELLING.invoice)
        own = {line.id for line in lines}
        now = sum(
            one.line.net + one.line.tax
            for one in composed
            if own & {(one.line.details or {}).get(name) for name in (INVOICE_LINE, FEE_OF)}
        )
        with raw_cursor() as run:
            run.execute(_SETTLED, (invoice, integers(sorted(own))))
            [(before, never_paid, payments)] = run.fetchall()
        left = header.gross - before - never_paid
        if never_paid and now > left:
            raise Refusal(
                "credit.never_paid",
                f"Of {header.number}, {money(never_paid, currency)} was written off or kept back as cash discount, so that "
                f"{money(left, currency)} can be credited and not {money(now, currency)}.",
                f"Cancel {payments} first, and register what was really paid without a discount.",
            )


def _check_day(day: dt.date, documents: Iterable[Header]) -> None:
    """Refuse (``credit.too_early``) to credit what was billed, or came back, on a later day."""
    last = max(documents, key=lambda header: header.day)
    if day < last.day:
        raise Refusal(
            "credit.too_early", f"{last.number} is of {last.day}, and would be credited on {day}.", "Check the day."
        )


# ---------------------------------------------------------------------------------------------------------------------
# The lines


def _of(lines: Sequence[CreditLine], credits_: Credits) -> Header:
    """Whose and in which currency and at which rate everything is that is credited; refused if it is not one.

    What is credited leaves the books at the rate at which its invoice came in, so that nothing is gained or lost by that.
    """
    if not lines:
        raise Refusal("document.no_lines", "Nothing is credited.", "Name a line of a return or of an invoice.")
    goods = [one.source for one in lines if one.source in credits_.lines and one.source not in credits_.own]
    if len(set(goods)) < len(goods):
        raise Refusal(
            "credit.twice", "A line of a return is credited twice.", "Name it once, with all that is credited."
        )
    found: Header | None = None
    for number, one in enumerate(lines, 1):
        line = credits_.lines.get(one.source)
        header = None if line is None else _billed_at(line, credits_)
        if header is None or header.kind not in {_RETURN, SELLING.invoice}:
            raise Refusal(
                "credit.line_unknown",
                f"Line {number} credits a line that is not known, or not of a return or an invoice.",
                "Name a line of a sales return or of a customer invoice.",
            )
        next_state(DocumentKind(header.kind), header.state, Verb.CREDIT, header.number)
        found = header if found is None else found
        if (header.partner, header.currency, header.rate) != (found.partner, found.currency, found.rate):
            raise Refusal(
                "credit.other_customer",
                f"{header.number} is of another customer, or in another currency or at another rate, than {found.number}.",
                "Credit them one by one.",
            )
    assert found is not None
    return found


def _billed_at(line: Line, credits_: Credits) -> Header:
    """The document of a line; that of a return at the rate of the first invoice that billed what came back."""
    headers = credits_.read.headers
    header = headers[line.document]
    invoices = [] if line.source is None or header.kind != _RETURN else credits_.billed_of(line.source)
    return header._replace(rate=headers[invoices[0].line.document].rate) if invoices else header


def _composed(lines: Sequence[CreditLine], credits_: Credits, header: Header) -> list[_Composed]:
    found: list[_Composed] = []
    for number, one in enumerate(lines, 1):
        line = credits_.lines[one.source]
        if credits_.read.headers[line.document].kind == _RETURN:
            made = _goods(one, line, credits_, number)
        else:
            billed = f"line {line.line} of {credits_.read.headers[line.document].number}"
            made = [_price_alone(one, credits_.billed()[line.id], header, billed)]
        said = check_text(one.description, f"description of line {number}")
        for each in made:
            numbered = each.line._replace(document=header.id, line=len(found) + 1)
            found.append(each._replace(line=numbered._replace(description=said or numbered.description)))
        # several lines may credit the same line of an invoice
        credits_ = credits_.less(each.line for each in made)
    return found


def _price_alone(one: CreditLine, of: Billed, header: Header, where: str) -> _Composed:
    if (one.amount is None) == (one.part is None) or one.quantity is not None:
        raise Refusal(
            "credit.incomplete",
            f"The price of {where} is credited, and no amount and no percentage are named, or both, or a quantity.",
            "Name an amount or a percentage; goods are credited by their return.",
        )
    amount = round_half_up(of.line.net * (one.part or 0), SCALE) if one.amount is None else one.amount
    if amount <= 0:
        if not of.line.net:
            raise Refusal(
                "credit.amount",
                f"For {where} nothing was billed.",
                "Name a line with an amount; of a kit its own line.",
            )
        raise Refusal("credit.amount", f"Nothing of {where} would be credited.", "Enter an amount above zero.")
    if amount > of.net:
        raise Refusal(
            "credit.exceeds",
            f"{money(of.net, header.currency)} are left of {where}, and {money(amount, header.currency)} would be credited.",
            "Credit at most what is left.",
        )
    return _Composed(_part(of, 0, amount, of.line.id), Role.SALES_RETURNS)


def _goods(one: CreditLine, line: Line, credits_: Credits, number: int) -> list[_Composed]:
    """What is credited of a return's line, invoice by invoice, and what is kept back of it."""
    if one.amount is not None or one.part is not None:
        raise Refusal(
            "credit.incomplete",
            f"Line {number} credits goods, and names an amount or a percentage.",
            "Leave it out: what the return says is credited.",
        )
    left = to_credit(credits_.read.headers[line.document], line)
    quantity = left if one.quantity is None else one.quantity
    if not 0 < quantity <= left:
        raise Refusal(
            "credit.not_expected",
            f"Line {number} credits {format_quantity(quantity)}, and {format_quantity(left)} are to be credited.",
            "Credit at most what was billed and came back.",
        )
    fee, fee_tax = (int((line.details or {}).get(name, 0)) for name in (FEE, FEE_TAX))
    whole, of = billed(line), line.invoiced
    net, tax, kept, kept_tax = (
        share(amount, of + quantity, whole) - share(amount, of, whole)
        for amount in (line.net + fee, line.tax + fee_tax, fee, fee_tax)
    )
    found = _by_invoice(line, credits_, quantity, net, tax, number)
    # of a price that was credited before less is left than was agreed to be kept back
    kept = min(kept, sum(made.line.net for made in found))
    kept_tax = min(kept_tax, sum(made.line.tax for made in found))
    return found + _kept_back(found, line, kept, kept_tax)


def _kept_back(goods: Sequence[_Composed], of: Line, kept: int, kept_tax: int) -> list[_Composed]:
    """What is kept back for restocking of goods that came with a line of a return: for each line of an invoice that billed them its part."""
    whole, before = sum(one.line.net for one in goods), 0
    found = []
    for one in goods if kept else ():
        upto = before + one.line.net
        net, tax = (share(amount, upto, whole) - share(amount, before, whole) for amount in (kept, kept_tax))
        before = upto
        if net:
            line = Line(0, 0, SCALE, 0, description="Restocking fee", net=-net, tax=-tax, tax_code=of.tax_code)
            billed_by = (one.line.details or {}).get(INVOICE_LINE)
            details = {FEE: of.id, **({} if billed_by is None else {FEE_OF: billed_by})}
            found.append(_Composed(line._replace(details=details), Role.REVENUE))
    return found


def _by_invoice(line: Line, credits_: Credits, quantity: int, net: int, tax: int, number: int) -> list[_Composed]:
    """The goods by the lines of invoices that billed them: at most what each still has for so much.

    Of a kit's component it is just that: the invoice shared the kit's price, to the minor unit.
    """
    if line.source is None:
        credit = Line(
            *(0, 0, quantity, quantity),
            item=line.item,
            description=line.description,
            net=net,
            tax=tax,
            tax_code=line.tax_code,
            source=line.id,
        )
        header = credits_.read.headers[line.document]
        return [_Composed(_at_price_of(line, credit, header), Role.SALES_RETURNS, quantity)]
    found = []
    waiting = quantity
    for of in credits_.billed_of(line.source):
        part = min(waiting, of.quantity)
        if part <= 0:
            continue
        here = share(net, quantity - waiting + part, quantity) - share(net, quantity - waiting, quantity)
        amount = round_half_up(of.net * part, of.quantity)
        # the last of it takes all that is left: in whichever order returns are credited, together it is what was billed
        if part_of(of.line) is None and part < of.quantity:
            amount = min(here, amount)
        credit = _at_price_of(of.line, _part(of, part, amount, line.id), credits_.read.headers[of.line.document])
        found.append(_Composed(credit, Role.SALES_RETURNS, part))
        waiting -= part
    if waiting:
        raise Refusal(
            "credit.not_invoiced",
            f"{format_quantity(waiting)} of what line {number} credits are on no invoice that stands.",
            "Enter the invoice first; what came back before it was billed is not billed at all.",
        )
    return found


def _part(of: Billed, quantity: int, amount: int, source: int) -> Line:
    """A line that credits ``amount`` (net) of what an invoice's line still has, and its share of the tax."""
    return Line(
        *(0, 0, quantity, quantity),
        item=of.line.item,
        description=of.line.description,
        net=amount,
        tax=round_half_up(of.tax * amount, of.net) if of.net else 0,
        tax_code=of.line.tax_code,
        source=source,
        account=of.line.account,
        details={INVOICE_LINE: of.line.id},
    )


def _at_price_of(billed_line: Line, credit: Line, header: Header) -> Line:
    """The credit with the price per base unit at which it was billed, if that makes up its amount: not where less was left to credit."""
    price, discount = billed_line.unit_price, billed_line.discount
    in_base_units = billed_line.quantity == billed_line.base_quantity
    net = net_amount(credit.quantity, price, discount, minor_per_major(header.currency))
    return credit._replace(unit_price=price, discount=discount) if in_base_units and net == credit.net else credit


# ---------------------------------------------------------------------------------------------------------------------
# What is booked and what it changes


def _invoice_lines(composed: Iterable[_Composed]) -> list[int]:
    named = [(one.line.details or {}).get(INVOICE_LINE) for one in composed]
    return [one for one in named if one is not None]


def _accounts(credits_: Credits, lines: Iterable[Line]) -> Accounts:
    lines = list(lines)
    items = {line.item for line in lines if line.item is not None}
    codes = {line.tax_code for line in lines if line.tax and line.tax_code is not None}
    return Accounts(
        dict(Item.objects.filter(pk__in=items).values_list("pk", "category_id")),
        dict(TaxCode.objects.filter(pk__in=codes).values_list("pk", "output_account_id")),
        credits_.read.company_currency,
    )


def _progress(
    headers: "dict[int, Header]", lines: "dict[int, list[Line]]", composed: Iterable[_Composed]
) -> tuple[list[Update], list[LineUpdate]]:
    """What is credited counts on the lines of returns, and moves their states."""
    counted: dict[int, int] = {}
    for one in composed:
        if one.returned and one.line.source is not None:
            counted[one.line.source] = counted.get(one.line.source, 0) + one.returned
    updates = []
    for document, header in headers.items():
        if header.kind != _RETURN or not any(line.id in counted for line in lines[document]):
            continue
        now = [line._replace(invoiced=line.invoiced + counted.get(line.id, 0)) for line in lines[document]]
        progress = Progress.PART if any(line.invoiced for line in now) else Progress.NOTHING
        if all(to_credit(header, line) <= 0 for line in now):
            progress = Progress.ALL
        state = progressed(_RETURN, header.state, progress)
        if state != header.state:
            updates.append(Update(document, state=state.value))
    known = {line.id for document, some in lines.items() if headers[document].kind == _RETURN for line in some}
    return updates, [LineUpdate(line, invoiced=more) for line, more in sorted(counted.items()) if line in known]
