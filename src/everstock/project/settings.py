"""Django settings: the applications, one database, nothing to fill in by hand.

The database is named by ``EVERSTOCK_DATABASE_URL``. The ``everstock`` command sets it to the embedded server's address
before Django starts; an operator sets it to use another server. Without it there is no database, and Django says so.
"""

import os
import secrets
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def database_from_url(url: str) -> dict[str, Any]:
    """Translate a ``postgresql://`` address into Django's words.

    The driver itself takes the address apart, so every form it knows works: a socket directory as ``?host=/some/path``
    or percent-encoded before the slash, several hosts, and options such as ``sslmode``.
    """
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        # The driver's message may repeat the address, and with it a password: it is not passed on.
        raise ImproperlyConfigured(
            "EVERSTOCK_DATABASE_URL is not an address of a PostgreSQL database. "
            "Use the form postgresql://user:password@host:5432/database."
        ) from None
    if not parts.get("dbname"):
        raise ImproperlyConfigured(
            "EVERSTOCK_DATABASE_URL names no database. Add its name at the end: postgresql://user:password@host/database."
        )
    database = {django: str(parts.pop(libpq)) for libpq, django in _NAMES.items() if parts.get(libpq) is not None}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **database,
        "OPTIONS": parts,
        # A connection lives as long as its thread; before a request uses it again, it is checked.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


_url = os.environ.get("EVERSTOCK_DATABASE_URL", "")
DATABASES: dict[str, dict[str, Any]] = {"default": database_from_url(_url)} if _url else {}

INSTALLED_APPS = [
    "everstock.masterdata",
    "everstock.ledger",
    "everstock.operations.identity",
    "everstock.operations.documents",
    "everstock.operations.warehouse",
    "everstock.operations.purchasing",
    "everstock.operations.sales",
]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

DEBUG = False
# Nothing outlives the process that is signed with this key, so a fresh one is as good as a stored one,
# and there is no well-known default to forget in production.
SECRET_KEY = os.environ.get("EVERSTOCK_SECRET_KEY") or secrets.token_urlsafe(50)
