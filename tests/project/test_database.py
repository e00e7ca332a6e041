"""The embedded PostgreSQL under its supervisor, on an ordinary day and in awkward folders: real servers in temporary folders."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from everstock.project.database import connect_info, open_database
from everstock.project.database.locations import data_directory
from tests.project.servers import HOLD, alive, answer, end, finish, line, program


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
    started = "SELECT pg_postmaster_start_time()::text"
    assert answer(first, started) == answer(second, started), "there is one server"
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
