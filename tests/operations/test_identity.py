"""Who may do what, up to which amount, and what the audit trail keeps of it."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django import DjangoDbBlocker

from everstock.core.problems import Refusal
from everstock.masterdata.actions import create_company
from everstock.masterdata.models import Company
from everstock.operations.identity import actions
from everstock.operations.identity.actor import Actor, require, require_limit, system_actor
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.models import ApprovalLimit, AuditEvent, RoleAssignment, User
from everstock.operations.identity.permissions import LIMITED, ROLE_PERMISSIONS, WORDS, Permission, Role
from everstock.operations.identity.queries import actor_of, approval_limits, audit_trail
from tests.operations.unchanged import everything

AT = 1_767_225_600_000_000
"""2026-01-01, in microseconds."""

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
price.override                    -      -     x      -          x       -       -           -
credit.override                   -      -     -      -          x       -       -           -
shipment.post                     x      -     -      -          x       -       x           -
sales_return.approve              -      -     x      -          x       -       x           -
sales_return.post                 x      -     -      -          x       -       x           -
customer_invoice.post             -      -     -      x          x       -       -           -
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

# ---------------------------------------------------------------------------------------------------------------------
# Permissions


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


def somebody(*permissions: Permission, limits: dict[Permission, int | None] | None = None) -> Actor:
    return Actor(7, "anna", 1, frozenset(permissions), limits or {}, "test", "USD", 2)


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

APPROVE = Permission.PURCHASE_ORDER_APPROVE


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


# ---------------------------------------------------------------------------------------------------------------------
# Users in the database


def _company(code: str, currency: str) -> Company:
    return create_company(code=code, name="", currency_code=currency, created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


@pytest.fixture
def company(db: None) -> Company:
    return _company("ACME", "USD")


@pytest.fixture
def other(db: None) -> Company:
    return _company("OTHER", "JPY")


def add_user(company: Company, name: str, *roles: Role) -> Actor:
    """Create a user (if it is new) with these roles in the company, and return who it is there."""
    system = system_actor(company.pk, "test")
    if not User.objects.filter(name=name).exists():
        actions.create_user(system, name=name, recorded_at=AT)
    actions.set_roles(system, user_name=name, roles=roles, recorded_at=AT)
    return actor_of(company.pk, name, "test")


@pytest.fixture
def admin(company: Company) -> Actor:
    return add_user(company, "root", Role.ADMINISTRATOR)


def test_an_actor_has_what_its_roles_have_in_this_company(company: Company, other: Company) -> None:
    add_user(company, "anna", Role.BUYER, Role.WAREHOUSE_WORKER)
    add_user(other, "anna", Role.AUDITOR)
    anna = User.objects.get(name="anna")
    here, there = actor_of(company.pk, "anna", "web"), actor_of(other.pk, "ANNA", "api")
    assert here == Actor(
        anna.pk,
        "anna",
        company.pk,
        ROLE_PERMISSIONS[Role.BUYER] | ROLE_PERMISSIONS[Role.WAREHOUSE_WORKER],
        {},
        "web",
        "USD",
        2,
    )
    assert there == Actor(anna.pk, "anna", other.pk, ROLE_PERMISSIONS[Role.AUDITOR], {}, "api", "JPY", 0)


def test_a_role_taken_away_is_gone_at_once(company: Company, admin: Actor) -> None:
    add_user(company, "anna", Role.BUYER, Role.SELLER)
    actions.set_roles(admin, user_name="anna", roles=["seller"], recorded_at=AT)
    assert actor_of(company.pk, "anna", "web").permissions == ROLE_PERMISSIONS[Role.SELLER]


@pytest.mark.parametrize(
    "limits, expected",
    [
        ([], {}),
        ([("buyer", 500)], {APPROVE: 500}),
        ([("buyer", 500), ("manager", 300)], {APPROVE: 500}),
        ([("buyer", 300), ("manager", 500)], {APPROVE: 500}),
        ([("buyer", None), ("manager", 500)], {APPROVE: None}),
        ([("buyer", 500), ("manager", None)], {APPROVE: None}),
        ([("buyer", 500), ("buyer", 200)], {APPROVE: 200}),
    ],
)
def test_the_highest_limit_of_the_roles_counts(
    company: Company,
    other: Company,
    admin: Actor,
    limits: list[tuple[str, int | None]],
    expected: dict[Permission, int | None],
) -> None:
    add_user(company, "anna", Role.BUYER, Role.MANAGER)
    add_user(other, "anna", Role.BUYER)
    elsewhere = system_actor(other.pk, "test")
    actions.set_approval_limit(elsewhere, role="buyer", permission=APPROVE, amount=10**9, recorded_at=AT)
    for role, amount in limits:
        actions.set_approval_limit(admin, role=role, permission=APPROVE, amount=amount, recorded_at=AT)
    assert actor_of(company.pk, "anna", "web").limits == expected


def test_a_limit_of_another_role_or_without_its_permission_does_not_count(company: Company, admin: Actor) -> None:
    add_user(company, "sam", Role.SELLER)
    actions.set_approval_limit(admin, role="buyer", permission=APPROVE, amount=None, recorded_at=AT)
    # as it might be left over from a time when sellers could approve
    ApprovalLimit.objects.create(company=company, role="seller", permission=APPROVE.value, amount=None)
    assert actor_of(company.pk, "sam", "web").limits == {}


@pytest.mark.parametrize(
    "name, code, cause",
    [
        ("nobody", "user.unknown", "There is no user nobody."),
        ("gone", "user.inactive", "The user gone is inactive."),
        ("guest", "user.no_role", "The user guest has no role in ACME."),
    ],
)
def test_who_is_not_let_in(company: Company, other: Company, admin: Actor, name: str, code: str, cause: str) -> None:
    add_user(company, "gone", Role.BUYER)
    actions.deactivate_user(admin, user_name="gone", recorded_at=AT)
    add_user(other, "guest", Role.MANAGER)
    with pytest.raises(Refusal) as refused:
        actor_of(company.pk, name, "web")
    assert (refused.value.code, refused.value.cause) == (code, cause)
    assert refused.value.remedy


# ---------------------------------------------------------------------------------------------------------------------
# Refusals

Verb = Callable[[Actor, Actor], object]
"""Called with an administrator of ACME and a buyer there."""


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


REFUSALS: list[tuple[str, Verb, str, str]] = [
    (
        "permission.missing",
        lambda admin, anna: actions.create_user(anna, name="eve", recorded_at=AT),
        "anna may not manage users.",
        "Ask an administrator to do it.",
    ),
    (
        "permission.missing",
        lambda admin, anna: actions.set_roles(anna, user_name="anna", roles=["manager"], recorded_at=AT),
        "anna may not manage users.",
        "Ask an administrator to do it.",
    ),
    (
        "permission.missing",
        lambda admin, anna: limit(anna, amount=None),
        "anna may not manage users.",
        "Ask an administrator to do it.",
    ),
    (
        "permission.missing",
        lambda admin, anna: actions.deactivate_user(anna, user_name="root", recorded_at=AT),
        "anna may not manage users.",
        "Ask an administrator to do it.",
    ),
    (
        "permission.missing",
        lambda admin, anna: actions.activate_user(anna, user_name="idle", recorded_at=AT),
        "anna may not manage users.",
        "Ask an administrator to do it.",
    ),
    (
        "permission.missing",
        lambda admin, anna: audit_trail(anna),
        "anna may not see the audit trail.",
        "Ask a manager, an auditor or an administrator to do it.",
    ),
    (
        "user.name",
        lambda admin, anna: actions.create_user(admin, name="bad name!", recorded_at=AT),
        "The user name “bad name!” is not made of letters, digits and . _ - @ + alone.",
        "Choose another name, such as ann.baker; the full name may be any.",
    ),
    (
        "code.invalid",
        lambda admin, anna: actions.create_user(admin, name=" eve", recorded_at=AT),
        "The code “ eve” of a user begins or ends with a space.",
        "Use 1 to 64 printable characters.",
    ),
    (
        "user.exists",
        lambda admin, anna: actions.create_user(admin, name="Anna", recorded_at=AT),
        "There is already a user Anna.",
        "Choose another name, or give that one roles.",
    ),
    (
        "user.exists",
        lambda admin, anna: actions.create_user(admin, name="System", recorded_at=AT),
        "There is already a user System.",
        "Choose another name, or give that one roles.",
    ),
    (
        "user.full_name",
        lambda admin, anna: actions.create_user(admin, name="eve", full_name="E" * 201, recorded_at=AT),
        "The full name is longer than 200 characters.",
        "Shorten it.",
    ),
    (
        "user.email",
        lambda admin, anna: actions.create_user(admin, name="eve", email="eve at home", recorded_at=AT),
        "“eve at home” is not an e-mail address.",
        "Correct it, or leave it empty.",
    ),
    (
        "user.email",
        lambda admin, anna: actions.create_user(admin, name="eve", email=f"{'e' * 250}@x.de", recorded_at=AT),
        f"“{'e' * 250}@x.de” is not an e-mail address.",
        "Correct it, or leave it empty.",
    ),
    (
        "user.unknown",
        lambda admin, anna: actions.set_roles(admin, user_name="eve", roles=["buyer"], recorded_at=AT),
        "There is no user eve.",
        "Check the name, or create the user first.",
    ),
    (
        "user.unknown",
        lambda admin, anna: actions.deactivate_user(admin, user_name="eve", recorded_at=AT),
        "There is no user eve.",
        "Check the name, or create the user first.",
    ),
    (
        "user.role_unknown",
        lambda admin, anna: actions.set_roles(admin, user_name="anna", roles=["seller", "king"], recorded_at=AT),
        "“king” is not a role.",
        "Use one of: warehouse_worker, buyer, seller, accountant, manager, auditor, integration, administrator.",
    ),
    (
        "user.role_unknown",
        lambda admin, anna: limit(admin, role="king"),
        "“king” is not a role.",
        "Use one of: warehouse_worker, buyer, seller, accountant, manager, auditor, integration, administrator.",
    ),
    (
        "permission.unknown",
        lambda admin, anna: limit(admin, permission="fly"),
        "“fly” is not a permission.",
        f"Use one of: {', '.join(Permission)}.",
    ),
    (
        "approval.no_limit",
        lambda admin, anna: limit(admin, permission="purchase_order.send"),
        "There are no limits for who may send purchase orders.",
        f"Set limits for one of: {', '.join(sorted(LIMITED))}.",
    ),
    (
        "approval.role",
        lambda admin, anna: limit(admin, role="warehouse_worker"),
        "A warehouse worker may not approve purchase orders at all.",
        "Set the limit for another role.",
    ),
    (
        "approval.amount",
        lambda admin, anna: limit(admin, amount=-1),
        "A limit must be zero or more and below 10^18.",
        "Correct the amount.",
    ),
    (
        "approval.amount",
        lambda admin, anna: limit(admin, amount=10**18),
        "A limit must be zero or more and below 10^18.",
        "Correct the amount.",
    ),
    (
        "user.last_administrator",
        lambda admin, anna: actions.set_roles(admin, user_name="root", roles=["manager"], recorded_at=AT),
        "A company must keep at least one active administrator.",
        "Make somebody else an administrator first.",
    ),
    (
        "user.last_administrator",
        lambda admin, anna: actions.deactivate_user(admin, user_name="root", recorded_at=AT),
        "A company must keep at least one active administrator.",
        "Make somebody else an administrator first.",
    ),
    (
        "user.other_company",
        lambda admin, anna: actions.deactivate_user(admin, user_name="guest", recorded_at=AT),
        "The user guest has roles in a company that root does not administer.",
        "Take away the roles in your own company instead.",
    ),
    (
        "permission.missing",
        lambda admin, anna: unlimit(anna),
        "anna may not manage users.",
        "Ask an administrator to do it.",
    ),
    (
        "permission.missing",
        lambda admin, anna: approval_limits(anna),
        "anna may not manage users.",
        "Ask an administrator to do it.",
    ),
    (
        "permission.missing",
        lambda admin, anna: rename(anna, full_name="Queen"),
        "anna may not manage users.",
        "Ask an administrator to do it.",
    ),
    (
        "approval.not_set",
        lambda admin, anna: unlimit(admin),
        "No limit is set up to which a buyer may approve purchase orders.",
        "Look at the limits that are set.",
    ),
    (
        "user.role_unknown",
        lambda admin, anna: unlimit(admin, role="king"),
        "“king” is not a role.",
        "Use one of: warehouse_worker, buyer, seller, accountant, manager, auditor, integration, administrator.",
    ),
    (
        "permission.unknown",
        lambda admin, anna: unlimit(admin, permission="fly"),
        "“fly” is not a permission.",
        f"Use one of: {', '.join(Permission)}.",
    ),
    (
        "user.unknown",
        lambda admin, anna: rename(admin, "eve", full_name="Eve"),
        "There is no user eve.",
        "Check the name, or create the user first.",
    ),
    (
        "user.exists",
        lambda admin, anna: rename(admin, new_name="ROOT"),
        "There is already a user ROOT.",
        "Choose another name, or give that one roles.",
    ),
    (
        "user.exists",
        lambda admin, anna: rename(admin, new_name="system"),
        "There is already a user system.",
        "Choose another name, or give that one roles.",
    ),
    (
        "code.invalid",
        lambda admin, anna: rename(admin, new_name="anna "),
        "The code “anna ” of a user begins or ends with a space.",
        "Use 1 to 64 printable characters.",
    ),
    (
        "user.full_name",
        lambda admin, anna: rename(admin, full_name="A" * 201),
        "The full name is longer than 200 characters.",
        "Shorten it.",
    ),
    (
        "user.email",
        lambda admin, anna: rename(admin, email="anna at home"),
        "“anna at home” is not an e-mail address.",
        "Correct it, or leave it empty.",
    ),
    (
        "user.other_company",
        lambda admin, anna: rename(admin, "guest", full_name="Guest"),
        "The user guest has roles in a company that root does not administer.",
        "Take away the roles in your own company instead.",
    ),
]


@pytest.mark.parametrize("code, verb, cause, remedy", REFUSALS)
def test_a_refusal_says_why_and_what_to_do_and_changes_nothing(
    company: Company, other: Company, admin: Actor, code: str, verb: Verb, cause: str, remedy: str
) -> None:
    anna = add_user(company, "anna", Role.BUYER)
    add_user(company, "idle", Role.ADMINISTRATOR)
    actions.deactivate_user(admin, user_name="idle", recorded_at=AT)
    add_user(company, "guest", Role.SELLER)
    add_user(other, "guest", Role.BUYER)
    before = everything()
    with pytest.raises(Refusal) as refused:
        verb(admin, anna)
    assert (refused.value.code, refused.value.cause, refused.value.remedy) == (code, cause, remedy)
    assert everything() == before


# ---------------------------------------------------------------------------------------------------------------------
# The last administrator


def administrators(company: Company) -> set[str]:
    found = RoleAssignment.objects.filter(company=company, role="administrator", user__active=True)
    return set(found.values_list("user__name", flat=True))


def test_an_administrator_may_go_while_another_stays(company: Company, admin: Actor) -> None:
    add_user(company, "ben", Role.ADMINISTRATOR)
    add_user(company, "cleo", Role.ADMINISTRATOR)
    actions.set_roles(admin, user_name="root", roles=[], recorded_at=AT)
    actions.deactivate_user(system_actor(company.pk, "cli"), user_name="cleo", recorded_at=AT)
    assert administrators(company) == {"ben"}
    for action in (actions.deactivate_user, lambda *a, **k: actions.set_roles(*a, roles=["buyer"], **k)):
        with pytest.raises(Refusal, match="at least one active administrator"):
            action(system_actor(company.pk, "cli"), user_name="ben", recorded_at=AT)
    assert administrators(company) == {"ben"}


def test_each_company_keeps_an_administrator(company: Company, other: Company, admin: Actor) -> None:
    add_user(company, "ben", Role.ADMINISTRATOR)
    add_user(other, "ben", Role.ADMINISTRATOR)
    with pytest.raises(Refusal, match="at least one active administrator"):
        actions.deactivate_user(system_actor(company.pk, "cli"), user_name="ben", recorded_at=AT)
    assert administrators(other) == {"ben"}
    assert User.objects.get(name="ben").active


def test_taking_the_role_from_an_inactive_administrator_needs_no_successor(company: Company, admin: Actor) -> None:
    RoleAssignment.objects.filter(company=company).delete()
    user = User.objects.create(name="idle", active=False)
    RoleAssignment.objects.create(company=company, user=user, role="administrator")
    actions.set_roles(admin, user_name="idle", roles=[], recorded_at=AT)
    assert not RoleAssignment.objects.filter(user=user).exists()


def test_who_administers_both_companies_may_deactivate_in_both(company: Company, other: Company, admin: Actor) -> None:
    add_user(other, "guest", Role.BUYER)
    add_user(other, "root", Role.MANAGER)
    with pytest.raises(Refusal, match="does not administer"):
        actions.deactivate_user(admin, user_name="guest", recorded_at=AT + 1)
    add_user(other, "root", Role.ADMINISTRATOR)
    actions.deactivate_user(admin, user_name="guest", recorded_at=AT + 1)
    told = AuditEvent.objects.filter(action="user.deactivate").order_by("company_id")
    assert [(row.company_id, row.user_name, row.at) for row in told] == [
        (company.pk, "root", AT + 1),
        (other.pk, "root", AT + 1),
    ]
    actions.activate_user(admin, user_name="guest", recorded_at=AT + 2)
    assert actor_of(other.pk, "guest", "web").permissions == ROLE_PERMISSIONS[Role.BUYER]


@pytest.fixture
def committed_company(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Company]:
    """A company other connections see, cleared away by hand; its rows of the audit trail stay, as they must."""
    with django_db_blocker.unblock():
        company = _company("SEEN", "USD")
        yield company
        users = list(RoleAssignment.objects.filter(company=company).values_list("user_id", flat=True))
        with connection.cursor() as cursor:
            # not through the models: they look for rows of the trail first
            for table in ("role_assignment", "posting_rule", "account", "location", "unit"):
                cursor.execute(f"DELETE FROM {table} WHERE company_id = %s", [company.pk])
            cursor.execute("DELETE FROM app_user WHERE id = ANY (%s)", [users])
            cursor.execute("DELETE FROM company WHERE id = %s", [company.pk])
        connection.close()


def test_two_administrators_cannot_remove_each_other_at_once(committed_company: Company) -> None:
    company = committed_company
    first, second = (add_user(company, name, Role.ADMINISTRATOR) for name in ("ann", "bob"))
    removed, outcome = threading.Event(), []

    def other_way_round() -> None:
        removed.wait(10)
        try:
            actions.deactivate_user(second, user_name="ann", recorded_at=AT)
            outcome.append("done")
        except Refusal as refusal:
            outcome.append(refusal.code)
        finally:
            connection.close()

    thread = threading.Thread(target=other_way_round)
    thread.start()
    with transaction.atomic():
        actions.set_roles(first, user_name="bob", roles=["buyer"], recorded_at=AT)
        removed.set()
        thread.join(0.3)
        assert thread.is_alive()  # it waits for this transaction
    thread.join(10)
    assert outcome == ["user.last_administrator"]
    assert administrators(company) == {"ann"}


# ---------------------------------------------------------------------------------------------------------------------
# The audit trail


def test_every_verb_leaves_a_row_and_a_repetition_none(company: Company, admin: Actor) -> None:
    start = AuditEvent.objects.latest("id").pk
    steps: list[Callable[[int], object]] = [
        lambda at: actions.set_roles(admin, user_name="EVE", roles=["seller", "buyer"], recorded_at=at),
        lambda at: actions.set_roles(admin, user_name="eve", roles=["auditor", "buyer"], recorded_at=at),
        lambda at: limit(admin._replace(came_from="api"), amount=500),
        lambda at: limit(admin, amount=None),
        lambda at: actions.deactivate_user(admin, user_name="eve", recorded_at=at),
        lambda at: actions.activate_user(admin, user_name="eve", recorded_at=at),
        lambda at: actions.change_user(admin, user_name="eve", email="", full_name="Eve Weiß", recorded_at=at),
        lambda at: actions.change_user(admin, user_name="eve", name="Eve", recorded_at=at),
    ]
    user = actions.create_user(admin, name="eve", full_name="Eve “E.” Weiß", email="eve@x.de", recorded_at=AT + 1)
    for number, step in enumerate(steps, 2):
        step(AT + number)
        step(AT + 100)
    told = AuditEvent.objects.filter(id__gt=start).order_by("id")
    rule = ApprovalLimit.objects.get()
    eve, purchases = ("user", user.pk, "eve"), ("approval_limit", rule.pk, "buyer purchase_order.approve")
    assert [
        (row.at - AT, row.action, (row.subject_kind, row.subject_id, row.subject), row.before, row.after)
        for row in told
    ] == [
        (1, "user.create", eve, None, {"full_name": "Eve “E.” Weiß", "email": "eve@x.de"}),
        (2, "user.set_roles", eve, {"roles": []}, {"roles": ["buyer", "seller"]}),
        (3, "user.set_roles", eve, {"roles": ["buyer", "seller"]}, {"roles": ["auditor", "buyer"]}),
        (0, "approval_limit.set", purchases, None, {"amount": 500}),
        (0, "approval_limit.set", purchases, {"amount": 500}, {"amount": None}),
        (6, "user.deactivate", eve, {"active": True}, {"active": False}),
        (7, "user.activate", eve, {"active": False}, {"active": True}),
        (
            *(8, "user.change", eve, {"full_name": "Eve “E.” Weiß", "email": "eve@x.de"}),
            {"full_name": "Eve Weiß", "email": ""},
        ),
        (9, "user.change", ("user", user.pk, "Eve"), {"name": "eve"}, {"name": "Eve"}),
    ]
    assert {(row.company_id, row.user_id, row.user_name) for row in told} == {(company.pk, admin.user_id, "root")}
    assert [row.came_from for row in told] == ["test"] * 3 + ["api"] + ["test"] * 5
    assert rule.amount is None


def test_a_limit_is_listed_and_removed(company: Company, other: Company, admin: Actor) -> None:
    anna = add_user(company, "anna", Role.BUYER)
    limit(admin, amount=500)
    limit(admin, role="manager", amount=None)
    limit(system_actor(other.pk, "test"), amount=7)
    assert approval_limits(admin) == [
        ("buyer", "purchase_order.approve", 500),
        ("manager", "purchase_order.approve", None),
    ]
    may = actor_of(company.pk, "anna", "test")
    require_limit(may, Permission.PURCHASE_ORDER_APPROVE, 500)
    rule = ApprovalLimit.objects.get(company=company, role="buyer")
    unlimit(admin)
    assert approval_limits(admin) == [("manager", "purchase_order.approve", None)]
    with pytest.raises(Refusal) as refused:
        require_limit(actor_of(company.pk, anna.name, "test"), Permission.PURCHASE_ORDER_APPROVE, 1)
    assert refused.value.code == "approval.over_limit"
    assert ApprovalLimit.objects.get(company=other).amount == 7
    said = AuditEvent.objects.latest("id")
    assert (said.action, said.subject_id, said.subject, said.before, said.after) == (
        *("approval_limit.remove", rule.pk, "buyer purchase_order.approve"),
        *({"amount": 500}, None),
    )


def test_a_user_is_renamed_and_keeps_its_roles_and_what_it_did(company: Company, admin: Actor) -> None:
    anna = add_user(company, "anna", Role.ADMINISTRATOR)
    actions.create_user(anna, name="eve", recorded_at=AT)
    rename(admin, new_name="anna.miller", full_name="Anna Miller")
    assert actor_of(company.pk, "ANNA.miller", "test").user_id == anna.user_id
    with pytest.raises(Refusal, match="no user anna"):
        actor_of(company.pk, "anna", "test")
    made = AuditEvent.objects.get(action="user.create", subject="eve")
    assert (made.user_id, made.user_name) == (anna.user_id, "anna")


def test_who_administers_both_companies_may_rename_in_both(company: Company, other: Company, admin: Actor) -> None:
    add_user(company, "guest", Role.SELLER)
    add_user(other, "guest", Role.BUYER)
    add_user(other, "root", Role.ADMINISTRATOR)
    rename(admin, "guest", full_name="A Guest")
    told = AuditEvent.objects.filter(action="user.change")
    assert {(row.company_id, row.subject) for row in told} == {(company.pk, "guest"), (other.pk, "guest")}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET user_name = 'somebody else'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
    ],
)
def test_the_database_keeps_the_audit_trail_as_it_is(company: Company, admin: Actor, statement: str) -> None:
    before = everything()
    assert before["audit_event"][0]
    with (
        pytest.raises(DatabaseError, match="rows of table audit_event are never changed or deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert everything() == before


@pytest.fixture
def trail(company: Company, other: Company) -> dict[str, int]:
    """Five rows of two companies and two users, written at once; their ids by the number of their document."""
    anna, ben = somebody()._replace(company_id=company.pk), system_actor(company.pk, "cli")
    sent: dict[str, Any] = {"action": "purchase_order.send", "subject_kind": "purchase_order"}
    record(
        [
            event(anna, at=AT, subject="PO-1", subject_id=1, after={"net": 5, "note": 'a\\b "c", {d}\nNULL'}, **sent),
            event(ben, at=AT + 1, subject="NULL", **sent),
            event(anna, at=AT + 2, subject="PO-1", subject_id=1, before={"net": 5}, after={"net": None}, **sent),
            event(anna._replace(company_id=other.pk), at=AT + 2, subject="PO-9", subject_id=1, **sent),
            event(anna, at=AT + 3, action="period.lock", subject_kind="period", subject="2025-12-31", subject_id=1),
        ]
    )
    record([])
    return {row.subject: row.pk for row in AuditEvent.objects.order_by("-id")}


@pytest.mark.parametrize(
    "filters, moments",
    [
        ({}, [3, 2, 1, 0]),
        ({"limit": 2}, [3, 2]),
        ({"subject_kind": "purchase_order"}, [2, 1, 0]),
        ({"subject_kind": "purchase_order", "subject_id": 1}, [2, 0]),
        ({"subject_id": 1}, [3, 2, 0]),
        ({"subject": "NULL"}, [1]),
        ({"subject": "PO-9"}, []),
        ({"user_name": "anna"}, [3, 2, 0]),
        ({"user_name": "system"}, [1]),
        ({"user_name": "anna", "subject_kind": "period"}, [3]),
        ({"from_at": AT + 1}, [3, 2, 1]),
        ({"to_at": AT + 2}, [1, 0]),
        ({"from_at": AT + 1, "to_at": AT + 2}, [1]),
    ],
)
def test_the_trail_is_found_newest_first(
    company: Company, trail: dict[str, int], filters: dict[str, Any], moments: list[int]
) -> None:
    found = audit_trail(system_actor(company.pk, "cli"), **filters)
    assert [entry.at - AT for entry in found] == moments


def test_the_trail_is_read_page_by_page(company: Company, trail: dict[str, int]) -> None:
    system = system_actor(company.pk, "cli")
    pages, before_id = [], None
    while page := audit_trail(system, before_id=before_id, limit=3):
        pages.append([entry.at - AT for entry in page])
        before_id = page[-1].id
    assert pages == [[3, 2, 1], [0]]


def test_the_trail_keeps_every_text_as_it_was(company: Company, trail: dict[str, int]) -> None:
    last, _, unnamed, first = audit_trail(system_actor(company.pk, "cli"))
    assert first.after == {"net": 5, "note": 'a\\b "c", {d}\nNULL'}
    assert (unnamed.subject, unnamed.subject_id, unnamed.user_id) == ("NULL", None, None)
    assert (last.user_id, last.user_name, last.came_from) == (7, "anna", "test")
    assert (last.id, last.action, last.subject, last.before) == (trail["2025-12-31"], "period.lock", "2025-12-31", None)


def test_contents_of_documents_are_for_those_who_see_costs(
    company: Company, admin: Actor, trail: dict[str, int]
) -> None:
    limit(admin)
    assert not admin.sees_costs
    seen = {entry.subject: (entry.before, entry.after) for entry in audit_trail(admin, limit=3)}
    assert seen["buyer purchase_order.approve"] == (None, {"amount": 1})
    documents = audit_trail(admin, subject="PO-1")
    assert [(entry.before, entry.after) for entry in documents] == [(None, None), (None, None)]
    auditor = add_user(company, "otto", Role.AUDITOR)
    assert [(entry.before, entry.after) for entry in audit_trail(auditor, subject="PO-1", limit=1)] == [
        ({"net": 5}, {"net": None})
    ]


def test_only_what_json_holds_can_be_recorded() -> None:
    with pytest.raises(TypeError):
        event(somebody(), at=AT, action="a", subject_kind="k", subject="s", after={"day": dt.date(2026, 1, 1)})


# ---------------------------------------------------------------------------------------------------------------------
# Rules the database keeps

BAD_ROWS: dict[str, Callable[[Company, User], object]] = {
    "app_user_name_unique": lambda c, u: User.objects.create(name="ROOT"),
    "app_user_name_trimmed": lambda c, u: User.objects.create(name="a "),
    "role_assignment_unique": lambda c, u: RoleAssignment.objects.create(company=c, user=u, role="administrator"),
    "role_assignment_role_known": lambda c, u: RoleAssignment.objects.create(company=c, user=u, role="king"),
    "approval_limit_unique": lambda c, u: [
        ApprovalLimit.objects.create(company=c, role="buyer", permission="grni.clear") for _ in range(2)
    ],
    "approval_limit_amount_range": lambda c, u: ApprovalLimit.objects.create(
        company=c, role="buyer", permission="grni.clear", amount=-1
    ),
    "approval_limit_role_known": lambda c, u: ApprovalLimit.objects.create(
        company=c, role="king", permission="grni.clear"
    ),
    "approval_limit_permission_known": lambda c, u: ApprovalLimit.objects.create(
        company=c, role="buyer", permission="receipt.post"
    ),
}


@pytest.mark.parametrize("rule", BAD_ROWS)
def test_bad_row_is_refused_by_the_database(company: Company, admin: Actor, rule: str) -> None:
    user = User.objects.get(name=admin.name)
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        BAD_ROWS[rule](company, user)
