"""The folder of the server's socket: private, and short enough for the name of a socket."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from everstock.project.database.account import Account
from everstock.project.database.locations import PORT, Layout

SOCKET = f".s.PGSQL.{PORT}"
LONGEST = 103
"""Bytes in a socket's name on every system (Linux takes 107)."""
PREFIX = "everstock-"


def choose_socket_dir(layout: Layout, account: Account) -> Path:
    """Return a folder that only the server's user and root may enter: in the cluster, or with a shorter name."""
    if fits(layout.socket_dir):
        return layout.socket_dir
    # A name nobody can guess: in a folder open to all, somebody could have made a foreseeable one before us.
    for base in runtime_dirs(account):
        if fits(base / f"{PREFIX}12345678") and os.access(base, os.W_OK | os.X_OK):
            chosen = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
            account.give(chosen)
            return chosen
    return layout.socket_dir


def runtime_dirs(account: Account) -> list[Path]:
    """Return where short-lived private folders can be made, best first."""
    # The one of root's session is closed to the server's user.
    own = "/run" if account.dropped else os.environ.get("XDG_RUNTIME_DIR", "")
    shared = [tempfile.gettempdir(), "/tmp"]  # noqa: S108 private folders are made in it
    return [Path(base) for base in (own, *shared) if base]


def fits(folder: Path) -> bool:
    """Tell whether a socket in this folder can have a name."""
    return len(os.fsencode(folder / SOCKET)) <= LONGEST


def clear_socket_dir(layout: Layout, folder: Path) -> None:
    """Remove the socket of a server that is gone, and its folder where it was made for it."""
    # Named by a file of the server's, so only what can be a socket's is touched.
    if folder != layout.socket_dir and not folder.name.startswith(PREFIX):
        return
    with suppress(OSError):
        for name in (SOCKET, f"{SOCKET}.lock"):
            (folder / name).unlink(missing_ok=True)
        if folder != layout.socket_dir:
            folder.rmdir()
