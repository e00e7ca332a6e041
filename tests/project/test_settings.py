"""Addresses of databases in all the forms an operator writes them."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from everstock.project.settings import database_from_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://ann:p%40ss@db:5433/books", ("books", "ann", "p@ss", "db", "5433")),
        ("postgresql://ann@%2Frun%2Fa%20b/books", ("books", "ann", None, "/run/a b", None)),
        ("postgresql://ann@/books?host=/run/a%20b&port=1", ("books", "ann", None, "/run/a b", "1")),
        ("postgresql:///books", ("books", None, None, None, None)),
    ],
)
def test_an_address_is_understood(url: str, expected: tuple[str | None, ...]) -> None:
    database = database_from_url(url)
    assert tuple(database.get(name) for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == expected


def test_what_django_has_no_word_for_is_passed_on_to_the_driver() -> None:
    assert database_from_url("postgresql://db/books?sslmode=require")["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("url", ["mysql://ann:secret@db/books", "postgresql://ann:secret@db", "books secret"])
def test_a_wrong_address_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        database_from_url(url)
    assert "EVERSTOCK_DATABASE_URL" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
