"""What is refused of users, roles and limits: with cause and remedy, and nothing changed."""

from collections.abc import Callable

import pytest

from everstock.core.problems import Refusal
from everstock.masterdata.models import Company
from everstock.operations.identity import actions
from everstock.operations.identity.actor import Actor
from everstock.operations.identity.permissions import LIMITED, Permission, Role
from everstock.operations.identity.queries import approval_limits, audit_trail
from tests.operations.identity.people import AT, add_user, limit, rename, unlimit
from tests.operations.unchanged import everything

Verb = Callable[[Actor, Actor], object]
"""Called with an administrator of ACME and a buyer there."""


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
