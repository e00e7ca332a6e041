from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.operations.sales.selling import Selling


@pytest.fixture
def selling(db: None) -> Selling:
    # This file may be loaded before Django is configured.
    from tests.operations.sales.selling import Selling

    return Selling()
