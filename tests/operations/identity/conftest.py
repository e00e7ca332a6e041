"""Two companies, and who administers the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

# This file may be loaded before Django is configured.
if TYPE_CHECKING:
    from everstock.masterdata.models import Company
    from everstock.operations.identity.actor import Actor


@pytest.fixture
def company(db: None) -> Company:
    from tests.operations.identity.people import make_company

    return make_company("ACME", "USD")


@pytest.fixture
def other(db: None) -> Company:
    from tests.operations.identity.people import make_company

    return make_company("OTHER", "JPY")


@pytest.fixture
def admin(company: Company) -> Actor:
    from everstock.operations.identity.permissions import Role
    from tests.operations.identity.people import add_user

    return add_user(company, "root", Role.ADMINISTRATOR)
