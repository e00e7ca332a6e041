from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.operations.buying import Buying


@pytest.fixture
def buying(db: None) -> Buying:
    # This file may be loaded before Django is configured.
    from tests.operations.buying import Buying

    return Buying()
