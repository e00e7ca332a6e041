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
_NAME = re.compile(r"[\w.@+-]+")
_Word = TypeVar("_Word", bound=StrEnum)


def create_user(actor: Actor, *, name: str, full_name: str = "", email: str = "", recorded_at: int) -> User:
    """Create an active user without any role. ``name``: a code (1 to 64 characters) of letters, digits and . _ - @ +; ``email``: may be empty.

    Refused: a bad or taken name (``code.invalid``, ``user.name``, ``user.exists``), a full name of more than 200 characters
    (``user.full_name``), something that is no address (``user.email``).
    """
    require(actor, Permission.USER_MANAGE)
    _check_user(name, full_name, email)
    with transaction.atomic():
        _one_at_a_time()
        _refuse_taken(name)
        user = User.objects.create(name=name, full_name=full_name, email=email)
        _audit(
            actor, [actor.company_id], user, "user.create", recorded_at, None, {"full_name": full_name, "email": email}
        )
    return user


def change_user(
    actor: Actor,
    *,
    user_name: str,
    name: str | None = None,
    full_name: str | None = None,
    email: str | None = None,
    recorded_at: int,
) -> None:
    """Change what a user is called, or how it is reached; ``None`` leaves it as it is. What it did stays under the name it had then.

    Refused: as ``create_user``; also an unknown user (``user.unknown``), one with roles in a company that the actor does not
    administer (``user.other_company``).
    """
    require(actor, Permission.USER_MANAGE)
    given = {"name": name, "full_name": full_name, "email": email}
    with transaction.atomic():
        _one_at_a_time()
        user = _user(user_name)
        wanted = {field: value for field, value in given.items() if value not in {None, getattr(user, field)}}
        if not wanted:
            return
        _check_user(name or user.name, full_name or "", email or "")
        if name is not None and name.lower() != user.name.lower():
            _refuse_taken(name)
        companies = _companies_of(actor, user)
        _refuse_other_companies(actor, user, companies)
        before: dict[str, object] = {field: getattr(user, field) for field in wanted}
        for field, value in wanted.items():
            setattr(user, field, value)
        user.save(update_fields=list(wanted))
        _audit(actor, companies, user, "user.change", recorded_at, before, {**wanted})


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
    who, what = _limited(role, permission)
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
        before: dict[str, object] | None = None if created else {"amount": limit.amount}
        if before == {"amount": amount}:
            return
        limit.amount = amount
        limit.save(update_fields=["amount"])
        _audit_limit(actor, limit, "approval_limit.set", recorded_at, before, {"amount": amount})


def remove_approval_limit(actor: Actor, *, role: str, permission: str, recorded_at: int) -> None:
    """Let ``role`` use ``permission`` no more, up to no amount, in the actor's company, as if no limit had ever been set.

    Refused: an unknown role or permission (``user.role_unknown``, ``permission.unknown``), no such limit (``approval.not_set``).
    """
    require(actor, Permission.USER_MANAGE)
    who, what = _limited(role, permission)
    with transaction.atomic():
        _one_at_a_time()
        limit = ApprovalLimit.objects.filter(company_id=actor.company_id, role=who.value, permission=what.value).first()
        if limit is None:
            raise Refusal(
                "approval.not_set",
                f"No limit is set up to which a {who.words} may {WORDS[what]}.",
                "Look at the limits that are set.",
            )
        _audit_limit(actor, limit, "approval_limit.remove", recorded_at, {"amount": limit.amount}, None)
        limit.delete()


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
        companies = _companies_of(actor, user)
        _refuse_other_companies(actor, user, companies)
        user.active = active
        user.save(update_fields=["active"])
        if not active:
            administered = RoleAssignment.objects.filter(user=user, role=Role.ADMINISTRATOR.value)
            _refuse_without_administrator(administered.values_list("company_id", flat=True))
        action = "user.activate" if active else "user.deactivate"
        _audit(actor, companies, user, action, recorded_at, {"active": not active}, {"active": active})


# ---------------------------------------------------------------------------------------------------------------------


def _one_at_a_time() -> None:
    """Let nobody else manage users until the transaction ends: two administrators cannot remove each other at once."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE role_assignment IN SHARE ROW EXCLUSIVE MODE")


def _check_user(name: str, full_name: str, email: str) -> None:
    refuse_bad_code(name, "user")
    if not _NAME.fullmatch(name):
        raise Refusal(
            "user.name",
            f"The user name “{name}” is not made of letters, digits and . _ - @ + alone.",
            "Choose another name, such as ann.baker; the full name may be any.",
        )
    if len(full_name) > NAME_LENGTH:
        raise Refusal("user.full_name", f"The full name is longer than {NAME_LENGTH} characters.", "Shorten it.")
    if email and (len(email) > 254 or not _EMAIL.fullmatch(email)):
        raise Refusal("user.email", f"“{email}” is not an e-mail address.", "Correct it, or leave it empty.")


def _refuse_taken(name: str) -> None:
    if name.lower() == SYSTEM_NAME or _named(name) is not None:
        raise Refusal("user.exists", f"There is already a user {name}.", "Choose another name, or give that one roles.")


def _limited(role: str, permission: str) -> tuple[Role, Permission]:
    return (
        _word(Role, role, "user.role_unknown", "role"),
        _word(Permission, permission, "permission.unknown", "permission"),
    )


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


def _companies_of(actor: Actor, user: User) -> set[int]:
    """The companies in which a user has a role, and the actor's."""
    held = RoleAssignment.objects.filter(user=user).values_list("company_id", flat=True)
    return {*held, actor.company_id}


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


def _audit_limit(
    actor: Actor,
    limit: ApprovalLimit,
    action: str,
    recorded_at: int,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
) -> None:
    said = event(
        actor,
        at=recorded_at,
        action=action,
        subject_kind="approval_limit",
        subject_id=limit.pk,
        subject=f"{limit.role} {limit.permission}",
        before=before,
        after=after,
    )
    record([said])
