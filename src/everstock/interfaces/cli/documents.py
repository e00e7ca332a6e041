"""``everstock document``: what all documents have in common, and the pieces of the groups that deal with one kind."""

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from everstock.interfaces.cli.acting import (
    as_option,
    day_option,
    desk,
    now,
    perhaps,
    reason_option,
    today,
    told,
)
from everstock.interfaces.cli.output import format_option, say
from everstock.interfaces.cli.printing import print_document, printing_options
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import DAY, ROWS
from everstock.operations.documents.kinds import SELLING, DocumentKind
from everstock.operations.documents.states import State

_KINDS = [kind.value for kind in DocumentKind]
_F = TypeVar("_F", bound=Callable[..., object])


@click.group()
def document() -> None:
    """Any document by its number: find it, look at it, print it, cancel it.

    Numbers begin with the kind of the document: PO order, BO blanket order, GR goods receipt, SR supplier return, SI supplier
    invoice, SC credit note, SP payment, LC landed cost, GC clearing, TR stock transfer; QU quote, SO sales order,
    PL pick list, SH shipment, CI customer invoice, CC customer credit note, CP customer payment, RM sales return.

    \b
    Examples:
      everstock document list --kind goods_receipt --from 2026-03-01
      everstock document show GR-2026-000014
      everstock document cancel GR-2026-000014 --reason "counted twice"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


def filter_options(*partners: str) -> Callable[[_F], _F]:
    """Give a command that lists documents its filters, ``--as`` and ``--format``; they are what ``list_documents`` takes by name.

    ``partners``: whose documents these may be, such as "supplier", each an option.
    """
    return functools.partial(_filtered, partners)


def _filtered(partners: Sequence[str], command: _F) -> _F:
    states = click.option(
        "--state",
        "states",
        type=click.Choice([state.value for state in State]),
        multiple=True,
        metavar="STATE",
        help="Only in this state, such as sent or on_hold; may be repeated.",
    )
    whose = " or ".join(partners)
    partner = click.option(*(f"--{one}" for one in partners), "partner", metavar="CODE", help=f"Only of this {whose}.")
    first = click.option("--from", "from_", type=DAY, metavar="DATE", help="First day.")
    last = click.option("--to", type=DAY, metavar="DATE", help="Last day.")
    reference = click.option("--reference", metavar="TEXT", help=f"Only with this number of the {whose}.")
    limit = click.option("--limit", type=ROWS, default=100, show_default=True, help="At most so many, the newest.")
    return states(partner(first(last(reference(limit(as_option(format_option(command))))))))


def list_documents(
    program: Program,
    kinds: Sequence[DocumentKind],
    *,
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
    partner: str | None,
    states: Sequence[str],
    **filters: Any,
) -> None:
    """Print the newest documents of those of ``kinds`` that may be seen; refused: ``permission.missing``, ``partner.unknown``."""
    at = desk(program, as_)
    from everstock.interfaces.cli.showing import show_list
    from everstock.operations.documents.kinds import reading
    from everstock.operations.documents.queries import documents
    from everstock.operations.identity.actor import require

    seen = [kind for kind in kinds if reading(kind) in at.actor.permissions]
    if not seen:
        require(at.actor, reading(kinds[0]))
    whose = perhaps(at.codes.partner, partner)
    wanted = [State(state) for state in states] or None
    rows = documents(at.company.pk, seen, states=wanted, partner=whose, **filters)
    show_list(at, rows, format, selling=SELLING.issuperset(kinds), buying=SELLING.isdisjoint(kinds))


@document.command("list")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(_KINDS),
    multiple=True,
    metavar="KIND",
    help=f"Only of this kind; may be repeated. One of: {', '.join(_KINDS)}.",
)
@filter_options("supplier", "customer")
@click.pass_obj
def list_(program: Program, /, kinds: Sequence[str], **filters: Any) -> None:
    """List documents, the newest first."""
    list_documents(program, [DocumentKind(kind) for kind in kinds] or list(DocumentKind), **filters)


@document.command()
@click.argument("number")
@as_option
@format_option
@click.pass_obj
def show(program: Program, number: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show a document: its head, its lines with what became of them, what it was made from and what came of it."""
    show_one(program, number, as_, format)


def show_one(program: Program, number: str, as_: str | None, form: str, *kinds: DocumentKind) -> None:
    """Print the document with this number, of one of ``kinds`` (none: any)."""
    at = desk(program, as_)
    from everstock.interfaces.cli.showing import show_document

    show_document(at, at.codes.document(number, kinds)[1], form, today(), now())


@document.command("print")
@click.argument("number")
@printing_options
@as_option
@click.pass_obj
def print_(program: Program, /, number: str, as_: str | None, **given: Any) -> None:
    """Write a paper of a document as PDF.

    Of buying: orders, goods receipt notes, supplier return notes. Of selling: quotes, order confirmations, pick lists, delivery
    notes, packing slips, invoices, credit notes, return labels. Receipt and return notes hold prices only if whoever prints may see costs; what goes with goods to a customer has none.

    \b
    Examples:
      everstock document print GR-2026-000014 --language da --as wim
      everstock document print SH-2026-000031 --paper packing-slip
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    print_document(program, number, as_, **given)


@document.command()
@click.argument("number")
@click.argument("text")
@as_option
@click.pass_obj
def note(program: Program, number: str, text: str, as_: str | None) -> None:
    """Write a note about a document. Notes are kept and change nothing else."""
    at = desk(program, as_)
    from everstock.operations.documents.actions import add_note

    _, key = at.codes.document(number)
    add_note(at.actor, document=key, text=text, recorded_at=now())
    say(f"Noted on {number}.")


@document.command()
@click.argument("number")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_option
@click.pass_obj
def attach(program: Program, number: str, file: Path, as_: str | None) -> None:
    """Attach a FILE of at most 20 MB to a document, such as the scan of the supplier's invoice."""
    from mimetypes import guess_type

    at = desk(program, as_)
    from everstock.operations.documents.actions import attach as keep

    _, key = at.codes.document(number)
    media_type = guess_type(file.name)[0] or "application/octet-stream"
    keep(
        at.actor,
        document=key,
        name=file.name,
        media_type=media_type,
        content=file.read_bytes(),
        recorded_at=now(),
    )
    say(f"Attached {file.name} to {number}.")


@document.command()
@click.argument("number")
@reason_option
@day_option("Day on which what was booked is booked back (invoices, payments, landed costs, clearings).")
@as_option
@click.pass_obj
def cancel(program: Program, number: str, reason: str, day: dt.date, as_: str | None) -> None:
    """Cancel a document: what it did is undone by postings of the opposite.

    Goods receipts, shipments, returns and transfers are undone as of the day they had, as if they had never been; invoices, payments, landed costs
    and clearings on --day. Of goods that were billed in a closed month, enter a return instead.
    """
    cancel_one(program, number, reason, day, as_)


def cancel_one(program: Program, number: str, reason: str, day: dt.date, as_: str | None, *kinds: DocumentKind) -> None:
    """Cancel the document with this number, of one of ``kinds`` (none: any)."""
    at = desk(program, as_)
    from everstock.interfaces.cli.cancelling import cancel_document, takes_day

    kind, key = at.codes.document(number, kinds)
    told(at, cancel_document(at.actor, kind, key, day=day, reason=reason, recorded_at=now()))
    named = click.get_current_context().get_parameter_source("day") is ParameterSource.COMMANDLINE
    if named and not takes_day(kind):
        say(f"It is undone as of the day it had, not on {day}.")
