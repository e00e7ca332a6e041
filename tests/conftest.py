"""What all tests share: one database server for the whole run, and the samples of real data where they are at hand.

The server is the embedded one, in a temporary folder. The process that starts the run starts it, before Django is
configured; parallel workers inherit its address, and pytest-django gives each worker a database of its own. To run
the tests against another server, set EVERSTOCK_TEST_DATABASE_URL (its user must be allowed to create databases).
EVERSTOCK_DATABASE_URL is always overwritten: a test run must never reach the books of a company.
"""

import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("help") or config.getoption("version"):
        return
    if not hasattr(config, "workerinput"):
        os.environ.pop("EVERSTOCK_DATABASE_URL", None)
        elsewhere = os.environ.get("EVERSTOCK_TEST_DATABASE_URL")
        if elsewhere:
            os.environ["EVERSTOCK_DATABASE_URL"] = elsewhere
        elif not config.getoption("collectonly"):
            _start_server(config)
    os.environ["DJANGO_SETTINGS_MODULE"] = "everstock.project.settings"

    import django

    django.setup()


def _start_server(config: pytest.Config) -> None:
    if find_spec("everstock.project.database") is None:
        return
    from everstock.project.database import open_database

    folder = Path(tempfile.mkdtemp(prefix="everstock-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    database = open_database(folder / "data")
    config.add_cleanup(database.close)  # cleanups run last in, first out
    os.environ["EVERSTOCK_DATABASE_URL"] = database.url


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real data and published cases, which are not part of this repository."""
    folder = Path(os.environ.get("EVERSTOCK_SAMPLES") or ROOT / ".." / "shared").resolve()
    if not folder.is_dir():
        pytest.skip(f"no samples in {folder}; set EVERSTOCK_SAMPLES to the folder that holds data/ and cases/")
    return folder
