"""What all tests share: one database server for the whole run, and the samples of real data where they are at hand.

The server is the embedded one, in a temporary folder. The process that starts the run starts it, before Django is
configured; parallel workers inherit its address, and pytest-django gives each worker a database of its own. To run
the tests against another server, set EVERSTOCK_TEST_DATABASE_URL (its user must be allowed to create databases).
EVERSTOCK_DATABASE_URL is always overwritten: a test run must never reach the books of a company.

``--examples SHARE`` lets tests with random examples draw fewer of them than they ask for: `make check` does.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.examples import draw_fewer

ROOT = Path(__file__).resolve().parents[1]
PROBLEM = "EVERSTOCK_TEST_DATABASE_PROBLEM"
"""Carries the reason why there is no server from the process that tried to start it to its workers."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--examples", type=float, default=1.0, metavar="SHARE", help="share of the random examples to draw"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    share = config.getoption("examples")
    if share != 1:
        draw_fewer(items, share)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("help") or config.getoption("version"):
        return
    if not hasattr(config, "workerinput"):
        for name in ("EVERSTOCK_DATABASE_URL", PROBLEM):
            os.environ.pop(name, None)
        elsewhere = os.environ.get("EVERSTOCK_TEST_DATABASE_URL")
        if elsewhere:
            os.environ["EVERSTOCK_DATABASE_URL"] = elsewhere
        elif not config.getoption("collectonly"):
            _start_server(config)
    os.environ["DJANGO_SETTINGS_MODULE"] = "everstock.project.settings"

    import django

    django.setup()


def _start_server(config: pytest.Config) -> None:
    folder = Path(tempfile.mkdtemp(prefix="everstock-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    try:
        from everstock.project.database import open_database

        database = open_database(folder / "data")
    except Exception as error:  # noqa: BLE001 - whatever it is, tests that need no database still run
        os.environ[PROBLEM] = f"{type(error).__name__}: {error}"
        return
    config.add_cleanup(database.close)  # cleanups run last in, first out
    os.environ["EVERSTOCK_DATABASE_URL"] = database.url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Called before the first test that needs a database: say why there is none, instead of failing later."""
    if PROBLEM in os.environ:
        pytest.fail(f"the embedded PostgreSQL of the tests did not start: {os.environ[PROBLEM]}", pytrace=False)


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database for what all tests of a module begin with: made once, seen by each test, which rolls back to it.

    Python's half of it is not rolled back: a fixture hands each test a copy, and forgets what was cached of a company.
    """
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real data and published cases, which are not part of this repository."""
    folder = Path(os.environ.get("EVERSTOCK_SAMPLES") or ROOT / ".." / "shared").resolve()
    if not folder.is_dir():
        pytest.skip(f"no samples in {folder}; set EVERSTOCK_SAMPLES to the folder that holds data/ and cases/")
    return folder
