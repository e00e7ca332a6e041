"""A server elsewhere, named by EVERSTOCK_DATABASE_URL."""

from typing import TYPE_CHECKING

from everstock.core.problems import Refusal

if TYPE_CHECKING:
    import psycopg

VARIABLE = "EVERSTOCK_DATABASE_URL"
OLDEST = 15
PATIENCE = 10
"""Seconds that a server has to answer."""


def connect_info(url: str) -> dict[str, str]:
    """Return the keywords of a connection URL, e.g. ``{"host": ..., "port": ..., "dbname": ..., "user": ...}``."""
    from psycopg.conninfo import conninfo_to_dict

    return {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}


def check_server(url: str) -> int:
    """Return the version of the server, e.g. 180006. Raises Refusal if it cannot be used."""
    # Imported late: the driver takes longer to import than the embedded server to start.
    import psycopg

    try:
        info = connect_info(url)
    except psycopg.Error:
        # What the driver says would show the password.
        cause = f"The URL in {VARIABLE} cannot be read."
        raise Refusal("database-url-invalid", cause, "Write it as postgresql://user:password@host:5432/name.") from None
    try:
        with psycopg.connect(url, connect_timeout=patience(info)) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        raise unreachable(url, info, error) from None
    if version < OLDEST * 10_000:
        cause = f"The server at {place(info)} is PostgreSQL {version // 10_000}."
        raise Refusal("database-too-old", cause, f"Use a server with PostgreSQL {OLDEST} or newer.")
    return version


def unreachable(url: str, info: dict[str, str], error: "psycopg.Error") -> Refusal:
    """Say why a connection failed: no such database, or no way to the server."""
    name = info.get("dbname") or info.get("user") or ""
    if lacks_database(url, info, name):
        cause = f"The server at {place(info)} has no database {name}."
        return Refusal("database-missing", cause, f"Create it there with `createdb {name}`, or name another one.")
    cause = f"The database at {place(info)} cannot be reached: {first_line(error)}."
    remedy = f"Start the server, or correct host, port, user and password in {VARIABLE}."
    return Refusal("database-unreachable", cause, remedy)


def lacks_database(url: str, info: dict[str, str], name: str) -> bool:
    """Tell whether the server answers and only the database is missing."""
    # The message itself is in the server's language; the databases that always exist know better.
    import psycopg

    for always in ("postgres", "template1"):
        try:
            with psycopg.connect(url, dbname=always, connect_timeout=patience(info)) as connection:
                found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
                return found is None
        except psycopg.Error:
            continue
    return False


def patience(info: dict[str, str]) -> int:
    """Return the time limit for connecting, the URL's own if it names one."""
    named = info.get("connect_timeout", "")
    return int(named) if named.isdecimal() else PATIENCE


def place(info: dict[str, str]) -> str:
    """Return where a server is, without the password."""
    return f"{info.get('host') or info.get('hostaddr') or 'localhost'}:{info.get('port') or 5432}"


def first_line(error: Exception) -> str:
    """Return the essence of what the driver said."""
    return next((line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()), "no reason given")
