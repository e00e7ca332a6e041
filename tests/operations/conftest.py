"""Companies to buy with. Each is made once a module, and every test gets its own copy of what Python knows of it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

# This file may be loaded before Django is configured.
if TYPE_CHECKING:
    from tests.operations.buying import Buying
    from tests.operations.owing import Owing
    from tests.operations.receiving import House
    from tests.operations.unchanged import Watch


@pytest.fixture
def fresh_books(db: None) -> None:
    """Nothing is cached that a test before this one has changed and rolled back."""
    from everstock.ledger.books import forget_books

    forget_books()


@pytest.fixture(scope="module")
def made_buying(module_db: None) -> Buying:
    from tests.operations.buying import Buying

    return Buying()


@pytest.fixture
def buying(made_buying: Buying, fresh_books: None) -> Buying:
    return copy.deepcopy(made_buying)


@pytest.fixture(scope="module")
def made_owing(module_db: None) -> Owing:
    from tests.operations.owing import Owing

    return Owing()


@pytest.fixture
def owing(made_owing: Owing, fresh_books: None) -> Owing:
    return copy.deepcopy(made_owing)


@pytest.fixture(scope="module")
def made_house(module_db: None) -> House:
    from tests.operations.receiving import House

    return House()


@pytest.fixture
def house(made_house: House, fresh_books: None) -> House:
    return copy.deepcopy(made_house)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Every refusal of the test is watched: no table may change by what is refused."""
    from django.db import transaction

    from tests.operations.unchanged import Watch

    watch = Watch()
    monkeypatch.setattr(transaction, "atomic", watch.atomic)
    return watch
