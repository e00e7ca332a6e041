"""The command reverse: a posted line is taken back by a posting of the opposite."""

import json
import time

import click

from everstock.core.facts import Kind
from everstock.core.problems import Refusal
from everstock.interfaces.cli.output import say
from everstock.interfaces.cli.program import Program


@click.command()
@click.argument("reference")
@click.option("--note", default="", help="Why; kept with the posting.")
@click.pass_obj
def reverse(program: Program, reference: str, note: str) -> None:
    """Take a posted line back by a posting of the opposite.

    REFERENCE is that of the line. Nothing is deleted: costs and entries are as if the line had never been, from its day
    on, by new entries beside the old ones. A line that others apply to (returns, charges, cost changes) is refused; reverse those first.
    """
    company = program.company()
    from everstock.ledger.lines import Document, Line
    from everstock.ledger.origins import find_origins
    from everstock.ledger.post import post

    known = find_origins(company.pk, [reference, f"{reference}:reversal"])
    origin = known.get(reference)
    if origin is None:
        raise Refusal(
            "origin.unknown",
            f"There is no line with the reference {reference}.",
            "Look it up with `everstock report movements`.",
        )
    if f"{reference}:reversal" in known:
        say(f"Line {reference} was reversed before; nothing was posted.")
        return
    details = json.dumps({"note": note}, ensure_ascii=False) if note else None
    line = Line(Kind.REVERSAL, origin.item, f"{reference}:reversal", applies_to=reference, details=details)
    post(company.pk, Document(time.time_ns() // 1000, (line,), "command line", reference))
    say(f"Reversed line {reference} by line {line.reference}.")
