"""What keeps the embedded PostgreSQL from starting is said with its remedy; and a server elsewhere, named by its address."""

import shutil
from pathlib import Path

import pytest

from everstock.core.problems import Refusal
from everstock.project.database import open_database
from everstock.project.database import url as url_module
from tests.project.servers import SYSTEM_BIN, answer, refused, small_disk


@pytest.mark.parametrize(
    "version, code",
    [("99", "database-newer"), ("14", "database-older"), ("", "database-damaged"), ("x", "database-damaged")],
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
