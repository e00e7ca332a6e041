"""Several processes of one embedded PostgreSQL, and what is left after real kills."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from everstock.project.database import binaries, open_database
from tests.project.servers import (
    HOLD,
    ROOT,
    alive,
    answer,
    finish,
    kill,
    kill_server,
    line,
    logged,
    needs_proc,
    program,
    refused,
    server_pid,
)


@pytest.mark.slow
def test_many_first_starts_at_once(place: Path) -> None:
    data = place / "d"
    processes = [program(HOLD, data) for _ in range(4)]
    assert [line(process) for process in processes] == ["everstock"] * 4
    for process in processes:
        assert alive(data)
        assert finish(process) == "closed"
    assert not alive(data)


def test_the_last_one_out_stops_the_server(data: Path) -> None:
    first = program(HOLD, data)
    assert line(first) == "everstock"
    with open_database(data) as database:
        assert finish(first) == "closed"
        assert answer(database, "SELECT 1") == 1
    assert not alive(data)


def test_a_killed_client_leaves_the_server_to_the_next(data: Path) -> None:
    client = program(HOLD, data)
    assert line(client) == "everstock"
    kill(client)
    assert alive(data)
    before = server_pid(data)
    with open_database(data) as database:
        assert server_pid(data) == before
        assert answer(database, "SELECT 1") == 1
    assert not alive(data)


def test_an_exit_without_close_stops_the_server(data: Path) -> None:
    finish(program("d = open_database(data); ask(d.url)", data))
    assert not alive(data)


@pytest.mark.slow
def test_a_forked_child_has_its_own_share(data: Path) -> None:
    code = """
d = open_database(data)
child = os.fork()
if child == 0:
    sys.stdin.readline()
    say(ask(d.url))
    d.close()
    os._exit(0)
d.close()
say("parent closed")
os.waitpid(child, 0)
"""
    process = program(code, data)
    assert line(process) == "parent closed"
    assert alive(data)
    assert finish(process) == "everstock"
    assert not alive(data)


@needs_proc
@pytest.mark.slow
def test_ctrl_c_in_the_terminal_does_not_reach_the_server(data: Path) -> None:
    code = "d = open_database(data)\ntry: say('up'); time.sleep(60)\nexcept KeyboardInterrupt: os._exit(3)"
    client = program(code, data)
    assert line(client) == "up"
    before = server_pid(data)
    os.killpg(client.pid, signal.SIGINT)
    client.communicate(timeout=30)
    assert client.returncode == 3
    with open_database(data) as database:
        assert server_pid(data) == before
        assert answer(database, "SELECT 1") == 1


@pytest.mark.slow
def test_a_pipe_is_not_held_open_by_the_server(data: Path) -> None:
    # A killed client: the server it started lives on, and whoever reads from the client must not wait for it.
    client = program("open_database(data); os._exit(0)", data)
    client.communicate(timeout=30)
    assert alive(data)
    open_database(data).close()


@needs_proc
@pytest.mark.parametrize(
    "reused", [pytest.param(False, id="free pid", marks=pytest.mark.slow), pytest.param(True, id="pid used again")]
)
def test_start_after_everything_was_killed(data: Path, reused: bool) -> None:
    code = """
d = open_database(data)
c = psycopg.connect(d.url, autocommit=True)
c.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT generate_series(1, 20000) AS id")
say("written"); time.sleep(60)
"""
    client = program(code, data)
    assert line(client) == "written"
    kill_server(data)
    kill(client)
    pid_file = data / "postgresql" / "postmaster.pid"
    assert pid_file.exists()
    assert (data / "postgresql" / "socket" / ".s.PGSQL.5432").exists()
    if reused:
        pid_file.write_text(pid_file.read_text().replace(str(server_pid(data)), str(os.getpid()), 1))
    with open_database(data) as database:
        assert answer(database, "SELECT count(*) FROM kept") == 20000
    assert not alive(data)


@needs_proc
@pytest.mark.slow
def test_start_while_a_killed_servers_query_still_runs(data: Path) -> None:
    code = """
d = open_database(data)
c = psycopg.connect(d.url)
say("up")
try: c.execute("SELECT sum(n) FROM generate_series(1, 30000000) AS n")
except psycopg.OperationalError: say("cut off")
sys.stdin.readline()
"""
    client = program(code, data)
    assert line(client) == "up"
    time.sleep(0.1)
    pid = server_pid(data)
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}/cwd").exists():
        time.sleep(0.001)
    with open_database(data) as database:
        assert answer(database, "SELECT 1") == 1
    kill(client)
    open_database(data).close()


@needs_proc
@pytest.mark.slow
def test_attaching_waits_while_the_server_recovers_from_a_killed_backend(data: Path) -> None:
    with open_database(data) as first:
        for _ in range(3):
            with psycopg.connect(first.url) as doomed:
                pid = doomed.info.backend_pid
                os.kill(pid, signal.SIGKILL)
                with pytest.raises(psycopg.OperationalError):
                    doomed.execute("SELECT pg_sleep(60)")
            while f"(PID {pid}) was terminated" not in logged(data):
                time.sleep(0.001)
            with open_database(data) as second:
                assert answer(second, "SELECT 1") == 1


@needs_proc
@pytest.mark.slow
def test_a_server_started_by_hand_is_not_taken_over(data: Path) -> None:
    open_database(data).close()
    cluster = data / "postgresql"
    owner = cluster.stat()
    command = [str(binaries.find_bin_dir() / "postgres"), "-D", "/proc/self/cwd", "-c", "listen_addresses="]
    command += ["-c", "unix_socket_directories=/proc/self/cwd/socket"]
    user = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if ROOT else {}
    by_hand = subprocess.Popen(command, cwd=cluster, stderr=subprocess.DEVNULL, **user)  # type: ignore[call-overload]
    try:
        for _ in range(500):
            if (cluster / "postmaster.pid").exists() and "ready" in (cluster / "postmaster.pid").read_text():
                break
            time.sleep(0.01)
        with refused("database-in-use"):
            open_database(data)
    finally:
        by_hand.send_signal(signal.SIGINT)
        by_hand.wait(30)
