import datetime as dt

import pytest

from everstock.masterdata.actions import create_company
from everstock.masterdata.models import Company


@pytest.fixture
def company(db: None) -> Company:
    return create_company(
        code="ACME", name="Acme Ltd", currency_code="USD", created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    )
