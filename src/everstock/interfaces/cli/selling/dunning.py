"""``everstock so dunning|dunning-levels|remind|print-reminder|dispute``: who is late, and how he is reminded."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from everstock.core.problems import Refusal
from everstock.interfaces.cli.acting import as_option, day_option, desk, now, perhaps, reason_option, repeated, today
from everstock.interfaces.cli.output import Column, emit, format_option, say
from everstock.interfaces.cli.printing import keep, look, look_options
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.selling.receivables import reader
from everstock.interfaces.cli.words import DAY, PairType
from everstock.operations.documents.kinds import DocumentKind

_INVOICE = DocumentKind.CUSTOMER_INVOICE
_LEVEL = PairType("DAYS=NAME")
_GRACE = dt.timedelta(days=7)
"""From the day of a letter to the day by which it asks to be paid."""


@click.command()
@click.option("--as-of", type=DAY, metavar="DATE", help="At the end of this day; default: today.")
@click.option("--customer", metavar="CODE", help="Only invoices of this customer.")
@click.option("--all", "all_", is_flag=True, help="Also what is disputed, or was reminded of at its level.")
@as_option
@format_option
@click.pass_obj
def dunning(
    program: Program,
    as_of: dt.date | None,
    customer: str | None,
    all_: bool,
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
) -> None:
    """List overdue invoices of which a reminder is to be sent, with its level.

    \b
    Example:
      everstock so dunning --customer JONES
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = reader(program, as_)
    from everstock.interfaces.cli.showing import money
    from everstock.operations.sales.dunning import levels, overdue

    names = {step.level: step.name for step in levels(at.company.pk)}
    partner = perhaps(at.codes.partner, customer)
    rows = [
        [
            *(row.number, at.codes.partners[row.partner], row.due_on, row.overdue, row.currency),
            *(money(row.open, row.currency), row.level, names.get(row.level, ""), row.sent, row.sent_on, row.disputed),
        ]
        for row in overdue(at.company, as_of=as_of or today(), partner=partner)
        if all_ or row.to_remind
    ]
    columns = [Column("number"), Column("customer"), Column("due_on"), Column("overdue", numeric=True)]
    columns += [Column("currency"), Column("open", numeric=True), Column("level", numeric=True), Column("reminder")]
    columns += [Column("sent", numeric=True), Column("sent_on"), Column("disputed")]
    emit(columns, rows, format)


@click.command()
@click.argument("numbers", nargs=-1, required=True)
@day_option("Day on which the reminders were sent.")
@as_option
@click.pass_obj
def remind(program: Program, numbers: Sequence[str], day: dt.date, as_: str | None) -> None:
    """Register that customers were reminded of invoices (their NUMBERS), each at the level that it has reached.

    \b
    Example:
      everstock so remind CI-2026-000001 CI-2026-000002
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.dunning import register_reminders

    keys = {at.codes.document(number, [_INVOICE])[1]: number for number in numbers}
    for invoice, level in register_reminders(at.actor, invoices=list(keys), day=day, recorded_at=now()):
        say(f"{keys[invoice]}: reminder {level}")


@click.command()
@click.argument("number")
@reason_option
@click.option("--settled", is_flag=True, help="The dispute is over; --reason says how it ended.")
@as_option
@click.pass_obj
def dispute(program: Program, number: str, reason: str, settled: bool, as_: str | None) -> None:
    """Note that a customer disputes an invoice, which is not dunned until that is settled.

    \b
    Examples:
      everstock so dispute CI-2026-000001 --reason "10 pieces short"
      everstock so dispute CI-2026-000001 --settled --reason "credited"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.dunning import open_dispute, settle_dispute

    _, invoice = at.codes.document(number, [_INVOICE])
    if settled:
        settle_dispute(at.actor, invoice=invoice, outcome=reason, recorded_at=now())
        say(f"{number} is not disputed any more.")
    else:
        open_dispute(at.actor, invoice=invoice, reason=reason, recorded_at=now())
        say(f"{number} is disputed, and not dunned.")


@click.command("print-reminder")
@click.argument("customer")
@day_option("Day of the letter.")
@click.option("--pay-by", type=DAY, metavar="DATE", help="By when to pay; default: seven days after the letter.")
@click.option("--currency", metavar="CODE", help="Default: the one in which we trade with the customer.")
@look_options
@as_option
@click.pass_obj
def print_reminder(
    program: Program,
    customer: str,
    day: dt.date,
    pay_by: dt.date | None,
    currency: str | None,
    as_: str | None,
    language: str | None,
    output: Path | None,
    letterhead: Path | None,
) -> None:
    """Write a letter as PDF that asks CUSTOMER to pay its overdue invoices, those in dispute left out.

    It is called what the highest level is called that one of them has reached. `so remind` registers that it was sent.

    \b
    Example:
      everstock so print-reminder JONES --output reminder.pdf
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.paper import documents
    from everstock.interfaces.paper.reminders import reminder_paper

    partner = at.codes.customer(customer)
    spoken, company = look(at, partner.pk, language, letterhead)
    paper = reminder_paper(
        *(at.actor, partner.pk),
        day=day,
        pay_by=day + _GRACE if pay_by is None else pay_by,
        currency=currency,
        language=spoken,
        company=company,
    )
    keep(lambda: documents.reminder(paper), output or Path(f"{partner.code}-reminder.pdf"))


@click.command("dunning-levels")
@repeated(
    "--level",
    "wanted",
    "DAYS=NAME",
    "Remind from so many days overdue on, and call it so; all levels, in order.",
    of=_LEVEL,
)
@click.option("--usual", is_flag=True, help="Remind as a new company does.")
@as_option
@format_option
@click.pass_obj
def dunning_levels(
    program: Program,
    wanted: Sequence[tuple[str, str]],
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
    *,
    usual: bool,
) -> None:
    """Show how customers are reminded, or with --level say it anew.

    \b
    Examples:
      everstock so dunning-levels
      everstock so dunning-levels --level 5=Reminder --level "20=Last reminder"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if wanted and usual:
        raise click.UsageError("Give --level or --usual, not both.")
    at = desk(program, as_) if wanted or usual else reader(program, as_)
    from everstock.operations.sales.dunning import levels, set_levels

    if wanted or usual:
        set_levels(at.actor, wanted=[(_days(days), name) for days, name in wanted], recorded_at=now())
    rows = [(step.level, step.days, step.name) for step in levels(at.company.pk)]
    emit([Column("level", numeric=True), Column("days_overdue", numeric=True), Column("reminder")], rows, format)


def _days(word: str) -> int:
    if not word.isascii() or not word.isdigit():
        raise Refusal(
            "dunning.levels", f"“{word}” is no number of days.", "Write a level as DAYS=NAME, such as 15=Reminder."
        )
    return int(word)
