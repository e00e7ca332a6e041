"""Commands that close and open the books: lock, unlock."""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from everstock.interfaces.cli.output import say
from everstock.interfaces.cli.program import Program

if TYPE_CHECKING:
    from everstock.masterdata.models import Company


class Day(click.ParamType[dt.date]):
    """A day as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        try:
            if len(str(value)) != 10:
                raise ValueError
            return dt.date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-01-31.", param, ctx)


@click.command()
@click.option("--through", type=Day(), required=True, metavar="DATE", help="The last day that is closed.")
@click.pass_obj
def lock(program: Program, through: dt.date) -> None:
    """Close the books through a day.

    A fact of a closed day can still be learned: its costs follow, and its entries are posted on the first open day.
    """
    company = program.company()
    from everstock.masterdata.actions import lock_periods

    _under_lock(company, lambda: lock_periods(company=company, through=through))
    _tell(company)


@click.command()
@click.option("--from", "from_", type=Day(), required=True, metavar="DATE", help="The first day that is open again.")
@click.pass_obj
def unlock(program: Program, from_: dt.date) -> None:
    """Open the books again from a day on."""
    company = program.company()
    from everstock.masterdata.actions import unlock_periods

    _under_lock(company, lambda: unlock_periods(company=company, from_=from_))
    _tell(company)


def _under_lock(company: "Company", change: Callable[[], None]) -> None:
    """Change periods while nobody posts."""
    from django.db import transaction

    from everstock.ledger.database import lock_company

    with transaction.atomic():
        lock_company(company.pk, exclusive=True)
        change()


def _tell(company: "Company") -> None:
    from everstock.masterdata.queries import locked_through

    through = locked_through(company)
    if through is None:
        say(f"The books of {company.code} are open for every day.")
    else:
        say(f"The books of {company.code} are closed through {through}.")
