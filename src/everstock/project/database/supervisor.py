"""Start the embedded server, find one that runs, and stop it.

Whether a server lives is told by a file lock that it and all its processes inherit: the kernel lets go of it when the
last of them is dead, so neither ``kill -9`` nor a process id used twice can mislead. All functions are called while the
start lock is held.
"""

import logging
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from everstock.project.database import failures, locks
from everstock.project.database.account import OPEN_FILES, Account, server_account
from everstock.project.database.binaries import find_programs
from everstock.project.database.cluster import prepare
from everstock.project.database.configuration import FIRM, read
from everstock.project.database.locations import Layout
from everstock.project.database.sockets import accepts, choose_socket_dir, clear_socket_dir

logger = logging.getLogger(__name__)

# The shell goes to the background with the server and ends, so that the server is no child of ours to be waited for.
# What the server says before it opens its log is written with its own rights, not with root's.
LAUNCH = 'exec >"$1/log/start.log" 2>&1 </dev/null || exit 1; shift; "$@" &'
READY = {"ready", "standby"}
PATIENCE = 30.0
"""Seconds that orphaned processes of a killed server get to notice and end."""
QUIET = 3.0
"""Seconds after which a waiting user is told why."""


@dataclass(frozen=True, slots=True)
class Running:
    """What a server says about itself in its postmaster.pid."""

    pid: int
    socket_dir: str
    status: str


def ensure_running(layout: Layout) -> Path:
    """Return the folder of the socket of a server that takes connections, started if need be. Raises Refusal."""
    if locks.is_held(layout.server_lock):
        running = wait_until_ready(layout)
        if running:
            return socket_dir_of(layout, running)
    return start(layout)


def start(layout: Layout) -> Path:
    """Start the server and return the folder of its socket. Raises Refusal."""
    account = server_account(layout)
    programs = find_programs(account)
    forget_dead_server(layout)
    prepare(layout, programs, account)
    socket_dir = choose_socket_dir(layout, account)
    launch(layout, account, programs.bin_dir / "postgres", socket_dir)
    running = wait_until_ready(layout)
    if running is None:
        clear_socket_dir(layout, socket_dir)
        raise failures.failed("starting", layout.data_dir, last_words(layout))
    return socket_dir_of(layout, running)


def launch(layout: Layout, account: Account, postgres: Path, socket_dir: Path) -> None:
    """Put the server into the background, holding its lock."""
    lock = locks.open_lock(layout.server_lock)
    try:
        if not locks.take(lock):
            raise failures.remains(layout.data_dir)
        with account.way_to(layout.cluster) as (place, kept):
            options = firm_options(f"{place}/{socket_dir.name}" if socket_dir == layout.socket_dir else str(socket_dir))
            command = ["/bin/sh", "-c", LAUNCH, "sh", place, str(postgres), "-D", place, *options]
            account.run(command, kept=(*kept, lock), detached=True)
    finally:
        os.close(lock)


def firm_options(socket_dir: str) -> list[str]:
    """Return the options that no file can change, and where to listen."""
    # In quotes, commas and spaces are part of the name.
    firm = FIRM | {"unix_socket_directories": '"' + socket_dir.replace('"', '""') + '"'}
    return [part for name, value in firm.items() for part in ("-c", f"{name}={value}")]


def wait_until_ready(layout: Layout) -> Running | None:
    """Return the server once it takes connections, None once it is gone; recovery may take as long as it needs."""
    begun = time.monotonic()
    told = False
    while locks.is_held(layout.server_lock):
        running = running_server(layout)
        if running and running.status in READY and accepts(socket_dir_of(layout, running)):
            return running
        waited = time.monotonic() - begun
        if waited > PATIENCE and not running:
            raise failures.remains(layout.data_dir)
        if waited > QUIET and not told:
            logger.warning("Waiting for the database, which is %s.", running.status if running else "ending")
            told = True
        time.sleep(0.001 if waited < 0.2 else 0.02)
    return None


def running_server(layout: Layout) -> Running | None:
    """Return the living server of this cluster, None if there is none or it has not introduced itself yet."""
    # Lines: process id, directory, start time, port, socket folder, address, shared memory, status.
    lines = read(layout.cluster / "postmaster.pid").splitlines()
    if not lines or not lines[0].isdecimal() or not works_in(int(lines[0]), layout.cluster):
        return None
    socket_dir, status = (lines[place].strip() if place < len(lines) else "" for place in (4, 7))
    return Running(int(lines[0]), socket_dir, status)


def socket_dir_of(layout: Layout, running: Running) -> Path:
    """Return the folder of the socket as clients see it."""
    # A server that cannot walk to its own folder names it by what it has open.
    own = running.socket_dir.startswith(OPEN_FILES)
    return layout.socket_dir if own else Path(running.socket_dir)


def works_in(pid: int, cluster: Path) -> bool:
    """Tell whether a process lives that can be the server of this cluster."""
    if Path("/proc/self/cwd").exists():
        try:
            return Path(f"/proc/{pid}/cwd").samefile(cluster)
        except FileNotFoundError:
            return False
        except PermissionError:
            return may_signal(pid)
    answer = subprocess.run(["ps", "-p", str(pid), "-o", "comm="], capture_output=True, text=True, check=False)
    return "postgres" in answer.stdout


def may_signal(pid: int) -> bool:
    """Tell whether a process lives and is ours to stop."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def forget_dead_server(layout: Layout) -> None:
    """Remove what a killed server left behind. Raises Refusal if one lives that was started by hand."""
    alive = running_server(layout)
    if alive:
        raise failures.other_server(layout.data_dir, alive.pid)
    # Its process id may be used again by now, and PostgreSQL would then take it for itself.
    pid_file = layout.cluster / "postmaster.pid"
    lines = read(pid_file).splitlines()
    if len(lines) > 4:
        clear_socket_dir(layout, Path(lines[4]))
    clear_socket_dir(layout, layout.socket_dir)
    pid_file.unlink(missing_ok=True)


def stop(layout: Layout) -> None:
    """Stop the server and return when all its processes are gone; what is committed is on disk."""
    running = running_server(layout)
    if not locks.is_held(layout.server_lock) or running is None:
        return
    socket_dir = socket_dir_of(layout, running)
    # SIGINT is PostgreSQL's fast stop: open transactions are rolled back, a checkpoint is written.
    with suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGINT)
    locks.wait_until_free(layout.server_lock)
    clear_socket_dir(layout, socket_dir)


def last_words(layout: Layout) -> str:
    """Return what the server wrote into its logs last."""
    begin = layout.log_dir / "start.log"
    text = read(begin)
    newest = max((path for path in layout.log_dir.glob("postgresql-*.log")), key=modified, default=begin)
    if newest != begin and modified(newest) >= modified(begin):
        text += read(newest).rpartition("starting PostgreSQL")[2]
    return "\n".join(line for line in text.splitlines() if "log output" not in line and "will appear in" not in line)


def modified(path: Path) -> float:
    """Return when a file was written last."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
