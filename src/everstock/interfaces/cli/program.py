"""One run of the command: its global options and, once a command asks for it, the open database."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from everstock.core.problems import Refusal

if TYPE_CHECKING:
    from everstock.masterdata.models import Company

SETTINGS = "everstock.project.settings"


class OpenDatabase(Protocol):
    """What the project hands in as the open database."""

    url: str
    data_dir: Path
    embedded: bool

    @property
    def bin_dir(self) -> Path:
        """The folder of PostgreSQL's programs."""

    @property
    def server_version(self) -> int:
        """The version of the server, e.g. 180006."""

    def close(self) -> None:
        """Let go of it."""


class Program:
    """What commands get as ``@click.pass_obj``.

    ``open_database`` is called at most once, when a command first needs the database: help and wrong usage start nothing.
    Django is configured then, so a command imports what needs Django (actions, queries, the ledger) after its first
    call of ``company`` or ``database``.
    """

    def __init__(self, open_database: Callable[[Path | None, bool], OpenDatabase]) -> None:
        self._open_database = open_database
        self._database: OpenDatabase | None = None
        self.data_dir: Path | None = None
        self.company_code: str | None = None

    def database(self, *, create: bool = False) -> OpenDatabase:
        """The database, opened and known to Django, whatever is in it; refused where there is none, unless it is to be created."""
        if self._database is None:
            self._database = self._open_database(self.data_dir, create)
            os.environ["EVERSTOCK_DATABASE_URL"] = self._database.url
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
            import django

            django.setup()
        return self._database

    def ready_database(self) -> OpenDatabase:
        """The database with the tables of this version; refused if they are missing or of another version."""
        database = self.database()
        missing, unknown = migrations()
        if unknown:
            raise Refusal(
                "database.newer",
                f"The database was set up by a newer version of Everstock ({unknown[0]} is unknown here).",
                "Use that version.",
            )
        if missing and not known_migrations() - set(missing):
            cause = (
                f"There is no company in {database.data_dir} yet." if database.embedded else "The database is empty."
            )
            where = "check --data-dir and EVERSTOCK_DATA_DIR" if database.embedded else "check EVERSTOCK_DATABASE_URL"
            raise Refusal("database.empty", cause, f"Create one with `everstock init`, or {where}.")
        if missing:
            cause = "The tables of this version are not in the database yet."
            raise Refusal("database.not_migrated", cause, "Run `everstock migrate`.")
        return database

    def company(self) -> "Company":
        """The company of ``--company``, else the only or first one."""
        self.ready_database()
        from everstock.masterdata.models import Company

        companies = Company.objects.select_related("currency").order_by("id")
        if self.company_code is not None:
            companies = companies.filter(code=self.company_code)
        found = companies.first()
        if found is None and self.company_code is not None:
            known = ", ".join(Company.objects.order_by("code").values_list("code", flat=True)[:10])
            remedy = (
                f"Use one of: {known}." if known else f"Create it with `everstock init --company {self.company_code}`."
            )
            raise Refusal("company.unknown", f"There is no company {self.company_code}.", remedy)
        if found is None:
            raise Refusal("company.none", "There is no company yet.", "Create one with `everstock init`.")
        return found

    def close(self) -> None:
        """Let go of the database. May be called at any time, more than once."""
        database, self._database = self._database, None
        if database is None:
            return
        try:
            from django.db import connections

            connections.close_all()
        finally:
            database.close()


def migrations() -> tuple[list[str], list[str]]:
    """Names (``app.migration``) of migrations that the database lacks, and of those it has that are unknown here, both sorted.

    What is there is read whatever application it names: a newer version may have brought an application of its own.
    """
    from django.db import connection

    here = known_migrations()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        there: set[str] = set()
        if cursor.fetchone() == (True,):
            cursor.execute("SELECT app, name FROM django_migrations")
            there = {f"{app}.{name}" for app, name in cursor.fetchall()}
    return sorted(here - there), sorted(there - here)


def known_migrations() -> set[str]:
    """Names (``app.migration``) of the migrations of this version, of all installed applications."""
    from django.apps import apps

    folders = {config.label: Path(config.path, "migrations") for config in apps.get_app_configs()}
    return {f"{label}.{file.stem}" for label, folder in folders.items() for file in folder.glob("[!_~]*.py")}


def add_global_options(command: click.Command) -> click.Command:
    """Give a command, and all below it, the global options: they may stand before or after its name."""
    names = {parameter.name for parameter in command.params}
    command.params.extend(option for option in global_options() if option.name not in names)
    if isinstance(command, click.Group):
        for below in command.commands.values():
            add_global_options(below)
    return command


def global_options() -> list[click.Option]:
    """The options of every command."""
    return [
        click.Option(
            ["--data-dir"],
            type=click.Path(file_okay=False, path_type=Path),
            expose_value=False,
            callback=_keep,
            help="Folder of the embedded database.",
        ),
        click.Option(
            ["--company"],
            metavar="CODE",
            expose_value=False,
            callback=_keep,
            help="Company to work on; default: the only or first one.",
        ),
    ]


def _keep(context: click.Context, parameter: click.Parameter, value: Path | str | None) -> None:
    if value is None:
        return
    program = context.find_object(Program)
    if program is not None:
        setattr(program, "company_code" if parameter.name == "company" else "data_dir", value)
