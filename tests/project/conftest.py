"""Folders of databases, and that no process outlives its test."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from everstock.project.database import open_database
from tests.project.servers import end, kill_started


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


@pytest.fixture(autouse=True)
def _no_process_left() -> Iterator[None]:
    yield
    kill_started()
