"""The system user that the embedded server runs as, and who may sign in.

PostgreSQL refuses to run as root. Started by root, it runs as the owner of its files, and for new files as an existing
user without privileges; no user is made and no folder of others is changed.
"""

import os
import pwd
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from everstock.core.problems import Refusal
from everstock.project.database import failures
from everstock.project.database.locations import Layout

# The first of these that exists runs what root starts: one meant for databases, else one meant for nothing.
SERVICE_USERS = ("postgres", "nobody")
OPEN_FILES = "/proc/self/fd"
# Only what a server needs: PGDATA, PGPORT and their like belong to other servers.
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Account:
    """The user the server runs as: numeric ids, and whether root has to become it."""

    uid: int
    gid: int
    dropped: bool

    def run(
        self, command: Sequence[str], *, text: str = "", kept: tuple[int, ...] = (), detached: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user and return its exit code and output.

        ``text`` is its standard input, ``kept`` are descriptors it inherits. A detached program has its own session,
        so that Ctrl-C in our terminal does not reach it, and none of our streams, so that nobody waits for it.
        """
        stream = subprocess.DEVNULL if detached else subprocess.PIPE
        return subprocess.run(
            command,
            cwd="/",
            input=None if detached else text,
            stdin=stream if detached else None,
            stdout=stream,
            stderr=subprocess.DEVNULL if detached else subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            pass_fds=kept,
            start_new_session=detached,
            umask=0o077,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"},
            user=self.uid if self.dropped else None,
            group=self.gid if self.dropped else None,
            extra_groups=[] if self.dropped else None,
        )

    @contextmanager
    def way_to(self, directory: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Give the path by which a program of this user finds ``directory``, and the descriptors it must inherit."""
        if not self.dropped or not Path(OPEN_FILES).exists():
            yield str(directory), ()
            return
        # The folders above may be closed to the user; what root has opened needs no way there.
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"{OPEN_FILES}/{descriptor}", (descriptor,)
        finally:
            os.close(descriptor)

    def give(self, path: Path) -> None:
        """Make this user the owner of a file or folder that root made for it."""
        if self.dropped:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_account(layout: Layout) -> Account:
    """Return whom the server of this (existing) data directory runs as. Raises Refusal for a wrong owner."""
    user = os.geteuid()
    try:
        owner: int | None = layout.cluster.stat().st_uid
    except FileNotFoundError:
        owner = None
    except PermissionError:
        owner = layout.data_dir.stat().st_uid
    if user != 0:
        if owner is None and not os.access(layout.data_dir, os.W_OK | os.X_OK):
            owner = layout.data_dir.stat().st_uid
        if owner not in {None, user}:
            raise failures.wrong_owner(layout.data_dir, user_name(owner or 0), user_name(user))
        require_name(user)
        return Account(user, os.getegid(), dropped=False)
    # A cluster of root's own is a copy made without its owner: it will be given back (see cluster.repair).
    uid = owner or layout.data_dir.stat().st_uid
    if uid == 0:
        return service_account()
    require_name(uid)
    return Account(uid, pwd.getpwuid(uid).pw_gid, dropped=True)


def service_account() -> Account:
    """Return the existing user without privileges that runs what root starts."""
    for name in SERVICE_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, dropped=True)
    cause = f"Root may not run PostgreSQL, and none of the users {', '.join(SERVICE_USERS)} exists."
    raise Refusal("no-server-user", cause, "Run the command as another user than root.")


def clients(layout: Layout) -> list[str]:
    """Return the names of the system users who may sign in: root, whoever starts it and the owner of the data."""
    uids = {0, os.geteuid(), layout.data_dir.stat().st_uid}
    return sorted(name for name in map(user_name, uids) if not name.isdecimal())


def user_name(uid: int) -> str:
    """Return the name of a user, or its number when it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def require_name(uid: int) -> None:
    """Raise Refusal unless the user has a name, as PostgreSQL demands."""
    if user_name(uid).isdecimal():
        raise failures.unnamed_user(uid)


def data_dir_mode() -> int:
    """Return the access of a new data directory: its owner's, and the way through where the server needs it."""
    return 0o711 if os.geteuid() == 0 and not Path(OPEN_FILES).exists() else 0o700
