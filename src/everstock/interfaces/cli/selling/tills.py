"""``everstock till``: points of sale."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from everstock.core.quantities import format_money
from everstock.interfaces.cli.acting import (
    as_option,
    day_option,
    desk,
    making_options,
    now,
    once,
    perhaps,
    repeated,
    told,
)
from everstock.interfaces.cli.ordering import WANTED, order_lines
from everstock.interfaces.cli.output import Column, emit, format_option, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import Entry, EntryType, LotEntry, LotType
from everstock.masterdata.currencies import CURRENCIES
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.payment_facts import money

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk
    from everstock.operations.documents.records import DocumentRef
    from everstock.operations.sales.tenders import Tender
    from everstock.operations.sales.till_days import TillSale
    from everstock.operations.sales.till_lots import OfLot
    from everstock.operations.sales.till_returns import Back


_F = TypeVar("_F", bound=Callable[..., object])
_BACK = EntryType("LINE[=QUANTITY]")


def _change_option(command: _F) -> _F:
    """Give a command ``change``, the means by which change is given."""
    text = "By which means is given back what is too much of another currency."
    return click.option("--change", metavar="MEANS", default="cash", show_default=True, help=text)(command)


def _back_options(command: _F) -> _F:
    """Give a command where what comes back goes, and why: ``location``, ``scrap_at``, ``reason``."""
    for option in (
        click.option("--reason", default="", metavar="TEXT", help="Why it comes back."),
        click.option(
            "--scrap-at",
            metavar="LOCATION",
            help="Where what is no good is looked at before it is scrapped; default: the only place for quality control.",
        ),
        click.option("--to", "location", metavar="LOCATION", help="Where it goes; default: where it was sold from."),
    ):
        command = option(command)
    return command


_lots_option = repeated(
    "--lot",
    "lots",
    "LOT",
    "Lot or serial number read on what is taken away, as ITEM=LOT[:QUANTITY], in the base unit; default: what expires first.",
    of=LotType(),
)


def _back_lots_option(flag: str) -> Callable[[_F], _F]:
    """Give a command ``back_lots``: the lots of what comes back."""
    return repeated(
        flag, "back_lots", "LOT", "Lot or serial number read on what comes back, as LINE=LOT.", of=LotType()
    )


@click.group()
def till() -> None:
    """Points of sale: sold, taken away and paid in one step, taken back, exchanged; the receipts of a day.

    \b
    Examples:
      everstock till sell T1 --line BOLT=2 --pay cash
      everstock till sell T1 --line BOLT=2@5 --line NUT=1@3 --pay card=4.00 --pay cash
      everstock till return T1 CI-T1-2026-000001 --line BOLT=1 --pay cash
      everstock till exchange T1 CI-T1-2026-000001 --back BOLT=1 --line NUT=2 --pay cash
      everstock till day T1
      everstock till report --day 2026-05-16
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@till.command()
@click.argument("channel")
@repeated("--line", "lines", "LINE", f"What is sold, as {WANTED.form}.", of=WANTED, required=True)
@repeated(
    "--pay",
    "paid",
    "MEANS[=AMOUNT]",
    "How it is paid, such as cash, in the currency of the means; without an amount what is left.",
    required=True,
)
@_lots_option
@_change_option
@click.option("--customer", metavar="CODE", help="Who buys; default: the channel's own customer.")
@click.option("--tax", metavar="CODE", help="Tax code of all lines; default: the customer's.")
@day_option("Its day.")
@making_options
@click.pass_obj
def sell(
    program: Program,
    /,
    channel: str,
    lines: Sequence[Entry],
    paid: Sequence[str],
    customer: str | None,
    tax: str | None,
    lots: Sequence[LotEntry],
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Sell goods at the till CHANNEL that are paid and taken away. Its receipt is the invoice.

    \b
    Examples:
      everstock till sell T1 --line BOLT=2@5 --pay cash
      everstock till sell T1 --line BOLT=2@5 --pay euro=20.00
      everstock till sell T1 --line PUMP=1 --lot PUMP=S-1001 --pay card
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales import till as tills
    from everstock.operations.sales.till_days import change_of

    done = tills.sell(
        at.actor,
        channel=channel,
        lines=order_lines(at, lines, [], tax),
        tenders=_tenders(at, channel, paid),
        lots=_of_lots(at, lots),
        customer=at.codes.customer(customer).pk if customer else None,
        recorded_at=now(),
        **given,
    )
    told(at, done, quiet=quiet)
    for means, amount in () if quiet else change_of(at.actor, receipt=done.id):
        say(f"Give back {money(amount, at.company.currency_id)} by {means}.")


@till.command("return")
@click.argument("channel")
@click.argument("receipt")
@repeated("--line", "lines", "LINE", f"What comes back, as {_BACK.form}; default: all that is not back yet.", of=_BACK)
@repeated("--scrap", "scrapped", "LINE", f"What comes back and is no good, as {_BACK.form}; needs --reason.", of=_BACK)
@repeated(
    "--pay",
    "paid",
    "MEANS[=AMOUNT]",
    "How it is paid out, such as cash; without an amount what is left.",
    required=True,
)
@_back_lots_option("--lot")
@_back_options
@day_option("Its day.")
@making_options
@click.pass_obj
def return_(
    program: Program, /, channel: str, receipt: str, paid: Sequence[str], as_: str | None, quiet: bool, **given: Any
) -> None:
    """Take goods of RECEIPT back at the till CHANNEL: restocked or scrapped, credited and paid out in one step.

    A line is called by its number or its item, with the quantity in its base unit.

    \b
    Examples:
      everstock till return T1 CI-T1-2026-000001 --line BOLT=1 --pay cash
      everstock till return T1 CI-T1-2026-000001 --scrap 2 --reason "does not light" --pay cash
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.till_returns import return_goods

    tenders = _tenders(at, channel, paid)
    places: dict[str, Any] = {
        "lots": given.pop("back_lots"),
        "location": perhaps(at.codes.location, given.pop("location")),
        "scrap_at": perhaps(at.codes.location, given.pop("scrap_at")),
    }
    document, said = at.codes.document(receipt, [DocumentKind.CUSTOMER_INVOICE])[1], given.pop("lines")
    scrapped = given.pop("scrapped")

    def go() -> "DocumentRef":
        lines = _what_comes_back(at, document, said, scrapped, **places)
        return return_goods(
            at.actor, channel=channel, receipt=document, lines=lines, refunds=tenders, recorded_at=now(), **given
        )

    told(at, once(at, given["key"], go), quiet=quiet)


@till.command()
@click.argument("channel")
@click.argument("receipt")
@repeated("--back", "returned", "LINE", f"What comes back of RECEIPT, as {_BACK.form}.", of=_BACK)
@repeated("--scrap", "scrapped", "LINE", f"What comes back and is no good, as {_BACK.form}; needs --reason.", of=_BACK)
@repeated("--line", "lines", "LINE", f"What is taken away, as {WANTED.form}.", of=WANTED, required=True)
@repeated(
    "--pay",
    "paid",
    "MEANS[=AMOUNT]",
    "How the difference is paid, or paid out; without an amount what is left.",
)
@_lots_option
@_change_option
@click.option("--tax", metavar="CODE", help="Tax code of what is taken away; default: the customer's.")
@_back_lots_option("--back-lot")
@_back_options
@day_option("Its day.")
@making_options
@click.pass_obj
def exchange(
    program: Program,
    /,
    channel: str,
    receipt: str,
    returned: Sequence[Entry],
    scrapped: Sequence[Entry],
    lines: Sequence[Entry],
    paid: Sequence[str],
    tax: str | None,
    lots: Sequence[LotEntry],
    back_lots: Sequence[LotEntry],
    as_: str | None,
    quiet: bool,
    location: str | None,
    scrap_at: str | None,
    **given: Any,
) -> None:
    """Take goods of RECEIPT back at the till CHANNEL and sell others for them: only the difference is paid, or paid out.

    What is sold has a receipt of its own, for the customer of the first one.

    \b
    Examples:
      everstock till exchange T1 CI-T1-2026-000001 --back BOLT=1 --line NUT=2 --pay cash
      everstock till exchange T1 CI-T1-2026-000001 --scrap BOLT=1 --reason "bent" --line BOLT=1
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if not returned and not scrapped:
        raise click.UsageError("Say what comes back with --back or --scrap.")
    at = desk(program, as_)
    from everstock.operations.sales.till_days import difference_of
    from everstock.operations.sales.till_exchanges import exchange_goods

    tenders, wanted = _tenders(at, channel, paid), order_lines(at, lines, [], tax)
    places = {"location": perhaps(at.codes.location, location), "scrap_at": perhaps(at.codes.location, scrap_at)}
    taken = _of_lots(at, lots)
    document = at.codes.document(receipt, [DocumentKind.CUSTOMER_INVOICE])[1]

    def go() -> "DocumentRef":
        back = _what_comes_back(at, document, returned, scrapped, lots=back_lots, **places)
        what: dict[str, Any] = {"channel": channel, "receipt": document, "back": back, "lines": wanted, "lots": taken}
        return exchange_goods(at.actor, tenders=tenders, recorded_at=now(), **what, **given)

    done = once(at, given["key"], go)
    told(at, done, quiet=quiet)
    for means, amount in () if quiet else difference_of(at.actor, receipt=done.id).items():
        what = "Take" if amount > 0 else "Give back"
        say(f"{what} {money(abs(amount), at.company.currency_id)} by {means}.")


def _what_comes_back(
    at: "Desk",
    receipt: int,
    good: Sequence[Entry],
    scrapped: Sequence[Entry],
    *,
    lots: Sequence[LotEntry],
    location: int | None,
    scrap_at: int | None,
) -> "list[Back]":
    """What was typed of the lines of a receipt; nothing was: all that is not back yet."""
    from everstock.interfaces.cli.lines import Offer, lots_by_line
    from everstock.operations.sales.till_returns import Back, lots_of, open_lines

    of_lot = lots_by_line([*good, *scrapped], lots)
    if not good and not scrapped:
        return [Back(line, location=location) for line in open_lines(at.actor, receipt=receipt)]
    invoice = [(DocumentKind.CUSTOMER_INVOICE, receipt)]
    known = lots_of(at.actor, receipt=receipt) if of_lot else None
    offer = Offer(at.company.pk, invoice, lambda line: line.base_quantity, lots=known)
    return [
        Back(offered.line.line, entry.quantity, place, scrap, of_lot.get(entry.name))
        for said, place, scrap in ((good, location, False), (scrapped, scrap_at, True))
        for offered, entry in offer.each(said, of_lot)
    ]


def _of_lots(at: "Desk", lots: Sequence[LotEntry]) -> "list[OfLot]":
    """What was typed of the lots of what is taken away."""
    from everstock.operations.sales.till_lots import OfLot

    if any(one.expires_on or one.manufactured_on for one in lots):
        raise click.UsageError("The days of a lot are said when it comes in; here name it as ITEM=LOT[:QUANTITY].")
    return [OfLot(at.codes.item(one.item), one.code, one.quantity) for one in lots]


def _tenders(at: "Desk", channel: str, paid: Sequence[str]) -> "list[Tender]":
    """What was typed as MEANS[=AMOUNT], each in the currency of its means."""
    from everstock.interfaces.cli.codes import money_of
    from everstock.operations.sales.channels import means_of
    from everstock.operations.sales.tenders import Tender

    own = at.company.currency_id
    currencies = {row.means: row.currency_id for row in means_of(at.codes.channel(channel))}
    return [
        Tender(means, money_of(amount, currencies.get(means) or own, "amount") if amount else None)
        for means, _, amount in (one.partition("=") for one in paid)
    ]


@till.command()
@click.argument("channel")
@day_option("Which day.")
@click.option("--sums", is_flag=True, help="What should be there of each means of payment, instead of each receipt.")
@as_option
@format_option
@click.pass_obj
def day(program: Program, channel: str, day: dt.date, as_: str | None, format: str, *, sums: bool) -> None:  # noqa: A002 - the option's name
    """List the receipts of the till CHANNEL on a day as they stand now, or with --sums what should have been in the drawer at its end.

    \b
    Example:
      everstock till day T1 --sums
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.till_days import cash_up, till_day, till_report

    at.codes.channel(channel)
    digits = CURRENCIES[at.company.currency_id][1]
    if sums:
        columns = [Column("means"), Column("amount", numeric=True)]
        there = cash_up(till_report(at.actor, channel=channel, day=day))
        emit(columns, [[means, format_money(amount, digits)] for means, amount in there.items()], format)
        return
    rows = [
        [
            *(one.number, one.state, format_money(one.gross, digits)),
            ", ".join(f"{means} {format_money(amount, digits)}" for means, amount in _ways(one)),
        ]
        for one in till_day(at.actor, channel=channel, day=day)
    ]
    emit([Column("number"), Column("state"), Column("gross", numeric=True), Column("paid")], rows, format)


def _ways(sale: "TillSale") -> list[tuple[str, int]]:
    """How a receipt was paid: by means, and by what came back for it."""
    return [*sale.paid.items(), *([("exchanged", sale.exchanged)] if sale.exchanged else [])]


@till.command()
@click.argument("channel", required=False)
@day_option("Which day.")
@click.option("--documents", is_flag=True, help="Document by document, instead of the sums.")
@as_option
@format_option
@click.pass_obj
def report(
    program: Program,
    channel: str | None,
    day: dt.date,
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
    *,
    documents: bool,
) -> None:
    """Report what was sold, came back and was paid on a day at all tills, or at CHANNEL, as it is in the books.

    A tender is what should be there of a means of payment after that day's receipts, change and refunds.

    \b
    Examples:
      everstock till report --day 2026-05-16
      everstock till report T1 --documents
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.till_days import summed, till_report

    if channel is not None:
        at.codes.channel(channel)
    found = till_report(at.actor, day=day, channel=channel)
    rows = [
        [
            *(one.channel, one.what, one.means, one.number),
            format_money(one.amount, CURRENCIES[at.company.currency_id][1]),
            f"{format_money(one.given, CURRENCIES[one.currency][1])} {one.currency}" if one.currency else "",
        ]
        for one in (found if documents else summed(found))
    ]
    named = Column("document") if documents else Column("documents", numeric=True)
    columns = [Column("till"), Column("what"), Column("means"), named]
    emit([*columns, Column("amount", numeric=True), Column("given", numeric=True)], rows, format)
