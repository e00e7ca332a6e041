"""What the audit trail keeps, and what the database itself refuses."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from everstock.core.problems import Refusal
from everstock.masterdata.models import Company
from everstock.operations.identity import actions
from everstock.operations.identity.actor import Actor, require_limit, system_actor
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.models import ApprovalLimit, AuditEvent, RoleAssignment, User
from everstock.operations.identity.permissions import Permission, Role
from everstock.operations.identity.queries import actor_of, approval_limits, audit_trail
from tests.operations.identity.people import AT, add_user, limit, rename, somebody, unlimit
from tests.operations.unchanged import everything


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
