from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.operations.buying import Buying
    from tests.operations.owing import Owing


@pytest.fixture
def buying(db: None) -> Buying:
    # This file may be loaded before Django is configured.
    from tests.operations.buying import Buying

    return Buying()


@pytest.fixture
def owing(db: None) -> Owing:
    from tests.operations.owing import Owing

    return Owing()
