"""The verbs of user management. Each needs user.manage and leaves a row in the audit trail, unless it changed nothing.

Moments are microseconds UTC. What cannot be done is a ``Refusal`` and changes nothing.
"""

import re
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Lower

from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT
from everstock.masterdata.bulk import refuse_bad_code
from everstock.masterdata.models import NAME_LENGTH
from everstock.operations.identity.actor import SYSTEM_NAME, Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.models import ApprovalLimit, RoleAssignment, User
from everstock.operations.identity.permissions import LIMITED, ROLE_PERMISSIONS, WORDS, Permission, Role

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_Word = TypeVar("_Word", bound=StrEnum)


def create_user(actor: Actor, *, name: str, full_name: str = "", email: str = "", recorded_at: int) -> User:
    """Create an active user without any role. ``name``: a code (1 to 64 characters); ``email``: may be empty.

    Refused: a bad or taken name (``code.invalid``, ``user.exists``), a full name of more than 200 characters
    (``user.full_name``), something that is no address (``user.email``).
    """
    require(actor, Permission.USER_MANAGE)
    refuse_bad_code(name, "user")
    if len(full_name) > NAME_LENGTH:
        raise Refusal("user.full_name", f"The full name is longer than {NAME_LENGTH} characters.", "Shorten it.")
    if email and (len(email) > 254 or not _EMAIL.fullmatch(email)):
        raise Refusal("user.email", f"“{email}” is not an e-mail address.", "Correct it, or leave it empty.")
    with transaction.atomic():
        _one_at_a_time()
        if name.lower() == SYSTEM_NAME or _named(name) is not None:
            raise Refusal(
                "user.exists", f"There is already a user {name}.", "Choose another name, or give that one roles."
            )
        user = User.objects.create(name=name, full_name=full_name, email=email)
        _audit(
            actor, [actor.company_id], user, "user.create", recorded_at, None, {"full_name": full_name, "email": email}
        )
    return user


def set_roles(actor: Actor, *, user_name: str, roles: Collection[str], recorded_at: int) -> None:
    """Let the user have exactly ``roles`` (values of ``Role``; none: no access) in the actor's company.

    Refused: an unknown user or role (``user.unknown``, ``user.role_unknown``), taking the role from the company's
    last active administrator (``user.last_administrator``).
    """
    require(actor, Permission.USER_MANAGE)
    wanted = {_word(Role, role, "user.role_unknown", "role") for role in roles}
    with transaction.atomic():
        _one_at_a_time()
        user = _user(user_name)
        assigned = RoleAssignment.objects.filter(company_id=actor.company_id, user=user)
        had = {Role(role) for role in assigned.values_list("role", flat=True)}
        if had == wanted:
            return
        assigned.filter(role__in=had - wanted).delete()
        RoleAssignment.objects.bulk_create(
            RoleAssignment(company_id=actor.company_id, user=user, role=role.value) for role in sorted(wanted - had)
        )
        if Role.ADMINISTRATOR in had - wanted and user.active:
            _refuse_without_administrator([actor.company_id])
        _audit(
            actor,
            [actor.company_id],
            user,
            "user.set_roles",
            recorded_at,
            {"roles": sorted(had)},
            {"roles": sorted(wanted)},
        )


def set_approval_limit(actor: Actor, *, role: str, permission: str, amount: int | None, recorded_at: int) -> None:
    """Let ``role`` use ``permission`` up to ``amount`` (minor units of the company's currency; ``None``: any) in the actor's company.

    Refused: an unknown role or permission (``user.role_unknown``, ``permission.unknown``), a permission that has no limit or
    that the role does not have (``approval.no_limit``, ``approval.role``), an amount below zero or too large (``approval.amount``).
    """
    require(actor, Permission.USER_MANAGE)
    who = _word(Role, role, "user.role_unknown", "role")
    what = _word(Permission, permission, "permission.unknown", "permission")
    if what not in LIMITED:
        raise Refusal(
            "approval.no_limit",
            f"There are no limits for who may {WORDS[what]}.",
            f"Set limits for one of: {', '.join(sorted(LIMITED))}.",
        )
    if what not in ROLE_PERMISSIONS[who]:
        raise Refusal(
            "approval.role", f"A {who.words} may not {WORDS[what]} at all.", "Set the limit for another role."
        )
    if amount is not None and not 0 <= amount < LIMIT:
        raise Refusal("approval.amount", "A limit must be zero or more and below 10^18.", "Correct the amount.")
    with transaction.atomic():
        _one_at_a_time()
        limit, created = ApprovalLimit.objects.get_or_create(
            company_id=actor.company_id, role=who.value, permission=what.value, defaults={"amount": amount}
        )
        before = None if created else {"amount": limit.amount}
        if before == {"amount": amount}:
            return
        limit.amount = amount
        limit.save(update_fields=["amount"])
        record(
            [
                event(
                    actor,
                    at=recorded_at,
                    action="approval_limit.set",
                    subject_kind="approval_limit",
                    subject_id=limit.pk,
                    subject=f"{who} {what}",
                    before=before,
                    after={"amount": amount},
                )
            ]
        )


def deactivate_user(actor: Actor, *, user_name: str, recorded_at: int) -> None:
    """Keep the user out of every company; its roles stay, for the day it is activated again.

    Refused: an unknown user (``user.unknown``), one with roles in a company that the actor does not administer
    (``user.other_company``), the last active administrator of a company (``user.last_administrator``).
    """
    _set_active(actor, user_name, recorded_at, active=False)


def activate_user(actor: Actor, *, user_name: str, recorded_at: int) -> None:
    """Let a deactivated user in again, with the roles it had. Refused: as ``deactivate_user``."""
    _set_active(actor, user_name, recorded_at, active=True)


def _set_active(actor: Actor, user_name: str, recorded_at: int, *, active: bool) -> None:
    require(actor, Permission.USER_MANAGE)
    with transaction.atomic():
        _one_at_a_time()
        user = _user(user_name)
        if user.active == active:
            return
        held = list(RoleAssignment.objects.filter(user=user).values_list("company_id", "role"))
        companies = {company for company, _ in held} | {actor.company_id}
        _refuse_other_companies(actor, user, companies)
        user.active = active
        user.save(update_fields=["active"])
        if not active:
            _refuse_without_administrator([company for company, role in held if role == Role.ADMINISTRATOR])
        action = "user.activate" if active else "user.deactivate"
        _audit(actor, companies, user, action, recorded_at, {"active": not active}, {"active": active})


# ---------------------------------------------------------------------------------------------------------------------


def _one_at_a_time() -> None:
    """Let nobody else manage users until the transaction ends: two administrators cannot remove each other at once."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE role_assignment IN SHARE ROW EXCLUSIVE MODE")


def _word(values: type[_Word], value: str, code: str, what: str) -> _Word:
    try:
        return values(value)
    except ValueError:
        raise Refusal(code, f"“{value}” is not a {what}.", f"Use one of: {', '.join(values)}.") from None


def _named(name: str) -> User | None:
    return User.objects.alias(lower=Lower("name")).filter(lower=Lower(Value(name))).first()


def _user(name: str) -> User:
    user = _named(name)
    if user is None:
        raise Refusal("user.unknown", f"There is no user {name}.", "Check the name, or create the user first.")
    return user


def _refuse_other_companies(actor: Actor, user: User, companies: Iterable[int]) -> None:
    """Who administers one company does not decide about the access to another."""
    if actor.user_id is None:
        return
    own = RoleAssignment.objects.filter(user_id=actor.user_id, role=Role.ADMINISTRATOR.value)
    if set(companies) - {actor.company_id} - set(own.values_list("company_id", flat=True)):
        raise Refusal(
            "user.other_company",
            f"The user {user.name} has roles in a company that {actor.name} does not administer.",
            "Take away the roles in your own company instead.",
        )


def _refuse_without_administrator(companies: Iterable[int]) -> None:
    """Refuse if one of the companies, each of which had an active administrator, has none any more."""
    administrators = RoleAssignment.objects.filter(role=Role.ADMINISTRATOR.value, user__active=True)
    if set(companies) - set(administrators.values_list("company_id", flat=True)):
        raise Refusal(
            "user.last_administrator",
            "A company must keep at least one active administrator.",
            "Make somebody else an administrator first.",
        )


def _audit(
    actor: Actor,
    companies: Iterable[int],
    user: User,
    action: str,
    recorded_at: int,
    before: dict[str, object] | None,
    after: dict[str, object],
) -> None:
    """Every company that is concerned reads of it in its own trail."""
    record(
        event(
            actor._replace(company_id=company),
            at=recorded_at,
            action=action,
            subject_kind="user",
            subject_id=user.pk,
            subject=user.name,
            before=before,
            after=after,
        )
        for company in sorted(companies)
    )
