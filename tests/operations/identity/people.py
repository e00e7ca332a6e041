"""Users and limits as the tests of identity need them."""

import datetime as dt
from typing import Any

from everstock.masterdata.actions import create_company
from everstock.masterdata.models import Company
from everstock.operations.identity import actions
from everstock.operations.identity.actor import Actor, system_actor
from everstock.operations.identity.models import User
from everstock.operations.identity.permissions import Permission, Role
from everstock.operations.identity.queries import actor_of

AT = 1_767_225_600_000_000
"""2026-01-01, in microseconds."""
APPROVE = Permission.PURCHASE_ORDER_APPROVE


def make_company(code: str, currency: str) -> Company:
    return create_company(code=code, name="", currency_code=currency, created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


def add_user(company: Company, name: str, *roles: Role) -> Actor:
    """Create a user (if it is new) with these roles in the company, and return who it is there."""
    system = system_actor(company.pk, "test")
    if not User.objects.filter(name=name).exists():
        actions.create_user(system, name=name, recorded_at=AT)
    actions.set_roles(system, user_name=name, roles=roles, recorded_at=AT)
    return actor_of(company.pk, name, "test")


def limit(actor: Actor, **changes: Any) -> None:
    arguments: dict[str, Any] = {"role": "buyer", "permission": "purchase_order.approve", "amount": 1} | changes
    actions.set_approval_limit(actor, **arguments, recorded_at=AT)


def unlimit(actor: Actor, **changes: Any) -> None:
    arguments: dict[str, Any] = {"role": "buyer", "permission": "purchase_order.approve"} | changes
    actions.remove_approval_limit(actor, **arguments, recorded_at=AT)


def rename(actor: Actor, name: str = "anna", **changes: Any) -> None:
    if "new_name" in changes:
        changes["name"] = changes.pop("new_name")
    actions.change_user(actor, user_name=name, **changes, recorded_at=AT)


def somebody(*permissions: Permission, limits: dict[Permission, int | None] | None = None) -> Actor:
    return Actor(7, "anna", 1, frozenset(permissions), limits or {}, "test", "USD", 2)
