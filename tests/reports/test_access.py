"""Who may see what of which report: all reports and all roles. Without the right to see costs no cost, margin or value is there."""

import csv
import io
import re
from collections.abc import Callable

import pytest

from everstock.core.problems import Refusal
from everstock.interfaces.cli.reports import report
from everstock.operations.identity.actions import create_user, set_roles
from everstock.operations.identity.actor import system_actor
from everstock.operations.identity.permissions import ROLE_PERMISSIONS, Permission, Role
from everstock.reports.access import ACCESS
from tests.reports.shop import Shop

WORDS = {
    "item-ledger": "--item BOLT",
    "account-ledger": "--account 5000",
    "what-changed": "--since 2026-01-01",
    "ageing": "--show quantity",
}
TELLING = re.compile(r"cost|value|margin|profit|cogs|inventory|debit|credit|balance|percent")
"""Names of columns that tell what something costs; those of selling prices and quantities do not match."""


@pytest.fixture
def staffed(shop: Shop) -> Shop:
    boss = system_actor(shop.company.pk, "tests")
    for role in Role:
        create_user(boss, name=role.value, recorded_at=1)
        set_roles(boss, user_name=role.value, roles=[role.value], recorded_at=1)
    return shop


def header(shop: Shop, name: str, role: Role) -> list[str]:
    words = WORDS.get(name, "").split()
    printed = shop.report(name, *words, "--as", role.value, "--format", "csv")
    return next(csv.reader(io.StringIO(printed)))


def test_the_table_of_reports_is_total() -> None:
    assert set(report.commands) == set(ACCESS)


@pytest.mark.parametrize("name", sorted(ACCESS))
def test_costs_are_for_those_who_may_see_them(name: str, staffed: Shop) -> None:
    access = ACCESS[name]
    seen: dict[bool, list[str]] = {}
    for role, permissions in ROLE_PERMISSIONS.items():
        sees = Permission.COST_SEE in permissions
        if not {Permission.REPORT_READ, *access.needs} <= permissions:
            asked = staffed.ask(name, *WORDS.get(name, "").split(), "--as", role.value)
            assert isinstance(asked.exception, Refusal), role
            assert asked.exception.code == "permission.missing"
            continue
        columns = header(staffed, name, role)
        assert seen.setdefault(sees, columns) == columns
        assert not access.costs & set(columns) or sees, role
        if not sees:
            assert not [column for column in columns if TELLING.search(column)], role
    if access.costs:
        # they are there for whoever may see them, and only they are missing for the others
        assert [column for column in seen[True] if column not in access.costs] == seen[False]
        assert access.costs & set(seen[True]) or name in {"ageing", "cogs"}


@pytest.mark.parametrize("role", [role for role in Role if Permission.COST_SEE not in ROLE_PERMISSIONS[role]])
def test_no_cost_is_in_any_cell(role: Role, staffed: Shop) -> None:
    """What bolts cost is 670.00 and what margin they bring is in no cell of any report that these may ask for."""
    known = {row["cost"] for row in csv.DictReader(io.StringIO(staffed.report("cogs", "--format", "csv")))}
    known |= {row["value"] for row in csv.DictReader(io.StringIO(staffed.report("valuation", "--format", "csv")))}
    assert known
    for name in ACCESS:
        asked = staffed.ask(name, *WORDS.get(name, "").split(), "--as", role.value, "--format", "csv")
        if asked.exception is None:
            assert not known & {cell for row in csv.reader(io.StringIO(asked.stdout)) for cell in row}, name


def test_asking_for_a_value_is_refused(staffed: Shop) -> None:
    asked = staffed.ask("ageing", "--show", "value", "--as", Role.SELLER.value)
    assert isinstance(asked.exception, Refusal)
    assert asked.exception.code == "permission.missing"


def test_who_is_unknown_is_refused(staffed: Shop, new_shop: Callable[..., Shop]) -> None:
    asked = staffed.ask("stock", "--as", "nobody")
    assert isinstance(asked.exception, Refusal)
