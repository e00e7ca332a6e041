"""A small company with a history that can be checked by hand, and the way to ask the command line about it."""

from __future__ import annotations

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


@pytest.fixture
def shop(new_shop: Callable[..., Shop]) -> Shop:
    """The company of the golden reports."""
    from tests.reports.shop import golden_year

    made = new_shop()
    golden_year(made)
    return made
