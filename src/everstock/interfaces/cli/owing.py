"""``everstock report receivables|payables``: the lists of `so receivables` and `invoice open` among the reports, also as known then."""

import datetime as dt

import click

from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.reporting import asking_desk, by_option, options


@click.command()
@by_option("document", "customer")
@options("as_of", "known_at", "partner")
@click.pass_obj
def receivables(
    _program: Program, /, by: str, form: str, as_of: dt.date | None, known_at: int | None, partner: str | None
) -> None:
    """What customers owe, the first due first, or by how long it is overdue; as of today unless said otherwise."""
    from everstock.interfaces.cli.open_items import print_ageing, print_open
    from everstock.operations.documents.sides import SELLING

    (print_ageing if by == "customer" else print_open)(asking_desk(), SELLING, as_of, partner, form, known_at=known_at)


@click.command()
@by_option("document", "supplier")
@options("as_of", "known_at", "partner")
@click.pass_obj
def payables(
    _program: Program, /, by: str, form: str, as_of: dt.date | None, known_at: int | None, partner: str | None
) -> None:
    """What is owed to suppliers, the first due first, or by how long it is overdue; as of today unless said otherwise."""
    from everstock.interfaces.cli.open_items import print_ageing, print_open
    from everstock.operations.documents.sides import BUYING

    (print_ageing if by == "supplier" else print_open)(asking_desk(), BUYING, as_of, partner, form, known_at=known_at)
