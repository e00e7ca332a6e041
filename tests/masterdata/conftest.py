from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from everstock.masterdata.models import Company


@pytest.fixture
def company(db: None) -> Company:
    # This file may be loaded before Django is configured.
    from everstock.masterdata.actions import create_company

    return create_company(
        code="ACME", name="Acme Ltd", currency_code="USD", created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    )
