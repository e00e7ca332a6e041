from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.operations.buying import Buying
    from tests.operations.owing import Owing
    from tests.operations.unchanged import Watch


@pytest.fixture
def buying(db: None) -> Buying:
    # This file may be loaded before Django is configured.
    from tests.operations.buying import Buying

    return Buying()


@pytest.fixture
def owing(db: None) -> Owing:
    from tests.operations.owing import Owing

    return Owing()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Every refusal of the test is watched: no table may change by what is refused."""
    from django.db import transaction

    from tests.operations.unchanged import Watch

    watch = Watch()
    monkeypatch.setattr(transaction, "atomic", watch.atomic)
    return watch
