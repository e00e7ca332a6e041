from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO

import pytest

from everstock.core.problems import BadFile, Problem
from everstock.interfaces.cli.app import SECTIONS, app
from everstock.interfaces.cli.output import Column, emit, progress, refuse

COLUMNS = (Column("item"), Column("quantity", numeric=True))
ROWS = (("A", "12345.5"), ("Bolt, [bold]", None))


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    emit(COLUMNS, ROWS, "table")
    assert capsys.readouterr().out.splitlines() == ["item          quantity", "A              12345.5", "Bolt, [bold]"]


def test_letters_that_are_two_columns_wide_are_counted_as_two(capsys: pytest.CaptureFixture[str]) -> None:
    emit(COLUMNS, (("自行车", "1"), ("Bøjle", "12"), ("e\u0301", "3")), "table")
    assert capsys.readouterr().out.splitlines() == [
        "item    quantity",
        "自行车         1",
        "Bøjle         12",
        "e\u0301              3",
    ]


def test_csv_quotes_what_needs_it(capsys: pytest.CaptureFixture[str]) -> None:
    emit(COLUMNS, iter(ROWS), "csv")
    assert capsys.readouterr().out == 'item,quantity\nA,12345.5\n"Bolt, [bold]",\n'


def test_json_is_a_list_of_objects(capsys: pytest.CaptureFixture[str]) -> None:
    emit(COLUMNS, ROWS, "json")
    assert capsys.readouterr().out.splitlines() == [
        "[",
        '{"item": "A", "quantity": "12345.5"},',
        '{"item": "Bolt, [bold]", "quantity": null}',
        "]",
    ]
    emit(COLUMNS, (), "json")
    assert capsys.readouterr().out == "[]\n"


def test_a_terminal_gets_thousands_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    emit(COLUMNS, ROWS, "table")
    assert "12,345.5" in terminal.getvalue()
    assert "[bold]" in terminal.getvalue()


def test_progress_is_silent_unless_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Reading") as bar:
        bar.advance(10)
    assert capsys.readouterr() == ("", "")


def test_a_bad_file_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    refuse(BadFile("x.csv", [Problem(2, "item", "A\nB", "is bad"), Problem(10, "", "", "is worse")], 5))
    assert capsys.readouterr().err.splitlines() == [
        "line  column  value  reason",
        "   2  item    A B    is bad",
        "  10                 is worse",
        "… and 3 more.",
        "Error: x.csv has 5 problems; nothing was imported.",
        "Remedy: Correct the lines listed and import again.",
    ]


@pytest.mark.parametrize("name", [name for section in SECTIONS.values() for name in section])
def test_every_command_explains_itself(name: str) -> None:
    context = app.make_context("everstock", ["--help"], resilient_parsing=True)
    command = app.get_command(context, name)
    if command is None:
        pytest.skip(f"{name} is not part of this installation")
    assert command.help
    options = {parameter.name for parameter in command.params}
    assert {"data_dir", "company"} <= options


_LOAD_ALL = """
from everstock.interfaces.cli.app import SECTIONS, app
context = app.make_context("everstock", ["--help"], resilient_parsing=True)
for section in SECTIONS.values():
    for name in section:
        app.get_command(context, name)
"""


def test_every_command_explains_itself_where_there_is_no_database() -> None:
    """Settings are made when a command needs the database, which is after its module was loaded."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("EVERSTOCK_", "DJANGO_"))}
    loaded = subprocess.run(
        [sys.executable, "-c", _LOAD_ALL], env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert loaded.returncode == 0, loaded.stderr
