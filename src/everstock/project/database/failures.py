"""Refusals in the user's words for what can go wrong with the files and the start of the embedded server."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from everstock.core.problems import Refusal

ELSEWHERE = "choose another directory with --data-dir or EVERSTOCK_DATA_DIR"
FULL_TEXTS = ("No space left on device", "Disk quota exceeded")
DENIED_TEXTS = ("Permission denied", "Read-only file system", "Operation not permitted")
MEMORY_TEXTS = ("Cannot allocate memory", "could not create shared memory segment", "could not map anonymous")
FULL = {errno.ENOSPC, errno.EDQUOT}
# A server that cannot even write its log says nothing; with less than this free, the disk is the reason.
NEARLY_FULL = 1 << 20
TAIL = 8


def no_database(data_dir: Path) -> Refusal:
    """Nothing was ever kept in this directory: most likely its name is mistyped."""
    cause = f"There is no database in {data_dir}."
    remedy = "Create one with `everstock init`, or check --data-dir and EVERSTOCK_DATA_DIR."
    return Refusal("database.none", cause, remedy)


def disk_full(data_dir: Path) -> Refusal:
    """No room left for the database."""
    cause = f"The disk that holds {data_dir} is full."
    return Refusal("disk-full", cause, f"Free some space, or {ELSEWHERE}.")


def not_writable(data_dir: Path, detail: str = "") -> Refusal:
    """The data directory or what lies above it is closed to this user."""
    cause = f"The data directory {data_dir} cannot be written{f' ({detail})' if detail else ''}."
    return Refusal("data-directory-not-writable", cause, f"Give this user the right to write there, or {ELSEWHERE}.")


def wrong_owner(data_dir: Path, owner: str, user: str) -> Refusal:
    """The data belongs to somebody else."""
    cause = f"The database in {data_dir} belongs to user {owner}, and this command runs as {user}."
    return Refusal("data-directory-owner", cause, f"Run the command as {owner} or root, or {ELSEWHERE}.")


def unnamed_user(uid: int) -> Refusal:
    """PostgreSQL insists on a name for the user it runs as."""
    cause = f"User id {uid} has no name on this machine, and PostgreSQL needs one."
    return Refusal("user-unnamed", cause, "Add the user to /etc/passwd, or use a server with EVERSTOCK_DATABASE_URL.")


def other_server(data_dir: Path, pid: int) -> Refusal:
    """A server that was started by hand runs on these files."""
    cause = f"A PostgreSQL server that Everstock did not start runs on {data_dir} (process {pid})."
    return Refusal("database-in-use", cause, "Stop it and try again.")


def remains(data_dir: Path) -> Refusal:
    """The server was killed, and some of its processes have not noticed yet."""
    cause = f"Processes of a killed database server still work on {data_dir}."
    return Refusal("database-in-use", cause, "Wait until they end, or end the processes named postgres, and try again.")


def failed(doing: str, data_dir: Path, output: str) -> Refusal:
    """Say why a program of PostgreSQL failed, from what it said last."""
    if any(text in output for text in FULL_TEXTS) or room(data_dir) < NEARLY_FULL:
        return disk_full(data_dir)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    denied = [line for line in lines if any(text in line for text in DENIED_TEXTS)]
    if denied:
        return not_writable(data_dir, denied[-1])
    if any(text in output for text in MEMORY_TEXTS):
        cause = f"There is not enough memory for {doing} the database in {data_dir}."
        return Refusal("memory-full", cause, "End other programs, or give this machine more memory.")
    last = "".join(f"\n  {line}" for line in lines[-TAIL:]) or " nothing."
    cause = f"PostgreSQL failed at {doing} the database in {data_dir} and said last:{last}\n"
    return Refusal("database-start-failed", cause, f"Mend what it names, or {ELSEWHERE}.")


def room(path: Path) -> int:
    """Return the bytes free for files at path, a large number when unknown."""
    try:
        return shutil.disk_usage(path).free
    except OSError:
        return 1 << 62


@contextmanager
def on_files(data_dir: Path) -> Iterator[None]:
    """Turn what the file system says about the data directory into a refusal."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise disk_full(data_dir) from None
        raise not_writable(data_dir, error.strerror or str(error)) from None
