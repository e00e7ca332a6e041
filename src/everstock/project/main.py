"""The program ``everstock``: runs a command and turns whatever goes wrong into words and an exit status.

0: done; 1: refused, or a law is violated; 2: wrong usage; 130: interrupted; 141: nobody reads on. Never a traceback.
"""

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from everstock.core.problems import Refusal
from everstock.interfaces.cli.app import app
from everstock.interfaces.cli.output import refuse
from everstock.interfaces.cli.program import OpenDatabase, Program

REFUSED, USAGE, INTERRUPTED, UNREAD, TERMINATED = 1, 2, 130, 141, 143
_LOG = "errors.log"
_COMPLETION = "_EVERSTOCK_COMPLETE"


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    if _COMPLETION in os.environ:
        app.main(prog_name="everstock")
    signal.signal(signal.SIGTERM, _terminate)
    if sys.stdout is None:
        # before anything is done of which nobody would hear; what is opened later may take its place
        if sys.stderr is not None:
            refuse(Refusal("output.closed", "Standard output is closed.", "Send it to a file, or to /dev/null."))
        sys.exit(REFUSED)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    status = run(sys.argv[1:])
    with suppress(OSError):
        sys.stderr.flush()
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return the exit status."""
    program = Program(_open_database)
    try:
        try:
            status = _invoke(program, arguments)
        finally:
            program.close()
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - this is the last place where anything can be caught
        status = _explain(error, program)
    return status


def _open_database(data_dir: Path | None, create: bool) -> OpenDatabase:
    from everstock.project.database import open_database

    return open_database(data_dir, create=create)


def _invoke(program: Program, arguments: Sequence[str]) -> int:
    with app.make_context("everstock", list(arguments), obj=program) as context:
        result = app.invoke(context)
    return result if isinstance(result, int) and not isinstance(result, bool) else 0


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    """End as by Ctrl-C: transactions are rolled back, the database is let go of."""
    raise SystemExit(TERMINATED)


def _explain(error: BaseException, program: Program) -> int:
    """Say on standard error what went wrong; return the exit status."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else REFUSED
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        # nobody reads on, as behind `| head`: what is left to write goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    if isinstance(error, KeyboardInterrupt | click.Abort):
        click.echo("\nInterrupted. What was not finished has been undone.", err=True)
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        error.show()
        return USAGE if isinstance(error, click.UsageError) else REFUSED
    refuse(error if isinstance(error, Refusal) else _refusal_of(error, program))
    return REFUSED


def _refusal_of(error: BaseException, program: Program) -> Refusal:
    """An error that nobody expected, in words; what a programmer needs goes to a file."""
    from everstock.project.errors import known_refusal

    known = known_refusal(error)
    if known is not None:
        return known
    place = _write_log(error, program)
    told = (
        f"The details are in {place}; please report them." if place else "The details could not be written to a file."
    )
    return Refusal("unexpected", f"Something went wrong that should not: {type(error).__name__}.", told)


def _write_log(error: BaseException, program: Program) -> Path | None:
    """Append the traceback to a file in the data directory, or where temporary files go."""
    import tempfile

    from everstock.project.database.locations import data_directory

    details = "".join(traceback.format_exception(error))
    entry = f"{datetime.now(UTC).isoformat()} everstock {' '.join(sys.argv[1:])}\n{details}\n"
    for folder in (data_directory(program.data_dir), Path(tempfile.gettempdir())):
        with suppress(OSError):
            if folder.is_dir():
                with (folder / _LOG).open("a", encoding="utf-8") as log:
                    log.write(entry)
                return folder / _LOG
    return None


if __name__ == "__main__":
    main()
