"""Other processes and their database servers: started, asked, killed, and looked at from outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from everstock.core.problems import Refusal
from everstock.project.database import Database, locks
from everstock.project.database.locations import Layout

ROOT = os.geteuid() == 0
SYSTEM_BIN = Path("/usr/lib/postgresql/15/bin")
needs_root = pytest.mark.skipif(not ROOT, reason="only root can become another user")
needs_proc = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks at processes through /proc")

# Imports first and becomes another user then: the interpreter itself may lie where that user cannot read.
PROGRAM = """
import os, pwd, sys, time
import psycopg
from pathlib import Path
from everstock.core.problems import Refusal
from everstock.project.database import attachments, open_database
if user := os.environ.get("BECOME"):
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
def ask(url, sql="SELECT current_user::text"):
    with psycopg.connect(url) as connection:
        return connection.execute(sql).fetchone()[0]
def say(text):
    print(text, flush=True)
data = Path(os.environ["DATA"])
"""
HOLD = "d = open_database(data); say(ask(d.url)); sys.stdin.readline(); d.close(); say('closed')"


_started: list[subprocess.Popen[str]] = []


def program(code: str, data: Path, *, user: str = "") -> subprocess.Popen[str]:
    """Start another Python process that runs ``code`` on the data directory."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM + code],
        env=os.environ | {"DATA": str(data), "BECOME": user},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _started.append(process)
    return process


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def finish(process: subprocess.Popen[str]) -> str:
    """Let a process that holds the database go, and return the rest of what it says."""
    said, _ = process.communicate("\n", timeout=60)
    return said.strip()


def kill(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
        process.communicate()


def kill_started() -> None:
    """Kill every process that ``program`` started."""
    for process in _started:
        kill(process)
    _started.clear()


def alive(data: Path) -> bool:
    return locks.is_held(Layout(data).server_lock)


def server_pid(data: Path) -> int:
    return int((data / "postgresql" / "postmaster.pid").read_text().splitlines()[0])


def logged(data: Path) -> str:
    return "".join(file.read_text() for file in (data / "postgresql" / "log").glob("postgresql-*.log"))


def server_processes(data: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and (entry / "cwd").samefile(data / "postgresql"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def end(data: Path) -> None:
    """Leave no server behind, whatever the test left."""
    kill_server(data)
    for path in (data / "postgresql" / "socket").glob(".s.*"):
        path.unlink()


def kill_server(data: Path) -> None:
    for pid in server_processes(data):
        os.kill(pid, signal.SIGKILL)
    for _ in range(1000):
        if not data.is_dir() or not alive(data):
            return
        time.sleep(0.01)
    raise AssertionError("the killed server still lives")


def answer(database: Database, sql: str) -> object:
    with psycopg.connect(database.url) as connection:
        row = connection.execute(sql).fetchone()
        assert row
        return row[0]


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code == code, caught.value
    for sentence in (caught.value.cause, caught.value.remedy):
        assert sentence[0].isupper()
    assert caught.value.remedy.endswith(".")


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    mount = place / "disk"
    mount.mkdir()
    options = f"size={megabytes}m,mode=755"
    if not ROOT or subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", mount], check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield mount
    finally:
        end(mount / "d")
        subprocess.run(["umount", "-l", mount], check=True)
