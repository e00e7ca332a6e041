"""Databases for measuring, on the server that is open anyway: made from a migrated template, dropped at the end."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from everstock.core.problems import Refusal

_PREFIX = "everstock_bench_"
_TEMPLATE = "template"
_PROGRAMS = "Set EVERSTOCK_POSTGRES_BIN to the bin folder of a PostgreSQL that fits the server."


class Opened(Protocol):
    """The open database of the program."""

    url: str
    data_dir: Path
    embedded: bool

    @property
    def bin_dir(self) -> Path:
        """The folder of PostgreSQL's programs."""

    @property
    def server_version(self) -> int:
        """The version of the server."""


class Server:
    """Makes and drops databases; Django works on the one that was used last."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self._made: set[str] = set()

    def url(self, name: str) -> str:
        """The address of one of our databases."""
        if "://" in self.opened.url:
            return urlsplit(self.opened.url)._replace(path=f"/{_PREFIX}{name}").geturl()
        return make_conninfo(self.opened.url, dbname=f"{_PREFIX}{name}")

    def connect(self, name: str) -> "psycopg.Connection[Any]":
        """A connection of the driver, one commit for each statement."""
        return psycopg.connect(self.url(name), autocommit=True)

    def create(self, name: str, *, empty: bool = False, template: str = _TEMPLATE) -> None:
        """Make a database: with the tables of this version, as a copy of another one of ours, or empty."""
        if not empty and template == _TEMPLATE and _TEMPLATE not in self._made:
            self._create_template()
        origin = sql.SQL("") if empty else sql.SQL(" TEMPLATE {}").format(sql.Identifier(_PREFIX + template))
        self._forget_connection()
        with psycopg.connect(self.opened.url, autocommit=True) as admin:
            target = sql.Identifier(_PREFIX + name)
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(target))
            admin.execute(sql.SQL("CREATE DATABASE {}{}").format(target, origin))
        self._made.add(name)

    def _create_template(self) -> None:
        from django.core.management import call_command

        self.create(_TEMPLATE, empty=True)
        self.use(_TEMPLATE)
        call_command("migrate", verbosity=0, interactive=False)

    def use(self, name: str) -> None:
        """Let Django, and with it the product, work on this database."""
        from django.db import connection

        self._forget_connection()
        connection.settings_dict["NAME"] = _PREFIX + name

    @staticmethod
    def _forget_connection() -> None:
        from django.db import connection

        from everstock.ledger.books import forget_books

        connection.close()
        forget_books()

    def settle(self, name: str) -> None:
        """Bring a database into the state of one that has been in use for a while."""
        with self.connect(name) as run:
            run.execute("VACUUM (ANALYZE)")
            run.execute("CHECKPOINT")

    def drop_all(self) -> None:
        """Drop everything that was made here, also by an earlier run that was interrupted."""
        self._forget_connection()
        with psycopg.connect(self.opened.url, autocommit=True) as admin:
            left = admin.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (_PREFIX,)
            ).fetchall()
            for (name,) in left:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        self._made.clear()

    def drop(self, name: str) -> None:
        """Drop one database."""
        self._forget_connection()
        with psycopg.connect(self.opened.url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_PREFIX + name)))
        self._made.discard(name)

    def environment(self, name: str) -> dict[str, str]:
        """The environment of a process that works on a database of ours."""
        settings = {"EVERSTOCK_DATABASE_URL": self.url(name), "DJANGO_SETTINGS_MODULE": "everstock.project.settings"}
        return os.environ | settings

    def program(self, name: str, *arguments: str) -> str:
        """Run a program of PostgreSQL and return what it printed."""
        command = [str(self.opened.bin_dir / name), *arguments]
        try:
            answer = subprocess.run(
                command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"}
            )
        except OSError as error:
            cause = f"{command[0]} cannot be run: {error.strerror}."
            raise Refusal("bench.program", cause, _PROGRAMS) from None
        if answer.returncode:
            last = answer.stderr.strip().splitlines()[-1:] or ["nothing"]
            raise Refusal("bench.program", f"{name} failed and said: {last[0]}", _PROGRAMS)
        return answer.stdout


@contextmanager
def databases(opened: Opened) -> Iterator[Server]:
    """A server without leftovers, and none left behind."""
    server = Server(opened)
    server.drop_all()
    try:
        yield server
    finally:
        server.drop_all()
