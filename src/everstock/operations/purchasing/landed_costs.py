"""Landed costs: freight, duty, insurance and handling on receipts, estimated when the goods come and corrected by the invoice.

A landed cost is a document of charges and of their shares in the lines of receipts. A share is added to the cost of its line, as if it had
always been part of it: for what is left and for what went. It is booked against an accrual account, which the invoice of the charge
clears; the difference is shared in the same proportions, so that in the end the shares are those of the amount billed.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE
from everstock.ledger.books import books_of
from everstock.operations.documents.allocation import Sharing, shared, weights_by
from everstock.operations.documents.amounts import totals
from everstock.operations.documents.cash_discounts import promised
from everstock.operations.documents.checks import check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import DocumentRef, Header, Line, LineUpdate, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.cancellations import CHARGE, cancel
from everstock.operations.purchasing.invoice_lines import book_tax, cost_of, find_tax, taxed
from everstock.operations.purchasing.invoices import new_header
from everstock.operations.purchasing.settlement import Settlement, write_posted
from everstock.operations.purchasing.settlement_facts import Facts, lock, required_rate, required_supplier

KIND = DocumentKind.LANDED_COST
OF = "of"
"""Key in the details of a share: the number of the charge's line."""
SHARE = "share"
"""The same: what is added to the receipt's line, in minor units of the company's currency."""
WEIGHT = "weight"
"""The same: in which proportion."""
ESTIMATE = "estimate"
"""Key in the details of a charge: its amount in minor units of the company's currency."""


class ChargeKind(StrEnum):
    """What is paid for."""

    FREIGHT = "freight"
    DUTY = "duty"
    INSURANCE = "insurance"
    HANDLING = "handling"
    OTHER = "other"


class Charge(NamedTuple):
    """``amount`` in minor units of the landed cost's currency, shared by ``by``; ``shares``: by hand, one for each line, in the same unit.

    ``account``: what it is booked against, ``None`` for the accrual account of landed costs.
    """

    kind: ChargeKind
    amount: int
    by: Sharing = Sharing.VALUE
    shares: tuple[int, ...] = ()
    account: int | None = None
    description: str = ""


class ChargeBill(NamedTuple):
    """What is billed of charge number ``line`` of a landed cost: the net ``amount``, in minor units of the invoice's currency.

    ``final``: nothing more of it will be billed, so that the estimate is corrected.
    """

    line: int
    amount: int
    tax_code: int | None = None
    tax: int | None = None
    final: bool = True


@answers_repeats
def post_landed_cost(
    actor: Actor,
    *,
    charges: Sequence[Charge],
    lines: Sequence[int],
    day: dt.date,
    recorded_at: int,
    supplier: int | None = None,
    currency: str | None = None,
    rate: int | None = None,
    estimated: bool = True,
    key: str | None = None,
) -> DocumentRef:
    """Add ``charges`` of ``day`` to the cost of ``lines`` (ids of lines of receipts), in shares.

    ``currency``: ``None`` for the supplier's (a partner's id, who may be unknown yet) or the company's; ``rate`` (10^-9): ``None`` for that of the
    day. ``estimated``: invoices will come (``invoice_landed_cost``); if not, the charges are what they are.

    Refused: ``permission.missing``, ``document.no_lines``, ``supplier.…``, ``currency.unknown``, ``rate.…``, ``account.…``, ``landed.line_unknown``,
    ``journal.stock_account``,
    ``landed.amount`` (not above zero), ``landed.no_basis`` (nothing to share by), ``landed.shares`` (by hand, not one for each line or another sum),
    ``document.wrong_state``, ``request.other_content``, what the ledger refuses.
    """
    require(actor, Permission.LANDED_COST_POST)
    asked = fingerprint("landed_cost", tuple(charges), tuple(lines), day, supplier, currency, rate, estimated)
    with atomic_verb():
        facts = lock(
            *(actor.company_id, day),
            lines=lines,
            supplier=supplier,
            currency=currency,
            accounts=[charge.account for charge in charges if charge.account is not None],
            key=key,
        )
        answered(facts.read.request, key, asked)
        if supplier is not None:
            required_supplier(facts)
        state = State.ESTIMATED if estimated else State.POSTED
        header = Header(
            *(facts.read.ids[0], KIND.value, state.value, day, facts.currency, recorded_at),
            partner=supplier,
            rate=required_rate(facts, rate, day),
            created_by=actor.user_id,
        )
        receipts = _receipts(facts, lines)
        settlement = Settlement(actor, facts, header, day)
        charged = _charges(actor.company_id, charges, facts, header)
        sums = totals(charged)
        settlement.header = header._replace(net=sums.net, gross=sums.gross)
        written = _share_all(settlement, charges, charged, receipts)
        request = None if key is None else Request(key, asked, header.id)
        links = sorted({(line.document, header.id) for line in receipts})
        return write_posted(settlement, [*charged, *written], recorded_at, request, links=links)


def cancel_landed_cost(actor: Actor, *, landed_cost: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """Take charges out of the cost of their receipts again. Refused: as ``invoices.cancel_invoice``; ``landed.invoiced``."""
    require(actor, Permission.LANDED_COST_POST)
    return cancel(actor, KIND, landed_cost, day=day, reason=reason, recorded_at=recorded_at)


def _receipts(facts: Facts, lines: Sequence[int]) -> list[Line]:
    found = [facts.lines.get(line) for line in lines]
    receipts = [
        line
        for line in found
        if line is not None and line.id in facts.booked and facts.header(line).kind == DocumentKind.GOODS_RECEIPT
    ]
    if not lines or len(receipts) < len(lines) or len(set(lines)) < len(lines):
        raise Refusal(
            "landed.line_unknown",
            "The charge is put on no line, or on one that is unknown, named twice, or of no receipt.",
            "Name lines of receipts whose goods were accepted, each once.",
        )
    for line in receipts:
        header = facts.header(line)
        # a cost changes as by an invoice: of any receipt that stands
        next_state(DocumentKind.GOODS_RECEIPT, header.state, Verb.INVOICE, header.number)
    return receipts


def _charges(company_id: int, charges: Sequence[Charge], facts: Facts, header: Header) -> list[Line]:
    if not charges:
        raise Refusal("document.no_lines", "There is no charge.", "Add at least one.")
    found = []
    for number, one in enumerate(charges, 1):
        if not 0 < one.amount < LIMIT:
            raise Refusal("landed.amount", f"The amount of charge {number} cannot be that.", "Enter one above zero.")
        if one.account is not None and not facts.accounts.get(one.account, ("", False))[1]:
            raise Refusal(
                "account.unknown", f"Charge {number} names an unknown or inactive account.", "Name another account."
            )
        account = facts.account(Role.LANDED_COST) if one.account is None else one.account
        code = books_of(company_id).carries_stock(account)
        if code:
            raise Refusal(
                "journal.stock_account",
                f"Account {code} carries the value of stock, which only movements change.",
                "Name the account on which the invoice is expected.",
            )
        found.append(
            Line(
                *(header.id, number, SCALE, SCALE),
                description=check_text(one.description, f"description of charge {number}") or one.kind.value,
                net=one.amount,
                account=account,
                details={"kind": one.kind.value, "by": one.by.value, ESTIMATE: facts.own(one.amount, header)},
            )
        )
    return found


def _share_all(
    settlement: Settlement, charges: Sequence[Charge], charged: Sequence[Line], receipts: Sequence[Line]
) -> list[Line]:
    number = len(charged)
    written: list[Line] = []
    for one, charge in zip(charges, charged, strict=True):
        weights = _weights(one, charge.line, settlement, receipts)
        amount = (charge.details or {})[ESTIMATE]
        for receipt, weight, share in zip(receipts, weights, shared(amount, weights), strict=True):
            number += 1
            written.append(_share(settlement, number, charge, receipt, weight, share))
    return written


def _share(settlement: Settlement, number: int, charge: Line, receipt: Line, weight: int, share: int) -> Line:
    """The line of a share, and what it does to the receipt's line."""
    reference = None
    if share:
        reference = f"{settlement.reference}/{number}"
        assert charge.account is not None
        settlement.charge(receipt, reference, share, charge.account)
    return Line(
        *(settlement.header.id, number, 0, 0),
        item=receipt.item,
        description=charge.description,
        source=receipt.id,
        ledger_reference=reference,
        details={OF: charge.line, SHARE: share, WEIGHT: weight},
    )


def _weights(one: Charge, number: int, settlement: Settlement, receipts: Sequence[Line]) -> list[int]:
    if one.by is Sharing.HAND:
        if len(one.shares) != len(receipts) or sum(one.shares) != one.amount or min(one.shares) < 0:
            raise Refusal(
                "landed.shares",
                f"The shares of charge {number} are not one for each line, or do not add up to it.",
                "Enter a share of zero or more for every line.",
            )
        return list(one.shares)
    return weights_by(one.by, receipts, lambda line: settlement.standing(line).worth, f"Charge {number}")


# ---------------------------------------------------------------------------------------------------------------------
# The invoice


@answers_repeats
def invoice_landed_cost(
    actor: Actor,
    *,
    landed_cost: int,
    supplier: int,
    reference: str,
    day: dt.date,
    charges: Sequence[ChargeBill],
    recorded_at: int,
    currency: str | None = None,
    rate: int | None = None,
    due_on: dt.date | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Post the invoice ``reference`` for charges of a landed cost (its id) that were estimated, and correct what was estimated otherwise.

    The landed cost is posted when all of its charges are billed. ``supplier``: the id of who bills. Otherwise as ``invoices.post_invoice``.

    Refused: as there; ``document.wrong_state``, ``landed.charge_unknown``, ``landed.billed`` (finally, before), ``landed.amount`` (below zero).
    """
    require(actor, Permission.SUPPLIER_INVOICE_POST)
    asked = fingerprint(
        *("landed_cost_invoice", landed_cost, supplier, reference, day, tuple(charges), currency, rate, due_on)
    )
    with atomic_verb():
        facts = lock(
            *(actor.company_id, day),
            documents=[landed_cost],
            supplier=supplier,
            currency=currency,
            tax_codes=[one.tax_code for one in charges if one.tax_code is not None],
            key=key,
        )
        answered(facts.read.request, key, asked)
        landed, of = facts.read.one(landed_cost, KIND)
        next_state(KIND, landed.state, Verb.INVOICE, landed.number)
        header = new_header(actor, DocumentKind.SUPPLIER_INVOICE, facts, supplier, reference, day, rate, recorded_at)
        settlement = Settlement(actor, facts, header, day)
        billed = _bills(settlement, landed, of, charges)
        sums = totals(billed)
        agreed = required_supplier(facts)
        due_on = due_on or day + dt.timedelta(days=agreed.payment_days)
        kept = promised(agreed._asdict()) or None
        settlement.header = header._replace(**sums._asdict(), due_on=due_on, details=kept)
        corrections = _corrections(settlement, of, billed)
        final = {line.source for line in billed if line.received}
        done = all(line.received or line.id in final for line in of if ESTIMATE in (line.details or {}))
        return write_posted(
            *(settlement, [*billed, *corrections], recorded_at),
            None if key is None else Request(key, asked, header.id),
            updates=[Update(landed_cost, state=State.POSTED.value)] if done else [],
            line_updates=[
                LineUpdate(line.source or 0, invoiced=(line.details or {})[CHARGE], received=line.received)
                for line in billed
            ],
            links=[(landed_cost, header.id)],
        )


def _bills(settlement: Settlement, landed: Header, of: Sequence[Line], charges: Sequence[ChargeBill]) -> list[Line]:
    """The lines that bill charges; ``received`` says that it is the last bill. Puts their journal together."""
    facts, header = settlement.facts, settlement.header
    known = {line.line: line for line in of if ESTIMATE in (line.details or {})}
    payable = facts.account(Role.PAYABLE)
    if not charges:
        raise Refusal("document.no_lines", "No charge is billed.", "Name at least one.")
    found: list[Line] = []
    total = 0
    for number, one in enumerate(charges, 1):
        where = f"line {number}"
        charge = known.get(one.line)
        if charge is None or any(line.source == charge.id for line in found):
            raise Refusal(
                "landed.charge_unknown",
                f"Line {number} bills no charge of {landed.number}, or one twice.",
                "Name each charge once at most.",
            )
        if charge.received:
            raise Refusal(
                "landed.billed", f"Charge {one.line} of {landed.number} is billed already.", "Check the other invoices."
            )
        if one.amount < 0:
            raise Refusal("landed.amount", f"The amount of {where} is negative.", "Enter a credit note instead.")
        line = Line(
            *(header.id, number, SCALE, SCALE),
            description=charge.description,
            source=charge.id,
            account=charge.account,
            received=SCALE if one.final else 0,
        )
        line = taxed(line, one.amount, one.tax, find_tax(one.tax_code, facts, where), where)
        cost = facts.own(cost_of(line, facts), header)
        total += cost + book_tax(settlement, line, payable)
        assert charge.account is not None
        settlement.journal[charge.account, payable] += cost
        found.append(line._replace(details={CHARGE: cost}))
    rounding = facts.own(sum(line.net + line.tax for line in found), header) - total
    if rounding:
        settlement.journal[facts.account(Role.ROUNDING), payable] += rounding
    return found


def _corrections(settlement: Settlement, of: Sequence[Line], billed: Sequence[Line]) -> list[Line]:
    """What the shares are more or less than estimated, for the charges that are billed finally."""
    facts = settlement.facts
    found: list[Line] = []
    for line in billed:
        charge = facts.source(line)
        if charge is None or not line.received:
            continue
        shares = [one for one in of if (one.details or {}).get(OF) == charge.line]
        weights = [(one.details or {})[WEIGHT] for one in shares]
        total = charge.invoiced + (line.details or {})[CHARGE]
        for one, share in zip(shares, shared(total, weights), strict=True):
            receipt, more = facts.source(one), share - (one.details or {})[SHARE]
            if receipt is not None and more:
                number = len(billed) + len(found) + 1
                found.append(_share(settlement, number, charge, receipt, (one.details or {})[WEIGHT], more))
    return found


def accrued(lines: Sequence[Line]) -> Counter[int]:
    """Return what is estimated and not billed of a landed cost's ``lines``, by account, in minor units of the company's currency."""
    found: Counter[int] = Counter()
    for line in lines:
        estimate = (line.details or {}).get(ESTIMATE)
        if estimate is not None and line.account is not None and not line.received:
            found[line.account] += estimate - line.invoiced
    return found
