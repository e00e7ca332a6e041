"""Who may do what, and up to which amount."""

import pytest

from everstock.core.problems import Refusal
from everstock.operations.identity.actor import require, require_limit, system_actor
from everstock.operations.identity.permissions import LIMITED, ROLE_PERMISSIONS, WORDS, Permission, Role
from tests.operations.identity.people import APPROVE, somebody

MAY = """
                                  worker buyer seller accountant manager auditor integration administrator
item.read                         x      x     x      x          x       x       x           x
partner.read                      -      x     x      x          x       x       x           -
purchase.read                     x      x     -      x          x       x       x           -
sale.read                         x      x     x      x          x       x       x           -
cost.see                          -      x     -      x          x       x       -           -
journal.read                      -      -     -      x          x       x       -           -
report.read                       -      x     x      x          x       x       x           -
audit.read                        -      -     -      -          x       x       -           x
verify.run                        -      -     -      x          x       x       -           -
item.change                       -      x     -      -          x       -       x           -
location.change                   -      -     -      -          x       -       -           -
supplier.change                   -      x     -      x          x       -       -           -
customer.change                   -      -     x      x          x       -       x           -
price.change                      -      -     -      -          x       -       x           -
channel.change                    -      -     -      -          x       -       -           -
account.change                    -      -     -      x          x       -       -           -
rate.change                       -      -     -      x          x       -       -           -
purchase_order.create             -      x     -      -          x       -       x           -
purchase_order.change             -      x     -      -          x       -       -           -
purchase_order.approve            -      x     -      -          x       -       -           -
purchase_order.send               -      x     -      -          x       -       -           -
purchase_order.cancel             -      x     -      -          x       -       -           -
purchase_order.close              -      x     -      -          x       -       -           -
receipt.post                      x      -     -      -          x       -       x           -
receipt.over_tolerance            -      -     -      -          x       -       -           -
quality.release                   -      -     -      -          x       -       -           -
supplier_return.post              x      x     -      -          x       -       -           -
supplier_invoice.post             -      -     -      x          x       -       -           -
supplier_invoice.approve_mismatch -      -     -      -          x       -       -           -
landed_cost.post                  -      -     -      x          x       -       -           -
grni.clear                        -      -     -      x          x       -       -           -
quote.create                      -      -     x      -          x       -       -           -
sales_order.create                -      -     x      -          x       -       x           -
sales_order.change                -      -     x      -          x       -       x           -
sales_order.confirm               -      -     x      -          x       -       x           -
sales_order.cancel                -      -     x      -          x       -       x           -
sales_order.close                 -      -     x      -          x       -       -           -
stock.hold                        -      -     x      -          x       -       x           -
stock.reallocate                  -      -     -      -          x       -       -           -
till.sell                         -      -     x      -          x       -       x           -
till.return                       -      -     x      -          x       -       x           -
price.override                    -      -     x      -          x       -       -           -
credit.override                   -      -     -      -          x       -       -           -
shipment.post                     x      -     -      -          x       -       x           -
sales_return.approve              -      -     x      -          x       -       x           -
sales_return.post                 x      -     -      -          x       -       x           -
customer_invoice.post             -      -     -      x          x       -       -           -
selling_cost.post                 -      -     -      x          x       -       -           -
payment.register                  -      -     -      x          x       -       -           -
receivable.write_off              -      -     -      x          x       -       -           -
dunning.register                  -      -     -      x          x       -       -           -
transfer.post                     x      -     -      -          x       -       x           -
adjustment.post                   -      -     -      -          x       -       -           -
count.enter                       x      -     -      -          x       -       x           -
count.approve                     -      -     -      -          x       -       -           -
production.plan                   -      x     -      -          x       -       -           -
production.post                   x      -     -      -          x       -       -           -
replenishment.plan                -      x     -      -          x       -       -           -
journal.post                      -      -     -      x          x       -       -           -
value.change                      -      -     -      x          x       -       -           -
movement.reverse                  -      -     -      x          x       -       -           -
period.lock                       -      -     -      x          x       -       -           -
period.unlock                     -      -     -      -          x       -       -           -
import.run                        -      -     -      x          x       -       -           -
integration.manage                -      -     -      -          -       -       -           x
settings.change                   -      -     -      -          -       -       -           x
user.manage                       -      -     -      -          -       -       -           x
"""
"""The whole table for a reader; a change of who may do what must be made here too."""


def cells() -> list[tuple[str, str, bool]]:
    """(permission, role, may) of the table above."""
    head, *lines = MAY.strip("\n").splitlines()
    roles = ["warehouse_worker" if word == "worker" else word for word in head.split()]
    return [
        (permission, role, mark == "x")
        for permission, *marks in map(str.split, lines)
        for role, mark in zip(roles, marks, strict=True)
    ]


def test_the_table_names_every_role_and_permission_once() -> None:
    named = [(permission, role) for permission, role, _ in cells()]
    assert sorted(named) == sorted((permission.value, role.value) for permission in Permission for role in Role)
    assert set(WORDS) == set(Permission)
    assert len(set(WORDS.values())) == len(Permission)


@pytest.mark.parametrize("permission, role, may", cells())
def test_who_may_do_what(permission: str, role: str, may: bool) -> None:
    assert (Permission(permission) in ROLE_PERMISSIONS[Role(role)]) is may


def test_an_auditor_only_reads() -> None:
    verbs = {permission.partition(".")[2] for permission in ROLE_PERMISSIONS[Role.AUDITOR]}
    assert verbs == {"read", "see", "run"}
    assert {permission for permission in ROLE_PERMISSIONS[Role.AUDITOR] if permission.endswith(".run")} == {
        "verify.run"
    }


@pytest.mark.parametrize(
    "hands",
    [
        {"purchase_order.create", "receipt.post", "supplier_invoice.post"},
        {"supplier_invoice.post", "supplier_invoice.approve_mismatch"},
        {"period.lock", "period.unlock"},
        {"count.enter", "count.approve"},
        {"sales_order.create", "credit.override"},
        {"user.manage", "payment.register"},
    ],
)
def test_only_a_manager_holds_what_should_be_in_different_hands(hands: set[str]) -> None:
    both = {role for role in Role if hands <= ROLE_PERMISSIONS[role]}
    assert both <= {Role.MANAGER}


@pytest.mark.parametrize("permission", Permission)
def test_one_permission_is_enough_and_all_others_are_not(permission: Permission) -> None:
    require(somebody(permission), permission)
    with pytest.raises(Refusal) as refused:
        require(somebody(*set(Permission) - {permission}), permission)
    assert refused.value.code == "permission.missing"
    assert refused.value.cause == f"anna may not {WORDS[permission]}."
    named = {role for role in Role if role.words in refused.value.remedy}
    assert named == {role for role in Role if permission in ROLE_PERMISSIONS[role]}


@pytest.mark.parametrize(
    "permission, remedy",
    [
        (Permission.USER_MANAGE, "Ask an administrator to do it."),
        (Permission.PURCHASE_ORDER_SEND, "Ask a buyer or a manager to do it."),
        (Permission.AUDIT_READ, "Ask a manager, an auditor or an administrator to do it."),
    ],
)
def test_a_refusal_says_whom_to_ask(permission: Permission, remedy: str) -> None:
    with pytest.raises(Refusal) as refused:
        require(somebody(), permission)
    assert refused.value.remedy == remedy


@pytest.mark.parametrize("role", Role)
def test_costs_are_seen_by_some_roles(role: Role) -> None:
    seen = role in {Role.BUYER, Role.ACCOUNTANT, Role.MANAGER, Role.AUDITOR}
    assert somebody(*ROLE_PERMISSIONS[role]).sees_costs is seen


# ---------------------------------------------------------------------------------------------------------------------
# Limits


@pytest.mark.parametrize(
    "limits, amount, cause",
    [
        ({APPROVE: 100_000}, 100_000, None),
        ({APPROVE: 100_000}, 0, None),
        ({APPROVE: 100_000}, -100_000, None),
        ({APPROVE: None}, 10**17, None),
        ({APPROVE: 100_000}, 100_001, "anna may approve purchase orders up to 1000.00 USD; this is 1000.01 USD."),
        ({APPROVE: 100_000}, -100_001, "anna may approve purchase orders up to 1000.00 USD; this is 1000.01 USD."),
        ({APPROVE: 0}, 1, "anna may approve purchase orders up to 0.00 USD; this is 0.01 USD."),
        ({}, 1, "anna has no limit up to which to approve purchase orders."),
        ({}, 0, "anna has no limit up to which to approve purchase orders."),
        ({Permission.CREDIT_OVERRIDE: None}, 1, "anna has no limit up to which to approve purchase orders."),
    ],
)
def test_limits(limits: dict[Permission, int | None], amount: int, cause: str | None) -> None:
    actor = somebody(APPROVE, limits=limits)
    if cause is None:
        require_limit(actor, APPROVE, amount)
        return
    with pytest.raises(Refusal) as refused:
        require_limit(actor, APPROVE, amount)
    assert (refused.value.code, refused.value.cause) == ("approval.over_limit", cause)
    assert refused.value.remedy.startswith("Ask somebody ")
    assert ("everstock user limit ROLE purchase_order.approve AMOUNT" in refused.value.remedy) == ("no limit" in cause)


def test_a_limit_without_the_permission_is_worth_nothing() -> None:
    with pytest.raises(Refusal) as refused:
        require_limit(somebody(limits={APPROVE: None}), APPROVE, 1)
    assert refused.value.code == "permission.missing"


def test_a_permission_without_limits_is_not_asked_for_one() -> None:
    with pytest.raises(AssertionError, match="has no limit"):
        require_limit(system_actor(1, "test"), Permission.RECEIPT_POST, 1)


def test_the_system_may_do_everything() -> None:
    system = system_actor(5, "cli")
    for permission in Permission:
        require(system, permission)
    for permission in LIMITED:
        require_limit(system, permission, 10**17)
    assert (system.user_id, system.name, system.company_id, system.came_from) == (None, "system", 5, "cli")
    assert system.sees_costs
