"""Commands that save everything and bring it back: backup, restore."""

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from everstock.core.problems import Refusal
from everstock.interfaces.cli.output import say
from everstock.interfaces.cli.program import OpenDatabase, Program, known_migrations
from everstock.interfaces.cli.setup import upgrade

_MAGIC = b"PGDMP"
_NO_BACKUP = "Name a file that `everstock backup` wrote."
_TIME_TO_LOCK = "10s"

_EMPTY_SCHEMA = """
DO $$
DECLARE
    v_object record;
BEGIN
    FOR v_object IN
        SELECT c.oid, c.relname, c.relkind FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    LOOP
        IF EXISTS (SELECT FROM pg_class WHERE oid = v_object.oid) THEN
            EXECUTE format('DROP %s public.%I CASCADE',
                CASE v_object.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                    ELSE 'TABLE' END, v_object.relname);
        END IF;
    END LOOP;
    FOR v_object IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', v_object.name);
    END LOOP;
END $$;
"""
"""Drops what is in the schema, but for what belongs to an extension."""


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(program: Program, file: Path) -> None:
    """Write everything into one file, while others work.

    The file holds all companies as they were at one moment. It is complete or not there: it is written under another name first. An
    older backup of the same name is replaced.
    """
    database = program.ready_database()
    if not file.parent.is_dir():
        raise Refusal("backup.folder", f"There is no folder {file.parent}.", "Create it, or choose another place.")
    if file.exists() and not _is_backup(file):
        cause = f"{file} exists and is no backup; it was left as it is."
        raise Refusal("backup.file_exists", cause, "Choose another name.")
    _check_programs(database)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(handle)
    written = Path(name)
    try:
        options = ("--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--file", name)
        _run(database, "pg_dump", *options)
        with written.open("rb") as data:
            os.fsync(data.fileno())
        written.replace(file)
    finally:
        written.unlink(missing_ok=True)
    say(f"Wrote {file} ({file.stat().st_size:,} bytes).")
    say(f"To try it: everstock --data-dir ANOTHER restore {file}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Also into a database that holds companies: they are replaced.")
@click.pass_obj
def restore(program: Program, file: Path, replace: bool) -> None:
    """Read back what `everstock backup` wrote, into an empty database.

    Everything of the file is there afterwards, or nothing changed. A backup of an older version is upgraded.
    """
    if not _is_backup(file):
        raise Refusal("backup.unreadable", f"{file} is no backup.", _NO_BACKUP)
    database = program.database(create=True)
    _check_programs(database)
    _check_content(database, file)
    held = _companies()
    if held and not replace:
        cause = (
            f"The database holds {'a company' if len(held) == 1 else f'{len(held)} companies'}: {', '.join(held[:10])}."
        )
        remedy = "Restore into another data directory, or replace what is here with --replace."
        raise Refusal("restore.not_empty", cause, remedy)
    with tempfile.TemporaryDirectory(prefix="everstock-") as folder:
        script = Path(folder, "restore.sql")
        _run(database, "pg_restore", "--no-owner", "--no-privileges", "--file", str(script), str(file), connect=False)
        first = Path(folder, "first.sql")
        first.write_text(f"SET lock_timeout = '{_TIME_TO_LOCK}';\n{_EMPTY_SCHEMA}", encoding="utf-8")
        # what is there goes in the transaction that brings the backup: all of the old, or all of the new
        options = ("--no-psqlrc", "--quiet", "--output", os.devnull, "--single-transaction", "--set", "ON_ERROR_STOP=1")
        _run(database, "psql", *options, "--file", str(first), "--file", str(script))
    upgrade()
    companies = _companies()
    say(f"Restored {file}: {', '.join(companies[:10]) or 'no company'}{', …' if len(companies) > 10 else ''}.")
    say("Next: everstock verify")


def _is_backup(file: Path) -> bool:
    with file.open("rb") as data:
        return data.read(len(_MAGIC)) == _MAGIC


def _companies() -> list[str]:
    """Codes of the companies in the database, whatever version its tables are of."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.company') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return []
        cursor.execute("SELECT code FROM company ORDER BY id")
        return [code for (code,) in cursor.fetchall()]


def _check_content(database: OpenDatabase, file: Path) -> None:
    """Refuse a file that is damaged, not from Everstock, or from a newer version."""
    rows = _run(
        database, "pg_restore", "--data-only", "--table=django_migrations", "--file=-", str(file), connect=False
    )
    names = {f"{app}.{name}" for app, name in re.findall(r"^\d+\t(\w+)\t(\w+)\t", rows, re.MULTILINE)}
    known = known_migrations()
    if not names & known:
        raise Refusal("backup.foreign", f"{file} is a backup of another program.", _NO_BACKUP)
    unknown = sorted(names - known)
    if unknown:
        cause = f"{file} was written by a newer version of Everstock ({unknown[0]} is unknown here)."
        raise Refusal("backup.newer", cause, "Restore it with that version.")


def _check_programs(database: OpenDatabase) -> None:
    """PostgreSQL's programs read servers of their own version and older ones only."""
    answer = subprocess.run(
        [str(database.bin_dir / "pg_dump"), "--version"], capture_output=True, text=True, check=False
    )
    found = re.search(r"(\d+)", answer.stdout)
    server = database.server_version // 10_000
    if found is None or int(found[1]) < server:
        version = f"version {found[1]}" if found else "unusable"
        cause = f"The server is PostgreSQL {server}, and the programs in {database.bin_dir} are {version}."
        remedy = f"Set EVERSTOCK_POSTGRES_BIN to the bin folder of PostgreSQL {server} or newer."
        raise Refusal("backup.programs", cause, remedy)


def _run(database: OpenDatabase, name: str, *arguments: str, connect: bool = True) -> str:
    """Run a program of PostgreSQL on the database and return what it printed; refused with its words if it fails."""
    environment = dict(os.environ)
    options: Sequence[str] = ()
    if connect:
        from psycopg.conninfo import conninfo_to_dict, make_conninfo

        # a password among the arguments could be read by other users of the machine
        parts = {key: str(value) for key, value in conninfo_to_dict(database.url).items() if value is not None}
        environment["PGPASSWORD"] = parts.pop("password", environment.get("PGPASSWORD", ""))
        options = ("--dbname", make_conninfo(**parts))
    answer = subprocess.run(
        [str(database.bin_dir / name), *options, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "LC_ALL": "C"},
    )
    if answer.returncode:
        lines = [line.strip() for line in answer.stderr.splitlines() if line.strip()]
        told = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "nothing")
        raise Refusal(f"backup.{name}", f"{name} failed and said: {told.rstrip('.')}.", _remedy(told))
    return answer.stdout


def _remedy(told: str) -> str:
    if "No space left" in told:
        return "Free some space and try again."
    if "lock timeout" in told:
        return "End the programs that use the database and try again."
    return "Nothing was changed; mend what it names and try again."
