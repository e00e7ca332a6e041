"""The options that quotes and sales orders share."""

from collections.abc import Callable
from typing import TypeVar

import click

from everstock.interfaces.cli.acting import day_option, making_options, repeated
from everstock.interfaces.cli.ordering import CHANGED, WANTED
from everstock.interfaces.cli.words import DAY, PRICED

_F = TypeVar("_F", bound=Callable[..., object])


def wanted_options(command: _F) -> _F:
    """Give a command what a customer wants: ``lines``, ``charges``, ``location``, ``day``, ``expected_on``, ``currency``, ``tax``, ``reference``."""
    for option in (
        making_options,
        click.option("--reference", metavar="TEXT", help="The customer's number, if there is one."),
        click.option("--tax", metavar="CODE", help="Tax code of all lines; default: the customer's."),
        click.option("--currency", metavar="CODE", help="Currency of the prices; default: the customer's."),
        click.option("--expected", "expected_on", type=DAY, metavar="DATE", help="When the customer wants it."),
        day_option("Its day; prices are those of this day."),
        click.option(
            "--from", "location", metavar="LOCATION", help="Where goods will leave from; default: the only warehouse."
        ),
        repeated("--charge", "charges", "TEXT=PRICE", "A service or a charge, such as Freight=25.00.", of=PRICED),
        repeated(
            "--line",
            "lines",
            "LINE",
            f"What is wanted, as {WANTED.form}. Without a unit it is the base unit, without a price that of the price lists.",
            of=WANTED,
        ),
    ):
        command = option(command)
    return command


def delivery_option(command: _F) -> _F:
    """Give a command ``delivery``, the code of one of the customer's delivery addresses."""
    text = "Delivery address of the customer; default: its default one when the order is confirmed."
    return click.option("--deliver-to", "delivery", metavar="ADDRESS", help=text)(command)


def change_options(command: _F) -> _F:
    """Give a command what changes: ``lines``, ``added``, ``location``, ``expected``, ``reference``, ``version``."""
    for option in (
        click.option(
            "--if-version", "version", type=int, metavar="N", help="Refuse if it was changed since this version."
        ),
        click.option("--reference", metavar="TEXT", help="The customer's number."),
        click.option(
            "--expected", type=DAY, metavar="DATE", help="New wanted day of the lines named with --line, or of all."
        ),
        click.option("--from", "location", metavar="LOCATION", help="Where goods of added lines will leave from."),
        repeated("--add", "added", "LINE", f"A new line, as {WANTED.form}.", of=WANTED),
        repeated(
            "--line",
            "lines",
            "LINE",
            f"What changes on a line, as {CHANGED.form}: its number, then the new quantity (0: not wanted any more) or price.",
            of=CHANGED,
        ),
    ):
        command = option(command)
    return command
