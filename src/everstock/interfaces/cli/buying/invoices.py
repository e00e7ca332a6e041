"""``everstock invoice``: what suppliers bill and credit, and what they are paid."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import click

from everstock.interfaces.cli.acting import (
    as_option,
    day_option,
    desk,
    making_options,
    now,
    once,
    rate_option,
    reason_option,
    repeated,
    told,
)
from everstock.interfaces.cli.documents import cancel_one, filter_options, list_documents, show_one
from everstock.interfaces.cli.output import format_option, say
from everstock.interfaces.cli.paying_back import pay_back_command
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import AMOUNT, DAY, EntryType, PairType
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.sides import BUYING

KINDS = (DocumentKind.SUPPLIER_INVOICE, DocumentKind.SUPPLIER_CREDIT_NOTE, DocumentKind.SUPPLIER_PAYMENT)
_BILLED = EntryType("ITEM[=QUANTITY][@PRICE][-DISCOUNT%]")
_CREDITED = EntryType("ITEM[=QUANTITY]")
_AMOUNT_OF = PairType("TEXT=AMOUNT")
_AMOUNT_FOR = PairType("ITEM=AMOUNT")
_PAID = PairType("INVOICE or INVOICE=AMOUNT", alone=True)


@click.group()
def invoice() -> None:
    """Supplier invoices, credit notes and payments.

    An invoice is compared with what was ordered and received. If it matches, it is posted: goods received not invoiced are cleared,
    and where the price differs the cost of the goods changes, for what is left and for what went. If it does not, it is held until
    somebody approves it.

    \b
    Examples:
      everstock invoice post SMITH INV-77 --receipt GR-2026-000014 --total 1250.00
      everstock invoice post SMITH INV-78 --receipt GR-2026-000015 --line BOLT@0.13 --rest --approve
      everstock invoice credit SMITH CN-5 --return SR-2026-000002
      everstock invoice pay SI-2026-000001 SI-2026-000002=500.00
      everstock invoice open --by supplier
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@invoice.command()
@click.argument("supplier")
@click.argument("reference")
@repeated("--receipt", "receipts", "NUMBER", "A goods receipt that is billed.")
@repeated("--order", "orders", "NUMBER", "An order that is billed, before its goods came or after.")
@repeated(
    "--line",
    "lines",
    "LINE",
    f"What is billed of them, as {_BILLED.form}. ITEM may be the number of a line. Without it all that is not invoiced, as ordered.",
    of=_BILLED,
)
@click.option("--rest", is_flag=True, help="Besides the lines named, all the others as ordered.")
@repeated("--charge", "charges", "TEXT=AMOUNT", "What is billed besides and was not ordered, net.", of=_AMOUNT_OF)
@click.option("--account", metavar="CODE", help="Account of the charges; default: purchase expense.")
@click.option(
    "--tax", metavar="CODE", help="Tax code of the lines and charges named here; default: as ordered, charges none."
)
@click.option(
    "--total", type=AMOUNT, metavar="AMOUNT", help="What the invoice adds up to with tax; refused if it does not."
)
@day_option("Day of the invoice.")
@click.option("--due", "due_on", type=DAY, metavar="DATE", help="When to pay; default: by the terms of payment.")
@click.option("--currency", metavar="CODE", help="Default: the supplier's.")
@rate_option
@click.option("--approve", is_flag=True, help="Approve at once what does not match.")
@making_options
@click.pass_obj
def post(program: Program, /, supplier: str, quiet: bool, as_: str | None, **given: Any) -> None:
    """Enter the invoice with the number REFERENCE of SUPPLIER.

    \b
    Examples:
      everstock invoice post SMITH INV-77 --receipt GR-2026-000014 --total 1250.00
      everstock invoice post SMITH INV-78 --receipt GR-2026-000015 --line BOLT=400@0.13 --charge Packing=5.00
      everstock invoice post SMITH INV-79 --order PO-2026-000003 --day 2026-03-01
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.buying.bills import mismatches, post_bill
    from everstock.operations.purchasing.ahead import matches_of

    done = once(at, given["key"], lambda: post_bill(at, supplier=supplier, recorded_at=now(), **given))
    told(
        at,
        done,
        quiet=quiet,
        further=f"invoice approve {done.number}" if done.state == "on_hold" else f"invoice pay {done.number}",
    )
    if not quiet:
        for match in matches_of(at.company.pk, done.id):
            say(match.words)
        for text in mismatches(at, done.id):
            say(f"Differs: {text}")


@invoice.command()
@click.argument("number")
@as_option
@click.pass_obj
def approve(program: Program, number: str, as_: str | None) -> None:
    """Approve an invoice that is held because it differs, and post it; up to the limit of who does it.

    Limits are set by `everstock user limit`.
    """
    at = desk(program, as_)
    from everstock.operations.purchasing.ahead import matches_of
    from everstock.operations.purchasing.invoices import approve_invoice

    _, key = at.codes.document(number, [DocumentKind.SUPPLIER_INVOICE])
    done = approve_invoice(at.actor, invoice=key, recorded_at=now())
    told(at, done, further=f"invoice pay {done.number}")
    for match in matches_of(at.company.pk, done.id):
        say(match.words)


@invoice.command()
@click.argument("supplier")
@click.argument("reference")
@repeated("--return", "returns", "NUMBER", "A supplier return that is credited.")
@repeated("--receipt", "receipts", "NUMBER", "A goods receipt of which something is credited.")
@repeated(
    "--line",
    "lines",
    "LINE",
    f"Goods that are credited, as {_CREDITED.form}. Without it all that the returns wait for.",
    of=_CREDITED,
)
@repeated(
    "--amount",
    "amounts",
    "ITEM=AMOUNT",
    "What the supplier credits for these goods, net, as printed. Default: what was billed for them.",
    of=_AMOUNT_FOR,
)
@repeated(
    "--price-off",
    "reductions",
    "ITEM=AMOUNT",
    "The price alone is credited, by this net amount: the goods are kept and cost less.",
    of=_AMOUNT_FOR,
)
@repeated("--charge", "charges", "TEXT=AMOUNT", "What is credited besides, net.", of=_AMOUNT_OF)
@click.option("--account", metavar="CODE", help="Account of what is credited besides; default: purchase expense.")
@click.option("--tax", metavar="CODE", help="Tax code of what is credited; default: that of the goods.")
@click.option(
    "--total", type=AMOUNT, metavar="AMOUNT", help="What the credit note adds up to with tax; refused if it does not."
)
@day_option("Day of the credit note.")
@click.option("--currency", metavar="CODE", help="Default: the supplier's.")
@rate_option
@making_options
@click.pass_obj
def credit(program: Program, /, supplier: str, quiet: bool, as_: str | None, **given: Any) -> None:
    """Enter the credit note with the number REFERENCE of SUPPLIER: for goods that went back, or for the price.

    \b
    Examples:
      everstock invoice credit SMITH CN-5 --return SR-2026-000002
      everstock invoice credit SMITH CN-7 --return SR-2026-000003 --amount BOLT=48.00
      everstock invoice credit SMITH CN-6 --receipt GR-2026-000014 --price-off BOLT=25.00
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.buying.bills import post_credit

    done = once(at, given["key"], lambda: post_credit(at, supplier=supplier, recorded_at=now(), **given))
    told(at, done, quiet=quiet)


@invoice.command()
@click.argument("paid", type=_PAID, metavar="INVOICE[=AMOUNT]...", nargs=-1, required=True)
@day_option("Day of the payment.")
@click.option(
    "--bank-amount",
    type=AMOUNT,
    metavar="AMOUNT",
    help="What left the bank for a payment in another currency, in the company's; default: by the rate.",
)
@rate_option
@click.option("--account", metavar="CODE", help="Account it is paid from; default: the bank's.")
@click.option("--reference", metavar="TEXT", help="Number of the bank's statement, or another reference.")
@click.option(
    "--discount", "take_discount", is_flag=True, help="Keep back the supplier's cash discount where it is in time."
)
@making_options
@click.pass_obj
def pay(program: Program, /, paid: Sequence[tuple[str, str]], quiet: bool, as_: str | None, **given: Any) -> None:
    """Register that invoices of one supplier were paid, in full or by an amount; credit notes are set off against them.

    What the exchange rate moved since the invoice is booked as an exchange gain or loss.

    \b
    Examples:
      everstock invoice pay SI-2026-000001 SI-2026-000002=500.00 SC-2026-000001
      everstock invoice pay SI-2026-000003 --bank-amount 1087.20 --day 2026-04-15
      everstock invoice pay SI-2026-000004 --discount
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.buying.bills import post_payment

    told(at, post_payment(at, paid, recorded_at=now(), **given), quiet=quiet)


@invoice.command()
@click.argument("supplier")
@click.argument("amount", type=AMOUNT)
@day_option("Day of the payment.")
@click.option("--currency", metavar="CODE", help="Of the amount; default: the supplier's.")
@rate_option
@click.option("--account", metavar="CODE", help="Account it is paid from; default: the bank's.")
@click.option("--reference", metavar="TEXT", help="Number of the bank's statement, or another reference.")
@making_options
@click.pass_obj
def prepay(program: Program, /, supplier: str, quiet: bool, as_: str | None, **given: Any) -> None:
    """Register that a supplier was paid before its invoice came; `everstock invoice apply` pays invoices by it.

    \b
    Example:
      everstock invoice prepay SMITH 500.00 --day 2026-03-02
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.buying.bills import post_prepayment

    done = post_prepayment(at, supplier, recorded_at=now(), **given)
    told(at, done, quiet=quiet, further=f"invoice apply {done.number} INVOICE")


@invoice.command()
@click.argument("prepayment")
@click.argument("paid", type=_PAID, metavar="INVOICE[=AMOUNT]...", nargs=-1, required=True)
@day_option("Day on which the invoices are paid by it.")
@making_options
@click.pass_obj
def apply(
    program: Program, /, prepayment: str, paid: Sequence[tuple[str, str]], quiet: bool, as_: str | None, **given: Any
) -> None:
    """Pay invoices, in full or by an amount, by what was paid before they came (`everstock invoice prepay`).

    \b
    Example:
      everstock invoice apply SP-2026-000001 SI-2026-000001=300.00
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.buying.bills import post_application

    told(at, post_application(at, prepayment, paid, recorded_at=now(), **given), quiet=quiet)


invoice.add_command(pay_back_command(BUYING, "invoice", "SP"))


@invoice.command()
@click.argument("number")
@reason_option
@day_option("Day on which what was booked is booked back.")
@as_option
@click.pass_obj
def cancel(program: Program, number: str, reason: str, day: dt.date, as_: str | None) -> None:
    """Cancel an invoice or a credit note that is not paid, or a payment: what it booked is booked back."""
    cancel_one(program, number, reason, day, as_, *KINDS)


@invoice.command("list")
@filter_options("supplier")
@click.pass_obj
def list_(program: Program, /, **filters: Any) -> None:
    """List invoices, credit notes and payments, the newest first.

    \b
    Example:
      everstock invoice list --state on_hold --format csv
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    list_documents(program, KINDS, **filters)


@invoice.command()
@click.argument("number")
@as_option
@format_option
@click.pass_obj
def show(program: Program, number: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show an invoice, a credit note or a payment with its lines, and what it was made from."""
    show_one(program, number, as_, format, *KINDS)


@invoice.command("open")
@click.option("--as-of", type=DAY, metavar="DATE", help="At the end of this day; default: today.")
@click.option("--supplier", metavar="CODE", help="Only what is owed to this supplier.")
@click.option(
    "--by",
    type=click.Choice(["document", "supplier"]),
    default="document",
    show_default=True,
    help="One row for each document, or for each supplier by how long it is overdue.",
)
@as_option
@format_option
@click.pass_obj
def open_(
    program: Program,
    as_of: dt.date | None,
    supplier: str | None,
    by: str,
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
) -> None:
    """List what is owed to suppliers, the first due first.

    \b
    Example:
      everstock invoice open --by supplier --as-of 2026-03-31
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.buying.owed import show_ageing, show_open

    if by == "supplier":
        show_ageing(at, as_of, supplier, format)
    else:
        show_open(at, as_of, supplier, format)


@invoice.command()
@click.argument("number")
@as_option
@format_option
@click.pass_obj
def differences(program: Program, number: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show what an invoice, a credit note or a landed cost changed in the cost of goods.

    One row for each item, day and account: what is left in stock, and what went, with the issues that it went by.

    \b
    Example:
      everstock invoice differences SI-2026-000001
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.buying.owed import show_differences

    _, key = at.codes.document(number, [*KINDS[:2], DocumentKind.LANDED_COST])
    show_differences(at, key, format)
