"""Where the embedded database lives."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from everstock.core.problems import Refusal

DIRECTORY_VARIABLE = "EVERSTOCK_DATA_DIR"
NAME = "everstock"
"""Name of the role, the database and the user map."""
PORT = 5432
"""Only part of the socket's name: there is no network port."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The files in one data directory."""

    data_dir: Path

    @property
    def cluster(self) -> Path:
        """What PostgreSQL calls its data directory; it belongs to the user the server runs as."""
        return self.data_dir / "postgresql"

    @property
    def socket_dir(self) -> Path:
        """Where the server listens, unless the path is too long for a socket."""
        # Inside the cluster: only the server's user and root may enter it, and the server reaches it from its
        # working directory even when the folders above are closed to its user.
        return self.cluster / "socket"

    @property
    def log_dir(self) -> Path:
        """The server's log files, one per weekday, and what it said while it started."""
        return self.cluster / "log"

    @property
    def start_lock(self) -> Path:
        """Held by a process that starts, attaches to or stops the server."""
        return self.data_dir / "start.lock"

    @property
    def attached_lock(self) -> Path:
        """Shared by all processes that use the server, as long as they live."""
        return self.data_dir / "attached.lock"

    @property
    def server_lock(self) -> Path:
        """Held by every process of the server itself, as long as one of them lives."""
        return self.data_dir / "server.lock"


def data_directory(chosen: Path | None) -> Path:
    """Return the absolute data directory: the chosen one, the environment's or the user's own."""
    named = os.environ.get(DIRECTORY_VARIABLE)
    path = chosen or (Path(named) if named else default_directory())
    return path.expanduser().resolve()


def default_directory() -> Path:
    """Return the data directory of this user on this platform."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~/AppData/Local")) / "everstock"
    if os.geteuid() == 0:
        # Root's home is closed to the user the server runs as, and what root starts is a service.
        return Path("/var/lib/everstock")
    try:
        home = Path.home()
    except RuntimeError:
        cause = "This user has no home directory to keep the data in."
        raise Refusal("no-data-directory", cause, f"Set {DIRECTORY_VARIABLE} or give --data-dir.") from None
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "everstock"
    # The XDG rule: a relative value is to be ignored.
    shared = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (shared if shared.is_absolute() else home / ".local" / "share") / "everstock"
