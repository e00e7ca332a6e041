"""What the race and crash tests share: databases of their own, posting processes, and what to ask of both."""

import datetime as dt
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from everstock.core.facts import DAY, Kind
from everstock.ledger.books import forget_books
from everstock.ledger.post import post
from everstock.ledger.verify import verify
from everstock.masterdata import actions
from everstock.masterdata.models import Location
from tests.conftest import ROOT
from tests.ledger.worker import TODAY, Outcome, Shop, documented, line

CREATED_AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PATIENCE = 120
_numbers = itertools.count(1)


# --- databases


def address(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return make_conninfo(url, dbname=name)


@contextmanager
def connected(url: str) -> Iterator[None]:
    """Let Django use the database at ``url`` meanwhile."""
    from django.db import connections
    from django.db.utils import load_backend

    from everstock.project.settings import database_from_url

    old = connections["default"]
    settings = {**old.settings_dict, **database_from_url(url)}
    new = connections["default"] = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default")
    forget_books()
    try:
        yield
    finally:
        new.close()
        connections["default"] = old
        forget_books()


def migrate() -> None:
    """Create the tables in the database that Django is connected to."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


@contextmanager
def new_database(url: str, template: str | None = None) -> Iterator[str]:
    """A database of its own on the server at ``url``, empty or a copy; yields its address."""
    name = f"races_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    try:
        yield address(url, name)
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def create_shop(items: int) -> Shop:
    """A company without stock."""
    company = actions.create_company(
        code="SHOP", name="Shop", currency_code="USD", created_at=CREATED_AT, scope="item+location"
    )
    skus = [f"ITEM-{number:02}" for number in range(1, items + 1)]
    keys = actions.ensure_items(company=company, skus=skus)
    create = Location.objects.create
    main = create(company=company, code="MAIN", kind="internal", purpose="warehouse")
    places = [
        create(company=company, code=f"BIN-{number}", kind="internal", purpose="bin", parent=main) for number in (1, 2)
    ]
    places.append(create(company=company, code="BRANCH", kind="internal", purpose="warehouse"))
    return Shop(company.pk, [keys[sku] for sku in skus], [place.pk for place in places])


def stock_up(shop: Shop, quantity: int) -> None:
    """An opening of every item at every place, twenty days ago."""
    opened = {"effective_at": TODAY - 20 * DAY, "value": quantity * 100}
    lines = [line(Kind.OPENING, item, quantity, place, **opened) for item in shop.items for place in shop.places]
    post(shop.company, documented("opening", lines))


def select(question: str, *parameters: Any) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(question, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def references() -> list[str]:
    """The references of all lines that are there."""
    return [reference for (reference,) in select("SELECT reference FROM movement ORDER BY id")]


def assert_lawful(shop: Shop) -> None:
    verdict = verify(shop.company)
    assert not verdict.violations, verdict.violations[:3]


# --- processes


_running: list["Clients"] = []


def end_all() -> None:
    """Leave no client behind, whatever the test left."""
    while _running:
        clients = _running.pop()
        if clients.process.poll() is None:
            clients.kill()
        clients.bury()


class Clients:
    """Posting processes, ready to go. Whoever starts some calls ``end_all`` at last."""

    def __init__(
        self, url: str, shop: Shop, clients: Sequence[dict[str, Any]], folder: str | None = None, **all_: Any
    ) -> None:
        job = {"shop": shop, "clients": clients, "all": all_, "folder": folder}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.worker", json.dumps(job)],
            cwd=ROOT,
            env=os.environ | {"EVERSTOCK_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "everstock.project.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        _running.append(self)
        self.pids: dict[str, int] = {}
        for _ in clients:
            said = self.hear()
            self.pids[said["name"]] = said["ready"]

    def hear(self) -> Outcome:
        """The next thing that any of them says."""
        assert self.process.stdout
        said = self.process.stdout.readline()
        assert said, "the clients ended without a word"
        outcome: Outcome = json.loads(said)
        return outcome

    def go(self) -> None:
        """Let all of them begin."""
        assert self.process.stdin
        self.process.stdin.close()

    def finish(self) -> list[Outcome]:
        """Wait until all are done; everything they said that was not heard yet."""
        if self.process.stdin and not self.process.stdin.closed:
            self.go()
        assert self.process.stdout
        said = [json.loads(text) for text in self.process.stdout]
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        return said

    def kill(self) -> None:
        """End all of them at once, wherever they are."""
        os.killpg(self.process.pid, signal.SIGKILL)

    def bury(self) -> None:
        """Wait for those that were killed."""
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        self.process.wait(PATIENCE)


def run(url: str, shop: Shop, clients: Sequence[dict[str, Any]], **all_: Any) -> list[Outcome]:
    """Let clients post at the same time; everything they said."""
    return Clients(url, shop, clients, **all_).finish()


def assert_no_errors(said: Sequence[Outcome]) -> None:
    errors = [outcome for outcome in said if "error" in outcome]
    assert not errors, errors[:3]


def assert_all_there_once(said: Sequence[Outcome], *before: str) -> None:
    """Every line acknowledged is there once, and none of those refused, nor any that nobody posted."""
    acknowledged = [name for outcome in said if outcome.get("posted") for name in outcome["lines"]]
    assert sorted(acknowledged) == sorted(reference for reference in references() if not reference.startswith(before))
