"""Companies to sell with, made once a module like those to buy with."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

# This file may be loaded before Django is configured.
if TYPE_CHECKING:
    from tests.operations.sales.selling import Selling


@pytest.fixture(scope="module")
def made_selling(module_db: None) -> Selling:
    from tests.operations.sales.selling import Selling

    return Selling()


@pytest.fixture
def selling(made_selling: Selling, fresh_books: None) -> Selling:
    return copy.deepcopy(made_selling)
