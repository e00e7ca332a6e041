"""``everstock so credit|pay|prepay|apply|write-off|receivables|statement``: what customers owe and pay."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from everstock.core.problems import Refusal
from everstock.interfaces.cli.acting import (
    as_option,
    day_option,
    desk,
    making_options,
    now,
    once,
    perhaps,
    rate_option,
    reason_option,
    repeated,
    today,
    told,
)
from everstock.interfaces.cli.output import Column, emit, format_option
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import AMOUNT, DAY, PERCENT, Entry, EntryType, PairType
from everstock.operations.documents.kinds import DocumentKind

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.operations.documents.payments import Given
    from everstock.operations.documents.records import DocumentRef
    from everstock.operations.sales.credit_notes import CreditLine

_INVOICE = DocumentKind.CUSTOMER_INVOICE
_CREDITED = EntryType("LINE[=QUANTITY]")
_OFF = PairType("LINE=AMOUNT or LINE=PERCENT%")
_PAID = PairType("INVOICE or INVOICE=AMOUNT", alone=True)


@click.command()
@click.argument("number")
@repeated(
    "--line", "lines", "LINE", f"Goods of a return, as {_CREDITED.form}; default: all to be credited.", of=_CREDITED
)
@repeated(
    "--price-off",
    "reductions",
    "LINE=AMOUNT",
    "Of an invoice: the price alone, by a net amount or a percentage.",
    of=_OFF,
)
@click.option("--reference", metavar="TEXT", help="The customer's own number.")
@click.option("--settle", is_flag=True, help="Set it off at once against what is open of its invoice.")
@day_option("Day of the credit note.")
@making_options
@click.pass_obj
def credit(
    program: Program,
    /,
    number: str,
    lines: Sequence[Entry],
    reductions: Sequence[tuple[str, str]],
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Credit a customer: goods of a sales return, or the price of an invoice (its NUMBER).

    \b
    Examples:
      everstock so credit RM-2026-000001 --settle
      everstock so credit CI-2026-000001 --price-off 1=25.00
      everstock so credit CI-2026-000001 --price-off BOLT=10%
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.credit_notes import post_credit_note

    def go() -> "DocumentRef":
        wanted = _credit_lines(at, number, lines, reductions)
        return post_credit_note(at.actor, lines=wanted, recorded_at=now(), **given)

    told(at, once(at, given["key"], go), quiet=quiet)


def _credit_lines(
    at: "Desk", number: str, lines: Sequence[Entry], reductions: Sequence[tuple[str, str]]
) -> "list[CreditLine]":
    from everstock.interfaces.cli.codes import money_of
    from everstock.interfaces.cli.lines import Offer
    from everstock.operations.documents.read import read
    from everstock.operations.sales.credit_notes import CreditLine
    from everstock.operations.sales.return_lines import to_credit

    kind, key = at.codes.document(number, [DocumentKind.SALES_RETURN, _INVOICE])
    header = read(at.company.pk, [key]).headers[key]
    offer = Offer(
        at.company.pk, [(kind, key)], lambda line: line.quantity if kind is _INVOICE else to_credit(header, line)
    )
    if kind is _INVOICE:
        if lines or not reductions:
            raise Refusal(
                "credit.incomplete",
                f"{number} is an invoice, and no price is credited.",
                "Name lines with --price-off; goods are credited by their return.",
            )
        return [
            CreditLine(
                offer.named(name).line.id,
                amount=None if said.endswith("%") else money_of(said, header.currency, "reduction"),
                part=PERCENT.convert(said, None, None) if said.endswith("%") else None,
            )
            for name, said in reductions
        ]
    if reductions:
        raise Refusal(
            "credit.incomplete", f"{number} is a return, not an invoice.", "Credit the price by the invoice's number."
        )
    wanted = [CreditLine(offer.named(entry.name).line.id, entry.quantity) for entry in lines]
    return wanted or [CreditLine(one.line.id) for one in offer.open()]


@click.command()
@click.argument("paid", type=_PAID, metavar="INVOICE[=AMOUNT]...", nargs=-1, required=True)
@day_option("Day of the payment.")
@click.option(
    "--amount", type=AMOUNT, metavar="AMOUNT", help="What was paid in all; what is above is kept as paid in advance."
)
@click.option(
    "--bank-amount",
    type=AMOUNT,
    metavar="AMOUNT",
    help="What came in for a payment in another currency, in the company's; default: by the rate.",
)
@rate_option
@click.option("--account", metavar="CODE", help="Account it is paid into; default: the bank's.")
@click.option("--reference", metavar="TEXT", help="Number of the bank's statement, or another reference.")
@click.option(
    "--discount", "take_discount", is_flag=True, help="The customer kept its cash discount where it is in time."
)
@making_options
@click.pass_obj
def pay(
    program: Program,
    /,
    paid: Sequence[tuple[str, str]],
    day: dt.date,
    take_discount: bool,
    key: str | None,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Register that a customer paid invoices, in full or by an amount; credit notes are set off against them, or paid out.

    \b
    Examples:
      everstock so pay CI-2026-000001 CI-2026-000002=500.00 CC-2026-000001
      everstock so pay CI-2026-000003 --amount 1100.00
      everstock so pay CI-2026-000004 --discount --day 2026-04-15
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.open_items import paid_lines
    from everstock.operations.documents.sides import SELLING
    from everstock.operations.sales.payments import register_payment

    lines, first = paid_lines(at, SELLING, paid)
    assert first.partner is not None, "an invoice is of somebody"
    done = register_payment(
        at.actor,
        customer=first.partner,
        lines=lines,
        day=day,
        recorded_at=now(),
        given=_given(at, first.currency, **given),
        take_discount=take_discount,
        key=key,
    )
    told(at, done, quiet=quiet)


def _given(
    at: "Desk",
    currency: str,
    *,
    account: str | None,
    rate: int | None,
    reference: str | None,
    amount: str | None = None,
    bank_amount: str | None = None,
) -> "Given":
    from everstock.interfaces.cli.codes import money_of
    from everstock.operations.documents.payments import Given

    return Given(
        currency=currency,
        rate=rate,
        bank_amount=None if bank_amount is None else money_of(bank_amount, at.company.currency_id, "amount"),
        account=perhaps(at.codes.account, account),
        reference=reference,
        amount=None if amount is None else money_of(amount, currency, "amount"),
    )


@click.command()
@click.argument("customer")
@click.argument("amount", type=AMOUNT)
@click.option(
    "--order", metavar="NUMBER", help="The order that was paid: its invoices are paid by it when they are posted."
)
@day_option("Day of the payment.")
@click.option("--currency", metavar="CODE", help="Of the amount; default: the customer's.")
@rate_option
@click.option("--account", metavar="CODE", help="Account it is paid into; default: the bank's.")
@click.option("--reference", metavar="TEXT", help="Number of the bank's statement, or another reference.")
@making_options
@click.pass_obj
def prepay(
    program: Program,
    /,
    customer: str,
    amount: str,
    order: str | None,
    day: dt.date,
    currency: str | None,
    key: str | None,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Register that a customer paid before there is an invoice.

    \b
    Example:
      everstock so prepay JONES 500.00 --order SO-2026-000001
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.codes import money_of
    from everstock.operations.sales.payments import prepay as pay_in_advance

    partner = at.codes.customer(customer)
    spoken = at.currency(partner, currency)
    done = pay_in_advance(
        at.actor,
        customer=partner.pk,
        amount=money_of(amount, spoken, "amount"),
        day=day,
        recorded_at=now(),
        given=_given(at, spoken, **given),
        order=perhaps(lambda number: at.codes.document(number, [DocumentKind.SALES_ORDER])[1], order),
        key=key,
    )
    told(at, done, quiet=quiet, further="" if order else f"so apply {done.number} INVOICE")


@click.command()
@click.argument("prepayment")
@click.argument("paid", type=_PAID, metavar="INVOICE[=AMOUNT]...", nargs=-1, required=True)
@day_option("Day on which the invoices are paid by it.")
@making_options
@click.pass_obj
def apply(
    program: Program, /, prepayment: str, paid: Sequence[tuple[str, str]], as_: str | None, quiet: bool, **given: Any
) -> None:
    """Pay invoices by what a customer paid in advance, or above other invoices (a payment's number).

    \b
    Example:
      everstock so apply CP-2026-000001 CI-2026-000002=300.00
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.open_items import paid_lines
    from everstock.operations.documents.sides import SELLING
    from everstock.operations.sales.payments import apply_prepayment

    _, advance = at.codes.document(prepayment, [SELLING.payment])
    lines, _ = paid_lines(at, SELLING, paid)
    told(at, apply_prepayment(at.actor, prepayment=advance, lines=lines, recorded_at=now(), **given), quiet=quiet)


@click.command("write-off")
@click.argument("number")
@click.option("--amount", type=AMOUNT, metavar="AMOUNT", help="How much of it; default: all that is open.")
@click.option(
    "--tax",
    is_flag=True,
    help="Its output tax is owed no more; default: the tax is lost with it, as part of the bad debt.",
)
@reason_option
@day_option("Day on which it is written off.")
@making_options
@click.pass_obj
def write_off(program: Program, /, number: str, amount: str | None, as_: str | None, quiet: bool, **given: Any) -> None:
    """Write off what of an invoice nobody will pay, as a bad debt; up to the limit of who does it.

    \b
    Example:
      everstock so write-off CI-2026-000001 --reason "bank charges kept back"
      everstock so write-off CI-2026-000002 --reason "bankrupt" --tax
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.open_items import paid_lines
    from everstock.operations.documents.sides import SELLING
    from everstock.operations.sales.payments import write_off as write_off_invoice

    [line], _ = paid_lines(at, SELLING, [(number, amount or "")])
    done = write_off_invoice(at.actor, invoice=line.document, amount=line.amount, recorded_at=now(), **given)
    told(at, done, quiet=quiet)


# ---------------------------------------------------------------------------------------------------------------------
# What is owed


def reader(program: Program, as_: str | None) -> "Desk":
    """Who may see what customers owe; refused: ``permission.missing``."""
    at = desk(program, as_)
    from everstock.operations.identity.actor import require
    from everstock.operations.identity.permissions import Permission

    require(at.actor, Permission.REPORT_READ)
    require(at.actor, Permission.SALE_READ)
    return at


@click.command()
@click.option("--as-of", type=DAY, metavar="DATE", help="At the end of this day; default: today.")
@click.option("--customer", metavar="CODE", help="Only what this customer owes.")
@click.option(
    "--by",
    type=click.Choice(["document", "customer"]),
    default="document",
    show_default=True,
    help="One row for each document, or for each customer by how long it is overdue.",
)
@as_option
@format_option
@click.pass_obj
def receivables(
    program: Program,
    as_of: dt.date | None,
    customer: str | None,
    by: str,
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
) -> None:
    """List what customers owe, the first due first.

    \b
    Example:
      everstock so receivables --by customer --as-of 2026-03-31
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = reader(program, as_)
    from everstock.interfaces.cli.open_items import print_ageing, print_open
    from everstock.operations.documents.sides import SELLING

    (print_ageing if by == "customer" else print_open)(at, SELLING, as_of, customer, format)


@click.command()
@click.argument("customer")
@click.option("--from", "from_", type=DAY, metavar="DATE", required=True, help="First day.")
@click.option("--to", type=DAY, metavar="DATE", help="Last day; default: today.")
@as_option
@format_option
@click.pass_obj
def statement(
    program: Program,
    customer: str,
    from_: dt.date,
    to: dt.date | None,
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
) -> None:
    """Show a customer's statement of account: what was owed before, what was billed, credited and paid, what is owed.

    \b
    Example:
      everstock so statement JONES --from 2026-01-01 --to 2026-03-31
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = reader(program, as_)
    from everstock.interfaces.cli.showing import money
    from everstock.operations.sales.receivables import statement as state_account

    rows = [
        [
            *(row.day, row.number, row.kind + (" cancelled" if row.cancelled else ""), row.reference, row.due_on),
            *(row.currency, money(row.amount, row.currency), money(row.balance, row.currency)),
        ]
        for row in state_account(at.company, customer=at.codes.customer(customer).pk, from_=from_, to=to or today())
    ]
    columns = [Column(name) for name in ("day", "number", "kind", "reference", "due_on", "currency")]
    emit([*columns, Column("amount", numeric=True), Column("balance", numeric=True)], rows, format)
