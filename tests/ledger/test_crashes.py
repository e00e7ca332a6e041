"""What was acknowledged survives any crash: servers, backends and clients killed in the middle of posting.

``EVERSTOCK_CRASH_ROUNDS`` says how often (8). A kill leaves the page cache alone, so this is about the order of writing and
answering, not about what a disk does when the power fails; that the test can fail at all is shown by the control.
"""

import json
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from everstock.core.facts import Kind
from everstock.ledger.post import post
from everstock.project.database import open_database
from everstock.project.errors import known_refusal
from tests.ledger import processes
from tests.ledger.processes import Clients, assert_all_there_once, assert_lawful, assert_no_errors, references, select
from tests.ledger.worker import Shop, attempt, documented, line, mixed
from tests.project.servers import alive, end, server_processes, small_disk

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="finds the processes to kill through /proc"),
]
ROUNDS = int(os.environ.get("EVERSTOCK_CRASH_ROUNDS", "8"))
OPENING = "opening/"
RISKY = "synchronous_commit = off\nwal_writer_delay = 10s\nwal_writer_flush_after = 1GB\n"
"""Commits are acknowledged before they are written: what the control runs with."""
SOME = 5000
"""Bytes that clients write about some twenty documents."""
LOST = {"OperationalError", "InterfaceError", "AdminShutdown", "CrashShutdown", "CannotConnectNow"}
"""What a client sees of a server that was killed."""


@pytest.fixture(scope="module")
def template(django_db_blocker: Any) -> Iterator[tuple[Path, Shop]]:
    """A data directory with a company that has some stock, and nobody using it."""
    folder = Path(
        tempfile.mkdtemp(prefix="es-", dir="/tmp")
    )  # short enough for a socket, and everybody may walk through
    folder.chmod(0o711)
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.delenv("EVERSTOCK_DATABASE_URL", raising=False)
        with open_database(folder / "d") as database, processes.connected(database.url):
            processes.migrate()
            shop = processes.create_shop(items=5)
            processes.stock_up(shop, 50)
    yield folder / "d", shop
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place(template: tuple[Path, Shop], monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Iterator[Path]:
    """A folder with ``d``, a copy of the data directory; no server of it is left behind."""
    monkeypatch.delenv("EVERSTOCK_DATABASE_URL", raising=False)
    folder = Path(tempfile.mkdtemp(prefix="es-", dir="/tmp"))
    folder.chmod(0o711)
    shutil.copytree(template[0], folder / "d")
    with django_db_blocker.unblock():
        yield folder
    processes.end_all()
    end(folder / "d")
    shutil.rmtree(folder, ignore_errors=True)


class Crash:
    """Rounds of posting and killing over one data directory, and what is known about what was posted."""

    def __init__(self, place: Path, shop: Shop, *, seed: int) -> None:
        self.data, self.shop = place / "d", shop
        self.folder = place / "said"
        self.folder.mkdir()
        self.chance = random.Random(seed)
        self.acknowledged: set[str] = set()
        self.documents = self.doubtful = self.arrived = 0

    def play(self, number: int, check: "Callable[[Crash, list[str]], None]") -> None:
        """Post with four clients, kill everything, start again and look at what is there."""
        names = [f"in{number}a", f"in{number}b", f"out{number}a", f"out{number}b"]
        clients = [{"name": name, "role": "receive" if name.startswith("in") else "ship"} for name in names]
        database = open_database(self.data)
        posting = Clients(database.url, self.shop, clients, str(self.folder), tell=True)
        posting.go()
        while sum(file.stat().st_size for file in self.folder.glob(f"*[nt]{number}[ab]")) < SOME:
            time.sleep(0.005)
        time.sleep(self.chance.uniform(0, 0.8))
        self.kill(posting)
        database.close()
        doubtful = self.read(names)
        with open_database(self.data) as database, processes.connected(database.url):
            check(self, doubtful)

    def kill(self, posting: Clients) -> None:
        """All at once, as far as that goes: now the clients are the first to go, now they see the server vanish."""
        if self.chance.random() < 0.5:
            posting.kill()
        self._kill_servers()
        posting.kill()
        while alive(self.data):  # a process that was just being born
            self._kill_servers()
            time.sleep(0.001)
        posting.bury()

    def _kill_servers(self) -> None:
        for pid in server_processes(self.data):
            with suppress(ProcessLookupError):  # it went by itself, since its postmaster is gone
                os.kill(pid, signal.SIGKILL)

    def read(self, names: list[str]) -> list[str]:
        """Take in what the clients wrote down; returns the documents of which nobody knows."""
        doubtful = []
        for name in names:
            tried = None
            for text in (self.folder / name).read_text().splitlines():
                said = json.loads(text)
                if "error" in said:  # it saw the server go: in doubt
                    assert said["error"] in LOST, said
                    break
                if "try" in said:
                    tried = said["try"]
                    continue
                self.documents += 1
                self.acknowledged.update(said.get("lines", ()))
                tried = None
            if tried is not None:
                doubtful.append(tried)
        self.doubtful += len(doubtful)
        return doubtful


def _exactly_once(crash: Crash, doubtful: list[str]) -> None:
    """What was acknowledged is there once; what is in doubt is there once or not at all, and may be posted again."""
    there = Counter(reference for reference in references() if not reference.startswith(OPENING))
    assert not [reference for reference, times in there.items() if times > 1]
    assert not crash.acknowledged - there.keys(), "acknowledged, and lost"
    unexplained = there.keys() - crash.acknowledged
    for reference in doubtful:
        made = mixed(crash.shop, reference, inbound=reference.startswith("in"))
        lines = {line.reference for line in made.lines}
        found = lines & unexplained
        assert found in (set(), lines), "half a document"
        unexplained -= lines
        crash.arrived += bool(found)
        outcome = attempt(crash.shop, made)
        assert outcome.get("repeated", 0) == len(found)
        if "refused" in outcome:
            assert not found
            continue
        assert attempt(crash.shop, made)["repeated"] == len(lines)
        crash.acknowledged |= lines
    assert not unexplained, "nobody posted this"


def test_killed_at_any_moment_nothing_is_lost_or_doubled(place: Path, template: tuple[Path, Shop]) -> None:
    crash = Crash(place, template[1], seed=1)
    for number in range(ROUNDS):
        crash.play(number, _exactly_once)
    with open_database(crash.data) as database, processes.connected(database.url):
        assert_lawful(crash.shop)
    print(
        f"{ROUNDS} crashes, {crash.documents} documents, {crash.doubtful} in doubt, {crash.arrived} of them had arrived"
    )
    assert crash.documents > 10 * ROUNDS
    assert crash.doubtful


def test_the_control_loses_what_was_acknowledged(place: Path, template: tuple[Path, Shop]) -> None:
    """Without waiting for the disk the same test finds losses: it can fail."""
    lost: set[str] = set()

    def count(crash: Crash, doubtful: list[str]) -> None:
        lost.update(crash.acknowledged - set(references()))

    (place / "d" / "postgresql" / "local.conf").write_text(RISKY)
    crash = Crash(place, template[1], seed=2)
    number = 0
    while not lost and number < 5:
        crash.play(number, count)
        number += 1
    with open_database(crash.data) as database, processes.connected(database.url):
        [(setting,)] = select("SHOW synchronous_commit")
        assert setting == "off"
        assert_lawful(crash.shop)
    print(f"{number} crashes, {len(crash.acknowledged)} lines acknowledged, {len(lost)} lost")
    assert lost


def test_a_client_killed_in_an_import_leaves_nothing_and_stops_nobody(place: Path, template: tuple[Path, Shop]) -> None:
    shop = template[1]
    importer = {"role": "bring_in", "name": "import", "count": 2000, "chunk": 5, "pause": 0.05}
    others = [{"role": "first_movements", "name": f"other{number}", "count": 10} for number in range(3)]
    with open_database(place / "d") as database, processes.connected(database.url):
        importing = Clients(database.url, shop, [importer])
        importing.go()
        for _ in range(3):
            assert "chunk" in importing.hear()
        waiting = Clients(database.url, shop, others)
        waiting.go()
        assert "chunk" in importing.hear()
        importing.kill()
        said = waiting.finish()
        assert_no_errors(said)
        assert len(said) == 30
        assert_all_there_once(said, OPENING)
        assert select("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]
        assert_lawful(shop)


def test_a_full_disk_refuses_and_goes_on_when_there_is_room(place: Path, template: tuple[Path, Shop]) -> None:
    shop = template[1]
    with small_disk(place, 200) as disk:
        data = Path(shutil.copytree(place / "d", disk / "d"))
        with open_database(data) as database, processes.connected(database.url):
            filler = disk / "filler"
            with pytest.raises(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
            number, error = 0, None
            while error is None:
                number += 1
                error = _error(shop, number)
            refusal = known_refusal(error)
            assert refusal, error
            assert refusal.cause == "The disk of the database is full."
            filler.unlink()
            assert len(references()) == len(set(references())) == 15 + 100 * (number - 1)
            assert_lawful(shop)
            assert _error(shop, number) is None
            assert len(set(references())) == 15 + 100 * number
            assert_lawful(shop)


def _error(shop: Shop, number: int) -> Exception | None:
    """Post a document of a hundred lines; what a caller sees go wrong."""
    lines = [line(Kind.RECEIPT, item, 1, shop.places[0], value=100) for item in shop.items] * 20
    try:
        post(shop.company, documented(f"full-{number}", lines))
    except Exception as error:  # noqa: BLE001 - asked for what it amounts to
        return error
    return None
