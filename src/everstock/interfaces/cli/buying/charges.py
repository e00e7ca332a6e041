"""From what somebody typed to landed costs and their invoices."""

from collections.abc import Sequence
from typing import Any

from everstock.core.problems import Refusal
from everstock.interfaces.cli.acting import perhaps
from everstock.interfaces.cli.codes import Desk, money_of
from everstock.interfaces.cli.lines import Offer
from everstock.operations.documents.allocation import Sharing
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import DocumentRef
from everstock.operations.purchasing.landed_costs import (
    Charge,
    ChargeBill,
    ChargeKind,
    invoice_landed_cost,
    post_landed_cost,
)


def post_charges(
    at: Desk,
    receipts: Sequence[str],
    lines: Sequence[str],
    supplier: str | None,
    *,
    charges: Sequence[tuple[str, str]],
    by: str,
    shares: Sequence[tuple[str, str]],
    currency: str | None,
    known: bool,
    account: str | None,
    **given: Any,
) -> DocumentRef:
    """Post a landed cost; refused: as ``landed_costs.post_landed_cost``, and what cannot be understood."""
    partner = perhaps(at.codes.supplier, supplier)
    spoken = at.currency(partner, currency)
    documents = [at.codes.document(number, [DocumentKind.GOODS_RECEIPT]) for number in receipts]
    offer = Offer(at.company.pk, documents, lambda line: line.base_quantity)
    named = [offer.named(name) for name in (lines or [name for name, _ in shares])]
    chosen = named or [one for one in offer.open() if one.line.ledger_reference is not None]
    by_hand = {offer.named(name).line.id: money_of(amount, spoken, "share") for name, amount in shares}
    if (by == Sharing.HAND.value) != bool(shares) or (shares and len(charges) > 1):
        raise Refusal(
            "landed.by_hand",
            "Shares are given for one charge that is shared --by hand, and for no other.",
            "Give --by hand and a --share of each line, for one charge at a time.",
        )
    wanted = [
        Charge(
            _kind(kind),
            money_of(amount, spoken, "charge"),
            Sharing(by),
            shares=tuple(by_hand.get(one.line.id, 0) for one in chosen) if shares else (),
            account=perhaps(at.codes.account, account),
        )
        for kind, amount in charges
    ]
    return post_landed_cost(
        at.actor,
        charges=wanted,
        lines=[one.line.id for one in chosen],
        supplier=None if partner is None else partner.pk,
        currency=currency,
        estimated=not known,
        **given,
    )


def _kind(word: str) -> ChargeKind:
    try:
        return ChargeKind(word)
    except ValueError:
        kinds = ", ".join(kind.value for kind in ChargeKind)
        raise Refusal("landed.kind", f"“{word}” is no kind of charge.", f"Use one of: {kinds}.") from None


def post_bill(
    at: Desk,
    number: str,
    supplier: str,
    *,
    charges: Sequence[tuple[str, str]],
    partial: bool,
    tax: str | None,
    currency: str | None,
    **given: Any,
) -> DocumentRef:
    """Post the invoice of a landed cost; refused: as ``landed_costs.invoice_landed_cost``, and what cannot be understood."""
    partner = at.codes.supplier(supplier)
    spoken = at.currency(partner, currency)
    tax_code = perhaps(at.codes.tax, tax)
    wanted = [
        ChargeBill(
            int(line) if line.isdecimal() else 0,
            money_of(amount, spoken, "charge"),
            tax_code=tax_code,
            final=not partial,
        )
        for line, amount in charges
    ]
    _, key = at.codes.document(number, [DocumentKind.LANDED_COST])
    return invoice_landed_cost(
        at.actor, landed_cost=key, supplier=partner.pk, charges=wanted, currency=currency, **given
    )
