from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from everstock.core.problems import BadFile

if TYPE_CHECKING:
    from everstock.interfaces.files.movements import Summary
    from everstock.masterdata.models import Company
    from tests.interfaces.shop import Shop


@pytest.fixture
def fresh_books() -> Iterator[None]:
    from everstock.ledger.books import forget_books

    forget_books()
    yield
    forget_books()


@pytest.fixture
def make_company(db: None, fresh_books: None) -> Callable[..., Company]:
    from everstock.masterdata.actions import create_company

    def make(code: str = "ACME", currency: str = "USD", **settings: object) -> Company:
        created_at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        return create_company(code=code, name="", currency_code=currency, created_at=created_at, **settings)  # type: ignore[arg-type]

    return make


@pytest.fixture
def company(make_company: Callable[..., Company]) -> Company:
    return make_company()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file and return its path; text is encoded as UTF-8."""

    def written(content: str | bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.fixture
def load(company: Company, write: Callable[..., Path]) -> Iterator[Callable[..., Summary]]:
    """Import a movement file; after the test no transaction is left that only waits to be rolled back."""
    from django.db import connection

    from everstock.interfaces.files.movements import Options, import_movements
    from tests.interfaces.books import NOW

    def run(
        content: str | bytes, *, name: str = "m.csv", into: Company | None = None, now: int = NOW, **options: bool
    ) -> Summary:
        return import_movements(into or company, write(content, name), recorded_at=now, options=Options(**options))

    yield run
    assert not connection.needs_rollback


@pytest.fixture
def problems(company: Company, load: Callable[..., Summary]) -> Callable[..., list[tuple[int, str, str, str]]]:
    """What is wrong with a movement file, after a look that it changed nothing."""
    from tests.interfaces.books import counts

    def run(content: str | bytes, **options: Any) -> list[tuple[int, str, str, str]]:
        before = counts(company)
        with pytest.raises(BadFile) as caught:
            load(content, **options)
        assert counts(company) == before
        assert caught.value.total >= len(caught.value.problems)
        return [(problem.line, problem.column, problem.value, problem.reason) for problem in caught.value.problems]

    return run


@pytest.fixture
def shop(company: Company, capsys: pytest.CaptureFixture[str]) -> Shop:
    """The company with goods to buy, and the commands to run on it."""
    from tests.interfaces.shop import open_shop

    return open_shop(company, capsys)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
