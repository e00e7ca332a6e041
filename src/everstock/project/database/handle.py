"""What callers hold: an open database."""

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from everstock.core.problems import Refusal
from everstock.project.database import failures
from everstock.project.database.binaries import find_bin_dir
from everstock.project.database.locations import NAME, PORT, Layout, data_directory
from everstock.project.database.url import VARIABLE, check_server


class Database:
    """An open database. ``close`` it, or use it in a ``with``; what is left open closes with the process."""

    def __init__(self, url: str, data_dir: Path, *, embedded: bool, server_version: int | None = None) -> None:
        self.url = url
        """What psycopg.connect takes; ``connect_info`` splits it."""
        self.embedded = embedded
        self.data_dir = data_dir
        self._server_version = server_version
        self._open = True

    @property
    def bin_dir(self) -> Path:
        """The folder of pg_dump, pg_restore, psql and pgbench. Raises Refusal if they are not installed."""
        return find_bin_dir()

    @property
    def server_version(self) -> int:
        """The version of the server, e.g. 180006. Raises Refusal if it cannot be reached."""
        if self._server_version is None:
            self._server_version = check_server(self.url)
        return self._server_version

    def close(self) -> None:
        """Let go of the database; the last one out stops an embedded server. More calls do nothing."""
        if not self._open:
            return
        self._open = False
        if self.embedded:
            from everstock.project.database.attachments import registry

            registry.detach(self.data_dir)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Database {'embedded' if self.embedded else 'elsewhere'} {'open' if self._open else 'closed'}>"


def open_database(data_dir: Path | None = None, *, create: bool = True) -> Database:
    """Return the database named by EVERSTOCK_DATABASE_URL, else the embedded one of a data directory.

    The embedded server is started unless it runs; ``data_dir`` is by default EVERSTOCK_DATA_DIR, else the user's own. ``create``:
    whether a database is made where there is none, else that is refused.
    Raises Refusal, with cause and remedy, when there is no way to a database; nothing is left open then.
    """
    directory = data_directory(data_dir)
    url = os.environ.get(VARIABLE)
    if url:
        return Database(url, directory, embedded=False, server_version=check_server(url))
    if sys.platform == "win32":
        cause = "The embedded database does not run on Windows yet."
        raise Refusal("database-platform", cause, f"Use a PostgreSQL server with {VARIABLE}.")
    # Imported here, since Windows lacks the locks it is built on.
    from everstock.project.database.attachments import registry

    layout = Layout(directory)
    if not create and _is_missing(layout.cluster):
        raise failures.no_database(directory)
    socket_dir = registry.attach(layout)
    url = f"postgresql://{NAME}@/{NAME}?host={quote(str(socket_dir), safe='')}&port={PORT}"
    return Database(url, directory, embedded=True)


def _is_missing(folder: Path) -> bool:
    try:
        folder.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False  # whoever opens it says what is wrong
    return False
