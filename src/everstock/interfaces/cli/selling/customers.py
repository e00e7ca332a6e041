"""``everstock customer``: what was agreed with customers, whether they are on hold, where they are."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from everstock.core.problems import Refusal
from everstock.interfaces.cli.acting import as_option, desk, now, partner_desk, perhaps, reason_option, repeated, today
from everstock.interfaces.cli.output import emit, emit_below, format_option, say
from everstock.interfaces.cli.printing import LANGUAGES, keep, look, look_options
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import AMOUNT, DAY, PERCENT
from everstock.operations.documents.incoterms import Incoterm

_KIND = click.Choice(["billing", "delivery"])


@click.group()
def customer() -> None:
    """Customers: terms, credit limits, holds, addresses.

    Customers themselves are brought in by `everstock import partners`.

    \b
    Examples:
      everstock customer set JONES --payment-days 30 --credit-limit 5000 --group TRADE
      everstock customer address JONES DOCK --kind delivery --line "Am Hafen 1" --city Bonn --country DE
      everstock customer hold JONES --reason "Owes since May"
      everstock customer show JONES
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@customer.command("set")
@click.argument("code")
@click.option("--payment-days", type=int, metavar="DAYS", help="Days from the invoice until it is due.")
@click.option("--discount-days", type=int, metavar="DAYS", help="Days from the invoice in which a discount is granted.")
@click.option("--discount", type=PERCENT, metavar="PERCENT", help="The cash discount for who pays in these days.")
@click.option("--incoterm", type=click.Choice([term.value for term in Incoterm]), metavar="CODE", help="Such as DAP.")
@click.option("--credit-limit", type=AMOUNT, metavar="AMOUNT", help="How much may be owed, in the company's currency.")
@click.option("--no-credit-limit", is_flag=True, help="There is no credit limit.")
@click.option("--group", "customer_group", metavar="CODE", help="Customer group, for price lists; empty: none.")
@click.option("--priority", type=int, metavar="NUMBER", help="0 to 9: who is served first; 5 if nobody said.")
@click.option("--tax", metavar="CODE", help="Tax code of lines that name none.")
@click.option("--no-tax", is_flag=True, help="There is no tax code of its own.")
@click.option("--channel", metavar="CODE", help="By which way it usually orders, such as web; empty: nobody said.")
@click.option(
    "--language", metavar="TAG", help=f"Language of its papers: {', '.join(LANGUAGES)}; empty: the company's."
)
@click.option("--tax-number", metavar="TEXT", help="Its VAT number, as invoices must say it; empty: none.")
@as_option
@click.pass_obj
def set_(
    program: Program,
    /,
    code: str,
    credit_limit: str | None,
    tax: str | None,
    as_: str | None,
    *,
    no_credit_limit: bool,
    no_tax: bool,
    **given: Any,
) -> None:
    """Say what was agreed with the customer CODE. What is left out stays as it is.

    \b
    Example:
      everstock customer set JONES --payment-days 30 --discount-days 10 --discount 2 --group TRADE
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if (no_credit_limit and credit_limit) or (no_tax and tax):
        raise click.UsageError("A limit, or a tax code, and none at all: leave one of the two out.")
    changes = {name: value for name, value in given.items() if value is not None}
    if not (changes or credit_limit or no_credit_limit or tax or no_tax):
        raise click.UsageError("Say what was agreed; `--help` lists what can be.")
    spoken = changes.get("language")
    if spoken and spoken.split("-")[0].lower() not in LANGUAGES:
        raise Refusal(
            "language.unknown",
            f"No paper is printed in the language “{spoken}”.",
            f"Use one of: {', '.join(LANGUAGES)}; or leave it empty for the company's.",
        )
    at = desk(program, as_)
    from everstock.interfaces.cli.codes import money_of
    from everstock.operations.sales.customers import set_terms

    if credit_limit or no_credit_limit:
        currency = at.company.currency_id
        changes["credit_limit"] = money_of(credit_limit, currency, "credit limit") if credit_limit else None
    if tax or no_tax:
        changes["tax_code"] = perhaps(at.codes.tax, tax)
    set_terms(at.actor, customer=at.codes.customer(code).pk, recorded_at=now(), **changes)
    say(f"Kept the terms of {code}.")


@customer.command()
@click.argument("code")
@reason_option
@as_option
@click.pass_obj
def hold(program: Program, code: str, reason: str, as_: str | None) -> None:
    """Deliver nothing to the customer CODE until it is released.

    \b
    Example:
      everstock customer hold JONES --reason "Owes since May"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales import customers

    customers.hold(at.actor, customer=at.codes.customer(code).pk, reason=reason, recorded_at=now())
    say(f"{code} is on hold. Next: everstock customer release {code}")


@customer.command()
@click.argument("code")
@as_option
@click.pass_obj
def release(program: Program, code: str, as_: str | None) -> None:
    """Deliver to the customer CODE again.

    \b
    Example:
      everstock customer release JONES
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales import customers

    customers.release(at.actor, customer=at.codes.customer(code).pk, recorded_at=now())
    say(f"{code} is not on hold any more.")


@customer.command()
@click.argument("code")
@click.argument("address")
@click.option("--kind", type=_KIND, required=True, help="What it is for.")
@click.option("--name", default="", metavar="TEXT", help="Who is there; default: the customer.")
@repeated("--line", "lines", "TEXT", "Street and the like, one line of it.")
@click.option("--postcode", default="", metavar="TEXT", help="Before or after the city, as is usual there.")
@click.option("--city", required=True, metavar="TEXT", help="City or place.")
@click.option("--country", required=True, metavar="CODE", help="Two letters, such as DE.")
@click.option("--default", is_flag=True, help="Take it where nobody names another of its kind.")
@as_option
@click.pass_obj
def address(
    program: Program, /, code: str, address: str, kind: str, lines: Sequence[str], as_: str | None, **given: Any
) -> None:
    """Say where the customer CODE is; replaces its ADDRESS of this kind. The first of a kind is the default.

    \b
    Example:
      everstock customer address JONES DOCK --kind delivery --line "Am Hafen 1" --postcode 53111 --city Bonn --country DE
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.customers import set_address
    from everstock.operations.sales.models import AddressKind

    row = set_address(
        at.actor,
        customer=at.codes.customer(code).pk,
        kind=AddressKind(kind),
        code=address,
        lines="\n".join(lines),
        recorded_at=now(),
        **given,
    )
    say(f"Kept the {kind} address {address} of {code}{', its default' if row.default else ''}.")


@customer.command("remove-address")
@click.argument("code")
@click.argument("address")
@click.option("--kind", type=_KIND, required=True, help="What it is for.")
@as_option
@click.pass_obj
def remove_address(program: Program, code: str, address: str, kind: str, as_: str | None) -> None:
    """Use an ADDRESS of the customer CODE no more; documents that name it keep it.

    \b
    Example:
      everstock customer remove-address JONES DOCK --kind delivery
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales import customers
    from everstock.operations.sales.models import AddressKind

    partner = at.codes.customer(code).pk
    customers.remove_address(at.actor, customer=partner, kind=AddressKind(kind), code=address, recorded_at=now())
    say(f"Removed the {kind} address {address} of {code}.")


@customer.command("list")
@as_option
@format_option
@click.pass_obj
def list_(program: Program, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List customers with their terms."""
    at = partner_desk(program, as_)
    from everstock.interfaces.cli.selling.sheets import customers

    emit(*customers(at.company), format)


@customer.command()
@click.argument("code")
@as_option
@format_option
@click.pass_obj
def show(program: Program, code: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show a customer: terms and addresses. As csv or json: the addresses."""
    at = partner_desk(program, as_)
    from everstock.interfaces.cli.selling.sheets import addresses, terms_of

    partner = at.codes.customer(code)
    emit_below("customer", partner.code, terms_of(partner), addresses(partner), format)


@customer.command("print")
@click.argument("code")
@click.option("--from", "first", type=DAY, required=True, metavar="DATE", help="First day of the statement.")
@click.option("--to", "last", type=DAY, metavar="DATE", help="Last day; default: today.")
@click.option("--currency", metavar="CODE", help="Default: the one in which we trade with the customer.")
@look_options
@as_option
@click.pass_obj
def print_(
    program: Program,
    code: str,
    first: dt.date,
    last: dt.date | None,
    currency: str | None,
    as_: str | None,
    language: str | None,
    output: Path | None,
    letterhead: Path | None,
) -> None:
    """Write a statement of account of the customer CODE as PDF: what was billed, credited and paid, and what is owed.

    \b
    Example:
      everstock customer print JONES --from 2026-01-01 --to 2026-03-31
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.paper import documents
    from everstock.interfaces.paper.statements import statement_paper

    partner = at.codes.customer(code).pk
    spoken, company = look(at, partner, language, letterhead)
    paper = statement_paper(
        at.actor, partner, first=first, last=last or today(), currency=currency, language=spoken, company=company
    )
    keep(lambda: documents.statement(paper), output or Path(f"{code}-statement.pdf"))
