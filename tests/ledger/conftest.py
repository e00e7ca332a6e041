"""What tests of posting share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.ledger.places import Shop


@pytest.fixture
def shop(db: None) -> Shop:
    # This file may be loaded before Django is configured.
    from tests.ledger.posting import fifo_shop

    return fifo_shop()
