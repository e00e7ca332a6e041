"""Which migrations the command knows: those of every application, however many there come to be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from everstock.core.problems import Refusal
from everstock.interfaces.cli import backup
from everstock.interfaces.cli.program import Program, known_migrations, migrations

FIRST = ("masterdata.0001_initial", "ledger.0001_initial", "identity.0001_initial", "documents.0001_initial")


def known_to_django() -> set[str]:
    from django.db.migrations.loader import MigrationLoader

    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}


def execute(sql: str, *values: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def dump(*names: str) -> str:
    """What ``pg_restore --data-only --table=django_migrations`` prints."""
    rows = [f"{n}\t{name.replace('.', chr(9))}\t2026-01-05 10:00:00.1+00" for n, name in enumerate(names, 1)]
    return "\n".join(["COPY public.django_migrations (id, app, name, applied) FROM stdin;", *rows, "\\.", ""])


def test_the_migrations_of_every_application_are_known() -> None:
    assert known_migrations() == known_to_django()
    assert known_migrations() >= set(FIRST)


@pytest.mark.django_db
def test_a_database_of_this_version_lacks_nothing() -> None:
    assert migrations() == ([], [])


@pytest.mark.django_db
@pytest.mark.parametrize("name", FIRST)
def test_a_missing_migration_is_seen_whatever_its_application(name: str) -> None:
    execute("DELETE FROM django_migrations WHERE app || '.' || name = %s", name)
    assert migrations() == ([name], [])


@pytest.mark.django_db
@pytest.mark.parametrize("app", ["ledger", "documents", "of_a_later_version"])
def test_a_migration_of_a_newer_version_is_seen_also_in_a_new_application(app: str) -> None:
    execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, '9999_later', '2026-01-05')", app)
    assert migrations() == ([], [f"{app}.9999_later"])


class Opened:
    """A database whose data lie in a folder, or one of a server."""

    url = ""
    data_dir = Path("/data")

    def __init__(self, *, embedded: bool) -> None:
        self.embedded = embedded


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "embedded", "code", "said"),
    [
        ("DELETE FROM django_migrations WHERE app = 'identity'", True, "database.not_migrated", "`everstock migrate`"),
        ("DELETE FROM django_migrations", True, "database.empty", "--data-dir"),
        ("DELETE FROM django_migrations", False, "database.empty", "EVERSTOCK_DATABASE_URL"),
        (
            "INSERT INTO django_migrations (app, name, applied) VALUES ('ledger', '9999_later', '2026-01-05')",
            *(True, "database.newer", "Use that version."),
        ),
    ],
)
def test_tables_that_are_not_of_this_version_are_refused_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, sql: str, code: str, said: str, *, embedded: bool
) -> None:
    program = Program(None)  # type: ignore[arg-type]
    monkeypatch.setattr(program, "database", lambda: Opened(embedded=embedded))
    assert program.ready_database().embedded == embedded
    execute(sql)
    with pytest.raises(Refusal) as refused:
        program.ready_database()
    assert (refused.value.code, said in refused.value.remedy) == (code, True)


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Callable[[tuple[str, ...]], None]:
    """Judge a backup with these migrations in it."""

    def checked(names: tuple[str, ...]) -> None:
        monkeypatch.setattr(backup, "_run", lambda *_, **__: dump(*names))
        backup._check_content(None, Path("all.backup"))  # type: ignore[arg-type]

    return checked


@pytest.mark.parametrize("names", [FIRST, FIRST[:1]])
def test_a_backup_of_this_version_or_an_older_one_is_taken(
    names: tuple[str, ...], check: Callable[[tuple[str, ...]], None]
) -> None:
    check(names)


@pytest.mark.parametrize(
    "names, code, cause",
    [
        ((*FIRST, "documents.9999_later"), "backup.newer", "documents.9999_later is unknown here"),
        ((*FIRST, "of_a_later_version.0001_initial"), "backup.newer", "of_a_later_version.0001_initial is unknown"),
        (("blog.0001_initial", "auth.0001_initial"), "backup.foreign", "another program"),
        ((), "backup.foreign", "another program"),
    ],
)
def test_a_backup_of_a_newer_version_or_another_program_is_refused(
    names: tuple[str, ...], code: str, cause: str, check: Callable[[tuple[str, ...]], None]
) -> None:
    with pytest.raises(Refusal) as refused:
        check(names)
    assert refused.value.code == code
    assert cause in refused.value.cause
