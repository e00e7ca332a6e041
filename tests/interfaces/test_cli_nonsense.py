"""Whatever is typed into the commands of selling is done, or refused with a cause and a remedy; never is it a mistake of the program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from everstock.interfaces.cli.app import app
from tests.interfaces.shop import Shop, contents

GROUPS = (
    *("quote", "so", "available", "return", "pick", "pack", "carrier", "kit", "hold", "till", "channel", "substitute"),
    *("customer", "price-list", "tax", "rate", "document"),
)
NONSENSE = ("", "-1", "1" + "0" * 30, "NaN", "1=1e30", "BOLT=1@-1", "9999-12-31", "0001-01-01", "🚲")
KNOWN = {
    "customer": "JONES",
    "item": "BOLT",
    "items": "BOLT",
    "channel": "T1",
    "code": "JONES",
    "currency": "EUR",
    "line": "1",
    "lines": "BOLT=1",
}
_OF_THE_COMMAND_LINE = {"help", "data_dir", "company", "as_", "output", "letterhead"}


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from commands(below, (*path, name))


def typed(command: click.Command, wrong: click.Parameter, said: str, known: str) -> list[str]:
    """What is typed after a command so that one parameter is nonsense and the others might be right."""
    words, last = [], []
    for parameter in command.params:
        value = said if parameter is wrong else KNOWN.get(parameter.name or "", known)
        if isinstance(parameter, click.Argument):
            last.append(value)
        elif parameter is wrong or parameter.required:
            words += [parameter.opts[-1]] if getattr(parameter, "is_flag", False) else [parameter.opts[-1], value]
    return [*words, "--", *last]


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_nonsense_is_answered(shop: Shop, home: Path, group: str) -> None:
    order = shop.number("so", "create", "JONES", "--line", "BOLT=3@5", "--from", "SHED")
    whole = app.get_command(click.Context(app), group)
    assert whole is not None
    asked = 0
    for path, command in commands(whole, (group,)):
        for wrong in command.params:
            if wrong.name in _OF_THE_COMMAND_LINE:
                continue
            for said in NONSENSE:
                printed = shop(*path, *typed(command, wrong, said, order), status=(0, 1, 2))
                asked += 1
                if printed.err and "Usage:" not in printed.err and "Warning:" not in printed.err:
                    assert printed.err.count("Error: ") == printed.err.count("Remedy: ") == 1, (path, wrong.name, said)
    assert asked >= len(NONSENSE)


def test_a_text_that_is_none_is_refused(shop: Shop) -> None:
    before = contents()
    for command in (("so", "create", "J\udcff"), ("available", "BO\x00LT"), ("return", "lot", "PUMP", "S\udcff")):
        assert shop(*command, status=1).refusal == ("A text contains a character that is no text.", "Type it again.")
    assert contents() == before
    assert "is not in the range" in shop("so", "list", "--limit", "1" + "0" * 30, status=2).err
    assert "is not in the range" in shop("pick", "wave", "--priority", "10", status=2).err


def test_orders_of_another_system_are_refused_by_themselves(shop: Shop, home: Path) -> None:
    shop("channel", "set", "WEB", "--kind", "shop", "--from", "SHED", "--customer", "JONES", "--series", "WEB")
    (home / "orders.csv").write_text("order,item,quantity,price\n1,BO\x00LT,1,5\n2,BOLT,1,5\n")
    said = shop("so", "import", "orders.csv", "--channel", "WEB", status=1)
    assert "refused    The order contains a character that is no text." in said.out
    assert "SO-WEB-2026-000001" in said.out
    (home / "deep.json").write_text("[" * 200_000)
    said = shop("so", "import", "deep.json", "--channel", "WEB", status=1)
    assert said.refusal[0] == "Line 1 of the file is no order in JSON."


def test_no_prefix_is_no_sscc(shop: Shop) -> None:
    assert shop("pack", "prefix", "4012345").lines == ["The SSCC of new packages begin with 04012345."]
    assert shop("pack", "prefix", "").lines == ["New packages get no SSCC."]
