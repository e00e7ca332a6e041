"""Errors of the database and of the machine in the user's words."""

import errno
from typing import TYPE_CHECKING

from everstock.core.problems import Refusal

if TYPE_CHECKING:
    import psycopg

_BY_STATE = {
    "53100": ("The disk of the database is full.", "Free some space and try again."),
    "53200": ("The database ran out of memory.", "End other programs, or give the machine more memory."),
    "53300": ("The database has too many connections.", "End other programs that use it, or raise max_connections."),
    "40P01": ("Two processes waited for each other.", "Try again."),
    "40001": ("Another process changed the same rows.", "Try again."),
    "42501": ("The database user lacks a right.", "Grant it, or use the owner of the database."),
    "25006": ("The database takes no changes: it is read-only.", "Use the primary server, or make it writable."),
    "55P03": ("Another process holds a lock on what this command needs.", "Try again when it is done."),
    "57014": ("The database cancelled the command.", "Raise statement_timeout, or try again."),
    "42P01": ("A table is missing in the database.", "Run `everstock migrate`."),
    "42883": ("A function is missing in the database.", "Run `everstock migrate`."),
    "42703": ("A column is missing in the database.", "Run `everstock migrate`."),
}
"""SQLSTATE to cause and remedy."""
_NO_TEXT = ("A text contains a character that is no text.", "Type it again.")
_LOST = (
    "The connection to the database was lost.",
    "Check that the server runs, and try again; nothing was half done.",
)


def known_refusal(error: BaseException) -> Refusal | None:
    """The refusal that an error amounts to, or ``None`` if it is a mistake of the program."""
    if isinstance(error, MemoryError):
        return Refusal(
            "memory-full", "There is not enough memory.", "End other programs, or give the machine more memory."
        )
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        cause = f"The disk is full{f' at {error.filename}' if error.filename else ''}."
        return Refusal("disk-full", cause, "Free some space and try again.")
    if isinstance(error, PermissionError):
        return Refusal("not-permitted", f"{error.filename} may not be used by this user.", "Change its permissions.")
    if isinstance(error, OverflowError) and str(error) == "date value out of range":
        # such as the day on which an invoice of the last day of all would be due
        return Refusal("day-out-of-range", "No calendar has the day that this comes to.", "Enter a nearer day.")
    if isinstance(error, UnicodeEncodeError):
        # such as half a character that a terminal or a file passed on
        return Refusal("text-invalid", *_NO_TEXT)
    found = _database_error(error)
    return None if found is None else _of_database(found)


def _database_error(error: BaseException) -> "psycopg.Error | None":
    import psycopg

    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, psycopg.Error):
        seen = seen.__cause__
    return seen


def _of_database(error: "psycopg.Error") -> Refusal | None:
    import psycopg

    state = error.sqlstate or ""
    if state == "22021" or (not state and isinstance(error, psycopg.DataError) and "NUL" in str(error)):
        return Refusal("text-invalid", *_NO_TEXT)
    if state in _BY_STATE:
        cause, remedy = _BY_STATE[state]
        detail = error.diag.message_primary
        if state == "42501" and detail:
            cause = f"The database user lacks a right: {detail}."
        return Refusal("database-error", cause, remedy)
    lost = state.startswith(("08", "57P")) or (not state and isinstance(error, psycopg.OperationalError))
    return Refusal("database-lost", *_LOST) if lost else None
