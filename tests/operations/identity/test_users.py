"""Users in the database: what they may by their roles, and that every company keeps an administrator."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from everstock.core.problems import Refusal
from everstock.masterdata.models import Company
from everstock.operations.identity import actions
from everstock.operations.identity.actor import Actor, system_actor
from everstock.operations.identity.models import ApprovalLimit, AuditEvent, RoleAssignment, User
from everstock.operations.identity.permissions import ROLE_PERMISSIONS, Permission, Role
from everstock.operations.identity.queries import actor_of
from tests.operations.identity.people import APPROVE, AT, add_user, make_company


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
        company = make_company("SEEN", "USD")
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
