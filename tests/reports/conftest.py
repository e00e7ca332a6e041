"""A small company with a history that can be checked by hand, and the way to ask the command line about it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.reports.shop import Shop


@pytest.fixture
def new_shop(db: None) -> Callable[..., Shop]:
    """Make a company; see ``Shop``."""
    from tests.reports.shop import Shop

    def make(**how: Any) -> Shop:
        return Shop(**how)

    return make


@pytest.fixture(scope="module")
def golden_shop(module_db: None) -> Shop:
    """The company of the golden reports, made once a module."""
    from tests.reports.shop import Shop, golden_year

    made = Shop()
    golden_year(made)
    return made


@pytest.fixture
def shop(golden_shop: Shop, db: None) -> Shop:
    """The company of the golden reports; what a test posts to it is gone after the test."""
    from everstock.ledger.books import forget_books

    forget_books()
    return copy.deepcopy(golden_shop)
