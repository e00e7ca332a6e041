"""The folder of the server's socket: private, and short enough for the name of a socket."""

import os
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

from everstock.project.database.account import Account
from everstock.project.database.locations import NAME, PORT, Layout

SOCKET = f".s.PGSQL.{PORT}"
LONGEST = 103
"""Bytes in a socket's name on every system (Linux takes 107)."""
PREFIX = "everstock-"
PATIENCE = 5.0
"""Seconds that a server has to answer."""
# Version 3.0; idle and ready; SQLSTATE cannot_connect_now; terminate: as PostgreSQL's frontend/backend protocol has it.
PROTOCOL = (3 << 16).to_bytes(4)
READY_FOR_QUERY = b"Z\0\0\0\x05I"
NOT_NOW = b"C57P03"
GOODBYE = b"X\0\0\0\x04"


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
    """Tell whether clients can name a socket in this folder; they read a comma as the start of another host."""
    return len(os.fsencode(folder / SOCKET)) <= LONGEST and "," not in str(folder)


def accepts(folder: Path) -> bool:
    """Tell whether the server that listens here lets us in; not while it starts, recovers or stops."""
    # Half a page of its protocol instead of a driver that takes longer to load than all the rest.
    named = b"".join(word.encode() + b"\0" for word in ("user", NAME, "database", NAME))
    hello = PROTOCOL + named + b"\0"
    with suppress(OSError), socket.socket(socket.AF_UNIX) as talk:
        talk.settimeout(PATIENCE)
        talk.connect(str(folder / SOCKET))
        talk.sendall((len(hello) + 4).to_bytes(4) + hello)
        said = b""
        while not said.endswith(READY_FOR_QUERY):
            part = talk.recv(8192)
            said += part
            if said.startswith(b"E"):
                # Any other error than "not now", such as too many connections, comes from a server at work.
                return NOT_NOW not in said
            if not part:
                return False
        talk.sendall(GOODBYE)
        return True
    return False


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
